"""Evidence on the subjects of the evaluation, and reasons for invalidity as a part of it.

Every count of a reason here is SIMULATED: none is public per municipality.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import evaluatie
from evaluatie.answers.evidence import counting, evidence, load_reasons, reasons, rules
from evaluatie.answers.evidence.draw import reasons as draw
from evaluatie.answers.evidence.show import REASONS, RULES, SUBJECTS, by_subject
from evaluatie.answers.evidence.table import collected, write_template
from evaluatie.counts import Results, load_table
from evaluatie.counts.schema import SUBJECTS as DECLARED
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import EstimationError, InputError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.tables import Column
from evaluatie.ground.words import say

KEYS = list(load_reasons())
HEAD = ",".join(TABLES["evidence"].names)


@pytest.fixture(scope="module")
def shipped() -> Results:
    return evaluatie.load()


@pytest.fixture
def three(make_results: Callable[..., Results]) -> Results:
    """SIMULATED ballots of two municipalities at two elections."""
    return make_results(
        ("TK2025", "GM0147", "Borne", "official", 900, 600, 560, 10, 30, 40),
        ("TK2025", "GM0484", "Alphen", "official", 900, 400, 385, 5, 10, 15),
        ("GR2026", "GM0147", "Borne", "official", 900, 500, 485, 5, 10, 15),
    )


def filled(tmp_path: Path, *counts: tuple[str, str, list[int]], name: str = "own.csv") -> Path:
    """Fill in rows as a user does: (election, code, one count per reason)."""
    rows = [
        f"reasons,{election},{code},{key},{count},ballots,,own,bijlage,2026-04-01,,,,"
        for election, code, own in counts
        for key, count in zip(KEYS, own, strict=True)
    ]
    path = tmp_path / name
    path.write_text("\n".join(["# toelichting", HEAD, *rows]) + "\n", "utf-8")
    return path


def row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    kept = table
    for name, value in wanted.items():
        kept = kept[kept[name] == value]
    assert len(kept) == 1, kept
    return kept.iloc[0]


def cells(table: pd.DataFrame, columns: tuple[Column, ...], name: str, lang: str) -> list[str]:
    column = next(each for each in columns if each.name == name and each.show)
    return [column.cell(each, lang) for each in table.to_dict(orient="records")]


# --- the shipped rows -------------------------------------------------------------------------


def test_a_row_that_is_a_printed_figure_has_its_value_and_source() -> None:
    rows = load_table("evidence")
    figures = load_table("published_figures").set_index("id")
    linked = rows.dropna(subset=["figure"])
    assert linked["figure"].is_unique
    for each in linked.itertuples():
        figure = figures.loc[each.figure]
        assert each.source == figure["source_title"]
        assert pd.isna(each.value) or each.value == float(figure["value"])


def test_what_was_not_seen_has_no_value() -> None:
    rows = load_table("evidence")
    unseen = rows[rows["measure"].isin(["named", "timed", "surveyed", "faster"])]
    assert len(unseen) >= 11
    assert unseen["value"].isna().all()
    # Costs and information: nothing was found, and so nothing stands there.
    assert set(DECLARED) - set(rows["subject"]) == {"costs", "information"}


def test_differences_of_the_count_by_hand(shipped: Results) -> None:
    table = counting(shipped).table.set_index("group")
    # Added up from the 28 records: 56 + 98 of 420,469 ballots, 64 + 59 of 387,998.
    assert table.loc["experiment", ["n_municipalities", "count", "total"]].tolist() == [
        *(11, 154, 420_469)
    ]
    assert table.loc["comparison", ["n_municipalities", "count", "total"]].tolist() == [
        *(17, 123, 387_998)
    ]
    said = counting(shipped).sentence("nl")
    assert "3,7 op de 10.000" in said
    assert "3,2" in said
    assert "weinig verschil" in said


def test_differences_need_both_groups(three: Results) -> None:
    only = load_table("evidence")
    only = only[only["group"].isin(["GM0484", "GM0513"]) & (only["subject"] == "counting")]
    three._tables["evidence"] = only
    with pytest.raises(EstimationError, match="no voters admitted"):
        counting(three)


# --- what is in -------------------------------------------------------------------------------


def test_every_subject_stands_there_with_what_is_in(shipped: Results) -> None:
    found = evidence(shipped)
    table = found.table
    assert list(dict.fromkeys(table["subject"])) == list(DECLARED)
    assert list(dict.fromkeys(table["election"])) == ["EP2024", "TK2025", "GR2026"]
    latest = table[table["election"] == "GR2026"].set_index("subject")
    have = latest.index[latest["counted"] | (latest["n_rows"] > 0)]
    assert list(have) == ["invalid", "learning", "personal_vote", "counting"]
    assert (found.parts["n_subjects"], found.parts["n_empty"]) == (13, 9)
    # Learning needs a second time, invalid votes a count of this kind: EP2024 has neither.
    assert not table.loc[table["election"] == "EP2024", "counted"].any()
    said = dict(zip(DECLARED, cells(by_subject(table), SUBJECTS, "latest", "nl"), strict=True))
    assert said["costs"] == "nog niet ontvangen"
    assert said["invalid"] == "officiële tellingen (GR26)"
    before = dict(zip(DECLARED, cells(by_subject(table), SUBJECTS, "before", "en"), strict=True))
    assert before["costs"] == "nothing found"
    assert before["counting"] == "reported in words: faster (TK25)"


def test_the_words_follow_from_how_many_subjects_have_something(
    shipped: Results, tmp_path: Path
) -> None:
    assert "nog geen cijfers" in evidence(shipped).sentence("nl")
    own = tmp_path / "own.csv"
    wanted = ("costs", "information", "voters")
    lines = [f"{each},GR2026,experiment,a; b,1.5,euro,,own,x,2026-10,3,,," for each in wanted]
    own.write_text("\n".join([HEAD, *lines]) + "\n", "utf-8")
    found = evidence(shipped, own)
    assert found.parts["n_empty"] == 6
    assert "nog geen cijfers" not in found.sentence("nl")
    said = dict(
        zip(DECLARED, cells(by_subject(found.table), SUBJECTS, "latest", "en"), strict=True)
    )
    assert said["costs"] == "a (GR26); b (GR26)"


def test_own_rows_take_the_place_of_shipped_ones(shipped: Results, tmp_path: Path) -> None:
    rows = load_table("evidence")
    same = rows[rows["measure"] == "faster"].assign(value=2.0, unit="minutes")
    path = tmp_path / "evidence.csv"
    same.to_csv(path, index=False)
    for found in (collected(shipped, path), collected(evaluatie.load(data=tmp_path))):
        assert len(found) == len(rows)
        assert row(found, measure="faster")["value"] == 2.0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_template_explains_every_column_and_reads_back(
    shipped: Results, tmp_path: Path, lang: str
) -> None:
    path = tmp_path / "new.csv"
    write_template(path, lang)
    text = path.read_text("utf-8")
    for name in (*TABLES["evidence"].names, *DECLARED, *KEYS):
        assert re.search(rf"^# {name}: \S", text, re.MULTILINE), name
    assert text.endswith(f"\n{HEAD}\n")
    pd.testing.assert_frame_equal(collected(shipped, path), load_table("evidence"))
    with pytest.raises(InputError, match="there already"):
        write_template(path)
    assert path.read_text("utf-8") == text


GOOD = "reasons,TK2025,GM0147,unclear,3,ballots,,own,x,2026,,,,"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ("the file is empty",)),
        ("# only a comment\n", ("the file is empty",)),
        ("subject,election\ncosts,TK2025\n", ("columns 'group'", "are missing")),
        (
            f"# a\n{HEAD}\n# b\n" + GOOD.replace("reasons", "reason"),
            ("line 4", "subject", "found reason;"),
        ),
        (f"{HEAD}\n{GOOD}\n" + GOOD.replace("unclear,3", "other_ballot,drie"), ("line 3", "drie")),
        (f"{HEAD}\n" + GOOD.replace("own", "mine"), ("line 2", "status", "mine", "second-hand")),
        (f"{HEAD}\n{GOOD}\n\n{GOOD}", ("line 4", "twice")),
        (f"{HEAD}\n" + GOOD.replace("unclear", "unclaer"), ("line 2", "measure", "unclaer")),
        (f"# x\n\n{HEAD}\n" + GOOD.replace("GM0147", "Borne"), ("line 4", "group", "Borne", "CBS")),
        (f"{HEAD}\n" + GOOD.replace(",3,", ",2.5,"), ("line 2", "value", "2.5", "whole number")),
        (f"{HEAD}\n" + GOOD.replace(",3,", ",-1,"), ("line 2", "value", "-1")),
        (f"{HEAD}\n" + GOOD.replace(",3,", ",,"), ("line 2", "value", "nothing", "0 for none")),
        (f"{HEAD}\n" + GOOD.replace("2026", ""), ("line 2", "source_date is empty")),
    ],
)
def test_a_bad_row_is_one_clear_line(
    shipped: Results, tmp_path: Path, text: str, parts: tuple[str, ...]
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text + "\n", "utf-8")
    with pytest.raises(InputError) as caught:
        evidence(shipped, path)
    told = str(caught.value)
    assert "\n" not in told
    for part in ("bad.csv", *parts):
        assert part in told or part in (caught.value.rule or "")


def test_every_key_of_a_shipped_row_has_words() -> None:
    rows = load_table("evidence")
    for kind, keys in (
        ("measure", rows["measure"]),
        ("subject", DECLARED),
        ("whom", rows["group"]),
    ):
        for key in set(keys):
            assert key.startswith("GM") or say(f"evidence.{kind}_{key}", "nl")


# --- reasons from print -----------------------------------------------------------------------


def test_printed_totals_are_ranges_and_never_counts(shipped: Results) -> None:
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
    assert "at most 0.325%" in found.sentence("en")
    assert cells(found.table, REASONS, "count", "nl") == ["415 tot 427", "198 tot 223"]


def test_contradicting_print_is_an_error(tmp_path: Path) -> None:
    worse = load_table("published_figures")
    worse.loc[worse["id"] == "PF015", "value"] = "0.45"
    worse.to_csv(tmp_path / "published_figures.csv", index=False)
    with pytest.raises(InputError, match="contradict"):
        reasons(evaluatie.load(data=tmp_path))


def test_without_anything_the_template_is_pointed_at(shipped: Results) -> None:
    with pytest.raises(EstimationError, match="--template"):
        reasons(shipped.where(["GR2022", "GR2026"]))  # of GR2026 no reasons were printed
    with pytest.raises(EstimationError, match="--template"):
        rules(shipped)


# --- reasons from counts ----------------------------------------------------------------------


def test_counts_and_shares_by_hand(tmp_path: Path, three: Results) -> None:
    counts = [10, 5, 5, 0, 5, 5, 0, 50]
    found = reasons(three, filled(tmp_path, ("TK2025", "GM0147", counts)))
    assert set(found.table["basis"]) == {"counts"}  # they take the place of print
    first = row(found.table, reason=KEYS[0])
    assert first["share_invalid"] == pytest.approx(10 / 30)
    assert first["share_ballots"] == pytest.approx(10 / 600)
    design = row(found.table, level="group", reason="design")
    assert design["count"] == 20
    assert design["share_invalid"] == pytest.approx(20 / 30)
    party = row(found.table, level="valid")
    assert party["share_ballots"] == pytest.approx(50 / 600)
    assert pd.isna(party["share_invalid"])
    levels = found.table.groupby("level")["share_invalid"].sum()
    assert levels["reason"] == pytest.approx(1)
    assert levels["group"] == pytest.approx(1)
    assert found.parts["sums"]["agrees"].tolist() == [True]
    assert "66,7%" in found.sentence("nl")
    assert cells(found.table, REASONS, "share_invalid", "en")[2] == "33.3%"
    assert cells(found.table, REASONS, "reason", "en")[2] == "more than one party marked"
    assert cells(found.table, REASONS, "share_invalid", "en")[-1] == "."


def test_municipalities_are_added_up(tmp_path: Path, three: Results) -> None:
    path = filled(
        tmp_path,
        ("TK2025", "GM0147", [10, 5, 5, 0, 5, 5, 0, 50]),
        ("TK2025", "GM0484", [3, 2, 1, 0, 2, 1, 0, 20]),
    )
    found = reasons(three, path)
    first = row(found.table, reason=KEYS[0])
    assert (first["count"], first["n_municipalities"]) == (13, 2)
    assert first["share_ballots"] == pytest.approx(13 / 1000)
    # Alphen has 10 invalid votes and 9 reasons.
    assert found.parts["sums"]["agrees"].tolist() == [True, False]
    assert "In 1 municipality the reasons do not add up" in found.sentence("en")


def test_other_rules_by_hand(tmp_path: Path, three: Results) -> None:
    path = filled(tmp_path, ("TK2025", "GM0147", [10, 5, 4, 0, 5, 6, 0, 50]))
    found = rules(three, path)
    table = found.table.set_index("rule")
    assert table["invalid"].to_dict() == {
        "as_held": 30,
        "nonexistent_counts": 26,
        "party_only_invalid": 80,
    }
    assert table.at["party_only_invalid", "share"] == pytest.approx(80 / 600)
    assert "4 minder" in found.sentence("nl")
    assert cells(found.table, RULES, "rule", "nl")[1] == "niet-bestaand nummer telt voor de lijst"


def test_without_ballots_counts_stay_and_shares_do_not(tmp_path: Path, shipped: Results) -> None:
    path = filled(tmp_path, ("EP2024", "GM0147", [1] * len(KEYS)))
    table = rules(shipped, path).table
    assert table["change"].tolist() == [0, -1, 1]
    assert table["share"].isna().all()
    assert row(reasons(shipped, path).table, reason="unclear")["count"] == 1


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([GOOD], "'several_parties' is not filled in"),
        ([GOOD, GOOD.replace(",x,", ",y,")], "two rows count one reason"),
    ],
)
def test_counts_of_a_municipality_are_whole_and_once(
    tmp_path: Path, three: Results, lines: list[str], words: str
) -> None:
    path = tmp_path / "own.csv"
    path.write_text("\n".join([HEAD, *lines]) + "\n", "utf-8")
    with pytest.raises(InputError, match=words) as caught:
        reasons(three, path)
    assert "GM0147" in str(caught.value)


def test_municipality_without_invalid_ballots(tmp_path: Path, three: Results) -> None:
    found = reasons(three, filled(tmp_path, ("TK2025", "GM0147", [0] * 8))).table
    assert found["count"].eq(0).all()
    assert found["share_invalid"].isna().all()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_draw(tmp_path: Path, three: Results, shipped: Results, lang: str) -> None:
    path = filled(tmp_path, ("TK2025", "GM0147", [10, 5, 5, 0, 5, 5, 0, 50]))
    for name, table in (
        ("print", reasons(shipped).table),
        ("counts", reasons(three, path).table),
    ):
        draw(table, lang).savefig(tmp_path / f"{name}.svg")
        assert (tmp_path / f"{name}.svg").stat().st_size > 5_000
