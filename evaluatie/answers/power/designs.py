"""What is simulated: real municipalities of real sizes, who is treated, which effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.answers.learning.excess import CountedExcess, excess_at, observed
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design, Question
from evaluatie.stats.draws import FittedModel, Sample, fit_model
from evaluatie.stats.prediction import predict_new
from evaluatie.stats.simulate import Cell

DESIGNS = ("five", "eleven", "planned")
"""The five of the first two elections; all of the latest; these as experienced, with as many
newcomers again, at a next election."""

TARGET = 0.8
"""The power that counts as being able to see something."""

EFFECTS = (0.0005, 0.001, 0.0015, 0.002, 0.003, 0.004)
"""Excess shares put in, fractions of ballots."""

LEARNED = (0.25, 0.5, 0.75, 1.0)
"""Part of the excess that experienced voters have unlearned; 0.5 is a halving."""

_SPREADS = ("alike", "varying")


def method(quantity: str) -> str:
    """Return the test of a quantity that allows for effects that vary."""
    return "variance-weighted t" if quantity == "within" else "random-effects t"


def level_at(plan: Design, design: str) -> float:
    """Return the level at which a design is tested: of a next one, its part of alpha per look."""
    return plan.alpha / int(plan.raw["next"]["looks"]) if design == "planned" else plan.alpha


@dataclass(frozen=True)
class VaryingModel:
    """A fitted model in which every municipality has an effect of its own.

    A municipality's effect differs from the excess of its number of use by the same at every
    use; where that excess is zero for all, nobody has an effect. ``spread`` is the standard
    deviation of these differences, a fraction of ballots. They follow a gamma distribution
    around zero that ends where no invalid votes are left at the smallest excess: normal ones
    would ask for shares below zero, and what is drawn would miss what is put in.
    """

    model: FittedModel
    spread: float

    def draw(self, rng: np.random.Generator, *, effect: bool) -> Sample:
        """Draw one sample; errors as :meth:`evaluatie.stats.draws.FittedModel.draw`."""
        table = self.model.excess if effect else self.model.null_excess
        if self.spread <= 0 or not any(table):
            return self.model.draw(rng, effect=effect)
        exposure = np.asarray(self.model.exposure)
        # The same at every use, so that it drops out of a municipality's own change.
        room = self.model.share + float(self.model.trend.min()) + min(table)
        own = rng.gamma((room / self.spread) ** 2, self.spread**2 / room, len(exposure)) - room
        excess = np.where(exposure > 0, np.array([0.0, *table])[exposure] + own[:, None], 0.0)
        return self.model.elections(rng, excess, float(excess[:, -1].max(initial=0.0)))


def power_cells(
    results: Results,
    question: Question,
    designs: Sequence[str],
    effects: Sequence[float] = EFFECTS,
    learned: Sequence[float] = LEARNED,
) -> list[dict[str, Any]]:
    """Return what is simulated: rows with quantity, design, spread, truth, learned and the cell."""
    latest = results.counted_plan.latest
    mean, spread = observed_spread(excess_at(results, question, latest), results.counted_plan)
    made: list[dict[str, Any]] = []
    for name in designs:
        base = _model(results, question, name, latest)
        for kind in _SPREADS:
            own = spread if kind == "varying" else 0.0
            for size in effects:
                uses = int(base.exposure.max())
                model = replace(base, excess=(size,) * uses, null_excess=())
                made.append(_cell("effect", name, kind, VaryingModel(model, own), size, None))
            both = len(set(base.exposure[base.exposure > 0])) > 1
            quantity, repeated = ("learning", base) if both else ("within", _twice(base))
            for part in learned:
                uses = int(repeated.exposure.max())
                # First use is that of newcomers; all later ones are of experienced voters.
                model = replace(
                    repeated,
                    excess=(mean, *([mean * (1 - part)] * (uses - 1))),
                    null_excess=(mean,) * uses,
                )
                truth = -mean * part
                made.append(_cell(quantity, name, kind, VaryingModel(model, own), truth, part))
    return made


def observed_spread(excess: CountedExcess, plan: Design) -> tuple[float, float]:
    """Mean excess at first use and the standard deviation between municipalities' effects."""
    election = excess.table.election
    new = [c for c in excess.codes if plan.exposure(c, election) == 1] or list(excess.codes)
    flags = np.isin(excess.codes, new)
    if flags.sum() < 3:
        raise EstimationError(
            "too few municipalities to see how effects vary", rule="first use >= 3"
        )
    made = predict_new(excess.values[flags], excess.sampling[flags])
    return excess.pooled(new).estimate, math.sqrt(made.tau2)


