"""Records of council elections below the municipality: sound ones, and the error of each other."""

from __future__ import annotations

import functools
import io
import zipfile

import pandas as pd
import pytest
import synthetic_eml as synthetic

from evaluatie.ground.errors import InputError, in_file
from evaluatie.sources.council_records import (
    read_candidates,
    read_eml,
    read_osv_stations,
    read_stations,
    read_totals,
)

# --- the archive of EML counts --------------------------------------------------------------

NORTH = [synthetic.Block("9001::SB1", "Stembureau School (postcode: 1234 AB)", [[5, 3], [2, 0]])]
NORTH += [synthetic.Block("9001::SB2", "Stembureau Stembureau\tKerk", [[1, 1], [4, 2]], 0, 5)]
SOUTH = [synthetic.Block("9002::SB1", "Stembureau Zuid", [[10, 0], [0, 7]], 2, 0)]


def council(blocks: list[synthetic.Block], code: str, name: str, **options: str) -> bytes:
    own = {"election": "GR2099", "names": ("Lijst A", "")} | options
    return synthetic.count(blocks, authority=code, authority_name=name, **own)  # type: ignore[arg-type]


def zipped(*contents: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"telling_{number}.eml.xml", content)
    return stream.getvalue()


ARCHIVE = zipped(council(NORTH, "9001", "Noord"), council(SOUTH, "9002", "Zuid"))


def test_an_archive_gives_municipalities_stations_and_candidates() -> None:
    tables = read_eml(ARCHIVE)
    rows = tables["municipal_results"].set_index("municipality_code")
    names = ["valid", "blank", "invalid", "ballots", "rejected"]
    # 5+3+2+0 + 1+1+4+2 valid; 2+5 blank, 1+0 invalid.
    assert rows.loc["GM9001", names].tolist() == [18, 7, 1, 26, 8]
    assert rows.loc["GM9002", names].tolist() == [17, 0, 2, 19, 2]
    stations = tables["polling_stations"]
    assert stations["polling_station"].tolist() == ["9001::SB1", "9001::SB2", "9002::SB1"]
    assert stations["station_name"].tolist() == ["School", "Kerk", "Zuid"]
    assert stations["invalid"].tolist() == [1, 0, 2]
    assert stations["eligible"].isna().all()  # the files say 0: unknown


def test_candidates_are_summed_over_the_stations_of_their_municipality() -> None:
    tables = read_eml(ARCHIVE)
    votes = tables["candidate_votes"].set_index(
        ["municipality_code", "list_number", "candidate_number"]
    )["votes"]
    assert votes["GM9001"].tolist() == [6, 4, 6, 2]
    assert votes["GM9002"].tolist() == [10, 0, 0, 7]
    named = tables["candidate_votes"].set_index("list_number")["list_name"]
    assert set(named[2]) == {"Blanco (lijst 2)"}
    summary = tables["candidate_summary"].set_index(["municipality_code", "list_number"])
    # On list 2 the candidate with the number of the list is number 2.
    assert summary.loc[("GM9001", 2), ["votes", "votes_first", "votes_namesake"]].tolist() == [
        8,
        6,
        2,
    ]


def lists_wrong() -> bytes:
    return council(SOUTH, "9002", "Zuid").replace(b"<ValidVotes>7<", b"<ValidVotes>8<", 1)


def station_wrong() -> bytes:
    content = council(SOUTH, "9002", "Zuid")
    head, mark, tail = content.rpartition(b'<RejectedVotes ReasonCode="ongeldig">2<')
    return head + mark.replace(b"2<", b"3<") + tail


@pytest.mark.parametrize(
    ("content", "message", "rule"),
    [
        (zipped(lists_wrong()), "does not add up", "lists=valid"),
        (zipped(station_wrong()), "does not add up", "units=total"),
        (zipped(), "holds no counts", "EML 510b"),
        (zipped(*[council(SOUTH, "9002", "Zuid")] * 2), "two counts of one", "unique"),
        (zipped(council(SOUTH, "9002", "Zuid", kind="510c")), "not the count of one", "EML 510b"),
        (zipped(synthetic.result()), "holds no counts", None),
        (zipped(b"<EML"), "not well-formed", None),
        (b"PK no archive", "not a sound zip", None),
    ],
)
def test_broken_archives(content: bytes, message: str, rule: str | None) -> None:
    with pytest.raises(InputError, match=message) as caught, in_file("a.zip"):
        read_eml(content)
    assert str(caught.value.file).startswith("a.zip")
    assert rule is None or caught.value.rule == rule


