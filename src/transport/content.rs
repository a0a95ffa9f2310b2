//! Content of uploads: bytes, a local file, or a stream of known length.

use std::{
    fmt,
    hash::{BuildHasher, Hasher, RandomState},
    io,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Mutex,
};

use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use siphasher::sip128::{Hasher128, SipHasher24};
use tokio::io::AsyncRead;
use tokio_util::io::ReaderStream;

use crate::{
    error::{Error, Result},
    task::lock,
};

/// Size of the pieces that are read. Progress is reported after each piece.
const PIECE_BYTES: usize = 64 * 1024;

/// Stream of the pieces of a file.
pub(crate) type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Content of a file to upload: bytes, a local file, or a stream of known length.
///
/// Bytes and text convert into it with `From`. A file or a stream is read in pieces and never held in memory as
/// a whole.
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
    /// `None` after it was opened, since a stream can be read only once.
    Stream(Mutex<Option<Pieces>>),
}

impl Content {
    /// Creates content from a local file. The upload opens the file and reads it in pieces.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] if the path does not exist or is not a file.
    pub async fn file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let cannot = |problem: &str| {
            Error::invalid(
                "content",
                format!("`{}` {problem}", path.display()),
                "pass the path of a file that can be read",
            )
        };
        // The length must be known before the file is opened: proxies require `Content-Length`.
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

    /// Creates content from a stream of `length` bytes.
    ///
    /// Proxies require the length, and the client compares it with the wiki's size limit before it sends
    /// anything. If the stream has more or fewer bytes, the upload fails and nothing is stored. A stream can be
    /// read only once, so its upload is not retried.
    ///
    /// A download is such a stream:
    ///
    /// ```
    /// use futures::TryStreamExt;
    /// use wikijs_client::assets::Content;
    ///
    /// # async fn example(from: wikijs_client::Client, to: wikijs_client::Client) -> wikijs_client::Result<()> {
    /// let file = from.assets().download("docs/plan.pdf").await?;
    /// let length = file.length().expect("Wiki.js sends the length of files");
    /// let content = Content::stream(length, file.map_err(std::io::Error::from));
    /// to.assets().upload("docs", "plan.pdf", content).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn stream(
        length: u64,
        stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
    ) -> Self {
        Self {
            length,
            source: Source::Stream(Mutex::new(Some(stream.boxed()))),
        }
    }

    /// Creates content from a reader of `length` bytes, as [`stream`](Self::stream) does.
    pub fn reader(length: u64, reader: impl AsyncRead + Send + 'static) -> Self {
        Self::stream(length, ReaderStream::with_capacity(reader, PIECE_BYTES))
    }

    /// Returns the length in bytes.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Returns `true` if the content has no bytes. Wiki.js stores empty files as well.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Returns `true` if the content can be read from its beginning.
    pub(crate) fn can_be_opened(&self) -> bool {
        match &self.source {
            Source::Bytes(_) | Source::File(_) => true,
            Source::Stream(stream) => lock(stream).is_some(),
        }
    }

    /// Opens the content at its beginning.
    pub(super) async fn open(&self) -> io::Result<Pieces> {
        match &self.source {
            Source::Bytes(bytes) => Ok(split_bytes(bytes.clone()).boxed()),
            Source::File(path) => {
                let file = tokio::fs::File::open(path).await?;
                Ok(ReaderStream::with_capacity(file, PIECE_BYTES).boxed())
            }
            Source::Stream(stream) => lock(stream)
                .take()
                .ok_or_else(|| io::Error::other("the stream can be read only once")),
        }
    }
}

/// Keyed hash of a file's content, to recognize an uploaded file.
///
/// The keys are random, so that nobody can construct another file with the same digest.
#[derive(Clone)]
pub(crate) struct Digest(SipHasher24);

impl Default for Digest {
    fn default() -> Self {
        let [one, other] = [random(), random()];
        Self(SipHasher24::new_with_keys(one, other))
    }
}

impl Digest {
    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.0.write(piece);
    }

    pub(crate) fn finish(&self) -> u128 {
        self.0.finish128().as_u128()
    }
}

/// Returns 64 random bits.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
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

/// Implements `From` for content in memory.
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

/// Progress of an upload or a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Number of bytes of the file that were written to the connection or read from it.
    pub transferred: u64,
    /// Size of the file in bytes; `None` for a download whose size is unknown.
    pub total: Option<u64>,
}

fn split_bytes(mut bytes: Bytes) -> impl Stream<Item = io::Result<Bytes>> + Send {
    // Split, because progress is reported after each piece. The pieces share the memory of the whole.
    stream::iter(std::iter::from_fn(move || {
        let length = bytes.len().min(PIECE_BYTES);
        (length > 0).then(|| Ok(bytes.split_to(length)))
    }))
}
