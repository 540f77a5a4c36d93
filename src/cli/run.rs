//! `failsim run`: many trials of a scenario, and what they say.

use std::path::{Path, PathBuf};
use std::time::Duration;

use failsim::base::human;
use failsim::behaviour::Behaviour;
use failsim::engine::{Cut, Simulator};
use failsim::exact::{Effort, LaidOpen};
use failsim::model::{MissionStart, WarmUp};
use failsim::rare::{self, RareTrials};
use failsim::report::exact::Simulated;
use failsim::report::{self, Report, RunFacts};
use failsim::scenario::{Precision, Scenario, parse_span};
use failsim::stats::{Level, Progress, Verdict, WhyStopped};
use failsim::trials::{self, Estimates, Goal, Settings, Tally, Trials};

use super::args::{AmountArgs, Args, Method, RunArgs};
use super::progress::{Monitor, watch_for_interrupts};
use super::storm::{self, CutShort};
use super::{End, Failure, load, output, print};

/// The seed of those who give none.
const SEED: u64 = 42;
/// The precision of those who ask for none, and the most trials that it may take.
const PRECISION: &str = "rel_err(downtime) <= 2 %";
const TRIALS_MAX: u64 = 1_000_000;

/// How much is to be simulated, with everything that arguments and scenario leave open decided.
pub(crate) struct Amount {
    pub(crate) goal: Goal,
    pub(crate) time_limit: Option<Duration>,
    pub(crate) seed: u64,
    pub(crate) level: Level,
    pub(crate) method: Method,
    /// Neither arguments nor the scenario say how much.
    pub(crate) is_unasked: bool,
    /// The same in words, for the record.
    pub(crate) options: Vec<(String, String)>,
}

