//! Exact moments of whole numbers, one a trial: nanoseconds of downtime, counts of outages.
//!
//! The sums are whole numbers, so a sample may be split over any number of workers and put
//! together in any order: the moments stay the same to the last bit. Central moments are computed
//! from whole-number combinations of the sums and rounded once, so nothing cancels. What an
//! interval needs of a sample is its [`Summary`]; samples with real-valued weights make their own.

use super::wide::{U256, U512, product_of_three};

/// The exact moments of a sample of whole numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moments {
    count: u64,
    nonzero: u64,
    // Invariant: the least value above zero, `u64::MAX` while there is none.
    least_nonzero: u64,
    max: u64,
    sum: u128,
    sum_of_squares: U256,
    sum_of_cubes: U256,
}

impl Moments {
    /// The moments of an empty sample.
    pub const fn new() -> Moments {
        Moments {
            count: 0,
            nonzero: 0,
            least_nonzero: u64::MAX,
            max: 0,
            sum: 0,
            sum_of_squares: U256::ZERO,
            sum_of_cubes: U256::ZERO,
        }
    }

    /// Adds the value of one trial.
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.count += 1;
        // Most trials of a reliable system have no outage.
        if value != 0 {
            self.record_nonzero(value);
        }
    }

    #[inline]
    fn record_nonzero(&mut self, value: u64) {
        self.nonzero += 1;
        self.least_nonzero = self.least_nonzero.min(value);
        self.max = self.max.max(value);
        self.sum += u128::from(value);
        self.sum_of_squares
            .add_u128(u128::from(value) * u128::from(value));
        self.sum_of_cubes
            .add_limbs(product_of_three(value, value, value));
    }

    /// Adds `trials` trials whose value is zero.
    #[inline]
    pub fn record_zeros(&mut self, trials: u64) {
        self.count += trials;
    }

    /// Adds another sample. The order of merging changes nothing.
    pub fn merge(&mut self, other: &Moments) {
        self.count += other.count;
        self.nonzero += other.nonzero;
        self.least_nonzero = self.least_nonzero.min(other.least_nonzero);
        self.max = self.max.max(other.max);
        self.sum += other.sum;
        self.sum_of_squares = self.sum_of_squares.plus(other.sum_of_squares);
        self.sum_of_cubes = self.sum_of_cubes.plus(other.sum_of_cubes);
    }

    /// The number of trials.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The number of trials whose value is not zero.
    pub fn nonzero(&self) -> u64 {
        self.nonzero
    }

    /// The exact sum of the values.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The least value, zero without trials.
    pub fn min(&self) -> u64 {
        if self.nonzero < self.count || self.count == 0 {
            0
        } else {
            self.least_nonzero
        }
    }

    /// The greatest value, zero without trials.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The mean, NaN without trials.
    pub fn mean(&self) -> f64 {
        self.sum as f64 / self.count as f64
    }

    /// The unbiased variance, NaN with fewer than two trials.
    pub fn variance(&self) -> f64 {
        unbiased(self.second(), self.count)
    }

    /// The standard error of the mean, NaN with fewer than two trials.
    pub fn standard_error(&self) -> f64 {
        (self.variance() / self.count as f64).sqrt()
    }

    /// The skewness `m3 / m2^1.5` of the sample; zero if all values are equal, NaN without trials.
    pub fn skewness(&self) -> f64 {
        if self.count == 0 {
            return f64::NAN;
        }
        skewness(self.second(), self.third())
    }

    /// What an interval for the mean needs, with no upper limit on what a trial can bring.
    pub fn summary(&self) -> Summary {
        self.summary_within(f64::INFINITY)
    }

    /// What an interval for the mean needs, where no trial can bring more than `most`: downtime is
    /// at most the mission. The limit lets a sample without any event have a finite bound.
    pub fn summary_within(&self, most: f64) -> Summary {
        Summary {
            count: self.count,
            nonzero: self.nonzero,
            mean: self.mean(),
            variance: self.variance(),
            skewness: self.skewness(),
            share_of_largest: if self.sum == 0 {
                0.0
            } else {
                self.max as f64 / self.sum as f64
            },
            least: 0.0,
            most,
        }
    }

    /// `n^2` times the second central moment: `n S2 - S1^2`.
    fn second(&self) -> f64 {
        let n = U256::from(self.count);
        let sum = U256::from(self.sum);
        n.times(self.sum_of_squares).minus(sum.times(sum))
    }

    /// `n^3` times the third central moment: `n^2 S3 + 2 S1^3 - 3 n S1 S2`.
    fn third(&self) -> f64 {
        let n = U512::from(self.count);
        let sum = U512::from(self.sum);
        let squares: U512 = self.sum_of_squares.widen();
        let cubes: U512 = self.sum_of_cubes.widen();
        third_central(n, cubes, [(sum, squares); 3], sum.times(sum).times(sum))
    }
}

