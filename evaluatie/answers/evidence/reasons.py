"""Why ballots were invalid: from counts per reason where these are in, else from print."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.columns import names_of
from evaluatie.answers.evidence import show
from evaluatie.answers.evidence.table import COUNTED, collected, load_reasons
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results
from evaluatie.counts.partly_known import Interval, printed_interval
from evaluatie.ground.errors import EstimationError, InputError
from evaluatie.ground.formatting import short

GROUPS = ("design", "any")
"""Of the reasons for invalidity: tied to the new ballot, or possible on any."""

_MEASURES = {
    "ballots": "ballots filled in",
    "invalid": "invalid share",
    "design": "invalid for reasons tied to the new design",
    "any": "share of invalid ballots with errors that also occur on the old ballot",
}
_WORDS = {"more than a third": Interval(1 / 3, 1.0)}
_INVALID = [key for key, each in load_reasons().items() if each.group in GROUPS]


def reasons(results: Results, file: Path | None = None) -> Answer:
    """Compute shares of reasons: from counts where given, else from printed totals.

    Counts are those of whole municipalities and no sample, so their shares have no margin.
    With a printed share p of invalid votes and d of design-tied ones, the others are p - d of all
    votes and 1 - d / p of the invalid ones; ranges follow from the decimals that were printed.

    Parameters
    ----------
    results
        Counts, for ballots and the check of sums; and printed totals.
    file
        A table of evidence with counts of ballots per reason, beside that of ``results``.

    Returns
    -------
    Answer
        ``table``: election, basis (``counts`` or ``printed``), level (``reason``, ``group`` or
        ``valid`` for party-only marks), reason (its key; of a group its name), group,
        n_municipalities, count, share_invalid (fraction of the invalid ballots), share_ballots
        (of ballots found), the last three with ``_low`` and ``_high``: print gives only these.
        ``parts["sums"]``, where there are counts: election, municipality_code, sum over the
        reasons, invalid (as counted), agrees.

    Raises
    ------
    EstimationError
        If there are neither counts nor printed totals.
    InputError
        If printed figures contradict each other, or counts of a municipality lack a reason or
        have one twice.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.reasons(evaluatie.load())
    >>> made.table["election"].unique().tolist()
    ['TK2025']
    """
    counts, ballots, sums = _counts(collected(results, file), results)
    saved = rules(results, file).statements if counts else ()
    made = [row for election, own in counts.items() for row in _counted(election, own, ballots)]
    figures = results.table("published_figures")
    figures = figures[figures["scope"].str.startswith("experiment")]
    for election in results.counted_plan.new_ballot:
        if election not in counts:
            own = figures[figures["election"] == election].drop_duplicates("measure")
            n = len(results.counted_plan.treated(election))
            head = {"election": election, "basis": "printed", "n_municipalities": n}
            made += [head | row for row in _printed(own.set_index("measure"))]
    if not made:
        raise EstimationError(
            "neither counts of reasons nor printed totals of them",
            rule="reasons known",
            expected="a filled-in table: evaluatie evidence --template FILE",
        )
    table = pd.DataFrame(made).reindex(columns=names_of(show.REASONS))
    printed = bool((table["basis"] == "printed").any())
    return Answer(
        table=table,
        columns=show.REASONS,
        statements=(*_said(table, sums), *saved),
        assumptions=("reasons-list", "same-marks") * bool(counts)
        + ("printed-precision",) * printed,
        sources=("published-figures",) * printed,
        parts={"sums": sums},
        draw=show.draw,
    )


def rules(results: Results, file: Path | None = None) -> Answer:
    """Recount the invalid votes under three rules, everything else as it was counted.

    ``as_held``: the rules of the experiment. ``nonexistent_counts``: a number that is not on the
    chosen list counts as a vote for the list. ``party_only_invalid``: a party without a number is
    invalid, as the law has it outside the experiment. In the table (:data:`show.RULES`) shares are
    missing where ballots are not known. Refused without counts per reason, for totals do not say
    how often a number did not exist; other errors as :func:`reasons`.
    """
    counts, ballots, _ = _counts(collected(results, file), results)
    if not counts:
        raise EstimationError(
            "printed totals do not say how often a number did not exist; give counts per reason",
            rule="reasons known",
            expected="a filled-in table: evaluatie evidence --template FILE",
        )
    made: list[dict[str, Any]] = []
    for election, own in counts.items():
        sums, total = own.sum().astype("int64"), _total(own, election, ballots)
        held, saved, kept = sums[_INVALID].sum(), sums["nonexistent_number"], sums["party_only"]
        changes = {"as_held": 0, "nonexistent_counts": -saved, "party_only_invalid": kept}
        made += [
            {
                "election": election,
                "rule": rule,
                "n_municipalities": len(own),
                "ballots": total,
                "invalid": held + change,
                "share": (held + change) / total if total else None,
                "change": change,
                "share_change": change / total if total else None,
            }
            for rule, change in changes.items()
        ]
        # Of the latest election: what each rule would have done.
        words = {"election": short(election), "invalid": held, "saved": saved, "kept": kept}
    return Answer(
        table=pd.DataFrame(made),
        columns=show.RULES,
        statements=(Statement("evidence.rules", words),),
        assumptions=("reasons-list", "same-marks"),
    )


def _counts(
    rows: pd.DataFrame, results: Results
) -> tuple[dict[str, pd.DataFrame], pd.Series[Any], pd.DataFrame]:
    """Return municipalities x reasons by election, ballots found, and sums beside invalid votes."""
    own = rows[(rows["subject"] == "reasons") & (rows["unit"] == COUNTED)]
    key = ["election", "group", "measure"]
    for twice in own.loc[own.duplicated(key), key].itertuples(index=False, name=None):
        raise InputError("two rows count one reason", unit=", ".join(twice), rule="one count")
    wide = own.pivot(index=key[:2], columns="measure", values="value")
    wide = wide.reindex(columns=list(load_reasons()))
    for place, lacking in zip(wide.index, wide.isna().to_numpy(), strict=True):
        for reason in wide.columns[lacking][:1]:
            raise InputError(
                f"the count of {reason!r} is not filled in",
                unit=", ".join(place),
                rule="every reason counted",
                expected="0 where there were none",
            )
    frame = results.frame.set_index(["election", "municipality_code"])
    wide.index.names = list(frame.index.names)
    sums = wide[_INVALID].sum(axis=1).astype("int64").to_frame("sum")
    sums = sums.join(frame["invalid"]).reset_index() if len(sums) else pd.DataFrame()
    if len(sums):
        sums["agrees"] = (sums["sum"] == sums["invalid"]).fillna(False)
    plan = [name for name in results.plan.elections if name in wide.index.get_level_values(0)]
    by_election = wide.groupby(level=0)
    counts = {name: by_election.get_group(name).droplevel(0) for name in plan}
    return counts, frame["ballots"], sums


def _total(own: pd.DataFrame, election: str, ballots: pd.Series[Any]) -> int | None:
    """Add up the ballots of some municipalities; None where one of them is not known."""
    found = ballots.reindex(pd.MultiIndex.from_product([[election], own.index]))
    return None if found.isna().any() else int(found.sum())


def _counted(election: str, own: pd.DataFrame, ballots: pd.Series[Any]) -> Iterator[dict[str, Any]]:
    known, sums, total = load_reasons(), own.sum(), _total(own, election, ballots)
    invalid = float(sums[_INVALID].sum())
    of_group = sums.groupby({key: each.group for key, each in known.items()}).sum()
    listed = [("group", name, name, of_group[name]) for name in GROUPS]
    listed += [
        ("reason" if each.group in GROUPS else "valid", key, each.group, sums[key])
        for key, each in known.items()
    ]
    for level, reason, group, count in listed:
        values = {
            "count": int(count),
            "share_invalid": count / invalid if invalid and level != "valid" else math.nan,
            "share_ballots": count / total if total else math.nan,
        }
        yield {
            "election": election,
            "basis": "counts",
            "level": level,
            "reason": reason,
            "group": group,
            "n_municipalities": len(own),
            **{f"{name}{end}": x for name, x in values.items() for end in ("", "_low", "_high")},
        }


def _printed(figures: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Turn the printed totals of an election into ranges; nothing where they are not printed."""
    found: dict[str, Any] = {
        name: figures.loc[text] for name, text in _MEASURES.items() if text in figures.index
    }
    if not {"invalid", "design"} <= set(found):
        return
    invalid, design = (
        printed_interval(float(found[name]["value"]), int(found[name]["decimals"]), unit=0.01)
        for name in ("invalid", "design")
    )
    tied = Interval(design.low / invalid.high, min(1.0, design.high / invalid.low))
    words = _WORDS.get(str(found["any"]["value"])) if "any" in found else None
    if words is not None:
        low, high = max(tied.low, 1 - words.high), min(tied.high, 1 - words.low)
        if low > high:
            ids = ", ".join(str(figure["id"]) for figure in found.values())
            raise InputError(
                "printed figures contradict each other", unit=ids, rule="design + other = invalid"
            )
        tied = Interval(low, high)
    other = Interval(max(0.0, invalid.low - design.high), invalid.high - design.low)
    ballots = float(found["ballots"]["value"]) if "ballots" in found else math.nan
    rest = Interval(1 - tied.high, 1 - tied.low)
    for name, of_all, of_invalid in (("design", design, tied), ("any", other, rest)):
        low, high = of_all.low * ballots, of_all.high * ballots
        yield {
            "level": "group",
            "reason": name,
            "group": name,
            # Whole numbers that the shares leave possible.
            "count_low": None if math.isnan(low) else math.ceil(low - 1e-9),
            "count_high": None if math.isnan(high) else math.floor(high + 1e-9),
            "share_invalid_low": of_invalid.low,
            "share_invalid_high": of_invalid.high,
            "share_ballots_low": of_all.low,
            "share_ballots_high": of_all.high,
        }


def _said(table: pd.DataFrame, sums: pd.DataFrame) -> Iterator[Statement]:
    for election, rows in table.groupby("election", sort=False):
        groups = rows[rows["level"] == "group"].set_index("reason")
        design, basis = groups.loc["design"], rows["basis"].iloc[0]
        words = {**design, "election": short(str(election))}
        yield Statement("evidence.printed" if basis == "printed" else "evidence.counted", words)
        if basis == "printed":
            yield Statement("evidence.bound", words)
    if len(sums) and not sums["agrees"].all():
        yield Statement("evidence.sums_differ", {"n": int((~sums["agrees"]).sum())})
