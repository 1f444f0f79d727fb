"""Runs of candidates, taken out of a stream of XML before it is parsed.

Nine tenths of a count are candidates, written by official software in one fixed shape. A
regular expression that knows this shape reads them about ten times as fast as a parser
builds elements for them. :class:`Runs` cuts such runs out of the stream, and either drops
them (summaries) or puts one stand-in element in the place of each and keeps the bytes.

Why this cannot change what else is read. A run is a balanced piece of markup, and it is only
taken from a place right behind an end tag ``</Selection>``, where content stands in any
well-formed document; taking balanced markup from between two pieces of content leaves a
well-formed document well-formed and a broken one broken. Bytes that look like markup but are
none occur only inside comments, CDATA sections and processing instructions: from the first
``<!`` or ``<?`` on, nothing is taken out any more. Candidates in any other shape stay in the
stream and go through the parser. A stand-in carries a random number that no file can know.
"""

from __future__ import annotations

import re
import secrets
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Run", "Runs"]

_S = rb"[ \t\r\n]*"
_ONE = (
    rb"<Selection>%(s)s<Candidate>%(s)s"
    rb'<CandidateIdentifier(?: Id="[0-9]{1,4}")?(?: ShortCode="[^"<>&]{1,60}")?'
    rb"(?:>%(s)s</CandidateIdentifier>| ?/>)%(s)s</Candidate>%(s)s"
    rb"<ValidVotes>[0-9]{1,9}</ValidVotes>%(s)s</Selection>"
) % {b"s": _S}
_RUN = re.compile(rb"(?<=</Selection>)(?:" + _S + _ONE + rb")+")
_VOTES = re.compile(rb"<ValidVotes>([0-9]+)</ValidVotes>")
_WHO = re.compile(rb'<CandidateIdentifier(?: Id="([0-9]+)")?(?: ShortCode="([^"]*)")?')
_LIST = b"<AffiliationIdentifier"
_MAX_HELD = 1 << 16
_MAX_KNOWN = 2_000  # lists of all districts of an election: about 500
_MAX_WAITING = 32 << 20


class Run(NamedTuple):
    """Candidates of one run: what identifies them (equal bytes, equal people), and votes."""

    who: bytes
    votes: np.ndarray[Any, np.dtype[np.int64]]


class Runs:
    """Cuts runs of candidates out of a stream.

    Parameters
    ----------
    keep
        Put a stand-in in the place of each run, and hand it out by :meth:`take`; otherwise
        runs are dropped.
    """

    def __init__(self, keep: bool) -> None:
        self.keep = keep
        self._open = True
        self._held = b""
        self._mark = f"run-{secrets.token_hex(8)}-"
        self._cut: dict[int, bytes] = {}
        self._next = self._waiting = 0
        self._people: dict[bytes, tuple[tuple[int, ...], tuple[str, ...]]] = {}

    def filter(self, chunk: bytes) -> bytes:
        """Return the chunk without its runs; an unfinished run waits for the next chunk."""
        if not self._open:
            return chunk
        chunk, self._held = self._held + chunk, b""
        # A single byte is found several times as fast as two, and both are rare.
        if (b"!" in chunk and b"<!" in chunk) or (b"?" in chunk and b"<?" in chunk):
            self._open = False
            return chunk
        cut = chunk.rfind(_LIST)
        if cut < 0 or len(chunk) - cut > _MAX_HELD:
            # A final "<" may be the first half of "<!" or "<?".
            cut = len(chunk) - chunk.endswith(b"<")
        self._held = chunk[cut:]
        return _RUN.sub(self._replace, chunk[:cut])

    def rest(self) -> bytes:
        """Return what is still held back, at the end of the stream."""
        held, self._held = self._held, b""
        return _RUN.sub(self._replace, held) if self._open else held

    def take(self, identifier: str | None) -> Run | None:
        """Return the run that a stand-in with this identifier stands for, once."""
        if not identifier or not identifier.startswith(self._mark):
            return None
        bits = self._cut.pop(int(identifier.removeprefix(self._mark)), None)
        if bits is None:
            return None
        self._waiting -= len(bits)
        parts = _VOTES.split(bits)
        votes = np.fromstring(b",".join(parts[1::2]), dtype=np.int64, sep=",")
        return Run(b"".join(parts[0::2]), votes)

    def people(self, who: bytes) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Return numbers (0 = none) and short codes of the candidates of a run."""
        known = self._people.get(who)
        if known is None:
            found = _WHO.findall(who)
            known = (
                tuple(int(number or b"0") for number, _ in found),
                tuple(short.decode("utf-8", "replace") for _, short in found),
            )
            if len(self._people) < _MAX_KNOWN:
                self._people[who] = known
        return known

    def _replace(self, match: re.Match[bytes]) -> bytes:
        bits = match[0]
        lines = b"\n" * bits.count(b"\n")  # so that later errors name the right line
        if not self.keep:
            return lines
        if self._waiting > _MAX_WAITING:
            return bits  # nobody asks for those before: they stand outside of units
        self._waiting += len(bits)
        self._cut[self._next] = bits
        self._next += 1
        mark = f"{self._mark}{self._next - 1}".encode()
        return (
            b'<Selection><Candidate><CandidateIdentifier Id="%b"/></Candidate>'
            b"<ValidVotes>0</ValidVotes></Selection>" % mark + lines
        )
