//! A large chain, and coarser and coarser chains of what is most closely tied in it.
//!
//! What a sweep over the states settles slowly is how probability is spread between sets of states that
//! seldom lead to each other, and this is what a chain of such sets settles at once (Koury, McAllister
//! and Stewart 1984); the same holds for sets of sets (Horton and Leutenegger 1994). States are put
//! together with the one that most of what comes to them comes from.

use super::Chain;

/// Aggregates are not put together further below this number.
const COARSEST: usize = 120;
/// At most so many states make one.
const SIZE_MAX: u32 = 8;
/// A coarser chain of more than this part of the states is not worth its work.
const SHRINKS: f64 = 0.75;
/// Inside an aggregate.
const INSIDE: u32 = u32::MAX;

/// A chain by what leads to each state, and how its states are put together in the next coarser one.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) starts: Vec<usize>,
    pub(super) sources: Vec<u32>,
    pub(super) rates: Vec<f64>,
    /// The rate at which each state is left.
    pub(super) totals: Vec<f64>,
    /// The aggregate of each state; empty for the coarsest chain.
    pub(super) aggregate: Vec<u32>,
    /// The part of its aggregate that each state is.
    pub(super) share: Vec<f64>,
    /// To which rate of the coarser chain each rate adds.
    place: Vec<u32>,
}

