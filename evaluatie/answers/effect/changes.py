"""Counts before and after, one row per municipality: who is treated, who is compared with.

Numbers stay counts here; :mod:`evaluatie.answers.effect.analyse` makes the estimate of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.answers.baselines import baseline_of, counted_at, same_division, uncounted
from evaluatie.answers.effect.comparison import (
    ComparisonGroup,
    characteristics,
    comparison_group,
    groups_of,
)
from evaluatie.answers.statement import left_out_reasons, one_vintage
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Question
from evaluatie.stats.estimates import Flags

Columns = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class ChangeTable:
    """Counts before and after, one row per municipality with both.

    ``columns``, in order of code: municipality_code, municipality, group (``treated``,
    ``comparison``, ``excluded`` by the plan, ``other`` = not taken by the comparison rule),
    plan_group (as :meth:`evaluatie.plan.Design.group`), reason, count_before, ballots_before,
    count_after, ballots_after, share_before, share_after, change (fractions), vintage,
    baseline_vintage, source, baseline_source. ``ballots`` are eligible voters where the outcome is
    turnout.
    """

    columns: Columns
    election: str
    baseline: str
    outcome: str
    group: ComparisonGroup
    left_out: pd.DataFrame

    @cached_property
    def compared(self) -> Columns:
        """The columns of only treated and comparison municipalities."""
        return self.kept(np.isin(self.columns["group"], ["treated", "comparison"]))

    def kept(self, some: Flags) -> Columns:
        """Return the columns of some municipalities."""
        return {name: column[some] for name, column in self.columns.items()}

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The columns as a frame."""
        return pd.DataFrame(self.columns)

    @cached_property
    def used(self) -> pd.DataFrame:
        """Only treated and comparison municipalities, as a frame."""
        return pd.DataFrame(self.compared)

    @cached_property
    def vintages(self) -> tuple[frozenset[str], frozenset[str]]:
        """Vintages of the counts at the election and at the baseline."""
        now, then = (self.compared[name].tolist() for name in ("vintage", "baseline_vintage"))
        return frozenset(now), frozenset(then)

    @property
    def vintage(self) -> str:
        """``official``, ``provisional`` or ``mixed``: of the counts at the election."""
        return one_vintage(self.vintages[0])

    @property
    def baseline_vintage(self) -> str:
        """The same for the counts at the baseline."""
        return one_vintage(self.vintages[1])

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Ids of the sources of the counts."""
        both = (self.compared[name].tolist() for name in ("source", "baseline_source"))
        # A sum over merged municipalities can rest on several sources.
        named = {each for each in itertools.chain(*both) if isinstance(each, str)}
        return tuple(sorted(set(", ".join(named).split(", ")) - {""}))


def changes_of(
    results: Results,
    election: str,
    question: Question,
    *,
    baseline: str | None = None,
    treated: Iterable[str] | None = None,
    without: Iterable[str] = (),
) -> ChangeTable:
    """Join the counts of two elections and say who is treated and who is compared with.

    Of the question, outcome, vintage and comparison are used. ``baseline`` and ``treated`` override
    the plan, for placebos and the reversal; the codes ``without`` are left out of the comparison
    group. A treated municipality without counts at one of the elections is left out; refused where
    none is left, where the outcome is unknown in the vintage, or where too few are left to compare
    with. The table is kept for the next question: its frame is not to be changed.
    """
    plan = results.counted_plan
    if treated is None:
        plan.check_comparison(election)
    codes = plan.treated(election) if treated is None else tuple(treated)
    if not codes:
        raise EstimationError(
            "no municipality voted with the new ballot", unit=election, rule="treated >= 1"
        )
    base = baseline or baseline_of(plan, election)
    plan.election(base)
    asked = Question(question.outcome, vintage=question.vintage, comparison=question.comparison)
    return _changes(results, election, base, codes, asked, frozenset(without))


# Estimands of learning, placebos and borrowed variances ask for the same few tables many times.
@lru_cache(maxsize=64)
def _changes(
    results: Results,
    election: str,
    base: str,
    codes: tuple[str, ...],
    asked: Question,
    without: frozenset[str],
) -> ChangeTable:
    plan, outcome, vintage = results.counted_plan, asked.outcome, asked.vintage
    both = _joined(results, election, base, outcome, vintage)
    left_out = uncounted(results, plan, election, outcome, vintage, baseline=base, treated=codes)
    _check_treated(left_out, codes, election)
    listed = both["municipality_code"]
    # Turnout above 100% is real where visitors vote with a voter's pass, but it has no
    # binomial variance.
    possible = (both["count_before"] <= both["ballots_before"]) & (
        both["count_after"] <= both["ballots_after"]
    )
    own = possible & _among(listed, codes)
    possible &= own | ~_among(listed, without)
    near, provinces = None, None
    if asked.comparison == "nearest":
        near = characteristics(results, outcome, base, codes)
    elif asked.comparison == "province":
        about = results.table("covariates")
        places = (about[name].tolist() for name in ("municipality_code", "province"))
        provinces = dict(zip(*places, strict=True))
    units = {
        "municipality_code": listed,
        "municipality": both["municipality"],
        "ballots": both["ballots_after"],
        "treated": own,
    }
    group = comparison_group(
        asked.comparison,
        {name: column[possible] for name, column in units.items()},
        election,
        characteristics=near,
        provinces=provinces,
        design=plan,
    )
    chosen = _among(listed, group.codes)
    label = np.select(
        [own, chosen, (both["plan_group"] != "comparison") | ~possible],
        ["treated", "comparison", "excluded"],
        default="other",
    )
    why = [group.excluded.get(code, "left out of this analysis") for code in listed.tolist()]
    columns = {name: both[name] for name in ("municipality_code", "municipality")}
    columns |= {"group": label, "plan_group": both["plan_group"]}
    columns |= {"reason": np.where(own | chosen, "", why), **both}
    return ChangeTable(columns, election, base, outcome, group, left_out)


def _check_treated(left_out: pd.DataFrame, codes: Sequence[str], election: str) -> None:
    """Refuse, in one line, where none of the treated municipalities is left."""
    if left_out["group"].tolist().count("treated") == len(codes):
        treated = left_out[left_out["group"] == "treated"]
        based = (treated["reason"] != "no_baseline").all()
        raise EstimationError(
            "no municipality with the new ballot can be compared" + left_out_reasons(treated),
            unit=election,
            rule="treated >= 1" if based else "treated has a baseline",
        )


def known_counts(results: Results, election: str, outcome: str, vintage: str) -> pd.DataFrame:
    """Return :func:`counted_at` an election; refused where the outcome is known nowhere."""
    here = counted_at(results, election, outcome, vintage)
    if here.empty:
        what = "counts" if vintage == "best" else f"{vintage} counts"
        raise EstimationError(
            f"no {what} of the outcome {outcome!r} are known per municipality",
            unit=election,
            rule="outcome known in this vintage",
        )
    return here


# Every rule, scale and weighting starts from the same counts.
@lru_cache(maxsize=32)
def _joined(results: Results, election: str, base: str, outcome: str, vintage: str) -> Columns:
    """Put both elections side by side, with what the plan says of every municipality.

    The baseline is taken in the best vintage there is: a first count is read on election night,
    when the official count of the election before has long been public. Both vintages stand in
    the table, so that the pair is told as what it is.
    """
    aligned = same_division(results, (base, election))
    after = known_counts(aligned, election, outcome, vintage)
    before = known_counts(aligned, base, outcome, "best")
    both = sorted({*before.index} & {*after.index})
    groups = groups_of(results.counted_plan, election, tuple(both))
    then, now = (each.index.get_indexer(pd.Index(both)) for each in (before, after))
    sides = (("before", before, then), ("after", after, now))
    made = {
        "municipality_code": np.array(both, dtype=object),
        "municipality": after["municipality"].to_numpy()[now],
        "plan_group": np.array(list(groups.values()), dtype=object),
    }
    for when, here, at in sides:
        made[f"count_{when}"] = here["count"].to_numpy()[at]
        made[f"ballots_{when}"] = here["total"].to_numpy()[at]
    made |= {f"share_{when}": here["share"].to_numpy()[at] for when, here, at in sides}
    made["change"] = made["share_after"] - made["share_before"]
    for name in ("vintage", "source"):
        made[name] = after[name].to_numpy()[now]
        made[f"baseline_{name}"] = before[name].to_numpy()[then]
    return made


def _among(codes: NDArray[Any], some: Iterable[str]) -> Flags:
    wanted = set(some)
    return np.array([code in wanted for code in codes.tolist()], dtype=np.bool_)