# --- OSV4-3, with and without its heading ---------------------------------------------------

HEADING = "Verkiezing;;Gemeenteraad 2099\nDatum;;2099-01-01\nGebied;;Noord\nNummer;;9001\n"


def headless(content: bytes) -> bytes:
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True)
    return b"\xef\xbb\xbf" + b"".join(lines[4:])


def test_a_count_without_heading_is_read_under_the_one_written_out() -> None:
    tables = read_osv_stations(headless(synthetic.osv(quoted=False)), HEADING)
    stations = tables["polling_stations"]
    assert set(stations["municipality_code"]) == {"GM9001"}
    own = [synthetic.station(number) for number in (1, 2, 3)]
    assert stations["valid"].tolist() == [block.valid for block in own]
    assert stations["invalid"].tolist() == [1, 1, 1]
    assert stations["station_name"].tolist() == ["Verzonnen 1", "Verzonnen 2", "Verzonnen 3"]


def test_without_a_heading_nobody_guesses_the_municipality() -> None:
    with pytest.raises(InputError), in_file("o.csv"):
        read_osv_stations(headless(synthetic.osv(quoted=False)))


def test_a_count_that_does_not_add_up_is_refused() -> None:
    content = synthetic.osv(quoted=False)
    assert b";blanco stembiljetten;;;6;2;2;2" in content
    wrong = content.replace(b";blanco stembiljetten;;;6;2;2;2", b";blanco stembiljetten;;;6;2;2;3")
    with pytest.raises(InputError, match="does not add up"), in_file("o.csv"):
        read_osv_stations(wrong)


# --- transcribed tables ---------------------------------------------------------------------

STATION_HEAD = (
    "municipality_code,station_id,station_name,postcode,eligible,ballots,valid,blank,invalid,"
    "passes,proxies,admitted,more_ballots,fewer_ballots,investigated\n"
)
STATIONS = STATION_HEAD + (
    "GM9001,9001::SB1,Stembureau Stembureau School,1234 AB,500,100,95,3,2,90,9,99,1,0,a;b\n"
    "GM9001,9001::SB2,Stembureau Kerk,,0,50,49,0,1,45,5,50,0,0,\n"
    "GM9001,9001::SB3,Stembureau Bus,,700,10,10,0,0,10,0,10,0,0,\n"
    "GM9002,9002::SB1,Stembureau Oost,,1825,20,18,1,1,20,0,20,0,0,\n"
    "GM9002,9002::SB2,Stembureau West,,1825,30,30,0,0,32,0,32,0,2,\n"
    "GM9002,9002::SB3,Stembureau Mobiel,,0,5,5,0,0,5,0,5,0,0,\n"
)


def test_stations_as_transcribed() -> None:
    rows = read_stations(STATIONS.encode())["polling_stations"]
    rows = rows.set_index("polling_station")
    assert rows.loc["9001::SB1", ["ballots", "blank", "invalid", "rejected"]].tolist() == [
        100,
        3,
        2,
        5,
    ]
    assert rows.loc["9001::SB1", "station_name"] == "School"
    assert rows.loc["9001::SB1", ["poll_cards", "proxies", "admitted"]].tolist() == [90, 9, 99]
    assert pd.isna(rows.loc["9001::SB2", "postcode"])


def test_eligible_voters_that_are_zero_or_an_average_are_unknown() -> None:
    rows = read_stations(STATIONS.encode())["polling_stations"]
    eligible = rows.set_index("polling_station")["eligible"]
    assert eligible[["9001::SB1", "9001::SB3"]].tolist() == [500, 700]
    assert pd.isna(eligible["9001::SB2"])
    # One number at every station of a municipality, but for a mobile one without any.
    assert eligible[["9002::SB1", "9002::SB2", "9002::SB3"]].isna().all()


def test_investigated_is_unknown_where_a_record_names_no_station_at_all() -> None:
    rows = read_stations(STATIONS.encode())["polling_stations"]
    investigated = rows.set_index("polling_station")["investigated"]
    assert investigated[["9001::SB1", "9001::SB2"]].tolist() == ["a; b", "none"]
    assert investigated[["9002::SB1", "9002::SB2"]].isna().all()


