"""Reference tables: codes, mergers, outlines, characteristics, figures printed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import pandas as pd

from evaluatie.counts.checking import refuse_rows
from evaluatie.ground.errors import InputError
from evaluatie.sources.cells import integers, municipality_codes, read_rows, read_sheet, tidy

Tables = Mapping[str, pd.DataFrame]

_COVARIATES: dict[str, tuple[str, int]] = {
    # tidy name: (name in the file, power of ten it is divided by)
    "population": ("inwoners", 0),
    "age_0_15": ("a0_15", 0),
    "age_15_25": ("a15_25", 0),
    "age_25_45": ("a25_45", 0),
    "age_45_65": ("a45_65", 0),
    "age_65_plus": ("a65plus", 0),
    "origin_nl": ("herk_nl", 0),
    "origin_europe": ("herk_eur", 0),
    "origin_other": ("herk_buiteneur", 0),
    "higher_education": ("hbo_wo_2024_pct", 2),
    "income": ("ink_inw", 0),
    "low_income": ("laagste40", 2),
    "high_income": ("hoogste20", 2),
    "land_area": ("Land-oppervlakte", 0),
    "density": ("Inw_km2_2025", 0),
}
_CODE = re.compile(r"GM[0-9]{4}")
_SHORT_ELECTION = re.compile(r"(TK|EP|GR|PS|WS)(\d\d)")


def read_mergers(content: bytes) -> Tables:
    """Read which municipalities became (part of) another."""
    columns = {
        "valid_from_year": "valid_from_year",
        "code_from": "gm_from",
        "name_from": "name_from",
        "code_to": "gm_to",
        "name_to": "name_to",
        "kind": "kind",
    }
    return {"mergers": read_rows(content, columns)}


def read_codes(content: bytes) -> Tables:
    """Read which municipality codes exist at which election: 1 = yes, 0 = no."""
    cells = read_sheet(content, ("gm_code", "name"))
    code = municipality_codes(cells["gm_code"])
    elections = [str(name) for name in cells.columns if name not in ("gm_code", "name")]
    parts = []
    for election in elections:
        exists = integers(cells[election])
        said = f"column {election!r} holds neither 0 nor 1"
        refuse_rows(exists > 1, said, rule="0 or 1", value=exists)
        rows = pd.DataFrame(
            {"election": election, "municipality_code": code, "municipality": cells["name"]}
        )
        parts.append(rows[exists == 1])
    return {"municipality_codes": pd.concat(parts)}


def read_covariates(content: bytes) -> Tables:
    """Read municipal characteristics; percentages become fractions."""
    columns = {"municipality_code": "gm_code", "municipality": "municipality", "province": "Prov"}
    printed = (*columns.values(), *(name for name, _ in _COVARIATES.values()))
    cells = read_sheet(content, printed)
    rows = tidy(cells, columns)
    for own, (name, power) in _COVARIATES.items():
        rows[own] = _decimals(cells[name], power)
    return {"covariates": rows}


def read_published(content: bytes) -> Tables:
    """Read printed figures; election ids are written in full, other labels stay."""
    columns = (
        *("id", "election", "scope", "municipality", "measure", "value", "unit"),
        *("decimals_printed", "denominator", "source_title", "source_url", "source_date", "note"),
    )
    cells = read_sheet(content, columns)
    decimals = cells["decimals_printed"].replace("words", "")
    rows = cells[list(columns)].rename(columns={"decimals_printed": "decimals"})
    rows["decimals"] = integers(decimals, required=False)
    rows["election"] = [_election(text) for text in cells["election"]]
    return {"published_figures": rows}


def read_outlines(content: bytes) -> Tables:
    """Read a feature collection of polygons with ``statcode`` and ``statnaam`` (CBS)."""
    try:
        rows = [_outline(feature) for feature in json.loads(content)["features"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"not a collection of outlines ({error})", rule="GeoJSON") from None
    codes = [row["municipality_code"] for row in rows]
    if len(set(codes)) != len(codes) or not codes:
        repeated = next((code for code in codes if codes.count(code) > 1), "no outline at all")
        raise InputError(
            "an outline for each municipality, once", rule="unique key", value=repeated
        )
    return {"boundaries": pd.DataFrame(rows)}


def _outline(feature: Mapping[str, Any]) -> dict[str, str]:
    code, name = feature["properties"]["statcode"], feature["properties"]["statnaam"]
    if not _CODE.fullmatch(code):
        raise ValueError(f"no municipality code: {code}")
    geometry = feature["geometry"]
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    elif geometry["type"] != "MultiPolygon":
        raise ValueError(f"{code}: {geometry['type']}")
    text = ", ".join(
        "(" + ", ".join(_ring(ring, code) for ring in rings) + ")" for rings in polygons
    )
    return {"municipality_code": code, "municipality": name, "geometry": f"MULTIPOLYGON ({text})"}


def _ring(points: Sequence[Sequence[float]], code: str) -> str:
    """Write a closed ring; its last point is its first (RFC 7946, 3.1.6)."""
    if len(points) < 4 or points[0] != points[-1]:
        raise ValueError(f"{code}: a ring is not closed")
    if not all(abs(x) <= 180 and abs(y) <= 90 for x, y in points):
        raise ValueError(f"{code}: no longitude and latitude")
    return "(" + ", ".join(f"{x} {y}" for x, y in points) + ")"


def _election(text: str) -> str:
    short = _SHORT_ELECTION.fullmatch(text)
    return f"{short[1]}20{short[2]}" if short else text


def _decimals(cells: pd.Series[Any], power: int) -> list[str]:
    # Decimal, not float: 28.1% must become 0.281 and not 0.28100000000000003.
    numbers = []
    for line, text in cells.items():
        try:
            number = Decimal(text).scaleb(-power).normalize() if text else None
        except InvalidOperation:
            number = Decimal("nan")
        if number is not None and not number.is_finite():
            said = f"column {cells.name!r} holds no number"
            raise InputError(said, unit=f"line {line}", rule="number", value=text)
        numbers.append("" if number is None else f"{number:f}")
    return numbers
