//! A study: warm-up, method, trials, estimates, check.

use super::cut::CutShort;
use super::{Method, Monitor, Settings, Study, StudyError, Sums};
use crate::base::Span;
use crate::behaviour::Behaviour;
use crate::engine::{Cut, Simulator};
use crate::exact::{Effort, LaidOpen};
use crate::model::{MissionStart, System, WarmUp, check::check as violations};
use crate::rare::{self, RareTrials};
use crate::stats::{Progress, Signal, WhyStopped};
use crate::trials::{self, Estimates, Goal, HappeningTally};

/// Studies a system.
///
/// # Errors
///
/// Fails where the system cannot exist, where the settings do not suit it or need a clock, and where a trial does
/// not come to its end.
pub fn run(system: &System, settings: &Settings) -> Result<Study, StudyError> {
    if settings.time_limit.is_some() || settings.goal == Goal::Signal {
        return Err(StudyError::NoClock);
    }
    run_watched(system, settings, &mut Nobody)
}

/// Watches nothing.
struct Nobody;

impl Monitor for Nobody {
    fn look(&mut self, _progress: &Progress) -> bool {
        false
    }

    fn elapsed(&self) -> Span {
        Span::ZERO
    }
}

/// Studies a system, shows how far the trials are, and ends them when somebody asks for it or time is up.
///
/// # Errors
///
/// As for [`run()`], but for the clock.
pub fn run_watched(
    system: &System,
    settings: &Settings,
    monitor: &mut dyn Monitor,
) -> Result<Study, StudyError> {
    settings.suit(system)?;
    let violations = violations(system);
    if !violations.is_empty() {
        return Err(StudyError::Impossible(violations));
    }
    let mut system = system.clone();
    trials::find_warm_up(&mut system, settings.seed);
    let behaviour = Behaviour::of(&system);
    let mut runner = Runner {
        system: &system,
        behaviour: &behaviour,
        simulator: Simulator::new(&behaviour, system.mission, settings.seed),
        settings,
        trials: settings.trials(),
    };
    let counts = settings.counts.then(|| runner.count());
    if settings.is_brief {
        runner.trials.goal = runner.briefly();
    }
    let mut watch = Watch {
        monitor,
        limit: settings.time_limit,
    };
    let (sums, why) = runner.simulate(&mut watch)?;
    let mut estimates = match &sums {
        Sums::Plain(trials) => Estimates::of(&system, trials, settings.level),
        Sums::Rare(trials) => rare::estimates(&system, trials, settings.level),
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
        estimates.drift = trials::drift_of_pilot(&system, settings.seed);
    }
    let mut study = Study {
        system,
        sums,
        estimates,
        checks: Vec::new(),
        counts,
    };
    if settings.checks {
        study.check();
    }
    Ok(study)
}

impl Study {
    /// Sets the trials beside the exact answer, where that costs next to nothing. Where it contradicts them, they
    /// are not believed.
    fn check(&mut self) {
        let exact = LaidOpen::of(&self.system, &Effort::QUICK, None);
        let Ok(exact) = exact.and_then(|open| open.answer_with_down_time(false)) else {
            return;
        };
        self.checks = self.against(&exact);
        for check in self.checks.iter().filter(|check| !check.agrees()) {
            let reason = format!("{}: {}", check.service, check.difference());
            self.estimates.doubt(&check.service, reason);
        }
    }
}

/// Plain trials that stand in for others have about so many events, or so many trials if those are more.
const PLAIN_EVENTS_MAX: u64 = 50_000_000;
const PLAIN_TRIALS_MIN: u64 = 2_000;

/// Events after which a brief study has seen enough, the fewest trials of it, and how many tell how many events one
/// has.
const BRIEF_EVENTS: u64 = 30_000_000;
const BRIEF_TRIALS_MIN: u64 = 1_000;
const LOOKS: u64 = 8;

/// Events of trials in which is counted what happens, and most trials.
const COUNTED_EVENTS: u64 = 3_000_000;
const COUNTED_TRIALS: u64 = 100_000;

/// Rare trials end when so much of the time is left: a quarter as many with another setting come after them.
const RESERVE: f64 = 0.2;

/// A study that is going on.
struct Runner<'a> {
    system: &'a System,
    behaviour: &'a Behaviour,
    simulator: Simulator<'a>,
    settings: &'a Settings,
    trials: trials::Settings,
}

