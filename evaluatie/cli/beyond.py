"""Commands beyond the invalid vote: personal votes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from evaluatie.cli.options import (
    AsCsv,
    AsJson,
    CandidateData,
    Lang,
    Language,
    emit_old,
)

__all__ = ["personal_vote"]


class What(StrEnum):
    """What to show of the personal vote."""

    effects = "effects"
    municipalities = "municipalities"


def personal_vote(
    what: Annotated[
        What, typer.Argument(help="Effects of the ballot, or changes of municipalities.")
    ] = What.effects,
    election: Annotated[
        str | None, typer.Option("--election", "-e", metavar="ID", help="The latest by default.")
    ] = None,
    lang: Lang = Language.nl,
    data: CandidateData = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Whether voters still vote for persons, and whether numbers draw votes by mistake."""
    from evaluatie.answers.personal_vote import (
        elections_compared,
        for_readers,
        load_candidates,
        main_rows,
    )
    from evaluatie.answers.personal_vote import personal_vote as compute
    from evaluatie.counts import load_table
    from evaluatie.plan import load_design

    plan = load_design(data=data)
    found = compute(
        load_candidates(data, elections=elections_compared(plan)),
        election,
        figures=load_table("published_figures", data),
        mergers=load_table("mergers", data),
        names=load_table("municipality_codes", data),
        design=plan,
    )
    view = "personal_vote"
    if what is What.municipalities:
        found, view = found.by_municipality, "personal_vote_municipalities"
    shown = for_readers(main_rows(found.table), lang.value)
    emit_old(found, view, lang, as_json=as_json, as_csv=as_csv, shown=shown)
