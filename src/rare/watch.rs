//! What happens to services on a path.

use super::meanwhile::Stay;
use crate::base::Id;
use crate::behaviour::{Behaviour, Blame, Flow, Mechanism, ServiceState, State};
use crate::engine::DataLoss;
use crate::model::{GroupId, Level, Root, ServiceId};

/// Watches the services.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
    /// What else is written down.
    pub(super) log: Log,
    /// When each service went down and came up last.
    lives: Vec<Life>,
    /// The service that is recorded.
    pub(super) service: ServiceId0,
    pub(super) record: Record,
    open: Option<Open>,
}

/// When a service went down and came up last.
#[derive(Clone, Copy, Debug, Default)]
struct Life {
    down_since: Option<u64>,
    /// The end of its last downtime; 0 if there was none.
    up_since: u64,
    /// What began its last downtime.
    root: Option<Root>,
}

/// Downtime from its beginning to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outage {
    pub(super) start: u64,
    pub(super) end: u64,
    /// What began it.
    pub(super) root: Root,
}

impl Outage {
    pub(super) fn duration(self) -> u64 {
        self.end - self.start
    }
}

/// A service id with a default, for buffers that have not been used yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ServiceId0(pub(super) ServiceId);

impl Default for ServiceId0 {
    fn default() -> ServiceId0 {
        ServiceId0(ServiceId::from_index(0))
    }
}

#[derive(Clone, Copy, Debug)]
struct Open {
    start: u64,
    since: u64,
    cause: Blame,
}

/// The stays of services in which something is wrong, where they are asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    pub(super) of: Logged,
    /// The present stay of each service.
    now: Vec<Stay>,
    /// Stays are written down as long as they last on average, before they begin.
    is_foretold: bool,
    /// Those that are over.
    pub(super) stays: Vec<(ServiceId, Stay)>,
    /// What is lost in them.
    pub(super) losing: Vec<Losing>,
}

/// What loses requests, and which share of the full load.
pub(super) type Losing = ((GroupId, Mechanism), f64);

/// Which services are in a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Logged {
    #[default]
    None,
    /// The one that is recorded.
    Recorded,
    All,
}

impl Log {
    fn begin(&mut self, service_count: usize) {
        self.stays.clear();
        self.losing.clear();
        self.is_foretold = false;
        if self.of != Logged::None {
            self.now.clear();
            self.now.resize(service_count, Stay::WELL);
        }
    }

    fn change(&mut self, service: ServiceId, now: u64, change: impl FnOnce(&mut Stay)) {
        let stay = &mut self.now[service.index()];
        if now > stay.start && !stay.is_well() && !self.is_foretold {
            self.stays.push((service, Stay { end: now, ..*stay }));
        }
        let before = stay.level;
        change(stay);
        stay.start = now;
        if stay.level != before {
            stay.began = now;
        }
    }

    fn close(&mut self, now: u64) {
        for service in 0..self.now.len() {
            let service = ServiceId::from_index(service);
            self.change(service, now, |stay| *stay = Stay::WELL);
        }
    }
}

/// What happened to one service.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// Downtime by cause, in nanoseconds: where the length of a stay is known in the mean, that.
    pub(super) causes: Vec<(Blame, f64)>,
    /// The outages as they came, in order.
    pub(super) outages: Vec<Outage>,
    pub(super) degraded: f64,
    /// Of that: while writes stalled for want of a standby.
    pub(super) stalled: f64,
    degraded_since: Option<u64>,
    is_stalled: bool,
    /// Takeovers of all groups, and what they lost.
    pub(super) losses: Vec<DataLoss>,
    /// Nanoseconds of full load that were lost while the service was not down, by cause.
    pub(super) lost_by: Vec<Losing>,
    /// Which share of it is lost now.
    losing: Vec<Losing>,
    losing_since: u64,
}

impl Record {
    pub(super) fn down(&self) -> f64 {
        self.causes.iter().map(|(_, time)| time).sum()
    }

    /// All of that.
    pub(super) fn lost(&self) -> f64 {
        self.lost_by.iter().map(|(_, lost)| lost).sum()
    }

    fn book_lost(&mut self, time: f64) {
        for &(cause, share) in &self.losing {
            book(&mut self.lost_by, cause, share * time);
        }
    }

