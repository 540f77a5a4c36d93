//! `failsim exact`: the exact answer, beside the simulated one.

use std::time::Instant;

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::exact::{self, Effort, Exact, LaidOpen, NoExact};
use failsim::math::law::Detail;
use failsim::report::exact::{self as report, More};
use failsim::scenario::Scenario;
use failsim::trials::{self, Goal, HappeningTally, count_happenings};

use super::args::{Args, ExactArgs};
use super::progress::{Monitor, watch_for_interrupts};
use super::run::Amount;
use super::{End, Failure, load, print};

pub(crate) fn exact(args: &Args, command: &ExactArgs) -> Result<End, Failure> {
    let mut scenario = load::scenario(args, &command.scenario)?;
    let mut amount = Amount::of(&command.amount, &scenario)?;
    let start = Instant::now();
    let (answer, approximation) = solve(&scenario, command).map_err(|error| {
        load::complain(&format!("there is no exact answer: {error}"));
        anstream::eprintln!("hint: {}", error.help());
        Failure::Mistake
    })?;
    let detail = command.fit.map(|order| Detail::Fine {
        order: 2 * order.get(),
    });
    let system = &scenario.system;
    let mut more = More {
        counts: exact::counts(system, &Effort::FULL, detail),
        importances: exact::importances(system, &answer, &Effort::FULL, detail),
        tally: None,
    };
    let elapsed = start.elapsed().as_secs_f64();
    if command.json {
        return print(&report::json(system, &answer, approximation, &more));
    }
    if command.csv {
        let table = report::table(system, &answer, &more).csv();
        return print(&String::from_utf8_lossy(&table));
    }
    let simulated = if command.no_trials {
        None
    } else {
        trials::find_warm_up(&mut scenario.system, amount.seed);
        more.tally = Some(count(&scenario, amount.seed));
        watch_for_interrupts()?;
        if amount.is_unasked {
            amount.goal = quick_check(&scenario, amount.goal, amount.seed);
        }
        let mut monitor = Monitor::new(args, amount.trials_max(), amount.time_limit);
        Some(amount.run(&scenario, &amount.settings(0), &mut monitor).2)
    };
    print(&report::text(
        &scenario.system,
        &answer,
        approximation,
        Some(elapsed),
        simulated.as_ref(),
        &more,
    ))
}

/// Events after which the check beside the exact answer has seen enough, if no amount is asked for.
const EVENTS: u64 = 30_000_000;
/// Trials that tell how many events one has.
const LOOKS: u64 = 8;
/// Fewest trials.
const TRIALS_MIN: u64 = 1_000;

/// Events of trials in which is counted what happens, and most trials.
const COUNTED_EVENTS: u64 = 3_000_000;
const COUNTED_TRIALS: u64 = 100_000;

/// How often what happens in some trials.
fn count(scenario: &Scenario, seed: u64) -> HappeningTally {
    let behaviour = Behaviour::of(&scenario.system);
    let simulator = Simulator::new(&behaviour, scenario.system.mission, seed);
    count_happenings(&simulator, &behaviour, COUNTED_TRIALS, COUNTED_EVENTS)
}

/// The goal of trials that nobody asked for in particular: a check that takes a few seconds at most.
fn quick_check(scenario: &Scenario, goal: Goal, seed: u64) -> Goal {
    let Goal::Precision {
        precision,
        trials_max,
    } = goal
    else {
        return goal;
    };
    let behaviour = Behaviour::of(&scenario.system);
    let simulator = Simulator::new(&behaviour, scenario.system.mission, seed);
    let mut runner = simulator.runner();
    let events: u64 = (0..LOOKS).map(|trial| runner.run(trial).event_count).sum();
    let trials = EVENTS * LOOKS / events.max(1);
    Goal::Precision {
        precision,
        trials_max: trials.clamp(TRIALS_MIN, trials_max),
    }
}

/// Exactly; or, if asked for, with phases in place of other laws, at two levels of detail.
fn solve(
    scenario: &Scenario,
    command: &ExactArgs,
) -> Result<(Exact, Option<report::Approximation>), NoExact> {
    let solve =
        |detail| LaidOpen::of(&scenario.system, &Effort::FULL, detail)?.answer_with_down_time(true);
    match command.fit {
        None => Ok((solve(None)?, None)),
        Some(order) => {
            let order = order.get();
            let coarse = solve(Some(Detail::Coarse { order }))?;
            let fine = solve(Some(Detail::Fine { order: 2 * order }))?;
            let approximation = report::Approximation::between(&coarse, &fine);
            let approximation = (!fine.fitted.is_empty()).then_some(approximation);
            Ok((fine, approximation))
        }
    }
}
