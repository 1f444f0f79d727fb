"""The personal vote: by hand, on shipped counts, and on simulated effects (labelled so)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

from evaluatie import formatting
from evaluatie.errors import EstimationError, EvaluatieError, InputError, UnknownNameError
from evaluatie.experiment import load_design
from evaluatie.formatting import LANGUAGES
from evaluatie.personal_vote import (
    for_readers,
    load_candidates,
    number_effect,
    number_effect_change,
    personal_vote,
    preference_effect,
    summarise,
)
from evaluatie.personal_vote import placebo as placebo_module
from evaluatie.personal_vote.clusters import Spread, one_way, two_way
from evaluatie.plots import personal_vote as plots
from evaluatie.results import load_table

PLAN = load_design()
FIVE = PLAN.treated("TK2025")


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return load_candidates()


@pytest.fixture(scope="module")
def figures() -> pd.DataFrame:
    return load_table("published_figures")


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


def simulated(
    counts: pd.DataFrame, election: str, of: str, rate: float, seed: int = 1, codes=FIVE
) -> pd.DataFrame:
    """SIMULATED counts: a real election under another name, in which each vote on number 1
    went to the list's own number with probability ``rate`` in the municipalities ``codes``."""
    own = counts[counts["election"] == of].copy().assign(election=election)
    rng = np.random.default_rng(seed)
    able = own["municipality_code"].isin(codes) & own["votes_namesake"].notna()
    moved = rng.binomial(own.loc[able, "votes_first"].to_numpy("int64"), rate)
    own.loc[able, "votes_first"] -= moved
    own.loc[able, "votes_namesake"] += moved
    return own.reset_index(drop=True)


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
        summarise(change(candidates(("GM0001", 1, [1, 2]))), file="own.csv")


def test_shipped_votes_are_the_official_ones(shipped):
    lists = load_table("list_votes", elections=["TK2021", "TK2023"])
    both = shipped.merge(
        lists, on=["election", "municipality_code", "list_name"], suffixes=("", "_official")
    )
    assert len(both) == len(shipped)
    off = (both["votes"] - both["votes_official"]).abs().groupby(both["election"]).sum()
    # TK2021 to the vote; the files of TK2023 are from before corrigenda, as their caveat says.
    assert off.to_dict() == {"TK2021": 0, "TK2023": 327}
    municipalities = shipped.groupby("election")["municipality_code"].nunique()
    assert municipalities.to_dict() == {"TK2021": 352, "TK2023": 342}
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


# --- shares ---------------------------------------------------------------------------------


def two_lists() -> pd.DataFrame:
    """Borne votes only for the famous leader's list; within lists voters are alike."""
    return summarise(
        candidates(
            ("GM0147", 1, [90, 10]),
            ("GM0003", 1, [45, 5]),
            ("GM0003", 2, [30, 20]),
            ("GM0005", 1, [90, 10]),
            ("GM0005", 2, [60, 40]),
        )
    )


def test_standardised_by_hand():
    found = personal_vote(two_lists()).table
    one = row(found, group="experiment")
    other = row(found, group="comparison")
    assert one["estimate"] == pytest.approx(0.10)
    assert other["estimate"] == pytest.approx(75 / 300)
    # List 1 has 250 of 400 votes nationally; Borne has no votes for list 2, which drops out.
    assert one["standardised"] == pytest.approx(0.10)
    assert other["standardised"] == pytest.approx(250 / 400 * 0.1 + 150 / 400 * 0.4)
    assert row(found, group="all")["leader_share"] == pytest.approx(1 - 85 / 400)


def test_same_voters_another_mix_are_the_same_when_standardised():
    counts = summarise(
        candidates(
            *(
                (code, number, [weight * lead, weight * (100 - lead)])
                for code, weights in (("GM0147", (9, 1)), ("GM0484", (8, 2)), ("GM0003", (1, 9)))
                for number, (weight, lead) in enumerate(zip(weights, (90, 50), strict=True), 1)
            )
        )
    )
    table = personal_vote(counts).table.set_index("group")
    assert table.at["experiment", "estimate"] < table.at["comparison", "estimate"] - 0.2
    assert table.at["experiment", "standardised"] == pytest.approx(
        table.at["comparison", "standardised"]
    )


def test_order_and_scale_change_nothing(shipped):
    once = personal_vote(shipped).table
    shuffled = shipped.sample(frac=1, random_state=3)
    again = personal_vote(shuffled).table
    again = again.sort_values("election", kind="stable", ignore_index=True)
    shares = ["estimate", "standardised", "leader_share", "concentration"]
    pd.testing.assert_frame_equal(once[shares], again[shares])
    counts = [name for name in shipped if name.startswith("votes")]
    larger = shipped.assign(**{name: shipped[name] * 10 for name in counts})
    pd.testing.assert_frame_equal(personal_vote(larger).table[shares], once[shares])


