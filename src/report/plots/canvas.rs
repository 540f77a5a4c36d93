//! A picture as a list of shapes on a page, and the painting of that list as SVG and as PNG.
//!
//! `plotters` paints on a grid of whole pixels. The page is therefore painted [`FINE`] times larger
//! than it is: the SVG scales it down with its view box, the PNG by averaging pixels, which also
//! smooths every edge. Glyphs in the PNG are placed here, because `plotters` leaves out the blank
//! on the left of a glyph and letters would touch.

use super::Picture;
use crate::base::text::clean;
use ab_glyph::{Font, FontRef, GlyphId, PxScale, point};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::prelude::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, RGBAColor, ShapeStyle, TextStyle};
use std::fmt::Write as _;
use std::sync::OnceLock;

/// Painted pixels per unit of the page.
const FINE: i32 = 4;
/// Painted pixels per pixel of the PNG, in each direction.
const AVERAGED: usize = 2;
/// Families a browser may use; all are about as wide as the embedded one, which is the first.
const FAMILIES: &str = "Inter, Helvetica Neue, Arial, Liberation Sans, Noto Sans, sans-serif";
/// From the baseline to the top of a text, as a part of its size: what an SVG of `plotters` assumes.
const ASCENT: f64 = 0.76;

/// A place on the page, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// The point `(x, y)`.
pub(super) fn at(x: f64, y: f64) -> Point {
    Point { x, y }
}

/// An upright rectangle on the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn holds(&self, point: Point) -> bool {
        (self.left..=self.right).contains(&point.x) && (self.top..=self.bottom).contains(&point.y)
    }

    pub(super) fn overlaps(&self, other: &Area) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// A colour and how much it covers: 1 is opaque.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Paint {
    pub(super) rgb: (u8, u8, u8),
    pub(super) alpha: f64,
}

impl Paint {
    /// The opaque colour `0xRRGGBB`.
    pub(super) const fn hex(code: u32) -> Paint {
        Paint {
            rgb: ((code >> 16) as u8, (code >> 8) as u8, code as u8),
            alpha: 1.0,
        }
    }

    /// The same colour, letting what is below shine through.
    pub(super) const fn with_alpha(self, alpha: f64) -> Paint {
        Paint {
            rgb: self.rgb,
            alpha,
        }
    }

    /// Whether white letters are easier to read on it than dark ones.
    pub(super) fn is_dark(self) -> bool {
        let (r, g, b) = self.rgb;
        let luma = 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
        luma < 130.0
    }

    fn rgba(self) -> RGBAColor {
        RGBAColor(self.rgb.0, self.rgb.1, self.rgb.2, self.alpha)
    }
}

/// Which end of a text is at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// The looks of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Type {
    /// The em in pixels of the page.
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) paint: Paint,
}

impl Type {
    /// The width of `text` in pixels of the page.
    pub(super) fn width(&self, text: &str) -> f64 {
        let font = font(self.bold);
        let ems: f32 = text.chars().map(|c| advance(font, font.glyph_id(c))).sum();
        f64::from(ems) * self.size
    }

    /// `text`, or as much of its beginning as is at most `width` wide, ending in an ellipsis.
    pub(super) fn fit(&self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let mut kept = String::new();
        let mut room = width - self.width("…");
        for c in text.chars() {
            room -= self.width(c.encode_utf8(&mut [0; 4]));
            if room < 0.0 {
                break;
            }
            kept.push(c);
        }
        format!("{}…", kept.trim_end())
    }

    /// `text`, or as much of its beginning and its end as is at most `width` wide: names of a series differ in
    /// their ends.
    pub(super) fn fit_middle(&self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let letters: Vec<char> = text.chars().collect();
        let shortened = |kept: usize| {
            let start: String = letters[..kept - kept / 2].iter().collect();
            let end: String = letters[letters.len() - kept / 2..].iter().collect();
            format!("{}…{}", start.trim_end(), end.trim_start())
        };
        let fitting = (1..letters.len()).rev().map(shortened);
        fitting
            .into_iter()
            .find(|text| self.width(text) <= width)
            .unwrap_or_else(|| "…".to_owned())
    }

