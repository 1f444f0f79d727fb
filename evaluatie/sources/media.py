"""First-night counts as news organisations carry them: provisional, never corrected here."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaluatie.errors import InputError
from evaluatie.sources.cells import check_unique, integers, municipality_codes, read_sheet
from evaluatie.sources.kiesraad_csv import with_rejected

__all__ = ["read_anp", "read_nos"]

Tables = Mapping[str, pd.DataFrame]

_ANP_COUNTS = {
    "voters_current": "eligible",
    "blank_current": "blank",
    "invalid_current": "invalid",
}
_NOS_ELECTIONS = {"26": "GR2026", "22": "GR2022"}


def read_anp(content: bytes, file: str) -> Tables:
    """Read the ANP table of TK2025: one row per municipality and party.

    Valid votes are the sum of ``Waarde`` over the parties of a municipality, and ballots are
    valid + blank + invalid. The turnout of the table is a rounded percentage and the column
    ``prev_votes`` leaves small parties out; neither is used.

    Raises
    ------
    InputError
        With the line; also when the rows of one municipality disagree on its counts.
    """
    columns = ("Municipality_cbs", "Regio", "party_key", "Waarde", *_ANP_COUNTS)
    cells = read_sheet(content, ",", columns, file).cells
    rows = pd.DataFrame(
        {
            "municipality_code": municipality_codes(cells["Municipality_cbs"], file),
            "municipality": cells["Regio"],
            "party": cells["party_key"],
            "valid": integers(cells["Waarde"], file),
        }
    ).assign(**{tidy: integers(cells[name], file) for name, tidy in _ANP_COUNTS.items()})
    check_unique(rows, ["municipality_code", "party"], file)
    constant = ["municipality", *_ANP_COUNTS.values()]
    groups = rows.groupby("municipality_code", sort=False)
    differs = (rows[constant] != groups[constant].transform("first")).any(axis=1)
    if differs.any():
        raise InputError(
            "the rows of one municipality disagree on its counts",
            file=file,
            unit=f"line {rows.index[differs][0]}",
            rule="one count per municipality",
        )
    municipal = groups[constant].first()
    municipal["valid"] = groups["valid"].sum()
    municipal["ballots"] = municipal["valid"] + municipal["blank"] + municipal["invalid"]
    return {"municipal_results": with_rejected(municipal.reset_index())}


def read_nos(content: bytes, file: str) -> Tables:
    """Read the NOS table: council elections of 2026 and, as previous result, 2022.

    Ballots are the printed turnout. Valid votes are ballots - blank - invalid; where the
    table gives the sum of party votes of 2026, it must be the same.

    Raises
    ------
    InputError
        With the line, for cells that are no counts or valid votes that disagree.
    """
    columns = [
        f"{count}_{year}"
        for year in _NOS_ELECTIONS
        for count in ("eligible", "turnout", "invalid", "blank")
    ]
    columns += ["gm_code", "municipality", "sum_party_votes_26"]
    cells = read_sheet(content, ",", columns, file).cells
    code = municipality_codes(cells["gm_code"], file)
    parts = []
    for year, election in _NOS_ELECTIONS.items():
        rows = pd.DataFrame(
            {
                "election": election,
                "municipality_code": code,
                "municipality": cells["municipality"],
                "eligible": integers(cells[f"eligible_{year}"], file),
                "ballots": integers(cells[f"turnout_{year}"], file),
                "blank": integers(cells[f"blank_{year}"], file),
                "invalid": integers(cells[f"invalid_{year}"], file),
            }
        )
        check_unique(rows, ["municipality_code"], file)
        rows["valid"] = rows["ballots"] - rows["blank"] - rows["invalid"]
        _check_not_negative(rows, file)
        parts.append(with_rejected(rows))
    # The table writes this one column as decimal numbers: 115349.0.
    printed = integers(cells["sum_party_votes_26"].str.removesuffix(".0"), file, required=False)
    differs = (printed != parts[0]["valid"]).fillna(False)
    if differs.any():
        line = differs.index[differs][0]
        raise InputError(
            "the party votes do not add up to ballots - blank - invalid",
            file=file,
            unit=f"line {line}",
            rule="lists=valid",
            value=int(printed[line]),
            expected=int(parts[0].loc[line, "valid"]),
        )
    return {"municipal_results": pd.concat(parts, ignore_index=True)}


def _check_not_negative(rows: pd.DataFrame, file: str) -> None:
    negative = rows["valid"] < 0
    if negative.any():
        raise InputError(
            "more blank and invalid votes than ballots",
            file=file,
            unit=f"line {rows.index[negative][0]}",
            rule="valid+blank+invalid=ballots",
        )
