//! Building a client, and verifying its identity.

use std::{net::TcpListener, time::Duration};

use futures::FutureExt;
use wikijs_client::{Client, Error, Identity, api, error::AuthFailure, pages::PageUpdate};

use crate::{
    canned::{Response, serve},
    support::{Wiki, client, own_http},
};

fn reason(error: &Error) -> AuthFailure {
    match error {
        Error::Auth(error) => error.reason,
        other => panic!("not about the key: {other:?}"),
    }
}

#[tokio::test]
async fn check_the_connection() {
    let wiki = Wiki::start().await;
    let check = wiki.client.check().await.unwrap();
    match check.identity {
        Identity::ApiKey { acts_as, claims } => {
            assert_eq!(acts_as.id, 1);
            assert_eq!(claims.unwrap().group, 1);
        }
        other => panic!("accepted as {other:?}"),
    }
    assert!(check.version.unwrap().starts_with('2'));
    assert_eq!(check.permissions.unwrap(), ["manage:system"]);
}

#[tokio::test]
async fn k48_every_key_acts_as_user_1() {
    let wiki = Wiki::start().await;
    let writer = wiki
        .client_with(&["read:pages", "write:pages", "manage:pages"])
        .await;
    match writer.check().await.unwrap().identity {
        Identity::ApiKey { acts_as, .. } => assert_eq!(acts_as.id, 1),
        other => panic!("accepted as {other:?}"),
    }
    let page = writer.pages().create(wiki.new_page("x")).await.unwrap();
    assert_eq!(page.metadata.unwrap().author.id, 1);
}

#[tokio::test]
async fn a_check_with_a_restricted_key_returns_less() {
    let wiki = Wiki::start().await;
    let reader = wiki.client_with(&["read:pages"]).await;
    let check = reader.check().await.unwrap();
    assert!(matches!(check.identity, Identity::ApiKey { .. }));
    assert_eq!((check.version, check.permissions), (None, None));
}

#[tokio::test]
async fn without_a_key_the_caller_is_a_guest() {
    let wiki = Wiki::start().await;
    let guest = Client::builder(wiki.url()).build().unwrap();
    assert_eq!(guest.check().await.unwrap().identity, Identity::Guest);
    guest.pages().list().await.unwrap();
}

#[tokio::test]
async fn k47_an_ignored_key_has_its_own_error() {
    let wiki = Wiki::start().await;
    let mut parts: Vec<&str> = wiki.api_key().split('.').collect();
    parts[2] = "c2lnbmF0dXJl";
    for key in ["abc", "a.b.c", &parts.join(".")] {
        let error = client(wiki.url(), key).check().await.unwrap_err();
        assert_eq!(reason(&error), AuthFailure::KeyIgnored, "{key}");
        assert!(error.is_unauthenticated());
        assert!(
            !format!("{error} {error:?}").contains(key),
            "the key is not in debug output"
        );
    }
}

#[tokio::test]
async fn k47_expired_revoked_and_disabled_keys_are_distinguished() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    for (key, expected) in [
        (fake.expired_key(1), AuthFailure::Expired),
        (fake.expired_key(20), AuthFailure::Expired),
        (fake.revoked_key(), AuthFailure::KeyRevoked),
        (fake.unknown_key(), AuthFailure::KeyRevoked),
    ] {
        let error = client(wiki.url(), &key).check().await.unwrap_err();
        assert_eq!(reason(&error), expected);
        assert!(error.is_unauthenticated(), "{error}");
    }
    fake.set_api_enabled(false);
    let error = wiki.client.check().await.unwrap_err();
    assert_eq!(reason(&error), AuthFailure::ApiDisabled);
    // Any other call fails with the same reason.
    let error = wiki.client.pages().list().await.unwrap_err();
    assert_eq!(reason(&error), AuthFailure::ApiDisabled);
    assert_eq!(error.status(), Some(500));
}

#[tokio::test]
async fn an_unreachable_server_is_distinguished_from_another_server() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = client(&format!("http://127.0.0.1:{port}"), "key")
        .check()
        .await
        .unwrap_err();
    assert!(error.is_connect(), "{error:?}");

    let wiki = Wiki::start().await;
    let error = client(&format!("{}/no/wiki/here", wiki.url()), "key")
        .check()
        .await
        .unwrap_err();
    assert_eq!(error.status(), Some(404), "{error:?}");
    assert!(error.to_string().contains("check the URL"), "{error}");
}

