//! Where the requests to a service go, and who loses them on the way.
//!
//! Requests pass through all parts that are needed together, and through what the members need that
//! they go to. Parts that stand for each other are dealt them evenly, as are the members of a group.
//! Lost are those of clients who have not found the member that serves yet, and those that go to a
//! member that has failed unnoticed.
//!
//! The rules know which members serve; whoever knows the time knows how many clients are back. So the
//! shares of the requests that a state implies can be written down, and followed later by those who
//! have no state at hand.

use super::plan::{Behaviour, MemberId, NodeId, SeatId, Who};
use super::state::{Mechanism, Role, SeatPhase, State};
use crate::base::Id;
use crate::model::{GroupId, Level, ServiceId};

/// A way that requests take and on which some of them may get lost.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Route {
    /// To the members of a group.
    Group(GroupRoute),
    /// Through all of them, in order.
    All(Vec<Route>),
    /// Through one of these; on some of them nothing gets lost.
    Dealt(Vec<(Part, Option<Route>)>),
}

/// The way through a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GroupRoute {
    pub group: GroupId,
    /// Its clients take time to come to another member.
    pub leads: bool,
    /// Members that have failed unnoticed take requests with them.
    pub swallows: bool,
    /// Members behind which requests go on.
    pub beyond: Vec<(MemberId, Route)>,
}

/// A part of a structure among which requests are dealt out.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Group(GroupId),
    /// Each of its members is a part.
    Each(GroupId),
    Service(NodeId),
    Soft,
    AtLeast(usize, Vec<Part>),
}

/// A number that a state implies for a route.
enum Number<'r> {
    /// The share of the requests to a group that find a member that is not dead.
    Served(GroupId),
    /// The share that goes to a member.
    Member(MemberId),
    /// How many shares a part gets.
    Shares(&'r Part),
    /// How many all of them get.
    AllShares(&'r [(Part, Option<Route>)]),
}

/// Where the numbers of a route come from.
trait Numbers {
    fn next(&mut self, number: Number<'_>) -> f64;
}

struct OfState<'s>(&'s Behaviour, &'s State);

struct Noted<'s, 'n>(OfState<'s>, &'n mut Vec<f64>);

struct Written<'n> {
    numbers: std::slice::Iter<'n, f64>,
    /// Nobody has died unnoticed.
    all_serve: bool,
}

impl Numbers for OfState<'_> {
    fn next(&mut self, number: Number<'_>) -> f64 {
        let OfState(behaviour, state) = *self;
        match number {
            Number::Served(group) => {
                let at = state.groups[group.index()];
                if at.swallowing == 0 {
                    1.0
                } else if at.level == Level::Down {
                    0.0
                } else {
                    f64::from(at.some) / f64::from(at.some + at.swallowing)
                }
            }
            Number::Member(member) => {
                let at = state.members[member.index()];
                let group = state.groups[behaviour.members[member].group.index()];
                let serves = at.role == Role::Serving
                    && state.seats[at.seat.index()].gives > Level::Down
                    && state.seats[at.seat.index()].member == member;
                if serves {
                    1.0 / f64::from(group.some + group.swallowing)
                } else if behaviour.swallows_alone(state, member) {
                    1.0
                } else {
                    0.0
                }
            }
            Number::Shares(part) => f64::from(behaviour.shares_of(state, part)),
            Number::AllShares(parts) => parts
                .iter()
                .map(|(part, _)| f64::from(behaviour.shares_of(state, part)))
                .sum(),
        }
    }
}

impl Numbers for Noted<'_, '_> {
    fn next(&mut self, number: Number<'_>) -> f64 {
        let found = self.0.next(number);
        self.1.push(found);
        found
    }
}

impl Numbers for Written<'_> {
    fn next(&mut self, number: Number<'_>) -> f64 {
        let found = *self
            .numbers
            .next()
            .expect("a route is read as it was written");
        match number {
            Number::Served(_) if self.all_serve => 1.0,
            Number::Served(_) | Number::Member(_) | Number::Shares(_) | Number::AllShares(_) => {
                found
            }
        }
    }
}

impl Behaviour {
    /// Whether clients of a service may be on their way to another member.
    pub fn leads_clients(&self, service: ServiceId) -> bool {
        self.services[service].leads_clients
    }

    /// Whether the clients of a seat are clients of a service.
    pub fn leads_to(&self, service: ServiceId, seat: SeatId) -> bool {
        let route = self.services[service].route.as_ref();
        route.is_some_and(|route| route.leads_to(self.seats[seat].group))
    }

