//! What the rules did before, so that they need not be asked again.
//!
//! Rules know neither time nor chance: what they do depends on the state and the clock that has
//! fired, and on the branches taken meanwhile. So the steps of an event can be written down when it
//! happens for the first time, and repeated whenever the same clock fires in the same state. A small
//! system is soon in no state that it has not been in before, and then an event costs what its clocks
//! cost. A large one is hardly ever in the same state twice; the memo notices that and gives up.
//! What happens is the same with a memo and without.

use std::collections::HashMap;

use super::runner::Run;
use crate::base::Id;
use crate::behaviour::{
    AtLoad, Behaviour, BranchId, ClockId, Flow, Interpreter, Loss, SeatId, ServiceState, State,
    StopwatchId,
};
use crate::model::{GroupId, KindId, ServiceId};

/// A state of which something has been written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known(u32);

/// The steps of events that have happened.
#[derive(Debug)]
pub(super) struct Memo {
    is_on: bool,
    clock_count: usize,
    states: Vec<State>,
    places: HashMap<State, Known>,
    steps: Vec<Step>,
    /// Where it goes on, an index into the steps or `UNKNOWN`: first for each clock in each state,
    /// then for each way of each branch.
    links: Vec<u32>,
    /// What services can do for those who ask them, and where their requests go.
    flows: Vec<(Flow, Box<[f64]>)>,
    /// Weights of the branches with several ways.
    weights: Vec<Box<[f64]>>,
    /// The ways taken at the branches of the present event.
    taken: Vec<usize>,
    repeated: u64,
    worked_out: u64,
}

const UNKNOWN: u32 = u32::MAX;

/// A call of the interpreter. Branches say where the links of their ways begin.
#[derive(Clone, Copy, Debug)]
enum Step {
    Start(ClockId, f64),
    Stop(ClockId),
    SetSpeed(ClockId, f64),
    Renew(ClockId, f64),
    StartLonger(ClockId, StopwatchId, f64),
    StartAbove(ClockId, ServiceId, f64),
    StartNotAbove(ClockId, ServiceId, f64),
    Reset(StopwatchId),
    LeadClients(SeatId),
    Repaired(KindId),
    Scaled(GroupId, bool),
    DataLost(GroupId, Loss),
    ServiceChanged(ServiceId, ServiceState),
    /// With an index into the flows.
    ServedChanged(ServiceId, u32),
    /// With a probability; the way of `false` comes first.
    Choose(BranchId, f64, u32),
    /// With an index into the weights.
    Pick(BranchId, u32, u32),
    End(Known),
}

/// Limits of what is written down, which takes a microsecond or two an event and has to stay near the
/// processor.
const EVENT_COUNT_MAX: usize = 1 << 12;
const STEP_COUNT_MAX: usize = 1 << 14;
/// Events to be repeated for one that must be worked out though nothing more can be written down,
/// lest looking states up costs more than it saves.
const REPEATED_MIN: u64 = 256;
/// So many count as repeated from the beginning.
const REPEATED_AT_FIRST: u64 = 4096;

impl Memo {
    /// A memo of the events of a system in which nothing is written down.
    pub(super) fn new(behaviour: &Behaviour) -> Memo {
        Memo {
            is_on: true,
            clock_count: behaviour.clocks.len(),
            states: Vec::new(),
            places: HashMap::new(),
            steps: Vec::new(),
            links: vec![UNKNOWN; EVENT_COUNT_MAX],
            flows: Vec::new(),
            weights: Vec::new(),
            taken: Vec::new(),
            repeated: 0,
            worked_out: 0,
        }
    }

    /// The place of a state, if it is known or there is room for it.
    pub(super) fn find(&mut self, state: &State) -> Option<Known> {
        if !self.is_on {
            return None;
        }
        let known = self.places.get(state).copied();
        if known.is_none() && (self.states.len() + 1) * self.clock_count <= EVENT_COUNT_MAX {
            let new = Known(self.states.len() as u32);
            self.states.push(state.clone());
            self.places.insert(state.clone(), new);
            return Some(new);
        }
        known
    }

    /// Puts the system into the state that it is in, where that is known.
    pub(super) fn restore(&self, at: Option<Known>, state: &mut State) {
        if let Some(at) = at {
            state.clone_from(&self.states[at.0 as usize]);
        }
    }

