//! What happened in one trial: units against time, the service on top.

use super::axis::{Axis, Scale};
use super::canvas::{Anchor, Area, Paint, Scene, Type, at};
use super::quantity::Quantity;
use super::style::{
    self, FAINT, GREEN, INK, LABEL, ORANGE, PAGE_HEIGHT, PURPLE, RULE, SKY, SMALL, STRONG,
    VERMILION, WHITE, YELLOW, draw_horizontal, page,
};
use super::{Heading, Picture};
use crate::base::human;
use std::cmp::Ordering;

/// One trial, or the part of it in a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The words around the plot.
    pub heading: Heading,
    /// The start of the window, in seconds since the start of the mission.
    pub from_s: f64,
    /// The end of the window, in seconds since the start of the mission.
    pub to_s: f64,
    /// Where the axis counts from, in seconds since the start of the mission, and what that is: `the
    /// outage began`. The start of the mission if it is not said.
    pub counted_from: Option<(f64, String)>,
    /// What the service is called.
    pub service_name: String,
    /// The states of the service, which do not overlap; gaps are left blank.
    pub service: Vec<Stretch<ServiceState>>,
    /// The units, from top to bottom.
    pub units: Vec<TimelineUnit>,
    /// Events to name above the service; labels without room are left out.
    pub events: Vec<TimelineEvent>,
}

/// A unit and its states.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineUnit {
    /// What it is called: `db.1`.
    pub name: String,
    /// Its states, which do not overlap; gaps are left blank.
    pub stretches: Vec<Stretch<UnitState>>,
}

/// A state and how long it lasted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch<S> {
    /// Its beginning, in seconds since the start of the mission.
    pub from_s: f64,
    /// Its end, in seconds since the start of the mission.
    pub to_s: f64,
    /// The state.
    pub state: S,
}

/// Something that happened at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEvent {
    /// When, in seconds since the start of the mission.
    pub at_s: f64,
    /// What, in a few words: `db.1 fails`.
    pub label: String,
}

/// What the service does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceState {
    /// It serves as required.
    Up,
    /// It serves, but less than it should.
    Degraded,
    /// It does not serve.
    Down,
}

/// What a unit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitState {
    /// It is active.
    Serving,
    /// It is ready to take over.
    Standby,
    /// It is becoming active: deciding, fencing, promoting, redirecting.
    TakingOver,
    /// It is repaired and catching up, not yet able to take over.
    Rejoining,
    /// It is well, but lacks something it needs.
    CutOff,
    /// It is out of service on purpose.
    Maintenance,
    /// It has failed and nobody knows.
    FailedUnnoticed,
    /// It has failed and waits for a decision, a crew or a spare.
    FailedWaiting,
    /// It is being repaired.
    UnderRepair,
}

/// The label of an event with its stem at `x`.
struct EventLabel {
    x: f64,
    left: f64,
    right: f64,
    row: usize,
    label: String,
}

impl ServiceState {
    const ALL: [ServiceState; 3] = [ServiceState::Up, ServiceState::Degraded, ServiceState::Down];

    fn name(self) -> &'static str {
        match self {
            ServiceState::Up => "up",
            ServiceState::Degraded => "degraded",
            ServiceState::Down => "down",
        }
    }

    fn paint(self) -> Paint {
        match self {
            ServiceState::Up => Paint::hex(0xA9DCCB),
            ServiceState::Degraded => ORANGE,
            ServiceState::Down => INK,
        }
    }
}

impl UnitState {
    const ALL: [UnitState; 9] = [
        UnitState::Serving,
        UnitState::Standby,
        UnitState::TakingOver,
        UnitState::Rejoining,
        UnitState::CutOff,
        UnitState::Maintenance,
        UnitState::FailedUnnoticed,
        UnitState::FailedWaiting,
        UnitState::UnderRepair,
    ];

