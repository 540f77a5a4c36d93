//! Random small scenarios over all that the language can say.

use failsim::math::rng::{Stream, Streams, index_below};
use serde_json::Value as Json;

use super::document::Schema;
use super::features::with_features;

/// What a random scenario may contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// Only times that are made of exponential phases, so that there is an exact answer.
    Exact,
    /// Also fixed times, which make things coincide, and what an exact answer cannot follow.
    All,
}

pub(super) struct Dice {
    pub(super) stream: Stream,
    pub(super) range: Range,
    /// What happens seldom is so many times more seldom.
    pub(super) seldom: usize,
}

impl Dice {
    pub(super) fn below(&mut self, sides: usize) -> usize {
        index_below(sides, &mut self.stream)
    }

    /// Whether something happens that does so once in `sides` times.
    pub(super) fn once_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    pub(super) fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// A time of this mean in minutes.
    pub(super) fn law(&mut self, minutes: usize) -> String {
        // Between half and one and a half of it, so that no two are alike.
        let minutes = match minutes {
            600.. => minutes * self.seldom,
            _ => minutes,
        };
        let mean = minutes as f64 * (0.5 + self.below(101) as f64 / 100.0);
        // Phases multiply the states of an exact answer, so few times have several.
        let kind = if self.range == Range::All {
            self.below(13)
        } else if self.once_in(8) {
            6 + self.below(2)
        } else {
            0
        };
        match kind {
            0..6 => format!("{{ mean = \"{mean:.1} min\" }}"),
            6 => format!("{{ erlang = {{ stages = 2, mean = \"{mean:.1} min\" }} }}"),
            7 => format!("{{ hyperexponential = {{ mean = \"{mean:.1} min\", cv = 1.5 }} }}"),
            // The same time again and again, so that events fall on each other.
            8..11 => format!("{{ constant = \"{minutes} min\" }}"),
            11 => format!("{{ weibull = {{ shape = 2, mean = \"{mean:.1} min\" }} }}"),
            _ => format!("{{ lognormal = {{ mean = \"{mean:.1} min\", cv = 1 }} }}"),
        }
    }

    /// The same, without the braces.
    fn law_keys(&mut self, minutes: usize) -> String {
        let law = self.law(minutes);
        law.trim_start_matches("{ ")
            .trim_end_matches(" }")
            .to_owned()
            + if law.ends_with("} }") { " }" } else { "" }
    }

    /// A line with one of the values, or none: the key has its default once in `sides` times.
    fn line(&mut self, key: &str, values: &[&str]) -> String {
        match self.below(values.len() + 1) {
            0 => String::new(),
            at => format!("{key} = {}\n", values[at - 1]),
        }
    }

    /// A line with a time, once in `sides` times.
    fn time(&mut self, sides: usize, key: &str, minutes: usize) -> String {
        if !self.once_in(sides) {
            return String::new();
        }
        format!("{key} = {}\n", self.law(minutes))
    }
}

/// The scenario with this number.
pub(super) fn scenario_of(number: u64, range: Range, schema: &Schema) -> Json {
    let dice = &mut dice(number, range, 3);
    // Of five systems two have all, so each of these has a turn of its own.
    let turn = number / 5 * 2 + number % 5 % 2;
    with_features(dice, schema, &scenario_text(number, range), turn as usize)
}

/// Dice for one purpose, so that what one part of the generator does not draw is as it was without it.
fn dice(number: u64, range: Range, purpose: u64) -> Dice {
    // In one system of four outages are rare.
    let seldom = if number % 4 == 1 { 30 } else { 1 };
    Dice {
        stream: Streams::new(2_026).stream(number, purpose),
        range,
        seldom,
    }
}

