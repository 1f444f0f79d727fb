"""Commands that estimate: learning, power, and whether a seat could turn on the ballot."""

from __future__ import annotations

from collections.abc import Iterable
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
    emit_old,
)

if TYPE_CHECKING:
    from evaluatie.answers.power import PowerResult
    from evaluatie.counts import Results

__all__ = ["power", "seats"]


class Weights(StrEnum):
    """Whether each voter or each municipality counts once."""

    voters = "voters"
    municipalities = "municipalities"


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
        typer.Option("--design", metavar="NAME", help="five, nine, eleven or planned; repeatable."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", metavar="N", help="Processes; -1 = all.")] = -1,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """What the experiment could have seen, by simulation."""
    from evaluatie.answers.power import DESIGNS, extend, for_readers, load_power
    from evaluatie.counts import load

    if question is Question.extend:
        steps = extend(load(data=data))
        emit_old(steps, "power_extend", lang, as_json=as_json, as_csv=as_csv)
        return
    known = (
        load_power()
        if simulate is None
        else _simulated(load(data=data), design or DESIGNS, simulate, jobs, chunks)
    )
    shown = for_readers(known.minimal, lang.value)
    emit_old(known, "power", lang, as_json=as_json, as_csv=as_csv, shown=shown)


def _simulated(
    results: Results, designs: Iterable[str], replications: int, jobs: int, chunks: Path | None
) -> PowerResult:
    """Simulate with a bar on a terminal; the result does not depend on the processes."""
    from rich.console import Console
    from rich.progress import Progress

    from evaluatie.answers.power import power as compute
    from evaluatie.answers.simulation_store import FolderStore

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
    from evaluatie.answers.seats import (
        allocate_election,
        at_stake_for_readers,
        bodies_for_readers,
        body_votes,
        lost_votes,
        margins_election,
        seats_at_stake,
    )
    from evaluatie.counts import load
    from evaluatie.ground.errors import InputError

    results = load(data=data)
    votes, names = body_votes(
        results, election, municipality, everyone=what is SeatsWhat.law, data=data
    )
    emitted: dict[str, Any] = {"as_json": as_json, "as_csv": as_csv}
    if what is SeatsWhat.margins:
        emit_old(margins_election(votes, names=names), "seats", lang, **emitted)
    elif what is SeatsWhat.law:
        seats_by_law = allocate_election(votes, names=names)
        shown = bodies_for_readers(seats_by_law, lang.value)
        emit_old(seats_by_law, "seats_by_law", lang, shown=shown, **emitted)
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
        emit_old(at_stake, "seats_at_stake", lang, shown=shown, **emitted)
