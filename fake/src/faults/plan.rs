//! Random faults, the same ones for the same seed.

use super::{Fault, Requested};
use std::time::Duration;

/// The default share of requests that fail.
const RATE: f64 = 0.1;
const PAUSE: Duration = Duration::from_millis(1);
const LATENCY: Duration = Duration::from_millis(5);

/// Random faults.
///
/// The n-th request to `/graphql` after [`FakeWiki::set_faults`](crate::FakeWiki::set_faults) fails in the same way if
/// the seed, the rate, the kinds and the requested operations are the same.
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
    /// Returns a plan in which a tenth of the requests fails with the [usual faults](Self::usual).
    pub fn random(seed: u64) -> Self {
        Self {
            random: Random::new(seed),
            rate: RATE,
            kinds: Self::usual(),
        }
    }

    /// Sets the share of the requests that fail: 0.0 for none, 1.0 for all. Default: 0.1.
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// Sets the faults to choose from, with equal probability; a repeated fault is more likely. A fault that cannot hit
    /// a request, such as [`Fault::RebuildTree`] a query, is not chosen for it. Default: the [usual
    /// faults](Self::usual).
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = Fault>) -> Self {
        self.kinds = kinds.into_iter().collect();
        self
    }

    /// Returns the faults of a real wiki or a proxy in front of it, without those that only a timeout of the client
    /// ends ([`Fault::Hang`]), that last ([`Fault::RateLimited`]) or that are permanent (403, 413).
    pub fn usual() -> Vec<Fault> {
        vec![
            Fault::Latency(LATENCY),
            Fault::ResetBefore,
            Fault::ResetAfter,
            Fault::ResetInResponse,
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

    /// Returns the fault of the next request.
    pub(super) fn next(&mut self, requested: &[Requested]) -> Option<Fault> {
        // Always two numbers for each request, so that later faults do not depend on earlier ones.
        let (chance, choice) = (self.random.draw(), self.random.draw());
        if to_unit(chance) >= self.rate {
            return None;
        }
        let possible: Vec<&Fault> = self
            .kinds
            .iter()
            .filter(|fault| fault.writes().is_none() || fault.target(requested, None).is_some())
            .collect();
        let index = choice.checked_rem(u64::try_from(possible.len()).ok()?)?;
        let chosen = possible.get(usize::try_from(index).ok()?)?;
        Some((*chosen).clone())
    }
}

/// The random number generator SplitMix64.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number.
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// Returns a number below `limit`, or 0 if that is 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let number = self.draw().checked_rem(limit).unwrap_or_default();
        usize::try_from(number).unwrap_or_default()
    }

    /// Returns `true` with a probability of one in `chances`.
    pub(crate) fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    /// Returns one of `choices`, which must not be empty.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// Converts a random number to one from 0 to 1, exclusive.
pub(crate) fn to_unit(number: u64) -> f64 {
    let high = u32::try_from(number >> 32).unwrap_or_default();
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(mut plan: FaultPlan, requested: &[Requested]) -> Vec<Option<Fault>> {
        (0..1000).map(|_| plan.next(requested)).collect()
    }

    #[test]
    fn a_seed_gives_one_sequence() {
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
    fn faults_of_writes_do_not_hit_reads() {
        let plan = FaultPlan::random(1).rate(1.0).kinds([Fault::RebuildTree]);
        assert!(run(plan.clone(), &[]).iter().all(Option::is_none));
        let create = Requested {
            name: None,
            writes: vec!["create".to_owned()],
        };
        assert!(run(plan, &[create]).iter().all(Option::is_some));
    }
}
