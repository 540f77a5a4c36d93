//! Two tellings of one system against each other: by their exact answers, trial by trial, or by chance.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::exact::{self, Effort, Exact, Limits, ServiceAnswer};
use failsim::model::{Culprit, System};
use failsim::stats::{Level, Moments};
use failsim::trials::{self, Goal, Settings, Tally};
use serde_json::Value;

use super::tree;

/// Enough for most small systems, and little for each.
const EFFORT: Effort = Effort {
    limits: Limits {
        states_max: 600,
        firings_max: 15_000,
        bytes_max: 1 << 28,
    },
    joint_states_max: 300,
    multiplications_max: 5e6,
    mechanisms: true,
    merges: true,
};
const SEED: u64 = 42;
/// Trials of one system have about so many events in all.
const EVENTS: u64 = 30_000;
/// Figures this far apart are looked at again, with so many times the trials and other random numbers.
const Z_SUSPECT: f64 = 3.5;
const MORE_TRIALS: u64 = 16;
/// Figures this far apart then are different: by chance one in 150,000, and only what was suspect is seen
/// a second time.
const Z_WRONG: f64 = 4.5;
/// Trials with something to count that a figure needs for its z to be normal.
const SIGNIFICANT: u64 = 100;

/// A system, and what is known about it once somebody has asked.
pub(super) struct Known {
    pub(super) system: System,
    trials: u64,
    exact: OnceLock<Option<Exact>>,
    tally: OnceLock<Tally>,
}

/// The same system, told in another way.
pub(super) struct Twin {
    pub(super) what: String,
    pub(super) tree: Value,
    /// Its services and those that they are in the other system.
    pub(super) pairs: Vec<(String, String)>,
    /// The names of those who are to blame, where the other system has others.
    pub(super) names: BTreeMap<String, String>,
    /// Its times are so much longer.
    pub(super) stretch: f64,
    /// Exact figures may be this far apart, relative to their size.
    pub(super) tolerance: f64,
    /// Times may be this part of a mission apart.
    pub(super) slack: f64,
    /// Of several shared causes at the same time, another one may be to blame.
    pub(super) any_cause: bool,
    /// The figures that must agree, by the beginnings of their names; none for all.
    pub(super) only: &'static [&'static str],
    /// The figures that need not, by the beginnings of their names.
    pub(super) but: &'static [&'static str],
}

impl Twin {
    /// A tree that is to give all figures of another one with the same services.
    pub(super) fn new(what: impl Into<String>, tree: Value) -> Twin {
        let services = tree::services(&tree);
        Twin {
            what: what.into(),
            pairs: services
                .iter()
                .map(|name| (name.clone(), name.clone()))
                .collect(),
            tree,
            names: BTreeMap::new(),
            stretch: 1.0,
            tolerance: 1e-8,
            slack: 0.0,
            any_cause: false,
            only: &[],
            but: &[],
        }
    }

    fn asks(&self, figure: &str) -> bool {
        let begins = |with: &&str| figure.starts_with(with);
        (self.only.is_empty() || self.only.iter().any(begins)) && !self.but.iter().any(begins)
    }
}

/// How two tellings have been found to be the same.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// They are the same model.
    pub(super) model: bool,
    /// Their exact answers agree.
    pub(super) exact: bool,
    /// They agree trial by trial.
    pub(super) same_trials: bool,
    /// They agree as far as chance lets see.
    pub(super) chance: bool,
    /// One of them has an exact answer, and the other one has none.
    pub(super) half_exact: bool,
    /// They were looked at a second time.
    pub(super) repeated: bool,
}

/// A figure: its mean over trials, per mission for times.
type Figures = BTreeMap<String, Moments>;

impl Known {
    pub(super) fn new(mut system: System) -> Known {
        trials::find_warm_up(&mut system, 1);
        let behaviour = Behaviour::of(&system);
        let simulator = Simulator::new(&behaviour, system.mission, 7);
        let mut runner = simulator.runner();
        let events: u64 = (0..4).map(|trial| runner.run(trial).event_count).sum();
        Known {
            trials: (4 * EVENTS / events.max(1)).clamp(120, 500),
            system,
            exact: OnceLock::new(),
            tally: OnceLock::new(),
        }
    }

