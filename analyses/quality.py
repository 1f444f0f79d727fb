"""Which counts are implausible, and which municipalities lie outside the funnel?"""

from collections.abc import Mapping
from typing import Any

from evaluatie.answers.quality import ENTRY
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> Mapping[str, Any]:
    """List findings, compute the funnels' tables, and align the years of one kind."""
    return ENTRY.analyse(inputs.results)


if __name__ == "__main__":
    main(analyse)
