//! What was chosen by saying nothing.

use super::Page;
use crate::base::text::clean;
use crate::model::{
    AfterExhaustion, CandidateFailure, Ending, LoneFailure, Recovered, Repair, StandbyFaults,
};
use crate::report::words::listed;

impl Page<'_> {
    /// The choices that change the answer and that a scenario often leaves to the defaults.
    pub(super) fn choices(&mut self) {
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

        let with_standbys = || {
            let groups = system.groups.iter_ids();
            groups.filter(|(_, group)| group.has_standbys())
        };
        let mut by_choice: Vec<(&str, Vec<String>)> = Vec::new();
        for (id, group) in with_standbys() {
            // What happens at one moment leaves no time in which the choices differ.
            let is_late = self.behaviour.notices_late(id);
            let takes_stages = self.behaviour.takes_stages(id);
            let name = clean(&group.name);
            let takeover = &group.takeover;
            let mut choose =
                |text: &'static str| match by_choice.iter_mut().find(|(other, _)| *other == text) {
                    Some((_, names)) => names.push(name.clone()),
                    None => by_choice.push((text, vec![name.clone()])),
                };
            if is_late || group.standby_faults == StandbyFaults::Latent {
                choose(match group.standby_faults {
                    StandbyFaults::Detected => "Standby faults: the same detector sees them.",
                    StandbyFaults::AtOnce => "Standby faults: they are seen at once.",
                    StandbyFaults::Latent => {
                        "Standby faults: hidden, until a test or a takeover finds them."
                    }
                });
            }
            if is_late || takes_stages {
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
            }
            if takes_stages {
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
            }
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
