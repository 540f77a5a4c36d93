//! What happened to the services in one trial.

use std::ops::ControlFlow;

use super::clients::{Away, Lead, Shares};
use super::demand::Asked;
use crate::base::{Id, Instant};
use crate::behaviour::{AtLoad, Behaviour, Blame, Flow, Mechanism, SeatId, ServiceState, State};
use crate::model::{Culprit, GroupId, KindId, Level, Root, ServiceId};

/// What happened in one trial.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What happened to each service.
    pub services: Vec<ServiceOutcome>,
    /// Repairs of each kind that were brought to an end, if they cost money; empty otherwise.
    pub repairs: Vec<u64>,
    /// Nanoseconds for which each group had members added by scaling that cost money; empty where none
    /// has.
    pub scaled: Vec<u64>,
    /// Takeovers of groups of which it is known how writes reach the standbys, and what they lost.
    pub losses: Vec<DataLoss>,
    /// Number of events.
    pub event_count: u64,
    /// Why the trial has not come to its end, if it has not: what else it says is of no use then.
    pub cut: Option<Cut>,
}

/// Why a trial has not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Somebody asked for it.
    Asked,
    /// Events follow each other at one instant without end.
    Endless,
    /// What has happened in it takes too much memory.
    TooMuch,
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
    /// Who has lost it, and by what: nanoseconds that add up to all of it.
    pub lost_by: Vec<Lost>,
    /// Of a service whose demand is told: what was asked and not served.
    pub unserved: Option<Unserved>,
    /// Of that, nanoseconds of mean demand in each part of the demand's period; empty if the same is
    /// asked all the time.
    pub unserved_by_part: Vec<u64>,
}

/// Load that was not served for one cause while the service was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The group that lost it, or what kept the group from serving it.
    pub culprit: Culprit,
    /// By what.
    pub mechanism: Mechanism,
    /// Nanoseconds of full load.
    pub load: u64,
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
    /// What began the outage of which it is a part.
    pub root: Root,
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
    /// What began it.
    #[inline]
    pub fn root(&self) -> Root {
        self.segments[0].root
    }

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

impl Outcome {
    /// Forgets what has happened.
    fn clear(&mut self, services: &Services<'_>) {
        self.cut = None;
        self.losses.clear();
        self.repairs.clear();
        self.repairs.resize(services.behaviour.booked_kinds, 0);
        for service in &mut self.services {
            service.segments.clear();
            service.degraded = 0;
            service.stalled = 0;
            service.lost = 0;
            service.lost_by.clear();
            service.unserved = None;
            service.unserved_by_part.clear();
        }
    }

    /// How many records it has, which grow with what happens.
    pub(super) fn record_count(&self) -> usize {
        let of_services = self.services.iter().map(|of| of.segments.len());
        of_services.sum::<usize>() + self.losses.len()
    }

    /// Counts its times from this one on.
    pub(super) fn count_from(&mut self, start: u64) {
        let segments = self.services.iter_mut().flat_map(|of| &mut of.segments);
        for segment in segments {
            segment.start.0 -= start;
            segment.end.0 -= start;
        }
        self.losses.iter_mut().for_each(|loss| loss.at.0 -= start);
    }
}

/// Writes down a trial of which another interpreter runs the clocks, where no demand is told.
#[derive(Debug)]
pub(crate) struct Chronicle<'a> {
    recorder: Recorder,
    outcome: Outcome,
    services: Services<'a>,
    /// Since when each group has had more units than usual.
    scaled_since: Vec<Option<u64>>,
}

