"""A sheet: the tables of one municipality, its sentences, and what is unknown of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Answer, stacked
from evaluatie.answers.columns import names_of
from evaluatie.answers.sheets import show
from evaluatie.answers.sheets.evidence import Evidence
from evaluatie.answers.sheets.statements import latest, rows, statements
from evaluatie.answers.statement import in_lines, on_provisional
from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.formatting import LANGUAGES

MEASURES = ("share", "change", "effect", "effect_shrunk", "lost_votes", "seat_margin")
_COUNTED = ("ballots", "valid", "blank", "invalid", "rejected")
_FINDING = ["unit", "election", "vintage", "measure", *(f"sentence_{lang}" for lang in LANGUAGES)]


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
    every = evidence.history
    mine = every[every["municipality_code"] == code]
    if mine.empty:
        raise UnknownNameError.of("municipality", code, every["municipality_code"].unique())
    mine = _with_bounds(mine, _of(evidence.bounds, code)).reset_index(drop=True)
    met = _met(mine)
    shown = mine[mine["election"].isin({*met["election"], *met["baseline"].dropna()})]
    table = _table(evidence, shown, code, str(mine["municipality"].iloc[-1]))
    findings = evidence.findings if len(evidence.findings) else pd.DataFrame(columns=_FINDING)
    about = findings[(findings["unit"] == code) & findings["election"].isin(shown["election"])]
    touched = _touched(about, table)
    parts: dict[str, Any] = {
        "code": code,
        "municipality": str(mine["municipality"].iloc[-1]),
        "primary": evidence.primary,
        "latest": latest(table, evidence.primary),
        "history": mine,
        "firsts": _of(evidence.firsts, code),
        "findings": about.reset_index(drop=True),
        "stations": _of(evidence.stations, code),
        "warnings": _said(about[touched]),
        "remarks": _said(about[~touched]),
    }
    said = statements(table, parts)
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
            "shares": _shares(table, evidence.primary),
            "effects": _effects_of(table, evidence.primary),
            "lines": in_lines(said),
        },
        draw=show.draw,
    )


def _table(evidence: Evidence, shown: pd.DataFrame, code: str, name: str) -> pd.DataFrame:
    made = [
        shown.assign(measure="share", unit="share", method="Wilson"),
        _changes(shown),
        *_effects(_of(evidence.effects, code, "unit"), shown[shown["outcome"] == evidence.primary]),
        *_margins(_of(evidence.seats, code), shown),
    ]
    # Frames of a finished run know less of their types than computed ones: both become the same.
    table = pd.DataFrame(stacked(made).to_dict("records"), columns=names_of(show.SHEET))
    table = table.iloc[table["measure"].map(MEASURES.index).argsort(kind="stable")]
    return table.assign(municipality_code=code, municipality=name).reset_index(drop=True)


def _touched(findings: pd.DataFrame, table: pd.DataFrame) -> pd.Series[bool]:
    """Whether a finding is about a count of the vintage that a share here rests on."""
    shares = rows(table, "share").dropna(subset=["estimate"])
    used = set(zip(shares["election"], shares["vintage"], strict=True))
    pairs = zip(findings["election"], findings["vintage"], strict=True)
    rests = pd.Series([pair in used for pair in pairs], findings.index, dtype=bool)
    return findings["measure"].isin(_COUNTED) & rests


def _said(findings: pd.DataFrame) -> dict[str, list[str]]:
    return {lang: list(findings[f"sentence_{lang}"]) for lang in LANGUAGES}


_ENDS = ("estimate", "conf_low", "conf_high", "bound_low", "bound_high")
_SHRUNK = ("shrunk", "shrunk_low", "shrunk_high")


def _shares(table: pd.DataFrame, primary: str) -> pd.DataFrame:
    """One row per election: ballot, shares of all outcomes with intervals, place."""
    made = []
    for election, some in rows(table, "share").groupby("election", sort=False):
        first, place = some.iloc[0], some[some["outcome"] == primary].iloc[0]
        row = {name: first[name] for name in ("new_ballot", "exposure")}
        row |= {name: place[name] for name in ("rank", "n_ranked", "n_tied")}
        for each in some.to_dict("records"):
            row |= {f"{each['outcome']}_{name}": each[name] for name in (*_ENDS, "vintage")}
        made.append({"election": election, **row})
    return pd.DataFrame(made)


def _effects_of(table: pd.DataFrame, primary: str) -> pd.DataFrame:
    """One row per election with the new ballot: change, effect, shrunk, votes, seats."""
    changes = rows(table, "change", outcome=primary, new_ballot=True)
    made = changes[["election", "baseline"]].assign(change=changes["estimate"])
    for measure in MEASURES[2:]:
        found = rows(table, measure).drop_duplicates("election").set_index("election")
        made = made.join(found[list(_ENDS)].add_prefix(f"{measure}_"), on="election")
    return made


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


def _met(mine: pd.DataFrame) -> pd.DataFrame:
    """Rows of elections with the new ballot or after it."""
    return mine[mine["new_ballot"].astype(bool) | (mine["group"] == "reversal")]


def _changes(shown: pd.DataFrame) -> pd.DataFrame:
    kept = ["outcome", "election", "baseline", "new_ballot", "exposure", "vintage", "estimate"]
    before = shown[["outcome", "election", "estimate"]]
    before = before.set_axis(["outcome", "baseline", "before"], axis=1)
    met = _met(shown)[kept].merge(before, on=["outcome", "baseline"], how="left")
    change = met["estimate"] - met["before"]
    return met.assign(measure="change", unit="difference", estimate=change)


def _effects(effects: pd.DataFrame, shown: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The effect by the plan's primary model, as it is and shrunk, and in numbers of votes."""
    if effects.empty:
        return
    common = ["outcome", "election", "baseline", "vintage", "method", "n_comparison"]
    mine = effects.loc[effects["role"] == "primary", [*common, *_ENDS, *_SHRUNK]]
    mine = mine.merge(shown[["election", "new_ballot", "exposure", "total"]], on="election")
    mine = mine.rename(columns={"n_comparison": "n_others"})
    ends, ballots = mine[list(_ENDS)], mine.pop("total")
    rest = mine.drop(columns=list(_ENDS))
    difference = rest.assign(unit="difference")
    yield difference.assign(measure="effect", **ends)
    shrunk = mine[list(_SHRUNK)].set_axis(_ENDS[:3], axis=1)
    known = shrunk["estimate"].notna()
    yield difference.assign(measure="effect_shrunk", **shrunk)[known]
    votes = ends.astype("float64").mul(ballots, axis=0)
    lost = {
        "estimate": votes["estimate"].round().clip(lower=0),
        "conf_low": np.floor(votes["conf_low"]).clip(lower=0),
        "conf_high": np.ceil(votes["conf_high"]).clip(lower=0),
    }
    known = votes["estimate"].notna()
    yield rest.assign(measure="lost_votes", unit="votes", total=ballots, **lost)[known]


def _margins(seats: pd.DataFrame, shown: pd.DataFrame) -> Iterator[pd.DataFrame]:
    if len(seats):
        mine = seats[seats["election"].isin(shown["election"])].sort_values("votes", kind="stable")
        mine = mine[["election", "votes", "to_list", "n_seats"]]
        mine = mine.set_axis(["election", "estimate", "to_list", "total"], axis=1)
        yield mine.assign(measure="seat_margin", unit="votes", new_ballot=True)
