"""The rows of evidence: those that ship, the user's on top, and an empty table to fill in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.counts import Results
from evaluatie.counts.checking import read_table
from evaluatie.counts.loading import load_own
from evaluatie.counts.schema import SUBJECTS, TABLES
from evaluatie.ground.errors import InputError
from evaluatie.ground.files import atomic_write, read_toml
from evaluatie.ground.tables import Row
from evaluatie.ground.words import say

COUNTED = "ballots"
"""Unit of a count of ballots per reason; in another unit a row is a published figure."""


@dataclass(frozen=True)
class Reason:
    """A reason for invalidity, or ``party_only``, which is none but is recorded with them.

    ``group`` and what it ``rests`` on are explained in ``reasons.toml``.
    """

    key: str
    group: str
    rests: str
    nl: str
    en: str

    def words(self, lang: str) -> str:
        """Return the reason in one language."""
        return self.en if lang == "en" else self.nl


@cache
def load_reasons() -> Mapping[str, Reason]:
    """Return the reasons of ``reasons.toml`` by key."""
    entries = read_toml(Path(__file__).with_name("reasons.toml"))
    return {key: Reason(key, **entry) for key, entry in entries.items()}


def reason(row: Row, lang: str) -> str:
    """Say which reason, or which group of reasons, a row is about."""
    key = str(row["reason"])
    if row["level"] == "group":
        return say(f"evidence.group_{key}", lang)
    return load_reasons()[key].words(lang)


def collected(results: Results, file: Path | None = None) -> pd.DataFrame:
    """Return the evidence: shipped rows, and those of the user's folder or file on top.

    Raises
    ------
    InputError
        With file, line, column, value and what was expected, for the first row that breaks the
        description of the table; a count of a reason must name a municipality and a reason.
    """
    own = (
        load_own("evidence", results.data)
        if file is None
        else read_table(file, "evidence", lines=True)
    )
    shipped = results.table("evidence")
    if own is None:
        return shipped
    _check_reasons(own, file or Path(str(results.data)) / "evidence.csv")
    if file is None:
        return shipped  # his folder is in it
    every = pd.concat([shipped, own], ignore_index=True)
    return every.drop_duplicates(list(TABLES["evidence"].key), keep="last", ignore_index=True)


def _check_reasons(own: pd.DataFrame, file: Path) -> None:
    counted = (own["subject"] == "reasons") & (own["unit"] == COUNTED)
    row: Any
    for row in own[counted].itertuples():
        for column, fits, expected in (
            ("group", re.fullmatch(r"GM\d{4}", row.group), "the CBS code of a municipality"),
            ("measure", row.measure in load_reasons(), " or ".join(load_reasons())),
            (
                "value",
                row.value >= 0 and row.value % 1 == 0,
                "a whole number of ballots, 0 for none",
            ),
        ):
            if not fits:
                value = getattr(row, column)
                raise InputError(
                    f"{column} does not fit a count of a reason",
                    file=file,
                    unit=f"line {row.Index}"
                    if own.index.name == "line"
                    else f"{row.election}, {row.group}",
                    rule=f"{column} of a reason",
                    value="nothing" if pd.isna(value) else value,
                    expected=expected,
                )


def write_template(path: Path, lang: str = "nl") -> None:
    """Write an empty table of evidence, its columns, subjects and reasons explained.

    Raises
    ------
    InputError
        If the file is there already: what was filled in is not written over.
    """
    if path.exists():
        raise InputError("the file is there already", file=path, rule="new file")
    words = partial(say, lang=lang)
    lines = [*words("evidence.template").strip().splitlines(), ""]
    names = TABLES["evidence"].names
    lines += [f"{name}: {words(f'evidence.column_{name}')}" for name in names]
    lines += ["", words("evidence.head_subjects")]
    lines += [f"{key}: {words(f'evidence.subject_{key}')}" for key in SUBJECTS]
    lines += ["", words("evidence.head_reasons")]
    for each in load_reasons().values():
        about = (words(f"evidence.group_{each.group}"), words(f"evidence.rests_{each.rests}"))
        lines.append(f"{each.key}: {each.words(lang)} ({'; '.join(about)})")
    comments = [f"# {line}".rstrip() for line in lines]
    atomic_write(path, "\n".join([*comments, ",".join(names)]) + "\n")
