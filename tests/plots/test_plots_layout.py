"""Every figure in both languages: words stand apart, are large enough, and print numbers well."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from gallery import BOARDS, GALLERY, frames
from layout import box, outside, overlapping, said, texts
from matplotlib.figure import Figure

from evaluatie.answers import plots
from evaluatie.answers.effect.draw import null_distribution
from evaluatie.answers.plots.board import NARROW, SOURCE, WIDTH
from evaluatie.answers.plots.labels import short
from evaluatie.answers.plots.style import PAGE_WIDTH, SMALL
from evaluatie.answers.sheets.draw import municipality_sheet
from evaluatie.ground.errors import EstimationError, InputError
from evaluatie.ground.words import say

HOSTILE = "$x_1$ <b>`'|; Sint-Anna-ter-Muiden aan de Wetering en Omstreken \n\t\\frac{1}{2}"
NAMES = ("municipality", "place")
NAMED = {
    # Figures that write every name of these frames, and those that write some.
    "before_after": "before_after",
    "between_groups": "between",
    "between_groups_narrow": "between",
    "seats_margins": "seats",
    "distribution": "distribution",
    "changes": "changes",
    "changes_narrow": "changes",
    "funnel": "funnel",
    "funnel_narrow": "funnel",
    "excess_by_use": "within",
    "kern": "kern",
    "kern_narrow": "kern",
    "waar": "waar",
    "waar_narrow": "waar",
    "telling": "telling",
    "telling_narrow": "telling",
    "kaart": "kaart",
    "wennen": "wennen",
}
KEPT = ("not_available",)
"""Draw no frame."""
NUMBERS_IN_TEXT = re.compile(r"(?<![\w.,])[+−]?\d[\d.,]*")


def draw(name: str, lang: str, **changed: Any) -> Figure:
    return GALLERY[name]({**frames(), **changed}, lang)


@cache
def plain(name: str, lang: str) -> Figure:
    """The figure as it is, drawn once for all that look at it and change nothing."""
    return draw(name, lang)


def test_every_public_figure_is_looked_at() -> None:
    drawn = {name.split("_ratio")[0].split("_bounds")[0] for name in GALLERY}
    drawn.discard("specification")
    assert drawn >= set(plots.__all__) - {"rate_ratios", "headline"}
    assert "rate_ratios" in GALLERY


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("name", GALLERY)
def test_words_stand_apart_inside_the_page(name: str, lang: str) -> None:
    drawn = plain(name, lang)
    board = name.removesuffix("_narrow") in {*BOARDS, "municipality_sheet"}
    wide = WIDTH / 72 if board else PAGE_WIDTH
    width = NARROW / 72 if name.endswith("_narrow") else wide
    assert drawn.get_figwidth() == width
    assert overlapping(drawn) == []
    assert outside(drawn) == []
    assert min(text.get_fontsize() for text in texts(drawn)) >= (
        # The digits on a drawn ballot alone are smaller than the last line.
        7 if name.startswith("biljet") else SOURCE if board else SMALL
    )
    assert {tuple(text.get_fontfamily()) for text in texts(drawn)} == {("evaluatie", "DejaVu Sans")}


def test_the_measure_of_overlap_finds_one() -> None:
    drawn = draw("event_study", "nl")
    first = texts(drawn)[0]
    where = box(first)
    drawn.text(where.x0 / drawn.bbox.width, where.y0 / drawn.bbox.height, first.get_text())
    assert overlapping(drawn) != []
    drawn.text(0.99, 0.5, "far too long for the margin")
    assert outside(drawn) == ["far too long for the margin"]


@pytest.mark.parametrize("name", GALLERY)
def test_decimals_and_thousands_are_those_of_the_language(name: str) -> None:
    dutch = NUMBERS_IN_TEXT.findall(said(plain(name, "nl")))
    english = NUMBERS_IN_TEXT.findall(said(plain(name, "en")))
    for number in dutch:
        assert re.fullmatch(r"[+−]?\d{1,3}(\.\d{3})*(,\d+)?[.,]?|\d{4}[.,]?", number), number
    for number in english:
        assert re.fullmatch(r"[+−]?\d{1,3}(,\d{3})*(\.\d+)?[.,]?|\d{4}[.,]?", number), number


@pytest.mark.parametrize("name", ["changes", "funnel", "seats_margins", "by_election"])
def test_axes_of_counts_group_thousands(name: str) -> None:
    if name == "seats_margins":
        seats = frames()["seats"]
        numbers = ["votes_needed", "excess_low", "excess_high"]
        scaled = seats.assign(**{column: 100 * seats[column] for column in numbers})
        dutch, english = draw(name, "nl", seats=scaled), draw(name, "en", seats=scaled)
    else:
        dutch, english = plain(name, "nl"), plain(name, "en")
    assert re.search(r"\b\d+\.000\b", said(dutch))
    assert re.search(r"\b\d+,000\b", said(english))


@pytest.mark.parametrize("name", NAMED)
def test_hostile_names_are_names(name: str) -> None:
    key = NAMED[name]
    frame = frames()[key]
    column = next(c for c in NAMES if c in frame)
    hostile = frame.assign(**{column: frame[column].map(lambda v: v and HOSTILE)})
    changed = {key: hostile}
    drawn = draw(name, "nl", **changed)
    assert not any(t.get_parse_math() for t in texts(drawn) if "$x_1$" in t.get_text())
    assert "$x_1$ <b>`'|; " in said(drawn).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    assert outside(drawn) == []
    assert overlapping(drawn) == []


def test_names_are_shortened_not_wrapped() -> None:
    assert short("  two\nlines\tand more ") == "two lines and more"
    assert short("abcdefghij", 5) == "abcd…"
    assert short("a\x00b\u202ec") == "a b c"


@pytest.mark.parametrize("name", sorted(set(GALLERY) - set(KEPT)))
def test_without_rows_a_figure_says_so(name: str) -> None:
    lang = "en"
    none = {
        key: value.iloc[:0] if isinstance(value, pd.DataFrame) else value
        for key, value in frames().items()
    }
    none["null"]["table"] = []
    if name.startswith("specification"):
        with pytest.raises(EstimationError, match="no specification"):
            GALLERY[name](none, lang)
        return
    words = " ".join(said(GALLERY[name](none, lang)).split())
    alone = name.startswith("municipality_sheet")
    assert words == say("sheets.figure_no_history" if alone else "plots.nothing", lang)


def alone(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep the sums and one municipality."""
    if "municipality_code" not in frame:
        return frame
    return frame[frame["municipality_code"].isna() | (frame["municipality_code"] == "GM0513")]


