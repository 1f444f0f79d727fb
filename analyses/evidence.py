"""What is in on every subject of the evaluation, and why were ballots invalid?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.evidence import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Take what was published, and the user's own rows on top."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
