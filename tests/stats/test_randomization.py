import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.assignments import _combinations, count_assignments, members
from evaluatie.stats.randomization import _largest, randomization_test


def brute_force(y, treated, strata, weights, variance, effect=0.0):
    """P-value by listing every assignment with itertools."""
    y, treated = np.asarray(y, float), np.asarray(treated, bool)
    n = len(y)
    strata = np.zeros(n, int) if strata is None else np.asarray(strata)
    weights = np.ones(n) if weights is None else np.asarray(weights, float)
    null = y - effect * treated
    for s in np.unique(strata):  # a change that goes with the stratum is no effect
        here = strata == s
        null[here] -= weights[here] @ null[here] / weights[here].sum()

    def statistic(chosen):
        a, b = weights * chosen, weights * ~chosen
        difference = a @ null / a.sum() - b @ null / b.sum()
        if variance is None:
            return difference
        error2 = a**2 @ variance / a.sum() ** 2 + b**2 @ variance / b.sum() ** 2
        return difference / math.sqrt(error2)

    groups = [np.flatnonzero(strata == s) for s in np.unique(strata)]
    values = []
    for parts in itertools.product(
        *(itertools.combinations(g, int(treated[g].sum())) for g in groups)
    ):
        chosen = np.zeros(n, bool)
        chosen[[i for part in parts for i in part]] = True
        values.append(statistic(chosen))
    values, observed = np.abs(values), abs(statistic(treated))
    return np.mean(values >= observed - 1e-9 * max(1e-300, np.abs(values).max())), len(values)


DESIGNS = [
    (9, [0, 1, 2], None),
    (8, [3], None),
    (10, [0, 5, 6], [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]),
    (11, [0, 1, 4, 9], [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2]),
    (6, [0, 1, 2], None),  # as many treated as comparison: mirror images
]


@pytest.mark.parametrize("kind", ["plain", "weighted", "studentised", "both"])
@pytest.mark.parametrize("design", range(len(DESIGNS)))
def test_enumeration_and_interval_equal_brute_force(design, kind):
    n, chosen, strata = DESIGNS[design]
    rng = np.random.default_rng(100 * design + len(kind))
    y = rng.normal(size=n)
    treated = np.isin(np.arange(n), chosen)
    weights = rng.uniform(1, 5, n) if kind in ("weighted", "both") else None
    variance = rng.uniform(0.3, 4, n) if kind in ("studentised", "both") else None
    made = randomization_test(
        y, treated, strata=strata, weights=weights, variance=variance, alpha=0.2
    )
    p, count = brute_force(y, treated, strata, weights, variance)
    assert made.exact
    assert made.n_assignments == count == len(made.statistics)
    assert made.result.p_value == pytest.approx(p, abs=1e-12)
    # The p-value function, at and around the ends of the interval and elsewhere.
    low, high = made.result.conf_low, made.result.conf_high
    checks = [*rng.normal(made.result.estimate, 2, 12)]
    checks += [end + step for end in (low, high) if math.isfinite(end) for step in (-1e-5, 0, 1e-5)]
    for effect in checks:
        expected, _ = brute_force(y, treated, strata, weights, variance, effect)
        assert made.p_value(effect) == pytest.approx(expected, abs=1e-12)
        if expected > 0.2:
            assert low <= effect <= high
        elif made.result.details["connected"]:
            assert not low < effect < high
    if math.isfinite(low):
        assert made.p_value(low) > 0.2 >= made.p_value(low - 1e-5)
    if math.isfinite(high):
        assert made.p_value(high) > 0.2 >= made.p_value(high + 1e-5)


