"""How often does each test reject a true null, and each interval miss, on this very design?"""

import pandas as pd

from evaluatie.answers.analysis import records
from evaluatie.ground.folders import bundled
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Summarise the shipped simulations: ranges of size and coverage over numbers of treated."""
    del inputs  # simulated once and shipped; see data/simulations/README.md
    table = pd.read_csv(bundled("data") / "simulations" / "size_and_coverage.csv")
    parts = table["cell"].str.rsplit(", ", n=1, expand=True)
    table = table.assign(
        data=parts[0].str.replace(", ", "_").str.replace(" ", "_"),
        kind=parts[1].str.split().str[-1],
    )
    ranges = table.groupby(["data", "method", "kind"], sort=False)["size"].agg(["min", "max"])
    wide = ranges.unstack("kind")
    wide.columns = [f"{kind}_{'low' if end == 'min' else 'high'}" for end, kind in wide.columns]
    covered = table.groupby(["data", "method"], sort=False)["coverage"]
    wide["coverage_low"], wide["coverage_high"] = covered.min(), covered.max()
    return {
        "size": {
            "table": records(wide.reset_index()),
            "replications": int(table["replications"].min()),
            "treated": sorted({int(n) for n in table["n_treated"]}),
        }
    }


if __name__ == "__main__":
    main(analyse)
