import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.change_variance import VarianceFit, fit_between_variance, fit_robustly
from evaluatie.stats.changes import change_in_share, satterthwaite, score_interval, weighted_t

REFERENCE = Path(__file__).parents[1] / "reference"


def sample(seed, n=60, tau=3e-4, phi=1.5):
    rng = np.random.default_rng(seed)
    v = 10 ** rng.uniform(-8, -6, n)
    return 1e-4 + rng.normal(size=n) * np.sqrt(tau**2 + phi * v), v


def dense_reml(tau2, phi, y, v):
    """Restricted log-likelihood with full matrices, up to a constant."""
    cov = np.diag(tau2 + phi * v)
    inverse = np.linalg.inv(cov)
    one = np.ones((len(y), 1))
    middle = one.T @ inverse @ one
    p = inverse - inverse @ one @ np.linalg.solve(middle, one.T @ inverse)
    return -0.5 * (np.linalg.slogdet(cov)[1] + np.linalg.slogdet(middle)[1] + float(y @ p @ y))


def test_change_by_hand():
    made = change_in_share([1, 3], [100, 300], [4, 4], [200, 200], comparison=[True, True])
    np.testing.assert_allclose(made.change, [0.01, 0.01])
    assert made.share_before == pytest.approx(0.01)
    assert made.share_after == pytest.approx(0.02)
    np.testing.assert_allclose(
        made.sampling_variance,
        [0.0099 / 100 + 0.0196 / 200, 0.0099 / 300 + 0.0196 / 200],
    )
    np.testing.assert_allclose(made.variance_slope, 0.96 / 200)


def test_shares_are_pooled_over_the_comparison_group():
    made = change_in_share([1, 1, 9], [100] * 3, [2, 2, 50], [100] * 3, [True, True, False])
    assert (made.share_before, made.share_after) == (0.01, 0.02)


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (([0, 0], [10, 10], [0, 0], [10, 10]), "counts > 0"),
        (([10, 10], [10, 10], [10, 10], [10, 10]), "counts > 0"),
        (([1, 0], [10, 0], [1, 1], [10, 10]), "positive"),
        (([1, math.nan], [10, 10], [1, 1], [10, 10]), "finite"),
        (([1, 2], [10, math.inf], [1, 1], [10, 10]), "finite"),
        (([1, -1], [10, 10], [1, 1], [10, 10]), "positive"),
        (([1, 11], [10, 10], [1, 1], [10, 10]), "count <= ballots"),
        (([1, 1], [10, 10], [1], [10]), "shape"),
        (([1, "a"], [10, 10], [1, 1], [10, 10]), "numbers"),
        (([1, 1], [10, 10], [1, 1], [10, 10], [False, False]), "comparison >= 1"),
    ],
)
def test_bad_counts(arguments, rule):
    with pytest.raises(EstimationError) as caught:
        change_in_share(*arguments)
    assert caught.value.rule == rule


@pytest.mark.parametrize("seed", range(6))
def test_fit_is_the_maximum_of_the_dense_likelihood(seed):
    y, v = sample(seed, tau=[3e-4, 0, 6e-4][seed % 3], phi=[1.5, 3, 0.2][seed % 3])
    fit = fit_between_variance(y, v)
    scale2, level = float(y.var()), float(v.mean())
    start = [max(fit.tau2, 0.05 * scale2) / scale2, max(fit.phi * level, 0.05 * scale2) / scale2]
    other = optimize.minimize(
        lambda x: -dense_reml(x[0] * scale2, x[1] * scale2 / level, y, v),
        start,
        bounds=[(0, None), (1e-9, None)],
        method="L-BFGS-B",
        options={"ftol": 1e-14, "gtol": 1e-9},
    )
    assert dense_reml(fit.tau2, fit.phi, y, v) >= -other.fun - 1e-7
    assert fit.tau2 == pytest.approx(other.x[0] * scale2, rel=2e-3, abs=2e-4 * scale2)
    assert fit.phi == pytest.approx(
        other.x[1] * scale2 / level, rel=2e-3, abs=2e-4 * scale2 / level
    )


