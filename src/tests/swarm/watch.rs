//! What must hold after every event of every trial, whatever the system.

use failsim::base::Instant;
use failsim::behaviour::{Behaviour, Condition, FaultModeId, Note, State};
use failsim::engine::{Observer, Outcome};
use failsim::model::{
    Crew, CrewId, Ending, Group, GroupId, Level, Member, Preemption, ServiceId, SpareId, Structure,
    System, UnitId,
};

/// Watches a trial, and panics when it sees what cannot be.
pub(super) struct Watch<'a> {
    system: &'a System,
    behaviour: &'a Behaviour,
    services: Vec<ServiceId>,
    groups: Vec<GroupId>,
    /// The levels of the services since `at`.
    levels: Vec<Level>,
    at: u64,
    /// Nanoseconds down, degraded and up.
    times: Vec<[u64; 3]>,
    crews: Vec<CrewId>,
    spares: Vec<SpareId>,
    /// Repairs that are going on, by crew.
    repairs: Vec<Vec<(UnitId, FaultModeId)>>,
    /// Some repairs pass from one crew to another.
    has_stages: bool,
    /// Services that count as down while they serve too little: that is judged by what goes on between events.
    is_judged: Vec<bool>,
    /// What has been told of, as numbers of [`note_name`].
    pub(super) notes: [u64; NOTES.len()],
}

/// All that can be told of.
pub(super) const NOTES: [&str; 40] = [
    "failure",
    "notice",
    "spare wait",
    "crew wait",
    "repair",
    "restoration",
    "found dead",
    "false alarm",
    "stage",
    "stage failure",
    "held down",
    "exhausted",
    "serving",
    "rejoining",
    "standing by",
    "failback",
    "split",
    "reconciling",
    "cause",
    "end of cause",
    "manual",
    "candidate",
    "state",
    "change",
    "switchover",
    "work",
    "bad change",
    "end of change",
    "collapse",
    "recovery",
    "lags behind",
    "writes stall",
    "unreplicated",
    "in step",
    "order of members",
    "ordered members serve",
    "ordered members do not come",
    "people wait",
    "people come",
    "lack of what is needed",
];

fn note_number(note: Note) -> usize {
    match note {
        Note::Failure(..) => 0,
        Note::Notice(..) => 1,
        Note::SpareWait(..) => 2,
        Note::CrewWait(..) => 3,
        Note::RepairStart(..) => 4,
        Note::Restoration(..) => 5,
        Note::FoundDead(_) => 6,
        Note::FalseAlarm(..) => 7,
        Note::StageStart(_, failsim::behaviour::SeatPhase::Manual, _) => 20,
        Note::StageStart(_, _, Some(_)) => 21,
        Note::StageStart(_, _, None) => 8,
        Note::StageFailure(..) => 9,
        Note::HeldDown(_) => 10,
        Note::Exhausted(_) => 11,
        Note::Serving(..) => 12,
        Note::Rejoining(_) => 13,
        Note::StandingBy(_) => 14,
        Note::FailbackStart(..) => 15,
        Note::SplitStart(_) => 16,
        Note::ReconcileStart(_) => 17,
        Note::CauseStart(_) => 18,
        Note::CauseEnd(_) => 19,
        Note::StateEntered(..) => 22,
        Note::ChangeStart(_) => 23,
        Note::SwitchoverStart(..) => 24,
        Note::WorkStart(_) => 25,
        Note::ChangeBad(_) => 26,
        Note::ChangeEnd(_) => 27,
        Note::Collapse(_) => 28,
        Note::Recovery(_) => 29,
        Note::LagsBehind(..) => 30,
        Note::WritesStall(_) => 31,
        Note::Unreplicated(_) => 32,
        Note::InStep(_) => 33,
        Note::ScaleOrder(_) => 34,
        Note::ScaleUp(_) => 35,
        Note::ScaleFailure(_) => 36,
        Note::PeopleWait(_) => 37,
        Note::PeopleCome(_) => 38,
        Note::Lack(..) => 39,
    }
}

