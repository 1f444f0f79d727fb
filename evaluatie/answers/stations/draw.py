"""A strip of polling stations per municipality, beside the limits of chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.plots.axes import ticks
from evaluatie.answers.plots.board import NARROW, ROW, WIDTH, Board, Colour, ends
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import brief, curly, in_words, spoken, year
from evaluatie.answers.plots.letters import extent, fitted
from evaluatie.answers.statement import Names, Statement
from evaluatie.ground import formatting
from evaluatie.ground.formatting import finite
from evaluatie.ground.tables import rows_of
from evaluatie.ground.words import say
from evaluatie.stats.estimates import Floats

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run


_MARKED = "care"
_LEAST = 20.0
_FEW = 5
"""Stations of a municipality below which limits of chance say nothing."""
_MOST = 12
"""Strips that are drawn: a page holds no more."""
_OTHERS = 12
"""Municipalities that are drawn where none of the experiment is."""
_Place = Callable[[float], float]
_Station = Mapping[Any, Any]


def rows_drawn(
    table: pd.DataFrame,
    overall: pd.DataFrame,
    each: pd.DataFrame,
    kinds: pd.DataFrame,
    shares: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """What is drawn of the newest election: sums, municipalities and their stations.

    Municipalities of the experiment, the highest share first, incomplete ones last; where there are
    none, the largest of the others. ``shares`` are those of municipalities whose stations are
    incomplete.
    """
    if table.empty:
        return pd.DataFrame()
    newest = table["election"].iloc[-1]
    here = table[table["election"] == newest]
    ours = here[here["group"] == "experiment"].sort_values(
        "share", ascending=False, kind="stable", na_position="last"
    )
    shown = ours if len(ours) else here.sort_values("total", ascending=False).head(_OTHERS)
    group = shown["group"].iloc[0]
    places = shown[
        ["municipality_code", "municipality", "share", "band_low", "band_high", "complete"]
    ].assign(row="municipality", n=shown["n_stations"])
    incomplete = places["municipality_code"].map(dict(shares or {})).astype("float64")
    places["share"] = places["share"].astype("float64").fillna(incomplete)
    stations = each[
        (each["election"] == newest) & each["municipality_code"].isin(places["municipality_code"])
    ]
    place = ["municipality_code", "municipality", "station_name", "kind"]
    stations = stations[[*place, "count", "total", "share", "above"]].assign(row="station")
    whole = overall[(overall["election"] == newest) & (overall["group"] == group)]
    sums = whole[["n_stations", "n_above", "expected_above", "n_municipalities"]].assign(
        row="whole"
    )
    care = kinds[kinds["kind"] == _MARKED] if len(kinds) else kinds
    if len(care):
        care = care[(care["election"] == newest) & (care["group"] == group)]
    care = care.reindex(columns=["n_stations", "share", "other_share"]).assign(row="care")
    both = [sums.rename(columns={"n_stations": "n"}), care.rename(columns={"n_stations": "n"})]
    kept = [frame for frame in (*both, places, stations) if len(frame)]
    made: pd.DataFrame = pd.concat(kept, ignore_index=True)
    made.insert(0, "row", made.pop("row"))
    return made.assign(election=newest, group=group, vintage=shown["vintage"].iloc[0])


def found(drawn: pd.DataFrame, _: Run | None = None) -> Mapping[str, Any]:
    """What the figure says, as values of its words."""
    by = {row: drawn[drawn["row"] == row] for row in ("whole", "care", "municipality", "station")}
    whole = by["whole"].iloc[0] if len(by["whole"]) else {"n": 0, "n_above": 0, "expected_above": 0}
    election, group = drawn[["election", "group"]].iloc[0]
    highest = by["station"].sort_values("share").iloc[-1]
    care = by["care"].iloc[0] if len(by["care"]) else None
    values = {
        "n": whole["n"],
        "n_above": whole["n_above"],
        "expected": Statement(
            f"stations.waar_expected_{'few' if whole['expected_above'] < 0.5 else 'some'}",
            {"n": round(whole["expected_above"])},
        ),
        "n_municipalities": in_words(len(by["municipality"])),
        "year": year(election),
        "highest": highest["share"],
        "name": curly(highest["municipality"]),
        "counts": f"@plots.counts_{drawn['vintage'].iloc[0]}",
        "election_id": brief(election),
    }
    # Equal to True or not: what is unknown is not incomplete.
    part = by["municipality"]
    part = part[part["complete"].notna() & (part["complete"] != True)]  # noqa: E712
    names = Names(tuple(curly(name) for name in part["municipality"]))
    return values | {
        "not_in": Statement("stations.waar_not_in", {"names": names}) if len(part) else "",
        "finding": Statement(f"stations.waar_{'some' if whole['n'] else 'incomplete'}", values),
        "who": Statement(f"stations.waar_who_{group}", values),
        "care": ""
        if care is None
        else Statement("stations.waar_care", {k: care[k] for k in ("n", "share", "other_share")}),
    }


def draw(drawn: pd.DataFrame, _: Run | None, lang: str, *, narrow: bool = False) -> Figure:
    """Draw every station as a dot, its area by ballots, places of care as diamonds."""
    if drawn.empty or not (drawn["row"] == "station").any():
        return not_available(lang=lang)
    values = found(drawn)
    board = Board(NARROW if narrow else WIDTH, lang)
    y = board.head(*spoken("stations", "waar", values, lang))
    care = (
        Statement("stations.waar_care", values["care"].values).say(lang) if values["care"] else ""
    )
    if care:
        y = board.lines(0, y + 12, care, board.width, 9, Colour.accent_text, bold=True) - 8
    places = rows_of(drawn[drawn["row"] == "municipality"])
    stations = drawn[drawn["row"] == "station"]
    each: dict[str, list[_Station]] = defaultdict(list)
    for station in rows_of(stations):
        each[station["municipality_code"]].append(station)
    shown = ends(places, _MOST)
    names = [fitted(curly(row["municipality"]), 120, ROW, bold=True) for row in shown if row]
    left = 8.0 if narrow else max(60.0, *(extent(name, ROW, bold=True) for name in names)) + 15
    marks = ticks(_limit(stations["share"]), 5 if narrow else 7)
    place = board.scale(left, board.width - 11, marks[-1])
    y += 26 if not narrow else 12
    top = y
    for number, row in enumerate(shown):
        if row is None:
            board.text(
                left - 10 if not narrow else 0,
                y + 10,
                say("plots.more_rows", lang, n=len(places) - len(names)),
                9,
                Colour.old,
                at="left" if narrow else "right",
            )
            y += 18
            continue
        own = _placed(each[row["municipality_code"]], place, marks[-1], 0.058 if narrow else 0.07)
        far = [station for station in own if station["share"] > marks[-1]]
        remarks = _remarks(row, far, lang, narrow=narrow)
        if narrow:
            y = _heading(board, row, remarks, y, lang)
        elif number == 0:
            _key(board, row, own, y - 6, place, lang)
        if narrow and number == 0:
            y += 11
            _key(board, row, own, y - 4, place, lang)
        tall = max(_LEAST, 2 * _reach(own) + 4, 11 * len(remarks) * (not narrow))
        near = [station for station in own if station["share"] <= marks[-1]]
        _strip(board, row, near, y, tall, place)
        if not narrow:
            middle = y + tall / 2
            board.text(
                left - 12,
                middle - 1.5,
                fitted(curly(row["municipality"]), left - 12, ROW, bold=True),
                bold=True,
                at="right",
            )
            board.text(
                left - 12,
                middle + 9.5,
                formatting.percent(row["share"], lang),
                9,
                Colour.old,
                at="right",
            )
            for line, remark in enumerate(remarks):
                board.text(
                    place(marks[-1]),
                    y + 8 + 11 * line,
                    remark,
                    9,
                    Colour.old,
                    at="right",
                    plate=True,
                )
        y += tall + (3 if narrow else 4)
    board.grid(place, marks, top, y)
    return board.foot(y + 12, Statement("stations.note_waar", values).say(lang))


def swarm(x: Floats, radius: Floats) -> Floats:
    """Place discs at ``x`` as near to the middle line as the others allow, largest first.

    Returns the height of each disc's centre; ``x``, ``radius`` and heights in one unit.
    """
    height = np.zeros(len(x))
    done: list[int] = []
    for i in np.argsort(-radius, kind="stable"):
        near = np.array([j for j in done if abs(x[j] - x[i]) < radius[i] + radius[j]], dtype=int)
        if len(near):
            apart = radius[near] + radius[i]
            rise = np.sqrt(apart**2 - (x[near] - x[i]) ** 2)
            tried = np.concatenate([[0.0], height[near] + rise, height[near] - rise])
            tried = tried[np.argsort(np.abs(tried), kind="stable")]
            distance = np.hypot(x[near] - x[i], tried[:, None] - height[near])
            height[i] = tried[np.argmax((distance >= apart - 1e-6).all(axis=1))]
        done.append(int(i))
    return height


def _limit(shares: pd.Series[float]) -> float:
    """End of the axis: stations beyond it, one in two hundred at most, become words."""
    return max(float(shares.quantile(0.995)) * 1.02, 0.002)


def _placed(own: Sequence[_Station], place: _Place, limit: float, scale: float) -> list[_Station]:
    """Give stations on the axis a size in steps of a quarter point, and a height."""
    total, share = (
        np.array([each[name] for each in own], "float64") for name in ("total", "share")
    )
    near = share <= limit
    radius = np.clip(np.sqrt(total) * scale, 0.8, 4.0)
    radius = np.round(8 * radius) / 8
    marked = np.array([each["kind"] == _MARKED for each in own], bool)
    room = np.where(marked, 1.15 * radius + 1.2, radius + 0.35)
    height = np.zeros(len(own))
    x = np.array([place(each) for each in share.tolist()])
    height[near] = swarm(x[near], room[near])
    reach = np.where(near, np.abs(height) + room, 0)
    names = ("radius", "height", "marked", "reach", "x")
    columns = (each.tolist() for each in (radius, height, marked, reach, x))
    return [
        {**each, **dict(zip(names, found, strict=True))}
        for each, *found in zip(own, *columns, strict=True)
    ]


def _reach(own: Sequence[_Station]) -> float:
    return max((each["reach"] for each in own), default=np.nan)


def _strip(
    board: Board, row: _Station, own: Sequence[_Station], y: float, tall: float, place: _Place
) -> None:
    middle = y + tall / 2
    if finite(row["band_high"]) and row["n"] >= _FEW:
        low, high = place(row["band_low"]), min(place(row["band_high"]), board.width - 11)
        board.box(low, y, high - low, tall, Colour.band, layer=0.4)
    if finite(row["share"]):
        board.line([(place(row["share"]), y), (place(row["share"]), y + tall)], Colour.ink, 1.6)
    sizes: dict[tuple[bool, float], list[tuple[float, float]]] = defaultdict(list)
    for dot in own:
        x, height = dot["x"], middle + dot["height"]
        if dot["marked"]:
            fill = Colour.accent if dot["above"] else Colour.paper
            board.diamond(x, height, 2.3 * dot["radius"], fill)
        else:
            sizes[bool(dot["above"]), dot["radius"]].append((x, height))
    for (above, radius), points in sorted(sizes.items()):
        board.dots(points, 2 * radius, Colour.new if above else Colour.dots, 4.2 if above else 4)


def _remarks(
    row: Mapping[Any, Any], far: Sequence[_Station], lang: str, *, narrow: bool
) -> list[str]:
    said = []
    for station in far:
        name = fitted(station["station_name"], 90 if narrow else 130, 9)
        said.append(Statement("stations.figure_far", {**station, "name": name}).say(lang))
    if finite(row["complete"]) and not row["complete"]:
        said.append(say("stations.figure_incomplete", lang, n=row["n"]))
    return said


def _heading(
    board: Board, row: Mapping[Any, Any], remarks: list[str], y: float, lang: str
) -> float:
    """Write name, share and remarks above a strip; return its top."""
    name = fitted(curly(row["municipality"]), 150, ROW, bold=True)
    stop = board.text(0, y + 8, name, bold=True)
    stop = board.text(stop + 4, y + 8, formatting.percent(row["share"], lang), 9, Colour.old)
    for remark in remarks:
        if extent(remark, 9) > board.width - stop - 10:
            y += 11
        board.text(board.width, y + 8, remark, 9, Colour.old, at="right", plate=True)
        stop = board.width
    return y + 12


def _key(
    board: Board, row: _Station, own: Sequence[_Station], y: float, place: _Place, lang: str
) -> None:
    """Say above the first strip what its marks are, each near one of them."""
    last = board.width
    seen = [each for each in own if each["x"] <= last]
    above = [each["x"] for each in seen if each["above"] and not each["marked"]]
    care = [each["x"] for each in seen if each["marked"]]
    far = place(0) + 0.6 * (last - place(0))
    wanted = [
        (place(row["share"]), "whole", Colour.ink, True),
        *(
            [(place(row["band_high"]) - 20, "band", Colour.old, False)]
            if finite(row["band_high"]) and not board.narrow
            else []
        ),
        (float(np.median(above)) if above else far, "above", Colour.new, True),
        (max(care, default=last), "care", Colour.accent_text, True),
    ]
    labels = [
        (x, say(f"stations.key_{key}", lang), colour, bold) for x, key, colour, bold in wanted
    ]
    long = [extent(text, 9, bold) for _, text, _, bold in labels]
    starts: list[float] = []
    for (x, *_), wide in zip(labels, long, strict=True):
        least = starts[-1] + long[len(starts) - 1] + 8 if starts else 0.0
        starts.append(max(x - wide / 2, least))
    stop = last
    for number in reversed(range(len(starts))):
        starts[number] = min(starts[number], stop - long[number])
        stop = starts[number] - 8
    for start, (_, text, colour, bold) in zip(starts, labels, strict=True):
        board.text(start, y, text, 9, colour, bold=bold, plate=True)
