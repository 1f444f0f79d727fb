"""The command line: readable, exit codes kept, one line on bad input."""

from __future__ import annotations

import csv
import functools
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluatie.cli import run

HEADER = (
    "election,municipality_code,municipality,vintage,"
    "eligible,ballots,valid,blank,invalid,rejected,source\n"
)


def test_rates_prints_a_table_a_sentence_and_assumptions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["rates", "--election", "GR2026"]) == 0
    shown = capsys.readouterr().out
    assert "0,65%" in shown  # 2,750 of 420,469
    assert "Per stembiljet" in shown
    assert "officieel" in shown


def test_english_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rates", "-e", "GR2026", "--lang", "en"]) == 0
    assert "0.65%" in capsys.readouterr().out


def test_where_only_print_is_known_bounds_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rates", "-e", "EP2024", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["table"]
    five = rows[0]
    assert five["group"] == "experiment"
    # The printed 0.74% of the five together is one of the facts that bound it.
    assert 0.0073 < five["bound_low"] <= five["bound_high"] < 0.00751
    apart = [row for row in rows if row["group"] == "municipality"]
    assert len(apart) == 5
    assert all(row["bound_low"] < row["bound_high"] for row in apart)
    assert sum(row["count_low"] for row in apart) <= five["count_low"]
    assert run(["rates", "-e", "EP2024"]) == 0
    assert "Grenzen" in capsys.readouterr().out


def test_json_is_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rates", "-e", "TK2023", "--by", "election", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert set(content) == {
        *("table", "sentence", "assumptions", "seed", "sources", "left_out"),
    }
    assert content["table"][0]["estimate"] == pytest.approx(22_822 / 10_475_203)
    assert set(content["sentence"]) == {"nl", "en"}


def test_csv_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rates", "-e", "TK2023", "--by", "municipality", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 346
    assert float(rows[0]["estimate"]) < 1


def test_published_exits_1_because_a_figure_is_contradicted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["published"]) == 1
    assert "klopt niet" in capsys.readouterr().out


