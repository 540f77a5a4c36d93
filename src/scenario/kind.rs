//! Reading kinds: failure processes, modes, repairs, tests.
//!
//! A kind with modes is the general form; without them, its own keys are those of its only mode.

use super::cost::read_unit_cost;
use super::file;
use super::law;
use super::lower::{Lowerer, lookup};
use super::problem::{Code, listed};
use super::reader::{Field, Table};
use crate::base::{Probability, Span, human};
use crate::math::Law;
use crate::math::law::Never;
use crate::model::{
    CrewId, Demand, Effect, Ending, Exit, FailureProcess, Kind, Level, MachineState, Mode, Notice,
    Renewal, RenewalScope, Repair, RepairStage, RepairStart, Test,
};

impl Lowerer {
    pub(super) fn read_kind(&mut self, name: &str, table: &Table<'_>) -> Kind {
        table.get("like");
        table.at_most_one(
            &["repair", "lasts"],
            "A fault is mended, or it ends by itself.",
        );
        let mut kind = Kind {
            name: name.to_owned(),
            cost: table
                .get("cost")
                .and_then(|cost| read_unit_cost(&cost))
                .unwrap_or_default(),
            ..Kind::default()
        };
        if read_states(&mut kind, table) {
            return kind;
        }
        let services = &self.services;
        kind.ages_while = table
            .get("ages_while")
            .and_then(|field| lookup("service", &field, services, &mut Vec::new()));
        let modes = table.named("modes", &file::MODE);
        let has_demand = table.get("on_demand").is_some();
        if modes.is_empty() {
            refuse_keys_without_repair(table);
            kind.modes.push(self.read_mode("failure", table, None));
            match table.get("fail") {
                Some(fail) => kind.failures.extend(self.process(
                    &fail,
                    table,
                    None,
                    vec![(0, Probability::ONE)],
                )),
                None if has_demand => {}
                None => {
                    table.missing(
                        "fail",
                        "Add `fail`, such as { mean = \"8000 h\" }; what never fails is \"never\".",
                    );
                }
            }
        } else {
            self.read_modes(&mut kind, table, &modes);
        }
        kind.on_demand = table
            .get("on_demand")
            .and_then(|demand| read_demand(&demand, &kind));
        kind.test = table.get("test").and_then(|test| read_test(&test));
        kind
    }

