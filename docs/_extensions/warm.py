"""Start Python warm: one process imports the libraries once, and is forked for each program.

The pages start some forty programs, a kernel for each page and the commands on them. Most of these
take less time than importing what they stand on. A forked program is one of its own all the same:
arguments, folder, environment, streams and exit code are those of whoever started it.

Run as a script, this file is the program that others start: it hands all of that to the warm
process and leaves with the exit code that comes back.
"""

from __future__ import annotations

import json
import os
import socket
import sys

TYPE_CHECKING = False  # the script starts without site-packages, in milliseconds
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sphinx.application import Sphinx

__all__ = ["can_fork", "install", "setup", "start_server"]

LIBRARIES = (
    *("evaluatie.cli.app", "evaluatie.answers", "ipykernel.kernelapp", "matplotlib.pyplot"),
    *("matplotlib_inline.backend_inline", "matplotlib.backends.backend_svg", "pyarrow.parquet"),
    *("scipy.stats", "scipy.optimize", "statsmodels.api", "openpyxl", "lxml.etree"),
)
"""What most pages import, and nothing that has threads before it is used."""

_SERVE = "--serve"


def can_fork() -> bool:
    """Tell whether a forked process may go on with the libraries of the first."""
    return sys.platform == "linux"


def install(folder: Path) -> dict[str, str]:
    """Let kernels, and the command ``evaluatie``, be forks of one warm process.

    Parameters
    ----------
    folder
        Of this build: gets the socket, the command and the description of the kernel.

    Returns
    -------
    dict
        What the environment needs for them to be found.
    """
    import shlex
    import shutil
    from importlib.util import find_spec

    command, launcher = shutil.which("evaluatie"), find_spec("ipykernel_launcher")
    assert command is not None
    assert launcher is not None
    start = start_server(folder / "socket", LIBRARIES)
    programs, kernel = folder / "bin", folder / "kernels" / "python3"
    programs.mkdir()
    kernel.mkdir(parents=True)
    script = programs / "evaluatie"
    script.write_text(f'#!/bin/sh\nexec {shlex.join([*start, command])} "$@"\n', "utf-8")
    script.chmod(0o755)
    described = {
        "argv": [*start, str(launcher.origin), "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
    }
    (kernel / "kernel.json").write_text(json.dumps(described), "utf-8")
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    return {"JUPYTER_PATH": str(folder), "PATH": path}


def start_server(address: Path, libraries: Sequence[str]) -> list[str]:
    """Start the warm process; return the words that run a script, which follows them, in a fork."""
    import atexit
    import subprocess

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen(64)  # who comes while the libraries are imported waits
        number = listener.fileno()
        words = [sys.executable, "-P", __file__, _SERVE, str(number), *libraries]
        server = subprocess.Popen(words, pass_fds=[number])  # noqa: S603 - this very file
    atexit.register(server.terminate)
    return [sys.executable, "-IS", __file__, str(address)]


def _serve(number: int, libraries: Sequence[str]) -> None:
    """Import the libraries, then fork for each program; end with the process that started it."""
    import gc
    import signal
    from importlib import import_module

    parent = os.getppid()
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # a kernel asks when it is imported
    with socket.socket(fileno=number) as listener:
        for name in libraries:
            import_module(name)
        gc.freeze()  # what is collected would be copied
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a fork that has ended
        listener.settimeout(2)
        while os.getppid() == parent:
            try:
                line, _ = listener.accept()
            except TimeoutError:
                continue
            if os.fork() == 0:
                listener.close()
                _become(line)
            line.close()


def _become(line: socket.socket) -> None:
    """Be the program that the other end of the line describes, and leave as it does."""
    import runpy
    import signal
    import threading

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    line.settimeout(None)
    content, streams, _, _ = socket.recv_fds(line, 1 << 20, 3)
    while not content.endswith(b"\n"):
        content += line.recv(1 << 20)
    asked = json.loads(content)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1, closefd=False)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv[:] = asked["arguments"]

    done = threading.Event()

    def follow() -> None:
        # Who kills a kernel kills what it started; the fork is nobody's child there.
        if not line.recv(1) and not done.is_set():
            os.killpg(0, signal.SIGKILL)

    threading.Thread(target=follow, daemon=True).start()
    code: object = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as left:
        code = left.code or 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    done.set()
    line.sendall(bytes([code if isinstance(code, int) else 1]))
    raise SystemExit(code)


def _hand_over(address: str, arguments: list[str]) -> int:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asked = {
        "arguments": arguments,
        "folder": os.getcwd(),  # noqa: PTH109 -- pathlib takes as long as all the rest
        "environment": dict(os.environ),
    }
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        content = json.dumps(asked).encode() + b"\n"
        sent = socket.send_fds(line, [content], [0, 1, 2])
        line.sendall(content[sent:])
        left = line.recv(1)
    return left[0] if left else 1


def setup(_app: Sphinx) -> dict[str, bool]:
    """Say that this may be used while pages are read in parallel."""
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    if sys.argv[1] == _SERVE:
        _serve(int(sys.argv[2]), sys.argv[3:])
    else:
        sys.exit(_hand_over(sys.argv[1], sys.argv[2:]))
