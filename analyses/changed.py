"""What did the user's own counts change, and are official and provisional counts mixed?"""

from evaluatie.answers.changed import changed
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """List every count that differs from the ones that ship."""
    return {"changed": changed(inputs.results)}


if __name__ == "__main__":
    main(analyse)