def _model(results: Results, question: Question, name: str, latest: str) -> FittedModel:
    """Fit the model of a design: real municipalities of real sizes, who is treated when."""
    plan = results.counted_plan
    election = list(plan.new_ballot)[0 if name == "five" else -1]
    if name == "five":
        # The same five at the latest of their elections with counts.
        same = [e for e in plan.new_ballot if plan.treated(e) == plan.treated(election)]
        election = [e for e in same if observed(results, question, e)][-1]
    used = excess_at(results, question, election).table.used
    uses = [
        plan.exposure(c, election) if g == "treated" else 0
        for c, g in zip(used["municipality_code"], used["group"], strict=True)
    ]
    model = fitted(used, np.array(uses))
    if name == "five":
        return model
    size_of = sizes(results, latest)
    absent = [code for code in plan.treated(latest) if code not in set(used["municipality_code"])]
    if absent:
        # Sizes from official valid votes, at both elections.
        more = np.array([[size_of[code]] * 2 for code in absent], dtype=np.int64)
        first = np.array([[0, plan.exposure(code, latest)] for code in absent], dtype=np.int64)
        model = replace(
            model,
            ballots=np.vstack([model.ballots, more]),
            exposure=np.vstack([model.exposure, first]),
        )
    return model if name == "eleven" else _planned(model)


def fitted(used: pd.DataFrame, uses: npt.NDArray[np.int64]) -> FittedModel:
    """Fit the model to the counts of two elections; ``uses`` of the new ballot at the second."""
    counts, ballots = (
        used[[f"{what}_before", f"{what}_after"]].to_numpy("float64")
        for what in ("count", "ballots")
    )
    return fit_model(counts, ballots, np.stack([np.zeros_like(uses), uses], axis=1))


def _planned(model: FittedModel) -> FittedModel:
    """A next election: all treated are experienced, and as many largest others are new."""
    exposure = np.where(model.exposure > 0, 2, 0)
    treated = exposure[:, 1] > 0
    others = np.flatnonzero(~treated)
    largest = others[np.argsort(-model.ballots[others, 1], kind="stable")[: int(treated.sum())]]
    exposure[largest, 1] = 1
    return replace(model, exposure=exposure)


def _twice(model: FittedModel) -> FittedModel:
    """Two pairs of elections: the treated use the new ballot for the first, then a second time."""
    exposure = np.hstack([np.minimum(model.exposure, 1)] * 2)
    exposure[:, -1] *= 2
    return replace(
        model,
        ballots=np.hstack([model.ballots] * 2),
        exposure=exposure,
        trend=np.tile(model.trend, 2),
    )


def sizes(results: Results, election: str) -> dict[str, int]:
    """Ballots (or, where unknown, valid votes) of every municipality with the new ballot."""
    plan, rows = results.counted_plan, results.rows
    rows = rows[(rows["election"] == election)]
    size = rows["ballots"].fillna(rows["valid"])
    by_code = size.groupby(rows["municipality_code"]).max().dropna().astype("int64")
    missing = [code for code in plan.treated(election) if code not in by_code.index]
    if missing:
        raise EstimationError(
            "the size of a municipality is unknown", unit=missing[0], rule="valid votes known"
        )
    return {str(code): int(value) for code, value in by_code.items()}


def _cell(
    quantity: str, design: str, spread: str, model: VaryingModel, truth: float, part: float | None
) -> dict[str, Any]:
    name = f"{quantity}, {design}, {spread}, {part if part is not None else truth:g}"
    return {
        "quantity": quantity,
        "design": design,
        "spread": spread,
        "truth": truth,
        "learned": math.nan if part is None else part,
        "cell": Cell(name, model, truth),
    }
