//! Users: list, search, get, create, update, delete, and the caller's own account.
//!
//! [`Client::users`](crate::Client::users) returns [`Users`], with the 16 user operations of Wiki.js.
//! Methods that have options return a request builder to await:
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! use wikijs_client::users::{NewUser, UserOrderBy, UserUpdate};
//!
//! let users = wiki.users();
//! let edith = users.create(NewUser::new("edith@example.com", "Edith").password("correct horse").groups([3])).await?;
//! let edith = users.update(edith.id, UserUpdate::new().job_title("Editor").clear_location()).await?;
//! let recent = users.list().order_by(UserOrderBy::LastLogin).descending().limit(10).await?;
//! users.delete(edith.id, 1).await?;
//! # });
//! ```
//!
//! # The caller's own account
//!
//! An API key acts as user 1 ([K48](crate::guide::known_issues#k48)). [`profile`](Users::profile) returns the
//! administrator's profile for every key, whatever its permissions, and Wiki.js would let any key change it
//! and get the administrator's token. [`update_profile`](Users::update_profile) and
//! [`change_password`](Users::change_password) therefore require a
//! [login](crate::ClientBuilder::login), and fail without a request otherwise.
//!
//! # Passwords
//!
//! Passwords are [`SecretString`](secrecy::SecretString)s. They appear in no `Debug` output, no error and no
//! log of this library. Wiki.js uses only the first 72 bytes of a password.

mod create;
mod input;
mod model;
mod own;
mod read;
mod update;

use crate::handle::handle;

pub use self::{
    create::Upserted,
    input::{NewUser, ProfileUpdate, UserUpdate},
    model::{Appearance, LastLogin, Profile, User, UserGroup, UserHit, UserSummary},
    read::{ListUsers, UserOrderBy},
    update::PasswordReset,
};

/// Key of the authentication strategy that every wiki has: users whose passwords the wiki stores.
pub(crate) const LOCAL: &str = "local";

handle! {
    /// A handle for the users of a wiki.
    Users,
    /// Returns a handle for users.
    users
}
