import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.few_treated import conley_taber, ferman_pinto, lee_wooldridge
from evaluatie.stats.randomization import randomization_test

CASES = json.loads(
    (Path(__file__).parents[1] / "reference" / "diff_diff_changes.json").read_text("utf-8")
)["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(sum(c["treated"])))
def test_lee_wooldridge_equals_diff_diff(case):
    made = lee_wooldridge(case["y"], case["treated"])
    assert made.estimate == pytest.approx(case["estimate"], rel=1e-10)
    assert made.std_error == pytest.approx(case["std_error"], rel=1e-10)
    assert made.p_value == pytest.approx(case["p_value"], rel=1e-9)
    np.testing.assert_allclose([made.conf_low, made.conf_high], case["conf_int"], rtol=1e-9)


@pytest.mark.parametrize("case", CASES, ids=lambda c: str(sum(c["treated"])))
def test_enumeration_agrees_with_the_draws_of_diff_diff(case):
    made = randomization_test(case["y"], case["treated"])
    p, draws = case["randomization_p"], case["randomization_draws"]
    assert abs(made.result.p_value - p) < 4 * math.sqrt(p * (1 - p) / draws) + 1 / draws


def test_conley_taber_by_hand():
    # Comparison changes -3, -1, 1, 3 around 0; the treated change is 2.
    made = conley_taber([2.0, -3, -1, 1, 3], [1, 0, 0, 0, 0], alpha=0.5)
    assert made.estimate == 2
    assert made.details["exact"]
    # One of four is at least 2: twice the smaller tail.
    assert made.p_value == 0.5
    # Effects whose remainder 2 - e lies between the second and third of four.
    assert (made.conf_low, made.conf_high) == (2 - 1, 2 + 1)
    # Tails of an eighth are nowhere emptier than a quarter: all effects but those beyond.
    wide = conley_taber([2.0, -3, -1, 1, 3], [1, 0, 0, 0, 0], alpha=0.25)
    assert (wide.conf_low, wide.conf_high) == (2 - 3, 2 + 3)


def test_conley_taber_with_two_treated_lists_all_pairs():
    rng = np.random.default_rng(1)
    y, w = rng.normal(size=9), rng.uniform(1, 3, 9)
    treated = np.isin(np.arange(9), [2, 5])
    made = conley_taber(y, treated, weights=w, alpha=0.2)
    share = w[treated] / w[treated].sum()
    centre = np.average(y[~treated], weights=w[~treated])
    residuals = y[~treated] - centre
    noise = np.array([share @ pair for pair in itertools.product(residuals, repeat=2)])
    estimate = share @ y[treated] - centre
    assert made.estimate == pytest.approx(estimate)

    def p(effect):
        left = estimate - effect
        return min(1, 2 * min(np.mean(noise >= left - 1e-12), np.mean(noise <= left + 1e-12)))

    assert made.p_value == pytest.approx(p(0))
    assert p(made.conf_low) > 0.2 >= p(made.conf_low - 1e-6)
    assert p(made.conf_high) > 0.2 >= p(made.conf_high + 1e-6)


def test_ferman_pinto_with_equal_variances_is_near_conley_taber():
    rng = np.random.default_rng(2)
    y, treated = rng.normal(size=300), np.arange(300) < 3
    y[treated] += 0.8
    ours = ferman_pinto(y, treated, np.ones(300), draws=40_000)
    plain = conley_taber(y, treated)
    assert ours.estimate == plain.estimate
    assert ours.p_value == pytest.approx(plain.p_value, abs=0.02)
    assert ours.conf_low == pytest.approx(plain.conf_low, abs=0.1)


def test_ferman_pinto_rescales_to_the_treated_unit():
    # A treated unit with a quarter of the variance has half the interval.
    rng = np.random.default_rng(3)
    y = rng.normal(size=400)
    treated = np.arange(400) < 1
    variance = np.ones(400)
    wide = ferman_pinto(y, treated, variance, draws=20_000)
    variance[0] = 0.25
    narrow = ferman_pinto(y, treated, variance, draws=20_000)
    ratio = (narrow.conf_high - narrow.conf_low) / (wide.conf_high - wide.conf_low)
    assert ratio == pytest.approx(0.5, abs=0.03)


def test_drawn_interval_inverts_the_drawn_p_value():
    rng = np.random.default_rng(4)
    y, treated, variance = rng.normal(size=40), np.arange(40) < 6, rng.uniform(1, 4, 40)
    for method in (
        lambda y: ferman_pinto(y, treated, variance, draws=999, seed=5),
        lambda y: conley_taber(y, treated, draws=999, seed=5, max_combinations=1),
    ):
        made = method(y)
        for end, out in ((made.conf_low, -1e-6), (made.conf_high, 1e-6)):
            assert method(y - end * treated).p_value > 0.05
            assert method(y - (end + out) * treated).p_value <= 0.05


def test_too_few_draws_exclude_nothing():
    y, treated = np.arange(10.0), np.arange(10) < 2
    made = ferman_pinto(y, treated, np.ones(10), draws=9)
    assert (made.conf_low, made.conf_high) == (-math.inf, math.inf)
    assert made.p_value >= 0.2


@pytest.mark.parametrize("method", ["ct", "fp", "lw"])
def test_invariance(method):
    rng = np.random.default_rng(6)
    y, w, variance = rng.normal(size=25), rng.uniform(1, 3, 25), rng.uniform(1, 3, 25)
    treated = np.arange(25) >= 23

    def run(y, w, variance, treated):
        if method == "ct":
            return conley_taber(y, treated, weights=w)
        if method == "fp":
            return ferman_pinto(y, treated, variance, weights=w, draws=999)
        return lee_wooldridge(y, treated)

    base = run(y, w, variance, treated)
    scaled = run(-1e3 * y + 5, 2 * w, 1e6 * variance, treated)
    assert scaled.estimate == pytest.approx(-1e3 * base.estimate)
    assert scaled.p_value == pytest.approx(base.p_value, abs=1e-9)
    assert scaled.conf_low == pytest.approx(-1e3 * base.conf_high)
    if method != "fp":  # draws follow the order of rows
        order = rng.permutation(25)
        moved = run(y[order], w[order], variance[order], treated[order])
        assert moved.p_value == pytest.approx(base.p_value, abs=1e-9)


@pytest.mark.parametrize(
    "method",
    [
        conley_taber,
        lee_wooldridge,
        lambda y, treated: ferman_pinto(y, treated, np.ones(len(np.atleast_1d(y)))),
    ],
)
@pytest.mark.parametrize(
    ("y", "treated", "rule"),
    [
        ([1, 2, 3, 4], [0, 0, 0, 0], "treated >= 1"),
        ([1, 2, 3, 4], [1, 1, 1, 0], "comparison >= 2"),
        ([1, 2, 3, math.nan], [1, 0, 0, 0], "finite"),
        ([1, 2, 2, 2], [1, 0, 0, 0], "variance > 0"),
        ([1, 2, 3, 4], [1, 0, 0], "shape"),
    ],
)
def test_bad_input(method, y, treated, rule):
    with pytest.raises(EstimationError) as caught:
        method(y, treated)
    assert caught.value.rule == rule


def test_bad_draws_and_variance():
    y, treated = np.arange(10.0), np.arange(10) < 2
    with pytest.raises(EstimationError, match="draws"):
        ferman_pinto(y, treated, np.ones(10), draws=0)
    with pytest.raises(EstimationError, match="draws"):
        conley_taber(y, treated, max_combinations=1, draws=-1)
    with pytest.raises(EstimationError, match="variance is not above zero"):
        ferman_pinto(y, treated, np.zeros(10))
