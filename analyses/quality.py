"""Which counts are implausible, and which municipalities lie outside the funnel?"""

from functools import partial

from evaluatie.answers.analysis import attempt, unavailable
from evaluatie.answers.quality import funnel_of, quality_as_printed
from evaluatie.counts.boundaries import comparable
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """List findings, count them, draw the funnels' tables, and align the years of one kind."""
    results, plan = inputs.results, inputs.design
    # As printed: what the sources did not report must be seen, too.
    found = quality_as_printed(results)
    computed: dict[str, object] = {
        "quality": found,
        "quality_counts": {"table": found.counts.to_dict("records")},
    }
    for election in plan.history:
        computed[f"funnel_{election}"] = attempt(
            partial(funnel_of, results, election, design=plan), election
        )
    house = [name for name in results.elections if plan.election(name).kind == "TK"]
    computed["boundaries"] = unavailable("no_counts")
    if not house:
        return computed
    aligned = comparable(results, house, design=plan)
    gone = aligned.left_out.drop_duplicates("municipality_code")
    columns = ["municipality_code", "municipality", "unit", "reason", "sentence_nl", "sentence_en"]
    computed["boundaries"] = {
        "elections": list(aligned.elections),
        "n_comparable": len(aligned.units),
        "sentence": {lang: aligned.sentence(lang) for lang in ("nl", "en")},
        "table": gone[columns].to_dict("records"),
    }
    return computed


if __name__ == "__main__":
    main(analyse)
