"""Do voters learn? Repeated use of the new ballot, under stated estimands.

``within`` follows the same electorates from use to use, ``between`` sets experienced voters
beside newcomers at one election, ``exposure`` puts all elections in one regression,
``decomposition`` takes the printed series apart, ``reversal`` looks at who went back.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from evaluatie.answers.analysis import everyone_left_out, nobody, on_provisional
from evaluatie.answers.learning.excess import Choices, Scene
from evaluatie.answers.learning.printed import PrintedFigures
from evaluatie.answers.learning.result import COLUMNS, LearningResult, Statement, for_readers
from evaluatie.counts import OUTCOMES, VINTAGES, Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import Design

__all__ = ["COLUMNS", "ESTIMANDS", "LearningResult", "for_readers", "learning"]

ESTIMANDS = ("within", "between", "exposure", "decomposition", "reversal")

_ASSUMPTIONS = {
    "within": ("parallel-trends", "variance-model", "learning-kinds-alike"),
    "between": ("parallel-trends", "learning-exchangeable", "learning-effects-vary"),
    "exposure": ("learning-log-additive", "learning-kinds-alike", "learning-few-carriers"),
    "decomposition": ("parallel-trends", "learning-kinds-alike", "printed-precision"),
    "reversal": ("parallel-trends", "variance-model"),
}


def learning(
    results: Results,
    estimand: str = "within",
    *,
    outcome: str = "invalid",
    weights: str = "voters",
    comparison: str | Sequence[str] = "all",
    vintage: str | None = None,
    election: str | None = None,
    design: Design | None = None,
    covariates: pd.DataFrame | None = None,
    data: Path | str | None = None,
    alpha: float | None = None,
) -> LearningResult:
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
        ``exposure``
            Rate ratios by number of use: Poisson with municipality and election effects.
        ``decomposition``
            The printed series in parts: composition, election kind, comparison trend,
            learning, print against counts. Always of invalid votes, per voter.
        ``reversal``
            The excess that is left in municipalities that went back to the usual ballot.
    outcome
        ``invalid``, ``blank`` or ``rejected``, as shares of ballots found.
    weights
        ``voters``: municipalities count by their ballots; ``municipalities``: once each.
    comparison
        A rule of :data:`evaluatie.answers.effect.comparison.RULES`, or names or codes.
    vintage
        ``best``, ``official`` or ``provisional``; that of ``results`` by default.
    election
        For ``between``: the latest with both groups by default.
    design, covariates, alpha
        Another plan; another table ``covariates``; another level than the plan's.
    data
        A folder with the user's own tables, for printed figures and national totals.

    Returns
    -------
    LearningResult
        ``table`` has the columns :data:`COLUMNS`; ``sentence`` ends with what the data cannot
        decide. The decomposition's table also holds ``shown``, the parts rounded so that they
        add up to the printed difference.

    Raises
    ------
    UnknownNameError
        For an unknown estimand, outcome, weighting, vintage, rule or municipality.
    EstimationError
        If the counts cannot support the estimand at all.
    """
    if estimand not in ESTIMANDS:
        raise UnknownNameError.of("estimand", estimand, ESTIMANDS)
    if outcome not in OUTCOMES:
        raise UnknownNameError.of("outcome", outcome, OUTCOMES)
    if outcome == "turnout":
        raise EstimationError(
            "learning is about marking the ballot; turnout has no use number",
            rule="outcome of ballots",
            value=outcome,
        )
    asked = results.vintage if vintage is None else vintage
    if asked not in VINTAGES:
        raise UnknownNameError.of("vintage", asked, VINTAGES)
    plan = design or results.design
    results = results.beside(data)
    choices = Choices(
        plan=plan,
        outcome="invalid" if estimand == "decomposition" else outcome,
        vintage=asked,
        comparison=comparison if isinstance(comparison, str) else tuple(comparison),
        weights="voters" if estimand == "decomposition" else weights,
        alpha=plan.alpha if alpha is None else alpha,
        covariates=_covariates(comparison, covariates, results),
    )
    scene = Scene(results, choices)
    table, detail, said = _estimate(scene, estimand, election)
    elections = _counted_elections(scene, estimand, table)
    left_out = _left_out(scene, estimand, table)
    return LearningResult(
        table=table,
        assumptions=_assumptions(scene, estimand, table, elections, left_out),
        sources=(*results.sources, "published-figures"),
        estimand=estimand,
        outcome=choices.outcome,
        detail=detail,
        said=tuple(said),
        undecided=tuple(_undecided(scene, estimand, table)),
        alpha=choices.alpha,
        left_out=left_out,
    )


