"""Tables for readers: Markdown in the report, aligned text in a terminal, CSV for others.

A :class:`Column` says what a column holds, under which heading, printed how. Numbers stay
numbers until here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from evaluatie.ground import formatting
from evaluatie.ground.escape import html_text, markdown_text, spreadsheet_text, terminal_text
from evaluatie.ground.words import say

_FORMATS: Mapping[str, Callable[[Any, str], str]] = {
    **formatting.PRINTED,
    "text": lambda value, lang: "" if _missing(value) else str(value),
    "flag": lambda value, lang: say(f"common.{'yes' if value else 'no'}", lang),
    "number": lambda value, lang: "" if _missing(value) else str(value),
}


Row = Mapping[str, Any]
Kind = Literal[
    "text", "word", "flag", "count", "percent", "percent1", "percent3", "percent_marked", "points",
    "points3", "change", "ratio", "number1", "p", "interval", "interval_percent1",
    "interval_percent3", "interval_points", "interval_ratio", "interval_number1", "interval_count",
    "number",
]  # fmt: skip
"""How a value is printed, and so what it is: see :class:`Column`."""

_JSON_TYPES: Mapping[str, str] = {
    "text": "string", "word": "string", "flag": "boolean", "count": "integer",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of an answer: declared once, for programs and for readers.

    Attributes
    ----------
    name
        Its name in the frame; for the kind ``interval`` the stem, so that ``conf`` stands for
        ``conf_low`` and ``conf_high`` together.
    kind
        ``text``; ``word`` (a key of ``words/common.toml``); ``flag`` (true or false); ``count``;
        ``percent``, ``percent1``, ``percent3`` (a fraction, with 2, 1 or 3 decimals);
        ``percent_marked`` (with a star where ``<name>_vintage`` is not official); ``points``,
        ``points3`` (a difference of fractions, in percentage points); ``change`` (relative);
        ``ratio``, ``number1``; ``p``; ``interval`` of percentages, and of another kind
        ``interval_<kind>``; ``number`` (any other number).
    nl, en
        What stands above it for readers; a column without is for programs only.
    about
        What it holds, in English, units and denominator included: the text of JSON schema and
        reference. A column without is made for readers only, by ``show``.
    filled
        Whether it is never unknown.
    show
        Prints a cell from its row and the language, where the kind can not.
    """

    name: str
    kind: Kind = "text"
    nl: str = ""
    en: str = ""
    about: str = ""
    filled: bool = False
    show: Callable[[Row, str], str] | None = None

    def called(self, nl: str, en: str, **changes: Any) -> Column:
        """Return the same column under another heading."""
        return replace(self, nl=nl, en=en, **changes)

    def heading(self, lang: str) -> str:
        """Return what stands above it."""
        return self.nl if formatting.language(lang) == "nl" else self.en

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the frame that it stands for; none where it is made for readers only."""
        if not self.about:
            return ()
        if self.kind.startswith("interval"):
            return (f"{self.name}_low", f"{self.name}_high")
        return (self.name,)

    @property
    def json_type(self) -> str:
        """Type of its values in JSON; unknown is null."""
        return _JSON_TYPES.get(self.kind, "number")

    @property
    def is_text(self) -> bool:
        """Whether the column holds words, and so is aligned left."""
        return self.kind in ("text", "word", "flag")

    def cell(self, row: Row, lang: str) -> str:
        """Print one cell."""
        if self.show is not None:
            return self.show(row, lang)
        if self.kind.startswith("interval"):
            low, high = row[f"{self.name}_low"], row[f"{self.name}_high"]
            if _missing(low) or _missing(high):
                return formatting.UNKNOWN
            print_one = _FORMATS[self.kind.partition("_")[2] or "percent"]
            return formatting.span((print_one(low, lang), print_one(high, lang)), lang)
        value = row[self.name]
        if self.kind == "percent_marked":
            # Dutch official tables mark a provisional figure with a star.
            star = "" if row[f"{self.name}_vintage"] == "official" else "*"
            return formatting.percent(None if _missing(value) else value, lang) + star
        if self.kind == "word":
            return "" if _missing(value) else say(f"common.{str(value).replace(' ', '_')}", lang)
        return _FORMATS[self.kind](None if _missing(value) else value, lang)


def to_markdown(frame: pd.DataFrame, shown: Sequence[Column], lang: str = "nl") -> str:
    """Write a pipe table; every cell is escaped, so that a name cannot become markup."""
    rows = [[markdown_text(each.cell(row, lang)) for each in shown] for row in rows_of(frame)]
    heads = [markdown_text(each.heading(lang)) for each in shown]
    rules = [_rule(each, [row[n] for row in (heads, *rows)]) for n, each in enumerate(shown)]
    lines = [f"| {' | '.join(heads)} |", f"|{'|'.join(rules)}|"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def to_html(frame: pd.DataFrame, shown: Sequence[Column], lang: str = "nl", *, caption: str) -> str:
    """Write a table for a page only; every cell is escaped, and Quarto is told to leave it be."""
    heads = "".join(
        f'<th scope="col"{_side(each)}>{html_text(each.heading(lang))}</th>' for each in shown
    )
    rows = "".join(
        "<tr>" + "".join(_cell(each, row, lang, each is shown[0]) for each in shown) + "</tr>\n"
        for row in rows_of(frame)
    )
    return (
        '<div class="table-scroll" role="group" tabindex="0" '
        f'aria-label="{html_text(caption)}">\n'
        f'<table data-quarto-disable-processing="true"><caption>{html_text(caption)}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>"
    )


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Return rows by name of column; pandas asks what each value is and takes much longer."""
    names = [str(name) for name in frame.columns]
    columns = (column.tolist() for _, column in frame.items())
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _cell(each: Column, row: Row, lang: str, heads: bool) -> str:
    text = html_text(each.cell(row, lang))
    # The first column says what a row is about, where it says something.
    return f'<th scope="row">{text}</th>' if heads and text else f"<td{_side(each)}>{text}</td>"


