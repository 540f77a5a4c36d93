//! The exact solution against published and independently computed figures.

use failsim::base::Span;
use failsim::behaviour::{Behaviour, Happening};
use failsim::engine::Simulator;
use failsim::exact::{self, Effort, NoExact};
use failsim::math::law::Detail;
use failsim::model::System;
use failsim::trials::count_happenings;

use crate::support::scenario;

/// Asserts that a figure agrees with the truth to the digits that the truth has.
fn close(what: &str, found: f64, truth: f64, precision: f64) {
    println!("{what}: {found:.10e} against {truth:.10e}");
    assert!(
        (found - truth).abs() <= precision * truth.abs(),
        "{what}: {found:e} against {truth:e}"
    );
}

fn bench(name: &str) -> System {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    scenario(text.split_once("format = 1").unwrap().1, &[]).system
}

/// A failover waits for the notice of a failure that is over, while another fault of the member is known
/// already: it begins with that notice. Where it did not, the service was down for 60 % of the time.
#[test]
fn a_failover_to_be_completed_begins() {
    let text = "[run]\nhorizon = \"10 y\"\n\
         [kinds.node]\nfail = { mean = \"8 h\" }\nrepair = { mean = \"2 h\" }\nrepair_starts = \"takeover\"\n\
         [groups.db]\nkind = \"node\"\nunits = 2\nactive = 1\nrequired = 1\nstandby = \"warm\"\n\
         [groups.db.takeover]\nmanual = { mean = \"80 min\" }\npromoting = { mean = \"20 min\" }\nrecovered = \"complete\"\n\
         [causes.zone]\nevery = { mean = \"15 h\" }\nhits = [\"db\"]\nlasts = { mean = \"50 min\" }\n\
         notice = { after = { mean = \"37 min\" } }\n[service]\nup = \"db\"\n";
    let answer = exact::solve(&scenario(text, &[]).system, &Effort::QUICK, None).unwrap();
    let mission = answer.services.as_slice()[0].mission.clone().unwrap();
    assert!(mission.unavailability < 0.2, "{}", mission.unavailability);
}

/// Members and seats of groups with standbys that are alike count as one state whoever of them it is: the
/// answer is the same as when each is told from the others.
#[test]
fn alike_members_and_seats_may_change_places() {
    // What the repairs wait for, the group, its takeover, and whether it comes to fewer states.
    let variants = [
        ("detection", "standby = { dormancy = 0.4 }", "", true),
        (
            "detection",
            "standby = \"cold\"\ndetect = { mean = \"10 min\" }",
            "promoting = { mean = \"20 min\", succeeds = \"80 %\" }\nrecovered = \"complete\"",
            true,
        ),
        (
            "takeover",
            "standby = \"hot\"",
            "deciding = { mean = \"5 min\" }\npromoting = { mean = \"20 min\", succeeds = \"80 %\" }\n\
             recovered = \"complete\"\nafter_exhaustion = \"at once\"",
            true,
        ),
        (
            "detection",
            "standby = \"cold\"\nfalse_alarms = { mean = \"200 h\" }",
            "fencing = { mean = \"10 min\" }\nwarm_up = { mean = \"1 h\" }",
            true,
        ),
        // Which of two standbys is called first matters where one of them may be dead unnoticed.
        (
            "detection",
            "standby = \"hot\"\nstandby_faults = \"latent\"",
            "promoting = { mean = \"10 min\" }",
            false,
        ),
        // Which of two seats is taken first matters where their old members may come back to them.
        (
            "detection",
            "standby = \"cold\"",
            "promoting = { mean = \"20 min\", succeeds = \"80 %\" }",
            false,
        ),
    ];
    let solve = |starts: &str, standby: &str, takeover: &str, kinds: [&str; 4]| {
        let kind = |name: &&str| {
            format!(
                "[kinds.{name}]\nfail = {{ mean = \"100 h\" }}\nrepair = {{ mean = \"8 h\" }}\ncrew = \"people\"\n\
                 repair_starts = \"{starts}\"\n"
            )
        };
        let mut different = kinds.to_vec();
        different.dedup();
        let units = ["a", "b", "c", "d"].iter().zip(kinds);
        let text = format!(
            "[run]\nhorizon = \"1 y\"\n[crews.people]\nsize = 1\n{}{}[groups.pool]\nmembers = [\"a\", \"b\", \"c\", \"d\"]\n\
             active = 2\nrequired = 2\n{standby}\n[groups.pool.takeover]\nmanual = {{ mean = \"1 h\" }}\n{takeover}\n\
             [service]\nup = \"pool\"\n",
            different.iter().map(kind).collect::<String>(),
            units
                .map(|(unit, kind)| format!("[components.{unit}]\nkind = \"{kind}\"\n"))
                .collect::<String>(),
        );
        exact::solve(&scenario(&text, &[]).system, &Effort::FULL, None).unwrap()
    };
    for (starts, standby, takeover, is_less) in variants {
        let together = solve(starts, standby, takeover, ["k"; 4]);
        let apart = solve(starts, standby, takeover, ["k", "l", "m", "n"]);
        println!(
            "{standby} {takeover}: {} of {} states",
            together.explored, apart.explored
        );
        if is_less {
            assert!(together.explored * 8 < apart.explored);
        } else {
            assert_eq!(together.explored, apart.explored);
        }
        let [one, other] = [together, apart].map(|exact| exact.services.as_slice()[0].clone());
        let [(one, here), (other, there)] =
            [one, other].map(|service| (service.clone(), service.mission.unwrap()));
        close(
            "in the long run",
            one.long_run.unavailability,
            other.long_run.unavailability,
            1e-12,
        );
        close("down", here.unavailability, there.unavailability, 1e-11);
        close(
            "outages",
            here.outages.unwrap(),
            there.outages.unwrap(),
            1e-11,
        );
        close(
            "first",
            one.time_to_first_outage_s.unwrap(),
            other.time_to_first_outage_s.unwrap(),
            1e-11,
        );
        let (here, there) = (here.contributions.unwrap(), there.contributions.unwrap());
        assert_eq!(here.len(), there.len());
        for (one, other) in here.iter().zip(&there) {
            close(one.1.name(), one.2, other.2, 1e-9);
        }
    }
}

