"""Findings on the counts that ship: the known oddities are found by rule, and few others."""

from __future__ import annotations

import json
from itertools import pairwise

import pandas as pd
import pytest

import evaluatie
from evaluatie.answers.answer import Answer, to_json
from evaluatie.answers.quality import funnel_of, quality
from evaluatie.answers.quality.analyse import listed
from evaluatie.answers.quality.draw import funnel
from evaluatie.answers.quality.findings import COLUMNS, SEVERITIES
from evaluatie.answers.quality.run import quality_command


@pytest.fixture(scope="module")
def shipped() -> evaluatie.Results:
    # As the sources printed them: load() makes what was not reported unknown.
    return evaluatie.Results(evaluatie.load_table("municipal_results"))


@pytest.fixture(scope="module")
def exceptions() -> pd.DataFrame:
    return evaluatie.load_table("known_exceptions")


@pytest.fixture(scope="module")
def found(shipped) -> Answer:
    return quality(shipped)


@pytest.fixture(scope="module")
def unexcused(shipped, exceptions) -> pd.DataFrame:
    """Findings without the list of exceptions: what the rules say by themselves."""
    return quality(shipped, exceptions=exceptions[:0]).table


def rules_of(table: pd.DataFrame, election: str, unit: str) -> set[str]:
    here = table[(table["election"] == election) & (table["unit"] == unit)]
    return set(here.loc[here["severity"] != "info", "rule"])


@pytest.mark.parametrize(
    ("election", "unit", "rule"),
    [
        ("GR2026", "GM0342", "invalid-blank-swapped"),  # Soest
        ("GR2026", "GM0342", "eligible-copied"),
        ("GR2026", "GM0453", "not-reported"),  # Velsen
        ("TK2025", "GM0626", "not-reported"),  # Voorschoten
        ("TK2025", "GM1659", "not-reported"),  # Laarbeek
        ("TK2021", "GM0971", "invalid-zero"),  # Stein
        ("TK2025", "GM0971", "jump-invalid"),
        ("TK2025", "GM1950", "jump-invalid"),  # Westerwolde
        ("GR2026", "GM0809", "W.201"),  # Loon op Zand
        ("GR2026", "GM0809", "jump-blank"),
        ("GR2026", "GM0451", "jump-blank"),  # Uithoorn
        ("GR2026", "GM0183", "jump-blank"),  # Tubbergen
        ("TK2010", "GM0096", "ballots<=eligible"),  # Vlieland
    ],
)
def test_known_oddities_are_found_by_rule(unexcused, election, unit, rule) -> None:
    assert rule in rules_of(unexcused, election, unit)


def test_every_exception_that_is_a_count_is_found_by_a_rule(found, exceptions) -> None:
    by_rule = exceptions[~exceptions["rule"].isin(NOT_IN_COUNTS)]
    unseen = by_rule[~by_rule["note"].isin(set(found.table["known"].dropna()))]
    assert set(zip(unseen["election"], unseen["municipality_code"], strict=True)) == TOO_FAINT
    assert set(found.table["known"].dropna()) <= set(by_rule["note"])


# A date, a vote held again, another source: none can be seen in one table of counts.
NOT_IN_COUNTS = {"other-date", "vote-repeated", "sources agree"}
# Written down because somebody may ask, and within what chance and small numbers allow.
TOO_FAINT = {
    ("GR2026", "GM0088"),  # Schiermonnikoog: 7 of 661
    ("GR2026", "GM0096"),  # Vlieland: 16 of 673
    ("GR2026", "GM0981"),  # Vaals: 44 of 3,786
    ("GR2026", "GM0758"),  # Breda: exchanged is likelier, but not nine times
}


def test_what_is_known_is_for_information_and_carries_the_note(found, unexcused) -> None:
    known = found.table[found.table["known"].notna()]
    assert set(known["severity"]) == {"info"}
    assert len(found.table) == len(unexcused)
    assert unexcused["known"].isna().all()
    assert (unexcused["severity"] == "error").any()


def test_few_look_swapped(unexcused) -> None:
    swapped = unexcused[unexcused["rule"] == "invalid-blank-swapped"]
    # Soest and Deventer by their past, the others beside the official count; of Deventer that is
    # 260 and 150 first, 163 and 250 officially.
    assert sorted(swapped["unit_name"]) == ["Den Helder", "Deventer", "Eersel", "Soest", "Voorst"]
    assert set(swapped["vintage"]) == {"provisional"}


def test_raised_invalid_votes_of_the_new_ballot_are_no_finding(shipped, unexcused) -> None:
    design = evaluatie.load_design()
    share = {"invalid", "blank", "rejected"}
    for election, codes in design.new_ballot.items():
        here = unexcused[(unexcused["election"] == election) & unexcused["unit"].isin(codes)]
        remarkable = here[here["measure"].isin(share) & (here["severity"] != "info")]
        # 's-Hertogenbosch: 1.03%, the highest of the eleven by far, against peers with the
        # same ballot.
        assert set(remarkable["unit_name"]) <= {"Soest", "'s-Hertogenbosch"}


