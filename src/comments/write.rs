//! Creation, update and deletion of comments.

use std::sync::OnceLock;

use super::{Comment, CommentedPage, Comments, GUEST, NewComment, check_content};
use crate::{
    api,
    call::{Call, none_if, request},
    error::{Error, Result},
    handle::{Handle, Write},
    response::{mutation, sending},
    text::{js_trim, no_nul},
    types::{CommentId, Locale, PageId},
    write::{Existing, Observation},
};

/// Page of a new comment, and the comments that existed before.
struct Before {
    path: String,
    locale: String,
    existing: Existing<CommentId>,
}

impl Comments {
    /// Creates a comment on a page and returns it as stored.
    ///
    /// A path is in the client's default locale unless [`locale`](CreateComment::locale) sets another one.
    ///
    /// Wiki.js allows one request in 15 s from each IP address, including requests that fail
    /// ([K43](crate::guide::known_issues#k43)). The client waits for this limit, as its
    /// [`RetryPolicy`](crate::RetryPolicy) allows. The comment provider has a limit of its own: 30 s between two
    /// comments of one account by default. All API keys count as one account, and so do all guests. The client
    /// reports this limit as an error.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// use wikijs_client::comments::NewComment;
    ///
    /// let question = wiki.comments().create(12, "What is **this**?").await?;
    /// let reply = NewComment::new("A wiki.").reply_to(question.id);
    /// match wiki.comments().create(12, reply).await {
    ///     Err(error) if error.is_rate_limited() => println!("wait {:?}", error.retry_after()),
    ///     other => println!("{}", other?.render),
    /// }
    /// # });
    /// ```
    pub fn create(
        &self,
        page: impl Into<CommentedPage>,
        comment: impl Into<NewComment>,
    ) -> CreateComment {
        CreateComment::new(self.clone(), page.into(), comment.into())
    }

    /// Checks that the comment to reply to exists, because Wiki.js does not check it.
    async fn check_reply(
        &self,
        page: PageId,
        id: CommentId,
        before: Option<&Before>,
    ) -> Result<()> {
        let exists = match before {
            Some(before) => before.existing.contains(&id),
            // A caller may have the permission to write comments but not to read them.
            None => none_if(self.get_opt(id).await, Error::is_forbidden)?
                .is_none_or(|found| found.is_some()),
        };
        if exists {
            return Ok(());
        }
        let object = format_args!("comment {id} on page {page}");
        Err(Error::not_found("CommentsCreate", object))
    }

    /// Updates the content of a comment, in Markdown, and returns the comment as stored.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for fewer than two characters, which Wiki.js would accept here.
    /// - [`is_not_found`](Error::is_not_found) if there is no such comment (8005).
    /// - [`is_forbidden`](Error::is_forbidden) without `manage:comments` for its page (8004), even for its author.
    /// - [`Error::Unconfirmed`] if the response was lost and the change was not seen, and if the comment cannot be
    ///   read back, which requires `read:comments`.
    pub fn update(&self, id: impl Into<CommentId>, content: impl Into<String>) -> Call<Comment> {
        let (id, content) = (id.into(), js_trim(&content.into()).to_owned());
        let checked = id.check().and_then(|()| check_content(&content));
        self.mutate("CommentsUpdate", checked, move |write| async move {
            // A caller may have the permission to update comments but not to read them.
            let before = none_if(write.get(id).await, Error::is_forbidden)?;
            let before = before.map(|comment| comment.updated_at);
            let observe = |_| async {
                let now = write.get(id).await?;
                let is_untouched = before.as_ref() == Some(&now.updated_at);
                Ok(match &now.content {
                    Some(stored) if *stored == content => Observation::Applied(now),
                    _ if is_untouched => Observation::Unchanged,
                    None => Observation::Hidden,
                    Some(_) => {
                        Observation::Foreign(format!("comment {id} was changed by somebody else"))
                    }
                })
            };
            let send = sending!(write, CommentsUpdate(id, &*content));
            let target = write.target(format!("comment {id}"));
            write.reconcile(target, send, observe).await
        })
    }

    /// Deletes a comment.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such comment (8005);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:comments` for its page (8004), even for its
    /// author.
    pub fn delete(&self, id: impl Into<CommentId>) -> Call<()> {
        let id = id.into();
        self.mutate("CommentsDelete", id.check(), move |write| async move {
            let send = sending!(write, CommentsDelete(id) => Some(()));
            let exists = |_| async { Ok(write.get_opt(id).await?.is_some()) };
            let target = write.target(format!("comment {id}"));
            write.delete_object(target, send, exists).await
        })
    }
}

impl Write<Comments> {
    async fn before(&self, page: PageId) -> Result<Before> {
        let (path, locale) = self.location_of(page).await?;
        let existing = self.existing(self.list_at(&path, &locale)).await?;
        Ok(Before {
            path,
            locale,
            existing,
        })
    }

