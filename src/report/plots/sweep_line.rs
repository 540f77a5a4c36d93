//! How an answer changes with one parameter, and with a second one as one line for each value.

use super::axis::{Axis, Scale, Tick};
use super::canvas::{Anchor, Area, Paint, Point, Scene, at};
use super::quantity::{Estimate, Quantity};
use super::style::{
    self, LABEL, PAGE_HEIGHT, SERIES, SMALL, STRONG, TICK, WHITE, draw_labels_below,
    draw_level_target, draw_vertical, label_width, page, plot_area,
};
use super::{Heading, Picture, Target};
use crate::base::human;

/// A metric against a varied parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepLine {
    /// The words around the plot.
    pub heading: Heading,
    /// What is on the vertical axis: `mean downtime per year`.
    pub metric_name: String,
    /// What kind of number that is; availabilities are drawn by their nines.
    pub metric: Quantity,
    /// What is on the horizontal axis: the varied parameter.
    pub parameter: String,
    /// The values of the parameter.
    pub values: SweepValues,
    /// The second parameter, if one was varied, as the heading over the names of the lines.
    pub series_parameter: Option<String>,
    /// The lines; a single one needs no name.
    pub series: Vec<SweepSeries>,
    /// A limit for the metric.
    pub target: Option<Target>,
}

/// The values of a varied parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum SweepValues {
    /// Numbers, at their places on an axis: logarithmic if they span much.
    Numbers {
        /// The values, in the unit of the quantity.
        values: Vec<f64>,
        /// What kind of number they are.
        quantity: Quantity,
    },
    /// Names, at equal distances in their order.
    Names(Vec<String>),
}

/// One line of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepSeries {
    /// The value of the second parameter in words.
    pub name: String,
    /// One estimate for each value of the first parameter, in its order, where there is one.
    pub estimates: Vec<Option<Estimate>>,
}

/// Larger ratios of the greatest to the least value than this need a logarithmic axis.
const LINEAR_RATIO_MAX: f64 = 20.0;
/// More lines than this cannot be told apart; only the first ones are drawn.
const SERIES_MAX: usize = 14;

impl SweepLine {
    /// The picture of these data.
    pub fn draw(&self) -> Picture {
        self.scene().paint()
    }

    pub(super) fn scene(&self) -> Scene {
        let (mut scene, room) = page(&self.heading, PAGE_HEIGHT);
        let shown: Vec<&SweepSeries> = self
            .series
            .iter()
            .filter(|series| series.estimates.iter().flatten().any(|e| e.is_drawable()))
            .take(SERIES_MAX)
            .collect();
        if shown.is_empty() {
            style::say_empty(&mut scene, room);
            return scene;
        }
        let named = self.series.len() > 1 || self.series_parameter.is_some();
        let legend = if named {
            self.legend_width(&shown)
        } else {
            14.0
        };
        let vertical = self.vertical(&shown);
        let ticks = vertical.ticks(8);
        let plot = plot_area(room, label_width(&ticks), legend);
        let vertical = vertical.between(plot.bottom, plot.top);
        draw_vertical(&mut scene, &vertical, &ticks, plot, &self.metric_name);
        let (places, labels) = self.places(plot);
        let labelled = labels.iter().map(|(x, label)| (*x, label));
        draw_labels_below(&mut scene, labelled, plot, &self.parameter);

        let mut ends = Vec::new();
        let mut lines = Vec::new();
        for (i, series) in shown.iter().enumerate() {
            let paint = SERIES[i % SERIES.len()];
            // Whiskers of several lines at one value stand side by side.
            let aside = (i as f64 - (shown.len() as f64 - 1.0) / 2.0)
                * (14.0 / shown.len() as f64).min(4.0);
            let aside = if places.len() > 1 { aside } else { aside * 4.0 };
            let marks: Vec<(Point, Estimate)> = places
                .iter()
                .zip(&series.estimates)
                .filter_map(|(x, estimate)| {
                    let estimate = estimate.filter(|estimate| estimate.is_drawable())?;
                    Some((at((*x)? + aside, vertical.pixel(estimate.value)?), estimate))
                })
                .collect();
            let mut line: Vec<Point> = marks.iter().map(|(place, _)| *place).collect();
            line.sort_by(|a, b| a.x.total_cmp(&b.x));
            if let Some(last) = line.last() {
                ends.push((last.y, i));
            }
            // Between names there is nothing; where several lines are told apart, they guide the eye.
            if named || matches!(self.values, SweepValues::Numbers { .. }) {
                scene.line(line.clone(), 2.0, paint);
            }
            lines.push(line);
            for (place, estimate) in marks {
                draw_whisker(&mut scene, &vertical, place, estimate, paint);
                draw_mark(&mut scene, place, i, paint);
            }
        }
        if let Some(target) = &self.target {
            draw_level_target(&mut scene, &vertical, plot, target, &lines);
        }
        if named {
            self.draw_names(&mut scene, plot, &shown, ends);
        }
        scene
    }

