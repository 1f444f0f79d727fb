"""Tables that people make: what can be read in one way only is read, the rest has one line."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import synthetic_eml as synthetic

import evaluatie
from evaluatie.counts.own import read_own
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import InputError
from evaluatie.sources.reading import Reading, ingest, read

HEAD = "election;municipality_code;municipality;vintage;ballots;valid;blank;invalid;source"
ROW = "GR2026;GM0484;Alphen aan den Rijn;official;1103;1100;1;2;own"
KEY = ("GR2026", "GM0484", "official")
COUNTS = {"ballots": 1103, "valid": 1100, "blank": 1, "invalid": 2, "rejected": 3}


def write(tmp_path: Path, content: str | bytes, name: str = "own.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def only_row(reading: Reading) -> dict[str, Any]:
    (row,) = reading.municipalities.to_dict(orient="records")
    return {str(name): value for name, value in row.items()}


def same(reading: Reading) -> None:
    row = only_row(reading)
    assert (row["election"], row["municipality_code"], row["vintage"]) == KEY
    assert {name: row[name] for name in COUNTS} == COUNTS


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{HEAD}\n{ROW}\n", id="as it is"),
        pytest.param(f"sep=;\n{HEAD}\n{ROW}\n", id="sep="),
        pytest.param(f"Uitslag;2026\n\nvoorlopige versie\n{HEAD}\n{ROW}\n", id="title lines"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace(";", ","), id="commas"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace(";", "\t"), id="tabs"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace("\n", "\r\n"), id="Windows lines"),
        pytest.param(f"Uitslag\n{HEAD}\n{ROW}\n".replace("\n", "\r"), id="lines of an old Mac"),
        pytest.param(f"{HEAD};;\n{ROW};;\n", id="closing separators"),
        pytest.param(f"{HEAD.upper()}\n{ROW}\n", id="headings in capitals"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace("GR2026", "gr2026"), id="election in small"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace("official", "Officieel"), id="vintage in Dutch"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace("1103", "1.103"), id="point of thousands"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace("1103", "1 103"), id="space of thousands"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace("1103", "1103,0"), id="decimal comma"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace("1103", "1103.00"), id="decimal point"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace("1103", ""), id="ballots follow"),
        pytest.param(f"{HEAD}\n{ROW}\n".replace("Alphen aan den Rijn", '"Alphen; x"'), id="quoted"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_one_table_in_many_forms(tmp_path: Path, text: str, encoding: str) -> None:
    path = write(tmp_path, text.encode(encoding))
    reading = read(path)
    same(reading)
    assert reading.sound
    # A folder of one's own is read in the same way.
    own = write(tmp_path, text.encode(encoding), "municipal_results.csv")
    assert read_own(own, TABLES["municipal_results"])["ballots"].tolist() == [1103]


@pytest.mark.parametrize("code", ["GM0484", "gm484", "G0484", "0484", "484", "g484", "484.0"])
def test_one_code_in_many_spellings(tmp_path: Path, code: str) -> None:
    same(read(write(tmp_path, f"{HEAD}\n{ROW}\n".replace("GM0484", code))))


def test_what_follows_from_other_cells(tmp_path: Path) -> None:
    text = "Verkiezing;CBS-code;Telling;Geldig;Blanco;Ongeldig\nGR2026;484;officieel;1100;1;2\n"
    row = only_row(read(write(tmp_path, text)))
    assert {name: row[name] for name in COUNTS} == COUNTS
    assert (row["municipality"], row["source"]) == ("Alphen aan den Rijn", "own.csv")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("vintage;", ""), "column 'vintage' is missing"),
        (("municipality_code;", "code;"), "column 'municipality_code' is missing"),
        (("municipality_code;", "plaats;"), "column 'municipality_code' is missing"),
        ((";invalid;", ";invallid;"), "did you mean 'invalid'"),
        (("GM0484", "GM0755"), "GM0755 is Boekel"),
        (("Alphen aan den Rijn", "Tynaarlo"), "line 2: code and name are of different"),
        (("1103", "1.10"), "line 2: ballots is not a whole number; found 1.10"),
        (("1103", "11O3"), "line 2: ballots is not a number; found 11O3"),
        (("1;2;own", "-;2;own"), "line 2: blank is not a number; found -; expected integer, or an"),
        (("1103", "1,1,03"), "line 2: ballots is not a number"),
        (("1103", "1.1E+03"), "line 2: ballots is written with an exponent"),
        (("1103", "1e3"), "which leaves out digits; found 1e3; expected digits only"),
        (("own", "own;more"), "line 2: the line has another number of cells"),
        ((";source", ";"), "line 2: a cell stands under no heading; found own"),
        ((";valid;", ";ballots;"), "column 'ballots' stands twice"),
    ],
)
def test_what_may_be_a_slip_has_one_line(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    text = f"{HEAD}\n{ROW}\n"
    if words.startswith(("column", "did", "line 2: a cell", "a table")):
        text = text.replace(*change, 1)
    else:
        text = f"{HEAD}\n{ROW.replace(*change)}\n"
    if "'vintage' is missing" in words:
        text = text.replace("official;", "")
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_point_that_may_be_either_is_asked_about(tmp_path: Path) -> None:
    rows = [ROW.replace("1103", "1.103"), ROW.replace("0484", "0755").replace("1103", "50000.000")]
    text = "\n".join([HEAD, *rows]).replace("0755;Alphen aan den Rijn", "0755;Boekel")
    with pytest.raises(InputError, match="line 2: ballots: is the point here"):
        read(write(tmp_path, text))


def test_an_unused_column_is_named(tmp_path: Path) -> None:
    reading = read(write(tmp_path, f"{HEAD};remark\n{ROW};checked\n"))
    same(reading)
    assert reading.findings["sentence_en"].tolist() == [
        "own.csv: these columns were not used: remark."
    ]
    assert not reading.sound


def test_an_unused_file_is_named(tmp_path: Path) -> None:
    write(tmp_path, f"{HEAD}\n{ROW}\n")
    write(tmp_path, "a note without counts", "note.txt")
    reading = read(tmp_path)
    assert reading.unread["file"].tolist() == [str(tmp_path / "note.txt")]
    assert not reading.sound


def test_lines_are_counted_below_a_title(tmp_path: Path) -> None:
    text = f"Titel\n\n{HEAD}\n{ROW}\n\n{ROW.replace('0484;Alphen aan den Rijn', '0755;Boekel;')}\n"
    wrong = text.replace("Boekel;;official;1103", "Boekel;official;many")
    with pytest.raises(InputError, match=r"line 6: ballots is not a number; found many"):
        read(write(tmp_path, wrong))


# --- spreadsheets ----------------------------------------------------------------------------


def book(write_sheets: Callable[[Any], None]) -> bytes:
    import openpyxl

    made = openpyxl.Workbook()
    made.remove(made.active)
    write_sheets(made)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def table(made: Any, name: str, *, title: bool = False) -> Any:
    sheet = made.create_sheet(name)
    if title:
        sheet.append(["Uitslag 2026"])
        sheet.append([])
    sheet.append(HEAD.split(";"))
    sheet.append([int(cell) if cell.isdigit() else cell for cell in ROW.split(";")])
    return sheet


def test_the_sheet_with_the_table_is_read_and_the_others_named(tmp_path: Path) -> None:
    def sheets(made: Any) -> None:
        made.create_sheet("Toelichting").append(["Lees dit eerst"])
        table(made, "Tellingen", title=True)
        table(made, "Oud").sheet_state = "hidden"
        made.create_sheet("Leeg")

    reading = read(write(tmp_path, book(sheets), "own.xlsx"))
    same(reading)
    assert reading.findings["sentence_en"].tolist() == [
        "own.xlsx: the sheet Tellingen was read; not read: Toelichting, Oud (hidden)."
    ]
    assert not reading.sound


@pytest.mark.parametrize("below", [None, 5])
def test_several_columns_without_a_heading_hold_nothing(tmp_path: Path, below: int | None) -> None:
    def sheets(made: Any) -> None:
        rows = table(made, "Tellingen")
        rows.cell(1, rows.max_column + 3, "opmerking")
        rows.cell(2, rows.max_column - 1, below)

    path = write(tmp_path, book(sheets), "own.xlsx")
    if below is None:
        assert read(path).unused == (f"{path}: opmerking",)
    else:
        with pytest.raises(InputError, match="line 2: a cell stands under no heading; found 5"):
            read(path)


def test_a_book_of_hidden_sheets_is_refused(tmp_path: Path) -> None:
    def sheets(made: Any) -> None:
        made.create_sheet("Leeg")
        table(made, "Tellingen").sheet_state = "hidden"

    with pytest.raises(InputError, match="every sheet that holds anything is hidden"):
        read(write(tmp_path, book(sheets), "own.xlsx"))


def test_a_formula_without_a_value_is_refused(tmp_path: Path) -> None:
    def sheets(made: Any) -> None:
        sheet = table(made, "Tellingen")
        sheet["E2"] = "=F2+G2+H2"  # as a program writes it that computes nothing

    with pytest.raises(InputError, match="sheet Tellingen, cell E2: the formula has no value"):
        read(write(tmp_path, book(sheets), "own.xlsx"))


def test_a_cell_with_an_error_is_refused(tmp_path: Path) -> None:
    def sheets(made: Any) -> None:
        cell = table(made, "Tellingen")["E2"]
        cell.value, cell.data_type = "#REF!", "e"

    with pytest.raises(InputError, match="cell E2: the cell holds an error; found #REF!"):
        read(write(tmp_path, book(sheets), "own.xlsx"))


def ods(sheet: str, style: str = "") -> bytes:
    spaces = " ".join(
        f'xmlns:{each}="urn:oasis:names:tc:opendocument:xmlns:{each}:1.0"'
        for each in ("office", "table", "text", "style")
    )
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>{style}"
        f"</office:automatic-styles><office:body><office:spreadsheet>{sheet}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("content.xml", content)
    return buffer.getvalue()


def ods_table(name: str, style: str = "", formula: bool = False) -> str:
    def row(line: str) -> str:
        cells = "".join(
            f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>"
            for cell in line.split(";")
        )
        return f"<table:table-row>{cells}</table:table-row>"

    rows = row(HEAD) + row(ROW)
    if formula:
        rows = rows.replace(
            "<table:table-cell><text:p>1103</text:p></table:table-cell>",
            '<table:table-cell table:formula="of:=1+1"/>',
        )
    return f'<table:table table:name="{name}" table:style-name="{style}">{rows}</table:table>'


def test_sheets_of_an_ods_file(tmp_path: Path) -> None:
    hidden = (
        '<style:style style:name="t1" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>'
    )
    content = ods(ods_table("Oud", "t1") + ods_table("Nieuw"), hidden)
    reading = read(write(tmp_path, content, "own.ods"))
    same(reading)
    assert reading.findings["sentence_en"].tolist() == [
        "own.ods: the sheet Nieuw was read; not read: Oud (hidden)."
    ]
    with pytest.raises(InputError, match="sheet Nieuw, row 2: the formula has no value"):
        read(write(tmp_path, ods(ods_table("Nieuw", formula=True)), "own.ods"))


# --- files and folders -----------------------------------------------------------------------


def test_a_name_that_is_not_utf8_on_disk(tmp_path: Path) -> None:
    for byte in (b"\xff", b"\xfe"):
        name = os.path.join(os.fsencode(tmp_path), b"telling" + byte + b".xml")  # noqa: PTH118
        try:
            with open(name, "wb") as stream:  # noqa: PTH123 -- a name in bytes
                code = f"900{byte[0] - 0xFA}"
                blocks = [synthetic.station(number, code=code) for number in (1, 2)]
                stream.write(synthetic.count(blocks, authority=code))
        except OSError:
            pytest.skip("this file system takes no such names")
    made = ingest(tmp_path, tmp_path / "out", "candidate", format="parquet")
    assert sorted(made.reading.files["file"].str.rpartition("/")[2]) == [
        "telling\\udcfe.xml",
        "telling\\udcff.xml",
    ]
    assert len(pd.read_parquet(tmp_path / "out" / "candidate_votes")) == 2 * 2 * 12


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_what_ingest_wrote_is_read_again(tmp_path: Path, kind: str) -> None:
    write(tmp_path, synthetic.count(), "a.xml")
    first = ingest(tmp_path / "a.xml", tmp_path / "out", "candidate", format=kind).reading
    again = read(tmp_path / "out", "candidate")
    assert not again.rejected
    assert again.municipalities["valid"].tolist() == first.municipalities["valid"].tolist()
    assert again.polling_stations["valid"].tolist() == first.polling_stations["valid"].tolist()
    assert again.list_votes["votes"].tolist() == first.list_votes["votes"].tolist()
    assert again.totals["valid"].tolist() == first.totals["valid"].tolist()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_findings_that_ingest_wrote_do_not_keep_it_from_being_read_again(
    tmp_path: Path, kind: str
) -> None:
    for name in ("a.xml", "b.xml"):
        write(tmp_path, synthetic.count(), name)
    first = ingest([tmp_path / "a.xml", tmp_path / "b.xml"], tmp_path / "out", format=kind).reading
    assert first.findings["rule"].tolist() == ["one count"]
    again = read(tmp_path / "out")
    assert not again.rejected
    assert again.municipalities["valid"].tolist() == first.municipalities["valid"].tolist()


# --- limits ----------------------------------------------------------------------------------

_PEAK = """
import sys
from evaluatie.ground.errors import EvaluatieError
from evaluatie.sources.reading import read
try:
    read(sys.argv[1])
