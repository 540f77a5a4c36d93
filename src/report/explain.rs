//! The model in words, as somebody who knows the system would tell it: what fails and how often, who
//! notices and when, who takes over and how long that takes, what happens when it fails; and the
//! choices that were made by default, because a choice that nobody made changes the answer too.

use super::words::{counted, listed, money, wrap};
use crate::base::text::clean;
use crate::base::units::SECONDS_PER_YEAR;
use crate::base::{Money, MoneyRate, Probability, Span, human};
use crate::math::Law;
use crate::model::{
    AfterExhaustion, Breakdown, CandidateFailure, CauseMember, Change, ChangeStart, CrewOrder,
    DemandProfile, Dependent, Detector, Effect, Ending, FailbackTiming, Group, GroupId, Kind,
    KindId, Level, LoneFailure, MachineState, Member, Metric, Mode, Notice, OnFailure, Preemption,
    Recovered, Renewal, RenewalScope, Repair, RepairStart, Replication, ReplicationMode, Service,
    Stage, StandbyFaults, Structure, System, TakeoverStep, Window, WithoutRedundancy,
};

/// Lines are not longer than this.
const WIDTH: usize = 98;

/// The model in words.
pub fn explain(system: &System) -> String {
    let mut text = String::new();
    let mut page = Page {
        text: &mut text,
        system,
    };
    page.head();
    page.units();
    page.supply();
    page.groups();
    page.needs();
    page.causes();
    page.changes();
    page.services();
    page.costs();
    page.choices();
    text
}

struct Page<'a> {
    text: &'a mut String,
    system: &'a System,
}