/// Mean unavailabilities over ten years that several tools agree on.
#[test]
fn the_models_of_the_benches() {
    let pair = exact::solve(&bench("m1x-pair-exponential.toml"), &Effort::QUICK, None).unwrap();
    let mission = pair.services.as_slice()[0].mission.clone().unwrap();
    close("pair", mission.unavailability, 4.672_521e-5, 2e-7);
    println!("{} states", pair.state_count());

    let crews = exact::solve(&bench("m2-crews.toml"), &Effort::QUICK, None).unwrap();
    let mission = crews.services.as_slice()[0].mission.clone().unwrap();
    close("crews", mission.unavailability, 1.132_909_1e-7, 1e-7);
    assert_eq!(crews.state_count(), 21);

    let fleet = exact::solve(&bench("m3-fleet.toml"), &Effort::QUICK, None).unwrap();
    let mission = fleet.services.as_slice()[0].mission.clone().unwrap();
    close("fleet", mission.unavailability, 3.747_228_7e-6, 1e-7);
    assert_eq!(fleet.state_count(), 50 * 21);
}

/// The equations of an inversion may move away from their solution instead of towards it. When all figures
/// had grown beyond what numbers can say, they were taken for settled, and the mission for one without any
/// downtime.
#[test]
fn an_inversion_that_does_not_settle_is_not_believed() {
    let text = "[run]\nhorizon = \"120 h\"\n\
         [kinds.k.states.good]\nexits = [{ after = { mean = \"372 min\" }, to = \"worn\" }]\n\
         [kinds.k.states.worn]\ngives = \"degraded\"\n\
         exits = [{ after = { mean = \"276 min\" }, to = { good = 0.5, broken = 0.5 } }]\n\
         [kinds.k.states.broken]\ngives = \"down\"\nexits = [{ after = { mean = \"126 min\" }, to = \"good\" }]\n\
         [groups.pair]\nkind = \"k\"\nunits = 2\nactive = 1\ndetect = { mean = \"26.7 min\" }\nstandby = \"cold\"\n\
         failback = { mode = \"stable\", after = { mean = \"140.4 min\" }, takes = { mean = \"12.6 min\" } }\n\
         capacity = 50\ndegraded_capacity = \"20 %\"\n\
         scaling = { delay = { mean = \"25.2 min\" }, succeeds = \"70 %\", quota = 60 }\n\
         [groups.pair.takeover]\nmanual = { mean = \"99.9 min\" }\n\
         redirecting = { erlang = { stages = 2, mean = \"21.6 min\" } }\nafter_exhaustion = \"resume\"\n\
         [groups.pair.split_brain]\nlasts = { mean = \"90 min\" }\nduring = \"down\"\n\
         [service]\nup = \"pair\"\ndemand = 90\n";
    let answer = exact::solve(&scenario(text, &[]).system, &Effort::FULL, None).unwrap();
    let service = &answer.services.as_slice()[0];
    let mission = service.mission.clone().unwrap();
    // Ten times as long, it is nearly as in the long run.
    let long = scenario(text, &["run.horizon=1200 h"]).system;
    let long = exact::solve(&long, &Effort::FULL, None).unwrap();
    let long = long.services.as_slice()[0].mission.clone().unwrap();
    let settled = service.long_run.unavailability;
    let short_of = |mission: f64| settled - mission;
    close(
        "what the start is worth",
        short_of(mission.unavailability),
        10.0 * short_of(long.unavailability),
        1e-6,
    );
    assert!(mission.unavailability > 0.9 * settled);
}

