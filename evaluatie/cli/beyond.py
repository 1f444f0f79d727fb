"""Commands beyond the invalid vote: personal votes, reasons, national scale."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from evaluatie.cli.options import AsCsv, AsJson, Data, Lang, Language, Vintage, VintageName, emit
from evaluatie.cli.options import write as print_text

__all__ = ["personal_vote", "reasons", "scale_up"]

Elections = Annotated[
    list[str] | None,
    typer.Option("--election", "-e", metavar="ID", help="Such as TK2025; repeatable."),
]


class What(StrEnum):
    """What to say of the personal vote."""

    shares = "shares"
    numbers = "numbers"


def personal_vote(
    what: Annotated[
        What, typer.Argument(help="shares of preference votes, or votes drawn by numbers.")
    ] = What.shares,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Preference votes, and whether numbers draw votes."""
    from evaluatie.personal_vote import for_readers, load_candidates, number_effect
    from evaluatie.personal_vote import personal_vote as compute
    from evaluatie.results import load

    counts, results = load_candidates(data), load(data=data)
    if what is What.numbers:
        numbers = number_effect(counts, design=results.plan)
        shown = for_readers(numbers.table, lang.value)
        emit(numbers, "number_effect", lang, as_json=as_json, as_csv=as_csv, shown=shown)
        return
    shares = compute(counts, figures=results.table("published_figures"), design=results.plan)
    shown = for_readers(shares.table, lang.value)
    emit(shares, "personal_vote", lang, as_json=as_json, as_csv=as_csv, shown=shown)


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
