"""Commands that estimate: the effect of the ballot, and whether a seat could turn on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
)

if TYPE_CHECKING:
    from evaluatie.power import PowerResult
    from evaluatie.results import Results

__all__ = ["effect", "first_counts", "learning", "power", "seats"]


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
    from evaluatie.effect import effect as compute
    from evaluatie.effect import for_readers
    from evaluatie.results import load

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
    emit(analysis, view, lang, as_json=as_json, as_csv=as_csv, shown=readable)


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
    from evaluatie.learning import for_readers
    from evaluatie.learning import learning as compute
    from evaluatie.results import load

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
    emit(analysis, view, lang, as_json=as_json, as_csv=as_csv, shown=shown)


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
    """What first counts hide, beside the official count.

    --json has all four tables, --csv the one that is shown.
    """
    from evaluatie.first_counts import first_counts as compute
    from evaluatie.first_counts import for_readers
    from evaluatie.results import load

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
    emit(printed, view, lang, as_json=as_json, as_csv=as_csv, shown=shown)


class Question(StrEnum):
    """What to ask of the design."""

    seen = "seen"
    extend = "extend"


def power(
    question: Annotated[
        Question,
        typer.Argument(help="What it could have seen, or which municipalities to add."),
    ] = Question.seen,
    simulate: Annotated[
        int | None,
        typer.Option("--simulate", metavar="N", min=10, help="Simulate again, N samples a cell."),
    ] = None,
    chunks: Annotated[
        Path | None,
        typer.Option("--chunks", metavar="DIR", help="Keep finished parts; a stopped run goes on."),
    ] = None,
    design: Annotated[
        list[str] | None,
        typer.Option("--design", metavar="NAME", help="five, eleven or planned; repeatable."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", help="Processes; -1 = all.")] = -1,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """What the experiment could have seen, by simulation."""
    from evaluatie.power import DESIGNS, extend, for_readers, load_power
    from evaluatie.results import load

    if question is Question.extend:
        steps = extend(load(data=data))
        emit(steps, "power_extend", lang, as_json=as_json, as_csv=as_csv)
        return
    known = (
        load_power()
        if simulate is None
        else _simulated(load(data=data), design or DESIGNS, simulate, jobs, chunks)
    )
    shown = for_readers(known.minimal, lang.value)
    emit(known, "power", lang, as_json=as_json, as_csv=as_csv, shown=shown)


def _simulated(
    results: Results, designs: Iterable[str], replications: int, jobs: int, chunks: Path | None
) -> PowerResult:
    """Simulate with a bar on a terminal; the result does not depend on the processes."""
    from rich.console import Console
    from rich.progress import Progress

    from evaluatie.power import power as compute
    from evaluatie.simulation_store import FolderStore

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("simulating", total=None)
        return compute(
            results,
            designs=designs,
            replications=replications,
            n_jobs=jobs,
            store=None if chunks is None else FolderStore(chunks),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )


class SeatsWhat(StrEnum):
    """What to say of seats."""

    margins = "margins"
    stake = "stake"
    law = "law"


def seats(
    what: Annotated[
        SeatsWhat,
        typer.Argument(
            help="margins: how few votes move a seat. stake: against the votes lost. "
            "law: against the official seats."
        ),
    ] = SeatsWhat.margins,
    election: Annotated[
        str, typer.Option("--election", "-e", metavar="ID", help="Such as GR2026 or TK2025.")
    ] = "GR2026",
    municipality: Annotated[
        list[str] | None,
        typer.Option("--municipality", "-m", metavar="NAME", help="Name or code; repeatable."),
    ] = None,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Could a seat turn on a few votes?

    Councils: those with the new ballot at that election, or those named. House and European
    Parliament: the whole country.
    """
    from evaluatie.errors import InputError
    from evaluatie.results import load
    from evaluatie.seats import (
        allocate_election,
        at_stake_for_readers,
        bodies_for_readers,
        body_votes,
        lost_votes,
        margins_election,
        seats_at_stake,
    )

    results = load(data=data)
    votes, names = body_votes(
        results, election, municipality, everyone=what is SeatsWhat.law, data=data
    )
    emitted: dict[str, Any] = {"as_json": as_json, "as_csv": as_csv}
    if what is SeatsWhat.margins:
        emit(margins_election(votes, names=names), "seats", lang, **emitted)
    elif what is SeatsWhat.law:
        seats_by_law = allocate_election(votes, names=names)
        shown = bodies_for_readers(seats_by_law, lang.value)
        emit(seats_by_law, "seats_by_law", lang, shown=shown, **emitted)
    else:
        lost = lost_votes(results, election, data=data)
        if municipality:
            lost = lost[lost["municipality_code"].isin(names)]
            if lost.empty:
                raise InputError(
                    "the new ballot was not used there, or its effect is not known",
                    unit=f"{election}, {', '.join(municipality)}",
                    rule="votes lost",
                )
        at_stake = seats_at_stake(votes, lost, names=names)
        shown = at_stake_for_readers(at_stake.table, lang.value)
        emit(at_stake, "seats_at_stake", lang, shown=shown, **emitted)
