//! Reading laws of durations: one key is the family, its table has one of several parametrisations.

use super::file::{self, TableDef};
use super::problem::{Code, listed};
use super::reader::{Field, Table};
use crate::math::law::{
    Constant, Empirical, Erlang, Exponential, Gamma, HazardPiece, HyperExponential, LogLogistic,
    LogNormal, Mixture, Never, NormalTruncated, Pareto, PeriodicCheck, Pert, PhaseType,
    PiecewiseHazard, QuantilePoint, Shifted, Triangular, Truncated, Uniform, Weibull,
};
use crate::math::{InvalidLaw, Law};

impl<'a> Field<'a> {
    /// A law of durations: a bare duration is a constant.
    pub(crate) fn law(&self) -> Option<Law> {
        if self.is_text() && self.text() == Some("never") {
            let help = "Give a law of durations, or leave the key out.".to_owned();
            self.error(
                Code::UnknownWord,
                format!("`{}` cannot be `never`", self.key),
                Some(help),
            );
            return None;
        }
        if self.is_table() {
            return self.table(&file::LAW).and_then(|table| table_law(&table));
        }
        let seconds = self.seconds()?;
        self.built(Constant::new(seconds))
    }

    /// A law of durations, or `never`.
    pub(crate) fn law_or_never(&self) -> Option<Law> {
        match self.is_text().then(|| self.text()).flatten() {
            Some("never") => Some(Never.into()),
            _ => self.law(),
        }
    }

    /// A law of time to failure: a bare duration is refused, because people mean the mean.
    pub(crate) fn failure_law(&self) -> Option<Law> {
        if self.is_text() && self.text() != Some("never") {
            let text = self.text()?;
            self.seconds()?;
            let message = format!(
                "`{}` needs a law, because \"{text}\" alone would be the same every time",
                self.key
            );
            let help = format!(
                "For random failures with this mean, write {{ mean = \"{text}\" }}; for a clock, {{ constant = \"{text}\" }}."
            );
            self.error(Code::InvalidLaw, message, Some(help));
            return None;
        }
        self.law_or_never()
    }

    /// The law, or the note that it cannot be built.
    fn built<L: Into<Law>>(&self, result: Result<L, InvalidLaw>) -> Option<Law> {
        match result {
            Ok(law) => Some(law.into()),
            Err(error) => {
                let help = matches!(
                    &error,
                    InvalidLaw::NotPositive { .. } | InvalidLaw::Negative { .. }
                )
                .then(|| "Durations in this message are in seconds.".to_owned())
                .filter(|_| error.to_string().contains("e-") || error.to_string().contains("000"));
                self.error(Code::InvalidLaw, format!("`{}`: {error}", self.key), help);
                None
            }
        }
    }
}

/// The law in a table that may have other keys too, such as a stage: one family among its keys.
pub(crate) fn table_law(table: &Table<'_>) -> Option<Law> {
    let families: Vec<Field<'_>> = table
        .fields()
        .filter(|field| file::LAW.keys.iter().any(|family| family.name == field.key))
        .collect();
    match families.as_slice() {
        // An unknown key was meant to be one, and has been reported.
        [] if table.fields().any(|field| !table.def().has(field.key)) => None,
        [] => {
            let help = "Give one, such as { mean = \"30 s\" } or { lognormal = { median = \"30 s\", p95 = \"2 min\" } }.";
            table.error(
                Code::InvalidLaw,
                format!("`{}` has no law", table.path),
                Some(help.to_owned()),
            );
            None
        }
        [family] => family_law(table, family),
        several => {
            let names = listed(several.iter().map(|family| family.key), "and");
            let message = format!("a law has one family, but this one has {names}");
            let help = family_help(several.iter().map(|family| family.key).collect());
            several[several.len() - 1].key_error(Code::InvalidLaw, message, Some(help));
            None
        }
    }
}

