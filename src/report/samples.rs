//! Hand-made estimates for the tests of this floor.

use serde_json::json;

use super::RunFacts;
use crate::base::{IdVec, Probability, Span};
use crate::behaviour::Mechanism;
use crate::math::Law;
use crate::math::law::{Constant, Exponential};
use crate::model::{
    Comparison, Culprit, Detector, Group, GroupId, Kind, Member, Metric, Probes, Repair, Service,
    Statistic, Structure, System, Takeover, Target, Unit,
};
use crate::stats::{Interval, Level, Method, NoInterval, Support, Verdict, WhyStopped};
use crate::study::{Study, Sums};
use crate::trials::{
    Contribution, Estimates, Quantity, ServiceEstimates, Tally, TargetResult, Trials,
};

pub(super) fn interval(estimate: f64, low: f64, high: f64, events: u64) -> Interval {
    let support = Support {
        events,
        share_of_largest: 0.01,
        events_wanted: 10,
    };
    Interval {
        estimate,
        low,
        high,
        level: Level::USUAL,
        method: Method::HallT,
        support,
    }
}

/// An interval of the given relative half-width.
fn about(estimate: f64, relative: f64, events: u64) -> Result<Interval, NoInterval> {
    Ok(interval(
        estimate,
        estimate * (1.0 - relative),
        estimate * (1.0 + relative),
        events,
    ))
}

fn quantity(
    metric: &'static str,
    statistic: &'static str,
    unit: &'static str,
    value: Result<Interval, NoInterval>,
) -> Quantity {
    Quantity {
        metric,
        statistic,
        unit,
        value,
    }
}

pub(super) fn facts() -> RunFacts {
    RunFacts {
        scenario_name: "web shop".to_owned(),
        question: Some("Does a second database pay?".to_owned()),
        scenario_path: "scenarios/web-shop.toml".to_owned(),
        command: ["failsim", "run", "scenarios/web-shop.toml"]
            .map(str::to_owned)
            .to_vec(),
        seed: 42,
        version: "0.1.0".to_owned(),
        options: vec![("trials".to_owned(), "100000".to_owned())],
        resolved_scenario: json!({"format": 1, "name": "web shop"}),
        ..RunFacts::default()
    }
}

/// A service that is down for `scale` times two hours a year.
pub(super) fn service(name: &str, scale: f64, events: u64) -> ServiceEstimates {
    let down = 8520.0 * scale;
    let year = 31_557_600.0;
    let availability = interval(
        1.0 - down / year,
        1.0 - 1.05 * down / year,
        1.0 - 0.95 * down / year,
        events,
    );
    let mut quantities = vec![
        quantity("availability", "mean", "ratio", Ok(availability)),
        quantity("served_requests", "mean", "ratio", Ok(availability)),
    ];
    for (metric, unit, mean) in [
        ("downtime", "s_per_year", down),
        ("outages", "per_year", 1.31 * events as f64 / 75_900.0),
        ("longest_outage", "s", 0.8 * down),
        ("outage_duration", "s", 0.76 * down),
    ] {
        quantities.push(quantity(metric, "mean", unit, about(mean, 0.05, events)));
        // Of the trials without an outage there are 100,000 less `events`.
        for (statistic, factor, least) in [
            ("p50", 0.4, 50_000),
            ("p95", 4.0, 5_000),
            ("p99", 9.0, 1_000),
            ("max", 40.0, 1),
        ] {
            let factor = if events < least { 0.0 } else { factor };
            let floor = if statistic == "max" { 1.0 } else { 0.0 };
            quantities.push(quantity(
                metric,
                statistic,
                unit,
                about((mean * factor).round().max(floor), 0.1, events),
            ));
        }
    }
    quantities.push(quantity(
        "degraded_time",
        "mean",
        "s_per_year",
        about(0.0, 0.0, 0),
    ));
    quantities.push(quantity("never_down", "share", "ratio", {
        let share = 1.0 - events as f64 / 100_000.0;
        let half = 2.0 * libm::sqrt(share * (1.0 - share) / 100_000.0);
        Ok(interval(
            share,
            share - half,
            (share + half).min(1.0),
            events,
        ))
    }));
    let part = |mechanism, group, share: f64| Contribution {
        culprit: Culprit::Group(GroupId(group)),
        mechanism: Some(mechanism),
        down: about(down * share, 0.1, events),
        share,
    };
    ServiceEstimates {
        name: name.to_owned(),
        quantities,
        contributions: vec![
            part(Mechanism::Repair, 0, 0.41),
            part(Mechanism::Manual, 0, 0.27),
            part(Mechanism::Undetected, 1, 0.19),
            part(Mechanism::Promoting, 0, 0.09),
            part(Mechanism::Redirecting, 1, 0.02),
            part(Mechanism::Deciding, 1, 0.011),
            part(Mechanism::Failback, 1, 0.009),
        ],
        culprits: vec![
            Contribution {
                mechanism: None,
                ..part(Mechanism::Repair, 0, 0.77)
            },
            Contribution {
                mechanism: None,
                ..part(Mechanism::Repair, 1, 0.23)
            },
        ],
        roots: Vec::new(),
        exceedance: Vec::new(),
        lost_by: Vec::new(),
        by_part: Vec::new(),
        over_time: vec![
            (0.0, year / 2.0, Ok(availability)),
            (year / 2.0, year, Ok(availability)),
        ],
        targets: Vec::new(),
    }
}

