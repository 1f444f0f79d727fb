"""The figure of first and official counts: an arrow per municipality."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.answers.first_counts.statements import listed_names
from evaluatie.answers.plots.axes import ticks
from evaluatie.answers.plots.board import NARROW, ROW, WIDTH, Board, Colour, ends
from evaluatie.answers.plots.empty import not_available
from evaluatie.answers.plots.labels import curly, in_words, spoken
from evaluatie.answers.plots.letters import extent, fitted
from evaluatie.answers.publishers import publishers
from evaluatie.answers.statement import Statement
from evaluatie.ground import formatting
from evaluatie.ground.formatting import finite
from evaluatie.ground.tables import rows_of
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run

_STEP, _AFTER_POOLED = 17.5, 26.0
_MISSING = ("no-first-count", "not-reported")
Line = Mapping[Any, Any]


def rows_drawn(table: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the newest election: sums without suspect counts, then municipalities.

    From the table and the part ``municipalities`` of the answer.
    """
    if table.empty:
        return pd.DataFrame()
    newest = table["election"].iloc[-1]
    sums = table[(table["election"] == newest) & (table["outcome"] == "invalid")]
    # Without suspect counts, where there are any: they stand last.
    sums = sums.drop_duplicates("group", keep="last").assign(row="sum", status="counted")
    sums = sums.sort_values("group")
    here = places[(places["election"] == newest) & (places["outcome"] == "invalid")]
    order = {"counted": 0, **dict.fromkeys(_MISSING, 2)}
    here = here[here["share_official"].notna()]
    here = here.assign(
        row="municipality",
        n_municipalities=1,
        place=[order.get(status, 1) for status in here["status"]],
        rise=here["share_official"] - here["share_first"].astype("float64"),
    ).sort_values(
        ["group", "place", "rise", "share_official"], ascending=[True, True, False, False]
    )
    kept = ["row", "election", "group", "municipality_code", "municipality", "n_municipalities"]
    kept += ["status", "first", "official", "added", "change", "share_first", "share_official"]
    kept += ["source_first", "source_official"]
    both = [frame for frame in (sums.reindex(columns=kept), here[kept]) if len(frame)]
    made: pd.DataFrame = pd.concat(both, ignore_index=True)
    return made


def found(drawn: pd.DataFrame, run: Run) -> Mapping[str, Any]:
    """What the figure says, as values of its words."""
    sums = drawn[drawn["row"] == "sum"].set_index("group").to_dict("index")
    whole, others = sums["experiment"], sums.get("rest")
    places = drawn[drawn["row"] == "municipality"]
    out = places.loc[places["status"] != "counted", "municipality"]
    election = drawn["election"].iloc[0]
    return {
        "change": _change(whole["change"]),
        "rest": Statement("first_counts.rest_also", {"change": _change(others["change"])})
        if others
        else "",
        "n": in_words(whole["n_municipalities"]),
        "first": whole["share_first"],
        "official": whole["share_official"],
        "added": whole["added"],
        "called": run.called(election),
        "first_by": publishers(places["source_first"]),
        "official_by": publishers(places["source_official"]),
        "left_out": Statement("first_counts.left_out_note", {"names": listed_names(out)})
        if len(out)
        else "",
    }


def _change(change: float) -> Statement:
    key = "more" if change >= 0 else "fewer"
    return Statement(f"first_counts.{key}", {"percent": abs(change)})


def draw(drawn: pd.DataFrame, run: Run, lang: str, *, narrow: bool = False) -> Figure:
    """Draw an arrow per municipality, from its first to its official share of invalid votes.

    A suspect count is drawn in the colour of nothing else, dashed, and is not in the total.
    """
    ours = drawn[drawn["group"] == "experiment"] if len(drawn) else drawn
    if ours.empty or not (ours["row"] == "sum").any():
        return not_available(lang=lang)
    values = found(drawn, run)
    board = Board(NARROW if narrow else WIDTH, lang)
    y = board.head(*spoken("first_counts", "telling", values, lang)) + 10
    rows = rows_of(ours)
    places: Sequence[Line | None] = ends(rows[1:])
    size = 9.0 if narrow else ROW
    names = [
        fitted(curly(row["municipality"]), 85 if narrow else 120, size) for row in places if row
    ]
    together = Statement("first_counts.together", values).say(lang)
    together = together[0].upper() + together[1:]
    left = (
        max(extent(together, size, bold=True), *(extent(name, size) for name in (*names, ""))) + 14
    )
    columns = (board.width - (0 if narrow else 43), board.width)
    right = columns[0] - 48 if not narrow else columns[0] - 34
    shares = ours[["share_first", "share_official"]].astype("float64")
    marks = ticks(float(shares.max().max()) * 1.04, 4 if narrow else 7)
    place = board.scale(left, right, marks[-1])
    y = _headings(board, y, columns, lang) + 30
    top = y - 9
    board.text(left - 10, y + 3.2, together, size, bold=True, at="right")
    _pooled(board, rows[0], y, place, lang)
    _numbers(board, rows[0], y, columns, lang)
    y += _AFTER_POOLED
    for row in places:
        if row is None:
            more = say("plots.more_rows", lang, n=len(rows) - 1 - len(names))
            board.text(left - 10, y + 3, more, 9, Colour.old, at="right")
        else:
            name = fitted(curly(row["municipality"]), left - 14, size)
            board.text(left - 10, y + 3.2, name, size, at="right")
            _arrow(board, row, y, place, lang)
            _numbers(board, row, y, columns, lang)
        y += _STEP
    y -= 5
    others = rows_of(drawn[(drawn["row"] == "sum") & (drawn["group"] == "rest")])
    if others:
        board.line([(0, y), (board.width, y)], Colour.rule, 0.9, layer=0.6)
        y = _others(board, others[0], y + 16, left, place, columns, lang) + 14
    board.grid(place, marks, top, y)
    return board.foot(y + 12, Statement("first_counts.note_telling", values).say(lang))


