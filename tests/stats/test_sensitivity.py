import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.sensitivity import relative_magnitudes

REFERENCE = Path(__file__).parents[1] / "reference"


def test_bounds_by_hand():
    # Placebos -1 and 2, effect 5: with M = 1.5 the effect lies within 5 ± 3.
    made = relative_magnitudes([-1, 2, 5], 1e-12 * np.eye(3), [0, 1, 1.5, 2.5, 3])
    np.testing.assert_allclose(made.bound_low, [5, 3, 2, 0, -1])
    np.testing.assert_allclose(made.bound_high, [5, 7, 8, 10, 11])
    np.testing.assert_allclose(made.conf_low, made.bound_low, atol=1e-4)
    assert made.breakdown == pytest.approx(2.5, abs=1e-4)


def test_without_violation_it_is_the_plain_interval():
    made = relative_magnitudes([0.3, 2], np.diag([1.0, 0.25]), [0])
    z = stats.norm.ppf(0.975)
    assert made.conf_low[0] == pytest.approx(2 - z / 2)
    assert made.conf_high[0] == pytest.approx(2 + z / 2)
    small = relative_magnitudes([0.3, 2], np.diag([1.0, 0.25]), [0], df=4)
    assert small.conf_low[0] == pytest.approx(2 - stats.t.ppf(0.975, 4) / 2)


def test_one_placebo_by_hand():
    # The ends are effect ∓ M placebo with variance own ∓ 2 M cross + M² spread.
    made = relative_magnitudes([10, 40], [[0.04, 0.01], [0.01, 0.09]], [2.0])
    low, high = math.sqrt(0.09 - 0.04 + 0.16), math.sqrt(0.09 + 0.04 + 0.16)
    both = stats.multivariate_normal(cov=[[1, (0.16 - 0.09) / low / high], [0.07 / low / high, 1]])
    first = brentq(lambda x: both.cdf([x, x]) - 0.995, 1, 4)
    # Far from the other bound it is a one-sided test: of what lies below the critical value of
    # the larger of the two, (5% - 0.5%) / 99.5% is rejected too.
    beyond = stats.norm.sf(first)
    z = stats.norm.isf(beyond + (0.05 - 0.005) / 0.995 * (1 - beyond))
    assert made.conf_low[0] == pytest.approx(40 - 20 - z * low, abs=1e-3)
    assert made.conf_high[0] == pytest.approx(40 + 20 + z * high, abs=1e-3)


@pytest.mark.parametrize("name", ["BC", "LW"])
def test_the_examples_of_honestdid(name):
    stored = json.loads((REFERENCE / "honestdid_relative_magnitudes.json").read_text())[name]
    levels, sigma = np.array(stored["betahat"]), np.array(stored["sigma"])
    # Its coefficients are relative to the election before treatment, whose own is zero.
    pre = len(levels) - 1
    steps = np.zeros((pre + 1, pre + 1))
    for k in range(pre):
        steps[k, k] = -1
        if k + 1 < pre:
            steps[k, k + 1] = 1
    steps[pre, pre] = 1
    made = relative_magnitudes(steps @ levels, steps @ sigma @ steps.T, stored["magnitude"])
    found = np.column_stack([made.conf_low, made.conf_high])
    scale = math.sqrt(sigma[-1, -1])
    np.testing.assert_allclose(found / scale, np.array(stored["conf"]) / scale, atol=2e-3)


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_breakdown_is_where_no_effect_is_kept(seed):
    rng = np.random.default_rng(seed)
    k = rng.integers(2, 6)
    root = rng.normal(size=(k, k + 2)) / 3
    values = rng.normal(size=k)
    values[-1] += rng.choice([-4, 4])
    made = relative_magnitudes(values, root @ root.T, [0])
    if made.breakdown == 0:
        assert made.conf_low[0] <= 0 <= made.conf_high[0]
        return
    around = made.breakdown * np.array([0.5, 1 - 1e-3, 1 + 1e-3])
    ends = relative_magnitudes(values, root @ root.T, around)
    holds = (ends.conf_low <= 0) & (ends.conf_high >= 0)
    assert holds.tolist() == [False, False, True]
    # Twice the units, the same magnitude.
    again = relative_magnitudes(2 * values, 4 * root @ root.T)
    assert again.breakdown == pytest.approx(made.breakdown, rel=1e-3)


def test_without_earlier_differences_nothing_breaks_down():
    assert math.isinf(relative_magnitudes([0.0, 2.0], np.eye(2) * 0.01, [0]).breakdown)


def test_coverage_when_the_violation_is_as_large_as_allowed():
    rng = np.random.default_rng(7)
    cov = 0.01 * np.array([[1.0, -0.3, 0.0], [-0.3, 1.0, -0.4], [0.0, -0.4, 1.0]])
    placebo, magnitude, effect = np.array([0.5, -1.0]), 1.5, 2.0
    truth = np.array([*placebo, effect + magnitude * 1.0])
    covered = []
    for draw in rng.multivariate_normal(truth, cov, 500):
        made = relative_magnitudes(draw, cov, [magnitude])
        covered.append(made.conf_low[0] <= effect <= made.conf_high[0])
    assert 0.92 <= np.mean(covered) <= 0.98


@pytest.mark.parametrize(
    ("values", "cov", "magnitude", "rule"),
    [
        ([1.0], [[1.0]], [1], "placebo >= 1"),
        ([1.0, 2.0], [[1.0, 0.5], [0.4, 1.0]], [1], "covariance"),
        ([1.0, 2.0], np.zeros((2, 2)), [1], "covariance"),
        ([1.0, 2.0], np.eye(3), [1], "covariance"),
        ([1.0, math.nan], np.eye(2), [1], "finite"),
        ([1.0, 2.0], np.eye(2), [-1], "positive"),
    ],
)
def test_bad_input(values, cov, magnitude, rule):
    with pytest.raises(EstimationError) as caught:
        relative_magnitudes(values, cov, magnitude)
    assert caught.value.rule == rule
