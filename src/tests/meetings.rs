//! Where two features meet: small systems whose right value is known from a closed form, from a symmetry,
//! or from the same system told in another way.

use crate::support::{check_exact, check_mean, scenario, steady, tally};
use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::exact::{self, Effort};
use failsim::model::{GroupId, ServiceId, System};
use failsim::report::story::{Part, Story};

/// Unavailability of a service in the long run.
fn unavailability(system: &System, service: usize) -> f64 {
    let answer = exact::solve(system, &Effort::QUICK, None).unwrap();
    answer.services.as_slice()[service].long_run.unavailability
}

fn down(text: &str, changes: &[&str]) -> u128 {
    let system = scenario(text, changes).system;
    tally(&system, 2_000).services[0].down.sum()
}

const GENERATORS: &str = r#"
[components.main]
fail = { mean = "100 h" }
repair = { mean = "10 h" }
[kinds.generator]
fail = "never"
repair = { mean = "1 h" }
on_demand = { probability = "50 %", mode = "dead" }
[kinds.generator.modes.dead]
[groups.gens]
kind = "generator"
units = 2
required = 2
standby = "active"
[groups.power]
members = ["main", "gens"]
active = 1
standby = "cold"
failback = "at once"
[service]
up = "power"
"#;

/// A standby group of two generators is called. Three calls of four find it short of two; each time both
/// work again it is called once more.
#[test]
fn the_units_of_a_standby_group_are_called() {
    // 0 to 2: so many dead while the main supply works; 3: the generators serve; 4, 5: one, two dead and
    // the main supply too.
    let mut rate = vec![vec![0.0; 6]; 6];
    (rate[0][3], rate[0][4], rate[0][5]) = (0.0025, 0.005, 0.0025);
    (rate[1][4], rate[2][5]) = (0.01, 0.01);
    (rate[1][0], rate[2][1]) = (1.0, 2.0);
    (rate[3][0], rate[4][1], rate[5][2]) = (0.1, 0.1, 0.1);
    (rate[4][3], rate[4][5], rate[5][4]) = (0.25, 0.25, 2.0);
    let p = steady(&rate);
    let truth = p[4] + p[5];
    check_exact("two generators", &scenario(GENERATORS, &[]).system, truth);
    // One generator in a group of its own is one generator.
    let alone = ["groups.gens.units=1", "groups.gens.required=1"];
    let mut rate = vec![vec![0.0; 4]; 4];
    (rate[0][2], rate[0][3], rate[1][3]) = (0.005, 0.005, 0.01);
    (rate[1][0], rate[2][0], rate[3][1]) = (1.0, 0.1, 0.1);
    rate[3][2] = 0.5;
    let one = steady(&rate)[3];
    check_exact("one generator", &scenario(GENERATORS, &alone).system, one);
    let direct = r#"groups.power.members=["main", "gen"]"#;
    let text = GENERATORS.replace("[groups.gens]", "[components.gen]");
    let text = text.replace("units = 2\nrequired = 2\nstandby = \"active\"\n", "");
    check_exact("as a member", &scenario(&text, &[direct]).system, one);
}

/// What a machine gives is noticed by the detector of its group, as a fault is: a unit that is told state
/// by state is the unit that is told by its laws.
#[test]
fn a_detector_watches_machines_too() {
    let told = |component: &str| {
        let text = format!(
            "{component}[components.b]\nfail = \"never\"\nrepair = \"never\"\n[groups.g]\nmembers = [\"a\", \"b\"]\n\
             active = 1\nstandby = \"hot\"\ndetect = {{ mean = \"5 min\" }}\nfailback = \"at once\"\n[service]\nup = \"g\"\n"
        );
        scenario(&text, &[]).system
    };
    let unit = told(
        "[components.a]\nfail = { mean = \"1000 h\" }\nrepair = { mean = \"10 h\" }\nrepair_starts = \"failure\"\n",
    );
    let machine = told(
        "[components.a.states.up]\nexits = [{ after = { mean = \"1000 h\" }, to = \"down\" }]\n\
         [components.a.states.down]\ngives = \"down\"\nexits = [{ after = { mean = \"10 h\" }, to = \"up\" }]\n",
    );
    let truth = unavailability(&unit, 0);
    assert!(truth > 5e-5, "{truth}");
    check_exact("machine", &machine, truth);
    let of = |system: &System| {
        let effort = Effort::FULL;
        let answer = exact::solve(system, &effort, None).unwrap();
        answer.services.as_slice()[0]
            .long_run
            .outages_per_s
            .unwrap()
    };
    assert!((of(&unit) / of(&machine) - 1.0).abs() < 1e-9);
}

