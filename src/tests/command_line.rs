//! The program from outside: what it answers, what it writes, and how it ends.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A pair whose downtime is about 1.5 h a year, and is seen in most trials.
const PAIR: &str = r#"format = 1
name = "=pair()"
question = "Is it up?"
[run]
trials = 400
[targets]
availability = ">= 99.9 %"
[params]
detection = "30 s"
repair = "4 h"
[kinds.server]
fail = { mean = "500 h" }
repair = { mean = "$repair" }
[groups.pair]
kind = "server"
units = 2
active = 1
standby = "hot"
detect = "$detection"
takeover = "30 s"
[service]
up = "pair"
"#;

/// A folder with the scenario in it, in which the program is run.
pub(super) struct Desk {
    folder: TempDir,
}

impl Desk {
    pub(super) fn new() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("pair.toml"), PAIR).unwrap();
        Desk { folder }
    }

    fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_failsim"));
        command
            .args(args.split_whitespace())
            .current_dir(self.folder.path())
            .env_remove("FAILSIM_THREADS");
        command
    }

    /// Runs the program and asserts its exit code.
    pub(super) fn run(&self, args: &str, code: i32) -> Output {
        let output = self.command(args).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "failsim {args}\n{told}");
        output
    }

    /// The same with something on standard input.
    pub(super) fn run_on(&self, input: &str, args: &str, code: i32) -> Output {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "failsim {args}\n{told}");
        output
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.path().join(path)).unwrap_or_else(|error| {
            panic!("{path}: {error}");
        })
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.read(path)).unwrap()
    }

    fn exists(&self, path: &str) -> bool {
        self.folder.path().join(path).exists()
    }
}

pub(super) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(super) fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// All files under a folder, by name.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.push((name, fs::read(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn the_exit_code_tells_how_the_targets_stand() {
    let desk = Desk::new();
    let target =
        |limit: &str| format!("run pair.toml --no-files --set targets.availability={limit}");
    desk.run(&target(">=99%"), 0);
    desk.run(&target(">=99.999%"), 1);
    // Forty trials cannot tell whether a limit in the middle of the interval is met.
    let summary = out(&desk.run("run pair.toml -n 40 --no-files --json", 0));
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let middle = summary["targets"][0]["value"].as_f64().unwrap() * 100.0;
    let output = desk.run(&format!("{} -n 40", target(&format!(">={middle}%"))), 3);
    assert!(out(&output).contains("the target is undecided"));
}

#[test]
fn mistakes_and_refusals_have_their_own_codes() {
    let desk = Desk::new();
    desk.run("run", 2);
    desk.run("run pair.toml --until nonsense", 2);
    desk.run("run pair.toml -n 0", 2);
    let output = desk.run("run pair.toml --set detektion=1s", 2);
    assert!(told(&output).contains("Did you mean `detection`?"));
    let output = desk.run("run pair.toml --set detection", 2);
    assert!(told(&output).contains("Write PATH=VALUE"));
    desk.run_on(&PAIR.replace("active = 1", "active = 3"), "check -", 2);
    let output = desk.run("run nowhere.toml", 4);
    assert!(told(&output).contains("cannot read nowhere.toml"));
    // Nothing was written by any of them.
    assert_eq!(files(desk.folder.path()).len(), 1);
}

#[test]
fn a_scenario_comes_from_a_file_or_from_standard_input_as_toml_or_json() {
    let desk = Desk::new();
    desk.run("run pair.toml --out a", 0);
    desk.run_on(PAIR, "run - --out b", 0);
    let resolved = out(&desk.run("check pair.toml --resolved", 0));
    desk.run_on(&resolved, "run - --out c", 0);
    fs::write(desk.folder.path().join("pair.json"), &resolved).unwrap();
    desk.run("run pair.json --out d", 0);
    for folder in ["b", "c", "d"] {
        assert_eq!(
            desk.read("a/summary.csv"),
            desk.read(&format!("{folder}/summary.csv"))
        );
    }
}