    /// Modes with processes of their own, and modes that share the kind's.
    fn read_modes(&mut self, kind: &mut Kind, table: &Table<'_>, modes: &[(&str, Table<'_>)]) {
        let shared = table.get("fail");
        let demand = table
            .get("on_demand")
            .and_then(|demand| Some(demand.node.get("mode")?.to_json().as_str()?.to_owned()));
        let mut shares: Vec<(usize, f64)> = Vec::new();
        let mut rests: Vec<(usize, &Table<'_>)> = Vec::new();
        let mut own: Vec<FailureProcess> = Vec::new();
        for (index, (name, mode)) in modes.iter().enumerate() {
            mode.at_most_one(
                &["fail", "share"],
                "A mode has its own failures, or a share of the kind's.",
            );
            mode.at_most_one(
                &["repair", "lasts"],
                "A fault is mended, or it ends by itself.",
            );
            refuse_keys_without_repair(mode);
            kind.modes.push(self.read_mode(name, mode, Some(table)));
            match (mode.get("fail"), mode.get("share")) {
                (Some(fail), _) => {
                    own.extend(self.process(
                        &fail,
                        mode,
                        Some(table),
                        vec![(index, Probability::ONE)],
                    ));
                    continue;
                }
                (None, Some(share)) => {
                    let value = share.probability().map_or(0.0, Probability::get);
                    shares.push((index, value));
                    if shared.is_none() {
                        table.missing(
                            "fail",
                            "The modes share failures, so the kind needs `fail`.",
                        );
                    }
                }
                (None, None) => rests.push((index, mode)),
            }
            for key in ["after_repair", "age"] {
                if let Some(field) = mode.get(key) {
                    let message = format!(
                        "`{key}` belongs to the kind, as its modes share one failure process"
                    );
                    field.key_error(
                        Code::ConflictingKeys,
                        message,
                        Some(format!("Move `{key}` to [{}].", table.path)),
                    );
                }
            }
        }
        self.share_out(kind, table, shared, shares, rests, demand.as_deref());
        kind.failures.extend(own);
    }

    fn share_out(
        &mut self,
        kind: &mut Kind,
        table: &Table<'_>,
        shared: Option<Field<'_>>,
        mut shares: Vec<(usize, f64)>,
        mut rests: Vec<(usize, &Table<'_>)>,
        demand: Option<&str>,
    ) {
        let sum: f64 = shares.iter().map(|(_, share)| share).sum();
        let rest = 1.0 - sum;
        // A mode that only a call of a standby brings about needs neither failures nor a share.
        if shared.is_none() || rest.abs() <= 1e-9 {
            rests.retain(|(index, _)| demand != Some(kind.modes[*index].name.as_str()));
        }
        let Some(shared) = shared else {
            for (_, mode) in rests {
                mode.missing(
                    "fail",
                    "Add `fail` to the mode, or to the kind and a `share` to the mode.",
                );
            }
            return;
        };
        if shares.is_empty() && rests.is_empty() {
            let message = "`fail` is not used, as every mode has failures of its own".to_owned();
            shared.key_error(
                Code::ConflictingKeys,
                message,
                Some("Delete it, or give a mode a `share`.".to_owned()),
            );
            return;
        }
        match rests.as_slice() {
            [] if rest.abs() > 1e-9 => {
                let message = format!(
                    "the shares of the modes add up to {}, not to 100 %",
                    human::percent(sum)
                );
                let help = "Change the shares, or leave one out: that mode is the rest.".to_owned();
                table.error(Code::OutOfRange, message, Some(help));
                return;
            }
            [(_, mode)] if rest <= 1e-9 => {
                let message = "the shares of the other modes leave nothing for this one".to_owned();
                mode.error(
                    Code::OutOfRange,
                    message,
                    Some("Give it a `share`, or `fail`.".to_owned()),
                );
                return;
            }
            [(index, _)] => shares.push((*index, rest)),
            [] => {}
            [first, second, ..] => {
                let names = [first, second].map(|(index, _)| kind.modes[*index].name.as_str());
                let message = format!(
                    "the modes {} have neither `share` nor `fail`",
                    listed(names, "and")
                );
                let help = "Only one mode can be the rest; give the others a `share` or `fail`."
                    .to_owned();
                second.1.error(Code::MissingKey, message, Some(help));
                return;
            }
        }
        shares.sort_by_key(|(index, _)| *index);
        let outcomes = shares
            .into_iter()
            .filter_map(|(index, share)| Some((index, Probability::new(share).ok()?)))
            .collect();
        kind.failures
            .extend(self.process(&shared, table, None, outcomes));
    }

    /// A failure process; none for what never fails.
    fn process(
        &mut self,
        fail: &Field<'_>,
        own: &Table<'_>,
        parent: Option<&Table<'_>>,
        outcomes: Vec<(usize, Probability)>,
    ) -> Option<FailureProcess> {
        let law = fail.failure_law();
        // A disruption that ends by itself mends nothing, so it does not take over what is said of
        // repairs.
        let transient = own.get("lasts").is_some()
            || own.get("repair").is_none()
                && parent.is_some_and(|parent| parent.get("lasts").is_some());
        let renewal = own
            .get("after_repair")
            .or_else(|| parent.filter(|_| !transient)?.get("after_repair"));
        let renewal = renewal.map_or(Some(Renewal::default()), |field| read_renewal(&field));
        let age = own
            .get("age")
            .or_else(|| parent?.get("age"))
            .map_or(Some(Span::ZERO), |age| age.span());
        let law = law?;
        if law == Law::from(Never) {
            return None;
        }
        Some(FailureProcess {
            law,
            outcomes,
            renewal: renewal?,
            age: age?,
        })
    }

    /// A mode: keys that it does not have are those of the kind.
    fn read_mode(&mut self, name: &str, own: &Table<'_>, parent: Option<&Table<'_>>) -> Mode {
        let pick = |key: &str| own.get(key).or_else(|| parent?.get(key));
        let effect = pick("effect").map_or(Some(Effect::default()), |field| read_effect(&field));
        let notice = pick("notice").map_or(Some(Notice::default()), |field| read_notice(&field));
        let ending = match (own.get("lasts"), own.get("repair"), parent) {
            (None, None, Some(parent)) => (parent.get("lasts"), parent.get("repair")),
            (lasts, repair, _) => (lasts, repair),
        };
        let ending = match ending {
            (Some(lasts), _) => lasts.law().map(Ending::Itself),
            (None, Some(repair)) => self.read_repair(&repair, &pick),
            (None, None) => {
                let help = "Add `repair`, such as { lognormal = { median = \"4 h\", p95 = \"12 h\" } }, or \"never\".";
                own.missing("repair", help);
                None
            }
        };
        Mode {
            name: name.to_owned(),
            effect: effect.unwrap_or_default(),
            notice: notice.unwrap_or_default(),
            ending: ending.unwrap_or(Ending::Never),
        }
    }

    fn read_repair<'a>(
        &mut self,
        repair: &Field<'a>,
        pick: &dyn Fn(&str) -> Option<Field<'a>>,
    ) -> Option<Ending> {
        let crew = pick("crew")
            .and_then(|field| lookup("crew", &field, &self.crews, &mut self.used_crews));
        let priority = pick("priority").map_or(Some(0), |field| field.small_integer());
        let stages = if repair.is_list() {
            self.read_repair_stages(repair, crew, priority.unwrap_or_default())
        } else {
            repair.law_or_never().map(|time| {
                vec![RepairStage {
                    time,
                    crew,
                    priority: priority.unwrap_or_default(),
                    stays: false,
                }]
            })
        };
        let starts = [
            ("failure", RepairStart::Failure),
            ("detection", RepairStart::Detection),
            ("takeover", RepairStart::Takeover),
        ];
        let starts =
            pick("repair_starts").map_or(Some(RepairStart::default()), |field| field.word(&starts));
        let scopes = [
            ("process", RenewalScope::Process),
            ("unit", RenewalScope::Unit),
        ];
        let scope =
            pick("renews").map_or(Some(RenewalScope::default()), |field| field.word(&scopes));
        let delay = pick("administrative_delay").map_or(Some(None), |field| field.law().map(Some));
        let spare = pick("spare")
            .and_then(|field| lookup("spares", &field, &self.spares, &mut self.used_spares));
        let mut stages = stages?;
        let first = stages.remove(0);
        if first.time == Law::from(Never) {
            return Some(Ending::Never);
        }
        Some(Ending::Repair(Repair {
            starts: starts?,
            administrative_delay: delay?,
            crew: first.crew,
            priority: first.priority,
            spare,
            time: first.time,
            further: stages,
            scope: scope?,
        }))
    }
}

