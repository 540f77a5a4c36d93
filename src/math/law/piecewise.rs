//! A constant hazard on each of several intervals of age: the bathtub, in steps.

use super::{Atom, Family, InvalidLaw, Law, PhaseType, not_negative, positive};
use crate::base::human;
use crate::math::rng::{Stream, exp1};

/// A hazard and the age from which it holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HazardPiece {
    /// The age from which the rate holds, until the next piece or for ever.
    pub from: f64,
    /// The hazard per unit of time; 0 for none.
    pub rate: f64,
}

/// The law with a piecewise constant hazard. If the last hazard is 0, it may never end.
#[derive(Clone, Debug, PartialEq)]
pub struct PiecewiseHazard {
    // Invariant: starts at age 0, ages increase, rates are not negative, all finite.
    pieces: Vec<HazardPiece>,
    // The cumulative hazard at the start of each piece.
    spent: Vec<f64>,
}

impl PiecewiseHazard {
    /// The law with these hazards, the last of which holds for ever.
    ///
    /// # Errors
    ///
    /// Fails unless the first piece starts at age 0, ages increase, and rates are finite and not
    /// negative.
    pub fn new(pieces: Vec<HazardPiece>) -> Result<PiecewiseHazard, InvalidLaw> {
        let Some(first) = pieces.first() else {
            return Err(InvalidLaw::Empty {
                parameter: "the list of hazards",
            });
        };
        if first.from != 0.0 {
            return Err(InvalidLaw::Order {
                lesser_name: "the age of the first hazard",
                lesser: first.from,
                relation: super::AT_MOST,
                greater_name: "the start",
                greater: 0.0,
            });
        }
        let mut spent = vec![0.0];
        for piece in &pieces {
            not_negative("the hazard", piece.rate)?;
            not_negative("the age of a hazard", piece.from)?;
        }
        for pair in pieces.windows(2) {
            super::ordered(
                ("the age of a hazard", pair[0].from),
                super::LESS_THAN,
                ("that of the next", pair[1].from),
            )?;
            spent.push(spent[spent.len() - 1] + pair[0].rate * (pair[1].from - pair[0].from));
        }
        Ok(PiecewiseHazard { pieces, spent })
    }

    /// A bathtub: infant mortality, then useful life, then wear-out, each with its hazard.
    ///
    /// # Errors
    ///
    /// Fails unless `0 < infant_until < wear_out_from` and the hazards are finite and not negative.
    pub fn bathtub(shape: Bathtub) -> Result<PiecewiseHazard, InvalidLaw> {
        positive("the end of infant mortality", shape.infant_until)?;
        PiecewiseHazard::new(vec![
            HazardPiece {
                from: 0.0,
                rate: shape.infant_rate,
            },
            HazardPiece {
                from: shape.infant_until,
                rate: shape.useful_rate,
            },
            HazardPiece {
                from: shape.wear_out_from,
                rate: shape.wear_out_rate,
            },
        ])
    }

    /// The hazards in order of age.
    pub fn pieces(&self) -> &[HazardPiece] {
        &self.pieces
    }

    /// The piece that holds at this age.
    fn piece_at(&self, age: f64) -> usize {
        self.pieces
            .partition_point(|piece| piece.from <= age)
            .saturating_sub(1)
    }

    fn end(&self, index: usize) -> f64 {
        self.pieces
            .get(index + 1)
            .map_or(f64::INFINITY, |piece| piece.from)
    }

    /// How long from `age` until the hazard has added up to `h`.
    #[inline]
    fn walk(&self, age: f64, mut h: f64) -> f64 {
        let mut index = self.piece_at(age);
        let mut start = age;
        loop {
            let rate = self.pieces[index].rate;
            let length = self.end(index) - start;
            // With rate 0 nothing is spent, not even in an infinite time.
            let wait = if rate > 0.0 { h / rate } else { f64::INFINITY };
            if wait <= length {
                return (start - age) + wait;
            }
            h -= rate * length;
            start += length;
            index += 1;
        }
    }

