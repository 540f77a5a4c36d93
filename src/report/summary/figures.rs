//! The figures of the services.

use super::{Page, WIDTH, table};
use crate::base::human;
use crate::base::text::clean;
use crate::base::units::SECONDS_PER_YEAR;
use crate::report::words::{self, Unit, counted, fit, is_none_seen, short_duration};
use crate::stats::Interval;
use crate::trials::{Quantity, ServiceEstimates};

const SERVICES_MAX: usize = 6;

impl Page<'_> {
    pub(super) fn services(&self) -> Vec<String> {
        match self.estimates.services.as_slice() {
            [] => Vec::new(),
            [only] => self.service(only),
            many => self.several(many),
        }
    }

    fn service(&self, service: &ServiceEstimates) -> Vec<String> {
        let name = fit(&service.name, 30);
        let mut lines = Vec::new();
        if let Some(Ok(availability)) = service
            .quantity("availability", "mean")
            .map(|quantity| &quantity.value)
        {
            if is_none_seen(availability) {
                return self.none_seen(service);
            }
            let nines = words::nines(unavailability(service, availability))
                .map_or(String::new(), |nines| format!(" ({nines})"));
            let range = Unit::Ratio.range(availability);
            let range = if words::is_certain(availability) {
                range
            } else {
                format!("{} interval {range}", self.level())
            };
            lines.push(format!(
                "{}   {} available{nines}   {range}",
                self.ink.strong(&format!("SERVICE {name}")),
                self.ink.strong(&Unit::Ratio.estimate(availability)),
            ));
        } else {
            lines.push(self.ink.strong(&format!("SERVICE {name}")));
        }
        let metrics = [
            ("downtime", "downtime per year"),
            ("outages", "outages per year"),
            ("longest_outage", "longest outage"),
            ("outage_duration", "length of outages"),
            ("data_lost", "data lost per year"),
            ("data_loss", "lost in a takeover"),
        ];
        let mut footnotes = Footnotes::default();
        let mut rows = Vec::new();
        for (metric, label) in metrics {
            if let Some(mean) = service.quantity(metric, "mean") {
                rows.push(self.figures(service, metric, label, mean, &mut footnotes));
            }
        }
        for (metric, label, matters) in [
            ("degraded_time", "degraded per year", true),
            ("time_below_demand", "below demand a year", true),
            ("stalled_time", "  of it, stalled", true),
            (
                "served_requests",
                "requests served",
                self.loses_requests(service),
            ),
        ] {
            if let Some(mean) = service.quantity(metric, "mean") {
                let seen = mean
                    .value
                    .as_ref()
                    .is_ok_and(|interval| !is_none_seen(interval));
                if seen && matters {
                    rows.push(self.figures(service, metric, label, mean, &mut footnotes));
                }
            }
        }
        if let Some(never) = service.quantity("never_down", "share") {
            let label = format!(
                "never down in {}",
                human::duration(self.estimates.mission_s)
            );
            rows.push(self.figures(service, "never_down", &label, never, &mut footnotes));
        }
        let heads = [
            "",
            "mean",
            &format!("{} interval", self.level()),
            "p50",
            "p95",
            "p99",
            "max",
        ]
        .map(str::to_owned);
        lines.extend(
            table(&heads, &rows, &[1, 3, 4, 5, 6])
                .into_iter()
                .map(|line| fit(&line, WIDTH)),
        );
        lines.extend(
            footnotes
                .lines()
                .into_iter()
                .map(|line| self.ink.warning(&line)),
        );
        lines
    }

    /// Mean, interval and quantiles of a metric.
    fn figures(
        &self,
        service: &ServiceEstimates,
        metric: &str,
        label: &str,
        mean: &Quantity,
        footnotes: &mut Footnotes,
    ) -> Vec<String> {
        let unit = Unit::named(mean.unit);
        let (value, range) = match &mean.value {
            Ok(interval) => {
                let mark = footnotes.few(interval);
                (
                    unit.estimate(interval),
                    format!("{}{mark}", unit.range(interval)),
                )
            }
            Err(reason) => ("-".to_owned(), reason.to_string()),
        };
        let mut row = vec![format!("  {label}"), value, range];
        for statistic in ["p50", "p95", "p99", "max"] {
            row.push(
                match service
                    .quantity(metric, statistic)
                    .map(|quantity| &quantity.value)
                {
                    Some(Ok(interval)) => {
                        let mark = if interval.high.is_finite() {
                            ""
                        } else {
                            footnotes.unbounded()
                        };
                        format!("{}{mark}", unit.text(interval.estimate))
                    }
                    Some(Err(_)) | None => String::new(),
                },
            );
        }
        row
    }

    /// Whether failed members take requests with them while the service is up.
    fn loses_requests(&self, service: &ServiceEstimates) -> bool {
        let of = |metric| {
            service
                .value(metric, "mean")
                .map(|interval| interval.estimate)
        };
        of("served_requests") != of("availability")
    }

    /// A service without any outage has bounds, and no figures.
    fn none_seen(&self, service: &ServiceEstimates) -> Vec<String> {
        let estimates = self.estimates;
        let mission = human::duration(estimates.mission_s);
        let mut lines = vec![format!(
            "{}   no outage seen in {} of {mission}",
            self.ink
                .strong(&format!("SERVICE {}", fit(&service.name, 30))),
            counted(estimates.trial_count, "trial"),
        )];
        if service
            .value("availability", "mean")
            .is_some_and(words::is_certain)
        {
            lines.push("  Nothing is random, so there can be none.".to_owned());
            return lines;
        }
        let level = self.level();
        if let Some(down) = service
            .value("downtime", "mean")
            .filter(|down| down.high.is_finite())
        {
            lines.push(format!(
                "  downtime       at most {} a year ({level})",
                short_duration(down.high)
            ));
        }
        if let Some(availability) = service.value("availability", "mean") {
            lines.push(format!(
                "  availability   {} ({level})",
                Unit::Ratio.range(availability)
            ));
        }
        if let Some(never) = service.value("never_down", "share") {
            let some = human::significant(100.0 * (1.0 - never.low), 2);
            lines.push(format!(
                "  an outage      in at most {some} % of trials ({level})"
            ));
        }
        lines.push(
            "  These are bounds, not estimates: more trials would give closer ones.".to_owned(),
        );
        // It may serve too little all the same.
        for (metric, label) in [
            ("served_requests", "served"),
            ("time_below_demand", "below demand"),
        ] {
            let seen =
                |interval: &&Interval| !is_none_seen(interval) && self.loses_requests(service);
            if let Some(quantity) = service.quantity(metric, "mean")
                && let Some(interval) = service.value(metric, "mean").filter(seen)
            {
                let unit = Unit::named(quantity.unit);
                lines.push(format!(
                    "  {label:<14} {}   {} ({level})",
                    unit.estimate(interval),
                    unit.range(interval)
                ));
            }
        }
        lines
    }

    /// One line for each of several services.
    fn several(&self, services: &[ServiceEstimates]) -> Vec<String> {
        let level = self.level();
        let heads = [
            "SERVICES",
            "availability",
            "",
            &format!("{level} interval"),
            "downtime/y",
            "outages/y",
        ]
        .map(str::to_owned);
        let mut heads = heads.to_vec();
        // Further columns where there is something to say, instead of the least telling ones.
        let further: Vec<(&str, &str)> = [
            ("degraded_time", "degraded/y"),
            ("data_lost", "data lost/y"),
        ]
        .into_iter()
        .filter(|(metric, _)| {
            let mut services = services.iter();
            services.any(|service| {
                let mean = service.value(metric, "mean");
                mean.is_some_and(|interval| !is_none_seen(interval))
            })
        })
        .collect();
        heads.extend(further.iter().map(|(_, head)| (*head).to_owned()));
        let mut footnotes = Footnotes::default();
        let mut rows: Vec<Vec<String>> = Vec::new();
        for service in services.iter().take(SERVICES_MAX) {
            let mut row = vec![fit(&format!("  {}", clean(&service.name)), 20)];
            match service.value("availability", "mean") {
                Some(interval) => {
                    row.push(Unit::Ratio.estimate(interval));
                    row.push(words::nines(unavailability(service, interval)).unwrap_or_default());
                    row.push(format!(
                        "{}{}",
                        Unit::Ratio.range(interval),
                        footnotes.few(interval)
                    ));
                }
                None => row.extend(["-", "", "-"].map(str::to_owned)),
            }
            let down = service.value("downtime", "mean");
            row.push(down.map_or("-".to_owned(), |interval| {
                Unit::SecondsPerYear.estimate(interval)
            }));
            let outages = service
                .value("outages", "mean")
                .filter(|interval| !is_none_seen(interval));
            row.push(outages.map_or(String::new(), |interval| Unit::PerYear.estimate(interval)));
            for (metric, _) in &further {
                let time = service
                    .value(metric, "mean")
                    .filter(|time| !is_none_seen(time));
                row.push(time.map_or(String::new(), |time| Unit::SecondsPerYear.estimate(time)));
            }
            rows.push(row);
        }
        for column in [2, 5].into_iter().take(further.len()) {
            heads[column].clear();
            rows.iter_mut().for_each(|row| row[column].clear());
        }
        let mut lines = table(&heads, &rows, &[1, 4, 5, 6, 7]);
        lines.iter_mut().for_each(|line| *line = fit(line, WIDTH));
        if let Some(head) = lines.first_mut() {
            *head = head.replacen("SERVICES", &self.ink.strong("SERVICES"), 1);
        }
        if services.len() > SERVICES_MAX {
            let more = (services.len() - SERVICES_MAX) as u64;
            lines.push(format!(
                "  and {} more, all of them in summary.csv",
                counted(more, "service")
            ));
        }
        lines.extend(
            footnotes
                .lines()
                .into_iter()
                .map(|line| self.ink.warning(&line)),
        );
        lines
    }
}

