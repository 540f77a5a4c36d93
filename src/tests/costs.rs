//! What a year costs, against closed forms.

use failsim::base::{Id, units::SECONDS_PER_YEAR};
use failsim::model::{CostItem, ServiceId};
use failsim::trials::{CostTally, PARTS_PER_UNIT};

use crate::support::{check_mean, scenario, tally};

const SERVICE: ServiceId = ServiceId(0);

/// Hours in a year.
const YEAR: f64 = SECONDS_PER_YEAR / 3600.0;

/// What is spent in a mission on one thing, or on all, must be `truth`.
fn check_cost(what: &str, tally: &CostTally, item: Option<CostItem>, truth: f64) {
    let moments = match item {
        None => &tally.total,
        Some(item) => {
            &tally
                .items
                .iter()
                .find(|(other, _)| *other == item)
                .unwrap()
                .1
        }
    };
    let (mean, error) = (moments.mean(), moments.standard_error());
    check_mean(
        what,
        mean / PARTS_PER_UNIT,
        error / PARTS_PER_UNIT,
        truth,
        0.005,
    );
}

/// A unit that lives 100 h and is mended in 2 h costs, in a cycle of 102 h, its hours, a repair, an
/// outage and two hours of downtime (renewal reward: Ross 1970), whatever the laws.
#[test]
fn a_renewal_costs_what_its_cycle_costs() {
    for (fail, repair) in [
        ("{ mean = \"100 h\" }", "{ mean = \"2 h\" }"),
        (
            "{ weibull = { shape = 2.5, mean = \"100 h\" } }",
            "{ lognormal = { mean = \"2 h\", cv = 1.3 } }",
        ),
    ] {
        let text = format!(
            "[run]\nhorizon = \"200000 h\"\n[components.unit]\nfail = {fail}\nrepair = {repair}\n\
             cost = {{ active = \"0.50 EUR/h\", repair = \"300 EUR\" }}\n\
             [service]\nup = \"unit\"\ncost = {{ outage = \"50 EUR\", downtime = \"1200 EUR/h\" }}\n"
        );
        let tally = tally(&scenario(&text, &[]).system, 100);
        let cost = tally.cost.as_ref().unwrap();
        let cycles = 200_000.0 / 102.0;
        let downtime = 2.0 * 1200.0 * cycles;
        check_cost("repairs", cost, Some(CostItem::Repairs), 300.0 * cycles);
        check_cost(
            "outages",
            cost,
            Some(CostItem::Outages(SERVICE)),
            50.0 * cycles,
        );
        check_cost(
            "downtime",
            cost,
            Some(CostItem::DownTime(SERVICE)),
            downtime,
        );
        let all = 0.5 * 200_000.0 + 350.0 * cycles + downtime;
        check_cost("all together", cost, None, all);
        let parts: u128 = cost.items.iter().map(|(_, moments)| moments.sum()).sum();
        assert_eq!(parts, cost.total.sum(), "the parts add up to the total");
    }
}

/// Outages of mean m cost c m (exp(-a / m) - exp(-b / m)) in the class from age a to age b.
#[test]
fn downtime_costs_by_how_long_it_has_lasted() {
    let text = "[run]\nhorizon = \"200000 h\"\n[components.unit]\nfail = { mean = \"99 h\" }\nrepair = { mean = \"1 h\" }\n\
                [service]\nup = \"unit\"\n[service.cost]\n\
                downtime = [{ until = \"30 min\", costs = \"10 USD/h\" }, { until = \"2 h\", costs = \"100 USD/h\" }, { costs = \"1000 USD/h\" }]\n";
    let tally = tally(&scenario(text, &[]).system, 500);
    let beyond = |age: f64| (-age).exp();
    let outage =
        10.0 * (1.0 - beyond(0.5)) + 100.0 * (beyond(0.5) - beyond(2.0)) + 1000.0 * beyond(2.0);
    check_cost(
        "three classes",
        tally.cost.as_ref().unwrap(),
        Some(CostItem::DownTime(SERVICE)),
        outage * 2000.0,
    );
}

/// A unit that lives 1000 h and is mended in 10 h is down for 10 h in eight months of a year, which
/// leaves 98.6 % of each: 25 % of the fee is given back. In half a month more, a part of an average
/// month is.
#[test]
fn credits_are_given_month_by_month() {
    let text = "[run]\nhorizon = \"1 y\"\n[components.unit]\nfail = \"$life\"\nrepair = \"10 h\"\n[params]\nlife = { constant = \"1000 h\" }\n\
                [service]\nup = \"unit\"\n[service.cost.credits]\nfee = \"1000 EUR/mo\"\n\
                steps = [{ below = \"99.9 %\", credit = \"10 %\" }, { below = \"99 %\", credit = \"25 %\" }, { below = \"95 %\", credit = \"100 %\" }]\n";
    for (horizon, spent) in [("1 y", 2000.0), ("2 mo", 250.0), ("2.5 mo", 312.5)] {
        let change = format!("run.horizon={horizon}");
        let tally = tally(&scenario(text, &[&change]).system, 2);
        let cost = tally.cost.unwrap();
        assert_eq!(cost.total.mean() / PARTS_PER_UNIT, spent, "{horizon}");
    }
}

