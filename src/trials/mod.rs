//! Floor 6: many independent trials of one system, run in parallel, with one answer.
//!
//! The answer depends on the seed and the number of trials only. Trials are dealt out in fixed
//! blocks; a block adds its trials up in a [`Tally`] of whole numbers; and whole numbers merge to
//! the same totals in any order. What a tally says about the truth is in [`Estimates`].

mod certain;
mod cost;
mod drift;
mod estimate;
mod figures;
mod happenings;
mod paired;
mod period;
mod run;
mod tally;

pub(crate) use certain::is_certain;
pub use cost::{CostTally, PARTS_PER_UNIT};
pub use drift::{Drift, DriftTally, FALSE_ALARMS_ONE_IN, drift_of_pilot, find_warm_up};
pub use estimate::{
    Contribution, CostEstimates, CostShare, Estimates, RootShare, ServedPart, ServiceEstimates,
    TargetResult, Way,
};
pub(crate) use estimate::{
    EXCEEDANCE_POINTS, cost_statistic, measure, sorted_contributions, sorted_roots, target_result,
};
pub use figures::Quantity;
pub(crate) use figures::{Figure, ORDERS, quantities};
pub use happenings::{HappeningTally, count_happenings};
pub(crate) use paired::mean_cost;
pub use paired::{Change, Values, change};
pub(crate) use period::{Limit, MONTH, Periods, YEAR, split};
pub use run::{ConvergencePoint, Goal, Settings, Trials, run};
pub(crate) use tally::{Layout, PART_COUNT, Scratch};
pub use tally::{OutageRecord, RootMoments, ServiceTally, Tally, TrialRecord};
