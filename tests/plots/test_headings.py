"""Every figure has its finding above it: one rule, however it is drawn and for whom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from layout import box, outside, overlapping, said, texts
from matplotlib.figure import Figure
from matplotlib.text import Text

from evaluatie.answers import entries, sheets
from evaluatie.answers.plots.board import TITLE, WIDTH
from evaluatie.answers.plots.heading import headed
from evaluatie.answers.plots.style import FINDING, figure, style
from evaluatie.answers.run import Run
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.words import sentences
from evaluatie.report.exhibits import FIGURES, Picture
from evaluatie.report.pages.pieces import picture

A_SHEET = "GM0513"


def pieces(finished: Run) -> Iterator[tuple[str, str, Picture]]:
    names = [f"figure-{name}" for name in FIGURES]
    assert A_SHEET in sheets.sheets_of(finished)
    for lang in LANGUAGES:
        for name in (*names, f"sheet-{A_SHEET}"):
            yield name, lang, picture(finished, lang, name)


def heading(drawn: Figure, title: str) -> list[Text]:
    """The lines of a title: bold, in the letters of a title, from the edge of the paper."""
    size = TITLE * max(72 * drawn.get_figwidth() / WIDTH, 1)
    every = [
        each
        for each in texts(drawn)
        if abs(each.get_fontsize() - size) < 0.01
        and each.get_fontweight() == "bold"
        and round(box(each).x0) in (0, 1)
    ]
    # Large numbers may stand at the edge too, below it.
    return [each for each in every if each.get_text() in title]


def test_its_title_is_its_finding_and_stands_at_the_top(finished: Run) -> None:
    for name, lang, shown in pieces(finished):
        title = shown.told("title")
        assert title, name
        assert title not in shown.told("caption")
        assert shown.told("alt").startswith(f"{title}. ")
        for drawn in (shown.draw(), *((shown.narrow(),) if shown.narrow else ())):
            lines = heading(drawn, title)
            assert " ".join(each.get_text() for each in lines) == title, (name, lang)
            others = [each for each in texts(drawn) if each not in lines]
            assert min(box(each).y0 for each in lines) >= max(box(each).y1 for each in others) - 1
            assert overlapping(drawn) == []
            assert outside(drawn) == []


def test_its_caption_states_what_was_found_in_other_words() -> None:
    """In numbers, where the title says it in words; of the ballots nothing is counted."""
    for name, each in FIGURES.items():
        room = sentences(next(own.name for own in entries() if each in own.figures))
        for told in room[f"caption_figure_{name}"].values():
            assert "{" in told or name == "biljet", name


def test_what_a_drawing_says_by_itself_gives_way() -> None:
    with style():
        drawn, ax = figure(2.0)
        ax.set_title("Its own finding", gid=FINDING)
        ax.set_xlabel("what was measured")
    headed(drawn, "The finding of the report")
    assert said(drawn).count("finding") == 1
    assert "what was measured" in said(drawn)


def test_without_a_finding_a_figure_stays_as_it_is() -> None:
    with style():
        drawn, _ = figure(2.0)
    assert headed(drawn, "") is drawn
    assert drawn.get_figheight() == 2.0
    headed(drawn, "Words of a finding")
    assert drawn.get_figheight() > 2.0


@pytest.mark.parametrize("words", ["$x_1$ more", "long " * 60])
def test_words_are_words_and_fit(words: str) -> None:
    with style():
        drawn, _ = figure(2.0)
    headed(drawn, words.strip())
    assert outside(drawn) == []
    assert " ".join(each.get_text() for each in heading(drawn, words)) == words.strip()
