//! Where downtime, costs and lost requests come from.

use super::{Page, WIDTH, share, table};
use crate::base::text::clean;
use crate::base::units::SECONDS_PER_YEAR;
use crate::behaviour::Mechanism;
use crate::report::words::{Unit, by_mechanism, counted, fit, fit_middle};
use crate::stats::NoInterval;
use crate::trials::{Contribution, CostShare, ServiceEstimates};

const CAUSES_MAX: usize = 8;
/// Of more causes than this, a mechanism may tell more than one of them.
const MANY: usize = 20;
const BAR: usize = 14;
/// A share of the downtime that is worth being told.
const WORTH: f64 = 0.005;
/// Of all requests that are not served, the share lost while the service is up that is worth a line.
const LOST_SHARE_MIN: f64 = 0.05;

impl Page<'_> {
    /// What a year costs, and what it is spent on.
    pub(super) fn costs(&self) -> Vec<String> {
        let Some(cost) = &self.estimates.cost else {
            return Vec::new();
        };
        let unit = Unit::MoneyPerYear(cost.currency);
        let mut first = self.ink.strong("COST per year");
        for (statistic, value) in &cost.total {
            match (*statistic, value) {
                ("mean", Ok(mean)) => {
                    first += &format!("   {}", self.ink.strong(&unit.estimate(mean)));
                    if mean.low < mean.high {
                        first += &format!("   {} interval {}", self.level(), unit.range(mean));
                    }
                    if !mean.is_reliable() && mean.low < mean.high {
                        first += " *";
                    }
                }
                ("p95", Ok(p95)) => first += &format!("   p95 {}", unit.text(p95.estimate)),
                _ => {}
            }
        }
        let several = self.estimates.services.len() > 1;
        let mut items: Vec<&CostShare> = cost.items.iter().collect();
        items.sort_by(|a, b| b.share.total_cmp(&a.share));
        // The first line names the currency.
        let code = format!(" {}", cost.currency);
        let named = |item: &&CostShare| {
            let words = item.item.name().replace('_', " ");
            let name = match (several, item.item.service()) {
                (true, Some(service)) => {
                    let service = clean(&self.system.services[service].name);
                    format!("{words} of {service}")
                }
                (_, _) => words,
            };
            let spent = match &item.per_year {
                Ok(spent) => unit.estimate(spent).replace(&code, ""),
                Err(_) => "-".to_owned(),
            };
            format!("{name} {spent} ({})", share(item.share))
        };
        let parts: Vec<(String, f64)> =
            items.iter().map(|item| (named(item), item.share)).collect();
        vec![
            first,
            fit(&format!("  {}", folded(&parts, WIDTH - 2)), WIDTH),
        ]
    }

    /// Where requests are lost while the service is up, if these are not few among all that are.
    pub(super) fn lost(&self) -> Option<String> {
        let service = self.worst().filter(|service| !service.lost_by.is_empty())?;
        let mean = |name| {
            service
                .value(name, "mean")
                .map(|interval| interval.estimate)
        };
        let (served, up) = (mean("served_requests")?, mean("availability")?);
        let per_year = service
            .lost_by
            .iter()
            .filter_map(|part| part.down.as_ref().ok());
        let lost: f64 = per_year.map(|part| part.estimate).sum::<f64>() / SECONDS_PER_YEAR;
        if !(lost >= LOST_SHARE_MIN * (1.0 - served) && up > 0.0) {
            return None;
        }
        let named = |part: &Contribution| {
            let mechanism = part.mechanism.map_or("", |mechanism| mechanism.describe());
            let culprit = fit(&self.system.sum_name(part.culprit), 20);
            (
                format!("{culprit} {mechanism} {}", share(part.share)),
                part.share,
            )
        };
        let parts: Vec<(String, f64)> = service.lost_by.iter().map(named).collect();
        let lost = format!("LOST WHILE UP   {} of requests: ", Unit::Ratio.text(lost));
        let parts = folded(&parts, WIDTH - lost.chars().count());
        let line = fit(&format!("{lost}{parts}"), WIDTH);
        let title = "LOST WHILE UP";
        Some(line.replacen(title, &self.ink.strong(title), 1))
    }

    /// The causes of the downtime in at most `room` lines.
    pub(super) fn origins(&self, room: usize) -> Vec<String> {
        let Some(service) = self
            .worst()
            .filter(|service| !service.contributions.is_empty())
        else {
            return Vec::new();
        };
        let of = if self.estimates.services.len() > 1 {
            format!(" OF {}", fit(&service.name, 24))
        } else {
            String::new()
        };
        let parts = &service.contributions;
        // Where hundreds of parts bring a little each, the mechanism tells more than the part.
        let mechanisms = (parts.len() > MANY
            && parts[..CAUSES_MAX]
                .iter()
                .map(|part| part.share)
                .sum::<f64>()
                < 0.5)
            .then(|| self.mechanisms(parts));
        let began = self.beginnings(service);
        let room =
            room.saturating_sub(usize::from(mechanisms.is_some()) + usize::from(began.is_some()));
        // Whatever is shown is worth a line; a single small one is not folded for its own sake.
        let most = CAUSES_MAX.min(room.saturating_sub(1)).max(1);
        let worth = parts
            .iter()
            .take_while(|part| part.share >= WORTH)
            .count()
            .max(1);
        let shown = worth.min(if worth == parts.len() {
            most
        } else {
            most.saturating_sub(1).max(1)
        });
        let shown = if parts.len() == shown + 1 && shown < most {
            parts.len()
        } else {
            shown
        };
        let largest = parts[0].share;
        let mut rows = Vec::new();
        for part in &parts[..shown] {
            let range = part
                .down
                .as_ref()
                .map_or_else(NoInterval::to_string, |down| {
                    Unit::SecondsPerYear.range(down)
                });
            rows.push(vec![
                format!("  {}", fit_middle(&self.system.sum_name(part.culprit), 20)),
                part.mechanism
                    .map_or("all together", |mechanism| mechanism.describe())
                    .to_owned(),
                share(part.share),
                bar(part.share, largest),
                range,
            ]);
        }
        if shown < parts.len() {
            let rest: f64 = parts[shown..].iter().map(|part| part.share).sum();
            rows.push(vec![
                "  the rest".to_owned(),
                counted((parts.len() - shown) as u64, "smaller cause"),
                share(rest),
                bar(rest, largest),
                String::new(),
            ]);
        }
        let title = format!("WHERE THE DOWNTIME{of} COMES FROM");
        // The title stands over the first two columns.
        let names = rows
            .iter()
            .map(|row| row[0].chars().count())
            .max()
            .unwrap_or(0);
        if let Some(first) = rows.first_mut() {
            let room = title.chars().count().saturating_sub(names + 2);
            first[1] = format!("{:<room$}", first[1]);
        }
        let heads = [
            "".to_owned(),
            "".to_owned(),
            "share".to_owned(),
            String::new(),
            format!("per year, {} interval", self.level()),
        ];
        let mut lines = table(&heads, &rows, &[2]);
        if let Some(head) = lines.first_mut() {
            let rest: String = head.chars().skip(title.chars().count()).collect();
            *head = format!("{}{rest}", self.ink.strong(&title));
        }
        for line in lines.iter_mut().skip(1) {
            *line = fit(line, WIDTH);
            if let Some(start) = line.find('#') {
                let end = line[start..]
                    .find(' ')
                    .map_or(line.len(), |length| start + length);
                *line = format!(
                    "{}{}{}",
                    &line[..start],
                    self.ink.bar(&line[start..end]),
                    &line[end..]
                );
            }
        }
        lines.extend(mechanisms);
        lines.extend(began);
        lines
    }

    /// What began the outages, with its share of the downtime, where that is not what kept the service down.
    fn beginnings(&self, service: &ServiceEstimates) -> Option<String> {
        let mut parts: Vec<(String, f64)> = Vec::new();
        for of in &service.roots {
            let name = self.system.root_name(of.root);
            match parts.iter_mut().find(|(other, _)| *other == name) {
                Some((_, sum)) => *sum += of.share,
                None => parts.push((name, of.share)),
            }
        }
        let of_culprit = |name: &str| -> f64 {
            let same = service.culprits.iter();
            let same = same.filter(|part| self.system.sum_name(part.culprit) == name);
            same.map(|part| part.share).sum()
        };
        let differs = |(name, sum): &(String, f64)| (of_culprit(name) - sum).abs() >= WORTH;
        parts.iter().find(|part| differs(part))?;
        parts.sort_by(|a, b| b.1.total_cmp(&a.1));
        let named =
            |(name, sum): &(String, f64)| (format!("{} {}", clean(name), share(*sum)), *sum);
        let parts: Vec<(String, f64)> = parts.iter().map(named).collect();
        let title = "BEGAN WITH";
        let parts = folded(&parts, WIDTH - title.len() - 2);
        Some(format!("{}  {parts}", self.ink.strong(title)))
    }

    /// The shares of the mechanisms, whoever brings them.
    fn mechanisms(&self, parts: &[Contribution]) -> String {
        let named = |(mechanism, part): (Mechanism, f64)| {
            (format!("{} {}", mechanism.describe(), share(part)), part)
        };
        let parts: Vec<(String, f64)> = by_mechanism(parts).into_iter().map(named).collect();
        let title = "BY MECHANISM";
        let parts = folded(&parts, WIDTH - title.len() - 2);
        format!("{}  {parts}", self.ink.strong(title))
    }
}

/// Parts with their shares of the whole in a line of so many columns; what does not fit is the least.
fn folded(parts: &[(String, f64)], width: usize) -> String {
    let mut line = String::new();
    for (index, (text, _)) in parts.iter().enumerate() {
        let rest: f64 = parts[index..].iter().map(|part| part.1).sum();
        let rest = format!(", the rest ({})", share(rest));
        let is_last = index + 1 == parts.len();
        let room = width.saturating_sub(if is_last { 0 } else { rest.chars().count() });
        if index > 0 && line.chars().count() + 2 + text.chars().count() > room {
            line += &rest;
            break;
        }
        if index > 0 {
            line += ", ";
        }
        line += text;
    }
    line
}

/// A bar as long as a share, where the largest is `BAR` long.
fn bar(share: f64, largest: f64) -> String {
    let length = (BAR as f64 * share / largest).round();
    if length.is_finite() {
        "#".repeat((length as usize).clamp(1, BAR))
    } else {
        String::new()
    }
}
