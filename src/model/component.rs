//! Units: how they fail, how their faults are noticed, and how they are restored.

use super::{CrewId, Level, ServiceId, SpareId, UnitCost};
use crate::base::{Probability, Span};
use crate::math::Law;

/// What identical units have in common.
///
/// By default it never fails and costs nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kind {
    /// Its name in the scenario.
    pub name: String,
    /// The ways in which a fault shows and is mended.
    pub modes: Vec<Mode>,
    /// What makes a unit fail while it operates.
    pub failures: Vec<FailureProcess>,
    /// Failure on demand: whether a standby is found dead when a takeover calls it.
    pub on_demand: Option<Demand>,
    /// Periodic tests, which find hidden faults.
    pub test: Option<Test>,
    /// The service without which its units do not age: their failure clocks stand still while it is
    /// down.
    pub ages_while: Option<ServiceId>,
    /// Its states, the first one at the start, if its life is told state by state; empty otherwise.
    pub states: Vec<MachineState>,
    /// What a unit costs.
    pub cost: UnitCost,
}

impl Kind {
    /// What fails in one way, and is as good as new after the repair.
    pub fn failing(name: &str, after: Law, repair: Repair) -> Kind {
        Kind {
            name: name.to_owned(),
            modes: vec![Mode::new("failure", Ending::Repair(repair))],
            failures: vec![FailureProcess::new(after, vec![(0, Probability::ONE)])],
            ..Kind::default()
        }
    }
}

/// A state of an explicit state machine.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineState {
    /// Its name, unique in its kind.
    pub name: String,
    /// What the unit gives in it.
    pub gives: Level,
    /// The ways out of it. Their times begin together, and the first to end decides.
    pub exits: Vec<Exit>,
}

/// A way out of a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Exit {
    /// Time from the entry of the state.
    pub after: Law,
    /// The states that may follow, by index, with their probabilities, which add up to 1.
    pub to: Vec<(usize, Probability)>,
}

/// A source of failures: a clock that runs while the unit operates, and the mode that follows.
///
/// A process has at most one fault at a time: its clock stands still from the failure until that
/// fault is mended.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureProcess {
    /// Operating time to failure of a new unit, in seconds.
    pub law: Law,
    /// The modes that may follow, by index into [`Kind::modes`], with their probabilities, which
    /// add up to 1.
    pub outcomes: Vec<(usize, Probability)>,
    /// How old the unit is, with regard to this process, when its fault has been mended.
    pub renewal: Renewal,
    /// Its age at the start of the mission.
    pub age: Span,
}

impl FailureProcess {
    /// One of units that are new at the start and after each repair.
    pub fn new(law: Law, outcomes: Vec<(usize, Probability)>) -> FailureProcess {
        FailureProcess {
            law,
            outcomes,
            renewal: Renewal::default(),
            age: Span::default(),
        }
    }
}

/// The age of a unit after a repair, compared with a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Renewal {
    /// As good as new: age 0.
    #[default]
    New,
    /// Kijima's first model (Kijima, Morimura & Suzuki 1988): the repair takes away all but this
    /// factor of what the unit has aged since the last repair. A factor of 1 is "as bad as old".
    KijimaFirst(f64),
    /// Kijima's second model (Kijima 1989): the repair leaves this factor of the whole age.
    KijimaSecond(f64),
}

impl Renewal {
    /// As bad as old: the repair changes nothing about the age (minimal repair).
    pub const OLD: Renewal = Renewal::KijimaFirst(1.0);

    /// The age after a repair, of what had the given age after the last one and has lived for `life`
    /// since.
    #[inline]
    pub fn age_after(self, age: f64, life: f64) -> f64 {
        match self {
            Renewal::New => 0.0,
            Renewal::KijimaFirst(factor) => age + factor * life,
            Renewal::KijimaSecond(factor) => factor * (age + life),
        }
    }
}

/// How a fault shows, is noticed and ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Mode {
    /// Its name, unique in its kind.
    pub name: String,
    /// What it does to the unit.
    pub effect: Effect,
    /// Who finds out, and when.
    pub notice: Notice,
    /// How it ends.
    pub ending: Ending,
}

