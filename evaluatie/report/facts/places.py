"""Municipalities, polling stations, and what first counts hide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from evaluatie.report.facts.names import Names, curly

__all__ = ["PARTS"]

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
    above = int((rows["estimate"] > 0).sum())
    names.put("words", up_n=above, effects_n=len(rows), sure_n=int((rows["conf_low"] > 0).sum()))
    names.rule(
        up_all=above == len(rows),
        differ=len(rows) > 1,
        sure_all=bool((rows["conf_low"] > 0).all()),
    )
    edge = rows[rows["conf_low"] > 0].nsmallest(1, "conf_low")
    near = bool((edge["conf_low"] < _EDGE).any())
    if near:
        names.put(edge_name=curly(edge["municipality"].iloc[0]))
        low, high = edge.iloc[0][["conf_low", "conf_high"]]
        names.put("per10000", edge_low=low, edge_high=high)
    names.rule(edge=near, up_edge=above == len(rows) and near)
    names.rule(up_plain=above == len(rows) and not near)
    more = rows[(rows["estimate"] > _MANY) & (rows["municipality"] != most["municipality"])]
    names.put("per10000", many=_MANY)
    if len(more):
        names.listed(many_who=more["municipality"])
    apart = names.frame(f"effect_{names.latest}", method="leave-one-out", role="sensitivity")
    apart = apart.set_index("municipality")
    names.put("per10000", without_most=apart.loc[most["municipality"], "estimate"])


def _stations(names: Names) -> None:
    result = names.done.result("stations_invalid")
    whole: Any = pd.DataFrame(result["overall"])
    whole = whole[(whole["election"] == names.latest) & (whole["group"] == "experiment")].iloc[0]
    table = pd.DataFrame(result["table"])
    table = table[(table["election"] == names.latest) & (table["group"] == "experiment")]
    each = pd.DataFrame(result["each"])
    each = each[each["municipality_code"].isin(table.loc[table["complete"], "municipality_code"])]
    each = each[each["election"] == names.latest]
    partly = table[~table["complete"].astype(bool)]
    names.put("words", stations_places=whole["n_municipalities"])
    names.put("count", stations_n=len(each), stations_zero=int((each["count"] == 0).sum()))
    names.put("percent", station_median=each["share"].median())
    names.put("count", stations_high=whole["n_high"])
    names.put("percent0", high_ballots=whole["high_total"], high_invalid=whole["high_count"])
    names.rule(
        high_fifth=0.2 <= whole["high_total"] < 0.25, high_half=0.45 <= whole["high_count"] < 0.5
    )
    top = each.sort_values("share").iloc[-1]
    names.put("words", top_invalid=top["count"])
    names.put("count", top_ballots=top["total"])
    names.rule(top_mobile=top["kind"] == "mobile")
    names.put("count", above_n=whole["n_above"], above_chance=whole["expected_above"])
    names.rule(above=whole["n_above"] > whole["expected_above"])
    names.put("words", warned_n=int((each["share"] >= _HIGH).sum()))
    names.put("percent0", warned_share=_HIGH)
    names.put("percent0", tenth=whole["tenth"], tenth_chance=whole["tenth_chance"])
    more = whole["tenth"] - whole["tenth_chance"]
    names.rule(spread=more < 0.05, partly=0.05 <= more <= 0.2, packed=more > 0.2)
    names.put("count", pairs_n=whole["n_places_both"], pairs_up=whole["n_places_up"])
    if len(partly):
        names.listed(stations_partly=partly["municipality"])
    before = pd.DataFrame(result["overall"])
    before = before[(before["election"] == whole["baseline"]) & (before["group"] == "experiment")]
    names.put(
        "percent0",
        tenth_before=before["tenth"].iloc[0],
        tenth_before_chance=before["tenth_chance"].iloc[0],
    )
    names.put(stations_base_year=str(whole["baseline"])[-4:])


def _care(names: Names) -> None:
    kinds = names.part("stations_invalid", "kinds")
    rows = kinds[(kinds["election"] == names.latest) & (kinds["kind"] == "care")]
    ours = rows[rows["group"] == "experiment"].iloc[0]
    if ours["n_stations"] < 10:
        return
    names.put("count", care_n=ours["n_stations"])
    names.put("words", care_places=ours["n_municipalities"])
    names.put("percent", care=ours["share"], care_other=ours["other_share"])
    names.put("number1", care_times=ours["estimate"])
    names.rule(care_higher=ours["conf_low"] > 1)
    each = names.part("stations_invalid", "each")
    each = each[(each["election"] == names.latest) & (each["group"] == "experiment")]
    each = each[each["complete"].astype(bool)].assign(care=each["kind"] == "care")
    sums = each.groupby(["municipality_code", "care"])[["count", "total"]].sum()
    shares = (sums["count"] / sums["total"]).unstack("care").dropna()
    up = int((shares[True] > shares[False]).sum())
    names.put("words", care_up=up)
    names.rule(care_all=up == len(shares))


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
        names.put(
            "count",
            mark,
            first=ours["first"],
            final=ours["official"],
            first_rest_n=rest["n_municipalities"],
        )
        names.put("percent0", mark, growth=ours["change"], growth_rest=rest["change"])
        names.put(
            "percent", mark, first_share=ours["share_first"], final_share=ours["share_official"]
        )
        hidden.append(ours["change"] > 2 * max(rest["change"], 0))
        if ("experiment", "left out") in rows.index:
            apart = names.part("first_counts", "municipalities")
            apart = apart[(apart["election"] == election) & (apart["outcome"] == "invalid")]
            apart = apart[(apart["group"] == "experiment") & (apart["status"] != "counted")]
            swapped = apart[apart["status"] == "invalid-blank-swapped"]
            if len(swapped):
                names.listed(**{f"{mark}_swapped": swapped["municipality"]})
    if hidden:
        names.rule(first_counts_hide=all(hidden))


PARTS: tuple[Callable[[Names], None], ...] = (_municipalities, _stations, _care, _first_counts)
