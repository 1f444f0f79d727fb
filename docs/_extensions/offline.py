"""The site needs no network: a page that would load something from elsewhere is a fault."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["loads", "setup"]

_LOADED = re.compile(
    r"""<(?:script|img|iframe|link(?![^>]*rel="(?:canonical|search))[^>]*?)\b[^>]*?"""
    r"""\b(?:src|href)=["']((?:https?:)?//[^"']+)""",
    re.IGNORECASE,
)


def loads(page: str) -> list[str]:
    """Return the addresses that a browser would fetch by itself to show a page."""
    return _LOADED.findall(page)


def _check(app: Sphinx, failed: Exception | None) -> None:
    from sphinx.util import logging

    if failed:
        return
    for path in sorted(Path(app.outdir).rglob("*.html")):
        for address in loads(path.read_text("utf-8")):
            logging.getLogger(__name__).warning("%s would load %s", path.name, address)


def setup(app: Sphinx) -> dict[str, bool]:
    """Look at the pages when they are all written."""
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
