//! What has no long run to begin in.

use super::{Checker, MISSION_YEARS_MAX, path_key};
use crate::base::units::SECONDS_PER_YEAR;
use crate::base::{Probability, Span, human};
use crate::math::Law;
use crate::model::{Ending, Kind, KindId, MissionStart, Renewal};

const BEGIN_NEW: &str = "Write start = \"new\" in [run], or change this.";

impl Checker<'_> {
    /// A mission that is a stretch of the long run needs a system that has one.
    pub(super) fn check_start(&mut self) {
        let MissionStart::Settled { warm_up } = self.system.start else {
            return;
        };
        let warm_up = warm_up.span();
        let whole = warm_up.map_or(0.0, Span::as_years) + self.system.mission.as_years();
        if warm_up.is_some() && whole > MISSION_YEARS_MAX {
            let message = format!(
                "warm-up and mission can last {MISSION_YEARS_MAX} y together, but are {}",
                human::duration(whole * SECONDS_PER_YEAR)
            );
            self.add("run.warm_up", message, "Write a shorter warm-up.");
        }
        for (id, kind) in self.system.kinds.iter_ids() {
            self.check_long_run_of_kind(id, kind);
        }
        for cause in self.system.causes.iter() {
            let path = path_key("causes", &cause.name);
            if let Some(every) = &cause.every {
                self.check_mean(&path_key(&path, "every"), every);
            }
            if let Some(lasts) = &cause.lasts {
                self.check_mean(&path_key(&path, "lasts"), &lasts.law);
            }
        }
        for spares in self.system.spares.iter() {
            let path = path_key(&path_key("spares", &spares.name), "lead_time");
            self.check_mean(&path, &spares.lead_time);
        }
    }

    fn check_long_run_of_kind(&mut self, id: KindId, kind: &Kind) {
        let path = path_key("kinds", &kind.name);
        let is_renewed = self.is_renewed_by_work(id);
        let mode_path = |mode: usize, key: &str| {
            let mode = kind.modes.get(mode).map_or("", |mode| mode.name.as_str());
            path_key(&path_key(&path_key(&path, "modes"), mode), key)
        };
        for process in &kind.failures {
            let mode = process.outcomes.first().map_or(0, |outcome| outcome.0);
            self.check_mean(&mode_path(mode, "fail"), &process.law);
            if process.age > Span::ZERO {
                self.add(
                    &mode_path(mode, "age"),
                    format!(
                        "units of kind `{}` have an age at the start, but in the long run nothing is left of it",
                        kind.name
                    ),
                    "Delete `age`, or write start = \"new\" in [run].",
                );
            }
            let grows = match process.renewal {
                Renewal::New => false,
                Renewal::KijimaFirst(factor) => factor > 0.0,
                Renewal::KijimaSecond(factor) => factor >= 1.0,
            };
            if grows && !is_renewed {
                self.add(
                    &mode_path(mode, "after_repair"),
                    format!(
                        "units of kind `{}` grow older with each repair, so there is no long run",
                        kind.name
                    ),
                    BEGIN_NEW,
                );
            }
        }
        for (at, mode) in kind.modes.iter().enumerate() {
            match &mode.ending {
                Ending::Never if !is_renewed && self.happens(id, kind, at) => self.add(
                    &mode_path(at, "repair"),
                    format!(
                        "`{}` is never mended, so in the long run all units of kind `{}` are broken",
                        mode.name, kind.name
                    ),
                    "Give it a repair, or write start = \"new\" in [run].",
                ),
                Ending::Never => {}
                Ending::Itself(law) => self.check_mean(&mode_path(at, "lasts"), law),
                Ending::Repair(repair) => self.check_mean(&mode_path(at, "repair"), &repair.time),
            }
        }
        for state in &kind.states {
            if state
                .exits
                .iter()
                .all(|exit| matches!(exit.after, Law::Never(_)))
            {
                self.add(
                    &path_key(&path_key(&path, "states"), &state.name),
                    format!(
                        "state `{}` is never left, so there is no long run",
                        state.name
                    ),
                    BEGIN_NEW,
                );
            }
        }
    }

    /// Whether a unit of a kind ever comes to have a fault of this mode.
    fn happens(&self, id: KindId, kind: &Kind, mode: usize) -> bool {
        let fails = kind.failures.iter().any(|process| {
            let mut outcomes = process.outcomes.iter();
            !matches!(process.law, Law::Never(_))
                && outcomes.any(|(of, share)| *of == mode && *share > Probability::ZERO)
        });
        let breaks = self.system.causes.iter_ids().any(|(cause, of)| {
            let breaks = of.breaks.as_ref();
            let is_this = breaks.and_then(|breaks| breaks.mode_of(kind)) == Some(mode);
            let strikes = || {
                let mut units = self.system.units_in_cause(cause).into_iter();
                units.any(|unit| self.system.units[unit].kind == id)
            };
            is_this && of.every.is_some() && strikes()
        });
        fails
            || breaks
            || kind
                .on_demand
                .as_ref()
                .is_some_and(|demand| demand.mode == mode)
    }

    /// Whether planned work makes all units of a kind as good as new from time to time.
    fn is_renewed_by_work(&self, kind: KindId) -> bool {
        let is_renewed = |unit| {
            let mut changes = self.system.changes.iter();
            changes.any(|change| change.renews && change.units.contains(&unit))
        };
        let mut units = self.system.units.iter_ids();
        units.all(|(id, unit)| unit.kind != kind || is_renewed(id))
    }

    fn check_mean(&mut self, path: &str, law: &Law) {
        if law.mean().is_infinite() && !matches!(law, Law::Never(_)) {
            self.add(
                path,
                "this takes infinitely long on average, so there is no long run".to_owned(),
                BEGIN_NEW,
            );
        }
    }
}
