//! What an interval is: an estimate, the values that the data leave possible, and what both rest on.
//!
//! An interval names its method and knows its level and its number of events, so that no number is
//! printed as surer than it is. Its values carry the unit of the sample it was made from.

use std::fmt;

/// A mean that rests on fewer events than this is not reliable.
///
/// Measured at 95 % on 4,000 samples of compound Poisson downtime with lognormal outages, leaving
/// out samples without any: with 3, 10, 30 and 100 outages expected, Hall's interval covers the
/// truth in 92, 96, 94 and 94 % of samples when outages vary moderately (sigma 1), and in 82, 92, 93
/// and 92 % when they vary much (sigma 1.5). No number of small outages tells of a large one that
/// has not struck yet.
pub const FEW: u64 = 10;

/// The largest skewness of a sum of durations at which the interval of its mean keeps its word: a
/// sum of fewer events is more skewed. With this value, exponential durations want 22 events,
/// lognormal ones 100 with sigma 1 and 4,200 with sigma 1.5.
const SKEWNESS_MAX: f64 = 0.45;

/// How much wider the interval of a mean of durations becomes with the square of the skewness of
/// their sum, as far as that is beyond the one of as many exponential durations.
///
/// Hall's transformation removes what the first power does to coverage. What is left is of this
/// order: without it, 94.3 % of 95 % intervals hold the truth with 100 and with 250 lognormal outages
/// at sigma 1, and 94.7 % with 500 of them, but 95.2 and 94.7 % with 40 and 200 exponential ones
/// (20,000 runs each). A per cent of width is worth 0.23 per cent of coverage.
const WIDENING: f64 = 0.2;

/// The square of [`tail_weight`](crate::math::Law::tail_weight) of an exponential law.
const EXPONENTIAL: f64 = 4.5;

/// A ratio, such as the mean length of an outage, that rests on fewer events than this is not
/// reliable.
///
/// Measured likewise: 85, 90 and 93 % with 10, 30 and 100 outages at sigma 1; 74, 83 and 90 % at
/// sigma 1.5.
pub const FEW_FOR_RATIO: u64 = 30;

/// How often intervals made this way hold the truth: a number between 0 and 1, both excluded.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Level {
    // Invariant: `0.0 < value < 1.0`, so never NaN.
    value: f64,
}

/// A number that is no confidence level.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("a confidence level must lie between 0 and 1, both excluded, not {0}")]
pub struct InvalidLevel(
    /// The number.
    pub f64,
);

impl Level {
    /// The level of every report unless the user says otherwise: 95 %.
    pub const USUAL: Level = Level { value: 0.95 };

    /// The level `value`, as a ratio.
    ///
    /// # Errors
    ///
    /// Fails outside 0 to 1, on 0, on 1 and on NaN.
    pub fn new(value: f64) -> Result<Level, InvalidLevel> {
        if value > 0.0 && value < 1.0 {
            Ok(Level { value })
        } else {
            Err(InvalidLevel(value))
        }
    }

    /// The level as a ratio.
    pub fn get(self) -> f64 {
        self.value
    }

    /// The level of the two-sided interval each end of which is a one-sided bound at this level:
    /// 90 % for 95 %. A verdict at this level reads the near end of such an interval.
    ///
    /// # Errors
    ///
    /// Fails at 50 % or below, where a one-sided bound says nothing.
    pub fn with_both_ends(self) -> Result<Level, InvalidLevel> {
        Level::new(2.0 * self.value - 1.0)
    }

    /// The probability of missing the truth on one side, for two-sided intervals.
    pub fn tail(self) -> f64 {
        0.5 * (1.0 - self.value)
    }
}

impl Default for Level {
    fn default() -> Level {
        Level::USUAL
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::base::human::percent(self.value))
    }
}

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// The mean, with the skewness of the sample taken out (P. Hall, 1992).
    HallT,
    /// The mean, as if the sample were normal.
    StudentT,
    /// A proportion, never below its level (Clopper and Pearson, 1934).
    ClopperPearson,
    /// A proportion, right on average (Wilson, 1927).
    Wilson,
    /// A rate of events (Garwood, 1936).
    Poisson,
    /// A quantile between two values of the sample.
    OrderStatistics,
    /// A ratio of two means, from the residuals of a supposed ratio (Fieller, 1954), with their
    /// skewness taken out (Hall, 1992).
    FiellerHall,
    /// A ratio of two means, linearised.
    Delta,
    /// A quantile, from the interval of the tail beyond it (Woodruff, 1952).
    InvertedTail,
    /// The difference of two estimates, from their intervals (Zou and Donner, 2008).
    Independent,
    /// A limit to what was never seen.
    NoneSeen,
    /// A limit to what differs, where all trials gave the same value.
    AllAlike,
    /// The value itself: nothing in the system is random.
    Certain,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::HallT => "Hall's transformed t",
            Method::StudentT => "Student's t",
            Method::ClopperPearson => "Clopper-Pearson",
            Method::Wilson => "Wilson",
            Method::Poisson => "Poisson",
            Method::OrderStatistics => "order statistics",
            Method::FiellerHall => "Fieller with Hall's transformed t",
            Method::Delta => "delta method",
            Method::InvertedTail => "inverted tail",
            Method::Independent => "difference of two intervals",
            Method::NoneSeen => "bound: none seen",
            Method::AllAlike => "bound: all trials alike",
            Method::Certain => "nothing is random",
        })
    }
}

