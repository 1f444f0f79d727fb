"""Comparable units over time: counts of older elections in the newest municipal division.

Municipalities merge on the first of January. Where a whole municipality went into another,
the counts add up. Where one was divided over several, nobody counted the pieces apart: the
pieces and what they went into are left out at every election. Nothing is estimated, and a count
with an unknown part is unknown.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.counts.mergers import between, election_date, election_kind, successors
from evaluatie.ground.errors import InputError
from evaluatie.plan import Design, load_design

_COUNTS = ("eligible", "ballots", "valid", "blank", "invalid", "rejected")
_ROW = ["election", "municipality_code", "vintage"]
_SUM = ["election", "unit", "vintage"]
"""What one sum of counts is of."""


def comparable(
    rows: pd.DataFrame, mergers: pd.DataFrame, codes: pd.DataFrame, plan: Design
) -> pd.DataFrame:
    """Aggregate counts to the municipal division of the newest of their elections.

    Parameters
    ----------
    rows
        Election, municipality_code, municipality, vintage and any of the counts of
        ``schema.TABLES["municipal_results"]``. Where there is a column ``division``, codes are
        of that election's division and not of their own.
    mergers, codes
        Tables as ``mergers`` and ``municipality_codes``.
    plan
        Dates and kinds of elections, and ``[quality.boundaries]``.

    Returns
    -------
    pandas.DataFrame
        One row per election × unit × vintage, which are never mixed within a sum: as ``rows``,
        plus ``division``, the election whose municipal division the codes and names are of.

    Raises
    ------
    InputError
        If a unit has two rows, a merger contradicts another, or a code stands in one election
        both for a merged municipality and beside one of its parts.
    """
    division = Division(rows, mergers, codes, plan)
    return _sums(division.placed[division.placed["reason"].isna()], division)


@dataclass(frozen=True, eq=False)
class Division:
    """The newest division: which units exist, how older codes lead to them, what cannot."""

    rows: pd.DataFrame
    mergers: pd.DataFrame
    codes: pd.DataFrame
    plan: Design

    @cached_property
    def placed(self) -> pd.DataFrame:
        """The rows with ``unit``, their code in the newest division, and why they are in no sum.

        ``split``: a piece went to or came from another municipality. ``absent``: not counted
        apart at the newest election. ``unknown_successor``: gone, and the table of mergers begins
        too late to say into what. ``grown``: eligible voters jumped in years before that table
        begins, so that a merger is likely. ``counted_inside``: at some of the elections counted
        inside another unit. ``incomplete``: at this election and vintage a part has no row.
        """
        rows = self._sorted
        olds, codes = rows["division"].tolist(), rows["municipality_code"].tolist()
        units = [self._leads[old].get(code, code) for old, code in zip(olds, codes, strict=True)]
        rows = rows.assign(unit=units)
        reasons = self._reasons(rows)
        why = [
            reasons.get(unit) or ("incomplete" if lacks else None)
            for unit, lacks in zip(units, self._incomplete(rows, set(reasons)), strict=True)
        ]
        return rows.assign(reason=pd.Series(why, rows.index, dtype=object))

    @cached_property
    def elections(self) -> list[str]:
        """Elections in order of date; the last one gives the division."""
        found = self.rows["election"].unique().tolist()
        return sorted(found, key=lambda name: (election_date(name, self.plan), name))

    @property
    def newest(self) -> str:
        """The election whose division it is."""
        return self.elections[-1]

    @cached_property
    def names(self) -> dict[str, str]:
        """Names in the newest division, as the code list and the newest counts print them."""
        codes, printed = self.mergers["code_to"].tolist(), self.mergers["name_to"].tolist()
        names = dict(zip(codes, printed, strict=True))
        for source in (self._sorted, self.codes):
            here = source[source["election"] == self.newest]
            codes, printed = here["municipality_code"].tolist(), here["municipality"].tolist()
            names |= dict(zip(reversed(codes), reversed(printed), strict=True))
        return names

    @cached_property
    def _sorted(self) -> pd.DataFrame:
        """The rows, each with its division, in an order that decides nothing."""
        keys = _keys(self.rows, _ROW)
        # Where names differ, the official count's holds.
        order = sorted(range(len(keys)), key=keys.__getitem__)
        twice = next((keys[at] for at, then in pairwise(order) if keys[at] == keys[then]), None)
        if twice is not None:
            said = "the same election + municipality_code + vintage stands twice"
            raise InputError(said, rule="unique key", value=", ".join(twice))
        rows = self.rows.iloc[order].reset_index(drop=True)
        return rows if "division" in rows.columns else rows.assign(division=rows["election"])

    @cached_property
    def _year(self) -> dict[str, int]:
        """Year of every election and of every division that rows are in."""
        names = {*self.elections, *self._sorted["division"].unique()}
        return {name: election_date(name, self.plan).year for name in names}

    @cached_property
    def _begins(self) -> int:
        """First year of which mergers are recorded."""
        return int(self.mergers["valid_from_year"].min()) if len(self.mergers) else 0

    @cached_property
    def _listed(self) -> dict[str, set[str]]:
        """Codes that exist per division, by the code list."""
        return _codes_by_election(self.codes, self._year)

    @cached_property
    def _counted(self) -> dict[str, set[str]]:
        """Codes with a row, per election."""
        return _codes_by_election(self.rows, self.elections)

    @cached_property
    def _leads(self) -> dict[str, dict[str, str]]:
        """Per older division: code to the code it became."""
        until = self._year[self.newest]
        by_year = {year: successors(self.mergers, year, until) for year in {*self._year.values()}}
        return {name: by_year[year] for name, year in self._year.items()}

    def _reasons(self, rows: pd.DataFrame) -> dict[str, str]:
        """Return why units are left out at all elections."""
        found = dict.fromkeys(self._split(), "split")
        found |= dict.fromkeys(self._inside(), "counted_inside")
        existing = self._listed[self.newest] | self._counted[self.newest]
        for unit, old in zip(rows["unit"].tolist(), rows["division"].tolist(), strict=True):
            if unit not in existing and unit not in found:
                # Codes from GM9000 up are no municipalities: they do not merge.
                lost = self._year[old] < self._begins and unit < "GM9"
                found[unit] = "unknown_successor" if lost else "absent"
        return found | dict.fromkeys(self._grown(rows, set(found)), "grown")

    def _split(self) -> set[str]:
        oldest, until = min(self._year.values()), self._year[self.newest]
        parts = (self.mergers["kind"] == "part") & between(self.mergers, oldest, until)
        found: set[str] = set()
        by_year: Any = self.mergers[parts].groupby("valid_from_year")
        for year, pieces in by_year:
            # What a piece went into may have merged since.
            later = successors(self.mergers, int(year), until)
            codes = (*pieces["code_from"].tolist(), *pieces["code_to"].tolist())
            found |= {later.get(code, code) for code in codes}
        return found

    def _inside(self) -> set[str]:
        found: set[str] = set()
        inside: Mapping[str, Mapping[str, Any]] = self._settings["counted_inside"]
        for code, entry in inside.items():
            kinds = entry["kinds"]
            concerned = [n for n in self.elections if election_kind(n, self.plan) in kinds]
            within = [n for n in concerned if code not in self._listed[n] | self._counted[n]]
            if 0 < len(within) < len(concerned):
                found |= {code, entry["inside"]}
        return found

    def _grown(self, rows: pd.DataFrame, left_out: set[str]) -> set[str]:
        if "eligible" not in rows.columns or min(self._year.values()) >= self._begins:
            return set()
        own = rows[(rows["division"] == rows["election"]) & ~rows["unit"].isin(left_out)]
        parts = own.astype({"eligible": "Int64"}).groupby(_SUM)["eligible"]
        sums = parts.sum().where(parts.count() == parts.size())
        per = sums.groupby(level=["election", "unit"]).max().astype("float64")
        found: set[str] = set()
        for old, new in self._pairs(set(per.index.get_level_values("election"))):
            growth = (per.xs(new) / per.xs(old) - 1).dropna()
            found.update(growth.index[growth.abs() > float(self._settings["undocumented_growth"])])
        return found

    def _pairs(self, present: set[str]) -> list[tuple[str, str]]:
        """Return neighbouring elections of one kind, from before mergers are recorded."""
        same: dict[str, list[str]] = {}
        for name in self.elections:
            if name in present:
                same.setdefault(election_kind(name, self.plan), []).append(name)
        pairs = [pair for own in same.values() for pair in pairwise(own)]
        return [pair for pair in pairs if self._year[pair[0]] < self._begins]

    @property
    def _settings(self) -> Mapping[str, Any]:
        # A plan that says nothing of it leaves it to the plan of the package.
        table = self.plan.raw.get("quality") or load_design().raw["quality"]
        settings: Mapping[str, Any] = table["boundaries"]
        return settings

    def _incomplete(self, rows: pd.DataFrame, left_out: set[str]) -> list[bool]:
        """Tell which rows belong to a unit that lacks a part at their election and vintage."""
        codes, units = rows["municipality_code"].tolist(), rows["unit"].tolist()
        olds = rows["division"].tolist()
        parts = {
            old: Counter(self._leads[old].get(code, code) for code in self._listed[old])
            for old in set(olds)
        }
        listed = [code in self._listed[old] for code, old in zip(codes, olds, strict=True)]
        # A council can be elected for the new municipality before the merger takes effect: then
        # the unit itself has a row, under a code that the list of that election does not have.
        ahead = [
            not known and unit == code
            for known, unit, code in zip(listed, units, codes, strict=True)
        ]
        groups = _keys(rows, _SUM)
        size, in_list = Counter(groups), Counter(itertools.compress(groups, listed))
        begun = set(itertools.compress(groups, ahead))
        for election, unit, vintage in groups:
            group = (election, unit, vintage)
            if group in begun and size[group] > 1 and unit not in left_out:
                raise InputError(
                    "a merged municipality stands beside its own parts",
                    unit=f"{election}, {unit}",
                    rule="each voter counted once",
                )
        each = zip(ahead, groups, olds, units, strict=True)
        return [not new and in_list[group] < parts[old][unit] for new, group, old, unit in each]


def _sums(kept: pd.DataFrame, division: Division) -> pd.DataFrame:
    keys, order = _keys(kept, _SUM), division.elections.index
    sums = sorted(set(keys), key=lambda key: (order(key[0]), *key[1:]))
    place = {key: at for at, key in enumerate(sums)}
    group = np.array([place[key] for key in keys], dtype=np.intp)
    first = dict(zip(reversed(keys), reversed(kept["municipality"].tolist()), strict=True))
    frame = pd.DataFrame(sums, columns=["election", "municipality_code", "vintage"])
    frame.insert(2, "municipality", [division.names.get(key[1], first[key]) for key in sums])
    for name in _COUNTS:
        if name in kept.columns:
            # An unknown part makes a sum unknown.
            parts = kept[name].to_numpy("float64", na_value=np.nan)
            frame[name] = pd.Series(np.bincount(group, parts, len(sums))).astype("Int64")
    if "source" in kept.columns:
        found: list[set[str]] = [set() for _ in sums]
        for at, source in zip(group.tolist(), kept["source"].tolist(), strict=True):
            found[at].add(source)
        frame["source"] = [", ".join(sorted(each)) for each in found]
    return frame.assign(division=division.newest)


def _keys(rows: pd.DataFrame, names: list[str]) -> list[tuple[str, ...]]:
    return list(zip(*(rows[name].tolist() for name in names), strict=True))


def _codes_by_election(rows: pd.DataFrame, elections: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in elections}
    pairs = zip(rows["election"].tolist(), rows["municipality_code"].tolist(), strict=True)
    for election, code in pairs:
        if election in found:
            found[election].add(code)
    return found
