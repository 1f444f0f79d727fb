"""What is written as SVG looks as matplotlib writes it, in half the bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pytest
from gallery import GALLERY, frames
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluatie.answers.plots.style import figure, style
from evaluatie.report.rendering.typst import to_bitmap

Pixels = npt.NDArray[np.float64]


def _marks() -> Figure:
    with style():
        drawn, axes = figure(3.0, squeeze=False)
        turns = np.linspace(0, 20, 200)
        ax = axes[0, 0]
        ax.plot(turns, np.sin(turns) * 12345.678, "o-", label="g\u00e9\u00e9n 95%-interval")
        ax.plot(turns, np.where(turns > 3, turns, np.nan), ls=(0, (4, 3)), lw=2)
        ax.fill_between(turns, -3000, 1e4, alpha=0.3)
        ax.scatter(turns, turns * 600, s=turns, edgecolor="white")
        ax.set_ylabel("turned & <raised> ffi AV \u2713")
        ax.legend()
    return drawn


def _pixels(svg: str, tmp_path: Path) -> Pixels:
    file = tmp_path / "drawn.svg"
    file.write_text(svg, "utf-8")
    made, _ = to_bitmap(file, tmp_path)
    return plt.imread(io.BytesIO(made), format="png")[..., :3]


def _by_matplotlib(drawn: Figure) -> str:
    page = io.BytesIO()
    drawn.savefig(page, format="svg", transparent=False, bbox_inches="tight")
    svg = page.getvalue().decode()
    assert "Matplotlib" in svg
    return svg[svg.index("<svg") :]


@pytest.mark.parametrize("name", ["marks", "funnel", "specification_curve", "waterfall"])
def test_the_same_picture_in_fewer_bytes(name: str, tmp_path: Path) -> None:
    drawn = _marks() if name == "marks" else GALLERY[name](frames(), "nl")
    whole = _by_matplotlib(drawn)
    page = io.BytesIO()
    drawn.savefig(page, format="svg", bbox_inches="tight")
    small = page.getvalue().decode()
    assert len(small) < 0.6 * len(whole)
    shown, expected = _pixels(small, tmp_path), _pixels(whole, tmp_path)
    assert shown.shape == expected.shape
    # A hundredth of a point moves the edge of a letter or a line here and there.
    apart = np.abs(shown - expected).max(axis=-1)
    assert (apart > 0.3).mean() < 1e-3
    assert apart.mean() < 1e-3


def _picture(ax: Axes) -> None:
    ax.imshow(np.eye(4))


def _formula(ax: Axes) -> None:
    ax.set_title("$x^2$", parse_math=True)


def _hatched(ax: Axes) -> None:
    ax.bar([1], [1], hatch="/")


@pytest.mark.parametrize("add", [_picture, _formula, _hatched])
def test_what_has_no_words_here_is_written_by_matplotlib(add: Callable[[Axes], None]) -> None:
    drawn = _marks()
    canvas, layout, dots = drawn.canvas, drawn.get_layout_engine(), drawn.dpi
    add(drawn.axes[0])
    page = io.BytesIO()
    drawn.savefig(page, format="svg")
    assert b"Matplotlib" in page.getvalue()
    assert (drawn.canvas, drawn.get_layout_engine(), drawn.dpi) == (canvas, layout, dots)
