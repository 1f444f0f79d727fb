"""The ratio of an official to a first count, and the interval in which the next one will lie."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.ground.errors import EstimationError
from evaluatie.stats.student import critical_value


class Prediction(NamedTuple):
    """Pooled ratio of the past, and the prediction interval for that of another group.

    ``n`` municipalities were learned from.
    """

    ratio: float
    low: float
    high: float
    n: int


def predict_ratio(
    first: ArrayLike, official: ArrayLike, next_first: ArrayLike, *, alpha: float = 0.05
) -> Prediction:
    """Predict official over first count of another group of municipalities.

    Ratios of municipalities vary around the pooled ratio ``R`` with one standard deviation ``s``,
    whatever their size. A pooled ratio weighs them by their first counts, so that its variance is
    ``s**2`` times the sum of squared weights, once for the past and once for the group to come; the
    interval is Student's with one degree of freedom less than there are municipalities. This is the
    ratio estimator of Cochran (1977, Sampling Techniques, chapter 6); that the variance of a count
    grows with its square errs on the side of a wider interval where municipalities are large.

    Municipalities with a first count of 0 have no ratio and are left out; of ``next_first`` only
    relative sizes count. Refused with fewer than two to learn from, or none to predict.

    Examples
    --------
    >>> made = predict_ratio([100, 100, 100], [110, 120, 130], [100, 100])
    >>> made.ratio, made.n
    (1.2, 3)
    """
    x, y = (np.asarray(each, dtype="float64") for each in (first, official))
    x, y = x[x > 0], y[x > 0]
    coming = np.asarray(next_first, dtype="float64")
    if len(x) < 2 or not coming.sum() > 0:
        raise EstimationError(
            "a prediction needs two municipalities with both counts, and one to predict",
            rule="counts",
            value=len(x),
        )
    ratio = float(y.sum() / x.sum())
    spread = float(np.sqrt(((y / x - ratio) ** 2).sum() / (len(x) - 1)))
    squares = sum(float(((each / each.sum()) ** 2).sum()) for each in (x, coming))
    half = critical_value(alpha, len(x) - 1) * spread * float(np.sqrt(squares))
    return Prediction(ratio, ratio - half, ratio + half, len(x))
