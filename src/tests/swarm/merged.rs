//! States that count as one must be alike in all that they lead to: told apart, every one of them, they give the
//! same figures.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use failsim::exact::{self, Counted, Effort, Exact, Limits, NoExact, Weight};
use failsim::model::System;
use failsim::scenario::{self, FileText, Files, Override, Source, Syntax};
use serde_json::{Map, Value as Json, json};

use super::EFFORT;

/// The same effort with all states told apart, of which there are more.
const APART: Effort = Effort {
    limits: Limits {
        states_max: 12_000,
        firings_max: 200_000,
        bytes_max: 1 << 30,
    },
    merges: false,
    ..EFFORT
};
/// Figures of a chain are solved to about this.
const RELATIVE: f64 = 1e-6;
const ABSOLUTE: f64 = 3e-8;

/// Figures of one kind by name; `None` where they take too much.
type Section = Option<BTreeMap<String, f64>>;

/// All figures that an exact answer has.
pub(super) struct Figures {
    pub(super) sections: BTreeMap<String, Section>,
    /// States that have been enumerated.
    explored: usize,
    mission_s: f64,
}

impl Figures {
    pub(super) fn of(system: &System, effort: &Effort) -> Result<Figures, NoExact> {
        let exact = exact::solve(system, effort, None)?;
        let mut figures = Figures {
            sections: BTreeMap::new(),
            explored: exact.explored,
            mission_s: exact.mission_s,
        };
        figures.services(system, &exact);
        if let Ok(counted) = exact::counts(system, effort, None) {
            figures.counts(system, &counted);
        }
        if let Ok(weights) = exact::importances(system, &exact, effort, None) {
            for of in weights {
                let (service, group) = (
                    &system.services[of.service].name,
                    &system.groups[of.group].name,
                );
                for (when, weight) in [("in the long run", of.long_run), ("at the end", of.at_end)]
                {
                    let values = weight.map(
                        |Weight {
                             birnbaum,
                             achievement_worth,
                         }| {
                            [
                                ("Birnbaum", birnbaum),
                                ("achievement worth", achievement_worth),
                            ]
                        },
                    );
                    figures.add(
                        format!("weight of a unit of `{group}` for `{service}` {when}"),
                        values.into_iter().flatten(),
                    );
                }
            }
        }
        Ok(figures)
    }

    fn add<N: ToString>(&mut self, section: String, values: impl IntoIterator<Item = (N, f64)>) {
        let mut sums = BTreeMap::new();
        for (name, value) in values {
            *sums.entry(name.to_string()).or_default() += value;
        }
        self.sections.insert(section, Some(sums));
    }

    /// A figure that there may be none of.
    fn maybe(&mut self, section: String, value: Option<f64>) {
        let values = value.map(|value| BTreeMap::from([(String::new(), value)]));
        self.sections.insert(section, values);
    }

    fn services(&mut self, system: &System, exact: &Exact) {
        for answer in exact.services.iter() {
            let of = &answer.name;
            let long = &answer.long_run;
            self.maybe(
                format!("share down of `{of}` in the long run"),
                Some(long.unavailability),
            );
            self.maybe(
                format!("share degraded of `{of}` in the long run"),
                Some(long.degraded),
            );
            self.maybe(
                format!("share served of `{of}` in the long run"),
                long.served,
            );
            self.maybe(
                format!("outages of `{of}` in the long run"),
                long.outages_per_s,
            );
            self.maybe(
                format!("time to the first outage of `{of}`"),
                answer.time_to_first_outage_s,
            );
            let Some(mission) = &answer.mission else {
                continue;
            };
            self.maybe(
                format!("share down of `{of}`"),
                Some(mission.unavailability),
            );
            self.maybe(format!("share degraded of `{of}`"), Some(mission.degraded));
            self.maybe(format!("share served of `{of}`"), mission.served);
            self.maybe(
                format!("share down of `{of}` at the end"),
                Some(mission.unavailability_at_end),
            );
            self.maybe(format!("outages of `{of}`"), mission.outages);
            self.maybe(format!("any outage of `{of}`"), mission.any_outage);
            if let Some(parts) = &mission.contributions {
                let named = parts.iter().map(|&(culprit, mechanism, time)| {
                    (
                        format!("{} {}", system.culprit_name(culprit), mechanism.name()),
                        time,
                    )
                });
                self.add(format!("seconds down of `{of}` by mechanism"), named);
            }
            if let Some(roots) = &mission.roots {
                let down = roots
                    .iter()
                    .map(|root| (system.root_name(root.root), root.down_s));
                self.add(format!("seconds down of `{of}` by root"), down);
                let outages = roots
                    .iter()
                    .map(|root| (system.root_name(root.root), root.outages));
                self.add(format!("outages of `{of}` by root"), outages);
            }
        }
    }

