"""The table of reasons: its description, its reader, its template, its checks."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from evaluatie.counts import Results
from evaluatie.counts.schema import Column, Table, check_table
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.ground.words import say
from evaluatie.plan import Design, load_design

__all__ = [
    "REASONS_TABLE",
    "Group",
    "Reason",
    "check_sums",
    "load_reasons",
    "read_reasons",
    "template",
]

Group = Literal["design", "any", "valid"]
_RESTS = ("annex", "letter", "decree", "law")
_FILE = Path(__file__).with_name("reasons.toml")
_MAX_BYTES = 64 << 20
_KEY = ["election", "municipality_code", "reason"]

REASONS_TABLE = Table(
    "invalid_reasons",
    "Invalid ballots per reason, and ballots with only a party marked",
    (
        Column("election", "string", "Election id such as TK2025", True),
        Column("municipality_code", "string", "GM and four digits", True, pattern=r"GM\d{4}"),
        Column("polling_station", "string", "Station; empty = the whole municipality"),
        Column("reason", "string", "Key of a reason in reasons.toml", True),
        Column("count", "integer", "Ballots; 0 = none, empty = not filled in", minimum=0),
    ),
    ("election", "municipality_code", "polling_station", "reason"),
)
"""Description of the user's table ``invalid_reasons.csv``."""


@dataclass(frozen=True)
class Reason:
    """A reason for invalidity, or ``party_only``, which is none but is recorded with them.

    Attributes
    ----------
    key
        As in the table.
    group
        ``design`` (tied to the new ballot), ``any`` (possible on any ballot) or ``valid``.
    rests
        What the entry rests on: see ``reasons.toml``.
    nl, en
        In words.
    """

    key: str
    group: Group
    rests: str
    nl: str
    en: str

    def words(self, lang: str) -> str:
        """Return the reason in one language."""
        return self.en if lang == "en" else self.nl


@cache
def load_reasons(path: Path | None = None) -> Mapping[str, Reason]:
    """Read the list of reasons: that of the package, or another one.

    Raises
    ------
    InputError
        If the file cannot be read, an entry lacks something, or no reason is tied to the
        design, possible on any ballot, or named ``party_only`` and ``nonexistent_number``.
    """
    file = path or _FILE
    try:
        entries = tomllib.loads(file.read_text("utf-8"))
        found = {key: Reason(key, **entry) for key, entry in entries.items()}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read the list of reasons ({error})", file=file) from error
    except TypeError as error:
        raise InputError(
            f"an entry lacks or misspells something: {error}", file=file, rule="entry of a reason"
        ) from error
    for reason in found.values():
        if reason.group not in get_args(Group):
            raise InputError(
                "unknown group of a reason",
                file=file,
                unit=reason.key,
                rule="group",
                value=reason.group,
                expected=", ".join(get_args(Group)),
            )
        if reason.rests not in _RESTS:
            raise InputError(
                "unknown ground of a reason",
                file=file,
                unit=reason.key,
                rule="rests",
                value=reason.rests,
                expected=", ".join(_RESTS),
            )
    groups = {reason.group for reason in found.values()}
    needed = {"party_only", "nonexistent_number"}
    if not {"design", "any"} <= groups or not needed <= set(found):
        raise InputError(
            "the list needs a reason of each group, party_only and nonexistent_number",
            file=file,
            rule="groups present",
            value=", ".join(found),
        )
    return found


