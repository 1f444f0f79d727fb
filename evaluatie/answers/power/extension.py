"""Which municipalities to add to a next experiment, so that a halving can be seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from evaluatie.answers.answer import Answer, Statement
from evaluatie.answers.learning.excess import excess_at, left_out
from evaluatie.answers.power import show
from evaluatie.answers.power.designs import level_at, observed_spread, sizes
from evaluatie.answers.power.show import TARGET
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import Question
from evaluatie.stats.estimates import Floats
from evaluatie.stats.student import critical_value

__all__ = ["extend"]


def extend(
    results: Results,
    *,
    most: int = 40,
    candidates: Sequence[str] | None = None,
    experienced: Sequence[str] | None = None,
    alpha: float | None = None,
) -> Answer:
    """Choose newcomers for a next experiment, one by one, to see learning by the experienced.

    All municipalities that have used the new ballot are the experienced; every step adds the
    candidate that raises the power most. The power is that of the random-effects t, from the
    noncentral t distribution; :func:`power` checks it by simulation for the design ``planned``.
    What the experienced have unlearned is the smallest part of the excess that matters by the
    plan.

    Parameters
    ----------
    most
        Stop after so many newcomers.
    candidates
        Codes; by default the comparison municipalities of the latest election.
    experienced
        Codes of those that have met the new ballot by then; by default all of the latest
        election. A longer list shows what a round of newcomers now is worth later.
    alpha
        Level of the test; by default the plan's alpha over the elections at which a next trial
        is judged, as in :func:`evaluatie.answers.power.trial`.

    Returns
    -------
    Answer
        ``table``, a row per step: step, municipality_code, municipality, ballots,
        n_experienced, n_newcomers, ballots_added (so far), std_error, power.
        ``parts``: target; needed, the number of newcomers from which it is reached, None if
        never.

    Raises
    ------
    UnknownNameError
        For an unknown municipality or candidate.
    EstimationError
        If there are too few candidates.
    """
    plan = results.design
    question = Question.of(plan, vintage=results.vintage)
    latest, learned = plan.latest, float(plan.raw["next"]["minimal_learned"])
    observed = excess_at(results, question, latest)
    mean, spread = observed_spread(observed, plan)
    level = level_at(plan, "planned") if alpha is None else alpha
    pool = observed.table.used
    pool = pool[pool["group"] == "comparison"].set_index("municipality_code")
    if candidates is not None:
        for code in candidates:
            if code not in pool.index:
                raise UnknownNameError.of("candidate", code, pool.index)
        pool = pool.loc[list(candidates)]

    def information(ballots: npt.ArrayLike, effect: float) -> Floats:
        p0, p1 = observed.table.used["share_before"].mean(), mean + effect
        size = np.asarray(ballots, dtype=np.float64)
        noise = (p0 * (1 - p0) + (p0 + p1) * (1 - p0 - p1)) / size
        return np.asarray(1 / (observed.fit.variance(noise) + spread**2), dtype=np.float64)

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
    order = np.argsort(-gains, kind="stable")[:most]
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
    enough = table.loc[table["power"] >= TARGET, "n_newcomers"]
    needed = None if enough.empty else int(enough.iloc[0])
    words = {
        "learned": learned,
        "target": TARGET,
        "n_experienced": len(met),
        "most": len(table),
        "best": float(table["power"].max()),
        "n": needed,
        "level": level,
    }
    return Answer(
        table=table.assign(ballots_added=table["ballots"].cumsum()),
        columns=show.STEPS,
        statements=(Statement(f"power.extend{'_never' if needed is None else ''}", words),),
        assumptions=("learning-effects-vary", "variance-model", "simulated-model"),
        sources=results.sources,
        left_out=left_out(results, question, latest),
        parts={"target": TARGET, "needed": needed},
        draw=show.draw_steps,
    )


def _power_t(noncentrality: float, df: int, alpha: float) -> float:
    critical = critical_value(alpha, df)
    below = special.nctdtr(df, noncentrality, [-critical, critical])
    return float(below[0] + 1 - below[1])
