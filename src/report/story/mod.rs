//! What happened in one trial, told in order: who failed, who noticed, who took over, and what the
//! users saw of it.
//!
//! A trial may have thousands of events, so a story is usually told around one outage, with the
//! events before and after it.

mod states;
mod watcher;

use states::{condition_name, condition_words, level_name, service_state, unit_state};
use watcher::Watcher;

use super::RunFacts;
use super::pictures::{Plot, footnote};
use super::plots::{Heading, Stretch, Timeline, TimelineEvent, TimelineUnit};
use super::tables::{Cell, Table};
use super::words::{counted, listed, shortly};
use crate::base::text::clean;
use crate::base::{Id, Instant, Probability, human, units::NANOS_PER_SECOND};
use crate::behaviour::{Behaviour, Condition, Mechanism, SeatId};
use crate::engine::{Outage, Simulator};
use crate::model::{Culprit, Level, Root, ServiceId, System};

/// Everything that happened in one trial.
#[derive(Clone, Debug)]
pub struct Story {
    trial: u64,
    scenario: String,
    mission: Instant,
    entries: Vec<Entry>,
    units: Vec<UnitStory>,
    services: Vec<ServiceStory>,
}

/// Which part of a story to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// The longest outage, with what came before and after. The whole, if there is no outage.
    #[default]
    LongestOutage,
    /// The outage with this number, counted from 1, with what came before and after.
    Outage(usize),
    /// The whole trial.
    Whole,
}

/// One outage of a story.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldOutage {
    /// When the service went down.
    pub start: Instant,
    /// When it was up again, or the end of the mission.
    pub end: Instant,
    /// What began it, and through which group it came if that is another one.
    pub root: String,
    /// What the first of its time is put down to: the group that took it down, or what took the group down.
    pub culprit: String,
    /// What went on, in the order in which it came up, with the nanoseconds that it took.
    pub mechanisms: Vec<(Mechanism, u64)>,
}

#[derive(Clone, Debug)]
struct Entry {
    at: Instant,
    /// Order among what happened at the same time.
    sequence: usize,
    text: String,
    /// Whether it is about a service.
    is_service: bool,
    /// The seat that it is about, and whether a stage of a takeover begins there.
    seat: Option<(SeatId, bool)>,
}

#[derive(Clone, Debug)]
struct UnitStory {
    name: String,
    conditions: Vec<(Instant, Condition)>,
}

#[derive(Clone, Debug)]
struct ServiceStory {
    name: String,
    levels: Vec<(Instant, Level)>,
    outages: Vec<ToldOutage>,
}

/// Just after the beginning.
const BEGUN: Instant = Instant(1);
/// Entries that are told before and after an outage.
const BEFORE: usize = 6;
const AFTER: usize = 6;
/// An outage with more entries than this is told in part.
const ENTRIES_MAX: usize = 120;
/// Units in a picture.
const UNITS_MAX: usize = 16;

impl Story {
    /// What happens in the trial with this number.
    pub fn of(
        system: &System,
        behaviour: &Behaviour,
        simulator: &Simulator<'_>,
        trial: u64,
    ) -> Story {
        let mut watcher = Watcher::new(system, behaviour);
        let mut runner = simulator.runner();
        let outcome = runner.narrate(trial, &mut watcher);
        let mission = Instant(simulator.mission());
        for (id, service) in system.services.iter_ids() {
            if service.down_below > Probability::ZERO {
                let outages = outcome.services[id.index()].outages();
                judge(&mut watcher.levels[id.index()], outages, mission);
            }
        }
        let services: Vec<ServiceStory> = system
            .services
            .iter()
            .zip(&outcome.services)
            .enumerate()
            .map(|(index, (service, outcome))| ServiceStory {
                name: clean(&service.name),
                levels: settled(&watcher.levels[index]),
                outages: outcome
                    .outages()
                    .map(|outage| told(system, &outage))
                    .collect(),
            })
            .collect();
        let Watcher {
            mut entries,
            units,
            levels,
            ..
        } = watcher;
        for (service, levels) in services.iter().zip(&levels) {
            entries.extend(service_entries(service, levels, mission));
        }
        entries.sort_by_key(|entry| (entry.at, entry.sequence));
        Story {
            trial,
            scenario: clean(&system.name),
            mission,
            entries,
            units,
            services,
        }
    }

