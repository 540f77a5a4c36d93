//! How fast trials run, and how that compares with loops written for one model alone.
//!
//! ```console
//! cargo bench                   # the check, the table of ratios, then criterion's statistics
//! cargo bench -- m2             # criterion's statistics of the models whose names contain m2 only
//! ```
//!
//! Before anything is timed, a fixed number of trials of each model must give its exact
//! unavailability to within four standard errors, and so must the floor. The table is what to look at
//! first: engine and floor take turns of about a millisecond and the least time of each counts, so
//! their ratio holds on a machine that does other things as well. Criterion's statistics want a quiet
//! one.

mod floor;

use std::hint::black_box;
use std::ops::Range;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use failsim::behaviour::Behaviour;
use failsim::engine::{Runner, Simulator};
use failsim::model::System;
use failsim::scenario::{self, NoFiles, Override, Source, Syntax};
use failsim::stats::{Level, Moments};
use failsim::trials::{self, Goal, Settings};

/// A model of the bench.
struct Model {
    /// Its scenario, `benches/NAME.toml`.
    name: &'static str,
    /// Its mean unavailability over the mission: solved exactly, or from 3.1e7 trials for `m1-pair`.
    unavailability: f64,
    /// Trials of the check.
    check_trials: u64,
    /// Trials of one turn: about 30,000 events.
    trials: u64,
    /// The same model as a loop of its own.
    floor: fn(u64) -> floor::Trial,
}

const MODELS: [Model; 4] = [
    Model {
        name: "m1-pair",
        unavailability: 4.6733e-5,
        check_trials: 10_000,
        trials: 60,
        floor: floor::pair,
    },
    Model {
        name: "m1x-pair-exponential",
        unavailability: 4.672521e-5,
        check_trials: 10_000,
        trials: 60,
        floor: floor::pair_exponential,
    },
    Model {
        name: "m2-crews",
        unavailability: 1.1329091e-7,
        check_trials: 40_000,
        trials: 18,
        floor: floor::crews,
    },
    Model {
        name: "m3-fleet",
        unavailability: 3.7472287e-6,
        check_trials: 1_000,
        trials: 1,
        floor: floor::fleet,
    },
];

/// A model with something more in it, which is to cost little beside the model itself.
struct Variant {
    /// What is added.
    with: &'static str,
    /// Index into [`MODELS`].
    model: usize,
    /// What is changed in its scenario.
    changes: &'static [&'static str],
}

const PAIR_COSTS: [&str; 2] = [
    "kinds.node.cost={ active = \"2 EUR/h\", standby = \"1 EUR/h\", repair = \"300 EUR\" }",
    "service.cost={ outage = \"1000 EUR\", downtime = [{ until = \"5 min\", costs = \"600 EUR/h\" }, \
     { costs = \"6000 EUR/h\" }], credits = { fee = \"5000 EUR/mo\", steps = [{ below = \"99.95 %\", \
     credit = \"10 %\" }, { below = \"99 %\", credit = \"25 %\" }] }, data_lost = \"20 EUR/s\" }",
];
const PAIR_DATA: &str = "groups.pair.replication={ mode = \"asynchronous\", maximum_lag = \"10 s\", \
                         lag = { lognormal = { median = \"200 ms\", p99 = \"20 s\" } } }";
const PAIR_CLIENTS: &str = "groups.pair.takeover.clients={ mixture = [\
    { weight = \"95 %\", law = { uniform = [\"0 s\", \"60 s\"] } }, { weight = \"5 %\", law = { mean = \"1 h\" } }] }";

