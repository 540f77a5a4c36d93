//! `failsim sweep`: a scenario at several values of some of its keys, through the same fate.
//!
//! The random numbers of a clock depend on the seed, the trial and the clock alone, so every point
//! sees the same failures as far as it has the same parts.

use std::time::Instant;

use failsim::report::differences;
use failsim::report::sweep::{Axis, AxisValue, SweepRow, SweepTable};
use failsim::scenario::{Grid, Variation};

use super::args::{Args, SweepArgs};
use super::progress::{Monitor, is_interrupted, watch_for_interrupts};
use super::run::{Amount, end_of, facts, folder_of};
use super::{End, Failure, load, output, print};

pub(crate) fn sweep(args: &Args, command: &SweepArgs) -> Result<End, Failure> {
    let grid = load::grid(args, &command.scenario, &command.variations)?;
    let amounts = grid
        .points
        .iter()
        .map(|point| Amount::of(&command.amount, &point.scenario))
        .collect::<Result<Vec<Amount>, Failure>>()?;
    watch_for_interrupts()?;
    let started = Instant::now();
    let (table, end) = run(args, &grid, &amounts, started);

    let (Some(first), Some(amount)) = (grid.points.first(), amounts.first()) else {
        return Ok(End::Done);
    };
    let mut facts = facts(&first.scenario, &command.scenario.file, amount);
    for axis in &table.axes {
        let values: Vec<&str> = axis
            .values
            .iter()
            .map(|value| value.text.as_str())
            .collect();
        facts
            .options
            .push((format!("vary {}", axis.name), values.join(", ")));
    }
    facts
        .options
        .push(("trials_run".to_owned(), trials_run(&table)));
    facts.elapsed_s = Some(started.elapsed().as_secs_f64());
    facts.threads = Some(rayon::current_num_threads());
    let folder = match &command.out {
        Some(folder) => folder.clone(),
        None => folder_of(&facts, "-sweep"),
    };
    if !command.no_files {
        facts.results = Some(folder.display().to_string());
    }
    print(&table.text(&facts, true))?;
    if !command.no_files {
        output::write(&folder, &table.files(&facts))?;
    }
    Ok(end)
}

/// Runs all points, or as many as there is time for.
fn run(args: &Args, grid: &Grid, amounts: &[Amount], started: Instant) -> (SweepTable, End) {
    let count = grid.points.len();
    let first = grid.points.first().map(|point| &point.scenario);
    let mut table = SweepTable {
        axes: grid.axes.iter().map(axis).collect(),
        services: first.map_or_else(Vec::new, |scenario| {
            let services = scenario.system.services.iter();
            services.map(|service| service.name.clone()).collect()
        }),
        level: amounts
            .first()
            .map(|amount| amount.level)
            .unwrap_or_default(),
        rows: Vec::new(),
    };
    let mut end = End::Done;
    for (index, (point, amount)) in grid.points.iter().zip(amounts).enumerate() {
        // The points that are left share the time that is left.
        let limit = amount.time_limit.map(|limit| {
            let left = limit.saturating_sub(started.elapsed());
            left / u32::try_from(count - index).unwrap_or(u32::MAX)
        });
        let mut monitor = Monitor::new(args, amount.trials_max(), limit)
            .of(&format!("point {} of {count}", index + 1));
        let (_, estimates, _) = amount.run(&point.scenario, 0, &mut monitor);
        if estimates.trial_count > 0 {
            let changes = first.map_or_else(Vec::new, |first| {
                differences(&first.resolved, &point.scenario.resolved)
            });
            table
                .rows
                .push(SweepRow::of(point.position.clone(), &estimates, changes));
        }
        end = end.max(end_of(&estimates));
        if is_interrupted() {
            break;
        }
    }
    if !table.is_complete() {
        end = End::Interrupted;
    }
    (table, end)
}

fn axis(variation: &Variation) -> Axis {
    let values = variation.points.iter().map(|point| AxisValue {
        text: point.label.trim_matches('"').to_owned(),
        number: point.number,
    });
    Axis {
        name: variation.path.clone(),
        values: values.collect(),
        unit: (!variation.unit.is_empty()).then(|| variation.unit.to_owned()),
    }
}

/// The trials of each point, or their common number.
fn trials_run(table: &SweepTable) -> String {
    let mut trials: Vec<String> = table
        .rows
        .iter()
        .map(|row| row.trials.to_string())
        .collect();
    if table.is_complete() {
        trials.dedup();
    }
    trials.join(", ")
}
