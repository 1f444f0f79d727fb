"""What a test does on this very design: size, coverage, bias and power by simulation.

:func:`size_and_coverage` runs any tests on elections drawn by the models of
:mod:`evaluatie.stats.draws`. Replication ``r`` of a cell has its own seed,
made from the seed, the cell's name and ``r`` (NumPy's ``SeedSequence``), so results do not
depend on the number of workers, on the order of cells or on where a run was broken off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.draws import Model, Sample
from evaluatie.stats.estimates import Estimate, Flags, Floats

if TYPE_CHECKING:
    import pandas as pd
    from joblib import Memory, Parallel


@dataclass(frozen=True)
class Tested:
    """What is read of a method where it returns no :class:`~evaluatie.stats.estimates.Estimate`."""

    estimate: float
    conf_low: float
    conf_high: float
    p_value: float


Method = Callable[[Sample], Estimate | Tested]
Progress = Callable[[int, int], None]

_KEPT = ("estimate", "conf_low", "conf_high", "p_value", "these", "next")
"""Kept of every method; the last two are true effects, in these municipalities and one more."""


@dataclass(frozen=True)
class Cell:
    """One row of the table: a model, and the true value that methods estimate.

    ``truth`` is the estimand's value with the effect in, and the mean of effects that differ;
    without the effect the value is 0. With ``truth = 0`` the effect is not drawn: size only.
    """

    name: str
    model: Model
    truth: float


def size_and_coverage(
    methods: Mapping[str, Method],
    cells: Sequence[Cell],
    replications: int,
    seed: int,
    *,
    alpha: float = 0.05,
    n_jobs: int | None = 1,
    chunk: int = 100,
    memory: Memory | None = None,
    progress: Progress | None = None,
    label: str = "",
) -> pd.DataFrame:
    """Measure how often methods reject, cover and miss.

    Parameters
    ----------
    methods
        By name: functions of a :class:`Sample`. They raise EstimationError to refuse.
    cells
        What to draw; names must differ.
    replications, seed
        Samples per cell, and where all of them start.
    alpha
        Level of the tests and of the intervals that the methods give.
    n_jobs
        Workers of joblib; -1 = all cores, None = as set by ``joblib.parallel_config``, which
        also chooses the backend, for instance a Dask cluster.
    chunk
        Replications that are kept together. A run that is killed loses at most one chunk.
    memory
        A ``joblib.Memory`` that keeps chunks; without it nothing is.
    progress
        Called with replications done and in all after every chunk.
    label
        Tells apart what is kept; change it when a method changes under the same name.

    Returns
    -------
    pandas.DataFrame
        One row per cell and method: cell, method, n_treated, n_comparison, replications,
        refused (share of samples in which the method refused), size (rejections without
        effect), three coverages with the effect in: coverage (of the truth: the mean of what
        municipalities like these would see), coverage_these (of the mean of the effects that
        these municipalities drew, weighted as the method says in ``details["weights"]``: by
        ballots unless it is ``municipalities``, or that of one unit, ``unit``, whose position is
        in ``details["unit"]``) and coverage_next (of the effect that one more municipality
        draws), bias and power (with the effect), and Monte Carlo standard errors mc_error (of
        size), mc_error_coverage (the largest) and mc_error_bias. NaN where nothing
        was drawn or all refused.
    """
    import joblib
    import pandas as pd

    names = [cell.name for cell in cells]
    if not methods or not cells or replications < 1 or chunk < 1 or len(set(names)) < len(names):
        raise EstimationError(
            "a simulation needs methods, replications and cells of different names",
            rule="simulation",
            value=names,
        )
    total, done, rows = replications * len(cells), 0, []
    about = (tuple(methods), label, _KEPT)
    made = _chunk if memory is None else memory.cache(_chunk, ignore=["methods", "parallel"])
    with joblib.Parallel(n_jobs=n_jobs, batch_size=1) as parallel:
        for cell in cells:
            parts = []
            for first in range(0, replications, chunk):
                last = min(first + chunk, replications)
                parts.append(made(about, cell, seed, first, last, methods, parallel))
                done += last - first
                if progress is not None:
                    progress(done, total)
            rows += _summarise(cell, list(methods), np.concatenate(parts), alpha, seed)
    return pd.DataFrame(rows)


def _chunk(
    about: tuple[Any, ...],
    cell: Cell,
    seed: int,
    first: int,
    last: int,
    methods: Mapping[str, Method],
    parallel: Parallel,
) -> Floats:
    """Run replications from ``first`` up to ``last``; ``about`` stands for the methods."""
    import joblib

    # A task of several replications: sending one costs as much as doing one.
    tasks = 2 * joblib.effective_n_jobs(parallel.n_jobs)
    numbers = np.array_split(np.arange(first, last), min(tasks, last - first))
    return np.concatenate(
        parallel(joblib.delayed(replicate)(methods, cell, seed, each) for each in numbers)
    )


def replicate(
    methods: Mapping[str, Method], cell: Cell, seed: int, numbers: Iterable[int]
) -> Floats:
    """Run all methods on some replications of a cell.

    Returned with shape (replications, 2, methods, 6): without and with the effect; estimate, low,
    high, p-value, true mean in these municipalities, true effect in one more. NaN where a method
    refused; the second half is NaN if the cell's truth is 0.
    """
    numbers = list(numbers)
    found = np.full((len(numbers), 2, len(methods), len(_KEPT)), np.nan)
    for row, effect in product(range(len(numbers)), (0, 1) if cell.truth != 0 else (0,)):
        rng = _generator(cell.name, seed, int(numbers[row]))
        sample = cell.model.draw(rng, effect=bool(effect))
        for position, method in enumerate(methods.values()):
            try:
                made = method(sample)
            except EstimationError:
                continue
            found[row, effect, position] = (
                made.estimate,
                made.conf_low,
                made.conf_high,
                made.p_value,
                _these(sample, getattr(made, "details", {})),
                sample.another,
            )
    return found


def _these(sample: Sample, details: Mapping[str, Any]) -> float:
    """Mean effect in the treated municipalities, as the method weighs them."""
    if "unit" in details:
        return float(sample.effects[details["unit"]])
    equal = details.get("weights") == "municipalities"
    ballots = sample.ballots[sample.treated, -1]
    weights = np.ones(len(ballots)) if equal else ballots
    return float(np.average(sample.effects[sample.treated], weights=weights))


def minimal_detectable(effects: npt.ArrayLike, powers: npt.ArrayLike, target: float = 0.8) -> float:
    """Smallest effect with the wanted power, read off simulated powers.

    ``effects`` increase; ``powers``, the share of samples in which each was found, are made
    monotone (pool adjacent violators) and joined by straight lines. NaN if no effect tried reaches
    the target, or if the smallest already exceeds it.
    """
    from scipy.optimize import isotonic_regression

    size, power = np.asarray(effects, dtype=np.float64), np.asarray(powers, dtype=np.float64)
    smooth = isotonic_regression(power).x
    if smooth[-1] < target or smooth[0] > target:
        return float("nan")
    at = int(np.argmax(smooth >= target))
    if at == 0:
        return float(size[0])
    part = (target - smooth[at - 1]) / (smooth[at] - smooth[at - 1])
    return float(size[at - 1] + part * (size[at] - size[at - 1]))


def _generator(name: str, seed: int, number: int) -> np.random.Generator:
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key, number)))


def _summarise(
    cell: Cell, methods: list[str], found: Floats, alpha: float, seed: int
) -> list[dict[str, Any]]:
    """Turn the results of one cell, as :func:`replicate` gives them, into table rows."""
    treated = cell.model.draw(_generator(cell.name, seed, 0), effect=False).treated
    rows = []
    for position, method in enumerate(methods):
        null, with_effect = found[:, 0, position], found[:, 1, position]
        drawn = null if cell.truth == 0 else with_effect
        size, size_error = _mean(null[:, 3] <= alpha, np.isfinite(null[:, 3]))
        known = ~np.isnan(drawn[:, 1:3]).any(axis=1)
        truths = {"": np.full(len(drawn), cell.truth), "_these": drawn[:, 4], "_next": drawn[:, 5]}
        covered = {
            name: _mean((drawn[:, 1] <= truth) & (truth <= drawn[:, 2]), known & ~np.isnan(truth))
            for name, truth in truths.items()
        }
        bias, bias_error = _mean(drawn[:, 0] - cell.truth, np.isfinite(drawn[:, 0]), least=2)
        rows.append(
            {
                "cell": cell.name,
                "method": method,
                "n_treated": int(treated.sum()),
                "n_comparison": int((~treated).sum()),
                "replications": len(found),
                "refused": float(np.isnan(null[:, 0]).mean()),
                "size": size,
                **{f"coverage{name}": rate for name, (rate, _) in covered.items()},
                "bias": bias,
                "power": _mean(with_effect[:, 3] <= alpha, np.isfinite(with_effect[:, 3]))[0],
                "mc_error": size_error,
                "mc_error_coverage": max(error for _, error in covered.values()),
                "mc_error_bias": bias_error,
            }
        )
    return rows


def _mean(values: npt.ArrayLike, known: Flags, least: int = 1) -> tuple[float, float]:
    """Mean of the values that are known, and its Monte Carlo standard error."""
    some = np.asarray(values, dtype=np.float64)[known]
    if len(some) < least:
        return float("nan"), float("nan")
    return float(some.mean()), float(some.std(ddof=least - 1) / np.sqrt(len(some)))
