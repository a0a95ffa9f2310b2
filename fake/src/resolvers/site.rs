//! `site`: the configuration of a fresh wiki.

use crate::errors::Failure;
use crate::execute::{Answer, Context, record};

pub(super) fn query(_context: &Context, field: &str) -> Result<Answer, Failure> {
    if field != "config" {
        return Err(Failure::not_imitated("SiteQuery", field));
    }
    Ok(record! {
        "host" => "https://wiki.example.com",
        "title" => "Wiki.js",
        "description" => "",
        "robots" => vec!["index", "follow"],
        "analyticsService" => "",
        "analyticsId" => "",
        "company" => "",
        "contentLicense" => "",
        "footerOverride" => "",
        "logoUrl" => "https://static.requarks.io/logo/wikijs-butterfly.svg",
        "pageExtensions" => "md, html, txt",
        "authAutoLogin" => false,
        "authEnforce2FA" => false,
        "authHideLocal" => false,
        "authLoginBgUrl" => "",
        "authJwtAudience" => "urn:wiki.js",
        "authJwtExpiration" => "30m",
        "authJwtRenewablePeriod" => "14d",
        "editFab" => true,
        "editMenuBar" => false,
        "editMenuBtn" => true,
        "editMenuExternalBtn" => true,
        "editMenuExternalName" => "GitHub",
        "editMenuExternalIcon" => "mdi-github",
        "editMenuExternalUrl" => "https://github.com/org/repo/blob/main/{filename}",
        "featurePageRatings" => true,
        "featurePageComments" => true,
        "featurePersonalWikis" => true,
        "securityOpenRedirect" => true,
        "securityIframe" => true,
        "securityReferrerPolicy" => true,
        "securityTrustProxy" => false,
        "securitySRI" => true,
        "securityHSTS" => false,
        "securityHSTSDuration" => 300_i64,
        "securityCSP" => false,
        "securityCSPDirectives" => "",
        "uploadMaxFileSize" => 5_242_880_i64,
        "uploadMaxFiles" => 10_i64,
        "uploadScanSVG" => true,
        "uploadForceDownload" => true,
    }
    .into())
}
