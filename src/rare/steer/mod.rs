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
//!
//! Where all wait for one crew, the story may also go on after the repair under way: what has failed meanwhile
//! is mended next, and that may take long. So a state has two values there, of which it has the sum: of an
//! outage until the next return, and of one after it ([`Layer`]).

mod exposure;
mod pool;
mod renewal;
mod structure;

use self::pool::{Pool, UnitInfo, pool, unit_info};
use self::renewal::{Renewal, renewals};
use self::structure::{FAR, Part, PartKind, Top, gate_value};
use super::clockwork::RarePlan;
use super::path::Path;
use crate::base::Id;
use crate::behaviour::{Behaviour, Event, EventRole, ExitId, State};
use crate::model::{CauseId, GroupId, ServiceId, Straying, System, UnitId};

/// The structure of one service.
#[derive(Debug)]
pub(in crate::rare) struct Steering {
    parts: Vec<Part>,
    root: usize,
    /// The leaves of each group of units, and of each single unit of a mixed group.
    leaves_of_group: Vec<Vec<usize>>,
    leaves_of_unit: Vec<Vec<usize>>,
    pools: Vec<Pool>,
    units: Vec<UnitInfo>,
    /// Of each unit that is told state by state.
    machines: Vec<Option<Machine>>,
    /// What each open clock would do.
    opens: Vec<Open>,
    causes: Vec<CauseInfo>,
    /// Of each change: what it renews, if it does.
    renewals: Vec<Option<Renewal>>,
    crew_count: usize,
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
    /// A unit that is told state by state leaves its state, and is likely to come to nothing so much.
    Exit(UnitId, f64),
    /// A step on the way.
    Step,
}

/// A unit that is told state by state.
#[derive(Debug)]
struct Machine {
    /// Its number, and its first state, among all machines.
    number: usize,
    first: usize,
    straying: Straying,
}

impl Machine {
    /// The number of its state.
    fn at(&self, state: &State) -> usize {
        state.machine(self.number) - self.first
    }

    /// How likely it is to give nothing before it is at home, or, there, while something else is wrong.
    fn value(&self, at: usize) -> f64 {
        let Straying {
            home, rate, away_s, ..
        } = self.straying;
        let chance = self.straying.chances[at];
        if at == home {
            chance * -libm::expm1(-rate * away_s)
        } else {
            chance
        }
    }

    /// The same after an exit.
    fn after(&self, behaviour: &Behaviour, exit: ExitId) -> f64 {
        behaviour
            .exit(exit)
            .map(|(to, probability)| probability * self.value(to))
            .sum()
    }
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
pub(in crate::rare) struct Values {
    /// Hazard per nanosecond of the running rare clocks of each group.
    rate: Vec<f64>,
    /// Rate at which members of each group come back by open clocks.
    back: Vec<f64>,
    /// Time to the next return of a member that is known; infinite without any.
    soonest: Vec<f64>,
    /// Of each crew: how many are known to be at work, and when the first of them is done.
    at_work: Vec<(u32, f64)>,
    fit: Vec<u32>,
    present: Layer,
    /// After the return that is next, if all wait for one crew.
    later: Layer,
    returning: Option<Returning>,
    sorted: Vec<f64>,
    /// Value of the service after a further failure of a serving, or of a waiting, unit of a group.
    serving_fails: Vec<f64>,
    standby_fails: Vec<f64>,
    alarm: Vec<f64>,
    /// After an event of each shared cause.
    struck: Vec<f64>,
    scratch: Vec<(u32, u32)>,
    /// Value of the service.
    pub(in crate::rare) now: f64,
    /// Only members without a fault count: takeovers end.
    pub(in crate::rare) by_fit: bool,
}

/// Values of the parts of a service.
#[derive(Debug, Default)]
struct Layer {
    parts: Vec<f64>,
    /// Of gates among the parts.
    tops: Vec<Top>,
    /// Value of the service.
    now: f64,
    /// Nothing is wrong, so an outage is as far as at the beginning of an episode.
    is_quiet: bool,
    /// Failures that are missing for an outage.
    missing: usize,
}

/// The repair at which the only crew of several groups is.
#[derive(Clone, Copy, Debug)]
struct Returning {
    unit: UnitId,
    group: GroupId,
    crew: usize,
    left: f64,
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
    /// How long redundancy is missing, if not as at present.
    left: Option<f64>,
}

impl Layer {
    fn clear(&mut self) {
        self.parts.clear();
        self.tops.clear();
    }

