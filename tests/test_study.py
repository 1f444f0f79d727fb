"""Analyses: scripts run in order, results are the same JSON every time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evaluatie.answers.run import Run, read_result
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.report import study


@pytest.fixture(scope="module")
def results(finished: Run) -> Path:
    return finished.folder


def test_every_script_makes_results(results: Path) -> None:
    assert {"rates_group_invalid", "published", "coverage", "plan"} <= {
        path.stem for path in results.glob("*.json")
    }


def test_results_are_the_same_every_time(results: Path, tmp_path: Path) -> None:
    for path in study.run(tmp_path, only=["data", "published"]):
        assert path.read_bytes() == (results / path.name).read_bytes()


def test_results_keep_the_contract(results: Path) -> None:
    for name in ("rates_group_invalid", "before_after_blank", "published", "coverage"):
        content = json.loads((results / f"{name}.json").read_text("utf-8"))
        assert set(content) == {
            *("table", "sentence", "assumptions", "seed", "sources", "left_out"),
        }
        assert content["table"]


def test_every_script_runs_on_its_own() -> None:
    for path in study.scripts().values():
        source = path.read_text("utf-8")
        assert source.startswith('"""')
        assert "main(analyse)" in source


def test_a_script_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        '"""Mine?"""\n\n\n'
        'def analyse(inputs):\n    return {"mine": {"n": len(inputs.results.rows)}}\n'
    )
    (written,) = study.run(tmp_path / "out", folder=tmp_path)
    assert json.loads(written.read_text())["n"] > 3000


def test_unknown_names_and_missing_results(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="rates"):
        study.run(tmp_path, only=["rate"])
    with pytest.raises(InputError, match="run the analyses first"):
        read_result(tmp_path, "rates")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(InputError, match="not a readable result"):
        read_result(tmp_path, "broken")


def test_a_script_prints_where_its_results_are() -> None:
    path = study.scripts()["data"]
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    assert "coverage.json" in done.stdout
