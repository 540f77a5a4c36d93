//! Who repairs, and with what.

use super::Page;
use super::phrases::law_and_mean;
use super::surroundings::window_words;
use crate::base::human;
use crate::base::text::clean;
use crate::model::{CrewOrder, Preemption};
use crate::report::words::counted;

impl Page<'_> {
    pub(super) fn supply(&mut self) {
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
}
