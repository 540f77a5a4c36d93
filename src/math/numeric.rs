//! Two numerical tools: where a rising function crosses zero, and the area under a curve.

/// The least `x` in `[min, max]` with `rising(x) >= 0`, to the last bits; `max` if there is none.
///
/// `rising` must not fall; it may jump, be flat, and be infinite. `min` must not be negative, `max`
/// may be infinite. `guess` is where to start, anything if unknown. Takes 10 to 15 evaluations of a
/// smooth function (Chandrupatla 1997) and at most about 200 of any.
pub(crate) fn least_crossing(
    mut rising: impl FnMut(f64) -> f64,
    min: f64,
    max: f64,
    guess: f64,
) -> f64 {
    let (mut low, mut f_low) = (min, rising(min));
    if f_low >= 0.0 || min >= max {
        return min;
    }
    let inside = guess > min && guess < max;
    let mut high = if inside {
        guess
    } else {
        max.min(2.0 * min + 1.0)
    };
    let mut f_high = rising(high);
    let mut factor = 4.0;
    while f_high < 0.0 {
        if high >= max.min(f64::MAX) {
            return max;
        }
        (low, f_low) = (high, f_high);
        high = (high * factor).min(max).min(f64::MAX);
        factor *= factor;
        f_high = rising(high);
    }
    narrow(&mut rising, (low, f_low), (high, f_high))
}

/// Doubles whose bit patterns differ by less than this differ by a factor of at most two.
const ONE_OCTAVE: u64 = 1 << 52;
/// So many neighbouring doubles are left to bisection, which ends exactly at a jump.
const LAST_BITS: u64 = 8;

fn narrow(
    rising: &mut impl FnMut(f64) -> f64,
    (mut low, mut f_low): (f64, f64),
    (mut high, mut f_high): (f64, f64),
) -> f64 {
    // The end that was replaced last time, for inverse quadratic interpolation.
    let mut third: Option<(f64, f64)> = None;
    let mut slow = 0;
    loop {
        // Neighbouring positive doubles have neighbouring bit patterns.
        let gap = high.to_bits() - low.to_bits();
        if gap <= 1 {
            return high;
        }
        let smooth = f_low.is_finite() && f_high.is_finite();
        let x = if gap > ONE_OCTAVE || gap <= LAST_BITS || slow >= 3 || !smooth {
            slow = 0;
            f64::from_bits(low.to_bits() + gap / 2)
        } else {
            let inner = interpolated((low, f_low), (high, f_high), third);
            let margin = f64::from_bits(low.to_bits() + LAST_BITS / 2) - low;
            inner.clamp(low + margin, high - margin)
        };
        let f = rising(x);
        if f < 0.0 {
            third = Some((low, f_low));
            (low, f_low) = (x, f);
        } else {
            third = Some((high, f_high));
            (high, f_high) = (x, f);
        }
        if high.to_bits() - low.to_bits() > gap / 2 {
            slow += 1;
        } else {
            slow = 0;
        }
    }
}

/// Where the function through two or three points is zero, between the first two.
fn interpolated(low: (f64, f64), high: (f64, f64), third: Option<(f64, f64)>) -> f64 {
    let ((a, fa), (b, fb)) = (low, high);
    if let Some((c, fc)) = third {
        // Chandrupatla's condition: the inverse parabola is monotone between the ends.
        let (xi, phi) = ((a - b) / (c - b), (fa - fb) / (fc - fb));
        if fc.is_finite() && phi * phi < xi && (1.0 - phi) * (1.0 - phi) < 1.0 - xi {
            let t = fa / (fb - fa) * (fc / (fb - fc))
                + (c - a) / (b - a) * (fa / (fc - fa)) * (fb / (fc - fb));
            if t > 0.0 && t < 1.0 {
                return a + t * (b - a);
            }
        }
    }
    a + (b - a) * (fa / (fa - fb))
}

/// Cumulative hazards at which an integral over a survival function is cut.
pub(crate) const SURVIVAL_CUTS: [f64; 14] = [
    0.0, 1e-9, 1e-6, 1e-4, 0.01, 0.1, 0.4, 1.0, 2.0, 4.0, 8.0, 16.0, 40.0, 700.0,
];

/// The integral of `f` from the first to the last cut, piece by piece: to about 12 digits where the
/// pieces are smooth.
pub(crate) fn integrate_pieces(cuts: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let pieces: Vec<(f64, f64, f64)> = cuts
        .windows(2)
        .filter(|ends| ends[0] < ends[1] && ends[1] < f64::INFINITY)
        .map(|ends| (ends[0], ends[1], kronrod(ends[0], ends[1], &f).0))
        .collect();
    let size: f64 = pieces.iter().map(|piece| piece.2.abs()).sum();
    pieces
        .iter()
        .map(|piece| refined(piece.0, piece.1, &f, 1e-14 * size, 48))
        .sum()
}

fn refined(low: f64, high: f64, f: &impl Fn(f64) -> f64, tolerance: f64, depth: u32) -> f64 {
    let (value, error) = kronrod(low, high, f);
    let middle = 0.5 * (low + high);
    if error <= tolerance.max(1e-15 * value.abs()) || depth == 0 || middle <= low || middle >= high
    {
        return value;
    }
    refined(low, middle, f, tolerance, depth - 1) + refined(middle, high, f, tolerance, depth - 1)
}

// Nodes and weights of the Gauss rule with 7 points and its Kronrod extension to 15 (Kronrod 1965).
const NODES: [f64; 8] = [
    0.991_455_371_120_812_6,
    0.949_107_912_342_758_5,
    0.864_864_423_359_769_1,
    0.741_531_185_599_394_4,
    0.586_087_235_467_691_1,
    0.405_845_151_377_397_2,
    0.207_784_955_007_898_47,
    0.0,
];
const KRONROD: [f64; 8] = [
    0.022_935_322_010_529_224,
    0.063_092_092_629_978_55,
    0.104_790_010_322_250_18,
    0.140_653_259_715_525_92,
    0.169_004_726_639_267_9,
    0.190_350_578_064_785_4,
    0.204_432_940_075_298_89,
    0.209_482_141_084_727_82,
];
const GAUSS: [f64; 4] = [
    0.129_484_966_168_869_7,
    0.279_705_391_489_276_64,
    0.381_830_050_505_118_9,
    0.417_959_183_673_469_4,
];

/// The integral over one piece and an estimate of its error.
pub(crate) fn kronrod(low: f64, high: f64, f: &impl Fn(f64) -> f64) -> (f64, f64) {
    let (centre, half) = (0.5 * (low + high), 0.5 * (high - low));
    let (mut fine, mut coarse) = (0.0, 0.0);
    for (index, node) in NODES.iter().enumerate() {
        let sum = if *node == 0.0 {
            f(centre)
        } else {
            f(centre - half * node) + f(centre + half * node)
        };
        fine += KRONROD[index] * sum;
        if index % 2 == 1 {
            coarse += GAUSS[index / 2] * sum;
        }
    }
    (fine * half, ((fine - coarse) * half).abs())
}