/// What people mean who write parameters beside the family.
fn family_help(names: Vec<&str>) -> String {
    match names.as_slice() {
        ["mean", family] | [family, "mean"] if *family != "rate" => {
            format!("Parameters belong into the family: {{ {family} = {{ mean = ..., ... }} }}.")
        }
        _ => "Keep one of them, or combine several laws with `mixture`.".to_owned(),
    }
}

/// `parent` is asked for the family by name, so that every key is looked for where it is read.
fn family_law(parent: &Table<'_>, field: &Field<'_>) -> Option<Law> {
    let field = &parent.get(field.key)?;
    match field.key {
        "mean" => field.built(Exponential::with_mean(field.positive_seconds()?)),
        "rate" => field.built(Exponential::with_rate(positive_rate(field)?)),
        "constant" => field.built(Constant::new(field.seconds()?)),
        "exponential" => exponential(field),
        "weibull" => weibull(field),
        "lognormal" => log_normal(field),
        "gamma" => gamma(field),
        "erlang" => erlang(field),
        "hyperexponential" => hyper_exponential(field),
        "phase_type" => phase_type(field),
        "normal" => normal(field),
        "uniform" => uniform(field),
        "triangular" => {
            let [min, mode, max] = min_mode_max(field)?;
            field.built(Triangular::with_min_mode_max(min, mode, max))
        }
        "pert" => {
            let [min, mode, max] = min_mode_max(field)?;
            field.built(Pert::with_min_mode_max(min, mode, max))
        }
        "loglogistic" => log_logistic(field),
        "pareto" => pareto(field),
        "mixture" => mixture(field),
        "shift" => shift(field),
        "truncate" => truncate(field),
        "bathtub" => bathtub(field),
        "values" => {
            let values = field.list_of(Field::seconds)?;
            field.built(Empirical::new(values))
        }
        "csv" => csv(field),
        "checks" => checks(field),
        other => unreachable!("`{other}` is a family of the format that nobody reads"),
    }
}

fn positive_rate(field: &Field<'_>) -> Option<f64> {
    let rate = field.rate()?;
    if rate == 0.0 {
        let help = "What never happens is \"never\".".to_owned();
        field.error(
            Code::OutOfRange,
            format!("`{}` must not be zero", field.key),
            Some(help),
        );
        return None;
    }
    Some(rate)
}

/// The keys of a family's table, in alphabetical order.
struct Parameters<'a> {
    table: Table<'a>,
    names: Vec<&'a str>,
}

impl<'a> Parameters<'a> {
    fn of(field: &Field<'a>, def: &'static TableDef) -> Option<Parameters<'a>> {
        let table = field.table(def)?;
        // An unknown key has been reported, and whatever else is missing follows from it.
        if table.fields().any(|field| !def.has(field.key)) {
            return None;
        }
        let mut names: Vec<&str> = table.fields().map(|field| field.key).collect();
        names.sort_unstable();
        Some(Parameters { table, names })
    }

    fn seconds(&self, key: &str) -> Option<f64> {
        self.table.require(key)?.seconds()
    }

    fn positive_seconds(&self, key: &str) -> Option<f64> {
        self.table.require(key)?.positive_seconds()
    }

    fn number(&self, key: &str) -> Option<f64> {
        let field = self.table.require(key)?;
        let number = field.number()?;
        if number == 0.0 {
            let help = "Write a positive number.".to_owned();
            field.error(
                Code::OutOfRange,
                format!("`{key}` must not be zero"),
                Some(help),
            );
            return None;
        }
        Some(number)
    }

    /// Two positive durations or numbers, both read, so that the problems of both are found.
    fn both<A, B>(&self, first: Option<A>, second: Option<B>) -> Option<(A, B)> {
        Some((first?, second?))
    }

    /// Two quantiles in increasing order; otherwise a note that these keys make no law.
    fn quantiles(&self) -> Option<(QuantilePoint, QuantilePoint)> {
        let mut quantiles = self.table.quantiles();
        quantiles.sort_by(|(left, _), (right, _)| left.total_cmp(right));
        let [(low_order, low), (high_order, high)] = quantiles.as_slice() else {
            self.refuse();
            return None;
        };
        if self.names.len() > 2 {
            self.refuse();
            return None;
        }
        let (low_value, high_value) = self.both(low.positive_seconds(), high.positive_seconds())?;
        if low_value >= high_value {
            let message = format!(
                "`{}` must be less than `{}`, but {} is not less than {}",
                low.key,
                high.key,
                low.in_words(low_value),
                high.in_words(high_value)
            );
            let help = format!(
                "A longer time is not exceeded more often, so `{}` is the larger one: swap the two, or mend one.",
                high.key
            );
            low.error(Code::InvalidLaw, message, Some(help));
            return None;
        }
        let point = |probability: f64, value| QuantilePoint { probability, value };
        Some((point(*low_order, low_value), point(*high_order, high_value)))
    }

    fn refuse(&self) {
        let def = self.table.def();
        let message = match self.names.as_slice() {
            [] => format!("a {} has no parameters here", def.name),
            names => format!(
                "a {} cannot be built from {}",
                def.name,
                listed(names, "and")
            ),
        };
        let quantiles = if def.quantiles {
            " (such as `median` and `p95`)"
        } else {
            ""
        };
        let doc = def.doc.trim_end_matches('.');
        self.table.error(
            Code::InvalidLaw,
            message,
            Some(format!("It takes: {}{quantiles}.", lower_first(doc))),
        );
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}

