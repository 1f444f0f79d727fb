"""The command line: a thin mirror of the library.

Exit codes: 0 done; 1 done, with findings or with figures that do not reproduce; 2 bad input
or usage, with one line on standard error; 130 stopped by the user.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from typer.exceptions import Abort, Exit, TyperException

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
    from evaluatie.cli.app import app

    _use_utf8()
    try:
        code = app(args=None if arguments is None else list(arguments), standalone_mode=False)
    except Exit as leave:
        return leave.exit_code
    except TyperException as error:
        return _complain(error.format_message(), error.exit_code)
    except EvaluatieError as error:
        return _complain(str(error), 2)
    except (Abort, KeyboardInterrupt):
        return _complain("stopped; nothing was left half-written", 130)
    return code if isinstance(code, int) else 0


def _complain(message: str, code: int) -> int:
    line = terminal_text(" ".join(message.split()))
    if line:
        sys.stderr.write(f"evaluatie: {line}\n")
    return code


def _use_utf8() -> None:
    # Windows consoles and C locales would fail on names such as Súdwest-Fryslân.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
