"""Logistic regression of shares with a common overdispersion (quasi-binomial).

Variance of a count: ``phi * n * p * (1 - p)`` (Wedderburn 1974, Biometrika 61; McCullagh and
Nelder 1989, 4.5). The dispersion is Pearson X² over its residual degrees of freedom, computed
here from the counts: asking statsmodels for it together with a two-column response gives a
figure about the mean number of ballots too small.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.checks import by_label
from evaluatie.stats.estimates import Floats, Shown
from evaluatie.stats.intervals import check_counts

__all__ = [
    "QuasiBinomialFit",
    "ShareRegression",
    "cluster_sandwich",
    "fit_quasibinomial",
    "regression_rows",
]

IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True, repr=False)
class ShareRegression(Shown):
    """What a regression of shares on the logit scale finds.

    Attributes
    ----------
    params, cov
        Coefficients, shape (p,), and their covariance: that of the model, or the sandwich
        clustered on the labels given, with the factor ``G / (G - 1)``.
    fitted
        Fitted mean shares of the rows used, as fractions.
    n_units, n_unknown, n_clusters
        Rows used, rows left out (unknown count or no ballots), clusters (0 = not clustered).
    """

    params: Floats
    cov: Floats
    fitted: Floats
    n_units: int
    n_unknown: int
    n_clusters: int

    @property
    def std_errors(self) -> Floats:
        """Standard errors, one per row of ``cov``."""
        return np.asarray(np.sqrt(np.diag(self.cov)), dtype=np.float64)


@dataclass(frozen=True, repr=False)
class QuasiBinomialFit(ShareRegression):
    """A regression of shares with a covariance that counts the overdispersion.

    Attributes
    ----------
    phi
        Pearson X² over ``df_resid``; NaN if there are no residual degrees of freedom.
    df_resid
        Rows used minus coefficients.
    """

    phi: float
    df_resid: int


@by_label
def fit_quasibinomial(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    design: npt.ArrayLike | None = None,
    cluster: npt.ArrayLike | None = None,
) -> QuasiBinomialFit:
    """Fit ``logit(share) = design @ params`` by quasi-likelihood.

    Parameters
    ----------
    x, n
        Counts and denominators, shape (k,); rows with an unknown count or ``n = 0`` are left
        out and counted.
    design
        Covariates, shape (k, p), with the intercept as one of its columns; by default an
        intercept alone.
    cluster
        Label per row, shape (k,). If given, the covariance is the sandwich clustered on it
        with the factor ``G / (G - 1)`` instead of ``phi`` times the model's own.

    Raises
    ------
    EstimationError
        For impossible counts, collinear columns, all counts zero (or all full), separation,
        fewer than two clusters, or a fit that does not converge.

    Examples
    --------
    >>> from evaluatie import stats
    >>> made = stats.fit_quasibinomial([6, 9, 4, 40], [1000, 1200, 900, 1000])
    >>> made.params.shape
    (1,)
    """
    count, total, columns, group, unknown = regression_rows(x, n, design, cluster)
    params, fitted, inverse = _logistic(count, total, columns)
    residual = count - total * fitted
    df = len(count) - columns.shape[1]
    pearson = float((residual**2 / (total * fitted * (1 - fitted))).sum())
    phi = pearson / df if df > 0 else float("nan")
    if group is None:
        cov, clusters = phi * inverse, 0
    else:
        cov, clusters = cluster_sandwich(columns * residual[:, None], inverse, group)
    return QuasiBinomialFit(params, cov, fitted, len(count), unknown, clusters, phi, df)


def regression_rows(
    x: npt.ArrayLike,
    n: npt.ArrayLike,
    design: npt.ArrayLike | None,
    cluster: npt.ArrayLike | None,
) -> tuple[Floats, Floats, Floats, IntArray | None, int]:
    """Check and prepare the rows of a regression of shares.

    Returns
    -------
    count, total, design, group, n_unknown
        Rows with known counts and ballots; ``group`` numbers the clusters from 0, or is None.
    """
    count, total = check_counts(np.atleast_1d(x), np.atleast_1d(n))
    if count.ndim != 1:
        raise EstimationError("counts must be one number per row", rule="counts")
    columns = np.ones((len(count), 1)) if design is None else np.asarray(design, dtype=np.float64)
    if columns.ndim != 2 or len(columns) != len(count):
        raise EstimationError(
            "the design needs one row per count",
            rule="design shape",
            value=columns.shape,
            expected=f"({len(count)}, p)",
        )
    known = np.isfinite(count) & (total > 0)
    count, total, columns = count[known], total[known], columns[known]
    if not np.isfinite(columns).all():
        raise EstimationError("a covariate is unknown in a row with counts", rule="covariates")
    if len(count) < columns.shape[1] or np.linalg.matrix_rank(columns) < columns.shape[1]:
        raise EstimationError(
            "the covariates are collinear, or more than the rows with counts",
            rule="rank of the design",
            value=f"{len(count)} rows, {columns.shape[1]} columns",
        )
    if count.sum() == 0 or (count == total).all():
        what = "zero" if count.sum() == 0 else "equal to its denominator"
        raise EstimationError(f"every count is {what}: no regression exists", rule="counts")
    group = None
    if cluster is not None:
        labels = np.asarray(cluster)
        if labels.shape != known.shape:
            raise EstimationError(
                "every row needs one cluster label", rule="cluster labels", value=labels.shape
            )
        group = np.unique(labels[known], return_inverse=True)[1]
    return count, total, columns, group, int((~known).sum())


def cluster_sandwich(scores: Floats, bread: Floats, group: IntArray) -> tuple[Floats, int]:
    """Sandwich covariance ``G / (G - 1) * bread @ (sum of s_g s_g') @ bread`` and G.

    ``scores`` has a row per observation, ``bread`` is the inverse of the information
    (Liang and Zeger 1986, Biometrika 73).
    """
    clusters = int(group.max()) + 1
    if clusters < 2:
        raise EstimationError(
            "a clustered covariance needs at least two clusters", rule="clusters", value=clusters
        )
    sums = np.stack([np.bincount(group, weights=column) for column in scores.T], axis=1)
    return clusters / (clusters - 1) * bread @ (sums.T @ sums) @ bread, clusters


def _logistic(count: Floats, total: Floats, columns: Floats) -> tuple[Floats, Floats, Floats]:
    """Binomial maximum likelihood: coefficients, fitted shares, inverse information."""
    import statsmodels.api as sm

    # Proportions with the ballots as variance weights: the form in which statsmodels'
    # Pearson residuals are those of the counts.
    model = sm.GLM(count / total, columns, family=sm.families.Binomial(), var_weights=total)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of separation: refused below
        try:
            fit = model.fit(tol=1e-12, tol_criterion="params", maxiter=100)
        except (np.linalg.LinAlgError, ValueError) as error:
            raise EstimationError("the logistic fit broke down", rule="convergence") from error
    params = np.asarray(fit.params, dtype=np.float64)
    fitted = np.asarray(fit.fittedvalues, dtype=np.float64)
    information = (columns * (total * fitted * (1 - fitted))[:, None]).T @ columns
    # Under separation a coefficient runs off to infinity and its information vanishes.
    if not fit.converged or np.abs(columns @ params).max() > 20:
        raise EstimationError(
            "the logistic fit does not converge: a covariate separates zero from other counts",
            rule="convergence",
        )
    return params, fitted, np.asarray(np.linalg.inv(information), dtype=np.float64)