fn exponential(field: &Field<'_>) -> Option<Law> {
    let parameters = Parameters::of(field, &file::EXPONENTIAL)?;
    match parameters.names.as_slice() {
        ["mean"] => field.built(Exponential::with_mean(parameters.positive_seconds("mean")?)),
        ["rate"] => field.built(Exponential::with_rate(positive_rate(
            &parameters.table.require("rate")?,
        )?)),
        ["median"] => {
            let median = parameters.positive_seconds("median")?;
            field.built(Exponential::with_mean(median / std::f64::consts::LN_2))
        }
        _ => {
            parameters.refuse();
            None
        }
    }
}

fn weibull(field: &Field<'_>) -> Option<Law> {
    let p = Parameters::of(field, &file::WEIBULL)?;
    match p.names.as_slice() {
        ["scale", "shape"] | ["location", "scale", "shape"] => {
            let location = match p.table.get("location") {
                Some(location) => location.seconds()?,
                None => 0.0,
            };
            let (shape, scale) = p.both(p.number("shape"), p.positive_seconds("scale"))?;
            let law = Weibull::with_shape_and_scale(shape, scale);
            field.built(law.and_then(|law| law.with_location(location)))
        }
        ["mean", "shape"] => {
            let (shape, mean) = p.both(p.number("shape"), p.positive_seconds("mean"))?;
            field.built(Weibull::with_shape_and_mean(shape, mean))
        }
        ["cv", "mean"] => {
            let (mean, cv) = p.both(p.positive_seconds("mean"), p.number("cv"))?;
            field.built(Weibull::with_mean_and_cv(mean, cv))
        }
        _ => {
            let (low, high) = p.quantiles()?;
            field.built(Weibull::with_quantiles(low, high))
        }
    }
}

fn log_normal(field: &Field<'_>) -> Option<Law> {
    let p = Parameters::of(field, &file::LOGNORMAL)?;
    match p.names.as_slice() {
        ["median", "sigma"] => {
            let (median, sigma) = p.both(p.positive_seconds("median"), p.number("sigma"))?;
            field.built(LogNormal::with_median_and_sigma(median, sigma))
        }
        ["mean", "sigma"] => {
            let (mean, sigma) = p.both(p.positive_seconds("mean"), p.number("sigma"))?;
            let mu = libm::log(mean) - 0.5 * sigma * sigma;
            field.built(LogNormal::with_mu_and_sigma(mu, sigma))
        }
        ["cv", "mean"] => {
            let (mean, cv) = p.both(p.positive_seconds("mean"), p.number("cv"))?;
            field.built(LogNormal::with_mean_and_cv(mean, cv))
        }
        _ => {
            let (low, high) = p.quantiles()?;
            field.built(LogNormal::with_quantiles(low, high))
        }
    }
}

