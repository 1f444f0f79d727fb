"""What people pass by mistake: refused in one line, or read as what it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluatie import stats
from evaluatie.ground.errors import EstimationError

Y = np.array([0.9, 0.1, -0.4, 0.3, 0.2, -0.1, 0.5, 0.0])
NEW = np.arange(8) < 3
X, N = np.arange(3, 11), np.full(8, 1000)

ONE_COLUMN: dict[str, Callable[[Any], Any]] = {
    "y": lambda values: stats.crv1(values, NEW, minimum_treated=3),
    "weights": lambda values: stats.conley_taber(Y, NEW, weights=values),
    "variance": lambda values: stats.ferman_pinto(Y, NEW, values, draws=9),
    "v": lambda values: stats.fit_between_variance(Y, values),
    "counts": lambda values: stats.ratio_interval(values, N),
    "totals": lambda values: stats.wilson(X, values),
    "before": lambda values: stats.change_in_share(values, N, X, N),
    "target": lambda values: stats.funnel(X, N, target=values),
    "p": stats.holm,
}


@pytest.mark.parametrize("asked", ONE_COLUMN.values(), ids=ONE_COLUMN)
@pytest.mark.parametrize(
    "values",
    [
        np.arange(8) + 1j,
        pd.date_range("2026-03-18", periods=8),
        np.arange(8).astype("timedelta64[s]"),
        ["a"] * 8,
        (each for each in "12345678"),
        {1: 2},
        "abc",
    ],
    ids=["complex", "dates", "durations", "words", "generator", "mapping", "word"],
)
def test_what_is_no_number_is_refused(asked: Callable[[Any], Any], values: Any) -> None:
    with pytest.raises(EstimationError, match=r"not a number|must be a number"):
        asked(values)


def test_what_a_mask_hides_is_unknown() -> None:
    hidden = np.ma.masked_array(X, mask=np.arange(8) == 7)
    assert stats.ratio_interval(hidden, N).n_unknown == 1
    assert stats.ratio_interval(hidden, N).estimate == stats.ratio_interval(X[:7], N[:7]).estimate
    with pytest.raises(EstimationError, match="not finite at position 7"):
        stats.crv1(np.ma.masked_array(Y, mask=np.arange(8) == 7), NEW, minimum_treated=3)


def test_a_stratum_with_an_unknown_count_is_left_out() -> None:
    # By hand: (2 * 100 / 200) / (1 * 100 / 200) = 2 in the only stratum that is known.
    for x, other in (([2, np.nan], [1, 50]), ([2, 50], [1, np.nan])):
        made = stats.pooled_ratio(x, [100, 100], other, [100, 100])
        assert (made.estimate, made.n_strata) == (2.0, 1)


@pytest.mark.parametrize("shape", [(8, 1), (2, 4)])
def test_strata_stand_in_one_row(shape: tuple[int, int]) -> None:
    with pytest.raises(EstimationError, match="one number per unit"):
        stats.pooled_ratio(X.reshape(shape), N.reshape(shape), X, N)
    with pytest.raises(EstimationError, match="one number per unit"):
        stats.pooled_ratio(X, N, X[:5], N[:5])
    with pytest.raises(EstimationError, match="wrong shape"):
        stats.holm(np.full(shape, 0.5))


@pytest.mark.parametrize(
    "flags",
    [["True"] * 3 + ["False"] * 5, ["1"] * 3 + ["0"] * 5, [None, *NEW[1:]], np.arange(8)],
    ids=["words", "digits", "unknown", "numbers"],
)
def test_groups_are_true_and_false(flags: Any) -> None:
    with pytest.raises(EstimationError, match="must hold only true and false"):
        stats.change_in_share(X, N, X, N, flags)
    with pytest.raises(EstimationError, match="must hold only true and false"):
        stats.crv1(Y, flags, minimum_treated=3)


def test_groups_of_a_nullable_column_are_flags() -> None:
    flags = pd.array(NEW, dtype="boolean")
    assert stats.lee_wooldridge(Y, flags).p_value == stats.lee_wooldridge(Y, NEW).p_value
    with pytest.raises(EstimationError, match="not a number"):
        stats.lee_wooldridge(Y, pd.array([pd.NA, *NEW[1:]], dtype="boolean"))


@pytest.mark.parametrize("strata", [[None, *"aabbbbb"], ["a", np.nan, *"abbbbb"]])
def test_a_unit_without_a_stratum_is_refused(strata: Any) -> None:
    with pytest.raises(EstimationError, match="no stratum"):
        stats.randomization_test(Y, NEW, strata=strata)


@pytest.mark.parametrize("alpha", [0, 1, -1, np.nan, None, "0.05", [0.05]])
def test_a_level_is_a_number_between_0_and_1(alpha: Any) -> None:
    for asked in (
        lambda: stats.wilson(X, N, alpha),
        lambda: stats.crv3(Y, NEW, minimum_treated=3, alpha=alpha),
        lambda: stats.weighted_t(Y, N, NEW, alpha=alpha),
        lambda: stats.pooled_ratio(X, N, X, N, alpha=alpha),
    ):
        with pytest.raises(EstimationError, match="alpha must lie between 0 and 1"):
            asked()


@pytest.mark.parametrize("value", [-1, 0.5, 1e6, np.nan, None, "9", [9]])
def test_draws_seeds_and_bounds_are_whole(value: Any) -> None:
    drawn = {"draws": 9, "max_combinations": 0}
    for name in ("draws", "seed"):
        with pytest.raises(EstimationError, match=f"{name} must be a whole number"):
            stats.ferman_pinto(Y, NEW, N, **{name: value})
        with pytest.raises(EstimationError, match=f"{name} must be a whole number"):
            stats.wild_bootstrap(Y, NEW, minimum_treated=3, **{name: value})
    for name in ("draws", "seed", "max_combinations"):
        with pytest.raises(EstimationError, match=f"{name} must be a whole number"):
            stats.conley_taber(Y, NEW, **{**drawn, name: value})
    for name in ("draws", "seed", "max_assignments"):
        with pytest.raises(EstimationError, match=f"{name} must be a whole number"):
            stats.randomization_test(Y, NEW, **{name: value})
    with pytest.raises(EstimationError, match="minimum_treated must be a whole number"):
        stats.crv1(Y, NEW, minimum_treated=value)


@pytest.mark.parametrize("weights", [np.ones(8), None, 3, "model "])
def test_weights_are_one_of_three_words(weights: Any) -> None:
    with pytest.raises(EstimationError, match="unknown weights"):
        stats.weighted_t(Y, N, NEW, weights=weights)


@pytest.mark.parametrize("phi", [None, [1.0], np.nan, np.inf, "much"])
def test_a_dispersion_is_a_number(phi: Any) -> None:
    with pytest.raises(EstimationError, match=r"phi (must be|holds)"):
        stats.pooled_ratio(X, N, X, N, phi=phi)
