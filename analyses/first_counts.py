"""What did the official counts add to those of election night?"""

from functools import partial

from evaluatie.answers.analysis import attempt
from evaluatie.answers.first_counts import first_counts
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Compare both counts of every election that has them."""
    return {"first_counts": attempt(partial(first_counts, inputs.results))}


if __name__ == "__main__":
    main(analyse)
