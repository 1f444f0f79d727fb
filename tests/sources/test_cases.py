"""The folder of inputs on which a release went wrong: each has the right value or a clear line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import etree
from typer.testing import CliRunner

import evaluatie
from evaluatie.cli.app import app
from evaluatie.ground.errors import InputError
from evaluatie.sources.reading import Reading, ingest, read
from evaluatie.sources.xml_stream import EML

pytestmark = pytest.mark.raw


@pytest.fixture
def cases(raw: Path) -> Path:
    return raw / "cases"


def row_of(reading: Reading, code: str) -> dict[str, Any]:
    rows = reading.municipalities
    (row,) = rows[rows["municipality_code"] == code].to_dict(orient="records")
    return {str(name): value for name, value in row.items()}


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.file is not None
    assert path.name in caught.value.file
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_seat_and_elected_rows_are_passed_over(cases: Path) -> None:
    reading = read(cases / "01_TK2025_uitslag_zetels.csv")
    for code in ("GM9997", "GM9998"):
        row = row_of(reading, code)
        counts = [row[name] for name in ("eligible", "ballots", "valid", "blank", "invalid")]
        assert counts == [200, 103, 100, 1, 2]
    assert reading.sound


def test_a_province_is_a_province(cases: Path) -> None:
    reading = read(cases / "02_region_as_national_PS2019.csv")
    assert reading.national.empty
    (row,) = reading.totals.to_dict(orient="records")
    assert (row["election"], row["level"], row["unit"], row["name"]) == (
        "PS2019", "province", "P99", "Verzonnenland",
    )  # fmt: skip
    assert (row["valid"], row["blank"], row["invalid"], row["eligible"]) == (100, 1, 2, 200)
    assert reading.list_votes[["level", "unit", "votes"]].to_numpy().tolist() == [
        ["province", "P99", 100]
    ]
    (said,) = reading.findings["sentence_en"]
    assert "Verzonnenland is no municipality" in said
    assert reading.missed
    (unused,) = reading.unused
    assert unused.endswith("02_region_as_national_PS2019.csv: Verzonnenland")


def test_a_point_between_thousands_is_none_of_decimals(cases: Path) -> None:
    row = row_of(read(cases / "03_thousand_point_municipal_results.csv"), "GM0484")
    assert (row["ballots"], row["invalid"]) == (50_000, 1_000)


@pytest.mark.parametrize("kind", ["telling", "Status"])
def test_dutch_headings_and_quoted_separators(cases: Path, tmp_path: Path, kind: str) -> None:
    path = cases / "04_dutch_headers_quoted_ignored.csv"
    # Whether a count is official nobody can guess: the line asks for it.
    assert "column 'vintage' is missing" in refused(path)
    header, *lines = path.read_text("utf-8").splitlines()
    told = [f"{header};{kind}", *(f"{line};officieel" for line in lines)]
    (tmp_path / "own.csv").write_text("\n".join(told), "utf-8")
    reading = read(tmp_path / "own.csv")
    for code in ("GM0484", "GM0755"):
        row = row_of(reading, code)
        counts = [row[name] for name in ("valid", "blank", "invalid", "ballots", "rejected")]
        assert counts == [100, 1, 2, 103, 3]
        assert row["source"] == "own.csv"


def test_a_line_for_the_spreadsheet_program(cases: Path, tmp_path: Path) -> None:
    row = row_of(read(cases / "05_sep_line_ignored.csv"), "GM0484")
    assert (row["ballots"], row["invalid"]) == (1000, 4)
    # The file calls it Alphen; what is loaded has its one name.
    ingest(cases / "05_sep_line_ignored.csv", tmp_path / "out")
    loaded = evaluatie.load(data=tmp_path / "out").only("GM0484").rows
    assert set(loaded["municipality"]) == {"Alphen aan den Rijn"}


def test_the_name_follows_from_the_code(cases: Path) -> None:
    reading = read(cases / "06_stations_without_municipality.csv", "polling_station")
    (row,) = reading.polling_stations.to_dict(orient="records")
    assert (row["municipality"], row["valid"], row["blank"], row["invalid"]) == (
        "Alphen aan den Rijn", 100, 1, 2,
    )  # fmt: skip


def test_a_misspelt_column_is_no_column_of_its_own(cases: Path, tmp_path: Path) -> None:
    path = cases / "07_misspelt_column.csv"
    assert "column 'invallid' is unknown (did you mean 'invalid'?)" in refused(path)
    done = CliRunner().invoke(app, ["ingest", str(path), "--out", str(tmp_path / "out")])
    assert isinstance(done.exception, InputError)
    assert not (tmp_path / "out").exists()


def test_capitals_do_not_matter(cases: Path) -> None:
    row = row_of(read(cases / "08_lowercase_election.csv"), "GM0484")
    assert (row["election"], row["ballots"], row["invalid"]) == ("GR2026", 50_000, 400)


def test_a_domain_needs_no_identifier(cases: Path) -> None:
    reading = read(cases / "09_domain_without_id.eml.xml")
    row = row_of(reading, "GM0484")
    assert (row["valid"], row["blank"], row["invalid"]) == (740, 10, 5)
    assert reading.sound


def test_the_corrigendum_holds_whatever_the_files_are_called(cases: Path, tmp_path: Path) -> None:
    reading = read(cases / "10_corrigendum", "polling_station")
    assert row_of(reading, "GM0484")["invalid"] == 15
    first = reading.polling_stations.set_index("polling_station").loc["0484::SB1"]
    assert (first["invalid"], first["initial_invalid"]) == (11, 1)
    told = reading.findings[["unit", "rule", "value", "expected"]].to_numpy().tolist()
    assert ["0484::SB1, invalid", "first count", "1", "11"] in told
    assert "later count" in set(reading.findings["rule"])
    assert not reading.sound, "a file was not used"
    for name, other in (("b.xml", "a_eerste"), ("a.xml", "b_corrigendum")):
        content = (cases / "10_corrigendum" / f"{other}.eml.xml").read_bytes()
        (tmp_path / name).write_bytes(content)
    assert row_of(read(tmp_path), "GM0484")["invalid"] == 15
    made = ingest(tmp_path, tmp_path / "out", "candidate", format="parquet")
    votes = pd.read_parquet(tmp_path / "out" / "candidate_votes")
    assert len(votes) == made.rows["candidate_votes"] == 5 * 12, "of one of the two"


def some_stations(whole: bytes, kept: set[str]) -> bytes:
    """A count with only some of its polling stations, and the total of all of them."""
    tree = etree.fromstring(whole)
    for unit in tree.iter(f"{EML}ReportingUnitVotes"):
        if unit.find(f"{EML}ReportingUnitIdentifier").get("Id") not in kept:
            unit.getparent().remove(unit)
    return etree.tostring(tree)


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_a_corrigendum_of_some_stations_is_laid_over_the_whole(
    cases: Path, tmp_path: Path, names: tuple[str, str]
) -> None:
    """Station 1 is the only one that the corrigendum of all five counts otherwise."""
    folder = cases / "10_corrigendum"
    first, corrected = (folder / f"{each}.eml.xml" for each in ("a_eerste", "b_corrigendum"))
    for file, kept in zip(names, (None, {"0484::SB1"}), strict=True):
        content = (corrected if kept else first).read_bytes()
        (tmp_path / f"{file}.xml").write_bytes(some_stations(content, kept) if kept else content)
    reading, all_of_them = read(tmp_path, "candidate"), read(folder, "candidate")
    counts = ["ballots", "valid", "blank", "invalid"]
    same = ["municipality_code", *counts]
    assert reading.municipalities[same].equals(all_of_them.municipalities[same])
    assert row_of(reading, "GM0484")["invalid"] == 15
    assert reading.totals[counts].equals(all_of_them.totals[counts])
    stations, expected = (
        each.polling_stations.set_index("polling_station")[["initial_invalid", *counts]]
        for each in (reading, all_of_them)
    )
    assert stations.sort_index().equals(expected.sort_index())
    votes, expected_votes = (
        each.candidates.groupby(["polling_station", "list_number", "candidate_number"])["votes"]
        for each in (reading, all_of_them)
    )
    assert votes.sum().equals(expected_votes.sum())
    told, expected_told = (
        set(
            each.findings.query("rule == 'first count'")[["unit", "value", "expected"]].agg(
                tuple, 1
            )
        )
        for each in (reading, all_of_them)
    )
    assert told == expected_told
    rules = reading.findings.set_index("rule")["value"]
    assert rules["part corrected"] == "1"
    assert not set(rules.index) & {"files agree", "units=total"}
    assert not reading.sound, "a count was replaced"
    with pytest.raises(InputError, match="a corrigendum of some polling stations"):
        ingest(tmp_path, tmp_path / "out", "candidate")
    made = ingest(tmp_path, tmp_path / "out")
    assert row_of(made.reading, "GM0484")["invalid"] == 15


@pytest.mark.parametrize(
    ("name", "companions"),
    [
        ("12_definitieve-documenten_abacus.zip", ["Model_Na31-2.pdf", "signature"]),
        ("13_definitieve-documenten_abacus_without_csv.zip", ["Model_Na31-2.pdf"]),
    ],
)
def test_the_zip_of_the_counting_software(cases: Path, name: str, companions: list[str]) -> None:
    reading = read(cases / name, "candidate")
    row = row_of(reading, "GM0484")
    assert (row["valid"], row["blank"], row["invalid"]) == (740, 10, 5)
    assert len(reading.polling_stations) == 5
    assert reading.candidates["votes"].sum() == 740, "EML and table of one count are one"
    assert len(reading.totals) == 1
    passed = reading.files[reading.files["status"] == "no counts"]["file"]
    assert [file.endswith(end) for file, end in zip(passed, companions, strict=True)]
    assert reading.sound


def test_previous_values_are_the_first_count(cases: Path) -> None:
    reading = read(cases / "15_eml_1_3_1_previous_values.eml.xml", "polling_station")
    stations = reading.polling_stations
    assert stations["initial_invalid"].tolist() == [9] * 5
    assert stations["invalid"].tolist() == [1] * 5
    lists = reading.list_votes[reading.list_votes["level"] == "polling_station"]
    assert set(lists["initial_votes"]) == {3}
    assert (reading.findings["rule"] == "first count").sum() == 11


@pytest.mark.parametrize("name", ["17_533_bytes_3GB.ods", "18_214kB_3GB.parquet"])
def test_what_would_fill_the_memory_is_refused(cases: Path, name: str) -> None:
    assert "larger than any table" in refused(cases / name)


def test_a_municipality_without_baseline_is_left_out_by_name(cases: Path) -> None:
    results = evaluatie.load(data=cases / "20_gr2026_without_gr2022_baseline")
    (own,) = results.rows[results.rows["source"] == "invented"].to_dict(orient="records")
    assert (own["election"], own["municipality"], own["invalid"]) == ("GR2026", "Boekel", 43)
    answer = evaluatie.effect(results, "GR2026", "rejected")
    # Its baseline ships by now; that of others does not, and they are named.
    assert answer.table["n_treated"].iloc[0] == 11
    reasons = answer.left_out.set_index("municipality")["reason"]
    assert reasons["Purmerend"] == "no_baseline"
