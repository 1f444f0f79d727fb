"""The prediction: extra votes for the country and for one new municipality."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from evaluatie.answers.answer import Answer
from evaluatie.answers.baselines import uncounted
from evaluatie.answers.columns import names_of
from evaluatie.answers.effect import across
from evaluatie.answers.scale_up import show
from evaluatie.answers.scale_up.effects import (
    MunicipalEffects,
    has_effects,
    municipal_effects,
    national_ballots,
)
from evaluatie.answers.statement import Statement, everyone_left_out, on_provisional
from evaluatie.counts import Results
from evaluatie.ground.errors import EstimationError, UnknownNameError
from evaluatie.plan import Question
from evaluatie.stats.estimates import Floats
from evaluatie.stats.prediction import Interval, Prediction, predict_mean

USES = ("first use", "later use", "all")
"""Whose effects: voters who met the ballot for the first time, again, or both."""

CHARACTERISTICS = ("size", "education", "age")
"""Natural logarithm of inhabitants, share with higher education, share aged 65 and over."""

MODELS: tuple[tuple[str, ...], ...] = ((), CHARACTERISTICS, ("size",), ("education",), ("age",))
"""Models tried by default: none (unweighted), all characteristics, each alone."""

_OUTCOMES = ("invalid", "rejected")
_LEAST = 3
_TOGETHER = ["election", "outcome", "basis", "extra", "extra_low", "extra_high"]
_TOGETHER += ["conf_low", "conf_high"]

Row = dict[str, Any]


def scale_up(
    results: Results,
    election: str | Sequence[str] | None = None,
    *,
    outcomes: Sequence[str] = _OUTCOMES,
    models: Sequence[Sequence[str]] = MODELS,
    comparison: str = "all",
) -> Answer:
    """How many extra invalid votes national use would bring.

    The table shows each answer unweighted and weighted as fully as the data allow; --csv and
    --json have every model.

    Parameters
    ----------
    results
        Counts.
    election
        Such as TK2025; repeatable. National use is supposed there; by default at those with
        the new ballot at which effects can be estimated.
    outcomes
        Of ``invalid``, ``blank``, ``rejected``.
    models
        Sets of :data:`CHARACTERISTICS` to weight by; the empty one is unweighted.
    comparison
        Rule of :func:`evaluatie.answers.effect.comparison.comparison_group`.

    Returns
    -------
    Answer
        ``table``: election, outcome, use (:data:`USES`), basis (election whose effects are
        used), borrowed (whether that is another election, because the own one has fewer than
        three municipalities of this use), model (``unweighted`` or characteristics joined by
        ``+``), n_effects, n_comparison, n_targets, ballots, ballots_estimated (of these, the
        number in municipalities where it was derived from valid votes), estimate (mean effect
        over all ballots, fraction), conf_low, conf_high, pred_low, pred_high (of the national
        mean: Higgins, Thompson and Spiegelhalter 2009), new_low, new_high (of one new
        municipality of mean characteristics: the wider of that interval and the pivotal one), tau
        (standard deviation between municipalities), extra, extra_low, extra_high (votes; from
        the prediction interval), extrapolated (characteristics of which the national mean lies
        outside the experiment's range), method, note (why there is no number).
        ``parts["effects"]``: the municipal effects that everything rests on, basis, outcome and
        the columns of :attr:`MunicipalEffects.frame`. ``parts["elections"]``: for every election
        the extra invalid votes by the effect of each election alone (basis; extra_low and
        extra_high are its bounds, conf_low and conf_high its interval around them) and, with
        basis ``all``, by one more election: the mean over the elections with its interval, and
        an interval that holds what elections differ by.

    Raises
    ------
    UnknownNameError
        For an unknown election, outcome, characteristic or comparison rule.
    EstimationError
        If no election has effects, or none of enough municipalities to lend.

    Examples
    --------
    >>> import evaluatie
    >>> results = evaluatie.load(["GR2022", "GR2026"])
    >>> extra = evaluatie.scale_up(results, ["GR2026"]).table
    >>> sorted(extra["use"].unique())
    ['all', 'first use', 'later use']
    """
    plan = results.counted_plan
    question = Question.of(plan, comparison=comparison, vintage=results.vintage)
    about = _characteristics(results.table("covariates"))
    for name in {each for model in models for each in model}:
        if name not in CHARACTERISTICS:
            raise UnknownNameError.of("characteristic", name, CHARACTERISTICS)
    bases: dict[tuple[str, str], MunicipalEffects] = {}
    left_out, refusal = [], None
    for name, outcome in itertools.product(plan.new_ballot, outcomes):
        if not has_effects(results, name, plan):
            continue
        left_out.append(uncounted(results, plan, name, outcome, question.vintage))
        try:
            bases[name, outcome] = municipal_effects(
                results,
                name,
                outcome,
                comparison=question.comparison,
                vintage=question.vintage,
            )
        except EstimationError as error:
            # Other elections may still have effects to lend.
            refusal = error
    if not bases:
        raise refusal or EstimationError(
            "no election with the new ballot has counts per municipality", rule="effects known"
        )
    known = list(dict.fromkeys(name for name, _ in bases))
    wanted = [election] if isinstance(election, str) else list(election or known)
    asked = [tuple(each) for each in models]
    rows = [
        row
        for target in wanted
        for country in (_Country.of(results, target, about, asked),)
        for outcome in outcomes
        for row in _target(country, outcome, bases, about, question.alpha)
    ]
    if not rows:
        raise EstimationError(
            f"no election has the effects of {_LEAST} municipalities to lend",
            unit=", ".join(wanted),
            rule="effects known",
        )
    vintages = {each for effects in bases.values() for each in effects.vintages}
    table = pd.DataFrame(rows)
    effects = [e.frame.assign(basis=name, outcome=outcome) for (name, outcome), e in bases.items()]
    together = _together(results, rows, question)
    return Answer(
        table=table,
        columns=show.COLUMNS,
        statements=(*_said(rows), *_said_together(together)),
        assumptions=(
            *(("elections-alike",) if together else ()),
            "exchangeable-municipalities",
            "linear-poststratification",
            "parallel-trends",
            *(("ballots-from-valid",) if any(row["ballots_estimated"] for row in rows) else ()),
            *(("effects-borrowed",) if any(row["borrowed"] for row in rows) else ()),
            *on_provisional(vintages),
        ),
        sources=tuple(sorted({each for e in bases.values() for each in e.sources})),
        left_out=everyone_left_out(*left_out),
        parts={
            "effects": pd.concat(effects, ignore_index=True),
            "elections": pd.DataFrame(together, columns=_TOGETHER),
        },
        brief=main_rows(table),
        draw=show.draw,
    )


def _together(results: Results, rows: Sequence[Row], question: Question) -> list[Row]:
    """Return extra votes by each election's effect alone, and by one more election like these."""
    try:
        found = across(results, question.outcome)
    except EstimationError:
        return []
    # Of each the extra votes, their bounds or interval, and the interval around them.
    spans = {
        one["election"]: [one[end] for end in ("low", "high", "conf_low", "conf_high")]
        for one in found.table.to_dict(orient="records")
    }
    shares = {name: [(span[0] + span[1]) / 2, *span] for name, span in spans.items()}
    mean = (found.low + found.high) / 2
    shares["all"] = [mean, found.pred_low, found.pred_high, found.conf_low, found.conf_high]
    return [
        {"election": election, "outcome": question.outcome, "basis": basis}
        | dict(zip(_TOGETHER[3:], (share * ballots for share in of), strict=True))
        for election, ballots in {row["election"]: row["ballots"] for row in rows}.items()
        for basis, of in shares.items()
    ]


def _said_together(together: Sequence[Row]) -> Iterator[Statement]:
    """Say, in round numbers, how far elections differ; at the one with the most voters."""
    if not together:
        return
    largest = max(together, key=itemgetter("extra_high"))["election"]
    *apart, every = (row for row in together if row["election"] == largest)
    least, most = (pick(apart, key=itemgetter("extra")) for pick in (min, max))
    low = max(0.0, _round(every["extra_low"]))
    yield Statement(
        "scale_up.elections",
        {
            "election": largest,
            "n": len(apart),
            "extra": _round(every["extra"]),
            "least": _round(least["extra"]),
            "least_election": least["basis"],
            "most": _round(most["extra"]),
            "most_election": most["basis"],
            "low": Statement("scale_up.about", {"n": low}) if low else "@scale_up.no_extra",
            "high": _round(every["extra_high"]),
        },
    )


def _round(votes: float) -> float:
    """Round to thousands, and above fifty thousand to five thousands: no more is known."""
    step = 5_000 if abs(votes) > 50_000 else 1_000
    return step * round(votes / step)


def _said(rows: Sequence[Row]) -> Iterator[Statement]:
    """Say the extra votes per election; weighting and spread for the last one only."""
    for election in dict.fromkeys(row["election"] for row in rows):
        said = _of_election([row for row in rows if row["election"] == election])
        yield from said if election == rows[-1]["election"] else said[:2]


def _of_election(rows: Sequence[Row]) -> list[Statement]:
    """Return the main outcome, each other one, the weighted answer, one municipality."""
    known = [row for row in rows if not math.isnan(row["estimate"])]
    plain = [row for row in known if row["model"] == "unweighted"]
    if not plain:
        return []
    best: dict[str, Row] = {}
    # Effects of the election itself before those of another one.
    for row in sorted(plain, key=itemgetter("borrowed")):
        best.setdefault(row["outcome"], row)
    in_order = dict.fromkeys(row["outcome"] for row in rows)
    main, *others = (best[outcome] for outcome in in_order if outcome in best)
    said = [Statement(f"scale_up.{'borrowed' if main['borrowed'] else 'own'}", _words(main))]
    said += [Statement("scale_up.other", _words(row)) for row in others]
    alike = itemgetter("use", "basis", "outcome")
    weighted = [row for row in known if row not in plain and alike(row) == alike(main)]
    for row in weighted[:1]:
        words = _words(row) | {"model": show.model_words(row["model"])}
        said.append(Statement("scale_up.weighted", words))
    return [*said, Statement("scale_up.one_new", _words(main))]


def _words(row: Row) -> Row:
    use = f"@scale_up.use_{row['use'].replace(' ', '_')}"
    return {**row, "outcome": f"@common.{row['outcome']}", "use": use}


def main_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Keep what an adviser reads first: known answers, unweighted and most fully weighted.

    Of each election, outcome, use and basis: the unweighted row, and the first weighted row
    that has an answer (:data:`MODELS` begins with the fullest).
    """
    known = table[table["estimate"].notna()]
    kind = known["model"].eq("unweighted").rename("plain")
    keys = [known[name] for name in ("election", "outcome", "use", "basis")]
    return known[known.groupby([*keys, kind], sort=False).cumcount() == 0]


@dataclass(frozen=True, eq=False)
class _Country:
    """The municipalities of the country at an election.

    ``known`` has of each model its characteristics, and the ballots where all of them are known.
    """

    election: str
    n: int
    ballots: float
    estimated: float
    known: Mapping[tuple[str, ...], list[Floats]]

    @classmethod
    def of(
        cls, results: Results, election: str, about: pd.DataFrame, models: Sequence[tuple[str, ...]]
    ) -> _Country:
        results.counted_plan.election(election)
        places = national_ballots(results, election).join(about, on="municipality_code")
        ballots = places["ballots"].to_numpy("float64")
        derived = ballots[places["estimated"].to_numpy(dtype=bool)]
        known = {model: _known(places, model, "ballots") for model in models}
        return cls(election, len(places), float(ballots.sum()), float(derived.sum()), known)


def _target(
    country: _Country,
    outcome: str,
    bases: Mapping[tuple[str, str], MunicipalEffects],
    about: pd.DataFrame,
    alpha: float,
) -> Iterator[Row]:
    for use in USES:
        for basis, effects in _bases(country.election, outcome, use, bases):
            own = effects.frame if use == "all" else effects.frame[effects.frame["use"] == use]
            own = own.join(about, on="municipality_code")
            row: Row = dict.fromkeys(names_of(show.COLUMNS), np.nan) | {
                "election": country.election,
                "outcome": outcome,
                "use": use,
                "basis": basis,
                "borrowed": basis != country.election,
                "n_effects": len(own),
                "n_comparison": effects.n_comparison,
                "n_targets": country.n,
                "ballots": round(country.ballots),
                "ballots_estimated": round(country.estimated),
                **dict.fromkeys(("extrapolated", "method", "note"), ""),
            }
            for model in country.known:
                row["model"] = "+".join(model) or "unweighted"
                units = _known(own, model, "effect", "variance")
                try:
                    yield row | _predicted(units, country, model, effects.shared_variance, alpha)
                except EstimationError as error:
                    yield row | {"note": error.message}


def _bases(
    target: str, outcome: str, use: str, bases: Mapping[tuple[str, str], MunicipalEffects]
) -> Iterator[tuple[str, MunicipalEffects]]:
    """Give the own election's effects, and another's where the own ones are too few."""

    def number(name: str) -> int:
        uses = bases[name, outcome].frame["use"]
        if use == "all":
            return len(uses) if len(set(uses)) > 1 else 0
        return int((uses == use).sum())

    names = [name for name, each in bases if each == outcome]
    own = number(target) if target in names else 0
    if own:
        yield target, bases[target, outcome]
    if own < _LEAST and use != "all":
        others = [name for name in names if name != target and number(name) >= _LEAST]
        if others:
            best = max(others, key=number)
            yield best, bases[best, outcome]


def _characteristics(covariates: pd.DataFrame) -> pd.DataFrame:
    about = covariates.set_index("municipality_code")
    return pd.DataFrame(
        {
            # Inhabitants and not ballots: turnout differs between the elections compared.
            "size": np.log(about["population"].astype("float64")),
            "education": about["higher_education"].astype("float64"),
            "age": (about["age_65_plus"] / about["population"]).astype("float64"),
        }
    )


def _known(frame: pd.DataFrame, model: tuple[str, ...], *columns: str) -> list[Floats]:
    """Return the characteristics of a model and some columns where all of those are known."""
    x = frame[list(model)].to_numpy("float64")
    known = ~np.isnan(x).any(axis=1)
    # Each characteristic in one piece, so that sums over places come out the same.
    return [
        np.asfortranarray(x[known]),
        *(frame[name].to_numpy("float64")[known] for name in columns),
    ]


def _predicted(
    units: Sequence[Floats],
    country: _Country,
    model: tuple[str, ...],
    shared: float,
    alpha: float,
) -> Row:
    """Predict for the country, and for one new municipality of mean characteristics."""
    own, effects, variances = units
    others, ballots = country.known[model]

    def predict(characteristics: Floats, weights: ArrayLike, interval: Interval) -> Prediction:
        return predict_mean(
            effects,
            variances,
            weights,
            characteristics=own,
            target_characteristics=characteristics,
            shared_variance=shared,
            interval=interval,
            alpha=alpha,
        )

    centre = np.average(others, axis=0, weights=ballots)[None, :]
    # For one new municipality the usual interval is too narrow with few municipalities, and
    # the pivotal one where they hardly differ.
    new, national = predict(centre, [1.0], "wider"), predict(others, ballots, "hts")
    outside = [name for name, out in zip(model, national.extrapolated, strict=True) if out]
    return {
        "n_effects": national.n_units,
        "n_targets": national.n_targets,
        "estimate": national.estimate,
        "conf_low": national.conf_low,
        "conf_high": national.conf_high,
        "pred_low": national.pred_low,
        "pred_high": national.pred_high,
        "new_low": new.pred_low,
        "new_high": new.pred_high,
        "tau": float(np.sqrt(national.tau2)),
        "extra": national.estimate * country.ballots,
        "extra_low": national.pred_low * country.ballots,
        "extra_high": national.pred_high * country.ballots,
        "extrapolated": " ".join(outside),
        "method": national.method,
    }
