//! Looks from time to time whether a trial is to be cut: at a request, and where time stands still.

use super::outcome::Cut;
use crate::base::stop;

/// Events between two looks: so many that looking costs nothing, and few enough to be over in some
/// milliseconds.
pub(crate) const EVENTS_BETWEEN_LOOKS: u64 = 1 << 14;
/// After so many looks at one instant no time will ever go by: they are a million events, and no more
/// than some hundred thousand clocks can fire at one instant, a few times each.
const LOOKS_AT_ONE_INSTANT: u32 = 64;

/// What was seen at the last look.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Guard {
    at: Option<u64>,
    /// How many looks before it were at the same time.
    looks: u32,
}

impl Guard {
    /// A look at a time.
    #[cold]
    #[inline(never)]
    pub(crate) fn look(&mut self, now: u64) -> Option<Cut> {
        self.looks = if self.at == Some(now) {
            self.looks + 1
        } else {
            0
        };
        self.at = Some(now);
        if stop::is_asked() {
            Some(Cut::Asked)
        } else if self.looks >= LOOKS_AT_ONE_INSTANT {
            Some(Cut::Endless)
        } else {
            None
        }
    }
}
