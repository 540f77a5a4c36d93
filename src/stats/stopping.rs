//! When a sample is large enough.
//!
//! A rule that watches its own interval stops too early: just when the rare disasters happen to be
//! missing, the interval is narrow. Three things keep it honest. It looks at sample sizes fixed in
//! advance, which grow geometrically; it asks for a least number of trials and of events; and the
//! careful way takes two stages, where a pilot decides how many trials are needed and a fresh
//! sample of that size answers. Decisions follow from the trials alone, never from the clock,
//! unless somebody outside asks to stop.

use std::fmt;

use super::interval::{Interval, Level, NoInterval};
use super::mean::mean_hall;
use super::moments::Summary;

/// How precise an estimate shall be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// The farther end of the interval is at most this share of the estimate away from it.
    pub relative_half_width: f64,
    /// The level of the interval.
    pub level: Level,
    /// The least number of trials with an event before the interval is believed.
    pub events_min: u64,
    /// The least number of trials. It should let every modelled mode of failure, common causes
    /// included, strike some thirty times: the model knows its rates, a sample does not. A disaster
    /// in 500 trials that makes a quarter of the mean was covered in 65 % of samples instead of
    /// 95 % with 1,000 trials at least, in 92 % with 5,000.
    pub trials_min: u64,
}

impl Precision {
    /// A `relative_half_width` at the usual level, after at least 100 events in 5,000 trials.
    pub fn within(relative_half_width: f64) -> Precision {
        Precision {
            relative_half_width,
            level: Level::USUAL,
            events_min: 100,
            trials_min: 5_000,
        }
    }

    /// The rule of the first of two stages: half the precision, which is enough to say how many
    /// trials the whole needs. The pilot's trials must not be part of the answer.
    pub fn pilot(self, trials_max: u64) -> Rule {
        let relative_half_width = 2.0 * self.relative_half_width;
        Rule::Precision {
            goal: Precision {
                relative_half_width,
                ..self
            },
            trials_max,
        }
    }

    /// The size of the second of two stages, a fresh sample with trials of its own, from what the
    /// pilot says of the mean. It has a fifth more trials than the pilot asks for, because a pilot
    /// sees too little of a long tail more often than too much. The sample's own interval is the
    /// answer, also where it is a little wider than planned.
    ///
    /// # Errors
    ///
    /// Fails where the pilot has no interval, and with [`NoInterval::TooFewEvents`] where it rests
    /// on too few events.
    pub fn plan_from_pilot(&self, pilot: impl Into<Summary>) -> Result<u64, NoInterval> {
        let pilot = pilot.into();
        let interval = mean_hall(pilot, self.level)?;
        let excess = interval.relative_half_width() / self.relative_half_width;
        if !(interval.is_reliable() && excess.is_finite()) {
            return Err(NoInterval::TooFewEvents);
        }
        let size = pilot.count as f64;
        let for_events = size * self.events_min as f64 / pilot.nonzero as f64;
        let trials = (1.2 * size * excess * excess).max(for_events);
        Ok((trials.ceil() as u64).max(self.trials_min))
    }

    fn is_reached(&self, progress: &Progress) -> bool {
        progress.trials >= self.trials_min
            && progress.events >= self.events_min
            && progress.relative_half_width <= self.relative_half_width
    }

    /// The first look after `trials` trials.
    fn next_look(&self, trials: u64) -> u64 {
        let mut look = self.trials_min.max(2);
        while look <= trials {
            look = grown(look);
        }
        look
    }

    fn is_look(&self, trials: u64) -> bool {
        trials > 0 && self.next_look(trials - 1) == trials
    }
}

/// A quarter more, so that the number of looks stays small.
fn grown(size: u64) -> u64 {
    size.saturating_add(size.div_ceil(4))
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// After so many trials.
    Trials(u64),
    /// As soon as a look finds the goal reached, at the latest after `trials_max` trials.
    Precision {
        /// What shall be reached.
        goal: Precision,
        /// The largest number of trials.
        trials_max: u64,
    },
    /// When somebody asks for it: the time budget is spent, or the user interrupts.
    OnSignal,
}

/// A request to stop that comes from outside. It makes the number of trials depend on the machine;
/// repeat such an answer by its number of trials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// The time that the user granted is over.
    TimeBudgetSpent,
    /// The user or the system asks to end.
    Interrupted,
}

/// How far the trials have come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The trials done.
    pub trials: u64,
    /// The trials with an event; of several measures, the fewest.
    pub events: u64,
    /// The relative half-width of the interval; of several measures, the widest. Infinite while
    /// there is none.
    pub relative_half_width: f64,
    /// A request to stop.
    pub signal: Option<Signal>,
}

