//! What else an exact answer says of a system, and what must hold between figures and between systems that
//! are told in two ways.

use failsim::base::{Id, Instant};
use failsim::behaviour::{Behaviour, Note, State};
use failsim::engine::{Observer, Simulator};
use failsim::exact::{self, Exact, NoExact};
use failsim::model::{Level, Member, ServiceId, System, UnitId};
use failsim::scenario::{self, Source, Syntax};
use failsim::stats::Moments;
use failsim::trials::{self, Tally};
use serde_json::{Map, Value as Json};

use super::document::to_toml;
use super::{EFFORT, Figure, Held, SIGNIFICANT, try_load};

/// What trials were like at their ends.
struct Ends<'a> {
    behaviour: &'a Behaviour,
    units: Vec<Vec<UnitId>>,
    /// Of each group, the share of its units that have failed; of each service, whether it is down.
    now: (Vec<f64>, Vec<bool>),
}

impl Observer for Ends<'_> {
    fn note(&mut self, _: Instant, _: Note) {}

    fn after_event(&mut self, _: Instant, state: &State) {
        let failed = self.units.iter().map(|units| {
            let failed = units
                .iter()
                .filter(|&&unit| state.condition(self.behaviour, unit).is_failure());
            failed.count() as f64 / units.len().max(1) as f64
        });
        self.now.0 = failed.collect();
        for (index, is_down) in self.now.1.iter_mut().enumerate() {
            let service = state.service(ServiceId::from_index(index));
            *is_down = service.level == Level::Down;
        }
    }
}

/// Sets importances beside what trials are like at the end of the mission.
///
/// While a unit has failed the service is down with a probability that follows from both weights and from that of
/// its being down at all; so is it while the unit has not. What is found less what should be has mean zero.
pub(super) fn compare_importances(
    system: &System,
    exact: &Exact,
    seed: u64,
    first: u64,
    count: u64,
) -> Vec<Figure> {
    let importances = match exact::importances(system, exact, &EFFORT, None) {
        Ok(importances) => importances,
        Err(NoExact::TooManyStates { .. } | NoExact::TooMuchMemory { .. }) => return Vec::new(),
        Err(error) => panic!("there is an exact answer, but no importance: {error}"),
    };
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, seed);
    let mut runner = simulator.runner();
    let mut units = vec![Vec::new(); system.groups.len()];
    for (group, members) in system.groups.iter_ids() {
        for member in &members.members {
            if let Member::Unit(unit) = member {
                units[group.index()].push(*unit);
            }
        }
    }
    let mut ends = Ends {
        behaviour: &behaviour,
        units,
        now: (Vec::new(), vec![false; system.services.len()]),
    };
    let mut seen = Vec::new();
    for trial in first..first + count {
        runner.narrate(trial, &mut ends);
        seen.push(ends.now.clone());
    }
    let mut figures = Vec::new();
    for importance in importances {
        let answer = &exact.services[importance.service];
        let (Some(weight), Some(mission)) = (importance.at_end, &answer.mission) else {
            continue;
        };
        let whole = mission.unavailability_at_end;
        let if_failed = weight.achievement_worth * whole;
        let otherwise = if_failed - weight.birnbaum;
        let name = &system.groups[importance.group].name;
        for (what, share) in [("failed", if_failed), ("fit", otherwise)] {
            // Long missions are solved to about this.
            assert!(
                (-1e-8..1.0 + 1e-8).contains(&share),
                "`{}` is down with a probability of {share} while a unit of `{name}` is {what}",
                answer.name
            );
            let (mut sum, mut squares, mut events) = (0.0, 0.0, 0);
            for (failed, is_down) in &seen {
                let failed = failed[importance.group.index()];
                let of = if what == "failed" {
                    failed
                } else {
                    1.0 - failed
                };
                let is_down = is_down[importance.service.index()];
                let value = of * (f64::from(u8::from(is_down)) - share);
                sum += value;
                squares += value * value;
                events += u64::from(is_down && of > 0.0);
            }
            // Where next to nothing is to be seen, nothing can be told from rounding.
            let is_certain = !(1e-6..1.0 - 1e-6).contains(&share);
            if is_certain || events < SIGNIFICANT {
                continue;
            }
            let trials = count as f64;
            let variance = (squares / trials - (sum / trials).powi(2)) / trials;
            figures.push(Figure {
                what: format!(
                    "downtime of `{}` at the end while a unit of `{name}` is {what}",
                    answer.name
                ),
                simulated: sum / trials + share,
                exact: share,
                standard_error: variance.sqrt().max(1e-12),
            });
        }
    }
    figures
}

