"""First and official counts as readers see them: statements and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluatie.ground import formatting
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from evaluatie.answers.first_counts.analyse import FirstCountsResult

__all__ = ["curly", "for_readers", "lines", "listed_names", "whole_percent"]


def lines(result: FirstCountsResult, lang: str) -> list[str]:
    """Say what the official counts changed, newest election first, and what to expect."""
    said: list[str] = []
    for election in reversed(list(dict.fromkeys(result.table["election"]))):
        said += _of_election(result, election, lang)
    said += _expectation(result, lang)
    return said


def _of_election(result: FirstCountsResult, election: str, lang: str) -> Iterator[str]:
    sums = result.table[result.table["election"] == election]
    found = {(row["outcome"], row["group"], row["suspect"]): row for row in sums.to_dict("records")}
    named = result.municipalities
    named = named[(named["election"] == election) & (named["outcome"] == "invalid")]
    said = []
    for group, key, suspect in (
        ("experiment", "found", "suspect"),
        ("rest", "found_elsewhere", "suspect_elsewhere"),
    ):
        row = found.get(("invalid", group, "included"))
        if row is None:
            continue
        words: dict[str, Any] = {str(name): value for name, value in row.items()}
        words |= {"n": row["n_municipalities"], "election": result.names[election][lang]}
        said.append(say(f"first_counts.{key}", lang, **words))
        without = found.get(("invalid", group, "left out"))
        if without is not None:
            odd = named[(named["group"] == group) & named["status"].isin(_suspects(named))]
            words = {"names": listed_names(odd["municipality"]), "change": without["change"]}
            swapped = bool((odd["status"] == "invalid-blank-swapped").all())
            how = suspect if swapped or group == "rest" else "suspect_other"
            said.append(say(f"first_counts.{how}", lang, **words))
    yield " ".join(said)
    # The last row of a group is without suspect counts, where there are any.
    changes = {
        f"{row['outcome']}{'' if row['group'] == 'experiment' else '_elsewhere'}": row["change"]
        for row in sums[sums["outcome"] != "invalid"].to_dict("records")
    }
    if len(changes) == 4:
        key = "others_without" if (sums["suspect"] == "left out").any() else "others"
        yield say(f"first_counts.{key}", lang, **changes)
    yield from _effect(result.effects, election, lang)
    for status, key in (("no-first-count", "absent"), ("not-reported", "silent")):
        some = named.loc[named["status"] == status, "municipality"]
        if len(some):
            yield say(f"first_counts.{key}", lang, names=listed_names(some))


def _effect(effects: pd.DataFrame, election: str, lang: str) -> Iterator[str]:
    rows = effects[(effects["election"] == election) & (effects["outcome"] == "invalid")]
    by = {row["count"]: row for row in rows.to_dict("records")}
    if not {"first", "same"} <= set(by):
        return
    first, same = by["first"], by["same"]
    estimates = {"first": first["estimate"], "same": same["estimate"], "n": first["n_treated"]}
    text = say("first_counts.effect", lang, **estimates)
    every = by.get("official")
    if every is not None and every["n_treated"] > first["n_treated"]:
        more = {"n": every["n_treated"], "official": every["estimate"]}
        text += " " + say("first_counts.effect_all", lang, **more)
    yield text


def _expectation(result: FirstCountsResult, lang: str) -> Iterator[str]:
    rows = result.expected[result.expected["outcome"] == "invalid"]
    said = []
    for group, key in (("experiment", "expected"), ("rest", "expected_elsewhere")):
        for row in rows[(rows["group"] == group) & (rows["predicts"] == "next")].to_dict("records"):
            words = {
                "low": whole_percent(row["change_low"], lang),
                "high": whole_percent(row["change_high"], lang),
            }
            said.append(say(f"first_counts.{key}", lang, n=row["n_municipalities"], **words))
    if not said:
        return
    yield " ".join(said)
    checks = result.expected
    checks = checks[(checks["group"] == "experiment") & (checks["predicts"] != "next")]
    for row in checks.to_dict("records"):
        held = row["change_low"] <= row["came"] <= row["change_high"]
        # Of the other outcomes only what went wrong.
        if held and row["outcome"] != "invalid":
            continue
        yield say(
            f"first_counts.{'inside' if held else 'outside'}",
            lang,
            election=result.names[row["predicts"]][lang],
            outcome=say(f"common.{row['outcome']}", lang),
            low=whole_percent(row["change_low"], lang),
            high=whole_percent(row["change_high"], lang),
            came=whole_percent(row["came"], lang),
        )
    n = len(result.names)
    yield say("first_counts.beware_one" if n == 1 else "first_counts.beware", lang, n=n)


def _suspects(named: pd.DataFrame) -> list[str]:
    from evaluatie.answers.first_counts.analyse import SUSPECT

    return [status for status in named["status"].unique() if status in SUSPECT]


def listed_names(names: Sequence[str] | pd.Series[Any]) -> str:
    """Return names in order of the alphabet, ’s-Hertogenbosch under H."""
    ordered = sorted(
        map(curly, names), key=lambda name: name.removeprefix("\N{RIGHT SINGLE QUOTATION MARK}s-")
    )
    return ", ".join(ordered)


def curly(name: object) -> str:
    """Return a name with the apostrophe that print has."""
    return str(name).replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")


def whole_percent(change: float, lang: str) -> str:
    """Print a relative change in whole percents with its sign: more would be false precision."""
    return formatting.points(change, lang, 0) + "%"


def for_readers(table: pd.DataFrame, lang: str = "nl") -> pd.DataFrame:
    """Add the words of any of the four tables of :class:`FirstCountsResult`.

    Parameters
    ----------
    table
        ``table``, ``municipalities``, ``effects`` or ``expected``; told apart by columns.
    """
    rows = table.to_dict("records")
    made: dict[str, list[str]] = {}
    if "group" in table:
        made["group_text"] = [say(f"first_counts.{row['group']}", lang) for row in rows]
    if "suspect" in table:
        made["remark_text"] = [
            say(f"first_counts.{row['suspect'].replace(' ', '_')}", lang) for row in rows
        ]
    if "status" in table:
        made["remark_text"] = [say(f"first_counts.status_{row['status']}", lang) for row in rows]
    if "count" in table:
        made["count_text"] = [say(f"first_counts.count_{row['count']}", lang) for row in rows]
    if "predicts" in table:
        made["predicts_text"] = [
            say("first_counts.next", lang) if row["predicts"] == "next" else row["predicts"]
            for row in rows
        ]
        made["interval_text"] = [
            say(
                "first_counts.to",
                lang,
                low=whole_percent(row["change_low"], lang),
                high=whole_percent(row["change_high"], lang),
            )
            for row in rows
        ]
        made["came_text"] = [
            "" if pd.isna(row["came"]) else whole_percent(row["came"], lang) for row in rows
        ]
    return table.assign(**made)
