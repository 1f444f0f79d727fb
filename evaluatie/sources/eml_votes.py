"""Votes in an EML 510 block: one row a list, followed by its candidates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from evaluatie.ground.errors import InputError
from evaluatie.sources.candidate_runs import STAND_IN, Runs, people
from evaluatie.sources.documents import Slate
from evaluatie.sources.limits import MAX_NAME_LENGTH, MAX_SELECTIONS
from evaluatie.sources.xml_stream import EML, KR, number, place_number, refusal, text_of, whole

if TYPE_CHECKING:
    from lxml.etree import _Element


_SELECTION, _VOTES = EML + "Selection", EML + "ValidVotes"
_LIST, _CANDIDATE = EML + "AffiliationIdentifier", EML + "Candidate"
_CANDIDATE_ID, _SHORT, _NAME = (
    EML + "CandidateIdentifier",
    EML + "ShortCode",
    EML + "RegisteredName",
)
_INITIAL = (KR + "InitialValidVotes", KR + "PreviousValidVotes")
_MAX_BALLOTS = 100  # an election has one in each district
_PLAIN_LIST = [_LIST, _VOTES]
_NAMESPACES = {"e": EML[1:-1]}
Find = Callable[["_Element"], Any]
_Signature = tuple[tuple[tuple[bool, int, str], ...], bytes]
# A ballot as bytes: runs of candidates as they stand in the file, marks for everything else.
_LIST_MARK, _CANDIDATE_MARK = b"\x00", b"\x01"
_MARKS = re.compile(b"([\x00\x01])")
_COUNT = b"<ValidVotes>%d</ValidVotes>"
_COUNTS = re.compile(rb"<ValidVotes>([0-9]+)</ValidVotes>")


class Votes(NamedTuple):
    """Votes of one block.

    ``sums`` are the votes of candidates by position of their list (None where candidates
    were not read), ``others`` the children of the block that are no votes.
    """

    lists: tuple[int, ...]
    candidates: np.ndarray[Any, np.dtype[np.int32]] | None
    initial: Mapping[int, int]
    sums: Mapping[int, int] | None
    others: list[Any]


class Ballots:
    """Reads votes, and remembers the ballots it has met: most units share one.

    ``runs`` took the candidates out of the stream; ``runs.keep`` tells whether they are wanted.
    """

    def __init__(self, runs: Runs) -> None:
        from lxml import etree

        self.runs = runs
        self.slates: list[Slate] = []
        self._known: dict[_Signature, int] = {}
        self._positions: dict[Slate, int] = {}
        self._owners: list[np.ndarray[Any, Any]] = []
        self._others: Find = etree.XPath("*[not(self::e:Selection)]", namespaces=_NAMESPACES)
        self._lists: Find = etree.XPath("e:Selection[not(e:Candidate)]", namespaces=_NAMESPACES)

    def read(self, block: _Element) -> tuple[int, Votes]:
        """Return the position of the block's ballot in ``slates``, and its votes."""
        keep = self.runs.keep
        rows: list[tuple[bool, int, str]] = []  # lists, and candidates that are in no run
        lists: list[int] = []
        pieces: list[bytes] = []
        initial: dict[int, int] = {}
        initial_candidates: dict[int, int] = {}  # by position in pieces
        for selection in block.iterchildren(_SELECTION) if keep else self._lists(block):
            run = self.runs.take(selection.get(STAND_IN)) if keep else None
            if run is not None:
                pieces.append(run)
                continue
            row = _Row.of(selection)
            if row.is_list:
                if row.initial is not None:
                    initial[len(lists)] = row.initial
                lists.append(row.votes)
                pieces.append(_LIST_MARK)
            elif keep:
                if row.initial is not None:
                    initial_candidates[len(pieces)] = row.initial
                pieces.append(_CANDIDATE_MARK + _COUNT % row.votes)
            else:
                continue
            rows.append((row.is_list, row.number, row.name))
            if len(rows) > 2 * MAX_SELECTIONS:
                break
        parts = _COUNTS.split(b"".join(pieces))
        votes = np.fromstring(b",".join(parts[1::2]), dtype=np.int64, sep=",")
        slate = self._slate((tuple(rows), b"".join(parts[0::2])), block, len(votes))
        others = self._others(block)
        if not keep:
            return slate, Votes(tuple(lists), None, initial, None, others)
        sums = np.bincount(self._owners[slate], weights=votes, minlength=len(lists))
        if initial_candidates:
            before = [0, *accumulate(len(_COUNTS.findall(piece)) for piece in pieces)]
            for at, value in initial_candidates.items():
                initial[len(lists) + before[at]] = value
        return slate, Votes(
            tuple(lists), votes.astype(np.int32), initial, dict(enumerate(sums.tolist())), others
        )

    def _slate(self, ballot: _Signature, block: _Element, count: int) -> int:
        known = self._known.get(ballot)
        if known is not None:
            return known
        rows, marked = ballot
        if len(rows) + count > 2 * MAX_SELECTIONS:
            raise self._error(
                "more rows of votes in one unit than any ballot has",
                block,
                "number of candidates",
                expected=f"at most {MAX_SELECTIONS}",
            )
        lists: dict[int, str] = {}
        owners: list[int] = []
        numbers: list[int] = []
        shorts: list[str] = []
        following = iter(rows)
        for piece in filter(None, _MARKS.split(marked)):
            if piece == _LIST_MARK:
                _, place, name = next(following)
                if place in lists:
                    raise self._error("the same list stands twice", block, "unique list", place)
                lists[place] = name
                continue
            if not lists:
                raise self._error(
                    "a candidate before the first list", block, "lists before candidates"
                )
            own = [next(following)[1:]] if piece == _CANDIDATE_MARK else people(piece)
            owners.extend([len(lists) - 1] * len(own))
            numbers.extend(place for place, _ in own)
            shorts.extend(short for _, short in own)
        named = (place or short for place, short in zip(numbers, shorts, strict=True))
        self._unique(zip(owners, named, strict=True), lists, block)
        slate = Slate(
            tuple(lists.items()), tuple(owners), tuple(numbers), tuple(shorts), ("",) * len(owners)
        )
        # The same ballot may reach us in other pieces.
        position = self._positions.setdefault(slate, len(self.slates))
        if position == len(self.slates):
            self.slates.append(slate)
            self._owners.append(np.array(owners, dtype=np.int64))
        if len(self._known) < _MAX_BALLOTS:
            self._known[ballot] = position
        return position

    def _unique(self, people: Iterable[tuple[int, int | str]], lists: Any, block: _Element) -> None:
        seen: set[tuple[int, int | str]] = set()
        for owner, who in people:
            if not who:
                said = "a candidate without number and short code"
                raise self._error(said, block, "number of candidate")
            if (owner, who) in seen:
                said = f"the same candidate stands twice on list {list(lists)[owner]}"
                raise self._error(said, block, "unique candidate", who)
            seen.add((owner, who))

    def _error(
        self,
        message: str,
        block: _Element,
        rule: str,
        value: object = None,
        expected: object = None,
    ) -> InputError:
        own = block.find(EML + "ReportingUnitIdentifier")
        unit = "TotalVotes" if own is None else str(own.get("Id"))
        return refusal(message, block, rule, unit=unit, value=value, expected=expected)


