//! How something is distributed of which each trial holds values with weights.
//!
//! What counts is the *tail*: how much weight lies beyond each length. Of a trial that is a step
//! function of the length; the first three moments over trials of its height are known at every
//! length if the steps of its powers are added up bin by bin. So a tail has an interval everywhere,
//! and a quantile has the lengths at which that interval holds its share (R. S. Woodruff, "Confidence
//! intervals for medians and other position measures", 1952).
//!
//! A step may go down as well: a value is moved to a longer one by adding the one and taking back the
//! other. All sums are exact, so that any split of the trials merges to the same ones.

use std::collections::BTreeMap;

use super::interval::{FEW, Interval, Level, Method, NoInterval, Support};
use super::mean::mean_hall;
use super::moments::Summary;
use super::proportion::never_in;
use super::real::{ExactSum, RealMoments, ratio_of_sums, summary_of_sums};

/// The number of bins between one power of two and the next: a bin is at most 1.6 % wide.
const BINS_PER_OCTAVE: u64 = 1 << BITS;
const BITS: u32 = 6;
/// Stands for the end of a trial among bins.
const END: u16 = u16::MAX;
/// So many values wait to be added up at most.
const WAITING_MAX: usize = 4_096;
/// A height so much less than the one before is what rounding leaves of nothing.
const NOTHING: f64 = 1e-12;

/// The weighted values of one trial.
#[derive(Clone, Debug, Default)]
pub struct TrialValues {
    entries: Vec<(u16, f64)>,
}

impl TrialValues {
    /// Adds a value above zero with a weight that is not negative.
    pub fn add(&mut self, value: u64, weight: f64) {
        self.entries.push((bin_of(value), weight));
    }

    /// A value is not this one, which was counted with this weight, but a greater one. The former may be
    /// zero, which is not counted.
    pub fn raise(&mut self, from: u64, to: u64, weight: f64) {
        let (before, after) = (bin_of(from), bin_of(to));
        if to == 0 {
            return;
        }
        if from == 0 {
            self.entries.push((after, weight));
        } else if before < after {
            self.entries.push((after, weight));
            self.entries.push((before, -weight));
        }
    }

    /// Forgets all values.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

/// Moments over trials of what lies beyond each length.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TailMoments {
    steps: BTreeMap<u16, Step>,
    /// Of the weights of all values, and of their squares.
    weights: [ExactSum; 2],
    /// Values of trials, from the greatest to the least, that have not been added up yet. Each trial
    /// ends with the weight of all that it holds.
    waiting: Vec<(u16, f64)>,
}

/// What all trials together step up, and down, on the way from greater values to this bin.
#[derive(Clone, Debug, Default, PartialEq)]
struct Step {
    up: Powers,
    down: Powers,
    /// Trials that begin to hold something, less those that cease to.
    nonzero: i64,
}

/// Sums of heights, of their squares and cubes, and of heights times the weight of the trial.
#[derive(Clone, Debug, Default, PartialEq)]
struct Powers([ExactSum; 4]);

impl Powers {
    fn add(&mut self, step: [f64; 4], sign: f64) {
        for (sum, step) in self.0.iter_mut().zip(step) {
            if sign * step > 0.0 {
                sum.add(sign * step);
            }
        }
    }

    fn merge(&mut self, other: &Powers) {
        for (sum, other) in self.0.iter_mut().zip(&other.0) {
            sum.merge(other);
        }
    }
}

/// What lies at or beyond the lower edge of a bin.
#[derive(Clone, Copy, Debug)]
struct Tail {
    lower: u64,
    upper: u64,
    /// Sums over trials: height, square, cube, and height times the weight of the trial.
    sums: [f64; 4],
    nonzero: u64,
}

impl Tail {
    fn summary(&self, trials: u64) -> Summary {
        let [sum, squares, cubes, _] = self.sums;
        Summary {
            most: 1.0,
            ..summary_of_sums(trials, self.nonzero, [sum, squares, cubes])
        }
    }
}

/// The share of trials with more than a length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exceedance {
    /// The length.
    pub length: u64,
    /// The share of trials with more than that.
    pub share: Interval,
}

