//! Tests of what can be seen from outside, one module a subject. Unit tests are at the end of the
//! file that they test.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cases;
mod causes;
mod changes;
mod clients;
mod closed_forms;
mod command_line;
mod costs;
mod coverage;
mod data;
mod dead_keys;
mod demand;
mod determinism;
mod exact;
mod floors;
mod honest;
mod instants;
mod largest;
mod limits;
mod mechanisms;
mod meetings;
mod missions;
mod needs;
mod paired;
mod people;
mod rare;
mod relations;
mod roots;
mod scenarios;
mod settled;
mod shortcuts;
mod study;
mod support;
mod swarm;
