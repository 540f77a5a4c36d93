//! How often the stated intervals contain the truth: a table over thirteen models.
//!
//! `cargo bench --bench coverage` repeats each 20,000 times; `-- RUNS` says otherwise, and `-- NAME`
//! runs the models whose names contain it.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on has failed"
)]

#[path = "../src/tests/coverage.rs"]
mod coverage;
#[path = "../src/tests/support.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod support;

fn main() {
    // Cargo adds a flag of its own.
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let runs = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(20_000);
    let wanted = arguments
        .iter()
        .find(|argument| argument.parse::<u64>().is_err());
    println!("nominal 95 %, {runs} runs each");
    println!(
        "{:<38} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "model", "covered", "low", "high", "flagged", "refused"
    );
    for model in coverage::models() {
        if wanted.is_some_and(|wanted| !model.name.contains(wanted.as_str())) {
            continue;
        }
        let coverage = coverage::coverage(&model, runs);
        let percent = |count: u64, of: u64| 100.0 * count as f64 / of.max(1) as f64;
        println!(
            "{:<38} {:>7.2} % {:>7.2} % {:>7.2} % {:>7.2} % {:>7.2} %",
            model.name,
            100.0 * coverage.share(),
            percent(coverage.below, coverage.judged()),
            percent(coverage.above, coverage.judged()),
            percent(coverage.flagged, runs),
            percent(coverage.refused, runs),
        );
    }
}
