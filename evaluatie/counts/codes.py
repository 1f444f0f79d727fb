"""Municipality codes of Statistics Netherlands (CBS): any spelling, names, and mergers.

For whoever brings own tables: :func:`normalise` writes a code as the package does,
:func:`code_of` and :func:`name_of` translate in the municipal division of a day, and
:func:`became` follows a municipality that merged. A pandas column is translated with
``frame["code"].map(evaluatie.codes.normalise)``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from evaluatie.counts import load_table
from evaluatie.counts.identifiers import any_code
from evaluatie.counts.loading import load_own
from evaluatie.counts.mergers import election_date, successors
from evaluatie.counts.names import known_names, of_name, owners, pick, plain
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.plan import Design

__all__ = ["became", "code_of", "name_of", "normalise"]

At = str | dt.date | None
_MERGED = ("mergers", "code_from", "code_to")


def normalise(code: object) -> str:
    """Write a municipality code as ``GM`` and four digits.

    Parameters
    ----------
    code
        As tables have it: ``484``, ``"0484"``, ``"G0484"``, ``"gm484"``, or ``484.0`` from a
        spreadsheet.

    Raises
    ------
    InputError
        For what is no code; whether a municipality has it, :func:`name_of` tells.

    Examples
    --------
    >>> [normalise(code) for code in (484, "0484", "G0484", "gm0484", 484.0)]
    ['GM0484', 'GM0484', 'GM0484', 'GM0484', 'GM0484']
    """
    found = any_code(code)
    if found in ("", "GM0000"):
        raise InputError(
            "no municipality code",
            rule="municipality code",
            value=code if isinstance(code, str) else str(code),
            expected="such as GM0484, G0484, 0484 or 484",
        )
    return found


def code_of(name: str, at: At = None) -> str:
    """Return the code of a municipality by its name in the division of a day.

    Capitals and accents do not matter, and names by which the sources of the package call a
    municipality are known too (Den Haag and 's-Gravenhage).

    Parameters
    ----------
    name
        The name.
    at
        An election such as ``"TK2021"``, or a day; the newest election by default.

    Raises
    ------
    UnknownNameError
        With what became of a municipality that had merged by then, or with the nearest name.
    InputError
        If two municipalities bear the name, with both.

    Examples
    --------
    >>> code_of("Den Haag"), code_of("Boxmeer", at="TK2021")
    ('GM0518', 'GM0756')
    """
    here = _division(*_moment(at))
    among = {code: names[0] for code, names in here.names.items()}
    elsewhere = sorted(owners().get(plain(name), frozenset()))
    if elsewhere and not of_name(name, among.items()):
        raise _absent(elsewhere[0], here)
    return pick(name, among.items())


def name_of(code: object, at: At = None) -> str:
    """Return the name of a municipality by its code, in the division of a day.

    Parameters
    ----------
    code
        In any spelling that :func:`normalise` knows.
    at
        An election such as ``"TK2021"``, or a day; the newest election by default.

    Raises
    ------
    UnknownNameError
        With what became of a municipality that had merged by then, or with the nearest code.

    Examples
    --------
    >>> name_of(518), name_of("G0756", at="TK2021")
    ("'s-Gravenhage", 'Boxmeer')
    """
    wanted = normalise(code)
    here = _division(*_moment(at))
    if wanted in here.names:
        return here.names[wanted][0]
    if wanted in known_names():
        raise _absent(wanted, here)
    raise UnknownNameError.of("municipality code", wanted, sorted(here.names))


def strangers(
    rows: pd.DataFrame, plan: Design, data: Path | str | None = None
) -> list[UnknownNameError | InputError]:
    """Say of each municipality that did not exist at its election why it did not.

    Elections that the plan does not know are passed over, and at one that only the plan knows a
    code may be new. The municipalities that the plan names exist, and those that
    ``municipality_codes`` and ``mergers`` in the user's folder ``data`` name, as the counts that
    ship do.
    """
    listed = [
        set(own[names].to_numpy().ravel())
        for table, *names in (("municipality_codes", "municipality_code"), _MERGED)
        if (own := load_own(table, data)) is not None
    ]
    known = set(plan.municipalities).union(*listed)
    found = []
    for election, code, name in _unshipped(rows):
        # Which codes an election of the user's own will have, nobody knows; which are gone is.
        told = code in known_names() or election in _elections()
        if told and code not in known and election in plan.elections:
            here = _division(election, plan.elections[election].date)
            if code not in known_names():
                # The nearest code would be that of anybody.
                error: UnknownNameError | InputError = InputError(
                    "no municipality has ever had this code", rule="known municipality", value=code
                )
            elif code not in here.names:
                error = _absent(code, here)
            else:
                continue
            error.unit = f"{name}, {election}"
            found.append(error)
    return found


def became(code: object, at: At = None) -> str:
    """Return the code that a municipality has in the division of a day, mergers followed.

    Parameters
    ----------
    code
        In any spelling that :func:`normalise` knows; a code that did not change is returned.
    at
        An election such as ``"GR2026"``, or a day; the newest election by default.

    Raises
    ------
    InputError
        If the municipality was divided over others: it became none of them.
    UnknownNameError
        For a code that no list has; for one that is gone without a recorded successor
        (mergers are recorded from 2017), with the last election at which it existed; and for
        one that does not exist yet.

    Examples
    --------
    >>> became("GM0756"), became("GM0756", at="TK2021")
    ('GM1982', 'GM0756')
    """
    wanted = normalise(code)
    here = _division(*_moment(at))
    if wanted not in known_names():
        raise UnknownNameError.of("municipality code", wanted, sorted(here.names))
    final = successors(_mergers(), 0, here.year).get(wanted, wanted)
    if final in here.names:
        return final
    raise _absent(final, here)


@dataclass(frozen=True)
class _Division:
    """Codes that exist at a moment, with their names: the code list's first, then aliases."""

    label: str
    year: int
    names: Mapping[str, tuple[str, ...]]


def _unshipped(rows: pd.DataFrame) -> Iterator[tuple[str, str, str]]:
    """Return election, code and name of the municipalities that the package has no count of."""
    key = ["election", "municipality_code"]
    shipped = pd.MultiIndex.from_frame(load_table("municipal_results")[key])
    new = rows[~pd.MultiIndex.from_frame(rows[key]).isin(shipped)].drop_duplicates(key)
    return new[[*key, "municipality"]].itertuples(index=False, name=None)


def _moment(at: At) -> tuple[str, dt.date]:
    if at is None:
        at = _elections()[-1]
    if isinstance(at, dt.datetime):
        at = at.date()
    if isinstance(at, dt.date):
        return at.isoformat(), at
    return at, election_date(at)


@cache
def _division(label: str, day: dt.date) -> _Division:
    """Codes that exist on a day.

    Lists of council elections leave out municipalities that voted on another day. So: whatever
    an earlier list or merger has, unless a merger took it away or, before mergers were
    recorded, the list of the day lacks it.
    """
    lists, mergers = load_table("municipality_codes"), _mergers()
    dates = {name: election_date(name) for name in _elections()}
    past = [name for name in dates if dates[name] <= day] or [_elections()[0]]
    begins = int(mergers["valid_from_year"].min())
    recorded = [name for name in past if dates[name].year >= begins]
    past = recorded if past[-1] in recorded else past[-1:]
    codes = set(lists.loc[lists["election"].isin(past), "municipality_code"])
    done = mergers[mergers["valid_from_year"] <= day.year].sort_values("valid_from_year")
    steps = done[["valid_from_year", "code_from", "code_to"]]
    for year, old, new in steps.itertuples(index=False, name=None):
        codes.add(new)
        # A municipality that only lost a piece is still on later lists.
        later = lists["election"].isin([name for name in past if dates[name].year >= year])
        if not (later & (lists["municipality_code"] == old)).any():
            codes.discard(old)
    return _Division(label, day.year, {code: known_names()[code] for code in sorted(codes)})


@cache
def _elections() -> tuple[str, ...]:
    names = load_table("municipality_codes")["election"].unique()
    return tuple(sorted(names, key=election_date))


@cache
def _mergers() -> pd.DataFrame:
    return load_table("mergers")


def _absent(code: str, here: _Division) -> UnknownNameError | InputError:
    """Say why a known municipality is not in a division."""
    name, mergers = known_names()[code][0], _mergers()
    left = mergers[(mergers["code_from"] == code) & (mergers["valid_from_year"] <= here.year)]
    what = f"there is no {name} ({code}) at {here.label}: "
    if len(left) and (left["kind"] == "part").any():
        into = ", ".join(f"{row.name_to} ({row.code_to})" for row in left.itertuples())
        year = left["valid_from_year"].iloc[0]
        said = f"{what}it was divided in {year} over {into}"
        return InputError(said, rule="divided municipality")
    if len(left):
        last = left.iloc[-1]
        why = f"it went into {last['name_to']} ({last['code_to']}) in {last['valid_from_year']}"
    else:
        lists = load_table("municipality_codes")
        listed = set(lists.loc[lists["municipality_code"] == code, "election"])
        on = [election for election in _elections() if election in listed]
        past = [election for election in on if election_date(election).year <= here.year]
        if past:
            why = f"it was last listed at {past[-1]}"
        else:
            why = f"it is first listed at {on[0]}" if on else "it came out of a later merger"
    return UnknownNameError(what + why, rule="known municipality")