    /// Ends a stay in which the service was degraded, if it is one.
    fn end_degraded(&mut self, now: u64) {
        if let Some(since) = self.degraded_since.take() {
            self.add_degraded((now - since) as f64);
        }
    }

    fn add_degraded(&mut self, time: f64) {
        self.degraded += time;
        if self.is_stalled {
            self.stalled += time;
        }
    }

    fn clear(&mut self) {
        self.causes.clear();
        self.outages.clear();
        self.degraded = 0.0;
        self.stalled = 0.0;
        self.degraded_since = None;
        self.is_stalled = false;
        self.losses.clear();
        self.lost_by.clear();
        self.losing.clear();
        self.losing_since = 0;
    }
}

impl Watch {
    /// Begins to watch for one service, all of them being up.
    pub(super) fn begin(&mut self, service: ServiceId, service_count: usize) {
        self.lives.clear();
        self.lives.resize(service_count, Life::default());
        self.service = ServiceId0(service);
        self.record.clear();
        self.open = None;
        self.log.begin(service_count);
    }

    fn is_logged(&self, service: ServiceId) -> bool {
        match self.log.of {
            Logged::None => false,
            Logged::Recorded => service == self.service.0,
            Logged::All => true,
        }
    }

    /// The end of the last downtime of a service; 0 if there was none.
    pub(super) fn up_since(&self, service: ServiceId) -> u64 {
        self.lives[service.index()].up_since
    }

    /// The recorded service is down now.
    #[inline]
    pub(super) fn is_down(&self) -> bool {
        self.open.is_some()
    }

    #[inline]
    pub(super) fn changed(&mut self, service: ServiceId, state: &ServiceState, now: u64) {
        let down = state.level == Level::Down;
        let mut state = *state;
        let life = &mut self.lives[service.index()];
        if let Some(cause) = &mut state.cause {
            if life.down_since.is_none() {
                life.down_since = Some(now);
                // What begins in the instant in which another outage ends is that one.
                let goes_on = life.up_since == now;
                life.root = life.root.filter(|_| goes_on).or(Some(cause.root));
            }
            cause.root = life.root.unwrap_or(cause.root);
        } else if let Some(since) = life.down_since.take()
            && since < now
        {
            life.up_since = now;
        }
        if self.is_logged(service) {
            self.log.change(service, now, |stay| {
                stay.level = state.level;
                stay.cause = state.cause;
                stay.is_stalled = state.stalled;
            });
        }
        if service != self.service.0 {
            return;
        }
        self.book_loss(now);
        self.record.end_degraded(now);
        if state.level == Level::Degraded {
            self.record.degraded_since = Some(now);
            self.record.is_stalled = state.stalled;
        }
        match (&mut self.open, state.cause) {
            (Some(open), Some(cause)) if down => {
                if open.cause != cause {
                    book(
                        &mut self.record.causes,
                        open.cause,
                        (now - open.since) as f64,
                    );
                    open.since = now;
                    open.cause = cause;
                }
            }
            (None, Some(cause)) if down => {
                self.open = Some(Open {
                    start: now,
                    since: now,
                    cause,
                });
            }
            (Some(_), _) => self.end_outage(now),
            (None, _) => {}
        }
    }

    #[inline]
    pub(super) fn served(
        &mut self,
        behaviour: &Behaviour,
        service: ServiceId,
        flow: Flow,
        state: &State,
        now: u64,
    ) {
        let is_recorded = service == self.service.0;
        if is_recorded && (flow.reach < 1.0 || !self.record.losing.is_empty()) {
            self.book_loss(now);
            let losing = &mut self.record.losing;
            losing.clear();
            behaviour.lost_requests(state, service, &mut |group, mechanism, share| {
                book(losing, (group, mechanism), share);
            });
        }
        if self.is_logged(service) {
            let log = &mut self.log.losing;
            let first = log.len();
            if is_recorded {
                log.extend_from_slice(&self.record.losing);
            } else if flow.reach < 1.0 {
                behaviour.lost_requests(state, service, &mut |group, mechanism, share| {
                    log.push(((group, mechanism), share));
                });
            }
            let end = log.len();
            self.log.change(service, now, |stay| {
                stay.reach = flow.reach;
                stay.losing = (first as u32, end as u32);
            });
        }
    }

