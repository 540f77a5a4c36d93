//! Random small systems over all that the language can say: what must hold in every trial, and the
//! exact answer against the simulation.
//!
//! `FAILSIM_SWARM` overrides the number of systems. A system that fails is printed; its number alone
//! brings it back.

mod found;
pub(crate) mod generate;
mod watch;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use failsim::behaviour::{Behaviour, Mechanism};
use failsim::engine::Simulator;
use failsim::exact::{self, ClockLaws, Effort, Exact, Limits, NoExact};
use failsim::model::{Culprit, Families, Level, System};
use failsim::stats::Moments;
use failsim::trials;

use crate::support::scenario;
use generate::{Range, scenario_text};
use watch::{NOTES, Watch};

/// Enough for most systems of the swarm, and little for each.
const EFFORT: Effort = Effort {
    limits: Limits {
        states_max: 4_000,
        firings_max: 100_000,
        bytes_max: 1 << 30,
    },
    joint_states_max: 300,
    multiplications_max: 6e7,
    mechanisms: true,
};
const TRIALS: u64 = 400;
/// Figures this far from the truth are looked at again with many more trials.
const Z_SUSPECT: f64 = 3.5;
/// Figures this far from the truth then are wrong.
const Z_WRONG: f64 = 4.5;
/// Trials with something to count that a figure needs for its z to be normal.
const SIGNIFICANT: u64 = 100;
/// Sums over the trials of a service.
#[derive(Clone, Default)]
struct Sums {
    down: Moments,
    degraded: Moments,
    outages: Moments,
    unserved: Moments,
    contributions: BTreeMap<(Culprit, Mechanism), Moments>,
}

/// What the trials of a system add up to, by service.
struct Simulated {
    trials: u64,
    services: Vec<Sums>,
    notes: [u64; NOTES.len()],
}

/// Runs trials, each under observation and a few of them twice.
fn simulate(system: &System, seed: u64, first: u64, trials: u64) -> Simulated {
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, seed);
    let mut runner = simulator.runner();
    let mut watch = Watch::of(system, &behaviour);
    let families = Families::of(system);
    let mut services = vec![Sums::default(); system.services.len()];
    for trial in first..first + trials {
        watch.begin();
        let outcome = runner.narrate(trial, &mut watch);
        watch.end(outcome, simulator.mission());
        for (sums, service) in services.iter_mut().zip(&outcome.services) {
            sums.down.record(service.down_time());
            sums.degraded.record(service.degraded);
            sums.outages.record(service.outages().count() as u64);
            sums.unserved.record(match service.unserved {
                Some(unserved) => unserved.load,
                None => service.down_time() + service.lost,
            });
            let mut parts: BTreeMap<(Culprit, Mechanism), u64> = BTreeMap::new();
            for segment in &service.segments {
                let culprit = families.culprit(segment.culprit);
                *parts.entry((culprit, segment.mechanism)).or_default() += segment.duration();
            }
            assert_eq!(parts.values().sum::<u64>(), service.down_time());
            for (part, time) in parts {
                sums.contributions.entry(part).or_default().record(time);
            }
        }
        if trial < first + 3 {
            let seen = outcome.clone();
            assert_eq!(&seen, simulator.runner().run(trial), "replay, unobserved");
        }
    }
    for sums in &mut services {
        for part in sums.contributions.values_mut() {
            part.record_zeros(trials - part.count());
        }
    }
    Simulated {
        trials,
        services,
        notes: watch.notes,
    }
}

/// A simulated figure beside the exact one.
struct Figure {
    what: String,
    simulated: f64,
    exact: f64,
    standard_error: f64,
}

impl Figure {
    fn z(&self) -> f64 {
        let difference = self.simulated - self.exact;
        if difference.abs() <= 1e-9 * self.exact.abs() {
            return 0.0;
        }
        difference / self.standard_error
    }
}

