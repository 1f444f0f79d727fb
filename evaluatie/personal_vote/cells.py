"""Votes on a number and their expectation, per list and municipality, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.errors import EstimationError
from evaluatie.personal_vote.clusters import Floats, Ints

__all__ = [
    "Cells",
    "Fit",
    "dispersion",
    "dispersion_of",
    "dispersion_parts",
    "excess",
    "log_ratio",
]

_LEAST_LISTS = 3
_LEAST_MUNICIPALITIES = 2


@dataclass(frozen=True, eq=False)
class Cells:
    """One entry per list and municipality, as arrays.

    ``rate_of`` numbers the sets of cells that share an expected rate, ``spread_of`` those
    that share a dispersion.
    """

    code: Any
    name: Any
    number: Any
    treated: Any
    municipality: Ints
    lists: Ints
    rate_of: Ints
    spread_of: Ints
    observed: Floats
    base: Floats
    votes: Floats

    @classmethod
    def of(cls, own: pd.DataFrame, group: pd.Series[Any], kind: str, expectation: str) -> Cells:
        """Take the cells of one election that have a count and a base."""
        observed, base, same = _counts(own, kind, expectation)
        keep = (
            observed.notna() & (base > 0) & group.isin(["experiment", "comparison"]).to_numpy()
        ).to_numpy(dtype=bool)
        rows = own[keep].reset_index(drop=True)
        alike = same[keep].reset_index(drop=True)
        pooled = expectation == "beside"
        number = rows["list_number"].astype("str")
        strata: pd.Series[Any] = pd.Series("", index=rows.index) if pooled else number
        return cls(
            code=rows["municipality_code"].to_numpy(object),
            name=rows["list_name"].to_numpy(object),
            number=rows["list_number"].to_numpy("int64"),
            treated=(group[keep] == "experiment").to_numpy(dtype=bool),
            municipality=pd.factorize(rows["municipality_code"])[0].astype(np.int64),
            lists=pd.factorize(rows["list_name"])[0].astype(np.int64),
            rate_of=(
                np.zeros(len(rows), np.int64)
                if pooled
                else pd.factorize(strata + "/" + alike.astype(str))[0].astype(np.int64)
            ),
            spread_of=pd.factorize(strata)[0].astype(np.int64),
            observed=observed[keep].to_numpy("float64"),
            base=base[keep].to_numpy("float64"),
            votes=rows["votes"].to_numpy("float64"),
        )

    def expected(self, treated: Any) -> Floats:
        """Expectation of every cell from the cells that are not treated; NaN without any."""
        n = int(self.rate_of.max(initial=-1)) + 1
        count, base = (
            np.bincount(self.rate_of[~treated], values[~treated], n)
            for values in (self.observed, self.base)
        )
        rate = np.divide(count, base, out=np.full(n, np.nan), where=base > 0)
        expected: Floats = self.base * rate[self.rate_of]
        return np.where(expected > 0, expected, np.nan)

    def table(self, fit: Fit) -> pd.DataFrame:
        """Return the treated cells as rows."""
        at = fit.cells
        return pd.DataFrame(
            {
                "list_number": self.number[at],
                "list_name": self.name[at],
                "municipality_code": self.code[at],
                "votes": self.observed[at].astype("int64"),
                "expected": fit.expected,
                "weight": fit.weight,
            }
        )


@dataclass(frozen=True, eq=False)
class Fit:
    """Observed, expected and weights of the treated cells that have an expectation."""

    cells: Ints
    expected: Floats
    parts: Floats
    weight: Floats
    lists: Ints
    municipality: Ints
    codes: tuple[str, ...]
    n_comparison: int

    @classmethod
    def of(cls, counted: Cells, what: str) -> Fit:
        """Fit expectations and dispersions on the cells that are not treated.

        Raises
        ------
        EstimationError
            With fewer than two treated municipalities or three lists.
        """
        expected = counted.expected(counted.treated)
        phi = dispersion(counted, expected)[counted.spread_of]
        at = np.flatnonzero(counted.treated & np.isfinite(expected) & np.isfinite(phi))
        codes = sorted(set(counted.code[at]))
        lists = pd.factorize(counted.lists[at])[0].astype(np.int64)
        if len(codes) < _LEAST_MUNICIPALITIES or lists.max(initial=-1) + 1 < _LEAST_LISTS:
            raise EstimationError(
                "too few municipalities with the new ballot or too few lists to compare",
                unit=what,
                rule="two municipalities, three lists",
                value=(len(codes), int(lists.max(initial=-1)) + 1),
            )
        own_list = counted.lists[at]
        sums = np.bincount(own_list, expected[at])
        per_list = np.bincount(own_list, counted.votes[at])
        # Weighted least squares of (observed - expected) on votes: votes over variance.
        scale = (per_list / np.where(sums > 0, sums, 1))[own_list] / phi[at]
        weight = 1 / phi[at]
        o, e, v = counted.observed[at], expected[at], counted.votes[at]
        return cls(
            cells=at,
            expected=e,
            parts=np.stack([weight * o, weight * e, scale * (o - e), scale * v, o, e], axis=1),
            weight=weight,
            lists=lists,
            municipality=pd.Categorical(counted.code[at], categories=codes).codes.astype(np.int64),
            codes=tuple(codes),
            n_comparison=len(set(counted.municipality[~counted.treated])),
        )


def log_ratio(sums: Floats) -> Floats:
    """Return the logarithm of observed over expected, from sums of ``Fit.parts``."""
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Floats = np.log(sums[..., 0]) - np.log(sums[..., 1])
    return logs


def excess(sums: Floats) -> Floats:
    """Return what is beyond expectation as share of all votes, from sums of ``Fit.parts``."""
    part: Floats = sums[..., 2] / sums[..., 3]
    return part


def dispersion(counted: Cells, expected: Floats) -> Floats:
    """Pearson dispersion between comparison municipalities, per list, at least 1."""
    use = ~counted.treated & np.isfinite(expected)
    squares, df = dispersion_parts(counted, expected, np.flatnonzero(use))
    return dispersion_of(squares, df)


def dispersion_parts(counted: Cells, expected: Floats, at: Ints) -> tuple[Floats, Floats]:
    """Sum of squares over expectation, and number of cells, per list."""
    n = int(counted.spread_of.max(initial=-1)) + 1
    residual = (counted.observed[at] - expected[at]) ** 2 / expected[at]
    squares: Floats = np.bincount(counted.spread_of[at], residual, n).astype(np.float64)
    return squares, np.bincount(counted.spread_of[at], minlength=n).astype(np.float64)


def dispersion_of(squares: Floats, cells: Floats) -> Floats:
    """Dispersion from what :func:`dispersion_parts` gives; NaN with a single cell."""
    df = cells - 1
    phi: Floats = np.divide(squares, df, out=np.full(len(df), np.nan), where=df > 0)
    return np.maximum(phi, 1.0)


def _counts(
    own: pd.DataFrame, kind: str, expectation: str
) -> tuple[pd.Series[Any], pd.Series[Any], pd.Series[Any]]:
    """Votes on the number, what they are a share of, and who had the same candidates."""
    preference = own["votes"] - own["votes_first"]
    n, number = own["n_candidates"], own["list_number"]
    match kind:
        case "namesake" if expectation == "beside":
            # One number beside it where the other is number 1 or beyond the end of the list.
            beside = (number > 2).astype("Int64") + (number < n).astype("Int64")
            mean = own["votes_beside"] / beside.where(beside > 0)
            return own["votes_namesake"], mean.fillna(0), own["same_namesake"]
        case "namesake":
            return own["votes_namesake"], preference, own["same_namesake"]
        case "beside":
            there = (number > 1) & (n >= number - 1)
            return own["votes_beside"].where(there), preference, own["same_namesake"]
        case "last":
            # A last number that is also the list's own says nothing about being the last.
            return own["votes_last"].where(n != number), preference, own["same_last"]
        case _:
            everywhere = own["same_last"] * 0
            return own["votes_beside_favourite"], own["votes_favourite"], everywhere
