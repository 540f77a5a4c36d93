//! Groups: members, seats, takeovers and replication.

use super::super::clock::{BranchId, Event, LagSpec, StopwatchId, Timing};
use super::super::plan::*;
use super::{Compiler, after, is_zero, key_of, latency, notices_itself, stage_plan};
use crate::base::{Id, Span, units::NANOS_PER_SECOND};
use crate::math::law::{Constant, Exponential, Law, Truncated};
use crate::model::{
    Dependent, Detector, FailbackTiming, Group, GroupId, Level, Member, OnFailure, Replication,
    ReplicationMode, Stage,
};

impl Compiler<'_> {
    pub(super) fn group(&mut self, id: GroupId) {
        let system = self.system;
        let group = &system.groups[id];
        let name = format!("group {}", group.name);
        let member_count = group.members.len() as u32;
        let first_member = self
            .out
            .members
            .iter_ids()
            .find(|(_, member)| member.group == id)
            .map_or(0, |(member, _)| member.0);
        let is_static = !group.has_standbys();
        let stages = self.out.stages.len();
        let takeover = &group.takeover;
        let instant = Stage::default();
        let fencing = takeover.fencing.as_ref();
        let in_order = [
            &takeover.deciding,
            fencing.unwrap_or(&instant),
            &takeover.promoting,
            &takeover.redirecting,
        ];
        let mut step_needs = [None; 5];
        for (index, need) in system.needs.iter().enumerate() {
            if let Dependent::Step(group, step) = need.dependent
                && group == id
            {
                step_needs[step as usize] = Some(NeedId::from_index(index));
            }
        }
        if !is_static {
            let calls_groups = self.calls_groups(group);
            for (index, (stage, need)) in in_order.iter().zip(step_needs).enumerate() {
                let is_call = calls_groups && index == StageKind::Promoting as usize;
                self.out.stages.push(stage_plan(stage, need, is_call));
            }
        }
        let first_seat = self.out.seats.len() as u32;
        for position in 0..group.active as u32 {
            let preferred = MemberId(first_member + position);
            let seat_name = format!("{name} seat {position}");
            let seat = self.seat(id, preferred, &in_order, &step_needs, &seat_name);
            self.out.seats.push(seat);
        }
        let hold_down = (!is_static && takeover.hold_down > Span::ZERO).then(|| {
            let slot = self.slot();
            let law = Law::from(
                Constant::new(takeover.hold_down.as_secs()).expect("a span is a duration"),
            );
            self.clock(
                Event::HoldDownEnded(id),
                after(&law),
                slot,
                &format!("{name} hold-down"),
            )
        });
        let notices_late = self.fails_unnoticed(group);
        let replication = group.replication.as_ref().filter(|_| !is_static);
        let replication = replication.map(|plan| self.replication(id, plan, &name));
        self.out.groups.push(GroupPlan {
            members: Run {
                first: first_member,
                end: first_member + member_count,
            },
            seats: Run {
                first: first_seat,
                end: self.out.seats.len() as u32,
            },
            // Members that are counted one by one are missed one by one: the group is there while any of them is.
            required: match self.counted_singly[id] {
                true => 1,
                false => group.required as u32,
            },
            is_static,
            notices_itself: notices_itself(group),
            dormancy: group.dormancy,
            load: group.load.clone(),
            has_capacity: false,
            counts_members: !group.load.is_empty(),
            overload: None,
            scaling: None,
            degraded_capacity: group.degraded_capacity.get(),
            quorum: group.quorum,
            notices_late,
            shares_requests: group.shares_requests && notices_late,
            deals_requests: false,
            standby_faults: group.standby_faults,
            member_of: self.member_of_group[id.index()],
            nodes: Vec::new(),
            counted_by: Vec::new(),
            services: Vec::new(),
            stages,
            has_fencing: fencing.is_some(),
            candidate_failure: takeover.candidate_failure,
            recovered: takeover.recovered,
            lone_failure: takeover.lone_failure,
            after_exhaustion: takeover.after_exhaustion,
            hold_down,
            split_during: group
                .split_brain
                .as_ref()
                .map_or(Level::Up, |split| split.during),
            reconcile_factor: group
                .split_brain
                .as_ref()
                .map_or(0.0, |split| split.reconcile_factor),
            reconcile_during: group
                .split_brain
                .as_ref()
                .map_or(Level::Down, |split| split.reconcile_during),
            failback: match group.failback.timing {
                _ if is_static => FailbackPlan::Never,
                FailbackTiming::Never => FailbackPlan::Never,
                FailbackTiming::AtOnce => FailbackPlan::AtOnce,
                FailbackTiming::Stable(_)
                | FailbackTiming::Manual(_)
                | FailbackTiming::Window(_) => FailbackPlan::Due,
            },
            failback_during: group.failback.during,
            manual_by: takeover.manual_by,
            has_switchover: group.switchover.is_some(),
            switchover_during: group
                .switchover
                .as_ref()
                .map_or(Level::Down, |switchover| switchover.during),
            step_needs,
            replication,
        });
    }

    /// Whether a member is a group with units that can fail on demand. Promoting it is then an event of its
    /// own: such failures must not happen within the rule that has just brought that group up.
    fn calls_groups(&self, group: &Group) -> bool {
        group.members.iter().any(|member| match *member {
            Member::Unit(_) => false,
            Member::Group(inner) => {
                let inner = &self.system.groups[inner];
                self.calls_groups(inner)
                    || inner.members.iter().any(|member| match *member {
                        Member::Unit(unit) => {
                            let kind = self.system.units[unit].kind;
                            self.system.kinds[kind].on_demand.is_some()
                        }
                        Member::Group(_) => false,
                    })
            }
        })
    }

    fn replication(&mut self, id: GroupId, plan: &Replication, name: &str) -> ReplicationPlan {
        let lag = plan.lag.as_ref().map(|law| {
            let limit = plan
                .gate
                .map_or(f64::INFINITY, |gate| gate.lag_max.as_secs());
            let cut = |low: f64, high: f64| {
                let cut = Truncated::with_low_and_high(law.clone(), low, high);
                // What never falls between the bounds is never asked for.
                cut.map_or_else(|_| law.clone(), Law::from)
                    .scaled(NANOS_PER_SECOND)
            };
            let within = if limit > 0.0 {
                cut(0.0, limit)
            } else {
                law.scaled(NANOS_PER_SECOND)
            };
            let beyond = if limit.is_finite() {
                cut(limit, f64::INFINITY)
            } else {
                law.scaled(NANOS_PER_SECOND)
            };
            self.out.lags.push(LagSpec {
                laws: [law.scaled(NANOS_PER_SECOND), within, beyond],
                stream: key_of(&format!("{name} lag")),
            })
        });
        let gate = plan.gate.map(|gate| GatePlan {
            branch: self.branch(&format!("{name} lags behind")),
            refusal: plan.refusal().get(),
            tries_next: gate.beyond == OnFailure::NextCandidate,
        });
        let patience = match &plan.mode {
            ReplicationMode::Asynchronous => None,
            ReplicationMode::Synchronous { patience, .. } => patience.as_ref(),
        };
        let is_impatient = patience.is_some_and(is_zero);
        let patience = patience.filter(|law| !is_zero(law)).map(|law| {
            let slot = self.slot();
            let name = format!("{name} patience");
            self.clock(Event::PatienceEnded(id), after(law), slot, &name)
        });
        ReplicationPlan {
            lag,
            gate,
            acknowledged_by: plan.acknowledged_by() as u32,
            patience,
            is_impatient,
            split_loss: plan.split_loss.get(),
        }
    }

    pub(super) fn stopwatch(&mut self) -> StopwatchId {
        self.out.stopwatch_count += 1;
        StopwatchId::from_index(self.out.stopwatch_count - 1)
    }

    /// Whether a member may fail without that being noticed at once.
    fn fails_unnoticed(&self, group: &Group) -> bool {
        group.members.iter().any(|member| match *member {
            Member::Group(inner) => {
                latency(group).is_some() || self.fails_unnoticed(&self.system.groups[inner])
            }
            Member::Unit(unit) => {
                self.out.units[unit]
                    .processes
                    .ids::<ProcessId>()
                    .any(|process| {
                        let mut modes = self.out.processes[process].modes.ids::<FaultModeId>();
                        modes.any(|mode| {
                            !matches!(
                                self.out.fault_modes[mode].notice,
                                NoticePlan::AtOnce
                                    | NoticePlan::Detector(None)
                                    | NoticePlan::WithGroup(_)
                            )
                        })
                    })
            }
        })
    }

    fn seat(
        &mut self,
        group: GroupId,
        preferred: MemberId,
        stages: &[&Stage; 4],
        needs: &[Option<NeedId>; 5],
        name: &str,
    ) -> SeatPlan {
        let system = self.system;
        let policy = &system.groups[group];
        let seat = SeatId::from_index(self.out.seats.len());
        let mut plan = SeatPlan {
            group,
            preferred,
            stages: [None; 4],
            succeeds: [BranchId(0); 4],
            manual: None,
            warm_up: None,
            client: None,
            failback: None,
            switchover: None,
            failback_due: None,
            false_alarm: None,
            split: None,
            reconcile: None,
            divergence: StopwatchId(0),
            stopped: StopwatchId(0),
        };
        if !policy.has_standbys() {
            return plan;
        }
        if policy.replication.is_some() {
            plan.stopped = self.stopwatch();
        }
        let slot = self.slot();
        let calls_groups = self.calls_groups(policy);
        for (index, (stage, kind)) in stages
            .iter()
            .zip(["deciding", "fencing", "promoting", "redirecting"])
            .enumerate()
        {
            plan.succeeds[index] = self.branch(&format!("{name} {kind} succeeds"));
            let is_call = calls_groups && index == StageKind::Promoting as usize;
            if !stage_plan(stage, needs[index], is_call).is_instant {
                plan.stages[index] = Some(self.clock(
                    Event::StageEnded(seat),
                    after(&stage.takes),
                    slot,
                    &format!("{name} {kind}"),
                ));
            }
        }
        plan.manual = Some(self.clock(
            Event::ManualEnded(seat),
            after(&policy.takeover.manual),
            slot,
            &format!("{name} manual"),
        ));
        if !is_zero(&policy.takeover.warm_up) {
            let slot = self.slot();
            plan.warm_up = Some(self.clock(
                Event::WarmedUp(seat),
                after(&policy.takeover.warm_up),
                slot,
                &format!("{name} warm-up"),
            ));
        }
        if let Some(clients) = &policy.takeover.clients {
            let slot = self.slot();
            plan.client = Some(self.clock(
                Event::ClientBack(seat),
                after(clients),
                slot,
                &format!("{name} client"),
            ));
        }
        if !is_zero(&policy.failback.takes) {
            plan.failback = Some(self.clock(
                Event::FailbackEnded(seat),
                after(&policy.failback.takes),
                slot,
                &format!("{name} failback"),
            ));
        }
        if let Some(switchover) = &policy.switchover
            && !is_zero(&switchover.takes)
        {
            plan.switchover = Some(self.clock(
                Event::FailbackEnded(seat),
                after(&switchover.takes),
                slot,
                &format!("{name} switchover"),
            ));
        }
        let due = match &policy.failback.timing {
            FailbackTiming::Never | FailbackTiming::AtOnce => None,
            FailbackTiming::Stable(law) | FailbackTiming::Manual(law) => Some(after(law)),
            FailbackTiming::Window(window) => Some(Timing::Window(*window)),
        };
        plan.failback_due = due.map(|timing| {
            let slot = self.slot();
            self.clock(
                Event::FailbackDue(seat),
                timing,
                slot,
                &format!("{name} failback due"),
            )
        });
        let alarms = policy.spurious.clone().or_else(|| {
            let mean = policy
                .detector
                .as_ref()
                .map_or(f64::INFINITY, Detector::mean_time_between_false_alarms);
            mean.is_finite().then(|| {
                Law::from(
                    Exponential::with_mean(mean).expect("a mean time between alarms is positive"),
                )
            })
        });
        plan.false_alarm = alarms.map(|law| {
            let slot = self.slot();
            self.clock(
                Event::FalseAlarm(seat),
                after(&law),
                slot,
                &format!("{name} false alarm"),
            )
        });
        if let Some(split) = &policy.split_brain {
            plan.split = Some(self.clock(
                Event::SplitEnded(seat),
                after(&split.lasts),
                slot,
                &format!("{name} split"),
            ));
            plan.reconcile = Some(self.clock(
                Event::Reconciled(seat),
                after(&split.reconcile),
                slot,
                &format!("{name} reconcile"),
            ));
            plan.divergence = self.stopwatch();
        }
        plan
    }
}
