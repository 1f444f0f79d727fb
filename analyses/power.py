"""What could the experiment have seen, and which municipalities should be added?"""

from functools import partial

from evaluatie.answers.analysis import attempt
from evaluatie.answers.power import extend, load_power
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Read the simulated powers that ship, and extend the experiment step by step."""
    return {
        "power": load_power(),
        "power_extend": attempt(partial(extend, inputs.results)),
        "power_extend_alike": attempt(
            partial(extend, inputs.results, varying=False, cost="ballots")
        ),
    }


if __name__ == "__main__":
    main(analyse)
