//! The exact solution against published and independently computed figures.

use failsim::exact::{self, Effort, NoExact};
use failsim::math::law::Detail;
use failsim::model::System;

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
