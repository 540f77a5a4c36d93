//! The way back to the preferred member.

use super::*;

#[test]
fn the_preferred_member_takes_its_place_back_when_it_is_due() {
    // `a` stands by from 150 s on, and would fail as a standby at 250 s.
    let back = |horizon: &str, failback: &str, expected: &str| {
        check(
            &[
                &format!("run.horizon={horizon}"),
                "components.a.repair=50 s",
                &format!("groups.pair.failback={failback}"),
            ],
            expected,
        );
    };
    for (failback, expected) in [
        ("never", ""),
        (
            "{ mode = \"at once\", takes = \"10 s\" }",
            "150..160 pair failback",
        ),
        (
            "{ mode = \"stable\", after = \"30 s\", takes = \"10 s\" }",
            "180..190 pair failback",
        ),
        (
            "{ mode = \"manual\", after = \"40 s\", takes = \"10 s\" }",
            "190..200 pair failback",
        ),
        (
            "{ mode = \"window\", every = \"300 s\", at = \"170 s\", lasts = \"20 s\", takes = \"10 s\" }",
            "170..180 pair failback",
        ),
        // It is open already.
        (
            "{ mode = \"window\", every = \"300 s\", at = \"140 s\", lasts = \"20 s\", takes = \"10 s\" }",
            "150..160 pair failback",
        ),
        // It was open, and opens again.
        (
            "{ mode = \"window\", every = \"100 s\", at = \"0 s\", lasts = \"20 s\", takes = \"10 s\" }",
            "200..210 pair failback",
        ),
        (
            "{ mode = \"at once\", takes = \"10 s\", during = \"degraded\" }",
            "degraded 10",
        ),
    ] {
        back("240 s", failback, expected);
    }
    // The candidate of the failback fails at 250 s: the other one serves on.
    back(
        "290 s",
        "{ mode = \"stable\", after = \"95 s\", takes = \"10 s\" }",
        "245..250 pair failback",
    );
    // A failure of the preferred member starts its clock anew: 120 s are never complete.
    back(
        "1000 s",
        "{ mode = \"stable\", after = \"120 s\", takes = \"10 s\" }",
        "",
    );
}

#[test]
fn a_failback_takes_over_from_a_member_that_dies_in_it() {
    check(
        &[
            "run.horizon=240 s",
            "components.a.repair=50 s",
            "components.b.fail={ constant = \"155 s\" }",
            "groups.pair.failback={ mode = \"at once\", takes = \"10 s\" }",
        ],
        "150..160 pair failback",
    );
}
