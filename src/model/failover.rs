//! The policy of a failover: detection, the stages of a takeover, split brain and failback.
//!
//! The rules that follow this policy are in `behaviour::failover`.

use super::{Level, PeopleId, Window};
use crate::base::{Probability, Span};
use crate::math::law::{InvalidLaw, Law, Uniform};

/// How failures of serving members are noticed.
#[derive(Clone, Debug, PartialEq)]
pub enum Detector {
    /// Latency given directly.
    Latency(Law),
    /// Probes at an interval.
    Probes(Probes),
}

/// A detector that probes: from its settings follow both how long it takes to notice a failure and
/// how often it raises a false alarm.
#[derive(Clone, Debug, PartialEq)]
pub struct Probes {
    /// Time from one probe to the next, above zero.
    pub interval: Span,
    /// Time that a probe waits for its answer.
    pub timeout: Span,
    /// Number of probes lost in a row that count as a failure, at least 1.
    pub misses: u32,
    /// Probability that the probe of a healthy member is lost.
    pub loss: Probability,
    /// Number of observers that probe, each on its own path, in the same rhythm.
    pub observers: u32,
    /// Number of observers that must agree.
    pub agree: u32,
}

impl Probes {
    /// One observer that notices the first lost probe, and never loses one of a healthy member.
    pub fn every(interval: Span) -> Probes {
        Probes {
            interval,
            timeout: Span::ZERO,
            misses: 1,
            loss: Probability::ZERO,
            observers: 1,
            agree: 1,
        }
    }

    /// Time from a failure until it is noticed: U(0, interval) + (misses - 1) interval + timeout, as
    /// the failure falls anywhere between two probes.
    ///
    /// # Errors
    ///
    /// Fails if the interval is zero or without end.
    pub fn latency(&self) -> Result<Law, InvalidLaw> {
        let (interval, timeout) = (self.interval.as_secs(), self.timeout.as_secs());
        let earliest = f64::from(self.misses - 1) * interval + timeout;
        Ok(Law::from(Uniform::with_low_and_high(
            earliest,
            earliest + interval,
        )?))
    }

    /// Mean time between false alarms in seconds, from a healthy start: infinite without loss.
    ///
    /// For one observer it is the mean time to the first run of `misses` lost probes,
    /// (1 - q^m) / ((1 - q) q^m) probes (Feller 1968, XIII.7). For several observers that must agree
    /// it is the reciprocal of the stationary rate at which the number of alarmed observers reaches
    /// `agree`.
    pub fn mean_time_between_false_alarms(&self) -> f64 {
        let q = self.loss.get();
        let run = q.powi(self.misses as i32);
        if run == 0.0 {
            return f64::INFINITY;
        }
        if q == 1.0 {
            return f64::from(self.misses) * self.interval.as_secs();
        }
        let probes = if self.observers <= 1 {
            (1.0 - run) / ((1.0 - q) * run)
        } else {
            1.0 / self.entry_probability(run, q)
        };
        probes * self.interval.as_secs()
    }

    /// Probability that at a given round at least `agree` observers are alarmed, and that at the
    /// round before they were not.
    ///
    /// An observer is alarmed with probability `run` = q^m, and stays so with probability q.
    fn entry_probability(&self, run: f64, q: f64) -> f64 {
        let (n, agree) = (self.observers as usize, self.agree as usize);
        let entering = run * (1.0 - q) / (1.0 - run);
        let mut probability = 0.0;
        for before in 0..agree.min(n + 1) {
            let alarmed_before = binomial(n, before, run);
            for staying in 0..=before {
                let stay = binomial(before, staying, q);
                for joining in 0..=n - before {
                    if staying + joining >= agree {
                        probability +=
                            alarmed_before * stay * binomial(n - before, joining, entering);
                    }
                }
            }
        }
        probability
    }
}

/// Probability of `k` successes in `n` trials.
fn binomial(n: usize, k: usize, p: f64) -> f64 {
    let mut ways = 1.0;
    for i in 0..k {
        ways *= (n - i) as f64 / (i + 1) as f64;
    }
    ways * p.powi(k as i32) * (1.0 - p).powi((n - k) as i32)
}

