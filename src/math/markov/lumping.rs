//! States that nobody could tell apart, taken together.
//!
//! States of one class may be lumped if they lead to each other class at the same rate (Kemeny and
//! Snell 1960). The coarsest such classes within given ones are found by splitting: as long as states
//! of a class lead to some class, the splitter, at different rates, it is split by these (Paige and
//! Tarjan 1987; Valmari and Franceschinis 2010). What lead to a class at one rate, and to a part of it
//! at one rate, leads to the rest at one rate too, so the largest part need not be a splitter again:
//! each state is in few splitters, and a million of them are lumped in seconds.

use super::Chain;

/// Rates that differ by less than this part count as equal: sums of the same rates in another order.
const SAME: f64 = 1e-13;

/// The class of each state in the coarsest lumping within the given classes, which are numbers of any
/// kind, and the number of classes. Classes are numbered in the order of their first states.
pub fn lumping(chain: &Chain, within: &[u32]) -> (Vec<u32>, usize) {
    let mut partition = Partition::new(within);
    let into = Into::of(chain);
    let mut todo: Vec<u32> = (0..partition.ranges.len() as u32).collect();
    let mut is_todo = vec![true; todo.len()];
    let mut weights = vec![0.0; chain.len()];
    let (mut touched, mut changed) = (Vec::new(), Vec::new());
    while let Some(splitter) = todo.pop() {
        is_todo[splitter as usize] = false;
        touched.clear();
        for &to in partition.members(splitter) {
            for (from, rate) in into.row(to as usize) {
                if partition.class[from] != splitter {
                    if weights[from] == 0.0 {
                        touched.push(from as u32);
                    }
                    weights[from] += rate;
                }
            }
        }
        changed.clear();
        partition.split(&mut touched, &mut weights, &mut changed);
        while let Some(Split { kept, parts }) = changed.pop() {
            is_todo.resize(partition.ranges.len(), false);
            // Parts that have left a class must agree on how they lead to what is left of it.
            let mut all = parts.clone();
            for part in parts {
                touched.clear();
                for &from in partition.members(part) {
                    for (to, rate) in chain.row(from as usize) {
                        if partition.class[to] == kept {
                            if weights[from as usize] == 0.0 {
                                touched.push(from);
                            }
                            weights[from as usize] += rate;
                        }
                    }
                }
                let mut finer = Vec::new();
                partition.split(&mut touched, &mut weights, &mut finer);
                all.extend(finer.into_iter().flat_map(|split| split.parts));
            }
            is_todo.resize(partition.ranges.len(), false);
            for part in all {
                if !std::mem::replace(&mut is_todo[part as usize], true) {
                    todo.push(part);
                }
            }
        }
    }
    partition.numbered()
}

/// The rates into each state.
struct Into {
    starts: Vec<usize>,
    sources: Vec<u32>,
    rates: Vec<f64>,
}

impl Into {
    fn of(chain: &Chain) -> Into {
        let mut starts = vec![0; chain.len() + 1];
        for from in 0..chain.len() {
            for (to, _) in chain.row(from) {
                starts[to + 1] += 1;
            }
        }
        for state in 0..chain.len() {
            starts[state + 1] += starts[state];
        }
        let mut next = starts.clone();
        let mut into = Into {
            sources: vec![0; chain.transition_count()],
            rates: vec![0.0; chain.transition_count()],
            starts,
        };
        for from in 0..chain.len() {
            for (to, rate) in chain.row(from) {
                into.sources[next[to]] = from as u32;
                into.rates[next[to]] = rate;
                next[to] += 1;
            }
        }
        into
    }

    fn row(&self, state: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[state]..self.starts[state + 1];
        self.sources[range.clone()]
            .iter()
            .zip(&self.rates[range])
            .map(|(&from, &rate)| (from as usize, rate))
    }
}

/// A class that has been split: what has kept its number, which is the largest part, and the rest.
struct Split {
    kept: u32,
    parts: Vec<u32>,
}

/// States in classes: each class is a range of `order`.
struct Partition {
    order: Vec<u32>,
    place: Vec<u32>,
    class: Vec<u32>,
    ranges: Vec<(u32, u32)>,
}

impl Partition {
    fn new(within: &[u32]) -> Partition {
        let len = within.len();
        let mut order: Vec<u32> = (0..len as u32).collect();
        order.sort_by_key(|&state| within[state as usize]);
        let mut partition = Partition {
            place: vec![0; len],
            class: vec![0; len],
            ranges: Vec::new(),
            order,
        };
        for at in 0..len {
            let state = partition.order[at] as usize;
            let starts = at == 0 || within[partition.order[at - 1] as usize] != within[state];
            if starts {
                partition.ranges.push((at as u32, at as u32));
            }
            let class = partition.ranges.len() - 1;
            partition.ranges[class].1 += 1;
            partition.class[state] = class as u32;
            partition.place[state] = at as u32;
        }
        partition
    }

    fn members(&self, class: u32) -> &[u32] {
        let (first, end) = self.ranges[class as usize];
        &self.order[first as usize..end as usize]
    }

