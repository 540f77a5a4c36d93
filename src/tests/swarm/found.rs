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
