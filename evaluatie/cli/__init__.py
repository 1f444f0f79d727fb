"""The command line: a thin mirror of the library.

Exit codes: 0 done; 1 done, with findings or with figures that do not reproduce; 2 bad input
or usage, with one line on standard error; 130 stopped by the user.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from typer.exceptions import Abort, Exit, TyperException

from evaluatie.cli.usage import asked_language, usage_error
from evaluatie.ground.errors import EvaluatieError
from evaluatie.ground.escape import terminal_text

__all__ = ["main", "run"]


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; never raises on bad input.

    Parameters
    ----------
    arguments
        Words after ``evaluatie``; those of the process by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    _use_utf8()
    try:
        from evaluatie.cli.app import app

        # Who types nothing, or only a group of commands, asks what there is.
        code = app(args=words or ["--help"], standalone_mode=False, obj=asked_language(words))
    except Exit as leave:
        return leave.exit_code
    except TyperException as error:
        return _complain(usage_error(error), words)
    except EvaluatieError as error:
        return _complain(error, words)
    except (Abort, KeyboardInterrupt):
        stopped = EvaluatieError("stopped; nothing was left half-written", rule="stopped")
        return _complain(stopped, words, 130)
    return code if isinstance(code, int) else 0


def _complain(error: EvaluatieError, words: Sequence[str], code: int = 2) -> int:
    from evaluatie.ground.complaints import complaint  # the words are for who needs them

    line = terminal_text(complaint(error, asked_language(words)))
    sys.stderr.write(f"evaluatie: {line}\n")
    return code


def _use_utf8() -> None:
    # Windows consoles and C locales would fail on names such as Súdwest-Fryslân.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
