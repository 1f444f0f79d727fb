"""Commands about the counts themselves: rates, printed figures, plausibility."""

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

__all__ = ["published", "quality", "stations"]


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


def published(
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Printed figures beside what the counts give.

    The exit code is 1 if the counts contradict a figure.
    """
    from evaluatie.answers.published import for_readers
    from evaluatie.answers.published import published as compute
    from evaluatie.counts import load

    analysis = compute(load(data=data), data=data)
    readable = for_readers(analysis.table, lang.value)
    emit_old(analysis, "published", lang, as_json=as_json, as_csv=as_csv, shown=readable)
    if (analysis.table["verdict"] == "contradicted").any():
        raise typer.Exit(1)


def quality(
    election: Annotated[
        list[str] | None,
        typer.Option("--election", "-e", metavar="ID", help="Such as TK2025; repeatable."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also findings that are known or only informative.")
    ] = False,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Implausible counts, by official thresholds and more.

    The exit code is 1 if there are warnings or errors. Nothing is repaired.
    """
    from evaluatie.answers.quality import quality_as_printed
    from evaluatie.counts import load

    found = quality_as_printed(load(data=data), election)
    table = found.table
    shown = table if everything else table[table["severity"] != "info"]
    shown = shown.assign(sentence=shown[f"sentence_{lang.value}"])
    emit_old(found, "quality", lang, as_json=as_json, as_csv=as_csv, shown=shown)
    if not found.plausible:
        raise typer.Exit(1)
