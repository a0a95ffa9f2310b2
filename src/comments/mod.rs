//! Comments on pages: list, get, create, update, delete.
//!
//! [`Client::comments`](crate::Client::comments) returns [`Comments`], which handles the comments of the wiki's own
//! comment provider (`default`). The API of Wiki.js has no access to the comments of other providers, such as Disqus.
//!
//! ```
//! # wikijs_fake::example!(wiki => {
//! let comments = wiki.comments();
//! for comment in comments.list("docs/install").await? {
//!     println!("{}: {}", comment.author_name, comment.render);
//! }
//! let comment = comments.create("docs/install", "Thank **you**!").await?;
//! comments.update(comment.id, "Thank you!").await?;
//! comments.delete(comment.id).await?;
//! # });
//! ```

mod model;
mod read;
mod write;

use crate::handle::handle;

pub use self::{
    model::{Comment, CommentedPage, NewComment},
    read::ListComments,
    write::CreateComment,
};

handle! {
    /// A handle for the comments of a wiki.
    Comments,
    /// Returns a handle for comments on pages.
    comments
}
