//! The long run and passage times, by eliminating states.
//!
//! A state is eliminated by leading each path through it past it: what came in at rate r goes on to
//! each target in proportion to the rates out. Only sums, products and quotients of positive numbers
//! occur, so each result is right to nearly all of its digits, however small (Grassmann, Taksar and
//! Heyman 1985; O'Cinneide 1993). States with few neighbours go first (Markowitz 1957), which keeps
//! the table of a large chain thin; what is left when it has become dense is finished as a matrix.
//! Where that would be too large, the states settle step by step instead: see `levels`.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Chain;
use super::levels::{Level, by_distance, settle};
use super::recurrence::{can_reach, recurrent_classes};

/// Relative precision of what settles step by step.
const PRECISION: f64 = 1e-11;

/// A chain in the long run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stationary {
    /// Of each state.
    pub probabilities: Vec<f64>,
    /// If the states have settled step by step: the largest part of the flow through a state by which what
    /// comes differs from what goes.
    pub imbalance: Option<f64>,
}

/// The probabilities of the states in the long run, from the probabilities at the start. Where a
/// chain may end in several classes of states, each counts by the probability of getting there.
///
/// A chain that is too large for elimination is followed until the sum over the states of each mark has
/// settled, relative to itself; `None` if it does not.
pub fn long_run(chain: &Chain, initial: &[f64], marks: &[u32]) -> Option<Stationary> {
    let (classes, class_count) = recurrent_classes(chain, initial);
    let chances = if class_count == 1 {
        vec![1.0]
    } else {
        chances(chain, initial, &classes, class_count)?
    };
    let mut found = Stationary {
        probabilities: vec![0.0; chain.len()],
        imbalance: None,
    };
    for (class, chance) in (0..class_count as u32).zip(chances) {
        let states: Vec<usize> = (0..chain.len())
            .filter(|&state| classes[state] == Some(class))
            .collect();
        let part = irreducible(chain, &states, marks)?;
        for (&state, probability) in states.iter().zip(part.probabilities) {
            found.probabilities[state] = chance * probability;
        }
        let both = found.imbalance.into_iter().chain(part.imbalance);
        found.imbalance = both.reduce(f64::max);
    }
    Some(found)
}

/// The probabilities of ending in each recurrent class.
fn chances(
    chain: &Chain,
    initial: &[f64],
    classes: &[Option<u32>],
    class_count: usize,
) -> Option<Vec<f64>> {
    // One state for each class, and one where everything starts.
    let len = chain.len();
    let start = (len + class_count) as u32;
    let end = |state: usize| classes[state].map_or(state, |class| len + class as usize) as u32;
    let mut transitions = Vec::new();
    for state in 0..len {
        if initial[state] > 0.0 {
            transitions.push((start, end(state), initial[state]));
        }
        if classes[state].is_none() {
            let row = chain.row(state);
            transitions.extend(row.map(|(to, rate)| (state as u32, end(to), rate)));
        }
    }
    let mut chances = vec![0.0; class_count];
    let passage = Chain::new(len + class_count + 1, transitions);
    let mut table = Table::new(&passage, |state| state < len && passage.total(state) > 0.0);
    if table.eliminate(|_| {}) {
        for &(to, rate) in &table.rows[start as usize] {
            chances[to as usize - len] = rate;
        }
    } else {
        let ends: Vec<usize> = (len..len + class_count).collect();
        let (flows, _) = again_and_again(&passage, start as usize, &ends)?;
        chances = flows;
    }
    let sum: f64 = chances.iter().sum();
    chances.iter_mut().for_each(|chance| *chance /= sum);
    Some(chances)
}

