"""Why were ballots invalid, and how many would another rule have saved?"""

import itertools
from functools import partial
from pathlib import Path

import pandas as pd

from evaluatie.answers.analysis import attempt
from evaluatie.answers.reasons import counterfactuals, read_reasons, reason_changes, reasons
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Use the counts per reason where the user has them, else the printed totals."""
    table = own_counts(inputs.data)
    figures = inputs.table("published_figures")
    computed: dict[str, object] = {
        "reasons": attempt(
            partial(reasons, inputs.results, table, figures=figures, design=inputs.design)
        )
    }
    if table is None:
        return computed
    computed["reasons_counterfactual"] = attempt(partial(counterfactuals, table, inputs.results))
    present = [name for name in inputs.design.elections if name in set(table["election"])]
    for baseline, election in itertools.pairwise(present):
        computed[f"reason_changes_{baseline}_{election}"] = attempt(
            partial(reason_changes, table, inputs.results, election, baseline, design=inputs.design)
        )
    return computed


def own_counts(data: Path | None) -> pd.DataFrame | None:
    """Read ``invalid_reasons.csv`` from the user's folder, if it is there."""
    path = None if data is None else data / "invalid_reasons.csv"
    return read_reasons(path) if path is not None and path.exists() else None


if __name__ == "__main__":
    main(analyse)
