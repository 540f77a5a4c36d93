//! Whether weighted trials can be believed.
//!
//! An interval from weighted trials lies when the trials have missed what matters, and nothing in
//! its width shows that. So an estimate must pass tests that could fail: the weights must be right,
//! everything that can begin an outage must have been tried, the result must not rest on a few
//! branches or on a few extreme repairs, and another setting of the method must agree.

use super::run::RareTrials;
use super::tally::Uses;
use crate::base::human;
use crate::behaviour::Event;
use crate::model::{ServiceId, System};
use crate::stats::RealMoments;

/// Every rare clock, and every outcome of a branch, must have been used so often.
const USES_MIN: u64 = 30;
/// So many equal branches must the result be worth.
const EFFECTIVE_MIN: f64 = 400.0;
/// No branch may hold a larger share of the downtime.
const SHARE_MAX: f64 = 0.02;
/// The same of trials of splitting.
pub(super) const SPLIT_EFFECTIVE_MIN: f64 = 30.0;
const SPLIT_SHARE_MAX: f64 = 0.2;
/// Beyond so many standard errors, what should agree does not.
const DEVIATION_MAX: f64 = 4.0;
/// Where extreme repairs should hold more of the downtime, so many outages after one show that they are tried.
const EXTREME_SHARE: f64 = 0.05;
const EXTREME_MIN: u64 = 10;
/// What chance may hide of extreme repairs is at most this part of the half-width of an interval.
const HIDDEN_MAX: f64 = 0.2;

/// The tests of one service's estimate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagnosis {
    /// The tests in order.
    pub tests: Vec<TestResult>,
}

/// One test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestResult {
    /// Its name.
    pub name: &'static str,
    /// Whether the estimate passes it.
    pub is_passed: bool,
    /// What was found, in words.
    pub text: String,
}

impl Diagnosis {
    /// Whether all tests are passed.
    pub fn is_passed(&self) -> bool {
        self.tests.iter().all(|test| test.is_passed)
    }

    /// With what makes no sense: nothing is down for less than no time, or for longer than a mission lasts.
    #[must_use]
    pub(super) fn within(mut self, down: &RealMoments, mission_ns: f64) -> Diagnosis {
        let share = down.mean() / mission_ns;
        if !(0.0..=1.0 + 1e-9).contains(&share) {
            self.tests.push(TestResult {
                name: "bounds",
                is_passed: false,
                text: format!("down for {} of the time", human::percent(share)),
            });
        }
        self
    }

    /// What to tell people: one line if all is well, else a line for each failed test.
    pub fn lines(&self) -> Vec<String> {
        let failed: Vec<String> = self
            .tests
            .iter()
            .filter(|test| !test.is_passed)
            .map(|test| format!("not established: {}", test.text))
            .collect();
        if !failed.is_empty() || self.tests.is_empty() {
            return failed;
        }
        let texts: Vec<&str> = self.tests.iter().map(|test| test.text.as_str()).collect();
        vec![texts.join(", ")]
    }

    /// A test by its name.
    pub fn test(&self, name: &str) -> Option<&TestResult> {
        self.tests.iter().find(|test| test.name == name)
    }
}

/// Tests the estimate of a service.
pub fn diagnose(trials: &RareTrials, service: ServiceId) -> Diagnosis {
    let tally = &trials.tally.services[service];
    if trials.is_split {
        return Diagnosis {
            tests: vec![split_support(&tally.down)],
        };
    }
    let mut tests = vec![
        weights(&tally.weights),
        coverage(trials),
        support(&tally.branch_down),
        extremes(trials, service),
    ];
    tests.extend(second_opinion(trials, service));
    Diagnosis { tests }
}

/// Weights are ratios of likelihoods: their mean is 1.
fn weights(weights: &RealMoments) -> TestResult {
    if weights.count() == 0 {
        return TestResult {
            name: "weights",
            is_passed: false,
            text: "no branch was lived, as nothing was seen that can begin an outage".to_owned(),
        };
    }
    let error = weights.standard_error().max(1e-9);
    let deviation = (weights.mean() - 1.0) / error;
    TestResult {
        name: "weights",
        is_passed: deviation.abs() <= DEVIATION_MAX,
        text: format!(
            "mean weight {:.3} ({deviation:+.1} standard errors from 1)",
            weights.mean()
        ),
    }
}