def _side(each: Column) -> str:
    return "" if each.is_text else ' class="num"'


def to_text(
    frame: pd.DataFrame,
    shown: Sequence[Column],
    lang: str = "nl",
    width: int | None = None,
    *,
    whole: bool = True,
) -> str:
    """Write an aligned table for a terminal.

    Words wrap and numbers never do: a table that is too wide even so is written in parts below
    each other, each beginning with the columns that say what a row is about.

    Parameters
    ----------
    width
        Columns of the terminal; by default 200, for a pipe or file has no width of its own.
    whole
        Whether all columns are written; else those of the first part.
    """
    rows = [[terminal_text(each.cell(row, lang)) for each in shown] for row in rows_of(frame)]
    columns = [
        _Printed(each.heading(lang), tuple(row[i] for row in rows), each.is_text)
        for i, each in enumerate(shown)
    ]
    parts = _parts(columns, width or 200)[: None if whole else 1]
    return "\n".join(_drawn(part, width or 200) for part in parts)


_GAP = 2
_LONGEST_WORD = 24  # longer ones are folded: a polling station may be called anything


@dataclass(frozen=True)
class _Printed:
    """A column of printed cells."""

    heading: str
    cells: tuple[str, ...]
    is_text: bool

    @property
    def natural(self) -> int:
        """Width at which nothing wraps."""
        return max(map(_width, (self.heading, *self.cells)))

    @property
    def least(self) -> int:
        """Width at which headings and text wrap between words, and numbers not at all."""
        words = [*self.heading.split()]
        longest = max((_width(word) for word in words), default=1)
        if not self.is_text:
            return max(longest, *(_width(cell) for cell in self.cells), 1)
        inside = max((_width(word) for cell in self.cells for word in cell.split()), default=1)
        return min(max(longest, inside), _LONGEST_WORD)


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _parts(columns: Sequence[_Printed], width: int) -> list[list[_Printed]]:
    """Divide columns over parts that fit, the leading text columns in each."""
    if _needed(columns) <= width:
        return [list(columns)]
    leading = next((i for i, each in enumerate(columns) if not each.is_text), len(columns))
    leading = max(1, min(leading, len(columns) - 1))
    for n_keys in range(1, leading):  # no more than it takes to tell the rows apart
        rows = list(zip(*(each.cells for each in columns[:n_keys]), strict=True))
        if len(set(rows)) == len(rows):
            leading = n_keys
            break
    for n_keys in range(leading, 0, -1):
        keys, rest = list(columns[:n_keys]), columns[n_keys:]
        if all(_needed([*keys, each]) <= width for each in rest):
            break
    parts = [[*keys]]
    for each in rest:
        if len(parts[-1]) > n_keys and _needed([*parts[-1], each]) > width:
            parts.append([*keys])
        parts[-1].append(each)
    return parts


