"""What is the answer, in a few sentences?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.summary import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Estimate what is asked first, and say it in both languages."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
