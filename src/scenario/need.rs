//! Reading needs: what groups, components and takeovers cannot do without.

use super::lower::Lowerer;
use super::problem::Code;
use super::reader::{Field, Table};
use crate::model::{Dependent, Effect, Need, Structure, TakeoverStep};

/// A need as it stands in the file, to be read when all names are known.
pub(super) struct StatedNeed<'a> {
    /// The group or component.
    of: String,
    how: How,
    field: Field<'a>,
}

enum How {
    /// Its units are down without it.
    Hard,
    /// Its units are degraded without it.
    Soft,
    /// A step of its takeovers waits for it.
    Step(TakeoverStep),
}

impl<'a> StatedNeed<'a> {
    pub(super) fn of_step(of: &str, step: TakeoverStep, field: Field<'a>) -> StatedNeed<'a> {
        StatedNeed {
            of: of.to_owned(),
            how: How::Step(step),
            field,
        }
    }
}

/// The needs of the units of a group or component.
pub(super) fn stated<'a>(name: &str, table: &Table<'a>) -> Vec<StatedNeed<'a>> {
    let mut needs = Vec::new();
    if let Some(field) = table.get("needs") {
        needs.push(StatedNeed {
            of: name.to_owned(),
            how: How::Hard,
            field,
        });
    }
    let soft = table
        .get("degraded_without")
        .and_then(|field| field.values());
    for field in soft.unwrap_or_default() {
        needs.push(StatedNeed {
            of: name.to_owned(),
            how: How::Soft,
            field,
        });
    }
    needs
}

impl Lowerer {
    pub(super) fn read_needs(&mut self, stated: Vec<StatedNeed<'_>>) {
        for need in stated {
            let read = self.read_need(&need);
            self.system.needs.extend(read);
        }
    }

    fn read_need(&self, StatedNeed { of, how, field }: &StatedNeed<'_>) -> Option<Need> {
        let units = |effect| {
            let units = self.units_named(of)?;
            Some(Dependent::Units { units, effect })
        };
        let (text, on, dependent) = match how {
            How::Hard => (field.text()?, self.read_up(field)?, units(Effect::Down)?),
            How::Soft => {
                let left = field.probability()?;
                let on = self.part_named(field)?;
                (field.key, on, units(Effect::Degraded(left.get()))?)
            }
            How::Step(step) => {
                let group = self.group_named(of)?;
                (
                    field.text()?,
                    self.read_up(field)?,
                    Dependent::Step(group, *step),
                )
            }
        };
        Some(Need {
            text: crate::base::text::clean(text),
            on,
            of: of.clone(),
            dependent,
        })
    }

    /// The group or service that a key names.
    fn part_named(&self, field: &Field<'_>) -> Option<Structure> {
        let found = self.structure_named(field.key);
        if found.is_none() {
            let message = format!("there is no group, component or service `{}`", field.key);
            field.key_error(Code::UnknownName, message, None);
        }
        found
    }
}
