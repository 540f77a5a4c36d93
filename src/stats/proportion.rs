//! Intervals for proportions, rates and quantiles: exact, because they only count.
//!
//! A probability is never given as 0 or 1 without the bound that the number of trials allows.

use super::histogram::{Bin, Histogram};
use super::interval::{Interval, Level, Method, NoInterval, Support};
use crate::base::Probability;
use crate::math::special::{
    beta_quantile, beta_tails, beta_upper_quantile, gamma_quantile, gamma_upper_quantile,
    normal_quantile,
};

/// A proportion of `hits` in `trials`, exact: at least `level` whatever the truth (C. J. Clopper
/// and E. S. Pearson, 1934).
///
/// Each end alone is a one-sided bound at the level halfway from `level` to one.
///
/// # Errors
///
/// Fails without trials.
pub fn proportion_clopper_pearson(
    hits: u64,
    trials: u64,
    level: Level,
) -> Result<Interval, NoInterval> {
    let tail = level.tail();
    proportion(hits, trials, level, || {
        (hits_low(hits, trials, tail), hits_high(hits, trials, tail))
    })
}

/// The one-sided exact upper bound of a proportion: for "breaks its objective in at most ...".
///
/// # Errors
///
/// Fails without trials.
pub fn proportion_at_most(hits: u64, trials: u64, level: Level) -> Result<Interval, NoInterval> {
    let tail = 1.0 - level.get();
    proportion(hits, trials, level, || (0.0, hits_high(hits, trials, tail)))
}

/// The one-sided exact lower bound of a proportion: for "succeeds in at least ...".
///
/// # Errors
///
/// Fails without trials.
pub fn proportion_at_least(hits: u64, trials: u64, level: Level) -> Result<Interval, NoInterval> {
    let tail = 1.0 - level.get();
    proportion(hits, trials, level, || (hits_low(hits, trials, tail), 1.0))
}

fn proportion(
    hits: u64,
    trials: u64,
    level: Level,
    ends: impl FnOnce() -> (f64, f64),
) -> Result<Interval, NoInterval> {
    if trials == 0 {
        return Err(NoInterval::NoTrials);
    }
    assert!(hits <= trials, "a trial is a hit at most once");
    let (low, high) = ends();
    Ok(Interval {
        estimate: hits as f64 / trials as f64,
        low,
        high,
        level,
        method: if hits == 0 {
            Method::NoneSeen
        } else {
            Method::ClopperPearson
        },
        support: Support::of_events(hits),
    })
}

/// The smallest probability with which `hits` or more have probability `tail`.
fn hits_low(hits: u64, trials: u64, tail: f64) -> f64 {
    if hits == 0 {
        0.0
    } else {
        beta_quantile(hits as f64, (trials - hits + 1) as f64, tail)
    }
}

/// The largest probability with which `hits` or fewer have probability `tail`.
fn hits_high(hits: u64, trials: u64, tail: f64) -> f64 {
    if hits == 0 {
        never_in(trials, tail)
    } else if hits == trials {
        1.0
    } else {
        beta_upper_quantile((hits + 1) as f64, (trials - hits) as f64, tail)
    }
}

/// The probability of an event that stays away in `trials` trials with probability `tail`.
pub(crate) fn never_in(trials: u64, tail: f64) -> f64 {
    -libm::expm1(libm::log(tail) / trials as f64)
}

/// A proportion of `hits` in `trials` by the score test: right on average, but as low as 84 % of
/// cases for some truths at 95 % (E. B. Wilson, 1927). For verdicts see
/// [`proportion_clopper_pearson`].
///
/// # Errors
///
/// Fails without trials.
pub fn proportion_wilson(hits: u64, trials: u64, level: Level) -> Result<Interval, NoInterval> {
    let interval = proportion(hits, trials, level, || {
        let (k, n) = (hits as f64, trials as f64);
        let z = normal_quantile(1.0 - level.tail());
        let weight = n + z * z;
        let centre = (k + 0.5 * z * z) / weight;
        let half = z * (k * (n - k) / n + 0.25 * z * z).sqrt() / weight;
        let low = if hits == 0 {
            0.0
        } else {
            (centre - half).max(0.0)
        };
        (
            low,
            if hits == trials {
                1.0
            } else {
                (centre + half).min(1.0)
            },
        )
    })?;
    Ok(Interval {
        method: Method::Wilson,
        ..interval
    })
}

