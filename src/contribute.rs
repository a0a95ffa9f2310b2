//! Financial contributors of Wiki.js.
//!
//! [`Client::contribute`](crate::Client::contribute) returns [`Contribute`].

use crate::{
    api::contribute_contributors::ContributeContributorsContributeContributors as Listed,
    call::Call,
    error::{Error, ObjectError},
    handle::handle,
    response::{models, query},
    types::{Timestamp, converted},
};

models! {
    /// A financial contributor of Wiki.js.
    Contributor from Listed as listed {
        /// `id`.
        pub id: String,
        /// `source`: payment platform, such as `OpenCollective`.
        pub source: String,
        /// `name`.
        pub name: String,
        /// `joined`.
        pub joined: Timestamp,
        /// `website`.
        pub website: Option<String>,
        /// `twitter`.
        pub twitter: Option<String>,
        /// `avatar`: URL of an image.
        pub avatar: Option<String>,
    }
}

handle! {
    /// Handle for the financial contributors of Wiki.js.
    Contribute,
    /// Returns a handle for the financial contributors of Wiki.js.
    contribute
}

impl Contribute {
    /// Lists the financial contributors of Wiki.js. This requires no permission.
    ///
    /// At each call the wiki requests them from `graph.requarks.io` on the internet.
    ///
    /// ```
    /// # wikijs_fake::example!(wiki => {
    /// match wiki.contribute().contributors().await {
    ///     Err(error) if error.is_unavailable() => println!("the wiki cannot reach the internet"),
    ///     other => println!("{} contributors", other?.len()),
    /// }
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Upstream`] if the wiki could not reach that server, which it reports as null without an error. If a
    /// firewall drops the request of the wiki, the call may time out first.
    pub fn contributors(&self) -> Call<Vec<Contributor>> {
        Call::on(self, |contribute| async move {
            let listed = query!(contribute.client, ContributeContributors);
            let unreachable = || {
                Error::Upstream(ObjectError::new(
                    "ContributeContributors",
                    "contributors",
                    "the wiki could not reach graph.requarks.io, which has them; see the log of the wiki",
                ))
            };
            let listed = listed.ok_or_else(unreachable)?;
            Ok(converted(listed.into_iter().flatten()))
        })
    }
}