    async fn create_comment(&self, page: PageId, comment: &NewComment) -> Result<Comment> {
        let (before, can_succeed) = match self.before(page).await {
            Ok(before) => (Some(before), Ok(true)),
            // Wiki.js itself reports a missing page.
            Err(error) if error.is_not_found() => (None, Ok(false)),
            // A caller may have the permission to write comments but not to read them.
            Err(error) if error.is_forbidden() => (None, Err(error)),
            Err(error) => return Err(error),
        };
        if let Some(id) = comment.reply_to {
            self.check_reply(page, id, before.as_ref()).await?;
        }
        let remedy = "list the page's comments before calling again";
        let target = self
            .target(format!("a comment on page {page}"))
            .once(remedy);
        let target = target.refused_if_executed_after(can_succeed, Error::is_rate_limited)?;
        let guest = comment.guest.as_ref();
        let content = js_trim(&comment.content);
        let variables = api::comments_create::Variables {
            reply_to: comment.reply_to.map(CommentId::get).into(),
            guest_name: guest.map(|guest| guest.name.clone()).into(),
            guest_email: guest.map(|guest| guest.email.clone()).into(),
            ..api::comments_create::Variables::new(page.get(), content.to_owned())
        };
        let created = OnceLock::new();
        let send = || async {
            let variables = variables.clone();
            let sent = mutation!(self, CommentsCreate, variables);
            if let Some(id) = sent.id {
                // The id is set once: a create is not sent again after a response.
                let _ = created.set(CommentId::from(id));
            }
            Ok(None)
        };
        let observe = |_| async {
            match (created.get(), &before) {
                (Some(id), _) => self.observe_created(*id, content).await,
                (None, Some(before)) => self.find_created(before, comment, content).await,
                (None, None) => Ok(Observation::Hidden),
            }
        };
        self.reconcile(target, send, observe).await
    }

    /// Reads back a comment whose id the wiki returned.
    async fn observe_created(&self, id: CommentId, content: &str) -> Result<Observation<Comment>> {
        let stored = self.get(id).await?;
        Ok(match stored.content.as_deref() {
            Some(other) if other != content => Observation::Foreign(format!(
                "comment {id} was created, and changed by somebody else"
            )),
            _ => Observation::Applied(stored),
        })
    }

    /// Looks for a new comment with this content by the caller.
    async fn find_created(
        &self,
        before: &Before,
        comment: &NewComment,
        content: &str,
    ) -> Result<Observation<Comment>> {
        let list = self.list_at(&before.path, &before.locale).await?;
        let credentials = self.client.credentials();
        let author = credentials
            .user_id()
            .or_else(|| credentials.is_anonymous().then_some(GUEST));
        let name = comment.guest.as_ref().map(|guest| &guest.name);
        let similar = list.into_iter().filter(|found| {
            author.is_none_or(|author| found.author_id == author)
                && name.is_none_or(|name| found.author_name == *name)
                && found.content.as_ref().is_none_or(|other| other == content)
        });
        let existing = &before.existing;
        let created = existing.created("comment", similar);
        Ok(match created {
            Err(observed) => observed,
            Ok(found) if found.content.is_some() => Observation::Applied(found),
            Ok(found) => Observation::Foreign(format!(
                "comment {} was created, whose source the caller may not read",
                found.id
            )),
        })
    }
}

request! {
    /// Request builder for creating a comment, returned by [`Comments::create`]. Await it.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidInput`] for fewer than two characters, and for a guest without name and e-mail address.
    /// - [`is_not_found`](Error::is_not_found) if there is no such page (6003), or if the comment to reply to is not on
    ///   the page, which Wiki.js does not check.
    /// - [`is_forbidden`](Error::is_forbidden) without `write:comments` for the page (8002). By path, also without
    ///   `read:pages`.
    /// - [`is_rate_limited`](Error::is_rate_limited) if another comment was created too recently.
    /// - [`Error::Unconfirmed`] if the response was lost and the comment did not appear within the time of
    ///   [`confirm_writes_for`](crate::ClientBuilder::confirm_writes_for), and if the comment cannot be read back,
    ///   which requires `read:comments`. Without that permission, also after the rate limit: a proxy may have delivered
    ///   the request twice.
    CreateComment(comments: Comments, page: CommentedPage, comment: NewComment) -> Comment, run {
        locale: Option<Locale> = None;
    }

    /// Sets the locale of the path. Default: the client's default locale.
    locale(locale: impl Into<Locale>) => locale = Some(locale.into());
}

impl CreateComment {
    async fn run(self) -> Result<Comment> {
        let comments = &self.comments;
        let is_guest = comments.client.credentials().is_anonymous();
        self.comment.check(is_guest)?;
        let page = match self.page {
            CommentedPage::Id(id) => id,
            CommentedPage::Path(path) => {
                no_nul("path", path.as_str())?;
                let locale = comments.client.locale_or_default(self.locale).await?;
                let pages = comments.client.pages();
                match pages.id_at(path.as_str(), locale.as_str()).await {
                    // The wiki lacks `singleByPath`. The handle for pages looks the page up in the tree instead.
                    Err(error) if error.is_unsupported() => {
                        pages.get_by_path(path).locale(locale).await?.id
                    }
                    found => {
                        let object = format!("{path} (locale {locale})");
                        found?.ok_or_else(|| Error::not_found("CommentsCreate", object))?
                    }
                }
            }
        };
        let comment = self.comment;
        let work =
            move |write: Write<Comments>| async move { write.create_comment(page, &comment).await };
        comments.mutate("CommentsCreate", page.check(), work).await
    }
}