impl Default for Moments {
    fn default() -> Moments {
        Moments::new()
    }
}

impl FromIterator<u64> for Moments {
    fn from_iter<I: IntoIterator<Item = u64>>(values: I) -> Moments {
        let mut moments = Moments::new();
        values.into_iter().for_each(|value| moments.record(value));
        moments
    }
}

/// `n^2 S - n (A S_bc + B S_ac + C S_ab) + 2 A B C`, the third central moment times `n^3`.
fn third_central(n: U512, sum: U512, mixed: [(U512, U512); 3], product: U512) -> f64 {
    let subtrahend = mixed
        .iter()
        .fold(U512::ZERO, |total, (a, bc)| total.plus(a.times(*bc)));
    n.times(n)
        .times(sum)
        .plus(product)
        .plus(product)
        .minus(n.times(subtrahend))
}

/// The unbiased variance from the second central moment times `n^2`.
fn unbiased(second: f64, count: u64) -> f64 {
    if count < 2 {
        return f64::NAN;
    }
    second / (u128::from(count) * u128::from(count - 1)) as f64
}

/// The skewness from the second and third central moments times `n^2` and `n^3`.
fn skewness(second: f64, third: f64) -> f64 {
    if second > 0.0 {
        third / (second * second.sqrt())
    } else {
        0.0
    }
}

/// What an interval for a mean needs to know of a sample.
///
/// [`Moments`] gives it for whole numbers. Trials with real-valued weights fill in the fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The number of trials.
    pub count: u64,
    /// The number of trials whose value is not zero: the events that the mean rests on.
    pub nonzero: u64,
    /// The mean.
    pub mean: f64,
    /// The unbiased variance of one trial.
    pub variance: f64,
    /// The skewness of one trial.
    pub skewness: f64,
    /// The share of the largest value in the sum, 0 to 1.
    pub share_of_largest: f64,
    /// No trial can bring less: zero for times and counts, minus infinity for differences.
    pub least: f64,
    /// No trial can bring more; infinity if unknown.
    pub most: f64,
}

impl Summary {
    /// The standard error of the mean.
    pub fn standard_error(&self) -> f64 {
        (self.variance / self.count as f64).sqrt()
    }
}

impl From<&Moments> for Summary {
    fn from(moments: &Moments) -> Summary {
        moments.summary()
    }
}

/// The exact moments of a sample of differences, each above, at or below zero.
///
/// Two designs that met the same fate are compared by the difference of each trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DifferenceMoments {
    above: Moments,
    // Counts only the trials below zero, and holds their distances from zero.
    below: Moments,
}

impl DifferenceMoments {
    /// The moments of an empty sample.
    pub fn new() -> DifferenceMoments {
        DifferenceMoments::default()
    }

    /// Adds the difference `first - second` of one trial.
    #[inline]
    pub fn record(&mut self, first: u64, second: u64) {
        if first >= second {
            self.above.record(first - second);
        } else {
            self.below.record(second - first);
        }
    }

    /// Adds `trials` trials without any difference.
    #[inline]
    pub fn record_zeros(&mut self, trials: u64) {
        self.above.record_zeros(trials);
    }

    /// Adds another sample. The order of merging changes nothing.
    pub fn merge(&mut self, other: &DifferenceMoments) {
        self.above.merge(&other.above);
        self.below.merge(&other.below);
    }

    /// The number of trials.
    pub fn count(&self) -> u64 {
        self.above.count + self.below.count
    }

    /// The mean difference, NaN without trials.
    pub fn mean(&self) -> f64 {
        let sum = U256::from(self.above.sum).minus(U256::from(self.below.sum));
        sum / self.count() as f64
    }

