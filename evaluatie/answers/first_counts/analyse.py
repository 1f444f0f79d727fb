"""First counts beside official ones: sums, municipalities, effects, and what to expect."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.columns import names_of
from evaluatie.answers.effect.methods import estimate_rows
from evaluatie.answers.effect.problem import Problem
from evaluatie.answers.first_counts import show
from evaluatie.answers.first_counts.pairs import (
    OUTCOMES,
    Row,
    changes,
    counted_twice,
    elections_counted,
    named,
)
from evaluatie.answers.first_counts.statements import statements
from evaluatie.answers.statement import in_lines
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.tables import Column
from evaluatie.plan import Question
from evaluatie.stats.estimates import Floats
from evaluatie.stats.ratio_prediction import predict_ratio

_GROUPS = ("experiment", "rest")


def first_counts(
    results: Results, election: str | Sequence[str] | None = None, *, alpha: float | None = None
) -> Answer:
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
    election
        Some of those with the new ballot; by default all that were counted twice.
    alpha
        One minus the level of intervals, by default that of the plan.

    Returns
    -------
    Answer
        ``table`` has a row per election × outcome × group (``experiment``: with the new
        ballot; ``rest``: all other municipalities) × ``suspect`` (``included``, and where
        there are any ``left out``): sums of votes, ``added`` = official − first, ``change`` =
        official / first − 1 (a fraction), shares as fractions of the ballots of each count.

        ``parts``: ``municipalities``, every municipality with the new ballot, and those
        elsewhere that are suspect or reported nothing (``status`` is ``counted``, a rule of
        :data:`~evaluatie.answers.first_counts.pairs.SUSPECT`, ``not-reported`` or
        ``no-first-count``). ``effects``, the effect of the ballot on each ``count``: ``first``,
        ``first_without`` (without suspects), ``same`` (official, of the municipalities of
        ``first``) or ``official`` (of all). ``expected``, by how much the official count of a
        next election may differ from its first count: changes as fractions of the first count
        with a prediction interval; ``predicts`` is ``next``, or an election that was predicted
        from those before it, and ``came`` what it came to. ``names`` of elections in words;
        ``lines``, the sentence in single statements.

    Raises
    ------
    UnknownNameError
        For an election without the new ballot.
    EstimationError
        If no election has both counts of any municipality with the new ballot.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.first_counts(evaluatie.load(["TK2023", "TK2025"]))
    >>> made.table["election"].unique().tolist()
    ['TK2025']
    """
    known = elections_counted(results)
    wanted = [election] if isinstance(election, str) else election or known
    for name in wanted:
        if name not in known:
            raise UnknownNameError.of("election with the new ballot", name, known)
    pairs = counted_twice(results, [name for name in known if name in wanted])
    if not pairs:
        raise EstimationError(
            "no municipality with the new ballot has a first and an official count",
            unit=", ".join(wanted),
            rule="counts",
            expected="provisional and official counts",
        )
    plan = results.counted_plan
    asked = Question.of(plan, alpha=alpha)
    elections = list(dict.fromkeys(pair["election"] for pair in pairs))
    table = _sums(pairs)
    effects = _framed(_effects(results, pairs, asked), show.EFFECTS)
    parts = {
        "municipalities": named(pairs),
        "effects": effects,
        "expected": _framed(_expected(pairs, asked.alpha), show.EXPECTED),
        "names": {
            name: {lang: plan.called(name, lang) for lang in LANGUAGES} for name in elections
        },
    }
    said = statements(table, parts)
    estimated = ("parallel-trends", "variance-model", "mixed-vintage-pair")
    return Answer(
        table=table,
        columns=show.SUMS,
        statements=tuple(itertools.chain.from_iterable(said)),
        assumptions=(
            "first-counts-alike",
            *(estimated if len(effects) else ()),
            "provisional-counts",
        ),
        sources=results.where(elections).sources,
        parts={**parts, "lines": in_lines(said)},
        draw=show.draw,
    )


