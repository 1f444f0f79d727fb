"""Reference values for synthetic control and synthetic difference in differences.

Needs the package ``diff-diff`` (3.13.0 was used) in an environment of its own, and the folder
with raw source files for the California panel:

    EVALUATIE_RAW=... python tests/reference/diff_diff_synthetic.py

Writes diff_diff_synthetic.json beside this script. Its synthetic DiD runs the Frank-Wolfe
steps of the software of Arkhangelsky et al. (2021), stop included; with a far smaller stop
(``min_decrease``) its synthetic control comes to the optimum.
"""

import json
import os
import warnings
from pathlib import Path

import diff_diff
import numpy as np
import pandas as pd

warnings.simplefilter("ignore")


def fits(frame, n_pre):
    """Estimates for a panel of units (rows) and periods, the first unit(s) treated."""
    flags = frame.index.str.startswith("treated")
    frame = frame.set_axis(range(frame.shape[1]), axis="columns")
    tidy = frame.rename_axis("unit").reset_index().melt("unit", var_name="time", value_name="y")
    tidy["time"] = tidy["time"].astype(int)
    treated = set(frame.index[flags])
    tidy["ever"] = tidy["unit"].isin(treated).astype(int)
    post = list(range(n_pre, frame.shape[1]))
    names = {"outcome": "y", "unit": "unit", "time": "time", "post_periods": post}
    did = diff_diff.SyntheticDiD(variance_method="placebo", n_bootstrap=20, seed=1)
    made = did.fit(tidy, treatment="ever", **names)
    values = {"synthetic_did_published": float(made.att), "zeta": float(made.zeta_omega)}
    if len(treated) == 1:
        tidy["now"] = tidy["ever"] * (tidy["time"] >= n_pre)
        control = diff_diff.SyntheticControl(
            v_method="custom", custom_v=np.ones(n_pre) / n_pre, standardize="none"
        )
        result = control.fit(tidy, treatment="now", pre_period_outcomes="all", **names)
        values["synthetic_control"] = float(result.att)
    return values


def simulated(seed, units, periods, n_treated):
    """Shares in per cent with unit levels, a common trend and noise."""
    rng = np.random.default_rng(seed)
    level = rng.gamma(6, 0.05, (units, 1))
    trend = rng.normal(0, 0.05, (1, periods)) * (1 + level)
    y = np.round(level + trend + rng.normal(0, 0.04, (units, periods)), 4)
    names = [f"treated{i}" if i < n_treated else f"unit{i}" for i in range(units)]
    return pd.DataFrame(y, index=names)


def main():
    """Write the file."""
    made = {"made_with": {"diff_diff": diff_diff.__version__}, "simulated": []}
    for seed, units, periods, n_treated, n_pre in (
        (1, 20, 7, 1, 5),
        (2, 40, 7, 5, 6),
        (3, 12, 9, 1, 8),
    ):
        frame = simulated(seed, units, periods, n_treated)
        made["simulated"].append(
            {
                "outcomes": frame.to_numpy().tolist(),
                "n_treated": n_treated,
                "n_pre": n_pre,
                **fits(frame, n_pre),
            }
        )
    raw = Path(os.environ["EVALUATIE_RAW"]) / "reference" / "prop99.csv"
    california = pd.read_csv(raw, index_col=0).T.rename(index={"California": "treated0"})
    made["california"] = fits(california, 19)
    target = Path(__file__).with_suffix(".json")
    target.write_text(json.dumps(made, indent=None).replace("}, {", "},\n{") + "\n", "utf-8")


if __name__ == "__main__":
    main()