def test_information_is_the_expected_one():
    y, v = sample(4)
    fit = fit_between_variance(y, v)
    assert fit.boundary == "none"
    inverse = np.diag(1 / fit.variance(v))
    one = np.ones((len(y), 1))
    p = inverse - inverse @ one @ one.T @ inverse / inverse.sum()
    parts = [p, p @ np.diag(v)]
    information = 0.5 * np.array([[np.trace(a @ b) for b in parts] for a in parts])
    np.testing.assert_allclose(fit.covariance @ information, np.eye(2), atol=1e-8)


def test_an_outlier_does_not_make_all_others_look_noisy():
    rng = np.random.default_rng(8)
    v = rng.uniform(1, 5, 300)
    y = rng.normal(0, np.sqrt(0.5 + 2 * v))
    clean = fit_robustly(y, v)
    y[17] = 60.0
    plain, robust = fit_between_variance(y, v), fit_robustly(y, v)
    typical = np.sqrt(clean.variance(3.0))
    assert np.sqrt(robust.variance(3.0)) == pytest.approx(typical, rel=0.03)
    assert np.sqrt(plain.variance(3.0)) > 1.5 * typical
    assert robust.mean == pytest.approx(clean.mean, abs=0.05)


def test_robust_scores_are_zero_at_the_fit():
    """The equations that define it, written out: bounded squares over their mean are one."""
    rng = np.random.default_rng(9)
    v = 10 ** rng.uniform(-1, 1.5, 200)
    y = 3 + stats.t.rvs(3, size=200, random_state=rng) * np.sqrt(1 + 2 * v)
    fit = fit_robustly(y, v)
    assert fit.boundary == "none"
    error = np.sqrt(fit.variance(v))
    bounded = np.clip((y - fit.mean) / error, -2, 2)
    mean_square = integrate.quad(lambda z: min(z * z, 4) * stats.norm.pdf(z), -9, 9)[0]
    assert (bounded / error).sum() == pytest.approx(0, abs=1e-6)
    # Restricted: the information on the mean that one unit uses up is left out of its share.
    left = 1 - (1 / error**2) / (1 / error**2).sum()
    for weight in (1 / error**2, v / error**2):
        off = weight @ (bounded**2 / mean_square - left) / weight.sum()
        assert off == pytest.approx(0, abs=2e-3)


def test_robust_fit_of_normal_changes_is_right_on_average():
    rng = np.random.default_rng(10)
    v = rng.uniform(1, 8, 400)
    made = [fit_robustly(rng.normal(0, np.sqrt(2 + 1.5 * v)), v) for _ in range(150)]
    for name, at, truth in (("tau2", 0, 2.0), ("phi", 1, 1.5)):
        found = np.array([getattr(each, name) for each in made])
        assert found.mean() == pytest.approx(truth, abs=3 * found.std() / np.sqrt(150))
        claimed = np.mean([each.covariance[at, at] for each in made])
        assert found.std() ** 2 == pytest.approx(claimed, rel=0.35)


def test_robust_fit_refuses():
    with pytest.raises(EstimationError) as caught:
        fit_robustly([0.0] * 4 + [1.0, 2.0], [1.0] * 6)
    assert caught.value.rule == "variance > 0"


def test_equal_variances_give_the_plain_variance():
    y = np.array([1.0, 2.0, 4.0, 7.0])
    fit = fit_between_variance(y, np.full(4, 0.3))
    assert fit.boundary == "equal"
    assert fit.variance([0.3])[0] == pytest.approx(y.var(ddof=1))
    assert fit.mean == pytest.approx(3.5)


def test_weighted_t_with_equal_variances_by_hand():
    # Comparison variance 7, three degrees of freedom; treated mean 10 from two units.
    y = np.array([1.0, 2.0, 4.0, 7.0, 9.0, 11.0])
    treated = np.arange(6) >= 4
    for weights in ("model", "municipalities"):
        made = weighted_t(y, np.ones(6), treated, weights=weights)
        assert made.estimate == pytest.approx(6.5)
        assert made.std_error == pytest.approx(math.sqrt(7 * (1 / 2 + 1 / 4)))
        assert made.df == pytest.approx(3)
        statistic = 6.5 / math.sqrt(5.25)
        assert made.p_value == pytest.approx(2 * stats.t.sf(statistic, 3))
        assert made.conf_low == pytest.approx(6.5 - stats.t.ppf(0.975, 3) * math.sqrt(5.25))
        assert (made.n_treated, made.n_comparison) == (2, 4)


