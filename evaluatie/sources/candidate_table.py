"""Votes per candidate, condensed to one row per municipality and list.

What the analyses of personal votes need of a million candidate counts fits in a few numbers
per list: votes on the first candidate, on the one whose number is the list's own ("namesake"),
on the numbers beside it, on the last one, on the favourite and on the numbers beside that, and
how concentrated the votes are.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import pandas as pd

from evaluatie.counts.checking import need_columns
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import InputError, in_file
from evaluatie.sources import archive, candidate_frames, detect
from evaluatie.sources.cells import municipality_codes, read_sheet, refuse_sums, tidy
from evaluatie.sources.documents import Document
from evaluatie.sources.eml import read_counts
from evaluatie.sources.eml_lists import CandidateName, read_candidates
from evaluatie.sources.osv import read_osv

_NEEDED = ("election", "municipality_code", "list_number", "list_name", "candidate_number", "votes")
_KEY = ["election", "municipality_code", "list_number"]
_DISTRICT_COLUMNS = (
    "Regio", "RegioCode", "OuderRegioCode", "LijstNummer", "LijstNaam", "KandidaatNummer",
    "KandidaatInitialen", "KandidaatTussenvoegsel", "KandidaatAchternaam", "VeldType", "Waarde",
)  # fmt: skip
_DISTRICT = {
    "municipality_code": "municipality_code",
    "list_number": "LijstNummer",
    "list_name": "LijstNaam",
    "votes": "Waarde",
}
_LIST_KEY = ["municipality_code", "list_number"]
_BALLOTS = ("same_namesake", "same_last")
_UNNAMED = "\N{REPLACEMENT CHARACTER}"


@functools.lru_cache(maxsize=32)
def read_eml_archive(content: bytes) -> Mapping[str, pd.DataFrame]:
    """Read a zip archive of EML 510c counts and 230 candidate lists: ``candidate_summary``.

    Only counts that have municipalities as units are used; what else the archive holds is
    passed over.
    """
    found = list(archive.of_members(content, _member))
    documents = [each for each in found if isinstance(each, Document)]
    names = [name for each in found if isinstance(each, list) for name in each]
    return {"candidate_summary": _of_documents(documents, names)}


def _member(stream: IO[bytes], label: str) -> Document | list[CandidateName] | None:
    kind = detect.detect(stream.read(detect.HEAD_BYTES)).reader
    stream.seek(0)
    if kind == "eml-candidates":
        return read_candidates(stream.read)
    if kind != "eml-count":
        return None
    return _municipalities_only(read_counts(stream.read, file=label, candidates=True))


@functools.lru_cache(maxsize=32)
def read_osv_candidates(content: bytes) -> Mapping[str, pd.DataFrame]:
    """Read an OSV4-3 file of a district with every candidate: ``candidate_summary``."""
    document = _municipalities_only(read_osv(content, candidates=True))
    return {"candidate_summary": _of_documents([document], [])}


@functools.lru_cache(maxsize=4)
def read_districts(content: bytes) -> Mapping[str, pd.DataFrame]:
    """Read municipalities that are a district by themselves: ``candidate_summary``."""
    rows = read_district_candidates(content)
    if rows.empty:
        raise InputError("no municipality's candidates", rule="candidates present")
    # The file does not name its election; the build adds it from the catalogue.
    condensed = condense(rows.assign(election=""))
    return {"candidate_summary": condensed.drop(columns=["election", "source"])}


def read_district_candidates(content: bytes) -> pd.DataFrame:
    """Read every candidate of the municipalities that are a district by themselves.

    The Electoral Council's file with one row per region and field gives votes per candidate for
    electoral districts only. A district of one municipality is that municipality, so its
    candidates are the municipality's. That is not taken on trust: the district must have the
    municipality's votes on every list, and its candidates must add up to them. There are no rows
    where every district has several municipalities; names are written as on OSV counts:
    ``van Rhemen, M.C.``.

    Raises
    ------
    InputError
        If a line is no count, a candidate stands twice, or the district and its only
        municipality, or its candidates, do not have the same votes on every list.
    """
    cells = read_sheet(content, _DISTRICT_COLUMNS)
    cells = cells[cells["RegioCode"].str.startswith(("G", "O", "K"))]
    places = cells[~cells["RegioCode"].str.startswith("K")]
    places = places.drop_duplicates("RegioCode")[["RegioCode", "OuderRegioCode"]]
    alone = places[~places["OuderRegioCode"].duplicated(keep=False)]
    municipality = dict(
        zip(alone["OuderRegioCode"], municipality_codes(alone["RegioCode"]), strict=True)
    )
    district = cells[cells["RegioCode"].isin(list(municipality))]
    district = district.assign(municipality_code=district["RegioCode"].map(municipality))
    own = cells[cells["RegioCode"].isin(list(alone["RegioCode"]))]
    own = own.assign(municipality_code=municipality_codes(own["RegioCode"]))
    numbered = {**_DISTRICT, "candidate_number": "KandidaatNummer"}
    named = district[district["VeldType"] == "KandidaatAantalStemmen"]
    candidates = tidy(named, numbered, [*_LIST_KEY, "candidate_number"])
    for rule, places in (("lists=candidates", district), ("municipality=district", own)):
        _same(places[places["VeldType"] == "LijstAantalStemmen"], candidates, rule)
    surname = (named["KandidaatTussenvoegsel"] + " " + named["KandidaatAchternaam"]).str.strip()
    candidates["candidate_name"] = (surname + ", " + named["KandidaatInitialen"]).str.strip(", ")
    return candidates.reset_index(drop=True)


def _same(cells: pd.DataFrame, candidates: pd.DataFrame, rule: str) -> None:
    stated = tidy(cells, _DISTRICT, _LIST_KEY).set_index(_LIST_KEY)["votes"]
    summed: pd.Series[Any] = candidates.groupby(_LIST_KEY)["votes"].sum()
    message = (
        "the candidates of the district are not those of its only municipality"
        if rule == "municipality=district"
        else "the candidates do not add up to their list"
    )
    refuse_sums(stated, summed, message, rule=rule)


def summarise(candidates: pd.DataFrame) -> pd.DataFrame:
    """Condense candidate counts to one row per election, municipality and list.

    Parameters
    ----------
    candidates
        Rows as ``evaluatie.read(..., level="candidate")`` gives them: election,
        municipality_code, list_number, list_name, candidate_number, votes, and, where known,
        candidate_name and source. Rows of polling stations are added up, unless the
        municipality has rows of its own.

    Returns
    -------
    pandas.DataFrame
        Columns of ``schema.TABLES["candidate_summary"]``.

    Raises
    ------
    InputError
        If a column is missing, there are no rows, votes are negative, or candidates have no
        number.
    """
    return number_ballots(condense(candidates))


def condense(candidates: pd.DataFrame) -> pd.DataFrame:
    """Condense as :func:`summarise`, but leave the candidates' names where they were found.

    ``same_namesake`` and ``same_last`` hold names; :func:`number_ballots` turns them into
    numbers once all files of an election are there.
    """
    rows = _added_up(candidates)
    votes = rows["votes"].to_numpy("int64")
    place = rows["candidate_number"].to_numpy("int64")
    names = rows["candidate_name"].to_numpy(object)
    starts = np.flatnonzero(~rows.duplicated(_KEY).to_numpy())
    sizes = np.diff(np.append(starts, len(rows)))
    group = np.repeat(np.arange(len(starts)), sizes)
    own = rows["list_number"].to_numpy("int64")
    later = place > 1  # number 1 heads the list: votes on it are no preference votes

    def total(chosen: Any) -> Any:
        return np.add.reduceat(np.where(chosen, votes, 0), starts)

    def said(chosen: Any) -> list[str]:
        found: list[list[str]] = [[] for _ in starts]
        for position in np.flatnonzero(chosen):
            found[group[position]].append(f"{place[position]} {names[position]}")
        return ["; ".join(each) for each in found]

    last = np.zeros(len(rows), dtype=bool)
    last[starts + sizes - 1] = True
    namesake = (place == own) & later
    beside = (abs(place - own) == 1) & later
    favourite = _favourite(rows, votes, place, group, later)
    beside_favourite = (abs(place - place[favourite][group]) == 1) & later
    whole = np.add.reduceat(votes, starts)
    squares = np.add.reduceat(votes.astype(float) ** 2, starts)
    has_namesake = np.logical_or.reduceat(namesake, starts)
    several = sizes > 1
    summary = rows.iloc[starts][[*_KEY, "list_name", "source"]].reset_index(drop=True)
    complete = summary.assign(
        votes=whole,
        votes_first=total(place == 1),
        votes_namesake=_known(total(namesake), has_namesake),
        same_namesake=said(namesake | beside),
        votes_beside=total(beside),
        votes_last=_known(total(last & later), several),
        same_last=said(last & later),
        votes_favourite=total(np.isin(np.arange(len(rows)), favourite) & later),
        votes_beside_favourite=total(beside_favourite),
        n_candidates=sizes,
        n_candidates_with_votes=np.add.reduceat(votes > 0, starts),
        concentration=np.round(whole**2 / np.where(squares > 0, squares, np.nan), 4),
    )
    return complete[TABLES["candidate_summary"].names]


def number_ballots(condensed: pd.DataFrame) -> pd.DataFrame:
    """Replace the names by numbers that say which municipalities had the same candidates.

    Numbers start at 1 per election and list, in the order of municipality codes.
    """
    rows = condensed.sort_values(_KEY, kind="stable", ignore_index=True)
    numbered = {}
    for column in _BALLOTS:
        codes = pd.Series(0, index=rows.index)
        for _, part in rows.groupby(["election", "list_number"], sort=False)[column]:
            codes.loc[part.index] = pd.factorize(part)[0] + 1
        numbered[column] = codes.astype("Int64")
    return rows.assign(**numbered)


def _known(counts: Any, known: Any) -> pd.Series[Any]:
    return pd.Series(counts, dtype="Int64").where(pd.Series(known, dtype=bool))


def _favourite(rows: pd.DataFrame, votes: Any, place: Any, group: Any, later: Any) -> Any:
    """Position of the most-voted candidate but the first, per list; the lowest number at a tie.

    A list of one candidate has its only one, which no mask of later numbers lets through.
    """
    order = np.lexsort((place, -np.where(later, votes, -1), group))
    return order[np.flatnonzero(~pd.Series(group[order]).duplicated().to_numpy())]


def _added_up(candidates: pd.DataFrame) -> pd.DataFrame:
    need_columns(_NEEDED, candidates.columns, expected=", ".join(_NEEDED))
    if candidates.empty:
        raise InputError("no votes of candidates", rule="candidates present")
    for name in ("list_number", "candidate_number"):
        unknown = candidates[name].isna()
        if unknown.any():
            said = f"a candidate without {name}: the file names candidates by short code only"
            where = str(candidates.loc[unknown, "municipality_code"].iloc[0])
            raise InputError(said, unit=where, rule=f"{name} known")
    if (candidates["votes"] < 0).any():
        raise InputError("votes below zero", rule="votes >= 0")
    candidates = _each_once(candidates)
    text = {
        name: candidates[name].astype("str") if name in candidates else ""
        for name in ("election", "municipality_code", "list_name", "candidate_name", "source")
    }
    rows = candidates[["list_number", "candidate_number", "votes"]].astype("int64").assign(**text)
    # Without a candidate list nobody can tell who stands under a number: then only
    # municipalities of one file are taken to have the same candidates.
    nameless = rows["candidate_name"].isin(["", "nan", "<NA>", "None"])
    rows["candidate_name"] = rows["candidate_name"].mask(nameless, _UNNAMED + rows["source"])
    by = [*_KEY, "candidate_number"]
    rows = rows.sort_values(by, kind="stable", ignore_index=True)
    if not rows.duplicated(by).any():
        return rows
    firsts = ["list_name", "candidate_name", "source"]
    added = rows.groupby(by, sort=True).agg({"votes": "sum", **dict.fromkeys(firsts, "first")})
    return added.reset_index()


def _each_once(candidates: pd.DataFrame) -> pd.DataFrame:
    """Leave out stations of a municipality that also has rows of its own: the same votes."""
    if "polling_station" not in candidates:
        return candidates
    station = candidates["polling_station"].notna() & (candidates["polling_station"] != "")
    if station.all() or not station.any():
        return candidates
    unit = (
        candidates["election"].astype("str") + "/" + candidates["municipality_code"].astype("str")
    )
    return candidates[~station | ~unit.isin(set(unit[~station]))]


def _municipalities_only(document: Document) -> Document:
    document.units = [unit for unit in document.units if unit.kind == "municipality"]
    return document


def _of_documents(documents: list[Document], names: list[CandidateName]) -> pd.DataFrame:
    index = candidate_frames.name_index(names)
    parts = []
    for document in documents:  # one at a time: an election has a million candidate counts
        with in_file(document.file):
            batches = candidate_frames.candidate_batches(document, index)
            parts += [condense(batch.to_pandas()) for batch in batches]
    if not parts:
        raise InputError("no municipality's candidates", rule="candidates present")
    return pd.concat(parts, ignore_index=True).drop(columns="source")
