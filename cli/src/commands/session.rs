//! Credentials and the connection: `login`, `logout`, `whoami`, `check`.

use std::io::{self, IsTerminal as _};

use clap::Args;
use clap_complete::ArgValueCompleter;
use serde_json::json;
use wikijs_client::{
    Client, Identity, Login as LoginStep,
    api_keys::{KeyLifetime, NewApiKey},
};

use crate::{
    complete,
    config::{self, Config, Profile},
    context::{self, Context, ask, secret},
    credentials::{self, Credential, Store},
    failure::{Failure, Result},
};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    wikijs login https://wiki.example.com                      asks for an API key\n  \
    wikijs login https://wiki.example.com --user ann@example.com\n  \
    wikijs login https://wiki.example.com --name work < key.txt\n\n\
The key is read from the terminal, from standard input or from WIKIJS_API_KEY; the password from the\n\
terminal, from standard input or from WIKIJS_PASSWORD. Neither is an argument, which other users could see.\n\n\
With --user, an administrator gets an API key of its own, which `wikijs apikey` lists. Anybody else gets a\n\
session, which the wiki renews as long as it is used.")]
pub(crate) struct Login {
    /// Address of the wiki
    #[arg(value_name = "URL")]
    address: Option<String>,
    /// Name in the configuration file [default: the host]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// E-mail address to log in with, instead of an API key
    #[arg(long, value_name = "EMAIL")]
    user: Option<String>,
    /// Key of the authentication strategy
    #[arg(long, value_name = "KEY", default_value = "local", requires = "user")]
    strategy: String,
    /// Stores the session rather than creating an API key
    #[arg(long, requires = "user")]
    session: bool,
    /// Locale of paths without one
    #[arg(long, value_name = "CODE", add = ArgValueCompleter::new(complete::locales))]
    locale: Option<String>,
    /// Allows sending credentials over plain http to other machines
    #[arg(long)]
    allow_plain_http: bool,
    /// Storage of the credentials
    #[arg(
        long,
        value_enum,
        value_name = "PLACE",
        env = "WIKIJS_STORE",
        default_value_t
    )]
    store: Store,
    /// Makes this wiki the default
    #[arg(long)]
    default: bool,
}

impl Login {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let mut config = Config::read()?;
        let (name, mut profile) = self.profile(context, &config)?;
        if self.locale.is_some() {
            profile.locale.clone_from(&self.locale);
        }
        profile.allow_plain_http |= self.allow_plain_http;
        let (client, credential) = match &self.user {
            Some(user) => self.by_password(context, &profile, user).await?,
            None => {
                let key = secret("API key: ", "WIKIJS_API_KEY")?;
                let client = context::builder(&profile)?.api_key(key.clone()).build()?;
                (client, Credential::ApiKey(key))
            }
        };
        // Wiki.js treats callers with a wrong key as guests, so the key is checked before it is stored.
        let check = client.check().await?;
        client.close().await;
        if profile.locale.is_none() {
            profile.locale = Some(check.default_locale.to_string());
        }
        if context.report_dry_run(format!(
            "store the credentials of {} as `{name}`",
            profile.url
        )) {
            return Ok(());
        }
        let url = profile.url.clone();
        config.wikis.insert(name.clone(), profile);
        if self.default || config.default.is_none() {
            config.default = Some(name.clone());
        }
        config.write()?;
        let place = credentials::store(&name, &credential, self.store)?;
        context
            .output
            .message(format!("the credentials are in {place}"));
        let mut answer = describe(&check);
        if let Some(answer) = answer.as_object_mut() {
            answer.insert("wiki".to_owned(), json!(name));
            answer.insert("url".to_owned(), json!(url));
        }
        context
            .output
            .record(&answer, &["wiki", "url", "kind", "user", "version"])
    }

    /// Returns the wiki to log in to: a new one, or one of the configuration.
    fn profile(&self, context: &Context, config: &Config) -> Result<(String, Profile)> {
        let address = self
            .address
            .clone()
            .or_else(|| context.global.url.clone())
            .or_else(|| config::variable("WIKIJS_URL"));
        let named = self.name.clone().or_else(|| context.global.wiki.clone());
        let Some(address) = address else {
            let name = named.or_else(|| config.default.clone()).ok_or_else(|| {
                Failure::usage("no wiki is named").hint("`wikijs login https://wiki.example.com`")
            })?;
            let profile = config.wikis.get(&name).cloned();
            let profile = profile.ok_or_else(|| config::unknown_wiki(&name, config))?;
            return Ok((name, profile));
        };
        let address = if address.contains("://") {
            address
        } else {
            format!("https://{address}")
        };
        let url = url::Url::parse(&address)
            .map_err(|error| Failure::usage(format!("`{address}` is no URL: {error}")))?;
        let name = named.unwrap_or_else(|| url.host_str().unwrap_or("wiki").to_owned());
        let profile = Profile {
            url: address.trim_end_matches('/').to_owned(),
            ..config.wikis.get(&name).cloned().unwrap_or_default()
        };
        Ok((name, profile))
    }

    async fn by_password(
        &self,
        context: &Context,
        profile: &Profile,
        user: &str,
    ) -> Result<(Client, Credential)> {
        let password = secret(&format!("Password of {user}: "), "WIKIJS_PASSWORD")?;
        let login = context::builder(profile)?
            .login(user, password)
            .strategy(self.strategy.as_str());
        let mut step = login.await?;
        let client = loop {
            step = match step {
                LoginStep::Done(client) => break client,
                LoginStep::MustProvideTwoFactor(question) => {
                    let code = question_of(context, "Code of the authenticator: ")?;
                    question.answer(code.trim()).await?
                }
                LoginStep::MustChangePassword(question) => {
                    context.output.message("The wiki asks for a new password.");
                    let password = secret("New password: ", "WIKIJS_NEW_PASSWORD")?;
                    question.new_password(password).await?
                }
                _ => {
                    return Err(Failure::refused("the wiki asks to set up a second factor")
                        .hint("log in once in the browser, and again here"));
                }
            };
        };
        if !self.session
            && !context.is_dry_run()
            && let Some(key) = make_key(context, &client).await?
        {
            return Ok((
                context::builder(profile)?.api_key(key.clone()).build()?,
                Credential::ApiKey(key),
            ));
        }
        let token = client
            .session_token()
            .ok_or_else(|| Failure::failed("the wiki did not return a session token"))?;
        Ok((client, Credential::Session(token)))
    }
}

