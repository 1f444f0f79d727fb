"""How far the findings depend on which count they are taken from.

=================  ==========================================================================
scenario           counts of the election
=================  ==========================================================================
``provisional``    first counts, as media carried them
``best``           official where the outcome is officially known, else provisional
``recount``        provisional, the counts with the new ballot multiplied by what the recount
                   of the election before added (official over provisional); as bounds where
                   the official count is known only as a printed share
``mixed``          invalid + blank = provisional ballots minus official valid votes
``without``        provisional, without municipalities where the plan of the data suspects
                   that invalid and blank were entered the wrong way round
``swapped back``   the same, with the two counts changed over
=================  ==========================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.analysis import Analysis
from evaluatie.effect.scales import on_scale
from evaluatie.errors import EstimationError, InputError, UnknownNameError
from evaluatie.experiment import Design
from evaluatie.formatting import points
from evaluatie.learning.between import experienced, permutation, random_effects
from evaluatie.learning.excess import Choices, Excess, Scene, excess_at
from evaluatie.learning.printed import PrintedFigures, interval_counts
from evaluatie.partly_known import Interval
from evaluatie.results import Results, load_table
from evaluatie.stats.changes import weighted_t
from evaluatie.wording import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLUMNS", "SCENARIOS", "VintagesResult", "for_readers", "recount_factor", "vintages"]

SCENARIOS = ("provisional", "best", "recount", "mixed", "without", "swapped back")
OUTCOMES = ("invalid", "rejected")

COLUMNS = (
    "scenario",
    "election",
    "outcome",
    "vintage",
    "effect",
    "effect_low",
    "effect_high",
    "effect_p",
    "effect_bound_low",
    "effect_bound_high",
    "learning",
    "learning_low",
    "learning_high",
    "learning_p",
    "smallest_p",
    "learning_bound_low",
    "learning_bound_high",
    "factor_low",
    "factor_high",
    "n_treated",
    "n_experienced",
    "n_comparison",
    "n_dropped",
)
"""Columns of :attr:`VintagesResult.table`. ``effect`` and ``learning`` (experienced minus
newcomers) are fractions of ballots; bounds hold what a printed share leaves possible, with
intervals around the outermost ends; ``n_dropped`` counts municipalities whose two counts
contradict each other."""

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class VintagesResult(Analysis):
    """Effect and learning under every scenario; see :func:`vintages`."""

    election: str

    def sentence(self, lang: str = "nl") -> str:
        """Say over which range the effect and the learning estimate move."""
        parts = []
        latest = self.table[self.table["election"] == self.election]
        for outcome in latest["outcome"].unique():
            rows = latest[latest["outcome"] == outcome]
            low, high = _range(rows, "effect")
            learn_low, learn_high = _range(rows, "learning")
            known = bool(rows["learning"].notna().any())
            parts.append(
                say(
                    "vintages.range" if known else "vintages.range_effect",
                    lang,
                    outcome=say(f"common.{outcome}", lang),
                    election=self.election,
                    n=len(rows),
                    low=low,
                    high=high,
                    learn_low=learn_low,
                    learn_high=learn_high,
                )
            )
        learned = latest.dropna(subset=["learning_low"])
        inside = bool(((learned["learning_low"] <= 0) & (learned["learning_high"] >= 0)).all())
        if len(learned):
            parts.append(say(f"vintages.{'always' if inside else 'not_always'}_zero", lang))
        return " ".join(parts)

    def plot(self, lang: str = "nl") -> Figure:
        """Draw effect and learning by scenario."""
        from evaluatie.plots.vintages import by_scenario

        return by_scenario(self.table[self.table["election"] == self.election], lang)


def vintages(
    results: Results,
    election: str | None = None,
    *,
    weights: str = "voters",
    comparison: str | Sequence[str] = "all",
    design: Design | None = None,
    data: Path | str | None = None,
    alpha: float | None = None,
) -> VintagesResult:
    """Estimate the effect and the learning difference under every scenario.

    Parameters
    ----------
    results
        Counts, from :func:`evaluatie.load`; every vintage in them is used.
    election
        The latest with the new ballot by default; earlier ones are added where they have
        both a provisional and an official count.
    weights, comparison, design, alpha
        As for :func:`evaluatie.learning.learning`.
    data
        A folder with the user's own tables.

    Returns
    -------
    VintagesResult
        ``table`` has the columns :data:`COLUMNS`, a row per election, outcome and scenario.

    Raises
    ------
    UnknownNameError
        For an unknown election, weighting or rule.
    EstimationError
        If no scenario can be computed.
    """
    plan = design or results.design
    name = election or plan.latest
    if name not in plan.new_ballot:
        raise UnknownNameError.of("election with the new ballot", name, plan.new_ballot)
    about = load_table("covariates", data) if comparison not in ("all", "size") else None
    choices = Choices(
        plan=plan,
        outcome="invalid",
        vintage="provisional",
        comparison=comparison if isinstance(comparison, str) else tuple(comparison),
        weights=weights,
        alpha=plan.alpha if alpha is None else alpha,
        covariates=about,
    )
    figures = PrintedFigures.of(results, plan, data)
    exceptions = load_table("known_exceptions", data)
    rows: list[Row] = []
    for each in plan.new_ballot:
        if each == name or _counted_twice(results, each):
            rows += _election_rows(results, each, choices, figures, exceptions)
    if not rows:
        raise EstimationError("no vintage of this election has counts", unit=name, rule="counts")
    return VintagesResult(
        table=pd.DataFrame(rows).reindex(columns=list(COLUMNS)),
        assumptions=(
            "parallel-trends",
            "variance-model",
            "learning-effects-vary",
            "provisional-counts",
            "vintages-recount-alike",
        ),
        sources=(*results.sources, "published-figures"),
        election=name,
    )


def recount_factor(
    results: Results, election: str, outcome: str, plan: Design, figures: PrintedFigures
) -> Interval | None:
    """Return official over provisional counts of the treated, at the latest such election before.

    An interval of width 0 where both were counted; bounds where the official count is known
    only from a printed share. None without such an election.
    """
    until = plan.election(election).date
    column = "rejected" if outcome == "rejected" else outcome
    for earlier in reversed(list(plan.new_ballot)):
        if plan.election(earlier).date >= until:
            continue
        rows = results.rows[results.rows["election"] == earlier]
        rows = rows[rows["municipality_code"].isin(plan.treated(earlier))]
        first, final = (
            rows[rows["vintage"] == vintage].set_index("municipality_code")[column].dropna()
            for vintage in ("provisional", "official")
        )
        if not len(first) or set(first.index) != set(plan.treated(earlier)):
            continue
        total = float(first.sum())
        if set(final.index) == set(first.index):
            exact = float(final.sum()) / total
            return Interval(exact, exact)
        counts = interval_counts(results, earlier, plan, figures)
        if counts is None or outcome != "invalid":
            continue
        try:
            return counts.count("invalid") / Interval(total, total)
        except InputError:
            continue
    return None


def for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add scenario_text, outcome_text, effect_text and learning_text (bounds where there are)."""
    rows = table.to_dict(orient="records")
    return table.assign(
        scenario_text=[say(f"vintages.{str(r['scenario']).replace(' ', '_')}", lang) for r in rows],
        outcome_text=[say(f"common.{r['outcome']}", lang) for r in rows],
        effect_text=[_text(row, "effect", lang) for row in rows],
        learning_text=[_text(row, "learning", lang) for row in rows],
    )


