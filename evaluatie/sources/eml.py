"""Counts in EML_NL 510 (a polling station, b municipality, c electoral district, d country).

Elements are known by unit id and reason code, never by position. What the standard
(kiesraad/EML_NL, ``510-count-kiesraad-strict``) makes impossible is refused with file, unit
and line; what it allows but does not add up is read as it stands and listed as a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from evaluatie.counts.identifiers import (
    Kind,
    election_of,
    kind_of_unit,
    municipality_code,
    split_station_name,
    whole_of,
)
from evaluatie.ground.errors import InputError, in_file
from evaluatie.sources.candidate_runs import Runs
from evaluatie.sources.documents import UNCOUNTED, Document, Unit, compare_with_totals
from evaluatie.sources.eml_votes import Ballots
from evaluatie.sources.limits import MAX_NAME_LENGTH, MAX_UNITS
from evaluatie.sources.xml_stream import (
    EML,
    KR,
    Read,
    elements,
    identifier,
    number,
    refusal,
    text_of,
)

if TYPE_CHECKING:
    from lxml.etree import _Element


COUNT_IDS: Mapping[str, tuple[Kind, Kind]] = {
    "510a": ("polling_station", "polling_station"),
    "510b": ("polling_station", "municipality"),
    "510c": ("municipality", "district"),
    "510d": ("district", "national"),
}
"""Documents that this module reads, by the attribute Id of their root: what their units are
where the identifier does not tell, and what their total is."""

_ROOT = EML + "EML"
_UNIT, _TOTAL = EML + "ReportingUnitVotes", EML + "TotalVotes"
_ELECTION, _DOMAIN = EML + "ElectionIdentifier", KR + "ElectionDomain"
_AUTHORITY, _CREATED_BY = EML + "AuthorityIdentifier", KR + "CreatedByAuthority"
_CONTEST, _PHASE, _METHOD = EML + "ContestIdentifier", KR + "Phase", KR + "CountingMethod"
_CREATED = KR + "CreationDateTime"
_HEADER = (_ELECTION, _DOMAIN, _AUTHORITY, _CREATED_BY, _CONTEST, _PHASE, _METHOD, _CREATED)
_PATH = tuple(EML + name for name in ("Contest", "Contests", "Election", "Count", "EML"))
_UNIT_ID = EML + "ReportingUnitIdentifier"
_COUNTED = {
    "Cast": "eligible",
    "TotalCounted": "valid",
    "RejectedVotes": "rejected",
    "UncountedVotes": "uncounted",
}
_NOW = {EML + tag: name for tag, name in _COUNTED.items()}
# EML_NL 1.3.1 calls Previous what 1.3.0 called Initial.
_FIRST = {f"{KR}{of}{tag}": _COUNTED[tag] for tag in _COUNTED for of in ("Initial", "Previous")}
_REJECTED = {"blanco": "blank", "ongeldig": "invalid"}


def read_counts(read: Read, *, file: str, candidates: bool = False) -> Document:
    """Read one 510 document from a stream; everything in the order of the file.

    ``candidates``: read the votes of every candidate too, not only of every list.
    """
    runs = Runs(keep=candidates)
    reading = _Reading(file, Ballots(runs))
    tags, blocks = (*_HEADER, _UNIT, _TOTAL, _ROOT), (_UNIT, _TOTAL)
    with in_file(file):
        for element in elements(read, tags, blocks, runs=runs):
            reading.take(element)
        return reading.finish()


@dataclass
class _Reading:
    """A document while it is read; header elements come before the blocks they speak of."""

    file: str
    ballots: Ballots
    type: str = ""
    document: Document | None = None
    header: dict[str, str] = field(default_factory=dict)
    contest: str = ""
    seen: set[tuple[str, str]] = field(default_factory=set)

    def take(self, element: _Element) -> None:
        tag = element.tag
        if tag in (_UNIT, _TOTAL):
            self._block(element, is_total=tag == _TOTAL)
        elif tag == _ROOT:
            if self.document is None:
                raise InputError("the file holds no counts", rule="counts present")
        elif tag == _CONTEST:
            self.contest = identifier(element)
        elif tag in (_PHASE, _METHOD):
            code = element.get("PhaseCode" if tag == _PHASE else "MethodCode") or ""
            self.header[tag] = code[:MAX_NAME_LENGTH]
        elif tag == _CREATED:
            self.header[tag] = text_of(element)
        elif tag == _ELECTION:
            self._once(tag, identifier(element), element)
        elif tag == _DOMAIN and not element.get("Id"):
            return  # the schema leaves it out where the country votes; the authority has a code
        else:
            self.header[tag] = identifier(element)
            if tag == _AUTHORITY:
                self.header["authority"] = text_of(element)

    def finish(self) -> Document:
        document = self.document
        if document is None:
            raise InputError("the file holds no counts", rule="counts present")
        # The counting method may stand behind the election (EML_NL 1.3 and later).
        document.counting_method = self.header.get(_METHOD, "")
        document.slates = self.ballots.slates
        if not document.units:
            # A polling station's own file may state its counts as the total alone.
            if self.type == "510a":
                document.units = [unit._replace(kind="polling_station") for unit in document.totals]
                document.totals = []
            else:
                document.find("", "units present", "only TotalVotes", severity="info")
        compare_with_totals(document)
        return document

    def _once(self, tag: str, value: str, element: _Element) -> None:
        if self.header.setdefault(tag, value) != value:
            said = "two elections in one file"
            known = self.header[tag]
            raise refusal(said, element, "one election", value=value, expected=known)

    def _start(self, element: _Element) -> Document:
        root = element.getroottree().getroot()
        self.type = root.get("Id") or ""
        if root.tag != _ROOT or self.type not in COUNT_IDS:
            said, wanted = "the root element is not that of a count", ", ".join(COUNT_IDS)
            found, expected = f"{root.tag} Id={self.type!r}", f"{_ROOT} with Id {wanted}"
            raise refusal(said, root, "EML 510", value=found, expected=expected)
        if _ELECTION not in self.header:
            said = "no ElectionIdentifier before the first counts"
            raise refusal(said, element, "election identifier")
        document = Document(
            file=self.file,
            format=f"EML {self.type}",
            election=election_of(self.header[_ELECTION]),
            election_id=self.header[_ELECTION],
            authority_id=self.header.get(_AUTHORITY, ""),
            authority=self.header.get("authority", ""),
            phase=self.header.get(_PHASE, ""),
            created=self.header.get(_CREATED, ""),
        )
        if root.get("SchemaVersion") != "5":
            document.find("", "SchemaVersion", root.get("SchemaVersion"), "5", "info")
        return document

    def _block(self, element: _Element, *, is_total: bool) -> None:
        if tuple(each.tag for each in element.iterancestors()) != _PATH:
            path = "/".join(_local_name(each.tag) for each in element.iterancestors())
            said = "counts at a place where none belong"
            raise refusal(said, element, "place of counts", value=path)
        if self.document is None:
            self.document = self._start(element)
        document = self.document
        if len(document.units) >= MAX_UNITS:
            said = "more reporting units than any election has"
            most = f"at most {MAX_UNITS}"
            raise refusal(said, element, "number of units", expected=most)
        parts = _Parts(document, _local_name(str(element.tag)))
        slate, votes = self.ballots.read(element)
        for child in votes.others:
            parts.take(child)
        parts.complete(element, is_total=is_total)
        key = (self.contest if is_total else "", parts.unit_id)
        if key in self.seen:
            said = "the same reporting unit stands twice" if parts.unit_id else "two totals"
            whose = parts.unit_id or "TotalVotes"
            raise refusal(said, element, "unique unit", unit=whose)
        self.seen.add(key)
        unit = self._unit(parts, slate, votes, is_total=is_total)
        document.slates = self.ballots.slates
        document.check(unit, votes.sums)
        (document.totals if is_total else document.units).append(unit)

    def _own_code(self) -> str:
        """Return the code of the municipality whose file this is, or an empty string."""
        named = (self.header.get(tag, "") for tag in (_AUTHORITY, _CREATED_BY, _DOMAIN))
        # Exactly four digits: the domain of a national election is "1".
        return next((municipality_code(text) for text in named if len(text) == 4), "")

    def _unit(self, parts: _Parts, slate: int, votes: Any, *, is_total: bool) -> Unit:
        own_code, document = self._own_code(), parts.document
        authority = self.header.get("authority", "")
        if is_total:
            kind = COUNT_IDS[self.type][1]
            if kind == "national":  # the whole election: of one council, one province, …
                kind = "municipality" if own_code else whole_of(document.election)
            name, postcode, code = authority, "", own_code if kind != "district" else ""
            unit_id = self.header.get(_AUTHORITY, "")
        else:
            known, code = kind_of_unit(parts.unit_id)
            kind = known or COUNT_IDS[self.type][0]
            unit_id = parts.unit_id
            name, postcode = parts.name, ""
            if kind == "polling_station":
                name, postcode = split_station_name(parts.name)
                code = code or own_code
                if own_code and code != own_code:
                    document.find(unit_id, "own municipality", code, own_code)
        municipality = ""
        if kind == "municipality":
            municipality = name
        elif kind == "polling_station":
            municipality = authority if code == own_code else code
        return Unit(
            kind=kind,
            id=unit_id,
            municipality_code=code,
            municipality=municipality,
            name=name,
            postcode=postcode,
            counts=parts.counts,
            initial=parts.initial,
            unit_type=parts.unit_type,
            shared_location=parts.shared,
            contest=self.contest,
            slate=slate,
            votes=votes.lists,
            candidate_votes=votes.candidates,
            initial_votes=votes.initial,
        )


@dataclass
class _Parts:
    """Counts of a block, apart from its votes, as they are met.

    :meth:`complete` tells whether all is there that must be.
    ``place`` is the local name of the block, for errors before its unit is known.
    """

    document: Document
    place: str
    unit_id: str = ""
    name: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    initial: dict[str, int] = field(default_factory=dict)
    unit_type: str = ""
    shared: bool | None = None

    def take(self, child: _Element) -> None:
        """Take one child of the block that is no vote."""
        tag = str(child.tag)
        if tag == _UNIT_ID:
            self._identify(child)
        elif tag in _NOW:
            self._count(self.counts, _NOW[tag], child)
        elif tag in _FIRST:
            self._count(self.initial, _FIRST[tag], child)
        elif tag.startswith(KR):
            self._extension(tag.removeprefix(KR), child)
        else:
            said = f"an element {_local_name(tag)} among counts"
            raise self._error(said, child, "known elements")

    def complete(self, block: _Element, *, is_total: bool) -> None:
        """Raise InputError unless the block has what every block has."""
        if is_total and self.unit_id:
            raise self._error("a total with the identifier of a unit", block, "unit identifier")
        if not is_total and not self.unit_id:
            raise self._error("a unit without ReportingUnitIdentifier", block, "unit identifier")
        for name, what in (
            ("eligible", "Cast"),
            ("valid", "TotalCounted"),
            ("invalid", "RejectedVotes 'ongeldig'"),
            ("blank", "RejectedVotes 'blanco'"),
        ):
            if name not in self.counts:
                raise self._error(f"{what} is missing", block, "two rejected, Cast, TotalCounted")

    def _identify(self, child: _Element) -> None:
        if self.unit_id:
            raise self._error("a second ReportingUnitIdentifier", child, "unit identifier")
        self.unit_id = identifier(child)
        self.name = text_of(child)

    def _count(self, into: dict[str, int], name: str, child: _Element) -> None:
        code = child.get("ReasonCode") or ""
        if name == "rejected":
            if code not in _REJECTED:
                said = f"{_local_name(str(child.tag))} for an unknown reason"
                found, wanted = code or "no ReasonCode", " or ".join(_REJECTED)
                raise self._error(said, child, "known reason", found, wanted)
            name = _REJECTED[code]
        elif name == "uncounted":
            name = UNCOUNTED.get(code, "")
        if name in into:
            raise self._error(f"a second {_describe(child)}", child, "each count once")
        value = number(child, self.unit_id or self.place)
        if name:
            into[name] = value
        else:
            # A later version of the standard may add reasons; none of the package's counts
            # depends on them.
            label = self.unit_id or "total"
            self.document.find(label, "known reason", f"{code[:MAX_NAME_LENGTH]}: {value}")

    def _extension(self, name: str, child: _Element) -> None:
        if name == "ReportingUnitType":
            self.unit_type = text_of(child)
        elif name == "SharedLocation":
            value = text_of(child)
            if value not in ("true", "false", "1", "0"):
                raise self._error("SharedLocation is no boolean", child, "boolean", value)
            self.shared = value in ("true", "1")
        elif name != "ReportingUnitInvestigations":
            self.document.find(self.unit_id or "total", "known elements", name[:80], "", "info")

    def _error(
        self, message: str, at: _Element, rule: str, value: object = None, expected: object = None
    ) -> InputError:
        unit = self.unit_id or self.place
        return refusal(message, at, rule, unit=unit, value=value, expected=expected)


def _local_name(tag: str) -> str:
    """Return a tag without its namespace, cut to a length for messages."""
    return tag.rpartition("}")[2][:80]


def _describe(child: _Element) -> str:
    code = child.get("ReasonCode")
    return _local_name(str(child.tag)) + (f" for {code!r}"[:MAX_NAME_LENGTH] if code else "")
