"""A folder that keeps finished parts of a simulation, so that it can be broken off."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluatie.ground.errors import InputError
from evaluatie.ground.files import atomic_write
from evaluatie.stats.estimates import Floats


@dataclass(frozen=True)
class FolderStore:
    """Chunks as ``.npy`` files in a folder, each written whole or not at all.

    Names come from :func:`evaluatie.stats.simulate.size_and_coverage` and hold a hash of the
    cell, the seed and the names of the methods: several simulations may share a folder.
    """

    folder: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder))

    def load(self, name: str) -> Floats | None:
        """Return a chunk, or None if it was never finished; refused if it is no such file."""
        path = self._path(name)
        try:
            return np.asarray(np.load(path, allow_pickle=False), dtype=np.float64)
        except FileNotFoundError:
            return None
        except (ValueError, EOFError, OSError) as error:
            raise InputError(
                "not a chunk of a simulation; delete the file to compute it again",
                file=path,
                rule="simulation chunk",
            ) from error

    def save(self, name: str, chunk: Floats) -> None:
        """Write a chunk; a run that is killed meanwhile leaves nothing behind under its name."""
        buffer = io.BytesIO()
        np.save(buffer, chunk, allow_pickle=False)
        atomic_write(self._path(name), buffer.getvalue())

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.npy"
