//! The measures of a case by the exact solution.
//!
//! What the solver answers itself is asked of it: unavailability, outages and first outages, of the
//! long run and of a mission. Other levels are weighed with the probabilities of the chain's states.

use std::collections::BTreeMap;

use failsim::base::{Id, Probability};
use failsim::behaviour::{Behaviour, Matters, State};
use failsim::exact::{
    ClockLaws, Effort, Exact, LaidOpen, Limits, Lumped, explore, explore_counting,
};
use failsim::math::markov::{Chain, long_run, mean_time_to, transient};
use failsim::model::{ServiceId, System};

use super::measure::{Count, Is, Level, Measure, Moment, Outages};
use super::{Case, Findings, Variant};

/// The work that a test may take.
const EFFORT: Effort = Effort {
    limits: Limits {
        states_max: 200_000,
        firings_max: 2_000_000,
        bytes_max: 1 << 30,
    },
    joint_states_max: 300,
    multiplications_max: 1e9,
    mechanisms: false,
    merges: true,
};

/// How far the exact answer may be from the figure of the source, relative to it.
const TOLERANCE: f64 = 1e-9;

/// The chain of a system, with the levels that are asked for in each state.
struct Solved {
    chain: Chain,
    initial: Vec<f64>,
    marks: Vec<u32>,
    levels: Vec<Vec<f64>>,
    /// By measure that asks for the importance of a unit: the place of the level of the unit, before
    /// that of both.
    of_unit: BTreeMap<usize, usize>,
    long_run: Vec<f64>,
}

/// Checks a variant of a case where its times are made of exponential phases.
pub(super) fn check(
    title: &str,
    case: &Case,
    variant: &Variant,
    system: &System,
    findings: &mut Findings,
) {
    let unit = case.unit.nanos() / 1e9;
    let hourly = system.services.iter().find(|service| {
        let demand = service.demand.as_ref();
        let changes = demand.is_some_and(|demand| !demand.is_constant());
        changes && service.down_below > Probability::ZERO
    });
    if let Some(service) = hourly {
        let name = &service.name;
        eprintln!("no solution | {title} | it depends on the hour whether `{name}` is down");
        return;
    }
    let levels = variant.measure.iter();
    let mut levels = levels.filter_map(|measure| Level::parse(&measure.of, system));
    let effort = Effort {
        mechanisms: levels.any(|level| level.asks_for_roots()),
        ..EFFORT
    };
    let start = std::time::Instant::now();
    // A mission of any length will do for the long run.
    let lengths = variant
        .measure
        .iter()
        .map(|measure| measure.at.unwrap_or(1.0));
    let mut by_mission: BTreeMap<u64, Exact> = BTreeMap::new();
    let laid_open = LaidOpen::of(system, &effort, None).and_then(|laid_open| {
        for length in lengths {
            by_mission.insert(length.to_bits(), laid_open.answer(length * unit)?);
        }
        Ok(laid_open)
    });
    match (&laid_open, by_mission.values().next()) {
        (Ok(_), Some(exact)) => eprintln!(
            "solution | {title} | {} | {} | {:.4}",
            exact.explored,
            exact.state_count(),
            start.elapsed().as_secs_f64()
        ),
        (Ok(_), None) => {}
        (Err(error), _) => eprintln!("no solution | {title} | {error}"),
    }
    let mut levels = None;
    for measure in &variant.measure {
        let answer = laid_open.as_ref().ok().and_then(|laid_open| {
            let exact = &by_mission[&measure.at.unwrap_or(1.0).to_bits()];
            answer(measure, system, unit, exact)
                .or_else(|| of_roots(measure, system, unit, exact))
                .or_else(|| of_down_time(measure, system, unit, laid_open))
        });
        let answer = answer.or_else(|| {
            let levels = levels.get_or_insert_with(|| solve_levels(variant, system));
            weighed(measure, variant, system, unit, levels.as_ref()?)
        });
        let answer = answer
            .or_else(|| counted(measure, system, unit))
            .or_else(|| of_first_lives(measure, system, unit));
        judge(title, measure, answer, findings);
    }
}

/// How the downtime of a mission is distributed.
fn of_down_time(
    measure: &Measure,
    system: &System,
    unit: f64,
    laid_open: &LaidOpen<'_>,
) -> Option<f64> {
    let service = match Level::parse(&measure.of, system)? {
        Level::Down(service, Outages::All) => service,
        _ => return None,
    };
    let down_time = || laid_open.down_time(service, measure.at? * unit).ok();
    match measure.is {
        Is::Exceeds => Some(down_time()?.exceeds(measure.over? * unit)?.value),
        Is::Quantile => Some(down_time()?.quantile_s(measure.p?)?.value / unit),
        Is::Variance => Some(down_time()?.variance_s2()? / (unit * unit)),
        _ => None,
    }
}

