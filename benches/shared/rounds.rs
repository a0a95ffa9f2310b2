//! Comparisons in interleaved rounds, so that other load on the machine slows all sides alike.

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::Result;

/// One side of a comparison, which runs once a round. Each run returns one figure, or several.
pub(crate) struct Side<Figure = f64> {
    run: Box<dyn FnMut() -> BoxFuture<'static, Result<Figure>> + Send>,
}

impl<Figure> Side<Figure> {
    pub(crate) fn new<Run>(mut run: impl FnMut() -> Run + Send + 'static) -> Self
    where
        Run: Future<Output = Result<Figure>> + Send + 'static,
    {
        Self {
            run: Box::new(move || Box::pin(run())),
        }
    }
}

/// Runs all sides for some rounds, and returns the figures of each side. Each round starts with another side.
/// The first round is a warm-up, which opens connections and allocates memory, and does not count.
pub(crate) async fn interleave<Figure: Copy + Default>(
    rounds: usize,
    sides: &mut [Side<Figure>],
) -> Result<Vec<Vec<Figure>>> {
    let mut figures = vec![vec![Figure::default(); rounds]; sides.len()];
    for round in 0..=rounds {
        for turn in 0..sides.len() {
            let side = (turn + round) % sides.len();
            let figure = (sides[side].run)().await?;
            if let Some(counted) = round.checked_sub(1) {
                figures[side][counted] = figure;
            }
        }
    }
    Ok(figures)
}

/// Returns the quantile of the figures: `0.5` is the median.
pub(crate) fn quantile(figures: &[f64], share: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index, and not a large one"
    )]
    let index = ((sorted.len().saturating_sub(1)) as f64 * share).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

pub(crate) fn median(figures: &[f64]) -> f64 {
    quantile(figures, 0.5)
}

/// Comparison of two sides: the median ratio of the rounds, and the rounds around it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ratio {
    pub(crate) median: f64,
    /// First quartile.
    pub(crate) low: f64,
    /// Third quartile.
    pub(crate) high: f64,
    pub(crate) rounds: usize,
}

impl Ratio {
    pub(crate) fn of(ours: &[f64], theirs: &[f64]) -> Self {
        let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
        Self {
            median: median(&ratios),
            low: quantile(&ratios, 0.25),
            high: quantile(&ratios, 0.75),
            rounds: ratios.len(),
        }
    }

    /// Creates the ratio of two figures that are the same in each run.
    pub(crate) fn exact(ours: f64, theirs: f64) -> Self {
        Self::of(&[ours], &[theirs])
    }
}
