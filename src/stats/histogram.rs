//! A histogram of whole numbers with bins of equal relative width.
//!
//! Bins are fixed once and for all, so samples merge exactly and in any order. Each power of two
//! has [`BINS_PER_OCTAVE`] bins, which are allocated when a value falls there; small values and
//! zero have bins of their own. A bin is at most 0.2 % wide, far below what a quantile is known to.
//! A share that decides a verdict is better counted trial by trial than read from a bin.

use crate::base::Probability;

/// The number of bins between one power of two and the next, itself a power of two.
pub const BINS_PER_OCTAVE: u64 = 1 << BITS;
const BITS: u32 = 9;

type Octave = [u64; BINS_PER_OCTAVE as usize];

/// A bin that is not empty, with both edges inclusive and within the range of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// The least value that it can hold.
    pub lower: u64,
    /// The greatest value that it can hold.
    pub upper: u64,
    /// How many values it holds.
    pub count: u64,
}

/// A histogram of whole numbers: nanoseconds, or counts.
#[derive(Clone, Debug)]
pub struct Histogram {
    zeros: u64,
    nonzero: u64,
    // Invariant: the extreme values above zero; `u64::MAX` and 0 while there are none.
    least_nonzero: u64,
    max: u64,
    // The first octave holds the values below BINS_PER_OCTAVE, one a bin.
    octaves: Vec<Option<Box<Octave>>>,
}

impl Histogram {
    /// A histogram without values.
    pub const fn new() -> Histogram {
        Histogram {
            zeros: 0,
            nonzero: 0,
            least_nonzero: u64::MAX,
            max: 0,
            octaves: Vec::new(),
        }
    }

    /// Adds the value of one trial or of one outage.
    #[inline]
    pub fn record(&mut self, value: u64) {
        if value == 0 {
            self.zeros += 1;
        } else {
            self.record_nonzero(value);
        }
    }

    fn record_nonzero(&mut self, value: u64) {
        self.nonzero += 1;
        self.least_nonzero = self.least_nonzero.min(value);
        self.max = self.max.max(value);
        let (octave, bin) = place(value);
        self.octave(octave)[bin] += 1;
    }

    /// Adds `count` zeros.
    #[inline]
    pub fn record_zeros(&mut self, count: u64) {
        self.zeros += count;
    }

    /// Adds another sample. The order of merging changes nothing.
    pub fn merge(&mut self, other: &Histogram) {
        self.zeros += other.zeros;
        self.nonzero += other.nonzero;
        self.least_nonzero = self.least_nonzero.min(other.least_nonzero);
        self.max = self.max.max(other.max);
        for (index, octave) in other.octaves.iter().enumerate() {
            if let Some(octave) = octave {
                for (sum, count) in self.octave(index).iter_mut().zip(octave.iter()) {
                    *sum += count;
                }
            }
        }
    }

    /// The number of values.
    pub fn count(&self) -> u64 {
        self.zeros + self.nonzero
    }

    /// The number of zeros.
    pub fn zeros(&self) -> u64 {
        self.zeros
    }

    /// The greatest value, exactly; zero without values.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The bins that hold a value, in ascending order; the first is that of zero.
    pub fn bins(&self) -> impl Iterator<Item = Bin> + '_ {
        let zero = Bin {
            lower: 0,
            upper: 0,
            count: self.zeros,
        };
        let others = self
            .octaves
            .iter()
            .enumerate()
            .flat_map(move |(index, octave)| {
                octave
                    .iter()
                    .flat_map(|bins| bins.iter().enumerate())
                    .map(move |(bin, &count)| {
                        let (lower, upper) = edges(index, bin);
                        let (lower, upper) = (lower.max(self.least_nonzero), upper.min(self.max));
                        Bin {
                            lower,
                            upper,
                            count,
                        }
                    })
            });
        std::iter::once(zero)
            .chain(others)
            .filter(|bin| bin.count > 0)
    }

    /// The bin of the value of `rank`, counted from 1 in ascending order. The value itself lies
    /// between the edges of the bin.
    pub fn bin_of_rank(&self, rank: u64) -> Option<Bin> {
        if rank == 0 {
            return None;
        }
        let mut below = 0;
        self.bins().find(|bin| {
            below += bin.count;
            rank <= below
        })
    }

    /// The bin of the `quantile` of the sample: of the first value with at least this share of all
    /// values at or below it. The upper edge never understates a downtime, the lower edge never
    /// overstates an up time.
    pub fn quantile(&self, quantile: Probability) -> Option<Bin> {
        let count = self.count();
        // A share such as 0.07 is a hair above itself once it is multiplied.
        let rank = (count as f64 * quantile.get() * (1.0 - 4.0 * f64::EPSILON)).ceil() as u64;
        self.bin_of_rank(rank.clamp(1, count.max(1)))
    }

    /// The number of values above `limit`, never too few: those that share the limit's bin count,
    /// unless the limit is the bin's upper edge.
    pub fn count_above(&self, limit: u64) -> u64 {
        self.bins()
            .filter(|bin| bin.upper > limit)
            .map(|bin| bin.count)
            .sum()
    }

    fn octave(&mut self, index: usize) -> &mut Octave {
        if self.octaves.len() <= index {
            self.octaves.resize(index + 1, None);
        }
        self.octaves[index].get_or_insert_with(|| Box::new([0; BINS_PER_OCTAVE as usize]))
    }
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram::new()
    }
}

