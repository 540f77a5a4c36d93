//! How near an outage is: the steering value of branches.
//!
//! The value of a state approximates the probability that the service goes down before everything
//! is well again. Choosing each next failure in proportion to its probability times the value of
//! the state that it leads to would estimate without any variance if the values were exact (the
//! zero-variance approximation of L'Ecuyer and Tuffin 2011). They need only be roughly right: a wrong
//! value costs time, and cannot make an estimate wrong.
//!
//! It is computed along the structure, never by enumerating cut sets. For a group of units, the
//! next failure must come within what is left of the repairs under way, and each further one before
//! the next repair, as in a birth-death chain with the group's crews. A gate that survives until `m`
//! of its parts are down has the product of its `m` likeliest parts, and one that needs all of them
//! the sum.

use super::path::{Bias, Path, RarePlan, Stretching};
use crate::base::Id;
use crate::behaviour::{Behaviour, Event, EventRole, State};
use crate::model::{
    CauseId, Effect, Ending, GroupId, Level, Member, Notice, ServiceId, Structure, System, UnitId,
};

/// The structure of one service.
#[derive(Debug)]
pub(super) struct Steering {
    parts: Vec<Part>,
    root: usize,
    /// The leaves of each group of units, and of each single unit of a mixed group.
    leaves_of_group: Vec<Vec<usize>>,
    leaves_of_unit: Vec<Vec<usize>>,
    pools: Vec<Pool>,
    units: Vec<UnitInfo>,
    /// What each open clock would do.
    opens: Vec<Open>,
    causes: Vec<CauseInfo>,
    crew_count: usize,
}

#[derive(Debug)]
struct Part {
    kind: PartKind,
    parent: Option<usize>,
}

#[derive(Debug)]
enum PartKind {
    /// A group of units.
    Pool(GroupId),
    /// A unit of a group that has groups among its members.
    Unit(UnitId),
    /// Goes down when `cut` of the parts are down.
    Gate { cut: usize, of: Vec<usize> },
}

/// A group, as far as the steering value cares.
#[derive(Clone, Debug)]
struct Pool {
    members: u32,
    active: u32,
    /// Members that must serve.
    required: u32,
    /// Members that must be without a fault for as many to be able to serve.
    fit_required: u32,
    /// All members serve, and nothing takes over.
    is_static: bool,
    /// Mean time to restoration in nanoseconds, and how many are restored at a time.
    restoration: f64,
    crews: u32,
    /// The crew that also restores other groups, if there is one, as an index.
    shared_crew: Option<usize>,
    /// Failures of a unit per nanosecond, on average.
    rate: f64,
    /// Mean length of a takeover.
    takeover: f64,
    /// Probability that a takeover goes wrong.
    risk: f64,
    /// A false alarm interrupts the service.
    alarm_is_outage: bool,
    units: Vec<UnitId>,
    /// By members that have failed: probability that it goes down before all are well.
    chances: Vec<f64>,
    /// Hazards never change: value while all is well.
    fresh: Option<f64>,
}

#[derive(Clone, Copy, Debug)]
struct UnitInfo {
    rate: f64,
    restoration: f64,
}

/// What an open clock does when it fires.
#[derive(Clone, Copy, Debug)]
enum Open {
    /// A unit of a group fails, with this probability in a way that keeps it from serving.
    Unit(UnitId, GroupId, f64),
    /// The same of a unit of a group of units that all serve: any is as good as another.
    Alike(GroupId, f64),
    /// A healthy member is taken for a failed one.
    Alarm(GroupId),
    /// Several units are struck at once.
    Cause(CauseId),
    /// A fault of a unit of a group ends.
    Restore(UnitId, GroupId),
    /// A member of a group is ready again.
    Return(GroupId),
    /// A step on the way.
    Step,
}

/// What a shared cause may strike.
#[derive(Clone, Debug)]
struct CauseInfo {
    units: Vec<(UnitId, GroupId)>,
    /// Probability that one of them is struck.
    probability: f64,
}

/// Values of one state, in buffers that are kept.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// Hazard per nanosecond of the running rare clocks of each group.
    rate: Vec<f64>,
    /// Rate at which members of each group come back by open clocks.
    back: Vec<f64>,
    /// Time to the next return of a member that is known; infinite without any.
    soonest: Vec<f64>,
    /// Of each crew: how many are known to be at work, and when the first of them is done.
    at_work: Vec<(u32, f64)>,
    fit: Vec<u32>,
    parts: Vec<f64>,
    /// Value of the service after a further failure of a serving, or of a waiting, unit of a group.
    serving_fails: Vec<f64>,
    standby_fails: Vec<f64>,
    alarm: Vec<f64>,
    /// After an event of each shared cause.
    struck: Vec<f64>,
    scratch: Vec<(u32, u32)>,
    /// Value of the service.
    pub(super) now: f64,
    /// Only members without a fault count: takeovers end.
    pub(super) by_fit: bool,
}

