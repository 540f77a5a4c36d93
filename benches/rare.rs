//! How fast rare outages are found, against exact values: for each, the estimate and its distance from
//! the truth, CPU seconds to a 95 % interval of 10 % and of 1 %, and the gain over plain trials.
//!
//! `cargo bench --bench rare -- NAME...` measures those with such names; `-- coverage RUNS` repeats whole
//! runs to 10 % instead, and counts how many intervals hold the truth and how many are not established.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on has failed"
)]

use std::collections::BTreeMap;
use std::time::Instant;

use failsim::behaviour::Behaviour;
use failsim::engine::Simulator;
use failsim::model::{Metric, Statistic};
use failsim::rare::{self, Mixture, RareServiceTally, RareSimulator};
use failsim::scenario::{self, NoFiles, Override, Precision, Scenario, Source};
use failsim::stats::{Level, RealMoments};
use failsim::trials::{Goal, Settings};

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let (covers, names) = match arguments.split_first() {
        Some((first, rest)) if first == "coverage" => (true, rest),
        _ => (false, &arguments[..]),
    };
    let runs = names.iter().find_map(|name| name.parse().ok());
    let names: Vec<&String> = names
        .iter()
        .filter(|name| name.parse::<u64>().is_err())
        .collect();
    let cases = cases();
    let cases = cases.iter().filter(|case| {
        names.is_empty() || names.iter().any(|name| case.name.contains(name.as_str()))
    });
    if covers {
        let runs = runs.unwrap_or(200);
        println!("nominal 95 %, {runs} runs to 10 % each");
        println!(
            "{:<27} {:>8} {:>8} {:>8} {:>12} {:>9}",
            "model", "covered", "low", "high", "established", "s a run"
        );
        cases.for_each(|case| case.cover(runs));
    } else {
        println!(
            "{:<27} {:>11} {:>11} {:>6} {:>6} {:>9} {:>9} {:>9} {:>8}",
            "model",
            "exact",
            "estimate",
            "z",
            "weight",
            "s to 10 %",
            "s to 1 %",
            "gain",
            "branches"
        );
        cases.for_each(Case::measure);
    }
}

/// A model whose answer is known.
struct Case {
    name: &'static str,
    text: String,
    /// Changes, as for `--set`.
    changes: Vec<&'static str>,
    /// Of which service.
    service: usize,
    what: What,
    exact: f64,
    source: &'static str,
}

/// What is known of it.
#[derive(Clone, Copy)]
enum What {
    /// The share of the mission that the service is down.
    Unavailability,
    /// The probability of an outage in the mission.
    AnyOutage,
    /// Hours of downtime in the mission.
    Hours,
    /// The probability that a year of the mission breaks the first target.
    BadYear,
}

impl What {
    fn of(self, service: &RareServiceTally, mission_ns: f64) -> (&RealMoments, f64) {
        match self {
            What::Unavailability => (&service.down, mission_ns),
            What::AnyOutage => (&service.any, 1.0),
            What::Hours => (&service.down, 3.6e12),
            What::BadYear => (&service.breaches[0][0], (mission_ns / 3.155_76e16).floor()),
        }
    }

    /// Relative variance of a plain trial. Episodes are nearly independent of each other, so that of the downtime is
    /// the mean square of one.
    fn plain_variance(self, service: &RareServiceTally) -> f64 {
        match self {
            What::Unavailability | What::Hours => {
                service.down_squares.mean() / service.down.mean().powi(2)
            }
            What::AnyOutage => 1.0 / service.any.mean() - 1.0,
            What::BadYear => 1.0 / service.breaches[0][0].mean(),
        }
    }
}