def test_voters_weigh_by_ballots():
    y = np.array([0.0, 1.0, 2.0, 3.0, 6.0])
    treated = np.array([False, False, False, True, True])
    made = weighted_t(y, np.ones(5), treated, weights="voters", ballots=[1, 1, 2, 1, 3])
    assert made.estimate == pytest.approx((3 + 18) / 4 - (0 + 1 + 4) / 4)
    variance = (1 / 16 + 9 / 16) + (1 / 16 + 1 / 16 + 4 / 16)
    assert made.std_error == pytest.approx(math.sqrt(variance))
    assert made.details["largest_weight"] == 0.75


@given(st.integers(0, 10**6), st.sampled_from(["model", "voters", "municipalities"]))
@settings(max_examples=40, deadline=None)
def test_invariance(seed, weights):
    rng = np.random.default_rng(seed)
    y, v = sample(seed, n=30)
    treated = np.arange(30) < 4
    ballots = rng.uniform(1, 9, 30)
    slope = rng.uniform(0, 1e-4, 30)

    def run(y, v, treated, ballots, slope):
        return weighted_t(y, v, treated, weights=weights, ballots=ballots, variance_slope=slope)

    base = run(y, v, treated, ballots, slope)
    order = rng.permutation(30)
    moved = run(y[order], v[order], treated[order], ballots[order], slope[order])
    scaled = run(1000 * y + 3, 1e6 * v, treated, 7 * ballots, 1e3 * slope)
    for name in ("estimate", "std_error", "conf_low", "conf_high"):
        assert getattr(moved, name) == pytest.approx(getattr(base, name), rel=1e-6, abs=1e-10)
        assert getattr(scaled, name) == pytest.approx(
            1000 * getattr(base, name), rel=1e-6, abs=1e-7
        )
    assert moved.p_value == pytest.approx(base.p_value, rel=1e-6)
    assert scaled.p_value == pytest.approx(base.p_value, rel=1e-5)


@given(st.integers(0, 10**6))
@example(407)  # an estimate so low that no effect solves the quadratic
@settings(max_examples=40)
def test_interval_inverts_the_test(seed):
    rng = np.random.default_rng(seed)
    y, v = sample(seed, n=25)
    treated = np.arange(25) < 3
    slope = rng.uniform(0, 3e-4, 25)
    base = weighted_t(y, v, treated, variance_slope=slope)
    # At either end the test with that effect's variance is just at its level.
    growth = base.details["phi"] * float(
        (1 / (base.details["tau2"] + base.details["phi"] * v[treated])) ** 2
        @ slope[treated]
        / (1 / (base.details["tau2"] + base.details["phi"] * v[treated])).sum() ** 2
    )
    for end in (base.conf_low, base.conf_high):
        variance = base.details["std_error_null"] ** 2 + growth * max(end, 0)
        t = (base.estimate - end) / math.sqrt(variance)
        assert 2 * stats.t.sf(abs(t), base.df) == pytest.approx(0.05, rel=1e-6)
    assert base.conf_low < base.estimate < base.conf_high
    assert (base.p_value < 0.05) == (not base.conf_low <= 0 <= base.conf_high)


