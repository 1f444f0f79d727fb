"""What does the evaluation rest on?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.data import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Describe plan, coverage, known oddities, sources, versions and size of tests."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
