//! The files in `scenarios/`: each loads without a warning, opens with its question, runs, and gives
//! what `expected.toml` says that it must give.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::exact::{self, Effort};
use failsim::model::ServiceId;
use failsim::report::story::{Part, Story};
use failsim::scenario::{self, FileText, Files, Override, Scenario, Source};
use failsim::stats::Interval;
use failsim::trials::Estimates;

use super::support::{estimates, tally_with};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// The files that a scenario names, beside it.
struct Beside;

impl Files for Beside {
    fn read(&self, path: &str, _from: &str) -> Result<FileText, String> {
        let text = fs::read_to_string(folder().join(path)).map_err(|error| error.to_string())?;
        Ok(FileText {
            name: path.to_owned(),
            text,
        })
    }
}

/// The names of all scenarios, with their texts.
fn texts() -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".toml") && name != "expected.toml" {
            texts.insert(name, fs::read_to_string(path).unwrap());
        }
    }
    texts
}

fn load(name: &str, text: &str, changes: &[String]) -> Scenario {
    let source = Source::toml(name, text);
    let changes: Vec<Override> = changes
        .iter()
        .map(|change| Override::parse(change).unwrap())
        .collect();
    scenario::load(&source, &changes, &Beside)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

#[test]
fn every_scenario_opens_with_its_question_loads_without_a_warning_and_runs() {
    let texts = texts();
    assert!(texts.len() >= 10, "only {} scenarios", texts.len());
    for (name, text) in texts {
        let first = text.lines().next().unwrap();
        assert!(
            first.starts_with("# ") && first.ends_with('?'),
            "{name} opens with `{first}`, which is no question"
        );
        let scenario = load(&name, &text, &[]);
        assert!(scenario.question.is_some(), "{name} has no question");
        let warnings: Vec<String> = scenario
            .warnings
            .iter()
            .filter(|warning| warning.code != scenario::Code::Assumption)
            .map(|warning| warning.message.clone())
            .collect();
        assert!(warnings.is_empty(), "{name}: {warnings:#?}");
        let estimates = estimates(&scenario.system, 200);
        for service in &estimates.services {
            let availability = service.quantity("availability", "mean").unwrap();
            let value = availability.value.as_ref().unwrap().estimate;
            assert!(
                (0.5..=1.0).contains(&value),
                "{name}: {} has an availability of {value}",
                service.name
            );
        }
    }
}

/// What a scenario must give.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    scenario: String,
    set: Vec<String>,
    service: String,
    metric: String,
    statistic: String,
    expected: f64,
    tolerance: f64,
    source: String,
}

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Checks {
    check: Vec<Check>,
}

fn checks() -> Vec<Check> {
    let text = fs::read_to_string(folder().join("expected.toml")).unwrap();
    toml::from_str::<Checks>(&text).unwrap().check
}

fn value_of(estimates: &Estimates, check: &Check) -> Interval {
    let service = estimates
        .services
        .iter()
        .find(|service| service.name == check.service)
        .unwrap_or_else(|| panic!("{check:?}: no such service"));
    let quantity = service
        .quantity(&check.metric, &check.statistic)
        .unwrap_or_else(|| panic!("{check:?}: no such metric"));
    *quantity.value.as_ref().unwrap()
}

