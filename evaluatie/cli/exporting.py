"""The command that writes every table and figure to files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evaluatie.cli.options import Data, Lang, write, write_error


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
    lang: Lang = "nl",
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
        lang=lang,
        data=data,
        progress=write_error,
    )
    for name, why in made.missing.items():
        write_error(say("export.left_out", lang, name=name, why=why))
    write(say("export.done", lang, n=len(made.names), out=made.out) + "\n")
