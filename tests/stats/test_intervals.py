import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.intervals import (
    clopper_pearson,
    mean_of_shares,
    moment_icc,
    overdispersion,
    ratio_interval,
    wilson,
)

CLUBSANDWICH = json.loads(
    (Path(__file__).parents[1] / "reference" / "clubsandwich_ratio.json").read_text("utf-8")
)["cases"]
X = np.array([0, 1, 7, 250, 1000])
N = np.array([10, 400, 7000, 30000, 1000])


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.3])
@pytest.mark.parametrize(("ours", "theirs"), [(wilson, "wilson"), (clopper_pearson, "beta")])
def test_agrees_with_statsmodels(ours, theirs, alpha):
    low, high = ours(X, N, alpha)
    expected_low, expected_high = proportion_confint(X, N, alpha, method=theirs)
    np.testing.assert_allclose(low, expected_low, rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(high, expected_high, rtol=1e-11)


def test_wilson_by_hand():
    # Newcombe (1998, Statistics in Medicine 17), table I: 81 of 263 and 0 of 20.
    low, high = wilson([81, 0], [263, 20])
    np.testing.assert_allclose(np.round(low, 4), [0.2553, 0.0])
    np.testing.assert_allclose(np.round(high, 4), [0.3662, 0.1611])


def test_clopper_pearson_by_hand():
    # Newcombe (1998), table I; for x = 0 the limit is 1 - (alpha / 2)^(1 / n).
    low, high = clopper_pearson([81, 0, 20], [263, 20, 20])
    np.testing.assert_allclose(np.round(low[0], 4), 0.2527)
    np.testing.assert_allclose(np.round(high[0], 4), 0.3676)
    assert low[1] == 0.0
    assert high[1] == pytest.approx(1 - 0.025 ** (1 / 20), rel=1e-12)
    assert high[2] == 1.0
    assert low[2] == pytest.approx(0.025 ** (1 / 20), rel=1e-12)


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
def test_unknown_stays_unknown(method):
    low, high = method([0, np.nan, 3], [0, 10, np.nan])
    assert np.isnan(low).all()
    assert np.isnan(high).all()
    assert method(3, 10)[0].shape == ()


@given(st.integers(1, 10**6), st.floats(0, 1), st.floats(0.001, 0.5))
def test_exact_interval_contains_share_and_mirrors(n, fraction, alpha):
    x = round(fraction * n)
    for method in (wilson, clopper_pearson):
        low, high = method(x, n, alpha)
        assert 0 <= low <= x / n + 1e-12
        assert x / n - 1e-12 <= high <= 1
        mirrored_low, mirrored_high = method(n - x, n, alpha)
        np.testing.assert_allclose(
            [mirrored_low, mirrored_high], [1 - high, 1 - low], rtol=1e-7, atol=1e-9
        )


def test_exact_interval_covers():
    # Coverage computed by summing the binomial over all outcomes, not by simulation.
    n = 60
    low, high = clopper_pearson(np.arange(n + 1), n)
    for share in (0.004, 0.05, 0.2, 0.5):
        inside = (low <= share) & (share <= high)
        assert stats.binom.pmf(np.arange(n + 1), n, share)[inside].sum() >= 0.95


BAD = [
    ([3], [2], "impossible"),
    ([-1], [2], "impossible"),
    ([np.inf], [np.inf], "impossible"),
    ([1, 2], [1, 2, 3], "cannot be used"),
    (["a"], [3], "not a number"),
]


@pytest.mark.parametrize(("x", "n", "message"), BAD)
@pytest.mark.parametrize("method", [wilson, clopper_pearson, ratio_interval, mean_of_shares])
def test_impossible_counts(method, x, n, message):
    with pytest.raises(EstimationError, match=message):
        method(x, n)


@pytest.mark.parametrize("alpha", [0, 1, -0.1, np.nan])
@pytest.mark.parametrize("method", [wilson, clopper_pearson, ratio_interval, mean_of_shares])
def test_impossible_alpha(method, alpha):
    with pytest.raises(EstimationError, match="alpha"):
        method([1, 2], [10, 10], alpha=alpha)


def test_ratio_by_hand():
    # Shares 1% and 3% of 100 ballots each: R = 0.02, residuals -1 and 1,
    # variance 2 * (1 + 1) / 200^2 = 1e-4, standard error 0.01.
    made = ratio_interval([1, 3], [100, 100])
    assert made.estimate == pytest.approx(0.02)
    assert made.std_error == pytest.approx(0.01)
    assert made.df == 1
    half = stats.t.ppf(0.975, 1) * 0.01 / (0.02 * 0.98)
    centre = np.log(0.02 / 0.98)
    assert made.low == pytest.approx(1 / (1 + np.exp(-(centre - half))))
    assert made.high == pytest.approx(1 / (1 + np.exp(-(centre + half))))


@pytest.mark.parametrize("name", ["rows", "clusters", "unequal"])
def test_ratio_agrees_with_clubsandwich(name):
    # The intercept of a regression of shares weighted by ballots, with CR2 and Satterthwaite.
    case = CLUBSANDWICH[name]
    made = ratio_interval(case["x"], case["n"], case["cluster"])
    assert made.estimate == pytest.approx(case["estimate"], rel=1e-12)
    assert made.std_error == pytest.approx(case["std_error"], rel=1e-10)
    assert made.df == pytest.approx(case["df"], rel=1e-8)


def test_equal_clusters_have_the_textbook_variance():
    x, n = np.array([3, 8, 11, 2]), np.full(4, 900)
    made = ratio_interval(x, n)
    assert made.df == pytest.approx(3)
    assert made.std_error == pytest.approx(np.std(x / n, ddof=1) / 2)


def test_ratio_of_merged_units_is_unchanged():
    # Splitting a municipality into stations changes nothing once they are clustered.
    whole = ratio_interval([30, 8, 11], [1000, 900, 2000])
    split = ratio_interval(
        [10, 20, 8, 1, 10], [400, 600, 900, 1000, 1000], ["a", "a", "b", "c", "c"]
    )
    assert split.low == pytest.approx(whole.low, rel=1e-12)
    assert split.high == pytest.approx(whole.high, rel=1e-12)
    assert (split.n_units, split.n_clusters) == (5, 3)


@pytest.mark.parametrize(
    ("x", "n", "cluster", "why"),
    [
        ([5], [100], None, "one cluster"),
        ([5, 6], [100, 90], ["a", "a"], "one cluster"),
        ([0, 0], [100, 90], None, "same share"),
        ([100, 90], [100, 90], None, "same share"),
        ([1, 3], [70, 210], None, "same share"),
    ],
)
def test_unknown_uncertainty_is_not_zero(x, n, cluster, why):
    made = ratio_interval(x, n, cluster)
    assert made.estimate == pytest.approx(sum(x) / sum(n))
    assert np.isnan([made.std_error, made.low, made.high]).all()
    assert why in made.reason


def test_unknown_units_are_left_out_and_counted():
    made = ratio_interval([1, np.nan, 3, 0], [100, 50, 100, 0], ["a", "b", "c", "d"])
    assert (made.n_units, made.n_clusters, made.n_unknown) == (2, 2, 2)
    assert made.estimate == pytest.approx(0.02)
    with pytest.raises(EstimationError, match="no unit"):
        ratio_interval([np.nan], [100])
    with pytest.raises(EstimationError, match="cluster label"):
        ratio_interval([1, 2], [10, 10], ["a"])
    with pytest.raises(EstimationError, match="one number per unit"):
        ratio_interval([[1, 2]], [[10, 10]])


@given(st.permutations(range(6)))
def test_ratio_does_not_depend_on_order(order):
    x, n = np.array([3, 9, 1, 0, 7, 4]), np.array([900, 800, 300, 50, 700, 650])
    cluster = np.array([0, 0, 1, 1, 2, 3])
    base, moved = ratio_interval(x, n, cluster), ratio_interval(x[order], n[order], cluster[order])
    assert moved.low == pytest.approx(base.low, rel=1e-10)
    assert moved.high == pytest.approx(base.high, rel=1e-10)


@pytest.mark.parametrize("units", [5, 40])
def test_ratio_covers_where_municipalities_differ(units):
    # Beta-binomial municipalities of very unequal size: the binomial interval fails where the
    # ratio's holds.
    rng = np.random.default_rng(20260318)
    n = np.geomspace(7000, 70_000, units).astype(int)
    covered = np.zeros(2)
    for _ in range(600):
        x = rng.binomial(n, rng.beta(20, 3980, units))
        made, (low, high) = ratio_interval(x, n), wilson(x.sum(), n.sum())
        covered += [made.low <= 0.005 <= made.high, low <= 0.005 <= high]
    assert 0.925 <= covered[0] / 600 <= 0.975
    assert covered[1] / 600 < 0.7


def test_mean_of_shares_is_a_t_interval():
    made = mean_of_shares([1, 3, 9], [100, 100, 150])
    shares = np.array([0.01, 0.03, 0.06])
    expected = stats.t.interval(0.95, 2, shares.mean(), stats.sem(shares))
    assert made.estimate == pytest.approx(shares.mean())
    assert made.low == max(0.0, expected[0])
    assert made.high == pytest.approx(expected[1])
    assert np.isnan(mean_of_shares([1], [10]).low)
    assert np.isnan(mean_of_shares([0, 0], [10, 20]).high)


def test_phi_by_hand():
    # p = 0.02; (1-2)^2/(100*.02*.98) twice = 1.0204..., one degree of freedom.
    assert overdispersion([1, 3], [100, 100]).phi == pytest.approx(2 / 1.96)
    assert np.isnan(overdispersion([0, 0], [10, 10]).phi)
    assert np.isnan(overdispersion([1], [10]).phi)


def test_icc_by_hand():
    # Two units of two ballots: {1,1} and {0,0} agree fully; {1,0} and {1,0} least of all.
    assert moment_icc([2, 0], [2, 2]) == pytest.approx(1.0)
    assert moment_icc([1, 1], [2, 2]) == pytest.approx(-1.0)
    assert np.isnan(moment_icc([0, 0], [2, 2]))
    assert np.isnan(moment_icc([1, 0], [1, 1]))


def test_overdispersion_recovers_what_was_put_in():
    rng = np.random.default_rng(5)
    n = np.full(3000, 2000)
    rho = 0.004
    a = 0.02 * (1 / rho - 1)
    b = 0.98 * (1 / rho - 1)
    wide = overdispersion(rng.binomial(n, rng.beta(a, b, 3000)), n)
    assert wide.icc == pytest.approx(rho, rel=0.1)
    assert wide.phi == pytest.approx(1 + 1999 * rho, rel=0.1)
    assert wide.p_value < 1e-10
    narrow = overdispersion(rng.binomial(n, 0.02), n)
    assert narrow.phi == pytest.approx(1, abs=0.1)
    assert 0.001 < narrow.p_value < 0.999
    assert narrow.df == 2999
