"""The answer in a few sentences: from the estimates, and it changes with the counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import evaluatie
from evaluatie import formatting
from evaluatie.cli import run
from evaluatie.summary import summary

HEADER = (
    "election,municipality_code,municipality,vintage,"
    "eligible,ballots,valid,blank,invalid,rejected,source\n"
)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_estimate_is_said(lang: str) -> None:
    made = summary(evaluatie.load())
    lines = made.sentences(lang)
    assert len(lines) == len(made.table) + 1
    for line, row in zip(lines, made.table.to_dict(orient="records"), strict=False):
        assert formatting.points(row["estimate"], lang) in line
        assert formatting.points(row["conf_low"], lang) in line
    assert set(made.table["kind"]) == {"effect", "learning"}


def test_it_changes_with_the_counts(tmp_path: Path) -> None:
    line = "GR2026,GM0796,'s-Hertogenbosch,official,120000,57000,56000,100,900,1000,own\n"
    (tmp_path / "municipal_results.csv").write_text(HEADER + line, "utf-8")
    shipped = summary(evaluatie.load()).table
    own = summary(evaluatie.load(data=tmp_path), data=tmp_path).table
    assert own["estimate"].iloc[0] > shipped["estimate"].iloc[0]
    assert own["vintage"].iloc[0] == "mixed"


def test_without_an_experiment_election_only_the_printed_figures_are_left(tmp_path: Path) -> None:
    made = summary(evaluatie.load(["TK2021", "TK2023"]))
    assert made.table.empty
    assert len(made.sentences("nl")) == 1


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["summary"], "Effect van het nieuwe biljet"),
        (["effect", "-e", "TK2025"], "hertoewijzing"),
        (["effect", "-e", "EP2024", "--lang", "en"], "bound"),
        (["learning", "decomposition"], "gepubliceerd verschil"),
        (["vintages", "--lang", "en"], "provisional"),
        (["power"], "vijf"),
        (["power", "--simulate", "10", "--design", "five", "--jobs", "1"], "vijf"),
        (["personal-vote", "numbers"], "Verhouding"),
        (["reasons"], "ontwerp"),
        (["reasons", "--template", "GR2026"], "several_parties"),
        (["seats", "-m", "Gouda"], "Zetels"),
        (["scale-up", "-e", "GR2026"], "Voorspelling"),
    ],
)
def test_commands_say_what_they_are_asked(
    words: list[str], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 0
    assert shown in capsys.readouterr().out


def test_quality_finds_something_to_ask_the_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["quality", "-e", "TK2025"]) == 1
    assert "Deventer" in capsys.readouterr().out


def test_validate_names_the_bad_file_and_reads_the_good_one(
    raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.xml"
    bad.write_text("<EML><oops")
    (good,) = (raw / "eml").glob("Telling_TK2025_gemeente_West*.xml")
    assert run(["validate", str(good), str(bad)]) == 1
    told = capsys.readouterr()
    assert "bad.xml" in told.err
    assert "stembureaus: 11" in told.out
    assert run(["validate", str(good)]) == 0
    assert run(["validate", str(bad)]) == 2


def test_ingest_writes_tables_that_read_back(raw: Path, tmp_path: Path) -> None:
    (good,) = (raw / "eml").glob("Telling_TK2025_gemeente_West*.xml")
    assert run(["ingest", str(good), "--out", str(tmp_path)]) == 0
    rows = evaluatie.load("TK2025", "official", data=tmp_path).only("GM0668").rows
    official = rows[rows["vintage"] == "official"]
    assert official["invalid"].tolist() == [13]
    assert official["ballots"].tolist() == [13_697]


def test_summary_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["summary", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["table"][0]["n_treated"] == 9
