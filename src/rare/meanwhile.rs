//! Parts of a system that stand in series, each of which lives for itself.
//!
//! What happens in one part has no influence on another, so a branch of one is lived without the
//! others: what they do meanwhile is what their main paths did in the same trial. Only where two are
//! down at the same time must it be told whose downtime that is: it belongs to the part that went down
//! first. So each nanosecond and each outage counts once, and the mean is that of the whole.
//!
//! The main paths of all parts of a trial are together a plain trial of the whole.

use super::simulator::Place;
use super::watch::{Losing, Outage, Record, book};
use crate::behaviour::{Blame, Mechanism};
use crate::engine::{Lost, ServiceOutcome};
use crate::model::{Culprit, GroupId, Level, Root};

/// A time in which a part does not give a service all that it should, always in the same way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stay {
    pub(super) start: u64,
    pub(super) end: u64,
    /// When it came to the level that it has.
    pub(super) began: u64,
    pub(super) level: Level,
    /// While it is down: why.
    pub(super) cause: Option<Blame>,
    /// While it is degraded: writes stall for want of a standby.
    pub(super) is_stalled: bool,
    /// Share of requests that get through as long as it is not down.
    pub(super) reach: f64,
    /// From where to where what is lost is told in the log.
    pub(super) losing: (u32, u32),
    /// It ends at this rate, at its end at the latest, and counts with what it lasts on average; 0 if it
    /// has lasted until its end.
    pub(super) rate: f64,
}

impl Stay {
    /// From the start of a mission on, nothing is wrong.
    pub(super) const WELL: Stay = Stay {
        start: 0,
        end: 0,
        began: 0,
        level: Level::Up,
        cause: None,
        is_stalled: false,
        reach: 1.0,
        losing: (0, 0),
        rate: 0.0,
    };

    /// How long it goes on between two moments, on average.
    fn span(&self, from: u64, until: u64) -> f64 {
        let span = (until - from) as f64;
        if self.rate == 0.0 {
            return span;
        }
        let before = self.rate * (from - self.start) as f64;
        libm::exp(-before) * -libm::expm1(-self.rate * span) / self.rate
    }

    pub(super) fn is_well(&self) -> bool {
        self.level == Level::Up && self.reach >= 1.0
    }

    /// What is lost in it, by a log.
    fn lost_of<'l>(&self, log: &'l [Losing]) -> &'l [Losing] {
        &log[self.losing.0 as usize..self.losing.1 as usize]
    }

    fn is_down(&self) -> bool {
        self.level == Level::Down
    }
}

/// What the main paths of all parts do to one service.
#[derive(Debug, Default)]
pub(super) struct Meanwhile {
    /// The part and its stay, in order of their beginning.
    stays: Vec<(u32, Stay)>,
    /// Of each stay: the latest end so far.
    latest: Vec<u64>,
    /// What is lost in the stays.
    losing: Vec<Losing>,
}

impl Meanwhile {
    /// Adds a stay of the part at a place, of which the log tells what is lost.
    pub(super) fn add(&mut self, place: &Place, mut stay: Stay, log: &[Losing]) {
        let first = self.losing.len() as u32;
        self.losing.extend_from_slice(stay.lost_of(log));
        stay.losing = (first, self.losing.len() as u32);
        if let Some(cause) = &mut stay.cause {
            place.blame(cause);
        }
        for ((group, _), _) in &mut self.losing[first as usize..] {
            place.group(group);
        }
        self.stays.push((place.number, stay));
    }

    /// All has been added.
    pub(super) fn settle(&mut self) {
        self.stays
            .sort_unstable_by_key(|&(part, stay)| (stay.start, part));
        self.latest.clear();
        let ends = self.stays.iter().scan(0, |latest: &mut u64, (_, stay)| {
            *latest = stay.end.max(*latest);
            Some(*latest)
        });
        self.latest.extend(ends);
    }

