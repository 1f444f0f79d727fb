"""Proofs on the raw files themselves: other code reads them, and the same answers come out."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

import evaluatie
from evaluatie.counts import Results, load_table
from evaluatie.counts.checking import read_table
from evaluatie.sources.reading import ingest

pytestmark = pytest.mark.raw

COUNTS = ["valid", "blank", "invalid", "ballots", "rejected"]
GR2022 = "eml/GR2022_510b_315_gemeenten.zip"


@pytest.fixture(scope="module")
def archive(raw: Path) -> Path:
    return raw / GR2022


# --- another reader of the 315 records ------------------------------------------------------


def stations_by_pattern(archive: Path) -> Iterator[tuple[str, str, int, int, int]]:
    """Code, station, valid, blank and invalid, found in the bytes without any XML reader."""
    unit = re.compile(
        rb'<ReportingUnitIdentifier Id="([^"]+)".*?<TotalCounted>(\d+)</TotalCounted>\s*'
        rb'<RejectedVotes ReasonCode="ongeldig">(\d+)</RejectedVotes>\s*'
        rb'<RejectedVotes ReasonCode="blanco">(\d+)</RejectedVotes>',
        re.DOTALL,
    )
    with zipfile.ZipFile(archive) as opened:
        for name in opened.namelist():
            for station, valid, invalid, blank in unit.findall(opened.read(name)):
                text = station.decode()
                yield f"GM{text[:4]}", text, int(valid), int(blank), int(invalid)


@pytest.fixture(scope="module")
def by_pattern(archive: Path) -> pd.DataFrame:
    columns = ["municipality_code", "polling_station", "valid", "blank", "invalid"]
    return pd.DataFrame(list(stations_by_pattern(archive)), columns=columns)


def test_all_315_records_say_what_ships(by_pattern: pd.DataFrame) -> None:
    assert (len(by_pattern), by_pattern["municipality_code"].nunique()) == (9_197, 315)
    parts = ["valid", "blank", "invalid"]
    summed = by_pattern.groupby("municipality_code")[parts].sum()
    rows = load_table("municipal_results", elections=["GR2022"])
    shipped = rows[rows["source"].str.startswith("gr2022-eml")].set_index("municipality_code")
    pd.testing.assert_frame_equal(
        summed.sort_index(), shipped[parts].sort_index(), check_dtype=False
    )
    stations = load_table("polling_stations", elections=["GR2022"]).set_index("polling_station")
    own = by_pattern.set_index("polling_station").loc[stations.index, parts]
    pd.testing.assert_frame_equal(own, stations[parts], check_dtype=False)


def test_candidates_of_one_record_by_the_standard_library(archive: Path) -> None:
    """Boekel, every candidate, by xml.etree."""
    eml = "{urn:oasis:names:tc:evs:schema:eml}"
    with zipfile.ZipFile(archive) as opened:
        (name,) = [each for each in opened.namelist() if "Boekel" in each]
        root = ET.fromstring(opened.read(name))
    found: dict[tuple[int, int], int] = {}
    number = 0
    for selection in root.find(f".//{eml}TotalVotes").findall(f"{eml}Selection"):  # type: ignore[union-attr]
        votes = int(selection.findtext(f"{eml}ValidVotes", ""))
        affiliation = selection.find(f"{eml}AffiliationIdentifier")
        if affiliation is not None:
            number = int(affiliation.get("Id", ""))
        else:
            candidate = selection.find(f"{eml}Candidate/{eml}CandidateIdentifier")
            assert candidate is not None
            found[number, int(candidate.get("Id", ""))] = votes
    shipped = evaluatie.load("GR2022", level="candidate").only("Boekel").rows
    own = shipped.set_index(["list_number", "candidate_number"])["votes"]
    assert own.to_dict() == found


def test_tk2025_by_the_csv_module(raw: Path) -> None:
    fields = {
        "Kiesgerechtigden": "eligible",
        "Opkomst": "ballots",
        "AantalGeldigeStemmen": "valid",
        "AantalBlancoStemmen": "blank",
        "AantalOngeldigeStemmen": "invalid",
    }
    found: dict[str, dict[str, int]] = {}
    with zipfile.ZipFile(raw / "official/TK2025_CSV.zip") as opened:
        text = opened.read("TK2025_uitslag.csv").decode("utf-8-sig")
    for row in csv.DictReader(io.StringIO(text), delimiter=";"):
        code, name = row["RegioCode"], fields.get(row["VeldType"])
        if name and code[0] in "GO":
            found.setdefault(f"GM{code[1:]}", {})[name] = int(row["Waarde"])
    rows = load_table("municipal_results", elections=["TK2025"])
    rows = rows[rows["vintage"] == "official"].set_index("municipality_code")
    assert len(rows) == len(found) == 346
    assert rows[list(fields.values())].astype(int).to_dict("index") == found


# --- the package's own readers, as a user has them ------------------------------------------


@pytest.fixture(scope="module")
def own_folder(raw: Path, archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The new official counts as ``evaluatie ingest`` makes them of the raw files."""
    folder = tmp_path_factory.mktemp("own")
    for name, files, options in (
        ("GR2022", [archive], {"level": "polling_station"}),
        ("GR2026", [raw / "official/GR2026_official_counts_gemeente.csv"], {}),
        ("TK2025", [raw / "official/TK2025_CSV.zip"], {}),
    ):
        ingest(files, folder / name, **{"level": "municipality", **options})
    parts = [
        pd.read_csv(folder / name / "municipal_results.csv", dtype="str")
        for name in ("GR2022", "GR2026", "TK2025")
    ]
    pd.concat(parts).to_csv(folder / "municipal_results.csv", index=False)
    return folder