    /// What happens when a clock fires: in the state `at`, or in `state` where that is not known.
    /// Afterwards the system is in the state that is returned, or in `state` where there is none.
    #[inline]
    pub(super) fn fire(
        &mut self,
        behaviour: &Behaviour,
        state: &mut State,
        at: Option<Known>,
        clock: ClockId,
        run: &mut Run<'_>,
    ) -> Option<Known> {
        let Some(at) = at else {
            behaviour.fire(state, clock, run);
            if self.is_on {
                self.count_worked_out();
                return self.find(state);
            }
            return None;
        };
        let mut link = at.0 as usize * self.clock_count + clock.index();
        self.taken.clear();
        loop {
            let next = self.links[link];
            if next == UNKNOWN {
                return self.work_out(behaviour, state, at, clock, link, run);
            }
            let mut next = next as usize;
            loop {
                match self.steps[next] {
                    Step::Start(clock, speed) => run.start(clock, speed),
                    Step::Stop(clock) => run.stop(clock),
                    Step::SetSpeed(clock, speed) => run.set_speed(clock, speed),
                    Step::Renew(clock, speed) => run.renew(clock, speed),
                    Step::StartLonger(clock, stopwatch, factor) => {
                        run.start_longer(clock, stopwatch, factor);
                    }
                    Step::StartAbove(clock, service, load) => {
                        run.start_at_load(clock, service, AtLoad::Above(load));
                    }
                    Step::StartNotAbove(clock, service, load) => {
                        run.start_at_load(clock, service, AtLoad::NotAbove(load));
                    }
                    Step::Reset(stopwatch) => run.reset(stopwatch),
                    Step::LeadClients(seat) => {
                        run.lead_clients(seat);
                    }
                    Step::Repaired(kind) => run.repaired(kind),
                    Step::Scaled(group, serve) => run.scaled(group, serve),
                    Step::DataLost(group, loss) => run.data_lost(group, loss),
                    Step::ServiceChanged(service, ref state) => run.service_changed(service, state),
                    Step::ServedChanged(service, flow) => {
                        let (flow, noted) = &self.flows[flow as usize];
                        run.served_as_noted(service, *flow, |numbers| {
                            numbers.clear();
                            numbers.extend_from_slice(noted);
                        });
                    }
                    Step::Choose(branch, probability, ways) => {
                        let way = usize::from(run.choose(branch, probability));
                        self.taken.push(way);
                        link = ways as usize + way;
                        break;
                    }
                    Step::Pick(branch, weights, ways) => {
                        let way = run.pick(branch, &self.weights[weights as usize]);
                        self.taken.push(way);
                        link = ways as usize + way;
                        break;
                    }
                    Step::End(state) => {
                        self.repeated += 1;
                        return Some(state);
                    }
                }
                next += 1;
            }
        }
    }

    /// Asks the rules for an event of which nothing has been written down from `link` on.
    #[cold]
    #[inline(never)]
    fn work_out(
        &mut self,
        behaviour: &Behaviour,
        state: &mut State,
        at: Known,
        clock: ClockId,
        link: usize,
        run: &mut Run<'_>,
    ) -> Option<Known> {
        state.clone_from(&self.states[at.0 as usize]);
        let before = (
            self.steps.len(),
            self.links.len(),
            self.weights.len(),
            self.flows.len(),
        );
        behaviour.fire(
            state,
            clock,
            &mut Writing {
                run,
                taken: &self.taken,
                steps: &mut self.steps,
                links: &mut self.links,
                weights: &mut self.weights,
                flows: &mut self.flows,
                behaviour,
            },
        );
        let end = self.find(state);
        if let Some(end) = end
            && self.steps.len() < STEP_COUNT_MAX
        {
            self.steps.push(Step::End(end));
            self.links[link] = before.0 as u32;
        } else {
            self.steps.truncate(before.0);
            self.links.truncate(before.1);
            self.weights.truncate(before.2);
            self.flows.truncate(before.3);
            self.count_worked_out();
        }
        end
    }

    fn count_worked_out(&mut self) {
        self.worked_out += 1;
        self.is_on = self.worked_out * REPEATED_MIN <= self.repeated + REPEATED_AT_FIRST;
    }
}

/// Runs the clocks and writes down what the rules ask for.
struct Writing<'w, 'a> {
    run: &'w mut Run<'a>,
    /// The ways of the branches up to which everything has been written down, and done, already.
    taken: &'w [usize],
    steps: &'w mut Vec<Step>,
    links: &'w mut Vec<u32>,
    weights: &'w mut Vec<Box<[f64]>>,
    flows: &'w mut Vec<(Flow, Box<[f64]>)>,
    behaviour: &'w Behaviour,
}

