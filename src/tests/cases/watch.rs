//! Follows the quantities of a case through one trial.

use failsim::base::{Id, Instant};
use failsim::behaviour::{Behaviour, Note, State};
use failsim::engine::Observer;
use failsim::model::{GroupId, Level as Service, ServiceId, System};

use super::measure::{Count, Level};

/// What there is to follow.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) levels: Vec<Level>,
    pub(super) counts: Vec<Count>,
    /// Times at which everything is noted down, in order.
    pub(super) marks: Vec<u64>,
    /// The trial ends when this service is down for the first time.
    pub(super) until_down: Option<ServiceId>,
}

/// Everything at a moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    pub(super) values: Vec<f64>,
    pub(super) integrals: Vec<f64>,
    pub(super) totals: Vec<f64>,
}

/// A first outage.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub(super) at: u64,
    pub(super) cause: Option<GroupId>,
}

/// What was seen in a trial.
#[derive(Debug)]
pub(super) struct Watch<'a> {
    plan: &'a Plan,
    system: &'a System,
    behaviour: &'a Behaviour,
    now: Snapshot,
    last: u64,
    /// For each count of beginnings: whether it is down now, and was over the last stretch of time
    /// that was not empty.
    down: Vec<bool>,
    before: Vec<bool>,
    down_before: bool,
    is_down: bool,
    cause: Option<GroupId>,
    pub(super) at_marks: Vec<Snapshot>,
    pub(super) first: Option<First>,
    /// Lengths of the outages of the first service that began after the first mark.
    pub(super) outages: Vec<(u64, u64)>,
    open: Option<u64>,
    pub(super) failures: Vec<(u64, String)>,
    pub(super) keep_failures: bool,
    pub(super) event_count: u64,
}

impl<'a> Watch<'a> {
    pub(super) fn new(plan: &'a Plan, system: &'a System, behaviour: &'a Behaviour) -> Watch<'a> {
        Watch {
            plan,
            system,
            behaviour,
            now: Snapshot::default(),
            last: 0,
            down: Vec::new(),
            before: Vec::new(),
            down_before: false,
            is_down: false,
            cause: None,
            at_marks: Vec::new(),
            first: None,
            outages: Vec::new(),
            open: None,
            failures: Vec::new(),
            keep_failures: false,
            event_count: 0,
        }
    }

    /// Forgets the last trial.
    pub(super) fn begin(&mut self) {
        let plan = self.plan;
        self.now.values = vec![0.0; plan.levels.len()];
        self.now.integrals = vec![0.0; plan.levels.len()];
        self.now.totals = vec![0.0; plan.counts.len()];
        self.down = vec![false; plan.counts.len()];
        self.before = vec![false; plan.counts.len()];
        self.last = 0;
        self.down_before = false;
        self.at_marks.clear();
        self.first = None;
        self.outages.clear();
        self.open = None;
        self.failures.clear();
        self.event_count = 0;
    }

    /// The counts at the end of a trial.
    pub(super) fn totals_at_end(&self) -> &[f64] {
        &self.now.totals
    }

    /// Time goes on to a moment, and nothing has changed since the last one.
    fn go_on(&mut self, to: u64) {
        if to == self.last {
            return;
        }
        // What lasts for no time at all is not counted.
        for (index, &is_down) in self.down.iter().enumerate() {
            if is_down && !self.before[index] {
                self.now.totals[index] += 1.0;
            }
            self.before[index] = is_down;
        }
        if self.is_down != self.down_before {
            if self.is_down {
                self.open = Some(self.last);
                self.first.get_or_insert(First {
                    at: self.last,
                    cause: self.cause,
                });
            } else if let Some(start) = self.open.take() {
                self.outages.push((start, self.last));
            }
            self.down_before = self.is_down;
        }
        while let Some(&mark) = self
            .plan
            .marks
            .get(self.at_marks.len())
            .filter(|&&mark| mark <= to)
        {
            self.integrate(mark);
            self.at_marks.push(self.now.clone());
        }
        self.integrate(to);
    }

    fn integrate(&mut self, to: u64) {
        let span = (to - self.last) as f64;
        for (integral, value) in self.now.integrals.iter_mut().zip(&self.now.values) {
            *integral += value * span;
        }
        self.last = to;
    }

    /// The trial has ended.
    pub(super) fn end(&mut self, horizon: u64) {
        if !self.is_done() {
            self.go_on(horizon);
        }
        if let Some(start) = self.open.take() {
            self.outages.push((start, horizon));
        }
    }
}

impl Observer for Watch<'_> {
    fn note(&mut self, at: Instant, note: Note) {
        if at.0 > self.last {
            self.go_on(at.0);
        }
        if self.is_done() {
            return;
        }
        for (total, count) in self.now.totals.iter_mut().zip(&self.plan.counts) {
            *total += count.weight(self.system, self.behaviour, note);
        }
        if let (true, Note::Failure(unit, _)) = (self.keep_failures, note) {
            self.failures
                .push((at.0, self.system.units[unit].name.clone()));
        }
    }

    fn after_event(&mut self, at: Instant, state: &State) {
        self.go_on(at.0);
        self.event_count += 1;
        for (value, level) in self.now.values.iter_mut().zip(&self.plan.levels) {
            *value = level.value(self.system, self.behaviour, state);
        }
        for (is_down, count) in self.down.iter_mut().zip(&self.plan.counts) {
            if let Count::Begins(level) = count {
                *is_down = level.value(self.system, self.behaviour, state) > 0.0;
            }
        }
        let service = self.plan.until_down.unwrap_or(ServiceId::from_index(0));
        let now = state.service(service);
        self.is_down = now.level == Service::Down;
        self.cause = now.cause.map(|blame| blame.group);
    }

    fn is_done(&self) -> bool {
        self.plan.until_down.is_some() && self.first.is_some()
    }
}
