//! What began an outage, beside what kept the service down: closed forms, and plain trials, rare trials and the
//! exact answer against each other.

use failsim::base::Span;
use failsim::behaviour::{Behaviour, Mechanism};
use failsim::engine::Simulator;
use failsim::exact::{self, Effort};
use failsim::model::{Culprit, ServiceId, System};
use failsim::rare::{Mixture, RareSimulator};
use failsim::report::story::{Part, Story};
use failsim::trials::Tally;

use crate::support::{scenario, share, tally};

const SECOND: f64 = 1e9;

/// Mean downtime in seconds and mean number of outages of a mission, with their standard errors, by what began
/// them.
#[derive(Debug)]
struct Begun {
    name: String,
    down_s: (f64, f64),
    outages: (f64, f64),
}

fn plain(system: &System, tally: &Tally) -> Vec<Begun> {
    let of = |(root, of): (&_, &failsim::trials::RootMoments)| {
        let [down, outages] = [&of.down, &of.outages].map(|moments| {
            let mut moments = moments.clone();
            moments.record_zeros(tally.trial_count - moments.count());
            (moments.mean(), moments.standard_error())
        });
        Begun {
            name: system.root_name(*root),
            down_s: (down.0 / SECOND, down.1 / SECOND),
            outages,
        }
    };
    tally.services[0].roots.iter().map(of).collect()
}

fn rare(system: &System, trials: u64) -> Vec<Begun> {
    let simulator = RareSimulator::new(system, system.mission, 42, Mixture::USUAL);
    let tally = simulator.run(0, trials);
    let service = &tally.services.as_slice()[0];
    let trials = service.down.count();
    let of = |(root, of): (&_, &failsim::rare::RareRootMoments)| {
        let [down, outages] = [&of.down, &of.outages].map(|moments| {
            let mut moments = moments.clone();
            moments.record_zeros(trials - moments.count());
            (moments.mean(), moments.standard_error())
        });
        Begun {
            name: system.root_name(*root),
            down_s: (down.0 / SECOND, down.1 / SECOND),
            outages,
        }
    };
    service.roots.iter().map(of).collect()
}

fn exactly(system: &System) -> Vec<Begun> {
    let effort = Effort {
        joint_states_max: 5_000,
        multiplications_max: 1e10,
        ..Effort::FULL
    };
    let answer = exact::solve(system, &effort, None).unwrap();
    let mission = answer.services.as_slice()[0].mission.as_ref().unwrap();
    let roots = mission.roots.as_ref().unwrap();
    let (down, outages) = (mission.unavailability * answer.mission_s, mission.outages);
    let sum: f64 = roots.iter().map(|of| of.down_s).sum();
    assert!((sum / down - 1.0).abs() < 1e-6, "{sum} s of {down} s");
    let sum: f64 = roots.iter().map(|of| of.outages).sum();
    let outages = outages.unwrap();
    assert!((sum / outages - 1.0).abs() < 1e-6, "{sum} of {outages}");
    let of = |of: &exact::RootAnswer| Begun {
        name: system.root_name(of.root),
        down_s: (of.down_s, 0.0),
        outages: (of.outages, 0.0),
    };
    roots.iter().map(of).collect()
}

/// Asserts that two sets of figures agree within four and a half standard errors, and that both know the same
/// roots of what happens often.
fn agree(what: &str, one: &[Begun], other: &[Begun]) {
    for (mine, theirs) in [(one, other), (other, one)] {
        for mine in mine {
            let found = theirs.iter().find(|of| of.name == mine.name);
            let none = ((0.0, 0.0), (0.0, 0.0));
            let (down_s, outages) = found.map_or(none, |of| (of.down_s, of.outages));
            for (figure, mine, theirs) in [
                ("downtime", mine.down_s, down_s),
                ("outages", mine.outages, outages),
            ] {
                let error = mine.1.hypot(theirs.1);
                let z = (mine.0 - theirs.0) / error.max(1e-9 * mine.0.abs());
                println!("{what}: {figure}: {mine:?} and {theirs:?}, z = {z:.2}");
                // What has hardly been seen has no standard error.
                let is_seen = mine.0 > 50.0 * mine.1 * mine.1 || error == 0.0;
                let is_close = z.abs() < 4.5 || !is_seen && mine.0 < 0.01;
                assert!(is_close, "{what}: {figure}: {mine:?} and {theirs:?}");
            }
        }
    }
}

