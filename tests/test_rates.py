"""Rates: by hand on a few municipalities, and the facts of the shipped counts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

import evaluatie
from evaluatie import formatting
from evaluatie.errors import EstimationError, UnknownNameError
from evaluatie.rates import before_after, rates
from evaluatie.results import Results


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
    # 578 of 84,777 in the four that used it before; 2,750 - 578 of 420,469 - 84,777 in the seven.
    later, first = row(shipped, "GR2026", "later use"), row(shipped, "GR2026", "first use")
    assert (later["count"], later["total"], later["n_municipalities"]) == (578, 84_777, 4)
    assert (first["count"], first["total"], first["n_municipalities"]) == (2_172, 335_692, 7)


def test_pooled_and_mean_by_hand(make_results: Callable[..., Results]) -> None:
    results = make_results(
        ("TK2023", "GM0001", "A", "official", 200, 100, 95, 3, 2, 5),
        ("TK2023", "GM0002", "B", "official", 500, 300, 290, 7, 3, 10),
    )
    found = rates(results, "invalid", "election").table.iloc[0]
    assert found["estimate"] == pytest.approx(5 / 400)
    assert found["mean"] == pytest.approx((2 / 100 + 3 / 300) / 2)
    # Mean of two shares: t with one degree of freedom, on a log-free scale.
    half = stats.t.ppf(0.975, 1) * np.std([0.02, 0.01], ddof=1) / np.sqrt(2)
    assert found["mean_high"] - found["mean"] == pytest.approx(half)


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
