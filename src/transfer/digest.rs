//! SHA-256, by which it is told whether something is still the same.

use std::{fmt, fmt::Write, io};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::{
    pages::{Page, PageSummary},
    types::Tag,
};

/// A SHA-256, written in hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest([u8; 32]);

impl Digest {
    pub(super) fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Of all that can be read.
    pub(super) fn of_reader(mut reader: impl io::Read) -> io::Result<Self> {
        let mut hasher = Sha256::new();
        let mut piece = vec![0; 64 * 1024];
        loop {
            match reader.read(&mut piece)? {
                0 => return Ok(Self::from(hasher)),
                read => hasher.update(&piece[..read]),
            }
        }
    }

    /// Of a page as a list shows it, dates included.
    pub(super) fn of_summary(page: &PageSummary) -> Self {
        Self::of_json(page)
    }

    /// Of all of a page that can be written. Its `updatedAt` changes with what it links to.
    pub(super) fn of_substance(page: &Page) -> Self {
        let mut tags: Vec<&Tag> = page.tags.iter().collect();
        tags.sort_unstable();
        let editorial = page.editorial.as_ref().map(|editorial| {
            let dates = (&editorial.publish_start, &editorial.publish_end);
            (editorial.is_published, dates, &editorial.editor)
        });
        let scripts = (&page.script_css, &page.script_js);
        let texts = (&page.title, &page.description, &page.content);
        Self::of_json(&(texts, tags, editorial, scripts, &page.content_type))
    }

    fn of_json(value: &impl Serialize) -> Self {
        // Nothing of these cannot be written as JSON.
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
