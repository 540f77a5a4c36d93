//! The exact answer as text for people, beside what trials say; `files` has it for programs.

mod files;
mod targets;

pub use files::{json, table};
pub use targets::{Judged, judge, junit};

use super::words::{counted, fit, listed, money, short_duration, wrap};
use crate::base::units::{NANOS_PER_SECOND, SECONDS_PER_YEAR};
use crate::base::{human, text::clean};
use crate::exact::{Counted, Exact, Importance, RootAnswer, ServiceAnswer, Weight};
use crate::model::{CostItem, ServiceId, System};
use crate::study::{Approximation, Sample, Simulated, Solution, Study};
use crate::trials::{HappeningTally, PARTS_PER_UNIT};

/// One figure, exact and simulated.
struct Row {
    name: String,
    exact: String,
    simulated: String,
    z: String,
}

/// The exact answer for people.
pub fn text(
    system: &System,
    solution: &Solution,
    targets: &[Judged],
    study: Option<&Study>,
    elapsed_s: Option<f64>,
) -> String {
    let exact = &solution.exact;
    let simulated = study.map(Study::simulated);
    let simulated = simulated.as_ref();
    let mut lines = vec![heading(system, exact, elapsed_s)];
    if system.start.is_settled() {
        lines.push(
            "MISSION begins in the long run, where nobody knows how old what is, or what is wrong"
                .to_owned(),
        );
    }
    if let Some(Approximation { difference }) = solution.approximation {
        lines.push(format!(
            "APPROXIMATE: phases with the same moments stand in for these laws; another level of \
             detail gives {} less or more:",
            human::percent(difference)
        ));
        for obstacle in exact.fitted.iter().take(6) {
            lines.push(fit(&format!("  {}: {}", obstacle.what, obstacle.why), 100));
        }
    }
    if !targets.is_empty() {
        lines.push(String::new());
        lines.extend(targets::lines(system, targets));
    }
    if let Some(imbalance) = exact.imbalance {
        lines.push(format!(
            "SETTLED step by step: in the long run, what comes to a state differs from what leaves it by \
             {imbalance:.0e} of it at most"
        ));
    }
    for (id, answer) in exact.services.iter_ids() {
        lines.push(String::new());
        lines.extend(service(system, exact, id, answer, simulated));
    }
    lines.extend(happenings(
        system,
        exact,
        solution.counts(),
        study.and_then(|study| study.counts.as_ref()),
    ));
    lines.extend(importances(system, solution.importances()));
    let missing = solution.missing();
    if !missing.is_empty() {
        lines.push(String::new());
        lines.extend(missing);
    }
    lines.extend(costs(system, exact, simulated));
    if !targets.is_empty() {
        lines.push(String::new());
        lines.push(targets::result(targets));
    }
    lines.join("\n") + "\n"
}

/// What an item costs in a mission, if states say so.
fn cost_of(system: &System, exact: &Exact, item: CostItem) -> Option<f64> {
    let of = |service: ServiceId| {
        let mission = exact.services[service].mission.as_ref()?;
        Some((&system.services[service].cost, mission))
    };
    match item {
        CostItem::Units => Some(system.unit_cost_of_an_hour() * exact.mission_s / 3600.0),
        CostItem::Outages(service) => {
            let (cost, mission) = of(service)?;
            Some(cost.outage.get() * mission.outages?)
        }
        CostItem::DownTime(service) => {
            let (cost, mission) = of(service)?;
            let down_s = mission.unavailability * exact.mission_s;
            cost.flat_down_time().map(|rate| rate.of_secs(down_s))
        }
        CostItem::Degraded(service) => {
            let (cost, mission) = of(service)?;
            Some(cost.degraded.of_secs(mission.degraded * exact.mission_s))
        }
        CostItem::Scaling | CostItem::Repairs | CostItem::Credits(_) | CostItem::DataLost(_) => {
            None
        }
    }
}

/// How many of these are shown to people.
const IMPORTANCES_MAX: usize = 12;

