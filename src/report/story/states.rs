//! What units and services do, in words for people, in names for programs, and in colours of a picture.

use crate::behaviour::Condition;
use crate::model::Level;
use crate::report::plots::{ServiceState, UnitState};

pub(super) fn service_state(level: Level) -> ServiceState {
    match level {
        Level::Up => ServiceState::Up,
        Level::Degraded => ServiceState::Degraded,
        Level::Down => ServiceState::Down,
    }
}

pub(super) fn level_name(level: Level) -> &'static str {
    match level {
        Level::Up => "up",
        Level::Degraded => "degraded",
        Level::Down => "down",
    }
}

pub(super) fn unit_state(condition: Condition) -> UnitState {
    match condition {
        Condition::Serving | Condition::Degraded => UnitState::Serving,
        Condition::Standby => UnitState::Standby,
        Condition::TakingOver => UnitState::TakingOver,
        Condition::Fenced => UnitState::CutOff,
        Condition::Rejoining => UnitState::Rejoining,
        Condition::FailedUnnoticed => UnitState::FailedUnnoticed,
        Condition::WaitingForRepair | Condition::NotRepaired | Condition::Disrupted => {
            UnitState::FailedWaiting
        }
        Condition::UnderRepair | Condition::PlannedWork => UnitState::UnderRepair,
    }
}

pub(super) fn condition_name(condition: Condition) -> &'static str {
    match condition {
        Condition::Serving => "serving",
        Condition::Degraded => "degraded",
        Condition::Standby => "standby",
        Condition::TakingOver => "taking_over",
        Condition::Fenced => "fenced",
        Condition::Rejoining => "rejoining",
        Condition::FailedUnnoticed => "failed_unnoticed",
        Condition::WaitingForRepair => "waiting_for_repair",
        Condition::UnderRepair => "under_repair",
        Condition::NotRepaired => "not_repaired",
        Condition::Disrupted => "disrupted",
        Condition::PlannedWork => "planned_work",
    }
}

pub(super) fn condition_words(condition: Condition) -> &'static str {
    match condition {
        Condition::Serving => "serving",
        Condition::Degraded => "degraded",
        Condition::Standby => "standing by",
        Condition::TakingOver => "taking over",
        Condition::Fenced => "fenced",
        Condition::Rejoining => "rejoining",
        Condition::FailedUnnoticed => "down unnoticed",
        Condition::WaitingForRepair => "waiting for repair",
        Condition::UnderRepair => "under repair",
        Condition::NotRepaired => "down for good",
        Condition::Disrupted => "disrupted",
        Condition::PlannedWork => "in planned work",
    }
}
