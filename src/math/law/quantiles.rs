//! Laws by two of their quantiles: as they are asked for, and as they are told.

use super::Family;
use super::invalid::{InvalidLaw, LESS_THAN, not_negative, ordered, positive};
use crate::base::human;

/// What a law is asked to satisfy: the part `probability` of all durations is at most `value`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuantilePoint {
    /// Between 0 and 1, both excluded.
    pub probability: f64,
    /// The duration.
    pub value: f64,
}

impl QuantilePoint {
    /// The duration that half of all durations do not exceed.
    pub fn median(value: f64) -> QuantilePoint {
        QuantilePoint {
            probability: 0.5,
            value,
        }
    }

    /// The duration that 95 % of all durations do not exceed.
    pub fn p95(value: f64) -> QuantilePoint {
        QuantilePoint {
            probability: 0.95,
            value,
        }
    }
}

/// Two quantile points in order of probability, both durations positive and different.
pub(super) fn two_quantiles(
    first: QuantilePoint,
    second: QuantilePoint,
) -> Result<(QuantilePoint, QuantilePoint), InvalidLaw> {
    for point in [first, second] {
        if !(point.probability > 0.0 && point.probability < 1.0) {
            return Err(InvalidLaw::NotProbability {
                parameter: "the probability of a quantile",
                range: "(0, 1)",
                value: point.probability,
            });
        }
        not_negative("a quantile", point.value)?;
    }
    let (low, high) = if first.probability <= second.probability {
        (first, second)
    } else {
        (second, first)
    };
    ordered(
        ("the lower probability", low.probability),
        LESS_THAN,
        ("the higher one", high.probability),
    )?;
    ordered(
        ("the lower quantile", low.value),
        LESS_THAN,
        ("the higher one", high.value),
    )?;
    Ok((low, high))
}

/// Both durations positive, as laws of the logarithm need them.
pub(super) fn two_positive_quantiles(
    first: QuantilePoint,
    second: QuantilePoint,
) -> Result<(QuantilePoint, QuantilePoint), InvalidLaw> {
    positive("a quantile", first.value)?;
    positive("a quantile", second.value)?;
    two_quantiles(first, second)
}

/// `name, median .., 95 % below ..`.
pub(super) fn describe_by_quantiles(name: &str, law: &impl Family) -> String {
    let at = |p: f64| human::duration(law.inverse_cumulative_hazard(-libm::log1p(-p)));
    format!("{name}, median {}, 95 % below {}", at(0.5), at(0.95))
}
