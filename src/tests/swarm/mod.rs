//! Random small systems over all that the language can say: what must hold in every trial, and every way to
//! find a figure against the others: exact answers, plain trials, rare trials, splitting, importances, numbers of
//! failures and failovers, and what must hold between figures.
//!
//! `FAILSIM_SWARM` overrides the number of systems, or names a range of them such as `40..90`. A system that
//! fails is printed; its number alone brings it back, and with `FAILSIM_SHRINK` set, it is made as small as it goes.

mod coverage;
mod document;
mod features;
mod found;
pub(crate) mod generate;
mod merged;
mod others;
mod rarely;
mod shrink;
mod watch;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use failsim::behaviour::{Behaviour, Matters, Mechanism};
use failsim::engine::Simulator;
use failsim::exact::{self, ClockLaws, Effort, Exact, Limits, NoExact};
use failsim::model::{Culprit, Families, Level, Root, System};
use failsim::stats::Moments;
use failsim::trials;

use document::{Schema, to_toml};
use failsim::scenario::{self, FileText, Files, Scenario, Source};
use generate::{Range, scenario_of};
use serde_json::Value as Json;
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
    merges: true,
};
const TRIALS: u64 = 400;
/// Figures this far from the truth are looked at again with many more trials.
const Z_SUSPECT: f64 = 3.5;
/// Figures this far from the truth then are wrong.
const Z_WRONG: f64 = 4.5;
/// Trials with something to count that a figure needs for its z to be normal.
const SIGNIFICANT: u64 = 100;

/// The files that random scenarios name.
pub(super) struct Held;

impl Files for Held {
    fn read(&self, path: &str, _from: &str) -> Result<FileText, String> {
        let text = match path {
            "below.toml" => "format = 1\nquestion = \"What is below?\"\n",
            "loads.csv" => "rps\n30\n0\n60\n45\n",
            "repairs.csv" => "hours\n0.5\n1\n0.25\n2\n",
            other => return Err(format!("there is no `{other}`")),
        };
        Ok(FileText {
            name: path.to_owned(),
            text: text.to_owned(),
        })
    }
}

/// The scenario of a document, or why it is refused.
pub(super) fn try_load(document: &Json) -> Result<Scenario, String> {
    let source = Source::toml("test.toml", to_toml(document));
    scenario::load(&source, &[], &Held).map_err(|problems| problems.plain())
}