/// Sets the figures of a simulation beside the exact ones. What has hardly been seen is left out,
/// unless it cannot be.
fn compare(system: &System, exact: &Exact, simulated: &Simulated) -> Vec<Figure> {
    let mut figures = Vec::new();
    let trials = simulated.trials;
    for (answer, sums) in exact.services.iter().zip(&simulated.services) {
        let Some(mission) = &answer.mission else {
            continue;
        };
        let mut mean = |what: String, moments: &Moments, unit: f64, exact: f64| {
            let is_possible = exact > 0.0 || moments.sum() == 0;
            if is_possible && moments.nonzero() < SIGNIFICANT {
                return;
            }
            figures.push(Figure {
                what: format!("{what} of `{}`", answer.name),
                simulated: moments.mean() / unit,
                exact,
                // Where all trials had as many, one more in one of them would have made the difference.
                standard_error: match moments.standard_error() {
                    0.0 => 1.0 / trials as f64,
                    error => error / unit,
                },
            });
        };
        let mission_ns = exact.mission_s * 1e9;
        mean(
            "downtime".to_owned(),
            &sums.down,
            mission_ns,
            mission.unavailability,
        );
        mean(
            "degraded time".to_owned(),
            &sums.degraded,
            mission_ns,
            mission.degraded,
        );
        if let Some(served) = mission.served {
            let what = "unserved load".to_owned();
            mean(what, &sums.unserved, mission_ns, 1.0 - served);
        }
        if let Some(outages) = mission.outages {
            mean("outages".to_owned(), &sums.outages, 1.0, outages);
        }
        if let Some(contributions) = &mission.contributions {
            let truth: BTreeMap<(Culprit, Mechanism), f64> = contributions
                .iter()
                .map(|&(culprit, mechanism, time)| ((culprit, mechanism), time))
                .collect();
            for (&(culprit, mechanism), moments) in &sums.contributions {
                let name = system.culprit_name(culprit);
                let exact = truth.get(&(culprit, mechanism)).copied().unwrap_or(0.0);
                mean(
                    format!("{} of `{name}`", mechanism.name()),
                    moments,
                    1e9,
                    exact,
                );
            }
            let total: f64 = truth.values().sum();
            let down = mission.unavailability * exact.mission_s;
            assert!(
                (total - down).abs() <= 1e-9 * down,
                "{total} s in parts, {down} s in all"
            );
        }
        if let Some(any) = mission.any_outage {
            let found = sums.outages.nonzero() as f64 / trials as f64;
            let spread = any * (1.0 - any) * trials as f64;
            if spread > SIGNIFICANT as f64 / 2.0 || (any == 0.0) != (found == 0.0) && spread > 20.0
            {
                figures.push(Figure {
                    what: format!("any outage of `{}`", answer.name),
                    simulated: found,
                    exact: any,
                    standard_error: spread.sqrt() / trials as f64,
                });
            }
        }
    }
    figures
}

/// From everywhere, each service must be able to come up again.
fn check_no_dead_end(system: &System) {
    let behaviour = Behaviour::of(system);
    let laws = ClockLaws::of(system, &behaviour, None);
    let explored = exact::explore(system, &behaviour, &laws, false, EFFORT.limits, |state| {
        let services = system.services.ids();
        let levels: Vec<Level> = services
            .map(|service| state.service(service).level)
            .collect();
        (levels, state.clone())
    });
    let Ok(explored) = explored else {
        return;
    };
    let count = explored.labels.len();
    let mut before = vec![Vec::new(); count];
    for &(from, to, rate) in &explored.transitions {
        assert!(rate > 0.0 && rate.is_finite());
        before[to as usize].push(from as usize);
    }
    for service in 0..system.services.len() {
        let mut is_left: Vec<bool> = explored
            .labels
            .iter()
            .map(|(levels, _)| levels[service] == Level::Up)
            .collect();
        let mut todo: Vec<usize> = (0..count).filter(|&state| is_left[state]).collect();
        while let Some(state) = todo.pop() {
            for &from in &before[state] {
                if !std::mem::replace(&mut is_left[from], true) {
                    todo.push(from);
                }
            }
        }
        if let Some(stuck) = is_left.iter().position(|left| !left) {
            let state = &explored.labels[stuck].1;
            panic!(
                "there is a state without a way to service {service} being up again: {state:#?}"
            );
        }
    }
}

