"""What the report reads of evidence and reasons, and the commands about them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

from evaluatie.answers.answer import Answer, Found, attempt
from evaluatie.answers.evidence.analyse import counting, evidence
from evaluatie.answers.evidence.reasons import reasons, rules
from evaluatie.answers.evidence.show import ROWS
from evaluatie.answers.evidence.table import write_template
from evaluatie.counts import Results
from evaluatie.ground.formatting import LANGUAGES, Language
from evaluatie.ground.words import say


def run(results: Results) -> Mapping[str, Found]:
    """Collect what is in on every subject, the user's ``evidence.csv`` on top."""
    return {
        "evidence": attempt(partial(evidence, results)),
        "evidence_counting": attempt(partial(counting, results)),
        "reasons": attempt(partial(reasons, results)),
    }


def evidence_command(
    results: Results,
    file: Path | None = None,
    template: Path | None = None,
    lang: Language = "nl",
    show: Annotated[str, ("subjects", "rows")] = "subjects",
) -> Answer | Mapping[str, str]:
    """What is in on each subject of the evaluation.

    Parameters
    ----------
    file
        Your own rows of evidence, on top of the shipped ones.
    template
        Write an empty table to fill in to this file.
    show
        What is in by subject; every row with its source.
    """
    if template is not None:
        write_template(template, lang)
        return {each: say("evidence.written", each, path=template) + "\n" for each in LANGUAGES}
    found = evidence(results, file)
    if show == "subjects":
        return found
    rows = found.parts["rows"]
    return Answer(table=rows, columns=ROWS, statements=found.statements, sources=found.sources)


def reasons_command(
    results: Results,
    file: Path | None = None,
    show: Annotated[str, ("shares", "rules")] = "shares",
) -> Answer:
    """Why ballots were invalid.

    From printed totals, until the counts per reason are public or given.

    Parameters
    ----------
    file
        Evidence with counts per reason, on top of the shipped rows.
    show
        Shares; under other rules of validity.
    """
    return (reasons if show == "shares" else rules)(results, file)
