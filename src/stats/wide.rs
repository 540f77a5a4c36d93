//! Whole numbers of fixed width, wide enough for sums of cubes.
//!
//! Sums of whole numbers are exact, so they do not depend on the order of trials, and a variance
//! that is a small difference of huge sums keeps all its digits. Only what moments need is here.

use std::cmp::Ordering;

/// A whole number of `64 * LIMBS` bits, never negative. Overflow is a mistake of ours and panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wide<const LIMBS: usize> {
    /// The least significant limb comes first.
    limbs: [u64; LIMBS],
}

/// Holds a sum of up to 2^64 cubes of 64-bit numbers.
pub(super) type U256 = Wide<4>;
/// Holds the products of such sums in which third central moments are written.
pub(super) type U512 = Wide<8>;

impl<const LIMBS: usize> Wide<LIMBS> {
    pub(super) const ZERO: Self = Wide { limbs: [0; LIMBS] };

    /// Adds the number whose lowest limbs are `addend`.
    #[inline]
    pub(super) fn add_limbs<const N: usize>(&mut self, addend: [u64; N]) {
        const { assert!(N <= LIMBS) }
        let mut carry = false;
        for (limb, &add) in self.limbs.iter_mut().zip(&addend) {
            let (partial, first) = limb.overflowing_add(add);
            let (total, second) = partial.overflowing_add(u64::from(carry));
            *limb = total;
            carry = first || second;
        }
        for limb in &mut self.limbs[N..] {
            if !carry {
                return;
            }
            (*limb, carry) = limb.overflowing_add(1);
        }
        assert!(!carry, "the width is chosen for 2^64 trials");
    }

    /// Adds `addend`.
    #[inline]
    pub(super) fn add_u128(&mut self, addend: u128) {
        self.add_limbs([addend as u64, (addend >> 64) as u64]);
    }

    /// The sum of both.
    pub(super) fn plus(mut self, other: Self) -> Self {
        self.add_limbs(other.limbs);
        self
    }

    /// The distance between both, and how `self` compares with `other`.
    pub(super) fn distance(self, other: Self) -> (Ordering, Self) {
        let order = self.limbs.iter().rev().cmp(other.limbs.iter().rev());
        let (large, small) = if order == Ordering::Less {
            (other, self)
        } else {
            (self, other)
        };
        let mut limbs = [0; LIMBS];
        let mut borrow = false;
        for ((result, &a), &b) in limbs.iter_mut().zip(&large.limbs).zip(&small.limbs) {
            let (partial, first) = a.overflowing_sub(b);
            let (total, second) = partial.overflowing_sub(u64::from(borrow));
            *result = total;
            borrow = first || second;
        }
        (order, Wide { limbs })
    }

    /// The difference `self - other`, exact until it is rounded to a real number.
    pub(super) fn minus(self, other: Self) -> f64 {
        match self.distance(other) {
            (Ordering::Less, distance) => -distance.to_f64(),
            (_, distance) => distance.to_f64(),
        }
    }

    /// The product of both.
    pub(super) fn times<const N: usize>(self, other: Wide<N>) -> Self {
        let mut product = [0_u64; LIMBS];
        for (low, &a) in self.limbs.iter().enumerate().filter(|(_, a)| **a != 0) {
            let mut carry = 0_u128;
            for (high, &b) in other.limbs.iter().enumerate() {
                match product.get_mut(low + high) {
                    Some(limb) => {
                        carry += u128::from(a) * u128::from(b) + u128::from(*limb);
                        *limb = carry as u64;
                        carry >>= 64;
                    }
                    None => assert!(b == 0 && carry == 0, "the width is chosen for 2^64 trials"),
                }
            }
            for limb in product.iter_mut().skip(low + N) {
                carry += u128::from(*limb);
                *limb = carry as u64;
                carry >>= 64;
            }
            assert!(carry == 0, "the width is chosen for 2^64 trials");
        }
        Wide { limbs: product }
    }

    /// The same number in more limbs.
    pub(super) fn widen<const MORE: usize>(self) -> Wide<MORE> {
        const { assert!(LIMBS <= MORE) }
        let mut limbs = [0; MORE];
        limbs[..LIMBS].copy_from_slice(&self.limbs);
        Wide { limbs }
    }

    /// The nearest real number, ties to even.
    pub(super) fn to_f64(self) -> f64 {
        let Some(top) = self.limbs.iter().rposition(|&limb| limb != 0) else {
            return 0.0;
        };
        let lower = if top == 0 { 0 } else { self.limbs[top - 1] };
        let two = (u128::from(self.limbs[top]) << 64) | u128::from(lower);
        // At least 65 significant bits are kept, and what is below them can only break a tie.
        let sticky = self.limbs[..top.saturating_sub(1)]
            .iter()
            .any(|&limb| limb != 0);
        let mantissa = (two | u128::from(sticky)) as f64;
        let scale = 64 * (top as i32 - 1);
        libm::ldexp(mantissa, scale)
    }
}

