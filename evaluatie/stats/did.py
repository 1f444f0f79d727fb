r"""Difference in differences on a long table: units and times of anybody's.

Every unit is collapsed to one change, from the times before treatment to those with it
(Bertrand, Duflo and Mullainathan 2004), so that no number of periods makes few units look like
many. The changes of treated and comparison units are then compared by the tests of this room.

References
----------
Bertrand, M., Duflo, E. and Mullainathan, S. (2004). How much should we trust
differences-in-differences estimates? Quarterly Journal of Economics 119, 249-275.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.stats.changes import change_in_share, weighted_t
from evaluatie.stats.checks import refuse
from evaluatie.stats.cluster import MINIMUM_TREATED, crv1
from evaluatie.stats.estimates import Estimate
from evaluatie.stats.few_treated import conley_taber, lee_wooldridge
from evaluatie.stats.randomization import randomization_test

_SHOWN = {"std_error": "std. error", "conf_low": "low", "conf_high": "high", "p_value": "p"}


@dataclass(frozen=True, eq=False, repr=False)
class DifferenceInDifferences:
    """What treatment did, by several methods.

    Attributes
    ----------
    table
        One row a method: method, estimate, std_error, conf_low, conf_high, p_value, df,
        n_treated, n_comparison. Of a share, fractions: 0.01 is one percentage point.
    changes
        One row a unit: unit, treated, before, after, change; of a share also the counts and
        totals it is made of.
    left_out
        Units that are not known both before and after.
    alpha
        One minus the confidence level.
    before, after
        Times before and with treatment.
    seed
        Of the randomization test.
    """

    table: pd.DataFrame
    changes: pd.DataFrame
    left_out: tuple[Any, ...]
    alpha: float
    before: tuple[Any, ...]
    after: tuple[Any, ...]
    seed: int

    def summary(self) -> str:
        """Return text: who is compared, when, and a line a method."""
        first = self.table.iloc[0]
        level = f"{100 * (1 - self.alpha):g}%"
        lines = [
            "Difference in differences",
            f"{first['n_treated']} treated and {first['n_comparison']} comparison units; "
            f"before: {_times(self.before)}, after: {_times(self.after)}",
        ]
        if self.left_out:
            lines.append(f"not known both before and after: {len(self.left_out)} units")
        shown = self._printed().to_string(index=False)
        return "\n".join([*lines, "", shown, "", f"low and high: {level} interval"])

    def to_latex(self) -> str:
        """Return the lines of :meth:`summary` as a LaTeX table (package ``booktabs``)."""
        frame = self._printed()
        body = [" & ".join(map(str, row)) + r" \\" for row in frame.itertuples(index=False)]
        head = " & ".join(map(str, frame.columns)) + r" \\"
        rules = [r"\toprule", head, r"\midrule", *body, r"\bottomrule"]
        lines = [r"\begin{tabular}{l" + "r" * (frame.shape[1] - 1) + "}", *rules, r"\end{tabular}"]
        return "\n".join(lines).replace("%", r"\%").replace("<", "$<$") + "\n"

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        head = "<br>".join(self.summary().split("\n\n")[0].split("\n"))
        return f"<p>{head}</p>\n{self._printed().to_html(index=False, border=0)}"

    def _printed(self) -> pd.DataFrame:
        numbers = self.table[["estimate", *_SHOWN]]
        size = float(numbers["estimate"].abs().max())
        decimals = int(np.clip(3 - np.floor(np.log10(size)), 2, 8)) if size else 4
        made = numbers.map(lambda value: "" if pd.isna(value) else f"{value:.{decimals}f}")
        made["p_value"] = [
            "" if pd.isna(p) else "< 0.0001" if p < 1e-4 else f"{p:.4f}" for p in numbers["p_value"]
        ]
        return made.rename(columns=_SHOWN).assign(method=self.table["method"])[
            ["method", "estimate", *_SHOWN.values()]
        ]


def did(
    frame: pd.DataFrame,
    *,
    unit: str,
    time: str,
    outcome: str,
    treated: str,
    total: str | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> DifferenceInDifferences:
    """Estimate the effect of treatment that begins at one time in some units.

    Parameters
    ----------
    frame
        Long: one row per unit and time.
    unit, time
        Columns that say which; times must have an order.
    outcome
        Column with a number; or, with ``total``, with a count.
    treated
        Column that holds 0 and 1 (or false and true): whether the unit was treated at that
        time. With two times it may also say whether the unit belongs to the treated.
    total
        Column with what ``outcome`` is a part of, such as ballots: shares are compared, every
        unit counting by its total after treatment. Without it every unit counts once.
    alpha
        One minus the confidence level.
    seed
        Of the randomization test, where assignments are drawn.

    Returns
    -------
    DifferenceInDifferences
        First the t test (of shares :func:`~evaluatie.stats.changes.weighted_t`, of numbers
        :func:`~evaluatie.stats.few_treated.lee_wooldridge`), then randomization inference,
        Conley-Taber and, from ten treated units on, cluster-robust errors (CRV1).

    Raises
    ------
    EstimationError
        For a column that is not there, a unit that stands twice at one time, treatment that
        begins at different times or ends again, and as the tests do.

    Examples
    --------
    >>> import pandas as pd
    >>> from evaluatie import stats
    >>> frame = pd.DataFrame({
    ...     "place": list("aabbccddee"), "year": [1, 2] * 5,
    ...     "score": [1, 4.0, 2, 5.5, 3, 3.5, 1, 2, 2, 2.5], "new": [0, 1] * 2 + [0, 0] * 3,
    ... })
    >>> made = stats.did(frame, unit="place", time="year", outcome="score", treated="new")
    >>> round(made.table["estimate"][0], 3)
    np.float64(2.583)
    """
    needed = {"unit": unit, "time": time, "outcome": outcome, "treated": treated}
    needed |= {} if total is None else {"total": total}
    for name in needed.values():
        if name not in frame:
            raise refuse(
                f"the table has no column {name!r}",
                rule="columns",
                expected=", ".join(map(str, frame)),
            )
    rows = frame[list(needed.values())].set_axis(list(needed), axis=1)
    twice = rows.duplicated(["unit", "time"])
    if twice.any():
        found = rows[twice].iloc[0]
        raise refuse(
            "a unit stands twice at one time", rule="unique", value=(found["unit"], found["time"])
        )
    numbers = ["outcome", "treated", *(["total"] if total else [])]
    rows = rows.astype(dict.fromkeys(numbers, "float64")).dropna()
    before, after, flags = _when(rows)
    changes, left_out = _changes(rows, before, after, flags)
    assigned = changes["treated"].to_numpy(bool)
    if total is None:
        change, weights = changes["change"].to_numpy("float64"), None
        first = lee_wooldridge(change, assigned, alpha=alpha)
    else:
        counted = ("count_before", "total_before", "count_after", "total_after")
        x0, n0, x1, n1 = (changes[name].to_numpy("float64") for name in counted)
        made = change_in_share(x0, n0, x1, n1, ~assigned)
        change, weights = made.change, n1
        first = weighted_t(
            change,
            made.sampling_variance,
            assigned,
            weights="voters",
            ballots=n1,
            variance_slope=made.variance_slope,
            alpha=alpha,
        )
    estimates = [
        first,
        randomization_test(change, assigned, weights=weights, alpha=alpha, seed=seed).result,
        conley_taber(change, assigned, weights=weights, alpha=alpha, seed=seed),
    ]
    if assigned.sum() >= MINIMUM_TREATED:
        estimates.append(crv1(change, assigned, weights, alpha=alpha))
    return DifferenceInDifferences(
        _table(estimates), changes, left_out, alpha, tuple(before), tuple(after), seed
    )


def _when(rows: pd.DataFrame) -> tuple[list[Any], list[Any], pd.Series[bool]]:
    """Return the times before and after, and of every unit whether it is treated."""
    if not rows["treated"].isin((0, 1)).all():
        raise refuse("treated must hold only 0 and 1", rule="boolean treated")
    times = sorted(rows["time"].unique())
    written = all(isinstance(each, str) and each.isdecimal() for each in times)
    if written and times != sorted(times, key=int):
        raise refuse(
            "times are numbers as text, which do not stand in their order",
            rule="order of times",
            value=", ".join(times),
        )
    ever = rows.groupby("unit")["treated"].max() == 1
    own = rows[rows["unit"].map(ever).astype(bool)]
    constant = len(times) == 2 and bool((own["treated"] == 1).all())
    starts = times[-1] if constant else own.loc[own["treated"] == 1, "time"].min()
    if not constant and ((own["time"] >= starts) != (own["treated"] == 1)).any():
        raise refuse(
            "treatment begins at different times, or ends again: one change a unit cannot hold "
            "that",
            rule="one beginning",
        )
    before = [each for each in times if each < starts] if len(own) else times[:-1]
    if not before:
        raise refuse("nobody is known before treatment", rule="before")
    return before, [each for each in times if each not in before], ever


def _changes(
    rows: pd.DataFrame, before: list[Any], after: list[Any], flags: pd.Series[bool]
) -> tuple[pd.DataFrame, tuple[Any, ...]]:
    """One row a unit: its mean before and after, of shares the pooled one."""
    is_share = "total" in rows
    sides = {}
    for name, some in (("before", before), ("after", after)):
        part = rows[rows["time"].isin(some)].groupby("unit")
        if is_share:
            sums = part[["outcome", "total"]].sum()
            sides[name] = sums["outcome"] / sums["total"]
            sides[f"count_{name}"], sides[f"total_{name}"] = sums["outcome"], sums["total"]
        else:
            sides[name] = part["outcome"].mean()
    made = pd.DataFrame({"treated": flags, **sides})
    whole = made.dropna()
    out = tuple(made.index.difference(whole.index))
    made = whole.assign(treated=whole["treated"].astype(bool))
    made.insert(3, "change", made["after"] - made["before"])
    return made.rename_axis("unit").reset_index(), out


def _table(estimates: list[Estimate]) -> pd.DataFrame:
    columns = ["method", "estimate", "std_error", "conf_low", "conf_high", "p_value", "df"]
    columns += ["n_treated", "n_comparison"]
    return pd.DataFrame([{name: getattr(each, name) for name in columns} for each in estimates])


def _times(times: tuple[Any, ...]) -> str:
    return str(times[0]) if len(times) == 1 else f"{times[0]} to {times[-1]}"
