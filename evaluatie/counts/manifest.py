"""What ``manifest.toml`` says of the sources behind the tables that ship."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from evaluatie.ground.errors import InputError


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a data folder."""
    path = folder / "manifest.toml"
    try:
        return _parsed(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read the manifest ({error})", file=path) from error


@lru_cache(maxsize=4)
def _parsed(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def sources(folder: Path) -> list[dict[str, Any]]:
    """Return id, titles, publisher, date, licence, status, sha256 and caveats of each source."""
    kept = ("id", "title", "title_nl", "publisher", "date", "licence", "status", "sha256")
    return [
        {
            **{name: str(entry.get(name, "unknown")) for name in kept},
            "caveats": " ".join(entry.get("caveats", ())),
        }
        for entry in read_manifest(folder).get("source", [])
    ]
