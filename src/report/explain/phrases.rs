//! Durations, laws and probabilities, as one would say them.

use crate::base::human;
use crate::base::units::SECONDS_PER_YEAR;
use crate::math::Law;

/// How long something takes: one word if it takes no time, another before its law.
pub(super) fn within(law: &Law, at_once: &str, verb: &str) -> String {
    if law.mean() == 0.0 {
        at_once.to_owned()
    } else {
        format!("{verb} {}", law_and_mean(law))
    }
}

/// The law, with its mean where its description does not tell it.
pub(super) fn law_and_mean(law: &Law) -> String {
    let mean = law.mean();
    match law {
        Law::Constant(_) => human::duration(mean),
        Law::Exponential(_) | Law::Never(_) => law.describe(),
        _ if mean.is_finite() => format!("{}, mean {}", law.describe(), human::duration(mean)),
        _ => law.describe(),
    }
}

/// `2 s to 3 s, 2.5 s on average`.
pub(super) fn spread(law: &Law) -> String {
    match law {
        Law::Uniform(_) => {
            let (low, high) = law.support();
            format!(
                "{} to {}, {} on average",
                human::duration(low),
                human::duration(high),
                human::duration(law.mean())
            )
        }
        other => law_and_mean(other),
    }
}

pub(super) fn every(law: &Law) -> String {
    match law {
        Law::Constant(_) => human::duration(law.mean()),
        other => law_and_mean(other),
    }
}

/// A time that is only a rough guess: two digits of one unit.
pub(super) fn rough(secs: f64) -> String {
    const UNITS: [(f64, &str); 5] = [
        (SECONDS_PER_YEAR, "y"),
        (86_400.0, "d"),
        (3600.0, "h"),
        (60.0, "min"),
        (1.0, "s"),
    ];
    // 90 min tell more than 1.5 h, as far as they need no third digit.
    match UNITS.iter().find(|(unit, _)| secs >= 1.95 * unit) {
        Some((unit, name)) if secs.is_finite() => {
            format!("{} {name}", human::significant(secs / unit, 2))
        }
        Some(_) | None => human::duration(secs),
    }
}

/// A probability without the dust of its arithmetic.
pub(super) fn round(probability: f64) -> f64 {
    (probability * 1e9).round() / 1e9
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
