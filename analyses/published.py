"""What was printed about the experiment, and do the counts reproduce it?"""

from evaluatie.answers.published import published
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Hold every printed figure to the counts."""
    figures, national = inputs.table("published_figures"), inputs.table("national_results")
    return {
        "published": published(inputs.results, figures=figures, national=national, data=inputs.data)
    }


if __name__ == "__main__":
    main(analyse)