def _election_rows(
    results: Results,
    election: str,
    choices: Choices,
    figures: PrintedFigures,
    exceptions: pd.DataFrame,
) -> list[Row]:
    plan = choices.plan
    listed = exceptions["rule"] == "invalid-blank-swapped"
    suspect = list(exceptions[listed & (exceptions["election"] == election)]["municipality_code"])
    rows: list[Row] = []
    for outcome in OUTCOMES:
        chosen = replace(choices, outcome=outcome)
        counts: list[tuple[str, Results, str, Sequence[str], int]] = [
            ("provisional", results, "provisional", (), 0),
            ("best", results, "best", (), 0),
        ]
        if outcome == "rejected":
            mixed, dropped = _mixed_counts(results, election)
            counts.append(("mixed", mixed, "provisional", (), dropped))
        elif suspect:
            turned = _swapped(results, election, suspect)
            counts.append(("without", results, "provisional", suspect, 0))
            counts.append(("swapped back", turned, "provisional", (), 0))
        common = {"election": election, "outcome": outcome}
        for scenario, made, vintage, without, dropped in counts:
            row = _row(made, election, replace(chosen, vintage=vintage), without)
            if row is not None:
                rows.append({"scenario": scenario, **common, **row, "n_dropped": dropped})
        factor = recount_factor(results, election, outcome, plan, figures)
        row = None if factor is None else _recounted(results, election, chosen, factor)
        if row is not None:
            rows.append({"scenario": "recount", **common, **row})
    order = {name: position for position, name in enumerate(SCENARIOS)}
    return sorted(rows, key=lambda row: (OUTCOMES.index(row["outcome"]), order[row["scenario"]]))


def _row(
    results: Results, election: str, choices: Choices, without: Iterable[str] = ()
) -> Row | None:
    """Estimate under one scenario; None where its counts do not hold the outcome."""
    try:
        excess = excess_at(Scene(results, choices), election, without=without)
    except EstimationError:
        return None
    used = excess.table.used
    scaled = on_scale(used, "points", choices.weights)
    effect = weighted_t(
        scaled.y,
        scaled.v,
        scaled.treated,
        weights="voters",
        ballots=scaled.weight,
        variance_slope=scaled.slope,
        fit=excess.fit,
        alpha=choices.alpha,
    )
    flags = experienced(excess, choices, election)
    return {
        "vintage": excess.vintage_of(excess.codes),
        "effect": effect.estimate,
        "effect_low": effect.conf_low,
        "effect_high": effect.conf_high,
        "effect_p": effect.p_value,
        "n_treated": len(flags),
        "n_experienced": int(flags.sum()),
        "n_comparison": excess.fit.n,
        "n_dropped": 0,
        **_learning(excess, flags, choices.alpha),
    }


