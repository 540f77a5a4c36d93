//! What is going to happen at a known time: a short list in order.
//!
//! A branch is a copy of a path, made often and run for a few events, so what counts is that the
//! list is short to copy.

use crate::base::Id;
use crate::behaviour::ClockId;

const CLOCK_BITS: u32 = 24;
const SEQUENCE_BITS: u32 = 32;

/// Time, rank of the event, order of scheduling and clock, most significant first: equal times go
/// by rank and then by order, as in the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u128);

impl Entry {
    pub(super) fn new(time: u64, rank: u8, sequence: u32, clock: ClockId) -> Entry {
        let order = (u64::from(rank) << (SEQUENCE_BITS + CLOCK_BITS))
            | (u64::from(sequence) << CLOCK_BITS)
            | u64::from(clock.0);
        Entry((u128::from(time) << 64) | u128::from(order))
    }

    pub(super) fn time(self) -> u64 {
        (self.0 >> 64) as u64
    }

    pub(super) fn clock(self) -> ClockId {
        ClockId::from_index((self.0 as usize) & ((1 << CLOCK_BITS) - 1))
    }
}

/// Entries in order, the earliest last.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    entries: Vec<Entry>,
}

impl Agenda {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(super) fn copy_from(&mut self, other: &Agenda) {
        self.entries.clear();
        self.entries.extend_from_slice(&other.entries);
    }

    #[inline]
    pub(super) fn insert(&mut self, entry: Entry) {
        // What is new is often soon.
        let mut at = self.entries.len();
        if at > 16 {
            at = self.entries.partition_point(|&other| other > entry);
        } else {
            while at > 0 && self.entries[at - 1] < entry {
                at -= 1;
            }
        }
        self.entries.insert(at, entry);
    }

    /// Removes an entry that is known.
    pub(super) fn remove(&mut self, entry: Entry) {
        let at = self.entries.partition_point(|&other| other > entry);
        if self.entries.get(at) == Some(&entry) {
            self.entries.remove(at);
        }
    }

    /// Removes the entry of a clock, if there is one, and returns its time.
    pub(super) fn remove_clock(&mut self, clock: ClockId) -> Option<u64> {
        let at = self
            .entries
            .iter()
            .rposition(|entry| entry.clock() == clock)?;
        Some(self.entries.remove(at).time())
    }

    #[inline]
    pub(super) fn first(&self) -> Option<Entry> {
        self.entries.last().copied()
    }

    pub(super) fn pop(&mut self) {
        self.entries.pop();
    }

    /// All entries, the earliest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = Entry> + '_ {
        self.entries.iter().rev().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn the_first_is_the_least_of_all() {
        let mut rng = crate::math::Streams::new(1).stream(0, 0);
        let mut agenda = Agenda::default();
        let mut entries: Vec<Entry> = Vec::new();
        for step in 0..2000_u32 {
            if step % 3 == 2 && !entries.is_empty() {
                let gone = entries.remove(rng.next_u64() as usize % entries.len());
                if step % 2 == 0 {
                    agenda.remove(gone);
                } else {
                    assert_eq!(agenda.remove_clock(gone.clock()), Some(gone.time()));
                }
            } else {
                let entry = Entry::new(rng.next_u64() >> 58, (step % 3) as u8, step, ClockId(step));
                entries.push(entry);
                agenda.insert(entry);
            }
            assert_eq!(agenda.first(), entries.iter().min().copied(), "step {step}");
        }
        assert_eq!(agenda.iter().count(), entries.len());
        assert!(agenda.iter().is_sorted());
    }
}
