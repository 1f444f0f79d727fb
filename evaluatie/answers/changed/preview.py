"""What files would change, before anything is computed: which estimates they feed or block."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from evaluatie.answers.baselines import counted_at, same_division, uncounted
from evaluatie.answers.changed.analyse import compare_rows, say_differences
from evaluatie.answers.statement import Statement, without
from evaluatie.counts import Results, check_identities, load_table
from evaluatie.counts.schema import TABLES
from evaluatie.ground.complaints import complaint
from evaluatie.ground.errors import InputError
from evaluatie.ground.formatting import LANGUAGES
from evaluatie.plan import Design

_MOST = 10
_KEY = list(TABLES["municipal_results"].key)


def preview(own: pd.DataFrame, plan: Design) -> tuple[Statement, ...]:
    """Say in at most ten sentences what counts would change on top of those that ship.

    Parameters
    ----------
    own
        Rows of ``municipal_results``, as read from files.
    plan
        Which elections and municipalities are evaluated.

    Returns
    -------
    tuple of Statement
        What is new and what is replaced; then, per election with the new ballot that these
        rows bear on, the number of municipalities that the effect on the invalid share would
        rest on, with how many it rests on now, and who would be lacking, with the reason.
    """
    shipped = load_table("municipal_results")
    kept = pd.concat([shipped, own[TABLES["municipal_results"].names]], ignore_index=True)
    kept = kept.drop_duplicates(_KEY, keep="last").sort_values(_KEY, ignore_index=True)
    said: list[Statement] = list(say_differences(compare_rows(kept, shipped)))
    refused = contradiction(own)
    if refused is not None:
        return (*said, refused)
    elections = set(own["election"])
    unplanned = sorted(elections - set(plan.elections))
    if unplanned:
        said.append(Statement("changed.preview_unplanned", {"elections": ", ".join(unplanned)}))
    before, after = Results(shipped, plan=plan), Results(kept, plan=plan)
    about = [_about(before, after, plan, name) for name in _concerned(elections, plan)]
    if not about and not unplanned:
        said.append(Statement("changed.preview_none", {"elections": ", ".join(sorted(elections))}))
    said.extend(each for some in about for each in some)
    if len(said) > _MOST:
        more = len(said) - _MOST + 1
        said = [*said[: _MOST - 1], Statement("changed.preview_more", {"n": more})]
    return tuple(said)


def contradiction(own: pd.DataFrame) -> Statement | None:
    """Say of counts, rows as of :func:`preview`, that contradict themselves why none is loaded."""
    try:
        check_identities(own, load_table("known_exceptions"))
    except InputError as error:
        error.unit = None  # rows of several files have no lines
        return Statement(
            "changed.preview_refused", {"why": {each: complaint(error, each) for each in LANGUAGES}}
        )
    return None


def _concerned(elections: Iterable[str], plan: Design) -> list[str]:
    """Elections with the new ballot that are of these, or are compared with these; newest first."""
    given = set(elections)
    return [
        name
        for name in sorted(plan.elections, key=lambda each: plan.elections[each].date, reverse=True)
        if plan.treated(name) and given & {name, plan.election(name).baseline}
    ]


def _about(before: Results, after: Results, plan: Design, election: str) -> list[Statement]:
    (had, others_had), (has, others_have) = (
        _rests_on(results, plan, election) for results in (before, after)
    )
    key = "preview_rests"
    if has and not had:
        key = "preview_unblocked"
    elif had and not has:
        key = "preview_blocked"
    elif (had, others_had) == (has, others_have):
        key = "preview_same" if has else "preview_still_blocked"
    values = {
        "election": election,
        "baseline": plan.election(election).baseline or "",
        "treated": has,
        "others": others_have,
        "treated_before": had,
        "others_before": others_had,
    }
    lacking = uncounted(after, plan, election, "invalid", "best")
    return [Statement(f"changed.{key}", values), *without(lacking)]


def _rests_on(results: Results, plan: Design, election: str) -> tuple[int, int]:
    """Municipalities with the new ballot and others whose change is known."""
    base = plan.election(election).baseline
    if base is None:
        return 0, 0
    aligned = same_division(results, (base, election))
    here = counted_at(aligned, election, "invalid", "best")
    both = here.index.intersection(counted_at(aligned, base, "invalid", "best").index)
    treated = set(plan.treated(election)) & set(both)
    others = [code for code in both if plan.group(str(code), election) == "comparison"]
    return len(treated), len(others)
