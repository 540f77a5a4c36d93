//! Splitting: outages reached level by level, as a second opinion that shares no weights with the
//! branches.
//!
//! A trial begins with many plain missions. Those that come within so many failures of an outage are
//! kept, copied, and continued in different ways; those of them that come nearer are copied again;
//! and so on until the outage. The product of the shares that went on is an unbiased estimate of the
//! probability of an outage in the mission, and times the mean downtime of those that had one, of
//! the mean downtime (fixed effort: Garvels and Kroese 1998). The number of failures that are
//! missing says nothing of how long a repair will take, so this is slow where the story of an outage
//! is one long repair; but it is right.

use rand::{Rng, SeedableRng};
use rayon::prelude::*;

use super::clockwork::Clockwork;
use super::diagnosis::SPLIT_EFFECTIVE_MIN;
use super::mission::Judge;
use super::path::Path;
use super::run::{RareTrials, first_mean, judges, progress, rule_of};
use super::steer::{Steering, Values};
use super::tally::{RareTally, TrialSums, service_ids};
use crate::base::{Id, IdVec, stop};
use crate::behaviour::Behaviour;
use crate::engine::Cut;
use crate::math::rng::{Stream, Streams, index_below};
use crate::model::{ServiceId, System};
use crate::stats::{Decision, Progress, Signal, WhyStopped};
use crate::trials::{ConvergencePoint, Layout, Settings};

/// Missions that are begun or continued at each level: they count as so many trials.
const EFFORT: u64 = 200;
/// Fewest trials of splitting: the interval rests on how they differ.
const TRIALS_MIN: u64 = 100;
/// Trials of splitting between two looks at the signal.
const TRIALS_AT_ONCE: u64 = 16;
const SPLIT_STREAM: u64 = 0x0073_706c_6974;

/// Runs trials of splitting until the rule, or the signal, says stop. `settings` count missions, of
/// which each trial begins 200.
pub fn split(
    system: &System,
    behaviour: &Behaviour,
    seed: u64,
    settings: &Settings,
    signal: &mut dyn FnMut(&Progress) -> Option<Signal>,
) -> RareTrials {
    assert!(
        !super::follows_demand(system),
        "splitting does not follow a demand"
    );
    assert!(
        !system.start.is_settled(),
        "splitting begins with everything new"
    );
    let work = Clockwork::new(behaviour, system.mission);
    let steering: Vec<Steering> = system
        .services
        .ids()
        .map(|service| Steering::new(system, behaviour, &work.rares, service))
        .collect();
    let splitter = Splitter {
        work: &work,
        judges: judges(system, work.mission),
        layout: Layout::new(system, 0),
        steering: &steering,
        streams: Streams::new(seed),
    };
    let mut tally = splitter.tally();
    let mut convergence = Vec::new();
    let rule = rule_of(settings, SPLIT_EFFECTIVE_MIN as u64);
    let mut asked = None;
    let why_stopped = loop {
        let mut progress = progress(system, &tally, settings);
        progress.trials *= EFFORT;
        progress.signal = asked;
        let wanted = match rule.next_batch(&progress) {
            Decision::Stop(why_stopped) => break why_stopped,
            Decision::Run(_) if tally.cut.is_some() => break WhyStopped::Interrupted,
            Decision::Run(missions) => missions.div_ceil(EFFORT).max(TRIALS_MIN),
        };
        let target = tally.trial_count + wanted;
        while tally.trial_count < target && asked.is_none() && tally.cut.is_none() {
            let from = tally.trial_count;
            let until = target.min(from + TRIALS_AT_ONCE);
            tally.merge(&splitter.run(settings.first_trial + from, settings.first_trial + until));
            let mean = first_mean(system, &tally, settings);
            asked = signal(&Progress::new(tally.trial_count * EFFORT, [mean.as_ref()]));
        }
        if let Ok(down) = first_mean(system, &tally, settings) {
            convergence.push(ConvergencePoint {
                trials: tally.trial_count * EFFORT,
                down,
            });
        }
    };
    RareTrials {
        tally,
        second: None,
        why_stopped,
        convergence,
        classes: Vec::new(),
        is_split: true,
    }
}

struct Splitter<'a> {
    work: &'a Clockwork,
    judges: IdVec<ServiceId, Judge>,
    layout: Layout,
    steering: &'a [Steering],
    streams: Streams,
}

