"""Loading counts: vintages, identities, the user's own tables."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import evaluatie
from evaluatie.counts import (
    Results,
    check_identities,
    identity_breaches,
    load,
    load_table,
)
from evaluatie.counts.checking import read_checked, read_table
from evaluatie.counts.manifest import read_manifest
from evaluatie.counts.results import _with_complete
from evaluatie.ground.errors import ChecksumError, EvaluatieError, InputError, UnknownNameError
from evaluatie.ground.folders import bundled

HEADER = (
    "election,municipality_code,municipality,vintage,"
    "eligible,ballots,valid,blank,invalid,rejected,source\n"
)
GOOD = "TK2025,GM0001,Onzin,official,1000,800,790,6,4,10,own\n"


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Path]:
    """A folder with the user's own table, made from lines."""

    def make(*lines: str, header: str = HEADER) -> Path:
        (tmp_path / "municipal_results.csv").write_text(header + "".join(lines), "utf-8")
        return tmp_path

    return make


def test_best_prefers_official_where_the_split_is_known(
    make_results: Callable[..., Results],
) -> None:
    results = make_results(
        ("TK2025", "GM0001", "A", "official", 1000, 800, 790, None, None, 10),
        ("TK2025", "GM0001", "A", "provisional", 1000, 799, 790, 5, 4, 9),
        ("TK2025", "GM0002", "B", "official", 500, 400, 396, 2, 2, 4),
        ("TK2025", "GM0002", "B", "provisional", 500, 400, 397, 2, 1, 3),
        ("TK2025", "GM0003", "C", "official", None, None, 70, None, None, None),
    )
    chosen = results.frame.set_index("municipality_code")["vintage"]
    assert dict(chosen) == {"GM0001": "provisional", "GM0002": "official", "GM0003": "official"}
    # The sum is official where its split is not.
    rejected = results.shares("rejected").set_index("municipality_code")
    assert rejected.at["GM0001", "vintage"] == "official"
    assert rejected.at["GM0001", "share"] == pytest.approx(10 / 800)
    assert results.shares("invalid", "official")["share"].notna().sum() == 1


def test_shipped_counts_hold_every_election_and_their_identities() -> None:
    results = evaluatie.load()
    assert results.elections == tuple(evaluatie.load_design().elections)
    rows = results.rows.dropna(subset=["valid", "blank", "invalid", "ballots"])
    assert (rows["valid"] + rows["blank"] + rows["invalid"] == rows["ballots"]).all()
    assert len(rows) > 3000


def test_what_ships_is_read_as_if_it_were_checked_again() -> None:
    ships = bundled("data")
    listed = [ships / entry["path"] for entry in read_manifest(ships)["table"]]
    for path in listed:
        name = path.stem if path.parent == ships else path.parent.name
        pd.testing.assert_frame_equal(read_checked(path, name), read_table(path, name))
    assert len(listed) > 20


def test_a_table_holds_its_texts_as_pandas_is_asked_to() -> None:
    """Also where it was read before, when something else was asked."""
    usual = pd.get_option("mode.string_storage")
    for asked in ("python", usual, "python"):
        with pd.option_context("mode.string_storage", asked):
            read = load_table("mergers")["code_from"].dtype
            wanted = pd.Series(["GM0001"], dtype="str").dtype
            assert read == wanted
            assert getattr(read, "storage", None) == getattr(wanted, "storage", None)