/// A site needs a database and a cache. Each of their failovers is over before the site's own detector sees
/// anything: the database begins half of the outages and, as its takeover takes four times as long, four fifths
/// of the downtime, all of which passes at the site, undetected.
#[test]
fn what_a_site_needs_began_it_and_the_time_passed_at_the_site() {
    let pair = |detect: &str, takeover: &str| {
        format!(
            "kind = \"pg\"\nunits = 2\nactive = 1\nstandby = \"hot\"\ndetect = \"{detect}\"\ntakeover = \"{takeover}\"\n"
        )
    };
    let text = format!(
        "[kinds.pg]\nfail = {{ rate = \"4 /y\" }}\nrepair = \"2 min\"\n[groups.pg]\n{}[groups.cache]\n{}\
         [components.eu]\nfail = \"never\"\nrepair = \"1 h\"\nneeds = \"pg and cache\"\n\
         [components.us]\nfail = \"never\"\nrepair = \"1 h\"\nneeds = \"pg and cache\"\n\
         [groups.site]\nmembers = [\"eu\", \"us\"]\nactive = 1\nstandby = \"hot\"\ndetect = \"90 s\"\ntakeover = \"30 s\"\n\
         [service]\nup = \"site\"\n",
        pair("30 s", "10 s"),
        pair("5 s", "5 s"),
    );
    let system = scenario(&text, &[]).system;
    let tally = tally(&system, 3_000);
    let begun = plain(&system, &tally);
    let [cache, pg] = ["cache through site", "pg through site"].map(|name| {
        let found = begun.iter().find(|of| of.name == name);
        found.unwrap_or_else(|| panic!("{name} is not in {begun:?}"))
    });
    assert_eq!(begun.len(), 2);
    // Four failures a year of the one that serves, while nothing else is down.
    for of in [cache, pg] {
        let (mean, error) = of.outages;
        assert!((mean - 4.0).abs() < 4.0 * error + 0.02, "{of:?}");
    }
    let ratio = pg.down_s.0 / cache.down_s.0;
    assert!((ratio - 4.0).abs() < 0.2, "{ratio}");
    let site = system
        .groups
        .iter_ids()
        .find(|(_, group)| group.name == "site");
    let site = Culprit::Group(site.unwrap().0);
    assert!(share(&tally, site, Mechanism::Undetected) > 0.98);

    let behaviour = Behaviour::of(&system);
    let simulator = Simulator::new(&behaviour, system.mission, 42);
    let told = Story::of(&system, &behaviour, &simulator, 0).text(ServiceId(0), Part::Whole);
    assert!(
        told.contains("is DOWN because of pg through site"),
        "{told}"
    );
}

/// A unit and a shared cause take a service down equally often, 100 h after all was well. What the unit began goes
/// on while an event lasts that came meanwhile: 10.476190 h instead of 10 h, by the mean times to leave of a
/// chain of three states.
#[test]
fn an_outage_keeps_what_began_it() {
    let text = "[run]\nhorizon = \"1000000 h\"\n[components.a]\nfail = { mean = \"100 h\" }\n\
                repair = { mean = \"10 h\" }\n[causes.zone]\nevery = { mean = \"100 h\" }\n\
                lasts = { mean = \"10 h\" }\nhits = [\"a\"]\n[service]\nup = \"a\"\n";
    let system = scenario(text, &[]).system;
    let begun = exactly(&system);
    let [a, zone] = ["a", "zone"].map(|name| begun.iter().find(|of| of.name == name).unwrap());
    let close = |value: f64, truth: f64| assert!((value / truth - 1.0).abs() < 1e-4, "{begun:?}");
    close(a.outages.0, zone.outages.0);
    close(a.down_s.0 / a.outages.0, 3600.0 * 220.0 / 21.0);
    close(zone.down_s.0 / zone.outages.0, 36_000.0);
    // By the mechanism, the time while both are down is the cause's.
    let mut short = system;
    short.mission = Span::from_hours(2_000.0).unwrap();
    agree(
        "a and zone",
        &exactly(&short),
        &plain(&short, &tally(&short, 4_000)),
    );
}

/// One of three is in a long repair when an event takes the second away: the event began the outage. When it is
/// the other way round, the failure did.
#[test]
fn what_takes_the_last_one_away_began_it() {
    let text = "[run]\nhorizon = \"1000 h\"\n[kinds.node]\nfail = { mean = \"200 h\" }\n\
                repair = { mean = \"50 h\" }\n[groups.nodes]\nkind = \"node\"\nunits = 3\nrequired = 2\n\
                standby = \"active\"\n[causes.power]\nevery = { mean = \"100 h\" }\nlasts = { mean = \"5 h\" }\n\
                hits = [\"nodes.1\"]\n[service]\nup = \"nodes\"\n";
    let system = scenario(text, &[]).system;
    let (exact, plain) = (exactly(&system), plain(&system, &tally(&system, 8_000)));
    agree("nodes", &exact, &plain);
    let begun = |name: &str| exact.iter().find(|of| of.name == name).unwrap().outages.0;
    assert!(begun("power") > 1.0 && begun("nodes") > 1.0, "{exact:?}");
}

