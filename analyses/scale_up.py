"""How many extra invalid votes would national use of the new ballot bring?"""

from evaluatie.answers.analysis import because, records
from evaluatie.answers.scale_up import scale_up
from evaluatie.ground.errors import EstimationError
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Predict for every election at which municipal effects are known."""
    try:
        result = scale_up(inputs.results)
    except EstimationError as error:
        return dict.fromkeys(("scale_up", "scale_up_effects"), because(error))
    return {"scale_up": result, "scale_up_effects": {"table": records(result.effects)}}


if __name__ == "__main__":
    main(analyse)
