"""Which counts are implausible, and which municipalities lie outside the funnel?"""

from evaluatie.boundaries import comparable
from evaluatie.errors import EstimationError
from evaluatie.quality import funnel_of, quality
from evaluatie.results import load_table
from evaluatie.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """List findings, count them, draw the funnels' tables, and align the years of one kind."""
    results, plan = inputs.results, inputs.design
    # As printed: what the sources did not report must be seen, too.
    printed = load_table("municipal_results", inputs.data)
    found = quality(
        printed,
        national=load_table("national_results", inputs.data),
        exceptions=load_table("known_exceptions", inputs.data),
        design=plan,
    )
    computed: dict[str, object] = {
        "quality": found,
        "quality_counts": {"table": found.counts.to_dict("records")},
    }
    for election in plan.new_ballot:
        try:
            computed[f"funnel_{election}"] = funnel_of(results, election, design=plan)
        except EstimationError:
            continue  # no counts of invalid votes per municipality: coverage says so
    house = [name for name in results.elections if plan.election(name).kind == "TK"]
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