/// A primary that is back before its failure has been noticed, and fails again as a standby, is
/// still replaced: no state keeps the service down for ever.
#[test]
fn a_failover_that_is_to_be_completed_is_not_forgotten() {
    let pair = exact::solve(&bench("m1x-pair-exponential.toml"), &Effort::QUICK, None).unwrap();
    let answer = &pair.services.as_slice()[0];
    close(
        "long run",
        answer.long_run.unavailability,
        4.672_652e-5,
        2e-7,
    );
}

/// Why there is no exact answer names the part and the law; an approximation has the same moments.
#[test]
fn laws_without_phases_are_named_and_can_be_fitted() {
    let pair = bench("m1-pair.toml");
    let Err(NoExact::NotMarkov(obstacles)) = exact::solve(&pair, &Effort::QUICK, None) else {
        panic!("a lognormal repair has no phases");
    };
    assert!(
        obstacles
            .iter()
            .any(|obstacle| obstacle.what.contains("repair")
                && obstacle.what.contains("`node`")
                && obstacle.why.contains("lognormal"))
    );
    // The long run alone: a mission of so many phases takes its time.
    let effort = Effort {
        multiplications_max: 0.0,
        ..Effort::FULL
    };
    let fit = exact::solve(&pair, &effort, Some(Detail::Fine { order: 8 })).unwrap();
    assert_eq!(fit.fitted.len(), 3);
    let answer = &fit.services.as_slice()[0];
    println!("{} states", fit.state_count());
    assert!(answer.mission.is_none() && answer.notes.len() == 1);
    // 3.1e7 trials of a program for this model alone: 4.6733e-5 +- 0.0006e-5.
    close(
        "fitted pair",
        answer.long_run.unavailability,
        4.6733e-5,
        1e-3,
    );
}

/// Sixteen units that all differ, with a crew that is large enough for all: one chain of 65,536 states,
/// too large for elimination and for uniformisation, whose answer is a product at any time.
#[test]
fn a_large_chain_of_different_units_is_a_product() {
    const UNITS: usize = 16;
    let (mttf, mttr) = (
        |unit: usize| (500 + 37 * unit) as f64,
        |unit: usize| 2.0 + 0.1 * unit as f64,
    );
    let mut text = format!("[run]\nhorizon = \"3000 h\"\n[crews.all]\nsize = {UNITS}\n");
    for unit in 0..UNITS {
        text += &format!(
            "[components.u{unit}]\nfail = {{ mean = \"{} h\" }}\nrepair = {{ mean = \"{} h\" }}\n\
             crew = \"all\"\n",
            mttf(unit),
            mttr(unit)
        );
    }
    let names: Vec<String> = (0..UNITS).map(|unit| format!("u{unit}")).collect();
    text += &format!("[service]\nup = \"at_least(12, {})\"\n", names.join(", "));
    let effort = Effort {
        mechanisms: false,
        ..Effort::FULL
    };
    let answer = exact::solve(&scenario(&text, &[]).system, &effort, None).unwrap();
    assert_eq!(answer.state_count(), 1 << UNITS);
    assert!(answer.imbalance.is_some_and(|imbalance| imbalance < 1e-9));
    // Down with more than four units, from the probability of each to be down.
    let too_many = |down: &dyn Fn(usize) -> f64| -> f64 {
        let mut counts = vec![1.0];
        for unit in 0..UNITS {
            let down = down(unit);
            counts.push(0.0);
            for count in (0..counts.len()).rev() {
                let more = if count > 0 {
                    counts[count - 1] * down
                } else {
                    0.0
                };
                counts[count] = counts[count] * (1.0 - down) + more;
            }
        }
        counts[5..].iter().sum()
    };
    let in_the_end = |unit: usize| mttr(unit) / (mttf(unit) + mttr(unit));
    let service = &answer.services.as_slice()[0];
    let truth = too_many(&in_the_end);
    close("long run", service.long_run.unavailability, truth, 1e-9);
    let mission = service.mission.as_ref().unwrap();
    // Of the start nothing is left after so many repairs.
    close("at the end", mission.unavailability_at_end, truth, 1e-9);
    // The integral of the product over the mission, by Simpson's rule where it changes.
    let at = |time: f64| {
        too_many(&|unit| {
            let pace = 1.0 / mttf(unit) + 1.0 / mttr(unit);
            in_the_end(unit) * -libm::expm1(-pace * time)
        })
    };
    let (rest, parts) = (120.0, 2000);
    let step = rest / f64::from(parts);
    let early: f64 = (0..=parts)
        .map(|part| {
            let weight = match part {
                0 => 1.0,
                _ if part == parts => 1.0,
                _ if part % 2 == 1 => 4.0,
                _ => 2.0,
            };
            weight * at(f64::from(part) * step)
        })
        .sum::<f64>()
        * step
        / 3.0;
    let whole = early + truth * (3000.0 - rest);
    close("mission", mission.unavailability, whole / 3000.0, 1e-9);
}

