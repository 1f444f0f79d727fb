"""Rates: by hand on a few municipalities, and the facts of the shipped counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

import evaluatie
from evaluatie.answers.rates import before_after, bounded_rates, rates
from evaluatie.answers.rates.pairs import overview
from evaluatie.counts import Results
from evaluatie.ground import formatting
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import load_design


@pytest.fixture(scope="module")
def shipped() -> Results:
    return evaluatie.load()


def row(results: Results, election: str, group: str, **options: str) -> dict[str, float]:
    table = rates(results.where(election), "invalid", "group", **options).table
    return dict(table[table["group"] == group].iloc[0])


@pytest.mark.parametrize(
    ("election", "count", "ballots"),
    [
        ("TK2023", 264, 129_343),
        ("EP2019", 109, 69_446),
        ("TK2021", 207, 128_266),
        ("TK2017", 246, 126_182),
    ],
)
def test_the_five_before_the_experiment(
    shipped: Results, election: str, count: int, ballots: int
) -> None:
    found = row(shipped, election, "experiment", as_of="TK2025")
    assert (found["count"], found["total"], found["n_municipalities"]) == (count, ballots, 5)
    assert found["vintage"] == "official"


def test_the_eleven_of_gr2026_and_their_baseline(shipped: Results) -> None:
    now = row(shipped, "GR2026", "experiment")
    assert (now["count"], now["total"], now["n_municipalities"]) == (2_750, 420_469, 11)
    assert now["vintage"] == "official"
    then = row(shipped, "GR2022", "experiment", as_of="GR2026")
    assert (then["count"], then["total"], then["n_municipalities"]) == (793, 379_702, 11)


def test_the_nine_of_the_first_counts_keep_their_own_vintage(shipped: Results) -> None:
    first = Results(shipped.rows, "provisional")
    now = row(first, "GR2026", "experiment")
    assert (now["count"], now["total"], now["n_municipalities"]) == (2_064, 396_917, 9)
    assert now["vintage"] == "provisional"


def test_experienced_and_newcomers_of_gr2026(shipped: Results) -> None:
    for group, count, total in (("later use", 578, 84_777), ("first use", 2_172, 335_692)):
        found = row(shipped, "GR2026", group)
        assert (found["count"], found["total"]) == (count, total)
        assert found["estimate"] == pytest.approx(count / total)


def test_pooled_and_mean_by_hand(make_results: Callable[..., Results]) -> None:
    results = make_results(
        ("TK2023", "GM0001", "A", "official", 200, 100, 95, 3, 2, 5),
        ("TK2023", "GM0002", "B", "official", 500, 300, 290, 7, 3, 10),
        ("TK2023", "GM0003", "C", "official", 800, 600, 564, 6, 30, 36),
    )
    found = rates(results, "invalid", "election").table.iloc[0]
    assert found["estimate"] == pytest.approx(35 / 1000)
    assert found["mean"] == pytest.approx((2 / 100 + 3 / 300 + 30 / 600) / 3)
    # Mean of three shares: t with two degrees of freedom, on a log-free scale.
    half = stats.t.ppf(0.975, 2) * np.std([0.02, 0.01, 0.05], ddof=1) / np.sqrt(3)
    assert found["mean_high"] - found["mean"] == pytest.approx(half)


def test_bounds_of_what_was_only_printed(shipped: Results) -> None:
    """EP2024: 0.74% printed of the five together, and for Alphen aan den Rijn 0.7%."""
    table = bounded_rates(shipped, "EP2024").table
    whole = table[table["group"] == "experiment"].iloc[0]
    ends = ["bound_low", "bound_high", "count_low", "count_high"]
    assert whole[ends].tolist() == pytest.approx([0.00735, 0.00745, 589, 599])
    alphen = table[table["municipality_code"] == "GM0484"].iloc[0]
    assert alphen[ends].tolist() == pytest.approx([0.0065, 0.0075, 276, 320])
    apart = table[table["group"] == "municipality"]
    assert apart["count_low"].sum() < 589 < 599 < apart["count_high"].sum()
    assert (apart["n_municipalities"] == 1).all()


def test_a_single_municipality_has_no_group_interval(shipped: Results) -> None:
    borne = row(shipped, "GR2026", "reversal")
    assert borne["n_municipalities"] == 1
    assert np.isnan(borne["conf_low"])
    assert borne["binomial_low"] < borne["estimate"] < borne["binomial_high"]


def test_the_binomial_interval_is_far_too_narrow(shipped: Results) -> None:
    found = row(shipped, "TK2023", "comparison")
    honest = found["conf_high"] - found["conf_low"]
    naive = found["binomial_high"] - found["binomial_low"]
    assert honest > 5 * naive


def test_groups_add_up(shipped: Results) -> None:
    table = rates(shipped.where("GR2026"), "blank", "group").table.set_index("group")
    for column in ("count", "total", "n_municipalities"):
        parts = table.loc[["experiment", "rest"], column].sum()
        assert parts == table.at["all", column]
        assert table.loc[["first use", "later use"], column].sum() == table.at["experiment", column]


def test_rejected_of_tk2025_is_official(shipped: Results) -> None:
    table = rates(shipped.where("TK2025"), "rejected", "group").table.set_index("group")
    assert table.at["experiment", "vintage"] == "official"
    assert table.at["experiment", "count"] == 1_068
    assert table.at["experiment", "total"] == 131_478


def test_row_order_does_not_matter(shipped: Results) -> None:
    shuffled = Results(shipped.where("TK2023").rows.sample(frac=1, random_state=1))
    one = rates(shipped.where("TK2023")).table
    two = rates(shuffled).table
    assert np.allclose(one["conf_high"].dropna(), two["conf_high"].dropna(), rtol=1e-12)


def test_before_after_keeps_only_municipalities_with_both(shipped: Results) -> None:
    table = before_after(shipped).table
    assert dict(table.groupby("election").size()) == {"GR2026": 11, "TK2025": 5}
    alphen = table[(table["municipality_code"] == "GM0484") & (table["election"] == "TK2025")]
    assert alphen["change"].item() == pytest.approx(
        alphen["after"].item() - alphen["before"].item()
    )


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("by", ["municipality", "group", "election"])
def test_sentences_carry_the_numbers_of_the_table(shipped: Results, lang: str, by: str) -> None:
    result = rates(shipped.where("TK2023"), "invalid", by)
    known = result.table[result.table["group"] != "excluded"]
    # The last row is a pooled share; by municipality the sentence names the highest one.
    shown = known["estimate"].max() if by == "municipality" else known["estimate"].iloc[-1]
    assert formatting.percent(shown, lang) in result.sentence(lang)
    assert all(result.explain(lang))


def test_an_outcome_that_nobody_counted_is_refused(shipped: Results) -> None:
    with pytest.raises(EstimationError, match="no municipality has best counts of invalid"):
        rates(shipped.where("EP2024"))
    with pytest.raises(EstimationError, match="provisional"):
        rates(shipped.where("TK2021"), vintage="provisional")


def test_unknown_by(shipped: Results) -> None:
    with pytest.raises(UnknownNameError, match="municipality"):
        rates(shipped, by="municipalities")


# --- by hand --------------------------------------------------------------------------------
# Synthetic counts under real codes, whose groups at GR2026 are those of the plan.

GR2022 = (
    ("GR2022", "GM0484", "Alphen aan den Rijn", "official", 2000, 1000, 980, 10, 10, 20),
    ("GR2022", "GM0513", "Gouda", "official", 2000, 1000, 990, 8, 2, 10),
    ("GR2022", "GM0546", "Leiden", "official", 2000, 1000, 990, 5, 5, 10),
    ("GR2022", "GM0363", "Amsterdam", "official", 5000, 2000, 1996, 3, 1, 4),
)
GR2026 = (
    ("GR2026", "GM0484", "Alphen aan den Rijn", "official", 2000, 1000, 980, 10, 10, 20),
    ("GR2026", "GM0513", "Gouda", "provisional", 2000, 500, 490, 6, 4, 10),
    ("GR2026", "GM0363", "Amsterdam", "official", 5000, 2000, 1990, 8, 2, 10),
    ("GR2026", "GM0147", "Borne", "official", 1000, 500, 490, 7, 3, 10),  # went back
    ("GR2026", "GM0512", "Gorinchem", "provisional", 900, 400, 390, 6, 4, 10),  # excluded
)


def test_who_is_counted_in_which_group_by_hand(make_results: Callable[..., Results]) -> None:
    table = rates(make_results(*GR2026)).table
    columns = ["group", "count", "total", "n_municipalities", "vintage"]
    # The plan leaves Gorinchem out of the comparison, not out of the country.
    assert table[columns].to_numpy().tolist() == [
        ["experiment", 14, 1500, 2, "mixed"],
        ["first use", 4, 500, 1, "provisional"],
        ["later use", 10, 1000, 1, "official"],
        ["comparison", 2, 2000, 1, "official"],
        ["reversal", 3, 500, 1, "official"],
        ["rest", 9, 2900, 3, "mixed"],
        ["all", 23, 4400, 5, "mixed"],
    ]
    (whole,) = rates(make_results(*GR2026), by="election").table[columns].to_numpy().tolist()
    assert whole == ["all", 23, 4400, 5, "mixed"]


def test_the_intervals_of_a_group_by_hand(make_results: Callable[..., Results]) -> None:
    # R = 14 / 1500, residuals 2/3 and -2/3, parts 2/3 and 1/3: a variance of 2 / 1500² on
    # exactly one degree of freedom, of which the quantile at 75% is 1.
    found = rates(make_results(*GR2026), alpha=0.5).table.iloc[0]
    share = 14 / 1500
    half = math.sqrt(2) / 1500 / (share * (1 - share))
    assert special.logit(found["conf_low"]) == pytest.approx(special.logit(share) - half)
    assert special.logit(found["conf_high"]) == pytest.approx(special.logit(share) + half)
    # Wilson: centre (R + z²/2n) / (1 + z²/n).
    z, n = stats.norm.ppf(0.75), 1500
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    assert (found["binomial_low"] + found["binomial_high"]) / 2 == pytest.approx(centre, rel=1e-12)


def test_counts_that_are_not_used_leave_no_assumption(make_results: Callable[..., Results]) -> None:
    # The sum is official, the split below it is not.
    both = make_results(
        ("TK2025", "GM0363", "Amsterdam", "official", 500, 400, 390, None, None, 10),
        ("TK2025", "GM0363", "Amsterdam", "provisional", 500, 400, 390, 6, 4, 10),
    )
    assert "provisional-counts" not in rates(both, "rejected").assumptions
    assert "provisional-counts" in rates(both, "invalid").assumptions


def test_where_everybody_has_the_new_ballot_nobody_is_in_an_experiment(
    make_results: Callable[..., Results],
) -> None:
    plan = load_design()
    plan = replace(
        plan,
        nationwide=frozenset({"GR2026"}),
        new_ballot={k: v for k, v in plan.new_ballot.items() if k != "GR2026"},
        history={k: v for k, v in plan.history.items() if k != "GR2026"},
    )
    groups = rates(replace(make_results(*GR2026[:3]), plan=plan)).table.set_index("group")["count"]
    assert dict(groups) == {"first use": 4 + 2, "later use": 10, "all": 16}


def test_before_and_after_by_hand(make_results: Callable[..., Results]) -> None:
    leiden = ("GR2026", "GM0546", "Leiden", "official", 2000, 1000, 990, 8, 2, 10)
    made = before_after(make_results(*GR2022, *GR2026, leiden))
    table = made.table.set_index("municipality")[["before", "after", "change"]]
    assert table.loc["Gouda"].tolist() == pytest.approx([0.002, 0.008, 0.006])
    assert table.loc["Alphen aan den Rijn"].tolist() == pytest.approx([0.01, 0.01, 0])
    assert table.loc["Leiden"].tolist() == pytest.approx([0.005, 0.002, -0.003])
    said = made.sentence("en")
    assert "In 1 of the 3 measurements" in said  # no change is no rise
    assert f"from {formatting.points(-0.003, 'en')} to {formatting.points(0.006, 'en')}" in said
    assert f"median {formatting.points(0.0, 'en')}" in said


def test_the_overview_by_hand(make_results: Callable[..., Results]) -> None:
    table = overview(make_results(*GR2022, *GR2026))
    assert set(table["as_of"]) == {"GR2026"}
    shares = table.set_index(["election", "group"])["invalid"]
    assert shares["GR2026", "experiment"] == pytest.approx(14 / 1500)
    # At the baseline the same municipalities, whoever they were then.
    assert shares["GR2022", "experiment"] == pytest.approx(17 / 3000)
    assert shares["GR2022", "first use"] == pytest.approx(7 / 2000)
    assert shares["GR2022", "later use"] == pytest.approx(10 / 1000)
    assert shares["GR2022", "comparison"] == pytest.approx(1 / 2000)


def test_one_municipality_against_others_is_not_said_as_a_group(
    make_results: Callable[..., Results],
) -> None:
    two, one = rates(make_results(*GR2026)), rates(make_results(*GR2026[1:]))
    assert "against" in two.sentence("en")
    assert "against" not in one.sentence("en")
    assert formatting.percent(0.008, "en") in one.sentence("en")


@pytest.mark.parametrize("by", ["municipality", "group", "election"])
def test_where_more_vote_than_are_eligible_there_is_no_turnout(
    make_results: Callable[..., Results], by: str
) -> None:
    # eligible, ballots, valid, blank, invalid, rejected
    island = ("TK2025", "GM0096", "Vlieland", "official", 940, 1053, 1053, 0, 0, 0)
    town = ("TK2025", "GM0014", "Groningen", "official", 1000, 800, 800, 0, 0, 0)
    city = ("TK2025", "GM0363", "Amsterdam", "official", 3000, 2100, 2100, 0, 0, 0)
    found = rates(make_results(island, town, city), "turnout", by=by)
    assert set(found.left_out["municipality"]) == {"Vlieland"}
    assert set(found.left_out["reason"]) == {"more_than_all"}
    assert found.table["estimate"].max() <= 0.8
    whole = found.table[found.table["total"] == 4000]
    assert by == "municipality" or whole["estimate"].iloc[-1] == pytest.approx(2900 / 4000)
    assert "Vlieland" in found.sentence("nl")
    assert rates(make_results(island, town), "blank", by=by).left_out.empty
    later = ("GR2026", *town[1:])
    # The sentence is about the latest election, at which nobody is left out.
    both = rates(make_results(island, town, later), "turnout", by=by)
    assert "Vlieland" not in both.sentence("nl")
    assert set(both.left_out["municipality"]) == {"Vlieland"}
