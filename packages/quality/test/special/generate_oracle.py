"""Writes oracle.json: special-function values in 50-digit arithmetic (mpmath 1.3), independent of the code under test.

Run: python3 generate_oracle.py > oracle.json
"""
import json
from mpmath import mp, mpf, erf, erfc, erfinv, gamma, gammainc, log, loggamma, exp, findroot, sqrt, ncdf

mp.dps = 50
S = lambda x: mp.nstr(mpf(x), 25)
rows = {}

rows["erf"] = [[x, S(erf(mpf(x)))] for x in [1e-300, 1e-20, 1e-8, 0.1, 0.25, 0.5, 0.84375, 0.9, 1.0, 1.25, 1.5, 2.0, 2.857, 3.0, 4.0, 5.5, -0.3, -1.7, -6.5]]
rows["erfc"] = [[x, S(erfc(mpf(x)))] for x in [1e-20, 0.1, 0.5, 0.85, 1.0, 1.24, 1.26, 2.0, 2.85, 2.87, 3.0, 5.0, 6.5, 10.0, 20.0, 26.0, -0.3, -2.0, -7.0]]
rows["normalQuantile"] = []
for p in [1e-300, 1e-100, 1e-20, 1e-10, 1e-6, 1e-3, 0.01, 0.02425, 0.025, 0.1, 0.3, 0.4, 0.49, 0.5, 0.5000001, 0.6, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 0.999999]:
    mp.dps = 400
    P = mpf(p)
    t = sqrt(-2 * log(P if P < 0.5 else 1 - P)) if P != 0.5 else mpf(0)
    x = -t if P < 0.5 else t
    for _ in range(60):  # Newton on log-tail scale, safe from the left
        c = erfc(-x / sqrt(mpf(2))) / 2
        d = exp(-x * x / 2) / sqrt(2 * mp.pi)
        step = (c - P) / d
        u = step
        x = x - u / (1 + x * u / 2)
        if abs(u) < mpf(10) ** -60:
            break
    rows["normalQuantile"].append([p, S(x)])
    mp.dps = 50

rows["logGamma"] = [[x, S(loggamma(mpf(x)))] for x in [1e-10, 0.1, 0.5, 0.9, 1.1, 1.5, 2.5, 3.0, 7.5, 10.0, 14.9, 15.1, 100.0, 1e4, 1e6, 1e9]]


def gamma_tails(a, x):
    a, x = mpf(a), mpf(x)
    upper = gammainc(a, x, mp.inf, regularized=True)
    return 1 - upper if upper > mpf("1e-20") else gammainc(a, 0, x, regularized=True), upper


rows["gamma"] = []
for a in [0.5, 1.0, 1.5, 2.5, 5.0, 12.5, 50.0, 127.5, 500.0, 5000.0]:
    for z in [-6, -3, -1, 0, 0.5, 2, 4, 9]:
        x = float(a + z * a**0.5)
        if x <= 0:
            x = float(a * 10.0**z)
        mp.dps = 80
        lo = gammainc(mpf(a), 0, mpf(x), regularized=True)
        hi = gammainc(mpf(a), mpf(x), mp.inf, regularized=True)
        mp.dps = 50
        assert abs(lo + hi - 1) < mpf(10) ** -40
        rows["gamma"].append([a, x, S(lo), S(hi)])


def logbeta_density(a, b, x):
    return (a - 1) * log(x) + (b - 1) * mp.log1p(-x) - loggamma(a) - loggamma(b) + loggamma(a + b)


def beta_lower(a, b, x):
    """I_x(a,b) by the all-positive series x^a (1-x)^b / (a B) * sum prod (a+b+j)/(a+1+j) x, from the safe side."""
    a, b, x = mpf(a), mpf(b), mpf(x)
    if x > a / (a + b):
        hi = beta_series(b, a, 1 - x)
        return 1 - hi, hi
    lo = beta_series(a, b, x)
    return lo, 1 - lo


def beta_series(a, b, x):
    t = exp(a * log(x) + b * mp.log1p(-x) - loggamma(a) - loggamma(b) + loggamma(a + b)) / a
    s = mpf(0)
    j = 0
    while True:
        s += t
        t = t * (a + b + j) / (a + 1 + j) * x
        j += 1
        if t < s * mpf(10) ** -45 and (a + b + j) * x < (a + 1 + j):
            return s


