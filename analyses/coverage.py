"""What do the counts cover, what is missing, and what did official counts change?"""

import platform
from importlib.metadata import version

import pandas as pd

from evaluatie.analysis import records
from evaluatie.coverage import compare_vintages, coverage
from evaluatie.manifest import sources
from evaluatie.places import bundled
from evaluatie.results import load_table
from evaluatie.study import Inputs, main

_ENGINES = ("numpy", "scipy", "statsmodels", "pandas", "matplotlib")


def _exceptions(inputs: Inputs) -> pd.DataFrame:
    """Known oddities of single municipalities, with their names and counts."""
    key = ["election", "municipality_code", "vintage"]
    listed = load_table("known_exceptions", inputs.data).dropna(subset=["municipality_code"])
    return listed.merge(inputs.results.rows.drop(columns="source"), on=key, how="left")


def analyse(inputs: Inputs) -> dict[str, object]:
    """Describe coverage, vintages, known oddities, sources, plan and versions."""
    results, plan = inputs.results, inputs.design
    return {
        "coverage": coverage(results),
        "vintages": compare_vintages(results, "TK2025"),
        "known_exceptions": {"table": records(_exceptions(inputs))},
        "sources": {"table": sources(bundled("data"))},
        "plan": {
            "sha256": plan.sha256,
            "alpha": plan.alpha,
            "version": plan.raw["version"],
            "deviations": [
                {**entry, "date": entry["date"].isoformat()}
                for entry in plan.raw.get("deviations", [])
            ],
            "table": [
                {
                    "election": name,
                    "date": plan.election(name).date.isoformat(),
                    "baseline": plan.election(name).baseline,
                    "municipalities": ", ".join(sorted(plan.municipalities[c] for c in codes)),
                    "exposure": ", ".join(
                        sorted({str(plan.exposure(code, name)) for code in codes})
                    ),
                    "n": len(codes),
                }
                for name, codes in plan.new_ballot.items()
            ],
        },
        "versions": {
            "table": [
                {"package": name, "version": version(name)} for name in ("evaluatie", *_ENGINES)
            ]
            + [{"package": "Python", "version": platform.python_version()}]
        },
    }


if __name__ == "__main__":
    main(analyse)