impl TailMoments {
    /// Adds a trial that holds these values, and so much weight in all.
    pub fn record(&mut self, values: &mut TrialValues, all: f64) {
        if values.entries.is_empty() {
            return;
        }
        values.entries.sort_by(|(a, _), (b, _)| b.cmp(a));
        self.waiting.extend_from_slice(&values.entries);
        self.waiting.push((END, all));
        if self.waiting.len() > WAITING_MAX {
            let waiting = std::mem::take(&mut self.waiting);
            self.add_up(&waiting);
        }
    }

    /// Adds the trials of another sample.
    pub fn merge(&mut self, other: &TailMoments) {
        let waiting = std::mem::take(&mut self.waiting);
        self.add_up(&waiting);
        for (&bin, step) in &other.steps {
            let mine = self.steps.entry(bin).or_default();
            mine.up.merge(&step.up);
            mine.down.merge(&step.down);
            mine.nonzero += step.nonzero;
        }
        for (sum, other) in self.weights.iter_mut().zip(&other.weights) {
            sum.merge(other);
        }
        self.add_up(&other.waiting);
    }

    /// As how many equal values they say so much.
    fn worth(&self) -> u64 {
        let [sum, squares] = [&self.weights[0], &self.weights[1]].map(ExactSum::value);
        (sum * sum / squares.max(f64::MIN_POSITIVE)) as u64
    }

    fn add_up(&mut self, waiting: &[(u16, f64)]) {
        for trial in waiting.split_inclusive(|&(bin, _)| bin == END) {
            let Some((&(_, all), values)) = trial.split_last() else {
                continue;
            };
            let mut height = 0.0;
            for same in values.chunk_by(|(a, _), (b, _)| a == b) {
                for &(_, weight) in same.iter().filter(|(_, weight)| *weight > 0.0) {
                    self.weights[0].add(weight);
                    self.weights[1].add(weight * weight);
                }
                let before = height;
                height += same.iter().map(|(_, weight)| weight).sum::<f64>();
                if height <= before * NOTHING {
                    height = 0.0;
                }
                let step = [
                    height - before,
                    height * height - before * before,
                    height * height * height - before * before * before,
                    (height - before) * all,
                ];
                let sum = self.steps.entry(same[0].0).or_default();
                sum.up.add(step, 1.0);
                sum.down.add(step, -1.0);
                sum.nonzero += i64::from(height > 0.0) - i64::from(before > 0.0);
            }
        }
    }

    /// The tails, from the greatest value down.
    fn tails(&self) -> Vec<Tail> {
        assert!(self.waiting.is_empty(), "what was merged has been added up");
        let (mut up, mut down, mut nonzero) = (Powers::default(), Powers::default(), 0);
        let steps = self.steps.iter().rev();
        let tails = steps.map(|(&bin, step)| {
            up.merge(&step.up);
            down.merge(&step.down);
            nonzero += step.nonzero;
            let (lower, upper) = edges(bin);
            let mut sums = [0.0; 4];
            for (sum, (up, down)) in sums.iter_mut().zip(up.0.iter().zip(&down.0)) {
                *sum = (up.value() - down.value()).max(0.0);
            }
            Tail {
                lower,
                upper,
                sums,
                nonzero: nonzero.max(0) as u64,
            }
        });
        tails.collect()
    }

    /// The quantile of a trial, of which there were so many, if what a trial holds adds up to the
    /// probability that it is something above zero.
    ///
    /// # Errors
    ///
    /// Fails as [`mean_hall`] does.
    pub fn quantile(&self, trials: u64, order: f64, level: Level) -> Result<Interval, NoInterval> {
        let tails = self.tails();
        let share = |tail: &Tail| mean_hall(tail.summary(trials), level);
        invert(&tails, self.worth(), order, level, share)
    }