/// What is never tried leaves no trace in any weight.
fn coverage(trials: &RareTrials) -> TestResult {
    let mut fewest: Option<(u64, String)> = None;
    let mut look = |uses: u64, what: String| {
        if fewest.as_ref().is_none_or(|(least, _)| uses < *least) {
            fewest = Some((uses, what));
        }
    };
    for class in &trials.classes {
        let mut uses = Uses::default();
        for &clock in &class.clocks {
            uses.add(trials.tally.uses[clock]);
        }
        look(uses.tried(), class.name.clone());
    }
    for uses in &trials.tally.branch_uses {
        let reached = uses[0] + uses[1];
        // A branch that is hardly ever reached has hardly a part in outages.
        if reached >= 50 * USES_MIN {
            look(uses[0].min(uses[1]), "an outcome of a takeover".to_owned());
        }
    }
    let Some((uses, what)) = fewest else {
        return TestResult {
            name: "coverage",
            is_passed: true,
            text: "all that fails does so at times that are drawn beforehand".to_owned(),
        };
    };
    TestResult {
        name: "coverage",
        is_passed: uses >= USES_MIN,
        text: if uses >= USES_MIN {
            format!(
                "every kind of failure was tried {} times or more",
                human::count(uses)
            )
        } else {
            format!("{what} was tried {uses} times only, and {USES_MIN} are needed")
        },
    }
}

fn support(down: &RealMoments) -> TestResult {
    let effective = down.effective_count();
    let share = down.summary_within(f64::INFINITY).share_of_largest;
    let is_passed = effective >= EFFECTIVE_MIN && share <= SHARE_MAX;
    let mut text = format!(
        "worth {effective:.0} equal outages, the largest holding {:.2} %",
        100.0 * share
    );
    if !is_passed {
        text += &format!(
            ", where {EFFECTIVE_MIN} are needed and {} % at most: more trials help",
            100.0 * SHARE_MAX
        );
    }
    TestResult {
        name: "support",
        is_passed,
        text,
    }
}

/// A trial of splitting stands for many missions, so fewer of them are enough.
fn split_support(down: &RealMoments) -> TestResult {
    let effective = down.effective_count();
    let share = down.summary_within(f64::INFINITY).share_of_largest;
    TestResult {
        name: "support",
        is_passed: effective >= SPLIT_EFFECTIVE_MIN && share <= SPLIT_SHARE_MAX,
        text: format!(
            "worth {effective:.0} equal trials of splitting, the largest holding {:.1} %",
            100.0 * share
        ),
    }
}

/// A heavy tail of repairs can hold most of the downtime, in few branches or in none.
///
/// Few branches tell too small a spread when there happen to be fewer than usual. A count of `n` with which
/// a Poisson mean of `n + 1.96 sqrt(n) + 2` is still compatible leaves out of a symmetric interval what
/// the 2 stands for: so much may be hidden, and must be little beside the interval of the whole.
fn extremes(trials: &RareTrials, service: ServiceId) -> TestResult {
    let tally = &trials.tally.services[service];
    let down = tally.branch_down.sum().max(f64::MIN_POSITIVE);
    let share = tally.extreme_down.sum() / down;
    let hidden = 2.0 * share / tally.extreme_down.effective_count().max(1.0);
    let half_width = 1.96 * tally.error_of(&tally.down) / tally.down.mean().max(f64::MIN_POSITIVE);
    // Where the laws say that hardly any of the downtime follows such a repair, none need be seen.
    let foreseen = tally.foreseen_extreme.value() / down;
    let is_seen = foreseen <= EXTREME_SHARE || tally.extreme_count >= EXTREME_MIN;
    TestResult {
        name: "extremes",
        is_passed: is_seen && hidden <= HIDDEN_MAX * half_width,
        text: format!(
            "extreme repairs hold {:.1} % of the downtime in {} branches",
            100.0 * share,
            tally.extreme_count
        ),
    }
}

