"""Text from data, made harmless in Markdown and in spreadsheets."""

from __future__ import annotations

import html
import re
import unicodedata

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*%?")
_UNSHOWABLE = "\N{REPLACEMENT CHARACTER}"
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_WHITESPACE = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029 ]+")

_ESCAPED = str.maketrans(
    {character: html.escape(character) for character in "&<>\"'"}
    | {character: f"&#{ord(character)};" for character in "=(@:"}
)

_FIRST_STRONG_ISOLATE = "\N{FIRST STRONG ISOLATE}"
_POP_ISOLATE = "\N{POP DIRECTIONAL ISOLATE}"
_ISOLATES = {"\N{LEFT-TO-RIGHT ISOLATE}", "\N{RIGHT-TO-LEFT ISOLATE}", _FIRST_STRONG_ISOLATE}
_RIGHT_TO_LEFT = {"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}


def spreadsheet_text(text: str) -> str:
    """Return text that no spreadsheet runs as a formula.

    A leading formula sign, also behind spaces, gets an apostrophe before it (OWASP, CSV
    injection); other text, and a printed number such as ``+0,90``, is returned as it is.
    """
    if _NUMBER.fullmatch(text):
        return text
    risky = text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS[:4])
    return f"'{text}" if risky else text


def terminal_text(text: str) -> str:
    """Return text in which no character moves the cursor, colours or reorders a terminal.

    A space of another kind, such as one that does not break, becomes a space.
    """
    return "".join(
        c
        if c.isprintable() or c == "\n"
        else " "
        if unicodedata.category(c) == "Zs"
        else _UNSHOWABLE
        for c in text
    )


def html_text(text: object) -> str:
    """Return HTML that shows exactly ``text``, in content and in quoted attributes alike.

    Beside the usual characters those are escaped that could make up an attribute or an address,
    so that a check for anything live in a page cannot be fooled or set off by a name.
    """
    return _flat(text).translate(_ESCAPED)


def markdown_text(text: object) -> str:
    """Return Markdown that pandoc and Quarto show as exactly ``text``, whatever it holds.

    Names of parties and municipalities come from files that anybody may have written. Every
    ASCII punctuation mark is escaped, so that no name can open a tag, a table cell, a
    reference, mathematics, a shortcode or a raw block. White space, also a line break, becomes
    one space, because a name must fit a table cell. Control characters are shown as U+FFFD.
    Text that runs from right to left keeps its marks but is isolated (Unicode Annex 9), so that
    it cannot reorder what stands around it.

    Parameters
    ----------
    text
        Anything; it is turned into a string first.

    Returns
    -------
    str
        One line of Markdown.
    """
    flat = _flat(text)
    escaped = _PUNCTUATION.sub(r"\\\1", flat)
    if not flat.isascii() and any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in flat):
        escaped = _isolated(escaped)
    return escaped


def _flat(text: object) -> str:
    """Return one line in which every character can be shown."""
    flat = _WHITESPACE.sub(" ", str(text)).strip(" ")
    return flat if flat.isascii() and flat.isprintable() else "".join(map(_shown, flat))


def _shown(character: str) -> str:
    # Cc are control characters, Cs lone surrogates that no encoder accepts.
    bad = unicodedata.category(character) in {"Cc", "Cs"} or character == "\ufeff"
    return _UNSHOWABLE if bad else character


def _isolated(text: str) -> str:
    depth, kept = 0, []
    for character in text:
        if character in _ISOLATES:
            depth += 1
        elif character == _POP_ISOLATE:
            if depth == 0:
                continue  # it would end the isolate that is put around the text
            depth -= 1
        kept.append(character)
    return _FIRST_STRONG_ISOLATE + "".join(kept) + _POP_ISOLATE * (depth + 1)
