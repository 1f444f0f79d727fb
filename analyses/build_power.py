"""What could the experiment have seen? Power of the reported tests by simulation.

Takes some minutes on two cores, goes on where it was broken off, and writes the table that
ships: ``data/simulations/power.csv``. Run it as

    python analyses/build_power.py --chunks FOLDER [--replications 1000] [--jobs 2]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from joblib import Memory
from rich.progress import Progress

from evaluatie.answers.power import power
from evaluatie.counts import load
from evaluatie.ground.files import atomic_write
from evaluatie.ground.folders import bundled


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the simulation and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chunks", type=Path, required=True, help="folder for finished parts")
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=bundled("data") / "simulations" / "power.csv")
    options = parser.parse_args(arguments)
    with Progress() as bar:
        task = bar.add_task("simulating", total=None)
        made = power(
            load(),
            replications=options.replications,
            n_jobs=options.jobs,
            memory=Memory(options.chunks, verbose=0),
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    atomic_write(options.out, made.table.round(6).to_csv(index=False, lineterminator="\n"))


if __name__ == "__main__":
    main()
