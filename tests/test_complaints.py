"""Errors in the reader's language: Dutch where nobody asks otherwise."""

from __future__ import annotations

import re

import pytest

from evaluatie.cli import run
from evaluatie.ground.complaints import complaint, in_words
from evaluatie.ground.errors import EstimationError, InputError, UnknownNameError
from evaluatie.ground.words import sentences


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
            "onbekende optie --vintge (bedoelt u --vintage?)",
            "--vintage",
        ),
        (["rates", "--foo"], "onbekende optie --foo (zie --help)", "unknown option --foo"),
        (["rats"], "onbekende opdracht rats (bedoelt u rates?)", "did you mean rates?"),
        (["export"], "DIR ontbreekt", "DIR is missing"),
        (["power", "foo"], "QUESTION kan niet 'foo' zijn (een van: seen", "cannot be 'foo'"),
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
    error = InputError(
        "ballots is not a number", file="f.csv", unit="line 2", value="3oo", expected="at least 2"
    )
    assert complaint(error) == (
        "f.csv, regel 2: ballots is geen getal; gevonden 3oo; verwacht minstens 2"
    )
    assert complaint(error, "en") == str(error)


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