/// What the failure of a unit means, most first.
fn importances(system: &System, importances: &[Importance]) -> Vec<String> {
    let mut rows: Vec<(String, Weight)> = importances
        .iter()
        .filter_map(|importance| {
            // In the long run, what is never mended has failed.
            let weight = importance.long_run.or(importance.at_end)?;
            let name = format!(
                "  {} for {}",
                clean(&system.groups[importance.group].name),
                clean(&system.services[importance.service].name)
            );
            Some((name, weight))
        })
        .collect();
    if rows.is_empty() {
        return rows.into_iter().map(|(name, _)| name).collect();
    }
    rows.sort_by(|a, b| b.1.birnbaum.total_cmp(&a.1.birnbaum));
    let left_out = rows.len().saturating_sub(IMPORTANCES_MAX);
    rows.truncate(IMPORTANCES_MAX);
    let head = "IMPORTANCE of a unit".to_owned();
    let names = rows.iter().map(|(name, _)| name).chain([&head]);
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0);
    let line = |name: &str, birnbaum: &str, worth: &str| {
        format!("{name:<width$}  {birnbaum:>14}  {worth:>17}")
    };
    let mut lines = vec![String::new(), line(&head, "Birnbaum", "achievement worth")];
    lines.extend(rows.iter().map(|(name, weight)| {
        line(
            name,
            &number(weight.birnbaum),
            &number(weight.achievement_worth),
        )
    }));
    if left_out > 0 {
        lines.push(format!("  and {left_out} that matter less, see `--json`"));
    }
    lines
}

/// How often what happens.
fn happenings(
    system: &System,
    exact: &Exact,
    counts: &[Counted],
    tally: Option<&HappeningTally>,
) -> Vec<String> {
    let years = exact.mission_s / SECONDS_PER_YEAR;
    let rows: Vec<[String; 4]> = counts
        .iter()
        .map(|counted| {
            let name = format!(
                "  {} of {}",
                counted.happening.describe(),
                clean(system.culprit_name(counted.culprit))
            );
            let per_year = match counted.in_mission {
                Some(times) => times / years,
                None => counted.per_s * SECONDS_PER_YEAR,
            };
            let moments = tally.and_then(|tally| tally.get(counted.happening, counted.culprit));
            let sample = moments.map(|moments| Sample {
                mean: moments.mean(),
                error: moments.standard_error(),
            });
            let beside = sample.and_then(|sample| {
                let z = sample.distance(counted.in_mission?)?;
                let error = human::significant(sample.error / years, 2);
                let mean = format!("{} +- {error}", number(sample.mean / years));
                Some((mean, signed(z)))
            });
            let (mean, z) = beside.unwrap_or_default();
            [name, number(per_year), mean, z]
        })
        .collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let simulated = match tally {
        Some(tally) => format!("in {}", counted(tally.trial_count, "trial")),
        None => String::new(),
    };
    let head = ["COUNTS per year", "exact", &simulated, ""].map(str::to_owned);
    let width = |at: usize| {
        let texts = rows
            .iter()
            .chain([&head])
            .map(|row| row[at].chars().count());
        texts.max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2)];
    let lines = [&head]
        .into_iter()
        .chain(&rows)
        .map(|[name, exact, simulated, z]| {
            let line = format!(
                "{name:<0$}  {exact:>1$}  {simulated:>2$}  {z:>6}",
                widths[0], widths[1], widths[2]
            );
            line.trim_end().to_owned()
        });
    std::iter::once(String::new()).chain(lines).collect()
}

