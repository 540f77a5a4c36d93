//! Random streams with names, and the three variates that everything else is made from.
//!
//! A stream is found by its name (seed, trial, purpose), not by drawing the ones before it, so a
//! trial can be repeated alone and two designs can share the fate of the parts they have in common.
//! All 256 bits of a stream's state come out of a mixer, one independent key per word: neighbouring
//! names share nothing, and even 2^64 streams do not meet.
//!
//! The ziggurats of `rand_distr` fall back on the platform's logarithm in the far tail (one draw in
//! 2,200 for the exponential, one in 3,900 for the normal), and its last digit differs between
//! machines. Here a value from the tail is thrown away and drawn again without it. What remains of
//! the platform is one comparison with `exp` in about one draw in 70, which could only go the other
//! way if two 53-bit numbers agreed in their last bit: about once in 10^17 draws.

use rand::{Rng, SeedableRng, rngs::Xoshiro256PlusPlus};
use rand_distr::{Distribution, Exp1, StandardNormal};

/// One stream of random numbers: xoshiro256++ (Blackman and Vigna 2019), the same on all machines.
pub type Stream = Xoshiro256PlusPlus;

/// All streams of one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    keys: [u64; 4],
}

/// All streams of one trial of one seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrialStreams {
    keys: [u64; 4],
}

// Odd numbers without structure: digits of the fractional parts of the square roots of 2, 3, 5, ...
// (the initial values of SHA-512, FIPS 180-4), made odd.
const SEED_WORDS: [u64; 4] = [
    0x6a09_e667_f3bc_c909,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
];
const TRIAL_WORDS: [u64; 4] = [
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];
// The same of the cube roots (the first round constants of SHA-512).
const PURPOSE_WORDS: [u64; 4] = [
    0x428a_2f98_d728_ae23,
    0x7137_4491_23ef_65cd,
    0xb5c0_fbcf_ec4d_3b2f,
    0xe9b5_dba5_8189_dbbd,
];

impl Streams {
    /// The streams of `seed`. Every seed is as good as any other, 0 and 1 included.
    pub fn new(seed: u64) -> Streams {
        Streams {
            keys: SEED_WORDS.map(|word| mix(mix(seed ^ word).wrapping_add(word))),
        }
    }

    /// The streams of the trial with number `trial`.
    #[inline]
    pub fn trial(&self, trial: u64) -> TrialStreams {
        TrialStreams {
            keys: std::array::from_fn(|word| {
                mix(mix(self.keys[word] ^ trial.wrapping_mul(TRIAL_WORDS[word])) ^ self.keys[word])
            }),
        }
    }

    /// The stream for `purpose` (a component's clock, say) in the trial with number `trial`.
    #[inline]
    pub fn stream(&self, trial: u64, purpose: u64) -> Stream {
        self.trial(trial).stream(purpose)
    }
}

impl TrialStreams {
    /// The stream for `purpose`.
    #[inline]
    pub fn stream(&self, purpose: u64) -> Stream {
        let mut seed = [0; 32];
        for (word, bytes) in seed.chunks_exact_mut(8).enumerate() {
            let step = purpose.wrapping_mul(PURPOSE_WORDS[word]);
            bytes.copy_from_slice(&mix(self.keys[word].wrapping_add(step)).to_le_bytes());
        }
        Stream::from_seed(seed)
    }
}

/// Spreads every bit of the input over the whole output: the finaliser of MurmurHash3 with the
/// constants "Mix13" of David Stafford (2011), which SplitMix64 uses too.
#[inline]
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Where the tail of the ziggurat for [`exp1`] starts (Doornik 2005, 256 layers).
const EXP1_TAIL: f64 = 7.697_117_470_131_05;
/// Where the tails of the ziggurat for [`standard_normal`] start.
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;

/// An exponential variate with mean 1: positive and finite.
#[inline(always)]
pub fn exp1(rng: &mut Stream) -> f64 {
    let value: f64 = Exp1.sample(rng);
    if value < EXP1_TAIL {
        value
    } else {
        exp1_tail(rng)
    }
}