def test_the_five_beside_the_printed_figures(shipped, figures):
    found = personal_vote(shipped, figures=figures)
    printed = found.table[found.table["basis"] == "printed"].set_index("group")
    assert set(printed["figure"]) == {"PF017", "PF018"}
    assert printed.at["experiment", "conf_low"] == pytest.approx(0.3655)
    assert printed.at["reference", "conf_high"] == pytest.approx(0.3095)
    five = found.table[found.table["group"] == "experiment"].set_index("election")
    # Facts of the official counts of the five municipalities.
    assert five.at["TK2021", "votes"] == 127_843
    assert five.at["TK2023", "votes"] == 128_879
    assert five.at["TK2023", "estimate"] == pytest.approx(1 - 100_938 / 128_879)
    # None of the printed gap was there before, against the country.
    others = found.table[found.table["group"] == "comparison"].set_index("election")
    for election in ("TK2021", "TK2023"):
        assert five.at[election, "estimate"] < others.at[election, "estimate"]
        assert five.at[election, "gap_low"] < 0 < five.at[election, "gap_high"]
    assert "36,6%" in found.sentence("nl")
    assert "36.6%" in found.sentence("en")
    for lang in LANGUAGES:
        said = found.sentence(lang)
        # The latest election first, what was printed behind it, and no sentence that runs on.
        assert said.index("TK2023") < said.index("TK2021") < said.index("TK2025")
        assert max(len(each.split()) for each in said.split(". ")) <= 40
        low, high = five.loc["TK2023", ["gap_low", "gap_high"]]
        assert formatting.points(low, lang) in said
        assert formatting.points(high, lang) in said


def test_every_level_says_something(shipped):
    names = load_table("municipality_codes")
    for by in ("municipality", "list"):
        found = personal_vote(shipped, by, names=names)
        for lang in LANGUAGES:
            assert "TK2023" in found.sentence(lang)
            assert found.explain(lang)
        assert ((found.table["estimate"] >= 0) & (found.table["estimate"] <= 1)).all()
        assert (found.table["concentration"] >= 1).all()
    assert (
        row(
            personal_vote(shipped, "municipality", names=names).table,
            election="TK2021",
            municipality_code="GM0014",
        )["municipality"]
        == "Groningen"
    )


# --- preference votes: difference in differences ----------------------------------------------


def test_placebo_of_preference_votes_is_nil(shipped):
    found = preference_effect(shipped, "TK2023", "TK2021", mergers=load_table("mergers"))
    for _, each in found.table.iterrows():
        assert each["placebo"]
        assert each["conf_low"] < 0 < each["conf_high"]
    assert "Placebo" in found.sentence("en")


def test_simulated_effect_on_preference_votes_is_found(shipped):
    """SIMULATED: TK2021 under the name TK2025, a tenth of the leaders' votes to others."""
    rate = 0.10
    now = simulated(shipped, "TK2025", "TK2021", 0)
    five = now["municipality_code"].isin(FIVE)
    now.loc[five, "votes_first"] = (now.loc[five, "votes_first"] * (1 - rate)).round().astype(int)
    both = pd.concat([shipped, now], ignore_index=True)
    found = preference_effect(both, "TK2025")
    share = rate * of(shipped, "TK2021", FIVE, "votes_first") / of(shipped, "TK2021", FIVE, "votes")
    none = preference_effect(
        pd.concat([shipped, simulated(shipped, "TK2025", "TK2021", 0)]), "TK2025"
    )
    raw = row(found.table, measure="preference")
    without = row(none.table, measure="preference")
    assert raw["estimate"] - without["estimate"] == pytest.approx(share, abs=5e-4)
    assert without["conf_low"] < 0 < without["conf_high"]
    assert not raw["placebo"]
    assert raw["baseline"] == "TK2023"
    assert raw["conf_low"] < share < raw["conf_high"]
    assert row(found.table, measure="standardised")["p_value"] < 0.01
    assert row(none.table, measure="standardised")["p_value"] > 0.05


def of(counts: pd.DataFrame, election: str, codes: tuple[str, ...], column: str) -> float:
    kept = (counts["election"] == election) & counts["municipality_code"].isin(codes)
    return counts.loc[kept, column].sum()


# --- numbers ----------------------------------------------------------------------------------


