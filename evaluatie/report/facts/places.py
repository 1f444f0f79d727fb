"""Municipalities, polling stations, and what first counts hide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evaluatie.answers.plots.labels import curly
from evaluatie.report.facts.names import Names

_HIGH = 0.03
"""The share at which the official software asks whether a count is right."""
_MANY = 0.005
"""Effects above this are named: fifty in 10,000 ballots."""
_EDGE = 0.00005
"""A margin that begins below this is printed as beginning at zero."""


def _municipalities(names: Names) -> None:
    rows = names.frame("summary", kind="municipality").sort_values("estimate")
    most, least = rows.iloc[-1], rows.iloc[0]
    names.put(most_name=curly(most["municipality"]), least_name=curly(least["municipality"]))
    names.put("per10000", most_extra=most["estimate"], least_extra=least["estimate"])
    between = rows["estimate"].iloc[1:-1]
    if len(between) > 1:
        names.put("words", middle_n=len(between))
        names.put("per10000", middle_low=between.iloc[0], middle_high=between.iloc[-1])
    up, sure = int((rows["estimate"] > 0).sum()), rows[rows["conf_low"] > 0]
    names.put("words", up_n=up, effects_n=len(rows), sure_n=len(sure))
    all_up, near = up == len(rows), bool((sure["conf_low"] < _EDGE).any())
    names.rule(up_all=all_up, differ=len(rows) > 1, sure_all=len(sure) == len(rows))
    names.rule(edge=near, up_edge=all_up and near, up_plain=all_up and not near)
    if near:
        edge = sure.loc[sure["conf_low"].idxmin()]
        names.put(edge_name=curly(edge["municipality"]))
        names.put("per10000", edge_low=edge["conf_low"], edge_high=edge["conf_high"])
    more = rows[(rows["estimate"] > _MANY) & (rows["municipality"] != most["municipality"])]
    names.put("per10000", many=_MANY)
    if len(more):
        names.listed(many_who=more["municipality"])
    apart = names.frame(f"effect_{names.latest}", method="leave-one-out", role="sensitivity")
    apart = apart.set_index("municipality")
    names.put("per10000", without_most=apart.loc[most["municipality"], "estimate"])


def _each(names: Names) -> Any:
    """The polling stations of the municipalities of which all are known."""
    here = {"election": names.latest, "group": "experiment"}
    rows = names.part("stations_invalid", "each", **here)
    return rows[rows["complete"].astype(bool)]


def _stations(names: Names) -> None:
    every = names.part("stations_invalid", "overall", group="experiment").set_index("election")
    whole = every.loc[names.latest]
    before = every.loc[whole["baseline"]]
    here = {"election": names.latest, "group": "experiment"}
    table, each = names.frame("stations_invalid", **here), _each(names)
    partly = table[~table["complete"].astype(bool)]
    if len(partly):
        names.listed(stations_partly=partly["municipality"])
    names.put("words", stations_places=whole["n_municipalities"])
    names.put("words", warned_n=int((each["share"] >= _HIGH).sum()))
    names.put(
        "count",
        stations_n=len(each),
        stations_zero=int((each["count"] == 0).sum()),
        stations_high=whole["n_high"],
        above_n=whole["n_above"],
        above_chance=whole["expected_above"],
        pairs_n=whole["n_places_both"],
        pairs_up=whole["n_places_up"],
    )
    names.put("percent", station_median=each["share"].median())
    names.put(
        "percent0",
        high_ballots=whole["high_total"],
        high_invalid=whole["high_count"],
        warned_share=_HIGH,
        tenth=whole["tenth"],
        tenth_chance=whole["tenth_chance"],
        tenth_before=before["tenth"],
        tenth_before_chance=before["tenth_chance"],
    )
    names.put(stations_base_year=str(whole["baseline"])[-4:])
    top = each.sort_values("share").iloc[-1]
    names.put("words", top_invalid=top["count"])
    names.put("count", top_ballots=top["total"])
    more = whole["tenth"] - whole["tenth_chance"]
    names.rule(
        top_mobile=top["kind"] == "mobile",
        above=whole["n_above"] > whole["expected_above"],
        high_fifth=0.2 <= whole["high_total"] < 0.25,
        high_half=0.45 <= whole["high_count"] < 0.5,
        spread=more < 0.05,
        partly=0.05 <= more <= 0.2,
        packed=more > 0.2,
    )


def _care(names: Names) -> None:
    here = {"election": names.latest, "group": "experiment"}
    ours = names.part("stations_invalid", "kinds", kind="care", **here).iloc[0]
    if ours["n_stations"] < 10:
        return
    names.put("count", care_n=ours["n_stations"])
    names.put("words", care_places=ours["n_municipalities"])
    names.put("percent", care=ours["share"], care_other=ours["other_share"])
    names.put("number1", care_times=ours["estimate"])
    each = _each(names).assign(care=lambda rows: rows["kind"] == "care")
    sums = each.groupby(["municipality_code", "care"])[["count", "total"]].sum()
    shares = (sums["count"] / sums["total"]).unstack("care").dropna()
    up = int((shares[True] > shares[False]).sum())
    names.put("words", care_up=up)
    names.rule(care_higher=ours["conf_low"] > 1, care_all=up == len(shares))


def _first_counts(names: Names) -> None:
    every = names.frame("first_counts", outcome="invalid")
    hidden: list[bool] = []
    for mark, election in names.marked.items():
        rows = every[every["election"] == election].set_index(["group", "suspect"])
        if ("experiment", "included") not in rows.index:
            continue
        # Where counts appear to be swapped, what is left is what can be compared.
        ours, rest = (
            rows.loc[(group, "left out" if (group, "left out") in rows.index else "included")]
            for group in ("experiment", "rest")
        )
        names.put("words", mark, first_n=ours["n_municipalities"])
        names.put("count", mark, first=ours["first"], final=ours["official"])
        names.put("count", mark, first_rest_n=rest["n_municipalities"])
        names.put("percent0", mark, growth=ours["change"], growth_rest=rest["change"])
        names.put("percent", mark, first_share=ours["share_first"])
        names.put("percent", mark, final_share=ours["share_official"])
        hidden.append(ours["change"] > 2 * max(rest["change"], 0))
        kept = {"election": election, "outcome": "invalid", "group": "experiment"}
        swapped = names.part(
            "first_counts", "municipalities", status="invalid-blank-swapped", **kept
        )
        if len(swapped):
            names.listed(**{f"{mark}_swapped": swapped["municipality"]})
    if hidden:
        names.rule(first_counts_hide=all(hidden))


PARTS: tuple[Callable[[Names], None], ...] = (_municipalities, _stations, _care, _first_counts)