impl Progress {
    /// The progress after `trials` trials towards the precision of all `measures`, each with an
    /// interval or a reason against it.
    pub fn new<'a>(
        trials: u64,
        measures: impl IntoIterator<Item = Result<&'a Interval, &'a NoInterval>>,
    ) -> Progress {
        let start = Progress {
            trials,
            events: u64::MAX,
            relative_half_width: 0.0,
            signal: None,
        };
        let worst = measures.into_iter().fold(start, |worst, measure| {
            let (events, width) = measure.map_or((0, f64::INFINITY), |interval| {
                (interval.support.events, interval.relative_half_width())
            });
            Progress {
                events: worst.events.min(events),
                relative_half_width: worst.relative_half_width.max(width),
                ..worst
            }
        });
        if worst.events == u64::MAX {
            Progress { events: 0, ..worst }
        } else {
            worst
        }
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Run so many more trials, then ask again.
    Run(u64),
    /// Stop.
    Stop(WhyStopped),
}

/// Why a sample ended; every estimate carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WhyStopped {
    /// The number of trials asked for was run.
    TrialsDone,
    /// The estimate is as precise as asked for.
    PrecisionReached,
    /// The largest number of trials was run, and the estimate is less precise than asked for.
    TrialLimit,
    /// As many events were simulated as the method is worth.
    WorkLimit,
    /// The time granted was over.
    TimeBudgetSpent,
    /// The user or the system asked to end.
    Interrupted,
}

impl fmt::Display for WhyStopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WhyStopped::TrialsDone => "all trials done",
            WhyStopped::PrecisionReached => "precision reached",
            WhyStopped::TrialLimit => "trial limit reached before the precision",
            WhyStopped::WorkLimit => "work limit reached before all trials were done",
            WhyStopped::TimeBudgetSpent => "time budget spent",
            WhyStopped::Interrupted => "interrupted",
        })
    }
}