/// Lets a chain that comes to one of some ends begin again: how often it comes to each of them, and how
/// much time it spends on the way, for as much time as the ends take.
fn again_and_again(passage: &Chain, start: usize, ends: &[usize]) -> Option<(Vec<f64>, f64)> {
    let (order, position) = by_distance(passage, &[start]);
    // Any rate will do: only ratios count.
    let pace = passage.total(start);
    let finest = Level::new(order.len(), |edge| {
        for (at, &state) in order.iter().enumerate() {
            for (to, rate) in passage.row(state as usize) {
                edge(at as u32, position[to], rate);
            }
            if ends.contains(&(state as usize)) {
                edge(at as u32, 0, pace);
            }
        }
    });
    let marks: Vec<u32> = order
        .iter()
        .map(|&state| {
            let end = ends.iter().position(|&end| end == state as usize);
            end.map_or(0, |end| end as u32 + 1)
        })
        .collect();
    let settled = settle(finest, &marks, PRECISION)?;
    let mut sums = vec![0.0; ends.len() + 1];
    for (value, mark) in settled.values.iter().zip(marks).skip(1) {
        sums[mark as usize] += value;
    }
    let flows = sums[1..].iter().map(|sum| sum * pace).collect();
    Some((flows, sums[0]))
}

/// The long run of some states of a chain that lead to each other and nowhere else.
fn irreducible(chain: &Chain, states: &[usize], marks: &[u32]) -> Option<Stationary> {
    let mut position = vec![u32::MAX; chain.len()];
    for (at, &state) in states.iter().enumerate() {
        position[state] = at as u32;
    }
    let transitions = states
        .iter()
        .flat_map(|&from| chain.row(from).map(move |(to, rate)| (from, to, rate)))
        .map(|(from, to, rate)| (position[from], position[to], rate))
        .collect();
    let class = Chain::new(states.len(), transitions);
    let mut table = Table::new(&class, |state| state > 0);
    let mut steps = Vec::with_capacity(states.len());
    if !table.eliminate(|step| steps.push(step)) {
        drop((table, steps));
        let marks: Vec<u32> = states.iter().map(|&state| marks[state]).collect();
        return step_by_step(&class, &marks);
    }
    // Backwards, each state has what flows into it, over the rate at which it is left.
    let mut weights = vec![0.0; states.len()];
    weights[0] = 1.0;
    for step in steps.iter().rev() {
        let inflow = step.inflow.iter();
        let inflow: f64 = inflow
            .map(|&(from, rate)| weights[from as usize] * rate)
            .sum();
        weights[step.state as usize] = inflow / step.total;
    }
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    Some(Stationary {
        probabilities: weights,
        imbalance: None,
    })
}

/// The long run of a chain all of whose states lead to each other.
fn step_by_step(chain: &Chain, marks: &[u32]) -> Option<Stationary> {
    let (order, position) = by_distance(chain, &[0]);
    let finest = Level::new(order.len(), |edge| {
        for (at, &state) in order.iter().enumerate() {
            for (to, rate) in chain.row(state as usize) {
                edge(at as u32, position[to], rate);
            }
        }
    });
    let marks: Vec<u32> = order.iter().map(|&state| marks[state as usize]).collect();
    let settled = settle(finest, &marks, PRECISION)?;
    let at = position.iter().map(|&at| settled.values[at as usize]);
    Some(Stationary {
        probabilities: at.collect(),
        imbalance: Some(settled.imbalance),
    })
}

/// The mean time until the chain first comes to a state for which `is_end` holds, from the
/// probabilities at the start: infinite if that may never happen, `None` if it does not settle.
pub fn mean_time_to(chain: &Chain, initial: &[f64], is_end: impl Fn(usize) -> bool) -> Option<f64> {
    let len = chain.len();
    let ending = chain.ending(&is_end);
    let ends: Vec<bool> = (0..=len).map(|state| state == len).collect();
    let reaches = can_reach(&ending, &ends);
    // Followed from the start only: what cannot be reached does not matter.
    let mut seen = vec![false; len + 2];
    let mut todo: Vec<usize> = (0..len)
        .filter(|&state| initial[state] > 0.0 && !is_end(state))
        .collect();
    todo.iter().for_each(|&state| seen[state] = true);
    let mut transitions = Vec::new();
    while let Some(state) = todo.pop() {
        if !reaches[state] {
            return Some(f64::INFINITY);
        }
        for (to, rate) in ending.row(state) {
            transitions.push((state as u32, to as u32, rate));
            if to < len && !std::mem::replace(&mut seen[to], true) {
                todo.push(to);
            }
        }
    }
    let start = len as u32 + 1;
    for state in (0..len).filter(|&state| initial[state] > 0.0) {
        let to = if is_end(state) { len } else { state };
        transitions.push((start, to as u32, initial[state]));
    }
    let passage = Chain::new(len + 2, transitions);
    let mut table = Table::new(&passage, |state| seen[state]);
    table.times = seen.iter().map(|&seen| f64::from(u8::from(seen))).collect();
    if !table.eliminate(|_| {}) {
        drop(table);
        let (flows, time) = again_and_again(&passage, start as usize, &[len])?;
        return Some(time / flows[0]);
    }
    let rate = table.rows[start as usize]
        .iter()
        .map(|&(_, rate)| rate)
        .sum::<f64>();
    Some(table.times[start as usize] / rate)
}

