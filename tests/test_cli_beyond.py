"""Commands beyond the invalid vote, as an adviser uses them: both languages, every form."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from evaluatie.answers.reasons import template
from evaluatie.cli import run

COMMANDS = {
    "personal-vote": ["personal-vote"],
    "personal-vote municipalities": ["personal-vote", "municipalities"],
    "reasons": ["reasons"],
    "scale-up": ["scale-up", "-e", "GR2026"],
    "stations": ["stations", "-e", "GR2026"],
    "seats": ["seats"],
    "seats of the House": ["seats", "-e", "TK2023"],
    "stake": ["seats", "stake", "-m", "Gouda"],
    "stake of the House": ["seats", "stake", "-e", "TK2025"],
    "law": ["seats", "law", "-e", "GR2026"],
}


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """SIMULATED counts: one in every cell of a template for Alphen aan den Rijn, and 2 of one."""
    text = template("TK2025", ["GM0484"])
    lines = [
        line if line.startswith(("#", "election")) else line + "1" for line in text.splitlines()
    ]
    lines = [line.replace("nonexistent_number,1", "nonexistent_number,2") for line in lines]
    path = tmp_path / "reasons.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", COMMANDS)
def test_text_in_both_languages(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for lang in ("nl", "en"):
        assert run([*COMMANDS[name], "--lang", lang]) == 0
        said[lang] = capsys.readouterr().out
        # A heading, rows, a sentence, assumptions; no hole in a sentence.
        assert "───" in said[lang]
        assert "\n  - " in said[lang]
        assert "{" not in said[lang]
        assert "nan" not in said[lang].split()
        prose = said[lang].split("\n\n")[-1].split("\n  - ")[0]
        assert " . " not in " ".join(prose.split())
    assert said["nl"] != said["en"]


@pytest.mark.parametrize("name", COMMANDS)
def test_json_and_csv_hold_the_same_table(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMMANDS[name], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["sentence"]) == {"nl", "en"}
    assert run([*COMMANDS[name], "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == len(told["table"]) > 0
    assert list(rows[0]) == list(told["table"][0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["seats", "-e", "TK2205"], "did you mean 'TK2025'"),
        # Enkhuizen has a list of one candidate, whose second seat went to another list.
        (["seats", "-e", "GR2022"], "Enkhuizen: the seats given do not follow from the votes"),
        (["seats", "-e", "TK2025", "-m", "Gouda"], "not divided by municipality"),
        (["seats", "-m", "Goudaa"], "did you mean 'Gouda'"),
        (["seats", "stake", "-m", "Utrecht"], "the new ballot was not used there"),
        (["seats", "stake", "-e", "EP2024"], "ballots per municipality are not public"),
        (["seats", "stake", "-e", "GR2018"], "GR2018"),
        (["reasons", "--show", "rules"], "a filled-in template"),
        (["reasons", "nowhere.csv"], "nowhere.csv"),
        (["reasons", "--template", "TK2099"], "did you mean 'TK2025'"),
        (["scale-up", "-e", "GR2062"], "did you mean 'GR2026'"),
        (["scale-up", "-e", "EP2024"], "no municipality has a known number of ballots"),
    ],
)
def test_wrong_input_is_one_clear_line(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--lang", "en"]) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err.count("\n") == 1
    assert words in caught.err


def test_reasons_under_other_rules(filled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reasons", str(filled), "--show", "rules", "--csv"]) == 0
    rows = {row["rule"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    # Seven reasons, of which one twice; party_only is valid as held.
    assert {rule: int(row["invalid"]) for rule, row in rows.items()} == {
        "as_held": 8,
        "nonexistent_counts": 6,
        "party_only_invalid": 9,
    }
    assert run(["reasons", str(filled), "--show", "change"]) == 2
    assert "voor een verandering zijn twee verkiezingen nodig" in capsys.readouterr().err


def test_template_says_what_each_reason_rests_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reasons", "--template", "TK2025", "--lang", "nl"]) == 0
    comments = [line for line in capsys.readouterr().out.splitlines() if line.startswith("#")]
    assert any("party_only" in line and "aankondiging van de bijlage" in line for line in comments)
    assert any("nonexistent_number" in line and "afgeleid" in line for line in comments)
    assert any("bijlage bij model Na 31-2 was er niet" in line for line in comments)


def test_personal_votes_follow_the_users_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def treated(*more: str) -> set[tuple[int, int]]:
        assert run(["personal-vote", "--json", *more]) == 0
        rows = json.loads(capsys.readouterr().out)["table"]
        return {(row["n_treated"], row["n_comparison"]) for row in rows}

    assert treated() == {(9, 17)}
    (tmp_path / "design.toml").write_text('[new_ballot]\nGR2026 = ["GM0513"]\n', "utf-8")
    assert {n for n, _ in treated("--data", str(tmp_path))} == {1}
