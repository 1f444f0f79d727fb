"""Points and ratio: by hand, and against the Poisson regression with dummies."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.answers.effect import on_scale
from evaluatie.answers.effect.problem import Scaled
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.stats.rate_ratio import log_rate_ratio


def frame(rng: np.random.Generator, n_treated: int = 4, n: int = 14) -> pd.DataFrame:
    ballots = rng.integers(2_000, 90_000, (n, 2))
    counts = rng.poisson(0.003 * ballots * np.array([1.0, 1.4]))
    counts[:n_treated, 1] *= 2
    return pd.DataFrame(
        {
            "group": ["treated"] * n_treated + ["comparison"] * (n - n_treated),
            "count_before": counts[:, 0],
            "ballots_before": ballots[:, 0],
            "count_after": counts[:, 1],
            "ballots_after": ballots[:, 1],
        }
    )


def estimate(s: Scaled) -> float:
    """Difference of the weighted means."""
    of_treated, of_others = (
        s.weight[some] @ s.y[some] / s.weight[some].sum() for some in (s.treated, ~s.treated)
    )
    return float(of_treated - of_others)


def poisson_coefficient(used: pd.DataFrame, weights: str) -> float:
    """Regress counts on a dummy per municipality, the election and the treatment."""
    n = len(used)
    x = np.concatenate([used["count_before"], used["count_after"]]).astype(float)
    ballots = np.concatenate([used["ballots_before"], used["ballots_after"]]).astype(float)
    after = np.repeat([0.0, 1.0], n)
    treated = np.tile((used["group"] == "treated").to_numpy(float), 2) * after
    design = np.column_stack([np.tile(np.eye(n), (2, 1)), after, treated])
    if weights == "voters":
        model = sm.GLM(x, design, family=sm.families.Poisson(), offset=np.log(ballots))
    else:
        model = sm.GLM(x / ballots, design, family=sm.families.Poisson())
    return float(model.fit(tol=1e-14, maxiter=200).params[-1])


@pytest.mark.parametrize("weights", ["voters", "municipalities"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_ratio_is_that_of_the_poisson_regression_with_dummies(weights: str, seed: int) -> None:
    used = frame(np.random.default_rng(seed))
    made = on_scale(used, "ratio", weights)
    assert estimate(made) == pytest.approx(poisson_coefficient(used, weights), abs=1e-9)


def test_a_municipality_without_counts_adds_nothing_to_the_ratio() -> None:
    used = frame(np.random.default_rng(4))
    used.loc[10, ["count_before", "count_after"]] = 0
    whole = estimate(on_scale(used, "ratio", "voters"))
    assert whole == pytest.approx(estimate(on_scale(used.drop(index=10), "ratio", "voters")))


def test_by_hand() -> None:
    used = pd.DataFrame(
        {
            "group": ["treated", "comparison", "comparison"],
            "count_before": [10, 10, 30],
            "ballots_before": [1000, 1000, 2000],
            "count_after": [30, 20, 30],
            "ballots_after": [1000, 1000, 3000],
        }
    )
    points = on_scale(used, "points", "voters")
    assert list(points.y) == pytest.approx([0.02, 0.01, -0.005])
    assert estimate(points) == pytest.approx(0.02 - (1 * 0.01 + 3 * -0.005) / 4)
    each = on_scale(used, "points", "municipalities")
    assert estimate(each) == pytest.approx(0.02 - 0.0025)
    ratio = on_scale(used, "ratio", "municipalities")
    # Mean shares of the comparison group: 1.25% before, 1.5% after.
    assert math.exp(estimate(ratio)) == pytest.approx(3 / (1.5 / 1.25))
    # One treated municipality: its own ratio, whatever the weights.
    assert ratio.own[0] == pytest.approx(math.log(3))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 400), st.integers(1, 400), st.integers(500, 9000), st.integers(500, 9000)
        ),
        min_size=1,
        max_size=9,
    )
)
def test_the_equation_of_the_ratio_is_solved(rows: list[tuple[int, int, int, int]]) -> None:
    x0, x1, n0, n1 = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    theta = log_rate_ratio(x0, n0, x1, n1, "voters")
    expected = (x0 + x1) * n1 * math.exp(theta) / (n0 + n1 * math.exp(theta))
    assert expected.sum() == pytest.approx(x1.sum(), rel=1e-9)


def test_counting_in_other_units_changes_nothing() -> None:
    used = frame(np.random.default_rng(6))
    numbers = ["count_before", "ballots_before", "count_after", "ballots_after"]
    tenfold = used.assign(**{name: 10 * used[name] for name in numbers})
    for scale in ("points", "ratio"):
        for weights in ("voters", "municipalities"):
            one, other = on_scale(used, scale, weights), on_scale(tenfold, scale, weights)
            assert estimate(one) == pytest.approx(estimate(other), abs=1e-12)
            assert one.v == pytest.approx(10 * other.v)


def test_a_change_that_everyone_shares_is_no_effect() -> None:
    used = frame(np.random.default_rng(9))
    used["ballots_after"] = 1000 * (1 + used["ballots_after"] // 1000)
    shifted = used.assign(count_after=used["count_after"] + used["ballots_after"] // 1000 * 3)
    for weights in ("voters", "municipalities"):
        one, other = on_scale(used, "points", weights), on_scale(shifted, "points", weights)
        assert estimate(one) == pytest.approx(estimate(other), abs=1e-15)
    # On the ratio scale it is a common factor that cancels.
    doubled = used.assign(count_after=2 * used["count_after"])
    one, other = (on_scale(each, "ratio", "municipalities") for each in (used, doubled))
    assert estimate(one) == pytest.approx(estimate(other), abs=1e-12)


def test_contributions_average_to_the_log_ratio_of_each_group() -> None:
    used = frame(np.random.default_rng(7))
    for weights in ("voters", "municipalities"):
        made = on_scale(used, "ratio", weights)
        some = made.treated
        columns = [used[c].to_numpy(float)[some] for c in ("count_before", "ballots_before")]
        columns += [used[c].to_numpy(float)[some] for c in ("count_after", "ballots_after")]
        mean = made.weight[some] @ made.y[some] / made.weight[some].sum()
        assert mean == pytest.approx(log_rate_ratio(*columns, weights), abs=1e-12)


def test_what_is_refused() -> None:
    used = frame(np.random.default_rng(8))
    with pytest.raises(UnknownNameError, match="points"):
        on_scale(used, "point", "voters")
    with pytest.raises(UnknownNameError, match="voters"):
        on_scale(used, "points", "voter")
    nothing = used.assign(count_before=0, count_after=0)
    with pytest.raises(EstimationError, match="all counts are zero"):
        on_scale(nothing, "points", "voters")
    used.loc[used["group"] == "treated", "count_before"] = 0
    with pytest.raises(EstimationError, match="no rate ratio"):
        on_scale(used, "ratio", "voters")
