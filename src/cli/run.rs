//! `failsim run`: many trials of a scenario, and what they say.

use std::path::{Path, PathBuf};
use std::time::Duration;

use failsim::base::{Span, human};
use failsim::engine::Cut;
use failsim::model::System;
use failsim::report::{self, Report, RunFacts};
use failsim::scenario::{Precision, Scenario, parse_span};
use failsim::stats::{Verdict, WhyStopped};
use failsim::study::{self, PRECISION, Settings, Study, StudyError};
use failsim::trials::{Estimates, Goal};

use super::args::{AmountArgs, Args, RunArgs};
use super::progress::{Monitor, is_interrupted, watch_for_interrupts};
use super::{End, Failure, load, output, print};

/// How much is to be simulated, with everything that arguments and scenario leave open decided.
pub(crate) struct Amount {
    pub(crate) settings: Settings,
    /// Neither arguments nor the scenario say how much.
    pub(crate) is_unasked: bool,
    /// The same in words, for the record.
    pub(crate) options: Vec<(String, String)>,
}

impl Amount {
    /// Arguments go before the scenario, the scenario before defaults.
    pub(crate) fn of(args: &AmountArgs, scenario: &Scenario) -> Result<Amount, Failure> {
        let mut run = scenario.run.clone();
        let until = args.until.as_ref().map(|text| {
            Precision::parse(text)
                .map_err(|error| mistake(&format!("--until: {error}. {}", error.help())))
        });
        let until = until.transpose()?;
        if let Some(text) = &args.time_limit {
            let limit = parse_span(text)
                .map_err(|error| mistake(&format!("--time-limit {text}: {error}")))?;
            run.time_limit = Some(limit);
        }
        if args.trials.is_some() || until.is_some() {
            (run.trials, run.until) = (args.trials, until);
        }
        run.seed = args.seed.or(run.seed);
        let settings = Settings {
            method: args.method,
            ..Settings::of(&run)
        };
        let suits = settings.suit(&scenario.system);
        suits.map_err(|error| mistake(&format!("--{error}")))?;
        let mut options = vec![
            ("confidence".to_owned(), settings.level.to_string()),
            ("method".to_owned(), settings.method.name().to_owned()),
        ];
        match settings.goal {
            Goal::Trials(trials) => options.push(("trials".to_owned(), trials.to_string())),
            Goal::Precision { trials_max, .. } => {
                let text = args
                    .until
                    .clone()
                    .or_else(|| until_of(scenario))
                    .unwrap_or_else(|| PRECISION.to_owned());
                options.push(("until".to_owned(), text));
                options.push(("trials_max".to_owned(), trials_max.to_string()));
            }
            Goal::Signal => {}
        }
        if let Some(limit) = settings.time_limit {
            let text = human::duration(real_time(limit).as_secs_f64());
            options.push(("time_limit".to_owned(), text));
        }
        Ok(Amount {
            settings,
            is_unasked: (run.trials, run.until, run.time_limit) == (None, None, None),
            options,
        })
    }

    /// The real time that there is, if it is limited.
    pub(crate) fn time_limit(&self) -> Option<Duration> {
        self.settings.time_limit.map(real_time)
    }
}

/// Real time of the length of a span.
fn real_time(span: Span) -> Duration {
    Duration::from_secs_f64(span.as_secs().min(1e12))
}

/// The same settings, but with so much real time, if it is limited.
pub(crate) fn within(settings: Settings, limit: Option<Duration>) -> Settings {
    let span = |limit: Duration| Span::from_secs(limit.as_secs_f64()).expect("a time");
    Settings {
        time_limit: limit.map(span),
        ..settings
    }
}

/// Tells the user's mistake.
fn mistake(what: &str) -> Failure {
    load::complain(what);
    Failure::Mistake
}