    pub(super) fn exact(&self) -> Option<&Exact> {
        let solve = || exact::solve(&self.system, &EFFORT, None).ok();
        self.exact.get_or_init(solve).as_ref()
    }

    fn tally(&self) -> &Tally {
        self.tally.get_or_init(|| self.more(0, self.trials))
    }

    fn more(&self, first: u64, trials: u64) -> Tally {
        let behaviour = Behaviour::of(&self.system);
        let simulator = Simulator::new(&behaviour, self.system.mission, SEED);
        tally(&self.system, &simulator, first, trials)
    }
}

/// Trials from one on, of a simulator.
fn tally(system: &System, simulator: &Simulator<'_>, first: u64, trials: u64) -> Tally {
    let settings = Settings {
        goal: Goal::Trials(trials),
        first_trial: first,
        record_count: 0,
        keeps_values: false,
        level: Level::USUAL,
    };
    let tally = trials::run(system, simulator, &settings, &mut |_| None).tally;
    check_sums(system, &tally);
    tally
}

/// The parts of what trials say add up, and shares of time are between nothing and all of it.
fn check_sums(system: &System, tally: &Tally) {
    let mission = u128::from(system.mission.as_nanos());
    for service in &tally.services {
        let sum = |parts: &mut dyn Iterator<Item = &Moments>| parts.map(Moments::sum).sum::<u128>();
        let down = service.down.sum();
        assert_eq!(
            sum(&mut service.contributions.values()),
            down,
            "by mechanism"
        );
        assert_eq!(sum(&mut service.culprits.values()), down, "by culprit");
        assert_eq!(
            sum(&mut service.parts.iter()),
            down,
            "by part of the mission"
        );
        assert_eq!(
            sum(&mut service.lost_by.values()),
            service.lost.sum(),
            "lost"
        );
        let all = u128::from(tally.trial_count) * mission;
        assert!(
            down + service.degraded.sum() <= all,
            "more time than there is"
        );
        assert!(
            service.lost.sum() + down <= all,
            "more is lost than is asked"
        );
        assert!(
            service.longest.sum() <= down,
            "the longest outage is one of them"
        );
    }
    if let Some(cost) = &tally.cost {
        let items = cost.items.iter().map(|(_, item)| item.sum());
        assert_eq!(items.sum::<u128>(), cost.total.sum(), "costs");
    }
}

/// What trials say of a service.
fn figures(
    system: &System,
    tally: &Tally,
    service: &str,
    names: Option<&Twin>,
    of: &Twin,
) -> Figures {
    let index = index_of(system, service);
    let service = &tally.services[index];
    let mut figures = BTreeMap::new();
    let mut add = |name: &str, moments: &Moments| {
        figures.insert(name.to_owned(), moments.clone());
    };
    add("downtime", &service.down);
    add("degraded time", &service.degraded);
    add("stalled time", &service.stalled);
    add("outages", &service.outages);
    add("longest outage", &service.longest);
    add("unserved load", &service.unserved);
    add("time below demand", &service.below);
    add("data lost", &service.data_lost);
    if let Some(cost) = &tally.cost {
        add("cost", &cost.total);
    }
    let parts = service.contributions.iter().map(|part| ("share", part));
    let lost = service.lost_by.iter().map(|part| ("lost by", part));
    for (what, ((culprit, mechanism), moments)) in parts.chain(lost) {
        if of.any_cause && matches!(culprit, Culprit::Cause(_)) {
            continue;
        }
        let culprit = blamed(system, *culprit, names, of);
        let name = format!("{what} {} of {culprit}", mechanism.name());
        let mut moments = moments.clone();
        moments.record_zeros(tally.trial_count - moments.count());
        figures.insert(name, moments);
    }
    figures
}

/// Who is to blame, by the names of the first telling.
fn blamed(system: &System, culprit: Culprit, names: Option<&Twin>, of: &Twin) -> String {
    if of.any_cause && matches!(culprit, Culprit::Cause(_)) {
        return "some cause".to_owned();
    }
    let name = system.culprit_name(culprit);
    names.map_or(name.to_owned(), |twin| tree::name_by(&twin.names, name))
}

fn index_of(system: &System, service: &str) -> usize {
    let mut names = system.services.iter();
    names
        .position(|other| other.name == service)
        .unwrap_or_else(|| panic!("there is no service `{service}`"))
}

