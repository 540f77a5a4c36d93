//! Exact sums and moments of real numbers: trials that carry weights.
//!
//! A sum of real numbers usually depends on their order in its last digits. Here each number is
//! added as the whole number that it is in units of the smallest one, so that samples may be split
//! over any number of workers and put together in any order, to the same last bit.

use super::interval::{FEW, Interval, Level, Method, NoInterval, Support};
use super::moments::Summary;
use crate::math::special::student_quantile;

/// The exact sum of finite real numbers that are not negative (Kulisch 1971), rounded once when it
/// is read.
///
/// Of the 34 limbs of 64 bits that all real numbers and 2^64 of them would take, it keeps those
/// between the least and the greatest that were needed: a few, where numbers are alike.
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    /// In units of 2^-1074 times 2^64 to the power of `first`, least significant first.
    limbs: Vec<u64>,
    first: usize,
}

impl ExactSum {
    /// Adds a number, which must be finite and not negative.
    pub fn add(&mut self, value: f64) {
        assert!(
            value.is_finite() && value >= 0.0,
            "an exact sum takes finite numbers that are not negative, not {value}"
        );
        if value == 0.0 {
            return;
        }
        let bits = value.to_bits();
        let exponent = (bits >> 52) as usize;
        let fraction = bits & ((1 << 52) - 1);
        // Subnormal numbers have the exponent of the smallest normal ones.
        let (mantissa, shift) = if exponent == 0 {
            (fraction, 0)
        } else {
            (fraction | (1 << 52), exponent - 1)
        };
        let wide = u128::from(mantissa) << (shift % 64);
        let limb = shift / 64;
        self.reach(limb, limb + 2);
        let at = limb - self.first;
        self.add_at(at, wide as u64);
        self.add_at(at + 1, (wide >> 64) as u64);
    }

    /// Makes room for the limbs from one to another.
    fn reach(&mut self, from: usize, until: usize) {
        if self.limbs.is_empty() {
            self.first = from;
        } else if from < self.first {
            let more = self.first - from;
            self.limbs.splice(0..0, std::iter::repeat_n(0, more));
            self.first = from;
        }
        if self.limbs.len() < until - self.first {
            self.limbs.resize(until - self.first, 0);
        }
    }

    fn add_at(&mut self, mut at: usize, mut addend: u64) {
        while addend > 0 {
            if at == self.limbs.len() {
                self.limbs.push(addend);
                return;
            }
            let (sum, carry) = self.limbs[at].overflowing_add(addend);
            self.limbs[at] = sum;
            addend = u64::from(carry);
            at += 1;
        }
    }

    /// Adds the numbers of another sum.
    pub fn merge(&mut self, other: &ExactSum) {
        if other.limbs.is_empty() {
            return;
        }
        self.reach(other.first, other.first + other.limbs.len());
        let at = other.first - self.first;
        let mut carry = false;
        for (limb, &add) in self.limbs[at..].iter_mut().zip(&other.limbs) {
            let (partial, first) = limb.overflowing_add(add);
            let (sum, second) = partial.overflowing_add(u64::from(carry));
            *limb = sum;
            carry = first || second;
        }
        self.add_at(at + other.limbs.len(), u64::from(carry));
    }

    /// The sum, rounded to 63 bits or better and then to a real number.
    pub fn value(&self) -> f64 {
        let Some(top) = self.limbs.iter().rposition(|&limb| limb != 0) else {
            return 0.0;
        };
        let lower = if top == 0 { 0 } else { self.limbs[top - 1] };
        let leading = (u128::from(self.limbs[top]) << 64) | u128::from(lower);
        // What lies below only breaks a tie.
        let sticky = self.limbs[..top.saturating_sub(1)]
            .iter()
            .any(|&limb| limb != 0);
        let mantissa = (leading | u128::from(sticky)) as f64;
        libm::scalbn(mantissa, 64 * ((self.first + top) as i32 - 1) - 1074)
    }

    /// The limbs without leading and trailing zeros, and the place of the first.
    fn digits(&self) -> (usize, &[u64]) {
        let Some(low) = self.limbs.iter().position(|&limb| limb != 0) else {
            return (0, &[]);
        };
        let high = self.limbs.iter().rposition(|&limb| limb != 0);
        (self.first + low, &self.limbs[low..=high.unwrap_or(low)])
    }
}

