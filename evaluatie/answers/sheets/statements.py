"""What is known of a municipality, in statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from evaluatie.answers.statement import Statement
from evaluatie.ground.formatting import LANGUAGES, finite
from evaluatie.ground.tables import Row, rows_of

Line = Sequence[Statement]
Parts = Mapping[str, Any]


def rows(table: Iterable[Row], measure: str, **where: object) -> list[Row]:
    """Return the rows of one measure of a sheet, oldest election first."""
    wanted = {"measure": measure, **where}
    return [row for row in table if all(row[name] == value for name, value in wanted.items())]


def latest(table: Iterable[Row], primary: str) -> str | None:
    """Return the newest election with the new ballot of which something is known."""
    shares = rows(table, "share", outcome=primary, new_ballot=True)
    said = [row for row in shares if finite(row["estimate"]) or finite(row["bound_low"])]
    return str(said[-1]["election"]) if said else None


def statements(table: Sequence[Row], parts: Parts) -> list[Line]:
    """Say what is known of a municipality, newest election with the new ballot first.

    Parameters
    ----------
    table, parts
        As in the answer of :func:`evaluatie.answers.sheets.assemble`, the table as records.

    Returns
    -------
    list
        Lines of one or more statements.
    """
    frames = ("history", "firsts", "stations")
    parts = {**parts, **{name: rows_of(parts[name]) for name in frames}}
    said = [*_unknown(table, parts)]
    election = parts["latest"]
    if election is not None:
        said.append([*_share(table, parts, election)])
        said += _effect(table, parts, election)
        said += _stations(parts, election)
    said += _first_count(parts)
    said += _seats(table, parts)
    said += _reversal(table, parts)
    for texts in zip(*(parts["warnings"][lang] for lang in LANGUAGES), strict=True):
        finding = dict(zip(LANGUAGES, texts, strict=True))
        said.append([Statement("sheets.beware", {"finding": finding})])
    return said or [[Statement("sheets.nothing", {"name": parts["municipality"]})]]


def _row(found: Iterable[Row], election: object) -> Row | None:
    return next((row for row in found if row["election"] == election), None)


def _called(parts: Parts, election: object) -> str | dict[str, str]:
    here = _row(parts["history"], election)
    return {lang: str(here[f"called_{lang}"]) for lang in LANGUAGES} if here else str(election)


def _words(parts: Parts, row: Row) -> dict[str, Any]:
    vintage = row["vintage"]
    return {
        "name": parts["municipality"],
        "election": _called(parts, row["election"]),
        "baseline": _called(parts, row["baseline"]),
        "outcome": f"@common.{parts['primary']}",
        "use": int(row["exposure"]) if finite(row["exposure"]) else None,
        "vintage": f"@common.{vintage}" if isinstance(vintage, str) else "",
        "estimate": row["estimate"],
        "low": row["conf_low"],
        "high": row["conf_high"],
        "bound_low": row["bound_low"],
        "bound_high": row["bound_high"],
    }


def _unknown(table: Sequence[Row], parts: Parts) -> Iterator[Line]:
    """Elections with the new ballot, newer than what is known, of which nothing is."""
    shares = rows(table, "share", outcome=parts["primary"], new_ballot=True)
    for row in reversed(shares):
        if row["election"] == parts["latest"]:
            return
        yield [Statement("sheets.unknown", _words(parts, row))]


def _share(table: Sequence[Row], parts: Parts, election: str) -> Iterator[Statement]:
    shares = rows(table, "share", outcome=parts["primary"])
    row = _row(shares, election)
    assert row is not None
    key = "share" if finite(row["estimate"]) else "share_bounded"
    yield Statement(f"sheets.{key}", _words(parts, row))
    before = _row(shares, row["baseline"])
    if before is not None and finite(before["estimate"]):
        days = {row["election"]: row["date"] for row in parts["history"]}
        yield Statement(
            "sheets.before", {"year": days[before["election"]][:4], "before": before["estimate"]}
        )


def _effect(table: Sequence[Row], parts: Parts, election: str) -> Iterator[Line]:
    row = _row(rows(table, "effect"), election)
    if row is None:
        shares = rows(table, "share", outcome=parts["primary"])
        share = _row(shares, election)
        before = None if share is None else _row(shares, share["baseline"])
        if share is not None and (before is None or not finite(before["estimate"])):
            yield [Statement("sheets.effect_no_baseline", _words(parts, share))]
        else:
            yield [Statement("sheets.effect_none")]
        return
    if not finite(row["estimate"]):
        sure = "bounded" if finite(row["bound_low"]) else "none"
    else:
        sure = "more" if row["conf_low"] > 0 else "fewer" if row["conf_high"] < 0 else "open"
    yield [Statement(f"sheets.effect_{sure}", _words(parts, row))]


def _first_count(parts: Parts) -> Iterator[Line]:
    """Both counts of the newest election that was counted twice here."""
    twice = [row for row in parts["firsts"] if finite(row["first"], row["official"])]
    elections = list(dict.fromkeys(row["election"] for row in twice))
    by = {row["outcome"]: row for row in twice if row["election"] == elections[-1]}
    if not {"invalid", "blank"} <= by.keys():
        return
    words = {
        "election": _called(parts, elections[-1]),
        "first": by["invalid"]["first"],
        "official": by["invalid"]["official"],
        "first_blank": by["blank"]["first"],
        "official_blank": by["blank"]["official"],
    }
    said = [Statement("sheets.first_count", words)]
    if by["invalid"]["status"] == "invalid-blank-swapped":
        said.append(Statement("sheets.first_count_swapped"))
    yield said


def _stations(parts: Parts, election: str) -> Iterator[Line]:
    """How many polling stations, how many high, and the highest."""
    row = _row(parts["stations"], election)
    if row is None:
        return
    row = {**row, "outcome": f"@common.{parts['primary']}"}
    if not finite(row["total"]):
        yield [Statement("sheets.stations_incomplete", row)]
        return
    yield [Statement("sheets.stations" if row["n_high"] else "sheets.stations_low", row)]


def _seats(table: Sequence[Row], parts: Parts) -> Iterator[Line]:
    margins = [row for row in rows(table, "seat_margin") if finite(row["estimate"])]
    for row in margins[-1:]:
        lost = _row(rows(table, "lost_votes"), row["election"])
        when = Statement("sheets.when", {"election": _called(parts, row["election"])})
        words = {
            "when": "" if row["election"] == parts["latest"] else when,
            "votes": row["estimate"],
        }
        if lost is None:
            yield [Statement("sheets.seats_unknown", words)]
            continue
        low, high = lost["conf_low"], lost["conf_high"]
        reached = "yes" if low >= row["estimate"] else "no" if high < row["estimate"] else "within"
        yield [Statement(f"sheets.seats_{reached}", {"low": low, "high": high, **words})]


def _reversal(table: Sequence[Row], parts: Parts) -> Iterator[Line]:
    shares = rows(table, "share", outcome=parts["primary"], new_ballot=False)
    after = [row for row in shares if row["exposure"] > 0 and finite(row["estimate"])]
    for row in after[-1:]:
        yield [Statement("sheets.reversal", _words(parts, row))]
