"""Commands beyond the invalid vote: personal votes, reasons, national scale."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from evaluatie.cli.options import (
    AsCsv,
    AsJson,
    CandidateData,
    Data,
    Lang,
    Language,
    Vintage,
    VintageName,
    emit,
)
from evaluatie.cli.options import write as print_text

__all__ = ["personal_vote", "reasons", "scale_up"]

Elections = Annotated[
    list[str] | None,
    typer.Option("--election", "-e", metavar="ID", help="Such as TK2025; repeatable."),
]


class What(StrEnum):
    """What to show of the personal vote."""

    effects = "effects"
    municipalities = "municipalities"


def personal_vote(
    what: Annotated[
        What, typer.Argument(help="Effects of the ballot, or changes of municipalities.")
    ] = What.effects,
    election: Annotated[
        str | None, typer.Option("--election", "-e", metavar="ID", help="The latest by default.")
    ] = None,
    lang: Lang = Language.nl,
    data: CandidateData = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Votes on persons, and numbers that draw votes by mistake."""
    from evaluatie.experiment import load_design
    from evaluatie.personal_vote import (
        elections_compared,
        for_readers,
        load_candidates,
        main_rows,
    )
    from evaluatie.personal_vote import personal_vote as compute
    from evaluatie.results import load_table

    plan = load_design(data=data)
    found = compute(
        load_candidates(data, elections=elections_compared(plan)),
        election,
        figures=load_table("published_figures", data),
        mergers=load_table("mergers", data),
        names=load_table("municipality_codes", data),
        design=plan,
    )
    view = "personal_vote"
    if what is What.municipalities:
        found, view = found.by_municipality, "personal_vote_municipalities"
    shown = for_readers(main_rows(found.table), lang.value)
    emit(found, view, lang, as_json=as_json, as_csv=as_csv, shown=shown)


class Of(StrEnum):
    """What to say of the reasons."""

    shares = "shares"
    rules = "rules"
    change = "change"


def reasons(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A filled-in template.")
    ] = None,
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="ELECTION", help="Print a template to fill in."),
    ] = None,
    show: Annotated[
        Of,
        typer.Option(
            "--show",
            help="Shares; under other rules of validity; change between its two last elections.",
        ),
    ] = Of.shares,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Why ballots were invalid.

    From printed totals, until the counts per reason are public or given.
    """
    from evaluatie.errors import InputError
    from evaluatie.reasons import counterfactuals, for_readers, read_reasons, reason_changes
    from evaluatie.reasons import reasons as compute
    from evaluatie.reasons import template as make_template
    from evaluatie.results import load

    if template is not None:
        print_text(make_template(template, lang=lang.value))
        return
    results, table = load(data=data), None if file is None else read_reasons(file)
    analysis: Any
    if show is Of.shares:
        figures = results.table("published_figures")
        analysis, view = compute(results, table, figures=figures), "reasons"
    elif table is None:
        raise InputError(
            "printed totals do not say how often a number did not exist or changed; give counts",
            rule="counts per reason",
            expected="FILE, a filled-in template (--template ELECTION prints one)",
        )
    elif show is Of.rules:
        analysis, view = counterfactuals(table, results), "reasons_rules"
    else:
        present = [name for name in results.design.elections if name in set(table["election"])]
        if len(present) < 2:
            raise InputError(
                "a change needs two elections",
                file=file,
                rule="two elections",
                value=", ".join(present),
            )
        analysis, view = reason_changes(table, results, present[-1], present[-2]), "reasons_change"
    shown = for_readers(analysis.table, lang.value)
    emit(analysis, view, lang, as_json=as_json, as_csv=as_csv, shown=shown)


def scale_up(
    election: Elections = None,
    vintage: Vintage = VintageName.best,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """How many extra invalid votes national use would bring.

    The table shows each answer unweighted and weighted as fully as the data allow; --csv and
    --json have every model.
    """
    from evaluatie.results import load
    from evaluatie.scale_up import for_readers, main_rows
    from evaluatie.scale_up import scale_up as compute

    analysis = compute(load(vintage=vintage.value, data=data), election)
    shown = for_readers(main_rows(analysis.table), lang.value)
    emit(analysis, "scale_up", lang, as_json=as_json, as_csv=as_csv, shown=shown)
