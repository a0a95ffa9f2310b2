//! `site`: the configuration of the wiki.

use super::{Arguments, outcome};
use crate::errors::Failure;
use crate::execute::{Answer, Context, Record};
use serde_json::{Value, json};

/// The fields whose white space at the ends is cut; null becomes the empty text.
const TRIMMED: [&str; 4] = ["host", "title", "company", "logoUrl"];

pub(super) fn query(context: &Context, field: &str) -> Result<Answer, Failure> {
    if field != "config" {
        return Err(Failure::not_imitated("SiteQuery", field));
    }
    let state = context.shared.state();
    let fields = FIELDS.into_iter();
    let config = fields.fold(Record::default(), |record, field| {
        match state.configuration.site.get(field) {
            Some(value) => record.with(field, plain(value)),
            None => record,
        }
    });
    Ok(config.into())
}

pub(super) fn mutate(
    context: &Context,
    field: &str,
    arguments: Arguments<'_>,
) -> Result<Answer, Failure> {
    if field != "updateConfig" {
        return Err(Failure::not_imitated("SiteMutation", field));
    }
    let mut state = context.shared.state();
    for field in FIELDS {
        // What is left out stays; null is stored as it is.
        let Some(given) = arguments.raw(field) else {
            continue;
        };
        let given = json!(given);
        let text = given.as_str().unwrap_or_default();
        let stored = match field {
            "host" => json!(text.trim().strip_suffix('/').unwrap_or(text.trim())),
            "pageExtensions" => json!(extensions(text).join(", ")),
            trimmed if TRIMMED.contains(&trimmed) => json!(text.trim()),
            _ => given,
        };
        state.configuration.site.insert(field.to_owned(), stored);
    }
    Ok(outcome::done("Site configuration updated successfully").into())
}

fn extensions(text: &str) -> Vec<String> {
    let extensions = text.split(',').map(|one| one.trim().to_lowercase());
    extensions.filter(|one| !one.is_empty()).collect()
}

fn plain(value: &Value) -> Answer {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Number(value) => value.as_i64().into(),
        Value::String(value) => value.into(),
        Value::Array(values) => Answer::List(values.iter().map(plain).collect()),
        Value::Null | Value::Object(_) => Answer::NULL,
    }
}

const FIELDS: [&str; 41] = [
    "analyticsId",
    "analyticsService",
    "authAutoLogin",
    "authEnforce2FA",
    "authHideLocal",
    "authJwtAudience",
    "authJwtExpiration",
    "authJwtRenewablePeriod",
    "authLoginBgUrl",
    "company",
    "contentLicense",
    "description",
    "editFab",
    "editMenuBar",
    "editMenuBtn",
    "editMenuExternalBtn",
    "editMenuExternalIcon",
    "editMenuExternalName",
    "editMenuExternalUrl",
    "featurePageComments",
    "featurePageRatings",
    "featurePersonalWikis",
    "footerOverride",
    "host",
    "logoUrl",
    "pageExtensions",
    "robots",
    "securityCSP",
    "securityCSPDirectives",
    "securityHSTS",
    "securityHSTSDuration",
    "securityIframe",
    "securityOpenRedirect",
    "securityReferrerPolicy",
    "securitySRI",
    "securityTrustProxy",
    "title",
    "uploadForceDownload",
    "uploadMaxFileSize",
    "uploadMaxFiles",
    "uploadScanSVG",
];