/// What a group is supposed to be like.
#[derive(Clone, Copy, Debug)]
struct Supposed {
    /// Members that serve.
    some: u32,
    /// Members without a fault.
    fit: u32,
    /// Rate at which members come back by open clocks.
    back: f64,
}

impl Pool {
    /// Fills in the chances: as of a birth-death chain that ends when all is well or the group is
    /// down (the gambler's ruin).
    fn solve(&mut self) {
        let down = self.members + 1 - self.fit_required.min(self.members);
        let mut odds = 1.0;
        let mut sums = vec![0.0, 1.0];
        for failed in 1..down {
            let back = f64::from(failed.min(self.crews)) / self.restoration;
            odds *= back / (self.rate * f64::from(self.members - failed));
            sums.push(sums[failed as usize] + odds);
        }
        let all = sums[down as usize];
        let chance = |sum: &f64| if all.is_finite() { sum / all } else { 0.0 };
        self.chances = sums.iter().map(chance).collect();
        self.chances[down as usize] = 1.0;
    }

    /// The chance with so many failed, at another rate of failures than usual.
    fn chance(&self, failed: u32, ratio: f64) -> f64 {
        let usual = self.chances[failed as usize];
        if (ratio - 1.0).abs() < 1e-9 {
            usual
        } else {
            let missing = (self.chances.len() - 1) as i32 - failed as i32;
            (usual * ratio.powi(missing)).min(1.0)
        }
    }

    /// Probability that so many fail that the group goes down, if `failed` have failed, each other
    /// one fails at a rate, and the next one is back after `left` or at the rate `back`, whichever is
    /// first.
    fn until_down(&self, failed: u32, rate: f64, back: f64, left: f64) -> f64 {
        let hazard = rate * f64::from(self.members - failed);
        let ratio = if self.rate > 0.0 {
            rate / self.rate
        } else {
            1.0
        };
        if failed == 0 {
            return -libm::expm1(-hazard * left) * self.chance(1, ratio);
        }
        let all = hazard + back;
        if all <= 0.0 {
            return 0.0;
        }
        let some = if left.is_finite() {
            -libm::expm1(-all * left)
        } else {
            1.0
        };
        let fails = some * hazard / all;
        fails * self.chance(failed + 1, ratio) + (1.0 - fails) * self.chance(failed - 1, ratio)
    }

    /// The rate of returns with one more failed.
    fn one_more(&self, failed: u32, back: f64) -> f64 {
        if failed < self.crews {
            back + 1.0 / self.restoration
        } else {
            back
        }
    }
}

impl Values {
    /// Rate at which members of a group come back by open clocks.
    pub(super) fn back(&self, group: GroupId) -> f64 {
        self.back[group.index()]
    }

    /// Takes over what does not depend on the discrete state.
    pub(super) fn clone_rates(&mut self, other: &Values) {
        self.rate.clone_from(&other.rate);
        self.back.clone_from(&other.back);
        self.soonest.clone_from(&other.soonest);
        self.at_work.clone_from(&other.at_work);
        self.fit.clone_from(&other.fit);
        self.by_fit = other.by_fit;
    }
}

impl Steering {
    pub(super) fn new(
        system: &System,
        behaviour: &Behaviour,
        rares: &[RarePlan],
        service: ServiceId,
    ) -> Steering {
        let units: Vec<UnitInfo> = system
            .units
            .ids()
            .map(|unit| unit_info(system, unit))
            .collect();
        let mut pools: Vec<Pool> = system
            .groups
            .ids()
            .map(|group| pool(system, &units, group))
            .collect();
        for pool in 0..pools.len() {
            let crew = pools[pool].shared_crew;
            let sharing = pools
                .iter()
                .filter(|other| other.shared_crew == crew)
                .count();
            pools[pool].shared_crew = crew.filter(|_| sharing > 1);
        }
        let is_memoryless = rares.iter().all(|rare| rare.rate.is_some());
        for pool in &mut pools {
            pool.solve();
            if is_memoryless && pool.is_static && pool.members > pool.fit_required {
                pool.fresh = Some(pool.until_down(0, pool.rate, 0.0, pool.restoration));
            }
        }
        let opens = rares
            .iter()
            .map(|rare| open(system, behaviour, behaviour.clocks[rare.clock].event))
            .collect();
        let mut steering = Steering {
            parts: Vec::new(),
            root: 0,
            leaves_of_group: vec![Vec::new(); system.groups.len()],
            leaves_of_unit: vec![Vec::new(); system.units.len()],
            pools,
            units,
            opens,
            crew_count: system.crews.len(),
            causes: system
                .causes
                .ids()
                .map(|cause| CauseInfo {
                    units: system
                        .units_in_cause(cause)
                        .into_iter()
                        .map(|unit| (unit, behaviour.group_of(unit)))
                        .collect(),
                    probability: system.causes[cause].probability.get(),
                })
                .collect(),
        };
        steering.root = steering.structure(system, &system.services[service].up);
        for open in &mut steering.opens {
            if let Open::Unit(unit, group, share) = *open
                && steering.pools[group.index()].is_static
                && steering.leaves_of_unit[unit.index()].is_empty()
            {
                *open = Open::Alike(group, share);
            }
        }
        steering
    }