    fn vertical(&self, shown: &[&SweepSeries]) -> Axis {
        let estimates: Vec<Estimate> = shown
            .iter()
            .flat_map(|series| series.estimates.iter().flatten().copied())
            .filter(|estimate| estimate.is_drawable())
            .collect();
        let limit = self.target.iter().map(|target| target.value);
        let ends = estimates
            .iter()
            .flat_map(|e| [e.value, e.low_end(), e.high_end()]);
        let values = ends.chain(limit);
        let scale = match self.metric {
            Quantity::Availability => Scale::Nines,
            Quantity::Duration | Quantity::Ratio | Quantity::Count | Quantity::Number => {
                style::scale_for(estimates.iter().map(|e| e.value), LINEAR_RATIO_MAX)
            }
        };
        if scale == Scale::Log {
            // An interval that reaches down to next to nothing must not stretch the axis to it.
            let least = estimates
                .iter()
                .map(|e| e.value)
                .filter(|value| *value > 0.0);
            let floor = least.fold(f64::INFINITY, f64::min) / 10.0;
            let values = values.map(|value| if value < floor { floor } else { value });
            return Axis::new(scale, self.metric, values, (0.0, 1.0)).padded(0.04, 0.05);
        }
        let axis = Axis::new(scale, self.metric, values, (0.0, 1.0));
        axis.at_least_decades(0.3).padded(0.06, 0.06).not_negative()
    }

    /// Where each value of the parameter is, and the labels of the axis.
    fn places(&self, plot: Area) -> (Vec<Option<f64>>, Vec<(f64, String)>) {
        let inset = (plot.width() * 0.04).max(16.0);
        match &self.values {
            SweepValues::Names(names) => {
                let pitch = plot.width() / names.len().max(1) as f64;
                let place = |i: usize| plot.left + pitch * (i as f64 + 0.5);
                let labels = names
                    .iter()
                    .enumerate()
                    .map(|(i, name)| (place(i), TICK.fit(name, (pitch - 10.0).max(24.0))))
                    .collect();
                ((0..names.len()).map(|i| Some(place(i))).collect(), labels)
            }
            SweepValues::Numbers { values, quantity } => {
                let scale = style::scale_for(values.iter().copied(), LINEAR_RATIO_MAX);
                let zero = values.iter().any(|value| *value <= 0.0);
                let scale = if zero { Scale::Linear } else { scale };
                let pixels = (plot.left + inset, plot.right - inset);
                let axis = Axis::new(scale, *quantity, values.iter().copied(), pixels);
                let places = values
                    .iter()
                    .map(|value| value.is_finite().then(|| axis.pixel(*value)).flatten())
                    .collect();
                (places, self.value_labels(&axis, values, *quantity))
            }
        }
    }

