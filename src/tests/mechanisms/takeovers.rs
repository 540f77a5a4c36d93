//! The stages of a takeover, who is called, and what follows where one fails.

use super::*;

#[test]
fn the_stages_follow_each_other() {
    check(
        &[
            NEVER_REPAIRED,
            DETECT,
            "groups.pair.takeover={ deciding = \"3 s\", fencing = \"5 s\", promoting = \"20 s\", redirecting = \"2 s\" }",
        ],
        "100..110 pair undetected, 110..113 pair deciding, 113..118 pair fencing, \
         118..138 pair promoting, 138..140 pair redirecting",
    );
    check(
        &[
            NEVER_REPAIRED,
            "groups.pair.takeover.deciding={ constant = \"3 s\", during = \"up\" }",
            "groups.pair.takeover.promoting={ constant = \"20 s\", during = \"degraded\" }",
            "groups.pair.takeover.redirecting=2 s",
        ],
        "123..125 pair redirecting, degraded 20",
    );
}

#[test]
fn what_follows_a_stage_that_fails() {
    let with = |promoting: &str| {
        [
            NEVER_REPAIRED.to_owned(),
            format!(
                "groups.pair.takeover.promoting={{ constant = \"20 s\", succeeds = \"0 %\", {promoting} }}"
            ),
            "groups.pair.takeover.manual=60 s".to_owned(),
            "groups.pair.takeover.redirecting=2 s".to_owned(),
        ]
    };
    for (promoting, expected) in [
        ("", "100..120 pair promoting, 120..180 pair manual_takeover"),
        (
            "retries = 2",
            "100..160 pair promoting, 160..220 pair manual_takeover",
        ),
        (
            "then = \"next candidate\"",
            "100..140 pair promoting, 140..200 pair manual_takeover",
        ),
        (
            "then = \"next candidate\", retries = 1",
            "100..180 pair promoting, 180..240 pair manual_takeover",
        ),
        (
            "then = \"proceed\"",
            "100..120 pair promoting, 120..122 pair redirecting",
        ),
    ] {
        check(&with(promoting).each_ref().map(String::as_str), expected);
    }
    // Nobody has been elected, so there is no next candidate.
    check(
        &[
            NEVER_REPAIRED,
            "groups.pair.takeover={ deciding = { constant = \"3 s\", succeeds = \"0 %\", then = \"next candidate\" }, manual = \"60 s\" }",
        ],
        "100..103 pair deciding, 103..163 pair manual_takeover",
    );
}

#[test]
fn a_standby_may_be_found_dead_when_it_is_called() {
    check(
        &[
            NEVER_REPAIRED,
            DETECT,
            "components.b.on_demand={ probability = \"99.9999999999 %\" }",
            "groups.pair.takeover={ deciding = \"3 s\", promoting = \"20 s\" }",
        ],
        "100..110 pair undetected, 110..113 pair deciding, 113..133 pair promoting, \
         133..136 pair deciding, 136..156 pair promoting",
    );
}

#[test]
fn who_sees_the_fault_of_a_standby() {
    let dead = |failed_at: &str, seen: &str| {
        [
            NEVER_REPAIRED.to_owned(),
            DETECT.to_owned(),
            format!("components.b.fail={{ constant = \"{failed_at}\" }}"),
            format!("groups.pair.standby_faults={seen}"),
            "groups.pair.takeover={ deciding = \"3 s\", promoting = \"20 s\" }".to_owned(),
        ]
    };
    let c_is_called = "100..110 pair undetected, 110..113 pair deciding, 113..133 pair promoting";
    let b_is_called_in_vain = "100..110 pair undetected, 110..113 pair deciding, \
         113..133 pair promoting, 133..136 pair deciding, 136..156 pair promoting";
    for (failed_at, seen, expected) in [
        ("50 s", "detected", c_is_called),
        ("50 s", "at once", c_is_called),
        ("50 s", "latent", b_is_called_in_vain),
        ("112 s", "at once", c_is_called),
        // Called at 113 s, and its fault is noticed at 115 s.
        (
            "105 s",
            "detected",
            "100..110 pair undetected, 110..113 pair deciding, 113..115 pair promoting, \
             115..118 pair deciding, 118..138 pair promoting",
        ),
    ] {
        check(
            &dead(failed_at, seen).each_ref().map(String::as_str),
            expected,
        );
    }
}

