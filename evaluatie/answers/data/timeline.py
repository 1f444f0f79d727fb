"""The experiment as a timeline: who voted with which ballot paper when."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.plots.axes import row_axis
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import brief
from evaluatie.answers.plots.style import BASE, COLOURS, SMALL, figure, style
from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["timeline"]


@dataclass(frozen=True)
class _Column:
    election: str
    below: str
    users: frozenset[str] | None
    """Those with the new ballot; None where everybody still had the usual one."""


def timeline(plan: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw which municipality used which ballot paper at which election.

    Columns are the elections of the experiment in order of date, before them the earlier
    elections that they are compared with. A digit says how often the voters of a municipality
    had then had the new ballot; a triangle marks a return to the usual one.

    Parameters
    ----------
    plan
        election, date (ISO text), baseline, municipalities (names, as a list or joined by
        ``", "``): one row for each election of the experiment.
    """
    if plan.empty:
        return not_available(lang=lang)
    columns = _columns(plan, lang)
    names = _names(columns)
    if not names:
        return not_available(lang=lang)
    with style():
        drawn, ax = figure(1.2 + 0.29 * len(names))
        for height, name in enumerate(names):
            _row(ax, name, -height, columns)
        earlier = sum(column.users is None for column in columns)
        if earlier:
            ax.axvline(earlier - 0.5, color=COLOURS["muted"], lw=0.8, ls=(0, (1, 2)))
        row_axis(ax, [-height for height in range(len(names))], names)
        headings = [f"{brief(column.election)}\n{column.below}" for column in columns]
        ax.set_xticks(range(len(columns)), headings, fontsize=SMALL, parse_math=False)
        ax.xaxis.tick_top()
        ax.tick_params(axis="x", length=0)
        ax.set_xlim(-0.6, len(columns) - 0.4)
        ax.set_ylim(0.4 - len(names), 0.6)
        ax.grid(visible=False, axis="x")
        for side in ("left", "bottom"):
            ax.spines[side].set_visible(False)
        key = "\n".join(textwrap.wrap(say("data.timeline_key", lang), 80))
        ax.set_xlabel(key, fontsize=SMALL, labelpad=5)
        ax.xaxis.set_label_position("bottom")
    return drawn


def _columns(plan: pd.DataFrame, lang: str) -> list[_Column]:
    rows = plan.sort_values("date").to_dict(orient="records")
    experiment = {str(row["election"]): row for row in rows}
    baselines = {
        str(row["baseline"]): str(row["election"])
        for row in rows
        if isinstance(row["baseline"], str) and row["baseline"] not in experiment
    }
    earlier = [
        _Column(name, say("data.timeline_baseline", lang, election=brief(baselines[name])), None)
        for name in sorted(baselines, key=_year)
    ]
    return earlier + [
        _Column(name, _day(row["date"], lang), frozenset(_listed(row["municipalities"])))
        for name, row in experiment.items()
    ]


def _year(election: str) -> tuple[int, str]:
    found = re.search(r"\d{4}$", election)
    return (int(found[0]) if found else 0, election)


def _day(date: Any, lang: str) -> str:
    """Return a date in words on two lines, to keep columns narrow."""
    day = date if isinstance(date, dt.date) else dt.date.fromisoformat(str(date)[:10])
    return "\n".join(formatting.date(day, lang).rsplit(" ", 1))


def _listed(names: Any) -> list[str]:
    if isinstance(names, str):
        return [name for name in names.split(", ") if name]
    return [str(name) for name in names] if isinstance(names, (list, tuple, set)) else []


def _names(columns: list[_Column]) -> list[str]:
    """Return the municipalities, those that began first at the top."""
    first: dict[str, int] = {}
    for at, column in enumerate(columns):
        for name in sorted(column.users or ()):
            first.setdefault(name, at)
    return sorted(first, key=lambda name: (first[name], name.strip("'’").lower()))


def _row(ax: Axes, name: str, height: float, columns: list[_Column]) -> None:
    uses, last = 0, None
    for at, column in enumerate(columns):
        if column.users is not None and name in column.users:
            uses += 1
            colour = COLOURS["first" if uses == 1 else "later"]
            if last is not None:
                ax.plot([last, at], [height] * 2, color=COLOURS["later"], lw=2, zorder=1)
            ax.plot(at, height, "D" if uses == 1 else "o", color=colour, ms=12.5, zorder=2)
            ax.text(
                at,
                height - 0.02,
                str(uses),
                ha="center",
                va="center_baseline",
                color=COLOURS["paper"],
                fontsize=BASE,
                fontweight="bold",
            )
            last = at
        elif uses:
            ax.plot(at, height, "^", color=COLOURS["reversal"], ms=9)
            last = None
        else:
            colour = COLOURS["comparison"]
            ax.plot(at, height, "s", color=colour, mfc=COLOURS["paper"], ms=6, mew=1.1)
