"""Which tests and intervals can be believed on this design? Size and coverage by simulation.

Goes on where it was broken off, and writes the table that ships,
``data/simulations/size_and_coverage.csv``. Run it as

    python analyses/build_size_and_coverage.py --chunks FOLDER [--replications 400] [--jobs 2]
"""

import argparse
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Memory
from rich.progress import Progress

from evaluatie.answers.effect import changes_of
from evaluatie.answers.scale_up import municipal_effects
from evaluatie.counts import Results, load
from evaluatie.ground.files import atomic_write
from evaluatie.ground.folders import bundled
from evaluatie.plan import Design, Question, load_design
from evaluatie.stats.change_variance import VarianceFit, fit_between_variance, fit_robustly
from evaluatie.stats.changes import Changes, Weights, change_in_share, weighted_t
from evaluatie.stats.cluster import crv1, crv3, wild_bootstrap
from evaluatie.stats.draws import PlaceboModel, Sample, fit_model
from evaluatie.stats.estimates import Estimate, Floats
from evaluatie.stats.few_treated import conley_taber, ferman_pinto, lee_wooldridge
from evaluatie.stats.prediction import predict_new
from evaluatie.stats.randomization import randomization_test
from evaluatie.stats.shrinkage import shrink
from evaluatie.stats.simulate import Cell, Method, size_and_coverage
from evaluatie.stats.student import two_sided_p

PAIRS = (("TK2021", "TK2017"), ("TK2023", "TK2021"), ("TK2025", "TK2023"), ("GR2026", "GR2022"))
"""Every pair of elections of one kind at which all municipalities were counted."""
NUMBERS, KINDS = (5, 9, 11), ("small", "large", "real")
DRAWS = 999
"""Assignments per replication: enough for 5%, fewer than in a report."""


@dataclass(frozen=True)
class Drawn:
    """A sample as the analysis sees it: changes, weights per voter and model variances."""

    sample: Sample
    made: Changes
    fit: VarianceFit

    @classmethod
    def of(cls, sample: Sample) -> "Drawn":
        """One change per municipality, noise pooled over the comparison group."""
        if not _LAST or _LAST[0].sample is not sample:
            x, n, others = sample.counts, sample.ballots, ~sample.treated
            made = change_in_share(x[:, 0], n[:, 0], x[:, 1], n[:, 1], others)
            fit = fit_between_variance(made.change[others], made.sampling_variance[others])
            _LAST[:] = [cls(sample, made, fit)]
        kept: Drawn = _LAST[0]
        return kept

    @property
    def ballots(self) -> Floats:
        """Ballots at the later election."""
        return np.asarray(self.sample.ballots[:, -1], dtype=np.float64)

    @property
    def variance(self) -> Floats:
        """Model variance of every change."""
        return self.fit.variance(self.made.sampling_variance)

    def weights(self, name: str) -> Floats:
        """By ballots, or equal."""
        return self.ballots if name == "voters" else np.ones(len(self.ballots))

    def t(self, weights: Weights, kept: np.ndarray | None = None, fit: object = None) -> Estimate:
        """The variance-weighted t."""
        some = np.ones(len(self.ballots), dtype=bool) if kept is None else kept
        return weighted_t(
            self.made.change[some],
            self.made.sampling_variance[some],
            self.sample.treated[some],
            weights=weights,
            ballots=self.ballots[some],
            variance_slope=self.made.variance_slope[some],
            fit=self.fit if fit is None else fit,  # type: ignore[arg-type]
        )

    @property
    def own(self) -> tuple[list[Estimate], float]:
        """Effect of every treated municipality, and the noise of the comparison they share."""
        if len(_LAST) == 1:
            _LAST.append(self._own())
        kept: tuple[list[Estimate], float] = _LAST[1]
        return kept

    def _own(self) -> tuple[list[Estimate], float]:
        treated = self.sample.treated
        found = []
        for at in np.flatnonzero(treated):
            kept = ~treated
            kept[at] = True
            found.append(self.t("voters", kept))
        share = self.ballots[~treated] / self.ballots[~treated].sum()
        return found, float(share**2 @ self.variance[~treated])


_LAST: list[Any] = []
"""The sample that all methods see after each other, and its municipal effects."""


def model_t(weights: Weights) -> Method:
    """Variance-weighted t under one of its weightings."""
    return lambda sample: Drawn.of(sample).t(weights)


def robust_t(sample: Sample) -> Estimate:
    """The same with variances that outliers of the comparison group do not move."""
    drawn, others = Drawn.of(sample), ~sample.treated
    made = drawn.made
    return drawn.t("voters", fit=fit_robustly(made.change[others], made.sampling_variance[others]))


def strata_of(sample: Sample, number: int) -> np.ndarray:
    """Strata of about equal numbers of municipalities, by ballots at the last election."""
    rank = sample.ballots[:, -1].argsort(kind="stable").argsort(kind="stable")
    return rank * number // len(rank)


