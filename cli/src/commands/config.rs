//! `wikijs config`: settings of the wiki.

use clap::{Args, Subcommand};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use wikijs_client::{
    locales::LocaleUpdate,
    mail::{MailConfig, MailUpdate},
};

use crate::{
    arguments::comma_separated,
    context::{Context, secret},
    failure::{Failure, Result},
    output::closest,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows settings
    Get(Get),
    /// Changes settings
    Set(Set),
}

impl Command {
    pub(crate) async fn run(self, context: &Context) -> Result {
        match self {
            Self::Get(arguments) => arguments.run(context).await,
            Self::Set(arguments) => arguments.run(context).await,
        }
    }
}

/// Sections of the settings. Each is an object of the wiki's API.
const SECTIONS: [&str; 4] = ["site", "theme", "mail", "locale"];
/// Key of the mail server's password, which is never printed and never an argument.
const MAIL_PASSWORD: &str = "password";

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs config get\n  wikijs config get site\n  wikijs config get site.title\n\n\
Sections: site, theme, mail, locale."
)]
pub(crate) struct Get {
    /// Section, or setting such as site.title
    #[arg(value_name = "KEY")]
    key: Option<String>,
}

impl Get {
    async fn run(self, context: &Context) -> Result {
        let mut all = Map::new();
        match self.key.as_deref() {
            None => {
                for section in SECTIONS {
                    all.insert(section.to_owned(), read(context, section).await?.into());
                }
            }
            Some(key) => {
                let (section, field) = split(key)?;
                let settings = read(context, section).await?;
                if let Some(field) = field {
                    let value = setting(&settings, section, field)?;
                    let one = json!({ key: value });
                    return if context.output.json {
                        context.output.text(&serde_json::to_string_pretty(&one)?)
                    } else {
                        context.output.text(&match value {
                            Value::String(text) => text.clone(),
                            other => other.to_string(),
                        })
                    };
                }
                all.insert(section.to_owned(), settings.into());
            }
        }
        if context.output.json {
            return context.output.record(&all, &[]);
        }
        let columns: Vec<String> = all
            .iter()
            .flat_map(|(section, settings)| {
                let fields = settings.as_object().into_iter().flat_map(Map::keys);
                fields.map(move |field| format!("{section}.{field}"))
            })
            .collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        context.output.record(&all, &columns)
    }
}

fn split(key: &str) -> Result<(&str, Option<&str>)> {
    let (section, field) = match key.split_once('.') {
        Some((section, field)) => (section, Some(field)),
        None => (key, None),
    };
    if SECTIONS.contains(&section) {
        return Ok((section, field));
    }
    Err(Failure::usage(format!("there are no settings `{section}`"))
        .hint(format!("there are: {}", SECTIONS.join(", "))))
}

fn setting<'a>(settings: &'a Map<String, Value>, section: &str, field: &str) -> Result<&'a Value> {
    settings.get(field).ok_or_else(|| {
        let failure = Failure::usage(format!("there is no setting `{section}.{field}`"));
        match closest(field, settings.keys().map(String::as_str)) {
            Some(near) => failure.hint(format!("did you mean `{section}.{near}`?")),
            None => failure.hint(format!("`wikijs config get {section}` lists them")),
        }
    })
}

async fn read(context: &Context, section: &str) -> Result<Map<String, Value>> {
    let client = context.client()?;
    match section {
        "site" => object(&client.site().config().await?),
        "theme" => object(&client.theme().config().await?),
        "mail" => Ok(mail(&client.mail().config().await?)),
        _ => object(&client.locales().config().await?),
    }
}

fn object(settings: &impl Serialize) -> Result<Map<String, Value>> {
    match serde_json::to_value(settings)? {
        Value::Object(object) => Ok(object),
        _ => Ok(Map::new()),
    }
}

fn mail(config: &MailConfig) -> Map<String, Value> {
    let settings = json!({
        "sender_name": config.sender_name,
        "sender_email": config.sender_email,
        "host": config.host,
        "port": config.port,
        "name": config.name,
        "secure": config.secure,
        "verify_certificate": config.verify_certificate,
        "user": config.user,
        // `true` or `false`, never the password itself.
        "password": config.has_password(),
        "use_dkim": config.use_dkim,
        "dkim_domain_name": config.dkim_domain_name,
        "dkim_key_selector": config.dkim_key_selector,
    });
    match settings {
        Value::Object(settings) => settings,
        _ => Map::new(),
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs config set site.title=Handbook site.company='Example Ltd'\n  \
                        wikijs config set theme.dark_mode=true --dry-run\n  \
                        wikijs config set mail.password      reads it from the terminal or standard input\n\n\
A list is written with commas: site.robots=index,follow."
)]
pub(crate) struct Set {
    /// Settings and their new values
    #[arg(value_name = "KEY=VALUE", required = true)]
    settings: Vec<String>,
}

