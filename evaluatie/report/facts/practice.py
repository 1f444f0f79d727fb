"""Reasons, seats, national use, votes on persons, and what was published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from evaluatie.ground.formatting import short
from evaluatie.ground.tables import rows_of
from evaluatie.report.facts.names import Names

_RARE = 0.001
"""A chance below this is not told by its size."""


def _reasons(names: Names) -> None:
    names.rule(reasons_counted=len(names.frame("reasons", basis="counts")) > 0)
    tied = names.frame("reasons", basis="printed", reason="design").iloc[-1]
    names.put(reasons_e=short(tied["election"]))
    middle = (tied["share_ballots_low"] + tied["share_ballots_high"]) / 2
    names.put("percent", tied_share=middle)
    names.put("per10000", tied_per=middle)
    names.put("count", tied_n=round((tied["count_low"] + tied["count_high"]) / 2, -1))
    invalid = (tied["share_invalid_low"] + tied["share_invalid_high"]) / 2
    names.put("percent0", tied_part=invalid)
    names.rule(tied_two_thirds=abs(invalid - 2 / 3) < 0.02)
    found = names.changes(tied["election"])
    found = found[found["group"] == "treated"]
    names.put("count", tied_of=found["count_after"].sum())
    extra = names.more(tied["election"], list(found.index))
    names.rule(tied_beyond_extra=middle > extra)
    names.put("per10000", tied_extra=extra)


def _seats(names: Names) -> None:
    rows = names.frame(f"seats_at_stake_{names.latest}")
    share = rows[rows["scenario"] == "proportional"]
    rare = share[share["probability_high"] < _RARE]
    more = share[share["probability_high"] >= _RARE].sort_values("probability_high")
    names.put("words", seats_n=len(share), seats_rare_n=len(rare))
    names.put("percent1", rare=_RARE)
    names.rule(seats_all_rare=len(more) == 0)
    if len(more):
        names.listed(seats_open_who=more["place"])
        names.put("percent0", seats_most=more["probability_high"].iloc[-1])
    one = rows[rows["scenario"] == "one list"]
    names.put("words", seats_one_n=int(one["changes_high"].astype(bool).sum()))
    nearest = one.sort_values("votes_needed").iloc[0]
    names.put("words", seats_nearest=nearest["votes_needed"])
    names.listed(seats_nearest_who=[nearest["place"]])


def _house(names: Names) -> None:
    found = [name for name in names.counted if name.startswith("TK")]
    rows = names.frame(f"seats_at_stake_{found[0]}", scenario="proportional")
    rows = rows[rows["loss"] != "experiment"]
    names.put("count", house_seats=rows["n_seats"].iloc[0])
    names.rule(house_rare=(rows["probability_high"] < _RARE).all())


def _national(names: Names) -> None:
    size = names.frame("scale_up")["election"].iloc[0]  # a turnout like that of the House
    every = names.frame("scale_up", outcome="invalid", election=size)
    plain = every["model"] == "unweighted"
    rows, weighted = every[plain], every.loc[~plain & (every["use"] == "first use"), "extra"]
    names.put("thousands", national_weighted_high=weighted.max())
    names.put(size_e=short(size))
    names.put("number1", size_millions=rows["ballots"].iloc[0] / 1e6)
    now = names.frame("rates_group_invalid", election=size, group="all").iloc[0]
    names.put("thousands", size_invalid=now["count"])
    extras, ends = [], []
    for row in rows_of(rows):
        mark = "national_first" if row["use"] == "first use" else "national_later"
        low, high = max(row["extra_low"], 0.0), row["extra_high"]
        names.margin("thousands", mark, row["extra"], low, high)
        names.put("", mark, basis=short(row["basis"]))
        extras.append(row["extra"])
        ends += [low, high]
    for election in names.printed[:1]:
        bounds = names.estimates[names.estimates["election"] == election].iloc[0]
        most = (bounds["bound_low"] + bounds["bound_high"]) / 2 * rows["ballots"].iloc[0]
        low, high = (
            max(bounds[end], 0.0) * rows["ballots"].iloc[0] for end in ("conf_low", "conf_high")
        )
        names.margin("thousands", "national_printed", most, low, high)
        extras.append(most)
        ends += [low, high]
    names.put("thousands", "national", low=min(extras), high=max(extras))
    names.put("thousands", "national", least=min(ends), most=max(ends))


def _persons(names: Names) -> None:
    found = [each for each in names.counted if names.done.has(f"personal_vote_{each}")]
    name = f"personal_vote_{found[0]}"
    rows = names.frame(name, weights="municipalities").set_index("measure")
    row, own = rows.loc["preference"], rows.loc["own_number"]
    names.put(persons_e=short(found[0]))
    names.put("words", persons_n=row["n_treated"])
    names.put("count", persons_other_n=row["n_comparison"])
    names.put("size", persons_change=row["change"], persons_change_other=row["change_comparison"])
    names.rule(
        persons_up=row["change"] > 0,
        persons_other_up=row["change_comparison"] > 0,
        persons_same=row["conf_low"] <= 0 <= row["conf_high"],
        persons_less=row["conf_high"] < 0,
        mistakes=not own["conf_low"] <= 0 <= own["conf_high"],
    )
    names.put("size", mistakes_new=own["change"], mistakes_other=own["change_comparison"])
    printed = names.done.result(name)["printed"]
    names.put("percent1", persons_printed=printed["experiment"])
    names.put("percent1", persons_printed_other=printed["reference"])
    names.put(persons_printed_e=short(printed["election"]))
    names.put("words", persons_printed_n=printed["n"])


def _told(names: Names) -> None:
    """Published shares of the experiment municipalities by election, and of the others."""
    rows = names.frame("published", measure="invalid share")
    rows = rows[rows["scope"].str.startswith("experiment (")]
    for row in rows_of(rows.drop_duplicates("election", keep="first")):
        mark = short(row["election"]).lower()
        names.put("percent", **{f"told_{mark}": float(row["printed"]) / 100})
        names.rule(f"told_{mark}", wrong=row["verdict"] == "contradicted")


def _made(names: Names) -> None:
    """What the colophon says of the plan, the counts and the program."""
    plan = names.done.result("plan")
    names.put(plan_version=str(plan["version"]), plan_sha=str(plan["sha256"])[:16])
    software = names.frame("versions").set_index("package")["version"]
    used = software.drop("evaluatie").items()
    names.put(version=software["evaluatie"], software=", ".join(map(" ".join, used)))
    dates = names.frame("sources")["date"].dropna().astype(str)
    days = sorted(each[:10] for each in dates if each[:4].isdigit() and len(each) >= 10)
    names.put("date", data_date=dt.date.fromisoformat(days[-1]))


def _status(names: Names) -> None:
    """Which counts are in, and on which subjects of the evaluation nothing is."""
    kinds: dict[str, list[str]] = {"printed": [short(each) for each in names.printed]}
    for row in rows_of(names.estimates.drop_duplicates("election")):
        if row["election"] in names.counted:
            kind = "official" if row["vintage"] == "official" else "provisional"
            kinds.setdefault(kind, []).append(short(row["election"]))
    names.listed(**{f"{kind}_e": found for kind, found in kinds.items() if found})
    evidence = names.done.result("evidence")
    number, empty = evidence["n_subjects"], evidence["n_empty"]
    names.put("count", subjects_n=number, subjects_in=number - empty, subjects_empty_n=empty)


def _counting(names: Names) -> None:
    names.put(counting=names.done.result("evidence_counting")["sentence"])


PARTS: tuple[Callable[[Names], None], ...] = (
    _reasons,
    _seats,
    _house,
    _national,
    _persons,
    _told,
    _made,
    _status,
    _counting,
)