impl<'a> Watch<'a> {
    pub(super) fn of(system: &'a System, behaviour: &'a Behaviour) -> Watch<'a> {
        let services: Vec<ServiceId> = system.services.ids().collect();
        Watch {
            system,
            behaviour,
            levels: vec![Level::Up; services.len()],
            times: vec![[0; 3]; services.len()],
            services,
            groups: system.groups.ids().collect(),
            at: 0,
            crews: system.crews.ids().collect(),
            spares: system.spares.ids().collect(),
            repairs: vec![Vec::new(); system.crews.len()],
            has_stages: system.kinds.iter().flat_map(|kind| &kind.modes).any(
                |mode| matches!(&mode.ending, Ending::Repair(repair) if !repair.further.is_empty()),
            ),
            is_judged: system
                .services
                .iter()
                .map(|service| service.down_below.get() > 0.0)
                .collect(),
            notes: [0; NOTES.len()],
        }
    }

    /// Before the next trial.
    pub(super) fn begin(&mut self) {
        self.levels.fill(Level::Up);
        self.times.fill([0; 3]);
        self.at = 0;
        self.repairs.iter_mut().for_each(Vec::clear);
    }

    fn pass(&mut self, now: u64) {
        assert!(self.at <= now, "time runs forward");
        for (times, level) in self.times.iter_mut().zip(&self.levels) {
            times[*level as usize] += now - self.at;
        }
        self.at = now;
    }

    /// After a trial: the outcome says what has been seen.
    pub(super) fn end(&mut self, outcome: &Outcome, mission: u64) {
        self.pass(mission);
        for ((service, times), (index, &is_judged)) in outcome
            .services
            .iter()
            .zip(&self.times)
            .zip(self.is_judged.iter().enumerate())
        {
            // Of what is asked on average, that is most which can be lost at a time.
            let demand = &self.system.services[self.services[index]].demand;
            let most = demand.as_ref();
            let most = most.map_or(1.0, |demand| demand.peak() / demand.mean());
            let mut end = 0;
            for segment in &service.segments {
                assert!(
                    segment.start.0 >= end,
                    "segments overlap or are out of order"
                );
                assert!(segment.end > segment.start, "a segment has no length");
                end = segment.end.0;
            }
            assert!(end <= mission, "downtime after the mission");
            let [mut down, degraded, up] = *times;
            assert_eq!(up + degraded + down, mission);
            if is_judged {
                let least = down;
                down = service.down_time();
                assert!(down >= least, "what is down serves nothing");
                assert!(service.degraded <= degraded, "degraded time");
            } else {
                assert_eq!(
                    service.down_time(),
                    down,
                    "each nanosecond down has one cause"
                );
                assert_eq!(service.degraded, degraded, "degraded time");
            }
            let outages: u64 = service.outages().map(|outage| outage.duration()).sum();
            assert_eq!(outages, down, "outages are made of their segments");
            assert!(
                service.lost as f64 <= (mission - down) as f64 * most + 1.0,
                "no more is lost than could be served"
            );
        }
    }

    /// The pool of people that repairs a fault of a unit.
    fn crew_of(&self, unit: UnitId, mode: FaultModeId) -> Option<usize> {
        let index = self.behaviour.mode_index(mode)?;
        let kind = &self.system.kinds[self.system.units[unit].kind];
        let Ending::Repair(repair) = &kind.modes[index].ending else {
            return None;
        };
        let crew = repair.crew?;
        self.crews.iter().position(|&id| id == crew)
    }

    fn check_group(&self, group: &Group, state: &State) {
        let holders = group
            .members
            .iter()
            .filter(|&&member| state.holds_seat(self.behaviour, member));
        assert!(
            holders.count() <= group.active,
            "more members hold seats than there are"
        );
        let (mut serving, mut taking_over) = (0, 0);
        for member in &group.members {
            let Member::Unit(unit) = member else {
                continue;
            };
            match state.condition(self.behaviour, *unit) {
                Condition::Serving | Condition::Degraded => serving += 1,
                Condition::TakingOver => taking_over += 1,
                Condition::Standby
                | Condition::Fenced
                | Condition::Rejoining
                | Condition::FailedUnnoticed
                | Condition::WaitingForRepair
                | Condition::UnderRepair
                | Condition::NotRepaired
                | Condition::Disrupted
                | Condition::PlannedWork => {}
            }
        }
        assert!(
            serving <= group.active,
            "{serving} serve in {} seats",
            group.active
        );
        assert!(
            taking_over <= group.active,
            "{taking_over} take over {} seats",
            group.active
        );
    }

    /// What each seat of a group gives.
    fn seat_levels(&self, group: GroupId, state: &State) -> impl Iterator<Item = Level> {
        let (full, some) = state.seats_serving(group);
        let seats = self.system.groups[group].active as u32;
        (0..seats).map(move |seat| match seat {
            seat if seat < full => Level::Up,
            seat if seat < some => Level::Degraded,
            _ => Level::Down,
        })
    }

    fn level(&self, structure: &Structure, state: &State) -> Level {
        match structure {
            Structure::Group(group) => state.group_level(*group),
            Structure::Service(service)
                if self.system.services[*service].down_below.get() > 0.0 =>
            {
                state.service(*service).level
            }
            Structure::Service(service) => self.level(&self.system.services[*service].up, state),
            Structure::Each(_) => unreachable!("members count only where a number is enough"),
            Structure::Soft(part) => self.level(part, state).max(Level::Degraded),
            Structure::AtLeast { k, of } => {
                let mut levels: Vec<Level> = Vec::new();
                for part in of {
                    match part {
                        Structure::Each(group) => levels.extend(self.seat_levels(*group, state)),
                        Structure::Group(_)
                        | Structure::Service(_)
                        | Structure::Soft(_)
                        | Structure::AtLeast { .. } => levels.push(self.level(part, state)),
                    }
                }
                levels.sort_unstable_by(|a, b| b.cmp(a));
                levels[k - 1]
            }
        }
    }
}

