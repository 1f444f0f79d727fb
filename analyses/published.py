"""What was printed about the experiment, and do the counts reproduce it?"""

from evaluatie.published import published
from evaluatie.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Hold every printed figure to the counts."""
    return {"published": published(inputs.results, data=inputs.data)}


if __name__ == "__main__":
    main(analyse)
