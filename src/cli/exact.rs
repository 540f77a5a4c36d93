//! `failsim exact`: the exact answer, beside the simulated one.

use std::time::Instant;

use failsim::exact::{self, Effort, Exact, NoExact};
use failsim::math::law::Detail;
use failsim::report::exact as report;
use failsim::scenario::Scenario;

use super::args::{Args, ExactArgs};
use super::progress::{Monitor, watch_for_interrupts};
use super::run::Amount;
use super::{End, Failure, load, print};

pub(crate) fn exact(args: &Args, command: &ExactArgs) -> Result<End, Failure> {
    let scenario = load::scenario(args, &command.scenario)?;
    let amount = Amount::of(&command.amount, &scenario)?;
    let start = Instant::now();
    let (answer, approximation) = solve(&scenario, command).map_err(|error| {
        load::complain(&format!("there is no exact answer: {error}"));
        anstream::eprintln!("hint: {}", error.help());
        Failure::Mistake
    })?;
    let elapsed = start.elapsed().as_secs_f64();
    if command.json {
        return print(&report::json(&scenario.system, &answer, approximation));
    }
    let simulated = if command.no_trials {
        None
    } else {
        watch_for_interrupts()?;
        let mut monitor = Monitor::new(args, amount.trials_max(), amount.time_limit);
        Some(amount.run(&scenario, 0, &mut monitor).2)
    };
    print(&report::text(
        &scenario.system,
        &answer,
        approximation,
        Some(elapsed),
        simulated.as_ref(),
    ))
}

/// Exactly; or, if asked for, with phases in place of other laws, at two levels of detail.
fn solve(
    scenario: &Scenario,
    command: &ExactArgs,
) -> Result<(Exact, Option<report::Approximation>), NoExact> {
    let solve = |detail| exact::solve(&scenario.system, &Effort::FULL, detail);
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
