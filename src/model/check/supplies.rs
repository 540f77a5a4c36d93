//! Who works, when, and with what.

use super::{Checker, TICK_SECS, path_key};
use crate::base::Span;
use crate::model::{Crew, CrewOrder, Preemption, Window};

impl Checker<'_> {
    pub(super) fn check_supplies(&mut self) {
        for crew in self.system.crews.iter() {
            if crew.size == 0 {
                let path = path_key(&path_key("crews", &crew.name), "size");
                self.add(
                    &path,
                    format!("crew `{}` has nobody in it", crew.name),
                    "Write a size of at least 1.",
                );
            }
            self.check_crew(crew);
        }
    }

    pub(super) fn check_people(&mut self) {
        for people in self.system.people.iter() {
            let path = path_key("people", &people.name);
            if people.size == Some(0) {
                let message = format!("there is nobody in `{}`", people.name);
                self.add(&path_key(&path, "size"), message, "Write at least 1.");
            }
            let path = path_key(&path, "slower");
            for pace in &people.slower {
                self.check_window(&path, &pace.window);
                if !(pace.speed > 0.0 && pace.speed <= 1.0) {
                    let message =
                        format!("a slower pace is above 0 and at most 1, not {}", pace.speed);
                    self.add(&path, message, "Write a speed such as \"50 %\".");
                }
            }
            if people.slower.len() > 32 {
                let message = format!("`{}` has {} paces", people.name, people.slower.len());
                self.add(&path, message, "Write at most 32.");
            }
        }
    }

    pub(super) fn check_window(&mut self, path: &str, window: &Window) {
        let key = |part: &str| path_key(path, part);
        if window.every.as_secs() < TICK_SECS || window.every == Span::FOREVER {
            self.add(
                &key("every"),
                "windows need a time between them".to_owned(),
                "Write a period such as \"7 d\".",
            );
        } else if window.at >= window.every {
            self.add(
                &key("at"),
                "the window opens after the end of its period".to_owned(),
                "Lower `at` below `every`.",
            );
        }
        if window.lasts.as_secs() < TICK_SECS {
            self.add(
                &key("lasts"),
                "the window is never open".to_owned(),
                "Write a time such as \"2 h\".",
            );
        } else if window.lasts > window.every {
            self.add(
                &key("lasts"),
                "the window is longer than its period".to_owned(),
                "Lower `lasts` to `every` at most.",
            );
        }
    }

    fn check_crew(&mut self, crew: &Crew) {
        let path = path_key("crews", &crew.name);
        if crew.preemption != Preemption::Never {
            let key = path_key(&path, "preempts");
            if crew.order != CrewOrder::Priority {
                self.add(
                    &key,
                    format!(
                        "crew `{}` does not go by priority, so no fault is more urgent than another",
                        crew.name
                    ),
                    "Add order = \"priority\", or delete `preempts`.",
                );
            }
            if crew.pick_up.is_some() {
                let message = format!(
                    "crew `{}` turns to faults by chance, so no fault can interrupt a repair",
                    crew.name
                );
                self.add(&key, message, "Delete `preempts` or `pick_up`.");
            }
        }
        if crew.pick_up.is_some() && crew.order != CrewOrder::FirstCome {
            let message = format!(
                "the groups that wait for crew `{}` are picked up by chance, so `order` has no meaning",
                crew.name
            );
            self.add(
                &path_key(&path, "order"),
                message,
                "Delete `order` or `pick_up`.",
            );
        }
        if let Some(hours) = crew.hours {
            let path = path_key(&path, "hours");
            if hours.every.as_secs() < TICK_SECS || hours.every == Span::FOREVER {
                self.add(
                    &path_key(&path, "every"),
                    "working hours need a period".to_owned(),
                    "Write one such as \"1 d\".",
                );
            } else if hours.from >= hours.every || hours.until > hours.every {
                self.add(
                    &path,
                    "the working hours go beyond their period".to_owned(),
                    "Write `from` and `until` within `every`.",
                );
            } else if hours.from == hours.until {
                self.add(
                    &path,
                    format!("crew `{}` never works", crew.name),
                    "Write `until` later than `from`.",
                );
            }
        }
    }
}
