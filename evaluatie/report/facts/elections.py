"""Levels and effects at the elections of the experiment."""

from __future__ import annotations

from collections.abc import Callable

from evaluatie.answers.columns import PRIMARY
from evaluatie.report.facts.names import NEW, Names

_ALIKE = 0.00005
"""A difference of shares that two decimals do not show: a hundredth of a percentage point."""
_STILL = 0.0005
"""Below this a change elsewhere is next to nothing: 0.05 percentage points."""


def _which(names: Names) -> None:
    for mark, election in names.marked.items():
        names.name_election(mark, election)
    for election in names.printed[:1]:
        names.name_election("q", election)
    names.rule(several=len(names.estimates) > 1)


def _plan(names: Names) -> None:
    names.put("words", ever_n=len(names.done.result("plan")["municipalities"]))
    names.put(start_year=str(names.frame("plan")["date"].iloc[0])[:4])
    if names.frame("summary").empty:
        names.put(why_none=names.done.result("summary")["sentence"])


def _levels(names: Names) -> None:
    every = names.frame("overview")
    for mark, election in names.marked.items():
        base = names.plan(election)["baseline"]
        rows = every[every["as_of"] == election].set_index(["election", "group"])
        for outcome in ("invalid", "blank", "rejected"):
            for group, called in (("experiment", "new"), ("comparison", "other")):
                now, then = rows[outcome][election, group], rows[outcome][base, group]
                stem = f"{mark}_{outcome}_{called}"
                names.put("percent", **{stem: now, f"{stem}_before": then})
                names.rule(stem, up=now > then)
        invalid = rows["invalid"]
        moved = abs(invalid[election, "comparison"] - invalid[base, "comparison"])
        names.rule(mark, other_still=moved < _STILL, invalid_other_same=moved < _ALIKE)
        valid = 1 - rows["rejected"][election, "experiment"]
        names.put("percent", mark, invalid_all=invalid[election, "all"], valid_new=valid)


def _counts(names: Names) -> None:
    for mark, election in names.marked.items():
        rows = names.changes(election)
        ours, others = (rows[rows["group"] == group] for group in ("treated", "comparison"))
        names.put(
            "count",
            mark,
            ballots=ours["ballots_after"].sum(),
            invalid_n=ours["count_after"].sum(),
            invalid_n_before=ours["count_before"].sum(),
            other_n=len(others),
        )
        fewer = ours["ballots_before"].sum() < ours["ballots_after"].sum()
        names.rule(mark, ballots_up=fewer)
    every = names.frame("rates_municipality", election=names.latest)
    total = every["total"].sum()
    part = every.loc[every["group"].isin(NEW), "total"].sum() / total
    names.put("percent0", e_ballots_part=part)
    old = every[every["group"] == "comparison"].sort_values("estimate")
    names.put(
        "percent", e_other_median=old["estimate"].median(), e_highest_old=old.iloc[-1].estimate
    )
    names.put(e_highest_old_name=old.iloc[-1]["municipality"])
    top = every.sort_values("estimate", ascending=False).head(25)
    among = int(top["group"].isin(NEW).sum())
    names.put("words", top_new_n=among)
    rest = int((~every["group"].isin(NEW)).sum())
    compared = int((names.changes(names.latest)["group"] == "comparison").sum())
    apart = every[~every["group"].isin([*NEW, "comparison"])]
    excluded = apart[apart["group"] == "excluded"]
    gone = rest - compared - int((every["group"] == "reversal").sum())
    names.put("words", e_rest_n=rest, e_gone_n=gone)
    names.put("words", e_apart_n=len(apart), e_excluded_n=len(excluded))
    names.put("count", e_usual_n=rest - len(apart))
    names.rule(e_gone=gone > 0, e_excluded=len(excluded) > 0)
    for mark, some in (("e_apart_who", apart), ("e_excluded_who", excluded)):
        if len(some):
            names.listed(**{mark: some["municipality"]})
    names.put("count", top_n=len(top), e_municipalities=len(every))
    names.rule(top_new=among > every["group"].isin(NEW).sum() / 2)


def _effects(names: Names) -> None:
    kind = {"weights": "voters", "scale": "points", "method": PRIMARY, "comparison": "all"}
    every = names.frame("effect_summary", **kind)
    best = names.estimates.set_index("election")["vintage"]
    every = every[every["vintage"] == every["election"].map(best)]
    for mark, election in names.marked.items():
        rows = every[every["election"] == election].set_index("outcome")
        for outcome, row in rows.iterrows():
            stem = f"{mark}_{outcome}_extra"
            names.margin("per10000", stem, row.estimate, row.conf_low, row.conf_high)
            more, fewer = row.conf_low > 0, row.conf_high < 0
            names.rule(stem, more=more, fewer=fewer, sure=more or fewer, above=row.estimate > 0)
        extra = rows.loc["invalid", "estimate"]
        changed = names.changes(election)
        ours = changed[changed["group"] == "treated"]
        ballots, invalid = ours["ballots_after"].sum(), ours["count_after"].sum()
        without = invalid / ballots - extra
        names.put("percent", mark, invalid_without=without)
        votes, rest = (round(share * ballots, -1) for share in (extra, without))
        names.put("count", mark, extra_votes=votes, invalid_n_without=rest)
        times = invalid / ballots / without
        names.rule(mark, over_three=times > 3, over_two=2 <= times <= 3)


