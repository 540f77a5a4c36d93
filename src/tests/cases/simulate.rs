//! The measures of a case by simulation, with their standard errors.
//!
//! Each measure is a smooth function of a few means over independent trials, so one rule (the delta
//! method) gives all standard errors. What is asked about the long run comes from the later part of
//! long missions, about a mission from missions of that length, and about first outages from trials
//! that end there.

use std::collections::BTreeMap;

use failsim::base::Span;
use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::model::{GroupId, ServiceId, System};

use super::measure::{Count, Is, Level, Measure};
use super::watch::{Plan, Seen, Watch};
use super::{Case, Findings, Trace, Variant};

/// The longest mission that there is, in nanoseconds.
const FOREVER: f64 = 289.0 * 8766.0 * 3600e9;

/// Relative standard error that is good enough.
const PRECISION: f64 = 0.004;

/// Events that all trials of a case may have: some two seconds.
fn budget() -> f64 {
    match std::env::var("FAILSIM_CASES").as_deref() {
        Ok("full") => 3e8,
        _ => 1e7,
    }
}

/// Fewer outages than this say nothing yet.
const EVENTS_LEAST: f64 = 400.0;

/// A kind of trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A mission of so many nanoseconds.
    Mission(u64),
    /// Until the first outage of a service, or the end of a mission of so many nanoseconds.
    First(ServiceId, u64),
    /// The long run.
    Long,
}

/// What a measure needs of each trial, and what it makes of the means.
struct Estimator<'a> {
    measure: &'a Measure,
    level: Option<usize>,
    count: Option<usize>,
    other: Option<usize>,
    seen: Option<usize>,
    unit: f64,
    cause: Option<GroupId>,
}

const DIMENSION: usize = 4;
type Row = [f64; DIMENSION];

/// Sums over trials, of values and of their products.
#[derive(Clone, Debug, Default)]
struct Sums {
    count: f64,
    sums: Row,
    products: [Row; DIMENSION],
}

impl Sums {
    fn add(&mut self, row: Row) {
        self.count += 1.0;
        for i in 0..DIMENSION {
            self.sums[i] += row[i];
            for j in 0..DIMENSION {
                self.products[i][j] += row[i] * row[j];
            }
        }
    }

    fn means(&self) -> Row {
        self.sums.map(|sum| sum / self.count)
    }

    /// The value of a function of the means, and its standard error.
    fn apply(&self, f: impl Fn(Row) -> f64) -> (f64, f64) {
        let means = self.means();
        let gradient: Vec<f64> = (0..DIMENSION)
            .map(|i| {
                let step = (means[i].abs() * 1e-6).max(1e-12);
                let mut up = means;
                up[i] += step;
                let mut down = means;
                down[i] -= step;
                (f(up) - f(down)) / (2.0 * step)
            })
            .collect();
        let mut variance = 0.0;
        for i in 0..DIMENSION {
            for j in 0..DIMENSION {
                let covariance = self.products[i][j] / self.count - means[i] * means[j];
                variance += gradient[i] * gradient[j] * covariance;
            }
        }
        (f(means), (variance.max(0.0) / (self.count - 1.0)).sqrt())
    }
}

