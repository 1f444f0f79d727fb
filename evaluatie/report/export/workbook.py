"""All tables in one workbook, a sheet each, for Excel and for LibreOffice."""

from __future__ import annotations

import datetime as dt
import io
import re
import textwrap
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from evaluatie.answers.data.show import publisher
from evaluatie.answers.run import Run
from evaluatie.ground.files import packed
from evaluatie.ground.formatting import Language, p_value
from evaluatie.ground.words import say
from evaluatie.report.export.sheets import Column, Kind, Sheet

_EXCEL: Mapping[Kind, str] = {
    "text": "@",
    "count": "#,##0",
    "percent0": "0%",
    "percent1": "0.0%",
    "percent2": "0.00%",
    "percent3": "0.000%",
    "points": "+0.00;\N{MINUS SIGN}0.00;0.00",
    "number1": "0.0",
    "ratio": "0.00",
    "p": '[<0.001]"{small}";0.000',
}
_DECIMALS: Mapping[Kind, int] = {
    "count": 0, "percent0": 0, "number1": 1, "percent1": 1, "percent2": 2, "percent3": 3,
    "points": 2, "ratio": 2, "p": 3,
}  # fmt: skip
_WIDEST = 60
_BOLD = 1.2
"""Bold letters, in the width of others."""
_ABOUT_WIDTHS = (28, 110, 72)
_MOMENT = dt.datetime(2000, 1, 1)


@dataclass(frozen=True)
class _Cell:
    value: Any
    kind: Kind = "text"
    role: Literal["title", "head", "body"] = "body"


@dataclass(frozen=True)
class _Page:
    """A sheet as both workbooks have it; one of a table has its headings in the third row."""

    name: str
    widths: list[float]
    rows: list[list[_Cell]]
    is_table: bool = True


def _pages(sheets: Sequence[Sheet], done: Run, lang: Language) -> Iterator[_Page]:
    """Yield what is in the workbook, and then every table below its title."""
    (title,), *others = _about(sheets, done, lang)
    about = [[_Cell(title, role="title")], *([_Cell(text) for text in each] for each in others)]
    yield _Page(say("export.about", lang), [*_ABOUT_WIDTHS], about, is_table=False)
    for sheet in sheets:
        columns = sheet.columns
        head = [_Cell(each.heading, each.kind, "head") for each in columns]
        cells = [[_Cell(value, each.kind) for value in each.values] for each in columns]
        rows = [[_Cell(sheet.title, role="title")], [], head, *map(list, zip(*cells, strict=True))]
        yield _Page(sheet.tab(lang), [_width(each) for each in columns], rows)