/// What an estimate rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Support {
    /// The number of trials with an event: with downtime, with an outage, above the limit.
    pub events: u64,
    /// The share of the single largest trial in the estimate, 0 to 1.
    pub share_of_largest: f64,
    /// The number of events that a mean wants so that its interval keeps its word.
    pub events_wanted: u64,
}

impl Support {
    /// The support of a count in which every event weighs the same.
    pub(super) fn of_events(events: u64) -> Support {
        let share_of_largest = if events == 0 {
            0.0
        } else {
            1.0 / events as f64
        };
        Support {
            events,
            share_of_largest,
            events_wanted: FEW,
        }
    }
}

/// An estimate and the values that the data leave possible.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The best single value.
    pub estimate: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end; infinite where the data set no limit.
    pub high: f64,
    /// How often intervals made this way hold the truth, at least nominally.
    pub level: Level,
    /// How the interval was made.
    pub method: Method,
    /// What the estimate rests on.
    pub support: Support,
}

impl Interval {
    /// The distance from the estimate to the farther end.
    pub fn half_width(&self) -> f64 {
        (self.high - self.estimate).max(self.estimate - self.low)
    }

    /// The half-width over the estimate; infinite for an estimate of zero.
    pub fn relative_half_width(&self) -> f64 {
        if self.estimate == 0.0 {
            return f64::INFINITY;
        }
        self.half_width() / self.estimate.abs()
    }

    /// The same value of a system in which nothing is random: it cannot be another one.
    #[must_use]
    pub fn of_certainty(self) -> Interval {
        Interval {
            low: self.estimate,
            high: self.estimate,
            method: match self.method {
                Method::NoneSeen => Method::NoneSeen,
                Method::HallT
                | Method::StudentT
                | Method::ClopperPearson
                | Method::Wilson
                | Method::Poisson
                | Method::OrderStatistics
                | Method::FiellerHall
                | Method::Delta
                | Method::InvertedTail
                | Method::Independent
                | Method::AllAlike
                | Method::Certain => Method::Certain,
            },
            ..self
        }
    }

    /// Whether `value` is one of those that the data leave possible.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether the interval can be taken at its word: its method is exact however few the events,
    /// or there are enough of them.
    pub fn is_reliable(&self) -> bool {
        match self.method {
            Method::ClopperPearson
            | Method::Poisson
            | Method::OrderStatistics
            | Method::NoneSeen
            | Method::Certain => true,
            Method::HallT
            | Method::StudentT
            | Method::Wilson
            | Method::InvertedTail
            | Method::Independent
            | Method::AllAlike
            | Method::FiellerHall
            | Method::Delta => self.support.events >= self.events_wanted(),
        }
    }

    /// The number of events that it wants so that it keeps its word, if its method needs any number.
    pub fn events_wanted(&self) -> u64 {
        match self.method {
            Method::FiellerHall | Method::Delta => self.support.events_wanted.max(FEW_FOR_RATIO),
            Method::HallT
            | Method::StudentT
            | Method::ClopperPearson
            | Method::Wilson
            | Method::Poisson
            | Method::OrderStatistics
            | Method::InvertedTail
            | Method::Independent
            | Method::NoneSeen
            | Method::AllAlike
            | Method::Certain => self.support.events_wanted,
        }
    }

    /// The same interval of a mean that is made of durations with this tail weight, of which there
    /// were so many: the heavier the tail, the more of them it wants. A trial may hold several, so
    /// there are as many as events at least.
    #[must_use]
    pub fn of_durations(mut self, tail_weight: f64, durations: u64) -> Interval {
        let events = self.support.events.max(1) as f64;
        let skewness = tail_weight / (durations as f64).max(events).sqrt();
        let root = skewness / SKEWNESS_MAX;
        // As many events as hold so many durations. The cast saturates: an infinite third moment
        // wants more than there can be.
        let wanted = (root * root * events).ceil() as u64;
        self.support.events_wanted = self.support.events_wanted.max(wanted);
        if self.method == Method::HallT {
            let skewness = skewness.min(SKEWNESS_MAX);
            let beyond = (1.0 - EXPONENTIAL / (tail_weight * tail_weight)).max(0.0);
            let wider = 1.0 + WIDENING * skewness * skewness * beyond;
            self.low = (self.estimate - wider * (self.estimate - self.low)).max(0.0);
            self.high = self.estimate + wider * (self.high - self.estimate);
        }
        self
    }