class _Row(NamedTuple):
    """One Selection: a list (name = its name) or a candidate (name = short code)."""

    is_list: bool
    number: int
    name: str
    votes: int
    initial: int | None

    @classmethod
    def of(cls, selection: _Element) -> _Row:
        """Read one Selection, or raise InputError."""
        children = list(selection)
        tags = [each.tag for each in children]
        if tags == _PLAIN_LIST and not len(children[1]):
            place, given = whole(children[0].get("Id") or ""), whole(children[1].text or "")
            if place and given is not None and len(children[0]) == 1:
                label = children[0][0]
                if label.tag == _NAME:
                    return cls(True, place, text_of(label), given, None)
        parts = dict(zip(tags, children, strict=True))
        whose = parts.keys() & {_LIST, _CANDIDATE}
        if len(whose) != 1 or _VOTES not in parts or len(parts) != len(tags):
            raise _odd_selection(selection)
        votes = number(parts[_VOTES], "Selection")
        first = next((parts[tag] for tag in _INITIAL if tag in parts), None)
        initial = None if first is None else number(first, "Selection")
        if _LIST in parts:
            name = parts[_LIST].find(_NAME)
            shown = "" if name is None else text_of(name)
            return cls(True, place_number(parts[_LIST]), shown, votes, initial)
        return cls._of_candidate(selection, parts[_CANDIDATE], votes, initial)

    @classmethod
    def _of_candidate(
        cls, selection: _Element, whose: _Element, votes: int, initial: int | None
    ) -> _Row:
        own = whose.find(_CANDIDATE_ID)
        if own is None:
            raise _odd_selection(selection)
        short = own.get("ShortCode")
        if short is None:
            element = own.find(_SHORT)
            short = "" if element is None else text_of(element)
        if len(short) > MAX_NAME_LENGTH or (not short and own.get("Id") is None):
            raise _odd_selection(selection)
        place = 0 if own.get("Id") is None else place_number(own)
        return cls(False, place, short, votes, initial)


def _odd_selection(selection: _Element) -> InputError:
    said = "a Selection that is not one list or candidate with one number of votes"
    found = ", ".join(str(each.tag).rpartition("}")[2] for each in list(selection)[:6])
    wanted = "AffiliationIdentifier or Candidate, and ValidVotes"
    where = (selection, "selection")
    return refusal(said, *where, value=found or "nothing", expected=wanted)
