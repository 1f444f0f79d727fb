"""Whole files or nothing."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import synthetic_eml as synthetic

from evaluatie.ground.errors import InputError
from evaluatie.ground.files import atomic_folder, atomic_write, settle_folder, sha256
from evaluatie.sources.reading import ingest


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


_KILLED = """
import os, sys
from pathlib import Path
from evaluatie.ground import files
moved, stop = 0, int(sys.argv[2])
replace, rename = Path.replace, Path.rename
def one(self, target):
    global moved
    if moved == stop:
        os._exit(9)  # as a power cut would: nothing is tidied
    moved += 1
    return replace(self, target)
Path.replace = one
with files.atomic_folder(Path(sys.argv[1]), replaced=["old.csv", "*.parquet"]) as scratch:
    for name in ("a.csv", "b.csv", "c.csv"):
        (scratch / name).write_text("new")
    if stop < 0:
        os._exit(9)
"""


@pytest.mark.parametrize("moved", [-1, 0, 1, 2])
def test_a_run_that_is_killed_leaves_all_of_a_set_or_nothing(tmp_path: Path, moved: int) -> None:
    for name in ("a.csv", "b.csv", "old.csv", "own.txt"):
        (tmp_path / name).write_text("old")
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path), str(moved)], check=False)
    assert killed.returncode == 9
    settle_folder(tmp_path)  # what whoever reads the folder does first
    names = {p.name for p in tmp_path.iterdir() if not p.name.startswith(".")}
    said = {(tmp_path / name).read_text() for name in ("a.csv", "b.csv")}
    if moved < 0:
        assert (names, said) == ({"a.csv", "b.csv", "old.csv", "own.txt"}, {"old"})
    else:
        assert (names, said) == ({"a.csv", "b.csv", "c.csv", "own.txt"}, {"new"})
    with atomic_folder(tmp_path) as scratch:
        (scratch / "a.csv").write_text("next")
    assert not [p.name for p in tmp_path.iterdir() if p.name.startswith(".")], "nothing is left"


def test_the_folder_of_a_run_under_way_is_left_alone(tmp_path: Path) -> None:
    with atomic_folder(tmp_path) as first:
        (first / "a.csv").write_text("a")
        with atomic_folder(tmp_path) as second:
            (second / "b.csv").write_text("b")
        assert (first / "a.csv").exists()
    assert {p.name for p in tmp_path.iterdir()} == {"a.csv", "b.csv"}


def test_tables_of_an_earlier_reading_do_not_stay_beside_those_of_a_later(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(synthetic.count())
    out = tmp_path / "out"
    ingest(tmp_path / "a.xml", out, "candidate")
    (out / "design.toml").write_text("")
    ingest(tmp_path / "a.xml", out, "municipality", format="parquet")
    names = {p.name for p in out.iterdir() if p.is_file()}
    assert {Path(name).suffix for name in names - {"design.toml"}} == {".parquet"}
    assert "polling_stations.parquet" not in names
