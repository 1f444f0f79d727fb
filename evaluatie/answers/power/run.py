"""What the report reads of power, and the command about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from evaluatie.answers.answer import Answer, Found
from evaluatie.answers.power.analyse import load_power, power
from evaluatie.answers.power.designs import DESIGNS
from evaluatie.answers.power.trial import trial
from evaluatie.counts import Results
from evaluatie.ground.errors import InputError
from evaluatie.ground.files import atomic_folder

_FEWEST = 10


def run(results: Results) -> Mapping[str, Found]:
    """Read the simulated powers that ship."""
    return {"power": load_power()}


def power_command(
    results: Results,
    municipalities: int | None = None,
    list_: Sequence[str] | None = None,
    experienced: int | None = None,
    learned: float | None = None,
    simulate: int | None = None,
    chunks: Path | None = None,
    design: Sequence[str] | None = None,
    jobs: int = -1,
) -> Answer:
    """What the experiment could have seen, by simulation, and what a next one would see.

    Parameters
    ----------
    municipalities
        A next trial with so many municipalities, drawn at random and balanced on size.
    list_
        A next trial with these new municipalities beside the experienced ones; repeatable.
    experienced
        How many of the municipalities have met the ballot before; half by default.
    learned
        Part of the effect that experience takes away, between 0 and 1.
    simulate
        Simulate again, with so many samples a cell.
    chunks
        Keep finished parts in this folder; a stopped run goes on.
    design
        One of five, eleven or planned; repeatable.
    jobs
        Processes; -1 = all.

    Examples
    --------
    >>> import evaluatie
    >>> results = evaluatie.load(["GR2022", "GR2026"])
    >>> seen = evaluatie.power(results).table
    >>> sorted(seen["quantity"].unique())
    ['effect', 'learning', 'within']
    """
    if simulate is not None and simulate < _FEWEST:
        raise InputError(
            "too few samples a cell", rule="samples", value=simulate, expected=f"{_FEWEST} or more"
        )
    next_one = municipalities is not None or bool(list_)
    if not next_one and (experienced is not None or learned is not None):
        raise InputError(
            "a next trial needs a number of municipalities or a list of them", rule="trial"
        )
    if next_one and (design or chunks):
        raise InputError(
            "a next trial is asked about on its own", rule="trial", expected="no design or chunks"
        )
    if simulate is None and not next_one:
        return load_power(designs=design)
    if chunks is not None:
        with atomic_folder(chunks):  # refused before it takes long, where it cannot be written to
            pass
    from joblib import Memory
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("simulating", total=None)

        def told(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        if next_one:
            return trial(
                results,
                municipalities,
                named=list_ or (),
                experienced=experienced,
                learned=learned,
                samples=simulate or 1000,
                n_jobs=jobs,
                progress=told,
            )
        return power(
            results,
            designs=design or DESIGNS,
            replications=simulate or 0,
            n_jobs=jobs,
            memory=None if chunks is None else Memory(chunks, verbose=0),
            progress=told,
        )
