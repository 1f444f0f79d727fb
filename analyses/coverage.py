"""What do the counts cover, and what is missing?"""

import platform
from importlib.metadata import version

import pandas as pd

from evaluatie.answers.analysis import records, unavailable
from evaluatie.answers.coverage import coverage
from evaluatie.counts.manifest import sources
from evaluatie.ground.folders import bundled
from evaluatie.plan import Design
from evaluatie.report.study import Inputs, main

_ENGINES = ("numpy", "scipy", "statsmodels", "pandas", "matplotlib")


def _exceptions(inputs: Inputs) -> pd.DataFrame:
    """Known oddities of single municipalities, with their names and counts."""
    key = ["election", "municipality_code", "vintage"]
    listed = inputs.table("known_exceptions").dropna(subset=["municipality_code"])
    return listed.merge(inputs.results.rows.drop(columns="source"), on=key, how="left")


def _use(plan: Design, election: str) -> dict[str, object]:
    """One row of the plan: who voted with the new ballot, and how often they had met it."""
    codes = plan.treated(election)
    met = sorted({plan.exposure(code, election) for code in codes})
    return {
        "election": election,
        "date": plan.election(election).date.isoformat(),
        "baseline": plan.election(election).baseline,
        "nationwide": election in plan.nationwide,
        "municipalities": ", ".join(sorted(plan.municipalities[code] for code in codes)),
        "exposure": ", ".join(map(str, met)),
        "n": len(codes) or None,
    }


def analyse(inputs: Inputs) -> dict[str, object]:
    """Describe coverage, known oddities, sources, plan and versions."""
    results, plan = inputs.results, inputs.design
    oddities = records(_exceptions(inputs))
    return {
        "coverage": coverage(results),
        "known_exceptions": {"table": oddities} if oddities else unavailable("no_oddities"),
        "sources": {"table": sources(bundled("data"))},
        "plan": {
            "sha256": plan.sha256,
            "alpha": plan.alpha,
            "version": plan.raw["version"],
            "municipalities": dict(plan.municipalities),
            "deviations": [
                {**entry, "date": entry["date"].isoformat() if "date" in entry else None}
                for entry in plan.raw.get("deviations", [])
            ],
            "additions": list(plan.additions),
            "table": [
                _use(plan, name)
                for name in plan.elections
                if name in plan.history or name in plan.nationwide
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
