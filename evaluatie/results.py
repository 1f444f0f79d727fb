"""The one results table: counts per election, municipality and vintage.

:func:`load` gives the counts that ship with the package, checked against their checksums
and the identities that official counts obey (Kieswet, chapter N; model Na 31-2):
``valid + blank + invalid = ballots`` and ``ballots <= eligible``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd

from evaluatie.errors import ChecksumError, InputError, UnknownNameError
from evaluatie.experiment import Design, load_design
from evaluatie.files import sha256
from evaluatie.places import bundled
from evaluatie.schema import TABLES, read_table

__all__ = [
    "OUTCOMES",
    "VINTAGES",
    "Breach",
    "Outcome",
    "Results",
    "Vintage",
    "check_identities",
    "data_folders",
    "identity_breaches",
    "load",
    "load_table",
]

Outcome = Literal["invalid", "blank", "rejected", "turnout"]
Vintage = Literal["best", "official", "provisional"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
VINTAGES: tuple[str, ...] = get_args(Vintage)

_COUNTS = ["eligible", "ballots", "valid", "blank", "invalid", "rejected"]
_PARTS: dict[str, tuple[str, str]] = {
    "invalid": ("invalid", "ballots"),
    "blank": ("blank", "ballots"),
    "rejected": ("rejected", "ballots"),
    "turnout": ("ballots", "eligible"),
}


@dataclass(frozen=True, eq=False)
class Results:
    """Counts per election × municipality × vintage, with the vintage that was asked for.

    Two results are equal only if they are the same object, so that work on one can be kept
    for the next question; its frames are not to be changed in place.

    Attributes
    ----------
    rows
        Every row, one per election × municipality × vintage; columns as in
        ``schema.TABLES["municipal_results"]``. Empty = unknown.
    vintage
        ``best`` (official where complete, else provisional), ``official`` or ``provisional``.
    """

    rows: pd.DataFrame
    vintage: Vintage = "best"

    @property
    def frame(self) -> pd.DataFrame:
        """One row per election × municipality, in the chosen vintage.

        Under ``best`` a row is official where its split into valid, blank and invalid is
        known, else provisional where that is known, else official as far as it goes. The
        column ``vintage`` says which it is.
        """
        return _choose(self.rows, self.vintage, ["valid", "blank", "invalid"])

    @property
    def elections(self) -> tuple[str, ...]:
        """Ids of the elections present, in order of date."""
        present = set(self.rows["election"].unique())
        known = [name for name in load_design().elections if name in present]
        return (*known, *sorted(present.difference(known)))

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the sources of the rows, as in ``manifest.toml``."""
        return tuple(sorted(self.rows["source"].unique()))

    def where(self, elections: str | Iterable[str]) -> Results:
        """Keep only some elections.

        Raises
        ------
        UnknownNameError
            For an election without rows, with the nearest name.
        """
        wanted = [elections] if isinstance(elections, str) else list(elections)
        for name in wanted:
            if name not in self.elections:
                raise UnknownNameError.of("election", name, self.elections)
        kept = self.rows[self.rows["election"].isin(wanted)].reset_index(drop=True)
        return replace(self, rows=kept)

    def only(self, municipalities: str | Iterable[str]) -> Results:
        """Keep only some municipalities, by name or by code.

        Raises
        ------
        UnknownNameError
            For a municipality without rows, with the nearest name.
        """
        wanted = [municipalities] if isinstance(municipalities, str) else list(municipalities)
        names, codes = self.rows["municipality"], self.rows["municipality_code"]
        kept = pd.Series(False, index=self.rows.index)
        for name in wanted:
            found = (codes == name) | (names.str.casefold() == name.casefold())
            if not found.any():
                raise UnknownNameError.of("municipality", name, sorted(set(names)))
            kept |= codes.isin(set(codes[found]))
        return replace(self, rows=self.rows[kept].reset_index(drop=True))

    def shares(self, outcome: str, vintage: str | None = None) -> pd.DataFrame:
        """Give numerator and denominator of an outcome per election × municipality.

        Parameters
        ----------
        outcome
            ``invalid``, ``blank``, ``rejected`` (both, share of ballots found) or ``turnout``
            (ballots as share of eligible voters).
        vintage
            Overrides the vintage of these results.

        Returns
        -------
        pandas.DataFrame
            Columns election, municipality_code, municipality, vintage, source, count, total,
            share (fraction of total; missing where unknown or where total is 0). Under
            ``best`` a row is official where this outcome is officially known, so the sum
            ``rejected`` can be official where its split is still provisional.
        """
        if outcome not in _PARTS:
            raise UnknownNameError.of("outcome", outcome, OUTCOMES)
        count, total = _PARTS[outcome]
        chosen = _choose(self.rows, vintage or self.vintage, [count, total])
        n = chosen[total].astype("float64")
        x = chosen[count].astype("float64")
        identity = chosen[["election", "municipality_code", "municipality", "vintage", "source"]]
        return identity.assign(
            count=chosen[count], total=chosen[total], share=(x / n.where(n > 0)).to_numpy()
        )


