"""Every real file against a second reading that shares nothing with the package."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from evaluatie.sources.reading import read

pytestmark = [pytest.mark.raw, pytest.mark.slow]

EML = "{urn:oasis:names:tc:evs:schema:eml}"
OSV = {"geldige": "valid", "blanco": "blank", "ongeldige": "invalid"}


def stations_of(content: bytes) -> Iterator[tuple[str, tuple[int, int, int], Counter[str]]]:
    """Yield identifier, valid, blank and invalid votes, and votes per list of each station."""
    for unit in ET.fromstring(content).iter(f"{EML}ReportingUnitVotes"):
        rejected = {
            each.get("ReasonCode"): int(each.text or "")
            for each in unit.iter(f"{EML}RejectedVotes")
        }
        lists = Counter(
            {
                str(row.find(f"{EML}AffiliationIdentifier").get("Id")): int(  # type: ignore[union-attr]
                    row.findtext(f"{EML}ValidVotes") or ""
                )
                for row in unit.iter(f"{EML}Selection")
                if row.find(f"{EML}AffiliationIdentifier") is not None
            }
        )
        counts = int(unit.findtext(f"{EML}TotalCounted") or "")
        name = unit.find(f"{EML}ReportingUnitIdentifier").get("Id")  # type: ignore[union-attr]
        yield str(name), (counts, rejected["blanco"], rejected["ongeldig"]), lists


def test_the_eml_files_of_315_municipalities(raw: Path) -> None:
    path = raw / "eml" / "GR2022_510b_315_gemeenten.zip"
    reading = read(path, "polling_station")
    rows = reading.polling_stations.set_index("polling_station")[["valid", "blank", "invalid"]]
    votes = reading.list_votes[reading.list_votes["level"] == "polling_station"]
    lists = votes.groupby("unit")["votes"].sum()
    seen = 0
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            for station, counts, by_list in stations_of(archive.read(member)):
                assert tuple(rows.loc[station]) == counts, (member, station)
                assert lists[station] == by_list.total(), (member, station)
                seen += 1
    assert (seen, len(archive.namelist())) == (9_197, 315)
    assert len(rows) == seen
    assert not reading.rejected


def member(path: Path, ending: str) -> Iterator[dict[str, str]]:
    with zipfile.ZipFile(path) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(ending))
        text = archive.read(name).decode("utf-8-sig")
    yield from csv.DictReader(io.StringIO(text), delimiter=";")


@pytest.mark.parametrize(("name", "short"), [("TK2023_CSV.zip", 559), ("TK2025_CSV.zip", 0)])
def test_the_open_data_as_they_are_published(raw: Path, name: str, short: int) -> None:
    path = raw / "official" / name
    reading = read(path)
    rows = reading.municipalities.set_index("municipality_code")
    fields = {
        "Kiesgerechtigden": "eligible",
        "Opkomst": "ballots",
        "AantalGeldigeStemmen": "valid",
        "AantalBlancoStemmen": "blank",
        "AantalOngeldigeStemmen": "invalid",
    }
    seen = 0
    for line in member(path, "_uitslag.csv"):
        if line["RegioCode"][0] in "GO" and line["VeldType"] in fields:
            code = f"GM{line['RegioCode'][1:]:0>4}"
            assert rows.at[code, fields[line["VeldType"]]] == int(line["Waarde"]), line
            seen += 1
    assert seen == 5 * len(rows) == 5 * 346
    own: Counter[tuple[str, str]] = Counter()
    for line in member(path, "_Stembureau.csv"):
        unit = f"{int(line['GemeenteCode']):04}::{line['StembureauCode']}"
        own[unit, line["PartijNaam"].strip()] += int(line["AantalStemmen"])
    stations = reading.list_votes[reading.list_votes["level"] == "polling_station"]
    read_here = Counter(
        dict(
            zip(
                zip(stations["unit"], stations["list_name"], strict=True),
                stations["votes"],
                strict=True,
            )
        )
    )
    assert read_here == own
    assert not reading.rejected
    assert int(rows["valid"].sum()) - own.total() == short


def columns_of(text: str) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield number and counts of each column of an OSV4-3 table."""
    lines = [re.sub(r'"', "", line).split(";") for line in text.splitlines()]
    (units,) = (line for line in lines if line[0] == "Gebiednummer")
    counts = {
        OSV[line[1].split()[0]]: line
        for line in lines
        if line[1:2] and re.fullmatch(r"(geldige|blanco|ongeldige) stembiljetten", line[1])
    }
    for place, unit in enumerate(units[5:], start=5):
        yield unit, {name: int(line[place]) for name, line in counts.items()}


def test_every_osv_table(raw: Path) -> None:
    files = sorted(
        path for path in (raw / "osv").iterdir() if "gr2026_tilburg" not in path.name.lower()
    )
    assert len(files) == 19
    for path in files:
        reading = read(path, "polling_station")
        by_station = "gemeente" in path.name
        rows = reading.polling_stations if by_station else reading.municipalities
        key = "polling_station" if by_station else "municipality_code"
        found = rows.set_index(key)[["valid", "blank", "invalid"]]
        seen = 0
        for unit, counts in columns_of(path.read_text("utf-8-sig")):
            code = f"0668::SB{unit}" if by_station else f"GM{int(unit):04}"
            assert found.loc[code].to_dict() == counts, (path.name, code)
            seen += 1
        assert seen == len(found), path.name
