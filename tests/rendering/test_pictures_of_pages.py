"""The pages of the body against a small picture of them that somebody has looked at.

``python tests/rendering/test_pictures_of_pages.py`` makes the report and both pictures anew: look
at them, and at the pages that changed, before committing. A page differs when lines of it moved
or a figure changed; what its words are, the tests of the publication hold.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from test_publication import STEMS, body_pages

from evaluatie.report import making as reporting
from evaluatie.report.making import MadeReport

PICTURES = Path(__file__).parent / "pages"
DPI, FINER = 25, 4
"""Of the pictures, and how much finer pages are drawn first: so that rasterisers agree."""
ACROSS = 6
PIXELS = (206, 292)
"""Width and height of a page of A4 at that resolution."""
BANDS = 12
"""Parts of a page, from top to foot, that are compared each by itself."""
TOLERANCE = 17.0
"""Root mean square of 256 shades: another rasteriser stays below, a moved line does not."""

Shades = npt.NDArray[np.float64]

MADE_WITH = {"matplotlib": "3.11", "typst": "0.15"}
"""Other releases lay out figures and lines a little otherwise."""

needs_pictures = pytest.mark.skipif(
    shutil.which("pdftoppm") is None, reason="needs pdftoppm to make pictures of pages"
)
same_layout = pytest.mark.skipif(
    not all(version(name).startswith(release) for name, release in MADE_WITH.items()),
    reason=f"made with {MADE_WITH}",
)


def sheet(pdf: Path, count: int) -> Image.Image:
    """Return the first ``count`` pages beside and below each other, in sixteen shades of grey."""
    wide, high = PIXELS
    whole = Image.new("L", (ACROSS * wide, math.ceil(count / ACROSS) * high), 255)
    with tempfile.TemporaryDirectory() as scratch:
        made = ["-r", str(DPI * FINER), "-l", str(count), "-gray", str(pdf), f"{scratch}/page"]
        subprocess.run(["pdftoppm", *made], check=True, capture_output=True)
        for number, file in enumerate(sorted(Path(scratch).iterdir())):
            row, column = divmod(number, ACROSS)
            with Image.open(file) as page:
                whole.paste(page.reduce(FINER), (column * wide, row * high))
    return whole.point([17 * round(shade / 17) for shade in range(256)])


def cells(whole: Image.Image) -> list[Shades]:
    """Return the pages on a sheet."""
    wide, high = PIXELS
    return [
        np.asarray(whole.crop((left, top, left + wide, top + high)), "float64")
        for top in range(0, whole.height, high)
        for left in range(0, whole.width, wide)
    ]


def distance(one: Shades, other: Shades) -> float:
    """Return how far two pages differ where they differ most."""
    squares = ((one - other) ** 2).mean(axis=1)
    return max(float(np.sqrt(band.mean())) for band in np.array_split(squares, BANDS))


def different(found: list[Shades], expected: list[Shades]) -> list[int]:
    """Return the numbers of the pages that are not as they were; one that is gone is blank."""
    longest = max(len(found), len(expected))
    blank = np.full(PIXELS[::-1], 255.0)
    one, other = (each + [blank] * (longest - len(each)) for each in (found, expected))
    pairs = enumerate(zip(one, other, strict=True), start=1)
    return [number for number, pair in pairs if distance(*pair) > TOLERANCE]


def body(made: MadeReport, lang: str) -> Image.Image:
    """Return the pages from the key points to the conclusions."""
    # The last of these begins the appendix.
    return sheet(made.files[f"{STEMS[lang]}.pdf"], len(body_pages(made, lang)) - 1)


@needs_pictures
@same_layout
@pytest.mark.parametrize("lang", STEMS)
def test_pages_are_those_that_were_looked_at(reports: MadeReport, lang: str) -> None:
    found, kept = body(reports, lang), PICTURES / f"{lang}.png"
    with Image.open(kept) as expected:
        changed = different(cells(found), cells(expected.convert("L")))
    if changed:
        found.save(kept.with_stem(f"{lang}-found"), optimize=True)
    assert changed == [], f"pages differ: compare {lang}-found.png with {kept}"


@pytest.mark.parametrize("lang", STEMS)
def test_a_line_that_moved_is_found(lang: str) -> None:
    """On every page: the lower half one line of text further down."""
    with Image.open(PICTURES / f"{lang}.png") as whole:
        pages = [page for page in cells(whole.convert("L")) if page.min() < 255]
    line, half = round(DPI * 14 / 72), PIXELS[1] // 2
    moved = [np.vstack([page[: half + line], page[half:-line]]) for page in pages]
    assert len(pages) > 15
    assert different(moved, pages) == list(range(1, len(pages) + 1))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        made = reporting.make_report(
            Path(scratch), lang=tuple(reporting.DOCUMENTS), formats=("pdf",), engine="embedded"
        )
        PICTURES.mkdir(exist_ok=True)
        for spoken in STEMS:
            body(made, spoken).save(PICTURES / f"{spoken}.png", optimize=True)
