"""Raw files to the tidy tables that ship: :func:`build`.

Which file is read by which reader stands in ``sources/catalogue.toml``. Readers are pure
functions from bytes to rows; this module adds election, vintage and source, checks what
came out against the descriptions and identities, and writes everything or nothing.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256 as hash_of
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.counts import check_identities, identity_breaches
from evaluatie.counts.checking import check_table, read_table
from evaluatie.counts.datapackage import describe
from evaluatie.counts.names import one_name
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import ChecksumError, InputError, in_file
from evaluatie.ground.files import atomic_folder
from evaluatie.ground.words import say
from evaluatie.plan import load_design
from evaluatie.sources import candidate_table, council_records, intake, kiesraad_csv, reference
from evaluatie.sources.catalogue import Source, catalogue
from evaluatie.sources.frames import fullest

Tables = Mapping[str, pd.DataFrame]
Reader = Callable[[bytes], Tables]

READERS: Mapping[str, Reader] = {
    **intake.READERS,
    "fields-archive": kiesraad_csv.read_fields_archive,
    "national": kiesraad_csv.read_national,
    "mergers": reference.read_mergers,
    "codes": reference.read_codes,
    "covariates": reference.read_covariates,
    "published": reference.read_published,
    "eml-candidates": candidate_table.read_eml_archive,
    "osv-candidates": candidate_table.read_osv_candidates,
    "district-candidates": candidate_table.read_districts,
    "council-eml": council_records.read_eml,
    "council-osv": functools.partial(
        council_records.read_osv_stations,
        # The heading that was cut off the one file at hand.
        heading="Verkiezing;;Gemeenteraad\nDatum;;2026-03-18\nGebied;;Tilburg\nNummer;;0855\n",
    ),
    "council-stations": council_records.read_stations,
    "council-totals": council_records.read_totals,
    "council-candidates": council_records.read_candidates,
    "outlines": reference.read_outlines,
}
"""Reader of each layout, by the name that the catalogue uses."""

SPLIT = ("list_votes", "candidate_summary", "candidate_votes", "polling_stations")
"""Tables that are kept as one file per election, so that a change shows as a small one."""

_WRITTEN = Path(__file__).parent
"""Folder with rows that were typed by hand: no raw file holds them as a table."""
_EXCEPTIONS = _WRITTEN / "known_exceptions.csv"
_VINTAGES = ("official", "provisional")
_CARRIED = ("eligible", "blank", "invalid", "rejected")


@dataclass(frozen=True)
class BuildReport:
    """What a build wrote.

    Attributes
    ----------
    out
        The folder.
    rows
        File name to number of rows.
    changed
        Files whose content differs from what the folder held before, new ones included.
    """

    out: Path
    rows: Mapping[str, int]
    changed: tuple[str, ...]

    def sentence(self, lang: str = "nl") -> str:
        """Say what was written, ``nl`` or ``en``."""
        counts = {"tables": len(self.rows), "rows": sum(self.rows.values()), "out": self.out}
        return say("build.written", lang, changed=len(self.changed), **counts)


def build(raw: Path | str, out: Path | str) -> BuildReport:
    """Build every tidy table, the manifest and the data package from the raw files.

    Parameters
    ----------
    raw
        Folder with the raw files under the paths of the catalogue.
    out
        Folder to write into; files there change only if the whole build succeeds.

    Raises
    ------
    InputError
        For a raw file that is missing, breaks its layout, or yields rows that break a
        description or an identity that ``known_exceptions.csv`` does not excuse.
    ChecksumError
        For a raw file that is not the catalogued one.
    """
    raw, out = Path(raw), Path(out)
    if not raw.is_dir():
        raise InputError("there is no such folder with raw files", file=raw, rule="raw folder")
    contents = {each.id: _content(raw, each) for each in catalogue()}
    tables = make_tables(contents)
    files = _render(tables)
    changed = tuple(name for name, text in files.items() if _differs(out / name, text))
    with atomic_folder(out) as scratch:
        for name, text in files.items():
            path = scratch / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
    return BuildReport(out, {path: len(part) for path, part in _parts(tables)}, changed)


def make_tables(contents: Mapping[str, bytes]) -> dict[str, pd.DataFrame]:
    """Turn the content of every catalogued source, by id, into checked and sorted tables."""
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    for each in catalogue():
        with in_file(each.file):
            read = READERS[each.reader](contents[each.id])
        for name, rows in read.items():
            if name not in each.passed_over:
                parts[name].append(_complete(rows, name, each))
    exceptions = read_table(_EXCEPTIONS, "known_exceptions")
    parts["known_exceptions"].append(exceptions)
    more = read_table(_WRITTEN / "published_figures.csv", "published_figures")
    parts["published_figures"].append(more)
    parts["evidence"].append(_evidence(pd.concat(parts["published_figures"], ignore_index=True)))
    raw = {name: pd.concat(rows, ignore_index=True) for name, rows in parts.items()}
    counts = _one_row_each(_named(raw["municipal_results"], raw), "municipal_results", exceptions)
    raw["municipal_results"] = _completed(counts)
    raw["national_results"] = _one_row_each(raw["national_results"], "national_results", exceptions)
    for name in ("polling_stations", "candidate_votes"):
        raw[name] = _named(raw[name], raw)
    # Only with all files of an election at hand is it known who had the same candidates.
    candidates = _one_source_each(raw["candidate_summary"])
    raw["candidate_summary"] = candidate_table.number_ballots(candidates)
    tables = {name: _checked(rows, name) for name, rows in raw.items()}
    _check_exceptions(tables, exceptions)
    return tables


def _evidence(figures: pd.DataFrame) -> pd.DataFrame:
    """Return the evidence typed by hand; what is a printed figure takes over what was printed."""
    rows = pd.read_csv(_WRITTEN / "evidence.csv", dtype="str")
    printed = figures.set_index("id").reindex(rows["figure"]).reset_index(drop=True)
    unknown = rows.loc[rows["figure"].notna() & printed["value"].isna(), "figure"]
    if len(unknown):
        raise InputError(
            f"there is no printed figure {unknown.iloc[0]!r}",
            file="evidence.csv",
            unit=f"line {unknown.index[0] + 2}",
            rule="printed figure",
        )
    number = pd.to_numeric(printed["value"], errors="coerce").notna()
    printed = printed.assign(value=printed["value"].where(number), source=printed["source_title"])
    names = ("value", "unit", "source", "source_date", "source_url")
    return rows.assign(**{name: rows[name].fillna(printed[name]) for name in names})


def _content(raw: Path, source: Source) -> bytes:
    path = raw / source.file
    try:
        content = path.read_bytes()
    except OSError as error:
        said = f"a raw file is missing or unreadable ({error.strerror})"
        wanted = f"the file described as {source.id} in the catalogue of sources"
        raise InputError(said, file=path, rule="raw file", expected=wanted) from error
    digest = _digest(content)
    if digest != source.sha256:
        said = f"the raw file is not the one catalogued as {source.id}"
        found = f"{digest[:12]} ({len(content)} bytes)"
        wanted = f"{source.sha256[:12]} ({source.size} bytes)"
        raise ChecksumError(said, file=path, rule="sha256", value=found, expected=wanted)
    return content


def _digest(content: bytes) -> str:
    return hash_of(content).hexdigest()


def _complete(rows: pd.DataFrame, table: str, source: Source) -> pd.DataFrame:
    """Add what only the catalogue knows: election, vintage, source, names written out.

    Where it names the municipalities of which a table ships, others are left out.
    """
    if table in source.only:
        rows = rows[rows["municipality_code"].isin(source.only[table])]
    rows = rows.reset_index(drop=True)
    if "election" not in rows and source.elections:
        (election,) = source.elections
        rows = rows.assign(election=election)
    for name in source.unreliable:
        if name in rows:
            rows = rows.assign(**{name: pd.Series(pd.NA, rows.index, dtype="Int64")})
    if source.vintage is not None:
        rows = rows.assign(vintage=source.vintage)
    for column in ("municipality", "list_name", "election"):
        if column in rows and source.names:
            rows = rows.assign(**{column: rows[column].replace(dict(source.names))})
    return rows.assign(source=source.id)


def _named(rows: pd.DataFrame, raw: Tables) -> pd.DataFrame:
    """Take the name from the code table where the source has codes only."""
    codes = raw["municipality_codes"].set_index(["election", "municipality_code"])["municipality"]
    keys = pd.MultiIndex.from_frame(rows[["election", "municipality_code"]])
    names = pd.Series(codes.reindex(keys).to_numpy(), index=rows.index)
    return rows.assign(municipality=rows["municipality"].where(rows["municipality"].notna(), names))


def _completed(rows: pd.DataFrame) -> pd.DataFrame:
    """Complete official counts with what a later table carries as previous result.

    The catalogue says which sources carry official counts of an earlier election
    (``carries``). Their blank and invalid votes must agree with the record where that is at
    hand, and complete it where it knows valid votes only; their eligible voters are taken. The
    ``source`` of such a row names both. A row that completes nothing stays as it is.
    """
    for source in catalogue():
        for election in source.carries:
            key = ["election", "municipality_code"]
            own = (rows["source"] == source.id) & (rows["election"] == election)
            carried = rows[own].set_index(key).add_suffix(" carried")
            official = rows[~own & (rows["vintage"] == "official")].set_index(key)
            both = official.join(carried, how="inner")
            known = both[both["rejected"].notna()]
            for name in ("blank", "invalid"):
                wrong = known[known[name] != known[f"{name} carried"]]
                if len(wrong):
                    raise InputError(
                        f"{source.id} carries another number of {name} votes than the record",
                        unit=", ".join(wrong.index[0]),
                        rule="sources agree",
                        value=int(wrong[f"{name} carried"].iloc[0]),
                        expected=int(wrong[name].iloc[0]),
                    )
            made = both[["municipality", "vintage", "valid"]].assign(
                **{name: both[name].fillna(both[f"{name} carried"]) for name in _CARRIED},
                ballots=both["ballots"].fillna(both["valid"] + both["rejected carried"]),
                source=both["source"] + "+" + source.id,
            )
            keys = pd.MultiIndex.from_frame(rows[key])
            completed = keys.isin(both.index) & (own | (rows["vintage"] == "official"))
            rows = pd.concat([rows[~completed], made.reset_index()])
    return rows.reset_index(drop=True)


def _one_row_each(rows: pd.DataFrame, name: str, exceptions: pd.DataFrame) -> pd.DataFrame:
    """Keep, of two sources of one row, the one that knows more counts; they must agree.

    A disagreement is allowed where ``known_exceptions.csv`` lists it as ``sources agree``, and
    what is listed must be one.
    """
    key = list(TABLES[name].key)
    listed = exceptions[exceptions["rule"] == "sources agree"]
    of_country = listed["municipality_code"].isna()
    listed = listed.loc[of_country != ("municipality_code" in key), key]
    excused = set(listed.itertuples(index=False, name=None))
    counts = ["ballots", "valid", "blank", "invalid", "rejected"]
    groups = rows.groupby(key)[counts]
    disagree = (groups.min() != groups.max()).fillna(False).any(axis=1)
    found = set(disagree.index[disagree])
    for each in sorted(found ^ excused):
        raise InputError(
            "two sources disagree on the counts"
            if each in found
            else f"{_EXCEPTIONS.name} lists a disagreement that is none",
            unit=", ".join(map(str, each)),
            rule="sources agree",
        )
    return fullest(rows, key, [*counts, "eligible"])


def _one_source_each(candidates: pd.DataFrame) -> pd.DataFrame:
    """Keep, of a municipality's candidates, those of the source that is catalogued first."""
    first = candidates.groupby(["election", "municipality_code"], sort=False)["source"]
    return candidates[candidates["source"] == first.transform("first")]


