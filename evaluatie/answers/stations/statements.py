"""What polling stations show, in statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from evaluatie.answers.statement import Statement

_SHOWN = "care"
"""The kind of place that sentences and the figure tell of."""


def statements(table: pd.DataFrame, parts: Mapping[str, Any], outcome: str) -> list[Statement]:
    """Return statements of the newest election, of the experiment if it has stations.

    Parameters
    ----------
    table, parts
        Of the answer of :func:`evaluatie.answers.stations.stations`.
    """
    overall = parts["overall"]
    newest = overall[overall["election"] == overall["election"].iloc[-1]]
    experiment = newest[newest["group"] == "experiment"]
    row = (experiment if len(experiment) else newest).iloc[0]
    said = [*_of_group(table, parts, row, outcome)] if row["n_stations"] else []
    gaps = table[~table["complete"].fillna(True) & (table["election"] == row["election"])]
    said += [
        Statement("stations.incomplete", each)
        for each in gaps[["municipality", "n_stations"]].to_dict("records")
    ]
    return [*said, Statement("stations.beware")]


def _of_group(
    table: pd.DataFrame, parts: Mapping[str, Any], row: pd.Series[Any], outcome: str
) -> Iterator[Statement]:
    names = parts["names"]
    word = {"outcome": f"@common.{outcome}"}
    values = {**row, **word}
    values["election"] = names.get(row["election"], row["election"])
    one = "" if row["n_municipalities"] > 1 else "_one"
    if one:
        values["name"] = _rows(table, row)["municipality"].iloc[0]
    yield Statement(f"stations.counted_{row['group']}{one}", values)
    if row["count"]:
        yield Statement("stations.tenth", values)
        for key in ("high", "beyond"):
            end = {0: "_none", 1: "_one"}.get(row[f"n_{key}"], "")
            yield Statement(f"stations.{key}{end}", values)
    phi = _rows(table, row)["phi"].dropna()
    if len(phi):
        key = "stations.dispersion" if len(phi) > 1 else "stations.dispersion_one"
        yield Statement(key, {"low": phi.min(), "high": phi.max()})
    for kind in _rows(parts["kinds"], row).to_dict("records"):
        if kind["kind"] == _SHOWN and pd.notna(kind["estimate"]):
            yield Statement("stations.care", {**kind, **word})
    if row["n_places_both"]:
        before = names.get(row["baseline"], row["baseline"])
        yield Statement("stations.places", {**values, "before": before})
    for check in _rows(parts["checks"], row).to_dict("records"):
        key = f"{check['measure']}_{check['label']}"
        if key in ("difference_none", "looked_at_recounted") and pd.notna(check["other_share"]):
            yield Statement(f"stations.{key}", {**check, **word})


def _rows(frame: pd.DataFrame, row: pd.Series[Any]) -> pd.DataFrame:
    if frame.empty:
        return frame
    own = (frame["election"] == row["election"]) & (frame["group"] == row["group"])
    kept: pd.DataFrame = frame[own]
    return kept
