"""Every way of counting: by hand where a hand can, and beside the effect itself."""

from __future__ import annotations

import numpy as np
import pytest

from evaluatie.errors import UnknownNameError
from evaluatie.experiment import load_design
from evaluatie.learning import learning
from evaluatie.learning.printed import PrintedFigures
from evaluatie.results import Results, load
from evaluatie.vintages import VintagesResult, for_readers, recount_factor, vintages


@pytest.fixture(scope="module")
def real() -> Results:
    return load()


@pytest.fixture(scope="module")
def made(real: Results) -> VintagesResult:
    return vintages(real)


def row(made: VintagesResult, scenario: str, outcome: str) -> dict[str, float]:
    table = made.table[made.table["election"] == made.election]
    some = table[(table["scenario"] == scenario) & (table["outcome"] == outcome)]
    assert len(some) == 1
    return some.to_dict(orient="records")[0]


def test_the_provisional_row_is_the_effect_itself(real: Results, made: VintagesResult) -> None:
    from evaluatie.effect import effect

    other = effect(
        real, "GR2026", vintage="provisional", methods=["variance-weighted t"]
    ).pooled.iloc[0]
    own = row(made, "provisional", "invalid")
    for name, column in (("effect", "estimate"), ("effect_low", "conf_low")):
        assert own[name] == pytest.approx(other[column], rel=1e-9)
    between = learning(real, "between", vintage="provisional").table.set_index("method")
    assert own["learning"] == pytest.approx(between.loc["random-effects t", "estimate"])
    assert own["learning_p"] == pytest.approx(between.loc["exact permutation", "p_value"])


def test_the_recount_factor_is_the_printed_share_over_the_first_count(real: Results) -> None:
    plan = load_design()
    figures = PrintedFigures.of(real, plan)
    rows = real.rows[
        (real.rows["election"] == "TK2025")
        & real.rows["municipality_code"].isin(plan.treated("TK2025"))
    ]
    first = rows[rows["vintage"] == "provisional"]
    final = rows[rows["vintage"] == "official"]
    factor = recount_factor(real, "GR2026", "invalid", plan, figures)
    assert factor is not None
    ballots, counted = int(final["ballots"].sum()), int(first["invalid"].sum())
    assert factor.low == pytest.approx(np.ceil(0.00475 * ballots) / counted)
    assert factor.high == pytest.approx(np.floor(0.00485 * ballots) / counted)
    exact = recount_factor(real, "GR2026", "rejected", plan, figures)
    assert exact is not None
    assert (
        exact.low == exact.high == pytest.approx(final["rejected"].sum() / first["rejected"].sum())
    )


def test_the_recount_adds_what_it_adds(made: VintagesResult) -> None:
    plain, more = row(made, "provisional", "invalid"), row(made, "recount", "invalid")
    assert np.isnan(more["effect"])
    assert plain["effect"] < more["effect_bound_low"] < more["effect_bound_high"]
    assert more["effect_low"] < more["effect_bound_low"]
    # Shares of the treated are multiplied; those of the others stay.
    share = 0.005197  # 1,520 of about 397,000, as counted
    added = (more["factor_low"] - 1) * share
    assert more["effect_bound_low"] - plain["effect"] == pytest.approx(added, rel=0.03)


def test_the_mixed_measure_is_ballots_minus_official_valid(
    real: Results, made: VintagesResult
) -> None:
    rows = real.rows[real.rows["election"] == "GR2026"]
    first = rows[rows["vintage"] == "provisional"].set_index("municipality_code")["ballots"]
    final = rows[rows["vintage"] == "official"].set_index("municipality_code")["valid"]
    left = (first - final).dropna()
    mixed = row(made, "mixed", "rejected")
    assert mixed["n_dropped"] == (left < 0).sum()
    plan = load_design()
    own = [code for code in plan.treated("GR2026") if code in left.index]
    share = left[own].sum() / first[own].sum()
    plain = row(made, "provisional", "rejected")
    counted = rows[rows["vintage"] == "provisional"].set_index("municipality_code")["rejected"]
    rise = share - counted[own].sum() / first[own].sum()
    assert mixed["effect"] > plain["effect"]
    assert rise > 0


def test_a_count_probably_swapped_is_left_out_or_turned_back(made: VintagesResult) -> None:
    plain = row(made, "provisional", "invalid")
    assert row(made, "without", "invalid")["n_treated"] == plain["n_treated"] - 1
    turned = row(made, "swapped back", "invalid")
    assert turned["n_treated"] == plain["n_treated"]
    assert turned["effect"] > plain["effect"]


def test_earlier_elections_with_two_counts_stand_beside_it(made: VintagesResult) -> None:
    earlier = made.table[made.table["election"] == "TK2025"]
    vintages_seen = set(earlier.loc[earlier["outcome"] == "rejected", "vintage"])
    assert vintages_seen == {"official", "provisional"}
    assert earlier["learning"].isna().all()


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_it_speaks_and_draws(made: VintagesResult, lang: str) -> None:
    assert "GR2026" in made.sentence(lang)
    assert len(made.plot(lang).axes) == 2
    shown = for_readers(made.table, lang)
    assert shown["effect_text"].str.len().gt(0).all()
    assert made.explain(lang)


def test_an_election_with_the_usual_ballot_is_refused(real: Results) -> None:
    with pytest.raises(UnknownNameError, match="unknown election with the new ballot"):
        vintages(real, "TK2023")