const VARIANTS: [Variant; 7] = [
    Variant {
        with: "costs",
        model: 0,
        changes: &PAIR_COSTS,
    },
    Variant {
        with: "data",
        model: 0,
        changes: &[PAIR_DATA],
    },
    Variant {
        with: "clients",
        model: 0,
        changes: &[PAIR_CLIENTS],
    },
    Variant {
        with: "clients, demand",
        model: 0,
        changes: &[
            PAIR_CLIENTS,
            "groups.pair.capacity=100",
            "service.demand={ daily = [40, 90, 80] }",
        ],
    },
    Variant {
        with: "all of it",
        model: 0,
        changes: &[
            PAIR_COSTS[0],
            PAIR_COSTS[1],
            PAIR_DATA,
            PAIR_CLIENTS,
            "groups.pair.capacity=100",
            "service.demand={ daily = [40, 90, 80] }",
        ],
    },
    Variant {
        with: "lost requests",
        model: 3,
        changes: &[
            "groups.g1.detect=\"30 s\"",
            "groups.g2.detect=\"30 s\"",
            "groups.g3.detect=\"30 s\"",
        ],
    },
    Variant {
        with: "costs",
        model: 3,
        changes: &[
            "kinds.component.cost={ active = \"2 EUR/h\", repair = \"300 EUR\" }",
            PAIR_COSTS[1],
        ],
    },
];

/// How often engine and floor take turns.
const TURN_COUNT: u64 = 400;
/// Turns that are run at a time for criterion with everything that is counted.
const TURNS_COUNTED: u64 = 30;

impl Model {
    /// Its system, read as a user's scenario is.
    fn system(&self) -> System {
        self.system_with(&[])
    }

    fn system_with(&self, changes: &[&str]) -> System {
        let name = format!("benches/{}.toml", self.name);
        let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).expect("the bench has its scenarios beside it");
        let source = Source {
            name,
            text,
            syntax: Syntax::Toml,
        };
        let parse = |change: &&str| Override::parse(change).expect("a change names a key");
        let changes: Vec<Override> = changes.iter().map(parse).collect();
        match scenario::load(&source, &changes, &NoFiles) {
            Ok(scenario) => scenario.system,
            Err(problems) => panic!("{}", problems.render(false)),
        }
    }

    /// Events of the trials of a turn, run by the engine.
    fn run_engine(&self, runner: &mut Runner<'_>, turn: u64) -> u64 {
        self.trials_of(turn)
            .map(|trial| runner.run(trial).event_count)
            .sum()
    }

    /// Events of as many trials of the floor.
    fn run_floor(&self, turn: u64) -> u64 {
        self.trials_of(turn)
            .map(|trial| (self.floor)(trial).events)
            .sum()
    }

    fn trials_of(&self, turn: u64) -> Range<u64> {
        turn * self.trials..(turn + 1) * self.trials
    }
}

/// Trials as `failsim run` runs them, with everything that it counts.
fn run_trials(system: &System, simulator: &Simulator<'_>, trials: u64) -> trials::Trials {
    let settings = Settings {
        goal: Goal::Trials(trials),
        first_trial: 0,
        record_count: 0,
        keeps_values: false,
        level: Level::USUAL,
    };
    trials::run(system, simulator, &settings, &mut |_| None)
}

fn main() {
    // The figures are those of one core.
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()
        .expect("no other pool has been built");
    let systems = MODELS.each_ref().map(|model| (model, model.system()));
    for (model, system) in &systems {
        check(model, system);
    }
    println!();
    println!(
        "{:<22}{:>12}{:>12}{:>8}{:>16}",
        "model, per event", "engine", "floor", "ratio", "trials/s"
    );
    for (model, system) in &systems {
        compare(model, system);
    }
    println!();
    println!(
        "{:<26}{:>12}{:>8}{:>16}{:>8}",
        "with more, per event", "engine", "ratio", "with counting", "ratio"
    );
    for variant in &VARIANTS {
        let (model, system) = &systems[variant.model];
        weigh(variant, model, system);
    }
    println!();

    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    for (model, system) in &systems {
        measure(&mut criterion, model, system);
    }
    criterion.final_summary();
}

