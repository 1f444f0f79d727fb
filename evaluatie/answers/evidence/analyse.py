"""What is in on each subject of the evaluation, and what is not yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from evaluatie.answers.answer import Answer, stacked
from evaluatie.answers.columns import names_of
from evaluatie.answers.evidence import show
from evaluatie.answers.evidence.table import collected
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results
from evaluatie.counts.schema import SUBJECTS
from evaluatie.ground.errors import EstimationError
from evaluatie.ground.formatting import short

_LITTLE = 1.5
"""Below this ratio the two groups are said to differ little."""


def evidence(results: Results, file: Path | None = None) -> Answer:
    """Say per subject of the evaluation what is in at each election with the new ballot.

    Parameters
    ----------
    results
        Counts, whose folder may hold a table ``evidence`` of the user's.
    file
        Another such table, on top.

    Returns
    -------
    Answer
        ``table``, one row per subject and election with the new ballot: subject, basis (what
        lays it down, see :data:`evaluatie.counts.schema.SUBJECTS`), election, counted (whether
        official counts speak to it), n_rows (rows of evidence), measures (their measures, with
        semicolons). ``parts["rows"]``: the rows themselves, those of single municipalities with the
        name in ``whom``; ``parts["n_subjects"]``, and ``parts["n_empty"]``: how many of them
        have nothing at the latest election.

    Raises
    ------
    EstimationError
        Without an election with the new ballot in some municipalities.
    InputError
        See :func:`evaluatie.answers.evidence.table.collected`.

    Examples
    --------
    >>> import evaluatie
    >>> made = evaluatie.evidence(evaluatie.load())
    >>> {"subject", "basis"} <= set(made.table)
    True
    """
    rows, plan = _in_order(collected(results, file)), results.counted_plan
    latest = plan.latest
    measured = {key: [*own] for key, own in rows.groupby(["election", "subject"])["measure"]}
    table = pd.DataFrame(
        {
            "subject": subject,
            "basis": " ".join(basis),
            "election": election,
            "counted": counted.get(subject, False),
            "n_rows": len(measures),
            "measures": "; ".join(dict.fromkeys(measures)),
        }
        for election in plan.new_ballot
        for counted in [_counted(results, election)]
        for subject, basis in SUBJECTS.items()
        for measures in [measured.get((election, subject), [])]
    )
    empty = table[(table["election"] == latest) & ~table["counted"] & (table["n_rows"] == 0)]
    values = {"n": len(SUBJECTS), "empty": len(empty), "election": short(latest)}
    few = 2 * (len(SUBJECTS) - len(empty)) < len(SUBJECTS)
    names = results.rows.drop_duplicates("municipality_code", keep="last")
    named = rows["group"].map(names.set_index("municipality_code")["municipality"])
    return Answer(
        table=table,
        columns=show.SUBJECTS,
        statements=(Statement(f"evidence.{'few' if few else 'most'}", values),),
        sources=("published-figures",),
        parts={
            "rows": rows.assign(whom=named.fillna(rows["group"])),
            "n_subjects": len(SUBJECTS),
            "n_empty": len(empty),
        },
        brief=show.by_subject(table),
    )


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort by subject, in their order, whom it is about, and year."""
    year = rows["election"].str.extract(r"(\d{4})", expand=False)
    places = rows["subject"].map(list(SUBJECTS).index)
    order = pd.DataFrame({"place": places, "group": rows["group"], "year": year})
    order = order.sort_values(["place", "group", "year"], kind="stable")
    return rows.loc[order.index].reset_index(drop=True)


def _counted(results: Results, election: str) -> Mapping[str, bool]:
    """Return to which subjects official counts of municipalities with the new ballot speak."""
    rows, plan = results.rows, results.counted_plan
    own = rows[(rows["election"] == election) & (rows["vintage"] == "official")]
    known = own["invalid"].notna() & own["municipality_code"].isin(plan.treated(election))
    again = own["municipality_code"].map(lambda code: plan.exposure(code, election) > 1)
    candidates = results.table("candidate_summary")
    persons = candidates[candidates["election"] == election]["municipality_code"]
    return {
        "invalid": bool(known.any()),
        "learning": bool(known[again].any()),
        "personal_vote": bool(persons.isin(plan.treated(election)).any()),
    }


def counting(results: Results) -> Answer:
    """Compare how far ballots found differ from voters admitted, with the new ballot and without.

    In the table (:data:`show.COUNTING`), by election and group, ballots beyond and short of the
    voters admitted are added up. Refused without such counts of both groups at one election.
    """
    rows, plan = collected(results), results.counted_plan
    own = rows[(rows["measure"] == "count_difference") & rows["n"].gt(0)]
    made, said = [], []
    for election in plan.new_ballot:
        here = own[own["election"] == election]
        treated = here["group"].isin(plan.treated(election))
        group = treated.map({True: "experiment", False: "comparison"}).rename("group")
        sums = here.groupby(group).agg(
            n_municipalities=("value", "size"), count=("value", "sum"), total=("n", "sum")
        )
        if len(sums) < 2:
            continue
        share = (here["value"].groupby(group).sum() / sums["total"]).astype("float64")
        sums = sums.astype("int64").assign(share=share)
        both = sums.loc[["experiment", "comparison"]].reset_index()
        made.append(both.assign(election=election))
        ours, others = 10_000 * both["share"]
        little = max(ours, others) < _LITTLE * min(ours, others)
        values = {"election": short(election), "ours": ours, "others": others}
        values["n_ours"], values["n_others"] = both["n_municipalities"]
        said.append(Statement(f"evidence.counting_{'little' if little else 'much'}", values))
    if not made:
        raise EstimationError("no voters admitted beside ballots found", rule="known counts")
    table = stacked(made)[names_of(show.COUNTING)]
    return Answer(table=table, columns=show.COUNTING, statements=tuple(said))
