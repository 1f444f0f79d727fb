"""Tables by name: those that ship, checked against their checksums, and the user's on top."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import pandas as pd

from evaluatie.counts.checking import read_checked
from evaluatie.counts.identities import check_identities
from evaluatie.counts.manifest import read_manifest
from evaluatie.counts.names import one_name
from evaluatie.counts.own import read_own, unused_columns
from evaluatie.counts.schema import TABLES, Table
from evaluatie.ground.errors import ChecksumError, InputError, UnknownNameError
from evaluatie.ground.files import settle_folder, sha256
from evaluatie.ground.folders import bundled
from evaluatie.plan import PLAN_FILE

INGESTED = ("unit_totals", "unit_list_votes", "seats", "candidate_names", "findings", "files")
"""Tables that ``ingest`` writes beside those that analyses read."""
_BESIDE = ("datapackage.json", "manifest.toml", PLAN_FILE)


def load_table(
    name: str, data: Path | str | None = None, *, elections: Iterable[str] | None = None
) -> pd.DataFrame:
    """Load one tidy table by its name in ``schema.TABLES``, checked.

    Rows of the same table in the folder ``data`` replace shipped rows with the same key; polling
    stations and candidates replace all those of their municipality.

    Parameters
    ----------
    name
        Such as ``list_votes``.
    data
        A folder with the user's own tables. A table may be one file, or a folder of its name
        with one file per election.
    elections
        Keep only these, in a table that has a column ``election``; of a table that ships as
        one file per election, only those files are read.

    Raises
    ------
    UnknownNameError
        For an unknown table, or an election of which the table has no rows.
    ChecksumError
        If a shipped table was changed or cut off.
    InputError
        If a table breaks its description or the identities of the counts.

    Examples
    --------
    >>> import evaluatie
    >>> evaluatie.load_table("mergers").columns.tolist()
    ['valid_from_year', 'code_from', 'name_from', 'code_to', 'name_to', 'kind', 'source']
    """
    if name not in TABLES:
        raise UnknownNameError.of("table", name, TABLES)
    wanted = None if elections is None else list(dict.fromkeys(elections))
    found = (_layer(folder, name, wanted) for folder in data_folders(data))
    layers = [layer for layer in found if layer is not None]
    if not layers:  # every file is of another election
        raise UnknownNameError.of("election", (wanted or [""])[0], _elections(name, data))
    stacked = layers[0]
    if len(layers) > 1:
        key = list(TABLES[name].key)
        kept = _left_over(layers[0], layers[1], TABLES[name])
        stacked = pd.concat([kept, layers[1]], ignore_index=True)
        stacked = stacked.drop_duplicates(key, keep="last")
        stacked = stacked.sort_values(key, kind="stable", ignore_index=True)
    if wanted is None or "election" not in stacked:
        return stacked
    present = set(stacked["election"].unique())
    for election in wanted:
        if election not in present:
            raise UnknownNameError.of("election", election, _elections(name, data))
    return stacked[stacked["election"].isin(wanted)].reset_index(drop=True)


def _left_over(shipped: pd.DataFrame, own: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Shipped rows of what the user has no rows of, in a table of parts that are summed."""
    if not table.whole:
        return shipped
    key = list(table.whole)
    replaced = pd.MultiIndex.from_frame(shipped[key]).isin(pd.MultiIndex.from_frame(own[key]))
    return shipped[~replaced]


def load_own(name: str, data: Path | str | None) -> pd.DataFrame | None:
    """Load the user's own rows of a table, without those that ship; None where there are none."""
    own = data_folders(data)[1:]
    return _layer(own[0], name, None) if own else None


def _layer(folder: Path, name: str, wanted: list[str] | None) -> pd.DataFrame | None:
    """Rows of one table in one folder, or None where the folder has none of it."""
    parts: dict[str, pd.DataFrame] = {}
    for path in _files(folder, name):
        if wanted is not None and path.stem not in (name, *wanted):
            continue
        if folder == bundled("data"):
            frame = _shipped(path, name).copy()
        else:
            frame = one_name(read_own(path, TABLES[name]))
            if name in ("municipal_results", "national_results"):
                check_identities(frame, load_table("known_exceptions", folder), file=path)
        parts[path.name] = frame
    if not parts:
        return None
    if len(parts) == 1:
        (only,) = parts.values()
        return only
    whole = pd.concat(parts, names=["file", None])
    again = whole.duplicated(list(TABLES[name].key))
    if again.any():
        row = whole[again].iloc[0]
        raise InputError(
            "two files of one table have the same row",
            file=folder / name / whole.index[again][0][0],
            rule="unique key",
            value=", ".join(str(row[each]) for each in TABLES[name].key),
        )
    return whole.reset_index(drop=True)


