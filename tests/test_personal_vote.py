"""The personal vote: by hand, on shipped counts, and on simulated effects (labelled so)."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import synthetic_eml as synthetic

from evaluatie.answers.answer import Answer
from evaluatie.answers.personal_vote import (
    MEASURES,
    load_candidates,
    measures,
    personal_vote,
    show,
    summarise,
)
from evaluatie.answers.personal_vote.run import personal_vote_command
from evaluatie.answers.personal_vote.statements import statements
from evaluatie.answers.statement import speak
from evaluatie.cli import run
from evaluatie.counts import load, load_table
from evaluatie.ground.errors import EstimationError, EvaluatieError, InputError, UnknownNameError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.plan import load_design

PLAN = load_design()
FIVE = PLAN.treated("TK2025")


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return load_candidates()


@pytest.fixture(scope="module")
def votes() -> pd.DataFrame:
    """Every candidate of GR2026."""
    return load_table("candidate_votes", elections=["GR2026"])


@pytest.fixture(scope="module")
def found():
    return personal_vote(load())


def of(candidates: pd.DataFrame, election: str | None = None) -> Answer:
    """The answer from these votes on candidates, the plan and the other tables as shipped."""
    return personal_vote(load(), election, candidates=candidates)


def candidates(*votes: tuple[str, int, list[int]], election: str = "TK2021") -> pd.DataFrame:
    """Synthetic candidates: municipality, list number, votes on numbers 1, 2, …"""
    rows = [
        {
            "election": election,
            "municipality_code": code,
            "list_number": number,
            "list_name": f"Lijst {number}",
            "candidate_number": place,
            "candidate_name": f"Kandidaat {number}.{place}",
            "votes": count,
            "source": "synthetic",
        }
        for code, number, own in votes
        for place, count in enumerate(own, 1)
    ]
    return pd.DataFrame(rows)


def row(table: pd.DataFrame, **wanted: object) -> pd.Series:
    kept = table
    for name, value in wanted.items():
        kept = kept[kept[name] == value]
    assert len(kept) == 1, kept
    return kept.iloc[0]


# --- the condensed table --------------------------------------------------------------------


def test_condensed_by_hand():
    found = summarise(candidates(("GM0001", 3, [50, 20, 10, 5, 15])))
    only = found.iloc[0]
    assert only["votes"] == 100
    assert only["votes_first"] == 50
    assert only["votes_namesake"] == 10
    assert only["votes_beside"] == 20 + 5
    assert only["votes_last"] == 15
    assert (only["votes_favourite"], only["votes_beside_favourite"]) == (20, 10)
    assert (only["n_candidates"], only["n_candidates_with_votes"]) == (5, 5)
    assert only["concentration"] == pytest.approx(100**2 / (2500 + 400 + 100 + 25 + 225), abs=1e-4)


@pytest.mark.parametrize(
    ("number", "votes", "expected"),
    [
        (1, [7, 3], {"votes_namesake": None, "votes_beside": 3, "votes_last": 3}),
        (2, [7, 3, 1], {"votes_namesake": 3, "votes_beside": 1}),
        (9, [7, 3], {"votes_namesake": None, "votes_beside": 0, "votes_last": 3}),
        (1, [7], {"votes_last": None, "votes_favourite": 0, "votes_beside_favourite": 0}),
        (5, [0, 0], {"votes": 0, "concentration": None, "n_candidates_with_votes": 0}),
        (4, [1, 5, 5, 2], {"votes_favourite": 5, "votes_beside_favourite": 5}),
        (4, [10, 10], {"concentration": 2.0}),
    ],
)
def test_condensed_at_the_edges(number, votes, expected):
    only = summarise(candidates(("GM0001", number, votes))).iloc[0]
    for name, value in expected.items():
        assert pd.isna(only[name]) if value is None else only[name] == value, name


def test_polling_stations_are_added_up():
    whole = candidates(("GM0001", 3, [50, 20, 10]), ("GM0002", 3, [5, 2, 1]))
    one, two = whole.copy(), whole.copy()
    one["votes"], two["votes"] = whole["votes"] // 2, whole["votes"] - whole["votes"] // 2
    stations = pd.concat([one.assign(polling_station="SB1"), two.assign(polling_station="SB2")])
    pd.testing.assert_frame_equal(summarise(stations), summarise(whole))
    # Stations and the municipality's own row say the same votes, not twice as many.
    twice = pd.concat([stations, whole.assign(polling_station=None)])
    pd.testing.assert_frame_equal(summarise(twice), summarise(whole))


def test_who_had_the_same_candidates_is_numbered():
    rows = candidates(*((f"GM000{n}", 2, [9, 4, 3]) for n in range(1, 4)))
    other = (rows["municipality_code"] == "GM0002") & (rows["candidate_number"] == 3)
    rows.loc[other, "candidate_name"] = "Iemand anders"
    found = summarise(rows)
    assert list(found["same_last"]) == [1, 2, 1]
    # Number 3 stands beside the list's own number 2.
    assert list(found["same_namesake"]) == [1, 2, 1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(columns="votes"), "column 'votes' is missing"),
        (lambda rows: rows.iloc[:0], "no votes of candidates"),
        (lambda rows: rows.assign(votes=-1), "votes below zero"),
        (lambda rows: rows.assign(candidate_number=pd.NA), "short code only"),
    ],
)
def test_bad_candidates_are_one_clear_error(change, message):
    with pytest.raises(InputError, match=message):
        summarise(change(candidates(("GM0001", 1, [1, 2]))))


def test_shipped_votes_are_the_official_ones(shipped):
    lists = load_table("list_votes", elections=["GR2022", "GR2026", "TK2021", "TK2023"])
    both = shipped.merge(
        lists, on=["election", "municipality_code", "list_name"], suffixes=("", "_official")
    )
    # A list without a name bears that of its leader there: Tynaarlo, 2022.
    assert len(both) == len(shipped) - 1
    off = (both["votes"] - both["votes_official"]).abs().groupby(both["election"]).sum()
    # TK2021 to the vote; the files of TK2023 are from before corrigenda, as their caveat says.
    assert off.to_dict() == {"GR2022": 0, "GR2026": 0, "TK2021": 0, "TK2023": 327}
    municipalities = shipped.groupby("election")["municipality_code"].nunique()
    assert municipalities.to_dict() == {"GR2022": 26, "GR2026": 28, "TK2021": 352, "TK2023": 342}
    assert set(FIVE) <= set(shipped["municipality_code"])


def test_own_rows_come_on_top(shipped, tmp_path):
    own = shipped[shipped["election"] == "TK2023"].head(3).assign(election="TK2025")
    (tmp_path / "candidate_summary").mkdir()
    own.to_csv(tmp_path / "candidate_summary" / "TK2025.csv", index=False)
    assert len(load_candidates(tmp_path, elections=["TK2025"])) == 3


def test_parts_larger_than_the_whole_are_refused(shipped, tmp_path):
    own = shipped.head(2).assign(election="TK2025", votes_first=10**6)
    own.to_csv(tmp_path / "candidate_summary.csv", index=False)
    with pytest.raises(InputError, match="do not add up") as caught:
        load_candidates(tmp_path)
    assert caught.value.rule == "votes_first<=votes"


# --- one municipality -------------------------------------------------------------------------


def test_measures_of_a_council_by_hand():
    own = [("GM0001", 1, [50, 30, 20]), ("GM0001", 2, [40, 25, 10, 5])]
    own += [("GM0001", 3, [10, 5, 3, 2]), ("GM0002", 1, [30, 70]), ("GM0002", 2, [60, 40])]
    one, other = measures(summarise(candidates(*own))).to_dict(orient="records")
    assert one["votes"] == 200
    assert one["preference"] == pytest.approx(100 / 200)
    assert one["leader"] == pytest.approx(100 / 200)
    effective = [100**2 / 3800, 80**2 / 2350, 20**2 / 138]
    assert one["concentration"] == pytest.approx(np.average(effective, weights=[100, 80, 20]), 1e-4)
    # Number 2 of list 2 and number 3 of list 3; beside them 3 (1 leads), and 2 and 4.
    assert one["own_number"] == pytest.approx((25 + 3) / (80 + 20))
    assert one["beside"] == pytest.approx((10 + (5 + 2) / 2) / (80 + 20))
    assert one["own_minus_beside"] == pytest.approx(0.28 - 0.135)
    # List 2 has nobody beside number 2 but its leader.
    assert other["preference"] == pytest.approx(110 / 200)
    assert [math.isnan(other[name]) for name in MEASURES[3:]] == [True] * 3


@pytest.mark.parametrize("extra", [[], [("GM0001", 4, [0, 0])]])
def test_a_list_without_votes_changes_nothing(extra):
    own = [("GM0001", 1, [50, 30, 20]), ("GM0001", 2, [40, 25, 10])]
    whole = measures(summarise(candidates(*own, *extra)))
    pd.testing.assert_frame_equal(whole, measures(summarise(candidates(*own))))


# --- the comparison ---------------------------------------------------------------------------


def five_councils() -> pd.DataFrame:
    """Two with the new ballot, up by 10 and 20 points; three others, by 0, 3 and -3."""
    changes = {"GM0484": 10, "GM0755": 20, "GM0003": 0, "GM0005": 3, "GM0007": -3}
    then = candidates(*((code, 1, [50, 50]) for code in changes), election="GR2022")
    now = candidates(
        *((code, 1, [50 - up, 50 + up]) for code, up in changes.items()), election="GR2026"
    )
    return summarise(pd.concat([then, now]))


def test_the_comparison_by_hand():
    table = of(five_councils()).table
    only = row(table, measure="preference", weights="municipalities")
    assert (only["n_treated"], only["n_comparison"]) == (2, 3)
    assert (only["before"], only["after"]) == pytest.approx((0.5, 0.65))
    assert (only["change"], only["change_comparison"]) == pytest.approx((0.15, 0.0))
    # Squares around the means: 2 * 0.05^2 and 2 * 0.03^2, on 5 - 2 degrees of freedom.
    error = math.sqrt((0.0050 + 0.0018) / 3 * (1 / 2 + 1 / 3))
    assert only["std_error"] == pytest.approx(error)
    # Student's t with 3 df: 97.5% at 3.1824, 80% at 0.9785 (printed tables).
    assert only["conf_low"] == pytest.approx(0.15 - 3.1824 * error, abs=1e-5)
    assert only["detectable"] == pytest.approx((3.1824 + 0.9785) * error, abs=1e-5)
    # No other two of the five differ as much: 1 of 10 assignments.
    assert only["p_assigned"] == pytest.approx(1 / 10)
    assert (only["lowest"], only["highest"]) == pytest.approx((0.10, 0.20))


def test_the_eleven_of_gr2026(found):
    """What an independent check of the same counts found, in percentage points."""
    table = found.table.set_index(["measure", "weights"])
    preference = table.loc["preference", "municipalities"]
    assert (preference["n_treated"], preference["n_comparison"]) == (9, 17)
    assert round(100 * preference["change"], 1) == 0.9
    assert round(100 * preference["change_comparison"], 1) == -0.5
    own = table.loc["own_number", "municipalities"]
    assert round(100 * own["change"], 1) == 0.4
    assert round(100 * own["change_comparison"], 1) == 0.3
    one = found.parts["changes"][found.parts["changes"]["measure"] == "preference"]
    spread = one.loc[one["group"] == "comparison", "change"].std()
    assert round(100 * spread, 1) == 4.7
    assert (table["p_value"] > 0.05).all()
    assert (table["p_assigned"] > 0.05).all()
    assert set(found.left_out["municipality"]) == {"Nijmegen", "'s-Hertogenbosch"}
    assert set(found.left_out["reason"]) == {"no_candidates_before"}
    # Number 1 of the list has what is left.
    leader = table.loc["leader", "municipalities"]
    assert leader["estimate"] == pytest.approx(-preference["estimate"])


def test_gouda_by_the_counts_themselves(found, votes):
    """One municipality from every candidate's count, without the condensed table."""
    after = votes[votes["municipality_code"] == "GM0513"]
    every = load_table("candidate_votes", elections=["GR2022"])
    before = every[every["municipality_code"] == "GM0513"]
    shares = [
        own.loc[own["candidate_number"] > 1, "votes"].sum() / own["votes"].sum()
        for own in (before, after)
    ]
    own = row(found.parts["changes"], municipality="Gouda", measure="preference")
    assert own["votes"] == after["votes"].sum()
    assert own["change"] == pytest.approx(shares[1] - shares[0])


