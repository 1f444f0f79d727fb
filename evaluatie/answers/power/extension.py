"""Which municipalities to add to a next experiment, so that a halving can be seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from evaluatie.answers.analysis import Analysis
from evaluatie.answers.learning.excess import excess_at, left_out
from evaluatie.answers.power.designs import observed_spread, sizes
from evaluatie.answers.power.result import TARGET
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.words import say
from evaluatie.plan import Design, Question
from evaluatie.stats._student import critical_value
from evaluatie.stats._types import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["ExtensionResult", "extend"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ExtensionResult(Analysis):
    """Which municipalities to add to a next experiment; see :func:`extend`."""

    target: float
    learned: float

    @property
    def needed(self) -> int | None:
        """Number of newcomers from which the target power is reached; None if never."""
        enough = self.table[self.table["power"] >= self.target]
        return None if enough.empty else int(enough["n_newcomers"].iloc[0])

    def sentence(self, lang: str = "nl") -> str:
        """Say how many are needed, or that those tried are not enough."""
        last = self.table.iloc[-1]
        values = {
            "learned": self.learned,
            "target": self.target,
            "n_experienced": int(last["n_experienced"]),
            "most": int(last["n_newcomers"]),
            "best": float(self.table["power"].max()),
        }
        if self.needed is None:
            said = say("power.extend_never", lang, **values)
        else:
            said = say("power.extend", lang, n=self.needed, **values)
        return " ".join([said, *self.without(lang)])

    def plot(self, lang: str = "nl") -> Figure:
        """Draw the power as municipalities are added."""
        from evaluatie.answers.plots.power import extension

        return extension(self.table, self.target, lang)


def extend(
    results: Results,
    *,
    learned: float = 0.5,
    most: int = 40,
    cost: str = "municipalities",
    varying: bool = True,
    target: float = TARGET,
    candidates: Sequence[str] | None = None,
    experienced: Sequence[str] | None = None,
    design: Design | None = None,
    alpha: float | None = None,
) -> ExtensionResult:
    """Choose newcomers for a next experiment, one by one, to see learning by the experienced.

    All municipalities that have used the new ballot are the experienced; every step adds the
    candidate that raises the power most, per municipality or per ballot. The power is that of
    the random-effects t, from the noncentral t distribution; :func:`power` checks it by
    simulation for the design ``planned``.

    Parameters
    ----------
    learned
        Part of the excess that the experienced have unlearned; 0.5 is a halving.
    most
        Stop after so many newcomers.
    cost
        ``municipalities``: each costs the same; ``ballots``: by their ballots.
    varying
        Whether effects differ between municipalities as observed.
    candidates
        Codes; by default the comparison municipalities of the latest election.
    experienced
        Codes of those that have met the new ballot by then; by default all of the latest
        election. A longer list shows what a round of newcomers now is worth later.

    Returns
    -------
    ExtensionResult
        ``table``, a row per step: step, municipality_code, municipality, ballots,
        n_experienced, n_newcomers, ballots_added (so far), std_error, power.

    Raises
    ------
    UnknownNameError
        For an unknown cost or candidate.
    EstimationError
        If there are too few candidates.
    """
    if cost not in ("municipalities", "ballots"):
        raise UnknownNameError.of("cost", cost, ("municipalities", "ballots"))
    results = results if design is None else replace(results, plan=design)
    plan = results.design
    question = Question.of(plan, vintage=results.vintage)
    latest = plan.latest
    observed = excess_at(results, question, latest)
    mean, spread = observed_spread(observed, plan)
    level = plan.alpha if alpha is None else alpha
    pool = observed.table.used
    pool = pool[pool["group"] == "comparison"].set_index("municipality_code")
    if candidates is not None:
        for code in candidates:
            if code not in pool.index:
                raise UnknownNameError.of("candidate", code, pool.index)
        pool = pool.loc[list(candidates)]
    extra = spread**2 if varying else 0.0

    def information(ballots: npt.ArrayLike, effect: float) -> Floats:
        p0, p1 = observed.table.used["share_before"].mean(), mean + effect
        size = np.asarray(ballots, dtype=np.float64)
        noise = (p0 * (1 - p0) + (p0 + p1) * (1 - p0 - p1)) / size
        return np.asarray(1 / (observed.fit.variance(noise) + extra), dtype=np.float64)

    every = sizes(results, latest)
    met = list(plan.treated(latest) if experienced is None else experienced)
    for code in met:
        if code not in every:
            raise UnknownNameError.of("municipality", code, every)
    pool = pool[~pool.index.isin(met)]
    if len(pool) < 2:
        raise EstimationError("too few candidates", rule="candidates >= 2", value=len(pool))
    fixed = float(information([every[code] for code in met], -learned * mean).sum())
    gains = information(pool["ballots_after"], 0.0)
    worth = gains / pool["ballots_after"].to_numpy("float64") if cost == "ballots" else gains
    order = np.argsort(-worth, kind="stable")[:most]
    rows, total = [], 0.0
    for step, position in enumerate(order, 1):
        total += float(gains[position])
        error = math.sqrt(1 / fixed + 1 / total)
        chosen = pool.iloc[position]
        rows.append(
            {
                "step": step,
                "municipality_code": str(pool.index[position]),
                "municipality": chosen["municipality"],
                "ballots": int(chosen["ballots_after"]),
                "n_experienced": len(met),
                "n_newcomers": step,
                "std_error": error,
                "power": _power_t(learned * mean / error, len(met) + step - 2, level),
            }
        )
    table = pd.DataFrame(rows)
    return ExtensionResult(
        table=table.assign(ballots_added=table["ballots"].cumsum()),
        assumptions=("learning-effects-vary", "variance-model", "simulated-model"),
        sources=results.sources,
        target=target,
        learned=learned,
        left_out=left_out(results, question, latest),
    )


def _power_t(noncentrality: float, df: int, alpha: float) -> float:
    critical = critical_value(alpha, df)
    below = special.nctdtr(df, noncentrality, [-critical, critical])
    return float(below[0] + 1 - below[1])
