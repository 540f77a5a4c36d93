//! What keeps numbers from being the parameters of a law, and the checks that find it.

/// What keeps numbers from being the parameters of a law.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLaw {
    /// A scale, shape, mean or the like is zero, negative, infinite or not a number.
    #[error("{parameter} must be positive and finite, not {value}")]
    NotPositive {
        /// What it is called.
        parameter: &'static str,
        /// What it is.
        value: f64,
    },
    /// A duration or the like is negative, infinite or not a number.
    #[error("{parameter} must be zero or positive and finite, not {value}")]
    Negative {
        /// What it is called.
        parameter: &'static str,
        /// What it is.
        value: f64,
    },
    /// A number that may have any sign is infinite or not a number.
    #[error("{parameter} must be a finite number, not {value}")]
    NotFinite {
        /// What it is called.
        parameter: &'static str,
        /// What it is.
        value: f64,
    },
    /// A probability is outside the open or half-open interval that it must lie in.
    #[error("{parameter} must be a probability in {range}, not {value}")]
    NotProbability {
        /// What it is called.
        parameter: &'static str,
        /// The allowed interval, in words or brackets.
        range: &'static str,
        /// What it is.
        value: f64,
    },
    /// Two parameters are in the wrong order.
    #[error(
        "{lesser_name} must be {relation} {greater_name}, but {lesser} is not {relation} {greater}"
    )]
    Order {
        /// What should be less is called this.
        lesser_name: &'static str,
        /// What should be less.
        lesser: f64,
        /// `less than` or `at most`.
        relation: &'static str,
        /// What should be greater is called this.
        greater_name: &'static str,
        /// What should be greater.
        greater: f64,
    },
    /// A list has nothing in it.
    #[error("{parameter} must not be empty")]
    Empty {
        /// What it is called.
        parameter: &'static str,
    },
    /// Two lists that belong together differ in length.
    #[error("{left} {left_name} do not match {right} {right_name}")]
    Lengths {
        /// What is in the first list.
        left_name: &'static str,
        /// Its length.
        left: usize,
        /// What is in the second list.
        right_name: &'static str,
        /// Its length.
        right: usize,
    },
    /// Weights do not add up to 1.
    #[error("{parameter} must add up to 1, not {sum}")]
    Sum {
        /// What they are called.
        parameter: &'static str,
        /// Their sum.
        sum: f64,
    },
    /// No law of the family has the wanted property.
    #[error("no {family} law has {parameter} {value}: {reason}")]
    Unattainable {
        /// The family.
        family: &'static str,
        /// The property.
        parameter: &'static str,
        /// Its wanted value.
        value: f64,
        /// Why, and what would do.
        reason: &'static str,
    },
}

pub(super) fn positive(parameter: &'static str, value: f64) -> Result<f64, InvalidLaw> {
    if value > 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(InvalidLaw::NotPositive { parameter, value })
    }
}

pub(super) fn not_negative(parameter: &'static str, value: f64) -> Result<f64, InvalidLaw> {
    if value >= 0.0 && value.is_finite() {
        // Turns a negative zero into a positive one.
        Ok(value + 0.0)
    } else {
        Err(InvalidLaw::Negative { parameter, value })
    }
}

pub(super) fn finite(parameter: &'static str, value: f64) -> Result<f64, InvalidLaw> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(InvalidLaw::NotFinite { parameter, value })
    }
}

pub(super) fn ordered(
    (lesser_name, lesser): (&'static str, f64),
    relation: &'static str,
    (greater_name, greater): (&'static str, f64),
) -> Result<(), InvalidLaw> {
    let holds = if relation == AT_MOST {
        lesser <= greater
    } else {
        lesser < greater
    };
    if holds {
        Ok(())
    } else {
        Err(InvalidLaw::Order {
            lesser_name,
            lesser,
            relation,
            greater_name,
            greater,
        })
    }
}

pub(super) const AT_MOST: &str = "at most";
pub(super) const LESS_THAN: &str = "less than";

/// Weights as given, made to add up to 1 exactly if they do so within 1e-9.
pub(super) fn weights(
    parameter: &'static str,
    mut values: Vec<f64>,
) -> Result<Vec<f64>, InvalidLaw> {
    if values.is_empty() {
        return Err(InvalidLaw::Empty { parameter });
    }
    for value in &mut values {
        *value = not_negative(parameter, *value)?;
    }
    let sum: f64 = values.iter().sum();
    if (sum - 1.0).abs() > 1e-9 {
        return Err(InvalidLaw::Sum { parameter, sum });
    }
    values.iter_mut().for_each(|value| *value /= sum);
    Ok(values)
}