    /// What an interval for the mean difference needs.
    pub fn summary(&self) -> Summary {
        let count = U512::from(self.count());
        let (sign, sum) = U512::from(self.above.sum).distance(U512::from(self.below.sum));
        let squares: U512 = self
            .above
            .sum_of_squares
            .plus(self.below.sum_of_squares)
            .widen();
        let second = count.times(squares).minus(sum.times(sum));
        // n^2 (cubes above - cubes below) + sign (2 |S1|^3 - 3 n |S1| S2), terms sorted by sign.
        let square_of_count = count.times(count);
        let cube = sum.times(sum).times(sum);
        let twice = cube.plus(cube);
        let product = count.times(sum).times(squares);
        let thrice = product.plus(product).plus(product);
        let (plus, minus) = if sign.is_lt() {
            (thrice, twice)
        } else {
            (twice, thrice)
        };
        let third = square_of_count
            .times(self.above.sum_of_cubes.widen::<8>())
            .plus(plus)
            .minus(
                square_of_count
                    .times(self.below.sum_of_cubes.widen::<8>())
                    .plus(minus),
            );
        let total = self.above.sum as f64 + self.below.sum as f64;
        let largest = self.above.max.max(self.below.max) as f64;
        Summary {
            count: self.count(),
            nonzero: self.above.nonzero + self.below.nonzero,
            mean: self.mean(),
            variance: unbiased(second, self.count()),
            skewness: skewness(second, third),
            share_of_largest: if total > 0.0 { largest / total } else { 0.0 },
            least: f64::NEG_INFINITY,
            most: f64::INFINITY,
        }
    }
}

impl From<&DifferenceMoments> for Summary {
    fn from(moments: &DifferenceMoments) -> Summary {
        moments.summary()
    }
}

/// The exact moments of a sample of pairs of whole numbers, up to the third order.
///
/// They carry the ratio of the two sums: down time over outages is the mean outage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RatioMoments {
    count: u64,
    occupied: u64,
    events: u64,
    x_max: u64,
    x: u128,
    y: u128,
    xx: U256,
    xy: U256,
    yy: U256,
    xxx: U256,
    xxy: U256,
    xyy: U256,
    yyy: U256,
}

impl RatioMoments {
    /// The moments of an empty sample.
    pub fn new() -> RatioMoments {
        RatioMoments::default()
    }

    /// Adds the pair of one trial.
    #[inline]
    pub fn record(&mut self, x: u64, y: u64) {
        self.count += 1;
        self.occupied += u64::from(x | y != 0);
        if x != 0 {
            self.x_max = self.x_max.max(x);
            self.x += u128::from(x);
            self.xx.add_u128(u128::from(x) * u128::from(x));
            self.xxx.add_limbs(product_of_three(x, x, x));
        }
        if y != 0 {
            self.events += 1;
            self.y += u128::from(y);
            self.yy.add_u128(u128::from(y) * u128::from(y));
            self.yyy.add_limbs(product_of_three(y, y, y));
            if x != 0 {
                self.xy.add_u128(u128::from(x) * u128::from(y));
                self.xxy.add_limbs(product_of_three(x, x, y));
                self.xyy.add_limbs(product_of_three(x, y, y));
            }
        }
    }

    /// Adds `trials` trials in which both values are zero.
    #[inline]
    pub fn record_zeros(&mut self, trials: u64) {
        self.count += trials;
    }

    /// Adds another sample. The order of merging changes nothing.
    pub fn merge(&mut self, other: &RatioMoments) {
        self.count += other.count;
        self.occupied += other.occupied;
        self.events += other.events;
        self.x_max = self.x_max.max(other.x_max);
        self.x += other.x;
        self.y += other.y;
        self.xx = self.xx.plus(other.xx);
        self.xy = self.xy.plus(other.xy);
        self.yy = self.yy.plus(other.yy);
        self.xxx = self.xxx.plus(other.xxx);
        self.xxy = self.xxy.plus(other.xxy);
        self.xyy = self.xyy.plus(other.xyy);
        self.yyy = self.yyy.plus(other.yyy);
    }

    /// The number of trials.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The number of trials whose second value is not zero.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The number of trials in which one of the values is not zero.
    pub fn occupied(&self) -> u64 {
        self.occupied
    }

    /// The exact sums of the first and of the second values.
    pub fn sums(&self) -> (u128, u128) {
        (self.x, self.y)
    }

    /// The sum of the first values over the sum of the second; NaN or infinite if the latter is 0.
    pub fn ratio(&self) -> f64 {
        self.x as f64 / self.y as f64
    }

    /// The share of the largest first value in their sum, 0 to 1.
    pub fn share_of_largest(&self) -> f64 {
        if self.x == 0 {
            0.0
        } else {
            self.x_max as f64 / self.x as f64
        }
    }

