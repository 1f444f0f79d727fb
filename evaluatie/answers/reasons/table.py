"""The user's table of reasons: its description, its template, its reader, its check."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.counts import Results
from evaluatie.counts.schema import Field, Table, read_table
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.ground.words import say
from evaluatie.plan import Design, load_design

__all__ = ["REASONS_TABLE", "Reason", "check_sums", "load_reasons", "read_reasons", "template"]

REASONS_TABLE = Table(
    "invalid_reasons",
    "Invalid ballots per reason, and ballots with only a party marked",
    (
        Field("election", "string", "Election id such as TK2025", True),
        Field("municipality_code", "string", "GM and four digits", True, pattern=r"GM\d{4}"),
        Field("polling_station", "string", "Station; empty = the whole municipality"),
        Field("reason", "string", "Key of a reason in reasons.toml", True),
        Field("count", "integer", "Ballots; 0 = none, empty = not filled in", minimum=0),
    ),
    ("election", "municipality_code", "polling_station", "reason"),
)
"""Description of the user's table ``invalid_reasons.csv``."""


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
    entries = tomllib.loads(Path(__file__).with_name("reasons.toml").read_text("utf-8"))
    return {key: Reason(key, **entry) for key, entry in entries.items()}


def template(
    election: str,
    municipalities: Iterable[str] | None = None,
    *,
    lang: str = "nl",
    design: Design | None = None,
) -> str:
    """Return a CSV file to fill in: comments that explain it, and a row per count.

    Parameters
    ----------
    election
        Such as ``TK2025``.
    municipalities
        Codes; by default those with the new ballot at the election.
    lang
        Language of the comments.
    design
        Instead of the plan that ships.

    Raises
    ------
    UnknownNameError
        For an unknown election.
    InputError
        If no municipality had the new ballot and none is given.
    """
    plan = design or load_design()
    codes = list(plan.treated(election) if municipalities is None else municipalities)
    if not codes:
        raise InputError(
            "no municipality voted with the new ballot; name the municipalities",
            unit=election,
            rule="municipalities given",
        )
    lines = say("reasons.template", lang, election=election).strip().splitlines()
    for reason in load_reasons().values():
        group = say(f"reasons.group_{reason.group}", lang)
        rests = say(f"reasons.rests_{reason.rests}", lang)
        lines.append(f"{reason.key}: {reason.words(lang)} ({group}; {rests})")
    rows = [f"{election},{code},,{key}," for code in codes for key in load_reasons()]
    comments = [f"# {line}".rstrip() for line in lines]
    return "\n".join([*comments, ",".join(REASONS_TABLE.names), *rows]) + "\n"


def read_reasons(path: Path | str) -> pd.DataFrame:
    """Read a filled-in template: one row per election, municipality and reason.

    Lines that start with ``#`` are comments. Municipalities without any count are left out;
    where one count of a municipality is filled in, all must be. Counts of polling stations
    are added up; where the municipality's own row is there too, both must agree.

    Returns
    -------
    pandas.DataFrame
        Columns election, municipality_code, reason, group, count; every reason of the list
        for every municipality.

    Raises
    ------
    InputError
        Naming file, line or municipality, and what was expected.
    """
    file, known = Path(path), load_reasons()
    rows = read_table(file, REASONS_TABLE, comments=True)
    for key in rows["reason"]:
        if key not in known:
            error = UnknownNameError.of("reason", key, known)
            raise InputError(error.message, file=file, rule="known reason")
    unit = ["election", "municipality_code", "polling_station"]
    cells = rows.fillna({"polling_station": ""}).pivot(index=unit, columns="reason", values="count")
    counts = cells.reindex(columns=list(known)).dropna(how="all")
    if counts.empty:
        raise InputError("no count is filled in", file=file, rule="counts present")
    for place, lacking in zip(counts.index, counts.isna().to_numpy(), strict=True):
        for key in counts.columns[lacking][:1]:
            raise InputError(
                f"the count of {key!r} is not filled in",
                file=file,
                unit=", ".join(name for name in place if name),
                rule="every reason counted",
                expected="0 where there were none",
            )
    of_whole = counts.index.get_level_values(2) == ""
    whole = _long(counts[of_whole].droplevel(2))
    summed = _long(counts[~of_whole].groupby(level=[0, 1]).sum())
    both = whole.index.intersection(summed.index)
    for at in both[(whole[both] != summed[both]).to_numpy(dtype=bool)][:1]:
        raise InputError(
            "the polling stations do not add up to the municipality",
            file=file,
            unit=", ".join(at),
            rule="stations=municipality",
            value=int(summed[at]),
            expected=int(whole[at]),
        )
    # By election and municipality; of one, reasons in the order of the list.
    found: pd.DataFrame = pd.concat([whole, summed.drop(both)]).reset_index()
    found = found.sort_values(unit[:2], kind="stable", ignore_index=True)
    found.insert(3, "group", [known[key].group for key in found["reason"]])
    return found


def _long(counts: pd.DataFrame) -> pd.Series[Any]:
    """Return a number per election, municipality and reason, in the order of the list."""
    melted = counts.melt(ignore_index=False, value_name="count")
    return melted.set_index("reason", append=True)["count"]


def check_sums(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """Compare the sum over the reasons with the invalid votes counted.

    Parameters
    ----------
    table
        From :func:`read_reasons`.
    results
        Counts; each vintage is compared, since reasons may belong to either.

    Returns
    -------
    pandas.DataFrame
        election, municipality_code, municipality, sum, invalid, vintage, agrees: one row per
        municipality and vintage with a known number of invalid votes; one with vintage
        missing where there is none.
    """
    key = ["election", "municipality_code"]
    sums = table[table["group"] != "valid"].groupby(key)["count"].sum().rename("sum").reset_index()
    known = results.rows.dropna(subset=["invalid"])[[*key, "municipality", "vintage", "invalid"]]
    found = sums.merge(known, on=key, how="left")
    found["agrees"] = (found["sum"] == found["invalid"]).fillna(False)
    return found
