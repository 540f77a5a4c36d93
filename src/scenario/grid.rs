//! Variants of one scenario: a grid over the values of some of its keys.
//!
//! Every point is loaded before any is run, so that a wrong value at the last point is not found
//! after an hour. What is wrong at several points is said once, with the points that it concerns.

use std::collections::BTreeMap;

use super::change::{InvalidOverride, Override, Variation};
use super::problem::{Code, Place, Problem, Problems, Severity, SourceText};
use super::{Files, Scenario, Source, load};
use crate::base::human;
use crate::base::text::clean;

/// The most points that a grid can have.
pub const POINTS_MAX: usize = 10_000;

/// A scenario at several values of some of its keys.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The keys that vary, in the order given.
    pub axes: Vec<Variation>,
    /// All combinations of their values. The last axis varies fastest.
    pub points: Vec<GridPoint>,
    /// What is odd about the points.
    pub warnings: Problems,
}

/// One combination of values.
#[derive(Clone, Debug)]
pub struct GridPoint {
    /// The position of its value on each axis.
    pub position: Vec<usize>,
    /// The scenario with these values.
    pub scenario: Scenario,
}

/// Reads a scenario, with changes from the command line, at all points of a grid. Each text of
/// `variations` is one axis, as [`Variation::parse`] reads it.
///
/// # Errors
///
/// Fails with everything that is wrong with the axes and with the scenario at any point.
pub fn grid(
    source: &Source,
    overrides: &[Override],
    variations: &[String],
    files: &dyn Files,
) -> Result<Grid, Problems> {
    let mut texts = Vec::new();
    let mut problems = Vec::new();
    let mut axes: Vec<Variation> = Vec::new();
    for text in variations {
        let place = |span| Place {
            text: texts.len(),
            span,
        };
        let found = match Variation::parse(text) {
            Err(error) => Some(wrong_axis(text, &error, place)),
            Ok(axis) => {
                let problem = varied_twice(&axis, &axes, overrides, place);
                if problem.is_none() {
                    axes.push(axis);
                }
                problem
            }
        };
        problems.extend(found);
        texts.push(SourceText {
            name: "--vary".to_owned(),
            text: text.clone(),
        });
    }
    problems.extend(too_large(&axes));
    if problems
        .iter()
        .any(|problem: &Problem| problem.place.is_none())
    {
        return Err(Problems::new(texts, problems));
    }

    let mut points = Vec::new();
    let mut errors = Findings::default();
    let mut warnings = Findings::default();
    let count = axes.iter().map(|axis| axis.points.len()).product();
    for index in 0..count {
        let position = position(&axes, index);
        let values = axes.iter().zip(&position);
        let changes: Vec<Override> = overrides
            .iter()
            .cloned()
            .chain(values.map(|(axis, &value)| axis.points[value].change.clone()))
            .collect();
        match load(source, &changes, files) {
            Err(problems) => errors.add(&position, &problems),
            Ok(scenario) => {
                warnings.add(&position, &scenario.warnings);
                points.push(GridPoint { position, scenario });
            }
        }
    }
    if problems.is_empty() && errors.is_empty() {
        return Ok(Grid {
            warnings: warnings.into_problems(&axes, count, Vec::new(), Vec::new()),
            axes,
            points,
        });
    }
    Err(errors.into_problems(&axes, count, texts, problems))
}

/// The position on each axis of the point with a number.
fn position(axes: &[Variation], mut index: usize) -> Vec<usize> {
    let mut position = vec![0; axes.len()];
    for (place, axis) in position.iter_mut().zip(axes).rev() {
        *place = index % axis.points.len();
        index /= axis.points.len();
    }
    position
}

fn problem(place: Option<Place>, path: &str, message: String, help: String) -> Problem {
    Problem {
        severity: Severity::Error,
        code: Code::InvalidOverride,
        place,
        used_at: None,
        path: path.to_owned(),
        message: clean(&message),
        help: Some(clean(&help)),
    }
}

