"""All tables in one workbook, a sheet each, for Excel and for LibreOffice."""

from __future__ import annotations

import datetime as dt
import io
import re
import textwrap
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

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
_FONT: Mapping[str, Any] = {"name": "Calibri", "size": 11}
_ABOUT_WIDTHS = (28, 110, 72)
_MOMENT = dt.datetime(2000, 1, 1)


def to_xlsx(sheets: Sequence[Sheet], done: Run, lang: Language) -> bytes:
    """Return an Excel workbook; nothing in it is a formula."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    book.properties.created = book.properties.modified = _MOMENT
    book.properties.creator = "evaluatie"
    first = book.active
    assert first is not None
    first.title = say("export.about", lang)
    for row, texts in enumerate(_about(sheets, done, lang), 1):
        for place, text in enumerate(texts, 1):
            _write(first.cell(row, place), text, "text", lang)
            first.cell(row, place).alignment = Alignment(wrap_text=place == 2, vertical="top")
        first.cell(row, 1).font = Font(**_FONT, bold=row == 1)
        if len(texts) > 1:
            first.row_dimensions[row].height = _height(texts[1], 0.9 * _ABOUT_WIDTHS[1])
    for letter, width in zip("ABC", _ABOUT_WIDTHS, strict=True):
        first.column_dimensions[letter].width = width
    for sheet in sheets:
        _fill(book.create_sheet(sheet.tab(lang)), sheet, lang)
    for page in book.worksheets:
        # Printed: lying, and as wide as a page.
        page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
        page.sheet_properties.pageSetUpPr.fitToPage = True
    made = io.BytesIO()
    book.save(made)
    return _same_bytes(made.getvalue())


def _fill(page: Any, sheet: Sheet, lang: Language) -> None:
    """Write a table: its title over all columns, headings, and rows as high as their text."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    bold, last = Font(**_FONT, bold=True), max(len(sheet.columns), 1)
    widths = [_width(column) for column in sheet.columns]
    _write(page.cell(1, 1), sheet.title, "text", lang)
    page.cell(1, 1).font = bold
    # A title beside its table would be printed as one more column, and the rest small.
    page.merge_cells(start_row=1, end_row=1, start_column=1, end_column=last)
    page.cell(1, 1).alignment = Alignment(wrap_text=True, vertical="top")
    page.row_dimensions[1].height = _height(sheet.title, sum(widths) / _BOLD)
    heights: dict[int, float] = {}
    for position, (column, width) in enumerate(zip(sheet.columns, widths, strict=True), 1):
        # Text keeps clear of the number that ends at its left.
        side = {"horizontal": "left", "indent": int(position > 1)}
        text = Alignment(wrap_text=True, vertical="top", **side)
        number = Alignment(vertical="top")
        head = page.cell(3, position)
        _write(head, column.heading, "text", lang)
        head.font = bold
        side = side if column.kind == "text" else {"horizontal": "right"}
        head.alignment = Alignment(wrap_text=True, vertical="bottom", **side)
        for row, value in enumerate(column.values, 4):
            if value is not None:
                cell = page.cell(row, position)
                _write(cell, value, column.kind, lang)
                cell.alignment = text if column.kind == "text" else number
            if column.kind == "text":
                heights[row] = max(heights.get(row, 0), _height(str(value or ""), width - 2))
        page.column_dimensions[get_column_letter(position)].width = width
    heights[3] = max(
        _height(column.heading, width / _BOLD - 1)
        for column, width in zip(sheet.columns, widths, strict=True)
    )
    for row, height in heights.items():
        page.row_dimensions[row].height = height
    page.freeze_panes = "B4"
    page.print_title_rows = "3:3"
    page.auto_filter.ref = f"A3:{get_column_letter(last)}{3 + len(sheet.frame)}"


def _height(text: str, width: float) -> float:
    """Return the height of wrapped text in points; not every program makes room by itself."""
    return 15.0 * max(len(textwrap.wrap(text, int(width))), 1)


def _write(cell: Any, value: Any, kind: Kind, lang: Language) -> None:
    if isinstance(value, str):
        cell.value = _plain(value)
        cell.data_type = "s"  # never a formula, whatever it begins with
    else:
        cell.value = value
    cell.number_format = _EXCEL[kind].replace("{small}", p_value(0.0, lang))


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

    def text_cell(text: str, style: str) -> Any:
        cell = TableCell(valuetype="string", stylename=styles[style])
        cell.addElement(P(text=_plain(text)))
        return cell

    def value_cell(column: Column, value: Any) -> Any:
        if value is None:
            return TableCell()
        if column.kind == "text":
            return text_cell(str(value), "long")
        kind = "percentage" if column.kind.startswith("percent") else "float"
        cell = TableCell(valuetype=kind, value=repr(float(value)), stylename=styles[column.kind])
        shown = 100 * float(value) if kind == "percentage" else float(value)
        cell.addElement(P(text=f"{shown:.{_DECIMALS[column.kind]}f}"))
        return cell

    def add(name: str, widths: Iterable[int], rows: Iterable[Iterable[Any]]) -> None:
        page = Table(name=name, stylename=styles["page"])
        for width in widths:
            column = f"width{width}"
            if column not in styles:
                size = TableColumnProperties(columnwidth=f"{0.2 * width:.1f}cm")
                styles[column] = _ods_style(book, column, "table-column", size)
            page.addElement(TableColumn(stylename=styles[column]))
        for cells in rows:
            line = TableRow()
            for cell in cells:
                line.addElement(cell)
            page.addElement(line)
        book.spreadsheet.addElement(page)

    title, *others = _about(sheets, done, lang)
    about = [[text_cell(text, "title") for text in title]]
    about += [[text_cell(text, "long") for text in texts] for texts in others]
    add(say("export.about", lang), _ABOUT_WIDTHS, about)
    for sheet in sheets:
        head = [text_cell(column.heading, "head") for column in sheet.columns]
        rows = [[text_cell(sheet.title, "title")], [], head]
        rows += [
            [value_cell(*pair) for pair in zip(sheet.columns, values, strict=True)]
            for values in zip(*(column.values for column in sheet.columns), strict=True)
        ]
        add(sheet.tab(lang), [round(_width(column)) for column in sheet.columns], rows)
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