    /// The outages of a service, in order.
    pub fn outages(&self, service: ServiceId) -> &[ToldOutage] {
        self.services
            .get(service.index())
            .map_or(&[], |service| &service.outages)
    }

    /// The outage that a part of the story is about, if it is about one.
    fn outage(&self, service: ServiceId, part: Part) -> Option<(usize, &ToldOutage)> {
        let outages = self.outages(service);
        match part {
            Part::Whole => None,
            Part::Outage(number) => {
                let index = number.checked_sub(1)?;
                Some((index, outages.get(index)?))
            }
            // The first of equals.
            Part::LongestOutage => outages
                .iter()
                .enumerate()
                .rev()
                .max_by_key(|(_, outage)| outage.end - outage.start),
        }
    }

    /// The story, or a part of it, as lines of text.
    pub fn text(&self, service: ServiceId, part: Part) -> String {
        let outages = self.outages(service);
        let down: u64 = outages.iter().map(|outage| outage.end - outage.start).sum();
        let name = self
            .services
            .get(service.index())
            .map_or("", |service| &service.name);
        let mut text = format!(
            "{}, trial {}: {} of {}, {} down in {}\n",
            self.scenario,
            self.trial,
            counted(outages.len() as u64, "outage"),
            name,
            human::duration(seconds(down)),
            human::duration(self.mission.as_secs())
        );
        let (shown, omitted) = match self.outage(service, part) {
            Some((index, outage)) => {
                text += &format!(
                    "outage {} of {}{}, at {}: {}\n",
                    index + 1,
                    outages.len(),
                    if part == Part::LongestOutage {
                        ", the longest"
                    } else {
                        ""
                    },
                    human::duration(outage.start.as_secs()),
                    outage.describe()
                );
                self.around(outage)
            }
            None => {
                if let Part::Outage(number) = part {
                    text += &format!("there is no outage {number}\n");
                    return text;
                }
                (0..self.entries.len(), 0)
            }
        };
        let entries = &self.entries[shown.clone()];
        let Some(first) = entries.first() else {
            return text + "nothing happens\n";
        };
        text += &if shown.start > 0 {
            self.troubles(first.at)
        } else {
            self.troubles(BEGUN)
        };
        text.push('\n');
        text += &lines(entries);
        if omitted > 0 {
            text += &format!(
                "  .. and {} more within this outage\n",
                counted(omitted as u64, "event")
            );
        }
        let before = shown.start;
        let after = self.entries.len() - shown.end - omitted;
        let hidden: Vec<String> = [(before, "before"), (after, "after")]
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, side)| format!("{} {side}", counted(*count as u64, "event")))
            .collect();
        if !hidden.is_empty() {
            text += &format!("\nleft out: {}\n", listed(&hidden));
        }
        text
    }

    /// The entries from a little before an outage to a little after it, and how many are left out
    /// in between because they are too many.
    fn around(&self, outage: &ToldOutage) -> (std::ops::Range<usize>, usize) {
        let starting = |at: Instant| self.entries.partition_point(|entry| entry.at < at);
        let ending = |at: Instant| self.entries.partition_point(|entry| entry.at <= at);
        // What happens at the same time stays together.
        let at = |index: usize| {
            self.entries
                .get(index)
                .map_or(self.mission, |entry| entry.at)
        };
        let from = starting(at(starting(outage.start).saturating_sub(BEFORE)));
        let end = ending(outage.end);
        if end - from > ENTRIES_MAX {
            return (from..from + ENTRIES_MAX, end - from - ENTRIES_MAX);
        }
        (from..ending(at(end + AFTER - 1)), 0)
    }

    /// What is wrong just before a time, at which the told part begins.
    fn troubles(&self, at: Instant) -> String {
        let mut troubles = Vec::new();
        for unit in &self.units {
            let next = unit.conditions.partition_point(|&(since, _)| since < at);
            let Some(&(since, condition)) = next
                .checked_sub(1)
                .and_then(|last| unit.conditions.get(last))
            else {
                continue;
            };
            if !matches!(condition, Condition::Serving | Condition::Standby) {
                let lasts = human::duration(seconds(at - since));
                let (name, words) = (&unit.name, condition_words(condition));
                troubles.push(if since == Instant::START {
                    format!("{name} has been {words} from the start")
                } else {
                    format!("{name} has been {words} for {lasts}")
                });
            }
        }
        let more = troubles.len().saturating_sub(6);
        troubles.truncate(6);
        if more > 0 {
            troubles.push(format!("{more} more units are in trouble"));
        }
        if troubles.is_empty() {
            String::new()
        } else {
            let time = if at == BEGUN {
                "the start".to_owned()
            } else {
                human::duration(at.as_secs())
            };
            format!("already at {time}: {}\n", listed(&troubles))
        }
    }

    /// The story as a picture, with its data.
    pub fn plot(&self, facts: &RunFacts, service: ServiceId, part: Part) -> Plot {
        let outage = self.outage(service, part);
        let (from, to) = match outage {
            Some((_, outage)) => {
                let length = outage.end - outage.start;
                let from = outage.start.0.saturating_sub(length / 2 + 1);
                (Instant(from), (outage.end + (length + 1)).min(self.mission))
            }
            None => (Instant::START, self.mission),
        };
        let told = self.services.get(service.index());
        let name = told.map_or(String::new(), |service| service.name.clone());
        let title = match outage {
            Some((_, outage)) => format!("{name} is down for {}", outage.describe()),
            None => format!(
                "{} of {name} in {}",
                counted(self.outages(service).len() as u64, "outage"),
                human::duration(self.mission.as_secs())
            ),
        };
        let mut units: Vec<TimelineUnit> = Vec::new();
        let in_window = |at: Instant| from <= at && at <= to;
        let eventful =
            |unit: &&UnitStory| unit.conditions.iter().skip(1).any(|&(at, _)| in_window(at));
        let troubled = |unit: &UnitStory| {
            let next = unit.conditions.partition_point(|&(since, _)| since <= from);
            let last = next
                .checked_sub(1)
                .and_then(|last| unit.conditions.get(last));
            last.is_some_and(|(_, condition)| {
                !matches!(condition, Condition::Serving | Condition::Standby)
            })
        };
        let shown: Vec<&UnitStory> = if self.units.len() <= UNITS_MAX {
            self.units.iter().collect()
        } else {
            self.units
                .iter()
                .filter(|unit| eventful(unit) || troubled(unit))
                .take(UNITS_MAX)
                .collect()
        };
        for unit in shown {
            units.push(TimelineUnit {
                name: unit.name.clone(),
                stretches: stretches(&unit.conditions, from, to, unit_state),
            });
        }
        let levels = told.map_or(&[][..], |service| &service.levels);
        let events = self
            .entries
            .iter()
            .filter(|entry| in_window(entry.at) && !entry.is_service);
        let plot = Timeline {
            heading: Heading {
                title: title.clone(),
                subtitle: format!("trial {}, what the units of the system did", self.trial),
                footnote: footnote(facts, None),
            },
            from_s: from.as_secs(),
            to_s: to.as_secs(),
            counted_from: outage
                .map(|(_, outage)| (outage.start.as_secs(), "the outage began".to_owned())),
            service_name: name.clone(),
            service: stretches(levels, from, to, service_state),
            units,
            events: events
                .map(|entry| TimelineEvent {
                    at_s: entry.at.as_secs(),
                    label: entry.text.clone(),
                })
                .collect(),
        };
        let mut data = Table::new(["name", "state", "start_s", "end_s"]);
        let mut rows = |name: &str, stretches: Vec<(f64, f64, &'static str)>| {
            for (start, end, state) in stretches {
                data.push(vec![
                    Cell::from(name),
                    state.into(),
                    start.into(),
                    end.into(),
                ]);
            }
        };
        let flat = |stretch: &Stretch<&'static str>| (stretch.from_s, stretch.to_s, stretch.state);
        rows(
            &name,
            stretches(levels, from, to, level_name)
                .iter()
                .map(flat)
                .collect(),
        );
        for unit in &self.units {
            rows(
                &unit.name,
                stretches(&unit.conditions, from, to, condition_name)
                    .iter()
                    .map(flat)
                    .collect(),
            );
        }
        let stem = format!("timeline-trial-{}", self.trial);
        Plot {
            stem,
            title,
            picture: plot.draw(),
            data,
        }
    }
}

