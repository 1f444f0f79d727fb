"""What every analysis returns: a tidy table, a sentence, its assumptions, its seed."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.ground.errors import EstimationError, EvaluatieError, UnknownNameError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.words import say

__all__ = [
    "LEFT_OUT",
    "Analysis",
    "attempt",
    "because",
    "called",
    "everyone_left_out",
    "left_out_reasons",
    "left_out_words",
    "nobody",
    "on_provisional",
    "records",
    "to_json",
    "unavailable",
]

LEFT_OUT = ("election", "baseline", "municipality_code", "municipality", "group", "reason")
"""Columns of :attr:`Analysis.left_out`."""

_NAMED = 3
"""Municipalities that a sentence names; of the others it gives the number."""


def nobody() -> pd.DataFrame:
    """Return :attr:`Analysis.left_out` where nobody is."""
    return pd.DataFrame(columns=list(LEFT_OUT), dtype="object")


def everyone_left_out(*frames: pd.DataFrame) -> pd.DataFrame:
    """Join what several estimates left out; a municipality once an election and reason."""
    found = [frame for frame in frames if len(frame)]
    if not found:
        return nobody()
    key = ["election", "municipality_code", "reason"]
    return pd.concat(found, ignore_index=True).drop_duplicates(key, ignore_index=True)


def called(names: Iterable[str], lang: str) -> str:
    """List names: all where they are few, else the first three and how many more."""
    listed = sorted(names)
    if len(listed) > _NAMED:
        more = len(listed) - _NAMED
        return say("missing.more", lang, names=", ".join(listed[:_NAMED]), n=more)
    if len(listed) < 2:
        return "".join(listed)
    return say("missing.last", lang, names=", ".join(listed[:-1]), name=listed[-1])


def left_out_words(left_out: pd.DataFrame, lang: str) -> list[str]:
    """Say which municipalities with the new ballot were left out, and why.

    Comparison municipalities are counted in the frame and not named.
    """
    treated = left_out[left_out["group"] == "treated"]
    return [
        say(
            f"missing.without_{reason}",
            lang,
            names=called(rows["municipality"], lang),
            election=election,
            baseline=rows["baseline"].iloc[0],
        )
        for (election, reason), rows in treated.groupby(["election", "reason"], sort=False)
    ]


def left_out_reasons(*left_out: pd.DataFrame) -> str:
    """Say the same at the end of an error: from a full stop on, without one at the end."""
    words = [each for frame in left_out for each in left_out_words(frame, "en")]
    return "".join(f". {each.removesuffix('.')}" for each in words)


def on_provisional(*vintages: Iterable[str]) -> tuple[str, ...]:
    """Return the assumption about provisional counts, if the rows used hold any.

    Parameters
    ----------
    vintages
        Of the rows that an estimate rests on: ``official``, ``provisional``, or ``mixed`` where
        a row is a sum over both; anything else (``printed``, unknown) is no count.
    """
    present = {each for some in vintages for each in some if isinstance(each, str)}
    return ("provisional-counts",) if present & {"provisional", "mixed"} else ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysis(ABC):
    """A finished analysis.

    Attributes
    ----------
    table
        Tidy, one row per estimate. Shares are fractions, differences of shares are fractions
        too (0.0018 is 0.18 percentage points). Canonical columns where they apply: estimate,
        conf_low, conf_high, p_value, method, n_treated, n_comparison, vintage.
    assumptions
        Keys into ``words/assumptions.toml``; :meth:`explain` gives them in words.
    seed
        The seed of any random numbers, or None where there were none.
    sources
        Ids of the sources in ``manifest.toml``.
    left_out
        Municipalities that could not take part, one row per election: election, baseline,
        municipality_code, municipality, group (``treated`` or ``comparison``), reason
        (``no_counts`` at the election, ``no_baseline``, or ``more_than_all``: a share above 1).
    """

    table: pd.DataFrame
    assumptions: tuple[str, ...] = ()
    seed: int | None = None
    sources: tuple[str, ...] = ()
    left_out: pd.DataFrame = field(default_factory=nobody)

    @abstractmethod
    def sentence(self, lang: str = "nl") -> str:
        """Say the result in one or a few plain sentences, ``nl`` or ``en``."""

    def without(self, lang: str = "nl") -> list[str]:
        """Say which municipalities with the new ballot were left out, a sentence a reason."""
        return left_out_words(self.left_out, lang)

    def explain(self, lang: str = "nl") -> list[str]:
        """Return the assumptions in words."""
        return [say(f"assumptions.{key}", lang) for key in self.assumptions]

    def to_dict(self) -> dict[str, Any]:
        """Return the object that ``--json`` prints.

        Table, sentence, assumptions, seed, sources, and who was left out.
        """
        return {
            "table": records(self.table),
            "sentence": {lang: self.sentence(lang) for lang in LANGUAGES},
            "assumptions": [
                {"key": key, **{lang: say(f"assumptions.{key}", lang) for lang in LANGUAGES}}
                for key in self.assumptions
            ],
            "seed": self.seed,
            "sources": list(self.sources),
            "left_out": records(self.left_out),
        }


_REASONS = {
    **dict.fromkeys(
        (
            *("counts", "known counts", "counts known", "counts > 0", "votes > 0", "known units"),
            *("ballots known", "valid votes known", "comparison known", "effects known"),
            *(
                "outcome known in this vintage",
                "reasons known",
                "bounds from print",
                "borrowed variance",
            ),
        ),
        "no_counts",
    ),
    "known election": "no_election",
    "known election with the new ballot": "no_election",
    **dict.fromkeys(("baseline", "earlier election"), "no_baseline"),
    "treated has a baseline": "no_baseline_counts",
    **dict.fromkeys(("treated >= 1", "experiment of this kind"), "nobody"),
    "comparison group": "nationwide",
    **dict.fromkeys(("comparison >= 2", "comparison units", "units", "candidates >= 2"), "too_few"),
    **dict.fromkeys(
        ("experienced >= 1 and newcomers >= 2", "reversal counted", "first use >= 3"),
        "no_contrast",
    ),
    "printed share": "no_print",
}
"""Rule of an error to the sentence in ``words/missing.toml`` that tells it to a reader."""


def unavailable(reason: str, where: str | None = None) -> dict[str, Any]:
    """Return what stands in the place of an analysis that these data do not allow.

    Parameters
    ----------
    reason
        A sentence in ``words/missing.toml``.
    where
        What it is about, such as an election or a municipality.

    Returns
    -------
    dict
        As :meth:`Analysis.to_dict`, with an empty table, and the same words under ``missing``,
        by which the report knows that there is nothing else to show.
    """
    place = f" ({where})" if where else ""
    words = {lang: say(f"missing.{reason}", lang, where=place) for lang in LANGUAGES}
    return {
        "missing": words,
        "table": [],
        "sentence": dict(words),
        "assumptions": [],
        "seed": None,
        "sources": [],
        "left_out": [],
    }


def because(error: EvaluatieError, where: str | None = None) -> dict[str, Any]:
    """Return :func:`unavailable` with the reason that an error gives."""
    return unavailable(_REASONS.get(error.rule or "", "not_possible"), error.unit or where)


def attempt(
    compute: Callable[[], Analysis | Mapping[str, Any]], where: str | None = None
) -> Analysis | Mapping[str, Any]:
    """Compute, or say in words why these data do not allow it.

    Only for what data may lack: an estimate they do not support, an election they do not
    hold. Any other error is one.
    """
    try:
        return compute()
    except EstimationError as error:
        return because(error, where)
    except UnknownNameError as error:
        if _REASONS.get(error.rule or "") != "no_election":
            raise
        return because(error, where)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a frame into JSON-ready rows; unknown becomes None."""
    rows: list[dict[str, Any]] = [
        {str(name): _plain(value) for name, value in row.items()}
        for row in frame.to_dict(orient="records")
    ]
    return rows


def to_json(value: Mapping[str, Any]) -> str:
    """Write JSON that is the same for the same content: two spaces, UTF-8, final newline."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value
