"""Comparable units: whole mergers add up, divided municipalities are left out and listed."""

from __future__ import annotations

import pandas as pd
import pytest

import evaluatie
from evaluatie.answers.rates import rates
from evaluatie.counts.boundaries import Division, comparable
from evaluatie.counts.mergers import election_date, successors
from evaluatie.ground.errors import EvaluatieError, InputError

COUNTS = ["eligible", "ballots", "valid", "blank", "invalid", "rejected"]
SETS = [
    ["TK2010", "TK2012", "TK2017", "TK2021", "TK2023", "TK2025"],
    ["TK2017", "TK2021", "TK2023", "TK2025"],
    ["TK2023", "TK2025"],
    ["EP2019", "EP2024"],
    ["GR2018", "GR2022", "GR2026"],
    ["TK2012", "EP2019", "TK2021", "GR2026"],
]


@pytest.fixture(scope="module")
def shipped() -> evaluatie.Results:
    return evaluatie.load()


@pytest.fixture(scope="module")
def codes() -> pd.DataFrame:
    return evaluatie.load_table("municipality_codes")


def mergers(*rows: tuple[int, str, str, str]) -> pd.DataFrame:
    """Made-up mergers: year, from, to, kind."""
    return pd.DataFrame(
        [(y, a, f"Name {a}", b, f"Name {b}", kind, "made-up") for y, a, b, kind in rows],
        columns=[
            "valid_from_year",
            "code_from",
            "name_from",
            "code_to",
            "name_to",
            "kind",
            "source",
        ],
    )


def listing(**elections: str) -> pd.DataFrame:
    """Made-up code list: election = codes with blanks between."""
    return pd.DataFrame(
        [(e, c, f"Name {c}", "made-up") for e, cs in elections.items() for c in cs.split()],
        columns=["election", "municipality_code", "municipality", "source"],
    )


def counts(*rows: tuple[str, str, int | None]) -> pd.DataFrame:
    """Made-up counts: election, code, invalid; all official."""
    frame = pd.DataFrame(rows, columns=["election", "municipality_code", "invalid"])
    return frame.assign(municipality="Name " + frame["municipality_code"], vintage="official")


def division(rows: pd.DataFrame, table: pd.DataFrame | None = None, codes=None) -> Division:
    """The newest division of these rows, by the tables that ship unless others are given."""
    shipped = [evaluatie.load_table(name) for name in ("mergers", "municipality_codes")]
    used = [
        own if own is not None else ours for own, ours in zip((table, codes), shipped, strict=True)
    ]
    return Division(rows, *used, evaluatie.load_design())


def summed(rows: pd.DataFrame, table: pd.DataFrame | None = None, codes=None) -> pd.DataFrame:
    made = division(rows, table, codes)
    return comparable(rows, made.mergers, made.codes, made.plan)


def left_out(rows: pd.DataFrame, table: pd.DataFrame | None = None, codes=None) -> pd.DataFrame:
    placed = division(rows, table, codes).placed
    return placed[placed["reason"].notna()]


def throughout(frame: pd.DataFrame) -> set[str]:
    """Codes with a row at every election."""
    seen = frame.groupby("municipality_code")["election"].nunique()
    return set(seen.index[seen == frame["election"].nunique()])


CHAIN = mergers(
    (2019, "GM0001", "GM0002", "whole"),
    (2022, "GM0002", "GM0003", "whole"),
    (2022, "GM0004", "GM0003", "whole"),
)
CHAIN_CODES = listing(TK2017="GM0001 GM0002 GM0004 GM0005", TK2023="GM0003 GM0005")
CHAIN_COUNTS = counts(
    ("TK2017", "GM0001", 1),
    ("TK2017", "GM0002", 2),
    ("TK2017", "GM0004", 4),
    ("TK2017", "GM0005", 8),
    ("TK2023", "GM0003", 16),
    ("TK2023", "GM0005", 32),
)


# --- on the counts that ship ----------------------------------------------------------------


@pytest.mark.parametrize("elections", SETS, ids="-".join)
def test_national_totals_survive(shipped, elections) -> None:
    rows, key = shipped.where(elections).rows, ["election", "vintage"]
    before = rows.groupby(key)[COUNTS].sum()
    kept = summed(rows).groupby(key)[COUNTS].sum().reindex(before.index, fill_value=0)
    out = left_out(rows).groupby(key)[COUNTS].sum().reindex(before.index, fill_value=0)
    pd.testing.assert_frame_equal(kept + out, before, check_dtype=False)
    # The provisional rows of GR2022 are councils of another date, whose ballots are unknown.
    assert len(kept[kept["valid"] > 0]) == (before["valid"] > 0).sum()


