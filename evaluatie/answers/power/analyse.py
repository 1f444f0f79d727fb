"""Size, coverage, bias and power of the reported tests, and what could have been seen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from joblib import Memory

from evaluatie.answers.answer import Answer
from evaluatie.answers.power import show
from evaluatie.answers.power.designs import (
    DESIGNS,
    EFFECTS,
    LEARNED,
    TARGET,
    level_at,
    method,
    power_cells,
)
from evaluatie.answers.power.reported import TESTS
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results
from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.folders import bundled
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.plan import Design, Question, load_design
from evaluatie.stats.simulate import Progress, minimal_detectable, size_and_coverage


def power(
    results: Results,
    *,
    designs: Iterable[str] = DESIGNS,
    replications: int = 500,
    seed: int | None = None,
    n_jobs: int | None = 1,
    memory: Memory | None = None,
    progress: Progress | None = None,
    effects: Sequence[float] = EFFECTS,
    learned: Sequence[float] = LEARNED,
) -> Answer:
    """Simulate the reported tests on these designs.

    Parameters
    ----------
    results
        Counts that the model is fitted to; only their sizes and variation are used.
    designs
        Some of :data:`DESIGNS`.
    replications, seed
        Samples per cell; the plan's seed for simulations by default. The result does not
        depend on ``n_jobs``.
    n_jobs, memory, progress
        As for :func:`evaluatie.stats.simulate.size_and_coverage`. The backend is the one set
        by ``joblib.parallel_config``, for instance a Dask cluster.
    effects, learned
        What is put in: excess shares, and parts of the observed excess that are unlearned.

    Returns
    -------
    Answer
        ``table``: quantity (see :data:`TESTS`), design, spread (``alike``: the same
        effect everywhere; ``varying``: as observed), truth (fraction of ballots; learning is
        negative), learned (part of the excess), level (at which size and power are counted:
        alpha of the plan, of the design ``planned`` its part for each look), and the columns of
        ``size_and_coverage``; coverage is that of 95% intervals, of the mean that is put in.
        ``parts["minimal"]``: the smallest truth found with a power of 80%, NaN if none tried is;
        ``largest`` tried and ``best_power`` reached; ``target``, that 80%.

    Raises
    ------
    UnknownNameError
        For an unknown design.
    EstimationError
        If the counts cannot support the model.
    """
    plan = results.counted_plan
    for name in designs:
        if name not in DESIGNS:
            raise UnknownNameError.of("design", name, DESIGNS)
    question = Question.of(plan, vintage=results.vintage)
    cells = power_cells(results, question, tuple(designs), effects, learned)
    start = plan.seed("simulation") if seed is None else seed
    parts, done = [], 0
    for (quantity, methods), name in product(TESTS.items(), designs):
        some = [cell for cell in cells if (cell["quantity"], cell["design"]) == (quantity, name)]
        if not some:
            continue
        level = level_at(plan, name)
        made = size_and_coverage(
            methods,
            [cell["cell"] for cell in some],
            replications,
            start,
            alpha=level,
            n_jobs=n_jobs,
            memory=memory,
            progress=_offset(progress, done, replications * len(cells)),
            label=quantity,
        )
        done += replications * len(some)
        about = pd.DataFrame([{**cell, "level": level, "cell": cell["cell"].name} for cell in some])
        # What is put in is the mean, of which all these tests say something.
        made = made.drop(columns=["coverage_these", "coverage_next"])
        parts.append(about.merge(made, on="cell"))
    return _result(pd.concat(parts, ignore_index=True), plan, start)


def load_power(designs: Iterable[str] | None = None) -> Answer:
    """Return the simulation that ships with the package, ``data/simulations/power.csv``.

    Parameters
    ----------
    designs
        Some of those in it; all by default.

    Raises
    ------
    UnknownNameError
        For a design that was not simulated.
    """
    table = pd.read_csv(bundled("data") / "simulations" / "power.csv")
    simulated = list(dict.fromkeys(table["design"]))
    chosen = simulated if designs is None else list(designs)
    for name in chosen:
        if name not in simulated:
            raise UnknownNameError.of("design", name, simulated)
    kept = table[table["design"].isin(chosen)].reset_index(drop=True)
    plan = load_design()
    return _result(kept, plan, plan.seed("simulation"))


def _offset(progress: Progress | None, done: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda now, _: progress(done + now, total)


def _result(table: pd.DataFrame, plan: Design, seed: int) -> Answer:
    minimal = _minimal(table)
    said = (*_said(minimal), *_relevant(table, plan.raw["next"]), *_levels(table, plan))
    return Answer(
        table=table,
        columns=show.COLUMNS,
        statements=said,
        assumptions=("simulated-model",),
        seed=seed,
        parts={
            "minimal": minimal,
            "target": TARGET,
            "lines": {lang: [one.say(lang) for one in said] for lang in LANGUAGES},
        },
        brief=minimal,
        draw=show.draw,
    )


def _said(minimal: pd.DataFrame) -> Iterator[Statement]:
    """Say what could have been seen, a sentence a design, where effects vary."""
    for row in _varying(minimal):
        found = "not_found" if math.isnan(row["minimal"]) else "found"
        about = {"design": f"@power.design_{row['design']}", "target": TARGET}
        yield Statement(f"power.{row['quantity']}_{found}", {**row, **about})


def _varying(rows: pd.DataFrame) -> Iterator[dict[Any, Any]]:
    """Yield where effects vary the rows of the tests that allow for that."""
    for row in rows[rows["spread"] == "varying"].to_dict(orient="records"):
        if row["method"] == method(row["quantity"]):
            yield row


def _relevant(table: pd.DataFrame, settings: Mapping[str, float]) -> Iterator[Statement]:
    """Say whether what matters by the plan is seen, a sentence a design, where effects vary."""
    asked = (
        ("effect", "truth", "minimal_effect", "power.relevant"),
        ("learning", "learned", "minimal_learned", "power.halving"),
    )
    for quantity, column, name, key in asked:
        asked_for = (table["quantity"] == quantity) & (table[column] == settings[name])
        for row in _varying(table[asked_for]):
            design = f"@power.design_{row['design']}"
            yield Statement(key, {**row, "design": design, "minimal": settings[name]})


def _levels(table: pd.DataFrame, plan: Design) -> Iterator[Statement]:
    """Say at which level a next experiment is tested, where one was simulated."""
    level = level_at(plan, "planned")
    if level in set(table["level"]):
        looks = int(plan.raw["next"]["looks"])
        yield Statement("power.levels", {"level": plan.alpha, "looks": looks, "each": level})


def _minimal(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    keys = ["quantity", "design", "spread", "method"]
    for values, some in table.groupby(keys, sort=False):
        put_in = some.assign(put_in=some["truth"].abs()).sort_values("put_in")
        known = put_in[put_in["power"].notna()]
        found = math.nan
        if len(known) > 1:
            # No effect at all is found as often as the test is wrong.
            at = np.concatenate([[0.0], known["put_in"]])
            powers = np.concatenate([[known["size"].mean()], known["power"]])
            found = minimal_detectable(at, powers, TARGET)
        numbers: dict[str, Any] = {
            name: int(put_in[name].iloc[0]) for name in ("n_treated", "n_comparison")
        }
        numbers |= {"minimal": found, "largest": float(put_in["put_in"].max())}
        numbers |= {"best_power": float(known["power"].max())}
        numbers |= {name: float(known[name].mean()) for name in ("size", "coverage")}
        numbers |= {"replications": int(put_in["replications"].iloc[0])}
        rows.append({**dict(zip(keys, values, strict=True)), **numbers})
    return pd.DataFrame(rows)
