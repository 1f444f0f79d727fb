"""What did the official counts add to those of election night?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.first_counts import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Compare both counts of every election that has them."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
