"""The public face: light to import, typed, and its names stay what they are."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import evaluatie

README = Path(evaluatie.__file__).parent.parent / "README.md"


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", sorted(set(evaluatie.__all__) - {"__version__"}))
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(evaluatie, name).__doc__
    assert name in dir(evaluatie)


def test_functions_keep_their_names_whatever_is_imported_first() -> None:
    out = python(
        "import evaluatie.answers.rates\n"
        "import evaluatie.answers.published\n"
        "import evaluatie\n"
        "print(callable(evaluatie.rates), callable(evaluatie.published), callable(evaluatie.rates))"
    )
    assert out.split() == ["True", "True", "True"]


def test_importing_loads_nothing_heavy() -> None:
    out = python(
        "import sys, evaluatie\n"
        "print([m for m in ('pandas', 'scipy', 'matplotlib', 'statsmodels', 'IPython', 'babel')"
        " if m in sys.modules])"
    )
    assert out.strip() == "[]"


def test_help_does_not_load_pandas() -> None:
    out = python(
        "import sys\n"
        "from evaluatie.cli import run\n"
        "run(['--help'])\n"
        "print([m for m in ('pandas', 'numpy', 'matplotlib') if m in sys.modules])"
    )
    assert out.strip().endswith("[]")


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rate'"):
        evaluatie.rate  # noqa: B018


@pytest.mark.skipif(not README.exists(), reason="the README stands in the checkout")
def test_the_readme_code_runs_and_prints_what_it_says() -> None:
    text = README.read_text("utf-8")
    blocks = re.findall(r"<!-- test: runs -->\n```python\n(.*?)```", text, re.DOTALL)
    assert blocks
    for block in blocks:
        assert len(block.strip().splitlines()) <= 8
        assert "0.65%" in python(block)


@pytest.mark.skipif(not README.exists(), reason="the README stands in the checkout")
def test_the_readme_names_existing_files_and_commands() -> None:
    from evaluatie.cli import run

    text = README.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (README.parent / target).exists(), target
    for command in re.findall(r"^\$ (evaluatie [^#\n]+)", text, re.MULTILINE):
        assert run([command.split()[1], "--help"]) == 0
