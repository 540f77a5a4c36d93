//! What holds for every plot: it is drawn whatever the data are, soon, the same way each time,
//! with no text outside the page or upon another, and with names that cannot act.

use super::canvas::Scene;
use super::*;
use std::time::{Duration, Instant};

/// Numbers that no simulation should give, and some that it may.
const ODD: [f64; 11] = [
    0.0,
    -1.0,
    1.0,
    0.999_7,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    1e308,
    -1e308,
    5e-324,
    31_557_600.0,
];

const EVIL: &str = "<script>alert(\"1\" & '2')</script>\u{1b}[31m\n\u{FFFF}";

/// A plot that can be drawn in either way.
struct Plot {
    name: &'static str,
    scene: Box<dyn Fn() -> Scene>,
    picture: Box<dyn Fn() -> Picture>,
}

macro_rules! plot {
    ($name:expr, $data:expr) => {{
        let data = $data;
        let copy = data.clone();
        Plot {
            name: $name,
            scene: Box::new(move || data.scene()),
            picture: Box::new(move || copy.draw()),
        }
    }};
}

fn heading(text: &str) -> Heading {
    Heading {
        title: format!("The database causes three quarters of the downtime {text}"),
        subtitle: format!("Mean downtime per year with its 95 % interval {text}"),
        footnote: format!("three-tier web shop · 100,000 trials of 1 y · seed 42 {text}"),
    }
}

fn target(text: &str, value: f64) -> Option<Target> {
    Some(Target {
        label: format!("target <= {text}"),
        value,
    })
}

fn around(value: f64) -> Estimate {
    Estimate {
        value,
        low: value * 0.9,
        high: value * 1.1,
    }
}

const QUANTITIES: [Quantity; 5] = [
    Quantity::Duration,
    Quantity::Availability,
    Quantity::Ratio,
    Quantity::Count,
    Quantity::Number,
];