fn gamma(field: &Field<'_>) -> Option<Law> {
    let p = Parameters::of(field, &file::GAMMA)?;
    match p.names.as_slice() {
        ["scale", "shape"] => {
            let (shape, scale) = p.both(p.number("shape"), p.positive_seconds("scale"))?;
            field.built(Gamma::with_shape_and_scale(shape, scale))
        }
        ["mean", "shape"] => {
            let (shape, mean) = p.both(p.number("shape"), p.positive_seconds("mean"))?;
            field.built(Gamma::with_shape_and_scale(shape, mean / shape))
        }
        ["cv", "mean"] => {
            let (mean, cv) = p.both(p.positive_seconds("mean"), p.number("cv"))?;
            field.built(Gamma::with_mean_and_cv(mean, cv))
        }
        _ => {
            let (low, high) = p.quantiles()?;
            field.built(Gamma::with_quantiles(low, high))
        }
    }
}

fn erlang(field: &Field<'_>) -> Option<Law> {
    let p = Parameters::of(field, &file::ERLANG)?;
    let stages = p
        .table
        .require("stages")
        .and_then(|stages| stages.whole(1, 10_000));
    let (stages, mean) = p.both(stages, p.positive_seconds("mean"))?;
    field.built(Erlang::with_stages_and_mean(
        u32::try_from(stages).ok()?,
        mean,
    ))
}

fn hyper_exponential(field: &Field<'_>) -> Option<Law> {
    let p = Parameters::of(field, &file::HYPEREXPONENTIAL)?;
    match p.names.as_slice() {
        ["means", "weights"] => {
            let weights = p.table.require("weights")?.list_of(probability);
            let means = p.table.require("means")?.list_of(Field::positive_seconds);
            let (weights, means) = p.both(weights, means)?;
            field.built(HyperExponential::with_weights_and_means(weights, means))
        }
        ["cv", "mean"] => {
            let (mean, cv) = p.both(p.positive_seconds("mean"), p.number("cv"))?;
            field.built(HyperExponential::with_mean_and_cv(mean, cv))
        }
        _ => {
            p.refuse();
            None
        }
    }
}

fn probability(field: &Field<'_>) -> Option<f64> {
    field.probability().map(|probability| probability.get())
}

fn phase_type(field: &Field<'_>) -> Option<Law> {
    let p = Parameters::of(field, &file::PHASE_TYPE)?;
    let initial = p
        .table
        .require("initial")
        .and_then(|field| field.list_of(probability));
    let exit = p
        .table
        .require("exit")
        .and_then(|field| field.list_of(rate_or_zero));
    let rows = |field: Field<'_>| field.list_of(|row| row.list_of(rate_or_zero));
    let rates = p.table.require("rates").and_then(rows);
    let ((initial, exit), rates) = p.both(p.both(initial, exit), rates)?;
    if rates.len() != initial.len()
        || exit.len() != initial.len()
        || rates.iter().any(|row| row.len() != initial.len())
    {
        let message = format!(
            "`phase_type` has {} initial probabilities, so it needs as many exit rates, and as many rows and columns of rates",
            initial.len()
        );
        field.error(Code::InvalidLaw, message, None);
        return None;
    }
    field.built(PhaseType::with_rates(initial, rates.concat(), exit))
}

/// A rate; a plain 0 needs no unit.
fn rate_or_zero(field: &Field<'_>) -> Option<f64> {
    match field.node.value {
        super::tree::Value::Integer(0) => Some(0.0),
        _ => field.rate(),
    }
}

