"""Randomization inference by re-assigning which units were treated.

Treatment is re-assigned among units within strata, the number of treated of every stratum
kept, and the difference in (weighted) mean changes is recomputed. It is the label that
moves, never the regressor of a panel regression, which is collinear with the unit effects.
Changes and labels are taken as deviations from their (weighted) mean in the stratum, treated
units included, so that a change that goes with the stratum is no effect: the estimate is that of
the regression of changes on treatment and strata. Centring on all units of a stratum does not
look at who was treated, so that the test stays exact.
All assignments are enumerated when there are few enough, else draws are made and the observed
assignment counts as one more, ``(1 + b) / (1 + B)`` (Phipson and Smyth 2010).

For a constant additive effect every assignment's statistic is linear in the effect that is
supposed, so the effects that an assignment does not speak against form segments with known
ends. The interval is read off these ends: an exact step function, no search over a grid.

The test is exact when units of a stratum could have changed places. Where treated units are
smaller or larger than others of their stratum the studentised statistic, which divides by
the model's standard error of each assignment, repairs most of what remains. How often it rejects
a true null on this design stands in ``data/simulations/size_and_coverage.csv``.

References
----------
Fisher, R. A. (1935). The Design of Experiments.
Phipson, B. and Smyth, G. K. (2010). Permutation p-values should never be zero. Statistical
Applications in Genetics and Molecular Biology 9, 39.
MacKinnon, J. G. and Webb, M. D. (2020). Randomization inference for difference-in-differences
with few treated clusters. Journal of Econometrics 218, 435-450.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluatie.stats.assignments import assignment_sums, count_assignments, members
from evaluatie.stats.checks import (
    as_column,
    as_groups,
    as_positive,
    by_label,
    check_level,
    check_whole,
    refuse,
)
from evaluatie.stats.estimates import Estimate, Flags, Floats, Shown

_TIE = 1e-9
"""Statistics this close, relative to the largest, are ties; ties count as extreme."""


@dataclass(frozen=True, eq=False, repr=False)
class Randomization(Shown):
    """The re-assignment distribution of a difference in mean changes.

    Attributes
    ----------
    result
        Estimate, p-value and interval; ``std_error`` and ``df`` are NaN, there are none.
    statistics
        The (studentised) statistic of every assignment under no effect, the observed one
        first when they were drawn, in lexicographic order when they were enumerated.
    observed
        The statistic of the observed assignment.
    exact
        Whether every assignment was enumerated.
    n_assignments
        How many assignments there are.
    smallest_p
        The smallest p-value that this design could have given.
    """

    result: Estimate
    statistics: Floats
    observed: float
    exact: bool
    n_assignments: int
    smallest_p: float
    _shifted: Floats
    _slope: Floats
    _observed_slope: float

    def p_value(self, effect: float) -> float:
        """P-value of the hypothesis that every treated unit changed by ``effect``."""
        away = effect - self.result.estimate
        return _share(self._shifted - away * self._slope, away * self._observed_slope)


@by_label
def randomization_test(
    y: ArrayLike,
    treated: ArrayLike,
    *,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    variance: ArrayLike | None = None,
    alpha: float = 0.05,
    max_assignments: int = 2_000_000,
    draws: int = 99_999,
    seed: int = 0,
) -> Randomization:
    """Test and interval for the difference in mean changes within strata, by re-assignment.

    Parameters
    ----------
    y
        One change per unit.
    treated
        Which units were treated.
    strata
        Label of the stratum of every unit; one stratum by default, and then the estimate is
        the plain difference of the two means.
    weights
        Weight of every unit in means (ballots, say); equal by default.
    variance
        Variance of every change, up to a common factor. If given, the difference of each
        assignment is divided by its standard error. For an exact test it may not depend on
        which units were treated; variances fitted on the comparison group do so only a little.
    alpha
        One minus the confidence level. The interval holds the effects with a p-value above
        alpha, ends included.
    max_assignments
        Enumerate up to this many.
    draws, seed
        Number of assignments drawn otherwise, and where the generator starts.

    Returns
    -------
    Randomization
        ``result.details["connected"]`` is False if some effects inside the interval have a
        p-value of at most alpha: possible only with a studentised statistic.

    Raises
    ------
    EstimationError
        Without treated units, with fewer than two comparison units, for a stratum with a
        single member or without a comparison unit, for missing values, or for changes that
        are all equal.

    Examples
    --------
    >>> from evaluatie import stats
    >>> stats.randomization_test([9.0, 1, 2, 3, 4], [1, 0, 0, 0, 0]).result.p_value
    0.2
    """
    changes = as_column(y, "y")
    size = len(changes)
    flags = as_groups(treated, size)
    check_level(alpha, draws, seed)
    check_whole(max_assignments, "max_assignments")
    if float(np.ptp(changes)) == 0:
        raise refuse("all changes are equal: every assignment is the same", rule="variance > 0")
    weight = np.ones(size) if weights is None else as_positive(weights, "weights", size)
    weight = weight / weight.mean()
    spread = None if variance is None else as_positive(variance, "variance", size)
    groups = members(strata, size)
    _check_strata(groups, flags)
    centred, label = (_centre(each, weight, groups) for each in (changes, flags.astype(np.float64)))
    columns = np.stack([weight, weight * centred, weight * label], axis=1)
    if spread is not None:
        columns = np.column_stack([columns, weight**2 * spread])
    total = columns.sum(axis=0)
    n_assignments = count_assignments(flags, groups)
    exact = n_assignments <= max_assignments
    own, own_overlap, own_error = (
        float(each[0]) for each in _contrast(columns[flags].sum(axis=0)[None], total)
    )
    estimate, observed, own_slope = own / own_overlap, own / own_error, own_overlap / own_error
    parts = []
    for sums in assignment_sums(columns, flags, groups, exact, draws, seed):
        difference, overlap, error = _contrast(sums, total)
        shift = difference - estimate * overlap
        parts.append((difference / error, overlap / error, shift / error))
    statistics, slope, shifted = map(np.concatenate, zip(*parts, strict=True))
    # The interval relative to the estimate; at an effect u above it an assignment has the
    # statistic shifted - u slope.
    needed = math.floor(alpha * len(statistics) * (1 + 1e-12)) + 1
    size, signed = np.abs(shifted), slope * np.copysign(1.0, shifted)
    (down, down_whole), (up, up_whole) = (
        _furthest_extreme(size, each, own_slope, needed) for each in (signed, -signed)
    )
    return Randomization(
        result=Estimate(
            estimate=estimate,
            std_error=math.nan,
            conf_low=estimate - down,
            conf_high=estimate + up,
            p_value=_share(statistics, observed),
            df=math.nan,
            method="randomization inference" + (", studentised" if spread is not None else ""),
            n_treated=int(flags.sum()),
            n_comparison=int((~flags).sum()),
            alpha=alpha,
            details={
                "draws": None if exact else draws,
                "seed": None if exact else seed,
                "connected": down_whole and up_whole,
            },
        ),
        statistics=statistics,
        observed=observed,
        exact=exact,
        n_assignments=n_assignments,
        smallest_p=_share(statistics, float(np.abs(statistics).max())),
        _shifted=shifted,
        _slope=slope,
        _observed_slope=own_slope,
    )


def _centre(values: Floats, weight: Floats, groups: list[NDArray[np.intp]]) -> Floats:
    """Deviations from the weighted mean of the stratum."""
    centred = np.empty_like(values)
    for group in groups:
        centred[group] = values[group] - np.average(values[group], weights=weight[group])
    return centred


def _contrast(sums: Floats, total: Floats) -> tuple[Floats, Floats, Floats]:
    """Return difference in means, that of the true labels, and standard error."""
    own = np.ascontiguousarray(sums.T)
    weight, y, label, *spread = own
    left, left_y, left_label, *left_spread = total[:, None] - own
    difference = y / weight - left_y / left
    overlap = label / weight - left_label / left
    if not spread:
        return difference, overlap, np.ones(len(sums))
    error = np.sqrt(spread[0] / weight**2 + left_spread[0] / left**2)
    return difference, overlap, error


def _share(statistics: Floats, observed: float) -> float:
    """Share of statistics at least as far from zero as the observed one, ties included."""
    size, least = np.abs(statistics), abs(observed)
    slack = _TIE * max(least, float(size.max()))
    return float(np.count_nonzero(size >= least - slack)) / len(size)


def _furthest_extreme(size: Floats, signed: Floats, own: float, needed: int) -> tuple[float, bool]:
    """Furthest distance ``d`` below the estimate at which ``needed`` assignments are extreme.

    ``signed`` is the slope of each, turned round where the size is that of a negative number. An
    assignment is extreme while ``|size + d signed| >= d own``: from zero to a near end,
    and, if its slope exceeds that of the observed one, again from a far start on.
    """
    tiny = _TIE * own
    # An assignment that equals its mirror image everywhere is extreme at any distance.
    mirror = (size <= _TIE * float(size.max(initial=0.0))) & (signed <= tiny - own)
    beyond = (signed < -own - tiny) & ~mirror
    far = size[beyond] / (-own - signed[beyond])
    gap = own - signed
    near = np.full(len(size), math.inf)
    np.divide(size, gap, out=near, where=gap > tiny)
    near[mirror] = -1.0
    far = np.concatenate([far, np.zeros(int(mirror.sum()))])
    return _furthest(near, far, needed)


def _furthest(near: Floats, far: Floats, needed: int) -> tuple[float, bool]:
    """Return the largest d with ``#{near >= d} + #{far <= d} >= needed``; is every smaller d so."""
    far_ends = np.sort(far)
    # Up to the needed-th largest near end there are enough without any far one: only the ends
    # from there on can decide.
    last = _largest(near, needed)
    always = int(np.count_nonzero(last == math.inf))
    if always + len(far_ends) >= needed:
        whole = always >= needed or _never_below(last, far_ends, needed, math.inf)
        return math.inf, whole
    if not len(far_ends):
        return float(last[0]), True
    ends = np.sort(last[np.isfinite(last)])[::-1]
    counts = always + np.arange(1, len(ends) + 1) + np.searchsorted(far_ends, ends, side="right")
    furthest = float(ends[int(np.argmax(counts >= needed))])
    return furthest, _never_below(last, far_ends, needed, furthest)


