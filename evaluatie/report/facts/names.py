"""The names found so far, and the elections that they speak of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from evaluatie.answers.plots.labels import curly
from evaluatie.answers.run import NotAvailableError, Run
from evaluatie.ground.formatting import LANGUAGES, name_key, short
from evaluatie.ground.words import say
from evaluatie.report.prose import Fact

NEW = ("first use", "later use")


class Names:
    """Collects names.

    Attributes
    ----------
    done
        The results of a run.
    known
        Name to value and how it is printed.
    """

    def __init__(self, done: Run) -> None:
        self.done = done
        self.known: dict[str, Fact] = {}

    def put(self, how: str = "", of: str = "", /, **values: Any) -> None:
        """Name values that are printed alike; an unknown one gets no name.

        ``of`` is what the names begin with: ``put("percent", "e", low=…)`` gives ``e_low``.
        """
        for name, value in values.items():
            if isinstance(value, (bool, Mapping)) or not pd.isna(value):
                if how in ("words", "count", "per10000", "thousands") and math.isinf(value):
                    continue
                self.known[f"{of}_{name}" if of else name] = (value, how)

    def margin(self, how: str, name: str, middle: float, low: float, high: float) -> None:
        """Name an estimate and the ends of its margin."""
        self.put(how, **{name: middle, f"{name}_low": low, f"{name}_high": high})

    def rule(self, of: str = "", /, **values: Any) -> None:
        """Name choices between words; see :meth:`put`."""
        for name, value in values.items():
            self.known[f"{of}_{name}" if of else name] = (bool(value), "")

    def listed(self, **values: Any) -> None:
        """Name enumerations of municipalities, in both languages; of nobody nothing is said."""
        for name, found in values.items():
            if not len(found):
                raise KeyError(name)
            places = sorted(map(curly, found), key=name_key)
            *first, last = places
            joined = {
                lang: say("missing.last", lang, names=", ".join(first), name=last)
                if first
                else last
                for lang in LANGUAGES
            }
            self.known[name] = (joined, "")

    # Untyped: rows and columns of a result are looked up by what its answer declares.
    def frame(self, name: str, **where: object) -> Any:
        """Return the table of a result; see :meth:`evaluatie.answers.run.Run.frame`."""
        return self.done.frame(name, **where)

    def part(self, name: str, part: str, **where: object) -> Any:
        """Return another table of a result."""
        return self.done.part(name, part, **where)

    @cached_property
    def estimates(self) -> Any:
        """The rows of the summary about all municipalities together, latest election first."""
        rows = self.frame("summary", kind="effect", outcome="invalid")
        if rows.empty:
            raise NotAvailableError(self.done.result("summary")["sentence"])
        return rows

    @cached_property
    def counted(self) -> list[str]:
        """Elections with an estimate, latest first."""
        rows = self.estimates
        return list(rows.loc[rows["estimate"].notna(), "election"])

    @cached_property
    def printed(self) -> list[str]:
        """Elections of which only bounds are known, latest first."""
        rows = self.estimates
        return list(rows.loc[rows["estimate"].isna(), "election"])

    @property
    def marked(self) -> Mapping[str, str]:
        """The letters of the two latest elections with an estimate, ``e`` and ``p``."""
        return dict(zip(("e", "p"), self.counted, strict=False))

    @property
    def latest(self) -> str:
        """The latest election with an estimate."""
        return self.counted[0]

    def plan(self, election: str) -> Mapping[str, Any]:
        """Return the row of the plan about an election."""
        row: Mapping[str, Any] = self.frame("plan", election=election).iloc[0].to_dict()
        return row

    def name_election(self, mark: str, election: str) -> None:
        """Name an election and the one that it is compared with by a letter."""
        row = self.plan(election)
        called = self.done.result("summary")["names"]
        self.put(**{mark: short(election)})
        self.put(
            "",
            mark,
            called=called[election],
            base=short(row["baseline"]),
            base_year=str(row["baseline"])[-4:],
            year=str(row["date"])[:4],
        )
        self.put("words", mark, n=row["n"])

    def changes(self, election: str) -> Any:
        """Return counts before and after by municipality, those compared only."""
        rows = self.part(f"effect_{election}", "changes")
        return rows[rows["change"].notna()].set_index("municipality_code")

    def more(self, election: str, codes: list[str]) -> float:
        """Return the change of some municipalities minus that of the comparison."""
        rows = self.changes(election)
        some = rows[rows.index.isin(codes)]
        return _moved(some) - _moved(rows[rows["group"] == "comparison"])


def _moved(rows: Any) -> float:
    after = rows["count_after"].sum() / rows["ballots_after"].sum()
    return float(after - rows["count_before"].sum() / rows["ballots_before"].sum())
