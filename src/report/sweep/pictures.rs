//! The pictures of a sweep: lines over its first axis, and a map of its first two.

use super::{Axis, SLICES_MAX, SweepFigures, SweepRow, SweepTable};
use crate::base::text::{clean, slug};
use crate::model;
use crate::report::RunFacts;
use crate::report::pictures::{Plot, estimate, footnote};
use crate::report::plots::{
    Heading, HeatCell, Quantity, SweepHeat, SweepLine, SweepSeries, SweepValues, Target,
    Verdict as Drawn,
};
use crate::report::words::{counted, listed};
use crate::stats::{Interval, Verdict};
use crate::trials::TargetResult;

impl SweepTable {
    /// For each service: lines over the first axis, and a map of the first two if there are two. If
    /// there are more, this is done for each combination of the values of the others.
    pub fn pictures(&self, facts: &RunFacts) -> Vec<Plot> {
        let [_, _, _, ..] = self.axes.as_slice() else {
            return self.slice_pictures(facts, "");
        };
        (0..self.slice_count().min(SLICES_MAX))
            .flat_map(|index| {
                let (slice, fixed) = self.slice(index);
                slice.slice_pictures(facts, &fixed)
            })
            .collect()
    }

    /// The pictures of one or two axes, with what the other axes are fixed at.
    fn slice_pictures(&self, facts: &RunFacts, fixed: &str) -> Vec<Plot> {
        let mut plots = Vec::new();
        for service in 0..self.services.len() {
            match self.axes.as_slice() {
                [only] => plots.push(self.line(facts, service, fixed, only, None)),
                [across, up] => {
                    plots.push(self.line(facts, service, fixed, across, Some(up)));
                    plots.push(self.heat(facts, service, fixed, across, up));
                }
                _ => {}
            }
        }
        plots.extend(match self.axes.as_slice() {
            [only] => self.cost(facts, fixed, only, None),
            [across, up] => self.cost(facts, fixed, across, Some(up)),
            _ => None,
        });
        plots
    }

    /// Combinations of the values of the axes after the second.
    pub(super) fn slice_count(&self) -> usize {
        let further = self.axes.iter().skip(2);
        further.map(|axis| axis.values.len()).product()
    }

    /// The names of the axes after the second.
    pub(super) fn further_axes(&self) -> String {
        let names: Vec<String> = self.axes.iter().skip(2).map(|a| clean(&a.name)).collect();
        listed(&names)
    }

    /// The part of the table at a combination of values of the axes after the second, and these
    /// values in words.
    pub(super) fn slice(&self, index: usize) -> (SweepTable, String) {
        let mut fixed = Vec::new();
        let mut rest = index;
        for axis in self.axes[2..].iter().rev() {
            fixed.insert(0, rest % axis.values.len());
            rest /= axis.values.len();
        }
        let rows = self.rows.iter().filter(|row| row.point[2..] == fixed);
        let words: Vec<String> = self.axes[2..]
            .iter()
            .zip(&fixed)
            .map(|(axis, &at)| format!("{} = {}", clean(&axis.name), clean(&axis.values[at].text)))
            .collect();
        let slice = SweepTable {
            axes: self.axes[..2].to_vec(),
            rows: rows
                .map(|row| SweepRow {
                    point: row.point[..2].to_vec(),
                    ..row.clone()
                })
                .collect(),
            services: self.services.clone(),
            level: self.level,
        };
        (slice, words.join(", "))
    }

    /// The end of the names of the files of a service, with what other axes are fixed at.
    fn suffix(&self, service: usize, fixed: &str) -> String {
        let mut suffix = String::new();
        if self.services.len() > 1 {
            suffix = format!("-{}", slug(self.service_name(service)));
        }
        if !fixed.is_empty() {
            suffix = format!("{suffix}-{}", slug(fixed));
        }
        suffix
    }

    /// `shop, heartbeat = 1 s: `: the service, where there are several, and what other axes are fixed
    /// at.
    fn lead(&self, service: usize, fixed: &str) -> String {
        let name = (self.services.len() > 1).then(|| clean(self.service_name(service)));
        let parts: Vec<String> = name
            .into_iter()
            .chain((!fixed.is_empty()).then(|| fixed.to_owned()))
            .collect();
        if parts.is_empty() {
            String::new()
        } else {
            format!("{}: ", parts.join(", "))
        }
    }

