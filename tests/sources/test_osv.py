"""OSV4-3 CSV: layouts, and that rows are checked one by one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import synthetic_eml as synthetic

from evaluatie.ground.errors import InputError
from evaluatie.sources.documents import Document
from evaluatie.sources.eml import read_counts
from evaluatie.sources.osv import read_osv


def parse(content: bytes, candidates: bool = True) -> Document:
    return read_osv(content, file="x.csv", candidates=candidates)


@pytest.mark.parametrize("quoted", [True, False])
def test_stations_equal_those_of_the_eml_file(quoted: bool) -> None:
    osv = parse(synthetic.osv(quoted=quoted))
    eml = read_counts(io.BytesIO(synthetic.count()).read, file="x.xml", candidates=True)
    assert osv.findings == []
    assert osv.election == "TK2099"
    for left, right in zip(osv.units, eml.units, strict=True):
        assert left[:6] == right[:6]
        assert left.counts == right.counts
        assert left.votes == right.votes
        assert left.candidate_votes is not None
        assert right.candidate_votes is not None
        assert left.candidate_votes.tolist() == right.candidate_votes.tolist()
    assert osv.slates[0].candidate_names[:2] == ("Verzin1, A.", "Verzin1, B.")
    assert parse(synthetic.osv(), candidates=False).units[0].candidate_votes is None


@pytest.mark.parametrize("quoted", [True, False])
def test_municipalities_of_a_district(quoted: bool) -> None:
    content = synthetic.osv(quoted=quoted)
    lines = content.decode("utf-8-sig").split("\n")
    lines[2] = lines[2].replace("Gemeente Verzonnen Dam", "Kieskring Verzonnen")
    lines[3] = lines[3].replace("9998", "HSB8")
    # A spreadsheet program takes the leading zeros of codes away.
    codes = ["14", "0059", "1234"] if not quoted else ['"0014"', '"0059"', '"1234"']
    lines[6] = ";".join([lines[6].split(";")[0], "", "", "", "", *codes])
    del lines[7]  # no postcodes
    document = parse("\n".join(lines).encode())
    assert [(u.kind, u.municipality_code, u.id) for u in document.units] == [
        ("municipality", "GM0014", "HSB8::0014"),
        ("municipality", "GM0059", "HSB8::0059"),
        ("municipality", "GM1234", "HSB8::1234"),
    ]
    assert document.totals[0].kind == "district"
    assert document.units[0].municipality == "Verzonnen 1"


def test_a_total_that_is_no_sum_is_found() -> None:
    lines = synthetic.osv().decode("utf-8-sig").split("\n")
    row = next(n for n, line in enumerate(lines) if line.startswith(';"blanco'))
    lines[row] = ';"blanco stembiljetten";;;"7";"2";"2";"2"'
    findings = parse("\n".join(lines).encode()).findings
    assert ("total, blank", "units=total", "6", "7") in {f[2:6] for f in findings}
    assert "valid+blank+invalid=ballots" in {f.rule for f in findings}


def test_a_row_of_a_later_version_is_a_finding() -> None:
    lines = synthetic.osv().decode("utf-8-sig").split("\n")
    lines.insert(9, ';"iets nieuws";;;"0";"0";"0";"0"')
    assert [(f.rule, f.value) for f in parse("\n".join(lines).encode()).findings] == [
        ("known rows", "iets nieuws")
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_a_file_that_a_spreadsheet_saved_again_may_have_another_encoding(encoding: str) -> None:
    text = synthetic.osv().decode("utf-8-sig").replace("Verzin1", "Verziné")
    names = parse(text.encode(encoding)).slates[0].candidate_names
    assert names[:2] == ("Verziné, A.", "Verziné, B.")


def _line(number: int, text: str) -> bytes:
    lines = synthetic.osv().decode("utf-8-sig").split("\n")
    lines[number - 1] = text
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("content", "unit", "rule"),
    [
        (b"", None, "not empty"),
        (b"Verkiezing;;Tweede Kamer 2099", None, "preamble"),
        (_line(1, '"Verkiezing";;"Sinterklaas 2099"'), "line 1", "election name"),
        (_line(2, '"Datum";;"gisteren"'), "line 2", "date"),
        (_line(3, '"Streek";;"Gemeente X"'), "line 3", "preamble"),
        (_line(6, '"Lijstnummer";"Aanduiding"'), "line 6", "header"),
        (_line(7, '"Gebiednummer";;;;;"1";"1";"2"'), "line 7", "unique unit"),
        (_line(9, ';"opgeroepenen";;;"5000";"0";"0"'), "line 9", "line length"),
        (_line(9, ';"opgeroepenen";;;"5000";"0";"0";"0";"0"'), "line 9", "line length"),
        (_line(9, ';"opgeroepenen";;;"5000";"0";"-1";"0"'), "Verzonnen 2, line 9", "count"),
        (_line(9, ';"opgeroepenen";;;"5000";"0";"1.5";"0"'), "Verzonnen 2, line 9", "count"),
        (_line(9, ';"opgeroepenen";;;"5000";"0";;"0"'), "Verzonnen 2, line 9", "count"),
        (
            _line(9, ';"opgeroepenen";;;"5";"0";"' + "9" * 30 + '";"0"'),
            "Verzonnen 2, line 9",
            "count",
        ),
        (_line(10, ';"opgeroepenen";;;"0";"0";"0";"0"'), "line 10", "rows"),
        (_line(16, ';"onbekend";;;"0";"0";"0";"0"'), None, "rows present"),
        (_line(20, '"x";"Lijst";;;"0";"0";"0";"0"'), "line 20", "unique list"),
        (_line(22, ';;"1";"Dubbel";"0";"0";"0";"0"'), "line 22", "unique candidate"),
        (_line(22, f';;"2";"{"n" * 1001}";"0";"0";"0";"0"'), "line 22", "length of a name"),
        (_line(22, ';;"2";"geen einde'), "line 23", "csv"),
    ],
)
def test_broken_files_are_refused_with_their_line(
    content: bytes, unit: str | None, rule: str
) -> None:
    with pytest.raises(InputError) as caught:
        parse(content)
    assert (caught.value.file, caught.value.unit, caught.value.rule) == ("x.csv", unit, rule)


@pytest.mark.raw
def test_every_real_file_adds_up(raw: Path) -> None:
    # The count of Tilburg has no heading: see test_council_records.
    paths = [path for path in sorted((raw / "osv").iterdir()) if "gr2026" not in path.name]
    assert len(paths) == 19
    for path in paths:
        assert parse(path.read_bytes()).findings == [], path.name