/// Studies a system under a monitor, and tells why there is no study.
pub(crate) fn run_study(
    system: &System,
    settings: &Settings,
    monitor: &mut Monitor,
) -> Result<Study, Failure> {
    study::run_watched(system, settings, monitor).map_err(|error| {
        load::complain(&error.to_string());
        match error {
            StudyError::CutShort(short) => {
                anstream::eprintln!("hint: {}", short.help());
                match short.cut {
                    Cut::Endless | Cut::TooMuch => Failure::Mistake,
                    Cut::Asked if is_interrupted() => Failure::Unfinished(End::Interrupted),
                    Cut::Asked => Failure::Unfinished(End::Undecided),
                }
            }
            _ => Failure::Mistake,
        }
    })
}

/// What the scenario says of the precision, in its words.
fn until_of(scenario: &Scenario) -> Option<String> {
    scenario
        .resolved
        .get("run")?
        .get("until")?
        .as_str()
        .map(str::to_owned)
}

pub(crate) fn run(args: &Args, command: &RunArgs) -> Result<End, Failure> {
    let scenario = load::scenario(args, &command.scenario)?;
    let amount = Amount::of(&command.amount, &scenario)?;
    let mut facts = facts(&scenario, &command.scenario.file, &amount);
    if !command.no_files {
        let folder = command.out.as_deref();
        output::probe(folder.unwrap_or(Path::new("results")), &facts)?;
    }
    watch_for_interrupts()?;
    // What is not written need not be kept.
    let record_count = match command.no_files {
        true => 0,
        false => command.trials_csv.record_count(),
    };
    let settings = Settings {
        record_count,
        ..amount.settings
    };
    let mut monitor = Monitor::new(args, settings.trials_max(), amount.time_limit());
    let study = run_study(&scenario.system, &settings, &mut monitor)?;
    let elapsed = monitor.real_time();
    drop(monitor);
    let estimates = &study.estimates;
    let trials_run = estimates.trial_count.to_string();
    facts.options.push(("trials_run".to_owned(), trials_run));
    facts.options.push((
        "trials_csv".to_owned(),
        command.trials_csv.name().to_owned(),
    ));
    facts.elapsed_s = Some(elapsed.as_secs_f64());
    facts.threads = Some(rayon::current_num_threads());
    let folder = match &command.out {
        Some(folder) => folder.clone(),
        None => folder_of(&facts, ""),
    };
    if !command.no_files {
        facts.results = Some(folder.display().to_string());
    }
    let report = Report {
        facts: &facts,
        study: &study,
    };
    if command.json {
        print(&report::summary_json(&report))?;
    } else {
        print(&report::summary::summary(&report, true))?;
    }
    if !command.no_files {
        output::write(&folder, &report::files(&report))?;
    }
    Ok(end_of(estimates))
}

/// Everything that identifies a run, and what only the command line knows.
pub(crate) fn facts(scenario: &Scenario, file: &std::path::Path, amount: &Amount) -> RunFacts {
    RunFacts {
        scenario_name: scenario.name.clone(),
        question: scenario.question.clone(),
        scenario_path: file.display().to_string(),
        command: std::env::args().skip(1).collect(),
        seed: amount.settings.seed,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        options: amount.options.clone(),
        resolved_scenario: scenario.resolved.clone(),
        ..RunFacts::default()
    }
}

/// The folder of a run: the same for the same run.
pub(crate) fn folder_of(facts: &RunFacts, what: &str) -> PathBuf {
    let name = failsim::base::text::slug(&facts.scenario_name);
    let identity = facts.identity();
    PathBuf::from("results").join(format!("{name}{what}-{}", &identity[..8]))
}

/// How a command ends after these estimates: a missed target counts more than an undecided one.
pub(crate) fn end_of(estimates: &Estimates) -> End {
    if estimates.why_stopped == WhyStopped::Interrupted {
        return End::Interrupted;
    }
    let targets = estimates
        .services
        .iter()
        .flat_map(|service| &service.targets);
    let ends = targets.map(|target| end_of_verdict(target.verdict));
    let end = ends.max().unwrap_or(End::Done);
    if estimates.not_established().is_empty() {
        end
    } else {
        end.max(End::Undecided)
    }
}

/// How a command ends for the sake of one target.
pub(crate) fn end_of_verdict(verdict: Verdict) -> End {
    match verdict {
        Verdict::Met => End::Done,
        Verdict::Undecided => End::Undecided,
        Verdict::Missed => End::Missed,
    }
}
