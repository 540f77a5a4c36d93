//! The looks that all plots share: colours, letters, margins, the words around the plot, axes.

use super::axis::{Axis, Scale, Tick};
use super::canvas::{Anchor, Area, Paint, Point, Scene, Type, at, text_area};
use super::quantity::Estimate;
use super::{Heading, Target};

/// The usual width of a page in pixels.
pub(super) const PAGE_WIDTH: u32 = 1000;
/// The usual height of a page in pixels.
pub(super) const PAGE_HEIGHT: u32 = 600;
/// Blank around everything.
pub(super) const MARGIN: f64 = 32.0;

pub(super) const INK: Paint = Paint::hex(0x1F2328);
pub(super) const SOFT: Paint = Paint::hex(0x59636E);
pub(super) const GRID: Paint = Paint::hex(0xE4E7EB);
pub(super) const FAINT: Paint = Paint::hex(0xF1F3F5);
pub(super) const RULE: Paint = Paint::hex(0x8C959F);
pub(super) const WHITE: Paint = Paint::hex(0xFFFFFF);

// The colours of Okabe and Ito (2008), which people with any colour vision can tell apart.
pub(super) const BLUE: Paint = Paint::hex(0x0072B2);
pub(super) const SKY: Paint = Paint::hex(0x56B4E9);
pub(super) const GREEN: Paint = Paint::hex(0x009E73);
pub(super) const YELLOW: Paint = Paint::hex(0xF0E442);
pub(super) const ORANGE: Paint = Paint::hex(0xE69F00);
pub(super) const VERMILION: Paint = Paint::hex(0xD55E00);
pub(super) const PURPLE: Paint = Paint::hex(0xCC79A7);
/// Vermilion, dark enough for letters.
pub(super) const VERMILION_INK: Paint = Paint::hex(0xA84A00);

/// The colours of series, in order; neighbours differ in brightness too.
pub(super) const SERIES: [Paint; 7] = [
    BLUE,
    ORANGE,
    GREEN,
    PURPLE,
    Paint::hex(0x3A3F45),
    SKY,
    VERMILION,
];

pub(super) const TITLE: Type = Type {
    size: 20.0,
    bold: true,
    paint: INK,
};
pub(super) const SUBTITLE: Type = Type {
    size: 13.5,
    bold: false,
    paint: SOFT,
};
pub(super) const LABEL: Type = Type {
    size: 12.5,
    bold: false,
    paint: INK,
};
pub(super) const STRONG: Type = Type {
    size: 12.5,
    bold: true,
    paint: INK,
};
pub(super) const TICK: Type = Type {
    size: 12.0,
    bold: false,
    paint: SOFT,
};
pub(super) const SMALL: Type = Type {
    size: 11.0,
    bold: false,
    paint: SOFT,
};

impl Type {
    /// The same letters in another colour.
    pub(super) fn colour(self, paint: Paint) -> Type {
        Type { paint, ..self }
    }
}

/// How tall the words above a plot are, and the words below it.
const FOOT: f64 = 34.0;

/// A page with the words of `heading` on it, and the room that is left in between.
pub(super) fn page(heading: &Heading, height: u32) -> (Scene, Area) {
    let mut scene = Scene::new(PAGE_WIDTH, height, &heading.title);
    let width = f64::from(PAGE_WIDTH) - 2.0 * MARGIN;
    let mut bottom = 24.0;
    for (text, letters, lines) in [(&heading.title, TITLE, 2), (&heading.subtitle, SUBTITLE, 2)] {
        // A number stays with its sign.
        let text = text.replace(" %", "\u{a0}%");
        for line in letters
            .wrap(&text, width, lines)
            .iter()
            .filter(|line| !line.is_empty())
        {
            bottom += letters.size * 1.35;
            scene.text(
                at(MARGIN, bottom - letters.size * 0.25),
                Anchor::Start,
                line,
                letters,
            );
        }
        bottom += 3.0;
    }
    let height = f64::from(height);
    let note = SMALL.fit(&heading.footnote, width);
    scene.text(at(MARGIN, height - 20.0), Anchor::Start, &note, SMALL);
    let room = Area {
        left: MARGIN,
        top: bottom + 12.0,
        right: f64::from(PAGE_WIDTH) - MARGIN,
        bottom: height - if note.is_empty() { 20.0 } else { FOOT + 8.0 },
    };
    (scene, room)
}

/// Says in the middle of `room` that there is nothing to draw.
pub(super) fn say_empty(scene: &mut Scene, room: Area) {
    let middle = at(
        (room.left + room.right) / 2.0,
        (room.top + room.bottom) / 2.0,
    );
    scene.text(middle, Anchor::Middle, "no data to draw", SUBTITLE);
}

/// Half a pixel off whole ones, where a thin line is sharp.
pub(super) fn sharp(pixel: f64) -> f64 {
    pixel.floor() + 0.5
}

