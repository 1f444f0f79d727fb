"""What readers see of a user's own counts: each beside what the package has."""

from __future__ import annotations

from evaluatie.answers import columns as c
from evaluatie.answers.entry import TableFor
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say


def _what(row: Row, lang: str) -> str:
    return say(f"changed.kind_{str(row['what']).replace(' ', '_')}", lang)


def _count(name: str, nl: str = "", en: str = "") -> tuple[Column, ...]:
    """Return the columns of a count before and after; without a heading for programs only."""
    before, after = (f"{nl}, was", f"{en}, was"), (f"{nl}, nu", f"{en}, now")
    return tuple(
        Column(f"{name}_{when}", "count", *(heading if nl else ("", "")), about=about)
        for when, heading, about in (
            ("before", before, "Votes or voters in the package; null where unknown"),
            ("after", after, "Votes or voters in the user's count; null where unknown"),
        )
    )


ROWS: tuple[Column, ...] = (
    c.ELECTION,
    c.MUNICIPALITY_CODE,
    c.MUNICIPALITY,
    c.VINTAGE,
    Column(
        "what", "text", "Wat", "What",
        "new election, new municipality, other vintage or replaced", True, _what,
    ),
    Column("vintage_before", about="Vintage of the counts before; null where there are none"),
    *_count("eligible"),
    *_count("ballots", "Stembiljetten", "Ballots"),
    *_count("valid"),
    *_count("blank", "Blanco", "Blank"),
    *_count("invalid", "Ongeldig", "Invalid"),
    *_count("rejected", "Samen", "Rejected"),
    Column("source", about="Id of the user's source", filled=True),
)  # fmt: skip
"""Rows that differ from those that ship."""

TABLES = (TableFor("changed", ROWS, lambda run: run.frame("changed")),)