fn question_of(context: &Context, question: &str) -> Result<String> {
    if io::stdin().is_terminal() {
        return ask(question);
    }
    let _ = context;
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line)
}

/// Creates an API key. Returns `None` if the user lacks the permission or the wiki accepts no keys.
async fn make_key(context: &Context, client: &Client) -> Result<Option<secrecy::SecretString>> {
    let keys = client.api_keys();
    match keys.state().await {
        Ok(true) => {}
        Ok(false) => {
            context
                .output
                .message("the wiki accepts no API keys, so the session is stored; `wikijs apikey enable` changes it");
            return Ok(None);
        }
        Err(error) if error.is_forbidden() => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let host = config::variable("HOSTNAME").unwrap_or_else(|| "this machine".to_owned());
    let key = NewApiKey::full_access(format!("wikijs on {host}"), KeyLifetime::years(1));
    match keys.create(key).await {
        Ok(created) => {
            context.output.message(format!(
                "API key {} \"{}\" is created and valid for a year",
                created.entry.id, created.entry.name
            ));
            Ok(Some(created.key))
        }
        Err(error) if error.is_forbidden() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs logout\n  wikijs logout --wiki work --forget")]
pub(crate) struct Logout {
    /// Removes the wiki from the configuration, too
    #[arg(long)]
    forget: bool,
}

impl Logout {
    pub(crate) fn run(self, context: &Context) -> Result {
        let mut config = Config::read()?;
        let named = context.global.wiki.clone();
        let name = named
            .or_else(|| config::variable("WIKIJS_WIKI"))
            .or_else(|| config.default.clone())
            .or_else(|| config.wikis.keys().next().cloned())
            .ok_or_else(|| Failure::usage("no wiki is configured"))?;
        if !config.wikis.contains_key(&name) {
            return Err(config::unknown_wiki(&name, &config));
        }
        if context.report_dry_run(format!("remove the credentials of `{name}`")) {
            return Ok(());
        }
        credentials::remove(&name)?;
        if self.forget {
            config.wikis.remove(&name);
            if config.default.as_ref() == Some(&name) {
                config.default = None;
            }
            config.write()?;
        }
        context.output.message(format!(
            "the credentials of `{name}` are removed here; an API key stays valid until `wikijs apikey revoke`"
        ));
        let row = json!({ "wiki": name, "change": "removed" });
        context.output.record(&row, &["wiki", "change"])
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs whoami\n  wikijs whoami --json --fields email")]
pub(crate) struct Whoami {}

impl Whoami {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let answer = answer(context).await?;
        context.output.record(
            &answer,
            &["wiki", "url", "kind", "user", "email", "expires"],
        )
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs check\n  wikijs check --url https://wiki.example.com && echo reachable"
)]
pub(crate) struct Check {}

impl Check {
    pub(crate) async fn run(self, context: &Context) -> Result {
        let answer = answer(context).await?;
        context.output.record(
            &answer,
            &[
                "wiki",
                "url",
                "kind",
                "user",
                "version",
                "default_locale",
                "credentials",
            ],
        )
    }
}

async fn answer(context: &Context) -> Result<serde_json::Value> {
    let check = context.client()?.check().await?;
    let wiki = context.wiki()?;
    let mut answer = describe(&check);
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("wiki".to_owned(), json!(wiki.name));
        answer.insert("url".to_owned(), json!(wiki.profile.url));
        answer.insert("credentials".to_owned(), json!(wiki.source));
    }
    Ok(answer)
}

fn describe(check: &wikijs_client::Check) -> serde_json::Value {
    let (kind, user, expires) = match &check.identity {
        Identity::ApiKey { acts_as, claims } => (
            "api_key",
            Some(acts_as),
            claims.as_ref().map(|claims| claims.expires.to_string()),
        ),
        Identity::User(user) => ("user", Some(user), None),
        _ => ("guest", None, None),
    };
    json!({
        "kind": kind,
        "user": user.map(|user| &user.name),
        "user_id": user.map(|user| user.id),
        "email": user.map(|user| &user.email),
        "expires": expires,
        "version": check.version,
        "default_locale": check.default_locale,
        "permissions": check.permissions,
    })
}