    /// Probability of an outage in the episode.
    fn value(&self) -> f64 {
        if self.is_quiet { 0.0 } else { self.now }
    }
}

impl Values {
    /// Rate at which members of a group come back by open clocks.
    pub(in crate::rare) fn back(&self, group: GroupId) -> f64 {
        self.back[group.index()]
    }

    /// Takes over what does not depend on the discrete state.
    pub(in crate::rare) fn clone_rates(&mut self, other: &Values) {
        self.rate.clone_from(&other.rate);
        self.back.clone_from(&other.back);
        self.soonest.clone_from(&other.soonest);
        self.at_work.clone_from(&other.at_work);
        self.fit.clone_from(&other.fit);
        self.by_fit = other.by_fit;
    }
}

impl Steering {
    pub(in crate::rare) fn new(
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
        let mission_s = system.mission.as_secs();
        let machine = |unit: UnitId| {
            let states = &system.kinds[system.units[unit].kind].states;
            let (number, first) = behaviour.machine_of_unit(unit)?;
            Some(Machine {
                number,
                first,
                straying: Straying::of(states, mission_s),
            })
        };
        let machines: Vec<Option<Machine>> = system.units.ids().map(machine).collect();
        let opens = rares
            .iter()
            .map(|rare| {
                let event = behaviour.clocks[rare.clock].event;
                open(system, behaviour, &machines, event)
            })
            .collect();
        let mut steering = Steering {
            parts: Vec::new(),
            root: 0,
            leaves_of_group: vec![Vec::new(); system.groups.len()],
            leaves_of_unit: vec![Vec::new(); system.units.len()],
            pools,
            units,
            machines,
            opens,
            crew_count: system.crews.len(),
            renewals: renewals(system),
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

    /// Values of the present state. `hazards` are what the rare clocks will have eaten up after
    /// `span` nanoseconds.
    pub(in crate::rare) fn evaluate(
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
                Open::Alarm(_) | Open::Cause(_) | Open::Exit(..) | Open::Step => {}
            }
        }
        values.soonest.clear();
        values.soonest.resize(groups, f64::INFINITY);
        values.at_work.clear();
        values.at_work.resize(self.crew_count, (0, f64::INFINITY));
        values.returning = None;
        for entry in path.run.agenda.iter() {
            let event = behaviour.clocks[entry.clock()].event;
            let left = (entry.time() - path.run.now) as f64;
            if let Some(renewal) = self.renewal(event) {
                for group in &renewal.groups {
                    let soonest = &mut values.soonest[group.index()];
                    *soonest = soonest.min(left + renewal.takes);
                }
            }
            if let Some(group) = returning_group(behaviour, event) {
                let soonest = &mut values.soonest[group.index()];
                *soonest = soonest.min(left);
                if let Some(crew) = self.pools[group.index()].shared_crew {
                    let (count, first) = &mut values.at_work[crew];
                    *count += 1;
                    *first = first.min(left);
                    if self.pools[group.index()].crews == 1
                        && let EventRole::Restore(process) = behaviour.role(event)
                    {
                        let unit = behaviour.unit_of(process).0;
                        let this = Returning {
                            unit,
                            group,
                            crew,
                            left,
                        };
                        let next = values.returning.get_or_insert(this);
                        if left < next.left {
                            *next = this;
                        }
                    }
                }
            }
        }
        self.value_parts(&path.state, behaviour, values);
        self.value_later(path, behaviour, values);
        values.serving_fails.clear();
        values.standby_fails.clear();
        values.alarm.clear();
        for group in 0..groups {
            let id = GroupId::from_index(group);
            let pool = &self.pools[group];
            let now = values.now;
            let (mut serving, mut standby, mut alarm) = (now, now, now);
            let leaves = &self.leaves_of_group[group];
            if !leaves.is_empty() {
                let (some, fit) = (path.state.serving(id), values.fit[group]);
                let back = pool.one_more(pool.members - fit, values.back[group]);
                let worse = |some: u32| {
                    let fit = fit.saturating_sub(1);
                    let supposed = Supposed {
                        some,
                        fit,
                        back,
                        left: None,
                    };
                    self.pool_value(&path.state, behaviour, id, supposed, values)
                };
                let later = values.returning.map_or(0.0, |returning| {
                    let missing = values.later.missing;
                    let supposed = self.later(id, &path.state, returning, missing, values);
                    let fails = Supposed {
                        some: supposed.some.saturating_sub(1),
                        fit: supposed.fit.saturating_sub(1),
                        ..supposed
                    };
                    let value = self.pool_value(&path.state, behaviour, id, fails, values);
                    self.fails_later(leaves, value, values)
                });
                let present = &values.present;
                serving = self.with_leaf(id, worse(some.saturating_sub(1)), present) + later;
                if !pool.is_static {
                    let after = worse(some);
                    standby = self.with_leaf(id, after, present) + later;
                    if !values.by_fit {
                        let after = if pool.alarm_is_outage { 1.0 } else { pool.risk };
                        alarm = self.with_leaf(id, after.max(now), present);
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
                    let supposed = Supposed {
                        some,
                        fit,
                        back,
                        left: None,
                    };
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
        let mut layer = std::mem::take(&mut values.present);
        layer.clear();
        for index in 0..self.parts.len() {
            let value = match &self.parts[index].kind {
                &PartKind::Pool(group) => {
                    let supposed = Supposed {
                        some: state.serving(group),
                        fit: values.fit[group.index()],
                        back: values.back[group.index()],
                        left: None,
                    };
                    self.pool_value(state, behaviour, group, supposed, values)
                }
                &PartKind::Unit(unit) => self.unit_value(state, unit),
                PartKind::Gate { cut, of } => gate_value(*cut, of, &layer.parts, None),
            };
            self.push_part(value, &mut layer, &mut values.sorted);
        }
        layer.now = layer.parts[self.root];
        values.now = layer.now;
        values.present = layer;
    }

    fn push_part(&self, value: f64, layer: &mut Layer, sorted: &mut Vec<f64>) {
        let top = match &self.parts[layer.parts.len()].kind {
            PartKind::Gate { cut, of } => Top::of(*cut, of, &layer.parts, sorted),
            PartKind::Pool(_) | PartKind::Unit(_) => Top::default(),
        };
        layer.parts.push(value);
        layer.tops.push(top);
    }

    /// Values of the parts once the only crew of several groups has brought back what it is at: what waits for
    /// it is mended then, and that takes as long as is usual in a story of so many failures that are missing.
    fn value_later(&self, path: &Path<'_>, behaviour: &Behaviour, values: &mut Values) {
        let Some(returning) = values.returning else {
            return;
        };
        let state = &path.state;
        let mut layer = std::mem::take(&mut values.later);
        layer.clear();
        layer.is_quiet = path.run.fault_count == 1;
        values.fit[returning.group.index()] += 1;
        let missing = self.missing(self.root, state, values);
        values.fit[returning.group.index()] -= 1;
        layer.missing = missing - usize::from(layer.is_quiet);
        for index in 0..self.parts.len() {
            let value = match &self.parts[index].kind {
                &PartKind::Pool(group) => {
                    let supposed = self.later(group, state, returning, layer.missing, values);
                    self.pool_value(state, behaviour, group, supposed, values)
                }
                &PartKind::Unit(unit) if unit == returning.unit => 0.0,
                &PartKind::Unit(unit) => self.unit_value(state, unit),
                PartKind::Gate { cut, of } => gate_value(*cut, of, &layer.parts, None),
            };
            self.push_part(value, &mut layer, &mut values.sorted);
        }
        layer.now = layer.parts[self.root];
        values.now += layer.value();
        values.later = layer;
    }

    /// What a group is like then.
    fn later(
        &self,
        group: GroupId,
        state: &State,
        returning: Returning,
        missing: usize,
        values: &Values,
    ) -> Supposed {
        let pool = &self.pools[group.index()];
        let more = u32::from(group == returning.group);
        Supposed {
            some: (state.serving(group) + more).min(pool.active),
            fit: (values.fit[group.index()] + more).min(pool.members),
            back: values.back[group.index()],
            left: (pool.shared_crew == Some(returning.crew)).then(|| pool.length(missing)),
        }
    }

    /// Value, after the return that is next, of a further failure of these leaves, which gives them a value.
    fn fails_later(&self, leaves: &[usize], value: f64, values: &Values) -> f64 {
        if values.returning.is_none() {
            return 0.0;
        }
        let after = self.with_leaves(leaves, value, &values.later);
        // Where nothing would be wrong without it, only what it does counts.
        after.max(values.later.now) - values.later.now + values.later.value()
    }

    /// Value of a state that a rule would lead to, with the rates and repairs of `values`.
    pub(in crate::rare) fn look(
        &self,
        state: &State,
        behaviour: &Behaviour,
        values: &mut Values,
    ) -> f64 {
        self.value_parts(state, behaviour, values);
        values.now
    }

    fn unit_value(&self, state: &State, unit: UnitId) -> f64 {
        if let Some(machine) = &self.machines[unit.index()] {
            return machine.value(machine.at(state));
        }
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
        let Supposed {
            some,
            fit,
            back,
            left,
        } = supposed;
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
        let left = left.unwrap_or_else(|| {
            if failed > 0 && (soonest.is_finite() || back > 0.0) {
                soonest
            } else {
                self.exposure(pool, values)
            }
        });
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

    /// What each open clock that runs would lead to, times its hazard, and the sum.
    pub(in crate::rare) fn weigh_open(
        &self,
        path: &Path<'_>,
        behaviour: &Behaviour,
        hazards: &[f64],
        values: &Values,
        chances: &mut Vec<f64>,
    ) -> f64 {
        let mut sum = 0.0;
        chances.clear();
        for (&index, &hazard) in path.run.running.iter().zip(hazards) {
            let chance = if hazard > 0.0 {
                hazard * self.after_open(index as usize, path, behaviour, values)
            } else {
                0.0
            };
            chances.push(chance);
            sum += chance;
        }
        sum
    }

    /// Value of the state that an open clock would lead to.
    fn after_open(
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
                    let leaves = &self.leaves_of_unit[unit.index()];
                    let present = self.with_leaves(leaves, 1.0, &values.present);
                    present.max(values.present.now) + self.fails_later(leaves, 1.0, values)
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
            Open::Exit(unit, value) => {
                self.with_leaves(&self.leaves_of_unit[unit.index()], value, &values.present)
            }
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
            left: None,
        };
        let after = self.pool_value(&path.state, behaviour, group, supposed, values);
        let exposure = self.exposure(pool, values);
        let after = self.with_leaves(leaves, after, &values.present);
        if exposure > pool.restoration {
            // What is mended next takes as long as usual.
            let missing = self.missing(self.root, &path.state, values);
            after * (pool.restoration / exposure).powi(missing.min(FAR) as i32)
        } else {
            after
        }
    }

    /// Value of the state after the next scheduled event: 0 if all is well then.
    pub(in crate::rare) fn after_event(
        &self,
        path: &Path<'_>,
        behaviour: &Behaviour,
        event: Event,
        values: &Values,
    ) -> f64 {
        if let Event::Left(exit) = event {
            let unit = behaviour.machine_of(exit);
            let machine = self.machines[unit.index()].as_ref();
            let after = machine.map_or(0.0, |machine| machine.after(behaviour, exit));
            return self.with_leaves(&self.leaves_of_unit[unit.index()], after, &values.present);
        }
        if let Some(renewal) = self.renewal(event).filter(|renewal| renewal.is_at_once) {
            return self.renewed(renewal, values);
        }
        match behaviour.role(event) {
            EventRole::Restore(process) => {
                let (unit, group) = behaviour.unit_of(process);
                if values
                    .returning
                    .is_some_and(|returning| returning.unit == unit)
                {
                    return values.later.value();
                }
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
    pub(in crate::rare) fn missing_after(
        &self,
        rare: usize,
        state: &State,
        values: &Values,
    ) -> usize {
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
            Open::Exit(..) => self.missing(self.root, state, values).saturating_sub(1),
            Open::Restore(..) | Open::Return(_) | Open::Step => 0,
        }
    }

    /// The group whose repairs a rare clock begins, if it is one.
    pub(in crate::rare) fn struck_group(&self, rare: usize) -> Option<GroupId> {
        match self.opens[rare] {
            Open::Unit(_, group, _) | Open::Alike(group, _) => Some(group),
            Open::Alarm(_)
            | Open::Cause(_)
            | Open::Exit(..)
            | Open::Restore(..)
            | Open::Return(_)
            | Open::Step => None,
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

fn open(
    system: &System,
    behaviour: &Behaviour,
    machines: &[Option<Machine>],
    event: Event,
) -> Open {
    if let Event::Left(exit) = event {
        let unit = behaviour.machine_of(exit);
        let machine = machines[unit.index()].as_ref();
        let after = machine.map_or(0.0, |machine| machine.after(behaviour, exit));
        return Open::Exit(unit, after);
    }
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
        other => unreachable!("{other:?} is not left open"),
    }
}
