"""Pictures: drawn from tables alone, in both languages, with the treated named."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from evaluatie.answers.analysis import records
from evaluatie.answers.effect import effect, event_study, specification_curve
from evaluatie.answers.effect.result import KINDS, EffectResult
from evaluatie.answers.plots.effect import changes, null_distribution
from evaluatie.counts import Results
from evaluatie.ground import formatting
from evaluatie.ground.errors import EstimationError, UnknownNameError


def texts(drawn: Figure) -> str:
    drawn.canvas.draw()
    found = [t.get_text() for ax in drawn.axes for t in ax.texts]
    for ax in drawn.axes:
        found += [ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()]
        found += [t.get_text() for t in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    return " | ".join(found)


@pytest.fixture(scope="module")
def made(shipped: Results) -> EffectResult:
    return effect(
        shipped, "TK2025", methods=("variance-weighted t", "randomization by re-assignment")
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_picture_is_drawn(made: EffectResult, kind: str, lang: str, tmp_path: Path) -> None:
    drawn = made.plot(kind, lang)
    drawn.savefig(tmp_path / "picture.svg")
    assert (tmp_path / "picture.svg").stat().st_size > 5_000
    assert ("," in texts(drawn)) == (lang == "nl") or kind in ("null", "changes")


def test_all_treated_are_named_and_what_is_out_of_view_is_said(made: EffectResult) -> None:
    said = texts(made.plot("changes"))
    for name in made.table["municipality"].dropna():
        assert name in said
    assert "buiten beeld" in said


def test_pictures_come_from_json_as_well(made: EffectResult) -> None:
    frame = pd.DataFrame(records(made.changes))
    assert "Boekel" in texts(changes(frame, "nl", "invalid", "TK2023"))
    assert made.null is not None
    shown = formatting.p_value(made.null.p_value, "nl")
    assert f"p-waarde {shown}" in texts(null_distribution(made.null.to_dict(), "nl"))


def test_bounds_are_bars(shipped: Results) -> None:
    made = effect(shipped, "EP2024")
    assert "gedrukte aandelen" in texts(made.plot("municipalities"))
    with pytest.raises(EstimationError, match="nothing to draw"):
        made.plot("changes")
    with pytest.raises(EstimationError, match="nothing to draw"):
        made.plot("null")


def test_unknown_pictures_are_named(made: EffectResult) -> None:
    with pytest.raises(UnknownNameError, match="changes"):
        made.plot("change")


def test_curve_and_event_study(shipped: Results) -> None:
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
    study = event_study(shipped)
    assert "n = 4" in texts(study.plot())
    assert "nul bereikt" in texts(study.plot("violations"))
    with pytest.raises(UnknownNameError, match="violations"):
        study.plot("violation")