/// A rate of events per unit of `exposure`, exact for a Poisson process (F. Garwood, 1936).
///
/// # Errors
///
/// Fails unless the exposure is positive and finite.
pub fn rate_poisson(events: u64, exposure: f64, level: Level) -> Result<Interval, NoInterval> {
    if !(exposure > 0.0 && exposure.is_finite()) {
        return Err(NoInterval::NoExposure);
    }
    let (count, tail) = (events as f64, level.tail());
    let low = if events == 0 {
        0.0
    } else {
        gamma_quantile(count, tail)
    };
    let high = gamma_upper_quantile(count + 1.0, tail);
    Ok(Interval {
        estimate: count / exposure,
        low: low / exposure,
        high: high / exposure,
        level,
        method: if events == 0 {
            Method::NoneSeen
        } else {
            Method::Poisson
        },
        support: Support::of_events(events),
    })
}

/// The one-sided bound of the probability of what was not seen in `trials` trials:
/// `1 - (1 - level)^(1/n)`, near `3/n` at 95 %.
///
/// # Errors
///
/// Fails without trials.
pub fn none_seen_bound(trials: u64, level: Level) -> Result<Interval, NoInterval> {
    proportion_at_most(0, trials, level)
}

/// A quantile between two values of the sample, whatever its law: the truth lies between the values
/// of two ranks with the binomial probability of so many values below it (W. R. Thompson, 1936).
///
/// Whole ranks hold it more often than the level says, so an end is put between the values of two
/// neighbouring ranks, at the place where a density that changes little between them makes the
/// probability what it should be (Hettmansperger and Sheather, 1986; Nyblom, 1992). Next to an atom
/// at zero, such as no downtime at all, whole ranks are kept: there is no density.
///
/// The ends and the estimate are the outer edges of their bins, upwards for the estimate. The upper
/// end is infinite where its rank would lie beyond the sample: `trials * (1 - q)` below about 3.7
/// at 95 %. Of a law with atoms the interval holds the truth more often than its level says.
///
/// # Errors
///
/// Fails without trials and for a quantile of 0 or 1.
pub fn quantile(
    sample: &Histogram,
    quantile: Probability,
    level: Level,
) -> Result<Interval, NoInterval> {
    let (n, q, tail) = (sample.count(), quantile.get(), level.tail());
    if n == 0 {
        return Err(NoInterval::NoTrials);
    }
    if q <= 0.0 || q >= 1.0 {
        return Err(NoInterval::ExtremeQuantile);
    }
    let estimate = sample.quantile(quantile).ok_or(NoInterval::NoTrials)?;
    // The value of rank `r` is at most the truth if `r` or more values are. `low` is the last rank
    // of which that is nearly certain, `high` the first of which it is nearly excluded.
    let at_or_below = |r: u64| beta_tails(r as f64, (n - r + 1) as f64, q);
    let low = last_rank(n, |r| r == 0 || at_or_below(r).upper <= tail);
    let high = 1 + last_rank(n, |r| r == 0 || at_or_below(r).lower > tail);
    // How far from the value of one rank to that of the next an end lies, from how far its probability is
    // from that of the one to that of the other: by how fast values become rarer to either side.
    let way = |r: u64, part: f64| {
        let (below, above) = (r as f64 / q, (n - r) as f64 / (1.0 - q));
        part * above / (below * (1.0 - part) + part * above)
    };
    let between = |r: u64, part: f64, edge: fn(&Bin) -> u64| {
        let (one, other) = (sample.bin_of_rank(r)?, sample.bin_of_rank(r + 1)?);
        let (from, to) = (edge(&one) as f64, edge(&other) as f64);
        (one.upper > 0).then(|| from + way(r, part) * (to - from))
    };
    let low_end = sample.bin_of_rank(low).map_or(0.0, |bin| bin.lower as f64);
    let low_end = (low > 0 && low < n)
        .then(|| [low, low + 1].map(|r| at_or_below(r).upper))
        .and_then(|[at, next]| between(low, (tail - at) / (next - at), |bin| bin.lower))
        .unwrap_or(low_end);
    let high_end = sample
        .bin_of_rank(high)
        .map_or(f64::INFINITY, |bin| bin.upper as f64);
    let high_end = (high > 1 && high <= n)
        .then(|| [high - 1, high].map(|r| at_or_below(r).lower))
        .and_then(|[at, next]| between(high - 1, (at - tail) / (at - next), |bin| bin.upper))
        .unwrap_or(high_end);
    let above = sample.count_above(estimate.upper);
    Ok(Interval {
        estimate: estimate.upper as f64,
        low: low_end,
        high: high_end,
        level,
        method: Method::OrderStatistics,
        support: Support::of_events(above),
    })
}