def test_by_hand():
    # One of four is treated, the largest change: p = 1/4 one-sided, and two-sided as well.
    made = randomization_test([5.0, 1.0, 0.0, 2.0], [1, 0, 0, 0], alpha=0.25)
    assert made.result.estimate == pytest.approx(4)
    assert made.result.p_value == 0.25
    assert made.smallest_p == 0.25
    # With effect e the changes are 5 - e, 1, 0, 2 around their mean 2 - e/4. Assignment to
    # the change 0 is as extreme as the observed one for e from 2 to 5, to 1 only at e = 4,
    # to 2 from 3 to 6; two of four are extreme from 2 to 6, three from 3 to 5.
    assert made.result.conf_low == pytest.approx(2)
    assert made.result.conf_high == pytest.approx(6)
    inner = randomization_test([5.0, 1.0, 0.0, 2.0], [1, 0, 0, 0], alpha=0.5).result
    assert (inner.conf_low, inner.conf_high) == (pytest.approx(3), pytest.approx(5))
    wide = randomization_test([5.0, 1.0, 0.0, 2.0], [1, 0, 0, 0], alpha=0.2)
    assert (wide.result.conf_low, wide.result.conf_high) == (-math.inf, math.inf)


def test_a_change_that_goes_with_the_stratum_is_no_effect():
    rng = np.random.default_rng(3)
    strata = np.repeat([0, 1, 2], 8)
    treated = np.isin(np.arange(24), [0, 1, 2, 9])  # most of them where changes are high
    y = rng.normal(0, 0.3, 24) + np.array([5.0, 0.0, -5.0])[strata]
    weights = rng.uniform(1, 4, 24)
    found = randomization_test(y, treated, strata=strata, weights=weights).result
    # The weighted regression of changes on treatment and strata.
    design = np.column_stack([treated, strata == 0, strata == 1, strata == 2])
    root = np.sqrt(weights)
    expected = np.linalg.lstsq(design * root[:, None], y * root)[0][0]
    assert found.estimate == pytest.approx(expected)
    assert abs(found.estimate) < 1 < randomization_test(y, treated, weights=weights).result.estimate


def test_ties_count_as_extreme():
    made = randomization_test([1.0, 1.0, 0.0, 0.0], [1, 0, 0, 0])
    # All four are equally far from their comparison mean but for the sign.
    assert made.result.p_value == 1.0


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=30, deadline=None)
def test_invariance(seed, studentised):
    rng = np.random.default_rng(seed)
    n = 9
    y, weights = rng.normal(size=n), rng.uniform(1, 4, n)
    treated = np.arange(n) < 3
    strata = np.array(list("aababbabb"))
    variance = rng.uniform(0.5, 2, n) if studentised else None

    def run(order, scale=1.0, shift=0.0, rename=str):
        return randomization_test(
            scale * y[order] + shift,
            treated[order],
            strata=[rename(s) for s in strata[order]],
            weights=5 * weights[order],
            variance=None if variance is None else 3 * variance[order],
            alpha=0.3,
        ).result

    base = run(np.arange(n))
    for other, scale in (
        (run(rng.permutation(n)), 1),
        (run(np.arange(n), scale=1e-4, shift=7e-4), 1e-4),
        (run(np.arange(n), rename=lambda s: {"a": "z", "b": "k"}[s]), 1),
    ):
        assert other.p_value == pytest.approx(base.p_value)
        for name in ("estimate", "conf_low", "conf_high"):
            assert getattr(other, name) == pytest.approx(scale * getattr(base, name), rel=1e-8)


@pytest.mark.parametrize("strata", [None, [0] * 6 + [1] * 8])
@pytest.mark.parametrize("max_assignments", [10**6, 1])
def test_studentised_with_equal_variances_is_unstudentised(strata, max_assignments):
    rng = np.random.default_rng(5)
    y, treated = rng.normal(size=14), np.isin(np.arange(14), [0, 1, 7])
    run = [
        randomization_test(
            y, treated, strata=strata, variance=each, max_assignments=max_assignments, draws=2_000
        ).result
        for each in (None, np.full(14, 1e-7))
    ]
    assert run[0].p_value == run[1].p_value
    assert run[0].conf_low == pytest.approx(run[1].conf_low, rel=1e-10)
    assert run[0].conf_high == pytest.approx(run[1].conf_high, rel=1e-10)


