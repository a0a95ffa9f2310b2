//! Posting, changing and deleting comments.

use std::collections::HashSet;

use super::{Comment, Comments, NewComment, model::check_content};
use crate::{
    api,
    error::{Applied, Error, Incomplete, Result},
    outcome::{mutation, query},
    settle::{Look, until_certain},
    transport::Turn,
    types::{CommentId, PageId},
};

/// The page of a new comment, and what was there before.
struct Before {
    path: String,
    locale: String,
    ids: HashSet<CommentId>,
}

impl Comments {
    /// Posts a comment on a page and gives it back as the wiki keeps it.
    ///
    /// Wiki.js takes one comment in 15 s from each IP address, whether it posts it or not (hazard 43);
    /// the client waits for that as its [`RetryPolicy`](crate::RetryPolicy) allows. Its comment provider
    /// has a limit of its own, usually 30 s between two comments of one account, for which all API keys
    /// are one account and all guests are another; that one is reported.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// use wikijs_client::comments::NewComment;
    ///
    /// let question = wiki.comments().create(12, "What is **this**?").await?;
    /// let answer = NewComment::new("A wiki.").reply_to(question.id);
    /// match wiki.comments().create(12, answer).await {
    ///     Err(error) if error.is_rate_limited() => println!("wait {:?}", error.retry_after()),
    ///     other => println!("{}", other?.render),
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for less than two characters, and for a guest without name and e-mail
    /// address; [`is_not_found`](Error::is_not_found) if there is no such page (6003), or no such comment
    /// on it to reply to, which Wiki.js does not look after;
    /// [`is_forbidden`](Error::is_forbidden) without `write:comments` for the page (8002);
    /// [`is_rate_limited`](Error::is_rate_limited) if it is too soon. [`Error::Incomplete`] if the comment
    /// is posted, but cannot be read without `read:comments`.
    pub async fn create(
        &self,
        page: impl Into<PageId>,
        comment: impl Into<NewComment>,
    ) -> Result<Comment> {
        let (page, comment) = (page.into(), comment.into());
        comment.check(self.client.credentials().is_anonymous())?;
        page.to_argument()?;
        let comments = self.clone();
        let work = move |turn| async move { comments.create_in(&turn, page, &comment).await };
        let id = self.client.write("CommentsCreate", work).await?;
        self.read_back(id).await
    }

    async fn create_in(
        &self,
        turn: &Turn,
        page: PageId,
        comment: &NewComment,
    ) -> Result<CommentId> {
        // Who may post need not be allowed to look.
        let before = self.before(page).await.ok();
        if let Some(id) = comment.reply_to {
            self.check_reply(page, id, before.as_ref()).await?;
        }
        let send = || self.send_create(turn, page, comment);
        let Some(Before { path, locale, ids }) = &before else {
            return send().await;
        };
        let look = |_| async move {
            let list = self.list_at(path, locale).await?;
            let is_it = |found: &&Comment| {
                !ids.contains(&found.id)
                    && found
                        .content
                        .as_ref()
                        .is_none_or(|content| *content == comment.content)
            };
            Ok(list
                .iter()
                .find(is_it)
                .map_or(Look::NotMade, |found| Look::Made(found.id)))
        };
        until_certain(&self.client, "CommentsCreate", send, look).await
    }

    async fn before(&self, page: PageId) -> Result<Before> {
        let variables = api::comments_page::Variables {
            id: page.to_argument()?,
        };
        let found = query!(self.client, CommentsPage, pages.single, variables);
        let comments = self.list_at(&found.path, &found.locale).await?;
        Ok(Before {
            path: found.path,
            locale: found.locale,
            ids: comments.iter().map(|comment| comment.id).collect(),
        })
    }

    /// Whether there is a comment to reply to: Wiki.js takes any number.
    async fn check_reply(
        &self,
        page: PageId,
        id: CommentId,
        before: Option<&Before>,
    ) -> Result<()> {
        let is_there = match before {
            Some(before) => before.ids.contains(&id),
            None => match self.get_opt(id).await {
                Ok(found) => found.is_some(),
                Err(error) if error.is_forbidden() => true,
                Err(error) => return Err(error),
            },
        };
        if is_there {
            return Ok(());
        }
        Err(Error::NotFound {
            operation: "CommentsCreate",
            what: format!("there is no comment {id} on page {page} to reply to"),
        })
    }

