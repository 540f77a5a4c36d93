"""Writes reference.csv: values of every family by independent means (mpmath, 40 digits).

Run: python reference.py > reference.csv   (needs mpmath)

Columns: the law's key (a match arm in the test that reads this), what is computed, its argument,
its value.
"""

from mpmath import (betainc, erfc, exp, expm1, expm, findroot, gamma, gammainc, inf, log, log1p,
                    matrix, mp, mpf, ncdf, npdf, nstr, pi, quad, sin, sqrt)

mp.dps = 40


def emit(key, what, at, value):
    print(f"{key},{what},{float(at)!r},{nstr(value, 17, min_fixed=0, max_fixed=0)}")


def law(key, mean, variance, survival, cdf, points):
    emit(key, "mean", 0, mean)
    emit(key, "variance", 0, variance)
    for x in points:
        x = mpf(float(x))
        emit(key, "cdf", x, cdf(x))
        emit(key, "survival", x, survival(x))


def by_hazard(key, mean, variance, hazard, points):
    law(key, mean, variance, lambda x: exp(-hazard(x)), lambda x: -expm1(-hazard(x)), points)


SPREAD = [1e-9, 1e-3, 0.1, 0.5, 1, 1.5, 3, 10, 40]

print("law,what,at,value")

by_hazard("exponential 7", mpf(7), mpf(49), lambda x: x / 7, [7 * s for s in SPREAD])

for shape, scale in [(mpf("1.5"), 100), (mpf("0.3"), 1), (mpf(60), 1000)]:
    m1, m2 = gamma(1 + 1 / shape), gamma(1 + 2 / shape)
    points = [scale * s for s in ([0.5, 0.9, 0.99, 1, 1.05] if shape > 10 else SPREAD)]
    by_hazard(f"weibull {nstr(shape, 3)} {scale}", scale * m1, scale**2 * (m2 - m1**2),
              lambda x: (x / scale) ** shape, points)

for sigma in [mpf("0.5"), mpf(3), mpf("0.01")]:
    z = lambda x: log(x / 10) / sigma
    law(f"lognormal 10 {nstr(sigma, 3)}", 10 * exp(sigma**2 / 2),
        100 * exp(sigma**2) * expm1(sigma**2), lambda x: erfc(z(x) / sqrt(2)) / 2,
        lambda x: erfc(-z(x) / sqrt(2)) / 2,
        [10 * exp(sigma * t) for t in [-20, -8, -2, -0.1, 0, 0.1, 2, 8, 20]])

for shape, scale in [(mpf(4), 150), (mpf("0.1"), 10), (mpf(2500), 1), (mpf(3), 30)]:
    sd = sqrt(shape)
    points = [shape + t * sd for t in [-6, -1, 0, 1, 6, 30]] if shape > 100 else SPREAD
    law(f"gamma {nstr(shape, 5)} {scale}", shape * scale, shape * scale**2,
        lambda x: gammainc(shape, x / scale, inf, regularized=True),
        lambda x: gammainc(shape, 0, x / scale, regularized=True), [scale * p for p in points])

w, m = [mpf("0.9"), mpf("0.1")], [mpf(1), mpf(100)]
law("hyperexponential", sum(a * b for a, b in zip(w, m)),
    sum(2 * a * b * b for a, b in zip(w, m)) - sum(a * b for a, b in zip(w, m)) ** 2,
    lambda x: sum(a * exp(-x / b) for a, b in zip(w, m)),
    lambda x: -sum(a * expm1(-x / b) for a, b in zip(w, m)), [1e-9, 0.1, 1, 30, 1e3, 2e4])

t = matrix([["-2", "1.5", "0"], ["1", "-3", "1.5"], ["0.5", "0", "-0.6"]])
start, ones = matrix([["0.5", "0.3", "0.1"]]), matrix([[1], [1], [1]])
inverse = (-t) ** -1
mean = (start * inverse * ones)[0]
law("phase-type", mean, 2 * (start * inverse * inverse * ones)[0] - mean**2,
    lambda x: (start * expm(t * x, method="taylor") * ones)[0],
    lambda x: 1 - (start * expm(t * x, method="taylor") * ones)[0], [1e-9, 0.1, 1, 5, 20, 200])

for mu, sd in [(mpf(100), 20), (mpf(1), 2), (mpf(-80), 2)]:
    a = -mu / sd
    z = lambda x: (x - mu) / sd
    q = erfc(a / sqrt(2)) / 2
    lam = npdf(a) / q
    law(f"normal {nstr(mu, 3, strip_zeros=True)} {sd}", mu + sd * lam, sd**2 * (1 - lam * (lam - a)),
        lambda x: erfc(z(x) / sqrt(2)) / 2 / q,
        lambda x: 1 - erfc(z(x) / sqrt(2)) / 2 / q,
        [abs(mu) * s for s in [1e-9, 0.01, 0.1, 0.5, 0.9, 1, 1.1, 1.5]])

w = mpf(540)
law("triangular 60 120 600", mpf(260), (w**2 - w * 60 + mpf(60) ** 2) / 18,
    lambda x: (600 - x) ** 2 / (w * 480) if x > 120 else 1 - (x - 60) ** 2 / (w * 60),
    lambda x: 1 - (600 - x) ** 2 / (w * 480) if x > 120 else (x - 60) ** 2 / (w * 60),
    [60.001, 90, 120, 121, 300, 599.9])