def _headings(board: Board, y: float, columns: tuple[float, float], lang: str) -> float:
    first, second = say("first_counts.added", lang).split("|")
    board.text(columns[0], y + 3, first, 9, Colour.new, bold=True, at="right")
    board.text(columns[0], y + 13.5, second, 9, Colour.old, at="right")
    if not board.narrow:
        words = say("first_counts.in_percent", lang)
        board.text(columns[1], y + 13.5, words, 9, Colour.old, at="right")
    return y + 3


def _pooled(board: Board, row: Line, y: float, place: Callable[[float], float], lang: str) -> None:
    first, official = place(row["share_first"]), place(row["share_official"])
    board.arrow(first, official, y, 3.4)
    board.ring(first, y, 7)
    marks = [
        (
            x,
            formatting.percent(row[f"share_{name}"], lang),
            say(f"first_counts.{name}_label", lang),
            colour,
        )
        for x, name, colour in ((first, "first", Colour.old), (official, "official", Colour.new))
    ]
    board.ends(y, place(0) + 1, marks)


def _arrow(board: Board, row: Line, y: float, place: Callable[[float], float], lang: str) -> None:
    official = place(row["share_official"])
    missing = row["status"] in _MISSING
    suspect = row["status"] != "counted" and not missing
    stop = official
    if finite(row["share_first"]):
        first = place(row["share_first"])
        board.arrow(first, official, y, 2, dashed=suspect)
        board.ring(first, y, 5.5, Colour.accent if suspect else Colour.old)
        stop = max(first, official)
    else:
        board.tip(official, y, 6, 3.3)
    words = say(f"first_counts.status_{row['status']}", lang)
    colour = Colour.old if missing else Colour.accent_text
    if words and stop + 7 + extent(words, 9) < board.width:
        board.text(stop + 7, y + 3, words, 9, colour, plate=True)
    elif words:  # a telephone has no room beside it
        start = max(place(0) + 3, min(stop, board.width - extent(words, 8)))
        board.text(start, y + 12, words, 8, colour, plate=True)


def _others(
    board: Board,
    row: Line,
    y: float,
    left: float,
    place: Callable[[float], float],
    columns: tuple[float, float],
    lang: str,
) -> float:
    size = 9.0 if board.narrow else ROW
    words = say("first_counts.others_row", lang, n=row["n_municipalities"])
    foot = board.lines(left - 10, y + 3.2, words, left - 10, size, at="right")
    x = place(row["share_first"])
    board.arrow(x, place(row["share_official"]), y, 2, Colour.old)
    board.ring(x, y, 5.5)
    text = say(
        "first_counts.from_to", lang, first=row["share_first"], official=row["share_official"]
    )
    far = max(x, place(row["share_official"]))
    board.text(far + 8, y + 3.2, text, 9, Colour.old, bold=True, plate=True)
    _numbers(board, row, y, columns, lang)
    return foot - 14


def _numbers(board: Board, row: Line, y: float, columns: tuple[float, float], lang: str) -> None:
    """Write votes added and the change in percent; nothing for a suspect count."""
    if row["status"] != "counted" or not finite(row["added"]):
        return
    text = formatting.number(row["added"], lang, 0, sign=True)
    board.text(columns[0], y + 3.2, text, ROW, Colour.new, bold=True, at="right")
    if not board.narrow:
        text = formatting.change(row["change"], lang, 0)
        board.text(columns[1], y + 3.2, text, 9, Colour.old, at="right")
