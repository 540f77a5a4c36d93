//! How old something is that is renewed again and again, at a moment long after it was first new.
//!
//! A life is met the likelier the longer it lasts, and any of its moments as likely as the other: the
//! age has the density S(a) / E X (renewal theory; Cox 1962, section 5.3), and what remains follows from
//! the law given that age.

use super::Law;
use crate::math::rng::{Stream, uniform_open};

/// The ages at which a law is met in the long run.
///
/// The density falls with age. It is cut where the survival has halved, the pieces are drawn by their
/// exact weights, and ages within one by rejection, of which at most half are refused where the law has no
/// atoms. So every law with a mean has one, exact but for what is older than all but 1e-12 of all ages.
#[derive(Clone, Debug)]
pub struct Equilibrium {
    /// Starts of the pieces, and the end of the last one.
    cuts: Vec<f64>,
    /// The weights of the pieces up to each, as a running sum that ends with 1.
    sums: Vec<f64>,
}

/// What is older than all but this share is left out.
const OLDEST: f64 = 1e-12;
/// More halvings than a positive number has.
const HALVINGS_MAX: u32 = 1_000;

impl Equilibrium {
    /// The ages of a law; `None` if it has no finite mean above zero.
    pub fn of(law: &Law) -> Option<Equilibrium> {
        let mean = law.mean();
        if !(mean.is_finite() && mean > 0.0) {
            return None;
        }
        let mut cuts = vec![0.0];
        for halvings in 1..=HALVINGS_MAX {
            let last = cuts[cuts.len() - 1];
            let cut = law.inverse_cumulative_hazard(f64::from(halvings) * std::f64::consts::LN_2);
            if cut > last {
                cuts.push(cut);
            }
            if law.still_to_come(cut) <= OLDEST * mean || cut >= law.support().1 {
                break;
            }
        }
        let left: Vec<f64> = cuts.iter().map(|&cut| law.still_to_come(cut)).collect();
        let (first, last) = (left[0], left[left.len() - 1]);
        let sums = left[1..].iter();
        Some(Equilibrium {
            sums: sums.map(|&left| (first - left) / (first - last)).collect(),
            cuts,
        })
    }

    /// An age at random of what has this law.
    pub fn sample_age(&self, law: &Law, rng: &mut Stream) -> f64 {
        let at = uniform_open(rng);
        let piece = self.sums.partition_point(|&sum| sum < at);
        let piece = piece.min(self.sums.len() - 1);
        let (from, to) = (self.cuts[piece], self.cuts[piece + 1]);
        let most = law.survival(from);
        loop {
            let age = from + (to - from) * uniform_open(rng);
            if uniform_open(rng) * most < law.survival(age) {
                return age;
            }
        }
    }
}

impl Law {
    /// What still remains at a time, on average over all durations, those that are over counting as 0:
    /// the integral of the survival from there.
    pub fn still_to_come(&self, time: f64) -> f64 {
        match self.survival(time) {
            0.0 => 0.0,
            left => left * self.mean_residual(time),
        }
    }

    /// The time after which no more than this share of the mean is still to come; infinite if there is no
    /// mean.
    pub fn fade(&self, share: f64) -> f64 {
        let mean = self.mean();
        if !mean.is_finite() {
            return f64::INFINITY;
        }
        let (mut low, mut high) = (0.0, mean);
        while self.still_to_come(high) > share * mean {
            (low, high) = (high, 2.0 * high);
        }
        while high - low > 1e-3 * high {
            let middle = 0.5 * (low + high);
            if self.still_to_come(middle) > share * mean {
                low = middle;
            } else {
                high = middle;
            }
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Streams;

    /// The mean age is E X^2 / (2 E X), and half of all that is still to come comes after the median.
    #[test]
    fn ages_have_the_mean_and_the_median_of_the_theory() {
        let mut tested = 0;
        for law in Law::examples() {
            let (mean, variance) = (law.mean(), law.variance());
            let Some(ages) = Equilibrium::of(&law) else {
                assert!(mean == 0.0 || mean.is_infinite(), "{law:?}");
                continue;
            };
            let mut rng = Streams::new(3).stream(0, 0);
            let count = 40_000;
            let drawn: Vec<f64> = (0..count)
                .map(|_| ages.sample_age(&law, &mut rng))
                .collect();
            let below = |limit: f64| drawn.iter().filter(|age| **age < limit).count() as f64;
            for share in [0.1, 0.5, 0.9] {
                // Where what is still to come is this share of all.
                let at = law.fade(share);
                let truth = 1.0 - law.still_to_come(at) / mean;
                let error = (truth * (1.0 - truth) / f64::from(count)).sqrt();
                let z = (below(at) / f64::from(count) - truth) / error;
                assert!(z.abs() < 4.5, "{law:?}, {share}: z = {z:.1}");
            }
            if variance.is_finite() && law.tail_weight() < 30.0 {
                let truth = (variance / mean + mean) / 2.0;
                let found = drawn.iter().sum::<f64>() / f64::from(count);
                let square = drawn.iter().map(|age| (age - found).powi(2)).sum::<f64>();
                let error = square.sqrt() / f64::from(count);
                let z = (found - truth) / error;
                assert!(
                    z.abs() < 5.0,
                    "{law:?}: {found} against {truth}, z = {z:.1}"
                );
                tested += 1;
            }
        }
        assert!(tested > 20, "{tested} laws have been tested");
    }

    #[test]
    fn fades_of_known_laws() {
        use crate::math::law::{Constant, Exponential};
        let exponential = Law::from(Exponential::with_mean(10.0).unwrap());
        assert!((exponential.fade(1e-3) / (10.0 * 1000.0_f64.ln()) - 1.0).abs() < 2e-3);
        let constant = Law::from(Constant::new(10.0).unwrap());
        assert!((constant.fade(0.25) - 7.5).abs() < 0.02);
    }
}
