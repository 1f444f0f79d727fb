"""Whole files or nothing: atomic writes and checksums."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from evaluatie.ground.errors import InputError

__all__ = ["atomic_folder", "atomic_write", "packed", "sha256"]


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def atomic_write(path: Path, content: str | bytes) -> None:
    """Write ``content`` to ``path`` so that a reader sees the old file or the new one.

    Text is written as UTF-8 with Unix line ends on every platform.

    Raises
    ------
    InputError
        If the folder cannot be written to or the disk is full; the old file is kept.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes private files; a published file has the usual permissions.
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def packed(files: Mapping[str, bytes], *, stored: str | None = None) -> bytes:
    """Return a zip archive that is the same for the same files, in the order given.

    Parameters
    ----------
    files
        Content by name.
    stored
        A member to leave uncompressed, as OpenDocument asks of ``mimetype``.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the first that a zip can hold
            entry.compress_type = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            entry.create_system = 3
            archive.writestr(entry, content)
    return made.getvalue()


@contextlib.contextmanager
def atomic_folder(target: Path) -> Iterator[Path]:
    """Give a scratch folder whose files move into ``target`` only if the block succeeds.

    Files already in ``target`` are replaced one by one by those of the same name; others
    stay. When the block raises (also on Ctrl-C), ``target`` is left as it was, and is not there if
    it was not.
    """
    made_here = [each for each in (target, *target.parents) if not each.exists()]
    try:
        target.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=target, prefix=".evaluatie-"))
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        yield scratch
        for made in sorted(p for p in scratch.rglob("*") if p.is_file()):
            final = target / made.relative_to(scratch)
            final.parent.mkdir(parents=True, exist_ok=True)
            made.replace(final)
    except BaseException as error:
        shutil.rmtree(scratch, ignore_errors=True)
        with contextlib.suppress(OSError):  # the first that holds something, and those above it
            for each in made_here:
                each.rmdir()
        if isinstance(error, OSError):
            raise _unwritable(target, error) from error
        raise
    shutil.rmtree(scratch, ignore_errors=True)


def _unwritable(path: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(f"cannot write here ({reason})", file=path, rule="writable output")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
