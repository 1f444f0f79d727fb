"""Every printed figure: its verdict and the number that the shipped counts give, pinned."""

from __future__ import annotations

import datetime as dt
import functools
import math

import pandas as pd
import pytest

import evaluatie
from evaluatie.answers.published import published, statements
from evaluatie.answers.published.analyse import VERDICTS, _judge
from evaluatie.answers.published.counts import Given
from evaluatie.answers.published.show import FIGURES, by_statement
from evaluatie.answers.published.statements import _FILE, STATEMENT_VERDICTS, _of_figures, _of_trend
from evaluatie.counts import Results, load_table
from evaluatie.counts.partly_known import Interval
from evaluatie.ground.files import read_toml


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
    "PF012": 633 / 131_478,
    "PF013": (28_206 - 633) / (10_640_324 - 131_478),
    "PF019": 28_206 / 10_640_324,
    "PF040": 10_640_324 / 13_589_128,
    "PF059": 104,
    "PF060": 151,
    "PF061": 45_125,
    "PF072": 18,
    "PF073": 9,
    # The national average that the minister named has the experiment in it.
    "PF074": 28_206 / 10_640_324,
}
PROVISIONAL = {
    # Without two municipalities that reported neither invalid nor blank.
    "PF021": 26_615 / 10_497_765,
    "PF034": 301,
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


def test_the_headline_of_gr2026_is_contradicted_by_the_official_count(
    table: pd.DataFrame,
) -> None:
    row = table.loc["PF044"]
    assert (row["verdict"], row["vintage"]) == ("contradicted", "official")
    assert (row["count"], row["total"]) == (2_750, 420_469)
    assert row["computed"] == pytest.approx(2_750 / 420_469)
    assert (row["n_units"], row["n_missing"]) == (11, 0)
    # No reading gives 0.47: not the mean of municipal percentages, not the first count of nine.
    assert row["readings"] == ""
    assert row["mean"] > row["printed_high"]
    assert row["printed_high"] < 2_064 / 396_917


def test_the_first_counts_contradict_that_headline_too() -> None:
    rows = evaluatie.load().rows
    own = (rows["election"] == "GR2026") & (rows["vintage"] == "official")
    known = ["valid", "election", "municipality_code", "municipality", "vintage", "source"]
    # As it was before the official split was public: official valid votes only.
    before = rows.assign(**{n: rows[n].mask(own) for n in rows.columns if n not in known})
    row = published(Results(before)).table.set_index("id").loc["PF044"]
    assert (row["verdict"], row["vintage"]) == ("contradicted", "provisional")
    assert (row["n_units"], row["n_missing"]) == (9, 2)
    # Even without a single invalid vote in the missing two the share stays above the print.
    assert row["low"] > row["printed_high"]


def test_old_ballot_gr2026_fits_only_with_the_experiment_counted_in(table: pd.DataFrame) -> None:
    row = table.loc["PF045"]
    # 0.251% in the 329 others; 20,931 of 7,673,235 is 0.273%.
    assert (row["verdict"], row["readings"]) == ("contradicted", "with-experiment")
    assert row["computed"] == pytest.approx(18_181 / 7_252_766)


@pytest.mark.parametrize("figure", ["PF068", "PF069", "PF070"])
def test_the_official_count_does_not_refute_an_interim_one(
    table: pd.DataFrame, figure: str
) -> None:
    row = table.loc[figure]
    assert (row["verdict"], row["why"]) == ("not-computable", "count-of-a-moment")
    # All 333 councils of that date; seven others that NOS carries were elected on another.
    assert (row["vintage"], row["n_units"], row["n_missing"]) == ("official", 333, 0)


def answer(vintage: str, value: float | None = None, **given: object) -> Given:
    return Given(vintage, value, n_units=1, **given)  # type: ignore[arg-type]


ours, first = functools.partial(answer, "official"), functools.partial(answer, "provisional")
ON_FIRST = "reproduced-provisional"
NARROW = Interval(0.0045, 0.0055)
WIDE = Interval(0.001, 0.009)
ABOVE = Interval(0.006, 0.009)


@pytest.mark.parametrize(
    ("answers", "speaks", "vintage", "verdict"),
    [
        ([ours(0.005)], "final", "official", "reproduced"),
        ([ours(0.006)], "final", "official", "contradicted"),
        ([ours(bounds=NARROW)], "final", "official", "reproduced"),
        ([ours(bounds=ABOVE)], "final", "official", "contradicted"),
        ([ours(bounds=WIDE)], "final", "official", "not-computable"),
        # Its own count first, whatever the other says.
        ([ours(0.006), first(0.005)], "final", "official", "contradicted"),
        ([ours(0.006), first(0.005)], "first-night", "provisional", ON_FIRST),
        # A first count may confirm where the final one is open, and not refute.
        ([ours(bounds=WIDE), first(0.005)], "final", "provisional", ON_FIRST),
        ([ours(bounds=WIDE), first(0.006)], "final", "provisional", "not-computable"),
        ([first(0.006)], "final", "provisional", "contradicted"),
        ([ours(0.006)], "first-night", "official", "contradicted"),
        ([ours(0.005, n_missing=1)], "final", "official", "reproduced"),
        ([ours(0.006, n_missing=1)], "final", "official", "not-computable"),
        ([ours(0.005)], "a-moment", "official", "not-computable"),
        ([], "final", "official", "not-computable"),
    ],
)  # fmt: skip
def test_verdicts(answers: list[Given], speaks: str, vintage: str, verdict: str) -> None:
    found, said = _judge(Interval(0.004, 0.0056), answers, speaks=speaks)
    assert (found.vintage, said) == (vintage, verdict)


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


@pytest.mark.parametrize(
    ("figure", "low", "high"),
    [
        ("PF012", 625, 637),  # 0.475% and 0.485% of 131,478 are 624.5 and 637.7
        ("PF031", 7, 19),  # 0.05% and 0.15% of 12,975 are 6.5 and 19.5
    ],
)
def test_numbers_that_a_printed_share_leaves_possible(
    table: pd.DataFrame, figure: str, low: int, high: int
) -> None:
    assert table.loc[figure, ["implied_low", "implied_high"]].tolist() == [low, high]


def test_every_verdict_is_one_of_the_four_and_all_are_counted(table: pd.DataFrame) -> None:
    assert set(table["verdict"]) == set(VERDICTS)
    assert dict(table["verdict"].value_counts()) == {
        "reproduced": 20,
        "not-computable": 20,
        "reproduced-provisional": 11,
        "contradicted": 2,
    }


def test_a_figure_that_does_not_reproduce_says_why(table: pd.DataFrame) -> None:
    unexplained = table[~table["verdict"].str.startswith("reproduced") & (table["why"] == "")]
    assert list(unexplained.index) == []


def test_a_figure_counts_once(table: pd.DataFrame) -> None:
    about = ["election", "scope", "municipality", "quantity", "unit", "printed"]
    assert not table.duplicated(about).any()


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
    rows = {row["id"]: row for row in table.reset_index().to_dict(orient="records")}
    column = {each.name: each for each in FIGURES if each.nl}
    comma = "," if lang == "nl" else "."
    assert column["printed"].cell(rows["PF044"], lang) == f"0{comma}47%"
    assert column["counts"].cell(rows["PF044"], lang) == f"0{comma}654%"
    third = "ruim een derde" if lang == "nl" else "more than a third"
    assert column["printed"].cell(rows["PF016"], lang) == third
    assert all(column["units"].cell(row, lang) for row in rows.values())


# --- statements -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told() -> pd.DataFrame:
    return statements(evaluatie.load()).table


def test_every_statement_once_with_its_verdict(told: pd.DataFrame) -> None:
    each = told.drop_duplicates("statement").set_index("statement")
    assert each["verdict"].to_dict() == {
        "ep24_shares": "partly",
        "ep24_municipalities": "not-computable",
        "tk25_ballots": "holds",
        "tk25_shares": "holds",
        "tk25_reference": "not-computable",
        "tk25_reasons": "not-computable",
        "tk25_preference": "not-computable",
        "faster": "not-computable",
        "trend": "no-longer",
        "national_average": "holds",
        "first_national": "partly",
        "first_municipalities": "holds-first",
        "national_approximate": "holds",
        "gr26_experiment": "contradicted",
        "gr26_rest": "with-experiment",
    }
    assert set(each["verdict"]) == set(STATEMENT_VERDICTS)
    # What only the press wrote stands apart, and so is not in the sum.
    press = each.index[each["kind"] == "media"]
    assert {"gr26_experiment", "gr26_rest"} <= set(press)
    said = statements(evaluatie.load()).sentence("nl")
    assert "zijn 10 uitspraken gevonden" in said
    assert "bevestigen er 4" in said


def test_a_figure_belongs_to_one_statement() -> None:
    figures = [each for entry in read_toml(_FILE).values() for each in entry["figures"]]
    assert len(figures) == len(set(figures))


def test_the_trend_by_hand(told: pd.DataFrame) -> None:
    steps = told[told["statement"] == "trend"].set_index("election")
    first, second = steps.loc["TK2025"], steps.loc["GR2026"]
    assert (first["earlier"], first["n_units"]) == ("EP2024", 5)
    # Of EP2024 only print is known; the five had 633 of 131,478 at TK2025.
    assert (first["before"], first["computed"]) == pytest.approx((0.0074, 633 / 131_478))
    rows = evaluatie.load().rows
    four = rows["municipality_code"].isin(["GM0484", "GM0755", "GM1842", "GM1730"])
    official = rows[four & (rows["vintage"] == "official")].groupby("election")
    sums = official[["invalid", "ballots"]].sum()
    assert second["n_units"] == 4
    for name, election in (("before", "TK2025"), ("computed", "GR2026")):
        assert second[name] == sums.at[election, "invalid"] / sums.at[election, "ballots"]


def verdict_of(*figures: tuple[str, str]) -> str:
    return _of_figures(pd.DataFrame(list(figures), columns=["of_figure", "readings"]))


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ([("reproduced", ""), ("reproduced", "")], "holds"),
        ([("reproduced", ""), ("reproduced-provisional", "")], "holds-first"),
        ([("reproduced", ""), ("not-computable", "")], "partly"),
        ([("not-computable", "")], "not-computable"),
        ([], "not-computable"),
        ([("reproduced", ""), ("contradicted", "")], "contradicted"),
        ([("contradicted", "with-experiment"), ("reproduced", "")], "with-experiment"),
        ([("contradicted", "with-experiment"), ("contradicted", "")], "contradicted"),
    ],
)
def test_the_rule_of_verdicts_on_statements(figures: list[tuple[str, str]], verdict: str) -> None:
    assert verdict_of(*figures) == verdict


