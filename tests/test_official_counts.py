"""The numbers that the official counts are known to give, each computed here by plain sums.

Expected values are those of the notes that came with the raw files and of an independent check
of the methods, which were made with other code.
"""

from __future__ import annotations

import pandas as pd
import pytest

import evaluatie
from evaluatie.counts import load_table
from evaluatie.plan import load_design

COUNTS = ["valid", "blank", "invalid", "ballots", "rejected"]
ABROAD = ("GM9001", "GM9002", "GM9003", "GM9010")  # Caribbean Netherlands, postal votes
FOUR = ["GM0484", "GM0755", "GM1730", "GM1842"]  # of the five of TK2025, all but Borne


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    table = load_table("municipal_results")
    return table[table["vintage"] == "official"]


def of(
    rows: pd.DataFrame, election: str, codes: list[str] | tuple[str, ...] | None = None
) -> pd.DataFrame:
    own = rows[rows["election"] == election]
    return own if codes is None else own[own["municipality_code"].isin(codes)]


def treated(election: str) -> tuple[str, ...]:
    return tuple(load_design().treated(election))


def others(rows: pd.DataFrame, election: str) -> pd.DataFrame:
    own = of(rows, election)
    return own[~own["municipality_code"].isin([*treated(election), *ABROAD])]


def percent(rows: pd.DataFrame) -> float:
    return float(100 * rows["invalid"].sum() / rows["ballots"].sum())


def test_the_eleven_at_gr2026(rows: pd.DataFrame) -> None:
    own = of(rows, "GR2026", treated("GR2026"))
    assert len(own) == 11
    assert own[["invalid", "blank", "ballots"]].sum().tolist() == [2_750, 831, 420_469]
    assert percent(own) == pytest.approx(0.654, abs=0.0005)


def test_the_country_at_gr2026(rows: pd.DataFrame) -> None:
    own = of(rows, "GR2026")
    assert len(own) == 340
    assert own[["invalid", "ballots"]].sum().tolist() == [20_931, 7_673_235]
    assert percent(own) == pytest.approx(0.273, abs=0.0005)
    assert len(others(rows, "GR2026")) == 329
    assert percent(others(rows, "GR2026")) == pytest.approx(0.251, abs=0.0005)


def test_the_eleven_at_gr2022(rows: pd.DataFrame) -> None:
    own = of(rows, "GR2022", treated("GR2026"))
    # An earlier check had 379,741 ballots: for Nijmegen and 's-Hertogenbosch it took voters
    # admitted (turnout_22 of NOS). Official valid votes + blank + invalid are 39 fewer.
    assert own[["invalid", "ballots"]].sum().tolist() == [793, 379_702]
    assert percent(own) == pytest.approx(0.209, abs=0.0005)


def test_the_five_and_the_country_at_tk2025(rows: pd.DataFrame) -> None:
    own = of(rows, "TK2025", treated("TK2025"))
    assert own[["invalid", "blank", "ballots"]].sum().tolist() == [633, 435, 131_478]
    whole = of(rows, "TK2025")[["invalid", "blank", "ballots"]].sum().tolist()
    assert whole == [28_206, 40_128, 10_640_324]
    national = load_table("national_results").set_index("election").loc["TK2025"]
    assert national[["invalid", "blank", "ballots"]].tolist() == whole
    assert percent(others(rows, "TK2025")) == pytest.approx(0.2605, abs=0.00005)


@pytest.mark.parametrize(
    ("election", "invalid", "ballots", "share"),
    [
        ("TK2023", None, None, 0.210),
        ("TK2025", 557, 115_107, 0.484),
        ("GR2026", 578, 84_777, 0.682),
    ],
)
def test_the_same_four_municipalities(
    rows: pd.DataFrame, election: str, invalid: int | None, ballots: int | None, share: float
) -> None:
    own = of(rows, election, FOUR)
    assert percent(own) == pytest.approx(share, abs=0.0005)
    if invalid is not None:
        assert own[["invalid", "ballots"]].sum().tolist() == [invalid, ballots]


