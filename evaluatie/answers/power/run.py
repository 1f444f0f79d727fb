"""What the report reads of power, and the command about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

from evaluatie.answers.answer import Answer, Found, attempt
from evaluatie.answers.power.analyse import load_power, power
from evaluatie.answers.power.designs import DESIGNS
from evaluatie.answers.power.extension import extend
from evaluatie.answers.power.store import FolderStore
from evaluatie.counts import Results
from evaluatie.ground.errors import InputError

__all__ = ["power_command", "run"]

_FEWEST = 10


def run(results: Results) -> Mapping[str, Found]:
    """Read the simulated powers that ship, and extend the experiment step by step."""
    return {
        "power": load_power(),
        "power_extend": attempt(partial(extend, results)),
        "power_extend_alike": attempt(partial(extend, results, varying=False, cost="ballots")),
    }


def power_command(
    results: Results,
    question: Annotated[str, ("seen", "extend")] = "seen",
    simulate: int | None = None,
    chunks: Path | None = None,
    design: Sequence[str] | None = None,
    jobs: int = -1,
) -> Answer:
    """What the experiment could have seen, by simulation.

    Parameters
    ----------
    question
        What it could have seen, or which municipalities to add.
    simulate
        Simulate again, with so many samples a cell.
    chunks
        Keep finished parts in this folder; a stopped run goes on.
    design
        One of five, nine, eleven or planned; repeatable.
    jobs
        Processes; -1 = all.
    """
    if question == "extend":
        return extend(results)
    if simulate is None:
        return load_power(designs=design)
    if simulate < _FEWEST:
        raise InputError(
            "too few samples a cell", rule="samples", value=simulate, expected=f"{_FEWEST} or more"
        )
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("simulating", total=None)
        return power(
            results,
            designs=design or DESIGNS,
            replications=simulate,
            n_jobs=jobs,
            store=None if chunks is None else FolderStore(chunks),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