/// The last rank from 0 to `n` for which `holds`, which it does up to there and not beyond.
fn last_rank(n: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = high - (high - low) / 2;
        if holds(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    use super::*;

    fn check(interval: Result<Interval, NoInterval>, low: f64, high: f64) {
        let interval = interval.expect("an interval");
        let close =
            |found: f64, known: f64| found == known || (found - known).abs() <= 1e-4 * known;
        assert!(
            close(interval.low, low) && close(interval.high, high),
            "{interval:?}"
        );
    }

    #[test]
    fn clopper_pearson_gives_the_published_limits() {
        let exact = |hits, trials| proportion_clopper_pearson(hits, trials, Level::USUAL);
        check(exact(0, 10), 0.0, 0.308_497);
        check(exact(10, 10), 0.691_503, 1.0);
        check(exact(5, 10), 0.187_086, 0.812_914);
        check(exact(1, 10), 0.002_528_6, 0.445_016);
        check(exact(4, 20), 0.057_334, 0.436_614);
    }

    #[test]
    fn extreme_sizes_keep_their_digits() {
        let exact = |hits, trials| proportion_clopper_pearson(hits, trials, Level::USUAL);
        // Next to Poisson limits: 0.0253178 and 5.571643 for one event, 3.688879 for none.
        check(exact(1, 1_000_000_000), 2.531_78e-11, 5.571_643e-9);
        check(exact(0, 1_000_000_000), 0.0, 3.688_879e-9);
        check(
            exact(500_000_000, 1_000_000_000),
            0.499_969_01,
            0.500_030_99,
        );
        let nearly_all = exact(999_999_999, 1_000_000_000)
            .expect("an interval")
            .one_minus();
        assert!((nearly_all.high - 5.571_643e-9).abs() < 1e-15);
    }

    /// The probability of covering, summed over all outcomes, is never below the level.
    #[test]
    fn clopper_pearson_never_covers_too_little() {
        let intervals: Vec<Interval> = (0..=50)
            .map(|hits| proportion_clopper_pearson(hits, 50, Level::USUAL).expect("an interval"))
            .collect();
        for step in 1..200 {
            let truth = f64::from(step) / 200.0;
            let mut probability = (1.0 - truth).powi(50);
            let mut covered = 0.0;
            for (hits, interval) in intervals.iter().enumerate() {
                if interval.contains(truth) {
                    covered += probability;
                }
                probability *= (50 - hits) as f64 / (hits + 1) as f64 * truth / (1.0 - truth);
            }
            assert!(covered >= 0.95 - 1e-12, "{truth}: {covered}");
        }
    }

    #[test]
    fn a_one_sided_bound_is_the_near_end_of_a_wider_interval() {
        let both = Level::USUAL.with_both_ends().expect("a level");
        let two = proportion_clopper_pearson(3, 100, both).expect("an interval");
        let most = proportion_at_most(3, 100, Level::USUAL).expect("an interval");
        let least = proportion_at_least(3, 100, Level::USUAL).expect("an interval");
        assert!((most.high - two.high).abs() < 1e-12 && most.low == 0.0);
        assert!((least.low - two.low).abs() < 1e-12 && least.high == 1.0);
        // The rule of three.
        let none = none_seen_bound(1_000, Level::USUAL).expect("an interval");
        assert!((none.high - 0.002_991_25).abs() < 1e-8, "{}", none.high);
        assert_eq!(none.method.to_string(), "bound: none seen");
    }

    #[test]
    fn wilson_gives_the_published_limits() {
        let score = |hits, trials| proportion_wilson(hits, trials, Level::USUAL);
        check(score(5, 10), 0.236_593, 0.763_407);
        check(score(0, 10), 0.0, 0.277_533);
        check(score(1, 20), 0.008_881, 0.236_131);
    }

    #[test]
    fn garwood_gives_the_published_limits() {
        let rate = |events| rate_poisson(events, 1.0, Level::USUAL);
        check(rate(0), 0.0, 3.688_879);
        check(rate(1), 0.025_318, 5.571_643);
        check(rate(5), 1.623_486, 11.668_332);
        check(rate(10), 4.795_389, 18.390_356);
        check(rate(100), 81.363_99, 121.626_79);
        check(
            rate_poisson(10, 4.0, Level::USUAL),
            4.795_389 / 4.0,
            18.390_356 / 4.0,
        );
        for bad in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            assert_eq!(
                rate_poisson(1, bad, Level::USUAL),
                Err(NoInterval::NoExposure)
            );
        }
    }

    #[test]
    fn nothing_seen_is_no_proportion() {
        for empty in [
            proportion_clopper_pearson(0, 0, Level::USUAL),
            proportion_wilson(0, 0, Level::USUAL),
            none_seen_bound(0, Level::USUAL),
        ] {
            assert_eq!(empty, Err(NoInterval::NoTrials));
        }
    }

    fn share(value: f64) -> Probability {
        Probability::new(value).expect("a share")
    }

    /// The places between the ranks were worked out apart, in fractions.
    #[test]
    fn the_ranks_of_a_quantile_are_binomial() {
        let mut hundred = Histogram::new();
        (1..=100).for_each(|value| hundred.record(value));
        // The usual table of ranks for the median of 100: 40 and 61.
        let median = quantile(&hundred, share(0.5), Level::USUAL);
        check(median, 40.763_200_6, 60.236_799_4);
        let far = quantile(&hundred, share(0.99), Level::USUAL);
        check(far, 97.271_731_7, f64::INFINITY);
        let near = quantile(&hundred, share(0.01), Level::USUAL);
        check(near, 0.0, 3.728_268_3);
        let estimates = [median, far, near].map(|interval| interval.map(|at| at.estimate));
        assert_eq!(estimates, [Ok(50.0), Ok(99.0), Ok(1.0)]);
    }

    #[test]
    fn an_upper_end_needs_enough_trials() {
        let mut histogram = Histogram::new();
        (0..367).for_each(|value| histogram.record(value));
        assert_eq!(
            quantile(&histogram, share(0.99), Level::USUAL)
                .expect("an interval")
                .high,
            f64::INFINITY
        );
        histogram.record(400);
        // Most of the way from the last but one.
        let enough = quantile(&histogram, share(0.99), Level::USUAL);
        check(enough, 359.757_891_7, 366.0 + 0.990_403_3 * 34.0);
        assert_eq!(
            quantile(&histogram, share(1.0), Level::USUAL),
            Err(NoInterval::ExtremeQuantile)
        );
        let empty = Histogram::new();
        assert_eq!(
            quantile(&empty, share(0.5), Level::USUAL),
            Err(NoInterval::NoTrials)
        );
    }

    #[test]
    fn ranks_of_a_huge_sample_are_found() {
        let mut histogram = Histogram::new();
        histogram.record_zeros(990_000_000);
        (1..=10).for_each(|value| histogram.record(value));
        let interval =
            quantile(&histogram, share(0.999_999_99), Level::USUAL).expect("an interval");
        // Of the order of ten values above: ranks 4.8 and 18.4 from the top.
        assert_eq!((interval.low, interval.estimate), (0.0, 1.0));
        assert!((6.0..7.0).contains(&interval.high), "{interval:?}");
    }

    /// Of 4,000 samples as many fall below 93.6 % or above 96.4 % once in ten thousand seeds. Whole ranks
    /// would hold up to 97.6 % for these sizes.
    #[test]
    fn quantiles_are_covered() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(4);
        let exponential = |at: f64| -1e12 * (-at).ln_1p();
        for (q, trials) in [(0.5, 50), (0.9, 50), (0.9, 200), (0.99, 1_000)] {
            let mut covered = 0;
            for _ in 0..4_000 {
                let mut histogram = Histogram::new();
                for _ in 0..trials {
                    histogram.record(exponential(random.random()) as u64);
                }
                let interval = quantile(&histogram, share(q), Level::USUAL).expect("an interval");
                covered += usize::from(interval.contains(exponential(q)));
            }
            let covered = covered as f64 / 4_000.0;
            assert!((0.936..=0.964).contains(&covered), "{q}: {covered}");
        }
    }
}
