"""What each count could be expected to be, from its own past and from its peers.

A municipality is expected to have moved, since the previous election of the same kind, like
the others that voted with the same ballot papers at both. One without a past in the same
borders is expected to be like the others of its own election.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.answers.quality.given import COUNTS, Settings, in_order
from evaluatie.answers.quality.spread import between_variance, to_count, to_scale
from evaluatie.counts.boundaries import comparable
from evaluatie.counts.mergers import election_kind
from evaluatie.plan import Design
from evaluatie.stats.estimates import Floats

_USUAL_BOTH_TIMES = 0
_MEASURES = ("invalid", "blank", "rejected", "eligible")
_COLUMNS = [
    *("municipality_code", "municipality", "count", "total", "before", "expected", "variance", "z"),
    *("election", "vintage", "measure", "previous", "peers"),
]


def expectations(
    rows: pd.DataFrame,
    plan: Design,
    limits: Settings,
    *,
    mergers: pd.DataFrame,
    codes: pd.DataFrame,
) -> pd.DataFrame:
    """Work out, in order of date, what every count in ``rows`` could be expected to be.

    Older elections too: a jump back is recognised by the jump before. A row per election, vintage,
    measure and municipality: count, total; previous (the election before of the same kind with this
    count known; empty if there is none), before (missing without a past); expected (a count) and
    variance (of the count around it); z (standardised distance on the scale of
    :mod:`evaluatie.answers.quality.spread`, logarithmic for eligible voters; missing where there
    are too few peers); peers (counts of that election, vintage and measure).
    """
    apart = {code for each in plan.exclusions if not each.elections for code in each.codes}
    rows = _light(rows[~rows["municipality_code"].isin(apart)])
    known = {m: set(rows.loc[rows[m].notna(), "election"].unique()) for m in _MEASURES}
    pairs: dict[tuple[str, str], pd.DataFrame] = {}
    made = []
    for election in in_order(rows["election"], plan):
        here = rows[rows["election"] == election]
        for vintage in sorted(set(here["vintage"])):
            for measure, now in _measures(here[here["vintage"] == vintage]):
                previous = _previous(known[measure], election, plan)
                pair = (previous, election)
                if pair not in pairs:
                    two = rows[rows["election"].isin(pair)]
                    if previous:
                        two = _light(comparable(two, mergers, codes, plan))
                    pairs[pair] = two[two["election"] == previous]
                ballots = _ballots_used(now.codes, election, previous, plan)
                found = _expect(now, _known(pairs[pair], measure), measure, ballots, limits)
                about = {"election": election, "vintage": vintage, "measure": measure}
                about |= {"previous": previous, "peers": len(now.codes)}
                made.append(
                    {**found, **{name: [value] * len(now.codes) for name, value in about.items()}}
                )
    if not made:
        return pd.DataFrame(columns=_COLUMNS, dtype="float64")
    return pd.DataFrame({name: np.concatenate([each[name] for each in made]) for name in _COLUMNS})


@dataclass(frozen=True, eq=False)
class _Known:
    """Code, name, count and total of the municipalities of which a count is known, by code."""

    codes: npt.NDArray[Any]
    names: npt.NDArray[Any]
    count: Floats
    total: Floats


def _measures(rows: pd.DataFrame) -> list[tuple[str, _Known]]:
    """Return the counts to judge; the sum ``rejected`` only where its parts are unknown."""
    known = {name: _known(rows, name) for name in _MEASURES}
    if len(known["invalid"].codes):
        del known["rejected"]
    return [(name, each) for name, each in known.items() if len(each.codes)]


def _known(rows: pd.DataFrame, measure: str) -> _Known:
    """Return what is known of a count in rows of one election, official before provisional."""
    columns = ("municipality_code", "municipality", measure)
    codes, names, count = (rows[name].to_numpy() for name in columns)
    total = rows["eligible" if measure == "eligible" else "ballots"].to_numpy()
    known = np.flatnonzero(np.isfinite(count) & (total > 0))
    _, first = np.unique(codes[known].astype(str), return_index=True)
    at = known[first]
    return _Known(codes[at], names[at], count[at], total[at])


def _light(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep what is needed as plain text and numbers, quicker in a loop; official counts first."""
    text = ["election", "municipality_code", "municipality", "vintage"]
    types = {**dict.fromkeys(text, "object"), **dict.fromkeys(COUNTS, "float64")}
    return rows[[*types]].astype(types).sort_values("vintage", kind="stable")


