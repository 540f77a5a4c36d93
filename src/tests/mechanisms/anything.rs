//! Random systems in which everything goes wrong: what must hold in each trial.

use super::*;

/// A small generator for scenarios, apart from the ones that are tested.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // Splitmix64 (Steele, Lea & Flood 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    fn of(&mut self, all: &[&'static str]) -> &'static str {
        all[self.roll(all.len())]
    }

    /// A line with one of the values, or none.
    fn line(&mut self, key: &str, all: &[&'static str]) -> String {
        match self.roll(all.len() + 1) {
            0 => String::new(),
            at => format!("{key} = {}\n", all[at - 1]),
        }
    }
}

/// A small system in which everything goes wrong often, and in every way.
fn any_scenario(seed: u64) -> String {
    let dice = &mut Dice(seed);
    let mut text = String::from(
        "[run]\nhorizon = \"300 h\"\n[crews.people]\nsize = 1\n[spares.parts]\nstock = 1\nlead_time = { mean = \"5 h\" }\n",
    );
    if dice.roll(2) == 0 {
        text = text.replace("size = 1\n", "size = 2\norder = \"priority\"\n");
    }
    if dice.roll(4) == 0 {
        let hours = "size = 1\nhours = { every = \"10 h\", from = \"2 h\", until = \"7 h\" }\n";
        text = text.replace("size = 1\n", hours);
    }
    let kinds = 1 + dice.roll(2);
    for kind in 0..kinds {
        text += &format!("[kinds.k{kind}]\ntest = {{ every = \"7 h\" }}\n");
        text += &dice.line("on_demand", &["{ probability = \"20 %\", mode = \"m0\" }"]);
        for mode in 0..1 + dice.roll(3) {
            text += &format!("[kinds.k{kind}.modes.m{mode}]\n");
            text += &format!(
                "fail = {}\n",
                dice.of(&[
                    "{ mean = \"8 h\" }",
                    "{ constant = \"5 h\" }",
                    "{ weibull = { shape = 2, mean = \"10 h\" } }",
                ])
            );
            if dice.roll(3) == 0 {
                text += &format!(
                    "lasts = {}\n",
                    dice.of(&["\"30 s\"", "{ mean = \"10 min\" }", "\"1 h\""])
                );
            } else if dice.roll(8) == 0 {
                text += "repair = \"never\"\n";
            } else {
                text += &format!(
                    "repair = {}\n",
                    dice.of(&[
                        "\"1 h\"",
                        "{ mean = \"2 h\" }",
                        "{ lognormal = { mean = \"1 h\", cv = 1 } }"
                    ])
                );
                text += &dice.line("crew", &["\"people\""]);
                text += &dice.line("spare", &["\"parts\""]);
                text += &dice.line("priority", &["1", "2"]);
                text += &dice.line("administrative_delay", &["\"10 min\""]);
                text += &dice.line(
                    "repair_starts",
                    &["\"failure\"", "\"detection\"", "\"takeover\""],
                );
                text += &dice.line("renews", &["\"unit\""]);
            }
            text += &dice.line("effect", &["\"isolated\"", "{ degraded = \"50 %\" }"]);
            text += &dice.line(
                "notice",
                &["\"at once\"", "{ after = \"20 min\" }", "\"test\""],
            );
            text += &dice.line(
                "after_repair",
                &["\"old\"", "{ kijima1 = 0.5 }", "{ kijima2 = 0.5 }"],
            );
        }
    }
    let groups = 1 + dice.roll(3);
    for group in 0..groups {
        let units = 1 + dice.roll(4);
        let active = 1 + dice.roll(units);
        let required = 1 + dice.roll(active);
        text += &format!(
            "[groups.g{group}]\nkind = \"k{}\"\nunits = {units}\nactive = {active}\nrequired = {required}\n",
            dice.roll(kinds)
        );
        let name = format!("g{group}");
        let policy = policy(dice, &name, units > active);
        if group == 0 {
            text += &policy;
        } else {
            text += &dice.line("needs", &["\"g0\""]);
            // Takeovers elsewhere may need the first group.
            text += &policy.replace("mean = \"5 min\",", "mean = \"5 min\", needs = \"g0\",");
        }
    }
    for cause in 0..dice.roll(3) {
        let hits = match groups {
            1 => "\"g0\"".to_owned(),
            _ => format!("\"g0\", \"g{}\"", groups - 1),
        };
        text += &format!(
            "[causes.c{cause}]\nevery = {}\nlasts = {}\nhits = [{hits}]\n",
            dice.of(&["{ mean = \"20 h\" }", "\"7 h\""]),
            dice.of(&["{ mean = \"30 min\" }", "\"1 h\""]),
        );
        text += &dice.line("probability", &["\"50 %\""]);
        text += &dice.line("breaks", &["\"m0\""]);
    }
    text += "[people.operator]\nsize = 1\nslower = [{ every = \"12 h\", at = \"1 h\", lasts = \"5 h\", speed = \"50 %\" }]\n";
    for change in 0..dice.roll(3) {
        let on = match groups {
            1 => "\"g0\"".to_owned(),
            _ => format!("\"g0\", \"g{}\"", groups - 1),
        };
        text += &format!(
            "[changes.w{change}]\non = [{on}]\n{}\ntakes = {}\n",
            dice.of(&[
                "every = { mean = \"10 h\" }",
                "calendar = { every = \"12 h\", at = \"5 h\", lasts = \"1 h\" }",
            ]),
            dice.of(&["\"20 min\"", "{ mean = \"30 min\" }"]),
        );
        text += &dice.line("order", &["\"all at once\""]);
        text += &dice.line("effect", &["{ degraded = \"50 %\" }"]);
        text += &dice.line("without_redundancy", &["\"put off\"", "\"skip\""]);
        text += &dice.line(
            "bad",
            &[
                "{ probability = \"50 %\", noticed = \"30 min\", rollback = \"10 min\" }",
                "{ probability = \"50 %\", effect = \"isolated\", noticed = { mean = \"1 h\" }, rollback = \"1 h\" }",
            ],
        );
        text += &dice.line(
            "freeze",
            &["[{ every = \"24 h\", at = \"2 h\", lasts = \"4 h\" }]"],
        );
    }
    let mut parts: Vec<String> = (0..groups).map(|group| format!("g{group}")).collect();
    if groups == 3 && dice.roll(2) == 0 {
        text += "[groups.outer]\nmembers = [\"g0\", \"g1\"]\nactive = 1\n";
        text += &policy(dice, "outer", true);
        parts = vec!["outer".to_owned(), "g2".to_owned()];
    }
    text += &format!("[services.all]\nup = \"{}\"\n", parts.join(" and "));
    text += &format!("[services.some]\nup = \"{}\"\n", parts.join(" or "));
    text += "[services.first]\nup = \"any(all, g0)\"\n";
    text += &format!("[services.last]\nup = \"g{}\"\n", groups - 1);
    text
}

