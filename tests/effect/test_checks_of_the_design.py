"""Event study, placebos, specification curve, reference municipalities."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import (
    effect,
    event_study,
    pooled,
    specification_curve,
)
from evaluatie.answers.effect.event_study import pretrends_said
from evaluatie.counts import Results, load, load_table
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import load_design

PLAN = load_design()


@pytest.fixture(scope="module")
def curve(shipped: Results) -> Answer:
    return specification_curve(shipped, "TK2025")


def test_event_study_runs_over_all_elections_of_the_kind(study: Answer) -> None:
    rows = study.table.set_index("election")
    assert list(rows.index) == ["TK2010", "TK2012", "TK2017", "TK2021", "TK2023", "TK2025"]
    assert list(rows["period"]) == ["earlier"] * 4 + ["baseline", "after"]
    assert rows.at["TK2023", "estimate"] == 0
    # Alphen aan den Rijn merged in 2014, before the table of mergers begins.
    assert list(rows["n_treated"]) == [4, 4, 5, 5, 5, 5]
    assert rows.at["TK2012", "missing"] == "Alphen aan den Rijn"
    assert rows["n_comparison"].min() > 290


def test_event_study_ends_in_the_effect(study: Answer, shipped: Results) -> None:
    row = pooled(effect(shipped, "TK2025", methods=("variance-weighted t",))).iloc[0]
    last = study.table.iloc[-1]
    for column in ("estimate", "conf_low", "conf_high", "p_value"):
        assert last[column] == pytest.approx(row[column], rel=1e-12)


def test_event_study_mirrors_the_placebo(study: Answer, checks: Answer) -> None:
    placebo = checks.table.query("check == 'time' and election == 'TK2023'")
    event = study.table.set_index("election").at["TK2021", "estimate"]
    # From TK2023 back to TK2021 instead of forward, with the ballots of TK2025 as weights.
    assert -event == pytest.approx(placebo["estimate"].iloc[0], abs=5e-5)


def test_violations_widen_and_break_the_conclusion_where_it_says(study: Answer) -> None:
    bounds, breakdown = study.parts["bounds"], study.parts["breakdown"]
    assert bounds["conf_low"].is_monotonic_decreasing
    assert bounds["conf_high"].is_monotonic_increasing
    assert (bounds["conf_low"] <= bounds["bound_low"]).all()
    below = bounds[bounds["magnitude"] < breakdown]
    above = bounds[bounds["magnitude"] > breakdown]
    assert (below["conf_low"] > 0).all()
    assert (above["conf_low"] < 0).all()
    assert "keer" in study.sentence("nl")


def test_event_study_needs_earlier_counts(shipped: Results) -> None:
    with pytest.raises(EstimationError, match="no earlier election"):
        event_study(shipped, "GR2026")
    with pytest.raises(EstimationError, match="no counts"):
        event_study(shipped, "EP2024")


def test_placebos_in_time_are_small(checks: Answer) -> None:
    every = checks.table.query("check == 'time'")
    (row,) = every[every["election"] == "TK2023"].to_dict("records")
    assert row["weights"] == "voters"
    assert 100 * row["estimate"] == pytest.approx(0.04, abs=0.005)
    assert len(every) == 2
    assert ((every["conf_low"] < 0) & (every["conf_high"] > 0)).all()
    assert (every["p_design"] > 0.05).all()


def test_newcomers_did_not_differ_while_they_had_the_old_ballot(checks: Answer) -> None:
    new = checks.table.query("check == 'new'").set_index("election")
    row = new.loc["TK2025"]
    assert row["n_treated"] == 7
    # Those with the new ballot at TK2025 are no comparison.
    assert row["n_comparison"] == 330
    assert 100 * row["estimate"] == pytest.approx(-0.005, abs=0.001)
    assert 100 * row["conf_low"] == pytest.approx(-0.040, abs=0.001)
    assert 100 * row["conf_high"] == pytest.approx(0.030, abs=0.001)
    assert (new["conf_low"].dropna() < 0).all()
    assert (new["conf_high"].dropna() > 0).all()
    # Of GR2018 only valid votes are public by municipality.
    assert new.at["GR2022", "reason"] == "outcome known in this vintage"


def test_earlier_trends_are_tested_and_said_to_fail(study: Answer) -> None:
    rows = study.parts["pretrends"].set_index(["scale", "test"])
    event = study.table.set_index("election")
    points = rows.loc["points"]
    # TK2017 lay 0.089 points lower; here all three elections must be known.
    assert 100 * points.at["TK2017", "estimate"] == pytest.approx(0.089, abs=5e-4)
    assert points.at["TK2017", "estimate"] == pytest.approx(
        -event.at["TK2017", "estimate"], rel=0.01
    )
    assert points.at["TK2017", "p_value"] == pytest.approx(0.015, abs=0.001)
    assert points.at["TK2017", "p_design"] == pytest.approx(0.071, abs=0.003)
    assert points.at["joint", "p_design"] == pytest.approx(0.074, abs=0.003)
    assert rows.at[("ratio", "TK2017"), "estimate"] == pytest.approx(1.44, abs=0.005)
    assert rows.at[("ratio", "joint"), "p_design"] < 0.01
    effect_, step = event.at["TK2025", "estimate"], points.at["TK2017", "estimate"] / 2
    assert points.at["net", "estimate"] == pytest.approx(effect_ - step, abs=2e-5)
    assert "not fully parallel" in study.sentence("en")


def test_trends_that_no_test_rejects_are_not_called_parallel(study: Answer) -> None:
    table = study.parts["pretrends"].assign(p_value=0.5, p_design=0.5)
    kind, net = pretrends_said(table, "TK2023", "TK2025", 0.05)
    assert "no proof that trends were equal" in kind.say("en")
    assert "equal steps" in net.say("en")


def test_turnout_did_not_change_with_the_ballot(checks: Answer) -> None:
    rows = checks.table.query("check == 'outcome' and estimate == estimate")
    assert set(rows["election"]) == {"TK2025", "GR2026"}
    assert ((rows["conf_low"] < 0) & (rows["conf_high"] > 0)).all()
    # Turnout per municipality is unknown at EP2024: kept, with the reason.
    unknown = checks.table.query("election == 'EP2024'")
    assert unknown["estimate"].isna().all()
    assert unknown["reason"].eq("outcome known in this vintage").all()


def test_borne_went_back(checks: Answer) -> None:
    rows = checks.table.query("check == 'reversal'")
    assert set(rows["who"]) == {"Borne"}
    assert set(rows["n_treated"]) == {1}
    assert ((rows["conf_low"] < 0) & (rows["conf_high"] > 0)).all()
    assert rows["estimate"].abs().max() < 0.0005


def test_the_sentence_names_every_check(checks: Answer) -> None:
    said = checks.sentence("nl")
    assert "Borne" in said
    assert "opkomst" in said
    assert "TK2021–TK2023 +0,04 procentpunt" in said
    assert "reversal" not in said
    assert "Back to the old ballot" in checks.sentence("en")


def test_the_curve_holds_every_combination(curve: Answer) -> None:
    table = curve.table
    combinations = 3 * 2 * 2 * 4 * 2 * 5  # outcome, scale, weights, comparison, vintage, method
    assert len(table) == combinations
    assert table["spec"].is_unique
    key = ["outcome", "scale", "weights", "comparison", "vintage", "method"]
    assert not table.duplicated(key).any()
    # Both counts of TK2025 have invalid and blank votes apart, of all municipalities.
    assert table["estimate"].notna().all()


def test_the_plans_own_specification_is_marked_and_is_the_effect(
    curve: Answer, shipped: Results
) -> None:
    own = curve.table[curve.table["primary"]]
    assert own["vintage"].tolist() == ["official"]
    row = pooled(effect(shipped, "TK2025", methods=("variance-weighted t",))).iloc[0]
    assert own["estimate"].iloc[0] == row["estimate"]
    assert own["conf_low"].iloc[0] == row["conf_low"]


def test_the_curve_says_its_range(curve: Answer) -> None:
    table = curve.table
    points = (table["outcome"] == "invalid") & (table["scale"] == "points")
    chosen = table[points & table["estimate"].notna()]
    assert len(chosen) == 2 * 4 * 2 * 5
    assert "80 verdedigbare manieren" in curve.sentence("nl")
    assert (chosen["conf_low"] > 0).all()


def test_a_curve_without_any_estimate_says_so(shipped: Results) -> None:
    # Of EP2024 only valid votes are public by municipality.
    made = specification_curve(shipped, "EP2024", vintages=("official",), scales=("points",))
    assert made.table["estimate"].isna().all()
    assert made.table["note"].str.contains("no official").all()
    assert not made.table["primary"].any()
    assert "geen enkele manier" in made.sentence("nl")
    with pytest.raises(UnknownNameError, match="nearest"):
        specification_curve(shipped, "TK2025", comparisons=("nearst",))


def test_a_curve_takes_a_list_of_municipalities(pair: Callable[..., Results]) -> None:
    results = pair(n=20)
    names = [f"Synthetic GM{8000 + i}" for i in range(12)]
    made = specification_curve(
        results,
        "TK2025",
        outcomes=("invalid",),
        comparisons=(names, "all"),
        vintages=("official",),
        scales=("points",),
        methods=("variance-weighted t",),
    )
    assert set(made.table["comparison"]) == {"list", "all"}
    assert set(made.table["n_comparison"]) == {12, 20}


def test_the_event_study_takes_the_users_covariates(tmp_path: Path) -> None:
    about = load_table("covariates")
    moved = about[about["municipality_code"] == "GM0034"].assign(province="Drenthe")
    moved.to_csv(tmp_path / "covariates.csv", index=False)
    shipped, own = (
        event_study(load(data=data), comparison="province").table.set_index("election")
        for data in (None, tmp_path)
    )
    # Almere, in made-up Drenthe, is in the province of one of the five.
    assert own.at["TK2025", "n_comparison"] == shipped.at["TK2025", "n_comparison"] + 1
