"""Results as the Electoral Council (Kiesraad) publishes them in delimited text.

Four layouts: *wide* (one row a municipality, a column a list), its forerunner of 2010 and
2012, *fields* (one row a field, municipalities and districts mixed) and the exports of
verkiezingsuitslagen.nl (per municipality, and national). Every reader is a pure function
from bytes to rows of tidy tables, keyed by table name; election, vintage and source are
added by the build.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaluatie.counts.checking import check_unique, refuse_rows
from evaluatie.counts.delimited import decode
from evaluatie.ground.errors import InputError, in_file
from evaluatie.sources import archive
from evaluatie.sources.cells import (
    integers,
    municipality_codes,
    read_rows,
    read_sheet,
    refuse_sums,
    tidy,
    with_rejected,
)

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Layout:
    """Names of the columns of a wide file by tidy name; every column not named here is a list.

    ``other`` columns hold neither; rows whose code begins as one of ``sums`` are sums of others,
    and are passed over.
    """

    columns: Mapping[str, str]
    other: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()


_COLUMNS = (
    "municipality_code", "municipality", "eligible", "ballots", "valid", "blank", "invalid",
)  # fmt: skip


def _named(*printed: str) -> dict[str, str]:
    return dict(zip(_COLUMNS, printed, strict=True))


WIDE = Layout(
    _named(
        *("RegioCode", "RegioNaam", "Kiesgerechtigden", "Opkomst"),
        *("GeldigeStemmen", "BlancoStemmen", "OngeldigeStemmen"),
    ),
    ("AmsterdamseCode", "OuderRegioNaam", "OuderRegioCode"),
)
"""``Uitslag_alle_gemeenten_*``: TK2017, EP2019, TK2021."""

WIDE_2010 = Layout(
    _named(
        *("CBS code", "Naam", "# kiesgerechtigden", "Opkomst"),
        *("# geldige stemmen", "# blanco stemmen", "# ongeldige stemmen"),
    ),
    ("Amsterdamse code", "Percentage blanco stemmen", "Opkomstpercentage"),
)
"""TK2010 and TK2012."""

EP2024 = Layout({"municipality_code": "cbs", "valid": "valid"}, sums=("HSB",))
"""Valid votes at EP2024, without names; rows of central polling stations are sums."""

_FIELDS = {
    "Kiesgerechtigden": "eligible",
    "Opkomst": "ballots",
    "AantalGeldigeStemmen": "valid",
    "AantalBlancoStemmen": "blank",
    "AantalOngeldigeStemmen": "invalid",
}
TOTALS = Layout(_named("RegioCode", "Regio", *_FIELDS))
"""Counts per municipality without lists, under the names of the Kiesraad's open data."""

_LIST_FIELD = "LijstAantalStemmen"
_PASSED_OVER = ("KandidaatAantalStemmen", "KandidaatGekozen", "LijstAantalZetels")
"""Fields that are given for the country and districts only, or repeat the national result."""


def read_wide(content: bytes, layout: Layout = WIDE) -> Tables:
    """Read one row per municipality with a column per list.

    An empty cell under a list means that the list did not stand there: no row.
    """
    content = _without_closing_commas(content)
    fixed = (*layout.columns.values(), *layout.other)
    cells = read_sheet(content, fixed)
    if layout.sums:
        cells = cells[~cells[layout.columns["municipality_code"]].str.startswith(layout.sums)]
    municipal = tidy(cells, layout.columns, ["municipality_code"])
    if "municipality" not in municipal:
        municipal["municipality"] = None
    names = [str(column) for column in cells.columns if column not in fixed]
    if not names:
        return {"municipal_results": municipal}
    votes = pd.DataFrame({name: integers(cells[name], required=False) for name in names})
    lists = votes.assign(municipality_code=municipal["municipality_code"]).melt(
        "municipality_code", var_name="list_name", value_name="votes", ignore_index=False
    )
    lists = lists.dropna(subset="votes")
    _check_lists(municipal, lists)
    return {"municipal_results": municipal, "list_votes": lists}


