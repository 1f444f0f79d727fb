import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.cluster import _Regression, _Samples, crv1, crv3, wild_bootstrap

CASES = json.loads(
    (Path(__file__).parents[1] / "reference" / "pyfixest_did.json").read_text("utf-8")
)["cases"]
METHODS = [crv1, crv3, wild_bootstrap]


def changes_of(case):
    return np.diff(np.array(case["y"]))[:, 0], np.array(case["d"])[:, 1]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_pyfixest(case):
    y, d = changes_of(case)
    one = crv1(y, d, minimum_treated=1)
    assert one.estimate == pytest.approx(case["estimate"], rel=1e-8)
    assert one.std_error == pytest.approx(case["crv1"], rel=1e-8)
    assert one.p_value == pytest.approx(case["p_crv1"], rel=1e-7)
    np.testing.assert_allclose([one.conf_low, one.conf_high], case["conf_int"], rtol=1e-8)
    three = crv3(y, d, minimum_treated=1)
    factor = math.sqrt((len(y) - 1) / len(y))
    assert three.std_error == pytest.approx(factor * case["crv3_without_factor"], rel=1e-8)
    assert three.estimate == one.estimate
    made, theirs, samples = wild_bootstrap(y, d), case["wild"], case["wild_samples"]
    if samples < 9_999:
        # All signs: the same samples, and they count ties out where we count them in.
        assert made.details["draws"] == samples
        assert abs(made.p_value - theirs) <= 2.5 / samples
    else:
        assert abs(made.p_value - theirs) < 4 * math.sqrt(2 * theirs * (1 - theirs) / samples)


def test_by_hand():
    # Changes 1, 3 for the treated, 0, 0, 3 for the others: effect 2 - 1.
    change, treated = [1.0, 3.0, 0.0, 0.0, 3.0], [1, 1, 0, 0, 0]
    made = crv1(change, treated, minimum_treated=1)
    assert made.estimate == pytest.approx(1)
    # Residuals of the change -1, 1 and -1, -1, 2; N = 10, K = 3, G = 5.
    variance = 2 / 4 + 6 / 9
    assert made.std_error == pytest.approx(math.sqrt(variance * (5 / 4) * (9 / 7)))
    assert (made.n_treated, made.n_comparison, made.df) == (2, 3, 4)
    # Without each: effects 3 - 1, 1 - 1, 2 - 1.5, 2 - 1.5, 2 - 0.
    jackknife = (1 + 1 + 0.25 + 0.25 + 1) * 4 / 5
    assert crv3(change, treated, minimum_treated=1).std_error == pytest.approx(math.sqrt(jackknife))
    # Weighted 3, 1 and 1, 1, 2: effect 1.5 - 1.5; without each 3 - 1.5, 1 - 1.5, 0, 0, 1.5 - 0.
    weighted = crv3(change, treated, [3, 1, 1, 1, 2], minimum_treated=1)
    assert weighted.estimate == pytest.approx(0)
    without = np.array([3 - 1.5, 1 - 1.5, 1.5 - 2, 1.5 - 2, 1.5 - 0])
    assert weighted.std_error == pytest.approx(math.sqrt(float(without @ without) * 4 / 5))


def dummy_regression_t(y, d, weights, multiplier, effect):
    """CRV1 t of each bootstrap sample by weighted least squares on a dummy for everything."""
    units, periods = len(y), 2
    cluster = np.repeat(np.arange(units), periods)
    dummies = np.hstack(
        [np.kron(np.eye(units), np.ones((2, 1))), np.tile([[0.0], [1.0]], (units, 1))]
    )
    y, d = (np.column_stack([0 * each, each]).ravel() for each in (y, d))
    w = weights[cluster]
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


@pytest.mark.parametrize("effect", [0.0, 0.7])
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_the_dummy_variable_regression(weighted, effect):
    rng = np.random.default_rng(13)
    y, d = rng.normal(size=13), np.arange(13) < 5
    w = rng.uniform(0.5, 3, 13) if weighted else np.ones(13)
    signs = rng.choice([-1.0, 1.0], (12, 13))
    made = _Regression(y, d, w)
    expected = dummy_regression_t(y, d.astype(float), w, signs, effect)
    np.testing.assert_allclose(_Samples(made, [signs]).t(effect), expected, rtol=1e-9, atol=1e-11)
    # Signs of one give the sample itself: the t of CRV1.
    own = crv1(y, d, w, minimum_treated=1)
    itself = _Samples(made, [np.ones((1, 13))]).t(effect)[0]
    assert itself == pytest.approx((own.estimate - effect) / own.std_error, rel=1e-9)


