//! Keys of laws.

use super::*;

/// Every family of laws, as a key of the table that a law is.
pub(crate) static LAW: TableDef = table(
    "law",
    "A law of durations: one key, which is its family.",
    &[
        key("mean", Duration, "Exponential, by its mean."),
        key("rate", Rate, "Exponential, by its rate."),
        key("exponential", Table(&EXPONENTIAL), "Without memory."),
        key("constant", Duration, "Always the same."),
        key(
            "weibull",
            Table(&WEIBULL),
            "A hazard that rises (shape above 1) or falls with age.",
        ),
        key(
            "lognormal",
            Table(&LOGNORMAL),
            "The logarithm is normal: most repair times.",
        ),
        key(
            "gamma",
            Table(&GAMMA),
            "A continuous number of exponential stages.",
        ),
        key(
            "erlang",
            Table(&ERLANG),
            "Several equal exponential stages, one after the other.",
        ),
        key(
            "hyperexponential",
            Table(&HYPEREXPONENTIAL),
            "One of several exponential laws: more variable than one.",
        ),
        key(
            "phase_type",
            Table(&PHASE_TYPE),
            "The time a Markov chain takes to leave its phases.",
        ),
        key(
            "normal",
            Table(&NORMAL),
            "A normal law, given that it is not negative.",
        ),
        key(
            "uniform",
            Either(&[List(&Duration), Table(&UNIFORM)]),
            "Anything between two bounds.",
        ),
        key(
            "triangular",
            Table(&MIN_MODE_MAX),
            "Minimum, most likely value and maximum, joined by straight lines.",
        ),
        key(
            "pert",
            Table(&MIN_MODE_MAX),
            "Minimum, most likely value and maximum, joined by a smooth curve.",
        ),
        key(
            "loglogistic",
            Table(&LOGLOGISTIC),
            "Like lognormal, with a heavier tail.",
        ),
        key("pareto", Table(&PARETO), "A minimum and a power tail."),
        key(
            "mixture",
            List(&Table(&MIXTURE_PART)),
            "One of several laws, chosen by chance.",
        ),
        key("shift", Table(&SHIFT), "Another law after a fixed delay."),
        key(
            "truncate",
            Table(&TRUNCATE),
            "Another law, given that it falls between two bounds.",
        ),
        key(
            "bathtub",
            List(&Table(&BATHTUB_PIECE)),
            "A constant hazard on each of several intervals of age.",
        ),
        key(
            "values",
            List(&Duration),
            "One of the observed durations, each as likely as the other.",
        ),
        key(
            "csv",
            Table(&CSV),
            "Observed durations from a column of a CSV file.",
        ),
        key(
            "checks",
            Table(&CHECKS),
            "The time until a periodic check finds what happened at a random moment.",
        ),
    ],
);

