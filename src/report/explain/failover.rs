//! How a failure is noticed, who takes over, and what that costs in time.

use super::Page;
use super::phrases::{law_and_mean, rough, round, spread};
use super::surroundings::window_words;
use crate::base::human;
use crate::base::text::clean;
use crate::base::units::SECONDS_PER_YEAR;
use crate::math::Law;
use crate::model::{
    Detector, Effect, FailbackTiming, Group, GroupId, Level, Member, OnFailure, Stage,
};
use crate::report::words::listed;

impl Page<'_> {
    /// The group around one without standbys and detector whose detector watches it, if one does.
    fn watcher_of(&self, group: &Group) -> Option<&Group> {
        if group.has_standbys() {
            return None;
        }
        let groups = &self.system.groups;
        let (id, _) = groups.iter_ids().find(|(_, other)| *other == group)?;
        let mut around = groups.iter();
        let around = around.find(|other| other.members.contains(&Member::Group(id)))?;
        match &around.detector {
            Some(detector) => {
                let takes_time = detector.latency().is_ok_and(|law| law.mean() > 0.0);
                takes_time.then_some(around)
            }
            None => self.watcher_of(around),
        }
    }

    pub(super) fn detection(&mut self, group: &Group) {
        let latency = group
            .detector
            .as_ref()
            .and_then(|detector| detector.latency().ok());
        let text = match (&group.detector, latency) {
            (Some(Detector::Probes(probes)), Some(latency)) => {
                let answer = match probes.timeout.as_secs() {
                    0.0 => String::new(),
                    timeout => format!(" for {}", human::duration(timeout)),
                };
                let mut text = format!(
                    "Detection: a probe every {}, {} without an answer{answer} {} a failure. So a failure \
                     is noticed after {}.",
                    human::duration(probes.interval.as_secs()),
                    if probes.misses == 1 {
                        "one".to_owned()
                    } else {
                        format!("{} in a row", probes.misses)
                    },
                    if probes.misses == 1 {
                        "counts as"
                    } else {
                        "count as"
                    },
                    spread(&latency)
                );
                if probes.observers > 1 {
                    text += &format!(
                        " {} of {} observers must agree.",
                        probes.agree, probes.observers
                    );
                }
                let between = probes.mean_time_between_false_alarms();
                text += &if between.is_infinite() {
                    " No false alarms, as no probe of a healthy member is lost.".to_owned()
                } else {
                    let alarms = format!(
                        " With {} of probes lost, a serving member is taken for failed once in {}",
                        probes.loss,
                        human::duration(between)
                    );
                    let effect = if group.has_standbys() {
                        ""
                    } else {
                        ", which does nothing here"
                    };
                    format!(
                        "{alarms} ({} a year){effect}.",
                        human::significant(SECONDS_PER_YEAR / between, 2)
                    )
                };
                text
            }
            (Some(Detector::Latency(law)), _) => {
                format!(
                    "Detection: a failure is noticed after {}. No false alarms.",
                    spread(law)
                )
            }
            (Some(Detector::Probes(_)), None) => {
                "Detection: a failure is noticed at once.".to_owned()
            }
            (None, _) => match self.watcher_of(group) {
                None => "Detection: a failure is noticed at once.".to_owned(),
                Some(around) if group.members.len() == 1 => format!(
                    "Detection: a failure is noticed by the detector of `{}`.",
                    clean(&around.name)
                ),
                Some(around) => format!(
                    "Detection: a failure is noticed at once; one that leaves the whole group down, when `{}` \
                     notices that.",
                    clean(&around.name)
                ),
            },
        };
        self.say(4, &text);
        if let Some(law) = &group.spurious {
            let per_year = human::significant(SECONDS_PER_YEAR / law.mean(), 2);
            self.say(
                4,
                &format!("Besides, {per_year} false alarms a year start a takeover for nothing."),
            );
        }
    }

    pub(super) fn takeover(&mut self, group: &Group) {
        let takeover = &group.takeover;
        let stages = [
            ("deciding", Some(&takeover.deciding)),
            ("fencing the old member", takeover.fencing.as_ref()),
            ("promoting a standby", Some(&takeover.promoting)),
            ("redirecting clients", Some(&takeover.redirecting)),
        ];
        let told: Vec<String> = stages
            .iter()
            .filter_map(|(name, stage)| stage.and_then(|stage| stage_words(name, stage)))
            .collect();
        let present: Vec<&Stage> = stages.iter().filter_map(|(_, stage)| *stage).collect();
        let text = if told.is_empty() {
            "at once".to_owned()
        } else {
            told.join("; then ")
        };
        self.say(4, &format!("Takeover: {text}."));

        let success: f64 = present.iter().map(|stage| success_of(stage)).product();
        let latency = group
            .detector
            .as_ref()
            .and_then(|detector| detector.latency().ok());
        let detect = latency.map_or(0.0, |latency| latency.mean());
        let stages_mean: f64 = present.iter().map(|stage| mean_of(stage)).sum();
        let during = present
            .iter()
            .all(|stage| stage.takes.mean() == 0.0 || stage.during > Level::Down);
        let mut text = format!(
            "From failure to service: {} on average ({} to notice, {} to take over)",
            human::duration(detect + stages_mean),
            human::duration(detect),
            human::duration(stages_mean)
        );
        if success < 1.0 {
            text += &format!(
                "; {} of takeovers succeed, and people mend the others by hand: {}",
                human::percent(round(success)),
                law_and_mean(&takeover.manual)
            );
        }
        self.say(4, &format!("{text}."));
        if group.required == group.active && !during {
            let by_hand = if success < 1.0 {
                (1.0 - success) * takeover.manual.mean()
            } else {
                0.0
            };
            self.cost(group, detect + stages_mean, by_hand, stages_mean);
        }
        if takeover.warm_up.mean() > 0.0 {
            self.say(
                4,
                &format!(
                    "Then the new member serves degraded until it has warmed up: {}.",
                    law_and_mean(&takeover.warm_up)
                ),
            );
        }
        if let Some(clients) = &takeover.clients {
            self.say(
                4,
                &format!(
                    "Then a client takes {} to come back, and is not served until then.",
                    law_and_mean(clients)
                ),
            );
        }
        if takeover.hold_down.as_secs() > 0.0 {
            self.say(
                4,
                &format!(
                    "At most one automatic takeover in {}; further ones are done by hand.",
                    human::duration(takeover.hold_down.as_secs())
                ),
            );
        }
    }

    /// What takeovers cost in a year, if a standby is always ready.
    fn cost(&mut self, group: &Group, takeover: f64, manual: f64, stages: f64) {
        let rate: f64 = group.members[..group.active]
            .iter()
            .map(|member| self.down_rate(*member))
            .sum();
        let (automatic, by_hand) = (
            rate * takeover * SECONDS_PER_YEAR,
            rate * manual * SECONDS_PER_YEAR,
        );
        if !(automatic.is_finite() && automatic + by_hand > 0.0) {
            return;
        }
        let mut parts = vec![format!(
            "about {} down a year from takeovers",
            rough(automatic)
        )];
        if by_hand > 0.0 {
            parts.push(format!("{} from those that fail", rough(by_hand)));
        }
        let between = match (&group.spurious, &group.detector) {
            (Some(law), _) => law.mean(),
            (None, Some(detector)) => detector.mean_time_between_false_alarms(),
            (None, None) => f64::INFINITY,
        };
        let spurious = group.active as f64 / between * (stages + manual) * SECONDS_PER_YEAR;
        if spurious > 0.0 {
            parts.push(format!("{} from false alarms", rough(spurious)));
        }
        self.say(
            4,
            &format!(
                "So expect {}, even if a standby is always ready.",
                listed(&parts)
            ),
        );
    }

    /// How often a serving member goes down, per second.
    fn down_rate(&self, member: Member) -> f64 {
        let unit = match member {
            Member::Unit(unit) => unit,
            Member::Group(inner) => {
                let group = &self.system.groups[inner];
                let members = group.members.iter();
                let needs_all = group.required == group.members.len();
                return match needs_all {
                    true => members.map(|&member| self.down_rate(member)).sum(),
                    // Its members stand for each other, and it is seldom down.
                    false => 0.0,
                };
            }
        };
        let kind = &self.system.kinds[self.system.units[unit].kind];
        kind.failures
            .iter()
            .map(|process| {
                let down = |&&(mode, _): &&(usize, crate::base::Probability)| {
                    !matches!(kind.modes[mode].effect, Effect::Degraded(_))
                };
                let share: f64 = process
                    .outcomes
                    .iter()
                    .filter(down)
                    .map(|(_, probability)| probability.get())
                    .sum();
                share / process.law.mean()
            })
            .sum()
    }

    pub(super) fn after_takeover(&mut self, _id: GroupId, group: &Group) {
        let splits = self.system.two_sides(group).is_some();
        if let Some(split) = group.split_brain.as_ref().filter(|_| splits) {
            self.say(
                4,
                &format!(
                    "Where the old member is not fenced, two may serve (split brain) for {}; reconciling takes {}{}.",
                    law_and_mean(&split.lasts),
                    law_and_mean(&split.reconcile),
                    if split.reconcile_factor > 0.0 {
                        format!(" plus {} of that time", human::percent(split.reconcile_factor))
                    } else {
                        String::new()
                    }
                ),
            );
        }
        if let Some(switchover) = &group.switchover {
            let meanwhile = match switchover.during {
                Level::Down => "down",
                Level::Degraded => "degraded",
                Level::Up => "serving",
            };
            self.say(
                4,
                &format!(
                    "Before planned work a serving member hands over: {}, {meanwhile} meanwhile.",
                    law_and_mean(&switchover.takes)
                ),
            );
        }
        let failback = &group.failback;
        let interruption = if failback.takes.mean() == 0.0 || failback.during == Level::Up {
            "without an interruption".to_owned()
        } else {
            format!("with an interruption: {}", law_and_mean(&failback.takes))
        };
        let text = match &failback.timing {
            FailbackTiming::Never => "Failback: never, the roles stay swapped.".to_owned(),
            FailbackTiming::AtOnce => {
                format!("Failback: as soon as the preferred member stands by, {interruption}.")
            }
            FailbackTiming::Stable(law) => {
                format!(
                    "Failback: when the preferred member has stood by ({}), {interruption}.",
                    law_and_mean(law)
                )
            }
            FailbackTiming::Manual(law) => {
                format!("Failback: by hand ({}), {interruption}.", law_and_mean(law))
            }
            FailbackTiming::Window(window) => {
                format!("Failback: in {}, {interruption}.", window_words(window))
            }
        };
        self.say(4, &text);
    }
}

