//! How often a year is at least so bad: the whole distribution of downtime, tail included.

use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Area, Scene, at, text_area};
use super::quantity::{Estimate, Quantity};
use super::style::{
    self, BLUE, INK, LABEL, PAGE_HEIGHT, SMALL, STRONG, SUBTITLE, VERMILION, VERMILION_INK,
    draw_horizontal, draw_vertical, label_width, page, plot_area,
};
use super::{Heading, Picture};
use crate::base::human;

/// The share of trials whose downtime exceeds a length, both on logarithmic axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Exceedance {
    /// The words around the plot.
    pub heading: Heading,
    /// What is on the horizontal axis: `downtime per year`.
    pub name: String,
    /// What the shares count, in the plural: `trials` or `years`.
    pub counted: String,
    /// The curve, in any order; a few hundred points are plenty.
    pub points: Vec<ExceedancePoint>,
    /// The share without any downtime, with its interval, from 0 to 1.
    pub without_downtime: Option<Estimate>,
    /// Quantiles to mark on the curve.
    pub quantiles: Vec<ExceedanceQuantile>,
    /// Limits for the downtime.
    pub targets: Vec<ExceedanceTarget>,
}

/// A point of the curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExceedancePoint {
    /// The downtime in seconds.
    pub down_time_s: f64,
    /// The share of trials with more downtime than that, with its interval, from 0 to 1.
    pub share: Estimate,
}

/// A quantile to mark on the curve.
#[derive(Clone, Debug, PartialEq)]
pub struct ExceedanceQuantile {
    /// What it is called: `p95`.
    pub label: String,
    /// The share of trials that exceed it, from 0 to 1: 0.05 for p95.
    pub share: f64,
    /// The downtime in seconds that this share exceeds.
    pub down_time_s: Estimate,
}

/// A limit for the downtime.
#[derive(Clone, Debug, PartialEq)]
pub struct ExceedanceTarget {
    /// What to print beside it: `p95 <= 8 h`.
    pub label: String,
    /// The limit in seconds.
    pub down_time_s: f64,
    /// The share of trials that may exceed the limit, where it is a limit for a quantile; the
    /// curve must then not enter the corner above and right of both.
    pub share: Option<f64>,
}

/// Where no larger share is drawn than this, the axis does not reach up to the whole.
const RARE: f64 = 0.01;

impl Exceedance {
    /// The picture of these data.
    pub fn draw(&self) -> Picture {
        self.scene().paint()
    }

