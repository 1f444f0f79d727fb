"""EML_NL documents that are no counts: candidate lists (230), results (520), and the rest.

A 230 gives candidates their names, a 520 gives lists their seats. Election definitions
(110a), polling stations (110b), nominations (210) and options (630) are known by name, so
that nobody mistakes them for counts; nothing is read from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from evaluatie.counts.identifiers import election_of, municipality_code
from evaluatie.ground.errors import InputError
from evaluatie.sources.limits import MAX_NAME_LENGTH, MAX_SELECTIONS
from evaluatie.sources.xml_stream import (
    EML,
    KR,
    Read,
    elements,
    identifier,
    place_number,
    refusal,
    text_of,
)

if TYPE_CHECKING:
    from lxml.etree import _Element


OTHER_IDS: Mapping[str, str] = {
    "110a": "election definition",
    "110b": "list of polling stations",
    "210": "nomination",
    "230": "candidate list",
    "520": "election result",
    "630": "list of options",
}
"""EML_NL documents without counts, by the first three or four characters of their Id."""

_XNL = "{urn:oasis:names:tc:ciq:xsdschema:xNL:2.0}"
_NAME_PARTS = (_XNL + "NamePrefix", _XNL + "LastName", _XNL + "NameLine")
_ELECTION, _CONTEST = EML + "ElectionIdentifier", EML + "ContestIdentifier"
_LIST, _SELECTION, _ROOT = EML + "Affiliation", EML + "Selection", EML + "EML"
_LIST_ID, _NAME = EML + "AffiliationIdentifier", EML + "RegisteredName"
_CANDIDATE, _CANDIDATE_ID = EML + "Candidate", EML + "CandidateIdentifier"
_ELECTED, _DOMAIN = EML + "Elected", KR + "ElectionDomain"


class CandidateName(NamedTuple):
    """A candidate on a list in a contest: ``contest`` is the number of the district."""

    election_id: str
    contest: str
    list_number: int
    list_name: str
    candidate_number: int
    name: str


class ListSeats(NamedTuple):
    """Seats of a list; ``municipality_code`` is empty for a national election."""

    election: str
    municipality_code: str
    list_number: int
    list_name: str
    seats: int


def read_candidates(read: Read) -> list[CandidateName]:
    """Read the names of a candidate list (230).

    Names are written as on OSV counts: ``van Rhemen, M.C.``.
    """
    election = contest = ""
    rows: list[CandidateName] = []
    seen: set[tuple[str, int, int]] = set()
    tags = (_ELECTION, _CONTEST, _LIST, _ROOT)
    for element in elements(read, tags, (_LIST,)):
        if element.tag == _ELECTION:
            election = identifier(element)
            election_of(election)
        elif element.tag == _CONTEST:
            contest = identifier(element)
        elif element.tag == _LIST:
            for row in _candidates(element, election, contest):
                key = (row.contest, row.list_number, row.candidate_number)
                if key in seen:
                    said, own = "the same candidate stands twice", f"list {row.list_number}"
                    value, rule = row.candidate_number, "unique candidate"
                    raise refusal(said, element, rule, unit=own, value=value)
                seen.add(key)
                rows.append(row)
        elif not rows:
            raise InputError("the file holds no candidates", rule="candidates present")
    return rows


def read_result(read: Read) -> list[ListSeats]:
    """Read seats per list from a result (520): one for each candidate elected."""
    election = code = ""
    seats: dict[int, int] = {}
    names: dict[int, str] = {}
    current = 0
    tags = (_ELECTION, _DOMAIN, _SELECTION, _ROOT)
    for element in elements(read, tags, (_SELECTION,)):
        if element.tag == _ELECTION:
            election = election_of(identifier(element))
        elif element.tag == _DOMAIN:
            domain = identifier(element)
            code = municipality_code(domain) if len(domain) == 4 else ""
        elif element.tag == _SELECTION:
            own, elected = element.find(_LIST_ID), _is_elected(element)
            if own is not None:
                current = place_number(own)
                name = own.find(_NAME)
                names.setdefault(current, "" if name is None else text_of(name))
                seats.setdefault(current, 0)
            elif not current or element.find(_CANDIDATE) is None:
                raise refusal("neither a list nor a candidate of one", element, "selection")
            else:
                seats[current] += elected
            if len(seats) > MAX_SELECTIONS:
                raise InputError("more lists than any ballot has", rule="lists")
        elif not seats:
            raise InputError("the file holds no lists", rule="result present")
    return [
        ListSeats(election, code, number, names[number], count) for number, count in seats.items()
    ]


def _candidates(element: _Element, election: str, contest: str) -> list[CandidateName]:
    own = element.find(_LIST_ID)
    if own is None:
        raise refusal("a list without AffiliationIdentifier", element, "number of list")
    name = own.find(_NAME)
    shown = "" if name is None else text_of(name)
    number = place_number(own)
    rows = []
    # Twenty thousand candidates at a national election: one walk through each, not four.
    for candidate in element.iterchildren(_CANDIDATE):
        known: _Element | None = None
        parts: dict[str, str] = {}
        for each in candidate.iter(_CANDIDATE_ID, *_NAME_PARTS):
            tag = str(each.tag)
            if tag != _CANDIDATE_ID:
                if tag not in parts:
                    parts[tag] = text_of(each)
            elif known is None and each.getparent() is candidate:
                known = each
        if known is None:
            said = "a candidate without CandidateIdentifier"
            raise refusal(said, candidate, "number of candidate", unit=f"list {number}")
        place = place_number(known)
        rows.append(CandidateName(election, contest, number, shown, place, _full_name(parts)))
    return rows


def _full_name(parts: Mapping[str, str]) -> str:
    prefix, last, line = (parts.get(tag, "") for tag in _NAME_PARTS)
    surname = f"{prefix} {last}" if prefix and last else prefix or last
    full = f"{surname}, {line}" if surname and line else surname or line
    return full[:MAX_NAME_LENGTH]


def _is_elected(element: _Element) -> bool:
    found = element.find(_ELECTED)
    value = "" if found is None else text_of(found)
    if value not in ("yes", "no"):
        said = "Elected is neither yes nor no"
        raise refusal(said, element, "elected", value=value or "nothing")
    return value == "yes"
