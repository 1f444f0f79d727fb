"""Read the structure tree of a PDF: what a screen reader is told, and what it misses."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

__all__ = ["breaches", "elements", "outline", "problems"]

_CONTAINERS = {"/Document", "/Sect", "/Div", "/Part", "/Table", "/THead", "/TBody", "/L", "/LI"}
"""Elements that hold others, and begin where the first of those begins."""


def elements(node: Any) -> Iterator[Any]:
    """Walk through all elements of structure, top down."""
    if isinstance(node, pikepdf.Array):
        for each in node:
            yield from elements(each)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node.K)


def children(node: Any) -> list[Any]:
    """Return the elements directly below one."""
    below = node.get("/K", pikepdf.Array())
    listed = list(below) if isinstance(below, pikepdf.Array) else [below]
    return [each for each in listed if isinstance(each, pikepdf.Dictionary) and "/S" in each]


def attributes(node: Any) -> dict[str, Any]:
    """Return the attributes of an element, of all owners together."""
    found = node.get("/A", pikepdf.Array())
    listed = list(found) if isinstance(found, pikepdf.Array) else [found]
    merged: dict[str, Any] = {}
    for each in listed:
        if isinstance(each, pikepdf.Dictionary):
            merged |= {str(key): value for key, value in each.items()}
    return merged


def outline(pdf: Any) -> list[str]:
    """Return the titles of the bookmarks, in order."""

    def titles(items: Any) -> Iterator[str]:
        for item in items:
            yield str(item.title)
            yield from titles(item.children)

    with pdf.open_outline() as opened:
        return list(titles(opened.root))


def pages_of(node: Any, page: Any = None) -> Iterator[tuple[int, int]]:
    """Yield the pages on which the content of an element lies, in order.

    A piece of content lies on the page that it names, or else on that of its element.
    """
    if isinstance(node, pikepdf.Array):
        for each in node:
            yield from pages_of(each, page)
    elif isinstance(node, pikepdf.Dictionary):
        page = node.get("/Pg", page)
        if "/S" in node:
            yield from pages_of(node.get("/K", pikepdf.Array()), page)
        elif page is not None:
            yield page.objgen
    elif page is not None:
        yield page.objgen


def _alone(everything: list[Any]) -> Iterator[str]:
    """Find headings and captions at the end of a page, away from what they stand above."""
    for each, following in itertools.pairwise(
        (each, list(pages_of(each))) for each in everything if str(each.S) not in _CONTAINERS
    ):
        (element, own), (_, after) = each, following
        above = str(element.S) == "/Caption" and str(following[0].S) in {"/TR", "/TH"}
        if (
            (re.fullmatch(r"/H\d", str(element.S)) or above)
            and own
            and after
            and own[-1] != after[0]
        ):
            yield f"a {str(element.S)[1:]} stands alone at the end of a page"


def _headings(roles: list[str]) -> Iterator[str]:
    levels = [int(role[2:]) for role in roles if re.fullmatch(r"/H\d", role)]
    if not levels:
        yield "there are no headings"
    elif levels[0] != 1:
        yield f"the first heading has level {levels[0]}"
    for before, after in itertools.pairwise(levels):
        if after > before + 1:
            yield f"a heading of level {after} follows one of level {before}"


def _table(table: Any) -> Iterator[str]:
    rows = [row for row in elements(table.K) if str(row.S) == "/TR"]
    widths = {len(children(row)) for row in rows}
    if len(widths) != 1:
        yield f"a table has rows of {sorted(widths)} cells"
    heads = [cell for cell in children(rows[0]) if str(cell.S) == "/TH"] if rows else []
    if not heads:
        yield "a table has no header row"
    for head in heads:
        if str(attributes(head).get("/Scope")) != "/Column":
            yield "a header cell does not say that it heads a column"


def breaches(path: Path) -> list[str]:
    """List the rules of PDF/UA-1 that a PDF breaks, of the 104 that a machine can check.

    By a validator that gives the verdicts of veraPDF on its corpus, and needs no Java.
    """
    why = "no validator of PDF/UA: pip install page-validation"
    validator = pytest.importorskip("page", reason=why)
    found = validator.validate_pdf(path, profile="ua1").failures
    return sorted({each.rule_id for each in found})


def problems(path: Path, lang: str) -> list[str]:
    """List what in a PDF keeps a reader who does not see it from reading it."""
    with pikepdf.open(path) as pdf:
        return list(_problems(pdf, lang))


def _problems(pdf: Any, lang: str) -> Iterator[str]:
    root = pdf.Root
    if not str(root.get("/Lang", "")).startswith(lang):
        yield f"the language is {root.get('/Lang')}"
    if not bool(root.get("/MarkInfo", {}).get("/Marked", False)):
        yield "it is not tagged"
    if not bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle", False)):
        yield "windows show the name of the file, not the title"
    with pdf.open_metadata() as metadata:
        if metadata.get("pdfuaid:part") != "1":
            yield "it does not declare PDF/UA-1"
        if not str(metadata.get("dc:title", "")).strip():
            yield "it has no title"
    everything = list(elements(root.StructTreeRoot.K))
    yield from _headings([str(each.S) for each in everything])
    for each in everything:
        role = str(each.S)
        if role in {"/Figure", "/Formula"} and not str(each.get("/Alt", "")).strip():
            yield f"a {role[1:].lower()} has no alternative text"
        if role == "/Table":
            yield from _table(each)
        if role == "/Link" and "/K" not in each:
            yield "a link is empty"
    yield from _alone(everything)
    for each in everything:
        box = attributes(each).get("/BBox")
        found = next(pages_of(each), None)
        if box is not None and found is not None:
            left, _, right, _ = (float(side) for side in box)
            page = next(page for page in pdf.pages if page.objgen == found)
            if left < -1 or right > float(page.MediaBox[2]) + 1:
                yield f"a {str(each.S)[1:].lower()} sticks out of its page"
    if not outline(pdf):
        yield "there are no bookmarks"
    for number, page in enumerate(pdf.pages, 1):
        if str(page.get("/Tabs", "/S")) != "/S":
            yield f"page {number} is not read in the order of its structure"
