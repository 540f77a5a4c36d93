//! Planned work against closed forms, and by the clock.

use crate::support::{
    HOUR, check_exact, check_mean, check_moments, scenario, share, steady, tally,
};
use failsim::behaviour::Mechanism;
use failsim::model::{ChangeId, Culprit, GroupId};
use failsim::trials::Tally;

const CHANGE: Culprit = Culprit::Change(ChangeId(0));

/// One trial of a scenario whose clocks leave nothing to chance.
fn once(text: &str) -> Tally {
    tally(&scenario(text, &[]).system, 1)
}

/// The last-but-one row of the table of the pair: 24 planned failovers a year, 30 s each. Twelve
/// times a year both servers are worked on, one after the other, and each hands over first.
#[test]
fn planned_failovers_outweigh_all_failures_of_a_pair() {
    let text = "[run]\nhorizon = \"250 y\"\n[kinds.node]\nfail = { mean = \"1 y\" }\nrepair = { mean = \"4 h\" }\n\
         [groups.pair]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"hot\"\nswitchover = \"30 s\"\n\
         [groups.pair.takeover]\nafter_exhaustion = \"at once\"\n\
         [changes.patch]\non = [\"pair\"]\ncalendar = { every = \"730.5 h\", at = \"100 h\", lasts = \"3 h\" }\ntakes = \"1 s\"\n\
         without_redundancy = \"skip\"\n[service]\nup = \"pair\"\n";
    let calm = scenario(text, &["kinds.node.fail=never", "run.horizon=1 y"]);
    assert_eq!(tally(&calm.system, 1).services[0].down.mean(), 24.0 * 30e9);
    let scenario = scenario(text, &[]);
    let tally = tally(&scenario.system, 1_000);
    let year = 8766.0;
    // An odd number of failures since the last time leaves the second server serving: then the first
    // has nothing to hand over. None takes place while a server is down, 2 x 4 h in a year and 4 h.
    let swapped = (1.0 - (-2.0_f64 / 12.0).exp()) / 2.0;
    let handovers = 12.0 * (2.0 - swapped) * (1.0 - 2.0 * 4.0 / (year + 4.0));
    let truth = handovers * 30.0 / 3600.0 / year + (4.0 / (year + 4.0_f64)).powi(2);
    let mission = 250.0 * year;
    let down = &tally.services[0].down;
    check_mean(
        "24 planned failovers, 30 s each",
        down.mean() / HOUR / mission,
        down.standard_error() / HOUR / mission,
        truth,
        0.005,
    );
    let share = share(&tally, CHANGE, Mechanism::Planned);
    assert!(share > 0.98, "the change has {share} of the downtime");
}

/// Steady unavailability of a pair whose nodes are upgraded one by one, only while both are up.
fn rolling_maintenance([mttf, mttr, every, takes]: [f64; 4]) -> f64 {
    // Both up, one failed, one in work, both failed, one in work and the other failed.
    let mut rate = vec![vec![0.0; 5]; 5];
    (rate[0][1], rate[0][2]) = (2.0 / mttf, 2.0 / every);
    (rate[1][0], rate[1][3]) = (1.0 / mttr, 1.0 / mttf);
    (rate[2][0], rate[2][4]) = (1.0 / takes, 1.0 / mttf);
    rate[3][1] = 2.0 / mttr;
    (rate[4][1], rate[4][2]) = (1.0 / takes, 1.0 / mttr);
    let p = steady(&rate);
    p[3] + p[4]
}

/// The chain agrees with a published solution in 40 digits, and the simulation with the chain.
#[test]
fn rolling_maintenance_of_a_pair_is_a_chain_of_five_states() {
    let published = 1.011_175_386_250_497_7e-5;
    let chain = rolling_maintenance([2000.0, 6.0, 720.0, 1.0]);
    assert!((chain / published - 1.0).abs() < 1e-12, "{chain}");
    let text = "[run]\nhorizon = \"400000 h\"\n[kinds.node]\nfail = { mean = \"200 h\" }\nrepair = { mean = \"12 h\" }\n\
         [groups.pair]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n\
         [changes.first]\non = [\"pair.1\"]\nevery = { mean = \"72 h\" }\ntakes = { mean = \"4 h\" }\nwithout_redundancy = \"skip\"\n\
         [changes.second]\non = [\"pair.2\"]\nevery = { mean = \"72 h\" }\ntakes = { mean = \"4 h\" }\nwithout_redundancy = \"skip\"\n\
         [service]\nup = \"pair\"\n";
    let as_published = [
        "kinds.node.fail={ mean = \"2000 h\" }",
        "kinds.node.repair={ mean = \"6 h\" }",
        "changes.first.every={ mean = \"720 h\" }",
        "changes.second.every={ mean = \"720 h\" }",
        "changes.first.takes={ mean = \"1 h\" }",
        "changes.second.takes={ mean = \"1 h\" }",
    ];
    check_exact(
        "rolling maintenance",
        &scenario(text, &as_published).system,
        published,
    );
    let scenario = scenario(text, &[]);
    let tally = tally(&scenario.system, 240);
    check_moments(
        "rolling maintenance",
        &tally.services[0].down,
        HOUR,
        rolling_maintenance([200.0, 12.0, 72.0, 4.0]) * 400_000.0,
    );
}