/// A system that has something of everything that takes several keys.
pub(crate) fn scenario_text(number: u64, range: Range) -> String {
    let dice = &mut dice(number, range, 0);
    let mut text = String::from("[run]\nhorizon = \"120 h\"\n");
    // Up to four units in all, so that the states can be counted.
    let sizes: &[usize] = match dice.below(10) {
        0..2 => &[1],
        2..6 => &[2],
        6 => &[3],
        7 => &[1, 2],
        8 => &[2, 2],
        _ => &[1, 1, 1],
    };
    let kind_count = if sizes.len() == 1 {
        1
    } else {
        1 + dice.below(2)
    };
    let mut supplies = Supplies::default();
    let kinds: String = (0..kind_count)
        .map(|kind| kind_table(dice, kind, &mut supplies))
        .collect();
    if supplies.crew {
        text += &crew(dice);
    }
    if supplies.spares {
        let lead_time = dice.law(240);
        text += &format!(
            "[spares.parts]\nstock = {}\nlead_time = {lead_time}\n",
            dice.below(3)
        );
    }
    text += &kinds;
    let mut names = Vec::new();
    // Two groups in a third one, which stands for them from then on.
    let is_nested = sizes.len() > 1 && dice.once_in(3);
    for (at, &size) in sizes.iter().enumerate() {
        let name = format!("g{at}");
        let kind = dice.below(kind_count);
        let on = match (at, is_nested) {
            (0, _) | (1, true) => None,
            (_, true) => Some("outer"),
            (_, false) => Some("g0"),
        };
        if size == 1 && dice.once_in(2) {
            text += &format!("[components.{name}]\nkind = \"k{kind}\"\n");
            text += &needs(dice, on);
        } else {
            let members = format!("kind = \"k{kind}\"\nunits = {size}\n");
            text += &group_table(dice, &name, &members, size, on);
        }
        names.push(name);
    }
    if is_nested {
        let members = format!("members = [\"{}\", \"{}\"]\n", names[0], names[1]);
        text += &group_table(dice, "outer", &members, 2, None);
        names.splice(..2, ["outer".to_owned()]);
    }
    // A beta factor splits one failure rate.
    let has_states = kinds.contains(".states.");
    let has_one_rate =
        !has_states && kinds.matches("fail =").count() == 1 && kinds.contains("fail = { mean");
    text += &causes(dice, sizes, has_one_rate, has_states);
    let services = services(dice, &names);
    if services.contains("[services.some]") && !has_states && dice.once_in(4) {
        text = text.replacen("[kinds.k0]\n", "[kinds.k0]\nages_while = \"some\"\n", 1);
    }
    text += &services;
    let dice = &mut self::dice(number, range, 1);
    if text.contains(".takeover]") && dice.once_in(2) {
        text = operators(dice, &text);
    }
    if dice.once_in(4) {
        text = change(dice, text, sizes);
    }
    let dice = &mut self::dice(number, range, 2);
    let text = data(dice, text);
    let text = load(dice, text, &names, sizes, is_nested);
    let ages = ["kijima1", "after_repair = \"old\"", "\nage = "];
    let has_long_run = !ages.iter().any(|age| text.contains(age));
    if number % 4 == 3 && has_long_run {
        text.replacen("[run]\n", "[run]\nstart = \"settled\"\n", 1)
    } else {
        text
    }
}

/// How writes reach the standbys of groups, and how clients come to them after a takeover.
fn data(dice: &mut Dice, text: String) -> String {
    let mut out = String::new();
    for table in text.split_inclusive('\n') {
        if let Some(name) = table.strip_suffix(".takeover]\n") {
            if dice.once_in(4) {
                let group = name.trim_start_matches("[groups.");
                out += &replication(dice, group);
            }
            out += table;
            // No requests go to a group that a service only prefers to have.
            if !text.contains("\ndegraded_without = \"") {
                out += &dice.time(5, "clients", 40);
            }
        } else {
            out += table;
        }
    }
    out
}