def test_jackknife_of_a_mean_by_hand():
    x = np.array([1.0, 4.0, 2.0, 9.0])
    parts = np.stack([x, np.ones(4)], axis=1)

    def mean(sums):
        return sums[..., 0] / sums[..., 1]

    assert one_way(parts, np.arange(4), mean) == pytest.approx(x.var(ddof=1) / 4)
    pairs = np.array([0, 0, 1, 1])
    assert one_way(parts, pairs, mean) == pytest.approx(((2.5 - 5.5) / 2) ** 2)
    spread = two_way(parts, pairs, np.array([0, 1, 0, 1]), mean)
    assert spread.df == 1
    # Lists 2.25, municipalities 6.25, cells 12.67/4: the sum less the cells, not below either.
    cell = x.var(ddof=1) / 4
    assert spread.std_error == pytest.approx(np.sqrt(max(2.25 + 6.25 - cell, 6.25)))


def test_interval_and_p_value_agree():
    spread = Spread(0.5, 4)
    low, _ = spread.interval(1.0, 0.05)
    edge = float(special.stdtrit(4, 0.975)) * 0.5
    assert low == pytest.approx(1 - edge)
    assert spread.p_value(edge) == pytest.approx(0.05)


def test_ratio_by_hand():
    """Three lists, equal dispersion 1: 2, 1 and 1.5 times as many as elsewhere."""
    rows = []
    for number in (2, 3, 4):
        extra = {2: 40, 3: 20, 4: 30}[number]
        for code in (*FIVE[:2], "GM0003", "GM0005", "GM0007"):
            votes = [100, 20, 20, 20, 20]
            if code in FIVE:
                votes[number - 1] = extra
                # The rest is scaled so that preference votes, the base, stay 80.
                others = [place for place in (1, 2, 3, 4) if place != number - 1]
                for place in others:
                    votes[place] = (80 - extra) // 3
                votes[others[0]] += 80 - sum(votes[1:])
            rows.append((code, number, votes))
    found = number_effect(summarise(candidates(*rows)), numbers="namesake")
    only = found.table.iloc[0]
    assert (only["n_lists"], only["n_treated"], only["n_comparison"]) == (3, 2, 3)
    assert (only["votes"], only["expected"]) == (180, 120)
    assert only["estimate"] == pytest.approx(1.5)
    # Two municipalities alike: all uncertainty is between lists; t with one degree of freedom.
    left = np.log([100 / 80, 140 / 80, 120 / 80])
    error = np.sqrt(2 / 3 * ((left - left.mean()) ** 2).sum())
    half = float(special.stdtrit(1, 0.975)) * error
    assert only["conf_high"] == pytest.approx(1.5 * np.exp(half))
    # Beyond expectation: (20 + 0 + 10) of 180 votes on the list; weights are equal.
    assert only["excess"] == pytest.approx(30 / 540)
    assert len(found.cells) == 6


@pytest.mark.parametrize("election", ["TK2021", "TK2023"])
def test_placebo_of_numbers_is_nil(shipped, election):
    found = number_effect(shipped, election)
    assert list(found.table["numbers"]) == ["namesake", "beside", "last", "beside_favourite"]
    for _, each in found.table.iterrows():
        assert each["placebo"]
        assert each["conf_low"] < 1 < each["conf_high"]
        assert each["excess_low"] < 0 < each["excess_high"]
        assert each["p_value"] > 0.05
        assert each["excess_p"] > 0.05
        assert each["cluster_low"] < 1 < each["cluster_high"]
        assert each["method"] == "placebos"
    assert found.seed == PLAN.seed("bootstrap")


def test_change_between_old_ballots_is_nil(shipped):
    found = number_effect_change(shipped, "TK2023", "TK2021")
    for _, each in found.table.iterrows():
        assert each["conf_low"] < 1 < each["conf_high"]
    for lang in LANGUAGES:
        assert "TK2021" in found.sentence(lang)


def test_simulated_number_effect_is_found(shipped):
    """SIMULATED: TK2021 under the name TK2025, 2% of the leaders' votes to the own number."""
    now = simulated(shipped, "TK2025", "TK2021", 0.02)
    found = row(number_effect(now, numbers="namesake").table, election="TK2025")
    assert not found["placebo"]
    assert found["estimate"] > 1.5
    assert found["conf_low"] > 1
    assert found["excess_p"] < 0.01
    assert found["p_value"] < 0.05
    leaders = of(now, "TK2025", FIVE, "votes_first") / of(now, "TK2025", FIVE, "votes")
    assert found["excess_low"] < 0.02 * leaders < found["excess_high"]
    both = pd.concat([shipped, now], ignore_index=True)
    change = number_effect_change(both, "TK2025", numbers="namesake")
    only = change.table.iloc[0]
    assert only["baseline"] == "TK2023"
    assert only["conf_low"] > 1
    assert "TK2025" in change.sentence("nl")
    # The same simulation without effect, and other numbers in the same simulation.
    none = number_effect(simulated(shipped, "TK2025", "TK2021", 0.0), numbers="namesake").table
    assert none["conf_low"].iloc[0] < 1 < none["conf_high"].iloc[0]


