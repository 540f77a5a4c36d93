//! Axes that end: a range that is guarded against every number, and ticks that people know.
//!
//! A range is first brought within [`SMALLEST`] to [`LARGEST`] and given a least width, so that a
//! single point, no point, zero on a logarithm, an infinity or 1e308 still make an axis.

use super::quantity::Quantity;
use crate::base::human;
use crate::base::units::SECONDS_PER_YEAR;

/// The least value on a logarithmic axis, and the least unavailability.
const SMALLEST: f64 = 1e-12;
/// The greatest value on any axis.
const LARGEST: f64 = 1e15;

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    Linear,
    Log,
    /// By the logarithm of what is missing from 1, so that each nine has the same room.
    Nines,
}

/// A labelled place on an axis; without a label it is a thin line only.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub(super) value: f64,
    pub(super) label: String,
}

/// A scale laid over a stretch of the page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    scale: Scale,
    quantity: Quantity,
    // Invariant: both are finite and `low < high`; they are on the scale, not values.
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Axis {
    /// An axis for `values`, from the pixel `start` to the pixel `end`.
    pub(super) fn new(
        scale: Scale,
        quantity: Quantity,
        values: impl IntoIterator<Item = f64>,
        (start, end): (f64, f64),
    ) -> Axis {
        let mut low = f64::INFINITY;
        let mut high = f64::NEG_INFINITY;
        for place in values
            .into_iter()
            .filter_map(|value| on_scale(scale, value))
        {
            low = low.min(place);
            high = high.max(place);
        }
        if low > high {
            (low, high) = match scale {
                Scale::Linear | Scale::Log => (0.0, 1.0),
                Scale::Nines => (1.0, 3.0),
            };
        }
        let narrowest = match scale {
            Scale::Linear if low == 0.0 && high == 0.0 => 1.0,
            Scale::Linear => low.abs().max(high.abs()) * 1e-9,
            Scale::Log | Scale::Nines => 0.02,
        };
        if high - low < narrowest {
            let widest = match scale {
                Scale::Linear if low == 0.0 && high == 0.0 => 1.0,
                Scale::Linear => low.abs().max(high.abs()) * 0.2,
                Scale::Log | Scale::Nines => 0.3,
            };
            (low, high) = (low - widest / 2.0, high + widest / 2.0);
            if scale == Scale::Linear && high == widest / 2.0 {
                (low, high) = (0.0, 1.0);
            }
        }
        Axis {
            scale,
            quantity,
            low,
            high,
            start,
            end,
        }
    }

    /// The axis laid between the pixels `start` and `end`.
    pub(super) fn between(self, start: f64, end: f64) -> Axis {
        Axis { start, end, ..self }
    }

    /// The axis with the parts `before` and `after` of its length added at its ends.
    pub(super) fn padded(mut self, before: f64, after: f64) -> Axis {
        let length = self.high - self.low;
        self.low -= length * before;
        self.high += length * after;
        self
    }

    /// The axis from zero.
    pub(super) fn starting_at_zero(mut self) -> Axis {
        debug_assert!(self.scale == Scale::Linear, "only a linear axis has a zero");
        self.low = 0.0;
        self.high = if self.high > 0.0 { self.high } else { 1.0 };
        self
    }

    /// The axis without anything below zero, for what cannot be negative.
    pub(super) fn not_negative(mut self) -> Axis {
        if self.scale == Scale::Linear && self.high > 0.0 {
            self.low = self.low.max(0.0);
        }
        self
    }

    /// The axis with at least `decades` on it.
    pub(super) fn at_least_decades(mut self, decades: f64) -> Axis {
        let missing = decades - (self.high - self.low);
        if self.scale != Scale::Linear && missing > 0.0 {
            self.low -= missing / 2.0;
            self.high += missing / 2.0;
        }
        self
    }

    /// The pixel of `value`, at an end of the axis if it lies beyond; nothing for NaN.
    pub(super) fn pixel(&self, value: f64) -> Option<f64> {
        self.part(value)
            .map(|part| self.pixel_of_part(part.clamp(0.0, 1.0)))
    }

    /// The pixel of `value` even if it lies beyond an end, but never far; nothing for NaN.
    pub(super) fn pixel_beyond(&self, value: f64) -> Option<f64> {
        self.part(value)
            .map(|part| self.pixel_of_part(part.clamp(-1.0, 2.0)))
    }

    fn pixel_of_part(&self, part: f64) -> f64 {
        self.start + part * (self.end - self.start)
    }

    /// How far along the axis `value` is, from 0 at the start to 1 at the end.
    fn part(&self, value: f64) -> Option<f64> {
        let beyond = 2.0 * (self.high - self.low);
        let place = match (self.scale, value) {
            (_, value) if value.is_nan() => return None,
            (Scale::Linear, value) => value,
            (Scale::Log, value) if value <= 0.0 => self.low - beyond,
            (Scale::Log, value) => libm::log10(value),
            // All the nines that there are end with the axis.
            (Scale::Nines, value) if value >= 1.0 => self.high,
            (Scale::Nines, value) => -libm::log10(1.0 - value.max(0.0)),
        };
        Some((place - self.low) / (self.high - self.low))
    }

    /// Whether `value` lies on the axis itself.
    pub(super) fn contains(&self, value: f64) -> bool {
        let slack = (self.high - self.low) * 1e-9;
        on_scale(self.scale, value)
            .is_some_and(|place| place >= self.low - slack && place <= self.high + slack)
    }

    /// The values at the ends of the axis.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.value_at(self.low), self.value_at(self.high))
    }

    fn value_at(&self, place: f64) -> f64 {
        match self.scale {
            Scale::Linear => place,
            Scale::Log => libm::exp10(place),
            Scale::Nines => 1.0 - libm::exp10(-place),
        }
    }

    /// The pixels of the axis, the lesser first.
    pub(super) fn span(&self) -> (f64, f64) {
        (self.start.min(self.end), self.start.max(self.end))
    }

    /// The ticks, at most about `room` of them with a label.
    pub(super) fn ticks(&self, room: usize) -> Vec<Tick> {
        let room = room.clamp(2, 20);
        let (low, high) = self.ends();
        let ticks = match self.scale {
            Scale::Linear => even_ticks(self.quantity, low, high, room),
            Scale::Log if self.quantity == Quantity::Duration => duration_ticks(low, high, room),
            Scale::Log => decade_ticks(low, high, room)
                .into_iter()
                .map(|(value, step)| Tick {
                    value,
                    label: step.map_or(String::new(), |step| self.label(value, step)),
                })
                .collect(),
            Scale::Nines => {
                let missing = (libm::exp10(-self.high), libm::exp10(-self.low));
                decade_ticks(missing.0, missing.1, room)
                    .into_iter()
                    .rev()
                    .map(|(missing, step)| Tick {
                        value: 1.0 - missing,
                        label: step
                            .map_or(String::new(), |step| percent_label(1.0 - missing, step)),
                    })
                    .collect()
            }
        };
        ticks
            .into_iter()
            .filter(|tick| self.contains(tick.value))
            .collect()
    }

    fn label(&self, value: f64, step: f64) -> String {
        match self.quantity {
            Quantity::Duration => human::duration(value),
            Quantity::Availability | Quantity::Ratio => percent_label(value, step),
            Quantity::Count => short_count(value),
            Quantity::Number => number_label(value, step),
        }
    }
}

