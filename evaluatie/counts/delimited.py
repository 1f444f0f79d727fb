"""From the bytes of a delimited file to text cells under their headings, by line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pandas as pd

from evaluatie.ground.errors import InputError
from evaluatie.ground.files import too_large

TITLE_LINES = 20
"""How far down a header may stand: below ``sep=;`` and the lines of a title."""

MAX_COLUMNS = 2_000
MAX_CELLS = 6_000_000
MAX_LINE = 1 << 20
"""Characters of one line: the longest real one, a district's with all municipalities, has 4,000."""

Known = Callable[[list[str]], object]
"""Tells whether the cells of a line are a header."""

_BROKEN = {
    "end of data": "a quotation mark is not closed",
    "expected after": "text behind a closing quotation mark",
}
"""What a part of the errors of the csv module means."""
_SEPARATORS = (";", ",", "\t")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


def decode(content: bytes) -> str:
    """Decode UTF-8 with or without byte-order mark, UTF-16 with one, else cp1252.

    Official exports come in both without saying so. Strict UTF-8 is tried first, which is
    safe: accented letters of cp1252 are followed by ASCII and so are never UTF-8. A file that
    says it is UTF-8, or holds letters in both encodings, is damaged and not cp1252.
    """
    if content.startswith(_UTF16):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise _encoding_error("damaged UTF-16 text", content, error.start) from error
    elif b"\x00" in content:
        raise _encoding_error("not text: it holds null bytes", content, content.index(b"\0"))
    else:
        text = _decode_bytes(content)
    if not text.strip():
        raise InputError("the file is empty", rule="not empty")
    return unix_lines(text)


def unix_lines(text: str) -> str:
    """End lines as Unix does where they end as on an old Mac, which Excel still offers."""
    return text if "\n" in text else text.replace("\r", "\n")


def _decode_bytes(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith(codecs.BOM_UTF8) or _UTF8_LETTER.search(content):
            raise _encoding_error("damaged UTF-8 text", content, error.start) from error
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        message = "neither UTF-8 nor cp1252 text"
        raise _encoding_error(message, content, error.start) from error


def _encoding_error(message: str, content: bytes, position: int) -> InputError:
    line = content[:position].count(b"\n") + 1
    return InputError(message, unit=f"line {line}", rule="encoding")


def header_of(text: str, known: Known) -> tuple[int, str, list[str]] | None:
    """Find the header: the first of the upper lines whose cells are ``known``.

    Returns
    -------
    tuple of int, str and list of str, or None
        Position of the line, what separates cells, and the cells.
    """
    for position, line in enumerate(text.split("\n", TITLE_LINES)[:TITLE_LINES]):
        for separator in _SEPARATORS:
            if separator in line and len(line) <= MAX_LINE:
                cells = cells_of(line, separator)
                if known(cells):
                    return position, separator, cells
    return None


def cells_of(line: str, separator: str) -> list[str]:
    """Return the cells of one line, without white space around them; never none."""
    try:
        cells = next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        cells = line.split(separator)
    return [cell.strip() for cell in cells] or [""]


def without_comments(text: str) -> str:
    """Empty the lines that start with ``#``, so that the others keep their numbers."""
    return "\n".join("" if line.lstrip()[:1] == "#" else line for line in text.splitlines())


def blank_before(text: str, position: int) -> str:
    """Empty the lines above a header, so that the others keep their numbers."""
    return "\n" * position + text.split("\n", position)[position] if position else text


def first_line(text: str) -> tuple[int, str, list[str]]:
    """Take the first line for a header, as :func:`header_of` returns one."""
    line = text.lstrip().partition("\n")[0]
    separator = ";" if line.count(";") > line.count(",") else ","
    return 0, separator, cells_of(line[:MAX_LINE], separator)


def read_cells(text: str, known: Known) -> pd.DataFrame:
    """Read text cells under the header that is ``known``, else the first line.

    The index, called ``line``, is the line of each row. White space around cells is taken away; an
    empty cell is "", and one that its line is too short for is missing.
    """
    position, separator, _ = header_of(text, known) or first_line(text)
    return framed(rows_of(text, position, separator))


def framed(rows: Sequence[tuple[int, list[str]]]) -> pd.DataFrame:
    """Return rows, as of :func:`rows_of`, under their header."""
    (line, header), *below = rows
    once_each(header, line)
    width = len(header)
    data = [
        cells if len(cells) == width else [*cells, *[None] * (width - len(cells))]
        for _, cells in below
    ]
    lines = pd.Index([line for line, _ in below], name="line")
    return pd.DataFrame(data, lines, header, dtype="str")


def rows_of(
    text: str, position: int, separator: str, *, even: bool = False, bare: bool = False
) -> list[tuple[int, list[str]]]:
    """Return line and cells of the header at ``position`` and of each row below it.

    ``even``: every line has as many cells as the header. ``bare``: some exports never quote, and
    print the quotation marks of a list's name bare.
    """
    try:
        rows = list(_rows(text, position, separator, csv.QUOTE_MINIMAL, even))
    except InputError as error:
        if not bare or error.rule != "csv":
            raise
        rows = list(_rows(text, position, separator, csv.QUOTE_NONE, even))
    if not rows:
        raise InputError("the file is empty", rule="not empty")
    return rows


def _rows(
    text: str, position: int, separator: str, quoting: Any, even: bool
) -> Iterator[tuple[int, list[str]]]:
    lines = text.splitlines()
    longest = max(map(len, lines), default=0)
    if longest > MAX_LINE:
        raise too_large(f"at most {MAX_LINE}", f"a line of {longest} characters")
    stream = io.StringIO(blank_before(text, position), newline="")
    reader = csv.reader(stream, delimiter=separator, strict=True, quoting=quoting)
    width = 0
    for cells in _sound(reader):  # a million lines: plain loops are the fastest
        stripped = [cell.strip() for cell in cells]
        if not any(stripped):
            continue
        if not width:
            width, most = len(stripped), sum(1 for line in lines if line.strip())
            if width > MAX_COLUMNS:
                raise too_large(f"at most {MAX_COLUMNS}", f"{width} columns")
            if most * width > MAX_CELLS:
                raise too_large(f"{MAX_CELLS} cells", f"{most} rows of {width} columns")
        if len(stripped) > width or (even and len(stripped) < width):
            said, where = "the line has another number of cells than the header", reader.line_num
            found = len(stripped)
            raise InputError(
                said, unit=f"line {where}", rule="line length", value=found, expected=width
            )
        yield reader.line_num, stripped


def _sound(reader: Any) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        said = next((said for part, said in _BROKEN.items() if part in str(error)), str(error))
        where = f"line {reader.line_num}"
        raise InputError(f"not a readable table ({said})", unit=where, rule="csv") from None


def once_each(header: Sequence[str], line: int = 1) -> None:
    """Refuse a header in which a name stands twice."""
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if twice is not None:
        said = f"column {twice!r} stands twice"
        raise InputError(said, unit=f"line {line}", rule="unique columns")
