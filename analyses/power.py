"""What could the experiment have seen, and which municipalities should be added?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.power import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Read the simulated powers that ship."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