impl Level {
    /// A chain of `len` states with the rates that `edges` tells, twice the same.
    pub(super) fn new(len: usize, edges: impl Fn(&mut dyn FnMut(u32, u32, f64))) -> Level {
        let mut starts = vec![0; len + 1];
        edges(&mut |_, to, _| starts[to as usize + 1] += 1);
        for state in 0..len {
            starts[state + 1] += starts[state];
        }
        let count = starts[len];
        let mut next = starts.clone();
        let (mut sources, mut rates) = (vec![0; count], vec![0.0; count]);
        let mut totals = vec![0.0; len];
        edges(&mut |from, to, rate| {
            let place = &mut next[to as usize];
            sources[*place] = from;
            rates[*place] = rate;
            *place += 1;
            totals[from as usize] += rate;
        });
        Level {
            starts,
            sources,
            rates,
            totals,
            aggregate: Vec::new(),
            share: Vec::new(),
            place: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.totals.len()
    }

    /// What flows into a state, for each unit of its source.
    #[inline]
    pub(super) fn into(&self, state: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[state]..self.starts[state + 1];
        self.sources[range.clone()]
            .iter()
            .zip(&self.rates[range])
            .map(|(&from, &rate)| (from as usize, rate))
    }

    /// Lets each state have what flows into it, over the rate at which it is left, one after the other
    /// (Gauss and Seidel): only sums, products and quotients of positive numbers.
    fn sweep(&self, values: &mut [f64]) {
        self.sweep_from(0, values);
    }

    fn sweep_from(&self, first: usize, values: &mut [f64]) {
        for state in first..self.len() {
            let inflow: f64 = self
                .into(state)
                .map(|(from, rate)| values[from] * rate)
                .sum();
            values[state] = inflow / self.totals[state];
        }
    }

    /// The largest part of the flow through a state by which what comes differs from what goes.
    fn imbalance(&self, values: &[f64]) -> f64 {
        (0..self.len())
            .filter(|&state| values[state] > 0.0)
            .map(|state| {
                let inflow: f64 = self
                    .into(state)
                    .map(|(from, rate)| values[from] * rate)
                    .sum();
                (inflow / (values[state] * self.totals[state]) - 1.0).abs()
            })
            .fold(0.0, f64::max)
    }

    /// Puts each state together with the one that most comes from. The first state stays alone.
    fn choose_aggregates(&self, values: &[f64]) -> (Vec<u32>, usize) {
        const NONE: u32 = u32::MAX;
        let mut aggregate = vec![NONE; self.len()];
        let mut sizes: Vec<u32> = vec![SIZE_MAX];
        aggregate[0] = 0;
        for state in 1..self.len() {
            if aggregate[state] != NONE {
                continue;
            }
            let mut best: Option<(usize, f64)> = None;
            for (from, rate) in self.into(state) {
                let flow = values[from] * rate;
                let is_open = aggregate[from] == NONE || sizes[aggregate[from] as usize] < SIZE_MAX;
                if is_open && from != 0 && best.is_none_or(|(_, most)| flow > most) {
                    best = Some((from, flow));
                }
            }
            let new = sizes.len() as u32;
            let joined = match best {
                Some((from, _)) if aggregate[from] != NONE => aggregate[from],
                Some((from, _)) => {
                    aggregate[from] = new;
                    sizes.push(1);
                    new
                }
                None => {
                    sizes.push(0);
                    new
                }
            };
            aggregate[state] = joined;
            sizes[joined as usize] += 1;
        }
        (aggregate, sizes.len())
    }

    /// The chain of the aggregates, all rates still open.
    fn coarser(&mut self, aggregate: Vec<u32>, count: usize) -> Level {
        let mut members_start = vec![0_usize; count + 1];
        for &of in &aggregate {
            members_start[of as usize + 1] += 1;
        }
        for at in 0..count {
            members_start[at + 1] += members_start[at];
        }
        let mut members = vec![0_u32; self.len()];
        let mut next = members_start.clone();
        for (state, &of) in aggregate.iter().enumerate() {
            members[next[of as usize]] = state as u32;
            next[of as usize] += 1;
        }
        let (mut starts, mut sources) = (Vec::with_capacity(count + 1), Vec::<u32>::new());
        let mut place = vec![INSIDE; self.sources.len()];
        let mut known = vec![u32::MAX; count];
        starts.push(0);
        for to in 0..count {
            let first = sources.len() as u32;
            for &state in &members[members_start[to]..members_start[to + 1]] {
                for at in self.starts[state as usize]..self.starts[state as usize + 1] {
                    let from = aggregate[self.sources[at] as usize];
                    if from as usize == to {
                        continue;
                    }
                    let at_known = &mut known[from as usize];
                    if *at_known == u32::MAX || *at_known < first {
                        *at_known = sources.len() as u32;
                        sources.push(from);
                    }
                    place[at] = *at_known;
                }
            }
            for &from in &sources[first as usize..] {
                known[from as usize] = u32::MAX;
            }
            starts.push(sources.len());
        }
        self.aggregate = aggregate;
        self.place = place;
        Level {
            starts,
            rates: vec![0.0; sources.len()],
            sources,
            totals: vec![0.0; count],
            aggregate: Vec::new(),
            share: Vec::new(),
            place: Vec::new(),
        }
    }

    /// Works out the shares of the states in their aggregates, and the rates between these; returns the
    /// values of the aggregates.
    fn gather(&mut self, values: &[f64], coarse: &mut Level) -> Vec<f64> {
        let mut sums = vec![0.0; coarse.len()];
        let mut counts = vec![0_u32; coarse.len()];
        for (value, &of) in values.iter().zip(&self.aggregate) {
            sums[of as usize] += value;
            counts[of as usize] += 1;
        }
        self.share.clear();
        self.share
            .extend(values.iter().zip(&self.aggregate).map(|(value, &of)| {
                let sum = sums[of as usize];
                // What is too small for a number is spread evenly.
                if sum >= f64::MIN_POSITIVE {
                    value / sum
                } else {
                    1.0 / f64::from(counts[of as usize])
                }
            }));
        coarse.rates.fill(0.0);
        for (at, &place) in self.place.iter().enumerate() {
            if place != INSIDE {
                coarse.rates[place as usize] +=
                    self.share[self.sources[at] as usize] * self.rates[at];
            }
        }
        coarse.totals.fill(0.0);
        for (&from, rate) in coarse.sources.iter().zip(&coarse.rates) {
            coarse.totals[from as usize] += rate;
        }
        sums
    }
}

/// A chain and its coarser ones, finest first.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    pub(super) levels: Vec<Level>,
}