    /// `text` in at most `lines` lines of at most `width`, about equally long, broken between
    /// words.
    pub(super) fn wrap(&self, text: &str, width: f64, lines: usize) -> Vec<String> {
        let broken = self.wrap_greedily(text, width, lines);
        if broken.len() < 2 || broken.iter().any(|line| line.ends_with('…')) {
            return broken;
        }
        let narrower = (1..20).map(|i| width * (1.0 - 0.03 * f64::from(i)));
        narrower
            .map(|width| self.wrap_greedily(text, width, lines + 1))
            .take_while(|lines| lines.len() == broken.len())
            .filter(|lines| !lines.iter().any(|line| line.ends_with('…')))
            .last()
            .unwrap_or(broken)
    }

    fn wrap_greedily(&self, text: &str, width: f64, lines: usize) -> Vec<String> {
        let mut wrapped = vec![String::new()];
        let mut words = text.split_whitespace().peekable();
        while let Some(word) = words.peek() {
            let count = wrapped.len();
            let line = wrapped.last_mut().expect("the list begins with one line");
            let longer = if line.is_empty() {
                (*word).to_owned()
            } else {
                format!("{line} {word}")
            };
            if line.is_empty() || self.width(&longer) <= width {
                *line = longer;
                words.next();
            } else if count < lines {
                wrapped.push(String::new());
            } else {
                for word in words.by_ref() {
                    line.push(' ');
                    line.push_str(word);
                }
            }
        }
        wrapped.iter().map(|line| self.fit(line, width)).collect()
    }
}

/// One thing to paint.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// A filled rectangle.
    Rect { area: Area, paint: Paint },
    /// A filled polygon without dents.
    Convex { points: Vec<Point>, paint: Paint },
    /// What lies between two lines that share their x, given from left to right.
    Band {
        upper: Vec<Point>,
        lower: Vec<Point>,
        paint: Paint,
    },
    /// A line through `points`.
    Line {
        points: Vec<Point>,
        width: f64,
        paint: Paint,
    },
    /// A filled circle.
    Disc {
        centre: Point,
        radius: f64,
        paint: Paint,
    },
    /// One line of text; `place` is on its baseline.
    Text {
        place: Point,
        anchor: Anchor,
        text: String,
        letters: Type,
    },
}

/// A page and the shapes on it, the first at the bottom.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scene {
    width: u32,
    height: u32,
    /// What a reader who cannot see the picture is told.
    description: String,
    shapes: Vec<Shape>,
}

impl Scene {
    pub(super) fn new(width: u32, height: u32, description: &str) -> Scene {
        Scene {
            width,
            height,
            description: printable(description),
            shapes: Vec::new(),
        }
    }

    pub(super) fn rect(&mut self, area: Area, paint: Paint) {
        self.shapes.push(Shape::Rect { area, paint });
    }

    pub(super) fn convex(&mut self, points: Vec<Point>, paint: Paint) {
        self.shapes.push(Shape::Convex { points, paint });
    }

    pub(super) fn band(&mut self, upper: Vec<Point>, lower: Vec<Point>, paint: Paint) {
        if upper.len() > 1 && upper.len() == lower.len() {
            self.shapes.push(Shape::Band {
                upper,
                lower,
                paint,
            });
        }
    }

    pub(super) fn line(&mut self, points: Vec<Point>, width: f64, paint: Paint) {
        if points.len() > 1 {
            self.shapes.push(Shape::Line {
                points,
                width,
                paint,
            });
        }
    }

    pub(super) fn disc(&mut self, centre: Point, radius: f64, paint: Paint) {
        self.shapes.push(Shape::Disc {
            centre,
            radius,
            paint,
        });
    }

    pub(super) fn text(&mut self, place: Point, anchor: Anchor, text: &str, letters: Type) {
        let text = printable(text);
        if !text.trim().is_empty() {
            self.shapes.push(Shape::Text {
                place,
                anchor,
                text,
                letters,
            });
        }
    }

