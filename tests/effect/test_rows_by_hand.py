"""What stands in the rows, worked out by hand from what they rest on."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from evaluatie.answers import quality
from evaluatie.answers.answer import Answer
from evaluatie.answers.effect import changes_of, effect, on_scale, pooled
from evaluatie.answers.effect.comparison import characteristics
from evaluatie.answers.effect.methods import estimate_rows, municipalities, null_of
from evaluatie.answers.effect.problem import Problem
from evaluatie.answers.effect.run import _primary
from evaluatie.answers.effect.show import EFFECT
from evaluatie.counts import Results
from evaluatie.plan import Question
from evaluatie.stats.prediction import predict_new
from evaluatie.stats.shrinkage import holm, shrink


@pytest.fixture(scope="module")
def problem(shipped: Results) -> Problem:
    question = Question.of(shipped.counted_plan)
    return Problem.of(shipped, "TK2025", question, whole=True)


@pytest.fixture(scope="module")
def expected(shipped: Results) -> Answer:
    methods = ("variance-weighted t", "random-effects mean", "prediction for one more")
    return effect(shipped, "GR2026", methods=methods)


def test_effects_by_municipality_by_hand(problem: Problem) -> None:
    rows = municipalities(problem)
    s, fit = problem.scaled, problem.scaled.fit
    others = ~s.treated
    share = s.weight[others] / s.weight[others].sum()
    shared = float((share**2 * (fit.tau2 + fit.phi * s.v[others])).sum())
    own = [problem.t_test(unit=int(at)) for at in np.flatnonzero(s.treated)]
    assert [row["estimate"] for row in rows] == [each.estimate for each in own]
    assert [row["p_holm"] for row in rows] == pytest.approx(holm([e.p_value for e in own]))
    noise = np.array([each.std_error**2 - shared for each in own])
    pulled = shrink([each.estimate for each in own], noise, alpha=0.05)
    # The noise of what they are compared with is common, and widens each interval.
    widen = np.sqrt(1 + shared / pulled.std_errors**2)
    assert (widen > 1).all()
    assert [row["shrunk"] for row in rows] == pytest.approx(pulled.estimates)
    down, up = pulled.estimates - pulled.low, pulled.high - pulled.estimates
    low, high = pulled.estimates - down * widen, pulled.estimates + up * widen
    assert [row["shrunk_low"] for row in rows] == pytest.approx(low)
    assert [row["shrunk_high"] for row in rows] == pytest.approx(high)


def test_a_mean_of_eleven_is_tested_on_ten_degrees_of_freedom(expected: Answer) -> None:
    row = pooled(expected).set_index("method").loc["random-effects mean"]
    t = row["estimate"] / row["std_error"]
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(t, 10))
    assert "on 10 degrees of freedom" in expected.sentence("en")


def test_the_noise_of_those_compared_with_widens_mean_and_prediction(problem: Problem) -> None:
    names = ("random-effects mean", "prediction for one more")
    rows, _ = estimate_rows(problem, names)
    mean, one = ({name: row[name] for name in ("estimate", "std_error")} for row in rows)
    s, fit = problem.scaled, problem.scaled.fit
    share = s.weight[~s.treated] / s.weight[~s.treated].sum()
    shared = float((share**2 * (fit.tau2 + fit.phi * s.v[~s.treated])).sum())
    own = [problem.t_test(unit=int(at)) for at in np.flatnonzero(s.treated)]
    noise = [each.std_error**2 - shared for each in own]
    # Without that noise, which all effects have in common; it is added once, not averaged out.
    made = predict_new([each.estimate for each in own], noise)
    assert mean["estimate"] == one["estimate"] == pytest.approx(made.estimate)
    assert mean["std_error"] == pytest.approx(math.sqrt(made.std_error**2 + shared))
    assert one["std_error"] == pytest.approx(math.sqrt(made.pred_error**2 + shared))
    assert mean["std_error"] > 1.001 * made.std_error


def test_the_summary_holds_the_plans_methods_against_all_others(shipped: Results) -> None:
    kept = _primary(shipped, "TK2025")
    # Three outcomes in two vintages of the count, each by two methods.
    assert len(kept) == 12
    assert set(kept["method"]) == {"variance-weighted t", "randomization by re-assignment"}
    assert set(kept["outcome"]) == {"invalid", "blank", "rejected"}
    assert set(kept["vintage"]) == {"official", "provisional"}
    assert (kept[["comparison", "weights", "scale"]] == ["all", "voters", "points"]).all(axis=None)
    assert kept["estimate"].notna().all()
    # Without a provisional count there is nothing to estimate from one.
    official = shipped.rows[shipped.rows["vintage"] == "official"]
    one = _primary(replace(shipped, rows=official), "TK2025")
    assert set(one["vintage"]) == {"official"}
    assert len(one) == 6


def test_bins_as_far_from_zero_as_the_observed_one_are_marked() -> None:
    values = np.concatenate([np.linspace(-3, 3, 61), [2.0]])
    test = SimpleNamespace(
        observed=2.0,
        statistics=values,
        result=SimpleNamespace(p_value=0.3),
        smallest_p=0.01,
        exact=True,
        n_assignments=62,
    )
    bins = null_of(test)["table"]  # type: ignore[arg-type]
    assert sum(each["count"] for each in bins) == 62
    assert any(each["extreme"] for each in bins)
    for each in bins:
        assert each["extreme"] == (abs(each["low"] + each["high"]) / 2 >= 2)


def test_one_stratum_of_size_for_every_ten_to_compare_with(
    problem: Problem, shipped: Results
) -> None:
    assert len(np.unique(problem.strata)) == 10  # what the plan says
    names = problem.table.used.query("group == 'comparison'")["municipality_code"].tolist()[:40]
    question = Question.of(shipped.counted_plan, comparison=names)
    few = Problem.of(shipped, "TK2025", question, whole=True)
    assert (few.n_treated, few.n_comparison) == (5, 40)
    assert len(np.unique(few.strata)) == 4


def test_counts_at_both_elections_are_looked_at_for_oddities(
    problem: Problem, shipped: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def flagged(results: Results, counts: object, outcome: str) -> set[str]:
        asked.append((counts, outcome))
        return {problem.codes[-1], shipped.counted_plan.treated("TK2025")[0]}

    monkeypatch.setattr(quality, "flagged", flagged)
    again = replace(problem)
    assert again.flagged == (problem.codes[-1],)  # nobody with the new ballot
    assert asked == [((("TK2025", "official"), ("TK2023", "official")), "invalid")]


def test_the_noise_of_a_ratio_has_both_elections_in_it(problem: Problem) -> None:
    used = problem.table.used
    made = on_scale(used, "ratio", "voters")
    others = used[used["group"] == "comparison"]
    q0, q1 = (
        others[f"count_{when}"].sum() / others[f"ballots_{when}"].sum()
        for when in ("before", "after")
    )
    first = used.iloc[0]
    by_hand = 1 / (first["ballots_before"] * q0) + 1 / (first["ballots_after"] * q1)
    assert made.v[0] == pytest.approx(by_hand)
    assert made.weight[0] == pytest.approx(1 / by_hand)
    assert (made.slope == 0).all()


def test_whoever_the_plan_leaves_out_is_excluded_and_not_merely_another(shipped: Results) -> None:
    frame = changes_of(shipped, "GR2026", Question()).frame.set_index("municipality_code")
    # Borne went back, Gorinchem voted again.
    assert frame.loc[["GM0147", "GM0512"], "group"].tolist() == ["excluded"] * 2
    assert frame.at["GM0512", "reason"].startswith("Gorinchem")


def test_a_share_of_one_is_a_share(shipped: Results) -> None:
    rows = shipped.rows.copy()
    here = (rows["election"] == "TK2025") & (rows["municipality_code"] == "GM0344")
    rows.loc[here, "eligible"] = rows.loc[here, "ballots"]
    frame = changes_of(Results(rows), "TK2025", Question("turnout")).frame
    utrecht = frame.set_index("municipality_code").loc["GM0344"]
    assert utrecht["share_after"] == 1
    assert utrecht["group"] == "comparison"


def test_likeness_goes_by_the_latest_election_before_the_baseline(shipped: Results) -> None:
    plan = shipped.counted_plan
    made = characteristics(shipped, "invalid", "GR2022", plan.treated("GR2026"))
    assert list(made)[:2] == ["share_GR2022", "share_TK2021"]
    about = shipped.table("covariates").set_index("municipality_code").loc["GM0513"]
    assert made.at["GM0513", "log_density"] == pytest.approx(math.log(about["density"]))
    older = about["age_65_plus"] / about["population"]
    assert made.at["GM0513", "aged_65_plus"] == pytest.approx(older)


def test_an_interval_that_is_open_downwards_says_so() -> None:
    conf = next(each for each in EFFECT if each.name == "conf")
    row = {"conf_low": -math.inf, "conf_high": math.inf, "scale": "points"}
    assert conf.cell(row, "en") == "\N{MINUS SIGN}∞ to ∞"
