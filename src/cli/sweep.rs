//! `failsim sweep`: a scenario at several values of some of its keys, through the same fate.
use super::args::{Args, SweepArgs};
use super::{End, Failure};
pub(crate) fn sweep(_args: &Args, _command: &SweepArgs) -> Result<End, Failure> {
    Ok(End::Done)
}
