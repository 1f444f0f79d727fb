"""Analyses: scripts run in order, results are the same JSON every time, cells only read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.text import Text

from evaluatie import study
from evaluatie.cells import Report
from evaluatie.errors import InputError, UnknownNameError
from evaluatie.experiment import load_design
from evaluatie.finished import Finished


@pytest.fixture(scope="module")
def results(finished: Finished) -> Path:
    return finished.folder


def test_every_script_makes_results(results: Path) -> None:
    assert {"rates_group_invalid", "published", "coverage", "plan"} <= {
        path.stem for path in results.glob("*.json")
    }


def test_results_are_the_same_every_time(results: Path, tmp_path: Path) -> None:
    for path in study.run(tmp_path, only=["coverage", "published"]):
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
        study.read_result(tmp_path, "rates")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(InputError, match="not a readable result"):
        study.read_result(tmp_path, "broken")


def test_cells_print_what_the_results_hold(results: Path) -> None:
    report = Report("nl", Finished(results))
    assert "0,65%" in report.sentence("rates_group_invalid")
    assert report.latest("funnel") == report.sentence("funnel_GR2026")
    assert report.date("2026-03-18") == "18 maart 2026"
    assert report.value("plan", "version") == load_design().raw["version"]
    assert "0\\,65\\%" in report.table("groups").data
    said = report.lines("learning_between_invalid", "learning_between_invalid").data
    assert said.count("- ") == len(report.value("learning_between_invalid", "lines", "nl"))


def test_cells_say_in_words_what_is_not_there(tmp_path: Path) -> None:
    words = {"nl": "Geen tellingen.", "en": "No counts."}
    for name in ("coverage", "plan"):
        (tmp_path / f"{name}.json").write_text(
            json.dumps({"missing": words, "table": [], "sentence": words}), "utf-8"
        )
    report = Report("en", Finished(tmp_path))
    assert report.sentence("coverage") == "No counts."
    assert "No counts" in report.table("coverage").data
    texts = [text.get_text() for text in report.figure("timeline").findobj(Text)]
    assert any("No counts" in text for text in texts)
    assert "No counts" in report.lines("coverage").data
    with pytest.raises(InputError, match="run the analyses first"):
        report.sentence("nothing")


def test_a_script_prints_where_its_results_are() -> None:
    path = study.scripts()["coverage"]
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, check=True, timeout=120
    )
    assert "coverage.json" in done.stdout