/// What is beyond the start of the tail has the law of the whole: it has no memory.
#[cold]
#[inline(never)]
fn exp1_tail(rng: &mut Stream) -> f64 {
    let mut start = EXP1_TAIL;
    loop {
        let excess: f64 = Exp1.sample(rng);
        if excess < EXP1_TAIL {
            return start + excess;
        }
        start += EXP1_TAIL;
    }
}

/// A normal variate with mean 0 and variance 1.
#[inline]
pub fn standard_normal(rng: &mut Stream) -> f64 {
    let value: f64 = StandardNormal.sample(rng);
    if value.abs() < NORMAL_TAIL {
        value
    } else {
        normal_tail(value, rng)
    }
}

/// The tail by the method of Marsaglia (1964); the sign is kept.
#[cold]
#[inline(never)]
fn normal_tail(sign: f64, rng: &mut Stream) -> f64 {
    loop {
        let excess = exp1(rng) / NORMAL_TAIL;
        if 2.0 * exp1(rng) > excess * excess {
            return (NORMAL_TAIL + excess).copysign(sign);
        }
    }
}

/// What a standard normal variate exceeds `start` by, given that it does: exact however far in the
/// tail (Robert 1995).
#[inline]
pub fn normal_excess(start: f64, rng: &mut Stream) -> f64 {
    if start < 0.4 {
        loop {
            let excess = standard_normal(rng) - start;
            if excess >= 0.0 {
                return excess;
            }
        }
    }
    // The best exponential majorant has this rate; the second draw is its acceptance test.
    let rate = 0.5 * (start + (start * start + 4.0).sqrt());
    loop {
        let excess = exp1(rng) / rate;
        let distance = excess - (rate - start);
        if 2.0 * exp1(rng) > distance * distance {
            return excess;
        }
    }
}

/// A gamma variate with the given shape of at least 1 and scale 1 (Marsaglia and Tsang 2000).
///
/// `spread` is [`gamma_spread`] of the shape. The sampler of `rand_distr` is the same method, but
/// hands on normal variates from the platform's logarithm.
#[inline]
pub(crate) fn gamma_at_least_one(shape: f64, spread: f64, rng: &mut Stream) -> f64 {
    let centre = shape - 1.0 / 3.0;
    loop {
        let x = standard_normal(rng);
        let root = 1.0 + spread * x;
        if root <= 0.0 {
            continue;
        }
        let v = root * root * root;
        let u = uniform_open(rng);
        let square = x * x;
        if u < 1.0 - 0.0331 * square * square
            || libm::log(u) < 0.5 * square + centre * (1.0 - v + libm::log(v))
        {
            return centre * v;
        }
    }
}

/// The constant `c` of [`gamma_at_least_one`].
#[inline]
pub(crate) fn gamma_spread(shape: f64) -> f64 {
    1.0 / (9.0 * (shape - 1.0 / 3.0)).sqrt()
}

