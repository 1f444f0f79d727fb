"""What the package takes on disk and in time to install, with all that it stands on.

Each in an empty environment, as a user does: the base, and then the extra ``report`` on top of it.
Megabytes are of the environment, less those of the empty one; seconds are of one run and depend on
what pip has at hand. ``--write`` keeps what was measured in ``install.toml``, which the README is
held to.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
KEPT = Path(__file__).with_name("install.toml")


def megabytes(folder: Path) -> float:
    """Return the size of all files below a folder, in 10^6 bytes."""
    return sum(each.lstat().st_size for each in folder.rglob("*") if each.is_file()) / 1e6


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="install-") as folder:
        home = Path(folder) / "env"
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        before, measured = megabytes(home), {}
        for name, asked in (("base", str(ROOT)), ("report", f"{ROOT}[report]")):
            started = time.monotonic()
            subprocess.run([python, "-m", "pip", "install", "-q", asked], check=True)
            seconds, now = time.monotonic() - started, megabytes(home)
            measured[name] = round(now - before)
            print(f"{name}: {measured[name]} MB more, {seconds:.0f} s")
            before = now
    if "--write" in sys.argv[1:]:
        lines = [f"{name} = {size}" for name, size in measured.items()]
        version = ".".join(map(str, sys.version_info[:2]))
        about = f"# Megabytes, by bench_install.py; Python {version}, {sys.platform}.\n"
        KEPT.write_text(about + "\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