def test_own_rows_replace_shipped_rows_of_the_same_key(own: Callable[..., Path]) -> None:
    shipped = load("GR2026").only("Gouda").rows
    line = "GR2026,GM0513,Gouda,official,60000,30000,29700,100,200,300,own\n"
    merged = load("GR2026", data=own(line)).only("Gouda")
    assert len(merged.rows) == len(shipped)
    assert merged.frame["invalid"].tolist() == [200]
    assert merged.frame["vintage"].tolist() == ["official"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([GOOD.replace("1000,800", "1000,many")], "line 2: ballots is not a number; found many"),
        ([GOOD.replace(",6,4,", ",-6,4,")], "blank is too small; found -6; expected at least 0"),
        ([GOOD.replace(",6,4,", ",6.5,4,")], "blank is not a whole number"),
        ([GOOD.replace("790,6,4", "790,7,4")], "valid.blank.invalid=ballots; found 801"),
        ([GOOD, GOOD], "line 3: the same election . municipality_code . vintage stands twice"),
        ([GOOD.replace("GM0001", "12345")], "municipality_code has another form; found 12345"),
        ([GOOD.replace("official", "final")], "vintage is not allowed; found final"),
        ([GOOD.replace("1000,", "700,")], "ballots<=eligible; found 800; expected 700"),
        ([GOOD.replace("TK2025", "")], "election is empty"),
        ([GOOD.replace("800", "9" * 30)], "ballots is not a whole number|is not a number"),
        ([GOOD.replace("800", "inf")], "ballots is not a number"),
        ([GOOD.replace("800", "nan")], "ballots is not a number"),
    ],
)
def test_bad_tables_give_one_clear_line(
    lines: list[str], message: str, own: Callable[..., Path]
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load(data=own(*lines))
    assert "municipal_results.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_column_is_named(own: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="column 'vintage' is missing"):
        load(data=own(GOOD.replace("official,", ""), header=HEADER.replace("vintage,", "")))


def test_dutch_spreadsheets_write_semicolons_and_a_mark(tmp_path: Path) -> None:
    text = "\ufeff" + (HEADER + GOOD).replace(",", ";")
    (tmp_path / "municipal_results.csv").write_text(text, "utf-8")
    assert len(load(data=tmp_path).only("Onzin").rows) == 1


def test_no_data_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such data folder"):
        load(data=tmp_path / "absent")
    with pytest.raises(
        InputError, match=r"neither tables such as municipal_results\.csv nor design\.toml"
    ):
        load(data=tmp_path)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: load("TK2052"), "unknown election 'TK2052' .did you mean 'TK2025'"),
        (lambda: load(vintage="final"), "unknown vintage"),
        (lambda: load().shares("spoilt"), "unknown outcome"),
        (lambda: load().only("Alfen aan de Rijn"), "did you mean 'Alphen aan den Rijn'"),
        (lambda: load_table("result"), "unknown table"),
    ],
)
def test_unknown_names_suggest_the_nearest(call: Callable[[], object], message: str) -> None:
    with pytest.raises(UnknownNameError, match=message):
        call()


def test_a_changed_shipped_table_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "data"
    shutil.copytree(bundled("data"), copy)
    table = copy / "municipal_results.csv"
    table.write_bytes(table.read_bytes()[:-200])
    monkeypatch.setattr("evaluatie.counts.loading.bundled", lambda name: copy)
    with pytest.raises(ChecksumError, match="not the one the manifest describes"):
        load()


def test_rows_in_any_order_give_the_same_choice(make_results: Callable[..., Results]) -> None:
    rows = load("TK2025").rows
    shuffled = Results(rows.sample(frac=1, random_state=3).reset_index(drop=True))
    key = ["municipality_code"]
    one = Results(rows).frame.sort_values(key, ignore_index=True)
    pd.testing.assert_frame_equal(one, shuffled.frame.sort_values(key, ignore_index=True))


def test_every_error_is_of_the_family(own: Callable[..., Path]) -> None:
    with pytest.raises(EvaluatieError):
        load(data=own("\x00\x01\x02"))


def test_zeros_that_mean_not_reported_are_unknown() -> None:
    # Velsen; Voorschoten and Laarbeek
    silent = [("GM0453", "GR2026"), ("GM0626", "TK2025"), ("GM1659", "TK2025")]
    printed = load_table("municipal_results").set_index(
        ["municipality_code", "election", "vintage"]
    )
    for code, election in silent:
        assert printed["rejected"][(code, election, "provisional")] == 0
        shares = load(election, "provisional").shares("invalid")
        assert shares[shares["municipality_code"] == code]["share"].isna().all()


def test_own_reported_counts_are_not_taken_for_unreported(own: Callable[..., Path]) -> None:
    line = "GR2026,GM0453,Velsen,provisional,56167,29434,29300,70,64,134,own\n"
    shares = load("GR2026", "provisional", data=own(line)).only("Velsen").shares("invalid")
    assert shares["count"].tolist() == [64]


