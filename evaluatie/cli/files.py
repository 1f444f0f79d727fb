"""Commands that read the user's own files: ingest and validate."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from evaluatie.cli.options import AsJson, Lang, Language, wrapped, write, write_error
from evaluatie.ground.escape import terminal_text

if TYPE_CHECKING:
    from evaluatie.plan import Design
    from evaluatie.sources.reading import Progress, Reading


Files = Annotated[
    list[Path], typer.Argument(metavar="FILES", help="Files, folders or zip archives.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first bad file.")]
Election = Annotated[
    str | None,
    typer.Option("--election", "-e", metavar="ID", help="Of tables that do not name theirs."),
]


def ingest(
    files: Files,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the tables go.")],
    level: Annotated[
        Literal["municipality", "polling_station", "candidate"],
        typer.Option("--level", help="How far down."),
    ] = "polling_station",
    format: Annotated[  # noqa: A002 -- the word that users expect
        Literal["csv", "parquet"],
        typer.Option("--format", help="Parquet for candidates of a whole election."),
    ] = "csv",
    election: Election = None,
    strict: Strict = False,
    lang: Lang = "nl",
) -> None:
    """Turn official files into tidy tables.

    What is wrong with them is said, and nothing is repaired.

    The exit code is 1 if a file was refused or something does not add up.
    """
    from evaluatie.answers.changed import contradiction
    from evaluatie.sources.reading import ingest as run

    with _progress(lang) as progress:
        made = run(
            files,
            out,
            level,
            format=format,
            strict=strict,
            election=election,
            progress=progress,
        )
    for name, rows in made.rows.items():
        write(f"{made.out / name}: {rows}\n")
    _tell_plan(made.reading, out, lang)
    refused = contradiction(made.reading.municipalities)
    if refused is not None:
        write(wrapped(terminal_text(refused.say(lang))) + "\n")
    _tell(made.reading, lang, int(refused is not None))


def validate(
    files: Files,
    election: Election = None,
    strict: Strict = False,
    lang: Lang = "nl",
    as_json: AsJson = False,
) -> None:
    """Check files and say what they would change: form, sums, plausibility, estimates.

    The exit code is 1 if a file was refused, something does not add up or is implausible, or
    counts are of an election that is not in the plan, and so in no estimate.
    """
    from evaluatie.answers.changed import preview
    from evaluatie.ground.formatting import LANGUAGES
    from evaluatie.plan import load_design
    from evaluatie.sources.reading import validate as run

    folder = _folder(files)
    plan = load_design(data=folder)
    with _progress(lang) as progress:
        reading = run(files, strict=strict, election=election, progress=progress)
    reading = replace(reading, files=reading.files[~reading.files["file"].map(_is_plan)])
    changes = preview(reading.municipalities, plan) if len(reading.municipalities) else ()
    odd = _implausible(reading, plan, folder)
    unplanned = not set(reading.municipalities["election"]) <= set(plan.elections)
    if as_json:
        from evaluatie.answers.answer import records, to_json

        told = {
            "table": records(reading.findings),
            "files": records(reading.files),
            "changes": [{word: each.say(word) for word in LANGUAGES} for each in changes],
            "implausible": odd,
        }
        write(to_json(told))
        raise typer.Exit(0 if reading.sound and not odd and not unplanned else 1)
    for said in changes:
        write(wrapped(terminal_text(said.say(lang)), "- ") + "\n")
    for each in odd:
        write(terminal_text(each[lang]) + "\n")
    _tell(reading, lang, len(odd))
    raise typer.Exit(int(unplanned))


def _implausible(reading: Reading, plan: Design, folder: Path | None) -> list[dict[str, str]]:
    """Say what is odd about counts that were read, in both languages."""
    from evaluatie.answers.answer import records
    from evaluatie.answers.quality import quality
    from evaluatie.counts import load, load_table
    from evaluatie.counts.codes import strangers
    from evaluatie.ground.complaints import complaint

    rows, stations = reading.municipalities, reading.polling_stations
    if not len(rows) and not len(stations):
        return []
    unknown = strangers(rows, plan, folder)
    found = quality(rows, stations, previous=load(), exceptions=load_table("known_exceptions"))
    assert found.brief is not None
    return [
        *({"nl": complaint(each), "en": complaint(each, "en")} for each in unknown),
        *({"nl": row["sentence_nl"], "en": row["sentence_en"]} for row in records(found.brief)),
    ]


def _is_plan(file: Path | str) -> bool:
    from evaluatie.plan import PLAN_FILE

    return Path(file).name == PLAN_FILE


def _folder(files: list[Path]) -> Path | None:
    """Return the first folder among the files, or of one of them, that has a plan of its own."""
    from evaluatie.plan import PLAN_FILE

    folders = (each.parent if _is_plan(each) else each for each in files)
    return next((each for each in folders if (each / PLAN_FILE).is_file()), None)


def _tell_plan(reading: Reading, out: Path, lang: Language) -> None:
    """Say which entry the plan needs for elections that it does not know yet."""
    from evaluatie.ground.words import say
    from evaluatie.plan import PLAN_FILE, load_design

    known = load_design(data=out).elections
    for election in dict.fromkeys(reading.municipalities["election"]):
        if election not in known:
            kind = str(election)[:2].replace("AB", "WS")  # water boards: algemeen bestuur
            words = {"election": election, "kind": kind, "file": out / PLAN_FILE}
            write(terminal_text(say("cli.not_planned", lang, **words)) + "\n")


def _tell(reading: Reading, lang: Language, told: int = 0) -> None:
    """Print what does not add up and what was refused; leave with 1 if there is any.

    ``told`` things that do not add up were printed before.
    """
    from evaluatie.ground.complaints import complaint, in_words
    from evaluatie.ground.words import say

    for sentence in reading.findings[f"sentence_{lang}"]:
        write(terminal_text(sentence) + "\n")
    passed = reading.files[reading.files["status"] == "no counts"]
    for file, what in zip(passed["file"], passed["format"], strict=True):
        words = {"file": file, "what": what if lang == "en" else in_words(what)}
        write(terminal_text(say("cli.passed_over", lang, **words)) + "\n")
    for error in reading.rejected:
        write_error(f"evaluatie: {complaint(error, lang)}")
    status = reading.files["status"].value_counts()
    words = {
        "read": int(status.get("read", 0)),
        "refused": len(reading.rejected),
        "other": len(reading.files) - int(status.get("read", 0)) - len(reading.rejected),
        "stations": len(reading.polling_stations),
        "municipalities": reading.municipalities["municipality_code"].nunique(),
        "findings": len(reading.findings) + told,
    }
    write(say("cli.files_read", lang, **words) + "\n")
    if told or not reading.sound:
        raise typer.Exit(1)


@contextmanager
def _progress(lang: Language) -> Iterator[Callable[[Progress], None] | None]:
    """Show a bar with files, bytes and polling stations on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from evaluatie.ground.words import say

    with Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bars:
        task = bars.add_task("", total=None)

        def show(done: Progress) -> None:
            words = {"done": done.files, "all": done.total_files, "n": done.stations}
            text = say("cli.progress", lang, **words)
            bars.update(task, description=text, completed=done.bytes, total=done.total_bytes)

        yield show
