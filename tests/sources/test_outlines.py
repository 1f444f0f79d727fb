"""Outlines of municipalities: GeoJSON to well-known text, and what is no outline."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaluatie.counts import load_table
from evaluatie.ground.errors import InputError, in_file
from evaluatie.sources.reference import read_outlines

SQUARE = [[5.0, 52.0], [5.5, 52.0], [5.5, 52.25], [5.0, 52.0]]
HOLE = [[5.1, 52.05], [5.2, 52.05], [5.2, 52.06], [5.1, 52.05]]


def feature(code: str = "GM9001", kind: str = "Polygon", rings: Any = (SQUARE,)) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"statcode": code, "statnaam": "Noord"},
        "geometry": {"type": kind, "coordinates": rings},
    }


def collection(*features: dict[str, Any]) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def test_polygons_become_well_known_text() -> None:
    rows = read_outlines(
        collection(
            feature(),
            feature("GM9002", rings=[SQUARE, HOLE]),
            feature("GM9003", "MultiPolygon", [[SQUARE], [HOLE]]),
        )
    )["boundaries"].set_index("municipality_code")
    square = "5.0 52.0, 5.5 52.0, 5.5 52.25, 5.0 52.0"
    hole = "5.1 52.05, 5.2 52.05, 5.2 52.06, 5.1 52.05"
    assert rows["geometry"].to_dict() == {
        "GM9001": f"MULTIPOLYGON ((({square})))",
        "GM9002": f"MULTIPOLYGON ((({square}), ({hole})))",
        "GM9003": f"MULTIPOLYGON ((({square})), (({hole})))",
    }
    assert rows.loc["GM9001", "municipality"] == "Noord"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no json", "not a collection of outlines"),
        (b"\xff\xfe", "not a collection of outlines"),
        (b"[" * 100_000, "not a collection of outlines"),
        (b"[]", "not a collection of outlines"),
        (b"{}", "'features'"),
        (collection(), "no outline at all"),
        (collection(feature(), feature()), "once.*GM9001"),
        (collection(feature("9001")), "no municipality code: 9001"),
        (collection(feature(kind="Point", rings=[5.0, 52.0])), "GM9001: Point"),
        (collection(feature(rings=[SQUARE[:-1]])), "GM9001: a ring is not closed"),
        (collection(feature(rings=[[[x, y, 0.0] for x, y in SQUARE]])), "too many values"),
        (collection(feature(rings=[[["5", "52"]] * 4])), "not a collection of outlines"),
        # Dutch map coordinates (metres) are no longitude and latitude.
        (collection(feature(rings=[[[155_000, 463_000]] * 4])), "no longitude and latitude"),
        (collection(feature(rings=[[[float("nan"), 52.0]] * 4])), "GM9001"),
        (collection({"type": "Feature", "properties": {}, "geometry": None}), "'statcode'"),
    ],
)
def test_what_is_no_collection_of_outlines(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught, in_file("o.geojson"):
        read_outlines(content)
    assert caught.value.file == "o.geojson"


def test_outlines_ship_of_every_municipality_of_2026() -> None:
    outlines = load_table("boundaries")
    # Hilversum and Wijdemeren elected their councils at another time than GR2026.
    codes = load_table("municipality_codes", elections=["GR2026"])["municipality_code"]
    assert set(codes) <= set(outlines["municipality_code"])
    assert len(outlines) == 342
    assert outlines["geometry"].str.fullmatch(r"MULTIPOLYGON \(\(\([-0-9., ()]+\)\)\)").all()
