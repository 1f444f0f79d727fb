"""The newest municipal division: what older codes became, and which units cannot be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import pandas as pd

from evaluatie.counts.boundaries.mergers import between, election_date, election_kind, successors
from evaluatie.ground.words import say
from evaluatie.plan import Design, load_design

KEY = ["election", "unit", "vintage"]
"""What one sum of counts is of."""


@dataclass(frozen=True)
class Reason:
    """Why a unit is left out: a sentence of ``words/boundaries.toml`` and what fills it."""

    key: str
    values: Mapping[str, object]

    def sentence(self, lang: str) -> str:
        """Say the reason."""
        return say(f"boundaries.{self.key}", lang, **self.values)


@dataclass(frozen=True, eq=False)
class Division:
    """The newest division: which units exist, how older codes lead to them, what cannot."""

    rows: pd.DataFrame
    codes: pd.DataFrame
    mergers: pd.DataFrame
    elections: tuple[str, ...]
    plan: Design

    @property
    def newest(self) -> str:
        """The election whose division it is."""
        return self.elections[-1]

    @cached_property
    def year(self) -> dict[str, int]:
        """Year of every election and of every division that rows are in."""
        names = {*self.elections, *self.rows["division"].unique()}
        return {name: election_date(name, self.plan).year for name in names}

    @cached_property
    def begins(self) -> int:
        """First year of which mergers are recorded."""
        return int(self.mergers["valid_from_year"].min()) if len(self.mergers) else 0

    @cached_property
    def listed(self) -> dict[str, set[str]]:
        """Codes that exist per division, by the code list."""
        return _codes_by_election(self.codes, self.year)

    @cached_property
    def counted(self) -> dict[str, set[str]]:
        """Codes with a row, per election."""
        return _codes_by_election(self.rows, self.elections)

    @cached_property
    def leads(self) -> dict[str, dict[str, str]]:
        """Per older division: code to the code it became."""
        until = self.year[self.newest]
        by_year = {year: successors(self.mergers, year, until) for year in set(self.year.values())}
        return {name: by_year[year] for name, year in self.year.items()}

    @cached_property
    def names(self) -> dict[str, str]:
        """Names in the newest division, as the code list and the newest counts print them."""
        names = dict(
            zip(self.mergers["code_to"].tolist(), self.mergers["name_to"].tolist(), strict=True)
        )
        for source in (self.rows, self.codes):
            here = source[source["election"] == self.newest]
            codes, printed = here["municipality_code"].tolist(), here["municipality"].tolist()
            names |= dict(zip(reversed(codes), reversed(printed), strict=True))
        return names

    def units(self, divisions: pd.Series[Any], codes: pd.Series[Any]) -> list[str]:
        """Return the unit of the newest division that each code became."""
        pairs = zip(divisions.tolist(), codes.tolist(), strict=True)
        return [self.leads[division].get(code, code) for division, code in pairs]

    def parts(self, division: str) -> dict[str, int]:
        """Return of how many listed codes of an older division each unit consists."""
        leads = self.leads[division]
        return Counter(leads.get(code, code) for code in self.listed[division])

    def reasons(self, rows: pd.DataFrame) -> dict[str, Reason]:
        """Return why units are left out at all elections."""
        found = self._split() | self._inside()
        existing = self.listed[self.newest] | self.counted[self.newest]
        gone = rows[~rows["unit"].isin(existing | set(found))].drop_duplicates("unit")
        columns = gone[["unit", "municipality", "division"]]
        for unit, name, old in columns.itertuples(index=False, name=None):
            # Codes from GM9000 up are no municipalities: they do not merge.
            lost = self.year[old] < self.begins and unit < "GM9"
            words = {"name": name, "newest": self.newest, "begins": self.begins}
            found[unit] = Reason("unknown_successor" if lost else "absent", words)
        return found | self._grown(rows[~rows["unit"].isin(set(found))])

    def _split(self) -> dict[str, Reason]:
        oldest, until = min(self.year.values()), self.year[self.newest]
        parts = (self.mergers["kind"] == "part") & between(self.mergers, oldest, until)
        found: dict[str, Reason] = {}
        by = ["valid_from_year", "code_from"]
        pieces: Any = self.mergers[parts].groupby(by, sort=False)
        for (year, code), group in pieces:
            into = ", ".join(sorted(set(group["name_to"])))
            words = {"name": group["name_from"].iloc[0], "into": into, "year": year}
            reason = Reason("split", words)
            # What a piece went into may have merged since.
            later = successors(self.mergers, int(year), until)
            for part in (code, *group["code_to"]):
                found.setdefault(later.get(part, part), reason)
        return found

    def _inside(self) -> dict[str, Reason]:
        found: dict[str, Reason] = {}
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
                found[code] = found[host] = Reason("counted_inside", values)
        return found

    def _grown(self, rows: pd.DataFrame) -> dict[str, Reason]:
        found: dict[str, Reason] = {}
        limit = float(self._settings["undocumented_growth"])
        own = rows[rows["division"] == rows["election"]]
        if "eligible" not in own.columns or not any(y < self.begins for y in self.year.values()):
            return found
        parts = own.groupby(KEY)["eligible"]
        sums = parts.sum().where(parts.count() == parts.size())
        per = sums.groupby(level=["election", "unit"]).max().astype("float64")
        present = set(per.index.get_level_values("election"))
        for old, new in self._pairs(present):
            growth = (per.xs(new) / per.xs(old) - 1).dropna()
            for unit, value in growth[growth.abs() > limit].items():
                values = {"name": self.names.get(str(unit), str(unit)), "growth": float(value)}
                values |= {"old": old, "new": new, "begins": self.begins}
                found.setdefault(str(unit), Reason("grown", values))
        return found

    def _pairs(self, present: set[str]) -> list[tuple[str, str]]:
        """Return neighbouring elections of one kind, from before mergers are recorded."""
        same: dict[str, list[str]] = {}
        for name in self.elections:
            own = same.setdefault(election_kind(name, self.plan), [])
            own += [name] if name in present else []
        pairs = [pair for own in same.values() for pair in pairwise(own)]
        return [pair for pair in pairs if self.year[pair[0]] < self.begins]

    @property
    def _settings(self) -> Mapping[str, Any]:
        # A plan that says nothing of it leaves it to the plan of the package.
        table = self.plan.raw.get("quality") or load_design().raw["quality"]
        settings: Mapping[str, Any] = table["boundaries"]
        return settings


def _codes_by_election(rows: pd.DataFrame, elections: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in elections}
    pairs = zip(rows["election"].tolist(), rows["municipality_code"].tolist(), strict=True)
    for election, code in pairs:
        if election in found:
            found[election].add(code)
    return found
