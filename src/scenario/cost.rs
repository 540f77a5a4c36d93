//! Reading what things cost.

use super::file;
use super::reader::{Field, Table};
use crate::base::{Money, MoneyRate, Span};
use crate::model::{CreditStep, Credits, DownTimeClass, ServiceCost, UnitCost};

pub(super) fn read_unit_cost(field: &Field<'_>) -> Option<UnitCost> {
    if !field.is_table() {
        return field.money_rate().map(UnitCost::flat);
    }
    let table = field.table(&file::UNIT_COST)?;
    let rate = |key| table.get(key).and_then(|field| field.money_rate());
    let active = rate("active").unwrap_or_default();
    let standby = rate("standby").unwrap_or(active);
    Some(UnitCost {
        active,
        standby,
        cold: rate("cold").unwrap_or(standby),
        repair: money(&table, "repair"),
    })
}

pub(super) fn read_service_cost(field: &Field<'_>) -> Option<ServiceCost> {
    let table = field.table(&file::SERVICE_COST)?;
    Some(ServiceCost {
        outage: money(&table, "outage"),
        down_time: table
            .get("downtime")
            .map_or_else(Vec::new, |field| read_down_time(&field)),
        credits: table.get("credits").and_then(|field| read_credits(&field)),
        degraded: rate(&table, "degraded"),
        data_lost: rate(&table, "data_lost"),
    })
}

fn money(table: &Table<'_>, key: &str) -> Money {
    let money = table.get(key).and_then(|field| field.money());
    money.unwrap_or_default()
}

fn rate(table: &Table<'_>, key: &str) -> MoneyRate {
    let rate = table.get(key).and_then(|field| field.money_rate());
    rate.unwrap_or_default()
}

fn read_down_time(field: &Field<'_>) -> Vec<DownTimeClass> {
    if !field.is_list() {
        let class = |costs| DownTimeClass {
            until: Span::FOREVER,
            costs,
        };
        return field.money_rate().map(class).into_iter().collect();
    }
    let read = |item: &Field<'_>| {
        let table = item.table(&file::DOWNTIME_CLASS)?;
        let until = table
            .get("until")
            .map_or(Some(Span::FOREVER), |until| until.span());
        let costs = table.require("costs").and_then(|costs| costs.money_rate());
        Some(DownTimeClass {
            until: until?,
            costs: costs?,
        })
    };
    field.list_of(read).unwrap_or_default()
}

fn read_credits(field: &Field<'_>) -> Option<Credits> {
    let table = field.table(&file::CREDITS)?;
    let fee = table.require("fee").and_then(|fee| fee.money_rate());
    let read = |item: &Field<'_>| {
        let table = item.table(&file::CREDIT_STEP)?;
        let below = table.require("below").and_then(|below| below.probability());
        let share = table
            .require("credit")
            .and_then(|credit| credit.probability());
        Some(CreditStep {
            below: below?,
            share: share?,
        })
    };
    let steps = table.require("steps").and_then(|steps| steps.list_of(read));
    Some(Credits {
        fee: fee?,
        steps: steps?,
    })
}
