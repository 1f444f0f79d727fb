"""What a name and a note say, by the words of ``kinds.toml``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import pandas as pd

from evaluatie.ground.files import read_toml

OTHER = "other"


def words(table: str) -> Mapping[str, Sequence[str]]:
    """Return the words of ``kinds`` or ``looked_at``, the label that goes first first."""
    found: Mapping[str, Sequence[str]] = read_toml(Path(__file__).with_name("kinds.toml"))[table]
    return found


KINDS: tuple[str, ...] = (*words("kinds"), OTHER)


@cache
def _patterns(table: str) -> list[tuple[str, re.Pattern[str]]]:
    return [
        (label, re.compile("|".join(map(_pattern, listed))))
        for label, listed in words(table).items()
    ]


def _pattern(word: str) -> str:
    """A space at an end of a word is the edge of a word in the text."""
    begins = r"(?<!\w)" if word.startswith(" ") else ""
    ends = r"(?!\w)" if word.endswith(" ") else ""
    return begins + re.escape(word.strip()) + ends


def by_words(texts: pd.Series[str], table: str) -> pd.Series[str]:
    """Return the first label one of whose words stands in each text, else ``other``.

    Capitals do not matter; a space at an end of a word stands for the edge of a word.
    """
    places, found = pd.factorize(texts.fillna(""))
    labels = [
        next((label for label, each in _patterns(table) if each.search(text)), OTHER)
        for text in map(str.casefold, map(str, found))
    ]
    return pd.Series([labels[place] for place in places], index=texts.index, dtype="object")