impl<'a> Chronicle<'a> {
    /// Empty pages for missions of a system.
    pub(crate) fn new(behaviour: &'a Behaviour, mission: u64) -> Chronicle<'a> {
        Chronicle {
            recorder: Recorder::default(),
            outcome: Outcome::default(),
            services: Services::of(behaviour, &behaviour.initial_state(), 0, mission),
            scaled_since: vec![None; behaviour.scaled_group_count()],
        }
    }

    /// Begins a trial.
    pub(crate) fn begin(&mut self) {
        self.scaled_since.fill(None);
        self.outcome.scaled.clear();
        self.outcome.scaled.resize(self.scaled_since.len(), 0);
        self.recorder.begin(&mut self.outcome, &self.services);
    }

    /// The state of a service has changed.
    pub(crate) fn changed(&mut self, service: ServiceId, state: &ServiceState, now: u64) {
        let (outcome, services) = (&mut self.outcome, &self.services);
        self.recorder
            .changed(outcome, services, service, state, now);
    }

    /// What a service can do has changed.
    pub(crate) fn served(&mut self, service: ServiceId, flow: Flow, state: &State, now: u64) {
        let (outcome, services) = (&mut self.outcome, &self.services);
        let note = |numbers: &mut Vec<f64>| {
            services.behaviour.note_requests(state, service, numbers);
        };
        self.recorder
            .served(outcome, services, service, flow, note, now);
    }

    /// Data have been lost, or have not, in a takeover.
    pub(crate) fn lost(&mut self, loss: DataLoss) {
        self.outcome.losses.push(loss);
    }

    /// A repair that costs money has ended.
    pub(crate) fn repaired(&mut self, kind: KindId) {
        self.outcome.repairs[kind.index()] += 1;
    }

    /// Units that scaling has added to a group begin or cease to cost money.
    pub(crate) fn scaled(&mut self, group: GroupId, serve: bool, now: u64) {
        let since = &mut self.scaled_since[group.index()];
        if let Some(since) = since.take() {
            self.outcome.scaled[group.index()] += now - since;
        }
        if serve {
            *since = Some(now);
        }
    }

    /// Ends the trial.
    pub(crate) fn end(&mut self, mission: u64, event_count: u64) {
        for group in 0..self.scaled_since.len() {
            self.scaled(GroupId::from_index(group), false, mission);
        }
        self.recorder
            .end(&mut self.outcome, &self.services, mission);
        self.outcome.event_count = event_count;
    }

    /// What has happened in the trial that has ended.
    pub(crate) fn outcome(&self) -> &Outcome {
        &self.outcome
    }
}

/// Watches the services during a trial.
#[derive(Clone, Debug, Default)]
pub(super) struct Recorder {
    services: Vec<Watched>,
    /// Where the requests to a service go now.
    numbers: Vec<f64>,
}

#[derive(Clone, Debug)]
struct Watched {
    service: ServiceId,
    state: ServiceState,
    since: u64,
    flow: Flow,
    flow_since: u64,
    /// Where requests go, as the last state has it of which that mattered.
    numbers: Vec<f64>,
    /// Clients who are on their way to the member that serves.
    away: Away,
    /// Full load lost while the service was up, by cause.
    losses: Losses,
    /// What is lost of the requests of the present stretch, in shares or loads.
    present: Losses,
    /// Load that was asked of it while it was down.
    lost_down: f64,
    below: u64,
    /// Load that was not served in each part of the demand's period.
    by_part: Vec<f64>,
}

/// What is lost, by cause.
#[derive(Clone, Debug, Default)]
struct Losses(Vec<((Culprit, Mechanism), f64)>);

impl Losses {
    fn add(&mut self, cause: (Culprit, Mechanism), lost: f64) {
        match self.0.iter_mut().find(|(other, _)| *other == cause) {
            Some((_, sum)) => *sum += lost,
            None => self.0.push((cause, lost)),
        }
    }

    /// The cause of most of it, the first of equals.
    fn largest(&self) -> Option<(Culprit, Mechanism)> {
        let losses = self.0.iter().rev();
        let largest = losses.max_by(|a, b| a.1.total_cmp(&b.1));
        largest.map(|(cause, _)| *cause)
    }
}

impl Watched {
    fn new(service: ServiceId) -> Watched {
        Watched {
            service,
            state: ServiceState::UP,
            since: 0,
            flow: Flow::FULL,
            flow_since: 0,
            numbers: Vec::new(),
            away: Away::default(),
            losses: Losses::default(),
            present: Losses::default(),
            lost_down: 0.0,
            below: 0,
            by_part: Vec::new(),
        }
    }

    /// Begins a trial.
    fn begin(&mut self, start: &Start) {
        self.state = ServiceState::UP;
        self.since = 0;
        self.flow = start.flow;
        self.flow_since = 0;
        self.numbers.clone_from(&start.numbers);
        self.away.clear();
        let asked = start.asked.as_ref();
        self.by_part
            .resize(asked.map_or(0, |asked| asked.part_count), 0.0);
        self.forget();
    }

    /// Forgets what has been booked.
    fn forget(&mut self) {
        self.losses.0.clear();
        self.lost_down = 0.0;
        self.below = 0;
        self.by_part.fill(0.0);
    }

    /// Books what has been up to now.
    fn book(&mut self, record: &mut ServiceOutcome, services: &Services<'_>, now: u64) {
        match &services.starts[self.service.index()].asked {
            Some(asked) => self.pass(record, services.behaviour, asked, now),
            None => self.book_loss(services.behaviour, now),
        }
    }