impl Lowerer {
    /// The stages of a repair; a crew or a priority that one does not name is that of the mode.
    fn read_repair_stages(
        &mut self,
        repair: &Field<'_>,
        crew: Option<CrewId>,
        priority: i32,
    ) -> Option<Vec<RepairStage>> {
        let items = repair.list()?;
        if items.is_empty() || items.len() > REPAIR_STAGES_MAX {
            let message = format!(
                "a repair has 1 to {REPAIR_STAGES_MAX} stages, not {}",
                items.len()
            );
            repair.error(Code::OutOfRange, message, None);
            return None;
        }
        let mut stages = Vec::new();
        for item in items {
            let table = item.table(&file::REPAIR_STAGE)?;
            let time = table.require("takes").and_then(|takes| takes.law());
            let own = table
                .get("crew")
                .map(|field| lookup("crew", &field, &self.crews, &mut self.used_crews));
            let urgency = table
                .get("priority")
                .map_or(Some(priority), |field| field.small_integer());
            let crew = own.unwrap_or(crew);
            let before = stages.last().map(|stage: &RepairStage| stage.crew);
            stages.push(RepairStage {
                time: time?,
                crew,
                priority: urgency?,
                stays: read_visit(&table, before, crew)?,
            });
        }
        Some(stages)
    }
}

