//! How much is served at which time of the day or week: is it the peak that hurts?

use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Area, Paint, Scene, at};
use super::quantity::{Estimate, Quantity};
use super::style::{
    self, BLUE, PAGE_HEIGHT, RULE, SMALL, SOFT, draw_labels_below, draw_level_target,
    draw_vertical, label_width, page, plot_area,
};
use super::{Heading, Picture, Target};
use crate::base::human;
use crate::base::units::SECONDS_PER_DAY;

/// The share of the requests that is served by the time of a day or a week, above what is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedByPart {
    /// The words around the plot.
    pub heading: Heading,
    /// Length of the day or week in seconds.
    pub period_s: f64,
    /// Its parts in order, of equal length.
    pub parts: Vec<PartOfPeriod>,
    /// A limit for the share, from 0 to 1.
    pub target: Option<Target>,
}

/// A part of a day or a week.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartOfPeriod {
    /// What is asked in it.
    pub load: f64,
    /// The share of it that is served, from 0 to 1.
    pub served: Estimate,
}

/// Room for what is asked, below what is served.
const LOAD_HEIGHT: f64 = 84.0;
/// What is asked.
const LOAD: Paint = Paint::hex(0xD5DBE1);

impl ServedByPart {
    /// The picture of these data.
    pub fn draw(&self) -> Picture {
        self.scene().paint()
    }

    pub(super) fn scene(&self) -> Scene {
        let (mut scene, room) = page(&self.heading, PAGE_HEIGHT);
        let parts = &self.parts;
        let is_drawable = |part: &PartOfPeriod| part.served.is_drawable() && part.load.is_finite();
        let is_period = self.period_s > 0.0 && self.period_s < 1e15;
        if parts.is_empty() || !parts.iter().all(is_drawable) || !is_period {
            style::say_empty(&mut scene, room);
            return scene;
        }
        let values = parts
            .iter()
            .filter(|part| part.load > 0.0)
            .flat_map(|part| {
                [
                    part.served.value,
                    part.served.low_end(),
                    part.served.high_end(),
                ]
            })
            .chain(self.target.iter().map(|target| target.value));
        let vertical = Axis::new(Scale::Nines, Quantity::Availability, values, (0.0, 1.0))
            .at_least_decades(0.5)
            .padded(0.05, 0.08);
        let ticks = vertical.ticks(7);
        let whole = plot_area(room, label_width(&ticks), 14.0);
        let below = Area {
            top: whole.bottom - LOAD_HEIGHT,
            ..whole
        };
        let plot = Area {
            bottom: below.top - 18.0,
            ..whole
        };
        let vertical = vertical.between(plot.bottom, plot.top);
        let name = "share of the requests that is served; each nine has the same room";
        draw_vertical(&mut scene, &vertical, &ticks, plot, name);
        self.draw_load(&mut scene, below);
        self.draw_hours(&mut scene, below);

        let width = (plot.right - plot.left) / parts.len() as f64;
        let mut line = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            if part.load <= 0.0 {
                continue;
            }
            let left = plot.left + width * index as f64;
            let ends = [left, left + width];
            let [low, value, high] = [
                part.served.low_end(),
                part.served.value,
                part.served.high_end(),
            ]
            .map(|share| vertical.pixel_beyond(share).unwrap_or(plot.top));
            let edge = |y: f64| ends.map(|x| at(x, y)).to_vec();
            scene.band(edge(high), edge(low), BLUE.with_alpha(0.22));
            line.extend(edge(value));
        }
        scene.line(line.clone(), 2.0, BLUE);
        if let Some(target) = &self.target {
            draw_level_target(&mut scene, &vertical, plot, target, &[line]);
        }
        scene
    }

    /// What is asked, as a silhouette.
    fn draw_load(&self, scene: &mut Scene, area: Area) {
        let peak = self.parts.iter().map(|part| part.load).fold(0.0, f64::max);
        let width = (area.right - area.left) / self.parts.len() as f64;
        for (index, part) in self.parts.iter().enumerate() {
            let share = if peak > 0.0 {
                (part.load / peak).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let left = area.left + width * index as f64;
            let bar = Area {
                left,
                right: left + width,
                top: area.bottom - (area.height() - 16.0) * share,
                bottom: area.bottom,
            };
            scene.rect(bar, LOAD);
        }
        let base = vec![at(area.left, area.bottom), at(area.right, area.bottom)];
        scene.line(base, 1.0, RULE);
        let peak = format!("what is asked, {} at the most", human::significant(peak, 4));
        scene.text(
            at(area.left, area.top + 8.0),
            Anchor::Start,
            &peak,
            SMALL.colour(SOFT),
        );
    }

    /// Hours of a day, or days of a week, below the plot.
    fn draw_hours(&self, scene: &mut Scene, area: Area) {
        let days = self.period_s / SECONDS_PER_DAY;
        let is_day = days <= 1.0 + 1e-9;
        let (count, step, label): (f64, f64, fn(f64) -> String) = if is_day {
            (self.period_s / 3600.0, 3600.0, |at| {
                format!("{} h", human::significant(at, 3))
            })
        } else {
            (days, SECONDS_PER_DAY, |at| {
                format!("day {}", human::significant(at + 1.0, 3))
            })
        };
        let every = (count / 9.0).ceil().max(1.0);
        let labels: Vec<(f64, String)> = (0..=count.floor() as usize)
            .map(|at| at as f64)
            .filter(|at| at % every == 0.0 && (is_day || *at < count))
            .map(|number| {
                let share = number * step / self.period_s;
                (area.left + (area.right - area.left) * share, label(number))
            })
            .collect();
        let name = if is_day {
            "time of the day"
        } else {
            "days of the period"
        };
        draw_labels_below(scene, labels.iter().map(|(x, text)| (*x, text)), area, name);
    }
}
