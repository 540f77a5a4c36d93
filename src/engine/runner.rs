//! One trial: clocks draw their times, and the earliest fires.

use super::clients::Lead;
use super::guard::{EVENTS_BETWEEN_LOOKS, Guard};
use super::memo::{Known, Memo};
use super::outcome::{Cut, DataLoss, Outcome, Recorder, Services};
use super::queue::{CLOCK_COUNT_MAX, Key, Place, Queue};
use super::settled::Settled;
use crate::base::{Id, IdVec, Instant, Span};
use crate::behaviour::{
    AtLoad, Behaviour, BranchId, ClockId, Flow, Interpreter, LagId, LagRange, Loss, Note, SeatId,
    ServiceState, Settling, State, StopwatchId, Timing,
};
use crate::math::Law;
use crate::math::rng::{Stream, Streams, TrialStreams, uniform_open};
use crate::model::{GroupId, KindId, Renewal, ServiceId, Window};

/// What all trials of one system share.
#[derive(Debug)]
pub struct Simulator<'a> {
    behaviour: &'a Behaviour,
    initial: State,
    clocks: IdVec<ClockId, ClockTable>,
    ageing: Vec<Ageing>,
    /// With how much they are ahead of the time of the engine.
    windows: Vec<(Window, u64)>,
    mission: u64,
    /// How the mission is prepared, if it begins in the long run.
    settled: Option<Settled>,
    services: Services<'a>,
    /// How clients come to another member, by seat, where that takes time.
    leads: Vec<(SeatId, Lead)>,
    streams: Streams,
}

/// What starting a clock needs to know, in one cache line.
#[derive(Clone, Debug)]
#[repr(align(64))]
struct ClockTable {
    draw: Draw,
    /// What its keys hold beside time and order of scheduling.
    place: Place,
    slot: u32,
    changes_speed: bool,
    stream: u64,
}

/// Where the time of a clock comes from.
#[derive(Clone, Debug)]
enum Draw {
    Law(Law),
    /// Index into the table of ageing things.
    Ageing(u32),
    /// Index into the table of windows.
    Window(u32),
}

#[derive(Clone, Debug)]
struct Ageing {
    law: Law,
    renewal: Renewal,
    initial: f64,
}

impl<'a> Simulator<'a> {
    /// A simulator of missions of the given length, at most about 290 years.
    pub fn new(behaviour: &'a Behaviour, mission: Span, seed: u64) -> Simulator<'a> {
        assert!(
            behaviour.clocks.len() <= CLOCK_COUNT_MAX,
            "a model has at most {CLOCK_COUNT_MAX} clocks"
        );
        let settled = behaviour
            .settling
            .as_ref()
            .map(|settling| Settled::of(behaviour, settling));
        let warm_up = settled.as_ref().map_or(0, |settled| settled.warm_up);
        let mut ageing = Vec::new();
        let mut windows = Vec::new();
        let clocks = behaviour
            .clocks
            .iter_ids()
            .map(|(id, clock)| ClockTable {
                draw: match &clock.timing {
                    Timing::Law(law) => Draw::Law(law.clone()),
                    Timing::Ageing {
                        law,
                        renewal,
                        initial,
                    } => {
                        let initial = initial.as_nanos() as f64;
                        ageing.push(Ageing {
                            law: law.clone(),
                            renewal: *renewal,
                            initial,
                        });
                        Draw::Ageing(ageing.len() as u32 - 1)
                    }
                    Timing::Window(window) => {
                        // The mission begins at the beginning of a period.
                        let every = window.every.as_nanos().max(1);
                        windows.push((*window, (every - warm_up % every) % every));
                        Draw::Window(windows.len() as u32 - 1)
                    }
                },
                slot: clock.slot,
                place: Place::new(clock.event.rank(), id),
                changes_speed: clock.changes_speed,
                stream: clock.stream,
            })
            .collect();
        let initial = behaviour.initial_state();
        Simulator {
            behaviour,
            services: Services::of(behaviour, &initial, warm_up, mission.as_nanos()),
            leads: Lead::of(behaviour),
            initial,
            clocks,
            ageing,
            windows,
            mission: mission.as_nanos(),
            settled,
            streams: Streams::new(seed),
        }
    }

    /// Length of the mission in nanoseconds.
    pub fn mission(&self) -> u64 {
        self.mission
    }

    /// How the mission is prepared, if it begins in the long run.
    pub(crate) fn settling(&self) -> Option<&Settling> {
        self.behaviour.settling.as_ref()
    }

    /// When the mission begins, in the time of the engine, which begins with what is lived before.
    pub(super) fn start(&self) -> u64 {
        self.settled.as_ref().map_or(0, |settled| settled.warm_up)
    }

    /// A runner with buffers of its own.
    pub fn runner(&self) -> Runner<'_> {
        let unseeded = Seeded {
            stream: Streams::new(0).stream(0, 0),
            trial: 0,
        };
        Runner {
            state: self.initial.clone(),
            memo: Memo::new(self.behaviour),
            run: Run {
                simulator: self,
                now: 0,
                sequence: 0,
                fired: u32::MAX,
                beginning: false,
                trial: 0,
                trial_streams: self.streams.trial(0),
                queue: Queue::new(self.behaviour.slot_count, self.start() + self.mission),
                streams: vec![unseeded.clone(); self.clocks.len()],
                branch_streams: vec![unseeded.clone(); self.behaviour.branches.len()],
                lag_streams: vec![unseeded; self.behaviour.lags.len()],
                speeds: vec![
                    Speed {
                        speed: 0.0,
                        remaining: u64::MAX
                    };
                    self.clocks.len()
                ],
                ages: vec![
                    Age {
                        age: 0.0,
                        life: None
                    };
                    self.ageing.len()
                ],
                stopwatches: vec![UNSET; self.behaviour.stopwatch_count],
                scaled_since: vec![None; self.behaviour.scaled_group_count()],
                recorder: Recorder::default(),
                outcome: Outcome::default(),
                guard: Guard::default(),
            },
        }
    }

