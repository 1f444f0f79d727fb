"""Commands beyond the invalid vote, as an adviser uses them: both languages, every form."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from evaluatie.answers.entry import Command
from evaluatie.answers.evidence import load_reasons
from evaluatie.cli import derived, run

COMMANDS = {
    "personal-vote": ["personal-vote"],
    "personal-vote municipalities": ["personal-vote", "municipalities"],
    "evidence": ["evidence"],
    "reasons": ["reasons"],
    "scale-up": ["scale-up", "-e", "GR2026"],
    "stations": ["stations", "-e", "GR2026"],
    "seats": ["seats"],
    "seats of the House": ["seats", "-e", "TK2023"],
    "stake": ["seats", "stake", "-m", "Gouda"],
    "stake of the House": ["seats", "stake", "-e", "TK2025"],
    "law": ["seats", "law", "-e", "GR2026"],
}


@pytest.fixture(autouse=True)
def answered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute each answer on the shipped counts once for all forms that it is printed in."""
    monkeypatch.setattr(derived, "answered", _answered)


def _answered(command: Command, given: dict[str, object]) -> object:
    key = (command.word, repr(given))
    if given["data"] is not None:
        return ANSWERED(command, given)
    if key not in KEPT:
        KEPT[key] = ANSWERED(command, given)
    return KEPT[key]


ANSWERED, KEPT = derived.answered, dict[tuple[str, str], object]()


@pytest.mark.parametrize("name", COMMANDS)
def test_text_in_both_languages(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = {}
    for lang in ("nl", "en"):
        assert run([*COMMANDS[name], "--lang", lang]) == 0
        said[lang] = capsys.readouterr().out
        # A heading, rows, a sentence, assumptions; no hole in a sentence.
        assert "───" in said[lang]
        heading = {"nl": "\nAannames:\n- ", "en": "\nAssumptions:\n- "}[lang]
        assert heading in said[lang] or name == "evidence"  # which assumes nothing
        assert "{" not in said[lang]
        assert "nan" not in said[lang].split()
        prose = said[lang].split(heading)[0].split("\n\n")[-1]
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
        (["reasons", "--show", "rules"], "a filled-in table"),
        (["reasons", "nowhere.csv"], "nowhere.csv"),
        (["evidence", "nowhere.csv"], "nowhere.csv"),
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


def test_a_template_filled_in_gives_the_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """SIMULATED counts: one of every reason in Alphen aan den Rijn, and 2 of one."""
    path = tmp_path / "evidence.csv"
    assert run(["evidence", "--template", str(path), "--lang", "nl"]) == 0
    assert str(path) in capsys.readouterr().out.replace("\n", "")
    counts = dict.fromkeys(load_reasons(), 1) | {"nonexistent_number": 2}
    row = "reasons,TK2025,GM0484,{},{},ballots,,own,bijlage,2025-11-01,,,,\n"
    with path.open("a", encoding="utf-8") as rows:
        rows.writelines(row.format(*each) for each in counts.items())
    for words in ([str(path)], ["--data", str(tmp_path)]):
        assert run(["reasons", *words, "--show", "rules", "--csv"]) == 0
        told = csv.DictReader(io.StringIO(capsys.readouterr().out))
        # Seven reasons, of which one twice; party_only is valid as held.
        assert {each["rule"]: int(each["invalid"]) for each in told} == {
            "as_held": 8,
            "nonexistent_counts": 6,
            "party_only_invalid": 9,
        }
    assert run(["evidence", str(path), "--show", "rows", "--csv"]) == 0
    assert capsys.readouterr().out.count("bijlage") == len(counts)


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
