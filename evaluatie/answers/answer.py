"""What every question of the evaluation gets: an :class:`Answer`.

A tidy table whose columns are declared once, sentences that are spoken in Dutch or English,
the assumptions it rests on, its seed and its sources.
"""

from __future__ import annotations

import json
import textwrap
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, overload

import numpy as np
import pandas as pd

from evaluatie.answers.statement import (
    Statement,
    everyone_left_out,
    nobody,
    speak,
    without,
)
from evaluatie.ground.errors import EstimationError, EvaluatieError, InputError, UnknownNameError
from evaluatie.ground.escape import html_text, terminal_text
from evaluatie.ground.formatting import LANGUAGES, language
from evaluatie.ground.tables import Column, rows_of, to_html, to_text
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


_ROWS = 8
"""Rows that a printed answer shows."""
_LINES = {"sentence": 8, "table": 11}
"""Lines of 80 characters that its sentences and its table may take."""


_IN_A_NOTEBOOK = (
    "<style>.evaluatie th:not(.num), .evaluatie td:not(.num) {text-align: left}"
    ".evaluatie td.num {white-space: nowrap}</style>"
    '<div class="evaluatie">'
)
"""Notebooks set every cell to the right and break it; words belong to the left, numbers stay."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Answer:
    """A finished answer.

    Printed, and in a notebook, it is its sentences, the first rows of what readers are shown,
    which counts it rests on, and how to see more; :meth:`spoken` gives it in English.

    Attributes
    ----------
    table
        Tidy, one row per estimate. Shares are fractions, differences of shares are fractions
        too (0.0018 is 0.18 percentage points). Canonical columns where they apply: estimate,
        conf_low, conf_high, p_value, method, n_treated, n_comparison, vintage.
    columns
        What the columns of ``table`` hold; those with a heading are what a reader is shown.
    statements
        The answer in sentences.
    assumptions
        Keys into ``words/assumptions.toml``; :meth:`explain` gives them in words.
    seed
        The seed of any random numbers, or None where there were none.
    sources
        Ids of the sources in ``manifest.toml``.
    left_out
        Municipalities that could not take part, one row per election: election, baseline,
        municipality_code, municipality, group (``treated`` or ``comparison``), reason
        (``no_counts`` at the election, ``no_baseline``, ``more_than_all``: a share above 1; of
        votes on candidates ``no_candidates``, ``no_candidates_before``, or ``merged``).
    parts
        What else belongs to it, by name: frames behind figures, single numbers, texts.
    findings
        How many things ask for attention; a command then leaves with exit code 1.
    brief
        The rows that readers are shown, where these are not all rows.
    draw
        Draws it; :meth:`plot` calls this.
    lang
        The language in which it is printed.
    """

    table: pd.DataFrame
    columns: tuple[Column, ...]
    statements: tuple[Statement, ...] = ()
    assumptions: tuple[str, ...] = ()
    seed: int | None = None
    sources: tuple[str, ...] = ()
    left_out: pd.DataFrame = field(default_factory=nobody)
    parts: Mapping[str, Any] = field(default_factory=dict)
    findings: int = 0
    brief: pd.DataFrame | None = None
    draw: Callable[[Answer, str], Figure] | None = None
    lang: str = "nl"

    def __post_init__(self) -> None:
        if self.table.empty:
            return  # where there are no rows there need be no columns
        for name in (name for column in self.columns for name in column.names):
            if name not in self.table:
                raise _not_made(name)

    def spoken(self, lang: str) -> Answer:
        """Return the same answer, to be printed and drawn in this language, ``nl`` or ``en``."""
        return replace(self, lang=language(lang))

    def __repr__(self) -> str:
        said = textwrap.wrap(terminal_text(self.sentence(self.lang)), 80)
        if len(said) > _LINES["sentence"]:
            said = [*said[: _LINES["sentence"] - 1], say("printed.cut", self.lang)]
        parts, n = ["\n".join(said)], 0
        for n in range(_ROWS, 0, -1) if self._rows.size and self.shown else ():
            shown = to_text(self._first(n), self.shown, self.lang, 80, whole=False)
            if n == 1 or shown.count("\n") <= _LINES["table"]:
                parts.append(shown.rstrip("\n"))
                break
        return "\n\n".join([*parts, "\n".join(self._more(n))])

    def _repr_html_(self) -> str:
        said = "\n".join(f"<p>{html_text(each)}</p>" for each in self.sentences(self.lang))
        more = "<br>".join(map(html_text, self._more(_ROWS)))
        table = ""
        if self._rows.size and self.shown:
            table = to_html(self._first(_ROWS), self.shown, self.lang, caption="")
        return f"{_IN_A_NOTEBOOK}{said}\n{table}\n<p>{more}</p></div>"

    @property
    def _rows(self) -> pd.DataFrame:
        return self.table if self.brief is None else self.brief

    def _first(self, n: int) -> pd.DataFrame:
        """Return the rows that are printed where not all are: of the newest election first."""
        rows = self._rows
        names = list(dict.fromkeys(rows["election"].dropna())) if "election" in rows else []
        if n < len(rows) and names and names == sorted(names, key=lambda name: name[-4:]):
            place = rows["election"].map({name: -at for at, name in enumerate(names)})
            rows = rows.iloc[place.to_numpy("float64").argsort(kind="stable")]
        return rows.head(n)

    def _more(self, shown: int) -> list[str]:
        """Say which counts it rests on, and where the rest is."""
        n, lines = len(self._rows), []
        if n > shown:
            lines.append(say("printed.rows", self.lang, shown=shown, n=n))
        if "vintage" in self.table:
            present = [each for each in self.table["vintage"].dropna().unique() if each]
            words = [say(f"common.{each}", self.lang) for each in present]
            lines.append(say("printed.vintage", self.lang, vintages=", ".join(words)))
        how = [".table", ".sentence()", ".explain()", *([".plot()"] if self.draw else [])]
        if self.parts:
            how.append(".parts")
        other = "en" if self.lang == "nl" else "nl"
        lines.append(say("printed.more", self.lang, how=", ".join(how), other=other))
        return lines

    def sentence(self, lang: str = "nl") -> str:
        """Say the answer in a few plain sentences, and who was left out, ``nl`` or ``en``."""
        return " ".join(self.sentences(lang))

    def sentences(self, lang: str = "nl") -> list[str]:
        """Return the statements one by one; who was left out stands last, as one."""
        said = [each.say(lang) for each in self.statements]
        return [each for each in (*said, speak(without(self.left_out), lang)) if each]

    def explain(self, lang: str = "nl") -> list[str]:
        """Return the assumptions in words."""
        return [say(f"assumptions.{key}", lang) for key in self.assumptions]

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns that readers are shown."""
        return tuple(column for column in self.columns if column.nl)

    @overload
    def plot(self, lang: str | None = None, *, ax: None = None) -> Figure: ...
    @overload
    def plot(self, lang: str | None = None, *, ax: Axes) -> None: ...
    def plot(self, lang: str | None = None, *, ax: Axes | None = None) -> Figure | None:
        """Draw the answer, where its question has a figure.

        Parameters
        ----------
        lang
            Of the words in it, ``nl`` or ``en``; by default that of the answer.
        ax
            Matplotlib axes of your own to draw on; a figure that has several axes comes in
            their place. By default the answer has a figure of its own.

        Returns
        -------
        Figure or None
            Its own figure; with ``ax`` nothing, for a notebook shows yours by itself.

        Raises
        ------
        EstimationError
            If there is no figure of this answer, or with ``ax`` if it is a whole page.
        """
        if self.draw is None:
            raise EstimationError("there is no figure of this answer", rule="figure")
        from evaluatie.answers.plots.style import within

        own: Any = None if ax is None else ax.figure
        with within(ax):
            drawn: Any = self.draw(self, language(lang or self.lang))
        if own is not None and drawn.figure is not own.figure:
            raise EstimationError(
                "this figure is a whole page and cannot be drawn on axes", rule="figure"
            )
        return drawn if own is None else None

    def to_dict(self) -> dict[str, Any]:
        """Return the object that ``--json`` prints.

        Table, sentence, assumptions, seed, sources, who was left out, and the other parts.
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
            **{name: _plain_part(part) for name, part in self.parts.items()},
        }


def _not_made(column: str) -> InputError:
    """Return the error for a column that is declared and not made, with the file that makes it."""
    between = (Path(__file__).name, "dataclasses.py", "<string>")
    files = (Path(each.filename) for each in reversed(traceback.extract_stack()))
    made_in = next(file for file in files if file.name not in between)
    return InputError(
        f"column {column!r} is declared in show.py of answer {made_in.parent.name!r} and not made",
        file=made_in,
        rule="columns",
    )


def together(answers: Sequence[Answer]) -> Answer:
    """Return one answer of several to the same question, such as one an election.

    Rows, sentences and frames in ``parts`` stand after each other; it has no figure.
    """
    first = answers[0]
    return replace(
        first,
        table=pd.concat([each.table for each in answers], ignore_index=True),
        statements=tuple(said for each in answers for said in each.statements),
        assumptions=tuple(dict.fromkeys(key for each in answers for key in each.assumptions)),
        sources=tuple(sorted({key for each in answers for key in each.sources})),
        left_out=everyone_left_out(*(each.left_out for each in answers)),
        parts={
            name: pd.concat([each.parts[name] for each in answers], ignore_index=True)
            for name, part in first.parts.items()
            if isinstance(part, pd.DataFrame) and all(name in each.parts for each in answers)
        },
        draw=None,
    )


def stacked(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of tables after each other; one without rows only where all are."""
    every = list(tables)
    filled = [each for each in every if len(each)] or every[:1]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