/// A state that has been eliminated: what flowed into it then, and the rate at which it was left.
struct Step {
    state: u32,
    total: f64,
    inflow: Vec<(u32, f64)>,
}

/// The rates between the states that are left.
struct Table {
    rows: Vec<Vec<(u32, f64)>>,
    /// States that lead to each state, some of them eliminated.
    into: Vec<Vec<u32>>,
    /// How many states lead to each state.
    into_count: Vec<u32>,
    /// States that are to be eliminated and have not been.
    is_left: Vec<bool>,
    /// Time that passes in a state for each unit of its rates; empty if nobody asks.
    times: Vec<f64>,
}

/// A table of which the part left has at least this share of all possible rates is a matrix.
const DENSE: f64 = 0.25;
/// Multiplications for a table, and states of a matrix, beyond which elimination is given up.
const MULTIPLICATIONS_MAX: u64 = 50_000_000;
const MATRIX_MAX: usize = 1_200;

impl Table {
    fn new(chain: &Chain, goes: impl Fn(usize) -> bool) -> Table {
        let len = chain.len();
        let mut table = Table {
            rows: (0..len)
                .map(|state| {
                    chain
                        .row(state)
                        .map(|(to, rate)| (to as u32, rate))
                        .collect()
                })
                .collect(),
            into: vec![Vec::new(); len],
            into_count: vec![0; len],
            is_left: (0..len).map(goes).collect(),
            times: Vec::new(),
        };
        for state in 0..len {
            for (to, _) in chain.row(state) {
                table.into[to].push(state as u32);
                table.into_count[to] += 1;
            }
        }
        table
    }

    fn score(&self, state: usize) -> u64 {
        self.rows[state].len() as u64 * u64::from(self.into_count[state])
    }

