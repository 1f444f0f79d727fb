"""What a document says about itself: its front matter and the project's ``_quarto.yml``.

Only the keys below are known. The embedded renderer honours them, or they speak to Quarto
alone and cannot change what a reader sees; any other key is an error, since leaving it out
would silently give another report than Quarto gives.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from evaluatie.ground.errors import RenderError
from evaluatie.ground.formatting import LANGUAGES, Language

PROJECT_FILE = "_quarto.yml"
DATE_FORMAT = "D MMMM YYYY"

# Quarto needs the region, for the language of a PDF; to the embedded renderer it is no news.
_FRONT = {
    "title", "subtitle", "author", "date", "lang", "region", "bibliography", "keywords",
    "description", "image", "translation",
}  # fmt: skip
_PROJECT = _FRONT - {"title", "subtitle", "description", "image", "translation"} | {
    "project", "format", "date-format", "number-sections", "toc", "toc-depth", "link-citations",
    "citeproc", "filters",
}  # fmt: skip
_KIND = {"type", "output-dir", "render", "pre-render", "post-render"}
_FORMATS: Mapping[str, set[str]] = {
    "html": {
        "css", "toc", "toc-depth", "include-in-header", "include-after-body", "template",
        # Quarto only: the embedded page is always self-contained, with MathML and no theme.
        "embed-resources", "html-math-method", "theme", "minimal", "section-divs",
        "default-image-extension",
    },
    "typst": {
        "toc", "toc-depth", "include-in-header", "papersize", "margin", "default-image-extension",
        "template",
        # Quarto only.
        "citeproc", "font-paths", "pdf-standard", "keep-typ",
    },
    "docx": {"toc", "toc-depth", "reference-doc", "default-image-extension"},
}  # fmt: skip
_FIXED: Mapping[str, object] = {
    "embed-resources": True,
    "html-math-method": "mathml",
    "citeproc": True,
    "date-format": DATE_FORMAT,
    "link-citations": True,
    "section-divs": True,
    "papersize": "a4",
}
PICTURES: Mapping[str, str] = {"html": "svg", "typst": "svg", "docx": "png"}
"""Word processors want PNG; elsewhere figures are drawn with lines."""


@dataclass(frozen=True)
class YamlMap(Mapping[str, Any]):
    """A mapping that knows the line of each of its keys."""

    values_: Mapping[str, Any]
    lines: Mapping[str, int]
    file: Path

    def __getitem__(self, key: str) -> Any:
        return self.values_[key]

    def __iter__(self) -> Any:
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)

    def error(self, message: str, key: str | None = None, **data: object) -> RenderError:
        """Build an error that points at ``key``."""
        line = self.lines.get(key or "", next(iter(self.lines.values()), 1))
        return RenderError(message, file=self.file, unit=f"line {line}", **data)  # type: ignore[arg-type]

    def text(self, key: str) -> str | None:
        """Return the text under ``key``, if any."""
        value = self.get(key)
        if value is None:
            return None
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise self.error(f"'{key}' must be text", key, value=value)
        return str(value)

    def flag(self, key: str, default: bool) -> bool:
        """Return the truth value under ``key``."""
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"'{key}' must be true or false", key, value=value)
        return value

    def whole(self, key: str, default: int) -> int:
        """Return the whole number under ``key``."""
        value = self.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.error(f"'{key}' must be a whole number", key, value=value)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the text or list of texts under ``key``."""
        value = self.get(key)
        if value is None:
            return ()
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in listed):
            raise self.error(f"'{key}' must be text or a list of texts", key, value=value)
        return tuple(listed)

    def map(self, key: str) -> YamlMap:
        """Return the mapping under ``key``; an absent one is empty."""
        value = self.get(key)
        if isinstance(value, YamlMap):
            return value
        if value is None:
            return YamlMap({}, {}, self.file)
        raise self.error(f"'{key}' must be a mapping", key, value=value)


@dataclass(frozen=True)
class Settings:
    """Front matter and project settings of one document, checked."""

    source: Path
    folder: Path
    """The project: the folder with ``_quarto.yml``, else that of the source."""
    lang: Language
    title: str
    subtitle: str | None = None
    authors: tuple[str, ...] = ()
    date: dt.date | None = None
    keywords: tuple[str, ...] = ()
    description: str | None = None
    """What a search engine or a link shows of the page."""
    image: Path | None = None
    """The picture that a link to the page shows."""
    translation: str | None = None
    """The same document in the other language, without suffix."""
    bibliography: tuple[Path, ...] = ()
    number_sections: bool = False
    toc: Mapping[str, int] = field(default_factory=dict)
    """Depth of the table of contents of each format; 0 for none."""
    css: tuple[Path, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Text that goes in the header of each format."""
    after_body: str = ""
    templates: Mapping[str, Path] = field(default_factory=dict)
    """Template of each format that has one of its own."""
    reference_doc: Path | None = None
    """Document with the looks of the DOCX."""
    margin: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=8)  # all documents of a project have the same settings
def read_yaml(text: str, file: Path, first_line: int = 1) -> YamlMap:
    """Read a YAML mapping, keeping line numbers and refusing duplicate keys.

    Raises
    ------
    RenderError
        With the line, when it is not YAML, not a mapping, or has a key twice.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark else 0)
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise RenderError(f"this is not YAML: {problem}", file=file, unit=f"line {line}") from error
    if node is None:
        return YamlMap({}, {}, file)
    if not isinstance(node, yaml.MappingNode):
        raise RenderError("expected lines of 'key: value'", file=file, unit=f"line {first_line}")
    return _mapping(node, file, first_line)


