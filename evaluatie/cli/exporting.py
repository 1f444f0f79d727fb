"""The command that writes every table and figure to files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from evaluatie.cli.options import Data, Lang, Language, write
from evaluatie.ground.escape import terminal_text


def export(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")] = Path(
        "evaluatie-export"
    ),
    formats: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="LIST",
            help="With commas: csv, csv-nl, parquet, xlsx, ods, svg, pdf, png; all by default.",
        ),
    ] = None,
    lang: Lang = Language.nl,
    data: Data = None,
) -> None:
    """Write every table and figure of the report to files.

    Tables as CSV, as CSV for Dutch spreadsheets, as Parquet and in one workbook (XLSX, ODS);
    figures as SVG, PDF and PNG, each with its numbers.
    """
    from evaluatie.ground.words import say
    from evaluatie.report.export import FORMATS
    from evaluatie.report.export import export as run

    wanted = FORMATS if formats is None else [each.strip() for each in formats.split(",")]
    made = run(
        out,
        formats=[each for each in wanted if each],
        lang=lang.value,
        data=data,
        progress=_tell,
    )
    for name, why in made.missing.items():
        line = say("export.left_out", lang.value, name=name, why=why)
        sys.stderr.write(f"{terminal_text(line)}\n")
    write(say("export.done", lang.value, n=len(made.names), out=made.out) + "\n")


def _tell(step: str) -> None:
    sys.stderr.write(f"{step}\n")
