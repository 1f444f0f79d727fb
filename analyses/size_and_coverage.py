"""Which tests can be believed on this design? Reads the simulation that ships."""

import pandas as pd

from evaluatie.places import bundled
from evaluatie.study import Inputs, main

LOW, HIGH = 0.03, 0.07
"""A nominal 5% test holds its size if it rejects a true null in 3 to 7% of samples."""


def analyse(inputs: Inputs) -> dict[str, object]:
    """Give the table, with a verdict on size, and the number of cells in which each test holds."""
    path = bundled("analyses") / "size_and_coverage.csv"
    table = pd.read_csv(path)
    # Two Monte Carlo errors on either side: a cell is not failed by the luck of the draw.
    slack = 2 * table["mc_error"]
    table["verdict"] = "holds"
    table.loc[table["size"] > HIGH + slack, "verdict"] = "rejects too often"
    table.loc[table["size"] < LOW - slack, "verdict"] = "rejects too seldom"
    table.loc[table["size"].isna(), "verdict"] = "refused"
    counts = table.groupby(["method", "verdict"], sort=False).size().unstack(fill_value=0)
    return {
        "size_and_coverage": {
            "table": table.astype(object).where(table.notna(), None).to_dict("records"),
            "replications": int(table["replications"].min()),
            "seed": inputs.design.seed("simulation"),
        },
        "size_and_coverage_methods": {"table": counts.reset_index().to_dict("records")},
    }


if __name__ == "__main__":
    main(analyse)
