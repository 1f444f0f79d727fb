"""Every table and figure in the formats that people work with, harmless and the same twice."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evaluatie.answers.run import Run
from evaluatie.cli import run
from evaluatie.ground.errors import EvaluatieError
from evaluatie.ground.formatting import LANGUAGES, UNKNOWN
from evaluatie.report import exhibits
from evaluatie.report.export import FORMATS, export
from evaluatie.report.export.sheets import _columns, collect

TABLES = set(exhibits.TABLES) - {"changed"} | {"municipalities"}
"""Those of a run without counts of one's own."""
HOSTILE = "=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def results(finished: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a real run, with one name in them that a spreadsheet would execute."""
    folder = tmp_path_factory.mktemp("results")
    for made in finished.folder.glob("*.json"):
        shutil.copyfile(made, folder / made.name)
    path = folder / "before_after_invalid.json"
    content = json.loads(path.read_text("utf-8"))
    content["table"][0]["municipality"] = HOSTILE
    path.write_text(json.dumps(content), "utf-8")
    return folder


@pytest.fixture(scope="module")
def made(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("export")
    kinds = [kind for kind in FORMATS if kind not in ("pdf", "png")]
    exported = export(out, formats=kinds, results=results)
    assert not exported.missing
    yield out
    shutil.rmtree(out)


def test_every_table_and_figure_is_there(made: Path) -> None:
    for kind, suffix in (("csv", "csv"), ("csv-nl", "csv"), ("parquet", "parquet")):
        assert {p.stem for p in (made / kind).glob(f"*.{suffix}")} == TABLES
    assert {p.stem for p in (made / "figures").glob("*.svg")} == set(exhibits.FIGURES)
    assert {p.stem for p in (made / "figures").glob("*.csv")} == set(exhibits.FIGURES)
    index = pd.read_csv(made / "index.csv")
    assert set(index["table"]) == TABLES
    assert (index["title"] != index["table"]).all()  # the captions of the report


@pytest.mark.parametrize("name", sorted(TABLES))
def test_three_formats_hold_the_same_numbers(made: Path, name: str) -> None:
    plain = pd.read_csv(made / "csv" / f"{name}.csv")
    dutch = pd.read_csv(made / "csv-nl" / f"{name}.csv", sep=";", decimal=",", encoding="utf-8-sig")
    columns = pd.read_parquet(made / "parquet" / f"{name}.parquet")
    assert list(plain) == list(dutch) == list(columns)
    for column in plain.select_dtypes("number"):
        expected = pd.to_numeric(columns[column]).astype("float64").to_numpy()
        for other in (plain[column], dutch[column]):
            assert other.astype("float64").to_numpy() == pytest.approx(expected, nan_ok=True)


def test_no_cell_of_any_table_is_a_formula(made: Path) -> None:
    from odf.opendocument import load
    from odf.table import TableCell
    from openpyxl import load_workbook

    found = 0
    for page in load_workbook(made / "tabellen.xlsx"):
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                found += isinstance(cell.value, str) and HOSTILE in cell.value
    assert found == 1
    cells = load(made / "tabellen.ods").getElementsByType(TableCell)
    assert cells
    assert not [cell for cell in cells if cell.getAttribute("formula")]
    text = (made / "csv-nl" / "before-after.csv").read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert f"'{HOSTILE}" in {cell for row in rows for cell in row}


def test_the_workbook_holds_numbers_with_their_formats(made: Path, results: Path) -> None:
    from openpyxl import load_workbook

    page = load_workbook(made / "tabellen.xlsx")["verschil"]
    heads = [cell.value for cell in page[3]]
    rows = Run(results).frame("effect_summary", scale="points", weights="voters")
    column = heads.index("Effect (procentpunt)") + 1
    shown = sorted(page.cell(row, column).value for row in range(4, page.max_row + 1))
    model = rows[(rows["method"] == "variance-weighted t") & rows["estimate"].notna()]
    assert shown == pytest.approx(sorted(100 * model["estimate"]))
    assert "0.00" in page.cell(4, column).number_format


def test_nothing_in_the_dutch_workbook_is_english(made: Path) -> None:
    from openpyxl import load_workbook

    book = load_workbook(made / "tabellen.xlsx")
    english = re.compile(r"\b(?:the|with|and|from|counts?|votes|election|municipality|later use)\b")
    # What a source is called is its id in manifest.toml.
    told = {
        cell.value
        for page in book
        for row in page.iter_rows(min_col=1 if page.title != "bronnen" else 2)
        for cell in row
        if isinstance(cell.value, str) and not re.fullmatch(r"[a-z0-9-]+", cell.value)
    }
    assert len(told) > 1_000
    assert not [text for text in told if english.search(text)]
    assert not [text for text in told if "\N{REPLACEMENT CHARACTER}" in text]


def test_sheets_have_a_name_of_their_own_in_both_languages(results: Path) -> None:
    every, _ = collect(Run(results), "nl")
    assert {sheet.name for sheet in every} == TABLES
    for lang in LANGUAGES:
        names = [sheet.tab(lang) for sheet in every]
        assert len(set(names)) == len(names)
        assert all(len(name) <= 31 and re.fullmatch(r"[a-z-]+", name) for name in names)


@pytest.mark.parametrize("name", sorted(exhibits.TABLES))
def test_a_sheet_lacks_nothing_that_the_report_prints(results: Path, name: str) -> None:
    shown = exhibits.table(name, Run(results))
    rows = shown.frame.to_dict(orient="records")
    for column in shown.columns:
        cells = list(zip(*(each.values for each in _columns(column, shown, "nl")), strict=True))
        for row, held in zip(rows, cells, strict=True):
            printed = column.cell(row, "nl")
            assert printed in ("", UNKNOWN) or any(each not in (None, "") for each in held)


def test_the_workbook_can_be_printed_and_read(made: Path) -> None:
    from openpyxl import load_workbook

    book = load_workbook(made / "tabellen.xlsx")
    for page in book:
        assert page.page_setup.orientation == "landscape"
        assert (page.sheet_properties.pageSetUpPr.fitToPage, page.page_setup.fitToHeight) == (1, 0)
    with zipfile.ZipFile(made / "tabellen.ods") as packed:
        content, styles = (packed.read(f"{each}.xml").decode() for each in ("content", "styles"))
    layout = re.search(r"<style:page-layout-properties [^>]*>", styles)
    assert layout is not None
    assert 'print-orientation="landscape"' in layout[0]
    assert 'scale-to-X="1"' in layout[0]
    assert 'style:name="page" style:family="table" style:master-page-name="Lying"' in content
    tables = re.findall(r"<table:table [^>]*>", content)
    assert len(tables) == len(book.worksheets)
    assert all('table:style-name="page"' in each for each in tables)
    about = book.worksheets[0]
    wide = about.column_dimensions["B"].width
    long = [
        row for row in range(1, about.max_row + 1) if len(about.cell(row, 2).value or "") > wide
    ]
    assert long
    # Two lines of text have the room of two.
    assert all(about.row_dimensions[row].height >= 30 for row in long)
    for page in book.worksheets[1:]:
        # A title is as wide as its table, a heading breaks between words, no text is cut off.
        assert str(page.merged_cells) in (f"A1:{cell_before(page)}", "")
        for (head,) in page.iter_cols(min_row=3, max_row=3):
            room = page.column_dimensions[head.column_letter].width
            assert max(map(len, head.value.split())) <= room, (page.title, head.value)
            assert len(head.value) <= room * page.row_dimensions[3].height / 15
        for row in page.iter_rows(min_row=4):
            for cell in row:
                if isinstance(cell.value, str):
                    lines = page.row_dimensions[cell.row].height / 15
                    room = page.column_dimensions[cell.column_letter].width
                    assert len(cell.value) <= lines * room, (page.title, cell.value)
                    assert cell.alignment.wrap_text


def test_what_stands_in_one_row_begins_at_one_height(made: Path) -> None:
    from openpyxl import load_workbook

    about, *pages = load_workbook(made / "tabellen.xlsx").worksheets
    cells = [cell for row in about.iter_rows() for cell in row if cell.value]
    cells += [cell for page in pages for row in page.iter_rows(4) for cell in row if cell.value]
    assert {cell.alignment.vertical for cell in cells} == {"top"}
    with zipfile.ZipFile(made / "tabellen.ods") as book:
        content = book.read("content.xml").decode()
    styles = re.findall(
        r'<style:style style:name="(\S+)" style:family="table-cell".*?</style:style>', content
    )
    top = re.findall(
        r'<style:style style:name="(\S+)" style:family="table-cell"[^>]*>'
        r'(?:(?!</style:style>).)*vertical-align="top"',
        content,
    )
    assert len(styles) > 5
    assert set(styles) - set(top) == {"head", "title"}


def cell_before(page: Any) -> str:
    return str(page.cell(1, page.max_column).coordinate)


def test_every_municipality_stands_in_a_sheet_with_its_status(made: Path) -> None:
    from openpyxl import load_workbook

    page = load_workbook(made / "tabellen.xlsx")["gemeenten"]
    heads = [cell.value for cell in page[3]]
    rows = [dict(zip(heads, (c.value for c in row), strict=True)) for row in page.iter_rows(4)]
    (gouda,) = (r for r in rows if r["Gemeente"] == "Gouda" and r["Verkiezing"] == "GR2026")
    assert (gouda["Biljetten"], gouda["Ongeldig"]) == (34_998, 291)
    assert gouda["Aandeel"] == pytest.approx(291 / 34_998)
    assert gouda["Groep"] == "eerste keer"
    assert gouda["Telling"] == "officieel"
    before = gouda["Ongeldig, eerder"] / gouda["Biljetten, eerder"]
    assert gouda["Verandering (procentpunt)"] == pytest.approx(100 * (291 / 34_998 - before))
    assert len({row["Gemeente"] for row in rows if row["Verkiezing"] == "GR2026"}) > 300


def test_cells_are_what_a_reader_would_type(made: Path) -> None:
    from openpyxl import load_workbook

    signs = re.compile(r"'[+=@-]")
    for page in load_workbook(made / "tabellen.xlsx").worksheets[1:]:
        heads = [str(cell.value) for cell in page[3]]
        assert len(set(heads)) == len(heads), page.title
        for head in heads:
            assert head.count("(procentpunt)") <= 1
        for row in page.iter_rows(4):
            for cell in row:
                assert not signs.match(str(cell.value)), (page.title, cell.value)
                if cell.number_format == "#,##0" and cell.value is not None:
                    assert isinstance(cell.value, int), (page.title, cell.value)
                if "%" in cell.number_format and cell.value is not None:
                    assert -1 <= cell.value <= 10, (page.title, cell.value)
                if cell.number_format.startswith("[<0.001]"):
                    assert "< 0,001" in cell.number_format
    for path in (made / "csv-nl").glob("*.csv"):
        text = path.read_text("utf-8-sig")
        assert "<NA>" not in text
        assert not re.search(r"(^|;)'[+@-]", text), path.name
        assert not re.search(r"\d[eE]-\d", re.sub(r"[0-9a-f]{12}", "", text)), path.name


def test_the_same_results_give_the_same_bytes(made: Path, results: Path, tmp_path: Path) -> None:
    # Figures are the same twice in the report, which is made twice, and in another process.
    kinds = ["xlsx", "ods", "csv", "parquet"]
    again = export(tmp_path, formats=kinds, results=results)
    assert {Path(name).suffix for name in again.names} >= {f".{kind}" for kind in kinds}
    for name in again.names:
        assert (tmp_path / name).read_bytes() == (made / name).read_bytes(), name


def test_what_counts_do_not_allow_is_named_and_left_out(results: Path, tmp_path: Path) -> None:
    partial = tmp_path / "partial"
    shutil.copytree(results, partial)
    note = {"nl": "geen tellingen", "en": "no counts"}
    (partial / "scale_up.json").write_text(json.dumps({"missing": note, "table": []}), "utf-8")
    sheets, missing = collect(Run(partial), "nl")
    assert missing == {"table scale-up": "geen tellingen"}
    assert "scale-up" not in {sheet.name for sheet in sheets}


def test_bad_requests_leave_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--out", str(tmp_path / "out"), "--format", "docx", "--lang", "en"]) == 2
    told = capsys.readouterr().err
    assert "unknown format 'docx'" in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "out").exists()
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(EvaluatieError, match="cannot write here"):
        export(blocked, results=tmp_path)
    assert blocked.read_text() == "in the way"
