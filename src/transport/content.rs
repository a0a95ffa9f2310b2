//! What is uploaded: bytes, a file, or any stream whose length is known.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::error::{Error, Result};

/// The size of the pieces that are read, and after which progress is reported.
const PIECE_BYTES: usize = 64 * 1024;

/// The content of a file, piece by piece.
pub(crate) type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// The content of a file to upload: bytes, a file on this machine, or a stream of known length.
///
/// Bytes and text convert into it. A file or a stream is never whole in memory.
///
/// ```
/// use wikijs_client::assets::Content;
///
/// # async fn example() -> wikijs_client::Result<()> {
/// let bytes = Content::from(vec![0x89, 0x50]);
/// let file = Content::file("photos/IMG 1.JPG").await?;
/// let stream = Content::stream(5, futures::stream::iter([Ok("12".into()), Ok("345".into())]));
/// # Ok(())
/// # }
/// ```
pub struct Content {
    length: u64,
    source: Source,
}

enum Source {
    Bytes(Bytes),
    File(PathBuf),
    /// None once it was sent: it can be read only once.
    Stream(Mutex<Option<Pieces>>),
}

impl Content {
    /// The file at this path on this machine. It is opened when it is sent, and read piece by piece.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if there is no such file, or it is not a file.
    pub async fn file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let cannot = |problem: &str| {
            Error::invalid(
                "content",
                format!("`{}` {problem}", path.display()),
                "pass the path of a file that can be read",
            )
        };
        let metadata = tokio::fs::metadata(path)
            .await
            .map_err(|error| cannot(&format!("cannot be read: {error}")))?;
        if !metadata.is_file() {
            return Err(cannot("is not a file"));
        }
        Ok(Self {
            length: metadata.len(),
            source: Source::File(path.to_owned()),
        })
    }

    /// A stream of this many bytes.
    ///
    /// Wiki.js wants no length, but proxies before it do, and its limit can only be checked with it. A
    /// stream that has more or fewer bytes fails, and nothing is stored then. A stream can be read only
    /// once, so an upload of one is not tried again.
    pub fn stream(
        length: u64,
        stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Self {
        Self {
            length,
            source: Source::Stream(Mutex::new(Some(stream.boxed()))),
        }
    }

    /// What this reader gives, of this many bytes; as [`stream`](Self::stream).
    pub fn reader(length: u64, reader: impl AsyncRead + Send + 'static) -> Self {
        Self::stream(length, pieces_of(Box::pin(reader)))
    }

    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether it has none. Wiki.js stores empty files, too.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether it can be read from its beginning.
    pub(crate) fn can_be_opened(&self) -> bool {
        match &self.source {
            Source::Bytes(_) | Source::File(_) => true,
            Source::Stream(stream) => stream
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_some(),
        }
    }

    /// The content from its beginning.
    pub(super) async fn open(&self) -> io::Result<Pieces> {
        match &self.source {
            Source::Bytes(bytes) => Ok(cut(bytes.clone()).boxed()),
            Source::File(path) => Ok(pieces_of(tokio::fs::File::open(path).await?).boxed()),
            Source::Stream(stream) => stream
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take()
                .ok_or_else(|| io::Error::other("the stream was read before")),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            Source::Bytes(_) => "bytes".to_owned(),
            Source::File(path) => path.display().to_string(),
            Source::Stream(_) => "a stream".to_owned(),
        };
        f.debug_struct("Content")
            .field("length", &self.length)
            .field("source", &source)
            .finish()
    }
}

/// Content that is in memory.
macro_rules! in_memory {
    ($($type:ty),*) => {$(
        impl From<$type> for Content {
            fn from(content: $type) -> Self {
                let bytes = Bytes::from(content);
                Self {
                    length: bytes.len() as u64,
                    source: Source::Bytes(bytes),
                }
            }
        }
    )*};
}

in_memory!(Bytes, Vec<u8>, &'static [u8], String, &'static str);

impl<const N: usize> From<&'static [u8; N]> for Content {
    fn from(content: &'static [u8; N]) -> Self {
        Self::from(content.as_slice())
    }
}

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes of the file that were handed to the connection, or came out of it.
    pub transferred: u64,
    /// Bytes that the file has; `None` where the wiki does not say it of a download.
    pub total: Option<u64>,
}

fn cut(mut bytes: Bytes) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::iter(std::iter::from_fn(move || {
        let length = bytes.len().min(PIECE_BYTES);
        (length > 0).then(|| Ok(bytes.split_to(length)))
    }))
}

fn pieces_of(
    reader: impl AsyncRead + Unpin + Send,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::unfold(Some(reader), |reader| async {
        let mut reader = reader?;
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        match reader.read_buf(&mut piece).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(piece.freeze()), Some(reader))),
            Err(error) => Some((Err(error), None)),
        }
    })
}
