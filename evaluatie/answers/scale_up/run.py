"""What the report reads of national use, and the command about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from evaluatie.answers.answer import Answer, Found, attempt
from evaluatie.answers.scale_up.analyse import scale_up
from evaluatie.counts import Results

__all__ = ["run", "scale_up_command"]


def run(results: Results) -> Mapping[str, Found]:
    """Predict for every election at which municipal effects are known."""
    return {"scale_up": attempt(partial(scale_up, results))}


def scale_up_command(results: Results, election: Sequence[str] | None = None) -> Answer:
    """How many extra invalid votes national use would bring.

    The table shows each answer unweighted and weighted as fully as the data allow; --csv and
    --json have every model.

    Parameters
    ----------
    election
        Such as TK2025; repeatable.

    Examples
    --------
    >>> import evaluatie
    >>> results = evaluatie.load(["GR2022", "GR2026"])
    >>> extra = evaluatie.scale_up(results, ["GR2026"]).table
    >>> sorted(extra["use"].unique())
    ['all', 'first use', 'later use']
    """
    return scale_up(results, election)
