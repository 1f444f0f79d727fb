import json
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from panels import difference_in_differences

from evaluatie.ground.errors import EstimationError
from evaluatie.ground.folders import raw_folder
from evaluatie.stats import synthetic
from evaluatie.stats.synthetic import (
    each_treated,
    panel,
    placebo_test,
    simplex_weights,
    synthetic_control,
    synthetic_did,
)


def frank_wolfe_weights(columns, target, ridge=0.0, min_decrease=0.0, max_steps=10_000):
    """Minimise what simplex_weights does by Frank-Wolfe steps from equal weights, stopping early.

    As in the paper's software: 100 steps, then weights up to a quarter of the largest are set
    to zero, then up to ``max_steps`` more. Both rounds stop when the mean objective falls by
    less than ``min_decrease ** 2``.
    """
    first = _frank_wolfe(
        columns, target, ridge, min_decrease, 100, np.full(columns.shape[1], 1 / columns.shape[1])
    )
    sparse = np.where(first <= first.max() / 4, 0.0, first)
    return _frank_wolfe(columns, target, ridge, min_decrease, max_steps, sparse / sparse.sum())


def _frank_wolfe(columns, target, ridge, min_decrease, steps, weights):
    fit, before = columns @ weights, np.inf
    for step in range(steps):
        slope = columns.T @ (fit - target) + ridge * weights
        corner = int(slope.argmin())
        along = float(slope[corner] - slope @ weights)
        turn = columns[:, corner] - fit
        curve = float(turn @ turn) + ridge * float(1 - 2 * weights[corner] + weights @ weights)
        size = min(1.0, max(0.0, -along / curve)) if curve > 0 else 0.0
        weights = (1 - size) * weights
        weights[corner] += size
        fit = columns @ weights
        value = float(((fit - target) ** 2).sum() + ridge * (weights @ weights)) / len(target)
        if step > 0 and before - value <= min_decrease**2:
            break
        before = value
    return weights


@contextmanager
def as_published(data):
    """Solve up to the point where the software of Arkhangelsky et al. (2021) stops."""
    noise = np.diff(data.comparison[:, : data.n_pre], axis=1).std(ddof=1)
    with pytest.MonkeyPatch.context() as patch:
        solver = partial(frank_wolfe_weights, min_decrease=1e-5 * noise)
        patch.setattr(synthetic, "simplex_weights", solver)
        yield


REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "diff_diff_synthetic.json").read_text("utf-8")
)


@pytest.fixture(scope="module")
def california():
    raw = raw_folder()
    if raw is None:
        pytest.skip("EVALUATIE_RAW does not name the folder with raw source files")
    frame = pd.read_csv(raw / "reference" / "prop99.csv", index_col=0).T
    return panel(frame.to_numpy(), frame.index == "California", 19)


@pytest.mark.raw
def test_proposition_99_as_published(california):
    # Arkhangelsky et al. (2021), table 1: -15.6, -19.6 and -27.3.
    did = difference_in_differences(california)
    assert did.estimate == pytest.approx(-27.349, abs=5e-4)
    with as_published(california):
        published, control = synthetic_did(california), synthetic_control(california)
    assert published.estimate == pytest.approx(-15.604, abs=5e-4)
    expected = REFERENCE["california"]
    assert published.estimate == pytest.approx(expected["synthetic_did_published"], rel=1e-11)
    assert control.estimate == pytest.approx(-19.6, abs=0.05)


@pytest.mark.raw
def test_proposition_99_exactly(california):
    # The published weights stop short of the optimum: the exact ones fit better, and move
    # the estimates to -15.605 and -19.514.
    with as_published(california):
        published, published_control = synthetic_did(california), synthetic_control(california)
    exact = synthetic_did(california)
    assert exact.estimate == pytest.approx(-15.6054, abs=1e-4)
    assert exact.pre_rmse < published.pre_rmse
    control = synthetic_control(california)
    expected = REFERENCE["california"]["synthetic_control"]
    assert control.estimate == pytest.approx(expected, rel=1e-10)
    assert control.pre_rmse < published_control.pre_rmse


@pytest.mark.raw
def test_proposition_99_placebos(california):
    made = placebo_test(california, synthetic_control)
    assert len(made.placebos) == 38
    assert made.low < synthetic_control(california).estimate < made.high


