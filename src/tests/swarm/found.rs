//! What the swarm has found, each by a small system that shows it.

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;

use crate::support::scenario;

/// Seconds down and degraded in the first trial.
fn down_and_degraded(text: &str) -> (f64, f64) {
    let system = scenario(text, &[]).system;
    let behaviour = Behaviour::of(&system);
    let simulator = Simulator::new(&behaviour, system.mission, 1);
    let mut runner = simulator.runner();
    let service = &runner.run(0).services[0];
    (
        service.down_time() as f64 / 1e9,
        service.degraded as f64 / 1e9,
    )
}

/// No takeover replaces a unit that is only reduced, so a repair that begins after the takeover
/// begins when the fault is noticed. It never did.
#[test]
fn a_reduced_unit_does_not_wait_for_a_takeover_that_never_comes() {
    let text = "[run]\nhorizon = \"1000 s\"\n[components.a]\nfail = { constant = \"100 s\" }\n\
         repair = \"200 s\"\nrepair_starts = \"takeover\"\neffect = { degraded = \"50 %\" }\n\
         [service]\nup = \"a\"\n";
    assert_eq!(down_and_degraded(text), (0.0, 600.0));
}

/// A standby that is found reduced when it is called goes on taking over. The takeover stopped there
/// for ever.
#[test]
fn a_standby_that_is_found_reduced_takes_over() {
    let text = "[run]\nhorizon = \"1000 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"never\"\n\
         [components.b]\non_demand = { probability = \"99.9999999 %\" }\nfail = \"never\"\nrepair = \"never\"\n\
         effect = { degraded = \"50 %\" }\n\
         [groups.pair]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\ntakeover = \"20 s\"\n\
         [service]\nup = \"pair\"\n";
    assert_eq!(down_and_degraded(text), (20.0, 880.0));
}

/// Where a takeover goes on with a candidate that is dead, its end shows that, and the candidate is
/// repaired. Nobody noticed a hidden fault, and the service was down for ever.
#[test]
fn a_dead_candidate_is_noticed_at_the_end_of_the_takeover() {
    let text = "[run]\nhorizon = \"260 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"never\"\n\
         [components.b]\nfail = { constant = \"50 s\" }\nrepair = \"100 s\"\n\
         [groups.pair]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\nstandby_faults = \"latent\"\n\
         [groups.pair.takeover]\npromoting = \"20 s\"\ncandidate_failure = \"continue\"\n\
         after_exhaustion = \"at once\"\n[service]\nup = \"pair\"\n";
    assert_eq!(down_and_degraded(text), (120.0, 0.0));
}

/// People who find no standby alive have those repaired that they have tried. A standby with a hidden
/// fault was passed over in silence, and was not called even when it was well again.
#[test]
fn people_notice_the_dead_standbys_that_they_try() {
    let text = "[run]\nhorizon = \"260 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"never\"\n\
         [components.b]\nfail = { constant = \"50 s\" }\nrepair = \"100 s\"\n\
         [groups.pair]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\nstandby_faults = \"latent\"\n\
         [groups.pair.takeover]\nmanual = \"20 s\"\ndeciding = { constant = \"10 s\", succeeds = \"0.0000001 %\" }\n\
         after_exhaustion = \"at once\"\n[service]\nup = \"pair\"\n";
    assert_eq!(down_and_degraded(text), (130.0, 0.0));
}

/// A failure that is over before anybody could notice it has no failover to complete: the member
/// serves on. Its seat stayed undetected for ever.
#[test]
fn nobody_completes_a_failover_that_nobody_would_notice() {
    let text = "[run]\nhorizon = \"260 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"50 s\"\n\
         repair_starts = \"failure\"\nnotice = \"test\"\ntest = { every = \"1 h\" }\n\
         [components.b]\nfail = \"never\"\nrepair = \"never\"\n\
         [groups.pair]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\n\
         [groups.pair.takeover]\npromoting = \"20 s\"\nrecovered = \"complete\"\n[service]\nup = \"pair\"\n";
    assert_eq!(down_and_degraded(text), (60.0, 0.0));
}

/// The same of a group in a group: its failover is completed although it has come back meanwhile. What is
/// noticed at once by itself waits for no detector.
#[test]
fn the_failover_of_a_group_is_completed_too() {
    let seconds = |notice: &str, members: &str| {
        let text = format!(
            "[run]\nhorizon = \"200 s\"\n[components.a]\nfail = {{ constant = \"100 s\" }}\nlasts = \"20 s\"\n{notice}\
             [components.b]\nfail = \"never\"\nrepair = \"never\"\n[components.c]\nfail = \"never\"\nrepair = \"never\"\n\
             [groups.inner]\n{members}\n[groups.outer]\nmembers = [\"inner\", \"b\"]\nactive = 1\nstandby = \"hot\"\n\
             detect = \"30 s\"\n[groups.outer.takeover]\npromoting = \"10 s\"\nrecovered = \"complete\"\n[service]\nup = \"outer\"\n"
        );
        down_and_degraded(&text)
    };
    for members in [
        "members = [\"a\"]",
        "members = [\"a\", \"c\"]\nstandby = \"active\"",
    ] {
        assert_eq!(seconds("", members), (40.0, 0.0), "{members}");
        let at_once = seconds("notice = \"at once\"\n", members);
        assert_eq!(at_once, (10.0, 0.0), "{members}");
    }
}

