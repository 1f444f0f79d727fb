"""What are the shares of each municipality of the experiment, and its place among all?"""

from evaluatie.answers.analysis import records, unavailable
from evaluatie.answers.sheets import history
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Follow each municipality through time; effects and seats come from their own analyses."""
    rows = history(inputs.results)
    if rows.empty:
        return {"sheets": unavailable("nobody")}
    return {
        "sheets": {
            "table": records(rows),
            "primary_outcome": inputs.design.primary_outcome,
            "sources": list(inputs.results.sources),
        }
    }


if __name__ == "__main__":
    main(analyse)