fn wrong_axis(
    text: &str,
    error: &InvalidOverride,
    place: impl Fn(std::ops::Range<usize>) -> Place,
) -> Problem {
    // The part of the text that the error is about, where that is a part of it.
    let part = match error {
        InvalidOverride::NoValue(part)
        | InvalidOverride::Path(part)
        | InvalidOverride::Range(part)
        | InvalidOverride::EmptyRange(part)
        | InvalidOverride::NoStep(part)
        | InvalidOverride::Step(part)
        | InvalidOverride::MixedUnits(part)
        | InvalidOverride::TooManyValues(part, _)
        | InvalidOverride::Twice(part) => part,
    };
    let span = text
        .rfind(part.as_str())
        .map_or(0..text.len(), |start| start..start + part.len());
    let help = match error {
        InvalidOverride::NoValue(_) => {
            "Write PATH=VALUES, such as web=3..6 or groups.db.standby=hot,cold.".to_owned()
        }
        other => other.help(),
    };
    problem(Some(place(span)), "", error.to_string(), help)
}

/// A key that is varied by another axis already, or set.
fn varied_twice(
    axis: &Variation,
    axes: &[Variation],
    overrides: &[Override],
    place: impl Fn(std::ops::Range<usize>) -> Place,
) -> Option<Problem> {
    let change = |axis: &Variation| axis.points.first().map(|point| point.change.clone());
    let own = change(axis)?;
    let key = |change: &Override| match change.path.as_slice() {
        [section, rest @ ..] if section == "params" => rest.to_vec(),
        path => path.to_vec(),
    };
    let same = |other: &Override| key(other) == key(&own);
    let path = &axis.path;
    let (message, help) = if axes.iter().filter_map(change).any(|other| same(&other)) {
        (
            format!("`{path}` is varied twice"),
            format!("Give all values at once: {path}=VALUE,VALUE."),
        )
    } else if overrides.iter().any(same) {
        (
            format!("`{path}` is set and varied"),
            "Leave out --set or --vary.".to_owned(),
        )
    } else {
        return None;
    };
    let place = place(0..own.path_end);
    Some(problem(Some(place), path, message, help))
}

fn too_large(axes: &[Variation]) -> Option<Problem> {
    let sizes: Vec<f64> = axes.iter().map(|axis| axis.points.len() as f64).collect();
    let size: f64 = sizes.iter().product();
    (size > POINTS_MAX as f64).then(|| {
        let factors: Vec<String> = sizes.iter().map(f64::to_string).collect();
        problem(
            None,
            "",
            format!(
                "the grid has {} points ({}), and at most {} can be run",
                human::significant(size, 15),
                factors.join(" x "),
                human::count(POINTS_MAX as u64)
            ),
            "Vary fewer keys, or take larger steps.".to_owned(),
        )
    })
}

