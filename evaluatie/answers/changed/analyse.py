"""What a user's own counts changed: every row that differs from the counts that ship.

A report on one's own data must not pass for one on the shipped data, nor mix a provisional
with an official count unseen. So each row is listed with the numbers before and after, and
elections whose counts are of both kinds are named.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.changed import show
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results, load_table
from evaluatie.counts.schema import TABLES

KINDS = ("new election", "new municipality", "other vintage", "replaced")
"""``other vintage``: the package has this municipality in another count only, which is what
stands under ``before``. ``replaced``: the same count with other numbers."""
_KEY = ["election", "municipality_code", "vintage"]
_COUNTS = ("eligible", "ballots", "valid", "blank", "invalid", "rejected")
_COLUMNS = (
    *("election", "municipality_code", "municipality", "vintage", "what", "vintage_before"),
    *(f"{count}_{when}" for count in _COUNTS for when in ("before", "after")),
    "source",
)


_OTHER = {"official": "provisional", "provisional": "official"}


def changed(results: Results) -> Answer:
    """Compare the counts of a run with those that ship.

    Parameters
    ----------
    results
        From :func:`evaluatie.load`, with or without a user's folder; elections that it was
        kept to are the ones compared.

    Returns
    -------
    Answer
        ``table``: election, municipality_code, municipality, vintage, what (one of
        :data:`KINDS`), vintage_before, ``<count>_before`` and ``<count>_after`` of each count,
        source. Empty where nothing differs. Counts are as printed, unknown ones missing.
        In ``parts``: own (whether there is a user's folder at all), mixed (elections whose
        counts are partly official, partly provisional: election, official, provisional, in
        municipalities), others (other tables with rows of the user's own: table, rows), plan
        (what the user's plan added or replaced).
    """
    if results.data is None:
        rows = pd.DataFrame(columns=list(_COLUMNS))
        parts = {"own": False, "mixed": pd.DataFrame(), "others": pd.DataFrame(), "plan": []}
        return Answer(
            table=rows,
            columns=show.ROWS,
            statements=(Statement("changed.shipped_only"),),
            parts=parts,
        )
    now, shipped = load_table("municipal_results", results.data), load_table("municipal_results")
    rows = compare_rows(now[now["election"].isin(results.elections)], shipped)
    mixed, others = _mixed(results, set(rows["election"])), _others(results)
    return Answer(
        table=rows,
        columns=show.ROWS,
        statements=(*_said(rows, others, results.plan.additions), *_both(mixed)),
        sources=tuple(sorted(set(rows["source"]))),
        parts={
            "own": True,
            "mixed": mixed,
            "others": others,
            "plan": list(results.plan.additions),
        },
    )


def _said(rows: pd.DataFrame, others: pd.DataFrame, additions: tuple[str, ...]) -> list[Statement]:
    """Say what was changed: counts by kind, other tables, the plan."""
    said = say_differences(rows)
    if len(others):
        tables = others["table"] + " (" + others["rows"].astype(str) + ")"
        said.append(Statement("changed.others", {"tables": ", ".join(tables)}))
    if additions:
        said.append(Statement("changed.plan", {"entries": ", ".join(additions)}))
    return said


def say_differences(rows: pd.DataFrame) -> list[Statement]:
    """Say how many counts of each kind there are in what :func:`compare_rows` gives."""
    said = []
    for kind in KINDS:
        of_kind = rows[rows["what"] == kind]
        if len(of_kind):
            elections = ", ".join(of_kind["election"].unique())
            key = f"changed.{kind.replace(' ', '_')}"
            said.append(Statement(key, {"n": len(of_kind), "elections": elections}))
    return said or [Statement("changed.same")]


def _both(mixed: pd.DataFrame) -> list[Statement]:
    """Say where official and provisional counts stand together."""
    rows = mixed.to_dict(orient="records")
    return [Statement("changed.mixed", {str(k): v for k, v in row.items()}) for row in rows]


def compare_rows(now: pd.DataFrame, shipped: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose counts are not those that ship, with both."""
    counts = list(_COUNTS)
    own = now.rename(columns={name: f"{name}_after" for name in counts})
    old = shipped[[*_KEY, *counts]].rename(columns={name: f"{name}_before" for name in counts})
    old = old.assign(vintage_before=old["vintage"])
    # What the reader knew of a municipality without this count is its count of the other kind.
    other = old.assign(vintage=old["vintage"].map(_OTHER))
    same_kind, other_kind = (own.merge(each, on=_KEY, how="left") for each in (old, other))
    there = same_kind["vintage_before"].notna()
    instead = same_kind["rejected_before"].isna() & other_kind["vintage_before"].notna()
    apart = [
        same_kind[f"{name}_before"].fillna(-1) != same_kind[f"{name}_after"].fillna(-1)
        for name in counts
    ]
    kinds = ["other vintage", "replaced", "new election"]
    known = same_kind["election"].isin(set(shipped["election"]))
    rows = other_kind.where(instead, same_kind).assign(
        what=np.select([instead, there, ~known], kinds, "new municipality")
    )
    differs = ~there | pd.concat(apart, axis=1).any(axis=1)
    return rows.loc[differs, list(_COLUMNS)].reset_index(drop=True)


def _mixed(results: Results, elections: set[str]) -> pd.DataFrame:
    """Where the best counts of one election are partly official, partly provisional."""
    best = results.shares("rejected", "best")
    known = best[best["share"].notna() & best["election"].isin(elections)]
    table = pd.crosstab(known["election"], known["vintage"]).reindex(
        columns=["official", "provisional"], fill_value=0
    )
    both = table[(table["official"] > 0) & (table["provisional"] > 0)]
    return both.rename_axis(columns=None).reset_index()


def _others(results: Results) -> pd.DataFrame:
    """Rows of other tables that are new or differ."""
    rows = []
    for name in TABLES:
        if name in ("municipal_results", "known_exceptions"):
            continue
        own, shipped = load_table(name, results.data), load_table(name)
        if len(own) == len(shipped) and own.equals(shipped):
            continue
        same = own.astype("object").merge(shipped.astype("object"), how="inner")
        if len(own) > len(same):
            rows.append({"table": name, "rows": len(own) - len(same)})
    return pd.DataFrame(rows, columns=["table", "rows"])
