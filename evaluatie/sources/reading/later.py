"""Several files of one count: the same twice, or a first count and its corrigendum."""

from __future__ import annotations

from collections.abc import Sequence

from evaluatie.sources.documents import Document, Severity, Unit
from evaluatie.sources.frames import source_of
from evaluatie.sources.intake import Piece

_PHASES = {"eerste zitting": -1, "corrigendum": 1}
_SAME: tuple[str, Severity] = ("one count", "info")
_LATER: tuple[str, Severity] = ("later count", "warning")
_COUNTED = ("valid", "blank", "invalid")


def settle(found: Sequence[Piece]) -> frozenset[str]:
    """Find the files whose count another file gives too, or gives later.

    Of files with the same units the later holds: a corrigendum over a first session, then the
    one that was made later. What the earlier counted otherwise becomes the first count of the
    later, and a finding. Files that differ and do not say which is later are left as they are.
    A corrigendum of some of the units of one other file is laid over that.

    Returns
    -------
    frozenset of str
        Labels of the pieces that do not count.
    """
    same: dict[object, list[Piece]] = {}
    for piece in found:
        if piece.document is not None and piece.document.units:
            same.setdefault(_units(piece.document), []).append(piece)
    dropped: set[str] = set()
    for pieces in same.values():
        ranked = sorted(pieces, key=_order)
        holds = ranked[-1]
        for piece in reversed(ranked[:-1]):
            alike = _counts(_said(holds)) == _counts(_said(piece))
            if not alike and not _is_later(_said(holds), _said(piece)):
                continue
            if not alike:
                _keep_first(_said(holds), _said(piece))
            rule, severity = _SAME if alike else _LATER
            told = _said(piece).finding("", rule, "", source_of(holds.label), severity)
            piece.findings.append(told)
            dropped.add(piece.label)
    for pieces in same.values():
        for piece in pieces:
            whole = None if piece.label in dropped else _whole(piece, found, dropped)
            if whole is not None:
                _lay_over(whole, piece)
                dropped.add(piece.label)
    return frozenset(dropped)


def _whole(part: Piece, found: Sequence[Piece], dropped: set[str]) -> Piece | None:
    """Return the one file that a corrigendum gives some of the units of, if it is that."""
    document = _said(part)
    election, kinds, authority, ids = _units(document)
    wholes = []
    for piece in found:
        if piece.document is None or piece.label in dropped:
            continue
        same = _units(piece.document)
        later = _when(document)[0] > 0 and _is_later(document, piece.document)
        if later and same[:3] == (election, kinds, authority) and ids < same[3]:
            wholes.append(piece)
    return wholes[0] if len(wholes) == 1 else None


def _lay_over(whole: Piece, part: Piece) -> None:
    """Put the units of a corrigendum in the place of those of the count that it corrects."""
    document, corrected = _said(whole), _said(part)
    _keep_first(corrected, document)
    document.findings += [each for each in corrected.findings if each.rule == "first count"]
    before = {unit.id: unit for unit in document.units}
    shift = len(document.slates)
    document.slates += corrected.slates
    now = {unit.id: unit._replace(slate=unit.slate + shift) for unit in corrected.units}
    document.units = [now.get(unit.id, unit) for unit in document.units]
    changes = [(before[name], unit) for name, unit in now.items()]
    document.totals = [_moved(document, total, changes) for total in document.totals]
    source = source_of(whole.label)
    part.findings.append(corrected.finding("", "part corrected", len(now), source, "warning"))


def _moved(document: Document, total: Unit, changes: Sequence[tuple[Unit, Unit]]) -> Unit:
    """Move a total by what its units changed, list by list; its candidates are then unknown."""
    counts, votes = dict(total.counts), document.list_votes(total)
    for first, now in changes:
        if first.contest != total.contest:
            continue
        for name in counts.keys() & first.counts.keys() & now.counts.keys():
            counts[name] += now.counts[name] - first.counts[name]
        for sign, unit in ((-1, first), (1, now)):
            for number, cast in document.list_votes(unit).items():
                votes[number] = votes.get(number, 0) + sign * cast
    listed = tuple(votes[number] for number, _ in document.slates[total.slate].lists)
    return total._replace(counts=counts, votes=listed, candidate_votes=None)


def _said(piece: Piece) -> Document:
    """Return the document of a piece that has one."""
    assert piece.document is not None
    return piece.document


def _units(document: Document) -> tuple[str, frozenset[str], str, frozenset[str]]:
    kinds = frozenset(unit.kind for unit in document.units)
    ids = frozenset(unit.id for unit in document.units)
    return document.election, kinds, document.authority_id, ids


def _when(document: Document) -> tuple[int, str]:
    return _PHASES.get(document.phase.strip().lower(), 0), document.created


def _order(piece: Piece) -> tuple[tuple[int, str], bool, str]:
    # Of the same count EML says more than the table; of alike files the first name stays.
    document = _said(piece)
    backwards = "".join(chr(0x10FFFF - ord(each)) for each in piece.label)
    return _when(document), document.format.startswith("EML"), backwards


def _is_later(document: Document, other: Document) -> bool:
    """Whether a document says that it was made after another."""
    own, others = _when(document), _when(other)
    # The table beside an EML file does not say when it was made.
    return own > others if own[0] != others[0] or (own[1] and others[1]) else False


def _counts(document: Document) -> dict[str, object]:
    return {
        unit.id: ([unit.counts[name] for name in _COUNTED], document.list_votes(unit))
        for unit in document.units
    }


def _keep_first(later: Document, earlier: Document) -> None:
    """Write what the earlier count had otherwise into the later one, where it has none yet."""
    before = {unit.id: unit for unit in earlier.units}
    units = []
    for unit in later.units:
        first, now = before[unit.id], unit
        changed = {
            name: value
            for name, value in first.counts.items()
            if unit.counts.get(name) not in (None, value) and name not in unit.initial
        }
        votes = earlier.list_votes(first)
        lists = [number for number, _ in later.slates[unit.slate].lists]
        changed_votes = {
            place: votes[number]
            for place, number in enumerate(lists)
            if votes.get(number, unit.votes[place]) != unit.votes[place]
            and place not in unit.initial_votes
        }
        if changed or changed_votes:
            added = unit._replace(initial=changed, initial_votes=changed_votes)
            later.tell_first(added)
            now = unit._replace(
                initial={**changed, **unit.initial},
                initial_votes={**changed_votes, **unit.initial_votes},
            )
        units.append(now)
    later.units = units