/// Each unit costs what its role costs while all is well; a member of a standby is a standby.
#[test]
fn units_cost_what_their_roles_cost() {
    let text = "[kinds.node]\nfail = \"never\"\nrepair = \"1 h\"\ncost = { active = \"4 EUR/h\", standby = \"2 EUR/h\", cold = \"1 EUR/h\" }\n\
                [groups.here]\nkind = \"node\"\nunits = 3\nactive = 2\nstandby = \"hot\"\n\
                [groups.there]\nkind = \"node\"\nunits = 2\nstandby = \"active\"\n\
                [groups.both]\nmembers = [\"here\", \"there\"]\nstandby = \"cold\"\n[service]\nup = \"both\"\n";
    for (changes, an_hour) in [
        (vec![], 4.0 + 4.0 + 2.0 + 2.0 * 1.0),
        (vec!["groups.both.standby=hot"], 4.0 + 4.0 + 2.0 + 2.0 * 2.0),
        (vec!["kinds.node.cost=3 EUR/h"], 5.0 * 3.0),
    ] {
        let scenario = scenario(text, &changes);
        assert_eq!(scenario.system.unit_cost_of_an_hour(), an_hour);
        let tally = tally(&scenario.system, 2);
        assert_eq!(
            tally.cost.unwrap().total.mean() / PARTS_PER_UNIT,
            an_hour * YEAR
        );
    }
}

/// Costs are sums over what happens, and change nothing about it.
#[test]
fn costs_change_nothing_else() {
    let plain = "[kinds.node]\nfail = { mean = \"100 h\" }\nrepair = { mean = \"5 h\" }\n[groups.g]\nkind = \"node\"\nunits = 2\n\
                 standby = \"hot\"\ntakeover = \"10 min\"\n[service]\nup = \"g\"\n";
    let priced = format!("{plain}cost = {{ outage = \"5 EUR\" }}\n");
    let [without, with] = [plain, &priced].map(|text| {
        tally(
            &scenario(
                text,
                &["kinds.node.cost={ repair = \"1 EUR\" }"][..usize::from(text != plain)],
            )
            .system,
            50,
        )
    });
    assert!(without.cost.is_none());
    assert_eq!(without.event_count, with.event_count);
    assert_eq!(
        without.services[SERVICE.index()].down.sum(),
        with.services[SERVICE.index()].down.sum()
    );
    let spent = with.cost.unwrap();
    assert!(spent.items.iter().all(|(_, moments)| moments.sum() > 0));
}

/// For half of each day 120 are asked of two units of 50. More are ordered then, come in four of five cases
/// after an exponential delay, and are given back when the half is over: two units if they are to bear
/// up to 100, three beyond.
#[test]
fn units_that_scaling_adds_cost_while_they_serve() {
    let text = "[run]\nhorizon = \"400 d\"\n\
                [kinds.server]\nfail = \"never\"\nrepair = \"never\"\ncapacity = 50\n\
                cost = { active = \"3 EUR/h\", standby = \"1 EUR/h\" }\n\
                [groups.web]\nkind = \"server\"\nunits = 2\nstandby = \"active\"\n\
                scaling = { quota = 100, delay = { mean = \"1 h\" }, succeeds = \"80 %\" }\n\
                [service]\nup = \"web\"\ndemand = { daily = [80, 120] }\n";
    let hours = 0.8 * (12.0 - (1.0 - (-12.0_f64).exp()));
    for (quota, units) in [("100", 2.0), ("101", 3.0)] {
        let system = scenario(text, &[&format!("groups.web.scaling.quota={quota}")]).system;
        let tally = tally(&system, 200);
        let cost = tally.cost.as_ref().unwrap();
        let (scaling, usual) = (400.0 * hours * units * 3.0, 400.0 * 24.0 * 6.0);
        check_cost("scaling", cost, Some(CostItem::Scaling), scaling);
        check_cost("all together", cost, None, scaling + usual);
        let parts: u128 = cost.items.iter().map(|(_, moments)| moments.sum()).sum();
        assert_eq!(parts, cost.total.sum(), "the parts add up to the total");
    }
    // Those that are there at the end of the mission cost up to then.
    let short = [
        "run.horizon=\"42 h\"",
        "groups.web.scaling={ quota = 100, delay = \"1 h\" }",
    ];
    let tally = tally(&scenario(text, &short).system, 2);
    let cost = tally.cost.as_ref().unwrap();
    let (_, scaling) = &cost.items[1];
    assert_eq!(scaling.mean() / PARTS_PER_UNIT, (11.0 + 5.0) * 6.0);
    // Where nothing has a price, nothing is said of it.
    let free = scenario(text, &["kinds.server.cost=\"0 EUR/h\""]).system;
    assert!(free.cost_items().is_empty());
}