    /// Splits the classes of the states touched by their weights; those not touched have none.
    /// Weights are zero again afterwards.
    fn split(&mut self, touched: &mut [u32], weights: &mut [f64], splits: &mut Vec<Split>) {
        touched.sort_unstable_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            let by_class = self.class[a].cmp(&self.class[b]);
            by_class
                .then(weights[a].total_cmp(&weights[b]))
                .then(a.cmp(&b))
        });
        let mut first = 0;
        while first < touched.len() {
            let class = self.class[touched[first] as usize];
            let mut end = first + 1;
            while end < touched.len() && self.class[touched[end] as usize] == class {
                end += 1;
            }
            self.split_class(class, &touched[first..end], weights, splits);
            first = end;
        }
        for &state in touched.iter() {
            weights[state as usize] = 0.0;
        }
    }

    fn split_class(
        &mut self,
        class: u32,
        touched: &[u32],
        weights: &[f64],
        splits: &mut Vec<Split>,
    ) {
        let (start, end) = self.ranges[class as usize];
        let is_new = |at: usize| {
            let (before, now) = (
                weights[touched[at - 1] as usize],
                weights[touched[at] as usize],
            );
            now - before > SAME * now
        };
        let cuts: Vec<usize> = (1..touched.len()).filter(|&at| is_new(at)).collect();
        let untouched = (end - start) as usize - touched.len();
        if cuts.is_empty() && untouched == 0 {
            return;
        }
        // Those touched come last in the range, in order.
        let from = start as usize + untouched;
        for (at, &state) in touched.iter().enumerate().rev() {
            let here = from + at;
            let there = self.place[state as usize] as usize;
            let other = self.order[here];
            self.order[there] = other;
            self.place[other as usize] = there as u32;
            self.order[here] = state;
            self.place[state as usize] = here as u32;
        }
        let mut parts = Vec::with_capacity(cuts.len() + 2);
        if untouched > 0 {
            parts.push((start, from as u32));
        }
        let bounds = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([touched.len()]);
        for (first, last) in bounds.zip(ends) {
            parts.push(((from + first) as u32, (from + last) as u32));
        }
        let largest = (0..parts.len())
            .max_by_key(|&at| (parts[at].1 - parts[at].0, std::cmp::Reverse(at)))
            .expect("there are parts");
        self.ranges[class as usize] = parts.swap_remove(largest);
        let mut new = Vec::with_capacity(parts.len());
        for range in parts {
            let id = self.ranges.len() as u32;
            self.ranges.push(range);
            for at in range.0..range.1 {
                self.class[self.order[at as usize] as usize] = id;
            }
            new.push(id);
        }
        splits.push(Split {
            kept: class,
            parts: new,
        });
    }

    /// The classes, numbered in the order of their first states.
    fn numbered(&self) -> (Vec<u32>, usize) {
        let mut numbers = vec![u32::MAX; self.ranges.len()];
        let mut count = 0;
        let classes = self.class.iter().map(|&class| {
            let number = &mut numbers[class as usize];
            if *number == u32::MAX {
                *number = count;
                count += 1;
            }
            *number
        });
        let classes = classes.collect();
        (classes, count as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::markov::tests::machines;

    /// Machines told apart, each with the same rates, are as many states as can be down.
    #[test]
    fn equal_machines_are_counted() {
        let count = 8;
        let mut transitions = Vec::new();
        for state in 0..1_u32 << count {
            for unit in 0..count {
                let other = state ^ (1 << unit);
                transitions.push((state, other, if other > state { 1e-3 } else { 0.1 }));
            }
        }
        let chain = Chain::new(1 << count, transitions);
        // Down: more than five machines.
        let within: Vec<u32> = (0..1_u32 << count)
            .map(|state| u32::from(state.count_ones() > 5))
            .collect();
        let (classes, found) = lumping(&chain, &within);
        assert_eq!(found, count as usize + 1);
        for state in 0..1_usize << count {
            let first = (0..state).find(|&other| classes[other] == classes[state]);
            if let Some(first) = first {
                assert_eq!(first.count_ones(), state.count_ones());
            }
        }
        let lumped = chain.lumped(&classes, found);
        let counted = machines(count as u32, 1e-3, 0.1, count as u32);
        for state in 0..lumped.len() {
            let (one, two): (Vec<_>, Vec<_>) =
                (lumped.row(state).collect(), counted.row(state).collect());
            assert_eq!(one.len(), two.len());
            for ((to, rate), (other, truth)) in one.into_iter().zip(two) {
                assert_eq!(to, other);
                assert!((rate - truth).abs() < 1e-15, "{rate} against {truth}");
            }
        }
    }

    /// One rate that differs keeps states apart, and all that leads to them.
    #[test]
    fn what_differs_is_told_apart() {
        // 0 -> 1 -> 3, 0 -> 2 -> 3, where 1 and 2 differ or not.
        for (rate, truth) in [(5.0, 3), (6.0, 4)] {
            let chain = Chain::new(
                4,
                vec![
                    (0, 1, 1.0),
                    (0, 2, 1.0),
                    (1, 3, 5.0),
                    (2, 3, rate),
                    (3, 0, 2.0),
                ],
            );
            let (classes, found) = lumping(&chain, &[0, 0, 0, 1]);
            assert_eq!(found, truth);
            assert_eq!(classes[1] == classes[2], rate == 5.0);
        }
        // Nothing tells states apart that can never be told apart.
        let (_, found) = lumping(&machines(5, 1.0, 2.0, 1), &[0; 6]);
        assert_eq!(found, 1);
    }
}
