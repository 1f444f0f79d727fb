"""Whole files or nothing."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from evaluatie.ground.errors import InputError
from evaluatie.ground.files import atomic_folder, atomic_write, sha256


def test_write_and_checksum(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "a.txt"
    atomic_write(target, "één\n")
    assert target.read_bytes() == "één\n".encode()
    assert sha256(target) == hashlib.sha256("één\n".encode()).hexdigest()
    assert [p.name for p in target.parent.iterdir()] == ["a.txt"]


def test_a_full_disk_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.txt"
    atomic_write(target, "old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"a\.txt: cannot write here .No space left on device"):
        atomic_write(target, "new")
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_a_stopped_run_leaves_the_folder_as_it_was(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    (tmp_path / "report.html").write_text("old")
    with pytest.raises(failure), atomic_folder(tmp_path) as scratch:
        (scratch / "report.html").write_text("half")
        raise failure
    assert (tmp_path / "report.html").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, RuntimeError])
def test_a_stopped_run_leaves_no_folder_that_was_not_there(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    (tmp_path / "own").mkdir()
    with pytest.raises(failure), atomic_folder(tmp_path / "own" / "new" / "out") as scratch:
        (scratch / "report.html").write_text("half")
        raise failure
    assert [p.name for p in tmp_path.iterdir()] == ["own"]
    assert not list((tmp_path / "own").iterdir())


def test_a_finished_run_moves_everything(tmp_path: Path) -> None:
    with atomic_folder(tmp_path / "out") as scratch:
        (scratch / "sub").mkdir()
        (scratch / "sub" / "b.csv").write_text("b")
    assert (tmp_path / "out" / "sub" / "b.csv").read_text() == "b"
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["sub"]


def test_a_file_in_the_way_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file, not a folder")
    with pytest.raises(InputError, match="cannot write here"), atomic_folder(tmp_path / "out"):
        pass
    with pytest.raises(InputError, match="cannot write here"):
        atomic_write(tmp_path / "out" / "a.txt", "x")
