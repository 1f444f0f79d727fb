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
stream and go through the parser, and so does every byte that could be wrong in itself, such as
a control character in a short code. A stand-in carries a random number that no file can know.
"""

from __future__ import annotations

import re
import secrets

STAND_IN = "run"
"""Attribute of a ``Selection`` that stands for a run."""

# Nothing is tried twice ("*+"), as candidates follow each other thousands of times. That is said
# of single characters only: of groups, Python matches it wrongly until 3.11.5.
_S = rb"[ \t\r\n]*+"
# ASCII without markup and controls, or two bytes of UTF-8: letters with accents.
_CHARACTER = rb"[ !#-%\'-;=?-~]|[\xc2-\xdf][\x80-\xbf]"
_END = b"</Selection>"
_ONE = (
    rb"<Selection>%(s)s<Candidate>%(s)s"
    rb'<CandidateIdentifier(?: Id="[0-9]{1,4}+")?(?: ShortCode="(?:%(c)s){1,60}")?'
    rb"(?:>%(s)s</CandidateIdentifier>| ?/>)%(s)s</Candidate>%(s)s"
    rb"<ValidVotes>[0-9]{1,9}+</ValidVotes>%(s)s</Selection>"
) % {b"s": _S, b"c": _CHARACTER}
_RUN = re.compile(_END + b"((?:" + _S + _ONE + b")+)")
_WHO = re.compile(rb'<CandidateIdentifier(?: Id="([0-9]+)")?(?: ShortCode="([^"]*)")?')
_LIST = b"<AffiliationIdentifier"
_MAX_HELD = 1 << 16
_MAX_WAITING = 32 << 20


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

    def take(self, identifier: str | None) -> bytes | None:
        """Return the run that a stand-in with this identifier stands for, once."""
        if not identifier or not identifier.startswith(self._mark):
            return None
        run = self._cut.pop(int(identifier.removeprefix(self._mark)), None)
        if run is not None:
            self._waiting -= len(run)
        return run

    def _replace(self, match: re.Match[bytes]) -> bytes:
        run = match[1]
        lines = b"\n" * run.count(b"\n")  # so that later errors name the right line
        if not self.keep:
            return _END + lines
        if self._waiting > _MAX_WAITING:
            return match[0]  # nobody asks for those before: they stand outside of units
        self._waiting += len(run)
        self._cut[self._next] = run
        self._next += 1
        mark = f"{self._mark}{self._next - 1}".encode()
        return b'%b<Selection %b="%b"/>%b' % (_END, STAND_IN.encode(), mark, lines)


def people(run: bytes) -> list[tuple[int, str]]:
    """Return number (0 = none) and short code of the candidates of a run."""
    return [(int(place or b"0"), short.decode("utf-8")) for place, short in _WHO.findall(run)]
