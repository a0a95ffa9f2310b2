//! Credentials of the caller, sessions and their renewal.

mod credentials;
mod session;

pub use self::credentials::KeyClaims;
pub(crate) use self::{
    credentials::{Credentials, bearer},
    session::{Account, Session},
};