_REASONS = {
    rule: reason
    for reason, rules in {
        "no_counts": (
            *("counts", "known counts", "counts known", "counts > 0", "votes > 0"),
            *("known units", "ballots known", "valid votes known", "comparison known"),
            *("effects known", "outcome known in this vintage", "reasons known"),
            *("bounds from print", "borrowed variance"),
        ),
        "no_election": ("known election", "known election with the new ballot"),
        "no_baseline": ("baseline", "earlier election"),
        "no_baseline_counts": ("treated has a baseline",),
        "nobody": ("treated >= 1", "experiment of this kind"),
        "nationwide": ("comparison group",),
        "too_few": ("comparison >= 2", "comparison units", "units"),
        "no_contrast": (*("experienced >= 1 and newcomers >= 2", "first use >= 3"),),
        "no_print": ("printed share",),
    }.items()
    for rule in rules
}
"""Rule of an error to the sentence in ``words/missing.toml`` that tells it to a reader."""


def missing(reason: str, where: str | None = None) -> Answer:
    """Return what stands in the place of an answer that these data do not allow.

    Parameters
    ----------
    reason
        A sentence in ``words/missing.toml``.
    where
        What it is about, such as an election or a municipality.

    Returns
    -------
    Answer
        With an empty table, and the reason as its only statement; in ``parts`` the same words
        under ``missing``, by which the report knows that there is nothing else to show.
    """
    said = Statement(f"missing.{reason}", {"where": f" ({where})" if where else ""})
    words = {lang: said.say(lang) for lang in LANGUAGES}
    return Answer(table=pd.DataFrame(), columns=(), statements=(said,), parts={"missing": words})


