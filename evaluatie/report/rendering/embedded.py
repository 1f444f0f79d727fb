"""Render with engines that come in wheels: pandoc converts, typst typesets."""

from __future__ import annotations

import base64
import datetime as dt
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from urllib.parse import quote

from evaluatie.ground.errors import RenderError
from evaluatie.report.rendering import docx, pandoc, typst
from evaluatie.report.rendering.settings import Settings
from evaluatie.report.rendering.source import read_document

_EPOCH = 946_684_800
"""1 January 2000: the moment written in files of a document without a date."""

_LEFT_OUT = shutil.ignore_patterns("_output", "_results", ".*", "__pycache__", "*.pyc")

_HELD = re.compile(r'embed:(?<=(src="|set="|tyle>)embed:)([^"<]+)')
"""Where the filter asks for a picture or for letters; no text can hold the sign before it."""


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
    wanted: Mapping[Path, Sequence[str]], scratch: Path, *, progress: Callable[[str, float], None]
) -> dict[Path, Made]:
    """Render documents of one project; see :func:`evaluatie.report.rendering.render_all`."""
    project, build = scratch / "project", scratch / "build"
    build.mkdir()
    progress("start", 0.0)
    documents = [read_document(source) for source in wanted]
    # Typst reads pictures from below its root only, and the project may be read-only.
    try:
        project.symlink_to(next(iter(wanted)).parent.resolve(), target_is_directory=True)
    except OSError:  # a system that asks for a privilege
        copy_project(next(iter(wanted)).parent, project)
    progress("convert", 0.1)
    asked = [
        pandoc.prepare(document, kind, build, wanted[document.settings.source])
        for document in documents
        for kind in wanted[document.settings.source]
    ]
    converted = pandoc.convert(asked, build)
    progress("typeset", 0.5)
    files: dict[Path, dict[str, bytes]] = {source: {} for source in wanted}
    remarks: dict[Path, tuple[str, ...]] = dict.fromkeys(wanted, ())
    # Typst works outside the interpreter's lock.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        finished = pool.map(_finish, asked, converted, repeat(scratch))
        for each, (content, remarked) in zip(asked, finished, strict=True):
            source = each.document.settings.source
            files[source][each.kind] = content
            remarks[source] += remarked
    for document in documents:
        source = document.settings.source
        files[source] |= card(document.settings, project, wanted[source])
    progress("done", 1.0)
    return {source: Made(files[source], remarks[source]) for source in wanted}


def _finish(asked: pandoc.Conversion, made: Path, root: Path) -> tuple[bytes, tuple[str, ...]]:
    settings = asked.document.settings
    if asked.kind == "pdf":
        return typst.to_pdf(made, root, source_date(settings))
    if asked.kind == "docx":
        return docx.finish(made.read_bytes(), settings, source_date(settings)), ()
    page = made.read_text("utf-8")
    return _HELD.sub(lambda found: _inline(root / found[2], found[1]), page).encode(), ()


def _inline(file: Path, before: str) -> str:
    """Return a file as it stands in a page, after what stands before it."""
    suffix = file.suffix.lower()
    if suffix == ".css":
        return file.read_text("utf-8")
    if suffix != ".svg":
        kind = "png" if suffix == ".png" else "jpeg"
        return f"data:image/{kind};base64,{base64.b64encode(file.read_bytes()).decode()}"
    # A third less than in base 64; single quotes need no code.
    drawn = " ".join(file.read_text("utf-8").split())
    if "'" not in drawn:
        drawn = drawn.replace('"', "'")
    # A set of sources is parted by spaces.
    for sign in '%&"#<>{}\\^`|' + " " * (before == 'set="'):
        drawn = drawn.replace(sign, f"%{ord(sign):02X}")
    drawn = re.sub(r"[^\x00-\x7f]+", lambda found: quote(found[0]), drawn)
    return f"data:image/svg+xml,{drawn}"


def card(settings: Settings, project: Path, formats: Sequence[str]) -> dict[str, bytes]:
    """Return the picture that a link to the page shows, if the document names one, as PNG.

    Parameters
    ----------
    project
        The document's project, where its pictures are, in a folder that can be written in.
    """
    if settings.image is None or "html" not in formats:
        return {}
    image = project / settings.image.relative_to(settings.folder)
    return {"png": typst.to_card(image, project.parent)}


def copy_project(folder: Path, target: Path) -> None:
    """Copy a project without its outputs and hidden files."""
    try:
        shutil.copytree(folder, target, ignore=_LEFT_OUT, copy_function=shutil.copyfile)
    except shutil.Error as error:
        first = error.args[0][0]
        raise RenderError(f"cannot copy the project: {first[2]}", file=first[0]) from error


def source_date(settings: Settings) -> int:
    """Return the moment that files of this document carry: the start of its date, in UTC."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return int(given)
    if settings.date is None:
        return _EPOCH
    return int(dt.datetime.combine(settings.date, dt.time(), dt.UTC).timestamp())