/// A service in which nothing ever happened.
pub(super) fn perfect(name: &str, trials: u64) -> ServiceEstimates {
    let high = 3.69 / trials as f64;
    let none = |high: f64| {
        Ok(Interval {
            method: Method::NoneSeen,
            ..interval(0.0, 0.0, high, 0)
        })
    };
    let quantities = vec![
        quantity(
            "availability",
            "mean",
            "ratio",
            none(high).map(Interval::one_minus),
        ),
        quantity("downtime", "mean", "s_per_year", none(high * 31_557_600.0)),
        quantity("outages", "mean", "per_year", none(f64::INFINITY)),
        quantity(
            "outage_duration",
            "mean",
            "s",
            Err(NoInterval::NoneToAverage),
        ),
        quantity(
            "never_down",
            "share",
            "ratio",
            Ok(interval(1.0, 1.0 - high, 1.0, trials)),
        ),
    ];
    let target = TargetResult {
        year_breach: None,
        value: none(high).map(Interval::one_minus),
        ..target(
            ">= 99.99 %",
            Metric::Availability,
            Comparison::AtLeast,
            0.9999,
            Verdict::Met,
        )
    };
    ServiceEstimates {
        name: name.to_owned(),
        quantities,
        contributions: Vec::new(),
        culprits: Vec::new(),
        roots: Vec::new(),
        lost_by: Vec::new(),
        over_time: Vec::new(),
        exceedance: Vec::new(),
        by_part: Vec::new(),
        targets: vec![target],
    }
}

pub(super) fn target(
    limit_text: &str,
    metric: Metric,
    comparison: Comparison,
    limit: f64,
    verdict: Verdict,
) -> TargetResult {
    let name = match metric {
        Metric::Availability => "availability",
        _ => "downtime.p95",
    };
    TargetResult {
        target: Target {
            text: format!("{name} {limit_text}"),
            metric,
            comparison,
            limit,
            currency: None,
        },
        value: match metric {
            Metric::Availability => Ok(interval(0.999_730, 0.999_717, 0.999_743, 75_900)),
            _ => about(33_240.0, 0.02, 5_000),
        },
        verdict,
        year_breach: Some(Ok(interval(0.0512, 0.049, 0.053, 5_120))),
        month_breach: None,
        takeover_breach: None,
        trials_to_decide: None,
    }
}

