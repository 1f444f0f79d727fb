"""Look at what is in a wheel and an sdist: ``python tests/distribution.py dist/*``.

Run by ``nox -s release``; :func:`complaints` is held to account by ``test_stewardship``.
"""

from __future__ import annotations

import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 1_000_000
"""Bytes of one file; the largest table has four fifths of it."""

IN_WHEEL = (
    "evaluatie/py.typed",
    "evaluatie/plan/design.toml",
    "evaluatie/_bundled/data/municipal_results.csv",
    "evaluatie/_bundled/data/manifest.toml",
    "evaluatie/_bundled/report/_quarto.yml",
    "evaluatie/_bundled/analyses/",
)
IN_SDIST = (
    *(
        "pyproject.toml",
        "noxfile.py",
        "README.md",
        "CHANGELOG.md",
        "CITATION.cff",
        "publiccode.yml",
    ),
    *("REUSE.toml", "LICENSES/EUPL-1.2.txt", "LICENSES/CC0-1.0.txt", "decisions/methods.md"),
    *("data/municipal_results.csv", "report/_quarto.yml", "tests/conftest.py"),
)
NEVER = (".git/", ".nox/", ".venv/", "__pycache__/", "_output/", "dist/", ".ci/", "_results/")


def complaints(sizes: Mapping[str, int], raw: Iterable[str], *, sdist: bool) -> list[str]:
    """Say what is wrong with the files of a distribution.

    Parameters
    ----------
    sizes
        Path inside the distribution to bytes; for an sdist without its top folder.
    raw
        Names of the raw source files, of which none may be inside.
    sdist
        Whether it is an sdist.
    """
    wanted = IN_SDIST if sdist else (*IN_WHEEL, ".dist-info/licenses/LICENSE")
    missing = [each for each in wanted if not any(each in name for name in sizes)]
    found = [f"{each} is missing" for each in missing]
    unwanted = set(raw)
    for name, size in sizes.items():
        if Path(name).name in unwanted:
            found.append(f"{name} is a raw source file")
        if any(f"/{part}" in f"/{name}" for part in NEVER):
            found.append(f"{name} does not belong in it")
        if size > LARGEST:
            found.append(f"{name} has {size} bytes")
        if not sdist and name.startswith(("tests/", "benchmarks/", "docs/")):
            found.append(f"{name} does not belong in a wheel")
    return found


def raw_names() -> set[str]:
    """Names of the raw files that the tables are built from."""
    catalogue = ROOT / "evaluatie" / "sources" / "catalogue.toml"
    entries = tomllib.loads(catalogue.read_text("utf-8"))["source"]
    # A few tables keep the name that they had as a source.
    shipped = {path.name for path in (ROOT / "data").rglob("*.csv")}
    return {Path(entry["file"]).name for entry in entries} - shipped


def files_of(path: Path) -> dict[str, int]:
    """Path to size of every file in a wheel or sdist."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return {each.filename: each.file_size for each in wheel.infolist()}
    with tarfile.open(path) as sdist:
        files = [each for each in sdist.getmembers() if each.isfile()]
        return {each.name.partition("/")[2]: each.size for each in files}


def main(paths: Iterable[str]) -> int:
    """Print what each distribution holds; 1 if anything is wrong with one."""
    wrong = 0
    for path in map(Path, paths):
        sizes = files_of(path)
        print(f"{path.name}: {len(sizes)} files, {sum(sizes.values()):,} bytes unpacked")
        for line in complaints(sizes, raw_names(), sdist=path.suffix != ".whl"):
            print(f"  {line}")
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