impl<const LIMBS: usize> From<u128> for Wide<LIMBS> {
    fn from(value: u128) -> Self {
        let mut wide = Self::ZERO;
        wide.add_u128(value);
        wide
    }
}

impl<const LIMBS: usize> From<u64> for Wide<LIMBS> {
    fn from(value: u64) -> Self {
        Self::from(u128::from(value))
    }
}

impl<const LIMBS: usize> Default for Wide<LIMBS> {
    fn default() -> Self {
        Self::ZERO
    }
}

/// The exact product, lowest limb first.
#[inline]
pub(super) fn product_of_three(a: u64, b: u64, c: u64) -> [u64; 3] {
    let ab = u128::from(a) * u128::from(b);
    let low = u128::from(ab as u64) * u128::from(c);
    let high = (ab >> 64) * u128::from(c) + (low >> 64);
    [low as u64, high as u64, (high >> 64) as u64]
}

#[cfg(test)]
mod tests {
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// Numbers of all sizes.
    fn any(random: &mut Xoshiro256PlusPlus) -> u64 {
        let bits = random.random_range(0..64);
        random.random::<u64>() >> bits
    }

    #[test]
    fn small_results_are_those_of_128_bits() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
        for _ in 0..10_000 {
            let (a, b) = (u128::from(any(&mut random)), u128::from(any(&mut random)));
            let (wide_a, wide_b) = (U256::from(a), U256::from(b));
            assert_eq!(wide_a.plus(wide_b), U256::from(a + b));
            assert_eq!(wide_a.times(wide_b), U256::from(a * b));
            assert_eq!(
                wide_a.distance(wide_b),
                (a.cmp(&b), U256::from(a.abs_diff(b)))
            );
            assert_eq!(wide_a.times(wide_b).to_f64(), (a * b) as f64);
        }
    }

    #[test]
    fn large_results_obey_the_rules_of_arithmetic() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
        for _ in 0..10_000 {
            let [a, b, c, d] = std::array::from_fn(|_| {
                let mut wide = U512::from(any(&mut random));
                wide.add_limbs(product_of_three(
                    any(&mut random),
                    any(&mut random),
                    any(&mut random),
                ));
                wide
            });
            let square = |x: U512| x.times(x);
            assert_eq!(a.plus(b).times(c), a.times(c).plus(b.times(c)));
            assert_eq!(
                a.plus(b).distance(b),
                (a.plus(b).limbs.iter().rev().cmp(b.limbs.iter().rev()), a)
            );
            let (_, distance) = a.distance(b);
            let twice = a.times(b).plus(a.times(b));
            assert_eq!(square(distance).plus(twice), square(a).plus(square(b)));
            let (product, bound) = (a.times(b).minus(c.times(d)), a.times(b).to_f64());
            let expected = bound - c.to_f64() * d.to_f64();
            assert!((product - expected).abs() <= 1e-15 * bound.max(c.times(d).to_f64()));
        }
    }

    #[test]
    fn a_product_of_three_is_two_products() {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
        for _ in 0..10_000 {
            let [a, b, c] = std::array::from_fn(|_| any(&mut random));
            let mut three = U256::ZERO;
            three.add_limbs(product_of_three(a, b, c));
            assert_eq!(
                three,
                U256::from(a).times(U256::from(b)).times(U256::from(c))
            );
        }
        assert_eq!(
            product_of_three(u64::MAX, u64::MAX, u64::MAX),
            [u64::MAX, 2, u64::MAX - 2]
        );
    }

    #[test]
    fn rounding_is_to_nearest_with_ties_to_even() {
        let power = |n: u32| (0..n).fold(U512::from(1_u64), |x, _| x.plus(x));
        for high in [60, 64, 127, 128, 200, 511] {
            let exact = libm::ldexp(1.0, high as i32);
            let next = libm::ldexp(1.0 + f64::EPSILON, high as i32);
            let half = power(high - 53);
            assert_eq!(power(high).to_f64(), exact);
            assert_eq!(power(high).plus(half).to_f64(), exact, "a tie goes to even");
            assert_eq!(
                power(high).plus(half).plus(U512::from(1_u64)).to_f64(),
                next
            );
        }
    }

    #[test]
    #[should_panic(expected = "2^64 trials")]
    fn an_overflow_is_noticed() {
        let mut most = U256 {
            limbs: [u64::MAX; 4],
        };
        most.add_u128(1);
    }
}