    /// The share of the requests to a service that is lost in no group, in a state in which one client
    /// of each seat is followed.
    pub(super) fn reach(&self, state: &State, service: ServiceId) -> f64 {
        match &self.services[service].route {
            None => 1.0,
            Some(route) => {
                let away =
                    |seat: SeatId| f64::from(u8::from(state.seats[seat.index()].client_away));
                let mut numbers = OfState(self, state);
                self.follow(route, &mut numbers, 1.0, &away, &mut |_, _, _| {})
            }
        }
    }

    /// What is lost of the requests to a service, as [`Behaviour::follow_requests`] tells it, in a
    /// state in which one client of each seat is followed.
    pub fn lost_requests(
        &self,
        state: &State,
        service: ServiceId,
        lose: &mut impl FnMut(GroupId, Mechanism, f64),
    ) {
        if let Some(route) = &self.services[service].route {
            let away = |seat: SeatId| f64::from(u8::from(state.seats[seat.index()].client_away));
            self.follow(route, &mut OfState(self, state), 1.0, &away, lose);
        }
    }

    /// Writes down the numbers that a state implies for the requests to a service.
    pub fn note_requests(&self, state: &State, service: ServiceId, numbers: &mut Vec<f64>) {
        numbers.clear();
        if let Some(route) = &self.services[service].route {
            let mut noted = Noted(OfState(self, state), numbers);
            self.follow(route, &mut noted, 1.0, &|_| 0.0, &mut |_, _, _| {});
        }
    }

    /// Follows the requests to a service by the numbers that have been written down, while such shares
    /// of the clients of the seats are away. Tells who loses which share of them, and returns what is
    /// left: exactly 1 where nothing is lost.
    pub fn follow_requests(
        &self,
        service: ServiceId,
        numbers: &[f64],
        away: &impl Fn(SeatId) -> f64,
        lose: &mut impl FnMut(GroupId, Mechanism, f64),
    ) -> f64 {
        match &self.services[service].route {
            None => 1.0,
            Some(route) => {
                let mut written = Written {
                    numbers: numbers.iter(),
                    all_serve: false,
                };
                self.follow(route, &mut written, 1.0, away, lose)
            }
        }
    }

    /// The share of the requests to a service that its clients send at all, while such shares of them
    /// are away: who has not found the member that serves asks for nothing.
    pub fn sent_requests(
        &self,
        service: ServiceId,
        numbers: &[f64],
        away: &impl Fn(SeatId) -> f64,
    ) -> f64 {
        match &self.services[service].route {
            None => 1.0,
            Some(route) => {
                let mut written = Written {
                    numbers: numbers.iter(),
                    all_serve: true,
                };
                self.follow(route, &mut written, 1.0, away, &mut |_, _, _| {})
            }
        }
    }

    fn follow<N: Numbers, A: Fn(SeatId) -> f64, L: FnMut(GroupId, Mechanism, f64)>(
        &self,
        route: &Route,
        numbers: &mut N,
        arriving: f64,
        away: &A,
        lose: &mut L,
    ) -> f64 {
        match route {
            Route::Group(route) => self.follow_group(route, numbers, arriving, away, lose),
            Route::All(parts) => parts.iter().fold(arriving, |arriving, part| {
                self.follow(part, numbers, arriving, away, lose)
            }),
            Route::Dealt(parts) => {
                let all = numbers.next(Number::AllShares(parts));
                let mut left = arriving;
                for (part, route) in parts {
                    let shares = numbers.next(Number::Shares(part));
                    // Where nobody serves nobody is dealt anything, and nothing is lost on the way.
                    let dealt = if all > 0.0 {
                        arriving * (shares / all)
                    } else {
                        0.0
                    };
                    if let Some(route) = route {
                        left -= dealt - self.follow(route, numbers, dealt, away, lose);
                    }
                }
                left
            }
        }
    }

    fn follow_group<N: Numbers, A: Fn(SeatId) -> f64, L: FnMut(GroupId, Mechanism, f64)>(
        &self,
        route: &GroupRoute,
        numbers: &mut N,
        arriving: f64,
        away: &A,
        lose: &mut L,
    ) -> f64 {
        let group = route.group;
        let mut arriving = arriving;
        if route.leads {
            let seats = self.groups[group].seats;
            let away: f64 = seats.ids::<SeatId>().map(away).sum();
            if away > 0.0 {
                let lost = arriving * (away / seats.len() as f64).min(1.0);
                lose(group, Mechanism::Redirecting, lost);
                arriving -= lost;
            }
        }
        let mut served = 1.0;
        if route.swallows {
            served = numbers.next(Number::Served(group));
            if served < 1.0 {
                lose(group, Mechanism::Undetected, arriving * (1.0 - served));
            }
        }
        let mut left = arriving * served;
        for (member, beyond) in &route.beyond {
            let dealt = arriving * numbers.next(Number::Member(*member));
            left -= dealt - self.follow(beyond, numbers, dealt, away, lose);
        }
        left
    }

