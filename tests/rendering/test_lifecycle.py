"""Surroundings, and what is left behind by runs that do not finish."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from documents import FRONT

from evaluatie.ground.errors import InputError, RenderError
from evaluatie.report.rendering import FORMATS, render, render_all

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals as on POSIX")


def test_steps_are_told_in_order(write: Callable[..., Path], tmp_path: Path) -> None:
    steps: list[tuple[str, float]] = []
    done = render(
        write("Tekst\n"),
        tmp_path / "out",
        formats=["html"],
        engine="embedded",
        progress=lambda step, part: steps.append((step, part)),
    )
    assert list(done.files) == ["html"]
    fractions = [part for _, part in steps]
    assert fractions == sorted(fractions)
    assert steps[-1] == ("done", 1.0)


def test_documents_rendered_together_are_as_alone(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    first = write("# Een {#sec-een}\n\nZie @sec-een.\n", twee=f"{FRONT}Alleen tekst, geen kop.\n")
    second = first.with_name("twee.qmd")
    wanted = {first: FORMATS, second: ("html", "pdf")}
    made = render_all(wanted, tmp_path / "both", engine="embedded")
    assert {path.name: list(each.files) for path, each in made.items()} == {
        "proef.qmd": ["html", "pdf", "docx"],
        "twee.qmd": ["html", "pdf"],
    }
    for source, formats in wanted.items():
        alone = render(source, tmp_path / "alone", formats=formats, engine="embedded")
        for kind, path in alone.files.items():
            assert path.read_bytes() == made[source].files[kind].read_bytes()


def test_one_document_that_is_wrong_stops_all(write: Callable[..., Path], tmp_path: Path) -> None:
    first = write("Tekst\n", twee=f"{FRONT}Zie @sec-weg.\n")
    with pytest.raises(RenderError, match="@sec-weg") as caught:
        render_all(
            dict.fromkeys((first, first.with_name("twee.qmd")), ("html",)),
            tmp_path / "out",
            engine="embedded",
        )
    assert Path(str(caught.value.file)).name == "twee.qmd"
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_read_only_project_renders(write: Callable[..., Path], tmp_path: Path) -> None:
    source = write("Tekst\n")
    before = sorted(source.parent.iterdir())
    source.parent.chmod(0o555)
    try:
        render(source, tmp_path / "out", formats=["html"], engine="embedded")
    finally:
        source.parent.chmod(0o755)
    assert sorted(source.parent.iterdir()) == before


def test_an_output_folder_that_is_a_file(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(InputError, match="cannot write here"):
        render(write("Tekst\n"), tmp_path / "out", engine="embedded")


# --- runs that do not finish ---------------------------------------------------------------


@pytest.fixture
def before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An output folder with an earlier report; afterwards nothing else may have come or gone."""
    out, scratch = tmp_path / "out", tmp_path / "tmp"
    out.mkdir()
    scratch.mkdir()
    for name in ("proef.html", "proef.pdf"):
        (out / name).write_text("eerder")
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    yield out
    assert sorted(path.name for path in out.iterdir()) == ["proef.html", "proef.pdf"]
    assert {path.read_text() for path in out.iterdir()} == {"eerder"}
    assert list(scratch.iterdir()) == []


def test_a_failing_run_leaves_the_earlier_report(write: Callable[..., Path], before: Path) -> None:
    with pytest.raises(RenderError, match="@sec-weg"):
        render(write("Zie @sec-weg.\n"), before, engine="embedded")


@pytest.mark.parametrize("step", ["start", "convert", "done"])
def test_ctrl_c_at_every_step(write: Callable[..., Path], before: Path, step: str) -> None:
    def progress(now: str, part: float) -> None:
        del part
        if now == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(write("Tekst\n"), before, engine="embedded", progress=progress)


# Says that it has begun and then takes its time.
SLOW = """
import signal, sys, time
from pathlib import Path
from evaluatie.report.rendering import render
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job may have it ignored
def wait(step, part):
    if step == "convert":
        Path(sys.argv[3]).write_text("begun")
        time.sleep(60)
render(Path(sys.argv[1]), Path(sys.argv[2]), engine="embedded", progress=wait)
"""


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_while_it_renders(
    write: Callable[..., Path], tmp_path: Path, before: Path, number: signal.Signals
) -> None:
    begun = tmp_path / "begun"
    command = [sys.executable, "-c", SLOW, str(write("Tekst\n")), str(before), str(begun)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 300
        while not begun.is_file() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        process.communicate(timeout=30)
    assert process.returncode in {-number, 128 + number, 1}
