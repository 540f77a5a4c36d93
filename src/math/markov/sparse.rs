//! Elimination in complex matrices that are 0 nearly everywhere, all of them in the same places.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Chain;
use super::complex::{Complex, Matrix};

/// Which entries of a matrix of the rates between some states are not 0, or do not stay so when one state after
/// the other is eliminated. Those with few neighbours go first (Markowitz 1957).
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// The states in this order.
    pub(super) order: Vec<u32>,
    /// The places of the neighbours that each has when its turn comes: all of them later, one after the other.
    near: Vec<u32>,
    starts: Vec<usize>,
    /// For each state and each pair of these neighbours, where the entry is kept that changes.
    targets: Vec<u32>,
}

impl Pattern {
    /// The pattern of some states of a chain.
    pub(super) fn of(chain: &Chain, states: &[u32]) -> Pattern {
        let mut near: BTreeMap<u32, BTreeSet<u32>> = states
            .iter()
            .map(|&state| (state, BTreeSet::new()))
            .collect();
        for &state in states {
            for (to, _) in chain.row(state as usize) {
                let to = to as u32;
                if to != state && near.contains_key(&to) {
                    near.entry(state).or_default().insert(to);
                    near.entry(to).or_default().insert(state);
                }
            }
        }
        let mut order = Vec::with_capacity(states.len());
        let mut met = Vec::with_capacity(states.len());
        let mut place = BTreeMap::new();
        while let Some((&next, _)) = near.iter().min_by_key(|(_, near)| near.len()) {
            let neighbours = near.remove(&next).unwrap_or_default();
            for &one in &neighbours {
                let of_one = near.entry(one).or_default();
                of_one.remove(&next);
                of_one.extend(neighbours.iter().filter(|&&other| other != one));
            }
            place.insert(next, order.len() as u32);
            order.push(next);
            met.push(neighbours);
        }
        let mut pattern = Pattern {
            order,
            near: Vec::new(),
            starts: vec![0],
            targets: Vec::new(),
        };
        for neighbours in met {
            let mut places: Vec<u32> = neighbours.iter().map(|state| place[state]).collect();
            places.sort_unstable();
            pattern.near.extend(places);
            pattern.starts.push(pattern.near.len());
        }
        for pivot in 0..pattern.order.len() {
            for &row in &pattern.near[pattern.neighbours(pivot)] {
                for &column in &pattern.near[pattern.neighbours(pivot)] {
                    let target = pattern.position(row as usize, column as usize);
                    pattern.targets.push(target as u32);
                }
            }
        }
        pattern
    }

    /// Multiplications that factoring takes, and solving for each right side.
    pub(super) fn multiplications(&self) -> [f64; 2] {
        let (len, near) = (self.order.len(), self.near.len());
        [(self.targets.len() + near) as f64, (2 * near + len) as f64]
    }

    fn neighbours(&self, pivot: usize) -> Range<usize> {
        self.starts[pivot]..self.starts[pivot + 1]
    }

    /// How many entries are kept: the diagonal, what is right of it, and what is below it.
    pub(super) fn entry_count(&self) -> usize {
        self.order.len() + 2 * self.near.len()
    }

    /// Where an entry is kept, by the places of its row and its column.
    pub(super) fn position(&self, row: usize, column: usize) -> usize {
        let len = self.order.len();
        let (first, last) = (row.min(column), row.max(column));
        if first == last {
            return row;
        }
        let neighbours = self.neighbours(first);
        let at = self.near[neighbours.clone()].binary_search(&(last as u32));
        let at = len + neighbours.start + at.expect("what is not 0 is in the pattern");
        if row < column {
            at
        } else {
            at + self.near.len()
        }
    }

    /// Factors a matrix whose diagonal outweighs its rows.
    pub(super) fn factor(&self, entries: &mut [Complex]) {
        let (len, count) = (self.order.len(), self.near.len());
        let mut targets = self.targets.iter();
        for pivot in 0..len {
            let of_pivot = entries[pivot];
            for row in self.neighbours(pivot) {
                let below = len + count + row;
                let factor = entries[below].over(of_pivot);
                entries[below] = factor;
                for (column, &target) in self.neighbours(pivot).zip(&mut targets) {
                    let taken = factor.times(entries[len + column]);
                    let entry = &mut entries[target as usize];
                    *entry = Complex(entry.0 - taken.0, entry.1 - taken.1);
                }
            }
        }
    }

    /// Puts the solution in the place of each column, with the entries of a factored matrix.
    pub(super) fn solve(&self, entries: &[Complex], columns: &mut Matrix) {
        let (len, count) = (self.order.len(), self.near.len());
        for pivot in 0..len {
            for at in self.neighbours(pivot) {
                let row = self.near[at] as usize;
                columns.take(row, pivot, entries[len + count + at]);
            }
        }
        for row in (0..len).rev() {
            for at in self.neighbours(row) {
                columns.take(row, self.near[at] as usize, entries[len + at]);
            }
            columns.scale_row(row, Complex(1.0, 0.0).over(entries[row]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve states on a ring, each with a shortcut: what is solved for, times the matrix, is what was there.
    #[test]
    fn solutions_solve() {
        let len = 12_u32;
        let rates: Vec<(u32, u32, f64)> = (0..len)
            .flat_map(|at| {
                let to = |step: u32| (at, (at + step) % len, f64::from(at + step) + 0.5);
                [to(1), to(5), to(11)]
            })
            .collect();
        let chain = Chain::new(len as usize, rates.clone());
        let states: Vec<u32> = (0..len).collect();
        let pattern = Pattern::of(&chain, &states);
        let mut place = vec![0; len as usize];
        for (at, &state) in pattern.order.iter().enumerate() {
            place[state as usize] = at;
        }
        let mut entries = vec![Complex(0.0, 0.0); pattern.entry_count()];
        let diagonal = |state: usize| Complex(chain.total(state) + 0.1, 2.0);
        for (state, &place) in place.iter().enumerate() {
            entries[place] = diagonal(state);
        }
        for &(from, to, rate) in &rates {
            let at = pattern.position(place[from as usize], place[to as usize]);
            entries[at].0 -= rate;
        }
        pattern.factor(&mut entries);
        let mut columns = Matrix::zero(len as usize, 1);
        for (state, &place) in place.iter().enumerate() {
            columns.set(place, 0, Complex(state as f64, 1.0));
        }
        pattern.solve(&entries, &mut columns);
        for (state, &own) in place.iter().enumerate() {
            let mut sum = diagonal(state).times(columns.get(own, 0));
            for (to, rate) in chain.row(state) {
                let there = columns.get(place[to], 0);
                sum = sum.plus(Complex(-rate * there.0, -rate * there.1));
            }
            let wanted = Complex(state as f64, 1.0);
            let error = Complex(sum.0 - wanted.0, sum.1 - wanted.1).size();
            assert!(error < 1e-12 * (1.0 + wanted.size()), "{state}: {error:e}");
        }
    }
}
