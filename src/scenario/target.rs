//! Targets and stopping rules: `availability >= 99.95 %`, `rel_err(downtime) <= 2 %`.

use super::file::{TARGETS, quantile_order};
use super::problem::{Code, did_you_mean, listed};
use super::quantity;
use super::reader::{Field, Table};
use crate::base::Probability;
use crate::model::{Comparison, Metric, Statistic, Target};

/// The part of takeovers that must keep a recovery point objective, if nothing else is said.
const RPO_ORDER: f64 = 0.99;

/// The precision at which a run may stop.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Precision {
    /// The half-width of the metric's interval is at most this part of its value.
    RelativeError {
        /// What is estimated.
        metric: Metric,
        /// The part of the value.
        limit: f64,
    },
    /// The half-width of the metric's interval is at most this, in the unit of the metric.
    AbsoluteError {
        /// What is estimated.
        metric: Metric,
        /// The half-width.
        limit: f64,
    },
    /// Each target is met or missed for certain: no interval straddles its limit.
    Decided,
}

/// What keeps a text from being a stopping rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidPrecision {
    message: String,
    help: String,
}

impl InvalidPrecision {
    /// What to do about it, as a full sentence.
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl Precision {
    /// Reads `rel_err(METRIC) <= 2 %`, `abs_err(METRIC) <= QUANTITY` or `decided`.
    ///
    /// # Errors
    ///
    /// Fails on anything else.
    pub fn parse(text: &str) -> Result<Precision, InvalidPrecision> {
        let wrong = |message: String| InvalidPrecision {
            message,
            help: "Write rel_err(downtime) <= 2 %, abs_err(availability) <= 0.001 % or decided."
                .to_owned(),
        };
        let text = text.trim();
        if text == "decided" {
            return Ok(Precision::Decided);
        }
        let parts = text.split_once('(').and_then(|(function, rest)| {
            let (metric, limit) = rest.split_once(')')?;
            Some((
                function.trim(),
                metric.trim(),
                limit.trim().strip_prefix("<=")?.trim(),
            ))
        });
        let (function, name, limit) =
            parts.ok_or_else(|| wrong(format!("`{text}` is not a precision")))?;
        let metric = metric(name).map_err(|reason| wrong(reason.message))?;
        let positive = |result: Result<f64, quantity::Error>| match result {
            Ok(limit) if limit > 0.0 => Ok(limit),
            Ok(_) => Err(wrong(format!("a precision of {limit} is never reached"))),
            Err(error) => Err(wrong(error.message(limit))),
        };
        match function {
            "rel_err" => {
                let limit = positive(quantity::ratio(limit).or_else(|error| match error {
                    quantity::Error::NoUnit => quantity::number(limit),
                    other => Err(other),
                }))?;
                Ok(Precision::RelativeError { metric, limit })
            }
            "abs_err" => Ok(Precision::AbsoluteError {
                metric,
                limit: positive(metric_limit(metric, limit))?,
            }),
            other => Err(wrong(format!("`{other}` is not a measure of precision"))),
        }
    }
}

/// Why a name is no metric.
struct NoMetric {
    message: String,
    help: String,
}

/// The metric of a name such as `downtime.p95`.
fn metric(name: &str) -> Result<Metric, NoMetric> {
    let (base, statistic) = match name.split_once('.') {
        Some((base, statistic)) => (base, Some(statistic)),
        None => (name, None),
    };
    let order = match statistic {
        None => None,
        Some("mean") => Some(Statistic::Mean),
        Some(text) => Some(Statistic::Quantile(quantile_order(text).ok_or_else(
            || NoMetric {
                message: format!("`{text}` is not a statistic"),
                help: "Statistics are `mean` and quantiles such as `p95`.".to_owned(),
            },
        )?)),
    };
    let single = |metric| match statistic {
        None => Ok(metric),
        Some(_) => Err(NoMetric {
            message: format!("`{base}` has no statistics: it is one number"),
            help: format!("Write `{base}`."),
        }),
    };
    let of = order.unwrap_or_default();
    match base {
        "availability" => single(Metric::Availability),
        "served_requests" => single(Metric::ServedRequests),
        "time_below_demand" => single(Metric::TimeBelowDemand),
        "never_down" => single(Metric::NeverDown),
        "downtime" => Ok(Metric::Downtime(of)),
        "outages" => Ok(Metric::Outages(of)),
        "longest_outage" => Ok(Metric::LongestOutage(of)),
        "outage_duration" => Ok(Metric::OutageDuration(of)),
        "data_loss" => Ok(Metric::DataLoss(of)),
        "data_lost" => Ok(Metric::DataLost(of)),
        "rpo" => Ok(Metric::DataLoss(
            order.unwrap_or(Statistic::Quantile(RPO_ORDER)),
        )),
        "cost" => Ok(Metric::Cost(of)),
        other => {
            let known: Vec<&str> = TARGETS.keys.iter().map(|key| key.name).collect();
            let help = match did_you_mean(other, known.iter().copied()) {
                Some(meant) => format!("Did you mean `{meant}`?"),
                None => format!("Metrics are {}.", listed(known, "and")),
            };
            Err(NoMetric {
                message: format!("there is no metric `{other}`"),
                help,
            })
        }
    }
}

/// Which side of a limit is good for a metric.
fn good_side(metric: Metric) -> Comparison {
    match metric {
        Metric::Availability | Metric::ServedRequests | Metric::NeverDown => Comparison::AtLeast,
        Metric::Downtime(_)
        | Metric::Outages(_)
        | Metric::LongestOutage(_)
        | Metric::OutageDuration(_)
        | Metric::DataLoss(_)
        | Metric::DataLost(_)
        | Metric::Cost(_)
        | Metric::TimeBelowDemand => Comparison::AtMost,
    }
}

/// A limit in the unit of the metric.
fn metric_limit(metric: Metric, text: &str) -> Result<f64, quantity::Error> {
    // Metrics per year may say so.
    let per_year = || {
        let short = text.trim_end();
        short
            .strip_suffix("/y")
            .or_else(|| short.strip_suffix("per y"))
            .map_or(text, str::trim_end)
    };
    match metric {
        Metric::Availability | Metric::ServedRequests | Metric::NeverDown => quantity::ratio(text)
            .or_else(|error| match error {
                quantity::Error::NoUnit => quantity::number(text),
                other => Err(other),
            }),
        Metric::Downtime(_) | Metric::DataLost(_) | Metric::TimeBelowDemand => {
            quantity::seconds(per_year())
        }
        Metric::LongestOutage(_) | Metric::OutageDuration(_) | Metric::DataLoss(_) => {
            quantity::seconds(text)
        }
        Metric::Outages(_) => quantity::number(per_year()),
        Metric::Cost(_) => quantity::money_of_a_year(text).map(|(money, _)| money.get()),
    }
}

/// The unit that a number alone lacks as the limit of a metric, as an example.
fn missing_unit(metric: Metric, limit: &str) -> &'static str {
    if limit.parse::<f64>().is_err() {
        return "";
    }
    match metric {
        Metric::Availability | Metric::ServedRequests | Metric::NeverDown => " %",
        Metric::TimeBelowDemand
        | Metric::Downtime(_)
        | Metric::LongestOutage(_)
        | Metric::OutageDuration(_) => " h",
        Metric::DataLoss(_) | Metric::DataLost(_) => " s",
        Metric::Cost(_) => " EUR/y",
        Metric::Outages(_) => "",
    }
}