/// A change that is bad with 20 % takes everything down that runs it, until it is noticed and taken
/// back.
#[test]
fn a_bad_change_costs_the_time_to_notice_and_to_roll_back() {
    let scenario = scenario(
        "[run]\nhorizon = \"100000 h\"\n[components.web]\ncount = 3\nfail = \"never\"\nrepair = \"never\"\n\
         [changes.deploy]\non = [\"web\"]\nevery = { mean = \"100 h\" }\ntakes = \"1 h\"\norder = \"all at once\"\n\
         bad = { probability = \"20 %\", noticed = { mean = \"2 h\" }, rollback = { uniform = [\"0 h\", \"2 h\"] } }\n\
         [service]\nup = \"web\"\n",
        &[],
    );
    let tally = tally(&scenario.system, 150);
    let cost = 1.0 + 0.2 * 3.0;
    check_moments(
        "1 h of work, 20 % bad",
        &tally.services[0].down,
        HOUR,
        cost / (100.0 + cost) * 100_000.0,
    );
    let planned = share(&tally, CHANGE, Mechanism::Planned);
    let bad = share(&tally, CHANGE, Mechanism::Change);
    assert!((planned + bad - 1.0).abs() < 1e-12);
    assert!((planned - 1.0 / cost).abs() < 0.01, "{planned}");
}

const ROLLING: &str = "[run]\nhorizon = \"1000 h\"\n[components.web]\ncount = 3\nrequired = 2\nfail = \"never\"\nrepair = \"never\"\n\
     [changes.deploy]\non = [\"web\"]\ncalendar = { every = \"1000 h\", at = \"100 h\", lasts = \"10 h\" }\ntakes = \"1 h\"\n\
     bad = { probability = 1, noticed = \"90 min\", rollback = \"1 h\" }\n[service]\nup = \"web\"\n";

/// Three servers, of which two must work, one after the other for an hour each, and the version is
/// bad. From 101 h the first is bad and the second in work: planned, as its end would bring the
/// service back. From 102 h two are bad. At 102.5 h the change is known to be bad; at 103.5 h it is gone.
#[test]
fn a_bad_version_spreads_unit_by_unit_until_it_is_noticed() {
    let tally = once(ROLLING);
    let service = &tally.services[0];
    assert_eq!(service.down.mean(), 2.5 * HOUR);
    assert_eq!(service.first_outage.sums().0 as f64, 101.0 * HOUR);
    assert_eq!(share(&tally, CHANGE, Mechanism::Planned), 1.0 / 2.5);
    assert_eq!(share(&tally, CHANGE, Mechanism::Change), 1.5 / 2.5);
}

/// A canary, or waiting for a member to spare, keeps the bad version from the other servers.
#[test]
fn a_canary_and_a_spare_member_stop_a_bad_version() {
    for stop in [
        "canary = { watch = \"2 h\" }",
        "without_redundancy = \"put off\"",
    ] {
        let text = ROLLING.replace("takes =", &format!("{stop}\ntakes ="));
        assert_eq!(once(&text).services[0].down.mean(), 0.0, "{stop}");
    }
}

/// Work on the second of a pair is due at 100 h, while the first is struck from 99 h to 109 h. Put
/// off, it begins at 109 h; as it takes 100 h, the next event, at 208 h, finds it still under way
/// for an hour.
#[test]
fn work_that_was_put_off_begins_as_soon_as_there_is_a_member_to_spare() {
    for (policy, down) in [("go ahead", 9.0), ("put off", 1.0), ("skip", 0.0)] {
        let text = format!(
            "[run]\nhorizon = \"300 h\"\n[components.web]\ncount = 2\nrequired = 1\nfail = \"never\"\nrepair = \"never\"\n\
             [causes.rack]\nevery = \"99 h\"\nlasts = \"10 h\"\nhits = [\"web.1\"]\n\
             [changes.patch]\non = [\"web.2\"]\ncalendar = {{ every = \"1000 h\", at = \"100 h\", lasts = \"50 h\" }}\ntakes = \"100 h\"\n\
             without_redundancy = \"{policy}\"\n[service]\nup = \"web\"\n"
        );
        assert_eq!(once(&text).services[0].down.mean(), down * HOUR, "{policy}");
    }
}