    /// The quantile of one of all that there is, where the weight of that is known by trial.
    ///
    /// # Errors
    ///
    /// Fails if there is nothing, and with fewer than two trials.
    pub fn quantile_of_each(
        &self,
        all: &RealMoments,
        order: f64,
        level: Level,
    ) -> Result<Interval, NoInterval> {
        if all.nonzero() == 0 {
            return Err(NoInterval::NoneToAverage);
        }
        let tails = self.tails();
        let share = |tail: &Tail| {
            let [sum, squares, _, products] = tail.sums;
            let mut share = ratio_of_sums([sum, squares, products], all, 0.0, level)?;
            share.high = share.high.min(1.0);
            share.support.events = tail.nonzero;
            Ok(share)
        };
        invert(&tails, self.worth(), order, level, share)
    }

    /// The share of trials with more than some lengths, from the least that occurs to the greatest, at
    /// most so many of them.
    pub fn exceedance(&self, trials: u64, level: Level, count_max: usize) -> Vec<Exceedance> {
        let tails = self.tails();
        let step = tails.len().div_ceil(count_max.max(1)).max(1);
        let chosen = tails.iter().rev().step_by(step);
        let points = chosen.filter_map(|tail| {
            let share = mean_hall(tail.summary(trials), level).ok()?;
            let length = tail.lower.saturating_sub(1);
            Some(Exceedance { length, share })
        });
        points.collect()
    }
}

/// The length that is exceeded with a probability of one less the order, where `share` tells how
/// probable it is to be at or beyond the lower edge of a bin.
fn invert(
    tails: &[Tail],
    worth: u64,
    order: f64,
    level: Level,
    share: impl Fn(&Tail) -> Result<Interval, NoInterval>,
) -> Result<Interval, NoInterval> {
    if order <= 0.0 || order >= 1.0 {
        return Err(NoInterval::ExtremeQuantile);
    }
    let limit = 1.0 - order;
    let (mut estimate, mut low, mut high) = (None, None, None);
    // A tail grows towards lesser values; what is estimated of it may not.
    let mut support = None;
    for tail in tails {
        let share = share(tail)?;
        if estimate.is_none() && share.estimate > limit {
            estimate = Some(tail.upper as f64);
            support = Some(tail.nonzero);
        }
        if low.is_none() && share.low > limit {
            low = Some(tail.lower as f64);
        }
        if high.is_none() && share.high > limit {
            high = Some(tail.upper as f64);
        }
        if low.is_some() && estimate.is_some() && high.is_some() {
            break;
        }
    }
    // One beyond all that were seen has the bound of what was not seen among as many as these are worth.
    if let Some(least) = tails.last() {
        let unseen = share(least)?.high * never_in(worth.max(1), level.tail());
        if unseen > limit {
            high = Some(f64::INFINITY);
        }
    }
    Ok(Interval {
        estimate: estimate.unwrap_or(0.0),
        low: low.unwrap_or(0.0),
        high: high.unwrap_or(0.0),
        level,
        method: Method::InvertedTail,
        support: Support {
            // Whoever says "none" rests on all trials.
            events: support.unwrap_or(FEW),
            share_of_largest: 0.0,
            events_wanted: FEW,
        },
    })
}

/// The bin of a value.
fn bin_of(value: u64) -> u16 {
    if value < BINS_PER_OCTAVE {
        return value as u16;
    }
    let shift = 63 - BITS - value.leading_zeros();
    let bin = (value >> shift) - BINS_PER_OCTAVE;
    ((shift as u64 + 1) * BINS_PER_OCTAVE + bin) as u16
}