/// Sums over the trials of a service.
#[derive(Clone, Default)]
struct Sums {
    down: Moments,
    degraded: Moments,
    outages: Moments,
    unserved: Moments,
    contributions: BTreeMap<(Culprit, Mechanism), Moments>,
    /// Downtime and outages by what began them.
    roots: BTreeMap<Root, [Moments; 2]>,
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
            let mut begun: BTreeMap<Root, [u64; 2]> = BTreeMap::new();
            for outage in service.outages() {
                let of_root = begun.entry(families.root(outage.root())).or_default();
                of_root[0] += outage.duration();
                of_root[1] += 1;
            }
            for (root, values) in begun {
                let of_root = sums.roots.entry(root).or_default();
                for (moments, value) in of_root.iter_mut().zip(values) {
                    moments.record(value);
                }
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
        for of_root in sums.roots.values_mut().flatten() {
            of_root.record_zeros(trials - of_root.count());
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
        if let Some(roots) = &mission.roots {
            for (root, [down, outages]) in &sums.roots {
                let name = system.root_name(*root);
                let truth = roots.iter().find(|of| of.root == *root);
                let (down_s, count) = truth.map_or((0.0, 0.0), |of| (of.down_s, of.outages));
                mean(format!("downtime begun by `{name}`"), down, 1e9, down_s);
                mean(format!("outages begun by `{name}`"), outages, 1.0, count);
            }
            let begun: f64 = roots.iter().map(|of| of.down_s).sum();
            let down = mission.unavailability * exact.mission_s;
            assert!(
                (begun - down).abs() <= 1e-6 * down,
                "{begun} s begun by something, {down} s in all"
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
    let matters = Matters::default();
    let explored = exact::explore(system, &behaviour, &laws, matters, EFFORT.limits, |state| {
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

/// Who judges a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Judge {
    /// Exact answers judge plain trials.
    Exact,
    /// Exact answers judge rare trials.
    RareExactly,
    /// Plain trials judge rare ones.
    RareByPlain,
    /// Exact answers judge splitting.
    SplitExactly,
    /// Plain trials judge splitting.
    SplitByPlain,
    /// Trials judge importances.
    Importance,
    /// Trials judge how often what happens.
    Happenings,
    /// What must hold between figures, and between two ways to tell a system.
    Relations,
    /// States told apart judge those that count as one.
    Apart,
}

/// What has been found out about one system.
struct Seen {
    zs: Vec<(Judge, f64)>,
    /// The figures that were looked at again.
    suspects: Vec<String>,
    judges: Vec<Judge>,
    /// Number of states, if there is an exact answer.
    states: Option<usize>,
    mechanisms: BTreeMap<Mechanism, u64>,
    notes: [u64; NOTES.len()],
    is_cut: bool,
    /// Systems of which some states count as one.
    merged: u64,
}

impl Seen {
    /// Judges figures; where one is suspect it is looked at again in other trials, many times as many of them:
    /// chance goes away, a mistake grows.
    fn judge(&mut self, judge: Judge, look: &dyn Fn(Look) -> Vec<Figure>) {
        let figures = look(Look::FIRST);
        if figures.is_empty() {
            return;
        }
        self.judges.push(judge);
        let zs = figures.iter().map(|figure| (judge, figure.z()));
        self.zs.extend(zs);
        let is_suspect = |figure: &&Figure| figure.z().is_nan() || figure.z().abs() >= Z_SUSPECT;
        let Some(suspect) = figures.iter().find(is_suspect) else {
            return;
        };
        let is_wrong = |figure: &Figure| figure.z().is_nan() || figure.z().abs() >= Z_WRONG;
        let mut again = look(Look::SECOND);
        if again.iter().any(is_wrong) {
            // The few trials that hold most of a figure may all have been missing.
            again = look(Look::THIRD);
        }
        for figure in &again {
            let Figure {
                what,
                simulated,
                exact,
                ..
            } = figure;
            let z = figure.z();
            assert!(
                !is_wrong(figure),
                "{judge:?}: {what}: {simulated:.6e} against {exact:.6e}, z = {z:.1}"
            );
        }
        let worst = again
            .iter()
            .map(|figure| figure.z().abs())
            .fold(0.0, f64::max);
        self.suspects.push(format!(
            "{judge:?}: {}, z = {:+.2}, then at most {worst:.2}",
            suspect.what,
            suspect.z()
        ));
    }
}

/// Which trials of a system are looked at: a first number, and how many times as many as usual.
#[derive(Clone, Copy)]
struct Look {
    first: u64,
    times: u64,
}

impl Look {
    const FIRST: Look = Look { first: 0, times: 1 };
    const SECOND: Look = Look {
        first: 1_000_000,
        times: 16,
    };
    const THIRD: Look = Look {
        first: 10_000_000,
        times: 160,
    };
}

/// Events of a trial from which on only what is cheap is done with a system.
const EVENTS_MANY: u64 = 20_000;
const EVENTS_SOME: u64 = 2_000;

fn look_at(number: u64, document: &Json, range: Range) -> Seen {
    let told = try_load(document).unwrap_or_else(|why| panic!("refused: {why}"));
    let mut seen = Seen {
        zs: Vec::new(),
        suspects: Vec::new(),
        judges: Vec::new(),
        states: None,
        mechanisms: BTreeMap::new(),
        notes: [0; NOTES.len()],
        is_cut: false,
        merged: 0,
    };
    others::check_resolved(&told);
    let mut system = told.system;
    trials::find_warm_up(&mut system, number);
    let system = &system;
    let few = rarely::plain(system, number, 0, 4);
    let of_trial = few.event_count / few.trial_count.max(1);
    if few.trial_count < 4 || of_trial > EVENTS_MANY {
        seen.is_cut = true;
        return seen;
    }
    let trials = match range {
        Range::Exact => TRIALS,
        Range::All => TRIALS / 8,
    };
    let simulated = simulate(system, number, 0, trials);
    seen.notes = simulated.notes;
    let parts = simulated.services.iter();
    for (_, mechanism) in parts.flat_map(|sums| sums.contributions.keys()) {
        *seen.mechanisms.entry(*mechanism).or_default() += 1;
    }
    others::check_sums(&rarely::plain(system, number, 0, trials));
    seen.judges.push(Judge::Relations);
    let exact = match exact::solve(system, &EFFORT, None) {
        Ok(exact) => Some(exact),
        Err(
            NoExact::TooManyStates { .. }
            | NoExact::JudgedByDemand { .. }
            | NoExact::JudgedByClients { .. },
        ) => None,
        Err(NoExact::NotMarkov(_) | NoExact::NoLongRun) if range == Range::All => None,
        // How many clients are back is beyond a chain.
        Err(NoExact::NotMarkov(_)) if to_toml(document).contains("clients =") => None,
        // What only a test would find is never found where there is none.
        Err(NoExact::NoLongRun) if to_toml(document).contains("notice = \"test\"") => None,
        Err(error) => panic!("there is no exact answer: {error}"),
    };
    if let Some(exact) = &exact {
        // What never ends leads nowhere, nor does a collapse under a demand that never falls.
        let text = to_toml(document);
        if !text.contains("\"never\"") && !text.contains("recovers_below") {
            check_no_dead_end(system);
        }
        check_apart(system, exact);
        seen.states = Some(exact.state_count());
        let first = std::cell::Cell::new(Some(simulated));
        seen.judge(Judge::Exact, &|look| {
            let trials = look.times * TRIALS;
            let again = || simulate(system, number, look.first, trials);
            let simulated = match look.times {
                1 => first.take().unwrap_or_else(again),
                _ => again(),
            };
            compare(system, exact, &simulated)
        });
        match number % 3 {
            0 if system
                .services
                .iter()
                .all(|service| service.demand.is_none()) =>
            {
                seen.judge(Judge::Importance, &|look| {
                    let count = look.times * 2 * TRIALS;
                    others::compare_importances(system, exact, number, look.first, count)
                });
            }
            1 => seen.judge(Judge::Happenings, &|look| {
                let seed = number + look.first;
                others::compare_happenings(system, seed, look.times * TRIALS)
            }),
            _ => others::check_reordered(document, exact),
        }
    }
    if range == Range::Exact {
        if exact.is_some() {
            look_at_merged(system, &mut seen);
        }
        if let Some(like) = merged::with_like_members(document, number) {
            look_at_like_members(number, &like, &mut seen);
        }
    }
    let is_heavy = of_trial > EVENTS_SOME;
    if number % 4 == 1 && rarely::can_be_rare(system) && !is_heavy {
        look_at_rarely(number, system, exact.as_ref(), &mut seen);
    }
    if number % 20 == 13 && rarely::can_be_rare(system) && !is_heavy && !system.start.is_settled() {
        look_at_splitting(number, system, &mut seen);
    }
    seen
}

/// Judges states that count as one.
fn look_at_merged(system: &System, seen: &mut Seen) {
    if let Some(merges) = merged::check_merged(system) {
        seen.judges.push(Judge::Apart);
        seen.merged += u64::from(merges);
    }
}

/// Looks at how often what happens in groups whose members may change places: what tells them apart may be
/// forgotten, and must not be where it counts.
fn look_at_like_members(number: u64, document: &Json, seen: &mut Seen) {
    let Ok(told) = try_load(document) else {
        return;
    };
    let system = &told.system;
    look_at_merged(system, seen);
    if exact::solve(system, &EFFORT, None).is_ok() {
        seen.judge(Judge::Happenings, &|look| {
            others::compare_happenings(system, number + look.first, look.times * TRIALS)
        });
    }
}

/// Judges rare trials by the exact answer, or by plain trials.
fn look_at_rarely(number: u64, system: &System, exact: Option<&Exact>, seen: &mut Seen) {
    let rarely = |look: Look| {
        let tally = rarely::rarely(system, number, look.first, look.times * RARE_TRIALS);
        rarely::check_sums(&tally);
        tally
    };
    if let Some(exact) = exact {
        seen.judge(Judge::RareExactly, &|look| {
            rarely::compare_exact(system, exact, &rarely(look), false)
        });
    }
    seen.judge(Judge::RareByPlain, &|look| {
        let plain = rarely::plain(system, number, look.first, look.times * 2 * TRIALS);
        rarely::compare_plain(system, &plain, &rarely(look))
    });
}

fn look_at_splitting(number: u64, system: &System, seen: &mut Seen) {
    let short = &rarely::shortened(system);
    let exact = exact::solve(short, &EFFORT, None).ok();
    let split = |look: Look| rarely::split(short, number, look.first, look.times * SPLIT_MISSIONS);
    match &exact {
        Some(exact) => seen.judge(Judge::SplitExactly, &|look| {
            rarely::compare_exact(short, exact, &split(look), true)
        }),
        None => seen.judge(Judge::SplitByPlain, &|look| {
            let plain = rarely::plain(short, number, look.first, look.times * 10 * TRIALS);
            rarely::compare_split(short, &plain, &split(look))
        }),
    }
}

/// Rare trials of a system, and missions of splitting.
const RARE_TRIALS: u64 = 64;
const SPLIT_MISSIONS: u64 = 20_000;

fn range_of(number: u64) -> Range {
    if number % 5 >= 3 {
        Range::All
    } else {
        Range::Exact
    }
}

/// A system of the swarm.
struct Found {
    number: u64,
    document: Json,
    /// What has been seen, or the message where it failed.
    seen: Result<Seen, String>,
}

fn look_without_panic(number: u64, document: &Json, range: Range) -> Result<Seen, String> {
    let seen = catch_unwind(AssertUnwindSafe(|| look_at(number, document, range)));
    seen.map_err(|panic| {
        let message = panic.downcast_ref::<String>().cloned();
        message
            .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
            .unwrap_or_default()
    })
}

/// Looks at the systems with these numbers, on several threads.
fn look_at_all(numbers: &[u64]) -> Vec<Found> {
    let schema = Schema::new();
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
                    let document = scenario_of(number, range, &schema);
                    if numbers.len() == 1 {
                        println!("{}", to_toml(&document));
                    }
                    let seen = look_without_panic(number, &document, range);
                    if let Err(why) = &seen {
                        eprintln!("FAILED {number}: {why}");
                    }
                    let one = Found {
                        number,
                        document,
                        seen,
                    };
                    found.lock().unwrap().push(one);
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap();
    found.sort_by_key(|one| one.number);
    found
}

/// The document of a system that fails, as small as it goes.
fn shrunk(found: &Found, message: &str) -> Json {
    let range = range_of(found.number);
    // Figures differ as it gets smaller, and what is wrong does not.
    let kind = |message: &str| -> String {
        let words = message.split(|c: char| c.is_ascii_digit() || c == '`' || c == ':');
        words.take(2).collect()
    };
    shrink::shrink(&found.document, &|document| {
        if try_load(document).is_err() {
            return false;
        }
        let seen = look_without_panic(found.number, document, range);
        seen.err()
            .is_some_and(|other| kind(&other) == kind(message))
    })
}

/// The numbers of the systems that are wanted.
fn numbers() -> Vec<u64> {
    match std::env::var("FAILSIM_SWARM") {
        Ok(wanted) if wanted.contains("..") => {
            let (from, to) = wanted.split_once("..").unwrap();
            (from.parse().unwrap()..to.parse().unwrap()).collect()
        }
        Ok(wanted) => (0..wanted.parse().unwrap()).collect(),
        Err(_) => (0..200).collect(),
    }
}

#[test]
fn random_systems_keep_the_rules_and_agree_with_all_that_judges_them() {
    let found = look_at_all(&numbers());
    let mut failures: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    let mut mechanisms: BTreeMap<Mechanism, u64> = BTreeMap::new();
    let mut judges: BTreeMap<Judge, (u64, Vec<f64>)> = BTreeMap::new();
    let mut notes = [0; NOTES.len()];
    let (mut states, mut repeated, mut cut, mut merged) = (Vec::new(), 0, 0, 0);
    for one in &found {
        match &one.seen {
            Err(message) => failures.entry(message).or_default().push(one),
            Ok(seen) => {
                states.extend(seen.states);
                cut += u64::from(seen.is_cut);
                merged += seen.merged;
                for &judge in &seen.judges {
                    judges.entry(judge).or_default().0 += 1;
                }
                for &(judge, z) in &seen.zs {
                    judges.entry(judge).or_default().1.push(z);
                }
                for (&mechanism, count) in &seen.mechanisms {
                    *mechanisms.entry(mechanism).or_default() += count;
                }
                for (sum, count) in notes.iter_mut().zip(&seen.notes) {
                    *sum += count;
                }
                for suspect in &seen.suspects {
                    repeated += 1;
                    println!("{}: looked at again: {suspect}", one.number);
                }
            }
        }
    }
    states.sort_unstable();
    println!(
        "{} systems, {} with an exact answer (of {:?} to {:?} states, median {:?}), {cut} with too many events, {merged} with states that count as one; {repeated} looks at figures again",
        found.len(),
        states.len(),
        states.first(),
        states.last(),
        states.get(states.len() / 2),
    );
    for (judge, (systems, zs)) in &judges {
        let count = zs.len() as f64;
        let mean = zs.iter().sum::<f64>() / count;
        let sd = (zs.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / count).sqrt();
        let most = zs.iter().fold(0.0_f64, |most, z| most.max(z.abs()));
        println!(
            "  {judge:?}: {systems} systems, {count} figures: z has mean {mean:+.3}, sd {sd:.3}, largest {most:.2}"
        );
    }
    for (mechanism, count) in &mechanisms {
        println!("  {count:6} {}", mechanism.name());
    }
    for (note, count) in NOTES.iter().zip(notes) {
        println!("  {count:10} {note}");
    }
    for (message, failed) in &failures {
        let numbers: Vec<u64> = failed.iter().map(|one| one.number).collect();
        let document = match std::env::var("FAILSIM_SHRINK") {
            Ok(_) => shrunk(failed[0], message),
            Err(_) => failed[0].document.clone(),
        };
        println!("FAILED {numbers:?}: {message}\n{}", to_toml(&document));
    }
    assert!(
        failures.is_empty(),
        "{} systems failed",
        failures.values().map(Vec::len).sum::<usize>()
    );
    if found.len() < 200 {
        return;
    }
    assert!(
        3 * states.len() >= found.len(),
        "a third of them have an exact answer"
    );
    assert!(
        5 * merged >= found.len() as u64,
        "a fifth of them have states that count as one"
    );
    if found.len() < 1_000 {
        return;
    }
    for (note, count) in NOTES.iter().zip(notes) {
        assert!(count > 0, "there has been a {note}");
    }
    // A need has no downtime of its own.
    for mechanism in Mechanism::ALL {
        assert!(
            mechanism == Mechanism::Need || mechanisms.contains_key(&mechanism),
            "{} has caused downtime",
            mechanism.name()
        );
    }
}
