//! How a path obeys the rules: it draws durations and outcomes, and notes what they tell.

use super::{Age, Run, Speed};
use crate::base::{Id, Instant};
use crate::behaviour::{
    AtLoad, BranchId, ClockId, Flow, Interpreter, LagId, LagRange, Loss, Note, ServiceState, State,
    StopwatchId,
};
use crate::engine::DataLoss;
use crate::math::rng::{Stream, uniform_open};
use crate::model::{GroupId, KindId, ServiceId};
use crate::rare::agenda::Entry;
use crate::rare::clockwork::Draw;
use crate::rare::stretch::Stretched;

impl Run<'_> {
    /// An entry for a clock that is to fire after a time; none if it does not fire at all.
    pub(super) fn entry(&mut self, clock: ClockId, after: u64) -> Option<Entry> {
        let time = self.now.saturating_add(after);
        let sequence = self.sequence;
        self.sequence += 1;
        (time < u64::MAX)
            .then(|| Entry::new(time, self.work.clocks[clock.index()].rank, sequence, clock))
    }

    pub(super) fn schedule(&mut self, clock: ClockId, remaining: u64, speed: f64) {
        self.agenda.remove_clock(clock);
        let after = if self.work.clocks[clock.index()].changes_speed {
            self.speeds[clock.index()] = Speed { speed, remaining };
            if speed == 0.0 || remaining == u64::MAX {
                u64::MAX
            } else if speed == 1.0 {
                remaining
            } else {
                (remaining as f64 / speed).round() as u64
            }
        } else {
            remaining
        };
        if let Some(entry) = self.entry(clock, after) {
            self.agenda.insert(entry);
        }
    }

    /// How long a clock that is not rare is to run.
    fn draw(&mut self, clock: ClockId) -> u64 {
        let work = self.work;
        let plan = &work.clocks[clock.index()];
        match &plan.draw {
            Draw::Law(law) => match plan.stretch {
                Some(stretch) if !self.bias.is_off => {
                    let stretching = match plan.group {
                        Some(group) => self.bias.stretching[group.index()],
                        None => self.bias.stretching_else,
                    };
                    if stretching.power <= 0.0 || stretching.relevance == 0.0 {
                        return law.sample(&mut self.rng) as u64;
                    }
                    let share = self.bias.stretched * stretching.relevance;
                    let Stretched {
                        duration,
                        log_weight,
                        hazard,
                        tail,
                    } = work.stretches[stretch as usize].sample(
                        law,
                        stretching.power,
                        share,
                        self.bias.truly,
                        &mut self.rng,
                    );
                    let bias = &mut self.bias;
                    bias.log_weight += log_weight;
                    bias.hazard_max = bias.hazard_max.max(hazard);
                    bias.tail_max = bias.tail_max.max(stretching.relevance * tail);
                    duration as u64
                }
                _ => law.sample(&mut self.rng) as u64,
            },
            &Draw::Ageing(index) => {
                let ageing = &work.ageing[index as usize];
                let Age { age, life } = self.ages[index as usize];
                let age = life.map_or(age, |life| ageing.renewal.age_after(age, life));
                let life = ageing.law.sample_residual(age, &mut self.rng);
                self.ages[index as usize] = Age {
                    age,
                    life: Some(life),
                };
                life as u64
            }
            &Draw::Window(index) => {
                let (window, ahead) = work.windows[index as usize];
                window.until_open(Instant(self.now + ahead))
            }
            Draw::Rare(_) => unreachable!("rare clocks are started apart"),
        }
    }

    fn draw_lag(&mut self, lag: LagId, range: LagRange) -> u64 {
        let laws = &self.work.behaviour.lags[lag].laws;
        laws[range as usize].sample(&mut self.rng) as u64
    }

    /// The next branch of a script, if one has been written.
    fn scripted(&mut self) -> Option<usize> {
        let taken = self.bias.script.get(self.bias.script_at).copied();
        self.bias.script_at += usize::from(taken.is_some());
        taken
    }
}

/// An index by weights, which add up to 1.
pub(in crate::rare) fn index_by(weights: &[f64], rng: &mut Stream) -> usize {
    let mut at = uniform_open(rng);
    let last = weights.len() - 1;
    for (index, weight) in weights[..last].iter().enumerate() {
        if at < *weight {
            return index;
        }
        at -= weight;
    }
    last
}

