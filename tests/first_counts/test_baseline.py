"""Whatever count is asked of an election, its baseline is the best there is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from evaluatie import before_after
from evaluatie.answers.effect import changes_of, effect, pooled
from evaluatie.counts import Results, load
from evaluatie.plan import Question


@pytest.fixture(scope="module")
def shipped() -> Results:
    return load()


def test_the_first_count_of_gr2026_is_set_beside_official_counts_of_gr2022(
    shipped: Results,
) -> None:
    made = effect(shipped, "GR2026", vintage="provisional", methods=["variance-weighted t"])
    row = pooled(made).iloc[0]
    assert round(100 * row["estimate"], 2) == 0.32
    # 248 others with a first count, less Borne (back to the old ballot), Gorinchem (voted
    # again) and seven councils that were elected on another day than that of GR2022.
    assert (row["n_treated"], row["n_comparison"]) == (9, 248 - 1 - 1 - 7)
    assert (row["vintage"], row["baseline_vintage"]) == ("provisional", "official")
    assert "GR2026: provisional; of GR2022: official" in made.sentence("en")


def test_an_older_first_count_never_takes_the_place_of_an_official_one(
    make_results: Callable[..., Results],
) -> None:
    def row(election: str, code: str, vintage: str, invalid: int) -> tuple[object, ...]:
        return (election, code, code, vintage, 2000, 1000, 990 - invalid, 10, invalid, 10 + invalid)

    codes = ("GM0513", "GM0014", "GM0034", "GM0037")
    rows = [
        row(*pair, code, vintage, invalid)
        for code in codes
        for *pair, vintage, invalid in (
            ("GR2022", "provisional", 1),
            ("GR2022", "official", 4),
            ("GR2026", "provisional", 6),
        )
    ]
    results = make_results(*rows)
    table = changes_of(results, "GR2026", Question(vintage="provisional")).used
    assert table["count_before"].tolist() == [4, 4, 4, 4]
    assert set(table["baseline_vintage"]) == {"official"}
    pair = before_after(results, vintage="provisional").table.iloc[0]
    assert (pair["before"], pair["after"]) == (0.004, 0.006)


def test_before_and_after_on_first_counts(shipped: Results) -> None:
    table = before_after(shipped, vintage="provisional").table
    gouda = table[(table["municipality"] == "Gouda") & (table["election"] == "GR2026")].iloc[0]
    # 255 of 35,020 ballots on the night; the official count of 2022 as before.
    official = before_after(shipped, vintage="official").table
    then = official[(official["municipality"] == "Gouda") & (official["election"] == "GR2026")]
    assert gouda["vintage"] == "provisional"
    assert gouda["after"] == pytest.approx(255 / 35020, abs=1e-9)
    assert gouda["before"] == then["before"].iloc[0]
