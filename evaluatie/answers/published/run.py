"""What the report reads of printed figures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from evaluatie.answers.answer import Found, attempt
from evaluatie.answers.published.analyse import published
from evaluatie.answers.published.statements import statements
from evaluatie.counts import Results


def run(results: Results) -> Mapping[str, Found]:
    """Hold every figure printed of these elections, and every statement, to the counts."""
    return {
        "published": attempt(partial(published, results, results.elections)),
        "published_statements": attempt(partial(statements, results)),
    }
