"""The figure of a thousand ballots: the old ballot, as estimated, beside the new, as counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.columns import PRIMARY
from evaluatie.answers.plots.board import NARROW, ROW, WIDTH, Board, Colour
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import brief, in_words, spoken
from evaluatie.answers.statement import Statement
from evaluatie.ground import formatting
from evaluatie.ground.tables import Column, Row, rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run

_ACROSS, _DOWN = 40, 25
_LIGHT = "#cfd6db"
_KINDS = ("invalid", "blank")


def _ballot(row: Row, lang: str) -> str:
    return say(f"effect.duizend_{row['ballot']}", lang)


COLUMNS: tuple[Column, ...] = (
    Column("ballot", "text", "Stembiljet", "Ballot", show=_ballot),
    Column("invalid", "number1", "Ongeldig op 1.000", "Invalid per 1,000"),
    Column("blank", "number1", "Blanco op 1.000", "Blank per 1,000"),
    Column("valid", "number1", "Geldig op 1.000", "Valid per 1,000"),
)


def rows(run: Run) -> pd.DataFrame:
    """What is drawn: votes of each kind in a thousand ballots, old ballot first."""
    election = run.latest("specification").removeprefix("specification_")
    effects = run.frame(
        "effect_summary",
        election=election,
        outcome=list(_KINDS),
        scale="points",
        weights="voters",
        method=PRIMARY,
    )
    best = effects.sort_values("vintage", kind="stable").drop_duplicates("outcome")
    effect = best.set_index("outcome")["estimate"]
    new = run.frame("overview", election=election, as_of=election, group="experiment").iloc[0]
    made = []
    for ballot in ("old", "new"):
        share = {kind: new[kind] - (effect[kind] if ballot == "old" else 0) for kind in _KINDS}
        counts = {kind: 1000 * max(share[kind], 0.0) for kind in _KINDS}
        made.append({"ballot": ballot, **counts, "valid": 1000 - sum(counts.values())})
    return pd.DataFrame(made).assign(
        n=int(new["n_municipalities"]),
        election=election,
        baseline=best["baseline"].iloc[0],
        vintage=new["invalid_vintage"],
    )


def found(drawn: pd.DataFrame, run: Run) -> Mapping[str, Any]:
    """What the figure says, as values of its words."""
    old, new = (drawn[drawn["ballot"] == ballot].iloc[0] for ballot in ("old", "new"))
    election = drawn["election"].iloc[0]
    same = _halves(old["invalid"]) == _halves(new["invalid"])
    return {
        **{f"{kind}_{row['ballot']}": row[kind] for row in (old, new) for kind in _KINDS},
        "about_old": _about(old["invalid"]),
        "about_new": _about(new["invalid"]),
        "also": "@effect.duizend_also" if same else "",
        "n": in_words(int(drawn["n"].iloc[0])),
        "called": run.called(election),
        "counts": f"@plots.counts_{drawn['vintage'].iloc[0]}",
        "before_id": brief(drawn["baseline"].iloc[0]),
        "after_id": brief(election),
    }


def _halves(count: float) -> float:
    return round(2 * count) / 2


def _about(count: float) -> Statement:
    """Say a number of ballots as precisely as it is drawn."""
    half = _halves(count)
    low, high = int(np.floor(half)), int(np.ceil(half))
    key = "duizend_between" if low < high else "duizend_whole"
    return Statement(f"effect.{key}", {"low": low, "high": high})


def draw(drawn: pd.DataFrame, run: Run, lang: str, *, narrow: bool = False) -> Figure:
    """Draw a thousand equal dots for each ballot; filled is invalid, a ring is blank."""
    if set(drawn.get("ballot", ())) != {"old", "new"}:
        return not_available(lang=lang)
    values = found(drawn, run)
    board = Board(NARROW if narrow else WIDTH, lang)
    top = board.head(*spoken("effect", "duizend", values, lang)) + 16
    wide = board.width if narrow else (board.width - 26) / 2
    y = top
    for row in rows_of(drawn):
        old = row["ballot"] == "old"
        left = 0 if narrow or old else board.width - wide
        foot = _panel(board, row, left, y, wide, lang)
        y = foot + 26 if narrow else top
    return board.foot(foot, Statement("effect.note_duizend", values).say(lang))


def _panel(
    board: Board, row: Mapping[Any, Any], left: float, y: float, wide: float, lang: str
) -> float:
    old = row["ballot"] == "old"
    colour = Colour.old if old else Colour.new
    board.text(left, y, say(f"effect.duizend_title_{row['ballot']}", lang), 10.5, colour, bold=True)
    y += 20
    step = wide / _ACROSS
    across = 0.8 * step
    first = y + 24
    counts = {kind: _halves(row[kind]) for kind in _KINDS}
    cells, start = {}, 0
    for kind in _KINDS:
        cells[kind] = (start, start + int(np.ceil(counts[kind])))
        start = cells[kind][1]

    def place(cell: int) -> tuple[float, float]:
        return left + (cell % _ACROSS + 0.5) * step, first + (cell // _ACROSS + 0.5) * step

    # What is marked stands on top; of the rest every line is one dotted stroke.
    for line in range(_DOWN):
        cell = max(start, line * _ACROSS)
        if cell < (line + 1) * _ACROSS:
            board.dotted(*place(cell), (line + 1) * _ACROSS - cell, step, across, _LIGHT)
    begin, end = cells["invalid"]
    half = end - begin > counts["invalid"]
    board.dots([place(cell) for cell in range(begin, end - half)], across, colour)
    if half:
        board.dots([place(end - 1)], across, _LIGHT)
        board.half_dot(*place(end - 1), across, colour)
    begin, end = cells["blank"]
    half = end - begin > counts["blank"]
    for cell in range(begin, end):
        x, level = place(cell)
        board.dots([(x, level)], across, colour)
        board.dots([(x, level)], across - 2.2, Colour.paper, 4.1)
    if half:
        # The other half of the ring is a ballot of the rest.
        x, level = place(end - 1)
        board.box(x, level - across / 2, across / 2, across, Colour.paper, layer=4.2)
        board.half_dot(x, level, across, _LIGHT, right=True)
    x = left
    for kind in _KINDS:
        number = formatting.number(row[kind], lang, 1)
        stop = board.text(x, y, number, 12.5, colour, bold=True)
        stop = board.text(stop + 3, y, say(f"common.{kind}", lang), ROW, colour, bold=True)
        _leader(board, cells[kind], place, first, across, x, y + 6, colour)
        x = max(stop + 24, left + 92)
    foot = first + _DOWN * step
    valid = formatting.number(row["valid"], lang, 1)
    stop = board.text(left, foot + 13, valid, ROW, Colour.old, bold=True)
    board.text(stop + 3, foot + 13, say("effect.duizend_valid", lang), ROW, Colour.old, bold=True)
    return foot + 13


def _leader(
    board: Board,
    cells: tuple[int, int],
    place: Any,
    first: float,
    across: float,
    x: float,
    top: float,
    colour: str,
) -> None:
    """Lead from a number to its dots in the first line."""
    begin, end = cells[0], min(cells[1], _ACROSS)
    if begin >= end:
        return
    low = first - 3
    a, b = place(begin)[0] - across / 2, place(end - 1)[0] + across / 2
    middle, stem = (a + b) / 2, x + 5
    board.line([(a, low), (b, low)], colour, 0.9)
    if middle - x > 40 or middle < x:
        bend = low - 3.5
        board.line([(middle, low), (middle, bend), (stem, bend), (stem, top)], colour, 0.9)
    else:
        board.line([(middle, low), (middle, top)], colour, 0.9)
