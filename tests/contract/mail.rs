//! Mail. The tests send none from a real wiki.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use wikijs_client::{Applied, Error, ErrorCode, mail::MailUpdate};
use wikijs_fake::{FakeWiki, Fault};

use crate::support::{Wiki, asked, eager, observing_briefly, post, with_interference};

const READ: &str = "{mail{config{senderName senderEmail host port name secure verifySSL user pass useDKIM \
    dkimDomainName dkimKeySelector dkimPrivateKey}}}";

const WRITE: &str = "mutation($senderName:String!,$senderEmail:String!,$host:String!,$port:Int!,$name:String!,\
    $secure:Boolean!,$verifySSL:Boolean!,$user:String!,$pass:String!,$useDKIM:Boolean!,$dkimDomainName:String!,\
    $dkimKeySelector:String!,$dkimPrivateKey:String!){mail{updateConfig(senderName:$senderName,\
    senderEmail:$senderEmail,host:$host,port:$port,name:$name,secure:$secure,verifySSL:$verifySSL,user:$user,\
    pass:$pass,useDKIM:$useDKIM,dkimDomainName:$dkimDomainName,dkimKeySelector:$dkimKeySelector,\
    dkimPrivateKey:$dkimPrivateKey){responseResult{succeeded}}}}";

/// The original configuration, which is restored on drop. The masked password makes Wiki.js keep the stored one.
struct Original {
    url: String,
    key: String,
    config: Value,
}

impl Original {
    async fn of(wiki: &Wiki) -> Self {
        Self {
            url: wiki.url().to_owned(),
            key: wiki.api_key().to_owned(),
            config: raw(wiki).await,
        }
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        std::thread::scope(|scope| {
            let restoring = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                runtime.block_on(post(&self.url, &self.key, WRITE, self.config.clone()));
            });
            let _ = restoring.join();
        });
    }
}

async fn raw(wiki: &Wiki) -> Value {
    wiki.raw(READ, json!({})).await["data"]["mail"]["config"].clone()
}

#[tokio::test]
async fn an_update_changes_only_its_fields() {
    let wiki = Wiki::start().await;
    let original = Original::of(&wiki).await;
    let mail = wiki.client.mail();
    let before = mail.config().await.unwrap();
    let update = MailUpdate::new().sender_name("Wiki \"of\" this test");
    let after = mail.update(update).await.unwrap();
    assert_eq!(after.sender_name, "Wiki \"of\" this test");
    let mut expected = original.config.clone();
    expected["senderName"] = json!("Wiki \"of\" this test");
    assert_eq!(raw(&wiki).await, expected);
    let update = MailUpdate::new().sender_name(&before.sender_name);
    assert_eq!(
        mail.update(update).await.unwrap().has_password(),
        before.has_password()
    );
    assert_eq!(raw(&wiki).await, original.config);
    mail.update(MailUpdate::new()).await.unwrap();
    let reader = wiki.client_with(&["read:pages"]).await;
    assert!(reader.mail().config().await.unwrap_err().is_forbidden());
    let error = reader.mail().update(MailUpdate::new()).await.unwrap_err();
    assert!(error.is_forbidden());
}

#[tokio::test]
async fn the_masked_password_is_kept() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let mail = wiki.client.mail();
    let secret = SecretString::from;
    let update = MailUpdate::new()
        .host("smtp.example.com")
        .port(587)
        .secure(false)
        .verify_certificate(true)
        .user("wiki")
        .name("wiki.example.com")
        .sender_email("wiki@example.com")
        .password(secret("s3cret"))
        .use_dkim(true)
        .dkim_domain_name("example.com")
        .dkim_key_selector("one")
        .dkim_private_key(secret("pr1vate"));
    assert!(!format!("{update:?}").contains("s3cret"));
    let config = mail.update(update).await.unwrap();
    assert!(config.has_password() && config.use_dkim && !config.secure);
    assert_eq!(config.dkim_private_key.expose_secret(), "pr1vate");
    let shown = format!("{config:?}");
    assert!(
        !shown.contains("pr1vate") && !shown.contains("s3cret"),
        "{shown}"
    );

    mail.update(MailUpdate::new().port(25)).await.unwrap();
    let stored = fake.mail_config();
    assert_eq!(
        (&stored["port"], &stored["pass"]),
        (&json!(25), &json!("s3cret"))
    );
    let config = mail
        .update(MailUpdate::new().clear_password())
        .await
        .unwrap();
    assert!(!config.has_password());
    assert_eq!(fake.mail_config()["pass"], "");
}

#[tokio::test]
async fn an_incomplete_configuration_is_read() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    fake.set_mail_config(json!({"host": "", "pass": "", "secure": true}));
    let config = wiki
        .client
        .mail()
        .update(MailUpdate::new().name("wiki"))
        .await
        .unwrap();
    assert_eq!((config.port, config.verify_certificate), (465, true));
    assert_eq!(fake.mail_config()["dkimDomainName"], "");
}