    /// What happens in a trial before so many events are over or it is cut, to see what makes it long.
    pub fn busy(&self, trial: u64, events_max: u64) -> Busy {
        let mut runner = self.runner();
        let mut last: Vec<ClockId> = Vec::new();
        runner.begin(trial);
        let (state, run) = (&mut runner.state, &mut runner.run);
        run.begin_clocks(|run| self.behaviour.begin(state, run));
        if let Some(settled) = &self.settled {
            run.settle(settled);
        }
        while run.outcome.event_count < events_max
            && let Some(clock) = run.next()
        {
            if last.len() < LAST_EVENTS {
                last.push(clock);
            } else {
                last[run.outcome.event_count as usize % LAST_EVENTS] = clock;
            }
            self.behaviour.fire(state, clock, run);
            run.end_event();
        }
        let whole = self.start() + self.mission;
        Busy {
            event_count: run.outcome.event_count,
            share: run.now as f64 / whole.max(1) as f64,
            at: Instant(run.now.saturating_sub(self.start())),
            last,
        }
    }
}

/// Events that are remembered to see what a trial is busy with.
const LAST_EVENTS: usize = 1 << 16;

/// What a trial is busy with.
#[derive(Clone, Debug, PartialEq)]
pub struct Busy {
    /// The number of events that have been looked at.
    pub event_count: u64,
    /// The share of the trial that they have taken, with what is lived before the mission.
    pub share: f64,
    /// When the last of them was.
    pub at: Instant,
    /// The clocks of the last of them, in any order.
    pub last: Vec<ClockId>,
}

/// What one trial may remember of what has happened, in records of some forty bytes each.
const RECORDS_MAX: usize = 1 << 21;

/// Watches a trial as it goes.
pub trait Observer {
    /// Something happened.
    fn note(&mut self, at: Instant, note: Note);

    /// A member has taken over from another one, with a loss of data that may be none.
    fn data_lost(&mut self, loss: DataLoss) {
        let _ = loss;
    }

    /// An event is over, or the mission begins.
    fn after_event(&mut self, at: Instant, state: &State);

    /// Whether it has seen enough, so that the trial may end before its mission does. What is
    /// recorded after that is of no use.
    fn is_done(&self) -> bool {
        false
    }
}