/// Sets how often what happens beside how often it should.
pub(super) fn compare_happenings(system: &System, seed: u64, count: u64) -> Vec<Figure> {
    let counted = match exact::counts(system, &EFFORT, None) {
        Ok(counted) => counted,
        Err(NoExact::TooManyStates { .. } | NoExact::TooMuchMemory { .. }) => return Vec::new(),
        Err(error) => panic!("there is an exact answer, but not of what happens: {error}"),
    };
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, seed);
    let tally = trials::count_happenings(&simulator, &behaviour, count, u64::MAX);
    let mut figures = Vec::new();
    for of in counted {
        let Some(exact) = of.in_mission else {
            continue;
        };
        let moments = tally.get(of.happening, of.culprit);
        let moments = moments.unwrap_or_else(|| {
            let mut none = Moments::default();
            none.record_zeros(tally.trial_count);
            none
        });
        if moments.nonzero() < SIGNIFICANT && exact * tally.trial_count as f64 <= 50.0 {
            continue;
        }
        figures.push(Figure {
            what: format!(
                "{:?} of `{}`",
                of.happening,
                system.culprit_name(of.culprit)
            ),
            simulated: moments.mean(),
            exact,
            standard_error: match moments.standard_error() {
                0.0 => 1.0 / count as f64,
                error => error,
            },
        });
    }
    figures
}

/// What must hold in the sums of plain trials.
pub(super) fn check_sums(tally: &Tally) {
    for service in &tally.services {
        let sum = |parts: &mut dyn Iterator<Item = &Moments>| parts.map(Moments::sum).sum::<u128>();
        let down = service.down.sum();
        assert_eq!(
            sum(&mut service.contributions.values()),
            down,
            "mechanisms add up"
        );
        assert_eq!(sum(&mut service.culprits.values()), down, "culprits add up");
        let roots = &service.roots;
        let begun = sum(&mut roots.values().map(|root| &root.down));
        assert_eq!(begun, down, "what roots began adds up");
        let begun = sum(&mut roots.values().map(|root| &root.outages));
        assert_eq!(begun, service.outages.sum(), "outages of roots add up");
        assert_eq!(
            sum(&mut service.parts.iter()),
            down,
            "parts of the mission add up"
        );
        let lost = sum(&mut service.lost_by.values());
        assert_eq!(lost, service.lost.sum(), "losses add up");
        assert!(service.stalled.sum() <= service.degraded.sum());
        assert!(service.longest.sum() <= down);
        assert!(service.longest.nonzero() == service.outages.nonzero());
    }
    if let Some(cost) = &tally.cost {
        let items: u128 = cost.items.iter().map(|(_, moments)| moments.sum()).sum();
        assert_eq!(items, cost.total.sum(), "costs add up");
    }
}

/// The file as it is run is a scenario itself, and gives the same system.
pub(super) fn check_resolved(told: &scenario::Scenario) {
    let source = Source {
        name: "test.json".to_owned(),
        text: told.resolved.to_string(),
        syntax: Syntax::Json,
    };
    match scenario::load(&source, &[], &Held) {
        Ok(again) => assert_eq!(
            again.system, told.system,
            "the resolved file is another system"
        ),
        Err(problems) => panic!("the resolved file is refused: {}", problems.plain()),
    }
}

/// The order of tables and of keys is no input.
pub(super) fn check_reordered(document: &Json, exact: &Exact) {
    let mut reordered = document.clone();
    for section in reordered.as_object_mut().unwrap().values_mut() {
        if let Json::Object(entries) = section {
            let reversed: Map<String, Json> = std::mem::take(entries).into_iter().rev().collect();
            *entries = reversed;
        }
    }
    let other = try_load(&reordered)
        .unwrap_or_else(|why| panic!("refused in another order: {why}\n{}", to_toml(&reordered)));
    let other = match exact::solve(&other.system, &EFFORT, None) {
        Ok(other) => other,
        Err(NoExact::TooManyStates { .. }) => return,
        Err(error) => panic!("no exact answer in another order: {error}"),
    };
    for answer in exact.services.iter() {
        let other = other
            .services
            .iter()
            .find(|other| other.name == answer.name);
        let other = other.unwrap();
        for (what, a, b) in [
            (
                "down",
                answer.long_run.unavailability,
                other.long_run.unavailability,
            ),
            (
                "degraded",
                answer.long_run.degraded,
                other.long_run.degraded,
            ),
        ] {
            assert!(
                (a - b).abs() <= 1e-8 * b.abs() + 1e-13,
                "`{}` is {what} {a:e} of the time, and {b:e} with its tables in another order",
                answer.name
            );
        }
    }
}
