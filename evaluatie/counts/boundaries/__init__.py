"""Comparable units over time: counts of older elections in the newest municipal division.

Municipalities merge on the first of January. Where a whole municipality went into another,
the counts add up. Where one was divided over several, nobody counted the pieces apart: the
pieces and what they went into are left out at every election, and listed with the reason.
Nothing is estimated, and a count with an unknown part is unknown.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from evaluatie.counts import Results, load_table
from evaluatie.counts.boundaries.division import KEY, Division, Reason
from evaluatie.counts.boundaries.mergers import election_date, election_kind, successors
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.ground.words import say
from evaluatie.plan import Design, load_design

__all__ = ["REASONS", "Comparable", "comparable", "election_date", "election_kind", "successors"]

REASONS = ("split", "absent", "unknown_successor", "grown", "counted_inside", "incomplete")
"""Why units are left out. ``split``: a piece went to or came from another municipality.
``absent``: not counted apart at the newest election. ``unknown_successor``: gone, and the
table of mergers begins too late to say into what. ``grown``: eligible voters jumped in years
before that table begins, so that a merger is likely. ``counted_inside``: at some of the
elections counted inside another unit. ``incomplete``: at this election and vintage a part
has no row."""

_COUNTS = ("eligible", "ballots", "valid", "blank", "invalid", "rejected")


@dataclass(frozen=True, eq=False)
class Comparable:
    """Counts in one municipal division.

    Attributes
    ----------
    rows
        The rows of the input with ``unit``, their code in the newest division, and ``reason``,
        why they are in no sum (see :data:`REASONS`).
    division, reasons
        The newest division, and why units of it are left out at all elections.
    elections
        Ids in order of date; the last one gives the division.
    plan
        The plan that gave the dates.
    """

    rows: pd.DataFrame
    division: Division
    reasons: Mapping[str, Reason]
    elections: tuple[str, ...]
    plan: Design

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per election × unit × vintage; vintages are never mixed within a sum.

        Columns as in ``schema.TABLES["municipal_results"]`` plus ``division``: the election
        whose municipal division the codes and names are of.
        """
        kept = self.rows[self.rows["reason"].isna()]
        return _sorted(_sums(kept, self.division), self.elections)

    @cached_property
    def mapping(self) -> pd.DataFrame:
        """One row per election × municipality.

        municipality_code and municipality as then, unit and unit_name in the newest division,
        kept (False = left out).
        """
        return _mapping(self.rows, self.division, self.elections)

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """The rows of the input that are in no sum, with sentence_nl and sentence_en besides."""
        out = self.rows[self.rows["reason"].notna()]
        return _sorted(_explained(out, self.reasons, self.division), self.elections)

    @property
    def results(self) -> Results:
        """The comparable counts as :class:`evaluatie.Results`, for every other analysis."""
        return Results(self.frame, plan=self.plan)

    @property
    def units(self) -> tuple[str, ...]:
        """Codes of the units that have a row at every one of the elections."""
        seen = self.frame.groupby("municipality_code")["election"].nunique()
        return tuple(sorted(seen.index[seen == len(self.elections)]))

    def sentence(self, lang: str = "nl") -> str:
        """Say how many units are comparable and how many municipalities are left out."""
        return say(
            "boundaries.summary",
            lang,
            n=len(self.units),
            first=self.elections[0],
            last=self.elections[-1],
            out=self.left_out["municipality_code"].nunique(),
        )


def comparable(
    counts: Results | pd.DataFrame,
    elections: Iterable[str] | None = None,
    mergers: pd.DataFrame | None = None,
    codes: pd.DataFrame | None = None,
    *,
    design: Design | None = None,
) -> Comparable:
    """Aggregate counts to the municipal division of the newest election.

    Parameters
    ----------
    counts
        Results, or a frame with election, municipality_code, municipality, vintage and any
        of the counts of ``schema.TABLES["municipal_results"]``. Where it has a column
        ``division``, its codes are of that election's division and not of their own.
    elections
        Which elections are to be comparable with each other; all in ``counts`` by default.
    mergers, codes
        Tables as ``mergers`` and ``municipality_codes``; those that ship by default.
    design
        Another plan: dates and kinds of elections, and ``[quality.boundaries]``.

    Raises
    ------
    InputError
        If a column is missing, a unit has two rows, a merger contradicts another, or a code
        stands in one election both for a merged municipality and beside one of its parts.
    UnknownNameError
        For an election without rows.
    """
    plan = design or (counts.counted_plan if isinstance(counts, Results) else load_design())
    rows = _rows(counts)
    chosen = _in_order(rows, elections, plan)
    rows = rows[rows["election"].isin(chosen)]
    # The order of the input decides nothing; where names differ, the official count's holds.
    rows = rows.sort_values(["election", "municipality_code", "vintage"], ignore_index=True)
    division = Division(
        rows=rows,
        codes=load_table("municipality_codes") if codes is None else codes,
        mergers=load_table("mergers") if mergers is None else mergers,
        elections=tuple(chosen),
        plan=plan,
    )
    rows["unit"] = division.units(rows["division"], rows["municipality_code"])
    reasons = division.reasons(rows)
    keys = {unit: reason.key for unit, reason in reasons.items()}
    rows["reason"] = pd.Series([*map(keys.get, rows["unit"])], rows.index, dtype=object)
    rows.loc[rows["reason"].isna() & _incomplete(rows, division), "reason"] = "incomplete"
    return Comparable(rows, division, reasons, tuple(chosen), plan)


