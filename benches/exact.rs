//! How large a system has an exact answer, and how long that takes: for each, the states that are
//! enumerated and those that are left when what nobody could tell apart is taken together, the rates
//! between these, seconds in all, and an answer beside one that is known by other means.
//!
//! `cargo bench --bench exact -- NAME...` measures those with such names. Mechanisms of downtime are left
//! out, as they take more states. The largest takes about 3 GiB.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on has failed"
)]

use std::time::Instant;

use failsim::exact::{self, Effort};
use failsim::model::System;
use failsim::scenario::{self, NoFiles, Source};

fn main() {
    let names: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    println!(
        "{:<12} {:>9} {:>9} {:>10} {:>7}  {:<26} {:>14} {:>8}",
        "system", "explored", "states", "rates", "s", "figure", "exact", "off by"
    );
    for Case { name, text, known } in cases() {
        if names.is_empty() || names.iter().any(|part| name.contains(part.as_str())) {
            measure(&name, &text, known);
        }
    }
}

/// A system, and a figure of it that is known.
struct Case {
    name: String,
    text: String,
    known: Known,
}

/// What is known by other means, to eight digits or more.
#[derive(Clone, Copy)]
enum Known {
    /// Share of the mission that the service is down.
    Mission(f64),
    /// Share of time that it is down in the long run.
    LongRun(f64),
    /// Probability that the last service is down at some time in the mission.
    AnyOutage(f64),
    /// Nothing.
    Nothing,
}

fn system(text: &str) -> System {
    let source = Source::toml("bench.toml", text);
    scenario::load(&source, &[], &NoFiles).unwrap().system
}

fn measure(name: &str, text: &str, known: Known) {
    let system = system(text);
    let effort = Effort {
        mechanisms: false,
        ..Effort::FULL
    };
    let start = Instant::now();
    let answer = match exact::solve(&system, &effort, None) {
        Ok(answer) => answer,
        Err(error) => return println!("{name:<12} {error}"),
    };
    let seconds = start.elapsed().as_secs_f64();
    let service = answer.services.iter().last().unwrap();
    let mission = service.mission.as_ref();
    let (figure, found, truth) = match known {
        Known::Mission(truth) => (
            "unavailability, mission",
            mission.map(|mission| mission.unavailability),
            Some(truth),
        ),
        Known::LongRun(truth) => (
            "unavailability, long run",
            Some(service.long_run.unavailability),
            Some(truth),
        ),
        Known::AnyOutage(truth) => (
            "any outage in the mission",
            mission.and_then(|mission| mission.any_outage),
            Some(truth),
        ),
        Known::Nothing => (
            "unavailability, long run",
            Some(service.long_run.unavailability),
            None,
        ),
    };
    let found = found.unwrap_or(f64::NAN);
    let off = truth.map_or(String::new(), |truth| {
        format!("{:.1e}", (found - truth).abs() / truth)
    });
    println!(
        "{name:<12} {:>9} {:>9} {:>10} {seconds:>7.2}  {figure:<26} {found:>14.8e} {off:>8}",
        answer.explored,
        answer.state_count(),
        answer.transition_count,
    );
}

/// Systems in the order of their size.
fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut add = |name: String, text: String, known| cases.push(Case { name, text, known });
    let models = [
        (
            "m1x-pair",
            include_str!("m1x-pair-exponential.toml"),
            4.672_521e-5,
        ),
        ("m2-crews", include_str!("m2-crews.toml"), 1.132_909_1e-7),
        ("m3-fleet", include_str!("m3-fleet.toml"), 3.747_228_7e-6),
    ];
    for (name, text, truth) in models {
        add(name.to_owned(), text.to_owned(), Known::Mission(truth));
    }
    let cluster = include_str!("../src/tests/cases/cluster-64.toml");
    for units in [16, 32, 64] {
        let text = cluster
            .replace(
                "[crews.repairer]",
                "[run]\nhorizon = \"2000 h\"\n[crews.repairer]",
            )
            .replace("units = 64", &format!("units = {units}"))
            .replace("at_least(64", &format!("at_least({units}"))
            .replace("at_least(48", &format!("at_least({}", units * 3 / 4));
        let known = match units {
            64 => Known::AnyOutage(1.044_539_673e-3),
            _ => Known::Nothing,
        };
        add(format!("cluster-{units}"), text, known);
    }
    for units in [12, 14, 16, 18, 20] {
        let (text, truth) = different(units);
        add(format!("different-{units}"), text, Known::LongRun(truth));
    }
    cases
}

/// Units that all differ and share a crew that is large enough for all: their chain is one, and its
/// answer is a product. Down in the long run with more than two of them.
fn different(units: usize) -> (String, f64) {
    let (mttf, mttr) = (
        |unit: usize| (1000 + 37 * unit) as f64,
        |unit: usize| (5 + unit) as f64,
    );
    let mut text =
        "format = 1\nname = \"different units\"\n[run]\nhorizon = \"1000 h\"\n".to_owned();
    text += &format!("[crews.all]\nsize = {units}\n");
    // Probabilities of how many of them are down.
    let mut counts = vec![1.0];
    for unit in 1..=units {
        text += &format!(
            "[components.u{unit}]\nfail = {{ mean = \"{} h\" }}\nrepair = {{ mean = \"{} h\" }}\n\
             crew = \"all\"\n",
            mttf(unit),
            mttr(unit)
        );
        let down = mttr(unit) / (mttf(unit) + mttr(unit));
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
    let names: Vec<String> = (1..=units).map(|unit| format!("u{unit}")).collect();
    text += &format!(
        "[service]\nup = \"at_least({}, {})\"\n",
        units - 2,
        names.join(", ")
    );
    (text, counts[3..].iter().sum())
}
