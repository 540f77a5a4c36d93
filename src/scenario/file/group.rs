//! Keys of groups: detection, takeover, replication, load.

use super::*;

/// `[groups.NAME]`.
pub(crate) static GROUP: TableDef = table(
    "group",
    "Members that serve for each other: `units` of a `kind`, or `members`.",
    &[
        key("kind", Name, "What its units are."),
        key(
            "units",
            Count(1),
            "Number of units, named NAME.1, NAME.2 and so on.",
        ),
        key(
            "members",
            List(&Name),
            "Components and groups, preferred ones first. Instead of `kind` and `units`.",
        ),
        key(
            "active",
            Count(1),
            "Number of members that serve in normal operation. Default: all if standby is `active`, otherwise `required`, otherwise 1.",
        ),
        key(
            "required",
            Count(1),
            "Number of members that must serve for the group to be up. Default: `active`.",
        ),
        key(
            "standby",
            Either(&[Word(&["hot", "warm", "cold", "active"]), Table(&DORMANCY)]),
            "How the other members wait, or `active` if all serve.",
        ),
        key(
            "capacity",
            Number(0.0),
            "Load that each of its units can bear, in the unit of the service's `demand`; groups that are members have their own. Default: that of the kind.",
        ),
        key(
            "degraded_capacity",
            Probability,
            "Share of the capacity of a member that counts where it serves degraded for no fault that says how much is left: in a stage, while it warms up. What a group that is a member serves degraded is known by its own. Default: 50 %.",
        ),
        key(
            "scaling",
            Table(&SCALING),
            "How it gets more members when those that are there get too much. Default: it does not.",
        ),
        key(
            "overload",
            Table(&OVERLOAD),
            "When it collapses under its load, or its members crash. Default: its members serve what they can bear, and nobody else.",
        ),
        key(
            "load",
            Either(&[List(&Number(0.0)), Table(&LOAD)]),
            "How fast each serving member ages while 1, 2, ... of them serve: [4, 1] is a pair whose survivor ages four times as fast; or by its load. Default: 1.",
        ),
        key(
            "quorum",
            Count(1),
            "Number of fit members without which nobody serves; once there are as many again, one is elected, from `deciding` on. Default: none.",
        ),
        key(
            "shares_requests",
            Boolean,
            "Whether a failed member takes its share of requests with it until it is noticed. Default: if several serve.",
        ),
        key(
            "detect",
            Either(&[Law, Table(&PROBES)]),
            "How failures are noticed, of units and of groups that are members. The loss of such a group shows by the faults that led to it: at once if these are known, to this detector if they show to one, be it that of the group itself, and not before somebody finds those that `notice` keeps from it. Default: at once; but in a group without standbys that is itself a member, a failure that leaves it down is noticed with its loss, and a group of one is watched as its unit would be.",
        ),
        key(
            "standby_faults",
            Word(&["detected", "at once", "latent"]),
            "Who notices faults of standbys, be they units or groups: the detector; everybody at once; or nobody (`latent`), until a test or a takeover finds them. Faults with a `notice` of their own are noticed so all the same. Default: detected.",
        ),
        key(
            "false_alarms",
            Law,
            "Time between spurious failovers, beyond those that follow from `loss`.",
        ),
        key(
            "rejoin",
            Law,
            "Time that a restored member needs to resynchronise with one that serves. Default: none, and then a member that a false alarm has fenced may take over again at once.",
        ),
        key(
            "takeover",
            Either(&[Duration, Table(&TAKEOVER)]),
            "How a standby takes over.",
        ),
        key(
            "split_brain",
            Table(&SPLIT_BRAIN),
            "What two serving sides cost.",
        ),
        key("needs", Text, NEEDS_DOC),
        key("degraded_without", Values(&Probability), DEGRADED_DOC),
        key(
            "switchover",
            Either(&[Duration, Table(&SWITCHOVER)]),
            "How a serving member, be it a unit or a group that cannot go on without those worked on, hands over before planned work. Default: it does not, and is replaced as if it had failed.",
        ),
        key(
            "replication",
            Table(&REPLICATION),
            "How writes reach the standbys, and what is lost with a member. Default: nothing is said about data.",
        ),
        key(
            "failback",
            Either(&[Word(&["never", "at once"]), Table(&FAILBACK)]),
            "How the preferred member takes its place back. Default: never.",
        ),
    ],
);

/// `load = { ... }`.
pub(crate) static LOAD: TableDef = table(
    "load",
    "Members that share a load and age by it.",
    &[required(
        "exponent",
        Number(0.0),
        "Each ages at the power of its load, compared with normal operation: 1 is in proportion. Without a demand the load of each is 1 over the number that serve; with one it is its share of the demand, but at most its capacity, averaged over the course of the demand.",
    )],
);