/// The least and the greatest value of a bin.
fn edges(bin: u16) -> (u64, u64) {
    let (octave, bin) = (
        u64::from(bin) / BINS_PER_OCTAVE,
        u64::from(bin) % BINS_PER_OCTAVE,
    );
    if octave == 0 {
        return (bin, bin);
    }
    let shift = octave - 1;
    let lower = (BINS_PER_OCTAVE + bin) << shift;
    (lower, lower + ((1 << shift) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{
        Streams,
        rng::{exp1, uniform_open},
    };

    #[test]
    fn bins_meet_without_gaps() {
        for bin in 0..3_000 {
            let (lower, upper) = edges(bin);
            assert_eq!((bin_of(lower), bin_of(upper)), (bin, bin));
            assert_eq!(edges(bin + 1).0, upper + 1);
        }
        assert!(bin_of(u64::MAX) < END);
    }

    /// One trial in a thousand holds an exponential value, and one in a million two of them; every value
    /// is told by a weight, and the second by raising the first.
    fn weighted(trials: u64, seed: u64) -> (TailMoments, RealMoments) {
        let mut rng = Streams::new(seed).stream(0, 0);
        let (mut tail, mut all) = (TailMoments::default(), RealMoments::default());
        let mut values = TrialValues::default();
        for _ in 0..trials {
            values.clear();
            let mut sum = 0.0;
            for _ in 0..4 {
                let weight = 0.5e-3 * uniform_open(&mut rng);
                sum += weight;
                let first = 1e9 * exp1(&mut rng);
                values.raise(0, first as u64, weight);
                let second = 1e9 * exp1(&mut rng);
                values.raise(first as u64, (first + second) as u64, weight * 1e-3);
            }
            tail.record(&mut values, sum);
            all.record(sum);
        }
        let mut merged = TailMoments::default();
        merged.merge(&tail);
        (merged, all)
    }

    #[test]
    fn quantiles_hold_the_truth() {
        let (mut missed, runs) = (0, 200);
        for seed in 0..runs {
            let (tail, all) = weighted(300, seed);
            for order in [0.9995, 0.9999, 0.99999] {
                // A mean of four weights, uniform up to half a thousandth.
                let truth = -1e9 * libm::log((1.0 - order) / 1e-3);
                let quantile = tail.quantile(300, order, Level::USUAL).unwrap();
                let excess = quantile.estimate / truth;
                assert!((0.5..2.0).contains(&excess), "{order}: {quantile:?}");
                missed += u32::from(!quantile.contains(truth));
            }
            let median = tail.quantile_of_each(&all, 0.5, Level::USUAL).unwrap();
            missed += u32::from(!median.contains(1e9 * std::f64::consts::LN_2));
        }
        // Of 800 intervals 40 miss on average, and more than 65 by chance once in ten thousand times.
        assert!(missed <= 65, "{missed} of 800");
        let (tail, _) = weighted(300, 1);
        let none = tail.quantile(300, 0.99, Level::USUAL).unwrap();
        assert_eq!((none.low, none.estimate, none.high), (0.0, 0.0, 0.0));
        assert!(none.is_reliable());
        // A value beyond all that were seen.
        let far = tail.quantile(300, 1.0 - 1e-9, Level::USUAL).unwrap();
        assert_eq!(far.high, f64::INFINITY);
    }

    #[test]
    fn a_raised_value_is_no_longer_where_it_was() {
        let mut values = TrialValues::default();
        values.raise(0, 100, 0.5);
        values.raise(100, 1_000, 0.5);
        values.raise(0, 10, 0.25);
        let mut tail = TailMoments::default();
        tail.record(&mut values, 0.75);
        let mut merged = TailMoments::default();
        merged.merge(&tail);
        let heights = merged.tails();
        let heights: Vec<(u64, f64, u64)> = heights
            .iter()
            .map(|tail| (tail.lower, tail.sums[0], tail.nonzero))
            .collect();
        assert_eq!(heights, [(1_000, 0.5, 1), (100, 0.5, 1), (10, 0.75, 1)]);
    }

    #[test]
    fn the_split_does_not_matter() {
        let (one, _) = weighted(100, 7);
        let mut rng = Streams::new(3).stream(0, 0);
        let mut parts = vec![TailMoments::default(); 3];
        let mut whole = TailMoments::default();
        let mut values = TrialValues::default();
        for trial in 0..90 {
            values.clear();
            for _ in 0..100 {
                let value = (1e6 * exp1(&mut rng)) as u64;
                values.raise(value / 3, value, uniform_open(&mut rng));
            }
            parts[trial % 3].record(&mut values.clone(), 1.0);
            whole.record(&mut values, 1.0);
        }
        let mut merged = TailMoments::default();
        parts.iter().rev().for_each(|part| merged.merge(part));
        let mut all = TailMoments::default();
        all.merge(&whole);
        assert_eq!(all, merged);
        assert_ne!(all, one);
    }
}