def test_sentences_say_what_is_not_seen_and_what_was_printed(found):
    nl, en = found.sentence("nl"), found.sentence("en")
    for part in (
        "Een effect is niet te zien",
        "80% kans",
        "+5,70",
        "Zonder 's-Hertogenbosch en Nijmegen",
    ):
        assert part in nl
    for part in ("No effect is seen", "80% probability", "It is not repeated here", "TK2023"):
        assert part in en
    assert found.parts["printed"]["gap"] == pytest.approx(0.057)
    assert found.parts["printed"]["low"] < 0 < found.parts["printed"]["high"]
    assert personal_vote_command(load(), "municipalities").sentence("en") == en


def test_without_printed_figures_none_is_said():
    results = load(["GR2022", "GR2026"])
    assert "printed" not in personal_vote(results).parts
    assert "TK2025" not in personal_vote(results).sentence("en")


@pytest.mark.parametrize(("low", "high", "says"), [(0.01, 0.09, "within"), (0.01, 0.02, "outside")])
def test_the_printed_difference_is_held_to_the_interval(found, low, high, says):
    moved = found.table.assign(conf_low=low, conf_high=high)
    said = speak(statements(moved, found.parts["printed"]), "en")
    assert f"it lies {says} the interval" in said
    assert "There were more preference votes" in said