/// A machine that gives nothing may be in a group of its own, of which requests are dealt out: until it is
/// noticed it swallows its share.
#[test]
fn what_is_lost_behind_a_need_is_lost() {
    let text = r#"
[targets]
rpo = "<= 10 s"
[kinds.pg]
fail = { rate = "10 /y" }
repair = "1 h"
[groups.pg]
kind = "pg"
units = 2
active = 1
standby = "hot"
takeover = "10 s"
[groups.pg.replication]
mode = "asynchronous"
lag = "5 min"
[components.app]
fail = "never"
repair = "never"
needs = "pg"
[service]
up = "app"
"#;
    let behind = scenario(text, &[]).system;
    let beside = scenario(text, &["service.up=app and pg"]).system;
    let of = |system: &System| {
        let service = tally(system, 500).services.remove(0);
        service.data_lost.sum()
    };
    assert_eq!(of(&behind), of(&beside));
    assert!(of(&behind) > 0);
}

/// Behind a gate that is down capacity is not there, and members that count each for itself serve even
/// where too few of them do for their group.
#[test]
fn capacity_counts_where_requests_come() {
    let gates = r#"
[kinds.gate]
fail = { mean = "9 h" }
repair = { mean = "1 h" }
[kinds.s]
fail = "never"
repair = "never"
capacity = 1
[components.p]
kind = "gate"
[components.q]
kind = "gate"
[components.a]
kind = "s"
[components.b]
kind = "s"
[services.x]
up = "at_least(1, (p and a), (q and b))"
demand = 2
[services.y]
up = "(p and a) or (q and b)"
demand = 2
[services.half]
up = "p and a"
[services.other]
up = "q and b"
[services.z]
up = "half or other"
demand = 2
"#;
    let each = r#"
[kinds.s]
fail = { mean = "9 h" }
repair = { mean = "1 h" }
capacity = 1
[groups.g]
kind = "s"
units = 2
required = 2
standby = "active"
[services.x]
up = "at_least(1, each(g))"
demand = 2
"#;
    for (text, asked) in [(gates, &["x", "y", "z"][..]), (each, &["x"][..])] {
        let system = scenario(text, &[]).system;
        let answer = exact::solve(&system, &Effort::QUICK, None).unwrap();
        for (service, found) in system.services.iter().zip(answer.services.iter()) {
            if asked.contains(&service.name.as_str()) {
                let unserved = 1.0 - found.long_run.served.unwrap();
                assert!(
                    (unserved - 0.1).abs() < 1e-12,
                    "{}: {unserved}",
                    service.name
                );
            }
        }
    }
}

const LITTLE: &str = r#"
[kinds.s]
fail = { mean = "9 h" }
repair = { mean = "1 h" }
capacity = 1
[groups.web]
kind = "s"
units = 2
required = 1
standby = "active"
[components.b]
fail = { mean = "100 h" }
repair = { mean = "1 h" }
DEPENDS
[services.s]
up = "web"
demand = DEMAND
down_below = "90 %"
[services.b-serves]
up = "b"
[services.both]
up = "all(s, b)"
"#;

/// A service that counts as down while it serves too little is down for all who depend on it: what ages
/// while it serves, what needs it, and what it is a part of.
#[test]
fn too_little_is_down_for_everybody() {
    let of = |depends: &str, demand: &str| {
        let text = LITTLE.replace("DEPENDS", depends).replace("DEMAND", demand);
        scenario(&text, &[]).system
    };
    // It fails only while both servers work, 81 % of the time. States: servers down, b down.
    let ages = of("ages_while = \"s\"", "2");
    let mut rate = vec![vec![0.0; 6]; 6];
    for b in 0..2 {
        let at = |servers: usize| 2 * servers + b;
        (rate[at(0)][at(1)], rate[at(1)][at(2)]) = (2.0 / 9.0, 1.0 / 9.0);
        (rate[at(1)][at(0)], rate[at(2)][at(1)]) = (1.0, 2.0);
    }
    rate[0][1] = 0.01;
    for servers in 0..3 {
        rate[2 * servers + 1][2 * servers] = 1.0;
    }
    let p = steady(&rate);
    let truth = p[1] + p[3] + p[5];
    assert!((unavailability(&ages, 1) / truth - 1.0).abs() < 1e-9);
    assert!((unavailability(&ages, 2) / (1.0 - p[0]) - 1.0).abs() < 1e-9);
    // In trials too.
    let tally = tally(&ages, 400);
    for (service, truth) in [(1, truth), (2, 1.0 - p[0])] {
        let moments = &tally.services[service].down;
        let mission = ages.mission.as_nanos() as f64;
        let (mean, error) = (moments.mean() / mission, moments.standard_error() / mission);
        check_mean("ages while it serves", mean, error, truth, 0.01);
    }
    let needs = of("needs = \"s\"", "2");
    let mut down = of("needs = \"s\"", "2");
    down.services = needs.services.clone();
    assert!(unavailability(&needs, 1) > 0.19);
    // One server is enough for half of the demand.
    let enough = of("needs = \"s\"", "1");
    assert!((unavailability(&enough, 0) - 0.01).abs() < 1e-9);
    let more = unavailability(&enough, 1);
    assert!(more > 0.01 && more < 0.03, "{more}");
}