    fn name(self) -> &'static str {
        match self {
            UnitState::Serving => "serving",
            UnitState::Standby => "standby",
            UnitState::TakingOver => "taking over",
            UnitState::Rejoining => "rejoining",
            UnitState::CutOff => "cut off",
            UnitState::Maintenance => "maintenance",
            UnitState::FailedUnnoticed => "failed, unnoticed",
            UnitState::FailedWaiting => "failed, waiting",
            UnitState::UnderRepair => "under repair",
        }
    }

    fn paint(self) -> Paint {
        match self {
            UnitState::Serving => Paint::hex(0x8DC4E8),
            UnitState::Standby => SKY,
            UnitState::TakingOver => YELLOW,
            UnitState::Rejoining => GREEN,
            UnitState::CutOff => Paint::hex(0xB8BEC5),
            UnitState::Maintenance => Paint::hex(0x6E7781),
            UnitState::FailedUnnoticed => VERMILION,
            UnitState::FailedWaiting => ORANGE,
            UnitState::UnderRepair => PURPLE,
        }
    }

    /// The height of the bar as a part of the row, which tells the states apart without colour as
    /// well: a failed unit gets thinner on its way back to standby.
    fn height(self) -> f64 {
        match self {
            UnitState::Serving | UnitState::FailedUnnoticed => 1.0,
            UnitState::TakingOver | UnitState::FailedWaiting => 0.8,
            UnitState::UnderRepair | UnitState::Maintenance => 0.6,
            UnitState::Rejoining => 0.45,
            UnitState::Standby | UnitState::CutOff => 0.3,
        }
    }
}

/// More units than this do not fit on a page; those that change least are left out.
const UNITS_MAX: usize = 80;
/// The rows of event labels.
const EVENT_ROWS: usize = 4;
const EVENT_ROW: f64 = 17.0;
const SERVICE_ROW: f64 = 22.0;

impl Timeline {
    /// The picture of these data. It is taller than the other plots if there are many units.
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
        let units = self.units_shown();
        let row = (360.0 / units.len().max(1) as f64).clamp(15.0, 34.0);
        let rows = row * units.len() as f64;
        let (mut scene, room) = page(&self.heading, height);
        let width = self.to_s - self.from_s;
        if !width.is_finite() || width <= 0.0 {
            style::say_empty(&mut scene, room);
            return (scene, height);
        }
        let room = self.draw_legend(&mut scene, room);

