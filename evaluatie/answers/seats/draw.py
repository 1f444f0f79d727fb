"""Could a seat have turned on it: extra invalid votes beside the votes that move a seat."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.plots.axes import limits, log_axis
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.rows import folded, name_rows, row_height, value_of_row
from evaluatie.answers.plots.style import COLOURS, FINDING, figure, style
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_VOTES = ("excess_low", "excess_high", "votes_needed")
_VERDICTS = ("yes", "within", "no")


@style()
def seats_margins(table: pd.DataFrame, lang: str = "nl", *, narrow: bool = False) -> Figure:
    """Draw the extra invalid votes of each municipality beside the votes that move a seat.

    An interval that reaches below one vote runs to the edge, with a mark. In the margin
    stands whether the extra votes reach the number that is needed.

    Parameters
    ----------
    table
        That of :func:`evaluatie.seats.seats_at_stake`: place, scenario, votes_needed, excess_low,
        excess_high (votes), verdict. Its rows of the worst case are drawn.
    """
    rows = usable(table, "excess_high", "votes_needed", how="all")
    rows = rows[rows["scenario"] == "one list"] if len(rows) else rows
    if rows.empty:
        return not_available(lang=lang)
    # Where most would have to be lost stands at the bottom.
    rows = rows.astype(dict.fromkeys(_VOTES, "float64"))
    reach = rows["excess_high"] / rows["votes_needed"]
    rows = rows.assign(reach=reach).sort_values("reach", ignore_index=True, na_position="first")
    drawn, ax = figure(1.6 + row_height(narrow) * len(rows), narrow=narrow)
    _, high = limits(rows[["votes_needed", "excess_high"]])
    log_axis(ax, lang, 0.85, 1.3 * max(high, 2.0))
    names, sure = [str(name) for name in rows["place"]], (rows["verdict"] == "yes").tolist()
    _marks(ax, rows)
    for height, found in enumerate(rows["verdict"]):
        verdict = found if found in _VERDICTS else "unknown"
        said = say(f"seats.verdict_{verdict}", lang)
        if narrow:
            names[height] += f": {said}"
        else:
            colour = COLOURS["muted" if verdict in ("no", "unknown") else "ink"]
            value_of_row(ax, height, said, colour, bold=sure[height])
    bold = sure if narrow else ()
    name_rows(ax, range(len(rows)), names, narrow=narrow, length=50 if narrow else 30, bold=bold)
    ax.set_ylim(-0.6, len(rows) - (0.1 if narrow else 0.4))
    key = say("seats.key", lang)
    key = folded(key, narrow) if narrow else textwrap.fill(key, 62)
    ax.set_xlabel(f"{say('seats.axis', lang)}\n{key}")
    title = say(_title(rows), lang, n=_reached(rows), of=len(rows))
    ax.set_title(folded(title, narrow, bold=True), gid=FINDING)
    return drawn


def _reached(rows: pd.DataFrame) -> int:
    """Return in how many municipalities the extra votes may reach the number that is needed."""
    return int(rows["verdict"].isin(("yes", "within")).sum())


def _title(rows: pd.DataFrame) -> str:
    found = _reached(rows)
    return f"seats.title_{'none' if not found else 'all' if found == len(rows) else 'some'}"


def _marks(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw the interval of every row at the height that its index is, and what is needed."""
    known = rows[rows["excess_low"].notna() & (rows["excess_high"] >= 1)]
    low, later = known["excess_low"], COLOURS["later"]
    ax.hlines(
        known.index,
        low.clip(lower=1),
        known["excess_high"],
        colors=later,
        lw=3,
        capstyle="projecting",
    )
    ax.plot(low[low < 1].clip(lower=1), low.index[low < 1], "<", color=later, ms=7)
    look: dict[str, Any] = {"color": COLOURS["ink"], "mfc": COLOURS["paper"], "mew": 1.5, "ms": 7}
    ax.plot(rows["votes_needed"], rows.index, "D", **look)
