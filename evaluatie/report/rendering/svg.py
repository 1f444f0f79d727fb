"""Make a drawing smaller without a visible change."""

from __future__ import annotations

import re
from collections import Counter

_PIECE = re.compile(r"[MLHVCSQTAZmlhvcsqtaz]|-?\d*\.?\d+(?:e-?\d+)?")
_NEEDS = {"M": 2, "L": 2, "Q": 4, "C": 6}
_RUN = re.compile(r"<g>((?:<(?:use|path) [^<>]*/>)+)</g>")
_STYLE = re.compile(r' style="([^"]*)"')
_CUT = re.compile(r' clip-path="([^"]*)"')


def smaller(svg: str) -> str:
    """Return an SVG file of matplotlib with everything left out that does not show.

    Comments, metadata and names that nothing refers to go; coordinates keep two decimals of a
    point, outlines are written from point to point, and marks share one style.

    Parameters
    ----------
    svg
        The file, from ``<svg`` on.

    Examples
    --------
    >>> smaller('<svg><g id="a"><!-- b --><path d="M 10 10 L 20 20.123456 z "/></g></svg>')
    '<svg><g><path d="M10 10l10 10.12z"/></g></svg>'
    """
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\s+", " ", svg)
    svg = re.sub(r"> <", "><", svg)
    svg = re.sub(r" (d|points)=\"([^\"]*)\"", lambda m: f' {m[1]}="{_outline(m[2])}"', svg)
    svg = re.sub(r" ([xy])=\"(-?[\d.]+)\"", lambda m: f' {m[1]}="{_short(float(m[2]))}"', svg)
    svg = re.sub(
        r"translate\((-?[\d.e-]+)[ ,](-?[\d.e-]+)\)",
        lambda m: f"translate({_short(float(m[1]))} {_short(float(m[2]))})",
        svg,
    )
    # The letters of a word are set apart along one line.
    svg = re.sub(r' transform="translate\((-?[\d.]+) 0\)"/>', r' x="\1"/>', svg)
    svg = _STYLE.sub(lambda m: re.sub(r"([:;]) ", r"\1", m[0]), svg)
    svg = svg.replace("xlink:href", "href")
    svg = _short_names(svg)
    svg = _named_styles(_RUN.sub(_shared, svg))
    return re.sub(r"<defs></defs>|<g></g>", "", svg)


def _short(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    if text in {"-0", "0"}:
        return "0"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def _outline(data: str) -> str:
    """Return path data with each point told from the one before it."""
    pieces = _PIECE.findall(data)
    if not pieces or any(piece.isalpha() and piece not in "MLQCzZ" for piece in pieces):
        return data
    made: list[str] = []
    at, position, start, command = (0, 0), 0, (0, 0), ""
    while position < len(pieces):
        if pieces[position].isalpha():
            command = pieces[position]
            position += 1
        if command in "zZ":
            made.append("z")
            at = start
            continue
        numbers = [
            round(float(each) * 100) for each in pieces[position : position + _NEEDS[command]]
        ]
        position += _NEEDS[command]
        # In hundredths, so that nothing adds up.
        if command == "M":
            made.append("M" + _joined(numbers))
        else:
            steps = [n - at[k % 2] for k, n in enumerate(numbers)]
            made.append(_straight(steps) if command == "L" else command.lower() + _joined(steps))
        at = (numbers[-2], numbers[-1])
        if command == "M":
            start, command = at, "L" if position < len(pieces) else command
    return "".join(made)


def _straight(steps: list[int]) -> str:
    across, down = steps
    if down == 0:
        return "h" + _joined([across])
    return "v" + _joined([down]) if across == 0 else "l" + _joined(steps)


def _joined(hundredths: list[int]) -> str:
    text = ""
    for number in hundredths:
        each = _short(number / 100)
        text += each if not text or each.startswith("-") else " " + each
    return text


def _short_names(svg: str) -> str:
    """Drop names that nothing refers to and shorten the others."""
    used = dict.fromkeys(re.findall(r"(?:url\(#|href=\"#)([^\")]+)", svg))
    names = {name: f"i{number:x}" for number, name in enumerate(used)}
    svg = re.sub(r' id="([^"]*)"', lambda m: f' id="{names[m[1]]}"' if m[1] in names else "", svg)
    return re.sub(r'(url\(#|href="#)([^")]+)', lambda m: m[1] + names[m[2]], svg)


def _named_styles(svg: str) -> str:
    """Tell once what is told of many marks."""
    often = [style for style, count in Counter(_STYLE.findall(svg)).items() if count > 1]
    names = {style: f"s{number:x}" for number, style in enumerate(often)}
    rules = "".join(f".{name}{{{style}}}" for style, name in names.items())
    svg = _STYLE.sub(lambda m: f' class="{names[m[1]]}"' if m[1] in names else m[0], svg)
    return re.sub(r"(<svg[^>]*>)", rf"\1<style>{rules}</style>", svg, count=1) if rules else svg


def _shared(group: re.Match[str]) -> str:
    """Tell of a group what would be told of each of its marks."""
    marks, told = group[1], ""
    for what in (_CUT, _STYLE):
        found = what.findall(marks)
        if len(set(found)) == 1 and len(found) == marks.count("/>"):
            told += what.search(marks)[0]  # type: ignore[index]
            marks = what.sub("", marks)
    return f"<g{told}>{marks}</g>"
