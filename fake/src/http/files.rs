//! Uploads to `/u`, and downloads.

use super::{authenticate, body, reply};
use crate::auth::{Location, Viewer};
use crate::faults::{ActiveFault, Fault, Requested};
use crate::shared::Shared;
use crate::state::FakeAsset;
use crate::state::assets::{extension, join, mime_of, uploaded_name, without_scripts};
use axum::body::Body;
use axum::http::header::{ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use std::sync::Arc;

/// The maximum number of bytes that are read of an upload.
const MAX_BYTES: usize = 1024 * 1024 * 1024;
/// Extensions of files that browsers display instead of saving.
const DISPLAYED_EXTENSIONS: [&str; 8] = [
    ".png", ".apng", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".svg",
];

/// A request for a file.
#[derive(Debug, Clone)]
pub(super) enum Route {
    Upload,
    /// The download of the file at this path, with the locale for page rules.
    Download {
        locale: String,
        path: String,
    },
    /// The path of a file that belongs to another route of Wiki.js.
    OtherRoute(OtherRoute),
}

/// The response of another route of Wiki.js.
#[derive(Debug, Clone, Copy)]
pub(super) enum OtherRoute {
    Page,
    Missing,
    Error,
}

impl Route {
    /// Returns the route of a request; `None` if it is not for a file.
    pub(super) fn of(parts: &Parts, shared: &Shared) -> Option<Self> {
        let path = parts.uri.path();
        if parts.method == Method::POST && path == "/u" {
            return Some(Self::Upload);
        }
        if parts.method != Method::GET || path.starts_with("/.well-known/apollo") {
            return None;
        }
        let state = shared.state();
        let settings = &state.settings;
        let is_page_like = |ends: String| path.ends_with(&format!(".{ends}"));
        if state.configuration.page_extensions().any(is_page_like) {
            return None;
        }
        let (locale, clean) = place(path, &settings.default_locale);
        if !clean.contains('.') {
            return None;
        }
        Some(match other_route(path) {
            Some(other_route) => Self::OtherRoute(other_route),
            None => Self::Download {
                locale,
                path: clean,
            },
        })
    }

    /// Returns the operation of the request, for faults.
    pub(super) fn requested(&self, parts: &Parts) -> Vec<Requested> {
        let name = format!("{} {}", parts.method, body::decode(parts.uri.path()));
        let writes = match self {
            Self::Upload => vec!["upload".to_owned()],
            Self::Download { .. } | Self::OtherRoute(_) => Vec::new(),
        };
        vec![Requested {
            name: Some(name),
            writes,
        }]
    }

    /// Answers the request.
    pub(super) async fn serve(
        self,
        shared: &Arc<Shared>,
        parts: &Parts,
        body: Body,
        fault: Arc<ActiveFault>,
    ) -> Response<Body> {
        let (viewer, renewed) = match authenticate(shared, parts, &fault) {
            Ok(admission) => admission,
            Err(message) => return reply::error_page(message),
        };
        let Some(viewer) = viewer else {
            return never().await;
        };
        let mut response = match self {
            Self::Upload => upload(shared, parts, body, &viewer, &fault).await,
            Self::Download { locale, path } => download(shared, &locale, &path, &viewer),
            Self::OtherRoute(OtherRoute::Page) => reply::page(),
            Self::OtherRoute(OtherRoute::Missing) => reply::bare_status(StatusCode::NOT_FOUND),
            Self::OtherRoute(OtherRoute::Error) => reply::error_page("This page does not exist."),
        };
        if let Some(token) = renewed {
            reply::renew(&mut response, &token, parts);
        }
        response
    }
}

/// Never responds, as Wiki.js after some failures.
async fn never() -> Response<Body> {
    std::future::pending().await
}

async fn upload(
    shared: &Arc<Shared>,
    parts: &Parts,
    body: Body,
    viewer: &Viewer,
    fault: &ActiveFault,
) -> Response<Body> {
    let content_type = parts.headers.get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let Some(content_type) = content_type.filter(|value| value.starts_with("multipart/")) else {
        return never().await;
    };
    let form = axum::body::to_bytes(body, MAX_BYTES).await.ok();
    let Some(form) = form.and_then(|form| body::parse_form(content_type, &form)) else {
        return never().await;
    };
    let duration = shared.state().settings.write_duration;
    tokio::time::sleep(duration).await;
    let refuse = |status, message: &str| reply::upload_refused(status, message);
    let limit = shared.state().configuration.upload_bytes();
    let mut files = form.iter().filter(|part| match &part.filename {
        Some(filename) => !filename.is_empty(),
        None => false,
    });
    let file = files.next();
    if file.is_some_and(|file| file.name != "mediaUpload") {
        return reply::error_page("Unexpected field");
    }
    if file.is_some_and(|file| file.content.len() > limit) {
        return reply::error_page("File too large");
    }
    // A refused upload leaves its file in the folder for uploads.
    let leave = || shared.state().assets.left_over += 1;
    if !viewer.has_any(&["write:assets", "manage:system"]) {
        leave();
        return refuse(
            StatusCode::FORBIDDEN,
            "You are not authorized to upload files.",
        );
    }
    let Some(file) = file else {
        return refuse(StatusCode::BAD_REQUEST, "Missing upload payload.");
    };
    if files.next().is_some() {
        return refuse(
            StatusCode::BAD_REQUEST,
            "You cannot upload multiple files within the same request.",
        );
    }
    let metadata = form
        .iter()
        .find(|part| part.filename.is_none() && part.name == "mediaUpload")
        .and_then(|part| serde_json::from_slice::<serde_json::Value>(&part.content).ok());
    let Some(metadata) = metadata else {
        leave();
        return refuse(StatusCode::BAD_REQUEST, "Missing upload folder metadata.");
    };
    let folder = match &metadata["folderId"] {
        serde_json::Value::Null => Some(0),
        serde_json::Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    let Some(folder) = folder.filter(|folder| *folder == 0 || !fault.database_away) else {
        leave();
        return refuse(StatusCode::BAD_REQUEST, "Failed to fetch folder hierarchy.");
    };
    if fault.database_away {
        return never().await;
    }
    store(shared, viewer, fault, file, folder)
}

fn store(
    shared: &Shared,
    viewer: &Viewer,
    fault: &ActiveFault,
    file: &body::Part,
    folder: i64,
) -> Response<Body> {
    let filename = uploaded_name(file.filename.as_deref().unwrap_or_default());
    let mut state = shared.state();
    let place = Location {
        locale: None,
        path: Some(&join(
            state.assets.folder_path(folder).unwrap_or_default(),
            &filename,
        )),
        tags: &[],
    };
    if !viewer.may(&["write:assets"], place) {
        state.assets.left_over += 1;
        return reply::upload_refused(
            StatusCode::FORBIDDEN,
            "You are not authorized to upload files to this folder.",
        );
    }
    let is_svg = file.mime.starts_with("image/svg") || extension(&filename) == ".svg";
    let content = if is_svg {
        without_scripts(&file.content)
    } else {
        file.content.to_vec()
    };
    let stored = FakeAsset {
        folder,
        mime: file.mime.clone(),
        file_size: i64::try_from(file.content.len()).unwrap_or(i64::MAX),
        ..FakeAsset::new(filename, content)
    };
    if fault.triggers(&Fault::LoseUpload) {
        state.assets.left_over += 1;
    } else {
        state.store_asset(stored);
    }
    reply::text(StatusCode::OK, "ok")
}

fn download(shared: &Shared, locale: &str, path: &str, viewer: &Viewer) -> Response<Body> {
    if !viewer.may(&["read:assets"], Location::new(locale, path)) {
        return reply::bare_status(StatusCode::FORBIDDEN);
    }
    let file = shared.state().assets.at(path).cloned();
    let ext = extension(path);
    let mut response = match file {
        Some(file) => {
            let mut response = reply::file(mime_of(ext), file.content);
            let headers = response.headers_mut();
            headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            response
        }
        None => reply::bare_status(StatusCode::NOT_FOUND),
    };
    if !DISPLAYED_EXTENSIONS.contains(&ext.to_lowercase().as_str()) {
        let attachment = HeaderValue::from_static("attachment");
        response
            .headers_mut()
            .insert(CONTENT_DISPOSITION, attachment);
    }
    response
}

/// Returns the locale and the path of an address, without the characters that Wiki.js removes.
fn place(path: &str, default_locale: &str) -> (String, String) {
    let path = body::decode(path).trim().to_owned();
    let dropped = |character: &char| {
        matches!(character, '\\' | '"' | '|' | '<' | '>' | ':' | '*' | '?')
            || matches!(character, '\0'..='\u{1f}' | '\u{80}'..='\u{9f}')
    };
    let path: String = path.chars().filter(|c| !dropped(c)).collect();
    let mut path = path.trim_start_matches('/').replace("//", "");
    while let Some(start) = path.find("..") {
        let end = path[start..]
            .find(|c| c != '.')
            .map_or(path.len(), |length| start + length);
        path.replace_range(start..end, "");
    }
    let mut segments: Vec<&str> = path
        .split('/')
        .filter(|segment| !segment.trim().is_empty() && *segment != ".")
        .collect();
    if segments
        .first()
        .is_some_and(|first| first.encode_utf16().count() == 1)
    {
        segments.remove(0);
    }
    let mut locale = default_locale.to_owned();
    if segments.first().is_some_and(|first| is_locale(first)) {
        segments.remove(0).clone_into(&mut locale);
    }
    (locale, segments.join("/"))
}

fn is_locale(segment: &str) -> bool {
    let is_code = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
    match segment.split_once('-') {
        None => is_code(segment),
        Some((language, region)) => is_code(language) && is_code(region),
    }
}

/// Returns the response of the routes that precede that of files.
fn other_route(path: &str) -> Option<OtherRoute> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match segments.as_slice() {
        ["favicon.ico"] | ["a" | "p" | "t", ..] => Some(OtherRoute::Page),
        ["d" | "e" | "h" | "i" | "s", _, ..] | ["_userav", _] => Some(OtherRoute::Missing),
        ["graphql", _, ..] | ["login" | "verify" | "login-reset", _] => Some(OtherRoute::Error),
        _ => None,
    }
}