mp.dps = 60
rows["beta"] = []
for a, b in [(0.5, 0.5), (0.5, 10.0), (1.0, 1.0), (1.0, 100.0), (2.0, 3.0), (5.0, 5.0), (10.0, 91.0), (96.0, 5.0), (300.0, 701.0), (1.0, 10000.0), (5000.0, 5001.0), (123.0, 99878.0), (100000.0, 900001.0), (253680.0, 1.0)]:
    m = a / (a + b)
    sd = (m * (1 - m) / (a + b + 1)) ** 0.5
    for z in [-6, -2, -0.5, 0, 1, 3, 7]:
        x = m + z * sd
        if not 0 < x < 1:
            continue
        lo, hi = beta_lower(a, b, x)
        rows["beta"].append([a, b, x, S(lo), S(hi)])
mp.dps = 50
rows["stirlingError"] = [[x, S(loggamma(mpf(x) + 1) - ((mpf(x) + 0.5) * log(mpf(x)) - x + log(2 * mp.pi) / 2))] for x in [16.0, 16.5, 17.0, 20.0, 30.0, 100.0, 1e6]]
rows["normalCdf"] = [[x, S(ncdf(mpf(x)))] for x in [-37.0, -20.0, -5.0, -1.96, -0.5, 0.0, 0.3, 1.0, 1.6448536269514722, 4.0, 7.0]]
rows["twoSidedNormalQuantile"] = [[c, S(sqrt(mpf(2)) * erfinv(mpf(c)))] for c in [0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99]]

rows["binomial"] = []
for k, n, p in [(0, 1, 0.25), (1, 1, 0.25), (0, 50, 0.02), (50, 50, 0.9), (1, 2, 0.5), (3, 10, 0.3), (9, 10, 0.3), (15, 40, 0.25), (500, 1000, 0.5), (530, 1000, 0.5), (7, 100000, 0.0001), (25300, 100000, 0.25), (500100, 1000000, 0.5), (999990, 1000000, 0.99999)]:
    logged = loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1) + k * log(mpf(p)) + (n - k) * mp.log1p(-mpf(p))
    rows["binomial"].append([k, n, p, S(exp(logged))])


def chi_squared_survival(x, degrees):
    return gammainc(mpf(degrees) / 2, mpf(x) / 2, mp.inf, regularized=True)


rows["chiSquaredUpperQuantile"] = []
for degrees in [1, 2, 3, 10, 99, 1000]:
    for p in [0.999, 0.5, 0.05, 1e-3, 1e-9]:
        low, high = mpf(-20), log(mpf(degrees + 60) + 12 * sqrt(mpf(degrees)))
        for _ in range(105):  # bisection on log x
            middle = (low + high) / 2
            low, high = (middle, high) if chi_squared_survival(exp(middle), degrees) > p else (low, middle)
        x = exp(low)
        assert abs(chi_squared_survival(x, degrees) / mpf(p) - 1) < mpf(10) ** -25
        rows["chiSquaredUpperQuantile"].append([p, degrees, S(x)])

rows["noncentralChiSquared"] = []
for x, degrees, noncentrality in [(3.84, 1, 0.0), (3.84, 1, 0.5), (3.84, 1, 1.9), (3.84, 1, 2.0), (3.84, 1, 10.0), (5.99, 2, 7.3), (18.3, 10, 25.0), (124.3, 99, 60.0), (3.84, 1, 900.0), (900.0, 4, 900.0)]:
    mean = mpf(noncentrality) / 2
    total, k = mpf(0), 0
    while True:
        weight = exp(-mean + (k * log(mean) if k else 0) - loggamma(k + 1)) if mean else mpf(k == 0)
        total += weight * chi_squared_survival(mpf(x), degrees + 2 * k)
        k += 1
        if k > mean and weight < mpf(10) ** -45:
            break
    rows["noncentralChiSquared"].append([x, degrees, noncentrality, S(total)])
print(json.dumps({"about": "mpmath 1.3, 50 digits or more; made by generate_oracle.py", **rows}, indent=0))