def test_draws_agree_with_enumeration_and_count_the_observed():
    rng = np.random.default_rng(8)
    y, treated = rng.normal(size=20), np.arange(20) < 4
    y[treated] += 0.6
    strata = np.arange(20) % 2
    exact = randomization_test(y, treated, strata=strata)
    drawn = randomization_test(y, treated, strata=strata, max_assignments=1, draws=40_000, seed=3)
    assert not drawn.exact
    assert drawn.result.p_value == pytest.approx(exact.result.p_value, abs=0.01)
    assert drawn.result.conf_low == pytest.approx(exact.result.conf_low, abs=0.05)
    again = randomization_test(y, treated, strata=strata, max_assignments=1, draws=40_000, seed=3)
    assert again.result.p_value == drawn.result.p_value
    few = randomization_test(50.0 * treated + y, treated, max_assignments=1, draws=9)
    assert few.result.p_value >= 1 / 10
    assert few.smallest_p == pytest.approx(1 / 10)


def test_drawn_interval_inverts_the_drawn_p_value():
    rng = np.random.default_rng(9)
    y, treated = rng.normal(size=30), np.arange(30) < 5
    variance = rng.uniform(0.5, 3, 30)
    made = randomization_test(y, treated, variance=variance, max_assignments=1, draws=999)
    low, high = made.result.conf_low, made.result.conf_high
    assert made.p_value(low) > 0.05 >= made.p_value(low - 1e-6)
    assert made.p_value(high) > 0.05 >= made.p_value(high + 1e-6)


def test_sampling_is_uniform():
    # Which pairs of five are drawn: every one of the ten about equally often.
    y = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    made = randomization_test(y, [1, 1, 0, 0, 0], max_assignments=1, draws=20_000, seed=2)
    _, counts = np.unique(np.round(made.statistics[1:], 9), return_counts=True)
    assert len(counts) == 10
    assert np.abs(counts / 2_000 - 1).max() < 0.1
    more = randomization_test(y, [1, 1, 1, 0, 0], max_assignments=1, draws=20_000, seed=2)
    _, counts = np.unique(np.round(more.statistics[1:], 9), return_counts=True)
    assert len(counts) == 10
    assert np.abs(counts / 2_000 - 1).max() < 0.1


@pytest.mark.parametrize("block", [1, 2, 7, 100])
def test_blocks_do_not_change_the_enumeration(block):
    values = np.random.default_rng(0).normal(size=(9, 3))
    made = list(_combinations(values, 4, block))
    expected = [values[list(c)].sum(axis=0) for c in itertools.combinations(range(9), 4)]
    np.testing.assert_allclose(np.concatenate(made), expected, atol=1e-12)
    assert max(map(len, made)) <= block


def test_count():
    assert count_assignments(np.arange(42) < 5, members(None, 42)) == 850_668
    flags = np.array([1, 0, 0, 1, 0], dtype=bool)
    assert count_assignments(flags, members([0, 0, 0, 1, 1], 5)) == 6


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"treated": np.zeros(6, bool)}, "treated >= 1"),
        ({"treated": np.arange(6) < 5}, "comparison >= 2"),
        ({"strata": [0, 0, 0, 0, 0, 1]}, "stratum >= 2 members"),
        ({"strata": [0, 0, 1, 1, 1, 1]}, "stratum has comparison"),
        ({"strata": [0.0, 0.0, 0.0, 0.0, 0.0, math.nan]}, "strata given"),
        ({"strata": [0, 1]}, "shape"),
        ({"y": [1, 2, 3, 4, 5, math.nan]}, "finite"),
        ({"y": np.full(6, 0.1)}, "variance > 0"),
        ({"weights": [1, 1, 1, 1, 1, 0]}, "positive"),
        ({"variance": [1, 1, 1, 1, 1, -1]}, "positive"),
        ({"draws": 0}, "draws >= 1"),
        ({"alpha": 1.0}, "alpha"),
    ],
)
def test_bad_input(change, rule):
    arguments = {"y": np.arange(6.0), "treated": np.arange(6) < 2, **change}
    with pytest.raises(EstimationError) as caught:
        randomization_test(**arguments)
    assert caught.value.rule == rule


@pytest.mark.parametrize("odd", [0.0, 1e6, -1e6, np.inf])
def test_the_largest_values_do_not_depend_on_those_looked_at_first(odd: float) -> None:
    values = np.random.default_rng(4).permutation(np.arange(4_000.0))
    values[::20] += odd
    for number in (1, 201, 3_900):
        found = _largest(values, number)
        assert found[0] == found.min()
        assert np.array_equal(np.sort(found), np.sort(values)[-number:])
