//! The configuration file `config.toml`, which lists the wikis, and the selection of the wiki of a command.

use std::{
    collections::BTreeMap,
    env, fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use etcetera::BaseStrategy as _;
use serde::{Deserialize, Serialize};

use crate::{
    credentials::{self, Credential},
    failure::{Failure, Result},
};

/// The wikis of the configuration, by name.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The wiki of commands without `--wiki` and `--url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<String>,
    #[serde(default)]
    pub(crate) wikis: BTreeMap<String, Profile>,
}

/// One wiki.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) url: String,
    /// The locale of paths without one. If it is not set, each command that needs it asks the wiki.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) locale: Option<String>,
    /// Allows credentials over plain http to other machines.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) allow_plain_http: bool,
    /// PEM file with the certificate of an authority that the system does not trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) root_certificate: Option<PathBuf>,
}

/// The wiki that a command works on.
#[derive(Debug, Clone)]
pub(crate) struct Wiki {
    /// Name in the configuration file.
    pub(crate) name: Option<String>,
    pub(crate) profile: Profile,
    pub(crate) credential: Credential,
    /// Source of the credential, for messages.
    pub(crate) source: &'static str,
}

/// Returns the folder of the configuration.
pub(crate) fn folder() -> Result<PathBuf> {
    if let Some(folder) = env::var_os("WIKIJS_CONFIG_DIR").filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    match etcetera::choose_base_strategy() {
        Ok(folders) => Ok(folders.config_dir().join("wikijs")),
        Err(_) => Err(Failure::failed("the home directory is not known")
            .hint("set WIKIJS_CONFIG_DIR to the folder of the configuration")),
    }
}

/// Reads a TOML file; a missing one is empty.
pub(crate) fn read_toml<T: Default + for<'de> Deserialize<'de>>(path: &Path) -> Result<T> {
    match fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map_err(|error| {
            // The message contains the line number but not the line, which may contain a key.
            let line = error
                .span()
                .map(|span| text[..span.start.min(text.len())].lines().count().max(1));
            let place = line.map(|line| format!(":{line}")).unwrap_or_default();
            Failure::usage(format!("{}{place}: {}", path.display(), error.message()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(T::default()),
        Err(error) => Err(Failure::failed(format!("{}: {error}", path.display()))),
    }
}

/// Replaces a file atomically. Only its owner can read it.
pub(crate) fn write_private(path: &Path, text: &str) -> Result {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(Failure::file(folder))?;
    // Temporary files have mode 0600.
    let write = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(Failure::file(path))
}

pub(crate) fn to_toml(value: &impl Serialize) -> Result<String> {
    toml::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))
}

impl Config {
    pub(crate) fn read() -> Result<Self> {
        read_toml(&folder()?.join("config.toml"))
    }

    pub(crate) fn write(&self) -> Result {
        write_private(&folder()?.join("config.toml"), &to_toml(self)?)
    }
}

/// Returns a variable of the environment, unless it is empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn same_address(one: &str, other: &str) -> bool {
    let plain = |url: &str| {
        let url = url.trim().trim_end_matches('/');
        url.trim_end_matches("/graphql").to_lowercase()
    };
    plain(one) == plain(other)
}

impl Wiki {
    /// Chooses the wiki and the credentials: `--url`, `--wiki`, `WIKIJS_URL`, `WIKIJS_WIKI`, the default of the
    /// configuration file, its only wiki.
    pub(crate) fn choose(url: Option<&str>, name: Option<&str>) -> Result<Self> {
        let environment_url = variable("WIKIJS_URL");
        let named = |name: &str| -> Result<(Option<String>, Profile)> {
            let config = Config::read()?;
            match config.wikis.get(name) {
                Some(profile) => Ok((Some(name.to_owned()), profile.clone())),
                None => Err(unknown_wiki(name, &config)),
            }
        };
        let at = |url: &str| -> Result<(Option<String>, Profile)> {
            // Credentials in the environment need no file.
            if variable("WIKIJS_API_KEY").is_some()
                && environment_url
                    .as_deref()
                    .is_none_or(|it| same_address(it, url))
            {
                let profile = Profile {
                    url: url.to_owned(),
                    ..Profile::default()
                };
                return Ok((None, profile));
            }
            let mut wikis = Config::read()?.wikis.into_iter();
            Ok(
                match wikis.find(|(_, profile)| same_address(&profile.url, url)) {
                    Some((name, profile)) => (Some(name), profile),
                    None => {
                        let profile = Profile {
                            url: url.to_owned(),
                            ..Profile::default()
                        };
                        (None, profile)
                    }
                },
            )
        };
        let (name, mut profile) = match (url, name) {
            (Some(url), _) => at(url)?,
            (None, Some(name)) => named(name)?,
            (None, None) => match (&environment_url, variable("WIKIJS_WIKI")) {
                (Some(url), _) => at(url)?,
                (None, Some(name)) => named(&name)?,
                (None, None) => {
                    let config = Config::read()?;
                    let only = (config.wikis.len() == 1)
                        .then(|| config.wikis.keys().next().cloned())
                        .flatten();
                    match config.default.clone().or(only) {
                        Some(name) => named(&name)?,
                        None => return Err(no_wiki(&config)),
                    }
                }
            },
        };
        if let Some(locale) = variable("WIKIJS_LOCALE") {
            profile.locale = Some(locale);
        }
        // A key of the environment is only sent to the wiki of the environment.
        let key = variable("WIKIJS_API_KEY").filter(|_| {
            environment_url
                .as_deref()
                .is_none_or(|url| same_address(url, &profile.url))
        });
        let (credential, source) = match (key, &name) {
            (Some(key), _) => (Credential::ApiKey(key.into()), "WIKIJS_API_KEY"),
            (None, Some(name)) => credentials::load(name)?.unwrap_or((Credential::Guest, "none")),
            (None, None) => (Credential::Guest, "none"),
        };
        Ok(Self {
            name,
            profile,
            credential,
            source,
        })
    }
}

pub(crate) fn unknown_wiki(name: &str, config: &Config) -> Failure {
    let failure = Failure::usage(format!("there is no wiki `{name}` in the configuration"));
    let names: Vec<&str> = config.wikis.keys().map(String::as_str).collect();
    if names.is_empty() {
        failure.hint(format!("`wikijs login URL --name {name}` adds it"))
    } else {
        failure.hint(format!(
            "there are: {}; `wikijs login URL --name {name}` adds it",
            names.join(", ")
        ))
    }
}

fn no_wiki(config: &Config) -> Failure {
    if config.wikis.is_empty() {
        Failure::usage("no wiki is configured")
            .hint("`wikijs login https://wiki.example.com` adds one, or set WIKIJS_URL and WIKIJS_API_KEY")
    } else {
        let names: Vec<&str> = config.wikis.keys().map(String::as_str).collect();
        Failure::usage("no wiki is selected, and there is no default").hint(format!(
            "add `--wiki NAME`; there are: {}",
            names.join(", ")
        ))
    }
}
