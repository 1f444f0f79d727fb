"""Coverage-guided fuzzing of the readers with atheris.

Run ``python tests/fuzz/fuzz_reading.py [seconds]``. Inputs that raise anything but an
EvaluatieError are written to ``tests/fuzz/corpus``, where they stay as tests
(``tests/sources/test_mutations.py``). Files there that begin with ``seed_`` are synthetic
documents to start from.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from pathlib import Path

import atheris

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
sys.path.insert(0, str(HERE.parent))

with atheris.instrument_imports(include=["evaluatie.sources"]):
    import mutating

    from evaluatie.ground.errors import EvaluatieError
    from evaluatie.sources import detect
    from evaluatie.sources.documents import Document
    from evaluatie.sources.eml import read_counts
    from evaluatie.sources.eml_lists import read_candidates, read_result
    from evaluatie.sources.intake import Options, expand, read_item
    from evaluatie.sources.kiesraad_csv import read_fields, read_regions, read_station_lists
    from evaluatie.sources.osv import read_osv
    from evaluatie.sources.user_tables import read_office_table, read_parquet_table


def _eml(content: bytes) -> Document:
    return read_counts(io.BytesIO(content).read, file="x", candidates=True)


def _summary(content: bytes) -> Document:
    return read_counts(io.BytesIO(content).read, file="x")


def _osv(content: bytes) -> Document:
    return read_osv(content, file="x", candidates=True)


def one_input(content: bytes) -> None:
    """Read the input in every way; only EvaluatieError may be raised."""
    with contextlib.suppress(EvaluatieError):
        detect.detect(content[: detect.HEAD_BYTES])
    for read in (_eml, _summary, _osv):
        mutating.check(content, read, None)
    for other in (read_candidates, read_result):
        with contextlib.suppress(EvaluatieError):
            other(io.BytesIO(content).read)
    mutating.check_own(content)
    for table in (read_fields, read_regions, read_station_lists):
        with contextlib.suppress(EvaluatieError):
            table(content)
    for kind in ("ods", "xlsx"):
        with contextlib.suppress(EvaluatieError):
            read_office_table(mutating.sheet_of(content, kind), file="x")
    if content.startswith(b"PAR1"):
        with contextlib.suppress(EvaluatieError):
            read_parquet_table(content, file="x")
    if content.startswith(b"PK"):
        path = Path(tempfile.gettempdir()) / f"fuzz-{os.getpid()}"
        path.write_bytes(content)
        for item in expand([path]):
            read_item(item, Options("keep"))
        path.unlink()


def custom_mutator(data: bytes, max_size: int, seed: int) -> bytes:
    """Damage with knowledge of the formats half of the time, blindly the other half."""
    if seed % 2:
        return mutating.mutate(data, seed)[:max_size]
    return atheris.Mutate(data, max_size)


def main() -> None:
    """Fuzz for the number of seconds given, 60 by default."""
    seconds = sys.argv[1] if len(sys.argv) > 1 else "60"
    with tempfile.TemporaryDirectory() as scratch:
        arguments = [
            sys.argv[0],
            f"-max_total_time={seconds}",
            "-max_len=20000",
            "-timeout=30",
            "-rss_limit_mb=2048",
            f"-artifact_prefix={CORPUS}/",
            scratch,
            str(CORPUS),
        ]
        atheris.Setup(arguments, one_input, custom_mutator=custom_mutator)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