except EvaluatieError as error:
    print(error.message)
status = dict(line.split(":") for line in open("/proc/self/status"))
print(int(status["VmHWM"].split()[0]) >> 10)
"""


def repeated(rows: int, columns: int) -> bytes:
    return ods(
        f'<table:table table:name="a"><table:table-row table:number-rows-repeated="{rows}">'
        f'<table:table-cell table:number-columns-repeated="{columns}"><text:p>x</text:p>'
        "</table:table-cell></table:table-row></table:table>"
    )


def dictionary(rows: int, length: int) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    places = pa.nulls(rows, pa.int8()).fill_null(0)
    text = pa.DictionaryArray.from_arrays(places, ["x" * length])
    buffer = io.BytesIO()
    pq.write_table(pa.table({"election": text, "municipality_code": text}), buffer)
    return buffer.getvalue()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peaks are those of /proc")
@pytest.mark.parametrize(
    ("name", "make", "words"),
    [
        ("a.ods", lambda: repeated(9_999_999, 100), "larger than any table"),
        ("a.parquet", lambda: dictionary(20_000_000, 1), "larger than any table"),
        ("b.parquet", lambda: dictionary(20_000, 1 << 20), "too long for a name"),
        ("a.csv", f"{HEAD}\n{'x' * (30 << 20)}\n".encode, "larger than any table"),
        ("b.csv", lambda: f"{HEAD}\n{ROW}\n".encode() * 900_000, "larger than any table"),
        ("c.csv", (HEAD + ";x" * 200_000 + f"\n{ROW}\n").encode, "larger than any"),
    ],
)
def test_small_files_that_ask_for_much_are_refused_in_little(
    tmp_path: Path, name: str, make: Callable[[], bytes], words: str
) -> None:
    path = write(tmp_path, make(), name)
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told, peak = done.stdout.splitlines()
    assert words in told
    assert int(peak) < 500


# --- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Den Bosch", "den bosch", "'s-Hertogenbosch", "GM0796", "gm796", "0796"]
)
def test_one_municipality_by_each_of_its_names(name: str) -> None:
    rows = evaluatie.load().only(name).rows
    assert set(rows["municipality_code"]) == {"GM0796"}
    assert len(set(rows["municipality"])) == 1


def test_no_municipality_has_two_names_and_no_name_two_municipalities_at_once() -> None:
    for name in ("municipal_results", "municipality_codes", "boundaries", "covariates"):
        rows = evaluatie.load().table(name)
        pairs = rows[["municipality_code", "municipality"]].drop_duplicates()
        assert pairs["municipality_code"].is_unique, name
    rows = evaluatie.load().rows
    shared = rows.groupby(["election", "municipality"])["municipality_code"].nunique()
    assert (shared == 1).all(), "rows grouped by name split or join nobody"


def test_a_name_of_two_asks_which_and_a_slip_gets_the_nearest_that_is_there() -> None:
    results = evaluatie.load()
    with pytest.raises(InputError, match=r"Bergen \(NH.\) = GM0373, Bergen \(L.\) = GM0893"):
        results.only("Bergen")
    assert set(results.only("Bergen (NH)").rows["municipality_code"]) == {"GM0373"}
    there = results.only(["Tynaarlo", "Boekel"])
    with pytest.raises(evaluatie.EvaluatieError, match="did you mean 'Tynaarlo'"):
        there.only("Tinaarlo")
    with pytest.raises(evaluatie.EvaluatieError, match="one of Boekel, Tynaarlo"):
        there.only("Rotterdam")


def test_a_comparison_takes_every_name() -> None:
    results = evaluatie.load()
    names = ["den haag", "Den Bosch", "0599"]
    made = evaluatie.effect(results, "TK2025", "rejected", comparison=names)
    assert made.table["n_comparison"].iloc[0] == 3
