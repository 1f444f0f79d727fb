"""Reference values of pyfixest for the difference-in-differences coefficient.

Writes ``pyfixest_did.json`` beside this script: small synthetic panels of two periods (random
numbers, no election results) with the coefficient, CRV1 and CRV3 errors and wild cluster bootstrap
p-values that pyfixest finds. Needs ``pyfixest`` and ``wildboottest``.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest as pf


def panel(name: str, units: int, treated: int, seed: int) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    y = np.round(rng.normal(size=(units, 2)) + rng.normal(size=(units, 1)), 4)
    d = np.column_stack([np.zeros(units), np.arange(units) < treated])
    return {"name": name, "y": y + np.round(0.4 * d, 4), "d": d}


def reference(case: dict[str, object]) -> dict[str, object]:
    y, d = (np.asarray(case[key]) for key in ("y", "d"))
    units, periods = y.shape
    frame = pd.DataFrame(
        {
            "y": y.ravel(),
            "d": d.ravel(),
            "unit": np.repeat(np.arange(units), periods),
            "period": np.tile(np.arange(periods), units),
        }
    )
    one = pf.feols("y ~ d | unit + period", frame, vcov={"CRV1": "unit"})
    # Without factors, because the jackknife's own is (G - 1) / G and pyfixest multiplies
    # every clustered variance by G / (G - 1).
    plain = pf.ssc(k_adj=False, G_adj=False)
    three = pf.feols("y ~ d | unit + period", frame, vcov={"CRV3": "unit"}, ssc=plain)
    out: dict[str, object] = {
        "estimate": float(one.coef()["d"]),
        "crv1": float(one.se()["d"]),
        "p_crv1": float(one.pvalue()["d"]),
        "conf_int": [float(each) for each in one.confint().loc["d"]],
        "crv3_without_factor": float(three.se()["d"]),
    }
    dummies = pf.feols("y ~ d + C(unit) + C(period)", frame, vcov={"CRV1": "unit"})
    boot, samples = dummies.wildboottest(
        param="d",
        cluster="unit",
        reps=9_999,
        weights_type="rademacher",
        seed=1,
        return_bootstrapped_t_stats=True,
    )
    out["wild"] = float(boot["Pr(>|t|)"])
    out["wild_samples"] = len(np.ravel(samples))
    return out


if __name__ == "__main__":
    cases = [
        panel("thirty clusters", 30, 11, 1),
        panel("ten clusters", 10, 5, 7),
    ]
    content = {
        "made_by": {"pyfixest": version("pyfixest"), "wildboottest": version("wildboottest")},
        "cases": [
            {
                "name": case["name"],
                "y": np.asarray(case["y"]).tolist(),
                "d": np.asarray(case["d"]).tolist(),
                **reference(case),
            }
            for case in cases
        ],
    }
    Path(__file__).with_suffix(".json").write_text(
        json.dumps(content, indent=1) + "\n", encoding="utf-8"
    )