def test_the_users_own_exceptions_make_a_false_zero_unknown(own: Callable[..., Path]) -> None:
    folder = own("TK2025,GM0014,Groningen,official,1000,800,800,0,0,0,own\n")
    assert load("TK2025", data=folder).only("GM0014").shares("invalid")["count"].tolist() == [0]
    (folder / "known_exceptions.csv").write_text(
        "election,municipality_code,vintage,rule,note\n"
        "TK2025,GM0014,official,not-reported,invalid and blank were never reported\n",
        "utf-8",
    )
    results = load("TK2025", "official", data=folder).only("GM0014")
    assert results.shares("invalid")["count"].isna().all()


def test_results_bring_the_other_tables_of_their_folder(own: Callable[..., Path]) -> None:
    folder = own(GOOD)
    shipped = load_table("covariates").set_index("municipality_code")
    row = shipped.loc[["GM0034"]].assign(province="Drenthe").reset_index()
    row.to_csv(folder / "covariates.csv", index=False)
    results = load(data=folder)
    mine = results.table("covariates").set_index("municipality_code")["province"]
    assert (mine["GM0034"], shipped.at["GM0034", "province"]) == ("Drenthe", "Flevoland")
    assert len(mine) == len(shipped)
    assert results.table("covariates") is results.table("covariates")
    with pytest.raises(UnknownNameError, match="covariates"):
        results.table("covariate")


# --- below the municipality -----------------------------------------------------------------

STATION_HEADER = (
    "election,municipality_code,municipality,polling_station,valid,blank,invalid,ballots,rejected,"
    "vintage,source\n"
)
CANDIDATE_HEADER = (
    "election,municipality_code,municipality,polling_station,list_number,list_name,"
    "candidate_number,votes,vintage,source\n"
)


def stations_of(code: str, name: str, *counts: tuple[int, int, int]) -> str:
    return "".join(
        f"GR2026,{code},{name},{code[2:]}::SB{number},{valid},{blank},{invalid},"
        f"{valid + blank + invalid},{blank + invalid},official,own\n"
        for number, (valid, blank, invalid) in enumerate(counts, 1)
    )


def test_own_stations_take_the_place_of_all_of_their_municipality(tmp_path: Path) -> None:
    lines = stations_of("GM0755", "Boekel", (100, 1, 2), (50, 0, 1))
    (tmp_path / "polling_stations.csv").write_text(STATION_HEADER + lines, "utf-8")
    shipped = load("GR2026", level="polling_station")
    own = load("GR2026", level="polling_station", data=tmp_path)
    assert own.only("Boekel").rows["source"].unique().tolist() == ["own"]
    assert len(own.only("Boekel").rows) == 2
    kept, before = (each.rows[each.rows["municipality"] != "Boekel"] for each in (own, shipped))
    assert len(kept) == len(before)
    # They no longer add up to the official count of Boekel.
    assert not own.only("Boekel").rows["complete"].any()


def test_whether_stations_are_complete_is_unknown_without_their_municipality(
    tmp_path: Path,
) -> None:
    lines = stations_of("GM9998", "Verzonnen Dam", (100, 1, 2), (50, 0, 1))
    (tmp_path / "polling_stations.csv").write_text(STATION_HEADER + lines, "utf-8")
    rows = load("GR2026", level="polling_station", data=tmp_path).only("GM9998").rows
    assert rows["complete"].isna().all()
    counts = "GR2026,GM9998,Verzonnen Dam,official,300,154,150,1,3,4,own\n"
    (tmp_path / "municipal_results.csv").write_text(HEADER + counts, "utf-8")
    rows = load("GR2026", level="polling_station", data=tmp_path).only("GM9998").rows
    assert rows["complete"].all()
    # 150 valid votes are known, and how many were blank is not.
    counts = "GR2026,GM9998,Verzonnen Dam,official,300,,150,,,,own\n"
    (tmp_path / "municipal_results.csv").write_text(HEADER + counts, "utf-8")
    rows = load("GR2026", level="polling_station", data=tmp_path).only("GM9998").rows
    assert rows["complete"].isna().all()


