"""The map: where the new ballot was used, and the share of invalid votes everywhere."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.plots.board import NARROW, ROW, TICK, WIDTH, Board, Colour
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import brief, curly, in_words, spoken, spread
from evaluatie.answers.plots.letters import extent, fitted
from evaluatie.answers.statement import Names, Statement
from evaluatie.counts import load_table
from evaluatie.ground import formatting
from evaluatie.ground.escape import html_text
from evaluatie.ground.formatting import finite
from evaluatie.ground.tables import Column, Row, rows_of
from evaluatie.ground.words import say
from evaluatie.stats.estimates import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run

STEPS = (0.0015, 0.0025, 0.004)
"""Shares at which the grey darkens: fixed, so that maps of two elections compare."""
GREYS = ("#eceff1", "#dde1e4", "#bfc6cb", "#9ba4ad")
LABELLED = 16
"""Municipalities that get a label; more are listed below the map."""
_NEW = ("first use", "later use")
_HIGH, _LOW = 398.0, 318.0
"""Points from north to south, on a page and on a telephone."""
_FLAT = np.cos(np.radians(52.2))


def _ballot(row: Row, lang: str) -> str:
    return say(f"rates.kaart_{'new' if row['new'] else 'old'}", lang)


COLUMNS: tuple[Column, ...] = (
    c.MUNICIPALITY.called("Gemeente", "Municipality"),
    Column("new", "text", "Stembiljet", "Ballot", show=_ballot),
    Column("share", "percent", "Aandeel ongeldig", "Share invalid"),
    Column("highest_neighbour", "percent", "Hoogste buur (oud)", "Highest neighbour (old)"),
)


def rows(run: Run) -> pd.DataFrame:
    """What is drawn: every municipality of the newest election, those with the new ballot first."""
    table = run.frame("rates_municipality")
    newest = [name for name in run.elections() if name in set(table["election"])][-1]
    here = table[table["election"] == newest]
    here = here.assign(new=here["group"].isin(_NEW), share=here["estimate"])
    old = here[~here["new"]].set_index("municipality_code")["share"]
    beside = neighbours()
    highest = [
        old.reindex(sorted(beside[code])).max() if new else np.nan
        for code, new in zip(here["municipality_code"], here["new"], strict=True)
    ]
    kept = ["municipality_code", "municipality", "new", "exposure", "count", "total", "share"]
    made = here[kept].assign(highest_neighbour=highest, election=newest, vintage=here["vintage"])
    return made.sort_values(["new", "share"], ascending=False, kind="stable", ignore_index=True)


@cache
def outlines() -> Mapping[str, tuple[str, tuple[Floats, ...]]]:
    """Return the name and rings of each municipality, in degrees, as they ship."""
    table = load_table("boundaries")
    return {
        code: (
            name,
            tuple(
                np.array([pair.split() for pair in ring.split(",")], dtype="float64")
                for ring in re.findall(r"\(([^()]+)\)", shape)
            ),
        )
        for code, name, shape in zip(
            table["municipality_code"], table["municipality"], table["geometry"], strict=True
        )
    }


@cache
def neighbours() -> Mapping[str, frozenset[str]]:
    """Return which municipalities touch each: those that share a corner of their outlines."""
    at: dict[tuple[float, float], set[str]] = defaultdict(set)
    for code, (_, rings) in outlines().items():
        for ring in rings:
            for x, y in ring.tolist():
                at[x, y].add(code)
    found: dict[str, set[str]] = defaultdict(set)
    for codes in at.values():
        for code in codes:
            found[code] |= codes - {code}
    return defaultdict(frozenset, {code: frozenset(each) for code, each in found.items()})


@cache
def placed(high: float) -> tuple[Mapping[str, tuple[Floats, ...]], float]:
    """Return all rings on a map of some height, from its upper left corner, and its width."""
    every = np.vstack([ring for _, rings in outlines().values() for ring in rings])
    (west, south), (_, north) = every.min(axis=0), every.max(axis=0)
    scale = high / (north - south)

    def on_map(ring: Floats) -> Floats:
        return np.column_stack(
            [(ring[:, 0] - west) * _FLAT * scale, (north - ring[:, 1]) * scale]
        ).round(1)

    made = {code: tuple(map(on_map, rings)) for code, (_, rings) in outlines().items()}
    return made, float((every[:, 0].max() - west) * _FLAT * scale)


def found(drawn: pd.DataFrame, run: Run) -> Mapping[str, Any]:
    """What the figure says, as values of its words."""
    ours = drawn[drawn["new"].astype(bool)]
    compared = ours[ours["highest_neighbour"].notna()]
    up = int((compared["share"] > compared["highest_neighbour"]).sum())
    n, election = len(compared), drawn["election"].iloc[0]
    how = "all" if up == n else "some" if up else "none"
    counted = set(drawn["municipality_code"])
    lacking = [curly(name) for code, (name, _) in outlines().items() if code not in counted]
    values = {
        "n": in_words(n),
        "up": in_words(up),
        "name": curly(ours["municipality"].iloc[0]) if len(ours) else "",
        "called": run.called(election),
        "election_id": brief(election),
        "counts": f"@plots.counts_{drawn['vintage'].iloc[0]}",
        "n_others": int((~drawn["new"].astype(bool)).sum()),
    }
    how = how if n > 1 else f"one_{how}"
    if len(ours):
        values["most"], values["most_name"] = ours["share"].iloc[0], values["name"]
        values["least"] = ours["share"].iloc[-1]
        values["least_name"] = curly(ours["municipality"].iloc[-1])
    return values | {
        "finding": Statement(f"rates.kaart_{how if len(ours) else 'nobody'}", values),
        "range": Statement("rates.kaart_range", values) if len(ours) > 1 else "",
        "lacking": Statement("rates.kaart_lacking", {"names": Names(tuple(lacking))})
        if lacking
        else "",
    }


def draw(drawn: pd.DataFrame, run: Run, lang: str, *, narrow: bool = False) -> Figure:
    """Draw every municipality in a grey by its share, and those with the new ballot in blue."""
    if drawn.empty:
        return not_available(lang=lang)
    values = found(drawn, run)
    board = Board(NARROW if narrow else WIDTH, lang)
    top = board.head(*spoken("rates", "kaart", values, lang)) + 8
    high = _LOW if narrow else _HIGH
    shapes, wide = placed(high)
    shift = (board.width - wide) / 2
    moved = {
        code: [ring + np.array([shift, top]) for ring in rings] for code, rings in shapes.items()
    }
    share = dict(zip(drawn["municipality_code"], drawn["share"], strict=True))
    ours = drawn[drawn["new"].astype(bool)]
    new = set(ours["municipality_code"])
    for code, rings in moved.items():
        _shape(board, rings, _fill(share.get(code), code in new))
    y = top + high
    if narrow:
        y = _numbered(board, ours, moved, y + 18, lang)
    bottom = _legend(board, drawn, y + 6 if narrow else top + 6, lang)
    if narrow:
        y = bottom - 12
    elif len(ours) <= LABELLED:
        _labels(board, ours, moved, top, bottom, lang)
    else:
        y = _listed(board, ours, y + 16, lang)
    return board.foot(y, Statement("rates.note_kaart", values).say(lang))


def _fill(share: float | None, new: bool) -> str:
    if share is None or not finite(share):
        return Colour.paper
    return Colour.new if new else GREYS[step(share)]


def step(share: float) -> int:
    """Return which grey a share has."""
    return int(np.searchsorted(STEPS, share, side="right"))


def _shape(board: Board, rings: list[Floats], fill: str) -> None:
    white = fill == Colour.paper
    layer = 3.2 if fill == Colour.new else 3.1 if white else 3
    edge, wide = (Colour.others, 0.6) if white else (Colour.paper, 0.45)
    # Closed, so that the last corner need not repeat the first.
    board.path([ring[:-1].tolist() for ring in rings], fill, edge, wide, layer)


def _legend(board: Board, drawn: pd.DataFrame, y: float, lang: str) -> float:
    board.text(0, y + 8, say("rates.kaart_new", lang), bold=True, colour=Colour.new)
    board.box(0, y + 14, 26, 9, Colour.new)
    y += 38
    board.text(0, y, say("rates.kaart_old", lang), bold=True, colour=Colour.old)
    old = drawn[~drawn["new"].astype(bool)]["share"].dropna()
    number = old.map(step).value_counts()
    for grey, colour in enumerate(GREYS):
        y += 12
        board.box(0, y - 7, 26, 9, colour, Colour.rule, 0.4)
        board.text(31, y, _step_words(grey, lang), 8.5, Colour.old)
        words = say("rates.kaart_number", lang, n=int(number.get(grey, 0)))
        board.text(101, y, words, 8.5, Colour.old)
    return y + 12


def _labels(
    board: Board,
    ours: pd.DataFrame,
    shapes: Mapping[str, list[Floats]],
    top: float,
    legend: float,
    lang: str,
) -> None:
    """Name the municipalities with the new ballot beside the map, with a line to each."""
    spots = []
    for row in rows_of(ours):
        if row["municipality_code"] not in shapes:
            continue
        ring = max(shapes[row["municipality_code"]], key=len)
        spots.append((*_middle(ring), row))
    for side in ("left", "right"):
        own = [spot for spot in spots if (spot[0] < board.width / 2) == (side == "left")]
        own.sort(key=lambda spot: spot[1])
        start = legend + 16 if side == "left" else top + 24
        room = top + _HIGH - 20 - start
        heights = spread(
            np.array([y for _, y, _ in own]) - start, room, min(28, room / max(len(own) - 1, 1))
        )
        for (x, y, row), height in zip(own, heights + start, strict=True):
            edge = 0.0 if side == "left" else board.width
            name = fitted(curly(row["municipality"]), 105, ROW, bold=True)
            stop = board.text(edge, height, name, bold=True, at=side)
            _second_line(board, row, edge, height + 11, side, lang)
            gap = 3 if side == "left" else -3
            line = [(stop + gap, height - 3), (x, y)]
            board.line(line, Colour.paper, 2.2, layer=4)
            board.line(line, Colour.ink, 0.7, layer=4.1)
            board.ring(x, y, 4.2, Colour.ink, 0.9)


def _numbered(
    board: Board, ours: pd.DataFrame, shapes: Mapping[str, list[Floats]], y: float, lang: str
) -> float:
    """Number the municipalities with the new ballot on the map, and list them below it."""
    uses = [say(f"rates.kaart_times_{min(int(each), 4)}", lang) for each in ours["exposure"]]
    stop = board.width - max((extent(each, 9) for each in uses), default=0.0)
    for number, (row, times) in enumerate(zip(rows_of(ours), uses, strict=True), start=1):
        share = formatting.percent(row["share"], lang)
        board.text(14, y, str(number), bold=True, at="right")
        board.text(22, y, fitted(curly(row["municipality"]), 150, ROW))
        board.text(stop, y, share, bold=True, colour=Colour.new, at="right")
        board.text(stop, y, times, 9, Colour.old)
        y += 14
        if row["municipality_code"] in shapes:
            spot, foot = _middle(max(shapes[row["municipality_code"]], key=len))
            board.disc(spot, foot, 11)
            board.text(spot, foot + 3, str(number), TICK, Colour.paper, bold=True, at="center")
    return y


def _second_line(
    board: Board, row: Mapping[Any, Any], edge: float, y: float, side: str, lang: str
) -> None:
    share = formatting.percent(row["share"], lang)
    times = say(f"rates.kaart_times_{min(int(row['exposure']), 4)}", lang)
    if side == "left":
        stop = board.text(edge, y, share, bold=True, colour=Colour.new)
        board.text(stop, y, times, 9, Colour.old)
    else:
        board.text(edge, y, times, 9, Colour.old, at="right")
        board.text(edge - extent(times, 9), y, share, bold=True, colour=Colour.new, at="right")


def _middle(ring: Floats) -> tuple[float, float]:
    """Return a point inside a ring: its centre of gravity, or its corner nearest to that."""
    from matplotlib.path import Path as Outline

    x, y = ring[:-1].T
    following = np.roll(ring[:-1], -1, axis=0).T
    cross = x * following[1] - following[0] * y
    if abs(cross.sum()) < 1e-9:
        return float(x.mean()), float(y.mean())
    centre = np.array([((x + following[0]) * cross).sum(), ((y + following[1]) * cross).sum()]) / (
        3 * cross.sum()
    )
    if not Outline(ring).contains_point(centre):
        centre = ring[np.argmin(np.hypot(*(ring - centre).T))]
    return float(centre[0]), float(centre[1])


def _listed(board: Board, ours: pd.DataFrame, y: float, lang: str) -> float:
    named = ", ".join(
        f"{curly(row['municipality'])}\N{NO-BREAK SPACE}{formatting.percent(row['share'], lang)}"
        for row in rows_of(ours.sort_values("municipality"))
    )
    return board.lines(0, y, named, board.width, 9) - 8


def web(drawn: pd.DataFrame, run: Run, lang: str) -> str:
    """Return the map of a page: shapes for keyboard and touch, and a search; a script shows it."""
    from evaluatie.answers.sheets import slug  # a sheet reads rates too

    values = found(drawn, run)
    shapes, wide = placed(600)
    folder = say("rates.map_sheets", lang)
    by_code = {row["municipality_code"]: row for row in rows_of(drawn)}
    made = []
    for code, (name, _) in outlines().items():
        row = by_code.get(code)
        label = _label(name, row, lang)
        look = "w" if row is None else "n" if row["new"] else f"o{step(row['share'])}"
        sheet = (
            f' data-sheet="{folder}/{slug(name)}.html"' if row is not None and row["new"] else ""
        )
        made.append(
            f'<path class="{look}" d="{_steps(shapes[code])}" tabindex="-1" role="button" '
            f'aria-pressed="false" aria-label="{html_text(label)}" '
            f'data-name="{html_text(curly(name))}"{sheet}></path>'
        )
    title, *_ = spoken("rates", "kaart", values, lang)
    words = {
        name: html_text(say(f"rates.map_{name}", lang))
        for name in ("search", "hint", "none", "sheet")
    }
    keys = ["n", *(f"o{grey}" for grey in range(len(GREYS)))]
    old = say("rates.kaart_old", lang)
    names = [f"{old}: {_step_words(grey, lang)}" for grey in range(len(GREYS))]
    names.insert(0, say("rates.kaart_new", lang))
    legend = "".join(
        f'<li><span class="map-{key}"></span>{html_text(name)}</li>'
        for key, name in zip(keys, names, strict=True)
    )
    return (
        f'<div class="map" data-none="{words["none"]}" hidden="">'
        f'<p class="map-title">{html_text(title)}</p>'
        f'<p><label for="map-search">{words["search"]}</label> '
        '<input id="map-search" type="search" list="map-names" autocomplete="off" />'
        '<datalist id="map-names"></datalist></p>'
        f'<p class="map-told"><span role="status">{words["hint"]}</span> '
        f'<a class="map-sheet" href="#" hidden="">{words["sheet"]}</a></p>'
        f'<svg viewBox="-3 -3 {wide + 6:.0f} 606" role="group" aria-label="{html_text(title)}">'
        f'{"".join(made)}<path class="map-rim"></path><path class="map-mark"></path></svg>'
        f'<ul class="map-key">{legend}</ul></div>'
    )


def _label(name: str, row: Mapping[Any, Any] | None, lang: str) -> str:
    if row is None:
        return say("rates.map_label_none", lang, name=curly(name))
    ballot = say(f"rates.kaart_{'new' if row['new'] else 'old'}", lang).lower()
    return Statement("rates.map_label", {**row, "name": curly(name), "ballot": ballot}).say(lang)


def _step_words(grey: int, lang: str) -> str:
    key = "less" if grey == 0 else "more" if grey == len(STEPS) else "from_to"
    low, high = ([0.0, *STEPS][grey], [*STEPS, 1.0][grey])
    return say(f"rates.kaart_{key}", lang, low=low, high=high)


def _steps(rings: tuple[Floats, ...]) -> str:
    """Write rings as steps from corner to corner, in tenths."""
    parts = []
    for ring in rings:
        moves = np.diff(ring, axis=0).round(1)
        steps = "".join(f"l{x:g} {y:g}" for x, y in moves[:-1].tolist() if x or y)
        parts.append(f"M{ring[0, 0]:g} {ring[0, 1]:g}{steps}z")
    return "".join(parts)
