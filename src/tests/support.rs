//! What the tests share: a scenario from text, many trials of it, and a comparison with the truth.

use failsim::behaviour::{Behaviour, Mechanism};
use failsim::engine::Simulator;
use failsim::exact;
use failsim::model::{Culprit, System};
use failsim::scenario::{self, NoFiles, Override, Scenario, Source};
use failsim::stats::{Level, Moments};
use failsim::trials::{self, Estimates, Goal, Settings, Tally};

/// The scenario that a text describes; it must be right.
pub(crate) fn scenario(text: &str, changes: &[&str]) -> Scenario {
    scenario_file(&format!("format = 1\n{text}"), changes)
}

/// The scenario that a whole file describes; it must be right.
pub(crate) fn scenario_file(text: &str, changes: &[&str]) -> Scenario {
    let source = Source::toml("test.toml", text);
    let changes: Vec<Override> = changes
        .iter()
        .map(|change| Override::parse(change).unwrap())
        .collect();
    scenario::load(&source, &changes, &NoFiles)
        .unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

/// What `trials` trials of a scenario add up to.
pub(crate) fn tally(system: &System, trials: u64) -> Tally {
    tally_with(system, trials, 0)
}

/// The same, with records of the first trials.
pub(crate) fn tally_with(system: &System, trials: u64, record_count: u64) -> Tally {
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, 42);
    let settings = Settings {
        goal: Goal::Trials(trials),
        first_trial: 0,
        record_count,
        keeps_values: false,
        level: Level::USUAL,
    };
    trials::run(system, &simulator, &settings, &mut |_| None).tally
}

/// What `trials` trials of a scenario say.
pub(crate) fn estimates(system: &System, trials: u64) -> Estimates {
    let behaviour = Behaviour::of(system);
    let simulator = Simulator::new(&behaviour, system.mission, 42);
    let settings = Settings {
        goal: Goal::Trials(trials),
        first_trial: 0,
        record_count: 0,
        keeps_values: false,
        level: Level::USUAL,
    };
    let run = trials::run(system, &simulator, &settings, &mut |_| None);
    Estimates::of(system, &run, Level::USUAL)
}

/// Asserts that a mean agrees with the truth: |z| < 4, which happens by chance once in 16,000 seeds,
/// at a relative standard error of at most `precision`. Prints what it saw.
pub(crate) fn check_mean(what: &str, mean: f64, standard_error: f64, truth: f64, precision: f64) {
    let z = (mean - truth) / standard_error;
    let relative = standard_error / truth;
    println!(
        "{what}: {mean:.6e} against {truth:.6e}, z = {z:+.2}, relative standard error {:.2} %",
        relative * 100.0
    );
    assert!(
        relative <= precision,
        "{what}: the relative standard error {relative:.4} is above {precision}"
    );
    assert!(z.abs() < 4.0, "{what}: {mean} against {truth}, z = {z}");
}

/// The same for the mean of a sample in nanoseconds, against a truth in hours, or for a plain count
/// with a `unit` of 1.
pub(crate) fn check_moments(what: &str, moments: &Moments, unit: f64, truth: f64) {
    check_mean(
        what,
        moments.mean() / unit,
        moments.standard_error() / unit,
        truth,
        0.005,
    );
}

/// Asserts that the exact solver finds the unavailability in the long run to eight digits.
pub(crate) fn check_exact(what: &str, system: &System, truth: f64) {
    let effort = exact::Effort {
        multiplications_max: 0.0,
        ..exact::Effort::FULL
    };
    let answer = exact::solve(system, &effort, None).unwrap();
    let found = answer.services.as_slice()[0].long_run.unavailability;
    println!("{what}: {found:.10e} exactly against {truth:.10e}");
    assert!(
        (found / truth - 1.0).abs() < 1e-8,
        "{what}: {found:e} against {truth:e}"
    );
}

/// Nanoseconds in an hour.
pub(crate) const HOUR: f64 = 3.6e12;

/// The share of a service's downtime that is put down to a culprit and a mechanism.
pub(crate) fn share(tally: &Tally, culprit: Culprit, mechanism: Mechanism) -> f64 {
    let service = &tally.services[0];
    let part = service.contributions.get(&(culprit, mechanism));
    part.map_or(0.0, |moments| moments.sum() as f64) / service.down.sum() as f64
}

/// The steady state of a Markov chain by its rates: elimination without subtraction (Grassmann,
/// Taksar & Heyman 1985).
pub(crate) fn steady(rates: &[Vec<f64>]) -> Vec<f64> {
    let mut a = rates.to_vec();
    let n = a.len();
    for k in (1..n).rev() {
        let leaving = a[k][..k].to_vec();
        let out: f64 = leaving.iter().sum();
        for (i, row) in a[..k].iter_mut().enumerate() {
            row[k] /= out;
            let through = row[k];
            for (j, rate) in leaving.iter().enumerate() {
                if i != j {
                    row[j] += through * rate;
                }
            }
        }
    }
    let mut p = vec![1.0; n];
    for k in 1..n {
        p[k] = (0..k).map(|i| p[i] * a[i][k]).sum();
    }
    let sum: f64 = p.iter().sum();
    p.into_iter().map(|value| value / sum).collect()
}