/// A demand that changes: at night one server is enough, so what needs the service is down by day alone.
#[test]
fn too_little_depends_on_the_hour() {
    let text = LITTLE
        .replace(
            "fail = { mean = \"100 h\" }\nrepair = { mean = \"1 h\" }",
            "fail = \"never\"\nrepair = \"never\"",
        )
        .replace("DEPENDS", "needs = \"s\"")
        .replace("DEMAND", "{ peak = 2, daily = [1, 2] }");
    let tally = tally(&scenario(&text, &[]).system, 400);
    let sums = [0, 1].map(|service: usize| tally.services[service].down.sum());
    assert_eq!(sums[0], sums[1]);
    assert!(sums[0] > 0);
}

/// Two of three, told by the structure and by the demand, are down in the same states.
#[test]
fn importance_goes_by_what_down_means() {
    let text = r#"
[kinds.s]
fail = { mean = "1000 h" }
repair = { mean = "10 h" }
capacity = 500
[groups.g]
kind = "s"
units = 3
required = 1
standby = "active"
[services.structure]
up = "at_least(2, each(g))"
[services.demand]
up = "g"
demand = 1000
down_below = "100 %"
"#;
    let system = scenario(text, &[]).system;
    let answer = exact::solve(&system, &Effort::FULL, None).unwrap();
    let found = exact::importances(&system, &answer, &Effort::FULL, None).unwrap();
    assert_eq!(found.len(), 2);
    // The other two: exactly one of them is down.
    let q = 10.0 / 1010.0;
    for importance in found {
        let weight = importance.long_run.unwrap();
        assert!((weight.birnbaum / (2.0 * q * (1.0 - q)) - 1.0).abs() < 1e-9);
        assert_eq!(importance.group, GroupId(0));
        assert!(importance.service <= ServiceId(1));
    }
}

/// Two like members are struck together, and freed together: whoever serves, it is the same.
#[test]
fn whoever_is_freed_with_others_may_stand_anywhere() {
    let text = r#"
[run]
horizon = "20 h"
[params]
swap = "1 h"
[kinds.node]
fail = "never"
repair = "never"
[groups.g]
kind = "node"
units = 2
active = 1
standby = "hot"
[groups.g.takeover]
promoting = { constant = "10 min" }
[causes.both]
every = { constant = "10 h" }
lasts = { constant = "1 min" }
hits = ["g"]
[causes.one]
every = { constant = "$swap" }
lasts = { constant = "15 min" }
hits = ["g.1"]
[service]
up = "g"
"#;
    let minutes = |swap: &str, after: &str| {
        let after = format!("groups.g.takeover.after_exhaustion={after}");
        down(text, &[swap, &after]) / 2_000 / 60_000_000_000
    };
    // The swap itself takes ten minutes.
    for (after, took) in [("activate", 11), ("at once", 1), ("resume", 1)] {
        assert_eq!(minutes("swap=30 h", after), took, "{after}");
        assert_eq!(minutes("swap=6 h", after), 10 + took, "{after}");
    }
}

/// One crew that travels and then repairs: one visit, in which nobody else is served, or two. The long run
/// of the chain of states (stage of the one that is visited, who waits with which stage before him).
#[test]
fn a_crew_stays_for_the_next_stage() {
    let text = |visit: &str| {
        format!(
            "[crews.people]\nsize = 1\n[kinds.u]\nfail = {{ mean = \"100 h\" }}\n\
             repair = [{{ takes = {{ mean = \"1 h\" }} }}, {{ takes = {{ mean = \"2 h\" }}{visit} }}]\ncrew = \"people\"\n\
             [groups.g]\nkind = \"u\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n[service]\nup = \"g\"\n"
        )
    };
    // 0: all well, 1 and 2: the stages of one, 3 and 4: the same while another one waits.
    let mut rate = vec![vec![0.0; 5]; 5];
    (rate[0][1], rate[1][2], rate[2][0]) = (0.02, 1.0, 0.5);
    (rate[1][3], rate[2][4]) = (0.01, 0.01);
    (rate[3][4], rate[4][1]) = (1.0, 0.5);
    let p = steady(&rate);
    check_exact("one visit", &scenario(&text(""), &[]).system, p[3] + p[4]);
    check_exact(
        "one visit, as told",
        &scenario(&text(", visit = \"same\""), &[]).system,
        p[3] + p[4],
    );
    // Two visits: 3 the other one waits for its first stage; 4 for its second, 5: for its first.
    let mut rate = vec![vec![0.0; 6]; 6];
    (rate[0][1], rate[1][2], rate[2][0]) = (0.02, 1.0, 0.5);
    (rate[1][3], rate[2][5]) = (0.01, 0.01);
    // The crew goes to the other one, and the first one waits for its second stage.
    rate[3][4] = 1.0;
    // State 4: first stage of one, the other one waits for its second; then they change places.
    let mut two = vec![vec![0.0; 7]; 7];
    for (from, row) in rate.iter().enumerate() {
        for (to, rate) in row.iter().enumerate() {
            two[from][to] = *rate;
        }
    }
    // 6: second stage of one while the other one waits for its second.
    two[4][6] = 1.0;
    two[6][2] = 0.5;
    two[5][1] = 0.5;
    let p = steady(&two);
    check_exact(
        "two visits",
        &scenario(&text(", visit = \"new\""), &[]).system,
        p[3] + p[4] + p[5] + p[6],
    );
}