#[test]
fn scenarios_give_what_is_published_or_worked_out() {
    let texts = texts();
    let checks = checks();
    let mut wrong = Vec::new();
    for run in checks.chunk_by(|a, b| a.scenario == b.scenario && a.set == b.set) {
        let Check {
            scenario: name,
            set,
            ..
        } = &run[0];
        let scenario = load(name, &texts[name], set);
        let trials = scenario.run.trials.unwrap();
        let estimates = estimates(&scenario.system, trials);
        for check in run {
            let value = value_of(&estimates, check);
            let (off, half_width) = (value.estimate - check.expected, value.half_width());
            let line = format!(
                "{name} {set:?}: {} {} {}: {} +- {half_width} against {} +- {} ({}), off by {:+.2} half-widths",
                check.service,
                check.metric,
                check.statistic,
                value.estimate,
                check.expected,
                check.tolerance,
                check.source,
                off / half_width,
            );
            println!("{line}");
            // Within the tolerance; precise enough to tell; and no further off than chance allows:
            // two half-widths are four standard errors.
            if off.abs() > check.tolerance
                || half_width > check.tolerance
                || off.abs() > 2.0 * half_width
            {
                wrong.push(line);
            }
        }
    }
    let checked: BTreeSet<&String> = checks.iter().map(|check| &check.scenario).collect();
    assert!(checked.len() >= 10, "only {checked:?} are checked");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The published table of recovery times of a dead node, in seconds: shortest, mean, longest.
#[test]
fn patroni_recovers_as_published_to_the_second() {
    let name = "patroni-rto-modes.toml";
    let changes = ["node_share=100 %", "crash_share=0 %", "success=100 %"].map(str::to_owned);
    let scenario = load(name, &texts()[name], &changes);
    let trials = 150_000;
    let tally = tally_with(&scenario.system, trials, trials);
    let mission = scenario.system.mission.as_nanos();
    for (service, [shortest, mean, longest]) in [
        ("fast", [16.0, 22.5, 29.0]),
        ("norm", [27.0, 34.0, 41.0]),
        ("safe", [53.0, 65.5, 78.0]),
        ("wide", [104.0, 127.0, 150.0]),
    ] {
        let id = scenario
            .system
            .services
            .iter_ids()
            .find(|(_, other)| other.name == service)
            .unwrap()
            .0;
        let mut lengths: Vec<f64> = tally
            .outages
            .iter()
            // An outage that is open at the end of the mission is cut there.
            .filter(|outage| outage.service == id && outage.start + outage.duration < mission)
            .map(|outage| outage.duration as f64 * 1e-9)
            .collect();
        lengths.sort_by(f64::total_cmp);
        let n = lengths.len();
        // A second failure in the middle of a recovery lengthens one in some ten thousands.
        lengths.retain(|length| *length <= longest);
        let seen = [
            lengths[0],
            lengths.iter().sum::<f64>() / lengths.len() as f64,
            lengths[lengths.len() - 1],
        ];
        println!(
            "{service}: {:.2} - {:.2} - {:.2} s against {shortest} - {mean} - {longest} s, {} of {n} outages are longer",
            seen[0],
            seen[1],
            seen[2],
            n - lengths.len()
        );
        assert!((n - lengths.len()) as f64 <= 1e-4 * n as f64);
        assert!((0.0..1.0).contains(&(seen[0] - shortest)));
        assert!((seen[1] - mean).abs() < 0.1);
        assert!((0.0..1.0).contains(&(longest - seen[2])));
    }
}

/// The mean times to data loss of the formulas, in years, by the exact answer; and the losses of a thousand
/// RAID groups in ten years that Elerath & Pecht (2007) give for the formula.
#[test]
fn raid_without_latent_errors_is_what_its_formula_says() {
    let name = "raid-latent-errors.toml";
    let losses_a_year = |service: &str, changes: &[&str]| {
        let scrub = "kinds.surface.lasts={ mean = \"84 h\" }";
        let changes: Vec<String> = changes
            .iter()
            .chain([&scrub])
            .map(|change| (*change).to_owned())
            .collect();
        let system = load(name, &texts()[name], &changes).system;
        let answer = exact::solve(&system, &Effort::FULL, None).unwrap();
        let answer = answer.services.iter().find(|answer| answer.name == service);
        answer.unwrap().long_run.outages_per_s.unwrap() * 8766.0 * 3600.0
    };
    for (service, years) in [
        ("mirror-by-formula", 9.9e5),
        ("raid5-by-formula", 3.5e4),
        ("raid6-by-formula", 1.5e8),
    ] {
        let found = 1.0 / losses_a_year(service, &[]);
        println!("{service}: {found:.3e} years against {years:.1e}");
        assert!((found / years - 1.0).abs() < 0.02, "{service}: {found:e}");
    }
    let theirs = [
        "disk={ mean = \"461386 h\" }",
        "rebuild={ mean = \"12 h\" }",
    ];
    let by_formula = losses_a_year("raid5-by-formula", &theirs) * 10_000.0;
    println!("{by_formula:.4} losses of 1000 groups in 10 years against 0.277");
    assert!((by_formula - 0.277).abs() < 0.001, "{by_formula}");
    // Two to fifteen hundred times as many, they say.
    let ratio = losses_a_year("raid5-scrubbed", &theirs) * 10_000.0 / by_formula;
    println!("{ratio:.0} times as many with latent errors");
    assert!((2.0..1500.0).contains(&ratio), "{ratio}");
}

/// The day of the 43 s, as a story tells it: the partition, a promotion within it, two sides, and hours of
/// putting them together; and with people instead, 43 s.
#[test]
fn the_day_of_43_seconds_is_told() {
    let name = "github-partition.toml";
    let changes = ["partition={ constant = \"43 s\" }", "site_lost=1e-9 /y"].map(str::to_owned);
    let system = load(name, &texts()[name], &changes).system;
    let behaviour = Behaviour::of(&system);
    let simulator = Simulator::new(&behaviour, system.mission, 42);
    // A year with a partition.
    let story = (0..100)
        .map(|trial| Story::of(&system, &behaviour, &simulator, trial))
        .find(|story| story.outages(ServiceId(0)).len() == 1)
        .unwrap();
    let text = story.text(ServiceId(0), Part::Whole);
    println!("{text}");
    let mut rest = text.as_str();
    for line in [
        "partition strikes",
        "automatic: promoting automatic.2",
        "split brain, two members serve",
        "partition is over",
        "the two sides are being reconciled",
        "automatic.2 serves in automatic",
    ] {
        let at = rest.find(line);
        rest = &rest[at.unwrap_or_else(|| panic!("`{line}` is not told in order"))..];
    }
    let outage = &story.outages(ServiceId(1))[0];
    assert_eq!(outage.end - outage.start, 43_000_000_000);
}

/// The words of a command, with quotes taken off as a shell does.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    let mut letters = command.chars();
    while let Some(letter) = letters.next() {
        match quote {
            Some('"') if letter == '\\' => words.last_mut().unwrap().extend(letters.next()),
            Some(end) if letter == end => quote = None,
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            None if letter == ' ' => words.push(String::new()),
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Each command in the head of a scenario can be given as it is printed there: its values are read, at every
/// point of a sweep.
#[test]
fn commands_in_scenarios_can_be_given() {
    let texts = texts();
    let mut count = 0;
    for (name, text) in &texts {
        let head = text.replace("\\\n#", " ");
        for line in head.lines().filter_map(|line| line.strip_prefix('#')) {
            let line = line.trim();
            if !line.starts_with("failsim ") || !line.contains("scenarios/") {
                continue;
            }
            let words = words(line);
            let of = |option: &str| -> Vec<String> {
                let pairs = words.windows(2).filter(|pair| pair[0] == option);
                pairs.map(|pair| pair[1].clone()).collect()
            };
            let changes = of("--set")
                .iter()
                .map(|text| Override::parse(text).unwrap())
                .collect::<Vec<_>>();
            let file = words[2].strip_prefix("scenarios/").unwrap();
            let source = Source::toml(file, texts[file].clone());
            if let Err(problems) = scenario::grid(&source, &changes, &of("--vary"), &Beside) {
                panic!("{name}: {line}\n{}", problems.render(false));
            }
            count += 1;
        }
    }
    assert!(count > 60, "{count} commands");
}
