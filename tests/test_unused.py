"""Whatever of a user's folder is in no count is named, once, by every command that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

import evaluatie
from evaluatie.cli import run
from evaluatie.cli.app import app
from evaluatie.counts.own import _INGESTED
from evaluatie.counts.schema import TABLES
from evaluatie.sources.columns import LEVEL_TABLES

HEADER = "election,municipality_code,municipality,vintage,ballots,valid,blank,invalid"
ROW = "GR2026,GM0513,Gouda,official,1000,990,4,6"
ASKED = ["rates", "-e", "GR2026", "-m", "Gouda", "--csv", "--data"]


def own(folder: Path, name: str = "municipal_results.csv", more: str = "", cell: str = "") -> Path:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(f"{HEADER}{more}\n{ROW}{cell}\n", "utf-8")
    return folder / name


def told(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, list[str]]:
    code = run([*ASKED, str(folder), *more])
    caught = capsys.readouterr()
    assert caught.out.startswith("election,")  # the answer is there and what is said beside it
    return code, caught.err.splitlines()


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "list_commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_every_command_with_a_folder_looks_at_all_of_it() -> None:
    found = dict(commands(typer.main.get_command(app)))
    folders = {
        path: option.callback
        for path, command in found.items()
        for option in command.params
        if option.name == "data"
    }
    assert len(folders) >= len(found) - 4  # all but export of nothing, ingest, validate and build
    assert {path[-1] for path in found.keys() - folders.keys()} <= {"ingest", "validate", "build"}
    for path, callback in folders.items():
        assert "_prepared" in repr(getattr(callback, "__wrapped__", callback)), path


def test_a_folder_of_which_all_is_used_says_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(tmp_path)
    (tmp_path / ".hidden").write_text("x", "utf-8")
    assert told(tmp_path, capsys) == (0, [])
    assert evaluatie.load(data=tmp_path).unused == ()


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        ("municipal_result.csv", "municipal_result.csv", 1),  # nearly the name of a table
        ("old/municipal_results.csv", "old/municipal_results.csv", 1),
        ("municipal_results/GR2026.csv", "municipal_results/GR2026.csv", 1),  # beside the file
        ("counts.parquet", "counts.parquet", 1),
        ("notes.txt", "notes.txt", 1),
        ("letter.pdf", "letter.pdf", 0),
    ],
)
def test_files_beside_tables(
    name: str, said: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(tmp_path)
    own(tmp_path, name)
    assert told(tmp_path, capsys) == (code, [f"{tmp_path}: niet gebruikt: {said}."])
    assert told(tmp_path, capsys, "--lang", "en")[1] == [f"{tmp_path}: not used: {said}."]
    results = evaluatie.load(data=tmp_path)
    assert results.unused == (said,)
    assert f"Not used: {said}." in repr(results)


def test_columns_of_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own(tmp_path, more=",remark,Kleur", cell=",x,y")
    said = "municipal_results.csv: remark, Kleur"
    assert told(tmp_path, capsys) == (1, [f"{tmp_path}: niet gebruikt: {said}."])


def test_many_files_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own(tmp_path)
    for number in range(9):
        (tmp_path / f"{number}.txt").write_text("x", "utf-8")
    code, lines = told(tmp_path, capsys)
    assert code == 1
    assert lines == [
        f"{tmp_path}: niet gebruikt: 0.txt; 1.txt; 2.txt; 3.txt; 4.txt; en nog 4, die evaluatie "
        "validate alle noemt."
    ]


def test_rows_of_one_key_in_two_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(tmp_path, "municipal_results/a.csv")
    second = own(tmp_path, "municipal_results/b.csv")
    assert run([*ASKED, str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert f"{second}: twee bestanden van een tabel hebben dezelfde rij" in error
    assert "GR2026, GM0513, official" in error


def test_files_and_columns_beside_counts_that_are_read_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = own(tmp_path, "telling.csv", more=",remark", cell=",x")
    (tmp_path / "notes.txt").write_text("x", "utf-8")
    code, lines = told(tmp_path, capsys)
    assert code == 1
    assert lines[1:] == [f"{tmp_path}: niet gebruikt: notes.txt; {file}: remark."]


def test_sheets_that_are_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "telling.xlsx"
    counts = pd.DataFrame([ROW.split(",")], columns=HEADER.split(","))
    with pd.ExcelWriter(file) as book:
        counts.to_excel(book, sheet_name="Telling", index=False)
        pd.DataFrame({"a": [1]}).to_excel(book, sheet_name="Kladblok", index=False)
    code, lines = told(tmp_path, capsys)
    assert code == 1
    assert lines[1:] == [f"{tmp_path}: niet gebruikt: {file}: Kladblok."]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_tables_that_ingest_wrote_are_in_order(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own(tmp_path, "telling.csv")
    made = tmp_path / "made"
    assert run(["ingest", str(tmp_path / "telling.csv"), "--out", str(made), "--format", kind]) == 0
    capsys.readouterr()
    code, lines = told(made, capsys)
    assert code == 0
    assert not any("niet gebruikt" in line for line in lines)


def test_columns_that_ingest_writes_are_no_surprise() -> None:
    for name in LEVEL_TABLES.keys() & TABLES.keys():
        for column in set(LEVEL_TABLES[name].names) - set(TABLES[name].names):
            assert _INGESTED.fullmatch(column), column
