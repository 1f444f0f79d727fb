"""Options that several commands share, so that they mean the same everywhere."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from evaluatie.ground.errors import EvaluatieError, InputError
from evaluatie.ground.escape import terminal_text
from evaluatie.ground.files import discard

if TYPE_CHECKING:
    from evaluatie.answers.answer import Answer
    from evaluatie.sources.reading import Unused


Language = Literal["nl", "en"]
_NAMED = 5
"""How many unused files one line names."""


@dataclass
class Asked:
    """What the words of a command ask, and what came up before it ran."""

    lang: str = "nl"
    findings: bool = False
    made: tuple[Path, Path] | None = None
    """A folder with tables that were made of official files, and the user's with these files."""

    def pointed(self, error: EvaluatieError) -> EvaluatieError:
        """Let an error point at the user's own file where it is about what was made of it."""
        made, own = self.made or (None, None)
        mine = error.rule != "writable output"
        if own and made and mine and error.file and Path(error.file).is_relative_to(made):
            kept = own / Path(error.file).relative_to(made)
            error.file, error.unit = (str(kept), error.unit) if kept.exists() else (str(own), None)
        return error


def _tables(context: typer.Context, folder: Path | None, level: str) -> Path | None:
    """Turn official files in the user's folder into tables, for as long as the command runs."""
    if folder is None or context.resilient_parsing:
        return folder
    from evaluatie.sources.reading import left_unused, official_files, prepare

    asked: Asked = context.ensure_object(Asked)
    files = official_files(folder)
    if not files:
        _tell_unused(asked, folder, left_unused(folder))
        _tell_strangers(asked, folder, folder)
        return folder
    import tempfile

    scratch = context.with_resource(tempfile.TemporaryDirectory(prefix="evaluatie-"))
    tables = Path(scratch) / "tables"
    asked.made = (tables, folder)
    made = prepare(folder, tables, files, level=level)
    counts = made.reading.municipalities
    elections = dict.fromkeys([*counts["election"], *made.reading.totals["election"]])
    _warn(
        asked,
        "read_first",
        folder=folder,
        files=len(made.reading.files),
        elections=", ".join(elections),
        municipalities=counts["municipality_code"].nunique(),
        findings=len(made.reading.findings),
    )
    _tell_unused(asked, folder, left_unused(folder, made))
    _tell_strangers(asked, folder, made.folder)
    return made.folder


def _tell_unused(asked: Asked, folder: Path, found: Unused) -> None:
    """Say in one line what of the folder is not used; counts among it are a finding."""
    if found.names:
        more = len(found.names) - _NAMED
        names = "; ".join(found.names[:_NAMED])
        _warn(asked, "unused_more" if more > 0 else "unused", folder=folder, names=names, more=more)
        asked.findings |= bool(found.counts)


def _tell_strangers(asked: Asked, folder: Path, tables: Path) -> None:
    """Say which municipalities of the folder did not exist at their election: a finding."""
    from evaluatie.counts.codes import strangers
    from evaluatie.counts.loading import load_own
    from evaluatie.ground.complaints import complaint
    from evaluatie.plan import load_design

    try:
        own = load_own("municipal_results", tables)
        found = [] if own is None else strangers(own, load_design(data=tables), tables)
    except EvaluatieError:  # told by whoever needs the folder
        return
    for error in found[:_NAMED]:
        error.file = str(folder)
        write_error(complaint(error, asked.lang))
    if len(found) > _NAMED:
        _warn(asked, "more_strangers", folder=folder, more=len(found) - _NAMED)
    asked.findings |= bool(found)


def _warn(asked: Asked, key: str, **words: object) -> None:
    from evaluatie.ground.words import say

    write_error(" ".join(say(f"cli.{key}", asked.lang, **words).split()))


Lang = Annotated[Language, typer.Option("--lang", help="Language of words and numbers.")]


def _data(level: str, about: str) -> Any:
    # Typer looks at the parameters of a callback: there may be no third.
    def _prepared(context: typer.Context, folder: Path | None) -> Path | None:
        return _tables(context, folder, level)

    about = f"Your own tables or official files{about}, on top of the shipped ones."
    return typer.Option("--data", metavar="DIR", callback=_prepared, help=about)


Data = Annotated[Path | None, _data("polling_station", "")]
CandidateData = Annotated[Path | None, _data("candidate", " with candidates")]
Sort = Annotated[
    str | None,
    typer.Option(
        "--sort",
        metavar="COLUMN",
        help="By this column: numbers from large to small, text from A to Z.",
    ),
]
Top = Annotated[
    int | None, typer.Option("--top", metavar="N", help="Only the first rows of the table.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print the table as CSV.")]


def write_error(text: str) -> None:
    """Write a line to standard error, so that --json and --csv stay what they are."""
    sys.stderr.write(terminal_text(text) + "\n")


def write(text: str) -> None:
    """Write to standard output; a reader that went away (``| head``) ends the command quietly."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)
        raise typer.Exit from None


def arranged(answer: Answer, by: str | None, top: int | None) -> Answer:
    """Return an answer with its rows in another order, or with only the first of them.

    Raises
    ------
    UnknownNameError
        For a column that its table does not have, with the nearest one.
    """
    from dataclasses import replace

    from evaluatie.ground.errors import UnknownNameError

    table, brief = answer.table, answer.brief
    if by is not None:
        named = {name: name for name in table.columns} | {
            head.casefold(): each.names[0] if each.kind.startswith("interval") else each.name
            for each in answer.shown
            for head in (each.nl, each.en)
        }
        if by.casefold() not in named:
            raise UnknownNameError.of("column", by, table.columns)
        name = named[by.casefold()]
        brief = None if brief is None or name not in brief else brief
        up = table[name].dtype.kind not in "iuf"
        table = table.sort_values(name, ascending=up, kind="stable")
        brief = None if brief is None else brief.sort_values(name, ascending=up, kind="stable")
    if top is not None and top < 1:
        raise InputError("--top cannot be below 1", rule="usage", value=top)
    if top is not None:
        table, brief = table.head(top), None if brief is None else brief.head(top)
    return replace(answer, table=table, brief=brief)


def emit(
    answer: Answer, lang: Language, *, as_json: bool, as_csv: bool, listed: bool = False
) -> None:
    """Print an answer as JSON, as CSV, or as a table with its sentences and assumptions.

    ``listed`` prints the sentences as a list instead of the table and what stands with it.
    """
    if as_json and as_csv:
        raise InputError("choose one of --json and --csv", rule="usage")
    if as_json:
        from evaluatie.answers.answer import to_json

        write(to_json(answer.to_dict()))
        return
    from evaluatie.ground.tables import to_csv, to_text
    from evaluatie.ground.words import say

    if as_csv:
        write(to_csv(answer.table))
        return
    sentences, assumed = answer.sentences(lang), answer.explain(lang)
    if not listed:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        rows = answer.table if answer.brief is None else answer.brief
        write(to_text(rows, answer.shown, lang, width) + "\n")
    # One sentence is a paragraph; a wall of them is not read.
    for line in sentences:
        write(wrapped(terminal_text(line), "- " if listed or len(sentences) > 1 else "") + "\n")
    if assumed and not listed:
        write("\n" + say("printed.assumed", lang) + "\n")
        for line in assumed:
            write(wrapped(line, "- ") + "\n")


def wrapped(text: str, start: str = "") -> str:
    """Wrap text at the width of the terminal; later lines hang under the first."""
    import textwrap

    width = min(shutil.get_terminal_size().columns, 100)
    return textwrap.fill(text, width, initial_indent=start, subsequent_indent=" " * len(start))