/// The parameters of `exponential`.
pub(crate) static EXPONENTIAL: TableDef = table(
    "exponential law",
    "One of its keys.",
    &[
        key("mean", Duration, "Mean."),
        key("rate", Rate, "Events per time."),
        key("median", Duration, "Half of all durations are shorter."),
    ],
);
/// The parameters of `weibull`.
pub(crate) static WEIBULL: TableDef = family(
    "weibull law",
    "Shape and scale, shape and mean, mean and cv, or two quantiles.",
    &[
        key("shape", Number(0.0), "Power of the hazard plus 1."),
        key(
            "scale",
            Duration,
            "Age that 63 % of all do not exceed, less the location.",
        ),
        key("mean", Duration, "Mean."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
        key("median", Duration, "Half of all durations are shorter."),
        key(
            "location",
            Duration,
            "Time before which nothing happens; with shape and scale. Default: 0 s.",
        ),
    ],
);
/// The parameters of `lognormal`.
pub(crate) static LOGNORMAL: TableDef = family(
    "lognormal law",
    "Median or mean and sigma, mean and cv, or two quantiles.",
    &[
        key("median", Duration, "Half of all durations are shorter."),
        key("mean", Duration, "Mean."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
        key("sigma", Number(0.0), "Standard deviation of the logarithm."),
    ],
);
/// The parameters of `gamma`.
pub(crate) static GAMMA: TableDef = family(
    "gamma law",
    "Shape and scale, shape and mean, mean and cv, or two quantiles.",
    &[
        key("shape", Number(0.0), "Number of stages."),
        key("scale", Duration, "Mean of one stage."),
        key("mean", Duration, "Mean of all."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
        key("median", Duration, "Half of all durations are shorter."),
    ],
);
/// The parameters of `erlang`.
pub(crate) static ERLANG: TableDef = table(
    "erlang law",
    "Both keys.",
    &[
        required("stages", Count(1), "Number of stages."),
        required("mean", Duration, "Mean of all."),
    ],
);
/// The parameters of `hyperexponential`.
pub(crate) static HYPEREXPONENTIAL: TableDef = table(
    "hyperexponential law",
    "Weights and means, or mean and cv.",
    &[
        key(
            "weights",
            List(&Probability),
            "Probabilities of the branches, which add up to 1.",
        ),
        key("means", List(&Duration), "Means of the branches."),
        key("mean", Duration, "Mean of all."),
        key("cv", Number(0.0), "Coefficient of variation: at least 1."),
    ],
);
/// The parameters of `phase_type`.
pub(crate) static PHASE_TYPE: TableDef = table(
    "phase_type law",
    "All three keys.",
    &[
        required(
            "initial",
            List(&Probability),
            "Probability of starting in each phase.",
        ),
        required(
            "rates",
            List(&List(&Rate)),
            "Rates from phase (row) to phase (column); the diagonal is not read.",
        ),
        required("exit", List(&Rate), "Rate of leaving from each phase."),
    ],
);
/// The parameters of `normal`.
pub(crate) static NORMAL: TableDef = table(
    "normal law",
    "Mean and sd, or mean and cv, of the law before what is negative is cut off.",
    &[
        required("mean", Duration, "Mean."),
        key("sd", Duration, "Standard deviation."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
    ],
);
/// The parameters of `uniform`.
pub(crate) static UNIFORM: TableDef = family(
    "uniform law",
    "Mean and cv, or two quantiles.",
    &[
        key("mean", Duration, "Mean."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
        key("median", Duration, "Half of all durations are shorter."),
    ],
);
/// The parameters of `triangular` and `pert`.
pub(crate) static MIN_MODE_MAX: TableDef = table(
    "law with a most likely value",
    "All three keys.",
    &[
        required("min", Duration, "The least."),
        required("mode", Duration, "The most likely."),
        required("max", Duration, "The greatest."),
    ],
);
/// The parameters of `loglogistic`.
pub(crate) static LOGLOGISTIC: TableDef = family(
    "loglogistic law",
    "Median and shape, mean and cv, or two quantiles.",
    &[
        key("median", Duration, "Half of all durations are shorter."),
        key("shape", Number(0.0), "The larger, the less spread."),
        key("mean", Duration, "Mean."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
    ],
);
/// The parameters of `pareto`.
pub(crate) static PARETO: TableDef = family(
    "pareto law",
    "Scale and shape, mean and cv, or two quantiles.",
    &[
        key("scale", Duration, "The least."),
        key(
            "shape",
            Number(0.0),
            "The larger, the thinner the tail; the mean exists above 1.",
        ),
        key("mean", Duration, "Mean."),
        key(
            "cv",
            Number(0.0),
            "Coefficient of variation: standard deviation over mean.",
        ),
        key("median", Duration, "Half of all durations are shorter."),
    ],
);
/// A part of a `mixture`.
pub(crate) static MIXTURE_PART: TableDef = table(
    "part of a mixture",
    "A law and its weight.",
    &[
        required(
            "weight",
            Probability,
            "Its probability; the weights add up to 1.",
        ),
        required("law", Law, "The law."),
    ],
);
/// The parameters of `shift`.
pub(crate) static SHIFT: TableDef = table(
    "shift",
    "Both keys.",
    &[
        required("by", Duration, "The delay."),
        required("law", Law, "What follows it."),
    ],
);
/// The parameters of `truncate`.
pub(crate) static TRUNCATE: TableDef = table(
    "truncate",
    "A law and at least one bound.",
    &[
        key("min", Duration, "The least. Default: 0 s."),
        key("max", Duration, "The greatest. Default: none."),
        required("law", Law, "The law."),
    ],
);
/// A piece of a `bathtub`.
pub(crate) static BATHTUB_PIECE: TableDef = table(
    "piece of a bathtub",
    "A rate, and the age until which it holds.",
    &[
        key(
            "until",
            Duration,
            "Age at which it ends. The last piece has none.",
        ),
        required("rate", Rate, "Failures per time."),
    ],
);
/// The parameters of `csv`.
pub(crate) static CSV: TableDef = table(
    "csv",
    "Where the observed durations are.",
    &[
        required("file", Text, "Path of the file, relative to the scenario."),
        required("column", Text, "Name of the column."),
        required("unit", Text, "Unit of its numbers, such as h."),
        key(
            "all_observed",
            Boolean,
            "Every row was observed to its end, whatever a column such as `event` or `censored` says. \
             Without it, a file with rows that were not is refused.",
        ),
    ],
);
