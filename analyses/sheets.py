"""What are the shares of each municipality of the experiment, and its place among all?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.sheets import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Follow each municipality through time; effects and seats come from their own analyses."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
