//! The tags of all pages.

use serde::{Deserialize, Serialize};

use super::{ListPages, Pages};
use crate::{
    api,
    call::Call,
    error::Result,
    handle::Handle,
    response::{model, query, sending},
    text::{check_short, no_nul},
    types::{Tag, TagId, Timestamp},
    write::{Observation, Target, write_and_reconcile, write_deletion},
};

/// A tag as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageTag {
    /// `id`.
    pub id: TagId,
    /// `tag`: the name in the tags of pages.
    pub tag: Tag,
    /// `title`: the name that readers see; empty if there is none.
    pub title: String,
    /// `createdAt`.
    pub created_at: Timestamp,
    /// `updatedAt`.
    pub updated_at: Timestamp,
}

model!(api::pages_tags::PagesTagsPagesTags => PageTag, |tag| {
    id, created_at, updated_at;
    tag: Tag::verbatim(tag.tag),
    title: tag.title.unwrap_or_default(),
});

impl Pages {
    /// Lists the pages that have all of these tags: [`list`](Self::list) with [`tags`](ListPages::tags).
    /// For pages with at least one of several tags, see [`any_of`](ListPages::any_of).
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let both = wiki.pages().get_by_tags(["api", "guide"]).await?;
    /// let either = wiki.pages().list().any_of(["api", "guide"]).await?;
    /// # });
    /// ```
    pub fn get_by_tags(&self, tags: impl IntoIterator<Item: Into<Tag>>) -> ListPages {
        self.list().tags(tags)
    }

    /// Lists all tags of the pages that the caller may see, in alphabetical order.
    ///
    /// # Errors
    ///
    /// [`is_forbidden`](crate::Error::is_forbidden) without `read:pages`.
    pub fn tags(&self) -> Call<Vec<PageTag>> {
        Call::on(self, |pages| async move {
            let tags = query!(pages.client, PagesTags, pages.tags);
            Ok(tags.into_iter().map(PageTag::from).collect())
        })
    }

    /// Returns up to five tags that contain this text, for completing user input. Wiki.js returns no
    /// more than five ([K25](crate::guide::known_issues#k25)), and interprets `%` and `_` as wildcards.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// let tags = wiki.pages().search_tags("gui").await?;
    /// assert_eq!(tags, ["guide"]);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for U+0000;
    /// [`is_forbidden`](crate::Error::is_forbidden) without `read:pages`.
    pub fn search_tags(&self, query: impl Into<String>) -> Call<Vec<Tag>> {
        let query = query.into();
        Call::on(self, |pages| async move {
            no_nul("query", &query)?;
            let variables = api::pages_search_tags::Variables { query };
            let tags = query!(pages.client, PagesSearchTags, pages.search_tags, variables);
            Ok(tags.into_iter().map(Tag::verbatim).collect())
        })
    }

    /// Renames a tag on all pages and sets its title.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such tag;
    /// [`is_conflict`](crate::Error::is_conflict) if another tag has that name;
    /// [`Error::InvalidInput`](crate::Error::InvalidInput) for an empty name or texts over 255 characters;
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn update_tag(
        &self,
        id: impl Into<TagId>,
        tag: impl Into<Tag>,
        title: impl Into<String>,
    ) -> Call<()> {
        let (id, tag, title) = (id.into(), tag.into(), title.into());
        let checked = tag.check().and_then(|()| check_short("title", &title));
        self.write("PagesUpdateTag", checked, move |pages, permit| async move {
            let variables = api::pages_update_tag::Variables {
                id: id.to_argument()?,
                tag: tag.to_string(),
                title: title.clone(),
            };
            let before = pages.tag_of(id).await?;
            let observe = |_| async {
                let now = pages.tag_of(id).await?;
                Ok(match &now {
                    Some(now) if now.tag == tag && now.title == title => Observation::Applied(()),
                    _ if now == before => Observation::Unchanged,
                    _ => Observation::Foreign(format!("tag {id} was changed by somebody else")),
                })
            };
            let client = &pages.client;
            let send =
                sending!(client, &permit, PagesUpdateTag, pages.update_tag, variables => Some(()));
            let target = Target::new("PagesUpdateTag", format!("tag {id}"));
            write_and_reconcile(client, &permit, &target, send, observe).await
        })
    }

    /// Removes a tag from all pages.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such tag;
    /// [`is_forbidden`](crate::Error::is_forbidden) without `manage:system`.
    pub fn delete_tag(&self, id: impl Into<TagId>) -> Call<()> {
        let id = id.into();
        self.write("PagesDeleteTag", Ok(()), move |pages, permit| async move {
            let variables = api::pages_delete_tag::Variables {
                id: id.to_argument()?,
            };
            let client = &pages.client;
            let send =
                sending!(client, &permit, PagesDeleteTag, pages.delete_tag, variables => Some(()));
            let exists = || async { Ok(pages.tag_of(id).await?.is_some()) };
            let target = Target::new("PagesDeleteTag", format!("tag {id}"));
            write_deletion(client, &permit, target, send, exists).await
        })
    }

    /// Returns the tag with this id, if there is one.
    async fn tag_of(&self, id: TagId) -> Result<Option<PageTag>> {
        Ok(self.tags().await?.into_iter().find(|tag| tag.id == id))
    }
}
