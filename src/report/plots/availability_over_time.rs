//! How available the service is at each time of the mission: is the start or the end special?

use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Scene, at};
use super::quantity::{Estimate, Quantity};
use super::style::{
    self, BLUE, PAGE_HEIGHT, TICK, draw_horizontal, draw_level_target, draw_vertical, label_width,
    page, plot_area,
};
use super::{Heading, Picture, Target};

/// Point availability against time, on an axis on which each nine has the same room.
#[derive(Clone, Debug, PartialEq)]
pub struct AvailabilityOverTime {
    /// The words around the plot.
    pub heading: Heading,
    /// The availability at times of the mission, in any order; a few hundred are plenty.
    pub points: Vec<AvailabilityPoint>,
    /// A limit for the availability, from 0 to 1.
    pub target: Option<Target>,
}

/// The availability at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AvailabilityPoint {
    /// The time since the start of the mission in seconds.
    pub time_s: f64,
    /// The point availability, with its interval, from 0 to 1.
    pub availability: Estimate,
}

impl AvailabilityOverTime {
    /// The picture of these data.
    pub fn draw(&self) -> Picture {
        self.scene().paint()
    }

    pub(super) fn scene(&self) -> Scene {
        let (mut scene, room) = page(&self.heading, PAGE_HEIGHT);
        let drawable =
            |p: &&AvailabilityPoint| p.time_s.is_finite() && p.availability.is_drawable();
        let mut points: Vec<_> = self.points.iter().filter(drawable).copied().collect();
        points.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
        if points.is_empty() {
            style::say_empty(&mut scene, room);
            return scene;
        }
        let values = points
            .iter()
            .flat_map(|p| {
                [
                    p.availability.value,
                    p.availability.low_end(),
                    p.availability.high_end(),
                ]
            })
            .chain(self.target.iter().map(|target| target.value));
        // An availability of 1 is infinitely many nines up: such points touch the upper end.
        let perfect = points.iter().any(|point| point.availability.value >= 1.0);
        let vertical = Axis::new(Scale::Nines, Quantity::Availability, values, (0.0, 1.0))
            .at_least_decades(0.5)
            .padded(0.05, if perfect { 0.12 } else { 0.05 });
        let ticks = vertical.ticks(8);
        let plot = plot_area(room, label_width(&ticks), 14.0);
        let vertical = vertical.between(plot.bottom, plot.top);
        let times = points.iter().map(|point| point.time_s);
        let horizontal = Axis::new(
            Scale::Linear,
            Quantity::Duration,
            times,
            (plot.left, plot.right),
        );
        let name = "availability at a time; each nine has the same room";
        draw_vertical(&mut scene, &vertical, &ticks, plot, name);
        draw_horizontal(
            &mut scene,
            &horizontal,
            &horizontal.ticks(8),
            plot,
            "time since the start",
        );
        if perfect {
            let place = at(plot.right, plot.top - 14.0);
            scene.text(place, Anchor::End, "at the upper end: 100 %", TICK);
        }

        let curve: Vec<_> = points.iter().map(|p| (p.time_s, p.availability)).collect();
        let line = style::draw_curve(&mut scene, (&horizontal, &vertical), &curve, BLUE);
        if let Some(target) = &self.target {
            draw_level_target(&mut scene, &vertical, plot, target, &line);
        }
        scene
    }
}