/// Runs trials, one after the other, in buffers that it keeps.
#[derive(Debug)]
pub struct Runner<'a> {
    state: State,
    memo: Memo,
    run: Run<'a>,
}

impl Runner<'_> {
    /// Runs the trial with this number and returns what happened in it.
    pub fn run(&mut self, trial: u64) -> &Outcome {
        let behaviour = self.run.simulator.behaviour;
        self.begin(trial);
        self.run
            .begin_clocks(|run| behaviour.begin(&mut self.state, run));
        let mut at = self.memo.find(&self.state);
        if let Some(settled) = &self.run.simulator.settled {
            at = self.warm_up(settled, at);
        }
        while let Some(clock) = self.run.next() {
            at = self
                .memo
                .fire(behaviour, &mut self.state, at, clock, &mut self.run);
            self.run.end_event();
        }
        self.end()
    }

    /// Runs the trial with this number under the eyes of an observer. It goes as [`Runner::run`]
    /// goes.
    pub fn narrate(&mut self, trial: u64, observer: &mut impl Observer) -> &Outcome {
        let simulator = self.run.simulator;
        let behaviour = simulator.behaviour;
        self.begin(trial);
        if let Some(settled) = &simulator.settled {
            // Nobody is told what happened before.
            self.run
                .begin_clocks(|run| behaviour.begin(&mut self.state, run));
            let at = self.memo.find(&self.state);
            let at = self.warm_up(settled, at);
            self.memo.restore(at, &mut self.state);
        } else {
            self.run
                .begin_clocks(|run| behaviour.begin(&mut self.state, &mut Told { run, observer }));
        }
        let start = simulator.start();
        observer.after_event(Instant::START, &self.state);
        while !observer.is_done()
            && let Some(clock) = self.run.next()
        {
            behaviour.fire(
                &mut self.state,
                clock,
                &mut Told {
                    run: &mut self.run,
                    observer,
                },
            );
            self.run.end_event();
            observer.after_event(Instant(self.run.now - start), &self.state);
        }
        self.end()
    }

    fn begin(&mut self, trial: u64) {
        let run = &mut self.run;
        self.state.clone_from(&run.simulator.initial);
        run.now = 0;
        run.sequence = 0;
        run.guard = Guard::default();
        run.trial += 1;
        run.trial_streams = run.simulator.streams.trial(trial);
        // What was measured in another trial has no place in this one.
        run.stopwatches.fill(UNSET);
        run.scaled_since.fill(None);
        run.outcome.scaled.clear();
        run.outcome.scaled.resize(run.scaled_since.len(), 0);
        for (age, ageing) in run.ages.iter_mut().zip(&run.simulator.ageing) {
            *age = Age {
                age: ageing.initial,
                life: None,
            };
        }
        run.recorder
            .begin(&mut run.outcome, &run.simulator.services);
    }

    /// Lives from the first start to the beginning of the mission, in the state `at`, and forgets what has
    /// happened.
    #[cold]
    fn warm_up(&mut self, settled: &Settled, mut at: Option<Known>) -> Option<Known> {
        let Runner { state, memo, run } = self;
        let simulator = run.simulator;
        run.settle(settled);
        while let Some(clock) = run.next_before(settled.warm_up) {
            at = memo.fire(simulator.behaviour, state, at, clock, run);
            run.end_event();
        }
        run.now = settled.warm_up;
        run.outcome.scaled.fill(0);
        let since = run.scaled_since.iter_mut().flatten();
        since.for_each(|since| *since = settled.warm_up);
        let (outcome, services) = (&mut run.outcome, &simulator.services);
        run.recorder.forget(outcome, services, settled.warm_up);
        at
    }

    fn end(&mut self) -> &Outcome {
        let run = &mut self.run;
        let simulator = run.simulator;
        run.now = simulator.start() + simulator.mission;
        for group in 0..run.scaled_since.len() {
            run.scaled(GroupId::from_index(group), false);
        }
        run.recorder
            .end(&mut run.outcome, &simulator.services, run.now);
        if simulator.start() > 0 {
            run.outcome.count_from(simulator.start());
        }
        &run.outcome
    }
}