/// Sums are equal if they have the same value, however they came to it.
impl PartialEq for ExactSum {
    fn eq(&self, other: &ExactSum) -> bool {
        self.digits() == other.digits()
    }
}

impl Eq for ExactSum {}

/// The exact moments of a sample of real numbers that are not negative.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RealMoments {
    count: u64,
    nonzero: u64,
    max: f64,
    sum: ExactSum,
    squares: ExactSum,
    cubes: ExactSum,
}

impl RealMoments {
    /// Adds the value of one trial, finite and not negative.
    pub fn record(&mut self, value: f64) {
        self.count += 1;
        if value != 0.0 {
            self.nonzero += 1;
            self.max = self.max.max(value);
            self.sum.add(value);
            self.squares.add(value * value);
            self.cubes.add(value * value * value);
        }
    }

    /// Adds `trials` trials whose value is zero.
    pub fn record_zeros(&mut self, trials: u64) {
        self.count += trials;
    }

    /// Adds the trials of another sample.
    pub fn merge(&mut self, other: &RealMoments) {
        self.count += other.count;
        self.nonzero += other.nonzero;
        self.max = self.max.max(other.max);
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
        self.cubes.merge(&other.cubes);
    }

    /// The number of trials.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The number of trials whose value is not zero.
    pub fn nonzero(&self) -> u64 {
        self.nonzero
    }

    /// The sum of all values.
    pub fn sum(&self) -> f64 {
        self.sum.value()
    }

    /// The mean; 0 of nothing.
    pub fn mean(&self) -> f64 {
        self.sum.value() / self.count.max(1) as f64
    }

    /// The sum squared over the sum of squares: how many equal values would say as much (Kish 1965).
    pub fn effective_count(&self) -> f64 {
        let (sum, squares) = (self.sum.value(), self.squares.value());
        if squares > 0.0 {
            sum * sum / squares
        } else {
            0.0
        }
    }

    /// The standard error of the mean.
    pub fn standard_error(&self) -> f64 {
        self.summary_within(f64::INFINITY).standard_error()
    }

    /// What an interval needs to know, if a trial can bring at most `most`.
    pub fn summary_within(&self, most: f64) -> Summary {
        let largest = if self.nonzero > 0 {
            self.max / self.sum.value()
        } else {
            0.0
        };
        Summary {
            share_of_largest: largest,
            most,
            ..summary_of_sums(self.count, self.nonzero, self.sums())
        }
    }

    /// The sums of the values, of their squares and of their cubes.
    fn sums(&self) -> [f64; 3] {
        [self.sum.value(), self.squares.value(), self.cubes.value()]
    }
}

/// What an interval needs to know of so many trials, from the sums of their values, squares and cubes.
pub(super) fn summary_of_sums(count: u64, nonzero: u64, sums: [f64; 3]) -> Summary {
    let n = count as f64;
    let [mean, second, third] = sums.map(|sum| sum / n.max(1.0));
    let central = (second - mean * mean).max(0.0);
    let skewed = third - 3.0 * mean * second + 2.0 * mean * mean * mean;
    Summary {
        count,
        nonzero,
        mean,
        variance: if count > 1 {
            central * n / (n - 1.0)
        } else {
            0.0
        },
        skewness: if central > 0.0 {
            skewed / (central * central.sqrt())
        } else {
            0.0
        },
        share_of_largest: 0.0,
        least: 0.0,
        most: f64::INFINITY,
    }
}

/// The ratio of the sums of two values per trial by the delta method, from the moments of both and
/// the sum of their products.
///
/// # Errors
///
/// Fails with fewer than two trials and if the second values are all zero.
pub fn real_ratio(
    x: &RealMoments,
    y: &RealMoments,
    products: &ExactSum,
    level: Level,
) -> Result<Interval, NoInterval> {
    let share = x.summary_within(f64::INFINITY).share_of_largest;
    ratio_of_sums(
        [x.sum(), x.squares.value(), products.value()],
        y,
        share,
        level,
    )
}

/// The same for something that is made of the first values: `of` tells its sum, the sum of its squares and
/// that of its products with the second values from those of the first ones.
///
/// # Errors
///
/// Fails as [`real_ratio`] does.
pub fn real_ratio_of(
    x: &RealMoments,
    y: &RealMoments,
    products: &ExactSum,
    of: impl FnOnce([f64; 3], &RealMoments) -> [f64; 3],
    level: Level,
) -> Result<Interval, NoInterval> {
    let sums = of([x.sum(), x.squares.value(), products.value()], y);
    ratio_of_sums(sums, y, 0.0, level)
}

