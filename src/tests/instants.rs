//! What one event does to several members at once is known to all before anybody acts, whatever the members
//! are: a group of one member is its member, and the order in which like members are listed is no input.

use failsim::behaviour::{Behaviour, Happening, Mechanism};
use failsim::engine::Simulator;
use failsim::exact::{self, Effort};
use failsim::model::{Culprit, System};
use failsim::trials::count_happenings;

use crate::support::{HOUR, scenario, tally};

/// Ways to tell the members `u` and `v` of a group: with groups of one unit, and groups of one group.
const TOLD: [(&str, &str); 6] = [
    (r#""u", "v""#, ""),
    (r#""a", "v""#, "[groups.a]\nmembers = [\"u\"]\n"),
    (r#""u", "b""#, "[groups.b]\nmembers = [\"v\"]\n"),
    (
        r#""a", "b""#,
        "[groups.a]\nmembers = [\"u\"]\n[groups.b]\nmembers = [\"v\"]\n",
    ),
    (
        r#""c", "v""#,
        "[groups.a]\nmembers = [\"u\"]\n[groups.c]\nmembers = [\"a\"]\n",
    ),
    (
        r#""u", "c""#,
        "[groups.b]\nmembers = [\"v\"]\n[groups.c]\nmembers = [\"b\"]\n",
    ),
];

/// The systems of a text in which the members of a group are `MEMBERS`.
fn told(text: &str, changes: &[&str]) -> Vec<(&'static str, System)> {
    let tell = |&(members, groups): &(&'static str, &str)| {
        let text = text.replace("MEMBERS", &format!("members = [{members}]"));
        (
            members,
            scenario(&format!("{text}{groups}"), changes).system,
        )
    };
    TOLD.iter().map(tell).collect()
}

/// Hours down in the first trial, by who is to blame and what goes on there.
fn down(system: &System) -> Vec<(String, Mechanism, f64)> {
    let service = &tally(system, 1).services[0];
    let parts = service.contributions.iter();
    parts
        .map(|(&(culprit, mechanism), part)| {
            let name = system.culprit_name(culprit).to_owned();
            (name, mechanism, part.mean() / HOUR)
        })
        .collect()
}

/// How often something happens to the group `g` in the first trial.
fn count(system: &System, happening: Happening) -> f64 {
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, 1);
    let tally = count_happenings(&simulator, &behaviour, 1, u64::MAX);
    let mut groups = system.groups.iter_ids();
    let (group, _) = groups.find(|(_, group)| group.name == "g").unwrap();
    tally
        .get(happening, Culprit::Group(group))
        .map_or(0.0, |moments| moments.mean())
}

const WITH_A_NEED: &str = r#"
[components.u]
fail = "never"
repair = "never"
[components.v]
fail = "never"
repair = "never"
[components.ctl]
fail = { mean = "100 h" }
repair = { mean = "5 h" }
[groups.g]
MEMBERS
active = 1
standby = "hot"
needs = "ctl"
takeover = { deciding = { mean = "1 h" } }
[service]
up = "g"
"#;

/// Both members lose what they need at the same time: there is nobody to fail over to, and all the downtime is
/// that of what they need, which is up for 100 h and down for 5 h, and up at the start.
#[test]
fn members_lose_what_they_need_at_the_same_time() {
    let (fails, ends) = (1.0 / 100.0, 1.0 / 5.0);
    let rate: f64 = fails + ends;
    let hours = 8766.0;
    let truth = fails / rate * (hours - (1.0 - (-rate * hours).exp()) / rate);
    for (members, system) in told(WITH_A_NEED, &[]) {
        let exact = exact::solve(&system, &Effort::FULL, None).unwrap();
        let mission = exact.services.as_slice()[0].mission.as_ref().unwrap();
        let parts = mission.contributions.as_ref().unwrap();
        let [(culprit, Mechanism::Repair, time)] = parts.as_slice() else {
            panic!("{members}: {parts:?}");
        };
        assert_eq!(system.culprit_name(*culprit), "ctl", "{members}");
        let found = time / 3600.0;
        assert!((found / truth - 1.0).abs() < 1e-9, "{members}: {found} h");
    }
}

/// The same of two members who need different things that go at the same time.
#[test]
fn members_lose_different_needs_at_the_same_time() {
    let text = WITH_A_NEED
        .replace("needs = \"ctl\"\n", "")
        .replace("100 h", "1000 h")
        .replace(
            "[components.v]\n",
            "[components.v]\nneeds = \"ctl and rock\"\n",
        )
        .replace("[components.u]\n", "[components.u]\nneeds = \"ctl\"\n")
        + "[components.rock]\nfail = \"never\"\nrepair = \"never\"\n";
    let changes = [
        "components.ctl.fail={ constant = \"1000 h\" }",
        "components.ctl.repair=\"5 h\"",
        "run.horizon=\"1500 h\"",
    ];
    for (members, system) in told(&text, &changes) {
        let parts = down(&system);
        assert_eq!(
            parts,
            [("ctl".to_owned(), Mechanism::Repair, 5.0)],
            "{members}"
        );
    }
}

const STRUCK: &str = r#"
[run]
horizon = "260 h"
[components.u]
fail = "never"
repair = "never"
[components.v]
fail = "never"
repair = "never"
[causes.z]
every = { constant = "100 h" }
lasts = "5 h"
hits = ["g"]
[groups.g]
MEMBERS
active = 1
standby = "hot"
[groups.g.takeover]
deciding = "1 h"
manual = "10 h"
after_exhaustion = "at once"
[service]
up = "g"
"#;

/// A cause strikes both members, from 100 h to 105 h and from 205 h to 210 h. Nobody takes over, is found dead,
/// is called by hand, or serves beside another one who is only cut off.
#[test]
fn a_cause_strikes_members_at_the_same_time() {
    let takeovers = [
        vec![],
        vec![
            "groups.g.takeover.deciding=\"0 s\"",
            "groups.g.takeover.promoting=\"1 h\"",
        ],
        vec![
            "groups.g.takeover.deciding=\"0 s\"",
            "groups.g.takeover.promoting=\"1 h\"",
            "groups.g.takeover.candidate_failure=\"continue\"",
        ],
        vec![
            "groups.g.takeover.deciding=\"0 s\"",
            "groups.g.split_brain={ lasts = \"1 h\" }",
            "causes.z.effect=\"isolated\"",
        ],
    ];
    for changes in &takeovers {
        for (members, system) in told(STRUCK, changes) {
            let what = format!("{members} {changes:?}");
            let parts = down(&system);
            assert_eq!(
                parts,
                [("z".to_owned(), Mechanism::SharedCause, 10.0)],
                "{what}"
            );
            for happening in [
                Happening::Failover,
                Happening::FoundDead,
                Happening::ManualTakeover,
                Happening::SplitBrain,
            ] {
                assert_eq!(count(&system, happening), 0.0, "{what}: {happening:?}");
            }
        }
    }
}

/// What planned work takes away goes at the same time, too, and so do machines that begin without power.
#[test]
fn work_and_first_states_take_members_away_at_the_same_time() {
    let work = STRUCK.replace("[causes.z]", "[changes.z]").replace(
        "lasts = \"5 h\"\nhits",
        "takes = \"5 h\"\norder = \"all at once\"\non",
    );
    for (members, system) in told(&work, &["changes.z.without_redundancy=\"go ahead\""]) {
        let parts = down(&system);
        // Work comes 100 h after the end of the last.
        assert_eq!(
            parts,
            [("z".to_owned(), Mechanism::Planned, 10.0)],
            "{members}"
        );
    }
    let machine = "states.off = { gives = \"down\", exits = [{ after = \"5 h\", to = \"on\" }] }\nstates.on = {}\n";
    let first = STRUCK
        .replace("fail = \"never\"\nrepair = \"never\"\n", machine)
        .replace(
            "every = { constant = \"100 h\" }",
            "every = { constant = \"9000 h\" }",
        );
    for (members, system) in told(&first, &[]) {
        let parts = down(&system);
        let hours: f64 = parts.iter().map(|part| part.2).sum();
        assert_eq!(hours, 5.0, "{members}");
        let decided = parts.iter().any(|part| part.1 == Mechanism::Deciding);
        assert!(!decided, "{members}: {parts:?}");
    }
}

/// Hours down in the first trial of a text, in all.
fn hours_down(text: &str, changes: &[&str]) -> f64 {
    let system = scenario(text, changes).system;
    down(&system).iter().map(|part| part.2).sum()
}

/// The candidate of a takeover and the standby that would be next are struck at the same time: the next one is
/// called all the same, as nobody has noticed its loss yet, and is back before it would have been.
#[test]
fn a_candidate_and_the_next_one_are_lost_at_the_same_time() {
    let text = r#"
[run]
horizon = "200 h"
[components.a]
fail = { constant = "80 h" }
repair = "never"
[kinds.k]
fail = "never"
repair = "never"
[components.b]
kind = "k"
[components.c]
kind = "k"
[causes.z]
every = { constant = "100 h" }
lasts = "5 h"
hits = ["b", "c"]
[groups.trio]
members = ["a", "b", "c"]
active = 1
standby = "hot"
detect = "10 h"
takeover = { promoting = "20 h", after_exhaustion = "at once" }
[service]
up = "trio"
"#;
    for hits in [r#"["b", "c"]"#, r#"["c", "b"]"#, r#"["trio"]"#] {
        // b is called at 90 h, c at 100 h.
        let hits = format!("causes.z.hits={hits}");
        assert_eq!(hours_down(text, &[&hits]), 40.0, "{hits}");
    }
}

/// A member of the group that served last and a standby of the outer group are back at the same time: the group
/// serves on, in whatever order they are listed.
#[test]
fn a_group_that_served_is_back_before_a_standby_takes_over() {
    let text = r#"
[run]
horizon = "200 h"
[kinds.k]
fail = "never"
repair = "never"
[components.a]
fail = { constant = "110 h" }
repair = "never"
[components.b]
kind = "k"
[components.v]
kind = "k"
[causes.z]
every = { constant = "100 h" }
lasts = "50 h"
hits = ["b", "v"]
[groups.inner]
members = ["a", "b"]
active = 1
standby = "hot"
takeover = { after_exhaustion = "at once" }
[groups.outer]
members = ["inner", "v"]
active = 1
standby = "hot"
takeover = { promoting = "3 h", after_exhaustion = "resume" }
[service]
up = "outer"
"#;
    for hits in [r#"["b", "v"]"#, r#"["v", "b"]"#] {
        let hits = format!("causes.z.hits={hits}");
        assert_eq!(hours_down(text, &[&hits]), 40.0, "{hits}");
    }
}
