"""Size and coverage of what the first table leaves out: other outcomes, longer panels.

Blank and rejected votes on real counts, and, for invalid votes at TK2025, the methods that need
earlier elections. Writes ``data/simulations/size_and_coverage_more.csv``. Run it as

    python analyses/build_more_size_and_coverage.py --chunks FOLDER [--replications 100] [--jobs 2]
"""

import argparse
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from build_size_and_coverage import (
    NUMBERS,
    PAIRS,
    RELIED_ON,
    candidates,
    columns_of,
    own_sizes,
    real_counts,
)
from joblib import Memory

from evaluatie.answers.baselines import counts_of
from evaluatie.answers.scale_up import municipal_effects
from evaluatie.counts import Results, load
from evaluatie.ground.files import atomic_write
from evaluatie.ground.folders import bundled
from evaluatie.plan import load_design
from evaluatie.stats.changes import change_in_share
from evaluatie.stats.draws import PlaceboModel, Sample
from evaluatie.stats.estimates import Estimate
from evaluatie.stats.prediction import predict_new
from evaluatie.stats.pretrends import event_changes
from evaluatie.stats.sensitivity import relative_magnitudes
from evaluatie.stats.simulate import Cell, Method, size_and_coverage
from evaluatie.stats.synthetic import Panel, SyntheticEstimate, panel, placebo_test
from evaluatie.stats.synthetic import synthetic_control as control
from evaluatie.stats.synthetic import synthetic_did as did

OUTCOMES = ("blank", "rejected")
ELECTIONS = ("TK2017", "TK2021", "TK2023", "TK2025")
DRAWS = 100
"""Placebo groups per replication: half as many as in a report."""


def rambachan_roth(sample: Sample) -> Estimate:
    """Bounds where trends may part as far as they did before; rejected is what they leave out."""
    x, n, treated = sample.counts, sample.ballots, sample.treated
    steps = range(x.shape[1] - 1)
    pairs = [change_in_share(x[:, k], n[:, k], x[:, k + 1], n[:, k + 1], ~treated) for k in steps]
    events = event_changes(
        np.column_stack([each.change for each in pairs]),
        np.column_stack([each.sampling_variance for each in pairs]),
        treated,
        n[:, -1],
    )
    found = relative_magnitudes(events.estimates, events.covariance, [1.0], df=events.df)
    low, high = float(found.conf_low[0]), float(found.conf_high[0])
    return _estimate(float(events.estimates[-1]), low, high, float(low <= 0 <= high), sample)


def synthetic(method: Callable[[Panel], SyntheticEstimate]) -> Method:
    """Estimate with the standard error and the rank among placebos."""

    def run(sample: Sample) -> Estimate:
        ballots = sample.ballots[sample.treated, -1]
        data = panel(sample.shares, sample.treated, sample.shares.shape[1] - 1, ballots)
        placebo = placebo_test(data, method, draws=DRAWS, seed=sample.seed)
        made = method(data).estimate
        return _estimate(made, placebo.low, placebo.high, placebo.p_value, sample)

    return run


def _estimate(value: float, low: float, high: float, p: float, sample: Sample) -> Estimate:
    treated = int(sample.treated.sum())
    others = len(sample.treated) - treated
    return Estimate(value, math.nan, low, high, p, math.nan, "", treated, others)


EARLIER: Mapping[str, tuple[str, Method]] = {
    "rambachan-roth, relative magnitude 1": ("these", rambachan_roth),
    "synthetic control": ("these", synthetic(control)),
    "synthetic did": ("these", synthetic(did)),
}


def cells_of(results: Results, outcome: str) -> Iterator[Cell]:
    """Cells of real counts of two elections, municipalities as large as those of the experiment."""
    mean, spread = effects(results, outcome)
    for pair in PAIRS:
        others = real_counts(results, *pair, outcome).query("group == 'comparison'")
        x, n = columns_of(others)
        for number, sizes in sizes_of(results).items():
            pools = candidates("real", sizes, n[:, 1].astype(float))
            name = f"real counts, {pair[1]}-{pair[0]}, {outcome}, {number} real"
            yield Cell(name, PlaceboModel(x, n, pools, mean, spread), mean)


def cells_of_panel(results: Results) -> Iterator[Cell]:
    """Cells of four elections, the same municipalities at all."""
    outcome = results.counted_plan.primary_outcome
    mean, spread = effects(results, outcome)
    others = real_counts(results, "TK2025", "TK2023", outcome).query("group == 'comparison'")
    codes = list(others["municipality_code"])
    count, ballots = counts_of(results, ELECTIONS, codes, outcome, ["best"] * len(ELECTIONS))
    known = np.isfinite(count).all(axis=1)
    x, n = (each[known].astype(np.int64) for each in (count, ballots))
    for number, sizes in sizes_of(results).items():
        pools = candidates("real", sizes, n[:, -1].astype(float))
        name = f"real counts, TK2023-TK2025, {outcome}, {number} real"
        yield Cell(name, PlaceboModel(x, n, pools, mean, spread), mean)


def effects(results: Results, outcome: str) -> tuple[float, float]:
    """Return an effect as large, and as different, as seen; blank has nearly none, so that."""
    seen = municipal_effects(results, "GR2026", outcome)
    observed = predict_new(seen.frame["effect"], seen.frame["variance"])
    return round(observed.estimate, 4), round(math.sqrt(observed.tau2), 4)


def sizes_of(results: Results) -> dict[int, list[float]]:
    """Return ballots of those whose places are taken, per number of them."""
    plan, outcome = results.counted_plan, results.counted_plan.primary_outcome
    tables = {pair: real_counts(results, *pair, outcome) for pair in PAIRS[2:]}
    pairs = {5: PAIRS[2], 9: PAIRS[3], 11: PAIRS[3]}
    return {number: own_sizes(number, plan, tables[pairs[number]]) for number in NUMBERS}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the simulation and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=Path, required=True, help="folder for finished parts")
    parser.add_argument("--replications", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    out = bundled("data") / "simulations" / "size_and_coverage_more.csv"
    parser.add_argument("--out", type=Path, default=out)
    options = parser.parse_args(arguments)
    plan, results, parts = load_design(), load(), []
    runs = [(EARLIER, list(cells_of_panel(results)))]
    runs += [(RELIED_ON, list(cells_of(results, outcome))) for outcome in OUTCOMES]
    for methods, cells in runs:
        table = size_and_coverage(
            {name: method for name, (_, method) in methods.items()},
            cells,
            options.replications,
            plan.seed("simulation"),
            alpha=plan.alpha,
            n_jobs=options.jobs,
            memory=Memory(options.chunks, verbose=0),
            progress=lambda done, total: print(f"{done} of {total}", flush=True),
        )
        table.insert(2, "estimand", [methods[name][0] for name in table["method"]])
        parts.append(table.rename(columns={"coverage": "coverage_mean"}))
    found = pd.concat(parts, ignore_index=True)
    atomic_write(options.out, found.to_csv(index=False, lineterminator="\n", float_format="%.4g"))


if __name__ == "__main__":
    main()