    pub(super) fn scene(&self) -> Scene {
        let (mut scene, room) = page(&self.heading, PAGE_HEIGHT);
        let drawable = |p: &&ExceedancePoint| {
            p.down_time_s > 0.0
                && p.down_time_s.is_finite()
                && p.share.is_drawable()
                && p.share.value > 0.0
        };
        let mut points: Vec<_> = self.points.iter().filter(drawable).copied().collect();
        points.sort_by(|a, b| a.down_time_s.total_cmp(&b.down_time_s));
        if points.is_empty() {
            match self.without_downtime {
                Some(without) => {
                    let (share, more) = self.without_text(without);
                    let text = SUBTITLE.fit(&format!("{share} {more}"), room.width());
                    let middle = at(
                        (room.left + room.right) / 2.0,
                        (room.top + room.bottom) / 2.0,
                    );
                    scene.text(middle, Anchor::Middle, &text, SUBTITLE);
                }
                None => style::say_empty(&mut scene, room),
            }
            return scene;
        }

        let shares = points.iter().map(|point| point.share.value);
        let marked = self.quantiles.iter();
        let marked = marked.filter(|quantile| quantile.down_time_s.value > 0.0);
        let marked = marked.map(|quantile| quantile.share);
        let allowed = self.targets.iter().filter_map(|target| target.share);
        let shares: Vec<f64> = shares
            .chain(marked)
            .chain(allowed)
            .filter(|share| *share <= 1.0)
            .collect();
        // Of outages that are rare, the decades up to one hundred per cent would be most of the picture.
        let most = shares.iter().copied().fold(0.0, f64::max);
        let top = if most < RARE { 10.0 * most } else { 1.0 };
        let shares = shares.into_iter().chain([top]);
        let vertical = Axis::new(Scale::Log, Quantity::Ratio, shares, (0.0, 1.0)).padded(0.03, 0.0);
        let ticks = vertical.ticks(8);
        let plot = plot_area(room, label_width(&ticks), 12.0);
        let vertical = vertical.between(plot.bottom, plot.top);
        let limits = self.targets.iter().map(|target| target.down_time_s);
        let lengths = points.iter().map(|point| point.down_time_s).chain(limits);
        let horizontal = Axis::new(
            Scale::Log,
            Quantity::Duration,
            lengths,
            (plot.left, plot.right),
        )
        .padded(0.02, 0.05);
        let name = format!(
            "share of {} with more, on a logarithmic scale",
            self.counted
        );
        draw_vertical(&mut scene, &vertical, &ticks, plot, &name);
        let across = horizontal.ticks(10);
        draw_horizontal(&mut scene, &horizontal, &across, plot, &self.name);

        let mut labels = self.draw_targets(&mut scene, plot, &horizontal, &vertical);
        let curve: Vec<_> = points.iter().map(|p| (p.down_time_s, p.share)).collect();
        style::draw_curve(&mut scene, (&horizontal, &vertical), &curve, BLUE);
        self.draw_quantiles(&mut scene, plot, (&horizontal, &vertical), &mut labels);
        if let Some(without) = self.without_downtime {
            self.draw_without(&mut scene, plot, without, &labels);
        }
        scene
    }

    /// Limits as dashed lines, or as corners which the curve should stay out of. Returns where
    /// their labels are.
    fn draw_targets(
        &self,
        scene: &mut Scene,
        plot: Area,
        horizontal: &Axis,
        vertical: &Axis,
    ) -> Vec<Area> {
        let letters = STRONG.colour(VERMILION_INK);
        let mut targets: Vec<_> = self
            .targets
            .iter()
            .filter_map(|target| {
                Some((style::sharp(horizontal.pixel(target.down_time_s)?), target))
            })
            .collect();
        targets.sort_by(|a, b| a.0.total_cmp(&b.0));
        let corner = |target: &ExceedanceTarget| target.share.and_then(|s| vertical.pixel(s));

        // The corners overlap: they are shaded and outlined as one region with steps.
        let steps: Vec<(f64, f64)> = targets
            .iter()
            .filter_map(|(x, target)| Some((*x, style::sharp(corner(target)?))))
            .collect();
        let mut floor = plot.top;
        for (i, (x, y)) in steps.iter().enumerate() {
            let next = steps.get(i + 1).map_or(plot.right, |next| next.0);
            let from = floor;
            floor = floor.max(*y);
            scene.rect(
                Area {
                    left: *x,
                    top: plot.top,
                    right: next,
                    bottom: floor,
                },
                VERMILION.with_alpha(0.09),
            );
            scene.dashes(at(*x, from), at(*x, floor), 1.5, VERMILION);
            scene.dashes(at(*x, floor), at(next, floor), 1.5, VERMILION);
        }
        let mut labels: Vec<Area> = Vec::new();
        let mut row = 0.0;
        for (x, target) in &targets {
            let label = letters.fit(&style::typeset(&target.label), 220.0);
            let baseline = match corner(target) {
                Some(y) if y - plot.top > 22.0 => y - 7.0,
                Some(y) => y + 17.0,
                None => {
                    scene.dashes(at(*x, plot.top), at(*x, plot.bottom), 1.5, VERMILION);
                    row += 18.0;
                    plot.top + row
                }
            };
            let (place, anchor) = if x + 8.0 + letters.width(&label) <= plot.right {
                (x + 8.0, Anchor::Start)
            } else {
                (plot.right - 6.0, Anchor::End)
            };
            let place = at(place, baseline);
            if baseline < plot.bottom - 4.0
                && let Some(area) = text_area(place, anchor, &label, letters)
                && !labels.iter().any(|other| other.overlaps(&area))
            {
                scene.plated(place, anchor, &label, letters);
                labels.push(area);
            }
        }
        labels
    }