/// No work begins in a freeze from 50 h to 150 h: it begins afterwards if its window is still open,
/// and not at all in this period if it is not.
#[test]
fn no_work_begins_in_a_freeze_or_outside_of_its_window() {
    for (open, first) in [(60, Some(150.0)), (40, None)] {
        let text = format!(
            "[run]\nhorizon = \"1000 h\"\n[components.web]\nfail = \"never\"\nrepair = \"never\"\n\
             [changes.patch]\non = [\"web\"]\ncalendar = {{ every = \"1000 h\", at = \"100 h\", lasts = \"{open} h\" }}\ntakes = \"2 h\"\n\
             freeze = [{{ every = \"2000 h\", at = \"50 h\", lasts = \"100 h\" }}]\n[service]\nup = \"web\"\n"
        );
        let tally = once(&text);
        let service = &tally.services[0];
        let down = if first.is_some() { 2.0 } else { 0.0 };
        assert_eq!(service.down.mean(), down * HOUR, "{open}");
        if let Some(first) = first {
            assert_eq!(service.first_outage.sums().0 as f64, first * HOUR);
        }
    }
}

/// Batches that have not begun when the window closes wait for the next one: two units, an hour
/// each, in a window of half an hour.
#[test]
fn a_window_that_closes_cuts_a_change_in_two() {
    let tally = once(
        "[run]\nhorizon = \"1000 h\"\n[components.web]\ncount = 2\nfail = \"never\"\nrepair = \"never\"\n\
         [changes.patch]\non = [\"web\"]\ncalendar = { every = \"300 h\", at = \"100 h\", lasts = \"30 min\" }\ntakes = \"1 h\"\n\
         [service]\nup = \"web\"\n",
    );
    let service = &tally.services[0];
    // At 100 h, 400 h and 700 h.
    assert_eq!(service.down.mean(), 3.0 * HOUR);
    assert_eq!(service.outages.mean(), 3.0);
}

/// The serving member hands over (30 s) before work on it; with a failback at once it takes its seat
/// back when the work is done (10 s), and not before; the other one is then worked on without harm.
#[test]
fn a_failback_waits_for_the_work_that_the_switchover_was_for() {
    let tally = once(
        "[run]\nhorizon = \"1000 h\"\n[kinds.node]\nfail = \"never\"\nrepair = \"never\"\n\
         [groups.pair]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"hot\"\nswitchover = \"30 s\"\n\
         failback = { mode = \"at once\", takes = \"10 s\" }\n\
         [changes.patch]\non = [\"pair\"]\ncalendar = { every = \"1000 h\", at = \"100 h\", lasts = \"9 h\" }\ntakes = \"1 h\"\n\
         [service]\nup = \"pair\"\n",
    );
    let service = &tally.services[0];
    assert_eq!(service.down.mean(), 40e9);
    assert_eq!(share(&tally, CHANGE, Mechanism::Planned), 0.75);
    let failback = share(&tally, Culprit::Group(GroupId(0)), Mechanism::Failback);
    assert_eq!(failback, 0.25);
}

/// A standby is dead and nobody knows until work on it ends and it does not come back: it is mended in
/// time to take over.
#[test]
fn work_shows_what_nobody_had_seen_of_a_standby() {
    let tally = once(
        "[run]\nhorizon = \"155 h\"\n[kinds.first]\nfail = { constant = \"130 h\" }\nrepair = \"10 h\"\n\
         [kinds.second]\nlike = \"first\"\nfail = { constant = \"50 h\" }\n\
         [components.a]\nkind = \"first\"\n[components.b]\nkind = \"second\"\n\
         [groups.pair]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\ndetect = \"30 s\"\n\
         standby_faults = \"latent\"\n\
         [changes.patch]\non = [\"b\"]\ncalendar = { every = \"1000 h\", at = \"100 h\", lasts = \"9 h\" }\n\
         takes = \"1 h\"\nrenews = false\n[service]\nup = \"pair\"\n",
    );
    assert_eq!(tally.services[0].down.mean(), 30e9);
}
