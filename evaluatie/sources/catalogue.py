"""The catalogue of raw files as objects; ``catalogue.toml`` is written by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from evaluatie.ground.errors import InputError, UnknownNameError

_FILE = Path(__file__).with_name("catalogue.toml")


@dataclass(frozen=True)
class Source:
    """One raw file: how it is read, what it speaks of, and the entry as written."""

    id: str
    file: str
    reader: str
    elections: Sequence[str]
    sha256: str
    size: int
    entry: Mapping[str, Any]
    vintage: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    only: Mapping[str, Sequence[str]] = field(default_factory=dict)
    passed_over: Sequence[str] = ()
    carries: Sequence[str] = ()
    unreliable: Sequence[str] = ()


@cache
def catalogue(path: Path | None = None) -> tuple[Source, ...]:
    """Read the catalogue: by default the one of the package.

    Raises
    ------
    InputError
        If the file cannot be read, an entry lacks a key, or an id stands twice.
    """
    file = path or _FILE
    try:
        entries = tomllib.loads(file.read_text("utf-8"))["source"]
        sources = tuple(_source(entry) for entry in entries)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read the catalogue of sources ({error})", file=file) from error
    except KeyError as error:
        raise InputError(
            f"an entry of the catalogue lacks {error}", file=file, rule="catalogue entry"
        ) from error
    ids = [each.id for each in sources]
    for name in ids:
        if ids.count(name) > 1:
            raise InputError("the source stands twice", file=file, unit=name, rule="unique id")
    return sources


def source(name: str) -> Source:
    """Return the source with this id.

    Raises
    ------
    UnknownNameError
        With the nearest known id.
    """
    known = {each.id: each for each in catalogue()}
    if name not in known:
        raise UnknownNameError.of("source", name, known)
    return known[name]


def _source(entry: dict[str, Any]) -> Source:
    needed = {name: entry[name] for name in ("id", "file", "reader", "elections", "sha256", "size")}
    others = {"vintage", "names", "only", "passed_over", "carries", "unreliable"} & entry.keys()
    return Source(**needed, entry=entry, **{name: entry[name] for name in others})
