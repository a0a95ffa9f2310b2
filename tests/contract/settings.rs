//! Reported outcomes of writes of settings, in every domain: for each way in which the response can be lost or wrong,
//! and for each state that the wiki can hold afterwards.

mod table;

use std::time::Duration;

use wikijs_client::{Applied, Client, Error};
use wikijs_fake::{FakeWiki, Fault};

use self::table::{Domain, State, domains};
use crate::support::{asked, eager, patient};

/// A wiki with initial settings, the client under test, and another client.
struct Stage {
    fake: FakeWiki,
    client: Client,
    other: Client,
}

impl Stage {
    async fn of(domain: &Domain) -> Self {
        let fake = FakeWiki::builder().locales(["fr", "de"]).start().await;
        let client = eager(&fake)
            .confirm_writes_for(Duration::from_millis(150))
            .build()
            .unwrap();
        let other = eager(&fake).build().unwrap();
        (domain.put)(other.clone(), State::Before).await.unwrap();
        fake.clear_requests();
        Self {
            fake,
            client,
            other,
        }
    }

    /// Makes the other client bring the settings into a state before the response to the write.
    fn interrupt(&self, domain: &Domain, state: State) {
        let put = (domain.put)(self.other.clone(), state);
        self.fake
            .after_next(domain.operation, async { put.await.unwrap() });
    }

    /// Returns `true` if the settings are in a state: a write of that state sends nothing.
    async fn is(&self, domain: &Domain, state: State) -> bool {
        self.fake.clear_requests();
        (domain.put)(self.other.clone(), state).await.unwrap();
        asked(&self.fake, domain.operation) == 0
    }
}

#[tokio::test]
async fn a_write_that_was_executed_succeeds_after_a_lost_response() {
    for domain in domains() {
        for fault in [Fault::ResetAfter, Fault::status_after(504)] {
            let stage = Stage::of(&domain).await;
            stage.fake.fail_next_matching(domain.operation, fault);
            let result = (domain.put)(patient(&stage.fake), State::Wanted).await;
            result.unwrap_or_else(|error| panic!("{}: {error:?}", domain.operation));
            assert_eq!(asked(&stage.fake, domain.operation), 1);
            assert!(stage.is(&domain, State::Wanted).await);
        }
    }
}

#[tokio::test]
async fn a_write_whose_request_is_lost_is_unconfirmed_and_not_sent_again() {
    for domain in domains() {
        let stage = Stage::of(&domain).await;
        let fault = Fault::ResetBefore;
        stage.fake.fail_next_matching(domain.operation, fault);
        let error = (domain.put)(stage.client.clone(), State::Wanted).await;
        let error = error.unwrap_err();
        assert!(
            matches!(error, Error::Unconfirmed(_)),
            "{}: {error:?}",
            domain.operation
        );
        assert_eq!(error.applied(), Applied::Unknown);
        assert!(error.is_transient(), "{error:?}");
        assert_eq!(asked(&stage.fake, domain.operation), 1);
        assert!(stage.is(&domain, State::Before).await);
    }
}

#[tokio::test]
async fn a_success_that_stored_nothing_is_not_applied() {
    for domain in domains() {
        let stage = Stage::of(&domain).await;
        stage.interrupt(&domain, State::Before);
        let error = (domain.put)(stage.client.clone(), State::Wanted).await;
        let error = error.unwrap_err();
        assert!(
            matches!(error, Error::NotApplied { .. }),
            "{}: {error:?}",
            domain.operation
        );
        assert_eq!(error.applied(), Applied::No);
    }
}

#[tokio::test]
async fn a_success_that_stored_a_part_is_partially_applied() {
    for domain in domains() {
        let Some([stored, missing]) = domain.parts else {
            continue;
        };
        let stage = Stage::of(&domain).await;
        stage.interrupt(&domain, State::Part);
        let error = (domain.put)(stage.client.clone(), State::Wanted).await;
        let error = error.unwrap_err();
        assert_eq!(error.applied(), Applied::Partially, "{error:?}");
        let Error::PartiallyApplied(error) = error else {
            panic!("{}: {error:?}", domain.operation)
        };
        assert!(error.done.contains(stored), "{error}");
        assert!(error.missing.contains(missing), "{error}");
        assert!(!error.missing.contains(stored), "{error}");
        // Two writes: that of the client and that of the other client. The client did not overwrite the second.
        assert_eq!(asked(&stage.fake, domain.operation), 2);
    }
}

#[tokio::test]
async fn a_write_of_another_client_is_distinguished_and_not_overwritten() {
    for domain in domains().into_iter().filter(|domain| domain.has_foreign) {
        for fault in [None, Some(Fault::ResetAfter)] {
            let stage = Stage::of(&domain).await;
            stage.interrupt(&domain, State::Foreign);
            if let Some(fault) = fault {
                stage.fake.fail_next_matching(domain.operation, fault);
            }
            let error = (domain.put)(stage.client.clone(), State::Wanted).await;
            let error = error.unwrap_err();
            assert!(
                matches!(error, Error::Unconfirmed(_)),
                "{}: {error:?}",
                domain.operation
            );
            assert_eq!(asked(&stage.fake, domain.operation), 2);
            assert!(stage.is(&domain, State::Foreign).await);
        }
    }
}

#[tokio::test]
async fn an_error_is_reported_with_the_stored_part() {
    for domain in domains() {
        // Everything was stored. Only a provider reports an error, because it may not be in effect.
        let stage = Stage::of(&domain).await;
        let fail = || {
            stage
                .fake
                .fail_next_matching(domain.operation, Fault::ErrorAfter);
        };
        fail();
        match (domain.put)(stage.client.clone(), State::Wanted).await {
            Ok(()) => {}
            Err(Error::PartiallyApplied(error)) => {
                assert!(error.missing.contains("not be in effect"), "{error}");
            }
            Err(error) => panic!("{}: {error:?}", domain.operation),
        }
        assert_eq!(asked(&stage.fake, domain.operation), 1);
        assert!(stage.is(&domain, State::Wanted).await);
        // Nothing was stored.
        (domain.put)(stage.other.clone(), State::Before)
            .await
            .unwrap();
        stage.interrupt(&domain, State::Before);
        fail();
        let error = (domain.put)(stage.client.clone(), State::Wanted).await;
        let error = error.unwrap_err();
        assert!(matches!(error, Error::GraphQl(_)), "{error:?}");
        assert_eq!(error.applied(), Applied::No, "{}", domain.operation);
        // A part was stored.
        if let Some([stored, missing]) = domain.parts {
            stage.interrupt(&domain, State::Part);
            fail();
            let error = (domain.put)(stage.client.clone(), State::Wanted).await;
            let Err(Error::PartiallyApplied(error)) = error else {
                panic!("{}: {error:?}", domain.operation)
            };
            assert!(error.done.contains(stored), "{error}");
            assert!(error.missing.contains(missing), "{error}");
            assert!(error.source.is_some());
        }
    }
}