def _previous(known: set[str], election: str, plan: Design) -> str:
    """Return the last of the known elections of the same kind before one; empty without any."""
    kind = election_kind(election, plan)
    order = in_order(known | {election}, plan)
    earlier = order[: order.index(election)]
    return next((each for each in reversed(earlier) if election_kind(each, plan) == kind), "")


def _ballots_used(
    codes: npt.NDArray[Any], election: str, previous: str, plan: Design
) -> npt.NDArray[Any]:
    """Say with which ballots each voted then and now; who did the same are each other's peers."""
    then, now = (
        np.isin(codes, plan.history.get(name, ())).astype("int64") for name in (previous, election)
    )
    return np.asarray(2 * then + now)


def _expect(
    now: _Known, then: _Known, measure: str, groups: npt.NDArray[Any], limits: Settings
) -> dict[str, npt.NDArray[Any]]:
    count, total = now.count, now.total
    place = {code: at for at, code in enumerate(then.codes)}
    found = [place.get(code, -1) for code in now.codes]
    before, total_before = (np.append(each, np.nan)[found] for each in (then.count, then.total))
    past = np.isfinite(before)
    moves = measure == "eligible"
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.log(count) if moves else to_scale(count, total)
        y0 = np.log(before) if moves else to_scale(before, total_before)
        noise, noise0 = (0 * n if moves else 1 / (4 * n) for n in (total, total_before))

    middle, spread = np.full(len(y), np.nan), np.full(len(y), np.nan)
    usual = limits.usual_spread[measure]
    middle[past], spread[past] = _peers(
        (y - y0)[past], (noise + noise0)[past], groups[past], limits, usual
    )
    if not moves:
        # The level of other municipalities says little about a count of eligible voters.
        level, width = _peers(y, noise, groups, limits, None)
        middle[~past], spread[~past] = level[~past], width[~past]
    start = np.where(past, y0, 0.0)
    variance = spread + noise + np.where(past, noise0, 0.0)
    expected = np.exp(start + middle) if moves else to_count(start + middle, total)
    share = expected / total
    spread_of_count = (
        expected**2 if moves else 4 * total**2 * share * np.clip(1 - share, 0, 1)
    ) * variance
    return {
        "municipality_code": now.codes,
        "municipality": now.names,
        "count": count,
        "total": total,
        "before": before,
        "expected": expected,
        "variance": spread_of_count,
        "z": (y - start - middle) / np.sqrt(np.where(variance > 0, variance, np.nan)),
    }


def _peers(
    y: Floats, noise: Floats, groups: npt.NDArray[Any], limits: Settings, usual: float | None
) -> tuple[Floats, Floats]:
    """Return centre and between-municipality variance for each unit, from those like it.

    The variance is that of the units that voted with the usual ballot both times. With too
    few of them the ``usual`` spread around no change is taken, or nothing where that is None.
    """
    middle, spread = np.full(len(y), np.nan), np.full(len(y), np.nan)
    old = groups == _USUAL_BOTH_TIMES
    enough = int(old.sum()) >= limits.minimum_units
    if not enough and usual is None:
        return middle, spread
    centre = float(np.median(y[old])) if enough else 0.0
    between = between_variance(y[old] - centre, noise[old]) if enough else float(usual or 0) ** 2
    for group in set(groups):
        here = groups == group
        size = int(here.sum())
        if group == _USUAL_BOTH_TIMES:
            middle[here], spread[here] = centre, between
        elif size >= limits.minimum_treated:
            # The median of a few is itself uncertain: its variance is pi/2 that of a mean.
            uncertain = np.pi / 2 * (between + float(noise[here].mean())) / size
            middle[here], spread[here] = float(np.median(y[here])), between + uncertain
    return middle, spread
