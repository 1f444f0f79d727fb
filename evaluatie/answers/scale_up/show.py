"""What readers see of national use: columns, a table, a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evaluatie.answers import columns as c
from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import FigureFor, TableFor
from evaluatie.answers.plots.labels import brief
from evaluatie.answers.scale_up.draw import by_election
from evaluatie.ground import formatting
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.ground.tables import Column, Row
from evaluatie.ground.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from evaluatie.answers.run import Run


def _use(row: Row, lang: str) -> str:
    """Say at which use; and from which election, where its effects are borrowed."""
    words = say(f"scale_up.row_{str(row['use']).replace(' ', '_')}", lang)
    key = "row_borrowed" if row["borrowed"] else "row"
    return say(f"scale_up.{key}", lang, use=words, basis=row["basis"])


def model_words(name: str) -> dict[str, str]:
    """Return a model in words, such as ``omvang en leeftijd``, by language."""
    spoken: dict[str, str] = {}
    for lang in LANGUAGES:
        *names, last = (say(f"scale_up.model_{one}", lang) for one in name.split("+"))
        spoken[lang] = f"{', '.join(names)} {say('scale_up.and', lang)} {last}" if names else last
    return spoken


def _extra(row: Row, lang: str) -> str:
    return formatting.thousands(row["extra"], lang)


def _ends(row: Row, lang: str) -> str:
    if bool(pd.isna(row["extra"])):
        return formatting.UNKNOWN
    return formatting.span(
        (formatting.thousands(row[f"extra_{end}"], lang) for end in ("low", "high")), lang
    )


_MODEL = Column(
    "model", "text", "Gewogen naar", "Weighted by",
    "Characteristics that are weighted by, joined by +; or unweighted", True,
    lambda row, lang: model_words(str(row["model"]))[lang],
)  # fmt: skip
COLUMNS: tuple[Column, ...] = (
    c.ELECTION,
    c.OUTCOME,
    Column("use", "text", "Gebruik", "Use", "first use, later use or all", True, _use),
    Column("basis", about="Election whose effects are used", filled=True),
    Column("borrowed", "flag", about="Effects are those of another election", filled=True),
    _MODEL,
    Column(
        "n_effects", "count", "Effecten", "Effects", "Municipalities whose effects are used"
    ),
    c.N_COMPARISON.called("", ""),
    Column("n_targets", "count", about="Municipalities that are predicted"),
    Column("ballots", "count", about="Ballots in these municipalities"),
    Column(
        "ballots_estimated", "count",
        about="Of these ballots, how many were derived from valid votes",
    ),
    c.ESTIMATE.called("Effect", "Effect", about="Mean effect over all ballots, a fraction of them"),
    c.CONF.called("", "", about="end of the 95% interval of the mean effect"),
    Column("pred", "interval_points", about="end of the prediction interval of the national mean"),
    Column("new", "interval_points", about="end of the interval of one new municipality"),
    Column("tau", "number", about="Standard deviation of effects between municipalities"),
    Column(
        "extra", "number", "Extra", "Extra", "Extra votes of this kind in national use",
        show=_extra,
    ),
    Column(
        "extra", "interval", "Voorspelling (95%)", "Prediction (95%)",
        "end of the prediction interval of the extra votes", show=_ends,
    ),
    Column(
        "extrapolated",
        about="Characteristics on which the country lies outside the range of the experiment",
    ),
    c.METHOD,
    c.NOTE,
)  # fmt: skip
"""Rows by election, outcome, use, basis and model."""


def _of_one_size(run: Run) -> pd.DataFrame:
    """What one election would give: invalid votes by every weighting, and the sum unweighted."""
    rows = run.frame("scale_up")
    rows = rows[rows["estimate"].notna()]
    rows = rows[rows["election"] == rows["election"].iloc[0]] if len(rows) else rows
    plain = (rows["outcome"] == "rejected") & (rows["model"] == "unweighted")
    return rows[(rows["outcome"] == "invalid") | plain]


def _by_election(table: pd.DataFrame, elections: pd.DataFrame) -> pd.DataFrame:
    """One row per election whose effect is used and weighting, at the size of the first one."""
    rows = table[table["estimate"].notna() & (table["outcome"] == "invalid")]
    kept = ["basis", "model", "extra", "extra_low", "extra_high"]
    if rows.empty:
        return rows[kept]
    rows = rows[rows["election"] == rows["election"].iloc[0]].drop_duplicates(["basis", "model"])
    # Of one election nothing is said by each apart.
    alone = elections.reindex(columns=["election", "conf_low", "conf_high", *kept])
    alone = alone[(alone["election"] == rows["election"].iloc[0]) & (alone["basis"] != "all")]
    # Effects of rounded shares are known between bounds: what is drawn is these with chance.
    alone = alone.assign(
        extra_low=alone["conf_low"].clip(lower=0), extra_high=alone["conf_high"], model="unweighted"
    )
    both = pd.concat([alone.loc[~alone["basis"].isin(rows["basis"]), kept], rows[kept]])
    ordered: pd.DataFrame = both.sort_values(
        "basis", key=lambda names: names.str[-4:], kind="stable", ignore_index=True
    )
    return ordered


def _drawn(run: Run) -> pd.DataFrame:
    return _by_election(run.frame("scale_up"), run.part("scale_up", "elections"))


def draw(answer: Answer, lang: str) -> Figure:
    """Draw the extra invalid votes by the effect of each election."""
    return by_election(_by_election(answer.table, answer.parts["elections"]), lang)


_DRAWN: tuple[Column, ...] = (
    Column("basis", "text", "Verschil van", "Effect of", show=lambda row, _: brief(row["basis"])),
    _MODEL,
    Column("extra", "number", "Extra", "Extra", show=_extra),
    Column("extra", "interval", "Van tot", "From to", show=_ends),
)

TABLES = (TableFor("scale-up", COLUMNS, _of_one_size),)
FIGURES = (
    FigureFor(
        "scale-up",
        lambda rows, _, lang, **how: by_election(rows, lang, **how),
        TableFor("scale-up", _DRAWN, _drawn),
        narrow=True,
    ),
)
