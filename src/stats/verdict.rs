//! Whether a design meets a target, as far as the sample can tell.
//!
//! A verdict is a one-sided test: the near end of the interval must be on the right side. The
//! level of the test is that of the near end alone, so an interval of 90 % gives a verdict at 95 %
//! (see [`Level::with_both_ends`](super::Level::with_both_ends)), and one of 95 % at 97.5 %.

use std::fmt;

use super::interval::Interval;

/// A limit for a value, in the value's unit. The limit itself is within.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// The value must not be greater: downtime, recovery time.
    AtMost(f64),
    /// The value must not be less: availability, mean up time.
    AtLeast(f64),
}

/// The answer to "does it meet the target?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The whole interval is within the target.
    Met,
    /// The whole interval is outside the target.
    Missed,
    /// The interval straddles the limit, rests on too few events, or there is none.
    Undecided,
}

impl Target {
    /// Whether a value known by `interval` meets the target. Without an interval nothing is
    /// decided: an empty sample never passes.
    pub fn judge(self, interval: Option<&Interval>) -> Verdict {
        let Some(interval) = interval.filter(|interval| interval.is_reliable()) else {
            return Verdict::Undecided;
        };
        let (met, missed) = match self {
            Target::AtMost(limit) => (interval.high <= limit, interval.low > limit),
            Target::AtLeast(limit) => (interval.low >= limit, interval.high < limit),
        };
        if met {
            Verdict::Met
        } else if missed {
            Verdict::Missed
        } else {
            Verdict::Undecided
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Met => "met",
            Verdict::Missed => "missed",
            Verdict::Undecided => "undecided",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::interval::Level;
    use super::super::mean::mean_hall;
    use super::super::moments::Moments;
    use super::super::proportion::proportion_clopper_pearson;
    use super::*;

    #[test]
    fn a_verdict_reads_the_near_end() {
        let interval = proportion_clopper_pearson(50, 1_000, Level::USUAL).expect("an interval");
        let known = Some(&interval);
        for (target, verdict) in [
            (Target::AtMost(0.08), Verdict::Met),
            (Target::AtMost(interval.high), Verdict::Met),
            (Target::AtMost(0.05), Verdict::Undecided),
            (Target::AtMost(interval.low), Verdict::Undecided),
            (Target::AtMost(0.02), Verdict::Missed),
            (Target::AtLeast(0.02), Verdict::Met),
            (Target::AtLeast(0.05), Verdict::Undecided),
            (Target::AtLeast(0.08), Verdict::Missed),
            (Target::AtMost(f64::NAN), Verdict::Undecided),
        ] {
            assert_eq!(target.judge(known), verdict, "{target:?}");
        }
    }

    #[test]
    fn an_empty_sample_never_passes() {
        assert_eq!(Target::AtMost(1.0).judge(None), Verdict::Undecided);
        assert_eq!(Target::AtLeast(0.0).judge(None), Verdict::Undecided);
    }

    #[test]
    fn a_sample_without_events_passes_only_by_its_bound() {
        let mut moments = Moments::new();
        moments.record_zeros(1_000);
        let unlimited = mean_hall(&moments, Level::USUAL).expect("an interval");
        assert_eq!(
            Target::AtMost(100.0).judge(Some(&unlimited)),
            Verdict::Undecided
        );
        let limited = mean_hall(moments.summary_within(8766.0), Level::USUAL).expect("an interval");
        assert_eq!(Target::AtMost(100.0).judge(Some(&limited)), Verdict::Met);
        assert_eq!(
            Target::AtMost(10.0).judge(Some(&limited)),
            Verdict::Undecided
        );
    }

    #[test]
    fn a_few_events_decide_nothing_about_a_mean() {
        let mut moments: Moments = [60, 70, 80].into_iter().collect();
        moments.record_zeros(100_000);
        let interval = mean_hall(&moments, Level::USUAL).expect("an interval");
        assert_eq!(
            Target::AtMost(1.0).judge(Some(&interval)),
            Verdict::Undecided
        );
    }
}
