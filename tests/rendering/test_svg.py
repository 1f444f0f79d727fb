"""A drawing made smaller looks as it did."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from evaluatie.report.rendering.svg import smaller
from evaluatie.report.rendering.typst import to_bitmap


def _drawing() -> Figure:
    figure, axes = plt.subplots(figsize=(4, 3))
    turns = np.linspace(0, 20, 200)
    axes.plot(turns, np.sin(turns) * 12345.678, "o-", label="g\u00e9\u00e9n 95%-interval")
    axes.fill_between(turns, -3000, 1e4, alpha=0.3)
    axes.scatter(turns, turns * 600, s=turns, edgecolor="white")
    axes.legend()
    return figure


def test_the_same_picture_in_half_the_bytes(tmp_path: Path) -> None:
    shown = []
    for name, change in (("whole", str), ("small", smaller)):
        content = io.StringIO()
        figure = _drawing()
        figure.savefig(content, format="svg")
        plt.close(figure)
        svg = content.getvalue()
        file = tmp_path / f"{name}.svg"
        file.write_text(change(svg[svg.index("<svg") :]), "utf-8")
        made, _ = to_bitmap(file, tmp_path)
        pixels = plt.imread(io.BytesIO(made), format="png")[..., :3]
        shown.append((pixels, file.stat().st_size))
    (whole, before), (small, after) = shown
    assert small.shape == whole.shape
    # A hundredth of a point moves the end of a line over the edge of a dot here and there.
    apart = np.abs(small - whole).max(axis=-1)
    assert (apart > 0.3).mean() < 1e-4
    assert apart.mean() < 1e-3
    assert after < 0.6 * before


def test_what_is_referred_to_keeps_a_name() -> None:
    arc = "M 0 0 A 1 1 0 0 1 2 2"
    svg = f'<svg><defs><path id="long" d="{arc}"/></defs><use xlink:href="#long"/></svg>'
    small = f'<svg><defs><path id="i0" d="{arc}"/></defs><use href="#i0"/></svg>'
    assert smaller(svg) == small
