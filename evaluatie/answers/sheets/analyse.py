"""A sheet: the tables of one municipality, its sentences, and what is unknown of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.columns import names_of
from evaluatie.answers.sheets import show
from evaluatie.answers.sheets.evidence import Evidence
from evaluatie.answers.sheets.statements import latest, rows, statements
from evaluatie.answers.statement import in_lines, on_provisional
from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.formatting import LANGUAGES, finite
from evaluatie.ground.tables import Row, rows_of

MEASURES = ("share", "change", "effect", "effect_shrunk", "lost_votes", "seat_margin")
_COUNTED = ("ballots", "valid", "blank", "invalid", "rejected")
_ENDS = ("estimate", "conf_low", "conf_high", "bound_low", "bound_high")
_SHRUNK = ("shrunk", "shrunk_low", "shrunk_high")
_PLACE = ("rank", "n_ranked", "n_tied")
_TO_VOTES: Mapping[str, Any] = {"estimate": np.round, "conf_low": np.floor, "conf_high": np.ceil}


def assemble(evidence: Evidence, code: str) -> Answer:
    """Put the sheet of one municipality together.

    Returns
    -------
    Answer
        ``table`` has one row per measure × election × outcome:

        - ``share``: fraction of ballots found, with its Wilson interval, its ``rank`` among
          ``n_ranked`` municipalities (1 = highest; ``n_tied`` others share it), and
          ``exposure``, how often voters had met the new ballot. Where only rounded shares were
          printed there are bounds and no estimate. Elections: those with the new ballot, those
          that they are compared with, and any after a return to the usual ballot;
        - ``change``: that share minus the share at ``baseline``; not yet an effect;
        - ``effect``: difference in differences against the comparison municipalities;
          ``effect_shrunk``: the same drawn towards the other municipalities of the experiment
          (empirical Bayes);
        - ``lost_votes``: the effect times the ballots found; at least none;
        - ``seat_margin``: the smallest number of votes for one list (``to_list``) that could
          have moved a seat.

        ``parts``: ``code``, ``municipality``, ``primary`` (the outcome that effects are of),
        ``latest`` (the newest election with the new ballot of which something is known);
        ``history``, rows of :func:`evaluatie.answers.sheets.history` with bound_low and
        bound_high, all elections, what the figure shows; ``firsts``, ``findings`` (about its
        counts at the elections of ``table``) and ``stations``, its rows of those answers;
        ``shares`` and ``effects``, what the page prints, one row per election; ``lines``, the
        sentence in single statements; ``warnings`` and ``remarks``, findings about counts that
        shares here do and do not rest on.

    Raises
    ------
    UnknownNameError
        If the evidence says nothing about this code.
    """
    history = _with_bounds(_of(evidence.history, code), _of(evidence.bounds, code))
    if history.empty:
        codes = evidence.history["municipality_code"].unique()
        raise UnknownNameError.of("municipality", code, codes)
    through_time = rows_of(history)
    name = str(through_time[-1]["municipality"])
    met = [row for row in through_time if row["new_ballot"] or row["group"] == "reversal"]
    elections = {row[which] for row in met for which in ("election", "baseline")}
    shown = [row for row in through_time if row["election"] in elections]
    table = _table(evidence, shown, met, code).assign(municipality_code=code, municipality=name)
    # One municipality has few rows: as records they are quicker than as frames.
    found = rows_of(table)
    findings = _of(evidence.findings, code, "unit")
    if len(findings):
        findings = findings[findings["election"].isin(elections)].reset_index(drop=True)
    parts: dict[str, Any] = {
        "code": code,
        "municipality": name,
        "primary": evidence.primary,
        "latest": latest(found, evidence.primary),
        "history": history,
        "firsts": _of(evidence.firsts, code),
        "findings": findings,
        "stations": _of(evidence.stations, code),
        **_said(rows_of(findings), found),
    }
    said = statements(found, parts)
    return Answer(
        table=table,
        columns=show.SHEET,
        statements=tuple(chain.from_iterable(said)),
        assumptions=(
            *("binomial", "parallel-trends", "variance-model"),
            *on_provisional(table["vintage"]),
        ),
        sources=evidence.sources,
        parts={
            **parts,
            "shares": _shares(found, evidence.primary),
            "effects": _effects_of(found, evidence.primary),
            "lines": in_lines(said),
        },
        draw=show.draw,
    )


def _of(every: pd.DataFrame, code: str, column: str = "municipality_code") -> pd.DataFrame:
    """Return the rows about a municipality; a table that these data do not give is empty."""
    return every if every.empty else every[every[column] == code].reset_index(drop=True)


def _with_bounds(mine: pd.DataFrame, bounds: pd.DataFrame) -> pd.DataFrame:
    """Add the bounds of shares that are known from rounded print alone."""
    key, ends = ["election", "outcome"], ["bound_low", "bound_high"]
    if bounds.empty:
        return mine.assign(bound_low=np.nan, bound_high=np.nan)
    joined = mine.merge(bounds[[*key, *ends]], on=key, how="left")
    joined.loc[joined["estimate"].notna(), ends] = np.nan
    printed = joined["bound_low"].notna()
    return joined.assign(vintage=joined["vintage"].astype("object").mask(printed, "printed"))


def _table(evidence: Evidence, shown: list[Row], met: list[Row], code: str) -> pd.DataFrame:
    made = [
        *({**row, "measure": "share", "unit": "share", "method": "Wilson"} for row in shown),
        *_changes(shown, met),
        *_effects(_of(evidence.effects, code, "unit"), shown, evidence.primary),
        *_margins(_of(evidence.seats, code), shown),
    ]
    made.sort(key=lambda row: MEASURES.index(row["measure"]))
    return pd.DataFrame(made, columns=names_of(show.SHEET))


def _changes(shown: Iterable[Row], met: Iterable[Row]) -> Iterator[Row]:
    kept = ("outcome", "election", "baseline", "new_ballot", "exposure", "vintage")
    shares = {(row["outcome"], row["election"]): row["estimate"] for row in shown}
    for row in met:
        change = row["estimate"] - shares.get((row["outcome"], row["baseline"]), math.nan)
        same = {name: row[name] for name in kept}
        yield {**same, "measure": "change", "unit": "difference", "estimate": change}


def _effects(effects: pd.DataFrame, shown: Iterable[Row], primary: str) -> Iterator[Row]:
    """The effect by the plan's primary model, as it is and shrunk, and in numbers of votes."""
    kept = ("outcome", "election", "baseline", "vintage", "method")
    here = {row["election"]: row for row in shown if row["outcome"] == primary}
    for row in rows_of(effects):
        if row["role"] != "primary" or row["election"] not in here:
            continue
        share = here[row["election"]]
        same = {name: row[name] for name in kept}
        same |= {name: share[name] for name in ("new_ballot", "exposure")}
        same |= {"n_others": row["n_comparison"], "unit": "difference"}
        yield {**same, "measure": "effect", **{name: row[name] for name in _ENDS}}
        if finite(row["shrunk"]):
            shrunk = {end: row[name] for end, name in zip(_ENDS, _SHRUNK, strict=False)}
            yield {**same, "measure": "effect_shrunk", **shrunk}
        if finite(row["estimate"], share["total"]):
            lost = {
                name: max(float(to(np.float64(row[name]) * share["total"])), 0.0)
                for name, to in _TO_VOTES.items()
            }
            ballots = {"measure": "lost_votes", "unit": "votes", "total": share["total"]}
            yield {**same, **ballots, **lost}