def test_a_simulated_effect_is_found(shipped):
    """SIMULATED: 8 in 100 votes for leaders of the nine went to others."""
    counts = shipped.copy()
    moved = counts["election"].eq("GR2026") & counts["municipality_code"].isin(
        PLAN.treated("GR2026")
    )
    first = counts["votes_first"].astype("float64")
    counts["votes_first"] = first.where(~moved, 0.8 * first).round().astype("Int64")
    before, after = (
        row(of(each).table, measure="preference", weights="municipalities")
        for each in (shipped, counts)
    )
    # A fifth of what leaders had, 43.0% of the votes on average.
    assert after["estimate"] - before["estimate"] == pytest.approx(
        0.2 * (1 - before["after"]), 1e-3
    )
    assert after["p_value"] < 0.01
    assert after["p_assigned"] < 0.01


def test_order_of_rows_changes_nothing(shipped, found):
    shuffled = shipped.sample(frac=1, random_state=3)
    again = of(shuffled).table.drop(columns=["weights", "measure"])
    pd.testing.assert_frame_equal(again, found.table[again.columns], rtol=1e-9)


def test_municipalities_that_took_in_others_are_left_out(found, tmp_path):
    own = (
        load_table("mergers")
        .head(2)
        .assign(valid_from_year=2024, code_to=["GM0166", "GM0755"], code_from=["GM9001", "GM9002"])
    )
    own.to_csv(tmp_path / "mergers.csv", index=False)
    fewer = personal_vote(load(data=tmp_path))
    assert (fewer.table["n_treated"].max(), fewer.table["n_comparison"].max()) == (8, 16)
    assert row(fewer.left_out, municipality="Boekel")["reason"] == "merged"
    assert "Boekel" not in found.sentence("nl")
    assert "Without Boekel, because another municipality was merged" in fewer.sentence("en")


