"""Sentences in Dutch and English, kept apart from code.

Each answer has one file, ``answers/<answer>/words.toml``, and what several share stands beside this
module, ``<room>.toml``; a sentence stands there in both languages side by
side. Placeholders carry the way a value is printed, so that no caller formats a number::

    [headline]
    nl = "{share:percent} van de {ballots:count} stembiljetten was ongeldig."
    en = "{share:percent} of {ballots:count} ballots were invalid."

``percent``, ``percent3``, ``percent1`` and ``percent0`` print a fraction as a percentage with two
decimals, three, one or none,
``change`` a relative change in percent with its sign, ``change0`` without decimals,
``points`` a difference of fractions in percentage points with its sign, ``points0`` the same
without a plus, ``count`` a whole number, ``ratio`` two decimals, ``p`` a p-value, ``date``
a day in words.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from evaluatie.ground import formatting
from evaluatie.ground.errors import UnknownNameError

__all__ = ["agreed", "rooms", "say", "sentences"]

_FOLDER = Path(__file__).parent
_ANSWERS = _FOLDER.parents[1] / "answers"


class _Formatter(string.Formatter):
    def __init__(self, lang: formatting.Language) -> None:
        self.lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:
        if not format_spec:
            return str(value)
        if format_spec in formatting.PRINTED:
            return formatting.PRINTED[format_spec](value, self.lang)
        raise ValueError(f"unknown way to print a value: {format_spec!r}")


@cache
def sentences(room: str) -> Mapping[str, Mapping[str, str]]:
    """Return the sentences of one room: key to language to template."""
    if room not in _files():
        raise UnknownNameError.of("room of sentences", room, rooms())
    content: Mapping[str, Mapping[str, str]] = tomllib.loads(_files()[room].read_text("utf-8"))
    return content


def rooms() -> list[str]:
    """Return the rooms that have sentences."""
    return sorted(_files())


@cache
def _files() -> Mapping[str, Path]:
    """Return the file of each room; that of an answer lies in its own folder."""
    shared = {path.stem: path for path in _FOLDER.glob("*.toml")}
    return shared | {path.parent.name: path for path in _ANSWERS.glob("*/words.toml")}


def say(key: str, lang: str = "nl", **values: object) -> str:
    """Fill in the sentence ``room.key`` in one language.

    Raises
    ------
    UnknownNameError
        For an unknown room, key or language.
    """
    room, _, name = key.partition(".")
    known = sentences(room)
    if name not in known:
        raise UnknownNameError.of(f"sentence in {room}", name, known)
    spoken = formatting.language(lang)
    filled = _Formatter(spoken).vformat(known[name][spoken], (), values)
    return agreed(filled)


_SINGULAR = {
    "municipalities": "municipality",
    "gemeenten": "gemeente",
    "stemmen": "stem",
    "zetels": "zetel",
    "stembureaus": "stembureau",
    "stembiljetten": "stembiljet",
    "verkiezingen": "verkiezing",
    "metingen": "meting",
    "tellingen": "telling",
    "rijen": "rij",
    "bestanden": "bestand",
    "cijfers": "cijfer",
    "bronnen": "bron",
    "uitspraken": "uitspraak",
    **{f"{noun}s": noun for noun in ("vote", "seat", "station", "ballot", "election", "count")},
    **{
        f"{noun}s": noun
        for noun in ("measurement", "unit", "row", "file", "figure", "source", "statement")
    },
}
_ONE_OF_THEM = re.compile(
    r"(?<![\w.,])(1|[ÉEé]én|[Oo]ne) "
    r"((?:(?!of |van |and |en |in |to |tot |uit |from )[a-z-]+ ){0,2}?)"
    rf"([a-z]*?)({'|'.join(_SINGULAR)})\b"
)
"""Sentences are written for several; with one, the noun that is counted is singular."""


def agreed(text: str) -> str:
    """Return a sentence whose counted nouns are singular where there is one of them."""
    return _ONE_OF_THEM.sub(_singular, text)


def _singular(found: re.Match[str]) -> str:
    return f"{found[1]} {found[2]}{found[3]}{_SINGULAR[found[4]]}"