def test_full_enumeration_equals_listing_all_signs():
    y, d = np.random.default_rng(3).normal(size=8), np.arange(8) < 3
    made = wild_bootstrap(y, d, draws=999, minimum_treated=1)
    assert made.details["enumerated"]
    assert made.details["draws"] == 256
    signs = np.array(list(itertools.product([1.0, -1.0], repeat=8)))
    t = np.abs(_Samples(_Regression(y, d, None), [signs]).t(0.0))
    assert made.p_value == np.mean(t >= t[0] * (1 - 1e-9))
    # All signs turned give the same absolute t, so no p-value is below 2 / 2^G.
    assert made.p_value >= 2 / 256


def test_interval_inverts_the_test():
    y, d = np.random.default_rng(5).normal(size=30), np.arange(30) < 10

    def p(effect):
        return wild_bootstrap(y - effect * d, d, draws=999, seed=4).p_value

    made = wild_bootstrap(y, d, draws=999, seed=4)
    step = 1e-5 * made.std_error
    assert p(made.conf_low) > 0.05 >= p(made.conf_low - step)
    assert p(made.conf_high) > 0.05 >= p(made.conf_high + step)
    assert p(0.0) == made.p_value


@pytest.mark.parametrize("method", METHODS)
def test_invariance(method):
    rng = np.random.default_rng(2)
    y, d, w = rng.normal(size=11), np.arange(11) < 5, rng.uniform(1, 3, 11)
    order = rng.permutation(11)
    base = method(y, d, w, minimum_treated=5)
    moved = method(y[order], d[order], w[order], minimum_treated=5)
    shifted = method(5 * y + 3, d, 9 * w, minimum_treated=5)
    assert moved.std_error == pytest.approx(base.std_error, rel=1e-10)
    assert shifted.estimate == pytest.approx(5 * base.estimate, rel=1e-10)
    assert shifted.std_error == pytest.approx(5 * base.std_error, rel=1e-9)
    assert moved.p_value == pytest.approx(base.p_value)
    assert shifted.p_value == pytest.approx(base.p_value)
    assert shifted.conf_high == pytest.approx(5 * base.conf_high, abs=1e-4 * base.std_error)


@pytest.mark.parametrize(
    ("method", "treated", "fewest"),
    [(crv1, 2, 10), (crv1, 9, 10), (crv3, 2, 10), (crv3, 9, 10), (wild_bootstrap, 4, 5)],
)
def test_few_treated_are_refused_with_the_reason(method, treated, fewest):
    y, d = np.random.default_rng(3).normal(size=40), np.arange(40) < treated
    with pytest.raises(EstimationError, match=f"refused with {treated} treated clusters") as caught:
        method(y, d)
    assert caught.value.rule == "minimum treated clusters"
    assert caught.value.expected == f"at least {fewest}"
    assert method(y, d, minimum_treated=treated).n_treated == treated


def test_one_treated():
    y, d = np.random.default_rng(9).normal(size=40), np.arange(40) < 1
    with pytest.raises(EstimationError, match="undefined for one treated"):
        crv3(y, d, minimum_treated=1)
    # Every sample's t looks like the observed one: hardly any effect is excluded.
    made = wild_bootstrap(y, d, draws=499, minimum_treated=1)
    assert made.conf_high - made.conf_low > 10 * 2 * 1.96 * made.std_error


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"treated": np.zeros(12)}, "treated >= 1"),
        ({"treated": np.arange(12) < 11}, "comparison >= 2"),
        ({"treated": np.zeros(3)}, "shape"),
        ({"y": np.zeros((12, 2))}, "shape"),
        ({"y": np.full(12, math.inf)}, "finite"),
        ({"y": 0.3 * (np.arange(12) < 4)}, "variance > 0"),
        ({"weights": np.zeros(12)}, "positive"),
        ({"weights": np.ones(3)}, "shape"),
        ({"alpha": 2}, "alpha"),
    ],
)
def test_bad_input(method, change, rule):
    given = {"y": np.random.default_rng(4).normal(size=12), "treated": np.arange(12) < 4}
    with pytest.raises(EstimationError) as caught:
        method(**{**given, **change}, minimum_treated=1)
    assert caught.value.rule == rule


def test_a_bootstrap_draws_something():
    with pytest.raises(EstimationError) as caught:
        wild_bootstrap([1.0, 2, 3, 5], [1, 1, 0, 0], draws=0)
    assert caught.value.rule == "draws >= 1"
