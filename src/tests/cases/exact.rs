//! The measures of a case by the exact solution.
//!
//! What the solver answers itself is asked of it: unavailability, outages and first outages, of the
//! long run and of a mission. Other levels are weighed with the probabilities of the chain's states.

use std::collections::BTreeMap;

use failsim::base::Id;
use failsim::behaviour::{Behaviour, State};
use failsim::exact::{
    ClockLaws, Effort, Exact, LaidOpen, Limits, Lumped, explore, explore_counting,
};
use failsim::math::markov::{Chain, long_run, mean_time_to, transient};
use failsim::model::{ServiceId, System};

use super::measure::{Count, Is, Level, Measure};
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
    let start = std::time::Instant::now();
    // A mission of any length will do for the long run.
    let lengths = variant
        .measure
        .iter()
        .map(|measure| measure.at.unwrap_or(1.0));
    let mut by_mission: BTreeMap<u64, Exact> = BTreeMap::new();
    let laid_open = LaidOpen::of(system, &EFFORT, None).and_then(|laid_open| {
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
                .or_else(|| of_down_time(measure, system, unit, laid_open))
        });
        let answer = answer.or_else(|| {
            let levels = levels.get_or_insert_with(|| solve_levels(variant, system));
            weighed(measure, variant, unit, levels.as_ref()?)
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
        Level::Down(service, mechanisms) if mechanisms.is_empty() => service,
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
        Level::Down(service, mechanisms) if mechanisms.is_empty() => service,
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

fn solve_levels(variant: &Variant, system: &System) -> Option<Solved> {
    let mut wanted: Vec<Level> = variant
        .measure
        .iter()
        .map(|measure| {
            Level::parse(&measure.of, system)
                .unwrap_or(Level::Down(ServiceId::from_index(0), Vec::new()))
        })
        .collect();
    // The unit by itself, and together with the service.
    let mut of_unit = BTreeMap::new();
    for (at, measure) in variant.measure.iter().enumerate() {
        if matches!(measure.is, Is::Birnbaum | Is::AchievementWorth) {
            let unit = Level::parse(&format!("failed {}", measure.per.as_ref()?), system)?;
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
        asks_for_causes,
        limits,
        |state| {
            let values = wanted
                .iter()
                .map(|level| level.value(system, &behaviour, state).to_bits());
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

/// The means of how long a chain is in each state: of the long run, or of a mission.
type Over<'a> = &'a dyn Fn(&Lumped<u64>) -> Option<Vec<f64>>;

/// How often a level becomes positive: how much flows from states where it is not to states where it is.
fn begun(
    level: &Level,
    system: &System,
    behaviour: &Behaviour,
    laws: &ClockLaws,
    over: Over<'_>,
) -> Option<f64> {
    let causes_matter = level.asks_for_causes();
    let explored = explore(
        system,
        behaviour,
        laws,
        causes_matter,
        EFFORT.limits,
        |state| u64::from(level.value(system, behaviour, state) > 0.0),
    );
    let lumped = explored.ok()?.lumped();
    let weights = over(&lumped)?;
    let of_state = |state: usize| -> f64 {
        let begins = |&(to, _): &(usize, f64)| lumped.labels[to] > lumped.labels[state];
        let row = lumped.chain.row(state).filter(begins);
        weights[state] * row.map(|(_, rate)| rate).sum::<f64>()
    };
    Some((0..lumped.chain.len()).map(of_state).sum())
}

/// What happens now and then, counted as often as its clocks fire in each state.
fn counted(measure: &Measure, system: &System, unit: f64) -> Option<f64> {
    let behaviour = Behaviour::of(system);
    let laws = ClockLaws::of(system, &behaviour, None);
    let mean = |text: &str, over: Over<'_>| -> Option<f64> {
        let count = Count::parse(text, system)?;
        if let Count::Begins(level) = count {
            return begun(&level, system, &behaviour, &laws, over);
        }
        let mut explored = explore_counting(
            system,
            &behaviour,
            &laws,
            false,
            EFFORT.limits,
            |_| 0_u64,
            &|note| {
                let weight = count.weight(system, &behaviour, note);
                (weight != 0.0).then_some((0, weight))
            },
        )
        .ok()?;
        let rate = |counts: Vec<(u32, u64)>| counts.first().map_or(0, |&(_, bits)| bits);
        explored.labels = explored.counts_by_state().into_iter().map(rate).collect();
        let lumped = explored.lumped();
        let weights = over(&lumped)?;
        let rates = lumped.labels.iter().map(|&bits| f64::from_bits(bits));
        Some(
            weights
                .iter()
                .zip(rates)
                .map(|(weight, rate)| weight * rate)
                .sum(),
        )
    };
    let long = |lumped: &Lumped<u64>| {
        long_run(&lumped.chain, &lumped.initial, &lumped.marks).map(|found| found.probabilities)
    };
    match measure.is {
        Is::Steady => Some(mean(&measure.of, &long)? * unit),
        Is::Ratio => Some(mean(&measure.of, &long)? / mean(measure.per.as_ref()?, &long)?),
        Is::Total => mean(&measure.of, &|lumped| {
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
    let down = Level::Down(ServiceId::from_index(0), Vec::new());
    let count = match measure.is {
        Is::Hazard => None,
        Is::UntilFirst => Some(Count::parse(&measure.of, system)?),
        _ => return None,
    };
    let is_down = |state: &State| down.value(system, &behaviour, state) > 0.0;
    let weight = |note| {
        let weight = count.as_ref()?.weight(system, &behaviour, note);
        (weight != 0.0).then_some((0, weight))
    };
    let limits = EFFORT.limits;
    let mut explored =
        explore_counting(system, &behaviour, &laws, false, limits, is_down, &weight).ok()?;
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
fn weighed(measure: &Measure, variant: &Variant, unit: f64, solved: &Solved) -> Option<f64> {
    let index = variant
        .measure
        .iter()
        .position(|other| std::ptr::eq(other, measure))?;
    let first = measure.of.split(' ').next()?;
    let is_count = matches!(
        first,
        "outages"
            | "failures"
            | "repairs"
            | "found-dead"
            | "false-alarms"
            | "splits"
            | "failbacks"
            | "stages"
            | "servings"
            | "failovers"
            | "promotions"
            | "begins"
            | "cost"
            | "changes"
    );
    if is_count {
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