fn replication(dice: &mut Dice, group: &str) -> String {
    let mut text = format!("[groups.{group}.replication]\n");
    let lag = "lag = { mean = \"2 min\" }\n";
    let gate = [
        "maximum_lag = \"2 min\"\n",
        "maximum_lag = \"2 min\"\nbeyond = \"next candidate\"\n",
    ];
    match dice.below(3) {
        0 => {
            text += &format!(
                "mode = \"asynchronous\"\n{lag}{}",
                dice.of(&["", gate[0], gate[1]])
            )
        }
        1 => {
            let patience = dice.law(20);
            text += &format!("mode = \"semi-synchronous\"\n{lag}patience = {patience}\n");
            text += dice.of(&["", gate[0], gate[1]]);
        }
        _ => text += "mode = \"synchronous\"\n",
    }
    text + &dice.line("split_loss", &["\"50 %\""])
}

/// A demand of the only service, and what becomes of a group that bears it.
fn load(
    dice: &mut Dice,
    mut text: String,
    names: &[String],
    sizes: &[usize],
    is_nested: bool,
) -> String {
    let all = format!("[service]\nup = \"{}\"\n", names.join(" and "));
    if is_nested || !text.contains(&all) || !dice.once_in(2) {
        return text;
    }
    let group = format!("[groups.{}]\n", names[0]);
    let Some(at) = text.find(&group) else {
        return text;
    };
    // Two seats bear it, one does not; a lone one is overloaded when it is degraded.
    let active = text[at..]
        .lines()
        .find_map(|line| line.strip_prefix("active = "));
    let active: usize = active
        .and_then(|active| active.parse().ok())
        .unwrap_or(sizes[0]);
    let demand = match active {
        1 => dice.of(&["30", "90"]),
        _ => dice.of(&["70", "90", "130"]),
    };
    // What could never recover from a collapse would be a dead end.
    let recovers = demand
        .parse::<f64>()
        .is_ok_and(|demand| demand <= 40.0 * active as f64);
    let mut keys = String::from("capacity = 50\n");
    keys += &dice.line("degraded_capacity", &["\"20 %\""]);
    // The chain follows one client, and does not know how many of them are back.
    let knows_load = dice.range == Range::All || !text.contains("\nclients = ");
    if knows_load && dice.once_in(2) {
        keys += &match dice.below(3) {
            at if at == 0 || !recovers => format!(
                "overload = {{ crash = {}, restart = {} }}\n",
                dice.law(60),
                dice.law(30)
            ),
            1 => format!(
                "overload = {{ recovers_below = 0.8, after = {}, restart = {} }}\n",
                dice.law(20),
                dice.law(30)
            ),
            _ => "overload = { above = 1.2, recovers_below = 1 }\n".to_owned(),
        };
    }
    if knows_load && dice.once_in(2) {
        let delay = dice.law(40);
        keys += &format!("scaling = {{ delay = {delay}, succeeds = \"70 %\", quota = 60 }}\n");
    }
    text = text.replacen(&group, &format!("{group}{keys}"), 1);
    let demand = if dice.range == Range::All && dice.once_in(2) {
        format!("{{ daily = [{demand}, 10, 60] }}")
    } else {
        demand.to_owned()
    };
    text.replacen(&all, &format!("{all}demand = {demand}\n"), 1)
}

/// Few people for all takeovers by hand.
fn operators(dice: &mut Dice, text: &str) -> String {
    let mut text = text.replace(".takeover]\n", ".takeover]\nmanual_by = \"operators\"\n");
    text += &format!("[people.operators]\nsize = {}\n", 1 + dice.below(4) / 3);
    if dice.range == Range::All && dice.once_in(2) {
        text +=
            "slower = [{ every = \"12 h\", at = \"1 h\", lasts = \"5 h\", speed = \"50 %\" }]\n";
    }
    text
}

