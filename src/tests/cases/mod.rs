//! Known answers: systems whose measures are published, or have been computed exactly elsewhere.
//!
//! A case is two files in `src/tests/cases`: `NAME.toml`, a scenario like any other, and
//! `NAME.expected.toml`, which says what is known about it and from where. One harness reads them
//! all: `measure` gives each measure a meaning, `watch` follows it through a trial, and this file
//! decides how many trials there are and compares.
//!
//! The exact solution must agree to 1e-9 of the figure wherever it applies, and its digits allow.
//! Simulation must agree within four standard errors. How precise it is depends on a budget of events:
//! the usual one takes a case about two seconds, and `FAILSIM_CASES=full` ten times as many, for a
//! relative standard error of 0.5 % wherever 20 s are enough for that; `exact` leaves it
//! out. `cargo bench --bench cases` prints all figures as a table.

mod exact;
mod measure;
mod simulate;
mod watch;

use std::path::PathBuf;

use serde::Deserialize;

use measure::Measure;

/// What is known about a scenario.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// What it is and what it tests.
    #[expect(dead_code, reason = "for the reader of the file")]
    about: String,
    /// Where the figures come from.
    #[expect(dead_code, reason = "for the reader of the file")]
    source: String,
    /// The unit of all times in the file.
    unit: Unit,
    /// Time after which the start of a mission does not show in the long run any more.
    #[serde(default)]
    settles: f64,
    /// The scenario with changes, and what is known about each.
    variant: Vec<Variant>,
}

/// A scenario with some of its params changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variant {
    #[serde(default)]
    name: String,
    /// Changes as for `--set`.
    #[serde(default)]
    set: Vec<String>,
    /// Every outage until `until`, where nothing is left to chance.
    trace: Option<Trace>,
    #[serde(default)]
    measure: Vec<Measure>,
}

/// What happens, event by event.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trace {
    until: f64,
    outages: Vec<(f64, f64)>,
    failures: Vec<(f64, String)>,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    S,
    Min,
    H,
    D,
    Month,
    Y,
}