/// What the solver says itself.
fn answer(measure: &Measure, system: &System, unit: f64, exact: &Exact) -> Option<f64> {
    let service = match Level::parse(&measure.of, system)? {
        Level::Down(service, Outages::All) => service,
        _ => return None,
    };
    let of_outages = matches!(Count::parse(&measure.of, system), Some(Count::Begins(_)));
    let at = &exact.services[service];
    let mission = || at.mission.as_ref();
    match (measure.is, of_outages) {
        (Is::Steady, false) => Some(at.long_run.unavailability),
        (Is::Steady, true) => at.long_run.outages_per_s.map(|rate| rate * unit),
        (Is::Duration, _) => at.long_run.mean_down_time_s().map(|time| time / unit),
        (Is::First, _) if measure.per.is_none() => {
            at.time_to_first_outage_s.map(|time| time / unit)
        }
        (Is::FirstBy, _) if measure.per.is_none() => mission()?.any_outage,
        (Is::Point, false) => Some(mission()?.unavailability_at_end),
        (Is::Average, false) => Some(mission()?.unavailability),
        (Is::Total, false) => Some(mission()?.unavailability * measure.at?),
        (Is::Total, true) => mission()?.outages,
        _ => None,
    }
}

/// What the solver says of what began outages.
fn of_roots(measure: &Measure, system: &System, unit: f64, exact: &Exact) -> Option<f64> {
    let Level::Down(service, Outages::From(name)) = Level::parse(&measure.of, system)? else {
        return None;
    };
    let is_count = Count::parse(&measure.of, system).is_some();
    let roots = exact.services[service].mission.as_ref()?.roots.as_ref()?;
    let begun = || roots.iter().filter(|of| system.root_name(of.root) == name);
    let down_time = || begun().map(|of| of.down_s / unit).sum::<f64>();
    match (measure.is, is_count) {
        (Is::Total, true) => Some(begun().map(|of| of.outages).sum()),
        (Is::Total, false) => Some(down_time()),
        (Is::Average, false) => Some(down_time() / measure.at?),
        _ => None,
    }
}

fn solve_levels(variant: &Variant, system: &System) -> Option<Solved> {
    let mut wanted: Vec<Level> = variant
        .measure
        .iter()
        .map(|measure| {
            Level::parse(&measure.of, system)
                .unwrap_or(Level::Down(ServiceId::from_index(0), Outages::All))
        })
        .collect();
    // The unit by itself, and together with the service.
    let mut of_unit = BTreeMap::new();
    for (at, measure) in variant.measure.iter().enumerate() {
        if matches!(measure.is, Is::Birnbaum | Is::AchievementWorth) {
            let unit = Level::parse(&format!("failed-share {}", measure.per.as_ref()?), system)?;
            let both = Level::Both(Box::new(unit.clone()), Box::new(wanted[at].clone()));
            of_unit.insert(at, wanted.len());
            wanted.extend([unit, both]);
        }
    }
    let behaviour = Behaviour::of(system);
    let laws = ClockLaws::of(system, &behaviour, None);
    let limits = EFFORT.limits;
    let asks_for_causes = wanted.iter().any(Level::asks_for_causes);
    let explored = explore(
        system,
        &behaviour,
        &laws,
        Matters {
            causes: asks_for_causes,
            ..Matters::default()
        },
        limits,
        |state| {
            let moment = moment(system, &behaviour, state);
            let values = wanted.iter().map(|level| level.value(&moment).to_bits());
            values.collect::<Vec<u64>>()
        },
    )
    .ok()?;
    let Lumped {
        chain,
        labels,
        marks,
        initial,
    } = explored.lumped();
    let long_run = long_run(&chain, &initial, &marks)?.probabilities;
    let levels = |label: Vec<u64>| label.into_iter().map(f64::from_bits).collect();
    Some(Solved {
        chain,
        initial,
        marks,
        of_unit,
        levels: labels.into_iter().map(levels).collect(),
        long_run,
    })
}

/// A system in a state of its chain.
fn moment<'a>(system: &'a System, behaviour: &'a Behaviour, state: &'a State) -> Moment<'a> {
    Moment {
        system,
        behaviour,
        state,
        at: None,
        roots: &[],
    }
}

/// What is counted in a state: the stage of what begins, the rate of what happens, and the value of the
/// level that sees it.
type Counting = (u64, u64, u64);

/// The means of how long a chain is in each state: of the long run, or of a mission.
type Over<'a> = &'a dyn Fn(&Lumped<Counting>) -> Option<Vec<f64>>;