def read_station_lists(content: bytes) -> Tables:
    """Read votes per list and polling station (open data of TK2023 and TK2025).

    The file gives no blank and invalid votes, so it makes rows of lists and not of stations.
    Two lists of one name in a station keep a number behind the name apart.
    """
    columns = {
        "municipality_code": "GemeenteCode",
        "unit": "StembureauCode",
        "list_name": "PartijNaam",
        "votes": "AantalStemmen",
    }
    rows = read_rows(content, columns).assign(level="polling_station")
    rows["unit"] = rows["municipality_code"].str.removeprefix("GM") + "::" + rows["unit"]
    check_unique(rows, ["unit", "list_name"])
    return {
        "region_list_votes": rows,
        "passed_over": pd.DataFrame({"what": ["GemeenteNaam, Postcode, StembureauNaam"]}),
    }


_REGIONS = {"P": "province", "W": "water_board", "K": "district", "G": "municipality"}
"""First letters of the codes of regions below the country."""


def read_regions(content: bytes) -> Tables:
    """Read an export of the country as :func:`read_national`, or of another region at its level.

    Raises
    ------
    InputError
        Also for a file that holds several regions of the country and its parts at once.
    """
    columns = ("Regio", "Type", "Partij", "AantalStemmen", "AantalZetels")
    cells = read_sheet(content, columns)
    codes = cells["Code"] if "Code" in cells else pd.Series("", index=cells.index)
    level = codes.str[:1].str.upper().map(_REGIONS)
    if level.isna().all():
        return read_national(content)
    parts, lists = [], []
    for code, own in cells.groupby(codes, sort=False):
        kind = _REGIONS.get(str(code)[:1].upper(), "national")
        made = _national(own)
        head = {"level": kind, "unit": str(code), "municipality_code": None}
        if kind == "municipality":
            head["municipality_code"] = municipality_codes(own["Code"]).iloc[0]
        parts.append(made["national_results"].assign(**head, name=own["Regio"].iloc[0]))
        lists.append(made["national_list_votes"].assign(**head))
    return {"region_totals": pd.concat(parts), "region_list_votes": pd.concat(lists)}


def read_fields(content: bytes) -> Tables:
    """Read the layout with one row per region and field (open data of TK2023 and TK2025).

    Municipalities (``G``), public bodies of the Caribbean Netherlands (``O``) and the totals of
    the country (``L``) are kept; districts (``K``) and provinces are sums of municipalities,
    and candidates are given for districts only.
    """
    columns = {
        "municipality_code": "RegioCode",
        "municipality": "Regio",
        "list_name": "LijstNaam",
        "field": "VeldType",
        "votes": "Waarde",
    }
    cells = read_sheet(content, columns.values())
    _known(cells["VeldType"], {*_FIELDS, _LIST_FIELD, *_PASSED_OVER})
    country = cells[cells["RegioCode"].str.startswith("L") & cells["VeldType"].isin(list(_FIELDS))]
    cells = cells[cells["RegioCode"].str.startswith(("G", "O"))]
    rows = tidy(cells, columns)
    lists = rows.loc[rows["field"] == _LIST_FIELD, ["municipality_code", "list_name", "votes"]]
    check_unique(lists, ["municipality_code", "list_name"])
    municipal = _pivot(rows[rows["field"].isin(list(_FIELDS))])
    _check_lists(municipal, lists)
    tables = {"municipal_results": municipal, "list_votes": lists}
    if len(country):
        tables["national_results"] = _totals_of_country(country)
    return tables


def _totals_of_country(cells: pd.DataFrame) -> pd.DataFrame:
    check_unique(cells, ["VeldType"])
    counts = integers(cells["Waarde"])
    totals = dict(zip(cells["VeldType"].map(_FIELDS), counts, strict=True))
    missing = [field for field, name in _FIELDS.items() if name not in totals]
    if missing:
        said = f"the country lacks its {missing[0]}"
        raise InputError(said, rule="fields of the country", expected=", ".join(_FIELDS))
    return with_rejected(pd.DataFrame(totals, index=[0]).astype("Int64"))


@functools.lru_cache(maxsize=4)
def read_fields_archive(content: bytes) -> Tables:
    """Read the Kiesraad's zip of open data: its table of fields; other members have no counts."""
    with archive.open_archive(io.BytesIO(content)) as opened:
        for member in archive.members(opened):
            if member.error is None and member.name.endswith("_uitslag.csv"):
                name = archive.label("", member.name)
                with in_file(name), archive.open_member(opened, member.name) as stream:
                    return read_fields(stream.read())
    raise InputError("the archive holds no …_uitslag.csv", rule="table of fields")


