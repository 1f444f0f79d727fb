"""What the report reads of the plan, the counts, their sources, software, and size of tests."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pandas as pd

from evaluatie.answers.answer import Found, missing, records
from evaluatie.answers.data.analyse import coverage
from evaluatie.answers.effect import simulated
from evaluatie.counts import Results
from evaluatie.counts.manifest import sources
from evaluatie.ground.folders import bundled
from evaluatie.ground.formatting import LANGUAGES, name_key
from evaluatie.plan import Design

_ENGINES = ("numpy", "scipy", "statsmodels", "pandas", "matplotlib")


def run(results: Results) -> Mapping[str, Found]:
    """Describe plan, coverage, known oddities, sources, versions and size of tests."""
    oddities = _oddities(results)
    software = [{"package": name, "version": version(name)} for name in ("evaluatie", *_ENGINES)]
    software.append({"package": "Python", "version": platform.python_version()})
    return {
        "coverage": coverage(results),
        "known_exceptions": {"table": oddities} if oddities else missing("no_oddities"),
        "sources": {"table": sources(bundled("data"))},
        "plan": _plan(results.counted_plan),
        "versions": {"table": software},
        "size": _size(),
    }


def _oddities(results: Results) -> list[dict[str, Any]]:
    """Known oddities of single municipalities, with their names and counts."""
    key = ["election", "municipality_code", "vintage"]
    listed = results.table("known_exceptions").dropna(subset=["municipality_code"])
    listed = listed[listed["election"].isin(results.elections)]
    return records(listed.merge(results.rows.drop(columns="source"), on=key, how="left"))


def _plan(plan: Design) -> dict[str, Any]:
    """The plan and its deviations; a row for each election with the new ballot."""
    rows = []
    for election in plan.elections:
        if election in plan.history or election in plan.nationwide:
            codes = plan.treated(election)
            met = sorted({plan.exposure(code, election) for code in codes})
            rows.append(
                {
                    "election": election,
                    "date": plan.election(election).date.isoformat(),
                    "baseline": plan.election(election).baseline,
                    "nationwide": election in plan.nationwide,
                    "municipalities": ", ".join(
                        sorted((plan.municipalities[c] for c in codes), key=name_key)
                    ),
                    "exposure": ", ".join(map(str, met)),
                    "n": len(codes) or None,
                }
            )
    return {
        "sha256": plan.sha256,
        "alpha": plan.alpha,
        "version": plan.raw["version"],
        "municipalities": dict(plan.municipalities),
        "names": {
            name: {lang: plan.called(name, lang) for lang in LANGUAGES} for name in plan.elections
        },
        "deviations": [
            {**entry, "date": entry["date"].isoformat() if "date" in entry else None}
            for entry in plan.raw.get("deviations", [])
        ],
        "additions": list(plan.additions),
        "table": rows,
    }


def _size() -> dict[str, Any]:
    """How often each test rejects a true null, and each interval holds what it is of.

    Ranges over numbers of treated municipalities (and, of real counts, pairs of elections), of
    simulations that ship; see ``data/simulations/README.md``.
    """
    table = simulated()
    group = ["data", "method", "estimand"]
    by_kind = table.groupby([*group, "kind"], sort=False)["size"]
    wide = pd.DataFrame(by_kind.agg(low="min", high="max").unstack("kind"))
    wide.columns = wide.columns.map(lambda pair: f"{pair[1]}_{pair[0]}")
    covered = table.groupby(group, sort=False)["coverage"]
    wide["coverage_low"], wide["coverage_high"] = covered.min(), covered.max()
    return {
        "table": records(wide.reset_index()),
        "replications": int(table["replications"].min()),
        "treated": sorted({int(n) for n in table["n_treated"]}),
    }