/// The targets of a service.
pub(crate) fn targets(table: &Table<'_>) -> Vec<Target> {
    for key in TARGETS.keys {
        table.get(key.name);
    }
    let mut targets = Vec::new();
    for field in table.fields().filter(|field| TARGETS.has(field.key)) {
        // Without quotes, `downtime.p95` is a table in a table.
        match field.node.entries() {
            Some(entries) => {
                for entry in entries {
                    let inner = Field {
                        node: &entry.node,
                        key: &entry.key,
                        key_place: &entry.key_place,
                        ..field.clone()
                    };
                    targets.extend(target(&inner, &format!("{}.{}", field.key, entry.key)));
                }
            }
            None => targets.extend(target(&field, field.key)),
        }
    }
    targets
}

fn target(field: &Field<'_>, name: &str) -> Option<Target> {
    let metric = match metric(name) {
        Ok(metric) => metric,
        Err(reason) => {
            field.key_error(Code::InvalidTarget, reason.message, Some(reason.help));
            return None;
        }
    };
    let text = field.text()?.trim();
    let good = good_side(metric);
    let (comparison, limit) = if let Some(limit) = text.strip_prefix(">=") {
        (Comparison::AtLeast, limit.trim())
    } else if let Some(limit) = text.strip_prefix("<=") {
        (Comparison::AtMost, limit.trim())
    } else {
        let sign = if good == Comparison::AtLeast {
            ">="
        } else {
            "<="
        };
        let bare = text.trim_start_matches(['<', '>', '=']).trim();
        let message = format!("the target `{name}` must be a comparison, not \"{text}\"");
        field.error(
            Code::InvalidTarget,
            message,
            Some(format!(
                "Write \"{sign} {bare}{}\".",
                missing_unit(metric, bare)
            )),
        );
        return None;
    };
    if comparison != good {
        let (side, sign) = match good {
            Comparison::AtLeast => ("high", ">="),
            Comparison::AtMost => ("low", "<="),
        };
        let message = format!("`{name}` is good when it is {side}, so \"{text}\" promises nothing");
        field.error(
            Code::InvalidTarget,
            message,
            Some(format!("Write \"{sign} {limit}\".")),
        );
        return None;
    }
    let currency = match (metric, quantity::money_of_a_year(limit)) {
        (Metric::Cost(_), Ok((_, currency))) => Some(currency),
        _ => None,
    };
    if currency.is_some_and(|currency| !field.is_of_one_currency(currency)) {
        return None;
    }
    let value = match metric_limit(metric, limit) {
        Ok(value) => value,
        Err(error) => {
            let (code, help) = match &error {
                quantity::Error::NoUnit if matches!(metric, Metric::Cost(_)) => (
                    Code::MissingUnit,
                    format!(
                        "Write \"{} {limit} EUR/y\" or another currency.",
                        &text[..2]
                    ),
                ),
                quantity::Error::NoUnit => (
                    Code::MissingUnit,
                    format!("Write \"{} {limit} h\" or another unit.", &text[..2]),
                ),
                quantity::Error::UnknownUnit(wrong, Some(meant)) => (
                    Code::UnknownUnit,
                    format!("Write \"{}\".", text.replacen(wrong.as_str(), meant, 1)),
                ),
                quantity::Error::UnknownUnit(_, None) if matches!(metric, Metric::Cost(_)) => (
                    Code::UnknownUnit,
                    "Write a currency by its code of three letters.".to_owned(),
                ),
                quantity::Error::UnknownUnit(_, None) => {
                    (Code::UnknownUnit, error.help().to_owned())
                }
                _ => (Code::InvalidTarget, error.help().to_owned()),
            };
            field.error(
                code,
                format!("the target `{name}`: {}", error.message(limit)),
                Some(help),
            );
            return None;
        }
    };
    if good == Comparison::AtLeast && Probability::new(value).is_err() {
        let message = format!("`{name}` is a share, so its limit cannot be {limit}");
        field.error(
            Code::OutOfRange,
            message,
            Some("Write a percentage up to 100 %.".to_owned()),
        );
        return None;
    }
    if value < 0.0 {
        let message = format!("`{name}` cannot be less than zero");
        field.error(
            Code::OutOfRange,
            message,
            Some("Write zero or a positive limit.".to_owned()),
        );
        return None;
    }
    Some(Target {
        text: format!("{name} {text}"),
        metric,
        comparison,
        limit: value,
        currency,
    })
}