    /// Eliminates what is to go, and tells of each step; false if it has been given up, as it takes too
    /// much time or room.
    fn eliminate(&mut self, mut tell: impl FnMut(Step)) -> bool {
        let mut multiplications = 0;
        let len = self.rows.len();
        let mut heap: BinaryHeap<Reverse<(u64, u32)>> = (0..len)
            .filter(|&state| self.is_left[state])
            .map(|state| Reverse((self.score(state), state as u32)))
            .collect();
        let mut left = heap.len();
        let mut gone = vec![false; len];
        // Where a target stands in the row at hand.
        let mut place = vec![u32::MAX; len];
        while let Some(Reverse((score, state))) = heap.pop() {
            let at = state as usize;
            if !self.is_left[at] || score != self.score(at) {
                continue;
            }
            // The cheapest state has neighbours everywhere: so have all others.
            let full = (left as f64) * DENSE;
            if left > 32 && (self.rows[at].len() as f64) > full {
                if left > MATRIX_MAX {
                    return false;
                }
                self.eliminate_matrix(&mut tell);
                return true;
            }
            multiplications += score;
            if multiplications > MULTIPLICATIONS_MAX {
                return false;
            }
            self.is_left[at] = false;
            gone[at] = true;
            left -= 1;
            let targets = std::mem::take(&mut self.rows[at]);
            let total: f64 = targets.iter().map(|&(_, rate)| rate).sum();
            assert!(
                total > 0.0,
                "a state that is to be eliminated leads somewhere"
            );
            let mut inflow = Vec::with_capacity(self.into_count[at] as usize);
            for from in std::mem::take(&mut self.into[at]) {
                if gone[from as usize] {
                    continue;
                }
                let row = &mut self.rows[from as usize];
                let here = row
                    .iter()
                    .position(|&(to, _)| to == state)
                    .expect("a state is listed by those that lead to it");
                let (_, rate) = row.swap_remove(here);
                inflow.push((from, rate));
                let share = rate / total;
                for (index, &(to, _)) in row.iter().enumerate() {
                    place[to as usize] = index as u32;
                }
                let known = row.len() as u32;
                for &(to, out) in &targets {
                    if to == from {
                        continue;
                    }
                    let index = place[to as usize];
                    if index < known && row[index as usize].0 == to {
                        row[index as usize].1 += share * out;
                    } else {
                        row.push((to, share * out));
                        self.into[to as usize].push(from);
                        self.into_count[to as usize] += 1;
                    }
                }
                if !self.times.is_empty() {
                    self.times[from as usize] += share * self.times[at];
                }
            }
            for &(to, _) in &targets {
                self.into_count[to as usize] -= 1;
            }
            for &(changed, _) in inflow.iter().chain(&targets) {
                if self.is_left[changed as usize] {
                    heap.push(Reverse((self.score(changed as usize), changed)));
                }
            }
            tell(Step {
                state,
                total,
                inflow,
            });
        }
        true
    }