impl Levels {
    pub(super) fn of(finest: Level, values: &[f64]) -> Levels {
        let mut levels = vec![finest];
        let mut values = values.to_vec();
        loop {
            let last = levels.last_mut().expect("there is a finest level");
            if last.len() <= COARSEST {
                break;
            }
            let (aggregate, count) = last.choose_aggregates(&values);
            if count as f64 > SHRINKS * last.len() as f64 {
                break;
            }
            let mut coarse = last.coarser(aggregate, count);
            values = last.gather(&values, &mut coarse);
            levels.push(coarse);
        }
        Levels { levels }
    }

    /// One cycle: a sweep, the same question for the aggregates, and another sweep.
    fn cycle(&mut self, at: usize, values: &mut [f64]) {
        let is_coarsest = at + 1 == self.levels.len();
        if is_coarsest {
            let level = &self.levels[at];
            if level.len() <= 4 * COARSEST {
                eliminate(level, values);
            } else {
                (0..20).for_each(|_| level.sweep(values));
            }
            return;
        }
        self.levels[at].sweep(values);
        let (finer, coarser) = self.levels.split_at_mut(at + 1);
        let level = &mut finer[at];
        let before = level.gather(values, &mut coarser[0]);
        let mut sums = before.clone();
        // Coarse chains cost little; what they leave open, all finer ones pay for.
        let repeats = if at == 0 { 1 } else { 2 };
        for _ in 0..repeats {
            self.cycle(at + 1, &mut sums);
        }
        let level = &self.levels[at];
        for (value, &of) in values.iter_mut().zip(&level.aggregate) {
            let (before, after) = (before[of as usize], sums[of as usize]);
            if before >= f64::MIN_POSITIVE && after >= f64::MIN_POSITIVE {
                *value *= after / before;
            }
        }
        level.sweep(values);
    }
}

/// The long run of a small chain by elimination, scaled to the sum that there was.
fn eliminate(level: &Level, values: &mut [f64]) {
    let len = level.len();
    let mut matrix = vec![0.0; len * len];
    for to in 0..len {
        for (from, rate) in level.into(to) {
            matrix[from * len + to] = rate;
        }
    }
    let mut totals = vec![0.0; len];
    for last in (1..len).rev() {
        let (above, rest) = matrix.split_at_mut(last * len);
        let targets = &rest[..last];
        let total: f64 = targets.iter().sum();
        totals[last] = total;
        if total == 0.0 {
            continue;
        }
        for row in above.chunks_exact_mut(len) {
            let share = row[last] / total;
            if share > 0.0 {
                let pairs = row[..last].iter_mut().zip(targets);
                pairs.for_each(|(entry, target)| *entry += share * target);
            }
        }
    }
    let sum: f64 = values.iter().sum();
    values[0] = 1.0;
    for state in 1..len {
        let inflow: f64 = (0..state)
            .map(|from| values[from] * matrix[from * len + state])
            .sum();
        values[state] = if totals[state] > 0.0 {
            inflow / totals[state]
        } else {
            0.0
        };
    }
    let scale = sum / values.iter().sum::<f64>();
    values.iter_mut().for_each(|value| *value *= scale);
}

/// A long run that has been come to step by step.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub(super) values: Vec<f64>,
    /// The largest part of the flow through a state by which what comes differs from what goes.
    pub(super) imbalance: f64,
    pub(super) levels: Levels,
}

/// Sweeps before it is asked whether coarser chains would help.
pub(super) const PLAIN_SWEEPS: usize = 12;
/// Rounds after which nothing more is hoped for.
const ROUNDS_MAX: usize = 400;

