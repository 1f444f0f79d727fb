"""What one counting document says, whatever its format: units, their counts, their votes.

Readers of EML and OSV files return a :class:`Document`; ``frames`` turns many of them into
tidy tables. A unit with every candidate of a national election takes about 5 KB, so that
whole elections fit in memory in this form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from evaluatie.counts.identifiers import Kind

Severity = Literal["error", "warning", "info"]

UNCOUNTED: Mapping[str, str] = {
    "geldige stempassen": "poll_cards",
    "geldige volmachtbewijzen": "proxies",
    "geldige kiezerspassen": "voter_passes",
    "toegelaten kiezers": "admitted",
    "meer getelde stembiljetten": "more_ballots",
    "minder getelde stembiljetten": "fewer_ballots",
    "meegenomen stembiljetten": "taken_ballots",
    "te weinig uitgereikte stembiljetten": "too_few_issued",
    "te veel uitgereikte stembiljetten": "too_many_issued",
    "te veel briefstembiljetten": "too_many_postal",
    "geen briefstembiljetten": "no_postal",
    "kwijtgeraakte stembiljetten": "lost_ballots",
    "geen verklaring": "no_explanation",
    "andere verklaring": "other_explanation",
}
"""Reason codes of EML_NL ``UncountedVotes`` to names of columns (510-count-kiesraad-strict)."""

COUNTS: tuple[str, ...] = ("eligible", "valid", "blank", "invalid", *UNCOUNTED.values())
"""Every count that a unit may have; a corrigendum may print the value before it as well."""

RULES: Mapping[str, str] = {
    "lists=valid": "lists_valid",
    "candidates=list": "candidates_list",
    "cards+proxies+passes=admitted": "admitted",
    "ballots-admitted=more-fewer": "difference",
    "units=total": "units_total",
    "valid+blank+invalid=ballots": "ballots",
    "total present": "no_total",
    "units present": "no_units",
    "SchemaVersion": "schema_version",
    "known reason": "unknown",
    "known elements": "unknown",
    "known rows": "unknown",
    "own municipality": "own_municipality",
    "municipality known": "no_municipality",
    "eligible given": "no_eligible",
    "eligible per station": "carrier",
    "files agree": "disagree",
    "columns used": "unused_columns",
    "rows used": "unused_rows",
    "sheets read": "unused_sheets",
    "municipalities": "own_level",
    "first count": "corrected",
    "later count": "superseded",
    "one count": "one_count",
    "part corrected": "part_corrected",
}
"""Rules that findings speak of, and the key of their sentence in ``words/reading.toml``."""

UNUSED = (
    *("columns used", "rows used", "sheets read", "known reason", "known elements", "known rows"),
    *("municipalities", "later count", "one count"),
)
"""Rules of findings about a part of a file, or a whole, that is in no count."""


class Finding(NamedTuple):
    """Something odd that was read as it stands: nothing is repaired."""

    file: str
    election: str
    unit: str
    rule: str
    value: str
    expected: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class Slate:
    """The ballot of a unit: number and name of each list, and candidates in the order of the file.

    Each candidate has the position of its list in ``lists``, a number on it (0 = not given), a
    short code and a name (empty = not given). None are there where candidates were not read.
    """

    lists: tuple[tuple[int, str], ...]
    candidate_list: tuple[int, ...] = ()
    candidate_numbers: tuple[int, ...] = ()
    short_codes: tuple[str, ...] = ()
    candidate_names: tuple[str, ...] = ()


def list_label(number: int, name: str) -> str:
    """Name a list; official records have lists without, which verkiezingsuitslagen.nl calls so."""
    return name or f"Blanco (lijst {number})"


class Unit(NamedTuple):
    """One reporting unit, or a total of a file, as the file states it.

    ``votes`` are those of the slate's lists; ``candidate_votes`` those of its candidates, or
    None where they were not read. ``initial`` holds values before a correction, by the name
    of the count; ``initial_votes`` the same by position: list positions first, then those of
    candidates.
    """

    kind: Kind
    id: str
    municipality_code: str
    municipality: str
    name: str
    postcode: str
    counts: Mapping[str, int]
    votes: tuple[int, ...]
    candidate_votes: np.ndarray[Any, np.dtype[np.int32]] | None
    slate: int = 0
    contest: str = ""
    initial: Mapping[str, int] = {}
    initial_votes: Mapping[int, int] = {}
    unit_type: str = ""
    shared_location: bool | None = None

    @property
    def eligible(self) -> int | None:
        """Persons entitled to vote; files write 0 where they do not know."""
        return self.counts.get("eligible") or None

    @property
    def ballots(self) -> int:
        """Ballots found, H: valid + blank + invalid."""
        return self.counts["valid"] + self.counts["blank"] + self.counts["invalid"]


@dataclass(slots=True)
class Document:
    """One counting document: what it is, its units, its own totals, what is odd in it."""

    file: str
    format: str
    election: str
    election_id: str
    authority_id: str = ""
    authority: str = ""
    phase: str = ""
    created: str = ""
    counting_method: str = ""
    units: list[Unit] = field(default_factory=list)
    totals: list[Unit] = field(default_factory=list)
    slates: list[Slate] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def find(
        self,
        unit: str,
        rule: str,
        value: object = "",
        expected: object = "",
        severity: Severity = "warning",
    ) -> None:
        """Add a finding under one of :data:`RULES`."""
        self.findings.append(self.finding(unit, rule, value, expected, severity))

    def finding(
        self, unit: str, rule: str, value: object, expected: object, severity: Severity
    ) -> Finding:
        """Return a finding of this document without adding it."""
        assert rule in RULES, rule
        return Finding(self.file, self.election, unit, rule, str(value), str(expected), severity)

    def list_votes(self, unit: Unit) -> dict[int, int]:
        """Return the votes of a unit by the number of the list."""
        lists = self.slates[unit.slate].lists
        return {number: votes for (number, _), votes in zip(lists, unit.votes, strict=True)}

    def check(self, unit: Unit, candidate_sums: Mapping[int, int] | None = None) -> None:
        """Compare the parts of a unit with its own sums; what differs becomes a finding."""
        counts, label = unit.counts, unit.id or "total"
        listed = sum(unit.votes)
        if listed != counts["valid"]:
            self.find(label, "lists=valid", listed, counts["valid"], "error")
        if candidate_sums is not None:
            for position, votes in enumerate(unit.votes):
                summed = candidate_sums.get(position, 0)
                if summed != votes:
                    number = self.slates[unit.slate].lists[position][0]
                    self.find(f"{label}, list {number}", "candidates=list", summed, votes, "error")
        self._check_admitted(unit, label)
        self.tell_first(unit)

    def tell_first(self, unit: Unit) -> None:
        """Make findings of the counts that were another before a correction."""
        label = unit.id or "total"
        for name, value in unit.initial.items():
            if value != unit.counts.get(name):
                now = unit.counts.get(name, "")
                self.find(f"{label}, {name}", "first count", value, now, "info")
        changed = [
            (first, unit.votes[place])
            for place, first in unit.initial_votes.items()
            if place < len(unit.votes) and first != unit.votes[place]
        ]
        if changed:
            first, now = (sum(each) for each in zip(*changed, strict=True))
            self.find(f"{label}, {len(changed)} lists", "first count", first, now, "info")

    def _check_admitted(self, unit: Unit, label: str) -> None:
        counts = unit.counts
        parts = ("poll_cards", "proxies", "voter_passes")
        given = [counts[name] for name in parts if name in counts]
        admitted = counts.get("admitted")
        more, fewer = counts.get("more_ballots"), counts.get("fewer_ballots")
        if admitted is not None and more is not None and fewer is not None:
            difference = unit.ballots - admitted
            if difference != more - fewer:
                self.find(label, "ballots-admitted=more-fewer", difference, more - fewer)
        if admitted is None and more is not None and fewer is not None:
            admitted = unit.ballots - more + fewer
        # Some files give only some of the parts: these can only be too many.
        if admitted is not None and (
            sum(given) > admitted or (len(given) == 3 and sum(given) != admitted)
        ):
            self.find(label, "cards+proxies+passes=admitted", sum(given), admitted)


def compare_with_totals(document: Document) -> None:
    """Compare the sum over the units of each contest with the total that the file states.

    Counts that no unit has are passed over, and so is ``eligible`` where no unit gives it;
    what differs becomes a finding.
    """
    totals = {unit.contest: unit for unit in document.totals}
    units: dict[str, list[Unit]] = {}
    for unit in document.units:
        units.setdefault(unit.contest, []).append(unit)
    for contest, members in units.items():
        total = totals.get(contest)
        if total is None:
            if document.format != "EML 510a":
                document.find(contest, "total present", "no TotalVotes")
            continue
        label = "total" if len(totals) == 1 else f"total of contest {contest}"
        for name in COUNTS:
            given = [unit.counts[name] for unit in members if name in unit.counts]
            stated = total.counts.get(name)
            if not given or stated is None or (name == "eligible" and not any(given)):
                continue
            if sum(given) != stated:
                document.find(f"{label}, {name}", "units=total", sum(given), stated, "error")
        _compare_votes(document, members, total, label)


def _compare_votes(document: Document, members: list[Unit], total: Unit, label: str) -> None:
    summed: dict[int, int] = {}
    for unit in members:
        for number, votes in document.list_votes(unit).items():
            summed[number] = summed.get(number, 0) + votes
    stated = document.list_votes(total)
    for number in sorted(summed.keys() | stated.keys()):
        left, right = summed.get(number, 0), stated.get(number, 0)
        if left != right:
            document.find(f"{label}, list {number}", "units=total", left, right, "error")
    # Candidates have the same places on the ballot in every unit of one contest, except in
    # national totals, where numbers differ between districts.
    if total.candidate_votes is None or any(unit.slate != total.slate for unit in members):
        return
    summed_votes: Any = np.zeros(len(total.candidate_votes), dtype=np.int64)
    for unit in members:
        summed_votes += 0 if unit.candidate_votes is None else unit.candidate_votes
    slate = document.slates[total.slate]
    for position in np.flatnonzero(summed_votes != total.candidate_votes):
        number = slate.lists[slate.candidate_list[position]][0]
        who = f"{label}, list {number}, candidate {slate.candidate_numbers[position]}"
        left, right = int(summed_votes[position]), int(total.candidate_votes[position])
        document.find(who, "units=total", left, right, "error")
