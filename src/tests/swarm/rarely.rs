//! Random systems judged by rare trials and by splitting: both must find what is exact, or what plain trials
//! find.

use failsim::base::Span;
use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::exact::Exact;
use failsim::model::{ServiceId, System};
use failsim::rare::{self, Mixture, RareServiceTally, RareSimulator, RareTally};
use failsim::stats::{Level, Moments, RealMoments};
use failsim::trials::{self, Goal, PARTS_PER_UNIT, Settings, Tally};

use super::{Figure, SIGNIFICANT};

/// Equal trials' worth that a weighted figure must have for its z to be normal.
const EFFECTIVE: f64 = 100.0;

/// Whether rare trials can follow the system.
pub(super) fn can_be_rare(system: &System) -> bool {
    !rare::follows_demand(system)
}

fn settings(first: u64, count: u64) -> Settings {
    Settings {
        goal: Goal::Trials(count),
        first_trial: first,
        record_count: 0,
        keeps_values: false,
        level: Level::USUAL,
    }
}

/// Plain trials, unobserved.
pub(super) fn plain(system: &System, seed: u64, first: u64, count: u64) -> Tally {
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, seed);
    let settings = settings(first, count);
    trials::run(system, &simulator, &settings, &mut |_| None).tally
}

/// Rare trials.
pub(super) fn rarely(system: &System, seed: u64, first: u64, count: u64) -> RareTally {
    let simulator = RareSimulator::new(system, system.mission, seed, Mixture::USUAL);
    simulator.run(first, first + count)
}

/// Splitting a short mission, so that a trial of it takes no longer than others.
pub(super) fn shortened(system: &System) -> System {
    let mut system = system.clone();
    system.mission = Span::from_hours(system.mission.as_secs().min(8.0 * 3600.0) / 3600.0).unwrap();
    system
}

/// Trials of splitting, of which each begins 200 missions.
pub(super) fn split(system: &System, seed: u64, first: u64, missions: u64) -> RareTally {
    let behaviour = Behaviour::of(system);
    let settings = settings(first, missions);
    rare::split(system, &behaviour, seed, &settings, &mut |_| None).tally
}

/// Branches that are all alike may hide what none of them has shown: the standard error with that.
fn error_of(service: &RareServiceTally, moments: &RealMoments) -> f64 {
    let hidden = match service.hit_count {
        0 => 0.0,
        hits => 1.5 / hits as f64 * moments.mean().abs(),
    };
    moments.standard_error().max(hidden)
}

/// A weighted figure.
struct Weighted<'a> {
    what: &'a str,
    service: &'a RareServiceTally,
    moments: &'a RealMoments,
    unit: f64,
}

impl Weighted<'_> {
    fn against(&self, exact: f64, error: f64) -> Option<Figure> {
        let Weighted {
            what,
            service,
            moments,
            unit,
        } = self;
        let is_possible = exact > 0.0 || moments.sum() == 0.0;
        // Most of the trials must tell something, and those that tell most must not tell all.
        let enough = 0.5 * moments.count() as f64;
        if is_possible && moments.effective_count() < enough.min(EFFECTIVE) {
            return None;
        }
        Some(Figure {
            what: (*what).to_owned(),
            simulated: moments.mean() / unit,
            exact,
            standard_error: (error_of(service, moments) / unit).hypot(error),
        })
    }

    /// Beside the same figure of plain trials.
    fn beside(&self, plain: &Moments, unseen: f64) -> Option<Figure> {
        // Plain trials that have seen little do not show how much they vary.
        if plain.nonzero() < SIGNIFICANT {
            return None;
        }
        let error = plain.standard_error().max(unseen) / self.unit;
        self.against(plain.mean() / self.unit, error)
    }
}

/// Sets weighted trials beside the exact answer.
pub(super) fn compare_exact(
    system: &System,
    exact: &Exact,
    tally: &RareTally,
    is_split: bool,
) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (answer, service) in exact.services.iter().zip(tally.services.iter()) {
        let Some(mission) = &answer.mission else {
            continue;
        };
        let mut add = |what: &str, moments: &RealMoments, unit: f64, exact: f64| {
            let what = format!("{what} of `{}`", answer.name);
            let weighted = Weighted {
                what: &what,
                service,
                moments,
                unit,
            };
            figures.extend(weighted.against(exact, 0.0));
        };
        let mission_ns = exact.mission_s * 1e9;
        let down = mission.unavailability;
        add("downtime", &service.down, mission_ns, down);
        if let Some(outages) = mission.outages {
            add("outages", &service.outages, 1.0, outages);
        }
        if let Some(any) = mission.any_outage {
            add("any outage", &service.any, 1.0, any);
        }
        if is_split {
            continue;
        }
        add(
            "degraded time",
            &service.degraded,
            mission_ns,
            mission.degraded,
        );
        if let Some(served) = mission.served {
            add("unserved load", &service.unserved, mission_ns, 1.0 - served);
        }
        for &(culprit, mechanism, time) in mission.contributions.iter().flatten() {
            let Some(moments) = service.contributions.get(&(culprit, mechanism)) else {
                continue;
            };
            let mut moments = moments.clone();
            moments.record_zeros(service.down.count() - moments.count());
            let name = system.culprit_name(culprit);
            let what = format!("{} of `{name}`", mechanism.name());
            add(&what, &moments, 1e9, time);
        }
        for of in mission.roots.iter().flatten() {
            let Some(begun) = service.roots.get(&of.root) else {
                continue;
            };
            let name = system.root_name(of.root);
            for (what, moments, unit, truth) in [
                ("downtime", &begun.down, 1e9, of.down_s),
                ("outages", &begun.outages, 1.0, of.outages),
            ] {
                let mut moments = moments.clone();
                moments.record_zeros(service.down.count() - moments.count());
                add(&format!("{what} begun by `{name}`"), &moments, unit, truth);
            }
        }
    }
    figures
}