/// The room that the labels of a vertical axis need.
pub(super) fn label_width(ticks: &[Tick]) -> f64 {
    ticks
        .iter()
        .map(|tick| TICK.width(&tick.label))
        .fold(0.0, f64::max)
        + 10.0
}

/// Grid lines and labels of a vertical axis on the left of `plot`, and what it shows above it.
pub(super) fn draw_vertical(
    scene: &mut Scene,
    axis: &Axis,
    ticks: &[Tick],
    plot: Area,
    name: &str,
) {
    for tick in ticks {
        let Some(y) = axis.pixel(tick.value).map(sharp) else {
            continue;
        };
        let paint = if tick.label.is_empty() { FAINT } else { GRID };
        scene.line(vec![at(plot.left, y), at(plot.right, y)], 1.0, paint);
    }
    let mut last = f64::INFINITY;
    let mut in_order: Vec<_> = ticks
        .iter()
        .filter_map(|t| Some((axis.pixel(t.value)?, t)))
        .collect();
    in_order.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (y, tick) in in_order {
        if !tick.label.is_empty() && last - y >= TICK.size + 2.0 {
            scene.text(at(plot.left - 8.0, y + 4.0), Anchor::End, &tick.label, TICK);
            last = y;
        }
    }
    let width = plot.right - MARGIN;
    scene.text(
        at(MARGIN, plot.top - 14.0),
        Anchor::Start,
        &TICK.fit(name, width),
        TICK,
    );
}

/// Grid lines and labels of a horizontal axis below `plot`, and what it shows below them.
pub(super) fn draw_horizontal(
    scene: &mut Scene,
    axis: &Axis,
    ticks: &[Tick],
    plot: Area,
    name: &str,
) {
    for tick in ticks {
        let Some(x) = axis.pixel(tick.value).map(sharp) else {
            continue;
        };
        let paint = if tick.label.is_empty() { FAINT } else { GRID };
        scene.line(vec![at(x, plot.top), at(x, plot.bottom)], 1.0, paint);
    }
    let labelled = ticks
        .iter()
        .filter_map(|tick| Some((axis.pixel(tick.value)?, &tick.label)));
    draw_labels_below(scene, labelled, plot, name);
}

/// The labels below `plot` that have room, a base line, and a name for all of them.
pub(super) fn draw_labels_below<'a>(
    scene: &mut Scene,
    labels: impl Iterator<Item = (f64, &'a String)>,
    plot: Area,
    name: &str,
) {
    let base = sharp(plot.bottom);
    scene.line(vec![at(plot.left, base), at(plot.right, base)], 1.0, RULE);
    let mut free_from = 0.0;
    let page_end = f64::from(PAGE_WIDTH) - 8.0;
    for (x, label) in labels.filter(|(_, label)| !label.is_empty()) {
        let half = TICK.width(label) / 2.0;
        let middle = x.clamp(8.0 + half, (page_end - half).max(8.0 + half));
        if middle - half >= free_from {
            let x = sharp(x);
            scene.line(vec![at(x, base), at(x, base + 4.0)], 1.0, RULE);
            scene.text(at(middle, plot.bottom + 18.0), Anchor::Middle, label, TICK);
            free_from = middle + half + 10.0;
        }
    }
    let middle = (plot.left + plot.right) / 2.0;
    let name = TICK.fit(name, plot.width());
    scene.text(at(middle, plot.bottom + 37.0), Anchor::Middle, &name, TICK);
}

/// The part of `room` for a plot with labels of `label_width` on its left, `right` pixels for
/// words on its right, and an axis below.
pub(super) fn plot_area(room: Area, label_width: f64, right: f64) -> Area {
    Area {
        left: room.left + label_width,
        top: room.top + 24.0,
        right: room.right - right,
        bottom: room.bottom - 42.0,
    }
}

/// A line through `points` and the band of their intervals, cut off where they leave the axis
/// upwards or downwards. Returns the line as drawn.
pub(super) fn draw_curve(
    scene: &mut Scene,
    (horizontal, vertical): (&Axis, &Axis),
    points: &[(f64, Estimate)],
    paint: Paint,
) -> Vec<Vec<Point>> {
    let (mut upper, mut lower, mut line) = (Vec::new(), Vec::new(), Vec::<Point>::new());
    for (i, (x, estimate)) in points.iter().enumerate() {
        let (Some(x), Some(y)) = (horizontal.pixel(*x), vertical.pixel_beyond(estimate.value))
        else {
            continue;
        };
        // What is drawn within half a pixel of the last point cannot be seen.
        let seen = |last: &Point| libm::hypot(x - last.x, y - last.y) >= 0.5;
        if !line.last().is_none_or(seen) && i + 1 < points.len() {
            continue;
        }
        line.push(at(x, y));
        upper.push(at(x, vertical.pixel(estimate.high_end()).unwrap_or(y)));
        lower.push(at(x, vertical.pixel(estimate.low_end()).unwrap_or(y)));
    }
    if let ([only], [high], [low]) = (&line[..], &upper[..], &lower[..]) {
        scene.line(vec![*high, *low], 2.0, paint);
        scene.disc(*only, 4.5, paint);
    }
    scene.band(upper, lower, paint.with_alpha(0.2));
    let pieces = cut(&line, vertical.span());
    for piece in &pieces {
        scene.line(piece.clone(), 2.5, paint);
    }
    pieces
}