/// Where `value` is on `scale`; nothing where it has no place.
fn on_scale(scale: Scale, value: f64) -> Option<f64> {
    if !value.is_finite() {
        return None;
    }
    match scale {
        // A number so small that its range would have no width is zero.
        Scale::Linear if libm::fabs(value) < 1e-200 => Some(0.0),
        Scale::Linear => Some(value.clamp(-LARGEST, LARGEST)),
        Scale::Log => (value > 0.0).then(|| libm::log10(value.clamp(SMALLEST, LARGEST))),
        Scale::Nines => {
            ((0.0..1.0).contains(&value)).then(|| -libm::log10((1.0 - value).clamp(SMALLEST, 1.0)))
        }
    }
}

/// Ticks at equal distances, about `room` of them.
fn even_ticks(quantity: Quantity, low: f64, high: f64, room: usize) -> Vec<Tick> {
    let least = (high - low) / room as f64;
    let step = match quantity {
        Quantity::Duration => duration_step(least),
        Quantity::Count => round_step(least).max(1.0),
        Quantity::Availability | Quantity::Ratio | Quantity::Number => round_step(least),
    };
    let first = (low / step - 1e-9).ceil();
    let values: Vec<f64> = (0..=40)
        .map(|i| (first + f64::from(i)) * step)
        .take_while(|value| *value <= high + step * 1e-9)
        .collect();
    let label = |value: f64| match quantity {
        Quantity::Duration if value == 0.0 => "0".to_owned(),
        Quantity::Duration => human::duration(value),
        Quantity::Availability | Quantity::Ratio => percent_label(value, step),
        Quantity::Count | Quantity::Number => number_label(value, step),
    };
    let mut labels: Vec<String> = values.iter().copied().map(label).collect();
    if quantity == Quantity::Duration && labels.windows(2).any(|pair| pair[0] == pair[1]) {
        // The two largest units cannot tell these apart: one unit as small as the step can.
        let units = [
            ("y", SECONDS_PER_YEAR),
            ("d", 86_400.0),
            ("h", 3600.0),
            ("min", 60.0),
        ];
        let (name, unit) = units
            .into_iter()
            .find(|(_, unit)| step >= *unit)
            .unwrap_or(("s", 1.0));
        labels = values
            .iter()
            .map(|value| format!("{} {name}", number_label(value / unit, step / unit)))
            .collect();
    }
    values
        .into_iter()
        .zip(labels)
        .map(|(value, label)| Tick { value, label })
        .collect()
}

