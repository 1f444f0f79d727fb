"""What did the new ballot do to invalid, blank and rejected votes, and how sure is that?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.effect import ENTRY, for_sheets
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Estimate the effect at every election of the experiment, with its checks."""
    return (for_sheets if inputs.sheets else ENTRY.analyse)(inputs.results)


if __name__ == "__main__":
    main(analyse)
