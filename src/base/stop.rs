//! A request to end what is going on, which a process gets from outside.
//!
//! Time and signals belong to the command line, but a single trial can have more events than anybody
//! has time for. So long loops ask here from time to time, and end without a result when they are told
//! to. There is one request for the whole process, as there is one Ctrl-C.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Asks all that is going on to end, whether it has a result or not.
pub fn ask() {
    ASKED.store(true, Ordering::Relaxed);
}

/// Takes the request back, before something else is begun.
pub fn take_back() {
    ASKED.store(false, Ordering::Relaxed);
}

/// Whether all that is going on is to end.
#[inline]
pub fn is_asked() -> bool {
    ASKED.load(Ordering::Relaxed)
}