/// What a year costs, as far as states say so.
fn costs(system: &System, exact: &Exact, simulated: Option<&Simulated>) -> Vec<String> {
    let Some(currency) = system.currency else {
        return Vec::new();
    };
    let per_year = SECONDS_PER_YEAR / exact.mission_s;
    let mut lines = Vec::new();
    let mut missing = Vec::new();
    for item in system.cost_items() {
        let name = match item.service() {
            Some(service) => {
                let service = clean(&system.services[service].name);
                format!("{} of {service}", item.name())
            }
            None => item.name().to_owned(),
        };
        let Some(cost) = cost_of(system, exact, item) else {
            missing.push(name);
            continue;
        };
        let sample = simulated
            .and_then(|simulated| simulated.costs.iter().find(|(other, _)| *other == item));
        let beside = match sample {
            Some((_, sample)) => match sample.distance(cost * PARTS_PER_UNIT) {
                Some(z) => {
                    let mean = sample.mean / PARTS_PER_UNIT * per_year;
                    format!("   simulated {} (z = {})", money(mean, currency), signed(z))
                }
                None => String::new(),
            },
            None => String::new(),
        };
        lines.push(format!(
            "  {name}   {}{beside}",
            money(cost * per_year, currency)
        ));
    }
    if lines.is_empty() && missing.is_empty() {
        return lines;
    }
    lines.insert(0, "COST per year".to_owned());
    lines.insert(0, String::new());
    if !missing.is_empty() {
        let text = format!(
            "Not among them: {}. They depend on what happens within a month, within an outage or at an event, which \
             states do not tell: see failsim run.",
            listed(&missing)
        );
        lines.extend(wrap(&text, 2, 2, 100).lines().map(str::to_owned));
    }
    lines
}

fn heading(system: &System, exact: &Exact, elapsed_s: Option<f64>) -> String {
    let parts = match exact.part_states.len() {
        1 => String::new(),
        count => format!(" in {count} independent parts"),
    };
    let took = elapsed_s.map_or(String::new(), |elapsed| {
        format!(" in {}", human::duration(elapsed))
    });
    format!(
        "{}   solved: {}{parts} and {}{took}",
        clean(&system.name),
        counted(exact.state_count() as u64, "state"),
        counted(exact.transition_count as u64, "transition"),
    )
}

fn service(
    system: &System,
    exact: &Exact,
    id: ServiceId,
    answer: &ServiceAnswer,
    simulated: Option<&Simulated>,
) -> Vec<String> {
    let rows = rows(exact, id, answer, simulated);
    let name = format!("SERVICE {}", clean(&answer.name));
    let widths = [
        rows.iter()
            .map(|row| row.name.len() + 2)
            .chain([name.len()])
            .max()
            .unwrap_or(0),
        rows.iter()
            .map(|row| row.exact.len())
            .chain([5])
            .max()
            .unwrap_or(0),
        rows.iter()
            .map(|row| row.simulated.len())
            .chain([9])
            .max()
            .unwrap_or(0),
    ];
    let line = |name: &str, exact: &str, simulated: &str, z: &str| {
        let line = format!(
            "{name:<0$}  {exact:>1$}  {simulated:>2$}  {z:>6}",
            widths[0], widths[1], widths[2]
        );
        line.trim_end().to_owned()
    };
    let (simulated_head, z_head) = match simulated {
        Some(_) => ("simulated", "z"),
        None => ("", ""),
    };
    let mut lines = vec![line(&name, "exact", simulated_head, z_head)];
    for row in &rows {
        lines.push(line(
            &format!("  {}", row.name),
            &row.exact,
            &row.simulated,
            &row.z,
        ));
    }
    if answer
        .mission
        .as_ref()
        .is_some_and(|mission| mission.unavailability == 1.0)
    {
        lines.push("  It is down all the time.".to_owned());
    }
    lines.extend(answer.notes.iter().map(|note| format!("  {note}")));
    let contributions = answer
        .mission
        .as_ref()
        .and_then(|mission| mission.contributions.as_ref());
    if let Some(contributions) = contributions
        && !contributions.is_empty()
    {
        let total: f64 = contributions.iter().map(|(_, _, time)| time).sum();
        lines.push("  where the downtime comes from".to_owned());
        for &(culprit, mechanism, time) in contributions.iter().take(10) {
            let per_year = time / exact.mission_s * SECONDS_PER_YEAR;
            lines.push(format!(
                "    {:>6.2} %  {:>12} a year  {}: {}",
                100.0 * time / total,
                short_duration(per_year),
                clean(&system.sum_name(culprit)),
                mechanism.describe()
            ));
        }
    }
    let roots = answer
        .mission
        .as_ref()
        .and_then(|mission| mission.roots.as_ref());
    if let Some(roots) = roots
        && roots.len() > 1
    {
        let sum = |of: fn(&RootAnswer) -> f64| -> f64 { roots.iter().map(of).sum() };
        let (down, outages) = (sum(|root| root.down_s), sum(|root| root.outages));
        lines.push("  what began the outages, by their number and by their downtime".to_owned());
        for root in roots.iter().take(10) {
            lines.push(format!(
                "    {:>6.2} %  {:>6.2} %  {}",
                100.0 * root.outages / outages,
                100.0 * root.down_s / down,
                clean(&system.root_name(root.root)),
            ));
        }
    }
    lines
}

