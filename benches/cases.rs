//! The known cases figure by figure: what is published, the exact answer, what simulation finds, and how far
//! that is from the published figure in standard errors. The same files and the same measures are judged
//! by the tests; here they can be read.
//!
//! `cargo bench --bench cases -- NAME...` shows those with such names. The whole takes some minutes; what
//! is being done goes to standard error. `FAILSIM_CASES=exact` leaves the simulation out, and `full`
//! takes ten times as many trials.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "most of what the tests share is for them"
)]

#[path = "../src/tests/cases/mod.rs"]
mod cases;
#[path = "../src/tests/support.rs"]
mod support;

fn main() {
    let names: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    cases::table(&names);
}
