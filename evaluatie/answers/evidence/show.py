"""What readers see of evidence and reasons: columns, tables, a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.evidence.draw import reasons
from evaluatie.answers.evidence.table import load_reasons, reason
from evaluatie.counts.schema import TABLES as SCHEMA
from evaluatie.counts.schema import Field
from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Kind, Row
from evaluatie.ground.words import say, sentences

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.answer import Answer
    from evaluatie.answers.run import Run


def _named(kind: str, key: Any, lang: str) -> str:
    """Say a key in words where there are some; a user's own words stay as they are."""
    known = f"{kind}_{key}" in sentences("evidence")
    return say(f"evidence.{kind}_{key}", lang) if known else str(key)


def _word(kind: str, name: str) -> Callable[[Row, str], str]:
    return lambda row, lang: "; ".join(_named(kind, key, lang) for key in str(row[name]).split())


def by_subject(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row per subject: what is in at the latest election (``latest``) and ``before``.

    Both list ``<election>:<measure>`` with semicolons; the measure ``counts`` are official counts.
    """
    counts = table["counted"].map({True: "counts; ", False: ""})
    listed = (counts + table["measures"]).str.strip("; ").str.split("; ")
    told = [
        "; ".join(f"{election}:{each}" for each in measures if each)
        for election, measures in zip(table["election"], listed, strict=True)
    ]
    last = table["election"] == table["election"].iloc[-1]
    rows = table[["subject", "basis"]].assign(told=told)
    latest = rows[last].rename(columns={"told": "latest"}).set_index("subject").assign(before="")
    for subject, own in rows[~last].groupby("subject"):
        latest.loc[subject, "before"] = "; ".join(filter(None, own["told"]))
    found: pd.DataFrame = latest.reset_index()
    return found


def _told(name: str, nothing: str) -> Callable[[Row, str], str]:
    """Say what is in, each with its elections."""

    def cell(row: Row, lang: str) -> str:
        found: dict[str, list[str]] = {}
        for each in filter(None, str(row[name]).split("; ")):
            election, _, measure = each.partition(":")
            words = _named("measure", measure, lang)
            found.setdefault(words, []).append(formatting.short(election))
        parts = [f"{words} ({', '.join(elections)})" for words, elections in found.items()]
        return "; ".join(parts) or say(f"evidence.{nothing}", lang)

    return cell


_SUBJECT = Column(
    "subject", "text", "Onderwerp", "Subject", "Subject of the evaluation, by its key", True,
    _word("subject", "subject"),
)  # fmt: skip
SUBJECTS: tuple[Column, ...] = (
    _SUBJECT,
    Column("before", "text", "Eerder bekend", "Known earlier", show=_told("before", "nothing")),
    Column("latest", "text", "Laatste keer", "Latest election", show=_told("latest", "not_in")),
    Column(
        "basis", "text", "Grondslag", "Laid down in",
        "What lays the subject down, with spaces: decree, act, letters (EP2024 and TK2025) or "
        "letter (GR2026)", True, _word("basis", "basis"),
    ),
    c.ELECTION.called("", ""),
    Column("counted", "flag", about="Whether official counts speak to it", filled=True),
    Column("n_rows", "count", about="Rows of evidence", filled=True),
    Column("measures", about="What these measure, with semicolons", filled=True),
)  # fmt: skip
"""Rows by subject and election; readers see one row per subject."""


def _value(row: Row, lang: str) -> str:
    """Print a value with its own decimals."""
    value, unit = row["value"], str(row["unit"])
    if bool(pd.isna(value)):
        return formatting.UNKNOWN
    decimals = len(f"{float(value):.6f}".rstrip("0").partition(".")[2])
    text = formatting.number(float(value), lang, decimals)
    return f"{text}%" if unit.startswith("percent") else f"{text} {_named('unit', unit, lang)}"


def _what(row: Row, lang: str) -> str:
    return f"{_named('measure', row['measure'], lang)}, {_named('whom', row['whom'], lang)}"


def _source(row: Row, lang: str) -> str:
    parts = [row[name] for name in ("source", "source_date", "page") if not pd.isna(row[name])]
    how = "" if row["status"] == "transcribed" else f" ({_named('status', row['status'], lang)})"
    return f"{', '.join(part for part in parts if part != 'undated')}{how}"


_SHOWN: Mapping[str, tuple[str, str, Callable[[Row, str], str]]] = {
    "subject": ("Onderwerp", "Subject", _word("subject", "subject")),
    "election": ("Verkiezing", "Election", lambda row, _: formatting.short(row["election"])),
    "measure": ("Maat", "Measure", _what),
    "value": ("Waarde", "Value", _value),
    "source": ("Bron", "Source", _source),
}
_TYPES: Mapping[str, Kind] = {"integer": "count", "number": "number"}


def _column(field: Field) -> Column:
    about = Column(
        field.name, _TYPES.get(field.type, "text"), about=field.description, filled=field.required
    )
    if field.name not in _SHOWN:
        return about
    nl, en, show = _SHOWN[field.name]
    return about.called(nl, en, show=show)


ROWS: tuple[Column, ...] = (
    *map(_column, SCHEMA["evidence"].columns),
    Column("whom", about="Name of the municipality, or the group", filled=True),
)
"""Rows of evidence."""


COUNTING: tuple[Column, ...] = (
    c.ELECTION,
    c.GROUP,
    c.N_MUNICIPALITIES,
    Column(
        "count", "count", "Verschil", "Difference",
        "Ballots beyond and short of the voters admitted, added up", True,
    ),
    Column("total", "count", "Biljetten", "Ballots", "Ballots found", True),
    Column("share", "percent3", "Aandeel", "Share", "Difference, of the ballots found", True),
)  # fmt: skip


_REASON = Column(
    "reason", "text", "Reden", "Reason",
    "Key of the reason in reasons.toml; of a group of reasons design or any", True, reason,
)  # fmt: skip
_N = c.N_MUNICIPALITIES.called("", "")

REASONS: tuple[Column, ...] = (
    c.ELECTION,
    Column("basis", about="What it rests on: counts or printed totals", filled=True),
    Column("level", about="reason, group of reasons, or valid (only a party)", filled=True),
    _REASON,
    Column(
        "group", about="design (tied to the new ballot), any (possible on any) or valid",
        filled=True,
    ),
    _N,
    Column(
        "count", "count", "Biljetten", "Ballots", "Ballots of this reason",
        show=Column("count", "interval_count").cell,
    ),
    Column("count_low", "count", about="Fewest ballots that what is known allows"),
    Column("count_high", "count", about="Most ballots that what is known allows"),
    Column(
        "share_invalid", "percent1", "Van de ongeldige", "Of invalid",
        "Share of the invalid votes",
        show=Column("share_invalid", "interval_percent1").cell,
    ),
    Column("share_invalid", "interval", about="end of the share of the invalid votes"),
    Column(
        "share_ballots", "percent3", "Van alle", "Of all", "Share of the ballots found",
        show=Column("share_ballots", "interval_percent3").cell,
    ),
    Column("share_ballots", "interval", about="end of the share of the ballots found"),
)  # fmt: skip
"""Rows by election and reason or group of reasons."""

RULES: tuple[Column, ...] = (
    c.ELECTION,
    Column(
        "rule", "text", "Regel", "Rule",
        "Rule of validity: as_held, nonexistent_counts or party_only_invalid", True,
        _word("rule", "rule"),
    ),
    _N,
    Column("ballots", "count", about="Ballots found"),
    Column("invalid", "count", "Ongeldig", "Invalid", "Invalid votes under the rule", True),
    Column("share", "percent", "Aandeel", "Share", "Of the ballots found"),
    Column("change", "count", "Verschil", "Difference", "Ballots more invalid than as held", True),
    Column("share_change", "points", about="The same, as a share of ballots"),
)  # fmt: skip
"""Rows by election and rule of validity."""


def _listed(run: Run) -> pd.DataFrame:
    """Return the rows that say something by themselves: others add up to a count elsewhere."""
    rows = run.part("evidence", "rows")
    return rows[~rows["measure"].isin(["count_difference", *load_reasons()])]


def _draw(rows: pd.DataFrame, _: Run, lang: str, **how: bool) -> Figure:
    return reasons(rows, lang, **how)


def draw(answer: Answer, lang: str) -> Figure:
    """Draw shares of all ballots by reason."""
    return reasons(answer.table, lang)


_OF_REASONS = TableFor("reasons", REASONS, lambda run: run.frame("reasons"))
TABLES = (
    TableFor("evidence", SUBJECTS, lambda run: by_subject(run.frame("evidence"))),
    TableFor("evidence-rows", ROWS, _listed),
    _OF_REASONS,
)
FIGURES = (FigureFor("reasons", _draw, _OF_REASONS, narrow=True),)
