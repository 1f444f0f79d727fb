"""A sheet: the tables of one municipality, its sentences, and what is unknown of it."""

from __future__ import annotations

from collections.abc import Iterator
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
    mine = _with_bounds(mine, evidence.bounds, code).reset_index(drop=True)
    shown = mine[mine["election"].isin(_of_interest(mine))]
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
        *shown.assign(measure="share", unit="share", method="Wilson").to_dict("records"),
        *_changes(shown),
        *_effects(evidence.effects, shown, code, evidence.primary),
        *_margins(evidence.seats, shown, code),
    ]
    order = {name: position for position, name in enumerate(MEASURES)}
    table = pd.DataFrame(made).reindex(columns=names_of(show.SHEET))
    table = table.iloc[table["measure"].map(order).argsort(kind="stable")]
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


def _of(every: pd.DataFrame, code: str) -> pd.DataFrame:
    own = every if every.empty else every[every["municipality_code"] == code]
    return own.reset_index(drop=True)


def _with_bounds(mine: pd.DataFrame, bounds: pd.DataFrame, code: str) -> pd.DataFrame:
    """Add the bounds of shares that are known from rounded print alone."""
    ends = ["bound_low", "bound_high"]
    if bounds.empty:
        return mine.assign(bound_low=np.nan, bound_high=np.nan)
    here = bounds[bounds["municipality_code"] == code]
    joined = mine.merge(
        here[["election", "outcome", *ends]], on=["election", "outcome"], how="left"
    )
    counted = joined["estimate"].notna()
    joined.loc[counted, ends] = np.nan
    printed = joined["bound_low"].notna()
    return joined.assign(vintage=joined["vintage"].astype("object").mask(printed, "printed"))


def _of_interest(mine: pd.DataFrame) -> list[str]:
    """Elections with the new ballot or after it, and those that they are compared with."""
    met = mine[mine["new_ballot"].astype(bool) | (mine["group"] == "reversal")]
    return list(dict.fromkeys([*met["election"], *met["baseline"].dropna()]))


def _changes(shown: pd.DataFrame) -> Iterator[dict[str, Any]]:
    before = shown.set_index(["outcome", "election"])["estimate"]
    met = shown[shown["new_ballot"].astype(bool) | (shown["group"] == "reversal")]
    for row in met.to_dict("records"):
        earlier = before.get((row["outcome"], row["baseline"]), np.nan)
        kept = ("outcome", "election", "baseline", "new_ballot", "exposure", "vintage")
        yield {
            **{name: row[name] for name in kept},
            "measure": "change",
            "unit": "difference",
            "estimate": row["estimate"] - earlier,
        }


def _effects(
    effects: pd.DataFrame, shown: pd.DataFrame, code: str, primary: str
) -> Iterator[dict[str, Any]]:
    """The effect by the plan's primary model, as it is and shrunk, and in numbers of votes."""
    if effects.empty:
        return
    mine = effects[(effects["unit"] == code) & (effects["role"] == "primary")]
    about = shown[shown["outcome"] == primary].set_index("election")
    for row in mine[mine["election"].isin(about.index)].to_dict("records"):
        here = about.loc[row["election"]]
        common = {
            **{
                name: row[name] for name in ("outcome", "election", "baseline", "vintage", "method")
            },
            **{name: here[name] for name in ("new_ballot", "exposure")},
            "n_others": row["n_comparison"],
        }
        difference = {**common, "unit": "difference"}
        yield {**difference, "measure": "effect", **{name: row[name] for name in _ENDS}}
        if pd.notna(row["shrunk"]):
            ends = {f"conf_{end}": row[f"shrunk_{end}"] for end in ("low", "high")}
            yield {**difference, "measure": "effect_shrunk", "estimate": row["shrunk"], **ends}
        if pd.notna(here["total"]) and pd.notna(row["estimate"]):
            ballots = float(here["total"])
            yield {
                **common,
                "measure": "lost_votes",
                "unit": "votes",
                "estimate": max(round(row["estimate"] * ballots), 0),
                "conf_low": max(np.floor(row["conf_low"] * ballots), 0.0),
                "conf_high": max(np.ceil(row["conf_high"] * ballots), 0.0),
                "total": ballots,
            }


def _margins(seats: pd.DataFrame, shown: pd.DataFrame, code: str) -> Iterator[dict[str, Any]]:
    if seats.empty:
        return
    mine = seats[seats["municipality_code"] == code]
    for row in mine.sort_values("votes", kind="stable").to_dict("records"):
        if row["election"] in set(shown["election"]):
            yield {
                "measure": "seat_margin",
                "unit": "votes",
                "election": row["election"],
                "new_ballot": True,
                "estimate": row["votes"],
                "to_list": row["to_list"],
                "total": row["n_seats"],
            }
