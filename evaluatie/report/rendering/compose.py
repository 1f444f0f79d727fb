"""Put text and results together as pandoc Markdown, remembering where each line came from."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluatie.ground import formatting
from evaluatie.ground.errors import RenderError
from evaluatie.report.rendering.execute import Execution, Output
from evaluatie.report.rendering.markup import Line, Text, check_balance, unbalanced
from evaluatie.report.rendering.subset import Cell, Document

__all__ = ["Composed", "compose"]

# Anything that would make the page fetch or run something.
_LIVE_HTML = re.compile(
    r"<\s*(script|iframe|object|embed|link|form)\b|\son\w+\s*=|"
    r"\b(?:src|href|srcset|data)\s*=\s*[\"']?\s*(?:https?:|//|javascript:)|@import|url\(",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Composed:
    """Markdown for pandoc and what its filter must know beside it."""

    markdown: str
    origins: tuple[Line, ...]
    """The source line behind each line of the Markdown."""
    figures: Mapping[str, Mapping[str, Any]]
    """By key: file name, that of a bitmap, alternative text and natural width in points."""
    html: Mapping[str, str]
    """Blocks that only the HTML shows."""
    cells: Mapping[str, Line]

    def locate(self, needle: str, *, last: bool = False) -> Line | None:
        """Return the first or last source line that holds ``needle``."""
        rows = list(zip(self.markdown.split("\n"), self.origins, strict=True))
        for row, origin in reversed(rows) if last else rows:
            if needle in row:
                return origin
        # Text that runs over a line break is found by its first word.
        first, _, rest = needle.partition(" ")
        return self.locate(first, last=last) if first and rest else None

    def error(self, found: Mapping[str, Any], source: Path) -> RenderError:
        """Build an error that points at the source of what pandoc's filter found."""
        cell, needle = found.get("cell"), found["needle"]
        line = self.cells[cell] if cell else self.locate(needle, last=found["last"])
        message: str = found["message"]
        return line.error(message) if line else RenderError(message, file=source)


@dataclass
class _Builder:
    document: Document
    execution: Execution
    formats: Sequence[str]
    folder: Path
    rows: list[str] = field(default_factory=list)
    origins: list[Line] = field(default_factory=list)
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    html: dict[str, str] = field(default_factory=dict)
    cells: dict[str, Line] = field(default_factory=dict)

    def add(self, text: str, origin: Line) -> None:
        rows = text.split("\n")
        self.rows += rows
        self.origins += [origin] * len(rows)


def compose(
    document: Document, execution: Execution, formats: Sequence[str], folder: Path
) -> Composed:
    """Compose the Markdown of a document whose cells have run.

    Parameters
    ----------
    document, execution
        What was read, and what its cells gave.
    formats
        The formats to be made; what only some of them can show is an error.
    folder
        Where the files of figures are written.

    Raises
    ------
    RenderError
        When a cell shows something else than its options promise.
    """
    builder = _Builder(document, execution, formats, folder)
    builder.add(_front(document), Line("", document.settings.source, 1))
    for position, part in enumerate(document.parts):
        if isinstance(part, Text):
            _add_text(builder, position, part)
        else:
            _add_cell(builder, str(position), part, execution.outputs[position])
    return Composed(
        "\n".join(builder.rows),
        tuple(builder.origins),
        builder.figures,
        builder.html,
        builder.cells,
    )


def _front(document: Document) -> str:
    """Return the metadata as a YAML block on one line, so that it is read as Markdown."""
    settings = document.settings
    data: dict[str, Any] = {"title": settings.title, "lang": settings.lang}
    if settings.subtitle:
        data["subtitle"] = settings.subtitle
    if settings.authors:
        data["author"] = list(settings.authors)
    if settings.date:
        data["date"] = formatting.date(settings.date, settings.lang)
    if settings.keywords:
        data["keywords"] = list(settings.keywords)
    return f"---\n{json.dumps(data, ensure_ascii=False)}\n---\n"


def _add_text(builder: _Builder, position: int, text: Text) -> None:
    results: dict[int, list[tuple[int, int, str]]] = {}
    for index, inline in enumerate(text.inlines):
        shown = builder.execution.inlines[position, index]
        results.setdefault(inline.line, []).append((inline.start, inline.end, shown))
    for number, line in enumerate(text.lines):
        row = line.text
        for start, end, shown in reversed(results.get(number, [])):
            row = row[:start] + shown + row[end:]
        builder.add(row, line)