impl Estimator<'_> {
    fn at(&self) -> f64 {
        self.measure
            .at
            .unwrap_or_else(|| panic!("{} needs `at`", self.measure.name))
    }

    /// What a trial contributes.
    fn row(&self, watch: &Watch<'_>, kind: Kind, marks: &[u64]) -> Row {
        let unit = self.unit;
        let at_mark = |time: f64| {
            let mark = (time * unit).round() as u64;
            let index = marks.iter().position(|&at| at == mark).unwrap();
            &watch.at_marks[index]
        };
        let level = |row: &[f64]| self.level.map_or(0.0, |index| row[index]);
        match self.measure.is {
            Is::Steady
            | Is::Ratio
            | Is::Seen
            | Is::Duration
            | Is::Birnbaum
            | Is::AchievementWorth
                if kind == Kind::Long =>
            {
                let (from, to) = (&watch.at_marks[0], &watch.at_marks[1]);
                let length = (marks[1] - marks[0]) as f64;
                let mean = |index: usize| (to.integrals[index] - from.integrals[index]) / length;
                let rate = |index: usize| (to.totals[index] - from.totals[index]) * unit / length;
                match self.measure.is {
                    Is::Steady => [
                        self.level.map_or_else(|| rate(self.count.unwrap()), mean),
                        0.0,
                        0.0,
                        0.0,
                    ],
                    Is::Ratio => [
                        rate(self.count.unwrap()),
                        rate(self.other.unwrap()),
                        0.0,
                        0.0,
                    ],
                    Is::Seen => {
                        let seen = self.seen.unwrap();
                        let sum = (to.seen[seen] - from.seen[seen]) * unit / length;
                        [sum, rate(self.count.unwrap()), 0.0, 0.0]
                    }
                    Is::Duration => [
                        mean(self.level.unwrap()),
                        rate(self.count.unwrap()),
                        0.0,
                        0.0,
                    ],
                    _ => {
                        let both = self.level.unwrap() + 2;
                        [mean(both), mean(both - 1), mean(both - 2), 0.0]
                    }
                }
            }
            Is::Birnbaum | Is::AchievementWorth => {
                let at = &at_mark(self.at()).values;
                let both = self.level.unwrap() + 2;
                [at[both], at[both - 1], at[both - 2], 0.0]
            }
            Is::Point => [level(&at_mark(self.at()).values), 0.0, 0.0, 0.0],
            Is::Average => {
                let integral = level(&at_mark(self.at()).integrals);
                [integral / (self.at() * unit), 0.0, 0.0, 0.0]
            }
            Is::Total => {
                let at = at_mark(self.at());
                let value = match self.count {
                    Some(index) => at.totals[index],
                    None => level(&at.integrals) / unit,
                };
                [value, 0.0, 0.0, 0.0]
            }
            Is::Exceeds | Is::Quantile => {
                let integral = level(&at_mark(self.at()).integrals) / unit;
                let limit = match self.measure.is {
                    Is::Quantile => self.measure.value,
                    _ => self.measure.over.unwrap(),
                };
                [f64::from(u8::from(integral > limit)), 0.0, 0.0, 0.0]
            }
            Is::Variance | Is::VarianceRate => {
                let integral = if kind == Kind::Long {
                    level(&watch.at_marks[1].integrals) - level(&watch.at_marks[0].integrals)
                } else {
                    level(&at_mark(self.at()).integrals)
                };
                [integral / unit, (integral / unit).powi(2), 0.0, 0.0]
            }
            Is::FirstBy => {
                let by = watch.first.is_some_and(|first| {
                    first.at as f64 <= self.at() * unit
                        && self.cause.is_none_or(|cause| first.cause == Some(cause))
                });
                [f64::from(u8::from(by)), 0.0, 0.0, 0.0]
            }
            Is::First | Is::UntilFirst | Is::FirstCause => {
                let Kind::First(_, horizon) = kind else {
                    unreachable!()
                };
                let time = watch.first.map_or(horizon, |first| first.at) as f64 / unit;
                let seen = f64::from(u8::from(watch.first.is_some()));
                match self.measure.is {
                    Is::First => [time, seen, 0.0, 0.0],
                    Is::UntilFirst => [watch.totals_at_end()[self.count.unwrap()], seen, 0.0, 0.0],
                    _ => {
                        let caused = watch.first.is_some_and(|first| first.cause == self.cause);
                        [f64::from(u8::from(caused)), seen, 0.0, 0.0]
                    }
                }
            }
            Is::Hazard => {
                let (from, to) = (self.at() - self.window(), self.at() + self.window());
                let first = watch
                    .first
                    .map_or(f64::INFINITY, |first| first.at as f64 / unit);
                let is = |holds: bool| f64::from(u8::from(holds));
                [
                    is(first > from && first <= to),
                    is(first > self.at()),
                    0.0,
                    0.0,
                ]
            }
            Is::Longer => {
                let over = self.measure.over.unwrap() * unit;
                let after: Vec<&(u64, u64)> = watch
                    .outages
                    .iter()
                    .filter(|outage| outage.0 >= marks[0] && outage.1 < marks[1])
                    .collect();
                let longer = after
                    .iter()
                    .filter(|outage| (outage.1 - outage.0) as f64 > over)
                    .count();
                [longer as f64, after.len() as f64, 0.0, 0.0]
            }
            Is::Steady | Is::Ratio | Is::Seen | Is::Duration => unreachable!("the long run"),
        }
    }

    /// Half the width of the window in which a hazard is counted: short enough for its curvature
    /// not to show.
    fn window(&self) -> f64 {
        self.at() / 24.0
    }

    fn combine(&self, means: Row, length: f64) -> f64 {
        let [a, b, c, _] = means;
        match self.measure.is {
            Is::Steady | Is::Point | Is::Average | Is::Total | Is::Exceeds | Is::FirstBy => a,
            Is::Quantile => a,
            Is::Variance => b - a * a,
            Is::VarianceRate => (b - a * a) / length,
            Is::First
            | Is::UntilFirst
            | Is::FirstCause
            | Is::Longer
            | Is::Ratio
            | Is::Seen
            | Is::Duration => a / b,
            Is::Hazard => a / b / (2.0 * self.window()),
            // Both down, the unit down, the service down.
            Is::Birnbaum => a / b - (c - a) / (1.0 - b),
            Is::AchievementWorth => a / b / c,
        }
    }

    /// The value that the combination should have.
    fn expected(&self) -> f64 {
        match self.measure.is {
            Is::Quantile => 1.0 - self.measure.p.unwrap(),
            _ if self.measure.complement => 1.0 - self.measure.value,
            _ => self.measure.value,
        }
    }

    fn kind(&self, service: ServiceId, horizon: Option<f64>) -> Kind {
        let mission = |time: f64| Kind::Mission((time * self.unit).round() as u64);
        match self.measure.is {
            Is::Point | Is::Average | Is::Total | Is::Exceeds | Is::Quantile | Is::Variance => {
                mission(self.at())
            }
            Is::Birnbaum | Is::AchievementWorth if self.measure.at.is_some() => mission(self.at()),
            Is::FirstBy | Is::Hazard if horizon.is_some() => {
                Kind::First(service, (horizon.unwrap() * self.unit).round() as u64)
            }
            Is::First | Is::UntilFirst | Is::FirstCause | Is::FirstBy | Is::Hazard => {
                Kind::First(service, FOREVER as u64)
            }
            Is::Steady
            | Is::VarianceRate
            | Is::Duration
            | Is::Longer
            | Is::Ratio
            | Is::Seen
            | Is::Birnbaum
            | Is::AchievementWorth => Kind::Long,
        }
    }
}