impl Interpreter for Run<'_> {
    #[inline]
    fn start(&mut self, clock: ClockId, speed: f64) {
        match self.work.rare_of(clock) {
            Some(index) => self.start_rare(index, speed),
            None => {
                let time = self.draw(clock);
                self.schedule(clock, time, speed);
            }
        }
    }

    #[inline]
    fn stop(&mut self, clock: ClockId) {
        match self.work.rare_of(clock) {
            Some(index) => {
                if self.rares[index].runs {
                    self.halt(index);
                }
            }
            None => {
                self.agenda.remove_clock(clock);
            }
        }
    }

    fn set_speed(&mut self, clock: ClockId, speed: f64) {
        if let Some(index) = self.work.rare_of(clock) {
            return self.set_rare_speed(index, speed);
        }
        let Speed {
            speed: before,
            remaining,
        } = self.speeds[clock.index()];
        if before == speed {
            return;
        }
        let remaining = match self.agenda.remove_clock(clock) {
            Some(time) if before > 0.0 && remaining != u64::MAX => {
                ((time - self.now) as f64 * before).round() as u64
            }
            _ => remaining,
        };
        self.schedule(clock, remaining, speed);
    }

    fn renew(&mut self, clock: ClockId, speed: f64) {
        match &self.work.clocks[clock.index()].draw {
            &Draw::Rare(index) => {
                self.renew_rare(index as usize);
            }
            &Draw::Ageing(index) => self.ages[index as usize] = Age::default(),
            Draw::Law(_) | Draw::Window(_) => {}
        }
        self.start(clock, speed);
    }

    fn start_longer(&mut self, clock: ClockId, stopwatch: StopwatchId, factor: f64) {
        let elapsed = (self.now - self.stopwatches[stopwatch.index()]) as f64;
        let time = self
            .draw(clock)
            .saturating_add((elapsed * factor).round() as u64);
        self.schedule(clock, time, 1.0);
    }

    fn start_at_load(&mut self, _: ClockId, _: ServiceId, _: AtLoad) {
        unreachable!("where a demand is told there are no rare trials");
    }

    fn reset(&mut self, stopwatch: StopwatchId) {
        self.stopwatches[stopwatch.index()] = self.now;
    }

    #[inline]
    fn choose(&mut self, branch: BranchId, probability: f64) -> bool {
        let _ = branch;
        match self.scripted() {
            Some(taken) => taken == 0,
            None => uniform_open(&mut self.rng) < probability,
        }
    }

    #[inline]
    fn pick(&mut self, branch: BranchId, weights: &[f64]) -> usize {
        let _ = branch;
        match self.scripted() {
            Some(taken) => taken,
            None => index_by(weights, &mut self.rng),
        }
    }

    #[inline]
    fn service_changed(&mut self, service: ServiceId, state: &ServiceState) {
        let now = self.told_now();
        self.watch.changed(service, state, now);
        if let Some(chronicle) = &mut self.chronicle {
            chronicle.changed(service, state, now);
        }
    }

    fn data_lost(&mut self, group: GroupId, loss: Loss) {
        let lost = match loss {
            Loss::Nothing => 0,
            Loss::Lag(lag, range) => self.draw_lag(lag, range),
            Loss::Behind { left, stopped, lag } => {
                let [left, stopped] = [left, stopped].map(|at| self.stopwatches[at.index()]);
                let before = lag.map_or(0, |lag| self.draw_lag(lag, LagRange::Any));
                stopped.saturating_sub(left).saturating_add(before)
            }
            Loss::Part { since, share } => {
                ((self.now - self.stopwatches[since.index()]) as f64 * share).round() as u64
            }
        };
        if self.is_before() {
            return;
        }
        let at = Instant(self.told_now());
        let loss = DataLoss { at, group, lost };
        self.watch.record.losses.push(loss);
        if let Some(chronicle) = &mut self.chronicle {
            chronicle.lost(loss);
        }
    }

    fn scaled(&mut self, group: GroupId, serve: bool) {
        let now = self.told_now();
        if let Some(chronicle) = &mut self.chronicle {
            chronicle.scaled(group, serve, now);
        }
    }

    fn repaired(&mut self, kind: KindId) {
        let is_told = !self.is_before();
        if let Some(chronicle) = self.chronicle.as_mut().filter(|_| is_told) {
            chronicle.repaired(kind);
        }
    }

    #[inline]
    fn served_changed(&mut self, service: ServiceId, flow: Flow, state: &State) {
        // Where a demand is told, there are no rare trials.
        let (behaviour, now) = (&self.work.behaviour, self.told_now());
        self.watch.served(behaviour, service, flow, state, now);
        if let Some(chronicle) = &mut self.chronicle {
            chronicle.served(service, flow, state, now);
        }
    }

    #[inline]
    fn tell(&mut self, note: Note) {
        match note {
            Note::Failure(..) => self.fault_count += 1,
            Note::Restoration(..) => self.fault_count -= 1,
            Note::Notice(..)
            | Note::SpareWait(..)
            | Note::CrewWait(..)
            | Note::RepairStart(..)
            | Note::FoundDead(..)
            | Note::FalseAlarm(..)
            | Note::StageStart(..)
            | Note::StageFailure(..)
            | Note::HeldDown(..)
            | Note::PeopleWait(..)
            | Note::PeopleCome(..)
            | Note::Exhausted(..)
            | Note::Serving(..)
            | Note::Rejoining(..)
            | Note::StandingBy(..)
            | Note::FailbackStart(..)
            | Note::SplitStart(..)
            | Note::ReconcileStart(..)
            | Note::ScaleOrder(_)
            | Note::ScaleUp(_)
            | Note::ScaleFailure(_)
            | Note::Collapse(_)
            | Note::Recovery(_)
            | Note::LagsBehind(..)
            | Note::WritesStall(..)
            | Note::Unreplicated(..)
            | Note::InStep(..)
            | Note::Lack(..)
            | Note::StateEntered(..)
            | Note::ChangeStart(..)
            | Note::SwitchoverStart(..)
            | Note::WorkStart(..)
            | Note::ChangeBad(..)
            | Note::ChangeEnd(..)
            | Note::CauseStart(..)
            | Note::CauseEnd(..) => {}
        }
    }
}