    /// The interval in another unit: all three values times `factor`, which is positive.
    pub fn scaled(self, factor: f64) -> Interval {
        assert!(
            factor > 0.0 && factor.is_finite(),
            "a change of unit keeps the order of values"
        );
        Interval {
            estimate: self.estimate * factor,
            low: self.low * factor,
            high: self.high * factor,
            ..self
        }
    }

    /// The interval of one less the value: availability from unavailability.
    pub fn one_minus(self) -> Interval {
        Interval {
            estimate: 1.0 - self.estimate,
            low: 1.0 - self.high,
            high: 1.0 - self.low,
            ..self
        }
    }
}

/// Why there is no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoInterval {
    /// Nothing was simulated.
    #[error("no trial was run")]
    NoTrials,
    /// One value does not show how much values vary.
    #[error("a single trial does not show how much trials differ")]
    OneTrial,
    /// A ratio needs something in the denominator.
    #[error("none was seen that could be averaged over")]
    NoneToAverage,
    /// What would be measured cannot happen.
    #[error("there can be none")]
    CannotHappen,
    /// Nothing was watched for any length of time.
    #[error("nothing was observed")]
    NoExposure,
    /// The smallest and largest possible values are no quantiles of a sample.
    #[error("a quantile must lie between 0 and 1, both excluded")]
    ExtremeQuantile,
    /// The sample cannot say how large a sample is needed.
    #[error("too few events were seen")]
    TooFewEvents,
    /// Weighted trials did not pass the tests of their method.
    #[error("not established: a check of the rare-event method failed")]
    NotEstablished,
    /// An exact answer that is known differs by more than chance can explain.
    #[error("not established: the exact answer contradicts it")]
    Contradicted,
    /// Weighted trials do not carry this figure.
    #[error("weighted trials do not tell this figure")]
    NotByRareTrials,
    /// Weighted trials seek the first outage of a mission, which tells little where many follow.
    #[error("outages are too frequent for weighted trials to tell this: plain ones do")]
    TooFrequent,
    /// A sum overflowed or a weight was not a number.
    #[error("the sample holds a value that is not a finite number")]
    NotFinite,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(low: f64, estimate: f64, high: f64) -> Interval {
        Interval {
            estimate,
            low,
            high,
            level: Level::USUAL,
            method: Method::HallT,
            support: Support::of_events(FEW),
        }
    }

    #[test]
    fn certainty_is_no_level() {
        for bad in [0.0, 1.0, -0.5, 95.0, f64::NAN] {
            assert!(Level::new(bad).is_err(), "{bad}");
        }
        assert_eq!(Level::USUAL.to_string(), "95 %");
        assert!((Level::USUAL.with_both_ends().expect("a level").get() - 0.9).abs() < 1e-15);
        assert!(Level::new(0.5).expect("a level").with_both_ends().is_err());
    }

    #[test]
    fn availability_is_one_less_unavailability() {
        let unavailability = interval(0.125, 0.25, 0.5);
        let availability = unavailability.one_minus();
        assert_eq!(
            (availability.low, availability.estimate, availability.high),
            (0.5, 0.75, 0.875)
        );
        assert_eq!(availability.one_minus(), unavailability);
    }

    #[test]
    fn another_unit_scales_both_ends() {
        let seconds = interval(1e9, 2e9, f64::INFINITY).scaled(1e-9);
        assert_eq!(
            (seconds.low, seconds.estimate, seconds.high),
            (1.0, 2.0, f64::INFINITY)
        );
        assert_eq!(seconds.relative_half_width(), f64::INFINITY);
    }

    #[test]
    fn the_half_width_is_that_of_the_farther_end() {
        assert_eq!(interval(3.0, 4.0, 6.0).half_width(), 2.0);
        assert_eq!(interval(-6.0, -4.0, -3.0).relative_half_width(), 0.5);
        assert_eq!(interval(0.0, 0.0, 1.0).relative_half_width(), f64::INFINITY);
        assert!(interval(1.0, 2.0, 3.0).contains(3.0) && !interval(1.0, 2.0, 3.0).contains(3.1));
    }

    #[test]
    fn few_events_are_not_reliable_unless_the_method_is_exact() {
        let few = Interval {
            support: Support::of_events(FEW - 1),
            ..interval(1.0, 2.0, 3.0)
        };
        assert!(interval(1.0, 2.0, 3.0).is_reliable() && !few.is_reliable());
        // Heavy tails want more events.
        let of_tail = |weight: f64| interval(1.0, 2.0, 3.0).of_durations(weight, 0);
        assert!(of_tail(1.0).is_reliable() && !of_tail(4.5).is_reliable());
        // A few trials may hold enough of them.
        assert!(interval(1.0, 2.0, 3.0).of_durations(4.5, 200).is_reliable());
        assert!(!of_tail(f64::INFINITY).is_reliable());
        assert!(
            Interval {
                method: Method::ClopperPearson,
                ..few
            }
            .is_reliable()
        );
        assert!(
            !Interval {
                method: Method::FiellerHall,
                ..interval(1.0, 2.0, 3.0)
            }
            .is_reliable()
        );
    }
}