/// Nothing to catch up on is nothing to catch up on, and the order of tables is no input.
#[test]
fn a_key_of_no_time_is_no_key_and_tables_have_no_order() {
    let pair = r#"
[kinds.k]
fail = { mean = "1000 h" }
repair = { mean = "24 h" }
on_demand = { probability = "50 %" }
[groups.g]
kind = "k"
units = 2
standby = "hot"
active = 1
takeover = { promoting = { mean = "0.5 h" }, manual = { mean = "2 h" }, fencing = { mean = "0.1 h" }, candidate_failure = "continue" }
false_alarms = { mean = "50 h" }
[service]
up = "g"
"#;
    let rejoins = scenario(pair, &["groups.g.rejoin=0 s"]).system;
    check_exact(
        "no rejoining",
        &rejoins,
        unavailability(&scenario(pair, &[]).system, 0),
    );
    let head = r#"
[run]
horizon = "60 d"
[kinds.k]
fail = { mean = "100 h" }
repair = { mean = "8 h" }
crew = "f"
[crews.f]
size = 1
pick_up = "1 ns"
"#;
    let g = "[groups.g]\nkind = \"k\"\nunits = 3\nstandby = \"hot\"\nactive = 1\n\
             takeover = { promoting = { mean = \"0.5 h\" }, manual = { mean = \"2 h\" } }\n";
    let h = "[groups.h]\nkind = \"k\"\nunits = 2\nstandby = \"active\"\nrequired = 1\n";
    let service = "[service]\nup = \"g and h\"\n";
    assert_eq!(
        down(&format!("{head}{g}{h}{service}"), &[]),
        down(&format!("{head}{h}{g}{service}"), &[])
    );
}

/// A site needs a database and a cache, and the story names the one that really lacks.
#[test]
fn the_story_names_what_really_lacks() {
    let text = r#"
[run]
horizon = "20 h"
[components.db]
fail = { constant = "10 h" }
repair = "1 h"
[components.cache]
fail = "never"
repair = "never"
[components.site]
fail = "never"
repair = "never"
needs = "db and cache"
[service]
up = "site"
"#;
    let system = scenario(text, &[]).system;
    let behaviour = Behaviour::of(&system);
    let simulator = Simulator::new(&behaviour, system.mission, 42);
    let story = Story::of(&system, &behaviour, &simulator, 0).text(ServiceId(0), Part::Whole);
    assert!(
        story.contains("site is struck by the lack of db\n"),
        "{story}"
    );
    assert!(
        story.contains("site is free of the lack of db\n"),
        "{story}"
    );
}

/// A group whose only unit is cut off serves on unseen, as that unit would: the two sides must be made one.
#[test]
fn a_group_behind_a_partition_serves_on() {
    let text = |first: &str, split: &str| {
        format!(
            "[kinds.k]\nfail = {{ mean = \"100 h\" }}\nrepair = {{ mean = \"8 h\" }}\neffect = \"isolated\"\n\
             {first}[components.b]\nkind = \"k\"\n[groups.g]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\n{split}\
             [service]\nup = \"g\"\n"
        )
    };
    let unit = "[components.a]\nkind = \"k\"\n";
    let group = "[groups.a]\nkind = \"k\"\nunits = 1\nstandby = \"active\"\n";
    let split = "split_brain = { lasts = { mean = \"2 h\" }, reconcile = { mean = \"1 h\" } }\n";
    let truth = unavailability(&scenario(&text(unit, split), &[]).system, 0);
    check_exact(
        "a group of one",
        &scenario(&text(group, split), &[]).system,
        truth,
    );
    // Nobody says how long it lasts.
    for first in [unit, group] {
        let both = text(first, "").replace(
            "[components.b]\n",
            "[groups.b]\nunits = 1\nstandby = \"active\"\n",
        );
        let source = failsim::scenario::Source {
            name: "test.toml".to_owned(),
            text: format!("format = 1\n{both}"),
            syntax: failsim::scenario::Syntax::Toml,
        };
        let problems = failsim::scenario::load(&source, &[], &failsim::scenario::NoFiles);
        let told = problems
            .expect_err("a split brain without a length")
            .plain();
        assert!(
            told.contains("two members of group `g` can serve"),
            "{told}"
        );
    }
}