    /// Books what was lost up to now on the way to a service whose demand is not told.
    #[inline]
    fn book_loss(&mut self, behaviour: &Behaviour, now: u64) {
        let since = std::mem::replace(&mut self.flow_since, now);
        // Most services lose nothing while they are up.
        if self.flow.reach < 1.0 || !self.away.is_empty() {
            self.book_loss_since(behaviour, since, now);
        }
    }

    /// Nothing is lost twice while the service is down.
    #[inline(never)]
    fn book_loss_since(&mut self, behaviour: &Behaviour, since: u64, now: u64) {
        if self.state.level > Level::Down {
            let Watched {
                service,
                numbers,
                away,
                losses,
                ..
            } = self;
            away.each_mean(since, now, |from, to, away| {
                let mut lose = |group, mechanism, share| {
                    losses.add(
                        (Culprit::Group(group), mechanism),
                        share * (to - from) as f64,
                    );
                };
                let away = |seat| away.of(seat);
                behaviour.follow_requests(*service, numbers, &away, &mut lose);
            });
        }
        self.away.settle(now);
    }

    /// Books what has been since the state or the flow of a service whose demand is told has changed.
    fn pass(
        &mut self,
        record: &mut ServiceOutcome,
        behaviour: &Behaviour,
        asked: &Asked,
        now: u64,
    ) {
        let since = std::mem::replace(&mut self.since, now);
        match (self.state.level, self.state.cause) {
            (Level::Down, cause) => {
                if now > since {
                    let cause = cause.expect("downtime has a cause");
                    record.add_downtime(since, now, &cause);
                }
                asked.each_step(since, now, |from, to, load, step| {
                    self.lost_down += load * (to - from) as f64;
                    self.lose(asked, step, load * (to - from) as f64);
                    self.below += if load > 0.0 { to - from } else { 0 };
                });
            }
            (level @ (Level::Degraded | Level::Up), _) => {
                let mut judged = 0;
                let is_linear = self.flow.capacity >= asked.peak && asked.down_below == 0.0;
                let loses = self.flow.reach < 1.0 || !self.away.is_empty();
                if loses || self.flow.capacity < asked.peak {
                    let mut away = std::mem::take(&mut self.away);
                    // Later nothing is lost.
                    let until = if self.flow.served(asked.peak) < asked.peak {
                        now
                    } else {
                        away.back_by(now)
                    };
                    let mut follow = |from, to, away: &Shares<'_>| {
                        self.present.0.clear();
                        let present = &mut self.present;
                        let mut lose = |group, mechanism, share| {
                            present.add((Culprit::Group(group), mechanism), share);
                        };
                        let away = |seat| away.of(seat);
                        let (service, numbers) = (self.service, &self.numbers);
                        let reach = if loses {
                            behaviour.follow_requests(service, numbers, &away, &mut lose)
                        } else {
                            1.0
                        };
                        judged += self.pass_flow(record, asked, reach, (from, to));
                    };
                    if is_linear {
                        // What is lost is in proportion to those who are away.
                        asked.each_step(since, until, |from, to, _, _| {
                            away.each_mean(from, to, &mut follow);
                        });
                    } else {
                        away.each_stretch(since, until, |from, to, away| {
                            follow(from, to, away);
                            ControlFlow::Continue(())
                        });
                    }
                    self.away = away;
                }
                let time = (now - since).saturating_sub(judged);
                if level == Level::Degraded {
                    record.degraded += time;
                    record.stalled += if self.state.stalled { time } else { 0 };
                }
            }
        }
        self.away.settle(now);
    }

    /// Books load that was not served in a step of the demand.
    fn lose(&mut self, asked: &Asked, step: usize, lost: f64) {
        if let Some(part) = self.by_part.get_mut(asked.part_of(step)) {
            *part += lost;
        }
    }