    /// What happens to the service, as in a plain trial.
    pub(super) fn outcome(&self, outcome: &mut ServiceOutcome) {
        let mut lost_by: Vec<((GroupId, Mechanism), f64)> = Vec::new();
        let mut present: Vec<(u32, Stay)> = Vec::new();
        let (mut next, mut now) = (0, 0);
        loop {
            present.retain(|(_, stay)| stay.end > now);
            while let Some(&begun) = self.stays.get(next).filter(|(_, stay)| stay.start <= now) {
                present.push(begun);
                next += 1;
            }
            let ends = present.iter().map(|(_, stay)| stay.end);
            let starts = self.stays.get(next).map(|(_, stay)| stay.start);
            let Some(end) = ends.chain(starts).min() else {
                break;
            };
            self.add_piece(&present, (now, end), outcome, &mut lost_by);
            now = end;
        }
        for ((group, mechanism), load) in lost_by {
            let load = load.round() as u64;
            outcome.lost += load;
            outcome.lost_by.push(Lost {
                culprit: Culprit::Group(group),
                mechanism,
                load,
            });
        }
    }

    /// Adds a piece of time in which nothing changes.
    fn add_piece(
        &self,
        present: &[(u32, Stay)],
        (from, until): (u64, u64),
        outcome: &mut ServiceOutcome,
        lost_by: &mut Vec<((GroupId, Mechanism), f64)>,
    ) {
        let down = present.iter().filter(|(_, stay)| stay.is_down());
        let first = down.min_by_key(|(part, stay)| (stay.began, *part));
        if let Some(cause) = first.and_then(|(_, stay)| stay.cause) {
            outcome.add_downtime(from, until, &cause);
            return;
        }
        let has = |is: fn(&Stay) -> bool| present.iter().any(|(_, stay)| is(stay));
        if has(|stay| stay.level == Level::Degraded) {
            outcome.degraded += until - from;
        }
        if has(|stay| stay.is_stalled) {
            outcome.stalled += until - from;
        }
        for (part, stay) in present {
            // Requests pass the parts in order.
            let before = present.iter().filter(|(other, _)| other < part);
            let left: f64 = before.map(|(_, stay)| stay.reach).product();
            for &(cause, share) in stay.lost_of(&self.losing) {
                book(lost_by, cause, share * left * (until - from) as f64);
            }
        }
    }

    /// What others do at some time from one moment to another one.
    fn others(&self, part: u32, from: u64, until: u64) -> impl Iterator<Item = &(u32, Stay)> {
        let first = self.latest.partition_point(|&latest| latest <= from);
        self.stays[first..]
            .iter()
            .take_while(move |(_, stay)| stay.start < until)
            .filter(move |(other, stay)| *other != part && stay.end > from)
    }

    /// Downtimes of other parts that begin before a time.
    fn downs_before(&self, part: u32, time: u64) -> impl Iterator<Item = &Stay> {
        let stays = self
            .stays
            .iter()
            .take_while(move |(_, stay)| stay.start < time);
        let others = stays.filter(move |(other, stay)| *other != part && stay.is_down());
        others.map(|(_, stay)| stay)
    }

    /// When the others were up again after all that took them down before a time; 0 if nothing did.
    pub(super) fn up_since(&self, part: u32, time: u64) -> u64 {
        let ends = self.downs_before(part, time).map(|stay| stay.end);
        ends.max().unwrap_or(0)
    }

    /// Whether another part goes down between two moments.
    pub(super) fn goes_down(&self, part: u32, from: u64, until: u64) -> bool {
        self.downs_before(part, until)
            .any(|stay| stay.began >= from)
    }

    /// Whether others are down at a time at which a part goes down, or until then: what begins in the instant
    /// in which another outage ends is that one.
    fn is_down_at(&self, part: u32, time: u64) -> bool {
        let mut others = self.others(part, time.saturating_sub(1), time.saturating_add(1));
        others.any(|&(other, stay)| stay.is_down() && (stay.began, other) < (time, part))
    }

