//! Plain trials, rare trials, splitting and the exact answer tell the same of every figure that two of them tell.

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::exact::{Effort, LaidOpen};
use failsim::model::System;
use failsim::rare::{self, RareServiceTally, RareTrials};
use failsim::stats::{Interval, Level};
use failsim::study::{Simulated, checks};
use failsim::trials::{self, Estimates, Goal, Settings, Trials};

/// Half-widths of 95 % intervals are so many standard errors.
const HALF_WIDTH: f64 = 1.96;
/// Figures further apart are looked at again, and then are wrong: quantiles of few trials are no normal figures.
const Z_WRONG: f64 = 5.0;

/// Trials with something to count that a figure needs to be set beside another one.
const EVENTS_MIN: u64 = 100;

/// What has been compared.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Compared {
    pub(super) plain_and_rare: u64,
    pub(super) plain_and_splitting: u64,
    pub(super) rare_and_splitting: u64,
    /// Services whose exact answer has been set beside trials of any method.
    pub(super) checked_exactly: u64,
    pub(super) repeated: u64,
}

/// What the methods say.
struct Said {
    plain: (Trials, Estimates),
    rare: (RareTrials, Estimates),
    splitting: Option<(RareTrials, Estimates)>,
}

fn say(system: &System, seed: u64, effort: u64) -> Said {
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, seed);
    let events = simulator.runner().run(0).event_count.max(1);
    let settings = |trials: u64| Settings {
        goal: Goal::Trials(trials),
        first_trial: 0,
        record_count: 0,
        keeps_values: false,
        level: Level::USUAL,
    };
    let plain_trials = (effort * 60_000 / events).clamp(200, 4_000);
    let plain = trials::run(system, &simulator, &settings(plain_trials), &mut |_| None);
    let rare_settings = settings(effort * 100);
    let rare = rare::run(system, seed, &rare_settings, effort * 100_000, &mut |_| {
        None
    });
    // Each of its hundred trials begins 200 missions.
    let may_split = events <= 15 && !system.start.is_settled();
    let splitting = may_split.then(|| {
        let settings = settings(effort * 20_000);
        let split = rare::split(system, &behaviour, seed, &settings, &mut |_| None);
        let said = rare::estimates(system, &split, Level::USUAL);
        (split, said)
    });
    let of_plain = Estimates::of(system, &plain, Level::USUAL);
    let of_rare = rare::estimates(system, &rare, Level::USUAL);
    Said {
        plain: (plain, of_plain),
        rare: (rare, of_rare),
        splitting,
    }
}

fn distance(a: &Interval, b: &Interval, unseen: f64) -> Option<f64> {
    // Trials that have hardly seen what a figure is made of do not know how much they have missed.
    let is_known = |of: &Interval| of.support.events >= EVENTS_MIN.max(of.support.events_wanted);
    // Of what is lost in few takeovers of many, most may have been missed too.
    let is_nothing = a.estimate == 0.0 || b.estimate == 0.0;
    if !is_known(a) || !is_known(b) || is_nothing {
        return None;
    }
    let error = (a.half_width().hypot(b.half_width()) / HALF_WIDTH).hypot(unseen);
    let z = (a.estimate - b.estimate).abs() / error;
    // What is counted in few steps may have intervals without any width.
    (error > 0.0 && error.is_finite()).then_some(z)
}

