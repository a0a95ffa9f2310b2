//! How large answers are, as far as earlier ones tell.

use std::collections::HashMap;

/// What is expected of an operation that was never answered.
const UNKNOWN: usize = 64 * 1024;

/// The sizes of earlier answers, by operation.
#[derive(Debug, Default)]
pub(super) struct AnswerSizes(HashMap<&'static str, usize>);

impl AnswerSizes {
    /// Takes note of an answer. A larger one than expected counts at once by half, a smaller one
    /// slowly: a guess that is too high costs a request, one that is too low everybody's patience.
    pub(super) fn learn(&mut self, operation: &'static str, bytes: usize) {
        self.0
            .entry(operation)
            .and_modify(|expected| {
                *expected = if bytes > *expected {
                    usize::midpoint(*expected, bytes)
                } else {
                    *expected - (*expected - bytes) / 8
                };
            })
            .or_insert(bytes);
    }

    /// How large the next answer of an operation will be.
    pub(super) fn expect(&self, operation: &str) -> usize {
        self.0.get(operation).copied().unwrap_or(UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::{AnswerSizes, UNKNOWN};

    #[test]
    fn a_guess_rises_fast_and_falls_slowly() {
        let mut sizes = AnswerSizes::default();
        assert_eq!(sizes.expect("A"), UNKNOWN);
        sizes.learn("A", 1_000);
        assert_eq!(sizes.expect("A"), 1_000);
        sizes.learn("A", 9_000);
        assert_eq!(sizes.expect("A"), 5_000);
        sizes.learn("A", 1_000);
        assert_eq!(sizes.expect("A"), 4_500);
        assert_eq!(sizes.expect("B"), UNKNOWN);
    }
}
