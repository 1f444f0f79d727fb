"""The command line: a thin mirror of the library.

Exit codes: 0 done; 1 done, with findings or with figures that do not reproduce; 2 bad input
or usage, with one line on standard error; 130 stopped by the user.

Nothing is imported before :func:`main` runs, so that Ctrl-C while libraries are loaded is
answered as at any other time.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing itself takes milliseconds
if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluatie.ground.errors import EvaluatieError

__all__ = ["main", "run"]

_STOPPED = 130  # 128 + SIGINT, as shells count


def main() -> None:
    """Run the command line and leave with its exit code."""
    import signal

    sys.unraisablehook = _interrupt_again
    met: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        met.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Interrupted half loaded, it would print a warning of C when the last line needs it.
        signal.signal(signal.SIGINT, lambda number, _frame: met.append(number))
        import decimal  # noqa: F401

        signal.signal(signal.SIGINT, interrupt)
    try:
        code = _stop(sys.argv[1:]) if met else run()
    except Exception:
        # What is being compiled or loaded may turn an interrupt into an error of its own.
        if not met:
            raise
        code = _stop(sys.argv[1:])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done but the end of Python itself
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises on bad input.

    Parameters
    ----------
    arguments
        Words after ``evaluatie``; those of the process by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        _use_utf8()
        return _run(words)
    except KeyboardInterrupt:
        return _stop(words)


def _stop(words: Sequence[str]) -> int:
    from evaluatie.ground.errors import EvaluatieError

    stopped = EvaluatieError("stopped; nothing was left half-written", rule="stopped")
    return _complain(stopped, words, _STOPPED)


def _run(words: list[str]) -> int:
    from typer.exceptions import Abort, TyperException

    from evaluatie.cli.options import Asked
    from evaluatie.cli.usage import need_values, usage_error
    from evaluatie.ground.complaints import asked_language
    from evaluatie.ground.errors import EvaluatieError

    asked = Asked(asked_language(words))
    if words[:1] == ["--lang"]:  # before a command as behind it
        words = [*words[2:], *words[:2]] if words[2:] else []
    try:
        from evaluatie.cli.app import app

        need_values(words)

        # Who types nothing, or only a group of commands, asks what there is.
        code = app(args=words or ["--help"], standalone_mode=False, obj=asked)
    except TyperException as error:
        return _complain(usage_error(error), words)
    except EvaluatieError as error:
        return _complain(asked.pointed(error), words)
    except OSError as error:
        return _complain(_refused(error), words)
    except Abort:
        raise KeyboardInterrupt from None
    if code == _STOPPED:  # what Typer makes of Ctrl-C
        raise KeyboardInterrupt
    return (code if isinstance(code, int) else 0) or int(asked.findings)


def _refused(error: OSError) -> EvaluatieError:
    """Return the error of what the system refused where nobody expected it: most often to print."""
    from evaluatie.ground.files import discard, unreadable, unwritable

    if error.filename is not None:
        return unreadable(error.filename, error)
    discard(sys.stdout)
    return unwritable("stdout", error)


def _complain(error: EvaluatieError, words: Sequence[str], code: int = 2) -> int:
    from evaluatie.ground.complaints import asked_language, complaint
    from evaluatie.ground.escape import terminal_text
    from evaluatie.ground.files import discard

    line = terminal_text(complaint(error, asked_language(words)))
    try:
        sys.stderr.write(f"evaluatie: {line}\n")
    except OSError:
        discard(sys.stderr)
    return code


def _interrupt_again(unraisable: sys.UnraisableHookArgs) -> None:
    """Let Ctrl-C stop the command also where Python would print it and go on, as in a callback."""
    if unraisable.exc_type is KeyboardInterrupt:
        import _thread
        import threading

        # At once would be within this hook, where Python prints it again.
        again = threading.Timer(0.05, _thread.interrupt_main)
        again.daemon = True
        again.start()
    else:
        sys.__unraisablehook__(unraisable)


def _use_utf8() -> None:
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w"))
    # Windows consoles and C locales would fail on names such as Súdwest-Fryslân.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
