"""What rounded printed shares leave possible: a box of counts and its extreme points.

A printed share stands for itself plus or minus half a unit of its last decimal; official valid
votes and the plan's bounds on the blank share then bound ballots and invalid votes. The
printed pooled share narrows these bounds together. Over all counts that fit, the effect has a
smallest and a largest value: the identification bounds. Nothing in between is singled out.

The effect rises with every municipality's invalid share and is monotone in each blank share,
so that its extremes lie at corners of the box, or, where the pooled share is at its own
printed limit, at points with one municipality inside its interval and the others at ends.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluatie.answers.printed import EXPERIMENT, PrintedFigures
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval
from evaluatie.ground.errors import EstimationError
from evaluatie.stats.estimates import Floats

_LARGEST_BOX = 8


@dataclass(frozen=True, eq=False)
class Box:
    """What is known about the counts of some municipalities, in the order of ``codes``.

    Official valid votes; bounds on invalid and blank votes as fractions of ballots; ``pooled``:
    bounds on the invalid share of all together, or None, which is a mean of municipal shares, each
    once, if ``equal``, and else the share of all voters.
    """

    codes: tuple[str, ...]
    valid: tuple[int, ...]
    share: tuple[Interval, ...]
    blank_share: Interval
    pooled: Interval | None = None
    equal: bool = False


@dataclass(frozen=True, eq=False)
class Completions:
    """Counts at the extreme points of a box, one row per point, one column per municipality."""

    share: Floats
    ballots: Floats

    @property
    def invalid(self) -> Floats:
        """Invalid votes."""
        return self.share * self.ballots


def known_as_intervals(results: Results, election: str, vintage: str) -> bool:
    """Whether no treated municipality has counts, but the plan bounds what was printed."""
    plan = results.counted_plan
    plan.election(election)
    if vintage == "provisional" or election not in plan.raw["bounds"]["blank_share"]:
        return False
    rows = results.rows[results.rows["election"] == election]
    treated = rows[rows["municipality_code"].isin(plan.treated(election))]
    unknown = not treated[["ballots", "rejected"]].notna().any(axis=None)
    return unknown and not treated.empty


def known_box(results: Results, election: str) -> Box:
    """Collect printed shares, official valid votes and bounds on the blank share.

    Refused where a municipality's share was not printed or its valid votes are unknown.
    """
    plan, figures = results.counted_plan, PrintedFigures.of(results)
    treated = plan.treated(election)
    shares = {code: figures.share(election, code) for code in treated}
    rows = results.rows[
        (results.rows["election"] == election) & (results.rows["vintage"] == "official")
    ].set_index("municipality_code")
    valid = rows["valid"].reindex(list(treated))
    for code in treated:
        if shares[code] is None or pd.isna(valid[code]):
            raise EstimationError(
                "neither counts nor a printed share with official valid votes",
                unit=f"{election}, {plan.municipalities.get(code, code)}",
                rule="known counts",
            )
    pooled = figures.share(election, EXPERIMENT)
    bound = plan.raw["bounds"]["blank_share"][election]
    return Box(
        codes=treated,
        valid=tuple(int(valid[code]) for code in treated),
        share=tuple(each.interval for each in shares.values() if each is not None),
        blank_share=Interval(bound["low"], bound["high"]),
        pooled=None if pooled is None else pooled.interval,
    )


def completions(box: Box) -> Completions:
    """Return the extreme points of all counts that fit what is known.

    Refused where the printed shares contradict each other, and for more than eight municipalities.
    """
    k = len(box.codes)
    if k > _LARGEST_BOX:
        raise EstimationError(
            "too many municipalities with counts known only as intervals",
            rule=f"at most {_LARGEST_BOX}",
            value=k,
        )
    valid = np.array(box.valid, dtype=np.float64)
    ends = np.array([(s.low, s.high) for s in box.share])
    corners = np.array(list(itertools.product((0, 1), repeat=k)))
    shares = ends[np.arange(k), corners]
    blanks = np.array([box.blank_share.low, box.blank_share.high])[corners]
    p, b = (np.repeat(shares, len(blanks), axis=0), np.tile(blanks, (len(shares), 1)))
    points, at = [p], [b]
    if box.pooled is not None:
        for limit in (box.pooled.low, box.pooled.high):
            for i in range(k):
                moved = _on_limit(p, b, valid, i, limit, equal=box.equal)
                inside = (moved[:, i] >= ends[i, 0]) & (moved[:, i] <= ends[i, 1])
                points.append(moved[inside])
                at.append(b[inside])
    p, b = np.vstack(points), np.vstack(at)
    ballots = valid / (1 - p - b)
    if box.pooled is not None:
        weight = np.ones_like(ballots) if box.equal else ballots
        together = (p * weight).sum(axis=1) / weight.sum(axis=1)
        fits = (together >= box.pooled.low - 1e-12) & (together <= box.pooled.high + 1e-12)
        p, ballots = p[fits], ballots[fits]
    if not len(p):
        raise EstimationError(
            "the printed shares of the municipalities and of all together contradict each other",
            unit=", ".join(box.codes),
            rule="pooled share within municipal shares",
        )
    return Completions(share=p, ballots=ballots)


def _on_limit(p: Floats, b: Floats, valid: Floats, i: int, limit: float, *, equal: bool) -> Floats:
    """Move municipality ``i`` so that the pooled share equals ``limit``."""
    if equal:
        moved = p.copy()
        moved[:, i] = limit * p.shape[1] - (p.sum(axis=1) - p[:, i])
        return moved
    ballots = valid / (1 - p - b)
    surplus = ((p - limit) * ballots).sum(axis=1) - (p[:, i] - limit) * ballots[:, i]
    moved = p.copy()
    # (p_i - limit) valid_i / (1 - p_i - b_i) = -surplus, solved for p_i.
    moved[:, i] = (limit * valid[i] - surplus * (1 - b[:, i])) / (valid[i] - surplus)
    return moved