def _framed(rows: Iterator[Row], columns: Sequence[Column]) -> pd.DataFrame:
    """Return rows as a table, that has its columns also where there are no rows."""
    made = list(rows)
    return pd.DataFrame(made) if made else pd.DataFrame(columns=names_of(columns))


def _by_outcome(pairs: Sequence[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """Yield the municipalities with both counts of each election and outcome."""
    found: dict[tuple[str, str], list[Row]] = {}
    for pair in pairs:
        if pair["both"]:
            found.setdefault((pair["election"], pair["outcome"]), []).append(pair)
    for (election, outcome), part in found.items():
        yield election, outcome, part


def _sums(pairs: Sequence[Row]) -> pd.DataFrame:
    """Add up both counts per group, with suspect ones and without."""
    rows = []
    counts = ("first", "official", "ballots_first", "ballots_official")
    for election, outcome, part in _by_outcome(pairs):
        for group in _GROUPS:
            every = [pair for pair in part if pair["group"] == group]
            clear = [pair for pair in every if not pair["suspect"]]
            for choice, chosen in (("included", every), ("left out", clear)):
                if not every or (choice == "left out" and len(clear) == len(every)):
                    continue
                rows.append(
                    {
                        "election": election,
                        "outcome": outcome,
                        "group": group,
                        "suspect": choice,
                        "n_municipalities": len(chosen),
                        "n_suspect": len(every) - len(clear),
                        **{name: np.nansum([pair[name] for pair in chosen]) for name in counts},
                    }
                )
    return changes(rows, names_of(show.SUMS))


def _effects(results: Results, pairs: Sequence[Row], asked: Question) -> Iterator[Row]:
    """Estimate the effect on each count: of the same municipalities, and of all."""
    plan = results.counted_plan
    columns, primary = names_of(show.EFFECTS), plan.raw["inference"]["primary_model"]
    for election, outcome, part in _by_outcome(pairs):
        if plan.election(election).baseline not in results.elections:
            continue
        codes = {pair["municipality_code"] for pair in part}
        clear = {pair["municipality_code"] for pair in part if not pair["suspect"]}
        counts = {
            "first": ("provisional", codes),
            "first_without": ("provisional", clear),
            "same": ("official", codes),
            "official": ("official", None),
        }
        if clear == codes:
            del counts["first_without"]
        for name, (vintage, some) in counts.items():
            question = replace(asked, outcome=outcome, vintage=vintage)
            try:
                problem = Problem.of(results, election, question)
                if some is not None:
                    problem = problem.without(set(problem.codes) - some)
                (row,), _ = estimate_rows(problem, (primary,))
            except EstimationError:  # nobody to compare with, or no baseline
                continue
            if not row["reason"]:
                yield {column: {**row, "count": name}[column] for column in columns}


def _expected(pairs: Sequence[Row], alpha: float) -> Iterator[Row]:
    """Predict the next election from all, and each election from those before it."""
    for outcome, group in itertools.product(OUTCOMES, _GROUPS):
        # Of each election the first and the official counts, by municipality.
        counts: dict[str, dict[str, Floats]] = {}
        for pair in pairs:
            usable = pair["both"] and not pair["suspect"] and pair["first"] > 0
            if usable and (pair["outcome"], pair["group"]) == (outcome, group):
                both = np.array([pair["first"], pair["official"]])
                counts.setdefault(pair["election"], {})[pair["municipality_code"]] = both
        elections = list(counts)
        summed: dict[str, Floats] = {}
        for upto, election in enumerate(elections, start=1):
            # A municipality that was counted twice at two elections is one, not two.
            for code, both in counts[election].items():
                summed[code] = summed.get(code, 0) + both
            last = upto == len(elections)
            past = np.array([summed[code] for code in sorted(summed)])
            coming = np.array(list(counts[elections[-1 if last else upto]].values()))
            try:
                made = predict_ratio(past[:, 0], past[:, 1], coming[:, 0], alpha=alpha)
            except EstimationError:
                continue
            first, official = coming.sum(axis=0).tolist()
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
                "came": math.nan if last else official / first - 1,
                "method": "pooled ratio, t on municipal ratios",
            }
