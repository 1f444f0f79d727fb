"""The figure of getting used: the same municipalities at each use, each election with its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.plots.axes import ticks
from evaluatie.answers.plots.board import NARROW, WIDTH, Board, Colour
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import brief, curly, in_words, per_10000, spoken, spread
from evaluatie.answers.plots.letters import fitted, wrapped
from evaluatie.answers.publishers import publishers
from evaluatie.answers.run import NotAvailableError
from evaluatie.answers.statement import Statement
from evaluatie.ground import formatting
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.tables import Column, Row, rows_of
from evaluatie.ground.words import say, sentences

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run

_HIGH = 182.0
_FOOT = 58.0
"""Room below a panel for the names of its elections, before the next begins."""
_MOST = 4
"""Panels on a page: the last ones."""
_NAMED = 8
"""Municipalities whose lines have a name."""


def _who(row: Row, lang: str) -> str:
    if row["kind"] == "municipality":
        return str(row["municipality"])
    return say(f"learning.wennen_{row['kind']}", lang)


COLUMNS: tuple[Column, ...] = (
    Column("use", "count", "Keer", "Use"),
    Column("election", "text", "Verkiezing", "Election"),
    Column("municipality", "text", "Gemeente", "Municipality", show=_who),
    Column("before", "percent", "Oud stembiljet", "Old ballot"),
    Column("after", "interval", "Deze verkiezing", "This election"),
    Column("extra", "interval_points", "Extra (procentpunt)", "Extra (percentage points)"),
)


def rows(run: Run) -> pd.DataFrame:
    """What is drawn: at each use all together, the others, and every municipality.

    Of an election whose shares were printed rounded, ``after`` and ``extra`` have two ends.
    """
    shares = run.frame("rates_municipality")
    newest = [name for name in run.elections() if name in set(shares["election"])][-1]
    here = shares[(shares["election"] == newest) & shares["group"].isin(["first use", "later use"])]
    most = here["exposure"].max()
    if not most > 1:
        raise NotAvailableError({lang: say("learning.wennen_nobody", lang) for lang in LANGUAGES})
    codes = list(here.loc[here["exposure"] == most, "municipality_code"])
    made = []
    for _, name in run.of_each("effect"):
        changes = run.part(name, "changes")
        own = changes[changes["municipality_code"].isin(codes) & (changes["group"] == "treated")]
        if len(own) < len(codes):
            continue
        row = run.frame(name).iloc[0]
        counted = "count_after" in changes
        panel = _counted(own, changes) if counted else _printed(own, run, name)
        panel["source"] = own["source"].iloc[0] if counted else None
        made.append(panel.assign(election=row["election"], baseline=row["baseline"]))
    if len(made) < 2:
        raise NotAvailableError({lang: say("learning.wennen_nobody", lang) for lang in LANGUAGES})
    every = [panel.assign(use=most - len(made) + 1 + k) for k, panel in enumerate(made)]
    return pd.concat(every[-_MOST:], ignore_index=True)


def _counted(own: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    others = changes[changes["group"] == "comparison"]
    sums = []
    for kind, some in (("pooled", own), ("others", others)):
        before, after = (
            some[f"count_{when}"].sum() / some[f"ballots_{when}"].sum()
            for when in ("before", "after")
        )
        sums.append(_row(kind, before, after, after))
    trend = sums[1]["after_low"] - sums[1]["before"]
    extra = sums[0]["after_low"] - sums[0]["before"] - trend
    sums[0] |= {"extra_low": extra, "extra_high": extra}
    each = [
        _row("municipality", a, b, b, name)
        for a, b, name in zip(
            own["share_before"], own["share_after"], own["municipality"], strict=True
        )
    ]
    return pd.DataFrame([*sums, *each])


def _printed(own: pd.DataFrame, run: Run, name: str) -> pd.DataFrame:
    """Bounds from rounded shares; what changed elsewhere follows from the bounds on effects."""
    effects = run.frame(name, scale="points").set_index("unit")
    one = own.iloc[0]
    trend = [
        one[f"change_{end}"] - effects.loc[one["municipality_code"], f"bound_{end}"]
        for end in ("high", "low")
    ]
    before = own["count_before"].sum() / own["ballots_before"].sum()
    low = own["invalid_low"].sum() / own["ballots_high"].sum()
    high = own["invalid_high"].sum() / own["ballots_low"].sum()
    low = max(low, np.average(own["share_low"], weights=own["ballots_low"]))
    high = min(high, np.average(own["share_high"], weights=own["ballots_high"]))
    pooled = _row("pooled", before, low, high)
    pooled["extra_low"], pooled["extra_high"] = (
        low - before - max(trend), high - before - min(trend)
    )  # fmt: skip
    election = effects["election"].iloc[0]
    sums = [pooled]
    if run.has(f"rates_bounded_{election}"):
        rest = run.frame(f"rates_bounded_{election}", group="rest").iloc[0]
        now = (rest["bound_low"] + rest["bound_high"]) / 2
        sums.append(_row("others", now - float(np.mean(trend)), now, now))
    each = [
        _row("municipality", a, b, c, name)
        for a, b, c, name in zip(
            own["share_before"], own["share_low"], own["share_high"], own["municipality"],
            strict=True,
        )
    ]  # fmt: skip
    return pd.DataFrame([*sums, *each])


def _row(
    kind: str, before: float, low: float, high: float, municipality: str | None = None
) -> dict[str, Any]:
    return {
        "kind": kind,
        "municipality": municipality,
        "before": before,
        "after_low": low,
        "after_high": high,
        "extra_low": np.nan,
        "extra_high": np.nan,
    }


def found(drawn: pd.DataFrame, run: Run) -> Mapping[str, Any]:
    """What the figure says, as values of its words."""
    pooled = drawn[drawn["kind"] == "pooled"]
    up = int((pooled["extra_low"] > 0).sum())
    n = len(pooled)
    falling = bool((pooled["extra_high"].shift(-1) < pooled["extra_low"])[:-1].all()) and n > 1
    extras = rows_of(pooled)
    values = {
        "n": in_words(n),
        "up": in_words(up),
        "n_municipalities": in_words(int((drawn["kind"] == "municipality").sum() / n)),
        "uses": in_words(int(pooled["use"].max())),
        "extras": tuple(Statement("learning.wennen_alt_one", _extra(row)) for row in extras),
        "by": publishers(drawn["source"]),
        "printed": "@learning.wennen_printed" if _rounded(pooled).any() else "",
    }
    values["listed"] = {
        lang: f", {say('learning.wennen_then', lang)} ".join(
            _extra(row)["extra"].say(lang) for row in extras
        )
        for lang in LANGUAGES
    }
    which = f"falling_{'each' if up == n else 'some'}" if falling else "unseen"
    return values | {"finding": Statement(f"learning.wennen_{which}", values)}


def _rounded(rows_of: Any) -> Any:
    return (rows_of["after_high"] - rows_of["after_low"]) > 1e-9


def _extra(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Say the extra in 10,000, rounded outwards where it is known between bounds."""
    if _rounded(row):
        low, high = np.floor(1e4 * row["extra_low"]), np.ceil(1e4 * row["extra_high"])
        extra = Statement("learning.wennen_extra_between", {"low": int(low), "high": int(high)})
    else:
        extra = Statement("learning.wennen_extra", {"n": per_10000(row["extra_low"])})
    return {"extra": extra, "id": brief(row["election"])}


