"""The commands; each imports what it needs when it runs, so that ``--help`` is quick."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from evaluatie.cli import files
from evaluatie.cli.commands import Commands, Own
from evaluatie.cli.options import Data, Lang, write, write_error

app = typer.Typer(
    cls=Commands,
    name="evaluatie",
    help="Evaluate the Dutch experiment with a new ballot paper.",
    epilog="Each command has its own --help. Counts, sources and method: evaluatie report.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
data_app = typer.Typer(help="The tables that ship with the package.", invoke_without_command=True)
app.add_typer(data_app, name="data")


def _version(wanted: bool) -> None:
    if wanted:
        from evaluatie import __version__

        write(f"evaluatie {__version__}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _listed(given: Sequence[str]) -> list[str]:
    """Return what is named in a list with commas, in an option that is repeated, or both."""
    return [each.strip() for one in given for each in one.split(",") if each.strip()]


@app.command(cls=Own)
def report(
    langs: Annotated[
        list[str],
        typer.Option("--lang", metavar="LIST", help="Of nl, en, with commas: both from one run."),
    ] = ["nl"],  # noqa: B006 - Typer shows it
    formats: Annotated[
        list[str],
        typer.Option("--format", metavar="LIST", help="Of html, pdf, docx, with commas."),
    ] = ["html,pdf"],  # noqa: B006
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")] = Path(
        "evaluatie-report"
    ),
    engine: Annotated[
        Literal["auto", "quarto", "embedded"],
        typer.Option("--engine", help="auto = quarto where it is installed."),
    ] = "auto",
    data: Data = None,
    elections: Annotated[
        list[str] | None,
        typer.Option(
            "--election", "-e", metavar="ID", help="Only these and their baselines; repeatable."
        ),
    ] = None,
    municipalities: Annotated[
        list[str] | None,
        typer.Option(
            "--municipality",
            "-m",
            metavar="NAME",
            help="Only the one-page sheet of this one, by name or code; repeatable.",
        ),
    ] = None,
) -> None:
    """Run the analyses and render the report."""
    from evaluatie.report.extra import require

    require("pypandoc", "typst")
    from evaluatie.report.making import make_report

    made = make_report(
        out,
        lang=_listed(langs),
        formats=_listed(formats),
        engine=engine,
        data=data,
        elections=elections,
        municipalities=municipalities,
    )
    for each in made.warnings:
        write_error(f"evaluatie: {each}")
    write(made.describe())


@data_app.callback()
def _data(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        write(context.get_help() + "\n")


@data_app.command("build", cls=Own)
def data_build(
    raw: Annotated[
        Path,
        typer.Option("--raw", metavar="DIR", envvar="EVALUATIE_RAW", help="The raw source files."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="DIR", help="Where the tables go; by default data/ of the package."
        ),
    ] = None,
    lang: Lang = "nl",
) -> None:
    """Turn raw source files into the tidy tables that ship."""
    from evaluatie.ground.folders import bundled
    from evaluatie.sources.build import build

    built = build(raw, out or bundled("data"))
    write(built.sentence(lang) + "\n")


@data_app.command("check", cls=Own)
def data_check(data: Data = None) -> None:
    """Check every table: checksums, types, identities of the counts."""
    from evaluatie.counts import load_table
    from evaluatie.counts.schema import TABLES

    for name in TABLES:
        write(f"{name}: {len(load_table(name, data))} rows in order\n")


@app.command(cls=Own)
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

    wanted = FORMATS if formats is None else _listed([formats])
    made = run(
        out,
        formats=list(wanted),
        lang=lang,
        data=data,
        progress=write_error,
    )
    for name, why in made.missing.items():
        write_error(say("export.left_out", lang, name=name, why=why))
    write(say("export.done", lang, n=len(made.names), out=made.out) + "\n")


for command in (files.ingest, files.validate):
    app.command(cls=Own)(command)
