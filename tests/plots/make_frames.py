"""Cut the results of a study down to what the figures read, for the tests beside this file.

Run ``python tests/plots/make_frames.py RESULTS`` on a folder written by
``evaluatie.report.study.run`` when columns of a result change, and look at the figures; the
tests need not agree with the counts of today, only look like them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from gallery import BOARDS

import evaluatie
from evaluatie.answers.answer import records
from evaluatie.answers.effect.event_study import event_study
from evaluatie.answers.rates import rates
from evaluatie.answers.run import Run
from evaluatie.report.exhibits import FIGURES

HERE = Path(__file__).parent
FRAMES = HERE / "frames.json"
PARTS: dict[str, tuple[str, str]] = {
    # name of the frame: (result, rows that are kept)
    "before_after": ("before_after_invalid", ""),
    "distribution": ("rates_municipality", "election == 'GR2026'"),
    "funnel": ("funnel_GR2026", ""),
    "forest_bounds": ("effect_EP2024", "outcome == 'invalid' and scale == 'points'"),
    "specification": ("specification_GR2026", "outcome == 'invalid' and scale == 'points'"),
    "event_study": ("event_study", ""),
    "waterfall": ("learning_decomposition_invalid", ""),
    "power": ("power", "method in ['random-effects t', 'variance-weighted t']"),
    "personal_effects": ("personal_vote_GR2026", "weights == 'municipalities'"),
    "reasons": ("reasons", ""),
    "seats": ("seats_at_stake_GR2026", ""),
}
DETAILS = ("within", "between", "exposure")
DROPPED = ("assumption", "reason_text", "note", "p_holm", "mc_error", "mc_error_coverage")
SHEET = "GM0513"


def main(folder: Path) -> None:
    """Write the frames, and the null distribution as it is."""
    frames: dict[str, Any] = {}
    for name, (result, rows) in PARTS.items():
        table = pd.DataFrame(_read(folder, result)["table"])
        kept = table.query(rows) if rows else table
        frames[name] = _rounded(kept.drop(columns=[c for c in DROPPED if c in kept]))
    for estimand in DETAILS:
        detail = pd.DataFrame(_read(folder, f"learning_{estimand}_invalid")["detail"])
        frames[estimand] = _rounded(detail)
    results = evaluatie.load()
    votes = evaluatie.personal_vote(results, "GR2026").parts["changes"]
    frames["personal_changes"] = _rounded(votes.query("measure == 'preference'"))
    effect, study = evaluatie.effect(results, "GR2026").parts, event_study(results).parts
    frames |= {"changes": _rounded(effect["changes"]), "null": effect["null"]}
    frames["violations"] = _rounded(study["bounds"])
    frames["breakdown"] = study["breakdown"]
    frames |= _sheet()
    done = Run(folder)
    frames |= {name: _rounded(FIGURES[name].data.rows(done)) for name in (*BOARDS, "scale-up")}
    lines = [f'"{name}": {json.dumps(rows, ensure_ascii=False)}' for name, rows in frames.items()]
    FRAMES.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _read(folder: Path, name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return content


def _rounded(frame: pd.DataFrame) -> dict[str, Any]:
    """Return columns of values, floats with five digits, so that rows stay short."""
    values = records(frame.reset_index(drop=True))
    return {
        column: [float(f"{v:.5g}") if isinstance(v := row[column], float) else v for row in values]
        for column in frame
    }


def _sheet() -> dict[str, Any]:
    results = evaluatie.load()
    table = pd.concat(
        rates(results, outcome, by="municipality").table.assign(outcome=outcome)
        for outcome in ("invalid", "blank")
    )
    plan = evaluatie.load_design()
    dates = {name: plan.election(name).date.isoformat() for name in table["election"].unique()}
    others = (
        table[table["group"] == "comparison"]
        .groupby(["election", "outcome"])["estimate"]
        .quantile([0.1, 0.5, 0.9])
        .unstack()
        .set_axis(["low", "median", "high"], axis=1)
        .reset_index()
    )
    own = table[table["municipality_code"] == SHEET]
    return {
        "sheet_history": _rounded(own.assign(date=own["election"].map(dates))),
        "sheet_others": _rounded(others),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