def randomization(strata: int, *, studentised: bool, weights: str = "voters") -> Method:
    """Re-assignment within strata of ballots, changes centred within them."""

    def method(sample: Sample) -> Estimate:
        drawn = Drawn.of(sample)
        found = randomization_test(
            drawn.made.change,
            sample.treated,
            strata=strata_of(sample, strata),
            weights=drawn.weights(weights),
            variance=drawn.variance if studentised else None,
            max_assignments=DRAWS,
            draws=DRAWS,
            seed=sample.seed,
        ).result
        return replace(found, details={"weights": weights})

    return method


def random_effects(*, another: bool) -> Method:
    """Mean of effects that differ (Paule-Mandel, Hartung-Knapp), or one more of them."""

    def method(sample: Sample) -> Estimate:
        found, shared = Drawn.of(sample).own
        made = predict_new(
            [each.estimate for each in found],
            [each.std_error**2 - shared for each in found],
            shared_variance=shared,
            interval="wider" if another else "hts",
        )
        ends = (made.pred_low, made.pred_high) if another else (made.conf_low, made.conf_high)
        df = float(len(found) - 1)
        p = math.nan if another else two_sided_p(made.estimate / made.std_error, df)
        return replace(
            found[0], estimate=made.estimate, conf_low=ends[0], conf_high=ends[1], p_value=p
        )

    return method


def one_municipality(*, shrunk: bool) -> Method:
    """The effect in one of the treated, the first, by itself or drawn to the mean of all."""

    def method(sample: Sample) -> Estimate:
        drawn = Drawn.of(sample)
        details = {"unit": int(np.flatnonzero(sample.treated)[0])}
        found, shared = drawn.own
        if not shrunk:
            return replace(found[0], details=details)
        pulled = shrink(
            [each.estimate for each in found], [each.std_error**2 - shared for each in found]
        )
        centre, widen = pulled.estimates[0], math.sqrt(1 + shared / pulled.std_errors[0] ** 2)
        return replace(
            found[0],
            estimate=centre,
            conf_low=centre - (centre - pulled.low[0]) * widen,
            conf_high=centre + (pulled.high[0] - centre) * widen,
            p_value=math.nan,
            details=details,
        )

    return method


def on_changes(test: Callable[..., Estimate], **options: object) -> Method:
    """Apply a test that sees changes, weights and who was treated."""

    def method(sample: Sample) -> Estimate:
        drawn = Drawn.of(sample)
        return test(
            drawn.made.change, sample.treated, weights=drawn.ballots, seed=sample.seed, **options
        )

    return method


def ferman_pinto_test(sample: Sample) -> Estimate:
    """Ferman and Pinto's correction, with the same model variances."""
    drawn = Drawn.of(sample)
    return ferman_pinto(
        drawn.made.change,
        sample.treated,
        drawn.variance,
        weights=drawn.ballots,
        draws=DRAWS,
        seed=sample.seed,
    )


def lee_wooldridge_test(sample: Sample) -> Estimate:
    """The exact t, of the mean over municipalities: it knows no weights."""
    found = lee_wooldridge(Drawn.of(sample).made.change, sample.treated)
    return replace(found, details={"weights": "municipalities"})


def clustered(test: Callable[..., Estimate], **options: object) -> Method:
    """Apply a cluster-robust test; refusals are lifted, to show why they are."""

    def method(sample: Sample) -> Estimate:
        drawn = Drawn.of(sample)
        return test(drawn.made.change, sample.treated, drawn.ballots, minimum_treated=1, **options)

    return method


RELIED_ON: Mapping[str, tuple[str, Method]] = {
    "variance-weighted t": ("these", model_t("voters")),
    "variance-weighted t, per municipality": ("these", model_t("municipalities")),
    "randomization by re-assignment": ("these", randomization(10, studentised=True)),
    "randomization by re-assignment, per municipality": (
        "these",
        randomization(10, studentised=True, weights="municipalities"),
    ),
    "random-effects mean": ("mean", random_effects(another=False)),
    "prediction for one more": ("next", random_effects(another=True)),
    "one municipality": ("own", one_municipality(shrunk=False)),
    "one municipality, shrunk": ("own", one_municipality(shrunk=True)),
}
BESIDE: Mapping[str, tuple[str, Method]] = {
    "robust variances": ("these", robust_t),
    "randomization, unstudentised": ("these", randomization(10, studentised=False)),
    "precision-weighted t": ("these", model_t("model")),
    "conley-taber": ("these", on_changes(conley_taber, max_combinations=DRAWS, draws=DRAWS)),
    "ferman-pinto": ("these", ferman_pinto_test),
    "wild cluster bootstrap": ("these", clustered(wild_bootstrap, draws=199)),
    "crv1": ("these", clustered(crv1)),
    "crv3": ("these", clustered(crv3)),
    "lee-wooldridge": ("these", lee_wooldridge_test),
}
"""By the names of the effect's table: what the interval is of, and the method."""


