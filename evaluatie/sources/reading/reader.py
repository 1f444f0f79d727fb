"""Read files of any format and size, or only check them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from evaluatie.counts.results import known_level
from evaluatie.ground.errors import InputError
from evaluatie.sources.intake import Item, Options, expand, read_items
from evaluatie.sources.reading.combine import combine, complain_if_useless
from evaluatie.sources.reading.later import settle
from evaluatie.sources.reading.parallel import OnProgress, pieces
from evaluatie.sources.reading.result import Reading

Paths = Path | str | Iterable[Path | str]


def read(
    paths: Paths,
    level: str = "municipality",
    *,
    strict: bool = False,
    election: str | None = None,
    jobs: int | None = None,
    progress: OnProgress | None = None,
) -> Reading:
    r"""Read files, folders and zip archives of official counts.

    Parameters
    ----------
    paths
        One or more files, folders or archives.
    level
        ``municipality``, ``polling_station`` or ``candidate``. Candidates take about a
        hundred times the memory; :func:`evaluatie.sources.reading.ingest` writes them to Parquet
        without holding them.
    strict
        Stop at the first file that is refused, instead of reading on.
    election
        Election, such as ``TK2021``, of tables that do not name theirs.
    jobs
        Worker processes; by default one for every core where the input is large enough, and
        whatever backend ``joblib.parallel_config`` has chosen (a Dask cluster, for one).
    progress
        Called after each batch of files.

    Returns
    -------
    Reading
        Rows, findings, and the files that were refused.

    Raises
    ------
    UnknownNameError
        For an unknown level.
    InputError
        If nothing could be read, if the only file is refused, or under ``strict``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import evaluatie
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder) / "municipal_results.csv"
    ...     rows = "election,municipality_code,municipality,vintage,"
    ...     rows += "ballots,valid,blank,invalid,source"
    ...     rows += "\nGR2026,GM0513,Gouda,official,1000,990,4,6,own\n"
    ...     _ = file.write_text(rows)
    ...     reading = evaluatie.read(file)
    >>> int(reading.municipalities["invalid"].item())
    6
    """
    options = Options("keep" if level == "candidate" else "no", election)
    return _reading(paths, level, options, strict, jobs, progress)


def validate(
    paths: Paths,
    *,
    strict: bool = False,
    election: str | None = None,
    jobs: int | None = None,
    progress: OnProgress | None = None,
) -> Reading:
    """Read as :func:`read` and compare every candidate with the lists, keeping none of them.

    Returns
    -------
    Reading
        At the level of polling stations; ``sound`` tells whether all is well.
    """
    return _reading(paths, "polling_station", Options("check", election), strict, jobs, progress)


def listed(paths: Paths) -> list[Item]:
    """List the items under one or more paths."""
    several = [paths] if isinstance(paths, (str, Path)) else list(paths)
    items = expand(several)
    if not items:
        where = ", ".join(map(str, several[:3]))
        raise InputError("there are no files here", file=where, rule="files present")
    return items


def _reading(
    paths: Paths,
    level: str,
    options: Options,
    strict: bool,
    jobs: int | None,
    progress: OnProgress | None,
) -> Reading:
    wanted = known_level(level)
    work = partial(read_items, options=options)  # worker processes can be sent it
    found = list(pieces(listed(paths), work, strict=strict, jobs=jobs, progress=progress))
    complain_if_useless(found)
    return combine(found, wanted, settle(found))
