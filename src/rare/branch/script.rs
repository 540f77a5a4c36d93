//! Which outcomes of a rule a branch shall take: a takeover that goes wrong, a mode that takes long to mend.

use super::Brancher;
use crate::base::Id;
use crate::behaviour::{
    AtLoad, Behaviour, BranchId, ClockId, Flow, Interpreter, Loss, Note, ServiceState, State,
    StopwatchId,
};
use crate::model::{GroupId, Level, ServiceId};
use crate::rare::clockwork::Clockwork;
use crate::rare::path::{Path, index_by};

/// Shares of outcomes that are drawn by what they lead to, by their true probabilities, and evenly.
const STEERED_SHARE: f64 = 0.8;
const TRUE_SHARE: f64 = 0.1;
const EVEN_SHARE: f64 = 0.1;

impl Brancher<'_> {
    /// Prepares for the rule of a clock: how far an outage is, and which branches it shall take.
    ///
    /// A branch is looked at before it is taken: the rule runs on a copy of the state for each of
    /// its outcomes, and an outcome gets the probability that its value deserves.
    pub(super) fn script(&mut self, clock: ClockId, rare: Option<usize>, service: ServiceId) {
        let steering = &self.steering[service.index()];
        if self.work.has_stretches() {
            steering.stretching(
                rare,
                &self.path.state,
                &self.values,
                &mut self.path.run.bias,
            );
        }
        self.path.run.bias.script.clear();
        self.path.run.bias.script_at = 0;
        if !self.work.may_branch(clock) {
            return;
        }
        let behaviour = &self.work.behaviour;
        loop {
            let open = self.probe(behaviour, clock, service).open;
            let Some((branch, weights)) = open else {
                return;
            };
            let chances = self.outcome_chances(clock, rare, service, &weights);
            let run = &mut self.path.run;
            let taken = index_by(
                if run.bias.truly { &weights } else { &chances },
                &mut run.rng,
            );
            run.bias.log_weight += libm::log(weights[taken] / chances[taken]);
            run.bias.script.push(taken);
            self.branch_uses[branch.index()][usize::from(taken > 0)] += 1;
        }
    }

    /// The probabilities that a branch gives to the outcomes that come next in a script.
    fn outcome_chances(
        &mut self,
        clock: ClockId,
        rare: Option<usize>,
        service: ServiceId,
        weights: &[f64],
    ) -> Vec<f64> {
        let behaviour = &self.work.behaviour;
        let steering = &self.steering[service.index()];
        let struck = rare.and_then(|rare| Some((rare, steering.struck_group(rare)?)));
        let power = struck.map_or(0, |(rare, _)| {
            steering.missing_after(rare, &self.path.state, &self.values)
        });
        let mut chances = Vec::with_capacity(weights.len());
        let mut exposures = Vec::with_capacity(weights.len());
        for (outcome, weight) in weights.iter().enumerate() {
            self.path.run.bias.script.push(outcome);
            let probe = self.probe(behaviour, clock, service);
            let (is_down, exposure) = (probe.is_down, probe.exposure);
            self.path.run.bias.script.pop();
            let value = if is_down && !self.values.by_fit {
                1.0
            } else {
                self.look_values.clone_rates(&self.values);
                steering.look(&self.looked, behaviour, &mut self.look_values)
            };
            chances.push(weight * value);
            exposures.push(exposure);
        }
        let others = struck.map_or(0.0, |(_, group)| self.values.back(group));
        favour_exposure(&mut chances, &exposures, power, others);
        mix(&mut chances, weights);
        chances
    }

    /// Whether a quiet path is surely quiet again as soon as a clock has fired, and nobody has felt it: work begins
    /// that stops nothing. Such an episode brings nothing.
    pub(in crate::rare) fn leads_nowhere(&mut self, quiet: &Path<'_>, clock: ClockId) -> bool {
        let behaviour = &self.work.behaviour;
        self.looked.copy_from(&quiet.state);
        let mut probe = Probe::new(self.work, &[], ServiceId::from_index(0));
        behaviour.fire(&mut self.looked, clock, &mut probe);
        probe.open.is_none() && !probe.is_felt && self.looked.is_quiet(behaviour)
    }

    /// Runs a rule on a copy of the state, along the script, as far as the first open branch.
    fn probe(&mut self, behaviour: &Behaviour, clock: ClockId, service: ServiceId) -> Probe<'_> {
        self.looked.copy_from(&self.path.state);
        let mut probe = Probe::new(self.work, &self.path.run.bias.script, service);
        behaviour.fire(&mut self.looked, clock, &mut probe);
        probe
    }
}

