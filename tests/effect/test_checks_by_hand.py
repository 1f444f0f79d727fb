"""Checks of the design and what is said of them, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import (
    Across,
    composition,
    effect,
    event_study,
    pooled,
    specification_curve,
)
from evaluatie.answers.effect.exhibits import TABLES
from evaluatie.answers.effect.problem import Problem, known_earlier
from evaluatie.answers.effect.reliability import reliability, reliable, sizes
from evaluatie.counts import Results
from evaluatie.plan import Question
from evaluatie.stats.prediction import predict_new
from evaluatie.stats.pretrends import event_changes


def test_first_counts_are_asked_of_the_election_and_not_of_those_before(
    shipped: Results, study: Answer
) -> None:
    first = event_study(shipped, vintage="provisional").table.set_index("election")
    best = study.table.set_index("election")
    earlier = ["TK2010", "TK2012", "TK2017", "TK2021"]
    assert list(first.index[:4]) == earlier
    # Two municipalities have no first count of invalid votes at TK2025.
    fewer = best.loc[earlier, "n_comparison"] - first.loc[earlier, "n_comparison"]
    assert fewer.tolist() == [2] * 4
    assert first.at["TK2025", "estimate"] < best.at["TK2025", "estimate"]
    question = Question.of(shipped.counted_plan, vintage="provisional")
    problem = Problem.of(shipped, "TK2025", question)
    earlier = known_earlier(problem)
    assert earlier.elections == ("TK2017", "TK2021", "TK2023", "TK2025")
    assert earlier.known.sum() > 300


@pytest.mark.parametrize(("others", "there"), [(2, False), (3, True)])
def test_an_election_with_two_others_is_no_comparison(
    shipped: Results, study: Answer, others: int, there: bool
) -> None:
    rows = shipped.rows
    counted = rows.loc[rows["election"] == "TK2021", "municipality_code"]
    treated = shipped.counted_plan.treated("TK2025")
    kept = [*treated, *sorted(set(counted) - set(shipped.counted_plan.municipalities))[:others]]
    few = rows[(rows["election"] != "TK2021") | rows["municipality_code"].isin(kept)]
    found = event_study(Results(few)).table.set_index("election")
    assert ("TK2021" in found.index) == there
    if there:
        assert found.at["TK2021", "n_comparison"] == 3
    whole = study.table.set_index("election")
    assert found.at["TK2017", "estimate"] == pytest.approx(whole.at["TK2017", "estimate"])


def test_hotellings_test_of_invalid_and_blank_together(shipped: Results) -> None:
    made = composition(shipped, "GR2026").table
    asked = [Question.of(shipped.counted_plan, outcome=name) for name in ("invalid", "blank")]
    both = [Problem.of(shipped, "GR2026", each) for each in asked]
    found = event_changes(
        np.column_stack([each.scaled.y for each in both]),
        np.column_stack([each.scaled.v for each in both]),
        both[0].scaled.treated,
        both[0].scaled.weight,
    )
    squared = found.estimates @ np.linalg.inv(found.covariance) @ found.estimates
    df = found.df
    p = stats.f.sf(squared * (df - 1) / (2 * df), 2, df - 1)
    # A p-value far below any absolute tolerance.
    assert math.isclose(made["joint_p"].iloc[0], p, rel_tol=1e-9)
    assert made["n_treated"].tolist() == [11] * 3


def test_one_more_election_is_predicted_from_the_widest_reading(elections: Across) -> None:
    found = elections
    noise = found.table["std_error"].astype(float) ** 2
    reach = stats.t.ppf(0.975, 2)  # three elections
    ends = []
    for end in ("low", "high"):
        made = predict_new(found.table[end], noise)
        half = reach * made.pred_error
        ends.append((made.estimate - half, made.estimate + half))
    assert found.pred_high == pytest.approx(max(high for _, high in ends))
    assert found.pred_low == pytest.approx(min(low for low, _ in ends))
    assert ends[0] != ends[1]


def test_how_many_ways_exclude_zero_is_counted(shipped: Results) -> None:
    made = specification_curve(
        shipped,
        "GR2026",
        outcomes=("invalid",),
        vintages=("official",),
        comparisons=("all", "size"),
        methods=("variance-weighted t",),
    )
    points = made.table[made.table["scale"] == "points"]
    away = (points["conf_low"] > 0) | (points["conf_high"] < 0)
    assert len(points) == away.sum() == made.statements[0].values["away"] == 4


def test_the_error_of_the_simulation_is_that_of_its_replications() -> None:
    replications = reliable(5)["replications"].max()
    error = 100 * np.sqrt(0.05 * 0.95 / replications)
    assert f"({error:.1f}% error by chance)" in reliability(5)[0].say("en")


def test_sizes_stand_beside_the_methods_that_were_simulated(shipped: Results) -> None:
    methods = ("variance-weighted t", "rambachan-roth", "synthetic control", "leave-one-out")
    rows = pooled(effect(shipped, "TK2025", methods=methods)).set_index("method")
    stored = reliable(5).query("method == 'variance-weighted t'")["size"]
    assert rows.loc[methods[0], ["size_low", "size_high"]].tolist() == [stored.min(), stored.max()]
    # Of one pair of elections only: four elections in a row must be known.
    assert rows.loc["rambachan-roth", ["size_low", "size_high"]].tolist() == [0, 0]
    assert rows.loc["synthetic control", "size_high"] == pytest.approx(0.0667, abs=1e-4)
    once = sizes(5, "invalid", "municipalities")
    assert set(once) == {"variance-weighted t", "randomization by re-assignment"}
    assert not sizes(5, "turnout", "voters")


def test_captions_take_methods_and_numbers_from_their_rows(shipped: Results) -> None:
    methods = ("variance-weighted t", "crv3", "wild cluster bootstrap")
    rows = pooled(effect(shipped, "GR2026", methods=methods))
    found = {made.name: made.found for made in TABLES if made.found}
    told = found["effect-methods"](rows)
    assert told["clustered_n"] == 2
    assert told["clustered"]["en"] == "cluster-robust (CRV3) and wild cluster bootstrap"
    assert found["effect-methods"](rows.iloc[:1])["clustered_n"] == 0
    some = rows.assign(n_treated=[11, 1, 7], n_comparison=[318, 320, 318])
    assert found["placebos"](some)["n_treated"]["nl"] == "1 tot 11"
    assert found["placebos"](some.iloc[[0]])["n_comparison"]["nl"] == "318"