    fn part(&mut self, kind: PartKind) -> usize {
        self.parts.push(Part { kind, parent: None });
        self.parts.len() - 1
    }

    fn gate(&mut self, cut: usize, of: Vec<usize>) -> usize {
        let gate = self.parts.len();
        for &part in &of {
            self.parts[part].parent = Some(gate);
        }
        self.part(PartKind::Gate { cut, of })
    }

    fn structure(&mut self, system: &System, structure: &Structure) -> usize {
        match structure {
            Structure::Group(group) => self.group(system, *group),
            Structure::Service(service) => self.structure(system, &system.services[*service].up),
            // What is soft never takes down what needs it.
            Structure::Soft(_) => self.gate(1, Vec::new()),
            Structure::Each(_) => unreachable!("members count only where a number is enough"),
            Structure::AtLeast { k, of } => {
                let (mut count, mut parts) = (0, Vec::new());
                for part in of {
                    match part {
                        Structure::Each(group) => {
                            let members = self.members(system, *group);
                            count += members.len();
                            parts.extend(members);
                        }
                        Structure::Soft(_) => count += 1,
                        Structure::Group(_) | Structure::Service(_) | Structure::AtLeast { .. } => {
                            count += 1;
                            parts.push(self.structure(system, part));
                        }
                    }
                }
                self.gate(count - k + 1, parts)
            }
        }
    }

    fn group(&mut self, system: &System, group: GroupId) -> usize {
        let plan = &system.groups[group];
        if plan
            .members
            .iter()
            .all(|member| matches!(member, Member::Unit(_)))
        {
            let leaf = self.part(PartKind::Pool(group));
            self.leaves_of_group[group.index()].push(leaf);
            return leaf;
        }
        let parts = self.members(system, group);
        self.gate(plan.members.len() - plan.required + 1, parts)
    }

    /// The members of a group, each as a part of its own.
    fn members(&mut self, system: &System, group: GroupId) -> Vec<usize> {
        let members = system.groups[group].members.iter();
        members
            .map(|member| match *member {
                Member::Group(inner) => self.group(system, inner),
                Member::Unit(unit) => {
                    let leaf = self.part(PartKind::Unit(unit));
                    self.leaves_of_unit[unit.index()].push(leaf);
                    leaf
                }
            })
            .collect()
    }

    /// Values of the present state. `hazards` are what the rare clocks will have eaten up after
    /// `span` nanoseconds.
    pub(super) fn evaluate(
        &self,
        path: &Path<'_>,
        behaviour: &Behaviour,
        hazards: &[f64],
        span: f64,
        values: &mut Values,
    ) {
        let groups = self.pools.len();
        values.rate.clear();
        values.rate.resize(groups, 0.0);
        values.back.clear();
        values.back.resize(groups, 0.0);
        for (&index, &hazard) in path.run.running.iter().zip(hazards) {
            match self.opens[index as usize] {
                Open::Unit(_, group, share) | Open::Alike(group, share) => {
                    values.rate[group.index()] += hazard * share / span;
                }
                Open::Restore(_, group) | Open::Return(group) => {
                    values.back[group.index()] += hazard / span;
                }
                Open::Alarm(_) | Open::Cause(_) | Open::Step => {}
            }
        }
        values.soonest.clear();
        values.soonest.resize(groups, f64::INFINITY);
        values.at_work.clear();
        values.at_work.resize(self.crew_count, (0, f64::INFINITY));
        for entry in path.run.agenda.iter() {
            if let Some(group) = returning_group(behaviour, behaviour.clocks[entry.clock()].event) {
                let left = (entry.time() - path.run.now) as f64;
                let soonest = &mut values.soonest[group.index()];
                *soonest = soonest.min(left);
                if let Some(crew) = self.pools[group.index()].shared_crew {
                    let (count, first) = &mut values.at_work[crew];
                    *count += 1;
                    *first = first.min(left);
                }
            }
        }
        self.value_parts(&path.state, behaviour, values);
        values.serving_fails.clear();
        values.standby_fails.clear();
        values.alarm.clear();
        for group in 0..groups {
            let id = GroupId::from_index(group);
            let pool = &self.pools[group];
            let now = values.now;
            let (mut serving, mut standby, mut alarm) = (now, now, now);
            if !self.leaves_of_group[group].is_empty() {
                let (some, fit) = (path.state.serving(id), values.fit[group]);
                let back = pool.one_more(pool.members - fit, values.back[group]);
                let worse = |some: u32| {
                    let fit = fit.saturating_sub(1);
                    let supposed = Supposed { some, fit, back };
                    self.pool_value(&path.state, behaviour, id, supposed, values)
                };
                serving = self.with_leaf(id, worse(some.saturating_sub(1)), values);
                if !pool.is_static {
                    let after = worse(some);
                    standby = self.with_leaf(id, after, values);
                    if !values.by_fit {
                        let after = if pool.alarm_is_outage { 1.0 } else { pool.risk };
                        alarm = self.with_leaf(id, after.max(now), values);
                    }
                }
            }
            values.serving_fails.push(serving);
            values.standby_fails.push(standby);
            values.alarm.push(alarm);
        }
        values.struck.clear();
        for cause in &self.causes {
            let value = self.struck_value(cause, &path.state, behaviour, values);
            values.struck.push(value);
        }
    }

