"""Comparable units over time: counts of older elections in the newest municipal division.

Municipalities merge on the first of January. Where a whole municipality went into another,
the counts add up. Where one was divided over several, nobody counted the pieces apart: the
pieces and what they went into are left out at every election, and listed with the reason.
Nothing is estimated, and a count with an unknown part is unknown.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from evaluatie.errors import InputError, UnknownNameError
from evaluatie.experiment import Design, load_design
from evaluatie.results import Results, load_table
from evaluatie.wording import say

__all__ = ["REASONS", "Comparable", "comparable", "election_date", "election_kind", "successors"]

REASONS = ("split", "absent", "unknown_successor", "grown", "counted_inside", "incomplete")
"""Why units are left out. ``split``: a piece went to or came from another municipality.
``absent``: not counted apart at the newest election. ``unknown_successor``: gone, and the
table of mergers begins too late to say into what. ``grown``: eligible voters jumped in years
before that table begins, so that a merger is likely. ``counted_inside``: at some of the
elections counted inside another unit. ``incomplete``: at this election and vintage a part
has no row."""

_COUNTS = ("eligible", "ballots", "valid", "blank", "invalid", "rejected")
_KEY = ["election", "unit", "vintage"]


@dataclass(frozen=True, eq=False)
class Comparable:
    """Counts in one municipal division.

    Attributes
    ----------
    frame
        Columns as in ``schema.TABLES["municipal_results"]`` plus ``division``: the election
        whose municipal division the codes and names are of. One row per election × unit ×
        vintage; vintages are never mixed within a sum.
    mapping
        One row per election × municipality: municipality_code and municipality as then,
        unit and unit_name in the newest division, kept (False = left out).
    left_out
        The rows of the input that are in no sum, with unit, reason (see :data:`REASONS`),
        sentence_nl and sentence_en.
    elections
        Ids in order of date; the last one gives the division.
    """

    frame: pd.DataFrame
    mapping: pd.DataFrame
    left_out: pd.DataFrame
    elections: tuple[str, ...]

    @property
    def results(self) -> Results:
        """The comparable counts as :class:`evaluatie.Results`, for every other analysis."""
        return Results(self.frame)

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
    plan = design or load_design()
    rows = _rows(counts)
    chosen = _in_order(rows, elections, plan)
    rows = rows[rows["election"].isin(chosen)].reset_index(drop=True)
    division = _Division(
        rows=rows,
        codes=load_table("municipality_codes") if codes is None else codes,
        mergers=load_table("mergers") if mergers is None else mergers,
        elections=tuple(chosen),
        plan=plan,
    )
    rows["unit"] = division.units(rows["division"], rows["municipality_code"])
    reasons = division.reasons(rows)
    keys = {unit: reason.key for unit, reason in reasons.items()}
    rows["reason"] = pd.Series([keys.get(unit) for unit in rows["unit"]], rows.index, dtype=object)
    rows.loc[rows["reason"].isna() & _incomplete(rows, division), "reason"] = "incomplete"
    out = rows[rows["reason"].notna()]
    return Comparable(
        frame=_sorted(_sums(rows[rows["reason"].isna()], division), chosen),
        mapping=_mapping(rows, division, chosen),
        left_out=_sorted(_explained(out, reasons, division), chosen),
        elections=tuple(chosen),
    )


def successors(mergers: pd.DataFrame, after: int, until: int) -> dict[str, str]:
    """Follow whole mergers that took effect after one year and no later than another.

    Parameters
    ----------
    mergers
        Table ``mergers``.
    after, until
        Years: mergers with ``after < valid_from_year <= until`` are followed, transitively.

    Returns
    -------
    dict
        Old code to the code it became; codes that did not change are absent.

    Raises
    ------
    InputError
        If one code went whole to two others in a year, or a chain of mergers is a circle.
    """
    whole = mergers[(mergers["kind"] == "whole") & _between(mergers, after, until)]
    final: dict[str, str] = {}
    for year, steps in whole.groupby("valid_from_year", sort=True):
        twice = steps[steps.duplicated("code_from")]
        if not twice.empty:
            raise InputError(
                "a municipality went whole into two others",
                unit=f"{twice['code_from'].iloc[0]} in {year}",
                rule="mergers",
            )
        step = dict(zip(steps["code_from"], steps["code_to"], strict=True))
        final = {old: _follow(new, step) for old, new in final.items()}
        final |= {old: _follow(old, step) for old in step}
    return final


def election_date(election: str, design: Design | None = None) -> dt.date:
    """Return an election's date; for one outside the plan the last day of the year in its id.

    Raises
    ------
    InputError
        If the plan does not know it and its id does not end in a year.
    """
    plan = design or load_design()
    if election in plan.elections:
        return plan.elections[election].date
    year = re.search(r"[12]\d{3}$", election)
    if year is None:
        raise InputError(
            "an election outside the plan needs an id that ends in its year",
            rule="election id",
            value=election,
            expected="such as TK2025",
        )
    return dt.date(int(year[0]), 12, 31)


def election_kind(election: str, design: Design | None = None) -> str:
    """Return an election's kind, such as ``TK``; outside the plan, its id without the year."""
    known = (design or load_design()).elections.get(election)
    return known.kind if known else re.sub(r"\d+$", "", election)


