"""Commands that estimate: the effect of the ballot, and whether voters learn."""

from __future__ import annotations

from dataclasses import replace
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
    emit_old,
)

__all__ = ["effect", "first_counts", "learning"]


class Weights(StrEnum):
    """Whether each voter or each municipality counts once."""

    voters = "voters"
    municipalities = "municipalities"


class Scale(StrEnum):
    """Percentage points or rate ratio."""

    points = "points"
    ratio = "ratio"


Election = Annotated[
    str | None,
    typer.Option("--election", "-e", metavar="ID", help="By default the latest with counts."),
]


def effect(
    election: Election = None,
    outcome: Outcome = OutcomeName.invalid,
    weights: Annotated[
        Weights, typer.Option("--weights", help="Whether a voter or a municipality counts once.")
    ] = Weights.voters,
    comparison: Annotated[
        list[str] | None,
        typer.Option(
            "--comparison",
            metavar="RULE",
            help="all, size, nearest or province; or municipalities, repeatable.",
        ),
    ] = None,
    scale: Annotated[
        Scale, typer.Option("--scale", help="Difference in points, or rate ratio.")
    ] = Scale.points,
    vintage: Vintage = VintageName.best,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """The effect of the new ballot, where few used it."""
    from evaluatie.answers.effect import effect as compute
    from evaluatie.answers.effect import for_readers
    from evaluatie.counts import load

    rules = comparison or ["all"]
    results = load(data=data)
    analysis = compute(
        results,
        election or results.design.latest,
        outcome.value,
        weights=weights.value,
        comparison=rules[0] if len(rules) == 1 else rules,
        scale=scale.value,
        vintage=vintage.value,
    )
    readable = for_readers(analysis.table, lang.value)
    view = "effect_bounds" if analysis.table["estimate"].isna().all() else "effect"
    emit_old(analysis, view, lang, as_json=as_json, as_csv=as_csv, shown=readable)


class Estimand(StrEnum):
    """What is meant by learning."""

    within = "within"
    between = "between"
    exposure = "exposure"
    decomposition = "decomposition"
    reversal = "reversal"


def learning(
    estimand: Annotated[
        Estimand, typer.Argument(help="What is meant by learning.")
    ] = Estimand.between,
    outcome: Outcome = OutcomeName.invalid,
    weights: Annotated[
        Weights, typer.Option("--weights", help="Whether a voter or a municipality counts once.")
    ] = Weights.voters,
    vintage: Vintage = VintageName.best,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Whether voters who met the ballot before do better."""
    from evaluatie.answers.learning import for_readers
    from evaluatie.answers.learning import learning as compute
    from evaluatie.counts import load

    analysis = compute(
        load(data=data),
        estimand.value,
        outcome=outcome.value,
        weights=weights.value,
        vintage=vintage.value,
        data=data,
    )
    shown = for_readers(analysis.table, lang.value)
    view = "learning_decomposition" if estimand is Estimand.decomposition else "learning"
    emit_old(analysis, view, lang, as_json=as_json, as_csv=as_csv, shown=shown)


class Part(StrEnum):
    """What to show of first counts."""

    sums = "sums"
    municipalities = "municipalities"
    effect = "effect"
    next = "next"


def first_counts(
    elections: Annotated[
        list[str] | None,
        typer.Option("--election", "-e", metavar="ID", help="Such as GR2026; repeatable."),
    ] = None,
    show: Annotated[
        Part,
        typer.Option(
            "--show",
            help="Sums; municipalities; the effect on each count; what to expect next.",
        ),
    ] = Part.sums,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """What first counts hide: election night beside the official count.

    --json has all four tables, --csv the one that is shown.
    """
    from evaluatie.answers.first_counts import first_counts as compute
    from evaluatie.answers.first_counts import for_readers
    from evaluatie.counts import load

    analysis = compute(load(data=data), elections)
    parts = {
        Part.sums: ("first_counts", analysis.table),
        Part.municipalities: ("first_counts_municipalities", analysis.municipalities),
        Part.effect: ("first_counts_effect", analysis.effects),
        Part.next: ("first_counts_next", analysis.expected),
    }
    view, table = parts[show]
    printed = replace(analysis, table=table) if as_csv else analysis
    shown = for_readers(table, lang.value)
    emit_old(printed, view, lang, as_json=as_json, as_csv=as_csv, shown=shown)
