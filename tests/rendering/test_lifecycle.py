"""Parameters, surroundings, and what is left behind by runs that do not finish."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import html

from evaluatie.ground.errors import InputError, RenderError
from evaluatie.report.rendering import render

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals as on POSIX")

PARAMETERS = """\
```{python}
#| tags: [parameters]
gemeente = "Borne"
aantal = 3
```

Voor `{python} gemeente` geldt `{python} aantal`, in `{python} __import__("os").environ["PROEF"]`.
"""
SLOW = """\
```{python}
import os, pathlib, time
pathlib.Path(os.environ["PROEF"]).write_text(str(os.getpid()))
time.sleep(60)
```
"""


def words(page: Path) -> str:
    return " ".join(html.fromstring(page.read_text("utf-8")).xpath("//main//text()")).strip()


def test_parameters_and_environment(write: Callable[..., Path], tmp_path: Path) -> None:
    source = write(PARAMETERS)
    done = render(
        source,
        tmp_path / "out",
        formats=["html"],
        engine="embedded",
        params={"gemeente": "<b>*Gouda*</b>"},
        environment={"PROEF": "proef_1"},
    )
    assert "Voor <b>*Gouda*</b> geldt 3, in proef_1." in words(done.files["html"])
    assert list(done.files) == ["html"]


def test_cells_are_run_once_for_all_formats(write: Callable[..., Path], tmp_path: Path) -> None:
    count = tmp_path / "count"
    body = "```{python}\nimport os\nopen(os.environ['PROEF'], 'a').write('x');\n```\n\nTekst\n"
    steps: list[tuple[str, float]] = []
    render(
        write(body),
        tmp_path / "out",
        engine="embedded",
        environment={"PROEF": str(count)},
        progress=lambda step, part: steps.append((step, part)),
    )
    assert count.read_text() == "x"
    fractions = [part for _, part in steps]
    assert fractions == sorted(fractions)
    assert steps[-1] == ("done", 1.0)


def test_own_settings_of_the_user_do_not_count(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "a.py").write_text("from_startup = 1")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    body = "`{python} 'from_startup' in globals()` `{python} __import__('os').getcwd()`\n"
    done = render(write(body), tmp_path / "out", formats=["html"], engine="embedded")
    shown = words(done.files["html"])
    assert shown.startswith("False")
    assert str(tmp_path) not in shown  # cells work in a copy
    assert sorted(path.name for path in (home / ".ipython" / "profile_default").iterdir()) == [
        "startup"
    ]


def test_what_cells_write_to_standard_error(write: Callable[..., Path], tmp_path: Path) -> None:
    body = "\n```{python}\n#| echo: false\nimport warnings\nwarnings.warn('let op')\n```\n\nTekst\n"
    source = write(body)
    done = render(source, tmp_path / "out", formats=["html"], engine="embedded")
    assert len(done.warnings) == 1
    assert done.warnings[0].startswith(f"{source}, line 7:")
    assert "let op" in done.warnings[0]
    assert "let op" not in words(done.files["html"])


def test_code_and_printed_text_can_be_shown(write: Callable[..., Path], tmp_path: Path) -> None:
    body = textwrap.dedent("""\
        ```{python}
        #| echo: true
        x = "``` <b>"
        print(x)
        ```

        ```{python}
        #| output: asis
        print("**vet**")
        ```

        ```{python}
        #| output: false
        1 + 1
        ```
        """)
    source = write(body, quarto="execute: {echo: false}\n")
    page = html.fromstring(
        render(source, tmp_path / "out", formats=["html"], engine="embedded")
        .files["html"]
        .read_text("utf-8")
    )
    assert [code.text_content().strip() for code in page.xpath("//main//pre")] == [
        'x = "``` <b>"\nprint(x)',
        "``` <b>",
    ]
    assert page.xpath("//main//strong/text()") == ["vet"]


def test_a_read_only_project_renders(write: Callable[..., Path], tmp_path: Path) -> None:
    source = write("`{python} 1 + 1`\n")
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


def gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{pid}/stat").is_file() and ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return True  # ended; its parent has not asked yet
        time.sleep(0.05)
    return False


def test_a_failing_run_leaves_the_earlier_report(
    write: Callable[..., Path], tmp_path: Path, before: Path
) -> None:
    pid = tmp_path / "pid"
    source = write(SLOW.replace("time.sleep(60)", "1 / 0"))
    with pytest.raises(RenderError, match="ZeroDivisionError"):
        render(source, before, engine="embedded", environment={"PROEF": str(pid)})
    assert gone(int(pid.read_text()))


@pytest.mark.parametrize("step", ["start", "execute", "convert", "done"])
def test_ctrl_c_at_every_step(write: Callable[..., Path], before: Path, step: str) -> None:
    def progress(now: str, part: float) -> None:
        del part
        if now == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render(write("`{python} 1`\n"), before, engine="embedded", progress=progress)


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_a_signal_while_a_cell_runs(
    write: Callable[..., Path], tmp_path: Path, before: Path, number: signal.Signals
) -> None:
    pid = tmp_path / "pid"
    script = (
        # Whoever starts the tests in the background has them ignore SIGINT, and so would this.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import sys; from pathlib import Path; from evaluatie.rendering import render\n"
        "render(Path(sys.argv[1]), Path(sys.argv[2]), engine='embedded',"
        " environment={'PROEF': sys.argv[3]})"
    )
    command = [sys.executable, "-c", script, str(write(SLOW)), str(before), str(pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        while not (pid.is_file() and pid.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        begin = time.monotonic()
        process.send_signal(number)
        process.communicate(timeout=20)
    assert process.returncode in {-number, 128 + number, 1}
    assert time.monotonic() - begin < 10
    assert gone(int(pid.read_text()))
