"""One page about one municipality of the experiment: shares, rank, effect, seats.

Nothing is estimated here that another analysis does not estimate; a sheet puts together what
is known of one place, and says what is not.
"""

from __future__ import annotations

from evaluatie.answers.answer import Answer
from evaluatie.answers.entry import Entry
from evaluatie.answers.sheets.analyse import assemble
from evaluatie.answers.sheets.evidence import Evidence, gather
from evaluatie.answers.sheets.history import history
from evaluatie.answers.sheets.names import place_of, slug
from evaluatie.answers.sheets.run import run, sheet_of, sheets_of
from evaluatie.counts import Results

__all__ = [
    "ENTRY",
    "Evidence",
    "assemble",
    "gather",
    "history",
    "place_of",
    "sheet",
    "sheet_of",
    "sheets_of",
    "slug",
]

ENTRY = Entry(name="sheets", analyse=run)


def sheet(results: Results, municipality: str) -> Answer:
    """Put together what is known of one municipality of the experiment.

    Parameters
    ----------
    results
        From :func:`evaluatie.load`: counts of all municipalities, for ranks and comparison.
    municipality
        Name or code of one that voted with the new ballot at some election of the plan.

    Returns
    -------
    Answer
        See :func:`assemble`.

    Raises
    ------
    UnknownNameError
        For an unknown municipality, with the nearest name.
    InputError
        For one that never voted with the new ballot.

    Examples
    --------
    >>> import evaluatie
    >>> results = evaluatie.load(["GR2022", "GR2026"])
    >>> made = evaluatie.sheet(results, "Gouda")
    >>> made.table["municipality"].unique().tolist()
    ['Gouda']
    """
    return assemble(gather(results), place_of(municipality, results.counted_plan, results))
