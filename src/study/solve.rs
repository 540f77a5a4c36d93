//! The exact answer with all that belongs to it.

use std::num::NonZero;

use crate::exact::{self, Counted, Effort, Exact, Importance, LaidOpen, NoExact, ServiceAnswer};
use crate::math::law::Detail;
use crate::model::System;

/// An exact answer, and what is asked of a system beside its services.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The answer.
    pub exact: Exact,
    /// How near it is, if phases stand in for other laws.
    pub approximation: Option<Approximation>,
    /// How often what happens, or why that is not known.
    pub counts: Result<Vec<Counted>, NoExact>,
    /// What the failure of a unit means, or why that is not known.
    pub importances: Result<Vec<Importance>, NoExact>,
}

/// An approximation may differ from the truth by about this, relative to the value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Approximation {
    /// Largest relative difference between the two levels of detail, over the unavailabilities.
    pub difference: f64,
}

impl Approximation {
    /// Compares the answers at two levels of detail.
    pub fn between(coarse: &Exact, fine: &Exact) -> Approximation {
        let pairs = coarse.services.iter().zip(fine.services.iter());
        let difference = pairs
            .map(|(coarse, fine)| {
                let of = |answer: &ServiceAnswer| match &answer.mission {
                    Some(mission) => mission.unavailability,
                    None => answer.long_run.unavailability,
                };
                (of(coarse) - of(fine)).abs() / of(fine).max(f64::MIN_POSITIVE)
            })
            .fold(0.0, f64::max);
        Approximation { difference }
    }
}

/// Solves a system that has passed [`crate::model::check::check`]: exactly; or with at most `order` phases in a row
/// in place of each other law, at two levels of detail.
///
/// ```
/// use failsim::scenario::{NoFiles, Source, load};
/// use failsim::study;
///
/// let text = r#"
///     format = 1
///     [components.unit]
///     fail = { mean = "99 h" }
///     repair = { mean = "1 h" }
///     [service]
///     up = "unit"
/// "#;
/// let scenario = load(&Source::toml("unit.toml", text), &[], &NoFiles)?;
/// let solution = study::solve(&scenario.system, None)?;
/// let service = solution.exact.services.iter().next().expect("the service");
/// assert!((service.long_run.unavailability - 0.01).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As for [`exact::solve`].
pub fn solve(system: &System, order: Option<NonZero<u32>>) -> Result<Solution, NoExact> {
    let (exact, approximation) = answer(system, order)?;
    let detail = order.map(|order| Detail::Fine {
        order: 2 * order.get(),
    });
    Ok(Solution {
        counts: exact::counts(system, &Effort::FULL, detail),
        importances: exact::importances(system, &exact, &Effort::FULL, detail),
        exact,
        approximation,
    })
}

fn answer(
    system: &System,
    order: Option<NonZero<u32>>,
) -> Result<(Exact, Option<Approximation>), NoExact> {
    let solve = |detail| LaidOpen::of(system, &Effort::FULL, detail)?.answer_with_down_time(true);
    match order {
        None => Ok((solve(None)?, None)),
        Some(order) => {
            let order = order.get();
            let coarse = solve(Some(Detail::Coarse { order }))?;
            let fine = solve(Some(Detail::Fine { order: 2 * order }))?;
            let approximation = Approximation::between(&coarse, &fine);
            let approximation = (!fine.fitted.is_empty()).then_some(approximation);
            Ok((fine, approximation))
        }
    }
}

impl Solution {
    pub(crate) fn counts(&self) -> &[Counted] {
        self.counts.as_deref().unwrap_or_default()
    }

    pub(crate) fn importances(&self) -> &[Importance] {
        self.importances.as_deref().unwrap_or_default()
    }

    /// What is missing and why, in full sentences.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        if let Err(why) = &self.counts {
            missing.push(format!("How often what happens is not given: {why}."));
        }
        if self
            .counts()
            .iter()
            .any(|counted| counted.in_mission.is_none())
        {
            missing.push(
                "How often some of it happens is given for the long run, as the mission takes too many of \
                 the fastest steps."
                    .to_owned(),
            );
        }
        if let Err(why) = &self.importances {
            missing.push(format!(
                "What the failure of a unit means is not given: with all parts taken together, {why}."
            ));
        }
        missing
    }
}