impl Mode {
    /// A mode in which the unit is down, which the detector of its group notices.
    pub fn new(name: &str, ending: Ending) -> Mode {
        Mode {
            name: name.to_owned(),
            effect: Effect::default(),
            notice: Notice::default(),
            ending,
        }
    }
}

/// What a fault does to its unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Effect {
    /// The unit does not serve.
    #[default]
    Down,
    /// The unit does not serve, but it is alive where nobody sees it: if it is replaced without
    /// having been fenced, two members serve.
    Isolated,
    /// The unit serves a fraction of what it should; it is not replaced for this.
    Degraded(
        /// Fraction of the capacity that is left.
        f64,
    ),
}

/// Who notices a fault, and how long that takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Notice {
    /// The detector of the unit's group, or at once if the group has none.
    #[default]
    Detector,
    /// At once.
    AtOnce,
    /// After a time that follows a law: users complain, an alert is read.
    After(Law),
    /// Only a test, or a takeover that fails for it.
    Test,
}

/// How a fault ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// By itself, after a time: a transient disruption. Nobody has to notice it.
    Itself(Law),
    /// By a repair.
    Repair(Repair),
    /// Never within the mission.
    Never,
}

/// A repair: administrative delay, wait for a crew and a spare, then the work itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Repair {
    /// When it can begin.
    pub starts: RepairStart,
    /// Time until somebody has decided to repair; none if `None`.
    pub administrative_delay: Option<Law>,
    /// The pool of people that the work needs.
    pub crew: Option<CrewId>,
    /// Under a crew that goes by priority, larger is earlier.
    pub priority: i32,
    /// The stock that the work takes a part from: reserved before it waits for people.
    pub spare: Option<SpareId>,
    /// Hands-on work.
    pub time: Law,
    /// What follows it, one after the other, each with people of its own.
    pub further: Vec<RepairStage>,
    /// Which failure processes the work renews.
    pub scope: RenewalScope,
}

impl Repair {
    /// Work that takes so long, by people of its own, once the fault is noticed.
    pub fn taking(time: Law) -> Repair {
        Repair {
            starts: RepairStart::default(),
            administrative_delay: None,
            crew: None,
            priority: 0,
            spare: None,
            time,
            further: Vec::new(),
            scope: RenewalScope::default(),
        }
    }
}

/// A later part of a repair.
#[derive(Clone, Debug, PartialEq)]
pub struct RepairStage {
    /// Hands-on work.
    pub time: Law,
    /// The pool of people that it needs.
    pub crew: Option<CrewId>,
    /// Under a crew that goes by priority, larger is earlier.
    pub priority: i32,
    /// The people of the stage before stay for it, unless somebody more urgent may call them away. Else
    /// they turn to whoever waits, and this stage waits for people of its own.
    pub stays: bool,
}

/// The moment from which a repair may be under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepairStart {
    /// The failure itself.
    Failure,
    /// When the fault is noticed.
    #[default]
    Detection,
    /// When the failover that it caused has ended, or no standby is left that could end it.
    Takeover,
}

/// What a repair renews.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RenewalScope {
    /// The process that caused the fault; the others go on from their age.
    #[default]
    Process,
    /// All processes of the unit.
    Unit,
}

/// Failure on demand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Probability that the unit is found dead when a takeover calls it.
    pub probability: Probability,
    /// The mode that it is then in, by index into [`Kind::modes`].
    pub mode: usize,
}

/// Periodic tests of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// Time from one test to the next.
    pub every: Law,
    /// Time of the first test; `None`: one interval after the start.
    pub first: Option<Span>,
    /// Probability that a test finds a hidden fault.
    pub finds: Probability,
}

impl Test {
    /// Tests that find every hidden fault, the first one after an interval.
    pub fn every(every: Law) -> Test {
        Test {
            every,
            first: None,
            finds: Probability::ONE,
        }
    }
}