impl Detector {
    /// Time from a failure until it is noticed.
    ///
    /// # Errors
    ///
    /// Fails if the settings of probes make no law.
    pub fn latency(&self) -> Result<Law, InvalidLaw> {
        match self {
            Detector::Latency(law) => Ok(law.clone()),
            Detector::Probes(probes) => probes.latency(),
        }
    }

    /// Mean time between false alarms in seconds: infinite if the detector raises none.
    pub fn mean_time_between_false_alarms(&self) -> f64 {
        match self {
            Detector::Latency(_) => f64::INFINITY,
            Detector::Probes(probes) => probes.mean_time_between_false_alarms(),
        }
    }
}

/// Who notices the fault of a standby, be it a unit or a group, that a detector would notice in a serving member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StandbyFaults {
    /// The same detector.
    #[default]
    Detected,
    /// Seen at once.
    AtOnce,
    /// Nobody, until a test finds it or a takeover fails for it.
    Latent,
}

/// One stage of a takeover.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// How long an attempt takes.
    pub takes: Law,
    /// Probability that an attempt succeeds.
    pub succeeds: Probability,
    /// Further attempts after a failed one.
    pub retries: u32,
    /// What follows when all attempts have failed.
    pub then: OnFailure,
    /// What the seat that is being filled gives meanwhile.
    pub during: Level,
}

impl Default for Stage {
    /// A stage that is over as soon as it begins.
    fn default() -> Stage {
        Stage {
            takes: Law::zero(),
            succeeds: Probability::ONE,
            retries: 0,
            then: OnFailure::default(),
            during: Level::Down,
        }
    }
}

impl Stage {
    /// A stage that takes so long and cannot fail.
    pub fn taking(takes: Law) -> Stage {
        Stage {
            takes,
            ..Stage::default()
        }
    }

    /// Whether the takeover may go on after it, with its candidate.
    pub fn can_pass(&self) -> bool {
        self.succeeds > Probability::ZERO || self.then == OnFailure::Proceed
    }
}

/// What follows a stage whose attempts have all failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// People take over by hand.
    #[default]
    Manual,
    /// The next candidate is promoted; people take over if there is none.
    NextCandidate,
    /// The takeover goes on as if nothing had happened. After a failed fencing, two members may
    /// then serve.
    Proceed,
}

/// How a standby takes over: deciding, fencing, promoting, redirecting.
#[derive(Clone, Debug, PartialEq)]
pub struct Takeover {
    /// Agreeing that there is a failure, and electing the candidate.
    pub deciding: Stage,
    /// Making sure that the old member serves no more; `None`: nothing makes sure.
    pub fencing: Option<Stage>,
    /// Making the candidate ready to serve (activation).
    pub promoting: Stage,
    /// Leading the clients to it.
    pub redirecting: Stage,
    /// Time that people need to bring a seat back by hand, once automation has failed.
    pub manual: Law,
    /// The people who do that; `None`: people of their own for each takeover.
    pub manual_by: Option<PeopleId>,
    /// How long a member that has taken a seat over serves degraded: its caches are cold.
    pub warm_up: Law,
    /// How long a client takes to come to another member once that serves; `None`: no time. The
    /// service is up meanwhile, and does not serve those who are not back.
    pub clients: Option<Law>,
    /// What happens when the candidate fails during its takeover.
    pub candidate_failure: CandidateFailure,
    /// What happens when the failed member is back before the takeover has ended.
    pub recovered: Recovered,
    /// What happens when a serving member fails while no standby is ready.
    pub lone_failure: LoneFailure,
    /// How the first member that is restored after exhaustion comes to serve.
    pub after_exhaustion: AfterExhaustion,
    /// At most one automatic failover in this time; further ones wait for people.
    pub hold_down: Span,
}