def _needed(columns: Sequence[_Printed]) -> int:
    return sum(each.least for each in columns) + _GAP * (len(columns) - 1)


def _drawn(columns: Sequence[_Printed], width: int) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    for each, wide in zip(columns, _widths(columns, width), strict=True):
        side: Literal["left", "right"] = "left" if each.is_text else "right"
        table.add_column(Text(each.heading), justify=side, width=wide, overflow="fold")
    for row in zip(*(each.cells for each in columns), strict=True):
        table.add_row(*map(Text, row))
    console = Console(
        file=io.StringIO(),
        width=width + _GAP,
        no_color=True,
        legacy_windows=False,
        force_jupyter=False,  # in a notebook it would print by itself, and only an empty line
    )
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines()).strip("\n") + "\n"


def _widths(columns: Sequence[_Printed], width: int) -> list[int]:
    """Share what the least widths leave over among the columns that would like more."""
    widths = [each.least for each in columns]
    spare = width - _needed(columns)
    # Where words of text wrap costs lines; a heading in two lines costs one for the table.
    for is_text in (True, False):
        wanted = [
            max(each.natural - wide, 0) if each.is_text is is_text else 0
            for each, wide in zip(columns, widths, strict=True)
        ]
        total = sum(wanted)
        share = min(1.0, max(spare, 0) / total) if total else 0.0
        given = [int(each * share) for each in wanted]
        widths = [wide + more for wide, more in zip(widths, given, strict=True)]
        spare -= sum(given)
    return widths


def to_csv(frame: pd.DataFrame) -> str:
    """Write CSV with plain numbers; text that a spreadsheet would run as a formula is quoted."""
    names = [spreadsheet_text(str(name)) for name in frame.columns]
    rows = [
        ["" if _missing(c) else spreadsheet_text(c) if isinstance(c, str) else c for c in row]
        for row in frame.itertuples(index=False, name=None)
    ]
    stream = io.StringIO()
    # The writer quotes its own line end only, but a bare carriage return ends a line too.
    tricky = any("\r" in c for row in (names, *rows) for c in row if isinstance(c, str))
    writer = (
        csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        if tricky
        else csv.writer(stream, lineterminator="\n")
    )
    writer.writerows([names, *rows])
    return stream.getvalue()


def _rule(each: Column, cells: Sequence[str]) -> str:
    # Pandoc divides the page among pipe-table columns in proportion to these dashes once a
    # line is long, so they follow the longest cell, within reason.
    dashes = "-" * min(max(4, *(len(cell.replace("\\", "")) for cell in cells)), 64)
    return f":{dashes}" if each.is_text else f"{dashes}:"


def _missing(value: Any) -> bool:
    if isinstance(value, (list, tuple, dict)):
        return False
    return bool(pd.isna(value))
