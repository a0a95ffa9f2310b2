//! Credentials of the caller, sessions and their renewal, and verification that the wiki recognizes the caller.

mod credentials;
mod session;
pub(crate) mod verification;

pub use self::credentials::KeyClaims;
pub(crate) use self::{
    credentials::{Credentials, bearer},
    session::{Account, Session},
};
