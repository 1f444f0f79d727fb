"""Numbers as a reader of Dutch or English reports expects them; babel does the locale.

Shares are fractions everywhere in the package and become percentages only here.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from numbers import Real
from typing import Any, Literal

from babel.dates import format_date
from babel.numbers import get_decimal_symbol, get_group_symbol

from evaluatie.ground.errors import UnknownNameError

Language = Literal["nl", "en"]
LANGUAGES: tuple[Language, ...] = ("nl", "en")
UNKNOWN = "."
"""How Dutch official tables print an unknown figure."""

_MINUS = "\N{MINUS SIGN}"


def language(lang: str) -> Language:
    """Return ``lang`` if it is one of :data:`LANGUAGES`."""
    for known in LANGUAGES:
        if lang == known:
            return known
    raise UnknownNameError.of("language", lang, LANGUAGES)


def finite(*values: object) -> bool:
    """Tell whether all values are finite numbers."""
    return all(isinstance(each, Real) and math.isfinite(each) for each in values)


def number(
    value: float | int | None, lang: str = "nl", decimals: int = 2, *, sign: bool = False
) -> str:
    """Format a number with grouped thousands; ``sign`` puts a plus before positive numbers."""
    if _unknown(value):
        return UNKNOWN
    assert value is not None
    rounded = round(float(value), decimals) + 0.0  # no minus zero
    text = f"{abs(rounded):,.{decimals}f}".translate(_signs(language(lang)))
    mark = _MINUS if rounded < 0 else "+" if sign and rounded > 0 else ""
    return mark + text


@cache
def _signs(lang: Language) -> Mapping[int, str]:
    """Return what a language writes between thousands and before decimals."""
    return str.maketrans({",": get_group_symbol(lang), ".": get_decimal_symbol(lang)})


def count(value: float | int | None, lang: str = "nl") -> str:
    """Format a count: ``131.478`` in Dutch, ``131,478`` in English."""
    return number(value, lang, 0)


_WORDS: Mapping[Language, Sequence[str]] = {
    "nl": "nul één twee drie vier vijf zes zeven acht negen tien elf twaalf".split(),  # noqa: SIM905
    "en": "zero one two three four five six seven eight nine ten eleven twelve".split(),  # noqa: SIM905
}


def in_words(value: float | int | None, lang: str = "nl") -> str:
    """Write a whole number up to twelve in letters, a larger one in figures."""
    words = _WORDS[language(lang)]
    if value is not None and value in range(len(words)):
        return words[int(value)]
    return count(value, lang)


def span(ends: Iterable[str], lang: str = "nl") -> str:
    """Join the ends of a range with a word: a dash beside a minus sign cannot be read.

    Ends that are printed the same are one value to a reader.
    """
    return (" tot " if language(lang) == "nl" else " to ").join(dict.fromkeys(ends))


def name_key(name: str) -> str:
    """Return what a name is sorted by: 's-Hertogenbosch stands under H, as in an atlas."""
    return re.sub(r"^['\u2019]\w[- ]", "", name).casefold()


_NTH: Mapping[Language, tuple[str, ...]] = {
    "nl": ("eerste", "tweede", "derde", "vierde"),
    "en": ("first", "second", "third", "fourth"),
}


def nth(value: int, lang: str = "nl") -> str:
    """Write the place of something in a row: ``derde``; from the fifth in figures."""
    spoken = language(lang)
    words = _NTH[spoken]
    if 1 <= value <= len(words):
        return words[value - 1]
    return f"{value}e" if spoken == "nl" else f"{value}th"


def thousands(value: float | int | None, lang: str = "nl") -> str:
    """Write an estimate of many as thousands, as precise as it is: ``25.000``."""
    return count(value if _unknown(value) else round(float(value or 0), -3), lang)


def percent(share: float | None, lang: str = "nl", decimals: int = 2) -> str:
    """Format a fraction as a percentage: 0.0048 becomes ``0,48%``."""
    text = number(None if _unknown(share) else 100 * float(share or 0), lang, decimals)
    return text if text == UNKNOWN else text + "%"


def points(difference: float | None, lang: str = "nl", decimals: int = 2) -> str:
    """Format a difference of fractions in percentage points, signed, without the unit."""
    value = None if _unknown(difference) else 100 * float(difference or 0)
    return number(value, lang, decimals, sign=True)


def change(ratio: float | None, lang: str = "nl", decimals: int = 1) -> str:
    """Format a relative change: 0.078 becomes ``+7,8%``."""
    text = points(ratio, lang, decimals)
    return text if text == UNKNOWN else text + "%"


def p_value(p: float | None, lang: str = "nl") -> str:
    """Format a p-value with three decimals, never as zero."""
    if _unknown(p):
        return UNKNOWN
    assert p is not None
    if p < 0.001:
        return "< " + number(0.001, lang, 3)
    return number(p, lang, 3)


def date(day: dt.date, lang: str = "nl") -> str:
    """Format a date in words: ``18 maart 2026``."""
    return format_date(day, format="d MMMM yyyy", locale=language(lang))


def short(election: str) -> str:
    """Call an election as official letters do: TK2025 becomes ``TK25``; other names stay."""
    named = re.fullmatch(r"([A-Z]{2})\d\d(\d\d)", election)
    return f"{named[1]}{named[2]}" if named else election


def _unknown(value: object) -> bool:
    # Whoever holds pandas.NA has loaded pandas; an error is told without that half second.
    if value is None or value is getattr(sys.modules.get("pandas"), "NA", None):
        return True
    return isinstance(value, float) and not math.isfinite(value)


PRINTED: Mapping[str, Callable[[Any, str], str]] = {
    "percent": percent,
    "percent0": partial(percent, decimals=0),
    "percent1": partial(percent, decimals=1),
    "percent3": partial(percent, decimals=3),
    "points": points,
    "points1": partial(points, decimals=1),
    "points0": lambda value, lang: points(value, lang).removeprefix("+"),
    "points3": partial(points, decimals=3),
    "count": count,
    "change": change,
    "change0": partial(change, decimals=0),
    "ratio": number,
    "number1": partial(number, decimals=1),
    "p": p_value,
    "date": date,
    "words": in_words,
    "nth": nth,
    # A capital in Dutch has no accent: Eén.
    "Words": lambda value, lang: in_words(value, lang).capitalize().replace("É", "E"),
    "thousands": thousands,
    "size": lambda value, lang: number(abs(100 * value), lang),
    "size1": lambda value, lang: number(abs(100 * value), lang, 1),
    "per10000": lambda value, lang: count(abs(1e4 * value), lang),
    "signed10000": lambda value, lang: number(1e4 * value, lang, 0, sign=True),
}
"""How sentences and columns print a value, by the name of what it is."""