/// Fails unless engine and floor both give the exact unavailability to within four standard errors.
fn check(model: &Model, system: &System) {
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, 42);
    let tally = run_trials(system, &simulator, model.check_trials).tally;
    let mut floor = Moments::new();
    let mut floor_events = 0;
    for trial in 0..model.check_trials {
        let trial = (model.floor)(trial);
        floor.record(trial.down);
        floor_events += trial.events;
    }
    let events =
        [tally.event_count, floor_events].map(|events| events as f64 / model.check_trials as f64);
    for (who, down, events) in [
        ("engine", &tally.services[0].down, events[0]),
        ("floor", &floor, events[1]),
    ] {
        let mission = simulator.mission() as f64;
        let (mean, error) = (down.mean() / mission, down.standard_error() / mission);
        let z = (mean - model.unavailability) / error;
        println!(
            "{:<22}{who:<7} unavailability {mean:.4e} +- {error:.1e}, exactly {:.6e}: z = {z:+.2}; \
             {events:.1} events a trial",
            model.name, model.unavailability
        );
        assert!(
            z.abs() < 4.0,
            "{} {who}: unavailability {mean} is {z} standard errors off {}",
            model.name,
            model.unavailability
        );
    }
    assert!(
        (events[0] / events[1] - 1.0).abs() < 0.01,
        "{}: engine and floor count different events, {events:?} a trial",
        model.name
    );
}

/// Prints a line of the table.
fn compare(model: &Model, system: &System) {
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, 42);
    let mut runner = simulator.runner();
    let [mut engine, mut floor] = [f64::INFINITY; 2];
    let mut events = 0;
    for turn in 0..TURN_COUNT {
        let (ns, count) = ns_per_event(|| model.run_engine(&mut runner, turn));
        engine = engine.min(ns);
        events += count;
        floor = floor.min(ns_per_event(|| model.run_floor(turn)).0);
    }
    let events_per_trial = events as f64 / (TURN_COUNT * model.trials) as f64;
    println!(
        "{:<22}{engine:>9.1} ns{floor:>9.1} ns{:>8.2}{:>16.0}",
        model.name,
        engine / floor,
        1e9 / (engine * events_per_trial)
    );
}

/// Prints what an event of a model costs with something more in it, beside the model itself.
fn weigh(variant: &Variant, model: &Model, system: &System) {
    let more = model.system_with(variant.changes);
    let behaviours = [system, &more].map(Behaviour::of);
    let simulators = behaviours
        .each_ref()
        .map(|behaviour| Simulator::new(behaviour, system.mission, 42));
    let mut runners = simulators.each_ref().map(Simulator::runner);
    let [mut engine, mut counted] = [[f64::INFINITY; 2]; 2];
    for turn in 0..TURN_COUNT {
        for (runner, least) in runners.iter_mut().zip(&mut engine) {
            *least = least.min(ns_per_event(|| model.run_engine(runner, turn)).0);
        }
    }
    for _ in 0..TURN_COUNT / TURNS_COUNTED {
        for ((system, simulator), least) in [system, &more]
            .into_iter()
            .zip(&simulators)
            .zip(&mut counted)
        {
            let trials = model.trials * TURNS_COUNTED;
            let events = || run_trials(system, simulator, trials).tally.event_count;
            *least = least.min(ns_per_event(events).0);
        }
    }
    println!(
        "{:<26}{:>9.1} ns{:>8.2}{:>13.1} ns{:>8.2}",
        format!("{}, {}", model.name, variant.with),
        engine[1],
        engine[1] / engine[0],
        counted[1],
        counted[1] / counted[0]
    );
}

fn ns_per_event(run: impl FnOnce() -> u64) -> (f64, u64) {
    let start = Instant::now();
    let events = run();
    (start.elapsed().as_nanos() as f64 / events as f64, events)
}

/// Lets criterion time a model: engine alone, with counting, and floor.
fn measure(criterion: &mut Criterion, model: &Model, system: &System) {
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, 42);
    let mut runner = simulator.runner();
    let mut group = criterion.benchmark_group(model.name);
    group.throughput(Throughput::Elements(model.run_engine(&mut runner, 0)));
    group.bench_function("engine", |bench| {
        bench.iter(|| model.run_engine(&mut runner, black_box(0)));
    });
    group.throughput(Throughput::Elements(model.run_floor(0)));
    group.bench_function("floor", |bench| {
        bench.iter(|| model.run_floor(black_box(0)))
    });
    let trials = model.trials * TURNS_COUNTED;
    let events = run_trials(system, &simulator, trials).tally.event_count;
    group.throughput(Throughput::Elements(events));
    group.bench_function("with counting", |bench| {
        bench.iter(|| run_trials(system, &simulator, trials));
    });
    group.finish();
}
