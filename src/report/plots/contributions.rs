//! Where the downtime comes from, or the cost: which part of the system, and by which mechanism.

use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Area, Paint, Scene, at};
use super::quantity::{Estimate, Quantity};
use super::style::{
    self, INK, LABEL, PAGE_HEIGHT, RULE, SMALL, STRONG, WHITE, draw_horizontal, page,
};
use super::{Heading, Picture};
use crate::base::human;

/// Downtime or cost per year by cause, as bars that are divided by mechanism.
#[derive(Clone, Debug, PartialEq)]
pub struct Contributions {
    /// The words around the plot.
    pub heading: Heading,
    /// What the bars show: `mean downtime per year`.
    pub name: String,
    /// What their lengths are.
    pub quantity: Quantity,
    /// The mechanisms, in the order in which they divide each bar.
    pub mechanisms: Vec<String>,
    /// The causes, in any order: the largest is drawn first.
    pub causes: Vec<Cause>,
}

/// A part of the system that causes downtime, or cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// What it is called.
    pub name: String,
    /// What it causes in a year, in seconds or money, for each of the mechanisms, in their order.
    pub per_year: Vec<f64>,
    /// The lower end of the interval of the sum.
    pub low_per_year: f64,
    /// The upper end of the interval of the sum.
    pub high_per_year: f64,
}

/// More causes than this are folded into one bar.
const CAUSES_MAX: usize = 12;
/// More mechanisms than this share a colour.
const MECHANISMS_MAX: usize = 8;

/// A bar ready to draw.
struct Bar {
    name: String,
    parts: Vec<f64>,
    total: Estimate,
}

/// A mechanism, or the rest of them, with its colour.
struct Shade {
    name: String,
    paint: Paint,
}

impl Contributions {
    /// The picture of these data.
    pub fn draw(&self) -> Picture {
        self.scene().paint()
    }

    pub(super) fn scene(&self) -> Scene {
        // The first attempt shows how tall the page must be.
        let (_, height) = self.scene_on(PAGE_HEIGHT);
        self.scene_on(height).0
    }

    /// The scene on a page of `height`, and the height that it needs.
    fn scene_on(&self, height: u32) -> (Scene, u32) {
        let (mut scene, room) = page(&self.heading, height);
        let (shades, slots) = self.shades();
        let bars = self.bars(&slots, shades.len());
        let sum: f64 = bars.iter().map(|bar| bar.total.value).sum();
        if sum <= 0.0 {
            let middle = at(
                (room.left + room.right) / 2.0,
                (room.top + room.bottom) / 2.0,
            );
            scene.text(middle, Anchor::Middle, "nothing to divide", style::SUBTITLE);
            return (scene, height);
        }
        let room = draw_legend(&mut scene, room, &shades, &bars);

        let values: Vec<String> = bars
            .iter()
            .map(|bar| {
                let share = human::significant(bar.total.value / sum * 100.0, 2);
                format!("{}\u{a0} ({share} %)", self.quantity.text(bar.total.value))
            })
            .collect();
        let names = bars
            .iter()
            .map(|bar| LABEL.width(&bar.name))
            .fold(0.0, f64::max)
            .min(240.0);
        let right = values
            .iter()
            .map(|text| STRONG.width(text))
            .fold(0.0, f64::max)
            + 14.0;
        let pitch = ((room.bottom - 42.0 - room.top) / bars.len() as f64).min(58.0);
        let plot = Area {
            left: room.left + names + 14.0,
            top: room.top,
            right: room.right - right,
            bottom: room.top + pitch * bars.len() as f64,
        };
        let needed = f64::from(height) - (room.bottom - 42.0 - plot.bottom);
        let lengths = bars
            .iter()
            .map(|bar| bar.total.high_end())
            .filter(|high| high.is_finite());
        let axis = Axis::new(
            Scale::Linear,
            self.quantity,
            lengths
                .chain(bars.iter().map(|bar| bar.total.value))
                .chain([0.0]),
            (plot.left, plot.right),
        )
        .starting_at_zero();
        draw_horizontal(&mut scene, &axis, &axis.ticks(6), plot, &self.name);
        for (i, (bar, value)) in bars.iter().zip(&values).enumerate() {
            let middle = plot.top + pitch * (i as f64 + 0.5);
            draw_bar(&mut scene, &axis, bar, &shades, (middle, pitch * 0.62));
            let name = LABEL.fit_middle(&bar.name, 240.0);
            scene.text(
                at(plot.left - 10.0, middle + 4.5),
                Anchor::End,
                &name,
                LABEL,
            );
            let end = axis.pixel(bar.total.high_end()).unwrap_or(plot.left);
            scene.text(at(end + 8.0, middle + 4.5), Anchor::Start, value, STRONG);
        }
        let base = vec![at(plot.left, plot.top - 4.0), at(plot.left, plot.bottom)];
        scene.line(base, 1.0, RULE);
        (scene, needed.clamp(1.0, f64::from(height)).ceil() as u32)
    }

