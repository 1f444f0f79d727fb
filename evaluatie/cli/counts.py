"""Commands about the counts themselves: stations, and the summary."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from evaluatie.cli.options import (
    AsCsv,
    AsJson,
    Data,
    Lang,
    Language,
    emit_old,
)

__all__ = ["stations"]


class Rejection(StrEnum):
    """Outcomes of a polling station."""

    invalid = "invalid"
    blank = "blank"
    rejected = "rejected"


def stations(
    election: Annotated[
        list[str] | None,
        typer.Option("--election", "-e", metavar="ID", help="Such as GR2026; repeatable."),
    ] = None,
    outcome: Annotated[
        Rejection, typer.Option("--outcome", help="Share of ballots; rejected = invalid + blank.")
    ] = Rejection.invalid,
    municipality: Annotated[
        list[str] | None,
        typer.Option("--municipality", "-m", metavar="NAME", help="Name or code; repeatable."),
    ] = None,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Where within municipalities: shares by polling station.

    --json holds the far stations, kinds of places and places before and after as well.
    """
    from evaluatie.answers.stations import for_readers
    from evaluatie.answers.stations import stations as compute
    from evaluatie.counts import load

    results = load(data=data, level="polling_station")
    if municipality:
        results = results.only(municipality)
    made = compute(results, election, outcome=outcome.value)
    shown = for_readers(made.table, lang.value)
    emit_old(made, "stations", lang, as_json=as_json, as_csv=as_csv, shown=shown)
