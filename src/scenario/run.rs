//! How a scenario is to be simulated: length and beginning of the mission, trials, precision, seed.

use super::RunOptions;
use super::file;
use super::problem::Code;
use super::reader::{Field, Table};
use super::target;
use crate::base::Span;
use crate::base::units::SECONDS_PER_YEAR;
use crate::model::{MissionStart, WarmUp};
use crate::stats::Level;

pub(super) fn read_run(table: &Table<'_>) -> RunOptions {
    let mut run = RunOptions::default();
    let Some(table) = table.get("run").and_then(|run| run.table(&file::RUN)) else {
        return run;
    };
    table.at_most_one(&["trials", "until"], "Keep one of them.");
    if let Some(horizon) = table
        .get("horizon")
        .and_then(|horizon| horizon.positive_seconds())
    {
        run.horizon = Span::from_secs(horizon).unwrap_or(run.horizon);
    }
    run.start = read_start(&table);
    let whole = |field: Field<'_>, least| {
        field
            .whole(least, i64::MAX)
            .and_then(|value| u64::try_from(value).ok())
    };
    run.trials = table.get("trials").and_then(|trials| whole(trials, 1));
    run.until = table
        .get("until")
        .and_then(|until| target::precision(&until));
    run.time_limit = table
        .get("time_limit")
        .and_then(|limit| limit.positive_seconds())
        .and_then(|seconds| Span::from_secs(seconds).ok());
    run.seed = table.get("seed").and_then(|seed| whole(seed, 0));
    if let Some(field) = table.get("confidence")
        && let Some(confidence) = field.probability()
    {
        let level = Level::new(confidence.get()).ok();
        if let Some(level) = level.filter(|level| level.get() >= 0.5) {
            run.confidence = level;
        } else {
            let message =
                format!("`confidence` must be at least 50 % and less than 100 %, not {confidence}");
            field.error(
                Code::OutOfRange,
                message,
                Some("Usual levels are 90 %, 95 % and 99 %.".to_owned()),
            );
        }
    }
    run
}

/// How the mission begins.
fn read_start(table: &Table<'_>) -> MissionStart {
    let starts = [("new", false), ("settled", true)];
    let is_settled = table.get("start").and_then(|start| start.word(&starts));
    let warm_up = table.get("warm_up").and_then(|field| {
        let seconds = field.positive_seconds()?;
        Span::from_secs(seconds).ok()
    });
    if is_settled == Some(true) {
        return MissionStart::Settled {
            warm_up: warm_up.map_or(WarmUp::Automatic, WarmUp::Given),
        };
    }
    if let Some(field) = table.get("warm_up") {
        let message = "`warm_up` has no meaning where the mission begins with everything new";
        let help = "Add start = \"settled\", or delete `warm_up`.".to_owned();
        field.key_error(Code::ConflictingKeys, message.to_owned(), Some(help));
    }
    MissionStart::New
}

impl Default for RunOptions {
    fn default() -> RunOptions {
        RunOptions {
            horizon: Span::from_secs(SECONDS_PER_YEAR).expect("a year is a duration"),
            start: MissionStart::New,
            trials: None,
            until: None,
            time_limit: None,
            seed: None,
            confidence: Level::USUAL,
        }
    }
}