    /// The integral of `x^power` times the survival.
    fn survival_moment(&self, power: i32) -> f64 {
        let mut sum = 0.0;
        for (index, piece) in self.pieces.iter().enumerate() {
            let (start, length) = (piece.from, self.end(index) - piece.from);
            let survival = libm::exp(-self.spent[index]);
            if survival == 0.0 {
                break;
            }
            if piece.rate == 0.0 && length == f64::INFINITY {
                return f64::INFINITY;
            }
            let eaten = piece.rate * length;
            // Integrals of e^(-rate t) and t e^(-rate t) over the piece.
            let (zeroth, first) = if eaten < 0.01 {
                let series = |n: f64| {
                    1.0 / n - eaten / (n + 1.0) + eaten * eaten / (2.0 * (n + 2.0))
                        - eaten * eaten * eaten / (6.0 * (n + 3.0))
                        + eaten * eaten * eaten * eaten / (24.0 * (n + 4.0))
                        - eaten * eaten * eaten * eaten * eaten / (120.0 * (n + 5.0))
                };
                (length * series(1.0), length * length * series(2.0))
            } else {
                let left = libm::exp(-eaten);
                let zeroth = -libm::expm1(-eaten) / piece.rate;
                let beyond = if left == 0.0 { 0.0 } else { length * left };
                (zeroth, (zeroth - beyond) / piece.rate)
            };
            sum += survival
                * if power == 0 {
                    zeroth
                } else {
                    start * zeroth + first
                };
        }
        sum
    }
}

/// The numbers of [`PiecewiseHazard::bathtub`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bathtub {
    /// The hazard of the new.
    pub infant_rate: f64,
    /// The age at which infant mortality ends.
    pub infant_until: f64,
    /// The hazard in between.
    pub useful_rate: f64,
    /// The age at which wear-out begins.
    pub wear_out_from: f64,
    /// The hazard of the old.
    pub wear_out_rate: f64,
}

impl Family for PiecewiseHazard {
    fn mean(&self) -> f64 {
        self.survival_moment(0)
    }

    fn variance(&self) -> f64 {
        let mean = self.mean();
        if mean.is_infinite() {
            return f64::INFINITY;
        }
        2.0 * self.survival_moment(1) - mean * mean
    }

    fn support(&self) -> (f64, f64) {
        let min = self.pieces.iter().find(|piece| piece.rate > 0.0);
        (min.map_or(f64::INFINITY, |piece| piece.from), f64::INFINITY)
    }

    fn cdf(&self, x: f64) -> f64 {
        -libm::expm1(-self.cumulative_hazard(x))
    }

    fn survival(&self, x: f64) -> f64 {
        libm::exp(-self.cumulative_hazard(x))
    }

    fn pdf(&self, x: f64) -> f64 {
        self.hazard(x) * self.survival(x)
    }

    fn hazard(&self, x: f64) -> f64 {
        self.pieces[self.piece_at(x)].rate
    }

    fn cumulative_hazard(&self, x: f64) -> f64 {
        let index = self.piece_at(x);
        let piece = &self.pieces[index];
        self.spent[index] + piece.rate * (x - piece.from)
    }

    fn inverse_cumulative_hazard(&self, h: f64) -> f64 {
        self.walk(0.0, h)
    }

    fn sample(&self, rng: &mut Stream) -> f64 {
        self.walk(0.0, exp1(rng))
    }

    fn sample_residual(&self, age: f64, rng: &mut Stream) -> f64 {
        self.walk(age, exp1(rng))
    }

    fn scaled(&self, factor: f64) -> Law {
        let scale = |piece: &HazardPiece| HazardPiece {
            from: piece.from * factor,
            rate: piece.rate / factor,
        };
        let pieces = self.pieces.iter().map(scale).collect();
        PiecewiseHazard {
            pieces,
            spent: self.spent.clone(),
        }
        .into()
    }

    fn atoms(&self) -> Vec<Atom> {
        let last = self.pieces.len() - 1;
        if self.pieces[last].rate > 0.0 {
            return Vec::new();
        }
        vec![Atom {
            at: f64::INFINITY,
            probability: libm::exp(-self.spent[last]),
        }]
    }

    fn phase_type(&self) -> Option<PhaseType> {
        let rate = self.pieces[0].rate;
        let constant = self.pieces.iter().all(|piece| piece.rate == rate);
        constant.then(|| PhaseType::stages(1, rate))
    }

    fn describe(&self) -> String {
        let pieces: Vec<String> = self
            .pieces
            .iter()
            .map(|piece| {
                let rate = if piece.rate > 0.0 {
                    format!("one per {}", human::duration(1.0 / piece.rate))
                } else {
                    "none".to_owned()
                };
                format!("{rate} from {}", human::duration(piece.from))
            })
            .collect();
        format!("hazard in steps, {}", pieces.join(", "))
    }
}