/// `scaling = { ... }`.
pub(crate) static SCALING: TableDef = table(
    "scaling",
    "A group that orders more members when it gets too much, and gives them back when the usual ones can bear the load.",
    &[
        key(
            "above",
            Ratio,
            "Members are ordered above this share of what those that serve can bear: 0.8 leaves a fifth to spare. Default: 1.",
        ),
        required("delay", Law, "How long they take to serve."),
        key(
            "succeeds",
            Probability,
            "Probability that they come; if not, none are ordered until the load has been borne again. Default: 100 %.",
        ),
        required(
            "quota",
            Number(0.0),
            "The load that they can bear together, in the unit of the demand. They cost what so many units like the first of the group cost while they serve, for as long as they are there.",
        ),
    ],
);

/// `overload = { ... }`.
pub(crate) static OVERLOAD: TableDef = table(
    "overload",
    "What a group does that gets more load than it can bear: all of it collapses until the load has fallen to `recovers_below`, or its members `crash` one by one and leave their load to the others.",
    &[
        key(
            "above",
            Ratio,
            "It is overloaded above this share of what its serving members can bear: 1.2 is 20 % more. Default: 1.",
        ),
        key(
            "after",
            Law,
            "How long it stands that before it collapses. Default: not at all.",
        ),
        key(
            "recovers_below",
            Ratio,
            "Share of what its serving members can bear to which the load must fall after a collapse before it can serve again.",
        ),
        key(
            "crash",
            Law,
            "How long each of its members stands that before it crashes by itself. Default: they collapse together.",
        ),
        key(
            "restart",
            Law,
            "How long the group takes to serve again once the load has fallen, or a member that has crashed. Default: no time.",
        ),
    ],
);

/// `standby = { ... }`.
pub(crate) static DORMANCY: TableDef = table(
    "standby",
    "How standbys age.",
    &[required(
        "dormancy",
        Ratio,
        "Failure rate of a standby compared with a serving member.",
    )],
);

/// `detect = { ... }`.
pub(crate) static PROBES: TableDef = table(
    "detector",
    "A detector that probes: latency and false alarms follow from its settings.",
    &[
        required("interval", Duration, "Time from one probe to the next."),
        key(
            "timeout",
            Duration,
            "Time that a probe waits for its answer. Default: 0 s.",
        ),
        key(
            "misses",
            Count(1),
            "Number of probes lost in a row that count as a failure. Default: 1.",
        ),
        key(
            "loss",
            Probability,
            "Probability that the probe of a healthy member is lost. Default: 0 %.",
        ),
        key("observers", Count(1), "Number of observers. Default: 1."),
        key(
            "agree",
            Count(1),
            "Number of observers that must agree. Needed if there are several.",
        ),
    ],
);

/// What a stage of a takeover has beside its law.
pub(crate) static STAGE: TableDef = table(
    "stage",
    "A stage of a takeover: the law of its duration, and what can go wrong.",
    &[
        key(
            "succeeds",
            Probability,
            "Probability that an attempt succeeds. Default: 100 %.",
        ),
        key(
            "retries",
            Count(0),
            "Further attempts after a failed one. Default: 0.",
        ),
        key(
            "then",
            Word(&["manual", "next candidate", "proceed"]),
            "What follows when all attempts have failed: people take over, the next candidate is promoted, or the takeover goes on regardless. Default: manual.",
        ),
        key(
            "during",
            DURING,
            "What the seat gives meanwhile. Default: down.",
        ),
        key(
            "needs",
            Text,
            "What the stage needs: it stands still while that is down. Names, joined as in `up`.",
        ),
    ],
);

pub(super) const DURING: Takes = Word(&["down", "degraded", "up"]);

/// A stage as the value of a key: a law, or a table of a law and more.
pub(crate) static STAGE_WITH_LAW: TableDef = TableDef {
    name: "stage",
    doc: "A stage of a takeover: one family of law, and what can go wrong.",
    keys: STAGE_KEYS,
    also: &[&STAGE, &LAW],
    quantiles: false,
};
pub(super) static STAGE_KEYS: &[Key] = &[];

pub(super) const STAGE_TAKES: Takes = Either(&[Duration, Table(&STAGE_WITH_LAW)]);