impl Rule {
    /// What to do after `progress`.
    ///
    /// Precision is judged at looks only: after `trials_min` trials and then at a quarter more each
    /// time. A sample that was continued from a checkpoint thus stops where an uninterrupted one
    /// does.
    pub fn next_batch(&self, progress: &Progress) -> Decision {
        let done = progress.trials;
        let reached = match *self {
            Rule::Trials(trials) if done >= trials => Some(WhyStopped::TrialsDone),
            Rule::Trials(_) | Rule::OnSignal => None,
            Rule::Precision { goal, trials_max } => {
                let last = done >= trials_max;
                if (last || goal.is_look(done)) && goal.is_reached(progress) {
                    Some(WhyStopped::PrecisionReached)
                } else {
                    last.then_some(WhyStopped::TrialLimit)
                }
            }
        };
        let asked = progress.signal.map(|signal| match signal {
            Signal::TimeBudgetSpent => WhyStopped::TimeBudgetSpent,
            Signal::Interrupted => WhyStopped::Interrupted,
        });
        if let Some(why) = reached.or(asked) {
            return Decision::Stop(why);
        }
        let next = match *self {
            Rule::Trials(trials) => trials,
            Rule::Precision { goal, trials_max } => goal.next_look(done).min(trials_max),
            Rule::OnSignal => grown(done).max(1_000),
        };
        Decision::Run(next - done)
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    use super::super::moments::Moments;
    use super::*;

    fn progress(trials: u64, events: u64, relative_half_width: f64) -> Progress {
        Progress {
            trials,
            events,
            relative_half_width,
            signal: None,
        }
    }

    #[test]
    fn a_number_of_trials_is_kept_exactly() {
        let rule = Rule::Trials(1_000);
        assert_eq!(
            rule.next_batch(&progress(0, 0, f64::INFINITY)),
            Decision::Run(1_000)
        );
        assert_eq!(rule.next_batch(&progress(990, 5, 0.1)), Decision::Run(10));
        assert_eq!(
            rule.next_batch(&progress(1_000, 5, 0.1)),
            Decision::Stop(WhyStopped::TrialsDone)
        );
    }

    #[test]
    fn looks_grow_geometrically_and_survive_interruption() {
        let rule = Rule::Precision {
            goal: Precision::within(0.1),
            trials_max: 1_000_000,
        };
        let mut looks = vec![];
        let mut trials = 0;
        while let Decision::Run(more) = rule.next_batch(&progress(trials, 0, f64::INFINITY)) {
            // Continued from the middle of a batch, the sample goes on to the same look.
            let middle = trials + more / 2;
            assert_eq!(
                rule.next_batch(&progress(middle, 1_000, 0.0)),
                Decision::Run(more - more / 2)
            );
            trials += more;
            looks.push(trials);
        }
        assert_eq!(looks[..4], [5_000, 6_250, 7_813, 9_767]);
        assert_eq!(looks.last(), Some(&1_000_000));
        assert!(looks.len() < 30);
    }

    #[test]
    fn precision_needs_trials_events_and_width() {
        let rule = Rule::Precision {
            goal: Precision::within(0.1),
            trials_max: 6_000,
        };
        let reached = Decision::Stop(WhyStopped::PrecisionReached);
        assert_eq!(rule.next_batch(&progress(5_000, 100, 0.1)), reached);
        assert_eq!(
            rule.next_batch(&progress(5_000, 99, 0.1)),
            Decision::Run(1_000)
        );
        assert_eq!(
            rule.next_batch(&progress(5_000, 100, 0.11)),
            Decision::Run(1_000)
        );
        assert_eq!(rule.next_batch(&progress(6_000, 100, 0.1)), reached);
        assert_eq!(
            rule.next_batch(&progress(6_000, 100, 0.11)),
            Decision::Stop(WhyStopped::TrialLimit)
        );
    }

    #[test]
    fn somebody_outside_can_stop_any_rule() {
        let goal = Precision::within(0.1);
        for rule in [
            Rule::Trials(10),
            Rule::Precision {
                goal,
                trials_max: 9,
            },
            Rule::OnSignal,
        ] {
            for (signal, why) in [
                (Signal::TimeBudgetSpent, WhyStopped::TimeBudgetSpent),
                (Signal::Interrupted, WhyStopped::Interrupted),
            ] {
                let now = Progress {
                    signal: Some(signal),
                    ..progress(3, 0, f64::INFINITY)
                };
                assert_eq!(rule.next_batch(&now), Decision::Stop(why));
            }
            assert!(matches!(
                rule.next_batch(&progress(3, 0, 0.0)),
                Decision::Run(1..)
            ));
        }
        // What is done is done, whoever asks.
        let done = Progress {
            signal: Some(Signal::Interrupted),
            ..progress(10, 0, 0.0)
        };
        assert_eq!(
            Rule::Trials(10).next_batch(&done),
            Decision::Stop(WhyStopped::TrialsDone)
        );
    }

    #[test]
    fn several_measures_wait_for_the_worst() {
        let well: Moments = (0..2_000).map(|trial| 100 + trial % 7).collect();
        let badly: Moments = (0..2_000).map(|trial| u64::from(trial % 50 == 0)).collect();
        let intervals = [&well, &badly].map(|moments| mean_hall(moments, Level::USUAL));
        let worst = Progress::new(2_000, intervals.iter().map(Result::as_ref));
        let interval = intervals[1].expect("an interval");
        assert_eq!(
            (worst.events, worst.relative_half_width),
            (40, interval.relative_half_width())
        );
        let none = Progress::new(0, [Err(&NoInterval::NoTrials)]);
        assert_eq!((none.events, none.relative_half_width), (0, f64::INFINITY));
        assert_eq!(Progress::new(0, []).events, 0);
    }

    /// A disaster of 5,000 s in one trial of 500, among outages of 10 s in every tenth trial.
    struct Fate {
        random: Xoshiro256PlusPlus,
    }

    impl Fate {
        const MEAN: f64 = 0.1 * 10.0 + 0.002 * 5_000.0;

        fn run(&mut self, moments: &mut Moments, trials: u64) {
            for _ in 0..trials {
                let outage = 10 * u64::from(self.random.random_bool(0.1));
                let disaster = 5_000 * u64::from(self.random.random_bool(0.002));
                moments.record(outage + disaster);
            }
        }

        fn sample(&mut self, rule: Rule) -> (Moments, WhyStopped) {
            let mut moments = Moments::new();
            loop {
                let interval = mean_hall(&moments, Level::USUAL);
                match rule.next_batch(&Progress::new(moments.count(), [interval.as_ref()])) {
                    Decision::Run(trials) => self.run(&mut moments, trials),
                    Decision::Stop(why) => return (moments, why),
                }
            }
        }
    }

    /// At least 90 % of 400 samples cover the truth; at a true coverage of 94 %, fewer do so for one
    /// seed in a thousand.
    #[test]
    fn rare_disasters_do_not_stop_a_sample_too_early() {
        let mut fate = Fate {
            random: Xoshiro256PlusPlus::seed_from_u64(6),
        };
        let goal = Precision::within(0.3);
        let covers = |moments: &Moments| {
            usize::from(
                mean_hall(moments, Level::USUAL)
                    .expect("an interval")
                    .contains(Fate::MEAN),
            )
        };
        let (mut looking, mut planned) = (0, 0);
        for _ in 0..400 {
            let (moments, why) = fate.sample(Rule::Precision {
                goal,
                trials_max: 10_000_000,
            });
            assert_eq!(why, WhyStopped::PrecisionReached);
            looking += covers(&moments);
            let (pilot, _) = fate.sample(goal.pilot(10_000_000));
            let mut fresh = Moments::new();
            fate.run(&mut fresh, goal.plan_from_pilot(&pilot).expect("a plan"));
            planned += covers(&fresh);
        }
        assert!(looking >= 360, "{looking}");
        assert!(planned >= 360, "{planned}");
    }

    #[test]
    fn a_pilot_without_events_plans_nothing() {
        let goal = Precision::within(0.1);
        let mut pilot = Moments::new();
        assert_eq!(goal.plan_from_pilot(&pilot), Err(NoInterval::NoTrials));
        pilot.record_zeros(10_000);
        assert_eq!(goal.plan_from_pilot(&pilot), Err(NoInterval::TooFewEvents));
        (0..9).for_each(|_| pilot.record(5));
        assert_eq!(goal.plan_from_pilot(&pilot), Err(NoInterval::TooFewEvents));
        (0..91).for_each(|_| pilot.record(5));
        // 100 equal events in 10,100 trials are known to about 20 %: four times as many are needed.
        let trials = goal.plan_from_pilot(&pilot).expect("a plan");
        assert!((45_000..70_000).contains(&trials), "{trials}");
    }
}