fn normal(field: &Field<'_>) -> Option<Law> {
    let p = Parameters::of(field, &file::NORMAL)?;
    match p.names.as_slice() {
        ["mean", "sd"] => {
            let (mean, sd) = p.both(p.seconds("mean"), p.positive_seconds("sd"))?;
            field.built(NormalTruncated::with_parent_mean_and_sd(mean, sd))
        }
        ["cv", "mean"] => {
            let (mean, cv) = p.both(p.positive_seconds("mean"), p.number("cv"))?;
            field.built(NormalTruncated::with_parent_mean_and_sd(mean, mean * cv))
        }
        _ => {
            p.refuse();
            None
        }
    }
}

fn uniform(field: &Field<'_>) -> Option<Law> {
    if field.is_list() {
        let bounds = field.list_of(Field::seconds)?;
        return match bounds.as_slice() {
            [low, high] if low < high => field.built(Uniform::with_low_and_high(*low, *high)),
            [_, _] => {
                let message =
                    "the first bound of `uniform` must be less than the second".to_owned();
                let help =
                    "For the same duration every time, write { constant = \"...\" }.".to_owned();
                field.error(Code::InvalidLaw, message, Some(help));
                None
            }
            other => {
                let message = format!("`uniform` needs two bounds, not {}", other.len());
                field.error(
                    Code::InvalidLaw,
                    message,
                    Some("Write [\"1 s\", \"3 s\"].".to_owned()),
                );
                None
            }
        };
    }
    let p = Parameters::of(field, &file::UNIFORM)?;
    match p.names.as_slice() {
        ["cv", "mean"] => {
            let (mean, cv) = p.both(p.positive_seconds("mean"), p.number("cv"))?;
            field.built(Uniform::with_mean_and_cv(mean, cv))
        }
        _ => {
            let (low, high) = p.quantiles()?;
            field.built(Uniform::with_quantiles(low, high))
        }
    }
}

fn min_mode_max(field: &Field<'_>) -> Option<[f64; 3]> {
    let p = Parameters::of(field, &file::MIN_MODE_MAX)?;
    let values = ["min", "mode", "max"].map(|key| p.seconds(key));
    let [min, mode, max] = [values[0]?, values[1]?, values[2]?];
    if min <= mode && mode <= max && min < max {
        return Some([min, mode, max]);
    }
    let message = format!("`{}` needs min <= mode <= max, with min < max", field.key);
    field.error(Code::InvalidLaw, message, None);
    None
}

fn log_logistic(field: &Field<'_>) -> Option<Law> {
    let p = Parameters::of(field, &file::LOGLOGISTIC)?;
    match p.names.as_slice() {
        ["median", "shape"] => {
            let (shape, median) = p.both(p.number("shape"), p.positive_seconds("median"))?;
            field.built(LogLogistic::with_shape_and_median(shape, median))
        }
        ["cv", "mean"] => {
            let (mean, cv) = p.both(p.positive_seconds("mean"), p.number("cv"))?;
            field.built(LogLogistic::with_mean_and_cv(mean, cv))
        }
        _ => {
            let (low, high) = p.quantiles()?;
            field.built(LogLogistic::with_quantiles(low, high))
        }
    }
}

fn pareto(field: &Field<'_>) -> Option<Law> {
    let p = Parameters::of(field, &file::PARETO)?;
    match p.names.as_slice() {
        ["scale", "shape"] => {
            let (shape, scale) = p.both(p.number("shape"), p.positive_seconds("scale"))?;
            field.built(Pareto::with_shape_and_minimum(shape, scale))
        }
        ["cv", "mean"] => {
            let (mean, cv) = p.both(p.positive_seconds("mean"), p.number("cv"))?;
            field.built(Pareto::with_mean_and_cv(mean, cv))
        }
        _ => {
            let (low, high) = p.quantiles()?;
            field.built(Pareto::with_quantiles(low, high))
        }
    }
}

