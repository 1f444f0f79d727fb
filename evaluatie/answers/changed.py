"""What a user's own counts changed: every row that differs from the counts that ship.

A report on one's own data must not pass for one on the shipped data, nor mix a provisional
with an official count unseen. So each row is listed with the numbers before and after, and
elections whose counts are of both kinds are named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from evaluatie.answers.analysis import Analysis
from evaluatie.counts import Results, load_table
from evaluatie.counts.schema import TABLES
from evaluatie.ground.words import say

__all__ = ["KINDS", "ChangedResult", "changed", "for_readers"]

KINDS = ("new election", "new municipality", "other vintage", "replaced")
"""``other vintage``: the package has this municipality in another count only, which is what
stands under ``before``. ``replaced``: the same count with other numbers."""
_KEY = ["election", "municipality_code", "vintage"]
_COUNTS = ("eligible", "ballots", "valid", "blank", "invalid", "rejected")
_COLUMNS = (
    *("election", "municipality_code", "municipality", "vintage", "what", "vintage_before"),
    *(f"{count}_{when}" for count in _COUNTS for when in ("before", "after")),
    "source",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ChangedResult(Analysis):
    """Rows that differ from those that ship; see :func:`changed`.

    Attributes
    ----------
    own
        Whether the run has a user's folder at all.
    mixed
        Elections whose counts are partly official, partly provisional: election, official,
        provisional (municipalities).
    others
        Other tables with rows of the user's own: table, rows.
    plan
        What the user's plan added or replaced.
    """

    own: bool
    mixed: pd.DataFrame = field(default_factory=pd.DataFrame)
    others: pd.DataFrame = field(default_factory=pd.DataFrame)
    plan: tuple[str, ...] = ()

    def sentence(self, lang: str = "nl") -> str:
        """Say what was changed, and where official and provisional counts stand together."""
        if not self.own:
            return say("changed.shipped_only", lang)
        parts = []
        for kind in KINDS:
            rows = self.table[self.table["what"] == kind]
            if len(rows):
                elections = ", ".join(dict.fromkeys(rows["election"]))
                key = f"changed.{kind.replace(' ', '_')}"
                parts.append(say(key, lang, n=len(rows), elections=elections))
        if not parts:
            parts.append(say("changed.same", lang))
        if len(self.others):
            listed = [f"{row['table']} ({row['rows']})" for _, row in self.others.iterrows()]
            parts.append(say("changed.others", lang, tables=", ".join(listed)))
        if self.plan:
            parts.append(say("changed.plan", lang, entries=", ".join(self.plan)))
        for _, row in self.mixed.iterrows():
            parts.append(say("changed.mixed", lang, **{str(k): v for k, v in row.items()}))
        return " ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """Add ``mixed``, ``others`` and ``plan`` to the object that ``--json`` prints."""
        return {
            **super().to_dict(),
            "own": self.own,
            "mixed": self.mixed.to_dict("records"),
            "others": self.others.to_dict("records"),
            "plan": list(self.plan),
        }


def changed(results: Results) -> ChangedResult:
    """Compare the counts of a run with those that ship.

    Parameters
    ----------
    results
        From :func:`evaluatie.load`, with or without a user's folder; elections that it was
        kept to are the ones compared.

    Returns
    -------
    ChangedResult
        ``table``: election, municipality_code, municipality, vintage, what (one of
        :data:`KINDS`), vintage_before, ``<count>_before`` and ``<count>_after`` of each count,
        source. Empty where nothing differs. Counts are as printed, unknown ones missing.
    """
    if results.data is None:
        return ChangedResult(table=pd.DataFrame(columns=list(_COLUMNS)), own=False)
    now, shipped = load_table("municipal_results", results.data), load_table("municipal_results")
    now = now[now["election"].isin(results.elections)]
    rows = _differences(_candidates(now, shipped), shipped)
    elections = list(dict.fromkeys(rows["election"]))
    return ChangedResult(
        table=rows,
        sources=tuple(sorted(set(rows["source"]))),
        own=True,
        mixed=_mixed(results, elections),
        others=_others(results),
        plan=results.plan.additions,
    )


def for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add what_text: what became of a row, in words."""
    return table.assign(
        what_text=[say(f"changed.kind_{what.replace(' ', '_')}", lang) for what in table["what"]]
    )


def _candidates(now: pd.DataFrame, shipped: pd.DataFrame) -> pd.DataFrame:
    """Rows that are not the same in every column."""
    both = now.astype("object").merge(
        shipped.astype("object"), how="left", on=list(now.columns), indicator="_in"
    )
    return now[(both["_in"] == "left_only").to_numpy()]


def _differences(now: pd.DataFrame, shipped: pd.DataFrame) -> pd.DataFrame:
    counts = list(_COUNTS)
    old = shipped.set_index(_KEY)[counts]
    there = set(shipped["election"])
    rows = []
    for row in now.to_dict(orient="records"):
        key = tuple(row[name] for name in _KEY)
        before, vintage = (old.loc[key], key[-1]) if key in old.index else (None, None)
        after = pd.Series({count: row[count] for count in counts})
        if before is not None and _same(before, after):
            continue
        what = "replaced" if before is not None else "new municipality"
        if before is None and row["election"] not in there:
            what = "new election"
        elif before is None or pd.isna(before["rejected"]):
            # What the reader knew of this municipality is the count of the other kind.
            other = "provisional" if key[-1] == "official" else "official"
            if (*key[:-1], other) in old.index:
                before, vintage, what = old.loc[(*key[:-1], other)], other, "other vintage"
        rows.append(
            {
                **{str(name): value for name, value in row.items()},
                "what": what,
                "vintage_before": vintage,
                **{
                    f"{count}_before": None if before is None else before[count] for count in counts
                },
                **{f"{c}_after": row[c] for c in counts},
            }
        )
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    numbers = [name for name in _COLUMNS if name.endswith(("_before", "_after"))]
    return frame.astype(dict.fromkeys([n for n in numbers if n != "vintage_before"], "Int64"))


def _same(before: pd.Series[Any], after: pd.Series[Any]) -> bool:
    """Whether two rows say the same; unknown is the same as unknown."""
    pairs = zip(before, after, strict=True)
    return all((pd.isna(a) and pd.isna(b)) or (pd.notna(a) and a == b) for a, b in pairs)


def _mixed(results: Results, elections: list[str]) -> pd.DataFrame:
    """Where the best counts of one election are partly official, partly provisional."""
    best = results.shares("rejected", "best")
    known = best[best["share"].notna() & best["election"].isin(elections)]
    table = pd.crosstab(known["election"], known["vintage"]).reindex(
        columns=["official", "provisional"], fill_value=0
    )
    both = table[(table["official"] > 0) & (table["provisional"] > 0)]
    return both.rename_axis(columns=None).reset_index()


def _others(results: Results) -> pd.DataFrame:
    """Rows of other tables that are new or differ."""
    rows = []
    for name in TABLES:
        if name in ("municipal_results", "known_exceptions"):
            continue
        own, shipped = load_table(name, results.data), load_table(name)
        if len(own) == len(shipped) and own.equals(shipped):
            continue
        same = own.astype("object").merge(shipped.astype("object"), how="inner")
        if len(own) > len(same):
            rows.append({"table": name, "rows": len(own) - len(same)})
    return pd.DataFrame(rows, columns=["table", "rows"])