    /// Books a stretch in which such a share of the requests gets through, and the rest is lost as
    /// `present` says. Returns how long of it the service counts as down.
    fn pass_flow(
        &mut self,
        record: &mut ServiceOutcome,
        asked: &Asked,
        reach: f64,
        (from, to): (u64, u64),
    ) -> u64 {
        let mut judged = 0;
        let on_the_way = self.present.0.len();
        asked.each_step(from, to, |from, to, load, step| {
            let arriving = reach * load;
            let served = arriving.min(self.flow.capacity);
            if served >= load {
                return;
            }
            let time = (to - from) as f64;
            self.below += to - from;
            self.lose(asked, step, (load - served) * time);
            self.present.0.truncate(on_the_way);
            if arriving > served {
                let lacking = self.flow.lacking;
                let lacking = lacking.expect("what can bear too little is known");
                let share = (arriving - served) / load;
                self.present
                    .0
                    .push(((lacking.culprit, lacking.mechanism), share));
            }
            if served >= asked.down_below * load {
                for &(cause, share) in &self.present.0 {
                    self.losses.add(cause, share * load * time);
                }
                return;
            }
            self.lost_down += (load - served) * time;
            let largest = self.present.largest();
            let cause = match (largest, self.flow.lacking) {
                (Some((_, Mechanism::Shortfall)), Some(lacking)) => lacking,
                (Some((Culprit::Group(group), mechanism)), _) => {
                    let of_group = Blame::of_group(group, mechanism);
                    Blame {
                        root: self.flow.root.unwrap_or(of_group.root),
                        ..of_group
                    }
                }
                (Some(_) | None, _) => unreachable!("what is not served has been lost somewhere"),
            };
            record.add_downtime(from, to, &cause);
            judged += to - from;
        });
        judged
    }
}

impl ServiceOutcome {
    /// Adds downtime that follows on what there is, or begins an outage.
    #[inline]
    pub(crate) fn add_downtime(&mut self, start: u64, end: u64, cause: &Blame) {
        let (start, end) = (Instant(start), Instant(end));
        let &Blame {
            culprit,
            mechanism,
            mut root,
            ..
        } = cause;
        if let Some(last) = self.segments.last_mut()
            && last.end == start
        {
            // What begins in the instant in which another outage ends is that one.
            root = last.root;
            if (last.culprit, last.mechanism) == (culprit, mechanism) {
                last.end = end;
                return;
            }
        }
        self.segments.push(Segment {
            start,
            end,
            culprit,
            mechanism,
            root,
        });
    }
}

/// What the recording of all trials of one system has in common.
#[derive(Debug)]
pub(super) struct Services<'a> {
    behaviour: &'a Behaviour,
    starts: Vec<Start>,
}

/// How it is with a service at the start of a mission.
#[derive(Debug)]
struct Start {
    flow: Flow,
    /// Where its requests go.
    numbers: Vec<f64>,
    /// What is asked of it, if that is told.
    asked: Option<Asked>,
    /// Its clients may be on their way to another member.
    leads_clients: bool,
}

impl<'a> Services<'a> {
    /// The services of a system in its initial state, in missions of so many nanoseconds that begin at a
    /// time.
    pub(super) fn of(
        behaviour: &'a Behaviour,
        initial: &State,
        mission_start: u64,
        mission: u64,
    ) -> Services<'a> {
        let ids = (0..behaviour.service_count()).map(ServiceId::from_index);
        let start = |id| {
            let mut numbers = Vec::new();
            behaviour.note_requests(initial, id, &mut numbers);
            let asked = behaviour.asked(id);
            Start {
                flow: behaviour.flow(initial, id),
                numbers,
                asked: asked
                    .map(|(demand, share)| Asked::of(demand, *share, mission_start, mission)),
                leads_clients: behaviour.leads_clients(id),
            }
        };
        Services {
            behaviour,
            starts: ids.map(start).collect(),
        }
    }
}

impl Recorder {
    /// Begins a trial.
    pub(super) fn begin(&mut self, outcome: &mut Outcome, services: &Services<'_>) {
        let count = services.starts.len();
        if self.services.len() < count {
            let ids = (0..count).map(ServiceId::from_index);
            self.services = ids.map(Watched::new).collect();
        }
        for (watched, start) in self.services.iter_mut().zip(&services.starts) {
            watched.begin(start);
        }
        outcome.services.resize_with(count, ServiceOutcome::default);
        outcome.clear(services);
        outcome.event_count = 0;
    }

    /// Forgets what has happened, but not what goes on: the mission begins now.
    pub(super) fn forget(&mut self, outcome: &mut Outcome, services: &Services<'_>, now: u64) {
        for watched in &mut self.services {
            let record = &mut outcome.services[watched.service.index()];
            watched.book(record, services, now);
            watched.since = now;
            watched.forget();
        }
        outcome.clear(services);
    }

