"""From the bytes of a delimited file to text cells under their headings, by line."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from evaluatie.ground.errors import InputError
from evaluatie.ground.files import too_large

TITLE_LINES = 20
"""How far down a header may stand: below ``sep=;`` and the lines of a title."""

MAX_COLUMNS = 2_000
MAX_CELLS = 6_000_000
MAX_LINE = 1 << 20
"""Characters of one line: the longest real one, a district's with all municipalities, has 4,000."""

_SEPARATORS = (";", ",", "\t")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF8_LETTER = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")


def decode(content: bytes, file: str | Path) -> str:
    """Decode UTF-8 with or without byte-order mark, UTF-16 with one, else cp1252.

    Official exports come in both without saying so. Strict UTF-8 is tried first, which is
    safe: accented letters of cp1252 are followed by ASCII and so are never UTF-8. A file that
    says it is UTF-8, or holds letters in both encodings, is damaged and not cp1252.
    """
    if content.startswith(_UTF16):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise _encoding_error("damaged UTF-16 text", content, error.start, file) from error
    elif b"\x00" in content:
        raise _encoding_error("not text: it holds null bytes", content, content.index(b"\0"), file)
    else:
        text = _decode_bytes(content, file)
    if not text.strip():
        raise InputError("the file is empty", file=file, rule="not empty")
    return text


def _decode_bytes(content: bytes, file: str | Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith(codecs.BOM_UTF8) or _UTF8_LETTER.search(content):
            raise _encoding_error("damaged UTF-8 text", content, error.start, file) from error
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        message = "neither UTF-8 nor cp1252 text"
        raise _encoding_error(message, content, error.start, file) from error


def _encoding_error(message: str, content: bytes, position: int, file: str | Path) -> InputError:
    line = content[:position].count(b"\n") + 1
    return InputError(message, file=file, unit=f"line {line}", rule="encoding")


def header_of(text: str, known: Callable[[list[str]], object]) -> tuple[int, str, list[str]] | None:
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


def read_cells(text: str, known: Callable[[list[str]], object], file: str | Path) -> pd.DataFrame:
    """Read text cells under their header; the index, called ``line``, is the line of each row.

    Empty cells are missing. Where no line is ``known``, the first is the header.
    """
    position, separator, header = header_of(text, known) or (0, *_first(text))
    if len(header) > MAX_COLUMNS:
        raise too_large(file, f"at most {MAX_COLUMNS}", f"{len(header)} columns")
    repeated = next((name for name in header if name and header.count(name) > 1), None)
    if repeated is not None:
        said = f"column {repeated!r} stands twice"
        raise InputError(said, file=file, unit=f"line {position + 1}", rule="unique columns")
    lines = text.splitlines()
    longest = max(map(len, lines), default=0)
    if longest > MAX_LINE:
        raise too_large(file, f"at most {MAX_LINE}", f"a line of {longest} characters")
    rows = [number for number, line in enumerate(lines, 1) if number > position and line.strip()]
    if len(rows) * len(header) > MAX_CELLS:
        raise too_large(file, f"{MAX_CELLS} cells", f"{len(rows)} rows of {len(header)} columns")
    try:
        frame = pd.read_csv(
            io.StringIO(blank_before(text, position)),
            sep=separator,
            dtype="str",
            keep_default_na=False,
            na_values=[""],
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        told = "a quotation mark is not closed" if "EOF inside string" in str(error) else error
        raise InputError(f"not a readable table ({told})", file=file, rule="csv") from None
    if not isinstance(frame.index, pd.RangeIndex):  # pandas takes what is too much for an index
        raise InputError(
            "the rows have more cells than the header",
            file=file,
            unit=f"line {rows[1]}",
            rule="row width",
            value=frame.index.nlevels + len(frame.columns),
            expected=len(frame.columns),
        )
    # Unless a cell in quotes goes on over several lines, each row is one.
    numbers = (
        rows[1:] if len(rows) == len(frame) + 1 else range(position + 2, position + 2 + len(frame))
    )
    frame.index = pd.Index(numbers, name="line")
    return frame


def _first(text: str) -> tuple[str, list[str]]:
    line = text.lstrip().partition("\n")[0]
    separator = ";" if line.count(";") > line.count(",") else ","
    return separator, cells_of(line[:MAX_LINE], separator)