/// A member that is back before its failure is noticed, and fails once more in a way that is seen at
/// once, is replaced then. The seat stayed undetected for ever.
#[test]
fn a_second_failure_in_another_mode_begins_the_failover() {
    let text = "[run]\nhorizon = \"200 s\"\n[components.a]\nrenews = \"process\"\n\
         [components.a.modes.first]\nfail = { constant = \"100 s\" }\nrepair = \"30 s\"\nrepair_starts = \"failure\"\nnotice = \"test\"\n\
         [components.a.modes.second]\nfail = { constant = \"110 s\" }\nrepair = \"never\"\nnotice = \"at once\"\n\
         [components.b]\nfail = \"never\"\nrepair = \"never\"\n\
         [groups.pair]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\nstandby_faults = \"at once\"\n\
         [groups.pair.takeover]\npromoting = \"20 s\"\n[service]\nup = \"pair\"\n";
    assert_eq!(down_and_degraded(text), (50.0, 0.0));
}

/// Where the quorum is gone, people see which members are dead, also those that nobody had missed.
/// They were never repaired, and the quorum never came back.
#[test]
fn the_loss_of_a_quorum_shows_who_is_dead() {
    let text = "[run]\nhorizon = \"200 s\"\n[components.a]\nfail = \"never\"\nrepair = \"never\"\n\
         [components.b]\nfail = { constant = \"100 s\" }\nrepair = \"50 s\"\n\
         [groups.pair]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\nstandby_faults = \"latent\"\n\
         quorum = 2\ntakeover = \"20 s\"\n[service]\nup = \"pair\"\n";
    assert_eq!(down_and_degraded(text), (70.0, 0.0));
}

/// What is wrong with a standby is noticed once it serves. It stayed reduced for ever.
#[test]
fn a_hidden_reduction_shows_when_its_unit_serves() {
    let text = "[run]\nhorizon = \"1000 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"never\"\n\
         [components.b]\nfail = { constant = \"50 s\" }\nrepair = \"60 s\"\neffect = { degraded = \"50 %\" }\n\
         [groups.pair]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\nstandby_faults = \"latent\"\n\
         detect = \"10 s\"\ntakeover = \"20 s\"\n[service]\nup = \"pair\"\n";
    let (down, degraded) = down_and_degraded(text);
    assert_eq!(down, 30.0);
    // From 130 s on it is reduced for 70 s, and again for 70 s after each 50 s in full.
    assert_eq!(degraded, 70.0 * 7.0 + 30.0);
}

/// A dead candidate of a takeover that goes on regardless does not write, so there is no split. It was
/// seated when the sides were reconciled, and nobody brought it back.
#[test]
fn a_dead_candidate_does_not_split_a_group() {
    let text = "[run]\nhorizon = \"1000 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"400 s\"\neffect = \"isolated\"\n\
         [components.b]\nfail = { constant = \"50 s\" }\nrepair = \"never\"\n\
         [groups.pair]\nmembers = [\"a\", \"b\"]\nactive = 1\nstandby = \"hot\"\nstandby_faults = \"latent\"\n\
         [groups.pair.takeover]\npromoting = \"20 s\"\ncandidate_failure = \"continue\"\nafter_exhaustion = \"at once\"\n\
         [groups.pair.split_brain]\nlasts = \"30 s\"\n[service]\nup = \"pair\"\n";
    // From 100 s to 500 s, from 600 s to the end.
    assert_eq!(down_and_degraded(text), (800.0, 0.0));
}

/// On demand, a fault may cost the quorum: then there is no takeover left to go on with.
#[test]
fn a_quorum_that_is_lost_on_demand_ends_the_takeover() {
    let text = "[run]\nhorizon = \"1000 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"300 s\"\n\
         [components.b]\non_demand = { probability = \"99.9999999 %\" }\nfail = \"never\"\nrepair = \"200 s\"\n\
         [components.c]\nfail = \"never\"\nrepair = \"never\"\n\
         [groups.trio]\nmembers = [\"a\", \"b\", \"c\"]\nactive = 1\nstandby = \"hot\"\nquorum = 2\n\
         [groups.trio.takeover]\npromoting = \"20 s\"\ncandidate_failure = \"continue\"\n[service]\nup = \"trio\"\n";
    let (down, _) = down_and_degraded(text);
    assert!(down > 200.0 && down < 900.0, "{down}");
}

