//! Plots, each the answer to one question: data in, an SVG and a PNG out, nothing on disk.
//!
//! A plot is a plain struct with a `draw` method. Drawing has two steps. First the data become a
//! list of shapes on a page (`canvas`): here live the axes, the labels and every decision about
//! what goes where, so a test can ask whether two texts overlap. Then the same list is painted
//! twice through `plotters`. Axes are our own because an axis of `plotters` does not end on an
//! infinite range, and durations and nines need ticks of their own.
//!
//! The title is the answer in words and comes from the caller, as does everything that is known
//! about the scenario. The plots know quantities and texts, not failovers; only [`Timeline`] names
//! the states of a unit. Same data, same bytes.

mod availability_over_time;
mod axis;
mod canvas;
mod contributions;
mod convergence;
mod exceedance;
mod quantity;
mod served_by_part;
mod style;
mod sweep_heat;
mod sweep_line;
#[cfg(test)]
mod tests;
mod timeline;

pub use availability_over_time::{AvailabilityOverTime, AvailabilityPoint};
pub use contributions::{Cause, Contributions};
pub use convergence::{Convergence, ConvergencePoint};
pub use exceedance::{Exceedance, ExceedancePoint, ExceedanceQuantile, ExceedanceTarget};
pub use quantity::{Estimate, Quantity};
pub use served_by_part::{PartOfPeriod, ServedByPart};
pub use sweep_heat::{HeatCell, SweepHeat, Verdict};
pub use sweep_line::{SweepLine, SweepSeries, SweepValues};
pub use timeline::{ServiceState, Stretch, Timeline, TimelineEvent, TimelineUnit, UnitState};

/// One picture in both formats, complete in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The picture as an SVG document, for pages and print.
    pub svg: String,
    /// The picture as a PNG file of twice the nominal size, for slides and tickets.
    pub png: Vec<u8>,
}

/// The words around a plot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heading {
    /// The answer that the plot gives, as a sentence: it is printed largest.
    pub title: String,
    /// What is shown, of what, with which interval.
    pub subtitle: String,
    /// Where it comes from: scenario, seed, trials, version.
    pub footnote: String,
}

/// A limit that the quantity on an axis should keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// What to print beside the line: `target >= 99.95 %`.
    pub label: String,
    /// The limit, in the unit of the axis it belongs to.
    pub value: f64,
}