def test_more_preference_votes_are_no_number_effect(shipped):
    """SIMULATED: a tenth of the leaders' votes spread over all others as these had votes."""
    own = shipped[shipped["election"] == "TK2021"].copy()
    five = own["municipality_code"].isin(FIVE)
    preference = (own["votes"] - own["votes_first"]).astype(float)
    growth = (preference + 0.1 * own["votes_first"]) / preference.where(preference > 0)
    for name in ("votes_namesake", "votes_beside", "votes_last"):
        grown = (own[name].astype("Float64") * growth).round().astype("Int64")
        own[name] = own[name].astype("Int64").mask(five & growth.notna(), grown)
    own["votes_first"] = own["votes_first"].mask(
        five, (own["votes_first"] * 0.9).round().astype("Int64")
    )
    before = number_effect(shipped, "TK2021", numbers="namesake").table["estimate"].iloc[0]
    after = number_effect(own, "TK2021", numbers="namesake").table["estimate"].iloc[0]
    assert after == pytest.approx(before, abs=0.02)


def test_council_elections_compare_with_the_numbers_beside(shipped):
    """SIMULATED: with nobody standing elsewhere, neighbours on the list are what is left."""
    found = number_effect(
        simulated(shipped, "TK2025", "TK2021", 0.05), expectation="beside"
    ).table.iloc[0]
    none = number_effect(
        simulated(shipped, "TK2025", "TK2021", 0.0), expectation="beside"
    ).table.iloc[0]
    assert found["estimate"] > 1.5 * none["estimate"]
    assert none["conf_low"] < 1 < none["conf_high"]


def test_order_of_rows_changes_nothing(shipped):
    own = shipped[shipped["election"] == "TK2021"]
    one = number_effect(own).table
    two = number_effect(own.sample(frac=1, random_state=5)).table
    numbers = ["estimate", "conf_low", "conf_high", "excess", "expected"]
    pd.testing.assert_frame_equal(one[numbers], two[numbers])


def test_size_on_real_counts(shipped, monkeypatch):
    """Random sets of five old-ballot municipalities: a 5% test rejects no more than that."""
    monkeypatch.setattr(placebo_module, "_DRAWS", 99)
    own = shipped[shipped["election"] == "TK2021"]
    pool = sorted(set(own["municipality_code"]) - set(FIVE))
    rng = np.random.default_rng(20)
    rejected = 0
    for _ in range(40):
        chosen = rng.choice(pool, 5, replace=False)
        found = number_effect(own, numbers="namesake", treated=chosen).table.iloc[0]
        rejected += bool(found["p_value"] < 0.05)
    assert rejected <= 5  # at 5%, more than 5 of 40 has probability 1.4%


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda s: number_effect(s, "TK2024"), UnknownNameError, "did you mean"),
        (lambda s: number_effect(s, numbers="namesak"), UnknownNameError, "namesake"),
        (lambda s: number_effect(s, expectation="here"), UnknownNameError, "elsewhere"),
        (lambda s: number_effect(s, "TK2021", treated=["GM0147"]), EstimationError, "too few"),
        (lambda s: number_effect(s, treated=["GM99"]), UnknownNameError, "GM99"),
        (lambda s: number_effect_change(s, "TK2023"), EstimationError, "no baseline"),
        (lambda s: preference_effect(s, "TK2023"), EstimationError, "no baseline"),
        (lambda s: preference_effect(s, "TK2025"), UnknownNameError, "TK2025"),
        (lambda s: personal_vote(s, "party"), UnknownNameError, "party"),
        (lambda s: personal_vote(s, as_of="TK202"), UnknownNameError, "TK202"),
        (lambda s: personal_vote(s.assign(votes=0)), EstimationError, "no votes"),
        (lambda s: personal_vote(s.assign(election="TK1999")), UnknownNameError, "TK1999"),
    ],
)
def test_bad_requests_are_one_clear_error(shipped, call, kind, message):
    with pytest.raises(kind, match=message) as caught:
        call(shipped)
    assert isinstance(caught.value, EvaluatieError)
    assert "\n" not in str(caught.value)


# --- figures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_figures_draw(shipped, figures, lang, tmp_path: Path):
    shares = plots.preference_shares(personal_vote(shipped, figures=figures).table, lang)
    effects = plots.number_effects(number_effect(shipped).table, lang)
    texts = for_readers(personal_vote(shipped, figures=figures).table, lang)["group_text"]
    assert texts.str.len().min() > 5
    labels = [text.get_text() for text in shares.axes[0].get_yticklabels()]
    assert len(labels) == 6
    assert any("TK2025" in label for label in labels)
    assert len(effects.axes) == 2
    for name, drawn in (("shares", shares), ("effects", effects)):
        drawn.savefig(tmp_path / f"{name}.svg")
        assert (tmp_path / f"{name}.svg").stat().st_size > 5_000
