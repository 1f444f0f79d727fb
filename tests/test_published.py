"""Every printed figure: its verdict and the number that the shipped counts give, pinned."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import evaluatie
from evaluatie.partly_known import Interval
from evaluatie.published import VERDICTS, for_readers, published
from evaluatie.results import Results, load_table


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return published(evaluatie.load()).table.set_index("id")


REPRODUCED = {
    "PF011": 131_478,
    "PF023": 22_822 / 10_475_203,
    "PF024": 22_652 / 10_462_677,
    "PF025": 31_539 / 10_563_456,
    "PF027": 165 / 69_764,
    "PF029": 27 / 16_324,
    "PF031": 19 / 12_975,
    "PF033": 34 / 23_113,
    "PF041": 10_475_203 / 13_473_750,
    "PF072": 18,
    "PF073": 9,
}
PROVISIONAL = {
    # Without two municipalities that reported neither invalid nor blank.
    "PF019": 26_615 / 10_497_765,
    "PF021": 26_615 / 10_497_765,
    "PF034": 301,
    "PF059": 104,
    "PF060": 151,
}


@pytest.mark.parametrize(("figure", "value"), REPRODUCED.items())
def test_reproduced_on_the_official_count(table: pd.DataFrame, figure: str, value: float) -> None:
    row = table.loc[figure]
    assert row["verdict"] == "reproduced"
    assert row["vintage"] == "official"
    assert row["computed"] == pytest.approx(value, rel=1e-12)
    assert row["printed_low"] <= row["computed"] <= row["printed_high"]


@pytest.mark.parametrize(("figure", "value"), PROVISIONAL.items())
def test_reproduced_on_the_provisional_count(
    table: pd.DataFrame, figure: str, value: float
) -> None:
    row = table.loc[figure]
    assert row["verdict"] == "reproduced-provisional"
    assert row["computed"] == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize(
    "figure", ["PF026", "PF028", "PF030", "PF032", "PF035", "PF036", "PF037", "PF038", "PF039"]
)
def test_first_night_shares_of_municipalities(table: pd.DataFrame, figure: str) -> None:
    row = table.loc[figure]
    assert row["verdict"] == "reproduced-provisional"
    assert row["printed_low"] <= row["computed"] <= row["printed_high"]


def test_the_rest_of_the_country_at_ep2024_follows_from_bounds(table: pd.DataFrame) -> None:
    row = table.loc["PF002"]
    assert row["verdict"] == "reproduced"
    assert math.isnan(row["computed"])
    assert 0.00175 < row["low"] < row["high"] < 0.00185


@pytest.mark.parametrize("figure", ["PF044", "PF046"])
def test_the_headline_of_gr2026_is_contradicted_with_both_numbers(
    table: pd.DataFrame, figure: str
) -> None:
    row = table.loc[figure]
    assert row["verdict"] == "contradicted"
    assert row["computed"] == pytest.approx(2_064 / 396_917)
    assert row["n_units"] == 9
    assert row["n_missing"] == 2
    # Even without a single invalid vote in the missing two the share stays above the print.
    assert row["low"] > row["printed_high"]
    # Read as a mean of municipal percentages it does not fit either.
    assert row["mean"] > row["printed_high"]


def test_maastricht_differs_by_one_vote(table: pd.DataFrame) -> None:
    row = table.loc["PF061"]
    assert (row["verdict"], row["computed"]) == ("contradicted", 45_124)
    assert float(row["printed"]) == 45_125


def test_the_tk2025_headline_is_not_refuted_by_a_first_count(table: pd.DataFrame) -> None:
    row = table.loc["PF012"]
    assert row["verdict"] == "not-computable"
    assert row["computed"] == pytest.approx(546 / 131_491)
    # 0.475% to 0.485% of 131,478 ballots.
    assert (row["implied_low"], row["implied_high"]) == (625, 637)


def test_old_ballot_gr2026_fits_only_with_the_experiment_counted_in(table: pd.DataFrame) -> None:
    for figure in ("PF045", "PF047"):
        assert table.at[figure, "verdict"] == "not-computable"
        assert table.at[figure, "readings"] == "with-experiment"


def test_ep2024_gives_intervals_never_counts(table: pd.DataFrame) -> None:
    for figure in ("PF001", "PF003", "PF004", "PF005", "PF006", "PF007"):
        row = table.loc[figure]
        assert row["verdict"] == "not-computable"
        assert math.isnan(row["computed"])
        assert row["implied_low"] < row["implied_high"]
    five = table.loc[["PF003", "PF004", "PF005", "PF006", "PF007"]]
    pooled = Interval(table.at["PF001", "implied_low"], table.at["PF001", "implied_high"])
    sums = Interval(five["implied_low"].sum(), five["implied_high"].sum())
    assert sums.contains(pooled)


def test_every_verdict_is_one_of_the_four_and_all_are_counted(table: pd.DataFrame) -> None:
    assert set(table["verdict"]) == set(VERDICTS)
    assert dict(table["verdict"].value_counts()) == {
        "not-computable": 25,
        "reproduced-provisional": 14,
        "reproduced": 12,
        "contradicted": 3,
    }


def test_a_figure_that_does_not_reproduce_says_why(table: pd.DataFrame) -> None:
    unexplained = table[~table["verdict"].str.startswith("reproduced") & (table["why"] == "")]
    assert list(unexplained.index) == []


def test_rules_and_figures_match(table: pd.DataFrame) -> None:
    assert set(table.index) <= set(load_table("published_figures")["id"])


def test_the_verdict_follows_the_counts(make_results: object) -> None:
    shipped = evaluatie.load()
    rows = shipped.rows.copy()
    five = rows["municipality_code"].isin(evaluatie.load_design().treated("TK2025"))
    official = five & (rows["election"] == "TK2025") & (rows["vintage"] == "official")
    rows.loc[official, "ballots"] += 1
    changed = published(Results(rows)).table.set_index("id")
    assert changed.at["PF011", "verdict"] == "contradicted"
    assert changed.at["PF011", "computed"] == 131_483


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_readers_see_both_numbers(table: pd.DataFrame, lang: str) -> None:
    shown = for_readers(table.reset_index(), lang).set_index("id")
    assert "0" in shown.at["PF044", "printed_text"]
    comma = "," if lang == "nl" else "."
    assert f"0{comma}520%*" in shown.at["PF044", "data_text"]
    assert shown.at["PF016", "printed_text"] in ("ruim een derde", "more than a third")
    assert (shown["about"] != "").all()