@dataclass(frozen=True)
class _Reason:
    key: str
    values: Mapping[str, object]

    def sentence(self, lang: str) -> str:
        return say(f"boundaries.{self.key}", lang, **self.values)


@dataclass(frozen=True, eq=False)
class _Division:
    """The newest division: which units exist, how older codes lead to them, what cannot."""

    rows: pd.DataFrame
    codes: pd.DataFrame
    mergers: pd.DataFrame
    elections: tuple[str, ...]
    plan: Design

    @property
    def newest(self) -> str:
        return self.elections[-1]

    @cached_property
    def year(self) -> dict[str, int]:
        """Year of every election and of every division that rows are in."""
        names = {*self.elections, *self.rows["division"]}
        return {name: election_date(name, self.plan).year for name in names}

    @cached_property
    def begins(self) -> int:
        """First year of which mergers are recorded."""
        return int(self.mergers["valid_from_year"].min()) if len(self.mergers) else 0

    @cached_property
    def listed(self) -> dict[str, set[str]]:
        """Codes that exist per division, by the code list."""
        codes = self.codes.groupby("election")["municipality_code"].agg(set).to_dict()
        return {name: codes.get(name, set()) for name in self.year}

    @cached_property
    def counted(self) -> dict[str, set[str]]:
        """Codes with a row, per election."""
        found: dict[str, set[str]] = (
            self.rows.groupby("election")["municipality_code"].agg(set).to_dict()
        )
        return found

    @cached_property
    def leads(self) -> dict[str, dict[str, str]]:
        """Per older division: code to the code it became."""
        until = self.year[self.newest]
        by_year = {year: successors(self.mergers, year, until) for year in set(self.year.values())}
        return {name: by_year[year] for name, year in self.year.items()}

    @cached_property
    def names(self) -> dict[str, str]:
        """Names in the newest division, as the code list and the newest counts print them."""
        names = dict(zip(self.mergers["code_to"], self.mergers["name_to"], strict=True))
        for source in (self.rows, self.codes):
            here = source[source["election"] == self.newest]
            names |= dict(zip(here["municipality_code"], here["municipality"], strict=True))
        return names

    def units(self, divisions: pd.Series[Any], codes: pd.Series[Any]) -> list[str]:
        """Return the unit of the newest division that each code became."""
        pairs = zip(divisions, codes, strict=True)
        return [self.leads[division].get(code, code) for division, code in pairs]

    def parts(self, division: str) -> dict[str, int]:
        """Return of how many listed codes of an older division each unit consists."""
        leads = self.leads[division]
        units = pd.Series([leads.get(code, code) for code in self.listed[division]], dtype="str")
        return {str(unit): int(n) for unit, n in units.value_counts().items()}

    def reasons(self, rows: pd.DataFrame) -> dict[str, _Reason]:
        """Return why units are left out at all elections."""
        found = self._split() | self._inside()
        existing = self.listed[self.newest] | self.counted[self.newest]
        gone = rows[~rows["unit"].isin(existing | set(found))].drop_duplicates("unit")
        for unit, name, old in zip(
            gone["unit"], gone["municipality"], gone["division"], strict=True
        ):
            # Codes from GM9000 up are no municipalities: they do not merge.
            lost = self.year[old] < self.begins and unit < "GM9"
            found[unit] = _Reason(
                "unknown_successor" if lost else "absent",
                {"name": name, "newest": self.newest, "begins": self.begins},
            )
        return found | self._grown(rows[~rows["unit"].isin(set(found))])

    def _split(self) -> dict[str, _Reason]:
        oldest, until = min(self.year.values()), self.year[self.newest]
        pieces = self.mergers[
            (self.mergers["kind"] == "part") & _between(self.mergers, oldest, until)
        ]
        found: dict[str, _Reason] = {}
        for year, code in dict.fromkeys(
            zip(pieces["valid_from_year"], pieces["code_from"], strict=True)
        ):
            group = pieces[(pieces["valid_from_year"] == year) & (pieces["code_from"] == code)]
            into = ", ".join(sorted(set(group["name_to"])))
            reason = _Reason(
                "split", {"name": group["name_from"].iloc[0], "into": into, "year": year}
            )
            # What a piece went into may have merged since.
            later = successors(self.mergers, int(year), until)
            for part in (code, *group["code_to"]):
                found.setdefault(later.get(part, part), reason)
        return found

    def _inside(self) -> dict[str, _Reason]:
        found: dict[str, _Reason] = {}
        inside: Mapping[str, Mapping[str, Any]] = self._settings["counted_inside"]
        for code, entry in inside.items():
            kinds = entry["kinds"]
            concerned = [n for n in self.elections if election_kind(n, self.plan) in kinds]
            within = [n for n in concerned if code not in self.listed[n] | self.counted[n]]
            if 0 < len(within) < len(concerned):
                host = entry["inside"]
                values = {
                    "name": self.names.get(code, code),
                    "host": self.names.get(host, host),
                    "elections": ", ".join(within),
                }
                found[code] = found[host] = _Reason("counted_inside", values)
        return found

    def _grown(self, rows: pd.DataFrame) -> dict[str, _Reason]:
        found: dict[str, _Reason] = {}
        limit = float(self._settings["undocumented_growth"])
        own = rows[rows["division"] == rows["election"]]
        if "eligible" not in own.columns or not any(y < self.begins for y in self.year.values()):
            return found
        parts = own.groupby(_KEY)["eligible"]
        sums = parts.sum().where(parts.count() == parts.size())
        per = sums.groupby(level=["election", "unit"]).max().astype("float64")
        present = set(per.index.get_level_values("election"))
        for old, new in self._pairs(present):
            growth = (per.loc[new] / per.loc[old] - 1).dropna()
            for unit, value in growth[growth.abs() > limit].items():
                values = {"name": self.names.get(str(unit), str(unit)), "growth": float(value)}
                values |= {"old": old, "new": new, "begins": self.begins}
                found.setdefault(str(unit), _Reason("grown", values))
        return found

    def _pairs(self, present: set[str]) -> list[tuple[str, str]]:
        """Return neighbouring elections of one kind, from before mergers are recorded."""
        pairs = []
        for kind in dict.fromkeys(election_kind(name, self.plan) for name in self.elections):
            same = [
                name
                for name in self.elections
                if name in present and election_kind(name, self.plan) == kind
            ]
            pairs += [p for p in zip(same, same[1:], strict=False) if self.year[p[0]] < self.begins]
        return pairs

    @property
    def _settings(self) -> Mapping[str, Any]:
        settings: Mapping[str, Any] = self.plan.raw["quality"]["boundaries"]
        return settings


