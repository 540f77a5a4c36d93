//! How the estimate settled as trials were added: are there enough of them?

use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Area, Scene, at};
use super::quantity::{Estimate, Quantity};
use super::style::{
    self, BLUE, LABEL, PAGE_HEIGHT, SMALL, STRONG, draw_horizontal, draw_level_target,
    draw_vertical, label_width, page, plot_area,
};
use super::{Heading, Picture, Target};

/// A running estimate against the number of trials, which is on a logarithmic axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Convergence {
    /// The words around the plot.
    pub heading: Heading,
    /// What is estimated, for the vertical axis: `mean downtime per year`.
    pub name: String,
    /// What kind of number it is.
    pub quantity: Quantity,
    /// The estimate after more and more trials; a few hundred points are plenty.
    pub points: Vec<ConvergencePoint>,
    /// A limit for the estimate.
    pub target: Option<Target>,
}

/// The estimate after some trials.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConvergencePoint {
    /// How many trials it is made from.
    pub trials: u64,
    /// The estimate and its interval, in the unit of the quantity.
    pub estimate: Estimate,
}

impl Convergence {
    /// The picture of these data.
    pub fn draw(&self) -> Picture {
        self.scene().paint()
    }

    pub(super) fn scene(&self) -> Scene {
        let (mut scene, room) = page(&self.heading, PAGE_HEIGHT);
        let mut points: Vec<_> = self
            .points
            .iter()
            .filter(|point| point.trials > 0 && point.estimate.is_drawable())
            .copied()
            .collect();
        points.sort_by_key(|point| point.trials);
        let Some(last) = points.last().copied() else {
            style::say_empty(&mut scene, room);
            return scene;
        };
        let value = self.quantity.text(last.estimate.value);
        let interval = self.quantity.interval_text(last.estimate);
        let right = STRONG
            .width(&value)
            .max(SMALL.width(&interval))
            .clamp(60.0, 240.0)
            + 14.0;

        let vertical = self.vertical(&points, last.trials, (0.0, 1.0));
        let ticks = vertical.ticks(8);
        let plot = plot_area(room, label_width(&ticks), right);
        let vertical = vertical.between(plot.bottom, plot.top);
        let trials = points.iter().map(|point| point.trials as f64);
        // The axis ends with the last trial, beside which the answer stands, even if it is alone.
        let alone = (points.len() == 1).then_some(last.trials as f64 / 10.0);
        let trials = trials.chain(alone);
        let horizontal = Axis::new(Scale::Log, Quantity::Count, trials, (plot.left, plot.right));
        draw_vertical(&mut scene, &vertical, &ticks, plot, &self.name);
        draw_horizontal(
            &mut scene,
            &horizontal,
            &horizontal.ticks(9),
            plot,
            "trials",
        );

        let curve: Vec<_> = points
            .iter()
            .map(|p| (p.trials as f64, p.estimate))
            .collect();
        let line = style::draw_curve(&mut scene, (&horizontal, &vertical), &curve, BLUE);
        if let Some(target) = &self.target {
            draw_level_target(&mut scene, &vertical, plot, target, &line);
        }
        self.draw_answer(
            &mut scene,
            plot,
            &vertical,
            last.estimate,
            [value, interval],
        );
        scene
    }

    /// The vertical axis shows where the estimate settles; the wild beginning may leave it.
    fn vertical(&self, points: &[ConvergencePoint], trials: u64, pixels: (f64, f64)) -> Axis {
        let settled = points.iter().filter(|point| point.trials >= trials / 100);
        let ends = settled.flat_map(|p| [p.estimate.low_end(), p.estimate.high_end()]);
        let values: Vec<f64> = points
            .iter()
            .filter(|point| point.trials >= trials / 1000)
            .map(|point| point.estimate.value)
            .chain(ends)
            .chain(self.target.iter().map(|target| target.value))
            .collect();
        let scale = match self.quantity {
            Quantity::Availability => Scale::Nines,
            Quantity::Duration | Quantity::Ratio | Quantity::Count | Quantity::Number => {
                style::scale_for(values.iter().copied(), 50.0)
            }
        };
        Axis::new(scale, self.quantity, values, pixels)
            .padded(0.06, 0.06)
            .not_negative()
    }

    /// The last estimate and its interval beside the end of the line.
    fn draw_answer(
        &self,
        scene: &mut Scene,
        plot: Area,
        vertical: &Axis,
        estimate: Estimate,
        [value, interval]: [String; 2],
    ) {
        let pixel = |value: f64| vertical.pixel(value).unwrap_or(plot.bottom);
        let (x, y) = (plot.right, pixel(estimate.value));
        let whisker = [
            at(x, pixel(estimate.low_end())),
            at(x, pixel(estimate.high_end())),
        ];
        scene.line(whisker.to_vec(), 2.0, BLUE);
        scene.disc(at(x, y), 4.0, BLUE);
        let y = y.clamp(plot.top + 6.0, plot.bottom - 16.0);
        scene.text(
            at(x + 12.0, y + 1.0),
            Anchor::Start,
            &value,
            STRONG.colour(BLUE),
        );
        let interval = SMALL.fit(&interval, 240.0);
        scene.text(
            at(x + 12.0, y + 17.0),
            Anchor::Start,
            &interval,
            SMALL.colour(LABEL.paint),
        );
    }
}