/// Independent parts that are solved apart must add up to what they are together.
fn check_apart(system: &System, joint: &Exact) {
    let effort = Effort {
        joint_states_max: 0,
        ..EFFORT
    };
    let Ok(apart) = exact::solve(system, &effort, None) else {
        return;
    };
    if apart.part_states.len() == joint.part_states.len() {
        return;
    }
    let close = |what: &str, a: f64, b: f64| {
        assert!(
            (a - b).abs() <= 1e-9 * b.abs() + 1e-14,
            "{what}: {a:e} apart, {b:e} together"
        );
    };
    for (a, b) in apart.services.iter().zip(joint.services.iter()) {
        close(
            "long run",
            a.long_run.unavailability,
            b.long_run.unavailability,
        );
        close(
            "degraded in the long run",
            a.long_run.degraded,
            b.long_run.degraded,
        );
        if let (Some(a), Some(b)) = (a.long_run.outages_per_s, b.long_run.outages_per_s) {
            close("outages in the long run", a, b);
        }
        if let (Some(a), Some(b)) = (&a.mission, &b.mission) {
            close("mission", a.unavailability, b.unavailability);
            close("degraded", a.degraded, b.degraded);
            close("end", a.unavailability_at_end, b.unavailability_at_end);
            if let (Some(a), Some(b)) = (a.outages, b.outages) {
                close("outages", a, b);
            }
            if let (Some(a), Some(b)) = (a.any_outage, b.any_outage) {
                close("any outage", a, b);
            }
        }
    }
}

/// What has been found out about one system.
struct Seen {
    zs: Vec<f64>,
    worst: String,
    /// Number of states, if there is an exact answer.
    states: Option<usize>,
    mechanisms: BTreeMap<Mechanism, u64>,
    notes: [u64; NOTES.len()],
    repeated: usize,
}

fn look_at(number: u64, text: &str, range: Range) -> Seen {
    let mut system = scenario(text, &[]).system;
    trials::find_warm_up(&mut system, number);
    let trials = match range {
        Range::Exact => TRIALS,
        Range::All => TRIALS / 4,
    };
    let simulated = simulate(&system, number, 0, trials);
    let mut seen = Seen {
        zs: Vec::new(),
        worst: String::new(),
        states: None,
        mechanisms: BTreeMap::new(),
        notes: simulated.notes,
        repeated: 0,
    };
    for (_, mechanism) in simulated
        .services
        .iter()
        .flat_map(|sums| sums.contributions.keys())
    {
        *seen.mechanisms.entry(*mechanism).or_default() += 1;
    }
    let exact = match exact::solve(&system, &EFFORT, None) {
        Ok(exact) => exact,
        Err(NoExact::TooManyStates { .. }) => return seen,
        Err(NoExact::NotMarkov(_)) if range == Range::All => return seen,
        Err(error) => panic!("there is no exact answer: {error}"),
    };
    check_no_dead_end(&system);
    check_apart(&system, &exact);
    seen.states = Some(exact.state_count());
    let mut figures = compare(&system, &exact, &simulated);
    seen.zs = figures.iter().map(Figure::z).collect();
    if seen.zs.iter().any(|z| z.is_nan() || z.abs() >= Z_SUSPECT) {
        // Other trials, and many more of them: chance goes away, a mistake grows.
        seen.repeated = 1;
        figures = compare(
            &system,
            &exact,
            &simulate(&system, number, TRIALS, 16 * TRIALS),
        );
        for figure in &figures {
            let Figure {
                what,
                simulated,
                exact,
                ..
            } = figure;
            let z = figure.z();
            assert!(
                z.abs() < Z_WRONG,
                "{what}: {simulated:.6e} against {exact:.6e}, z = {z:.1}"
            );
        }
    }
    let worst = figures
        .iter()
        .max_by(|a, b| a.z().abs().total_cmp(&b.z().abs()));
    seen.worst = worst.map_or(String::new(), |figure| {
        format!("{}, z = {:+.2}", figure.what, figure.z())
    });
    seen
}

