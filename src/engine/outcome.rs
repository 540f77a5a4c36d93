//! What happened to the services in one trial.

use crate::base::{Id, Instant};
use crate::behaviour::{Behaviour, Blame, Mechanism, ServiceState};
use crate::model::{Culprit, Level, ServiceId};

/// What happened in one trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What happened to each service.
    pub services: Vec<ServiceOutcome>,
    /// Repairs of each kind that were brought to an end, if they cost money; empty otherwise.
    pub repairs: Vec<u64>,
    /// Number of events.
    pub event_count: u64,
}

/// What happened to one service in one trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceOutcome {
    /// All downtime in order, cut where its cause changes. Adjacent segments are one outage.
    pub segments: Vec<Segment>,
    /// Nanoseconds that the service was degraded.
    pub degraded: u64,
    /// Nanoseconds of full load that failed members took with them while the service was up.
    pub lost: u64,
}

/// A stretch of downtime with one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// When it begins.
    pub start: Instant,
    /// When it ends; the end of the mission, if it goes on there.
    pub end: Instant,
    /// The group that kept the service down, or what kept the group down.
    pub culprit: Culprit,
    /// What went on there.
    pub mechanism: Mechanism,
}

/// A stretch of downtime from beginning to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage<'a> {
    /// When the service went down.
    pub start: Instant,
    /// When it was up again, or the end of the mission.
    pub end: Instant,
    /// Its parts in order.
    pub segments: &'a [Segment],
}

impl Segment {
    /// Its length in nanoseconds.
    #[inline]
    pub fn duration(&self) -> u64 {
        self.end - self.start
    }
}

impl Outage<'_> {
    /// Its length in nanoseconds.
    #[inline]
    pub fn duration(&self) -> u64 {
        self.end - self.start
    }
}

impl ServiceOutcome {
    /// Nanoseconds of downtime.
    pub fn down_time(&self) -> u64 {
        self.segments.iter().map(Segment::duration).sum()
    }

    /// The outages in order. One that goes on at the end of the mission counts, cut there.
    pub fn outages(&self) -> impl Iterator<Item = Outage<'_>> {
        self.segments
            .chunk_by(|before, after| before.end == after.start)
            .map(|segments| Outage {
                start: segments[0].start,
                end: segments[segments.len() - 1].end,
                segments,
            })
    }
}

/// Watches the services during a trial.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    services: Vec<Watched>,
}

#[derive(Clone, Copy, Debug)]
struct Watched {
    state: ServiceState,
    since: u64,
    served: f64,
    served_since: u64,
    lost: f64,
}

impl Watched {
    const UP: Watched = Watched {
        state: ServiceState {
            level: Level::Up,
            cause: None,
        },
        since: 0,
        served: 1.0,
        served_since: 0,
        lost: 0.0,
    };

    /// Books the loss up to now; nothing is lost twice while the service is down.
    fn book_loss(&mut self, now: u64) {
        if self.served < 1.0 && self.state.level > Level::Down {
            self.lost += (1.0 - self.served) * (now - self.served_since) as f64;
        }
        self.served_since = now;
    }
}

impl Recorder {
    pub(super) fn begin(&mut self, outcome: &mut Outcome, behaviour: &Behaviour) {
        let service_count = behaviour.service_count();
        outcome.repairs.clear();
        outcome.repairs.resize(behaviour.booked_kinds, 0);
        self.services.clear();
        self.services.resize(service_count, Watched::UP);
        outcome
            .services
            .resize_with(service_count, ServiceOutcome::default);
        for service in &mut outcome.services {
            service.segments.clear();
            service.degraded = 0;
            service.lost = 0;
        }
        outcome.event_count = 0;
    }

    #[inline]
    pub(super) fn changed(
        &mut self,
        outcome: &mut Outcome,
        service: ServiceId,
        state: ServiceState,
        now: u64,
    ) {
        let watched = &mut self.services[service.index()];
        if watched.state == state {
            return;
        }
        if watched.state.level != state.level {
            watched.book_loss(now);
        }
        if now > watched.since {
            let record = &mut outcome.services[service.index()];
            match (watched.state.level, watched.state.cause) {
                (
                    Level::Down,
                    Some(Blame {
                        culprit, mechanism, ..
                    }),
                ) => record.segments.push(Segment {
                    start: Instant(watched.since),
                    end: Instant(now),
                    culprit,
                    mechanism,
                }),
                (Level::Down, None) => unreachable!("downtime has a cause"),
                (Level::Degraded, _) => record.degraded += now - watched.since,
                (Level::Up, _) => {}
            }
        }
        watched.state = state;
        watched.since = now;
    }

    #[inline]
    pub(super) fn served(&mut self, service: ServiceId, fraction: f64, now: u64) {
        let watched = &mut self.services[service.index()];
        if watched.served != fraction {
            watched.book_loss(now);
            watched.served = fraction;
        }
    }

    /// Closes what is open at the end of the mission.
    pub(super) fn end(&mut self, outcome: &mut Outcome, horizon: u64) {
        for index in 0..self.services.len() {
            let closing = match self.services[index].state.level {
                Level::Up => Level::Down,
                Level::Degraded | Level::Down => Level::Up,
            };
            // A change to any other state closes the present one.
            self.changed(
                outcome,
                ServiceId::from_index(index),
                ServiceState {
                    level: closing,
                    cause: None,
                },
                horizon,
            );
            outcome.services[index].lost = self.services[index].lost.round() as u64;
        }
    }
}