impl Runner<'_> {
    /// How often what happens in some trials.
    fn count(&self) -> HappeningTally {
        let (trials, events) = (COUNTED_TRIALS, COUNTED_EVENTS);
        trials::count_happenings(&self.simulator, self.behaviour, trials, events)
    }

    /// Runs trials by the method that was asked for, or by one that is better, and says why it is.
    fn simulate(&self, watch: &mut Watch<'_>) -> Result<(Sums, Option<String>), StudyError> {
        let (sums, why) = self.by_method(watch);
        self.refuse_cut(&sums, watch)?;
        let Sums::Rare(rare) = sums else {
            return Ok((sums, why));
        };
        if self.settings.method != Method::Auto {
            return Ok((Sums::Rare(rare), why));
        }
        let (sums, why) = self.or_plain(rare, why, watch);
        self.refuse_cut(&sums, watch)?;
        Ok((sums, why))
    }

    fn by_method(&self, watch: &mut Watch<'_>) -> (Sums, Option<String>) {
        let (system, seed) = (self.system, self.settings.seed);
        let choice = match self.settings.method {
            Method::Plain => None,
            Method::Auto => Some(rare::choose(system, &self.simulator, &self.trials)),
            Method::Rare => Some(rare::choose_rare(system, &self.simulator, &self.trials)),
            Method::Splitting => {
                let look = &mut |progress: &Progress| watch.look(progress, 0.0);
                let split = rare::split(system, self.behaviour, seed, &self.trials, look);
                return (Sums::Rare(Box::new(split)), None);
            }
        };
        let sums = match &choice {
            Some(choice) if choice.is_rare => {
                let look = &mut |progress: &Progress| watch.look(progress, RESERVE);
                let rare = rare::run(system, seed, &self.trials, choice.events_max, look);
                Sums::Rare(Box::new(rare))
            }
            Some(_) | None => self.plain(self.trials.goal, watch),
        };
        (sums, choice.map(|choice| choice.why))
    }

    fn plain(&self, goal: Goal, watch: &mut Watch<'_>) -> Sums {
        let settings = trials::Settings {
            goal,
            ..self.trials
        };
        let look = &mut |progress: &Progress| watch.look(progress, 0.0);
        Sums::Plain(Box::new(trials::run(
            self.system,
            &self.simulator,
            &settings,
            look,
        )))
    }

    /// Plain trials in the place of rare ones that establish nothing, as nobody asked for those: what plain ones
    /// prove, if only a bound, is more.
    fn or_plain(
        &self,
        rare: Box<RareTrials>,
        why: Option<String>,
        watch: &mut Watch<'_>,
    ) -> (Sums, Option<String>) {
        let is_interrupted = rare.why_stopped == WhyStopped::Interrupted;
        let found = rare::estimates(self.system, &rare, self.settings.level);
        if is_interrupted || found.not_established().is_empty() {
            return (Sums::Rare(rare), why);
        }
        let plain = self.plain(self.within_events(), watch);
        let mut remarks = found.way.remarks().iter();
        let remark = remarks.find(|remark| remark.contains("not established"));
        let remark = remark.map_or("", String::as_str);
        let why = why.map(|why| format!("{why}, and of rare ones: {remark}"));
        (plain, why)
    }

    /// The goal, but no more trials than can be run in passing.
    fn within_events(&self) -> Goal {
        let events = self.simulator.runner().run(0).event_count.max(1);
        let most = (PLAIN_EVENTS_MAX / events).max(PLAIN_TRIALS_MIN);
        match self.trials.goal {
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

    /// The goal, but no more trials to a precision than take a few seconds.
    fn briefly(&self) -> Goal {
        let Goal::Precision {
            precision,
            trials_max,
        } = self.trials.goal
        else {
            return self.trials.goal;
        };
        let mut runner = self.simulator.runner();
        let events: u64 = (0..LOOKS).map(|trial| runner.run(trial).event_count).sum();
        let trials = BRIEF_EVENTS * LOOKS / events.max(1);
        Goal::Precision {
            precision,
            trials_max: trials.clamp(BRIEF_TRIALS_MIN, trials_max),
        }
    }

    /// Fails where no trial came to its end, or one of them never will.
    fn refuse_cut(&self, sums: &Sums, watch: &Watch<'_>) -> Result<(), CutShort> {
        let first = self.trials.first_trial;
        let (cut, trial_count, next) = match sums {
            Sums::Plain(plain) => {
                let count = plain.tally.trial_count;
                (plain.cut, count, first + count)
            }
            Sums::Rare(rare) => {
                let of_second = rare.second.as_ref().and_then(|second| second.cut);
                let of_second = of_second.filter(|&cut| cut != Cut::Asked);
                (rare.tally.cut.or(of_second), rare.tally.trial_count, first)
            }
        };
        match cut {
            None => Ok(()),
            Some(Cut::Asked) if trial_count > 0 => Ok(()),
            Some(cut) => {
                let elapsed = watch.monitor.elapsed();
                let (system, behaviour) = (self.system, self.behaviour);
                Err(CutShort::of(
                    cut,
                    system,
                    behaviour,
                    &self.simulator,
                    next,
                    elapsed,
                ))
            }
        }
    }
}

/// Ends trials at a signal, or when time is up.
struct Watch<'a> {
    monitor: &'a mut dyn Monitor,
    limit: Option<Span>,
}

impl Watch<'_> {
    /// Whether what is going on is to end, as such a share of the time is to be left.
    fn look(&mut self, progress: &Progress, reserve: f64) -> Option<Signal> {
        if self.monitor.look(progress) {
            return Some(Signal::Interrupted);
        }
        let elapsed = self.monitor.elapsed().as_secs();
        let is_late = |limit: Span| elapsed >= limit.as_secs() * (1.0 - reserve);
        let is_late = self.limit.is_some_and(is_late);
        is_late.then_some(Signal::TimeBudgetSpent)
    }
}
