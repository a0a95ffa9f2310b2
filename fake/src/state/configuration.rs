//! How the wiki is configured: site, theme, languages, navigation and system.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The configuration of a wiki.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own in Wiki.js"
)]
pub(crate) struct Configuration {
    /// What `site.config` shows.
    pub(crate) site: Map<String, Value>,
    pub(crate) theme: Theming,
    pub(crate) languages: Languages,
    /// The row `site` of the navigation, which a database may have lost.
    pub(crate) navigation: Option<Vec<Value>>,
    pub(crate) navigation_mode: String,
    /// In the order in which they were set. A key with a dot made an object.
    pub(crate) flags: Vec<(String, Value)>,
    pub(crate) telemetry: bool,
    pub(crate) telemetry_client_id: String,
    pub(crate) https_redirection: bool,
    /// The wiki serves HTTPS with a certificate of Let's Encrypt.
    pub(crate) lets_encrypt: bool,
    pub(crate) renewals: usize,
    /// The wiki has an update companion.
    pub(crate) upgrade_capable: bool,
    pub(crate) upgrades: usize,
    pub(crate) exports: Exports,
    /// Users of a Wiki.js 1: provider, name and mail address. `None`: its database does not answer.
    pub(crate) old_users: Option<Vec<(String, String, String)>>,
}

/// How the wiki looks, as it is stored: the style sheet minified.
#[derive(Debug, Clone)]
pub(crate) struct Theming {
    pub(crate) theme: String,
    pub(crate) iconset: String,
    pub(crate) dark_mode: bool,
    pub(crate) toc_position: String,
    pub(crate) css: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// The languages that the wiki uses; which are installed stands in the settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct Languages {
    pub(crate) auto_update: bool,
    pub(crate) namespacing: bool,
    pub(crate) namespaces: Vec<String>,
    /// Those that can be downloaded; with none the wiki is offline.
    pub(crate) downloadable: BTreeSet<String>,
    /// When those were installed that were not there from the beginning, or were renewed.
    pub(crate) installed_at: BTreeMap<String, String>,
    /// Translations by language and namespace.
    pub(crate) translations: BTreeMap<(String, String), Vec<(String, String)>>,
}

/// An export that the wiki was asked for.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let wiki = wikijs_fake::FakeWiki::start().await;
/// assert!(wiki.exports().is_empty());
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeExport {
    /// The directory of the server.
    pub path: String,
    /// What is exported, in the order in which it was asked for.
    pub entities: Vec<String>,
}

/// The exports: one at a time.
#[derive(Debug, Clone)]
pub(crate) struct Exports {
    pub(crate) begun: Vec<FakeExport>,
    pub(crate) status: &'static str,
    pub(crate) progress: i64,
    pub(crate) message: String,
    pub(crate) started_at: Option<String>,
    /// How often an export is looked at before it has ended.
    pub(crate) looks: usize,
    /// How often the present one was.
    pub(crate) looked: usize,
    /// Why the next one fails.
    pub(crate) next_failure: Option<String>,
}

impl Exports {
    /// The present export gets on a little.
    pub(crate) fn get_on(&mut self) {
        if self.status != "running" {
            return;
        }
        self.looked += 1;
        if self.looked <= self.looks {
            // Assets are counted twice, and each as fifty.
            self.progress = i64::try_from(self.looked).unwrap_or_default() * 60;
            return;
        }
        if let Some(message) = self.next_failure.take() {
            self.status = "error";
            self.message = message;
        } else {
            self.status = "success";
            self.progress = 100;
        }
    }
}

impl Configuration {
    /// How many bytes an uploaded file may have.
    pub(crate) fn upload_bytes(&self) -> usize {
        let limit = self.site.get("uploadMaxFileSize").and_then(Value::as_u64);
        limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or_default()
    }

    /// The ends of addresses that make them those of pages.
    pub(crate) fn page_extensions(&self) -> impl Iterator<Item = String> {
        let extensions = self.site.get("pageExtensions").and_then(Value::as_str);
        let extensions = extensions.unwrap_or_default().split(',');
        extensions.map(|extension| extension.trim().to_owned())
    }
}

impl Default for Configuration {
    fn default() -> Self {
        Self {
            site: site(),
            theme: Theming {
                theme: "default".to_owned(),
                iconset: "mdi".to_owned(),
                dark_mode: false,
                toc_position: "left".to_owned(),
                css: String::new(),
                head: String::new(),
                body: String::new(),
            },
            languages: Languages {
                auto_update: true,
                ..Languages::default()
            },
            navigation: Some(vec![json!({"locale": "en", "items": [{
                "id": "02489436-f562-48fa-ac13-e1ddd45137c3",
                "kind": "link",
                "label": "Home",
                "icon": "mdi-home",
                "targetType": "home",
                "target": "/",
                "visibilityMode": "all",
                "visibilityGroups": null,
            }]})]),
            navigation_mode: "MIXED".to_owned(),
            flags: vec![
                ("ldapdebug".to_owned(), json!(false)),
                ("sqllog".to_owned(), json!(false)),
            ],
            telemetry: false,
            telemetry_client_id: "00000000-0000-4000-8000-000000000000".to_owned(),
            https_redirection: false,
            lets_encrypt: false,
            renewals: 0,
            upgrade_capable: false,
            upgrades: 0,
            exports: Exports {
                begun: Vec::new(),
                status: "notrunning",
                progress: 0,
                message: String::new(),
                started_at: None,
                looks: 2,
                looked: 0,
                next_failure: None,
            },
            old_users: None,
        }
    }
}

/// The site of a fresh wiki.
fn site() -> Map<String, Value> {
    let site = json!({
        "host": "https://wiki.example.com",
        "title": "Wiki.js",
        "description": "",
        "robots": ["index", "follow"],
        "analyticsService": "",
        "analyticsId": "",
        "company": "",
        "contentLicense": "",
        "footerOverride": "",
        "logoUrl": "https://static.requarks.io/logo/wikijs-butterfly.svg",
        "pageExtensions": "md, html, txt",
        "authAutoLogin": false,
        "authEnforce2FA": false,
        "authHideLocal": false,
        "authLoginBgUrl": "",
        "authJwtAudience": "urn:wiki.js",
        "authJwtExpiration": "30m",
        "authJwtRenewablePeriod": "14d",
        "editFab": true,
        "editMenuBar": false,
        "editMenuBtn": true,
        "editMenuExternalBtn": true,
        "editMenuExternalName": "GitHub",
        "editMenuExternalIcon": "mdi-github",
        "editMenuExternalUrl": "https://github.com/org/repo/blob/main/{filename}",
        "featurePageRatings": true,
        "featurePageComments": true,
        "featurePersonalWikis": true,
        "securityOpenRedirect": true,
        "securityIframe": true,
        "securityReferrerPolicy": true,
        "securityTrustProxy": false,
        "securitySRI": true,
        "securityHSTS": false,
        "securityHSTSDuration": 300,
        "securityCSP": false,
        "securityCSPDirectives": "",
        "uploadMaxFileSize": 5_242_880,
        "uploadMaxFiles": 10,
        "uploadScanSVG": true,
        "uploadForceDownload": true,
    });
    match site {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