    /// A straight line of dashes.
    pub(super) fn dashes(&mut self, from: Point, to: Point, width: f64, paint: Paint) {
        const DASH: f64 = 6.0;
        const GAP: f64 = 4.0;
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        let length = libm::hypot(dx, dy);
        let count = ((length + GAP) / (DASH + GAP)).ceil().clamp(0.0, 1000.0) as u32;
        let starts = (0..count).map(|i| f64::from(i) * (DASH + GAP) / length);
        for start in starts.take_while(|start| *start < 1.0) {
            let end = (start + DASH / length).min(1.0);
            let on = |part: f64| at(from.x + dx * part, from.y + dy * part);
            self.line(vec![on(start), on(end)], width, paint);
        }
    }

    /// A text on a plate that keeps lines below it from crossing it.
    pub(super) fn plated(&mut self, place: Point, anchor: Anchor, text: &str, letters: Type) {
        let Some(area) = text_area(place, anchor, text, letters) else {
            return;
        };
        self.plate(area);
        self.text(place, anchor, text, letters);
    }

    /// A plate a little larger than `area`.
    pub(super) fn plate(&mut self, area: Area) {
        let plate = Area {
            left: area.left - 3.0,
            top: area.top - 1.0,
            right: area.right + 3.0,
            bottom: area.bottom + 1.0,
        };
        self.rect(plate, Paint::hex(0xFFFFFF).with_alpha(0.85));
    }

    /// The texts and where they are.
    #[cfg(test)]
    pub(super) fn texts(&self) -> Vec<(String, Area)> {
        self.shapes
            .iter()
            .filter_map(|shape| match shape {
                Shape::Text {
                    place,
                    anchor,
                    text,
                    letters,
                } => text_area(*place, *anchor, text, *letters).map(|area| (text.clone(), area)),
                Shape::Rect { .. }
                | Shape::Convex { .. }
                | Shape::Band { .. }
                | Shape::Line { .. }
                | Shape::Disc { .. } => None,
            })
            .collect()
    }

    /// The whole page.
    #[cfg(test)]
    pub(super) fn page(&self) -> Area {
        Area {
            left: 0.0,
            top: 0.0,
            right: self.width.into(),
            bottom: self.height.into(),
        }
    }

    /// Both formats of the page.
    pub(super) fn paint(&self) -> Picture {
        Picture {
            svg: self.svg(),
            png: self.png(),
        }
    }

    fn painted_size(&self) -> (u32, u32) {
        (self.width * FINE as u32, self.height * FINE as u32)
    }

    fn svg(&self) -> String {
        let size = self.painted_size();
        let mut painted = String::new();
        let area = SVGBackend::with_string(&mut painted, size).into_drawing_area();
        area.fill(&Paint::hex(0xFFFFFF).rgba())
            .expect("writing into a string does not fail");
        for shape in &self.shapes {
            paint_svg(&area, shape).expect("writing into a string does not fail");
        }
        area.present().expect("closing a string does not fail");
        drop(area);
        let body = painted.split_once('\n').map_or("", |(_opening, body)| body);
        let mut svg = String::with_capacity(painted.len() * 3 / 2);
        writeln!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
             viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
            self.width,
            self.height,
            size.0,
            size.1,
            escaped(&self.description)
        )
        .expect("writing into a string does not fail");
        // Each text is as long as it was measured, in whatever font the reader has.
        let lengths = self.shapes.iter().filter_map(|shape| match shape {
            Shape::Text { text, letters, .. } => Some(letters.width(text)),
            Shape::Rect { .. }
            | Shape::Convex { .. }
            | Shape::Band { .. }
            | Shape::Line { .. }
            | Shape::Disc { .. } => None,
        });
        let mut pieces = body.split("<text ");
        svg.push_str(pieces.next().unwrap_or_default());
        for (piece, length) in pieces.zip(lengths) {
            let length = (length * f64::from(FINE)).round();
            write!(
                svg,
                "<text textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\" {piece}"
            )
            .expect("writing into a string does not fail");
        }
        svg
    }

    fn png(&self) -> Vec<u8> {
        let (width, height) = self.painted_size();
        let mut painted = vec![255; width as usize * height as usize * 3];
        let area = BitMapBackend::with_buffer(&mut painted, (width, height)).into_drawing_area();
        for shape in &self.shapes {
            paint_pixels(&area, shape).expect("writing into a buffer does not fail");
        }
        drop(area);
        let (width, height) = (width as usize / AVERAGED, height as usize / AVERAGED);
        encode(
            width as u32,
            height as u32,
            &averaged(&painted, width, height),
        )
    }
}

