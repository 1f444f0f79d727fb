"""What the House was told, and what the press wrote: each statement once, beside the counts.

The verdict on a statement follows from those on the figures that it rests on:

==================  ======================================================================
verdict             when
==================  ======================================================================
holds               every figure reproduces on the official count
holds-first         every figure reproduces, some only on the first count
partly              some figures reproduce; the others cannot be computed
not-computable      no figure can be computed, or there is none
with-experiment     a figure is contradicted, and fits once the experiment is counted in
contradicted        a figure is contradicted otherwise; a trend was none when it was told
no-longer           a trend that was there when it was told; a later election breaks it
==================  ======================================================================
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.columns import names_of
from evaluatie.answers.published import show
from evaluatie.answers.published.analyse import published
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results
from evaluatie.ground.files import read_toml

STATEMENT_VERDICTS = (
    *("holds", "holds-first", "partly", "not-computable"),
    *("with-experiment", "contradicted", "no-longer"),
)
_CONFIRMED = STATEMENT_VERDICTS[:3]
_FILE = Path(__file__).with_name("statements.toml")


def statements(results: Results) -> Answer:
    """What was said of the experiment, beside the counts.

    Parameters
    ----------
    results
        Counts; a statement on elections that they lack is left out.

    Returns
    -------
    Answer
        ``table``, one row per statement and figure, or step of a trend: statement, kind
        (``house`` or ``media``), document, said (date; None where undated), verdict (one of
        :data:`STATEMENT_VERDICTS`), figure (its id), and of the figure what
        :func:`evaluatie.published` gives; of a step of a trend election, earlier, n_units, and
        before and computed, the shares of invalid votes (fractions of ballots) of the same
        municipalities at both.

    Raises
    ------
    EstimationError
        If no figure was printed of these elections.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.statements(evaluatie.load())
    >>> "verdict" in made.table
    True
    """
    held = published(results, results.elections).table
    steps = _steps(results, held)
    figures = held.set_index("id", drop=False).rename(columns={"verdict": "of_figure"})
    rows: list[dict[Any, Any]] = []
    for key, entry in read_toml(_FILE).items():
        if not set(entry["figures"]) <= set(figures.index):
            continue
        own = figures.loc[entry["figures"]]
        if entry.get("trend"):
            if not steps:
                continue
            verdict, parts = _of_trend(steps, entry["said"], results), steps
        else:
            verdict, parts = _of_figures(own), own.to_dict(orient="records") or [{}]
        said = entry.get("said")
        head = {
            "statement": key,
            "kind": entry["kind"],
            "document": entry["document"],
            "said": None if said is None else said.isoformat(),
            "verdict": verdict,
        }
        rows += [head | {"figure": part.get("id", "")} | part for part in parts]
    table = pd.DataFrame(rows).reindex(columns=names_of(show.STATEMENTS))
    verdicts = table.drop_duplicates("statement").query("kind == 'house'")["verdict"]
    words = {
        "n": len(verdicts),
        "confirmed": int(verdicts.isin(_CONFIRMED).sum()),
        "unknown": int((verdicts == "not-computable").sum()),
    }
    words["wrong"] = words["n"] - words["confirmed"] - words["unknown"]
    return Answer(
        table=table,
        columns=show.STATEMENTS,
        statements=(Statement("published.statements", words),),
        assumptions=("printed-precision",),
        sources=("published-figures",),
        brief=show.by_statement(table),
    )


def _of_figures(figures: pd.DataFrame) -> str:
    """Judge a statement by its figures; the rule stands at the head of this module."""
    found = figures["of_figure"]
    wrong = figures[found == "contradicted"]
    if len(wrong):
        fits = wrong["readings"].str.contains("with-experiment").all()
        return "with-experiment" if fits else "contradicted"
    unknown = found == "not-computable"
    if unknown.all():  # also where there are none
        return "not-computable"
    if unknown.any():
        return "partly"
    return "holds-first" if (found == "reproduced-provisional").any() else "holds"


def _of_trend(steps: list[dict[str, Any]], said: dt.date, results: Results) -> str:
    """Judge a falling trend by the steps known on the day, and by those since."""
    dates = results.plan.elections
    then = [step for step in steps if dates[step["election"]].date <= said]
    if not then:
        return "not-computable"
    if any(step["computed"] >= step["before"] for step in then):
        return "contradicted"
    since = steps[len(then) :]
    return "no-longer" if any(step["computed"] >= step["before"] for step in since) else "holds"


def _steps(results: Results, held: pd.DataFrame) -> list[dict[str, Any]]:
    """Return shares of the same municipalities from one use of the new ballot to the next.

    On official counts; where these are not public, on the share that was printed of the same
    municipalities.
    """
    plan, found = results.counted_plan, []
    printed = held[(held["units"] == "experiment") & (held["quantity"] == "invalid")]
    for earlier, election in itertools.pairwise(plan.new_ballot):
        codes = set(plan.treated(earlier)) & set(plan.treated(election))
        shares = []
        for each in (earlier, election):
            share = _pooled(results, each, codes)
            own = printed[printed["election"] == each]["printed"]
            if math.isnan(share) and len(own) and codes == set(plan.treated(each)):
                share = float(own.iloc[0]) / 100
            shares.append(share)
        if not any(map(math.isnan, shares)):
            step = {"election": election, "earlier": earlier, "n_units": len(codes)}
            step |= {"units": "experiment", "quantity": "invalid"}
            found.append(step | dict(zip(("before", "computed"), shares, strict=True)))
    return found


def _pooled(results: Results, election: str, codes: set[str]) -> float:
    """Return the official share of invalid votes of some municipalities together, if known."""
    rows = results.rows
    own = rows[(rows["election"] == election) & (rows["vintage"] == "official")]
    own = own[own["municipality_code"].isin(codes)].dropna(subset=["invalid", "ballots"])
    known = len(own) == len(codes) > 0
    return float(own["invalid"].sum() / own["ballots"].sum()) if known else math.nan
