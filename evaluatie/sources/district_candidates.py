"""Candidates of municipalities that are an electoral district by themselves.

The Electoral Council's file with one row per region and field gives votes per candidate for
electoral districts only. A district of one municipality is that municipality, so its candidates
are the municipality's. That is not taken on trust: the district must have the municipality's
votes on every list, and its candidates must add up to them.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from evaluatie.counts.schema.checking import check_unique
from evaluatie.sources.cells import integers, municipality_codes, read_sheet, refuse_sums

_COLUMNS = (
    "Regio", "RegioCode", "OuderRegioCode", "LijstNummer", "LijstNaam", "KandidaatNummer",
    "KandidaatInitialen", "KandidaatTussenvoegsel", "KandidaatAchternaam", "VeldType", "Waarde",
)  # fmt: skip
_LIST_KEY = ["municipality_code", "list_number"]


def read_district_candidates(content: bytes, file: str) -> pd.DataFrame:
    """Read every candidate of the municipalities that are a district by themselves.

    Returns
    -------
    pandas.DataFrame
        municipality_code, list_number, list_name, candidate_number, candidate_name, votes; no
        rows where every district has several municipalities. Names are written as on OSV
        counts: ``van Rhemen, M.C.``.

    Raises
    ------
    InputError
        If a line is no count, a candidate stands twice, or the district and its only
        municipality, or its candidates, do not have the same votes on every list.
    """
    cells = read_sheet(content, ";", _COLUMNS, file).cells
    cells = cells[cells["RegioCode"].str.startswith(("G", "O", "K"))]
    places = cells[~cells["RegioCode"].str.startswith("K")]
    places = places.drop_duplicates("RegioCode")[["RegioCode", "OuderRegioCode"]]
    alone = places[~places["OuderRegioCode"].duplicated(keep=False)]
    municipality = dict(
        zip(alone["OuderRegioCode"], municipality_codes(alone["RegioCode"], file), strict=True)
    )
    district = cells[cells["RegioCode"].isin(list(municipality))]
    district = district.assign(municipality_code=district["RegioCode"].map(municipality))
    own = cells[cells["RegioCode"].isin(list(alone["RegioCode"]))]
    own = own.assign(municipality_code=municipality_codes(own["RegioCode"], file))
    candidates = _numbered(district, "KandidaatAantalStemmen", file)
    candidates["candidate_number"] = integers(
        district.loc[candidates.index, "KandidaatNummer"], file
    )
    check_unique(candidates, [*_LIST_KEY, "candidate_number"], file)
    _same(_numbered(district, "LijstAantalStemmen", file), candidates, "lists=candidates", file)
    _same(_numbered(own, "LijstAantalStemmen", file), candidates, "municipality=district", file)
    names = district.loc[candidates.index]
    surname = (names["KandidaatTussenvoegsel"] + " " + names["KandidaatAchternaam"]).str.strip()
    candidates["candidate_name"] = (surname + ", " + names["KandidaatInitialen"]).str.strip(", ")
    return candidates.reset_index(drop=True)


def _numbered(cells: pd.DataFrame, field: str, file: str) -> pd.DataFrame:
    rows = cells[cells["VeldType"] == field]
    return pd.DataFrame(
        {
            "municipality_code": rows["municipality_code"],
            "list_number": integers(rows["LijstNummer"], file),
            "list_name": rows["LijstNaam"],
            "votes": integers(rows["Waarde"], file),
        }
    )


def _same(lists: pd.DataFrame, candidates: pd.DataFrame, rule: str, file: str) -> None:
    check_unique(lists, _LIST_KEY, file)
    stated = lists.set_index(_LIST_KEY)["votes"]
    summed: pd.Series[Any] = candidates.groupby(_LIST_KEY)["votes"].sum()
    message = (
        "the candidates of the district are not those of its only municipality"
        if rule == "municipality=district"
        else "the candidates do not add up to their list"
    )
    refuse_sums(stated, summed, message, file=file, rule=rule)
