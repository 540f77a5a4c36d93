//! Reading people who take over by hand.

use super::file;
use super::lower::{Lowerer, lookup};
use super::planned::window_of;
use super::problem::Code;
use super::reader::{Field, Table};
use crate::base::Probability;
use crate::model::{Pace, People, PeopleId};

impl Lowerer {
    pub(super) fn read_people(&mut self, table: &Table<'_>) {
        for (name, table) in table.named("people", &file::PEOPLE) {
            let size = table.get("size").and_then(|size| size.count(1));
            let slower = table
                .get("slower")
                .and_then(|slower| slower.list_of(read_pace))
                .unwrap_or_default();
            let id = self.system.people.push(People {
                name: name.to_owned(),
                size,
                slower,
            });
            self.people.insert(name.to_owned(), id);
        }
    }

    /// The people that a takeover names.
    pub(super) fn people_named(&mut self, field: &Field<'_>) -> Option<PeopleId> {
        lookup("people", field, &self.people, &mut self.used_people)
    }
}

fn read_pace(field: &Field<'_>) -> Option<Pace> {
    let table = field.table(&file::PACE)?;
    let window = window_of(&table);
    let field = table.require("speed")?;
    let speed = field.probability()?;
    if speed == Probability::ZERO {
        let message = "people who do nothing at all would take over never".to_owned();
        let help = "Write a speed above 0 %, such as \"50 %\".".to_owned();
        field.error(Code::OutOfRange, message, Some(help));
    }
    Some(Pace {
        window: window?,
        speed: speed.get(),
    })
}
