"""How long the models of counts take, with the ratio to R's glmmTMB, in one run.

``python benchmarks/bench_models.py [--rscript Rscript]``; without R (with glmmTMB) only the
package itself is timed. Counts are random numbers of the size of a national election: 22,000
polling stations in 342 municipalities.
"""

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from evaluatie.stats.betabinomial import fit_betabinomial
from evaluatie.stats.funnel import funnel
from evaluatie.stats.intervals import ratio_interval
from evaluatie.stats.synthetic import panel, placebo_test, synthetic_control, synthetic_did

STATIONS, MUNICIPALITIES = 22_000, 342

PEER = """
suppressPackageStartupMessages(library(glmmTMB))
d <- read.csv(commandArgs(TRUE)[1])
fit <- glmmTMB(cbind(x, n - x) ~ 1, data = d, family = betabinomial())
times <- sapply(1:3, function(i) system.time(
  glmmTMB(cbind(x, n - x) ~ 1, data = d, family = betabinomial()))[["elapsed"]])
cat(format(c(min(times), plogis(fixef(fit)$cond), 1 / (1 + sigma(fit))), digits = 15))
"""


def timed(call, repeat=3):
    """Best of a few runs, in seconds, and the last result."""
    best, made = np.inf, None
    for _ in range(repeat):
        start = time.perf_counter()
        made = call()
        best = min(best, time.perf_counter() - start)
    return best, made


def counts():
    """Counts of random stations."""
    rng = np.random.default_rng(1)
    n = rng.integers(200, 1600, STATIONS)
    mean, s = 0.003, 1 / 0.002 - 1
    x = rng.binomial(n, rng.beta(mean * s, (1 - mean) * s, STATIONS))
    return x, n, rng.integers(0, MUNICIPALITIES, STATIONS)


def glmmtmb(rscript, x, n):
    """Seconds, share and rho of glmmTMB on the same counts."""
    with tempfile.TemporaryDirectory() as folder:
        table, script = Path(folder) / "counts.csv", Path(folder) / "fit.R"
        np.savetxt(
            table, np.column_stack([x, n]), fmt="%d", delimiter=",", header="x,n", comments=""
        )
        script.write_text(PEER, "utf-8")
        done = subprocess.run(
            [rscript, str(script), str(table)], capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        return None
    return np.array([float(each) for each in done.stdout.split()])


def main():
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rscript", default=shutil.which("Rscript"))
    options = parser.parse_args()
    x, n, municipality = counts()
    fit_betabinomial(x[:100], n[:100])  # imports are not part of the fit
    seconds, fit = timed(lambda: fit_betabinomial(x, n))
    print(f"beta-binomial, {STATIONS:,} rows: {seconds:.3f} s")
    peer = glmmtmb(options.rscript, x, n) if options.rscript else None
    if peer is None:
        print("  glmmTMB is not installed: no ratio")
    else:
        worst = np.abs(np.array([fit.share, fit.rho]) / peer[1:] - 1).max()
        print(f"  glmmTMB: {peer[0]:.3f} s, {peer[0] / seconds:.1f} times as long")
        print(f"  largest relative difference of share and rho: {worst:.1e}")
    for label, call in (
        ("ratio interval, clustered", lambda: ratio_interval(x, n, municipality)),
        ("funnel", lambda: funnel(x, n)),
    ):
        print(f"{label}, {STATIONS:,} rows: {timed(call)[0]:.3f} s")
    rng = np.random.default_rng(2)
    shares = rng.gamma(6, 0.0005, (MUNICIPALITIES, 1)) + rng.normal(0, 3e-4, (MUNICIPALITIES, 7))
    data = panel(shares, np.arange(MUNICIPALITIES) == 0, 6)
    for method in (synthetic_control, synthetic_did):
        one, _ = timed(lambda method=method: method(data))
        all_units, _ = timed(lambda method=method: placebo_test(data, method), repeat=1)
        print(
            f"{method.__name__}, {MUNICIPALITIES} units x 7 periods: {one * 1e3:.1f} ms; "
            f"with a placebo for every comparison unit {all_units:.2f} s"
        )


if __name__ == "__main__":
    main()
