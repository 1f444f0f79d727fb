"""Run the analyses: one short script a question, tidy JSON out, read by the report.

A script in ``analyses/`` defines ``analyse(inputs) -> dict`` whose values are finished
analyses (:class:`evaluatie.answers.answer.Answer`) or plain JSON-ready objects; each becomes
``<name>.json``. The report only reads these files, so that every format and language shows
the same numbers.
"""

from __future__ import annotations

import gc
import importlib.util
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import pandas as pd

from evaluatie.answers.answer import Answer, to_json
from evaluatie.counts import Results, load, load_table
from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.files import atomic_write
from evaluatie.ground.folders import bundled
from evaluatie.plan import Design

_LONGEST = ("effect", "seats", "learning", "scale_up", "rates")
"""Analyses that take longest, as measured by ``benchmarks/bench_report.py``."""

Analyse = Callable[["Inputs"], Mapping[str, object]]


@dataclass(frozen=True)
class Inputs:
    """What every analysis starts from; counts are loaded once and shared.

    Attributes
    ----------
    data
        Folder with the user's own tables and plan.
    elections
        Keep to these elections and those that the plan compares them with; all by default.
    sheets
        Whether only sheets of municipalities are made of the results, which need not all.
    """

    data: Path | None = None
    elections: tuple[str, ...] | None = None
    sheets: bool = False

    @cached_property
    def results(self) -> Results:
        """The shipped counts, with the user's own on top.

        Raises
        ------
        UnknownNameError
            For an election without counts.
        """
        everything = load(data=self.data)
        if self.elections is None:
            return everything
        baselines = [everything.plan.election(name).baseline for name in self.elections]
        counted = [name for name in baselines if name in everything.elections]
        return everything.where(dict.fromkeys((*self.elections, *map(str, counted))))

    @cached_property
    def counted_plan(self) -> Design:
        """The plan, its experiment narrowed to elections of which there are counts."""
        return self.results.counted_plan

    def table(self, name: str) -> pd.DataFrame:
        """Load a table, the user's own on top, and keep only the elections of this run."""
        rows = load_table(name, self.data)
        if self.elections is None or "election" not in rows:
            return rows
        return rows[rows["election"].isin(self.results.elections)].reset_index(drop=True)


def scripts(folder: Path | None = None) -> dict[str, Path]:
    """Return the analyses by name, in order of name; ``build_…`` scripts make data, not results."""
    where = folder or bundled("analyses")
    return {
        path.stem: path
        for path in sorted(where.glob("*.py"))
        if not path.stem.startswith(("_", "build_"))
    }


def run(
    out: Path,
    data: Path | None = None,
    *,
    only: Sequence[str] | None = None,
    folder: Path | None = None,
    jobs: int | None = None,
    progress: Callable[[str], None] | None = None,
    elections: Sequence[str] | None = None,
    sheets: bool = False,
) -> list[Path]:
    """Run analyses and write their results.

    Parameters
    ----------
    out
        Folder for the JSON files.
    data
        Folder with the user's own tables.
    only
        Names of analyses; all by default.
    jobs
        Processes; by default one for every core, or whatever backend
        ``joblib.parallel_config`` has chosen. Results do not depend on it.
    progress
        Called with the name of each analysis when it is finished.
    elections, sheets
        As for :class:`Inputs`.

    Returns
    -------
    list of Path
        The files written, in order of name.

    Raises
    ------
    UnknownNameError
        For an unknown analysis.
    EvaluatieError
        Whatever an analysis finds wrong with its input.
    """
    from joblib import Parallel, cpu_count, delayed

    known = scripts(folder)
    inputs = Inputs(data, None if elections is None else tuple(dict.fromkeys(elections)), sheets)
    if elections is not None:
        # An unknown election is told once, before any work; workers load the counts themselves.
        _ = replace(inputs).results
    for name in only or ():
        if name not in known:
            raise UnknownNameError.of("analysis", name, known)
    # Long ones first, so that no core waits for the last.
    wanted = sorted(only or known, key=_place_in_queue)
    processes = min(len(wanted), cpu_count() if jobs is None else jobs) or 1
    token = uuid.uuid4().hex
    tasks = (delayed(_run_one)(name, known[name], out, inputs, token) for name in wanted)
    written: list[Path] = []
    for name, paths in Parallel(processes, return_as="generator_unordered")(tasks):
        written += paths
        if progress is not None:
            progress(name)
    return sorted(written)


def _place_in_queue(name: str) -> int:
    return _LONGEST.index(name) if name in _LONGEST else len(_LONGEST)


@contextmanager
def rare_collection() -> Iterator[None]:
    """Look for garbage in cycles rarely: a run makes millions of objects that hold few cycles.

    Also a decorator, of what runs in a process of its own.
    """
    before = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@rare_collection()
def _run_one(
    name: str, script: Path, out: Path, inputs: Inputs, token: str
) -> tuple[str, list[Path]]:
    # A sixth quicker than strings of Arrow, which are made for millions of rows.
    with pd.option_context("mode.string_storage", "python"):
        return name, _write(_load_script(script)(_shared(inputs, token)), out)


@lru_cache(maxsize=1)
def _shared(inputs: Inputs, _token: str) -> Inputs:
    """Return what the analyses of one run share in a process.

    The same counts bring back what another analysis has computed of them. Every run has a token
    of its own, so that nothing is kept for the next one, whose files may be others.
    """
    return inputs


def main(analyse: Analyse) -> None:
    """Run one analysis from its own script and print where its results are.

    ``python analyses/rates.py [DATA]`` writes to ``report/_results``.
    """
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    for path in _write(analyse(Inputs(data)), bundled("report") / "_results"):
        sys.stdout.write(f"{path}\n")


def _write(results: Mapping[str, object], out: Path) -> list[Path]:
    paths = []
    for name, result in results.items():
        content = result.to_dict() if isinstance(result, Answer) else result
        path = out / f"{name}.json"
        atomic_write(path, to_json(content))  # type: ignore[arg-type]
        paths.append(path)
    return paths


def _load_script(path: Path) -> Analyse:
    spec = importlib.util.spec_from_file_location(f"evaluatie_analyses.{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    analyse: Analyse = module.analyse
    return analyse
