"""First and official counts in statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from evaluatie.answers.first_counts.pairs import SUSPECT, Row
from evaluatie.answers.plots.labels import curly
from evaluatie.answers.statement import Statement
from evaluatie.ground.formatting import name_key

Line = Sequence[Statement]


def statements(table: pd.DataFrame, parts: Mapping[str, Any]) -> list[Line]:
    """Say what the official counts changed, newest election first, and what to expect.

    From the table and the parts of the answer, in lines of one or more statements.
    """
    frames = (table, *(parts[name] for name in ("municipalities", "effects", "expected")))
    sums, places, effects, expected = (frame.to_dict("records") for frame in frames)
    said: list[Line] = []
    for election in reversed(dict.fromkeys(row["election"] for row in sums)):
        of_sums, of_places, of_effects = (
            [row for row in rows if row["election"] == election] for rows in (sums, places, effects)
        )
        named = [row for row in of_places if row["outcome"] == "invalid"]
        said += _of_election(of_sums, named, parts["names"][election])
        said += _effect(of_effects)
        said += _unheard(named)
    return [*said, *_expectation(expected, parts["names"])]


def _of_election(
    sums: Sequence[Row], named: Sequence[Row], called: Mapping[str, str]
) -> Iterator[Line]:
    found = {(row["outcome"], row["group"], row["suspect"]): row for row in sums}
    said = []
    for group, end in (("experiment", ""), ("rest", "_elsewhere")):
        row = found.get(("invalid", group, "included"))
        if row is None:
            continue
        said.append(Statement(f"first_counts.found{end}", {**row, "election": called}))
        without = found.get(("invalid", group, "left out"))
        if without is not None:
            odd = [each for each in named if each["group"] == group and each["status"] in SUSPECT]
            swapped = all(each["status"] == "invalid-blank-swapped" for each in odd)
            how = f"suspect{end}" if swapped or end else "suspect_other"
            told = {"names": _names(odd), "change": without["change"]}
            said.append(Statement(f"first_counts.{how}", told))
    yield said
    # The last row of a group is without suspect counts, where there are any.
    changes = {
        f"{row['outcome']}{'' if row['group'] == 'experiment' else '_elsewhere'}": row["change"]
        for row in sums
        if row["outcome"] != "invalid"
    }
    if len(changes) == 4:
        suspect = any(row["suspect"] == "left out" for row in sums)
        yield [Statement(f"first_counts.{'others_without' if suspect else 'others'}", changes)]


def _effect(effects: Sequence[Row]) -> Iterator[Line]:
    by = {row["count"]: row for row in effects if row["outcome"] == "invalid"}
    if not {"first", "same"} <= set(by):
        return
    first, same, every = by["first"], by["same"], by.get("official")
    estimates = {"first": first["estimate"], "same": same["estimate"], "n": first["n_treated"]}
    said = [Statement("first_counts.effect", estimates)]
    if every is not None and every["n_treated"] > first["n_treated"]:
        more = {"n": every["n_treated"], "official": every["estimate"]}
        said.append(Statement("first_counts.effect_all", more))
    yield said


def _unheard(named: Sequence[Row]) -> Iterator[Line]:
    for status, key in (("no-first-count", "absent"), ("not-reported", "silent")):
        some = [row for row in named if row["status"] == status]
        if some:
            yield [Statement(f"first_counts.{key}", {"names": _names(some)})]


def _expectation(expected: Sequence[Row], names: Mapping[str, Any]) -> Iterator[Line]:
    coming = {
        row["group"]: row
        for row in expected
        if row["predicts"] == "next" and row["outcome"] == "invalid"
    }
    if not coming:
        return
    keys = {"experiment": "expected", "rest": "expected_elsewhere"}
    yield [
        Statement(f"first_counts.{key}", coming[group])
        for group, key in keys.items()
        if group in coming
    ]
    for row in expected:
        if row["predicts"] == "next" or row["group"] != "experiment":
            continue
        held = row["change_low"] <= row["came"] <= row["change_high"]
        # Of the other outcomes only what went wrong.
        if held and row["outcome"] != "invalid":
            continue
        said_of = {"election": names[row["predicts"]], "outcome": f"@common.{row['outcome']}"}
        yield [Statement(f"first_counts.{'inside' if held else 'outside'}", {**row, **said_of})]
    n = len(names)
    yield [Statement("first_counts.beware_one" if n == 1 else "first_counts.beware", {"n": n})]


def _names(rows: Iterable[Row]) -> str:
    return listed_names(row["municipality"] for row in rows)


def listed_names(names: Iterable[str]) -> str:
    """Return names in order of the alphabet, ’s-Hertogenbosch under H."""
    return ", ".join(sorted(map(curly, names), key=name_key))