def load(
    elections: str | Sequence[str] | None = None,
    vintage: str = "best",
    data: Path | str | None = None,
) -> Results:
    """Load the counts that ship with the package, and the user's own on top.

    Where a source printed 0 invalid and 0 blank because nothing was reported (rule
    ``not-reported`` in ``known_exceptions.csv``), these counts are unknown here;
    :func:`load_table` gives them as printed.

    Parameters
    ----------
    elections
        Ids such as ``"TK2025"``; all by default.
    vintage
        ``best``, ``official`` or ``provisional``; see :class:`Results`.
    data
        A folder with the user's own ``municipal_results.csv``. Its rows replace shipped rows
        of the same election, municipality and vintage, and add the others.

    Raises
    ------
    UnknownNameError
        For an unknown election or vintage, with the nearest name.
    ChecksumError
        If a shipped table was changed or cut off.
    InputError
        If a table breaks its description or the identities of the counts.
    """
    if vintage not in VINTAGES:
        raise UnknownNameError.of("vintage", vintage, VINTAGES)
    rows = _without_unreported(load_table("municipal_results", data))
    results = Results(rows, vintage=vintage)  # type: ignore[arg-type]
    return results if elections is None else results.where(elections)


def _without_unreported(rows: pd.DataFrame) -> pd.DataFrame:
    """Make counts unknown where the source's zeros mean that nothing was reported."""
    key = ["election", "municipality_code", "vintage"]
    listed = load_table("known_exceptions")
    listed = listed[listed["rule"] == "not-reported"]
    silent = pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(listed[key]))
    # A user's own row of the same key may well be reported.
    silent &= (rows["rejected"] == 0).fillna(False).to_numpy(dtype=bool)
    cleared = rows.copy()
    cleared.loc[silent, ["blank", "invalid", "rejected"]] = pd.NA
    return cleared


