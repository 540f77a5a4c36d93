//! Many states of one system in little room.
//!
//! What one event changes is small beside what a large system consists of. So the tables of a state are
//! cut into pieces, each different piece is kept once, and a state is the list of the numbers of its
//! pieces. Two states are equal where their lists are.

use std::hash::Hash;

use super::plan::MachineStateId;
use super::state::{
    AbleState, ChangeState, GroupState, MemberState, NodeState, PeopleState, PoolState,
    ProcessState, SeatState, ServiceState, SpareState, State, UnitState,
};
use crate::base::intern::Interner;
use crate::model::{ChangeId, GroupId};

/// Elements of a piece: few enough that most pieces occur in many states, and enough that a state is
/// few of them.
const PIECE: usize = 8;

/// Pieces of states, by number.
macro_rules! store {
    (tables { $($table:ident: $element:ty,)* } lists { $($list:ident: $entry:ty,)* }) => {
        /// The pieces that states have been cut into.
        #[derive(Debug, Default)]
        pub struct StateStore {
            $($table: Interner<$element>,)*
            $($list: Interner<$entry>,)*
        }

        impl StateStore {
            /// Appends the numbers of the pieces of a state to a key. `near` is the key of a state that
            /// has many pieces in common with it, or empty.
            pub fn number(&mut self, state: &State, near: &[u32], key: &mut Vec<u32>) {
                // Taken apart in full, so that whoever adds to the state is led here.
                let State { $($table,)* $($list,)* due, touched, instant } = state;
                let is_over = due.is_empty() && touched.is_empty() && instant.is_none();
                assert!(is_over, "no event is half over");
                let first = key.len();
                $(for piece in $table.chunks(PIECE) {
                    let near = near.get(key.len() - first).copied();
                    key.push(number(&mut self.$table, piece, near));
                })*
                $({
                    let near = near.get(key.len() - first).copied();
                    key.push(number(&mut self.$list, $list, near));
                })*
            }

            /// Bytes of memory that the pieces take.
            pub fn bytes(&self) -> usize {
                0 $(+ self.$table.bytes())* $(+ self.$list.bytes())*
            }

            /// Makes a state of the system what it was when it got this key; what of the key belongs to
            /// others comes back.
            pub fn restore<'k>(&self, key: &'k [u32], state: &mut State) -> &'k [u32] {
                let mut numbers = key.iter();
                let mut next = || *numbers.next().expect("a number for each piece");
                $(for piece in state.$table.chunks_mut(PIECE) {
                    piece.clone_from_slice(self.$table.get(next()));
                })*
                $(
                    state.$list.clear();
                    state.$list.extend_from_slice(self.$list.get(next()));
                )*
                numbers.as_slice()
            }
        }
    };
}

store! {
    tables {
        units: UnitState,
        processes: ProcessState,
        members: MemberState,
        groups: GroupState,
        seats: SeatState,
        nodes: NodeState,
        services: ServiceState,
        machines: MachineStateId,
        pools: PoolState,
        spares: SpareState,
        struck: bool,
        lacking: bool,
        taken: Option<GroupId>,
        able: AbleState,
        short: bool,
        changes: ChangeState,
        people: PeopleState,
    }
    lists {
        ready: ChangeId,
        down: GroupId,
    }
}

/// The number of a piece, which may be that of another state's piece at the same place.
fn number<T: Clone + Eq + Hash>(pieces: &mut Interner<T>, piece: &[T], near: Option<u32>) -> u32 {
    match near {
        Some(near) if pieces.get(near) == piece => near,
        _ => pieces.number(piece),
    }
}
