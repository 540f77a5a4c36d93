//! Groups of groups, to whom downtime belongs, and what serves while others are down.

use super::*;

#[test]
fn a_group_can_be_a_member_of_a_group() {
    let sites = r#"
[run]
horizon = "240 s"
[components.a1]
fail = { constant = "100 s" }
repair = "50 s"
[components.a2]
fail = { constant = "9000 s" }
repair = "never"
[components.b1]
fail = { constant = "9000 s" }
repair = "never"
[groups.near]
members = ["a1", "a2"]
standby = "active"
required = 2
[groups.far]
members = ["b1"]
[groups.sites]
members = ["near", "far"]
active = 1
standby = "hot"
detect = "10 s"
takeover = "20 s"
[service]
up = "sites"
"#;
    check_all(
        sites,
        &[],
        &["100..110 sites undetected, 110..130 sites promoting"],
    );
    // The near site is back before the takeover has ended: its repair begins when the sites notice that it is
    // down, as nobody else looks.
    check_all(
        sites,
        &["groups.sites.takeover=60 s"],
        &["100..110 sites undetected, 110..160 sites promoting"],
    );
    // It has a detector of its own.
    check_all(
        sites,
        &["groups.sites.takeover=60 s", "groups.near.detect=1 s"],
        &["100..110 sites undetected, 110..151 sites promoting"],
    );
    // The near site has a failover of its own, which is faster than the detector of the sites.
    check_all(
        sites,
        &[
            "groups.near={ members = [\"a1\", \"a2\"], active = 1, standby = \"hot\", takeover = \"5 s\" }",
        ],
        &["100..105 sites undetected"],
    );
}

#[test]
fn downtime_belongs_to_the_group_that_began_it_and_is_still_down() {
    let shared = r#"
[run]
horizon = "400 s"
[components.x]
fail = { constant = "100 s" }
repair = "200 s"
[components.y]
fail = { constant = "200 s" }
repair = "50 s"
[components.db]
fail = { constant = "150 s" }
repair = "250 s"
[services.both]
up = "db and x"
[services.either]
up = "db or y"
[services.db-alone]
up = "db"
[services.two-of-three]
up = "at_least(2, db, x, y)"
[services.over-it]
up = "both and y"
"#;
    check_all(
        shared,
        &[],
        &[
            "100..300 x exhausted_repair, 300..400 db exhausted_repair",
            "200..250 y exhausted_repair",
            "150..400 db exhausted_repair",
            "150..300 db exhausted_repair",
            "100..300 x exhausted_repair, 300..400 db exhausted_repair",
        ],
    );
}

#[test]
fn an_active_member_takes_its_requests_along_until_that_is_noticed() {
    let both = [
        "run.horizon=300 s",
        NEVER_REPAIRED,
        TWO,
        "groups.pair.active=2",
        "groups.pair.required=1",
        "groups.pair.standby=active",
        DETECT,
    ];
    // 10 s of one half.
    check(&both, "lost 5");
    check(
        &[&both[..], &["groups.pair.shares_requests=false"]].concat(),
        "",
    );
    // Four members, of which three must serve: nothing is lost twice while the service is down.
    check(
        &[
            "run.horizon=300 s",
            NEVER_REPAIRED,
            "groups.pair.active=3",
            "groups.pair.required=2",
            "groups.pair.standby=active",
            DETECT,
            "components.b.fail={ constant = \"106 s\" }",
        ],
        "106..300 pair exhausted_not_repaired, lost 2",
    );
}

/// Of two members that are missing one is back: from then on the other one is to blame. What had been to blame
/// went on to be until something else happened in the group.
#[test]
fn who_is_back_is_no_longer_to_blame() {
    let both = r#"
[run]
horizon = "380 s"
[components.a]
fail = { constant = "100 s" }
repair = "190 s"
[components.p]
fail = { constant = "150 s" }
repair = "never"
[components.q]
fail = "never"
repair = "never"
[groups.pair]
members = ["p", "q"]
active = 1
standby = "hot"
takeover = { promoting = { constant = "10 s", succeeds = "0.0000001 %" }, manual = "240 s" }
[groups.both]
members = ["a", "pair"]
standby = "active"
[service]
up = "both"
"#;
    check_all(
        both,
        &[],
        &["100..290 both exhausted_repair, 290..380 both manual_takeover"],
    );
}

/// A group that is down as one of its members rejoins serves nobody unseen: it is replaced without a split brain,
/// which this group does not even know.
#[test]
fn a_group_that_rejoins_does_not_split_the_one_around_it() {
    let sites = r#"
[run]
horizon = "200 s"
[components.a1]
fail = { constant = "100 s" }
repair = "5 s"
[components.a2]
fail = "never"
repair = "never"
[components.far]
fail = "never"
repair = "never"
[groups.near]
members = ["a1", "a2"]
standby = "active"
required = 2
rejoin = "30 s"
[groups.sites]
members = ["near", "far"]
active = 1
standby = "hot"
takeover = "20 s"
[service]
up = "sites"
"#;
    check_all(sites, &[], &["100..120 sites promoting"]);
}