def _covariates(
    comparison: str | Sequence[str], given: pd.DataFrame | None, results: Results
) -> pd.DataFrame | None:
    """Characteristics of municipalities, where the rule matches on them."""
    if given is not None or comparison in ("all", "size") or not isinstance(comparison, str):
        return given
    return results.table("covariates")


def _estimate(
    scene: Scene, estimand: str, election: str | None
) -> tuple[pd.DataFrame, pd.DataFrame, list[Statement]]:
    match estimand:
        case "between":
            from evaluatie.answers.learning.between import between

            return between(scene, election)[:3]
        case "reversal":
            from evaluatie.answers.learning.reversal import reversal

            return reversal(scene)
    figures = PrintedFigures.of(scene.results, scene.choices.plan)
    match estimand:
        case "within":
            from evaluatie.answers.learning.within import within

            return within(scene, figures)
        case "exposure":
            from evaluatie.answers.learning.exposure import exposure

            return exposure(scene, figures)
    from evaluatie.answers.learning.decomposition import decomposition

    return decomposition(scene, figures)


def _counted_elections(scene: Scene, estimand: str, table: pd.DataFrame) -> list[str]:
    """Return the elections with the new ballot whose counts an estimate rests on."""
    if estimand == "reversal":
        return []
    named = set(table["to_election"].dropna()) | set(table["from_election"].dropna())
    return [
        name
        for name in scene.choices.plan.new_ballot
        if (estimand == "exposure" or name in named) and scene.observed(name)
    ]


def _left_out(scene: Scene, estimand: str, table: pd.DataFrame) -> pd.DataFrame:
    if estimand == "reversal":
        return nobody()
    plan = scene.choices.plan
    found = []
    for name in set(table["to_election"]) if estimand == "between" else plan.new_ballot:
        here = scene.left_out(name)
        if estimand == "within":
            # Newcomers are not followed from use to use.
            again = [plan.exposure(str(code), name) != 1 for code in here["municipality_code"]]
            here = here[again]
        found.append(here)
    return everyone_left_out(*found)


def _assumptions(
    scene: Scene,
    estimand: str,
    table: pd.DataFrame,
    elections: Sequence[str],
    left_out: pd.DataFrame,
) -> tuple[str, ...]:
    found = list(_ASSUMPTIONS[estimand])
    bases = set(table["basis"].dropna())
    if bases & {"printed", "mixed"}:
        found += ["printed-precision", "blank-bounds", "learning-print-is-per-voter"]
        found.append("rest-of-country")
        if estimand == "within":
            found.append("learning-borrowed-variance")
    used = [each for name in elections for each in scene.excess(name).table.vintages]
    # Bounds from print beside a count are marked mixed as well; only counts can be provisional.
    counted = table.loc[table["basis"] == "counts", "vintage"]
    found += on_provisional(counted, *used)
    if (left_out["group"] == "treated").any():
        found.append("treated-missing")
    return tuple(dict.fromkeys(found))


def _undecided(scene: Scene, estimand: str, table: pd.DataFrame) -> list[Statement]:
    """Collect what these data cannot decide."""
    found: list[Statement] = []
    if estimand == "between":
        least = float(table["smallest_p"].min())
        if least > scene.choices.alpha / 2:
            found.append(Statement("undecided_smallest_p", {"smallest": least}))
        pooled = table[table["method"] == "random-effects t"]
        if len(pooled) and pooled["conf_low"].notna().all():
            row = pooled.iloc[0]
            found.append(
                Statement(
                    "undecided_interval",
                    {"low": float(row["conf_low"]), "high": float(row["conf_high"])},
                )
            )
    if estimand in ("within", "exposure", "decomposition"):
        found.append(Statement("undecided_kinds"))
    if on_provisional(table.loc[table["basis"] == "counts", "vintage"]):
        found.append(Statement("undecided_provisional"))
    return found
