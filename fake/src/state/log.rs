//! The wiki's log.

/// A line of the wiki's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FakeLogLine {
    pub(crate) level: String,
    pub(crate) output: String,
    pub(crate) timestamp: String,
}
