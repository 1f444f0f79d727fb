"""Do voters who met the new ballot before do better?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.learning import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Compute every estimand of learning, for each outcome that it is defined for."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
