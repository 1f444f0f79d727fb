"""Outlines of municipalities, from GeoJSON to well-known text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from evaluatie.ground.errors import InputError

_CODE = re.compile(r"GM[0-9]{4}")


def read_outlines(content: bytes, file: str) -> Mapping[str, pd.DataFrame]:
    """Read a feature collection of polygons with ``statcode`` and ``statnaam`` (CBS).

    Raises
    ------
    InputError
        For anything else, a ring that is not closed, or a municipality that stands twice.
    """
    try:
        rows = [_outline(feature) for feature in json.loads(content)["features"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"not a collection of outlines ({error})", file=file, rule="GeoJSON"
        ) from None
    codes = [row["municipality_code"] for row in rows]
    if len(set(codes)) != len(codes) or not codes:
        repeated = next((code for code in codes if codes.count(code) > 1), "no outline at all")
        raise InputError(
            "an outline for each municipality, once", file=file, rule="unique key", value=repeated
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