/// A group of one is its unit, wherever it stands among the members of another group and whatever is told of
/// that group: its detector, its takeover, how faults of standbys show, when repairs start, failures on demand.
#[test]
fn a_group_of_one_is_its_unit() {
    let groups = [
        "",
        "detect = { mean = \"1 h\" }\n",
        "detect = { mean = \"1 h\" }\nstandby_faults = \"latent\"\n",
        "detect = { mean = \"1 h\" }\nstandby_faults = \"at once\"\n",
        "takeover = { promoting = { mean = \"1 h\" } }\n",
        "detect = { mean = \"2 h\" }\ntakeover = { promoting = { mean = \"1 h\" }, recovered = \"complete\" }\n",
        "takeover = { promoting = { mean = \"1 h\", succeeds = \"70 %\" }, manual = { mean = \"5 h\" } }\n",
        "takeover = { promoting = { mean = \"1 h\" }, candidate_failure = \"continue\" }\n",
        "detect = { mean = \"2 h\" }\ntakeover = { promoting = { mean = \"1 h\" }, lone_failure = \"wait\" }\n",
        "rejoin = { mean = \"3 h\" }\n",
        "failback = { mode = \"stable\", after = { mean = \"4 h\" }, takes = { mean = \"1 h\" }, during = \"down\" }\n",
        "false_alarms = { mean = \"50 h\" }\ntakeover = { promoting = { mean = \"1 h\" }, fencing = { mean = \"1 h\" } }\n",
        "false_alarms = { mean = \"50 h\" }\nsplit_brain = { lasts = { mean = \"2 h\" }, reconcile = { mean = \"1 h\" } }\n",
        "quorum = 2\n",
        "takeover = { after_exhaustion = \"preferred\", promoting = { mean = \"1 h\" } }\n",
        "standby_faults = \"latent\"\ntakeover = { promoting = { mean = \"1 h\" } }\n",
        "standby_faults = \"latent\"\ntakeover = { promoting = { mean = \"1 h\" }, candidate_failure = \"continue\" }\n",
        "standby_faults = \"latent\"\nquorum = 2\n",
        "takeover = { promoting = { mean = \"1 h\" }, recovered = \"cancel undetected\", lone_failure = \"wait\" }\n",
    ];
    let units = [
        "",
        "repair_starts = \"takeover\"\n",
        "repair_starts = \"failure\"\n",
        "on_demand = { probability = \"20 %\" }\n",
        "notice = { after = { mean = \"2 h\" } }\n",
        "notice = { after = { mean = \"2 h\" } }\nrepair_starts = \"failure\"\n",
        "notice = \"at once\"\n",
        "effect = { degraded = \"50 %\" }\n",
    ];
    let figures = |members: [&str; 3], standby: &str, group: &str, unit: &str| {
        let text = format!(
            "[kinds.k]\nfail = {{ mean = \"100 h\" }}\nrepair = {{ mean = \"8 h\" }}\n{unit}{}\
             [groups.g]\nmembers = [\"m0\", \"m1\", \"m2\"]\nactive = 1\nstandby = \"{standby}\"\n{group}\
             [service]\nup = \"g\"\n",
            members.concat()
        );
        let system = scenario(&text, &[]).system;
        let answer = exact::solve(&system, &Effort::FULL, None).unwrap();
        let run = answer.services.as_slice()[0].long_run;
        [run.unavailability, run.outages_per_s.unwrap(), run.degraded]
    };
    let alone = [0, 1, 2].map(|at| format!("[components.m{at}]\nkind = \"k\"\n"));
    let alone = [0, 1, 2].map(|at: usize| alone[at].as_str());
    let grouped = [0, 1, 2]
        .map(|at| format!("[groups.m{at}]\nkind = \"k\"\nunits = 1\nstandby = \"active\"\n"));
    let grouped = [0, 1, 2].map(|at: usize| grouped[at].as_str());
    let twice = "[components.u]\nkind = \"k\"\n[groups.w]\nmembers = [\"u\"]\n[groups.m1]\nmembers = [\"w\"]\n";
    let [a, b, c] = alone;
    let tellings = [
        [grouped[0], b, c],
        [a, grouped[1], c],
        grouped,
        [a, twice, c],
    ];
    for group in groups {
        for unit in units {
            for standby in ["hot", "cold"] {
                let truth = figures(alone, standby, group, unit);
                for members in tellings {
                    let found = figures(members, standby, group, unit);
                    let off = |(a, b): (f64, f64)| (a - b).abs() > 1e-8 * b.max(1e-12);
                    assert!(
                        !found.into_iter().zip(truth).any(off),
                        "{members:?} of {standby} {group}{unit}: {found:?} against {truth:?}"
                    );
                }
            }
        }
    }
}