/// What an exact answer says of a service. Times are relative to the mission.
fn exact_figures(
    system: &System,
    answer: &ServiceAnswer,
    mission_s: f64,
    names: Option<&Twin>,
    of: &Twin,
) -> BTreeMap<String, f64> {
    let run = &answer.long_run;
    let mut figures = vec![
        ("downtime in the long run".to_owned(), run.unavailability),
        ("degraded time in the long run".to_owned(), run.degraded),
    ];
    let mut add = |name: &str, value: Option<f64>| {
        figures.extend(value.map(|value| (name.to_owned(), value)));
    };
    add(
        "unserved load in the long run",
        run.served.map(|served| 1.0 - served),
    );
    add(
        "outages in the long run",
        run.outages_per_s.map(|rate| rate * mission_s),
    );
    let first = answer
        .time_to_first_outage_s
        .filter(|time| time.is_finite());
    add("outages: the first", first.map(|time| time / mission_s));
    let is_share = |share: f64| (0.0..=1.0 + 1e-12).contains(&share);
    assert!(is_share(run.unavailability + run.degraded), "{run:?}");
    assert!(run.served.is_none_or(is_share), "{run:?}");
    if let Some(mission) = &answer.mission {
        assert!(
            is_share(mission.unavailability + mission.degraded),
            "{mission:?}"
        );
        assert!(mission.served.is_none_or(is_share), "{mission:?}");
        assert!(mission.any_outage.is_none_or(is_share), "{mission:?}");
        if let Some(parts) = &mission.contributions {
            let sum: f64 = parts.iter().map(|part| part.2).sum();
            let down = mission.unavailability * mission_s;
            assert!(
                (sum - down).abs() <= 1e-9 * down,
                "{sum} s in parts of {down} s"
            );
        }
        add("downtime", Some(mission.unavailability));
        add("degraded time", Some(mission.degraded));
        add("unserved load", mission.served.map(|served| 1.0 - served));
        add("downtime at the end", Some(mission.unavailability_at_end));
        add("outages", mission.outages);
        add("outages: any", mission.any_outage);
        let mut parts: BTreeMap<String, f64> = BTreeMap::new();
        for (culprit, mechanism, time) in mission.contributions.iter().flatten() {
            let culprit = blamed(system, *culprit, names, of);
            let name = format!("share {} of {culprit}", mechanism.name());
            *parts.entry(name).or_default() += time / mission_s;
        }
        if mission.contributions.is_some() {
            figures.push(("shares are told".to_owned(), 1.0));
        }
        figures.extend(parts);
    }
    figures.into_iter().collect()
}

fn compare_exactly(
    base: (&System, &Exact),
    twin: (&System, &Exact),
    of: &Twin,
) -> Result<(), String> {
    let find = |(system, exact): (&System, &Exact), name: &str, names| {
        let answer = exact.services.iter().find(|answer| answer.name == name);
        let answer = answer.unwrap_or_else(|| panic!("no service `{name}`"));
        exact_figures(system, answer, exact.mission_s, names, of)
    };
    for (own, other) in &of.pairs {
        let (base, twin) = (find(base, other, None), find(twin, own, Some(of)));
        let knows_shares =
            base.contains_key("shares are told") && twin.contains_key("shares are told");
        let all = base
            .keys()
            .chain(twin.keys().filter(|key| !base.contains_key(*key)));
        for name in all.filter(|name| of.asks(name)) {
            let is_share = name.starts_with("share ");
            let (a, b) = match (base.get(name), twin.get(name)) {
                (Some(&a), Some(&b)) => (a, b),
                (a, b) if is_share && knows_shares => {
                    (a.copied().unwrap_or(0.0), b.copied().unwrap_or(0.0))
                }
                _ => continue,
            };
            if (a - b).abs() > of.tolerance * a.abs().max(b.abs()) + of.slack + 1e-13 {
                return Err(format!("{name} of `{own}`: {b:e} exactly, against {a:e}"));
            }
        }
    }
    Ok(())
}

