"""Sentences before they are spoken, and who was left out of an answer, said as one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.words import say

LEFT_OUT = ("election", "baseline", "municipality_code", "municipality", "group", "reason")
"""Columns of :attr:`Answer.left_out`."""

_NAMED = 3
"""Municipalities that a sentence names; of the others it gives the number."""


@dataclass(frozen=True)
class Statement:
    """One sentence before it is spoken: a key of the words, and its values.

    Attributes
    ----------
    key
        Such as ``rates.versus``: the answer, and the sentence in its ``words.toml``.
    values
        Numbers and names to fill in, by name; a row of a table will do. A value may itself be
        words: text such as ``"@common.official"`` is a key, a mapping holds both languages, a
        Statement or :class:`Names` is spoken, and a sequence of Statements is joined with
        semicolons.
    """

    key: str
    values: Mapping[Any, Any] = field(default_factory=dict)

    def say(self, lang: str = "nl") -> str:
        """Return it in words, ``nl`` or ``en``."""
        return say(self.key, lang, **{k: spoken(v, lang) for k, v in self.values.items()})


@dataclass(frozen=True)
class Names:
    """Names in a sentence: all where they are few, else the first three and how many more."""

    names: tuple[str, ...]

    def say(self, lang: str = "nl") -> str:
        """Return them with commas and a word before the last."""
        listed = sorted(self.names)
        if len(listed) > _NAMED:
            more = len(listed) - _NAMED
            return say("missing.more", lang, names=", ".join(listed[:_NAMED]), n=more)
        if len(listed) < 2:
            return "".join(listed)
        return say("missing.last", lang, names=", ".join(listed[:-1]), name=listed[-1])


_KEY = re.compile(r"@[a-z_]+\.[a-z0-9_]+")
"""A key of words; a name that happens to begin with ``@`` is not one."""


def spoken(value: Any, lang: str) -> Any:
    """Return a value of a sentence in a language; see :class:`Statement`."""
    if isinstance(value, str):
        return say(value[1:], lang) if _KEY.fullmatch(value) else value
    if isinstance(value, (Statement, Names)):
        return value.say(lang)
    if isinstance(value, Mapping) and set(value) == set(LANGUAGES):
        return value[lang]
    if isinstance(value, (tuple, list)) and all(isinstance(each, Statement) for each in value):
        return "; ".join(each.say(lang) for each in value)
    return value


def speak(statements: Iterable[Statement], lang: str = "nl") -> str:
    """Say statements after each other."""
    return " ".join(filter(None, (each.say(lang) for each in statements)))


def in_lines(statements: Iterable[Statement | Sequence[Statement]]) -> dict[str, list[str]]:
    """Say statements one by one in both languages; those in a sequence share a line."""
    lines = [[each] if isinstance(each, Statement) else each for each in statements]
    return {lang: [speak(line, lang) for line in lines] for lang in LANGUAGES}


def nobody() -> pd.DataFrame:
    """Return :attr:`Answer.left_out` where nobody is."""
    return pd.DataFrame(columns=list(LEFT_OUT), dtype="object")


def everyone_left_out(*frames: pd.DataFrame) -> pd.DataFrame:
    """Join what several estimates left out; a municipality once an election and reason."""
    found = [frame for frame in frames if len(frame)]
    if not found:
        return nobody()
    key = ["election", "municipality_code", "reason"]
    return pd.concat(found, ignore_index=True).drop_duplicates(key, ignore_index=True)


def without(left_out: pd.DataFrame) -> tuple[Statement, ...]:
    """Say which municipalities with the new ballot were left out, and why.

    Comparison municipalities are counted in the frame and not named.
    """
    if "treated" not in left_out["group"].tolist():
        return ()
    treated = left_out[left_out["group"] == "treated"]
    return tuple(
        Statement(
            f"missing.without_{reason}",
            {
                "names": Names(tuple(rows["municipality"])),
                "election": election,
                "baseline": rows["baseline"].iloc[0],
            },
        )
        for (election, reason), rows in treated.groupby(["election", "reason"], sort=False)
    )


def left_out_reasons(*left_out: pd.DataFrame) -> str:
    """Say the same at the end of an error: from a full stop on, without one at the end."""
    words = [each for frame in left_out for each in (said.say("en") for said in without(frame))]
    return "".join(f". {each.removesuffix('.')}" for each in words)


def one_vintage(vintages: Iterable[str]) -> str:
    """Return the vintage of counts; ``mixed`` where they are not all of one."""
    present = set(vintages)
    return str(present.pop()) if len(present) == 1 else "mixed"


def on_provisional(*vintages: Iterable[str]) -> tuple[str, ...]:
    """Return the assumption about provisional counts, if the rows used hold any.

    Parameters
    ----------
    vintages
        Of the rows that an estimate rests on: ``official``, ``provisional``, or ``mixed`` where
        a row is a sum over both; anything else (``printed``, unknown) is no count.
    """
    present = {each for some in map(set, vintages) for each in some if isinstance(each, str)}
    return ("provisional-counts",) if present & {"provisional", "mixed"} else ()