/// A member that comes back before its failure is noticed may take another seat: the notice still
/// begins the failover of the seat that it had. That seat stayed undetected for ever.
#[test]
fn the_notice_of_a_failure_finds_the_seat_that_failed() {
    let text = "[run]\nhorizon = \"210 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"20 s\"\n\
         repair_starts = \"failure\"\n[components.b]\nfail = { constant = \"20 s\" }\nrepair = \"100 s\"\n\
         [components.c]\nfail = { constant = \"10 s\" }\nrepair = \"never\"\n\
         [groups.trio]\nmembers = [\"a\", \"b\", \"c\"]\nactive = 2\nrequired = 2\nstandby = \"hot\"\ndetect = \"60 s\"\n\
         [groups.trio.takeover]\npromoting = \"1 s\"\nrecovered = \"complete\"\nafter_exhaustion = \"at once\"\n\
         [service]\nup = \"trio\"\n";
    // b's seat has nobody from 20 s on; a takes it at 120 s; b is back at 180 s, takes a's, and fails at 200 s.
    assert_eq!(down_and_degraded(text), (170.0, 0.0));
}

/// A takeover fences the member of its seat, and not one that serves another seat by now. That one
/// was fenced where it served, and when it failed nobody took over.
#[test]
fn whoever_has_taken_another_seat_is_not_fenced_there() {
    let text = "[run]\nhorizon = \"300 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"20 s\"\n\
         repair_starts = \"detection\"\n[components.b]\nfail = { constant = \"105 s\" }\nrepair = \"never\"\n\
         [components.c]\nfail = \"never\"\nrepair = \"never\"\n\
         [groups.trio]\nmembers = [\"a\", \"b\", \"c\"]\nactive = 2\nrequired = 2\nstandby = \"hot\"\ndetect = \"10 s\"\n\
         [groups.trio.takeover]\nfencing = \"60 s\"\npromoting = \"20 s\"\nrecovered = \"complete\"\n\
         after_exhaustion = \"at once\"\n[service]\nup = \"trio\"\n";
    // c takes a's seat over from 110 s to 190 s, a has taken b's at 130 s, and fails from 230 s to 260 s.
    assert_eq!(down_and_degraded(text), (120.0, 0.0));
}

/// Who takes over at once ages while its service is up, which is down for no time at all. It was taken for
/// down, and never failed.
#[test]
fn who_takes_over_at_once_ages_from_then_on() {
    let text = "[run]\nhorizon = \"300 s\"\n[kinds.k]\nfail = { constant = \"100 s\" }\nrepair = \"never\"\n\
         ages_while = \"service\"\n[groups.pair]\nkind = \"k\"\nunits = 2\nactive = 1\nstandby = \"cold\"\n\
         [service]\nup = \"pair\"\n";
    assert_eq!(down_and_degraded(text), (100.0, 0.0));
}

/// Where a state leads has nothing to do with how long it lasted, and three machines nothing with each
/// other. Both drew from the same random numbers.
#[test]
fn machines_choose_regardless_of_time() {
    let text = "[run]\nhorizon = \"1000000 s\"\n[kinds.k.states.good]\n\
         exits = [{ after = { mean = \"100 s\" }, to = { good = \"50 %\", broken = \"50 %\" } }]\n\
         [kinds.k.states.broken]\ngives = \"down\"\nexits = [{ after = { mean = \"100 s\" }, to = \"good\" }]\n\
         [components.a]\nkind = \"k\"\n[components.b]\nkind = \"k\"\n[service]\nup = \"a and b\"\n";
    let (down, _) = down_and_degraded(text);
    // Two thirds up each.
    assert!((down / 1e6 - 5.0 / 9.0).abs() < 0.01, "{down}");
}

/// A unit may both need something and work less without it. Both drew their detection from the same random numbers.
#[test]
fn what_is_needed_twice_draws_twice() {
    let text = "[run]\nhorizon = \"1000 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"200 s\"\n\
         [kinds.k]\nfail = \"never\"\nrepair = \"never\"\n\
         [groups.g]\nkind = \"k\"\nunits = 1\nstandby = \"active\"\nneeds = \"a\"\ndegraded_without = { a = \"50 %\" }\n\
         detect = { interval = \"1 s\" }\n[service]\nup = \"g\"\n";
    let (down, _) = down_and_degraded(text);
    assert_eq!(down, 600.0);
}

/// A called group that is found dead and replaces its unit at once is promoted anew, from the beginning. The first
/// attempt went on beside the second one, whose end then met a seat that was in no stage.
#[test]
fn a_group_that_replaces_its_dead_unit_at_once_is_promoted_anew() {
    let text = "[run]\nhorizon = \"300 s\"\n[components.a]\nfail = { constant = \"100 s\" }\nrepair = \"never\"\n\
         [components.b]\non_demand = { probability = \"99.9999999 %\" }\nfail = \"never\"\nrepair = \"never\"\n\
         [components.c]\nfail = \"never\"\nrepair = \"never\"\n\
         [groups.inner]\nmembers = [\"b\", \"c\"]\nactive = 1\nstandby = \"hot\"\n\
         [groups.outer]\nmembers = [\"a\", \"inner\"]\nactive = 1\nstandby = \"hot\"\n\
         [groups.outer.takeover]\npromoting = \"20 s\"\n[service]\nup = \"outer\"\n";
    assert_eq!(down_and_degraded(text), (40.0, 0.0));
    let at_once = text.replace("promoting = \"20 s\"", "promoting = \"0 s\"");
    assert_eq!(down_and_degraded(&at_once), (0.0, 0.0));
}