def test_shares_of_stations(tmp_path: Path) -> None:
    lines = stations_of("GM9998", "Verzonnen Dam", (97, 1, 2), (0, 0, 0))
    (tmp_path / "polling_stations.csv").write_text(STATION_HEADER + lines, "utf-8")
    results = load("GR2026", level="polling_station", data=tmp_path).only("GM9998")
    assert results.unit == ["municipality_code", "polling_station"]
    shares = results.shares("invalid").set_index("polling_station")
    assert shares.loc["9998::SB1", ["count", "total", "share"]].tolist() == [2, 100, 0.02]
    assert pd.isna(shares.loc["9998::SB2", "share"])  # nobody came


def test_own_candidates_per_station_are_added_up(tmp_path: Path) -> None:
    head = "GR2026,GM9998,Verzonnen Dam"
    lines = [
        f"{head},9998::SB1,1,Lijst A,1,5,official,own\n",
        f"{head},9998::SB2,1,Lijst A,1,7,official,own\n",
        f"{head},9998::SB1,2,,3,4,official,own\n",
        f"{head},9998::SB2,2,,3,0,official,own\n",
        # Of this candidate there is a row of the whole municipality: stations are part of it.
        f"{head},9998::SB1,3,Lijst C,1,20,official,own\n",
        f"{head},,3,Lijst C,1,50,official,own\n",
    ]
    (tmp_path / "candidate_votes.csv").write_text(CANDIDATE_HEADER + "".join(lines), "utf-8")
    results = load("GR2026", level="candidate", data=tmp_path).only("GM9998")
    own = results.frame.set_index(["list_number", "candidate_number"])
    assert own["votes"].to_dict() == {(1, 1): 12, (2, 3): 4, (3, 1): 50}
    assert own.loc[(1, 1), "list_name"] == "Lijst A"
    assert pd.isna(own.loc[(2, 3), "list_name"])  # a list without a name
    with pytest.raises(InputError, match="candidates have votes, no shares"):
        results.shares("invalid")


def test_an_unknown_level_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'polling_station'"):
        load(level="polling_stations")


# --- by hand --------------------------------------------------------------------------------


def test_shares_by_hand(make_results: Callable[..., Results]) -> None:
    results = make_results(
        ("TK2025", "GM0001", "A", "official", 1000, 800, 790, 6, 4, 10),
        ("TK2025", "GM0002", "B", "official", 500, 0, 0, 0, 0, 0),
        # Without its denominator an official numerator gives no share; the other row does.
        ("TK2025", "GM0003", "C", "official", 500, None, None, None, 3, None),
        ("TK2025", "GM0003", "C", "provisional", 500, 400, 390, 6, 4, 10),
    )
    shares = {
        outcome: results.shares(outcome).set_index("municipality_code")
        for outcome in ("invalid", "blank", "rejected", "turnout")
    }
    found = {outcome: table.at["GM0001", "share"] for outcome, table in shares.items()}
    assert found == {"invalid": 4 / 800, "blank": 6 / 800, "rejected": 10 / 800, "turnout": 0.8}
    nothing = shares["invalid"].loc["GM0002"]
    assert (nothing["count"], nothing["total"]) == (0, 0)
    assert pd.isna(nothing["share"])
    third = shares["invalid"].loc["GM0003"]
    assert (third["vintage"], third["share"]) == ("provisional", 0.01)


def test_a_municipality_by_any_of_its_names_is_all_of_its_rows(
    make_results: Callable[..., Results],
) -> None:
    results = make_results(
        ("TK2021", "GM0001", "Oud", "official", 1000, 800, 790, 6, 4, 10),
        ("TK2023", "GM0001", "Nieuw", "official", 1000, 800, 790, 6, 4, 10),
        ("TK2023", "GM0002", "Ander", "official", 1000, 800, 790, 6, 4, 10),
    )
    for name in ("Oud", "NIEUW", "GM0001"):
        assert results.only(name).rows["election"].tolist() == ["TK2021", "TK2023"]
    assert len(results.only(["oud", "ander"]).rows) == 3


def test_the_sources_of_a_row_are_told_apart(make_results: Callable[..., Results]) -> None:
    rows = make_results(
        ("TK2023", "GM0001", "A", "official", 1000, 800, 790, 6, 4, 10),
        ("TK2023", "GM0002", "B", "official", 1000, 800, 790, 6, 4, 10),
    ).rows
    assert Results(rows.assign(source=["b+c", "a+b"])).sources == ("a", "b", "c")


