//! What happens to services on a path.

use crate::base::Id;
use crate::behaviour::{Behaviour, Blame, Flow, Mechanism, ServiceState, State};
use crate::model::{GroupId, Level, ServiceId};

/// Watches the services.
#[derive(Clone, Debug, Default)]
pub(super) struct Watch {
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
}

/// Downtime from its beginning to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outage {
    pub(super) start: u64,
    pub(super) end: u64,
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

/// What happened to one service.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// Downtime by cause, in nanoseconds: where the length of a stay is known in the mean, that.
    pub(super) causes: Vec<(Blame, f64)>,
    /// The outages as they came, in order.
    pub(super) outages: Vec<Outage>,
    pub(super) degraded: f64,
    degraded_since: Option<u64>,
    /// Nanoseconds of full load that were lost while the service was not down, by cause.
    pub(super) lost_by: Vec<((GroupId, Mechanism), f64)>,
    /// Which share of it is lost now.
    losing: Vec<((GroupId, Mechanism), f64)>,
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

    fn clear(&mut self) {
        self.causes.clear();
        self.outages.clear();
        self.degraded = 0.0;
        self.degraded_since = None;
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
    pub(super) fn changed(&mut self, service: ServiceId, state: ServiceState, now: u64) {
        let down = state.level == Level::Down;
        let life = &mut self.lives[service.index()];
        if down {
            life.down_since.get_or_insert(now);
        } else if let Some(since) = life.down_since.take()
            && since < now
        {
            life.up_since = now;
        }
        if service != self.service.0 {
            return;
        }
        self.book_loss(now);
        if let Some(since) = self.record.degraded_since.take() {
            self.record.degraded += (now - since) as f64;
        }
        if state.level == Level::Degraded {
            self.record.degraded_since = Some(now);
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
            (Some(_), _) => self.close(now),
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
        if service == self.service.0 && (flow.reach < 1.0 || !self.record.losing.is_empty()) {
            self.book_loss(now);
            let losing = &mut self.record.losing;
            losing.clear();
            behaviour.lost_requests(state, service, &mut |group, mechanism, share| {
                book(losing, (group, mechanism), share);
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

    /// The present stay is going to last longer by so much in the mean than it will last this time.
    /// What is booked for it has the same mean and varies less.
    #[inline]
    pub(super) fn expect_longer(&mut self, more: f64) {
        let record = &mut self.record;
        if let Some(open) = &self.open {
            book(&mut record.causes, open.cause, more);
            return;
        }
        if record.degraded_since.is_some() {
            record.degraded += more;
        }
        record.book_lost(more);
    }

    /// Ends an outage, if there is one.
    pub(super) fn close(&mut self, now: u64) {
        self.book_loss(now);
        if let Some(since) = self.record.degraded_since.take() {
            self.record.degraded += (now - since) as f64;
        }
        if let Some(open) = self.open.take()
            && now > open.start
        {
            book(
                &mut self.record.causes,
                open.cause,
                (now - open.since) as f64,
            );
            self.record.outages.push(Outage {
                start: open.start,
                end: now,
            });
        }
    }
}

fn book<C: PartialEq>(causes: &mut Vec<(C, f64)>, cause: C, time: f64) {
    match causes.iter_mut().find(|(other, _)| *other == cause) {
        Some((_, sum)) => *sum += time,
        None => causes.push((cause, time)),
    }
}