/// What makes a finding at one point the same as at another one: code, path, message, and the name
/// and byte of the text that it is found in.
type Key = (&'static str, String, String, Option<(String, usize)>);

/// Problems of many points.
#[derive(Default)]
struct Findings {
    /// The number of a finding in `all`.
    numbers: BTreeMap<Key, usize>,
    all: Vec<Finding>,
}

struct Finding {
    /// The texts of the point where it was found first.
    texts: Vec<SourceText>,
    problem: Problem,
    /// Where it was found.
    points: Vec<Vec<usize>>,
}

/// Findings that are told; a wrong range can make as many as it has values.
const FINDINGS_MAX: usize = 20;

impl Findings {
    fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    fn add(&mut self, position: &[usize], problems: &Problems) {
        for problem in problems.iter() {
            let place = problem.place.as_ref().map(|place| {
                let name = problems.texts()[place.text].name.clone();
                (name, place.span.start)
            });
            let key = (
                problem.code.id(),
                problem.path.clone(),
                problem.message.clone(),
                place,
            );
            let number = *self.numbers.entry(key).or_insert_with(|| {
                self.all.push(Finding {
                    texts: problems.texts().to_vec(),
                    problem: problem.clone(),
                    points: Vec::new(),
                });
                self.all.len() - 1
            });
            self.all[number].points.push(position.to_vec());
        }
    }

    /// All findings, after the problems that there are already, each with the points that have it.
    fn into_problems(
        self,
        axes: &[Variation],
        count: usize,
        mut texts: Vec<SourceText>,
        mut problems: Vec<Problem>,
    ) -> Problems {
        let left_out = self.all.len().saturating_sub(FINDINGS_MAX);
        for finding in self.all.into_iter().take(FINDINGS_MAX) {
            let mut problem = finding.problem;
            let is_said = problem
                .place
                .as_ref()
                .is_some_and(|place| finding.texts[place.text].name == "--vary");
            // Values that come from the command line are shown with the problem.
            if finding.points.len() < count && !is_said {
                let points = describe(axes, &finding.points, count);
                problem.message = format!("{points}: {}", problem.message);
            }
            for place in [&mut problem.place, &mut problem.used_at]
                .into_iter()
                .flatten()
            {
                let text = &finding.texts[place.text];
                place.text = texts
                    .iter()
                    .position(|known| known == text)
                    .unwrap_or_else(|| {
                        texts.push(text.clone());
                        texts.len() - 1
                    });
            }
            problems.push(problem);
        }
        if left_out > 0 {
            problems.push(problem(
                None,
                "",
                format!("and {left_out} more problems at other points"),
                "Mend these first.".to_owned(),
            ));
        }
        Problems::new(texts, problems)
    }
}

/// The values that some points have in common, or else how many points there are: `at web = 3`.
fn describe(axes: &[Variation], points: &[Vec<usize>], count: usize) -> String {
    let first = &points[0];
    let value = |index: usize| {
        let axis = &axes[index];
        let label = axis.points[first[index]].label.trim_matches('"');
        clean(&format!("{} = {label}", axis.path))
    };
    let common: Vec<String> = (0..axes.len())
        .filter(|&index| points.iter().all(|point| point[index] == first[index]))
        .map(value)
        .collect();
    if common.is_empty() {
        let all: Vec<String> = (0..axes.len()).map(value).collect();
        format!(
            "at {} of {count} points, such as {}",
            points.len(),
            all.join(", ")
        )
    } else {
        format!("at {}", common.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::NoFiles;
    use super::*;

    const PAIR: &str = r#"format = 1
[params]
n = 2
[components.web]
count = "$n"
required = 2
fail = { mean = "1000 h" }
repair = "1 h"
[service]
up = "web"
"#;

    fn load_grid(overrides: &[&str], variations: &[&str]) -> Result<Grid, Problems> {
        let source = Source::toml("pair.toml", PAIR);
        let overrides: Vec<Override> = overrides
            .iter()
            .map(|text| Override::parse(text).expect("it is a change"))
            .collect();
        let variations: Vec<String> = variations.iter().map(|text| (*text).to_owned()).collect();
        grid(&source, &overrides, &variations, &NoFiles)
    }

    fn refused(overrides: &[&str], variations: &[&str], expected: &[&str]) {
        let problems = load_grid(overrides, variations).expect_err("it is wrong");
        let lines: Vec<String> = problems.plain().lines().map(str::to_owned).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn the_last_axis_varies_fastest() {
        let grid = load_grid(&[], &["n=2..4", "components.web.repair=1h,30min"]).expect("a grid");
        let positions: Vec<Vec<usize>> = grid
            .points
            .iter()
            .map(|point| point.position.clone())
            .collect();
        assert_eq!(
            positions,
            [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]].map(Vec::from)
        );
        let units = |point: &GridPoint| point.scenario.system.units.len();
        assert_eq!((units(&grid.points[0]), units(&grid.points[5])), (2, 4));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        refused(
            &["components.web.required=1"],
            &[
                "n=6..3",
                "components.web.repiar=1h,2h",
                "components.web.required=1,2",
            ],
            &[
                "--vary:1:3: error[invalid-override]: the range `6..3` is empty: it ends before it begins - Write the smaller value first.",
                "--vary:1:1: error[invalid-override]: `components.web.required` is set and varied - Leave out --set or --vary.",
                "--vary:1:1: error[unknown-key]: there is no key `components.web.repiar` - Did you mean `components.web.repair`?",
            ],
        );
    }

    #[test]
    fn a_problem_names_its_points() {
        refused(
            &[],
            &["n=1..3", "components.web.repair=1h,5x"],
            &[
                "pair.toml:6:12: error[impossible-system]: at n = 1: group `web` needs 2 members up but has only 1 - Lower `required` to at most 1, or add 1 more.",
                "--vary:1:23: error[unknown-unit]: `x` is not a unit that `repair` can have - Units of time are ns, us, ms, s, min, h, d, w, mo and y.",
            ],
        );
    }

    #[test]
    fn a_huge_grid_is_refused_with_its_size() {
        refused(
            &[],
            &["n=1..500", "components.web.required=1..200"],
            &[
                "--vary: error[invalid-override]: the grid has 100,000 points (500 x 200), and at most 10,000 can be run - Vary fewer keys, or take larger steps.",
            ],
        );
    }
}
