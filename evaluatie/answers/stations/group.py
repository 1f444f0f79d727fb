"""The stations of one election and one group of municipalities: each measure once."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.stations.compare import against_others, places_twice
from evaluatie.plan import Design
from evaluatie.stats.shrinkage import holm
from evaluatie.stats.urn import (
    Chance,
    binomial_quantile,
    concentration,
    dispersion_interval,
    simulate,
    tails,
    urn_phi,
)

_TENTH = [0.1]
HIGH = 0.01
"""A share that is called high: one ballot in a hundred."""
FAR = 0.001
"""Chance at which a station counts as beyond chance."""
_LEAST_FOR_BAND = 5
"""Stations below which a municipality gets no limits of chance in the figure."""
_CODE = "municipality_code"


@dataclass(frozen=True, eq=False)
class Group:
    """Stations of one election and one group.

    Attributes
    ----------
    election, group
        Which.
    rows
        One row per station: municipality_code, municipality, complete, count, total, share, …
    alpha, seed, draws
        As for :func:`evaluatie.answers.stations.stations`.
    """

    election: str
    group: str
    rows: pd.DataFrame
    alpha: float
    seed: int
    draws: int

    @cached_property
    def counted(self) -> pd.DataFrame:
        """Stations that may be summed, those of a municipality beside each other."""
        whole = self.rows[self.rows["complete"].fillna(True)]
        return whole.sort_values(_CODE, kind="stable", ignore_index=True)

    @cached_property
    def _codes(self) -> list[str]:
        return list(self.counted[_CODE].unique())

    @cached_property
    def _starts(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.flatnonzero(~self.counted[_CODE].duplicated())

    @cached_property
    def _sums(self) -> pd.DataFrame:
        return self.counted.groupby(_CODE)[["count", "total"]].transform("sum")

    @cached_property
    def chance(self) -> Chance:
        """What chance gives when the counts of each municipality are spread over its ballots."""
        seeds = [
            (self.seed, zlib.crc32(f"{self.election} {code}".encode())) for code in self._codes
        ]
        return simulate(
            self.counted["count"],
            self.counted["total"],
            self._starts,
            seeds,
            parts=_TENTH,
            draws=self.draws,
        )

    @cached_property
    def phi(self) -> float:
        """Dispersion within municipalities together, on stations minus municipalities."""
        own = urn_phi(self.counted["count"], self.counted["total"], self._starts)
        free = np.diff(np.append(self._starts, len(self.counted))) - 1
        known = np.isfinite(own)
        return float((own * free)[known].sum() / free[known].sum()) if known.any() else np.nan

    @cached_property
    def _tested(self) -> tuple[pd.DataFrame, dict[float, float]]:
        """Upper tail of every station that is counted, and how many chance puts below a limit."""
        arrays = (
            self.counted["count"],
            self.counted["total"],
            self._sums["count"],
            self._sums["total"],
        )
        found = {level: tails(*arrays, level) for level in (FAR, self.alpha / 2)}
        p = found[FAR][0]
        tested = self.counted.assign(
            p_value=p, p_holm=holm(p), beyond=p <= FAR, above=p <= self.alpha / 2
        )
        return tested, {level: expected for level, (_, expected) in found.items()}

    @cached_property
    def marked(self) -> pd.DataFrame:
        """Every station, also those that are only shown, with what is known of its chance."""
        rest = self.rows[~self.rows["complete"].fillna(True)]
        unknown = rest.assign(p_value=np.nan, p_holm=np.nan, beyond=False, above=False)
        tested = self._tested[0]
        return pd.concat([tested, unknown], ignore_index=True) if len(rest) else tested

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per municipality; the sums of one that is incomplete are unknown."""
        by = self.marked.groupby(_CODE, sort=False)
        quantiles = by["share"].quantile(np.array([0, 0.25, 0.5, 0.75, 1])).unstack()
        quantiles.columns = ["lowest", "quartile_low", "median", "quartile_high", "highest"]
        highest = self.marked.loc[by["share"].idxmax()].set_index(_CODE)["station_name"]
        first = by[["municipality", "group", "complete", "vintage"]].first()
        table = first.assign(n_stations=by.size()).join(self._summed)
        table = table.join(quantiles).assign(highest_station=highest).join(self._dispersion)
        marks = self._tested[0].assign(high=self._tested[0]["share"] >= HIGH)
        counted = marks.groupby(_CODE)[["high", "above", "beyond"]].sum().astype("Int64")
        table = table.join(counted.add_prefix("n_")).join(self._bands)
        return table.reset_index().assign(election=self.election)[
            [
                *("election", _CODE, "municipality", "group", "complete", "n_stations", "total"),
                *("count", "share", "lowest", "quartile_low", "median", "quartile_high"),
                *("highest", "highest_station", "phi", "phi_low", "phi_high", "p_value"),
                *("n_high", "n_above", "n_beyond", "band_low", "band_high", "vintage"),
            ]
        ]

    @cached_property
    def _summed(self) -> pd.DataFrame:
        sums = self.counted.groupby(_CODE)[["total", "count"]].sum().astype("Int64")
        share = sums["count"].astype("float64") / sums["total"].astype("float64")
        return sums.assign(share=share)

    @cached_property
    def _dispersion(self) -> pd.DataFrame:
        columns = ["phi", "phi_low", "phi_high", "p_value"]
        if self.counted.empty:
            return pd.DataFrame(columns=columns, dtype="float64")
        urns = (self.counted["count"], self.counted["total"], self._starts)
        phi = urn_phi(*urns)
        low, high = dispersion_interval(*urns, self.alpha)
        as_far = (self.chance.phi >= phi - 1e-9).sum(axis=0)
        p = np.where(np.isfinite(phi), (1 + as_far) / (1 + self.draws), np.nan)
        return pd.DataFrame(dict(zip(columns, (phi, low, high, p), strict=True)), self._codes)

    @cached_property
    def _bands(self) -> pd.DataFrame:
        size = self.counted.groupby(_CODE)["total"].median().round()
        enough = self.counted.groupby(_CODE).size() >= _LEAST_FOR_BAND
        codes = size.index[enough]
        n, share = size[enough].to_numpy(), self._summed["share"][enough].to_numpy()
        ends = {"band_low": self.alpha / 2, "band_high": 1 - self.alpha / 2}
        limits = {name: binomial_quantile(end, n, share) / n for name, end in ends.items()}
        return pd.DataFrame(limits, index=codes)

    @property
    def overall(self) -> dict[str, Any]:
        """One row for the group; incomplete municipalities take no part."""
        tested, expected = self._tested
        total, count = int(tested["total"].sum()), int(tested["count"].sum())
        high = tested[tested["share"] >= HIGH]
        row: dict[str, Any] = {
            "election": self.election,
            "group": self.group,
            "n_municipalities": len(self._codes),
            "n_incomplete": int(self.rows[_CODE].nunique() - len(self._codes)),
            "n_stations": len(tested),
            "total": total,
            "count": count,
            "share": count / total if total else np.nan,
            "phi": self.phi,
            "n_beyond": int(tested["beyond"].sum()),
            "expected_beyond": expected[FAR],
            "expected_most": FAR * int(tested["p_value"].notna().sum()),
            "n_holm": int((tested["p_holm"] <= self.alpha).sum()),
            "n_above": int(tested["above"].sum()),
            "expected_above": expected[self.alpha / 2],
            "n_high": len(high),
            "high_total": high["total"].sum() / total if total else np.nan,
            "high_count": high["count"].sum() / count if count else np.nan,
        }
        own = concentration(tested["count"], tested["total"], _TENTH)[0] if count else np.nan
        by_chance = self.chance.parts.mean() if count else np.nan
        return row | {"tenth": float(own), "tenth_chance": float(by_chance)}

    def compared(self, column: str, labels: Sequence[str]) -> pd.DataFrame:
        """Return the stations under each label beside the others of their municipality."""
        phi = self.phi if np.isfinite(self.phi) and self.phi > 0 else 1.0
        made = against_others(self.counted, column, labels, phi=phi, alpha=self.alpha)
        columns = ["election", "group", *made]
        return made.assign(election=self.election, group=self.group)[columns]

    def pair(self, every: pd.DataFrame, plan: Design) -> tuple[pd.DataFrame, dict[str, Any]]:
        """Return places used at the baseline as well, and how many there are and went up."""
        baseline = (
            plan.election(self.election).baseline if self.election in plan.elections else None
        )
        before = every[(every["election"] == baseline) & every["complete"].fillna(True)]
        before = before[before[_CODE].isin(self._codes)]
        names = ("baseline", "n_places", "n_places_both", "n_places_up")
        if before.empty or self.counted.empty:
            return pd.DataFrame(), dict.fromkeys(names)
        places, n = places_twice(self.counted, before)
        places = places.assign(election=self.election, baseline=baseline, group=self.group)
        columns = ["election", "baseline", "group", *places.columns[:-3]]
        up = int((places["change"] > 0).sum())
        return places[columns], dict(zip(names, (baseline, n, len(places), up), strict=True))
