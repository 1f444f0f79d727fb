"""Do voters who met the new ballot before do better, and on which counts does that rest?"""

from evaluatie.learning import ESTIMANDS, learning
from evaluatie.study import Inputs, main
from evaluatie.vintages import vintages


def analyse(inputs: Inputs) -> dict[str, object]:
    """Compute every estimand of learning, for each outcome that it is defined for."""
    results, plan = inputs.results, inputs.design
    computed: dict[str, object] = {}
    for estimand in ESTIMANDS:
        outcomes = [plan.primary_outcome] if estimand == "decomposition" else plan.outcomes
        for outcome in outcomes:
            computed[f"learning_{estimand}_{outcome}"] = learning(
                results, estimand, outcome=outcome, data=inputs.data
            )
    # The same contrast when every municipality counts once.
    computed["learning_between_municipalities"] = learning(
        results, "between", weights="municipalities", data=inputs.data
    )
    computed["learning_vintages"] = vintages(results, data=inputs.data)
    return computed


if __name__ == "__main__":
    main(analyse)
