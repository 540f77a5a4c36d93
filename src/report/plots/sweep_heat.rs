//! Where in the plane of two parameters the target is met.

use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Area, Paint, Scene, Type, at};
use super::quantity::{Estimate, Quantity};
use super::style::{self, INK, LABEL, MARGIN, PAGE_HEIGHT, SMALL, STRONG, TICK, WHITE, page};
use super::{Heading, Picture};
use crate::base::human;
use crate::base::units::SECONDS_PER_YEAR;

/// A metric for each pair of values of two varied parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepHeat {
    /// The words around the plot.
    pub heading: Heading,
    /// What the colours show: `mean downtime per year`.
    pub metric_name: String,
    /// What kind of number that is.
    pub metric: Quantity,
    /// The parameter that varies from left to right.
    pub across_parameter: String,
    /// Its values in words, from left to right.
    pub across: Vec<String>,
    /// The parameter that varies from bottom to top.
    pub up_parameter: String,
    /// Its values in words, from bottom to top.
    pub up: Vec<String>,
    /// The cells: one row for each value of `up`, in it one cell for each value of `across`;
    /// nothing where nothing was computed.
    pub cells: Vec<Vec<Option<HeatCell>>>,
    /// The target in words, for the legend: `p95 <= 8 h`.
    pub target: Option<String>,
}

/// The answer for one pair of values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatCell {
    /// The metric and its interval.
    pub estimate: Estimate,
    /// Whether it keeps the target, if there is one.
    pub verdict: Option<Verdict>,
}

/// What an estimate says about a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The whole interval keeps it.
    Met,
    /// The whole interval breaks it.
    Missed,
    /// The interval straddles it.
    Undecided,
}

/// What a cell without an estimate looks like.
const NOTHING: Paint = style::FAINT;
/// The room of the legend on the right.
const LEGEND: f64 = 178.0;

impl SweepHeat {
    /// The picture of these data.
    pub fn draw(&self) -> Picture {
        self.scene().paint()
    }

    pub(super) fn scene(&self) -> Scene {
        let (mut scene, room) = page(&self.heading, PAGE_HEIGHT);
        let (columns, rows) = (self.across.len(), self.up.len());
        let values: Vec<f64> = self
            .cells
            .iter()
            .flatten()
            .flatten()
            .map(|cell| cell.estimate.value)
            .filter(|value| value.is_finite())
            .collect();
        if columns == 0 || rows == 0 || values.is_empty() {
            style::say_empty(&mut scene, room);
            return scene;
        }
        let names = self
            .up
            .iter()
            .map(|name| TICK.width(name))
            .fold(0.0, f64::max)
            .min(180.0);
        let plot = Area {
            left: room.left + names + 12.0,
            top: room.top + 24.0,
            right: room.right - LEGEND,
            bottom: room.bottom - 42.0,
        };
        let scale = match self.metric {
            Quantity::Availability => Scale::Nines,
            Quantity::Duration | Quantity::Ratio | Quantity::Count | Quantity::Number => {
                let positive = values.iter().all(|value| *value >= 0.0);
                if positive && values.iter().any(|v| *v > 0.0) {
                    Scale::Log
                } else {
                    Scale::Linear
                }
            }
        };
        let shade = Axis::new(scale, self.metric, values, (0.0, 1.0));

        let cell_width = plot.width() / columns as f64;
        let cell_height = plot.height() / rows as f64;
        let area = |column: usize, row: usize| Area {
            left: (plot.left + cell_width * column as f64).round(),
            top: (plot.bottom - cell_height * (row as f64 + 1.0)).round(),
            right: (plot.left + cell_width * (column as f64 + 1.0)).round(),
            bottom: (plot.bottom - cell_height * row as f64).round(),
        };
        let writing = self.writing(cell_width, cell_height);
        for row in 0..rows {
            for column in 0..columns {
                let cell = self.cell(column, row);
                self.draw_cell(
                    &mut scene,
                    &shade,
                    writing.as_ref(),
                    area(column, row),
                    cell,
                );
            }
        }
        for row in 0..rows {
            for column in 0..columns {
                self.draw_outline(&mut scene, area(column, row), column, row);
            }
        }
        self.draw_names(&mut scene, plot, cell_width, cell_height);
        self.draw_legend(&mut scene, &shade, plot);
        scene
    }

