//! Reading how writes reach the standbys.

use super::file;
use super::problem::Code;
use super::reader::{Field, Table};
use crate::base::Probability;
use crate::model::{Gate, OnFailure, Replication, ReplicationMode};

/// The replication of a group, which also needs people who decide where a candidate lags too far
/// behind.
pub(super) fn read_replication(field: &Field<'_>, group: &Table<'_>) -> Option<Replication> {
    let table = field.table(&file::REPLICATION)?;
    let modes = [
        ("asynchronous", 0),
        ("semi-synchronous", 1),
        ("synchronous", 2),
    ];
    let mode = table.require("mode").and_then(|mode| mode.word(&modes))?;
    let (meaningless, needed): (&[&str], &[&str]) = match mode {
        0 => (&["acknowledged_by", "patience"], &["lag"]),
        1 => (&[], &["lag", "patience"]),
        _ => (&["lag", "patience", "maximum_lag", "beyond"], &[]),
    };
    for key in meaningless {
        if let Some(field) = table.get(key) {
            let message = format!("`{key}` has no meaning with mode `{}`", modes[mode].0);
            let help = Some("Delete it, or change the mode.".to_owned());
            field.key_error(Code::ConflictingKeys, message, help);
        }
    }
    for key in needed {
        table.require(key);
    }
    let acknowledged_by = table.get("acknowledged_by");
    let acknowledged_by = acknowledged_by.map_or(Some(1), |field| field.count(1));
    let mode = if mode == 0 {
        ReplicationMode::Asynchronous
    } else {
        ReplicationMode::Synchronous {
            acknowledged_by: acknowledged_by?,
            patience: table.get("patience").and_then(|patience| patience.law()),
        }
    };
    let limit = table.get("maximum_lag").and_then(|limit| limit.span());
    let then = [
        ("manual", OnFailure::Manual),
        ("next candidate", OnFailure::NextCandidate),
    ];
    let beyond = table.word_or("beyond", &then, OnFailure::Manual);
    if limit.is_none()
        && let Some(field) = table.get("beyond")
    {
        let message = "`beyond` has no meaning without `maximum_lag`".to_owned();
        let help = Some("Add `maximum_lag`, or delete it.".to_owned());
        field.key_error(Code::ConflictingKeys, message, help);
    }
    let takeover = group.get("takeover");
    let has_people = takeover.is_some_and(|takeover| takeover.node.get("manual").is_some());
    if let (Some(_), false) = (limit, has_people) {
        let place = table
            .get("maximum_lag")
            .map(|field| field.key_place.clone());
        if let (Some(place), Some(field)) = (place, table.get("maximum_lag")) {
            field.error_at(
                &place,
                Code::MissingKey,
                "`maximum_lag` leaves takeovers to people, and nothing says how long they need"
                    .to_owned(),
                Some(
                    "Add `manual` to the takeover: a time, or \"never\" to wait for the old member."
                        .to_owned(),
                ),
            );
        }
    }
    Some(Replication {
        mode,
        lag: table.get("lag").and_then(|lag| lag.law()),
        gate: limit.map(|lag_max| Gate {
            lag_max,
            beyond: beyond.unwrap_or(OnFailure::Manual),
        }),
        split_loss: table
            .probability_or("split_loss", Probability::ZERO)
            .unwrap_or(Probability::ZERO),
    })
}