/// `[groups.NAME.takeover]`.
pub(crate) static TAKEOVER: TableDef = TableDef {
    name: "takeover",
    doc: "How a standby takes over. A law in it, or in its place, is that of `promoting`.",
    keys: &[
        key(
            "deciding",
            STAGE_TAKES,
            "Agreeing that there is a failure, and electing a candidate. Default: no time.",
        ),
        key(
            "fencing",
            STAGE_TAKES,
            "Making sure that the old member serves no more. Default: nothing makes sure.",
        ),
        key(
            "promoting",
            STAGE_TAKES,
            "Making the candidate ready to serve. Default: no time.",
        ),
        key(
            "redirecting",
            STAGE_TAKES,
            "Leading the clients to it. Default: no time.",
        ),
        key(
            "manual",
            LawOrNever,
            "Time that people need to bring a seat back by hand, or `never`.",
        ),
        key(
            "manual_by",
            Name,
            "The people who take over by hand. Default: people of their own for every takeover.",
        ),
        key(
            "manual_needs",
            Text,
            "What people need to take over by hand: they wait while that is down.",
        ),
        key(
            "warm_up",
            Law,
            "How long a member that has taken over serves degraded, as its caches are cold. Default: no time.",
        ),
        key(
            "clients",
            Law,
            "How long a client takes to come back once another member serves, as DNS and connection pools have it: a mixture of those who honour a TTL and of stragglers. The service is up meanwhile, and those who are not back count as not served. Default: no time.",
        ),
        key(
            "candidate_failure",
            Word(&["restart", "continue"]),
            "What follows when the candidate fails. Default: restart.",
        ),
        key(
            "recovered",
            Word(&["cancel", "cancel undetected", "complete"]),
            "What follows when the failed member is back first. Default: cancel.",
        ),
        key(
            "lone_failure",
            Word(&["detect", "wait"]),
            "What follows when a member fails while no standby is ready. Default: detect.",
        ),
        key(
            "after_exhaustion",
            Word(&["activate", "at once", "resume", "preferred"]),
            "How the first restored member comes to serve. `resume`: the one that served last at once, another one through `promoting`. `preferred`: the preferred one at once, and a stand-in that has failed not again. Default: activate, from `promoting` on.",
        ),
        key(
            "hold_down",
            Duration,
            "At most one automatic failover in this time. Default: 0 s.",
        ),
    ],
    also: &[&STAGE, &LAW],
    quantiles: false,
};

/// `[groups.NAME.split_brain]`.
pub(crate) static SPLIT_BRAIN: TableDef = table(
    "split_brain",
    "What two sides that serve at the same time cost.",
    &[
        required("lasts", Law, "Time until it is noticed and ended."),
        key(
            "during",
            DURING,
            "What the group gives meanwhile. Default: up.",
        ),
        key(
            "reconcile",
            Law,
            "Outage for reconciliation that follows. Default: no time.",
        ),
        key(
            "reconcile_factor",
            Number(0.0),
            "Further outage per time that the sides have diverged. Default: 0.",
        ),
        key(
            "reconcile_during",
            DURING,
            "What the group gives while the sides are reconciled. Default: down.",
        ),
    ],
);

/// `[groups.NAME.replication]`.
pub(crate) static REPLICATION: TableDef = table(
    "replication",
    "How writes reach the standbys. Data lost is measured in time of writes.",
    &[
        required(
            "mode",
            Word(&["asynchronous", "semi-synchronous", "synchronous"]),
            "Writes count at once; when a standby has them, unless that takes too long; or only when a standby has them.",
        ),
        key(
            "lag",
            Law,
            "How far a standby is behind when it takes over, where writes do not wait for it.",
        ),
        key(
            "maximum_lag",
            Duration,
            "A candidate that lags further behind, or that was away while others wrote, is not promoted automatically. Default: no limit.",
        ),
        key(
            "beyond",
            Word(&["manual", "next candidate"]),
            "What follows then: people decide, and accept the loss, or the next candidate is looked at first. Default: manual.",
        ),
        key(
            "acknowledged_by",
            Count(1),
            "Standbys that must have a write before it counts, unless asynchronous. Without so many, writes stall and the group is degraded. Default: 1.",
        ),
        key(
            "patience",
            Law,
            "Time that writes wait for a standby before they go on without, if semi-synchronous.",
        ),
        key(
            "split_loss",
            Probability,
            "Part of what two sides have written apart that is lost when they are reconciled. Default: 0 %.",
        ),
    ],
);

/// `[groups.NAME.failback]`.
pub(crate) static FAILBACK: TableDef = table(
    "failback",
    "How the preferred member takes its place back.",
    &[
        required(
            "mode",
            Word(&["never", "at once", "stable", "manual", "window"]),
            "When.",
        ),
        key(
            "after",
            Law,
            "Time without a break that it must have stood by (`stable`), or that people take (`manual`). Default for `manual`: no time.",
        ),
        key(
            "every",
            Duration,
            "Period of the maintenance windows (`window`).",
        ),
        key(
            "at",
            Clock,
            "When a window opens within its period (`window`), such as \"Sun 2:00\". Default: 0 s.",
        ),
        key("lasts", Duration, "How long a window is open (`window`)."),
        key("takes", Law, "Length of the switchover. Default: no time."),
        key(
            "during",
            DURING,
            "What the seat gives meanwhile. Default: down.",
        ),
    ],
);
