//! Follows the quantities of a case through one trial.

use failsim::base::{Id, Instant, Probability};
use failsim::behaviour::{Behaviour, Note, State};
use failsim::engine::Observer;
use failsim::model::{DemandProfile, GroupId, Root, Service, ServiceId, System};

use super::measure::{Count, Level, Moment};

/// What there is to follow.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) levels: Vec<Level>,
    pub(super) counts: Vec<Count>,
    /// The levels that are noted down when something is counted.
    pub(super) seen: Vec<Seen>,
    /// Times at which everything is noted down, in order.
    pub(super) marks: Vec<u64>,
    /// The trial ends when this service is down for the first time.
    pub(super) until_down: Option<ServiceId>,
}

/// A level, noted down just before each of what is counted: by their places in the plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) level: usize,
    pub(super) count: usize,
}

/// Everything at a moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    pub(super) values: Vec<f64>,
    pub(super) integrals: Vec<f64>,
    pub(super) totals: Vec<f64>,
    /// What has been seen of each level that is noted down, added up.
    pub(super) seen: Vec<f64>,
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
    /// The values over the last stretch of time that was not empty.
    values_before: Vec<f64>,
    /// What began the outages of each service that go on, where somebody asks for it.
    roots: Vec<Option<Root>>,
    rooted: Vec<ServiceId>,
    /// The demands that change, if levels change with them.
    demands: Vec<&'a DemandProfile>,
    /// The state since the last event, if there are such demands.
    state: Option<State>,
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
        let begun = plan.counts.iter().filter_map(|count| match count {
            Count::Begins(level) => Some(level),
            _ => None,
        });
        let levels = || plan.levels.iter().chain(begun.clone());
        let rooted = levels().filter(|level| level.asks_for_roots());
        let is_served =
            levels().any(|level| matches!(level, Level::Served(_) | Level::Unserved(_)));
        let is_judged = |service: &&Service| {
            let demand = service.demand.as_ref();
            demand.is_some_and(|demand| !demand.is_constant())
                && (is_served || service.down_below > Probability::ZERO)
        };
        let judged = system.services.iter().filter(is_judged);
        Watch {
            values_before: Vec::new(),
            roots: Vec::new(),
            rooted: rooted.filter_map(Level::service).collect(),
            demands: judged
                .filter_map(|service| service.demand.as_ref())
                .collect(),
            state: None,
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
        self.now.seen = vec![0.0; plan.seen.len()];
        self.values_before = self.now.values.clone();
        self.roots = vec![None; self.system.services.len()];
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

    /// Something is counted that has just happened.
    fn count(&mut self, index: usize, weight: f64) {
        self.now.totals[index] += weight;
        for (sum, seen) in self.now.seen.iter_mut().zip(&self.plan.seen) {
            if seen.count == index {
                *sum += weight * self.values_before[seen.level];
            }
        }
    }

    /// Time goes on to a moment, and no event has come since the last one.
    fn go_on(&mut self, to: u64) {
        while let Some(step) = self.next_step().filter(|&step| step < to) {
            self.stay(step);
            let state = self.state.take();
            self.look(step, state.as_ref().expect("there has been an event"));
            self.state = state;
        }
        self.stay(to);
    }

    /// When a demand changes next.
    fn next_step(&self) -> Option<u64> {
        let next = |demand: &&DemandProfile| {
            let period = demand.period.as_nanos();
            let begin = self.last - self.last % period;
            let steps = demand.steps.iter().map(|step| begin + step.0.as_nanos());
            let after = steps.chain([begin + period]).find(|&at| at > self.last);
            after.expect("the period ends later")
        };
        self.demands.iter().map(next).min()
    }

    /// Everything stays as it is until a moment.
    fn stay(&mut self, to: u64) {
        if to == self.last {
            return;
        }
        // What lasts for no time at all is not counted.
        for index in 0..self.down.len() {
            if self.down[index] && !self.before[index] {
                self.count(index, 1.0);
            }
        }
        self.before.clone_from(&self.down);
        self.values_before.clone_from(&self.now.values);
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

    /// Looks at everything, in a state that it has from now on.
    fn look(&mut self, at: u64, state: &State) {
        let (system, behaviour) = (self.system, self.behaviour);
        let moment = |roots| Moment {
            system,
            behaviour,
            state,
            at: Some(at),
            roots,
        };
        for &service in &self.rooted {
            let fresh = moment(&[]).outage(service).map(|blame| blame.root);
            let root = &mut self.roots[service.index()];
            // An outage keeps what began it.
            *root = fresh.map(|fresh| root.unwrap_or(fresh));
        }
        let moment = moment(&self.roots);
        for (value, level) in self.now.values.iter_mut().zip(&self.plan.levels) {
            *value = level.value(&moment);
        }
        for (is_down, count) in self.down.iter_mut().zip(&self.plan.counts) {
            if let Count::Begins(level) = count {
                *is_down = level.value(&moment) > 0.0;
            }
        }
        let service = self.plan.until_down.unwrap_or(ServiceId::from_index(0));
        let outage = moment.outage(service);
        self.is_down = outage.is_some();
        self.cause = outage.map(|blame| blame.group);
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
        for (index, count) in self.plan.counts.iter().enumerate() {
            let weight = count.weight(self.system, self.behaviour, note);
            if weight != 0.0 {
                self.count(index, weight);
            }
        }
        if let (true, Note::Failure(unit, _)) = (self.keep_failures, note) {
            self.failures
                .push((at.0, self.system.units[unit].name.clone()));
        }
    }

    fn after_event(&mut self, at: Instant, state: &State) {
        self.go_on(at.0);
        self.event_count += 1;
        self.look(at.0, state);
        if !self.demands.is_empty() {
            self.state = Some(state.clone());
        }
    }

    fn is_done(&self) -> bool {
        self.plan.until_down.is_some() && self.first.is_some()
    }
}
