"""The figure of the effect: from the old to the new ballot in each municipality."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.plots.axes import ticks
from evaluatie.answers.plots.board import NARROW, ROW, TICK, WIDTH, Board, Colour, ends
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import brief, curly, in_words, per_10000, spoken, year
from evaluatie.answers.plots.letters import extent, fitted, wrapped
from evaluatie.answers.statement import Names, Statement, one_vintage
from evaluatie.ground import formatting
from evaluatie.ground.formatting import finite
from evaluatie.ground.tables import Column, Row, rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run

_STEP, _AFTER_POOLED = 19.0, 26.0
_SHOWN = 0.0002
"""A change elsewhere larger than this moves what was to be expected visibly."""


def _kind(row: Row, lang: str) -> str:
    if row["kind"] in ("municipality", "other"):
        return str(row["municipality"])
    return say(f"effect.kern_{row['kind']}", lang, n=row["n"], new=year(row["election"]))


COLUMNS: tuple[Column, ...] = (
    c.MUNICIPALITY.called(c.MUNICIPALITY.nl, c.MUNICIPALITY.en, show=_kind),
    Column("before", "percent", "Oud stembiljet", "Old ballot"),
    Column("after", "percent", "Deze verkiezing", "This election"),
    Column("extra", "points", "Extra (procentpunt)", "Extra (percentage points)"),
    Column("extra", "interval_points", "95%-marge", "95% margin"),
)


def rows(run: Run) -> pd.DataFrame:
    """What is drawn: all together, every municipality of the experiment, and every other."""
    name = run.latest("specification").replace("specification", "effect")
    effects = run.frame(name, method=c.PRIMARY, outcome="invalid", comparison="all")
    election, baseline = effects[["election", "baseline"]].iloc[0]
    vintages = [*effects["vintage"], *effects["baseline_vintage"]]
    effects = effects.set_index("unit")[["estimate", "conf_low", "conf_high"]]
    effects = effects.set_axis(["extra", "extra_low", "extra_high"], axis=1)
    shares = run.part(name, "changes").set_index("municipality_code")
    now = run.frame("rates_municipality", election=election).set_index("municipality_code")
    now = now[["municipality", "group"]].assign(
        after=now["estimate"], before=shares["share_before"], n=1
    )
    ours = now["group"].isin(["first use", "later use"])
    places = now.join(effects).assign(kind=np.where(ours, "municipality", "other"))
    places = places.sort_values(["kind", "extra", "after"], ascending=[True, False, False])
    took_part = shares[shares["group"] == "treated"]
    sums = [
        {"kind": "pooled", "n": len(took_part), **effects.loc["pooled"]}
        | {
            when: took_part[f"count_{when}"].sum() / took_part[f"ballots_{when}"].sum()
            for when in ("before", "after")
        },
        *_others(run, election, baseline),
    ]
    together = pd.DataFrame(sums).assign(municipality_code=None)
    drawn = pd.concat([together, places.reset_index()], ignore_index=True)
    kept = ["kind", "municipality_code", "municipality", "n", "before", "after"]
    return drawn[[*kept, "extra", "extra_low", "extra_high"]].assign(
        election=election,
        baseline=baseline,
        vintage=one_vintage(vintages),
    )


def _others(run: Run, election: str, baseline: str) -> list[dict[str, Any]]:
    overview = run.frame("overview", group="rest", as_of=election).set_index("election")
    if election not in overview.index:
        return []
    then = overview["invalid"].get(baseline, np.nan)
    here = overview.loc[election]
    return [
        {"kind": "others", "n": here["n_municipalities"], "before": then, "after": here["invalid"]}
    ]


def found(drawn: pd.DataFrame, run: Run) -> Mapping[str, Any]:
    """What the figure says, as values of its words."""
    places = drawn[drawn["kind"] == "municipality"]
    places = places[places["extra"].notna()]
    whole = drawn[drawn["kind"] == "pooled"].iloc[0]
    up = int((places["extra"] > 0).sum())
    alone = len(places) == 1
    range_of = {
        end: {"name": curly(row["municipality"]), "extra": per_10000(row["extra"])}
        for end, row in (("most", places.iloc[0]), ("least", places.iloc[-1]))
    }
    extra = whole["extra"]
    election, baseline = drawn[["election", "baseline"]].iloc[0]
    elsewhere = drawn[drawn["kind"] == "others"]
    ends_known = finite(whole["extra_low"], whole["extra_high"])
    sure = not ends_known or whole["extra_low"] > 0 or whole["extra_high"] < 0
    values = {
        "n": in_words(len(places)),
        "up": in_words(up),
        "name": range_of["most"]["name"],
        "extra": abs(per_10000(extra)),
        "which": f"@effect.kern_{'extra' if extra >= 0 else 'fewer'}",
        "chance": "" if sure else "@effect.kern_chance",
        "old": year(baseline),
        "new": year(election),
        "called": run.called(baseline),
        "before": whole["before"],
        "after": whole["after"],
        "counts": f"@plots.counts_{drawn['vintage'].iloc[0]}",
        "before_id": brief(baseline),
        "after_id": brief(election),
    }
    where = "one" if alone else "all" if up == len(places) else "some" if up else "none"
    where = "one_none" if alone and not up else where
    return values | {
        "expected": "@effect.kern_expected" if _moved(drawn).any() else "",
        "where": Statement(f"effect.kern_where_{where}", values),
        "range": Statement("effect.kern_range", _flat(range_of)) if not alone else "",
        "elsewhere": Statement(
            "effect.kern_elsewhere", {name: elsewhere[name].iloc[0] for name in ("n", "after")}
        )
        if len(elsewhere)
        else "",
    }


def _flat(range_of: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{end}_{part}": value for end, row in range_of.items() for part, value in row.items()}


def draw(drawn: pd.DataFrame, run: Run, lang: str, *, narrow: bool = False) -> Figure:
    """Draw a line from the old to the new ballot for each municipality, all of them on top."""
    if drawn.empty:
        return not_available(lang=lang)
    values = found(drawn, run)
    board = Board(NARROW if narrow else WIDTH, lang)
    y = board.head(*spoken("effect", "kern", values, lang))
    places = ends(rows_of(drawn[drawn["kind"] == "municipality"]))
    others = drawn[drawn["kind"] == "other"]["after"].dropna()
    size = 9.0 if narrow else ROW
    names = [fitted(curly(row["municipality"]), 120 if not narrow else 90) for row in places if row]
    left = max([*(extent(name, size) for name in names), 60.0]) + 18
    marks = ticks(_end(drawn, others), 4 if narrow else 7)
    place = board.scale(left, board.width - (27 if narrow else 98), marks[-1])
    chart = _Chart(board, place, marks[-1], left, size, values, lang)
    y = chart.headings(y + 10)
    top = y - 9
    whole = drawn[drawn["kind"] == "pooled"].iloc[0].to_dict()
    if len(names) > 1 or pd.isna(whole["extra"]):
        chart.pooled(whole, y)
        y += _AFTER_POOLED
    for row in places:
        if row is None:
            more = int((drawn["kind"] == "municipality").sum()) - len(names)
            words = say("plots.more_rows", lang, n=more)
            board.text(left - 10, y + 3, words, 9, Colour.old, at="right")
        else:
            name = fitted(curly(row["municipality"]), left - 18, size)
            board.text(left - 10, y + 3.2, name, size, at="right")
            chart.municipality(row, y)
            chart.numbers(row, y)
        y += _STEP
    y -= 5
    for rest in rows_of(drawn[drawn["kind"] == "others"]):
        board.line([(0, y), (board.width, y)], Colour.rule, 0.9, layer=0.6)
        y = chart.swarm(drawn, rest, y)
    board.grid(place, marks, top, y)
    return board.foot(y + 12, Statement("effect.note_kern", values).say(lang))


def _end(drawn: pd.DataFrame, others: pd.Series[float]) -> float:
    """End of the axis: all of the experiment and nearly all others."""
    ours = drawn[drawn["kind"].isin(["municipality", "pooled"])][["before", "after"]].to_numpy()
    high = float(np.nanmax(ours.astype("float64")))
    return max(high * 1.04, float(others.quantile(0.98)) if len(others) else 0.0, 0.0005)


def _moved(rows: Any) -> Any:
    """Tell whether elsewhere shares changed so much that it would be seen."""
    return (rows["after"] - rows["extra"] - rows["before"]).__abs__() > _SHOWN


@dataclass(frozen=True)
class _Chart:
    """A board with its axis, which ends at ``end``; names end left of it, in letters of a size."""

    board: Board
    place: Callable[[float], float]
    end: float
    left: float
    size: float
    values: Mapping[str, Any]
    lang: str

    @property
    def columns(self) -> tuple[float, float | None]:
        """Right ends of the columns of numbers; a telephone has no room for margins."""
        width = self.board.width
        return (width, None) if self.board.narrow else (width - 47.5, width)

    def say(self, name: str, **values: Any) -> str:
        return Statement(f"effect.kern_{name}", {**self.values, **values}).say(self.lang)

    def headings(self, y: float) -> float:
        at, margin = self.columns
        first, second = self.say("column").split("|")
        self.board.text(at, y, first, 9, Colour.new, bold=True, at="right")
        self.board.text(at, y + 10.5, second, 9, Colour.new, bold=True, at="right")
        if margin is not None:
            self.board.text(margin, y + 10.5, self.say("margin"), 9, Colour.old, at="right")
        return y + 33

    def pooled(self, row: Mapping[Any, Any], y: float) -> None:
        board, place = self.board, self.place
        board.text(place(0) - 10, y + 3.2, self.say("together"), self.size, bold=True, at="right")
        old, new = place(row["before"]), place(row["after"])
        board.line([(old, y), (new, y)], Colour.new, 3.4)
        self.expected(row, y)
        board.ring(old, y, 7)
        board.disc(new, y, 7)
        size = "short" if board.narrow else "long"
        shown = ((old, "before", "old", Colour.old), (new, "after", "new", Colour.new))
        marks = [
            (x, formatting.percent(row[when], self.lang), self.say(f"{which}_{size}"), colour)
            for x, when, which, colour in shown
        ]
        board.ends(y, place(0) + 1, marks)
        self.numbers(row, y)

    def municipality(self, row: Mapping[Any, Any], y: float) -> None:
        if not finite(row["after"]):
            return
        board, new = self.board, self.place(row["after"])
        if finite(row["before"]):
            old = self.place(row["before"])
            board.line([(old, y), (new, y)], Colour.new, 2)
            self.expected(row, y)
            board.ring(old, y, 5.5)
        else:
            board.text(new + 7, y + 3, self.say("no_baseline"), 9, Colour.old, plate=True)
        board.disc(new, y, 5.5)

    def expected(self, row: Mapping[Any, Any], y: float) -> None:
        """Mark what was to be expected with the old ballot, where elsewhere much changed."""
        if _moved(row):
            x = self.place(row["after"] - row["extra"])
            self.board.line([(x, y - 4.5), (x, y + 4.5)], Colour.ink, 1.2, layer=5)

    def numbers(self, row: Mapping[Any, Any], y: float) -> None:
        if not finite(row["extra"]):
            return
        at, margin = self.columns
        text = formatting.number(per_10000(row["extra"]), self.lang, 0, sign=True)
        self.board.text(at, y + 3.2, text, ROW, Colour.new, bold=True, at="right")
        if margin is not None and finite(row["extra_low"], row["extra_high"]):
            low, high = (per_10000(row[f"extra_{end}"]) for end in ("low", "high"))
            words = self.say("from_to", low=low, high=high)
            self.board.text(margin, y + 3.2, words, 9, Colour.old, at="right")

    def swarm(self, drawn: pd.DataFrame, whole: Mapping[Any, Any], y: float) -> float:
        """Stack a dot for each other municipality; return the foot."""
        board, place = self.board, self.place
        others = drawn[(drawn["kind"] == "other") & drawn["after"].notna()]
        wide = place(self.end) - place(0)
        step = wide / max(round(wide / (2.0 if board.narrow else 2.65)), 1)
        near = others[others["after"] <= self.end]
        column = np.floor((near["after"].map(place) - place(0)) / step).astype(int)
        height = column.groupby(column).cumcount()
        higher = self.higher(others, drawn)
        top = max((height.max() + 1) * step if len(height) else step, 12 + 10.4 * len(higher))
        words = self.say("others", n=whole["n"])
        if board.narrow:
            board.text(0, y + 12, words, 9, Colour.ink, plate=True)
            y += 12
        foot = y + 26 + top
        dots = [
            (place(0) + (col + 0.5) * step, foot - 1 - (up + 0.5) * step)
            for col, up in zip(column, height, strict=True)
        ]
        board.dots(dots, step - 0.35, Colour.others)
        if not board.narrow:
            board.lines(self.left - 10, foot - 13, words, self.left - 10, ROW, at="right")
        x = place(whole["after"])
        board.line([(x, foot), (x, foot - top - 9)], Colour.ink, 1.1, layer=5)
        size = "level" if finite(whole["before"]) and not board.narrow else "level_short"
        level = self.say(size, before=whole["before"], after=whole["after"])
        at, shift = ("left", 5) if x + extent(level, 9, True) + 5 < board.width else ("right", -5)
        board.text(x + shift, foot - top - 4, level, 9, bold=True, at=at, plate=True)
        for number, line in enumerate(reversed(higher)):
            y = foot - 10 - 10.4 * number
            board.text(place(self.end), y, line, TICK, Colour.old, at="right", plate=True)
        return foot

    def higher(self, others: pd.DataFrame, drawn: pd.DataFrame) -> list[str]:
        """Name the others with a higher share than the experiment, and those off the axis."""
        level = drawn.loc[drawn["kind"] == "pooled", "after"].iloc[0]
        above = others[others["after"] > level].sort_values("after")
        if above.empty:
            return []
        named = tuple(
            curly(row["municipality"])
            + (
                ""
                if row["after"] <= self.end
                else f" ({formatting.percent(row['after'], self.lang)} ›)"
            )
            for row in rows_of(above)
        )
        listed = Names(tuple(name.replace(" ", "\N{NO-BREAK SPACE}") for name in named))
        number = {
            each: say("effect.kern_places", each, n=len(above)) for each in formatting.LANGUAGES
        }
        room = max(self.place(self.end) - self.place(level) - 8, 80)
        for names in (listed, number):
            lines = wrapped(self.say("higher", names=names), room, TICK)
            if len(named) <= 3 and len(lines) <= 5 and not any("…" in line for line in lines):
                break
        return lines
