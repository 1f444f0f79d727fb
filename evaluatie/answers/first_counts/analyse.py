"""First counts beside official ones: sums, municipalities, effects, and what to expect."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluatie.answers.analysis import Analysis, records
from evaluatie.answers.effect import effect, pooled
from evaluatie.answers.first_counts.ratio import predict_ratio
from evaluatie.counts import Results, load_table
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.plan import Design

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "COLUMNS",
    "EFFECT_COLUMNS",
    "EXPECTED_COLUMNS",
    "MUNICIPALITY_COLUMNS",
    "OUTCOMES",
    "FirstCountsResult",
    "first_counts",
    "municipal_first_counts",
]

OUTCOMES = ("invalid", "blank", "rejected")
GROUPS = ("experiment", "rest")
_COUNTS = (*OUTCOMES, "ballots")

SUSPECT: Mapping[str, Sequence[str]] = {
    "invalid-blank-swapped": ("invalid", "blank"),  # their sum is not touched by it
    "vote-repeated": OUTCOMES,
}
"""Rules of ``known_exceptions.csv`` under which two counts do not count the same thing, and the
outcomes that this touches."""

COLUMNS = (
    *("election", "outcome", "group", "suspect", "n_municipalities", "n_suspect"),
    *("first", "official", "added", "change", "share_first", "share_official"),
)
"""Columns of :attr:`FirstCountsResult.table`."""
MUNICIPALITY_COLUMNS = (
    *("election", "outcome", "municipality_code", "municipality", "group", "status"),
    *("first", "official", "added", "change", "share_first", "share_official"),
)
"""Columns of :attr:`FirstCountsResult.municipalities`."""
EFFECT_COLUMNS = (
    *("election", "outcome", "count", "estimate", "conf_low", "conf_high", "p_value"),
    *("n_treated", "n_comparison", "vintage", "baseline_vintage", "method"),
)
"""Columns of :attr:`FirstCountsResult.effects`."""
EXPECTED_COLUMNS = (
    *("outcome", "group", "based_on", "predicts", "change", "change_low", "change_high"),
    *("n_municipalities", "n_predicted", "came", "method"),
)
"""Columns of :attr:`FirstCountsResult.expected`."""

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class FirstCountsResult(Analysis):
    """First counts beside official ones; see :func:`first_counts`.

    Attributes
    ----------
    municipalities
        Every municipality with the new ballot, and those elsewhere that are suspect or
        reported nothing; :data:`MUNICIPALITY_COLUMNS`. ``status`` is ``counted``, a rule of
        :data:`SUSPECT`, ``not-reported`` or ``no-first-count``.
    effects
        The effect of the ballot on each count; :data:`EFFECT_COLUMNS`. ``count`` is ``first``,
        ``first_without`` (without suspects), ``same`` (official, of the municipalities of
        ``first``) or ``official`` (of all).
    expected
        By how much the official count of a next election may differ from its first count;
        :data:`EXPECTED_COLUMNS`. Changes are fractions of the first count with a prediction
        interval. ``predicts`` is ``next``, or an election that was predicted from those before
        it; ``came`` is what it came to.
    names
        Elections in words, by language.
    """

    municipalities: pd.DataFrame
    effects: pd.DataFrame
    expected: pd.DataFrame
    names: Mapping[str, Mapping[str, str]]

    @property
    def latest(self) -> str:
        """The newest election with both counts."""
        return str(self.table["election"].iloc[-1])

    def lines(self, lang: str = "nl") -> list[str]:
        """Say it in single statements, newest election first."""
        from evaluatie.answers.first_counts.show import lines

        return lines(self, lang)

    def sentence(self, lang: str = "nl") -> str:
        """Say it in one paragraph."""
        return " ".join(self.lines(lang))

    def plot(self, lang: str = "nl", election: str | None = None) -> Figure:
        """Draw first and official share of each municipality with the new ballot."""
        from evaluatie.answers.first_counts.draw import arrows

        name = election or self.latest
        table, places = (
            each[each["election"] == name] for each in (self.table, self.municipalities)
        )
        return arrows(table, places, lang, called=self.names[name][lang])

    def to_dict(self) -> Row:
        """Return the object that ``--json`` prints, with the other tables."""
        return {
            **super().to_dict(),
            "lines": {lang: self.lines(lang) for lang in LANGUAGES},
            "names": {name: dict(words) for name, words in self.names.items()},
            "municipalities": records(self.municipalities),
            "effects": records(self.effects),
            "expected": records(self.expected),
        }


def first_counts(
    results: Results,
    elections: str | Sequence[str] | None = None,
    *,
    exceptions: pd.DataFrame | None = None,
    design: Design | None = None,
    alpha: float | None = None,
) -> FirstCountsResult:
    """Set the first count of each election with the new ballot beside its official count.

    Only municipalities with **both** counts of an outcome are in a sum. One that reported
    nothing on the night (0 invalid *and* 0 blank, rule ``not-reported``) has no first count:
    had it been taken for zero, all its votes would seem to have been found by the official
    count. For TK2025 this makes the rise elsewhere +3.8% (335 municipalities) and not +4.1%
    (337, Voorschoten and Laarbeek as zeros); at GR2026 it is +3.3% (248, without Velsen).

    Counts that are known not to count the same thing are in the sums, so that nothing is put
    right in silence, and a second row leaves them out: invalid and blank entered the wrong way
    round in the first count, or a vote held again after it.

    Parameters
    ----------
    results
        Counts in both vintages, from :func:`evaluatie.load`; its own vintage does not matter.
    elections
        Some of those with the new ballot; by default all that were counted twice.
    exceptions
        Instead of the table ``known_exceptions``, the user's own on top.
    design, alpha
        Another plan; one minus the level of intervals, by default that of the plan.

    Returns
    -------
    FirstCountsResult
        ``table`` has a row per election × outcome × group (``experiment``: with the new
        ballot; ``rest``: all other municipalities) × ``suspect`` (``included``, and where
        there are any ``left out``): sums of votes, ``added`` = official − first, ``change`` =
        official / first − 1 (a fraction), shares as fractions of the ballots of each count.

    Raises
    ------
    UnknownNameError
        For an election without the new ballot.
    EstimationError
        If no election has both counts of any municipality with the new ballot.
    """
    plan = design or results.design
    known = _elections(results, plan)
    wanted = (
        known if elections is None else [elections] if isinstance(elections, str) else elections
    )
    for name in wanted:
        if name not in known:
            raise UnknownNameError.of("election with the new ballot", name, known)
    both = _counted_twice(results, [name for name in known if name in wanted], plan, exceptions)
    if not both:
        raise EstimationError(
            "no municipality with the new ballot has a first and an official count",
            unit=", ".join(wanted),
            rule="counts",
            expected="provisional and official counts",
        )
    level = plan.alpha if alpha is None else alpha
    stacked = pd.concat(both.values(), ignore_index=True)
    effects = [
        row for name, each in both.items() for row in _effects(results, name, each, plan, level)
    ]
    return FirstCountsResult(
        table=_whole(pd.DataFrame(_sums(stacked), columns=list(COLUMNS))),
        assumptions=(
            "first-counts-alike",
            *(("parallel-trends", "variance-model", "mixed-vintage-pair") if effects else ()),
            "provisional-counts",
        ),
        sources=results.where(list(both)).sources,
        municipalities=_named(stacked),
        effects=pd.DataFrame(effects, columns=list(EFFECT_COLUMNS)),
        expected=pd.DataFrame(_expected(stacked, level), columns=list(EXPECTED_COLUMNS)),
        names={name: {lang: plan.called(name, lang) for lang in LANGUAGES} for name in both},
    )


def municipal_first_counts(results: Results, design: Design | None = None) -> pd.DataFrame:
    """Return :attr:`FirstCountsResult.municipalities` alone; it may be empty."""
    plan = design or results.design
    both = _counted_twice(results, _elections(results, plan), plan, None)
    if not both:
        return pd.DataFrame(columns=list(MUNICIPALITY_COLUMNS))
    return _named(pd.concat(both.values(), ignore_index=True))


def _elections(results: Results, plan: Design) -> list[str]:
    """Elections with the new ballot that have rows, in order of date."""
    present = {*plan.new_ballot, *plan.nationwide} & set(results.elections)
    return sorted(present, key=list(plan.elections).index)


def _pairs(results: Results, election: str, plan: Design, listed: pd.DataFrame) -> pd.DataFrame:
    """Put both counts of each municipality and outcome in one row; NaN where unknown."""
    rows = results.rows[results.rows["election"] == election]
    key = ["municipality_code", "vintage"]
    long = rows[[*key, *_COUNTS]].astype(dict.fromkeys(_COUNTS, "float64"))
    wide = long.pivot(index=key[0], columns=key[1]).reindex(
        columns=pd.MultiIndex.from_product([_COUNTS, ["provisional", "official"]])
    )
    # Of two spellings of a name the official one holds.
    spelt = rows.sort_values("vintage", ascending=False)
    names = dict(zip(spelt["municipality_code"], spelt["municipality"], strict=True))
    here = listed[listed["election"] == election].dropna(subset=["municipality_code"])
    silent = set(here.loc[here["rule"] == "not-reported", "municipality_code"])
    suspects = here[here["rule"].isin(list(SUSPECT))]
    rule_of = dict(zip(suspects["municipality_code"], suspects["rule"], strict=True))
    parts = []
    for outcome in OUTCOMES:
        first, official = wide[outcome, "provisional"], wide[outcome, "official"]
        both = first.notna() & official.notna()
        parts.append(
            pd.DataFrame(
                {
                    "election": election,
                    "outcome": outcome,
                    "municipality_code": wide.index,
                    "municipality": [names[code] for code in wide.index],
                    "group": [
                        "experiment" if plan.has_new_ballot(code, election) else "rest"
                        for code in wide.index
                    ],
                    "status": [
                        _status(counted, rule_of.get(code), code in silent, outcome)
                        for code, counted in zip(wide.index, both, strict=True)
                    ],
                    "first": first.to_numpy(),
                    "official": official.to_numpy(),
                    "ballots_first": wide["ballots", "provisional"].to_numpy(),
                    "ballots_official": wide["ballots", "official"].to_numpy(),
                    "both": both.to_numpy(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _status(counted: bool, rule: str | None, silent: bool, outcome: str) -> str:
    if not counted:
        return "not-reported" if silent else "no-first-count"
    return rule if rule is not None and outcome in SUSPECT[rule] else "counted"


def _counted_twice(
    results: Results, elections: Iterable[str], plan: Design, exceptions: pd.DataFrame | None
) -> dict[str, pd.DataFrame]:
    """Return the pairs of every election at which the experiment was counted twice."""
    listed = load_table("known_exceptions", results.data) if exceptions is None else exceptions
    every = {name: _pairs(results, name, plan, listed) for name in elections}
    return {
        name: pairs
        for name, pairs in every.items()
        if (pairs["both"] & (pairs["group"] == "experiment")).any()
    }


def _suspect(pairs: pd.DataFrame) -> pd.Series[bool]:
    return pairs["status"].isin(list(SUSPECT))


def _sums(pairs: pd.DataFrame) -> list[Row]:
    rows = []
    counted = pairs[pairs["both"]]
    for key, part in counted.groupby(["election", "outcome", "group"], sort=False):
        suspect = _suspect(part)
        choices = {"included": part}
        if suspect.any():
            choices["left out"] = part[~suspect]
        for choice, chosen in choices.items():
            labels = dict(zip(("election", "outcome", "group"), key, strict=True))
            counts = {"n_municipalities": len(chosen), "n_suspect": int(suspect.sum())}
            rows.append(
                {**labels, "suspect": choice, **counts, **_changes(chosen.sum(numeric_only=True))}
            )
    places = list(pairs["election"].unique())
    return sorted(
        rows,
        key=lambda row: (
            places.index(row["election"]),
            OUTCOMES.index(row["outcome"]),
            GROUPS.index(row["group"]),
        ),
    )


def _changes(row: pd.Series[Any] | Row) -> Row:
    """Return what the official count added to the first one, in votes and as fractions."""
    first, official = float(row["first"]), float(row["official"])
    return {
        "first": first,
        "official": official,
        "added": official - first,
        "change": official / first - 1 if first > 0 else np.nan,
        "share_first": _share(first, row["ballots_first"]),
        "share_official": _share(official, row["ballots_official"]),
    }


def _share(count: float, ballots: float) -> float:
    return count / float(ballots) if ballots > 0 else np.nan


def _named(pairs: pd.DataFrame) -> pd.DataFrame:
    """Keep who is told of by name: the experiment, and elsewhere what is not an ordinary count."""
    special = ~pairs["status"].isin(["counted", "no-first-count"])
    kept = pairs[(pairs["group"] == "experiment") | special]
    return _whole(
        pd.DataFrame(
            [{**row, **_changes(row)} for row in kept.to_dict(orient="records")],  # type: ignore[arg-type]
            columns=list(MUNICIPALITY_COLUMNS),
        )
    )


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Give votes as whole numbers, unknown ones as missing."""
    return table.astype(dict.fromkeys(("first", "official", "added"), "Int64"))