def _rows(counts: Results | pd.DataFrame) -> pd.DataFrame:
    rows = counts.rows if isinstance(counts, Results) else counts
    key = ["election", "municipality_code", "vintage"]
    for name in (*key, "municipality"):
        if name not in rows.columns:
            present = ", ".join(map(str, rows.columns))
            raise InputError(f"column {name!r} is missing", rule="columns", value=present)
    twice = rows[rows.duplicated(key)]
    if not twice.empty:
        raise InputError(
            "the same election + municipality_code + vintage stands twice",
            rule="unique key",
            value=", ".join(twice[key].iloc[0]),
        )
    division = rows["division"] if "division" in rows.columns else rows["election"]
    return rows.assign(
        division=division,
        **{name: rows[name].astype("Int64") for name in _COUNTS if name in rows.columns},
    )


def _in_order(rows: pd.DataFrame, elections: Iterable[str] | None, plan: Design) -> list[str]:
    present = list(dict.fromkeys(rows["election"]))
    wanted = present if elections is None else list(dict.fromkeys(elections))
    for name in wanted:
        if name not in present:
            raise UnknownNameError.of("election", name, present)
    if not wanted:
        raise InputError("there are no counts to make comparable", rule="rows")
    return sorted(wanted, key=lambda name: (election_date(name, plan), name))


