"""Experienced beside newcomers on synthetic counts: who is who, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from evaluatie.answers.answer import Answer
from evaluatie.answers.learning import learning
from evaluatie.answers.learning.between import experienced
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import load_design

PLAN = load_design()
BALLOTS = 10_000
# Code, name, invalid votes of 10,000 ballots at GR2022 and at GR2026. The first two had met
# the ballot at TK2025.
TREATED = (
    ("GM0484", "Alphen aan den Rijn", 20, 40),
    ("GM1842", "Midden-Delfland", 10, 50),
    ("GM0513", "Gouda", 20, 60),
    ("GM0546", "Leiden", 30, 90),
    ("GM1948", "Meierijstad", 25, 75),
)
ELSEWHERE = tuple(
    (f"GM80{i:02}", f"Elders {i}", 20, 20 + change)
    for i, change in enumerate((0, 2, -2, 4, -4, 1, -1, 3, -3, 5, -5, 0))
)


@pytest.fixture
def counted(make_results: Callable[..., Results]) -> Callable[..., Results]:
    def make(*units: tuple[str, str, int, int]) -> Results:
        return make_results(
            *(
                (election, code, name, "official", 2 * BALLOTS, BALLOTS, BALLOTS - x, 0, x, x)
                for code, name, before, after in units
                for election, x in (("GR2022", before), ("GR2026", after))
            )
        )

    return make


@pytest.fixture
def made(counted: Callable[..., Results]) -> Answer:
    return learning(counted(*TREATED, *ELSEWHERE), "between")


def test_who_was_compared_with_whom(made: Answer) -> None:
    table = made.table[made.table["unit"] == "pooled"].set_index("method")
    row = table.loc["random-effects t"]
    assert row[["n_experienced", "n_newcomers", "n_units"]].tolist() == [2, 3, 5]
    assert row["n_comparison"] == len(ELSEWHERE)
    assert row["vintage"] == "official"
    # Five municipalities less a mean and a difference; less a slope of size.
    assert row["df"] == 3
    exact = table.loc["exact permutation"]
    assert exact["n_assignments"] == 10
    # Nothing moved elsewhere: means of +20 and +40, of +40, +60 and +50, in 10,000.
    plain = table.loc["exact permutation, plain"]
    assert plain["estimate"] == pytest.approx((30 - 50) / BALLOTS)


def test_leaving_one_out_counts_those_that_are_left(made: Answer) -> None:
    left = made.table[made.table["method"] == "leave-one-out"].set_index("municipality")
    counts = left[["n_experienced", "n_newcomers", "n_units"]]
    assert counts.loc["Midden-Delfland"].tolist() == [1, 3, 4]
    assert counts.loc["Gouda"].tolist() == [2, 2, 4]


def test_the_detail_goes_from_the_largest_excess_experienced_first(made: Answer) -> None:
    names = ["Midden-Delfland", "Alphen aan den Rijn", "Leiden", "Meierijstad", "Gouda"]
    assert made.parts["detail"]["municipality"].tolist() == names
    assert made.parts["detail"]["experienced"].tolist() == [True, True, False, False, False]
    excess = np.array([40, 20, 60, 50, 40]) / BALLOTS
    assert made.parts["detail"]["estimate"].tolist() == pytest.approx(excess.tolist())


def test_what_is_said_are_the_shares_of_both_groups(made: Answer) -> None:
    values = made.statements[0].values
    shares = {
        "before_experienced": 30 / 20_000,
        "experienced": 90 / 20_000,
        "before_newcomers": 75 / 30_000,
        "newcomers": 225 / 30_000,
        "excess_experienced": 30 / 10_000,
        "excess_newcomers": 50 / 10_000,
        "estimate": -20 / 10_000,
    }
    assert {name: values[name] for name in shares} == pytest.approx(shares)
    assert (values["n_experienced"], values["n_newcomers"], values["n"]) == (2, 3, 5)


def test_size_costs_a_degree_of_freedom(counted: Callable[..., Results]) -> None:
    rows = counted(*TREATED, *ELSEWHERE).rows.copy()
    # Meierijstad twice as large, so that there is a size to adjust for.
    larger = rows["municipality"] == "Meierijstad"
    for column in ("eligible", "ballots", "valid", "blank", "invalid", "rejected"):
        rows.loc[larger, column] *= 2
    table = learning(Results(rows), "between").table.set_index("method")
    assert table.loc["random-effects t", "df"] == 3
    assert table.loc["random-effects t, size", "df"] == 2


def test_one_newcomer_is_too_few(counted: Callable[..., Results]) -> None:
    with pytest.raises(EstimationError, match="no election with counts of both"):
        learning(counted(*TREATED[:3], *ELSEWHERE), "between")


@pytest.mark.parametrize(("treated", "counts"), [(TREATED[:3], (2, 1)), (TREATED[2:4], (0, 2))])
def test_an_election_that_is_asked_for_needs_both_groups(
    counted: Callable[..., Results],
    treated: tuple[tuple[str, str, int, int], ...],
    counts: tuple[int, int],
) -> None:
    with pytest.raises(EstimationError, match="too few municipalities") as caught:
        learning(counted(*treated, *ELSEWHERE), "between", election="GR2026")
    assert caught.value.value == counts


def test_the_second_time_is_experience() -> None:
    for election, flags in (
        ("EP2024", [False, False]),  # the first time, and none
        ("TK2025", [True, False]),
        ("GR2026", [True, False]),  # the third and the first
    ):
        assert experienced(("GM0484", "GM0513"), PLAN, election).tolist() == flags
