//! What units do by themselves: fail, age, are noticed and tested.

use super::*;

#[test]
fn a_crash_takes_the_unit_down_and_a_repair_makes_it_new() {
    check_alone(
        &["components.a.repair=200 s"],
        "100..300 a exhausted_repair, 400..600 a exhausted_repair, 700..900 a exhausted_repair",
    );
}

#[test]
fn an_outage_that_is_open_at_the_end_counts_up_to_there() {
    check_alone(
        &["components.a.repair=never", "run.horizon=150.000000001 s"],
        "100..150.000000001 a exhausted_not_repaired",
    );
}

#[test]
fn a_reduced_unit_is_degraded_and_never_down() {
    check_alone(
        &[
            "components.a.repair=200 s",
            "components.a.effect={ degraded = \"50 %\" }",
        ],
        "degraded 600",
    );
}

#[test]
fn modes_have_clocks_of_their_own_which_stand_still_while_the_unit_is_down() {
    // `slow` is 100 s old when the crash comes, and goes on from there at 150 s. A unit that is
    // degraded operates, so `crash` ages on through it.
    check_alone(
        &[
            "run.horizon=350 s",
            "components.a={ modes = { crash = { fail = { constant = \"100 s\" }, repair = \"50 s\" }, slow = { fail = { constant = \"130 s\" }, lasts = \"20 s\", effect = { degraded = \"50 %\" } } } }",
        ],
        "100..150 a exhausted_repair, 250..300 a exhausted_repair, degraded 20",
    );
}

#[test]
fn a_gray_failure_is_noticed_by_its_users_not_by_the_detector() {
    check(
        &[
            NEVER_REPAIRED,
            DETECT,
            "groups.pair.takeover=20 s",
            "components.a.notice={ after = \"50 s\" }",
        ],
        "100..150 pair undetected, 150..170 pair promoting",
    );
}

#[test]
fn a_hidden_failure_is_found_by_a_test() {
    let hidden = [
        "run.horizon=500 s",
        "components.a.repair=200 s",
        "components.a.notice=test",
    ];
    check_alone(
        &[&hidden[..], &["components.a.test={ every = \"70 s\" }"]].concat(),
        "100..140 a exhausted_unattended, 140..340 a exhausted_repair, \
         440..490 a exhausted_unattended, 490..500 a exhausted_repair",
    );
    check_alone(
        &[
            &hidden[..],
            &["components.a.test={ every = \"70 s\", first = \"10 s\" }"],
        ]
        .concat(),
        "100..150 a exhausted_unattended, 150..350 a exhausted_repair, 450..500 a exhausted_unattended",
    );
    check_alone(
        &[
            &hidden[..],
            &["components.a.test={ every = \"70 s\", finds = \"0.0000001 %\" }"],
        ]
        .concat(),
        "100..500 a exhausted_unattended",
    );
}

#[test]
fn a_disruption_shorter_than_the_detection_causes_no_failover() {
    let disruption = [
        DETECT,
        "groups.pair.takeover.promoting=20 s",
        "run.horizon=205 s",
    ];
    check(
        &[&disruption[..], &["components.a.lasts=8 s"]].concat(),
        "100..108 pair undetected",
    );
    // It ends at the moment of its detection: what restores goes before what is noticed.
    check(
        &[&disruption[..], &["components.a.lasts=10 s"]].concat(),
        "100..110 pair undetected",
    );
    check(
        &[
            &disruption[..],
            &[
                "components.a.lasts=10.000000001 s",
                "groups.pair.takeover.recovered=complete",
            ],
        ]
        .concat(),
        "100..110 pair undetected, 110..130 pair promoting",
    );
}

#[test]
fn a_standby_ages_at_its_dormancy() {
    // At 100 s `b` has aged 100 s, 50 s or nothing of its 150 s.
    for (standby, failure) in [("hot", 150), ("{ dormancy = 0.5 }", 200), ("cold", 250)] {
        check(
            &[
                "run.horizon=400 s",
                TWO,
                NEVER_REPAIRED,
                "components.b.fail={ constant = \"150 s\" }",
                &format!("groups.pair.standby={standby}"),
            ],
            &format!("{failure}..400 pair exhausted_not_repaired"),
        );
    }
}

#[test]
fn a_repair_leaves_what_it_leaves_of_the_age() {
    let repaired = |after: &str, horizon: &str, failures: &[f64]| {
        let expected: Vec<String> = failures
            .iter()
            .map(|at| format!("{at}..{} a exhausted_repair", at + 20.0))
            .collect();
        check_alone(
            &[
                "components.a.repair=20 s",
                &format!("components.a.after_repair={after}"),
                &format!("run.horizon={horizon}"),
            ],
            &expected.join(", "),
        );
    };
    // A life is 100 s, less the age that it begins with.
    repaired("new", "400 s", &[100.0, 220.0, 340.0]);
    // Kijima I: the age before a life is half of all that has been lived: 0, 50, 75, 87.5.
    repaired("{ kijima1 = 0.5 }", "270 s", &[100.0, 170.0, 215.0, 247.5]);
    // Kijima II: half of the whole age before the repair, 100 each time: 0, 50, 50, 50.
    repaired("{ kijima2 = 0.5 }", "350 s", &[100.0, 170.0, 240.0, 310.0]);
    // As bad as old: a life that is over is over.
    check_alone(
        &[
            "components.a.repair=20 s",
            "components.a.after_repair=old",
            "run.horizon=160 s",
        ],
        "100..160 a exhausted_repair",
    );
}

/// What a repair leaves of the age of what has failed does not depend on what else may befall the unit: a unit
/// that could be found dead when it is called was as good as new after a repair that left it as bad as old.
#[test]
fn a_repair_of_the_whole_unit_leaves_what_it_leaves_of_the_age() {
    for more in [
        "components.a.capacity=1",
        "components.a.on_demand={ probability = \"0 %\" }",
        "components.a.on_demand={ probability = \"10 %\" }",
    ] {
        check_alone(
            &[
                "components.a.repair=20 s",
                "components.a.after_repair={ kijima2 = 0.5 }",
                "components.a.renews=unit",
                "run.horizon=350 s",
                more,
            ],
            "100..120 a exhausted_repair, 170..190 a exhausted_repair, \
             240..260 a exhausted_repair, 310..330 a exhausted_repair",
        );
    }
}

#[test]
fn a_unit_may_be_old_at_the_start() {
    check_alone(
        &[
            "components.a.repair=20 s",
            "components.a.age=30 s",
            "run.horizon=220 s",
        ],
        "70..90 a exhausted_repair, 190..210 a exhausted_repair",
    );
}

#[test]
fn a_repair_renews_one_process_or_the_whole_unit() {
    let modes = |renews: &str| {
        let mode = |life| {
            format!(
                "{{ fail = {{ constant = \"{life}\" }}, repair = \"20 s\", renews = \"{renews}\" }}"
            )
        };
        [
            "run.horizon=270 s".to_owned(),
            format!(
                "components.a={{ modes = {{ p = {}, q = {} }} }}",
                mode("100 s"),
                mode("150 s")
            ),
        ]
    };
    // `q` goes on from 100 s, and fails at 170 s; `p` stands still for it at 50 s of age.
    let process = modes("process");
    check_alone(
        &process.each_ref().map(String::as_str),
        "100..120 a exhausted_repair, 170..190 a exhausted_repair, 240..260 a exhausted_repair",
    );
    // `q` never comes to 150 s of age.
    let unit = modes("unit");
    check_alone(
        &unit.each_ref().map(String::as_str),
        "100..120 a exhausted_repair, 220..240 a exhausted_repair",
    );
}
