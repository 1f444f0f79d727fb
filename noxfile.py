"""Every way to check, build and run the project; `nox -l` lists them.

Each session installs what it needs by itself: a machine with Python and pip is enough.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["tests", "lint", "types"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = False

ROOT = Path(__file__).resolve().parent
PEERS = ("pyfixest>=0.60", "wildboottest", "diff-diff>=3.13")
"""Other implementations, to compare with; the package itself needs none of them."""

ALONE = {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": ""}
"""Tests run beside each other already: threads of linear algebra would only wait on each other.

They start many processes: what is compiled is kept, whatever the environment says.
"""


@nox.session
def report(session: nox.Session) -> None:
    """Render the whole report; options are passed on: nox -s report -- --format html."""
    session.install(".[report]")
    session.run("evaluatie", "report", "--out", str(ROOT / "_output"), *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests; options are passed on: nox -s tests -- -k rates.

    The environment also has what lint and types need: .ci/run uses no other.
    """
    session.install("-e", ".[report,tests,lint,types]")
    session.run("pytest", *(session.posargs or ["-n", "auto"]), env=ALONE)


@nox.session
def oldest(session: nox.Session) -> None:
    """Run the tests on the oldest versions that pyproject.toml promises to work with."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["report"] + extras["tests"]
    constraints = Path(session.create_tmp()).resolve() / "oldest.txt"
    constraints.write_text("\n".join(each.replace(">=", "==") for each in wanted), "utf-8")
    session.install("-e", ".[report,tests]", "-c", str(constraints))
    session.run("pytest", *(session.posargs or ["-n", "auto"]), env=ALONE)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install(".[lint]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    session.install("-e", ".[types]")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation in _output/docs, running all code on its pages."""
    session.install("-e", ".[report,docs]")
    site = str(ROOT / "_output" / "docs")
    # -E -a: nothing left from an earlier build may hide a fault.
    session.run("sphinx-build", "-W", "--keep-going", "-n", "-E", "-a", "-j", "auto", "docs", site)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed and memory beside peers; all of benchmarks/, or the one named."""
    session.install(".[report,tests]", *PEERS, "pyeml-bindings")
    chosen = session.posargs or sorted(
        path.stem.removeprefix("bench_") for path in (ROOT / "benchmarks").glob("bench_*.py")
    )
    for name in chosen:
        peer = ["--peer", "python"] if name == "inference" else []
        session.run("python", f"benchmarks/bench_{name}.py", *peer)


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the wheel, install it in this empty environment, render in an empty folder."""
    session.install("build")
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", "dist", ".")
    (built,) = (ROOT / "dist").glob("*.whl")
    session.install("--force-reinstall", f"{built}[report]")
    folder = Path(session.create_tmp()).resolve() / "elsewhere"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    session.chdir(folder)
    session.run("evaluatie", "report", "--out", "report", env={"EVALUATIE_RAW": ""})
    made = sorted(path.name for path in (folder / "report").iterdir())
    session.log("rendered from the wheel: %s", ", ".join(made))
    if not {"rapport.html", "rapport.pdf"} <= set(made):
        session.error("the wheel did not render both HTML and PDF")


@nox.session
def fuzz(session: nox.Session) -> None:
    """Feed damaged files to the readers, guided by coverage: nox -s fuzz -- SECONDS."""
    session.install("-e", ".[report,tests]", "atheris")
    session.run("python", "tests/fuzz/fuzz_reading.py", *(session.posargs or ["60"]))


@nox.session
def reference(session: nox.Session) -> None:
    """Make the values of other implementations again: pyfixest, diff-diff, and R where it is."""
    session.install("-e", ".", *PEERS)
    session.chdir(ROOT / "tests" / "reference")
    for script in sorted(Path.cwd().glob("*.py")):
        session.run("python", script.name)
    if shutil.which("Rscript") is None:
        session.warn("Rscript is not on the PATH: values made by R stay as they are")
        return
    for script in sorted(Path.cwd().glob("*.R")):
        session.run("Rscript", script.name, external=True)


@nox.session
def reuse(session: nox.Session) -> None:
    """Check that every file has a licence, and the two descriptions of the package."""
    session.install("reuse>=5", "check-jsonschema>=0.35")
    session.run("reuse", "lint")
    schema = ("--builtin-schema", "vendor.citation-file-format")
    session.run("check-jsonschema", *schema, "CITATION.cff")
    session.run(
        "check-jsonschema", "--schemafile", "tests/publiccode.schema.json", "publiccode.yml"
    )


@nox.session
def interop(session: nox.Session) -> None:
    """Reach the same numbers in R and Polars; needs Rscript (Debian: r-base-core)."""
    session.install("-e", ".[report,tests]", "polars>=1.20")
    if shutil.which("Rscript") is None:
        session.warn("Rscript is not on the PATH: the test in R is skipped")
    session.run("pytest", "tests/interop", "-n", "0", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """Build wheel and sdist, check both with twine and by content, try the wheel elsewhere."""
    session.install("build", "twine>=6")
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    session.run("python", "-m", "build", "--outdir", str(dist), ".")
    built = sorted(map(str, dist.iterdir()))
    session.run("twine", "check", "--strict", *built)
    session.run("python", "tests/distribution.py", *built)
    folder = Path(session.create_tmp()).resolve() / "empty"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    session.run("python", "-m", "venv", str(folder / "venv"))
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    (wheel,) = dist.glob("*.whl")
    session.chdir(folder)
    session.run(str(programs / "python"), "-m", "pip", "install", "-q", str(wheel), external=True)
    evaluatie = str(programs / "evaluatie")
    outside = {"EVALUATIE_RAW": "", "PYTHONPATH": ""}
    session.run(evaluatie, "--version", external=True, env=outside)
    session.run(evaluatie, "data", "check", external=True, env=outside)
    if "example.org" in (ROOT / "publiccode.yml").read_text("utf-8"):
        session.warn("publiccode.yml still has the address of nobody: see RELEASING.md")


@nox.session
def data(session: nox.Session) -> None:
    """Rebuild the tables that ship from the raw folder named by EVALUATIE_RAW."""
    session.install("-e", ".")
    raw = os.environ.get("EVALUATIE_RAW")
    if not raw:
        session.error("set EVALUATIE_RAW to the folder with the raw source files")
    session.run("evaluatie", "data", "build", "--raw", raw)
