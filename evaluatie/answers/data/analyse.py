"""What the counts cover, and what is missing."""

from __future__ import annotations

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.columns import names_of
from evaluatie.answers.data import show
from evaluatie.answers.statement import Statement
from evaluatie.counts import Results
from evaluatie.ground import formatting
from evaluatie.ground.words import say


def coverage(results: Results) -> Answer:
    """Count, per election and vintage, the municipalities whose counts are known.

    The table (:data:`show.COVERAGE`) tells of how many that exist, by the code list of
    the results, votes are valid, invalid and blank together, and both apart; and
    of how many this is the best count, official before provisional.
    """
    unit = ["election", "municipality_code"]
    listed = results.table("municipality_codes")
    listed = listed.loc[listed["election"].isin(results.elections), unit]
    everyone = pd.concat([listed, results.rows[unit]]).drop_duplicates(ignore_index=True)
    everyone["treated"] = [
        results.counted_plan.has_new_ballot(code, election)
        for election, code in everyone.itertuples(index=False)
    ]
    per_election = everyone.groupby("election")["treated"].agg(["size", "sum"])
    exist = listed.groupby("election").size().reindex(per_election.index)
    exist = exist.fillna(per_election["size"]).astype(int)

    rows = results.rows.merge(everyone, on=unit).sort_values("vintage", kind="stable")
    split = rows[["blank", "invalid"]].notna().all(axis=1)
    best = rows.index.isin(rows[split].drop_duplicates(unit).index)  # official comes first
    counted = pd.DataFrame(
        {
            "n_valid": rows["valid"].notna(),
            "n_rejected": rows["rejected"].notna(),
            "n_split": split,
            "n_treated_split": split & rows["treated"],
            "n_best": best,
            "n_treated_best": best & rows["treated"],
            "ballots": rows["ballots"],
        }
    )
    sums = counted.groupby([rows["election"], rows["vintage"]]).sum()
    table = sums.reindex(list(results.elections), level="election").reset_index()
    table = table.assign(
        n_municipalities=table["election"].map(exist),
        n_treated=table["election"].map(per_election["sum"]),
    )
    table = table[names_of(show.COVERAGE)]
    return Answer(
        table=table,
        columns=show.COVERAGE,
        statements=(_said(table[table["election"] == table["election"].iloc[-1]]),),
        sources=results.sources,
    )


def _said(latest: pd.DataFrame) -> Statement:
    """Say of how many municipalities the split is counted at the latest election."""
    first = latest.iloc[0]
    return Statement(
        "data.coverage" if first["n_treated"] else "data.coverage_usual",
        {
            "election": first["election"],
            "n": int(latest["n_best"].sum()),
            "of": int(first["n_municipalities"]),
            "vintages": _by_vintage(latest, "n_best"),
            "treated": int(latest["n_treated_best"].sum()),
            "treated_of": int(first["n_treated"]),
            "treated_vintages": _by_vintage(latest, "n_treated_best"),
        },
    )


def _by_vintage(rows: pd.DataFrame, column: str) -> dict[str, str]:
    """Say how many are official and how many provisional; the latter only where there are any."""
    known = [(n, vintage) for n, vintage in zip(rows[column], rows["vintage"], strict=True) if n]
    return {
        lang: ", ".join(
            f"{formatting.count(n, lang)} {say(f'common.{vintage}', lang)}" for n, vintage in known
        )
        or say("data.no_count", lang)
        for lang in formatting.LANGUAGES
    }