    fn cell(&self, column: usize, row: usize) -> Option<HeatCell> {
        let cell = self.cells.get(row)?.get(column).copied().flatten()?;
        cell.estimate.is_drawable().then_some(cell)
    }

    fn meets(&self, column: Option<usize>, row: Option<usize>) -> bool {
        let cell = column
            .zip(row)
            .and_then(|(column, row)| self.cell(column, row));
        cell.is_some_and(|cell| cell.verdict == Some(Verdict::Met))
    }

    fn draw_cell(
        &self,
        scene: &mut Scene,
        shade: &Axis,
        writing: Option<&Writing>,
        area: Area,
        cell: Option<HeatCell>,
    ) {
        let inner = Area {
            right: area.right - 1.0,
            bottom: area.bottom - 1.0,
            ..area
        };
        let middle = at(
            (area.left + area.right) / 2.0,
            (area.top + area.bottom) / 2.0,
        );
        let Some(cell) = cell else {
            scene.rect(inner, NOTHING);
            scene.text(at(middle.x, middle.y + 4.0), Anchor::Middle, "–", TICK);
            return;
        };
        let depth = self.depth(shade, cell.estimate.value);
        let paint = ramp(depth);
        scene.rect(inner, paint);
        let undecided = cell.verdict == Some(Verdict::Undecided);
        if undecided {
            hatch(scene, inner, hatch_paint(depth));
        }
        let Some(writing) = writing else { return };
        let ink = if paint.is_dark() { WHITE } else { INK };
        let mut lines = vec![(writing.value_text(self.metric, cell), writing.value)];
        if let Some(letters) = writing.interval {
            lines.push((writing.interval_text(self.metric, cell), letters));
        }
        let first = middle.y
            + if lines.len() > 1 {
                -2.0
            } else {
                writing.value.size * 0.36
            };
        let baseline = |line: usize| first + 17.0 * line as f64;
        if undecided {
            // A plate keeps the hatch from crossing the words.
            let widths = lines.iter().map(|(text, letters)| letters.width(text));
            let half = widths.fold(0.0, f64::max) / 2.0 + 3.0;
            let (top, bottom) = (
                first - writing.value.size * 0.9,
                baseline(lines.len() - 1) + 4.0,
            );
            scene.rect(
                Area {
                    left: middle.x - half,
                    top,
                    right: middle.x + half,
                    bottom,
                },
                paint,
            );
        }
        for (i, (text, letters)) in lines.iter().enumerate() {
            scene.text(
                at(middle.x, baseline(i)),
                Anchor::Middle,
                text,
                letters.colour(ink),
            );
        }
    }

    /// The most telling writing that fits into every cell; none if the cells are too small.
    fn writing(&self, width: f64, height: f64) -> Option<Writing> {
        let cells: Vec<HeatCell> = self
            .cells
            .iter()
            .flatten()
            .flatten()
            .filter(|cell| cell.estimate.is_drawable())
            .copied()
            .collect();
        let fits = |letters: Type, text: &dyn Fn(HeatCell) -> String| {
            cells
                .iter()
                .all(|cell| letters.width(&text(*cell)) <= width - 6.0)
        };
        let tries = [
            (14.0, None),
            (12.5, None),
            (11.0, None),
            (12.0, Some(2)),
            (10.5, Some(2)),
            (9.0, Some(2)),
            (9.0, Some(1)),
            (8.0, Some(1)),
        ];
        let mut writing = tries
            .into_iter()
            .map(|(size, digits)| Writing {
                value: Type { size, ..STRONG },
                digits,
                interval: None,
                range: true,
            })
            .find(|writing| {
                height >= writing.value.size + 4.0
                    && fits(writing.value, &|cell| writing.value_text(self.metric, cell))
            })?;
        let small = [(10.0, true), (10.0, false), (9.0, true), (9.0, false)];
        let interval = small.into_iter().find(|(size, range)| {
            let tried = Writing {
                range: *range,
                ..writing
            };
            height >= 42.0
                && fits(
                    Type {
                        size: *size,
                        ..SMALL
                    },
                    &|cell| tried.interval_text(self.metric, cell),
                )
        });
        if let Some((size, range)) = interval {
            writing.interval = Some(Type { size, ..SMALL });
            writing.range = range;
        }
        Some(writing)
    }

