"""The power of a next trial: so many municipalities, half of them experienced, at random.

Both groups are drawn anew in every sample, from municipalities in order of size: the list is cut
into as many blocks as there are pairs, and chance says who of a block is experienced. Or the new
municipalities are given by name, and the experienced are those of the experiment. The test is
made at every election at which the plan looks, so that each has its part of alpha (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import special

from evaluatie.answers.answer import Answer
from evaluatie.answers.learning.excess import excess_at, left_out
from evaluatie.answers.power import show
from evaluatie.answers.power.designs import VaryingModel, fitted, level_at, observed_spread
from evaluatie.answers.power.reported import learning_random_effects
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results
from evaluatie.counts.names import pick
from evaluatie.ground.errors import EstimationError, InputError
from evaluatie.plan import Question
from evaluatie.stats.draws import FittedModel, Sample
from evaluatie.stats.simulate import Cell, Progress, size_and_coverage

_FEWEST = 2
"""Municipalities that a group needs to show how effects differ."""


@dataclass(frozen=True)
class RandomisedModel:
    """A fitted model in which chance says who is experienced and who is new.

    ``model`` is of everybody that can be chosen; its exposure is not used, its excess at use 1 is
    that of newcomers and at use 2 that of the experienced. ``spread`` is the standard deviation of
    effects between municipalities. Both groups together are at most half of all, so that there is a
    comparison group.
    """

    model: FittedModel
    spread: float
    n_experienced: int
    n_newcomers: int

    def draw(self, rng: np.random.Generator, *, effect: bool) -> Sample:
        """Draw who, and then the elections."""
        exposure = np.zeros(self.model.ballots.shape, dtype=np.int64)
        order = np.argsort(self.model.ballots[:, -1], kind="stable")
        (many, use), (few, other) = sorted(
            ((self.n_experienced, 2), (self.n_newcomers, 1)), reverse=True
        )
        with_both = set(np.linspace(0, many - 1, few).round().astype(int))
        for at, block in enumerate(np.array_split(order, many)):
            pair = rng.choice(block, 2, replace=False)
            exposure[pair[0], -1] = use
            if at in with_both:
                exposure[pair[1], -1] = other
                if many == few and rng.random() < 0.5:
                    exposure[pair, -1] = exposure[pair[::-1], -1]
        chosen = replace(self.model, exposure=exposure)
        return VaryingModel(chosen, self.spread).draw(rng, effect=effect)


def trial(
    results: Results,
    municipalities: int | None = None,
    *,
    named: Sequence[str] = (),
    experienced: int | None = None,
    learned: float | None = None,
    samples: int = 1000,
    seed: int | None = None,
    n_jobs: int | None = 1,
    progress: Progress | None = None,
) -> Answer:
    """Simulate the chance that a next trial sees learning.

    Parameters
    ----------
    municipalities
        How many take part, drawn at random and balanced on size.
    named
        Instead: names or codes of the new municipalities; the experienced are all of the latest
        election.
    experienced
        How many of ``municipalities`` have met the ballot before; half by default.
    learned
        Part of the effect that experience takes away; the plan's minimal relevant one by default.
    samples, seed, n_jobs, progress
        As in :func:`evaluatie.answers.power.power`.

    Returns
    -------
    Answer
        ``table``, one row: design (``randomised`` or ``given``), n_experienced, n_newcomers,
        learned, truth (fraction of ballots), power and size (simulated, random-effects t),
        mc_error_power, mc_error, approximate (power by the normal distribution), needed
        (municipalities, as many of either, from which that reaches the plan's power),
        replications.

    Raises
    ------
    InputError
        For numbers that make no trial, or neither or both of a number and names.
    UnknownNameError
        For an unknown municipality.
    EstimationError
        If the counts cannot support the model.
    """
    plan = results.counted_plan
    settings, level = plan.raw["next"], level_at(plan, "planned")
    part = float(settings["minimal_learned"]) if learned is None else learned
    if (municipalities is None) == (not named):
        raise InputError("give a number of municipalities or a list of them", rule="trial")
    if not 0 < part <= 1:
        raise InputError("the learned part lies between 0 and 1", rule="learned", value=part)
    question = Question.of(plan, vintage=results.vintage)
    observed = excess_at(results, question, plan.latest)
    used, start = observed.table.used, plan.seed("simulation") if seed is None else seed
    mean, spread = observed_spread(observed, plan)
    uses = np.array(used["group"] == "treated", dtype=np.int64)
    model = replace(fitted(used, uses), excess=(mean, mean * (1 - part)), null_excess=(mean, mean))
    if municipalities is None:
        exposure = 2 * model.exposure
        exposure[_positions(used, named), 1] = 1
        model = replace(model, exposure=exposure)
        n_old, n_new = (int((exposure == use).sum()) for use in (2, 1))
    else:
        n_old = municipalities // 2 if experienced is None else experienced
        n_new = municipalities - n_old
    most = len(used) // 4
    if not (_FEWEST <= n_old <= most and _FEWEST <= n_new <= most):
        raise InputError(
            "no trial can be made of so many experienced and new municipalities",
            rule="municipalities",
            value=f"{n_old} and {n_new}",
            expected=f"from {_FEWEST} to {most} of either",
        )
    made = size_and_coverage(
        {"random-effects t": learning_random_effects},
        [
            Cell(
                f"trial, {n_old}, {n_new}, {part:g}",
                VaryingModel(model, spread)
                if named
                else RandomisedModel(model, spread, n_old, n_new),
                -mean * part,
            )
        ],
        samples,
        start,
        alpha=level,
        n_jobs=n_jobs,
        progress=progress,
    ).iloc[0]
    # What one municipality says, on average over all that can be chosen.
    noise = 2 * used["share_before"].mean() + mean
    variance = observed.fit.variance(noise / used["ballots_after"]) + spread**2
    approximate = partial(_approximate, mean * part, float((1 / variance).mean()), level)
    target, power = float(settings["power"]), float(made["power"])
    enough = next((n for n in range(_FEWEST, 10_000) if approximate(n, n) >= target), None)
    row = {
        "design": "given" if named else "randomised",
        "n_experienced": n_old,
        "n_newcomers": n_new,
        "learned": part,
        "truth": -mean * part,
        "power": power,
        "mc_error_power": math.sqrt(power * (1 - power) / samples),
        "size": float(made["size"]),
        "mc_error": float(made["mc_error"]),
        "approximate": approximate(n_old, n_new),
        "needed": None if enough is None else 2 * enough,
        "replications": samples,
    }
    return Answer(
        table=pd.DataFrame([row]),
        columns=show.TRIAL,
        statements=tuple(_said({**row, "level": level, "each": enough}, settings)),
        assumptions=("learning-effects-vary", "variance-model", "simulated-model"),
        seed=start,
        sources=results.sources,
        left_out=left_out(results, question, plan.latest),
    )


def _approximate(effect: float, information: float, level: float, old: int, new: int) -> float:
    """Return the power by the normal distribution, were spread and variances known."""
    error = math.sqrt((1 / old + 1 / new) / information)
    return float(special.ndtr(effect / error - special.ndtri(1 - level / 2)))


def _said(row: Mapping[str, Any], settings: Mapping[str, Any]) -> Iterator[Statement]:
    """Say what the trial sees, how many it takes, and when it stops."""
    target = float(settings["power"])
    words = {**row, "minimal": -row["truth"], "looks": int(settings["looks"]), "target": target}
    yield Statement(f"power.trial_{row['design']}", words)
    if row["power"] < target and row["each"] is not None:
        yield Statement("power.trial_needed", words)
    yield Statement("power.trial_stopping", {"rule": dict(settings["stopping"])})


def _positions(used: pd.DataFrame, named: Sequence[str]) -> list[int]:
    """Return the rows of municipalities by name or code, none of which met the ballot before."""
    codes = list(used["municipality_code"])
    called = list(zip(codes, used["municipality"], strict=True))
    found = []
    for name in dict.fromkeys(named):
        at = codes.index(pick(name, called))
        if used["group"].iloc[at] == "treated":
            raise EstimationError(
                "this municipality has met the new ballot and cannot be new",
                unit=name,
                rule="new municipalities",
            )
        found.append(at)
    return found