impl Set {
    async fn run(self, context: &Context) -> Result {
        let mut wanted: Vec<(&str, Map<String, Value>)> = Vec::new();
        let mut rows = Vec::new();
        for assignment in &self.settings {
            let (key, text) = match assignment.split_once('=') {
                Some((key, text)) => (key, Some(text)),
                None => (assignment.as_str(), None),
            };
            let (section, field) = split(key)?;
            let field = field.ok_or_else(|| {
                Failure::usage(format!("`{assignment}` names no setting")).hint(format!(
                    "write {section}.FIELD=VALUE; `wikijs config get {section}` lists them"
                ))
            })?;
            let is_secret = section == "mail" && field == MAIL_PASSWORD;
            let current = read(context, section).await?;
            let before = setting(&current, section, field)?.clone();
            let after = match text {
                Some(_) if is_secret => {
                    return Err(Failure::usage(
                        "other users can read a password on the command line",
                    )
                    .hint("write `wikijs config set mail.password` and type it, or pipe it in"));
                }
                None if is_secret => json!(true),
                Some(text) => parse(text, &before, key)?,
                None => {
                    return Err(Failure::usage(format!("`{assignment}` has no value"))
                        .hint(format!("write {key}=VALUE")));
                }
            };
            rows.push(json!({
                "setting": key, "before": before, "after": after, "dry_run": context.is_dry_run(),
            }));
            match wanted.iter_mut().find(|(known, _)| *known == section) {
                Some((_, fields)) => {
                    fields.insert(field.to_owned(), after);
                }
                None => wanted.push((section, Map::from_iter([(field.to_owned(), after)]))),
            }
        }
        if context.is_dry_run() {
            context.output.message("dry run: nothing was written");
        } else {
            for (section, fields) in wanted {
                write(context, section, fields).await?;
            }
        }
        context.output.list(&rows, &["setting", "before", "after"])
    }
}

/// Parses a value according to the type of the setting.
fn parse(text: &str, before: &Value, key: &str) -> Result<Value> {
    let wrong = |what: &str| Failure::usage(format!("{key}: `{text}` is not {what}"));
    Ok(match before {
        Value::Bool(_) => match text {
            "true" | "yes" | "on" => true.into(),
            "false" | "no" | "off" => false.into(),
            _ => return Err(wrong("true or false")),
        },
        Value::Number(_) => text
            .parse::<i64>()
            .map_err(|_| wrong("a whole number"))?
            .into(),
        Value::Array(_) => comma_separated(&[text]).into(),
        _ => text.into(),
    })
}

fn update<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T> {
    serde_json::from_value(fields.into()).map_err(|error| Failure::usage(error.to_string()))
}

async fn write(context: &Context, section: &str, fields: Map<String, Value>) -> Result {
    let client = context.client()?;
    match section {
        "site" => {
            client.site().update(update(fields)?).await?;
        }
        "theme" => {
            client.theme().update(update(fields)?).await?;
        }
        "mail" => {
            client.mail().update(mail_update(&fields)?).await?;
        }
        _ => {
            client.locales().update(locale_update(&fields)?).await?;
        }
    }
    Ok(())
}

fn mail_update(fields: &Map<String, Value>) -> Result<MailUpdate> {
    let mut update = MailUpdate::new();
    for (field, value) in fields {
        let text = value.as_str().unwrap_or_default();
        let is = value.as_bool().unwrap_or_default();
        update = match field.as_str() {
            "sender_name" => update.sender_name(text),
            "sender_email" => update.sender_email(text),
            "host" => update.host(text),
            "port" => {
                let port = value.as_i64();
                update.port(port.ok_or_else(|| Failure::usage("mail.port: not a number"))?)
            }
            "name" => update.name(text),
            "secure" => update.secure(is),
            "verify_certificate" => update.verify_certificate(is),
            "user" => update.user(text),
            MAIL_PASSWORD => update.password(secret(
                "Password of the mail server: ",
                "WIKIJS_MAIL_PASSWORD",
            )?),
            "use_dkim" => update.use_dkim(is),
            "dkim_domain_name" => update.dkim_domain_name(text),
            "dkim_key_selector" => update.dkim_key_selector(text),
            other => return Err(Failure::usage(format!("mail.{other} cannot be set"))),
        };
    }
    Ok(update)
}

fn locale_update(fields: &Map<String, Value>) -> Result<LocaleUpdate> {
    let mut update = LocaleUpdate::new();
    for (field, value) in fields {
        let is = value.as_bool().unwrap_or_default();
        update = match field.as_str() {
            "locale" => update.locale(value.as_str().unwrap_or_default()),
            "auto_update" => update.auto_update(is),
            "namespacing" => update.namespacing(is),
            "namespaces" => {
                let locales = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str);
                update.namespaces(locales)
            }
            other => return Err(Failure::usage(format!("locale.{other} cannot be set"))),
        };
    }
    Ok(update)
}
