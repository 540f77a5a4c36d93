//! What is known of a fault before it happens.
//!
//! The rules of faults are written once and compiled twice: for any fault, and for a plain one, of
//! which most questions that a rule asks have only one answer. Most events of large systems are
//! failures and restorations of this kind, and take half the time so.

use super::plan::{
    Behaviour, EffectPlan, EndingPlan, FaultModeId, NoticePlan, PlainRepair, ProcessId,
};
use crate::model::{RepairStart, StandbyFaults};

/// Which faults a rule is compiled for.
pub(super) trait Shape {
    /// Only those of processes that have a plain repair.
    const PLAIN: bool;
}

/// All faults.
pub(super) struct Any;

impl Shape for Any {
    const PLAIN: bool = false;
}

/// Plain faults.
pub(super) struct Plain;

impl Shape for Plain {
    const PLAIN: bool = true;
}

impl Behaviour {
    /// How the faults of a process are mended if they are plain: nothing else ever befalls the unit,
    /// everybody knows at once, work on it begins at once or when the crew is free and is done in one
    /// step, and nobody takes over meanwhile.
    pub(super) fn plain_repair(&self, process: ProcessId) -> Option<PlainRepair> {
        let plan = &self.processes[process];
        let unit = &self.units[plan.unit];
        let group = &self.groups[plan.group];
        let watching = &self.groups[self.members[unit.seen_as].group];
        let is_believed_in =
            !watching.is_static && watching.standby_faults == StandbyFaults::Latent;
        let mode = &self.fault_modes[FaultModeId(plan.modes.first)];
        let EndingPlan::Repair(repair) = &mode.ending else {
            return None;
        };
        let is_plain = plan.is_alone
            && plan.failure.is_some()
            && plan.choice.is_none()
            && mode.effect == EffectPlan::Down
            && matches!(mode.notice, NoticePlan::AtOnce | NoticePlan::Detector(None))
            && repair.starts != RepairStart::Takeover
            && repair.delay.is_none()
            && repair.spare.is_none()
            && repair.further.len() == 0
            && repair
                .first
                .crew
                .is_none_or(|pool| !self.pools[pool].keeps_track() && !self.pools[pool].picks_up)
            && unit.pausing.is_empty()
            && !unit.changes_speed
            && group.is_static
            && !group.shares_requests
            && !is_believed_in
            && self.members[plan.member].rejoin.is_none();
        is_plain.then_some(PlainRepair {
            step: repair.first,
            booked: repair.booked,
        })
    }

    /// The same behaviour, whose rules ask every question of every fault: as it must behave with less
    /// to ask, only slower.
    #[must_use]
    pub fn without_shortcuts(mut self) -> Behaviour {
        for process in self.processes.ids() {
            self.processes[process].plain = None;
        }
        self
    }
}