impl Unit {
    fn nanos(self) -> f64 {
        let seconds = match self {
            Unit::S => 1.0,
            Unit::Min => 60.0,
            Unit::H => 3600.0,
            Unit::D => 86_400.0,
            Unit::Month => 8766.0 * 300.0,
            Unit::Y => 8766.0 * 3600.0,
        };
        seconds * 1e9
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/tests/cases")
}

/// What has been found out about a case.
#[derive(Default)]
struct Findings {
    failures: Vec<String>,
    rows: Vec<Row>,
}

/// One figure by all who know it.
struct Row {
    title: String,
    name: String,
    /// What is asked: a quantile is judged by how much lies beyond it.
    is: measure::Is,
    published: f64,
    exact: Option<f64>,
    /// With its distance from the published one in standard errors.
    simulated: Option<(f64, f64)>,
}

impl Findings {
    fn row(&mut self, title: &str, measure: &Measure) -> &mut Row {
        let is_this = |row: &Row| row.title == title && row.name == measure.name;
        let at = self.rows.iter().position(is_this).unwrap_or_else(|| {
            self.rows.push(Row {
                title: title.to_owned(),
                name: measure.name.clone(),
                is: measure.is,
                published: measure.value,
                exact: None,
                simulated: None,
            });
            self.rows.len() - 1
        });
        &mut self.rows[at]
    }
}

/// Looks at one case with both interpreters.
fn look_at(name: &str) -> Findings {
    let read = |suffix: &str| {
        let path = folder().join(format!("{name}{suffix}"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    let scenario = read(".toml");
    let case: Case = toml::from_str(&read(".expected.toml"))
        .unwrap_or_else(|error| panic!("{name}.expected.toml: {error}"));
    let mut findings = Findings::default();
    for variant in &case.variant {
        let changes: Vec<&str> = variant.set.iter().map(String::as_str).collect();
        let system = crate::support::scenario_file(&scenario, &changes).system;
        let title = if variant.name.is_empty() {
            name.to_owned()
        } else {
            format!("{name} ({})", variant.name)
        };
        for measure in &variant.measure {
            findings.row(&title, measure);
        }
        exact::check(&title, &case, variant, &system, &mut findings);
        simulate::check(&title, &case, variant, &system, &mut findings);
    }
    findings
}

/// Checks one case with both interpreters.
#[cfg(test)]
fn check(name: &str) {
    let failures = look_at(name).failures;
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// All cases with such names, figure by figure: published, exact, simulated, and how far the simulated
/// one is from the published one in standard errors. For `cargo bench --bench cases`.
#[allow(dead_code, reason = "it is for the bench")]
pub(crate) fn table(names: &[String]) {
    let number = |value: f64| format!("{value:.6e}");
    let (mut figures, mut by_solution, mut failures) = (0, 0, Vec::new());
    println!("case, measure, published, exact, simulated, z\n");
    let is_wanted =
        |name: &&&str| names.is_empty() || names.iter().any(|part| name.contains(part.as_str()));
    for name in NAMES.iter().filter(is_wanted) {
        let findings = look_at(name);
        let mut title = "";
        for row in &findings.rows {
            if row.title != title {
                title = &row.title;
                println!("{title}");
            }
            let published = match row.is {
                measure::Is::Quantile => format!("at {:.6e}", row.published),
                _ => number(row.published),
            };
            let exact = row.exact.map_or("-".to_owned(), number);
            let (simulated, z) = match row.simulated {
                Some((mean, z)) if z.is_nan() => (number(mean), String::new()),
                Some((mean, z)) => (number(mean), format!("{z:+.2}")),
                None => ("-".to_owned(), String::new()),
            };
            let line = format!(
                "  {:<58} {published:>15} {exact:>14} {simulated:>14} {z:>6}",
                row.name
            );
            println!("{}", line.trim_end());
        }
        figures += findings.rows.len();
        by_solution += findings
            .rows
            .iter()
            .filter(|row| row.exact.is_some())
            .count();
        failures.extend(findings.failures);
    }
    println!(
        "\n{figures} figures, {by_solution} of them solved exactly; {} disagree",
        failures.len()
    );
    failures.iter().for_each(|failure| println!("{failure}"));
}

macro_rules! cases {
    ($($test:ident $name:literal)*) => {
        const NAMES: &[&str] = &[$($name),*];
        $(#[test] fn $test() { check($name); })*
    };
}

cases! {
    age_replacement_weibull "age-replacement-weibull"
    aged_fleet_survival "aged-fleet-survival"
    capacity_10_nodes "capacity-10-nodes"
    cardiac_assist "cardiac-assist"
    cascade_one_dependent_storm "cascade-one-dependent-storm"
    ccf_binomial_shock_3of5 "ccf-binomial-shock-3of5"
    cluster_2 "cluster-2"
    cluster_64 "cluster-64"
    crew_priority_preemptive "crew-priority-preemptive"
    database_redundancy_fig "database-redundancy-fig"
    dds_arcade "dds-arcade"
    dependency_power_storm "dependency-power-storm"
    downtime_distribution_exp "downtime-distribution-exp"
    embedded_2 "embedded-2"
    erasure_17_3_backblaze "erasure-17-3-backblaze"
    failover_ideal_standby_general "failover-ideal-standby-general"
    failover_pair_full "failover-pair-full"
    failover_two_timers "failover-two-timers"
    false_failover "false-failover"
    fixed_failover_timeline "fixed-failover-timeline"
    fixed_series_ageing_when_down "fixed-series-ageing-when-down"
    fixed_series_no_ageing_when_down "fixed-series-no-ageing-when-down"
    fleet_200_3crews "fleet-200-3crews"
    ftwc_4_policies "ftwc-4-policies"
    geo_dr_two_regions "geo-dr-two-regions"
    hecs_nasa "hecs-nasa"
    importance_storm_vote "importance-storm-vote"
    insensitive_2of3_general "insensitive-2of3-general"
    inspection_single_and_pair "inspection-single-and-pair"
    kofn_1of2_crews "kofn-1of2-crews"
    latent_standby_random_test "latent-standby-random-test"
    load_sharing_pair "load-sharing-pair"
    mainframe_load_dependent_failures "mainframe-load-dependent-failures"
    nested_domains_cascade_crew "nested-domains-cascade-crew"
    network_bridge_links "network-bridge-links"
    nplus2_warm_2crews "nplus2-warm-2crews"
    one_crew_fixed_repair "one-crew-fixed-repair"
    optimal_overhaul_minimal_repair "optimal-overhaul-minimal-repair"
    optimal_replacement_weibull_com "optimal-replacement-weibull-com"
    pipeline_consecutive_2of8_exp "pipeline-consecutive-2of8-exp"
    point_availability_weibull "point-availability-weibull"
    quorum_3of5_crews "quorum-3of5-crews"
    raft_3_nodes "raft-3-nodes"
    raid_patterson_1988 "raid-patterson-1988"
    raid6_hot_spare "raid6-hot-spare"
    railway_cabinets_inspection "railway-cabinets-inspection"
    rare_1of4_own_crews "rare-1of4-own-crews"
    renewal_exp_ebeling "renewal-exp-ebeling"
    renewal_exp_storm_lecture "renewal-exp-storm-lecture"
    renewal_gamma_hyperexp_pair "renewal-gamma-hyperexp-pair"
    renewal_weibull_lognormal "renewal-weibull-lognormal"
    repair_logistics_two_stage "repair-logistics-two-stage"
    repair_office_hours_long "repair-office-hours-long"
    rolling_maintenance_pair "rolling-maintenance-pair"
    served_two_kinds "served-two-kinds"
    slo_arithmetic "slo-arithmetic"
    spare_parts_base_stock "spare-parts-base-stock"
    spares_shelf_1crew "spares-shelf-1crew"
    split_brain_witness "split-brain-witness"
    standby_cold_1of3_knp07 "standby-cold-1of3-knp07"
    standby_cold_2unit_exp "standby-cold-2unit-exp"
    standby_cold_2unit_general "standby-cold-2unit-general"
    standby_imperfect_switch "standby-imperfect-switch"
    standby_nist_probe "standby-nist-probe"
    standby_warm_storm_spare "standby-warm-storm-spare"
    standby_weibull_hot_warm_cold "standby-weibull-hot-warm-cold"
    static_and_weibull_storm "static-and-weibull-storm"
    vehicle_guidance_vgs5 "vehicle-guidance-vgs5"
}

/// No case is forgotten: every pair of files is a test.
#[test]
fn every_case_is_a_test() {
    let mut found: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".expected.toml").map(str::to_owned)
        })
        .collect();
    found.sort();
    assert_eq!(found, NAMES);
}
