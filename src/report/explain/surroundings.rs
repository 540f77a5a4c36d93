//! What groups need, what strikes them, and what is done to them.

use super::phrases::law_and_mean;
use super::{Page, about};
use crate::base::human;
use crate::base::text::clean;
use crate::base::units::SECONDS_PER_YEAR;
use crate::model::{
    CauseMember, Change, ChangeStart, Dependent, Effect, GroupId, TakeoverStep, Window,
    WithoutRedundancy,
};
use crate::report::words::{counted, listed};

impl Page<'_> {
    pub(super) fn needs(&mut self) {
        let system = self.system;
        if system.needs.is_empty() {
            return;
        }
        self.heading("NEEDS");
        for need in &system.needs {
            let (of, on) = (clean(&need.of), self.structure(&need.on, true));
            let on = on.trim_start_matches('(').trim_end_matches(')');
            let text = match &need.dependent {
                Dependent::Units {
                    effect: Effect::Degraded(left),
                    units,
                } => {
                    let left = self.left(*left, units.iter().copied());
                    format!("While {on} is down, {of} is left {left}.")
                }
                Dependent::Units { .. } => format!("{of} cannot work while {on} is down."),
                Dependent::Step(_, step) => {
                    let step = match step {
                        TakeoverStep::Deciding => "deciding on a takeover",
                        TakeoverStep::Fencing => "fencing",
                        TakeoverStep::Promoting => "promoting a standby",
                        TakeoverStep::Redirecting => "redirecting clients",
                        TakeoverStep::Manual => "the takeover by hand",
                    };
                    format!("{of}: {step} stands still while {on} is down.")
                }
            };
            self.say(2, &text);
        }
    }

    pub(super) fn changes(&mut self) {
        let system = self.system;
        if system.changes.is_empty() {
            return;
        }
        self.heading("PLANNED WORK");
        for change in system.changes.iter() {
            self.change(change);
        }
    }

    fn change(&mut self, change: &Change) {
        let units: Vec<String> = change
            .units
            .iter()
            .map(|unit| clean(&self.system.units[*unit].name))
            .collect();
        let units = match units.as_slice() {
            [first, .., last] if units.len() > 6 => format!("{first} to {last}"),
            _ => listed(&units),
        };
        let starts = match &change.starts {
            ChangeStart::After(law) => format!("after {}", law_and_mean(law)),
            ChangeStart::Window(window) => {
                format!("in {}", window_words(window))
            }
        };
        let order = if change.batch >= change.units.len() {
            "all at once".to_owned()
        } else {
            format!("{} at a time", change.batch)
        };
        let first = change.canary.as_ref().map_or(String::new(), |canary| {
            format!(
                ", {} first, watched for {}",
                counted(canary.units as u64, "unit"),
                law_and_mean(&canary.watch)
            )
        });
        let meanwhile = match change.effect {
            Some(Effect::Down | Effect::Isolated) => "is down".to_owned(),
            Some(Effect::Degraded(left)) => {
                format!("is left {}", self.left(left, change.units.iter().copied()))
            }
            None => "goes on".to_owned(),
        };
        let mut text = format!(
            "{}, {starts}: {units}, {order}{first}. Work on a batch takes {}; a unit in work {meanwhile}.",
            clean(&change.name),
            law_and_mean(&change.takes)
        );
        text += match change.without_redundancy {
            WithoutRedundancy::GoAhead => "",
            WithoutRedundancy::PutOff => " It is put off while a group has no member to spare.",
            WithoutRedundancy::Skip => " It is left out when a group has no member to spare.",
        };
        if change.renews {
            text += " Then its units are as good as new, but for faults whose repair is under way.";
        }
        for freeze in &change.freezes {
            text += &format!(" No work begins in {} (freeze).", window_words(freeze));
        }
        self.say(2, &text);
        if let Some(bad) = &change.bad {
            let what = match bad.effect {
                Effect::Down => "down".to_owned(),
                Effect::Isolated => "cut off".to_owned(),
                Effect::Degraded(left) => {
                    format!("left {}", self.left(left, change.units.iter().copied()))
                }
            };
            self.say(
                4,
                &format!(
                    "{} of changes are bad: what runs one is {what}. People know it after {}, and take it back in {}.",
                    bad.probability,
                    law_and_mean(&bad.notice),
                    law_and_mean(&bad.rollback)
                ),
            );
        }
    }

    pub(super) fn causes(&mut self) {
        let system = self.system;
        if system.causes.is_empty() {
            return;
        }
        self.heading("SHARED CAUSES");
        let mut families: Vec<&str> = Vec::new();
        for cause in system.causes.iter() {
            if !families.contains(&cause.family.as_str()) {
                families.push(&cause.family);
            }
        }
        for family in families {
            self.cause_family(family);
        }
    }

    fn cause_family(&mut self, family: &str) {
        let system = self.system;
        let all: Vec<_> = system
            .causes
            .iter_ids()
            .filter(|(_, cause)| cause.family == family)
            .collect();
        let cause = all[0].1;
        let mut text = clean(family);
        if all.len() > 1 {
            text += &format!(", {} of them", all.len());
        }
        let whose = if all.len() > 1 { "each" } else { "it" };
        match &cause.every {
            None => text += ": no events of its own.",
            Some(every) => {
                text += &format!(": {whose} strikes after {}", law_and_mean(every));
                text += &match (&cause.lasts, &cause.breaks) {
                    (Some(lasting), breaks) => {
                        let what = match lasting.effect {
                            Effect::Down => "What it strikes is down".to_owned(),
                            Effect::Isolated => {
                                let groups: Vec<GroupId> = system.groups.ids().collect();
                                format!("What it strikes is cut off{}", self.goes_on(groups.iter()))
                            }
                            Effect::Degraded(left) => {
                                let units = all.iter();
                                let units = units.flat_map(|(id, _)| system.units_in_cause(*id));
                                format!("What it strikes is left {}", self.left(left, units))
                            }
                        };
                        let then = if breaks.is_some() {
                            "; then each unit needs a repair of its own"
                        } else {
                            ""
                        };
                        let repairs = if lasting.pauses_repairs {
                            " Repairs of these units stand still meanwhile."
                        } else {
                            ""
                        };
                        format!(
                            ". {what} as long as it lasts ({}){then}.{repairs}",
                            law_and_mean(&lasting.law)
                        )
                    }
                    (None, _) => {
                        ". What works and is struck breaks, and needs a repair of its own."
                            .to_owned()
                    }
                };
                if cause.probability < crate::base::Probability::ONE {
                    text += &format!(" Each member is struck with {}.", cause.probability);
                }
            }
        }
        self.say(2, &text);
        for (id, cause) in &all {
            let mut members: Vec<String> = cause
                .members
                .iter()
                .map(|member| match *member {
                    CauseMember::Unit(unit) => clean(&system.units[unit].name),
                    CauseMember::Cause(inner) => clean(&system.causes[inner].name),
                })
                .collect();
            if members.len() > 8 {
                let more = members.len() - 6;
                members.truncate(6);
                members.push(format!("{more} more"));
            }
            let name = if all.len() > 1 {
                clean(&cause.name)
            } else {
                "In it".to_owned()
            };
            let all_units = system.units_in_cause(*id).len();
            let inner = cause
                .members
                .iter()
                .any(|member| matches!(member, CauseMember::Cause(_)));
            let count = if inner {
                format!(" ({} in all)", counted(all_units as u64, "unit"))
            } else {
                String::new()
            };
            self.say(4, &format!("{name}: {}{count}.", listed(&members)));
        }
        let per_year: f64 = all
            .iter()
            .filter_map(|(_, cause)| {
                let every = cause.every.as_ref()?.mean();
                let lasts = cause
                    .lasts
                    .as_ref()
                    .map_or(0.0, |lasting| lasting.law.mean());
                Some(SECONDS_PER_YEAR / (every + lasts))
            })
            .sum();
        if per_year > 0.0 && per_year.is_finite() {
            self.say(
                4,
                &format!(
                    "All of them together: about {} a year.",
                    about(per_year, "event")
                ),
            );
        }
    }
}

/// `the 2 h from 2:00 on each Sunday`, or `a window of 2 h that opens 5 d into every 30 d`.
pub(super) fn window_words(window: &Window) -> String {
    const DAY: u64 = 86_400;
    let lasts = human::duration(window.lasts.as_secs());
    let (every, at) = (window.every.as_secs(), window.at.as_secs());
    let minutes = (at / 60.0) as u64;
    let by_the_clock = |period: u64| every == period as f64 && minutes as f64 * 60.0 == at;
    let time = format!("{}:{:02}", minutes / 60 % 24, minutes % 60);
    if by_the_clock(DAY) {
        format!("the {lasts} from {time} on each day")
    } else if by_the_clock(7 * DAY) {
        let day = human::WEEKDAYS[(minutes / 60 / 24) as usize % 7];
        format!("the {lasts} from {time} on each {day}")
    } else {
        format!(
            "a window of {lasts} that opens {} into every {}",
            human::duration(at),
            human::duration(every)
        )
    }
}