#[tokio::test]
async fn the_url_may_have_a_slash_or_the_endpoint_at_its_end() {
    let wiki = Wiki::start().await;
    for ending in ["", "/", "/graphql", "/graphql/"] {
        let url = format!("{}{ending}", wiki.url().trim_end_matches('/'));
        let client = client(&url, wiki.api_key());
        client.check().await.unwrap();
        assert!(!client.url().as_str().contains("graphql"));
    }
}

#[test]
fn an_invalid_setting_is_refused_by_build() {
    let wiki = || Client::builder("https://wiki.example.com");
    let pem_free = "-----BEGIN NOTHING-----";
    let own = || wiki().http_client(own_http().build().unwrap());
    for (builder, setting) in [
        (Client::builder(""), "url"),
        (Client::builder("wiki.example.com"), "url"),
        (Client::builder("ftp://wiki.example.com"), "url"),
        (Client::builder("https://me:secret@wiki.example.com"), "url"),
        (Client::builder("https://wiki.example.com/?a=b"), "url"),
        (wiki().api_key(""), "api_key"),
        (wiki().api_key("  "), "api_key"),
        (wiki().api_key("two\nlines"), "api_key"),
        (wiki().api_key("schlüssel"), "api_key"),
        (wiki().timeout(Duration::ZERO), "timeout"),
        (wiki().deadline(Duration::ZERO), "deadline"),
        (wiki().concurrent_writes(0), "concurrent_writes"),
        (wiki().concurrent_requests(0), "concurrent_requests"),
        (wiki().requests_per_second(0.0), "requests_per_second"),
        (wiki().requests_per_second(f64::NAN), "requests_per_second"),
        (wiki().max_request_bytes(0), "max_request_bytes"),
        (wiki().default_locale(""), "default_locale"),
        (wiki().user_agent("line\nbreak"), "user_agent"),
        (wiki().proxy("no url"), "proxy"),
        (
            wiki().root_certificate_pem(pem_free),
            "root_certificate_pem",
        ),
        (own().proxy("http://localhost:1"), "proxy"),
        (
            own().danger_accept_invalid_certs(true),
            "danger_accept_invalid_certs",
        ),
    ] {
        match builder.build() {
            Err(Error::Config(error)) => assert_eq!(error.setting, setting, "{error}"),
            other => panic!("{setting}: {other:?}"),
        }
    }
}

#[test]
fn a_key_is_sent_unencrypted_to_other_machines_only_on_request() {
    for url in [
        "http://wiki.example.com",
        "http://10.0.0.1:3000",
        "http://[2001:db8::1]",
    ] {
        match Client::builder(url).api_key("key").build() {
            Err(Error::Config(error)) => assert!(error.remedy.contains("allow_plain_http")),
            other => panic!("{url}: {other:?}"),
        }
        Client::builder(url).build().unwrap();
        Client::builder(url)
            .api_key("key")
            .allow_plain_http(true)
            .build()
            .unwrap();
    }
    for url in [
        "http://localhost",
        "http://127.0.0.2:3000",
        "http://[::1]",
        "http://wiki.localhost",
    ] {
        Client::builder(url).api_key("key").build().unwrap();
    }
}

#[tokio::test]
async fn custom_pool_custom_timeout_and_tls_verification_off() {
    let wiki = Wiki::start().await;
    let tuned = Client::builder(wiki.url())
        .api_key(wiki.api_key())
        .timeout(Duration::from_secs(60))
        .connect_timeout(Duration::from_secs(5))
        .pool_max_idle_per_host(2)
        .danger_accept_invalid_certs(true)
        .user_agent("contract-test/1")
        .build()
        .unwrap();
    tuned.check().await.unwrap();
    let own = Client::builder(wiki.url())
        .api_key(wiki.api_key())
        .http_client(own_http().build().unwrap())
        .build()
        .unwrap();
    own.check().await.unwrap();
    if let Some(fake) = wiki.fake() {
        let agents: Vec<_> = fake
            .requests()
            .iter()
            .map(|request| request.header("user-agent").map(str::to_owned))
            .collect();
        assert_eq!(agents[0].as_deref(), Some("contract-test/1"));
    }
}