/// A uniform variate strictly between 0 and 1, an odd multiple of 2^-53.
#[inline]
pub fn uniform_open(rng: &mut Stream) -> f64 {
    ((rng.next_u64() >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

/// A whole number below `count`, each equally likely (to within `count` / 2^64). `count` must not
/// be 0.
#[inline]
pub fn index_below(count: usize, rng: &mut Stream) -> usize {
    debug_assert!(count > 0, "there is something to choose from");
    ((u128::from(rng.next_u64()) * count as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_what_they_always_were() {
        let mut first = Streams::new(42).stream(0, 0);
        let mut other = Streams::new(0).stream(1, 2);
        let values: [u64; 4] = std::array::from_fn(|_| first.next_u64());
        assert_eq!(
            values,
            [
                0xaaca_89f6_ac7f_3307,
                0x7bee_caaf_a017_121e,
                0x2da7_226d_a395_9e42,
                0xcff2_dede_e151_62f4
            ]
        );
        assert_eq!(other.next_u64(), 0x37cd_0f56_b94e_e271);
        let sums = [exp1, standard_normal, uniform_open].map(|draw| {
            let mut rng = Streams::new(1).stream(2, 3);
            (0..1_000_000)
                .map(|_| draw(&mut rng).to_bits())
                .fold(0, u64::wrapping_add)
        });
        // Sums of a million bit patterns: a different last bit anywhere would show.
        assert_eq!(
            sums,
            [
                0xf0c5_56af_c480_1391,
                0xe1ad_f9e9_bdeb_3550,
                0xd973_890f_41aa_4ca8
            ]
        );
    }

    /// Mean number of equal bits among the first 256 of two streams: 128 for strangers.
    fn agreement(pairs: impl Iterator<Item = (Stream, Stream)>) -> (f64, f64) {
        let (mut sum, mut count, mut worst) = (0.0, 0.0, 0.0f64);
        for (mut a, mut b) in pairs {
            let equal: u32 = (0..4)
                .map(|_| (!(a.next_u64() ^ b.next_u64())).count_ones())
                .sum();
            sum += f64::from(equal);
            count += 1.0;
            worst = worst.max((f64::from(equal) - 128.0).abs());
        }
        (sum / count, worst)
    }

    #[test]
    fn neighbours_share_nothing() {
        let stream = |seed, trial, purpose| Streams::new(seed).stream(trial, purpose);
        let bits = || (0..64).flat_map(|bit| (0..50u64).map(move |base| (base, base ^ (1 << bit))));
        for (mean, worst) in [
            agreement(bits().map(|(a, b)| (stream(a, 0, 0), stream(b, 0, 0)))),
            agreement(bits().map(|(a, b)| (stream(1, a, 0), stream(1, b, 0)))),
            agreement(bits().map(|(a, b)| (stream(1, 2, a), stream(1, 2, b)))),
            agreement(bits().map(|(a, b)| (stream(a, b, 0), stream(b, a, 0)))),
            agreement(bits().map(|(a, b)| (stream(0, a, b), stream(0, b, a)))),
        ] {
            // 3,200 pairs with a standard deviation of 8: six standard errors, and a worst pair that
            // one set in 1e5 exceeds.
            assert!((mean - 128.0).abs() < 0.85, "mean {mean}");
            assert!(worst < 52.0, "worst {worst}");
        }
    }

    #[test]
    fn tails_are_drawn_again_with_the_right_weight() {
        let mut rng = Streams::new(5).stream(0, 0);
        let n = 4_000_000;
        let far = (0..n).filter(|_| exp1(&mut rng) > 9.0).count() as f64;
        let expected = f64::from(n) * libm::exp(-9.0);
        // Five standard deviations: one seed in two million.
        assert!(
            (far - expected).abs() < 5.0 * expected.sqrt(),
            "{far}, expected {expected}"
        );
        let far = (0..n)
            .filter(|_| standard_normal(&mut rng).abs() > 3.8)
            .count() as f64;
        let expected = f64::from(n) * 1.446_960_9e-4;
        assert!(
            (far - expected).abs() < 5.0 * expected.sqrt(),
            "{far}, expected {expected}"
        );
        let mean = (0..n).map(|_| normal_excess(8.0, &mut rng)).sum::<f64>() / f64::from(n);
        assert!(
            (mean - 0.121_368_1).abs() < 5.0 * 0.12 / f64::from(n).sqrt(),
            "{mean}"
        );
    }

    #[test]
    fn uniform_variates_stay_inside() {
        let mut rng = Streams::new(6).stream(0, 0);
        assert!(
            (0..1_000_000)
                .map(|_| uniform_open(&mut rng))
                .all(|u| 0.0 < u && u < 1.0)
        );
        assert!((0..1000).all(|_| index_below(3, &mut rng) < 3));
    }
}
