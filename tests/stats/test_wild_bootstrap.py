import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.cluster import crv1
from evaluatie.stats.wild_bootstrap import bootstrap_t, multipliers, wild_bootstrap

CASES = json.loads(
    (Path(__file__).parents[1] / "reference" / "pyfixest_did.json").read_text("utf-8")
)["cases"]


def dummy_regression_t(y, d, weights, multiplier, effect):
    """CRV1 t of each bootstrap sample by weighted least squares on a dummy for everything."""
    units, periods = y.shape
    known = ~np.isnan(y).ravel()
    cluster = np.repeat(np.arange(units), periods)[known]
    dummies = np.hstack(
        [
            np.kron(np.eye(units), np.ones((periods, 1))),
            np.kron(np.ones((units, 1)), np.eye(periods)[:, 1:]),
        ]
    )[known]
    d, y, w = d.ravel()[known], y.ravel()[known], weights.ravel()[known]
    x = np.column_stack([d, dummies])
    root = np.sqrt(w)[:, None]
    null = np.linalg.lstsq(dummies * root, (y - effect * d) * root[:, 0], rcond=None)[0]
    fitted = dummies @ null + effect * d
    residual = y - fitted
    bread = np.linalg.pinv((x * w[:, None]).T @ x)
    n, k = len(y), 1 + periods  # unit dummies are nested in clusters
    values = []
    for numbers in multiplier:
        sample = fitted + residual * numbers[cluster]
        beta = bread @ (x.T @ (w * sample))
        error = w * (sample - x @ beta)
        scores = np.array([x[cluster == g].T @ error[cluster == g] for g in range(units)])
        cov = bread @ scores.T @ scores @ bread * units / (units - 1) * (n - 1) / (n - k)
        values.append((beta[0] - effect) / math.sqrt(cov[0, 0]))
    return np.array(values)


