"""A sheet: the tables of one municipality, its sentences, and what is unknown of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.answers.analysis import Analysis, on_provisional
from evaluatie.answers.quality.findings import COLUMNS as FINDING_COLUMNS
from evaluatie.answers.sheets.evidence import Evidence
from evaluatie.answers.sheets.words import sentences
from evaluatie.ground.errors import UnknownNameError

__all__ = ["COLUMNS", "MEASURES", "Sheet", "assemble"]

MEASURES = (*("share", "change", "effect", "effect_shrunk", "lost_votes", "seat_margin"),)
COLUMNS = (
    *("municipality_code", "municipality", "measure", "unit", "outcome", "election", "baseline"),
    *("new_ballot", "exposure", "estimate", "conf_low", "conf_high", "bound_low", "bound_high"),
    *("count", "total", "rank", "n_ranked", "n_tied", "n_others", "vintage", "method", "to_list"),
)
"""Columns of :attr:`Sheet.table`, in order."""

_COUNTED = ("ballots", "valid", "blank", "invalid", "rejected")


@dataclass(frozen=True, kw_only=True, eq=False)
class Sheet(Analysis):
    """What is known of one municipality.

    ``table`` has one row per measure × election × outcome, with :data:`COLUMNS`:

    - ``share``: fraction of ballots found, with its Wilson interval, its ``rank`` among
      ``n_ranked`` municipalities (1 = highest; ``n_tied`` others share it), and ``exposure``,
      how often voters had met the new ballot. Where only rounded shares were printed there are
      bounds and no estimate. Elections: those with the new ballot, those that they are
      compared with, and any after a return to the usual ballot;
    - ``change``: that share minus the share at ``baseline``; not yet an effect;
    - ``effect``: difference in differences against the comparison municipalities;
      ``effect_shrunk``: the same drawn towards the other municipalities of the experiment
      (empirical Bayes);
    - ``lost_votes``: the effect times the ballots found; at least none;
    - ``seat_margin``: the smallest number of votes for one list (``to_list``) that could have
      moved a seat.

    Attributes
    ----------
    code, municipality
        Which one.
    history
        Rows of :func:`evaluatie.answers.sheets.history` of this municipality, all elections, with
        bound_low and bound_high; what its figure shows.
    firsts
        Rows of :attr:`FirstCountsResult.municipalities` of this one.
    findings
        Rows of the plausibility findings about its counts at the elections of ``table``.
    primary
        The outcome that effects are of.
    stations
        Its rows of :attr:`evaluatie.answers.stations.StationsResult.table`, one per election.
    """

    code: str
    municipality: str
    history: pd.DataFrame
    firsts: pd.DataFrame
    findings: pd.DataFrame
    primary: str
    stations: pd.DataFrame

    def sentences(self, lang: str = "nl") -> list[str]:
        """Say it in a few sentences: share, place, effect, seats, and what to beware of."""
        return sentences(self, lang)

    def sentence(self, lang: str = "nl") -> str:
        """Say everything in one paragraph."""
        return " ".join(self.sentences(lang))

    def remarks(self, lang: str = "nl") -> list[str]:
        """Return the findings about counts that no share on this sheet rests on."""
        return list(self.findings.loc[~self._touched, f"sentence_{lang}"])

    def warnings(self, lang: str = "nl") -> list[str]:
        """Return the findings about counts that shares on this sheet rest on."""
        return list(self.findings.loc[self._touched, f"sentence_{lang}"])

    @property
    def _touched(self) -> pd.Series[bool]:
        """Whether a finding is about a count of the vintage that a share here rests on."""
        shares = self.rows("share").dropna(subset=["estimate"])
        used = set(zip(shares["election"], shares["vintage"], strict=True))
        pairs = zip(self.findings["election"], self.findings["vintage"], strict=True)
        rests = pd.Series([pair in used for pair in pairs], self.findings.index, dtype=bool)
        return self.findings["measure"].isin(_COUNTED) & rests

    def rows(self, measure: str, **where: object) -> pd.DataFrame:
        """Return the rows of one measure, oldest election first."""
        kept = self.table["measure"] == measure
        for column, value in where.items():
            kept &= self.table[column] == value
        return self.table[kept].reset_index(drop=True)

    @property
    def latest(self) -> str | None:
        """The newest election with the new ballot of which something is known."""
        shares = self.rows("share", outcome=self.primary, new_ballot=True)
        known = shares[shares["estimate"].notna() | shares["bound_low"].notna()]
        return None if known.empty else str(known["election"].iloc[-1])


def assemble(evidence: Evidence, code: str) -> Sheet:
    """Put the sheet of one municipality together.

    Raises
    ------
    UnknownNameError
        If the evidence says nothing about this code.
    """
    every = evidence.history
    mine = every[every["municipality_code"] == code]
    if mine.empty:
        raise UnknownNameError.of("municipality", code, every["municipality_code"].unique())
    mine = _with_bounds(mine, evidence.bounds, code)
    name = str(mine["municipality"].iloc[-1])
    shown = mine[mine["election"].isin(_of_interest(mine))]
    rows = [
        *shown.assign(measure="share", unit="share", method="Wilson").to_dict("records"),
        *_changes(shown),
        *_effects(evidence.effects, shown, code, evidence.primary),
        *_margins(evidence.seats, shown, code),
    ]
    order = {name: position for position, name in enumerate(MEASURES)}
    table = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    table = table.iloc[table["measure"].map(order).argsort(kind="stable")]
    findings = evidence.findings
    if findings.empty:
        findings = pd.DataFrame(columns=list(FINDING_COLUMNS))
    about = findings[(findings["unit"] == code) & findings["election"].isin(shown["election"])]
    firsts = evidence.firsts
    if len(firsts):
        firsts = firsts[firsts["municipality_code"] == code]
    return Sheet(
        table=table.assign(municipality_code=code, municipality=name).reset_index(drop=True),
        assumptions=(
            *("binomial", "parallel-trends", "variance-model"),
            *on_provisional(table["vintage"]),
        ),
        sources=evidence.sources,
        code=code,
        municipality=name,
        history=mine.reset_index(drop=True),
        firsts=firsts.reset_index(drop=True),
        findings=about.reset_index(drop=True),
        primary=evidence.primary,
        stations=_stations(evidence.stations, code),
    )


def _stations(every: pd.DataFrame, code: str) -> pd.DataFrame:
    return every if every.empty else every[every["municipality_code"] == code]


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
    for row in mine.to_dict("records"):
        if row["election"] not in about.index:
            continue
        here = about.loc[row["election"]]
        common = {
            **{name: row[name] for name in ("outcome", "election", "baseline", "vintage")},
            "new_ballot": here["new_ballot"],
            "exposure": here["exposure"],
            "method": row["method"],
            "n_others": row["n_comparison"],
        }
        bounds = {name: row[name] for name in ("bound_low", "bound_high")}
        ends = {name: row[name] for name in ("conf_low", "conf_high")}
        yield {
            **common,
            **bounds,
            **ends,
            "measure": "effect",
            "unit": "difference",
            "estimate": row["estimate"],
        }
        if pd.notna(row["shrunk"]):
            yield {
                **common,
                "measure": "effect_shrunk",
                "unit": "difference",
                "estimate": row["shrunk"],
                "conf_low": row["shrunk_low"],
                "conf_high": row["shrunk_high"],
            }
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
    mine = seats[(seats["municipality_code"] == code) & (seats["kind"] == "added")]
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