/// The long run of a chain all of whose states lead to each other, each reached from an earlier one.
/// It is settled when the sum over the states of each mark is, relative to itself, be it ever so small.
/// `None` if that does not come about.
pub(super) fn settle(finest: Level, marks: &[u32], precision: f64) -> Option<Settled> {
    let mark_count = marks.iter().max().map_or(0, |&last| last as usize + 1);
    let sums = |values: &[f64]| {
        let mut sums = vec![0.0; mark_count];
        for (value, &mark) in values.iter().zip(marks) {
            sums[mark as usize] += value;
        }
        let whole: f64 = sums.iter().sum();
        sums.iter_mut().for_each(|sum| *sum /= whole);
        sums
    };
    let mut values = vec![0.0; finest.len()];
    values[0] = 1.0;
    finest.sweep_from(1, &mut values);
    let mut levels = Levels {
        levels: vec![finest],
    };
    let mut watch = Watch::new(sums(&values), precision);
    for round in 0..ROUNDS_MAX {
        if levels.levels.len() == 1 {
            levels.levels[0].sweep(&mut values);
        } else {
            levels.cycle(0, &mut values);
        }
        let whole: f64 = values.iter().sum();
        values.iter_mut().for_each(|value| *value /= whole);
        if watch.has_settled(sums(&values)) {
            let imbalance = levels.levels[0].imbalance(&values);
            return Some(Settled {
                values,
                imbalance,
                levels,
            });
        }
        if round + 1 == PLAIN_SWEEPS && watch.is_slow() {
            let finest = levels.levels.swap_remove(0);
            levels = Levels::of(finest, &values);
            watch.start_again();
        }
    }
    None
}

/// Watches some figures come to rest.
pub(super) struct Watch {
    before: Vec<f64>,
    precision: f64,
    /// By how much the figures have changed last, relative to themselves.
    changes: Vec<f64>,
}

impl Watch {
    pub(super) fn new(before: Vec<f64>, precision: f64) -> Watch {
        Watch {
            before,
            precision,
            changes: Vec::new(),
        }
    }

    pub(super) fn start_again(&mut self) {
        self.changes.clear();
    }

    /// The factor by which the changes become smaller, not to be trusted from less than two.
    fn pace(&self) -> Option<f64> {
        let [.., before, between, last] = *self.changes.as_slice() else {
            return None;
        };
        Some((between / before).max(last / between))
    }

    /// Whether it will take many more rounds, as it looks.
    pub(super) fn is_slow(&self) -> bool {
        match (self.pace(), self.changes.last()) {
            (Some(pace), Some(last)) if pace < 1.0 => {
                (self.precision / last).ln() / pace.ln() > 2.0 * PLAIN_SWEEPS as f64
            }
            _ => true,
        }
    }

    /// Whether what further rounds could still change is within the precision, going by the pace at
    /// which changes become smaller.
    pub(super) fn has_settled(&mut self, now: Vec<f64>) -> bool {
        // What has grown beyond all numbers comes to no end, though nothing seems to change any more.
        if now.iter().any(|now| !now.is_finite()) {
            return false;
        }
        let change = now
            .iter()
            .zip(&self.before)
            .filter(|(now, _)| now.abs() >= f64::MIN_POSITIVE)
            .map(|(now, before)| ((now - before) / now).abs())
            .fold(0.0, f64::max);
        self.before = now;
        self.changes.push(change);
        // Rounding goes on for ever.
        if change <= 4.0 * f64::EPSILON {
            return true;
        }
        match self.pace() {
            Some(pace) if pace < 1.0 => change * pace / (1.0 - pace) <= self.precision,
            _ => false,
        }
    }
}

