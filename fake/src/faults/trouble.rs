//! What one request runs into while it is executed.

use super::Fault;
use std::sync::{Mutex, PoisonError};

/// The trouble of one request; by default it has none.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    /// The database cannot be reached.
    pub(crate) database_away: bool,
    /// The client asks too often, and is to wait for so many seconds.
    pub(crate) rate_limited: Option<u64>,
    /// A fault that waits for a write.
    write: Mutex<Option<Fault>>,
}

impl Trouble {
    /// The trouble that a fault makes, in a wiki whose database is away or not.
    pub(crate) fn of(fault: Option<&Fault>, database_away: bool) -> Self {
        Self {
            database_away: database_away || fault == Some(&Fault::DatabaseAway),
            rate_limited: match fault {
                Some(Fault::RateLimited { seconds }) => Some(*seconds),
                _ => None,
            },
            write: Mutex::new(fault.filter(|fault| fault.writes().is_some()).cloned()),
        }
    }

    /// Whether a write fails with this fault now. It does so once.
    pub(crate) fn strikes(&self, fault: &Fault) -> bool {
        let mut write = self.write.lock().unwrap_or_else(PoisonError::into_inner);
        let strikes = write.as_ref() == Some(fault);
        if strikes {
            *write = None;
        }
        strikes
    }

    /// Whether no fault waits for a write any more.
    pub(crate) fn is_over(&self) -> bool {
        let write = self.write.lock().unwrap_or_else(PoisonError::into_inner);
        write.is_none()
    }
}
