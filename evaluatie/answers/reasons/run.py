"""What the report reads of reasons, and the command about them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import pandas as pd

from evaluatie.answers.answer import Answer, Found, attempt
from evaluatie.answers.reasons.analyse import reasons
from evaluatie.answers.reasons.compared import counterfactuals, reason_changes
from evaluatie.answers.reasons.table import read_reasons
from evaluatie.answers.reasons.table import template as blank_template
from evaluatie.counts import Results
from evaluatie.ground.errors import InputError
from evaluatie.ground.formatting import LANGUAGES

__all__ = ["reasons_command", "run"]


def run(results: Results) -> Mapping[str, Found]:
    """Use the counts per reason where the user has them, else the printed totals.

    They stand in ``invalid_reasons.csv`` in the user's folder.
    """
    path = None if results.data is None else results.data / "invalid_reasons.csv"
    table = read_reasons(path) if path is not None and path.exists() else None
    found: dict[str, Found] = {"reasons": attempt(partial(reasons, results, table))}
    if table is None:
        return found
    found["reasons_counterfactual"] = attempt(partial(counterfactuals, table, results))
    for baseline, election in itertools.pairwise(_elections(results, table)):
        found[f"reason_changes_{baseline}_{election}"] = attempt(
            partial(reason_changes, table, results, election, baseline)
        )
    return found


def reasons_command(
    results: Results,
    file: Path | None = None,
    template: str | None = None,
    show: Annotated[str, ("shares", "rules", "change")] = "shares",
) -> Answer | Mapping[str, str]:
    """Why ballots were invalid.

    From printed totals, until the counts per reason are public or given.

    Parameters
    ----------
    file
        A filled-in template.
    template
        Print a template to fill in, for this election.
    show
        Shares; under other rules of validity; change between its two last elections.
    """
    if template is not None:
        made = partial(blank_template, template, design=results.plan)
        return {lang: made(lang=lang) for lang in LANGUAGES}
    table = None if file is None else read_reasons(file)
    if show == "shares":
        return reasons(results, table)
    if table is None:
        raise InputError(
            "printed totals do not say how often a number did not exist or changed; give counts",
            rule="counts per reason",
            expected="FILE, a filled-in template (--template ELECTION prints one)",
        )
    if show == "rules":
        return counterfactuals(table, results)
    present = _elections(results, table)
    if len(present) < 2:
        raise InputError(
            "a change needs two elections",
            file=file,
            rule="two elections",
            value=", ".join(present),
        )
    return reason_changes(table, results, present[-1], present[-2])


def _elections(results: Results, table: pd.DataFrame) -> list[str]:
    """Return the elections of a table, in order of date."""
    return [name for name in results.plan.elections if name in set(table["election"])]
