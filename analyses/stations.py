"""Where within municipalities are votes invalid or blank: polling stations beside each other."""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.stations import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Describe the stations of the elections of this run that have any."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
