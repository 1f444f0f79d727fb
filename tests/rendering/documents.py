"""The demonstration project, and the front matter of small documents."""

from __future__ import annotations

import shutil
from pathlib import Path

from evaluatie.report.rendering.typst import to_bitmap

HERE = Path(__file__).parent
STYLES = HERE.parents[1] / "report" / "styles"
FRONT = "---\ntitle: Proef\nlang: nl\ndate: 2026-01-02\n---\n"
"""Five lines; the text of a small document starts at line 6."""


def copy_demo(target: Path) -> Path:
    """Copy the demonstration project with the styles of the real report; return the document.

    Its figure is drawn as PNG too, as the report's are.
    """
    shutil.copytree(HERE / "project", target)
    shutil.copytree(STYLES, target / "styles")
    drawn, _ = to_bitmap(target / "lijn.svg", target)
    (target / "lijn.png").write_bytes(drawn)
    (target / "bitmap.typ").unlink()
    return target / "demo.qmd"