/// A unit that fails once in 100 h and is noticed after 1 h by its own notice, which outranks any detector, in a
/// pair with one that never fails: one failover in the mission, and 1 h down before it.
#[test]
fn what_notices_a_unit_notices_its_group() {
    let share_down = |members: &str, of_pair: &str| {
        let text = format!(
            "[run]\nhorizon = \"100 d\"\n[components.u]\nfail = {{ mean = \"100 h\" }}\n\
             repair = {{ mean = \"1 h\" }}\nnotice = {{ after = {{ mean = \"1 h\" }} }}\n\
             [components.v]\nfail = \"never\"\nrepair = \"never\"\n\
             [components.x]\nfail = \"never\"\nrepair = \"never\"\n{members}\
             active = 1\nstandby = \"hot\"\n{of_pair}[service]\nup = \"b\"\n"
        );
        let answer = exact::solve(&scenario(&text, &[]).system, &Effort::FULL, None).unwrap();
        let mission = answer.services.as_slice()[0].mission.clone().unwrap();
        (mission.unavailability, mission.outages.unwrap())
    };
    let tellings = [
        "[groups.b]\nmembers = [\"u\", \"v\"]\n",
        "[groups.w]\nmembers = [\"u\"]\n[groups.b]\nmembers = [\"w\", \"v\"]\n",
        // Two that it needs both.
        "[groups.w]\nmembers = [\"u\", \"x\"]\nstandby = \"active\"\n[groups.b]\nmembers = [\"w\", \"v\"]\n",
        // Two of which one serves, which takes over from the other one when that is noticed.
        "[groups.w]\nmembers = [\"u\", \"x\"]\nactive = 1\nstandby = \"hot\"\n\
         [groups.b]\nmembers = [\"w\", \"v\"]\n",
    ];
    for members in tellings {
        for of_pair in ["", "detect = { mean = \"0.1 h\" }\n"] {
            let (down, outages) = share_down(members, of_pair);
            assert!(
                (down * 2400.0 - 1.0).abs() < 1e-8 && (outages - 1.0).abs() < 1e-8,
                "{members}{of_pair}: {down} down, {outages} outages"
            );
        }
    }
}

/// A standby whose faults nobody sees until it is called, be it a unit, a group of one, or two units that are
/// needed both.
#[test]
fn nobody_sees_the_faults_of_a_standby_group() {
    let share_down = |members: &str, faults: &str| {
        let text = format!(
            "[run]\nhorizon = \"100 d\"\n[components.u]\nfail = {{ mean = \"100 h\" }}\nrepair = \"0 s\"\n\
             [components.v]\nfail = {{ mean = \"100 h\" }}\nrepair = {{ mean = \"10 h\" }}\n\
             [components.x]\nfail = \"never\"\nrepair = \"never\"\n{members}active = 1\nstandby = \"hot\"\n\
             takeover = {{ promoting = {{ mean = \"1 h\" }} }}\nstandby_faults = \"{faults}\"\n\
             [service]\nup = \"b\"\n"
        );
        let answer = exact::solve(&scenario(&text, &[]).system, &Effort::FULL, None).unwrap();
        let mission = answer.services.as_slice()[0].mission.clone().unwrap();
        mission.unavailability
    };
    let alone = "[groups.b]\nmembers = [\"u\", \"v\"]\n";
    let tellings = [
        "[groups.w]\nmembers = [\"v\"]\n[groups.b]\nmembers = [\"u\", \"w\"]\n",
        "[groups.a]\nmembers = [\"u\"]\n[groups.w]\nmembers = [\"v\"]\n[groups.b]\nmembers = [\"a\", \"w\"]\n",
        "[groups.w]\nmembers = [\"v\", \"x\"]\nstandby = \"active\"\n[groups.b]\nmembers = [\"u\", \"w\"]\n",
    ];
    for (faults, told) in [("latent", 4.6006e-4), ("detected", 8.96309e-4)] {
        let truth = share_down(alone, faults);
        assert!((truth / told - 1.0).abs() < 1e-4, "{faults}: {truth}");
        for members in tellings {
            let found = share_down(members, faults);
            assert!(
                (found / truth - 1.0).abs() < 1e-8,
                "{faults}: {members}: {found} against {truth}"
            );
        }
    }
}

/// Work on a unit that is a group of one: the group around hands over before, and spares it or does not.
#[test]
fn work_goes_by_the_group_that_can_spare() {
    let text = |members: &str, waits: &str| {
        format!(
            "[run]\nhorizon = \"100 d\"\n[kinds.k]\nfail = {{ mean = \"100 h\" }}\nrepair = {{ mean = \"10 h\" }}\n\
             [components.u]\nkind = \"k\"\n[components.v]\nkind = \"k\"\n{members}active = 1\nstandby = \"hot\"\n\
             takeover = {{ promoting = {{ mean = \"1 h\" }} }}\nswitchover = {{ takes = {{ mean = \"1 min\" }} }}\n\
             failback = \"at once\"\n\
             [changes.c]\nevery = {{ mean = \"50 h\" }}\ntakes = {{ mean = \"2 h\" }}\non = [\"u\", \"v\"]\n{waits}\
             [service]\nup = \"b\"\n"
        )
    };
    let alone = "[groups.b]\nmembers = [\"u\", \"v\"]\n";
    let tellings = [
        "[groups.w]\nmembers = [\"u\"]\n[groups.b]\nmembers = [\"w\", \"v\"]\n",
        "[groups.w]\nmembers = [\"u\"]\n[groups.x]\nmembers = [\"v\"]\n[groups.b]\nmembers = [\"w\", \"x\"]\n",
    ];
    for waits in ["", "without_redundancy = \"put off\"\n"] {
        let truth = down(&text(alone, waits), &[]);
        for members in tellings {
            assert_eq!(down(&text(members, waits), &[]), truth, "{members}{waits}");
        }
    }
}

