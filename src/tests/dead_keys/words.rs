//! What `explain` says of units, people and parts, needs, causes, work, services and choices is read back:
//! what it tells of is set to something else in the model, and something must come of that.

use std::collections::BTreeMap;

use failsim::base::{Money, MoneyRate, Probability, Span};
use failsim::math::Law;
use failsim::model::{
    AfterExhaustion, CandidateFailure, CrewOrder, Effect, Ending, LoneFailure, Mode, Notice,
    Preemption, Recovered, Renewal, RenewalScope, Repair, RepairStart, StandbyFaults, System,
    WithoutRedundancy,
};
use failsim::report::explain::explain;

use super::{Context, contexts, for_each_context};

/// A sentence, the paragraph that it stands in, and what makes it untrue.
struct Claim {
    heading: &'static str,
    /// With what the paragraph begins.
    begins: String,
    sentence: &'static str,
    change: Box<dyn Fn(&mut System)>,
}

#[derive(Default)]
struct Claims(Vec<Claim>);

impl Claims {
    fn add(
        &mut self,
        (heading, begins): (&'static str, &str),
        sentence: &'static str,
        change: impl Fn(&mut System) + 'static,
    ) {
        self.0.push(Claim {
            heading,
            begins: begins.to_owned(),
            sentence,
            change: Box::new(change),
        });
    }

    fn units(&mut self, system: &System) {
        for (id, kind) in system.kinds.iter_ids() {
            let at = ("UNITS", &*format!("{}:", kind.name));
            for index in 0..kind.failures.len() {
                let mut of_process = |sentence, change: fn(&mut failsim::model::FailureProcess)| {
                    self.add(at, sentence, move |system| {
                        change(&mut system.kinds[id].failures[index]);
                    });
                };
                of_process("Time to failure", |process| slow(&mut process.law));
                for renewed in ["as good as new", "partly renewed"] {
                    of_process(renewed, |process| process.renewal = Renewal::OLD);
                }
                of_process("as bad as old", |process| process.renewal = Renewal::New);
                of_process("At the start it is", |process| process.age = Span::ZERO);
            }
            for index in 0..kind.modes.len() {
                let mut of_mode = |sentence, change: fn(&mut Mode)| {
                    self.add(at, sentence, move |system| {
                        change(&mut system.kinds[id].modes[index]);
                    });
                };
                of_mode("takes the unit down", |mode| {
                    if mode.effect == Effect::Down {
                        mode.effect = Effect::Degraded(0.5);
                    }
                });
                of_mode("goes on where nobody sees it", |mode| {
                    if mode.effect == Effect::Isolated {
                        mode.effect = Effect::Down;
                    }
                });
                of_mode("of its capacity", |mode| {
                    if let Effect::Degraded(left) = &mut mode.effect {
                        *left *= 0.37;
                    }
                });
                of_mode("The detector of its group notices", |mode| {
                    if mode.notice == Notice::Detector {
                        mode.notice = Notice::AtOnce;
                    }
                });
                of_mode("It is noticed at once", |mode| {
                    if mode.notice == Notice::AtOnce {
                        mode.notice = Notice::Test;
                    }
                });
                of_mode("It is noticed later", |mode| {
                    if let Notice::After(law) = &mut mode.notice {
                        slow(law);
                    }
                });
                of_mode("Only a test", |mode| {
                    if mode.notice == Notice::Test {
                        mode.notice = Notice::AtOnce;
                    }
                });
                of_mode("It ends by itself", |mode| {
                    if let Ending::Itself(law) = &mut mode.ending {
                        slow(law);
                    }
                });
                of_mode("from the failure on", |mode| {
                    begin(mode, RepairStart::Failure)
                });
                of_mode("once it is noticed", |mode| {
                    begin(mode, RepairStart::Detection);
                });
                of_mode("once the takeover has ended", |mode| {
                    begin(mode, RepairStart::Takeover);
                });
                of_mode("first a decision", |mode| {
                    repair(mode, |repair| repair.administrative_delay = None);
                });
                of_mode("Repair", |mode| {
                    repair(mode, |repair| slow(&mut repair.time))
                });
                of_mode(", then", |mode| {
                    repair(mode, |repair| {
                        for stage in &mut repair.further {
                            slow(&mut stage.time);
                        }
                    });
                });
                of_mode("renews the whole unit", |mode| {
                    repair(mode, |repair| repair.scope = RenewalScope::Process);
                });
            }
            self.add(at, "It does not age", move |system| {
                system.kinds[id].ages_while = None;
            });
            for state in 0..kind.states.len() {
                for exit in 0..kind.states[state].exits.len() {
                    self.add(at, "State", move |system| {
                        slow(&mut system.kinds[id].states[state].exits[exit].after);
                    });
                }
            }
            self.add(at, "when it is called", move |system| {
                if let Some(demand) = &mut system.kinds[id].on_demand {
                    demand.probability = Probability::ZERO;
                }
            });
            self.add(at, "Tested every", move |system| {
                if let Some(test) = &mut system.kinds[id].test {
                    slow(&mut test.every);
                }
            });
            self.add(at, "finds a hidden fault", move |system| {
                if let Some(test) = &mut system.kinds[id].test {
                    test.finds = Probability::new(0.37 * test.finds.get()).unwrap();
                }
            });
        }
    }

    fn supply(&mut self, system: &System) {
        const HEADING: &str = "PEOPLE AND PARTS";
        for (id, crew) in system.crews.iter_ids() {
            let at = (HEADING, &*format!("Crew {}:", crew.name));
            let mut of_crew = |sentence, change: fn(&mut failsim::model::Crew)| {
                self.add(at, sentence, move |system| change(&mut system.crews[id]));
            };
            of_crew("at the same time", |crew| {
                crew.size = if crew.size == 1 { 9 } else { 1 };
            });
            of_crew("by priority", |crew| {
                crew.order = CrewOrder::FirstCome;
                crew.preemption = Preemption::Never;
            });
            of_crew("a more urgent fault interrupts", |crew| {
                crew.preemption = Preemption::Never;
            });
            of_crew("a crew of its own", |crew| crew.per_group = false);
            of_crew("It turns to the faults", |crew| crew.pick_up = None);
            of_crew("it works from", |crew| crew.hours = None);
        }
        for (id, people) in system.people.iter_ids() {
            let at = (HEADING, &*format!("{}:", people.name));
            self.add(at, "takeovers by hand", move |system| {
                system.people[id].size = system.people[id].size.map_or(Some(1), |_| None);
            });
            self.add(at, "of their speed", move |system| {
                system.people[id].slower.clear();
            });
        }
        for (id, spare) in system.spares.iter_ids() {
            let at = (HEADING, &*format!("Spares {}:", spare.name));
            self.add(at, "on the shelf", move |system| {
                let spare = &mut system.spares[id];
                spare.stock = if spare.stock == 0 { 9 } else { 0 };
            });
            self.add(at, "arrives later", move |system| {
                slow(&mut system.spares[id].lead_time);
            });
        }
    }

    fn needs(&mut self, system: &System) {
        for (index, need) in system.needs.iter().enumerate() {
            for sentence in ["cannot work while", "is left", "stands still"] {
                self.add(("NEEDS", &need.of), sentence, move |system| {
                    system.needs.remove(index);
                });
            }
        }
    }

    fn causes(&mut self, system: &System) {
        for (first, cause) in system.causes.iter_ids() {
            let before = system.causes.iter_ids().take_while(|(id, _)| *id != first);
            if before
                .map(|(_, other)| &other.family)
                .any(|family| *family == cause.family)
            {
                continue;
            }
            let at = ("SHARED CAUSES", &*cause.family);
            let family = cause.family.clone();
            let mut of_family = |sentence, change: fn(&mut failsim::model::Cause)| {
                let family = family.clone();
                self.add(at, sentence, move |system| {
                    let own = system.causes.iter_mut();
                    own.filter(|cause| cause.family == family).for_each(change);
                });
            };
            of_family("strikes after", |cause| {
                if let Some(every) = &mut cause.every {
                    slow(every);
                }
            });
            of_family("as long as it lasts", |cause| {
                if let Some(lasting) = &mut cause.lasts {
                    slow(&mut lasting.law);
                }
            });
            of_family("goes on where nobody sees it", |cause| {
                if let Some(lasting) = &mut cause.lasts {
                    lasting.effect = Effect::Down;
                }
            });
            of_family("of its capacity", |cause| {
                if let Some(lasting) = &mut cause.lasts
                    && let Effect::Degraded(left) = &mut lasting.effect
                {
                    *left *= 0.37;
                }
            });
            of_family("needs a repair of its own", |cause| {
                if cause.lasts.is_some() {
                    cause.breaks = None;
                }
            });
            of_family("stand still meanwhile", |cause| {
                if let Some(lasting) = &mut cause.lasts {
                    lasting.pauses_repairs = false;
                }
            });
            of_family("Each member is struck with", |cause| {
                cause.probability = Probability::ONE;
            });
        }
    }

    fn work(&mut self, system: &System) {
        for (id, change) in system.changes.iter_ids() {
            let at = ("PLANNED WORK", &*format!("{},", change.name));
            let mut of_change = |sentence, change: fn(&mut failsim::model::Change)| {
                self.add(at, sentence, move |system| change(&mut system.changes[id]));
            };
            of_change("Work on a batch takes", |change| slow(&mut change.takes));
            of_change("at a time", |change| change.batch = change.units.len());
            of_change("watched for", |change| {
                if let Some(canary) = &mut change.canary {
                    slow(&mut canary.watch);
                }
            });
            of_change("a unit in work is", |change| change.effect = None);
            of_change("of its capacity", |change| {
                if let Some(Effect::Degraded(left)) = &mut change.effect {
                    *left *= 0.37;
                }
            });
            for sentence in ["It is put off while", "It is left out when"] {
                of_change(sentence, |change| {
                    change.without_redundancy = WithoutRedundancy::GoAhead;
                });
            }
            of_change("its units are as good as new", |change| {
                change.renews = false
            });
            of_change("No work begins in", |change| change.freezes.clear());
            of_change("of changes are bad", |change| change.bad = None);
            of_change("People know it after", |change| {
                if let Some(bad) = &mut change.bad {
                    slow(&mut bad.notice);
                }
            });
            of_change("take it back in", |change| {
                if let Some(bad) = &mut change.bad {
                    slow(&mut bad.rollback);
                }
            });
        }
    }

    fn services(&mut self, system: &System) {
        for (id, service) in system.services.iter_ids() {
            let at = ("SERVICES", &*format!("{} ", service.name));
            self.add(at, "is asked of it", move |system| {
                if let Some(demand) = &mut system.services[id].demand {
                    for (_, load) in &mut demand.steps {
                        *load *= 2.0;
                    }
                }
            });
            self.add(at, "it counts as down", move |system| {
                system.services[id].down_below = Probability::ZERO;
            });
            let at = ("COSTS", &*format!("{}:", service.name));
            let mut of_cost = |sentence, change: fn(&mut failsim::model::ServiceCost)| {
                self.add(at, sentence, move |system| {
                    change(&mut system.services[id].cost);
                });
            };
            of_cost("for each outage", |cost| cost.outage = Money::ZERO);
            of_cost("of downtime", |cost| cost.down_time.clear());
            of_cost("of degraded time", |cost| cost.degraded = MoneyRate::ZERO);
            of_cost("of lost writes", |cost| cost.data_lost = MoneyRate::ZERO);
            of_cost("customers get back", |cost| cost.credits = None);
        }
        for (id, kind) in system.kinds.iter_ids() {
            let at = ("COSTS", &*format!("{}:", kind.name));
            let mut of_cost = |sentence, change: fn(&mut failsim::model::UnitCost)| {
                self.add(at, sentence, move |system| {
                    change(&mut system.kinds[id].cost);
                });
            };
            of_cost("serving", |cost| cost.active = MoneyRate::ZERO);
            of_cost("for each repair", |cost| cost.repair = Money::ZERO);
        }
    }

    /// Choices that were made for all groups with standbys, or for some of them. At least one other choice must
    /// lead to something else.
    fn choices(&mut self) {
        let mut all = |begins, change: fn(&mut failsim::model::Group)| {
            let at = ("CHOICES THAT CHANGE THE ANSWER", begins);
            self.add(at, begins, move |system| {
                let groups = system.groups.iter_mut();
                groups.filter(|group| group.has_standbys()).for_each(change);
            });
        };
        all("Standby faults: the same", |group| {
            group.standby_faults = StandbyFaults::AtOnce;
        });
        all("Standby faults: they are seen", |group| {
            group.standby_faults = StandbyFaults::Latent;
        });
        all("Standby faults: hidden", |group| {
            group.standby_faults = StandbyFaults::AtOnce;
        });
        all("A failure with no standby ready: detected", |group| {
            group.takeover.lone_failure = LoneFailure::Wait;
        });
        all("A failure with no standby ready: it is seen", |group| {
            group.takeover.lone_failure = LoneFailure::Detect;
        });
        all(
            "The failed member is back before the takeover has ended: it goes on",
            |group| {
                group.takeover.recovered = Recovered::Complete;
            },
        );
        all(
            "The failed member is back before the takeover has ended: the takeover",
            |group| group.takeover.recovered = Recovered::Cancel,
        );
        all(
            "The candidate fails during its takeover: the next",
            |group| {
                group.takeover.candidate_failure = CandidateFailure::Continue;
            },
        );
        all(
            "The candidate fails during its takeover: the stages",
            |group| {
                group.takeover.candidate_failure = CandidateFailure::Restart;
            },
        );
        all("The first member back after exhaustion: it must", |group| {
            group.takeover.after_exhaustion = AfterExhaustion::AtOnce;
        });
        for begins in [
            "The first member back after exhaustion: it serves at once",
            "The first member back after exhaustion: the one that served last",
            "The first member back after exhaustion: the preferred one",
        ] {
            all(begins, |group| {
                group.takeover.after_exhaustion = AfterExhaustion::Activate;
            });
        }
    }
}

/// Makes a time another one.
fn slow(law: &mut Law) {
    if law.mean().is_finite() {
        *law = law.scaled(2.7);
    }
}

fn repair(mode: &mut Mode, change: fn(&mut Repair)) {
    if let Ending::Repair(repair) = &mut mode.ending {
        change(repair);
    }
}

/// Has a repair that begins at one moment begin at another.
fn begin(mode: &mut Mode, told: RepairStart) {
    if let Ending::Repair(repair) = &mut mode.ending
        && repair.starts == told
    {
        repair.starts = match told {
            RepairStart::Failure => RepairStart::Detection,
            RepairStart::Detection | RepairStart::Takeover => RepairStart::Failure,
        };
    }
}

/// The paragraph that begins so, with what stands further in below it, on one line.
pub(super) fn paragraph(text: &str, heading: &str, begins: &str) -> String {
    let section = text.split("\n\n").find(|part| part.starts_with(heading));
    let mut own = String::new();
    let mut is_own = false;
    for line in section.unwrap_or("").lines().skip(1) {
        if !line.starts_with("   ") {
            is_own = line.trim_start().starts_with(begins);
        }
        if is_own {
            own += line.trim();
            own.push(' ');
        }
    }
    own
}

#[test]
fn what_explain_says_beyond_groups_counts() {
    let found = for_each_context(&contexts(), |context: &Context| {
        let system = &context.scenario.system;
        let text = explain(system);
        let mut claims = Claims::default();
        claims.units(system);
        claims.supply(system);
        claims.needs(system);
        claims.causes(system);
        claims.work(system);
        claims.services(system);
        claims.choices();
        let told = claims.0.into_iter().filter_map(|claim| {
            let own = paragraph(&text, claim.heading, &claim.begins);
            let mut other = system.clone();
            (claim.change)(&mut other);
            let is_told = own.contains(claim.sentence) && other != *system;
            is_told.then(|| {
                let counts = context.differs(&other);
                let at = (context.name.clone(), claim.begins);
                (at, claim.heading, claim.sentence, counts)
            })
        });
        told.collect()
    });
    let mut sums: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    let mut idle = 0;
    for (_, heading, sentence, counts) in &found {
        let (count, counting) = sums.entry((heading, sentence)).or_default();
        *count += 1;
        *counting += usize::from(*counts);
        idle += usize::from(!counts);
    }
    println!(
        "{} sentences are told; {} tell of what is too rare to count where they stand",
        found.len(),
        idle
    );
    for ((heading, sentence), (count, counting)) in &sums {
        println!("{heading}: {sentence}: {counting} of {count} count");
        // What is told once or twice may stand where it is rare.
        assert!(
            *counting > 0 || *count < 3,
            "it never counts: {heading}: {sentence}"
        );
    }
}