def test_ingest_of_226_megabytes_gives_the_shipped_tables(own_folder: Path) -> None:
    keys = {"municipal_results": "municipality_code", "polling_stations": "polling_station"}
    own = {
        name: pd.read_csv(own_folder / f"GR2022/{name}.csv", low_memory=False).set_index(key)
        for name, key in keys.items()
    }
    assert (len(own["municipal_results"]), len(own["polling_stations"])) == (315, 9_197)
    rows = load_table("municipal_results", elections=["GR2022"])
    shipped = rows[rows["source"].str.startswith("gr2022-eml")].set_index("municipality_code")
    mine = own["municipal_results"].loc[shipped.index, COUNTS]
    pd.testing.assert_frame_equal(mine, shipped[COUNTS], check_dtype=False)
    stations = load_table("polling_stations", elections=["GR2022"]).set_index("polling_station")
    columns = [*COUNTS, "admitted", "poll_cards", "proxies", "more_ballots", "fewer_ballots"]
    mine = own["polling_stations"].loc[stations.index, columns]
    pd.testing.assert_frame_equal(mine, stations[columns], check_dtype=False)


def test_own_official_counts_over_older_tables_give_the_shipped_answers(own_folder: Path) -> None:
    """As a user of the first release would have it: its tables lacked these official rows."""
    shipped = evaluatie.load()
    rows = shipped.rows
    new = (rows["vintage"] == "official") & rows["election"].isin(["GR2022", "GR2026", "TK2025"])
    older = rows[~new]
    # Eighteen municipalities are in no file of the record: those rows a user cannot make.
    completed = rows[new & (rows["source"] == "gr2022-municipal+gr2026-nos")]
    assert len(completed) == 18
    own = read_table(own_folder / "municipal_results.csv", "municipal_results")
    assert own["election"].value_counts().to_dict() == {"TK2025": 346, "GR2026": 340, "GR2022": 315}
    laid_over = Results(pd.concat([older, own, completed], ignore_index=True))

    for election in ("TK2025", "GR2026"):
        expected, found = (
            evaluatie.effect(each, election).table.set_index(["unit", "municipality", "method"])
            for each in (shipped, laid_over)
        )
        found = found.loc[expected.index]
        for column in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
            np.testing.assert_allclose(found[column], expected[column], rtol=1e-12, atol=1e-12)
        assert (found["n_comparison"] == expected["n_comparison"]).all()
    expected, found = (evaluatie.rates(each, by="group").table for each in (shipped, laid_over))
    for column in ("count", "total", "estimate", "mean", "conf_low", "conf_high"):
        np.testing.assert_allclose(
            found[column].astype(float), expected[column].astype(float), rtol=1e-12, atol=1e-12
        )


def test_own_stations_replace_those_of_their_municipality(archive: Path, tmp_path: Path) -> None:
    member = tmp_path / "boekel.eml.xml"
    with zipfile.ZipFile(archive) as opened:
        (name,) = [each for each in opened.namelist() if "Boekel" in each]
        member.write_bytes(opened.read(name))
    ingest([member], tmp_path / "own", "candidate")
    shipped = evaluatie.load("GR2022", level="polling_station")
    own = evaluatie.load("GR2022", level="polling_station", data=tmp_path / "own")
    assert len(own.rows) == len(shipped.rows)
    boekel = own.only("Boekel").rows
    assert set(boekel["source"]) == {member.name}
    assert boekel["complete"].all()
    # Candidates per station become candidates of the municipality, once.
    votes, mine = (
        evaluatie.load("GR2022", level="candidate", data=data).only("Boekel").rows
        for data in (None, tmp_path / "own")
    )
    key = ["list_number", "candidate_number"]
    assert mine.set_index(key)["votes"].to_dict() == votes.set_index(key)["votes"].to_dict()
    assert mine["polling_station"].isna().all()
