//! The modules that come with Wiki.js 2.5: their keys, and the keys and types of their settings.

use serde_json::{Value, json};

/// A module.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) key: &'static str,
    pub(crate) title: &'static str,
    /// `None`: the module does not say.
    pub(crate) is_available: Option<bool>,
    pub(crate) is_enabled: bool,
    pub(crate) props: Vec<Prop>,
    pub(crate) more: More,
}

/// What modules of one domain alone have.
#[derive(Debug, Clone)]
pub(crate) enum More {
    Nothing,
    Storage {
        /// `None` where the module has no more than a name.
        modes: Option<&'static [&'static str]>,
        mode: &'static str,
        schedule: Schedule,
        actions: Option<&'static [&'static str]>,
    },
    Renderer {
        depends_on: Option<&'static str>,
        input: Option<&'static str>,
    },
    Logger {
        level: &'static str,
    },
    Strategy {
        username_type: Option<&'static str>,
    },
}

/// How often a storage target is synchronised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// The module does not say.
    Unsaid,
    Never,
    Every(&'static str),
}

impl Schedule {
    /// The interval, where there is one.
    pub(crate) fn interval(self) -> Option<&'static str> {
        match self {
            Self::Every(interval) => Some(interval),
            Self::Unsaid | Self::Never => None,
        }
    }
}

/// The definition of a setting.
#[derive(Debug, Clone)]
pub(crate) struct Prop {
    pub(crate) key: &'static str,
    kind: &'static str,
    pub(crate) default: Value,
    allowed: &'static [&'static str],
    pub(crate) is_sensitive: bool,
    is_multiline: bool,
    order: usize,
}

impl Prop {
    fn new(key: &'static str, kind: &'static str, default: Value) -> Self {
        Self {
            key,
            kind,
            default,
            allowed: &[],
            is_sensitive: false,
            is_multiline: false,
            order: 100,
        }
    }

    fn one_of(mut self, allowed: &'static [&'static str]) -> Self {
        self.allowed = allowed;
        self
    }

    fn sensitive(mut self) -> Self {
        self.is_sensitive = true;
        self
    }

    fn multiline(mut self) -> Self {
        self.is_multiline = true;
        self
    }

    /// The definition as Wiki.js shows it. What is not said is `false`.
    pub(crate) fn shown(&self) -> serde_json::Map<String, Value> {
        let shown = json!({
            "default": self.default,
            "type": self.kind,
            "title": self.key,
            "hint": false,
            "enum": if self.allowed.is_empty() { json!(false) } else { json!(self.allowed) },
            "multiline": self.is_multiline,
            "sensitive": self.is_sensitive,
            "maxWidth": 0,
            "order": self.order,
        });
        match shown {
            Value::Object(shown) => shown,
            _ => serde_json::Map::new(),
        }
    }
}

fn text(key: &'static str, default: &'static str) -> Prop {
    Prop::new(key, "string", json!(default))
}

fn number(key: &'static str, default: i64) -> Prop {
    Prop::new(key, "number", json!(default))
}

fn flag(key: &'static str, default: bool) -> Prop {
    Prop::new(key, "boolean", json!(default))
}

fn secret(key: &'static str) -> Prop {
    text(key, "").sensitive()
}