def _checked(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    blank_is_unknown = rows.replace("", None)
    with in_file(f"{name}.csv"):
        checked = check_table(blank_is_unknown, TABLES[name])
    return _sorted(one_name(checked), name)


def _sorted(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    elections = {election: rank for rank, election in enumerate(load_design().elections)}
    ranks: dict[str, Callable[[Any], Any]] = {
        "election": lambda value: elections.get(value, len(elections)),
        "vintage": _VINTAGES.index,
    }
    by = pd.DataFrame(index=rows.index)
    for column in TABLES[name].key:
        if column in ranks:
            by[f"{column} rank"] = rows[column].map(ranks[column])
        by[column] = rows[column].fillna("") if rows[column].dtype != "Int64" else rows[column]
    order = by.sort_values(list(by.columns), kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def _check_exceptions(tables: Tables, exceptions: pd.DataFrame) -> None:
    """Every breach of an identity is listed, and every listed breach is real."""
    real = set()
    for name in ("municipal_results", "national_results"):
        check_identities(tables[name], exceptions, file=f"{name}.csv")
        real |= {breach.key for breach in identity_breaches(tables[name])}
    key = exceptions[["election", "municipality_code", "vintage", "rule"]].fillna("")
    for line, entry in enumerate(key.itertuples(index=False, name=None), 2):
        if "=" in entry[-1] and entry not in real:
            place, where = entry[1] or "the country", f"line {line}"
            said = f"the counts of {place} at {entry[0]} do not break {entry[-1]}"
            raise InputError(said, file=_EXCEPTIONS.name, unit=where, rule="exceptions are real")


def _parts(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    """File name and rows of every table, split tables as one file per election."""
    parts: list[tuple[str, pd.DataFrame]] = []
    for name, rows in tables.items():
        by = rows.groupby("election", sort=False) if name in SPLIT else ()
        parts += [(f"{name}/{each}.csv", own) for each, own in by] or [(f"{name}.csv", rows)]
    return parts


def _render(tables: Tables) -> dict[str, str]:
    parts = dict(_parts(tables))
    files = {
        path: rows.to_csv(index=False, lineterminator="\n", float_format="%.10g")
        for path, rows in parts.items()
    }
    entries = [
        {"path": path, "rows": len(rows), "sha256": _digest(files[path].encode("utf-8"))}
        for path, rows in parts.items()
    ]
    sources = [dict(each.entry) for each in catalogue()]
    files["manifest.toml"] = _manifest(sources, entries)
    files["datapackage.json"] = describe(entries, sources, files)
    return files


def _manifest(sources: list[dict[str, Any]], tables: list[dict[str, Any]]) -> str:
    head = (
        "# Written by `evaluatie data build`; do not edit. Sources are described by hand in\n"
        "# evaluatie/sources/catalogue.toml, which explains the keys.\n"
    )
    blocks = [_block("source", each) for each in sources] + [_block("table", t) for t in tables]
    return head + "\n" + "\n".join(blocks)


def _block(kind: str, entry: Mapping[str, Any]) -> str:
    parts = {key: value for key, value in entry.items() if isinstance(value, Mapping)}
    lines = [f"[[{kind}]]"]
    lines += [f"{key} = {_toml(value)}" for key, value in entry.items() if key not in parts]
    for name, part in parts.items():
        lines.append(f"[{kind}.{name}]")
        # Names of a source are text of any kind, and so are quoted.
        lines += [f"{_toml(key)} = {_toml(value)}" for key, value in part.items()]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, str):
        # A JSON string without surrogates or control characters is a TOML basic string.
        return json.dumps(value, ensure_ascii=False).replace("\N{REPLACEMENT CHARACTER}", "\\uFFFD")
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return str(value)


def _differs(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() != text.encode("utf-8")
    except OSError:
        return True
