//! The list of contributors to Wiki.js.

use wikijs_client::{Applied, Client, Error};
use wikijs_fake::FakeWiki;

use crate::support::Wiki;

#[tokio::test]
async fn a_wiki_without_internet_access_returns_an_error() {
    let wiki = Wiki::start().await;
    match wiki.client.contribute().contributors().await {
        // A real wiki may be online.
        Ok(contributors) => assert!(wiki.fake().is_none() && !contributors.is_empty()),
        Err(error) => {
            assert!(matches!(error, Error::Upstream { .. }), "{error:?}");
            assert!(error.is_unavailable() && error.is_transient());
            assert_eq!(error.operation(), Some("ContributeContributors"));
            assert_eq!(error.applied(), Applied::No);
            assert!(error.to_string().contains("graph.requarks.io"), "{error}");
        }
    }
}

#[tokio::test]
async fn contributors_are_listed() {
    let fake = FakeWiki::builder().online().start().await;
    let guest = Client::builder(fake.url()).build().unwrap();
    let contributors = guest.contribute().contributors().await.unwrap();
    assert_eq!(contributors[0].name, "Ada");
    assert_eq!(contributors[0].source, "OpenCollective");
    assert!(contributors[0].joined.to_jiff().is_ok());
    assert_eq!(contributors[0].twitter, None);
}