const REGIONS: &str = r#"
[run]
horizon = "300 h"
[kinds.pg]
fail = { mean = "60 h" }
repair = { mean = "10 h" }
[groups.pg]
kind = "pg"
units = 2
active = 1
standby = "hot"
detect = { exponential = { mean = "1 h" } }
takeover = { exponential = { mean = "1 h" } }
[components.dns]
fail = { mean = "90 h" }
repair = { mean = "5 h" }
[components.eu]
fail = { mean = "70 h" }
repair = { mean = "5 h" }
needs = "pg"
[components.us]
fail = { mean = "70 h" }
repair = { mean = "5 h" }
needs = "pg"
[groups.site]
members = ["eu", "us"]
active = 1
standby = "hot"
takeover = { exponential = { mean = "1 h" } }
[causes.zone]
every = { mean = "80 h" }
lasts = { mean = "2 h" }
hits = ["eu", "us"]
[service]
up = "site and dns"
"#;

/// Outages that overlap belong to the one that went down first, whole, in all ways of working them out.
#[test]
fn plain_and_rare_trials_and_the_exact_answer_know_the_same_roots() {
    let system = scenario(REGIONS, &[]).system;
    let exact = exactly(&system);
    let names: Vec<&str> = exact.iter().map(|of| of.name.as_str()).collect();
    for name in ["dns", "zone", "site", "pg through site"] {
        assert!(names.contains(&name), "{name} is not in {names:?}");
    }
    agree("plain", &exact, &plain(&system, &tally(&system, 6_000)));
    agree("rare", &exact, &rare(&system, 3_000));
}

/// Rare trials take a system apart whose parts share nothing. Where one goes down while another is down, the
/// outage is the other's to its end.
#[test]
fn roots_of_outages_of_parts_that_are_lived_apart() {
    let unit = |name: &str, fail: u32| {
        format!(
            "[kinds.{name}]\nfail = {{ mean = \"{fail} h\" }}\nrepair = {{ mean = \"10 h\" }}\n\
                 [groups.{name}]\nkind = \"{name}\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n"
        )
    };
    let text = format!(
        "[run]\nhorizon = \"400 h\"\n{}{}{}[service]\nup = \"a and b and c\"\n",
        unit("a", 40),
        unit("b", 60),
        unit("c", 90)
    );
    let system = scenario(&text, &[]).system;
    let exact = exactly(&system);
    agree("plain", &exact, &plain(&system, &tally(&system, 6_000)));
    agree("rare", &exact, &rare(&system, 6_000));
}

/// A service that is down because it serves too little: what took its capacity away when it went down.
#[test]
fn roots_of_a_service_that_serves_too_little() {
    let pool = |name: &str, capacity: u32| {
        format!(
            "[kinds.{name}]\nfail = {{ mean = \"50 h\" }}\nrepair = {{ mean = \"10 h\" }}\ncapacity = {capacity}\n\
                 [groups.{name}]\nkind = \"{name}\"\nunits = 3\nrequired = 1\nstandby = \"active\"\n"
        )
    };
    let text = format!(
        "[run]\nhorizon = \"400 h\"\n{}{}[service]\nup = \"web and db\"\ndemand = 100\ndown_below = \"80 %\"\n",
        pool("web", 40),
        pool("db", 45)
    );
    let system = scenario(&text, &[]).system;
    let exact = exactly(&system);
    assert_eq!(exact.len(), 2, "{exact:?}");
    agree("plain", &exact, &plain(&system, &tally(&system, 6_000)));
}

/// A service is down because one that it contains serves too little: what took the capacity away began it, and not
/// the unit that has less capacity without it and never fails.
#[test]
fn roots_of_what_contains_a_service_that_serves_too_little() {
    let text = "[components.ctl]\nfail = { mean = \"20 h\" }\nrepair = { mean = \"1 h\" }\n\
                [components.a]\nfail = \"never\"\nrepair = \"never\"\ncapacity = 100\n\
                degraded_without = { ctl = 0.5 }\n[services.t]\nup = \"s\"\n\
                [services.s]\nup = \"a\"\ndemand = 100\ndown_below = \"60 %\"\n";
    let system = scenario(text, &[]).system;
    let exact = exactly(&system);
    let names: Vec<&str> = exact.iter().map(|of| of.name.as_str()).collect();
    assert_eq!(names, ["ctl through a"]);
    agree("plain", &exact, &plain(&system, &tally(&system, 2_000)));
}

