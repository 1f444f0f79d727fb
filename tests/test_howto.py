"""Every block that a reader sees on a how-to page can be followed from an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import synthetic_eml as invented

import evaluatie

DOCS = Path(evaluatie.__file__).parent.parent / "docs"
CELL = re.compile(r"^(`{3,4})\{code-cell\} ipython3\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
SLOW = {"export", "quarto", "tutorial", "cluster", "from-elsewhere", "own-reference"}
NEEDED = {"r-and-polars": "polars", "cluster": "distributed"}

pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the documentation is in the checkout")


def pages() -> list[Path]:
    return [*sorted((DOCS / "howto").glob("*.md")), DOCS / "tutorial.md"]


def visible(page: Path) -> list[str]:
    """Return the code that a reader can copy, in order."""
    found = []
    for _, cell in CELL.findall(page.read_text("utf-8")):
        if "remove-cell" in cell.partition("\n")[0]:
            continue
        code = re.sub(r"\A(?:---\n.*?^---\n|(?::[^\n]*\n)+)", "", cell, flags=re.M | re.S)
        found.append(code)
    return found


def script(blocks: list[str]) -> str:
    """Return a program that does what somebody does who types the blocks one by one."""
    lines = ["import subprocess"]
    for block in blocks:
        if block.startswith("%%bash\n"):
            command = block.removeprefix("%%bash\n")
            lines.append(f"subprocess.run(['bash', '-e', '-c', {command!r}], check=True)")
        else:
            lines.append(f"exec(compile({block!r}, 'block', 'exec'), globals())")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.stem, marks=[pytest.mark.slow] if page.stem in SLOW else [])
        for page in pages()
        if visible(page)
    ],
)
def test_every_visible_block_can_be_followed_from_an_empty_folder(
    page: Path, tmp_path: Path
) -> None:
    if page.stem in NEEDED:
        pytest.importorskip(NEEDED[page.stem])
    # What the page tells its reader to download, and nothing else.
    if "{download}`from-the-municipality.zip" in page.read_text("utf-8"):
        invented.example(tmp_path / "from-the-municipality.zip")
    programs = [str(Path(sys.executable).parent), os.environ["PATH"]]
    done = subprocess.run(
        [sys.executable, "-c", script(visible(page))],
        cwd=tmp_path,
        env={
            **{k: v for k, v in os.environ.items() if k != "EVALUATIE_RAW"},
            "PATH": os.pathsep.join(programs),
            "MPLBACKEND": "agg",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
