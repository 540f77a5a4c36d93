//! `failsim sweep`: a scenario at several values of some of its keys, through the same fate.
//!
//! The random numbers of a clock depend on the seed, the trial and the clock alone, so every point
//! sees the same failures as far as it has the same parts.

use std::path::Path;
use std::time::Instant;

use failsim::report::differences;
use failsim::report::sweep::{Axis, AxisValue, SweepRow, SweepTable};
use failsim::scenario::{Scenario, Variation};
use failsim::stats::Level;
use failsim::study::{Settings, Study};

use super::args::{Args, SweepArgs};
use super::progress::{Monitor, is_interrupted, watch_for_interrupts};
use super::run::{Amount, end_of, facts, folder_of, run_study, within};
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
    let points = grid.points.iter().map(|point| Point {
        position: point.position.clone(),
        scenario: &point.scenario,
    });
    let job = Job {
        axes: grid.axes.iter().map(axis).collect(),
        points: points.zip(amounts).collect(),
        path: command.scenario.file.display().to_string(),
        options: Vec::new(),
        what: "-sweep",
        started,
    };
    job.run(args, command.out.as_deref(), !command.no_files)
}

/// One of the scenarios that are run side by side.
pub(super) struct Point<'a> {
    /// The position of its value on each axis.
    pub(super) position: Vec<usize>,
    pub(super) scenario: &'a Scenario,
}

/// Scenarios that are run side by side, the first of which the others are set against.
pub(super) struct Job<'a> {
    pub(super) axes: Vec<Axis>,
    pub(super) points: Vec<(Point<'a>, Amount)>,
    /// Where they were read from.
    pub(super) path: String,
    /// What identifies the run beside the first scenario and the axes.
    pub(super) options: Vec<(String, String)>,
    /// How the name of the folder goes on after that of the scenario.
    pub(super) what: &'static str,
    /// When the command was begun.
    pub(super) started: Instant,
}

impl Job<'_> {
    /// Runs the points, prints what they say, and writes it into a folder.
    pub(super) fn run(self, args: &Args, out: Option<&Path>, writes: bool) -> Result<End, Failure> {
        let Some((first, amount)) = self.points.first() else {
            return Ok(End::Done);
        };
        let mut facts = facts(first.scenario, Path::new(&self.path), amount);
        for axis in &self.axes {
            let values: Vec<&str> = axis
                .values
                .iter()
                .map(|value| value.text.as_str())
                .collect();
            facts
                .options
                .push((format!("vary {}", axis.name), values.join(", ")));
        }
        facts.options.extend(self.options.iter().cloned());
        if writes {
            output::probe(out.unwrap_or(Path::new("results")), &facts)?;
        }
        let started = self.started;
        let (table, reasons, end) = self.simulate(args, started)?;

        facts
            .options
            .push(("trials_run".to_owned(), trials_run(&table)));
        facts.elapsed_s = Some(started.elapsed().as_secs_f64());
        facts.threads = Some(rayon::current_num_threads());
        let folder = match out {
            Some(folder) => folder.to_owned(),
            None => folder_of(&facts, self.what),
        };
        if writes {
            facts.results = Some(folder.display().to_string());
        }
        print(&(reasons.concat() + &table.text(&facts, true)))?;
        if writes {
            output::write(&folder, &table.files(&facts))?;
        }
        Ok(end)
    }

    /// Runs all points, or as many as there is time for. Says what is not established.
    fn simulate(
        &self,
        args: &Args,
        started: Instant,
    ) -> Result<(SweepTable, Vec<String>, End), Failure> {
        let count = self.points.len();
        let mut table = SweepTable {
            axes: self.axes.clone(),
            services: Vec::new(),
            level: Level::USUAL,
            rows: Vec::new(),
        };
        let mut end = End::Done;
        let mut reasons: Vec<String> = Vec::new();
        let mut base: Option<Study> = None;
        for (index, (point, amount)) in self.points.iter().enumerate() {
            // The points that are left share the time that is left.
            let limit = amount.time_limit().map(|limit| {
                let left = limit.saturating_sub(started.elapsed());
                left / u32::try_from(count - index).unwrap_or(u32::MAX)
            });
            let settings = Settings {
                keeps_values: count > 1,
                ..within(amount.settings, limit)
            };
            let mut monitor = Monitor::new(args, settings.trials_max(), limit)
                .of(&format!("point {} of {count}", index + 1));
            let study = match run_study(&point.scenario.system, &settings, &mut monitor) {
                // What the points before have said is told.
                Err(Failure::Unfinished(why)) => {
                    end = end.max(why);
                    continue;
                }
                study => study?,
            };
            let doubts = study.estimates.not_established();
            let is_established = doubts.is_empty();
            let told = |doubt| format!("NOT ESTABLISHED   point {}: {doubt}\n", index + 1);
            reasons.extend(doubts.into_iter().map(told));
            end = end.max(end_of(&study.estimates));
            if study.estimates.trial_count > 0 {
                let differences = differences(
                    &self.points[0].0.scenario.resolved,
                    &point.scenario.resolved,
                );
                // What is not established differs from nothing.
                let against = base
                    .as_ref()
                    .filter(|base| is_established && base.estimates.not_established().is_empty())
                    .map(|base| study.change_from(base));
                let position = point.position.clone();
                let row = SweepRow::of(position, &study.estimates, differences, against);
                table.rows.push(row);
                if index == 0 {
                    base = Some(study);
                }
            }
            if is_interrupted() {
                break;
            }
        }
        if let Some(Study { estimates, .. }) = &base {
            let names = estimates.services.iter();
            table.services = names.map(|service| service.name.clone()).collect();
            table.level = estimates.level;
        }
        if !table.is_complete() {
            end = End::Interrupted;
        }
        Ok((table, reasons, end))
    }
}

fn axis(variation: &Variation) -> Axis {
    let values = variation.points.iter().map(|point| AxisValue {
        text: point.label.trim_matches('"').to_owned(),
        number: point.number,
    });
    Axis {
        name: variation.path.clone(),
        is_plain: false,
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