@pytest.mark.parametrize("elections", SETS, ids="-".join)
def test_doing_it_twice_changes_nothing(shipped, elections) -> None:
    once = summed(shipped.where(elections).rows)
    pd.testing.assert_frame_equal(once, summed(once))
    assert left_out(once).empty


def test_the_order_of_rows_does_not_matter(shipped) -> None:
    rows = shipped.where(SETS[0]).rows
    for seed in range(3):
        shuffled = rows.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(summed(rows), summed(shuffled))
        pd.testing.assert_frame_equal(left_out(rows), left_out(shuffled))


@pytest.mark.parametrize("elections", SETS, ids="-".join)
def test_every_municipality_of_the_newest_division_is_kept_or_listed(
    shipped, codes, elections
) -> None:
    newest = elections[-1]
    rows = shipped.where(elections).rows
    frame = summed(rows)
    kept = set(frame.loc[frame["election"] == newest, "municipality_code"])
    out = set(left_out(rows)["unit"])
    assert kept | out >= set(codes.loc[codes["election"] == newest, "municipality_code"])
    assert not kept & out
    assert (frame["division"] == newest).all()


def test_what_changed_since_2017_is_the_published_list_of_divided_municipalities(
    shipped, codes
) -> None:
    divided = {
        "GM1966": "Het Hogeland",
        "GM1969": "Westerkwartier",
        "GM1949": "Waadhoeke",
        "GM0080": "Leeuwarden",
        "GM1900": "Súdwest-Fryslân",
        "GM1992": "Voorne aan Zee",
        "GM1930": "Nissewaard",
        "GM0757": "Boxtel",
        "GM0824": "Oisterwijk",
        "GM0855": "Tilburg",
        "GM0865": "Vught",
    }
    rows = shipped.where(SETS[1]).rows
    existing = set(codes.loc[codes["election"] == "TK2025", "municipality_code"])
    existing |= {"GM9001", "GM9002", "GM9003"}  # the Caribbean Netherlands
    # 's-Gravenhage held the postal votes from abroad up to TK2021.
    assert throughout(summed(rows)) == existing - set(divided) - {"GM0518"}
    split = left_out(rows).query("reason == 'split'")
    assert set(split["unit"]) - {"GM0053", "GM0140", "GM0788"} == set(divided)


def test_borders_that_changed_before_mergers_are_recorded(shipped) -> None:
    rows = shipped.where(SETS[0]).rows
    reasons = left_out(rows).drop_duplicates("unit").set_index("municipality")["reason"]
    assert reasons["Boskoop"] == "unknown_successor"
    assert reasons["Alphen aan den Rijn"] == "grown"
    assert reasons["Bonaire"] == "grown"
    assert reasons["NBSB"] == "counted_inside"
    assert len(throughout(summed(rows))) == 309


def test_a_merger_adds_its_parts(shipped) -> None:
    frame = summed(shipped.where(["TK2017", "TK2025"]).rows)
    rows = shipped.where("TK2017").rows.set_index("municipality")
    here = (frame["election"] == "TK2017") & (frame["municipality"] == "Westerwolde")
    westerwolde = frame[here].iloc[0]
    for name in COUNTS:
        assert westerwolde[name] == rows.loc[["Bellingwedde", "Vlagtwedde"], name].sum()


def test_comparable_counts_feed_the_other_analyses(shipped) -> None:
    frame = summed(shipped.where(["TK2021", "TK2023"]).rows)
    table = rates(evaluatie.Results(frame), "invalid", "election").table.set_index("election")
    assert len(set(table["n_municipalities"])) == 1
    assert len(throughout(frame)) == 344


# --- on made-up municipalities --------------------------------------------------------------


def test_mergers_are_followed_through_the_years() -> None:
    assert successors(CHAIN, 2017, 2023) == {
        "GM0001": "GM0003",
        "GM0002": "GM0003",
        "GM0004": "GM0003",
    }
    assert successors(CHAIN, 2017, 2021) == {"GM0001": "GM0002"}
    assert successors(CHAIN, 2019, 2021) == {}
    sums = summed(CHAIN_COUNTS, CHAIN, CHAIN_CODES).set_index(["election", "municipality_code"])[
        "invalid"
    ]
    assert sums.to_dict() == {
        ("TK2017", "GM0003"): 7,
        ("TK2017", "GM0005"): 8,
        ("TK2023", "GM0003"): 16,
        ("TK2023", "GM0005"): 32,
    }
    named = summed(CHAIN_COUNTS, CHAIN, CHAIN_CODES)["municipality"]
    assert set(named) == {"Name GM0003", "Name GM0005"}