/// Another mixture of the same method must find the same.
fn second_opinion(trials: &RareTrials, service: ServiceId) -> Option<TestResult> {
    let second = trials.second.as_ref()?;
    let (first, second) = (&trials.tally.services[service], &second.services[service]);
    let difference = first.down.mean() - second.down.mean();
    let error = first
        .error_of(&first.down)
        .hypot(second.error_of(&second.down));
    let deviation = difference / error.max(f64::MIN_POSITIVE);
    Some(TestResult {
        name: "second_setting",
        is_passed: deviation.abs() <= DEVIATION_MAX,
        text: format!(
            "another setting differs by {:.1} standard errors",
            deviation.abs()
        ),
    })
}

/// Whether two settings find the same for something that need not be seen in many branches: where one of
/// them rests on few trials, its spread says too little to tell.
pub(super) fn agree(first: &RealMoments, second: &RealMoments) -> bool {
    let fewest = first.effective_count().min(second.effective_count());
    let error = first.standard_error().hypot(second.standard_error());
    fewest < SPLIT_EFFECTIVE_MIN || (first.mean() - second.mean()).abs() <= DEVIATION_MAX * error
}

/// Rare clocks that are alike.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Class {
    /// What it is that fails.
    pub(super) name: String,
    /// Indices of the clocks.
    pub(super) clocks: Vec<usize>,
}