#[test]
fn a_change_changes_the_answer() {
    let desk = Desk::new();
    let mean = |args: &str| {
        let summary: Value =
            serde_json::from_str(&out(&desk.run(&format!("{args} --no-files --json"), 0))).unwrap();
        let rows = summary["summary"].as_array().unwrap().clone();
        let row = rows
            .iter()
            .find(|row| row["metric"] == "downtime" && row["statistic"] == "mean")
            .unwrap()
            .clone();
        row["value"].as_f64().unwrap()
    };
    let plain = mean("run pair.toml");
    assert!(mean("run pair.toml --set detection=1s") < plain);
    assert!(mean("run pair.toml --set groups.pair.takeover=1s") < plain);
    assert_ne!(mean("run pair.toml --seed 7"), plain);
    assert_eq!(mean("run pair.toml --set run.trials=400"), plain);
}

#[test]
fn nobody_elses_files_are_overwritten() {
    let desk = Desk::new();
    fs::create_dir(desk.folder.path().join("mine")).unwrap();
    fs::write(desk.folder.path().join("mine/summary.csv"), "precious").unwrap();
    let output = desk.run("run pair.toml --out mine", 4);
    assert!(told(&output).contains("is there already with other content"));
    assert_eq!(desk.read("mine/summary.csv"), "precious");
    assert!(!desk.exists("mine/run.json"));
    // The same run may be written again; another one may not.
    desk.run("run pair.toml --out again", 0);
    desk.run("run pair.toml --out again", 0);
    desk.run("run pair.toml --out again --seed 1", 4);
    desk.run("init failover-pair -o new.toml", 0);
    desk.run("init failover-pair -o new.toml", 4);
}

#[test]
fn trials_are_listed_as_asked() {
    let desk = Desk::new();
    let rows = |which: &str| {
        desk.run(
            &format!("run pair.toml -n 1200 --trials-csv {which} --out {which}"),
            0,
        );
        desk.read(&format!("{which}/trials.csv")).lines().count() - 1
    };
    assert_eq!(rows("off"), 0);
    assert_eq!(rows("sample"), 1000);
    assert_eq!(rows("all"), 1200);
}

#[test]
fn tables_have_these_columns() {
    let desk = Desk::new();
    desk.run("run pair.toml --out run", 0);
    desk.run("sweep pair.toml --vary detection=10s,30s --out sweep", 0);
    let header = |path: &str| desk.read(path).lines().next().unwrap().to_owned();
    let grounds = "ci_level,trials,events,method,reliable,remark";
    for (path, start) in [
        (
            "run/summary.csv",
            "scenario,point,scope,metric,unit,statistic,value,ci_low,ci_high,ci_level,trials",
        ),
        (
            "run/targets.csv",
            "target,scope,metric,op,limit,unit,value,ci_low,ci_high,verdict",
        ),
        (
            "run/contributions.csv",
            "scope,culprit,mechanism,downtime_share_ratio",
        ),
        ("run/trials.csv", "trial,scope,down_time_s"),
        ("run/outages.csv", "trial,start_s,duration_s"),
        (
            "sweep/sweep.csv",
            "detection_s,downtime_s_per_year_mean,downtime_s_per_year_ci_low,\
             downtime_s_per_year_ci_high,availability_ratio_mean",
        ),
        (
            "sweep/targets.csv",
            "detection_s,target,scope,metric,op,limit",
        ),
    ] {
        let header = header(path);
        assert!(header.starts_with(start), "{path}: {header}");
        let is_snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_,".contains(c);
        assert!(header.chars().all(is_snake), "{path}: {header}");
    }
    assert!(header("run/summary.csv").ends_with(grounds));
}

#[test]
fn a_formula_in_a_name_stays_text() {
    let desk = Desk::new();
    desk.run("run pair.toml --out run", 0);
    let summary = desk.read("run/summary.csv");
    let row = summary.lines().nth(1).unwrap();
    assert!(row.starts_with("'=pair(),"), "{row}");
    // Programs get the name as it is.
    assert_eq!(desk.json("run/summary.json")["scenario"], "=pair()");
}