    async fn send_create(
        &self,
        turn: &Turn,
        page: PageId,
        comment: &NewComment,
    ) -> Result<CommentId> {
        let guest = comment.guest.as_ref();
        let variables = api::comments_create::Variables {
            reply_to: comment
                .reply_to
                .map(CommentId::to_argument)
                .transpose()?
                .into(),
            guest_name: guest.map(|guest| guest.name.clone()).into(),
            guest_email: guest.map(|guest| guest.email.clone()).into(),
            ..api::comments_create::Variables::new(page.to_argument()?, comment.content.clone())
        };
        let answer = mutation!(
            self.client,
            turn,
            CommentsCreate,
            comments.create,
            variables
        );
        answer
            .id
            .map(CommentId::from)
            .ok_or_else(|| Error::unanswered("CommentsCreate", "comments.create.id", Applied::Yes))
    }

    /// Changes the content of a comment, in Markdown, and gives it back as the wiki keeps it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for less than two characters, which Wiki.js would take here;
    /// [`is_not_found`](Error::is_not_found) if there is no such comment (8005);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:comments` for its page (8004), also for its
    /// author. [`Error::Incomplete`] as of [`create`](Self::create).
    pub async fn update(
        &self,
        id: impl Into<CommentId>,
        content: impl Into<String>,
    ) -> Result<Comment> {
        let (id, content) = (id.into(), content.into().trim().to_owned());
        check_content(&content)?;
        id.to_argument()?;
        let comments = self.clone();
        let work = move |turn| async move { comments.update_in(&turn, id, &content).await };
        self.client.write("CommentsUpdate", work).await?;
        self.read_back(id).await
    }

    async fn update_in(&self, turn: &Turn, id: CommentId, content: &str) -> Result<()> {
        let look = |_| async move {
            let found = self.get(id).await?;
            Ok(if found.content.as_deref() == Some(content) {
                Look::Made(())
            } else {
                Look::NotMade
            })
        };
        let send = || self.send_update(turn, id, content);
        until_certain(&self.client, "CommentsUpdate", send, look).await
    }

    async fn send_update(&self, turn: &Turn, id: CommentId, content: &str) -> Result<()> {
        let variables = api::comments_update::Variables {
            id: id.to_argument()?,
            content: content.to_owned(),
        };
        mutation!(
            self.client,
            turn,
            CommentsUpdate,
            comments.update,
            variables
        );
        Ok(())
    }

    /// Deletes a comment.
    ///
    /// # Errors
    ///
    /// [`is_not_found`](Error::is_not_found) if there is no such comment (8005);
    /// [`is_forbidden`](Error::is_forbidden) without `manage:comments` for its page (8004), also for its
    /// author.
    pub async fn delete(&self, id: impl Into<CommentId>) -> Result<()> {
        let id = id.into();
        id.to_argument()?;
        let comments = self.clone();
        let work = move |turn| async move { comments.delete_in(&turn, id).await };
        self.client.write("CommentsDelete", work).await
    }

    async fn delete_in(&self, turn: &Turn, id: CommentId) -> Result<()> {
        let look = |_| async move {
            Ok(match self.get_opt(id).await? {
                Some(_) => Look::NotMade,
                None => Look::Made(()),
            })
        };
        let send = || self.send_delete(turn, id);
        until_certain(&self.client, "CommentsDelete", send, look).await
    }

    async fn send_delete(&self, turn: &Turn, id: CommentId) -> Result<()> {
        let variables = api::comments_delete::Variables {
            id: id.to_argument()?,
        };
        mutation!(
            self.client,
            turn,
            CommentsDelete,
            comments.delete,
            variables
        );
        Ok(())
    }

    /// The comment that was written.
    async fn read_back(&self, id: CommentId) -> Result<Comment> {
        self.get(id).await.map_err(|error| {
            Error::Incomplete(Box::new(Incomplete {
                done: format!("comment {id} is written"),
                missing: "it could not be read back".to_owned(),
                source: error,
            }))
        })
    }
}