fn rows(
    exact: &Exact,
    id: ServiceId,
    answer: &ServiceAnswer,
    simulated: Option<&Simulated>,
) -> Vec<Row> {
    let mut rows = Vec::new();
    let sample = simulated.map(|simulated| &simulated.services[id]);
    let mut row = |name: &str, exact: String| {
        rows.push(Row {
            name: name.to_owned(),
            exact,
            simulated: String::new(),
            z: String::new(),
        });
    };
    let mission_ns = exact.mission_s * NANOS_PER_SECOND;
    let mut compared: Vec<(&'static str, Sample, f64, f64)> = Vec::new();
    // Downtimes in seconds that are exceeded with such a probability.
    let mut limits: Vec<(String, f64, f64)> = Vec::new();
    if let Some(mission) = &answer.mission {
        row("unavailability, mission", number(mission.unavailability));
        row(
            "availability, mission",
            targets::percent(mission.unavailability),
        );
        row(
            "downtime per year",
            targets::time(mission.unavailability * SECONDS_PER_YEAR),
        );
        row("degraded, mission", number(mission.degraded));
        if let Some(served) = mission.served
            && (1.0 - served - mission.unavailability).abs() > 1e-12
        {
            row("unserved, mission", number((1.0 - served).max(0.0)));
        }
        let years = exact.mission_s / SECONDS_PER_YEAR;
        if let Some(outages) = mission.outages {
            row("outages per year", number(outages / years));
        }
        if let Some(any) = mission.any_outage {
            row("any outage in the mission", number(any));
        }
        row("down at the end", number(mission.unavailability_at_end));
        if let Some(down_time) = &mission.down_time {
            if let Some(deviation) = down_time.deviation_s {
                let per_year = deviation / years;
                row("downtime, standard deviation", targets::time(per_year));
            }
            for (name, order, found) in &down_time.quantiles_s {
                let name = format!("downtime {name} per year");
                row(&name, targets::time(found.value / years));
                // Missions without any downtime are more than the quantile asks for, which is no distance; nor
                // is there one above the whole mission.
                if 0.0 < found.value && found.value < exact.mission_s {
                    limits.push((name, found.value, 1.0 - order));
                }
            }
            for (limit, found) in &down_time.exceeds {
                let name = format!("downtime above {} a year", short_duration(limit / years));
                row(&name, number(found.value));
                limits.push((name, *limit, found.value));
            }
        }
        if let Some(sample) = sample {
            compared.push((
                "unavailability, mission",
                sample.down,
                mission.unavailability * mission_ns,
                mission_ns,
            ));
            if let Some(degraded) = sample.degraded {
                compared.push((
                    "degraded, mission",
                    degraded,
                    mission.degraded * mission_ns,
                    mission_ns,
                ));
            }
            if let (Some(served), Some(unserved)) = (mission.served, sample.unserved) {
                compared.push((
                    "unserved, mission",
                    unserved,
                    (1.0 - served) * mission_ns,
                    mission_ns,
                ));
            }
            if let Some(outages) = mission.outages {
                compared.push(("outages per year", sample.outages, outages, years));
            }
        }
    }
    let long_run = &answer.long_run;
    row("unavailability, long run", number(long_run.unavailability));
    if let Some(served) = long_run.served
        && (1.0 - served - long_run.unavailability).abs() > 1e-12
    {
        row("unserved, long run", number((1.0 - served).max(0.0)));
    }
    if let Some(rate) = long_run.outages_per_s {
        row(
            "outages per year, long run",
            number(rate * SECONDS_PER_YEAR),
        );
    }
    for (name, time) in [
        ("mean down time", long_run.mean_down_time_s()),
        ("mean up time", long_run.mean_up_time_s()),
        ("mean time to first outage", answer.time_to_first_outage_s),
    ] {
        if let Some(time) = time {
            let text = if time.is_finite() {
                targets::time(time)
            } else {
                "never".to_owned()
            };
            row(name, text);
        }
    }
    for (name, sample, truth, unit) in compared {
        let found = rows.iter_mut().find(|row| row.name == name);
        if let (Some(row), Some(z)) = (found, sample.distance(truth)) {
            let (mean, error) = (sample.mean / unit, sample.error / unit);
            row.simulated = format!("{} +- {}", number(mean), human::significant(error, 2));
            row.z = signed(z);
        }
    }
    for (name, limit_s, probability) in limits {
        let found = rows.iter_mut().find(|row| row.name == name);
        let above = sample.and_then(|sample| sample.share_above(limit_s));
        if let (Some(row), Some(above)) = (found, above) {
            row.simulated = format!("{} above", human::percent(above.share(probability)));
            row.z = above.distance(probability).map_or(String::new(), signed);
        }
    }
    rows
}

/// A distance with its sign; what rounds to nothing has none.
fn signed(z: f64) -> String {
    format!("{:+.2}", libm::round(100.0 * z) / 100.0 + 0.0)
}

/// Ten digits: what an exact answer has and a simulated one never reaches.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if (1e-3..1e6).contains(&value) {
        let digits = 9 - libm::log10(value).floor() as i32;
        format!("{value:.*}", digits.clamp(0, 12) as usize)
    } else {
        format!("{value:.9e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{Effort, solve};
    use crate::scenario::{NoFiles, Source, load};

    /// A unit that lives 99 h and is mended in 1 h is down for u - u (1 - exp(-r T)) / (r T) of a mission
    /// from T = 0 on, with u = 1 % and r = 1/99 + 1/1 per hour, and fails once in 99 h of what is left.
    #[test]
    fn what_states_know_of_costs_is_exact() {
        let text = "format = 1\n[run]\nhorizon = \"1000 h\"\n[components.unit]\nfail = { mean = \"99 h\" }\n\
                    repair = { mean = \"1 h\" }\ncost = { active = \"0.50 EUR/h\", repair = \"300 EUR\" }\n\
                    [service]\nup = \"unit\"\ncost = { outage = \"50 EUR\", downtime = \"1200 EUR/h\" }\n";
        let source = Source::toml("test.toml", text);
        let system = load(&source, &[], &NoFiles).expect("it is right").system;
        let exact = solve(&system, &Effort::QUICK, None).expect("it is a chain");
        let (rate, mission) = (1.0 / 99.0 + 1.0, 1000.0);
        let down = 0.01 * (mission - (1.0 - libm::exp(-rate * mission)) / rate);
        let service = ServiceId(0);
        for (item, truth) in [
            (CostItem::Units, Some(0.5 * mission)),
            (
                CostItem::Outages(service),
                Some(50.0 * (mission - down) / 99.0),
            ),
            (CostItem::DownTime(service), Some(1200.0 * down)),
            (CostItem::Repairs, None),
        ] {
            let found = cost_of(&system, &exact, item);
            assert_eq!(found.is_some(), truth.is_some(), "{item:?}");
            if let (Some(found), Some(truth)) = (found, truth) {
                assert!(
                    (found / truth - 1.0).abs() < 1e-9,
                    "{item:?}: {found} against {truth}"
                );
            }
        }
        let lines = costs(&system, &exact, None).join("\n");
        assert!(
            lines.contains("units   4,383 EUR") && lines.contains("Not among them: repairs"),
            "{lines}"
        );
    }
}