/// Two units alone, each of which lives 180 phases and is repaired in 20 more of the same length: where it is
/// in its rounds is a Poisson variate, for dozens of rounds. What they do together is integrated over the
/// mission, and moments that grew apart with time missed 0.2 % of the time that both are down.
#[test]
fn parts_that_go_round_are_put_together() {
    let text = "[run]\nhorizon = \"40 d\"\n\
         [components.one]\nfail = { erlang = { stages = 180, mean = \"180 h\" } }\n\
         repair = { erlang = { stages = 20, mean = \"20 h\" } }\n\
         [components.two]\nfail = { erlang = { stages = 180, mean = \"171 h\" } }\n\
         repair = { erlang = { stages = 20, mean = \"19 h\" } }\n\
         [services.both]\nup = \"one and two\"\n[services.either]\nup = \"one or two\"\n";
    // Phases per hour.
    let rates = [1.0, 20.0 / 19.0];
    // The probability that so many phases have passed as `holds` says, of so many on average.
    let poisson = |mean: f64, holds: &dyn Fn(u64) -> bool| -> f64 {
        let spread = 14.0 * libm::sqrt(mean) + 40.0;
        let (first, last) = ((mean - spread).max(0.0) as u64, (mean + spread) as u64);
        let ln_first =
            first as f64 * libm::log(mean.max(1e-300)) - libm::lgamma(first as f64 + 1.0);
        let mut term = libm::exp(ln_first - mean);
        let mut sum = 0.0;
        for count in first..=last {
            sum += if holds(count) { term } else { 0.0 };
            term *= mean / (count + 1) as f64;
        }
        sum
    };
    // Of both down, of either down, of outages of either kind, and of both in their first lives.
    let at = |time: f64| -> [f64; 5] {
        let means = rates.map(|rate| rate * time);
        let down = means.map(|mean| poisson(mean, &|count| count % 200 >= 180));
        let fails = [0, 1].map(|of| rates[of] * poisson(means[of], &|count| count % 200 == 179));
        let first = means.map(|mean| poisson(mean, &|count| count < 180));
        [
            down[0] * down[1],
            1.0 - (1.0 - down[0]) * (1.0 - down[1]),
            fails[0] * down[1] + fails[1] * down[0],
            fails[0] * (1.0 - down[1]) + fails[1] * (1.0 - down[0]),
            first[0] * first[1],
        ]
    };
    // By Simpson's rule, in steps of an eighth of a phase.
    const PARTS: usize = 8000;
    let mission_h = 960.0;
    let step = mission_h / PARTS as f64;
    let mut truth = [0.0; 5];
    for part in 0..=PARTS {
        let weight = match part {
            0 | PARTS => 1.0,
            _ if part % 2 == 1 => 4.0,
            _ => 2.0,
        };
        let values = at(part as f64 * step);
        (0..5).for_each(|of| truth[of] += weight * values[of] * step / 3.0);
    }
    let system = scenario(text, &[]).system;
    // Together they would have 40,000 states, which are too many for this effort.
    let effort = Effort {
        multiplications_max: 5e9,
        ..Effort::QUICK
    };
    let answer = exact::solve(&system, &effort, None).unwrap();
    assert_eq!(answer.part_states.len(), 2);
    let services = answer.services.as_slice();
    for (service, place) in [(1, 0), (0, 1)] {
        let mission = services[service].mission.clone().unwrap();
        let name = &services[service].name;
        let share = truth[place] / mission_h;
        close(
            &format!("{name}: down"),
            mission.unavailability,
            share,
            1e-9,
        );
        let end = at(mission_h)[place];
        close(
            &format!("{name}: end"),
            mission.unavailability_at_end,
            end,
            1e-9,
        );
        let outages = mission.outages.unwrap();
        close(&format!("{name}: outages"), outages, truth[place + 2], 1e-9);
    }
    let first = services[0].time_to_first_outage_s.unwrap() / 3600.0;
    close("first outage", first, truth[4], 1e-9);
}

