//! The limits that the literature knows in closed form.
//!
//! Every comparison asks for a relative standard error of 0.5 % or better and |z| below 4.

use crate::support::{HOUR, check_mean, check_moments, scenario, tally};

/// Alternating renewal: A = MTTF / (MTTF + MTTR), whatever the laws (Barlow & Proschan 1965). The
/// mission is long, so that its start weighs nothing.
#[test]
fn alternating_renewal_depends_on_the_means_alone() {
    for (fail, repair) in [
        ("{ mean = \"100 h\" }", "{ mean = \"2 h\" }"),
        (
            "{ weibull = { shape = 2.5, mean = \"100 h\" } }",
            "{ lognormal = { mean = \"2 h\", cv = 1.3 } }",
        ),
        ("{ gamma = { mean = \"100 h\", cv = 0.7 } }", "\"2 h\""),
        (
            "{ lognormal = { mean = \"100 h\", cv = 0.8 } }",
            "{ uniform = [\"1 h\", \"3 h\"] }",
        ),
        (
            "{ erlang = { stages = 3, mean = \"100 h\" } }",
            "{ hyperexponential = { mean = \"2 h\", cv = 2 } }",
        ),
        (
            "{ uniform = [\"50 h\", \"150 h\"] }",
            "{ erlang = { stages = 4, mean = \"2 h\" } }",
        ),
    ] {
        let text = format!(
            "[run]\nhorizon = \"400000 h\"\n[components.unit]\nfail = {fail}\nrepair = {repair}\n[service]\nup = \"unit\"\n"
        );
        let scenario = scenario(&text, &[]);
        let tally = tally(&scenario.system, 60);
        let truth = 2.0 / 102.0 * 400_000.0;
        check_moments(
            &format!("{fail} / {repair}"),
            &tally.services[0].down,
            HOUR,
            truth,
        );
    }
}

/// Steady unavailability of k-out-of-n with c crews, all exponential: a birth-death chain.
fn k_of_n_unavailability(n: usize, k: usize, crews: usize, mttf: f64, mttr: f64) -> f64 {
    let mut weight = 1.0;
    let mut weights = vec![1.0];
    for failed in 0..n {
        weight *= (n - failed) as f64 / mttf / ((failed + 1).min(crews) as f64 / mttr);
        weights.push(weight);
    }
    weights[n - k + 1..].iter().sum::<f64>() / weights.iter().sum::<f64>()
}

#[test]
fn k_of_n_with_crews_is_a_birth_death_chain() {
    for (n, k, crews) in [(1, 1, 1), (2, 1, 1), (3, 2, 3), (5, 3, 2), (8, 6, 1)] {
        let text = format!(
            "[run]\nhorizon = \"200000 h\"\n[crews.people]\nsize = {crews}\n[kinds.unit]\nfail = {{ mean = \"100 h\" }}\n\
             repair = {{ mean = \"10 h\" }}\ncrew = \"people\"\n[groups.g]\nkind = \"unit\"\nunits = {n}\nrequired = {k}\n\
             standby = \"active\"\n[service]\nup = \"g\"\n"
        );
        let scenario = scenario(&text, &[]);
        let tally = tally(&scenario.system, 450);
        let truth = k_of_n_unavailability(n, k, crews, 100.0, 10.0) * 200_000.0;
        check_moments(
            &format!("{k} of {n}, {crews} crews"),
            &tally.services[0].down,
            HOUR,
            truth,
        );
    }
}

/// Mean time to the first failure of a pair without repair: hot 3/2, warm 1 + 1/(1 + a), cold 2
/// times the MTTF of a unit (Barlow & Proschan 1965).
#[test]
fn standby_temperature_decides_the_time_to_the_first_failure() {
    for (standby, truth) in [
        ("\"hot\"", 1.5),
        ("{ dormancy = 0.25 }", 1.0 + 1.0 / 1.25),
        ("\"cold\"", 2.0),
    ] {
        let text = format!(
            "[run]\nhorizon = \"100 y\"\n[kinds.unit]\nfail = {{ mean = \"1 y\" }}\nrepair = \"never\"\n[groups.pair]\n\
             kind = \"unit\"\nunits = 2\nrequired = 1\nstandby = {standby}\n[service]\nup = \"pair\"\n"
        );
        let scenario = scenario(&text, &[]);
        let tally = tally(&scenario.system, 60_000);
        let first = &tally.services[0].first_outage;
        let (time, count) = first.sums();
        assert_eq!(count, 60_000, "every pair fails in a hundred years");
        let mean = time as f64 / count as f64 / (8766.0 * HOUR);
        // The standard error of the mean of a sum of exponentials is below that of one of twice the mean.
        let standard_error = truth / (count as f64).sqrt();
        check_mean(
            &format!("MTTFF, standby {standby}"),
            mean,
            standard_error,
            truth,
            0.005,
        );
    }
}

const PAIR: &str = r#"
[run]
horizon = "250 y"
[params]
takeover = "0 s"
succeeds = "100 %"
alarms = { mean = "1e9 y" }
[kinds.node]
fail = { mean = "1 y" }
repair = { mean = "4 h" }
repair_starts = "failure"
[groups.pair]
kind = "node"
units = 2
required = 1
standby = "hot"
standby_faults = "at once"
false_alarms = "$alarms"
[groups.pair.takeover]
fencing = "0 s"
promoting = { constant = "$takeover", succeeds = "$succeeds" }
manual = "1 h"
after_exhaustion = "at once"
recovered = "complete"
candidate_failure = "continue"
[service]
up = "pair"
"#;

/// The table of the README, row by row: what a pair with a hot standby loses a year to each
/// mechanism alone. The truths are first-order: they leave out what is of the order of the double
/// failures, 2e-7, times the mechanism.
#[test]
fn each_row_of_the_table_of_the_pair() {
    let year = 8766.0;
    let both_down = (4.0_f64 / (year + 4.0)).powi(2);
    let serving = year + 4.0;
    let rows: [(&str, &[&str], f64); 4] = [
        ("both down, independent", &[], both_down),
        (
            "each failover takes 60 s",
            &["takeover=60 s"],
            60.0 / 3600.0 / serving,
        ),
        ("2 % fail and need 1 h", &["succeeds=98 %"], 0.02 / serving),
        (
            "4 spurious a year, 30 s each",
            &["takeover=30 s", "alarms={ mean = \"0.25 y\" }"],
            30.0 / 3600.0 * (4.0 / year + 1.0 / serving),
        ),
    ];
    for (row, changes, truth) in rows {
        let scenario = scenario(PAIR, changes);
        let tally = tally(
            &scenario.system,
            if changes.is_empty() { 240_000 } else { 4_000 },
        );
        let down = &tally.services[0].down;
        let mission = 250.0 * year;
        let truth = if changes.is_empty() {
            truth
        } else {
            truth + both_down
        };
        check_mean(
            row,
            down.mean() / HOUR / mission,
            down.standard_error() / HOUR / mission,
            truth,
            0.006,
        );
    }
}
