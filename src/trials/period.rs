//! Years and months of a mission, and whether one of them breaks a target.

use std::ops::Range;

use crate::base::{Span, units::SECONDS_PER_YEAR};
use crate::model::{Comparison, Metric, Target};

/// Nanoseconds of a year and of a month, a twelfth of it.
pub(crate) const YEAR: u64 = (SECONDS_PER_YEAR * 1e9) as u64;
pub(crate) const MONTH: u64 = YEAR / 12;

/// A target as something that a single year or month can break.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// Downtime as a share of the period.
    DownShare(f64),
    /// Number of outages per year.
    OutagesPerYear(f64),
    /// Length of an outage in nanoseconds.
    Outage(u64),
    /// Data lost in a takeover, in nanoseconds of writes.
    DataLoss(u64),
    /// Data lost per year, in nanoseconds of writes.
    DataLostPerYear(f64),
}

impl Limit {
    /// The limit of a target, if it is one that a single period can break.
    pub(crate) fn of(target: &Target) -> Option<Limit> {
        let is_upper = target.comparison == Comparison::AtMost;
        let limit = target.limit;
        let nanos = || Span::from_secs(limit).map_or(u64::MAX, Span::as_nanos);
        match target.metric {
            Metric::Availability if !is_upper => Some(Limit::DownShare(1.0 - limit)),
            Metric::Downtime(_) if is_upper => Some(Limit::DownShare(limit / SECONDS_PER_YEAR)),
            Metric::Outages(_) if is_upper => Some(Limit::OutagesPerYear(limit)),
            Metric::LongestOutage(_) | Metric::OutageDuration(_) if is_upper => {
                Some(Limit::Outage(nanos()))
            }
            Metric::DataLoss(_) if is_upper => Some(Limit::DataLoss(nanos())),
            Metric::DataLost(_) if is_upper => Some(Limit::DataLostPerYear(limit * 1e9)),
            Metric::NeverDown => Some(Limit::OutagesPerYear(0.0)),
            Metric::Cost(_)
            | Metric::DataLoss(_)
            | Metric::DataLost(_)
            | Metric::Availability
            | Metric::ServedRequests
            | Metric::TimeBelowDemand
            | Metric::Downtime(_)
            | Metric::Outages(_)
            | Metric::LongestOutage(_)
            | Metric::OutageDuration(_) => None,
        }
    }
}

impl Limit {
    /// Whether a single takeover that loses so much breaks it.
    pub(crate) fn is_broken_by_loss(self, lost: u64) -> bool {
        matches!(self, Limit::DataLoss(limit) if lost > limit)
    }
}

/// Downtime, outages and longest outage in each of some periods of a trial.
#[derive(Debug, Default)]
pub(crate) struct Periods {
    length: u64,
    /// The number of the first of them; that of the mission is 0.
    first: u64,
    periods: Vec<Period>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Period {
    down: u64,
    outages: u64,
    longest: u64,
    data_lost: u64,
    data_loss_max: u64,
}

impl Periods {
    /// Begins anew with the periods of this length that have these numbers.
    pub(crate) fn reset(&mut self, length: u64, numbers: Range<u64>) {
        self.length = length;
        self.first = numbers.start;
        self.periods.clear();
        let count = numbers.end.saturating_sub(numbers.start);
        self.periods.resize(count as usize, Period::default());
    }

    /// Downtime of each period.
    pub(crate) fn down_times(&self) -> impl Iterator<Item = u64> {
        self.periods.iter().map(|period| period.down)
    }

    fn at(&mut self, time: u64) -> Option<&mut Period> {
        let number = (time / self.length).checked_sub(self.first)?;
        self.periods.get_mut(number as usize)
    }

    /// Adds an outage.
    pub(crate) fn add(&mut self, start: u64, end: u64) {
        if let Some(first) = self.at(start) {
            first.outages += 1;
            first.longest = first.longest.max(end - start);
        }
        let before = self.first * self.length;
        let (start, end) = (start.max(before) - before, end.max(before) - before);
        split(
            start,
            end,
            self.length,
            self.periods.len(),
            |period, down| self.periods[period].down += down,
        );
    }

    /// Adds a loss of data.
    pub(super) fn add_loss(&mut self, at: u64, lost: u64) {
        if let Some(period) = self.at(at) {
            period.data_lost += lost;
            period.data_loss_max = period.data_loss_max.max(lost);
        }
    }

    /// How many of them break a limit.
    pub(crate) fn breaking(&self, limit: Limit) -> u64 {
        let per_year = self.length as f64 / YEAR as f64;
        self.periods
            .iter()
            .filter(|period| match limit {
                Limit::DownShare(share) => period.down as f64 > share * self.length as f64,
                Limit::OutagesPerYear(limit) => period.outages as f64 > limit * per_year,
                Limit::Outage(limit) => period.longest > limit,
                Limit::DataLoss(limit) => period.data_loss_max > limit,
                Limit::DataLostPerYear(limit) => period.data_lost as f64 > limit * per_year,
            })
            .count() as u64
    }
}

/// Deals out the time from `start` to `end` to periods of equal length.
pub(crate) fn split(
    start: u64,
    end: u64,
    length: u64,
    count: usize,
    mut give: impl FnMut(usize, u64),
) {
    let mut at = start;
    while at < end {
        let period = at / length;
        if period as usize >= count {
            return;
        }
        let until = end.min((period + 1) * length);
        give(period as usize, until - at);
        at = until;
    }
}
