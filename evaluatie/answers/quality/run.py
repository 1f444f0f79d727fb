"""What the report reads of the plausibility of counts, and the command about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from evaluatie.answers.answer import Answer, Found, attempt, known
from evaluatie.answers.quality.analyse import listed, quality_as_printed
from evaluatie.answers.quality.funnel import funnel_of
from evaluatie.counts import Results


def run(results: Results) -> Mapping[str, Found]:
    """List findings, and place municipalities in the funnel of the newest election with counts."""
    found: dict[str, Found] = {"quality": quality_as_printed(results)}
    for election in reversed([*results.counted_plan.history]):
        placed = attempt(partial(funnel_of, results, election), election)
        found[f"funnel_{election}"] = placed
        if known(placed):
            break
    return found


def quality_command(
    results: Results,
    election: Sequence[str] | None = None,
    all: bool = False,  # noqa: A002
) -> Answer:
    """Implausible counts, by official thresholds and more.

    The exit code is 1 if there are warnings or errors. Nothing is repaired.

    Parameters
    ----------
    election
        Such as TK2025; repeatable.
    all
        Also findings that are known or only informative.
    """
    found = quality_as_printed(results, election)
    return replace(found, brief=listed(found.table)) if all else found