impl Page<'_> {
    fn heading(&mut self, text: &str) {
        *self.text += &format!("\n{text}\n");
    }

    /// A paragraph, with its later lines further in.
    fn say(&mut self, indent: usize, text: &str) {
        *self.text += &wrap(text, indent, indent + 2, WIDTH);
    }

    fn head(&mut self) {
        let system = self.system;
        let mission = human::duration(system.mission.as_secs());
        let aged = system
            .kinds
            .iter()
            .flat_map(|kind| &kind.failures)
            .any(|process| process.age.as_secs() > 0.0);
        let state = if aged {
            "Every unit works"
        } else {
            "Every unit is new and works"
        };
        *self.text += &format!("{}\n", clean(&system.name));
        self.say(
            0,
            &format!("One trial is {mission} of simulated time. {state} at the start."),
        );
    }

    // ---- units ----

    fn units(&mut self) {
        self.heading("UNITS");
        for (id, kind) in self.system.kinds.iter_ids() {
            let units: Vec<_> = self
                .system
                .units
                .iter()
                .filter(|unit| unit.kind == id)
                .collect();
            if units.is_empty() {
                continue;
            }
            let names: Vec<String> = units.iter().map(|unit| clean(&unit.name)).collect();
            let names = match names.as_slice() {
                [first, .., last] if names.len() > 4 => format!("{first} to {last}"),
                _ => listed(&names),
            };
            self.say(
                2,
                &format!(
                    "{}: {} ({names}).",
                    clean(&kind.name),
                    counted(units.len() as u64, "unit")
                ),
            );
            for process in &kind.failures {
                self.process(kind, process);
            }
            self.rate(id, kind);
            for mode in &kind.modes {
                self.mode(kind, mode);
            }
            if let Some(service) = kind.ages_while {
                let service = clean(&self.system.services[service].name);
                self.say(
                    4,
                    &format!("It does not age, and cannot fail, while {service} is down."),
                );
            }
            for state in &kind.states {
                self.machine_state(kind, state);
            }
            if let Some(demand) = &kind.on_demand {
                self.say(
                    4,
                    &format!(
                        "A standby is found dead with {} when it is called ({}).",
                        demand.probability,
                        clean(&kind.modes[demand.mode].name)
                    ),
                );
            }
            if let Some(test) = &kind.test {
                self.say(
                    4,
                    &format!(
                        "Tested every {}; a test finds a hidden fault with {}.",
                        every(&test.every),
                        test.finds
                    ),
                );
            }
        }
    }

    fn machine_state(&mut self, kind: &Kind, state: &MachineState) {
        let gives = match state.gives {
            Level::Up => "serves",
            Level::Degraded => "serves degraded",
            Level::Down => "gives nothing",
        };
        let exits: Vec<String> = state
            .exits
            .iter()
            .map(|exit| {
                let to: Vec<String> = exit
                    .to
                    .iter()
                    .map(|&(to, probability)| {
                        let name = clean(&kind.states[to].name);
                        if exit.to.len() == 1 {
                            name
                        } else {
                            format!("{probability} {name}")
                        }
                    })
                    .collect();
                format!("after {} to {}", law_and_mean(&exit.after), listed(&to))
            })
            .collect();
        let exits = if exits.is_empty() {
            "it is never left".to_owned()
        } else {
            exits.join("; ")
        };
        self.say(
            4,
            &format!("State {}: {gives}; {exits}.", clean(&state.name)),
        );
    }

    fn process(&mut self, kind: &Kind, process: &crate::model::FailureProcess) {
        let outcomes: Vec<String> = process
            .outcomes
            .iter()
            .map(|&(mode, probability)| {
                let name = clean(&kind.modes[mode].name);
                if process.outcomes.len() == 1 {
                    name
                } else {
                    format!("{probability} {name}")
                }
            })
            .collect();
        let what = if kind.modes.len() == 1 {
            String::new()
        } else {
            format!(" ({})", listed(&outcomes))
        };
        let renewal = match process.renewal {
            Renewal::New => "as good as new",
            Renewal::KijimaFirst(1.0) => "as bad as old",
            Renewal::KijimaFirst(_) | Renewal::KijimaSecond(_) => "partly renewed",
        };
        let factor = match process.renewal {
            Renewal::KijimaFirst(factor) if factor != 1.0 => {
                format!(" (Kijima I, factor {})", human::significant(factor, 3))
            }
            Renewal::KijimaSecond(factor) => {
                format!(" (Kijima II, factor {})", human::significant(factor, 3))
            }
            Renewal::New | Renewal::KijimaFirst(_) => String::new(),
        };
        let age = match process.age.as_secs() {
            0.0 => String::new(),
            age => format!(" At the start it is {} old.", human::duration(age)),
        };
        self.say(
            4,
            &format!(
                "Time to failure{what}: {}. After repair {renewal}{factor}.{age}",
                law_and_mean(&process.law)
            ),
        );
    }

    /// How often units of a kind fail, if all goes well otherwise.
    fn rate(&mut self, id: KindId, kind: &Kind) {
        let mean_rate: f64 = kind
            .failures
            .iter()
            .map(|process| 1.0 / process.law.mean())
            .sum();
        let mut speed = 0.0;
        for group in self.system.groups.iter() {
            for (position, member) in group.members.iter().enumerate() {
                if let Member::Unit(unit) = member
                    && self.system.units[*unit].kind == id
                {
                    speed += if position < group.active {
                        1.0
                    } else {
                        group.dormancy
                    };
                }
            }
        }
        let per_year = mean_rate * speed * SECONDS_PER_YEAR;
        if per_year > 0.0 && per_year.is_finite() {
            self.say(
                4,
                &format!(
                    "All of them together: about {} a year.",
                    about(per_year, "failure")
                ),
            );
        }
    }

    fn mode(&mut self, kind: &Kind, mode: &Mode) {
        let name = if kind.modes.len() == 1 {
            "A failure".to_owned()
        } else {
            capital(&clean(&mode.name))
        };
        let effect = match mode.effect {
            Effect::Down => "takes the unit down".to_owned(),
            Effect::Isolated => "cuts the unit off; it goes on where nobody sees it".to_owned(),
            Effect::Degraded(left) => {
                format!("leaves the unit {} of its capacity", human::percent(left))
            }
        };
        let notice = match &mode.notice {
            Notice::Detector => "The detector of its group notices.".to_owned(),
            Notice::AtOnce => "It is noticed at once.".to_owned(),
            Notice::After(law) => format!("It is noticed later: {}.", law_and_mean(law)),
            Notice::Test => "Only a test, or a takeover that fails for it, finds it.".to_owned(),
        };
        let ending = match &mode.ending {
            Ending::Itself(law) => format!("It ends by itself: {}.", law_and_mean(law)),
            Ending::Never => "It is never mended.".to_owned(),
            Ending::Repair(repair) => self.repair(repair),
        };
        self.say(4, &format!("{name} {effect}. {notice} {ending}"));
    }

    fn repair(&self, repair: &Repair) -> String {
        let starts = match repair.starts {
            RepairStart::Failure => "from the failure on",
            RepairStart::Detection => "once it is noticed",
            RepairStart::Takeover => "once the takeover has ended",
        };
        let mut text = format!("Repair, {starts}: ");
        if let Some(delay) = &repair.administrative_delay {
            text += &format!("first a decision ({}), then ", law_and_mean(delay));
        }
        text += &law_and_mean(&repair.time);
        let crew = repair
            .crew
            .map(|crew| format!("crew {}", clean(&self.system.crews[crew].name)));
        for stage in &repair.further {
            text += &format!(", then {}", law_and_mean(&stage.time));
            if let Some(crew) = stage.crew {
                text += &format!(" by crew {}", clean(&self.system.crews[crew].name));
            }
        }
        let spare = repair
            .spare
            .map(|spare| format!("a part from {}", clean(&self.system.spares[spare].name)));
        let needs: Vec<String> = crew.into_iter().chain(spare).collect();
        if !needs.is_empty() {
            text += &format!("; it needs {}", listed(&needs));
        }
        if repair.scope == RenewalScope::Unit {
            text += "; it renews the whole unit";
        }
        text + "."
    }

    fn supply(&mut self) {
        let system = self.system;
        if system.crews.is_empty() && system.spares.is_empty() && system.people.is_empty() {
            return;
        }
        self.heading("PEOPLE AND PARTS");
        for crew in system.crews.iter() {
            let order = match crew.order {
                CrewOrder::FirstCome => "first come, first served",
                CrewOrder::Priority => "by priority",
                CrewOrder::Random => "in random order",
                CrewOrder::RandomGroup => "any group that waits next",
            };
            let interrupts = match (crew.order, crew.preemption) {
                (CrewOrder::Priority, Preemption::Never) => ", without interrupting a repair",
                (_, Preemption::Never) => "",
                (_, Preemption::Resume) => {
                    "; a more urgent fault interrupts a repair, which goes on later"
                }
                (_, Preemption::Repeat) => {
                    "; a more urgent fault interrupts a repair, which begins anew later"
                }
            };
            let mut more = String::new();
            if crew.per_group {
                more += " Each group has such a crew of its own.";
            }
            if let Some(law) = &crew.pick_up {
                more += &format!(
                    " It turns to the faults of a group in a time ({}), and the first group is next.",
                    law_and_mean(law)
                );
            }
            if let Some(hours) = crew.hours {
                more += &format!(
                    " Of every {}, it works from {} to {} after the start, and repairs pause in between.",
                    human::duration(hours.every.as_secs()),
                    human::duration(hours.from.as_secs()),
                    human::duration(hours.until.as_secs())
                );
            }
            let size = counted(crew.size as u64, "repair");
            self.say(
                2,
                &format!(
                    "Crew {}: {size} at the same time, {order}{interrupts}.{more}",
                    clean(&crew.name)
                ),
            );
        }
        for people in system.people.iter() {
            let size = people
                .size
                .map_or("all takeovers by hand".to_owned(), |size| {
                    format!(
                        "{} at the same time",
                        counted(size as u64, "takeover by hand")
                    )
                });
            let mut text = format!("{}: {size}.", clean(&people.name));
            for pace in &people.slower {
                text += &format!(
                    " In {} they are at {} of their speed.",
                    window_words(&pace.window),
                    human::percent(pace.speed)
                );
            }
            self.say(2, &text);
        }
        for spare in system.spares.iter() {
            self.say(
                2,
                &format!(
                    "Spares {}: {} on the shelf. Each repair orders another part, which arrives later: {}.",
                    clean(&spare.name),
                    spare.stock,
                    law_and_mean(&spare.lead_time)
                ),
            );
        }
    }

    // ---- groups ----

    fn groups(&mut self) {
        self.heading("GROUPS");
        for (id, group) in self.system.groups.iter_ids() {
            self.group(id, group);
        }
    }

    fn group(&mut self, id: GroupId, group: &Group) {
        let total = group.members.len();
        let standbys = total - group.active;
        let mut text = match (total, standbys) {
            (1, _) => format!("{}: a single unit.", clean(&group.name)),
            (_, 0) => format!(
                "{}: all {total} serve, at least {} must.",
                clean(&group.name),
                group.required
            ),
            (_, _) => {
                let kind = match group.dormancy {
                    1.0 => "hot: it fails as often as a serving one".to_owned(),
                    0.0 => "cold: it cannot fail while it waits".to_owned(),
                    dormancy => format!(
                        "warm: it fails {} times as often as a serving one",
                        human::significant(dormancy, 3)
                    ),
                };
                format!(
                    "{}: {} of {total} {}, at least {} must. {} by ({kind}).",
                    clean(&group.name),
                    group.active,
                    if group.active == 1 { "serves" } else { "serve" },
                    group.required,
                    if standbys == 1 {
                        "The other one stands".to_owned()
                    } else {
                        format!("The other {standbys} stand")
                    }
                )
            }
        };
        if let Some(inner) = group.members.iter().find_map(|member| match member {
            Member::Group(inner) => Some(*inner),
            Member::Unit(_) => None,
        }) {
            text += &format!(
                " Its members are groups, such as {}.",
                clean(&self.system.groups[inner].name)
            );
        }
        if !group.load.is_empty() {
            let speeds: Vec<String> = group
                .load
                .iter()
                .zip(1..)
                .map(|(speed, serving)| {
                    format!("{} while {serving}", human::significant(*speed, 3))
                })
                .collect();
            let verb = if group.load.len() == 1 {
                "serves"
            } else {
                "serve"
            };
            text += &format!(
                " The members share a load, and age at speed {} {verb}.",
                listed(&speeds)
            );
        }
        if let Some(capacity) = self.system.rated_capacity_of(id) {
            text += &format!(
                " While all is well they bear a load of {}.",
                human::significant(capacity, 6)
            );
        }
        if let Some(scaling) = &group.scaling {
            text += &format!(
                " Above {} of what its members can bear it orders more of them; these come with {} {}, and bear {} more.",
                human::percent(scaling.above),
                scaling.succeeds,
                within(&scaling.delay, "at once", "after"),
                human::significant(scaling.quota, 6),
            );
        }
        if let Some(overload) = &group.overload {
            let share = |share: f64| human::percent(share);
            let above = share(overload.above);
            let restart = within(&overload.restart, "takes no time", "takes");
            text += &match &overload.breakdown {
                Breakdown::Collapse {
                    after,
                    recovers_below,
                } => format!(
                    " Under more than {above} of what its members can bear it collapses {}, until the load has fallen to {}; to restart {restart}.",
                    within(after, "at once", "after"),
                    share(*recovers_below),
                ),
                Breakdown::Crashes { after } => format!(
                    " Under more than {above} of what its members can bear each of them crashes {}, and the others get its load; to restart {restart}.",
                    within(after, "at once", "after"),
                ),
            };
        }
        if group.quorum > 0 {
            text += &format!(" Without {} fit members nobody serves.", group.quorum);
        }
        if group.shares_requests {
            text += " Until a failure is noticed, the failed member's share of requests is lost.";
        }
        self.say(2, &text);
        self.detection(group);
        if group.has_standbys() {
            self.takeover(group);
            self.after_takeover(id, group);
        }
        if let Some(replication) = &group.replication {
            self.replication(replication);
        }
        if let Some(rejoin) = &group.rejoin {
            self.say(
                4,
                &format!(
                    "A repaired member must rejoin first: {}.",
                    law_and_mean(rejoin)
                ),
            );
        }
    }

    fn replication(&mut self, plan: &Replication) {
        let mut text = match &plan.mode {
            ReplicationMode::Asynchronous => {
                "Data: writes count at once, and what has not reached a standby is lost with the serving member."
                    .to_owned()
            }
            ReplicationMode::Synchronous {
                acknowledged_by,
                patience,
            } => {
                let standbys = counted(*acknowledged_by as u64, "standby");
                let without = match patience {
                    None => "until there are so many again".to_owned(),
                    Some(patience) => format!(
                        "and go on without after {}",
                        law_and_mean(patience)
                    ),
                };
                format!(
                    "Data: a write counts once it is on {standbys}, so none is lost in a takeover. Where fewer \
                     follow, writes stall and the group is degraded, {without}."
                )
            }
        };
        if let Some(lag) = &plan.lag {
            let when = match plan.mode {
                ReplicationMode::Asynchronous => "A standby lags behind by",
                ReplicationMode::Synchronous { .. } => "Then a standby lags behind by",
            };
            text += &format!(" {when} {}.", law_and_mean(lag));
        }
        if let Some(gate) = &plan.gate {
            let then = match gate.beyond {
                OnFailure::NextCandidate => {
                    "the next candidate is looked at, and then people decide"
                }
                OnFailure::Manual | OnFailure::Proceed => "people decide",
            };
            text += &format!(
                " One that lags more than {} behind ({} of them) is not promoted automatically: {then}.",
                human::duration(gate.lag_max.as_secs()),
                plan.refusal()
            );
        }
        if plan.split_loss > Probability::ZERO {
            text += &format!(
                " After a split brain, {} of what the two sides have written apart is lost.",
                plan.split_loss
            );
        }
        self.say(4, &text);
    }

    fn detection(&mut self, group: &Group) {
        let latency = group
            .detector
            .as_ref()
            .and_then(|detector| detector.latency().ok());
        let text = match (&group.detector, latency) {
            (Some(Detector::Probes(probes)), Some(latency)) => {
                let mut text = format!(
                    "Detection: a probe every {}, {} without an answer for {} count as a failure. So a failure \
                     is noticed after {}.",
                    human::duration(probes.interval.as_secs()),
                    if probes.misses == 1 {
                        "one".to_owned()
                    } else {
                        format!("{} in a row", probes.misses)
                    },
                    human::duration(probes.timeout.as_secs()),
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
            (Some(Detector::Probes(_)), None) | (None, _) => {
                "Detection: a failure is noticed at once.".to_owned()
            }
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

    fn takeover(&mut self, group: &Group) {
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
        let Member::Unit(unit) = member else {
            return 0.0;
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

    fn after_takeover(&mut self, _id: GroupId, group: &Group) {
        if let Some(split) = &group.split_brain {
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
            &FailbackTiming::Window(Window { every, at, lasts }) => format!(
                "Failback: in a window of {} that opens {} into every {}, {interruption}.",
                human::duration(lasts.as_secs()),
                human::duration(at.as_secs()),
                human::duration(every.as_secs())
            ),
        };
        self.say(4, &text);
    }

    // ---- needs ----

    fn needs(&mut self) {
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
                    ..
                } => format!(
                    "{of} has {} of its capacity left while {on} is down.",
                    human::percent(*left)
                ),
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

    // ---- changes ----

    fn changes(&mut self) {
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
                format!("in a window of {}", window_words(window))
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
                format!("is at {} of its capacity", human::percent(left))
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
            text += &format!(" No work begins in a freeze of {}.", window_words(freeze));
        }
        self.say(2, &text);
        if let Some(bad) = &change.bad {
            let what = match bad.effect {
                Effect::Down => "down".to_owned(),
                Effect::Isolated => "cut off".to_owned(),
                Effect::Degraded(left) => format!("at {} of its capacity", human::percent(left)),
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

    // ---- shared causes ----

    fn causes(&mut self) {
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
                                "What it strikes is cut off, and goes on where nobody sees it"
                                    .to_owned()
                            }
                            Effect::Degraded(left) => {
                                format!("What it strikes has {} left", human::percent(left))
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

    // ---- services ----

    fn services(&mut self) {
        self.heading("SERVICES");
        for service in self.system.services.iter() {
            let up = self.structure(&service.up, false);
            let mut text = format!("{} is up while {up}.", clean(&service.name));
            if let Some(demand) = &service.demand {
                text += &self.demand(service, demand);
            }
            match service.targets.as_slice() {
                [] => text += " It has no targets.",
                targets => {
                    let texts: Vec<String> =
                        targets.iter().map(|target| clean(&target.text)).collect();
                    text += &format!(" It must keep {}.", listed(&texts));
                    for target in targets {
                        if let Metric::Availability = target.metric {
                            let allowed = (1.0 - target.limit) * SECONDS_PER_YEAR;
                            text += &format!(" That allows {} down a year.", rough(allowed));
                        }
                    }
                }
            }
            self.say(2, &text);
        }
    }

    fn demand(&self, service: &Service, demand: &DemandProfile) -> String {
        let load = |load: f64| human::significant(load, 6);
        let mut text = if demand.is_constant() {
            format!(" A load of {} is asked of it.", load(demand.peak()))
        } else {
            format!(
                " A load of {} is asked of it on average, and {} at most, in {} steps that repeat every {}.",
                load(demand.mean()),
                load(demand.peak()),
                demand.steps.len(),
                human::duration(demand.period.as_secs())
            )
        };
        text += &match self.system.rated_capacity(&service.up) {
            Some(capacity) => format!(" It can bear {} while all is well.", load(capacity)),
            None => " Nothing bounds what it can bear.".to_owned(),
        };
        if service.down_below > Probability::ZERO {
            text += &format!(
                " While it serves less than {} of that it counts as down.",
                service.down_below
            );
        }
        text
    }

    // ---- costs ----

    fn costs(&mut self) {
        let system = self.system;
        let (Some(currency), false) = (system.currency, system.cost_items().is_empty()) else {
            return;
        };
        self.heading("COSTS");
        let rate = |rate: MoneyRate| format!("{} an hour", money(rate.of_an_hour(), currency));
        let an_hour = system.unit_cost_of_an_hour();
        if an_hour > 0.0 {
            let year = money(an_hour * SECONDS_PER_YEAR / 3600.0, currency);
            self.say(
                2,
                &format!(
                    "All units: {year} a year, each in the role that it has while all is well."
                ),
            );
        }
        for (id, group) in system.groups.iter_ids() {
            let an_hour = system.scaling_cost_of_an_hour(id);
            if an_hour > 0.0 {
                let count = counted(u64::from(system.scaled_unit_count(id)), "more unit");
                self.say(
                    2,
                    &format!(
                        "{count} in {}: {} an hour while scaling keeps them.",
                        clean(&group.name),
                        money(an_hour, currency)
                    ),
                );
            }
        }
        for kind in system.kinds.iter() {
            let cost = &kind.cost;
            let mut parts = Vec::new();
            if cost.active > MoneyRate::ZERO {
                parts.push(format!("{} serving", rate(cost.active)));
            }
            if cost.standby != cost.active {
                parts.push(format!("{} standing by", rate(cost.standby)));
            }
            if cost.cold != cost.standby {
                parts.push(format!("{} standing by cold", rate(cost.cold)));
            }
            if cost.repair > Money::ZERO {
                parts.push(format!(
                    "{} for each repair",
                    money(cost.repair.get(), currency)
                ));
            }
            if !parts.is_empty() {
                self.say(4, &format!("{}: {}.", clean(&kind.name), listed(&parts)));
            }
        }
        for service in system.services.iter() {
            let cost = &service.cost;
            let mut given_back = String::new();
            let mut parts = Vec::new();
            if cost.outage > Money::ZERO {
                parts.push(format!(
                    "{} for each outage",
                    money(cost.outage.get(), currency)
                ));
            }
            for class in &cost.down_time {
                let until = if class.until == Span::FOREVER {
                    String::new()
                } else {
                    format!(
                        " until an outage is {} old",
                        human::duration(class.until.as_secs())
                    )
                };
                parts.push(format!("{} of downtime{until}", rate(class.costs)));
            }
            if cost.degraded > MoneyRate::ZERO {
                parts.push(format!("{} of degraded time", rate(cost.degraded)));
            }
            if cost.data_lost > MoneyRate::ZERO {
                parts.push(format!("{} of lost writes", rate(cost.data_lost)));
            }
            if let Some(credits) = &cost.credits {
                let month = money(credits.fee.of_secs(SECONDS_PER_YEAR / 12.0), currency);
                let steps: Vec<String> = credits
                    .steps
                    .iter()
                    .map(|step| format!("{} below {}", step.share, step.below))
                    .collect();
                given_back = format!(
                    " Of {month} a month, customers get back {} of availability.",
                    listed(&steps)
                );
            }
            if service.cost.is_any() {
                let name = clean(&service.name);
                let parts = if parts.is_empty() {
                    "its outages cost service credits".to_owned()
                } else {
                    listed(&parts)
                };
                self.say(2, &format!("{name}: {parts}.{given_back}"));
            }
        }
    }

    fn structure(&self, structure: &Structure, inner: bool) -> String {
        match structure {
            Structure::Group(group) => {
                let name = clean(&self.system.groups[*group].name);
                if inner { name } else { format!("{name} is up") }
            }
            Structure::Service(service) => {
                let name = clean(&self.system.services[*service].name);
                if inner { name } else { format!("{name} is up") }
            }
            Structure::Each(group) => {
                format!("the members of {}", clean(&self.system.groups[*group].name))
            }
            Structure::Soft(part) => format!("({} or not)", self.structure(part, true)),
            Structure::AtLeast { k, of } => {
                let count: usize = of.iter().map(|part| self.system.part_count(part)).sum();
                if count == 1 {
                    return self.structure(&of[0], inner);
                }
                let parts: Vec<String> = of.iter().map(|part| self.structure(part, true)).collect();
                let text = match *k {
                    k if count > of.len() => format!("at least {k} of {}", listed(&parts)),
                    k if k == of.len() => parts.join(" and "),
                    1 => parts.join(" or "),
                    k => format!("at least {k} of {}", listed(&parts)),
                };
                match (inner, *k == 1) {
                    (true, _) => format!("({text})"),
                    (false, true) => format!("{text} is up"),
                    (false, false) => format!("{text} are up"),
                }
            }
        }
    }

    // ---- choices ----

    /// The choices that change the answer and that a scenario often leaves to the defaults.
    fn choices(&mut self) {
        let system = self.system;
        self.heading("CHOICES THAT CHANGE THE ANSWER");
        let repairs: Vec<&Repair> = system
            .kinds
            .iter()
            .flat_map(|kind| &kind.modes)
            .filter_map(|mode| match &mode.ending {
                Ending::Repair(repair) => Some(repair),
                Ending::Itself(_) | Ending::Never => None,
            })
            .collect();
        if repairs.iter().any(|repair| repair.crew.is_none()) {
            let some = if repairs.iter().all(|repair| repair.crew.is_none()) {
                ""
            } else {
                " where none is named"
            };
            self.say(
                2,
                &format!("People: a crew for every unit{some}, so no repair waits for people."),
            );
        }
        if repairs.iter().any(|repair| repair.spare.is_none()) {
            let some = if repairs.iter().all(|repair| repair.spare.is_none()) {
                ""
            } else {
                " where none are named"
            };
            self.say(
                2,
                &format!("Parts: as many as needed{some}, so no repair waits for a spare."),
            );
        }
        let ageing = if system.kinds.iter().all(|kind| kind.ages_while.is_none()) {
            "also while its service is down"
        } else {
            "and where nothing else is said, also while its service is down"
        };
        self.say(
            2,
            &format!("Ageing: a unit ages while it works, {ageing}, and not while it is down."),
        );

        let with_standbys = || system.groups.iter().filter(|group| group.has_standbys());
        let mut by_choice: Vec<(&str, Vec<String>)> = Vec::new();
        for group in with_standbys() {
            let name = clean(&group.name);
            let takeover = &group.takeover;
            let mut choose =
                |text: &'static str| match by_choice.iter_mut().find(|(other, _)| *other == text) {
                    Some((_, names)) => names.push(name.clone()),
                    None => by_choice.push((text, vec![name.clone()])),
                };
            choose(match group.standby_faults {
                StandbyFaults::Detected => "Standby faults: the same detector sees them.",
                StandbyFaults::AtOnce => "Standby faults: they are seen at once.",
                StandbyFaults::Latent => {
                    "Standby faults: hidden, until a test or a takeover finds them."
                }
            });
            choose(match takeover.lone_failure {
                LoneFailure::Detect => {
                    "A failure with no standby ready: detected like any other; then the group waits for a repair."
                }
                LoneFailure::Wait => {
                    "A failure with no standby ready: it is seen at once, and the group waits for a repair."
                }
            });
            choose(match takeover.recovered {
                Recovered::Cancel => {
                    "The failed member is back before the takeover has ended: it goes on serving."
                }
                Recovered::CancelUndetected => {
                    "The failed member is back before the takeover has ended: it goes on if nobody has noticed, \
                     else the takeover is completed."
                }
                Recovered::Complete => {
                    "The failed member is back before the takeover has ended: the takeover is completed."
                }
            });
            choose(match takeover.candidate_failure {
                CandidateFailure::Restart => {
                    "The candidate fails during its takeover: the next one, from deciding on."
                }
                CandidateFailure::Continue => {
                    "The candidate fails during its takeover: the stages go on, and whoever is fit serves."
                }
            });
            choose(match takeover.after_exhaustion {
                AfterExhaustion::Activate => {
                    "The first member back after exhaustion: it must be promoted to serve."
                }
                AfterExhaustion::AtOnce => {
                    "The first member back after exhaustion: it serves at once."
                }
                AfterExhaustion::Resume => {
                    "The first member back after exhaustion: the one that served last serves at once, another must be promoted."
                }
                AfterExhaustion::Preferred => {
                    "The first member back after exhaustion: the preferred one serves at once, another must be promoted, \
                     and a stand-in that has failed does not come back."
                }
            });
            if takeover.fencing.is_none() {
                choose("Fencing: none, so nothing makes sure that the old member has stopped.");
            }
        }
        let total = with_standbys().count();
        for (text, names) in by_choice {
            let who = if names.len() == total {
                String::new()
            } else {
                format!(" ({})", listed(&names))
            };
            self.say(2, &format!("{text}{who}"));
        }
        self.say(
            2,
            "Outages: one that is under way at the end of a trial counts, up to there.",
        );
    }
}

/// `2 h that opens 2 h into every 7 d`.
fn window_words(window: &Window) -> String {
    format!(
        "{} that opens {} into every {}",
        human::duration(window.lasts.as_secs()),
        human::duration(window.at.as_secs()),
        human::duration(window.every.as_secs())
    )
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

/// How long something takes: one word if it takes no time, another before its law.
fn within(law: &Law, at_once: &str, verb: &str) -> String {
    if law.mean() == 0.0 {
        at_once.to_owned()
    } else {
        format!("{verb} {}", law_and_mean(law))
    }
}

/// The law, with its mean where its description does not tell it.
fn law_and_mean(law: &Law) -> String {
    let mean = law.mean();
    match law {
        Law::Constant(_) => human::duration(mean),
        Law::Exponential(_) | Law::Never(_) => law.describe(),
        _ if mean.is_finite() => format!("{}, mean {}", law.describe(), human::duration(mean)),
        _ => law.describe(),
    }
}

/// `2 s to 3 s, 2.5 s on average`.
fn spread(law: &Law) -> String {
    match law {
        Law::Uniform(_) => {
            let (low, high) = law.support();
            format!(
                "{} to {}, {} on average",
                human::duration(low),
                human::duration(high),
                human::duration(law.mean())
            )
        }
        other => law_and_mean(other),
    }
}

fn every(law: &Law) -> String {
    match law {
        Law::Constant(_) => human::duration(law.mean()),
        other => law_and_mean(other),
    }
}

/// A time that is only a rough guess: two digits of one unit.
fn rough(secs: f64) -> String {
    const UNITS: [(f64, &str); 5] = [
        (SECONDS_PER_YEAR, "y"),
        (86_400.0, "d"),
        (3600.0, "h"),
        (60.0, "min"),
        (1.0, "s"),
    ];
    // 90 min tell more than 1.5 h, as far as they need no third digit.
    match UNITS.iter().find(|(unit, _)| secs >= 1.95 * unit) {
        Some((unit, name)) if secs.is_finite() => {
            format!("{} {name}", human::significant(secs / unit, 2))
        }
        Some(_) | None => human::duration(secs),
    }
}

/// A probability without the dust of its arithmetic.
fn round(probability: f64) -> f64 {
    (probability * 1e9).round() / 1e9
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// A mean number of something, in the singular or the plural.
fn about(count: f64, singular: &str) -> String {
    let number = human::significant(count, 2);
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {singular}{plural}")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_pair_and_a_farm() {
        let text = explain(&samples::system());
        assert_eq!(
            text,
            "\
web shop
One trial is 50 min of simulated time. Every unit is new and works at the start.

UNITS
  database: 2 units (db.1 and db.2).
    Time to failure: 16 min 40 s. After repair as good as new.
    All of them together: about 31,558 failures a year.
    A failure takes the unit down. The detector of its group notices. Repair, once it is noticed:
      3 min 20 s.
  server: 3 units (web.1, web.2 and web.3).
    Time to failure: exponential, mean 1 y. After repair as good as new.
    All of them together: about 3 failures a year.
    A failure takes the unit down. The detector of its group notices. Repair, once it is noticed:
      4 h.

GROUPS
  db: 1 of 2 serves, at least 1 must. The other one stands by (cold: it cannot fail while it
    waits).
    Detection: a failure is noticed after 30 s. No false alarms.
    Takeover: promoting a standby (10 s).
    From failure to service: 40 s on average (30 s to notice, 10 s to take over).
    So expect about 15 d down a year from takeovers, even if a standby is always ready.
    Failback: never, the roles stay swapped.
  web: all 3 serve, at least 2 must.
    Detection: a probe every 5 s, 2 in a row without an answer for 1 s count as a failure. So a
      failure is noticed after 6 s to 11 s, 8.5 s on average. With 0.1 % of probes lost, a serving
      member is taken for failed once in 57 d 22 h (6.3 a year), which does nothing here.

SERVICES
  shop is up while db and web are up. It has no targets.

CHOICES THAT CHANGE THE ANSWER
  People: a crew for every unit, so no repair waits for people.
  Parts: as many as needed, so no repair waits for a spare.
  Ageing: a unit ages while it works, also while its service is down, and not while it is down.
  Standby faults: the same detector sees them.
  A failure with no standby ready: detected like any other; then the group waits for a repair.
  The failed member is back before the takeover has ended: it goes on serving.
  The candidate fails during its takeover: the next one, from deciding on.
  The first member back after exhaustion: it must be promoted to serve.
  Fencing: none, so nothing makes sure that the old member has stopped.
  Outages: one that is under way at the end of a trial counts, up to there.
"
        );
    }
}
