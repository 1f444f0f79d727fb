"""Commands beyond the invalid vote: reasons, national scale."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from evaluatie.cli.options import (
    AsCsv,
    AsJson,
    Data,
    Lang,
    Language,
    Vintage,
    VintageName,
    emit_old,
)
from evaluatie.cli.options import write as print_text

__all__ = ["reasons", "scale_up"]

Elections = Annotated[
    list[str] | None,
    typer.Option("--election", "-e", metavar="ID", help="Such as TK2025; repeatable."),
]


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
    from evaluatie.answers.reasons import counterfactuals, for_readers, read_reasons, reason_changes
    from evaluatie.answers.reasons import reasons as compute
    from evaluatie.answers.reasons import template as make_template
    from evaluatie.counts import load
    from evaluatie.ground.errors import InputError

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
    emit_old(analysis, view, lang, as_json=as_json, as_csv=as_csv, shown=shown)


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
    from evaluatie.answers.scale_up import for_readers, main_rows
    from evaluatie.answers.scale_up import scale_up as compute
    from evaluatie.counts import load

    analysis = compute(load(vintage=vintage.value, data=data), election)
    shown = for_readers(main_rows(analysis.table), lang.value)
    emit_old(analysis, "scale_up", lang, as_json=as_json, as_csv=as_csv, shown=shown)