    #[inline]
    pub(super) fn changed(
        &mut self,
        outcome: &mut Outcome,
        services: &Services<'_>,
        service: ServiceId,
        state: &ServiceState,
        now: u64,
    ) {
        let watched = &mut self.services[service.index()];
        if watched.state == *state {
            return;
        }
        let record = &mut outcome.services[service.index()];
        if let Some(asked) = &services.starts[service.index()].asked {
            watched.pass(record, services.behaviour, asked, now);
            watched.state = *state;
            return;
        }
        if watched.state.level != state.level {
            watched.book_loss(services.behaviour, now);
        }
        if now > watched.since {
            match (watched.state.level, &watched.state.cause) {
                (Level::Down, Some(cause)) => record.add_downtime(watched.since, now, cause),
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
        watched.state = *state;
        watched.since = now;
    }

    /// Another part of the requests to a service can be served; the numbers of where they go can be
    /// noted.
    #[inline]
    pub(super) fn served(
        &mut self,
        outcome: &mut Outcome,
        services: &Services<'_>,
        service: ServiceId,
        flow: Flow,
        note: impl FnOnce(&mut Vec<f64>),
        now: u64,
    ) {
        let watched = &mut self.services[service.index()];
        // Where nothing gets lost it does not matter where requests go.
        let matters = flow.reach < 1.0 || services.starts[service.index()].leads_clients;
        if matters {
            note(&mut self.numbers);
        }
        let is_new = matters && self.numbers != watched.numbers;
        if watched.flow == flow && !is_new {
            return;
        }
        watched.book(&mut outcome.services[service.index()], services, now);
        watched.flow = flow;
        if is_new {
            std::mem::swap(&mut watched.numbers, &mut self.numbers);
        }
    }

    /// The clients of a seat set out for another member.
    pub(super) fn lead(
        &mut self,
        outcome: &mut Outcome,
        services: &Services<'_>,
        lead: &Lead,
        now: u64,
    ) {
        let watched = &mut self.services[lead.service.index()];
        watched.book(&mut outcome.services[lead.service.index()], services, now);
        watched.away.set_out(lead, now);
    }

    /// Nanoseconds until the load that the clients of a service send is such, if nothing happens before.
    pub(super) fn until(
        &mut self,
        services: &Services<'_>,
        service: ServiceId,
        at: AtLoad,
        now: u64,
    ) -> u64 {
        let asked = services.starts[service.index()].asked.as_ref();
        let asked = asked.expect("a group that may collapse serves what is asked");
        let watched = &mut self.services[service.index()];
        if watched.away.is_empty() {
            return asked.until(now, at);
        }
        let mut found = u64::MAX;
        let numbers = &watched.numbers;
        watched.away.each_stretch(now, u64::MAX, |from, to, away| {
            let away = |seat: SeatId| away.of(seat);
            let sent = services.behaviour.sent_requests(service, numbers, &away);
            let after = asked.until(from, at.of_share(sent));
            if after < to - from {
                found = (from - now) + after;
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        });
        found
    }

    /// Closes what is open at the end of the mission.
    pub(super) fn end(&mut self, outcome: &mut Outcome, services: &Services<'_>, horizon: u64) {
        for (index, start) in services.starts.iter().enumerate() {
            if start.asked.is_none() {
                let closing = match self.services[index].state.level {
                    Level::Up => Level::Down,
                    Level::Degraded | Level::Down => Level::Up,
                };
                // A change to any other state closes the present one.
                let closing = ServiceState {
                    level: closing,
                    ..ServiceState::UP
                };
                let service = ServiceId::from_index(index);
                self.changed(outcome, services, service, &closing, horizon);
            }
            let watched = &mut self.services[index];
            let record = &mut outcome.services[index];
            let mut nanos_of_load = 1.0;
            if let Some(asked) = &start.asked {
                watched.pass(record, services.behaviour, asked, horizon);
                nanos_of_load = asked.mean;
            }
            let nanos = |load: f64| (load / nanos_of_load).round() as u64;
            let losses = watched.losses.0.iter();
            let losses = losses.map(|&((culprit, mechanism), load)| Lost {
                culprit,
                mechanism,
                load: nanos(load),
            });
            record.lost_by.extend(losses);
            record.lost = record.lost_by.iter().map(|lost| lost.load).sum();
            if start.asked.is_some() {
                record.unserved = Some(Unserved {
                    load: record.lost + nanos(watched.lost_down),
                    below: watched.below,
                });
                let parts = watched.by_part.iter();
                let parts = parts.map(|&lost| nanos(lost));
                record.unserved_by_part.extend(parts);
            }
        }
    }
}