/// The interpreter: the clocks of one trial.
#[derive(Debug)]
pub(super) struct Run<'a> {
    simulator: &'a Simulator<'a>,
    now: u64,
    sequence: u32,
    /// Slot of the clock that has fired, until something is put into it.
    fired: u32,
    /// While the mission begins, the tournament is played once for all clocks.
    beginning: bool,
    /// Counts the trials of this runner, to tell which streams have been found for the present one.
    trial: u64,
    trial_streams: TrialStreams,
    queue: Queue,
    streams: Vec<Seeded>,
    branch_streams: Vec<Seeded>,
    lag_streams: Vec<Seeded>,
    /// Of the clocks that change their speed.
    speeds: Vec<Speed>,
    ages: Vec<Age>,
    /// When each was set to zero last, or [`UNSET`].
    stopwatches: Vec<u64>,
    /// Since when each group has had members that scaling added, if it has.
    scaled_since: Vec<Option<u64>>,
    recorder: Recorder,
    outcome: Outcome,
    guard: Guard,
}

#[derive(Clone, Debug)]
#[repr(align(64))]
struct Seeded {
    stream: Stream,
    trial: u64,
}

impl Seeded {
    /// The stream with this key, as far as it has been used in the present trial.
    #[inline(always)]
    fn of_trial(&mut self, trial: u64, streams: &TrialStreams, key: u64) -> &mut Stream {
        if self.trial != trial {
            self.seed(trial, streams, key);
        }
        &mut self.stream
    }

    #[cold]
    #[inline(never)]
    fn seed(&mut self, trial: u64, streams: &TrialStreams, key: u64) {
        self.stream = streams.stream(key);
        self.trial = trial;
    }
}

#[derive(Clone, Copy, Debug)]
struct Speed {
    speed: f64,
    /// What is left of a clock that stands still, at speed 1.
    remaining: u64,
}

#[derive(Clone, Copy, Debug)]
struct Age {
    /// Virtual age at the last start.
    age: f64,
    /// What it lived from then to its failure.
    life: Option<f64>,
}

/// The common phase of what goes by a schedule.
const PHASE_STREAM: u64 = 0x70_6861_7365;
const NO_SLOT: u32 = u32::MAX;
/// No time: the stopwatch has not been set in this trial.
const UNSET: u64 = u64::MAX;