/// What happens now and then, counted as often as its clocks fire in each state; what begins, as much as
/// flows to states where it has begun.
fn counted(measure: &Measure, system: &System, unit: f64) -> Option<f64> {
    let behaviour = Behaviour::of(system);
    let laws = ClockLaws::of(system, &behaviour, None);
    // Each time counts by the level before it, if there is one.
    let mean = |text: &str, seen: Option<&Level>, over: Over<'_>| -> Option<f64> {
        let count = Count::parse(text, system)?;
        let begun = match &count {
            Count::Begins(level) => Some(level),
            _ => None,
        };
        let mut levels = seen.iter().copied().chain(begun);
        let mut explored = explore_counting(
            system,
            &behaviour,
            &laws,
            Matters {
                causes: levels.any(Level::asks_for_causes),
                counts: true,
                all: false,
            },
            EFFORT.limits,
            |state| {
                let moment = moment(system, &behaviour, state);
                let value = seen.map_or(1.0, |level| level.value(&moment));
                (count.stage(&moment), 0, value.to_bits())
            },
            &|note| {
                let weight = count.weight(system, &behaviour, note);
                (weight != 0.0).then_some((0, weight))
            },
        )
        .ok()?;
        let rates = explored.counts_by_state();
        for (label, counts) in explored.labels.iter_mut().zip(rates) {
            label.1 = counts.first().map_or(0, |&(_, rate)| rate);
        }
        let lumped = explored.lumped();
        let weights = over(&lumped)?;
        let of_state = |(state, weight): (usize, &f64)| {
            let (stage, rate, value) = lumped.labels[state];
            let begins = |&(to, _): &(usize, f64)| (stage, lumped.labels[to].0) == (0, 2);
            let row = lumped.chain.row(state).filter(begins);
            let begun: f64 = row.map(|(_, rate)| rate).sum();
            weight * f64::from_bits(value) * (f64::from_bits(rate) + begun)
        };
        Some(weights.iter().enumerate().map(of_state).sum())
    };
    let long = |lumped: &Lumped<Counting>| {
        long_run(&lumped.chain, &lumped.initial, &lumped.marks).map(|found| found.probabilities)
    };
    match measure.is {
        Is::Steady => Some(mean(&measure.of, None, &long)? * unit),
        Is::Ratio => {
            let per = measure.per.as_ref()?;
            Some(mean(&measure.of, None, &long)? / mean(per, None, &long)?)
        }
        Is::Seen => {
            let (level, per) = (Level::parse(&measure.of, system)?, measure.per.as_ref()?);
            Some(mean(per, Some(&level), &long)? / mean(per, None, &long)?)
        }
        Is::Total => mean(&measure.of, None, &|lumped| {
            let (chain, initial, marks) = (&lumped.chain, &lumped.initial, &lumped.marks);
            let horizon = measure.at? * unit;
            let course = transient(chain, initial, horizon, marks, EFFORT.multiplications_max);
            course.map(|course| course.occupancy)
        }),
        _ => None,
    }
}

/// What those do that have not been down yet: the rate at which they go down at a time, and how often
/// something happens until then.
fn of_first_lives(measure: &Measure, system: &System, unit: f64) -> Option<f64> {
    let (behaviour, laws) = (
        Behaviour::of(system),
        ClockLaws::of(system, &Behaviour::of(system), None),
    );
    let count = match measure.is {
        Is::Hazard => None,
        Is::UntilFirst => Some(Count::parse(&measure.of, system)?),
        _ => return None,
    };
    let first = ServiceId::from_index(0);
    let is_down = |state: &State| moment(system, &behaviour, state).outage(first).is_some();
    let weight = |note| {
        let weight = count.as_ref()?.weight(system, &behaviour, note);
        (weight != 0.0).then_some((0, weight))
    };
    let limits = EFFORT.limits;
    let matters = Matters {
        counts: true,
        ..Matters::default()
    };
    let mut explored =
        explore_counting(system, &behaviour, &laws, matters, limits, is_down, &weight).ok()?;
    let rates = explored.counts_by_state();
    let rates = rates
        .iter()
        .map(|counts| counts.first().map_or(0, |&(_, bits)| bits));
    let labels: Vec<(bool, u64)> = explored.labels.drain(..).zip(rates).collect();
    let Lumped {
        chain,
        labels,
        initial,
        ..
    } = explored.with_labels(labels).lumped();
    let last = chain.len();
    let ending = chain.ending(|state| labels[state].0);
    let mut start = initial;
    start.push(0.0);
    for state in (0..last).filter(|&state| labels[state].0) {
        start[last] += std::mem::take(&mut start[state]);
    }
    let marks: Vec<u32> = (0..=last as u32).collect();
    let follow = |horizon: f64| {
        let effort = EFFORT.multiplications_max;
        transient(&ending, &start, horizon, &marks, effort)
    };
    if count.is_none() {
        let at_end = follow(measure.at? * unit)?.at_end;
        let ends = |state: usize| -> f64 {
            let row = ending.row(state).filter(|&(to, _)| to == last);
            row.map(|(_, rate)| at_end[state] * rate).sum()
        };
        let alive: f64 = at_end[..last].iter().sum();
        return Some((0..last).map(ends).sum::<f64>() / alive * unit);
    }
    // After a thousand lives nobody is left.
    let horizon = 1e3 * mean_time_to(&ending, &start, |state| state == last)?;
    let occupancy = follow(horizon)?.occupancy;
    let of_states = occupancy.iter().zip(&labels);
    Some(
        of_states
            .map(|(time, (_, rate))| time * f64::from_bits(*rate))
            .sum(),
    )
}