/// Planned work on some of the units.
fn change(dice: &mut Dice, mut text: String, sizes: &[usize]) -> String {
    if dice.once_in(2) {
        let takes = dice.law(20);
        let during = dice.of(&["", ", during = \"degraded\"", ", during = \"up\""]);
        for standby in ["hot", "warm", "cold"] {
            let line = format!("\nstandby = \"{standby}\"\n");
            text = text.replace(
                &line,
                &format!("\nswitchover = {{ takes = {takes}{during} }}{line}"),
            );
        }
    }
    let at = dice.below(sizes.len());
    let (on, count) = match dice.below(3) {
        0 => (format!("\"g{at}\""), sizes[at]),
        1 if sizes[at] > 1 => (format!("\"g{at}.{}\"", 1 + dice.below(sizes[at])), 1),
        _ => {
            let all: Vec<String> = (0..sizes.len()).map(|at| format!("\"g{at}\"")).collect();
            (all.join(", "), sizes.iter().sum())
        }
    };
    let all_laws = dice.range == Range::All;
    text += &format!("[changes.deploy]\non = [{on}]\n");
    text += &if all_laws && dice.once_in(2) {
        let lasts = dice.of(&["30 min", "4 h"]);
        format!("calendar = {{ every = \"20 h\", at = \"5 h\", lasts = \"{lasts}\" }}\n")
    } else {
        format!("every = {}\n", dice.law(900))
    };
    text += &format!("takes = {}\n", dice.law(40));
    text += &dice.line("effect", &["\"isolated\"", "{ degraded = \"50 %\" }"]);
    match dice.below(4) {
        0 => text += "order = \"all at once\"\n",
        1 => text += "batch = 2\n",
        2 if count > 1 => text += &format!("canary = {{ watch = {} }}\n", dice.law(60)),
        _ => {}
    }
    text += &dice.line("without_redundancy", &["\"put off\"", "\"skip\""]);
    if dice.once_in(2) {
        let (noticed, rollback) = (dice.law(60), dice.law(30));
        text += &format!(
            "bad = {{ probability = \"40 %\", noticed = {noticed}, rollback = {rollback} }}\n"
        );
    }
    if all_laws && dice.once_in(3) {
        text += "freeze = [{ every = \"40 h\", at = \"8 h\", lasts = \"10 h\" }]\n";
    }
    text
}

fn crew(dice: &mut Dice) -> String {
    let mut text = format!("[crews.people]\nsize = {}\n", 1 + dice.below(3) / 2);
    match dice.below(5) {
        0 => {
            text += "order = \"priority\"\n";
            text += &dice.line("preempts", &["\"never\"", "\"resume\"", "\"repeat\""]);
        }
        1 => text += &dice.line("order", &["\"random\"", "\"random group\""]),
        2 => text += &dice.time(2, "pick_up", 30),
        _ => {}
    }
    if dice.once_in(4) {
        text += "per = \"group\"\n";
    }
    if dice.range == Range::All && dice.once_in(3) {
        text += "hours = { every = \"10 h\", from = \"2 h\", until = \"7 h\" }\n";
    }
    text
}

/// What kinds ask for.
#[derive(Default)]
struct Supplies {
    crew: bool,
    spares: bool,
}

fn kind_table(dice: &mut Dice, kind: usize, supplies: &mut Supplies) -> String {
    if dice.once_in(10) {
        return states(dice, kind);
    }
    let mode_count = 1 + usize::from(dice.once_in(3));
    // Modes share one clock, or have one each.
    let is_shared = mode_count == 2 && dice.once_in(2);
    let mut text = format!("[kinds.k{kind}]\n");
    if is_shared {
        text += &format!("fail = {}\n", dice.law(600));
    }
    if dice.once_in(4) {
        text += &format!(
            "on_demand = {{ probability = \"20 %\", mode = \"m{}\" }}\n",
            dice.below(mode_count)
        );
    }
    let mut modes = String::new();
    for mode in 0..mode_count {
        modes += &format!("[kinds.k{kind}.modes.m{mode}]\n");
        match (is_shared, mode) {
            (false, _) => modes += &format!("fail = {}\n", dice.law(600)),
            (true, 0) => modes += "share = \"40 %\"\n",
            (true, _) => {}
        }
        if dice.once_in(4) {
            modes += &format!("lasts = {}\n", dice.law(60));
        } else {
            modes += &repair(dice, supplies);
        }
        modes += &dice.line(
            "effect",
            &[
                "\"down\"",
                "\"down\"",
                "\"isolated\"",
                "{ degraded = \"50 %\" }",
            ],
        );
        modes += &notice(dice);
        if !is_shared {
            modes += &age(dice);
        }
    }
    if is_shared {
        text += &age(dice);
    }
    if modes.contains("\"test\"") || dice.once_in(8) {
        let finds = dice.of(&["", ", finds = \"60 %\""]);
        text += &format!("test = {{ every = {}{finds} }}\n", dice.law(240));
    }
    text + &modes
}

