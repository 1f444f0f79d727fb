"""The shares of each municipality of the experiment through time, and its place among all."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from evaluatie.answers.answer import stacked
from evaluatie.answers.rates import rates
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.plan import Design

COLUMNS = (
    *("municipality_code", "municipality", "election", "date", "kind", "baseline"),
    *(f"called_{lang}" for lang in LANGUAGES),
    *("new_ballot", "exposure", "group", "outcome", "vintage", "count", "total"),
    *("estimate", "conf_low", "conf_high", "rank", "n_ranked", "n_tied"),
    *("median", "low", "high", "n_others"),
)
"""Columns of :func:`history`, in order."""

_BAND = [0.1, 0.9]


def history(results: Results) -> pd.DataFrame:
    """Collect the shares of the municipalities that the plan names, election by election.

    Parameters
    ----------
    results
        Counts of all municipalities, which the ranks are taken among.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COLUMNS`: one row per municipality × election × outcome with counts, and
        one with missing counts for each election at which it had the new ballot and its counts
        are unknown. ``estimate`` is a fraction of ballots found, with its Wilson interval.
        ``rank`` 1 is the highest share among the ``n_ranked`` municipalities with counts of
        that election (units that the plan excludes apart); ``n_tied`` others have exactly the
        same share. ``median``, ``low`` and ``high`` (tenth and ninetieth percentile) are over
        the ``n_others`` municipalities that never had the new ballot.
    """
    plan = results.counted_plan
    key = ["municipality_code", "election", "outcome"]
    present = [name for name in plan.elections if name in results.elections]
    asked = pd.DataFrame(product(plan.municipalities, present, plan.outcomes), columns=key)
    used = [
        plan.has_new_ballot(*each) for each in asked[key[:2]].itertuples(index=False, name=None)
    ]
    parts = []
    for outcome in plan.outcomes:
        try:
            shares = rates(results, outcome, "municipality").table
        except EstimationError:
            continue  # an outcome of which nothing is counted
        shares = shares[shares["election"].isin(plan.elections)].assign(outcome=outcome)
        parts += [_placed(rows, plan) for _, rows in shares.groupby("election", sort=False)]
    table = stacked([*parts, asked[used]]).drop_duplicates(key, ignore_index=True)
    table = _described(table.reindex(columns=list(COLUMNS)), plan)
    order = [*plan.outcomes, *plan.elections]
    keys = (*(table[name].map(order.index) for name in ("outcome", "election")), table[key[0]])
    return table.iloc[np.lexsort(keys)].reset_index(drop=True)


def _placed(rows: pd.DataFrame, plan: Design) -> pd.DataFrame:
    """Give the municipalities of the plan their place at one election."""
    group, shares = rows["group"].to_numpy(), rows["estimate"].to_numpy()
    ranked = group != "excluded"
    mine = rows["municipality_code"].isin(plan.municipalities).to_numpy()
    others = pd.Series(shares[~mine & (group == "comparison")])
    ascending, own = np.sort(shares[ranked]), shares[mine & ranked]
    below, upto = (np.searchsorted(ascending, own, side) for side in ("left", "right"))
    low, high = others.quantile(_BAND)
    placed: pd.DataFrame = rows[mine & ranked]
    return placed.assign(
        rank=len(ascending) - upto + 1,
        n_ranked=len(ascending),
        n_tied=upto - below - 1,
        median=others.median(),
        low=low,
        high=high,
        n_others=len(others),
    )


def _described(table: pd.DataFrame, plan: Design) -> pd.DataFrame:
    """Add what the plan says of each row."""
    called = table["election"].tolist()
    pairs = list(zip(table["municipality_code"].tolist(), called, strict=True))
    elections = [plan.election(name) for name in called]
    # As the counts spell it; the plan's spelling where there are none.
    names = table["municipality"].fillna(table["municipality_code"].map(dict(plan.municipalities)))
    return table.assign(
        municipality=names,
        date=[each.date.isoformat() for each in elections],
        kind=[each.kind for each in elections],
        baseline=pd.Series([each.baseline for each in elections], table.index, dtype="object"),
        new_ballot=[plan.has_new_ballot(code, name) for code, name in pairs],
        exposure=[plan.exposure(code, name) for code, name in pairs],
        group=[plan.group(code, name) for code, name in pairs],
        **{f"called_{lang}": [plan.called(name, lang) for name in called] for lang in LANGUAGES},
    )