    fn at(&self, service: usize, point: &[usize]) -> Option<&SweepFigures> {
        let row = self.rows.iter().find(|row| row.point == point)?;
        row.services.get(service)
    }

    /// The targets of a service; they are the same at every point, unless they are varied.
    fn targets_of(&self, service: usize) -> &[TargetResult] {
        let figures = self.rows.first().and_then(|row| row.services.get(service));
        figures.map_or(&[], |figures| &figures.targets)
    }

    /// The target that the axis of availability or downtime can show, and whether it is availability.
    fn shown_target(&self, service: usize) -> (bool, Option<Target>) {
        let targets = self.targets_of(service);
        let found =
            |wanted: model::Metric| targets.iter().find(|target| target.target.metric == wanted);
        let drawn = |target: &TargetResult| Target {
            label: clean(&target.target.text),
            value: target.target.limit,
        };
        match (
            found(model::Metric::Availability),
            found(model::Metric::Downtime(model::Statistic::Mean)),
        ) {
            (Some(target), _) => (true, Some(drawn(target))),
            (None, Some(target)) => (false, Some(drawn(target))),
            (None, None) => (true, None),
        }
    }

    fn line(
        &self,
        facts: &RunFacts,
        service: usize,
        fixed: &str,
        across: &Axis,
        series: Option<&Axis>,
    ) -> Plot {
        let (availability, target) = self.shown_target(service);
        let value = |figures: &SweepFigures| {
            if availability {
                figures.availability
            } else {
                figures.down
            }
        };
        let lines = self.lines(across, series, |point| {
            self.at(service, point).and_then(value)
        });
        let title = self.title(service);
        let (metric_name, metric) = if availability {
            ("mean availability", Quantity::Availability)
        } else {
            ("mean downtime a year", Quantity::Duration)
        };
        let plot = SweepLine {
            heading: Heading {
                title: title.clone(),
                subtitle: format!(
                    "{}{metric_name} at each point, {} interval",
                    self.lead(service, fixed),
                    self.level
                ),
                footnote: footnote(facts, self.trials()),
            },
            metric_name: metric_name.to_owned(),
            metric,
            parameter: clean(&across.name),
            values: values_of(across),
            series_parameter: series.map(|series| clean(&series.name)),
            series: lines,
            target,
        };
        Plot {
            stem: format!("sweep{}", self.suffix(service, fixed)),
            title,
            picture: plot.draw(),
            data: self.table_of(Some(service)),
        }
    }

    /// One line over `across` for each value of `series`, of what there is at a point.
    fn lines(
        &self,
        across: &Axis,
        series: Option<&Axis>,
        value: impl Fn(&[usize]) -> Option<Interval>,
    ) -> Vec<SweepSeries> {
        let along = |rest: &[usize]| -> Vec<_> {
            (0..across.values.len())
                .map(|x| {
                    let point: Vec<usize> =
                        std::iter::once(x).chain(rest.iter().copied()).collect();
                    value(&point).map(|interval| estimate(&interval))
                })
                .collect()
        };
        match series {
            None => vec![SweepSeries {
                name: String::new(),
                estimates: along(&[]),
            }],
            Some(series) => series
                .values
                .iter()
                .enumerate()
                .map(|(y, value)| SweepSeries {
                    name: clean(&value.text),
                    estimates: along(&[y]),
                })
                .collect(),
        }
    }