def _learning(excess: Excess, flags: np.ndarray[Any, np.dtype[np.bool_]], alpha: float) -> Row:
    if not flags.any() or (~flags).sum() < 2:
        return {}
    test = permutation(excess, flags, alpha)
    row: Row = {"learning_p": test.result.p_value, "smallest_p": test.smallest_p}
    try:
        made = random_effects(excess, flags, alpha)
    except EstimationError:
        return row | {"learning": test.result.estimate}
    return row | {
        "learning": made["estimate"],
        "learning_low": made["conf_low"],
        "learning_high": made["conf_high"],
    }


def _recounted(results: Results, election: str, choices: Choices, factor: Interval) -> Row | None:
    """Run both ends of the recount factor; a known factor gives a single estimate."""
    codes = choices.plan.treated(election)
    chosen = replace(choices, vintage="provisional")
    ends = [
        _row(_multiplied(results, election, choices.outcome, codes, k), election, chosen)
        for k in dict.fromkeys((factor.low, factor.high))
    ]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return None
    row = dict(known[0], factor_low=factor.low, factor_high=factor.high)
    if len(known) == 1:
        return row
    for stem in ("effect", "learning"):
        values = [end.get(stem, np.nan) for end in known]
        row |= {
            stem: np.nan,
            f"{stem}_bound_low": min(values),
            f"{stem}_bound_high": max(values),
            f"{stem}_low": min(end.get(f"{stem}_low", np.nan) for end in known),
            f"{stem}_high": max(end.get(f"{stem}_high", np.nan) for end in known),
            f"{stem}_p": max(end.get(f"{stem}_p", np.nan) for end in known),
        }
    return row


def _multiplied(
    results: Results, election: str, outcome: str, codes: Sequence[str], factor: float
) -> Results:
    """Multiply provisional counts; ballots stay, so that valid votes make up for it."""
    rows = results.rows.copy()
    some = _provisional(rows, election) & rows["municipality_code"].isin(codes)
    rows.loc[some, outcome] = (rows.loc[some, outcome].astype("float64") * factor).round()
    return replace(results, rows=rows, vintage="provisional")


def _mixed_counts(results: Results, election: str) -> tuple[Results, int]:
    """Replace provisional rejected votes by provisional ballots minus official valid votes."""
    rows = results.rows.copy()
    official = rows[(rows["election"] == election) & (rows["vintage"] == "official")]
    valid = official.set_index("municipality_code")["valid"]
    here = _provisional(rows, election)
    final = rows.loc[here, "municipality_code"].map(valid).astype("Float64")
    rejected = rows.loc[here, "ballots"].astype("Float64") - final
    impossible = (rejected < 0).fillna(value=False).to_numpy(dtype=bool)
    rejected = rejected.mask(impossible)
    rows.loc[here, "rejected"] = rejected.round().astype("Int64")
    rows.loc[here, ["blank", "invalid"]] = pd.NA
    return replace(results, rows=rows, vintage="provisional"), int(impossible.sum())


def _swapped(results: Results, election: str, codes: Iterable[str]) -> Results:
    rows = results.rows.copy()
    some = _provisional(rows, election) & rows["municipality_code"].isin(list(codes))
    rows.loc[some, ["blank", "invalid"]] = rows.loc[some, ["invalid", "blank"]].to_numpy()
    return replace(results, rows=rows, vintage="provisional")


def _provisional(rows: pd.DataFrame, election: str) -> pd.Series[bool]:
    return (rows["election"] == election) & (rows["vintage"] == "provisional")


def _counted_twice(results: Results, election: str) -> bool:
    rows = results.rows[results.rows["election"] == election]
    known = rows[rows["rejected"].notna()]["vintage"]
    return {"official", "provisional"} <= set(known)


def _range(rows: pd.DataFrame, stem: str) -> tuple[float, float]:
    columns = [stem, f"{stem}_bound_low", f"{stem}_bound_high"]
    values = rows[columns].to_numpy("float64")
    if not np.isfinite(values).any():
        return float("nan"), float("nan")
    return float(np.nanmin(values)), float(np.nanmax(values))


def _text(row: Mapping[Any, Any], stem: str, lang: str) -> str:
    value, low, high = (row[f"{stem}{end}"] for end in ("", "_bound_low", "_bound_high"))
    if pd.notna(value):
        return points(value, lang)
    return "" if pd.isna(low) else f"{points(low, lang)} – {points(high, lang)}"
