//! SHA-256 digests, which detect changes.

use std::{fmt, fmt::Write, io};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use wikijs_client::{
    Tag,
    pages::{Page, PageSummary},
};

/// A SHA-256 digest, displayed in hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digest([u8; 32]);

/// The digests of a file: of its bytes, and of its bytes with `\n` instead of `\r\n`, since Git may convert line
/// ends at a checkout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileDigests {
    pub(crate) exact: Digest,
    pub(crate) with_line_feeds: Digest,
}

impl FileDigests {
    pub(crate) fn of(mut reader: impl io::Read) -> io::Result<Self> {
        let (mut exact, mut normalized) = (Sha256::new(), Sha256::new());
        let mut piece = vec![0; 64 * 1024];
        let mut kept = Vec::with_capacity(piece.len() + 1);
        let mut return_pending = false;
        loop {
            let read = match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            exact.update(&piece[..read]);
            kept.clear();
            for byte in &piece[..read] {
                if return_pending && *byte != b'\n' {
                    kept.push(b'\r');
                }
                return_pending = *byte == b'\r';
                if !return_pending {
                    kept.push(*byte);
                }
            }
            normalized.update(&kept);
        }
        if return_pending {
            normalized.update(b"\r");
        }
        Ok(Self {
            exact: exact.into(),
            with_line_feeds: normalized.into(),
        })
    }

    /// Returns `true` if the file has this digest, ignoring line ends.
    pub(crate) fn matches(self, digest: Digest) -> bool {
        self.exact == digest || self.with_line_feeds == digest
    }
}

impl Digest {
    pub(crate) fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns the digest of a page in a list, including its dates.
    pub(crate) fn of_summary(page: &PageSummary) -> Self {
        Self::of_json(page)
    }

    /// Returns the digest of all writable fields of a page. It excludes `updatedAt`, which Wiki.js also changes when
    /// a linked page is created or deleted.
    pub(crate) fn of_substance(page: &Page) -> Self {
        let mut tags: Vec<&Tag> = page.tags.iter().collect();
        tags.sort_unstable();
        let metadata = page.metadata.as_ref().map(|metadata| {
            let dates = (&metadata.publish_start, &metadata.publish_end);
            (metadata.is_published, dates, &metadata.editor)
        });
        let scripts = (&page.script_css, &page.script_js);
        let texts = (&page.title, &page.description, &page.content);
        Self::of_json(&(texts, tags, metadata, scripts, &page.content_type))
    }

    fn of_json(value: &impl Serialize) -> Self {
        // The serialization of these types does not fail.
        Self::of(serde_json::to_vec(value).unwrap_or_default())
    }
}

impl From<Sha256> for Digest {
    fn from(hasher: Sha256) -> Self {
        Self(hasher.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(64);
        for byte in self.0 {
            write!(text, "{byte:02x}")?;
        }
        f.pad(&text)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(de::Error::custom("not a SHA-256"));
        }
        for (position, byte) in bytes.iter_mut().enumerate() {
            let digits = &text[position * 2..position * 2 + 2];
            *byte = u8::from_str_radix(digits, 16).map_err(de::Error::custom)?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalized_digests_are_independent_of_the_chunks() {
        let unix = "a\nb\n\r\rc\n";
        for windows in ["a\r\nb\r\n\r\rc\r\n", "a\nb\r\n\r\rc\n"] {
            for size in 1..5 {
                let pieces = Pieces(windows.as_bytes(), size);
                let digests = FileDigests::of(pieces).unwrap();
                assert_eq!(digests.exact, Digest::of(windows));
                assert_eq!(digests.with_line_feeds, Digest::of(unix), "{windows:?}");
            }
        }
        assert!(
            FileDigests::of("x\r".as_bytes())
                .unwrap()
                .matches(Digest::of("x\r"))
        );
    }

    struct Pieces<'a>(&'a [u8], usize);

    impl io::Read for Pieces<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let size = self.1.min(buffer.len());
            (&mut self.0).take(size as u64).read(buffer)
        }
    }
}