/// The pieces of a line that lie between two heights.
fn cut(line: &[Point], (top, bottom): (f64, f64)) -> Vec<Vec<Point>> {
    let mut pieces: Vec<Vec<Point>> = Vec::new();
    let mut open = false;
    for pair in line.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let rise = to.y - from.y;
        let crossing = |height: f64| (height - from.y) / rise;
        let (enters, leaves) = if rise == 0.0 {
            let inside = (top..=bottom).contains(&from.y);
            if inside { (0.0, 1.0) } else { (1.0, 0.0) }
        } else {
            let (a, b) = (crossing(top), crossing(bottom));
            (a.min(b).max(0.0), a.max(b).min(1.0))
        };
        if enters > leaves {
            open = false;
            continue;
        }
        let on = |part: f64| at(from.x + part * (to.x - from.x), from.y + part * rise);
        match pieces.last_mut() {
            Some(piece) if open => piece.push(on(leaves)),
            _ => pieces.push(vec![on(enters), on(leaves)]),
        }
        open = leaves == 1.0;
    }
    pieces
}

/// A comparison as it is written by hand.
pub(super) fn typeset(label: &str) -> String {
    label.replace("<=", "≤").replace(">=", "≥")
}

/// A target as a dashed line across `plot`, with its label where it hides the least of `lines`.
pub(super) fn draw_level_target(
    scene: &mut Scene,
    axis: &Axis,
    plot: Area,
    target: &Target,
    lines: &[Vec<Point>],
) {
    let Some(y) = axis.pixel(target.value) else {
        return;
    };
    scene.dashes(
        at(plot.left, sharp(y)),
        at(plot.right, sharp(y)),
        1.5,
        VERMILION,
    );
    let letters = STRONG.colour(VERMILION_INK);
    let label = letters.fit(&typeset(&target.label), plot.width() - 20.0);
    let (above, below) = (y - 6.0, y + 16.0);
    let (left, right) = (
        (plot.left + 8.0, Anchor::Start),
        (plot.right - 8.0, Anchor::End),
    );
    let middle = ((plot.left + plot.right) / 2.0, Anchor::Middle);
    let mut best: Option<(usize, Point, Anchor)> = None;
    for (x, anchor) in [left, right, middle] {
        for baseline in [above, below] {
            let place = at(x, baseline);
            let Some(area) = text_area(place, anchor, &label, letters) else {
                continue;
            };
            if area.top < plot.top - 2.0 || area.bottom > plot.bottom {
                continue;
            }
            let hidden = lines.iter().map(|line| points_within(line, area)).sum();
            if best.is_none_or(|(least, _, _)| hidden < least) {
                best = Some((hidden, place, anchor));
            }
        }
    }
    if let Some((_, place, anchor)) = best {
        scene.plated(place, anchor, &label, letters);
    }
}

/// How many of the points that lie a few pixels apart on `line` are in `area`.
fn points_within(line: &[Point], area: Area) -> usize {
    let between = |pair: &[Point]| {
        let (from, to) = (pair[0], pair[1]);
        let steps = (libm::hypot(to.x - from.x, to.y - from.y) / 4.0)
            .ceil()
            .clamp(1.0, 500.0);
        (0..=steps as u32)
            .map(|i| f64::from(i) / steps)
            .map(|part| {
                at(
                    from.x + part * (to.x - from.x),
                    from.y + part * (to.y - from.y),
                )
            })
            .filter(|point| area.holds(*point))
            .count()
    };
    line.windows(2).map(between).sum()
}

/// Moves `places`, which must be in order, apart to at least `gap`, staying within the bounds as
/// far as there is room.
pub(super) fn spread(places: &mut [f64], gap: f64, low: f64, high: f64) {
    let mut floor = low;
    for place in places.iter_mut() {
        *place = place.max(floor);
        floor = *place + gap;
    }
    let mut ceiling = high;
    for place in places.iter_mut().rev() {
        *place = place.min(ceiling);
        ceiling = *place - gap;
    }
}

/// The vertical scale for a quantity whose values may span much: linear unless their ratio is
/// large.
pub(super) fn scale_for(values: impl Iterator<Item = f64>, ratio: f64) -> Scale {
    let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
    for value in values.filter(|value| value.is_finite()) {
        if value < 0.0 {
            return Scale::Linear;
        }
        if value > 0.0 {
            low = low.min(value);
            high = high.max(value);
        }
    }
    if high > ratio * low {
        Scale::Log
    } else {
        Scale::Linear
    }
}
