"""Options that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

import os
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaluatie.ground.escape import terminal_text

if TYPE_CHECKING:
    from evaluatie.answers.answer import Answer

__all__ = [
    "AsCsv",
    "AsJson",
    "CandidateData",
    "Data",
    "Lang",
    "Language",
    "Outcome",
    "Vintage",
    "emit",
    "wrapped",
    "write",
]


class Language(StrEnum):
    """Language of sentences and headings."""

    nl = "nl"
    en = "en"


class OutcomeName(StrEnum):
    """What is counted."""

    invalid = "invalid"
    blank = "blank"
    rejected = "rejected"
    turnout = "turnout"


class VintageName(StrEnum):
    """Which count."""

    best = "best"
    official = "official"
    provisional = "provisional"


# Typer looks at the parameters of a callback: there may be no third.
def _prepared(context: typer.Context, folder: Path | None) -> Path | None:
    return _tables(context, folder, "polling_station")


def _prepared_candidates(context: typer.Context, folder: Path | None) -> Path | None:
    return _tables(context, folder, "candidate")


def _tables(context: typer.Context, folder: Path | None, level: str) -> Path | None:
    """Turn official files in the user's folder into tables, for as long as the command runs."""
    if folder is None or context.resilient_parsing:
        return folder
    from evaluatie.sources.reading import official_files, prepare

    files = official_files(folder)
    if not files:
        return folder
    import tempfile

    from evaluatie.ground.words import say

    scratch = context.with_resource(tempfile.TemporaryDirectory(prefix="evaluatie-"))
    made = prepare(folder, Path(scratch) / "tables", files, level=level)
    counts = made.reading.municipalities
    words = {
        "folder": folder,
        "files": len(made.reading.files),
        "elections": ", ".join(dict.fromkeys(counts["election"])),
        "municipalities": counts["municipality_code"].nunique(),
        "findings": len(made.reading.findings),
    }
    # On standard error, so that --json and --csv stay what they are.
    sys.stderr.write(terminal_text(say("cli.read_first", "en", **words)) + "\n")
    return made.folder


Lang = Annotated[Language, typer.Option("--lang", help="Language of words and numbers.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        callback=_prepared,
        help="Your own tables or official files, on top of the shipped ones.",
    ),
]
CandidateData = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        callback=_prepared_candidates,
        help="Your own tables or official files with candidates, on top of the shipped ones.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the table as CSV.")]
Outcome = Annotated[
    OutcomeName, typer.Option("--outcome", help="Share of ballots; rejected = invalid + blank.")
]
Vintage = Annotated[VintageName, typer.Option("--vintage", help="best = official where complete.")]


def write(text: str) -> None:
    """Write to standard output; a reader that went away (``| head``) ends the command quietly."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None


def emit(
    answer: Answer, lang: Language, *, as_json: bool, as_csv: bool, listed: bool = False
) -> None:
    """Print an answer as JSON, as CSV, or as a table with its sentences and assumptions.

    ``listed`` prints the sentences as a list instead of the table and what stands with it.
    """
    if as_json and as_csv:
        raise typer.BadParameter("choose one of --json and --csv")
    if as_json:
        from evaluatie.answers.answer import to_json

        write(to_json(answer.to_dict()))
        return
    from evaluatie.ground.tables import to_csv, to_text

    if as_csv:
        write(to_csv(answer.table))
        return
    if listed:
        for line in answer.sentences(lang.value):
            write(wrapped(terminal_text(line), "- ") + "\n")
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    rows = answer.table if answer.brief is None else answer.brief
    write(to_text(rows, answer.shown, lang.value, width))
    write("\n" + wrapped(terminal_text(answer.sentence(lang.value))) + "\n")
    for line in answer.explain(lang.value):
        write(wrapped(line, "  - ") + "\n")


def wrapped(text: str, start: str = "") -> str:
    """Wrap text at the width of the terminal; later lines hang under the first."""
    import textwrap

    width = min(shutil.get_terminal_size().columns, 100)
    return textwrap.fill(text, width, initial_indent=start, subsequent_indent=" " * len(start))