/// Where a text is, without the tails of letters such as `g`; nothing if there is no text.
pub(super) fn text_area(place: Point, anchor: Anchor, text: &str, letters: Type) -> Option<Area> {
    let width = letters.width(text);
    let left = match anchor {
        Anchor::Start => place.x,
        Anchor::Middle => place.x - width / 2.0,
        Anchor::End => place.x - width,
    };
    let top = place.y - ASCENT * letters.size;
    (width > 0.0).then_some(Area {
        left,
        top,
        right: left + width,
        bottom: place.y + 0.2 * letters.size,
    })
}

/// `text` without characters that an XML document must not contain, and without the runs of
/// blanks that a browser would shorten to one.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in clean(text)
        .replace(['\u{FFFE}', '\u{FFFF}'], " ")
        .trim()
        .chars()
    {
        if c != ' ' || !printable.ends_with(' ') {
            printable.push(c);
        }
    }
    printable
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A point of the painted page; anything far outside, or not a number, ends at its rim.
fn fine(point: Point) -> (i32, i32) {
    let whole = |x: f64| {
        if x.is_nan() {
            0
        } else {
            (x.clamp(-1e4, 1e4) * f64::from(FINE)).round() as i32
        }
    };
    (whole(point.x), whole(point.y))
}

fn fine_length(length: f64) -> u32 {
    (length * f64::from(FINE)).round().clamp(1.0, 1e4) as u32
}

/// How painting on `DB` fails.
type Failure<DB> = plotters::drawing::DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>;

fn paint_svg(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    shape: &Shape,
) -> Result<(), Failure<SVGBackend<'static>>> {
    match shape {
        Shape::Rect { area: rect, paint } => {
            let corners = [
                fine(at(rect.left, rect.top)),
                fine(at(rect.right, rect.bottom)),
            ];
            area.draw(&Rectangle::new(corners, paint.rgba().filled()))
        }
        Shape::Convex { points, paint } => {
            let points: Vec<_> = points.iter().copied().map(fine).collect();
            area.draw(&Polygon::new(points, paint.rgba()))
        }
        Shape::Band {
            upper,
            lower,
            paint,
        } => {
            let points: Vec<_> = upper
                .iter()
                .chain(lower.iter().rev())
                .copied()
                .map(fine)
                .collect();
            area.draw(&Polygon::new(points, paint.rgba()))
        }
        Shape::Line {
            points,
            width,
            paint,
        } => {
            let points: Vec<_> = points.iter().copied().map(fine).collect();
            area.draw(&PathElement::new(points, stroke(*width, *paint)))
        }
        Shape::Disc {
            centre,
            radius,
            paint,
        } => area.draw(&Circle::new(
            fine(*centre),
            fine_length(*radius),
            paint.rgba().filled(),
        )),
        Shape::Text {
            place,
            anchor,
            text,
            letters,
        } => {
            let h_pos = match anchor {
                Anchor::Start => HPos::Left,
                Anchor::Middle => HPos::Center,
                Anchor::End => HPos::Right,
            };
            let style = if letters.bold {
                FontStyle::Bold
            } else {
                FontStyle::Normal
            };
            let em = letters.size * f64::from(FINE);
            // The backend divides a size by 1.24 on its way to `font-size`.
            let font = FontDesc::new(FontFamily::Name(FAMILIES), em * 1.24, style);
            let paint = letters.paint.rgba();
            let style = TextStyle::from(font)
                .color(&paint)
                .pos(Pos::new(h_pos, VPos::Top));
            let place = fine(at(place.x, place.y - ASCENT * letters.size));
            area.draw(&plotters::element::Text::new(text.as_str(), place, style))
        }
    }
}

