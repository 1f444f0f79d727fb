"""Where within municipalities are votes invalid or blank: polling stations beside each other."""

from evaluatie.answers.analysis import because, records, unavailable
from evaluatie.answers.stations import stations
from evaluatie.counts import load
from evaluatie.ground.errors import EvaluatieError
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Describe the stations of the elections of this run that have any."""
    results = load(data=inputs.data, level="polling_station")
    counted = [name for name in results.elections if name in inputs.results.elections]
    names = ("stations_invalid", "stations_blank", "stations_each")
    if not counted:
        return dict.fromkeys(names, unavailable("no_counts"))
    try:
        invalid, blank = (stations(results, counted, outcome=each) for each in ("invalid", "blank"))
    except EvaluatieError as error:
        return dict.fromkeys(names, because(error))
    each = {"table": records(invalid.each), "names": invalid.names}
    return {"stations_invalid": invalid, "stations_blank": blank, "stations_each": each}


if __name__ == "__main__":
    main(analyse)
