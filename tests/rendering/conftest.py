"""Projects to render: the demonstration beside these tests, and small ones written by a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from documents import FRONT, copy_demo

from evaluatie.report.rendering import Rendered, render


@pytest.fixture(scope="session")
def demo(once: Callable[[str, Callable[[Path], Rendered]], Rendered]) -> Rendered:
    """The demonstration, rendered once for all tests."""

    def make(folder: Path) -> Rendered:
        return render(copy_demo(folder / "project"), folder / "out", engine="embedded")

    return once("demo", make)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a small document, with other files of its project if wanted."""

    def make(body: str, *, front: str = FRONT, **files: str) -> Path:
        folder = tmp_path / "project"
        folder.mkdir()
        for name, text in {"quarto": "number-sections: true\n", **files}.items():
            known = {"quarto": "_quarto.yml", "bib": "references.bib"}
            path = folder / known.get(name, f"{name}.qmd")
            path.write_text(text, "utf-8")
        source = folder / "proef.qmd"
        source.write_text(front + body, "utf-8")
        return source

    return make