def test_each_of_the_four_rose_from_the_second_to_the_third_use(rows: pd.DataFrame) -> None:
    second, third = (
        own["invalid"] / own["ballots"]
        for own in (
            of(rows, name, FOUR).set_index("municipality_code") for name in ("TK2025", "GR2026")
        )
    )
    assert (third > second).all()


def test_gr2022_is_known_of_333_municipalities(rows: pd.DataFrame) -> None:
    own = of(rows, "GR2022")
    assert len(own) == 333
    assert own[COUNTS].notna().all(axis=None)
    # 6,897,076 in the result per list; the record of Oegstgeest has 3 more.
    assert own["valid"].sum() == 6_897_076 + 3
    assert own["source"].str.startswith("gr2022-eml").sum() == 315
    completed = own[own["source"] == "gr2022-municipal+gr2026-nos"]
    assert len(completed) == 18
    assert {"Nijmegen", "'s-Hertogenbosch", "Tilburg"} <= set(completed["municipality"])


def test_eligible_voters_of_gr2022_are_never_those_of_the_record(rows: pd.DataFrame) -> None:
    own = of(rows, "GR2022").set_index("municipality_code")["eligible"]
    assert own.isna().sum() == 82  # no second source
    # Culemborg's record says 370,688, more than it has inhabitants.
    assert pd.isna(own["GM0216"]) or own["GM0216"] < 30_000
    assert (own.dropna() > 0).all()


@pytest.mark.parametrize(
    ("name", "share"), [("Nederweert", 1.81), ("Vaals", 1.16)], ids=["Nederweert", "Vaals"]
)
def test_high_without_the_new_ballot(rows: pd.DataFrame, name: str, share: float) -> None:
    own = of(rows, "GR2026")
    assert percent(own[own["municipality"] == name]) == pytest.approx(share, abs=0.005)


# --- down to the station --------------------------------------------------------------------

STATIONS = {"GR2022": 10, "GR2026": 11}  # municipalities with all their stations


@pytest.mark.parametrize(("election", "municipalities"), STATIONS.items())
def test_stations_add_up_to_their_municipality_in_every_column(
    rows: pd.DataFrame, election: str, municipalities: int
) -> None:
    stations = load_table("polling_stations", elections=[election])
    stations = stations[stations["municipality_code"] != "GM0268"]
    summed = stations.groupby("municipality_code")[COUNTS].sum()
    whole = of(rows, election).set_index("municipality_code").loc[summed.index, COUNTS]
    assert len(summed) == municipalities
    pd.testing.assert_frame_equal(summed, whole, check_dtype=False)
    marked = evaluatie.load(election, level="polling_station").rows
    assert marked.loc[marked["municipality_code"] != "GM0268", "complete"].all()


def test_nijmegen_is_never_complete(rows: pd.DataFrame) -> None:
    stations = load_table("polling_stations", elections=["GR2026"])
    own = stations[stations["municipality_code"] == "GM0268"]
    whole = of(rows, "GR2026", ["GM0268"]).iloc[0]
    assert len(own) == 47
    assert all(own[name].sum() < whole[name] for name in COUNTS)
    marked = evaluatie.load("GR2026", level="polling_station").only("Nijmegen").rows
    assert not marked["complete"].any()
    assert own["eligible"].isna().all()  # 1,825 everywhere: an average


def test_stations_of_the_ten_and_of_tilburg() -> None:
    stations = load_table("polling_stations", elections=["GR2026"])
    ten = stations[stations["source"] == "gr2026-stations"]
    assert (len(ten), ten["municipality_code"].nunique()) == (399, 10)
    tilburg = stations[stations["municipality"] == "Tilburg"]
    assert (len(tilburg), *tilburg[["invalid", "blank", "valid"]].sum()) == (99, 181, 198, 84_541)