@pytest.mark.parametrize("name", sorted(set(GALLERY) - set(KEPT)))
def test_one_row_is_enough(name: str) -> None:
    one = {}
    for key, value in frames().items():
        is_pair = key == "within"
        kept = 2 if is_pair else 1
        if not isinstance(value, pd.DataFrame):
            one[key] = value
        elif key in ("specification", "forest_bounds"):
            one[key] = value.dropna(subset=["conf_low"]).iloc[:1]
        elif key in ("distribution", "sheet_history"):
            one[key] = value[value["municipality_code"] == "GM0513"].iloc[:1]
        else:
            one[key] = value.iloc[:kept]
    for key in BOARDS:
        one[key] = alone(frames()[key])
    one["null"]["table"] = one["null"]["table"][:1]
    drawn = GALLERY[name](one, "nl")
    assert overlapping(drawn) == []
    assert outside(drawn) == []
    assert say("plots.nothing", "nl") not in said(drawn)


@pytest.mark.parametrize("name", sorted(set(GALLERY) - set(KEPT)))
def test_unknown_intervals_are_left_out(name: str) -> None:
    ends = re.compile(r"(conf|before|after|cluster|standardised|extra|bound|binomial)_(low|high)$")
    bare = {}
    for key, value in frames().items():
        bare[key] = value
        if isinstance(value, pd.DataFrame) and key not in ("forest_bounds", "wennen"):
            columns = [c for c in value if ends.search(c)]
            if len(value.columns) and key != "violations":
                bare[key] = value.assign(**dict.fromkeys(columns, None))
    drawn = GALLERY[name](bare, "en")
    assert overlapping(drawn) == []
    assert outside(drawn) == []


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(InputError, match="lacks a column; expected votes_needed"):
        plots.seats_margins(pd.DataFrame({"excess_high": [1]}))


def test_words_of_the_real_assignment_cover_no_bar() -> None:
    null = frames()["null"]
    for observed in (null["observed"], 0.0, -3.0):
        drawn = null_distribution({**null, "observed": observed}, "nl")
        label = next(t for t in texts(drawn) if "werkelijke" in t.get_text())
        ax = drawn.axes[0]
        bars = [path.get_extents(ax.transData) for path in ax.collections[0].get_paths()]
        assert sum(bar.height > 1 for bar in bars) > 20
        assert not any(box(label).overlaps(bar) for bar in bars if bar.height > 1)


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_not_available_says_what_it_is_told(lang: str) -> None:
    reason = "Bij deze verkiezing is per gemeente niet geteld hoeveel stemmen ongeldig waren. " * 9
    drawn = plots.not_available(reason, lang)
    assert said(drawn).startswith("Bij deze verkiezing")
    assert outside(drawn) == []


def test_seats_say_in_words_whether_it_is_enough() -> None:
    seats = frames()["seats"]
    one = seats[seats["scenario"] == "one list"]
    words = said(plots.seats_margins(seats, "en")).split(" | ")
    assert words.count("more than needed") == (one["verdict"] == "yes").sum()
    assert words.count("perhaps enough") == (one["verdict"] == "within").sum()
    assert words.count("too few") == (one["verdict"] == "no").sum()


def test_sheet_copes_with_what_is_missing() -> None:
    history = frames()["sheet_history"]
    alone = municipality_sheet({"history": history}, "en")
    assert "median" not in said(alone)
    with_bounds = history.assign(bound_low=np.nan, bound_high=np.nan)
    extra = with_bounds.iloc[[0]].assign(
        election="EP2024",
        date="2024-06-06",
        outcome="invalid",
        group="first use",
        estimate=np.nan,
        conf_low=np.nan,
        conf_high=np.nan,
        bound_low=0.0155,
        bound_high=0.0165,
    )
    drawn = municipality_sheet({"history": pd.concat([with_bounds, extra])}, "nl")
    assert "EP24" in said(drawn)
    assert outside(drawn) == []
    # The highest mark of the first panel is above the bound.
    assert "2%" in said(drawn)