def _effects(
    results: Results, election: str, pairs: pd.DataFrame, plan: Design, alpha: float
) -> Iterable[Row]:
    """Estimate the effect on each count: of the same municipalities, and of all."""
    base = plan.election(election).baseline
    if base not in results.elections:
        return
    two = results.where([base, election])
    for outcome in OUTCOMES:
        part = pairs[(pairs["outcome"] == outcome) & pairs["both"]]
        codes = set(part["municipality_code"])
        clear = set(part.loc[~_suspect(part), "municipality_code"])
        counts = {
            "first": ("provisional", codes),
            "first_without": ("provisional", clear),
            "same": ("official", codes),
            "official": ("official", None),
        }
        if clear == codes:
            del counts["first_without"]
        for name, (vintage, some) in counts.items():
            try:
                found = effect(
                    two if some is None else _only(two, election, some),
                    election,
                    outcome,
                    vintage=vintage,
                    methods=(plan.raw["inference"]["primary_model"],),
                    design=plan,
                    alpha=alpha,
                )
            except EstimationError:  # nobody to compare with, or no baseline
                continue
            yield {**pooled(found).iloc[0], "election": election, "outcome": outcome, "count": name}


def _only(results: Results, election: str, codes: set[str]) -> Results:
    """Make the votes of all other municipalities unknown; their rows stay, for the division."""
    rows = results.rows.copy()
    other = (rows["election"] == election) & ~rows["municipality_code"].isin(codes)
    rows.loc[other, list(OUTCOMES)] = pd.NA
    return replace(results, rows=rows)


