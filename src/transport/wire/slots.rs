//! How fast requests follow each other.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// Moments at which a request may begin, equally far from each other.
#[derive(Debug)]
pub(super) struct Slots {
    distance: Duration,
    /// The first that nobody has taken; none before the first request.
    next: Mutex<Option<Instant>>,
}

impl Slots {
    pub(super) fn new(per_second: f64) -> Self {
        Self {
            distance: Duration::from_secs_f64(1.0 / per_second),
            next: Mutex::new(None),
        }
    }

    /// Waits for a moment to begin.
    pub(super) async fn next(&self) {
        sleep_until(self.take()).await;
    }

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

    use super::Slots;

    #[tokio::test(start_paused = true)]
    async fn requests_begin_at_equal_distances() {
        let slots = Slots::new(10.0);
        let start = Instant::now();
        for request in 0..5 {
            slots.next().await;
            assert!(start.elapsed() >= request * Duration::from_millis(100));
        }
        // Virtual time: what is waited for is exact but for the timer's millisecond.
        assert!(start.elapsed() < Duration::from_millis(410));
        // Who comes late does not wait.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let late = Instant::now();
        slots.next().await;
        assert!(late.elapsed() < Duration::from_millis(10));
    }
}
