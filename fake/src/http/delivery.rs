//! How the bytes of an answer reach the client, or do not.

use crate::server::Peer;
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderValue};
use futures::stream;
use std::io;
use std::time::Duration;

/// Pieces of an answer that trickles.
const PIECES: usize = 16;
/// Time for the first half to leave.
const FLUSH: Duration = Duration::from_millis(1);

/// How an answer is delivered; where it has none, whole and at once.
#[derive(Debug, Clone, Copy)]
pub(super) enum Delivery {
    /// Not at all: the connection is reset.
    Reset,
    /// Not at all: the connection is closed.
    Close,
    /// Not at all: the connection stays open.
    Never,
    /// Half of its bytes, then the connection is closed.
    Half,
    /// In pieces, with a pause before each.
    Trickle(Duration),
}

impl Delivery {
    /// Whether no byte of the answer is sent.
    pub(super) fn is_withheld(self) -> bool {
        matches!(self, Self::Reset | Self::Close | Self::Never)
    }

    /// Does it to the connection, where no byte of the answer is sent. Returns only where some are.
    pub(super) async fn withhold(self, peer: &Peer) {
        match self {
            Self::Reset => peer.knife.reset(),
            Self::Close => peer.knife.close(),
            Self::Never => {}
            Self::Half | Self::Trickle(_) => return,
        }
        // Ends with the connection.
        std::future::pending::<()>().await;
    }

    /// The body that delivers `bytes` so.
    pub(super) fn body(self, bytes: Bytes, headers: &mut HeaderMap) -> Body {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes.len()));
        match self {
            Self::Half => half(bytes.slice(..bytes.len() / 2)),
            Self::Trickle(pause) => trickle(&bytes, pause),
            Self::Reset | Self::Close | Self::Never => Body::from(bytes),
        }
    }
}

/// A body that breaks off after `bytes`, which makes hyper close the connection.
fn half(bytes: Bytes) -> Body {
    let parts = [Some(bytes), None].into_iter();
    let parts = stream::unfold(parts, |mut parts| async {
        let part = parts.next()?;
        if part.is_none() {
            tokio::time::sleep(FLUSH).await;
        }
        let part = part.ok_or_else(|| io::Error::other("cut on purpose"));
        Some((part, parts))
    });
    Body::from_stream(parts)
}

fn trickle(bytes: &Bytes, pause: Duration) -> Body {
    let length = bytes.len().div_ceil(PIECES).max(1);
    let pieces: Vec<Bytes> = bytes.chunks(length).map(Bytes::copy_from_slice).collect();
    let pieces = stream::unfold(pieces.into_iter(), move |mut pieces| async move {
        let piece = pieces.next()?;
        tokio::time::sleep(pause).await;
        Some((io::Result::Ok(piece), pieces))
    });
    Body::from_stream(pieces)
}