impl Run<'_> {
    fn begin_clocks(&mut self, begin: impl FnOnce(&mut Self)) {
        self.queue.clear();
        self.fired = NO_SLOT;
        self.beginning = true;
        begin(self);
        self.beginning = false;
        self.queue.rebuild();
    }

    /// The clock that fires next within the mission; time goes on to it.
    #[inline]
    fn next(&mut self) -> Option<ClockId> {
        let (slot, key) = self.queue.least()?;
        self.now = key.time();
        self.outcome.event_count += 1;
        if self
            .outcome
            .event_count
            .is_multiple_of(EVENTS_BETWEEN_LOOKS)
            && self.is_cut()
        {
            return None;
        }
        self.fired = slot;
        Some(key.clock())
    }

    /// Whether the trial ends here, before its end.
    #[cold]
    #[inline(never)]
    fn is_cut(&mut self) -> bool {
        let remembers_too_much = self.outcome.record_count() > RECORDS_MAX;
        let cut = self.guard.look(self.now);
        let cut = cut.or(remembers_too_much.then_some(Cut::TooMuch));
        self.outcome.cut = self.outcome.cut.or(cut);
        self.outcome.cut.is_some()
    }

    /// The same, if it fires before the mission begins.
    fn next_before(&mut self, start: u64) -> Option<ClockId> {
        let (_, key) = self.queue.least()?;
        if key.time() < start {
            self.next()
        } else {
            None
        }
    }

    /// Lets clocks that have been started afresh begin as they are met in the long run.
    fn settle(&mut self, settled: &Settled) {
        let simulator = self.simulator;
        let phase = uniform_open(&mut self.trial_streams.stream(PHASE_STREAM));
        for (clock, first) in settled.firsts() {
            let table = &simulator.clocks[clock];
            let speed = if table.changes_speed {
                self.speeds[clock.index()].speed
            } else {
                1.0
            };
            if speed > 0.0 && self.queue.key(table.slot).clock() != clock {
                continue;
            }
            let stream = self.stream(clock, table);
            let (age, left) = first.draw(phase, stream);
            if let Draw::Ageing(index) = table.draw {
                self.ages[index as usize] = Age {
                    age,
                    life: Some(left),
                };
            }
            self.run_at(clock, table, left as u64, speed);
        }
    }

    #[inline]
    fn end_event(&mut self) {
        // Most events put another clock into the slot of the one that fired.
        if self.fired != NO_SLOT {
            self.queue.set(self.fired, Key::NEVER);
            self.fired = NO_SLOT;
        }
    }

    #[inline(always)]
    fn put(&mut self, slot: u32, key: Key) {
        if self.fired == slot {
            self.fired = NO_SLOT;
        }
        if self.beginning {
            self.queue.place(slot, key);
        } else {
            self.queue.set(slot, key);
        }
    }

    #[inline(always)]
    fn schedule(&mut self, table: &ClockTable, after: u64) {
        // A time that does not fit lies beyond every mission.
        let time = self.now.saturating_add(after);
        let key = Key::new(time, self.sequence, table.place);
        self.sequence += 1;
        self.put(table.slot, key);
    }

    #[inline(always)]
    fn stream(&mut self, clock: ClockId, table: &ClockTable) -> &mut Stream {
        self.streams[clock.index()].of_trial(self.trial, &self.trial_streams, table.stream)
    }

    #[inline]
    fn branch_stream(&mut self, branch: BranchId) -> &mut Stream {
        let key = self.simulator.behaviour.branches[branch];
        self.branch_streams[branch.index()].of_trial(self.trial, &self.trial_streams, key)
    }

    /// How long a clock is to run, at speed 1, in nanoseconds.
    #[inline(always)]
    fn draw(&mut self, clock: ClockId, table: &ClockTable) -> u64 {
        match &table.draw {
            // The cast saturates: what never ends is never.
            Draw::Law(law) => law.sample(self.stream(clock, table)) as u64,
            &Draw::Ageing(index) => self.draw_life(clock, table, index as usize),
            &Draw::Window(index) => {
                let (window, ahead) = self.simulator.windows[index as usize];
                window.until_open(Instant(self.now + ahead))
            }
        }
    }

    fn draw_life(&mut self, clock: ClockId, table: &ClockTable, index: usize) -> u64 {
        let ageing = &self.simulator.ageing[index];
        let Age { age, life } = self.ages[index];
        let age = life.map_or(age, |life| ageing.renewal.age_after(age, life));
        let life = ageing.law.sample_residual(age, self.stream(clock, table));
        self.ages[index] = Age {
            age,
            life: Some(life),
        };
        life as u64
    }

    /// When a stopwatch was set to zero.
    fn set_at(&self, stopwatch: StopwatchId) -> u64 {
        let at = self.stopwatches[stopwatch.index()];
        assert!(at != UNSET, "a stopwatch is set before it is looked at");
        at
    }

    fn draw_lag(&mut self, lag: LagId, range: LagRange) -> u64 {
        let spec = &self.simulator.behaviour.lags[lag];
        let streams = &mut self.lag_streams[lag.index()];
        let stream = streams.of_trial(self.trial, &self.trial_streams, spec.stream);
        spec.laws[range as usize].sample(stream) as u64
    }

    #[inline(always)]
    fn run_at(&mut self, clock: ClockId, table: &ClockTable, remaining: u64, speed: f64) {
        if table.changes_speed {
            self.run_at_speed(clock, table, remaining, speed);
        } else {
            self.schedule(table, remaining);
        }
    }

    #[inline(never)]
    fn run_at_speed(&mut self, clock: ClockId, table: &ClockTable, remaining: u64, speed: f64) {
        self.speeds[clock.index()] = Speed { speed, remaining };
        if speed == 0.0 {
            self.put(table.slot, Key::NEVER);
        } else if speed == 1.0 || remaining == u64::MAX {
            self.schedule(table, remaining);
        } else {
            self.schedule(table, (remaining as f64 / speed).round() as u64);
        }
    }
}