#[tokio::test]
async fn invalid_updates_are_refused_before_sending() {
    let wiki = Wiki::start().await;
    let mail = wiki.client.mail();
    let before = raw(&wiki).await;
    for (update, says) in [
        (
            MailUpdate::new().password(SecretString::from("********")),
            "the secret itself",
        ),
        (MailUpdate::new().port(0), "no port 0"),
        (
            MailUpdate::new().sender_email("Wiki <wiki@example.com>"),
            "not a mail address",
        ),
    ] {
        let error = mail.update(update).await.unwrap_err();
        assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    }
    for recipient in ["", "a@b", "somebody", "a b@example.com"] {
        let error = mail.send_test(recipient).await.unwrap_err();
        assert!(
            matches!(error, Error::InvalidInput(_)),
            "{recipient}: {error:?}"
        );
    }
    assert_eq!(raw(&wiki).await, before);
}

#[tokio::test]
async fn a_test_mail_is_sent_after_mail_is_configured() {
    let wiki = Wiki::start().await;
    let Some(fake) = wiki.fake() else { return };
    let mail = wiki.client.mail();
    let error = mail.send_test("me@example.com").await.unwrap_err();
    let Error::Api(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.code, ErrorCode::MailNotConfigured);
    mail.update(MailUpdate::new().host("smtp.example.com"))
        .await
        .unwrap();
    mail.send_test("me@example.com").await.unwrap();
    assert_eq!(fake.test_mails(), ["me@example.com"]);
    // If the response is lost, the mail may have been sent, so the client does not retry.
    fake.fail_next_matching("MailSendTest", Fault::ResetAfter);
    let error = mail.send_test("me@example.com").await.unwrap_err();
    assert_eq!(error.applied(), Applied::Unknown);
    assert_eq!(fake.test_mails().len(), 2);
}

#[tokio::test]
async fn a_password_whose_response_is_lost_is_unconfirmed() {
    let fake = FakeWiki::start().await;
    let client = eager(&fake)
        .confirm_writes_for(Duration::from_secs(2))
        .build()
        .unwrap();
    let mail = client.mail();
    let lose = || fake.fail_next_matching("MailUpdateConfig", Fault::ResetAfter);
    let password = |text: &str| MailUpdate::new().password(SecretString::from(text));
    // Before this write there was no password, so the mask proves that one is stored.
    lose();
    assert!(mail.update(password("one")).await.unwrap().has_password());
    // The mask is the same for any password, so it does not prove that the new one is stored.
    for (update, others) in [
        (password("two"), false),
        (password("three").sender_name("Ours"), true),
    ] {
        fake.clear_requests();
        lose();
        let error = mail.update(update).await.unwrap_err();
        assert_eq!(error.applied(), Applied::Unknown);
        let text = error.to_string();
        assert!(text.contains("show"), "{text}");
        assert_eq!(text.contains("senderName is stored"), others, "{text}");
        assert_eq!(
            asked(&fake, "MailUpdateConfig"),
            1,
            "the update is sent once"
        );
    }
    assert_eq!(fake.mail_config()["pass"], "three");
    // The removal of a password is visible.
    lose();
    let config = mail.update(MailUpdate::new().clear_password()).await;
    assert!(!config.unwrap().has_password());
}

#[tokio::test]
async fn a_masked_password_counts_as_stored_only_after_a_success() {
    let fake = with_interference(FakeWiki::builder(), "MailUpdateConfig", |fake| {
        let mut config = fake.mail_config();
        if config["host"] == "undone.example.com" {
            config["host"] = json!("smtp.example.com");
            fake.set_mail_config(config);
        }
    })
    .await;
    let client = observing_briefly(&fake);
    let mail = client.mail();
    let password = |text: &str| MailUpdate::new().password(SecretString::from(text));
    let first = password("one").host("smtp.example.com");
    mail.update(first).await.unwrap();
    mail.update(password("two")).await.unwrap();
    let unconfirmed = async |update: MailUpdate| match mail.update(update).await.unwrap_err() {
        Error::Unconfirmed(error) => error.observed.unwrap(),
        error => panic!("{error:?}"),
    };
    let fail = |fault| fake.fail_next_matching("MailUpdateConfig", fault);
    fail(Fault::ErrorAfter);
    let seen = unconfirmed(password("three")).await;
    assert_eq!(seen, "the API of Wiki.js does not show it");
    let seen = unconfirmed(password("four").host("undone.example.com")).await;
    assert_eq!(
        seen,
        "host is not as intended, and pass is not shown by Wiki.js"
    );
    fail(Fault::ResetBefore);
    let seen = unconfirmed(MailUpdate::new().clear_password()).await;
    assert_eq!(seen, "the configuration of mail was as before");
}