    /// The quantiles with labels below and left of them, where a falling curve leaves room.
    /// Adds to `labels` where they are.
    fn draw_quantiles(
        &self,
        scene: &mut Scene,
        plot: Area,
        (horizontal, vertical): (&Axis, &Axis),
        labels: &mut Vec<Area>,
    ) {
        const GAP: f64 = 8.0;
        for quantile in &self.quantiles {
            let length = quantile.down_time_s;
            if !(length.value > 0.0 && length.is_drawable() && quantile.share > 0.0) {
                continue;
            }
            let (Some(x), Some(y)) = (
                horizontal.pixel(length.value),
                vertical.pixel(quantile.share),
            ) else {
                continue;
            };
            let low = horizontal.pixel(length.low_end()).unwrap_or(x);
            let high = horizontal.pixel(length.high_end()).unwrap_or(x);
            if high - low > 9.0 {
                scene.line(vec![at(low, y), at(high, y)], 2.0, INK);
                for end in [low, high] {
                    scene.line(vec![at(end, y - 5.0), at(end, y + 5.0)], 1.5, INK);
                }
            }
            scene.disc(at(x, y), 4.5, INK);
            let head = format!(
                "{}\u{a0} {}",
                quantile.label,
                Quantity::Duration.text(length.value)
            );
            let head = STRONG.fit(&head, 300.0);
            let interval = Quantity::Duration.interval_text(length);
            let width = STRONG.width(&head) + GAP + SMALL.width(&interval);
            let area = |left: f64, baseline: f64| Area {
                left,
                top: baseline - 11.0,
                right: left + width,
                bottom: baseline + 4.0,
            };
            let free = |area: &Area| {
                area.left >= plot.left + 4.0
                    && area.right <= plot.right
                    && area.bottom <= plot.bottom
                    && area.top >= plot.top - 8.0
                    && !labels.iter().any(|label| label.overlaps(area))
            };
            let below = area(x - 9.0 - width, y + 18.0);
            let above = area(x + 9.0, y - 12.0);
            let Some(area) = [below, above].into_iter().find(free) else {
                continue;
            };
            let (left, baseline) = (area.left, area.bottom - 4.0);
            scene.plate(area);
            scene.text(at(left, baseline), Anchor::Start, &head, STRONG);
            scene.text(at(area.right, baseline), Anchor::End, &interval, SMALL);
            labels.push(area);
        }
    }

    /// The share without downtime has no place on a logarithmic axis: it is said in words, below
    /// the curve, where nothing else is but perhaps some of `labels`.
    fn draw_without(&self, scene: &mut Scene, plot: Area, without: Estimate, labels: &[Area]) {
        let (share, more) = self.without_text(without);
        let share = STRONG.fit(&share, plot.width() - 20.0);
        let width = STRONG.width(&share).max(LABEL.width(&more));
        let (left, mut bottom) = (plot.left + 14.0, plot.bottom - 16.0);
        let area = |bottom: f64| Area {
            left,
            top: bottom - 28.0,
            right: left + width,
            bottom: bottom + 4.0,
        };
        while labels.iter().any(|label| label.overlaps(&area(bottom))) && bottom > plot.top + 40.0 {
            bottom -= 10.0;
        }
        scene.plate(area(bottom));
        scene.text(at(left, bottom - 17.0), Anchor::Start, &share, STRONG);
        scene.text(at(left, bottom), Anchor::Start, &more, LABEL);
    }

    fn without_text(&self, without: Estimate) -> (String, String) {
        (
            format!("{} of {}", human::percent(without.value), self.counted),
            format!(
                "had no downtime at all ({})",
                Quantity::Ratio.interval_text(without)
            ),
        )
    }
}
