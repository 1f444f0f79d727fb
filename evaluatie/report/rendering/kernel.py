"""A Python kernel of our own, and the thread in which its messages are read.

The kernel is ``python -m ipykernel_launcher`` of the interpreter that runs now, so no installed
kernelspec is needed, and it reads nobody's IPython or Jupyter configuration. Its event loop
lives in a thread: the caller stays interruptible, and may itself run inside a notebook.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["Kernel", "kernel"]

T = TypeVar("T")

_CLOSE_SECONDS = 5.0

# Figures that do not depend on the user's own settings, nor on the moment.
_MATPLOTLIBRC = """\
svg.hashsalt: evaluatie
svg.fonttype: path
figure.figsize: 7, 4
figure.dpi: 96
savefig.dpi: figure
"""


@dataclass
class Kernel:
    """A running kernel and the thread in which its messages are read."""

    manager: Any
    loop: asyncio.AbstractEventLoop
    log: Path
    client: Any = None
    seconds: dict[str, float] = field(default_factory=dict)

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the kernel's thread; Ctrl-C interrupts the waiting."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self.loop)
        while True:
            try:
                # A finite wait, because Windows cannot interrupt an endless one.
                return future.result(timeout=0.5)
            except TimeoutError:
                if future.done():
                    raise
            except BaseException:
                future.cancel()
                raise


@contextlib.contextmanager
def kernel(scratch: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[Kernel]:
    """Start a kernel in ``folder``, without waiting until it is ready; stop it at the end.

    Parameters
    ----------
    scratch
        Private folder for its connection file, configuration and log.
    folder
        Its working directory.
    environment
        Variables to set beside those of this process.
    """
    begin = time.perf_counter()
    manager = _manager(scratch)
    log = scratch / "kernel.log"
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="evaluatie-kernel", daemon=True)
    thread.start()
    running = Kernel(manager, loop, log)
    try:
        with log.open("wb") as stream:
            running.wait(
                manager.start_kernel(
                    cwd=str(folder),
                    env=_environment(scratch, environment),
                    stdout=stream,
                    stderr=stream,
                )
            )
        running.seconds["launch"] = time.perf_counter() - begin
        yield running
    finally:
        _close(running)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(_CLOSE_SECONDS)
        if not loop.is_running():
            loop.close()


def _manager(scratch: Path) -> Any:
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    argv = [
        *(sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"),
        "--HistoryManager.enabled=False",
        "--InlineBackend.figure_formats={'svg'}",
        "--InlineBackend.rc={}",
    ]
    manager = AsyncKernelManager(connection_file=str(scratch / "kernel.json"))
    manager._kernel_spec = KernelSpec(argv=argv, display_name="evaluatie", language="python")
    sockets = scratch / "k"
    # Sockets in a private folder cannot collide with other processes, as free ports can; their
    # path may be 100 bytes long.
    if sys.platform != "win32" and len(os.fsencode(sockets)) < 90:
        manager.transport = "ipc"
        manager.ip = str(sockets)
    return manager


def _environment(scratch: Path, extra: Mapping[str, str]) -> dict[str, str]:
    rc = scratch / "matplotlibrc"
    rc.write_text(_MATPLOTLIBRC, "utf-8")
    return {
        **os.environ,
        "IPYTHONDIR": str(scratch / "ipython"),
        "JUPYTER_NO_CONFIG": "1",
        "MATPLOTLIBRC": str(rc),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        **extra,
    }


def _close(running: Kernel) -> None:
    async def stop() -> None:
        if running.client is not None:
            running.client.kc.stop_channels()
        if running.manager.has_kernel:
            await running.manager.shutdown_kernel(now=True)

    pid = getattr(getattr(running.manager, "provisioner", None), "pid", None)
    future = asyncio.run_coroutine_threadsafe(stop(), running.loop)
    try:
        future.result(_CLOSE_SECONDS)
    except Exception:  # nothing may hide the error that is on its way
        if pid is not None:
            with contextlib.suppress(OSError):
                os.kill(pid, 9)