def _bounded(names: Names) -> None:
    row = names.estimates[names.estimates["election"] == names.printed[0]].iloc[0]
    middle = (row.bound_low + row.bound_high) / 2
    names.margin("per10000", "q_extra", middle, row.conf_low, row.conf_high)
    shares = names.frame(f"rates_bounded_{row.election}").set_index("group")
    names.put("percent", q_invalid_other=shares.loc["rest", "bound_low"])


def _steady(names: Names) -> None:
    """Whether there was more at every election, and in every municipality each time."""
    rows = names.estimates
    names.rule(every_election_more=(rows["conf_low"] > 0).all())
    pairs = names.frame("before_after_invalid")
    up, number = int((pairs["change"] > 0).sum()), len(pairs)
    for election in names.printed:
        apart = names.frame(f"effect_{election}")
        apart = apart[apart["unit"] != "pooled"]
        up, number = up + int((apart["bound_low"] > 0).sum()), number + len(apart)
    names.put("words", measured_n=number, measured_up=up)
    names.rule(measured_all=up == number)
    blank = names.frame("before_after_blank", election=names.latest)
    names.put("words", blank_down_n=int((blank["change"] < 0).sum()), blank_n=len(blank))


def _expected(names: Names) -> None:
    """What to expect on average in municipalities like these, and in one more."""
    rows = names.frame(f"effect_{names.latest}", unit="pooled", role="primary")
    mean, one = (rows[rows["estimand"] == each].iloc[-1] for each in ("mean", "next"))
    names.margin("per10000", "mean_extra", mean.estimate, mean.conf_low, mean.conf_high)
    names.put("per10000", "next_extra", low=max(one["conf_low"], 0.0), high=one["conf_high"])
    here = names.frame("summary", kind="effect", outcome="invalid", election=names.latest).iloc[0]
    wider = mean["conf_high"] - mean["conf_low"] > here["conf_high"] - here["conf_low"]
    names.rule(next_from_nothing=one["conf_low"] * 1e4 < 0.5, mean_wider=wider)


def _checks(names: Names) -> None:
    best = names.estimates.set_index("election")["vintage"][names.latest]
    every = names.frame(f"specification_{names.latest}", outcome="invalid", scale="points")
    ends = every.loc[every["vintage"] == best, "estimate"].dropna()
    names.put("per10000", choice_low=ends.min(), choice_high=ends.max())
    first = every.loc[every["vintage"] != best, "estimate"].dropna()
    names.put("per10000", choice_first_low=first.min(), choice_first_high=first.max())
    names.rule(choice_first=len(first) > 0)
    names.rule(choices_agree=(ends > 0).all() or (ends < 0).all())
    rows = names.frame("placebos", outcome="invalid")
    back = rows[rows["check"] == "reversal"].iloc[-1]
    changed = names.changes(names.latest)
    place = changed[changed["plan_group"] == "reversal"].iloc[-1]
    names.put(back_name=place["municipality"])
    names.put("percent", back_before=place["share_before"], back_after=place["share_after"])
    gone = back["conf_low"] < 0 < back["conf_high"]
    names.rule(back_gone=gone)
    agree = gone and (ends > 0).all()
    names.rule(checks_agree=agree, cause_plain=agree)


def _newcomers(names: Names) -> None:
    """What moved in the newcomers at the election before, which they held with the old ballot."""
    now = names.changes(names.latest)
    fresh = now[(now["group"] == "treated") & (now["plan_group"] == "first use")]
    names.listed(fresh_who=fresh["municipality"])
    names.put("words", fresh_n=len(fresh))
    rows = names.frame("placebos", check="new", election=names.counted[1], outcome="invalid")
    before = rows.iloc[-1]
    names.margin("signed10000", "fresh_before", before.estimate, before.conf_low, before.conf_high)
    names.rule(fresh_before_same=before["conf_low"] <= 0 <= before["conf_high"])


def _earlier(names: Names) -> None:
    """How far apart the first municipalities and the others were with the old ballot."""
    rows = names.frame("event_study", period="earlier")
    far = rows.loc[rows["estimate"].abs().idxmax()]
    names.put("per10000", apart_most=far["estimate"])
    names.put(apart_year=str(far["election"])[-4:])
    names.rule(apart=far["conf_low"] > 0 or far["conf_high"] < 0, apart_lower=far["estimate"] < 0)
    times = names.done.result("event_study")["breakdown"]
    studied = names.frame("event_study", period="after")["election"].iloc[0]
    if times is not None and studied == names.counted[1]:
        names.put("number1", apart_times=times)
        names.rule(apart_holds=times > 1)
    agree, apart = names.known["checks_agree"][0], names.known["apart"][0]
    names.rule(cause_plain=agree and not apart, cause_except=agree and apart)


PARTS: tuple[Callable[[Names], None], ...] = (
    _plan,
    _which,
    _levels,
    _counts,
    _effects,
    _bounded,
    _steady,
    _expected,
    _checks,
    _newcomers,
    _earlier,
)
"""Each names what belongs together; where one thing of it is unknown, the rest is not named."""