/// Sets all figures beside each other that both tell.
fn beside(
    names: &str,
    (a, unseen): (&Estimates, &[f64]),
    b: &Estimates,
    count: &mut u64,
    wrong: &mut Vec<String>,
) {
    let mut look = |what: String, a: &Interval, b: &Interval, unseen: f64| {
        let Some(z) = distance(a, b, unseen) else {
            return;
        };
        *count += 1;
        if z > Z_WRONG {
            let (a, b) = (a.estimate, b.estimate);
            wrong.push(format!(
                "{names}: {what}: {a:.6e} against {b:.6e}, z = {z:.1}"
            ));
        }
    };
    let services = a.services.iter().zip(&b.services);
    for ((a, b), unseen) in services.zip(unseen) {
        for quantity in a
            .quantities
            .iter()
            .filter(|quantity| quantity.statistic != "max")
        {
            let other = b.quantity(quantity.metric, quantity.statistic);
            if let (Ok(x), Some(Ok(y))) = (&quantity.value, other.map(|other| &other.value)) {
                let what = format!("{}.{} of `{}`", quantity.metric, quantity.statistic, a.name);
                let unseen = match quantity.metric {
                    "availability" | "served_requests" => *unseen,
                    "downtime" | "longest_outage" | "outage_duration" => {
                        let down = b.quantity("availability", "mean");
                        let down = down.and_then(|down| down.value.as_ref().ok());
                        down.map_or(0.0, |up| unseen / (1.0 - up.estimate) * y.estimate)
                    }
                    _ => 0.0,
                };
                look(what, x, y, unseen);
            }
        }
    }
    if let (Some(a), Some(b)) = (&a.cost, &b.cost) {
        for ((name, x), (_, y)) in a
            .total
            .iter()
            .zip(&b.total)
            .filter(|((name, _), _)| *name != "max")
        {
            if let (Ok(x), Ok(y)) = (x, y) {
                look(format!("cost.{name}"), x, y, 0.0);
            }
        }
    }
}

fn compare(system: &System, said: &Said, compared: &mut Compared) -> Vec<String> {
    let mut wrong = Vec::new();
    // Few plain trials may have missed an outage of hours that is most of the downtime, and do not show it in
    // their spread. Rare trials know how much plain ones vary.
    let trials = said.plain.1.trial_count as f64;
    let of = |service: &RareServiceTally| {
        (service.down_squares.mean() / trials).sqrt() / system.mission.as_nanos() as f64
    };
    let unseen: Vec<f64> = said.rare.0.tally.services.iter().map(of).collect();
    let none = vec![0.0; unseen.len()];
    let plain = (&said.plain.1, unseen.as_slice());
    let rare = &said.rare.1;
    beside(
        "plain and rare",
        plain,
        rare,
        &mut compared.plain_and_rare,
        &mut wrong,
    );
    let mut simulated = vec![
        ("plain", Simulated::of(&said.plain.0.tally)),
        ("rare", Simulated::of_rare(&said.rare.0)),
    ];
    if let Some((trials, split)) = &said.splitting {
        let count = &mut compared.plain_and_splitting;
        beside("plain and splitting", plain, split, count, &mut wrong);
        let count = &mut compared.rare_and_splitting;
        beside(
            "rare and splitting",
            (rare, &none),
            split,
            count,
            &mut wrong,
        );
        simulated.push(("splitting", Simulated::of_rare(trials)));
    }
    let exact = LaidOpen::of(system, &Effort::QUICK, None);
    if let Ok(exact) = exact.and_then(|open| open.answer_with_down_time(false)) {
        for (name, simulated) in &simulated {
            let checks = checks(&exact, simulated);
            compared.checked_exactly += checks.len() as u64;
            let differ = checks.iter().filter(|check| !check.agrees());
            wrong.extend(differ.map(|check| format!("{name} and exact: {}", check.difference())));
        }
    }
    wrong
}

/// Whether all methods agree about a system; nothing where only plain trials apply.
pub(super) fn agree(system: &System) -> Result<Option<Compared>, String> {
    if rare::follows_demand(system) {
        return Ok(None);
    }
    let mut compared = Compared::default();
    let wrong = compare(system, &say(system, 42, 1), &mut compared);
    if wrong.is_empty() {
        return Ok(Some(compared));
    }
    compared.repeated = 1;
    let what = |line: &String| line.split(": ").take(2).collect::<Vec<_>>().join(": ");
    let again = compare(system, &say(system, 43, 4), &mut compared);
    let both: Vec<&String> = again
        .iter()
        .filter(|line| wrong.iter().any(|other| what(other) == what(line)))
        .collect();
    match both.first() {
        None => Ok(Some(compared)),
        Some(line) => Err((*line).clone()),
    }
}