/// The least of 1, 2, 5, 10, 20 ... (and their fractions) that is not below `least`.
fn round_step(least: f64) -> f64 {
    let least = least.clamp(1e-300, LARGEST);
    let power = libm::exp10(libm::floor(libm::log10(least)));
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// A round step in the largest unit that fits, not below `least` seconds.
fn duration_step(least: f64) -> f64 {
    const MINUTE: f64 = 60.0;
    const HOUR: f64 = 3600.0;
    const DAY: f64 = 86_400.0;
    const STEPS: [f64; 27] = [
        1.0,
        2.0,
        5.0,
        10.0,
        15.0,
        30.0,
        MINUTE,
        2.0 * MINUTE,
        5.0 * MINUTE,
        10.0 * MINUTE,
        15.0 * MINUTE,
        30.0 * MINUTE,
        HOUR,
        2.0 * HOUR,
        3.0 * HOUR,
        6.0 * HOUR,
        12.0 * HOUR,
        DAY,
        2.0 * DAY,
        5.0 * DAY,
        7.0 * DAY,
        10.0 * DAY,
        14.0 * DAY,
        30.0 * DAY,
        60.0 * DAY,
        90.0 * DAY,
        180.0 * DAY,
    ];
    if least <= 0.5 {
        return round_step(least);
    }
    STEPS
        .into_iter()
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or_else(|| round_step(least / SECONDS_PER_YEAR).max(1.0) * SECONDS_PER_YEAR)
}

/// Places for ticks on a logarithm, with the distance to the next one where there is a label.
fn decade_ticks(low: f64, high: f64, room: usize) -> Vec<(f64, Option<f64>)> {
    let (first, last) = (libm::floor(libm::log10(low)), libm::ceil(libm::log10(high)));
    let decades = libm::log10(high / low);
    if decades < 0.8 {
        let step = round_step((high - low) / room as f64);
        let start = (low / step).ceil();
        return (0..=40)
            .map(|i| (start + f64::from(i)) * step)
            .take_while(|value| *value <= high * (1.0 + 1e-9))
            .map(|value| (value, Some(step)))
            .collect();
    }
    let every = (decades / room as f64).ceil().max(1.0);
    let labelled: &[f64] = if decades * 3.0 <= room as f64 {
        &[1.0, 2.0, 5.0]
    } else if decades * 2.0 <= room as f64 {
        &[1.0, 3.0]
    } else {
        &[1.0]
    };
    let minor: &[f64] = if every > 1.0 {
        &[1.0]
    } else if labelled.contains(&3.0) {
        &[1.0, 3.0]
    } else {
        &[1.0, 2.0, 5.0]
    };
    let mut ticks = Vec::new();
    for i in 0..=((last - first).clamp(0.0, 60.0) as u32) {
        let exponent = first + f64::from(i);
        let power = libm::exp10(exponent);
        let whole = libm::fmod(exponent, every) == 0.0;
        for digit in minor {
            let label = (whole && labelled.contains(digit)).then_some(power);
            ticks.push((digit * power, label));
        }
    }
    ticks
}

/// Durations that people have a feeling for, those that matter most first.
const DURATIONS: [&[f64]; 5] = [
    &[1.0, 60.0, 3600.0, 86_400.0, SECONDS_PER_YEAR],
    &[
        1e-3,
        1e-6,
        1e-9,
        10.0,
        600.0,
        864_000.0,
        1e2 * SECONDS_PER_YEAR,
        1e4 * SECONDS_PER_YEAR,
    ],
    &[
        0.1,
        6.0 * 3600.0,
        10.0 * SECONDS_PER_YEAR,
        1e3 * SECONDS_PER_YEAR,
        1e-2,
        1e-4,
        1e-5,
    ],
    &[30.0, 1800.0, 3.0 * 86_400.0, 30.0 * 86_400.0, 1e-7, 1e-8],
    &[
        3.0,
        5.0,
        120.0,
        300.0,
        7200.0,
        3.0 * 3600.0,
        12.0 * 3600.0,
        2.0 * 86_400.0,
    ],
];

fn duration_ticks(low: f64, high: f64, room: usize) -> Vec<Tick> {
    let decades = libm::log10(high / low);
    if decades < 0.8 {
        return even_ticks(Quantity::Duration, low, high, room);
    }
    let least = decades / (room as f64 + 1.0);
    let mut chosen: Vec<f64> = Vec::new();
    for value in DURATIONS.iter().copied().flatten().copied() {
        let far = |other: &f64| libm::fabs(libm::log10(value / other)) >= least;
        if value >= low && value <= high && chosen.iter().all(far) {
            chosen.push(value);
        }
    }
    chosen.sort_by(f64::total_cmp);
    chosen
        .into_iter()
        .map(|value| Tick {
            value,
            label: human::duration(value),
        })
        .collect()
}

/// A percentage with as many decimals as neighbours at a distance of `step` need.
fn percent_label(ratio: f64, step: f64) -> String {
    let decimals = (-libm::floor(libm::log10(step * 100.0) + 1e-9)).clamp(0.0, 12.0) as usize;
    format!("{:.decimals$} %", ratio * 100.0)
}

/// A number with as many decimals as neighbours at a distance of `step` need.
fn number_label(value: f64, step: f64) -> String {
    let value = if value.abs() < step * 1e-6 {
        0.0
    } else {
        value
    };
    if value.abs() >= 1e6 {
        return short_count(value);
    }
    let decimals = (-libm::floor(libm::log10(step) + 1e-9)).clamp(0.0, 12.0) as usize;
    if decimals > 6 {
        return human::significant(value, 4);
    }
    let text = format!("{value:.decimals$}");
    match text.split_once('.') {
        Some(_) => text,
        None => human::significant(value, 15),
    }
}

/// A round number in little room: `1,000`, `20k`, `5M`.
fn short_count(value: f64) -> String {
    let size = value.abs();
    if size < 9_999.5 {
        human::significant(value, 4)
    } else if size < 999_999.5 {
        format!("{}k", human::significant(value / 1e3, 4))
    } else if size < 1e12 {
        format!("{}M", human::significant(value / 1e6, 4))
    } else {
        human::significant(value, 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ODD: [f64; 12] = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1e308,
        -1e308,
        f64::MIN_POSITIVE,
        5e-324,
        0.999_999_999_999_999_9,
    ];

    fn labels(scale: Scale, quantity: Quantity, values: &[f64], room: usize) -> Vec<String> {
        let axis = Axis::new(scale, quantity, values.iter().copied(), (0.0, 100.0));
        let labels = axis.ticks(room).into_iter().map(|tick| tick.label);
        labels.filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn every_pair_of_numbers_makes_an_axis() {
        for scale in [Scale::Linear, Scale::Log, Scale::Nines] {
            for quantity in [
                Quantity::Duration,
                Quantity::Availability,
                Quantity::Ratio,
                Quantity::Count,
                Quantity::Number,
            ] {
                for low in ODD {
                    for high in ODD {
                        let axis = Axis::new(scale, quantity, [low, high], (10.0, 90.0))
                            .padded(0.05, 0.05)
                            .not_negative();
                        let ticks = axis.ticks(8);
                        assert!(ticks.len() < 200, "{scale:?} {low} {high}: {}", ticks.len());
                        for value in ODD.into_iter().chain(ticks.iter().map(|tick| tick.value)) {
                            let pixel = axis.pixel(value);
                            assert_eq!(pixel.is_none(), value.is_nan());
                            assert!(pixel.is_none_or(|pixel| (10.0..=90.0).contains(&pixel)));
                        }
                        for tick in &ticks {
                            assert!(!tick.label.contains("NaN") && !tick.label.contains("inf"));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn durations_have_ticks_that_people_know() {
        assert_eq!(
            labels(Scale::Log, Quantity::Duration, &[1.0, 3e6], 9),
            ["1 s", "10 s", "1 min", "10 min", "1 h", "1 d", "10 d"]
        );
        assert_eq!(
            labels(Scale::Linear, Quantity::Duration, &[0.0, 9000.0], 6),
            ["0", "30 min", "1 h", "1 h 30 min", "2 h", "2 h 30 min"]
        );
        assert_eq!(
            labels(Scale::Linear, Quantity::Duration, &[7200.0, 7250.0], 5),
            [
                "7,200 s", "7,210 s", "7,220 s", "7,230 s", "7,240 s", "7,250 s"
            ]
        );
    }

    #[test]
    fn nines_have_the_same_room() {
        assert_eq!(
            labels(Scale::Nines, Quantity::Availability, &[0.99, 0.999_99], 4),
            ["99 %", "99.9 %", "99.99 %", "99.999 %"]
        );
        assert_eq!(
            labels(Scale::Nines, Quantity::Availability, &[0.999_5, 0.999_8], 4),
            ["99.95 %", "99.96 %", "99.97 %", "99.98 %"]
        );
    }

    #[test]
    fn counts_are_short() {
        assert_eq!(
            labels(Scale::Log, Quantity::Count, &[100.0, 1e6], 5),
            ["100", "1,000", "10k", "100k", "1M"]
        );
    }
}