/// All plots, made of `values`, `count` of each thing, and names that end in `text`; those of any
/// quantity as plots of each of `quantities`.
fn plots(quantities: &[Quantity], values: &[f64], count: usize, text: &str) -> Vec<Plot> {
    let value = |i: usize| {
        values
            .get(i % values.len().max(1))
            .copied()
            .unwrap_or(f64::NAN)
    };
    let share = |i: usize| {
        around(if value(i).abs() <= 1.0 {
            value(i)
        } else {
            1.0 / value(i)
        })
    };
    let name = |i: usize| format!("unit.{i}{text}");
    let names = || (0..count).map(name).collect::<Vec<_>>();
    let states = [
        UnitState::Serving,
        UnitState::FailedUnnoticed,
        UnitState::FailedWaiting,
        UnitState::UnderRepair,
        UnitState::Rejoining,
        UnitState::Standby,
        UnitState::TakingOver,
        UnitState::CutOff,
        UnitState::Maintenance,
    ];
    let services = [ServiceState::Up, ServiceState::Down, ServiceState::Degraded];
    let stretches = |row: usize| {
        (0..count * 3)
            .map(|i| Stretch {
                from_s: i as f64 * 1000.0 + row as f64 * 50.0,
                to_s: (i + 1) as f64 * 1000.0 + row as f64 * 50.0,
                state: states[(i + row) % states.len()],
            })
            .collect()
    };
    let mut plots = Vec::new();
    for quantity in quantities.iter().copied() {
        let estimate = |i: usize| match quantity {
            Quantity::Availability | Quantity::Ratio => share(i),
            Quantity::Duration | Quantity::Count | Quantity::Number => around(value(i)),
        };
        plots.push(plot!(
            "convergence",
            Convergence {
                heading: heading(text),
                name: format!("metric {text}"),
                quantity,
                points: (0..count)
                    .map(|i| ConvergencePoint {
                        trials: (i as u64 + 1) * 100,
                        estimate: estimate(i),
                    })
                    .collect(),
                target: target(text, estimate(0).value),
            }
        ));
        for values in [
            SweepValues::Names(names()),
            SweepValues::Numbers {
                values: (0..count).map(value).collect(),
                quantity,
            },
        ] {
            plots.push(plot!(
                "sweep line",
                SweepLine {
                    heading: heading(text),
                    metric_name: format!("metric {text}"),
                    metric: quantity,
                    parameter: format!("parameter {text}"),
                    values,
                    series_parameter: Some(format!("other {text}")),
                    series: (0..count)
                        .map(|series| SweepSeries {
                            name: name(series),
                            estimates: (0..count)
                                .map(|i| (i != 1).then(|| estimate(i + series)))
                                .collect(),
                        })
                        .collect(),
                    target: target(text, estimate(0).value),
                }
            ));
        }
        let verdicts = [Verdict::Met, Verdict::Undecided, Verdict::Missed];
        plots.push(plot!(
            "sweep heat",
            SweepHeat {
                heading: heading(text),
                metric_name: format!("metric {text}"),
                metric: quantity,
                across_parameter: format!("across {text}"),
                across: names(),
                up_parameter: format!("up {text}"),
                up: names(),
                cells: (0..count)
                    .map(|row| {
                        (0..count)
                            .map(|i| {
                                (i + row != 3).then(|| HeatCell {
                                    estimate: estimate(i * row),
                                    verdict: Some(verdicts[(i + row) % 3]),
                                })
                            })
                            .collect()
                    })
                    .collect(),
                target: Some(format!("target {text}")),
            }
        ));
    }
    plots.push(plot!(
        "exceedance",
        Exceedance {
            heading: heading(text),
            name: format!("downtime {text}"),
            counted: format!("years{text}"),
            points: (0..count)
                .map(|i| ExceedancePoint {
                    down_time_s: value(i),
                    share: around(1.0 / (i + 2) as f64),
                })
                .collect(),
            without_downtime: Some(around(0.2)),
            quantiles: [("p50", 0.5), ("p95", 0.05), ("p99", 0.01)]
                .into_iter()
                .enumerate()
                .map(|(i, (label, share))| ExceedanceQuantile {
                    label: format!("{label}{text}"),
                    share,
                    down_time_s: around(value(i)),
                })
                .collect(),
            targets: vec![
                ExceedanceTarget {
                    label: format!("p95 <= 8 h {text}"),
                    down_time_s: value(1),
                    share: Some(0.05),
                },
                ExceedanceTarget {
                    label: format!("never {text}"),
                    down_time_s: value(2),
                    share: None,
                },
            ],
        }
    ));
    plots.push(plot!(
        "contributions",
        Contributions {
            heading: heading(text),
            name: format!("downtime {text}"),
            quantity: quantities.first().copied().unwrap_or(Quantity::Duration),
            mechanisms: names(),
            causes: (0..count)
                .map(|cause| Cause {
                    name: name(cause),
                    per_year: (0..count).map(|i| value(i + cause)).collect(),
                    low_per_year: value(cause),
                    high_per_year: value(cause) * 2.0,
                })
                .collect(),
        }
    ));
    plots.push(plot!(
        "served by part",
        ServedByPart {
            heading: heading(text),
            period_s: value(count),
            parts: (0..count)
                .map(|i| PartOfPeriod {
                    load: value(i),
                    served: share(i),
                })
                .collect(),
            target: target(text, 0.999),
        }
    ));
    plots.push(plot!(
        "availability over time",
        AvailabilityOverTime {
            heading: heading(text),
            points: (0..count)
                .map(|i| AvailabilityPoint {
                    time_s: value(i),
                    availability: share(i)
                })
                .collect(),
            target: target(text, 0.999),
        }
    ));
    for (from_s, to_s) in [(0.0, 20_000.0), (value(0), value(1)), (1e308, -1e308)] {
        plots.push(plot!(
            "timeline",
            Timeline {
                heading: heading(text),
                from_s,
                to_s,
                counted_from: None,
                service_name: format!("service{text}"),
                service: (0..count)
                    .map(|i| Stretch {
                        from_s: i as f64 * 3000.0,
                        to_s: (i + 1) as f64 * 3000.0,
                        state: services[i % 3],
                    })
                    .collect(),
                units: (0..count)
                    .map(|row| TimelineUnit {
                        name: name(row),
                        stretches: stretches(row)
                    })
                    .collect(),
                events: (0..count)
                    .map(|i| TimelineEvent {
                        at_s: i as f64 * 2500.0,
                        label: name(i)
                    })
                    .collect(),
            }
        ));
    }
    plots
}

/// No text leaves the page or lies upon another.
fn check_texts(plot: &Plot) {
    let scene = (plot.scene)();
    let (page, texts) = (scene.page(), scene.texts());
    for (i, (text, area)) in texts.iter().enumerate() {
        assert!(
            area.left >= page.left
                && area.right <= page.right
                && area.top >= page.top
                && area.bottom <= page.bottom,
            "{}: {text:?} is at {area:?} on {page:?}",
            plot.name
        );
        for (other, its_area) in &texts[i + 1..] {
            assert!(
                !area.overlaps(its_area),
                "{}: {text:?} at {area:?} is upon {other:?} at {its_area:?}",
                plot.name
            );
        }
    }
}

fn check_picture(plot: &Plot) {
    let start = Instant::now();
    let picture = (plot.picture)();
    let time = start.elapsed();
    // A plot takes a tenth of a second: this catches an axis without an end, and still holds on a
    // busy computer.
    assert!(
        time < Duration::from_secs(10),
        "{} takes {time:?}",
        plot.name
    );
    for word in ["NaN", "\"inf", ",inf", "2147483647"] {
        assert!(!picture.svg.contains(word), "{} draws {word}", plot.name);
    }
    assert!(picture.svg.starts_with("<svg ") && picture.svg.ends_with("</svg>\n"));
    assert!(picture.png.starts_with(b"\x89PNG"));
}