def test_an_election_of_the_house_takes_the_same_walk(shipped):
    """SIMULATED: TK2021 under the name of TK2025, in which nothing happened."""
    now = shipped[shipped["election"] == "TK2021"].assign(election="TK2025")
    table = of(pd.concat([shipped, now]), "TK2025").table
    only = row(table, measure="preference", weights="municipalities")
    assert (only["baseline"], only["n_treated"]) == ("TK2023", 5)
    assert only["conf_low"] < 0 < only["conf_high"]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda s: of(s, "TK2026"), UnknownNameError, "did you mean"),
        (lambda s: of(s, "TK2025"), EstimationError, "needed of an election"),
        (lambda s: of(s, "TK2023"), EstimationError, "no baseline"),
        (lambda s: of(s[s["election"] == "GR2026"]), EstimationError, "found GR2026"),
        (
            lambda s: of(s[s["municipality_code"] == "GM0513"]),
            EstimationError,
            "too few",
        ),
        (
            lambda s: of(s[~s["municipality_code"].isin(PLAN.treated("GR2026"))]),
            EstimationError,
            "too few",
        ),
    ],
)
def test_bad_requests_are_one_clear_error(shipped, call, kind, message):
    with pytest.raises(kind, match=message) as caught:
        call(shipped)
    assert isinstance(caught.value, EvaluatieError)
    assert "\n" not in str(caught.value)