/// A unit whose life is told state by state.
fn states(dice: &mut Dice, kind: usize) -> String {
    let (wears, ends, mended) = (dice.law(400), dice.law(300), dice.law(90));
    let state = format!("[kinds.k{kind}.states");
    format!(
        "{state}.fit]\nexits = [{{ after = {wears}, to = \"worn\" }}]\n\
         {state}.worn]\ngives = \"degraded\"\nexits = [{{ after = {ends}, to = {{ fit = 0.5, wreck = 0.5 }} }}]\n\
         {state}.wreck]\ngives = \"down\"\nexits = [{{ after = {mended}, to = \"fit\" }}]\n"
    )
}

fn repair(dice: &mut Dice, supplies: &mut Supplies) -> String {
    let mut text = format!("repair = {}\n", dice.law(120));
    if dice.once_in(5) {
        supplies.crew = true;
        let (first, second) = (dice.law(60), dice.law(60));
        text = format!(
            "repair = [{{ takes = {first} }}, {{ takes = {second}, crew = \"people\" }}]\n"
        );
    }
    if dice.once_in(2) {
        supplies.crew = true;
        text += "crew = \"people\"\n";
        text += &dice.line("priority", &["1", "2"]);
    }
    if dice.once_in(4) {
        supplies.spares = true;
        text += "spare = \"parts\"\n";
    }
    text += &dice.time(4, "administrative_delay", 60);
    text += &dice.line(
        "repair_starts",
        &["\"failure\"", "\"detection\"", "\"takeover\""],
    );
    text + &dice.line("renews", &["\"process\"", "\"unit\""])
}

/// How old a unit is, at the start and after a repair.
fn age(dice: &mut Dice) -> String {
    let ages = match dice.range {
        Range::All => &[
            "\"new\"",
            "\"old\"",
            "{ kijima1 = 0.5 }",
            "{ kijima2 = 0.5 }",
        ][..],
        Range::Exact => &["\"new\""],
    };
    let after = dice.line("after_repair", ages);
    after + dice.of(&["", "", "", "age = \"3 h\"\n"])
}

fn notice(dice: &mut Dice) -> String {
    match dice.below(6) {
        0 => "notice = \"at once\"\n".to_owned(),
        1 => format!("notice = {{ after = {} }}\n", dice.law(60)),
        2 => "notice = \"test\"\n".to_owned(),
        _ => String::new(),
    }
}

fn needs(dice: &mut Dice, on: Option<&str>) -> String {
    let Some(on) = on else {
        return String::new();
    };
    match dice.below(5) {
        0 => format!("needs = \"{on}\"\n"),
        1 => format!("degraded_without = {{ {on} = \"50 %\" }}\n"),
        _ => String::new(),
    }
}