    /// How dark a value is, from 0 to 1: the worse, the darker.
    fn depth(&self, shade: &Axis, value: f64) -> f64 {
        let depth = shade.pixel(value).unwrap_or(0.0);
        if self.metric == Quantity::Availability {
            1.0 - depth
        } else {
            depth
        }
    }

    /// The sides of a cell that part it, as one that meets the target, from one that does not.
    fn draw_outline(&self, scene: &mut Scene, area: Area, column: usize, row: usize) {
        if !self.meets(Some(column), Some(row)) {
            return;
        }
        let Area {
            left,
            top,
            right,
            bottom,
        } = area;
        let (before, after) = (column.checked_sub(1), column.checked_add(1));
        let (below, above) = (row.checked_sub(1), row.checked_add(1));
        for (met, from, to) in [
            (
                self.meets(before, Some(row)),
                at(left, top),
                at(left, bottom),
            ),
            (
                self.meets(after, Some(row)),
                at(right, top),
                at(right, bottom),
            ),
            (
                self.meets(Some(column), above),
                at(left, top),
                at(right, top),
            ),
            (
                self.meets(Some(column), below),
                at(left, bottom),
                at(right, bottom),
            ),
        ] {
            if !met {
                // The ends overlap by half the width, so that corners are whole.
                let (dx, dy) = if from.x == to.x {
                    (0.0, 1.5)
                } else {
                    (1.5, 0.0)
                };
                let ends = [at(from.x - dx, from.y - dy), at(to.x + dx, to.y + dy)];
                scene.line(ends.to_vec(), 3.0, INK);
            }
        }
    }

    fn draw_names(&self, scene: &mut Scene, plot: Area, cell_width: f64, cell_height: f64) {
        let every = ((TICK.size + 4.0) / cell_height).ceil().max(1.0) as usize;
        for (row, name) in self.up.iter().enumerate().step_by(every) {
            let y = plot.bottom - cell_height * (row as f64 + 0.5) + 4.0;
            scene.text(
                at(plot.left - 8.0, y),
                Anchor::End,
                &TICK.fit(name, 180.0),
                TICK,
            );
        }
        let every = (28.0 / cell_width).ceil().max(1.0);
        for (column, name) in self.across.iter().enumerate().step_by(every as usize) {
            let x = plot.left + cell_width * (column as f64 + 0.5);
            let name = TICK.fit(name, cell_width * every - 6.0);
            scene.text(at(x, plot.bottom + 18.0), Anchor::Middle, &name, TICK);
        }
        let middle = (plot.left + plot.right) / 2.0;
        let name = TICK.fit(&self.across_parameter, plot.width());
        scene.text(at(middle, plot.bottom + 37.0), Anchor::Middle, &name, TICK);
        let name = TICK.fit(&self.up_parameter, plot.right - MARGIN);
        scene.text(at(MARGIN, plot.top - 14.0), Anchor::Start, &name, TICK);
    }