#[test]
fn a_run_has_its_files() {
    let desk = Desk::new();
    let output = desk.run("run pair.toml", 0);
    let told = out(&output);
    assert!(told.lines().count() <= 30, "{told}");
    let line = told.lines().find(|line| line.starts_with("FILES")).unwrap();
    let folder = line.split_whitespace().nth(1).unwrap();
    assert!(folder.starts_with("results/pair-"), "{folder}");
    let run = desk.json(&format!("{folder}/run.json"));
    assert_eq!(run["trials"], 400);
    assert_eq!(run["complete"], true);
    assert!(folder.ends_with(&run["identity"].as_str().unwrap()[..8]));
    for name in ["convergence", "exceedance", "contributions"] {
        for ending in ["svg", "png", "csv"] {
            assert!(
                desk.exists(&format!("{folder}/plots/{name}.{ending}")),
                "{name}.{ending}"
            );
        }
    }
}

#[test]
fn a_sweep_of_one_parameter() {
    let desk = Desk::new();
    let text = out(&desk.run(
        "sweep pair.toml --vary detection=10s..50s..20s --out sweep",
        0,
    ));
    assert!(text.contains("MEET       all 3 points"), "{text}");
    let table = desk.read("sweep/sweep.csv");
    let column = |index: usize| -> Vec<f64> {
        let rows = table.lines().skip(1);
        rows.map(|row| row.split(',').nth(index).unwrap().parse().unwrap())
            .collect()
    };
    assert_eq!(column(0), [10.0, 30.0, 50.0]);
    // Through the same fate, later detection is always worse.
    assert!(column(1).is_sorted_by(|a, b| a < b), "{table}");
    assert!(desk.exists("sweep/plots/sweep.svg") && desk.exists("sweep/plots/sweep.png"));
    assert!(!desk.exists("sweep/plots/sweep-map.svg"));
    // A point of a sweep is the run with that value.
    desk.run("run pair.toml --set detection=50s --out run", 0);
    let summary = desk.read("run/summary.csv");
    let downtime = format!(",downtime,s_per_year,mean,{},", column(1)[2]);
    assert!(summary.contains(&downtime), "{downtime}\n{summary}");
    let run = desk.json("sweep/run.json");
    assert_eq!(run["complete"], true);
    assert_eq!(
        run["results"][2]["different"],
        serde_json::json!({"groups.pair.detect": "50 s"})
    );
}

/// An hour of trials whose results cannot be written is an hour lost.
#[test]
fn what_cannot_be_written_is_found_before_anything_is_run() {
    let desk = Desk::new();
    desk.run("run pair.toml --out run", 0);
    desk.run("run pair.toml --out run", 0);
    desk.run("sweep pair.toml --vary detection=30s,50s --out sweep", 0);
    for (args, why) in [
        (
            "run pair.toml --seed 7 --out run",
            "is there already with other content",
        ),
        (
            "run pair.toml -n 500 --out run",
            "is there already with other content",
        ),
        (
            "run pair.toml --out pair.toml/run",
            "cannot write to pair.toml/run",
        ),
        (
            "sweep pair.toml --vary detection=30s,60s --out sweep",
            "is there already with other content",
        ),
        (
            "sweep pair.toml --vary detection=30s,60s --out pair.toml/x/y",
            "cannot write to pair.toml/x/y",
        ),
    ] {
        let output = desk.run(args, 4);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.contains(why), "{args}: {told}");
        assert_eq!(out(&output), "", "{args}: nothing was run");
    }
}

