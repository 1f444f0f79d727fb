"""Intervals for shares of counts, and how far the counts are from binomial.

A share is ``x / n`` as a fraction: ``x`` rejected (or blank, invalid) ballots of ``n``
ballots found. Binomial intervals (:func:`wilson`, :func:`clopper_pearson`) describe chance within
one municipality only; between municipalities shares vary far more (:func:`overdispersion`), so a
share of several together deserves :func:`ratio_interval` or :func:`mean_of_shares`.

Unknown counts are NaN: they give NaN limits, never a number.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import special

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.checks import as_numbers, by_label, check_level
from evaluatie.stats.estimates import Floats, Shown
from evaluatie.stats.student import critical_value


@dataclass(frozen=True, repr=False)
class ShareEstimate(Shown):
    """A share of several units with its interval, all as fractions.

    Attributes
    ----------
    estimate, std_error
        The share and its standard error; NaN where the data cannot tell.
    low, high
        Limits of the interval; NaN = unknown, for instance with one cluster.
    df
        Degrees of freedom of the t distribution used; NaN for a binomial interval.
    n_units, n_clusters, n_unknown
        Rows used, clusters used, and rows left out because a count is unknown or ``n`` is 0.
    method
        Short stable name of the method.
    reason
        Why the interval is unknown; empty if it is known.
    """

    estimate: float
    std_error: float
    low: float
    high: float
    df: float
    n_units: int
    n_clusters: int
    n_unknown: int
    method: str
    reason: str = ""


@dataclass(frozen=True, repr=False)
class Overdispersion(Shown):
    """How much more counts vary between units than binomial chance allows.

    Attributes
    ----------
    phi
        Pearson X² divided by its degrees of freedom (McCullagh and Nelder 1989, 4.5); 1 =
        binomial, NaN for a single unit and where every count is 0 or equal to its denominator.
    icc
        Moment estimate of the intra-class correlation; 0 = binomial.
    df, p_value
        Degrees of freedom, and the chi-square p-value of "one common share".
    n_units
        Units used.
    """

    phi: float
    icc: float
    df: int
    p_value: float
    n_units: int


@by_label
def wilson(x: npt.ArrayLike, n: npt.ArrayLike, alpha: float = 0.05) -> tuple[Floats, Floats]:
    """Score interval of a binomial share (Wilson 1927, JASA 22).

    Parameters
    ----------
    x, n
        Counts and their denominators, of shapes that broadcast.
    alpha
        One minus the confidence level.

    Returns
    -------
    low, high
        Limits as fractions of ``n``; NaN where a count is unknown or ``n`` is 0. At ``x = 0``
        the lower limit is exactly 0, at ``x = n`` the upper limit exactly 1.

    Examples
    --------
    >>> from evaluatie import stats
    >>> low, high = stats.wilson([6], [1000])
    >>> low.round(4), high.round(4)
    (array([0.0028]), array([0.013]))
    """
    check_level(alpha)
    count, total = check_counts(x, n)
    z = float(special.ndtri(1 - alpha / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = count / total
        centre = (share + z**2 / (2 * total)) / (1 + z**2 / total)
        half = z * np.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
        half /= 1 + z**2 / total
    low, high = np.clip(centre - half, 0.0, 1.0), np.clip(centre + half, 0.0, 1.0)
    return _pin(low, high, count, total)


@by_label
def clopper_pearson(
    x: npt.ArrayLike, n: npt.ArrayLike, alpha: float = 0.05
) -> tuple[Floats, Floats]:
    """Exact interval of a binomial share (Clopper and Pearson 1934, Biometrika 26).

    Covers at least ``1 - alpha`` whatever the share; parameters, return values and errors as
    for :func:`wilson`.

    Examples
    --------
    >>> from evaluatie import stats
    >>> low, high = stats.clopper_pearson([6], [1000])
    >>> low.round(4), high.round(4)
    (array([0.0022]), array([0.013]))
    """
    check_level(alpha)
    count, total = check_counts(x, n)
    # Beta quantiles do not exist for a shape parameter of 0: those limits are 0 and 1.
    low = special.betaincinv(np.maximum(count, 1e-300), total - count + 1, alpha / 2)
    high = special.betaincinv(count + 1, np.maximum(total - count, 1e-300), 1 - alpha / 2)
    return _pin(low, high, count, total)


@by_label
def ratio_interval(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
    alpha: float = 0.05,
) -> ShareEstimate:
    """Pooled share ``sum(x) / sum(n)`` with an interval that respects clustering.

    The variance is the linearised one of a ratio of cluster totals (Cochran 1977, Sampling
    Techniques, 6.3 and 11.7) with the small-sample correction CR2 and the degrees of freedom of
    Bell and McCaffrey (2002, Survey Methodology 28): with ``e_g = x_g - R n_g`` the residual of
    cluster ``g`` and ``h_g`` its part of all ballots, ``var(R) = sum(e_g² / (1 - h_g)) / (sum
    n)²``. With G clusters of equal size that is the factor ``G / (G - 1)`` and a t on ``G - 1``
    degrees of freedom; those two alone cover only 88-91% with five municipalities as unequal
    as those of the experiment, this 96-97%. The interval is symmetric on the logit scale, so
    that it stays between 0 and 1.

    Parameters
    ----------
    x, n
        Counts and denominators per unit, shape (k,). Units with an unknown count or without
        ballots are left out and counted in ``n_unknown``.
    cluster
        Label per unit (municipality of a polling station), shape (k,); by default every unit
        is its own cluster.
    alpha
        One minus the confidence level.

    Returns
    -------
    ShareEstimate
        With NaN standard error and limits, and a reason, for a single cluster and where the
        clusters show no variation at all (all shares equal, such as all counts zero): then the
        uncertainty is unknown, not zero.

    Examples
    --------
    >>> from evaluatie import stats
    >>> made = stats.ratio_interval([6, 9, 4], [1000, 1200, 900])
    >>> round(made.estimate, 5)
    0.00613
    """
    check_level(alpha)
    count, total, unknown, known = known_counts(x, n)
    if cluster is None:
        group = np.arange(len(count))
    else:
        labels = np.asarray(cluster)
        if labels.shape != known.shape:
            raise EstimationError(
                "every unit needs one cluster label",
                rule="cluster labels",
                value=labels.shape,
                expected=known.shape,
            )
        group = np.unique(labels[known], return_inverse=True)[1]
    share = float(count.sum() / total.sum())
    residual = np.bincount(group, weights=count - share * total)
    clusters = len(residual)
    scale = float(np.bincount(group, weights=np.maximum(count, share * total)).max())
    reason = ""
    if clusters < 2:
        reason = "one cluster: the variation between clusters is unknown"
    elif float(np.abs(residual).max()) <= 1e-12 * scale:
        reason = "all clusters have the same share: the variation between them is unknown"
    error, df, low, high = np.nan, float(clusters - 1), np.nan, np.nan
    if not reason:
        part = np.bincount(group, weights=total) / total.sum()
        lift = 1 / (1 - part)
        error = float(np.sqrt((lift * residual**2).sum())) / float(total.sum())
        # Satterthwaite's degrees of freedom if counts vary in proportion to ballots.
        spread = ((lift * part) ** 2 * (1 - 2 * part)).sum() + (lift * part**2).sum() ** 2
        df = float(1 / spread)
        # A share strictly inside (0, 1) is certain here: at 0 or 1 all clusters are alike.
        width = critical_value(alpha, max(df, 1.0)) * error / (share * (1 - share))
        low, high = special.expit(special.logit(share) + np.array([-width, width]))
    return ShareEstimate(
        estimate=share,
        std_error=error,
        low=float(low),
        high=float(high),
        df=df,
        n_units=len(count),
        n_clusters=clusters,
        n_unknown=unknown,
        method="ratio, clustered",
        reason=reason,
    )


@by_label
def mean_of_shares(x: npt.ArrayLike, n: npt.ArrayLike, alpha: float = 0.05) -> ShareEstimate:
    """Unweighted mean of the units' shares with a t interval on ``k - 1`` degrees of freedom.

    Every municipality counts once, however many ballots it has. Limits are cut off at 0
    and 1; unknown units are left out and counted.
    """
    count, total, unknown, _ = known_counts(x, n)
    # With units of one size the interval of a ratio is that of a mean, but for the logit scale.
    made = ratio_interval(count / total, np.ones(len(total)), alpha=alpha)
    half = critical_value(alpha, max(made.df, 1.0)) * made.std_error
    low, high = np.clip(made.estimate + np.array([-half, half]), 0.0, 1.0)
    return replace(
        made, low=float(low), high=float(high), n_unknown=unknown, method="mean of shares, t"
    )


def moment_icc(x: npt.ArrayLike, n: npt.ArrayLike) -> float:
    """Analysis-of-variance estimate of the intra-class correlation of binary votes.

    Ridout, Demétrio and Firth (1999, Biometrics 55). Two ballots of one unit agree more often
    than two of different units by this correlation; a beta-binomial's rho. It can come out
    below 0, and is then left as it is. NaN where it does not exist.
    """
    count, total, _, _ = known_counts(x, n)
    units, ballots = len(count), total.sum()
    share = count.sum() / ballots
    if units < 2 or ballots <= units or share in (0.0, 1.0):
        return float("nan")
    between = float((total * (count / total - share) ** 2).sum() / (units - 1))
    within = float((count * (1 - count / total)).sum() / (ballots - units))
    size = float((ballots - (total**2).sum() / ballots) / (units - 1))
    return (between - within) / (between + (size - 1) * within)


@by_label
def overdispersion(x: npt.ArrayLike, n: npt.ArrayLike) -> Overdispersion:
    """Report Pearson phi, the intra-class correlation and the test of one common share.

    Examples
    --------
    >>> from evaluatie import stats
    >>> round(stats.overdispersion([6, 30, 4], [1000, 1200, 900]).phi, 2)
    11.29
    """
    count, total, _, _ = known_counts(x, n)
    share, df, phi = count.sum() / total.sum(), len(count) - 1, float("nan")
    if df and share not in (0.0, 1.0):
        terms = (count - share * total) ** 2 / (total * share * (1 - share))
        phi = float(terms.sum() / df)
    return Overdispersion(
        phi=phi,
        icc=moment_icc(count, total),
        df=df,
        p_value=float(special.chdtrc(df, phi * df)) if np.isfinite(phi) else float("nan"),
        n_units=len(count),
    )


def check_counts(x: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return counts and denominators as float arrays of one shape; NaN = unknown."""
    given = as_numbers(x, "x"), as_numbers(n, "n")
    try:
        count, total = np.broadcast_arrays(*given)
    except ValueError as error:
        raise EstimationError(f"counts cannot be used ({error})", rule="counts") from error
    wrong = (count < 0) | (total < 0) | (count > total) | np.isinf(count) | np.isinf(total)
    if wrong.any():
        first = int(np.flatnonzero(wrong.ravel())[0])
        raise EstimationError(
            "a count is impossible",
            unit=f"position {first}",
            rule="0 <= count <= total",
            value=f"{count.ravel()[first]:g} of {total.ravel()[first]:g}",
            expected="a count between 0 and its total",
        )
    return count, total


def known_counts(
    x: npt.ArrayLike, n: npt.ArrayLike
) -> tuple[Floats, Floats, int, npt.NDArray[np.bool_]]:
    """Keep units with a known share: count, total, how many were left out, and which kept."""
    count, total = check_counts(x, n)
    count, total = np.atleast_1d(count), np.atleast_1d(total)
    if count.ndim != 1:
        raise EstimationError(
            "counts must be one number per unit", rule="counts", value=count.shape, expected="(k,)"
        )
    known = np.isfinite(count) & (total > 0)
    if not known.any():
        raise EstimationError("no unit has a known share", rule="known units", value=len(count))
    return count[known], total[known], int((~known).sum()), known


def _pin(
    low: npt.ArrayLike, high: npt.ArrayLike, count: Floats, total: Floats
) -> tuple[Floats, Floats]:
    """Set the limits that are 0 and 1 by definition, and NaN where the share is unknown."""
    unknown = np.isnan(count) | ~(total > 0)
    low = np.where(count == 0, 0.0, low)
    high = np.where(count == total, 1.0, high)
    return np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)