fn mixture(field: &Field<'_>) -> Option<Law> {
    let parts = field.list_of(|item| {
        let table = item.table(&file::MIXTURE_PART)?;
        let weight = table
            .require("weight")
            .and_then(|weight| weight.probability());
        let law = table.require("law").and_then(|law| law.law_or_never());
        Some((weight?.get(), law?))
    })?;
    let sum: f64 = parts.iter().map(|(weight, _)| weight).sum();
    if (sum - 1.0).abs() > 1e-9 {
        let message = format!(
            "the weights of `mixture` add up to {}, not to 100 %",
            crate::base::human::percent(sum)
        );
        field.error(Code::InvalidLaw, message, None);
        return None;
    }
    let (weights, laws) = parts.into_iter().unzip();
    field.built(Mixture::new(weights, laws))
}

fn shift(field: &Field<'_>) -> Option<Law> {
    let table = field.table(&file::SHIFT)?;
    let by = table.require("by").and_then(|by| by.seconds());
    let law = table.require("law").and_then(|law| law.law_or_never());
    field.built(Shifted::new(law?, by?))
}

fn truncate(field: &Field<'_>) -> Option<Law> {
    let table = field.table(&file::TRUNCATE)?;
    let (min, max) = (table.get("min"), table.get("max"));
    if min.is_none() && max.is_none() {
        table.missing("max", "`truncate` needs `min`, `max` or both.");
        return None;
    }
    let low = min.as_ref().map_or(Some(0.0), |min| min.seconds());
    let high = max
        .as_ref()
        .map_or(Some(f64::INFINITY), |max| max.seconds());
    let law = table.require("law").and_then(|law| law.law_or_never());
    field.built(Truncated::with_low_and_high(law?, low?, high?))
}

fn bathtub(field: &Field<'_>) -> Option<Law> {
    let items = field.list()?;
    let (mut pieces, mut from, mut whole) = (Vec::new(), 0.0, true);
    for (position, item) in items.iter().enumerate() {
        let Some(table) = item.table(&file::BATHTUB_PIECE) else {
            whole = false;
            continue;
        };
        match table.require("rate").and_then(|rate| rate.rate()) {
            Some(rate) => pieces.push(HazardPiece { from, rate }),
            None => whole = false,
        }
        let last = position + 1 == items.len();
        match (table.get("until"), last) {
            (Some(until), false) => match until.seconds() {
                Some(age) if age > from => from = age,
                Some(_) => {
                    let message = "ages of a bathtub must increase from piece to piece".to_owned();
                    until.error(Code::InvalidLaw, message, None);
                    whole = false;
                }
                None => whole = false,
            },
            (None, true) => {}
            (Some(until), true) => {
                let message =
                    "the last piece of a bathtub has no `until`, as it holds for ever".to_owned();
                until.key_error(
                    Code::InvalidLaw,
                    message,
                    Some("Add a piece after it, or delete `until`.".to_owned()),
                );
                whole = false;
            }
            (None, false) => {
                table.missing("until", "Only the last piece of a bathtub has no `until`.");
                whole = false;
            }
        }
    }
    if whole {
        field.built(PiecewiseHazard::new(pieces))
    } else {
        None
    }
}

/// Data that could be read have become `values` already: what is left here has a problem.
fn csv(field: &Field<'_>) -> Option<Law> {
    let table = field.table(&file::CSV)?;
    for key in ["file", "column", "unit"] {
        if let Some(field) = table.require(key) {
            field.text();
        }
    }
    if let Some(field) = table.get("all_observed") {
        field.boolean();
    }
    None
}

/// A law of checks at an interval.
pub(crate) fn checks(field: &Field<'_>) -> Option<Law> {
    let table = field.table(&file::CHECKS)?;
    let interval = table
        .require("interval")
        .and_then(|interval| interval.positive_seconds());
    let probability = table
        .get("probability")
        .map_or(Some(1.0), |field| probability(&field));
    let offset = table
        .get("offset")
        .map_or(Some(0.0), |offset| offset.seconds());
    let (interval, probability, offset) = (interval?, probability?, offset?);
    let law = PeriodicCheck::with_interval(interval);
    field.built(law.and_then(|law| law.with_probability(probability)?.with_offset(offset)))
}
