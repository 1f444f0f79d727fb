"""The catalogue of raw files as objects; ``catalogue.toml`` is written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from evaluatie.ground.files import read_toml

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
def catalogue() -> tuple[Source, ...]:
    """Read the catalogue."""
    return tuple(_source(dict(entry)) for entry in read_toml(_FILE)["source"])


def _source(entry: dict[str, Any]) -> Source:
    needed = {name: entry[name] for name in ("id", "file", "reader", "elections", "sha256", "size")}
    others = {"vintage", "names", "only", "passed_over", "carries", "unreliable"} & entry.keys()
    return Source(**needed, entry=entry, **{name: entry[name] for name in others})
