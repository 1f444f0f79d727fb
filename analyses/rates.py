"""What share of the ballots was invalid, blank, or either, and where?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.rates import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Compute rates per group at every election, per municipality, before and after."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
