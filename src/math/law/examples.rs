//! Laws of every family, plain and extreme, for tests and benchmarks.

use super::{
    Bathtub, Constant, Empirical, Erlang, Exponential, Gamma, HazardPiece, HyperExponential,
    InvalidLaw, Law, LogLogistic, LogNormal, Mixture, Never, NormalTruncated, Pareto,
    PeriodicCheck, Pert, PhaseType, PiecewiseHazard, QuantilePoint, Shifted, Triangular, Truncated,
    Uniform, Weibull,
};

const HOUR: f64 = 3600.0;

impl Law {
    /// Laws of every family, in seconds: ordinary ones, and extreme ones (tiny, huge, nearly
    /// constant, heavy-tailed, possibly infinite).
    pub fn examples() -> Vec<Law> {
        simple()
            .and_then(|mut laws| {
                laws.extend(positive()?);
                laws.extend(bounded()?);
                laws.extend(chains()?);
                laws.extend(compound()?);
                Ok(laws)
            })
            .expect("the parameters of the examples are valid")
    }
}

fn simple() -> Result<Vec<Law>, InvalidLaw> {
    Ok(vec![
        Constant::new(30.0)?.into(),
        Constant::new(0.0)?.into(),
        Exponential::with_mean(1000.0 * HOUR)?.into(),
        Exponential::with_mean(1e-6)?.into(),
        Uniform::with_low_and_high(60.0, 300.0)?.into(),
        Uniform::with_low_and_high(0.0, 1e-3)?.into(),
        Never.into(),
    ])
}

fn positive() -> Result<Vec<Law>, InvalidLaw> {
    let quantiles = (
        QuantilePoint::median(4.0 * HOUR),
        QuantilePoint::p95(12.0 * HOUR),
    );
    Ok(vec![
        Weibull::with_shape_and_mean(1.5, 5000.0 * HOUR)?.into(),
        Weibull::with_shape_and_scale(1.0, 2.0)?.into(),
        Weibull::with_shape_and_scale(0.3, 1e4 * HOUR)?.into(),
        Weibull::with_shape_and_scale(60.0, 1e5)?.into(),
        Weibull::with_shape_and_scale(2.5, 100.0)?
            .with_location(50.0)?
            .into(),
        LogNormal::with_quantiles(quantiles.0, quantiles.1)?.into(),
        LogNormal::with_median_and_sigma(1e-3, 3.0)?.into(),
        LogNormal::with_mean_and_cv(1e6, 0.01)?.into(),
        Gamma::with_mean_and_cv(600.0, 0.5)?.into(),
        Gamma::with_shape_and_scale(0.1, 1e5)?.into(),
        Gamma::with_shape_and_scale(2500.0, 0.01)?.into(),
        Gamma::with_shape_and_scale(1.0, 7.0)?.into(),
        Erlang::with_stages_and_mean(3, 90.0)?.into(),
        Erlang::with_stages_and_mean(1, 5.0)?.into(),
        Erlang::with_stages_and_mean(50, 1e7)?.into(),
        NormalTruncated::with_parent_mean_and_sd(100.0, 20.0)?.into(),
        NormalTruncated::with_parent_mean_and_sd(1.0, 2.0)?.into(),
        NormalTruncated::with_parent_mean_and_sd(-80.0, 2.0)?.into(),
        LogLogistic::with_quantiles(quantiles.0, quantiles.1)?.into(),
        LogLogistic::with_shape_and_median(0.8, 10.0)?.into(),
        LogLogistic::with_shape_and_median(20.0, 1e-5)?.into(),
        Pareto::with_shape_and_minimum(2.5, 10.0)?.into(),
        Pareto::with_shape_and_minimum(0.7, 1.0)?.into(),
        Pareto::with_shape_and_minimum(50.0, 1e6)?.into(),
    ])
}

fn bounded() -> Result<Vec<Law>, InvalidLaw> {
    Ok(vec![
        Triangular::with_min_mode_max(60.0, 120.0, 600.0)?.into(),
        Triangular::with_min_mode_max(0.0, 0.0, 1.0)?.into(),
        Triangular::with_min_mode_max(1.0, 2.0, 2.0)?.into(),
        Pert::with_min_mode_max(60.0, 120.0, 600.0)?.into(),
        Pert::with_min_mode_max(0.0, 0.0, 1.0)?.into(),
        Pert::with_min_mode_max(1.0, 2.0, 2.0)?.into(),
        Empirical::new(vec![5.0, 3.0, 8.0, 3.0, 13.0, 0.5, 100.0])?.into(),
        Empirical::new(vec![42.0])?.into(),
        PeriodicCheck::with_interval(10.0)?.into(),
        PeriodicCheck::with_interval(10.0)?
            .with_probability(0.9)?
            .with_offset(2.0)?
            .into(),
        PeriodicCheck::with_interval(24.0 * HOUR)?
            .with_probability(0.02)?
            .into(),
    ])
}

fn chains() -> Result<Vec<Law>, InvalidLaw> {
    let loops = [
        vec![-2.0, 1.5, 0.0],
        vec![1.0, -3.0, 1.5],
        vec![0.5, 0.0, -0.6],
    ];
    // A fast switch between two phases, one of which leaks once in 1e5 switches.
    let stiff = [vec![-1000.0, 1000.0], vec![999.99, -1000.0]];
    let half_lost = [vec![-1.0, 0.5], vec![0.0, 0.0]];
    Ok(vec![
        HyperExponential::with_mean_and_cv(3600.0, 3.0)?.into(),
        HyperExponential::with_weights_and_means(vec![0.999, 0.001], vec![1.0, 1e6])?.into(),
        PhaseType::new(vec![0.5, 0.3, 0.1], &loops)?.into(),
        PhaseType::new(vec![1.0, 0.0], &stiff)?.into(),
        PhaseType::new(vec![1.0, 0.0], &half_lost)?.into(),
    ])
}

fn compound() -> Result<Vec<Law>, InvalidLaw> {
    let short: Law = LogNormal::with_median_and_sigma(30.0, 0.5)?.into();
    let long: Law = Weibull::with_shape_and_mean(2.0, 4.0 * HOUR)?.into();
    let wait: Law = Constant::new(45.0)?.into();
    let rare: Law = Exponential::with_mean(1e6)?.into();
    let bathtub = Bathtub {
        infant_rate: 1e-3,
        infant_until: 100.0,
        useful_rate: 1e-5,
        wear_out_from: 1e4,
        wear_out_rate: 1e-4,
    };
    let dying_out = vec![
        HazardPiece {
            from: 0.0,
            rate: 0.0,
        },
        HazardPiece {
            from: 10.0,
            rate: 0.1,
        },
        HazardPiece {
            from: 30.0,
            rate: 0.0,
        },
    ];
    Ok(vec![
        Mixture::new(vec![0.9, 0.1], vec![short.clone(), long.clone()])?.into(),
        Mixture::new(vec![0.3, 0.7], vec![wait, short.clone()])?.into(),
        Mixture::new(vec![0.25, 0.75], vec![Never.into(), rare.clone()])?.into(),
        Shifted::new(short.clone(), 120.0)?.into(),
        Truncated::with_low_and_high(long.clone(), HOUR, 8.0 * HOUR)?.into(),
        Truncated::with_low_and_high(short, 200.0, f64::INFINITY)?.into(),
        Truncated::with_low_and_high(rare, 0.0, 1.0)?.into(),
        PiecewiseHazard::bathtub(bathtub)?.into(),
        PiecewiseHazard::new(dying_out)?.into(),
    ])
}
