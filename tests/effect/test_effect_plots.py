"""Pictures: drawn from tables alone, in both languages, with the treated named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from evaluatie.answers.answer import Answer, records
from evaluatie.answers.effect import effect, specification_curve
from evaluatie.answers.effect.draw import changes, null_distribution
from evaluatie.answers.effect.draw_checks import violations
from evaluatie.counts import Results
from evaluatie.ground import formatting
from evaluatie.ground.errors import EstimationError


def texts(drawn: Figure) -> str:
    drawn.canvas.draw()
    found = [t.get_text() for ax in drawn.axes for t in ax.texts]
    for ax in drawn.axes:
        found += [ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()]
        found += [t.get_text() for t in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    return " | ".join(found)


@pytest.fixture(scope="module")
def made(shipped: Results) -> Answer:
    return effect(
        shipped, "TK2025", methods=("variance-weighted t", "randomization by re-assignment")
    )


PICTURES: dict[str, Callable[[Answer, str], Figure]] = {
    "changes": lambda made, lang: made.plot(lang),
    "null": lambda made, lang: null_distribution(made.parts["null"], lang),
}


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_picture_is_drawn(made: Answer, kind: str, lang: str, tmp_path: Path) -> None:
    drawn = PICTURES[kind](made, lang)
    drawn.savefig(tmp_path / "picture.svg")
    assert (tmp_path / "picture.svg").stat().st_size > 5_000
    assert ("," in texts(drawn)) == (lang == "nl") or kind in ("null", "changes")


def test_all_treated_are_named_and_what_is_out_of_view_is_said(made: Answer) -> None:
    said = texts(made.plot())
    for name in made.table["municipality"].dropna():
        assert name in said
    assert "buiten beeld" in said


def test_pictures_come_from_json_as_well(made: Answer) -> None:
    frame = pd.DataFrame(records(made.parts["changes"]))
    assert "Boekel" in texts(changes(frame, "nl", "invalid", "TK2023"))
    null = made.parts["null"]
    shown = formatting.p_value(null["p_value"], "nl")
    assert f"p-waarde {shown}" in texts(null_distribution(null, "nl"))


def test_bounds_are_bars(ep2024: Answer) -> None:
    assert "gepubliceerde aandelen" in texts(ep2024.plot())
    assert not {"null", "balance"} & set(ep2024.parts)


def test_an_answer_without_a_figure_says_so(checks: Answer) -> None:
    with pytest.raises(EstimationError, match="no figure"):
        checks.plot()


def test_curve_and_event_study(shipped: Results, study: Answer) -> None:
    curve = specification_curve(
        shipped,
        "TK2025",
        outcomes=("invalid",),
        vintages=("provisional",),
        scales=("points",),
        methods=("variance-weighted t",),
    )
    said = texts(curve.plot("nl"))
    assert "manier van het plan" in said
    assert "zelfde provincie" in said
    assert "n = 4" in texts(study.plot())
    assert "nul bereikt" in texts(violations(study.parts["bounds"], study.parts["breakdown"]))
