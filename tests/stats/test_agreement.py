"""An interval and its p-value never disagree: zero lies outside if and only if p <= alpha."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import evaluatie
from evaluatie.stats.change_variance import fit_between_variance, fit_robustly
from evaluatie.stats.changes import change_in_share, score_interval, weighted_t
from evaluatie.stats.cluster import crv1, crv3, wild_bootstrap
from evaluatie.stats.estimates import Estimate
from evaluatie.stats.few_treated import conley_taber, ferman_pinto, lee_wooldridge
from evaluatie.stats.prediction import predict_new
from evaluatie.stats.randomization import randomization_test
from evaluatie.stats.student import imbens_manski, imbens_manski_p, two_sided_p


def every_method(seed: int, alpha: float) -> Iterator[tuple[str, Estimate]]:
    """All methods on one draw, with an effect about as large as its error."""
    rng = np.random.default_rng(seed)
    n0, n1 = (rng.integers(2_000, 60_000, 40).astype(float) for _ in range(2))
    treated = np.arange(40) < 6
    x0 = rng.poisson(0.003 * n0)
    x1 = rng.poisson((0.003 + rng.uniform(-0.0015, 0.002) * treated) * n1)
    made = change_in_share(x0, n0, x1, n1, ~treated)
    y, v, slope = made.change, made.sampling_variance, made.variance_slope
    s2 = fit_between_variance(y[~treated], v[~treated]).variance(v)
    for weights in ("voters", "municipalities", "model"):
        given = {"weights": weights, "ballots": n1, "variance_slope": slope, "alpha": alpha}
        yield f"t, {weights}", weighted_t(y, v, treated, **given)
    robust = fit_robustly(y[~treated], v[~treated])
    yield "robust", weighted_t(y, v, treated, fit=robust, variance_slope=slope, alpha=alpha)
    for at in np.flatnonzero(treated):
        kept = ~treated | (np.arange(40) == at)
        own = (each[kept] for each in (y, v, treated))
        yield "own", weighted_t(*own, variance_slope=slope[kept], alpha=alpha)
    few = {"alpha": alpha, "draws": 499, "seed": seed}
    yield "conley-taber", conley_taber(y, treated, weights=n1, max_combinations=99, **few)
    yield "ferman-pinto", ferman_pinto(y, treated, s2, weights=n1, **few)
    yield "lee-wooldridge", lee_wooldridge(y, treated, alpha=alpha)
    for spread in (None, s2):
        strata = np.arange(40) % 3
        test = randomization_test(
            y, treated, strata=strata, weights=n1, variance=spread, max_assignments=99, **few
        )
        # Several pieces: the hull may hold zero, where a piece between them does not.
        if test.result.details["connected"]:
            yield "randomization", test.result
    clustered = {"weights": n1, "alpha": alpha, "minimum_treated": 1}
    yield "crv1", crv1(y, treated, **clustered)
    yield "crv3", crv3(y, treated, **clustered)
    yield "wild", wild_bootstrap(y, treated, draws=199, seed=seed, **clustered)


@given(st.integers(0, 10**6), st.sampled_from([0.01, 0.05, 0.1, 0.3]))
@settings(max_examples=40, deadline=None)
def test_every_method_agrees_with_itself(seed, alpha):
    for name, made in every_method(seed, alpha):
        outside = not made.conf_low <= 0 <= made.conf_high
        assert outside == (made.p_value <= alpha), (name, made)


@given(st.integers(0, 10**6), st.sampled_from([0.01, 0.05, 0.3]))
@settings(max_examples=60, deadline=None)
def test_the_mean_of_effects_that_differ_agrees_with_itself(seed, alpha):
    rng = np.random.default_rng(seed)
    variances = rng.uniform(0.2, 2, 7)
    made = predict_new(rng.normal(rng.uniform(-1, 1), 1.2, 7), variances, alpha=alpha)
    p = two_sided_p(made.estimate / made.std_error, made.n_units - 1)
    assert (not made.conf_low <= 0 <= made.conf_high) == (p <= alpha)


@given(st.floats(-4, 4), st.floats(0, 3), st.floats(0, 2), st.sampled_from([0.01, 0.05, 0.3]))
@settings(max_examples=200, deadline=None)
def test_bounds_agree_with_their_p_value(low, width, growth, alpha):
    """As the bounded effect does: error at the upper end, and the variance of no effect."""
    high, df = low + width, 12.0
    error = math.sqrt(1 + growth * max(high, 0.0))
    critical = imbens_manski(width, error, alpha, df)
    ends = (
        score_interval(low, critical, 1.0, growth)[0],
        score_interval(high, critical, 1.0, growth)[1],
    )
    distance = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    p = imbens_manski_p(distance, width, error, df)
    if abs(p - alpha) > 1e-9:
        assert (not ends[0] <= 0 <= ends[1]) == (p <= alpha)


def test_p_value_of_bounds_by_hand():
    # A point: the two-sided p. Wide bounds: only the near end can be wrong, half of that.
    assert imbens_manski_p(1.96, 0.0, 1.0) == pytest.approx(0.05, abs=1e-4)
    assert imbens_manski_p(1.96, 50.0, 1.0) == pytest.approx(0.025, abs=1e-4)
    assert imbens_manski_p(0.0, 1.0, 1.0) == 1


@pytest.mark.parametrize("election", ["EP2024", "TK2025", "GR2026"])
def test_every_row_of_the_table_agrees_with_itself(election: str) -> None:
    from evaluatie.answers.effect import METHODS, SCALES, WEIGHTS, effect

    shipped = evaluatie.load()
    seen = 0
    for scale, weights in ((s, w) for s in SCALES for w in WEIGHTS):
        table = effect(
            shipped, election, scale=scale, weights=weights, methods=tuple(METHODS)
        ).table
        null = 0.0 if scale == "points" else 1.0
        rows = table.dropna(subset=["conf_low", "conf_high", "p_value"])
        outside = ~((rows["conf_low"] <= null) & (null <= rows["conf_high"]))
        wrong = rows[outside != (rows["p_value"] <= 0.05)]
        assert wrong.empty, wrong[["method", "unit", "conf_low", "conf_high", "p_value"]]
        seen += len(rows)
    assert seen >= 20


def test_one_interval_for_one_quantity() -> None:
    """The effect of a municipality and its noise are the same wherever they are told."""
    from evaluatie.answers.effect import effect
    from evaluatie.answers.scale_up import municipal_effects

    shipped = evaluatie.load()
    table = effect(shipped, "GR2026", methods=("variance-weighted t",)).table
    own = table[table["unit"] != "pooled"].set_index("unit")
    lent = municipal_effects(shipped, "GR2026", "invalid")
    frame = lent.frame.set_index("municipality_code")
    np.testing.assert_allclose(frame["effect"], own["estimate"].loc[frame.index], rtol=1e-9)
    noise = frame["variance"] + lent.shared_variance
    np.testing.assert_allclose(noise, own["std_error"].loc[frame.index] ** 2, rtol=1e-9)