    fn draw_legend(&self, scene: &mut Scene, shade: &Axis, plot: Area) {
        let left = plot.right + 28.0;
        let right = f64::from(style::PAGE_WIDTH) - MARGIN;
        let mut y = plot.top + 4.0;
        for line in SMALL.wrap(&self.metric_name, right - left, 3) {
            scene.text(at(left, y), Anchor::Start, &line, SMALL);
            y += 15.0;
        }
        let bar = Area {
            left,
            top: y,
            right: left + 18.0,
            bottom: (y + 190.0).min(plot.bottom - 90.0),
        };
        let stripes = bar.height().max(1.0) as u32;
        for i in 0..stripes {
            let top = bar.top + f64::from(i);
            let depth = 1.0 - f64::from(i) / f64::from(stripes);
            scene.rect(
                Area {
                    top,
                    bottom: (top + 1.0).min(bar.bottom),
                    ..bar
                },
                ramp(depth),
            );
        }
        for tick in shade.ticks(6) {
            if let (Some(_), false) = (shade.pixel(tick.value), tick.label.is_empty()) {
                let y = bar.bottom - self.depth(shade, tick.value) * bar.height();
                scene.line(
                    vec![at(bar.right, y), at(bar.right + 4.0, y)],
                    1.0,
                    style::RULE,
                );
                scene.text(
                    at(bar.right + 8.0, y + 4.0),
                    Anchor::Start,
                    &tick.label,
                    TICK,
                );
            }
        }
        let mut y = bar.bottom + 34.0;
        let Some(target) = &self.target else { return };
        for line in STRONG.wrap(&style::typeset(target), right - left, 2) {
            scene.text(at(left, y), Anchor::Start, &line, STRONG);
            y += 17.0;
        }
        let verdicts = |verdict| {
            let cells = self.cells.iter().flatten().flatten();
            cells.into_iter().any(|cell| cell.verdict == Some(verdict))
        };
        if verdicts(Verdict::Met) {
            let key = Area {
                left,
                top: y - 7.0,
                right: left + 22.0,
                bottom: y + 7.0,
            };
            let (upper, lower) = (at(key.left, key.top), at(key.right, key.bottom));
            let ring = vec![
                upper,
                at(lower.x, upper.y),
                lower,
                at(upper.x, lower.y),
                upper,
                at(lower.x, upper.y),
            ];
            scene.rect(key, ramp(0.1));
            scene.line(ring, 2.0, INK);
            scene.text(at(left + 30.0, y + 4.0), Anchor::Start, "met", LABEL);
            y += 23.0;
        }
        if verdicts(Verdict::Undecided) {
            let key = Area {
                left,
                top: y - 7.0,
                right: left + 22.0,
                bottom: y + 7.0,
            };
            scene.rect(key, ramp(0.3));
            hatch(scene, key, hatch_paint(0.3));
            scene.text(at(left + 30.0, y + 4.0), Anchor::Start, "undecided", LABEL);
        }
    }
}

/// How numbers are written, the same way in all cells.
#[derive(Clone, Copy)]
struct Writing {
    value: Type,
    /// How many digits are written, where there is no room for all.
    digits: Option<usize>,
    /// The letters of the interval, if there is room for it.
    interval: Option<Type>,
    /// Whether both ends of the interval are written rather than its greater half.
    range: bool,
}

impl Writing {
    fn value_text(&self, metric: Quantity, cell: HeatCell) -> String {
        match self.digits {
            None => metric.text(cell.estimate.value),
            Some(digits) => short(metric, cell.estimate.value, digits),
        }
    }

    fn interval_text(&self, metric: Quantity, cell: HeatCell) -> String {
        let estimate = cell.estimate;
        let (low, high) = (estimate.low_end(), estimate.high_end());
        match metric {
            _ if self.range && self.digits.is_none() => metric.interval_text(estimate),
            Quantity::Availability | Quantity::Ratio => {
                format!("{} – {}", short(metric, low, 2), short(metric, high, 2))
            }
            Quantity::Duration | Quantity::Count | Quantity::Number => {
                let half = (high - estimate.value).max(estimate.value - low);
                format!("± {}", short(metric, half, 2))
            }
        }
    }
}

