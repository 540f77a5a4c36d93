//! Durations drawn longer than their law, with the exact weight.
//!
//! Redundancy is lost while a repair lasts, so the repairs in the story of an outage are longer than
//! repairs usually are: with `m` further failures needed, a repair of length `r` is about `r^m` as
//! likely to be part of it. For a heavy-tailed law this can be nearly the whole story: an outage
//! comes from the one repair that takes ten times as long as usual.
//!
//! Any law can be stretched. Its cumulative hazard is exponential with mean 1, and is cut into
//! cells; a cell is chosen with the probability that `r^m` gives it, and within a cell nothing is
//! changed. The weight is then a number per cell, and exact whatever the law.

use crate::math::Law;
use crate::math::rng::{Stream, exp1, uniform_open};

/// Upper ends of the cells in units of cumulative hazard; the last cell has none.
const CELLS: usize = 96;
/// The largest power that is used, and how many there are from one to the next whole one.
pub(super) const POWER_MAX: usize = 6;
const STEPS: usize = 5;
/// Cumulative hazard beyond which a duration counts as extreme: one in a thousand.
pub(super) const EXTREME: f64 = 6.9;

/// The law of a duration and its stretched versions.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    /// By power, from the first step on: the probability of the cells up to each, and the ratio of the stretched to
    /// the true probability of each.
    powers: Vec<Cells>,
}

#[derive(Clone, Debug)]
struct Cells {
    cumulative: [f64; CELLS],
    ratio: [f64; CELLS],
    /// Probability of extreme durations.
    tail: f64,
}

/// A duration drawn, and the logarithm of true over used density.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretched {
    pub(super) duration: f64,
    pub(super) log_weight: f64,
    /// Cumulative hazard of the duration.
    pub(super) hazard: f64,
    /// Probability that a duration of the story is extreme.
    pub(super) tail: f64,
}

/// Cells are narrow where most durations are and grow with the hazard, up to 50: beyond is one
/// duration in 10^21.
fn edge(cell: usize) -> f64 {
    let x = cell as f64 / CELLS as f64;
    50.0 * x * (0.15 + 0.85 * x)
}

fn cell_of(hazard: f64) -> usize {
    // The inverse of `edge`, and then exactly.
    let x = (0.0225 + 3.4 * hazard / 50.0).sqrt();
    let mut cell = (((x - 0.15) / 1.7 * CELLS as f64) as usize).min(CELLS - 1);
    while cell > 0 && hazard < edge(cell) {
        cell -= 1;
    }
    while cell + 1 < CELLS && hazard >= edge(cell + 1) {
        cell += 1;
    }
    cell
}

/// Mean length of each cell, and its probability.
fn lengths(law: &Law) -> impl Iterator<Item = (f64, f64)> {
    (0..CELLS).map(|cell| {
        let above = if cell + 1 == CELLS {
            0.0
        } else {
            libm::exp(-edge(cell + 1))
        };
        let length = law.inverse_cumulative_hazard(0.5 * (edge(cell) + edge(cell + 1)));
        (length, libm::exp(-edge(cell)) - above)
    })
}

/// About the mean of a power of a duration that is at most so long.
pub(super) fn mean_power(law: &Law, power: f64, most: f64) -> f64 {
    let powers = lengths(law).map(|(length, mass)| mass * libm::pow(length.min(most), power));
    powers.sum()
}

