"""The questions of the evaluation, one folder each; this list is the only registry.

It stands in the order of the report and imports nothing heavy: the command line lists its
commands from here, and :func:`entries` gives what a folder declares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from evaluatie.ground.errors import UnknownNameError

if TYPE_CHECKING:
    from evaluatie.answers.entry import Entry

__all__ = ["ANSWERS", "COMMANDS", "declared", "entries"]

ANSWERS: Mapping[str, Mapping[str, str]] = {
    "summary": {"summary": "The answer in a few sentences."},
    "data": {},
    "changed": {},
    "quality": {"quality": "Implausible counts, by official thresholds and more."},
    "rates": {
        "rates": "Shares of invalid, blank or rejected votes.",
        "before-after": "Shares before and with the new ballot: no effect yet.",
    },
    "published": {
        "published": "Printed figures beside what the counts give.",
        "statements": "What the House was told, beside the counts.",
    },
    "effect": {"effect": "The effect of the new ballot, where few used it."},
    "learning": {"learning": "Whether voters who met the ballot before do better."},
    "stations": {"stations": "Where within municipalities: shares by polling station."},
    "first_counts": {
        "first-counts": "What first counts hide, beside the official count.",
    },
    "personal_vote": {
        "personal-vote": "Votes on persons, and numbers that draw votes by mistake.",
    },
    "sheets": {},
    "power": {"power": "What the experiment could have seen, by simulation."},
    "evidence": {
        "evidence": "What is in on each subject of the evaluation.",
        "reasons": "Why ballots were invalid.",
    },
    "seats": {"seats": "Could a seat turn on a few votes?"},
    "scale_up": {"scale-up": "How many extra invalid votes national use would bring."},
}
"""Folder of each question, in the order of the report, to its commands and what these do."""

COMMANDS: Mapping[str, tuple[str, str]] = {
    command: (name, words) for name, own in ANSWERS.items() for command, words in own.items()
}
"""Command to the question that it belongs to, and what it does."""


@cache
def declared(name: str) -> Entry:
    """Return what the folder of a question declares.

    Raises
    ------
    UnknownNameError
        For an unknown question, with the nearest name.
    """
    if name not in ANSWERS:
        raise UnknownNameError.of("answer", name, ANSWERS)
    found: Entry = import_module(f"evaluatie.answers.{name}").ENTRY
    return found


def entries() -> Iterator[Entry]:
    """Yield what every folder declares, in the order of the report."""
    yield from map(declared, ANSWERS)