    /// How many shares of the requests a part gets among others that stand for it.
    fn shares_of(&self, state: &State, part: &Part) -> u32 {
        match part {
            // What has failed unnoticed still gets its share.
            Part::Group(group) => {
                u32::from(self.parts_up(state, part) > 0 || self.swallowing(state, *group) > 0)
            }
            Part::Each(group) => state.groups[group.index()].some + self.swallowing(state, *group),
            Part::Service(_) | Part::Soft | Part::AtLeast(..) => self.parts_up(state, part),
        }
    }

    /// How many members of a group have failed unnoticed and take their share of the requests with them. The only
    /// one that serves is sent whatever comes, and takes it along if it is a group of which members do so.
    fn swallowing(&self, state: &State, group: GroupId) -> u32 {
        let mut members = self.groups[group].members.ids::<MemberId>();
        match state.groups[group.index()].swallowing {
            0 => u32::from(members.any(|member| self.swallows_alone(state, member))),
            swallowing => swallowing,
        }
    }

    /// Whether a member group holds the only seat of its group, is down for members that have failed unnoticed, and
    /// nobody has begun to replace it.
    fn swallows_alone(&self, state: &State, member: MemberId) -> bool {
        let Who::Group(inner) = self.members[member].who else {
            return false;
        };
        let plan = &self.groups[self.members[member].group];
        let mut seats = plan.seats.ids::<SeatId>();
        let (Some(seat), None) = (seats.next(), seats.next()) else {
            return false;
        };
        let at = &state.seats[seat.index()];
        at.member == member
            && at.gives == Level::Down
            && (plan.is_static || at.phase == SeatPhase::Undetected)
            && self.swallowing(state, inner) > 0
    }

    /// The first group in a part of a structure that is down.
    pub(super) fn first_down(&self, state: &State, part: &Part) -> Option<GroupId> {
        match part {
            Part::Group(group) => {
                (state.groups[group.index()].level == Level::Down).then_some(*group)
            }
            Part::Each(_) | Part::Service(_) | Part::Soft => None,
            Part::AtLeast(_, of) => of.iter().find_map(|part| self.first_down(state, part)),
        }
    }

    /// As how many parts that are up it counts.
    pub(super) fn parts_up(&self, state: &State, part: &Part) -> u32 {
        match part {
            Part::Group(group) => u32::from(state.groups[group.index()].level > Level::Down),
            Part::Each(group) => state.groups[group.index()].some,
            Part::Service(node) => u32::from(self.level_shown(state, *node) > Level::Down),
            Part::Soft => 1,
            Part::AtLeast(k, of) => {
                let up: u32 = of.iter().map(|part| self.parts_up(state, part)).sum();
                u32::from(up as usize >= *k)
            }
        }
    }
}

impl Route {
    /// The way through all parts; nothing is lost twice in the same place.
    pub(super) fn all(parts: impl IntoIterator<Item = Route>) -> Option<Route> {
        let mut through: Vec<Route> = Vec::new();
        for part in parts {
            let parts = match part {
                Route::All(parts) => parts,
                part @ (Route::Group(_) | Route::Dealt(_)) => vec![part],
            };
            for part in parts {
                if !through.contains(&part) {
                    through.push(part);
                }
            }
        }
        match through.len() {
            0 | 1 => through.pop(),
            _ => Some(Route::All(through)),
        }
    }

    /// Whether clients are led to this group.
    pub(super) fn leads_to(&self, group: GroupId) -> bool {
        match self {
            Route::Group(route) => {
                (route.leads && route.group == group)
                    || route
                        .beyond
                        .iter()
                        .any(|(_, beyond)| beyond.leads_to(group))
            }
            Route::All(parts) => parts.iter().any(|part| part.leads_to(group)),
            Route::Dealt(parts) => {
                let mut routes = parts.iter().filter_map(|(_, route)| route.as_ref());
                routes.any(|route| route.leads_to(group))
            }
        }
    }
}