#[tokio::test]
async fn a_wiki_that_does_not_answer_is_a_timeout() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let wiki = Client::builder(url)
        .timeout(Duration::from_millis(200))
        .build()
        .unwrap();
    let error = wiki.pages().list().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
}

#[tokio::test]
async fn k54_a_redirection_is_not_followed_and_names_the_url_to_configure() {
    let url =
        serve(|_| Response::new(301, "").header("location", "https://wiki.example.com/graphql"));
    let error = client(&url, "key").check().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("configure its URL as https://wiki.example.com"),
        "{error}"
    );
}

#[cfg(feature = "assets")]
#[tokio::test]
async fn k54_only_the_endpoint_of_a_wiki_is_proposed_for_the_configuration() {
    use wikijs_client::RetryPolicy;

    // Target of the redirect, part of the description.
    const OF_GRAPHQL: &str = "
        https://a.example/graphql                | configure its URL as https://a.example/
        https://a.example/wiki/graphql/?x=1      | URL as https://a.example/wiki
        https://b.example/graphql                | if you trust b.example
        https://sso.example/login?next=/graphql  | redirects to sso.example, which looks like a login page
        https://me:pw@sso.example/graphql-login  | redirects to sso.example, which looks like a login page
        https://a.example/                       | redirects to a.example, which looks like a login page";
    const OF_A_FILE: &str = "
        https://a.example/docs/a.png             | URL as https://a.example/
        https://sso.example/login                | redirects to sso.example, which looks like a login page";
    const OF_AN_UPLOAD: &str = "
        https://a.example/wiki/login             | redirects to a.example, which looks like a login page";
    for (asked, redirects) in [
        ("/graphql", OF_GRAPHQL),
        ("/docs/a.png", OF_A_FILE),
        ("/u", OF_AN_UPLOAD),
    ] {
        for line in redirects.trim().lines() {
            let (target, problem) = line.split_once('|').unwrap();
            let (target, problem) = (target.trim(), problem.trim());
            // A proxy, which gets the whole URL.
            let proxy = serve(move |request| {
                let url = request.split(' ').nth(1).unwrap();
                if url == format!("http://a.example{asked}") {
                    Response::new(301, "").header("location", target)
                } else {
                    let data =
                        serde_json::json!({"assets": {"list": []}, "users": {"profile": null}});
                    Response::json(200, serde_json::json!({"data": data}))
                }
            });
            let wiki = Client::builder("http://a.example")
                .proxy(proxy)
                .retry(RetryPolicy::none())
                .build()
                .unwrap();
            let error = match asked {
                "/u" => wiki.assets().upload("", "a.png", "x").await.err(),
                "/graphql" => wiki.pages().list().await.err(),
                _ => wiki.assets().download("docs/a.png").await.err(),
            };
            let said = error.unwrap().to_string();
            assert!(said.contains(problem), "{asked} to {target}: {said}");
            assert!(!said.contains("pw") && !said.contains("next="), "{said}");
            let is_proposed = !problem.contains("login");
            assert_eq!(said.contains("configure its URL as"), is_proposed, "{said}");
        }
    }
}

#[test]
fn a_call_outside_of_a_runtime_is_an_error() {
    let builder = || Client::builder("http://127.0.0.1:9");
    let hurried = builder().deadline(Duration::from_secs(60));
    for wiki in [builder(), hurried].map(|builder| builder.build().unwrap()) {
        let pages = wiki.pages();
        let render = api::pages_render::Variables { id: 1 };
        let errors = [
            pages.get(1).now_or_never().unwrap().map(drop),
            pages.delete(1).now_or_never().unwrap(),
            pages
                .modify(1, |_| PageUpdate::new())
                .now_or_never()
                .unwrap()
                .map(drop),
            wiki.execute::<api::PagesRender>(render)
                .now_or_never()
                .unwrap()
                .map(drop),
        ];
        for error in errors.map(Result::unwrap_err) {
            assert!(matches!(error, Error::Config(_)), "{error}");
            assert!(error.to_string().contains("tokio runtime"), "{error}");
        }
    }
}