    fn book_loss(&mut self, now: u64) {
        if self.open.is_none() {
            self.record
                .book_lost((now - self.record.losing_since) as f64);
        }
        self.record.losing_since = now;
    }

    /// From now on stays are told before they begin.
    pub(super) fn foretell(&mut self, now: u64) {
        if self.log.of != Logged::None {
            self.log.change(self.service.0, now, |_| {});
            self.log.is_foretold = true;
        }
    }

    /// A stay begins that ends at a rate, after `left` at the latest, and this time after `after`. What is
    /// booked for it is what it lasts on average, which varies less.
    #[inline]
    pub(super) fn stay(&mut self, now: u64, rate: f64, left: f64, after: f64) {
        let (mean, most) = if rate > 0.0 {
            (-libm::expm1(-rate * left) / rate, LONG / rate)
        } else {
            (left, left)
        };
        if self.log.of != Logged::None {
            let stay = self.log.now[self.service.0.index()];
            if !stay.is_well() {
                let end = now.saturating_add(left.min(most) as u64);
                let stay = Stay {
                    start: now,
                    end,
                    rate,
                    ..stay
                };
                self.log.stays.push((self.service.0, stay));
            }
        }
        self.expect_longer(mean - after);
    }

    fn expect_longer(&mut self, more: f64) {
        let record = &mut self.record;
        if let Some(open) = &self.open {
            book(&mut record.causes, open.cause, more);
            return;
        }
        if record.degraded_since.is_some() {
            record.add_degraded(more);
        }
        record.book_lost(more);
    }

    /// The path is over.
    pub(super) fn finish(&mut self, now: u64) {
        self.log.close(now);
        self.close(now);
    }

    /// Ends what goes on.
    fn close(&mut self, now: u64) {
        self.book_loss(now);
        self.record.end_degraded(now);
        self.end_outage(now);
    }

    /// Ends an outage; what follows on it, and may be degraded, has begun.
    fn end_outage(&mut self, now: u64) {
        if let Some(open) = self.open.take()
            && now > open.start
        {
            book(
                &mut self.record.causes,
                open.cause,
                (now - open.since) as f64,
            );
            let (outages, start) = (&mut self.record.outages, open.start);
            match outages.last_mut() {
                // An outage that begins in the instant in which another one ends is that one.
                Some(last) if last.end == start => last.end = now,
                Some(_) | None => outages.push(Outage {
                    start,
                    end: now,
                    root: open.cause.root,
                }),
            }
        }
    }
}

/// Hardly a stay is longer than so many times what it lasts on average.
const LONG: f64 = 50.0;

impl Record {
    /// Part of the downtime by a cause is another's.
    pub(super) fn give_away(&mut self, cause: Blame, time: f64) {
        give(&mut self.causes, cause, time);
    }

    /// Downtime by a cause is of an outage with another root.
    pub(super) fn move_to(&mut self, root: Root, cause: Blame, time: f64) {
        self.give_away(cause, time);
        book(&mut self.causes, Blame { root, ..cause }, time);
    }

    /// Part of what is lost by a cause would not have got through others.
    pub(super) fn give_away_lost(&mut self, cause: (GroupId, Mechanism), time: f64) {
        give(&mut self.lost_by, cause, time);
    }

    /// Nothing has happened.
    pub(super) fn is_empty(&self) -> bool {
        self.causes.is_empty()
            && self.outages.is_empty()
            && self.degraded == 0.0
            && self.lost_by.is_empty()
            && self.losses.is_empty()
    }
}

fn give<C: PartialEq>(causes: &mut [(C, f64)], cause: C, time: f64) {
    if let Some((_, sum)) = causes.iter_mut().find(|(other, _)| *other == cause) {
        *sum = (*sum - time).max(0.0);
    }
}

/// Adds to a cause, which may be a new one.
pub(super) fn book<C: PartialEq>(causes: &mut Vec<(C, f64)>, cause: C, time: f64) {
    if time == 0.0 {
        return;
    }
    match causes.iter_mut().find(|(other, _)| *other == cause) {
        Some((_, sum)) => *sum += time,
        None => causes.push((cause, time)),
    }
}