def _margins(seats: pd.DataFrame, shown: Iterable[Row]) -> Iterator[Row]:
    elections = {row["election"] for row in shown}
    for row in sorted(rows_of(seats), key=lambda row: row["votes"]):
        if row["election"] in elections:
            margin = {"estimate": row["votes"], "to_list": row["to_list"], "total": row["n_seats"]}
            same = {"election": row["election"], "unit": "votes", "new_ballot": True}
            yield {"measure": "seat_margin", **same, **margin}


def _said(findings: Iterable[Row], found: list[Row]) -> dict[str, dict[str, list[str]]]:
    """Tell findings about counts of the vintage that a share here rests on from other ones."""
    shares = (row for row in rows(found, "share") if finite(row["estimate"]))
    used = {(row["election"], row["vintage"]) for row in shares}
    said: dict[str, dict[str, list[str]]] = {
        part: {lang: [] for lang in LANGUAGES} for part in ("warnings", "remarks")
    }
    for row in findings:
        touched = row["measure"] in _COUNTED and (row["election"], row["vintage"]) in used
        for lang, texts in said["warnings" if touched else "remarks"].items():
            texts.append(row[f"sentence_{lang}"])
    return said


def _shares(found: list[Row], primary: str) -> pd.DataFrame:
    """One row per election: ballot, shares of all outcomes with intervals, place."""
    made: dict[str, dict[str, Any]] = {}
    for row in rows(found, "share"):
        same = {name: row[name] for name in ("election", "new_ballot", "exposure")}
        here = made.setdefault(row["election"], same | dict.fromkeys(_PLACE))
        if row["outcome"] == primary:
            here |= {name: row[name] for name in _PLACE}
        here |= {f"{row['outcome']}_{name}": row[name] for name in (*_ENDS, "vintage")}
    return pd.DataFrame([*made.values()])


def _effects_of(found: list[Row], primary: str) -> pd.DataFrame:
    """One row per election with the new ballot: change, effect, shrunk, votes, seats."""
    columns = [f"{measure}_{end}" for measure in MEASURES[2:] for end in _ENDS]
    made = [
        {"election": row["election"], "baseline": row["baseline"], "change": row["estimate"]}
        for row in rows(found, "change", outcome=primary, new_ballot=True)
    ]
    for here in made:
        for measure in MEASURES[2:]:
            for row in rows(found, measure, election=here["election"])[:1]:
                here |= {f"{measure}_{end}": row[end] for end in _ENDS}
    return pd.DataFrame(made, columns=["election", "baseline", "change", *columns])
