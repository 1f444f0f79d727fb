"""Who can be compared with an earlier election, in one municipal division, and who cannot.

Every analysis that needs a baseline asks here which municipalities lack one, so that all leave
out the same and say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

from evaluatie.answers.statement import LEFT_OUT, nobody
from evaluatie.counts import Results
from evaluatie.counts.boundaries import comparable
from evaluatie.ground.errors import EstimationError
from evaluatie.plan import Design
from evaluatie.stats.estimates import Floats

_CARIBBEAN = ("GM9001", "GM9002", "GM9003")


def baseline_of(plan: Design, election: str) -> str:
    """Return the election that the plan compares one with.

    Raises
    ------
    EstimationError
        If it names none.
    """
    base = plan.election(election).baseline
    if base is None:
        raise EstimationError(
            "the plan has no baseline for this election", unit=election, rule="baseline"
        )
    return base


def same_division(results: Results, elections: Sequence[str]) -> Results:
    """Return the counts of these elections in the municipal division of the newest.

    Elections without rows are passed over; the vintage that was asked for is kept.
    """
    return _aligned(results, tuple(elections))


@lru_cache(maxsize=64)
def shares_of(results: Results, outcome: str, vintage: str) -> pd.DataFrame:
    """Return :meth:`Results.shares`, kept for the next question; not to be changed."""
    return results.shares(outcome, vintage)


@lru_cache(maxsize=128)
def counted_at(results: Results, election: str, outcome: str, vintage: str) -> pd.DataFrame:
    """Return the rows of :func:`shares_of` with a known share at one election.

    Index municipality code; count, total and share are floats. Kept for the next question.
    """
    shares = shares_of(results, outcome, vintage)
    known = shares["share"].notna().to_numpy() & (shares["election"].to_numpy() == election)
    here = {name: column.to_numpy()[known] for name, column in shares.items()}
    here |= {name: here[name].astype("float64") for name in ("count", "total")}
    return pd.DataFrame(here, index=pd.Index(here["municipality_code"]))


def counts_of(
    results: Results,
    elections: Sequence[str],
    codes: Sequence[str],
    outcome: str,
    vintages: Sequence[str],
) -> tuple[Floats, Floats]:
    """Return counts and totals in one division, a row a code and a column an election.

    Of each election in its own vintage; NaN where unknown.
    """
    aligned = same_division(results, elections)
    found = [
        counted_at(aligned, name, outcome, vintage).reindex(list(codes))
        for name, vintage in zip(elections, vintages, strict=True)
    ]
    count, total = (np.column_stack([here[what] for here in found]) for what in ("count", "total"))
    return count, total


# A specification curve asks for the same few pairs a hundred times.
@lru_cache(maxsize=32)
def _aligned(results: Results, elections: tuple[str, ...]) -> Results:
    codes = _codes(results)
    present = [name for name in elections if name in codes]
    if not present:
        return results
    newest = [name for name in results.elections if name in present][-1]
    done = "division" in results.rows and (results.rows["division"] == newest).all()
    some = results.where(present)
    if done or _no_change([codes[name] for name in present]):
        return some
    mergers, existing = (results.table(name) for name in ("mergers", "municipality_codes"))
    rows = comparable(some.rows, mergers, existing, results.counted_plan)
    return Results(rows, results.vintage, results.plan, results.data)


@lru_cache(maxsize=16)
def _codes(results: Results) -> Mapping[str, set[str]]:
    """Return the codes of the municipalities that have rows, by election."""
    found: dict[str, set[str]] = {}
    both = (results.rows[name].tolist() for name in ("election", "municipality_code"))
    for election, code in zip(*both, strict=True):
        found.setdefault(election, set()).add(code)
    return found


def _no_change(codes: list[set[str]]) -> bool:
    """Whether the same municipalities have rows throughout, so that none merged.

    A merger ends at least one code. The public bodies of the Caribbean Netherlands never took
    part in one.
    """
    first, *others = codes
    return all((first ^ each) <= set(_CARIBBEAN) for each in others)


def uncounted(
    results: Results,
    plan: Design,
    election: str,
    outcome: str,
    vintage: str,
    *,
    baseline: str | None = None,
    treated: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Say which municipalities lack the counts that a change needs.

    Parameters
    ----------
    vintage
        Of the counts at the election; the baseline may be of any.
    baseline, treated
        Stand in for those of the plan.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`evaluatie.answers.answer.LEFT_OUT`, the treated first, then those that the
        plan would compare with; by name. Empty where the plan has no baseline, and where
        nothing at all is known at one of the two: then no municipality differs from another.
    """
    codes = plan.treated(election) if treated is None else tuple(treated)
    base = baseline or plan.election(election).baseline
    return (
        nobody()
        if base is None
        else _uncounted(results, plan, election, base, outcome, vintage, codes)
    )


@lru_cache(maxsize=64)
def _uncounted(
    results: Results,
    plan: Design,
    election: str,
    base: str,
    outcome: str,
    vintage: str,
    codes: tuple[str, ...],
) -> pd.DataFrame:
    aligned = same_division(results, (base, election))
    after = counted_at(aligned, election, outcome, vintage)
    before = counted_at(aligned, base, outcome, "best")
    if after.empty or before.empty:
        return nobody()
    now, then = (dict(zip(each.index, each["share"], strict=True)) for each in (after, before))
    missing = []
    for code in dict.fromkeys([*codes, *now, *then]):
        if code not in now:
            reason = "no_counts"
        elif code not in then:
            reason = "no_baseline"
        elif max(now[code], then[code]) > 1:
            reason = "more_than_all"
        else:
            continue
        group = "treated" if code in codes else plan.group(code, election)
        if group in ("treated", "comparison"):
            missing.append((code, group, reason))
    if not missing:
        return nobody()
    called = (aligned.rows[name].tolist() for name in ("municipality_code", "municipality"))
    names = dict(zip(*called, strict=True)) | dict(plan.municipalities)
    rows = [
        (election, base, code, names.get(code, code), group, reason)
        for code, group, reason in missing
    ]
    rows.sort(key=lambda row: (row[4] != "treated", row[3]))
    return pd.DataFrame(rows, columns=list(LEFT_OUT), dtype="object")