    /// The central moments, to be evaluated for any residual `x - theta y`.
    pub(super) fn central(&self) -> Central {
        let n = U256::from(self.count);
        let (x, y) = (U256::from(self.x), U256::from(self.y));
        let wide_n: U512 = n.widen();
        let (wide_x, wide_y): (U512, U512) = (x.widen(), y.widen());
        let (xx, xy, yy): (U512, U512, U512) = (self.xx.widen(), self.xy.widen(), self.yy.widen());
        let third = |sum: U256, mixed, a: U512, b: U512, c: U512| {
            third_central(wide_n, sum.widen(), mixed, a.times(b).times(c))
        };
        Central {
            count: self.count,
            mean_x: self.x as f64 / self.count as f64,
            mean_y: self.y as f64 / self.count as f64,
            xx: n.times(self.xx).minus(x.times(x)),
            xy: n.times(self.xy).minus(x.times(y)),
            yy: n.times(self.yy).minus(y.times(y)),
            xxx: third(self.xxx, [(wide_x, xx); 3], wide_x, wide_x, wide_x),
            xxy: third(
                self.xxy,
                [(wide_x, xy), (wide_x, xy), (wide_y, xx)],
                wide_x,
                wide_x,
                wide_y,
            ),
            xyy: third(
                self.xyy,
                [(wide_x, yy), (wide_y, xy), (wide_y, xy)],
                wide_x,
                wide_y,
                wide_y,
            ),
            yyy: third(self.yyy, [(wide_y, yy); 3], wide_y, wide_y, wide_y),
        }
    }
}

/// Central moments of pairs, those of second order times `n^2`, those of third order times `n^3`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Central {
    count: u64,
    mean_x: f64,
    mean_y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
    xxx: f64,
    xxy: f64,
    xyy: f64,
    yyy: f64,
}

impl Central {
    /// The mean of the second values.
    pub(super) fn mean_of_denominator(&self) -> f64 {
        self.mean_y
    }

    /// Whether the first value is `theta` times the second in every trial, as far as rounding tells.
    pub(super) fn is_proportional(&self, theta: f64) -> bool {
        self.second(theta) <= 1e-14 * (self.xx + theta * theta * self.yy)
    }

    /// The second central moment of the residual, times `n^2`. Rounding can take it below zero.
    fn second(&self, theta: f64) -> f64 {
        (self.xx - 2.0 * theta * self.xy + theta * theta * self.yy).max(0.0)
    }

