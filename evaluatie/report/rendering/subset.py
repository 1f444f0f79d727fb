"""Read a ``.qmd`` file into text and cells, and refuse what does not render everywhere.

The subset: front matter, Python cells with a few options, inline ``{python}`` expressions,
``{{< include >}}``, cross-references to figures, tables, sections and equations, the five
kinds of callouts, citations and footnotes, in plain pandoc Markdown. A cell tagged ``parameters``
sets what a caller may override; one tagged ``html-only`` shows HTML in the HTML, and nothing
elsewhere. Everything keeps its file and line number, also through includes, so that each error
can point at its cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from evaluatie.ground.errors import RenderError
from evaluatie.report.rendering.markup import FENCE, Line, Text, check_balance, read_text
from evaluatie.report.rendering.settings import Settings, YamlMap, read_settings, read_yaml

__all__ = ["Cell", "Document", "read_document"]

_OPTIONS = ("label", "fig-cap", "fig-alt", "tbl-cap", "echo", "include", "output", "tags")
_TAGS = ("parameters", "html-only")
_OPTION_LINE = re.compile(r"^#\s*\| ?")
_INCLUDE = re.compile(r"^\{\{<\s*include\s+(?:\"([^\"]+)\"|'([^']+)'|(\S+))\s*>\}\}\s*$")
_LABEL = re.compile(r"^[A-Za-z][\w-]*$")
_FOREIGN_LABELS = re.compile(r"^(sec|eq|lst|thm|lem|cor|prp|cnj|def|exm|exr|nte|tip|wrn|imp|cau)-")


@dataclass(frozen=True)
class Cell:
    """A Python cell and its options."""

    source: str
    """The code, without the option lines."""
    at: Line
    """The opening fence."""
    code_line: int
    """Line number of the first line of code."""
    label: str | None = None
    fig_cap: str | None = None
    fig_alt: str | None = None
    tbl_cap: str | None = None
    echo: bool | None = None
    include: bool = True
    output: bool | Literal["asis"] = True
    parameters: bool = False
    html_only: bool = False


@dataclass(frozen=True)
class Document:
    """A parsed document: its settings, and its text and cells in order."""

    settings: Settings
    parts: tuple[Text | Cell, ...]
    cells: tuple[Cell, ...] = field(default=())


def read_document(source: Path) -> Document:
    """Read a document and everything it includes.

    Raises
    ------
    RenderError
        With file and line, for anything outside the subset.
    """
    lines = _lines(source, source)
    front, body = _front_matter(lines, source)
    settings = read_settings(source, front)
    parts = tuple(_parts(list(_with_includes(body, source, (source.resolve(),)))))
    cells = tuple(part for part in parts if isinstance(part, Cell))
    _check_labels(cells)
    check_balance(line for part in parts if isinstance(part, Text) for line in part.lines)
    return Document(settings, parts, cells)


def _lines(path: Path, named_by: Path | Line) -> list[Line]:
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        message = f"cannot read {path.name!r} ({reason})"
        if isinstance(named_by, Line):
            raise named_by.error(message) from error
        raise RenderError(message, file=path) from error
    # Split as editors count lines: str.splitlines would also split at form feeds.
    return [Line(row, path, n) for n, row in enumerate(re.split(r"\r\n|\n|\r", text), 1)]


def _front_matter(lines: list[Line], source: Path) -> tuple[YamlMap, list[Line]]:
    if not lines or lines[0].text.rstrip() != "---":
        raise RenderError("the document must begin with front matter", file=source, unit="line 1")
    for index, line in enumerate(lines[1:], 1):
        if line.text.rstrip() in {"---", "..."}:
            block = "\n".join(each.text for each in lines[1:index])
            return read_yaml(block, source, 2), lines[index + 1 :]
    raise RenderError("the front matter is not closed", file=source, unit="line 1")


def _with_includes(lines: list[Line], source: Path, within: tuple[Path, ...]) -> Iterator[Line]:
    """Yield the lines with those of included files in place."""
    fence = ""
    for line in lines:
        match = FENCE.match(line.text)
        if fence:
            if match and match[2].startswith(fence) and not match[3]:
                fence = ""
        elif match and "`" not in match[3]:
            fence = match[2]
        included = None if fence else _INCLUDE.match(line.text)
        if included is None:
            yield line
            continue
        name = next(group for group in included.groups() if group)
        # Also inside an included file a name starts from the document, as Quarto has it.
        path = source.parent / name
        if not path.resolve().is_relative_to(source.parent.resolve()):
            raise line.error("an included file must lie inside the project", value=name)
        if path.resolve() in within:
            raise line.error("this file includes itself", value=name)
        yield Line("", line.file, line.number)
        inner = _lines(path, line)
        if inner and inner[0].text.rstrip() == "---":
            raise inner[0].error("an included file cannot have front matter")
        yield from _with_includes(inner, source, (*within, path.resolve()))
        yield Line("", line.file, line.number)


def _parts(lines: list[Line]) -> Iterator[Text | Cell]:
    text: list[Line] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        match = FENCE.match(line.text)
        if not match or "`" in match[3]:
            text.append(line)
            position += 1
            continue
        end = _closing(lines, position, match[2])
        if match[3] == "{python}":
            if match[1]:
                raise line.error("a cell must start at the margin")
            if text:
                yield read_text(text)
                text = []
            yield _cell(line, lines[position + 1 : end])
        else:
            _check_code_block(line, match[3])
            text.extend(lines[position : end + 1])
        position = end + 1
    if text:
        yield read_text(text)


def _closing(lines: list[Line], start: int, fence: str) -> int:
    for position in range(start + 1, len(lines)):
        match = FENCE.match(lines[position].text)
        if match and match[2].startswith(fence) and not match[3]:
            return position
    raise lines[start].error("this code block is not closed")


def _check_code_block(line: Line, info: str) -> None:
    """Let plain code blocks through: ```` ```text ```` and ```` ```{.text} ````."""
    if info.startswith("{") and not re.fullmatch(r"\{(\.[\w-]+\s*)+\}", info):
        raise line.error(
            f"code blocks of kind '{info}' are outside the subset that renders everywhere",
            expected="{python}",
        )


# --- cells -------------------------------------------------------------------------------


def _cell(fence: Line, body: list[Line]) -> Cell:
    heads = 0
    while heads < len(body) and _OPTION_LINE.match(body[heads].text):
        heads += 1
    yaml_text = "\n".join(_OPTION_LINE.sub("", line.text) for line in body[:heads])
    options = read_yaml(yaml_text, fence.file, fence.number + 1)
    for key in options:
        if key not in _OPTIONS:
            raise options.error(
                f"the cell option '{key}' is outside the subset that renders everywhere",
                key,
                expected="one of " + ", ".join(_OPTIONS),
            )
    tags = _tags(options)
    return Cell(
        source="\n".join(line.text for line in body[heads:]),
        at=fence,
        code_line=fence.number + 1 + heads,
        label=_label(options),
        fig_cap=_caption(options, "fig-cap"),
        fig_alt=_caption(options, "fig-alt"),
        tbl_cap=_caption(options, "tbl-cap"),
        echo=options.flag("echo", False) if "echo" in options else None,
        include=options.flag("include", True),
        output="asis" if options.get("output") == "asis" else options.flag("output", True),
        parameters="parameters" in tags,
        html_only="html-only" in tags,
    )


def _label(options: YamlMap) -> str | None:
    label = options.text("label")
    if label is not None and not _LABEL.match(label):
        raise options.error("a label holds letters, digits and hyphens", "label", value=label)
    if label is not None and _FOREIGN_LABELS.match(label):
        raise options.error(
            "a cell can be labelled fig-… or tbl-…, or with a name that is no reference",
            "label",
            value=label,
        )
    return label


def _caption(options: YamlMap, key: str) -> str | None:
    text = options.text(key)
    return None if text is None else " ".join(text.split()) or None


def _tags(options: YamlMap) -> tuple[str, ...]:
    tags = options.texts("tags")
    if len(tags) > 1 or set(tags) - set(_TAGS):
        raise options.error(
            "the tag is outside the subset that renders everywhere",
            "tags",
            value=", ".join(tags),
            expected="one of " + ", ".join(_TAGS),
        )
    if "html-only" in tags:
        for key in ("label", "fig-cap", "fig-alt", "tbl-cap"):
            if key in options:
                raise options.error(
                    f"a cell for HTML only cannot have '{key}', which other formats would miss",
                    key,
                )
    return tags


def _check_labels(cells: tuple[Cell, ...]) -> None:
    seen: dict[str, Line] = {}
    parameters: Cell | None = None
    for cell in cells:
        if cell.parameters and parameters is not None:
            raise cell.at.error("a document has one cell with parameters")
        parameters = cell if cell.parameters else parameters
        if cell.label is None:
            continue
        if cell.label in seen:
            first = seen[cell.label]
            raise cell.at.error(
                f"the label '{cell.label}' is already used in {first.file.name}, "
                f"line {first.number}"
            )
        seen[cell.label] = cell.at
        figure, table = cell.label.startswith("fig-"), cell.label.startswith("tbl-")
        if figure and cell.fig_cap is None:
            raise cell.at.error(f"'{cell.label}' needs 'fig-cap', a caption")
        if figure and cell.fig_alt is None:
            raise cell.at.error(f"'{cell.label}' needs 'fig-alt', a text that replaces the figure")
        if table and cell.tbl_cap is None:
            raise cell.at.error(f"'{cell.label}' needs 'tbl-cap', a caption")