def _expected(pairs: pd.DataFrame, alpha: float) -> Iterable[Row]:
    """Predict the next election from all, and each election from those before it."""
    usable = pairs[pairs["both"] & ~_suspect(pairs) & (pairs["first"] > 0)]
    for outcome, group in itertools.product(OUTCOMES, GROUPS):
        part = usable[(usable["outcome"] == outcome) & (usable["group"] == group)]
        elections = list(dict.fromkeys(part["election"]))
        for upto in range(1, len(elections) + 1):
            past = part[part["election"].isin(elections[:upto])]
            # A municipality that was counted twice at two elections is one, not two.
            summed = past.groupby("municipality_code")[["first", "official"]].sum()
            last = upto == len(elections)
            coming = part[part["election"] == elections[-1 if last else upto]]
            try:
                made = predict_ratio(
                    summed["first"], summed["official"], coming["first"], alpha=alpha
                )
            except EstimationError:
                continue
            came = np.nan if last else coming["official"].sum() / coming["first"].sum() - 1
            yield {
                "outcome": outcome,
                "group": group,
                "based_on": ", ".join(elections[:upto]),
                "predicts": "next" if last else elections[upto],
                "change": made.ratio - 1,
                "change_low": made.low - 1,
                "change_high": made.high - 1,
                "n_municipalities": made.n,
                "n_predicted": len(coming),
                "came": came,
                "method": "pooled ratio, t on municipal ratios",
            }