    /// Value of the service after an event of a shared cause: how near an outage is if it strikes
    /// everything, times the probability that it strikes as many as are missing.
    fn struck_value(
        &self,
        cause: &CauseInfo,
        state: &State,
        behaviour: &Behaviour,
        values: &mut Values,
    ) -> f64 {
        let mut counts = std::mem::take(&mut values.scratch);
        counts.clear();
        for group in 0..self.pools.len() {
            let some = state.serving(GroupId::from_index(group));
            counts.push((some, values.fit[group]));
        }
        let mut struck = 0;
        for &(unit, group) in &cause.units {
            if state.is_fit_unit(unit) {
                let (some, fit) = &mut counts[group.index()];
                *fit = fit.saturating_sub(1);
                if state.is_serving(behaviour, unit) {
                    *some = some.saturating_sub(1);
                }
                struck += 1;
            }
        }
        let mut parts: Vec<f64> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let value = match &part.kind {
                &PartKind::Pool(group) => {
                    let (some, fit) = counts[group.index()];
                    let back = values.back[group.index()];
                    let supposed = Supposed { some, fit, back };
                    self.pool_value(state, behaviour, group, supposed, values)
                }
                &PartKind::Unit(unit) => {
                    if cause.units.iter().any(|(struck, _)| *struck == unit) {
                        1.0
                    } else {
                        self.unit_value(state, unit)
                    }
                }
                PartKind::Gate { cut, of } => gate_value(*cut, of, &parts, None),
            };
            parts.push(value);
        }
        values.scratch = counts;
        let missing = self.missing(self.root, state, values).min(struck);
        let chance = libm::pow(cause.probability, missing as f64);
        values.now.max(parts[self.root] * chance)
    }

    fn value_parts(&self, state: &State, behaviour: &Behaviour, values: &mut Values) {
        self.count_fit(state, values);
        values.parts.clear();
        for index in 0..self.parts.len() {
            let value = match &self.parts[index].kind {
                &PartKind::Pool(group) => {
                    let supposed = Supposed {
                        some: state.serving(group),
                        fit: values.fit[group.index()],
                        back: values.back[group.index()],
                    };
                    self.pool_value(state, behaviour, group, supposed, values)
                }
                &PartKind::Unit(unit) => self.unit_value(state, unit),
                PartKind::Gate { cut, of } => gate_value(*cut, of, &values.parts, None),
            };
            values.parts.push(value);
        }
        values.now = values.parts[self.root];
    }

    /// Value of a state that a rule would lead to, with the rates and repairs of `values`.
    pub(super) fn look(&self, state: &State, behaviour: &Behaviour, values: &mut Values) -> f64 {
        self.value_parts(state, behaviour, values);
        values.now
    }

    fn unit_value(&self, state: &State, unit: UnitId) -> f64 {
        if state.is_fit_unit(unit) {
            let info = self.units[unit.index()];
            -libm::expm1(-info.rate * info.restoration)
        } else {
            1.0
        }
    }

    /// Value of a group of units.
    fn pool_value(
        &self,
        state: &State,
        behaviour: &Behaviour,
        group: GroupId,
        supposed: Supposed,
        values: &Values,
    ) -> f64 {
        let Supposed { some, fit, back } = supposed;
        let pool = &self.pools[group.index()];
        let has_seats = !values.by_fit;
        if (has_seats && some < pool.required) || fit < pool.fit_required {
            return 1.0;
        }
        if let Some(well) = pool.fresh
            && fit == pool.members
        {
            return well;
        }
        if has_seats && !pool.is_static && state.is_in_trouble(behaviour, group) {
            return 1.0;
        }
        let failed = pool.members - fit;
        // The hazard of one unit now; units that have failed have none.
        let rate = if values.rate[group.index()] > 0.0 {
            values.rate[group.index()] / f64::from(values.fit[group.index()].max(1))
        } else {
            pool.rate
        };
        let soonest = values.soonest[group.index()];
        let left = if failed > 0 && (soonest.is_finite() || back > 0.0) {
            soonest
        } else {
            self.exposure(pool, values)
        };
        let mut value = pool.until_down(failed, rate, back, left);
        if has_seats && !pool.is_static && some < pool.active {
            // A takeover is under way: it may go wrong, or too many may fail before it ends.
            let during = libm::pow(
                (rate * f64::from(some) * pool.takeover).min(1.0),
                f64::from(some - pool.required + 1),
            );
            value = value.max(during).max(pool.risk);
        }
        value
    }

    /// How long what has failed elsewhere stays so, if nothing is wrong with a group: until the crew that
    /// all wait for is done, or a mean restoration.
    fn exposure(&self, pool: &Pool, values: &Values) -> f64 {
        match pool.shared_crew.and_then(|crew| values.at_work.get(crew)) {
            Some(&(count, first)) if count >= pool.crews => first,
            _ => pool.restoration,
        }
    }

    /// Value of the service if the parts of a group or of a unit had another value. Each place in the
    /// structure that names it adds its share.
    fn with_leaves(&self, leaves: &[usize], value: f64, values: &Values) -> f64 {
        let now = values.now;
        let more = |&leaf: &usize| self.climb(leaf, value, values) - now;
        (now + leaves.iter().map(more).sum::<f64>()).clamp(0.0, 1.0)
    }

    /// The same, if it is worse.
    fn with_leaf(&self, group: GroupId, value: f64, values: &Values) -> f64 {
        let leaves = &self.leaves_of_group[group.index()];
        self.with_leaves(leaves, value, values).max(values.now)
    }

    fn climb(&self, leaf: usize, value: f64, values: &Values) -> f64 {
        let (mut part, mut value) = (leaf, value);
        while let Some(parent) = self.parts[part].parent {
            if let PartKind::Gate { cut, of } = &self.parts[parent].kind {
                value = if *cut == 1 {
                    (values.parts[parent] - values.parts[part] + value).min(1.0)
                } else {
                    gate_value(*cut, of, &values.parts, Some((part, value)))
                };
            }
            part = parent;
        }
        value
    }

    /// Value of the state that an open clock would lead to.
    pub(super) fn after_open(
        &self,
        open: usize,
        path: &Path<'_>,
        behaviour: &Behaviour,
        values: &Values,
    ) -> f64 {
        let state = &path.state;
        match self.opens[open] {
            Open::Alike(group, share) => {
                share * values.serving_fails[group.index()] + (1.0 - share) * values.now
            }
            Open::Unit(unit, group, share) => {
                let group_index = group.index();
                let after = if !self.leaves_of_unit[unit.index()].is_empty() {
                    self.with_leaves(&self.leaves_of_unit[unit.index()], 1.0, values)
                        .max(values.now)
                } else if state.is_serving(behaviour, unit) {
                    values.serving_fails[group_index]
                } else {
                    values.standby_fails[group_index]
                };
                share * after + (1.0 - share) * values.now
            }
            Open::Alarm(group) => values.alarm[group.index()],
            Open::Cause(cause) => values.struck[cause.index()],
            Open::Restore(unit, group) => self.restored(
                unit,
                group,
                path.run.open_rate(open),
                path,
                behaviour,
                values,
            ),
            Open::Return(_) if path.run.fault_count == 0 => 0.0,
            Open::Return(_) | Open::Step => values.now,
        }
    }

    /// Value of the state after a fault of a unit has ended that did so at a rate.
    fn restored(
        &self,
        unit: UnitId,
        group: GroupId,
        rate: f64,
        path: &Path<'_>,
        behaviour: &Behaviour,
        values: &Values,
    ) -> f64 {
        if path.run.fault_count == 1 {
            return 0.0;
        }
        let leaves = &self.leaves_of_group[group.index()];
        if leaves.is_empty() || !path.state.has_one_down_fault(unit) {
            return values.now;
        }
        let pool = &self.pools[group.index()];
        let (some, fit) = (path.state.serving(group), values.fit[group.index()]);
        let mut back = (values.back[group.index()] - rate).max(0.0);
        if pool.members - fit > pool.crews {
            back += 1.0 / pool.restoration;
        }
        let supposed = Supposed {
            some: (some + 1).min(pool.active),
            fit: (fit + 1).min(pool.members),
            back,
        };
        let after = self.pool_value(&path.state, behaviour, group, supposed, values);
        let exposure = self.exposure(pool, values);
        let after = self.with_leaves(leaves, after, values);
        if exposure > pool.restoration {
            // What is mended next takes as long as usual.
            let missing = self.missing(self.root, &path.state, values);
            after * (pool.restoration / exposure).powi(missing.min(FAR) as i32)
        } else {
            after
        }
    }

    /// Value of the state after the next scheduled event: 0 if all is well then.
    pub(super) fn after_event(
        &self,
        path: &Path<'_>,
        behaviour: &Behaviour,
        event: Event,
        values: &Values,
    ) -> f64 {
        match behaviour.role(event) {
            EventRole::Restore(process) => {
                let (unit, group) = behaviour.unit_of(process);
                self.restored(unit, group, 0.0, path, behaviour, values)
            }
            EventRole::Return(_) if path.run.fault_count == 0 => 0.0,
            EventRole::Return(_) | EventRole::Step(_) | EventRole::Strike | EventRole::Other => {
                values.now
            }
        }
    }

    /// How many failures the nearest outage needs in which the group of a rare clock has a part, that
    /// of the clock itself not counted.
    pub(super) fn missing_after(&self, rare: usize, state: &State, values: &Values) -> usize {
        match self.opens[rare] {
            Open::Unit(unit, group, _) => {
                let leaves = match &self.leaves_of_group[group.index()] {
                    none if none.is_empty() => &self.leaves_of_unit[unit.index()],
                    leaves => leaves,
                };
                self.missing_of(leaves, state, values).saturating_sub(1)
            }
            Open::Alike(group, _) => self
                .missing_of(&self.leaves_of_group[group.index()], state, values)
                .saturating_sub(1),
            Open::Alarm(_) | Open::Cause(_) => {
                self.missing(self.root, state, values).saturating_sub(1)
            }
            Open::Restore(..) | Open::Return(_) | Open::Step => 0,
        }
    }

    /// The fewest through any of these leaves; 1 without any.
    fn missing_of(&self, leaves: &[usize], state: &State, values: &Values) -> usize {
        let through = leaves
            .iter()
            .map(|&leaf| self.missing_through(leaf, state, values));
        through.min().unwrap_or(1)
    }

    fn missing_through(&self, leaf: usize, state: &State, values: &Values) -> usize {
        let (mut part, mut missing) = (leaf, self.missing(leaf, state, values));
        while let Some(parent) = self.parts[part].parent {
            if let PartKind::Gate { cut, of } = &self.parts[parent].kind
                && (2..=of.len()).contains(cut)
            {
                let mut others: Vec<usize> = of
                    .iter()
                    .filter(|&&other| other != part)
                    .map(|&other| self.missing(other, state, values))
                    .collect();
                others.sort_unstable();
                missing += others[..cut - 1].iter().sum::<usize>();
            }
            part = parent;
        }
        missing
    }

    /// How many failures the nearest outage needs at least.
    pub(super) fn distance(&self, state: &State, values: &mut Values) -> usize {
        self.count_fit(state, values);
        let missing = self.missing(self.root, state, values);
        if missing < FAR { missing } else { 1 }
    }

    fn count_fit(&self, state: &State, values: &mut Values) {
        values.fit.clear();
        for pool in &self.pools {
            let units = pool.units.iter();
            let fit = units.filter(|&&unit| state.is_fit_unit(unit)).count();
            values.fit.push(fit as u32);
        }
    }

    fn missing(&self, part: usize, state: &State, values: &Values) -> usize {
        match &self.parts[part].kind {
            &PartKind::Pool(group) => {
                let required = self.pools[group.index()].fit_required;
                (values.fit[group.index()] + 1).saturating_sub(required) as usize
            }
            &PartKind::Unit(unit) => usize::from(state.is_fit_unit(unit)),
            PartKind::Gate { cut: 1, of } => of
                .iter()
                .map(|&part| self.missing(part, state, values))
                .min()
                .unwrap_or(FAR),
            PartKind::Gate { cut, of } => {
                let mut all: Vec<usize> = of
                    .iter()
                    .map(|&part| self.missing(part, state, values))
                    .collect();
                all.sort_unstable();
                all.get(..*cut).map_or(FAR, |nearest| nearest.iter().sum())
            }
        }
    }

    /// How the durations are to be stretched that each group waits for, after a rare clock has fired.
    ///
    /// A repair matters as much as the value of the service rests on its group.
    pub(super) fn stretching(
        &self,
        rare: Option<usize>,
        state: &State,
        values: &Values,
        share: f64,
        bias: &mut Bias,
    ) {
        let struck = rare.map(|rare| self.opens[rare]);
        bias.stretching.clear();
        for (index, pool) in self.pools.iter().enumerate() {
            let is_struck = match struck {
                Some(Open::Unit(_, group, _) | Open::Alike(group, _)) => group.index() == index,
                Some(Open::Cause(_)) => true,
                Some(Open::Alarm(_) | Open::Restore(..) | Open::Return(_) | Open::Step) | None => {
                    false
                }
            };
            let leaves = &self.leaves_of_group[index];
            if leaves.is_empty() {
                // Part of a larger group: as for the whole service.
                bias.stretching.push(Stretching {
                    power: self.power(
                        self.missing(self.root, state, values)
                            .saturating_sub(1)
                            .max(1),
                        false,
                        pool,
                    ),
                    share: 0.5 * share,
                });
                continue;
            }
            if !is_struck && values.fit[index] == pool.members {
                bias.stretching.push(Stretching::default());
                continue;
            }
            let after = if is_struck {
                values.serving_fails[index]
            } else {
                values.now
            };
            let without = self.with_leaves(leaves, 0.0, values);
            let missing = self.missing_of(leaves, state, values);
            let is_alone = is_struck && values.fit[index] == pool.members;
            let relevance = if after > 0.0 {
                (1.0 - without / after).max(0.0)
            } else {
                0.5
            };
            bias.stretching.push(Stretching {
                power: self.power(
                    missing.saturating_sub(usize::from(is_struck)),
                    is_alone,
                    pool,
                ),
                share: share * relevance,
            });
        }
        bias.stretching_else = Stretching {
            power: OWN_POWER * self.missing(self.root, state, values).min(2) as f64,
            share: 0.5 * share,
        };
    }

    /// By which power of its length a repair is likelier to be part of the story of an outage that needs so
    /// many more failures.
    ///
    /// Where others wait for the same crew, it is their number, and one more for the outage, which lasts as
    /// long as well. Where others are mended meanwhile, a long one does less: what is best was measured.
    fn power(&self, missing: usize, is_alone: bool, pool: &Pool) -> f64 {
        if pool.shared_crew.is_some() && pool.crews == 1 {
            missing as f64 + 1.0
        } else if missing == 1 && is_alone {
            2.0 * OWN_POWER
        } else {
            OWN_POWER * missing as f64
        }
    }

    /// The group whose repairs a rare clock begins, if it is one.
    pub(super) fn struck_group(&self, rare: usize) -> Option<GroupId> {
        match self.opens[rare] {
            Open::Unit(_, group, _) | Open::Alike(group, _) => Some(group),
            Open::Alarm(_) | Open::Cause(_) | Open::Restore(..) | Open::Return(_) | Open::Step => {
                None
            }
        }
    }
}

