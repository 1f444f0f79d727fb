"""What a reader sees of the personal vote: words in tables, and the figure of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.analysis import records
from evaluatie.answers.personal_vote.words import verdict
from evaluatie.answers.plots.axes import limits, points_axis, row_axis, zero_line
from evaluatie.answers.plots.empty import not_available, usable
from evaluatie.answers.plots.style import COLOURS, DASHED, GROUP_COLOURS, MARKERS, figure, style
from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["for_readers", "main_rows", "preference_changes"]

_PRINTED = ("before", "after", "change", "change_comparison", "estimate", "detectable")


def main_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in which every municipality counts once.

    Of a table of municipalities, their preference votes, those with the new ballot first.
    """
    if "weights" in table:
        return table[table["weights"] == "municipalities"].reset_index(drop=True)
    rows = table[table["measure"] == "preference"].sort_values("change", ascending=False)
    return rows.sort_values("group", key=lambda of: of == "comparison", kind="stable").reset_index(
        drop=True
    )


def for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add the columns that a reader sees: measure_text, and numbers with their own unit.

    Shares are printed in percent, differences of shares in percentage points, and effective
    numbers of candidates as numbers.
    """
    full = table.assign(
        measure_text=[say(f"personal_vote.measure_{name}", lang) for name in table["measure"]]
    )
    for name in _PRINTED:
        if name in table:
            full[f"{name}_text"] = [
                _text(value, str(measure), name, lang)
                for value, measure in zip(table[name], table["measure"], strict=True)
            ]
    if "conf_low" in table:
        full["interval_text"] = [
            f"{_text(low, measure, 'estimate', lang)} – {_text(high, measure, 'estimate', lang)}"
            for low, high, measure in zip(
                table["conf_low"], table["conf_high"], table["measure"], strict=True
            )
        ]
    return full


def _text(value: Any, measure: str, column: str, lang: str) -> str:
    if pd.isna(value):
        return formatting.UNKNOWN
    if measure == "concentration":
        sign = "+" if value > 0 and column in ("change", "change_comparison", "estimate") else ""
        return sign + formatting.number(value, lang, 2)
    if column in ("before", "after"):
        return formatting.percent(value, lang, 1)
    said = formatting.points(value, lang)
    return said.removeprefix("+") if column == "detectable" else said


def preference_changes(changes: pd.DataFrame, effects: pd.DataFrame, lang: str = "nl") -> Figure:
    """Draw the change in preference votes of every municipality, those of the experiment named.

    Parameters
    ----------
    changes, effects
        Of a :class:`~evaluatie.answers.personal_vote.PersonalVoteResult`.
    """
    every = usable(changes, "change", "group")
    every = every[every["measure"] == "preference"] if len(every) else every
    if every.empty:
        return not_available(lang=lang)
    others = every[every["group"] == "comparison"]
    treated = every[every["group"] != "comparison"].sort_values("change", ascending=False)
    (row,) = records(main_rows(effects).query("measure == 'preference'"))
    with style():
        drawn, ax = figure(1.4 + 0.28 * (len(treated) + 1))
        zero_line(ax, "x")
        for height, each in enumerate(treated.to_dict(orient="records")):
            group = str(each["group"])
            ax.plot(each["change"], -height, MARKERS[group], color=GROUP_COLOURS[group], ms=6)
        last = -float(len(treated))
        place = np.full(len(others), last)
        ax.plot(others["change"], place, "|", color=COLOURS["comparison"], ms=11, mew=1.4)
        # The mean of the treated runs through their rows, that of the others through theirs.
        line: dict[str, Any] = {"color": COLOURS["ink"], "lw": 1.1, "ls": DASHED}
        ax.plot([row["change"]] * 2, [0.5, last + 0.5], **line)
        ax.plot([row["change_comparison"]] * 2, [last + 0.5, last - 0.5], **line)
        names = [*treated["municipality"], say("personal_vote.row_comparison", lang, n=len(others))]
        row_axis(ax, [-float(height) for height in range(len(names))], names)
        ax.set_ylim(last - 0.6, 0.6)
        low, high = limits(every["change"])
        pad = 0.06 * (high - low) or 0.01
        ax.set_xlim(low - pad, high + pad)
        points_axis(ax, "x", lang)
        ax.set_xlabel(say("personal_vote.axis_change", lang, baseline=row["baseline"]))
        ax.set_title(say(f"personal_vote.title_{verdict(row)}", lang, **row))
    return drawn
