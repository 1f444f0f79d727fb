"""Errors in the reader's language: Dutch where nobody asks otherwise."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest
from messages import SLOT, messages, of_filter, phrases

import evaluatie
from evaluatie.answers.rates import show
from evaluatie.cli import run
from evaluatie.counts.schema import TABLES
from evaluatie.ground.complaints import complaint, in_words
from evaluatie.ground.errors import EstimationError, InputError, UnknownNameError
from evaluatie.ground.tables import Column
from evaluatie.ground.words import sentences
from evaluatie.sources.detect import _HEADERS, _MAGIC, OWN_TABLE, SUPPORTED
from evaluatie.sources.eml_lists import OTHER_IDS


@pytest.mark.parametrize(
    ("words", "nl", "en"),
    [
        (["rates", "-e", "GR2062"], "onbekende verkiezing: 'GR2062' (bedoelt u", "did you mean"),
        (
            ["rates", "--outcome", "invalidd"],
            "--outcome kan niet 'invalidd' zijn (bedoelt u 'invalid'? een van: invalid, blank,",
            "--outcome cannot be 'invalidd' (did you mean 'invalid'? one of invalid, blank,",
        ),
        (
            ["rates", "--vintge", "x"],
            "onbekende optie: '--vintge' (bedoelt u --vintage?)",
            "--vintage",
        ),
        (["rates", "--foo"], "onbekende optie: '--foo' (zie --help)", "unknown option '--foo'"),
        (["rats"], "onbekende opdracht: 'rats' (bedoelt u rates?)", "did you mean rates?"),
        (["ingest", "--out", "x"], "FILES ontbreekt", "FILES is missing"),
        (["report", "--out", "a", "--out", "b"], "--out kan één keer", "given once"),
        (["learning", "foo"], "ESTIMAND kan niet 'foo' zijn (een van: within", "cannot be 'foo'"),
        (["power", "--simulate", "x"], "--simulate kan niet 'x' zijn (een geheel getal)", "whole"),
        (["power", "--design", "nine-ish"], "onbekende opzet: 'nine-ish'", "unknown design"),
        (["effect", "--scale"], "bij --scale hoort een waarde", "--scale needs a value"),
        (["rates", "x"], "x is een woord te veel", "x is one word too many"),
        (["rates", "--json", "--csv"], "kies een van --json en --csv", "choose one of"),
        (["seats", "-e", "GR2022", "-e", "GR2026"], "--election kan één keer", "given once"),
        (["rates", "--sort", "estimat"], "onbekende kolom: 'estimat'", "did you mean 'estimate'?"),
        (["rates", "--top", "0"], "--top kan niet kleiner zijn dan 1", "below 1"),
        (["effect", "-m", "Zwolle"], "gemeente met het nieuwe stembiljet bij GR2026", "one of"),
        (["effect", "--comparison", "Goudaa"], "onbekende gemeente: 'Goudaa'", "did you mean"),
    ],
)
def test_what_is_wrong_with_a_command_is_said_in_both_languages(
    words: list[str], nl: str, en: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for lang, expected in (("nl", nl), ("en", en)):
        asked = [] if lang == "nl" else ["--lang", "en"]
        assert run([words[0], *asked, *words[1:]]) == 2
        told = capsys.readouterr().err
        assert expected in told
        assert "Value error" not in told
        assert told.count("\n") == 1


def test_values_stay_and_phrases_are_put_in_dutch() -> None:
    for column in ("blank", "invalid", "ballots", "election"):
        said = complaint(InputError(f"{column} is not a number"))
        assert said == f"{column} is geen getal"  # as it stands in the file
    error = InputError(
        "ballots is not a number", file="f.csv", unit="line 2", value="3oo", expected="at least 2"
    )
    assert complaint(error) == (
        "f.csv, regel 2: ballots is geen getal; gevonden 3oo; verwacht minstens 2"
    )
    assert complaint(error, "en") == str(error)


def test_a_column_that_is_declared_and_not_made_names_the_file_to_make_it_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = (*show.MUNICIPALITIES, Column("one_in", about="ballots per invalid vote"))
    monkeypatch.setattr(show, "MUNICIPALITIES", more)
    with pytest.raises(InputError, match="column 'one_in' is declared") as caught:
        evaluatie.rates(evaluatie.load("GR2026"), by="municipality")
    error = caught.value
    assert error.file == str(PACKAGE / "answers" / "rates" / "analyse.py")
    error.file = None
    said = "kolom 'one_in' staat in show.py van antwoord 'rates' en wordt niet gemaakt"
    assert complaint(error) == said


def test_what_ends_in_who_was_left_out_is_dutch_to_the_end() -> None:
    error = EstimationError(
        "no municipality voted with the new ballot. Without Gouda and Leiden, because no count of "
        "GR2026 is known there"
    )
    assert complaint(error) == (
        "geen gemeente stemde met het nieuwe stembiljet. Zonder Gouda en Leiden, omdat daarvan "
        "geen telling van GR2026 bekend is"
    )


def test_a_name_with_quotes_or_pattern_characters_is_only_a_name() -> None:
    for name in ("'s-Gravenhag", "(.*)", "{x}"):
        assert name in in_words(UnknownNameError.of("municipality", name, ["Gouda"]).message)


ENGLISH = {
    *(
        "the",
        "are",
        "not",
        "no",
        "and",
        "with",
        "than",
        "must",
        "every",
        "an",
        "has",
        "have",
        "does",
    ),
    *("that", "which", "needs", "cannot", "more", "between", "too", "two", "from", "other", "by"),
}
PACKAGE = Path(evaluatie.__file__).parent
FILTER = PACKAGE.parent / "report/styles/crossref.lua"


def english(text: str) -> set[str]:
    """Words of a Dutch sentence that only English has; what stands in quotes is a name."""
    return set(re.findall(r"[a-z]+", re.sub(r"'[^']*'", "", text).lower())) & ENGLISH


def test_every_error_of_the_package_is_said_in_dutch() -> None:
    found, open_ends = messages(PACKAGE)
    assert len(found) > 500
    # What the filter of the report says is read from the filter, below.
    assert [Path(each.file).name for each in open_ends] == ["pandoc.py"]
    assert [each for each in found if in_words(each.text) == each.text] == []
    assert [each for each in found if english(in_words(each.text))] == []


def test_where_an_error_stands_and_what_it_expects_are_said_in_dutch() -> None:
    found = phrases(PACKAGE)
    assert len(found) > 100
    assert [each for each in found if english(in_words(each.text))] == []


def test_what_a_column_asks_and_whom_the_plan_leaves_out_is_said_in_dutch() -> None:
    columns = [column for table in TABLES.values() for column in table.columns]
    asked = {column.description for column in columns if column.pattern}
    asked |= {column.type for column in columns} - {"string"}
    asked |= {each.reason for each in evaluatie.load_design().exclusions}
    assert [each for each in asked if in_words(each) == each or english(in_words(each))] == []


def test_what_a_file_looks_like_is_said_in_dutch() -> None:
    looks = [*_MAGIC.values(), *OTHER_IDS.values(), "signature", "plain text", SUPPORTED, OWN_TABLE]
    looks += [each.name for each in _HEADERS if each.reader == "none"]
    looks += ["binary data", "a web page (HTML)", "an OSV file, but not of layout OSV4-3"]
    looks += ["XML with root element 'a' in namespace 'b'", "EML of the unknown kind '9'"]
    assert [each for each in looks if in_words(each) == each and each != "a PDF document"] == []
    assert [each for each in looks if english(in_words(each))] == []


@pytest.mark.parametrize(
    "cause", [errno.ENOENT, errno.EACCES, errno.EISDIR, errno.ENOTDIR, errno.ENOSPC, errno.EROFS]
)
def test_causes_of_the_operating_system_are_said_in_dutch(cause: int) -> None:
    said = in_words(os.strerror(cause))
    assert said != os.strerror(cause)
    assert not english(said)


def test_words_for_no_value_are_dutch_and_values_are_left_alone() -> None:
    for value, nl in (("an empty cell", "een lege cel"), ("12 characters", "12 tekens")):
        assert f"; gevonden {nl}" in complaint(InputError("the file is empty", value=value))
    for value in ("election", "official", "the table", "no municipality"):
        assert complaint(InputError("the file is empty", value=value)).endswith(f" {value}")
    assert str(InputError("it is", value="found")).endswith("; found found")


def test_a_message_that_nobody_put_in_dutch_is_found(tmp_path: Path) -> None:
    (tmp_path / "room.py").write_text(
        "def _bad(message):\n"
        "    return InputError(message, rule='x')\n"
        "def read(n, kind):\n"
        "    where = 'here' if n else 'there'\n"
        "    if n > 1:\n"
        "        raise _bad(f'nobody said {n} {where}')\n"
        "    raise EstimationError('too ' + kind if kind else 'nothing', rule='x')\n",
        "utf-8",
    )
    found, open_ends = messages(tmp_path)
    assert open_ends == []
    assert sorted(each.text for each in found) == [
        f"nobody said {SLOT.format(1)} here",
        f"nobody said {SLOT.format(1)} there",
        "nothing",
        f"too {SLOT.format(9)}",
    ]
    assert all(in_words(each.text) == each.text for each in found)


@pytest.mark.skipif(not FILTER.exists(), reason="the filter stands in the checkout")
def test_what_the_filter_of_the_report_finds_is_said_in_dutch() -> None:
    lua = FILTER.read_text("utf-8")
    found = of_filter(lua)
    assert len(found) == len(re.findall(r"\bfail\(", lua)) - 1  # all but its definition
    assert [each for each in found if in_words(each) == each or english(in_words(each))] == []


def test_every_pattern_finds_its_own_sentence() -> None:
    for said in sentences("errors").values():
        filled = re.sub(r"\{(\w+)\}", r"<\1>", said["en"])
        assert in_words(filled) == re.sub(r"\{(\w+)\}", r"<\1>", said["nl"])


@pytest.mark.parametrize("words", [[], ["data"]])
def test_without_a_command_the_commands_are_shown(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run(words) == 0
    shown = capsys.readouterr()
    assert "Commands:" in shown.out
    assert shown.err == ""
    assert max(map(len, shown.out.splitlines())) <= 80


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "niets dan koppen zonder rijen, zonder tellingen"),
        ("GR2026;GM0513;Gouda;official\n", "regel 2: de rij bevat geen aantal stemmen"),
        ('GR2026;GM0513;"Gouda;official;1;1;0;0\n', "(een aanhalingsteken wordt niet gesloten)"),
        ("GR2026;GM0513;Gouda;laatste;1;1;0;0\n", "verwacht official of provisional"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_in_dutch(
    rows: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.csv"
    head = "election;municipality_code;municipality;vintage;ballots;valid;blank;invalid\n"
    path.write_text(head + rows, "utf-8")
    assert run(["validate", str(path)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xd8\xff\xe0" + bytes(100), "het lijkt op een JPEG-afbeelding; verwacht"),
        (b"PK\x03\x04" + bytes(40), "geen gaaf zip-archief (het is geen zip-bestand)"),
        (b'<EML Id="510"></EML>', "XML met 'EML' als eerste element, zonder naamruimte"),
    ],
)
def test_a_file_that_is_no_table_is_told_in_dutch(
    content: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert run(["validate", str(path)]) == 2
    assert said in capsys.readouterr().err


def test_counts_that_contradict_themselves_are_told_in_one_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "election;municipality_code;municipality;vintage;ballots;valid;blank;invalid\n"
        "GR2026;GM0513;Gouda;official;34998;34600;63;291\n"
    )
    assert run(["validate", str(path)]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "de tellingen van Gouda bij GR2026 voldoen niet aan" in told
    assert "gevonden 34954; verwacht 34998" in told


def test_the_language_may_stand_before_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--lang", "en", "rates", "-e", "GR2099"]) == 2
    assert "unknown election" in capsys.readouterr().err
    assert run(["--lang", "en"]) == 0
    assert "Commands:" in capsys.readouterr().out