def test_data_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "check"]) == 0
    assert "municipal_results" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rates", "-e", "GR2062"], "unknown election 'GR2062' (did you mean 'GR2026'?)"),
        (["rates", "-m", "Goude"], "unknown municipality 'Goude' (did you mean 'Gouda'?)"),
        (["rates", "--outcome", "spoilt"], "spoilt"),
        (["rates", "--data", "absent"], "absent: there is no such data folder"),
        (["rates", "-e", "GR2018"], "no municipality voted with the new ballot"),
        (["rates", "-e", "EP2024", "-m", "Boekel"], "no municipality has best counts of invalid"),
        (["rates", "--json", "--csv"], "choose one of --json and --csv"),
        (["rates", "--by", "province"], "province"),
        (["rate"], "rate"),
        (["report", "--format", "html,docx2"], "unknown format 'docx2'"),
        (["report", "--format", "html", "--format", "xls"], "unknown format 'xls'"),
        (["report", "--format", ","], "unknown format ''"),
        (["report", "--lang", "nl,de"], "unknown language 'de'"),
        (["data", "build", "--raw", "absent"], "absent"),
    ],
)
def test_bad_input_is_one_line_on_stderr_and_exit_code_2(
    words: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([*words, "--lang", "en"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("evaluatie: ")
    assert shown.err.count("\n") == 1
    assert message in shown.err
    assert "Traceback" not in shown.err
    assert list(tmp_path.iterdir()) == []


def test_a_broken_table_names_file_line_and_value(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    line = "GR2026,GM0513,Gouda,official,60000,3oooo,29700,100,200,300,own\n"
    (tmp_path / "municipal_results.csv").write_text(HEADER + line, "utf-8")
    assert run(["rates", "--data", str(tmp_path)]) == 2
    assert "municipal_results.csv, regel 2: ballots is geen getal; gevonden 3oooo" in (
        capsys.readouterr().err
    )


def test_own_counts_are_marked_and_used(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    line = "GR2026,GM0513,Gouda,official,60000,30000,29700,100,200,300,own\n"
    (tmp_path / "municipal_results.csv").write_text(HEADER + line, "utf-8")
    assert run(["rates", "-e", "GR2026", "-m", "Gouda", "--json", "--data", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["table"][0]["estimate"] == pytest.approx(200 / 30_000)
    assert told["sources"] == ["own"]


def test_hostile_names_reach_neither_terminal_nor_spreadsheet(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = '"=HYPERLINK(""x"")\x1b[31m<script>"'
    line = f"GR2026,GM9999,{name},official,600,300,298,1,1,2,own\n"
    (tmp_path / "municipal_results.csv").write_text(HEADER + line, "utf-8")
    words = ["rates", "-e", "GR2026", "-m", "GM9999", "--data", str(tmp_path)]
    assert run(words) == 1  # no municipality ever had this code, which is told
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert run([*words, "--csv"]) == 1
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["municipality"].startswith("'=")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for command in ("report", "rates", "published", "data"):
        assert command in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_the_module_runs_and_a_closed_pipe_is_no_error() -> None:
    words = [sys.executable, "-m", "evaluatie", "rates", "--by", "municipality"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == b""


@pytest.mark.skipif(os.name == "nt", reason="streams as on Unix")
@pytest.mark.parametrize("words", ["rates --csv", "rates -e GR2026", "--version", "--help"])
def test_an_output_that_is_full_is_one_line_and_a_closed_one_nothing(words: str) -> None:
    asked = f"{sys.executable} -m evaluatie {words}"
    shell = functools.partial(
        subprocess.run, shell=True, check=False, capture_output=True, text=True
    )
    full = shell(f"{asked} >/dev/full")
    assert full.returncode == 2
    assert full.stderr == "evaluatie: stdout: hier kan niet worden geschreven (de schijf is vol)\n"
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        made = shell(f"{asked} {closed}")
        assert (made.returncode, made.stderr) == (0, "")
    for nowhere in ("2>&-", "2>/dev/full"):
        assert shell(f"{asked} --foo {nowhere}").returncode == 2


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["rates", "--data", ""], "--data"),
        (["rates", "--data="], "--data"),
        (["ingest", "x.csv", "--out", ""], "--out"),
        (["rates", "-e", ""], "-e"),
        (["validate", ""], "FILES"),
        (["validate", "x.csv", ""], "FILES"),
    ],
)
def test_a_variable_that_was_not_set_is_no_folder(
    words: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    assert capsys.readouterr() == ("", f"evaluatie: bij {named} hoort een waarde\n")


def test_a_name_that_is_too_long_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.csv").write_text(OWN.format(ballots=32000))
    assert run(["ingest", str(tmp_path / "own.csv"), "--out", str(tmp_path / ("a" * 300))]) == 2
    told = capsys.readouterr().err
    assert told.endswith("niet te lezen (de naam is te lang)\n")
    assert told.count("\n") == 1


OWN = (
    "election,municipality_code,municipality,vintage,eligible,ballots,valid,blank,invalid,source\n"
    "GR2026,GM0513,Gouda,official,56000,{ballots},31770,70,160,own\n"
)


def test_ingest_says_that_counts_contradict_themselves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No command would load them, so that whoever scripts must not get 0."""
    for ballots, code in ((32000, 0), (32001, 1)):
        (tmp_path / "own.csv").write_text(OWN.format(ballots=ballots))
        words = ["ingest", str(tmp_path / "own.csv"), "--out", str(tmp_path / "out")]
        assert run([*words, "--lang", "en"]) == code
    told = " ".join(capsys.readouterr().out.split())
    assert "Gouda at GR2026 break valid+blank+invalid=ballots; found 32000; expected 32001." in told
    assert told.endswith("findings: 1.")


def commands() -> list[list[str]]:
    from typer.main import get_command

    from evaluatie.cli.app import app

    top: Any = get_command(app)
    groups, inner = top.list_commands(None), top.commands["data"].commands
    return [[], *([name] for name in groups), *(["data", name] for name in inner)]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_help_fits_eighty_columns_without_cutting_a_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*words, "--help"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "..." not in shown.partition("\n")[2]
    assert "\x1b" not in shown
    # No words of Python.
    assert not re.search(r"[Pp]ath\b|list\[|[{}]", shown)


def test_an_election_and_the_folder_for_the_files_are_asked_the_same_way_everywhere() -> None:
    from typer.main import get_command

    from evaluatie.cli.app import app

    top: Any = get_command(app)
    every = [top.get_command(None, name) for name in top.list_commands(None)]
    options = [option for command in every for option in command.params]
    assert {each.metavar for each in options if each.name == "election"} == {"ID"}
    out = [each.opts for each in options if each.name == "out"]
    assert out == [["--out"]] * 3


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is a Unix thing")
@pytest.mark.parametrize("words", [["rates", "-e", "GR2026"], ["before-after"], ["published"]])
def test_on_a_terminal_of_eighty_columns_nothing_is_wider(words: list[str]) -> None:
    import os
    import pty

    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm"}
    child = subprocess.Popen(
        [sys.executable, "-m", "evaluatie", *words],
        stdout=theirs,
        stderr=theirs,
        env=environment,
        close_fds=True,
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # Linux tells the end of a terminal so
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    assert child.wait(timeout=120) in (0, 1)
    lines = b"".join(parts).decode("utf-8").splitlines()
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("leeg.xml", b"", "leeg.xml: the file is empty"),
        ("kort.xml", b"<a/>", "kort.xml"),
        ("tekst.txt", b"hello", "tekst.txt: nothing but plain text"),
        ("tabel.csv", b"a,b\n1,2\n", "tabel.csv: not a file with counts that is known here"),
    ],
)
def test_a_file_that_is_no_count_is_refused_by_name(
    name: str, content: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for words in (["validate", str(path)], ["ingest", str(path), "--out", str(tmp_path / "out")]):
        assert run([*words, "--lang", "en"]) == 2
        told = capsys.readouterr().err
        assert message in told
        assert told.count("\n") == 1


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_counts_in_no_estimate_are_named_with_their_exit_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, form: list[str]
) -> None:
    counts = ",GM0513,Gouda,official,60000,30000,29700,100,200,300,own\n"
    file = tmp_path / "municipal_results.csv"
    for election, code in (("GR2030", 1), ("GR2026", 0)):
        file.write_text(HEADER + election + counts, "utf-8")
        assert run(["validate", str(file), *form]) == code
        assert ("Niet in het plan" in capsys.readouterr().out) == bool(code)


def test_a_list_without_names_is_refused_in_dutch(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--lang", ","]) == 2
    assert capsys.readouterr().err == "evaluatie: onbekende taal: '' (een van: nl, en)\n"