#[test]
fn two_scenarios_are_compared_trial_by_trial() {
    let desk = Desk::new();
    let slower = "extends = \"pair.toml\"\n[params]\ndetection = \"50 s\"\n[run]\nseed = 7\n";
    fs::write(desk.folder.path().join("slower.toml"), slower).unwrap();
    let text = out(&desk.run("compare pair.toml slower.toml --out both", 0));
    assert!(text.contains("RESULT     slower is down "), "{text}");
    assert!(
        text.contains(" a year more than pair (95 % interval "),
        "{text}"
    );
    assert!(
        text.contains("against pair: each of 400 trials against the same one"),
        "{text}"
    );
    // The fate is that of the first one: it is the sweep of the key that differs.
    desk.run("sweep pair.toml --vary detection=30s,50s --out sweep", 0);
    let figures = |path: &str| -> Vec<String> {
        let table = desk.read(path);
        let rows = table.lines().skip(1);
        rows.map(|row| row.split_once(',').unwrap().1.to_owned())
            .collect()
    };
    assert_eq!(figures("both/sweep.csv"), figures("sweep/sweep.csv"));
    let run = desk.json("both/run.json");
    assert_eq!(
        run["axes"][0]["values"],
        serde_json::json!(["pair", "slower"])
    );
    let different = &run["results"][1]["different"];
    assert_eq!(different["groups.pair.detect"], "50 s");
    // Another second scenario is another run.
    let identity = run["identity"].clone();
    fs::write(
        desk.folder.path().join("slower.toml"),
        slower.replace("50", "70"),
    )
    .unwrap();
    desk.run("compare pair.toml slower.toml --out other", 0);
    assert_ne!(desk.json("other/run.json")["identity"], identity);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let desk = Desk::new();
    let write = |name: &str, text: &str| fs::write(desk.folder.path().join(name), text).unwrap();
    let two = PAIR.replace("[service]\n", "[services.a]\nup = \"pair\"\n[services.b]\n");
    write(
        "two.toml",
        &two.replace(
            "[targets]\navailability",
            "[services.a.targets]\navailability",
        ),
    );
    let told = desk.run("compare pair.toml two.toml --no-files", 2);
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("two.toml has a, b"), "{told}");
    let priced = |currency: &str| {
        PAIR.replace(
            "[groups.pair]",
            &format!("cost = {{ repair = \"1 {currency}\" }}\n[groups.pair]"),
        )
    };
    write("euro.toml", &priced("EUR"));
    write("dollar.toml", &priced("USD"));
    let told = desk.run("compare euro.toml dollar.toml --no-files", 2);
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(
        told.contains("euro.toml counts costs in EUR, and dollar.toml in USD"),
        "{told}"
    );
    desk.run("compare pair.toml", 2);
}

#[test]
fn a_sweep_of_two_parameters() {
    let desk = Desk::new();
    let text = out(&desk.run(
        "sweep pair.toml --vary detection=10s,1min --vary kinds.server.repair.mean=2h,4h,400h \
         --out sweep",
        1,
    ));
    assert!(text.contains("  MISS"), "{text}");
    assert!(
        text.contains("MEET       4 of 6 points: (detection = 10s, "),
        "{text}"
    );
    assert_eq!(desk.read("sweep/sweep.csv").lines().count(), 7);
    for name in ["sweep", "sweep-map"] {
        for ending in ["svg", "png", "csv"] {
            assert!(
                desk.exists(&format!("sweep/plots/{name}.{ending}")),
                "{name}.{ending}"
            );
        }
    }
}

