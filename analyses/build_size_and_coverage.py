"""Which tests can be believed on this design? Size, coverage and power by simulation.

Takes about an hour on two cores, goes on where it was broken off, and writes the table that
ships, ``data/simulations/size_and_coverage.csv``. Run it as

    python analyses/build_size_and_coverage.py --chunks FOLDER [--replications 2000] [--jobs 2]
"""

import argparse
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import Progress

from evaluatie.answers.power.store import FolderStore
from evaluatie.counts import Results, load
from evaluatie.ground.errors import DesignError
from evaluatie.ground.files import atomic_write
from evaluatie.ground.folders import bundled
from evaluatie.plan import Design, load_design
from evaluatie.stats.changes import Changes, change_in_share, fit_between_variance, weighted_t
from evaluatie.stats.cluster import crv1, crv3
from evaluatie.stats.draws import PlaceboModel, Sample, fit_model
from evaluatie.stats.estimates import Estimate
from evaluatie.stats.few_treated import conley_taber, ferman_pinto, lee_wooldridge
from evaluatie.stats.randomization import randomization_test
from evaluatie.stats.simulate import Cell, Method, size_and_coverage
from evaluatie.stats.wild_bootstrap import wild_bootstrap

ELECTION = "TK2025"
KINDS = [(number, kind) for number in (1, 2, 5, 9, 11) for kind in ("small", "large", "real")]
DRAWS = 999
"""Assignments or bootstrap samples per replication: enough for 5%, fewer than in a report."""


def changes_of(sample: Sample) -> Changes:
    """One change per municipality, noise pooled over the comparison group."""
    x, n = sample.counts, sample.ballots
    return change_in_share(x[:, 0], n[:, 0], x[:, 1], n[:, 1], ~sample.treated)


def variance_of(sample: Sample, made: Changes) -> np.ndarray:
    """Model variance of every change, estimated on the comparison group."""
    others = ~sample.treated
    fit = fit_between_variance(made.change[others], made.sampling_variance[others])
    return fit.variance(made.sampling_variance)


def strata_of(sample: Sample, number: int) -> np.ndarray:
    """Strata of about equal numbers of municipalities, by ballots at the last election."""
    rank = sample.ballots[:, -1].argsort(kind="stable").argsort(kind="stable")
    return rank * number // len(rank)


def model_t(weights: str) -> Method:
    """Variance-weighted t under one of its weightings."""

    def method(sample: Sample) -> Estimate:
        made = changes_of(sample)
        return weighted_t(
            made.change,
            made.sampling_variance,
            sample.treated,
            weights=weights,  # type: ignore[arg-type]
            ballots=sample.ballots[:, -1],
            variance_slope=made.variance_slope,
        )

    return method


def randomization(strata: int, *, studentised: bool) -> Method:
    """Re-assignment within strata of ballots."""

    def method(sample: Sample) -> Estimate:
        made = changes_of(sample)
        return randomization_test(
            made.change,
            sample.treated,
            strata=strata_of(sample, strata),
            variance=variance_of(sample, made) if studentised else None,
            max_assignments=DRAWS,
            draws=DRAWS,
            seed=sample.seed,
        ).result

    return method


def on_changes(test: Callable[..., Estimate], **options: object) -> Method:
    """Apply a test that sees changes and who was treated."""

    def method(sample: Sample) -> Estimate:
        return test(changes_of(sample).change, sample.treated, **options)

    return method


def ferman_pinto_test(sample: Sample) -> Estimate:
    """Ferman and Pinto's correction, with the same model variances."""
    made = changes_of(sample)
    variance = variance_of(sample, made)
    return ferman_pinto(made.change, sample.treated, variance, draws=DRAWS, seed=sample.seed)


def on_panel(test: Callable[..., Estimate], **options: object) -> Method:
    """Apply a test that sees the two-period panel; refusals are lifted, to show why they are."""

    def method(sample: Sample) -> Estimate:
        return test(
            sample.shares, (sample.exposure > 0).astype(float), minimum_treated=1, **options
        )

    return method


def conley_taber_test(sample: Sample) -> Estimate:
    """Conley and Taber's test."""
    return conley_taber(
        changes_of(sample).change,
        sample.treated,
        max_combinations=DRAWS,
        draws=DRAWS,
        seed=sample.seed,
    )


METHODS: Mapping[str, Method] = {
    "weighted t, model weights": model_t("model"),
    "weighted t, per voter": model_t("voters"),
    "weighted t, per municipality": model_t("municipalities"),
    "randomization, ten size strata, studentised": randomization(10, studentised=True),
    "randomization, five size strata, studentised": randomization(5, studentised=True),
    "randomization, five size strata": randomization(5, studentised=False),
    "randomization, no strata": randomization(1, studentised=False),
    "Lee-Wooldridge t": on_changes(lee_wooldridge),
    "Conley-Taber": conley_taber_test,
    "Ferman-Pinto": ferman_pinto_test,
    "CRV1": on_panel(crv1),
    "CRV3": on_panel(crv3),
    "wild cluster bootstrap": on_panel(wild_bootstrap, draws=DRAWS, interval=False),
}