def _kind(election: str, lang: str) -> str:
    """Name a kind of election in two words, where the plan's own id begins as usual."""
    key = f"wennen_kind_{election[:2]}"
    return say(f"learning.{key}", lang) if key in sentences("learning") else brief(election)


def draw(drawn: pd.DataFrame, run: Run, lang: str, *, narrow: bool = False) -> Figure:
    """Draw a panel for each use; each compares an election with the one before of its kind.

    The panels stand beside each other, or below each other where it is ``narrow``.
    """
    if drawn.empty:
        return not_available(lang=lang)
    values = found(drawn, run)
    board = Board(NARROW if narrow else WIDTH, lang)
    low = board.head(*spoken("learning", "wennen", values, lang)) - (_FOOT - 18)
    panels = [panel for _, panel in drawn.groupby("use", sort=True)]
    marks = ticks(float(drawn[["before", "after_high"]].to_numpy().max()) * 1.02, 6)
    beside = 1 if narrow else len(panels)
    wide = (board.width - 24 - 74 - 20 * (beside - 1)) / beside
    for number, panel in enumerate(panels):
        column = number % beside
        left = 24 + column * (wide + 20)
        if column == 0:
            top = low + _FOOT
            low, high = top + 54 + _HIGH, top + 54
            place = board.scale(low, high, marks[-1])
            lefts = [24 + (wide + 20) * each for each in range(beside)]
            board.levels(place, marks, [(each, each + wide) for each in lefts])
        by = {kind: rows_of(some) for kind, some in panel.groupby("kind", sort=False)}
        one = _Panel(board, by, left, wide, column == beside - 1, place, lang)
        one.head(top)
        one.lines()
        one.ends()
    return board.foot(low + 30, Statement("learning.note_wennen", values).say(lang))


