"""One change per municipality: who is in, in which vintage, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evaluatie.answers.effect import ChangeTable, changes_of
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import Comparison, Question, load_design

PLAN = load_design()
Pair = Callable[..., Results]


def change_table(
    results: Results,
    election: str,
    outcome: str,
    vintage: str = "best",
    comparison: Comparison = "all",
    **changed: object,
) -> ChangeTable:
    plan, asked = results.counted_plan, {"vintage": vintage, "comparison": comparison}
    question = Question.of(plan, outcome=outcome, **asked)  # type: ignore[arg-type]
    return changes_of(results, election, question, **changed)  # type: ignore[arg-type]


def test_the_shipped_pairs(shipped: Results) -> None:
    sizes = {}
    for election in ("TK2025", "GR2026"):
        table = change_table(shipped, election, "invalid")
        groups = table.frame["group"].value_counts()
        sizes[election] = (int(groups["treated"]), int(groups["comparison"]))
        assert set(table.left_out["group"]) <= {"comparison"}
        assert table.frame["municipality_code"].is_monotonic_increasing
        assert (
            table.frame["change"] == table.frame["share_after"] - table.frame["share_before"]
        ).all()
    assert sizes["TK2025"] == (5, 337)
    # 340 without the eleven, Borne, Gorinchem, and nine without a comparable count of GR2022.
    assert sizes["GR2026"] == (11, 318)


def test_vintages_are_marked_where_they_differ(shipped: Results) -> None:
    best = change_table(shipped, "TK2025", "invalid")
    assert (best.vintage, best.baseline_vintage) == ("official", "official")
    official = change_table(shipped, "TK2025", "rejected", vintage="official")
    assert (official.vintage, official.baseline_vintage) == ("official", "official")
    first = change_table(shipped, "TK2025", "rejected", vintage="provisional")
    assert (first.vintage, first.baseline_vintage) == ("provisional", "official")


def test_turnout_above_one_has_no_binomial_variance_and_is_left_out(shipped: Results) -> None:
    table = change_table(shipped, "TK2025", "turnout")
    above = table.frame[table.frame["share_after"] > 1]
    assert len(above) == 4  # Wadden islands: visitors vote there with a voter's pass
    assert set(above["group"]) == {"excluded"}


def test_merged_municipalities_are_compared_in_the_later_division(shipped: Results) -> None:
    table = change_table(
        shipped, "TK2023", "invalid", baseline="TK2021", treated=PLAN.treated("TK2025")
    )
    # Land van Cuijk came from five municipalities in 2022: their counts add up.
    row = table.frame.set_index("municipality_code").loc["GM1982"]
    before = shipped.rows[
        (shipped.rows["election"] == "TK2021")
        & shipped.rows["municipality"].isin(
            ["Boxmeer", "Cuijk", "Grave", "Mill en Sint Hubert", "Sint Anthonis"]
        )
    ]
    assert len(before) == 5
    assert row["count_before"] == before["invalid"].sum()
    assert row["ballots_before"] == before["ballots"].sum()


@pytest.mark.parametrize(
    ("asked", "error", "text"),
    [
        ({"election": "TK2024"}, UnknownNameError, "TK20"),
        ({"outcome": "invalids"}, UnknownNameError, "invalid"),
        ({"vintage": "offical"}, UnknownNameError, "official"),
        ({"comparison": "alles"}, UnknownNameError, "all"),
        ({"comparison": ["Gronigen", "Assen"]}, UnknownNameError, "Groningen"),
        ({"election": "TK2023", "treated": ["GM0014"]}, EstimationError, "no baseline"),
        ({"election": "TK2023"}, EstimationError, "new ballot"),
        ({"election": "TK2023", "baseline": "TK2021"}, EstimationError, "new ballot"),
        ({"election": "EP2024"}, EstimationError, "no counts"),
        ({"comparison": ["Groningen"]}, EstimationError, "too few comparison"),
        ({"comparison": ["Groningen", "Boekel"]}, EstimationError, "treated itself"),
    ],
)
def test_bad_input(
    shipped: Results, asked: dict[str, object], error: type[Exception], text: str
) -> None:
    arguments = {"election": "TK2025", "outcome": "invalid", **asked}
    with pytest.raises(error, match=text):
        change_table(shipped, **arguments)  # type: ignore[arg-type]


def test_a_treated_municipality_without_a_baseline_is_left_out(pair: Pair) -> None:
    results = pair(drop=(("TK2023", "GM0755"),))
    table = change_table(results, "TK2025", "invalid")
    assert (table.frame["group"] == "treated").sum() == 4
    assert list(table.left_out["municipality"]) == ["Boekel"]


def test_nobody_treated_is_an_error(pair: Pair) -> None:
    gone = tuple(("TK2025", code) for code in PLAN.treated("TK2025"))
    with pytest.raises(EstimationError, match="new ballot can be compared"):
        change_table(pair(drop=gone), "TK2025", "invalid")


def test_fewer_than_two_to_compare_with_is_an_error(pair: Pair) -> None:
    with pytest.raises(EstimationError, match="too few comparison"):
        change_table(pair(n=1), "TK2025", "invalid")


def test_an_election_without_rows_is_an_error(pair: Pair) -> None:
    only = pair().where("TK2025")
    with pytest.raises(EstimationError, match=r"TK2023.*no counts"):
        change_table(only, "TK2025", "invalid")