fn range_of(number: u64) -> Range {
    if number % 5 == 4 {
        Range::All
    } else {
        Range::Exact
    }
}

/// Looks at the systems with these numbers, on several threads; with the message where one failed.
fn look_at_all(numbers: &[u64]) -> Vec<(u64, Result<Seen, String>)> {
    let next = AtomicU64::new(0);
    let found = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(&number) = numbers.get(next.fetch_add(1, Ordering::Relaxed) as usize)
                {
                    let range = range_of(number);
                    let text = scenario_text(number, range);
                    let seen = catch_unwind(AssertUnwindSafe(|| look_at(number, &text, range)));
                    let seen = seen.map_err(|panic| {
                        let message = panic.downcast_ref::<String>().cloned();
                        message
                            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
                            .unwrap_or_default()
                    });
                    found.lock().unwrap().push((number, seen));
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|(number, _)| *number);
    found
}

#[test]
fn random_systems_keep_the_rules_and_agree_with_their_exact_answers() {
    let numbers: Vec<u64> = match std::env::var("FAILSIM_SWARM") {
        Ok(wanted) if wanted.contains("..") => {
            let (from, to) = wanted.split_once("..").unwrap();
            (from.parse().unwrap()..to.parse().unwrap()).collect()
        }
        Ok(wanted) => (0..wanted.parse().unwrap()).collect(),
        Err(_) => (0..200).collect(),
    };
    let found = look_at_all(&numbers);
    let mut failures: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut mechanisms: BTreeMap<Mechanism, u64> = BTreeMap::new();
    let mut notes = [0; NOTES.len()];
    let (mut zs, mut states, mut repeated) = (Vec::new(), Vec::new(), 0);
    for (number, seen) in &found {
        match seen {
            Err(message) => failures.entry(message.clone()).or_default().push(*number),
            Ok(seen) => {
                zs.extend(&seen.zs);
                states.extend(seen.states);
                repeated += seen.repeated;
                for (&mechanism, count) in &seen.mechanisms {
                    *mechanisms.entry(mechanism).or_default() += count;
                }
                for (sum, count) in notes.iter_mut().zip(&seen.notes) {
                    *sum += count;
                }
                if seen.repeated > 0 {
                    println!("{number}: looked at again: {}", seen.worst);
                }
            }
        }
    }
    let count = zs.len() as f64;
    let mean = zs.iter().sum::<f64>() / count;
    let sd = (zs.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / count).sqrt();
    let most = zs.iter().fold(0.0_f64, |most, z| most.max(z.abs()));
    states.sort_unstable();
    println!(
        "{} systems, {} with an exact answer (of {:?} to {:?} states, median {:?}); {} figures: z has mean {mean:+.3}, sd {sd:.3}, largest {most:.2}; {repeated} looked at again",
        found.len(),
        states.len(),
        states.first(),
        states.last(),
        states.get(states.len() / 2),
        zs.len(),
    );
    for (mechanism, count) in &mechanisms {
        println!("  {count:6} {}", mechanism.name());
    }
    for (note, count) in NOTES.iter().zip(notes) {
        println!("  {count:10} {note}");
    }
    for (message, numbers) in &failures {
        println!(
            "FAILED {numbers:?}: {message}\n{}",
            scenario_text(numbers[0], range_of(numbers[0]))
        );
    }
    assert!(
        failures.is_empty(),
        "{} systems failed",
        failures.values().map(Vec::len).sum::<usize>()
    );
    assert!(
        2 * states.len() >= found.len(),
        "half of them have an exact answer"
    );
    for (note, count) in NOTES.iter().zip(notes) {
        assert!(count > 0, "there has been a {note}");
    }
    // A need has no downtime of its own, and here no service is judged by what it serves and nothing is dead for
    // good.
    let elsewhere = [
        Mechanism::Need,
        Mechanism::Shortfall,
        Mechanism::NotRepaired,
    ];
    for mechanism in Mechanism::ALL {
        assert!(
            elsewhere.contains(&mechanism) || mechanisms.contains_key(&mechanism),
            "{} has caused downtime",
            mechanism.name()
        );
    }
}
