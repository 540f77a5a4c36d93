//! `failsim exact`: the exact answer, beside the simulated one.

use std::path::Path;
use std::time::{Duration, Instant};

use failsim::base::human;
use failsim::exact::{self, NoExact, Size};
use failsim::report::exact as report;
use failsim::scenario::Scenario;
use failsim::study::{self, Settings, Solution};

use super::args::{Args, ExactArgs};
use super::progress::{Monitor, Waited, is_interrupted, wait_for, watch_for_interrupts};
use super::run::{Amount, end_of_verdict, run_study, within};
use super::{End, Failure, load, output, print};

pub(crate) fn exact(args: &Args, command: &ExactArgs) -> Result<End, Failure> {
    let scenario = load::scenario(args, &command.scenario)?;
    let amount = Amount::of(&command.amount, &scenario)?;
    let start = Instant::now();
    watch_for_interrupts()?;
    let limit = amount.time_limit();
    let solved = solve_in_time(args, command, &scenario, limit)?;
    let solution = solved.map_err(|error| {
        load::complain(&format!("there is no exact answer: {error}"));
        anstream::eprintln!("hint: {}", error.help());
        Failure::Mistake
    })?;
    let elapsed = start.elapsed();
    let study = if command.no_trials || command.json || command.csv {
        None
    } else {
        let left = limit.map(|limit| limit.saturating_sub(elapsed));
        let settings = Settings {
            checks: false,
            counts: true,
            is_brief: amount.is_unasked,
            ..within(amount.settings, left)
        };
        let mut monitor = Monitor::new(args, settings.trials_max(), left);
        match run_study(&scenario.system, &settings, &mut monitor) {
            Ok(study) => Some(study),
            // The answer stands without it.
            Err(Failure::Unfinished(_) | Failure::Mistake) => None,
            Err(failure) => return Err(failure),
        }
    };
    let system = &scenario.system;
    let targets = report::judge(system, &solution, study.as_ref());
    if command.json {
        print(&report::json(system, &solution, &targets))?;
    } else if command.csv {
        let table = report::table(system, &solution, &targets).csv();
        print(&String::from_utf8_lossy(&table))?;
    } else {
        let elapsed_s = Some(elapsed.as_secs_f64());
        let study = study.as_ref();
        print(&report::text(system, &solution, &targets, study, elapsed_s))?;
    }
    if let Some(file) = &command.junit {
        let text = report::junit(&scenario.name, system, &targets);
        let folder = file.parent().unwrap_or(Path::new(""));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        output::write(folder, &[(name.into_owned(), text.into_bytes())])?;
    }
    if is_interrupted() {
        return Ok(End::Interrupted);
    }
    let verdicts = targets.iter().map(|judged| judged.verdict);
    Ok(verdicts.map(end_of_verdict).max().unwrap_or(End::Done))
}

/// Solves a scenario, unless that takes longer than there is time, or somebody asks to end.
fn solve_in_time(
    args: &Args,
    command: &ExactArgs,
    scenario: &Scenario,
    limit: Option<Duration>,
) -> Result<Result<Solution, NoExact>, Failure> {
    let system = scenario.system.clone();
    let order = command.fit;
    let started = Instant::now();
    let waited = wait_for(args, limit, size_of, move || study::solve(&system, order))?;
    let (end, why) = match waited {
        Waited::Done(solved) => return Ok(solved),
        Waited::Interrupted => (End::Interrupted, "interrupted"),
        Waited::TimeIsUp => (End::Undecided, "time is up"),
    };
    load::complain(&format!(
        "there is no exact answer: {why} after {}, with {}",
        human::duration(started.elapsed().as_secs_f64()),
        size_of()
    ));
    anstream::eprintln!(
        "hint: Give it more time, leave out parts that hardly matter, or simulate it."
    );
    Err(Failure::Unfinished(end))
}

/// How large the system has become so far, in words.
fn size_of() -> String {
    let Size { found, open } = exact::size();
    let found = human::count(found as u64);
    if open == 0 {
        return format!("{found} states to solve");
    }
    format!(
        "{found} states found, {} of them still to be followed",
        human::count(open as u64)
    )
}
