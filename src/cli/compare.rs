//! `failsim compare`: scenarios of several files side by side, through the same fate.

use std::path::Path;
use std::time::Instant;

use failsim::report::hash;
use failsim::report::sweep::{Axis, AxisValue};
use failsim::scenario::Scenario;

use super::args::{Args, CompareArgs};
use super::progress::watch_for_interrupts;
use super::run::Amount;
use super::sweep::{Job, Point};
use super::{End, Failure, load};

pub(crate) fn compare(args: &Args, command: &CompareArgs) -> Result<End, Failure> {
    let scenarios = load::scenarios(args, &command.files, &command.changes)?;
    let mut amounts = scenarios
        .iter()
        .map(|scenario| Amount::of(&command.amount, scenario))
        .collect::<Result<Vec<Amount>, Failure>>()?;
    // The same fate for all of them.
    if let Some(seed) = amounts.first().map(|first| first.settings.seed) {
        let settings = amounts.iter_mut().map(|amount| &mut amount.settings);
        settings.for_each(|settings| settings.seed = seed);
    }
    comparable(&scenarios, command)?;
    watch_for_interrupts()?;
    let started = Instant::now();
    let names = names(command);
    let options = names.iter().zip(&scenarios).skip(1);
    let job = Job {
        axes: vec![Axis {
            name: "scenario".to_owned(),
            is_plain: true,
            values: names
                .iter()
                .map(|name| AxisValue {
                    text: name.clone(),
                    number: None,
                })
                .collect(),
            unit: None,
        }],
        options: options
            .map(|(name, scenario)| (format!("sha256 of {name}"), hash(&scenario.resolved)))
            .collect(),
        points: scenarios
            .iter()
            .zip(amounts)
            .enumerate()
            .map(|(index, (scenario, amount))| {
                let point = Point {
                    position: vec![index],
                    scenario,
                };
                (point, amount)
            })
            .collect(),
        path: paths(command).join(", "),
        what: "-compare",
        started,
    };
    job.run(args, command.out.as_deref(), !command.no_files)
}

/// The scenarios must speak of the same services, and of the same money.
fn comparable(scenarios: &[Scenario], command: &CompareArgs) -> Result<(), Failure> {
    let services = |scenario: &Scenario| -> Vec<String> {
        let services = scenario.system.services.iter();
        services.map(|service| service.name.clone()).collect()
    };
    let Some(first) = scenarios.first() else {
        return Ok(());
    };
    let paths = paths(command);
    for (scenario, path) in scenarios.iter().zip(&paths).skip(1) {
        let (mine, theirs) = (services(first), services(scenario));
        let is_alike = mine == theirs || (mine.len() == 1 && theirs.len() == 1);
        if !is_alike {
            load::complain(&format!(
                "{} has the services {}, and {path} has {}: give both the same services, in the same order",
                paths[0],
                mine.join(", "),
                theirs.join(", ")
            ));
            return Err(Failure::Mistake);
        }
        let (mine, theirs) = (first.system.currency, scenario.system.currency);
        if let (Some(mine), Some(theirs)) = (mine, theirs)
            && mine != theirs
        {
            load::complain(&format!(
                "{} counts costs in {mine}, and {path} in {theirs}: use one currency",
                paths[0]
            ));
            return Err(Failure::Mistake);
        }
    }
    Ok(())
}

fn paths(command: &CompareArgs) -> Vec<String> {
    let files = command.files.iter();
    files.map(|file| file.display().to_string()).collect()
}

/// What the scenarios are called: the names of their files, or the whole paths where two are alike.
fn names(command: &CompareArgs) -> Vec<String> {
    let stem = |file: &std::path::PathBuf| {
        let stem = Path::file_stem(file).unwrap_or_default();
        stem.to_string_lossy().into_owned()
    };
    let stems: Vec<String> = command.files.iter().map(stem).collect();
    let is_alike = (1..stems.len()).any(|at| stems[..at].contains(&stems[at]));
    if is_alike { paths(command) } else { stems }
}