/// Sorts rare clocks that strike into those of the same kind of unit in the same group. The first of the
/// clocks has the number `first`.
pub(super) fn classes<'e>(
    system: &System,
    behaviour: &crate::behaviour::Behaviour,
    first: usize,
    events: impl Iterator<Item = Option<&'e Event>>,
) -> Vec<Class> {
    let mut classes: Vec<(String, Vec<usize>)> = Vec::new();
    let strikes = events
        .enumerate()
        .filter_map(|(index, event)| Some((first + index, event?)));
    for (index, event) in strikes {
        let name = match *event {
            Event::Failed(process) => {
                let (unit, group) = behaviour.unit_of(process);
                let kind = &system.kinds[system.units[unit].kind];
                let nth = behaviour.process_rank(process);
                let mode = &kind.modes[kind.failures[nth].outcomes[0].0];
                format!(
                    "{} of {} in {}",
                    mode.name, kind.name, system.groups[group].name
                )
            }
            Event::FalseAlarm(seat) => {
                let group = behaviour.group_of_seat(seat);
                format!("a false alarm in {}", system.groups[group].name)
            }
            Event::CauseStruck(cause) => format!("an event of {}", system.causes[cause].family),
            Event::Left(exit) => {
                let unit = behaviour.machine_of(exit);
                format!("an exit of {}", system.kinds[system.units[unit].kind].name)
            }
            other => format!("event {}", other.rank()),
        };
        match classes.iter_mut().find(|(other, _)| *other == name) {
            Some((_, clocks)) => clocks.push(index),
            None => classes.push((name, vec![index])),
        }
    }
    classes
        .into_iter()
        .map(|(name, clocks)| Class { name, clocks })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rare::Mixture;
    use crate::rare::run::run_with;
    use crate::scenario::{self, NoFiles, Source};
    use crate::stats::Level;
    use crate::trials::{Goal, Settings};

    /// Five of eight servers with heavy-tailed repairs by one crew, and a site that hardly ever fails.
    const TEXT: &str = "format = 1
[run]
horizon = \"1 y\"
[crews.people]
size = 1
[kinds.server]
fail = { mean = \"10000 h\" }
repair = { lognormal = { mean = \"5 h\", sigma = 1 } }
crew = \"people\"
[kinds.site]
fail = { mean = \"1e10 h\" }
repair = { mean = \"24 h\" }
crew = \"people\"
[groups]
servers = { kind = \"server\", units = 8, required = 5, standby = \"active\" }
site = { kind = \"site\", units = 1 }
[service]
up = \"servers and site\"
";

    fn trials(mixture: Mixture, count: u64) -> RareTrials {
        trials_of(TEXT, mixture, count)
    }

    fn trials_of(text: &str, mixture: Mixture, count: u64) -> RareTrials {
        let source = Source::toml("test.toml", text);
        let scenario = scenario::load(&source, &[], &NoFiles)
            .unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        let settings = Settings {
            goal: Goal::Trials(count),
            first_trial: 0,
            record_count: 0,
            keeps_values: false,
            level: Level::USUAL,
        };
        run_with(
            &scenario.system,
            1,
            &settings,
            u64::MAX,
            mixture,
            &mut |_| None,
        )
    }

    /// The names of the tests that are failed.
    fn failed(trials: &RareTrials) -> Vec<&'static str> {
        let diagnosis = diagnose(trials, ServiceId(0));
        println!("{diagnosis:#?}");
        let tests = diagnosis.tests.iter().filter(|test| !test.is_passed);
        tests.map(|test| test.name).collect()
    }

    #[test]
    fn a_sound_estimate_passes_all_tests() {
        let trials = trials(Mixture::USUAL, 3_000);
        assert_eq!(failed(&trials), [""; 0]);
        let lines = diagnose(&trials, ServiceId(0)).lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
    }

    #[test]
    fn a_wrong_weight_is_found() {
        let mut trials = trials(Mixture::USUAL, 3_000);
        let service = &mut trials.tally.services[ServiceId(0)];
        let mut weights = RealMoments::default();
        for branch in 0..service.weights.count() {
            // As if a factor of the likelihood ratio had been left out: 5 % too much.
            weights.record(if branch % 2 == 0 { 0.1 } else { 2.0 });
        }
        service.weights = weights;
        assert_eq!(failed(&trials), ["weights"]);
    }

    #[test]
    fn an_initiator_that_is_never_drawn_is_found() {
        let faulty = Mixture {
            true_initiators: 1.0,
            ..Mixture::USUAL
        };
        let mut trials = trials(faulty, 3_000);
        // Nothing else finds it: whoever does not know the truth sees a sound estimate.
        trials.second = None;
        assert_eq!(failed(&trials), ["coverage"]);
        let diagnosis = diagnose(&trials, ServiceId(0));
        assert!(
            diagnosis.lines()[0].contains("of site in site was tried"),
            "{:?}",
            diagnosis.lines()
        );
    }

    #[test]
    fn repairs_that_are_not_stretched_are_found() {
        let faulty = Mixture {
            stretched: 0.0,
            ..Mixture::USUAL
        };
        let failed = failed(&trials(faulty, 3_000));
        assert!(failed.contains(&"extremes"), "{failed:?}");
    }

    #[test]
    fn repairs_that_are_all_alike_need_no_extremes() {
        let text = TEXT.replace(
            "{ lognormal = { mean = \"5 h\", sigma = 1 } }",
            "{ uniform = [\"4 h\", \"6 h\"] }",
        );
        let trials = trials_of(&text, Mixture::USUAL, 60);
        assert!(trials.tally.services[ServiceId(0)].extreme_count < EXTREME_MIN);
        assert_eq!(failed(&trials), [""; 0]);
    }

    #[test]
    fn another_answer_of_another_setting_is_found() {
        let mut trials = trials(Mixture::USUAL, 3_000);
        let second = trials.second.as_mut().expect("a second setting was run");
        let mut down = RealMoments::default();
        let mean = 1.5 * second.services[ServiceId(0)].down.mean();
        for trial in 0..second.trial_count {
            down.record(if trial % 2 == 0 {
                0.5 * mean
            } else {
                1.5 * mean
            });
        }
        second.services[ServiceId(0)].down = down;
        assert_eq!(failed(&trials), ["second_setting"]);
    }

    #[test]
    fn more_downtime_than_time_is_found() {
        let trials = trials(Mixture::USUAL, 3_000);
        let diagnosis = diagnose(&trials, ServiceId(0));
        let mission = |share: f64| {
            let mut down = RealMoments::default();
            down.record(share * 1e15);
            diagnosis.clone().within(&down, 1e15).is_passed()
        };
        assert!(mission(0.0) && mission(0.5) && mission(1.0));
        assert!(!mission(15.64));
    }

    #[test]
    fn few_branches_are_too_few() {
        let trials = trials(Mixture::USUAL, 10);
        assert!(failed(&trials).contains(&"support"));
    }
}
