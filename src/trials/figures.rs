//! The figures that trials tell of a service, in the order in which they are printed.
//!
//! Plain and rare trials tell the same ones, each in its own way.

use crate::model::{Metric, Statistic};
use crate::stats::{Interval, NoInterval};

/// The quantiles that are told.
pub(crate) const ORDERS: [(&str, f64); 3] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)];

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// What is measured, in `snake_case`: `downtime`.
    pub metric: &'static str,
    /// `mean`, `p95`, `max`, ...
    pub statistic: &'static str,
    /// Unit of all values: `s_per_year`, `per_year`, `s` or `ratio`.
    pub unit: &'static str,
    /// The value with its interval, or why there is none. An extreme value (`max`) has both ends
    /// equal to it: it describes the sample and estimates nothing.
    pub value: Result<Interval, NoInterval>,
}

/// What a figure tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Figure {
    /// A metric that may be a target.
    Of(Metric),
    /// The largest value of a metric that was seen.
    Largest(Metric),
    /// Degraded time.
    DegradedTime,
    /// Of that: while writes stalled for want of a standby.
    StalledTime,
    /// Uptime between outages.
    UpTime,
    /// Time to the first outage.
    FirstOutage,
    /// Median of the same, of missions with an outage.
    FirstOutageMedian,
}

/// The figures of a service, given how to find each of them: for some it matters whether there is a demand, and
/// whether it is known how writes reach the standbys.
pub(crate) fn quantities(
    has_demand: bool,
    has_data: bool,
    value: impl Fn(Figure) -> Result<Interval, NoInterval>,
) -> Vec<Quantity> {
    let mut all = Vec::new();
    let mut add = |metric, statistic, unit, figure| {
        let value = value(figure);
        all.push(Quantity {
            metric,
            statistic,
            unit,
            value,
        });
    };
    let year = "s_per_year";
    let availability = Figure::Of(Metric::Availability);
    add("availability", "mean", "ratio", availability);
    let served = Figure::Of(Metric::ServedRequests);
    add("served_requests", "mean", "ratio", served);
    add_distribution(&mut add, "downtime", year, Metric::Downtime);
    add_distribution(&mut add, "outages", "per_year", Metric::Outages);
    add_distribution(&mut add, "longest_outage", "s", Metric::LongestOutage);
    add_distribution(&mut add, "outage_duration", "s", Metric::OutageDuration);
    add("degraded_time", "mean", year, Figure::DegradedTime);
    if has_demand {
        let below = Figure::Of(Metric::TimeBelowDemand);
        add("time_below_demand", "mean", year, below);
    }
    if has_data {
        add("stalled_time", "mean", year, Figure::StalledTime);
        add_distribution(&mut add, "data_loss", "s", Metric::DataLoss);
        add_distribution(&mut add, "data_lost", year, Metric::DataLost);
    }
    add("up_time", "mean", "s", Figure::UpTime);
    add("time_to_first_outage", "mean", "s", Figure::FirstOutage);
    let (statistic, median) = ("p50_of_those_with_one", Figure::FirstOutageMedian);
    add("time_to_first_outage", statistic, "s", median);
    let never_down = Figure::Of(Metric::NeverDown);
    add("never_down", "share", "ratio", never_down);
    all
}

/// Adds the mean of a metric, its quantiles and its largest value.
fn add_distribution(
    add: &mut impl FnMut(&'static str, &'static str, &'static str, Figure),
    name: &'static str,
    unit: &'static str,
    metric: fn(Statistic) -> Metric,
) {
    let mean = metric(Statistic::Mean);
    add(name, "mean", unit, Figure::Of(mean));
    for (statistic, order) in ORDERS {
        let quantile = metric(Statistic::Quantile(order));
        add(name, statistic, unit, Figure::Of(quantile));
    }
    add(name, "max", unit, Figure::Largest(mean));
}