def to_xlsx(sheets: Sequence[Sheet], done: Run, lang: Language) -> bytes:
    """Return an Excel workbook; nothing in it is a formula."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook()
    book.properties.created = book.properties.modified = _MOMENT
    book.properties.creator = "evaluatie"
    for place, page in enumerate(_pages(sheets, done, lang)):
        made = book.create_sheet(page.name, place)
        for at, cells in enumerate(page.rows, 1):
            heights = [_fill(made, at, n, page, cell, lang) for n, cell in enumerate(cells, 1)]
            if any(heights):
                made.row_dimensions[at].height = max(heights)
        for n, width in enumerate(page.widths, 1):
            made.column_dimensions[get_column_letter(n)].width = width
        last = max(len(page.widths), 1)
        # A title beside its table would be printed as one more column, and the rest small.
        made.merge_cells(start_row=1, end_row=1, start_column=1, end_column=last)
        if page.is_table:
            made.freeze_panes = "B4"
            made.print_title_rows = "3:3"
            made.auto_filter.ref = f"A3:{get_column_letter(last)}{len(page.rows)}"
        # Printed: lying, and as wide as a page.
        made.page_setup.orientation, made.page_setup.fitToHeight = "landscape", 0
        made.sheet_properties.pageSetUpPr.fitToPage = True
    del book[book.sheetnames[-1]]
    written = io.BytesIO()
    book.save(written)
    return _same_bytes(written.getvalue())


def _fill(made: Any, at: int, position: int, page: _Page, cell: _Cell, lang: Language) -> float:
    """Write a cell, and return the height that it needs; not every program makes room by itself."""
    from openpyxl.styles import Alignment, Font

    text, head = cell.kind == "text", cell.role == "head"
    if cell.value is not None:
        target = made.cell(at, position)
        if isinstance(cell.value, str):
            target.value = _plain(cell.value)
            target.data_type = "s"  # never a formula, whatever it begins with
        else:
            target.value = cell.value
        shown = "text" if head else cell.kind
        target.number_format = _EXCEL[shown].replace("{small}", p_value(0.0, lang))
        if cell.role != "body":
            target.font = Font(name="Calibri", size=11, bold=True)
        side: dict[str, Any] = {"horizontal": "right"} if head else {}
        if text:  # text keeps clear of the number that ends at its left
            side = {"horizontal": "left", "indent": int(position > 1)}
        upright = "bottom" if head else "top"
        target.alignment = Alignment(wrap_text=text or head, vertical=upright, **side)
    room = page.widths[position - 1] - 2
    if cell.role == "title":
        room = sum(page.widths) / _BOLD
    elif head:
        room = page.widths[position - 1] / _BOLD - 1
    lines = textwrap.wrap(str(cell.value or ""), int(room)) if text or head else ()
    return 15.0 * max(len(lines), int(text or head))


def to_ods(sheets: Sequence[Sheet], done: Run, lang: Language) -> bytes:
    """Return an OpenDocument workbook; nothing in it is a formula."""
    from odf import meta
    from odf.dc import Creator
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.style import TableColumnProperties
    from odf.table import Table, TableCell, TableColumn, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    for old in list(book.meta.childNodes):
        book.meta.removeChild(old)
    book.meta.addElement(meta.Generator(text="evaluatie"))
    book.meta.addElement(Creator(text="evaluatie"))
    styles = _ods_styles(book, lang)

    def written(cell: _Cell) -> Any:
        if cell.value is None:
            return TableCell()
        if cell.kind == "text" or cell.role == "head":
            style, text = "long" if cell.role == "body" else cell.role, _plain(str(cell.value))
            made = TableCell(valuetype="string", stylename=styles[style])
        else:
            kind = "percentage" if cell.kind.startswith("percent") else "float"
            value = float(cell.value)
            made = TableCell(valuetype=kind, value=repr(value), stylename=styles[cell.kind])
            text = f"{100 * value if kind == 'percentage' else value:.{_DECIMALS[cell.kind]}f}"
        made.addElement(P(text=text))
        return made

    for page in _pages(sheets, done, lang):
        table = Table(name=page.name, stylename=styles["page"])
        for width in map(round, page.widths):
            column = f"width{width}"
            if column not in styles:
                size = TableColumnProperties(columnwidth=f"{0.2 * width:.1f}cm")
                styles[column] = _ods_style(book, column, "table-column", size)
            table.addElement(TableColumn(stylename=styles[column]))
        for cells in page.rows:
            line = TableRow()
            for cell in cells:
                line.addElement(written(cell))
            table.addElement(line)
        book.spreadsheet.addElement(table)
    made = io.BytesIO()
    book.write(made)
    return _same_bytes(made.getvalue(), stored="mimetype")


def _ods_style(book: Any, name: str, family: str, *parts: Any, **more: Any) -> Any:
    """Add a style of these parts to the workbook."""
    from odf.style import Style

    made = Style(name=name, family=family, **more)
    for part in parts:
        made.addElement(part)
    book.automaticstyles.addElement(made)
    return made


def _ods_styles(book: Any, lang: Language) -> dict[str, Any]:
    """Return styles by name; sheets are printed lying, and as wide as a page."""
    from odf.number import Number, NumberStyle, PercentageStyle, Text
    from odf.style import (
        Map,
        MasterPage,
        PageLayout,
        PageLayoutProperties,
        TableCellProperties,
        TextProperties,
    )

    layout = PageLayout(name="lying")
    layout.addElement(
        PageLayoutProperties(
            printorientation="landscape", pagewidth="29.7cm", pageheight="21cm", scaletox="1"
        )
    )
    book.automaticstyles.addElement(layout)
    book.masterstyles.addElement(MasterPage(name="Lying", pagelayoutname=layout))
    bold, wrapped = {"fontweight": "bold"}, {"wrapoption": "wrap"}
    styles = {"page": _ods_style(book, "page", "table", masterpagename="Lying")}
    for name, *parts in (
        ("head", TextProperties(**bold), TableCellProperties(**wrapped)),
        ("title", TextProperties(**bold)),
        ("long", TableCellProperties(**wrapped, verticalalign="top")),
    ):
        styles[name] = _ods_style(book, name, "table-cell", *parts)
    country = {"nl": "NL", "en": "GB"}[lang]
    for kind, decimals in _DECIMALS.items():
        percent = kind.startswith("percent")
        make = PercentageStyle if percent else NumberStyle
        format_ = make(name=f"format-{kind}", language=lang, country=country)
        grouping = "true" if kind == "count" else "false"
        format_.addElement(Number(decimalplaces=decimals, minintegerdigits=1, grouping=grouping))
        if percent:
            format_.addElement(Text(text="%"))
        if kind == "p":
            small = NumberStyle(name="format-p-small", language=lang, country=country)
            small.addElement(Text(text=p_value(0.0, lang)))
            book.automaticstyles.addElement(small)
            format_.addElement(Map(condition="value()<0.001", applystylename=small))
        book.automaticstyles.addElement(format_)
        top = TableCellProperties(verticalalign="top")
        styles[kind] = _ods_style(book, kind, "table-cell", top, datastylename=format_)
    return styles


def _about(sheets: Sequence[Sheet], done: Run, lang: Language) -> list[tuple[str, ...]]:
    """Rows of the first sheet: what is in the workbook, how to read it, where it comes from."""
    plan, title = done.result("plan"), "title_nl" if lang == "nl" else "title"
    rows: list[tuple[str, ...]] = [(say("export.title", lang),)]
    rows += [("", say(f"export.note_{n}", lang)) for n in ("unknown", "points", "provisional")]
    rows.append(("", say("export.note_plan", lang, version=plan["version"], sum=plan["sha256"])))
    rows += [(), (say("export.sheets", lang),)]
    rows += [(sheet.tab(lang), sheet.title) for sheet in sheets]
    rows += [(), (say("export.sources", lang),)]
    rows += [
        (each["id"], f"{each[title]} ({publisher(each, lang)})", f"sha256 {each['sha256']}")
        for each in done.result("sources")["table"]
    ]
    return rows


def _width(column: Column) -> float:
    """Return a width in characters: that of the cells, and of every word of the heading."""
    word = max((_BOLD * len(each) for each in column.heading.split()), default=0) + 2
    if column.kind != "text":
        return float(max(11, word, min(len(column.heading) * 0.6, 18)))
    longest = max((len(str(value)) for value in column.values), default=0)
    return float(min(max(longest, word, len(column.heading) * 0.7, 8) + 3, _WIDEST))


def _plain(text: str) -> str:
    """Return text that a workbook can hold; its cells are text, so that none is a formula."""
    spaced = (" " if c.isspace() and c != "\n" else c for c in text)  # a cell needs no fixed space
    return "".join(
        c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in spaced
    )


def _same_bytes(made: bytes, stored: str | None = None) -> bytes:
    """Pack an archive again without the moment of its making or what the writer did before."""
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        files = {
            info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()
        }
    core = files.get("docProps/core.xml")
    if core is not None:  # openpyxl writes the moment of saving, whatever it was told
        files["docProps/core.xml"] = re.sub(
            rb"(<dcterms:modified[^>]*>)[^<]*",
            rb"\g<1>" + _MOMENT.isoformat().encode() + b"Z",
            core,
        )
    for name in [each for each in files if stored and each.endswith(".xml")]:
        root = etree.fromstring(files[name])
        # odfpy declares every namespace that this process has met so far.
        etree.cleanup_namespaces(root)
        files[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return packed(files, stored=stored)
