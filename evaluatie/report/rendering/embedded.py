"""Render with engines that come in wheels: pandoc converts, typst typesets."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from evaluatie.ground.errors import RenderError
from evaluatie.report.rendering import docx, pandoc, typst
from evaluatie.report.rendering.settings import Settings
from evaluatie.report.rendering.source import Document, read_document

_EPOCH = 946_684_800
"""1 January 2000: the moment written in files of a document without a date."""

_LEFT_OUT = shutil.ignore_patterns("_output", "_results", ".*", "__pycache__", "*.pyc")


@dataclass(frozen=True)
class Made:
    """The finished files, still in memory, and what the engine remarked."""

    files: Mapping[str, bytes]
    warnings: tuple[str, ...]


def version() -> str:
    """Return the versions of the engines, for the reader of a log."""
    from importlib.metadata import version

    return f"pandoc {pandoc.version()}, typst {version('typst')}"


def render(
    source: Path,
    scratch: Path,
    *,
    formats: Sequence[str],
    progress: Callable[[str, float], None],
) -> Made:
    """Render a document in a scratch folder; see :func:`evaluatie.report.rendering.render`."""
    project, build = scratch / "project", scratch / "build"
    build.mkdir()
    progress("start", 0.0)
    document = read_document(source)
    # Typst reads pictures from below its root only, and the project may be read-only.
    copy_project(source.parent, project, _linked)
    progress("convert", 0.1)
    files, warnings = _convert(document, formats, build)
    progress("done", 1.0)
    return Made(files | card(document.settings, project, formats), warnings)


def card(settings: Settings, project: Path, formats: Sequence[str]) -> dict[str, bytes]:
    """Return the picture that a link to the page shows, if the document names one, as PNG.

    Parameters
    ----------
    project
        A copy of the document's project, where its pictures are.
    """
    if settings.image is None or "html" not in formats:
        return {}
    image = project / settings.image.relative_to(settings.folder)
    return {"png": typst.to_card(image, project)}


def _convert(
    document: Document, formats: Sequence[str], build: Path
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Make all formats side by side; pandoc runs in processes of its own."""
    settings = document.settings
    warnings: list[str] = []

    def html() -> bytes:
        return pandoc.to_html(document, build, formats).encode()

    def pdf() -> bytes:
        text = pandoc.to_typst(document, build)
        made, notes = typst.to_pdf(text, build.parent, build, source_date(settings))
        warnings.extend(notes)
        return made

    def word() -> bytes:
        made = pandoc.to_docx(document, build)
        return docx.finish(made, settings, source_date(settings))

    makers = {"html": html, "pdf": pdf, "docx": word}
    with ThreadPoolExecutor(len(makers)) as pool:
        waiting = {name: pool.submit(makers[name]) for name in formats}
        return {name: each.result() for name, each in waiting.items()}, tuple(warnings)


def copy_project(
    folder: Path, target: Path, copy: Callable[[str, str], object] = shutil.copyfile
) -> None:
    """Copy a project without its outputs and hidden files."""
    try:
        shutil.copytree(folder, target, ignore=_LEFT_OUT, copy_function=copy)
    except shutil.Error as error:
        first = error.args[0][0]
        raise RenderError(f"cannot copy the project: {first[2]}", file=first[0]) from error


def _linked(source: str, target: str) -> None:
    """Let a file stand in two folders: nothing is written in a project that is rendered."""
    try:
        os.link(source, target)
    except OSError:  # another disk, or one that knows no links
        shutil.copyfile(source, target)


def source_date(settings: Settings) -> int:
    """Return the moment that files of this document carry: the start of its date, in UTC."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return int(given)
    if settings.date is None:
        return _EPOCH
    return int(dt.datetime.combine(settings.date, dt.time(), dt.UTC).timestamp())
