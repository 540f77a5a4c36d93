//! Reading what a group does about failures: detector, takeover, split brain, failback.

use super::file;
use super::law;
use super::planned::window_of;
use super::problem::Code;
use super::reader::{Field, Table};
use crate::base::{Probability, Span};
use crate::math::Law;
use crate::model::failover::Probes;
use crate::model::{
    AfterExhaustion, CandidateFailure, Detector, Failback, FailbackTiming, Level, LoneFailure,
    OnFailure, Recovered, SplitBrain, Stage, Takeover, TakeoverStep,
};

const DURING: [(&str, Level); 3] = [
    ("down", Level::Down),
    ("degraded", Level::Degraded),
    ("up", Level::Up),
];

/// Further attempts of a stage: as many as the state of a takeover counts.
const RETRIES_MAX: i64 = 250;

/// Whether a table is a law and not something else that has `others` as keys.
fn is_law(field: &Field<'_>, others: &file::TableDef) -> bool {
    field.node.entries().is_none_or(|entries| {
        entries.iter().any(|entry| {
            entry.key != "source"
                && file::LAW.key(&entry.key).is_some()
                && others.key(&entry.key).is_none()
        })
    })
}

pub(super) fn read_detector(field: &Field<'_>) -> Option<Detector> {
    if is_law(field, &file::PROBES) {
        return field.law().map(Detector::Latency);
    }
    let table = field.table(&file::PROBES)?;
    let interval = table
        .require("interval")
        .and_then(|interval| interval.positive_seconds());
    let interval = interval.and_then(|interval| Span::from_secs(interval).ok());
    // What is read of the rest is thrown away where `interval` cannot be read.
    let default = Probes::every(interval.unwrap_or_default());
    let timeout = table.span_or("timeout", default.timeout);
    let small = |key, default| {
        let field = table.get(key);
        field.map_or(Some(default), |field| {
            u32::try_from(field.whole(1, 10_000)?).ok()
        })
    };
    let misses = small("misses", default.misses);
    let observers = small("observers", default.observers);
    let loss = table.probability_or("loss", default.loss);
    if observers.is_some_and(|observers| observers > 1) && table.get("agree").is_none() {
        table.missing(
            "agree",
            "With several observers, say how many of them must agree.",
        );
    }
    let agree = small("agree", default.agree);
    Some(Detector::Probes(Probes {
        interval: interval?,
        timeout: timeout?,
        misses: misses?,
        loss: loss?,
        observers: observers?,
        agree: agree?,
    }))
}

/// The names in a takeover, to be read when all of them are known.
#[derive(Default)]
pub(super) struct Stated<'a> {
    /// What its steps need.
    pub(super) needs: Vec<(TakeoverStep, Field<'a>)>,
    /// The people who take over by hand.
    pub(super) people: Option<Field<'a>>,
}

