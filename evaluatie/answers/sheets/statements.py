"""What is known of a municipality, in statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from evaluatie.answers.statement import Statement
from evaluatie.ground.formatting import LANGUAGES

Line = Sequence[Statement]
Parts = Mapping[str, Any]


def rows(table: pd.DataFrame, measure: str, **where: object) -> pd.DataFrame:
    """Return the rows of one measure of a sheet, oldest election first."""
    kept = table["measure"] == measure
    for column, value in where.items():
        kept &= table[column] == value
    return table[kept].reset_index(drop=True)


def latest(table: pd.DataFrame, primary: str) -> str | None:
    """Return the newest election with the new ballot of which something is known."""
    shares = rows(table, "share", outcome=primary, new_ballot=True)
    known = shares[shares["estimate"].notna() | shares["bound_low"].notna()]
    return None if known.empty else str(known["election"].iloc[-1])


def statements(table: pd.DataFrame, parts: Parts) -> list[Line]:
    """Say what is known of a municipality, newest election with the new ballot first.

    Parameters
    ----------
    table, parts
        As in the answer of :func:`evaluatie.answers.sheets.assemble`.

    Returns
    -------
    list
        Lines of one or more statements.
    """
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


def _row(found: pd.DataFrame, election: object) -> dict[Any, Any] | None:
    here = found[found["election"] == election]
    return None if here.empty else here.to_dict("records")[0]


def _called(parts: Parts, election: object) -> str | dict[str, str]:
    here = parts["history"][parts["history"]["election"] == election]
    if here.empty:
        return str(election)
    return {lang: str(here[f"called_{lang}"].iloc[0]) for lang in LANGUAGES}


def _words(parts: Parts, row: Mapping[Any, Any]) -> dict[str, Any]:
    vintage = row["vintage"]
    return {
        "name": parts["municipality"],
        "election": _called(parts, row["election"]),
        "baseline": _called(parts, row["baseline"]),
        "outcome": f"@common.{parts['primary']}",
        "use": int(row["exposure"]) if pd.notna(row["exposure"]) else None,
        "vintage": f"@common.{vintage}" if isinstance(vintage, str) else "",
        "estimate": row["estimate"],
        "low": row["conf_low"],
        "high": row["conf_high"],
        "bound_low": row["bound_low"],
        "bound_high": row["bound_high"],
    }


def _unknown(table: pd.DataFrame, parts: Parts) -> Iterator[Line]:
    """Elections with the new ballot, newer than what is known, of which nothing is."""
    shares = rows(table, "share", outcome=parts["primary"], new_ballot=True)
    for row in reversed(shares.to_dict("records")):
        if row["election"] == parts["latest"]:
            return
        yield [Statement("sheets.unknown", _words(parts, row))]


def _share(table: pd.DataFrame, parts: Parts, election: str) -> Iterator[Statement]:
    shares = rows(table, "share", outcome=parts["primary"])
    row = _row(shares, election)
    assert row is not None
    key = "share_bounded" if pd.isna(row["estimate"]) else "share"
    yield Statement(f"sheets.{key}", _words(parts, row))
    before = _row(shares, row["baseline"])
    if before is not None and pd.notna(before["estimate"]):
        history = parts["history"]
        day = history.loc[history["election"] == row["baseline"], "date"].iloc[0]
        yield Statement("sheets.before", {"year": day[:4], "before": before["estimate"]})


def _effect(table: pd.DataFrame, parts: Parts, election: str) -> Iterator[Line]:
    row = _row(rows(table, "effect"), election)
    if row is None:
        shares = rows(table, "share", outcome=parts["primary"])
        share = _row(shares, election)
        before = None if share is None else _row(shares, share["baseline"])
        if share is not None and (before is None or pd.isna(before["estimate"])):
            yield [Statement("sheets.effect_no_baseline", _words(parts, share))]
        else:
            yield [Statement("sheets.effect_none")]
        return
    if pd.isna(row["estimate"]):
        sure = "bounded" if pd.notna(row["bound_low"]) else "none"
    else:
        sure = "more" if row["conf_low"] > 0 else "fewer" if row["conf_high"] < 0 else "open"
    yield [Statement(f"sheets.effect_{sure}", _words(parts, row))]


def _first_count(parts: Parts) -> Iterator[Line]:
    """Both counts of the newest election that was counted twice here."""
    firsts = parts["firsts"]
    if firsts.empty:
        return
    firsts = firsts[firsts["first"].notna() & firsts["official"].notna()]
    for election, both in list(firsts.groupby("election", sort=False))[-1:]:
        by = both.set_index("outcome")
        if not {"invalid", "blank"} <= set(by.index):
            return
        words = {
            "election": _called(parts, election),
            "first": by.at["invalid", "first"],
            "official": by.at["invalid", "official"],
            "first_blank": by.at["blank", "first"],
            "official_blank": by.at["blank", "official"],
        }
        said = [Statement("sheets.first_count", words)]
        if by.at["invalid", "status"] == "invalid-blank-swapped":
            said.append(Statement("sheets.first_count_swapped"))
        yield said


def _stations(parts: Parts, election: str) -> Iterator[Line]:
    """How many polling stations, how many high, and the highest."""
    stations = parts["stations"]
    row = None if stations.empty else _row(stations, election)
    if row is None:
        return
    row["outcome"] = f"@common.{parts['primary']}"
    if pd.isna(row["total"]):
        yield [Statement("sheets.stations_incomplete", row)]
        return
    yield [Statement("sheets.stations" if row["n_high"] else "sheets.stations_low", row)]


def _seats(table: pd.DataFrame, parts: Parts) -> Iterator[Line]:
    margins = rows(table, "seat_margin").dropna(subset=["estimate"])
    for row in margins.tail(1).to_dict("records"):
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


def _reversal(table: pd.DataFrame, parts: Parts) -> Iterator[Line]:
    shares = rows(table, "share", outcome=parts["primary"], new_ballot=False)
    after = shares[shares["exposure"] > 0].dropna(subset=["estimate"])
    for row in after.tail(1).to_dict("records"):
        yield [Statement("sheets.reversal", _words(parts, row))]
