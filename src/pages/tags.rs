//! The tags of all pages.

use super::{ListPages, Pages};
use crate::{
    api,
    call::Call,
    error::Result,
    handle::Handle,
    response::{models, sending, variables},
    text::{check_short, js_trim, no_nul},
    types::{Tag, TagId, Timestamp, converted},
    write::Observation,
};

models! {
    /// A tag as stored.
    PageTag from api::pages_tags::PagesTagsPagesTags as tag {
        /// `id`.
        pub id: TagId,
        /// `tag`: the name in the tags of pages.
        pub tag: Tag = Tag::verbatim(tag.tag),
        /// `title`: the name that readers see; empty if there is none.
        pub title: String = tag.title.unwrap_or_default(),
        /// `createdAt`.
        pub created_at: Timestamp,
        /// `updatedAt`.
        pub updated_at: Timestamp,
    }
}

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
        self.query::<api::PagesTags, _>(Ok(api::NoVariables {}), converted)
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
        let variables = no_nul("query", &query).map(|()| variables!(PagesSearchTags(query)));
        let verbatim = |tags: Vec<_>| tags.into_iter().map(Tag::verbatim).collect();
        self.query::<api::PagesSearchTags, _>(variables, verbatim)
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
        // Wiki.js stores it trimmed.
        let title = js_trim(&title).to_owned();
        let checked = tag.check().and_then(|()| check_short("title", &title));
        self.mutate("PagesUpdateTag", checked, move |write| async move {
            let send = sending!(
                write, PagesUpdateTag(id.to_argument()?, tag.as_str(), &*title) => Some(())
            );
            let before = write.tag_of(id).await?;
            let observe = |_| async {
                let now = write.tag_of(id).await?;
                Ok(match &now {
                    Some(now) if now.tag == tag && now.title == title => Observation::Applied(()),
                    _ if now == before => Observation::Unchanged,
                    _ => Observation::Foreign(format!("tag {id} was changed by somebody else")),
                })
            };
            let target = write.target(format!("tag {id}"));
            write.reconcile(target, send, observe).await
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
        self.mutate("PagesDeleteTag", Ok(()), move |write| async move {
            let send = sending!(write, PagesDeleteTag(id.to_argument()?) => Some(()));
            let exists = |_| async { Ok(write.tag_of(id).await?.is_some()) };
            let target = write.target(format!("tag {id}"));
            write.delete_object(target, send, exists).await
        })
    }

    /// Returns the tag with this id, if there is one.
    async fn tag_of(&self, id: TagId) -> Result<Option<PageTag>> {
        Ok(self.tags().await?.into_iter().find(|tag| tag.id == id))
    }
}