@pytest.mark.parametrize("kind", ["rademacher", "webb"])
@pytest.mark.parametrize("effect", [0.0, 0.7])
@pytest.mark.parametrize("weighting", ["equal", "units", "cells"])
@pytest.mark.parametrize("design", ["two periods", "five periods", "staggered", "missing"])
def test_equals_the_dummy_variable_regression(design, weighting, effect, kind):
    rng = np.random.default_rng(len(design) + len(weighting))
    units, periods = 13, 2 if design == "two periods" else 5
    y = rng.normal(size=(units, periods)) + rng.normal(size=(units, 1))
    d = np.zeros((units, periods))
    for unit in range(5):
        d[unit, 1 + unit % (periods - 1) if design == "staggered" else periods // 2 :] = 1
    if design == "missing":
        y[2, 0] = y[8, 3] = math.nan
    weights = {
        "equal": np.ones_like(y),
        "units": np.repeat(rng.uniform(0.5, 3, (units, 1)), periods, axis=1),
        "cells": rng.uniform(0.5, 3, y.shape),
    }[weighting]
    numbers = multipliers(kind, 12, units, rng)
    made = bootstrap_t(y, d, numbers, weights, effect=effect)
    expected = dummy_regression_t(y, d, weights, numbers, effect)
    np.testing.assert_allclose(made, expected, rtol=1e-9, atol=1e-11)
    # Multipliers of one give the sample itself: the t of CRV1.
    own = crv1(y, d, weights, minimum_treated=1)
    itself = bootstrap_t(y, d, np.ones((1, units)), weights, effect=effect)[0]
    assert itself == pytest.approx((own.estimate - effect) / own.std_error, rel=1e-9)


def test_full_enumeration_equals_listing_all_signs():
    rng = np.random.default_rng(3)
    y, d = rng.normal(size=(8, 2)), np.column_stack([np.zeros(8), np.arange(8) < 3])
    made = wild_bootstrap(y, d, draws=999, minimum_treated=1)
    assert made.details["enumerated"]
    assert made.details["draws"] == 256
    signs = np.array(list(itertools.product([1.0, -1.0], repeat=8)))
    t = np.abs(bootstrap_t(y, d, signs))
    assert made.p_value == np.mean(t >= t[0] * (1 - 1e-9))
    # All signs turned give the same absolute t, so no p-value is below 2 / 2^G.
    assert made.p_value >= 2 / 256


@pytest.mark.parametrize("case", [c for c in CASES if "wild_webb" in c], ids=lambda c: c["name"])
def test_pyfixest(case):
    y, d = np.array(case["y"]), np.array(case["d"])
    for kind in ("rademacher", "webb"):
        theirs, samples = case[f"wild_{kind}"], case[f"wild_{kind}_samples"]
        made = wild_bootstrap(y, d, kind=kind, interval=False, minimum_treated=1)
        if samples < 9_999:
            # All signs: the same samples, and they count ties out where we count them in.
            assert made.details["draws"] == samples
            assert abs(made.p_value - theirs) <= 2.5 / samples
        else:
            error = math.sqrt(2 * theirs * (1 - theirs) / samples)
            assert abs(made.p_value - theirs) < 4 * error


@pytest.mark.parametrize("kind", ["rademacher", "webb"])
def test_interval_inverts_the_test(kind):
    rng = np.random.default_rng(5)
    y, d = rng.normal(size=(30, 2)), np.column_stack([np.zeros(30), np.arange(30) < 10])

    def p(effect):
        moved = y - effect * d
        return wild_bootstrap(moved, d, kind=kind, draws=1_999, seed=4, interval=False).p_value

    made = wild_bootstrap(y, d, kind=kind, draws=1_999, seed=4)
    step = 1e-5 * made.std_error
    assert p(made.conf_low) > 0.05 >= p(made.conf_low - step)
    assert p(made.conf_high) > 0.05 >= p(made.conf_high + step)
    assert p(0.0) == made.p_value


def test_invariance():
    rng = np.random.default_rng(6)
    y, d = rng.normal(size=(11, 3)), np.zeros((11, 3))
    d[:5, 1:] = 1
    w = rng.uniform(1, 2, 11)
    base = wild_bootstrap(y, d, w)  # all 2,048 sign patterns
    order = rng.permutation(11)
    moved = wild_bootstrap(y[order], d[order], w[order])
    scaled = wild_bootstrap(100 * y + rng.normal(size=(11, 1)) + rng.normal(size=3), d, 4 * w)
    assert base.details["enumerated"]
    assert moved.p_value == scaled.p_value == base.p_value
    assert moved.conf_low == pytest.approx(base.conf_low, abs=1e-5 * base.std_error)
    assert scaled.conf_high == pytest.approx(100 * base.conf_high, abs=1e-3 * base.std_error)


def test_multipliers_have_mean_zero_and_variance_one():
    generator = np.random.default_rng(7)
    webb = multipliers("webb", 3_000, 40, generator)
    np.testing.assert_allclose(np.unique(webb**2), [0.5, 1.0, 1.5])
    assert len(np.unique(webb)) == 6
    signs = multipliers("rademacher", 3_000, 41, generator)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    for numbers in (webb, signs):
        assert abs(numbers.mean()) < 0.01
        assert abs(numbers.var() - 1) < 0.01


def test_auto_takes_webb_for_few_clusters_that_are_not_enumerated():
    rng = np.random.default_rng(8)
    y, d = rng.normal(size=(11, 2)), np.column_stack([np.zeros(11), np.arange(11) < 5])
    assert "webb" in wild_bootstrap(y, d, draws=999, interval=False).method
    assert "rademacher" in wild_bootstrap(y, d, draws=9_999, interval=False).method
    assert wild_bootstrap(y, d, draws=999, seed=1).p_value == (
        wild_bootstrap(y, d, draws=999, seed=1).p_value
    )


def test_few_treated_are_refused():
    y = np.random.default_rng(9).normal(size=(40, 2))
    d = np.column_stack([np.zeros(40), np.arange(40) < 4])
    with pytest.raises(EstimationError, match="refused with 4 treated clusters") as caught:
        wild_bootstrap(y, d)
    assert caught.value.rule == "minimum treated clusters"
    # One treated of many: every sample's t looks like the observed one, hardly any effect is
    # excluded.
    d = np.column_stack([np.zeros(40), np.arange(40) < 1])
    made = wild_bootstrap(y, d, draws=499, minimum_treated=1)
    assert made.conf_high - made.conf_low > 10 * 2 * 1.96 * made.std_error


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"draws": 0}, "draws >= 1"),
        ({"kind": "mammen"}, "known kind"),
        ({"alpha": 2}, "alpha"),
        ({"d": np.zeros((12, 2))}, "treated >= 1"),
        ({"y": np.ones((12, 2))}, "variance > 0"),
    ],
)
def test_bad_input(change, rule):
    arguments = {
        "y": np.random.default_rng(1).normal(size=(12, 2)),
        "d": np.column_stack([np.zeros(12), np.arange(12) < 5]),
        **change,
    }
    with pytest.raises(EstimationError) as caught:
        wild_bootstrap(**arguments)
    assert caught.value.rule == rule