        let names = units.iter().map(|unit| LABEL.width(&unit.name));
        let names = names
            .chain([STRONG.width(&self.service_name)])
            .fold(0.0, f64::max)
            .min(200.0);
        let (left, right) = (room.left + names + 14.0, room.right - 10.0);
        let axis = Axis::new(
            Scale::Linear,
            Quantity::Duration,
            [self.from_s, self.to_s],
            (left, right),
        );
        let used_rows = self.draw_events(&mut scene, &axis, room.top);
        let service_top = room.top + EVENT_ROW * used_rows as f64 + 8.0;
        let units_top = service_top + SERVICE_ROW + 12.0;
        let plot = Area {
            left,
            top: service_top,
            right,
            bottom: units_top + rows + 6.0,
        };
        let (zero, name) = match &self.counted_from {
            None => (0.0, "time since the start of the mission".to_owned()),
            Some((zero, what)) => (
                *zero,
                format!(
                    "time since {what}, {} after the start of the mission",
                    human::duration(*zero)
                ),
            ),
        };
        let counted = Axis::new(
            Scale::Linear,
            Quantity::Duration,
            [self.from_s - zero, self.to_s - zero],
            (left, right),
        );
        draw_horizontal(&mut scene, &counted, &counted.ticks(8), plot, &name);
        self.draw_service(&mut scene, &axis, plot);
        for (i, unit) in units.iter().enumerate() {
            let middle = units_top + row * (i as f64 + 0.5);
            let letters = if row < 16.0 {
                Type {
                    size: 11.0,
                    ..LABEL
                }
            } else {
                LABEL
            };
            let name = letters.fit(&unit.name, 200.0);
            scene.text(at(left - 10.0, middle + 4.0), Anchor::End, &name, letters);
            scene.line(vec![at(left, middle), at(right, middle)], 1.0, FAINT);
            let thickness = (row * 0.72).min(20.0);
            draw_row(&mut scene, &axis, &unit.stretches, |state| {
                let half = (thickness * state.height() / 2.0).max(1.5);
                (state.paint(), middle - half, middle + half)
            });
        }
        if units.len() < self.units.len() {
            let quiet = self.units.len() - units.len();
            let text = format!("{} quiet units not shown", human::count(quiet as u64));
            scene.text(at(right, plot.bottom + 37.0), Anchor::End, &text, SMALL);
        }
        let needed = f64::from(height) + plot.bottom + 42.0 - room.bottom;
        (scene, needed.clamp(200.0, 4000.0).ceil() as u32)
    }

    /// All units, or those with the most stretches in the window, in their order.
    fn units_shown(&self) -> Vec<&TimelineUnit> {
        if self.units.len() <= UNITS_MAX {
            return self.units.iter().collect();
        }
        let in_window = |s: &&Stretch<UnitState>| s.to_s > self.from_s && s.from_s < self.to_s;
        let mut busiest: Vec<(usize, usize)> = self
            .units
            .iter()
            .enumerate()
            .map(|(i, unit)| (unit.stretches.iter().filter(in_window).count(), i))
            .collect();
        busiest.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        busiest.truncate(UNITS_MAX);
        busiest.sort_by_key(|(_, i)| *i);
        busiest.into_iter().map(|(_, i)| &self.units[i]).collect()
    }

    fn draw_service(&self, scene: &mut Scene, axis: &Axis, plot: Area) {
        // Outages run down through all rows, so that one sees what each unit did meanwhile.
        let mut painted_to = f64::NEG_INFINITY;
        for stretch in self
            .service
            .iter()
            .filter(|s| s.state == ServiceState::Down)
        {
            let Some((left, right)) = visible(axis, stretch.from_s, stretch.to_s) else {
                continue;
            };
            let left = left.max(painted_to);
            if right > left {
                let bar = Area {
                    left,
                    right,
                    ..plot
                };
                scene.rect(bar, INK.with_alpha(0.1));
                painted_to = right;
            }
        }
        let baseline = plot.top + SERVICE_ROW / 2.0 + 4.5;
        let name = STRONG.fit(&self.service_name, 200.0);
        scene.text(at(plot.left - 10.0, baseline), Anchor::End, &name, STRONG);
        draw_row(scene, axis, &self.service, |state| {
            (state.paint(), plot.top, plot.top + SERVICE_ROW)
        });
    }

    /// The labels of events in rows above the service; returns how many rows there are.
    fn draw_events(&self, scene: &mut Scene, axis: &Axis, top: f64) -> usize {
        let mut events: Vec<(f64, String)> = self
            .events
            .iter()
            .filter(|event| axis.contains(event.at_s))
            .filter_map(|event| Some((axis.pixel(event.at_s)?, SMALL.fit(&event.label, 220.0))))
            .collect();
        events.sort_by(|a, b| a.0.total_cmp(&b.0));
        let page_end = f64::from(style::PAGE_WIDTH) - style::MARGIN;
        let mut placed: Vec<EventLabel> = Vec::new();
        // From the right: an earlier event goes above a later one, so that no stem, which comes
        // down on the left of its label, crosses a label.
        for (x, label) in events.into_iter().rev() {
            let width = SMALL.width(&label);
            let left = if x + 5.0 + width <= page_end {
                x + 5.0
            } else {
                x - 5.0 - width
            };
            let right = left + width;
            let free = |row: &usize| {
                placed.iter().all(|other| {
                    let apart = right + 8.0 < other.left || other.right + 8.0 < left;
                    let its_stem = other.x < left - 3.0 || other.x > right + 3.0;
                    let my_stem = x < other.left - 3.0 || x > other.right + 3.0;
                    match other.row.cmp(row) {
                        Ordering::Equal => apart && its_stem && my_stem,
                        Ordering::Greater => its_stem,
                        Ordering::Less => my_stem,
                    }
                })
            };
            if let Some(row) = (0..EVENT_ROWS).find(free) {
                placed.push(EventLabel {
                    x,
                    left,
                    right,
                    row,
                    label,
                });
            }
        }
        let rows = placed.iter().map(|event| event.row + 1).max().unwrap_or(0);
        let service_top = top + EVENT_ROW * rows as f64 + 8.0;
        // The first row is nearest to the service, so that stems cross few labels.
        let baseline = |row: usize| service_top - 8.0 - EVENT_ROW * row as f64;
        for event in placed {
            let (x, y) = (style::sharp(event.x), baseline(event.row));
            scene.line(vec![at(x, y - 9.0), at(x, service_top)], 1.0, RULE);
            scene.text(
                at(event.left, y),
                Anchor::Start,
                &event.label,
                SMALL.colour(INK),
            );
        }
        rows
    }

    /// The states in the window with their looks, in rows; returns the room below.
    fn draw_legend(&self, scene: &mut Scene, room: Area) -> Area {
        let seen = |from: f64, to: f64| to > self.from_s && from < self.to_s;
        let services = ServiceState::ALL.into_iter().filter(|state| {
            self.service
                .iter()
                .any(|s| s.state == *state && seen(s.from_s, s.to_s))
        });
        let states = UnitState::ALL.into_iter().filter(|state| {
            let mut stretches = self.units.iter().flat_map(|unit| &unit.stretches);
            stretches.any(|s| s.state == *state && seen(s.from_s, s.to_s))
        });
        let services: Vec<_> = services.map(|s| (s.name(), s.paint(), 1.0)).collect();
        let states: Vec<_> = states.map(|s| (s.name(), s.paint(), s.height())).collect();
        let mut y = room.top + 10.0;
        for (title, entries) in [("service", services), ("units", states)] {
            if entries.is_empty() {
                continue;
            }
            scene.text(at(room.left, y), Anchor::Start, title, SMALL);
            let mut x = room.left + 56.0;
            for (name, paint, height) in entries {
                let width = 30.0 + LABEL.width(name);
                if x + width > room.right {
                    x = room.left + 56.0;
                    y += 20.0;
                }
                let half = 6.0 * height;
                let middle = y - 4.0;
                let key = Area {
                    left: x,
                    top: middle - half,
                    right: x + 22.0,
                    bottom: middle + half,
                };
                scene.rect(key, paint);
                scene.text(at(x + 29.0, y), Anchor::Start, name, LABEL);
                x += width + 18.0;
            }
            y += 21.0;
        }
        Area {
            top: y + 2.0,
            ..room
        }
    }
}

