"""Stations beside the other stations of their own municipality, and beside their own past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.stats.mantel_haenszel import pooled_ratio

_COMPARED = (
    *("label", "n_stations", "n_municipalities", "total", "count", "share", "other_share"),
    *("estimate", "conf_low", "conf_high"),
)
DIFFERENCES = ("none", "1 or 2", "3 or more")
"""Ballots found beside voters admitted, either way."""


def against_others(
    frame: pd.DataFrame, column: str, labels: Sequence[str], *, phi: float, alpha: float
) -> pd.DataFrame:
    """Compare the stations under each label with all other labelled stations of their municipality.

    Stations stand in ``frame``, labels in its ``column``; one without a label takes no part. A row
    per label of ``labels`` that some station has: share (of the ballots of these stations),
    other_share (of the others in the same municipalities), estimate (ratio within municipalities,
    see :func:`evaluatie.stats.mantel_haenszel.pooled_ratio`) and its interval.
    """
    known = frame[frame[column].notna()]
    municipality, codes = pd.factorize(known["municipality_code"], sort=True)
    counts = [known[name].to_numpy("float64") for name in ("count", "total")]
    sums = [np.bincount(municipality, each, len(codes)) for each in counts]
    rows: list[dict[str, Any]] = []
    for label in labels:
        mine = (known[column] == label).to_numpy(dtype=bool)
        if not mine.any():
            continue
        here = np.unique(municipality[mine])
        own = [np.bincount(municipality[mine], each[mine], len(codes))[here] for each in counts]
        rest = [every[here] - each for every, each in zip(sums, own, strict=True)]
        pairs = (*own, *rest)
        ratio = pooled_ratio(*pairs, phi=phi, alpha=alpha)
        count, total, others, ballots = (each.sum() for each in pairs)
        rows.append(
            {
                "label": label,
                "n_stations": int(mine.sum()),
                "n_municipalities": len(here),
                "total": int(total),
                "count": int(count),
                "share": count / total,
                "other_share": others / ballots if ballots else np.nan,
                **{end: getattr(ratio, end) for end in ("estimate", "conf_low", "conf_high")},
            }
        )
    return pd.DataFrame(rows, columns=list(_COMPARED))


def difference_labels(admitted: pd.Series, ballots: pd.Series) -> pd.Series:
    """Return how far ballots found lie from voters admitted, one of :data:`DIFFERENCES`.

    Unknown where the number of admitted voters is.
    """
    apart = (ballots - admitted).abs().astype("float64")
    label = pd.Series(np.select([apart == 0, apart <= 2], DIFFERENCES[:2], DIFFERENCES[2]))
    label.index = apart.index
    return label.where(apart.notna())


def places_twice(after: pd.DataFrame, before: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Put places beside themselves at an earlier election, by postcode within a municipality.

    Stations at one postcode are one place. Capitals and spaces in a postcode do not matter. Returns
    a row per place used at both, and the number of places with a postcode now.
    """
    now, then = _by_postcode(after), _by_postcode(before)
    both = now.join(then.add_prefix("before_"), how="inner").reset_index()
    both["share"] = both["count"] / both["total"]
    both["before"] = both["before_count"] / both["before_total"]
    both["change"] = both["share"] - both["before"]
    columns = [
        *("municipality_code", "municipality", "postcode", "station_name"),
        *("before_count", "before_total", "before", "count", "total", "share", "change"),
    ]
    return both.reindex(columns=columns), len(now)


def _by_postcode(frame: pd.DataFrame) -> pd.DataFrame:
    plain = frame["postcode"].str.replace(r"\s", "", regex=True).str.upper()
    known = frame.assign(postcode=plain)[plain.notna() & (plain != "")]
    return known.groupby(["municipality_code", "postcode"]).agg(
        municipality=("municipality", "first"),
        station_name=("station_name", "first"),
        count=("count", "sum"),
        total=("total", "sum"),
    )
