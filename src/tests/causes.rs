//! Shared causes against closed forms, and against published and exact answers.

use crate::support::{
    HOUR, check_exact, check_mean, check_moments, scenario, share, steady, tally,
};
use failsim::behaviour::Mechanism;
use failsim::model::{CauseId, Culprit};

/// The last row of the table of the pair: 5 % of failures strike both servers, for 4 h. The rate of
/// common events is beta / MTTF, whatever the units do by themselves.
#[test]
fn a_common_cause_outweighs_all_independent_failures_of_a_pair() {
    let scenario = scenario(
        "[run]\nhorizon = \"250 y\"\n[kinds.node]\nfail = { mean = \"1 y\" }\nrepair = { mean = \"4 h\" }\n\
         [groups.pair]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"hot\"\n\
         [causes.common]\nbeta = \"5 %\"\nlasts = \"4 h\"\nhits = [\"pair\"]\n[service]\nup = \"pair\"\n",
        &[],
    );
    let tally = tally(&scenario.system, 4_000);
    let (year, beta) = (8766.0, 0.05);
    let common = 4.0 / (year / beta + 4.0);
    let alone = year / (1.0 - beta);
    let truth = common + (4.0 / (alone + 4.0_f64)).powi(2);
    let down = &tally.services[0].down;
    let mission = 250.0 * year;
    check_mean(
        "beta 5 %, 4 h",
        down.mean() / HOUR / mission,
        down.standard_error() / HOUR / mission,
        truth,
        0.005,
    );
    let cause = Culprit::Cause(CauseId(0));
    let share = share(&tally, cause, Mechanism::SharedCause);
    assert!(share > 0.98, "the cause has {share} of the downtime");
}

/// A beta-factor pair whose units are repaired one by one, each by people of its own: a Markov chain
/// with 0, 1 or 2 units down; common failures go from 0 to 2, and strike a lone survivor too.
#[test]
fn the_beta_factor_pair_is_a_chain_of_three_states() {
    let (mttf, mttr, beta): (f64, f64, f64) = (1000.0, 10.0, 0.1);
    let scenario = scenario(
        "[run]\nhorizon = \"400000 h\"\n[kinds.node]\nfail = { mean = \"1000 h\" }\nrepair = { mean = \"10 h\" }\n\
         [groups.pair]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n\
         [causes.common]\nbeta = \"10 %\"\nhits = [\"pair\"]\n[service]\nup = \"pair\"\n",
        &[],
    );
    let tally = tally(&scenario.system, 2_000);
    let (own, common, repair) = ((1.0 - beta) / mttf, beta / mttf, 1.0 / mttr);
    // Balance: p1 (own + common + repair) = 2 own p0 + 2 repair p2, and p0 (2 own + common) = repair p1.
    let p1 = (2.0 * own + common) / repair;
    let p2 = (p1 * (own + common + repair) - 2.0 * own) / (2.0 * repair);
    let truth = p2 / (1.0 + p1 + p2);
    check_exact("beta-factor pair", &scenario.system, truth);
    check_moments(
        "beta-factor pair",
        &tally.services[0].down,
        HOUR,
        truth * 400_000.0,
    );
}

/// A domain that strikes each of five units with a probability: how many it takes is binomial.
#[test]
fn who_is_struck_is_binomial() {
    let p: f64 = 0.4;
    let scenario = scenario(
        "[run]\nhorizon = \"100000 h\"\n[kinds.node]\nfail = \"never\"\nrepair = \"never\"\n\
         [groups.five]\nkind = \"node\"\nunits = 5\nrequired = 3\nstandby = \"active\"\n\
         [causes.feed]\nevery = { mean = \"95 h\" }\nlasts = { mean = \"5 h\" }\nprobability = \"40 %\"\n\
         hits = [\"five\"]\n[service]\nup = \"five\"\n",
        &[],
    );
    let tally = tally(&scenario.system, 300);
    let at_least_three =
        10.0 * p.powi(3) * (1.0 - p).powi(2) + 5.0 * p.powi(4) * (1.0 - p) + p.powi(5);
    let truth = 0.05 * at_least_three * 100_000.0;
    check_moments("3 of 5 struck", &tally.services[0].down, HOUR, truth);
    assert_eq!(
        share(&tally, Culprit::Cause(CauseId(0)), Mechanism::SharedCause),
        1.0
    );
}