def template(
    election: str,
    municipalities: Iterable[str] | None = None,
    *,
    lang: str = "nl",
    reasons: Mapping[str, Reason] | None = None,
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

    Raises
    ------
    UnknownNameError
        For an unknown election.
    InputError
        If no municipality had the new ballot and none is given.
    """
    plan = design or load_design()
    known = load_reasons() if reasons is None else reasons
    codes = list(plan.treated(election) if municipalities is None else municipalities)
    if not codes:
        raise InputError(
            "no municipality voted with the new ballot; name the municipalities",
            unit=election,
            rule="municipalities given",
        )
    lines = [say("reasons.template", lang, election=election).strip()]
    for reason in known.values():
        group = say(f"reasons.group_{reason.group}", lang)
        rests = say(f"reasons.rests_{reason.rests}", lang)
        lines.append(f"{reason.key}: {reason.words(lang)} ({group}; {rests})")
    comments = [f"# {line}".rstrip() for text in lines for line in text.splitlines()]
    rows = [f"{election},{code},,{key}," for code in codes for key in known]
    return "\n".join([*comments, ",".join(REASONS_TABLE.names), *rows]) + "\n"


def read_reasons(path: Path | str, *, reasons: Mapping[str, Reason] | None = None) -> pd.DataFrame:
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
    file = Path(path)
    known = load_reasons() if reasons is None else reasons
    frame, lines = _frame(file)
    rows = _checked(frame, lines, file)
    unknown = ~rows["reason"].isin(list(known))
    if unknown.any():
        error = UnknownNameError.of("reason", rows.loc[unknown, "reason"].iloc[0], known)
        raise InputError(error.message, file=file, rule="known reason")
    filled = rows.dropna(subset=["count"])
    if filled.empty:
        raise InputError("no count is filled in", file=file, rule="counts present")
    _complete(rows, known, file)
    whole = filled[filled["polling_station"].isna()].set_index(_KEY)["count"]
    summed = filled[filled["polling_station"].notna()].groupby(_KEY)["count"].sum()
    both = whole.index.intersection(summed.index)
    differ = whole[both] != summed[both]
    if differ.any():
        at = differ.index[differ][0]
        raise InputError(
            "the polling stations do not add up to the municipality",
            file=file,
            unit=", ".join(map(str, at)),
            rule="stations=municipality",
            value=int(summed[at]),
            expected=int(whole[at]),
        )
    counts = pd.concat([whole, summed.drop(index=both)]).rename("count").reset_index()
    order = {key: position for position, key in enumerate(known)}
    ordered: pd.DataFrame = (
        counts.assign(
            group=counts["reason"].map({key: each.group for key, each in known.items()}),
            _order=counts["reason"].map(order),
        )
        .sort_values(["election", "municipality_code", "_order"], ignore_index=True)
        .loc[:, ["election", "municipality_code", "reason", "group", "count"]]
    )
    return ordered


def check_sums(table: pd.DataFrame, results: Results, *, strict: bool = False) -> pd.DataFrame:
    """Compare the sum over the reasons with the invalid votes counted.

    Parameters
    ----------
    table
        From :func:`read_reasons`.
    results
        Counts; each vintage is compared, since reasons may belong to either.
    strict
        Raise on the first municipality that agrees with no vintage.

    Returns
    -------
    pandas.DataFrame
        election, municipality_code, municipality, sum, invalid, vintage, agrees: one row per
        municipality and vintage with a known number of invalid votes; one with vintage
        missing where there is none.

    Raises
    ------
    InputError
        Under ``strict``, also where no count of invalid votes is known.
    """
    key = ["election", "municipality_code"]
    sums = table[table["group"] != "valid"].groupby(key)["count"].sum().rename("sum").reset_index()
    known = results.rows.dropna(subset=["invalid"])[[*key, "municipality", "vintage", "invalid"]]
    found = sums.merge(known, on=key, how="left")
    found["agrees"] = (found["sum"] == found["invalid"]).fillna(False)
    if strict:
        for (election, code), own in found.groupby(key, sort=False):
            if not own["agrees"].any():
                values = [str(value) for value in own["invalid"].dropna()]
                raise InputError(
                    "the reasons do not add up to the invalid votes",
                    unit=f"{election}, {code}",
                    rule="sum of reasons=invalid",
                    value=int(own["sum"].iloc[0]),
                    expected=" or ".join(values) or "a known number of invalid votes",
                )
    return found


def _complete(rows: pd.DataFrame, known: Mapping[str, Reason], file: Path) -> None:
    unit = ["election", "municipality_code", "polling_station"]
    for names, own in rows.groupby(unit, dropna=False, sort=False):
        given = set(own.loc[own["count"].notna(), "reason"])
        lacking = [key for key in known if key not in given]
        if given and lacking:
            raise InputError(
                f"the count of {lacking[0]!r} is not filled in",
                file=file,
                unit=", ".join(str(name) for name in names if isinstance(name, str)),
                rule="every reason counted",
                expected="0 where there were none",
            )


def _checked(frame: pd.DataFrame, lines: list[int], file: Path) -> pd.DataFrame:
    try:
        return check_table(frame, REASONS_TABLE, file=file)
    except InputError as error:
        # The check counts the header as line 1; comments stand above and between.
        match = re.fullmatch(r"line (\d+)", error.unit or "")
        if match is not None and 0 <= int(match[1]) - 2 < len(lines):
            error.unit = f"line {lines[int(match[1]) - 2]}"
        raise


def _frame(file: Path) -> tuple[pd.DataFrame, list[int]]:
    """Read the cells as text, and the line that each row stands on."""
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise InputError("larger than any table of reasons", file=file, rule="size")
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot be read ({reason})", file=file, rule="readable") from error
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8 text", file=file, rule="encoding") from error
    kept = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not kept:
        raise InputError("the file holds nothing but comments", file=file, rule="csv")
    separator = ";" if kept[0][1].count(";") > kept[0][1].count(",") else ","
    rows: list[list[str | None]] = []
    for number, line in kept:
        try:
            (cells,) = csv.reader([line], delimiter=separator, strict=True)
        except csv.Error as error:
            raise InputError(
                f"not a readable table ({error})", file=file, unit=f"line {number}", rule="csv"
            ) from error
        if rows and len(cells) != len(rows[0]):
            raise InputError(
                "the row has another number of cells than the header",
                file=file,
                unit=f"line {number}",
                rule="row width",
                value=len(cells),
                expected=len(rows[0]),
            )
        rows.append([cell.strip() or None for cell in cells])
    frame = pd.DataFrame(rows[1:], columns=[str(name) for name in rows[0]], dtype="str")
    return frame, [number for number, _ in kept[1:]]