TOTALS = (
    "municipality_code,eligible,valid,blank,invalid,admitted,more_ballots,fewer_ballots,created_at\n"
    "GM9001,900,144,3,3,149,2,1,2026-03-20T09:00\nGM9002,800,48,1,1,52,0,2,2026-03-21T10:00\n"
)


def test_totals_as_transcribed() -> None:
    rows = read_totals(TOTALS.encode())["municipal_results"]
    names = ["eligible", "valid", "blank", "invalid", "ballots", "rejected"]
    assert rows.set_index("municipality_code").loc["GM9001", names].tolist() == [
        *(900, 144, 3, 3, 150, 6)
    ]
    evidence = read_totals(TOTALS.encode())["evidence"].set_index("group")
    # Two ballots too many at one station and one too few at another are three differences.
    assert evidence.loc["GM9001", ["value", "n", "source_date"]].tolist() == [3, 150, "2026-03-20"]


CANDIDATES = (
    "municipality_code,list_number,list_name,candidate_number,votes\n"
    "GM9001,1,Lijst A,1,9\nGM9001,1,Lijst A,2,4\nGM9001,1,Lijst A,,13\n"
    "GM9001,2,,1,5\nGM9001,2,,2,6\nGM9001,2,,,11\n"
)


def test_candidates_as_transcribed() -> None:
    tables = read_candidates(CANDIDATES.encode())
    votes = tables["candidate_votes"]
    assert votes["votes"].tolist() == [9, 4, 5, 6]  # without the totals of lists
    assert votes["list_name"].unique().tolist() == ["Lijst A", "Blanco (lijst 2)"]
    summary = tables["candidate_summary"].set_index("list_number")
    assert summary.loc[2, ["votes", "votes_first", "votes_namesake"]].tolist() == [11, 5, 6]
    # 1 over the sum of squared shares: 169 / (81 + 16).
    assert float(summary.loc[1, "concentration"]) == pytest.approx(
        169 / 97, abs=5e-5
    )  # four decimals ship


STATION, TOTAL, CANDIDATE = read_stations, read_totals, read_candidates


@pytest.mark.parametrize(
    ("read", "text", "before", "after", "message", "unit"),
    [
        (STATION, STATIONS, ",100,95,", ",101,95,", "counts do not add up", "line 2"),
        (STATION, STATIONS, ",45,5,50,0,0,", ",45,5,49,0,0,", "counts do not add up", "line 3"),
        (STATION, STATIONS, ",95,3,2,", ",95,,2,", "'blank' holds no count", "line 2"),
        (STATION, STATIONS, "9001::SB2", "9001::SB1", "polling_station stands twice", "line 3"),
        (STATION, STATIONS, "admitted", "toegelaten", "column 'admitted' is missing", "line 1"),
        (TOTAL, TOTALS, "48,1,1,52,0,2", "48,1,1,52,0,1", "counts do not add up", "line 3"),
        (TOTAL, TOTALS, "GM9002", "GM9001", "municipality_code stands twice", "line 3"),
        (TOTAL, TOTALS, ",144,", ",,", "'valid' holds no count", "line 2"),
        (CANDIDATE, CANDIDATES, "A,2,4", "A,2,5", "add up to their list", "GM9001, list 1"),
        (CANDIDATE, CANDIDATES, "GM9001,1,Lijst A,,13\n", "", "add up", "GM9001, list 1"),
        (
            *(CANDIDATE, CANDIDATES, "GM9001,2,,1,5\nGM9001,2,,2,6\n", ""),
            *("add up", "GM9001, list 2"),
        ),
        (CANDIDATE, CANDIDATES, "A,2,4", "A,1,4", "candidate_number stands twice", "line 3"),
        (CANDIDATE, CANDIDATES, "GM9001,2,,1,5", "Noord,2,,1,5", "no municipality code", "line 5"),
    ],
)
def test_a_slip_in_a_transcribed_table_is_named(
    read: functools.partial[object], text: str, before: str, after: str, message: str, unit: str
) -> None:
    assert before in text
    with pytest.raises(InputError, match=message) as caught, in_file("bron.csv"):
        read(text.replace(before, after, 1).encode())
    assert (caught.value.file, caught.value.unit) == ("bron.csv", unit)
    assert "\n" not in str(caught.value)
