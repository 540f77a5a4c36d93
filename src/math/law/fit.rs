//! Phase-type laws that stand in for laws that are not: as many moments as the phases allow.

use super::{Law, PhaseType};
use crate::math::numeric;

/// How closely a law is to be followed by phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Mean and variance, where `order` phases can have that little variance.
    Coarse {
        /// Largest number of phases in a row.
        order: u32,
    },
    /// Mean, variance and third moment, likewise.
    Fine {
        /// Largest number of phases in a row.
        order: u32,
    },
}

impl Law {
    /// A phase-type law that resembles this one: `None` if its variance is infinite or it may never
    /// end.
    ///
    /// Two moments are matched by a mixture of two Erlang laws with a common rate (Tijms 1986), or by
    /// two exponential laws where the law is more variable than one; three moments by a mixture of two
    /// Erlang laws of common order (Johnson and Taaffe 1989). A law less variable than `order` phases
    /// in a row can be becomes those phases, with its mean.
    pub fn phase_type_fit(&self, detail: Detail) -> Option<PhaseType> {
        if let Some(phases) = self.phase_type() {
            return Some(phases);
        }
        let (mean, variance) = (self.mean(), self.variance());
        if !mean.is_finite() || !variance.is_finite() || mean <= 0.0 {
            return None;
        }
        let square_cv = variance / (mean * mean);
        match detail {
            Detail::Coarse { order } => Some(two_moments(mean, square_cv, order)),
            Detail::Fine { order } => {
                let third = numeric::integrate_pieces(&numeric::SURVIVAL_CUTS, |h| {
                    let ratio = self.inverse_cumulative_hazard(h) / mean;
                    ratio * ratio * ratio * libm::exp(-h)
                });
                let fit = three_moments(mean, square_cv, third, order);
                Some(fit.unwrap_or_else(|| two_moments(mean, square_cv, order)))
            }
        }
    }
}

fn two_moments(mean: f64, square_cv: f64, order: u32) -> PhaseType {
    if square_cv >= 1.0 {
        let root = ((square_cv - 1.0) / (square_cv + 1.0)).sqrt();
        // The lesser weight without cancellation: (1 - root) (1 + root) = 2 / (square + 1).
        let rare = 1.0 / ((square_cv + 1.0) * (1.0 + root));
        let weights = [1.0 - rare, rare];
        let parts = weights.map(|weight| PhaseType::stages(1, 2.0 * weight / mean));
        return PhaseType::mixture(&weights, &parts);
    }
    if square_cv * f64::from(order) <= 1.0 {
        return PhaseType::stages(order as usize, f64::from(order) / mean);
    }
    let stages = (1.0 / square_cv).ceil();
    let few = (stages * square_cv
        - (stages * (1.0 + square_cv) - stages * stages * square_cv)
            .max(0.0)
            .sqrt())
        / (1.0 + square_cv);
    let rate = (stages - few) / mean;
    let stages = stages as usize;
    let parts = [
        PhaseType::stages(stages - 1, rate),
        PhaseType::stages(stages, rate),
    ];
    PhaseType::mixture(&[few, 1.0 - few], &parts)
}

/// Johnson and Taaffe's mixture of two Erlang laws of the least order that is possible; `third` is
/// the third moment over the cube of the mean.
fn three_moments(mean: f64, square_cv: f64, third: f64, order: u32) -> Option<PhaseType> {
    let second = 1.0 + square_cv;
    (1..=order).find_map(|order| {
        let n = f64::from(order);
        let y = second - (n + 1.0) / n;
        let x = third - (n + 2.0) / (n + 1.0) * second * second;
        if y <= 0.0 || x <= 0.0 {
            return None;
        }
        let a = n * (n + 2.0) * y;
        let b = -(n * x + n * (n + 2.0) / (n + 1.0) * y * y + (n + 2.0) * y);
        let c = x;
        let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
        let slow = (-b + root) / (2.0 * a);
        let fast = c / (a * slow);
        let weight = (1.0 / n - fast) / (slow - fast);
        (fast > 0.0 && (0.0..=1.0).contains(&weight)).then(|| {
            let parts = [slow, fast]
                .map(|stage_mean| PhaseType::stages(order as usize, 1.0 / (stage_mean * mean)));
            PhaseType::mixture(&[weight, 1.0 - weight], &parts)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::law::{Constant, Exponential, LogNormal, Never, Pareto, Uniform, Weibull};

    fn close(found: f64, truth: f64, precision: f64) {
        assert!(
            (found - truth).abs() <= precision * truth,
            "{found} against {truth}"
        );
    }

    #[test]
    fn tail_weights_by_their_closed_forms() {
        let of = |law: Law| law.tail_weight();
        let exponential = Exponential::with_mean(7.0).expect("valid");
        close(of(exponential.into()), 6.0 / 2.0_f64.powf(1.5), 1e-9);
        close(of(Constant::new(7.0).expect("valid").into()), 1.0, 1e-9);
        for sigma in [0.5_f64, 1.0, 1.5] {
            let law = LogNormal::with_median_and_sigma(7.0, sigma).expect("valid");
            close(of(law.into()), (1.5 * sigma * sigma).exp(), 1e-6);
        }
        let pareto = |shape| Pareto::with_shape_and_minimum(shape, 1.0).expect("valid");
        assert_eq!(of(pareto(2.5).into()), f64::INFINITY);
        // E X^k = shape / (shape - k).
        close(
            of(pareto(5.0).into()),
            2.5 / (5.0_f64 / 3.0).powf(1.5),
            1e-6,
        );
        assert_eq!(of(Law::from(Never)), f64::INFINITY);
    }

    #[test]
    fn moments_agree_where_the_phases_allow() {
        let laws: Vec<Law> = vec![
            Weibull::with_shape_and_mean(1.5, 5000.0)
                .expect("valid")
                .into(),
            Weibull::with_shape_and_mean(0.7, 5000.0)
                .expect("valid")
                .into(),
            LogNormal::with_median_and_sigma(3.0, 1.0)
                .expect("valid")
                .into(),
            LogNormal::with_median_and_sigma(3.0, 0.4)
                .expect("valid")
                .into(),
            Uniform::with_low_and_high(0.0, 10.0).expect("valid").into(),
        ];
        for law in laws {
            for detail in [Detail::Coarse { order: 8 }, Detail::Fine { order: 16 }] {
                let fit = Law::from(law.phase_type_fit(detail).expect("finite moments"));
                close(fit.mean(), law.mean(), 1e-12);
                close(fit.variance(), law.variance(), 1e-9);
                if matches!(detail, Detail::Fine { .. }) {
                    let third = |law: &Law| {
                        numeric::integrate_pieces(&numeric::SURVIVAL_CUTS, |h| {
                            law.inverse_cumulative_hazard(h).powi(3) * libm::exp(-h)
                        })
                    };
                    // A uniform law leans to neither side, which takes more phases than this.
                    if !matches!(law, Law::Uniform(_)) {
                        close(third(&fit), third(&law), 1e-6);
                    }
                }
            }
        }
        let constant = Law::from(Constant::new(30.0).expect("valid"));
        let fit = Law::from(
            constant
                .phase_type_fit(Detail::Coarse { order: 8 })
                .expect("finite"),
        );
        close(fit.mean(), 30.0, 1e-12);
        close(fit.variance(), 112.5, 1e-9);
    }
}
