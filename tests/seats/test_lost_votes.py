"""Votes lost to the ballot, in councils and in the House, and what readers see of them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from evaluatie.answers.effect import effect
from evaluatie.answers.scale_up import scale_up
from evaluatie.answers.seats import (
    NATION,
    allocate_election,
    body_votes,
    lost_votes,
    margins_election,
    outcomes,
    seats_at_stake,
)
from evaluatie.answers.seats.show import LAW, STAKE
from evaluatie.counts import load
from evaluatie.ground.errors import EstimationError, InputError, UnknownNameError


@pytest.fixture(scope="module")
def results():
    return load()


@pytest.fixture(scope="module")
def lost(results):
    return {name: lost_votes(results, name) for name in ("GR2026", "TK2025", "TK2023")}


def test_councils_lose_their_own_voters_votes(results, lost):
    table = lost["GR2026"].set_index("municipality_code")
    assert set(table["loss"]) == {"experiment"}
    assert set(table.index) <= set(results.counted_plan.treated("GR2026"))
    rows = effect(results, "GR2026").table
    own = rows[(rows["unit"] == "GM0268") & (rows["method"] == "variance-weighted t")].iloc[0]
    shares = results.shares("invalid").set_index(["election", "municipality_code"])
    ballots = shares.loc[("GR2026", "GM0268"), "total"]
    assert table.loc["GM0268", "excess_low"] == int(np.floor(own["conf_low"] * ballots))
    assert table.loc["GM0268", "excess_high"] == int(np.ceil(own["conf_high"] * ballots))
    assert (table["excess_low"] >= 0).all()


def test_the_house_loses_those_of_the_experiment_and_of_the_country(results, lost):
    table = lost["TK2025"].set_index("loss")
    assert list(table.index) == ["experiment", "first use", "later use"]
    assert set(table["municipality_code"]) == {NATION}
    rows = effect(results, "TK2025").table
    pooled = rows[(rows["unit"] == "pooled") & (rows["role"] == "primary")].iloc[0]
    shares = results.shares("invalid")
    here = shares["municipality_code"].isin(results.counted_plan.treated("TK2025"))
    ballots = shares.loc[here & (shares["election"] == "TK2025"), "total"].sum()
    assert table.loc["experiment", "excess_high"] == int(np.ceil(pooled["conf_high"] * ballots))
    scaled = scale_up(results, "TK2025", outcomes=("invalid",), models=((),)).table
    own = scaled[~scaled["borrowed"] & (scaled["use"] == "later use")].iloc[0]
    assert table.loc["later use", "excess_low"] == int(np.floor(own["extra_low"]))
    # Nobody used the new ballot at TK2023: only what national use would have cost.
    assert lost["TK2023"]["loss"].tolist() == ["first use", "later use"]


def test_effects_of_the_election_itself_go_before_those_of_another(results, monkeypatch):
    row = {"use": "later use", "extra": 5.0, "extra_low": 1.5, "extra_high": 9.5, "borrowed": False}
    lent = {**row, "extra_low": 100.0, "extra_high": 200.0, "borrowed": True}
    table = pd.DataFrame([lent, row, {**lent, "use": "all"}])
    monkeypatch.setattr(
        "evaluatie.answers.seats.votes.scale_up", lambda *_, **__: SimpleNamespace(table=table)
    )
    found = lost_votes(results, "TK2023")
    assert found["loss"].tolist() == ["later use"]
    # Rounded outwards to whole votes.
    assert found[["excess_low", "excess_high"]].to_numpy().tolist() == [[1, 10]]


@pytest.mark.parametrize("election", ["TK2023", "TK2025"])
def test_seats_of_the_house(results, lost, election):
    votes, names = body_votes(results, election)
    assert names == {}
    margin = margins_election(votes).table.iloc[0]
    counted = [int(v) for v in votes["votes"]]
    seats = [int(s) for s in votes["seats"]]
    at = votes["list_name"].tolist().index(margin["to_list"])
    # So many votes change something, and one vote less does not.
    for extra, same in ((0, True), (-1, True)):
        more = list(counted)
        more[at] += int(margin["votes"]) + extra
        possible = outcomes(more, 150, rule="national")
        assert (possible == [seats]) == (extra < 0), (extra, same)
    result = seats_at_stake(votes, lost[election], draws=200)
    worst = result.table[result.table["scenario"] == "one list"]
    assert set(worst["votes_needed"]) == {margin["votes"]}
    assert worst["loss"].tolist() == lost[election]["loss"].tolist()
    for lang in ("nl", "en"):
        said = result.sentence(lang)
        assert "{" not in said
        assert said.count("150") == 0
    place = next(column for column in STAKE if column.name == "place")
    shown = [place.cell(row, "nl") for row in result.brief.to_dict(orient="records")]
    assert len(set(shown)) == len(shown) == len(lost[election])
    assert all(words.startswith(f"{election}, ") for words in shown)


def test_a_chance_too_small_to_tell_is_not_told_as_a_number(results, lost):
    votes, _ = body_votes(results, "TK2025")
    said = seats_at_stake(votes, lost["TK2025"], draws=200).sentence("nl")
    assert "0,0%" not in said
    assert "kleiner dan 0,1%" in said


def test_which_votes_an_election_is_about(results):
    votes, names = body_votes(results, "GR2026", ["gouda", "GM0268"])
    assert names == {"GM0513": "Gouda", "GM0268": "Nijmegen"}
    assert set(votes["municipality_code"]) == set(names)
    votes, names = body_votes(results, "GR2026")
    assert set(votes["municipality_code"]) == set(results.counted_plan.treated("GR2026"))
    votes, names = body_votes(results, "GR2026", everyone=True)
    assert votes["municipality_code"].nunique() == len(names) == 340
    with pytest.raises(UnknownNameError, match="TK2025"):
        body_votes(results, "TK2035")
    with pytest.raises(UnknownNameError, match="Gouda"):
        body_votes(results, "GR2026", ["Goudaa"])
    with pytest.raises(InputError, match="not divided by municipality"):
        body_votes(results, "TK2025", ["Gouda"])
    votes, names = body_votes(results, "GR2022", everyone=True)
    assert votes["municipality_code"].nunique() == len(names) == 333


def test_ballots_that_are_not_public(results):
    with pytest.raises(EstimationError, match="ballots per municipality are not public"):
        lost_votes(results, "EP2024")


def test_a_lot_is_named_with_its_article(results):
    votes, names = body_votes(results, "GR2026", everyone=True)
    shown = allocate_election(votes, names=names).brief
    assert shown["n_bodies"].sum() == 340
    odd = shown[shown["places"] != ""]
    assert odd["places"].tolist() == ["Roermond"]
    status = next(column for column in LAW if column.name == "status")
    assert "artikel P 7" in status.cell(odd.iloc[0].to_dict(), "nl")


def test_a_lot_in_a_small_council_follows_from_another_article():
    # Two lists with equal remainders and one seat left.
    votes = pd.DataFrame(
        {
            "election": "GR2026",
            "municipality_code": "GM0001",
            "list_name": ["a", "b", "c"],
            "votes": [500, 250, 250],
            "seats": [5, 2, 2],
            "source": "x",
        }
    )
    result = allocate_election(votes)
    assert result.parts["bodies"]["status"].tolist() in (["same"], ["lot"])
    tied = votes.assign(votes=[500, 500, 0], seats=[5, 4, 0])
    shown = allocate_election(tied).brief
    status = next(column for column in LAW if column.name == "status")
    assert "article P 8" in status.cell(shown.iloc[0].to_dict(), "en")
    assert shown["places"].tolist() == ["GM0001"]
