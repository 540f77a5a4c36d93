//! People who take over by hand, against closed forms.

use crate::support::{HOUR, check_moments, scenario, share, tally};
use failsim::behaviour::Mechanism;
use failsim::model::{Culprit, GroupId};

/// Pairs whose automatic takeovers all fail, so that people have to help each time. The failed
/// server is mended as soon as they have.
fn pairs(names: &[&str], manual: &str) -> String {
    let mut text = String::from(
        "[run]\nhorizon = \"200000 h\"\n[kinds.node]\nfail = { mean = \"100 h\" }\nrepair = \"1 s\"\nrepair_starts = \"takeover\"\n",
    );
    for name in names {
        text += &format!(
            "[groups.{name}]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"cold\"\n\
             [groups.{name}.takeover]\ndeciding = {{ constant = \"0 s\", succeeds = \"0 %\" }}\nmanual = {manual}\nmanual_by = \"operator\"\n"
        );
    }
    text + &format!("[service]\nup = \"{}\"\n", names.join(" and "))
}

/// One operator serves two incidents in turn: two machines and one repairer. With r the mean help
/// over the mean time between failures, the states 0, 1 and 2 have weights 1, 2 r and 2 r^2.
#[test]
fn one_operator_serves_several_incidents_in_turn() {
    let text = pairs(&["a", "b"], "{ mean = \"10 h\" }") + "[people.operator]\nsize = 1\n";
    let tally = tally(&scenario(&text, &[]).system, 60);
    let r: f64 = 0.1;
    let busy = 2.0 * r + 2.0 * r * r;
    let service = &tally.services[0];
    check_moments(
        "one operator, two pairs",
        &service.down,
        HOUR,
        busy / (1.0 + busy) * 200_000.0,
    );
    // Of the time that one pair is down, it waits for the other one while both are, half of that each.
    let alone = scenario(&text.replace("up = \"a and b\"", "up = \"b\""), &[]);
    let second = crate::support::tally(&alone.system, 60);
    let waits = share(&second, Culprit::Group(GroupId(1)), Mechanism::ManualWait);
    assert!((waits - r / (1.0 + 2.0 * r)).abs() < 0.004, "waits {waits}");
    let two = text.replace("size = 1", "size = 2");
    let more = crate::support::tally(&scenario(&two, &[]).system, 60);
    let apart = 1.0 - 1.0 / (1.0 + r).powi(2);
    check_moments(
        "two operators, two pairs",
        &more.services[0].down,
        HOUR,
        apart * 200_000.0,
    );
}

/// Help that takes 1 h by day goes at half the speed for the first 12 h of each day. Of the hours in
/// which it may begin, 10 cost 2 h, 11 cost 1 h, and the 2 before the day and the 1 before the night
/// cost 1.5 h on average.
#[test]
fn people_are_slower_at_night() {
    let text = pairs(&["a"], "\"1 h\"")
        + "[people.operator]\nslower = [{ every = \"1 d\", lasts = \"12 h\", speed = \"50 %\" }]\n";
    let tally = tally(
        &scenario(&text, &["kinds.node.fail={ mean = \"1000 h\" }"]).system,
        500,
    );
    let help: f64 = (10.0 * 2.0 + 2.0 * 1.5 + 11.0 + 1.5) / 24.0;
    check_moments(
        "slower at night",
        &tally.services[0].down,
        HOUR,
        help / (1000.0 + help) * 200_000.0,
    );
}

/// Six pairs that fail once in 100 h and one operator who needs 100 h for each: he is never idle, and five
/// incidents are open in the mean (machine repair, weights 6! / (6 - n)!). So most of the downtime of a
/// pair is waiting for him, and the attribution names that first.
#[test]
fn waiting_for_people_can_be_most_of_the_downtime() {
    let names = ["a", "b", "c", "d", "e", "f"];
    let text = pairs(&names, "{ mean = \"100 h\" }") + "[people.operator]\nsize = 1\n";
    let text = text.replace(&format!("up = \"{}\"", names.join(" and ")), "up = \"f\"");
    let system = scenario(&text, &[]).system;
    let tally = tally(&system, 40);
    let mut weights = vec![1.0];
    for open in 0..6_u32 {
        weights.push(weights[open as usize] * f64::from(6 - open));
    }
    let sum: f64 = weights.iter().sum();
    let open: f64 = weights
        .iter()
        .zip(0_u32..)
        .map(|(w, n)| w * f64::from(n))
        .sum();
    let (open, busy) = (open / sum, 1.0 - weights[0] / sum);
    let waits = share(&tally, Culprit::Group(GroupId(5)), Mechanism::ManualWait);
    assert!((waits - (open - busy) / open).abs() < 0.01, "waits {waits}");
    check_moments(
        "six pairs, one operator",
        &tally.services[0].down,
        HOUR,
        open / 6.0 * 200_000.0,
    );
    let estimates = crate::support::estimates(&system, 4);
    let largest = estimates.services[0].contributions[0];
    assert_eq!(largest.culprit, Culprit::Group(GroupId(5)));
    assert_eq!(largest.mechanism, Some(Mechanism::ManualWait));
}
