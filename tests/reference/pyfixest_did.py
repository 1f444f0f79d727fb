"""Reference values of pyfixest for the difference-in-differences coefficient.

Writes ``pyfixest_did.json`` beside this script: small synthetic panels (random numbers, no
election results) with the coefficient, CRV1 and CRV3 errors and wild cluster bootstrap
p-values that pyfixest finds. Needs ``pyfixest`` and ``wildboottest``.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf


def panel(name: str, units: int, periods: int, treated: int, seed: int) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    y = np.round(rng.normal(size=(units, periods)) + rng.normal(size=(units, 1)), 4)
    d = np.zeros((units, periods))
    for i in range(treated):
        d[i, (1 + i % (periods - 1)) if "staggered" in name else periods // 2 :] = 1
    y += np.round(0.4 * d, 4)
    if "unbalanced" in name:
        for unit, period in ((0, 0), (units - 1, periods - 1), (units // 2, 1)):
            y[unit, period] = np.nan
    w = np.ones_like(y)
    if "weights" in name:
        w = np.round(rng.uniform(0.5, 3.0, size=(units, 1)) * np.ones_like(y), 4)
    if "cells" in name:
        w = np.round(rng.uniform(0.5, 3.0, size=y.shape), 4)
    return {"name": name, "y": y, "d": d, "w": w}


def reference(case: dict[str, object]) -> dict[str, object]:
    y, d, w = (np.asarray(case[key]) for key in ("y", "d", "w"))
    units, periods = y.shape
    frame = pd.DataFrame(
        {
            "y": y.ravel(),
            "d": d.ravel(),
            "w": w.ravel(),
            "unit": np.repeat(np.arange(units), periods),
            "period": np.tile(np.arange(periods), units),
        }
    ).dropna()
    weights = None if np.all(w == 1) else "w"
    one = pf.feols("y ~ d | unit + period", frame, vcov={"CRV1": "unit"}, weights=weights)
    # Without factors, because the jackknife's own is (G - 1) / G and pyfixest multiplies
    # every clustered variance by G / (G - 1).
    plain = pf.ssc(k_adj=False, G_adj=False)
    three = pf.feols(
        "y ~ d | unit + period", frame, vcov={"CRV3": "unit"}, weights=weights, ssc=plain
    )
    out: dict[str, object] = {
        "estimate": float(one.coef()["d"]),
        "crv1": float(one.se()["d"]),
        "p_crv1": float(one.pvalue()["d"]),
        "conf_int": [float(each) for each in one.confint().loc["d"]],
        "crv3_without_factor": float(three.se()["d"]),
    }
    if weights is None and "unbalanced" not in str(case["name"]):
        dummies = pf.feols("y ~ d + C(unit) + C(period)", frame, vcov={"CRV1": "unit"})
        for kind in ("rademacher", "webb"):
            boot, samples = dummies.wildboottest(
                param="d",
                cluster="unit",
                reps=9_999,
                weights_type=kind,
                seed=1,
                return_bootstrapped_t_stats=True,
            )
            out[f"wild_{kind}"] = float(boot["Pr(>|t|)"])
            out[f"wild_{kind}_samples"] = len(np.ravel(samples))
    return out


if __name__ == "__main__":
    cases = [
        panel("two periods", 30, 2, 11, 1),
        panel("five periods", 24, 5, 6, 2),
        panel("staggered", 26, 4, 9, 3),
        panel("weights by unit", 25, 3, 10, 4),
        panel("weights by cells", 25, 3, 10, 5),
        panel("unbalanced", 22, 4, 10, 6),
        panel("ten clusters", 10, 2, 5, 7),
    ]
    content = {
        "made_by": {"pyfixest": version("pyfixest"), "wildboottest": version("wildboottest")},
        "cases": [
            {
                "name": case["name"],
                "y": [[None if np.isnan(v) else float(v) for v in row] for row in case["y"]],
                "d": np.asarray(case["d"]).tolist(),
                "w": np.asarray(case["w"]).tolist(),
                **reference(case),
            }
            for case in cases
        ],
    }
    Path(__file__).with_suffix(".json").write_text(
        json.dumps(content, indent=1) + "\n", encoding="utf-8"
    )
