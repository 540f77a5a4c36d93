//! Takeovers from healthy members, and two that serve at once.

use super::*;

#[test]
fn a_false_alarm_fails_over_from_a_healthy_member() {
    let alarm = [
        "run.horizon=160 s",
        "components.a.fail={ constant = \"9000 s\" }",
        NEVER_REPAIRED,
        "groups.pair.false_alarms={ constant = \"50 s\" }",
        "groups.pair.takeover.fencing=5 s",
        "groups.pair.takeover.promoting=20 s",
    ];
    // The healthy member serves until it is fenced.
    check(
        &alarm,
        "55..75 pair spurious_failover, 130..150 pair spurious_failover",
    );
    check(
        &[
            &alarm[..],
            &[
                "groups.pair.takeover.promoting={ constant = \"20 s\", succeeds = \"0 %\" }",
                "groups.pair.takeover.manual=60 s",
            ],
        ]
        .concat(),
        "55..135 pair spurious_failover",
    );
    // Within the hold-down time automation does nothing.
    check(
        &[
            &alarm[..],
            &[
                "groups.pair.takeover.hold_down=100 s",
                "groups.pair.takeover.manual=60 s",
            ],
        ]
        .concat(),
        "55..75 pair spurious_failover",
    );
    // The healthy member fails while it still serves: the alarm has become true.
    check(
        &[&alarm[..], &["components.a.fail={ constant = \"52 s\" }"]].concat(),
        "52..55 pair fencing, 55..75 pair promoting, 130..150 pair spurious_failover",
    );
}

#[test]
fn two_members_serve_where_nothing_fences_the_old_one() {
    let isolated = [
        "run.horizon=400 s",
        "components.a.effect=isolated",
        DETECT,
        "groups.pair.takeover.promoting=20 s",
        "groups.pair.split_brain={ lasts = \"40 s\", reconcile = \"5 s\", reconcile_factor = 0.5 }",
    ];
    let with = |more: &[&'static str]| [&isolated[..], more].concat();
    // 40 s of divergence take 5 s + 0.5 x 40 s to reconcile.
    check(
        &with(&[NEVER_REPAIRED]),
        "100..110 pair undetected, 110..130 pair promoting, 170..195 pair split_brain",
    );
    check(
        &with(&[NEVER_REPAIRED, "groups.pair.split_brain.during=degraded"]),
        "100..110 pair undetected, 110..130 pair promoting, 170..195 pair split_brain, degraded 40",
    );
    check(
        &with(&[NEVER_REPAIRED, "groups.pair.split_brain.during=down"]),
        "100..110 pair undetected, 110..130 pair promoting, 130..195 pair split_brain",
    );
    // The partition heals at 150 s, and ends the split.
    check(
        &with(&["components.a.lasts=50 s", "run.horizon=200 s"]),
        "100..110 pair undetected, 110..130 pair promoting, 150..165 pair split_brain",
    );
    check(
        &with(&[NEVER_REPAIRED, "groups.pair.takeover.fencing=5 s"]),
        "100..110 pair undetected, 110..115 pair fencing, 115..135 pair promoting",
    );
    check(
        &with(&[
            NEVER_REPAIRED,
            "groups.pair.takeover.fencing={ constant = \"5 s\", succeeds = \"0 %\", then = \"proceed\" }",
        ]),
        "100..110 pair undetected, 110..115 pair fencing, 115..135 pair promoting, 175..200 pair split_brain",
    );
    // A crash leaves nobody alive to split from.
    check(
        &with(&[NEVER_REPAIRED, "components.a.effect=down"]),
        "100..110 pair undetected, 110..130 pair promoting",
    );
}

#[test]
fn a_false_alarm_without_fencing_splits_the_group() {
    // The old member serves on through the takeover, then both serve, then they are reconciled.
    check(
        &[
            "run.horizon=240 s",
            "components.a.fail={ constant = \"9000 s\" }",
            NEVER_REPAIRED,
            "groups.pair.false_alarms={ constant = \"50 s\" }",
            "groups.pair.takeover.promoting=20 s",
            "groups.pair.split_brain={ lasts = \"40 s\", reconcile = \"25 s\" }",
        ],
        "110..135 pair split_brain",
    );
}