/// The share of time that a service is down. One less an availability has no digits left where that is next
/// to nothing, but the downtime has.
fn unavailability(service: &ServiceEstimates, availability: &Interval) -> f64 {
    let down = service
        .value("downtime", "mean")
        .map(|down| down.estimate / SECONDS_PER_YEAR);
    match down {
        Some(down) if down < 1e-9 => down,
        Some(_) | None => 1.0 - availability.estimate,
    }
}

/// Marks beside numbers, and what they mean.
#[derive(Debug, Default)]
struct Footnotes {
    /// The fewest events that a marked value rests on, and how many it wants.
    few: Option<(u64, u64)>,
    unbounded: bool,
}

impl Footnotes {
    fn few(&mut self, interval: &Interval) -> &'static str {
        if interval.is_reliable() {
            return "";
        }
        let here = (interval.support.events, interval.events_wanted());
        self.few = Some(self.few.map_or(here, |few| few.min(here)));
        " *"
    }

    fn unbounded(&mut self) -> &'static str {
        self.unbounded = true;
        "?"
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some((events, wanted)) = self.few {
            let trials = counted(events, "trial");
            // An infinite third moment wants more than there can be.
            let wanted = match wanted {
                u64::MAX => "no number is enough for such durations".to_owned(),
                wanted => format!("wants {}", human::count(wanted)),
            };
            lines.push(format!(
                "  * unreliable: rests on {trials} with an outage and {wanted}, so it may be too narrow"
            ));
        }
        if self.unbounded {
            lines.push("  ? too few trials to say how large this can be".to_owned());
        }
        lines
    }
}
