//! The model in words, as somebody who knows the system would tell it: what fails and how often, who
//! notices and when, who takes over and how long that takes, what happens when it fails; and the
//! choices that were made by default, because a choice that nobody made changes the answer too.
//!
//! * `units`: what units are, how they fail, and how they are repaired.
//! * `supply`: who repairs, and with what.
//! * `groups`: which units serve for each other, and what they copy.
//! * `failover`: how a failure is noticed, who takes over, and what that costs in time.
//! * `surroundings`: what groups need, what strikes them, and what is done to them.
//! * `services`: what users see, and what it costs.
//! * `choices`: what was chosen by saying nothing.
//! * `phrases`: durations, laws and probabilities, as one would say them.

mod choices;
mod failover;
mod groups;
mod phrases;
mod services;
mod supply;
mod surroundings;
mod units;

use super::words::wrap;
use crate::base::human;
use crate::base::text::clean;
use crate::behaviour::Behaviour;
use crate::model::{GroupId, System, UnitId};

/// Lines are not longer than this.
const WIDTH: usize = 98;

/// The model in words.
pub fn explain(system: &System) -> String {
    let mut text = String::new();
    let mut page = Page {
        text: &mut text,
        system,
        behaviour: &Behaviour::of(system),
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
    /// The rules, for what only they know.
    behaviour: &'a Behaviour,
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
        let start = match super::words::begins(system) {
            Some(begins) => {
                format!("It begins {begins}: nobody knows how old what is, or what is wrong.")
            }
            None => format!("{state} at the start."),
        };
        self.say(
            0,
            &format!("One trial is {mission} of simulated time. {start}"),
        );
    }
}

impl Page<'_> {
    /// What a fault leaves of units. How much counts only where a load is asked of what they can bear.
    fn left(&self, left: f64, units: impl IntoIterator<Item = UnitId>) -> String {
        let system = self.system;
        let is_asked = system
            .services
            .iter()
            .any(|service| service.demand.is_some());
        let mut units = units.into_iter();
        if is_asked && units.any(|unit| system.units[unit].capacity.is_some()) {
            format!("{} of its capacity", human::percent(left))
        } else {
            "degraded".to_owned()
        }
    }

    /// What a unit does that is cut off from the others, if that can lead to anything in one of these groups.
    fn goes_on<'g>(&self, mut groups: impl Iterator<Item = &'g GroupId>) -> &'static str {
        if groups.any(|&id| self.system.two_sides(&self.system.groups[id]).is_some()) {
            "; it goes on where nobody sees it"
        } else {
            ", which takes it down"
        }
    }
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
    Time to failure: exponential, mean 1 y.
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