/// One target met, one missed, one undecided.
pub(super) fn targets() -> Vec<TargetResult> {
    let p95 = Metric::Downtime(Statistic::Quantile(0.95));
    vec![
        target(
            ">= 99.95 %",
            Metric::Availability,
            Comparison::AtLeast,
            0.9995,
            Verdict::Met,
        ),
        target("<= 8 h", p95, Comparison::AtMost, 28_800.0, Verdict::Missed),
        TargetResult {
            trials_to_decide: Some(61_234),
            ..target(
                "<= 9 h 10 min",
                p95,
                Comparison::AtMost,
                33_000.0,
                Verdict::Undecided,
            )
        },
    ]
}

pub(super) fn estimates(services: Vec<ServiceEstimates>) -> Estimates {
    Estimates {
        level: Level::USUAL,
        trial_count: 100_000,
        event_count: 1_000_000,
        mission_s: 31_557_600.0,
        why_stopped: WhyStopped::TrialsDone,
        services,
        drift: None,
        doubts: Vec::new(),
        way: crate::trials::Way::Plain { why: None },
        cost: None,
    }
}

/// Plain trials of [`system`] that leave no record.
pub(super) fn study(services: Vec<ServiceEstimates>) -> Study {
    let estimates = estimates(services);
    let trials = Trials {
        tally: Tally::default(),
        why_stopped: estimates.why_stopped,
        convergence: Vec::new(),
        cut: None,
    };
    Study {
        system: system(),
        sums: Sums::Plain(Box::new(trials)),
        estimates,
        checks: Vec::new(),
        counts: None,
    }
}

fn constant(secs: f64) -> Law {
    Law::from(Constant::new(secs).expect("a duration"))
}

/// Two groups, `db` with a standby and `web` without, under one service. Constant times everywhere
/// but for the failures of `web`, so that a story of `db` can be checked by hand: the first database
/// fails after 1000 s of service, is noticed 30 s later, and promoting takes 10 s; its repair takes
/// 200 s from its being noticed.
pub(super) fn system() -> System {
    let kind = |name: &str, law: Law, repair: f64| {
        let mut kind = Kind::failing(name, law, Repair::taking(constant(repair)));
        kind.modes[0].name = "crash".to_owned();
        kind
    };
    let secs = |secs: f64| Span::from_secs(secs).expect("a span");
    let mut system = System {
        name: "web shop".to_owned(),
        mission: secs(3000.0),
        ..System::default()
    };
    let database = system.kinds.push(kind("database", constant(1000.0), 200.0));
    let exponential = Exponential::with_mean(8766.0 * 3600.0).expect("a mean");
    let server = system
        .kinds
        .push(kind("server", Law::from(exponential), 14_400.0));
    let mut members = |name: &str, kind, count: usize| -> Vec<Member> {
        let names = (1..=count).map(|i| format!("{name}.{i}"));
        names
            .map(|name| Member::Unit(system.units.push(Unit::new(&name, kind))))
            .collect()
    };
    let group = |name: &str, members, active, required| Group {
        name: name.to_owned(),
        members,
        active,
        required,
        dormancy: 0.0,
        detector: Some(Detector::Latency(constant(30.0))),
        takeover: Takeover {
            manual: constant(3600.0),
            ..Takeover::taking(constant(10.0))
        },
        ..Group::default()
    };
    let db = group("db", members("db", database, 2), 1, 1);
    let probes = Probes {
        timeout: secs(1.0),
        misses: 2,
        loss: Probability::new(0.001).expect("a probability"),
        ..Probes::every(secs(5.0))
    };
    let web = Group {
        detector: Some(Detector::Probes(probes)),
        ..group("web", members("web", server, 3), 3, 2)
    };
    system.groups = IdVec::from(vec![db, web]);
    let up = Structure::AtLeast {
        k: 2,
        of: vec![Structure::Group(GroupId(0)), Structure::Group(GroupId(1))],
    };
    system.services.push(Service::new("shop", up));
    system
}