impl Run<'_> {
    /// What a service can do has changed, and where its requests go can be noted.
    #[inline]
    pub(super) fn served_as_noted(
        &mut self,
        service: ServiceId,
        flow: Flow,
        note: impl FnOnce(&mut Vec<f64>),
    ) {
        let services = &self.simulator.services;
        self.recorder
            .served(&mut self.outcome, services, service, flow, note, self.now);
    }
}

impl Interpreter for Run<'_> {
    #[inline]
    fn start(&mut self, clock: ClockId, speed: f64) {
        let table = &self.simulator.clocks[clock];
        let time = self.draw(clock, table);
        self.run_at(clock, table, time, speed);
    }

    #[inline]
    fn stop(&mut self, clock: ClockId) {
        let slot = self.simulator.clocks[clock].slot;
        if self.queue.key(slot).clock() == clock || self.fired == slot {
            self.put(slot, Key::NEVER);
        }
    }

    fn set_speed(&mut self, clock: ClockId, speed: f64) {
        let Speed {
            speed: before,
            remaining,
        } = self.speeds[clock.index()];
        if before == speed {
            return;
        }
        let table = &self.simulator.clocks[clock];
        let key = self.queue.key(table.slot);
        let remaining = if before == 0.0 || remaining == u64::MAX {
            remaining
        } else if before == 1.0 {
            key.time() - self.now
        } else {
            ((key.time() - self.now) as f64 * before).round() as u64
        };
        self.run_at(clock, table, remaining, speed);
    }

    fn renew(&mut self, clock: ClockId, speed: f64) {
        if let Draw::Ageing(index) = self.simulator.clocks[clock].draw {
            self.ages[index as usize] = Age {
                age: 0.0,
                life: None,
            };
        }
        self.start(clock, speed);
    }

    fn start_longer(&mut self, clock: ClockId, stopwatch: StopwatchId, factor: f64) {
        let elapsed = (self.now - self.set_at(stopwatch)) as f64;
        let table = &self.simulator.clocks[clock];
        let time = self
            .draw(clock, table)
            .saturating_add((elapsed * factor).round() as u64);
        self.run_at(clock, table, time, 1.0);
    }

    fn start_at_load(&mut self, clock: ClockId, service: ServiceId, at: AtLoad) {
        let services = &self.simulator.services;
        let after = self.recorder.until(services, service, at, self.now);
        self.schedule(&self.simulator.clocks[clock], after);
    }

    fn reset(&mut self, stopwatch: StopwatchId) {
        self.stopwatches[stopwatch.index()] = self.now;
    }

    #[inline]
    fn choose(&mut self, branch: BranchId, probability: f64) -> bool {
        uniform_open(self.branch_stream(branch)) < probability
    }

    #[inline]
    fn pick(&mut self, branch: BranchId, weights: &[f64]) -> usize {
        let mut at = uniform_open(self.branch_stream(branch));
        let last = weights.len() - 1;
        for (index, weight) in weights[..last].iter().enumerate() {
            if at < *weight {
                return index;
            }
            at -= weight;
        }
        last
    }

    fn data_lost(&mut self, group: GroupId, loss: Loss) {
        let lost = match loss {
            Loss::Nothing => 0,
            Loss::Lag(lag, range) => self.draw_lag(lag, range),
            Loss::Behind { left, stopped, lag } => {
                let [left, stopped] = [left, stopped].map(|at| self.set_at(at));
                let before = lag.map_or(0, |lag| self.draw_lag(lag, LagRange::Any));
                stopped.saturating_sub(left).saturating_add(before)
            }
            Loss::Part { since, share } => {
                ((self.now - self.set_at(since)) as f64 * share).round() as u64
            }
        };
        let at = Instant(self.now);
        self.outcome.losses.push(DataLoss { at, group, lost });
    }

    fn lead_clients(&mut self, seat: SeatId) -> bool {
        let simulator = self.simulator;
        for (_, lead) in simulator.leads.iter().filter(|(of, _)| *of == seat) {
            self.recorder
                .lead(&mut self.outcome, &simulator.services, lead, self.now);
        }
        false
    }

    #[inline]
    fn repaired(&mut self, kind: KindId) {
        self.outcome.repairs[kind.index()] += 1;
    }

    fn scaled(&mut self, group: GroupId, serve: bool) {
        let since = &mut self.scaled_since[group.index()];
        if let Some(since) = since.take() {
            self.outcome.scaled[group.index()] += self.now - since;
        }
        if serve {
            *since = Some(self.now);
        }
    }

    #[inline]
    fn service_changed(&mut self, service: ServiceId, state: &ServiceState) {
        let services = &self.simulator.services;
        self.recorder
            .changed(&mut self.outcome, services, service, state, self.now);
    }

    #[inline]
    fn served_changed(&mut self, service: ServiceId, flow: Flow, state: &State) {
        let behaviour = self.simulator.behaviour;
        self.served_as_noted(service, flow, |numbers| {
            behaviour.note_requests(state, service, numbers);
        });
    }
}

