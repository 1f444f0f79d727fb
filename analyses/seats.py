"""Could a seat have turned on the extra invalid votes?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.seats import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """Set the votes lost in each council, and in the House, against the smallest seat margin."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
