"""The worked examples of CONTRIBUTING.md, followed to the letter in a copy of the project."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "CONTRIBUTING.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="CONTRIBUTING.md stands in the checkout")

COPIED = ("analyses", "data", "evaluatie", "report", "tests")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "candidate_summary", "corpus")
STEP = re.compile(
    r"^(?:(?P<write>Write) `(?P<new>[^`]+)`"
    r"|In `(?P<into>[^`]+)`, (?P<side>above|below) `(?P<line>[^`]+)`"
    r"|At the end of `(?P<end>[^`]+)`"
    r"|(?P<run>Run)):\n\n```\w+\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    """One section of the page: its title and its steps."""

    title: str
    steps: tuple[re.Match[str], ...]


def examples() -> list[Example]:
    sections = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return [
        Example(each.partition("\n")[0], tuple(STEP.finditer(each)))
        for each in sections
        if each.startswith("How to add")
    ]


EXAMPLES = examples() if PAGE.exists() else []


def test_the_page_has_five_examples_and_every_block_is_a_step() -> None:
    titles = [each.title.removeprefix("How to add ") for each in EXAMPLES]
    assert titles == ["an election", "a reader", "a column", "a figure", "a method"]
    page = PAGE.read_text("utf-8")
    blocks = page[page.index("## How to add an election") :].count("\n```") // 2
    assert blocks == sum(len(each.steps) for each in EXAMPLES)
    assert all(each.steps[-1]["run"] for each in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.title.split()[-1])
def test_the_example_works_as_written(
    example: Example, tmp_path: Path, shared_too: dict[str, str], request: pytest.FixtureRequest
) -> None:
    if any("test_report" in (step["block"] or "") for step in example.steps):
        request.getfixturevalue("finished")  # of the tree as it is, not of the example's
    for name in COPIED:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=NOT_COPIED)
    # Loading a table checks that every file of it is there; candidates are the largest.
    (tmp_path / "data" / "candidate_summary").symlink_to(ROOT / "data" / "candidate_summary")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for step in example.steps:
        follow(step, tmp_path, shared_too)


def follow(step: re.Match[str], folder: Path, told: dict[str, str]) -> None:
    block = step["block"]
    if step["write"]:
        path = folder / step["new"]
        assert not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block, "utf-8")
    elif step["into"]:
        path = folder / step["into"]
        lines = path.read_text("utf-8").splitlines(keepends=True)
        (at,) = [i for i, line in enumerate(lines) if line.strip() == step["line"]]
        at += step["side"] == "below"
        path.write_text("".join([*lines[:at], block, *lines[at:]]), "utf-8")
    elif step["end"]:
        path = folder / step["end"]
        path.write_text(path.read_text("utf-8") + block, "utf-8")
    else:
        for command, *shown in commands(block):
            run(command, shown, folder, told)
    if step["run"] is None and path.suffix == ".py":
        compile(path.read_text("utf-8"), str(path), "exec")


def commands(block: str) -> list[list[str]]:
    """Commands, each with the lines that its output must hold."""
    found: list[list[str]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append([line.removeprefix("$ ")])
        else:
            found[-1].append(line)
    return found


def run(command: str, shown: list[str], folder: Path, told: dict[str, str]) -> None:
    program, *arguments = shlex.split(command)
    start = [sys.executable] if program == "python" else [sys.executable, "-m", program]
    done = subprocess.run(
        [*start, *arguments],
        cwd=folder,
        env={**os.environ, **told, "PYTHONPATH": str(folder), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    for line in shown:
        assert line in done.stdout, f"{command}\n{line!r} is not in\n{done.stdout}"
