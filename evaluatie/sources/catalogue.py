"""The catalogue of raw files as objects; ``catalogue.toml`` is written by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
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
    elections: tuple[str, ...]
    vintage: str | None
    sha256: str
    size: int
    names: Mapping[str, str]
    only: Mapping[str, tuple[str, ...]]
    passed_over: tuple[str, ...]
    carries: tuple[str, ...]
    entry: Mapping[str, Any]


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
    return Source(
        id=entry["id"],
        file=entry["file"],
        reader=entry["reader"],
        elections=tuple(entry["elections"]),
        vintage=entry.get("vintage"),
        sha256=entry["sha256"],
        size=entry["size"],
        names=entry.get("names", {}),
        only={name: tuple(codes) for name, codes in entry.get("only", {}).items()},
        passed_over=tuple(entry.get("passed_over", ())),
        carries=tuple(entry.get("carries", ())),
        entry=entry,
    )