impl Case {
    /// Prints how far the estimate is from the truth after a second, and how fast it comes near.
    fn measure(&self) {
        let scenario = scenario(&self.text, &self.changes);
        let system = &scenario.system;
        let behaviour = Behaviour::of(system);
        let start = cpu_s();
        let simulator = RareSimulator::new(system, system.mission, 42, Mixture::USUAL);
        let mut tally = simulator.run(0, 64);
        while cpu_s() - start < 1.0 {
            let from = tally.trial_count;
            tally.merge(&simulator.run(from, 2 * from));
        }
        let took = cpu_s() - start;
        let service = &tally.services.as_slice()[self.service];
        let (moments, unit) = self.what.of(service, simulator.mission() as f64);
        let (mean, error) = (moments.mean() / unit, moments.standard_error() / unit);
        let to = |width: f64| took * (1.96 * error / mean / width).powi(2);
        // What a plain trial takes.
        let plain = Simulator::new(&behaviour, system.mission, 42);
        let (mut runner, mut count, start) = (plain.runner(), 0, cpu_s());
        while count < 20 || cpu_s() - start < 0.2 {
            runner.run(count);
            count += 1;
        }
        let each = (cpu_s() - start) / count as f64;
        let plain_to_10 = 384.0 * each * self.what.plain_variance(service);
        println!(
            "{:<27} {:>11.4e} {:>11.4e} {:>+6.2} {:>6.3} {:>9.4} {:>9.3} {:>9.1e} {:>8}  {}",
            self.name,
            self.exact,
            mean,
            (mean - self.exact) / error,
            service.weights.mean(),
            to(0.1),
            to(0.01),
            plain_to_10 / to(0.1),
            service.weights.count(),
            self.source,
        );
    }

    /// Prints how many intervals of whole runs hold the truth.
    fn cover(&self, runs: u64) {
        let scenario = scenario(&self.text, &self.changes);
        let system = &scenario.system;
        let settings = Settings {
            goal: Goal::Precision {
                precision: Precision::RelativeError {
                    metric: Metric::Downtime(Statistic::Mean),
                    limit: 0.1,
                },
                trials_max: 10_000_000,
            },
            first_trial: 0,
            record_count: 0,
            keeps_values: false,
            level: Level::USUAL,
        };
        let start = Instant::now();
        let (mut covered, mut low, mut high, mut established) = (0, 0, 0, 0);
        let mut failed: BTreeMap<&str, u64> = BTreeMap::new();
        let id = system.services.ids().nth(self.service).unwrap();
        for seed in 0..runs {
            let trials = rare::run(system, seed, &settings, u64::MAX, &mut |_| None);
            let tests = rare::diagnose(&trials, id).tests;
            for test in tests.iter().filter(|test| !test.is_passed) {
                *failed.entry(test.name).or_default() += 1;
            }
            let estimates = rare::estimates(system, &trials, Level::USUAL);
            let service = &estimates.services[self.service];
            let figure = |metric, statistic| {
                let quantity = service.quantity(metric, statistic);
                quantity.unwrap().value.as_ref().ok()
            };
            let interval = match self.what {
                What::Unavailability | What::Hours => figure("downtime", "mean"),
                What::AnyOutage => figure("never_down", "share"),
                What::BadYear => {
                    let breach = service.targets[0].year_breach.as_ref();
                    breach.unwrap().as_ref().ok()
                }
            };
            let Some(interval) = interval else {
                continue;
            };
            established += 1;
            // In the unit of the interval.
            let truth = match self.what {
                What::Unavailability => self.exact * 31_557_600.0,
                What::AnyOutage => 1.0 - self.exact,
                What::Hours => self.exact * 3600.0 / system.mission.as_secs() * 31_557_600.0,
                What::BadYear => self.exact,
            };
            covered += u64::from(interval.low <= truth && truth <= interval.high);
            low += u64::from(interval.high < truth);
            high += u64::from(truth < interval.low);
        }
        let percent = |count: u64, of: u64| 100.0 * count as f64 / of.max(1) as f64;
        println!(
            "{:<27} {:>6.1} % {:>6.1} % {:>6.1} % {:>10.1} % {:>9.3}  {failed:?}",
            self.name,
            percent(covered, established),
            percent(low, established),
            percent(high, established),
            percent(established, runs),
            start.elapsed().as_secs_f64() / runs as f64,
        );
    }
}

/// CPU seconds of this process.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // User and system time in hundredths of a second.
    let times = after_name.split_whitespace().skip(11).take(2);
    times
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

