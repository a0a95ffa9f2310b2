//! State that domains store in the client, such as the permissions that the caller is known to lack.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// State of one domain.
pub(crate) trait DomainState: Any + Default + Send + Sync {
    /// Forgets the permissions that the caller is known to lack, since they may have been granted in the meantime.
    fn forget_refusals(&self);
}

/// Object-safe form of [`DomainState`], so that one map can contain states of different types.
trait AnyState: Any + Send + Sync {
    fn forget_refusals(&self);
}

impl<State: DomainState> AnyState for State {
    fn forget_refusals(&self) {
        DomainState::forget_refusals(self);
    }
}

/// The states of all domains, one for each type.
#[derive(Default)]
pub(crate) struct Slots(RwLock<HashMap<TypeId, Arc<dyn AnyState>>>);

impl Slots {
    /// Returns the state of a domain. The first call creates it.
    pub(crate) fn get<State: DomainState>(&self) -> Arc<State> {
        let id = TypeId::of::<State>();
        let known = {
            let states = self.0.read().unwrap_or_else(PoisonError::into_inner);
            states.get(&id).cloned()
        };
        let state = known.unwrap_or_else(|| {
            let mut states = self.0.write().unwrap_or_else(PoisonError::into_inner);
            let state = states
                .entry(id)
                .or_insert_with(|| Arc::new(State::default()));
            Arc::clone(state)
        });
        let state: Arc<dyn Any + Send + Sync> = state;
        // The downcast cannot fail, because the key of the map is the type.
        state.downcast().unwrap_or_default()
    }

    /// Forgets the permissions that the caller is known to lack, in all domains.
    pub(crate) fn forget_refusals(&self) {
        let states = self.0.read().unwrap_or_else(PoisonError::into_inner);
        states.values().for_each(|state| state.forget_refusals());
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slots(..)")
    }
}

/// Time for which an observation is valid. It is limited because permissions may be granted, and the wiki may be
/// upgraded, at any time.
const VALID_FOR: Duration = Duration::from_secs(60);

/// A value that expires after a minute.
#[derive(Debug)]
pub(crate) struct Expiring<T>(Mutex<Option<(T, Instant)>>);

impl<T> Default for Expiring<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Copy> Expiring<T> {
    /// Returns the observation, unless it has expired.
    pub(crate) fn get(&self) -> Option<T> {
        self.get_at(Instant::now())
    }

    fn get_at(&self, now: Instant) -> Option<T> {
        let (value, since) = (*self.lock())?;
        let age = now.saturating_duration_since(since);
        (age < VALID_FOR).then_some(value)
    }

    /// Stores an observation.
    pub(crate) fn set(&self, value: T) {
        *self.lock() = Some((value, Instant::now()));
    }

    /// Removes the observation.
    pub(crate) fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<(T, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_observation_expires_after_a_minute() {
        let refused = Expiring::default();
        assert_eq!(refused.get(), None);
        refused.set(7);
        let now = Instant::now();
        assert_eq!(refused.get_at(now), Some(7));
        assert_eq!(refused.get_at(now + VALID_FOR), None);
        refused.forget();
        assert_eq!(refused.get_at(now), None);
    }
}
