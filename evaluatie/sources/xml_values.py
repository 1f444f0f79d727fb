"""Values of single XML elements, checked: counts, identifiers, names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluatie.sources.limits import MAX_COUNT_DIGITS, MAX_NAME_LENGTH
from evaluatie.sources.xml_stream import refusal

if TYPE_CHECKING:
    from lxml.etree import _Element


EML = "{urn:oasis:names:tc:evs:schema:eml}"
KR = "{http://www.kiesraad.nl/extensions}"

_SPACE = " \t\r\n"


def number(element: _Element, file: str, unit: str) -> int:
    """Return the count that an element holds.

    Raises
    ------
    InputError
        Unless it is a whole number of at least zero and at most nine digits, and nothing else.
    """
    value = whole(element.text or "") if not len(element) else None
    if value is None:
        raise refusal(
            f"{element.tag.rpartition('}')[2]} is not a count",
            element,
            file,
            "count",
            unit=unit,
            value=element.text or "an empty element",
            expected=f"a whole number of at most {MAX_COUNT_DIGITS} digits",
        )
    return value


def whole(text: str) -> int | None:
    """Return a whole number written in ASCII digits, or None."""
    digits = text.strip(_SPACE)
    # isdigit() alone would take superscripts and the digits of other scripts.
    if digits.isascii() and digits.isdigit() and len(digits) <= MAX_COUNT_DIGITS:
        return int(digits)
    return None


def identifier(element: _Element, file: str) -> str:
    """Return the attribute Id, which must be there and of a sane length.

    Raises
    ------
    InputError
        If it is missing, empty or too long.
    """
    value = element.get("Id") or ""
    if not value or len(value) > MAX_NAME_LENGTH:
        raise refusal(
            f"{element.tag.rpartition('}')[2]} has no usable Id",
            element,
            file,
            "identifier",
            value=value or "nothing",
            expected=f"1 to {MAX_NAME_LENGTH} characters",
        )
    return value


def text_of(element: _Element, file: str) -> str:
    """Return the text of an element without white space around it.

    Raises
    ------
    InputError
        If it is longer than any name is.
    """
    value = (element.text or "").strip(_SPACE)
    if len(value) > MAX_NAME_LENGTH:
        raise refusal(
            f"the text of {element.tag.rpartition('}')[2]} is too long for a name",
            element,
            file,
            "length of a name",
            value=f"{len(value)} characters",
            expected=f"at most {MAX_NAME_LENGTH}",
        )
    return value


def place_number(element: _Element, file: str) -> int:
    """Return the attribute Id of a list or candidate, which is its number on the ballot.

    Raises
    ------
    InputError
        If it is missing or no whole number from 1.
    """
    value = whole(element.get("Id") or "")
    if not value:
        raise refusal(
            f"{element.tag.rpartition('}')[2]} has no number",
            element,
            file,
            "number of list or candidate",
            value=element.get("Id") or "no Id",
            expected="a whole number from 1",
        )
    return value