def real_counts(results: Results, plan: Design, outcome: str) -> pd.DataFrame:
    """Counts of both elections of the municipalities with known counts, by size."""
    shares = results.shares(outcome).dropna(subset=["count", "total"])
    baseline = plan.election(ELECTION).baseline
    one, two = (
        shares[shares["election"] == name]
        .set_index("municipality_code")[["count", "total"]]
        .add_suffix(f"_{position}")
        for position, name in enumerate((baseline, ELECTION))
    )
    both = one.join(two, how="inner").astype("int64")
    usable = [code for code in both.index if plan.excluded(code, ELECTION) is None]
    return both.loc[usable].sort_values("total_1")


def positions(kind: str, number: int, counts: pd.DataFrame, plan: Design) -> list[int]:
    """Rows (in order of size) that are treated in a cell."""
    k = len(counts)
    tenth = max(k // 10, number)
    if kind == "small":
        return np.linspace(0, tenth - 1, number).round().astype(int).tolist()
    if kind == "large":
        return np.linspace(k - tenth, k - 1, number).round().astype(int).tolist()
    return sorted(counts.index.get_loc(code) for code in real_ones(number, plan, counts))


def real_ones(number: int, plan: Design, counts: pd.DataFrame) -> list[str]:
    """Codes of a group of the experiment's own municipalities, as they can be observed."""
    later = load().shares(plan.primary_outcome).dropna(subset=["count"])
    later = later[later["election"] == "GR2026"]
    groups = {
        5: list(plan.treated(ELECTION)),
        9: [code for code in plan.treated("GR2026") if code in set(later["municipality_code"])],
        11: list(plan.treated("GR2026")),
    }
    groups[1] = [sorted(groups[5], key=list(counts.index).index)[2]]
    groups[2] = [code for code in groups[9] if code in groups[5]]
    if len(groups[number]) != number:
        raise DesignError("the plan has no such group", value=number, expected=len(groups[number]))
    return groups[number]


def cells_of(results: Results, plan: Design) -> Iterator[Cell]:
    """Cells drawn from fitted models and from real counts, per number and size of treated."""
    for outcome in (plan.primary_outcome, "rejected"):
        counts = real_counts(results, plan, outcome)
        x, n, own = *columns_of(counts), counts.index.isin(plan.treated(ELECTION))
        model = fit_model(x, n, np.stack([np.zeros_like(own), own], axis=1))
        # A rise by half of the baseline share: within sight of a good test with few treated.
        rise = round(model.share / 2, 4)
        for number, kind in KINDS:
            exposure = np.zeros((len(counts), 2), dtype=np.int64)
            exposure[positions(kind, number, counts, plan), 1] = 1
            drawn = replace(model, exposure=exposure, excess=(rise,))
            yield Cell(f"fitted model, {outcome}, {number} {kind}", drawn, rise)
        if outcome != plan.primary_outcome:
            continue
        others = counts[~own]
        for number, kind in KINDS:
            pools = tuple(stand_ins(kind, number, counts, others, plan))
            placebo = PlaceboModel(*columns_of(others), pools, excess=rise)
            yield Cell(f"real counts, {outcome}, {number} {kind}", placebo, rise)


def columns_of(counts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Counts and ballots, shape (k, 2)."""
    count, total = (counts[[f"{name}_0", f"{name}_1"]].to_numpy() for name in ("count", "total"))
    return count, total


def stand_ins(
    kind: str, number: int, counts: pd.DataFrame, others: pd.DataFrame, plan: Design
) -> Iterator[tuple[int, ...]]:
    """Give the rows of ``others`` that may stand in for every treated municipality."""
    k = len(others)
    for position in positions(kind, number, counts, plan):
        if kind == "small":
            yield tuple(range(k // 10))
        elif kind == "large":
            yield tuple(range(k - k // 10, k))
        else:
            # The thirty nearest in size.
            size = math.log(counts["total_1"].iloc[position])
            distance = (np.log(others["total_1"].to_numpy()) - size) ** 2
            yield tuple(sorted(np.argsort(distance, kind="stable")[:30].tolist()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the simulation and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=Path, required=True, help="folder for finished parts")
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--out", type=Path, default=bundled("data") / "simulations" / "size_and_coverage.csv"
    )
    options = parser.parse_args(arguments)
    plan = load_design()
    cells = list(cells_of(load(), plan))
    with Progress() as bar:
        task = bar.add_task("simulating", total=options.replications * len(cells))
        table = size_and_coverage(
            METHODS,
            cells,
            options.replications,
            plan.seed("simulation"),
            alpha=plan.alpha,
            n_jobs=options.jobs,
            store=FolderStore(options.chunks),
            progress=lambda done, _: bar.update(task, completed=done),
        )
    atomic_write(options.out, table.to_csv(index=False, lineterminator="\n", float_format="%.6g"))


if __name__ == "__main__":
    main()
