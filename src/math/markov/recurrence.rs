//! Which states a chain can return to for ever.

use super::Chain;

/// Whether a chain goes on for ever: it has no state that it never leaves, or no other. It may have several
/// classes of states that it returns to: then the long run is that of each, as often as it comes there.
pub fn goes_on(chain: &Chain, initial: &[f64]) -> bool {
    let (classes, _) = recurrent_classes(chain, initial);
    let ends = |state: usize| classes[state].is_some() && chain.total(state) == 0.0;
    chain.len() == 1 || !(0..chain.len()).any(ends)
}

/// The recurrent class of each state, counted from 0; `None` for a state that is left for good.
/// Classes that cannot be reached from `initial` are not counted.
pub(super) fn recurrent_classes(chain: &Chain, initial: &[f64]) -> (Vec<Option<u32>>, usize) {
    let components = strong_components(chain, initial);
    let count = components
        .iter()
        .flatten()
        .max()
        .map_or(0, |&last| last as usize + 1);
    let mut is_closed = vec![true; count];
    for state in 0..chain.len() {
        if let Some(component) = components[state]
            && chain
                .row(state)
                .any(|(to, _)| components[to] != Some(component))
        {
            is_closed[component as usize] = false;
        }
    }
    let mut classes = 0;
    let class: Vec<Option<u32>> = is_closed
        .iter()
        .map(|&closed| {
            closed.then(|| {
                classes += 1;
                classes - 1
            })
        })
        .collect();
    let of_states = components
        .iter()
        .map(|component| component.and_then(|component| class[component as usize]))
        .collect();
    (of_states, classes as usize)
}

/// The strongly connected component of each state that can be reached from `initial` (Tarjan 1972,
/// without recursion, since a chain may have a million states).
fn strong_components(chain: &Chain, initial: &[f64]) -> Vec<Option<u32>> {
    const NEW: u32 = u32::MAX;
    let len = chain.len();
    let (mut order, mut low) = (vec![NEW; len], vec![NEW; len]);
    let mut components = vec![None; len];
    let (mut open, mut path) = (Vec::new(), Vec::new());
    let (mut visited, mut count) = (0, 0);
    for root in (0..len).filter(|&state| initial[state] > 0.0) {
        if order[root] != NEW {
            continue;
        }
        path.push((root, chain.starts[root]));
        while let Some(&mut (state, ref mut next)) = path.last_mut() {
            if order[state] == NEW {
                order[state] = visited;
                low[state] = visited;
                visited += 1;
                open.push(state);
            }
            if *next < chain.starts[state + 1] {
                let to = chain.targets[*next] as usize;
                *next += 1;
                if order[to] == NEW {
                    path.push((to, chain.starts[to]));
                } else if components[to].is_none() {
                    low[state] = low[state].min(order[to]);
                }
                continue;
            }
            if low[state] == order[state] {
                while let Some(member) = open.pop() {
                    components[member] = Some(count);
                    if member == state {
                        break;
                    }
                }
                count += 1;
            }
            path.pop();
            if let Some(&(parent, _)) = path.last() {
                low[parent] = low[parent].min(low[state]);
            }
        }
    }
    components
}

/// Whether each state can come to one of those for which `is_end` holds.
pub(super) fn can_reach(chain: &Chain, is_end: &[bool]) -> Vec<bool> {
    let mut into = vec![Vec::new(); chain.len()];
    for from in 0..chain.len() {
        for (to, _) in chain.row(from) {
            into[to].push(from as u32);
        }
    }
    let mut reaches = is_end.to_vec();
    let mut todo: Vec<u32> = (0..chain.len() as u32)
        .filter(|&state| is_end[state as usize])
        .collect();
    while let Some(state) = todo.pop() {
        for &from in &into[state as usize] {
            if !std::mem::replace(&mut reaches[from as usize], true) {
                todo.push(from);
            }
        }
    }
    reaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_a_chain_with_two_ends() {
        // 0 -> 1 <-> 2, 0 -> 3 (for ever), 4 is never reached.
        let chain = Chain::new(
            5,
            vec![
                (0, 1, 1.0),
                (1, 2, 1.0),
                (2, 1, 1.0),
                (0, 3, 1.0),
                (4, 0, 1.0),
            ],
        );
        let (classes, count) = recurrent_classes(&chain, &[1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(count, 2);
        assert!(classes[0].is_none() && classes[4].is_none());
        assert!(classes[1] == classes[2] && classes[1] != classes[3] && classes[3].is_some());
        assert_eq!(
            can_reach(&chain, &[false, false, true, false, false]),
            [true, true, true, false, true]
        );
    }
}