/// Two regions of two zones of three hosts: a host works while it, its zone and its region do. At
/// least 7 of 12 must work. Given the regions, zones and hosts are independent, so the number of
/// those that work is a sum of independent counts.
#[test]
fn nested_domains_are_conditionally_independent() {
    let scenario = scenario(
        "[run]\nhorizon = \"40000 h\"\n[kinds.host]\nfail = { mean = \"90 h\" }\nrepair = { mean = \"10 h\" }\n\
         [groups.web]\nkind = \"host\"\nunits = 12\nrequired = 7\nstandby = \"active\"\n\
         [causes.region]\ncount = 2\nevery = { mean = \"980 h\" }\nlasts = { mean = \"20 h\" }\n\
         [causes.zone]\ncount = 4\nwithin = \"region\"\nevery = { mean = \"475 h\" }\nlasts = { mean = \"25 h\" }\nhits = [\"web\"]\n\
         [service]\nup = \"web\"\n",
        &[],
    );
    let tally = tally(&scenario.system, 1000);
    // The clock of a host stands still while its zone or region is down, and its repair goes on
    // meanwhile; so its state is not independent of theirs. Its own chain, given that it fails only
    // while the domains are up: the four states (domains up or down) x (host up or down) for each
    // way in which the domains can be.
    let (host_fail, host_repair) = (1.0 / 90.0, 1.0 / 10.0);
    let rates = [(1.0 / 980.0, 1.0 / 20.0), (1.0 / 475.0, 1.0 / 25.0)];
    let truth = nested_unavailability(rates, host_fail, host_repair);
    check_moments(
        "2 regions x 2 zones x 3 hosts",
        &tally.services[0].down,
        HOUR,
        truth * 40_000.0,
    );
}

/// Probability that fewer than 7 of 12 hosts work, by the Markov chain of one region (itself, its
/// zones, and the hosts that have faults in each zone) and independence of the regions.
fn nested_unavailability([region, zone]: [(f64, f64); 2], host_fail: f64, host_repair: f64) -> f64 {
    // State of a region: (region down, zone down x 2, faults x 2): 2 x 4 x 16 = 128 states.
    let index = |r: usize, z: [usize; 2], f: [usize; 2]| {
        (((r * 2 + z[0]) * 2 + z[1]) * 4 + f[0]) * 4 + f[1]
    };
    let states = 128;
    let mut rate = vec![vec![0.0; states]; states];
    for r in 0..2 {
        for z in [[0, 0], [0, 1], [1, 0], [1, 1]] {
            for f0 in 0..4 {
                for f1 in 0..4 {
                    let f = [f0, f1];
                    let from = index(r, z, f);
                    rate[from][index(1 - r, z, f)] += if r == 0 { region.0 } else { region.1 };
                    for at in 0..2 {
                        let mut flipped = z;
                        flipped[at] = 1 - z[at];
                        rate[from][index(r, flipped, f)] +=
                            if z[at] == 0 { zone.0 } else { zone.1 };
                        if f[at] > 0 {
                            let mut mended = f;
                            mended[at] -= 1;
                            rate[from][index(r, z, mended)] += f[at] as f64 * host_repair;
                        }
                        if f[at] < 3 && r == 0 && z[at] == 0 {
                            let mut failed = f;
                            failed[at] += 1;
                            rate[from][index(r, z, failed)] += (3 - f[at]) as f64 * host_fail;
                        }
                    }
                }
            }
        }
    }
    let p = steady(&rate);
    let mut working = [0.0; 7];
    for r in 0..2 {
        for z in [[0, 0], [0, 1], [1, 0], [1, 1]] {
            for f0 in 0..4 {
                for f1 in 0..4 {
                    let up = if r == 1 {
                        0
                    } else {
                        (1 - z[0]) * (3 - f0) + (1 - z[1]) * (3 - f1)
                    };
                    working[up] += p[index(r, z, [f0, f1])];
                }
            }
        }
    }
    let mut down = 0.0;
    for (first, a) in working.iter().enumerate() {
        for (second, b) in working.iter().enumerate() {
            if first + second < 7 {
                down += a * b;
            }
        }
    }
    down
}