/// Checks a variant of a case, and prints a line for each of its measures.
pub(super) fn check(
    title: &str,
    case: &Case,
    variant: &Variant,
    system: &System,
    findings: &mut Findings,
) {
    let behaviour = Behaviour::of(system);
    if let Some(trace) = &variant.trace {
        check_trace(title, case, trace, system, &behaviour, findings);
    }
    if std::env::var("FAILSIM_CASES").as_deref() == Ok("exact") {
        return;
    }
    let mut runs: BTreeMap<Kind, (Plan, Vec<Estimator<'_>>)> = BTreeMap::new();
    // Without a question about the first outage whenever it comes, first ones by a time need only
    // missions of that length.
    let first_horizon = |service: ServiceId| {
        let of_first = variant.measure.iter().filter(|measure| {
            level_of(measure, system).is_none_or(|level| service_of(Some(level)) == service)
        });
        let mut longest: f64 = 0.0;
        for measure in of_first {
            match measure.is {
                Is::First | Is::UntilFirst | Is::FirstCause => return None,
                Is::FirstBy | Is::Hazard => longest = longest.max(measure.at.unwrap() * 1.05),
                _ => {}
            }
        }
        (longest > 0.0).then_some(longest)
    };
    for measure in &variant.measure {
        let mut estimator = Estimator {
            measure,
            level: None,
            count: None,
            other: None,
            seen: None,
            unit: case.unit.nanos(),
            cause: None,
        };
        let service = service_of(level_of(measure, system));
        let kind = estimator.kind(service, first_horizon(service));
        let (plan, estimators) = runs.entry(kind).or_default();
        prepare(&mut estimator, plan, system);
        match kind {
            Kind::Mission(_) => plan
                .marks
                .push((estimator.at() * estimator.unit).round() as u64),
            Kind::First(service, _) => plan.until_down = Some(service),
            Kind::Long => {}
        }
        estimators.push(estimator);
    }
    let share = budget() / (case.variant.len() * runs.len().max(1)) as f64;
    for (kind, (mut plan, estimators)) in runs {
        plan.marks.sort_unstable();
        plan.marks.dedup();
        run(
            title,
            case,
            system,
            &behaviour,
            kind,
            &mut plan,
            &estimators,
            share,
            findings,
        );
    }
}

fn level_of(measure: &Measure, system: &System) -> Option<Level> {
    Level::parse(&measure.of, system)
}

fn service_of(level: Option<Level>) -> ServiceId {
    level
        .and_then(|level| level.service())
        .unwrap_or(ServiceId(0))
}

/// Finds the quantities of a measure among those that are followed, or adds them.
fn prepare(estimator: &mut Estimator<'_>, plan: &mut Plan, system: &System) {
    let measure = estimator.measure;
    let text = &measure.of;
    let count = |plan: &mut Plan, text: &str| {
        let count = Count::parse(text, system).unwrap_or_else(|| panic!("`{text}` is no count"));
        plan.counts.push(count);
        plan.counts.len() - 1
    };
    match measure.is {
        Is::FirstBy | Is::FirstCause | Is::First | Is::Hazard => {
            estimator.cause = measure.per.as_ref().map(|name| {
                let group = system
                    .groups
                    .iter_ids()
                    .find(|(_, group)| group.name == *name);
                group.unwrap_or_else(|| panic!("no group `{name}`")).0
            });
        }
        Is::Ratio => {
            estimator.count = Some(count(plan, text));
            estimator.other = Some(count(plan, measure.per.as_ref().unwrap()));
        }
        Is::Seen => {
            let seen = Seen {
                level: plan.levels.len(),
                count: count(plan, measure.per.as_ref().unwrap()),
            };
            plan.levels.push(Level::parse(text, system).unwrap());
            estimator.count = Some(seen.count);
            estimator.seen = Some(plan.seen.len());
            plan.seen.push(seen);
        }
        Is::UntilFirst => estimator.count = Some(count(plan, text)),
        Is::Duration => {
            estimator.count = Some(count(plan, &text.replacen("down", "outages", 1)));
            estimator.level = Some(plan.levels.len());
            plan.levels.push(Level::parse(text, system).unwrap());
        }
        Is::Birnbaum | Is::AchievementWorth => {
            let service = Level::parse(text, system).unwrap();
            let unit = measure.per.as_ref().unwrap();
            let unit = Level::parse(&format!("failed-share {unit}"), system).unwrap();
            estimator.level = Some(plan.levels.len());
            let both = Level::Both(Box::new(unit.clone()), Box::new(service.clone()));
            plan.levels.extend([service, unit, both]);
        }
        Is::Longer => {}
        _ => match Count::parse(text, system) {
            Some(_) => estimator.count = Some(count(plan, text)),
            None => {
                let level = level_of(measure, system);
                estimator.level = Some(plan.levels.len());
                plan.levels
                    .push(level.unwrap_or_else(|| panic!("`{text}` is no quantity")));
            }
        },
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one run of one variant of one case"
)]
fn run(
    title: &str,
    case: &Case,
    system: &System,
    behaviour: &Behaviour,
    kind: Kind,
    plan: &mut Plan,
    estimators: &[Estimator<'_>],
    budget: f64,
    findings: &mut Findings,
) {
    let unit = case.unit.nanos();
    let settles = (case.settles * unit).round();
    let mission = match kind {
        Kind::Mission(time) => time + 1,
        Kind::First(_, horizon) => horizon,
        Kind::Long => {
            // Some hundred missions give a standard error that can be trusted.
            let pilot = pilot_rate(system, behaviour, settles.max(unit));
            let length = (budget / pilot / 400.0).max(10.0 * settles).min(FOREVER);
            plan.marks = vec![settles as u64, length as u64];
            length as u64 + 1
        }
    };
    let length = plan
        .marks
        .last()
        .map_or(0.0, |last| (last - plan.marks[0]) as f64 / unit);
    let seed = match kind {
        Kind::Mission(_) => 42,
        Kind::First(..) => 43,
        Kind::Long => 44,
    };
    let span = Span::from_secs(mission as f64 / 1e9).unwrap();
    let simulator = Simulator::new(behaviour, span, seed);
    let mut runner = simulator.runner();
    let mut watch = Watch::new(plan, system, behaviour);
    let mut sums = vec![Sums::default(); estimators.len()];
    let (mut events, mut trial, mut look) = (0.0, 0_u64, 64_u64);
    loop {
        while trial < look {
            watch.begin();
            runner.narrate(trial, &mut watch);
            watch.end(mission);
            events += watch.event_count as f64 + 20.0;
            for (sum, estimator) in sums.iter_mut().zip(estimators) {
                sum.add(estimator.row(&watch, kind, &plan.marks));
            }
            trial += 1;
            if events > 1.2 * budget && trial >= 64 {
                break;
            }
        }
        let is_precise = sums.iter().zip(estimators).all(|(sum, estimator)| {
            let (_, error) = sum.apply(|means| estimator.combine(means, length));
            error > 0.0 && error <= PRECISION * estimator.expected().abs()
        });
        if is_precise || events >= budget {
            break;
        }
        look = trial + (trial / 2).max(64);
    }
    for (sum, estimator) in sums.iter().zip(estimators) {
        let (mean, error) = sum.apply(|means| estimator.combine(means, length));
        judge(title, estimator, mean, error, trial, findings);
    }
}

/// Events per nanosecond.
fn pilot_rate(system: &System, behaviour: &Behaviour, least: f64) -> f64 {
    let plan = Plan::default();
    let mut length = least.min(FOREVER);
    loop {
        let simulator = Simulator::new(behaviour, Span::from_secs(length / 1e9).unwrap(), 1);
        let mut watch = Watch::new(&plan, system, behaviour);
        watch.begin();
        simulator.runner().narrate(0, &mut watch);
        if watch.event_count > 1000 || length >= FOREVER {
            return (watch.event_count as f64).max(1.0) / length;
        }
        length = (length * 4.0).min(FOREVER);
    }
}

fn judge(
    title: &str,
    estimator: &Estimator<'_>,
    mean: f64,
    error: f64,
    trials: u64,
    findings: &mut Findings,
) {
    let measure = estimator.measure;
    let expected = estimator.expected();
    // For what happens now and then, a relative error says how often it was seen.
    let relative = error / expected.abs();
    let (z, verdict) = if !mean.is_finite() {
        (f64::NAN, "not seen")
    } else if error == 0.0 {
        let same = (mean - expected).abs() <= 1e-9 * expected.abs();
        (f64::NAN, if same { "exact" } else { "not seen" })
    } else if !error.is_finite() {
        (f64::NAN, "not seen")
    } else if relative > 1.0 / EVENTS_LEAST.sqrt() {
        ((mean - expected) / error, "too rare")
    } else {
        let z = (mean - expected) / error;
        (z, if z.abs() < 4.0 { "agrees" } else { "DIFFERS" })
    };
    let told = match measure.is {
        Is::Quantile => mean,
        _ if measure.complement => 1.0 - mean,
        _ => mean,
    };
    findings.row(title, measure).simulated = Some((told, z));
    eprintln!(
        "sim | {title} | {} | {expected:.9e} | {mean:.6e} | {:.2} % | z {z:+.2} | {verdict} | {trials} trials",
        measure.name,
        relative * 100.0
    );
    // Without chance there is no excuse. What was never seen has no mean.
    let fixed = error == 0.0 && mean.is_finite() && mean != 0.0 && verdict != "exact";
    if verdict == "DIFFERS" || fixed {
        findings.failures.push(format!(
            "{title}: {}: simulated {mean:.6e} +- {error:.1e}, expected {expected:.9e}, z = {z:+.2}",
            measure.name
        ));
    }
}

/// Event by event.
fn check_trace(
    title: &str,
    case: &Case,
    trace: &Trace,
    system: &System,
    behaviour: &Behaviour,
    findings: &mut Findings,
) {
    let unit = case.unit.nanos();
    let nanos = |time: f64| (time * unit).round() as u64;
    let plan = Plan::default();
    let horizon = nanos(trace.until);
    let simulator = Simulator::new(behaviour, Span::from_secs(horizon as f64 / 1e9).unwrap(), 1);
    let mut watch = Watch::new(&plan, system, behaviour);
    watch.keep_failures = true;
    watch.begin();
    simulator.runner().narrate(0, &mut watch);
    watch.end(horizon);
    // Times of the source are rounded to 12 digits.
    let same = |seen: u64, told: f64| seen.abs_diff(nanos(told)) <= horizon / 1_000_000_000_000 + 1;
    let outages = watch.outages.len() >= trace.outages.len()
        && watch
            .outages
            .iter()
            .zip(&trace.outages)
            .all(|(seen, told)| same(seen.0, told.0) && same(seen.1, told.1));
    let failed = watch.failures.len() >= trace.failures.len()
        && watch
            .failures
            .iter()
            .zip(&trace.failures)
            .all(|(seen, told)| same(seen.0, told.0) && seen.1 == told.1);
    eprintln!(
        "sim | {title} | trace | {} outages and {} failures | event by event | {}",
        trace.outages.len(),
        trace.failures.len(),
        if outages && failed {
            "exact"
        } else {
            "DIFFERS"
        }
    );
    if !(outages && failed) {
        let hours = |at: u64| at as f64 / unit;
        let seen: Vec<_> = watch
            .outages
            .iter()
            .map(|o| (hours(o.0), hours(o.1)))
            .collect();
        let failed: Vec<_> = watch.failures.iter().map(|f| (hours(f.0), &f.1)).collect();
        findings
            .failures
            .push(format!("{title}: outages {seen:?}\nfailures {failed:?}"));
    }
}