# --- a user's own counts ----------------------------------------------------------------------


def in_stations(votes: pd.DataFrame, code: str) -> pd.DataFrame:
    """Split a municipality's votes over two stations that add up to it."""
    own = votes[votes["municipality_code"] == code]
    half = own["votes"] // 3
    parts = {"SB1": half, "SB2": own["votes"] - half}
    return pd.concat([own.assign(polling_station=name, votes=n) for name, n in parts.items()])


def test_own_stations_are_added_up_and_replace_what_ships(votes, found, tmp_path):
    own = in_stations(votes, "GM0513")
    wrong = own.assign(vintage="provisional", votes=1)
    pd.concat([wrong, own]).to_csv(tmp_path / "candidate_votes.csv", index=False)
    again = personal_vote(load(data=tmp_path))
    columns = list(again.table.columns.drop("method"))
    pd.testing.assert_frame_equal(again.table[columns], found.table[columns])
    twice = own.assign(votes=2 * own["votes"])
    twice.to_csv(tmp_path / "candidate_votes.csv", index=False)
    more = personal_vote(load(data=tmp_path))
    before, after = (
        row(each.parts["changes"], municipality_code="GM0513", measure="preference")
        for each in (found, more)
    )
    assert after["votes"] == 2 * before["votes"]
    assert after["change"] == pytest.approx(before["change"])


def test_official_files_with_candidates_add_a_council(tmp_path, capsys):
    """SIMULATED: an invented count of Nijmegen at GR2022."""
    blocks = [synthetic.station(n, code="0268") for n in (1, 2)]
    content = synthetic.count(
        blocks, election="GR2022", authority="0268", authority_name="Nijmegen"
    )
    (tmp_path / "nijmegen.eml.xml").write_bytes(content)
    assert run(["personal-vote", "--data", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {each["n_treated"] for each in told["table"]} == {10}
    assert "Nijmegen" not in told["sentence"]["nl"]
    assert "'s-Hertogenbosch" in told["sentence"]["nl"]


# --- for readers ------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_readers_see_units(found, lang, tmp_path: Path):
    columns = {column.name: column for column in found.shown}
    shown = {
        each["measure"]: {name: column.cell(each, lang) for name, column in columns.items()}
        for each in found.brief.to_dict("records")
    }
    assert list(shown) == list(MEASURES)
    effect = shown["preference"]["estimate"]
    assert effect == {"nl": "+1,41", "en": "+1.41"}[lang]
    # Percentage points, but candidates for the effective number of these.
    estimates = found.brief.set_index("measure")["estimate"]
    for measure, times in (("own_number", 100), ("concentration", 1)):
        number = shown[measure]["estimate"].replace(",", ".").replace("\N{MINUS SIGN}", "-")
        assert float(number) == pytest.approx(times * estimates[measure], abs=0.005)
    places = personal_vote_command(load(), "municipalities").brief
    assert len(places) == 26
    assert (places["group"] == "comparison").tolist() == [False] * 9 + [True] * 17
    drawn = show.draw(found, lang)
    labels = [text.get_text() for text in drawn.axes[0].texts if text.get_gid() == "row"]
    assert labels[0] == "Alphen aan den Rijn"
    assert len(labels) == 10
    title = drawn.axes[0].get_title("left")
    assert {"nl": "+1,4 ", "en": "+1.4 "}[lang] in title  # rounded to what its interval carries
    drawn.savefig(tmp_path / "changes.svg")
