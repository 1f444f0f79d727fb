"""Whether voters get used to the ballot."""

from __future__ import annotations

from collections.abc import Callable

from evaluatie.answers.learning import wennen
from evaluatie.ground.tables import rows_of
from evaluatie.report.facts.names import Names

_ALIKE = 0.00005
_POSTAL = "GM9010"
"""Votes by post from abroad, on a ballot with party and number since 2014."""


def _again(names: Names) -> None:
    """The municipalities that used the ballot at the two latest elections with counts."""
    if len(names.counted) < 2:
        return
    now, before = (names.changes(election) for election in names.counted[:2])
    ours, theirs = (rows[rows["group"] == "treated"] for rows in (now, before))
    both = [code for code in ours.index if code in theirs.index]
    if not both:
        return
    names.put("words", again_n=len(both))
    names.listed(again_who=ours.loc[both, "municipality"])
    then = theirs.loc[both]
    third = ours.loc[both]
    shares = {
        "again_base": then["count_before"].sum() / then["ballots_before"].sum(),
        "again_before": then["count_after"].sum() / then["ballots_after"].sum(),
        "again_now": third["count_after"].sum() / third["ballots_after"].sum(),
    }
    names.put("percent", **shares)
    change = shares["again_now"] - shares["again_before"]
    names.rule(again_rose=change >= _ALIKE, again_fell=change <= -_ALIKE)
    up = int((third["share_after"] > then["share_after"]).sum())
    names.put("words", again_up=up)
    names.rule(again_all=up == len(both))
    extra = [names.more(election, both) for election in names.counted[:2]]
    names.put("per10000", again_extra_before=extra[1], again_extra=extra[0])
    names.rule(again_extra_rose=extra[0] > extra[1], again_now_at_e=True, up_and_down=False)
    use = names.frame("before_after_invalid", election=names.latest)
    names.put("nth", e_use=int(use["exposure"].max()))
    uses = wennen.rows(names.done)
    printed = uses[uses["election"].isin(names.printed[:1]) & (uses["kind"] == "pooled")]
    for row in rows_of(printed):
        names.put(
            "per10000", again_printed_low=row["extra_low"], again_printed_high=row["extra_high"]
        )
        names.rule(up_and_down=row["extra_low"] > extra[1] < extra[0])


def _between(names: Names) -> None:
    rows = names.frame("learning_between_invalid", unit="pooled", scale="points")
    row = rows[(rows["method"] == "exact permutation") & (rows["role"] == "primary")].iloc[-1]
    names.put("words", used_n=row["n_experienced"], fresh_n=row["n_newcomers"])
    names.put("percent0", between_chance=row["p_value"])
    means = names.frame("scale_up", outcome="invalid", model="unweighted", basis=names.latest)
    means = means.drop_duplicates("use").set_index("use")["estimate"]
    names.put("per10000", between_extra=row["estimate"])
    names.put("signed10000", between_low=row["conf_low"], between_high=row["conf_high"])
    names.rule(between_more=row["estimate"] > 0)
    lower = row["conf_high"] < 0
    names.rule(
        between_chance_only=row["conf_low"] <= 0 <= row["conf_high"],
        halving_possible=row["conf_low"] < -means["first use"] / 2,
    )
    fallen = names.known.get("again_extra_rose", (True, ""))[0] is False
    names.rule(learned=lower and fallen)


def _large_enough(names: Names) -> None:
    rows = names.part("power", "minimal")
    rows = rows[rows["spread"] == "varying"]
    within = rows[rows["quantity"] == "within"].iloc[0]
    names.put("per10000", power_within=within["minimal"])
    rows = rows[(rows["quantity"] == "learning") & (rows["method"] == "exact permutation")]
    now = rows.iloc[0]
    names.put("percent0", power_now=now["best_power"])
    names.put("percent0", power_wanted=names.done.result("power")["target"])
    names.rule(large_enough=now["minimal"] < now["largest"] / 2)


def _postal(names: Names) -> None:
    """Shares of invalid votes by post from abroad, where the ballot has long been known."""
    votes = names.part(f"effect_{names.counted[1]}", "changes").set_index("municipality_code")
    before, now = votes.loc[_POSTAL, ["share_before", "share_after"]]
    names.put("percent", postal_before=before, postal_now=now)
    names.rule(postal_higher=now > names.known["p_invalid_other"][0], postal_fell=now < before)


def _elsewhere(names: Names) -> None:
    """Published shares of invalid votes in other countries, at the first and the last election."""
    rows = names.part("evidence", "rows")
    for place, own in rows[rows["measure"] == "rejected_abroad"].groupby("group"):
        for mark, row in (("first", own.iloc[0]), ("last", own.iloc[-1])):
            names.put("percent", f"{place}_{mark}", share=row["value"] / 100)
            names.put("", f"{place}_{mark}", year=str(row["election"]))


PARTS: tuple[Callable[[Names], None], ...] = (
    _again,
    _between,
    _large_enough,
    _postal,
    _elsewhere,
)
