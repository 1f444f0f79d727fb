"""Whole files or nothing: atomic writes and checksums."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import IO, Any, TextIO

from evaluatie.ground.errors import InputError


def sha256(path: Path) -> str:
    """Return the hexadecimal SHA-256 of a file, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@cache
def read_toml(path: Path) -> Mapping[str, Any]:
    """Return the content of a TOML file that ships with the package."""
    return tomllib.loads(path.read_text("utf-8"))


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
        raise unwritable(path, error) from error
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


_SCRATCH = ".evaluatie-"
_DONE = f"{_SCRATCH}complete"
_LOCK, _MOVES, _FILES = "lock", "moves.json", "files"


@contextlib.contextmanager
def atomic_folder(target: Path, *, replaced: Iterable[str] = ()) -> Iterator[Path]:
    """Give a scratch folder whose files move into ``target`` together or not at all.

    Once the block succeeds, what is to be done stands in the scratch folder; whoever uses the
    folder next finishes it after a crash (:func:`settle_folder`). Other files in ``target``
    stay, but for those that ``replaced`` matches: patterns of what such a run may have left.
    When the block raises (also on Ctrl-C), ``target`` is left as it was, and is not there if it
    was not. Scratch folders that an earlier run left behind are taken away.
    """
    made_here = [each for each in (target, *target.parents) if not each.exists()]
    try:
        target.mkdir(parents=True, exist_ok=True)
        settle_folder(target)
        _sweep(target)
        scratch = Path(tempfile.mkdtemp(dir=target, prefix=_SCRATCH))
        lock = _locked(scratch / _LOCK)
        files = scratch / _FILES
        files.mkdir()
    except OSError as error:
        raise unwritable(target, error) from error
    try:
        yield files
        made = sorted(p.relative_to(files) for p in files.rglob("*") if p.is_file())
        old = {p.relative_to(target) for pattern in replaced for p in target.glob(pattern)}
        gone = sorted(old - set(made))
        moves = {"made": [p.as_posix() for p in made], "gone": [p.as_posix() for p in gone]}
        (scratch / _MOVES).write_text(json.dumps(moves), encoding="utf-8")
        scratch.rename(target / _DONE)  # from here on it is done, whatever happens
    except BaseException as error:
        lock.close()
        shutil.rmtree(scratch, ignore_errors=True)
        with contextlib.suppress(OSError):  # the first that holds something, and those above it
            for each in made_here:
                each.rmdir()
        if isinstance(error, OSError):
            raise unwritable(target, error) from error
        raise
    try:
        settle_folder(target)
    finally:
        lock.close()


def settle_folder(target: Path) -> None:
    """Finish the moves of a run that ended between them, if there was one.

    Raises
    ------
    InputError
        If the folder cannot be written to: its files are partly old and partly new.
    """
    done = target / _DONE
    if not done.is_dir():
        return
    try:
        moves = json.loads((done / _MOVES).read_text("utf-8"))
        for name in moves["gone"]:
            (target / name).unlink(missing_ok=True)
            for folder in PurePosixPath(name).parents[:-1]:
                with contextlib.suppress(OSError):  # it holds something else
                    (target / folder).rmdir()
        for name in moves["made"]:
            if (done / _FILES / name).exists():  # else it was moved before
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                (done / _FILES / name).replace(target / name)
        shutil.rmtree(done)
    except OSError as error:
        raise unwritable(target, error) from error


def _locked(path: Path) -> IO[bytes]:
    """Open a file and hold it until it is closed or the process ends."""
    handle = path.open("wb")
    with contextlib.suppress(ImportError, OSError):
        import fcntl  # not on Windows, where an open file cannot be taken away

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return handle


def _sweep(target: Path) -> None:
    """Take away scratch folders of runs that are no more."""
    for left in target.glob(f"{_SCRATCH}*"):
        lock = left / _LOCK
        if not left.is_dir() or left.is_symlink() or left.name == _DONE or _is_held(lock):
            continue
        shutil.rmtree(left, ignore_errors=True)


def _is_held(lock: Path) -> bool:
    if not lock.exists():  # made this moment, or by a run that was killed before it held it
        return time.time() - lock.parent.stat().st_mtime < 60
    try:
        import fcntl

        with lock.open("rb+") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        return False
    except OSError:
        return True
    return False


def unreadable(path: Path | str | None, error: OSError) -> InputError:
    """Return the error of a file that the system does not give."""
    reason = error.strerror or str(error)
    return InputError(f"cannot be read ({reason})", file=path, rule="readable")


def too_large(expected: str, value: str | None = None) -> InputError:
    """Return the error of a file that would take more memory than any table of counts."""
    said, rule = "larger than any table of counts", "size of a table"
    return InputError(said, rule=rule, value=value, expected=expected)


def unwritable(path: Path | str, error: OSError) -> InputError:
    """Return the error of a place that the system does not let one write to."""
    reason = error.strerror or str(error)
    return InputError(f"cannot write here ({reason})", file=path, rule="writable output")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def discard(stream: TextIO) -> None:
    """Print nothing more there: Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