/// Whether the people of the stage before stay for a stage of a repair.
fn read_visit(
    table: &Table<'_>,
    before: Option<Option<CrewId>>,
    crew: Option<CrewId>,
) -> Option<bool> {
    let is_same = crew.is_some() && before == Some(crew);
    let Some(field) = table.get("visit") else {
        return Some(is_same);
    };
    let stays = field.word(&[("same", true), ("new", false)])?;
    let (message, help) = match before {
        _ if is_same => return Some(stays),
        None => ("no stage comes before the first one", "Delete `visit`."),
        Some(_) if stays => (
            "the stage before is not done by the same crew",
            "Name the same `crew` in both stages, or delete `visit`.",
        ),
        Some(_) => (
            "the crew is another one than in the stage before, so each comes for itself anyway",
            "Delete `visit`.",
        ),
    };
    field.error(
        Code::ConflictingKeys,
        message.to_owned(),
        Some(help.to_owned()),
    );
    None
}

/// More stages than any repair has.
const REPAIR_STAGES_MAX: usize = 100;

/// What ends by itself or never is not repaired, so what is said of its repair means nothing.
fn refuse_keys_without_repair(table: &Table<'_>) {
    let reason = match (table.get("lasts"), table.get("repair")) {
        (Some(_), _) => "the fault ends by itself",
        (None, Some(repair)) if repair.is_text() && repair.text() == Some("never") => {
            "it is never repaired"
        }
        _ => return,
    };
    for key in [
        "administrative_delay",
        "crew",
        "priority",
        "spare",
        "repair_starts",
        "renews",
    ] {
        if let Some(field) = table.get(key) {
            let message = format!("`{key}` has no meaning here, as {reason}");
            field.key_error(
                Code::ConflictingKeys,
                message,
                Some("Delete it.".to_owned()),
            );
        }
    }
}

/// The states of an explicit state machine. Tells whether the kind is one: then nothing else is said
/// of its failures.
fn read_states(kind: &mut Kind, table: &Table<'_>) -> bool {
    let states = table.named("states", &file::STATE);
    if states.is_empty() {
        return false;
    }
    for field in table.fields() {
        if field.key != "states" && field.key != "source" && file::KIND.has(field.key) {
            let message = format!("`{}` has no meaning beside `states`", field.key);
            let help = "The states say all about how the unit fails and is restored.".to_owned();
            field.key_error(Code::ConflictingKeys, message, Some(help));
        }
    }
    let names: Vec<&str> = states.iter().map(|(name, _)| *name).collect();
    let index = |field: &Field<'_>, name: &str| {
        let found = names.iter().position(|other| *other == name);
        if found.is_none() {
            field.unknown_name("state", name, names.iter().copied());
        }
        found
    };
    for (name, state) in &states {
        let levels = [
            ("down", Level::Down),
            ("degraded", Level::Degraded),
            ("up", Level::Up),
        ];
        let gives = state
            .word_or("gives", &levels, Level::Up)
            .unwrap_or_default();
        let mut exits = Vec::new();
        for item in state
            .get("exits")
            .and_then(|exits| exits.list())
            .unwrap_or_default()
        {
            let Some(exit) = item.table(&file::EXIT) else {
                continue;
            };
            let after = exit.require("after").and_then(|after| after.law());
            let to = exit.require("to").and_then(|field| {
                if !field.is_table() {
                    return Some(vec![(index(&field, field.text()?)?, Probability::ONE)]);
                }
                let parts = field
                    .values()
                    .unwrap_or_default()
                    .into_iter()
                    .map(|part| Some((index(&part, part.key)?, part.probability()?)));
                parts.collect()
            });
            if let (Some(after), Some(to)) = (after, to) {
                exits.push(Exit { after, to });
            }
        }
        kind.states.push(MachineState {
            name: (*name).to_owned(),
            gives,
            exits,
        });
    }
    true
}

