"""A user's folder, whatever is in it: tidy tables as they are, official files read first."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from evaluatie.counts.loading import has_tables, unused
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import InputError
from evaluatie.ground.files import settle_folder
from evaluatie.plan import PLAN_FILE
from evaluatie.sources.reading.ingesting import ingest
from evaluatie.sources.reading.result import Reading

_MADE = ("municipal_results", "national_results")
"""Tables that official files give; a folder has either these or official files."""
_SUFFIXES = {".xml", ".zip", ".csv", ".xlsx", ".ods", ".parquet"}
_MAY_COUNT = {*_SUFFIXES, ".txt", ".tsv", ".json", ".xls", ".eml", ".gz", ".7z", ""}
"""Suffixes of files that may hold counts; a letter or a picture beside them does not."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A folder of tables made from official files, to be used as the user's data folder.

    ``reading`` is what the official files say, with what does not add up.
    """

    folder: Path
    reading: Reading


@dataclass(frozen=True)
class Unused:
    """What of a user's folder is in no count.

    ``names`` are files; after a colon what of a file, where the rest is used. ``counts`` tells
    whether there may be counts in it, which are missed.
    """

    names: tuple[str, ...] = ()
    counts: bool = False


def left_unused(folder: Path, prepared: Prepared | None = None) -> Unused:
    """Find what of a user's folder is in no count; ``prepared`` is made of its official files."""
    if prepared is None:
        if not folder.is_dir() or not (has_tables(folder) or (folder / PLAN_FILE).is_file()):
            return Unused()  # told by whoever needs the folder
        names = unused(folder)
        return Unused(names, any(":" in name or _may_count(name) for name in names))
    made, missed = prepared.reading.unused, prepared.reading.missed
    files = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    loose = [
        path.as_posix()
        for path in files
        if path.suffix.lower() not in _SUFFIXES and path.name != PLAN_FILE
        if not any(part.startswith(".") for part in path.parts)
    ]
    return Unused((*loose, *made), missed or any(map(_may_count, loose)))


def _may_count(name: str) -> bool:
    return Path(name).suffix.lower() in _MAY_COUNT


def official_files(folder: Path) -> list[Path]:
    """Return the files of a folder that have to be read before they are tables.

    None where the folder holds tables of counts itself.

    Raises
    ------
    InputError
        If tables of counts lie beside official files, so that it is not clear which holds.
    """
    if not folder.is_dir():
        return []
    settle_folder(folder)
    found = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in _SUFFIXES and path.is_file() and not _is_table(path, folder)
    ]
    if not any((folder / f"{name}.csv").exists() or (folder / name).is_dir() for name in _MADE):
        return found
    for path in found:
        if path.suffix.lower() in (".xml", ".zip"):
            said = "official files lie beside tables of counts; keep them in a folder of their own"
            raise InputError(said, file=path, rule="data folder")
    return []


def prepare(
    folder: Path, out: Path, files: list[Path] | None = None, *, level: str = "polling_station"
) -> Prepared:
    """Turn official files in a folder into tables in another, its plan and other tables with them.

    ``files`` are those of :func:`official_files`, if these are known already; ``level`` as for
    :func:`evaluatie.sources.reading.ingest`.

    Raises
    ------
    InputError
        For the first file that is refused: counts that are partly read would look complete.
    """
    wanted = official_files(folder) if files is None else files
    made = ingest(wanted, out, level, strict=True)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (path.name == PLAN_FILE or _is_table(path, folder)):
            target = out / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return Prepared(out, made.reading)


def _is_table(path: Path, folder: Path) -> bool:
    """Whether a file is a tidy table: ``<table>.csv``, or a part in a folder of its name."""
    inside = path.relative_to(folder)
    name = inside.stem if len(inside.parts) == 1 else inside.parts[0]
    return path.suffix == ".csv" and name in TABLES
