"""Read a ``.qmd`` file, with what it includes and the values of its variables in place.

The subset: front matter, ``{{< include >}}``, ``{{< var >}}``, cross-references to figures,
tables and sections, the five kinds of callouts, citations and footnotes, in plain pandoc Markdown;
raw HTML only in a division ``{.content-visible when-format="html"}``. Every line keeps its file and
number, also through includes, so that each error can point at its cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from evaluatie.ground.errors import RenderError
from evaluatie.report.rendering.markup import FENCE, VARIABLE, Line, check_text
from evaluatie.report.rendering.settings import Settings, YamlMap, read_settings, read_yaml

MADE = "_made"
"""Folder of a project with the files that are written for its pages, not by an author."""
VARIABLES = "_variables.yml"
"""File of a project with the values of its variables, as Quarto has it."""

_INCLUDE = re.compile(r"^\{\{<\s*include\s+(?:\"([^\"]+)\"|'([^']+)'|(\S+))\s*>\}\}\s*$")


@dataclass(frozen=True)
class Document:
    """A document as it is rendered: its settings, and its text line by line."""

    settings: Settings
    lines: tuple[Line, ...]

    @property
    def markdown(self) -> str:
        """The text, without front matter."""
        return "\n".join(line.text for line in self.lines)

    def locate(self, needle: str, *, last: bool = False) -> Line | None:
        """Return the first or last line that holds ``needle``."""
        for line in reversed(self.lines) if last else self.lines:
            if needle in line.text:
                return line
        # Text that runs over a line break is found by its first word.
        first, _, rest = needle.partition(" ")
        return self.locate(first, last=last) if first and rest else None

    def error(self, message: str, needle: str, *, last: bool = False) -> RenderError:
        """Build an error that points at the line that holds ``needle``."""
        line = self.locate(needle, last=last)
        return line.error(message) if line else RenderError(message, file=self.settings.source)


def read_document(source: Path) -> Document:
    """Read a document and everything it includes, and fill in its variables.

    Raises
    ------
    RenderError
        With file and line, for anything outside the subset, a file that is not there or a
        variable without a value.
    """
    front, body = _opened(source)
    settings = read_settings(source, front)
    lines = list(_with_includes(body, source, (source.resolve(),)))
    check_text(lines)
    return Document(settings, tuple(_filled(lines, settings.folder)))


def asked(source: Path) -> tuple[dict[str, Line], dict[str, Line]]:
    """Return the names of variables and of files in ``_made`` that a document asks for.

    In order of appearance, each with the first line that names it. The files need not exist.
    """
    variables: dict[str, Line] = {}
    files: dict[str, Line] = {}
    _, body = _opened(source)
    for line in _with_includes(body, source, (source.resolve(),), files):
        for name in VARIABLE.findall(line.text):
            variables.setdefault(name, line)
    return variables, files


def _opened(source: Path) -> tuple[YamlMap, list[Line]]:
    lines = _lines(source, source)
    if not lines or lines[0].text.rstrip() != "---":
        raise RenderError("the document must begin with front matter", file=source, unit="line 1")
    for index, line in enumerate(lines[1:], 1):
        if line.text.rstrip() in {"---", "..."}:
            block = "\n".join(each.text for each in lines[1:index])
            return read_yaml(block, source, 2), lines[index + 1 :]
    raise RenderError("the front matter is not closed", file=source, unit="line 1")


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


def _with_includes(
    lines: Iterable[Line],
    source: Path,
    within: tuple[Path, ...],
    made: dict[str, Line] | None = None,
) -> Iterator[Line]:
    """Yield the lines with those of included files in place.

    With ``made``, files in ``_made`` are noted there instead of read.
    """
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
        if made is not None and name.startswith(f"{MADE}/"):
            made.setdefault(name, line)
            continue
        # Also inside an included file a name starts from the document, as Quarto has it.
        path = source.parent / name
        real = path.resolve()
        if not real.is_relative_to(source.parent.resolve()):
            raise line.error("an included file must lie inside the project", value=name)
        if real in within:
            raise line.error("this file includes itself", value=name)
        yield Line("", line.file, line.number)
        inner = _lines(path, line)
        if inner and inner[0].text.rstrip() == "---":
            raise inner[0].error("an included file cannot have front matter")
        yield from _with_includes(inner, source, (*within, real), made)
        yield Line("", line.file, line.number)


def _filled(lines: Iterable[Line], folder: Path) -> Iterator[Line]:
    """Yield the lines with the values of variables in place; values are Markdown."""
    values: Mapping[str, Any] | None = None
    for line in lines:
        if "{{<" not in line.text:
            yield line
            continue
        known = values = _variables(folder) if values is None else values
        text = VARIABLE.sub(lambda name: _value(known, name[1], line), line.text)  # noqa: B023
        yield Line(text, line.file, line.number)


def _variables(folder: Path) -> Mapping[str, Any]:
    file = folder / VARIABLES
    if not file.is_file():
        return {}
    try:
        values = _parsed(file.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise RenderError("this is not YAML", file=file) from error
    return values if isinstance(values, dict) else {}


@lru_cache(maxsize=1)  # all documents of a project have the same variables
def _parsed(text: str) -> Any:
    # Quicker than with line numbers, which nobody needs of a written file.
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


def _value(values: Mapping[str, Any], name: str, line: Line) -> str:
    found: Any = values
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return found.replace("\n", " ")
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return str(found)
    raise line.error(f"the variable '{name}' has no value in {VARIABLES}")
