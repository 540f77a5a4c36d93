//! Which units serve for each other, and what they copy.

use super::Page;
use super::phrases::{law_and_mean, within};
use crate::base::text::clean;
use crate::base::{Probability, human};
use crate::model::{Breakdown, Group, GroupId, Member, OnFailure, Replication, ReplicationMode};
use crate::report::words::{counted, listed};

impl Page<'_> {
    pub(super) fn groups(&mut self) {
        self.heading("GROUPS");
        let counted = self.system.counted_singly();
        for (id, group) in self.system.groups.iter_ids() {
            self.group(id, group, counted[id]);
        }
    }

    fn group(&mut self, id: GroupId, group: &Group, counts_members: bool) {
        let total = group.members.len();
        let standbys = total - group.active;
        let must = if counts_members {
            "and each counts by itself".to_owned()
        } else {
            format!("at least {} must", group.required)
        };
        let mut text = match (total, standbys) {
            (1, _) => format!("{}: a single unit.", clean(&group.name)),
            (_, 0) => format!("{}: all {total} serve, {must}.", clean(&group.name)),
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
                    "{}: {} of {total} {}, {must}. {} by ({kind}).",
                    clean(&group.name),
                    group.active,
                    if group.active == 1 { "serves" } else { "serve" },
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
        if self.behaviour.loses_shares(id) {
            text += " Until a failure is noticed, the failed member's share of requests is lost.";
        }
        self.say(2, &text);
        self.detection(group);
        if group.has_standbys() {
            self.takeover(group);
            self.after_takeover(id, group);
        }
        if let Some(replication) = &group.replication {
            self.replication(group, replication);
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

    fn replication(&mut self, group: &Group, plan: &Replication) {
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
        if plan.split_loss > Probability::ZERO && self.system.two_sides(group).is_some() {
            text += &format!(
                " After a split brain, {} of what the two sides have written apart is lost.",
                plan.split_loss
            );
        }
        self.say(4, &text);
    }
}