impl Default for Takeover {
    /// A standby takes over at once.
    fn default() -> Takeover {
        Takeover {
            deciding: Stage::default(),
            fencing: None,
            promoting: Stage::default(),
            redirecting: Stage::default(),
            manual: Law::zero(),
            manual_by: None,
            warm_up: Law::zero(),
            clients: None,
            candidate_failure: CandidateFailure::default(),
            recovered: Recovered::default(),
            lone_failure: LoneFailure::default(),
            after_exhaustion: AfterExhaustion::default(),
            hold_down: Span::ZERO,
        }
    }
}

impl Takeover {
    /// A takeover of which only promoting the standby takes time.
    pub fn taking(time: Law) -> Takeover {
        Takeover {
            promoting: Stage::taking(time),
            ..Takeover::default()
        }
    }
}

/// What happens when the candidate fails during its takeover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CandidateFailure {
    /// The next candidate is tried, from `deciding` on.
    #[default]
    Restart,
    /// The stages go on; whoever is fit at their end serves, the preferred member first.
    Continue,
}

/// What happens when the failed member is back before the takeover has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recovered {
    /// It resumes its seat, and the failover is cancelled.
    #[default]
    Cancel,
    /// It resumes its seat if the failure has not been noticed; a failover under way is completed.
    CancelUndetected,
    /// The failover is completed in any case.
    Complete,
}

/// What happens when a serving member fails while no standby is ready.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LoneFailure {
    /// The failure is detected like any other; then the group waits for a restored member.
    #[default]
    Detect,
    /// The failure is seen at once, and the group waits for a restored member.
    Wait,
}

/// How the first restored member comes to serve when nobody was left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterExhaustion {
    /// Through the stages from `promoting` on.
    #[default]
    Activate,
    /// At once.
    AtOnce,
    /// The member that served last at once, another one through the stages.
    Resume,
    /// The preferred member at once, another one through the stages; but a stand-in that has failed
    /// does not come back to the seat.
    Preferred,
}

/// Two sides that serve at the same time.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitBrain {
    /// Time until it is noticed and ended.
    pub lasts: Law,
    /// What the group gives meanwhile.
    pub during: Level,
    /// Outage for reconciliation that follows.
    pub reconcile: Law,
    /// Further outage for each second that the two sides have diverged.
    pub reconcile_factor: f64,
    /// What the group gives while they are reconciled.
    pub reconcile_during: Level,
}

impl SplitBrain {
    /// One that lasts so long, while both sides serve, and leaves nothing to reconcile.
    pub fn lasting(lasts: Law) -> SplitBrain {
        SplitBrain {
            lasts,
            during: Level::Up,
            reconcile: Law::zero(),
            reconcile_factor: 0.0,
            reconcile_during: Level::Down,
        }
    }
}

/// How a serving member hands over to a standby before planned work.
#[derive(Clone, Debug, PartialEq)]
pub struct Switchover {
    /// How long it takes.
    pub takes: Law,
    /// What the seat gives meanwhile.
    pub during: Level,
}

impl Switchover {
    /// One that takes so long, while the seat gives nothing.
    pub fn taking(takes: Law) -> Switchover {
        Switchover {
            takes,
            during: Level::Down,
        }
    }
}

/// How the preferred member takes its place back once it is fit again.
#[derive(Clone, Debug, PartialEq)]
pub struct Failback {
    /// When.
    pub timing: FailbackTiming,
    /// Length of the switchover.
    pub takes: Law,
    /// What the seat gives meanwhile.
    pub during: Level,
}

impl Default for Failback {
    /// There is none: the roles stay swapped.
    fn default() -> Failback {
        Failback {
            timing: FailbackTiming::default(),
            takes: Law::zero(),
            during: Level::Down,
        }
    }
}

/// When a failback takes place.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum FailbackTiming {
    /// Never: the roles stay swapped.
    #[default]
    Never,
    /// As soon as the preferred member stands by.
    AtOnce,
    /// When it has stood by without a break for a time.
    Stable(Law),
    /// By hand, after a time.
    Manual(Law),
    /// In the next maintenance window.
    Window(Window),
}