    /// Eliminates the rest as a matrix, row by row.
    fn eliminate_matrix(&mut self, tell: &mut impl FnMut(Step)) {
        // Those to go come last, and go from the last on.
        let len = self.rows.len();
        let mut states: Vec<u32> = (0..len as u32)
            .filter(|&state| {
                !self.rows[state as usize].is_empty() || self.into_count[state as usize] > 0
            })
            .collect();
        states.sort_by_key(|&state| self.is_left[state as usize]);
        let kept = states
            .iter()
            .filter(|&&state| !self.is_left[state as usize])
            .count();
        let width = states.len();
        let mut position = vec![u32::MAX; len];
        for (at, &state) in states.iter().enumerate() {
            position[state as usize] = at as u32;
        }
        let mut matrix = vec![0.0; width * width];
        for (at, &state) in states.iter().enumerate() {
            for (to, rate) in std::mem::take(&mut self.rows[state as usize]) {
                matrix[at * width + position[to as usize] as usize] = rate;
            }
        }
        for last in (kept..width).rev() {
            let (above, rest) = matrix.split_at_mut(last * width);
            let targets = &rest[..last];
            let total: f64 = targets.iter().sum();
            assert!(
                total > 0.0,
                "a state that is to be eliminated leads somewhere"
            );
            let state = states[last];
            self.is_left[state as usize] = false;
            let mut inflow = Vec::new();
            for (from, row) in above.chunks_exact_mut(width).enumerate() {
                let rate = row[last];
                if rate == 0.0 {
                    continue;
                }
                inflow.push((states[from], rate));
                let share = rate / total;
                for (entry, target) in row[..last].iter_mut().zip(targets) {
                    *entry += share * target;
                }
                row[from] = 0.0;
                if !self.times.is_empty() {
                    let time = self.times[state as usize];
                    self.times[states[from] as usize] += share * time;
                }
            }
            tell(Step {
                state,
                total,
                inflow,
            });
        }
        for (at, row) in matrix.chunks_exact(width).take(kept).enumerate() {
            self.rows[states[at] as usize] = (0..kept)
                .filter(|&to| row[to] > 0.0)
                .map(|to| (states[to], row[to]))
                .collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::markov::tests::machines;

    /// `n`-unit machines by the product form: weights of the numbers that are down.
    fn product_form(units: u32, fail: f64, repair: f64, crews: u32) -> Vec<f64> {
        let mut weights = vec![1.0];
        for down in 0..units {
            let up = f64::from(units - down) * fail;
            let back = f64::from((down + 1).min(crews)) * repair;
            weights.push(weights[down as usize] * up / back);
        }
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    }

    fn close(found: f64, truth: f64) {
        assert!(
            (found - truth).abs() <= 1e-13 * truth.abs(),
            "{found:e} against {truth:e}"
        );
    }

    #[test]
    fn tiny_probabilities_keep_their_digits() {
        for (units, fail, crews) in [(20, 5e-4, 2), (20, 1e-9, 1), (200, 1e-3, 7)] {
            let chain = machines(units, fail, 0.125, crews);
            let mut initial = vec![0.0; units as usize + 1];
            initial[0] = 1.0;
            let found = long_run(&chain, &initial, &vec![0; chain.len()]).unwrap();
            let found = found.probabilities;
            let truth = product_form(units, fail, 0.125, crews);
            for (found, truth) in found.iter().zip(&truth) {
                close(*found, *truth);
            }
        }
    }

    /// Machines that differ, each with its own repair: the long run is a product, however the
    /// elimination goes, sparse or as a matrix.
    #[test]
    fn independent_machines_multiply() {
        let count = 10;
        let fail = |unit: usize| 1e-3 * (unit + 1) as f64;
        let repair = |unit: usize| 0.1 + unit as f64;
        let mut transitions = Vec::new();
        for state in 0..1_u32 << count {
            for unit in 0..count {
                let other = state ^ (1 << unit);
                let rate = if other > state {
                    fail(unit)
                } else {
                    repair(unit)
                };
                transitions.push((state, other, rate));
            }
        }
        let chain = Chain::new(1 << count, transitions);
        let mut initial = vec![0.0; 1 << count];
        initial[0] = 1.0;
        let found = long_run(&chain, &initial, &vec![0; 1 << count]).unwrap();
        for (state, found) in found.probabilities.into_iter().enumerate() {
            let truth: f64 = (0..count)
                .map(|unit| {
                    let down = state >> unit & 1 == 1;
                    let other = if down { fail(unit) } else { repair(unit) };
                    other / (fail(unit) + repair(unit))
                })
                .product();
            close(found, truth);
        }
    }

    /// Mean time to the first moment with all of n units down, by the classical recursion of a
    /// birth-and-death chain.
    #[test]
    fn passage_times_of_machines() {
        for (units, fail, crews) in [(3_u32, 1e-3, 1), (5, 1e-6, 5)] {
            let chain = machines(units, fail, 0.1, crews);
            let mut initial = vec![0.0; units as usize + 1];
            initial[0] = 1.0;
            // From i to i + 1: (1 + back(i) step(i - 1)) / up(i).
            let (mut step, mut truth) = (0.0, 0.0);
            for down in 0..units {
                let back = f64::from(down.min(crews)) * 0.1;
                step = (1.0 + back * step) / (f64::from(units - down) * fail);
                truth += step;
            }
            close(
                mean_time_to(&chain, &initial, |down| down == units as usize).unwrap(),
                truth,
            );
        }
    }

    #[test]
    fn two_ends_are_weighed_by_their_chances() {
        // From 0 to the pair 1, 2 at rate 3, and to 3 at rate 1.
        let chain = Chain::new(4, vec![(0, 1, 3.0), (0, 3, 1.0), (1, 2, 1.0), (2, 1, 4.0)]);
        let found = long_run(&chain, &[1.0, 0.0, 0.0, 0.0], &[0; 4]).unwrap();
        for (found, truth) in found.probabilities.iter().zip([0.0, 0.6, 0.15, 0.25]) {
            close(*found, truth);
        }
        assert_eq!(
            mean_time_to(&chain, &[1.0, 0.0, 0.0, 0.0], |state| state == 3),
            Some(f64::INFINITY)
        );
        close(
            mean_time_to(&chain, &[1.0, 0.0, 0.0, 0.0], |state| state != 0).unwrap(),
            0.25,
        );
        close(
            mean_time_to(&chain, &[0.5, 0.0, 0.0, 0.5], |state| state != 0).unwrap(),
            0.125,
        );
    }
}
