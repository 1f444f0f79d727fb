"""Do voters who met the new ballot before do better?"""

from functools import partial

from evaluatie.answers.analysis import attempt
from evaluatie.answers.learning import ESTIMANDS, learning
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Compute every estimand of learning, for each outcome that it is defined for."""
    results, plan = inputs.results, inputs.design
    estimate = partial(learning, results, data=inputs.data)
    computed: dict[str, object] = {}
    for estimand in ESTIMANDS:
        outcomes = [plan.primary_outcome] if estimand == "decomposition" else plan.outcomes
        for outcome in outcomes:
            computed[f"learning_{estimand}_{outcome}"] = attempt(
                partial(estimate, estimand, outcome=outcome)
            )
    # The same contrast when every municipality counts once.
    computed["learning_between_municipalities"] = attempt(
        partial(estimate, "between", weights="municipalities")
    )
    return computed


if __name__ == "__main__":
    main(analyse)
