"""The answers to the main questions, for a reader in a hurry."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pandas as pd

from evaluatie.answers.answer import Answer, Found, because, missing
from evaluatie.answers.baselines import uncounted
from evaluatie.answers.columns import POOLED
from evaluatie.answers.effect import Across, across, effect
from evaluatie.answers.learning import learning
from evaluatie.answers.statement import Statement, everyone_left_out, on_provisional
from evaluatie.answers.summary import show
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.formatting import LANGUAGES

Row = dict[str, Any]
Names = Mapping[str, Mapping[str, str]]

SECOND_OUTCOME = "rejected"
"""Beside the primary outcome: the sum, since the decree moves the line between the two."""
BLANK = "blank"
"""And what became of blank votes, the other part of the sum."""


def summary(results: Results) -> Answer:
    """Estimate what a minister's adviser asks first.

    Parameters
    ----------
    results
        Counts, from :func:`evaluatie.load`.

    Returns
    -------
    Answer
        ``table``, one row per estimate, latest election first. kind is ``effect`` (together),
        ``mean`` and ``next`` (what municipalities like these and one more may expect, from the
        latest election), ``elections`` (the mean over elections, each counted once; n_treated is
        their number),
        ``municipality`` (of the latest election with counts per municipality) or
        ``learning`` (experienced minus new); group tells whether a municipality used the
        ballot for the first time. Estimates, intervals and bounds are differences
        of shares as fractions, per voter, by the plan's model-based primary method.
        ``parts`` has ``names``: by election its name in words, by language.

    Examples
    --------
    >>> import evaluatie
    >>> evaluatie.summary(evaluatie.load()).sentences("en")[0].partition(".")[0]
    'The new ballot brings more invalid votes'
    """
    plan = results.counted_plan
    primary = plan.primary_outcome
    method, expected = (plan.raw["inference"][key] for key in ("primary_model", "expected"))
    rows: list[Row] = []
    absent: list[pd.DataFrame] = []
    refused: dict[str, Statement] = {}
    apart: list[Row] = []
    for election in reversed([name for name in plan.new_ballot if name in results.elections]):
        for outcome in dict.fromkeys((primary, SECOND_OUTCOME, BLANK)):
            try:
                made = effect(results, election, outcome, methods=(method, *expected))
            except EstimationError as refusal:
                if outcome == primary:
                    refused[election] = because(refusal).statements[0]
                    absent.append(uncounted(results, plan, election, outcome, results.vintage))
                continue
            absent.append(made.left_out)
            found = _rows(made.table)
            together = next(row for row in found if row["unit"] == POOLED)
            if math.isnan(together["estimate"]) and math.isnan(together["bound_low"]):
                if outcome == primary:
                    refused[election] = missing("not_possible", election).statements[0]
                continue
            rows.append({"kind": "effect", **together})
            found = [row for row in found if pd.notna(row["estimate"])]
            if outcome == primary and not apart:
                ahead = [row for row in found if row["estimand"] in ("mean", "next")]
                rows += [{"kind": row["estimand"], **row} for row in ahead]
                apart = [row for row in found if row["unit"] != POOLED]
                for row in apart:
                    group = plan.group(row["unit"], election)
                    rows.append({"kind": "municipality", "group": group, **row})
    with suppress(EstimationError, IndexError):  # nobody met the ballot before, or nobody is new
        rows.append({"kind": "learning", **_main_contrast(learning(results, "between").table)})
    vintages = [str(row.get(name)) for row in rows for name in ("vintage", "baseline_vintage")]
    with suppress(EstimationError):  # fewer than three elections: no mean over them
        mean = _elections(across(results, primary))
        rows.append({"kind": "elections", "outcome": primary, **mean})
    table = pd.DataFrame(rows, columns=list(show.COLUMNS))
    names: Names = {
        name: {lang: plan.called(name, lang) for lang in LANGUAGES} for name in results.elections
    }
    return Answer(
        table=table,
        columns=show.TABLE,
        statements=statements(table, names, refused, primary),
        assumptions=("parallel-trends", *on_provisional(vintages)),
        sources=results.sources,
        left_out=everyone_left_out(*absent),
        parts={"names": names},
        draw=show.draw,
    )


def run(results: Results) -> Mapping[str, Found]:
    """Return what the report reads."""
    return {"summary": summary(results)}


def statements(
    table: pd.DataFrame, names: Names, refused: Mapping[str, Statement], primary: str = "invalid"
) -> tuple[Statement, ...]:
    """Answer one question in each statement.

    Does the ballot cost votes, also counted the other way, where, and do voters learn? Then what
    could not be answered.

    Parameters
    ----------
    table
        Of :func:`summary`.
    names
        By election its name in words, by language.
    refused
        By election of which no effect can be estimated why not.
    primary
        Outcome of the first answer.
    """
    lacking = [
        _answer(Statement("summary.refused", {"election": names[name]}), why)
        for name, why in refused.items()
    ]
    effects = table[table["kind"] == "effect"]
    first, second, blank = (
        _rows(effects[effects["outcome"] == outcome])
        for outcome in (primary, SECOND_OUTCOME, BLANK)
    )
    if not first:
        return (Statement("summary.effect_none"), *lacking)
    said = [_effects("effect", first, names)]
    ahead = {row["kind"]: row for row in _rows(table[table["kind"].isin(["mean", "next"])])}
    if len(ahead) == 2:
        said.append(_expected(ahead["mean"], ahead["next"], names))
    said += [_across(row, first, names) for row in _rows(table[table["kind"] == "elections"])]
    if second:
        said.append(_effects("rejected", second, names))
    if blank:
        said += [_effects("blank", blank, names), Statement("effect.party_only")]
    apart = _rows(table[table["kind"] == "municipality"].sort_values("estimate"))
    if apart:
        said.append(_where(apart, names))
    return (*said, _learning(_rows(table[table["kind"] == "learning"]), first, names), *lacking)


def _elections(found: Across) -> Row:
    """Return the mean over elections as a row: its interval is that of elections like these."""
    same = math.isclose(found.low, found.high, abs_tol=5e-6)
    return {
        "estimate": found.low if same else math.nan,
        "bound_low": found.low,
        "bound_high": found.high,
        "conf_low": found.conf_low,
        "conf_high": found.conf_high,
        "n_treated": len(found.table),
        "method": "random-effects mean",
    }


def _expected(mean: Row, another: Row, names: Names) -> Statement:
    """Say what others may expect, beside what happened in these municipalities."""
    return Statement(
        "summary.expected",
        {
            **mean,
            "election": names[mean["election"]],
            "next_low": another["conf_low"],
            "next_high": another["conf_high"],
        },
    )


def _across(row: Row, effects: Sequence[Row], names: Names) -> Statement:
    """Say the mean over elections, its range, and what three elections leave open."""
    middle = {
        each["election"]: each["estimate"]
        if pd.notna(each["estimate"])
        else (each["bound_low"] + each["bound_high"]) / 2
        for each in effects
    }
    least, most = min(middle, key=middle.__getitem__), max(middle, key=middle.__getitem__)
    return Statement(
        "summary.elections",
        {
            "n": row["n_treated"],
            "mean": (row["bound_low"] + row["bound_high"]) / 2,
            "least": middle[least],
            "least_election": names[least],
            "most": middle[most],
            "most_election": names[most],
            "low": row["conf_low"],
            "high": row["conf_high"],
        },
    )


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [
        {str(name): value for name, value in row.items()} for row in frame.to_dict(orient="records")
    ]


def _answer(verdict: Statement, evidence: Statement) -> Statement:
    return Statement("summary.answer", {"verdict": verdict, "evidence": evidence})


def _main_contrast(learned: pd.DataFrame) -> Row:
    """Return the primary row that has both an interval and a p-value, in columns of an effect."""
    main = learned[(learned["unit"] == POOLED) & (learned["role"] == "primary")]
    row = _rows(main.dropna(subset=["conf_low", "p_value"]))[-1]
    # The row holds all three numbers; the sentence speaks of the two groups compared.
    groups = {"n_treated": row["n_experienced"], "n_comparison": row["n_newcomers"]}
    return {**row, "election": row["to_election"], **groups}


def _effects(kind: str, rows: Sequence[Row], names: Names) -> Statement:
    above = [row["conf_low"] > 0 for row in rows]
    below = [row["conf_high"] < 0 for row in rows]
    if all(above):
        verdict = "more"
    elif all(below):
        verdict = "fewer"
    else:
        verdict = "mixed" if any(above + below) else "open"
    first, *others = rows
    parts = [_one(first, "first", names, "effect_primary" if kind == "effect" else "effect")]
    parts += [_one(row, "next", names) for row in others]
    return _answer(
        Statement(f"summary.{kind}_{verdict}"), Statement("summary.estimates", {"parts": parts})
    )


def _one(row: Row, place: str, names: Names, key: str = "effect") -> Statement:
    words = {**row, "election": names[row["election"]]}
    estimate = float(row["estimate"])
    if math.isnan(estimate):
        return Statement(f"summary.{place}_bounded", words)
    return Statement(
        f"summary.{place}_{key}",
        {
            **words,
            "per_10000": abs(10_000 * estimate),
            "more": "@summary.more" if estimate >= 0 else "@summary.fewer",
            "vintage": f"@common.{row['vintage']}",
        },
    )


def _where(rows: Sequence[Row], names: Names) -> Statement:
    """Name the municipalities with the smallest and the largest effect; rows in that order."""
    least, most = rows[0], rows[-1]
    words = {
        "election": names[least["election"]],
        "n": len(rows),
        "n_clear": sum(row["conf_low"] > 0 for row in rows),
        "lowest": least["municipality"],
        "low": least["estimate"],
        "low_low": least["conf_low"],
        "low_high": least["conf_high"],
        "highest": most["municipality"],
        "high": most["estimate"],
        "high_low": most["conf_low"],
        "high_high": most["conf_high"],
    }
    if len(rows) == 1:
        return Statement("summary.where_one", words)
    return _answer(Statement("summary.where_differs"), Statement("summary.where", words))


def _learning(learned: Sequence[Row], effects: Sequence[Row], names: Names) -> Statement:
    """Say whether the experienced do better, and whether half the effect may be gone."""
    if not learned:
        return Statement("summary.learning_none")
    row = learned[0]
    same = [each["estimate"] for each in effects if each["election"] == row["election"]]
    sure = "yes" if row["conf_high"] < 0 else "worse" if row["conf_low"] > 0 else "open"
    wide = sure == "open" and bool(same) and row["conf_low"] < -same[0] / 2
    words = {
        **row,
        "election": names[row["election"]],
        "vintage": f"@common.{row['vintage']}",
        "wide": "@summary.learning_wide" if wide else "",
    }
    return _answer(Statement(f"summary.learning_{sure}"), Statement("summary.learning", words))
