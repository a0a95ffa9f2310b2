//! The tags of all pages.

use serde::{Deserialize, Serialize};

use super::{ListPages, Pages};
use crate::{
    api,
    error::{Error, Result},
    outcome::{mutation, query},
    text::{check_short, no_nul},
    types::{Tag, TagId, Timestamp},
};

/// A tag as the wiki keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageTag {
    /// `id`.
    pub id: TagId,
    /// `tag`: what pages carry.
    pub tag: Tag,
    /// `title`: what readers see; empty where there is none.
    pub title: String,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
}

impl From<api::pages_tags::PagesTagsPagesTags> for PageTag {
    fn from(tag: api::pages_tags::PagesTagsPagesTags) -> Self {
        Self {
            id: tag.id.into(),
            tag: Tag::verbatim(tag.tag),
            title: tag.title.unwrap_or_default(),
            created_at: tag.created_at,
            updated_at: tag.updated_at,
        }
    }
}

impl Pages {
    /// The pages that have all of these tags, or, with [`match_any`](ListPages::match_any), one of
    /// them.
    ///
    /// The same as [`list`](Self::list) with [`tags`](ListPages::tags).
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let both = wiki.pages().get_by_tags(["api", "guide"]).await?;
    /// let either = wiki.pages().get_by_tags(["api", "guide"]).match_any().await?;
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    pub fn get_by_tags(&self, tags: impl IntoIterator<Item: Into<Tag>>) -> ListPages {
        self.list().tags(tags)
    }

    /// All tags of the pages that the caller may see, in the order of the alphabet.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](Error::is_forbidden) without `read:pages`.
    pub async fn tags(&self) -> Result<Vec<PageTag>> {
        let variables = api::pages_tags::Variables::new();
        let tags = query!(self.client, PagesTags, pages.tags!, variables);
        Ok(tags.into_iter().flatten().map(PageTag::from).collect())
    }

    /// Up to five tags that contain this text, for completion while somebody types: Wiki.js gives no
    /// more (hazard 25). `%` and `_` are its wildcards.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// let tags = wiki.pages().search_tags("gui").await?;
    /// assert_eq!(tags, ["guide"]);
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for U+0000; [`is_forbidden`](Error::is_forbidden) without `read:pages`.
    pub async fn search_tags(&self, query: impl Into<String>) -> Result<Vec<Tag>> {
        let query = query.into();
        no_nul("query", &query)?;
        let variables = api::pages_search_tags::Variables { query };
        let tags = query!(self.client, PagesSearchTags, pages.search_tags!, variables);
        Ok(tags.into_iter().flatten().map(Tag::verbatim).collect())
    }

    /// Renames a tag on all pages and sets its title.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such tag;
    /// [`is_conflict`](Error::is_conflict) if there is another of that name (hazard 36);
    /// [`Error::InvalidInput`] for an empty name or texts over 255 characters;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn update_tag(
        &self,
        id: impl Into<TagId>,
        tag: impl Into<Tag>,
        title: impl Into<String>,
    ) -> Result<()> {
        let (tag, title) = (tag.into(), title.into());
        tag.check()?;
        check_short("title", &title)?;
        let variables = api::pages_update_tag::Variables {
            id: id.into().to_argument()?,
            tag: tag.into_string(),
            title,
        };
        mutation!(self.client, PagesUpdateTag, pages.update_tag, variables);
        Ok(())
    }

    /// Removes a tag from all pages.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such tag;
    /// [`is_forbidden`](Error::is_forbidden) without `manage:system`.
    pub async fn delete_tag(&self, id: impl Into<TagId>) -> Result<(), Error> {
        let variables = api::pages_delete_tag::Variables {
            id: id.into().to_argument()?,
        };
        mutation!(self.client, PagesDeleteTag, pages.delete_tag, variables);
        Ok(())
    }
}