    fn counts(&mut self, system: &System, counted: &[Counted]) {
        let name = |of: &Counted| {
            format!(
                "{} of {}",
                of.happening.name(),
                system.culprit_name(of.culprit)
            )
        };
        self.add(
            "counts in the long run".to_owned(),
            counted.iter().map(|of| (name(of), of.per_s)),
        );
        let in_mission: Option<Vec<(String, f64)>> = counted
            .iter()
            .map(|of| of.in_mission.map(|count| (name(of), count)))
            .collect();
        if let Some(in_mission) = in_mission {
            self.add("counts".to_owned(), in_mission);
        }
    }

    /// What differs from other figures of the same system.
    pub(super) fn differences(&self, other: &Figures) -> Vec<String> {
        let mut found = Vec::new();
        for (section, values) in &self.sections {
            let Some(Some(others)) = other.sections.get(section) else {
                continue;
            };
            let Some(values) = values else { continue };
            let unit = match section.split(' ').next() {
                Some("seconds") => self.mission_s,
                _ if section.ends_with("in the long run") && !section.starts_with("share") => {
                    1.0 / self.mission_s
                }
                _ => 1.0,
            };
            for name in values.keys().chain(others.keys()) {
                let value = |of: &BTreeMap<String, f64>| of.get(name).copied().unwrap_or(0.0);
                let (a, b) = (value(values), value(others));
                let close =
                    a == b || (a - b).abs() <= RELATIVE * a.abs().max(b.abs()) + ABSOLUTE * unit;
                if !close {
                    found.push(format!("{section}: {name} {a:e} against {b:e}"));
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }
}

/// Holds that states lose nothing by counting as one; tells whether any of them do, and nothing if there are too
/// many of them apart.
pub(super) fn check_merged(system: &System) -> Option<bool> {
    let merged = Figures::of(system, &EFFORT).ok()?;
    let apart = Figures::of(system, &APART).ok()?;
    let lost = merged.differences(&apart);
    assert!(
        lost.is_empty(),
        "states that count as one are not alike, together and apart: {}",
        lost.join("; ")
    );
    Some(merged.explored < apart.explored)
}

/// Keys of a group with standbys that leave its members alike, and its seats.
const PLAIN: [&str; 14] = [
    "kind",
    "units",
    "active",
    "required",
    "standby",
    "detect",
    "rejoin",
    "standby_faults",
    "false_alarms",
    "load",
    "capacity",
    "degraded_capacity",
    "hold_down",
    "takeover",
];
/// What tells them apart in a takeover.
const NOT_PLAIN: [&str; 4] = ["clients", "manual_by", "lone_failure", "after_exhaustion"];

/// The same with groups whose members and seats are alike, which few random groups are; nothing if it has no
/// group with standbys.
pub(super) fn with_like_members(document: &Json, number: u64) -> Option<Json> {
    let mut document = document.clone();
    let tables = document.as_object_mut()?;
    for outside in ["causes", "changes", "people"] {
        tables.remove(outside);
    }
    let groups = tables.get_mut("groups")?.as_object_mut()?;
    let is_alone = groups.len() == 1;
    let mut has_standbys = false;
    for group in groups.values_mut() {
        let group = group.as_object_mut()?;
        let stands_by = group.get("standby").is_some_and(|how| how != "active");
        if !stands_by || !group.contains_key("kind") {
            continue;
        }
        has_standbys = true;
        group.retain(|key, _| PLAIN.contains(&key.as_str()));
        if let Some(Json::Object(takeover)) = group.get_mut("takeover") {
            takeover.retain(|key, _| !NOT_PLAIN.contains(&key.as_str()));
        }
        if number.is_multiple_of(2) {
            let takeover = group
                .entry("takeover")
                .or_insert_with(|| Json::Object(Map::new()));
            takeover
                .as_object_mut()?
                .insert("after_exhaustion".to_owned(), json!("at once"));
        }
        // Several seats, or several that stand by.
        if is_alone {
            group.insert("units".to_owned(), json!(3));
            group.insert("active".to_owned(), json!(1 + number / 2 % 2));
            group.insert("required".to_owned(), json!(1));
        }
    }
    has_standbys.then_some(document)
}

/// A folder of systems, with the files that they name.
struct Folder(PathBuf);

impl Files for Folder {
    fn read(&self, path: &str, _from: &str) -> Result<FileText, String> {
        let text = std::fs::read_to_string(self.0.join(path)).map_err(|error| error.to_string())?;
        Ok(FileText {
            name: path.to_owned(),
            text,
        })
    }
}

impl Folder {
    /// Each system by its name: as it is, and with each list of changes that something is known about.
    fn systems(&self) -> Vec<(String, System)> {
        let mut systems = Vec::new();
        let mut paths: Vec<PathBuf> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if !name.ends_with(".toml") || name.ends_with("expected.toml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let known = std::fs::read_to_string(path.with_extension("expected.toml"));
            let known: Json = known.map_or(Json::Null, |known| toml::from_str(&known).unwrap());
            let mut variants = vec![Vec::new()];
            for variant in known["variant"].as_array().into_iter().flatten() {
                let changes = variant["set"].as_array().into_iter().flatten();
                let changes =
                    changes.map(|change| Override::parse(change.as_str().unwrap()).unwrap());
                variants.push(changes.collect::<Vec<Override>>());
            }
            for (at, changes) in variants.iter().enumerate() {
                if at > 0 && changes.is_empty() {
                    continue;
                }
                let source = Source {
                    name: name.clone(),
                    text: text.clone(),
                    syntax: Syntax::Toml,
                };
                let told = scenario::load(&source, changes, self)
                    .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
                systems.push((format!("{name} {at}"), told.system));
            }
        }
        systems
    }
}

#[test]
fn merged_states_lose_no_figure_of_known_systems() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut looked_at, mut merged) = (0, 0);
    let mut wrong = Vec::new();
    for folder in ["scenarios", "src/tests/cases"] {
        for (name, system) in Folder(root.join(folder)).systems() {
            let found = std::panic::catch_unwind(|| check_merged(&system));
            match found {
                Ok(found) => {
                    looked_at += usize::from(found.is_some());
                    merged += usize::from(found == Some(true));
                }
                Err(_) => wrong.push(name),
            }
        }
    }
    println!(
        "{looked_at} systems with all states told apart, {merged} of them with fewer together"
    );
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(looked_at >= 50 && merged >= 30);
}

/// The one figure of a section.
fn figure(figures: &Figures, section: &str, name: &str) -> f64 {
    figures.sections[section].as_ref().unwrap()[name]
}

fn figures_of(text: &str) -> Figures {
    let system = crate::support::scenario(text, &[]).system;
    assert!(check_merged(&system).is_some());
    Figures::of(&system, &EFFORT).unwrap()
}

/// The serving one of two fails with a standby ready, or both have failed and the one that did not serve last is
/// back first: with two in three up that is 0.1 / h x (4 / 9 + 4 / 9 / 2). Who served last was forgotten, so that the
/// second was counted always or never, by how the same system was told.
#[test]
fn who_served_last_decides_what_is_a_failover_however_a_system_is_told() {
    let kinds = [
        "fail = { mean = \"10 h\" }\nrepair = { mean = \"5 h\" }\n",
        "fail = { mean = \"10 h\" }\nrepair = { mean = \"5 h\" }\nmodes = { a = { share = \"30 %\" }, b = {} }\n",
        "fail = { erlang = { stages = 1, mean = \"10 h\" } }\nrepair = { mean = \"5 h\" }\n",
        "fail = { mean = \"10 h\" }\nrepair = { mean = \"5 h\" }\ncapacity = 2\n",
    ];
    let groups = [
        "",
        "takeover = { after_exhaustion = \"at once\" }\n",
        "takeover = { after_exhaustion = \"activate\", promoting = \"0 s\" }\n",
        "failback = \"never\"\n",
    ];
    for (kind, group) in kinds
        .iter()
        .flat_map(|kind| groups.map(|group| (kind, group)))
    {
        let figures = figures_of(&format!(
            "[run]\nhorizon = \"100 d\"\n[kinds.k]\n{kind}\n[groups.g]\nkind = \"k\"\nunits = 2\n\
             standby = \"hot\"\nactive = 1\n{group}[service]\nup = \"g\"\n"
        ));
        let hourly = 3600.0 * figure(&figures, "counts in the long run", "failovers of g");
        assert!(
            (hourly * 15.0 - 1.0).abs() < 1e-9,
            "{hourly} failovers an hour: {kind} {group}"
        );
    }
}

/// People who turn to faults in no time are those who do so as soon as a fault comes, and go to the group that has
/// waited longest, wherever its table stands. They went to the first table.
#[test]
fn who_is_picked_up_in_no_time_does_not_depend_on_the_order_of_tables() {
    let (a, b) = (
        "[groups.a]\nkind = \"k\"\nunits = 2\nstandby = \"active\"\nrequired = 1\n",
        "[groups.b]\nkind = \"k\"\nunits = 1\n",
    );
    let told = |first: &str, second: &str, pick_up: &str| {
        figures_of(&format!(
            "[run]\nhorizon = \"30 d\"\n[kinds.k]\nfail = {{ mean = \"100 h\" }}\n\
             repair = [{{ takes = {{ mean = \"5 h\" }} }}, {{ takes = {{ mean = \"10 h\" }}, crew = \"c\" }}]\n\
             {first}{second}[crews.c]\nsize = 1\n{pick_up}[service]\nup = \"a and b\"\n"
        ))
    };
    let usual = told(a, b, "");
    let down = figure(&usual, "share down of `service` in the long run", "");
    assert!((down - 0.165_262_059_6).abs() < 1e-10, "{down}");
    let at_once = "pick_up = \"0 s\"\n";
    for other in [told(b, a, ""), told(a, b, at_once), told(b, a, at_once)] {
        assert_eq!(usual.differences(&other), Vec::<String>::new());
    }
    // Now and then in no time: then still the group that came first, wherever its table stands.
    let mostly = "pick_up = { mixture = [{ weight = \"25 %\", law = \"0 s\" }, { weight = \"75 %\", law = { mean = \"2 h\" } }] }\n";
    assert_eq!(
        told(a, b, mostly).differences(&told(b, a, mostly)),
        Vec::<String>::new()
    );
}

/// What is struck with others between them waits in their order for the crew: such units are not alike.
#[test]
fn units_with_others_between_them_keep_their_places_in_a_queue() {
    for members in ["\"a\", \"b\", \"c\"", "\"a\", \"c\", \"b\""] {
        figures_of(&format!(
            "[run]\nhorizon = \"30 d\"\n[crews.one]\nsize = 1\n\
             [kinds.k]\nfail = {{ mean = \"100 h\" }}\nrepair = {{ mean = \"5 h\" }}\ncrew = \"one\"\n\
             [kinds.l]\nfail = {{ mean = \"100 h\" }}\nrepair = {{ mean = \"20 h\" }}\ncrew = \"one\"\n\
             [components.a]\nkind = \"k\"\n[components.b]\nkind = \"l\"\n[components.c]\nkind = \"k\"\n\
             [groups.g]\nmembers = [{members}]\nstandby = \"active\"\nrequired = 2\n\
             [causes.z]\nevery = {{ mean = \"50 h\" }}\nbreaks = true\nhits = [\"g\"]\n\
             [service]\nup = \"g\"\n"
        ));
    }
}

/// The next candidate is the first that stands by after the one that failed. Members that stood by changed places
/// with it, so that nobody was left after it, and people were called: the service was down for 29 % of the time
/// instead of 24 %.
#[test]
fn whoever_stands_by_after_the_candidate_is_called_next() {
    for (then, failure) in [
        ("next candidate", "continue"),
        ("next candidate", "restart"),
        ("manual", "continue"),
    ] {
        let figures = figures_of(&format!(
            "[run]\nhorizon = \"30 d\"\n[kinds.k]\nfail = {{ mean = \"30 h\" }}\nrepair = {{ mean = \"10 h\" }}\n\
             [groups.g]\nkind = \"k\"\nunits = 4\nactive = 1\nstandby = \"hot\"\n[groups.g.takeover]\n\
             manual = {{ mean = \"20 h\" }}\nrecovered = \"complete\"\ncandidate_failure = \"{failure}\"\n\
             promoting = {{ mean = \"3 h\", succeeds = \"50 %\", then = \"{then}\" }}\n[service]\nup = \"g\"\n"
        ));
        // By 40,000 trials to 0.0004.
        let down = figure(&figures, "share down of `service`", "");
        let truth = if then == "manual" { 0.2995 } else { 0.2385 };
        assert!(
            (down - truth).abs() < 0.0015,
            "{then}, {failure}: down for {down}"
        );
    }
}

/// A fencing that takes no time and fails is followed by the next candidate within the same event, so the order of
/// the standbys counts before anybody is a candidate.
#[test]
fn order_counts_before_a_stage_that_may_fail_in_no_time() {
    let text = r#"
[crews.people]
order = "priority"
per = "group"
size = 1
[kinds.k]
modes = { m = { crew = "people", fail = { mean = "450 min" }, renews = "unit", repair = { mean = "108 min" }, repair_starts = "takeover" } }
on_demand = { mode = "m", probability = "20 %" }
[groups.g]
kind = "k"
units = 3
active = 2
required = 1
standby = "warm"
standby_faults = "at once"
rejoin = { mean = "70.2 min" }
[groups.g.takeover]
fencing = { constant = "0 s", during = "up", retries = 1, succeeds = "60 %", then = "next candidate" }
manual = { mean = "116.1 min" }
recovered = "cancel"
warm_up = { mean = "26.7 min" }
[service]
up = "g"
"#;
    check_merged(&crate::support::scenario(text, &[]).system).expect("few states");
}
