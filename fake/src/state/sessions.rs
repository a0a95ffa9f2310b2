//! Logins: the tokens of users, the tokens that continue a login, and rate limits.

use super::keys::Keys;
use crate::state::{FakeGroup, FakeUser};
use crate::text::now_seconds;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

/// Characters of a token that continues a login.
const CONTINUATION_LENGTH: usize = 21;

/// The subject of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    User(i64),
    Group(i64),
}

/// A further step of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    ProvideTwoFactor,
    SetUpTwoFactor,
    ChangePassword,
}

/// A token of a user that this wiki signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserToken {
    pub(crate) user: i64,
    pub(crate) permissions: Vec<String>,
    pub(crate) groups: Vec<i64>,
    /// Number of the token.
    pub(crate) serial: u64,
    pub(crate) is_expired: bool,
}

/// The standing of a user's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Valid,
    /// Renewed if the user still exists.
    Renewable,
    /// Invalid; the request runs as Guest.
    Void,
}

/// The logins of a wiki.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    lifetime: Duration,
    last_serial: u64,
    /// Tokens up to this number are renewed.
    renewed_before: u64,
    changed: HashMap<Subject, u64>,
    /// Tokens up to this number are invalid.
    void_before: u64,
    pending: HashMap<String, (Step, i64)>,
    tries: HashMap<String, (Instant, u32)>,
}

impl Sessions {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self {
            lifetime,
            ..Self::default()
        }
    }

    /// Issues a token for a user, which expires a number of seconds later or earlier than usual.
    pub(crate) fn issue(
        &mut self,
        keys: &Keys,
        user: &FakeUser,
        groups: &BTreeMap<i64, FakeGroup>,
        shift_seconds: i64,
    ) -> String {
        let own = user.groups.iter().filter_map(|id| groups.get(id));
        let mut permissions: Vec<&str> = Vec::new();
        for permission in own.flat_map(|group| &group.permissions) {
            if !permissions.contains(&permission.as_str()) {
                permissions.push(permission);
            }
        }
        self.last_serial += 1;
        let issued = now_seconds() + shift_seconds;
        let lifetime = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX / 2);
        keys.sign_claims(json!({
            "id": user.id, "email": user.email, "name": user.name, "av": null, "tz": "America/New_York",
            "lc": "en", "df": "", "ap": "", "permissions": permissions, "groups": user.groups,
            // Wiki.js has no serial number: its tokens of the same second are equal.
            "jti": self.last_serial, "iat": issued, "exp": issued + lifetime,
        }))
    }

    /// Returns the standing of a token.
    pub(crate) fn standing(&self, token: &UserToken) -> Standing {
        let changed_since = |subject| {
            let change = self.changed.get(&subject);
            change.is_some_and(|change| token.serial <= *change)
        };
        if token.serial <= self.void_before {
            Standing::Void
        } else if token.is_expired
            || token.serial <= self.renewed_before
            || changed_since(Subject::User(token.user))
            || token
                .groups
                .iter()
                .any(|id| changed_since(Subject::Group(*id)))
        {
            Standing::Renewable
        } else {
            Standing::Valid
        }
    }

    /// Renews the tokens of a user, or of the members of a group.
    pub(crate) fn change(&mut self, subject: Subject) {
        self.changed.insert(subject, self.last_serial);
    }

    /// Renews every token.
    pub(crate) fn renew_all(&mut self) {
        self.renewed_before = self.last_serial;
    }

    /// Invalidates every token.
    pub(crate) fn void_all(&mut self) {
        self.void_before = self.last_serial;
    }

    /// Renews every token and resets the rate limits, as a restart does.
    pub(crate) fn restart(&mut self) {
        self.renew_all();
        self.tries.clear();
    }

    pub(crate) fn set_lifetime(&mut self, lifetime: Duration) {
        self.lifetime = lifetime;
    }

    /// Issues a token with which a login is continued.
    pub(crate) fn suspend(&mut self, keys: &Keys, step: Step, user: i64) -> String {
        self.last_serial += 1;
        let mut token = keys.signature(&format!("continuation {}", self.last_serial));
        token.truncate(CONTINUATION_LENGTH);
        self.pending.insert(token.clone(), (step, user));
        token
    }

    /// Returns the user of a token that continues a login. The token is consumed, except that of a set-up.
    pub(crate) fn resume(&mut self, token: &str, step: Step) -> Option<i64> {
        let (own, user) = *self.pending.get(token)?;
        if own != step {
            return None;
        }
        if step != Step::SetUpTwoFactor {
            self.pending.remove(token);
        }
        Some(user)
    }

    /// Counts a call of a field. After too many calls within the window, returns the number of seconds to wait.
    pub(crate) fn count_try(
        &mut self,
        field: &str,
        (most, window): (u32, Duration),
    ) -> Result<(), u64> {
        let now = Instant::now();
        let tries = self.tries.entry(field.to_owned()).or_insert((now, 0));
        if now.duration_since(tries.0) >= window {
            *tries = (now, 0);
        }
        tries.1 = tries.1.saturating_add(1);
        if tries.1 <= most {
            return Ok(());
        }
        let left = window.saturating_sub(now.duration_since(tries.0));
        let millis = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        Err(millis.div_ceil(1000).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn tries_are_counted_for_each_field() {
        let mut sessions = Sessions::new(HOUR);
        assert_eq!(sessions.count_try("login", (2, HOUR)), Ok(()));
        assert_eq!(sessions.count_try("login", (2, HOUR)), Ok(()));
        assert!(
            sessions
                .count_try("login", (2, HOUR))
                .is_err_and(|left| left <= 3600)
        );
        assert_eq!(sessions.count_try("loginTFA", (2, HOUR)), Ok(()));
        sessions.restart();
        assert_eq!(sessions.count_try("login", (2, HOUR)), Ok(()));
    }

    #[test]
    fn changes_concern_older_tokens_only() {
        let mut sessions = Sessions::new(HOUR);
        let token = |serial| UserToken {
            user: 3,
            permissions: Vec::new(),
            groups: vec![7],
            serial,
            is_expired: false,
        };
        sessions.last_serial = 1;
        sessions.change(Subject::Group(8));
        assert_eq!(sessions.standing(&token(1)), Standing::Valid);
        sessions.change(Subject::Group(7));
        assert_eq!(sessions.standing(&token(1)), Standing::Renewable);
        assert_eq!(sessions.standing(&token(2)), Standing::Valid);
        sessions.void_all();
        assert_eq!(sessions.standing(&token(1)), Standing::Void);
    }
}
