//! What is said where little is random, little is seen, or what is seen cannot be believed.

use std::fs;
use std::process::Command;

use failsim::stats::{Interval, Method, NoInterval, Verdict};
use failsim::trials::{Estimates, ServiceEstimates};

use crate::command_line::{Desk, out};
use crate::support::{estimates, scenario};

/// Planned work alone: 13 times 15 minutes in 364 days, in every trial.
const PLANNED: &str = "[run]
horizon = \"364 d\"
[targets]
downtime = \"<= 4 h/y\"
outages = \"<= 14 /y\"
\"longest_outage.p99\" = \"<= 20 min\"
[components.db]
fail = \"never\"
repair = \"never\"
[changes.maintenance]
on = [\"db\"]
calendar = { every = \"28 d\", at = \"Sun 2:00\", lasts = \"2 h\" }
takes = \"15 min\"
[service]
up = \"db\"
";

/// Nothing can fail within the mission, but what follows on a failure is random.
const LATE: &str = "[run]
horizon = \"1 d\"
[components.a]
fail = { constant = \"3 d\" }
repair = { mean = \"10 h\" }
[service]
up = \"a\"
[targets]
never_down = \">= 72 %\"
availability = \">= 99 %\"
";

/// Down with a chance of some 1e-13 a year.
const VAULT: &str = "[kinds.disk]
fail = { rate = \"0.001 /y\" }
repair = { mean = \"156 h\" }
[groups.vault]
kind = \"disk\"
units = 20
required = 17
standby = \"active\"
[service]
up = \"vault\"
";

fn of(text: &str, trials: u64) -> Estimates {
    estimates(&scenario(text, &[]).system, trials)
}

fn value(service: &ServiceEstimates, metric: &str, statistic: &str) -> Interval {
    service.quantity(metric, statistic).unwrap().value.unwrap()
}

/// What the program says, and its exit code.
fn run(text: &str, args: &[&str]) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenario.toml");
    fs::write(&file, format!("format = 1\n{text}")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_failsim"))
        .args(args)
        .arg(&file)
        .arg("--no-files")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    println!("{said}");
    (said, output.status.code())
}

#[test]
fn where_nothing_is_random_the_value_is_known() {
    let said = of(PLANNED, 100);
    let service = &said.services[0];
    let year = 365.25 / 364.0;
    for (metric, truth) in [
        ("downtime", 13.0 * 900.0 * year),
        ("outages", 13.0 * year),
        ("longest_outage", 900.0),
        ("outage_duration", 900.0),
        ("availability", 1.0 - 13.0 * 900.0 / (364.0 * 86_400.0)),
    ] {
        let found = value(service, metric, "mean");
        assert!((found.estimate / truth - 1.0).abs() < 1e-12, "{metric}");
        assert_eq!((found.low, found.high), (found.estimate, found.estimate));
        assert_eq!(found.method, Method::Certain, "{metric}");
    }
    let verdicts = service.targets.iter().map(|target| target.verdict);
    assert_eq!(Vec::from_iter(verdicts), [Verdict::Met; 3]);
}

/// Rejected: one more than twice as many outages in a trial that differs, and a mission of downtime.
#[test]
fn trials_that_are_alike_by_chance_have_a_bound_to_believe() {
    let text = PLANNED.replace("fail = \"never\"", "fail = { mean = \"1e9 y\" }");
    let text = text.replace("repair = \"never\"", "repair = { mean = \"1 h\" }");
    let said = of(&text, 1_000);
    let outages = value(&said.services[0], "outages", "mean");
    assert_eq!(outages.method, Method::AllAlike);
    let more = outages.high - outages.estimate;
    assert!(more > 0.0 && more < 0.1, "{outages:?}");
}

#[test]
fn what_is_always_down_is_down() {
    let (said, code) = run(
        "[components.x]
fail = \"never\"
repair = \"never\"
capacity = 0.5
[service]
up = \"x\"
demand = 1
down_below = \"90 %\"
",
        &["run", "--trials", "100"],
    );
    assert_eq!(code, Some(0));
    assert!(said.contains("SERVICE service   0 % available   nothing is random"));
    assert!(!said.contains("-0.0"));
}

/// A unit that never fails: nothing is random, so there are no outages that could be too long. Rejected: a million
/// trials, and "no trial was run".
#[test]
fn what_cannot_happen_is_not_too_long() {
    let text = "[components.x]
fail = \"never\"
repair = \"never\"
[service]
up = \"x\"
[targets]
\"outage_duration.p95\" = \"<= 1 h\"
";
    let (said, code) = run(text, &["run"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("there can be none"), "{said}");
    assert!(
        said.contains("all targets are met") || said.contains("the target is met"),
        "{said}"
    );
    assert!(said.contains("100 trials"), "{said}");
    let (said, _) = run(text, &["exact", "--json"]);
    assert!(!said.contains("-0"), "{said}");
}

/// No rare trial can find a way to an outage, so what plain trials prove is said, in a sweep too.
#[test]
fn what_nothing_brings_down_has_the_bound_of_plain_trials() {
    let (said, code) = run(LATE, &["run", "--trials", "20000"]);
    assert_eq!(code, Some(0));
    assert!(said.contains("no outage seen in 20,000 trials"));
    assert!(said.contains("all 2 targets are met"));
    assert!(said.contains("nothing was seen that can begin an outage"));
    let vary = "components.a.fail={ constant = \"3 d\" },{ constant = \"4 d\" }";
    let (said, code) = run(LATE, &["sweep", "--trials", "2000", "--vary", vary]);
    assert_eq!(code, Some(0));
    assert!(said.contains("MEET       both points"));
    // Who asks for rare trials is told that they establish nothing.
    let (said, code) = run(LATE, &["run", "--trials", "20000", "--method", "rare"]);
    assert_eq!(code, Some(3));
    let third = said.lines().nth(2).unwrap();
    assert!(third.starts_with("NOT ESTABLISHED"), "{third}");
    assert!(!said.contains("  ok "));
}

#[test]
fn figures_next_to_nothing_keep_their_digits() {
    let (said, _) = run(VAULT, &["run"]);
    assert!(said.contains("e-13  "), "no number of outages");
    assert!(said.contains("over 99.999999999999 % available (15.3 nines)"));
    assert!(!said.contains("100.0"));
    let text = format!("{VAULT}[targets]\navailability = \">= 99.9999999 %\"\n");
    let (said, code) = run(&text, &["run", "--method", "plain", "--trials", "2000"]);
    assert_eq!(code, Some(3));
    assert!(said.contains("next: failsim run .. --method rare"));
    assert!(said.contains("no outage  at least 99.8"));
}

/// Nothing that is contradicted counts: no figure, no verdict.
#[test]
fn what_the_exact_answer_contradicts_is_taken_back() {
    let mut said = of(PLANNED, 100);
    assert!(said.not_established().is_empty());
    said.doubt("service", "they differ".to_owned());
    assert_eq!(said.not_established(), ["they differ"]);
    let service = &said.services[0];
    let quantities = service.quantities.iter();
    let mut values = quantities.map(|quantity| quantity.value);
    assert!(values.all(|value| value == Err(NoInterval::Contradicted)));
    let mut verdicts = service.targets.iter().map(|target| target.verdict);
    assert!(verdicts.all(|verdict| verdict == Verdict::Undecided));
}

/// The exact answer judges targets as trials do: the same words, verdicts and exit codes, and digits that it has.
#[test]
fn exact_answers_judge_targets() {
    let text = |limit: &str| {
        format!(
            "format = 1\n[components.a]\nfail = {{ mean = \"1000 h\" }}\nrepair = {{ mean = \"10 h\" }}\n\
             [service]\nup = \"a\"\n[targets]\n{limit}\n"
        )
    };
    let desk = Desk::new();
    let missed =
        text("availability = \">= 99.9 %\"\nnever_down = \">= 90 %\"\ndowntime = \"<= 1 h\"");
    let told = out(&desk.run_on(&missed, "exact - --no-trials", 1));
    assert_eq!(told.matches("  MISS  ").count(), 3, "{told}");
    // 1 - 0.0099008.. of a year, and not a rounded day.
    assert!(told.contains("3 d 15 h = 312,098.5786 s"), "{told}");
    let met = text("availability = \">= 99 %\"");
    assert!(out(&desk.run_on(&met, "exact - --no-trials", 0)).contains("  ok    availability"));
    let json = out(&desk.run_on(&missed, "exact - --json", 1));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json.to_string().contains("missed"), "{json}");
}

/// What is always down has no distribution of downtime to be worked out.
#[test]
fn the_exact_answer_of_what_is_always_down_says_so() {
    let text = "format = 1\n[components.x]\nfail = \"never\"\nrepair = \"never\"\ncapacity = 0.5\n\
                [service]\nup = \"x\"\ndemand = 1\ndown_below = \"90 %\"\n";
    let told = out(&Desk::new().run_on(text, "exact - --no-trials", 0));
    assert!(told.contains("It is down all the time."), "{told}");
    assert!(!told.contains("-0"), "{told}");
}

/// In the long run, what never fails need not be mended.
#[test]
fn what_never_fails_may_be_settled() {
    let text = "[run]\nstart = \"settled\"\n[components.a]\nfail = \"never\"\nrepair = \"never\"\n\
                [components.b]\nfail = { mean = \"9 h\" }\nrepair = { mean = \"1 h\" }\n\
                [service]\nup = \"a and b\"\n";
    let found = of(text, 100);
    let down = value(&found.services[0], "downtime", "mean");
    assert!((down.estimate / 31_557_600.0 - 0.1).abs() < 0.01);
}
