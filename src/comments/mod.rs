//! Comments on pages: list, read, post, change, delete.
//!
//! [`Client::comments`](crate::Client::comments) gives [`Comments`]. They are those of the wiki's own
//! comment provider (`default`): Wiki.js knows nothing of what another one, such as Disqus, keeps.
//!
//! ```
//! # wikijs_fake::example(async |fake| {
//! # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
//! let comments = wiki.comments();
//! for comment in comments.list("docs/install").await? {
//!     println!("{}: {}", comment.author_name, comment.render);
//! }
//! let page = wiki.pages().get_by_path("docs/install").await?;
//! let comment = comments.create(page.id, "Thank **you**!").await?;
//! comments.update(comment.id, "Thank you!").await?;
//! comments.delete(comment.id).await?;
//! # Ok::<_, wikijs_client::Error>(())
//! # });
//! ```

mod model;
mod read;
mod write;

use crate::client::Client;

pub(crate) use self::read::LearntSight;
pub use self::{
    model::{Comment, NewComment},
    read::ListComments,
};

/// The comments of a wiki. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Comments {
    client: Client,
}

impl Client {
    /// The comments on the pages of the wiki.
    pub fn comments(&self) -> Comments {
        Comments {
            client: self.clone(),
        }
    }
}