impl Amount {
    /// Arguments go before the scenario, the scenario before defaults.
    pub(crate) fn of(args: &AmountArgs, scenario: &Scenario) -> Result<Amount, Failure> {
        let run = &scenario.run;
        let until = match &args.until {
            None => None,
            Some(text) => Some(Precision::parse(text).map_err(|error| {
                load::complain(&format!("--until: {error}. {}", error.help()));
                Failure::Mistake
            })?),
        };
        let given_limit = match &args.time_limit {
            None => None,
            Some(text) => Some(parse_span(text).map_err(|error| {
                load::complain(&format!("--time-limit {text}: {error}"));
                Failure::Mistake
            })?),
        };
        let time_limit = given_limit
            .or(run.time_limit)
            .map(|span| Duration::from_secs_f64(span.as_secs().min(1e12)));
        if args.trials == Some(0) {
            load::complain("--trials 0: nothing would be known; give at least 1");
            return Err(Failure::Mistake);
        }
        let seeks = match args.method {
            Method::Rare | Method::Splitting => true,
            Method::Plain | Method::Auto => false,
        };
        if seeks && rare::follows_demand(&scenario.system) {
            load::complain(&format!(
                "--method {}: trials that seek outages do not follow a demand; delete `demand`, or take plain trials",
                args.method.name()
            ));
            return Err(Failure::Mistake);
        }
        let asked = (args.trials, until);
        let asked = if asked == (None, None) {
            (run.trials, run.until)
        } else {
            asked
        };
        if args.method == Method::Splitting && scenario.system.start.is_settled() {
            load::complain(
                "--method splitting: missions that are split begin with everything new; delete `start`, or take plain or rare trials",
            );
            return Err(Failure::Mistake);
        }
        let goal = match asked {
            (Some(trials), None) => Goal::Trials(trials),
            (None, None) if time_limit.is_some() => Goal::Signal,
            (trials, until) => Goal::Precision {
                precision: until.unwrap_or(
                    Precision::parse(PRECISION).expect("the default precision can be read"),
                ),
                trials_max: trials.unwrap_or(TRIALS_MAX),
            },
        };
        let level = Level::new(run.confidence.get()).map_err(|error| {
            load::complain(&format!("run.confidence: {error}"));
            Failure::Mistake
        })?;
        let seed = args.seed.or(run.seed).unwrap_or(SEED);
        let mut options = vec![
            ("confidence".to_owned(), level.to_string()),
            ("method".to_owned(), args.method.name().to_owned()),
        ];
        match goal {
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
        if let Some(limit) = time_limit {
            options.push((
                "time_limit".to_owned(),
                human::duration(limit.as_secs_f64()),
            ));
        }
        Ok(Amount {
            goal,
            time_limit,
            seed,
            level,
            method: args.method,
            is_unasked: asked == (None, None) && time_limit.is_none(),
            options,
        })
    }

    /// The largest number of trials that can come.
    pub(crate) fn trials_max(&self) -> Option<u64> {
        match self.goal {
            Goal::Trials(trials)
            | Goal::Precision {
                trials_max: trials, ..
            } => Some(trials),
            Goal::Signal => None,
        }
    }

    /// Runs the trials of a scenario.
    pub(crate) fn run(
        &self,
        scenario: &Scenario,
        settings: &Settings,
        monitor: &mut Monitor,
    ) -> Result<(Trials, Estimates, Simulated), Failure> {
        let system = &scenario.system;
        let (ran, why) = self.simulate(scenario, settings, monitor);
        storm::refuse(&ran.cut(settings), system, self, monitor.elapsed())?;
        let (ran, why) = match ran {
            Ran::Rare(rare) if self.method == Method::Auto => {
                self.or_plain(scenario, settings, monitor, *rare, why)
            }
            Ran::Rare(_) | Ran::Plain(_) => (ran, why),
        };
        storm::refuse(&ran.cut(settings), system, self, monitor.elapsed())?;
        let (trials, mut estimates, simulated) = match ran {
            Ran::Plain(trials) => {
                let estimates = Estimates::of(system, &trials, self.level);
                let simulated = Simulated::of(&trials.tally);
                (*trials, estimates, simulated)
            }
            // Such trials leave no tally of plain ones.
            Ran::Rare(rare) => {
                let estimates = rare::estimates(system, &rare, self.level);
                let simulated = Simulated::of_rare(&rare);
                let trials = Trials {
                    tally: Tally::default(),
                    why_stopped: rare.why_stopped,
                    convergence: rare.convergence,
                    cut: rare.tally.cut,
                };
                (trials, estimates, simulated)
            }
        };
        if let Some(why) = why {
            estimates.way = estimates.way.because(why);
        }
        let given = matches!(
            system.start,
            MissionStart::Settled {
                warm_up: WarmUp::Given(_)
            }
        );
        if given && estimates.drift.is_none() {
            estimates.drift = trials::drift_of_pilot(system, self.seed);
        }
        Ok((trials, estimates, simulated))
    }

    /// Plain trials in the place of rare ones that establish nothing, as nobody asked for those: what plain ones
    /// prove, if only a bound, is more.
    fn or_plain(
        &self,
        scenario: &Scenario,
        settings: &Settings,
        monitor: &mut Monitor,
        rare: RareTrials,
        why: Option<String>,
    ) -> (Ran, Option<String>) {
        let system = &scenario.system;
        let is_interrupted = rare.why_stopped == WhyStopped::Interrupted;
        let found = rare::estimates(system, &rare, self.level);
        if is_interrupted || found.not_established().is_empty() {
            return (Ran::Rare(Box::new(rare)), why);
        }
        let behaviour = Behaviour::of(system);
        let simulator = Simulator::new(&behaviour, system.mission, self.seed);
        let settings = Settings {
            goal: within_events(settings.goal, &simulator),
            ..*settings
        };
        let plain = trials::run(system, &simulator, &settings, &mut |progress| {
            monitor.look(progress)
        });
        let remark = found
            .way
            .remarks()
            .iter()
            .find(|remark| remark.contains("not established"));
        let remark = remark.map_or("", |remark| remark.as_str());
        let why = why.map(|why| format!("{why}, and of rare ones: {remark}"));
        (Ran::Plain(Box::new(plain)), why)
    }

    /// Runs trials by the method that was asked for or is better, and says why it is.
    fn simulate(
        &self,
        scenario: &Scenario,
        settings: &Settings,
        monitor: &mut Monitor,
    ) -> (Ran, Option<String>) {
        let system = &scenario.system;
        let behaviour = Behaviour::of(system);
        let simulator = Simulator::new(&behaviour, system.mission, self.seed);
        let mut look = |progress: &Progress| monitor.look(progress);
        let choice = match self.method {
            Method::Plain => None,
            Method::Auto => Some(rare::choose(system, &simulator, settings)),
            Method::Rare => Some(rare::choose_rare(system, &simulator, settings)),
            Method::Splitting => {
                let split = rare::split(system, &behaviour, self.seed, settings, &mut look);
                return (Ran::Rare(Box::new(split)), None);
            }
        };
        let ran = match &choice {
            Some(choice) if choice.is_rare => {
                let most = choice.events_max;
                // A quarter as many trials with another setting come after them.
                let mut look = |progress: &Progress| monitor.look_early(progress, 0.2);
                let rare = rare::run(system, self.seed, settings, most, &mut look);
                Ran::Rare(Box::new(rare))
            }
            Some(_) | None => {
                let plain = trials::run(system, &simulator, settings, &mut look);
                Ran::Plain(Box::new(plain))
            }
        };
        (ran, choice.map(|choice| choice.why))
    }

    /// How the trials are run, the first of which leave a record each.
    pub(crate) fn settings(&self, record_count: u64) -> Settings {
        Settings {
            goal: self.goal,
            first_trial: 0,
            record_count,
            keeps_values: false,
            level: self.level,
        }
    }
}

/// The same goal, but no more trials than can be run in passing.
fn within_events(goal: Goal, simulator: &Simulator<'_>) -> Goal {
    let events = simulator.runner().run(0).event_count.max(1);
    let most = (PLAIN_EVENTS_MAX / events).max(PLAIN_TRIALS_MIN);
    match goal {
        Goal::Trials(trials) => Goal::Trials(trials.min(most)),
        Goal::Precision {
            precision,
            trials_max,
        } => Goal::Precision {
            precision,
            trials_max: trials_max.min(most),
        },
        Goal::Signal => Goal::Trials(most),
    }
}

/// Plain trials that stand in for others have about so many events, or so many trials if those are more.
const PLAIN_EVENTS_MAX: u64 = 50_000_000;
const PLAIN_TRIALS_MIN: u64 = 2_000;

/// The exact answer beside the simulated one, where it costs next to nothing. Where it contradicts the trials, they
/// are not believed.
pub(crate) fn check_exactly(
    scenario: &Scenario,
    simulated: &Simulated,
    estimates: &mut Estimates,
) -> Vec<report::ExactAnswer> {
    let exact = LaidOpen::of(&scenario.system, &Effort::QUICK, None);
    let Ok(exact) = exact.and_then(|open| open.answer_with_down_time(false)) else {
        return Vec::new();
    };
    let checks = report::exact::checks(&exact, simulated);
    for check in checks.iter().filter(|check| !check.agrees()) {
        let reason = format!("{}: {}", check.service, check.difference());
        estimates.doubt(&check.service, reason);
    }
    checks
}

/// What was run.
enum Ran {
    Plain(Box<Trials>),
    Rare(Box<RareTrials>),
}

impl Ran {
    fn cut(&self, settings: &Settings) -> CutShort {
        match self {
            Ran::Plain(trials) => CutShort {
                cut: trials.cut,
                trial_count: trials.tally.trial_count,
                next_trial: settings.first_trial + trials.tally.trial_count,
            },
            Ran::Rare(rare) => {
                let of_second = rare.second.as_ref().and_then(|second| second.cut);
                let cut = rare.tally.cut;
                CutShort {
                    cut: cut.or(of_second.filter(|&cut| cut != Cut::Asked)),
                    trial_count: rare.tally.trial_count,
                    next_trial: settings.first_trial,
                }
            }
        }
    }
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
    let mut scenario = load::scenario(args, &command.scenario)?;
    let amount = Amount::of(&command.amount, &scenario)?;
    let mut facts = facts(&scenario, &command.scenario.file, &amount);
    if !command.no_files {
        let folder = command.out.as_deref();
        output::probe(folder.unwrap_or(Path::new("results")), &facts)?;
    }
    watch_for_interrupts()?;
    let mut monitor = Monitor::new(args, amount.trials_max(), amount.time_limit);
    trials::find_warm_up(&mut scenario.system, amount.seed);
    // What is not written need not be kept.
    let record_count = match command.no_files {
        true => 0,
        false => command.trials_csv.record_count(),
    };
    let settings = amount.settings(record_count);
    let (trials, mut estimates, simulated) = amount.run(&scenario, &settings, &mut monitor)?;
    let elapsed = monitor.elapsed();
    drop(monitor);

    // What was asked for and what was run may differ; the results depend on what was run.
    let trials_run = estimates.trial_count.to_string();
    facts.options.push(("trials_run".to_owned(), trials_run));
    facts.options.push((
        "trials_csv".to_owned(),
        command.trials_csv.name().to_owned(),
    ));
    facts.exact = check_exactly(&scenario, &simulated, &mut estimates);
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
        system: &scenario.system,
        estimates: &estimates,
        trials: &trials,
    };
    if command.json {
        print(&report::summary_json(&report))?;
    } else {
        print(&report::summary::summary(
            &facts,
            &scenario.system,
            &estimates,
            true,
        ))?;
    }
    if !command.no_files {
        output::write(&folder, &report::files(&report))?;
    }
    Ok(end_of(&estimates))
}

/// Everything that identifies a run, and what only the command line knows.
pub(crate) fn facts(scenario: &Scenario, file: &std::path::Path, amount: &Amount) -> RunFacts {
    RunFacts {
        scenario_name: scenario.name.clone(),
        question: scenario.question.clone(),
        scenario_path: file.display().to_string(),
        command: std::env::args().skip(1).collect(),
        seed: amount.seed,
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
