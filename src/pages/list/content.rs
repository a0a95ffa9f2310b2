//! Lists of whole pages.

use std::future::IntoFuture;

use futures::{FutureExt, Stream, StreamExt, TryStreamExt, future::BoxFuture, stream};

use super::ListPages;
use crate::{error::Result, pages::Page, types::PageId};

impl ListPages {
    /// The same pages, each whole, with its content.
    ///
    /// Wiki.js lists pages without their content: each is read on its own, in its place. The reads
    /// share HTTP requests ([`batch_queries`](crate::ClientBuilder::batch_queries)).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use futures::TryStreamExt;
    ///
    /// let mut pages = wiki.pages().list().path_prefix("docs").with_content().stream();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{}: {} bytes", page.path, page.content.len());
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn with_content(self) -> ListPagesWithContent {
        ListPagesWithContent { list: self }
    }
}

/// A list of whole pages. Await it for a vector, or take it as a [`stream`](Self::stream), which
/// holds the ids and at most two batches of pages, however many there are.
///
/// A page that was deleted after it was listed is left out.
///
/// # Errors
///
/// As [`ListPages`] and [`Pages::get`](crate::pages::Pages::get), which takes more permissions than a
/// list. In the stream, a page that cannot be read is an error in its place, and the next ones follow.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is awaited"]
pub struct ListPagesWithContent {
    list: ListPages,
}

impl ListPagesWithContent {
    /// One page after another, in the order of the list.
    pub fn stream(self) -> impl Stream<Item = Result<Page>> + Send + Unpin {
        let (pages, client) = (self.list.pages.clone(), self.list.pages.client.clone());
        stream::once(self.list.fetch())
            .map_ok(move |listed| {
                // The summaries are not held any longer. Collected, the ids would keep their memory.
                let mut ids: Vec<PageId> = Vec::with_capacity(listed.len());
                ids.extend(listed.into_iter().map(|page| page.id));
                let pages = pages.clone();
                let reads = stream::iter(ids).map(move |id| {
                    let pages = pages.clone();
                    async move { pages.get_opt(id).await.transpose() }
                });
                client.read_many(reads).filter_map(std::future::ready)
            })
            .try_flatten()
            .boxed()
    }
}

impl IntoFuture for ListPagesWithContent {
    type Output = Result<Vec<Page>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.stream().try_collect().boxed()
    }
}