fn case(name: &str) -> System {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/cases");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    crate::support::scenario_file(&text, &[]).system
}

/// How often the two regions of a published chain change places: of its 144 states, those in which region
/// 1 serves (mode 1), region 2 (2), and a failback is under way (3). And as often in trials.
#[test]
fn counts_of_two_regions() {
    let system = case("geo-dr-two-regions.toml");
    let counts = exact::counts(&system, &Effort::QUICK, None).unwrap();
    let of = |happening: Happening, name: &str| {
        let found = counts.iter().find(|counted| {
            counted.happening == happening && system.culprit_name(counted.culprit) == name
        });
        *found.unwrap()
    };
    let failovers = of(Happening::Failover, "regions");
    let failbacks = of(Happening::Failback, "regions");
    // From mode 1 to 2 and from 2 to 1; from 3 to 1.
    let unplanned = 1.286_796_418_328_1e-4 + 2.083_395_213_750_8e-7;
    close("failovers", failovers.per_s * 3600.0, unplanned, 1e-10);
    close(
        "failbacks",
        failbacks.per_s * 3600.0,
        1.284_713_023_114_3e-4,
        1e-10,
    );
    let behaviour = Behaviour::of(&system);
    let simulator = Simulator::new(&behaviour, system.mission, 1);
    let tally = count_happenings(&simulator, &behaviour, 4_000, u64::MAX);
    for counted in &counts {
        let truth = counted.in_mission.unwrap();
        let moments = tally.get(counted.happening, counted.culprit).unwrap();
        let z = (moments.mean() - truth) / moments.standard_error();
        println!("{:?} {truth}: z = {z:.2}", counted.happening);
        assert!(z.abs() < 4.0, "{:?}: {truth}, z = {z}", counted.happening);
    }
}

/// Fifteen pairs that live apart have 3^15 states together, too many for the importance of their units; that
/// is known without enumerating any of them.
#[test]
fn too_many_states_together_have_no_importance() {
    let pairs: Vec<String> = (0..15).map(|pair| format!("g{pair}")).collect();
    let mut text = "[run]\nhorizon = \"1 y\"\n[kinds.k]\nfail = { mean = \"1000 h\" }\nrepair = { mean = \"10 h\" }\n".to_owned();
    for pair in &pairs {
        text += &format!(
            "[groups.{pair}]\nkind = \"k\"\nunits = 2\nstandby = \"active\"\nrequired = 1\n"
        );
    }
    text += &format!("[service]\nup = \"{}\"\n", pairs.join(" and "));
    let system = scenario(&text, &[]).system;
    let answer = exact::solve(&system, &Effort::QUICK, None).unwrap();
    assert_eq!(answer.part_states, [3; 15]);
    let found = exact::importances(&system, &answer, &Effort::QUICK, None);
    assert!(
        matches!(found, Err(NoExact::TooManyStates { limit: 1_000 })),
        "{found:?}"
    );
}

/// Two of four units that are never mended, each dead by the end with probability 1/2 (Storm's tests of
/// binary decision diagrams): Birnbaum 3/8, risk achievement worth 14/11.
#[test]
fn importance_of_two_of_four() {
    let mut system = case("importance-storm-vote.toml");
    system.mission = Span::from_hours(1.0).unwrap();
    let answer = exact::solve(&system, &Effort::QUICK, None).unwrap();
    let importances = exact::importances(&system, &answer, &Effort::QUICK, None).unwrap();
    let weights: Vec<_> = importances
        .iter()
        .filter(|importance| system.services[importance.service].name == "vote")
        .map(|importance| importance.at_end.unwrap())
        .collect();
    assert_eq!(weights.len(), 4);
    for weight in weights {
        close("Birnbaum", weight.birnbaum, 0.375, 1e-9);
        close(
            "achievement worth",
            weight.achievement_worth,
            14.0 / 11.0,
            1e-9,
        );
    }
}
