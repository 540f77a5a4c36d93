//! What happened to the services in one trial.

use super::clients::{Away, Lead};
use super::demand::Asked;
use crate::base::{Id, Instant};
use crate::behaviour::{Behaviour, Blame, Flow, Mechanism, ServiceState};
use crate::model::{Culprit, GroupId, Level, ServiceId};

/// What happened in one trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What happened to each service.
    pub services: Vec<ServiceOutcome>,
    /// Repairs of each kind that were brought to an end, if they cost money; empty otherwise.
    pub repairs: Vec<u64>,
    /// Takeovers of groups of which it is known how writes reach the standbys, and what they lost.
    pub losses: Vec<DataLoss>,
    /// Number of events.
    pub event_count: u64,
}

/// What was lost in a takeover, or after a split brain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataLoss {
    /// When.
    pub at: Instant,
    /// The group.
    pub group: GroupId,
    /// Nanoseconds of writes that nobody has any more.
    pub lost: u64,
}

/// What happened to one service in one trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceOutcome {
    /// All downtime in order, cut where its cause changes. Adjacent segments are one outage.
    pub segments: Vec<Segment>,
    /// Nanoseconds that the service was degraded.
    pub degraded: u64,
    /// Of them: while writes stalled for want of a standby.
    pub stalled: u64,
    /// Nanoseconds of full load that were not served while the service was up: failed members took it
    /// with them, or it was more than the others could bear. Where a demand is told, full load is its
    /// mean.
    pub lost: u64,
    /// Of a service whose demand is told: what was asked and not served.
    pub unserved: Option<Unserved>,
    /// Of that, nanoseconds of mean demand in each part of the demand's period; empty if the same is
    /// asked all the time.
    pub unserved_by_part: Vec<u64>,
}

/// What was asked of a service and not served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unserved {
    /// Nanoseconds of mean demand, those of downtime included.
    pub load: u64,
    /// Nanoseconds in which less was served than was asked.
    pub below: u64,
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

#[derive(Clone, Debug)]
struct Watched {
    state: ServiceState,
    since: u64,
    flow: Flow,
    flow_since: u64,
    /// Clients who are on their way to the member that serves.
    away: Away,
    /// Full load lost while the service was up.
    lost: f64,
    /// Its demand is told.
    is_asked: bool,
    /// Load that was asked of it while it was down.
    lost_down: f64,
    below: u64,
    /// Load that was not served in each part of the demand's period.
    by_part: Vec<f64>,
}

impl Watched {
    const UP: Watched = Watched {
        state: ServiceState {
            level: Level::Up,
            cause: None,
            stalled: false,
        },
        since: 0,
        flow: Flow::FULL,
        flow_since: 0,
        away: Away::NOBODY,
        lost: 0.0,
        is_asked: false,
        lost_down: 0.0,
        below: 0,
        by_part: Vec::new(),
    };

    /// Books the loss up to now; nothing is lost twice while the service is down.
    fn book_loss(&mut self, now: u64) {
        let since = std::mem::replace(&mut self.flow_since, now);
        if self.state.level > Level::Down {
            if self.away.is_empty() {
                self.lost += (1.0 - self.flow.reach) * (now - since) as f64;
            } else {
                let reach = self.flow.reach;
                self.away.each_stretch(since, now, |from, to, there| {
                    self.lost += (1.0 - reach * there) * (to - from) as f64;
                });
            }
        }
        if !self.away.is_empty() {
            self.away.settle(now);
        }
    }

    /// Books what has been since the state or the flow of a service whose demand is told has changed.
    fn pass(&mut self, record: &mut ServiceOutcome, asked: &Asked, now: u64) {
        let since = std::mem::replace(&mut self.since, now);
        match (self.state.level, self.state.cause) {
            (Level::Down, cause) => {
                if now > since {
                    let cause = cause.expect("downtime has a cause");
                    let cause = (cause.culprit, cause.mechanism);
                    record.add_downtime(since, now, cause);
                }
                asked.each_step(since, now, |from, to, load, step| {
                    self.lost_down += load * (to - from) as f64;
                    self.lose(asked, step, load * (to - from) as f64);
                    self.below += if load > 0.0 { to - from } else { 0 };
                });
            }
            (level @ (Level::Degraded | Level::Up), _) => {
                let mut degraded = if level == Level::Degraded {
                    now - since
                } else {
                    0
                };
                let flow = self.flow;
                let mut judged = 0;
                if !self.away.is_empty() {
                    let away = std::mem::take(&mut self.away);
                    away.each_stretch(since, now, |from, to, there| {
                        let mut flow = flow;
                        flow.reach *= there;
                        judged += self.pass_flow(record, asked, flow, (from, to), away.latest());
                    });
                    self.away = away;
                } else if flow.served(asked.peak) < asked.peak {
                    judged += self.pass_flow(record, asked, flow, (since, now), None);
                }
                degraded = degraded.saturating_sub(judged);
                record.degraded += degraded;
            }
        }
        if !self.away.is_empty() {
            self.away.settle(now);
        }
    }

    /// Books load that was not served in a step of the demand.
    fn lose(&mut self, asked: &Asked, step: usize, lost: f64) {
        if let Some(part) = self.by_part.get_mut(asked.part_of(step)) {
            *part += lost;
        }
    }