def _mapping(node: yaml.MappingNode, file: Path, first_line: int) -> YamlMap:
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), first_line + key_node.start_mark.line
        if key in values:
            raise RenderError(f"'{key}' is given twice", file=file, unit=f"line {line}")
        lines[key] = line
        if isinstance(value_node, yaml.MappingNode):
            values[key] = _mapping(value_node, file, first_line)
        else:
            try:
                loader = yaml.SafeLoader("")
                values[key] = loader.construct_document(value_node)
            except (yaml.YAMLError, ValueError) as error:
                raise RenderError(
                    f"the value of '{key}' cannot be read", file=file, unit=f"line {line}"
                ) from error
    return YamlMap(values, lines, file)


def read_settings(source: Path, front: YamlMap) -> Settings:
    """Combine the front matter of ``source`` with its project's ``_quarto.yml``.

    Raises
    ------
    RenderError
        For a key outside the subset, a value of the wrong kind or a missing file.
    """
    folder = source.parent
    file = folder / PROJECT_FILE
    project = read_yaml(file.read_text("utf-8"), file) if file.is_file() else YamlMap({}, {}, file)
    _known(front, _FRONT, "front matter")
    _known(project, _PROJECT, PROJECT_FILE)
    kind = project.map("project")
    _known(kind, _KIND, "'project'")
    if kind.get("type", "default") != "default":
        raise kind.error("only projects of type 'default' render everywhere", "type")
    formats = project.map("format")
    _known(formats, set(_FORMATS), "'format'")
    each_format = {name: formats.map(name) for name in _FORMATS}
    for name, options in each_format.items():
        _known(options, _FORMATS[name], f"'format: {name}'")
        key = "default-image-extension"
        if options.get(key, PICTURES[name]) != PICTURES[name]:
            raise options.error(f"'{key}' can only be {PICTURES[name]}", key, value=options[key])
    html, typst, docx = (each_format[name] for name in ("html", "typst", "docx"))

    def either(key: str) -> YamlMap:
        return front if key in front else project

    title = front.text("title")
    if not title:
        raise front.error("the document has no title")
    depth, images = project.whole("toc-depth", 3), front.texts("image")
    return Settings(
        source=source,
        folder=folder,
        lang=_language(either("lang")),
        title=title,
        subtitle=front.text("subtitle"),
        authors=either("author").texts("author"),
        date=_date(either("date")),
        keywords=either("keywords").texts("keywords"),
        description=front.text("description"),
        # Absent where the counts of a run do not allow the figure.
        image=next((path for path in map(folder.joinpath, images) if path.is_file()), None),
        translation=front.text("translation"),
        bibliography=_files(either("bibliography"), "bibliography", folder),
        number_sections=project.flag("number-sections", False),
        toc={
            name: each.whole("toc-depth", depth)
            if each.flag("toc", project.flag("toc", False))
            else 0
            for name, each in each_format.items()
        },
        css=_files(html, "css", folder),
        headers={
            "html": _included(html, "include-in-header", folder),
            "typst": _included(typst, "include-in-header", folder),
        },
        after_body=_included(html, "include-after-body", folder),
        templates={
            name: file
            for name, each in (("html", html), ("typst", typst))
            for file in _files(each, "template", folder)
        },
        reference_doc=next(iter(_files(docx, "reference-doc", folder)), None),
        margin={key: str(value) for key, value in typst.map("margin").items()},
    )


def _known(found: YamlMap, known: Iterable[str], where: str) -> None:
    for key in found:
        if key not in known:
            raise found.error(
                f"{where} has the key '{key}', which is outside the subset that renders everywhere",
                key,
                expected="one of " + ", ".join(sorted(known)),
            )
        if key in _FIXED and found[key] != _FIXED[key]:
            raise found.error(f"'{key}' can only be {_yaml(_FIXED[key])}", key, value=found[key])


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _language(found: YamlMap) -> Language:
    lang = found.text("lang")
    for known in LANGUAGES:
        if lang == known:
            return known
    raise found.error(
        "the document needs 'lang'", "lang", value=lang, expected=" or ".join(LANGUAGES)
    )


def _date(found: YamlMap) -> dt.date | None:
    value = found.get("date")
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = dt.date.fromisoformat(value)
    if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return value
    raise found.error(
        "'date' must be a fixed day, so that two runs give the same report",
        "date",
        value=value,
        expected="YYYY-MM-DD",
    )


def _files(found: YamlMap, key: str, folder: Path) -> tuple[Path, ...]:
    return tuple(_file(found, key, name, folder) for name in found.texts(key))


def _file(found: YamlMap, key: str, name: str, folder: Path) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise found.error(f"'{key}' names a file outside the project", key, value=name)
    if not path.is_file():
        raise found.error(f"'{key}' names a file that does not exist", key, value=name)
    return folder / name


def _included(found: YamlMap, key: str, folder: Path) -> str:
    """Return the text that ``include-in-header`` and its like bring in."""
    value = found.get(key)
    entries = value if isinstance(value, list) else [] if value is None else [value]
    parts: list[str] = []
    for entry in entries:
        match entry:
            case str():
                parts.append(_file(found, key, entry, folder).read_text("utf-8"))
            case {"text": str(text)}:
                parts.append(text)
            case {"file": str(name)}:
                parts.append(_file(found, key, name, folder).read_text("utf-8"))
            case _:
                raise found.error(f"'{key}' must be a file, or 'text:' or 'file:'", key)
    return "\n".join(parts)
