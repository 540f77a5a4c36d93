//! `failsim explain`: the model in words, or what happened in one trial.

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::model::ServiceId;
use failsim::report::{RunFacts, explain, story};
use failsim::study::SEED;
use failsim::trials;

use super::args::{Args, ExplainArgs};
use super::{End, Failure, load, output, print};

pub(crate) fn explain(args: &Args, command: &ExplainArgs) -> Result<End, Failure> {
    let mut scenario = load::scenario(args, &command.scenario)?;
    let Some(trial) = command.trial else {
        return print(&explain::explain(&scenario.system));
    };
    let seed = command.seed.or(scenario.run.seed).unwrap_or(SEED);
    // As `run` does, so that it is the same trial.
    trials::find_warm_up(&mut scenario.system, seed);
    let behaviour = Behaviour::of(&scenario.system);
    let simulator = Simulator::new(&behaviour, scenario.system.mission, seed);
    let story = story::Story::of(&scenario.system, &behaviour, &simulator, trial);
    let part = match (command.all, command.outage) {
        (true, _) => story::Part::Whole,
        (false, Some(outage)) => story::Part::Outage(outage),
        (false, None) => story::Part::LongestOutage,
    };
    let services = &scenario.system.services;
    let service = match &command.service {
        None => ServiceId(0),
        Some(name) => services
            .ids()
            .find(|&service| services[service].name == *name)
            .ok_or_else(|| {
                let known: Vec<&str> = services
                    .iter()
                    .map(|service| service.name.as_str())
                    .collect();
                load::complain(&format!(
                    "there is no service `{name}`; there are: {}",
                    known.join(", ")
                ));
                Failure::Mistake
            })?,
    };
    let count = story.outages(service).len();
    if let story::Part::Outage(outage) = part
        && !(1..=count).contains(&outage)
    {
        load::complain(&format!(
            "trial {trial} has {count} outages of this service, so there is no outage {outage}"
        ));
        return Err(Failure::Mistake);
    }
    print(&story.text(service, part))?;
    if let Some(folder) = &command.out {
        let facts = RunFacts {
            scenario_name: scenario.name.clone(),
            seed,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            ..RunFacts::default()
        };
        output::write(folder, &story.plot(&facts, service, part).files())?;
    }
    Ok(End::Done)
}
