"""Outlines of municipalities, from GeoJSON to well-known text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from evaluatie.errors import InputError
from evaluatie.sources.cells import check_unique, municipality_codes

__all__ = ["read_outlines"]


def read_outlines(content: bytes, file: str) -> Mapping[str, pd.DataFrame]:
    """Read a feature collection of polygons with ``statcode`` and ``statnaam`` (CBS).

    Raises
    ------
    InputError
        For anything else, or a municipality that stands twice.
    """
    try:
        features = json.loads(content)["features"]
        rows = pd.DataFrame(
            [
                {
                    "municipality_code": feature["properties"]["statcode"],
                    "municipality": feature["properties"]["statnaam"],
                    "geometry": _multipolygon(feature["geometry"]),
                }
                for feature in features
            ]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"not a collection of outlines ({error})", file=file, rule="GeoJSON"
        ) from None
    rows["municipality_code"] = municipality_codes(rows["municipality_code"], file)
    return {"boundaries": check_unique(rows, ["municipality_code"], file)}


def _multipolygon(geometry: Mapping[str, Any]) -> str:
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    elif geometry["type"] != "MultiPolygon":
        raise KeyError(geometry["type"])
    text = ", ".join(
        "(" + ", ".join("(" + ", ".join(f"{x} {y}" for x, y in ring) + ")" for ring in rings) + ")"
        for rings in polygons
    )
    return f"MULTIPOLYGON ({text})"