fn stroke(width: f64, paint: Paint) -> ShapeStyle {
    ShapeStyle {
        color: paint.rgba(),
        filled: false,
        stroke_width: fine_length(width),
    }
}

fn paint_pixels(
    area: &DrawingArea<BitMapBackend<'_>, Shift>,
    shape: &Shape,
) -> Result<(), Failure<BitMapBackend<'static>>> {
    match shape {
        Shape::Rect { area: rect, paint } => {
            let (from, to) = (
                fine(at(rect.left, rect.top)),
                fine(at(rect.right, rect.bottom)),
            );
            fill_pixels(area, from, to, *paint)
        }
        Shape::Convex { points, paint } => {
            let points: Vec<_> = points.iter().copied().map(fine).collect();
            area.draw(&Polygon::new(points, paint.rgba()))
        }
        Shape::Band {
            upper,
            lower,
            paint,
        } => {
            let upper: Vec<_> = upper.iter().copied().map(fine).collect();
            let lower: Vec<_> = lower.iter().copied().map(fine).collect();
            for i in 1..upper.len() {
                let (from, to) = (upper[i - 1].0, upper[i].0);
                for x in from..to {
                    let part = f64::from(x - from) / f64::from(to - from);
                    let between =
                        |a: i32, b: i32| (f64::from(a) + part * f64::from(b - a)).round() as i32;
                    let top = between(upper[i - 1].1, upper[i].1);
                    let bottom = between(lower[i - 1].1, lower[i].1);
                    fill_pixels(area, (x, top.min(bottom)), (x + 1, bottom.max(top)), *paint)?;
                }
            }
            Ok(())
        }
        Shape::Line {
            points,
            width,
            paint,
        } => {
            let points: Vec<_> = points.iter().copied().map(fine).collect();
            let width = fine_length(*width);
            for pair in points.windows(2) {
                paint_segment(area, pair[0], pair[1], width, *paint)?;
            }
            // Discs on the joints: the joints of `plotters` grow thorns at sharp angles.
            for joint in points.iter().skip(1).take(points.len().saturating_sub(2)) {
                area.draw(&Circle::new(*joint, width / 2, paint.rgba().filled()))?;
            }
            Ok(())
        }
        Shape::Disc {
            centre,
            radius,
            paint,
        } => area.draw(&Circle::new(
            fine(*centre),
            fine_length(*radius),
            paint.rgba().filled(),
        )),
        Shape::Text {
            place,
            anchor,
            text,
            letters,
        } => {
            let Some(place) =
                text_area(*place, *anchor, text, *letters).map(|area| at(area.left, place.y))
            else {
                return Ok(());
            };
            paint_glyphs(area, place, text, *letters)
        }
    }
}

/// Fills the pixels from `from` up to but not including `to`.
fn fill_pixels(
    area: &DrawingArea<BitMapBackend<'_>, Shift>,
    from: (i32, i32),
    to: (i32, i32),
    paint: Paint,
) -> Result<(), Failure<BitMapBackend<'static>>> {
    if to.0 <= from.0 || to.1 <= from.1 {
        return Ok(());
    }
    area.draw(&Rectangle::new([from, to], paint.rgba().filled()))
}

fn paint_segment(
    area: &DrawingArea<BitMapBackend<'_>, Shift>,
    from: (i32, i32),
    to: (i32, i32),
    width: u32,
    paint: Paint,
) -> Result<(), Failure<BitMapBackend<'static>>> {
    let half = width as i32 / 2;
    let rest = width as i32 - half;
    if from.1 == to.1 {
        let (left, right) = (from.0.min(to.0), from.0.max(to.0));
        return fill_pixels(area, (left, from.1 - half), (right, from.1 + rest), paint);
    }
    if from.0 == to.0 {
        let (top, bottom) = (from.1.min(to.1), from.1.max(to.1));
        return fill_pixels(area, (from.0 - half, top), (from.0 + rest, bottom), paint);
    }
    let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let scale = f64::from(width) / 2.0 / libm::hypot(dx, dy);
    let (nx, ny) = (-dy * scale, dx * scale);
    let beside = |point: (i32, i32), side: f64| {
        let x = f64::from(point.0) + side * nx;
        let y = f64::from(point.1) + side * ny;
        (x.round() as i32, y.round() as i32)
    };
    let corners = vec![
        beside(from, 1.0),
        beside(to, 1.0),
        beside(to, -1.0),
        beside(from, -1.0),
    ];
    area.draw(&Polygon::new(corners, paint.rgba()))
}