    /// What a year of the whole system costs at each point, if anything costs money.
    fn cost(
        &self,
        facts: &RunFacts,
        fixed: &str,
        across: &Axis,
        series: Option<&Axis>,
    ) -> Option<Plot> {
        let currency = self.currency()?;
        let title = match self.cheapest() {
            None if self.meeting().is_empty() => "No point meets the targets for sure".to_owned(),
            None => "Not every point tells its prices".to_owned(),
            Some(cheapest) => {
                let best = self.describe(cheapest.best);
                let whose = if cheapest.is_selected {
                    " that meets the targets"
                } else {
                    ""
                };
                let cost = &cheapest.cost;
                match cheapest.ties.len() as u64 {
                    0 => format!("{best} is the cheapest{whose}: {cost} a year"),
                    ties => format!(
                        "{best} may be the cheapest{whose}, as may {}: {cost} a year",
                        counted(ties, "other")
                    ),
                }
            }
        };
        let metric_name = format!("mean cost a year in {currency}");
        let cost = |point: &[usize]| {
            let row = self.rows.iter().find(|row| row.point == point)?;
            Some(row.cost?.1)
        };
        let fixed_at = if fixed.is_empty() {
            String::new()
        } else {
            format!("{fixed}: ")
        };
        let plot = SweepLine {
            heading: Heading {
                title: title.clone(),
                subtitle: format!(
                    "{fixed_at}{metric_name} at each point, {} interval",
                    self.level
                ),
                footnote: footnote(facts, self.trials()),
            },
            metric_name,
            metric: Quantity::Number,
            parameter: clean(&across.name),
            values: values_of(across),
            series_parameter: series.map(|series| clean(&series.name)),
            series: self.lines(across, series, cost),
            target: None,
        };
        let suffix = if fixed.is_empty() {
            String::new()
        } else {
            format!("-{}", slug(fixed))
        };
        Some(Plot {
            stem: format!("sweep-cost{suffix}"),
            title,
            picture: plot.draw(),
            data: self.table(),
        })
    }

    fn heat(
        &self,
        facts: &RunFacts,
        service: usize,
        fixed: &str,
        across: &Axis,
        up: &Axis,
    ) -> Plot {
        let title = self.title(service);
        let cell = |x: usize, y: usize| {
            let figures = self.at(service, &[x, y])?;
            let verdict = figures.verdict().map(|verdict| match verdict {
                Verdict::Met => Drawn::Met,
                Verdict::Missed => Drawn::Missed,
                Verdict::Undecided => Drawn::Undecided,
            });
            Some(HeatCell {
                estimate: estimate(&figures.down?),
                verdict,
            })
        };
        let targets = self.targets_of(service);
        let texts: Vec<String> = targets
            .iter()
            .map(|target| clean(&target.target.text))
            .collect();
        let texts_of = |axis: &Axis| axis.values.iter().map(|value| clean(&value.text)).collect();
        let plot = SweepHeat {
            heading: Heading {
                title: title.clone(),
                subtitle: format!(
                    "{}mean downtime a year at each point, {} interval",
                    self.lead(service, fixed),
                    self.level
                ),
                footnote: footnote(facts, self.trials()),
            },
            metric_name: "mean downtime a year".to_owned(),
            metric: Quantity::Duration,
            across_parameter: clean(&across.name),
            across: texts_of(across),
            up_parameter: clean(&up.name),
            up: texts_of(up),
            cells: (0..up.values.len())
                .map(|y| (0..across.values.len()).map(|x| cell(x, y)).collect())
                .collect(),
            target: match texts.as_slice() {
                [] => None,
                [only] => Some(only.clone()),
                [_, _] => Some("both targets".to_owned()),
                several => Some(format!("all {} targets", several.len())),
            },
        };
        Plot {
            stem: format!("sweep-map{}", self.suffix(service, fixed)),
            title,
            picture: plot.draw(),
            data: self.table_of(Some(service)),
        }
    }
}

/// The values of an axis as a picture wants them.
fn values_of(axis: &Axis) -> SweepValues {
    let numbers: Option<Vec<f64>> = axis.values.iter().map(|value| value.number).collect();
    match numbers {
        Some(values) => {
            let quantity = match axis.unit.as_deref() {
                Some("s") => Quantity::Duration,
                Some("ratio") => Quantity::Ratio,
                Some(_) => Quantity::Number,
                None if values.iter().all(|value| value.fract() == 0.0) => Quantity::Count,
                None => Quantity::Number,
            };
            SweepValues::Numbers { values, quantity }
        }
        None => SweepValues::Names(axis.values.iter().map(|value| clean(&value.text)).collect()),
    }
}