def _rows(counts: Results | pd.DataFrame) -> pd.DataFrame:
    rows = counts.rows if isinstance(counts, Results) else counts
    key = ["election", "municipality_code", "vintage"]
    for name in (*key, "municipality"):
        if name not in rows.columns:
            present = ", ".join(map(str, rows.columns))
            raise InputError(f"column {name!r} is missing", rule="columns", value=present)
    twice = rows[rows.duplicated(key)]
    if not twice.empty:
        said = "the same election + municipality_code + vintage stands twice"
        raise InputError(said, rule="unique key", value=", ".join(twice[key].iloc[0]))
    division = rows["division"] if "division" in rows.columns else rows["election"]
    return rows.assign(
        division=division,
        **{name: rows[name].astype("Int64") for name in _COUNTS if name in rows.columns},
    )


def _in_order(rows: pd.DataFrame, elections: Iterable[str] | None, plan: Design) -> list[str]:
    present = rows["election"].unique().tolist()
    wanted = present if elections is None else list(dict.fromkeys(elections))
    for name in wanted:
        if name not in present:
            raise UnknownNameError.of("election", name, present)
    if not wanted:
        raise InputError("there are no counts to make comparable", rule="rows")
    return sorted(wanted, key=lambda name: (election_date(name, plan), name))


def _incomplete(rows: pd.DataFrame, division: Division) -> pd.Series[bool]:
    """Tell which rows belong to a unit that lacks a part at their election and vintage."""
    codes, units = rows["municipality_code"].tolist(), rows["unit"].tolist()
    olds = rows["division"].tolist()
    expected = {name: division.parts(name) for name in set(olds)}
    wanted = [expected[old].get(unit, 0) for old, unit in zip(olds, units, strict=True)]
    listed = [code in division.listed[old] for code, old in zip(codes, olds, strict=True)]
    # A council can be elected for the new municipality before the merger takes effect: then
    # the unit itself has a row, under a code that the list of that election does not have.
    ahead = [
        not known and unit == code for known, unit, code in zip(listed, units, codes, strict=True)
    ]
    groups = list(zip(*(rows[name].tolist() for name in KEY), strict=True))
    size, in_list = Counter(groups), Counter(itertools.compress(groups, listed))
    begun = set(itertools.compress(groups, ahead))
    beside = np.array([group in begun and size[group] > 1 for group in groups], dtype=np.bool_)
    doubled = rows["reason"].isna() & beside
    if doubled.any():
        row = rows[doubled].iloc[0]
        raise InputError(
            "a merged municipality stands beside its own parts",
            unit=f"{row['election']}, {row['unit']}",
            rule="each voter counted once",
        )
    lacks = [
        not new and in_list[group] < n for new, group, n in zip(ahead, groups, wanted, strict=True)
    ]
    return pd.Series(lacks, index=rows.index, dtype=bool)


def _sums(kept: pd.DataFrame, division: Division) -> pd.DataFrame:
    numbers = [name for name in _COUNTS if name in kept.columns]
    group = kept.groupby(KEY, sort=False).ngroup().to_numpy()
    _, first = np.unique(group, return_index=True)
    frame = kept.iloc[first].reset_index(drop=True)
    # An unknown part makes a sum unknown.
    parts = {name: kept[name].to_numpy("float64", na_value=np.nan) for name in numbers}
    sums = {name: np.bincount(group, each, len(first)) for name, each in parts.items()}
    named = zip(frame["unit"].tolist(), frame["municipality"].tolist(), strict=True)
    frame = frame.assign(
        municipality_code=frame["unit"],
        municipality=[division.names.get(code, name) for code, name in named],
        division=division.newest,
        **{name: pd.Series(each).astype("Int64") for name, each in sums.items()},
    )
    if "source" in kept.columns:
        found: list[set[str]] = [set() for _ in first]
        for at, source in zip(group.tolist(), kept["source"].tolist(), strict=True):
            found[at].add(source)
        frame["source"] = [", ".join(sorted(each)) for each in found]
    order = ["election", "municipality_code", "municipality", "vintage", *numbers]
    return frame[[*order, *(["source"] if "source" in frame else []), "division"]]


def _mapping(rows: pd.DataFrame, division: Division, elections: Sequence[str]) -> pd.DataFrame:
    # A municipality with two vintages is kept if it is in the sums of either.
    one = rows.assign(kept=rows["reason"].isna()).sort_values("kept", ascending=False)
    one = one.drop_duplicates(["election", "municipality_code"])
    named = zip(one["unit"].tolist(), one["municipality"].tolist(), strict=True)
    one = one.assign(unit_name=[division.names.get(unit, name) for unit, name in named])
    columns = ["election", "municipality_code", "municipality", "unit", "unit_name", "kept"]
    return _sorted(one[columns], elections)


def _explained(
    out: pd.DataFrame, reasons: Mapping[str, Reason], division: Division
) -> pd.DataFrame:
    why = [
        reasons.get(unit) or Reason("incomplete", {"name": division.names.get(unit, name)})
        for unit, name in zip(out["unit"].tolist(), out["municipality"].tolist(), strict=True)
    ]
    said = {f"sentence_{lang}": [each.sentence(lang) for each in why] for lang in ("nl", "en")}
    return out.assign(**said)


def _sorted(frame: pd.DataFrame, elections: Sequence[str]) -> pd.DataFrame:
    place = {name: position for position, name in enumerate(elections)}
    by = [name for name in ("election", "municipality_code", "vintage") if name in frame.columns]
    return frame.sort_values(
        by, key=lambda column: column.map(place) if column.name == "election" else column
    ).reset_index(drop=True)