/// Histograms are equal if they hold the same numbers of values in the same bins.
impl PartialEq for Histogram {
    fn eq(&self, other: &Histogram) -> bool {
        self.bins().eq(other.bins())
    }
}

/// The octave of `value` and its bin therein.
#[inline]
fn place(value: u64) -> (usize, usize) {
    if value < BINS_PER_OCTAVE {
        return (0, value as usize);
    }
    let shift = 63 - BITS - value.leading_zeros();
    let bin = (value >> shift) - BINS_PER_OCTAVE;
    (shift as usize + 1, bin as usize)
}

/// The least and greatest value of a bin.
fn edges(octave: usize, bin: usize) -> (u64, u64) {
    match octave.checked_sub(1) {
        None => (bin as u64, bin as u64),
        Some(shift) => {
            let lower = (BINS_PER_OCTAVE + bin as u64) << shift;
            (lower, lower + ((1 << shift) - 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn sample(seed: u64, size: usize) -> Vec<u64> {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        (0..size)
            .map(|_| random.random::<u64>() >> random.random_range(0..=64_u32).min(63))
            .collect()
    }

    fn histogram(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::new();
        values.iter().for_each(|&value| histogram.record(value));
        histogram
    }

    fn share(value: f64) -> Probability {
        Probability::new(value).expect("a share")
    }

    #[test]
    fn every_value_lies_in_a_narrow_bin() {
        for value in
            sample(1, 10_000)
                .into_iter()
                .chain([0, 1, 511, 512, 513, 1023, 1024, u64::MAX])
        {
            let (octave, bin) = place(value);
            let (lower, upper) = edges(octave, bin);
            assert!(lower <= value && value <= upper, "{value}");
            assert!(
                (upper - lower) as f64 <= lower as f64 / BINS_PER_OCTAVE as f64,
                "{value}"
            );
        }
    }

    #[test]
    fn bins_leave_no_gap() {
        let mut next = 0;
        for octave in 0..56 {
            for bin in 0..BINS_PER_OCTAVE as usize {
                let (lower, upper) = edges(octave, bin);
                assert_eq!(lower, next);
                next = upper.wrapping_add(1);
            }
        }
        assert_eq!(next, 0, "the last bin ends with the greatest number");
    }

    #[test]
    fn every_split_gives_the_same_histogram() {
        let values = sample(2, 2_000);
        let whole = histogram(&values);
        for size in [1, 7, 300] {
            let mut merged = Histogram::new();
            values
                .chunks(size)
                .rev()
                .for_each(|chunk| merged.merge(&histogram(chunk)));
            assert_eq!(merged, whole);
            assert_eq!((merged.count(), merged.max()), (2_000, whole.max()));
        }
    }

    #[test]
    fn a_rank_finds_the_bin_of_its_value() {
        let mut values = sample(3, 1_000);
        let histogram = histogram(&values);
        values.sort_unstable();
        for (index, &value) in values.iter().enumerate() {
            let bin = histogram.bin_of_rank(index as u64 + 1).expect("a bin");
            assert!(bin.lower <= value && value <= bin.upper);
            let above = values.iter().filter(|&&other| other > value).count() as u64;
            assert!(histogram.count_above(value) >= above);
            assert_eq!(
                histogram.count_above(bin.upper),
                values.iter().filter(|&&v| v > bin.upper).count() as u64
            );
        }
        assert_eq!(histogram.bin_of_rank(0), None);
        assert_eq!(histogram.bin_of_rank(1_001), None);
    }

    #[test]
    fn a_quantile_is_the_first_value_with_enough_at_or_below() {
        let mut ten = Histogram::new();
        ten.record_zeros(7);
        [30, 10, 20].into_iter().for_each(|value| ten.record(value));
        let found = [0.0, 0.5, 0.7, 0.71, 0.8, 0.9, 1.0]
            .map(|q| ten.quantile(share(q)).expect("a bin").upper);
        assert_eq!(found, [0, 0, 0, 10, 10, 20, 30]);
        assert_eq!(Histogram::new().quantile(share(0.5)), None);
        // 0.07 times 100 is a little more than 7 in binary.
        let hundred = histogram(&(1..=100).collect::<Vec<_>>());
        assert_eq!(hundred.quantile(share(0.07)).expect("a bin").upper, 7);
    }

    #[test]
    fn the_largest_bin_ends_at_the_largest_value() {
        let histogram = histogram(&[1_000_001, 3_000_000_019]);
        let bins: Vec<Bin> = histogram.bins().collect();
        assert_eq!(bins[0].lower, 1_000_001);
        assert_eq!(bins[1].upper, 3_000_000_019);
        assert_eq!(histogram.count_above(3_000_000_019), 0);
    }
}