/// A level, weighed with the probabilities of the states.
fn weighed(
    measure: &Measure,
    variant: &Variant,
    system: &System,
    unit: f64,
    solved: &Solved,
) -> Option<f64> {
    let index = variant
        .measure
        .iter()
        .position(|other| std::ptr::eq(other, measure))?;
    let level = Level::parse(&measure.of, system)?;
    if Count::parse(&measure.of, system).is_some() {
        return None;
    }
    let is_untold = level.service().is_some_and(|service| {
        let service = &system.services[service];
        match level {
            // The state does not tell what began that a service is down because it serves too little.
            Level::Down(_, Outages::From(_)) => service.down_below > Probability::ZERO,
            // In a mission it matters at which hour it is in which state.
            Level::Served(_) | Level::Unserved(_) => {
                let demand = service.demand.as_ref();
                measure.is != Is::Steady && demand.is_some_and(|demand| !demand.is_constant())
            }
            _ => false,
        }
    });
    if is_untold {
        return None;
    }
    let mean_of = |weights: &[f64], index: usize| -> f64 {
        weights
            .iter()
            .zip(&solved.levels)
            .map(|(weight, levels)| weight * levels[index])
            .sum()
    };
    let mean = |weights: &[f64]| mean_of(weights, index);
    let course = || {
        let horizon = measure.at? * unit;
        transient(
            &solved.chain,
            &solved.initial,
            horizon,
            &solved.marks,
            EFFORT.multiplications_max,
        )
    };
    match measure.is {
        Is::Steady => Some(mean(&solved.long_run)),
        Is::Point => Some(mean(&course()?.at_end)),
        Is::Average => Some(mean(&course()?.occupancy) / (measure.at? * unit)),
        Is::Total => Some(mean(&course()?.occupancy) / unit),
        Is::Birnbaum | Is::AchievementWorth => {
            let weights = match measure.at {
                Some(_) => course()?.at_end,
                None => solved.long_run.clone(),
            };
            let unit = *solved.of_unit.get(&index)?;
            let (service, both) = (mean(&weights), mean_of(&weights, unit + 1));
            let unit = mean_of(&weights, unit);
            Some(match measure.is {
                Is::Birnbaum => both / unit - (service - both) / (1.0 - unit),
                _ => both / unit / service,
            })
        }
        _ => None,
    }
}

fn judge(title: &str, measure: &Measure, answer: Option<f64>, findings: &mut Findings) {
    let Some(answer) = answer else {
        eprintln!("exact | {title} | {} | no answer", measure.name);
        return;
    };
    let expected = if measure.complement && measure.value != 1.0 {
        1.0 - measure.value
    } else {
        measure.value
    };
    let told = if measure.complement && measure.value != 1.0 {
        1.0 - answer
    } else {
        answer
    };
    findings.row(title, measure).exact = Some(told);
    let error = (answer - expected).abs();
    // A figure that is given as 1 - x has lost the digits of x.
    let scale = if measure.complement {
        1.0
    } else {
        expected.abs()
    };
    let digits = measure.digits.unwrap_or(11);
    let tolerance = TOLERANCE.max(5.0 * 10f64.powi(-digits));
    let agrees = error <= tolerance * scale;
    eprintln!(
        "exact | {title} | {} | {expected:.12e} | {answer:.12e} | {:.1e} | {}",
        measure.name,
        error / expected.abs(),
        if agrees { "agrees" } else { "DIFFERS" }
    );
    if !agrees {
        findings.failures.push(format!(
            "{title}: {}: exact {answer:.12e}, expected {expected:.12e}",
            measure.name
        ));
    }
}
