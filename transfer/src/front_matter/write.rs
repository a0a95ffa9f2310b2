//! Serialization of exported pages.
#![allow(
    clippy::option_option,
    reason = "a field may be omitted, null, or have a value"
)]

use serde::Serialize;
use wikijs_client::{
    Editor, Locale, PageId, PagePath, Tag, Timestamp,
    pages::{Contributor, Page},
};

/// The front matter of an exported page. Fields that the caller may not see are omitted.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Exported<'a> {
    title: &'a str,
    description: &'a str,
    path: &'a PagePath,
    locale: &'a Locale,
    tags: &'a [Tag],
    #[serde(skip_serializing_if = "Option::is_none")]
    editor: Option<&'a Editor>,
    content_type: &'a str,
    is_published: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    publish_start_date: Option<Option<&'a Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    publish_end_date: Option<Option<&'a Timestamp>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_private: Option<bool>,
    #[serde(rename = "privateNS", skip_serializing_if = "Option::is_none")]
    private_ns: Option<Option<&'a str>>,
    script_css: Option<&'a str>,
    script_js: Option<&'a str>,
    id: PageId,
    hash: &'a str,
    created_at: &'a Timestamp,
    updated_at: &'a Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a Contributor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creator: Option<&'a Contributor>,
}

/// Returns the contents of a page's file: its front matter, and then its unchanged content.
pub(crate) fn written(page: &Page, is_published: bool) -> Result<Vec<u8>, yaml_serde::Error> {
    let metadata = page.metadata.as_ref();
    let front = Exported {
        title: &page.title,
        description: &page.description,
        path: &page.path,
        locale: &page.locale,
        tags: &page.tags,
        editor: metadata.map(|metadata| &metadata.editor),
        content_type: &page.content_type,
        is_published,
        publish_start_date: metadata.map(|metadata| metadata.publish_start.as_ref()),
        publish_end_date: metadata.map(|metadata| metadata.publish_end.as_ref()),
        is_private: metadata.map(|metadata| metadata.is_private),
        private_ns: metadata.map(|metadata| metadata.private_ns.as_deref()),
        script_css: page.script_css.as_deref(),
        script_js: page.script_js.as_deref(),
        id: page.id,
        hash: &page.hash,
        created_at: &page.created_at,
        updated_at: &page.updated_at,
        author: metadata.map(|metadata| &metadata.author),
        creator: metadata.map(|metadata| &metadata.creator),
    };
    let front = yaml_serde::to_string(&front)?;
    Ok(format!("---\n{front}---\n{}", page.content).into_bytes())
}