/// Both of two members must be fit for one to serve, and one in five calls finds the called one dead; then
/// nobody calls the other one, as there is no quorum. By the number that is down, with both fit the service
/// is up: down 1 at 0.02 an hour, back at 0.8 / 8, on to 2 at 0.01, back at 2 / 8.
#[test]
fn without_a_quorum_nobody_is_called() {
    let system = scenario(
        "[kinds.k]\nfail = { mean = \"100 h\" }\nrepair = { mean = \"8 h\" }\non_demand = { probability = \"20 %\" }\n\
         [groups.g]\nkind = \"k\"\nunits = 2\nactive = 1\nstandby = \"hot\"\nquorum = 2\n[service]\nup = \"g\"\n",
        &[],
    )
    .system;
    check_exact("quorum", &system, 0.208 / 1.208);
}

/// A generator that is found dead when its group is called hands over to the battery in no time, so the group
/// is called a second time in the same instant.
#[test]
fn a_group_may_be_called_again_while_it_is_called() {
    let text = r#"
[kinds.line]
fail = { mean = "100 h" }
repair = { mean = "1 h" }
[kinds.generator]
fail = "never"
repair = { mean = "20 h" }
on_demand = { probability = "30 %" }
[components.line]
kind = "line"
[components.generator]
kind = "generator"
[components.battery]
fail = "never"
repair = "never"
[groups.power]
members = ["line", "reserve"]
standby = "cold"
failback = "at once"
[groups.reserve]
members = ["generator", "battery"]
standby = "cold"
[service]
up = "power"
"#;
    let system = scenario(text, &[]).system;
    // The battery never fails.
    assert!(unavailability(&system, 0).abs() < 1e-12);
    assert_eq!(down(text, &[]), 0);
}

/// A takeover that needs its own group, be it through something else, is refused.
#[test]
fn a_takeover_cannot_wait_for_its_own_group() {
    let text = |needs: &str| {
        format!(
            "format = 1\n[kinds.k]\nfail = {{ mean = \"10 h\" }}\nrepair = {{ mean = \"1 h\" }}\n\
             [components.control]\nkind = \"k\"\nneeds = \"db\"\n[groups.db]\nkind = \"k\"\nunits = 2\nactive = 1\n\
             standby = \"hot\"\ntakeover = {{ promoting = {{ mean = \"1 min\", needs = \"{needs}\" }} }}\n\
             [service]\nup = \"db and control\"\n"
        )
    };
    for (needs, circle) in [("db", "db -> db"), ("control", "db -> control -> db")] {
        let source = failsim::scenario::Source {
            name: "test.toml".to_owned(),
            text: text(needs),
            syntax: failsim::scenario::Syntax::Toml,
        };
        let problems = failsim::scenario::load(&source, &[], &failsim::scenario::NoFiles);
        let told = problems.expect_err("a takeover in a circle").plain();
        assert!(told.contains(&format!("circle: {circle}")), "{told}");
    }
}

/// A member group whose only unit has yet to rejoin is down, and does not serve unseen beside the one that
/// takes over.
#[test]
fn a_group_that_rejoins_serves_nobody() {
    let text = r#"
[kinds.k]
fail = { mean = "100 h" }
repair = { mean = "4 h" }
[components.other]
fail = "never"
repair = "never"
[groups.inner]
kind = "k"
units = 1
standby = "active"
rejoin = { mean = "5 h" }
[groups.outer]
members = ["inner", "other"]
standby = "hot"
takeover = { promoting = { mean = "1 h" } }
failback = "at once"
[service]
up = "outer"
"#;
    // 0: all well; 1, 2: the takeover while the unit is down, while it rejoins; 3, 4: the same while the other
    // one serves. A unit that rejoins may fail.
    let mut rate = vec![vec![0.0; 5]; 5];
    (rate[0][1], rate[1][2], rate[1][3]) = (0.01, 0.25, 1.0);
    (rate[2][0], rate[2][1], rate[2][4]) = (0.2, 0.01, 1.0);
    (rate[3][4], rate[4][0], rate[4][3]) = (0.25, 0.2, 0.01);
    let p = steady(&rate);
    check_exact("rejoining", &scenario(text, &[]).system, p[1] + p[2]);
}

/// A member group that hands over to its preferred unit is down, though both units work: nobody serves unseen
/// beside the one that takes over.
#[test]
fn a_group_that_fails_back_serves_nobody() {
    let text = r#"
[components.first]
fail = { mean = "100 h" }
repair = "0 s"
[components.second]
fail = "never"
repair = "never"
[components.other]
fail = "never"
repair = "never"
[groups.inner]
members = ["first", "second"]
standby = "hot"
failback = { mode = "at once", takes = { mean = "1 h" } }
[groups.outer]
members = ["inner", "other"]
standby = "hot"
takeover = { promoting = { mean = "1 h" } }
failback = "at once"
[service]
up = "outer"
"#;
    // 0: all well; 1: the inner group fails back, and the outer one takes over; 2: the other one serves meanwhile.
    // If the preferred unit fails then, the inner group serves at once, and fails back anew.
    let mut rate = vec![vec![0.0; 3]; 3];
    (rate[0][1], rate[1][0], rate[1][2]) = (0.01, 1.0, 1.0);
    (rate[2][0], rate[2][1]) = (1.0, 0.01);
    let p = steady(&rate);
    check_exact("failing back", &scenario(text, &[]).system, p[1]);
}

