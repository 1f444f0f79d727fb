import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.intervals import pearson_phi
from evaluatie.stats.quasibinomial import fit_quasibinomial

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "glmmTMB_betabinomial.json").read_text("utf-8")
)["cases"]


def design_of(case):
    ones = np.ones(len(case["x"]))
    if np.isscalar(case["params"]):
        return ones[:, None]
    return np.column_stack([ones, case["z"]])


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_agrees_with_r(name):
    case = REFERENCE[name]
    made = fit_quasibinomial(case["x"], case["n"], design_of(case))
    np.testing.assert_allclose(made.params, np.atleast_1d(case["quasi_params"]), rtol=1e-10)
    np.testing.assert_allclose(made.std_errors, np.atleast_1d(case["quasi_std_errors"]), rtol=1e-8)
    assert made.phi == pytest.approx(case["quasi_phi"], rel=1e-8)


def test_intercept_by_hand():
    # Shares 1% and 3%: p = 0.02, phi = 2 / 1.96, variance of the logit phi / (200 p (1 - p)).
    made = fit_quasibinomial([1, 3], [100, 100])
    assert made.params[0] == pytest.approx(np.log(0.02 / 0.98))
    assert made.phi == pytest.approx(pearson_phi([1, 3], [100, 100]))
    assert made.cov[0, 0] == pytest.approx((2 / 1.96) / (200 * 0.02 * 0.98))
    assert made.df_resid == 1


def test_clustered_intercept_is_the_linearised_ratio():
    rng = np.random.default_rng(8)
    n = rng.integers(300, 1500, 90)
    x, cluster = rng.binomial(n, 0.01), rng.integers(0, 15, 90)
    made = fit_quasibinomial(x, n, cluster=cluster)
    share = x.sum() / n.sum()
    residual = np.bincount(cluster, weights=x - share * n)
    error = np.sqrt(15 / 14 * residual @ residual) / n.sum()
    assert made.fitted[0] == pytest.approx(share, rel=1e-12)
    assert made.std_errors[0] == pytest.approx(error / (share * (1 - share)), rel=1e-9)
    assert made.n_clusters == 15


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(8)), st.floats(-3, 3), st.floats(0.1, 10))
def test_invariances(order, shift, scale):
    x = np.array([3, 9, 1, 5, 7, 4, 20, 2])
    n = np.array([900, 800, 300, 650, 700, 650, 2000, 400])
    z = np.array([0.1, 0.5, -0.3, 1.2, 0.0, 0.7, 0.2, -1.0])
    base = fit_quasibinomial(x, n, np.column_stack([np.ones(8), z]))
    moved = fit_quasibinomial(
        x[order], n[order], np.column_stack([np.ones(8), (z * scale + shift)[order]])
    )
    assert moved.params[1] * scale == pytest.approx(base.params[1], rel=1e-7)
    assert moved.phi == pytest.approx(base.phi, rel=1e-8)
    assert moved.std_errors[1] * scale == pytest.approx(base.std_errors[1], rel=1e-7)


def test_unknown_rows_are_left_out_and_counted():
    made = fit_quasibinomial([1, np.nan, 3, 0], [100, 50, 100, 0])
    assert (made.n_units, made.n_unknown) == (2, 2)
    assert made.phi == pytest.approx(2 / 1.96)


def test_no_degrees_of_freedom_gives_no_dispersion():
    made = fit_quasibinomial([3], [100])
    assert np.isnan([made.phi, made.cov[0, 0]]).all()
    assert made.fitted[0] == pytest.approx(0.03)


ONES = np.ones(4)
BAD = [
    (([0, 0, 0, 0], [5, 5, 5, 5], None, None), "every count is zero"),
    (([5, 5, 5, 5], [5, 5, 5, 5], None, None), "equal to its denominator"),
    (([1, 2, 3, 4], [9, 9, 9, 9], np.column_stack([ONES, 2 * ONES]), None), "collinear"),
    (([1, 2, 3, 4], [9, 9, 9, 9], np.ones((3, 1)), None), "one row per count"),
    (([1, 2, 3, 4], [9, 9, 9, 9], np.full((4, 1), np.nan), None), "covariate is unknown"),
    (([0, 0, 3, 4], [9, 9, 9, 9], np.column_stack([ONES, [0, 0, 1, 1]]), None), "separates"),
    (([1, 2, 3, 4], [9, 9, 9, 9], None, ["a"] * 4), "two clusters"),
    (([1, 2, 3, 4], [9, 9, 9, 9], None, ["a"] * 3), "cluster label"),
    (([np.nan] * 4, [9, 9, 9, 9], None, None), "collinear, or more than the rows"),
    (([1, 2, 3, 10], [9, 9, 9, 9], None, None), "impossible"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input(arguments, message):
    with pytest.raises(EstimationError, match=message):
        fit_quasibinomial(*arguments)