/// The group to which an event brings a member back.
fn returning_group(behaviour: &Behaviour, event: Event) -> Option<GroupId> {
    match behaviour.role(event) {
        EventRole::Restore(process) => Some(behaviour.unit_of(process).1),
        EventRole::Return(group) => Some(group),
        EventRole::Step(_) | EventRole::Strike | EventRole::Other => None,
    }
}

/// Value of a gate, with one part replaced.
fn gate_value(cut: usize, of: &[usize], values: &[f64], other: Option<(usize, f64)>) -> f64 {
    let value = |&part: &usize| match other {
        Some((replaced, value)) if replaced == part => value,
        _ => values[part],
    };
    if cut == 1 {
        return of.iter().map(value).sum::<f64>().min(1.0);
    }
    if cut > of.len() {
        return 0.0;
    }
    if cut == of.len() {
        return of.iter().map(value).product();
    }
    let mut all: Vec<f64> = of.iter().map(value).collect();
    all.sort_unstable_by(|a, b| b.total_cmp(a));
    all[..cut].iter().product()
}

fn open(system: &System, behaviour: &Behaviour, event: Event) -> Open {
    match behaviour.role(event) {
        EventRole::Restore(process) => {
            let (unit, group) = behaviour.unit_of(process);
            return Open::Restore(unit, group);
        }
        EventRole::Return(group) => return Open::Return(group),
        EventRole::Step(_) => return Open::Step,
        EventRole::Strike | EventRole::Other => {}
    }
    match event {
        Event::Failed(process) => {
            let (unit, group) = behaviour.unit_of(process);
            let kind = &system.kinds[system.units[unit].kind];
            Open::Unit(unit, group, behaviour.down_share(process, kind))
        }
        Event::FalseAlarm(seat) => Open::Alarm(behaviour.group_of_seat(seat)),
        Event::CauseStruck(cause) => Open::Cause(cause),
        Event::Left(exit) => {
            let (unit, group, _, share) = behaviour.exit(exit);
            Open::Unit(unit, group, share)
        }
        other => unreachable!("{other:?} is not left open"),
    }
}