/// Two of three are needed, told as a number of members and as a demand with the share that must be served: the
/// same events begin the same outages.
#[test]
fn roots_are_the_same_by_structure_and_by_demand() {
    let text = |required: u32, more: &str| {
        format!(
            "[run]\nhorizon = \"1000 h\"\n[kinds.node]\nfail = {{ mean = \"200 h\" }}\n\
             repair = {{ mean = \"50 h\" }}\n[groups.nodes]\nkind = \"node\"\nunits = 3\n\
             required = {required}\nstandby = \"active\"\ncapacity = 1\n[causes.power]\n\
             every = {{ mean = \"100 h\" }}\nlasts = {{ mean = \"5 h\" }}\nhits = [\"nodes.1\"]\n\
             [service]\nup = \"nodes\"\n{more}"
        )
    };
    let by_number = scenario(&text(2, ""), &[]).system;
    let by_demand = scenario(&text(1, "demand = 2\ndown_below = \"100 %\"\n"), &[]).system;
    let (number, demand) = (exactly(&by_number), exactly(&by_demand));
    for name in ["nodes", "power"] {
        let of = |begun: &[Begun]| begun.iter().find(|of| of.name == name).unwrap().outages.0;
        let (number, demand) = (of(&number), of(&demand));
        assert!(
            (number / demand - 1.0).abs() < 1e-6,
            "{name}: {number} and {demand}"
        );
    }
    agree(
        "by demand",
        &demand,
        &plain(&by_demand, &tally(&by_demand, 6_000)),
    );
}

/// What strikes a standby that never serves begins nothing, also if a false alarm comes meanwhile.
#[test]
fn a_false_alarm_began_it_whatever_is_wrong_with_a_standby() {
    let text = "[run]\nhorizon = \"1000 h\"\n[kinds.node]\nfail = \"never\"\nrepair = \"never\"\n\
                [components.a]\nkind = \"node\"\n[components.b]\nkind = \"node\"\n[components.c]\n\
                kind = \"node\"\n[groups.trio]\nmembers = [\"a\", \"b\", \"c\"]\nactive = 1\n\
                standby = \"hot\"\nfalse_alarms = { mean = \"50 h\" }\n\
                takeover = { fencing = { mean = \"10 min\" }, promoting = { mean = \"1 h\" } }\n\
                [causes.zone]\nevery = { mean = \"20 h\" }\nlasts = { mean = \"20 h\" }\nhits = [\"c\"]\n\
                [service]\nup = \"trio\"\n";
    let system = scenario(text, &[]).system;
    let (exact, plain) = (exactly(&system), plain(&system, &tally(&system, 2_000)));
    for begun in [&exact, &plain] {
        assert_eq!(begun.len(), 1, "{begun:?}");
        assert_eq!(begun[0].name, "trio");
        assert!(begun[0].outages.0 > 5.0);
    }
    agree("false alarms", &exact, &plain);
}

/// Work begins in the moment in which a unit is back, and a failed one is still away: no event of its own takes the
/// service down. Whichever of the two like members that is, the work began it.
#[test]
fn roots_do_not_depend_on_the_order_of_like_members() {
    let text = r#"
[run]
horizon = "120 h"
start = "settled"
[kinds.node]
test = { every = { mean = "338 min" } }
[kinds.node.modes.blip]
fail = { mean = "426 min" }
lasts = { mean = "45 min" }
notice = "test"
[groups.nodes]
kind = "node"
units = 2
active = 2
required = 1
standby = "active"
detect = { mean = "39 min" }
[causes.common]
beta = "20 %"
hits = ["nodes"]
[changes.deploy]
on = ["nodes"]
batch = 2
every = { mean = "1296 min" }
takes = { mean = "37 min" }
[service]
up = "nodes"
"#;
    let system = scenario(text, &[]).system;
    let exact = exactly(&system);
    let begun = |name: &str| exact.iter().any(|of| of.name == name && of.outages.0 > 0.1);
    assert!(
        begun("nodes") && begun("deploy") && begun("common"),
        "{exact:?}"
    );
    agree("nodes", &exact, &plain(&system, &tally(&system, 6_000)));
}