#[test]
fn a_candidate_that_fails_is_replaced_or_the_takeover_goes_on() {
    let failing = [
        NEVER_REPAIRED,
        "components.b.fail={ constant = \"115 s\" }",
        "groups.pair.takeover.deciding=3 s",
        "groups.pair.takeover.promoting=20 s",
    ];
    check(
        &failing,
        "100..103 pair deciding, 103..115 pair promoting, 115..118 pair deciding, 118..138 pair promoting",
    );
    check(
        &[
            &failing[..],
            &["groups.pair.takeover.candidate_failure=continue"],
        ]
        .concat(),
        "100..103 pair deciding, 103..123 pair promoting",
    );
    // Nobody is left.
    check(
        &[&failing[..], &[TWO, "run.horizon=200 s"]].concat(),
        "100..103 pair deciding, 103..115 pair promoting, 115..200 pair exhausted_not_repaired",
    );
}

#[test]
fn a_member_that_is_back_first_resumes_or_not() {
    for (lasts, recovered, expected) in [
        (
            "25 s",
            "cancel",
            "100..110 pair undetected, 110..125 pair promoting",
        ),
        (
            "25 s",
            "cancel undetected",
            "100..110 pair undetected, 110..140 pair promoting",
        ),
        (
            "25 s",
            "complete",
            "100..110 pair undetected, 110..140 pair promoting",
        ),
        ("5 s", "cancel", "100..105 pair undetected"),
        ("5 s", "cancel undetected", "100..105 pair undetected"),
        (
            "5 s",
            "complete",
            "100..110 pair undetected, 110..140 pair promoting",
        ),
    ] {
        check(
            &[
                "run.horizon=180 s",
                DETECT,
                &format!("components.a.lasts={lasts}"),
                "groups.pair.takeover.promoting=30 s",
                &format!("groups.pair.takeover.recovered={recovered}"),
            ],
            expected,
        );
    }
}

#[test]
fn the_failure_of_a_lone_survivor_and_the_way_back_from_exhaustion() {
    // `b` is known to be under repair from 60 to 160 s.
    let lone = [
        TWO,
        "run.horizon=200 s",
        NEVER_REPAIRED,
        "components.b.fail={ constant = \"50 s\" }",
        "components.b.repair=100 s",
        DETECT,
        "groups.pair.takeover.promoting=20 s",
    ];
    for (failure, after, expected) in [
        (
            "detect",
            "activate",
            "100..110 pair undetected, 110..160 pair exhausted_repair, 160..180 pair promoting",
        ),
        (
            "detect",
            "at once",
            "100..110 pair undetected, 110..160 pair exhausted_repair",
        ),
        (
            "wait",
            "activate",
            "100..160 pair exhausted_repair, 160..180 pair promoting",
        ),
        ("wait", "at once", "100..160 pair exhausted_repair"),
    ] {
        check(
            &[
                &lone[..],
                &[
                    &format!("groups.pair.takeover.lone_failure={failure}"),
                    &format!("groups.pair.takeover.after_exhaustion={after}"),
                ],
            ]
            .concat(),
            expected,
        );
    }
}

#[test]
fn candidates_are_called_in_order() {
    // `b` serves from 105 s to 200 s; then `a`, repaired and first in order, serves until 250 s.
    check(
        &[
            "run.horizon=300 s",
            "components.a.repair=50 s",
            "components.b.fail={ constant = \"200 s\" }",
            "groups.pair.takeover=5 s",
        ],
        "100..105 pair promoting, 200..205 pair promoting, 250..255 pair promoting",
    );
}

#[test]
fn within_the_hold_down_time_people_take_over() {
    for (hold_down, expected) in [
        (
            "500 s",
            "100..120 pair promoting, 200..260 pair manual_takeover",
        ),
        ("80 s", "100..120 pair promoting, 200..220 pair promoting"),
    ] {
        check(
            &[
                "run.horizon=400 s",
                NEVER_REPAIRED,
                "components.b.fail={ constant = \"200 s\" }",
                "groups.pair.takeover.promoting=20 s",
                "groups.pair.takeover.manual=60 s",
                &format!("groups.pair.takeover.hold_down={hold_down}"),
            ],
            expected,
        );
    }
}

#[test]
fn a_rejoining_member_protects_nobody() {
    // `a` is repaired at 150 s and ready at 230 s. It returns from its second repair with nobody
    // left whom it could follow, and serves at once.
    check(
        &[
            TWO,
            "run.horizon=320 s",
            "components.a.repair=50 s",
            "components.b.fail={ constant = \"200 s\" }",
            "groups.pair.rejoin=80 s",
        ],
        "200..230 pair exhausted_rejoining, 250..300 pair exhausted_repair",
    );
}
