"""Ctrl-C ends a command with one line, also while Python is still loading libraries."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

MODULE = "import runpy; runpy.run_module('evaluatie', run_name='__main__', alter_sys=True)"
SCRIPT = "import evaluatie.cli as cli; cli.main()"
# A shell that runs this in the background hands down that Ctrl-C is ignored.
HEED = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
LINE = "evaluatie: gestopt; niets bleef half geschreven\n"
# The command goes on for minutes: whoever sends a signal is always in time.
LONG = ["power", "--simulate", "1000000"]

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals as on Unix")


def stopped(code: str, after: float, *more: str) -> tuple[int, str]:
    """Interrupt a command so many seconds after its first line of Python; code and what it said."""
    ready = f"{HEED}\nimport evaluatie\nprint('.', flush=True)\n{code}"
    child = subprocess.Popen(
        [sys.executable, "-c", ready, *LONG, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.read(1) == "."
    time.sleep(after)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=60)
    return child.returncode, told


@pytest.mark.parametrize("after", [0.05, 0.2, 0.5, 2.5])
@pytest.mark.parametrize("code", [SCRIPT, MODULE], ids=["evaluatie", "python -m evaluatie"])
def test_one_line_and_exit_code_130(code: str, after: float) -> None:
    assert stopped(code, after) == (130, LINE)


def test_in_the_language_that_was_asked() -> None:
    code, told = stopped(SCRIPT, 0.2, "--lang", "en")
    assert (code, told) == (130, "evaluatie: stopped; nothing was left half-written\n")


@pytest.mark.parametrize("error", ["SyntaxError('unicodedata')", "ImportError('lxml')"])
def test_what_turns_an_interrupt_into_another_error_is_still_one(error: str) -> None:
    """So does the compiler, in a text with a named character, and so may an extension module."""
    run = (
        f"{HEED}\n"
        "import evaluatie.cli as cli, os, signal\n"
        "def run():\n"
        "    try:\n"
        "        {interrupted}\n"
        "    except KeyboardInterrupt:\n"
        "        pass\n"
        f"    raise {error}\n"
        "cli.run = run\n"
        "cli.main()"
    )
    for interrupted in (True, False):
        own = "os.kill(os.getpid(), signal.SIGINT)" if interrupted else "pass"
        done = subprocess.run(
            [sys.executable, "-c", run.replace("{interrupted}", own)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        # An error that nobody interrupted stays one.
        expected = (130, True) if interrupted else (1, False)
        assert (done.returncode, done.stderr == LINE) == expected


def test_where_python_would_go_on_the_command_stops() -> None:
    """An interrupt in a callback, such as a finalizer, is only printed by Python."""
    code = (
        f"{HEED}\n"
        "import evaluatie.cli as cli, os, signal, time\n"
        "class Left:\n"
        "    def __del__(self):\n"
        "        os.kill(os.getpid(), signal.SIGINT); time.sleep(1)\n"
        "def command(words):\n"
        "    Left()\n"
        "    while True:\n"
        "        time.sleep(0.1)\n"
        "cli._run = command\n"
        "cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, LINE)


def test_what_cannot_be_loaded_twice_is_loaded_whole() -> None:
    """A library that was interrupted half loaded may complain when it is loaded again."""
    code = (
        f"{HEED}\n"
        "import builtins, os, signal, sys\n"
        "load = builtins.__import__\n"
        "def loaded(name, *more):\n"
        "    if 'decimal' in sys.modules and '_decimal' not in sys.modules and name == 'numbers':\n"
        "        builtins.__import__ = load\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return load(name, *more)\n"
        "builtins.__import__ = loaded\n"
        "import evaluatie.cli as cli\n"
        "cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *LONG],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, LINE)
