"""The SVG of a sheet of paper: letters that are letters, in a font that comes along.

What matplotlib writes is made small and gets a name, a description, and of each font just the
characters it shows, so that words can be searched and read in any size.
"""

from __future__ import annotations

import base64
import html
import io
import re
from functools import cache
from pathlib import Path
from typing import Any

from evaluatie.answers.plots.style import FAMILY, face, page_figure
from evaluatie.ground.escape import html_text

_FAMILY = "Source Sans Pro"
_WEIGHT = "font-weight: 600;"


@cache
def sheet() -> type[Any]:
    """Return the class of figures that are a sheet of paper."""

    class Sheet(page_figure()):  # type: ignore[misc]
        """A figure whose SVG holds letters, a title and a description."""

        said = ("", "")

        def savefig(self, fname: Any, **kwargs: Any) -> None:
            # The paper is cut to what stands on it.
            kwargs.pop("bbox_inches", None)
            kind = kwargs.get("format") or Path(str(fname)).suffix.removeprefix(".")
            if str(kind).lower() != "svg":
                super().savefig(fname, **kwargs)
                return
            made = io.BytesIO()
            super().savefig(made, letters="none", **{**kwargs, "format": "svg"})
            svg = _tidy(made.getvalue().decode("utf-8"), *self.said).encode()
            if hasattr(fname, "write"):
                fname.write(svg)
            else:
                Path(fname).write_bytes(svg)

    return Sheet


def _tidy(svg: str, title: str, alt: str) -> str:
    """Make what matplotlib writes small, and give it a name, a description and its font."""
    svg = re.sub(r"\s*<(metadata|defs)>.*?</\1>", _without_metadata, svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r' transform="rotate\(-0 [^"]*\)"| id="(?:text|line2d|patch)_\d+"', "", svg)
    # Inside tags only: words hold numbers too.
    svg = re.sub(r"<[^>]*>", lambda tag: re.sub(r"-?\d+\.\d{3,}", _rounded, tag[0]), svg)
    svg = re.sub(rf" ?font-family: '{FAMILY}'[^;]*;", "", svg).replace(
        f"'{FAMILY}'", f"'{_FAMILY}'"
    )
    svg = re.sub(r"font-weight: (?:700|bold);", _WEIGHT, svg).replace("text-anchor: start; ", "")
    svg = re.sub(r"<g>\s*(<(?:path|text)\b[^>]*?(?:/>|>[^<]*</text>))\s*</g>", r"\1", svg)
    svg = svg.replace("; stroke-linejoin: round", "")
    svg = re.sub(r"\n\s+", "\n", svg)
    plain = {False: set[str](), True: set[str]()}
    for attributes, words in re.findall(r"<text\b([^>]*)>([^<]*)</text>", svg):
        plain[_WEIGHT in attributes] |= set(html.unescape(words))
    fonts = "".join(
        f'@font-face{{font-family:"{_FAMILY}";font-weight:{weight};src:url(data:font/woff;base64,'
        f"{letters}) format('woff')}}"
        for bold, weight in ((False, 400), (True, 600))
        if plain[bold] and (letters := _subset(bold, "".join(sorted(plain[bold]))))
    )
    opening = (
        f"<title>{html_text(title)}</title>\n<desc>{html_text(alt)}</desc>\n"
        f"<style>*{{stroke-linejoin:round}}text{{font-family:'{_FAMILY}',sans-serif}}{fonts}</style>"
    )
    head, body = re.split(r"(?<=>)", svg[svg.index("<svg") :], maxsplit=1)
    return f'{head[:-1]} role="img">\n{opening}{body}'


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _without_metadata(found: re.Match[str]) -> str:
    return "" if found[1] == "metadata" or "<style" in found[0] else found[0]


@cache
def _subset(bold: bool, letters: str) -> str:
    """Return a font of just these letters, in base64; nothing where the files are missing."""
    path = face("Semibold" if bold else "Regular")
    if path is None:
        return ""
    import uharfbuzz as harfbuzz
    from fontTools.ttLib import TTFont

    wanted, kinds, flags = harfbuzz.SubsetInput(), harfbuzz.SubsetInputSets, harfbuzz.SubsetFlags
    wanted.sets(kinds.UNICODE).set(set(map(ord, letters)))
    wanted.sets(kinds.LAYOUT_FEATURE_TAG).set({int.from_bytes(b"kern")})
    wanted.sets(kinds.NAME_ID).set({1})
    wanted.flags = flags.NO_HINTING | flags.NOTDEF_OUTLINE | flags.NO_LAYOUT_CLOSURE
    whole = harfbuzz.Face(harfbuzz.Blob.from_file_path(path))
    # Tables are packed as they are: reading thousands of pairs of letters would take far longer.
    font = TTFont(io.BytesIO(harfbuzz.subset(whole, wanted).blob.data), recalcTimestamp=False)
    font.flavor = "woff"
    made = io.BytesIO()
    font.save(made, reorderTables=None)
    return base64.b64encode(made.getvalue()).decode()