/// Power of the length of a repair for each failure that is missing, where others are mended meanwhile.
const OWN_POWER: f64 = 0.8;

/// Failures that are missing for what cannot go down.
const FAR: usize = 1_000;

const NANOS: f64 = 1e9;

/// Rate of failures that take a unit down, and mean time to its restoration, in nanoseconds.
fn unit_info(system: &System, unit: UnitId) -> UnitInfo {
    let kind = &system.kinds[system.units[unit].kind];
    let (mut rate, mut restoration) = (0.0, 0.0);
    for process in &kind.failures {
        for (mode, probability) in &process.outcomes {
            let mode = &kind.modes[*mode];
            if matches!(mode.effect, Effect::Degraded(_)) {
                continue;
            }
            let share = probability.get() / process.law.mean();
            let mut time = match &mode.ending {
                Ending::Itself(law) => law.mean(),
                Ending::Repair(repair) => {
                    repair.time.mean()
                        + repair
                            .administrative_delay
                            .as_ref()
                            .map_or(0.0, |law| law.mean())
                }
                Ending::Never => system.mission.as_secs(),
            };
            time += match &mode.notice {
                Notice::Detector | Notice::AtOnce => 0.0,
                Notice::After(law) => law.mean(),
                Notice::Test => kind
                    .test
                    .as_ref()
                    .map_or(0.0, |test| 0.5 * test.every.mean()),
            };
            if share > 0.0 {
                rate += share;
                restoration += share * time.min(system.mission.as_secs());
            }
        }
    }
    UnitInfo {
        rate: rate / NANOS,
        restoration: if rate > 0.0 {
            restoration / rate * NANOS
        } else {
            NANOS
        },
    }
}

