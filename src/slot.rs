//! State that domains store in the client, such as the permissions that the caller is known to lack.

use std::{
    any::Any,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use crate::task::lock;

/// State of one domain.
pub(crate) trait DomainState: Any + Send + Sync {
    /// Forgets the permissions that the caller is known to lack, since they may have been granted in the meantime.
    fn forget_refusals(&self);
}

/// The states of all domains, one for each type.
#[derive(Default)]
pub(crate) struct Slots(Mutex<Vec<Arc<dyn DomainState>>>);

impl Slots {
    /// Returns the state of a domain. The first call creates it.
    pub(crate) fn get<State: DomainState + Default>(&self) -> Arc<State> {
        let mut states = lock(&self.0);
        if let Some(state) = states.iter().find_map(downcast) {
            return state;
        }
        let state = Arc::<State>::default();
        states.push(Arc::<State>::clone(&state));
        state
    }

    /// Forgets the permissions that the caller is known to lack, in all domains.
    pub(crate) fn forget_refusals(&self) {
        lock(&self.0).iter().for_each(|state| state.forget_refusals());
    }
}

fn downcast<State: DomainState>(state: &Arc<dyn DomainState>) -> Option<Arc<State>> {
    let state: Arc<dyn Any + Send + Sync> = Arc::<dyn DomainState>::clone(state);
    state.downcast().ok()
}

/// Time for which an observation is usually valid. It is limited because permissions may be granted, and the wiki may be
/// upgraded, at any time.
const VALID_FOR: Duration = Duration::from_secs(60);

/// A value that was observed, with the time of the observation.
#[derive(Debug)]
pub(crate) struct Expiring<T>(Mutex<Option<(T, Instant)>>);

impl<T> Default for Expiring<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Copy> Expiring<T> {
    /// Returns the observation, unless it is older than a minute.
    pub(crate) fn get(&self) -> Option<T> {
        self.get_within(VALID_FOR)
    }

    /// Returns the observation, unless it is older than `time`.
    pub(crate) fn get_within(&self, time: Duration) -> Option<T> {
        let (value, since) = (*lock(&self.0))?;
        (since.elapsed() < time).then_some(value)
    }

    /// Stores an observation.
    pub(crate) fn set(&self, value: T) {
        *lock(&self.0) = Some((value, Instant::now()));
    }

    /// Removes the observation.
    pub(crate) fn forget(&self) {
        *lock(&self.0) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_expires() {
        let refused = Expiring::default();
        assert_eq!(refused.get(), None);
        refused.set(7);
        assert_eq!(refused.get(), Some(7));
        assert_eq!(refused.get_within(Duration::ZERO), None);
        refused.forget();
        assert_eq!(refused.get(), None);
    }
}