/// A run that is told to an observer.
struct Told<'r, 'a, O> {
    run: &'r mut Run<'a>,
    observer: &'r mut O,
}

impl<O: Observer> Interpreter for Told<'_, '_, O> {
    fn start(&mut self, clock: ClockId, speed: f64) {
        self.run.start(clock, speed);
    }
    fn stop(&mut self, clock: ClockId) {
        self.run.stop(clock);
    }
    fn set_speed(&mut self, clock: ClockId, speed: f64) {
        self.run.set_speed(clock, speed);
    }
    fn renew(&mut self, clock: ClockId, speed: f64) {
        self.run.renew(clock, speed);
    }
    fn start_longer(&mut self, clock: ClockId, stopwatch: StopwatchId, factor: f64) {
        self.run.start_longer(clock, stopwatch, factor);
    }
    fn start_at_load(&mut self, clock: ClockId, service: ServiceId, at: AtLoad) {
        self.run.start_at_load(clock, service, at);
    }
    fn reset(&mut self, stopwatch: StopwatchId) {
        self.run.reset(stopwatch);
    }
    fn lead_clients(&mut self, seat: SeatId) -> bool {
        self.run.lead_clients(seat)
    }
    fn choose(&mut self, branch: BranchId, probability: f64) -> bool {
        self.run.choose(branch, probability)
    }
    fn pick(&mut self, branch: BranchId, weights: &[f64]) -> usize {
        self.run.pick(branch, weights)
    }
    fn data_lost(&mut self, group: GroupId, loss: Loss) {
        self.run.data_lost(group, loss);
        let start = self.run.simulator.start();
        if let Some(loss) = self.run.outcome.losses.last() {
            let at = Instant(loss.at.0 - start);
            self.observer.data_lost(DataLoss { at, ..*loss });
        }
    }
    fn repaired(&mut self, kind: KindId) {
        self.run.repaired(kind);
    }
    fn scaled(&mut self, group: GroupId, serve: bool) {
        self.run.scaled(group, serve);
    }
    fn service_changed(&mut self, service: ServiceId, state: &ServiceState) {
        self.run.service_changed(service, state);
    }
    fn served_changed(&mut self, service: ServiceId, flow: Flow, state: &State) {
        self.run.served_changed(service, flow, state);
    }
    fn tell(&mut self, note: Note) {
        let start = self.run.simulator.start();
        self.observer.note(Instant(self.run.now - start), note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{self, NoFiles, Source};

    /// A member leaves while another one writes on, in almost every trial.
    #[test]
    fn a_trial_begins_without_what_another_one_has_measured() {
        let text = r#"
format = 1
[run]
horizon = "1000 h"
[kinds.node]
fail = { mean = "20 h" }
repair = { mean = "2 h" }
[groups.db]
kind = "node"
units = 2
standby = "hot"
replication = { mode = "asynchronous", lag = "1 s" }
[service]
up = "db"
"#;
        let source = Source::toml("test.toml", text);
        let system = scenario::load(&source, &[], &NoFiles)
            .expect("a scenario")
            .system;
        let behaviour = Behaviour::of(&system);
        let simulator = Simulator::new(&behaviour, system.mission, 1);
        let mut runner = simulator.runner();
        runner.run(0);
        let is_set = |runner: &Runner<'_>| runner.run.stopwatches.iter().any(|&at| at != UNSET);
        assert!(is_set(&runner));
        runner.begin(1);
        assert!(!is_set(&runner));
    }
}