def read_municipal(content: bytes) -> Tables:
    """Read an export per municipality: votes per list, seats where the file has any.

    The export leaves a zero empty, for votes as well as seats. Valid votes are the sum over
    the lists; nothing else is known from this file.
    """
    columns = {
        "municipality": "Gemeente",
        "municipality_code": "Code",
        "list_name": "Partij",
        "votes": "AantalStemmen",
        "seats": "AantalZetels",
    }
    # One line of GR2022 has a stray 1 after the closing separator.
    cells = read_sheet(content, columns.values(), unnamed=True)
    key = ["municipality_code", "list_name"]
    named = tidy(cells, columns, key, empty=("votes", "seats")).fillna({"votes": 0})
    named["seats"] = _seats(named["seats"])
    lists = named.drop(columns="municipality")
    valid = named.groupby(["municipality_code", "municipality"], sort=False)["votes"].sum()
    return {"municipal_results": valid.rename("valid").reset_index(), "list_votes": lists}


def read_national(content: bytes) -> Tables:
    """Read a national export: totals where given, votes and seats per list.

    Where the export gives no totals, the valid votes are the sum over the lists.
    """
    columns = ("Type", "Partij", "AantalStemmen", "AantalZetels")
    return _national(read_sheet(content, columns))


def _national(cells: pd.DataFrame) -> Tables:
    _known(cells["Type"], {*_FIELDS, "Partij"})
    is_list = cells["Type"] == "Partij"
    votes = integers(cells["AantalStemmen"])
    lists = pd.DataFrame(
        {
            "list_name": cells.loc[is_list, "Partij"],
            "votes": votes[is_list],
            "seats": _seats(integers(cells.loc[is_list, "AantalZetels"], required=False)),
        }
    )
    check_unique(cells, ["Type", "Partij"])
    totals = cells.loc[~is_list, "Type"].map(_FIELDS)
    national = pd.DataFrame([votes.loc[totals.index].to_numpy()], columns=list(totals)).astype(
        "Int64"
    )
    from_lists = int(lists["votes"].sum())
    if "valid" not in national:
        national = pd.DataFrame({"valid": [from_lists]})
    elif int(national["valid"].iloc[0]) != from_lists:
        said = "the votes of the lists do not add up to the valid votes"
        wanted = int(national["valid"].iloc[0])
        raise InputError(said, rule="lists=valid", value=from_lists, expected=wanted)
    return {"national_results": with_rejected(national), "national_list_votes": lists}


def _without_closing_commas(content: bytes) -> bytes:
    # In the EP2019 file lines end in a comma after the last cell, the header too, except
    # where a municipality's name holds a comma itself.
    text = decode(content)
    lines = text.splitlines()
    if ";" not in lines[0] or not lines[0].endswith(","):
        return content
    return "\n".join(line.removesuffix(",") for line in lines).encode()


def _known(cells: pd.Series[Any], names: set[str]) -> None:
    wrong, said = ~cells.isin(list(names)), f"an unknown kind of row in column {cells.name!r}"
    wanted = ", ".join(sorted(names))
    refuse_rows(wrong, said, rule="known fields", value=cells, expected=wanted)


def _pivot(rows: pd.DataFrame) -> pd.DataFrame:
    key = ["municipality_code", "municipality"]
    check_unique(rows, ["municipality_code", "field"])
    wide = rows.pivot_table("votes", key, "field", aggfunc="first").rename(columns=_FIELDS)
    missing = [name for name in _FIELDS.values() if name not in wide or wide[name].isna().any()]
    if missing:
        raise InputError(
            f"a municipality lacks its {missing[0]} count",
            rule="fields per municipality",
            expected=", ".join(_FIELDS),
        )
    wide.columns.name = None
    return with_rejected(wide.reset_index())


def _seats(seats: pd.Series[Any]) -> pd.Series[Any]:
    # A file that gives seats leaves them empty for lists without one.
    return seats.fillna(0) if seats.notna().any() else seats


def _check_lists(municipal: pd.DataFrame, lists: pd.DataFrame) -> None:
    summed = lists.groupby("municipality_code")["votes"].sum()
    valid = municipal.set_index("municipality_code")["valid"]
    said = "the votes of the lists do not add up to the valid votes"
    refuse_sums(valid, summed, said, rule="lists=valid")
