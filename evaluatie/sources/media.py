"""First-night counts as news organisations carry them: provisional, never corrected here."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaluatie.counts.checking import refuse_rows
from evaluatie.sources.cells import integers, read_rows, read_sheet, tidy, with_rejected

Tables = Mapping[str, pd.DataFrame]

_ANP = {
    "municipality_code": "Municipality_cbs",
    "municipality": "Regio",
    "party": "party_key",
    "valid": "Waarde",
    "eligible": "voters_current",
    "blank": "blank_current",
    "invalid": "invalid_current",
}
_NOS = {"municipality_code": "gm_code", "municipality": "municipality"}


def read_anp(content: bytes) -> Tables:
    """Read the ANP table of TK2025: one row per municipality and party.

    Valid votes are the sum of ``Waarde`` over the parties of a municipality, and ballots are
    valid + blank + invalid. The turnout of the table is a rounded percentage and the column
    ``prev_votes`` leaves small parties out; neither is used.
    """
    rows = read_rows(content, _ANP, ["municipality_code", "party"])
    constant = ["municipality", "eligible", "blank", "invalid"]
    groups = rows.groupby("municipality_code", sort=False)
    differs = (rows[constant] != groups[constant].transform("first")).any(axis=1)
    said = "the rows of one municipality disagree on its counts"
    refuse_rows(differs, said, rule="one count per municipality")
    municipal = groups[constant].first()
    municipal["valid"] = groups["valid"].sum()
    municipal["ballots"] = municipal["valid"] + municipal["blank"] + municipal["invalid"]
    return {"municipal_results": with_rejected(municipal.reset_index())}


def read_nos(content: bytes) -> Tables:
    """Read the NOS table: council elections of 2026 and, as previous result, 2022.

    Ballots of 2026 are the printed turnout. Valid votes are ballots - blank - invalid; where
    the table gives the sum of party votes, it must be the same. Of 2022 the printed turnout
    counts voters admitted, not ballots found (233 of 233 where both are known), so ballots and
    valid votes of 2022 are unknown here.
    """
    of = {
        year: {**_NOS, **{name: f"{name}_{year}" for name in ("eligible", "blank", "invalid")}}
        for year in ("26", "22")
    }
    others = ("turnout_26", "sum_party_votes_26")
    columns = dict.fromkeys([*of["26"].values(), *of["22"].values(), *others])
    cells = read_sheet(content, columns)
    rows = tidy(cells, of["26"], ["municipality_code"]).assign(election="GR2026")
    earlier = tidy(cells, of["22"]).assign(election="GR2022")
    rows["ballots"] = integers(cells["turnout_26"])
    rows["valid"] = rows["ballots"] - rows["rejected"]
    said = "more blank and invalid votes than ballots"
    refuse_rows(rows["valid"] < 0, said, rule="valid+blank+invalid=ballots")
    # The table writes this one column as decimal numbers: 115349.0.
    printed = integers(cells["sum_party_votes_26"].str.removesuffix(".0"), required=False)
    differs = (printed != rows["valid"]).fillna(False)
    said = "the party votes do not add up to ballots - blank - invalid"
    refuse_rows(differs, said, rule="lists=valid", value=printed, expected=rows["valid"])
    return {"municipal_results": pd.concat([rows, earlier], ignore_index=True)}
