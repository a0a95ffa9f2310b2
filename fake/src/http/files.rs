//! Uploads to `/u`, and downloads.

use super::{authenticate, body, header, reply};
use crate::auth::{Location, Viewer};
use crate::faults::{ActiveFault, Fault, Requested};
use crate::shared::Shared;
use crate::state::FakeAsset;
use crate::state::assets::{extension, join, mime_of, uploaded_name, without_scripts};
use crate::text::{length, regex, trim};
use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use serde_json::Value;
use std::sync::Arc;

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
    /// The path of a file that belongs to another route of Wiki.js, with its response.
    Other(fn() -> Response<Body>),
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
            Some(response) => Self::Other(response),
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
            Self::Download { .. } | Self::Other(_) => Vec::new(),
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
        body: body::Kept,
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
            Self::Other(response) => response(),
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
    body: body::Kept,
    viewer: &Viewer,
    fault: &ActiveFault,
) -> Response<Body> {
    let content_type = header(parts, CONTENT_TYPE).filter(|value| value.starts_with("multipart/"));
    let Some(content_type) = content_type else {
        return never().await;
    };
    let form = body
        .await
        .and_then(|form| body::parse_form(content_type, &form));
    let Some(form) = form else {
        return never().await;
    };
    let duration = shared.state().settings.write_duration;
    tokio::time::sleep(duration).await;
    let files = form
        .iter()
        .filter(|part| part.filename.as_ref().is_some_and(|name| !name.is_empty()));
    let files: Vec<_> = files.collect();
    if let Some(file) = files.first() {
        if file.name != "mediaUpload" {
            return reply::error_page("Unexpected field");
        }
        if file.content.len() > shared.state().configuration.upload_bytes() {
            return reply::error_page("File too large");
        }
    }
    match target(&form, &files, viewer, fault) {
        Ok((file, folder)) if !fault.database_away => store(shared, viewer, fault, file, folder),
        Ok(_) => never().await,
        Err((status, message)) => {
            // A refused upload leaves its file in the folder for uploads.
            shared.state().assets.left_over += usize::from(files.len() == 1);
            reply::upload_refused(status, message)
        }
    }
}

/// Returns the file of an upload and the id of its folder, or the refusal.
fn target<'a>(
    form: &[body::Part],
    files: &[&'a body::Part],
    viewer: &Viewer,
    fault: &ActiveFault,
) -> Result<(&'a body::Part, i64), (StatusCode, &'static str)> {
    let refused = |message| (StatusCode::BAD_REQUEST, message);
    if !viewer.has_any(&["write:assets", "manage:system"]) {
        return Err((
            StatusCode::FORBIDDEN,
            "You are not authorized to upload files.",
        ));
    }
    let file = match files {
        [] => return Err(refused("Missing upload payload.")),
        [file] => file,
        _ => {
            return Err(refused(
                "You cannot upload multiple files within the same request.",
            ));
        }
    };
    let mut fields = form.iter().filter(|part| part.filename.is_none());
    let metadata = fields.find(|part| part.name == "mediaUpload");
    let metadata = metadata.and_then(|part| serde_json::from_slice::<Value>(&part.content).ok());
    let metadata = metadata.ok_or(refused("Missing upload folder metadata."))?;
    let folder = match &metadata["folderId"] {
        Value::Null => Some(0),
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    let folder = folder.filter(|folder| *folder == 0 || !fault.database_away);
    Ok((
        file,
        folder.ok_or(refused("Failed to fetch folder hierarchy."))?,
    ))
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
    let path = join(
        state.assets.folder_path(folder).unwrap_or_default(),
        &filename,
    );
    let place = Location::partial(None, Some(&path));
    if !viewer.may(&["write:assets"], place) {
        state.assets.left_over += 1;
        let message = "You are not authorized to upload files to this folder.";
        return reply::upload_refused(StatusCode::FORBIDDEN, message);
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
    let response = match file {
        Some(file) => reply::file(mime_of(ext), file.content),
        None => reply::bare_status(StatusCode::NOT_FOUND),
    };
    if DISPLAYED_EXTENSIONS.contains(&ext.to_lowercase().as_str()) {
        return response;
    }
    let attachment = HeaderValue::from_static("attachment");
    reply::with_header(response, CONTENT_DISPOSITION, attachment)
}

/// Returns the locale and the path of an address, without the characters that Wiki.js removes.
fn place(path: &str, default_locale: &str) -> (String, String) {
    let path = trim(&body::decode(path)).to_owned();
    let path = regex!(r#"[\\"|<>:*?\x00-\x1f\x80-\x9f]"#).replace(&path, "");
    let path = path.trim_start_matches('/').replace("//", "");
    let path = regex!(r"\.{2,}").replace(&path, "");
    let segments = path
        .split('/')
        .filter(|part| !trim(part).is_empty() && *part != ".");
    let mut segments: Vec<&str> = segments.collect();
    if segments.first().is_some_and(|first| length(first) == 1) {
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
fn other_route(path: &str) -> Option<fn() -> Response<Body>> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    Some(match segments.as_slice() {
        ["favicon.ico"] | ["a" | "p" | "t", ..] => reply::page,
        ["d" | "e" | "h" | "i" | "s", _, ..] | ["_userav", _] => {
            || reply::bare_status(StatusCode::NOT_FOUND)
        }
        ["graphql", _, ..] | ["login" | "verify" | "login-reset", _] => {
            || reply::error_page("This page does not exist.")
        }
        _ => return None,
    })
}
