"""Writes reference.json: losses to 200 digits (mpmath), rounded up to doubles by exact comparison. Run: python3 generate_reference.py"""
import json
from fractions import Fraction
from itertools import product
from math import inf, nextafter
from pathlib import Path

from mpmath import binomial, exp, expm1, log, log1p, mp, mpf, tanh

mp.dps = 200
MORE = 1500  # for tiny arguments, whose leading digits all cancel


def up(x):
    """The least double that is not below x."""
    nearest = float(x)
    return nextafter(nearest, inf) if mpf(nearest) < x else nearest


def renyi(e, d, a):
    e, a = mpf(e), mpf(a)
    inside = 1 + exp((1 - 2 * a) * e) + (d - 2) * exp(-a * e)
    return ((a - 1) * e + log(inside / (1 + (d - 1) * exp(-e)))) / (a - 1)


def composed(epsilons, claimed):
    """The expectation of max(0, 1 - e^(claimed - loss)) over the coins of equal epsilons counted, different ones gone through."""
    copies = {}
    for e in epsilons:
        copies[e] = copies.get(e, 0) + 1
    laws = []
    for e, k in copies.items():
        truth = 1 / (1 + exp(-mpf(e)))
        laws.append([((k - 2 * j) * mpf(e), binomial(k, j) * truth ** (k - j) * (1 - truth) ** j) for j in range(k + 1)])
    delta = mpf(0)
    for combination in product(*laws):
        loss, probability = mpf(0), mpf(1)
        for part, share in combination:
            loss += part
            probability *= share
        if loss > claimed:
            delta += probability * -expm1(mpf(claimed) - loss)
    return delta


def optimal(epsilons, delta):
    low, high = mpf(0), sum((mpf(e) for e in epsilons), mpf(0))
    if composed(epsilons, 0) <= delta:
        return mpf(0)
    for _ in range(60):
        middle = (low + high) / 2
        if composed(epsilons, middle) > delta:
            low = middle
        else:
            high = middle
    return low


def approximate(rho, delta):
    """The least bound over the order, by golden section on its logarithm: convex around its minimum."""
    rho, delta = mpf(rho), mpf(delta)

    def bound(t):
        order = exp(t)
        a = 1 + order
        return a * rho - log(a * delta) / order + log(order / a)

    low, high = mpf(-400), mpf(400)
    for _ in range(400):
        third = (high - low) / 3
        if bound(low + third) < bound(high - third):
            high -= third
        else:
            low += third
    return max(mpf(0), bound((low + high) / 2))


def clones(e0, n, claimed):
    """Hockey stick of the two distributions of hiding among the clones, term by term."""
    E, c = exp(mpf(e0)), exp(-mpf(e0))
    bound = exp(mpf(claimed))
    own = E / (E + 1)
    delta = mpf(0)
    for C in range(n):
        outer = binomial(n - 1, C) * c**C * (1 - c) ** (n - 1 - C)
        half = mpf(1) / 2**C
        for i in range(C + 2):  # i of the C + 1 reports say the first value
            first = binomial(C, i - 1) if i >= 1 else mpf(0)
            second = binomial(C, i) if i <= C else mpf(0)
            p = half * (own * first + (1 - own) * second)
            q = half * ((1 - own) * first + own * second)
            if p > bound * q:
                delta += outer * (p - bound * q)
    return delta


epsilons = [5e-324, 1e-300, 1e-160, 1e-20, 1e-9, 1e-4, 0.1, 0.5, 1.0, 3.3, 12.0, 32.0, 700.0, 1e6, 1e300]
alphas = [nextafter(1.0, inf), 1 + 1e-12, 1.0001, 1.5, 2.0, 17.0, 1e4, 1e9, 1e100, 1e308]
rows = {"concentrated": [], "renyi": [], "approximate": [], "composed": [], "optimal": [], "clones": []}
for e in epsilons:
    mp.dps = MORE if e < 1e-3 else 400
    rows["concentrated"].append([e, up(mpf(e) * tanh(mpf(e) / 2))])
    for a in alphas:
        for d in (2, 3, 128, 2**31):
            mp.dps = (MORE if e < 1e-3 else 400) if a * e < 1e12 else 400
            rows["renyi"].append([e, d, a, min(e, up(renyi(e, d, a)))])
mp.dps = 200
for rho in (1e-300, 1e-12, 1e-4, 0.01, 0.46, 5.0, 1e3, 1e100, 1e300):
    for delta in (1e-300, 1e-30, 1e-6, 0.01, 0.5, 0.999):
        rows["approximate"].append([rho, delta, up(approximate(rho, delta))])
lists = [[0.1] * 100, [1.0] * 20, [0.3, 0.7, 1.1], [0.01] * 40 + [2.0], [1e-6] * 10, [8.0] * 3, [0.1 + 0.0137 * i for i in range(11)]]
for given in lists:
    total = sum(given)
    for share in (0, 0.1, 0.5, 0.9, 0.999):
        claimed = share * total
        rows["composed"].append([given, claimed, up(composed(given, claimed))])
mp.dps = 50
for given in lists[:4]:
    for delta in (1e-12, 1e-6, 0.01):
        rows["optimal"].append([given, delta, up(optimal(given, delta))])
for e0, n, shares in ((1.0, 2, (0, 0.5, 0.9)), (0.3, 40, (0, 0.1, 0.5)), (2.0, 120, (0.05, 0.3, 0.7)), (5.0, 150, (0.1, 0.9)), (1.0, 300, (0.02, 0.2, 0.4))):
    for share in shares:
        rows["clones"].append([e0, n, share * e0, up(clones(e0, n, share * e0))])
Path(__file__).with_name("reference.json").write_text(json.dumps(rows, indent=0).replace("\n", "").replace("],[", "],\n[") + "\n")