    /// Books a stretch in which so much can be served, where the clients of a group may be on their way.
    /// Returns how long of it the service counts as down.
    fn pass_flow(
        &mut self,
        record: &mut ServiceOutcome,
        asked: &Asked,
        flow: Flow,
        (from, to): (u64, u64),
        away: Option<GroupId>,
    ) -> u64 {
        let mut judged = 0;
        asked.each_step(from, to, |from, to, load, step| {
            let served = flow.served(load);
            if served >= load {
                return;
            }
            self.below += to - from;
            let lost = (load - served) * (to - from) as f64;
            self.lose(asked, step, lost);
            let least = asked.down_below * load;
            if served >= least {
                self.lost += lost;
                return;
            }
            self.lost_down += lost;
            let redirecting = away.filter(|_| self.flow.served(load) >= least);
            let cause = match redirecting {
                Some(group) => (Culprit::Group(group), Mechanism::Redirecting),
                None => flow.lacking.expect("a service is judged by what it lacks"),
            };
            record.add_downtime(from, to, cause);
            judged += to - from;
        });
        judged
    }
}

impl ServiceOutcome {
    /// Adds downtime that follows on what there is, or begins an outage.
    fn add_downtime(&mut self, start: u64, end: u64, (culprit, mechanism): (Culprit, Mechanism)) {
        let (start, end) = (Instant(start), Instant(end));
        if let Some(last) = self.segments.last_mut()
            && last.end == start
            && (last.culprit, last.mechanism) == (culprit, mechanism)
        {
            last.end = end;
        } else {
            self.segments.push(Segment {
                start,
                end,
                culprit,
                mechanism,
            });
        }
    }
}

impl Recorder {
    /// Begins a trial, with what each service can do and what is asked of it.
    pub(super) fn begin(
        &mut self,
        outcome: &mut Outcome,
        behaviour: &Behaviour,
        flows: &[Flow],
        asked: &[Option<Asked>],
    ) {
        outcome.losses.clear();
        outcome.repairs.clear();
        outcome.repairs.resize(behaviour.booked_kinds, 0);
        self.services.resize_with(flows.len(), || Watched::UP);
        for (watched, (flow, asked)) in self.services.iter_mut().zip(flows.iter().zip(asked)) {
            let mut away = std::mem::take(&mut watched.away);
            away.clear();
            let mut by_part = std::mem::take(&mut watched.by_part);
            by_part.clear();
            by_part.resize(asked.as_ref().map_or(0, |asked| asked.part_count), 0.0);
            *watched = Watched {
                flow: *flow,
                is_asked: asked.is_some(),
                away,
                by_part,
                ..Watched::UP
            };
        }
        outcome
            .services
            .resize_with(flows.len(), ServiceOutcome::default);
        for service in &mut outcome.services {
            service.segments.clear();
            service.degraded = 0;
            service.stalled = 0;
            service.lost = 0;
            service.unserved = None;
            service.unserved_by_part.clear();
        }
        outcome.event_count = 0;
    }

    #[inline]
    pub(super) fn changed(
        &mut self,
        outcome: &mut Outcome,
        asked: &[Option<Asked>],
        service: ServiceId,
        state: ServiceState,
        now: u64,
    ) {
        let watched = &mut self.services[service.index()];
        if watched.state == state {
            return;
        }
        if watched.is_asked {
            if let Some(asked) = &asked[service.index()] {
                watched.pass(&mut outcome.services[service.index()], asked, now);
            }
            watched.state = state;
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
                (Level::Degraded, _) => {
                    record.degraded += now - watched.since;
                    if watched.state.stalled {
                        record.stalled += now - watched.since;
                    }
                }
                (Level::Up, _) => {}
            }
        }
        watched.state = state;
        watched.since = now;
    }

    #[inline]
    pub(super) fn served(
        &mut self,
        outcome: &mut Outcome,
        asked: &[Option<Asked>],
        service: ServiceId,
        flow: Flow,
        now: u64,
    ) {
        let watched = &mut self.services[service.index()];
        if watched.flow == flow {
            return;
        }
        match &asked[service.index()] {
            Some(asked) => watched.pass(&mut outcome.services[service.index()], asked, now),
            None => watched.book_loss(now),
        }
        watched.flow = flow;
    }

    /// The clients of a seat set out for another member.
    pub(super) fn lead(
        &mut self,
        record: &mut ServiceOutcome,
        asked: Option<&Asked>,
        lead: &Lead,
        now: u64,
    ) {
        let watched = &mut self.services[lead.service.index()];
        match asked {
            Some(asked) => watched.pass(record, asked, now),
            None => watched.book_loss(now),
        }
        watched.away.set_out(lead, now);
    }

    /// Closes what is open at the end of the mission.
    pub(super) fn end(&mut self, outcome: &mut Outcome, asked: &[Option<Asked>], horizon: u64) {
        for (index, asked) in asked.iter().enumerate() {
            let watched = &mut self.services[index];
            if let Some(asked) = asked {
                let record = &mut outcome.services[index];
                watched.pass(record, asked, horizon);
                let nanos = |load: f64| load / asked.mean;
                record.lost = nanos(watched.lost).round() as u64;
                record.unserved = Some(Unserved {
                    load: nanos(watched.lost + watched.lost_down).round() as u64,
                    below: watched.below,
                });
                let parts = watched.by_part.iter();
                let parts = parts.map(|&lost| nanos(lost).round() as u64);
                record.unserved_by_part.extend(parts);
                continue;
            }
            let closing = match watched.state.level {
                Level::Up => Level::Down,
                Level::Degraded | Level::Down => Level::Up,
            };
            // A change to any other state closes the present one.
            self.changed(
                outcome,
                &[],
                ServiceId::from_index(index),
                ServiceState {
                    level: closing,
                    cause: None,
                    stalled: false,
                },
                horizon,
            );
            outcome.services[index].lost = self.services[index].lost.round() as u64;
        }
    }
}
