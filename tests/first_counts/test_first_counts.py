"""First beside official counts: four made-up municipalities, the real ones, and one's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.text import Text

import evaluatie
from evaluatie.answers.answer import Answer
from evaluatie.answers.columns import names_of
from evaluatie.answers.first_counts import first_counts, municipal_first_counts
from evaluatie.answers.first_counts import show as columns_of
from evaluatie.cli import run
from evaluatie.counts import Results, load
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.tables import to_text

# Two with the new ballot at GR2026, two without: (invalid, blank) first and official, of 1,000.
MADE_UP: Mapping[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "GM0513": ((10, 5), (14, 4)),
    "GM0546": ((4, 10), (11, 4)),
    "GM0014": ((20, 30), (21, 30)),
    "GM0034": ((20, 30), (23, 28)),
}


def listing(results: Results, *rows: tuple[str, str]) -> Results:
    """The same counts, with known exceptions of GR2026: (municipality, rule)."""
    frame = pd.DataFrame(list(rows), columns=["municipality_code", "rule"])
    made = replace(results)
    made._tables["known_exceptions"] = frame.assign(
        election="GR2026", vintage="provisional", note="made up"
    )
    return made


@pytest.fixture
def four(make_results: Callable[..., Results]) -> Results:
    rows = []
    for code, counts in MADE_UP.items():
        for vintage, (invalid, blank) in zip(("provisional", "official"), counts, strict=True):
            both = invalid + blank
            rows.append(
                ("GR2026", code, code, vintage, 2000, 1000, 1000 - both, blank, invalid, both)
            )
    return make_results(*rows)


@pytest.fixture(scope="module")
def real() -> Answer:
    return first_counts(load())


def sums(made: Answer, election: str, outcome: str) -> dict[tuple[str, str], Any]:
    rows = made.table[(made.table["election"] == election) & (made.table["outcome"] == outcome)]
    return {(row["group"], row["suspect"]): row for row in rows.to_dict("records")}


def test_four_municipalities_by_hand(four: Results) -> None:
    made = first_counts(listing(four, ("GM0546", "invalid-blank-swapped")))
    found = sums(made, "GR2026", "invalid")
    all_in, without = found["experiment", "included"], found["experiment", "left out"]
    assert (all_in["first"], all_in["official"], all_in["added"]) == (14, 25, 11)
    assert all_in["change"] == pytest.approx(11 / 14)
    assert (all_in["share_first"], all_in["share_official"]) == (0.007, 0.0125)
    assert (without["first"], without["official"], without["added"]) == (10, 14, 4)
    assert (all_in["n_municipalities"], without["n_municipalities"]) == (2, 1)
    assert found["rest", "included"]["change"] == pytest.approx(4 / 40)
    # A swap leaves the sum of both alone: 29 and 33, and nothing is left out of it.
    together = sums(made, "GR2026", "rejected")
    assert together["experiment", "included"]["change"] == pytest.approx(33 / 29 - 1)
    assert ("experiment", "left out") not in together
    assert sums(made, "GR2026", "blank")["rest", "included"]["added"] == -2
    # No election before it, so no effect; one municipality with the new ballot predicts none.
    assert made.parts["effects"].empty
    assert set(made.parts["expected"]["group"]) == {"rest", "experiment"}
    invalid = made.parts["expected"][made.parts["expected"]["outcome"] == "invalid"]
    assert invalid["group"].tolist() == ["rest"]
    # Ratios 1.05 and 1.15 around 1.1, s² = 0.005; t(0.975, 1) = 12.7062; weights of a half twice.
    half = 12.7062 * (0.005 * (1 / 2 + 1 / 2)) ** 0.5
    row = invalid.iloc[0]
    assert row["change_high"] - row["change"] == pytest.approx(half, rel=1e-5)


def test_what_was_not_reported_has_not_grown(four: Results) -> None:
    rows = four.rows.copy()
    silent = (rows["municipality_code"] == "GM0034") & (rows["vintage"] == "provisional")
    rows.loc[silent, ["invalid", "blank", "rejected"]] = pd.NA
    made = first_counts(listing(Results(rows, plan=four.plan), ("GM0034", "not-reported")))
    rest = sums(made, "GR2026", "invalid")["rest", "included"]
    assert (rest["n_municipalities"], rest["first"], rest["official"]) == (1, 20, 21)
    named = made.parts["municipalities"].set_index(["outcome", "municipality_code"])
    assert named.at[("invalid", "GM0034"), "status"] == "not-reported"
    assert (
        "Niet gemeld in de eerste telling, en daarom niet meegeteld: GM0034."
        in made.parts["lines"]["nl"]
    )


def test_a_vote_held_again_is_no_recount(four: Results) -> None:
    made = first_counts(listing(four, ("GM0014", "vote-repeated")))
    for outcome, change in (("invalid", 3 / 20), ("rejected", 1 / 50)):
        without = sums(made, "GR2026", outcome)["rest", "left out"]
        assert without["n_municipalities"] == 1
        assert without["change"] == pytest.approx(change)


@pytest.mark.parametrize(
    ("election", "group", "suspect", "n", "first", "official", "change"),
    [
        ("TK2025", "experiment", "included", 5, 546, 633, 15.9),
        # Voorschoten and Laarbeek, taken for zeros, would make it 27,143 and +4.1%.
        ("TK2025", "rest", "included", 335, 26069, 27068, 3.8),
        ("GR2026", "experiment", "included", 9, 2064, 2607, 26.3),
        ("GR2026", "experiment", "left out", 8, 2022, 2457, 21.5),
        ("GR2026", "rest", "included", 248, 15053, 15543, 3.3),
    ],
)
def test_the_counts_as_they_are(
    real: Answer,
    election: str,
    group: str,
    suspect: str,
    n: int,
    first: int,
    official: int,
    change: float,
) -> None:
    row = sums(real, election, "invalid")[group, suspect]
    assert (row["n_municipalities"], row["first"], row["official"]) == (n, first, official)
    assert round(100 * row["change"], 1) == change


def test_the_other_convention_gives_the_number_that_was_passed_around() -> None:
    """Zeros of what was not reported give +4.1%, and need two municipalities more."""
    printed = evaluatie.load_table("municipal_results")
    row = sums(first_counts(Results(printed)), "TK2025", "invalid")["rest", "included"]
    assert (row["n_municipalities"], row["official"]) == (337, 27143)
    assert round(100 * row["change"], 1) == 4.1


def test_swaps_and_silence_are_named(real: Answer) -> None:
    invalid = real.parts["municipalities"][real.parts["municipalities"]["outcome"] == "invalid"]
    named = {
        (row["election"], row["status"]): set(rows["municipality"])
        for (_, _), rows in invalid.groupby(["election", "status"])
        for row in [rows.iloc[0]]
    }
    assert named["GR2026", "invalid-blank-swapped"] == {"Soest", "Breda"}
    assert named["TK2025", "invalid-blank-swapped"] == {
        *("Deventer", "Den Helder", "Voorst", "Eersel"),
    }
    assert named["GR2026", "not-reported"] == {"Velsen"}
    assert named["TK2025", "not-reported"] == {"Voorschoten", "Laarbeek"}
    assert named["GR2026", "no-first-count"] == {"Boekel", "Tynaarlo"}
    soest = invalid[invalid["municipality"] == "Soest"].iloc[0]
    assert (soest["first"], soest["official"]) == (42, 150)


@pytest.mark.parametrize(
    ("election", "outcome", "count", "estimate", "n_treated", "n_comparison"),
    [
        ("GR2026", "invalid", "first", 0.32, 9, 239),
        ("GR2026", "invalid", "official", 0.44, 11, 318),
        ("TK2025", "invalid", "first", 0.18, 5, 335),
        ("TK2025", "invalid", "official", 0.23, 5, 337),
        ("GR2026", "blank", "official", -0.09, 11, 318),
        ("GR2026", "rejected", "official", 0.35, 11, 318),
    ],
)
def test_the_effect_on_each_count(
    real: Answer,
    election: str,
    outcome: str,
    count: str,
    estimate: float,
    n_treated: int,
    n_comparison: int,
) -> None:
    rows = real.parts["effects"].set_index(["election", "outcome", "count"])
    row = rows.loc[(election, outcome, count)]
    assert round(100 * row["estimate"], 2) == estimate
    assert (row["n_treated"], row["n_comparison"]) == (n_treated, n_comparison)
    assert row["baseline_vintage"] == "official"


def test_both_counts_of_the_same_municipalities_are_compared(real: Answer) -> None:
    rows = real.parts["effects"].set_index(["election", "outcome", "count"])
    for election in ("TK2025", "GR2026"):
        first, same = (rows.loc[(election, "invalid", count)] for count in ("first", "same"))
        assert first["n_comparison"] == same["n_comparison"]
        assert first["n_treated"] == same["n_treated"]
        assert (first["vintage"], same["vintage"]) == ("provisional", "official")
        assert same["estimate"] > first["estimate"]
    without = rows.loc[("GR2026", "invalid", "first_without")]
    assert without["n_treated"] == 8


def test_what_to_expect_and_whether_it_held_before(real: Answer) -> None:
    rows = real.parts["expected"].set_index(["outcome", "group", "predicts"])
    coming = rows.loc[("invalid", "experiment", "next")]
    # Eleven municipalities, for Alphen and Midden-Delfland were counted twice at both:
    # (633 + 2,457) / (546 + 2,022).
    assert coming["n_municipalities"] == 11
    assert coming["change"] == pytest.approx(3090 / 2568 - 1)
    assert 0 < coming["change_low"] < coming["change"] < coming["change_high"]
    invalid = rows.loc[("invalid", "experiment", "GR2026")]
    assert invalid["came"] == pytest.approx(2457 / 2022 - 1)
    assert invalid["change_low"] < invalid["came"] < invalid["change_high"]
    together = rows.loc[("rejected", "experiment", "GR2026")]
    assert together["came"] > together["change_high"]
    assert any("outside the interval" in line for line in real.parts["lines"]["en"])


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_it_speaks_and_draws(real: Answer, lang: str) -> None:
    text = real.sentence(lang)
    for name in ("Soest", "Velsen", "Boekel, Tynaarlo"):
        assert name in text
    assert real.explain(lang)
    drawn = real.plot(lang).findobj(Text)
    words = " ".join(each.get_text() for each in drawn).replace("\n", " ")
    assert {"nl": "22% meer ongeldige stemmen", "en": "22% more invalid votes"}[lang] in words
    assert {"nl": "vermoedelijk verwisseld", "en": "probably swapped"}[lang] in words
    for table, columns in (
        (real.table, columns_of.SUMS),
        (real.parts["municipalities"], columns_of.MUNICIPALITIES),
        (real.parts["effects"], columns_of.EFFECTS),
        (real.parts["expected"], columns_of.EXPECTED),
    ):
        assert set(names_of(columns)) == set(table)
        assert "{" not in to_text(table, [each for each in columns if each.nl], lang)


def test_what_cannot_be_asked_is_refused(real: Answer) -> None:
    with pytest.raises(UnknownNameError, match="did you mean"):
        first_counts(load(), "GR2025")
    with pytest.raises(UnknownNameError, match="election with the new ballot"):
        first_counts(load(), "TK2023")
    with pytest.raises(EstimationError, match="a first and an official count"):
        first_counts(load(), "EP2024")


def test_without_any_election_counted_twice_nobody_is_told_of(four: Results) -> None:
    only = four.rows[four.rows["vintage"] == "official"].reset_index(drop=True)
    assert municipal_first_counts(Results(only, plan=four.plan)).empty


PLAN = """
[elections]
PS2027 = { kind = "PS", date = 2027-03-17 }