a, b = 1 + mpf(4) * 60 / 540, 1 + mpf(4) * 480 / 540
law("pert 60 120 600", mpf(190), 540**2 * a * b / 252,
    lambda x: betainc(a, b, (x - 60) / 540, 1, regularized=True),
    lambda x: betainc(a, b, 0, (x - 60) / 540, regularized=True),
    [60.001, 90, 120, 121, 300, 599])

s = mpf("2.5")
law("log-logistic 2.5 10", 10 * (pi / s) / sin(pi / s),
    100 * (2 * pi / s / sin(2 * pi / s) - (pi / s / sin(pi / s)) ** 2),
    lambda x: 1 / (1 + (x / 10) ** s), lambda x: 1 / (1 + (10 / x) ** s),
    [10 * p for p in SPREAD + [1e9]])
by_hazard("pareto 2.5 10", 10 * s / (s - 1), 100 * s / ((s - 1) ** 2 * (s - 2)),
          lambda x: s * log(x / 10), [10.000001, 11, 20, 1e4, 1e9])

short = lambda x: erfc(log(x / 30) / mpf("0.5") / sqrt(2)) / 2
long = lambda x: exp(-x / 1000)
mean = mpf("0.9") * 30 * exp(mpf("0.125")) + 100
second = mpf("0.9") * 900 * exp(mpf("0.5")) + mpf("0.1") * 2 * 10**6
law("mixture", mean, second - mean**2, lambda x: mpf("0.9") * short(x) + mpf("0.1") * long(x),
    lambda x: 1 - mpf("0.9") * short(x) - mpf("0.1") * long(x), [1e-3, 10, 30, 100, 2e3, 3e4])

k = lambda x: exp(-((x / 100) ** 2))
kept = k(mpf(50)) - k(mpf(300))
mean = quad(lambda x: x * x / 5000 * k(x), [50, 100, 200, 300]) / kept
law("truncated weibull", mean,
    quad(lambda x: x**3 / 5000 * k(x), [50, 100, 200, 300]) / kept - mean**2,
    lambda x: (k(x) - k(mpf(300))) / kept, lambda x: (k(mpf(50)) - k(x)) / kept,
    [50.0001, 60, 100, 250, 299.999])

rates, ages = [mpf("1e-3"), mpf("1e-5"), mpf("1e-4")], [mpf(0), mpf(100), mpf(10000)]
def steps(x):
    ends = ages[1:] + [inf]
    return sum(r * (min(x, e) - a) for r, a, e in zip(rates, ages, ends) if x > a)
cuts = [0, 50, 100, 1000, 10000, 20000, 50000, 100000, 200000, 400000, 10**6]
mean = quad(lambda x: exp(-steps(x)), cuts)
by_hazard("bathtub", mean, 2 * quad(lambda x: x * exp(-steps(x)), cuts) - mean**2, steps,
          [1e-6, 50, 100, 5000, 10000, 3e4, 1e6])

p = mpf("0.9")
def checks(x):
    y = max(x - 2, 0) / 10
    n = int(y)
    return (1 - p) ** n * (1 - p * (y - n))
law("check 10 0.9 2", 2 + 10 * (mpf(1) / 2 + (1 - p) / p), 100 * (mpf(1) / 12 + (1 - p) / p**2),
    checks, lambda x: 1 - checks(x), [2.000001, 5, 12, 13, 40, 100])

# Special functions: the argument is a probability, the value is the quantile.
def quantile(key, tail, guess, p):
    emit(key, "quantile", p, findroot(lambda x: log(tail(x) / mpf(float(p))), guess))

for p in [1e-300, 1e-20, 1e-5, 0.025, 0.3, 0.45]:
    z = -sqrt(-2 * log(mpf(p)))
    quantile("normal", lambda x: erfc(-x / sqrt(2)) / 2, z, p)
for p in [1e-12, 0.025, 0.5]:
    emit("beta 1 1e9", "quantile", p, -expm1(log1p(-mpf(p)) / mpf(10) ** 9))
for a, guess, p in [(101, 0.8e-6, 0.025), (101, 1e-6, 0.5), (3, 1e-9, 0.001)]:
    b = mpf(10) ** 8
    # A beta law with whole numbers is a tail of a binomial one.
    n = a + int(b) - 1
    def tail(x, a=a, n=n):
        term, total = (1 - x) ** n, mpf(0)
        for i in range(a):
            total += term
            term *= mpf(n - i) / (i + 1) * x / (1 - x)
        return 1 - total
    quantile(f"beta {a} 1e8", tail, (guess, guess * 1.1), p)
for df, guess, p in [(1e6, -2, 0.025), (2.5, -3, 0.025), (30, -7, 1e-9), (0.5, -100, 0.01)]:
    d = mpf(df)
    def student(x, d=d):
        c = gamma((d + 1) / 2) / gamma(d / 2) / sqrt(d * pi) if d < 1e5 else exp(
            mp.loggamma((d + 1) / 2) - mp.loggamma(d / 2)) / sqrt(d * pi)
        half = quad(lambda y: (1 + y * y / d) ** (-(d + 1) / 2), [0, -x / 2, -x])
        return mpf(1) / 2 - c * half
    quantile(f"student {df:g}", student, (guess, guess * 1.05), p)
for shape, p in [(0.1, 0.05), (1.5, 0.01), (200.5, 0.01)]:
    a = mpf(shape)
    guess = log(mpf(p) * gamma(a + 1)) / a if shape < 10 else log(mpf(170))
    x = exp(findroot(lambda y: gammainc(a, 0, exp(y), regularized=True) / mpf(p) - 1, guess))
    emit(f"gamma {shape}", "quantile", p, x)