#[test]
fn usual_data_make_tidy_plots() {
    let values = [8520.0, 29_000.0, 120.0, 3600.0, 45.0, 86_000.0];
    plots(&QUANTITIES, &values, 6, "")
        .iter()
        .for_each(check_texts);
    plots(&[Quantity::Duration], &values, 6, "")
        .iter()
        .for_each(check_picture);
}

#[test]
fn the_same_data_are_the_same_bytes() {
    for plot in plots(&[Quantity::Duration], &[8520.0, 29_000.0], 4, "") {
        assert!(
            (plot.picture)() == (plot.picture)(),
            "{} differs when drawn again",
            plot.name
        );
    }
}

#[test]
fn little_data_make_tidy_plots() {
    for count in [0, 1, 2] {
        for value in [0.0, 1.0, 8520.0, 1e308] {
            plots(&QUANTITIES, &[value], count, "")
                .iter()
                .for_each(check_texts);
        }
    }
    plots(&[Quantity::Duration], &[], 0, "")
        .iter()
        .for_each(check_picture);
    plots(&[Quantity::Availability], &[0.0], 1, "")
        .iter()
        .for_each(check_picture);
}

fn texts(scene: &Scene) -> String {
    scene.clone().paint().svg.replace('\u{a0}', " ")
}

/// The ends of hundreds of intervals, added as they are, would be a whisker of the length of the bar.
#[test]
fn many_small_causes_are_known_better_together() {
    let cause = |i: usize| Cause {
        name: format!("a-pair-with-a-long-name-that-must-be-cut-{i}"),
        per_year: vec![100.0],
        low_per_year: 0.0,
        high_per_year: 200.0,
    };
    let plot = Contributions {
        heading: heading(""),
        name: "downtime".to_owned(),
        quantity: Quantity::Duration,
        mechanisms: vec!["under repair".to_owned()],
        causes: (0..411).map(cause).collect(),
    };
    let folded = plot.folded_interval().expect("400 causes are folded");
    assert_eq!(folded.value, 40_000.0);
    assert!((folded.high - 42_000.0).abs() < 1e-6, "{folded:?}");
    assert!((folded.low - 38_000.0).abs() < 1e-6, "{folded:?}");
    let text = texts(&plot.scene());
    assert!(
        text.contains("-be-cut-1\n"),
        "the end of a name tells it from others"
    );
}

/// A curve of outages that come once in a thousand million years fills the picture.
#[test]
fn the_axis_of_rare_outages_begins_near_them() {
    let point = |i: i32| ExceedancePoint {
        down_time_s: f64::from(i + 1),
        share: around(1e-9 / f64::from(i + 1)),
    };
    let plot = Exceedance {
        heading: heading(""),
        name: "downtime".to_owned(),
        counted: "years".to_owned(),
        points: (0..50).map(point).collect(),
        without_downtime: None,
        quantiles: Vec::new(),
        targets: Vec::new(),
    };
    let text = texts(&plot.scene());
    assert!(
        !text.contains("\n100 %\n") && !text.contains("\n1 %\n"),
        "{text}"
    );
    assert!(text.contains("\n0.0000001 %\n"), "{text}");
}

#[test]
fn long_names_and_many_things_stay_on_the_page() {
    let long = "-in-the-availability-zone-of-the-second-region-of-the-first-continent ".repeat(4);
    let values = [8520.0, 29_000.0, 120.0, 3600.0, 45.0, 86_000.0];
    plots(&QUANTITIES, &values, 5, &long)
        .iter()
        .for_each(check_texts);
    plots(&QUANTITIES[..2], &values, 60, "")
        .iter()
        .for_each(check_texts);
    plots(&[Quantity::Duration], &values, 60, &long)
        .iter()
        .for_each(check_picture);
}

#[test]
fn odd_numbers_never_hang_or_break_a_plot() {
    plots(&[Quantity::Number], &ODD, ODD.len(), "")
        .iter()
        .for_each(check_picture);
    for a in ODD {
        for b in ODD {
            plots(&QUANTITIES, &[a, b], 2, "")
                .iter()
                .for_each(check_texts);
        }
    }
}

#[test]
fn names_cannot_act() {
    for plot in plots(&[Quantity::Count], &[8520.0, 29_000.0], 3, EVIL) {
        let svg = (plot.picture)().svg;
        assert!(
            !svg.contains("<script") && !svg.contains('\u{1b}'),
            "{}",
            plot.name
        );
        assert!(
            !svg.contains('\u{FFFF}') && svg.contains("&lt;script&gt;"),
            "{}",
            plot.name
        );
        let tags = svg.matches('<').count();
        assert_eq!(tags, svg.matches('>').count(), "{}", plot.name);
        let inside = svg
            .split('<')
            .skip(1)
            .map(|tag| tag.split('>').next().unwrap_or(""));
        for tag in inside {
            assert_eq!(tag.matches('"').count() % 2, 0, "{}: {tag}", plot.name);
        }
    }
}
