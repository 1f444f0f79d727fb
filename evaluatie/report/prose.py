"""Prose with the names of numbers in it: filled from results, and silent about what is absent.

A page of prose has one sentence on a line. ``{extra}`` stands for a number, ``{extra:points}`` for
the same printed otherwise, ``{rose?rose|fell}`` for one of two words (of a number: several, or
one), and a line that begins with
``{?known}`` or ``{!known}`` is kept only where that holds or does not. A line that names a number
or an exhibit that these counts do not give is left out, and so is a heading with nothing below it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluatie.answers.statement import spoken
from evaluatie.ground.escape import markdown_text
from evaluatie.ground.formatting import PRINTED, Language
from evaluatie.ground.words import agreed

_NAME = re.compile(r"\{([?!]?)([a-z][a-z0-9_]*)(?::(\w+)|\?([^{}|]*)\|([^{}|]*))?\}")
_EXHIBIT = re.compile(r"@(fig|tbl)-([a-z][a-z-]*[a-z])|/(figure|table)-([a-z-]+)\.md")
_PIECE = re.compile(r"\{\{< include (\S+) >\}\}")
_HEADING = re.compile(r"(#+) ")

Fact = tuple[Any, str]
"""A value, and how it is printed: a key of :data:`evaluatie.ground.formatting.PRINTED`."""


_ELECTION = re.compile(r"\b(EP|TK|GR)20(\d\d)\b")
_APOSTROPHE = re.compile(r"(?:\\?'|&#x27;)(?=s\\?-[A-Z])")


def printed(text: str) -> str:
    """Return text as the report prints it: GR26 for GR2026, a curly apostrophe in a name."""
    return _APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", _ELECTION.sub(r"\1\2", text))


class _AbsentError(LookupError):
    """These counts do not give a number."""


def fill(template: str, facts: Mapping[str, Fact], lang: Language) -> str:
    """Fill in the lines of a template, as one line of plain text, without what is absent."""
    told = _filled(template.splitlines(), facts, lang, escape=str)
    return " ".join(line for line in told if line)


def page(
    text: str, facts: Mapping[str, Fact], lang: Language, shown: Callable[[str, str], bool]
) -> str:
    """Fill in a page of prose.

    Parameters
    ----------
    shown
        Tells of ``figure`` or ``table`` and a name whether these counts give that exhibit.
    """

    def there(line: str) -> bool:
        found = (each.groups() for each in _EXHIBIT.finditer(line))
        return all(
            shown("figure" if (a or c) in ("fig", "figure") else "table", b or d)
            for a, b, c, d in found
        )

    kept: list[str] = []
    for block in _sections(text):
        paragraphs = [list(_paragraph(each, facts, lang, there)) for each in block]
        told = [each for each in paragraphs if each]
        asked = [_asks(each) for each in block]
        # Of a section that asks for numbers, and of which none are there, nothing is said.
        if any(asked) and not any(a and p for a, p in zip(asked, paragraphs, strict=True)):
            continue
        kept += ["\n".join(each) for each in told]
    return "\n\n".join(_with_content(kept)) + "\n"


def _sections(text: str) -> Iterator[list[list[str]]]:
    """Yield the paragraphs from each heading to the next; a callout is a section of its own."""
    text = re.sub(r"(?m)^(:::.*\{.*)\n(?=#)", r"\n\n\1\n", text)
    section: list[list[str]] = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        lines = paragraph.strip("\n").splitlines()
        if _HEADING.match(lines[0]) or lines[0].startswith("::: {"):
            yield section
            section = []
        section.append(lines)
    yield section


def _asks(lines: Sequence[str]) -> bool:
    return any(_NAME.search(line) or _EXHIBIT.search(line) for line in lines)


def _paragraph(
    lines: Sequence[str], facts: Mapping[str, Fact], lang: Language, there: Callable[[str], bool]
) -> Iterator[str]:
    """Yield the lines that can be said; none where all that ask for something ask in vain."""
    told = list(_filled([each if there(each) else None for each in lines], facts, lang))
    if _asks(lines) and not any(
        said is not None and _asks([line]) for said, line in zip(told, lines, strict=True)
    ):
        return
    yield from (each for each in told if each is not None)


def included(project: Path, files: Iterable[str]) -> list[str]:
    """Return pieces in order of appearance, each page of prose followed by those that it shows."""
    found: list[str] = []
    for file in files:
        found.append(file)
        lang, _, name = file.removeprefix("_made/").removesuffix(".md").partition("/text-")
        if name:
            found += _PIECE.findall((project / lang / f"{name}.md").read_text("utf-8"))
    return found


def _filled(
    lines: Sequence[str | None],
    facts: Mapping[str, Fact],
    lang: Language,
    escape: Callable[[object], str] = markdown_text,
) -> Iterator[str | None]:
    for line in lines:
        if line is None or not line.strip():
            yield line
            continue
        try:
            yield agreed(_NAME.sub(lambda found: _value(found, facts, lang, escape), line))
        except _AbsentError:
            yield None


def _value(
    found: re.Match[str],
    facts: Mapping[str, Fact],
    lang: Language,
    escape: Callable[[object], str],
) -> str:
    mark, name, how, yes, no = found.groups()
    if name not in facts:
        raise _AbsentError(name)
    value, usual = facts[name]
    if mark:
        if bool(value) is (mark == "!"):
            raise _AbsentError(name)
        return ""
    if yes is not None:
        chosen = value if isinstance(value, bool) else value != 1
        return yes if chosen else no
    value = spoken(value, lang)
    if how or usual:
        return PRINTED[how or usual](value, lang)
    return escape(str(value))


def _with_content(blocks: Sequence[str]) -> Iterator[str]:
    """Leave out headings with nothing below them."""
    for position, block in enumerate(blocks):
        heading = _HEADING.match(block)
        below = blocks[position + 1] if position + 1 < len(blocks) else "# "
        deeper = _HEADING.match(below)
        if heading is None or deeper is None or len(deeper[1]) > len(heading[1]):
            yield block