/// The states of a chain that can be reached from some, in the order of their distance, and the place of
/// each in this order.
pub(super) fn by_distance(chain: &Chain, from: &[usize]) -> (Vec<u32>, Vec<u32>) {
    let mut position = vec![u32::MAX; chain.len()];
    let mut order: Vec<u32> = Vec::new();
    for &state in from {
        if position[state] == u32::MAX {
            position[state] = order.len() as u32;
            order.push(state as u32);
        }
    }
    let mut next = 0;
    while next < order.len() {
        for (to, _) in chain.row(order[next] as usize) {
            if position[to] == u32::MAX {
                position[to] = order.len() as u32;
                order.push(to as u32);
            }
        }
        next += 1;
    }
    (order, position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::markov::{Chain, long_run, tests::machines};

    fn settled(chain: &Chain, marks: &[u32]) -> Settled {
        let (order, position) = by_distance(chain, &[0]);
        assert!(
            order
                .iter()
                .enumerate()
                .all(|(at, &state)| at == state as usize)
        );
        let finest = Level::new(chain.len(), |edge| {
            for state in 0..chain.len() {
                for (to, rate) in chain.row(state) {
                    edge(state as u32, position[to], rate);
                }
            }
        });
        settle(finest, marks, 1e-12).expect("it settles")
    }

    /// Tiny probabilities have as many digits as large ones: against elimination.
    #[test]
    fn tiny_probabilities_settle() {
        for (units, fail, crews) in [(20, 5e-4, 2), (20, 1e-9, 1), (200, 1e-3, 7), (40, 0.5, 3)] {
            let chain = machines(units, fail, 0.125, crews);
            let marks: Vec<u32> = (0..=units).collect();
            let mut initial = vec![0.0; chain.len()];
            initial[0] = 1.0;
            let truth = long_run(&chain, &initial, &marks).unwrap().probabilities;
            let found = settled(&chain, &marks);
            println!(
                "{} levels, {:e}",
                found.levels.levels.len(),
                found.imbalance
            );
            for (found, truth) in found.values.iter().zip(&truth) {
                assert!(
                    (found - truth).abs() <= 1e-10 * truth,
                    "{found:e} against {truth:e}"
                );
            }
        }
    }

    /// Units of which one changes a million times as seldom as the others: sweeps alone would take
    /// millions of rounds, coarser chains settle it.
    #[test]
    fn what_seldom_changes_settles() {
        let count = 9;
        let rates = |unit: u32| {
            let pace = if unit == 4 {
                1e-6
            } else {
                1.0 + f64::from(unit)
            };
            (0.3 * pace, pace)
        };
        let mut transitions = Vec::new();
        let mut order: Vec<u32> = (0..1 << count).collect();
        order.sort_by_key(|state| state.count_ones());
        let place = |state: u32| order.iter().position(|&other| other == state).unwrap() as u32;
        for &state in &order {
            for unit in 0..count {
                let other = state ^ (1 << unit);
                let (fail, repair) = rates(unit);
                let rate = if other > state { fail } else { repair };
                transitions.push((place(state), place(other), rate));
            }
        }
        let chain = Chain::new(order.len(), transitions);
        let marks: Vec<u32> = order.iter().map(|state| state.count_ones()).collect();
        let found = {
            let finest = Level::new(chain.len(), |edge| {
                for state in 0..chain.len() {
                    chain
                        .row(state)
                        .for_each(|(to, rate)| edge(state as u32, to as u32, rate));
                }
            });
            settle(finest, &marks, 1e-12).expect("it settles")
        };
        println!(
            "{} levels, {:e}",
            found.levels.levels.len(),
            found.imbalance
        );
        assert!(found.levels.levels.len() > 1);
        for (&state, found) in order.iter().zip(&found.values) {
            let truth: f64 = (0..count)
                .map(|unit| {
                    if state >> unit & 1 == 1 {
                        0.3 / 1.3
                    } else {
                        1.0 / 1.3
                    }
                })
                .product();
            assert!(
                (found - truth).abs() <= 1e-9 * truth,
                "{found:e} against {truth:e}"
            );
        }
    }
}
