//! Users: list, search, read, make, change, delete, and the own account.
//!
//! [`Client::users`](crate::Client::users) gives [`Users`]; its methods are the 16 user operations of
//! Wiki.js. A method with options gives a builder that is awaited:
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! use wikijs_client::users::{NewUser, UserOrderBy, UserUpdate};
//!
//! let users = wiki.users();
//! let edith = users.create(NewUser::new("edith@example.com", "Edith").password("correct horse").groups([3])).await?;
//! let edith = users.update(edith.id, UserUpdate::new().job_title("Editor").clear_location()).await?;
//! let lately = users.list().order_by(UserOrderBy::LastLogin).descending().limit(10).await?;
//! users.delete(edith.id, 1).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```
//!
//! # Whose account
//!
//! An API key acts as user 1 (hazard 48): [`profile`](Users::profile) shows the administrator's to
//! every key, whatever it may do otherwise, and Wiki.js would let any key change the administrator's
//! profile and hand out the administrator's token. [`update_profile`](Users::update_profile) and
//! [`change_password`](Users::change_password) are for those who have
//! [logged in](crate::ClientBuilder::login), and refuse everybody else before anything is sent.
//!
//! # Passwords
//!
//! A password is a [`SecretString`](secrecy::SecretString) and stands in no debug output, no error and
//! no log of this library. Wiki.js uses the first 72 bytes of it.

mod account;
mod create;
mod delete;
mod input;
mod list;
mod model;
mod own;
mod read;
mod update;
mod user_update;

use crate::client::Client;

pub use self::{
    account::PasswordReset,
    create::NewUser,
    list::{ListUsers, UserOrderBy},
    model::{Appearance, LastLogin, Profile, User, UserGroup, UserHit, UserSummary},
    own::ProfileUpdate,
    user_update::UserUpdate,
};

/// The key of the authentication strategy that every Wiki.js has: users with a password of the wiki's own.
pub(crate) const LOCAL: &str = "local";

/// The users of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Users {
    client: Client,
}

impl Client {
    /// The users of the wiki.
    pub fn users(&self) -> Users {
        Users {
            client: self.clone(),
        }
    }
}