/// The largest distance between two samples in standard errors, and of which figure.
fn distance(base: (&System, &Tally), twin: (&System, &Tally), of: &Twin) -> (f64, String) {
    let mut worst = (0.0, String::new());
    for (own, other) in &of.pairs {
        let a = figures(base.0, base.1, other, None, of);
        let b = figures(twin.0, twin.1, own, Some(of), of);
        let none = Moments::default();
        let all = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
        for name in all.filter(|name| of.asks(name)) {
            let with_zeros = |moments: Option<&Moments>, trials: u64| {
                let mut moments = moments.unwrap_or(&none).clone();
                if moments.count() == 0 {
                    moments.record_zeros(trials);
                }
                moments
            };
            let a = with_zeros(a.get(name), base.1.trial_count);
            let b = with_zeros(b.get(name), twin.1.trial_count);
            if a.nonzero().max(b.nonzero()) < SIGNIFICANT {
                continue;
            }
            let is_time = !name.starts_with("outages") && name != "cost";
            let unit = if is_time { of.stretch } else { 1.0 };
            let (x, y) = (a.mean(), b.mean() / unit);
            let error = a.standard_error().hypot(b.standard_error() / unit);
            // Where all trials are alike, what is rounded to nanoseconds may differ a little.
            let slack = of.slack * base.0.mission.as_nanos() as f64;
            let z = ((y - x).abs() - slack).max(0.0) / error.max(1e-7 * x.max(y));
            if z > worst.0 {
                worst = (
                    z,
                    format!("{name} of `{own}`: {y:.6e} against {x:.6e}, z = {z:.1}"),
                );
            }
        }
    }
    worst
}

/// Whether two samples of the same trials are the same.
fn are_same(base: (&System, &Tally), twin: (&System, &Tally), of: &Twin) -> bool {
    of.pairs.iter().all(|(own, other)| {
        let a = figures(base.0, base.1, other, None, of);
        let b = figures(twin.0, twin.1, own, Some(of), of);
        let asked = |figures: &Figures| -> Vec<(String, Moments)> {
            let asked = figures.iter().filter(|(name, _)| of.asks(name));
            asked
                .map(|(name, moments)| (name.clone(), moments.clone()))
                .collect()
        };
        let (a, b) = (asked(&a), asked(&b));
        let is_all_alike = of.stretch == 1.0 && of.tolerance < 1e-7;
        if is_all_alike {
            return a == b;
        }
        let slack = of.slack * base.0.mission.as_nanos() as f64;
        a.len() == b.len()
            && a.iter().zip(&b).all(|((name, a), (other, b))| {
                let is_time = !name.starts_with("outages") && name != "cost";
                let unit = if is_time { of.stretch } else { 1.0 };
                let (a, b) = (a.mean(), b.mean() / unit);
                name == other && (a - b).abs() <= of.tolerance.max(1e-7) * a.max(b) + slack
            })
    })
}

/// Sets a twin beside the system that it is.
pub(super) fn compare(base: &Known, twin: &Twin) -> Result<Found, String> {
    let mut found = Found::default();
    let mut system = tree::load(&twin.tree)?.system;
    if twin.stretch == 1.0 {
        system.start = base.system.start;
    } else {
        trials::find_warm_up(&mut system, 1);
    }
    if system == base.system {
        found.model = true;
        return Ok(found);
    }
    let exact = exact::solve(&system, &EFFORT, None).ok();
    match (base.exact(), &exact) {
        (Some(a), Some(b)) => {
            compare_exactly((&base.system, a), (&system, b), twin)?;
            found.exact = true;
        }
        (None, None) => {}
        _ => found.half_exact = true,
    }
    let behaviour = Behaviour::of(&system);
    let simulator = Simulator::new(&behaviour, system.mission, SEED);
    let same = tally(&system, &simulator, 0, base.trials);
    let of_base = (&base.system, base.tally());
    if are_same(of_base, (&system, &same), twin) {
        found.same_trials = true;
        return Ok(found);
    }
    let other = tally(&system, &simulator, base.trials, base.trials);
    let (z, _) = distance(of_base, (&system, &other), twin);
    if z > Z_SUSPECT || z.is_nan() {
        found.repeated = true;
        // Other trials, and many more of them: chance goes away, a mistake grows.
        let trials = MORE_TRIALS * base.trials;
        let a = base.more(1_000_000, trials);
        let b = tally(&system, &simulator, 2_000_000, trials);
        let (z, what) = distance((&base.system, &a), (&system, &b), twin);
        if z.is_nan() || z > Z_WRONG {
            return Err(what);
        }
    }
    found.chance = true;
    Ok(found)
}