impl Observer for Watch<'_> {
    fn note(&mut self, _: Instant, note: Note) {
        self.notes[note_number(note)] += 1;
        match note {
            Note::RepairStart(unit, mode) => {
                if let Some(crew) = self.crew_of(unit, mode) {
                    self.repairs[crew].push((unit, mode));
                }
            }
            Note::Restoration(unit, mode) => {
                if let Some(crew) = self.crew_of(unit, mode)
                    && let Some(at) = self.repairs[crew]
                        .iter()
                        .position(|&open| open == (unit, mode))
                {
                    self.repairs[crew].remove(at);
                }
            }
            _ => {}
        }
    }

    fn after_event(&mut self, at: Instant, state: &State) {
        self.pass(at.0);
        for (index, &service) in self.services.iter().enumerate() {
            let now = state.service(service);
            assert_eq!(
                now.level == Level::Down,
                now.cause.is_some(),
                "downtime has a cause"
            );
            let from_groups = self.level(&self.system.services[service].up, state);
            assert!(
                now.level == from_groups || (self.is_judged[index] && now.level == Level::Down),
                "the level of `{}` follows from its groups",
                self.system.services[service].name
            );
            self.levels[index] = now.level;
        }
        for &group in &self.groups {
            self.check_group(&self.system.groups[group], state);
        }
        for (&crew, repairs) in self.crews.iter().zip(&self.repairs) {
            let busy = state.crew_busy(self.behaviour, crew) as usize;
            let Crew {
                name: _,
                size,
                order: _,
                preemption,
                per_group,
                pick_up,
                hours,
            } = &self.system.crews[crew];
            if *per_group {
                assert!(
                    busy <= size * self.groups.len(),
                    "more people than there are"
                );
                continue;
            }
            assert!(busy <= *size, "more people than there are");
            let each_works_to_the_end =
                *preemption == Preemption::Never && pick_up.is_none() && hours.is_none();
            // Of repairs that began before the mission nobody has told.
            if each_works_to_the_end && !self.has_stages && !self.system.start.is_settled() {
                assert_eq!(busy, repairs.len(), "people at work, and repairs");
            }
        }
        for &spare in &self.spares {
            assert!(
                state.spares_on_shelf(spare) as usize <= self.system.spares[spare].stock,
                "the shelf holds no more than it has room for"
            );
        }
    }
}