impl Stretch {
    /// The stretched versions of a law; `None` if all its durations are alike, or hardly one takes any time.
    pub(super) fn of(law: &Law) -> Option<Stretch> {
        let (least, most) = law.support();
        if least == most {
            return None;
        }
        let (lengths, masses): (Vec<f64>, Vec<f64>) = lengths(law).unzip();
        // A duration of half of all, or, where half of them take no time, the longest cell.
        let longest = lengths.iter().copied().filter(|length| length.is_finite());
        let longest = longest.fold(0.0, f64::max);
        if longest == 0.0 {
            return None;
        }
        let median = law.quantile(0.5);
        let scale = if median > 0.0 && median.is_finite() {
            median
        } else {
            longest
        };
        let powers = (1..=POWER_MAX * STEPS)
            .map(|step| {
                let power = step as f64 / STEPS as f64;
                let mut weights = [0.0; CELLS];
                let mut last = 0.0;
                for (cell, weight) in weights.iter_mut().enumerate() {
                    if lengths[cell].is_finite() {
                        last = libm::pow(lengths[cell] / scale, power);
                    }
                    *weight = last;
                }
                let total: f64 = (0..CELLS).map(|cell| masses[cell] * weights[cell]).sum();
                let mut cells = Cells {
                    cumulative: [0.0; CELLS],
                    ratio: [0.0; CELLS],
                    tail: 0.0,
                };
                let mut sum = 0.0;
                for (cell, weight) in weights.iter().enumerate() {
                    cells.ratio[cell] = weight / total;
                    sum += masses[cell] * cells.ratio[cell];
                    cells.cumulative[cell] = sum;
                    if edge(cell) >= EXTREME {
                        cells.tail += masses[cell] * cells.ratio[cell];
                    }
                }
                cells
            })
            .collect();
        Some(Stretch { powers })
    }

    /// A duration: a share of them stretched by a power of their length, the others from the law itself, or,
    /// if `truly`, all of them from the law itself. The weight is in any case that of the mixture.
    pub(super) fn sample(
        &self,
        law: &Law,
        power: f64,
        share: f64,
        truly: bool,
        rng: &mut Stream,
    ) -> Stretched {
        let step = (power * STEPS as f64) as usize;
        let cells = &self.powers[step.clamp(1, POWER_MAX * STEPS) - 1];
        let hazard = if truly || uniform_open(rng) >= share {
            exp1(rng)
        } else {
            let at = uniform_open(rng) * cells.cumulative[CELLS - 1];
            let cell = cells
                .cumulative
                .partition_point(|&sum| sum <= at)
                .min(CELLS - 1);
            if cell + 1 == CELLS {
                edge(cell) + exp1(rng)
            } else {
                let (low, width) = (edge(cell), edge(cell + 1) - edge(cell));
                low - libm::log1p(uniform_open(rng) * libm::expm1(-width))
            }
        };
        let ratio = cells.ratio[cell_of(hazard)];
        Stretched {
            duration: law.inverse_cumulative_hazard(hazard),
            log_weight: -libm::log(1.0 - share + share * ratio),
            hazard,
            tail: cells.tail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Streams;
    use crate::math::law::Empirical;

    #[test]
    fn a_hazard_lies_in_its_cell() {
        for cell in 0..CELLS {
            assert_eq!(cell_of(edge(cell)), cell);
            assert_eq!(cell_of(0.5 * (edge(cell) + edge(cell + 1))), cell);
        }
        assert_eq!(cell_of(1e9), CELLS - 1);
    }

    /// The weighted sample has the mean of the law, and the weights the mean 1: |z| < 4.
    #[test]
    fn stretched_durations_keep_their_law() {
        let mut rng = Streams::new(3).stream(0, 0);
        let often_at_once = Empirical::new(vec![0.0, 0.0, 0.0, 3.0]).expect("durations");
        for law in Law::examples().into_iter().chain([often_at_once.into()]) {
            let Some(stretch) = Stretch::of(&law) else {
                continue;
            };
            let median = law.quantile(0.5);
            for (power, truly) in [(1.0, false), (4.0, false), (1.6, true)] {
                let n = 20_000;
                let mut sums = [0.0; 4];
                for _ in 0..n {
                    let share = 0.7;
                    let drawn = stretch.sample(&law, power, share, truly, &mut rng);
                    let weight = if truly {
                        1.0
                    } else {
                        libm::exp(drawn.log_weight)
                    };
                    let below = f64::from(drawn.duration <= median);
                    sums[0] += weight;
                    sums[1] += weight * weight;
                    sums[2] += weight * below;
                    sums[3] += weight * weight * below;
                }
                let [weight, weight2, below, below2] = sums.map(|sum| sum / f64::from(n));
                for (mean, second, truth) in
                    [(weight, weight2, 1.0), (below, below2, law.cdf(median))]
                {
                    let error = ((second - mean * mean).max(0.0) / f64::from(n)).sqrt();
                    assert!(
                        (mean - truth).abs() <= 4.0 * error + 1e-12,
                        "{law}, power {power}: {mean} instead of {truth}, error {error}"
                    );
                }
            }
        }
    }
}