[new_ballot]
PS2027 = ["GM0513", "GM0546"]
"""
HEADER = (
    "election,municipality_code,municipality,vintage,eligible,ballots,valid,blank,invalid,"
    "rejected,source"
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A next election of which first and official counts are at hand; every count is made up."""
    rows = [HEADER]
    for code, name, first, official in (
        ("GM0484", "Alphen aan den Rijn", 130, 134),
        ("GM0513", "Gouda", 160, 200),
        ("GM0546", "Leiden", 290, 340),
        ("GM0599", "Rotterdam", 720, 730),
    ):
        for vintage, invalid in (("provisional", first), ("official", official)):
            valid = 50000 - invalid - 100
            rows.append(
                f"PS2027,{code},{name},{vintage},90000,50000,"
                f"{valid},100,{invalid},{invalid + 100},own"
            )
    (tmp_path / "design.toml").write_text(PLAN, "utf-8")
    (tmp_path / "municipal_results.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return tmp_path


def test_a_later_election_of_ones_own(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["first-counts", "--data", str(own), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    mine = [
        row
        for row in content["table"]
        if row["election"] == "PS2027" and row["outcome"] == "invalid"
    ]
    experiment, rest = mine
    # 160 + 290 and 200 + 340; 130 + 720 and 134 + 730.
    assert (experiment["first"], experiment["official"]) == (450, 540)
    assert experiment["change"] == pytest.approx(0.2)
    assert (rest["first"], rest["official"]) == (850, 864)
    # The shipped elections are still there, and predict this one.
    assert {row["election"] for row in content["table"]} == {"TK2025", "GR2026", "PS2027"}
    (came,) = [
        row
        for row in content["expected"]
        if (row["predicts"], row["group"], row["outcome"]) == ("PS2027", "experiment", "invalid")
    ]
    assert came["based_on"] == "TK2025, GR2026"
    assert came["came"] == pytest.approx(0.2)


def test_the_command_shows_each_table(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for show, column in (
        ("sums", "n_suspect"),
        ("municipalities", "status"),
        ("effect", "p_value"),
        ("next", "based_on"),
    ):
        words = ["first-counts", "-e", "PS2027", "--show", show, "--csv", "--data", str(own)]
        assert run(words) == 0
        assert column in capsys.readouterr().out.splitlines()[0].split(",")
    assert run(["first-counts", "-e", "PS2027", "--lang", "en", "--data", str(own)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "the first count had 450 (+20.0%)" in told