@pytest.mark.parametrize(
    ("estimate", "variance", "growth", "low", "high"),
    [
        # Critical value 2. Without growth: the estimate and twice its standard error.
        (3, 4, 0, -1, 7),
        # Zero is rejected: (5 - d)² = 4 (1 + d), or d² - 14 d + 21 = 0.
        (5, 1, 1, 7 - math.sqrt(28), 7 + math.sqrt(28)),
        # Zero is not: below it 1 - 2 √1; above it (1 - d)² = 4 (1 + d), or d² - 6 d - 3 = 0.
        (1, 1, 1, -1, 3 + math.sqrt(12)),
        # Every increase is rejected; d² + 6 d + 21 = 0 has no root.
        (-5, 1, 1, -7, -3),
        # Roots, but below zero, where the line would be less than the variance of no effect:
        # (-3 - d)² = 4 (4 + d), or d² + 2 d - 7 = 0 gives -3.8 and 1.8; -7 is the lower end.
        (-3, 4, 1, -7, -1 + math.sqrt(8)),
        # Two parts: -2.5 ± 2, and (-2.5 - d)² = 4 (1 + 4 d), or d² - 11 d + 2.25 = 0.
        (-2.5, 1, 4, -4.5, 5.5 + math.sqrt(28)),
    ],
)
def test_score_interval_by_hand(estimate, variance, growth, low, high):
    assert score_interval(estimate, 2, variance, growth) == pytest.approx((low, high), abs=1e-12)


def test_one_municipality_at_a_time_has_the_variance_of_a_prediction():
    y, v = sample(3, n=20)
    treated = np.isin(np.arange(20), [2, 11])
    fit = fit_between_variance(y[~treated], v[~treated])
    keep = np.arange(20) != 2
    alone = weighted_t(y[keep], v[keep], treated[keep])
    given = weighted_t(y[keep], v[keep], treated[keep], fit=fit)
    assert (given.estimate, given.conf_low) == (alone.estimate, alone.conf_low)
    assert given.std_error**2 == pytest.approx(fit.variance(v)[11] + fit.mean_variance)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"treated": np.zeros(8, bool)}, "treated >= 1"),
        ({"treated": np.ones(8, bool)}, "comparison >= 3"),
        ({"treated": np.arange(8) < 6}, "comparison >= 3"),
        ({"treated": np.arange(7) < 2}, "shape"),
        ({"treated": np.arange(8)}, "boolean treated"),
        ({"y": [math.nan, *range(7)]}, "finite"),
        ({"y": np.where(np.arange(8) < 2, 5.0, 0.003)}, "variance > 0"),
        ({"v": np.zeros(8)}, "positive"),
        ({"weights": "voters"}, "ballots given"),
        ({"weights": "seats"}, "known weights"),
        ({"alpha": 0}, "alpha"),
    ],
)
def test_bad_input(change, rule):
    arguments = {
        "y": np.arange(8.0) ** 2,
        "v": np.arange(1.0, 9),
        "treated": np.arange(8) < 2,
        **change,
    }
    with pytest.raises(EstimationError) as caught:
        weighted_t(**arguments)
    assert caught.value.rule == rule


def test_size_holds_for_the_smallest_and_largest():
    """A nominal 5% test of a true null, 1,000 samples: 3-7% whoever is treated."""
    rng = np.random.default_rng(11)
    v = np.sort(10 ** rng.uniform(-7.5, -5.5, 120))
    deviation = np.sqrt(3e-4**2 + 1.5 * v)
    for chosen in (np.arange(5), np.arange(115, 120), np.array([60])):
        treated = np.isin(np.arange(120), chosen)
        p = [
            weighted_t(
                deviation * rng.normal(size=120), v, treated, weights="municipalities"
            ).p_value
            for _ in range(1000)
        ]
        assert 0.03 <= np.mean(np.array(p) < 0.05) <= 0.07


def test_reference_files_say_what_made_them():
    for path in REFERENCE.glob("pyfixest_*.json"):
        assert json.loads(path.read_text("utf-8"))["made_by"]["pyfixest"]
        assert path.with_suffix(".py").exists()


@pytest.mark.parametrize(("n", "df"), [(50, 2 * 64 / 19), (5, 4)])
def test_degrees_of_freedom_by_hand(n, df):
    # V = 1 * 2 + 2 * 3; its variance 1 * 1 + 2 * (1 * 2 * 0.5) + 4 * 4; never above n - 1.
    fit = VarianceFit(
        tau2=2.0,
        phi=3.0,
        covariance=np.array([[1.0, 0.5], [0.5, 4.0]]),
        boundary="none",
        mean=0.0,
        mean_variance=1.0,
        n=n,
        log_likelihood=0.0,
    )
    assert satterthwaite(fit, 1.0, 2.0) == pytest.approx((8.0, df))
