"""Do voters learn? Repeated use of the new ballot, under stated estimands.

``within`` follows the same electorates from use to use, ``between`` sets experienced voters
beside newcomers at one election, ``pooling`` says what that excludes and what to believe under
stated priors, ``exposure`` puts all elections in one regression,
``decomposition`` takes the printed series apart. Who went back to the usual ballot is one of the
checks of the effect (:func:`evaluatie.answers.effect.placebos`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.learning import show
from evaluatie.answers.learning.between import between
from evaluatie.answers.learning.decomposition import decomposition
from evaluatie.answers.learning.excess import excess_at, left_out, observed
from evaluatie.answers.learning.exposure import exposure
from evaluatie.answers.learning.pooling import pooling
from evaluatie.answers.learning.within import within
from evaluatie.answers.statement import (
    Statement,
    everyone_left_out,
    in_lines,
    on_provisional,
    without,
)
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.tables import Column
from evaluatie.plan import Comparison, Question


@dataclass(frozen=True)
class _Estimand:
    """How an estimand is estimated, what it rests on, and what readers are shown."""

    estimate: Callable[..., show.Estimated]
    assumptions: tuple[str, ...]
    columns: tuple[Column, ...] = show.ESTIMATES
    at_one: bool = False
    """Whether it is of one election, which may be asked for."""


_KINDS, _VARY = "learning-kinds-alike", "learning-effects-vary"
_TRENDS = ("parallel-trends", "variance-model")
_ESTIMANDS: Mapping[str, _Estimand] = {
    "within": _Estimand(within, (*_TRENDS, _KINDS)),
    "between": _Estimand(between, ("parallel-trends", "learning-exchangeable", _VARY), at_one=True),
    "pooling": _Estimand(pooling, (*_TRENDS, _VARY, "learning-priors"), show.POOLING, at_one=True),
    "exposure": _Estimand(exposure, ("learning-log-additive", _KINDS, "learning-few-carriers")),
    "decomposition": _Estimand(
        decomposition, ("parallel-trends", _KINDS, "printed-precision"), show.DECOMPOSITION
    ),
}
ESTIMANDS = tuple(_ESTIMANDS)


def learning(
    results: Results,
    estimand: str = "within",
    *,
    outcome: str = "invalid",
    weights: str = "voters",
    comparison: Comparison = "all",
    vintage: str | None = None,
    election: str | None = None,
    alpha: float | None = None,
) -> Answer:
    """Estimate whether voters who met the new ballot before do better.

    Parameters
    ----------
    results
        Counts, from :func:`evaluatie.load`.
    estimand
        ``within``
            Change of the excess share of the same electorates from one use to the next. The
            excess is the change in share since the last election of the same kind with the
            usual ballot, minus that of the comparison municipalities. In points and as a
            ratio of excesses; as bounds where counts are known only from print.
        ``between``
            Excess of experienced municipalities minus that of newcomers at one election.
        ``pooling``
            What that excludes (nothing of the effect is left, half of it, all of it), within
            which margin both groups are equivalent, and the probability that experience lowers
            or at least halves the excess, under every prior of the plan.
        ``exposure``
            Rate ratios by number of use: Poisson with municipality and election effects.
        ``decomposition``
            The printed series in parts: composition, election kind, comparison trend,
            learning, print against counts. Always of invalid votes, per voter.
    outcome
        ``invalid``, ``blank`` or ``rejected``, as shares of ballots found.
    weights
        ``voters``: municipalities count by their ballots; ``municipalities``: once each.
    comparison
        A rule such as ``all`` or ``nearest``, or names or codes.
    vintage
        ``best``, ``official`` or ``provisional``; that of ``results`` by default.
    election
        For ``between`` and ``pooling``: the latest with both groups by default.
    alpha
        Another level than the plan's.

    Returns
    -------
    Answer
        ``table`` has the columns :data:`evaluatie.answers.learning.show.TABLE`; ``sentence``
        ends with what the data cannot decide. The decomposition's table also holds ``shown``,
        the parts rounded so that they add up to the printed difference. In ``parts``: estimand,
        detail (the rows behind the figure), lines (the main estimates) and caveats (who was left
        out, and what the data cannot decide).

    Raises
    ------
    UnknownNameError
        For an unknown estimand, outcome, weighting, vintage, rule or municipality.
    EstimationError
        If the counts cannot support the estimand at all.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.learning(evaluatie.load())
    >>> made.table["estimand"].unique().tolist()
    ['within']
    """
    if estimand not in ESTIMANDS:
        raise UnknownNameError.of("estimand", estimand, ESTIMANDS)
    question = Question.of(
        results.counted_plan,
        outcome=outcome,
        weights=weights,
        comparison=comparison,
        vintage=vintage or results.vintage,
        alpha=alpha,
    )
    if outcome == "turnout":
        raise EstimationError(
            "learning is about marking the ballot; turnout has no use number",
            rule="outcome of ballots",
            value=outcome,
        )
    if estimand == "decomposition":
        question = replace(question, outcome="invalid", weights="voters")
    chosen = _ESTIMANDS[estimand]
    asked = (election,) if chosen.at_one else ()
    table, detail, said = chosen.estimate(results, question, *asked)
    absent = _left_out(results, question, estimand, table)
    undecided = _undecided(question, estimand, table)
    return Answer(
        table=table,
        columns=chosen.columns,
        statements=(*said, *undecided),
        assumptions=_assumptions(results, question, estimand, table, absent),
        sources=(*results.sources, "published-figures"),
        left_out=absent,
        parts={
            "estimand": estimand,
            "detail": detail,
            "lines": in_lines(said),
            "caveats": in_lines((*without(absent), *undecided)),
        },
        draw=partial(show.draw, question.outcome) if estimand in show.DRAWN else None,
    )


def _left_out(
    results: Results, question: Question, estimand: str, table: pd.DataFrame
) -> pd.DataFrame:
    plan = results.counted_plan
    found = []
    for name in set(table["to_election"]) if _ESTIMANDS[estimand].at_one else plan.new_ballot:
        here = left_out(results, question, name)
        if estimand == "within":
            # Newcomers are not followed from use to use.
            again = [plan.exposure(str(code), name) != 1 for code in here["municipality_code"]]
            here = here[again]
        found.append(here)
    return everyone_left_out(*found)


def _assumptions(
    results: Results, question: Question, estimand: str, table: pd.DataFrame, absent: pd.DataFrame
) -> tuple[str, ...]:
    found = list(_ESTIMANDS[estimand].assumptions)
    bases = set(table["basis"].dropna())
    if bases & {"printed", "mixed"}:
        found += ["printed-precision", "blank-bounds", "learning-print-is-per-voter"]
        found.append("rest-of-country")
        if estimand == "within":
            found.append("learning-borrowed-variance")
    named = {*table["to_election"].dropna(), *table["from_election"].dropna()}
    used = [
        each
        for name in results.counted_plan.new_ballot
        if (estimand == "exposure" or name in named) and observed(results, question, name)
        for each in excess_at(results, question, name).table.vintages
    ]
    # Bounds from print beside a count are marked mixed as well; only counts can be provisional.
    counted = table.loc[table["basis"] == "counts", "vintage"]
    found += on_provisional(counted, *used)
    if (absent["group"] == "treated").any():
        found.append("treated-missing")
    return tuple(dict.fromkeys(found))


def _undecided(question: Question, estimand: str, table: pd.DataFrame) -> list[Statement]:
    """Collect what these data cannot decide."""
    found: list[Statement] = []
    if estimand == "between":
        least = float(table["smallest_p"].min())
        if least > question.alpha / 2:
            found.append(Statement("learning.undecided_smallest_p", {"smallest": least}))
        pooled = table[table["method"] == "random-effects t"]
        if len(pooled) and pooled["conf_low"].notna().all():
            ends = {name: float(pooled[f"conf_{name}"].iloc[0]) for name in ("low", "high")}
            found.append(Statement("learning.undecided_interval", ends))
    if estimand in ("within", "exposure", "decomposition"):
        found.append(Statement("learning.undecided_kinds"))
    if on_provisional(table.loc[table["basis"] == "counts", "vintage"]):
        found.append(Statement("learning.undecided_provisional"))
    return found
