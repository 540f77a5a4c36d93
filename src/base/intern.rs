//! Equal slices kept once, each by its number.
//!
//! Millions of states of a system differ in little, so they are cut into pieces, and a state is the
//! numbers of its pieces. The numbers are given in the order of first use, so that nothing depends on
//! a hash.

use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Slices, numbered in the order of their first use.
#[derive(Clone, Debug)]
pub(crate) struct Interner<T> {
    values: Vec<T>,
    /// Where each slice ends.
    ends: Vec<usize>,
    /// Numbers by hash, with linear probing: the number and part of its hash.
    // Invariant: a power of two of places, at most half of them taken.
    table: Vec<(u32, u32)>,
}

const EMPTY: u32 = u32::MAX;

impl<T> Default for Interner<T> {
    fn default() -> Interner<T> {
        Interner {
            values: Vec::new(),
            ends: Vec::new(),
            table: vec![(EMPTY, 0); 16],
        }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// Number of slices that differ.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Bytes of memory that it takes, but for what the elements themselves have elsewhere.
    pub(crate) fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<T>()
            + self.ends.capacity() * size_of::<usize>()
            + self.table.capacity() * size_of::<(u32, u32)>()
    }

    /// The slice of a number that has been given.
    pub(crate) fn get(&self, number: u32) -> &[T] {
        let number = number as usize;
        let start = match number {
            0 => 0,
            _ => self.ends[number - 1],
        };
        &self.values[start..self.ends[number]]
    }

    /// The number of a slice, new or known.
    pub(crate) fn number(&mut self, slice: &[T]) -> u32 {
        if 2 * self.ends.len() >= self.table.len() {
            self.grow();
        }
        let mut hasher = QuickHasher::default();
        slice.hash(&mut hasher);
        let hash = hasher.finish();
        let mask = self.table.len() - 1;
        let mark = hash as u32;
        let mut place = (hash >> 32) as usize & mask;
        loop {
            match self.table[place] {
                (EMPTY, _) => break,
                (number, known) if known == mark && self.get(number) == slice => return number,
                _ => place = (place + 1) & mask,
            }
        }
        let number = u32::try_from(self.ends.len()).expect("fewer than four thousand million");
        self.table[place] = (number, mark);
        self.values.extend_from_slice(slice);
        self.ends.push(self.values.len());
        number
    }

    fn grow(&mut self) {
        let len = 4 * self.table.len();
        let mut table = vec![(EMPTY, 0); len];
        for number in 0..self.ends.len() as u32 {
            let mut hasher = QuickHasher::default();
            self.get(number).hash(&mut hasher);
            let hash = hasher.finish();
            let mut place = (hash >> 32) as usize & (len - 1);
            while table[place].0 != EMPTY {
                place = (place + 1) & (len - 1);
            }
            table[place] = (number, hash as u32);
        }
        self.table = table;
    }
}

/// A hash of few instructions for small keys that nobody chooses to do harm. Small numbers are gathered
/// in a word, and each word is folded in by a multiplication whose halves are joined.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QuickHasher {
    state: u64,
    /// Numbers that have not been folded in yet.
    word: u64,
    count: u32,
}

/// Builds [`QuickHasher`]s.
pub(crate) type QuickState = BuildHasherDefault<QuickHasher>;

impl QuickHasher {
    #[inline]
    fn fold(&mut self, word: u64) {
        let product = u128::from(self.state ^ word ^ 0x9e37_79b9_7f4a_7c15)
            * u128::from(0xd6e8_feb8_6659_fd93_u64);
        self.state = (product as u64) ^ ((product >> 64) as u64).rotate_left(23);
    }

    #[inline]
    fn gather(&mut self, number: u64) {
        self.word = self.word.rotate_left(11) ^ number;
        self.count += 1;
        if self.count == 5 {
            self.fold(self.word);
            (self.word, self.count) = (0, 0);
        }
    }
}

impl Hasher for QuickHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.fold(u64::from_le_bytes(word.try_into().expect("eight bytes")));
        }
        for &byte in words.remainder() {
            self.gather(u64::from(byte));
        }
    }

    #[inline]
    fn write_u8(&mut self, number: u8) {
        self.gather(u64::from(number));
    }

    #[inline]
    fn write_u32(&mut self, number: u32) {
        self.gather(u64::from(number));
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.fold(number);
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.gather(number as u64);
    }

    #[inline]
    fn write_isize(&mut self, number: isize) {
        self.gather(number as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        let mut last = *self;
        last.fold(self.word ^ u64::from(self.count) << 60);
        last.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers go up from zero, equal slices share one, and slices of all lengths are kept apart.
    #[test]
    fn equal_slices_share_a_number() {
        let mut interner = Interner::default();
        let slices: Vec<Vec<u32>> = (0..5000_u32)
            .map(|at| (0..at % 7).map(|digit| at / 7 * (digit + 1)).collect())
            .collect();
        let mut known: std::collections::BTreeMap<&[u32], u32> = std::collections::BTreeMap::new();
        for slice in slices.iter().chain(&slices) {
            let next = known.len() as u32;
            let number = interner.number(slice);
            assert_eq!(number, *known.entry(slice).or_insert(next));
            assert_eq!(interner.get(number), slice.as_slice());
        }
        assert_eq!(interner.len(), known.len());
    }
}
