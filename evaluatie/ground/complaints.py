"""Errors in the language of who reads them.

The package raises in English, near what went wrong. ``words/errors.toml`` holds what it says in
both languages; the English sentence is the pattern by which the Dutch one is found, so that no
error need know who will read it. Every message has one; what the operating system or another
program says of the cause stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from evaluatie.ground.errors import EvaluatieError
from evaluatie.ground.words import sentences

_SLOT = re.compile(r"\{(\w+)(?::\w+)?\}")


def asked_language(arguments: Sequence[str]) -> str:
    """Return the language that the words of a command ask for, Dutch where they do not."""
    for word, following in zip(arguments, [*arguments, ""][1:], strict=True):
        if word in ("--lang=en", "--lang=nl"):
            return word[-2:]
        if word == "--lang" and following in ("en", "nl"):
            return following
    return "nl"


def complaint(error: EvaluatieError, lang: str = "nl") -> str:
    """Return the one line of an error, ``nl`` or ``en``."""
    return str(error) if lang == "en" else error.line(in_words)


def in_words(text: str) -> str:
    """Return an English phrase of an error in Dutch, what is filled in as well; else as it is."""
    for pattern, template in _patterns():
        found = pattern.fullmatch(text)
        if found:
            filled = {
                slot: _KEPT.get(slot, in_words)(value) for slot, value in found.groupdict().items()
            }
            return _SLOT.sub(r"{\1}", template).format(**filled)
    parts = text.split(". ")
    return ". ".join(map(in_words, parts)) if len(parts) > 1 else text


_KEPT: Mapping[str, Callable[[str], str]] = {
    "names": lambda listed: listed.replace(" and ", " en "),
    "column": str,  # as it stands in the file
}


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Return English patterns with their Dutch sentence, those with most fixed text first."""
    spoken = [*sentences("errors").values()]
    # Errors of an estimate end in who was left out.
    spoken += [said for key, said in sentences("missing").items() if key.startswith("without_")]
    spoken.sort(key=lambda each: -len(_SLOT.sub("", each["en"])))
    return [(_pattern(each["en"].rstrip(".")), each["nl"].rstrip(".")) for each in spoken]


def _pattern(template: str) -> re.Pattern[str]:
    parts = _SLOT.split(template)
    met: set[str] = set()
    made = ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            made += re.escape(part)
        else:  # a slot that stands twice holds the same
            made += f"(?P={part})" if part in met else f"(?P<{part}>.*?)"
            met.add(part)
    return re.compile(made, re.DOTALL)
