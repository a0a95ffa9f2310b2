//! Converting pages from one editor to another.

use super::{Page, Pages, create::read_back_failed};
use crate::{
    api,
    error::Result,
    outcome::mutation,
    settle::{Look, until_certain},
    transport::Turn,
    types::{Editor, PageId},
};

impl Pages {
    /// Converts a page's content for another editor and gives the page back.
    ///
    /// Wiki.js converts between Markdown and HTML ([`Editor::Code`], [`Editor::CkEditor`]) only. It
    /// converts the content and neither renders nor indexes it anew: what readers see is what was
    /// rendered before, until the next update or [`render`](Self::render) (hazard 34). A page that
    /// has the editor already is left as it is.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::Editor;
    ///
    /// let page = wiki.pages().convert(123, Editor::Code).await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such page;
    /// [`is_forbidden`](crate::Error::is_forbidden) without `write:pages` for its path (6009);
    /// [`Error::Api`](crate::Error::Api) if Wiki.js cannot convert from the one to the other.
    pub async fn convert(&self, id: impl Into<PageId>, editor: impl Into<Editor>) -> Result<Page> {
        let (id, editor) = (id.into(), editor.into());
        let pages = self.clone();
        let work = move |turn| async move { pages.convert_in(&turn, id, &editor).await };
        self.client.write("PagesConvert", work).await
    }

    async fn convert_in(&self, turn: &Turn, id: PageId, editor: &Editor) -> Result<Page> {
        let before = self.get(id).await?;
        if before.editor() == Some(editor) {
            return Ok(before);
        }
        let look = |_| async move {
            let now = self.read_to_write(id).await?;
            Ok(if now.editor() == Some(editor) {
                Look::Made(())
            } else {
                Look::NotMade
            })
        };
        until_certain(
            &self.client,
            "PagesConvert",
            || self.send_convert(turn, id, editor),
            look,
        )
        .await?;
        self.get(id)
            .await
            .map_err(|error| read_back_failed(id, error))
    }

    async fn send_convert(&self, turn: &Turn, id: PageId, editor: &Editor) -> Result<()> {
        let variables = api::pages_convert::Variables {
            id: id.to_argument()?,
            editor: editor.to_string(),
        };
        mutation!(self.client, turn, PagesConvert, pages.convert, variables);
        Ok(())
    }
}