impl Writing<'_, '_> {
    /// Does and writes down a step, unless that has happened already.
    fn step(&mut self, step: Step, act: impl FnOnce(&mut Run<'_>)) {
        if self.taken.is_empty() {
            self.steps.push(step);
            act(self.run);
        }
    }

    /// The way taken at a branch of so many ways.
    fn branch(
        &mut self,
        way_count: usize,
        step: impl FnOnce(u32) -> Step,
        act: impl FnOnce(&mut Run<'_>) -> usize,
    ) -> usize {
        if let Some((&way, further)) = self.taken.split_first() {
            self.taken = further;
            return way;
        }
        let way = act(self.run);
        let ways = self.links.len();
        self.links.resize(ways + way_count, UNKNOWN);
        self.steps.push(step(ways as u32));
        self.links[ways + way] = self.steps.len() as u32;
        way
    }
}

impl Interpreter for Writing<'_, '_> {
    fn start(&mut self, clock: ClockId, speed: f64) {
        self.step(Step::Start(clock, speed), |run| run.start(clock, speed));
    }
    fn stop(&mut self, clock: ClockId) {
        self.step(Step::Stop(clock), |run| run.stop(clock));
    }
    fn set_speed(&mut self, clock: ClockId, speed: f64) {
        self.step(Step::SetSpeed(clock, speed), |run| {
            run.set_speed(clock, speed)
        });
    }
    fn renew(&mut self, clock: ClockId, speed: f64) {
        self.step(Step::Renew(clock, speed), |run| run.renew(clock, speed));
    }
    fn start_longer(&mut self, clock: ClockId, stopwatch: StopwatchId, factor: f64) {
        self.step(Step::StartLonger(clock, stopwatch, factor), |run| {
            run.start_longer(clock, stopwatch, factor);
        });
    }
    fn start_at_load(&mut self, clock: ClockId, service: ServiceId, at: AtLoad) {
        let step = match at {
            AtLoad::Above(load) => Step::StartAbove(clock, service, load),
            AtLoad::NotAbove(load) => Step::StartNotAbove(clock, service, load),
        };
        self.step(step, |run| run.start_at_load(clock, service, at));
    }
    fn reset(&mut self, stopwatch: StopwatchId) {
        self.step(Step::Reset(stopwatch), |run| run.reset(stopwatch));
    }
    fn lead_clients(&mut self, seat: SeatId) -> bool {
        self.step(Step::LeadClients(seat), |run| {
            run.lead_clients(seat);
        });
        false
    }
    fn choose(&mut self, branch: BranchId, probability: f64) -> bool {
        let step = |ways| Step::Choose(branch, probability, ways);
        self.branch(2, step, |run| usize::from(run.choose(branch, probability))) == 1
    }
    fn pick(&mut self, branch: BranchId, weights: &[f64]) -> usize {
        let index = self.weights.len() as u32;
        let known = self.taken.len();
        let way = self.branch(
            weights.len(),
            |ways| Step::Pick(branch, index, ways),
            |run| run.pick(branch, weights),
        );
        if known == 0 {
            self.weights.push(weights.into());
        }
        way
    }
    fn data_lost(&mut self, group: GroupId, loss: Loss) {
        self.step(Step::DataLost(group, loss), |run| {
            run.data_lost(group, loss);
        });
    }
    fn repaired(&mut self, kind: KindId) {
        self.step(Step::Repaired(kind), |run| run.repaired(kind));
    }
    fn scaled(&mut self, group: GroupId, serve: bool) {
        self.step(Step::Scaled(group, serve), |run| run.scaled(group, serve));
    }
    fn service_changed(&mut self, service: ServiceId, state: &ServiceState) {
        self.step(Step::ServiceChanged(service, *state), |run| {
            run.service_changed(service, state);
        });
    }
    fn served_changed(&mut self, service: ServiceId, flow: Flow, state: &State) {
        if self.taken.is_empty() {
            let index = self.flows.len() as u32;
            let mut numbers = Vec::new();
            self.behaviour.note_requests(state, service, &mut numbers);
            self.flows.push((flow, numbers.into()));
            self.steps.push(Step::ServedChanged(service, index));
            self.run.served_changed(service, flow, state);
        }
    }
}
