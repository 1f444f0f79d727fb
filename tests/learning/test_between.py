"""Experienced beside newcomers: enumeration by hand, known learning, sharper with more counts."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from evaluatie.answers.answer import Answer
from evaluatie.answers.learning import learning
from evaluatie.answers.learning.between import MATCHES, permutation, random_effects
from evaluatie.answers.learning.excess import Excess, excess_of_counts
from evaluatie.counts import Results


def five_units() -> Excess:
    """Five municipalities with the new ballot, of which the first two will be experienced."""
    rng = np.random.default_rng(2)
    n = np.array([5_000, 9_000, 20_000, 7_000, 12_000, *[10_000] * 12], dtype=float)
    x0 = rng.binomial(n.astype(int), 0.002).astype(float)
    x1 = rng.binomial(n.astype(int), [0.004, 0.003, 0.005, 0.006, 0.007, *[0.002] * 12])
    treated = np.arange(len(n)) < 5
    return excess_of_counts(x0, n, x1.astype(float), n * 1.1, treated, list("abcde"))


@pytest.mark.parametrize("per_voter", [True, False])
@pytest.mark.parametrize("n_experienced", [1, 2, 3])
def test_the_permutation_is_the_enumeration_by_hand(n_experienced: int, per_voter: bool) -> None:
    excess = five_units()
    flags = np.arange(5) < n_experienced
    made = permutation(excess, flags, 0.05, per_voter=per_voter)
    variance = excess.sampling + between_variance(excess, np.ones((5, 1)))
    y, w = excess.change, excess.ballots if per_voter else 1 / variance

    def statistic(group: tuple[int, ...]) -> float:
        inside = np.isin(np.arange(5), group)
        difference = np.average(y[inside], weights=w[inside]) - np.average(
            y[~inside], weights=w[~inside]
        )
        error = 1.0 if per_voter else np.sqrt(1 / w[inside].sum() + 1 / w[~inside].sum())
        return float(difference / error)

    groups = list(itertools.combinations(range(5), n_experienced))
    values = np.array([statistic(group) for group in groups])
    observed = statistic(tuple(range(n_experienced)))
    assert made.n_assignments == len(groups)
    assert made.observed == pytest.approx(observed, rel=1e-6)
    by_hand = np.mean(np.abs(values) >= abs(observed) * (1 - 1e-9))
    assert made.result.p_value == pytest.approx(by_hand)
    assert made.smallest_p == pytest.approx(1 / len(groups))
    assert np.sort(made.statistics) == pytest.approx(np.sort(values), rel=1e-6)


def test_known_learning_comes_back_under_every_method(pretend: Callable[..., Results]) -> None:
    table = learning(pretend({1: 0.005, 2: 0.004, 3: 0.002}), "between").table
    assert len(table) > 6
    assert table["estimate"].to_numpy() == pytest.approx(-0.003, abs=5e-6)


def test_the_group_with_the_largest_difference_has_the_smallest_p(
    pretend: Callable[..., Results],
) -> None:
    table = learning(pretend({1: 0.005, 2: 0.004, 3: 0.002}), "between").table
    exact = table[table["method"] == "exact permutation"].iloc[0]
    assert (
        exact["p_value"] == pytest.approx(exact["smallest_p"]) == pytest.approx(1 / 330)
    )  # 4 of 11


def test_random_effects_are_least_squares_where_all_are_alike() -> None:
    excess = five_units()
    flags = np.arange(5) < 2
    made = random_effects(excess, flags, 0.05)
    x = np.column_stack([np.ones(5), flags])
    weight = 1 / (excess.sampling + between_variance(excess, x))
    beta = np.linalg.solve(x.T @ (weight[:, None] * x), x.T @ (weight * excess.values))
    assert made["estimate"] == pytest.approx(beta[1])
    assert made["df"] == 3


def between_variance(excess: Excess, x: np.ndarray) -> float:
    """Paule and Mandel's variance by bisection."""
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        weight = 1 / (excess.sampling + middle)
        beta = np.linalg.solve(x.T @ (weight[:, None] * x), x.T @ (weight * excess.values))
        above = (weight * (excess.values - x @ beta) ** 2).sum() > 5 - x.shape[1]
        low, high = (middle, high) if above else (low, middle)
    return low if low > 1e-15 else 0.0


def test_experienced_and_new_have_the_shares_of_the_official_counts(
    real: Results, learned: Callable[[str], Answer]
) -> None:
    detail = learned("between").parts["detail"]
    shares = real.shares("invalid").set_index(["election", "municipality_code"])
    # By hand: the eleven have 2,750 of 420,469 and 793 of 379,702, of which the four that used
    # the new ballot before 578 of 84,777 and what the record of GR2022 says of them.
    for flag, (count, total) in ((True, (578, 84_777)), (False, (2_172, 335_692))):
        codes = list(detail.loc[detail["experienced"] == flag, "unit"])
        some = shares.loc["GR2026"].loc[codes]
        assert (some["count"].sum(), some["total"].sum()) == (count, total)
    some = shares.loc["GR2022"].loc[list(detail["unit"])]
    assert (some["count"].sum(), some["total"].sum()) == (793, 379_702)


def test_no_learning_is_visible_and_the_sentence_says_what_that_means(
    learned: Callable[[str], Answer],
) -> None:
    made = learned("between")
    exact = made.table[made.table["method"] == "exact permutation"].iloc[0]
    assert (exact["n_experienced"], exact["n_newcomers"], exact["n_assignments"]) == (4, 7, 330)
    assert exact["smallest_p"] == pytest.approx(1 / 330)
    assert exact["conf_low"] < 0 < exact["conf_high"]
    spoken = made.sentence("en")
    assert "330 ways" in spoken
    assert not (made.left_out["group"] == "treated").any()
    assert "no evidence that voters do not get used to it" in spoken
    first = made.table.to_dict(orient="records")[0]
    assert "kan niet" in next(c for c in made.shown if c.name == "p_value").cell(first, "nl")


def test_matching_takes_newcomers_of_like_size(learned: Callable[[str], Answer]) -> None:
    made = learned("between")
    detail = made.parts["detail"]
    new, old = detail[~detail["experienced"]], detail[detail["experienced"]]
    expected = 0.0
    for _, row in old.iterrows():
        distance = np.abs(np.log(new["ballots"]) - np.log(row["ballots"]))
        near = new.loc[distance.nsmallest(MATCHES).index, "estimate"].mean()
        expected += row["ballots"] / old["ballots"].sum() * (row["estimate"] - near)
    matched = made.table[made.table["method"] == "matched on size"].iloc[0]
    assert matched["estimate"] == pytest.approx(expected)


def test_leaving_one_out_names_who_was_left_out(learned: Callable[[str], Answer]) -> None:
    table = learned("between").table
    left = table[table["method"] == "leave-one-out"]
    assert len(left) == 11
    assert left["municipality"].is_unique
    assert set(left["n_units"]) == {10}
