"""How long the inference takes, with the ratio to what others take, in one run.

``python benchmarks/bench_inference.py [--peer PYTHON]`` where PYTHON is an interpreter of an
environment with pyfixest, wildboottest and diff-diff. Data are random numbers.
"""

import argparse
import json
import subprocess
import sys
import time
import tracemalloc

import numpy as np

from evaluatie.stats.changes import weighted_t
from evaluatie.stats.cluster import crv3, wild_bootstrap
from evaluatie.stats.few_treated import ferman_pinto
from evaluatie.stats.randomization import randomization_test

UNITS, TREATED, DRAWS_WILD, DRAWS_RI = 342, 5, 9_999, 99_999

PEER = f"""
import json, time, warnings
import numpy as np, pandas as pd
warnings.simplefilter("ignore")
out = {{}}
rng = np.random.default_rng(1)
units = {UNITS}
y = rng.normal(size=(units, 2))
treated = np.arange(units) < {TREATED}
try:
    import pyfixest as pf
    frame = pd.DataFrame({{
        "y": y.ravel(), "unit": np.repeat(np.arange(units), 2), "period": np.tile([0, 1], units),
        "d": np.column_stack([np.zeros(units), treated]).ravel(),
    }})
    fit = pf.feols("y ~ d | unit + period", frame, vcov={{"CRV1": "unit"}})
    start = time.perf_counter()
    fit.wildboottest(param="d", cluster="unit", reps={DRAWS_WILD}, seed=1)
    out["wild"] = time.perf_counter() - start
    start = time.perf_counter()
    pf.feols("y ~ d | unit + period", frame, vcov={{"CRV3": "unit"}})
    out["crv3"] = time.perf_counter() - start
except ImportError:
    pass
try:
    from diff_diff.lwdid_randomization import randomization_inference
    start = time.perf_counter()
    randomization_inference(y[:, 1] - y[:, 0], treated.astype(float), n_reps={DRAWS_RI}, seed=1)
    out["ri"] = time.perf_counter() - start
except ImportError:
    pass
print(json.dumps(out))
"""


def best(work, times: int = 5) -> float:
    """Fastest of some runs, in seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def peak(work) -> float:
    """Highest memory in use, in MB."""
    tracemalloc.start()
    work()
    top = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return top / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", help="interpreter with pyfixest and diff-diff")
    peer = parser.parse_args().peer
    rng = np.random.default_rng(1)
    y = rng.normal(size=(UNITS, 2))
    treated = np.arange(UNITS) < TREATED
    change = y[:, 1] - y[:, 0]
    variance = rng.uniform(0.5, 3, UNITS)
    few, few_treated = rng.normal(size=42), np.arange(42) < 5
    strata = np.arange(UNITS) % 5
    work = {
        "wild": lambda: wild_bootstrap(change, treated, draws=DRAWS_WILD),
        "crv3": lambda: crv3(change, treated, minimum_treated=2),
        "ri": lambda: randomization_test(change, treated, draws=DRAWS_RI),
        "ri in strata, studentised": lambda: randomization_test(
            change, treated, strata=strata, variance=variance, draws=DRAWS_RI
        ),
        "ri exact C(42, 5) = 850,668": lambda: randomization_test(few, few_treated),
        "the same, studentised": lambda: randomization_test(
            few, few_treated, variance=variance[:42]
        ),
        "Ferman-Pinto 9,999 draws": lambda: ferman_pinto(change, treated, variance),
        "weighted t": lambda: weighted_t(change, variance, treated),
    }
    others = {}
    if peer:
        done = subprocess.run([peer, "-c", PEER], capture_output=True, text=True, check=True)
        others = json.loads(done.stdout.strip().splitlines()[-1])
    print(f"{'':32}{'ms':>10}{'peak MB':>10}{'peer ms':>12}{'ratio':>8}")
    for name, each in work.items():
        each()
        seconds = best(each)
        line = f"{name:32}{1e3 * seconds:10.2f}{peak(each):10.1f}"
        if name in others:
            line += f"{1e3 * others[name]:12.1f}{others[name] / seconds:8.0f}"
        print(line)
    for draws in (25_000, 50_000, 100_000, 200_000):
        seconds = best(lambda n=draws: randomization_test(change, treated, draws=n))
        print(f"ri, {draws:,} draws: {1e6 * seconds / draws:.3f} ms per thousand")


if __name__ == "__main__":
    sys.exit(main())
