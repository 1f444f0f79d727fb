"""Read official files of any format and size: read, validate, ingest.

Files are told apart by content. Those that cannot be trusted are refused one by one, each
with its reason, and the others are read; what was read but does not add up is listed as a
finding. Nothing is repaired.

Several processes, or a cluster: the same call on the workers of a Dask cluster that can reach
the files is ::

    with distributed.Client("tcp://scheduler:8786"), joblib.parallel_config(backend="dask"):
        reading = evaluatie.read("counts/")
"""

from __future__ import annotations

from evaluatie.sources.reading.folder import Unused, left_unused, official_files, prepare
from evaluatie.sources.reading.ingesting import ingest
from evaluatie.sources.reading.reader import Progress, read, validate
from evaluatie.sources.reading.result import Reading

__all__ = [
    "Progress",
    "Reading",
    "Unused",
    "ingest",
    "left_unused",
    "official_files",
    "prepare",
    "read",
    "validate",
]