@dataclass(frozen=True)
class _Panel:
    """One use: its rows by kind, where it stands, and whether names have room to its right."""

    board: Board
    by: Mapping[Any, list[Row]]
    left: float
    wide: float
    last: bool
    place: Callable[[float], float]
    lang: str

    @property
    def pooled(self) -> Row:
        return self.by["pooled"][0]

    @property
    def bounded(self) -> bool:
        return bool(_rounded(self.pooled))

    @property
    def columns(self) -> tuple[float, float]:
        """Where the old and where the new ballot stand."""
        return self.left + 0.15 * self.wide, self.left + 0.72 * self.wide

    def say(self, name: str, **values: Any) -> str:
        return say(f"learning.wennen_{name}", self.lang, **values)

    def head(self, y: float) -> None:
        board, room, row = self.board, self.wide + 18, self.pooled
        words = self.say(f"use_{min(int(row['use']), 4)}")
        board.text(self.left, y, words, 10.5, Colour.new, bold=True)
        kind = fitted(_kind(row["election"], self.lang), room, 9.5, bold=True)
        board.text(self.left, y + 13, kind, 9.5, bold=True)
        extra = Statement("learning.wennen_of_10000", _extra(row)).say(self.lang)
        for number, text in enumerate(wrapped(extra, room, 9, bold=True)):
            board.text(self.left, y + 25 + 10.5 * number, text, 9, Colour.new, bold=True)

    def lines(self) -> None:
        """Draw from the old to the new ballot: each municipality, the others, and all together."""
        board, place, row, (old, new) = self.board, self.place, self.pooled, self.columns
        foot = place(0)
        for x, name, key, colour in (
            (old, brief(row["baseline"]), "old", Colour.old),
            (new, brief(row["election"]), "new", Colour.new),
        ):
            bold = key == "new"
            ink = Colour.ink if bold else Colour.old
            board.text(x, foot + 12, name, 9, ink, bold=bold, at="center")
            board.text(x, foot + 23, self.say(key), 9, colour, bold=bold, at="center")
        for each in () if self.bounded else self.by["municipality"]:
            ends = [(old, place(each["before"])), (new, place(each["after_low"]))]
            board.line(ends, Colour.tint, 1.2, layer=2)
        for each in self.by.get("others", ()):
            ends = [(old, place(each["before"])), (new, place(each["after_low"]))]
            board.line(ends, Colour.others, 1.8, layer=3)
            board.dots(ends, 5, Colour.others, 4)
        before, low, top = (place(row[name]) for name in ("before", "after_low", "after_high"))
        if self.bounded:
            board.shape([(old, before), (new, top), (new, low)], Colour.tint, layer=1.5)
            size = max(low - top, 1.5)
            board.box(new - 4, top, 8, size, Colour.new, Colour.paper, 0.8, layer=5)
        else:
            board.line([(old, before), (new, low)], Colour.new, 2.6)
            board.disc(new, low, 7)
        board.ring(old, before, 7)
        lowest = max(before, *(place(e["before"]) for e in self.by.get("others", [row])))
        at = lowest + 14 if foot - lowest > 20 else min(before, lowest) - 12
        text = formatting.percent(row["before"], self.lang)
        board.text(old, at, text, 9, Colour.old, bold=True, at="center", plate=True)

    def ends(self) -> None:
        """Write values beside the marks; in the last panel names as well, moved apart."""
        board, place, row, (_, x) = self.board, self.place, self.pooled, self.columns
        low = formatting.number(100 * np.floor(1e4 * row["after_low"] + 1e-9) / 1e4, self.lang, 2)
        high = formatting.number(100 * np.ceil(1e4 * row["after_high"] - 1e-9) / 1e4, self.lang, 2)
        share = formatting.percent(row["after_low"], self.lang)
        key = "between" if self.bounded else "share"
        own = self.say(key, low=low, high=high, share=share).split("|")
        middle = (place(row["after_low"]) + place(row["after_high"])) / 2
        others = self.by.get("others", [])
        if not self.last:
            for line, text in enumerate(own):
                y = middle + 3.2 + 10.5 * (line - (len(own) - 1) / 2)
                board.text(x + 8, y, text, 9, Colour.new, bold=True, plate=True)
            for each in others:
                text = formatting.percent(each["after_low"], self.lang)
                y = place(each["after_low"])
                y += 13 if y > middle else -8
                board.text(x, y, text, 9, Colour.old, bold=True, at="center", plate=True)
            return
        labels: list[tuple[float, str, str, bool]] = []
        if self.bounded:
            labels += [(middle + 10.5 * k, text, Colour.new, True) for k, text in enumerate(own)]
        else:
            labels.append((middle, self.say("together", share=share), Colour.new, True))
            if len(self.by["municipality"]) <= _NAMED:
                labels += [
                    (place(each["after_low"]), curly(each["municipality"]), Colour.old, False)
                    for each in self.by["municipality"]
                ]
        room = board.width - x - 9
        for each in others:
            text = formatting.percent(each["after_low"], self.lang)
            said = wrapped(self.say("elsewhere", share=text), room, 9, bold=True)
            y = place(each["after_low"])
            labels += [(y + 10.5 * k, line, Colour.old, True) for k, line in enumerate(said)]
        labels.sort(key=lambda each: each[0])
        top = place(0) - _HIGH - 6
        heights = spread(np.array([y for y, *_ in labels]) - top, _HIGH + 6, 10.6) + top
        for (_, text, colour, bold), y in zip(labels, heights, strict=True):
            words = fitted(text, room, 9, bold)
            board.text(x + 9, float(y) + 3, words, 9, colour, bold=bold, plate=True)
