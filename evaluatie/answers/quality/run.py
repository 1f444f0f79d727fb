"""What the report reads of the plausibility of counts, and the command about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from evaluatie.answers.answer import Answer, Found, attempt, missing, records
from evaluatie.answers.quality.analyse import quality_as_printed
from evaluatie.answers.quality.funnel import funnel_of
from evaluatie.counts import Results
from evaluatie.counts.boundaries import comparable
from evaluatie.ground.formatting import LANGUAGES

__all__ = ["quality_command", "run"]


def run(results: Results) -> Mapping[str, Found]:
    """List findings, place municipalities in funnels, and align the years of one kind."""
    found: dict[str, Found] = {"quality": quality_as_printed(results)}
    for election in results.design.history:
        found[f"funnel_{election}"] = attempt(partial(funnel_of, results, election), election)
    found["boundaries"] = _boundaries(results)
    return found


def _boundaries(results: Results) -> Found:
    """Say which municipalities can be followed through the elections of the House."""
    plan = results.design
    house = [name for name in results.elections if plan.election(name).kind == "TK"]
    if not house:
        return missing("no_counts")
    aligned = comparable(results, house, design=plan)
    gone = aligned.left_out.drop_duplicates("municipality_code")
    columns = ["municipality_code", "municipality", "unit", "reason", "sentence_nl", "sentence_en"]
    return {
        "elections": list(aligned.elections),
        "n_comparable": len(aligned.units),
        "sentence": {lang: aligned.sentence(lang) for lang in LANGUAGES},
        "table": records(gone[columns]),
    }


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
    return replace(found, brief=None) if all else found