def real_counts(results: Results, election: str, baseline: str, outcome: str) -> pd.DataFrame:
    """Counts at both elections of municipalities without the new ballot, by size."""
    plan = results.counted_plan
    # Before 2024 nobody used it: those of the experiment stay out, as they do later.
    treated = plan.treated(election) or plan.treated("TK2025")
    question = Question.of(plan, outcome=outcome)
    table = changes_of(results, election, question, baseline=baseline, treated=treated)
    return table.used.sort_values("ballots_after", ignore_index=True)


def own_sizes(number: int, plan: Design, counts: pd.DataFrame) -> list[float]:
    """Ballots of the experiment: its five, its eleven, or these without largest and smallest."""
    size = counts.set_index("municipality_code")["ballots_after"]
    own = sorted(float(size[code]) for code in plan.treated("TK2025" if number == 5 else "GR2026"))
    return own[1:-1] if number == 9 else own


def candidates(kind: str, sizes: Sequence[float], ballots: Floats) -> tuple[tuple[int, ...], ...]:
    """Per treated municipality, the rows (in order of size) that may be picked for it."""
    k = len(ballots)
    if kind == "small":
        return (tuple(range(k // 10)),) * len(sizes)
    if kind == "large":
        return (tuple(range(k - k // 10, k)),) * len(sizes)
    # The thirty nearest in size.
    distance = [np.abs(np.log(ballots) - math.log(size)) for size in sizes]
    return tuple(tuple(sorted(np.argsort(d, kind="stable")[:30].tolist())) for d in distance)


def columns_of(counts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Counts and ballots, shape (k, 2)."""
    count, ballots = (
        counts[[f"{name}_before", f"{name}_after"]].to_numpy().astype(np.int64)
        for name in ("count", "ballots")
    )
    return count, ballots


def cells_of(results: Results) -> Iterator[Cell]:
    """Cells drawn from fitted models and from real counts, per number and size of treated."""
    plan = results.counted_plan
    outcome = plan.primary_outcome
    # Effects as large, and as different, as those seen where they can be told apart.
    seen = municipal_effects(results, "GR2026", outcome)
    observed = predict_new(seen.frame["effect"], seen.frame["variance"])
    mean, spread = round(observed.estimate, 4), round(math.sqrt(observed.tau2), 4)
    tables = {pair: real_counts(results, *pair, outcome) for pair in PAIRS}
    sizes = {
        number: own_sizes(number, plan, tables["TK2025" if number == 5 else "GR2026", base])
        for number, base in ((5, "TK2023"), (9, "GR2022"), (11, "GR2022"))
    }
    for pair, counts in tables.items():
        others = counts[counts["group"] == "comparison"]
        x, n = columns_of(others)
        for number in NUMBERS:
            for kind in KINDS:
                pools = candidates(kind, sizes[number], n[:, 1].astype(float))
                name = f"{pair[1]}-{pair[0]}, {outcome}, {number} {kind}"
                placebo = PlaceboModel(x, n, pools, excess=mean, effect_spread=spread)
                yield Cell(f"real counts, {name}", placebo, mean)
                if pair[0] not in plan.new_ballot:
                    continue
                # The first of each pool that is free: one set, drawn again and again.
                exposure = np.zeros(x.shape, dtype=np.int64)
                for pool in pools:
                    free = [row for row in pool if exposure[row, 1] == 0]
                    exposure[free[len(free) // 2], 1] = 1
                model = fit_model(x, n, np.zeros_like(exposure))
                drawn = replace(model, exposure=exposure, excess=(mean,), effect_spread=spread)
                yield Cell(f"fitted model, {name}", drawn, mean)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the simulation and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=Path, required=True, help="folder for finished parts")
    parser.add_argument("--replications", type=int, default=400, help="of what is relied on")
    parser.add_argument("--beside", type=int, default=100, help="replications of other methods")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument(
        "--out", type=Path, default=bundled("data") / "simulations" / "size_and_coverage.csv"
    )
    options = parser.parse_args(arguments)
    plan = load_design()
    cells = list(cells_of(load()))
    parts = []

    def shown(bar: Progress, total: int) -> Callable[[int, int], None]:
        task = bar.add_task("simulating", total=total)
        return lambda done, _: bar.update(task, completed=done)

    with Progress() as bar:
        for methods, number in ((RELIED_ON, options.replications), (BESIDE, options.beside)):
            table = size_and_coverage(
                {name: method for name, (_, method) in methods.items()},
                cells,
                number,
                plan.seed("simulation"),
                alpha=plan.alpha,
                n_jobs=options.jobs,
                memory=Memory(options.chunks, verbose=0),
                progress=shown(bar, number * len(cells)),
            )
            table.insert(2, "estimand", [methods[name][0] for name in table["method"]])
            parts.append(table.rename(columns={"coverage": "coverage_mean"}))
    found = pd.concat(parts, ignore_index=True)
    atomic_write(options.out, found.to_csv(index=False, lineterminator="\n", float_format="%.4g"))


if __name__ == "__main__":
    main()
