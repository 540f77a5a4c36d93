//! `failsim exact`: the exact answer, beside the simulated one.

use std::num::NonZero;
use std::path::Path;
use std::time::{Duration, Instant};

use failsim::base::human;
use failsim::exact::{self, Effort, Exact, LaidOpen, NoExact, Size};
use failsim::math::law::Detail;
use failsim::model::System;
use failsim::report::exact::{self as report, More};
use failsim::scenario::Scenario;
use failsim::study::{Settings, Study};

use super::args::{Args, ExactArgs};
use super::progress::{Monitor, Waited, is_interrupted, wait_for, watch_for_interrupts};
use super::run::{Amount, end_of_verdict, study, within};
use super::{End, Failure, load, output, print};

pub(crate) fn exact(args: &Args, command: &ExactArgs) -> Result<End, Failure> {
    let scenario = load::scenario(args, &command.scenario)?;
    let amount = Amount::of(&command.amount, &scenario)?;
    let start = Instant::now();
    watch_for_interrupts()?;
    let limit = amount.time_limit();
    let solved = solve_in_time(args, command, &scenario, limit)?;
    let Solved {
        answer,
        approximation,
        mut more,
    } = solved.map_err(|error| {
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
        match study(&scenario.system, &settings, &mut monitor) {
            Ok(study) => Some(study),
            // The answer stands without it.
            Err(Failure::Unfinished(_) | Failure::Mistake) => None,
            Err(failure) => return Err(failure),
        }
    };
    more.tally = study.as_ref().and_then(|study| study.counts.clone());
    let estimates = study.as_ref().map(|study| &study.estimates);
    let system = &scenario.system;
    more.targets = report::judge(system, &answer, approximation, estimates);
    if command.json {
        print(&report::json(system, &answer, approximation, &more))?;
    } else if command.csv {
        let table = report::table(system, &answer, &more).csv();
        print(&String::from_utf8_lossy(&table))?;
    } else {
        print(&report::text(
            system,
            &answer,
            approximation,
            Some(elapsed.as_secs_f64()),
            study.as_ref().map(Study::simulated).as_ref(),
            &more,
        ))?;
    }
    if let Some(file) = &command.junit {
        let text = report::junit(&scenario.name, system, &more.targets);
        let folder = file.parent().unwrap_or(Path::new(""));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        output::write(folder, &[(name.into_owned(), text.into_bytes())])?;
    }
    if is_interrupted() {
        return Ok(End::Interrupted);
    }
    let verdicts = more.targets.iter().map(|judged| judged.verdict);
    Ok(verdicts.map(end_of_verdict).max().unwrap_or(End::Done))
}

/// The exact answer and what is asked beside it.
struct Solved {
    answer: Exact,
    approximation: Option<report::Approximation>,
    more: More,
}

/// Solves a scenario, unless that takes longer than there is time, or somebody asks to end.
fn solve_in_time(
    args: &Args,
    command: &ExactArgs,
    scenario: &Scenario,
    limit: Option<Duration>,
) -> Result<Result<Solved, NoExact>, Failure> {
    let system = scenario.system.clone();
    let order = command.fit;
    let started = Instant::now();
    let waited = wait_for(args, limit, size_of, move || solve_all(&system, order))?;
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

fn solve_all(system: &System, order: Option<NonZero<u32>>) -> Result<Solved, NoExact> {
    let (answer, approximation) = solve(system, order)?;
    let detail = order.map(|order| Detail::Fine {
        order: 2 * order.get(),
    });
    let more = More {
        counts: exact::counts(system, &Effort::FULL, detail),
        importances: exact::importances(system, &answer, &Effort::FULL, detail),
        tally: None,
        targets: Vec::new(),
    };
    Ok(Solved {
        answer,
        approximation,
        more,
    })
}

/// Exactly; or, if asked for, with phases in place of other laws, at two levels of detail.
fn solve(
    system: &System,
    order: Option<NonZero<u32>>,
) -> Result<(Exact, Option<report::Approximation>), NoExact> {
    let solve = |detail| LaidOpen::of(system, &Effort::FULL, detail)?.answer_with_down_time(true);
    match order {
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
