//! The event list: one slot for each set of clocks that never run together, and a tournament between
//! them.
//!
//! A key is exact: time, rank of the event, order of scheduling and clock in 128 bits. The tournament
//! is played with marks of 64 bits, the time as finely as there is room for it beside the slot. Of two
//! marks the lesser wins, without a branch; only if they show the same time, the keys decide.

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

/// The mark of a slot whose clock does not fire within the mission.
const NO_MARK: u64 = u64::MAX;

/// The tournament: match `m` is between the winners of the matches `2 m` and `2 m + 1`; from
/// `slot_count` on, the slots take the place of matches. Match 1 is the final.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    keys: Vec<Key>,
    /// The winners of the matches, and the marks of the slots, two that meet side by side; the first
    /// of all is not used.
    marks: Vec<[u64; 2]>,
    mission: u64,
    /// Low bits of a mark, which hold the slot.
    slot_bits: u32,
    /// Low bits of a time that a mark has no room for.
    time_shift: u32,
}

impl Queue {
    /// A tournament of `slot_count` slots, all empty, for times before `mission`.
    pub(super) fn new(slot_count: usize, mission: u64) -> Queue {
        let slot_count = slot_count.max(2);
        let slot_bits = slot_count.next_power_of_two().trailing_zeros();
        Queue {
            keys: vec![Key::NEVER; slot_count],
            marks: vec![[NO_MARK; 2]; slot_count],
            mission,
            slot_bits,
            // One bit stays free, so that no mark is `NO_MARK` by chance.
            time_shift: (slot_bits + 1).saturating_sub(mission.leading_zeros()),
        }
    }

    /// The key in a slot.
    #[inline]
    pub(super) fn key(&self, slot: u32) -> Key {
        self.keys[slot as usize]
    }

    /// Puts a key into a slot.
    #[inline]
    pub(super) fn set(&mut self, slot: u32, key: Key) {
        let mut mark = self.enter(slot, key);
        let mut at = self.keys.len() + slot as usize;
        loop {
            let pair = &mut self.marks[at / 2];
            pair[at % 2] = mark;
            if at == 1 {
                return;
            }
            let other = pair[(at % 2) ^ 1];
            mark = self.winner(mark, other);
            at /= 2;
        }
    }

    /// Puts a key into a slot without a tournament: [`Queue::rebuild`] must follow.
    #[inline]
    pub(super) fn place(&mut self, slot: u32, key: Key) {
        let at = self.keys.len() + slot as usize;
        self.marks[at / 2][at % 2] = self.enter(slot, key);
    }

    /// Empties all slots.
    pub(super) fn clear(&mut self) {
        self.keys.fill(Key::NEVER);
        self.marks.fill([NO_MARK; 2]);
    }

    /// Plays the whole tournament.
    pub(super) fn rebuild(&mut self) {
        for at in (1..self.marks.len()).rev() {
            let [first, second] = self.marks[at];
            self.marks[at / 2][at % 2] = self.winner(first, second);
        }
    }

    /// The slot of the least key of all, and that key, if its time is before the end of the mission.
    #[inline]
    pub(super) fn least(&self) -> Option<(u32, Key)> {
        let mark = self.marks[0][1];
        (mark != NO_MARK).then(|| {
            let slot = self.slot(mark);
            (slot as u32, self.keys[slot])
        })
    }

    /// Keeps the key of a slot and makes its mark.
    #[inline]
    fn enter(&mut self, slot: u32, key: Key) -> u64 {
        self.keys[slot as usize] = key;
        let time = key.time();
        if time < self.mission {
            (time >> self.time_shift) << self.slot_bits | u64::from(slot)
        } else {
            NO_MARK
        }
    }

    #[inline]
    fn slot(&self, mark: u64) -> usize {
        (mark & ((1 << self.slot_bits) - 1)) as usize
    }

    #[inline]
    fn winner(&self, a: u64, b: u64) -> u64 {
        // Marks that show the same time differ in the slot only, or not at all if both are `NO_MARK`.
        if (a ^ b).wrapping_sub(1) < (1 << self.slot_bits) - 1 {
            self.winner_by_key(a, b)
        } else {
            a.min(b)
        }
    }

    #[cold]
    #[inline(never)]
    fn winner_by_key(&self, a: u64, b: u64) -> u64 {
        if self.keys[self.slot(a)] < self.keys[self.slot(b)] {
            a
        } else {
            b
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    /// Plays at random and compares with a search; times are below `spread`.
    fn check(slots: usize, mission: u64, spread: u64) {
        let mut rng = crate::math::Streams::new(1).stream(0, 0);
        let mut queue = Queue::new(slots, mission);
        let mut keys = vec![Key::NEVER; slots];
        for step in 0..2000_u32 {
            let slot = (rng.next_u64() % slots as u64) as u32;
            let key = if step % 7 == 0 {
                Key::NEVER
            } else {
                Key::new(
                    rng.next_u64() % spread,
                    step,
                    Place::new((rng.next_u64() % 3) as u8, ClockId(slot)),
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
            let least = (0..).zip(keys.iter().copied()).min_by_key(|(_, key)| *key);
            assert_eq!(
                queue.least(),
                least.filter(|(_, key)| key.time() < mission),
                "{slots} slots, times below {spread} of {mission}, step {step}"
            );
        }
    }

    #[test]
    fn the_least_key_is_the_least_of_all_slots() {
        for slots in [1, 2, 3, 4, 5, 16, 17, 100, 1025] {
            // Many equal times; times that differ by less than a mark shows; times beyond the end.
            check(slots, 1 << 62, 16);
            check(slots, u64::MAX, 1 << 12);
            check(slots, 1 << 62, 1 << 62);
            check(slots, 1 << 61, 1 << 62);
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