@pytest.mark.parametrize("case", REFERENCE["simulated"])
def test_agrees_with_diff_diff(case):
    y = np.array(case["outcomes"])
    data = panel(y, np.arange(len(y)) < case["n_treated"], case["n_pre"])
    with as_published(data):
        made = synthetic_did(data)
    assert made.estimate == pytest.approx(case["synthetic_did_published"], rel=1e-9)
    assert synthetic_did(data).estimate == pytest.approx(made.estimate, abs=0.002)
    with mock.patch.object(synthetic, "simplex_weights", wraps=simplex_weights) as solver:
        synthetic_did(data)
    ridge = solver.call_args_list[0].args[2]
    assert ridge == pytest.approx(case["zeta"] ** 2 * case["n_pre"], rel=1e-12)


def test_control_agrees_with_diff_diff_where_the_weights_are_unique():
    agreed = 0
    for case in REFERENCE["simulated"]:
        y = np.array(case["outcomes"])
        data = panel(y, np.arange(len(y)) < case["n_treated"], case["n_pre"])
        made = synthetic_control(data)
        if "synthetic_control" in case and made.pre_rmse > 1e-6:
            assert made.estimate == pytest.approx(case["synthetic_control"], abs=1e-6)
            agreed += 1
    assert agreed >= 1


def test_did_by_hand():
    y = [[1.0, 2, 9], [0, 2, 3], [3, 3, 3]]
    made = difference_in_differences(panel(y, [True, False, False], 2))
    # Treated 9 - 1.5; comparison (3 - 1 + 3 - 3) / 2.
    assert made.estimate == pytest.approx(7.5 - 1.0)
    np.testing.assert_allclose(made.gaps, [0, 0, 6.5], atol=1e-15)


def test_control_by_hand():
    # The treated lies a quarter of the way between two units before treatment.
    y = np.array([[2.5, 2.5, 10], [2, 2, 4], [4, 4, 8], [40, 0, 100]])
    made = synthetic_control(panel(y, [True, False, False, False], 2))
    np.testing.assert_allclose(made.unit_weights, [0.75, 0.25, 0], atol=1e-9)
    assert made.estimate == pytest.approx(10 - 5)
    assert made.pre_rmse == pytest.approx(0, abs=1e-9)


def test_treated_mean_takes_weights():
    y = [[1.0, 3], [2, 8], [0, 1], [0, 1]]
    data = panel(y, [True, True, False, False], 1, treated_weights=[1, 3])
    assert difference_in_differences(data).estimate == pytest.approx((2 + 18) / 4 - 1)


def brute_gap(columns, target, ridge, weights):
    """By how much the objective can fall along any edge: 0 at the optimum."""
    slope = columns.T @ (columns @ weights - target) + ridge * weights
    return float(slope @ weights - slope.min())


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(1, 8),
    st.sampled_from([2, 5, 40, 342]),
    st.sampled_from([0.0, 1e-9, 1e-4, 0.01, 1.0, 100.0]),
    st.sampled_from([0.0, 0.01, 1.0, 10.0]),
)
def test_weights_are_optimal(seed, rows, k, ridge, distance):
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(rows, k))
    target = columns @ rng.dirichlet(np.ones(k)) + distance * rng.normal(size=rows)
    weights = simplex_weights(columns, target, ridge)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    size = float((columns**2).sum(axis=0).max() + target @ target + ridge)
    assert brute_gap(columns, target, ridge, weights) <= 1e-9 * size


def test_perfect_fits_give_the_smallest_weights():
    # The centre of a square is any mix of its diagonals; equal weights are the smallest.
    square = np.array([[0.0, 0, 1, 1], [0, 1, 0, 1]])
    np.testing.assert_allclose(simplex_weights(square, np.array([0.5, 0.5])), 0.25, atol=1e-9)
    np.testing.assert_allclose(simplex_weights(np.ones((2, 3)), np.ones(2)), 1 / 3)