/// The stopping rule of a field.
pub(crate) fn precision(field: &Field<'_>) -> Option<Precision> {
    match Precision::parse(field.text()?) {
        Ok(precision) => Some(precision),
        Err(error) => {
            field.error(Code::InvalidTarget, error.to_string(), Some(error.help));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precisions_are_read() {
        let downtime = Metric::Downtime(Statistic::Mean);
        for (text, expected) in [
            (
                "rel_err(downtime) <= 2 %",
                Precision::RelativeError {
                    metric: downtime,
                    limit: 0.02,
                },
            ),
            (
                "rel_err(downtime)<=0.02",
                Precision::RelativeError {
                    metric: downtime,
                    limit: 0.02,
                },
            ),
            (
                "abs_err(downtime.p95) <= 1 h/y",
                Precision::AbsoluteError {
                    metric: Metric::Downtime(Statistic::Quantile(0.95)),
                    limit: 3600.0,
                },
            ),
            ("decided", Precision::Decided),
        ] {
            assert_eq!(Precision::parse(text), Ok(expected), "{text}");
        }
        for wrong in [
            "",
            "2 %",
            "rel_err(downtime)",
            "rel_err(downtim) <= 2 %",
            "rel_err(downtime) <= 0 %",
            "x(downtime) <= 1 %",
        ] {
            assert!(Precision::parse(wrong).is_err(), "{wrong}");
        }
    }
}