    /// The mean, variance and skewness of the residual `x - theta y`.
    pub(super) fn at(&self, theta: f64) -> Summary {
        let square = theta * theta;
        let second = self.second(theta);
        let third =
            self.xxx - 3.0 * theta * self.xxy + 3.0 * square * self.xyy - square * theta * self.yyy;
        Summary {
            count: self.count,
            nonzero: self.count,
            mean: self.mean_x - theta * self.mean_y,
            variance: unbiased(second, self.count),
            skewness: skewness(second, third),
            share_of_largest: 0.0,
            least: f64::NEG_INFINITY,
            most: f64::INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// Values of all sizes, mostly zero.
    fn sample(seed: u64, size: usize) -> Vec<u64> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let value = |_| match random.random_range(0..10_u32) {
            0..6 => 0,
            _ => random.random::<u64>() >> random.random_range(0..64_u32),
        };
        (0..size).map(value).collect()
    }

    #[test]
    fn every_split_gives_the_same_moments() {
        for seed in 0..50 {
            let values = sample(seed, 300);
            let whole: Moments = values.iter().copied().collect();
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut parts = vec![Moments::new(); 7];
            let mut differences = vec![DifferenceMoments::new(); 7];
            let mut ratios = vec![RatioMoments::new(); 7];
            for pair in values.windows(2) {
                let part = random.random_range(0..7_usize);
                parts[part].record(pair[0]);
                differences[part].record(pair[0], pair[1]);
                ratios[part].record(pair[0], pair[1]);
            }
            parts[3].record(values[299]);
            let (mut forward, mut backward) = (Moments::new(), Moments::new());
            parts.iter().for_each(|part| forward.merge(part));
            parts.iter().rev().for_each(|part| backward.merge(part));
            assert_eq!(forward, whole);
            assert_eq!(backward, whole);

            let (mut forward, mut backward) = (RatioMoments::new(), RatioMoments::new());
            ratios.iter().for_each(|part| forward.merge(part));
            ratios.iter().rev().for_each(|part| backward.merge(part));
            assert_eq!(forward, backward);
            let (mut forward, mut backward) = (DifferenceMoments::new(), DifferenceMoments::new());
            differences.iter().for_each(|part| forward.merge(part));
            differences
                .iter()
                .rev()
                .for_each(|part| backward.merge(part));
            assert_eq!(forward, backward);
            assert_eq!(forward.count(), 299);
        }
    }

    #[test]
    fn moments_of_a_small_sample_are_those_done_by_hand() {
        let mut moments: Moments = [2, 4, 9].into_iter().collect();
        moments.record_zeros(1);
        assert_eq!(
            (moments.count(), moments.nonzero(), moments.sum()),
            (4, 3, 15)
        );
        assert_eq!((moments.min(), moments.max()), (0, 9));
        assert_eq!(moments.mean(), 3.75);
        // Deviations -1.75, 0.25, 5.25, -3.75: squares add up to 44.75, cubes to 86.625.
        assert!((moments.variance() - 44.75 / 3.0).abs() < 1e-14);
        assert!((moments.skewness() - 86.625 / 4.0 / (44.75_f64 / 4.0).powf(1.5)).abs() < 1e-15);
        assert!((moments.summary().share_of_largest - 0.6).abs() < 1e-15);
    }

    #[test]
    fn a_tiny_spread_on_a_huge_value_is_not_lost() {
        let base = u64::MAX - 10;
        let moments: Moments = [base, base + 1, base + 2, base + 5].into_iter().collect();
        assert_eq!(moments.variance(), 14.0 / 3.0);
        assert_eq!((moments.min(), moments.max()), (base, base + 5));
        assert!((moments.skewness() - 4.5 / 3.5_f64.powf(1.5)).abs() < 1e-15);
    }

    #[test]
    fn an_empty_sample_has_no_mean() {
        let moments = Moments::new();
        assert!(moments.mean().is_nan() && moments.variance().is_nan());
        assert_eq!((moments.min(), moments.max()), (0, 0));
    }

    #[test]
    fn differences_are_those_of_shifted_values() {
        let values = sample(5, 200);
        let pairs: Vec<(u64, u64)> = values.windows(2).map(|w| (w[0] >> 4, w[1] >> 4)).collect();
        let mut differences = DifferenceMoments::new();
        pairs
            .iter()
            .for_each(|&(first, second)| differences.record(first, second));
        // All differences are shifted above zero, which changes no central moment.
        let shift = 1 << 62;
        let shifted: Moments = pairs
            .iter()
            .map(|&(first, second)| shift + first - second)
            .collect();
        let (found, expected) = (differences.summary(), shifted.summary());
        assert_eq!(found.count, 199);
        assert!((found.variance / expected.variance - 1.0).abs() < 1e-15);
        assert!((found.skewness - expected.skewness).abs() < 1e-14);
        let sum: i128 = pairs
            .iter()
            .map(|&(first, second)| i128::from(first) - i128::from(second))
            .sum();
        assert_eq!(found.mean, sum as f64 / 199.0);
    }

    #[test]
    fn residuals_of_a_ratio_have_the_moments_of_whole_numbers() {
        let pairs: Vec<(u64, u64)> = sample(6, 200)
            .windows(2)
            .map(|w| (w[0] >> 8, w[1] >> 40))
            .collect();
        let mut ratio = RatioMoments::new();
        pairs.iter().for_each(|&(x, y)| ratio.record(x, y));
        for theta in [0_u64, 1, 1000, 1 << 30] {
            let mut residuals = DifferenceMoments::new();
            pairs
                .iter()
                .for_each(|&(x, y)| residuals.record(x, theta * y));
            let (found, expected) = (ratio.central().at(theta as f64), residuals.summary());
            assert!((found.variance / expected.variance - 1.0).abs() < 1e-12);
            assert!((found.skewness - expected.skewness).abs() < 1e-12);
        }
    }

    #[test]
    fn a_summary_can_hold_the_greatest_sums() {
        let mut moments = Moments::new();
        moments.record(u64::MAX);
        // Doubling sixty times gives 2^60 trials of the greatest value.
        for _ in 0..60 {
            let same = moments.clone();
            moments.merge(&same);
        }
        moments.record_zeros(1 << 60);
        let half = u64::MAX as f64 / 2.0;
        assert_eq!(moments.mean(), half);
        assert!((moments.variance() / (half * half) - 1.0).abs() < 1e-15);
        assert_eq!(moments.skewness(), 0.0);
    }
}