/// `value` in one unit with few digits; a percentage without its sign, with as many digits of what
/// is missing from 100 %.
fn short(metric: Quantity, value: f64, digits: usize) -> String {
    const UNITS: [(f64, &str); 4] = [
        (SECONDS_PER_YEAR, "y"),
        (86_400.0, "d"),
        (3600.0, "h"),
        (60.0, "min"),
    ];
    match metric {
        Quantity::Duration => {
            let unit = UNITS.into_iter().find(|(unit, _)| value >= 0.995 * unit);
            match unit {
                Some((unit, name)) => {
                    format!("{} {name}", human::significant(value / unit, digits))
                }
                None if value >= 1.0 => format!("{} s", human::significant(value, digits)),
                None => human::duration(value),
            }
        }
        Quantity::Availability | Quantity::Ratio => {
            let missing = value.min(1.0 - value);
            if missing <= 0.0 {
                return metric.text(value).replace(" %", "");
            }
            let decimals = (-libm::floor(libm::log10(missing * 100.0))).clamp(0.0, 10.0) as usize;
            format!("{:.*}", decimals + digits - 1, value * 100.0)
        }
        Quantity::Count | Quantity::Number => human::significant(value, digits),
    }
}

fn hatch_paint(depth: f64) -> Paint {
    if depth > 0.5 {
        WHITE.with_alpha(0.55)
    } else {
        INK.with_alpha(0.45)
    }
}

/// Slanted lines across `area`.
fn hatch(scene: &mut Scene, area: Area, paint: Paint) {
    const PITCH: f64 = 9.0;
    let (width, height) = (area.width(), area.height());
    let count = ((width + height) / PITCH).clamp(0.0, 300.0) as u32;
    for i in 1..=count {
        // The line x + y = offset, cut off at the sides.
        let offset = f64::from(i) * PITCH;
        let (x0, x1) = ((offset - height).max(0.0), offset.min(width));
        if x1 - x0 > 0.5 {
            let on = |x: f64| at(area.left + x, area.top + offset - x);
            scene.line(vec![on(x0), on(x1)], 1.0, paint);
        }
    }
}

/// A colour from almost white over blue to almost black, whose lightness falls evenly, so that
/// equal steps look equal and grey print keeps the order (Oklab, Ottosson 2020).
fn ramp(depth: f64) -> Paint {
    let depth = depth.clamp(0.0, 1.0);
    // Lightness falls evenly; the chroma is greatest in the middle and the hue turns to violet.
    let lightness = 0.97 - 0.69 * depth;
    let chroma = 0.015 + 0.42 * depth * (1.0 - depth) + 0.05 * depth;
    let hue = (215.0 + 60.0 * depth).to_radians();
    oklab(lightness, chroma * libm::cos(hue), chroma * libm::sin(hue))
}

/// The nearest colour of a screen to a colour of Oklab.
fn oklab(lightness: f64, a: f64, b: f64) -> Paint {
    let cube = |x: f64| x * x * x;
    let l = cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
    let m = cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
    let s = cube(lightness - 0.089_484_177_5 * a - 1.291_485_548 * b);
    let gamma = |x: f64| {
        let x = x.clamp(0.0, 1.0);
        let x = if x <= 0.003_130_8 {
            12.92 * x
        } else {
            1.055 * libm::pow(x, 1.0 / 2.4) - 0.055
        };
        (x * 255.0).round() as u8
    };
    let rgb = (
        gamma(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s),
        gamma(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s),
        gamma(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s),
    );
    Paint { rgb, alpha: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn darker_is_always_worse() {
        let brightness = |depth: f64| {
            let (r, g, b) = ramp(depth).rgb;
            0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b)
        };
        let steps: Vec<f64> = (0..=50).map(|i| brightness(f64::from(i) / 50.0)).collect();
        assert!(steps.windows(2).all(|pair| pair[1] < pair[0]), "{steps:?}");
    }
}
