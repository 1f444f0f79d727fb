"""Reasons for invalidity: the user's table, what print leaves open, and other rules.

Every count here is SIMULATED: none is public per municipality.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import multinomial_proportions_confint

import evaluatie
from evaluatie.answers.reasons import (
    check_sums,
    counterfactuals,
    load_reasons,
    read_reasons,
    reason_changes,
    reasons,
    template,
)
from evaluatie.answers.reasons.draw import reasons as draw
from evaluatie.answers.reasons.show import RULES, SHARES
from evaluatie.counts import Results, load_table
from evaluatie.ground.errors import EstimationError, EvaluatieError, InputError, UnknownNameError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.tables import Column
from evaluatie.plan import load_design

KEYS = list(load_reasons())


@pytest.fixture(scope="module")
def shipped() -> Results:
    return evaluatie.load()


def filled(tmp_path: Path, *counts: tuple[str, str, list[int]], name: str = "own.csv") -> Path:
    """Fill in rows as a user does: (election, code, one count per reason)."""
    rows = [
        f"{election},{code},,{key},{count}"
        for election, code, own in counts
        for key, count in zip(KEYS, own, strict=True)
    ]
    path = tmp_path / name
    head = "# toelichting\nelection,municipality_code,polling_station,reason,count\n"
    path.write_text(head + "\n".join(rows) + "\n", "utf-8")
    return path


@pytest.fixture
def three(make_results: Callable[..., Results]) -> Results:
    """SIMULATED ballots of two municipalities at two elections."""
    return make_results(
        ("TK2025", "GM0147", "Borne", "official", 900, 600, 560, 10, 30, 40),
        ("TK2025", "GM0484", "Alphen", "official", 900, 400, 385, 5, 10, 15),
        ("GR2026", "GM0147", "Borne", "official", 900, 500, 485, 5, 10, 15),
        ("GR2026", "GM0484", "Alphen", "official", 900, 500, 490, 5, 5, 10),
    )


def row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    kept = table
    for name, value in wanted.items():
        kept = kept[kept[name] == value]
    assert len(kept) == 1, kept
    return kept.iloc[0]


# --- printed totals ---------------------------------------------------------------------------


def test_printed_totals_are_ranges_and_never_counts(shipped):
    found = reasons(shipped)
    assert list(found.table["election"].unique()) == ["TK2025"]
    design, other = (row(found.table, reason=name) for name in ("design", "any"))
    assert design["basis"] == "printed"
    assert (design["share_ballots_low"], design["share_ballots_high"]) == pytest.approx(
        (0.00315, 0.00325)
    )
    # 0.48% less 0.32%, each to half a unit of its last decimal.
    assert (other["share_ballots_low"], other["share_ballots_high"]) == pytest.approx(
        (0.0015, 0.0017)
    )
    # "More than a third" is a lower bound on the other reasons; print gives the upper one.
    assert other["share_invalid_low"] == pytest.approx(1 / 3)
    assert other["share_invalid_high"] == pytest.approx(1 - 0.315 / 0.485)
    assert design["share_invalid_high"] == pytest.approx(2 / 3)
    # Whole ballots of 131,478: 0.315% is 414.2 and 0.325% is 427.3.
    assert (design["count_low"], design["count_high"]) == (415, 427)
    for name in ("count", "share_invalid", "share_ballots"):
        assert pd.isna(design[name])
    assert "0,315%" in found.sentence("nl")
    assert "415" in found.sentence("en")


def test_contradicting_print_is_an_error(tmp_path):
    worse = load_table("published_figures")
    worse.loc[worse["id"] == "PF015", "value"] = "0.45"
    worse.to_csv(tmp_path / "published_figures.csv", index=False)
    with pytest.raises(InputError, match="contradict"):
        reasons(evaluatie.load(data=tmp_path))


def test_without_anything_the_template_is_pointed_at(shipped):
    with pytest.raises(EstimationError, match="neither counts") as caught:
        reasons(shipped.where(["GR2022", "GR2026"]))  # of GR2026 no reasons were printed
    assert "--template" in str(caught.value)


# --- template and reader ----------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_template_filled_in_reads_back(tmp_path, lang):
    text = template("TK2025", lang=lang)
    five = load_design().treated("TK2025")
    assert all(reason.words(lang) in text for reason in load_reasons().values())
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) == 1 + len(five) * len(KEYS)
    path = tmp_path / "own.csv"
    counts = [lines[0], *(f"{line}{number}" for number, line in enumerate(lines[1:]))]
    comments = [line for line in text.splitlines() if line.startswith("#")]
    path.write_text("\n".join([*comments, *counts]) + "\n", "utf-8")
    table = read_reasons(path)
    assert len(table) == len(five) * len(KEYS)
    assert set(table["municipality_code"]) == set(five)
    assert table["count"].sum() == sum(range(len(five) * len(KEYS)))


def test_empty_template_and_municipalities_left_open(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text(template("TK2025"), "utf-8")
    with pytest.raises(InputError, match="no count is filled in"):
        read_reasons(path)
    text = template("TK2025").replace(",party_only,\n", ",party_only,1\n", 1)
    path.write_text(text, "utf-8")
    with pytest.raises(InputError, match="'several_parties' is not filled in") as caught:
        read_reasons(path)
    assert "GM0484" in str(caught.value)


def test_template_needs_municipalities():
    with pytest.raises(InputError, match="name the municipalities"):
        template("TK2021")
    assert "GM0003" in template("TK2021", ["GM0003"])
    with pytest.raises(UnknownNameError):
        template("TK2024")


def test_stations_add_up_to_the_municipality(tmp_path):
    counts = [3, 0, 2, 0, 0, 0, 1, 4]
    path = filled(tmp_path, ("TK2025", "GM0147", counts))
    whole = read_reasons(path)
    stations = [
        f"TK2025,GM0147,{station},{key},{count if station == 'SB1' else 0}"
        for station in ("SB1", "SB2")
        for key, count in zip(KEYS, counts, strict=True)
    ]
    apart = tmp_path / "stations.csv"
    head = "election;municipality_code;polling_station;reason;count"
    apart.write_text("\n".join([head, *(s.replace(",", ";") for s in stations)]), "utf-8")
    pd.testing.assert_frame_equal(read_reasons(apart), whole)
    both = tmp_path / "both.csv"
    both.write_text(path.read_text("utf-8") + "\n".join(stations) + "\n", "utf-8")
    pd.testing.assert_frame_equal(read_reasons(both), whole)
    wrong = both.read_text("utf-8").replace(
        "TK2025,GM0147,,several_parties,3", "TK2025,GM0147,,several_parties,9"
    )
    both.write_text(wrong, "utf-8")
    with pytest.raises(InputError, match="do not add up") as caught:
        read_reasons(both)
    assert (caught.value.value, caught.value.expected) == (3, 9)


HEAD = "election,municipality_code,polling_station,reason,count\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a readable table"),
        ("# only a comment\n", "not a readable table"),
        ("election,count\nTK2025,3\n", "'municipality_code' is missing"),
        (HEAD + "TK2025,GM0147,,several_partis,3\n", "several_parties"),
        (HEAD + "TK2025,GM0147,,unclear,-3\n", "too small"),
        (HEAD + "TK2025,GM0147,,unclear,3.5\n", "whole number"),
        (HEAD + "TK2025,GM0147,,unclear,drie\n", "count"),
        (HEAD + "TK2025,0147,,unclear,3\n", "municipality_code"),
        (HEAD + "TK2025,GM0147,,unclear,3\n" * 2, "twice"),
        (HEAD + "TK2025,GM0147,,unclear,3,4,5\n", "line 2: the rows have more cells than the"),
        (HEAD + "TK2025,GM0147,,unclear,3\n" * 2 + "# x\n\na,b,c,d,3,4\n", "line 6, saw 6"),
        (HEAD + "TK2025,GM0147,,unclear,3\n", "not filled in"),
        (HEAD + 'TK2025,GM0147,"a,unclear,3\n', "not a readable table"),
        ("# one\n# two\n" + HEAD + "# three\nTK2025,GM0147,,unclear,x\n", "line 5"),
    ],
)
def test_bad_tables_are_one_clear_error(tmp_path, text, message):
    path = tmp_path / "bad.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(EvaluatieError, match=message) as caught:
        read_reasons(path)
    assert "bad.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unreadable_tables(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_reasons(tmp_path / "absent.csv")
    path = tmp_path / "latin.csv"
    path.write_bytes(HEAD.encode() + "TK2025,GM0147,é,unclear,3\n".encode("latin-1"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_reasons(path)


def test_the_list_of_reasons_is_whole():
    known = load_reasons()
    assert {reason.group for reason in known.values()} == {"design", "any", "valid"}
    assert {reason.rests for reason in known.values()} <= {"annex", "letter", "decree", "law"}
    # Other rules of validity ask after these by name.
    assert {"party_only", "nonexistent_number"} <= set(known)


def test_sums_against_the_invalid_votes(tmp_path, three):
    table = read_reasons(
        filled(
            tmp_path,
            ("TK2025", "GM0147", [10, 5, 5, 0, 5, 5, 0, 50]),
            ("TK2025", "GM0484", [10, 5, 5, 0, 5, 5, 0, 50]),
        )
    )
    found = check_sums(table, three).set_index("municipality_code")
    # Party-only marks are valid and not in the sum.
    assert list(found["sum"]) == [30, 30]
    assert list(found["agrees"]) == [True, False]
    assert "1 gemeenten" in reasons(three, table).sentence("nl")


# --- shares, changes, counterfactuals ---------------------------------------------------------


def test_shares_by_hand_and_simultaneous_intervals(tmp_path, three):
    counts = [10, 5, 5, 0, 5, 5, 0, 50]
    table = read_reasons(filled(tmp_path, ("TK2025", "GM0147", counts)))
    found = reasons(three, table).table
    first = row(found, reason=KEYS[0])
    assert first["share_invalid"] == pytest.approx(10 / 30)
    assert first["share_ballots"] == pytest.approx(10 / 600)
    assert first["design_effect"] == 1
    expected = multinomial_proportions_confint(counts[:7], 0.05, "goodman")
    assert first["share_invalid_low"] == pytest.approx(expected[0, 0])
    assert first["share_invalid_high"] == pytest.approx(expected[0, 1])
    design = row(found, level="group", reason="design")
    assert design["count"] == 20
    assert design["share_invalid"] == pytest.approx(20 / 30)
    party = row(found, level="valid")
    assert party["share_ballots"] == pytest.approx(50 / 600)
    assert pd.isna(party["share_invalid"])
    levels = found.groupby("level")["share_invalid"].sum()
    assert levels["reason"] == pytest.approx(1)
    assert levels["group"] == pytest.approx(1)


def test_municipalities_that_differ_widen_the_interval(tmp_path, three):
    alike = [[20, 0, 10, 0, 10, 0, 0, 5]] * 2
    apart = [[40, 0, 0, 0, 0, 0, 0, 5], [0, 0, 20, 0, 20, 0, 0, 5]]
    widths, effects = [], []
    for name, pair in (("alike.csv", alike), ("apart.csv", apart)):
        path = filled(
            tmp_path, ("TK2025", "GM0147", pair[0]), ("TK2025", "GM0484", pair[1]), name=name
        )
        first = row(reasons(three, read_reasons(path)).table, reason=KEYS[0])
        assert first["share_invalid"] == pytest.approx(0.5)
        widths.append(first["share_invalid_high"] - first["share_invalid_low"])
        effects.append(first["design_effect"])
    assert effects[0] == 1
    assert effects[1] == pytest.approx(80 / 2)  # all of X² is there, on two degrees of freedom
    assert widths[1] > 2 * widths[0]


def test_counts_take_the_place_of_print(tmp_path, three):
    path = filled(tmp_path, ("TK2025", "GM0147", [10, 5, 5, 0, 5, 5, 0, 50]))
    found = reasons(three, read_reasons(path)).table
    assert set(found["basis"]) == {"counts"}


def test_change_between_elections_by_hand(tmp_path, three):
    table = read_reasons(
        filled(
            tmp_path,
            ("TK2025", "GM0147", [30, 0, 0, 0, 0, 0, 0, 6]),
            ("TK2025", "GM0484", [10, 0, 0, 0, 0, 0, 0, 4]),
            ("GR2026", "GM0147", [10, 0, 0, 0, 0, 0, 0, 6]),
            ("GR2026", "GM0484", [5, 0, 0, 0, 0, 0, 0, 4]),
        )
    )
    found = reason_changes(table, three, "GR2026", "TK2025")
    design = row(found.table, reason="design")
    assert design["before"] == pytest.approx(40 / 1000)
    assert design["after"] == pytest.approx(15 / 1000)
    assert design["estimate"] == pytest.approx(-0.025)
    # Leaving out one of two: 5/500 - 10/400 and 10/500 - 30/600.
    left = np.array([5 / 500 - 10 / 400, 10 / 500 - 30 / 600])
    error = np.sqrt(1 / 2 * ((left - left.mean()) ** 2).sum())
    assert (design["conf_high"] - design["estimate"]) / error > 12.7  # t, one degree, Bonferroni
    for lang in LANGUAGES:
        assert "TK2025" in found.sentence(lang)
    with pytest.raises(UnknownNameError):
        reason_changes(table, three, "GR2026", "EP2024")


def test_change_in_a_single_municipality(tmp_path, three):
    table = read_reasons(
        filled(
            tmp_path,
            ("TK2025", "GM0147", [30, 0, 0, 0, 0, 0, 0, 6]),
            ("GR2026", "GM0147", [10, 0, 0, 0, 0, 0, 0, 6]),
        )
    )
    design = row(reason_changes(table, three, "GR2026", "TK2025").table, reason="design")
    assert design["method"].startswith("Newcombe")
    assert design["conf_low"] < 10 / 500 - 30 / 600 < design["conf_high"]


def test_other_rules_by_hand(tmp_path, three):
    counts = [10, 5, 5, 0, 5, 5, 0, 50]
    table = read_reasons(filled(tmp_path, ("TK2025", "GM0147", counts)))
    found = counterfactuals(table, three)
    rules = found.table.set_index("rule")
    assert rules.at["as_held", "invalid"] == 30
    assert (
        rules.at["nonexistent_counts", "invalid"] == 30 - counts[KEYS.index("nonexistent_number")]
    )
    assert rules.at["party_only_invalid", "invalid"] == 30 + counts[KEYS.index("party_only")]
    assert rules.at["party_only_invalid", "share"] == pytest.approx(80 / 600)
    for lang in LANGUAGES:
        assert found.sentence(lang)
        assert found.explain(lang)


def cells(table: pd.DataFrame, columns: tuple[Column, ...], name: str, lang: str) -> list[str]:
    column = next(each for each in columns if each.name == name and each.show)
    return [column.cell(each, lang) for each in table.to_dict(orient="records")]


def test_texts_for_readers(tmp_path, three, shipped):
    printed = reasons(shipped).table
    assert cells(printed, SHARES, "count", "nl") == ["415 tot 427", "198 tot 223"]
    assert cells(printed, SHARES, "share_ballots", "nl")[0] == "0,315% tot 0,325%"
    table = read_reasons(filled(tmp_path, ("TK2025", "GM0147", [10, 5, 5, 0, 5, 5, 0, 50])))
    found = reasons(three, table).table
    at = list(found["reason"]).index(KEYS[0])
    assert cells(found, SHARES, "reason", "en")[at] == "more than one party marked"
    assert cells(found, SHARES, "count", "en")[at] == "10"
    assert cells(found, SHARES, "share_invalid", "en")[at].startswith("33.3% (")
    assert cells(found, SHARES, "share_invalid", "en")[list(found["level"]).index("valid")] == "."
    rules = cells(counterfactuals(table, three).table, RULES, "rule", "nl")
    assert rules[1] == "niet-bestaand nummer telt voor de lijst"


def test_other_rules_need_ballots(tmp_path, shipped):
    path = filled(tmp_path, ("EP2024", "GM0147", [1] * len(KEYS)))
    with pytest.raises(EstimationError, match="number of ballots is not known"):
        counterfactuals(read_reasons(path), shipped)


def test_municipality_without_invalid_ballots(tmp_path, three):
    found = reasons(three, read_reasons(filled(tmp_path, ("TK2025", "GM0147", [0] * 8)))).table
    assert found["count"].eq(0).all()
    assert found["share_invalid"].isna().all()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_draw(tmp_path, three, shipped, lang):
    path = filled(
        tmp_path,
        ("TK2025", "GM0147", [10, 5, 5, 0, 5, 5, 0, 50]),
        ("TK2025", "GM0484", [3, 2, 1, 0, 2, 2, 0, 20]),
    )
    for name, table in (
        ("print", reasons(shipped).table),
        ("counts", reasons(three, read_reasons(path)).table),
    ):
        draw(table, lang).savefig(tmp_path / f"{name}.svg")
        assert (tmp_path / f"{name}.svg").stat().st_size > 5_000