#[test]
fn all_mistakes_of_a_sweep_are_told_at_once() {
    let desk = Desk::new();
    let output = desk.run(
        "sweep pair.toml --vary detektion=1s,2s --vary groups.pair.units=1..3 --vary repair=9h..1h..1h \
         --vary groups.pair.takeover=1s,2parsec",
        2,
    );
    let told = told(&output);
    for part in [
        "Did you mean `detection`?",
        "the range `9h..1h..1h` is empty",
        "`parsec` is not a unit",
        "groups.pair.takeover=2parsec",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    // A value that can be read and makes no sense names the point.
    let output = desk.run(
        "sweep pair.toml --vary groups.pair.active=1..3 --vary detection=1s,2s",
        2,
    );
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("active=3") || told.contains("at groups.pair.active = 3"),
        "{told}"
    );
    let output = desk.run(
        "sweep pair.toml --vary repair=1h..300h..1h --vary detection=1s..300s..1s",
        2,
    );
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("the grid has 90,000 points (300 x 300)"),
        "{told}"
    );
    assert_eq!(files(desk.folder.path()).len(), 1);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let desk = Desk::new();
    for threads in [1, 7] {
        desk.run(
            &format!("run pair.toml --threads {threads} --out run-{threads}"),
            0,
        );
        desk.run(
            &format!(
                "sweep pair.toml --vary detection=10s,30s --threads {threads} --out sweep-{threads}"
            ),
            0,
        );
    }
    for what in ["run", "sweep"] {
        let folder = |threads: u32| desk.folder.path().join(format!("{what}-{threads}"));
        let (one, seven) = (files(&folder(1)), files(&folder(7)));
        assert!(one.len() > 5, "{what}");
        for ((name, left), (other, right)) in one.iter().zip(&seven) {
            assert_eq!(name, other);
            // The command in run.json names the number of threads and the folder.
            if name == "run.json" {
                let same = |bytes: &[u8]| {
                    let mut run: Value = serde_json::from_slice(bytes).unwrap();
                    run["command"] = Value::Null;
                    run
                };
                assert_eq!(same(left), same(right), "{what}");
            } else {
                assert!(left == right, "{what}: {name} differs");
            }
        }
        assert_eq!(one.len(), seven.len());
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_partial_results_that_say_so() {
    let desk = Desk::new();
    for args in [
        "run pair.toml -n 1000000000 --threads 1 --out partial-run",
        "sweep pair.toml --vary detection=10s,30s -n 1000000000 --threads 1 --out partial-sweep",
    ] {
        let child = desk
            .command(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1500));
        let kill = Command::new("kill")
            .args(["-INT", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{args}");
        assert!(out(&output).to_lowercase().contains("incomplete"), "{args}");
    }
    let run = desk.json("partial-run/run.json");
    assert_eq!(run["complete"], false);
    assert_eq!(run["why_stopped"], "interrupted");
    assert!(run["trials"].as_u64().unwrap() > 0);
    let sweep = desk.json("partial-sweep/run.json");
    assert_eq!(sweep["complete"], false);
    assert_eq!(
        (&sweep["points"], &sweep["points_run"]),
        (&2.into(), &1.into())
    );
    assert!(desk.read("partial-sweep/sweep.csv").contains("interrupted"));
}

#[test]
fn a_scenario_can_be_checked_in_every_format() {
    let desk = Desk::new();
    assert!(out(&desk.run("check pair.toml", 0)).contains("pair.toml: fine"));
    let wrong = PAIR.replace("active = 1", "aktive = 1");
    fs::write(desk.folder.path().join("wrong.toml"), wrong).unwrap();
    let text = out(&desk.run("check wrong.toml", 2));
    assert!(
        text.contains("aktive = 1") && text.contains("wrong.toml: 1 error"),
        "{text}"
    );
    let list: Value =
        serde_json::from_str(&out(&desk.run("check wrong.toml --format json", 2))).unwrap();
    assert_eq!(list[0]["code"], "unknown-key");
    let log: Value =
        serde_json::from_str(&out(&desk.run("check wrong.toml --format sarif", 2))).unwrap();
    assert_eq!(log["version"], "2.1.0");
    // Several files are one document, in which each problem says where it is.
    let both: Value = serde_json::from_str(&out(
        &desk.run("check pair.toml wrong.toml wrong.toml --format json", 2)
    ))
    .unwrap();
    let both = both.as_array().unwrap().iter();
    let wrong = both.filter(|problem| problem["file"] == "wrong.toml");
    assert_eq!(wrong.count(), 2 * list.as_array().unwrap().len());
    let github = out(&desk.run("check wrong.toml --format github", 2));
    assert!(
        github.starts_with("::error file=wrong.toml,line="),
        "{github}"
    );
}

#[test]
fn a_model_and_a_trial_are_told() {
    let desk = Desk::new();
    let model = out(&desk.run("explain pair.toml", 0));
    assert!(model.contains("CHOICES THAT CHANGE THE ANSWER"), "{model}");
    let story = out(&desk.run("explain pair.toml --trial 0 --out story", 0));
    assert!(story.contains("=pair(), trial 0:"), "{story}");
    assert_eq!(story, out(&desk.run("explain pair.toml --trial 0", 0)));
    let endings: Vec<String> = files(&desk.folder.path().join("story"))
        .into_iter()
        .map(|(name, _)| name.rsplit('.').next().unwrap().to_owned())
        .collect();
    assert_eq!(endings, ["csv", "png", "svg"]);
    desk.run("explain pair.toml --trial 0 --outage 100000", 2);
    desk.run("explain pair.toml --trial 0 --service nobody", 2);
}

#[test]
fn templates_and_the_schema_are_printed() {
    let desk = Desk::new();
    let list = out(&desk.run("init --list", 0));
    assert!(
        list.lines().count() >= 10 && list.contains("failover-pair"),
        "{list}"
    );
    let text = out(&desk.run("init failover-pair", 0));
    desk.run_on(&text, "check -", 0);
    let output = desk.run("init failover-pear", 2);
    assert!(told(&output).contains("did you mean `failover-pair`?"));
    let schema: Value = serde_json::from_str(&out(&desk.run("schema", 0))).unwrap();
    assert!(schema["$defs"]["scenario"]["properties"]["groups"].is_object());
}

/// Fifteen components that all differ are few states apart, and too many together: what only the whole
/// knows is missing, and that is said.
#[test]
fn what_the_exact_answer_lacks_is_said() {
    let desk = Desk::new();
    let mut text = "format = 1\n[run]\nhorizon = \"1 y\"\n".to_owned();
    for part in 1..=15 {
        text += &format!(
            "[components.c{part}]\nfail = {{ mean = \"{part}000 h\" }}\nrepair = {{ mean = \"{part} h\" }}\n"
        );
    }
    let names: Vec<String> = (1..=15).map(|part| format!("c{part}")).collect();
    text += &format!("[service]\nup = \"{}\"\n", names.join(" and "));
    fs::write(desk.folder.path().join("parts.toml"), text).unwrap();
    let why = "What the failure of a unit means is not given: with all parts taken together, the system has \
               more than 20,000 states.";
    let told = out(&desk.run("exact parts.toml --no-trials", 0));
    assert!(
        told.contains(why) && told.contains("failures of c15"),
        "{told}"
    );
    let json: Value = serde_json::from_str(&out(&desk.run("exact parts.toml --json", 0))).unwrap();
    assert_eq!(json["notes"], serde_json::json!([why]));
    assert_eq!(json["counts"].as_array().unwrap().len(), 15);
    let pair = "format = 1\n[components.a]\nfail = { mean = \"9 h\" }\nrepair = { mean = \"1 h\" }\n\
                [service]\nup = \"a\"\n";
    let told = out(&desk.run_on(pair, "exact - --no-trials", 0));
    assert!(
        told.contains("IMPORTANCE") && !told.contains("not given"),
        "{told}"
    );
}

#[test]
fn a_run_that_has_not_settled_says_so() {
    let text = "format = 1\n[run]\nstart = \"settled\"\nwarm_up = \"1 min\"\nhorizon = \"100 h\"\ntrials = 5_000\n\
                [components.unit]\nfail = { mean = \"90 h\" }\nrepair = { mean = \"50 h\" }\n\
                [service]\nup = \"unit\"\n";
    let desk = Desk::new();
    // The exact answer is that of the long run, so it contradicts the trials.
    let output = desk.run_on(text, "run - --no-files", 3);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("\nNOT ESTABLISHED   service: exact "));
    assert!(told.contains("they DISAGREE"));
    let warning = told.split("WARNING").nth(1).expect(&told);
    let warning = warning.split_whitespace().collect::<Vec<&str>>().join(" ");
    println!("{warning}");
    assert!(
        warning.starts_with("not in the long run yet after a warm-up of 1 min: `service` has ")
    );
    assert!(
        warning.contains(
            " % less downtime in the first 12 h 30 min of a mission than in the last (z = "
        )
    );
    // Twice the longest fade: 2 ln 1000 times the 50 h of a repair.
    assert!(warning.contains("Write warm_up = \"29 d\" and see what changes."));
    let json = desk.run_on(text, "run - --no-files --json", 3);
    let json: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert!(json["warnings"][1].as_str().unwrap().contains("DISAGREE"));
    let told = json["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with(told), "{told}");
    // As it is with the automatic one.
    let text = text.replace("warm_up = \"1 min\"\n", "");
    let output = desk.run_on(&text, "run - --no-files --json", 0);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["warnings"], serde_json::json!([]));
}
