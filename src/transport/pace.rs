//! How many requests go out at once, and how fast one after another.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep_until},
};

/// Lets requests out.
#[derive(Debug)]
pub(super) struct Pace {
    places: Option<Arc<Semaphore>>,
    slots: Option<Slots>,
}

/// Moments at which a request may begin, equally far from each other.
#[derive(Debug)]
struct Slots {
    distance: Duration,
    /// The first that nobody has taken; none before the first request.
    next: Mutex<Option<Instant>>,
}

/// A request's place among those that are under way.
#[derive(Debug)]
pub(super) struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Pace {
    pub(super) fn new(at_once: Option<usize>, per_second: Option<f64>) -> Self {
        Self {
            places: at_once.map(|requests| Arc::new(Semaphore::new(requests))),
            slots: per_second.map(|requests| Slots {
                distance: Duration::from_secs_f64(1.0 / requests),
                next: Mutex::new(None),
            }),
        }
    }

    /// Waits for a place, then for a moment to begin.
    pub(super) async fn enter(&self) -> Place {
        let permit = match &self.places {
            // The semaphore is never closed: without a permit would be without a wait.
            Some(places) => Arc::clone(places).acquire_owned().await.ok(),
            None => None,
        };
        if let Some(slots) = &self.slots {
            sleep_until(slots.take()).await;
        }
        Place { _permit: permit }
    }
}

impl Slots {
    fn take(&self) -> Instant {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let slot = next.map_or(now, |next| next.max(now));
        *next = Some(slot + self.distance);
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Pace;

    #[tokio::test(start_paused = true)]
    async fn requests_begin_at_equal_distances() {
        let pace = Pace::new(None, Some(10.0));
        let start = Instant::now();
        for request in 0..5 {
            pace.enter().await;
            assert!(start.elapsed() >= request * Duration::from_millis(100));
        }
        // Virtual time: what is waited for is exact but for the timer's millisecond.
        assert!(start.elapsed() < Duration::from_millis(410));
        // Who comes late does not wait.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let late = Instant::now();
        pace.enter().await;
        assert!(late.elapsed() < Duration::from_millis(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_free_again_when_its_request_is_over() {
        let narrow = Pace::new(Some(1), None);
        let place = narrow.enter().await;
        let waits = tokio::time::timeout(Duration::from_secs(1), narrow.enter()).await;
        assert!(waits.is_err());
        drop(place);
        narrow.enter().await;
    }
}