/// How a group fails over.
fn policy(dice: &mut Dice, name: &str, has_standbys: bool) -> String {
    let mut text = String::new();
    text += &dice.line(
        "detect",
        &[
            "\"5 min\"",
            "{ interval = \"1 min\", misses = 2 }",
            "{ interval = \"1 min\", misses = 1, loss = \"0.1 %\" }",
        ],
    );
    text += &dice.line("rejoin", &["\"10 min\"", "{ mean = \"2 h\" }"]);
    if !has_standbys {
        return text + "standby = \"active\"\n";
    }
    text += &format!(
        "standby = {}\n",
        dice.of(&["\"hot\"", "\"cold\"", "{ dormancy = 0.3 }"])
    );
    text += &dice.line("standby_faults", &["\"latent\"", "\"at once\""]);
    text += &dice.line(
        "false_alarms",
        &["{ mean = \"10 h\" }", "{ constant = \"4 h\" }"],
    );
    text += &dice.line("shares_requests", &["true", "false"]);
    text += &format!(
        "[groups.{name}.takeover]\nmanual = {}\n",
        dice.of(&["\"1 h\"", "{ mean = \"30 min\" }"])
    );
    for stage in ["deciding", "fencing", "promoting", "redirecting"] {
        text += &dice.line(
            stage,
            &[
                "\"0 s\"",
                "\"1 min\"",
                "{ mean = \"10 min\", during = \"degraded\" }",
                "{ constant = \"2 min\", succeeds = \"60 %\" }",
                "{ mean = \"5 min\", succeeds = \"60 %\", retries = 2, then = \"next candidate\" }",
                "{ mean = \"20 min\", succeeds = \"60 %\", then = \"proceed\" }",
            ],
        );
    }
    text += &dice.line("manual_by", &["\"operator\""]);
    text += &dice.line("candidate_failure", &["\"continue\""]);
    text += &dice.line("recovered", &["\"cancel undetected\"", "\"complete\""]);
    text += &dice.line("lone_failure", &["\"wait\""]);
    text += &dice.line("after_exhaustion", &["\"at once\""]);
    text += &dice.line("hold_down", &["\"3 h\""]);
    text += &format!(
        "[groups.{name}.split_brain]\nlasts = {{ mean = \"20 min\" }}\nreconcile = \"10 min\"\nreconcile_factor = 0.5\n"
    );
    text += &dice.line("during", &["\"degraded\"", "\"down\""]);
    let failback = dice.line(
        "failback",
        &[
            "\"at once\"",
            "{ mode = \"stable\", after = \"1 h\", takes = \"5 min\" }",
            "{ mode = \"manual\", after = { mean = \"2 h\" }, takes = \"5 min\", during = \"degraded\" }",
            "{ mode = \"window\", every = \"24 h\", at = \"3 h\", lasts = \"1 h\", takes = { mean = \"5 min\" } }",
        ],
    );
    let switchover = dice.line(
        "switchover",
        &[
            "\"2 min\"",
            "{ takes = \"5 min\", during = \"up\" }",
            "\"0 s\"",
        ],
    );
    // Keys of the group, so before its tables.
    format!("{failback}{switchover}{text}")
}

#[test]
fn in_any_system_each_nanosecond_has_one_cause() {
    let (mut outages, mut causes) = (0, std::collections::BTreeSet::new());
    for seed in 0..400 {
        let text = any_scenario(seed);
        let scenario = scenario(&text, &[]);
        let behaviour = Behaviour::of(&scenario.system);
        let simulator = Simulator::new(&behaviour, scenario.system.mission, seed);
        for number in 0..3 {
            let outcome = trial(&scenario.system, &simulator, number);
            for service in &outcome.services {
                outages += service.outages().count();
                causes.extend(service.segments.iter().map(|segment| segment.mechanism));
            }
        }
    }
    println!("{outages} outages, {} mechanisms", causes.len());
    assert!(outages > 20_000);
    // What waits for something that it needs is put down to what that waits for in turn, and these
    // services are not judged by a demand.
    let mut all = Mechanism::ALL.to_vec();
    all.retain(|&mechanism| {
        !matches!(
            mechanism,
            Mechanism::Need | Mechanism::Overload | Mechanism::Shortfall
        )
    });
    assert_eq!(causes.into_iter().collect::<Vec<_>>(), all);
}