impl Splitter<'_> {
    fn tally(&self) -> RareTally {
        RareTally::new(&self.judges, &self.layout, 0, 0)
    }

    /// Runs the trials with these numbers, in parallel; the sums do not depend on the threads.
    fn run(&self, from: u64, until: u64) -> RareTally {
        let numbers: Vec<u64> = (from..until).collect();
        let parts: Vec<RareTally> = numbers
            .into_par_iter()
            .map(|trial| {
                let mut levels = Levels::new(self.work);
                let mut tally = self.tally();
                tally.trial_count = 1;
                for service in service_ids(&tally) {
                    let purpose = SPLIT_STREAM ^ (u64::from(service.0) << 32);
                    let rng = self.streams.stream(trial, purpose);
                    let judge = &self.judges[service];
                    let steering = &self.steering[service.index()];
                    let mut sums = levels.run(judge, steering, service, rng);
                    tally.services[service].add(&mut sums);
                }
                tally.event_count = levels.event_count;
                tally.cut = levels.cut;
                tally
            })
            .collect();
        let mut tally = self.tally();
        for part in &parts {
            if part.cut.is_some() {
                tally.cut = part.cut;
                break;
            }
            tally.merge(part);
        }
        tally
    }
}

/// The missions of one trial, in buffers that are kept.
struct Levels<'a> {
    work: &'a Clockwork,
    /// Where missions have reached the level before.
    from: Vec<Path<'a>>,
    /// Where they reach the present one.
    reached: Vec<Path<'a>>,
    path: Path<'a>,
    values: Values,
    event_count: u64,
    /// Why the trial has not come to its end, if it has not.
    cut: Option<Cut>,
}

impl<'a> Levels<'a> {
    fn new(work: &'a Clockwork) -> Levels<'a> {
        Levels {
            work,
            from: Vec::new(),
            reached: Vec::new(),
            path: work.path(),
            values: Values::default(),
            event_count: 0,
            cut: None,
        }
    }

    /// One trial.
    fn run(
        &mut self,
        judge: &Judge,
        steering: &Steering,
        service: ServiceId,
        mut rng: Stream,
    ) -> TrialSums {
        let mut chance = 1.0;
        self.begin(service, fork(&mut rng));
        let farthest = steering.distance(&self.path.state, &mut self.values);
        self.from.clear();
        // Level 0 is the outage itself, which a takeover can bring about however many are fit.
        for level in (0..farthest.max(1)).rev() {
            let mut count = 0;
            for _ in 0..EFFORT {
                if level + 1 >= farthest {
                    self.begin(service, fork(&mut rng));
                } else {
                    let nth = index_below(self.from.len(), &mut rng);
                    self.path.copy_from(&self.from[nth]);
                    self.path.foretell_anew(fork(&mut rng));
                }
                if self.reaches(steering, level) {
                    if self.reached.len() <= count {
                        self.reached.push(self.work.path());
                    }
                    self.reached[count].copy_from(&self.path);
                    count += 1;
                }
                self.event_count += self.path.run.event_count;
                if self.is_cut(self.path.run.cut) {
                    break;
                }
            }
            chance *= count as f64 / EFFORT as f64;
            std::mem::swap(&mut self.from, &mut self.reached);
            self.from.truncate(count);
            if count == 0 || self.cut.is_some() {
                break;
            }
        }
        let mut sums = TrialSums::default();
        sums.clear(judge);
        let weight = chance / self.from.len().max(1) as f64;
        for path in &mut self.from {
            path.run.event_count = 0;
            while let Some(entry) = path.next() {
                path.take(entry);
            }
            self.event_count += path.run.event_count;
            self.cut = self.cut.or(path.run.cut);
            path.run.watch.finish(self.work.mission);
            sums.add(judge, weight, &path.run.watch.record, 0);
        }
        sums
    }

    /// Whether the trial ends here, as a path of it does, or as it is asked to.
    fn is_cut(&mut self, of_path: Option<Cut>) -> bool {
        let asked = stop::is_asked().then_some(Cut::Asked);
        self.cut = self.cut.or(of_path).or(asked);
        self.cut.is_some()
    }

    /// Begins a mission in which one service is watched.
    fn begin(&mut self, service: ServiceId, rng: Stream) {
        self.path.begin(true, service, rng);
    }

    /// Goes on until so few failures are missing, or the mission is over.
    fn reaches(&mut self, steering: &Steering, level: usize) -> bool {
        loop {
            let path = &mut self.path;
            if path.run.watch.is_down()
                || (level > 0 && steering.distance(&path.state, &mut self.values) <= level)
            {
                return true;
            }
            match path.next() {
                Some(entry) => path.take(entry),
                None => return false,
            }
        }
    }
}

/// A stream of its own for one mission.
fn fork(rng: &mut Stream) -> Stream {
    Stream::seed_from_u64(rng.next_u64())
}
