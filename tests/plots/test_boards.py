"""The figures of the body: their title is what was found, and they hold whatever comes."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pandas as pd
import pytest
from gallery import BOARDS, GALLERY, RUN, frames
from layout import outside, overlapping, said, texts

from evaluatie.answers.evidence.table import load_reasons
from evaluatie.answers.plots.axes import ticks
from evaluatie.answers.plots.board import Board
from evaluatie.answers.plots.letters import extent, wrapped
from evaluatie.answers.rates import kaart
from evaluatie.ground.tables import to_html
from evaluatie.report import exhibits
from evaluatie.report.exhibits import FIGURES

BOTH = [name for name in GALLERY if name.removesuffix("_narrow") in BOARDS]
ENDS = ("low", "high")
SVG = "{http://www.w3.org/2000/svg}"


def words(name: str, frame: pd.DataFrame, lang: str = "nl") -> tuple[str, str, str]:
    """Return title, caption and alternative text."""
    made = BOARDS[name].draw(frame, RUN, lang)
    found = BOARDS[name].found(frame, RUN)
    title = made.said[0].replace("\N{NO-BREAK SPACE}", " ")
    said_of = (exhibits.words(FIGURES[name], part, RUN, lang, found) for part in ("caption", "alt"))
    return title, *said_of


def shrunk(frame: pd.DataFrame) -> pd.DataFrame:
    """Return other results: numbers half as large, negative where they may be."""
    kept = ("n", "use", "exposure", "highest_neighbour")
    numbers = [c for c in frame.select_dtypes("number") if c not in kept]
    signed = [c for c in numbers if c.startswith(("extra", "added", "change"))]
    changed = frame.assign(**{c: frame[c] / 2 for c in numbers})
    return changed.assign(**{c: -changed[c] for c in signed})


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("name", sorted({*BOARDS} - {"biljet"}))
def test_words_state_what_the_rows_show(name: str, lang: str) -> None:
    frame = frames()[name]
    told, other = words(name, frame, lang), words(name, shrunk(frame), lang)
    assert told[0] != other[0]
    assert told[2] != other[2]
    assert max(map(len, told)) < 350
    assert told[0] in " ".join(said(GALLERY[name]({name: frame}, lang)).split(" | "))


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("name", BOARDS)
def test_what_is_drawn_can_be_read_as_a_table(name: str, lang: str) -> None:
    frame = frames()[name]
    page = to_html(frame, [c for c in FIGURES[name].data.columns if c.nl], lang, caption=name)
    assert page.count("<tr>") == len(frame) + 1
    assert "nan" not in page.lower().replace("financ", "")


@pytest.mark.parametrize("name", BOTH)
def test_letters_are_letters_and_numbers_stay(name: str) -> None:
    drawn = GALLERY[name](frames(), "nl")
    page = io.BytesIO()
    drawn.savefig(page, format="svg", bbox_inches="tight")
    root = ET.fromstring(page.getvalue())
    assert root.get("role") == "img"
    assert (root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")) == drawn.said
    assert float(root.get("width", "").removesuffix("pt")) == pytest.approx(
        72 * drawn.get_figwidth()
    )
    inside = [text.text for text in root.iter(f"{SVG}text")]
    assert sorted(inside) == sorted(text.get_text() for text in texts(drawn))
    style = root.findtext(f"{SVG}style", "")
    assert style.count("@font-face") == 2
    assert "url(http" not in style
    again = io.BytesIO()
    drawn.savefig(again, format="svg")
    assert again.getvalue() == page.getvalue()
    assert len(page.getvalue()) < 100_000


def heading(name: str, lang: str, **changed: Any) -> str:
    """Return the title of a figure that is no board."""
    drawn = GALLERY[name]({**frames(), **changed}, lang)
    return " ".join(drawn.axes[0].get_title("left").split())


def _all_too_few(seats: pd.DataFrame) -> pd.DataFrame:
    return seats.assign(verdict="no")


def _one_fell(changes: pd.DataFrame) -> pd.DataFrame:
    first = changes.index == changes.index[changes["group"] == "treated"][0]
    return changes.assign(change=changes["change"].where(~first, -0.001))


@pytest.mark.parametrize(
    ("name", "key", "change", "told", "other"),
    [
        (
            "reasons",
            "reasons",
            lambda rows: rows.assign(
                **{f"share_invalid_{end}": rows[f"share_invalid_{end}"] / 2 for end in ENDS}
            ),
            "Bij TK25 hing 65% tot 67% van de ongeldige stemmen samen met het ontwerp",
            "hing 32% tot 33% van",
        ),
        ("changes", "changes", _one_fell, "In elke gemeente met", "In tien van de elf gemeenten"),
        (
            "null_distribution",
            "null",
            lambda null: {**null, "p_value": 0.031},
            "Minder dan één op de duizend andere verdelingen",
            "3,1% van de andere verdelingen geeft zo’n groot verschil",
        ),
        (
            "specification_curve",
            "specification",
            lambda rows: rows.assign(estimate=rows["estimate"] / 2),
            "80 manieren van schatten: het verschil is +0,29 tot +0,45",
            "+0,14 tot +0,22",
        ),
        ("seats_margins", "seats", _all_too_few, "in negen van de elf", "had in geen gemeente"),
    ],
    ids=lambda value: value if isinstance(value, str) and value in GALLERY else "",
)
def test_titles_of_other_figures_state_what_their_rows_show(
    name: str, key: str, change: Any, told: str, other: str
) -> None:
    assert told in heading(name, "nl")
    assert other in heading(name, "nl", **{key: change(frames()[key])})
    assert heading(name, "en") != heading(name, "en", **{key: change(frames()[key])})


def many(frame: pd.DataFrame, copies: int = 40) -> pd.DataFrame:
    """Return a frame in which forty municipalities take part, with their stations."""
    own = {*frame.loc[frame.iloc[:, 0] == "municipality", "municipality_code"]}
    ours = frame["municipality_code"].isin(own)
    more = [frame[~ours]]
    for number, code in enumerate(sorted(own) * (copies // len(own) + 1)):
        if number < copies:
            rows = frame[frame["municipality_code"] == code]
            more.append(rows.assign(municipality_code=f"GM{number:04d}"))
    return pd.concat(more, ignore_index=True)


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(
    "name", ["kern", "kern_narrow", "waar", "waar_narrow", "telling", "telling_narrow"]
)
def test_forty_municipalities_fit(name: str, lang: str) -> None:
    key = name.removesuffix("_narrow")
    drawn = GALLERY[name]({key: many(frames()[key])}, lang)
    assert overlapping(drawn) == []
    assert outside(drawn) == []
    assert drawn.get_figheight() < 9.6 or "narrow" in name  # the text of a page
    assert re.search(r"… (nog )?\d\d", said(drawn))


def test_of_a_fall_the_figure_speaks_of_a_fall() -> None:
    frame = frames()["kern"]
    title, _, alt = words("kern", shrunk(frame))
    assert title.startswith(
        "In geen van de elf gemeenten meer ongeldige stemmen: samen ongeveer 22"
    )
    assert "minder op elke 10.000" in alt
    unsure = frame.assign(extra_low=-1.0)
    assert words("kern", unsure)[0].endswith("(dat kan toeval zijn)")
    assert words("kern", unsure, "en")[0].endswith("(which may be chance)")


def test_without_a_baseline_there_is_no_line() -> None:
    frame = frames()["kern"]
    gouda = frame["municipality"] == "Gouda"
    gone: dict[str, Any] = dict.fromkeys(("before", "extra", "extra_low", "extra_high"), np.nan)
    frame.loc[gouda, list(gone)] = np.nan
    drawn = GALLERY["kern"]({"kern": frame}, "nl")
    assert "geen telling 2022" in said(drawn)
    assert "alle tien gemeenten" in drawn.said[0]


def test_a_change_elsewhere_is_marked() -> None:
    frame = frames()["kern"]
    assert "Streepje" not in said(GALLERY["kern"]({"kern": frame}, "nl"))
    moved = frame.assign(extra=frame["extra"] - 0.001)
    assert "Streepje" in said(GALLERY["kern"]({"kern": moved}, "nl"))


@pytest.mark.parametrize("share", [0.0, 0.3, 2.14, 6.54, 57.2, 999.0])
def test_a_thousand_ballots_are_a_thousand_dots(
    share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, list[Any]] = {"dots": [], "dotted": []}

    def dots(_: Board, points: Any, across: float, colour: str, layer: float = 4) -> None:
        seen["dots"].extend(points if layer == 4 else [])

    monkeypatch.setattr(Board, "dots", dots)
    monkeypatch.setattr(Board, "dotted", lambda _, x, y, n, *rest: seen["dotted"].append(n))
    rows = frames()["duizend"].assign(invalid=share, blank=0.9, valid=999.1 - share)
    drawn = GALLERY["duizend"]({"duizend": rows}, "nl")
    assert len(seen["dots"]) + sum(seen["dotted"]) == 2000
    half = round(2 * share) / 2
    assert len(seen["dots"]) == 2 * (np.ceil(half) + 1)
    assert outside(drawn) == []
    assert overlapping(drawn) == []


def test_a_title_prints_halves_as_two_numbers() -> None:
    rows = frames()["duizend"]
    assert words("duizend", rows)[0].startswith("Van elke 1.000 stembiljetten waren er 6 à 7")
    same = rows.assign(invalid=2.0)
    assert words("duizend", same)[0].endswith("zouden dat er ook 2 zijn geweest")


def test_a_panel_known_between_bounds_has_a_bar_and_rounds_outwards() -> None:
    frame = frames()["wennen"]
    first = said(GALLERY["wennen"]({"wennen": frame}, "nl"))
    assert "49 tot 60 extra op 10.000" in first
    assert "0,61 tot" in first
    assert "*" in first
    counted = frame.assign(after_high=frame["after_low"], extra_high=frame["extra_low"])
    assert "*" not in said(GALLERY["wennen"]({"wennen": counted}, "nl"))


def test_a_fall_is_never_told_without_its_other_explanation() -> None:
    frame = frames()["wennen"]
    less = 0.001 * (4 - frame["use"])
    fallen = frame.assign(extra_low=less, extra_high=less)
    for lang, words_of in (("nl", "soort verkiezing"), ("en", "kind of election")):
        assert words_of in words("wennen", fallen, lang)[0]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_the_cases_drawn_are_those_of_the_reasons(lang: str) -> None:
    # What is drawn as invalid is a reason of the annex; what is valid is no reason.
    group = {key: reason.group for key, reason in load_reasons().items()}
    same = {"parties": "several_parties", "number": "number_only", "party": "party_only"}
    same["unknown"] = "nonexistent_number"
    verdict = dict(zip(frames()["biljet"]["case"], frames()["biljet"]["verdict"], strict=True))
    for case, reason in same.items():
        assert (group[reason] == "valid") == (verdict[case] == "valid"), case
    assert verdict["nothing"] == "blank"
    assert "twee" in words("biljet", frames()["biljet"])[0]
    assert len(words("biljet", frames()["biljet"], lang)[2]) < 350


def test_many_municipalities_are_listed_below_the_map() -> None:
    frame = frames()["kaart"]
    frame["new"] = frame["new"] | (frame.index < 40)
    drawn = GALLERY["kaart"]({"kaart": frame}, "nl")
    assert "Nederweert 1,81%" in said(drawn)
    assert overlapping(drawn) == []
    assert outside(drawn) == []


def test_neighbours_touch() -> None:
    beside = kaart.neighbours()
    assert beside["GM0513"] == {"GM1901", "GM1892", "GM0627", "GM1931"}  # Gouda's four
    assert all(code in beside[other] for code, others in beside.items() for other in others)
    assert "GM0513" not in beside["GM0796"]


@pytest.mark.parametrize(
    ("share", "grey"), [(0, 0), (0.00149, 0), (0.0015, 1), (0.0025, 2), (0.004, 3), (0.2, 3)]
)
def test_greys_of_the_map_stand_still(share: float, grey: int) -> None:
    assert kaart.step(share) == grey


def test_lines_break_evenly_and_stay_inside() -> None:
    lines = wrapped("een twee drie vier vijf zes zeven acht negen tien", 120, 10, even=True)
    assert len(lines) == 2
    lengths = [extent(line, 10) for line in lines]
    assert max(lengths) < 1.4 * min(lengths)
    long = wrapped("x" * 300, 100, 10)
    assert long[0].endswith("…")
    assert extent(long[0], 10) <= 100
    assert wrapped("een\N{NO-BREAK SPACE}twee", 5, 1) == ["een twee"]


@pytest.mark.parametrize("end", [0.00002, 0.0007, 0.012, 0.03, 0.2, 0.9])
def test_axes_end_at_a_round_share(end: float) -> None:
    marks = ticks(end)
    assert marks[0] == 0
    assert marks[-2] < end <= marks[-1] * (1 + 1e-9)
    assert 2 <= len(marks) <= 8
