"""Identifiers of elections, municipalities and polling stations, as official files print them."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from evaluatie.ground.errors import InputError

Kind = Literal["polling_station", "municipality", "district", "province", "water_board", "national"]
"""What a unit in an official file is."""

_ELECTION = re.compile(r"(TK|EK|EP|GR|BC|GC|ER|PS|AB|NR|PR|LR|IR)([12]\d{3})(\d{4})?(_.*)?", re.S)
_SPELT_CODE = re.compile(r"(?:GM|G|O)?([0-9]{1,4})(?:\.0+)?", re.IGNORECASE)
_POSTCODE = re.compile(r"\s*\(postcode:\s*([0-9]{4}\s?[A-Za-z]{2})\)\s*$")
_NAMES = (
    ("tweede kamer", "TK"),
    ("eerste kamer", "EK"),
    ("europees parlement", "EP"),
    ("europese parlement", "EP"),
    ("gemeenteraad", "GR"),
    ("provinciale staten", "PS"),
    ("eilandsraad", "ER"),
    ("waterschap", "AB"),
    ("algemeen bestuur", "AB"),
)


class UnitName(NamedTuple):
    """Name of a polling station without its prefix, and its postcode (empty = not given)."""

    name: str
    postcode: str


def election_of(identifier: str) -> str:
    """Return the election, such as ``TK2025`` or ``GR2022``, of an EML election identifier.

    Municipal elections carry the municipality behind an underscore
    (``GR2022_WestMaasenWaal``), elections on another date the day behind the year
    (``GR20211124_DijkenWaard``); both belong to the election of their year.
    """
    match = _ELECTION.fullmatch(identifier)
    if match is None:
        raise InputError(
            "the election identifier has another form",
            unit="ElectionIdentifier",
            rule="election identifier",
            value=identifier,
            expected="such as TK2025 or GR2026_Soest",
        )
    return match[1] + match[2]


def election_of_name(name: str, year: str) -> str:
    """Return the election of a printed name, such as "Tweede Kamer der Staten-Generaal 2023"."""
    lowered = name.lower()
    for known, kind in _NAMES:
        if known in lowered:
            return kind + year
    said = "the kind of election is not known"
    wanted = ", ".join(known for known, _ in _NAMES)
    raise InputError(said, unit="line 1", rule="election name", value=name, expected=wanted)


def municipality_code(text: str) -> str:
    """Return ``GM`` and four digits, or an empty string if ``text`` is no municipality number."""
    return f"GM{text:0>4}" if text.isascii() and text.isdigit() and len(text) <= 4 else ""


def any_code(cell: object) -> str:
    """Return ``GM`` and four digits for a municipality code as any table spells it, else "".

    ``G0484``, ``gm484``, ``0484``, 484, ``O9001``, and 484.0 from a spreadsheet; ``NBSB`` are the
    postal votes from abroad.
    """
    text = str(cell).strip()
    if text.upper() == "NBSB":
        return "GM9010"
    found = _SPELT_CODE.fullmatch(text)
    return f"GM{found[1]:0>4}" if found else ""


def whole_of(election: str) -> Kind:
    """Return what the whole of an election is: the country, unless another body is elected."""
    bodies: dict[str, Kind] = {"PS": "province", "AB": "water_board"}
    return bodies.get(election[:2], "national")


def kind_of_unit(identifier: str) -> tuple[Kind | None, str]:
    """Tell what a reporting unit is by its identifier, and of which municipality.

    Identifiers run from the widest to the smallest area, parted by two colons:
    ``HSB8``, ``HSB8::0307``, ``0668::SB1``, ``HSB12::SB3``. Polling stations may carry a
    number that is negative or no number at all. None where the identifier does not tell.
    """
    parts = identifier.split("::")
    codes = (municipality_code(part) for part in parts if len(part) == 4)
    code = next(filter(None, codes), "")  # "HSB8" has four characters too
    last = parts[-1]
    if last.startswith("SB"):
        return "polling_station", code
    if len(last) == 4 and municipality_code(last):
        return "municipality", code
    if last.startswith("HSB"):
        return "district", ""
    return ("polling_station", code) if code and len(parts) > 1 else (None, code)


def split_station_name(text: str) -> UnitName:
    """Split ``Stembureau Gemeentehuis (postcode: 6658 AG)`` into its name and postcode.

    Only the usual prefix goes, however often it stands: ``Briefstembureau …`` tells that it
    counts postal votes. White space of any kind becomes one space.
    """
    match = _POSTCODE.search(text)
    name = " ".join((text[: match.start()] if match else text).split())
    while name.startswith("Stembureau "):
        name = name.removeprefix("Stembureau ")
    return UnitName(name, match[1].upper() if match else "")