@pytest.mark.parametrize(
    ("shares", "said", "verdict"),
    [
        ([(3, 2), (2, 1)], dt.date(2026, 2, 18), "holds"),
        ([(3, 2), (2, 4)], dt.date(2026, 2, 18), "no-longer"),
        ([(3, 2), (2, 4)], dt.date(2026, 6, 1), "contradicted"),  # GR2026 was known by then
        ([(2, 3), (3, 1)], dt.date(2026, 2, 18), "contradicted"),
        ([(3, 2), (2, 1)], dt.date(2024, 12, 1), "not-computable"),
    ],
)
def test_a_trend_is_judged_by_what_was_known(
    shares: list[tuple[int, int]], said: dt.date, verdict: str
) -> None:
    names = ("TK2025", "GR2026")
    steps = [
        {"election": name, "before": before, "computed": after}
        for name, (before, after) in zip(names, shares, strict=True)
    ]
    assert _of_trend(steps, said, evaluatie.load()) == verdict


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_statements_have_words_and_their_own_numbers(told: pd.DataFrame, lang: str) -> None:
    shown = by_statement(told).set_index(told["statement"].drop_duplicates())
    comma = "," if lang == "nl" else "."
    assert f"0{comma}74%" in shown.at["ep24_shares", f"said_{lang}"]
    assert f"0{comma}265%" in shown.at["national_average", f"held_{lang}"]
    assert "Borne 1%" in shown.at["ep24_municipalities", f"said_{lang}"]
    assert shown.at["trend", f"held_{lang}"].count("%") == 4


def test_statements_on_elections_that_are_lacking_are_left_out() -> None:
    some = statements(evaluatie.load().where(["TK2023", "TK2025"])).table
    assert "tk25_shares" in set(some["statement"])
    assert not {"ep24_shares", "gr26_rest", "trend"} & set(some["statement"])


@pytest.mark.parametrize(
    ("lang", "named"),
    [
        ("nl", "(GR2026, Experiment: aandeel ongeldig; GR2026, Rest van Nederland: "),
        ("en", "(GR2026, Experiment: share invalid; GR2026, Rest of the Netherlands: "),
    ],
)
def test_the_sentence_names_what_does_not_hold_and_not_by_a_code(lang: str, named: str) -> None:
    said = published(evaluatie.load()).sentence(lang)
    assert named in said
    assert "PF0" not in said