/// The pixels from `from` to `to`; nothing if that is outside the axis.
fn visible(axis: &Axis, from: f64, to: f64) -> Option<(f64, f64)> {
    let (start, end) = axis.ends();
    if from.is_nan() || to.is_nan() || to < start || from > end || to < from {
        return None;
    }
    Some((axis.pixel(from)?, axis.pixel(to)?))
}

/// Paints the stretches of a row. Each is at least a pixel wide, so that a short outage in a long
/// window is seen; of several within a pixel, the first of each state is painted.
fn draw_row<S: Copy + PartialEq>(
    scene: &mut Scene,
    axis: &Axis,
    stretches: &[Stretch<S>],
    looks: impl Fn(S) -> (Paint, f64, f64),
) {
    let mut wide = Vec::new();
    let mut narrow: Vec<(f64, S)> = Vec::new();
    for stretch in stretches {
        let Some((left, right)) = visible(axis, stretch.from_s, stretch.to_s) else {
            continue;
        };
        if right - left >= 1.5 {
            wide.push((left, right, stretch.state));
        } else if !narrow
            .iter()
            .rev()
            .take(8)
            .any(|(x, s)| *s == stretch.state && left - x < 1.0)
        {
            narrow.push((left, stretch.state));
        }
    }
    for (left, right, state) in wide {
        let (paint, top, bottom) = looks(state);
        scene.rect(
            Area {
                left,
                top,
                right,
                bottom,
            },
            paint,
        );
        if right - left > 6.0 {
            scene.line(vec![at(right, top), at(right, bottom)], 0.75, WHITE);
        }
    }
    for (x, state) in narrow {
        let (paint, top, bottom) = looks(state);
        scene.rect(
            Area {
                left: x - 0.25,
                top,
                right: x + 1.25,
                bottom,
            },
            paint,
        );
    }
}
