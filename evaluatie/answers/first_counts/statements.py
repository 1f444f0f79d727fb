"""First and official counts in statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from evaluatie.answers.first_counts.pairs import SUSPECT
from evaluatie.answers.plots.labels import curly
from evaluatie.answers.statement import Statement
from evaluatie.ground.formatting import name_key

Line = Sequence[Statement]


def statements(table: pd.DataFrame, parts: Mapping[str, Any]) -> list[Line]:
    """Say what the official counts changed, newest election first, and what to expect.

    From the table and the parts of the answer, in lines of one or more statements.
    """
    said: list[Line] = []
    for election in reversed(list(dict.fromkeys(table["election"]))):
        sums, places = (
            each[each["election"] == election] for each in (table, parts["municipalities"])
        )
        said += _of_election(sums, places, parts["names"][election])
        said += _effect(parts["effects"], election)
        said += _unheard(places)
    return [*said, *_expectation(parts["expected"], parts["names"])]


def _of_election(
    sums: pd.DataFrame, places: pd.DataFrame, called: Mapping[str, str]
) -> Iterator[Line]:
    found = {(row["outcome"], row["group"], row["suspect"]): row for row in sums.to_dict("records")}
    named = places[places["outcome"] == "invalid"]
    said = []
    for group, end in (("experiment", ""), ("rest", "_elsewhere")):
        row = found.get(("invalid", group, "included"))
        if row is None:
            continue
        said.append(Statement(f"first_counts.found{end}", {**row, "election": called}))
        without = found.get(("invalid", group, "left out"))
        if without is not None:
            odd = named[(named["group"] == group) & named["status"].isin(list(SUSPECT))]
            swapped = bool((odd["status"] == "invalid-blank-swapped").all())
            how = f"suspect{end}" if swapped or end else "suspect_other"
            told = {"names": listed_names(odd["municipality"]), "change": without["change"]}
            said.append(Statement(f"first_counts.{how}", told))
    yield said
    # The last row of a group is without suspect counts, where there are any.
    changes = {
        f"{row['outcome']}{'' if row['group'] == 'experiment' else '_elsewhere'}": row["change"]
        for row in sums[sums["outcome"] != "invalid"].to_dict("records")
    }
    if len(changes) == 4:
        key = "others_without" if (sums["suspect"] == "left out").any() else "others"
        yield [Statement(f"first_counts.{key}", changes)]


def _effect(effects: pd.DataFrame, election: str) -> Iterator[Line]:
    rows = effects[(effects["election"] == election) & (effects["outcome"] == "invalid")]
    by = {row["count"]: row for row in rows.to_dict("records")}
    if not {"first", "same"} <= set(by):
        return
    first, same, every = by["first"], by["same"], by.get("official")
    estimates = {"first": first["estimate"], "same": same["estimate"], "n": first["n_treated"]}
    said = [Statement("first_counts.effect", estimates)]
    if every is not None and every["n_treated"] > first["n_treated"]:
        more = {"n": every["n_treated"], "official": every["estimate"]}
        said.append(Statement("first_counts.effect_all", more))
    yield said


def _unheard(places: pd.DataFrame) -> Iterator[Line]:
    named = places[places["outcome"] == "invalid"]
    for status, key in (("no-first-count", "absent"), ("not-reported", "silent")):
        some = named.loc[named["status"] == status, "municipality"]
        if len(some):
            yield [Statement(f"first_counts.{key}", {"names": listed_names(some)})]


def _expectation(expected: pd.DataFrame, names: Mapping[str, Any]) -> Iterator[Line]:
    of_next = expected["predicts"] == "next"
    said = []
    for group, key in (("experiment", "expected"), ("rest", "expected_elsewhere")):
        rows = expected[of_next & (expected["outcome"] == "invalid") & (expected["group"] == group)]
        said += [Statement(f"first_counts.{key}", row) for row in rows.to_dict("records")]
    if not said:
        return
    yield said
    checks = expected[~of_next & (expected["group"] == "experiment")]
    for row in checks.to_dict("records"):
        held = row["change_low"] <= row["came"] <= row["change_high"]
        # Of the other outcomes only what went wrong.
        if held and row["outcome"] != "invalid":
            continue
        said_of = {"election": names[row["predicts"]], "outcome": f"@common.{row['outcome']}"}
        key = "inside" if held else "outside"
        yield [Statement(f"first_counts.{key}", {**row, **said_of})]
    n = len(names)
    yield [Statement("first_counts.beware_one" if n == 1 else "first_counts.beware", {"n": n})]


def listed_names(names: Iterable[str]) -> str:
    """Return names in order of the alphabet, ’s-Hertogenbosch under H."""
    return ", ".join(sorted(map(curly, names), key=name_key))
