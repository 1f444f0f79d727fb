"""Words: every sentence in both languages, with the same blanks to fill in."""

from __future__ import annotations

import re
import string
import tomllib
from pathlib import Path

import pytest

import evaluatie
from evaluatie.answers import entries
from evaluatie.answers.data.show import HARMLESS
from evaluatie.ground import formatting
from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.words import rooms, say, sentences
from evaluatie.report import exhibits

PACKAGE = Path(evaluatie.__file__).parent


def blanks(template: str) -> set[tuple[str, str]]:
    # A caption also has conditions, and choices between words: see evaluatie.report.prose.
    template = re.sub(r"\{[?!]?([a-z0-9_]+)\?[^{}]*\}|\{[?!]([a-z0-9_]+)\}", r"{\1\2}", template)
    return {
        (name, how or "")
        for _, name, how, _ in string.Formatter().parse(template)
        if name is not None
    }


@pytest.mark.parametrize("room", rooms())
def test_both_languages_say_the_same(room: str) -> None:
    for key, spoken in sentences(room).items():
        assert set(spoken) == {"nl", "en"}, f"{room}.{key}"
        assert blanks(spoken["nl"]) == blanks(spoken["en"]), f"{room}.{key}"


def test_a_column_has_a_heading_in_both_languages_or_in_none() -> None:
    for entry in entries():
        forms = [made.columns for made in entry.tables]
        forms += [form for command in entry.commands for form in command.forms]
        for column in (each for form in forms for each in form):
            assert bool(column.nl) == bool(column.en), (entry.name, column.name)
            assert column.nl or column.about, (entry.name, column.name)


def test_every_reason_of_the_published_rules_is_worded() -> None:
    rules = tomllib.loads((PACKAGE / "answers" / "published" / "rules.toml").read_text("utf-8"))
    for rule in rules.values():
        for key in rule.get("why", ()):
            assert say(f"published.why_{key}", "nl")


def test_every_oddity_that_the_report_may_list_is_worded() -> None:
    for rule in set(evaluatie.load_table("known_exceptions")["rule"]) - set(HARMLESS):
        assert say(f"common.{rule}", "nl") != say(f"common.{rule}", "en")


def test_every_publisher_of_the_catalogue_is_worded() -> None:
    catalogue = tomllib.loads((PACKAGE / "sources" / "catalogue.toml").read_text("utf-8"))
    worded = {each["en"] for key, each in sentences("data").items() if "publisher_" in key}
    assert {source["publisher"] for source in catalogue["source"]} <= worded


def test_every_source_and_sheet_has_a_dutch_name() -> None:
    catalogue = tomllib.loads((PACKAGE / "sources" / "catalogue.toml").read_text("utf-8"))
    for source in catalogue["source"]:
        assert source["title_nl"] != source["title"]
    names = tomllib.loads((PACKAGE / "report" / "export" / "names.toml").read_text("utf-8"))
    assert set(exhibits.TABLES) <= set(names)


@pytest.mark.parametrize(
    ("how", "value", "nl", "en"),
    [
        ("percent", 0.0048, "0,48%", "0.48%"),
        ("percent1", 0.783, "78,3%", "78.3%"),
        ("points", 0.0018, "+0,18", "+0.18"),
        ("points", -0.0018, "−0,18", "−0.18"),
        ("points", -1e-9, "0,00", "0.00"),
        ("count", 131478, "131.478", "131,478"),
        ("p", 0.0279, "0,028", "0.028"),
        ("p", 1e-9, "< 0,001", "< 0.001"),
        ("percent", float("nan"), ".", "."),
        ("count", None, ".", "."),
    ],
)
def test_numbers_as_dutch_and_english_readers_expect(
    how: str, value: float | None, nl: str, en: str
) -> None:
    printers = {
        "percent": formatting.percent,
        "percent1": lambda v, lang: formatting.percent(v, lang, 1),
        "points": formatting.points,
        "count": formatting.count,
        "p": formatting.p_value,
    }
    assert printers[how](value, "nl") == nl
    assert printers[how](value, "en") == en


def test_unknown_words_are_named() -> None:
    with pytest.raises(UnknownNameError, match="several"):
        say("rates.severl")
    with pytest.raises(UnknownNameError, match="rates"):
        say("rate.several")
    with pytest.raises(UnknownNameError, match="language"):
        say("common.blank", "de")
