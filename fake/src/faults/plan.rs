//! Faults at random, the same ones for the same seed.

use super::{Asked, Fault};
use crate::random::{Random, to_unit};
use std::time::Duration;

/// The share of requests that fail unless it is set.
const RATE: f64 = 0.1;
const PAUSE: Duration = Duration::from_millis(1);
const LATENCY: Duration = Duration::from_millis(5);

/// Faults at random.
///
/// The n-th request to `/graphql` after [`FakeWiki::set_faults`](crate::FakeWiki::set_faults) fails in the same way
/// whenever the seed, the rate, the kinds and the operations asked for are the same.
///
/// ```
/// use wikijs_fake::{Fault, FaultPlan};
///
/// // A fifth of the requests fails, in every way that a real wiki behind a real proxy does:
/// let plan = FaultPlan::random(7).rate(0.2);
/// // Half of them end with a reset:
/// let resets = FaultPlan::random(7).rate(0.5).kinds([Fault::ResetBefore, Fault::ResetAfter]);
/// # let _ = (plan, resets);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a plan does nothing until it is set"]
pub struct FaultPlan {
    random: Random,
    rate: f64,
    kinds: Vec<Fault>,
}

impl FaultPlan {
    /// A tenth of the requests fails, by the [usual kinds](Self::usual).
    pub fn random(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            rate: RATE,
            kinds: Self::usual(),
        }
    }

    /// Sets which share of the requests fails: 0.0 none, 1.0 all. Default: 0.1.
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// Sets the faults to choose from, each as likely as the others. One that cannot hit a request, such as
    /// [`Fault::RebuildTree`] a query, is left out of the choice for it. Default: the [usual ones](Self::usual).
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = Fault>) -> Self {
        self.kinds = kinds.into_iter().collect();
        self
    }

    /// The faults that a wiki or a proxy in front of it shows in real life, but for those that only a client's own
    /// timeout ends ([`Fault::Hang`]), that last ([`Fault::RateLimited`]) or that mean "never" (403, 413).
    pub fn usual() -> Vec<Fault> {
        vec![
            Fault::Latency(LATENCY),
            Fault::ResetBefore,
            Fault::ResetAfter,
            Fault::ResetInAnswer,
            Fault::status(429),
            Fault::status(502),
            Fault::status_after(502),
            Fault::status(503),
            Fault::status_after(504),
            Fault::Html200,
            Fault::Trickle { pause: PAUSE },
            Fault::RebuildTree,
            Fault::RenderPage,
            Fault::UniqueViolation,
            Fault::DatabaseAway,
            Fault::Starting,
        ]
    }

    /// What happens to the next request.
    pub(super) fn next(&mut self, asked: &[Asked]) -> Option<Fault> {
        // Two numbers for each request, whatever becomes of it: what hits the later ones does not depend on it.
        let (chance, choice) = (self.random.draw(), self.random.draw());
        if to_unit(chance) >= self.rate {
            return None;
        }
        let possible: Vec<&Fault> = self
            .kinds
            .iter()
            .filter(|fault| fault.writes().is_none() || fault.target(asked, None).is_some())
            .collect();
        let index = choice.checked_rem(u64::try_from(possible.len()).ok()?)?;
        let chosen = possible.get(usize::try_from(index).ok()?)?;
        Some((*chosen).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(mut plan: FaultPlan, asked: &[Asked]) -> Vec<Option<Fault>> {
        (0..1000).map(|_| plan.next(asked)).collect()
    }

    #[test]
    fn a_seed_gives_one_course() {
        let plan = |seed| run(FaultPlan::random(seed).rate(0.5), &[]);
        assert_eq!(plan(7), plan(7));
        assert_ne!(plan(7), plan(8));
    }

    #[test]
    fn the_rate_is_kept() {
        let struck = |rate| {
            let course = run(FaultPlan::random(1).rate(rate), &[]);
            course.iter().flatten().count()
        };
        assert_eq!((struck(0.0), struck(1.0)), (0, 1000));
        assert!((150..250).contains(&struck(0.2)));
    }

    #[test]
    fn faults_of_writes_leave_reads_alone() {
        let plan = FaultPlan::random(1).rate(1.0).kinds([Fault::RebuildTree]);
        assert!(run(plan.clone(), &[]).iter().all(Option::is_none));
        let create = Asked {
            name: None,
            writes: vec!["create".to_owned()],
        };
        assert!(run(plan, &[create]).iter().all(Option::is_some));
    }
}