def _largest(values: Floats, number: int) -> Floats:
    """Return the largest values, the smallest of them first."""
    sample = values[::20]
    # Half as many again lie above this value of a sample: few are left to be put in order.
    place = int((1 - 1.5 * number / len(values)) * len(sample))
    if place > 0:
        above = values[values >= np.partition(sample, place)[place]]
        values = above if len(above) >= number else values
    place = len(values) - number
    return np.partition(values, place)[place:]


def _never_below(last: Floats, far_ends: Floats, needed: int, until: float) -> bool:
    """Whether the count stays at ``needed`` from 0 up to ``until``."""
    # The count falls just after a near end, so these are the places to look at.
    ends = np.sort(last[(last < until) & (last >= 0)])
    above = np.count_nonzero(last >= 0) - np.searchsorted(ends, ends, side="right")
    after = above + np.searchsorted(far_ends, ends, side="right")
    return bool((after >= needed).all())


def _check_strata(groups: list[NDArray[np.intp]], flags: Flags) -> None:
    for group in groups:
        if len(group) == 1:
            raise refuse(
                "a stratum with a single member: nothing to exchange it with",
                rule="stratum >= 2 members",
                value=int(group[0]),
            )
        if flags[group].all():
            raise refuse(
                "a stratum without a comparison unit: treatment cannot be re-assigned in it",
                rule="stratum has comparison",
                value=len(group),
            )
