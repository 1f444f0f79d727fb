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
    Outcome,
    OutcomeName,
    Vintage,
    VintageName,
    emit,
    wrapped,
    write,
)

__all__ = ["before_after", "published", "quality", "rates", "stations", "summary"]


class By(StrEnum):
    """Rows of a table of rates."""

    municipality = "municipality"
    group = "group"
    election = "election"


def rates(
    election: Annotated[
        list[str] | None,
        typer.Option("--election", "-e", metavar="ID", help="Such as TK2025; repeatable."),
    ] = None,
    outcome: Outcome = OutcomeName.invalid,
    by: Annotated[By, typer.Option("--by", help="Rows of the table.")] = By.group,
    municipality: Annotated[
        list[str] | None,
        typer.Option("--municipality", "-m", metavar="NAME", help="Name or code; repeatable."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="ELECTION", help="Group municipalities as at this one."),
    ] = None,
    vintage: Vintage = VintageName.best,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Shares of invalid, blank or rejected votes."""
    from evaluatie.answers.bounded_rates import bounded_rates
    from evaluatie.answers.rates import rates as compute
    from evaluatie.counts import load
    from evaluatie.ground.errors import EstimationError

    results = load(election, vintage.value, data)
    asked = results.elections
    if election and not municipality:
        # Groups leave out who has no baseline, so that the baselines are looked at as well.
        whole = load(vintage=vintage.value, data=data)
        grouped = (*asked, as_of) if as_of else asked
        bases = {str(whole.plan.election(name).baseline) for name in grouped}
        results = whole.where([*asked, *bases.intersection(whole.elections)])
    chosen = By.municipality if municipality else by
    if municipality:
        results = results.only(municipality)
    try:
        analysis = compute(results, outcome.value, chosen.value, as_of=as_of, elections=asked)
    except EstimationError:
        if municipality or len(asked) != 1:
            raise
        # Without counts, print may still give bounds.
        bounds = bounded_rates(load(data=data), asked[0], outcome.value, data=data)
        emit(bounds, "rates_bounded", lang, as_json=as_json, as_csv=as_csv)
        return
    shown = "rates_municipality" if chosen is By.municipality else "rates_group"
    emit(analysis, shown, lang, as_json=as_json, as_csv=as_csv)


def before_after(
    election: Annotated[
        str | None,
        typer.Option("--election", "-e", metavar="ID", help="With the new ballot; default all."),
    ] = None,
    outcome: Outcome = OutcomeName.invalid,
    vintage: Vintage = VintageName.best,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Shares before and with the new ballot: no effect yet."""
    from evaluatie.answers.nationwide import for_readers, nationwide
    from evaluatie.answers.rates import before_after as compute
    from evaluatie.counts import load

    results = load(vintage=vintage.value, data=data)
    if election is not None and election in results.plan.nationwide:
        whole = nationwide(results, election, outcome.value)
        shown = for_readers(whole.table, lang.value)
        emit(whole, "nationwide", lang, as_json=as_json, as_csv=as_csv, shown=shown)
        return
    if election is not None:
        baseline = results.plan.election(election).baseline
        results = results.where([election, *([baseline] if baseline else [])])
    made = compute(results, outcome.value)
    emit(made, "before_after", lang, as_json=as_json, as_csv=as_csv)


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
    emit(made, "stations", lang, as_json=as_json, as_csv=as_csv, shown=shown)


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
    emit(analysis, "published", lang, as_json=as_json, as_csv=as_csv, shown=readable)
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
    emit(found, "quality", lang, as_json=as_json, as_csv=as_csv, shown=shown)
    if not found.plausible:
        raise typer.Exit(1)


def summary(lang: Lang = Language.nl, data: Data = None, as_json: AsJson = False) -> None:
    """The answer in a few sentences."""
    from evaluatie.answers.summary import summary as compute
    from evaluatie.counts import load

    made = compute(load(data=data), data=data)
    if as_json:
        from evaluatie.answers.answer import to_json

        write(to_json(made.to_dict()))
        return
    for line in made.sentences(lang.value):
        write(wrapped(line, "- ") + "\n")