fn paint_glyphs(
    area: &DrawingArea<BitMapBackend<'_>, Shift>,
    place: Point,
    text: &str,
    letters: Type,
) -> Result<(), Failure<BitMapBackend<'static>>> {
    let font = font(letters.bold);
    let em = (letters.size * f64::from(FINE)) as f32;
    let units = font.units_per_em().unwrap_or(1000.0);
    let scale = PxScale::from(em * font.height_unscaled() / units);
    let (start_x, start_y) = fine(place);
    let mut pen = start_x as f32;
    for c in text.chars() {
        let glyph: GlyphId = font.glyph_id(c);
        let placed = glyph.with_scale_and_position(scale, point(pen, start_y as f32));
        if let Some(outline) = font.outline_glyph(placed) {
            let corner = outline.px_bounds().min;
            let mut covered = Vec::new();
            outline.draw(|x, y, cover| {
                if cover > 0.0 {
                    covered.push((
                        corner.x as i32 + x as i32,
                        corner.y as i32 + y as i32,
                        cover,
                    ));
                }
            });
            for (x, y, cover) in covered {
                let paint = letters.paint.rgba().mix(f64::from(cover.min(1.0)));
                area.draw_pixel((x, y), &paint)?;
            }
        }
        pen += advance(font, glyph) * em;
    }
    Ok(())
}

/// A picture of `width` times `height` pixels, each the mean of a square of painted pixels.
fn averaged(painted: &[u8], width: usize, height: usize) -> Vec<u8> {
    let stride = width * AVERAGED * 3;
    let mut pixels = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        let rows = &painted[y * AVERAGED * stride..(y + 1) * AVERAGED * stride];
        let (first, second) = rows.split_at(stride);
        for (a, b) in first.chunks_exact(6).zip(second.chunks_exact(6)) {
            for channel in 0..3 {
                let sum = [a[channel], a[channel + 3], b[channel], b[channel + 3]];
                let sum: u16 = sum.into_iter().map(u16::from).sum();
                pixels.push(((sum + 2) / 4) as u8);
            }
        }
    }
    pixels
}

fn encode(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Default);
    encoder.set_filter(png::FilterType::NoFilter);
    let mut writer = encoder
        .write_header()
        .expect("a page has a size and a vector takes bytes");
    writer
        .write_image_data(pixels)
        .expect("the pixels fill the page and a vector takes bytes");
    writer.finish().expect("a vector takes bytes");
    file
}

/// The width of a glyph in ems. A sign that the font lacks, which a browser takes from another
/// font, counts as a square.
fn advance(font: &FontRef<'_>, glyph: GlyphId) -> f32 {
    let known = glyph != GlyphId(0);
    if known {
        font.h_advance_unscaled(glyph) / font.units_per_em().unwrap_or(1000.0)
    } else {
        1.0
    }
}

/// The embedded font: Latin, Greek and a few signs. See `font/LICENSE.txt`.
fn font(bold: bool) -> &'static FontRef<'static> {
    static FONTS: OnceLock<[FontRef<'static>; 2]> = OnceLock::new();
    let [regular, semibold] = FONTS.get_or_init(|| {
        let files: [&[u8]; 2] = [
            include_bytes!("font/Inter-Regular.otf"),
            include_bytes!("font/Inter-SemiBold.otf"),
        ];
        files.map(|file| FontRef::try_from_slice(file).expect("the embedded fonts are whole"))
    });
    if bold { semibold } else { regular }
}