fn pool(system: &System, units: &[UnitInfo], group: GroupId) -> Pool {
    let plan = &system.groups[group];
    let own: Vec<UnitId> = plan
        .members
        .iter()
        .filter_map(|member| match *member {
            Member::Unit(unit) => Some(unit),
            Member::Group(_) => None,
        })
        .collect();
    let count = own.len().max(1) as f64;
    let mean = |value: fn(&UnitInfo) -> f64| {
        own.iter()
            .map(|unit| value(&units[unit.index()]))
            .sum::<f64>()
            / count
    };
    let detection = plan
        .detector
        .as_ref()
        .and_then(|detector| detector.latency().ok())
        .map_or(0.0, |law| law.mean());
    let takeover = &plan.takeover;
    let stages = [
        Some(&takeover.deciding),
        takeover.fencing.as_ref(),
        Some(&takeover.promoting),
        Some(&takeover.redirecting),
    ];
    let (mut length, mut works, mut interrupts) = (detection, 1.0, false);
    for stage in stages.into_iter().flatten() {
        length += stage.takes.mean();
        works *= 1.0 - libm::pow(1.0 - stage.succeeds.get(), f64::from(stage.retries + 1));
        interrupts |= stage.during == Level::Down && stage.takes.mean() > 0.0;
    }
    for unit in &own {
        let kind = &system.kinds[system.units[*unit].kind];
        if let Some(demand) = kind.on_demand {
            works *= 1.0 - demand.probability.get();
            break;
        }
    }
    let repairs = own
        .iter()
        .flat_map(|unit| &system.kinds[system.units[*unit].kind].modes)
        .filter_map(|mode| match &mode.ending {
            Ending::Repair(repair) => repair.crew,
            Ending::Itself(_) | Ending::Never => None,
        });
    let narrowest = repairs.min_by_key(|&crew| system.crews[crew].size);
    let crews = narrowest.map_or(u32::MAX, |crew| system.crews[crew].size as u32);
    Pool {
        members: plan.members.len() as u32,
        active: plan.active as u32,
        required: plan.required as u32,
        fit_required: plan.required.max(plan.quorum) as u32,
        is_static: !plan.has_standbys(),
        restoration: mean(|unit| unit.restoration)
            + detection * NANOS
            + plan.rejoin.as_ref().map_or(0.0, |law| law.mean()) * NANOS,
        crews,
        shared_crew: narrowest.map(Id::index),
        rate: mean(|unit| unit.rate),
        takeover: length * NANOS,
        risk: 1.0 - works,
        alarm_is_outage: interrupts && plan.active == plan.required,
        units: own,
        chances: Vec::new(),
        fresh: None,
    }
}