impl ToldOutage {
    /// Its length, where it comes from, and what took how long.
    fn describe(&self) -> String {
        let whole = human::duration(seconds(self.end - self.start));
        let part = |&(mechanism, nanos): &(Mechanism, u64)| {
            format!("{} {}", shortly(mechanism), human::duration(seconds(nanos)))
        };
        match self.mechanisms.as_slice() {
            [(only, _)] => format!("{whole}, {}: {}", self.culprit, shortly(*only)),
            many => format!(
                "{whole}, {}: {}",
                self.culprit,
                many.iter().map(part).collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

fn seconds(nanos: u64) -> f64 {
    nanos as f64 / NANOS_PER_SECOND
}

/// Seconds to the millisecond; the table of the timeline has all digits.
fn to_millis(at: Instant) -> String {
    let millis = (at.0 + 500_000) / 1_000_000;
    let (whole, rest) = (millis / 1000, millis % 1000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:03}")
        .trim_end_matches('0')
        .to_owned()
}

/// Entries as lines: time since the start, the same in seconds, time since the line before.
fn lines(entries: &[Entry]) -> String {
    let exact_times: Vec<String> = entries.iter().map(|entry| to_millis(entry.at)).collect();
    let whole = |text: &String| text.find('.').unwrap_or(text.len());
    let before_point = exact_times.iter().map(whole).max().unwrap_or(0);
    let after_point = exact_times
        .iter()
        .map(|text| text.len() - whole(text))
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    let head = format!("{:>before_point$}{:after_point$}", "in s", "");
    text += &format!("  {:>12}  {}  {:>14}\n", "since start", head, "later by");
    let mut last: Option<Instant> = None;
    for (entry, exact) in entries.iter().zip(&exact_times) {
        let same = last == Some(entry.at);
        let human = if same {
            String::new()
        } else {
            human::duration(entry.at.as_secs())
        };
        let exact = if same {
            String::new()
        } else {
            format!("{:blank$}{exact}", "", blank = before_point - whole(exact))
        };
        let step = match last {
            Some(before) if !same => format!("+ {}", human::duration(seconds(entry.at - before))),
            Some(_) | None => String::new(),
        };
        let width = head.chars().count();
        let mark = if entry.is_service { "**" } else { "  " };
        text += format!(
            "  {human:>12}  {exact:<width$}  {step:>14}  {mark} {}",
            entry.text
        )
        .trim_end();
        text.push('\n');
        last = Some(entry.at);
    }
    text
}

fn told(system: &System, outage: &Outage<'_>) -> ToldOutage {
    let mut mechanisms: Vec<(Mechanism, u64)> = Vec::new();
    for segment in outage.segments {
        match mechanisms
            .iter_mut()
            .find(|(mechanism, _)| *mechanism == segment.mechanism)
        {
            Some((_, nanos)) => *nanos += segment.duration(),
            None => mechanisms.push((segment.mechanism, segment.duration())),
        }
    }
    let culprit = outage.segments[0].culprit;
    ToldOutage {
        start: outage.start,
        end: outage.end,
        root: clean(&told_root(system, outage.root())),
        culprit: clean(system.culprit_name(culprit)),
        mechanisms,
    }
}

/// The one of several causes that are told as one, by its own name.
fn told_root(system: &System, root: Root) -> String {
    match root.culprit {
        Culprit::Cause(_) => system.culprit_name(root.culprit).to_owned(),
        Culprit::Group(_) | Culprit::Change(_) => system.root_name(root),
    }
}

/// What a service became, and when; a level that lasted no time is left out.
fn settled(levels: &[(Instant, usize, Level)]) -> Vec<(Instant, Level)> {
    let mut settled: Vec<(Instant, Level)> = Vec::new();
    for (index, &(at, _, level)) in levels.iter().enumerate() {
        let is_passed = levels
            .get(index + 1)
            .is_some_and(|&(next, _, _)| next == at);
        if !is_passed && settled.last().is_none_or(|&(_, last)| last != level) {
            settled.push((at, level));
        }
    }
    settled
}

fn service_entries(
    service: &ServiceStory,
    levels: &[(Instant, usize, Level)],
    mission: Instant,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let name = &service.name;
    // What is up at the beginning is no news.
    let is_news = |&&(at, level): &&(Instant, Level)| at > Instant::START || level != Level::Up;
    for &(at, level) in service.levels.iter().filter(is_news) {
        let sequence = levels
            .iter()
            .rev()
            .find(|&&(time, _, _)| time == at)
            .map_or(0, |&(_, sequence, _)| sequence);
        let ended = service.outages.iter().find(|outage| outage.end == at);
        let began = service.outages.iter().find(|outage| outage.start == at);
        let text = match (level, began, ended) {
            (Level::Down, Some(outage), _) => {
                format!("{name} is DOWN because of {}", outage.root)
            }
            (Level::Down, None, _) => format!("{name} is DOWN"),
            (Level::Up, _, Some(outage)) => {
                format!("{name} is up again after {}", outage.describe())
            }
            (Level::Degraded, _, Some(outage)) => {
                format!("{name} is back, but degraded, after {}", outage.describe())
            }
            (Level::Up, _, None) => format!("{name} is fully up again"),
            (Level::Degraded, _, None) => format!("{name} is degraded"),
        };
        entries.push(Entry {
            at,
            sequence,
            text,
            is_service: true,
            seat: None,
        });
    }
    if let Some(outage) = service
        .outages
        .last()
        .filter(|outage| outage.end == mission)
    {
        let text = format!(
            "the mission ends; {name} has been down for {}",
            outage.describe()
        );
        entries.push(Entry {
            at: mission,
            sequence: usize::MAX,
            text,
            is_service: true,
            seat: None,
        });
    }
    entries
}

/// Puts the outages of a service that is judged by what it serves in the place of what its structure
/// does.
fn judge<'a>(
    levels: &mut Vec<(Instant, usize, Level)>,
    outages: impl Iterator<Item = Outage<'a>>,
    mission: Instant,
) {
    let structure = std::mem::take(levels);
    // What is due to no event comes after what is.
    let change = |at: Instant, level: Level| {
        let same = structure.iter().rfind(|told| told.0 == at);
        (at, same.map_or(usize::MAX, |told| told.1), level)
    };
    let mut next = 0;
    for outage in outages {
        while structure
            .get(next)
            .is_some_and(|told| told.0 < outage.start)
        {
            levels.push(structure[next]);
            next += 1;
        }
        levels.push(change(outage.start, Level::Down));
        while structure.get(next).is_some_and(|told| told.0 <= outage.end) {
            next += 1;
        }
        let after = next
            .checked_sub(1)
            .map_or(Level::Up, |last| structure[last].2);
        if outage.end < mission {
            levels.push(change(outage.end, after));
        }
    }
    levels.extend_from_slice(&structure[next..]);
}

/// What changes at times, as stretches within a window; those without length are left out.
fn stretches<T: Copy, S>(
    changes: &[(Instant, T)],
    from: Instant,
    to: Instant,
    name: impl Fn(T) -> S,
) -> Vec<Stretch<S>> {
    let mut stretches = Vec::new();
    for (index, &(start, state)) in changes.iter().enumerate() {
        let end = changes.get(index + 1).map_or(to, |&(next, _)| next).min(to);
        let start = start.max(from);
        if end > start {
            stretches.push(Stretch {
                from_s: start.as_secs(),
                to_s: end.as_secs(),
                state: name(state),
            });
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn story() -> Story {
        let mut system = samples::system();
        // Without the servers, all times are known.
        system.services[ServiceId(0)].up = crate::model::Structure::Group(crate::model::GroupId(0));
        let behaviour = Behaviour::of(&system);
        let simulator = Simulator::new(&behaviour, system.mission, 1);
        Story::of(&system, &behaviour, &simulator, 0)
    }

    #[test]
    fn one_outage_with_what_came_before_and_after() {
        let text = story().text(ServiceId(0), Part::Outage(2));
        assert_eq!(
            text,
            "\
web shop, trial 0: 2 outages of shop, 1 min 20 s down in 50 min
outage 2 of 2, at 34 min: 40 s, db: undetected 30 s, promoting 10 s
already at 17 min 10 s: db.1 has been down unnoticed for 30 s

   since start  in s        later by
   17 min 10 s  1030                     the failure of db.1 is noticed
                                         the repair of db.1 begins
                                         db: promoting db.2
   17 min 20 s  1040          + 10 s     db.2 serves in db
                                      ** shop is up again after 40 s, db: undetected 30 s, promoting 10 s
   20 min 30 s  1230    + 3 min 10 s     db.1 is repaired
                                         db.1 stands by
        34 min  2040   + 13 min 30 s     db.2 fails
                                      ** shop is DOWN because of db
   34 min 30 s  2070          + 30 s     the failure of db.2 is noticed
                                         the repair of db.2 begins
                                         db: promoting db.1
   34 min 40 s  2080          + 10 s     db.1 serves in db
                                      ** shop is up again after 40 s, db: undetected 30 s, promoting 10 s
   37 min 50 s  2270    + 3 min 10 s     db.2 is repaired
                                         db.2 stands by

left out: 2 events before
"
        );
    }

    #[test]
    fn the_whole_trial() {
        let text = story().text(ServiceId(0), Part::Whole);
        assert_eq!(
            text,
            "\
web shop, trial 0: 2 outages of shop, 1 min 20 s down in 50 min

   since start  in s        later by
   16 min 40 s  1000                     db.1 fails
                                      ** shop is DOWN because of db
   17 min 10 s  1030          + 30 s     the failure of db.1 is noticed
                                         the repair of db.1 begins
                                         db: promoting db.2
   17 min 20 s  1040          + 10 s     db.2 serves in db
                                      ** shop is up again after 40 s, db: undetected 30 s, promoting 10 s
   20 min 30 s  1230    + 3 min 10 s     db.1 is repaired
                                         db.1 stands by
        34 min  2040   + 13 min 30 s     db.2 fails
                                      ** shop is DOWN because of db
   34 min 30 s  2070          + 30 s     the failure of db.2 is noticed
                                         the repair of db.2 begins
                                         db: promoting db.1
   34 min 40 s  2080          + 10 s     db.1 serves in db
                                      ** shop is up again after 40 s, db: undetected 30 s, promoting 10 s
   37 min 50 s  2270    + 3 min 10 s     db.2 is repaired
                                         db.2 stands by
"
        );
    }
}