/// Sets rare trials beside plain ones, also in what has no exact answer: data and money.
pub(super) fn compare_plain(system: &System, plain: &Tally, tally: &RareTally) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (index, (usual, service)) in plain.services.iter().zip(tally.services.iter()).enumerate() {
        let name = &system.services[ServiceId(index as u32)].name;
        // Few plain trials may have missed a long outage, and do not show it in their spread.
        let unseen = (service.down_squares.mean() / plain.trial_count as f64).sqrt();
        for (what, moments, usual, unseen) in [
            ("downtime", &service.down, &usual.down, unseen),
            ("outages", &service.outages, &usual.outages, 0.0),
            ("degraded time", &service.degraded, &usual.degraded, 0.0),
            ("stalled time", &service.stalled, &usual.stalled, 0.0),
            ("unserved load", &service.unserved, &usual.unserved, unseen),
            ("data lost", &service.data_lost, &usual.data_lost, 0.0),
            ("longest outage", &service.longest, &usual.longest, unseen),
        ] {
            // The longest of several outages is told by the first, so by what is rare.
            if what == "longest outage" && service.bad_episodes.mean() > 0.2 {
                continue;
            }
            let what = format!("{what} of `{name}`, in rare and in plain trials");
            let weighted = Weighted {
                what: &what,
                service,
                moments,
                unit: 1.0,
            };
            figures.extend(weighted.beside(usual, unseen));
        }
    }
    if let (Some(cost), Some(service)) = (&plain.cost, tally.services.iter().next()) {
        for ((item, usual), (other, moments)) in cost.items.iter().zip(&tally.costs) {
            assert_eq!(item, other, "both pay for the same");
            let what = format!("cost of {item:?}, in rare and in plain trials");
            let parts = Parts(usual);
            figures.extend(parts.beside(&what, service, moments));
        }
        let what = "total cost, in rare and in plain trials";
        figures.extend(Parts(&cost.total).beside(what, service, &tally.total_cost));
    }
    figures
}

/// Sets splitting beside plain trials.
pub(super) fn compare_split(system: &System, plain: &Tally, tally: &RareTally) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (index, (usual, service)) in plain.services.iter().zip(tally.services.iter()).enumerate() {
        let name = &system.services[ServiceId(index as u32)].name;
        for (what, moments, usual) in [
            ("downtime", &service.down, &usual.down),
            ("outages", &service.outages, &usual.outages),
            ("longest outage", &service.longest, &usual.longest),
        ] {
            let what = format!("{what} of `{name}`, in splitting and in plain trials");
            let weighted = Weighted {
                what: &what,
                service,
                moments,
                unit: 1.0,
            };
            figures.extend(weighted.beside(usual, 0.0));
        }
    }
    figures
}

/// Money in parts of its unit.
struct Parts<'a>(&'a Moments);

impl Parts<'_> {
    fn beside(
        &self,
        what: &str,
        service: &RareServiceTally,
        moments: &RealMoments,
    ) -> Option<Figure> {
        if self.0.nonzero() < SIGNIFICANT {
            return None;
        }
        let weighted = Weighted {
            what,
            service,
            moments,
            unit: 1.0,
        };
        // Sums are rounded to parts, trial by trial.
        let error = self.0.standard_error().max(0.5) / PARTS_PER_UNIT;
        weighted.against(self.0.mean() / PARTS_PER_UNIT, error)
    }
}

/// What must hold in any sums of rare trials.
pub(super) fn check_sums(tally: &RareTally) {
    for service in tally.services.iter() {
        let down = service.down.sum();
        for (what, parts) in [
            (
                "mechanisms",
                service
                    .contributions
                    .values()
                    .map(RealMoments::sum)
                    .sum::<f64>(),
            ),
            (
                "culprits",
                service.culprits.values().map(RealMoments::sum).sum(),
            ),
            (
                "roots",
                service.roots.values().map(|root| root.down.sum()).sum(),
            ),
        ] {
            assert!(
                (parts - down).abs() <= 1e-6 * down,
                "{what} add up to {parts:e}, not to {down:e}, in rare trials"
            );
        }
        let begun: f64 = service.roots.values().map(|root| root.outages.sum()).sum();
        let outages = service.outages.sum();
        assert!(
            (begun - outages).abs() <= 1e-6 * outages,
            "{begun:e} outages begun, {outages:e} in all, in rare trials"
        );
        let lost: f64 = service.lost_by.values().map(RealMoments::sum).sum();
        let all = service.lost.sum();
        assert!(
            (lost - all).abs() <= 1e-6 * all,
            "{lost:e} lost in parts, {all:e} in all, in rare trials"
        );
        let weights = &service.weights;
        if weights.count() > 1000 && weights.effective_count() > EFFECTIVE {
            let off = (weights.mean() - 1.0).abs();
            // All weights may be one but for rounding.
            assert!(
                off <= 6.0 * weights.standard_error() || off < 1e-12,
                "weights have mean {}",
                weights.mean()
            );
        }
    }
}