fn scenario(text: &str, changes: &[&str]) -> Scenario {
    let source = Source::toml("bench.toml", text);
    let changes: Vec<Override> = changes
        .iter()
        .map(|change| Override::parse(change).unwrap())
        .collect();
    scenario::load(&source, &changes, &NoFiles)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn cases() -> Vec<Case> {
    let mean = |text: &str| format!("{{ mean = \"{text}\" }}");
    let weibull = |shape: f64| format!("{{ weibull = {{ shape = {shape}, mean = \"20000 h\" }} }}");
    let servers =
        |horizon: &str, mttf: &str, mttr: &str| pool(horizon, 20, 16, &mean(mttf), &mean(mttr), 2);
    let ageing = |horizon: &str, n: usize, k: usize, shape: f64| {
        let repair = "{ lognormal = { mean = \"8 h\", sigma = 1 } }";
        pool(horizon, n, k, &weibull(shape), repair, n)
    };
    let chain = "birth-death chain, uniformised";
    // In the mission, which begins with all up: in the long run the fifth is 0.1 % more.
    let product = "product of the groups, integrated";
    let renewal = "renewal equation, quadrature";
    let case = |name, text: String, what, exact, source| Case {
        name,
        text: format!("format = 1\n{text}"),
        changes: Vec::new(),
        service: 0,
        what,
        exact,
        source,
    };
    use What::{AnyOutage, BadYear, Hours, Unavailability};
    let (year, decade) = ("8760 h", "87600 h");
    let mut cases = vec![
        case(
            "20/16 2e3 h",
            servers(decade, "2000 h", "8 h"),
            Unavailability,
            1.132_909_1e-7,
            chain,
        ),
        case(
            "20/16 2e4 h",
            servers(decade, "20000 h", "24 h"),
            Unavailability,
            2.850_48e-10,
            chain,
        ),
        case(
            "20/16 2e4 h any",
            servers(year, "20000 h", "24 h"),
            AnyOutage,
            2.028_38e-7,
            chain,
        ),
        case(
            "20/16 2e4 h year",
            servers(year, "20000 h", "24 h"),
            Hours,
            2.476_41e-6,
            chain,
        ),
        case(
            "20/16 1e5 h any",
            servers(year, "100000 h", "24 h"),
            AnyOutage,
            6.667_79e-11,
            chain,
        ),
        case(
            "20/16 1e6 h",
            servers(decade, "1000000 h", "24 h"),
            Unavailability,
            9.256_16e-19,
            chain,
        ),
        case(
            "HRMS 2",
            database(2, "20000 h"),
            Unavailability,
            6.853_994e-3,
            product,
        ),
        case(
            "HRMS 3",
            database(3, "20000 h"),
            Unavailability,
            4.740_027e-5,
            product,
        ),
        case(
            "HRMS 4",
            database(4, "2000 h"),
            Unavailability,
            2.450_585e-7,
            product,
        ),
        case(
            "HRMS 5",
            database(5, "4000 h"),
            Unavailability,
            1.062_296e-9,
            product,
        ),
        case(
            "Weibull 1.5 2/3",
            ageing(decade, 3, 2, 1.5),
            Hours,
            3.7933e-2,
            renewal,
        ),
        case(
            "Weibull 1.5 3/5",
            ageing(decade, 5, 3, 1.5),
            Hours,
            4.9207e-5,
            renewal,
        ),
        case(
            "Weibull 3 2/3 year",
            ageing(year, 3, 2, 3.0),
            Hours,
            1.3136e-4,
            renewal,
        ),
        case(
            "Weibull 3 3/5 year",
            ageing(year, 5, 3, 3.0),
            Hours,
            4.8882e-8,
            renewal,
        ),
        case(
            "Weibull 3 3/5 any",
            ageing(year, 5, 3, 3.0),
            AnyOutage,
            1.83e-8,
            renewal,
        ),
        case(
            "Weibull 3 3/5",
            ageing(decade, 5, 3, 3.0),
            Hours,
            5.0253e-5,
            renewal,
        ),
    ];
    let independent = "independent pairs, integrated over the mission";
    cases.push(case(
        "500 pairs",
        pairs(500),
        Unavailability,
        4.990_428_634e-6,
        independent,
    ));
    cases.push(case(
        "500 pairs with costs",
        pairs(500).replace(
            "[groups.pair-0]",
            "cost = { repair = \"30 EUR\" }\n[groups.pair-0]",
        ) + "cost = { outage = \"1000 EUR\", downtime = \"100 EUR/h\" }\n",
        Unavailability,
        4.990_428_634e-6,
        independent,
    ));
    let with_limit = |limit: &str, text: String| {
        text.replace(
            "[kinds",
            &format!("[targets]\ndowntime = \"<= {limit}\"\n[kinds"),
        )
    };
    let pair = |horizon: &str, mttf: &str, limit: &str| {
        with_limit(limit, pool(horizon, 2, 1, &mean(mttf), &mean("24 h"), 2))
    };
    let single = "[run]\nhorizon = \"1 y\"\n[kinds.server]\nfail = { mean = \"1e6 h\" }\nrepair = \"1 h\"\n[components.server]\nlike = \"server\"\n[service]\nup = \"server\"\n";
    let randomised = "chain and its downtime, randomised (src/tests/missions.rs)";
    for (name, text, exact, source) in [
        (
            "pair 2e4 h year > 12 h",
            pair("1 y", "20000 h", "12 h"),
            3.844_697_65e-4,
            randomised,
        ),
        (
            "pair 2e4 h year > 50 h",
            pair("1 y", "20000 h", "50 h"),
            1.622_001_12e-5,
            randomised,
        ),
        (
            "pair 2e3 h year > 30 h",
            pair("1 y", "2000 h", "30 h"),
            9.143_694_92e-3,
            randomised,
        ),
        (
            "pair 2e4 h of 10 > 30 h",
            pair("10 y", "20000 h", "30 h"),
            8.614_880e-5,
            randomised,
        ),
        (
            "two of 1 h year > 1.5 h",
            with_limit("1.5 h", single.to_owned()),
            3.818_455e-5,
            "Erlang law",
        ),
    ] {
        cases.push(case(name, text, BadYear, exact, source));
    }
    let exponential = "{ mean = \"1000 h\" }";
    let rayleigh = "{ weibull = { shape = 2, mean = \"913.67 h\" } }";
    for (name, fail, neighbours, exact) in [
        ("oil exp 3 of 20", exponential, 3, 1.513e-5),
        ("oil exp 4 of 20", exponential, 4, 4.51e-7),
        ("oil exp 5 of 20", exponential, 5, 2.28e-8),
        ("oil Rayleigh 3 of 20", rayleigh, 3, 2.07e-5),
        ("oil Rayleigh 4 of 20", rayleigh, 4, 6.94e-7),
        ("oil Rayleigh 5 of 20", rayleigh, 5, 4.28e-8),
    ] {
        let text = pipeline(fail, neighbours);
        let source = "another program, within 1 to 2 %";
        cases.push(case(name, text, Unavailability, exact, source));
    }
    for (file, changes, service, what, exact) in [
        (
            "rare-1of4-own-crews",
            &["run.horizon=8760 h"][..],
            0,
            Unavailability,
            9.948_267_906_3e-13,
        ),
        (
            "cluster-2",
            &["run.horizon=2000 h"],
            1,
            AnyOutage,
            1.158_395_575_2e-3,
        ),
        (
            "cluster-64",
            &["run.horizon=2000 h"],
            1,
            AnyOutage,
            1.044_539_673e-3,
        ),
        (
            "dds-arcade",
            &["run.horizon=87600 h"],
            0,
            Unavailability,
            3.497_828_562e-6,
        ),
        (
            "erasure-17-3-backblaze",
            &["run.horizon=8760 h", "replacement={ mean = \"6.5 d\" }"],
            0,
            AnyOutage,
            2.843_289_65e-11,
        ),
        (
            "ftwc-4-policies",
            &["run.horizon=87600 h"],
            0,
            Unavailability,
            2.017_546_69e-6,
        ),
        (
            "hecs-nasa",
            &["run.horizon=1 h"],
            4,
            AnyOutage,
            3.629_334_822e-8,
        ),
        (
            "raid6-hot-spare",
            &["run.horizon=8760 h"],
            0,
            AnyOutage,
            2.844_346_49e-7,
        ),
        (
            "railway-cabinets-inspection",
            &["run.horizon=1 h"],
            0,
            AnyOutage,
            6.673_527_32e-8,
        ),
        (
            "nested-domains-cascade-crew",
            &["run.horizon=8760 h"],
            0,
            Unavailability,
            2.942_729_837e-5,
        ),
        (
            "network-bridge-links",
            &["run.horizon=87600 h"],
            0,
            Unavailability,
            3.660_599_098e-5,
        ),
        (
            "quorum-3of5-crews",
            &["run.horizon=8760 h", "crews=2"],
            0,
            Unavailability,
            1.958_040_23e-5,
        ),
        (
            "raft-3-nodes",
            &["run.horizon=8760 h"],
            0,
            Unavailability,
            1.332_930_882e-5,
        ),
        (
            "rolling-maintenance-pair",
            &["run.horizon=8760 h"],
            0,
            Unavailability,
            1.010_236_012e-5,
        ),
        (
            "failover-pair-full",
            &["run.horizon=8760 h"],
            0,
            Unavailability,
            1.269_509_544e-4,
        ),
    ] {
        let path = format!("{}/src/tests/cases/{file}.toml", env!("CARGO_MANIFEST_DIR"));
        cases.push(Case {
            name: file,
            text: std::fs::read_to_string(path).unwrap(),
            changes: changes.to_vec(),
            service,
            what,
            exact,
            source: "src/tests/cases",
        });
    }
    cases
}

/// A pipeline of twenty pumps with one repairman, which stops where so many neighbours are down (Villen-
/// Altamirano 2010).
fn pipeline(fail: &str, neighbours: usize) -> String {
    let mut text = format!(
        "[run]\nhorizon = \"87600 h\"\n[crews.people]\nsize = 1\norder = \"priority\"\n[kinds.pump]\nfail = {fail}\nrepair = {{ lognormal = {{ mean = \"4.6182 h\", sigma = 0.8 }} }}\ncrew = \"people\"\n"
    );
    for pump in 1..=20 {
        text += &format!(
            "[components.pump-{pump}]\nlike = \"pump\"\npriority = {}\n",
            21 - pump
        );
    }
    let cuts: Vec<String> = (1..=21 - neighbours)
        .map(|first| {
            let pumps: Vec<String> = (first..first + neighbours)
                .map(|pump| format!("pump-{pump}"))
                .collect();
            format!("({})", pumps.join(" or "))
        })
        .collect();
    text + &format!("[service]\nup = \"{}\"\n", cuts.join(" and "))
}

/// `n` servers of which `k` are needed.
fn pool(horizon: &str, n: usize, k: usize, fail: &str, repair: &str, crews: usize) -> String {
    format!(
        "[run]\nhorizon = \"{horizon}\"\n[crews.people]\nsize = {crews}\n[kinds.server]\nfail = {fail}\nrepair = {repair}\ncrew = \"people\"\n[groups.servers]\nkind = \"server\"\nunits = {n}\nrequired = {k}\nstandby = \"active\"\n[service]\nup = \"servers\"\n"
    )
}

/// A year of a service that needs all of so many pairs, each of which needs one of two.
fn pairs(count: usize) -> String {
    let mut text = "[run]\nhorizon = \"8760 h\"\n[kinds.node]\nfail = { mean = \"100000 h\" }\nrepair = { mean = \"10 h\" }\n".to_owned();
    let names: Vec<String> = (0..count).map(|pair| format!("pair-{pair}")).collect();
    for name in &names {
        text += &format!(
            "[groups.{name}]\nkind = \"node\"\nunits = 2\nrequired = 1\nstandby = \"active\"\n"
        );
    }
    text + &format!("[service]\nup = \"all({})\"\n", names.join(", "))
}

/// The distributed database of Villen-Altamirano (2007) with its redundancy, as the FIG tool models it.
fn database(redundancy: usize, horizon: &str) -> String {
    let mut text = format!("[run]\nhorizon = \"{horizon}\"\n");
    for (kind, mttf) in [("controller", 25 * redundancy), ("disk", 75 * redundancy)] {
        text += &format!(
            "[kinds.{kind}]\nfail = {{ mean = \"{mttf} h\" }}\n[kinds.{kind}.modes.short]\nshare = \"50 %\"\nrepair = {{ mean = \"1 h\" }}\n[kinds.{kind}.modes.long]\nshare = \"50 %\"\nrepair = {{ mean = \"2 h\" }}\n"
        );
    }
    let mut names = Vec::new();
    for group in 0..10 {
        let (kind, units, required) = if group < 4 {
            ("controller", redundancy, 1)
        } else {
            ("disk", redundancy + 2, 3)
        };
        text += &format!(
            "[groups.g{group}]\nkind = \"{kind}\"\nunits = {units}\nrequired = {required}\nstandby = \"active\"\n"
        );
        names.push(format!("g{group}"));
    }
    text + &format!("[service]\nup = \"all({})\"\n", names.join(", "))
}