fn texts(keys: &[&'static str]) -> Vec<Prop> {
    keys.iter().map(|key| text(key, "")).collect()
}

/// Settings are ordered as they are listed.
fn module(
    key: &'static str,
    title: &'static str,
    is_available: Option<bool>,
    mut props: Vec<Prop>,
    more: More,
) -> Definition {
    for (place, prop) in props.iter_mut().enumerate() {
        prop.order = place + 1;
    }
    Definition {
        key,
        title,
        is_available,
        is_enabled: false,
        props,
        more,
    }
}

impl Definition {
    fn enabled(mut self) -> Self {
        self.is_enabled = true;
        self
    }

    pub(crate) fn prop(&self, key: &str) -> Option<&Prop> {
        self.props.iter().find(|prop| prop.key == key)
    }
}

pub(super) fn storage() -> Vec<Definition> {
    const PUSH: Option<&[&str]> = Some(&["push"]);
    const EXPORT: Option<&[&str]> = Some(&["exportAll"]);
    let pushed = |key, title, props, actions| {
        let more = More::Storage {
            modes: PUSH,
            mode: "push",
            schedule: Schedule::Never,
            actions,
        };
        module(key, title, Some(true), props, more)
    };
    let named = |key, title, keys: &[&'static str]| {
        let more = More::Storage {
            modes: None,
            mode: "push",
            schedule: Schedule::Unsaid,
            actions: None,
        };
        module(key, title, Some(false), texts(keys), more)
    };
    let git = vec![
        text("authType", "ssh").one_of(&["basic", "ssh"]),
        text("repoUrl", ""),
        text("branch", "master"),
        text("sshPrivateKeyMode", "path").one_of(&["path", "contents"]),
        text("sshPrivateKeyPath", ""),
        secret("sshPrivateKeyContent").multiline(),
        flag("verifySSL", true),
        text("basicUsername", ""),
        secret("basicPassword"),
        text("defaultEmail", "name@company.com"),
        text("defaultName", "John Smith"),
        text("localRepoPath", "./data/repo"),
        flag("alwaysNamespace", false),
        text("gitBinaryPath", ""),
    ];
    let more_of_git = More::Storage {
        modes: Some(&["sync", "push", "pull"]),
        mode: "sync",
        schedule: Schedule::Every("PT5M"),
        actions: Some(&["syncUntracked", "sync", "importAll", "purge"]),
    };
    let s3 = vec![
        text("region", ""),
        text("bucket", ""),
        text("accessKeyId", ""),
        secret("secretAccessKey"),
    ];
    let sftp = vec![
        text("host", ""),
        number("port", 22),
        text("authMode", "privateKey").one_of(&["privateKey", "password"]),
        text("username", ""),
        secret("privateKey").multiline(),
        secret("passphrase"),
        secret("password"),
        text("basePath", "/root/wiki"),
    ];
    let azure = vec![
        text("accountName", ""),
        secret("accountKey"),
        text("containerName", "wiki"),
        text("storageTier", "Cool").one_of(&["Hot", "Cool"]),
    ];
    vec![
        pushed("azure", "Azure Blob Storage", azure, EXPORT),
        named("box", "Box", &["clientId", "clientSecret", "rootFolder"]),
        pushed(
            "disk",
            "Local File System",
            vec![text("path", ""), flag("createDailyBackups", false)],
            Some(&["dump", "backup", "importAll"]),
        ),
        named("dropbox", "Dropbox", &["appKey", "appSecret"]),
        module("git", "Git", Some(true), git, more_of_git),
        pushed("s3", "Amazon S3", s3, EXPORT),
        pushed("sftp", "SFTP", sftp, EXPORT),
    ]
}

pub(super) fn search_engines() -> Vec<Definition> {
    let engine = |key, title, is_available, props| {
        module(key, title, Some(is_available), props, More::Nothing)
    };
    let elasticsearch = vec![
        text("apiVersion", "7.x").one_of(&["8.x", "7.x", "6.x"]),
        text("hosts", ""),
        flag("verifyTLSCertificate", true),
        text("tlsCertPath", ""),
        text("indexName", "wiki"),
        text("analyzer", "simple"),
        flag("sniffOnStart", false),
        number("sniffInterval", 0),
    ];
    let languages = &["simple", "danish", "dutch", "english", "french", "german"];
    let algolia = vec![
        text("appId", ""),
        text("apiKey", ""),
        text("indexName", "wiki"),
    ];
    vec![
        engine("algolia", "Algolia", true, algolia),
        engine("db", "Database - Basic", true, Vec::new()).enabled(),
        engine("elasticsearch", "Elasticsearch", true, elasticsearch),
        engine("manticore", "Manticore Search", false, Vec::new()),
        engine(
            "postgres",
            "Database - PostgreSQL",
            true,
            vec![text("dictLanguage", "english").one_of(languages)],
        ),
    ]
}

pub(super) fn renderers() -> Vec<Definition> {
    let core = |key, title, input, props| {
        let more = More::Renderer {
            depends_on: None,
            input: Some(input),
        };
        module(key, title, None, props, more).enabled()
    };
    let child = |key, title, core, props| {
        let more = More::Renderer {
            depends_on: Some(core),
            input: None,
        };
        module(key, title, None, props, more)
    };
    let html = vec![
        flag("absoluteLinks", false),
        flag("openExternalLinkNewTab", false),
        text("relAttributeExternalLink", "noreferrer").one_of(&["noreferrer", "noopener"]),
    ];
    let security = vec![
        flag("safeHTML", true),
        flag("allowDrawIoUnsafe", true),
        flag("allowIFrames", false),
    ];
    let markdown = vec![
        flag("allowHTML", true),
        flag("linkify", true),
        flag("linebreaks", true),
        flag("underline", false),
        flag("typographer", false),
        text("quotes", "English").one_of(&["Chinese", "English", "French", "German"]),
    ];
    let kroki = vec![
        text("server", "https://kroki.io"),
        text("openMarker", "```kroki"),
        text("closeMarker", "```"),
    ];
    let formulas = || vec![flag("useInline", true), flag("useBlocks", true)];
    let modes = &["unsafe", "safe", "server", "secure"];
    vec![
        core(
            "asciidocCore",
            "Core",
            "asciidoc",
            vec![text("safeMode", "server").one_of(modes)],
        ),
        child("htmlAsciinema", "Asciinema", "htmlCore", Vec::new()),
        core("htmlCore", "Core", "html", html),
        child("htmlSecurity", "Security", "htmlCore", security).enabled(),
        core("markdownCore", "Core", "markdown", markdown),
        child("markdownEmoji", "Emoji", "markdownCore", Vec::new()).enabled(),
        child(
            "markdownExpandtabs",
            "Expand Tabs",
            "markdownCore",
            vec![number("tabWidth", 4)],
        )
        .enabled(),
        child("markdownKatex", "Katex", "markdownCore", formulas()).enabled(),
        child("markdownKroki", "Kroki", "markdownCore", kroki),
        child("markdownMathjax", "Mathjax", "markdownCore", formulas()),
        core("openapiCore", "Core", "openapi", Vec::new()),
    ]
}

pub(super) fn analytics() -> Vec<Definition> {
    let service = |key, title, props| module(key, title, Some(true), props, More::Nothing);
    vec![
        service("google", "Google Analytics", texts(&["propertyTrackingId"])),
        service(
            "matomo",
            "Matomo",
            vec![
                // A text by its type, a number by its default.
                Prop::new("siteId", "string", json!(1)),
                text("serverHost", "https://example.matomo.cloud"),
            ],
        ),
        service(
            "plausible",
            "Plausible",
            vec![
                text("domain", ""),
                text("plausibleJsSrc", "https://plausible.io/js/plausible.js"),
            ],
        ),
    ]
}

pub(super) fn loggers() -> Vec<Definition> {
    let logger = |key, title, level, props| module(key, title, None, props, More::Logger { level });
    vec![
        logger("disk", "Log Files", "info", Vec::new()),
        logger("loggly", "Loggly", "warn", texts(&["token", "subdomain"])),
        logger(
            "papertrail",
            "Papertrail",
            "warn",
            vec![text("host", ""), number("port", 0)],
        ),
        logger("syslog", "Syslog", "warn", Vec::new()),
    ]
}

pub(super) fn comment_providers() -> Vec<Definition> {
    let provider = |key, title, props| module(key, title, Some(true), props, More::Nothing);
    vec![
        provider("artalk", "Artalk", texts(&["server", "siteName"])),
        provider(
            "commento",
            "Commento",
            vec![text("instanceUrl", "https://cdn.commento.io")],
        ),
        provider(
            "default",
            "Default",
            vec![text("akismet", ""), number("minDelay", 30)],
        )
        .enabled(),
        provider("disqus", "Disqus", texts(&["accountName"])),
    ]
}

pub(super) fn strategies() -> Vec<Definition> {
    let strategy = |key, title, is_available, username_type, props| {
        let more = More::Strategy { username_type };
        module(key, title, Some(is_available), props, more)
    };
    let github = vec![
        text("clientId", ""),
        text("clientSecret", ""),
        flag("useEnterprise", false),
        text("enterpriseDomain", ""),
        text("enterpriseUserEndpoint", "https://api.github.com/user"),
    ];
    let ldap = vec![
        text("url", "ldap://serverhost:389"),
        text("bindDn", "cn='root'"),
        text("bindCredentials", ""),
        flag("tlsEnabled", false),
        flag("verifyTLSCertificate", true),
    ];
    let saml = vec![
        text("entryPoint", ""),
        text("cert", "").multiline(),
        text("privateKey", "").multiline(),
        text("signatureAlgorithm", "sha1").one_of(&["sha1", "sha256", "sha512"]),
        number("acceptedClockSkewMs", 0),
    ];
    vec![
        strategy("firebase", "Firebase", false, None, Vec::new()),
        strategy("github", "GitHub", true, None, github),
        strategy(
            "ldap",
            "LDAP / Active Directory",
            true,
            Some("username"),
            ldap,
        ),
        strategy("local", "Local Database", true, Some("email"), Vec::new()).enabled(),
        strategy("saml", "SAML 2.0", true, None, saml),
    ]
}