/// A quorum of five under shocks that break each working node with 30 %, and lethal ones, with two
/// crews: an exact solution in 40 digits gives 6.53631919597548415e-4 down in the long run.
#[test]
fn binomial_and_lethal_shocks_with_crews() {
    let scenario = scenario(
        "[run]\nhorizon = \"876600 h\"\n[crews.techs]\nsize = 2\n[kinds.node]\nfail = { mean = \"2000 h\" }\n\
         repair = { mean = \"12 h\" }\ncrew = \"techs\"\n\
         [groups.quorum]\nkind = \"node\"\nunits = 5\nrequired = 3\nstandby = \"active\"\n\
         [causes.shock]\nevery = { mean = \"4380 h\" }\nbreaks = true\nprobability = \"30 %\"\nhits = [\"quorum\"]\n\
         [causes.lethal]\nevery = { mean = \"50000 h\" }\nbreaks = true\nhits = [\"quorum\"]\n\
         [service]\nup = \"quorum\"\n",
        &[],
    );
    check_exact(
        "shocks on 3 of 5",
        &scenario.system,
        6.536_319_195_975_484e-4,
    );
    let tally = tally(&scenario.system, 1500);
    check_moments(
        "shocks on 3 of 5",
        &tally.services[0].down,
        HOUR,
        6.536_319_195_975_484e-4 * 876_600.0,
    );
}

/// A unit that two causes have struck is back when both are over: each takes away its own part, and
/// the two are independent. While both hold it, the one that lasts longer is to blame, whichever comes first
/// in the file.
#[test]
fn several_causes_may_strike_a_unit_at_once() {
    let power = "[causes.power]\nevery = { mean = \"80 h\" }\nlasts = { mean = \"20 h\" }\nhits = [\"web\"]\n";
    let network = "[causes.network]\nevery = { mean = \"30 h\" }\nlasts = { uniform = [\"5 h\", \"15 h\"] }\n\
                   hits = [\"web\"]\n";
    for causes in [[power, network], [network, power]] {
        let scenario = scenario(
            &format!(
                "[run]\nhorizon = \"100000 h\"\n[components.web]\nfail = \"never\"\nrepair = \"never\"\n{}\
                 [service]\nup = \"web\"\n",
                causes.concat()
            ),
            &[],
        );
        let system = &scenario.system;
        let tally = tally(system, 60);
        let service = &tally.services[0];
        let hours = |share: f64| share * 100_000.0;
        let both = 1.0 - 0.8 * 0.75;
        check_moments("power and network", &service.down, HOUR, hours(both));
        for (name, truth) in [("power", 0.2), ("network", 0.25 * 0.8)] {
            let cause = system.causes.iter_ids().find(|(_, of)| of.name == name);
            let culprit = Culprit::Cause(cause.unwrap().0);
            let moments = &service.contributions[&(culprit, Mechanism::SharedCause)];
            check_moments(name, moments, HOUR, hours(truth));
        }
    }
}

/// What has just been struck does not take over from what was struck in the same moment: a failover
/// that nobody is left for is not counted, nor held down.
#[test]
fn both_of_a_pair_are_struck_before_anybody_takes_over() {
    let scenario = scenario(
        "[run]\nhorizon = \"1000 h\"\n[kinds.node]\nfail = \"never\"\nrepair = \"never\"\n\
         [groups.pair]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"hot\"\n\
         [groups.pair.takeover]\ndeciding = \"1 min\"\nafter_exhaustion = \"at once\"\n\
         [causes.power]\nevery = \"99 h\"\nlasts = \"1 h\"\nhits = [\"pair\"]\n[service]\nup = \"pair\"\n",
        &[],
    );
    let tally = tally(&scenario.system, 1);
    assert_eq!(tally.services[0].down.mean(), 10.0 * HOUR);
    assert_eq!(
        share(&tally, Culprit::Cause(CauseId(0)), Mechanism::SharedCause),
        1.0
    );
}

/// An event that lasts and breaks: the rack is dark for 2 h, then its only server needs 3 h of
/// repair; both are put down to the rack.
#[test]
fn what_an_event_leaves_behind_is_put_down_to_it() {
    let scenario = scenario(
        "[run]\nhorizon = \"1000 h\"\n[components.web]\nfail = \"never\"\nrepair = \"3 h\"\n\
         [causes.rack]\nevery = \"95 h\"\nlasts = \"2 h\"\nbreaks = true\nhits = [\"web\"]\n[service]\nup = \"web\"\n",
        &[],
    );
    let tally = tally(&scenario.system, 1);
    let service = &tally.services[0];
    // Events at 95, 192, 289 and so on, the tenth at 968; each is 5 h down.
    assert_eq!(service.down.mean(), 50.0 * HOUR);
    assert_eq!(service.outages.mean(), 10.0);
    assert_eq!(
        share(&tally, Culprit::Cause(CauseId(0)), Mechanism::SharedCause),
        1.0
    );
}
