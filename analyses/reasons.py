"""Why were ballots invalid, and how many would another rule have saved?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.reasons import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Use the counts per reason where the user has them, else the printed totals."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
