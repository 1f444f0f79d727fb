"""One page about one municipality of the experiment: shares, rank, effect, seats.

Nothing is estimated here that another analysis does not estimate; a sheet puts together what
is known of one place, and says what is not.
"""

from __future__ import annotations

from pathlib import Path

from evaluatie.answers.sheets.evidence import Evidence, gather
from evaluatie.answers.sheets.history import history
from evaluatie.answers.sheets.names import place_of, slug
from evaluatie.answers.sheets.result import Sheet, assemble
from evaluatie.counts import Results
from evaluatie.plan import Design

__all__ = ["Evidence", "Sheet", "assemble", "gather", "history", "place_of", "sheet", "slug"]


def sheet(
    results: Results,
    municipality: str,
    *,
    design: Design | None = None,
    data: Path | str | None = None,
) -> Sheet:
    """Put together what is known of one municipality of the experiment.

    Parameters
    ----------
    results
        From :func:`evaluatie.load`: counts of all municipalities, for ranks and comparison.
    municipality
        Name or code of one that voted with the new ballot at some election of the plan.
    design
        Another plan.
    data
        Folder with the user's own tables, for seats and printed figures.

    Returns
    -------
    Sheet
        ``table``, one row per measure × election × outcome; see :class:`Sheet`.

    Raises
    ------
    UnknownNameError
        For an unknown municipality, with the nearest name.
    InputError
        For one that never voted with the new ballot.
    """
    plan = design or results.design
    code = place_of(municipality, plan, results)
    own = results.data if data is None else Path(data)
    return assemble(gather(results, design, own), code)
