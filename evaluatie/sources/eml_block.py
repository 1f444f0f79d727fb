"""The counts of one EML 510 block, apart from its votes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evaluatie.ground.errors import InputError
from evaluatie.sources.documents import UNCOUNTED, Document
from evaluatie.sources.limits import MAX_NAME_LENGTH
from evaluatie.sources.xml_stream import EML, KR, identifier, number, refusal, text_of

if TYPE_CHECKING:
    from lxml.etree import _Element


_UNIT_ID = EML + "ReportingUnitIdentifier"
_CAST, _COUNTED = EML + "Cast", EML + "TotalCounted"
_REJECTED, _UNCOUNTED = EML + "RejectedVotes", EML + "UncountedVotes"
_REJECTED_REASONS = {"blanco": "blank", "ongeldig": "invalid"}


@dataclass
class Parts:
    """Counts as they are met; :meth:`complete` tells whether all that must be there is.

    Attributes
    ----------
    place
        Local name of the block, for errors before its unit is known.
    """

    file: str
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
        elif tag == _CAST:
            self._put(self.counts, "eligible", child)
        elif tag == _COUNTED:
            self._put(self.counts, "valid", child)
        elif tag == _REJECTED:
            self._put(self.counts, self._reason(child, _REJECTED_REASONS), child)
        elif tag == _UNCOUNTED:
            self._uncounted(self.counts, child)
        elif tag.startswith(KR):
            self._extension(tag.removeprefix(KR), child)
        else:
            raise self._error(f"an element {local_name(tag)} among counts", child, "known elements")

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
        self.unit_id = identifier(child, self.file)
        self.name = text_of(child, self.file)

    def _put(self, into: dict[str, int], name: str, child: _Element) -> None:
        if name in into:
            raise self._error(f"a second {_describe(child)}", child, "each count once")
        into[name] = number(child, self.file, self.unit_id or self.place)

    def _reason(self, child: _Element, known: Mapping[str, str]) -> str:
        code = child.get("ReasonCode") or ""
        if code not in known:
            said = f"{local_name(str(child.tag))} for an unknown reason"
            raise self._error(
                said, child, "known reason", code or "no ReasonCode", " or ".join(known)
            )
        return known[code]

    def _uncounted(self, into: dict[str, int], child: _Element) -> None:
        code = child.get("ReasonCode") or ""
        if code in UNCOUNTED:
            self._put(into, UNCOUNTED[code], child)
            return
        # A later version of the standard may add reasons; none of the package's counts
        # depends on them.
        value = number(child, self.file, self.unit_id or self.place)
        label = self.unit_id or "total"
        self.document.find(label, "known reason", f"{code[:MAX_NAME_LENGTH]}: {value}")

    def _extension(self, name: str, child: _Element) -> None:
        # EML_NL 1.3.1 calls Previous what 1.3.0 called Initial.
        first = name.removeprefix("Initial").removeprefix("Previous")
        first = first if first != name else ""
        if first == "Cast":
            self._put(self.initial, "eligible", child)
        elif first == "TotalCounted":
            self._put(self.initial, "valid", child)
        elif first == "RejectedVotes":
            self._put(self.initial, self._reason(child, _REJECTED_REASONS), child)
        elif first == "UncountedVotes":
            self._uncounted(self.initial, child)
        elif name == "ReportingUnitType":
            self.unit_type = text_of(child, self.file)
        elif name == "SharedLocation":
            value = text_of(child, self.file)
            if value not in ("true", "false", "1", "0"):
                raise self._error("SharedLocation is no boolean", child, "boolean", value)
            self.shared = value in ("true", "1")
        elif name != "ReportingUnitInvestigations":
            self.document.find(self.unit_id or "total", "known elements", name[:80], "", "info")

    def _error(
        self, message: str, at: _Element, rule: str, value: object = None, expected: object = None
    ) -> InputError:
        unit = self.unit_id or self.place
        return refusal(message, at, self.file, rule, unit=unit, value=value, expected=expected)


def local_name(tag: str) -> str:
    """Return a tag without its namespace, cut to a length for messages."""
    return tag.rpartition("}")[2][:80]


def _describe(child: _Element) -> str:
    code = child.get("ReasonCode")
    return local_name(str(child.tag)) + (f" for {code!r}"[:MAX_NAME_LENGTH] if code else "")
