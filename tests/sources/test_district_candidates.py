"""Municipalities that are an electoral district by themselves: their candidates."""

from pathlib import Path

import pandas as pd
import pytest

from evaluatie.counts import load_table
from evaluatie.ground.errors import InputError, in_file
from evaluatie.sources.candidate_table import read_district_candidates, read_districts
from evaluatie.sources.osv import read_osv

HEADER = (
    "Regio;RegioCode;OuderRegioCode;LijstNummer;LijstNaam;KandidaatNummer;KandidaatInitialen;"
    "KandidaatTussenvoegsel;KandidaatAchternaam;VeldType;Waarde\n"
)
# District K1 is the municipality Aa alone; K2 has two municipalities.
LINES = [
    "Aa;G0001;K1;1;Eén;;;;;LijstAantalStemmen;30",
    "Aa;G0001;K1;2;Twee;;;;;LijstAantalStemmen;5",
    "Bee;G0002;K2;1;Eén;;;;;LijstAantalStemmen;7",
    "Cee;G0003;K2;1;Eén;;;;;LijstAantalStemmen;3",
    "Aa;K1;P1;1;Eén;;;;;LijstAantalStemmen;30",
    "Aa;K1;P1;2;Twee;;;;;LijstAantalStemmen;5",
    "Aa;K1;P1;1;Eén;1;A.B.;van der;Berg;KandidaatAantalStemmen;20",
    "Aa;K1;P1;1;Eén;2;C.;;Dam;KandidaatAantalStemmen;10",
    "Aa;K1;P1;2;Twee;1;E.;;Fort;KandidaatAantalStemmen;5",
    "Bee;K2;P1;1;Eén;;;;;LijstAantalStemmen;10",
    "Bee;K2;P1;1;Eén;1;A.B.;van der;Berg;KandidaatAantalStemmen;10",
]
OFFICIAL = "official/TK2023_uitslag_gemeente.csv"
OSV = "osv/osv4_3_telling_tk2023_kieskring_amsterdam.csv"


def content(lines: list[str] = LINES) -> bytes:
    return (HEADER + "\n".join(lines)).encode()


def test_only_districts_of_one_municipality() -> None:
    rows = read_district_candidates(content())
    assert rows["municipality_code"].unique().tolist() == ["GM0001"]
    assert rows["votes"].tolist() == [20, 10, 5]
    assert rows["candidate_number"].tolist() == [1, 2, 1]
    assert rows["candidate_name"].tolist() == ["van der Berg, A.B.", "Dam, C.", "Fort, E."]


@pytest.mark.parametrize(
    ("old", "new", "rule", "unit"),
    [
        ("G0001;K1;1;Eén;;;;;LijstAantalStemmen;30", "G0001;K1;1;Eén;;;;;LijstAantalStemmen;31",
         "municipality=district", "GM0001, list 1"),
        (";K1;P1;1;Eén;;;;;LijstAantalStemmen;30", ";K1;P1;1;Eén;;;;;LijstAantalStemmen;29",
         "lists=candidates", "GM0001, list 1"),
        ("Fort;KandidaatAantalStemmen;5", "Fort;KandidaatAantalStemmen;4",
         "lists=candidates", "GM0001, list 2"),
        ("Fort;KandidaatAantalStemmen;5", "Fort;KandidaatAantalStemmen;vijf",
         "whole number", "line 10"),
        ("Eén;2;C.", "Eén;1;C.", "unique key", "line 9"),
        ("Eén;2;C.", "Eén;;C.", "whole number", "line 9"),
        ("OuderRegioCode;", "Ouder;", "columns", "line 1"),
    ],
)  # fmt: skip
def test_what_does_not_add_up_is_refused(old: str, new: str, rule: str, unit: str) -> None:
    text = content().decode()
    assert old in text
    with pytest.raises(InputError) as caught, in_file("x.csv"):
        read_district_candidates(text.replace(old, new).encode())
    assert (caught.value.rule, caught.value.unit, caught.value.file) == (rule, unit, "x.csv")


def test_no_district_of_one_municipality() -> None:
    two = [line.replace("G0001;K1", "G0001;K2") for line in LINES]
    assert read_district_candidates(content(two)).empty
    with pytest.raises(InputError, match="no municipality's candidates"), in_file("x"):
        read_districts(content(two))


def test_official_file_agrees_with_the_count_of_the_district(raw: Path) -> None:
    """Amsterdam is in both: what the method gives for Rotterdam can be held to a count there."""
    rows = read_district_candidates((raw / OFFICIAL).read_bytes())
    assert set(rows["municipality_code"]) == {"GM0363", "GM0599"}
    document = read_osv((raw / OSV).read_bytes(), file=OSV, candidates=True)
    (unit,), slate = document.units, document.slates[document.units[0].slate]
    counted = pd.DataFrame(
        {
            "list_number": [slate.lists[at][0] for at in slate.candidate_list],
            "candidate_number": slate.candidate_numbers,
            "candidate_name": slate.candidate_names,
            "counted": unit.candidate_votes,
        }
    )
    both = counted.merge(rows[rows["municipality_code"] == "GM0363"], how="outer",
                         on=["list_number", "candidate_number", "candidate_name"])  # fmt: skip
    assert len(both) == 1005
    difference = both["votes"] - both["counted"]
    assert difference[difference != 0].tolist() == [-3, 3]  # corrected after the count


def test_rotterdam_ships_with_its_source() -> None:
    shipped = load_table("candidate_summary", elections=["TK2023"])
    rotterdam = shipped[shipped["municipality_code"] == "GM0599"].set_index("list_name")
    lists = load_table("list_votes", elections=["TK2023"])
    official = lists[lists["municipality_code"] == "GM0599"].set_index("list_name")["votes"]
    assert set(rotterdam["source"]) == {"tk2023-districts"}
    assert rotterdam["votes"].to_dict() == official.to_dict()
    assert len(rotterdam) == 24
    # The other sources stay as they were: one source for each municipality.
    sources = shipped.groupby("municipality_code")["source"].nunique()
    assert (sources == 1).all()
    amsterdam = shipped[shipped["municipality_code"] == "GM0363"]
    assert set(amsterdam["source"]) == {"tk2023-osv-amsterdam"}
