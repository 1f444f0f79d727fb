"""Compile typst source to a tagged PDF, with the same bytes on every machine."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import get_ident
from typing import Any, Literal

from evaluatie.ground.errors import RenderError

_DOTS = 220.0
FONTS = "_made/fonts"
"""The folder of fonts in a project; ``_quarto.yml`` of the report names it."""
STANDARD: Literal["ua-1"] = "ua-1"


def font_folders() -> list[Path]:
    """Return the folders of the fonts that ship in wheels; no font of the machine is used."""
    # Without the wheel with fonts the PDF falls back to the serif inside typst.
    found = importlib.util.find_spec("font_source_sans_pro")
    places = found.submodule_search_locations if found else None
    return [Path(place) / "files" for place in places or ()]


def copy_fonts(project: Path) -> None:
    """Copy the fonts to where the project's settings tell Quarto to find them."""
    for folder in font_folders():
        shutil.copytree(folder, project / FONTS, dirs_exist_ok=True)


def to_pdf(source: Path, root: Path, timestamp: int) -> tuple[bytes, tuple[str, ...]]:
    """Return a PDF/UA-1 file and the warnings of its making, a line each.

    Parameters
    ----------
    source
        A file of typst, inside ``root``.
    root
        Folder that its paths start from.
    timestamp
        Moment of creation written in the file, in seconds since 1970.

    Raises
    ------
    RenderError
        When typst refuses the document, or it would not be accessible.
    """
    import typst

    try:
        made, warnings = _compiler(get_ident()).compile_with_warnings(
            source, root=root, format="pdf", pdf_standards=STANDARD, timestamp=timestamp
        )
    except typst.TypstError as error:
        raise RenderError(
            f"typst cannot make the PDF: {_told(error.message, error.hints)}",
            unit=_place(error.diagnostic),
        ) from error
    return bytes(made), tuple(f"typst: {_told(each.message, each.hints)}" for each in warnings)


def to_bitmap(image: Path, root: Path) -> tuple[bytes, float]:
    """Return an image as PNG at 220 dots per inch, and its natural width in points.

    Parameters
    ----------
    image
        An SVG file inside ``root``.
    root
        Folder that paths start from.

    Raises
    ------
    RenderError
        If it cannot be drawn.
    """
    made = _drawn("width: auto, height: auto, margin: 0pt", "", image, root, _DOTS)
    # The width in dots stands in the first chunk of every PNG.
    return made, int.from_bytes(made[16:20], "big") * 72 / _DOTS


def to_card(image: Path, root: Path) -> bytes:
    """Return an image as the PNG of 1,200 by 630 dots that a link to a page shows.

    Raises
    ------
    RenderError
        If it cannot be drawn.
    """
    page = "width: 600pt, height: 315pt, margin: 14pt"
    whole = 'width: 100%, height: 100%, fit: "contain"'
    return _drawn(page, whole, image, root, 144.0)


def _drawn(page: str, size: str, image: Path, root: Path, dots: float) -> bytes:
    import typst

    source = root / "bitmap.typ"
    path = image.relative_to(root).as_posix()
    source.write_text(f'#set page({page})\n#image("/{path}", {size})\n', "utf-8")
    try:
        made = _compiler(get_ident()).compile(source, root=root, format="png", ppi=dots)
    except typst.TypstError as error:
        raise RenderError(f"the image cannot be drawn: {error.message}", file=image) from error
    return bytes(made)


@lru_cache(maxsize=os.cpu_count())
def _compiler(thread: int) -> Any:
    """Return the compiler of a thread, which has read all fonts once; no two can share one."""
    del thread
    import typst

    return typst.Compiler(font_paths=font_folders(), ignore_system_fonts=True)


def _told(message: str, hints: Sequence[str]) -> str:
    """Return what typst says and advises on one line."""
    advice = "; ".join(hints)
    return " ".join((f"{message} ({advice})" if advice else message).split())


def _place(diagnostic: str) -> str | None:
    """Return the line of source that a diagnostic of typst shows."""
    rows = [row for row in diagnostic.splitlines() if row[:1].isdigit() and "│" in row]
    return rows[0].partition("│")[2].strip()[:80] if rows else None