def load_table(
    name: str, data: Path | str | None = None, *, elections: Iterable[str] | None = None
) -> pd.DataFrame:
    """Load one tidy table by its name in ``schema.TABLES``, checked.

    Rows of the same table in the folder ``data`` replace shipped rows with the same key.

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
        stacked = pd.concat(layers, ignore_index=True)
        key = list(TABLES[name].key)
        stacked = stacked.drop_duplicates(key, keep="last").sort_values(
            key, kind="stable", ignore_index=True
        )
    if wanted is None or "election" not in stacked:
        return stacked
    for election in wanted:
        if election not in set(stacked["election"]):
            raise UnknownNameError.of("election", election, _elections(name, data))
    return stacked[stacked["election"].isin(wanted)].reset_index(drop=True)


def _layer(folder: Path, name: str, wanted: list[str] | None) -> pd.DataFrame | None:
    """Rows of one table in one folder, or None where the folder has none of it."""
    parts = []
    for path in _files(folder, name):
        if wanted is not None and path.stem not in (name, *wanted):
            continue
        if folder == bundled("data"):
            _verify_checksum(folder, path)
        frame = read_table(path, name)
        if name in ("municipal_results", "national_results"):
            check_identities(frame, _exceptions(folder), file=path)
        parts.append(frame)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def _elections(name: str, data: Path | str | None) -> list[str]:
    rows = load_table(name, data)
    return list(dict.fromkeys(rows["election"]))


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
        if not own.is_dir():
            raise InputError("there is no such data folder", file=own, rule="data folder")
        if not any(_files(own, name) for name in TABLES):
            raise InputError(
                "the folder holds none of the package's tables",
                file=own,
                rule="data folder",
                expected=", ".join(f"{name}.csv" for name in TABLES),
            )
        folders.append(own)
    return folders


def check_identities(
    frame: pd.DataFrame, exceptions: pd.DataFrame | None = None, *, file: Path | str | None = None
) -> None:
    """Check that counts add up; unknown counts are passed over.

    Parameters
    ----------
    frame
        Rows of ``municipal_results`` or ``national_results``.
    exceptions
        Rows of ``known_exceptions``: what is listed there may break the rule that it names.

    Raises
    ------
    InputError
        For the first row that breaks an identity and is not a known exception.
    """
    excused: set[tuple[str, ...]] = set()
    if exceptions is not None:
        columns = [exceptions[name].fillna("") for name in _EXCUSED_BY]
        excused = set(zip(*columns, strict=True))
    for breach in identity_breaches(frame):
        if breach.key not in excused:
            raise InputError(
                f"the counts of {breach.name} at {breach.key[0]} break {breach.rule}",
                file=file,
                unit=f"line {breach.position + 2}",
                rule=breach.rule,
                value=breach.left,
                expected=breach.right,
            )


_EXCUSED_BY = ("election", "municipality_code", "vintage", "rule")


@dataclass(frozen=True)
class Breach:
    """One row that breaks one identity; ``left`` and ``right`` are the sides of the rule."""

    position: int
    key: tuple[str, ...]
    name: str
    left: int
    right: int

    @property
    def rule(self) -> str:
        """The rule that is broken."""
        return self.key[-1]


def identity_breaches(frame: pd.DataFrame) -> list[Breach]:
    """Return every row that breaks an identity of the counts, rule by rule.

    The key of a breach is election, municipality code (empty for a national total), vintage
    and rule, as in the table ``known_exceptions``.
    """
    valid, blank, invalid = frame["valid"], frame["blank"], frame["invalid"]
    ballots, eligible, rejected = frame["ballots"], frame["eligible"], frame["rejected"]
    split = valid + blank + invalid
    rules = (
        ("valid+blank+invalid=ballots", split, ballots, split != ballots),
        ("blank+invalid=rejected", blank + invalid, rejected, blank + invalid != rejected),
        ("valid+rejected=ballots", valid + rejected, ballots, valid + rejected != ballots),
        ("ballots<=eligible", ballots, eligible, ballots > eligible),
    )
    breaches = []
    for rule, left, right, broken in rules:
        for position in np.flatnonzero(broken.fillna(False).to_numpy(dtype=bool)):
            row = frame.iloc[position]
            key = (row["election"], row.get("municipality_code", ""), row["vintage"], rule)
            breaches.append(
                Breach(
                    position=int(position),
                    key=tuple(map(str, key)),
                    name=str(row.get("municipality", "national total")),
                    left=int(left.iloc[position]),
                    right=int(right.iloc[position]),
                )
            )
    return breaches


def _choose(rows: pd.DataFrame, vintage: str, needed: list[str]) -> pd.DataFrame:
    if vintage not in VINTAGES:
        raise UnknownNameError.of("vintage", vintage, VINTAGES)
    if vintage != "best":
        return rows[rows["vintage"] == vintage].reset_index(drop=True)
    complete = rows[needed].notna().all(axis=1)
    official = rows["vintage"] == "official"
    # Complete before incomplete, and official before provisional among equals.
    rank = (~complete).astype(int) * 2 + (~official).astype(int)
    order = rows.assign(_rank=rank).sort_values("_rank", kind="stable").index
    best = rows.loc[order].drop_duplicates(["election", "municipality_code"], keep="first")
    return best.sort_index().reset_index(drop=True)


def _exceptions(folder: Path) -> pd.DataFrame:
    layers = [read_table(bundled("data") / "known_exceptions.csv", "known_exceptions")]
    own = folder / "known_exceptions.csv"
    if folder != bundled("data") and own.exists():
        layers.append(read_table(own, "known_exceptions"))
    return pd.concat(layers, ignore_index=True)


def _verify_checksum(folder: Path, path: Path) -> None:
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


def _checksums(folder: Path) -> dict[str, str]:
    path = folder / "manifest.toml"
    try:
        manifest = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read the manifest ({error})", file=path) from error
    return {entry["path"]: entry["sha256"] for entry in manifest.get("table", [])}


def check_design(results: Results, design: Design | None = None) -> None:
    """Check that every treated municipality with counts bears the name the plan gives it."""
    plan = design or load_design()
    named = results.rows.drop_duplicates("municipality_code").set_index("municipality_code")
    for code, name in plan.municipalities.items():
        if code in named.index and name not in str(named.at[code, "municipality"]):
            raise InputError(
                "the plan and the counts disagree on a municipality's name",
                unit=code,
                value=named.at[code, "municipality"],
                expected=name,
            )