    /// The values themselves where they have room, round numbers otherwise.
    fn value_labels(&self, axis: &Axis, values: &[f64], quantity: Quantity) -> Vec<(f64, String)> {
        let mut values: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let own: Vec<(f64, String)> = values
            .into_iter()
            .filter_map(|value| Some((axis.pixel(value)?, quantity.text(value))))
            .collect();
        let roomy = own.windows(2).all(|pair| {
            let need = (TICK.width(&pair[0].1) + TICK.width(&pair[1].1)) / 2.0 + 12.0;
            pair[1].0 - pair[0].0 >= need
        });
        if roomy {
            return own;
        }
        let round = |tick: Tick| Some((axis.pixel(tick.value)?, tick.label));
        axis.ticks(9).into_iter().filter_map(round).collect()
    }

    fn legend_width(&self, shown: &[&SweepSeries]) -> f64 {
        let names = shown.iter().map(|series| STRONG.width(&series.name));
        let heading = self.series_parameter.iter().map(|name| SMALL.width(name));
        names.chain(heading).fold(0.0, f64::max).clamp(40.0, 200.0) + 42.0
    }

    /// The names of the lines beside their ends.
    fn draw_names(
        &self,
        scene: &mut Scene,
        plot: Area,
        shown: &[&SweepSeries],
        mut ends: Vec<(f64, usize)>,
    ) {
        ends.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut heights: Vec<f64> = ends.iter().map(|(y, _)| *y).collect();
        style::spread(&mut heights, 20.0, plot.top + 8.0, plot.bottom - 4.0);
        let left = plot.right + 12.0;
        if let Some(parameter) = &self.series_parameter {
            let top = heights.first().map_or(plot.top, |first| first - 20.0);
            let name = SMALL.fit(parameter, 200.0);
            scene.text(
                at(left, top.max(plot.top - 12.0)),
                Anchor::Start,
                &name,
                SMALL,
            );
        }
        for ((_, i), y) in ends.into_iter().zip(heights) {
            let paint = SERIES[i % SERIES.len()];
            draw_mark(scene, at(left + 6.0, y), i, paint);
            let name = STRONG.fit(&shown[i].name, 200.0);
            scene.text(at(left + 18.0, y + 4.5), Anchor::Start, &name, STRONG);
        }
        if self.series.len() > shown.len() {
            let left_out = self.series.len() - shown.len();
            let text = format!("{} more not shown", human::count(left_out as u64));
            let text = LABEL.fit(&text, plot.width());
            scene.text(at(plot.right, plot.top - 14.0), Anchor::End, &text, SMALL);
        }
    }
}

fn draw_whisker(scene: &mut Scene, axis: &Axis, place: Point, estimate: Estimate, paint: Paint) {
    let (Some(low), Some(high)) = (
        axis.pixel(estimate.low_end()),
        axis.pixel(estimate.high_end()),
    ) else {
        return;
    };
    if low - high < 2.0 {
        return;
    }
    scene.line(vec![at(place.x, high), at(place.x, low)], 1.5, paint);
    for end in [high, low] {
        scene.line(
            vec![at(place.x - 4.0, end), at(place.x + 4.0, end)],
            1.5,
            paint,
        );
    }
}

/// A mark whose form tells lines apart without colour.
fn draw_mark(scene: &mut Scene, place: Point, series: usize, paint: Paint) {
    for (size, paint) in [(6.0, WHITE), (4.5, paint)] {
        let corner = |dx: f64, dy: f64| at(place.x + dx * size, place.y + dy * size);
        match series % 4 {
            0 => scene.disc(place, size, paint),
            1 => scene.rect(
                Area {
                    left: place.x - size * 0.9,
                    top: place.y - size * 0.9,
                    right: place.x + size * 0.9,
                    bottom: place.y + size * 0.9,
                },
                paint,
            ),
            2 => scene.convex(
                vec![corner(0.0, -1.2), corner(1.1, 0.8), corner(-1.1, 0.8)],
                paint,
            ),
            _ => scene.convex(
                vec![
                    corner(0.0, -1.25),
                    corner(1.25, 0.0),
                    corner(0.0, 1.25),
                    corner(-1.25, 0.0),
                ],
                paint,
            ),
        }
    }
}
