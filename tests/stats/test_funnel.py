import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.funnel import _additive_variance, funnel, funnel_limits, winsorise

METAFOR = json.loads(
    (Path(__file__).parents[1] / "reference" / "metafor_between_variance.json").read_text("utf-8")
)


def test_by_hand():
    # Target 0.02, binomial variance 0.0196 / 100; z = -0.7143, 0 and 2.8571.
    made = funnel([1, 2, 6], [100, 100, 100], target=0.02)
    z = np.array([-0.01, 0, 0.04]) / np.sqrt(0.0196 / 100)
    assert made.phi == pytest.approx((z**2).mean())
    # Equal n: tau2 = variance * (I phi - (I - 1)) / (I - 1).
    tau2 = (0.0196 / 100) * (3 * made.phi - 2) / 2
    assert made.tau2 == pytest.approx(tau2)
    np.testing.assert_allclose(made.z, [-0.01, 0, 0.04] / np.sqrt(0.0196 / 100 + tau2), atol=1e-15)
    half = stats.norm.ppf(0.999) * np.sqrt(0.0196 / 100 + tau2)
    np.testing.assert_allclose(made.high, 0.02 + half)
    np.testing.assert_array_equal(made.low, 0)
    np.testing.assert_array_equal(made.flags, 0)


def test_moment_estimate_is_dersimonian_laird():
    y, v = np.array(METAFOR["estimates"]), np.array(METAFOR["variances"])
    centre = np.average(y, weights=1 / v)
    phi = ((y - centre) ** 2 / v).mean()
    assert _additive_variance(phi, v) == pytest.approx(METAFOR["dersimonian_laird"], rel=1e-12)


def test_winsorise_by_hand():
    values = np.array([9.0, -50, 1, 2, 3, 4, 5, 6, 7, 100])
    np.testing.assert_array_equal(winsorise(values), [9, 1, 1, 2, 3, 4, 5, 6, 7, 9])
    np.testing.assert_array_equal(winsorise(values[:9]), values[:9])
    twice = np.repeat(values, 2)
    np.testing.assert_array_equal(winsorise(twice), np.repeat([9, 1, 1, 2, 3, 4, 5, 6, 7, 9], 2))


def test_outliers_do_not_hide_themselves():
    rng = np.random.default_rng(2)
    n = rng.integers(3000, 60000, 200)
    x = rng.binomial(n, np.clip(rng.normal(0.0026, 0.0005, 200), 0, 1))
    x[:4] = n[:4] // 80
    made = funnel(x, n)
    assert (made.flags[:4] == 1).all()
    assert np.abs(made.flags[4:]).sum() <= 2
    assert made.tau2 == pytest.approx(0.0005**2, rel=0.5)
    # Without winsorising the four outliers widen the funnel a good deal.
    share = x.sum() / n.sum()
    variance = share * (1 - share) / n
    plain = _additive_variance(float(((x / n - share) ** 2 / variance).mean()), variance)
    assert plain > 3 * made.tau2
    # Without tau2 the funnel flags municipalities that merely differ as municipalities do.
    assert np.abs(funnel(x, n, tau2=0).flags).sum() > 20


def test_binomial_counts_have_no_variance_between():
    rng = np.random.default_rng(3)
    n = rng.integers(3000, 60000, 300)
    made = funnel(rng.binomial(n, 0.01), n)
    assert made.tau2 < (0.01 * 0.99 / 3000) / 20
    assert np.abs(made.flags).sum() <= 3
    equal = funnel([10, 20, 30], [1000, 2000, 3000])
    assert equal.tau2 == 0
    np.testing.assert_allclose(equal.z, 0, atol=1e-12)


@given(st.permutations(range(5)), st.sampled_from([0.002, 0.05]))
def test_order_does_not_matter_and_flags_match_limits(order, alpha):
    x, n = np.array([3, 90, 14, 0, 50]), np.array([900, 8000, 3000, 500, 7000])
    base, moved = funnel(x, n, alpha=alpha), funnel(x[order], n[order], alpha=alpha)
    np.testing.assert_allclose(moved.z, base.z[order], rtol=1e-10)
    np.testing.assert_array_equal(base.flags == 1, x / n > base.high)
    np.testing.assert_array_equal(base.flags == -1, x / n < base.low)


def test_unknown_units_are_marked():
    made = funnel([1, np.nan, 6, 0], [100, 100, 100, 0])
    assert np.isnan(made.z[[1, 3]]).all()
    assert np.isnan(made.low[[1, 3]]).all()
    np.testing.assert_array_equal(made.flags[[1, 3]], 0)
    assert (made.n_units, made.n_unknown) == (2, 2)


def test_limits_narrow_to_the_variance_between():
    low, high = funnel_limits([10, 1e3, 1e12], 0.02, 1e-6, 0.05)
    assert low[0] == 0
    assert (np.diff(high) < 0).all()
    assert high[2] == pytest.approx(0.02 + stats.norm.ppf(0.975) * 1e-3, rel=1e-6)


BAD = [
    (lambda: funnel([0, 0], [10, 10]), "target share"),
    (lambda: funnel([1, np.nan], [10, 10]), "too few units"),
    (lambda: funnel([1, 2], [10, 10], tau2=-1.0), "negative"),
    (lambda: funnel([1, 2], [10, 10], alpha=0), "alpha"),
    (lambda: funnel([11, 2], [10, 10]), "impossible"),
    (lambda: funnel_limits([0.0], 0.1), "n > 0"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input(call, message):
    with pytest.raises(EstimationError, match=message):
        call()