def _between(mergers: pd.DataFrame, after: int, until: int) -> pd.Series[bool]:
    years = mergers["valid_from_year"]
    return (years > after) & (years <= until)


def _follow(code: str, step: Mapping[str, str]) -> str:
    seen = {code}
    while code in step:
        code = step[code]
        if code in seen:
            raise InputError("mergers go round in a circle", unit=code, rule="mergers")
        seen.add(code)
    return code


def _incomplete(rows: pd.DataFrame, division: _Division) -> pd.Series[bool]:
    """Tell which rows belong to a unit that lacks a part at their election and vintage."""
    expected = {name: division.parts(name) for name in set(rows["division"])}
    pairs = list(zip(rows["division"], rows["municipality_code"], strict=True))
    listed = pd.Series([code in division.listed[old] for old, code in pairs], index=rows.index)
    # A council can be elected for the new municipality before the merger takes effect: then
    # the unit itself has a row, under a code that the list of that election does not have.
    ahead = ~listed & (rows["unit"] == rows["municipality_code"])
    groups = [rows[name] for name in _KEY]
    size = rows["unit"].groupby(groups).transform("size")
    doubled = ahead.groupby(groups).transform("any") & (size > 1) & rows["reason"].isna()
    if doubled.any():
        row = rows[doubled].iloc[0]
        raise InputError(
            "a merged municipality stands beside its own parts",
            unit=f"{row['election']}, {row['unit']}",
            rule="each voter counted once",
        )
    wanted = pd.Series(
        [expected[old].get(u, 0) for old, u in zip(rows["division"], rows["unit"], strict=True)],
        index=rows.index,
    )
    return ~ahead & (listed.groupby(groups).transform("sum") < wanted)


def _sums(kept: pd.DataFrame, division: _Division) -> pd.DataFrame:
    numbers = [name for name in _COUNTS if name in kept.columns]
    groups = kept.groupby(_KEY, sort=False)
    sums = groups[numbers].sum().where(groups[numbers].count().eq(groups.size(), axis=0))
    frame = sums.astype("Int64").reset_index().rename(columns={"unit": "municipality_code"})
    first = groups["municipality"].first().to_numpy()
    names = [
        division.names.get(code, name)
        for code, name in zip(frame["municipality_code"], first, strict=True)
    ]
    frame = frame.assign(municipality=names, division=division.newest)
    if "source" in kept.columns:
        source = groups["source"].first()
        for key in source.index[groups["source"].nunique() > 1]:
            source[key] = ", ".join(sorted(set(groups.get_group(key)["source"])))
        frame["source"] = source.to_numpy()
    order = ["election", "municipality_code", "municipality", "vintage", *numbers]
    return frame[[*order, *(["source"] if "source" in frame else []), "division"]]


def _mapping(rows: pd.DataFrame, division: _Division, elections: Sequence[str]) -> pd.DataFrame:
    # A municipality with two vintages is kept if it is in the sums of either.
    one = rows.assign(kept=rows["reason"].isna()).sort_values("kept", ascending=False)
    one = one.drop_duplicates(["election", "municipality_code"])
    named = zip(one["unit"], one["municipality"], strict=True)
    one = one.assign(unit_name=[division.names.get(unit, name) for unit, name in named])
    columns = ["election", "municipality_code", "municipality", "unit", "unit_name", "kept"]
    return _sorted(one[columns], elections)


def _explained(
    out: pd.DataFrame, reasons: Mapping[str, _Reason], division: _Division
) -> pd.DataFrame:
    why = []
    for row in out[["unit", "municipality", "reason"]].itertuples(index=False):
        values = {"name": division.names.get(row.unit, row.municipality)}
        why.append(reasons.get(row.unit, _Reason("incomplete", values)))
    return out.assign(
        sentence_nl=[each.sentence("nl") for each in why],
        sentence_en=[each.sentence("en") for each in why],
    )


def _sorted(frame: pd.DataFrame, elections: Sequence[str]) -> pd.DataFrame:
    place = {name: position for position, name in enumerate(elections)}
    by = [name for name in ("election", "municipality_code", "vintage") if name in frame.columns]
    return frame.sort_values(
        by, key=lambda column: column.map(place) if column.name == "election" else column
    ).reset_index(drop=True)