    /// Takes from the record of a branch of a part what belongs to others.
    pub(super) fn take_from(
        &self,
        record: &mut Record,
        part: u32,
        stays: &[Stay],
        losing: &[Losing],
    ) {
        if self.stays.is_empty() {
            return;
        }
        let mut times = Vec::new();
        for stay in stays {
            let root = self.root_before(&record.outages, part, stay);
            times.clear();
            for (_, other) in self.others(part, stay.start, stay.end) {
                times.extend([other.start.max(stay.start), other.end.min(stay.end)]);
            }
            times.sort_unstable();
            times.dedup();
            let mut left = stay.span(stay.start, stay.end);
            for piece in times.windows(2) {
                left -= self.take_piece(record, part, (stay, losing), piece[0], piece[1]);
            }
            if let (Some(root), Some(cause)) = (root, stay.cause) {
                record.move_to(root, cause, left.max(0.0));
            }
        }
        self.join(record, part);
    }

    /// What began the outage of which a downtime of a part is the rest, if that went down when others were down.
    fn root_before(&self, own: &[Outage], part: u32, stay: &Stay) -> Option<Root> {
        let of_own = |time: u64| own.iter().rfind(|outage| outage.start <= time);
        let mut began = of_own(stay.start).filter(|_| stay.is_down())?.start;
        let mut root = None;
        loop {
            let before = self.others(part, began.saturating_sub(1), began.saturating_add(1));
            let before =
                before.filter(|(other, of)| of.is_down() && (of.began, *other) < (began, part));
            let Some((_, first)) = before.min_by_key(|(other, of)| (of.began, *other)) else {
                return root;
            };
            root = first.cause.map(|cause| cause.root);
            // In which the part itself may have been down before.
            match of_own(first.began) {
                Some(outage) if outage.end >= first.began && outage.start < began => {
                    began = outage.start;
                    root = Some(outage.root);
                }
                Some(_) | None if first.began < began => began = first.began,
                Some(_) | None => return root,
            }
        }
    }

    /// The same of a piece of a stay in which others do not change. Returns how much of a downtime is theirs.
    fn take_piece(
        &self,
        record: &mut Record,
        part: u32,
        (own, losing): (&Stay, &[Losing]),
        from: u64,
        until: u64,
    ) -> f64 {
        let span = own.span(from, until);
        let mine = (own.began, part);
        let (mut others_down, mut others_degraded) = (None, None);
        let mut is_stalled_before = false;
        let mut reach = 1.0;
        for &(other, stay) in self.others(part, from, until) {
            let began = (stay.began, other);
            match stay.level {
                Level::Down => others_down = Some(others_down.map_or(began, |b| began.min(b))),
                Level::Degraded => {
                    others_degraded = Some(others_degraded.map_or(began, |b| began.min(b)));
                }
                Level::Up => {}
            }
            if other < part {
                reach *= stay.reach;
                is_stalled_before |= stay.is_stalled;
            }
        }
        let is_theirs = |first: Option<(u64, u32)>| first.is_some_and(|first| first < mine);
        match own.level {
            Level::Down => {
                return match own.cause.filter(|_| is_theirs(others_down)) {
                    Some(cause) => {
                        record.give_away(cause, span);
                        span
                    }
                    None => 0.0,
                };
            }
            Level::Degraded => {
                let is_down = others_down.is_some();
                if is_down || is_theirs(others_degraded) {
                    record.degraded = (record.degraded - span).max(0.0);
                }
                if own.is_stalled && (is_down || is_stalled_before) {
                    record.stalled = (record.stalled - span).max(0.0);
                }
            }
            Level::Up => {}
        }
        let left = if others_down.is_some() { 0.0 } else { reach };
        for &(cause, share) in own.lost_of(losing) {
            record.give_away_lost(cause, share * (1.0 - left) * span);
        }
        0.0
    }

    /// Makes of the outages of a part those of the service that begin with it.
    fn join(&self, record: &mut Record, part: u32) {
        let own = record.outages.clone();
        record
            .outages
            .retain(|outage| !self.is_down_at(part, outage.start));
        for Outage { end, .. } in &mut record.outages {
            // As long as something is down when all before is up again.
            loop {
                let theirs = self.others(part, *end, end.saturating_add(1));
                let theirs = theirs.filter(|(_, stay)| stay.is_down());
                let theirs = theirs.map(|(_, stay)| stay.end);
                let ours = own.iter().filter(|outage| outage.start <= *end);
                match theirs.chain(ours.map(|outage| outage.end)).max() {
                    Some(later) if later > *end => *end = later,
                    Some(_) | None => break,
                }
            }
        }
    }
}