/// A group, which may need another one.
fn group_table(
    dice: &mut Dice,
    name: &str,
    members: &str,
    count: usize,
    on: Option<&str>,
) -> String {
    let active = if count == 1 || dice.once_in(4) {
        count
    } else {
        1 + dice.below(count - 1)
    };
    let required = 1 + dice.below(active);
    let mut text = format!("[groups.{name}]\n{members}active = {active}\nrequired = {required}\n");
    let all_laws = dice.range == Range::All;
    match dice.below(if all_laws { 4 } else { 2 }) {
        0 => {}
        1 => text += &format!("detect = {}\n", dice.law(30)),
        2 => text += "detect = { interval = \"1 min\", misses = 2, timeout = \"10 s\" }\n",
        _ => {
            text += "detect = { interval = \"1 min\", misses = 2, loss = \"2 %\", observers = 3, agree = 2 }\n";
        }
    }
    text += &dice.time(3, "rejoin", 60);
    text += &needs(dice, on);
    if active > 1 && dice.once_in(3) {
        text += "load = [2, 1]\n";
    }
    if active == count {
        return text + "standby = \"active\"\n" + &dice.line("shares_requests", &["true", "false"]);
    }
    text += &format!(
        "standby = {}\n",
        dice.of(&["\"hot\"", "\"warm\"", "\"cold\"", "{ dormancy = 0.3 }"])
    );
    text += &dice.line(
        "standby_faults",
        &["\"detected\"", "\"at once\"", "\"latent\""],
    );
    text += &dice.time(4, "false_alarms", 600);
    text += &failback(dice);
    if dice.once_in(5) {
        text += &format!("quorum = {}\n", 1 + dice.below(count));
    }
    text += &takeover(dice, name, on);
    let lasts = dice.law(60);
    text += &format!("[groups.{name}.split_brain]\nlasts = {lasts}\n");
    text += &dice.line("during", &["\"down\"", "\"degraded\"", "\"up\""]);
    text += &dice.time(2, "reconcile", 60);
    if all_laws {
        text += &dice.line("reconcile_factor", &["0.5"]);
    }
    text
}

fn failback(dice: &mut Dice) -> String {
    let mut text = match dice.below(6) {
        0 => return "failback = \"at once\"\n".to_owned(),
        1 => "mode = \"at once\"".to_owned(),
        2 => format!("mode = \"stable\", after = {}", dice.law(120)),
        3 => format!("mode = \"manual\", after = {}", dice.law(120)),
        4 if dice.range == Range::All => {
            "mode = \"window\", every = \"12 h\", at = \"3 h\", lasts = \"1 h\"".to_owned()
        }
        _ => return String::new(),
    };
    if dice.once_in(2) {
        text += &format!(", takes = {}", dice.law(20));
    }
    text += dice.of(&[
        "",
        ", during = \"degraded\"",
        ", during = \"up\"",
        ", during = \"down\"",
    ]);
    format!("failback = {{ {text} }}\n")
}

fn takeover(dice: &mut Dice, name: &str, on: Option<&str>) -> String {
    let mut text = format!("[groups.{name}.takeover]\nmanual = {}\n", dice.law(90));
    for stage in ["deciding", "fencing", "promoting", "redirecting"] {
        if dice.once_in(2) {
            continue;
        }
        let mut keys = if dice.once_in(6) {
            "constant = \"0 s\"".to_owned()
        } else {
            dice.law_keys(20)
        };
        if dice.once_in(3) {
            keys += ", succeeds = \"60 %\"";
            keys += dice.of(&["", ", retries = 1"]);
            keys += dice.of(&[
                "",
                ", then = \"manual\"",
                ", then = \"next candidate\"",
                ", then = \"proceed\"",
            ]);
        }
        keys += dice.of(&["", "", ", during = \"degraded\"", ", during = \"up\""]);
        // A stage that may be over at once but has to wait is beyond phases.
        if let Some(on) = on
            && dice.once_in(4)
            && !keys.contains("\"0 s\"")
        {
            keys += &format!(", needs = \"{on}\"");
        }
        text += &format!("{stage} = {{ {keys} }}\n");
    }
    if let Some(on) = on
        && dice.once_in(6)
    {
        text += &format!("manual_needs = \"{on}\"\n");
    }
    text += &dice.time(4, "warm_up", 30);
    text += &dice.line("candidate_failure", &["\"restart\"", "\"continue\""]);
    text += &dice.line(
        "recovered",
        &["\"cancel\"", "\"cancel undetected\"", "\"complete\""],
    );
    text += &dice.line("lone_failure", &["\"detect\"", "\"wait\""]);
    text += &dice.line(
        "after_exhaustion",
        &["\"activate\"", "\"at once\"", "\"resume\"", "\"preferred\""],
    );
    if dice.range == Range::All {
        text += &dice.line("hold_down", &["\"0 s\"", "\"3 h\""]);
    }
    text
}