pub(super) fn read_takeover<'a>(field: &Field<'a>, stated: &mut Stated<'a>) -> Takeover {
    if !field.is_table() {
        return field.law().map(Takeover::taking).unwrap_or_default();
    }
    let mut takeover = Takeover::default();
    let Some(table) = field.table(&file::TAKEOVER) else {
        return takeover;
    };
    let mut stage = |key: &str, step| table.get(key).map(|field| read_stage(&field, step, stated));
    takeover.deciding = stage("deciding", TakeoverStep::Deciding).unwrap_or_default();
    takeover.fencing = stage("fencing", TakeoverStep::Fencing);
    takeover.redirecting = stage("redirecting", TakeoverStep::Redirecting).unwrap_or_default();
    let promoting = stage("promoting", TakeoverStep::Promoting);
    let sugar = table
        .fields()
        .find(|field| file::STAGE_WITH_LAW.has(field.key));
    takeover.promoting = match (promoting, sugar) {
        (Some(promoting), None) => promoting,
        (None, None) => Stage::default(),
        (None, Some(_)) => stage_of(&table, TakeoverStep::Promoting, stated),
        (Some(promoting), Some(sugar)) => {
            let message = format!(
                "`{}` beside `promoting` does not say which stage it belongs to",
                sugar.key
            );
            let help = "Move it into the stage that it describes.".to_owned();
            sugar.key_error(Code::ConflictingKeys, message, Some(help));
            promoting
        }
    };
    read_policy(&table, &mut takeover);
    if let Some(field) = table.get("manual_needs") {
        stated.needs.push((TakeoverStep::Manual, field));
    }
    stated.people = table.get("manual_by");
    if let Some(warm_up) = table.get("warm_up") {
        takeover.warm_up = warm_up.law().unwrap_or_else(Law::zero);
    }
    takeover.clients = table.get("clients").and_then(|clients| clients.law());
    let stages = [
        ("deciding", Some(&takeover.deciding)),
        ("fencing", takeover.fencing.as_ref()),
        ("promoting", Some(&takeover.promoting)),
        ("redirecting", Some(&takeover.redirecting)),
    ];
    let can_fail = stages.iter().find(|(_, stage)| {
        stage.is_some_and(|stage| {
            stage.succeeds < Probability::ONE && stage.then != OnFailure::Proceed
        })
    });
    match table.get("manual") {
        Some(manual) => takeover.manual = manual.law_or_never().unwrap_or_else(Law::zero),
        None => {
            let reason = match can_fail {
                Some((name, _)) => format!("`{name}` can fail"),
                None if takeover.hold_down > Span::ZERO => {
                    "`hold_down` leaves failovers to people".to_owned()
                }
                None => return takeover,
            };
            let help = format!(
                "Add `manual`: the time that people need to bring a seat back by hand, because {reason}."
            );
            table.missing("manual", &help);
        }
    }
    takeover
}

fn read_policy(table: &Table<'_>, takeover: &mut Takeover) {
    takeover.candidate_failure = table
        .word_or(
            "candidate_failure",
            &[
                ("restart", CandidateFailure::Restart),
                ("continue", CandidateFailure::Continue),
            ],
            takeover.candidate_failure,
        )
        .unwrap_or_default();
    takeover.recovered = table
        .word_or(
            "recovered",
            &[
                ("cancel", Recovered::Cancel),
                ("cancel undetected", Recovered::CancelUndetected),
                ("complete", Recovered::Complete),
            ],
            takeover.recovered,
        )
        .unwrap_or_default();
    takeover.lone_failure = table
        .word_or(
            "lone_failure",
            &[("detect", LoneFailure::Detect), ("wait", LoneFailure::Wait)],
            takeover.lone_failure,
        )
        .unwrap_or_default();
    takeover.after_exhaustion = table
        .word_or(
            "after_exhaustion",
            &[
                ("activate", AfterExhaustion::Activate),
                ("at once", AfterExhaustion::AtOnce),
                ("resume", AfterExhaustion::Resume),
                ("preferred", AfterExhaustion::Preferred),
            ],
            takeover.after_exhaustion,
        )
        .unwrap_or_default();
    takeover.hold_down = table
        .span_or("hold_down", takeover.hold_down)
        .unwrap_or_default();
}

fn read_stage<'a>(field: &Field<'a>, step: TakeoverStep, stated: &mut Stated<'a>) -> Stage {
    if !field.is_table() {
        return field.law().map(Stage::taking).unwrap_or_default();
    }
    let table = field.table(&file::STAGE_WITH_LAW);
    table
        .map(|table| stage_of(&table, step, stated))
        .unwrap_or_default()
}

