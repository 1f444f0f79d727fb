"""How many extra invalid votes would national use of the new ballot bring?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.scale_up import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Predict for every election at which municipal effects are known."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