    /// The colours of the mechanisms that cause any downtime, and which of them each uses.
    fn shades(&self) -> (Vec<Shade>, Vec<Option<usize>>) {
        let total = |slot: usize| -> f64 {
            let parts = self
                .causes
                .iter()
                .filter_map(|cause| cause.per_year.get(slot));
            parts.copied().map(usable).sum()
        };
        let mut by_size: Vec<usize> = (0..self.mechanisms.len())
            .filter(|slot| total(*slot) > 0.0)
            .collect();
        by_size.sort_by(|a, b| total(*b).total_cmp(&total(*a)));
        let kept = if by_size.len() > MECHANISMS_MAX {
            MECHANISMS_MAX - 1
        } else {
            by_size.len()
        };
        let folded = by_size.split_off(kept);
        by_size.sort_unstable();
        let mut slots = vec![None; self.mechanisms.len()];
        let mut shades = Vec::new();
        for slot in by_size {
            slots[slot] = Some(shades.len());
            let paint = style::SERIES[shades.len() % style::SERIES.len()];
            let paint = if shades.len() == style::SERIES.len() {
                style::YELLOW
            } else {
                paint
            };
            shades.push(Shade {
                name: self.mechanisms[slot].clone(),
                paint,
            });
        }
        for slot in &folded {
            slots[*slot] = Some(shades.len());
        }
        if !folded.is_empty() {
            let name = format!("{} other mechanisms", folded.len());
            shades.push(Shade {
                name,
                paint: Paint::hex(0xB8BEC5),
            });
        }
        (shades, slots)
    }

    /// The interval of the bar into which the smallest causes are folded, if there are so many.
    #[cfg(test)]
    pub(super) fn folded_interval(&self) -> Option<Estimate> {
        let (shades, slots) = self.shades();
        let bars = self.bars(&slots, shades.len());
        let last = bars.last()?;
        last.name.ends_with("others").then_some(last.total)
    }

    /// One bar a cause with any downtime, largest first, the smallest ones folded into one.
    fn bars(&self, slots: &[Option<usize>], shade_count: usize) -> Vec<Bar> {
        let mut bars: Vec<Bar> = self
            .causes
            .iter()
            .map(|cause| {
                let mut parts = vec![0.0; shade_count];
                for (slot, length) in slots.iter().zip(&cause.per_year) {
                    if let Some(slot) = slot {
                        parts[*slot] += usable(*length);
                    }
                }
                let value = parts.iter().sum();
                let (low, high) = (cause.low_per_year, cause.high_per_year);
                let high = if high.is_finite() {
                    high.min(1e15)
                } else {
                    value
                };
                let total = Estimate {
                    value,
                    low: low.max(0.0),
                    high,
                };
                Bar {
                    name: cause.name.clone(),
                    parts,
                    total,
                }
            })
            .filter(|bar| bar.total.value > 0.0)
            .collect();
        bars.sort_by(|a, b| b.total.value.total_cmp(&a.total.value));
        if bars.len() > CAUSES_MAX {
            let folded = bars.split_off(CAUSES_MAX - 1);
            bars.push(fold(&folded, shade_count));
        }
        bars
    }
}

/// A number that can be the length of a bar.
fn usable(length: f64) -> f64 {
    if length.is_finite() {
        length.clamp(0.0, 1e15)
    } else {
        0.0
    }
}