/// The stage in a table that may have other keys too.
fn stage_of<'a>(table: &Table<'a>, step: TakeoverStep, stated: &mut Stated<'a>) -> Stage {
    let needs = table.get("needs").map(|field| (step, field));
    stated.needs.extend(needs);
    let mut stage = Stage::default();
    if let Some(law) = law::table_law(table) {
        stage.takes = law;
    }
    if let Some(succeeds) = table.get("succeeds").and_then(|field| field.probability()) {
        stage.succeeds = succeeds;
    }
    if let Some(retries) = table
        .get("retries")
        .and_then(|field| field.whole(0, RETRIES_MAX))
    {
        stage.retries = u32::try_from(retries).unwrap_or_default();
    }
    let then = [
        ("manual", OnFailure::Manual),
        ("next candidate", OnFailure::NextCandidate),
        ("proceed", OnFailure::Proceed),
    ];
    stage.then = table.word_or("then", &then, stage.then).unwrap_or_default();
    stage.during = table
        .word_or("during", &DURING, stage.during)
        .unwrap_or_default();
    if stage.succeeds == Probability::ONE {
        for key in ["retries", "then"] {
            if let Some(field) = table.get(key) {
                let message = format!("`{key}` has no meaning, as the stage cannot fail");
                let help =
                    "Add `succeeds`, the probability that an attempt succeeds, or delete it."
                        .to_owned();
                field.key_error(Code::ConflictingKeys, message, Some(help));
            }
        }
    }
    stage
}

pub(super) fn read_split_brain(field: &Field<'_>) -> Option<SplitBrain> {
    let table = field.table(&file::SPLIT_BRAIN)?;
    let lasts = table.require("lasts").and_then(|lasts| lasts.law());
    // What is read of the rest is thrown away where `lasts` cannot be read.
    let default = SplitBrain::lasting(lasts.clone().unwrap_or_else(Law::zero));
    let during = table.word_or("during", &DURING, default.during);
    let reconcile = table
        .get("reconcile")
        .map_or(Some(default.reconcile), |law| law.law());
    let factor = table
        .get("reconcile_factor")
        .map_or(Some(default.reconcile_factor), |factor| factor.number());
    Some(SplitBrain {
        lasts: lasts?,
        during: during?,
        reconcile: reconcile?,
        reconcile_factor: factor?,
        reconcile_during: table
            .word_or("reconcile_during", &DURING, default.reconcile_during)
            .unwrap_or_default(),
    })
}

/// What is given meanwhile, down unless the table says otherwise.
pub(super) fn read_during(table: &Table<'_>) -> Option<Level> {
    table.word_or("during", &DURING, Level::Down)
}

pub(super) fn read_failback(field: &Field<'_>) -> Option<Failback> {
    if !field.is_table() {
        // Not the constant of `MODES`, as the other modes need more than a word.
        let timing = match field.word(&[("never", false), ("at once", true)])? {
            false => FailbackTiming::Never,
            true => FailbackTiming::AtOnce,
        };
        return Some(Failback {
            timing,
            ..Failback::default()
        });
    }
    let table = field.table(&file::FAILBACK)?;
    let modes = [
        ("never", 0),
        ("at once", 1),
        ("stable", 2),
        ("manual", 3),
        ("window", 4),
    ];
    let mode = table.require("mode").and_then(|mode| mode.word(&modes))?;
    let meaningful: &[&str] = match mode {
        0 => &[],
        1 => &["takes", "during"],
        2 | 3 => &["takes", "during", "after"],
        _ => &["takes", "during", "every", "at", "lasts"],
    };
    for key in ["after", "every", "at", "lasts", "takes", "during"] {
        if let Some(field) = table.get(key)
            && !meaningful.contains(&key)
        {
            let message = format!("`{key}` has no meaning with mode `{}`", modes[mode].0);
            field.key_error(
                Code::ConflictingKeys,
                message,
                Some("Delete it, or change the mode.".to_owned()),
            );
        }
    }
    let timing = match mode {
        0 => Some(FailbackTiming::Never),
        1 => Some(FailbackTiming::AtOnce),
        2 => table
            .require("after")
            .and_then(|after| after.law())
            .map(FailbackTiming::Stable),
        3 => table
            .get("after")
            .map_or_else(|| Some(Law::zero()), |after| after.law())
            .map(FailbackTiming::Manual),
        _ => window_of(&table).map(FailbackTiming::Window),
    };
    let default = Failback::default();
    let takes = table
        .get("takes")
        .map_or(Some(default.takes), |takes| takes.law());
    let during = table.word_or("during", &DURING, default.during);
    Some(Failback {
        timing: timing?,
        takes: takes?,
        during: during?,
    })
}
