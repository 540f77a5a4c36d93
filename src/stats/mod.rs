//! Floor 2: what a sample says about the truth, and when a sample is large enough.
//!
//! Sums are whole numbers, so an answer depends on the trials alone and not on who ran which in
//! what order. Intervals are chosen for rare outages of very different lengths, and say when they
//! rest on too few. Nothing here knows what a failover is.

pub mod histogram;
pub mod interval;
pub mod mean;
pub mod moments;
pub mod proportion;
pub mod real;
pub mod stopping;
pub mod tail;
pub mod verdict;
mod wide;

pub use histogram::{Bin, Histogram};
pub use interval::{
    FEW, FEW_FOR_RATIO, Interval, InvalidLevel, Level, Method, NoInterval, Support,
};
pub use mean::{independent_difference, mean_hall, mean_student, ratio, ratio_delta};
pub use moments::{DifferenceMoments, Moments, RatioMoments, Summary};
pub(crate) use proportion::never_in;
pub use proportion::{
    none_seen_bound, proportion_at_least, proportion_at_most, proportion_clopper_pearson,
    proportion_wilson, quantile, rate_poisson,
};
pub use real::{ExactSum, RealMoments, real_ratio, real_ratio_of};
pub use stopping::{Decision, Precision, Progress, Rule, Signal, WhyStopped};
pub use tail::{Exceedance, TailMoments, TrialValues};
pub use verdict::{Target, Verdict};
