"""What the new ballot did: the estimate, the methods beside it, the checks on the design."""

from __future__ import annotations

import pandas as pd

from evaluatie.answers import plots
from evaluatie.answers.effect import for_readers
from evaluatie.answers.effect.result import method_text
from evaluatie.answers.run import Run
from evaluatie.ground.words import say
from evaluatie.report.exhibits.shown import Picture, Shown

__all__ = ["FIGURES", "TABLES"]

_PRIMARY = "variance-weighted t"
_BY_DESIGN = "randomization by re-assignment"
_ONLY_MUNICIPAL = ("shrunk", "shrunk_low", "shrunk_high", "bound_low", "bound_high")


def _summary(done: Run, lang: str) -> Shown:
    rows = done.frame("effect_summary", scale="points", weights="voters")
    rows = rows[rows["estimate"].notna()].assign(unit="pooled", municipality=None)
    for column in _ONLY_MUNICIPAL:
        rows[column] = rows.get(column)
    key = ["election", "outcome", "vintage"]
    model = rows[rows["method"] == _PRIMARY]
    design = rows[rows["method"] == _BY_DESIGN].set_index(key)["p_value"]
    joined = model.join(design.rename("p_design"), on=key)
    return Shown(for_readers(joined, lang), "effect_summary")


def _municipalities(done: Run, lang: str) -> Shown:
    rows = done.frame(_latest(done), method=_PRIMARY)
    rows = rows[rows["unit"] != "pooled"].sort_values("estimate", ascending=False)
    return Shown(for_readers(rows, lang), "effect_municipality")


def _methods(done: Run, lang: str) -> Shown:
    rows = done.frame(_latest(done), unit="pooled")
    return Shown(for_readers(rows, lang), "effect_methods")


def _placebos(done: Run, lang: str) -> Shown:
    rows = done.frame("placebos", weights="voters").dropna(subset=["estimate"])
    return Shown(rows, "placebos")


def _changes(done: Run, lang: str) -> Picture:
    name = _latest(done)
    frame = done.frame(f"{name}_changes")
    baseline = str(done.frame(name)["baseline"].iloc[0])
    return Picture(lambda: plots.changes(frame, lang, "invalid", baseline), Shown(frame, "changes"))


def _forest(done: Run, lang: str) -> Picture:
    rows = done.frame(_latest(done), method=_PRIMARY)
    return Picture(lambda: plots.forest(rows, lang), _municipalities(done, lang))


def _null(done: Run, lang: str) -> Picture:
    null = done.result(f"{_latest(done)}_null")
    bins = pd.DataFrame(null["table"])
    return Picture(lambda: plots.null_distribution(null, lang), Shown(bins, "null"))


def _event_study(done: Run, lang: str) -> Picture:
    rows = done.frame("event_study")
    return Picture(lambda: plots.event_study(rows, lang), Shown(rows, "event_study"))


def _violations(done: Run, lang: str) -> Picture:
    rows = done.frame("event_study_bounds")
    breakdown = done.result("event_study_bounds")["breakdown"]
    return Picture(lambda: plots.violations(rows, breakdown, lang), Shown(rows, "violations"))


def _specification(done: Run, lang: str) -> Picture:
    rows = done.frame(done.latest("specification"))
    drawn = rows[
        (rows["outcome"] == "invalid") & (rows["scale"] == "points") & rows["estimate"].notna()
    ].sort_values("estimate")
    choices = drawn.assign(
        method_text=[method_text(name, lang) for name in drawn["method"]],
        comparison_text=[say(f"effect.short_{rule}", lang) for rule in drawn["comparison"]],
        weights_text=[say(f"effect.weights_{name}", lang) for name in drawn["weights"]],
        vintage_text=[say(f"effect.vintage_{name}", lang) for name in drawn["vintage"]],
    )
    return Picture(lambda: plots.specification_curve(rows, lang), Shown(choices, "specification"))


def _latest(done: Run) -> str:
    # Only where counts are known per municipality is there a null distribution.
    return done.latest("specification").replace("specification", "effect")


TABLES = {
    "effect": _summary,
    "effect-municipalities": _municipalities,
    "effect-methods": _methods,
    "placebos": _placebos,
}
FIGURES = {
    "changes": _changes,
    "forest": _forest,
    "null": _null,
    "event-study": _event_study,
    "violations": _violations,
    "specification": _specification,
}