@pytest.mark.parametrize(("election", "municipalities"), [("GR2022", 26), ("GR2026", 28)])
def test_candidates_add_up_to_the_lists_and_to_the_valid_votes(
    rows: pd.DataFrame, election: str, municipalities: int
) -> None:
    candidates = load_table("candidate_votes", elections=[election])
    assert candidates["municipality_code"].nunique() == municipalities
    summed = candidates.groupby("municipality_code")["votes"].sum()
    valid = of(rows, election).set_index("municipality_code")["valid"]
    assert (summed == valid[summed.index]).all()
    lists = load_table("list_votes", elections=[election])
    lists = lists[lists["municipality_code"].isin(set(summed.index))]
    official = sorted(zip(lists["municipality_code"], lists["votes"], strict=True))
    own = candidates.groupby(["municipality_code", "list_number"])["votes"].sum().reset_index()
    found = sorted(zip(own["municipality_code"], own["votes"], strict=True))
    assert found == official


# --- the effect of the ballot ---------------------------------------------------------------

EFFECTS = {
    "Leiden": 0.13,
    "Midden-Delfland": 0.23,
    "Nijmegen": 0.24,
    "Tynaarlo": 0.29,
    "Noordoostpolder": 0.34,
    "Boekel": 0.40,
    "Soest": 0.44,
    "Gouda": 0.54,
    "Meierijstad": 0.54,
    "Alphen aan den Rijn": 0.57,
    "'s-Hertogenbosch": 0.83,
}
"""Percentage points, from an independent check. What is taken off (the change elsewhere per
voter or per municipality, with or without unequal weights) moves them by 0.01 to 0.02."""


def changes(rows: pd.DataFrame) -> pd.DataFrame:
    """Change in percentage points per municipality, GR2022 to GR2026."""
    then, now = (of(rows, name).set_index("municipality_code") for name in ("GR2022", "GR2026"))
    both = now.join(then[["invalid", "ballots"]].add_suffix("_then"), how="inner")
    change = 100 * (both["invalid"] / both["ballots"] - both["invalid_then"] / both["ballots_then"])
    return both.assign(change=change.astype("float64"))


def test_effect_by_hand(rows: pd.DataFrame) -> None:
    both = changes(rows)
    left_out = ["GM0147", "GM0512"]  # Borne went back; Gorinchem voted again
    inside = both.index.isin(treated("GR2026"))
    elsewhere = both[~inside & ~both.index.isin(left_out)]
    eleven = both[inside]
    assert (len(eleven), len(elsewhere)) == (11, 318)

    def pooled(part: pd.DataFrame) -> float:
        now = part["invalid"].sum() / part["ballots"].sum()
        return float(100 * (now - part["invalid_then"].sum() / part["ballots_then"].sum()))

    # Three ways to weigh agree to 0.44 per voter, 0.41 per municipality.
    assert pooled(eleven) - pooled(elsewhere) == pytest.approx(0.44, abs=0.015)
    mean = eleven["change"].mean() - elsewhere["change"].mean()
    assert mean == pytest.approx(0.41, abs=0.015)
    single = (eleven["change"] - pooled(elsewhere)).set_axis(eleven["municipality"])
    assert (single > 0).all()
    for name, expected in EFFECTS.items():
        assert single[name] == pytest.approx(expected, abs=0.02), name


def test_effect_of_the_package() -> None:
    found = evaluatie.effect(evaluatie.load(), "GR2026").table
    single = found[found["unit"].str.startswith("GM")].set_index("municipality")["estimate"]
    assert set(EFFECTS) <= set(single.index)
    for name, expected in EFFECTS.items():
        assert 100 * single[[name]].iloc[0] == pytest.approx(expected, abs=0.02), name
    pooled = found[(found["unit"] == "pooled") & (found["role"] == "primary")].iloc[0]
    assert 100 * pooled["estimate"] == pytest.approx(0.44, abs=0.005)
    assert (pooled["n_treated"], pooled["n_comparison"]) == (11, 318)


def test_effect_at_tk2025() -> None:
    results = evaluatie.load()
    for weights, expected in (("voters", 0.233), ("municipalities", 0.252)):
        found = evaluatie.effect(results, "TK2025", weights=weights).table
        pooled = found[(found["unit"] == "pooled") & (found["role"] == "primary")].iloc[0]
        assert 100 * pooled["estimate"] == pytest.approx(expected, abs=0.005)
        assert pooled["vintage"] == "official"
