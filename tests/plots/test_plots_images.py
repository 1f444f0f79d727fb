"""Every figure against a small picture of it that somebody has looked at.

``python tests/plots/test_plots_images.py`` draws the pictures anew: look at each before
committing it. Other releases of matplotlib lay out a little otherwise; there the words and
their places, which the tests beside this file hold, have to do.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import matplotlib as mpl
import pytest
from gallery import GALLERY, frames
from matplotlib.testing.compare import compare_images

PICTURES = Path(__file__).parent / "pictures"
DRAWN_WITH = "3.11"
DPI = 48
TOLERANCE = 3.0
"""Root mean square of 256 shades: letters of another FreeType stay below, a lost row does not."""

same_layout = pytest.mark.skipif(
    not mpl.__version__.startswith(DRAWN_WITH), reason=f"drawn with matplotlib {DRAWN_WITH}"
)


def save(name: str, path: Path, lang: str = "nl", **changed: object) -> None:
    GALLERY[name]({**frames(), **changed}, lang).savefig(path, dpi=DPI)


@same_layout
@pytest.mark.parametrize("name", GALLERY)
def test_figure_is_the_one_that_was_looked_at(name: str, tmp_path: Path) -> None:
    drawn, expected = tmp_path / f"{name}.png", tmp_path / f"{name}-expected.png"
    save(name, drawn)
    shutil.copy(PICTURES / f"{name}.png", expected)  # the difference is written beside it
    assert compare_images(str(expected), str(drawn), TOLERANCE) is None


@same_layout
@pytest.mark.parametrize(
    ("name", "key", "column"),
    [
        ("before_after", "before_after", "after"),
        ("seats_margins", "seats", "votes_needed"),
        ("waterfall", "waterfall", "shown"),
    ],
)
def test_a_changed_figure_is_found(name: str, key: str, column: str, tmp_path: Path) -> None:
    drawn, expected = tmp_path / "drawn.png", tmp_path / "expected.png"
    frame = frames()[key]
    save(name, drawn, **{key: frame.assign(**{column: 0.8 * frame[column]})})
    shutil.copy(PICTURES / f"{name}.png", expected)
    assert compare_images(str(expected), str(drawn), TOLERANCE) is not None


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for each in GALLERY:
        save(each, PICTURES / f"{each}.png")
