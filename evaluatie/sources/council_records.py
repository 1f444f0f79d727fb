"""Official records of council elections below the municipality: stations and candidates.

The EML 510b of a municipality, the OSV4-3 count of one, and tables that were transcribed from
such records. All give the same tables: ``municipal_results``, ``polling_stations``,
``candidate_votes`` and, condensed, ``candidate_summary``.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import pandas as pd

from evaluatie.counts.checking import refuse_rows
from evaluatie.counts.identifiers import split_station_name
from evaluatie.ground.errors import InputError
from evaluatie.sources import archive, frames
from evaluatie.sources.candidate_table import condense
from evaluatie.sources.cells import read_rows, refuse_sums
from evaluatie.sources.documents import Document, list_label
from evaluatie.sources.eml import read_counts
from evaluatie.sources.osv import read_osv

Tables = Mapping[str, pd.DataFrame]

_STATION = {
    "municipality_code": "municipality_code",
    "polling_station": "station_id",
    "station_name": "station_name",
    "postcode": "postcode",
    "investigated": "investigated",
    **{name: name for name in ("eligible", "ballots", "valid", "blank", "invalid")},
    "poll_cards": "passes",
    **{name: name for name in ("proxies", "admitted", "more_ballots", "fewer_ballots")},
}
_TOTAL = (
    *("municipality_code", "eligible", "valid", "blank", "invalid", "admitted"),
    *("more_ballots", "fewer_ballots", "created_at"),
)
_CANDIDATE = ("municipality_code", "list_number", "list_name", "candidate_number", "votes")


@functools.lru_cache(maxsize=2)
def read_eml(content: bytes) -> Tables:
    """Read a zip archive of EML 510b counts, one of each municipality, candidates included.

    Raises
    ------
    InputError
        For an archive without counts, a member that is no count of one municipality or whose
        parts do not add up, or a municipality that stands twice.
    """
    documents: list[Document] = []
    candidates: list[pd.DataFrame] = []
    for document in archive.of_members(content, _counts):
        _must_be_sound(document)
        candidates.append(_municipal_candidates(document))
        document.units = [unit._replace(candidate_votes=None) for unit in document.units]
        documents.append(document)
    if not documents:
        raise InputError("the archive holds no counts", rule="EML 510b")
    codes = [each.units[0].municipality_code for each in documents]
    repeated = next((code for code in codes if codes.count(code) > 1), None)
    if repeated is not None:
        raise InputError("two counts of one municipality", unit=repeated, rule="unique")
    municipal, _ = frames.municipalities(documents)
    return {
        "municipal_results": municipal.drop(columns="source"),
        "polling_stations": _without_averages(frames.polling_stations(documents)),
        **_candidate_tables(pd.concat(candidates, ignore_index=True)),
    }


def read_osv_stations(content: bytes, heading: str = "") -> Tables:
    """Read the stations of an OSV4-3 count; ``heading`` stands in for lines that were removed."""
    document = read_osv(heading.encode() + content.removeprefix(b"\xef\xbb\xbf"))
    _must_be_sound(document)
    return {"polling_stations": _without_averages(frames.polling_stations([document]))}


def read_stations(content: bytes) -> Tables:
    """Read the table of polling stations that was transcribed from EML 510b of GR2026.

    Eligible voters are unknown where the file says 0, or says the same at every station of a
    municipality: an average. Where no station of a municipality was looked at again, the
    record gives no such information, and it is unknown.
    """
    known = ("ballots", "valid", "blank", "invalid")
    unknown = [name for name in _STATION if name not in known]
    key = ["municipality_code", "polling_station"]
    rows = read_rows(content, _STATION, key, empty=unknown)
    rows["station_name"] = [split_station_name(name).name for name in rows["station_name"]]
    rows["postcode"] = rows["postcode"].replace("", None)
    split = rows["valid"] + rows["blank"] + rows["invalid"]
    refuse_rows(
        split != rows["ballots"],
        "the counts do not add up",
        rule="valid+blank+invalid=ballots",
        value=split,
        expected=rows["ballots"],
    )
    _must_balance(rows)
    reasons = rows["investigated"].str.replace(";", "; ")
    some = (reasons != "").groupby(rows["municipality_code"]).transform("any")
    rows["investigated"] = reasons.where(reasons != "", "none").where(some, None)
    return {"polling_stations": _without_averages(rows)}


def read_totals(content: bytes) -> Tables:
    """Read totals of municipalities that were transcribed from EML 510b of GR2026.

    How many ballots were found beyond or short of the voters admitted becomes evidence.
    """
    columns = {name: name for name in _TOTAL}
    rows = read_rows(content, columns, ["municipality_code"])
    rows["ballots"] = rows["valid"] + rows["rejected"]
    _must_balance(rows)
    differing = pd.DataFrame(
        {
            "subject": "counting",
            "group": rows["municipality_code"],
            "measure": "count_difference",
            "value": rows["more_ballots"] + rows["fewer_ballots"],
            "unit": "ballots",
            "n": rows["ballots"],
            "status": "transcribed",
            "source_date": rows["created_at"].str[:10],
        }
    )
    return {"municipal_results": rows.assign(municipality=None), "evidence": differing}


def read_candidates(content: bytes) -> Tables:
    """Read votes per candidate that were transcribed from EML 510b of GR2026.

    A row without candidate number is the total of its list.

    Raises
    ------
    InputError
        Where candidates do not add up to their list, or only one of the two is given.
    """
    columns = {name: name for name in _CANDIDATE}
    key = ["municipality_code", "list_number"]
    unique = [*key, "candidate_number"]
    rows = read_rows(content, columns, unique, empty=["candidate_number"])
    own = rows[rows["candidate_number"].notna()]
    stated = rows[rows["candidate_number"].isna()].set_index(key)["votes"]
    summed: pd.Series[Any] = own.groupby(key)["votes"].sum()
    said, rule = "the candidates do not add up to their list", "candidates=list"
    refuse_sums(stated, summed, said, rule=rule, missing="no row")
    return _candidate_tables(own)


def _counts(stream: IO[bytes], label: str) -> Document:
    return read_counts(stream.read, file=label, candidates=True)


def _must_be_sound(document: Document) -> None:
    wrong = next((each for each in document.findings if each.severity == "error"), None)
    if wrong is not None:
        raise InputError(
            "the count does not add up",
            unit=wrong.unit,
            rule=wrong.rule,
            value=wrong.value,
            expected=wrong.expected,
        )


def _municipal_candidates(document: Document) -> pd.DataFrame:
    """Add up the candidates of a municipality over its stations."""
    kinds = {unit.kind for unit in document.units}
    of_one = kinds == {"polling_station"} and len(document.slates) == 1
    if document.format != "EML 510b" or not of_one:
        said = "not the count of one municipality by polling station"
        found = document.format
        wanted = "EML 510b with one ballot"
        raise InputError(said, rule="EML 510b", value=found, expected=wanted)
    (slate,) = document.slates
    votes = [unit.candidate_votes for unit in document.units if unit.candidate_votes is not None]
    numbers, names = zip(*(slate.lists[owner] for owner in slate.candidate_list), strict=True)
    return pd.DataFrame(
        {
            "municipality_code": document.units[0].municipality_code,
            "municipality": document.units[0].municipality,
            "list_number": numbers,
            "list_name": names,
            "candidate_number": slate.candidate_numbers,
            "votes": np.sum(votes, axis=0, dtype="int64"),
        }
    )


def _candidate_tables(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return ``candidate_votes``, and condensed ``candidate_summary``."""
    lists = zip(rows["list_number"], rows["list_name"].fillna(""), strict=True)
    named = rows.assign(list_name=[list_label(*each) for each in lists])
    # Every council has its own candidates: a number names somebody else in the next town.
    own = named.assign(candidate_name=rows["municipality_code"], election="", source="")
    summary = condense(own).drop(columns=["election", "source"])
    return {"candidate_votes": named, "candidate_summary": summary}


def _without_averages(rows: pd.DataFrame) -> pd.DataFrame:
    """Make eligible voters unknown where they are 0, or one number for a whole municipality."""
    given = rows["eligible"].mask((rows["eligible"] == 0).fillna(False))
    by_code = given.groupby(rows["municipality_code"])
    average = (by_code.transform("nunique") == 1) & (by_code.transform("count") > 1)
    return rows.assign(eligible=given.mask(average))


def _must_balance(rows: pd.DataFrame) -> None:
    left, right = rows["ballots"] - rows["admitted"], rows["more_ballots"] - rows["fewer_ballots"]
    refuse_rows(
        (left != right).fillna(False),
        "the counts do not add up",
        rule="ballots-admitted=more-fewer",
        value=left,
        expected=right,
    )