def test_few_false_alarms(found) -> None:
    asked = found.table[found.table["severity"] == "warning"]
    assert (found.table["severity"] == "error").sum() == 0
    # The same oddity in the first and in the official count is one question.
    questions = asked.drop_duplicates(["election", "unit", "rule"])
    assert len(questions) < 0.01 * found.parts["n_rows"]
    assert asked.groupby("election").size().max() < 30


def test_the_recount_added_rejections_where_the_new_ballot_was_used(found) -> None:
    group = found.table[found.table["level"] == "group"].set_index("election")
    row = group.loc["TK2025"]
    assert row["value"] == 1068
    assert row["expected"] == pytest.approx(991 * 66514 / 65997)
    assert "+7,8%" in row["sentence_nl"]
    assert "+0.8%" in row["sentence_en"]
    # The nine: 2,064 + 850 first, 2,607 + 749 officially; elsewhere +0.6%.
    assert group.loc["GR2026", ["measure", "value"]].tolist() == ["rejected", 3356]
    assert group.loc["GR2026", "expected"] == pytest.approx(2914 * 1.006, rel=0.001)


def test_a_jump_back_is_only_noted(unexcused) -> None:
    heerlen = unexcused[
        (unexcused["unit_name"] == "Heerlen") & (unexcused["rule"] == "jump-invalid")
    ]
    assert heerlen.set_index("election")["severity"].to_dict() == {
        "TK2021": "warning",
        "TK2023": "info",
    }


def test_nothing_is_repaired_and_order_does_not_matter(shipped, found) -> None:
    before = shipped.rows.copy()
    shuffled = quality(shipped.rows.sample(frac=1, random_state=7))
    pd.testing.assert_frame_equal(shipped.rows, before)
    pd.testing.assert_frame_equal(shuffled.table, found.table)


def test_judging_some_elections_says_the_same_of_them(shipped, found) -> None:
    some = quality(shipped, elections=["GR2026"]).table
    whole = found.table[found.table["election"] == "GR2026"].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, whole)


def test_judging_one_file_against_the_counts_that_ship(shipped) -> None:
    soest = shipped.where("GR2026").only("Soest").rows.drop(columns=["source", "rejected"])
    first = soest[soest["vintage"] == "provisional"]
    alone = quality(first).table
    assert "invalid-blank-swapped" not in set(alone["rule"])
    # Beside its official count it is plain without any past.
    assert "invalid-blank-swapped" in set(quality(soest).table["rule"])
    with_past = quality(first, previous=shipped).table
    assert set(with_past["unit"]) == {"GM0342"}
    assert "invalid-blank-swapped" in set(with_past["rule"])


def test_the_table_is_complete_sorted_and_worded(found) -> None:
    table = found.table
    assert list(table.columns) == COLUMNS
    place = table["severity"].map({name: i for i, name in enumerate(SEVERITIES)})
    assert place.is_monotonic_increasing
    for lang in ("nl", "en"):
        text = table[f"sentence_{lang}"]
        assert text.str.endswith(".").all()
        assert not text.str.contains("nan|None|{").any()
    assert found.findings == len(found.brief) > 0
    assert f": {len(listed(table))}." in found.sentence("en")
    assert json.loads(to_json(found.to_dict()))["table"][0]["severity"] == "warning"


def test_the_funnel_names_those_outside(shipped) -> None:
    result = funnel_of(shipped, "TK2025")
    outside = result.table[result.table["flag"] != 0]
    assert {"Stein", "Westerwolde", "Boekel"} <= set(outside["municipality"])
    assert (outside["estimate"].gt(outside["conf_high"]) == (outside["flag"] == 1)).all()
    assert 0 < result.parts["tau2"] < 1e-6
    assert str(len(outside)) in result.sentence("nl")


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_funnel_is_drawn_with_every_experiment_municipality_named(shipped, lang) -> None:
    table = funnel_of(shipped, "GR2026").table
    ax = funnel(table, lang).axes[0]
    named = {text.get_text() for text in ax.texts}
    new = table[table["group"].isin(["first use", "later use"])]
    assert named >= set(new["municipality"])
    heights = sorted(t.get_position()[1] for t in ax.texts if t.get_transform() is ax.transAxes)
    assert min(b - a for a, b in pairwise(heights)) > 0.03


def test_what_both_counts_of_a_municipality_show_is_listed_once(found, shipped) -> None:
    key = ["election", "unit", "rule"]
    table, brief = found.table, found.brief
    asked = table[table["severity"] != "info"]
    both = asked.groupby(key)["vintage"].nunique() == 2
    assert both.any()
    assert not brief.duplicated(key).any()
    assert set(map(tuple, brief[key].to_numpy())) == set(map(tuple, asked[key].to_numpy()))
    twice = brief.set_index(key).loc[both[both].index]
    assert set(twice["vintage"]) == {"official"}
    assert found.findings == len(brief)
    everything = quality_command(shipped, all=True)
    assert f"{len(everything.brief)}." in everything.sentence("en")
    n_twice = len(everything.table) - len(everything.brief)
    assert f"the same for {n_twice} of these findings" in everything.sentence("en")
