"""Identities that counts obey: what adds up, and what may not be more than what.

``valid + blank + invalid = ballots`` and ``ballots <= eligible`` (Kieswet, chapter N; model
Na 31-2). Unknown counts are passed over; nothing is repaired.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from evaluatie.ground.errors import InputError

_EXCUSED_BY = ("election", "municipality_code", "vintage", "rule")


def check_identities(
    frame: pd.DataFrame, exceptions: pd.DataFrame | None = None, *, file: Path | str | None = None
) -> None:
    """Check that municipal or national counts add up; unknown counts are passed over.

    What is listed in ``exceptions``, rows of ``known_exceptions``, may break the rule it names.
    """
    excused: set[tuple[str, ...]] = set()
    if exceptions is not None:
        columns = [exceptions[name].fillna("") for name in _EXCUSED_BY]
        excused = set(zip(*columns, strict=True))
    for breach in identity_breaches(frame):
        if breach.key not in excused:
            raise InputError(
                f"the counts of {breach.name} at {breach.key[0]} break {breach.rule}",
                file=file,
                unit=f"line {breach.position + 2}",
                rule=breach.rule,
                value=breach.left,
                expected=breach.right,
            )


@dataclass(frozen=True)
class Breach:
    """One row that breaks one identity; ``left`` and ``right`` are the sides of the rule."""

    position: int
    key: tuple[str, ...]
    name: str
    left: int
    right: int

    @property
    def rule(self) -> str:
        """The rule that is broken."""
        return self.key[-1]


def identity_breaches(frame: pd.DataFrame) -> list[Breach]:
    """Return every row that breaks an identity of the counts, rule by rule.

    The key of a breach is election, municipality code (empty for a national total), vintage
    and rule, as in the table ``known_exceptions``.
    """
    valid, blank, invalid = frame["valid"], frame["blank"], frame["invalid"]
    ballots, eligible, rejected = frame["ballots"], frame["eligible"], frame["rejected"]
    split = valid + blank + invalid
    rules = (
        ("valid+blank+invalid=ballots", split, ballots, split != ballots),
        ("blank+invalid=rejected", blank + invalid, rejected, blank + invalid != rejected),
        ("valid+rejected=ballots", valid + rejected, ballots, valid + rejected != ballots),
        ("ballots<=eligible", ballots, eligible, ballots > eligible),
    )
    breaches = []
    for rule, left, right, broken in rules:
        for position in np.flatnonzero(broken.fillna(False).to_numpy(dtype=bool)):
            row = frame.iloc[position]
            key = (row["election"], row.get("municipality_code", ""), row["vintage"], rule)
            breaches.append(
                Breach(
                    position=int(position),
                    key=tuple(map(str, key)),
                    name=str(row.get("municipality", "national total")),
                    left=int(left.iloc[position]),
                    right=int(right.iloc[position]),
                )
            )
    return breaches