/// What takes a service down is to blame, though another of its groups has been down for longer: `x` needs `g`, which
/// alone makes up `w`.
#[test]
fn what_went_down_last_took_the_service_down_through_a_member_group() {
    let text = r#"
[run]
horizon = "100000 h"
[components.u]
fail = { mean = "100 h" }
repair = { mean = "5 h" }
[components.x]
fail = { mean = "100 h" }
repair = { mean = "5 h" }
needs = "g"
[groups.g]
members = ["u"]
standby = "active"
[groups.w]
members = ["g"]
standby = "active"
[service]
up = "w or x"
"#;
    let system = scenario(text, &[]).system;
    let answer = exact::solve(&system, &Effort::QUICK, None).unwrap();
    let mission = answer.services.as_slice()[0].mission.as_ref().unwrap();
    let contributions = mission.contributions.as_ref().unwrap();
    let of = |name: &str| {
        let of_name = contributions
            .iter()
            .filter(|(culprit, ..)| system.culprit_name(*culprit) == name);
        of_name.map(|(.., down)| down).sum::<f64>()
    };
    let down = mission.unavailability * answer.mission_s;
    assert!(((of("g") + of("w")) / down - 1.0).abs() < 1e-9 && of("x") == 0.0);
    // g and x: both work, x under repair, g under repair, both under repair.
    let mut rate = vec![vec![0.0; 4]; 4];
    (rate[0][1], rate[0][2], rate[1][0], rate[1][3]) = (0.01, 0.01, 0.2, 0.01);
    (rate[2][0], rate[3][1], rate[3][2]) = (0.2, 0.2, 0.2);
    let p = steady(&rate);
    let roots = mission.roots.as_ref().unwrap();
    let outages: f64 = roots.iter().map(|root| root.outages).sum();
    let through_w = roots
        .iter()
        .find(|of| system.groups[of.root.through].name == "w");
    let share = through_w.unwrap().outages / outages;
    assert!((share - p[1] / (p[0] + p[1])).abs() < 1e-4, "{share}");
}

/// Writes of a group stall for a service whether the group stands in its structure or in a group of it that has no
/// other member serving.
#[test]
fn writes_stall_through_a_member_group() {
    let text = r#"
[run]
horizon = "60 d"
[kinds.k]
fail = { mean = "100 h" }
repair = { mean = "5 h" }
[groups.g]
kind = "k"
units = 2
active = 1
standby = "hot"
replication = { mode = "synchronous" }
[groups.w]
members = ["g"]
[groups.v]
members = ["w"]
[service]
up = "g"
"#;
    let stalled = |changes: &[&str]| {
        let system = scenario(text, changes).system;
        tally(&system, 500).services[0].stalled.sum()
    };
    let alone = stalled(&[]);
    assert!(alone > 0);
    assert_eq!(stalled(&["service.up=w"]), alone);
    assert_eq!(stalled(&["service.up=v"]), alone);
}

/// A group of groups is down when both of its members are. Where one fails back while the other is down, it has
/// begun the outage, whichever comes first in the file, as in a structure of both.
#[test]
fn what_went_down_last_began_the_outage_of_a_group_of_groups() {
    let a = "[groups.a]\nkind = \"fast\"\nunits = 2\nactive = 1\nstandby = \"hot\"\n\
             failback = { mode = \"stable\", after = \"0 s\", takes = { mean = \"1 h\" } }\n";
    let b = "[groups.b]\nkind = \"slow\"\nunits = 1\n";
    let begun = |groups: [&str; 2], up: &str| {
        let text = format!(
            "[run]\nhorizon = \"30 d\"\n[kinds.slow]\nfail = {{ mean = \"50 h\" }}\nrepair = {{ mean = \"10 h\" }}\n\
             [kinds.fast]\nfail = {{ mean = \"50 h\" }}\nrepair = {{ mean = \"5 h\" }}\n{}\
             [groups.g]\nmembers = [\"b\", \"a\"]\nstandby = \"active\"\nrequired = 1\n[service]\nup = \"{up}\"\n",
            groups.concat()
        );
        let system = scenario(&text, &[]).system;
        let answer = exact::solve(&system, &Effort::QUICK, None).unwrap();
        let mission = answer.services.as_slice()[0].mission.as_ref().unwrap();
        let roots = mission.roots.clone().unwrap();
        let of = |name: &str| {
            let of_name = roots
                .iter()
                .filter(|of| system.culprit_name(of.root.culprit) == name);
            of_name.map(|of| of.outages).sum::<f64>()
        };
        [of("a"), of("b")]
    };
    let told = begun([a, b], "a or b");
    for other in [
        begun([a, b], "g"),
        begun([b, a], "g"),
        begun([b, a], "a or b"),
    ] {
        let same = told
            .iter()
            .zip(&other)
            .all(|(one, other)| (one / other - 1.0).abs() < 1e-6);
        assert!(same, "{told:?} and {other:?}");
    }
}