def test_elections_come_in_order_of_date_and_unknown_ones_last(
    make_results: Callable[..., Results],
) -> None:
    counts = ("official", 1000, 800, 790, 6, 4, 10)
    names = ("TK2025", "AB2030", "GR2026", "EP2024", "TK2023")
    results = make_results(*((name, "GM0001", "A", *counts) for name in names))
    assert results.elections == ("TK2023", "EP2024", "TK2025", "GR2026", "AB2030")


def test_own_zeros_that_mean_not_reported_are_unknown(own: Callable[..., Path]) -> None:
    folder = own(
        "TK2025,GM0001,Onzin,official,1000,800,800,0,0,0,own\n",
        "TK2025,GM0002,Larie,official,1000,800,795,0,5,5,own\n",
    )
    (folder / "known_exceptions.csv").write_text(
        "election,municipality_code,vintage,rule,note\n"
        "TK2025,GM0001,official,not-reported,zeros\n"
        "TK2025,GM0002,official,not-reported,reported after all\n",
        "utf-8",
    )
    rows = load("TK2025", data=folder).only(["Onzin", "Larie"]).rows.set_index("municipality")
    counts = ["ballots", "blank", "invalid", "rejected"]
    assert rows.loc["Onzin", counts].isna().tolist() == [False, True, True, True]
    assert rows.loc["Larie", counts].tolist() == [800, 0, 5, 5]


@pytest.mark.parametrize(
    ("counts", "broken"),
    [
        # eligible, ballots, valid, blank, invalid, rejected
        ((1000, 800, 790, 6, 4, 10), []),
        ((800, 800, 790, 6, 4, 10), []),  # everybody voted
        ((799, 800, 790, 6, 4, 10), [("ballots<=eligible", 800, 799)]),
        ((1000, 800, 790, None, None, 9), [("valid+rejected=ballots", 799, 800)]),
        ((1000, 800, 790, None, None, 11), [("valid+rejected=ballots", 801, 800)]),
        ((1000, None, 790, 6, 3, 10), [("blank+invalid=rejected", 9, 10)]),
        ((1000, 800, 790, 5, 4, None), [("valid+blank+invalid=ballots", 799, 800)]),
        ((None, None, 790, None, None, None), []),
    ],
)
def test_identities_by_hand(
    make_results: Callable[..., Results],
    counts: tuple[int | None, ...],
    broken: list[tuple[str, int, int]],
) -> None:
    good = ("TK2025", "GM0001", "A", "official", 1000, 800, 790, 6, 4, 10)
    rows = make_results(good, ("TK2025", "GM0002", "B", "official", *counts)).rows
    found = identity_breaches(rows)
    assert [(each.rule, each.left, each.right) for each in found] == broken
    if broken:  # on the third line of a file: a heading, a good row, this one
        with pytest.raises(InputError, match=r"line 3: the counts of B at TK2025 break"):
            check_identities(rows, file="own.csv")
        excused = pd.DataFrame([dict(zip(KEY, found[0].key, strict=True))])
        check_identities(rows, excused)


KEY = ("election", "municipality_code", "vintage", "rule")


def test_stations_are_complete_where_every_count_adds_up() -> None:
    key = {"election": "GR2026", "vintage": "official"}
    stations = pd.DataFrame(
        [
            {**key, "municipality_code": code, "valid": valid, "blank": blank, "invalid": invalid}
            for code in ("GM0001", "GM0002", "GM0003")
            for valid, blank, invalid in ((10, 1, 0), (20, 0, 1))
        ]
    ).astype({"valid": "Int64", "blank": "Int64", "invalid": "Int64"})
    whole = pd.DataFrame(
        [
            {**key, "municipality_code": "GM0001", "valid": 30, "blank": 1, "invalid": 1},
            {**key, "municipality_code": "GM0002", "valid": 30, "blank": 1, "invalid": 2},
        ]
    ).astype({"valid": "Int64", "blank": "Int64", "invalid": "Int64"})
    told = _with_complete(stations, whole).groupby("municipality_code")["complete"].first()
    assert told["GM0001"]
    assert not told["GM0002"]
    assert pd.isna(told["GM0003"])