fn read_demand(field: &Field<'_>, kind: &Kind) -> Option<Demand> {
    let table = field.table(&file::ON_DEMAND)?;
    let probability = table
        .require("probability")
        .and_then(|field| field.probability());
    let mode = match table.get("mode") {
        None if kind.modes.len() == 1 => Some(0),
        None => {
            let names = listed(kind.modes.iter().map(|mode| mode.name.as_str()), "or");
            table.missing("mode", &format!("The kind has several modes: say {names}."));
            None
        }
        Some(field) => {
            let name = field.text()?;
            let index = kind.modes.iter().position(|mode| mode.name == name);
            if index.is_none() {
                field.unknown_name(
                    "mode",
                    name,
                    kind.modes.iter().map(|mode| mode.name.as_str()),
                );
            }
            index
        }
    };
    Some(Demand {
        probability: probability?,
        mode: mode?,
    })
}

fn read_test(field: &Field<'_>) -> Option<Test> {
    let table = field.table(&file::TEST)?;
    let every = table.require("every").and_then(|every| every.law());
    let default = Test::every(every.clone().unwrap_or_else(Law::zero));
    let first = table
        .get("first")
        .map_or(Some(default.first), |first| first.span().map(Some));
    let finds = table.probability_or("finds", default.finds);
    Some(Test {
        every: every?,
        first: first?,
        finds: finds?,
    })
}

fn read_renewal(field: &Field<'_>) -> Option<Renewal> {
    if !field.is_table() {
        return field.word(&[("new", Renewal::New), ("old", Renewal::OLD)]);
    }
    let table = field.table(&file::KIJIMA)?;
    table.at_most_one(&["kijima1", "kijima2"], "Keep one of them.");
    match (table.get("kijima1"), table.get("kijima2")) {
        (Some(first), _) => Some(Renewal::KijimaFirst(first.probability()?.get())),
        (None, Some(second)) => Some(Renewal::KijimaSecond(second.probability()?.get())),
        (None, None) => {
            table.missing(
                "kijima1",
                "Give `kijima1` or `kijima2`, from 0 (as good as new) to 1.",
            );
            None
        }
    }
}

pub(super) fn read_effect(field: &Field<'_>) -> Option<Effect> {
    if !field.is_table() {
        return field.word(&[("down", Effect::Down), ("isolated", Effect::Isolated)]);
    }
    let table = field.table(&file::EFFECT)?;
    Some(Effect::Degraded(
        table.require("degraded")?.probability()?.get(),
    ))
}

pub(super) fn read_notice(field: &Field<'_>) -> Option<Notice> {
    if !field.is_table() {
        // A law is no plain word, so words are told apart by number.
        return match field.word(&[("detector", 0), ("at once", 1), ("test", 2)])? {
            0 => Some(Notice::Detector),
            1 => Some(Notice::AtOnce),
            _ => Some(Notice::Test),
        };
    }
    let table = field.table(&file::NOTICE)?;
    table.at_most_one(&["after", "checks"], "Keep one of them.");
    match (table.get("after"), table.get("checks")) {
        (Some(after), _) => after.law().map(Notice::After),
        (None, Some(checks)) => law::checks(&checks).map(Notice::After),
        (None, None) => {
            table.missing("after", "Give `after` or `checks`.");
            None
        }
    }
}
