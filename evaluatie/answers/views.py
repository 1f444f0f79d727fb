"""Which columns of a result a reader is shown, under which heading, printed how.

The terminal and the report print the same view; headings stand in ``words/headings.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluatie.ground.errors import UnknownNameError
from evaluatie.ground.tables import Column
from evaluatie.ground.words import say

__all__ = ["VIEWS", "view"]

VIEWS: Mapping[str, Sequence[tuple[str, str, str]]] = {
    "rates_municipality": (
        ("election", "election", "text"),
        ("municipality", "municipality", "text"),
        ("group", "group", "word"),
        ("vintage", "vintage", "word"),
        ("count", "count", "count"),
        ("total", "total", "count"),
        ("estimate", "share", "percent"),
        ("conf", "interval", "interval"),
    ),
    "rates_group": (
        ("election", "election", "text"),
        ("group", "group", "word"),
        ("n_municipalities", "n_municipalities", "count"),
        ("vintage", "vintage", "word"),
        ("estimate", "share_voters", "percent"),
        ("conf", "interval", "interval"),
        ("binomial", "interval_binomial", "interval"),
        ("mean", "share_municipalities", "percent"),
    ),
    "rates_bounded": (
        ("election", "election", "text"),
        ("group", "group", "word"),
        ("municipality", "municipality", "text"),
        ("bound", "bounds", "interval"),
        ("count_low", "at_least", "count"),
        ("count_high", "at_most", "count"),
    ),
    "before_after": (
        ("election", "election", "text"),
        ("municipality", "municipality", "text"),
        ("exposure", "exposure", "count"),
        ("vintage", "vintage", "word"),
        ("before", "before", "percent"),
        ("after", "after", "percent"),
        ("after", "interval", "interval"),
        ("change", "change", "points"),
    ),
    "nationwide": (
        ("kind_text", "municipalities", "text"),
        ("election", "election", "text"),
        ("before", "before", "percent"),
        ("after", "after", "percent"),
        ("estimate", "change", "points"),
        ("conf", "interval", "interval_points"),
        ("bound", "bounds_ballot", "interval_points"),
        ("n_municipalities", "n_municipalities", "count"),
        ("vintage", "vintage", "word"),
    ),
    "groups_outcomes": (
        ("election", "election", "text"),
        ("group", "group", "word"),
        ("n_municipalities", "n_municipalities", "count"),
        ("invalid", "invalid", "percent_marked"),
        ("blank", "blank", "percent_marked"),
        ("rejected", "rejected", "percent_marked"),
    ),
    "seats_at_stake": (
        ("place", "municipality", "text"),
        ("n_seats", "seats", "count"),
        ("excess_low", "lost_low", "count"),
        ("excess_high", "lost_high", "count"),
        ("votes_needed", "votes_needed", "count"),
        ("to_list", "for_list", "text"),
        ("probability_high", "chance", "percent1"),
    ),
    "seats": (
        ("place", "municipality", "text"),
        ("n_seats", "seats", "count"),
        ("kind", "change_kind", "word"),
        ("votes", "votes", "count"),
        ("gains", "gains", "text"),
        ("loses", "loses", "text"),
    ),
    "seats_by_law": (
        ("election", "election", "text"),
        ("status_text", "verdict", "text"),
        ("n_bodies", "bodies", "count"),
        ("places", "municipality", "text"),
    ),
    "reasons": (
        ("election", "election", "text"),
        ("reason_text", "reason", "text"),
        ("count_text", "total", "number"),
        ("share_invalid_text", "of_invalid", "number"),
        ("share_ballots_text", "of_all", "number"),
    ),
    "reasons_rules": (
        ("election", "election", "text"),
        ("rule_text", "rule", "text"),
        ("invalid", "invalid", "count"),
        ("share", "share", "percent"),
        ("share_change", "change", "points"),
    ),
    "reasons_change": (
        ("reason_text", "reason", "text"),
        ("before", "first_election", "percent"),
        ("after", "second_election", "percent"),
        ("estimate", "change", "points"),
        ("conf", "interval", "interval_points"),
    ),
    "scale_up": (
        ("election", "election", "text"),
        ("outcome", "outcome", "word"),
        ("use_text", "use", "text"),
        ("model_text", "weighted_by", "text"),
        ("n_effects", "n_effects", "count"),
        ("estimate", "effect", "points"),
        ("extra_text", "extra", "number"),
        ("interval_text", "prediction", "number"),
    ),
    "power": (
        ("quantity", "quantity", "text"),
        ("design", "design", "text"),
        ("spread", "spread", "text"),
        ("method", "method", "text"),
        ("minimal", "smallest", "points"),
        ("best_power", "best_power", "percent1"),
        ("size", "size", "percent1"),
        ("coverage", "coverage", "percent1"),
    ),
    "power_extend": (
        ("step", "step", "count"),
        ("municipality", "municipality", "text"),
        ("ballots", "total", "count"),
        ("n_newcomers", "newcomers", "count"),
        ("power", "power", "percent1"),
    ),
    "remark": (("remark", "remark", "text"),),
}
"""Name of the view: (column, key of the heading, way of printing), in order."""


def view(name: str) -> tuple[Column, ...]:
    """Return the columns of one view with their headings.

    Raises
    ------
    UnknownNameError
        For an unknown view.
    """
    if name not in VIEWS:
        raise UnknownNameError.of("view", name, VIEWS)
    return tuple(
        Column(
            column,
            how,  # type: ignore[arg-type]
            say(f"headings.{key}", "nl"),
            say(f"headings.{key}", "en"),
            about=key,
        )
        for column, key, how in VIEWS[name]
    )