/// The sum of `bars`. The distances of the ends are added like the legs of right angles, as what different
/// causes bring in a trial has hardly anything in common: added as they are, those of hundreds of small
/// causes would be many times too wide.
fn fold(bars: &[Bar], shade_count: usize) -> Bar {
    let mut sum = Bar {
        name: format!("{} others", bars.len()),
        parts: vec![0.0; shade_count],
        total: Estimate {
            value: 0.0,
            low: 0.0,
            high: 0.0,
        },
    };
    let (mut below, mut above) = (0.0, 0.0);
    for bar in bars {
        for (total, part) in sum.parts.iter_mut().zip(&bar.parts) {
            *total += part;
        }
        sum.total.value += bar.total.value;
        below = libm::hypot(below, bar.total.value - bar.total.low_end());
        above = libm::hypot(above, bar.total.high_end() - bar.total.value);
    }
    sum.total.low = sum.total.value - below;
    sum.total.high = sum.total.value + above;
    sum
}

fn draw_bar(
    scene: &mut Scene,
    axis: &Axis,
    bar: &Bar,
    shades: &[Shade],
    (middle, thickness): (f64, f64),
) {
    let (top, bottom) = (
        (middle - thickness / 2.0).round(),
        (middle + thickness / 2.0).round(),
    );
    let mut from = 0.0;
    for (part, shade) in bar.parts.iter().zip(shades) {
        let to = from + part;
        if let (Some(left), Some(right)) = (axis.pixel(from), axis.pixel(to))
            && *part > 0.0
        {
            scene.rect(
                Area {
                    left,
                    top,
                    right: right.max(left + 0.5),
                    bottom,
                },
                shade.paint,
            );
            if right - left > 4.0 && from > 0.0 {
                scene.line(vec![at(left, top), at(left, bottom)], 1.0, WHITE);
            }
            // The name inside the bar spares a look at the legend, and needs no colour.
            let free = right.min(axis.pixel(bar.total.low_end()).unwrap_or(right)) - left;
            if thickness >= 22.0 && SMALL.width(&shade.name) + 18.0 <= free {
                let letters = SMALL.colour(if shade.paint.is_dark() { WHITE } else { INK });
                scene.text(
                    at(left + 8.0, middle + 4.0),
                    Anchor::Start,
                    &shade.name,
                    letters,
                );
            }
        }
        from = to;
    }
    let (Some(low), Some(high)) = (
        axis.pixel(bar.total.low_end()),
        axis.pixel(bar.total.high_end()),
    ) else {
        return;
    };
    if high - low >= 1.0 {
        let cap = (thickness / 4.0).min(6.0);
        // A white rim keeps the whisker visible on dark parts of the bar.
        for (width, paint) in [(3.0, WHITE), (1.5, INK)] {
            scene.line(vec![at(low, middle), at(high, middle)], width, paint);
            for end in [low, high] {
                scene.line(
                    vec![at(end, middle - cap), at(end, middle + cap)],
                    width,
                    paint,
                );
            }
        }
    }
}

/// The mechanisms with their colours in rows above the bars; returns the room below.
fn draw_legend(scene: &mut Scene, room: Area, shades: &[Shade], bars: &[Bar]) -> Area {
    let sum: f64 = bars.iter().map(|bar| bar.total.value).sum();
    let (mut x, mut y) = (room.left, room.top + 12.0);
    for (i, shade) in shades.iter().enumerate() {
        let part: f64 = bars.iter().map(|bar| bar.parts[i]).sum();
        let share = format!("{} %", human::significant(part / sum * 100.0, 2));
        let name = LABEL.fit(&shade.name, 260.0);
        let width = 18.0 + LABEL.width(&name) + 6.0 + SMALL.width(&share);
        if x > room.left && x + width > room.right {
            x = room.left;
            y += 21.0;
        }
        scene.rect(
            Area {
                left: x,
                top: y - 10.0,
                right: x + 12.0,
                bottom: y + 2.0,
            },
            shade.paint,
        );
        scene.text(at(x + 18.0, y), Anchor::Start, &name, LABEL);
        scene.text(at(x + width, y), Anchor::End, &share, SMALL);
        x += width + 24.0;
    }
    Area {
        top: y + 22.0,
        ..room
    }
}
