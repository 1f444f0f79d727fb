"""Time the effect and the full specification curve on the shipped counts.

``python benchmarks/bench_effect.py`` prints wall and processor seconds; run it on an idle
machine. The pieces that have peers (bootstrap, randomization) are timed beside them elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from evaluatie.answers.effect import METHODS, effect, event_study, placebos, specification_curve
from evaluatie.counts import load


def timed(what: str, run: Callable[[], object]) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    made = run()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    rows = len(getattr(made, "table", ()))
    print(f"{what:<44} {rows:>5} rows  {wall:7.2f} s wall  {processor:7.2f} s processor")


def main() -> None:
    results = load()
    # Imports and caches first, so that they are not billed to one of the lines.
    effect(results, "TK2025")
    effect(results, "EP2024")
    timed("effect, plan's methods, TK2025", lambda: effect(results, "TK2025"))
    timed("effect, every method, TK2025", lambda: effect(results, "TK2025", methods=tuple(METHODS)))
    timed("effect, bounds, EP2024", lambda: effect(results, "EP2024"))
    for election in ("TK2025", "GR2026"):
        timed(
            f"specification curve, {election}",
            lambda e=election: specification_curve(results, e),
        )
    timed("event study TK2010-TK2025", lambda: event_study(results))
    timed("placebos and reversal", lambda: placebos(results))


if __name__ == "__main__":
    main()