fn causes(dice: &mut Dice, sizes: &[usize], has_one_rate: bool, has_states: bool) -> String {
    let hits = match sizes.len() {
        1 => "\"g0\"".to_owned(),
        _ => dice.of(&["\"g0\"", "\"g1\"", "\"g0\", \"g1\""]).to_owned(),
    };
    let mut text = String::new();
    match dice.below(6) {
        0 if has_one_rate => {
            let all: Vec<String> = (0..sizes.len()).map(|at| format!("\"g{at}\"")).collect();
            text += "[causes.common]\nbeta = \"20 %\"\nbreaks = \"m0\"\n";
            text += &format!("hits = [{}]\n", all.join(", "));
            text += &dice.time(2, "lasts", 60);
        }
        1 => {
            text += &format!(
                "[causes.zone]\nevery = {}\nhits = [{hits}]\n",
                dice.law(900)
            );
            match if has_states { 1 } else { dice.below(3) } {
                0 => text += "breaks = \"m0\"\n",
                1 => text += &format!("lasts = {}\n", dice.law(60)),
                _ => text += &format!("lasts = {}\nbreaks = \"m0\"\n", dice.law(60)),
            }
            text += &dice.line("probability", &["\"50 %\""]);
            if text.contains("lasts") {
                text += &dice.line("effect", &["\"isolated\"", "{ degraded = \"50 %\" }"]);
                match dice.below(4) {
                    0 => text += "notice = \"at once\"\n",
                    1 => text += &format!("notice = {{ after = {} }}\n", dice.law(30)),
                    _ => {}
                }
            }
        }
        2 => {
            // Two racks in a zone.
            let zone = format!("every = {}\nlasts = {}\n", dice.law(1500), dice.law(60));
            let rack = format!("every = {}\nlasts = {}\n", dice.law(900), dice.law(60));
            let probability = dice.line("probability", &["\"70 %\""]);
            text += &format!("[causes.zone]\n{zone}{probability}");
            // Each part is dealt out to the racks by itself.
            let is_large = |at: usize| hits.contains(&format!("g{at}")) && sizes[at] > 1;
            let count = 1 + usize::from((0..sizes.len()).any(is_large));
            text += &format!(
                "[causes.rack]\ncount = {count}\nwithin = \"zone\"\n{rack}hits = [{hits}]\n"
            );
        }
        _ => {}
    }
    text
}

fn services(dice: &mut Dice, names: &[String]) -> String {
    let all = names.join(" and ");
    if dice.once_in(2) {
        let mut text = format!(
            "[service]\nup = \"{}\"\n",
            dice.of(&[&all, &names.join(" or ")])
        );
        if names.len() > 1 && dice.once_in(3) {
            text = format!(
                "[service]\nup = \"{}\"\ndegraded_without = \"{}\"\n",
                names[0], names[1]
            );
        }
        return text;
    }
    let mut text = format!("[services.whole]\nup = \"{all}\"\n");
    text += &format!("[services.some]\nup = \"any({})\"\n", names.join(", "));
    if names.len() == 3 {
        text += &format!(
            "[services.most]\nup = \"at_least(2, {})\"\n",
            names.join(", ")
        );
    }
    text + &format!(
        "[services.last]\nup = \"any(whole, {})\"\n",
        names[names.len() - 1]
    )
}
