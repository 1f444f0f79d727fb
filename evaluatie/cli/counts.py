"""Commands about the counts themselves: rates, printed figures, plausibility."""

from __future__ import annotations

from typing import Annotated

import typer

from evaluatie.cli.options import (
    AsCsv,
    AsJson,
    Data,
    Lang,
    Language,
    emit_old,
    wrapped,
    write,
)

__all__ = ["published", "quality", "summary"]


def published(
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Printed figures beside what the counts give.

    The exit code is 1 if the counts contradict a figure.
    """
    from evaluatie.answers.published import for_readers
    from evaluatie.answers.published import published as compute
    from evaluatie.counts import load

    analysis = compute(load(data=data), data=data)
    readable = for_readers(analysis.table, lang.value)
    emit_old(analysis, "published", lang, as_json=as_json, as_csv=as_csv, shown=readable)
    if (analysis.table["verdict"] == "contradicted").any():
        raise typer.Exit(1)


def quality(
    election: Annotated[
        list[str] | None,
        typer.Option("--election", "-e", metavar="ID", help="Such as TK2025; repeatable."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also findings that are known or only informative.")
    ] = False,
    lang: Lang = Language.nl,
    data: Data = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Implausible counts, by official thresholds and more.

    The exit code is 1 if there are warnings or errors. Nothing is repaired.
    """
    from evaluatie.answers.quality import quality_as_printed
    from evaluatie.counts import load

    found = quality_as_printed(load(data=data), election)
    table = found.table
    shown = table if everything else table[table["severity"] != "info"]
    shown = shown.assign(sentence=shown[f"sentence_{lang.value}"])
    emit_old(found, "quality", lang, as_json=as_json, as_csv=as_csv, shown=shown)
    if not found.plausible:
        raise typer.Exit(1)


def summary(lang: Lang = Language.nl, data: Data = None, as_json: AsJson = False) -> None:
    """The answer in a few sentences."""
    from evaluatie.answers.summary import summary as compute
    from evaluatie.counts import load

    made = compute(load(data=data), data=data)
    if as_json:
        from evaluatie.answers.analysis import to_json

        write(to_json(made.to_dict()))
        return
    for line in made.sentences(lang.value):
        write(wrapped(line, "- ") + "\n")
