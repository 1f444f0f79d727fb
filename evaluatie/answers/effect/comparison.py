"""Comparison groups as named rules, and how alike they are to the treated.

=============  ================================================================================
rule           who
=============  ================================================================================
``all``        every municipality that voted with the usual ballot at both elections
``size``       those with ballots between half the smallest and twice the largest treated one
``nearest``    the :data:`NEAREST` nearest to each treated one by Mahalanobis distance on
               earlier shares, density, education and age (Rubin 1980, Biometrics 36)
``province``   those in the provinces of the treated
``list``       the user's own, by name or code
=============  ================================================================================

No rule ever takes a municipality that has met the new ballot, or one that the plan leaves out.
Matching on the share at the baseline selects municipalities that were high or low by chance
too, and these move back towards the mean: the matched groups are a check, not the main answer.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.answers.baselines import counted_at
from evaluatie.counts import Results
from evaluatie.counts.names import pick
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import COMPARISONS, Design, load_design

NEAREST = 10
"""Municipalities taken per treated one under ``nearest``."""


@dataclass(frozen=True, eq=False)
class ComparisonGroup:
    """Who is compared with (codes, sorted), by which rule, and who was kept out why, by code."""

    codes: tuple[str, ...]
    rule: str
    excluded: Mapping[str, str]


def comparison_group(
    rule: str | Sequence[str],
    units: pd.DataFrame | Mapping[str, NDArray[Any]],
    election: str,
    *,
    characteristics: pd.DataFrame | None = None,
    provinces: Mapping[str, str] | None = None,
    design: Design | None = None,
) -> ComparisonGroup:
    """Choose the comparison group of an election by a rule.

    ``rule`` is one of :data:`evaluatie.plan.COMPARISONS`, or names or codes. ``units`` has a row
    per municipality with counts at both elections: municipality_code, municipality, ballots (at
    ``election``, at which the plan's exclusions apply), treated. ``nearest`` needs characteristics,
    index municipality code (a candidate with an unknown one is left out), and ``province`` needs
    the province by code.

    Refused if no unit is treated, if fewer than two are left, if the user's list holds a
    municipality that has met the new ballot or that the plan leaves out, or if what the rule needs
    is unknown for a treated municipality.
    """
    plan = design or load_design()
    columns = ("municipality_code", "municipality", "ballots", "treated")
    rows = sorted(zip(*(units[name].tolist() for name in columns), strict=True))
    own = {code: ballots for code, _, ballots, treated in rows if treated}
    if not own:
        raise EstimationError("no treated municipality", unit=election, rule="treated >= 1")
    others = {code: ballots for code, _, ballots, _ in rows if code not in own}
    excluded = {
        code: plan.excluded(code, election) or "has met the new ballot"
        for code, group in groups_of(plan, election, tuple(code for code, *_ in rows)).items()
        if code not in own and group != "comparison"
    }
    treated, candidates = list(own), [code for code in others if code not in excluded]
    match rule:
        case "all":
            chosen = candidates
        case "size":
            low, high = 0.5 * min(own.values()), 2 * max(own.values())
            chosen = [code for code in candidates if low <= others[code] <= high]
        case "nearest":
            near = nearest(treated, candidates, characteristics, NEAREST)
            chosen = sorted({code for codes in near.values() for code in codes})
        case "province":
            chosen = _same_province(treated, candidates, provinces)
        case str():
            raise UnknownNameError.of("comparison", rule, COMPARISONS)
        case _:
            among = [(code, name) for code, name, _, _ in rows]
            chosen = _listed(rule, among, excluded, own)
    name = rule if isinstance(rule, str) else "list"
    if len(chosen) < 2:
        raise EstimationError(
            f"too few comparison municipalities under the rule {name!r}"
            if isinstance(rule, str)
            else "too few comparison municipalities are named",
            unit=election,
            rule="comparison >= 2",
            value=len(chosen),
            expected="at least 2",
        )
    passed_over = set(candidates) - set(chosen)
    return ComparisonGroup(
        codes=tuple(sorted(chosen)),
        rule=name,
        excluded={**excluded, **dict.fromkeys(sorted(passed_over), f"not taken by rule {name}")},
    )


@lru_cache(maxsize=32)
def groups_of(plan: Design, election: str, codes: tuple[str, ...]) -> Mapping[str, str]:
    """Return the group of each municipality in the plan."""
    return {code: plan.group(code, election) for code in codes}


def nearest(
    treated: list[str], candidates: list[str], characteristics: pd.DataFrame | None, k: int
) -> dict[str, list[str]]:
    """Return the ``k`` nearest candidates of every treated municipality, nearest first.

    Distances are Mahalanobis distances with the covariance over treated and candidates
    together; ties go to the lower code.
    """
    if characteristics is None:
        raise EstimationError("matching needs characteristics", rule="characteristics given")
    own = characteristics.reindex(treated).astype("float64")
    unknown = own.isna().any(axis=1)
    if unknown.any():
        raise EstimationError(
            "a treated municipality has no characteristics to match on",
            unit=str(own.index[unknown][0]),
            rule="known characteristics",
            value=", ".join(own.columns[own.isna().any()]),
        )
    others = characteristics.reindex(candidates).astype("float64").dropna()
    if len(others) < 2:
        raise EstimationError(
            "too few candidates with known characteristics",
            rule="known characteristics",
            value=len(others),
        )
    everyone = np.vstack([own.to_numpy(), others.to_numpy()])
    spread = everyone.std(axis=0)
    # On the correlation scale, because densities and shares differ by six powers of ten.
    scale = np.where(spread > 0, spread, 1.0)
    inverse = np.linalg.pinv(np.atleast_2d(np.cov(everyone / scale, rowvar=False)))
    found = {}
    for code, values in zip(own.index, own.to_numpy(), strict=True):
        away = (others.to_numpy() - values) / scale
        distance = np.einsum("ij,jk,ik->i", away, inverse, away)
        order = np.argsort(np.round(distance, 12), kind="stable")[:k]
        found[str(code)] = [str(others.index[i]) for i in order]
    return found


def characteristics(
    results: Results, outcome: str, base: str, units: Iterable[str]
) -> pd.DataFrame:
    """Return what municipalities are matched on, index municipality code.

    The outcome's share at the baseline and at the latest election before it at which all
    treated municipalities have counts (fractions), the share with higher education, the
    logarithm of inhabitants per square kilometre, and the share aged 65 and over.
    """
    plan = results.counted_plan

    def share(election: str) -> pd.Series[float]:
        return counted_at(results, election, outcome, "best")["share"]

    # Treated municipalities without counts at the baseline itself are dealt with elsewhere.
    needed, until = set(units) & set(share(base).index), plan.election(base).date
    earlier = [name for name, each in plan.elections.items() if each.date < until]
    latest = next((name for name in reversed(earlier) if needed <= set(share(name).index)), base)
    about = results.table("covariates").set_index("municipality_code")
    names = ("higher_education", "density", "age_65_plus", "population")
    educated, density, aged, population = (about[name].astype("float64") for name in names)
    columns: dict[str, Any] = {f"share_{name}": share(name) for name in (base, latest)}
    columns |= {"higher_education": educated, "log_density": np.log(density)}
    return pd.DataFrame(columns | {"aged_65_plus": aged / population})


def balance(frame: pd.DataFrame, numbers: pd.DataFrame) -> pd.DataFrame:
    """Say how alike the comparison group is to the treated, before and after its choice.

    ``frame`` has municipality_code and group (``other`` for candidates that the rule did not take).
    Returned is a row per characteristic: variable, treated, before, after (means of the treated, of
    all candidates, of the comparison group), std_diff_before, std_diff_after (difference from the
    treated in standard deviations of the candidates).
    """
    values = numbers.astype("float64").reindex(frame["municipality_code"])
    group = frame["group"].to_numpy()
    before = values[(group == "comparison") | (group == "other")]
    means = {
        "treated": values[group == "treated"].mean(),
        "before": before.mean(),
        "after": values[group == "comparison"].mean(),
    }
    spread = before.std().replace(0.0, np.nan)
    return pd.DataFrame(
        {
            "variable": values.columns,
            **{name: mean.to_numpy() for name, mean in means.items()},
            "std_diff_before": ((means["treated"] - means["before"]) / spread).to_numpy(),
            "std_diff_after": ((means["treated"] - means["after"]) / spread).to_numpy(),
        }
    )


def _same_province(
    treated: list[str], candidates: list[str], provinces: Mapping[str, str] | None
) -> list[str]:
    if provinces is None:
        raise EstimationError("the rule needs provinces", rule="provinces given")
    lacking = [code for code in treated if code not in provinces]
    if lacking:
        raise EstimationError(
            "the province of a treated municipality is unknown",
            unit=str(lacking[0]),
            rule="known province",
        )
    wanted = {provinces[code] for code in treated}
    return [code for code in candidates if provinces.get(code) in wanted]


def _listed(
    names: Sequence[str],
    among: Sequence[tuple[str, str]],
    excluded: Mapping[str, str],
    treated: Container[str],
) -> list[str]:
    chosen = []
    for name in names:
        code = pick(str(name), among)
        if code in treated or code in excluded:
            raise EstimationError(
                "this municipality cannot be compared with: "
                + ("it is treated itself" if code in treated else excluded[code]),
                unit=str(name),
                rule="comparison outside the experiment",
            )
        chosen.append(code)
    return list(dict.fromkeys(chosen))
