"""What the report reads of first counts, and the command about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated

from evaluatie.answers.answer import Answer, Found, attempt
from evaluatie.answers.first_counts import show as columns
from evaluatie.answers.first_counts.analyse import first_counts
from evaluatie.counts import Results

SHOWN = ("sums", "municipalities", "effect", "next")


def run(results: Results) -> Mapping[str, Found]:
    """Compare both counts of every election that has them."""
    return {"first_counts": attempt(partial(first_counts, results))}


def first_counts_command(
    results: Results, election: Sequence[str] | None = None, show: Annotated[str, SHOWN] = "sums"
) -> Answer:
    """What first counts hide: election night beside the official count.

    Parameters
    ----------
    election
        Such as GR2026; repeatable.
    show
        Sums; municipalities; the effect on each count; what to expect next.
    """
    made = first_counts(results, election)
    part, forms = {
        "sums": ("sums", columns.SUMS),
        "municipalities": ("municipalities", columns.MUNICIPALITIES),
        "effect": ("effects", columns.EFFECTS),
        "next": ("expected", columns.EXPECTED),
    }[show]
    return replace(made, table=made.parts.get(part, made.table), columns=forms)
