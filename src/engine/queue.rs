//! The event list: one slot for each set of clocks that never run together, and a tournament of
//! their keys.
//!
//! A key packs time, rank of the event, order of scheduling and clock into one integer, so that the
//! earliest event is a minimum, ties are decided exactly, and no comparison is a branch. Four keys
//! fill a cache line; each level of the tournament holds the minima of the fours below it.

use crate::behaviour::ClockId;

/// Time, rank, order of scheduling and clock, most significant first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u128);

const CLOCK_BITS: u32 = 24;
const SEQUENCE_BITS: u32 = 32;

/// The largest number of clocks that keys can tell apart.
pub(super) const CLOCK_COUNT_MAX: usize = 1 << CLOCK_BITS;

/// What the keys of one clock have in common: the rank of its event, and itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(u64);

impl Place {
    pub(super) fn new(rank: u8, clock: ClockId) -> Place {
        Place((u64::from(rank) << (SEQUENCE_BITS + CLOCK_BITS)) | u64::from(clock.0))
    }
}

impl Key {
    /// The key of a clock that does not run.
    pub(super) const NEVER: Key = Key(u128::MAX);

    #[inline]
    pub(super) fn new(time: u64, sequence: u32, place: Place) -> Key {
        let order = place.0 | (u64::from(sequence) << CLOCK_BITS);
        Key((u128::from(time) << 64) | u128::from(order))
    }

    #[inline]
    pub(super) fn time(self) -> u64 {
        (self.0 >> 64) as u64
    }

    #[inline]
    pub(super) fn clock(self) -> ClockId {
        ClockId((self.0 as u32) & ((1 << CLOCK_BITS) - 1))
    }
}

/// Four siblings, in one cache line.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Four([Key; 4]);

impl Four {
    const EMPTY: Four = Four([Key::NEVER; 4]);

    #[inline]
    fn min(&self) -> Key {
        let [a, b, c, d] = self.0;
        a.min(b).min(c.min(d))
    }
}

/// The tournament, as a heap of fours: the children of the four `f` are the fours from `4 f + 1` on,
/// and the slots are in the last level. Each key above the slots is the least of the four below it.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    fours: Vec<Four>,
    /// The first four of slots.
    first_leaf: usize,
}

impl Queue {
    /// A tournament of `slot_count` slots, all empty.
    pub(super) fn new(slot_count: usize) -> Queue {
        let leaves = slot_count.div_ceil(4).max(1);
        let (mut first_leaf, mut width) = (0, 1);
        while width < leaves {
            first_leaf += width;
            width *= 4;
        }
        Queue {
            fours: vec![Four::EMPTY; first_leaf + leaves],
            first_leaf,
        }
    }

    /// The key in a slot.
    #[inline]
    pub(super) fn key(&self, slot: u32) -> Key {
        self.fours[self.first_leaf + slot as usize / 4].0[slot as usize % 4]
    }

    /// Puts a key into a slot.
    #[inline]
    pub(super) fn set(&mut self, slot: u32, key: Key) {
        let mut at = self.first_leaf + slot as usize / 4;
        let mut four = &mut self.fours[at];
        four.0[slot as usize % 4] = key;
        while at > 0 {
            let least = four.min();
            let position = (at - 1) % 4;
            at = (at - 1) / 4;
            four = &mut self.fours[at];
            four.0[position] = least;
        }
    }

    /// Puts a key into a slot without a tournament: [`Queue::rebuild`] must follow.
    #[inline]
    pub(super) fn place(&mut self, slot: u32, key: Key) {
        self.fours[self.first_leaf + slot as usize / 4].0[slot as usize % 4] = key;
    }

    /// Empties all slots.
    pub(super) fn clear(&mut self) {
        self.fours.fill(Four::EMPTY);
    }

    /// Plays the whole tournament.
    pub(super) fn rebuild(&mut self) {
        for at in (1..self.fours.len()).rev() {
            self.fours[(at - 1) / 4].0[(at - 1) % 4] = self.fours[at].min();
        }
    }

    /// The least key of all.
    #[inline]
    pub(super) fn least(&self) -> Key {
        self.fours[0].min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn the_least_key_is_the_least_of_all_slots() {
        let mut rng = crate::math::Streams::new(1).stream(0, 0);
        for slots in [1, 2, 4, 5, 16, 17, 100, 1025] {
            let mut queue = Queue::new(slots);
            let mut keys = vec![Key::NEVER; slots];
            for step in 0..2000_u32 {
                let slot = (rng.next_u64() % slots as u64) as u32;
                let key = if step % 7 == 0 {
                    Key::NEVER
                } else {
                    Key::new(
                        rng.next_u64() >> 50,
                        step,
                        Place::new((step % 3) as u8, ClockId(slot)),
                    )
                };
                if step == 1000 {
                    queue.clear();
                    keys.iter()
                        .zip(0..)
                        .for_each(|(&key, slot)| queue.place(slot, key));
                    queue.rebuild();
                }
                queue.set(slot, key);
                keys[slot as usize] = key;
                assert_eq!(
                    Some(&queue.least()),
                    keys.iter().min(),
                    "{slots} slots, step {step}"
                );
            }
        }
    }

    #[test]
    fn ties_go_by_rank_and_then_by_order_of_scheduling() {
        let early = Key::new(5, 9, Place::new(9, ClockId(9)));
        let restored = Key::new(6, 8, Place::new(0, ClockId(7)));
        let first = Key::new(6, 2, Place::new(1, ClockId(8)));
        let second = Key::new(6, 3, Place::new(1, ClockId(1)));
        assert!(early < restored && restored < first && first < second && second < Key::NEVER);
        assert_eq!((second.time(), second.clock()), (6, ClockId(1)));
    }
}
