//! What takes too long, or never ends: the program ends in time, and says what makes it so long.

use std::time::{Duration, Instant};

use super::command_line::{Desk, out, told as err};

/// An event every millisecond.
const STORM: &str = "format = 1
[kinds.s]
fail = { mean = \"1 ms\" }
repair = { mean = \"1 ms\" }
[groups.g]
kind = \"s\"
units = 2
standby = \"hot\"
active = 1
[service]
up = \"g\"
[run]
";

/// A storm that takes down nobody else, so that there is nothing to remember.
fn storm_aside() -> String {
    let rock = "[components.rock]\nfail = \"never\"\nrepair = \"never\"\n[service]\nup = \"any(g, rock)\"\n";
    STORM.replace("[service]\nup = \"g\"\n", rock)
}

/// Well above the limit of 1 s and the time that a slow machine takes beside it.
const PROMPT: Duration = Duration::from_secs(12);

#[test]
fn a_storm_of_events_keeps_the_time_limit_and_is_named() {
    let desk = Desk::new();
    let ways = [
        ("run - --no-files --time-limit 1s", ""),
        ("run - --no-files --time-limit 1s --method rare", ""),
        ("run - --no-files --time-limit 1s --method splitting", ""),
        ("run - --no-files --time-limit 1s", "start = \"settled\"\n"),
    ];
    for (command, more) in ways {
        let started = Instant::now();
        let output = desk.run_on(&format!("{}{more}", storm_aside()), command, 3);
        assert!(started.elapsed() < PROMPT, "{command}");
        let told = err(&output);
        assert!(
            told.contains("not one trial came to its end") && told.contains("repair of `s` (5"),
            "{command}: {told}"
        );
    }
}

#[test]
fn more_outages_than_can_be_remembered_are_refused() {
    let told = err(&Desk::new().run_on(STORM, "run - --no-files --trials 1", 2));
    assert!(
        told.contains("more outages than can be remembered"),
        "{told}"
    );
}

#[test]
fn trials_that_are_cut_short_are_the_first_of_a_longer_run() {
    let text = format!("{STORM}horizon = \"200 s\"\n");
    let command = "run - --no-files --time-limit 1s --json --seed 7";
    let json = |command: &str, code| -> serde_json::Value {
        serde_json::from_str(&out(&Desk::new().run_on(&text, command, code))).unwrap()
    };
    let short = json(command, 0);
    let trials = short["trials"].as_u64().unwrap();
    assert!(trials > 0, "{short}");
    let whole = format!("run - --no-files --json --seed 7 --method plain --trials {trials}");
    assert_eq!(short["summary"], json(&whole, 0)["summary"]);
}

#[test]
fn the_exact_answer_keeps_the_time_limit() {
    // Units that are all different have too many states to be solved in a second.
    let mut text = "format = 1\n".to_owned();
    for unit in 0..14 {
        let mean = 100 + unit;
        text += &format!(
            "[components.u{unit}]\nfail = {{ mean = \"{mean} h\" }}\nrepair = {{ lognormal = {{ median = \
             \"1 h\", p95 = \"4 h\" }} }}\ncrew = \"all\"\n"
        );
    }
    let units: Vec<String> = (0..14).map(|unit| format!("u{unit}")).collect();
    text += &format!(
        "[crews.all]\nsize = 1\n[service]\nup = \"{}\"\n",
        units.join(" and ")
    );
    let started = Instant::now();
    let told = err(&Desk::new().run_on(&text, "exact - --fit --time-limit 1s", 3));
    assert!(started.elapsed() < PROMPT);
    assert!(
        told.contains("time is up") && told.contains("states"),
        "{told}"
    );
}
