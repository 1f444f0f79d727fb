"""One municipality, one name: by its code in all elections, and by every name that it goes by."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd

from evaluatie.counts.checking import read_table
from evaluatie.counts.identifiers import any_code
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.ground.folders import bundled

_ALIASES = Path(__file__).with_name("names.toml")

Called = Iterable[tuple[str, str]]
"""Codes and names; a code may stand there with several."""


@cache
def known_names() -> Mapping[str, tuple[str, ...]]:
    """Return every code of any code list or merger with its names, the one name first."""
    lists = read_table(bundled("data") / "municipality_codes.csv", "municipality_codes")
    mergers = read_table(bundled("data") / "mergers.csv", "mergers")
    newest = lists.iloc[::-1]
    pairs = [
        *zip(mergers["code_to"], mergers["name_to"], strict=True),
        *zip(newest["municipality_code"], newest["municipality"], strict=True),
    ]
    names: dict[str, dict[str, None]] = {}
    for code, name in reversed(pairs):
        names.setdefault(str(code), {})[str(name)] = None
    shared = pd.Series({code: next(iter(each)) for code, each in names.items()})
    doubles = set(shared[shared.duplicated(keep=False)].index)
    for code, aliases in tomllib.loads(_ALIASES.read_text("utf-8")).items():
        own = names.setdefault(code, {})
        first = dict.fromkeys(aliases)
        names[code] = first | own if code in doubles else own | first
    return {code: tuple(each) for code, each in sorted(names.items())}


@cache
def owners() -> Mapping[str, frozenset[str]]:
    """Return the codes that a name without capitals and accents belongs to."""
    found: dict[str, set[str]] = {}
    for code, names in known_names().items():
        for name in names:
            found.setdefault(plain(name), set()).add(code)
    return {name: frozenset(codes) for name, codes in found.items()}


def one_name(frame: pd.DataFrame) -> pd.DataFrame:
    """Give every municipality of a known code its one name, in a table that has both."""
    if not {"municipality", "municipality_code"} <= set(frame.columns):
        return frame
    first = {code: names[0] for code, names in known_names().items()}
    named = frame["municipality_code"].map(first)
    return frame.assign(municipality=named.fillna(frame["municipality"]).astype("str"))


def of_name(name: str, among: Called) -> list[str]:
    """Return the codes, of those ``among`` which it is to be, that a name or code may mean."""
    called = list(among)
    codes = {code for code, _ in called}
    wanted, code = plain(name), any_code(name)
    if code in codes:
        return [code]
    own = {each for each, known in called if plain(known) == wanted or each == name}
    return sorted(own | (owners().get(wanted, frozenset()) & codes))


def pick(name: str, among: Called, what: str = "municipality") -> str:
    """Return the one code, of those ``among`` which it is to be, that a name or code means.

    Capitals, accents and other names by which a municipality goes do not matter; ``what`` is
    what errors call those that it may be.

    Raises
    ------
    InputError
        If it may be several, with each.
    UnknownNameError
        If it is none of them, with the nearest that is.
    """
    called = list(among)
    found = of_name(name, called)
    if len(found) == 1:
        return found[0]
    names = dict(called)
    if found:
        raise ambiguous(name, {code: names[code] for code in found})
    raise UnknownNameError.of(what, name, sorted({known for _, known in called}))


def ambiguous(name: str, found: Mapping[str, str]) -> InputError:
    """Ask which of several municipalities is meant."""
    each = ", ".join(f"{called} = {code}" for code, called in sorted(found.items()))
    return InputError(
        f"{len(found)} municipalities are called {name!r}",
        rule="one municipality",
        value=each,
        expected="one of these, by code or by full name",
    )


@lru_cache(4096)
def plain(name: str) -> str:
    """A name without accents, capitals and needless space, to compare with."""
    straight = name.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("`", "'")
    apart = unicodedata.normalize("NFKD", straight)
    letters = "".join(each for each in apart if not unicodedata.combining(each))
    return " ".join(letters.casefold().split())
