//! How far an exploration has come, for those who wait for it. Nothing depends on it.

use std::sync::atomic::{AtomicUsize, Ordering};

static FOUND: AtomicUsize = AtomicUsize::new(0);
static LEFT: AtomicUsize = AtomicUsize::new(0);

/// How large what is being explored has become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// States that have been found.
    pub found: usize,
    /// Of them, those from which it is not yet known what comes.
    pub open: usize,
}

/// The size of the latest exploration of the process.
pub fn size() -> Size {
    let found = FOUND.load(Ordering::Relaxed);
    let left = LEFT.load(Ordering::Relaxed);
    Size {
        found,
        open: found.saturating_sub(left),
    }
}

/// So many states have been found, and what comes after so many of them.
pub(super) fn set(found: usize, left: usize) {
    FOUND.store(found, Ordering::Relaxed);
    LEFT.store(left, Ordering::Relaxed);
}
