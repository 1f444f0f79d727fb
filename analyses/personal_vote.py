"""Do voters still vote for persons, and do numbers draw votes by themselves?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.personal_vote import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Compare votes on persons at every election of the experiment with the one before."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
