//! Where a unit that is told state by state is at home, and how near it is to giving nothing elsewhere.

use super::{Level, MachineState};

/// With more states than this the first one is taken for the home.
const SOLVED_MAX: usize = 300;
/// Sweeps over the states, for chances that need only be roughly right.
const SWEEPS: usize = 200;

/// How a machine strays from its home. Times of exits count with their means, as if they had no memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Straying {
    /// The state that gives full service in which it is for the most time of a mission.
    pub(crate) home: usize,
    /// Probability of giving nothing before it is at home, from each state; from home, after one exit.
    pub(crate) chances: Vec<f64>,
    /// The fewest exits that lead from each state to one that gives nothing.
    pub(crate) exits: Vec<usize>,
    /// How often it leaves home per second.
    pub(crate) rate: f64,
    /// How long it is away on average, in seconds.
    pub(crate) away_s: f64,
}

impl Straying {
    /// The straying of a machine with these states, the first one at the start of a mission.
    pub(crate) fn of(states: &[MachineState], mission_s: f64) -> Straying {
        let rates: Vec<Vec<(usize, f64)>> = states.iter().map(rates).collect();
        let home = home(states, &rates, mission_s);
        let is_down = |state: usize| states[state].gives == Level::Down;
        let mut chances: Vec<f64> = (0..states.len())
            .map(|state| f64::from(u8::from(is_down(state))))
            .collect();
        let mut away = vec![0.0; states.len()];
        let mut exits: Vec<usize> = (0..states.len())
            .map(|state| if is_down(state) { 0 } else { states.len() })
            .collect();
        let leave = |state: usize| rates[state].iter().map(|(_, rate)| rate).sum::<f64>();
        for _ in 0..SWEEPS {
            for state in (0..states.len()).filter(|&state| state != home) {
                let all = leave(state) + 1.0 / mission_s;
                let on = |values: &[f64]| {
                    let others = rates[state].iter().filter(|(to, _)| *to != home);
                    others
                        .map(|&(to, rate)| rate / all * values[to])
                        .sum::<f64>()
                };
                away[state] = 1.0 / all + on(&away);
                if !is_down(state) {
                    chances[state] = on(&chances);
                }
            }
        }
        for _ in 0..states.len() {
            for state in 0..states.len() {
                let next = rates[state].iter().map(|&(to, _)| exits[to] + 1).min();
                exits[state] = exits[state].min(next.unwrap_or(states.len()));
            }
        }
        let rate = leave(home);
        let first = |values: &[f64]| {
            let next = rates[home].iter().map(|&(to, own)| own / rate * values[to]);
            if rate > 0.0 { next.sum() } else { 0.0 }
        };
        chances[home] = first(&chances);
        Straying {
            home,
            rate,
            away_s: first(&away),
            chances,
            exits,
        }
    }
}

/// Where a state leads, with rates per second.
fn rates(state: &MachineState) -> Vec<(usize, f64)> {
    let mut rates = Vec::new();
    for exit in &state.exits {
        let mean = exit.after.mean().max(1e-9);
        for (to, probability) in &exit.to {
            let rate = probability.get() / mean;
            if rate > 0.0 {
                rates.push((*to, rate));
            }
        }
    }
    rates
}

/// The state with full service in which a mission spends the most time: the expected times of all states
/// solve a linear system.
fn home(states: &[MachineState], rates: &[Vec<(usize, f64)>], mission_s: f64) -> usize {
    let count = states.len();
    if count > SOLVED_MAX {
        return 0;
    }
    // What comes in is what goes out, or is there when the mission ends at a random time.
    let mut rows = vec![vec![0.0; count + 1]; count];
    rows[0][count] = 1.0;
    for (from, exits) in rates.iter().enumerate() {
        rows[from][from] += 1.0 / mission_s;
        for &(to, rate) in exits {
            rows[from][from] += rate;
            rows[to][from] -= rate;
        }
    }
    for pivot in 0..count {
        let own = rows[pivot].clone();
        for (at, row) in rows.iter_mut().enumerate() {
            if at != pivot && row[pivot] != 0.0 {
                let factor = row[pivot] / own[pivot];
                for (value, own) in row.iter_mut().zip(&own) {
                    *value -= factor * own;
                }
            }
        }
    }
    let time = |state: usize| rows[state][count] / rows[state][state];
    let up = (0..count).filter(|&state| states[state].gives == Level::Up);
    up.rev()
        .max_by(|&a, &b| time(a).total_cmp(&time(b)))
        .unwrap_or(0)
}