/// A stage in words; nothing if it is over as soon as it begins.
fn stage_words(name: &str, stage: &Stage) -> Option<String> {
    let is_instant = matches!(&stage.takes, Law::Constant(constant) if constant.value() == 0.0);
    let succeeds = stage.succeeds.get();
    if is_instant && succeeds == 1.0 {
        return None;
    }
    let mut text = format!(
        "{name} ({}",
        if is_instant {
            "at once".to_owned()
        } else {
            law_and_mean(&stage.takes)
        }
    );
    if stage.during > Level::Down && !is_instant {
        text += if stage.during == Level::Up {
            ", serving meanwhile"
        } else {
            ", degraded meanwhile"
        };
    }
    if succeeds < 1.0 {
        text += &format!(", succeeds {}", stage.succeeds);
        if stage.retries > 0 {
            text += &format!(
                ", {}",
                if stage.retries == 1 {
                    "1 retry".to_owned()
                } else {
                    format!("{} retries", stage.retries)
                }
            );
        }
        text += match stage.then {
            OnFailure::Manual => ", else by hand",
            OnFailure::NextCandidate => ", else the next candidate",
            OnFailure::Proceed => ", else it goes on regardless",
        };
    }
    Some(text + ")")
}

/// The probability that a stage does not end the automatic takeover.
fn success_of(stage: &Stage) -> f64 {
    let fails = 1.0 - stage.succeeds.get();
    match stage.then {
        OnFailure::Proceed => 1.0,
        OnFailure::Manual | OnFailure::NextCandidate => 1.0 - fails.powi(stage.retries as i32 + 1),
    }
}

/// The mean length of all attempts of a stage.
fn mean_of(stage: &Stage) -> f64 {
    let fails = 1.0 - stage.succeeds.get();
    let attempts: f64 = (0..=stage.retries.min(1000))
        .map(|attempt| fails.powi(attempt as i32))
        .sum();
    stage.takes.mean() * attempts
}
