//! Mail that the wiki has sent.

/// A mail that the wiki has sent, if that can be called so here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FakeMail {
    /// The address.
    pub to: String,
    /// The subject.
    pub subject: String,
}
