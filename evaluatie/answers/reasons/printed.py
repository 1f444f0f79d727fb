"""What printed totals say of the reasons: ranges, never a count in between."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from evaluatie.counts.partly_known import Interval, printed_interval
from evaluatie.ground.errors import InputError
from evaluatie.plan import Design

__all__ = ["printed_reasons"]

_MEASURES = {
    "ballots": "ballots filled in",
    "invalid": "invalid share",
    "design": "invalid for reasons tied to the new design",
    "any": "share of invalid ballots with errors that also occur on the old ballot",
}
_WORDS = {"more than a third": Interval(1 / 3, 1.0), "ruim een derde": Interval(1 / 3, 1.0)}
_SCOPE = "experiment"
_ROUNDING = 1e-9


def printed_reasons(figures: pd.DataFrame, plan: Design) -> pd.DataFrame:
    """Turn printed totals into ranges of the design-tied and the other reasons.

    With invalid share p and design-tied share d of all votes, the others are p - d of all votes
    and 1 - d / p of the invalid ones; what is printed in words narrows the latter. Ranges follow
    from the precision of print by interval arithmetic; numbers of ballots are the whole numbers
    that the shares leave possible, where the number of ballots was printed.

    Parameters
    ----------
    figures
        Table ``published_figures``.

    Returns
    -------
    pandas.DataFrame
        As the table of :func:`evaluatie.reasons.reasons`, with basis ``printed``; no rows where
        an election has no printed total of design-tied reasons.

    Raises
    ------
    InputError
        If the printed figures contradict each other.
    """
    ours = figures[figures["scope"].str.startswith(_SCOPE)]
    rows: list[dict[str, Any]] = []
    for election in plan.new_ballot:
        own = ours[ours["election"] == election]
        parts = {name: own[own["measure"] == text] for name, text in _MEASURES.items()}
        found = {name: part.iloc[0] for name, part in parts.items() if len(part)}
        if {"design", "invalid"} <= set(found):
            head = {"election": election, "n_municipalities": len(plan.treated(election))}
            rows += [head | row for row in _rows(found)]
    return pd.DataFrame(rows)


def _rows(found: dict[str, pd.Series[Any]]) -> Iterator[dict[str, Any]]:
    ids = ", ".join(str(figure["id"]) for figure in found.values())
    invalid, design = (
        printed_interval(float(found[name]["value"]), int(found[name]["decimals"]), unit=0.01)
        for name in ("invalid", "design")
    )
    of_invalid = Interval(design.low / invalid.high, min(1.0, design.high / invalid.low))
    other = Interval(max(0.0, invalid.low - design.high), invalid.high - design.low)
    words = _WORDS.get(str(found["any"]["value"])) if "any" in found else None
    if words is not None:
        rest = Interval(1 - words.high, 1 - words.low)
        if not of_invalid.meets(rest):
            raise InputError(
                "printed figures contradict each other", unit=ids, rule="design + other = invalid"
            )
        of_invalid = Interval(max(of_invalid.low, rest.low), min(of_invalid.high, rest.high))
    others = Interval(1 - of_invalid.high, 1 - of_invalid.low)
    ballots = float(found["ballots"]["value"]) if "ballots" in found else math.nan
    for reason, of_ballots, share in (("design", design, of_invalid), ("any", other, others)):
        low, high = of_ballots.low * ballots, of_ballots.high * ballots
        yield {
            "basis": "printed",
            "level": "group",
            "reason": reason,
            "group": reason,
            "count_low": None if math.isnan(low) else math.ceil(low - _ROUNDING),
            "count_high": None if math.isnan(high) else math.floor(high + _ROUNDING),
            "share_invalid_low": share.low,
            "share_invalid_high": share.high,
            "share_ballots_low": of_ballots.low,
            "share_ballots_high": of_ballots.high,
            "method": f"printed: {ids}",
        }