def _add_cell(builder: _Builder, key: str, cell: Cell, outputs: Sequence[Output]) -> None:
    builder.cells[key] = cell.at
    echo = builder.document.settings.echo if cell.echo is None else cell.echo
    if not cell.include:
        return
    parts: list[str] = []
    if echo and cell.source.strip():
        parts.append(_verbatim(cell.source.strip("\n"), "python"))
    if cell.output is not False:
        _check(cell, outputs)
        shown = [_shown(builder, key, n, cell, each) for n, each in enumerate(outputs)]
        parts += [_table(cell, shown[0])] if cell.tbl_cap else shown
    if parts:
        body = "\n\n".join(parts)
        builder.add(f'\n::: {{.evaluatie-cell cell="{key}"}}\n{body}\n:::\n', cell.at)


def _check(cell: Cell, outputs: Sequence[Output]) -> None:
    """Hold the outputs of a cell to what its options promise."""
    label = cell.label or ""
    figures = [each for each in outputs if each.kind in {"svg", "png"}]
    tables = [each for each in outputs if each.kind in {"markdown", "html"}]
    if cell.html_only and {each.kind for each in outputs} != {"html"}:
        raise cell.at.error(
            "a cell tagged 'html-only' must show HTML and nothing else", value=_names(outputs)
        )
    if figures and cell.fig_alt is None:
        raise cell.at.error("the figure has no alternative text; give the cell 'fig-alt'")
    if (label.startswith("fig-") or cell.fig_cap) and (len(figures) != 1 or len(outputs) != 1):
        raise cell.at.error(
            "a cell with a figure's label or caption must show one figure and nothing else",
            value=_names(outputs),
        )
    if (label.startswith("tbl-") or cell.tbl_cap) and (len(tables) != 1 or len(outputs) != 1):
        raise cell.at.error(
            "a cell with a table's label or caption must show one table and nothing else",
            value=_names(outputs),
        )


def _names(outputs: Sequence[Output]) -> str:
    return ", ".join(each.kind for each in outputs) or "nothing"


def _shown(builder: _Builder, key: str, number: int, cell: Cell, output: Output) -> str:
    name = f"{key}-{number}"
    match output.kind:
        case "markdown":
            rows = output.content.split("\n")
            check_balance(Line(row, cell.at.file, cell.at.number) for row in rows)
            return output.content
        case "text":
            return _verbatim(output.content.rstrip("\n"), "")
        case "html":
            if set(builder.formats) - {"html"} and not cell.html_only:
                raise cell.at.error(
                    "the cell shows HTML, which the other formats would leave out; "
                    "show Markdown instead, or tag the cell 'html-only'"
                )
            if _LIVE_HTML.search(output.content):
                raise cell.at.error("the cell shows HTML that fetches or runs something")
            problem = unbalanced(output.content)
            if problem:
                raise cell.at.error(f"the cell shows HTML that is broken: {problem}")
            builder.html[name] = output.content
            return f'::: {{.evaluatie-html key="{name}"}}\n:::'
        case _:
            return _figure(builder, name, cell, output)


def _figure(builder: _Builder, name: str, cell: Cell, output: Output) -> str:
    if output.kind == "svg":
        data, suffix = _clean_svg(output.content).encode(), "svg"
    else:
        data, suffix = base64.b64decode(output.content), "png"
    file = f"figure-{name}-{hashlib.sha256(data).hexdigest()[:8]}.{suffix}"
    (builder.folder / file).write_bytes(data)
    bitmap = None
    if output.bitmap:
        bitmap = file.removesuffix(".svg") + ".png"
        (builder.folder / bitmap).write_bytes(base64.b64decode(output.bitmap))
    builder.figures[name] = {
        "file": file,
        "bitmap": bitmap,
        "mime": "image/svg+xml" if suffix == "svg" else "image/png",
        "alt": cell.fig_alt,
        "width": _width(data) if suffix == "svg" else None,
    }
    identifier = f"#{cell.label} " if (cell.label or "").startswith("fig-") else ""
    return f'::: {{{identifier}.evaluatie-figure key="{name}"}}\n{cell.fig_cap or ""}\n:::'


def _clean_svg(svg: str) -> str:
    """Leave out what names the moment, the version or an address on the web."""
    svg = svg[svg.index("<svg") :]
    return re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)


def _width(svg: bytes) -> float | None:
    found = re.search(rb"<svg[^>]*?\swidth=\"([\d.]+)pt\"", svg[:2000])
    return float(found[1]) if found else None


def _table(cell: Cell, markdown: str) -> str:
    identifier = f"#{cell.label} " if (cell.label or "").startswith("tbl-") else ""
    return (
        f"::: {{{identifier}.evaluatie-table}}\n"
        f"::: {{.evaluatie-caption}}\n{cell.tbl_cap}\n:::\n\n{markdown}\n:::"
    )


def _verbatim(text: str, language: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
