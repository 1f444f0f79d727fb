"""What did the user's own counts change, and are official and provisional counts mixed?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.changed import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """List every count that differs from the ones that ship."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
