//! When a repair begins, whose turn it is, and what it waits for.

use super::*;

#[test]
fn a_repair_begins_at_the_failure_at_its_notice_or_after_the_takeover() {
    let noticed = [
        "run.horizon=200 s",
        "components.a.repair=50 s",
        "components.a.notice={ after = \"20 s\" }",
    ];
    check_alone(
        &[&noticed[..], &["components.a.repair_starts=failure"]].concat(),
        "100..150 a exhausted_repair",
    );
    check_alone(
        &[&noticed[..], &["components.a.repair_starts=detection"]].concat(),
        "100..120 a exhausted_unattended, 120..170 a exhausted_repair",
    );
    check_alone(
        &[
            &noticed[..],
            &[
                "components.a.repair_starts=detection",
                "components.a.administrative_delay=15 s",
            ],
        ]
        .concat(),
        "100..120 a exhausted_unattended, 120..135 a exhausted_administrative_delay, 135..185 a exhausted_repair",
    );
    // `b` takes over at 120 s and fails at 130 s; then everything waits for `a`.
    let both = [
        TWO,
        "run.horizon=195 s",
        "components.a.repair=50 s",
        "components.b.fail={ constant = \"130 s\" }",
        "groups.pair.takeover=20 s",
    ];
    for (starts, back) in [("failure", 150), ("detection", 150), ("takeover", 170)] {
        check(
            &[
                &both[..],
                &[&format!("components.a.repair_starts={starts}")],
            ]
            .concat(),
            &format!(
                "100..120 pair promoting, 130..{back} pair exhausted_repair, {back}..{} pair promoting",
                back + 20
            ),
        );
    }
}

/// Three units that fail at 100, 110 and 120 s, each a service of its own.
const THREE: &str = r#"
[run]
horizon = "250 s"
[crews.people]
size = 1
[spares.parts]
stock = 1
lead_time = "300 s"
[components.a]
fail = { constant = "100 s" }
repair = "50 s"
[components.b]
fail = { constant = "110 s" }
repair = "50 s"
[components.c]
fail = { constant = "120 s" }
repair = "50 s"
[services.of-a]
up = "a"
[services.of-b]
up = "b"
[services.of-c]
up = "c"
"#;

#[test]
fn crews_serve_the_first_come_or_the_most_urgent_first() {
    let crew = [
        "components.a.crew=people",
        "components.b.crew=people",
        "components.c.crew=people",
    ];
    check_all(
        THREE,
        &crew,
        &[
            "100..150 a exhausted_repair",
            "110..150 b exhausted_crew_wait, 150..200 b exhausted_repair",
            "120..200 c exhausted_crew_wait, 200..250 c exhausted_repair",
        ],
    );
    check_all(
        THREE,
        &[
            &crew[..],
            &["crews.people.order=priority", "components.c.priority=5"],
        ]
        .concat(),
        &[
            "100..150 a exhausted_repair",
            "110..200 b exhausted_crew_wait, 200..250 b exhausted_repair",
            "120..150 c exhausted_crew_wait, 150..200 c exhausted_repair",
        ],
    );
    // Among equals the first come; a repair that has begun is not interrupted.
    check_all(
        THREE,
        &[
            &crew[..],
            &[
                "crews.people.order=priority",
                "components.b.priority=5",
                "components.c.priority=5",
            ],
        ]
        .concat(),
        &[
            "100..150 a exhausted_repair",
            "110..150 b exhausted_crew_wait, 150..200 b exhausted_repair",
            "120..200 c exhausted_crew_wait, 200..250 c exhausted_repair",
        ],
    );
    check_all(
        THREE,
        &[&crew[..], &["crews.people.size=2"]].concat(),
        &[
            "100..150 a exhausted_repair",
            "110..160 b exhausted_repair",
            "120..150 c exhausted_crew_wait, 150..200 c exhausted_repair",
        ],
    );
}

#[test]
fn each_repair_orders_a_part_and_the_first_that_waits_gets_the_first_that_arrives() {
    let parts = [
        "run.horizon=470 s",
        "components.a.spare=parts",
        "components.b.spare=parts",
        "components.c.spare=parts",
    ];
    // Orders at 100, 110, 120 and 250 s arrive 300 s later.
    check_all(
        THREE,
        &parts,
        &[
            "100..150 a exhausted_repair, 250..420 a exhausted_spare_wait, 420..470 a exhausted_repair",
            "110..400 b exhausted_spare_wait, 400..450 b exhausted_repair",
            "120..410 c exhausted_spare_wait, 410..460 c exhausted_repair",
        ],
    );
    check_all(
        THREE,
        &[&parts[..], &["spares.parts.stock=0"]].concat(),
        &[
            "100..400 a exhausted_spare_wait, 400..450 a exhausted_repair",
            "110..410 b exhausted_spare_wait, 410..460 b exhausted_repair",
            "120..420 c exhausted_spare_wait, 420..470 c exhausted_repair",
        ],
    );
    // A part is reserved before people are waited for.
    check_all(
        THREE,
        &[
            &parts[..],
            &[
                "run.horizon=240 s",
                "spares.parts.stock=2",
                "components.a.crew=people",
                "components.b.crew=people",
                "components.c.crew=people",
            ],
        ]
        .concat(),
        &[
            "100..150 a exhausted_repair",
            "110..150 b exhausted_crew_wait, 150..200 b exhausted_repair",
            "120..240 c exhausted_spare_wait",
        ],
    );
}