/// Makes outcomes likelier that take longer to mend: each leaves more time for the failures that are missing, so
/// many, as long as nothing else is back, which happens at a rate.
fn favour_exposure(chances: &mut [f64], exposures: &[f64], missing: usize, back: f64) {
    let is_known = |&exposure: &f64| exposure > 0.0 && exposure.is_finite();
    if !exposures.iter().all(is_known) {
        return;
    }
    for (chance, exposure) in chances.iter_mut().zip(exposures) {
        for step in 0..missing {
            let mean = step as f64 / exposures[0];
            *chance /= 1.0 + exposures[0] * (back + 1.0 / exposure + mean);
        }
    }
}

/// Makes of what outcomes lead to, times their true probability, the probabilities by which they are drawn: most of it,
/// but some of the true ones, so that weights have a bound, and some evenly, so that none is overlooked.
fn mix(chances: &mut [f64], weights: &[f64]) {
    let sum: f64 = chances.iter().sum();
    let possible = weights.iter().filter(|&&weight| weight > 0.0).count() as f64;
    for (chance, &weight) in chances.iter_mut().zip(weights) {
        let steer = if sum > 0.0 { *chance / sum } else { weight };
        let even = if weight > 0.0 { 1.0 / possible } else { 0.0 };
        *chance = STEERED_SHARE * steer + TRUE_SHARE * weight + EVEN_SHARE * even;
    }
}

/// An interpreter that only wants to know which branches a rule has, and where they lead.
#[derive(Debug)]
struct Probe<'s> {
    script: &'s [usize],
    at: usize,
    /// The first branch that the script does not decide, and the weights of its outcomes.
    open: Option<(BranchId, Vec<f64>)>,
    service: ServiceId,
    is_down: bool,
    /// Something has failed, or a service is not what it was.
    is_felt: bool,
    work: &'s Clockwork,
    /// Mean length of what it starts during which redundancy is missing.
    exposure: f64,
}

impl<'s> Probe<'s> {
    fn new(work: &'s Clockwork, script: &'s [usize], service: ServiceId) -> Probe<'s> {
        Probe {
            script,
            at: 0,
            open: None,
            service,
            is_down: false,
            is_felt: false,
            work,
            exposure: 0.0,
        }
    }

    fn take(&mut self, branch: BranchId, weights: impl FnOnce() -> Vec<f64>) -> usize {
        let taken = self.script.get(self.at).copied();
        self.at += 1;
        taken.unwrap_or_else(|| {
            let weights = weights();
            // What follows is decided later: suppose the likeliest.
            let likeliest = (0..weights.len())
                .rev()
                .max_by(|&a, &b| weights[a].total_cmp(&weights[b]))
                .unwrap_or(0);
            self.open.get_or_insert((branch, weights));
            likeliest
        })
    }
}

impl Interpreter for Probe<'_> {
    fn start(&mut self, clock: ClockId, _: f64) {
        self.exposure += self.work.exposure(clock);
    }
    fn stop(&mut self, _: ClockId) {}
    fn set_speed(&mut self, _: ClockId, _: f64) {}
    fn renew(&mut self, _: ClockId, _: f64) {}
    fn start_longer(&mut self, _: ClockId, _: StopwatchId, _: f64) {}
    fn start_at_load(&mut self, _: ClockId, _: ServiceId, _: AtLoad) {}
    fn reset(&mut self, _: StopwatchId) {}
    fn choose(&mut self, branch: BranchId, probability: f64) -> bool {
        self.take(branch, || vec![probability, 1.0 - probability]) == 0
    }
    fn pick(&mut self, branch: BranchId, weights: &[f64]) -> usize {
        self.take(branch, || weights.to_vec())
    }
    fn data_lost(&mut self, _: GroupId, _: Loss) {
        self.is_felt = true;
    }
    fn service_changed(&mut self, service: ServiceId, state: &ServiceState) {
        self.is_felt |= state.level < Level::Up;
        if service == self.service {
            self.is_down = state.level == Level::Down;
        }
    }
    fn served_changed(&mut self, _: ServiceId, flow: Flow, _: &State) {
        self.is_felt |= flow.reach < 1.0;
    }
    fn tell(&mut self, note: Note) {
        self.is_felt |= matches!(note, Note::Failure(..));
    }
}