/// The same from the sums of the first values, of their squares, and of the products.
pub(super) fn ratio_of_sums(
    [sum, squares, products]: [f64; 3],
    y: &RealMoments,
    share_of_largest: f64,
    level: Level,
) -> Result<Interval, NoInterval> {
    match y.count {
        0 => return Err(NoInterval::NoTrials),
        1 => return Err(NoInterval::OneTrial),
        _ if y.nonzero == 0 => return Err(NoInterval::NoneToAverage),
        _ => {}
    }
    let n = y.count as f64;
    let mean_y = y.mean();
    let estimate = sum / n / mean_y;
    // The residual `x - estimate y` has mean zero.
    let variance =
        squares / n - 2.0 * estimate * products / n + estimate * estimate * y.squares.value() / n;
    let error = (variance.max(0.0) / (n - 1.0)).sqrt() / mean_y;
    let half = student_quantile(1.0 - level.tail(), n - 1.0) * error;
    Ok(Interval {
        estimate,
        low: (estimate - half).max(0.0),
        high: estimate + half,
        level,
        method: Method::Delta,
        support: Support {
            events: y.nonzero,
            share_of_largest,
            events_wanted: FEW,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{Streams, rng::uniform_open};

    #[test]
    fn a_sum_is_exact_over_all_magnitudes() {
        let mut sum = ExactSum::default();
        for value in [1e300, 1e-300, 5e-324, 1.0, 0.1, 0.0] {
            sum.add(value);
        }
        assert_eq!(sum.value(), 1e300);
        let mut tenths = ExactSum::default();
        (0..10).for_each(|_| tenths.add(0.1));
        assert_eq!(tenths.value(), 1.0, "not 0.9999999999999999");
        let mut tiny = ExactSum::default();
        tiny.add(5e-324);
        tiny.add(5e-324);
        assert_eq!(tiny.value(), 1e-323);
    }

    #[test]
    fn the_order_and_the_split_do_not_matter() {
        let mut rng = Streams::new(1).stream(0, 0);
        let values: Vec<f64> = (0..500)
            .map(|_| libm::exp(40.0 * uniform_open(&mut rng) - 20.0))
            .collect();
        let mut all = RealMoments::default();
        values.iter().for_each(|&value| all.record(value));
        let mut merged = RealMoments::default();
        for part in values.rchunks(37) {
            let mut moments = RealMoments::default();
            part.iter().rev().for_each(|&value| moments.record(value));
            merged.merge(&moments);
        }
        assert_eq!(all, merged);
    }

    #[test]
    fn moments_are_those_of_whole_numbers() {
        let mut whole = crate::stats::Moments::new();
        let mut real = RealMoments::default();
        for value in [0_u64, 0, 3, 5, 8, 0, 1] {
            whole.record(value);
            real.record(value as f64);
        }
        let (a, b) = (whole.summary(), real.summary_within(f64::INFINITY));
        assert_eq!((a.count, a.nonzero), (b.count, b.nonzero));
        for (a, b) in [
            (a.mean, b.mean),
            (a.variance, b.variance),
            (a.skewness, b.skewness),
            (a.share_of_largest, b.share_of_largest),
        ] {
            assert!((a - b).abs() < 1e-12 * a.abs(), "{a} and {b}");
        }
        let mut pairs = crate::stats::RatioMoments::new();
        let (mut y, mut products) = (RealMoments::default(), ExactSum::default());
        for value in [0_u64, 0, 3, 5, 8, 0, 1] {
            pairs.record(value, value.min(2));
            y.record(value.min(2) as f64);
            products.add((value * value.min(2)) as f64);
        }
        let level = Level::USUAL;
        let real_delta = real_ratio(&real, &y, &products, level).expect("a ratio");
        let exact = crate::stats::ratio(&pairs, level).expect("a ratio");
        assert!((real_delta.estimate - exact.estimate).abs() < 1e-12);
        assert!(real_delta.low < exact.estimate && exact.estimate < real_delta.high);
        assert!((real.effective_count() - 17.0 * 17.0 / 99.0).abs() < 1e-12);
    }
}