def because(error: EvaluatieError, where: str | None = None) -> Answer:
    """Return :func:`missing` with the reason that an error gives."""
    return missing(_REASONS.get(error.rule or "", "not_possible"), error.unit or where)


Found = Answer | Mapping[str, Any]


def attempt(compute: Callable[[], Found], where: str | None = None) -> Found:
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


def known(found: Found) -> TypeGuard[Answer]:
    """Tell whether an answer was found, and not a note that these data do not allow it."""
    return isinstance(found, Answer) and "missing" not in found.parts


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Turn a frame into JSON-ready rows; unknown becomes None."""
    return [_plain(row) for row in rows_of(frame)]


def _plain_part(part: Any) -> Any:
    if isinstance(part, pd.DataFrame):
        return records(part)
    return part.to_dict() if isinstance(part, Answer) else _plain(part)


def to_json(value: Mapping[str, Any]) -> str:
    """Write JSON that is the same for the same content: a name a line, and of a list a row."""
    write = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain).encode
    lines = []
    for name, part in value.items():
        many = isinstance(part, list) and part
        written = "[\n  {}\n ]".format(",\n  ".join(map(write, part))) if many else write(part)
        lines.append(f" {write(name)}: {written}")
    return "{{\n{}\n}}\n".format(",\n".join(lines))


def _plain(value: Any) -> Any:
    if type(value) in (str, int, bool):
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value
