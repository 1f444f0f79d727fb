"""What was printed about the experiment, and do the counts reproduce it?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.published import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Hold every printed figure to the counts."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
