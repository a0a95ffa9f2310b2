//! Who pays for the making of Wiki.js.
//!
//! [`Client::contribute`](crate::Client::contribute) gives [`Contribute`].

use serde::{Deserialize, Serialize};

use crate::{
    api::{self, contribute_contributors::ContributeContributorsContributeContributors as Listed},
    client::Client,
    error::{Error, Result},
    types::Timestamp,
};

/// Somebody who pays for the making of Wiki.js.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Contributor {
    /// `id`.
    pub id: String,
    /// `source`: where they pay, such as `OpenCollective`.
    pub source: String,
    /// `name`.
    pub name: String,
    /// `joined`.
    pub joined: Timestamp,
    /// `website`.
    pub website: Option<String>,
    /// `twitter`.
    pub twitter: Option<String>,
    /// `avatar`: an image's address.
    pub avatar: Option<String>,
}

impl From<Listed> for Contributor {
    fn from(listed: Listed) -> Self {
        Self {
            id: listed.id,
            source: listed.source,
            name: listed.name,
            joined: listed.joined,
            website: listed.website,
            twitter: listed.twitter,
            avatar: listed.avatar,
        }
    }
}

/// Who pays for the making of Wiki.js. Cheap to make and to clone.
#[derive(Debug, Clone)]
pub struct Contribute {
    client: Client,
}

impl Client {
    /// Who pays for the making of Wiki.js.
    pub fn contribute(&self) -> Contribute {
        Contribute {
            client: self.clone(),
        }
    }
}

impl Contribute {
    /// Those who pay for the making of Wiki.js. Everybody may ask.
    ///
    /// The wiki asks a server of the makers of Wiki.js for them, in the Internet and anew each time.
    ///
    /// ```
    /// # wikijs_fake::example(async |fake| {
    /// # let wiki = wikijs_client::Client::builder(fake.url()).api_key(fake.api_key()).build()?;
    /// match wiki.contribute().contributors().await {
    ///     Err(error) if error.is_unavailable() => println!("the wiki has no way to the Internet"),
    ///     other => println!("{} contributors", other?.len()),
    /// }
    /// # Ok::<_, wikijs_client::Error>(())
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Upstream`] if the wiki did not reach that server: it then answers null, without an error
    /// and at once, or, where a firewall swallows the request, not before the client's timeout.
    pub async fn contributors(&self) -> Result<Vec<Contributor>> {
        let variables = api::contribute_contributors::Variables::new();
        let data = self
            .client
            .execute::<api::ContributeContributors>(variables)
            .await?;
        let listed = data.contribute.and_then(|answer| answer.contributors);
        let listed = listed.ok_or_else(|| Error::Upstream {
            operation: "ContributeContributors",
            what: "the wiki did not reach graph.requarks.io, which knows the contributors; its log says why".to_owned(),
        })?;
        Ok(listed
            .into_iter()
            .flatten()
            .map(Contributor::from)
            .collect())
    }
}
