"""Reference values of diff-diff for changes: Lee and Wooldridge's exact t, re-assignment.

Writes ``diff_diff_changes.json`` beside this script: small synthetic panels of two periods
(random numbers, no election results) with the effect, standard error, p-value and interval
of ``LWDiD`` with classical errors, and the p-value of ``randomization_inference`` with many
draws. Needs ``diff-diff``.
"""

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from diff_diff.lwdid import LWDiD
from diff_diff.lwdid_randomization import randomization_inference

DRAWS = 99_999


def reference(units: int, treated: int, seed: int) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    y = np.round(rng.normal(size=(units, 2)), 4)
    flags = np.arange(units) < treated
    y[flags, 1] += 0.8
    frame = pd.DataFrame(
        {
            "y": y.ravel(),
            "unit": np.repeat(np.arange(units), 2),
            "time": np.tile([0, 1], units),
            "treat": np.column_stack([np.zeros(units), flags]).ravel().astype(int),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = LWDiD(rolling="demean", estimation_method="reg", vcov_type="classical").fit(
            frame, outcome="y", unit="unit", time="time", treatment="treat"
        )
    change = y[:, 1] - y[:, 0]
    drawn = randomization_inference(change, flags.astype(float), n_reps=DRAWS, seed=1)
    return {
        "y": change.tolist(),
        "treated": flags.tolist(),
        "estimate": float(fit.att),
        "std_error": float(fit.se),
        "p_value": float(fit.p_value),
        "conf_int": [float(each) for each in fit.conf_int],
        "randomization_p": float(drawn.pvalue),
        "randomization_draws": DRAWS,
    }


if __name__ == "__main__":
    content = {
        "made_by": {"diff-diff": version("diff-diff")},
        "cases": [reference(12, 4, 1), reference(30, 1, 2), reference(25, 5, 3)],
    }
    Path(__file__).with_suffix(".json").write_text(
        json.dumps(content, indent=1) + "\n", encoding="utf-8"
    )