def test_an_unknown_part_makes_the_sum_unknown() -> None:
    rows = CHAIN_COUNTS.assign(
        invalid=CHAIN_COUNTS["invalid"].where(CHAIN_COUNTS["municipality_code"] != "GM0004")
    )
    sums = summed(rows, CHAIN, CHAIN_CODES)
    assert pd.isna(sums.set_index(["election", "municipality_code"])["invalid"]["TK2017", "GM0003"])


def test_a_missing_part_leaves_the_unit_out_at_that_election_only() -> None:
    rows = CHAIN_COUNTS[CHAIN_COUNTS["municipality_code"] != "GM0004"]
    frame, out = (each(rows, CHAIN, CHAIN_CODES) for each in (summed, left_out))
    assert list(out["municipality_code"]) == ["GM0001", "GM0002"]
    assert set(out["reason"]) == {"incomplete"}
    assert ("TK2023", "GM0003") in set(
        zip(frame["election"], frame["municipality_code"], strict=True)
    )
    assert throughout(frame) == {"GM0005"}


def test_vintages_are_never_added_together() -> None:
    rows = CHAIN_COUNTS.assign(
        vintage=["provisional" if c == "GM0004" else "official" for c in CHAIN_COUNTS.iloc[:, 1]]
    )
    out = left_out(rows, CHAIN, CHAIN_CODES)
    assert set(out["municipality_code"]) == {"GM0001", "GM0002", "GM0004"}
    assert set(out["reason"]) == {"incomplete"}


def test_what_was_divided_and_what_it_went_into_are_left_out() -> None:
    table = mergers(
        (2019, "GM0001", "GM0002", "part"),
        (2019, "GM0001", "GM0004", "part"),
        (2022, "GM0002", "GM0003", "whole"),
    )
    codes = listing(TK2017="GM0001 GM0002 GM0004 GM0005", TK2023="GM0003 GM0004 GM0005")
    frame, out = (each(CHAIN_COUNTS, table, codes) for each in (summed, left_out))
    assert set(frame["municipality_code"]) == {"GM0005"}
    assert set(out["reason"]) == {"split"}
    assert out["invalid"].sum() == 1 + 2 + 4 + 16
    # A division before the oldest election changes nothing between the elections.
    later = counts(("TK2021", "GM0002", 3), ("TK2023", "GM0003", 5), ("TK2023", "GM0004", 6))
    assert left_out(later, table, listing(TK2021="GM0002", TK2023="GM0003 GM0004")).empty


def test_a_council_elected_ahead_of_its_merger_stands_for_itself() -> None:
    ahead = counts(("GR2018", "GM0003", 5), ("GR2026", "GM0003", 6))
    frame = summed(ahead, CHAIN, listing(GR2018="GM0001 GM0002", GR2026="GM0003"))
    assert list(frame["invalid"]) == [5, 6]


def test_an_election_outside_the_plan_has_the_year_of_its_name() -> None:
    assert election_date("PS2027").year == 2027
    rows = counts(("PS2027", "GM0003", 1), ("TK2017", "GM0001", 2))
    frame = summed(rows, CHAIN, listing(TK2017="GM0001"))
    assert list(frame["election"]) == ["TK2017", "PS2027"]
    assert list(frame["municipality_code"]) == ["GM0003", "GM0003"]


BAD = {
    "circle": (
        CHAIN_COUNTS,
        mergers((2019, "GM0001", "GM0002", "whole"), (2019, "GM0002", "GM0001", "whole")),
        "circle",
    ),
    "two wholes": (
        CHAIN_COUNTS,
        mergers((2019, "GM0001", "GM0002", "whole"), (2019, "GM0001", "GM0004", "whole")),
        "two others",
    ),
    "counted twice": (
        pd.concat([CHAIN_COUNTS, counts(("TK2017", "GM0003", 7))]),
        CHAIN,
        "beside its own parts",
    ),
    "twice": (pd.concat([CHAIN_COUNTS, CHAIN_COUNTS[:1]]), CHAIN, "stands twice"),
    "no year": (CHAIN_COUNTS.assign(election="TK"), CHAIN, "twice|year"),
}


@pytest.mark.parametrize("case", BAD)
def test_contradictions_are_refused_in_one_line(case) -> None:
    rows, table, words = BAD[case]
    with pytest.raises(InputError, match=words) as caught:
        summed(rows, table, CHAIN_CODES)
    assert "\n" not in str(caught.value)


def test_an_election_without_a_year_is_refused() -> None:
    with pytest.raises(EvaluatieError, match="ends in its year"):
        election_date("last year")