def test_frank_wolfe_tends_to_the_exact_weights():
    rng = np.random.default_rng(3)
    columns, target = rng.normal(size=(6, 10)), rng.normal(size=6) * 3
    exact = simplex_weights(columns, target, 2.0)
    slow = frank_wolfe_weights(columns, target, 2.0, 0.0, 50_000)
    np.testing.assert_allclose(slow, exact, atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(
    st.permutations(range(12)),
    st.floats(-5, 5),
    st.floats(0.01, 100),
    st.sampled_from([difference_in_differences, synthetic_control, synthetic_did]),
)
def test_invariances(order, shift, scale, method):
    rng = np.random.default_rng(1)
    y = rng.normal(size=(12, 1)) + rng.normal(0, 0.3, size=(12, 7))
    flags = np.arange(12) < 2
    base = method(panel(y, flags, 5))
    moved = method(panel((y * scale + shift)[order], flags[order], 5))
    assert moved.estimate == pytest.approx(base.estimate * scale, rel=1e-5, abs=1e-7 * scale)


def test_constant_effect_is_found_without_noise():
    # Parallel trends hold exactly: DiD and synthetic DiD give the effect, to rounding.
    level, trend = np.arange(8.0)[:, None], np.array([[0.0, 1, -1, 2, 4]])
    y = level + trend
    y[:2, 3:] += 0.7
    data = panel(y, np.arange(8) < 2, 3)
    assert difference_in_differences(data).estimate == pytest.approx(0.7)
    assert synthetic_did(data).estimate == pytest.approx(0.7)
    for made in each_treated(y, np.arange(8) < 2, 3, difference_in_differences):
        assert made.estimate == pytest.approx(0.7)
        assert (made.n_treated, made.n_comparison) == (1, 6)


def test_placebo_with_one_treated_is_exhaustive():
    rng = np.random.default_rng(2)
    y = rng.normal(size=(15, 6))
    data = panel(y, np.arange(15) < 1, 4)
    made = placebo_test(data, difference_in_differences)
    by_hand = []
    for unit in range(1, 15):
        rest = [u for u in range(1, 15) if u != unit]
        change = y[:, 4:].mean(axis=1) - y[:, :4].mean(axis=1)
        by_hand.append(change[unit] - change[rest].mean())
    np.testing.assert_allclose(made.placebos, by_hand)
    assert made.std_error == pytest.approx(np.std(by_hand, ddof=1))
    real = difference_in_differences(data).estimate
    expected = (1 + sum(abs(each) >= abs(real) for each in by_hand)) / 15
    assert made.p_value == pytest.approx(expected)


def test_placebo_with_several_treated_is_drawn_with_a_seed():
    rng = np.random.default_rng(2)
    y = rng.normal(size=(30, 6))
    y[:3, 4:] += 9
    data = panel(y, np.arange(30) < 3, 4)
    first = placebo_test(data, synthetic_did, draws=60, seed=4)
    again = placebo_test(data, synthetic_did, draws=60, seed=4)
    other = placebo_test(data, synthetic_did, draws=60, seed=5)
    np.testing.assert_array_equal(first.placebos, again.placebos)
    assert not np.array_equal(first.placebos, other.placebos)
    assert len(first.placebos) == 60
    assert first.p_value == pytest.approx(1 / 61)


Y = np.arange(12.0).reshape(4, 3)
ONE = [True, False, False, False]
BAD = [
    (lambda: panel(np.where(Y == 5, np.nan, Y), ONE, 2), "unknown.*unit 1, period 2"),
    (lambda: panel(Y, [False] * 4, 2), "no treated"),
    (lambda: panel(Y, [True, True, True, False], 2), "too few comparison"),
    (lambda: panel(Y, ONE, 3), "period before and a period after"),
    (lambda: panel(Y, ONE, 0), "period before and a period after"),
    (lambda: panel(Y, [True, False], 2), "treated has the wrong shape"),
    (lambda: panel(Y[0], [True], 2), "units in rows"),
    (lambda: panel(Y, ONE, 2, treated_weights=[0]), "treated weights is not above zero"),
    (lambda: synthetic_did(panel(Y, ONE, 1)), "two periods before"),
    (lambda: placebo_test(panel(Y, [True, True, False, False], 2), synthetic_did), "placebo"),
    (lambda: placebo_test(panel(Y, ONE, 2), synthetic_control, alpha=2), "alpha"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_bad_input(call, message):
    with pytest.raises(EstimationError, match=message):
        call()