def _elections(name: str, data: Path | str | None) -> list[str]:
    rows = load_table(name, data)
    return rows["election"].unique().tolist()


def _files(folder: Path, name: str) -> list[Path]:
    """Files of one table in a folder; a table may be split in one file per election."""
    if folder == bundled("data"):
        # The manifest and not the folder says what ships, so that a lost file is noticed.
        listed = [folder / path for path in _checksums(folder)]
        found = [path for path in listed if name in (path.stem, path.parent.name)]
        # A table that the manifest does not know fails its checksum.
        return found or [folder / f"{name}.csv"]
    single = folder / f"{name}.csv"
    return [single] if single.exists() else sorted((folder / name).glob("*.csv"))


def data_folders(data: Path | str | None = None) -> list[Path]:
    """Return the folders that tables are read from, the user's own last.

    Raises
    ------
    InputError
        If the user's folder does not exist or holds none of the tables.
    """
    folders = [bundled("data")]
    if data is not None:
        own = Path(data)
        if own.exists() and not own.is_dir():
            said = "a file, where a folder is needed: put it in a folder of its own"
            raise InputError(said, file=own, rule="data folder")
        if not own.is_dir():
            raise InputError("there is no such data folder", file=own, rule="data folder")
        settle_folder(own)
        if not (own / PLAN_FILE).is_file() and not has_tables(own):
            raise InputError(
                f"the folder holds neither tables such as municipal_results.csv nor {PLAN_FILE}; "
                "official files become tables with: evaluatie ingest FILES --out DIR",
                file=own,
                rule="data folder",
            )
        folders.append(own)
    return folders


def has_tables(folder: Path) -> bool:
    """Tell whether a folder of the user's holds any of the package's tables."""
    return any(_files(folder, name) for name in TABLES)


def unused(folder: Path) -> tuple[str, ...]:
    """Name the files of a folder of tables that nothing reads, and columns of those that are.

    Returns
    -------
    tuple of str
        The file in the folder; after a colon columns of it, where it is read but for these.
    """
    read = {path: TABLES[name] for name in TABLES for path in _files(folder, name)}
    found = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        beside = len(inside.parts) == 1 and (path.stem in INGESTED or path.name in _BESIDE)
        if beside or not path.is_file() or any(part.startswith(".") for part in inside.parts):
            continue
        columns: tuple[str, ...] = ()
        if path in read:
            with suppress(InputError):  # told by whoever needs the table
                columns = unused_columns(path, read[path])
        if columns or path not in read:
            found.append(inside.as_posix() + (f": {', '.join(columns)}" if columns else ""))
    return tuple(found)


def _shipped(path: Path, name: str) -> pd.DataFrame:
    """Return a table that ships, its checksum verified; for whoever may change it, a copy."""
    # How pandas is asked to hold texts decides what a table is made of.
    return _kept(path, name, _verified(path), pd.get_option("mode.string_storage"))


# What ships is read by many analyses.
@lru_cache(maxsize=64)
def _kept(path: Path, name: str, _checksum: str, _texts: str) -> pd.DataFrame:
    return one_name(read_checked(path, name))


def _verified(path: Path) -> str:
    folder = bundled("data")
    expected = _checksums(folder).get(path.relative_to(folder).as_posix())
    if not path.exists():
        raise InputError("a table that ships with the package is missing", file=path, rule="table")
    found = sha256(path)
    if found != expected:
        raise ChecksumError(
            "the table is not the one the manifest describes; restore it, or put your own "
            "counts in a folder of your own",
            file=path,
            rule="sha256",
            value=found[:12],
            expected=(expected or "a checksum in manifest.toml")[:12],
        )
    return found


def _checksums(folder: Path) -> dict[str, str]:
    return {entry["path"]: entry["sha256"] for entry in read_manifest(folder).get("table", [])}
