"""Every table and figure of the report, in the formats that people work with.

Tidy columns (shares as fractions, English names) go to CSV and Parquet, for programs; the
columns that a reader sees go to one workbook, XLSX and ODS, with numbers as numbers; figures go
to SVG, PDF and PNG. An index says what is in each file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluatie.answers.run import NotAvailableError, Run
from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.files import atomic_folder
from evaluatie.ground.formatting import Language, language
from evaluatie.report import exhibits, study
from evaluatie.report.export import files
from evaluatie.report.export.sheets import Sheet, collect
from evaluatie.report.export.workbook import to_ods, to_xlsx
from evaluatie.report.extra import require

__all__ = ["FORMATS", "Exported", "export"]

FORMATS = ("csv", "csv-nl", "parquet", "xlsx", "ods", "svg", "pdf", "png")
"""Tables: plain CSV, CSV for Dutch spreadsheets, Parquet, workbooks; figures: the last three."""

_Step = Callable[[str], None]


@dataclass(frozen=True)
class Exported:
    """What was written, by path below the folder, and what these counts did not allow."""

    out: Path
    names: tuple[str, ...]
    missing: Mapping[str, str]
    """Name of the exhibit to the reason, in the language of the export."""


def export(
    out: Path,
    *,
    formats: Sequence[str] = FORMATS,
    lang: str = "nl",
    data: Path | None = None,
    elections: Sequence[str] | None = None,
    results: Path | None = None,
    progress: _Step | None = None,
) -> Exported:
    """Run every analysis and write all tables and figures.

    Parameters
    ----------
    out
        Folder; its files of the same names are replaced, all at the end or none.
    formats
        Any of :data:`FORMATS`.
    lang
        Of headings, words in tables, titles and figures.
    data, elections
        As for :func:`evaluatie.report.making.make_report`.
    results
        Folder with finished results to export, instead of running the analyses.
    progress
        Called with the name of each step.

    Raises
    ------
    UnknownNameError
        For an unknown format, language or election.
    InputError
        If the folder cannot be written to.
    RenderError
        For ODS where the extra ``report`` is not installed.
    """
    spoken = language(lang)
    wanted = tuple(dict.fromkeys(formats))
    for each in wanted or ("",):
        if each not in FORMATS:
            raise UnknownNameError.of("format", each, FORMATS)
    if "ods" in wanted:
        require("odf")
    step = progress or (lambda _: None)
    with tempfile.TemporaryDirectory(prefix="evaluatie-") as scratch, atomic_folder(out) as ready:
        if results is None:
            study.run(Path(scratch), data, elections=elections, progress=step)
        done = Run(results or Path(scratch))
        sheets, missing = collect(done, spoken)
        step("tables")
        _tables(sheets, done, ready, wanted, spoken)
        step("figures")
        missing |= _figures(done, ready, wanted, spoken)
        files.write_index(ready, sheets, spoken)
        names = tuple(
            sorted(p.relative_to(ready).as_posix() for p in ready.rglob("*") if p.is_file())
        )
    return Exported(out, names, missing)


def _tables(
    sheets: Sequence[Sheet], done: Run, out: Path, wanted: Sequence[str], lang: Language
) -> None:
    for sheet in sheets:
        for kind in wanted:
            if kind in files.WRITERS:
                folder = out / kind
                folder.mkdir(exist_ok=True)
                files.WRITERS[kind](sheet.frame, folder / sheet.name)
    if "xlsx" in wanted:
        (out / f"{files.stem(lang)}.xlsx").write_bytes(to_xlsx(sheets, done, lang))
    if "ods" in wanted:
        (out / f"{files.stem(lang)}.ods").write_bytes(to_ods(sheets, done, lang))


def _figures(done: Run, out: Path, wanted: Sequence[str], lang: Language) -> dict[str, str]:
    kinds = [kind for kind in wanted if kind in files.PICTURES]
    missing: dict[str, str] = {}
    if not kinds:
        return missing
    folder = out / "figures"
    folder.mkdir(exist_ok=True)
    for name in exhibits.FIGURES:
        try:
            picture = exhibits.figure(name, done, lang)
        except NotAvailableError as error:
            missing[f"figure {name}"] = error.words[lang]
            continue
        drawn = picture.draw()
        for kind in kinds:
            (folder / f"{name}.{kind}").write_bytes(files.picture(drawn, kind))
        files.write_csv(picture.data.frame, folder / name)
    return missing
