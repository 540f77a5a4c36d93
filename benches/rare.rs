//! How fast rare outages are found, against exact values.
use failsim::behaviour::Behaviour;
use failsim::rare::{Mixture, RareSimulator};
use failsim::scenario::{self, NoFiles, Scenario, Source, Syntax};
use std::time::Instant;

/// CPU seconds of this process.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields = after_name.split_whitespace().skip(11).take(2);
    // User and system time in hundredths of a second.
    fields
        .filter_map(|field| field.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

fn scenario(text: &str) -> Scenario {
    let source = Source {
        name: "bench.toml".to_owned(),
        text: format!("format = 1\n{text}"),
        syntax: Syntax::Toml,
    };
    scenario::load(&source, &[], &NoFiles)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn pool(
    horizon: &str,
    n: usize,
    k: usize,
    fail: &str,
    repair: &str,
    crew: Option<usize>,
) -> String {
    let (crews, crew) = match crew {
        Some(c) => (format!("[crews.c]\nsize = {c}\n"), "crew = \"c\"\n"),
        None => (String::new(), ""),
    };
    format!(
        "[run]\nhorizon = \"{horizon}\"\n{crews}[kinds.server]\nfail = {fail}\nrepair = {repair}\n{crew}[groups.servers]\nkind = \"server\"\nunits = {n}\nrequired = {k}\nstandby = \"active\"\n[service]\nup = \"servers\"\n"
    )
}

fn hrms(r: usize, horizon: &str) -> String {
    let mut text = format!("[run]\nhorizon = \"{horizon}\"\n");
    for (kind, mttf) in [("pc", 25 * r), ("disk", 75 * r)] {
        text += &format!(
            "[kinds.{kind}]\nfail = {{ mean = \"{mttf} h\" }}\n[kinds.{kind}.modes.short]\nshare = \"50 %\"\nrepair = {{ mean = \"1 h\" }}\n[kinds.{kind}.modes.long]\nshare = \"50 %\"\nrepair = {{ mean = \"2 h\" }}\n"
        );
    }
    let mut names = Vec::new();
    for i in 0..10 {
        let (kind, n, k) = if i < 4 {
            ("pc", r, 1)
        } else {
            ("disk", r + 2, 3)
        };
        text += &format!(
            "[groups.g{i}]\nkind = \"{kind}\"\nunits = {n}\nrequired = {k}\nstandby = \"active\"\n"
        );
        names.push(format!("g{i}"));
    }
    text + &format!("[service]\nup = \"all({})\"\n", names.join(", "))
}

struct Case {
    name: &'static str,
    text: String,
    what: What,
    exact: f64,
}
enum What {
    U,
    Any,
    Hours,
}

fn main() {
    let only: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with("--"))
        .collect();
    let e = |m: &str| format!("{{ mean = \"{m}\" }}");
    let ln = "{ lognormal = { mean = \"8 h\", sigma = 1 } }";
    let w = |k: f64| format!("{{ weibull = {{ shape = {k}, mean = \"20000 h\" }} }}");
    let cases = vec![
        Case {
            name: "M2 2e3",
            text: pool("87600 h", 20, 16, &e("2000 h"), &e("8 h"), Some(2)),
            what: What::U,
            exact: 1.1329091e-7,
        },
        Case {
            name: "M2 2e4 10y",
            text: pool("87600 h", 20, 16, &e("20000 h"), &e("24 h"), Some(2)),
            what: What::U,
            exact: 2.85048e-10,
        },
        Case {
            name: "M2 2e4 P1y",
            text: pool("8760 h", 20, 16, &e("20000 h"), &e("24 h"), Some(2)),
            what: What::Any,
            exact: 2.02838e-7,
        },
        Case {
            name: "M2 2e4 ED1y",
            text: pool("8760 h", 20, 16, &e("20000 h"), &e("24 h"), Some(2)),
            what: What::Hours,
            exact: 2.47641e-6,
        },
        Case {
            name: "M2 1e5 P1y",
            text: pool("8760 h", 20, 16, &e("100000 h"), &e("24 h"), Some(2)),
            what: What::Any,
            exact: 6.66779e-11,
        },
        Case {
            name: "M2 1e5 ED1y",
            text: pool("8760 h", 20, 16, &e("100000 h"), &e("24 h"), Some(2)),
            what: What::Hours,
            exact: 8.02003e-10,
        },
        Case {
            name: "M2 1e6 10y",
            text: pool("87600 h", 20, 16, &e("1000000 h"), &e("24 h"), Some(2)),
            what: What::U,
            exact: 9.25616e-19,
        },
        Case {
            name: "HRMS r2",
            text: hrms(2, "500 h"),
            what: What::U,
            exact: 6.8548e-3,
        },
        Case {
            name: "HRMS r3",
            text: hrms(3, "1000 h"),
            what: What::U,
            exact: 4.7408e-5,
        },
        Case {
            name: "HRMS r4",
            text: hrms(4, "2000 h"),
            what: What::U,
            exact: 2.4549e-7,
        },
        Case {
            name: "HRMS r5",
            text: hrms(5, "4000 h"),
            what: What::U,
            exact: 1.0633e-9,
        },
        Case {
            name: "W1.5 2/3 1y",
            text: pool("8760 h", 3, 2, &w(1.5), ln, None),
            what: What::Hours,
            exact: 1.3605e-3,
        },
        Case {
            name: "W1.5 2/3 10y",
            text: pool("87600 h", 3, 2, &w(1.5), ln, None),
            what: What::Hours,
            exact: 3.7933e-2,
        },
        Case {
            name: "W1.5 3/5 1y",
            text: pool("8760 h", 5, 3, &w(1.5), ln, None),
            what: What::Hours,
            exact: 1.1507e-6,
        },
        Case {
            name: "W1.5 3/5 10y",
            text: pool("87600 h", 5, 3, &w(1.5), ln, None),
            what: What::Hours,
            exact: 4.9207e-5,
        },
        Case {
            name: "W3 2/3 1y",
            text: pool("8760 h", 3, 2, &w(3.0), ln, None),
            what: What::Hours,
            exact: 1.3136e-4,
        },
        Case {
            name: "W3 3/5 1y",
            text: pool("8760 h", 5, 3, &w(3.0), ln, None),
            what: What::Hours,
            exact: 4.8882e-8,
        },
        Case {
            name: "W3 3/5 1y P",
            text: pool("8760 h", 5, 3, &w(3.0), ln, None),
            what: What::Any,
            exact: 1.83e-8,
        },
        Case {
            name: "W3 3/5 10y",
            text: pool("87600 h", 5, 3, &w(3.0), ln, None),
            what: What::Hours,
            exact: 5.0253e-5,
        },
    ];
    println!(
        "{:14} {:>12} {:>11} {:>6} {:>8} {:>9} {:>9} {:>7} {:>7} {:>8} {:>8} {:>7}",
        "case",
        "exact",
        "estimate",
        "rse%",
        "z",
        "t10",
        "t1",
        "meanW",
        "zW",
        "hits",
        "branches",
        "relvar"
    );
    for case in cases {
        if !only.is_empty() && !only.iter().any(|o| case.name.contains(o.as_str())) {
            continue;
        }
        let s = scenario(&case.text);
        let behaviour = Behaviour::of(&s.system);
        let start = Instant::now();
        let sim = RareSimulator::new(&s.system, &behaviour, s.system.mission, 42, Mixture::USUAL);
        let setup = start.elapsed().as_secs_f64();
        let start = cpu();
        let mut tally = sim.run(0, 64);
        let mut until = 64;
        while cpu() - start < 1.0 {
            tally.merge(&sim.run(until, until * 2));
            until *= 2;
        }
        let time = cpu() - start;
        let t = &tally.services.as_slice()[0];
        let (m, unit) = match case.what {
            What::U => (&t.down, sim.mission() as f64),
            What::Any => (&t.any, 1.0),
            What::Hours => (&t.down, 3.6e12),
        };
        let sum = m.summary_within(f64::INFINITY);
        let (mean, se) = (sum.mean / unit, sum.standard_error() / unit);
        let rse = se / mean;
        let w = t.weights.summary_within(f64::INFINITY);
        let b = t.branch_down.summary_within(f64::INFINITY);
        println!(
            "{:14} {:12.4e} {:11.4e} {:6.2} {:+8.2} {:9.4} {:9.3} {:7.3} {:+7.2} {:8} {:8} {:7.1} ev/br {:.1} setup {:.3} share {:.3} tr {}",
            case.name,
            case.exact,
            mean,
            rse * 100.0,
            (mean - case.exact) / se,
            time * (1.96 * rse / 0.1).powi(2),
            time * (1.96 * rse / 0.01).powi(2),
            w.mean,
            (w.mean - 1.0) / w.standard_error(),
            t.hit_count,
            w.count,
            b.variance / b.mean / b.mean,
            tally.branch_event_count as f64 / w.count as f64 * 2.0,
            setup,
            t.true_hit_count as f64 / t.true_count.max(1) as f64,
            until
        );
    }
}
