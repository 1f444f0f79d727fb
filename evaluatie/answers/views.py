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
    "stations": (
        ("election", "election", "text"),
        ("name_text", "municipality", "text"),
        ("n_stations", "n_stations", "count"),
        ("share", "share", "percent"),
        ("median", "median_station", "percent"),
        ("quartiles_text", "quartiles", "number"),
        ("highest", "highest", "percent"),
        ("n_high", "n_high", "count"),
        ("phi_text", "phi", "number"),
    ),
    "stations_report": (
        ("name_text", "municipality", "text"),
        ("n_stations", "n_stations", "count"),
        ("median", "median_station", "percent"),
        ("highest", "highest", "percent"),
        ("n_high", "n_high", "count"),
        ("phi_text", "phi", "number"),
        ("before_text", "phi_before", "number"),
    ),
    "stations_kinds": (
        ("kind_text", "kind_of_place", "text"),
        ("n_stations", "n_stations", "count"),
        ("share", "share", "percent"),
        ("other_share", "other_stations", "percent"),
        ("ratio_text", "ratio_within", "number"),
    ),
    "stations_words": (
        ("kind_text", "kind_of_place", "text"),
        ("words", "words_in_name", "text"),
    ),
    "stations_each": (
        ("municipality", "municipality", "text"),
        ("station_name", "station", "text"),
        ("kind_text", "kind_of_place", "text"),
        ("count", "count", "count"),
        ("total", "total", "count"),
        ("share", "share", "percent"),
        ("above_text", "above_limit", "text"),
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
    "first_counts": (
        ("election", "election", "text"),
        ("outcome", "outcome", "word"),
        ("group_text", "group", "text"),
        ("n_municipalities", "n_municipalities", "count"),
        ("first", "first_count", "count"),
        ("official", "official", "count"),
        ("change", "change_relative", "change"),
        ("remark_text", "remark", "text"),
    ),
    "first_counts_municipalities": (
        ("election", "election", "text"),
        ("outcome", "outcome", "word"),
        ("municipality", "municipality", "text"),
        ("first", "first_count", "count"),
        ("official", "official", "count"),
        ("change", "change_relative", "change"),
        ("share_first", "share_first", "percent"),
        ("share_official", "share_official", "percent"),
        ("remark_text", "remark", "text"),
    ),
    "first_counts_effect": (
        ("election", "election", "text"),
        ("outcome", "outcome", "word"),
        ("count_text", "vintage", "text"),
        ("estimate", "effect", "points"),
        ("conf", "interval", "interval_points"),
        ("n_treated", "n_treated", "count"),
        ("n_comparison", "n_comparison", "count"),
    ),
    "first_counts_next": (
        ("predicts_text", "election", "text"),
        ("outcome", "outcome", "word"),
        ("group_text", "group", "text"),
        ("change", "change_relative", "change"),
        ("interval_text", "prediction", "number"),
        ("came_text", "came", "number"),
        ("n_municipalities", "n_municipalities", "count"),
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
    "personal_vote": (
        ("measure_text", "measure", "text"),
        ("change_text", "change_new", "number"),
        ("change_comparison_text", "change_elsewhere", "number"),
        ("estimate_text", "effect", "number"),
        ("interval_text", "interval", "number"),
        ("p_value", "p_value", "p"),
        ("n_treated", "n_treated", "count"),
        ("n_comparison", "n_comparison", "count"),
        ("detectable_text", "detectable", "number"),
    ),
    "personal_vote_municipalities": (
        ("municipality", "municipality", "text"),
        ("group", "group", "word"),
        ("votes", "votes", "count"),
        ("before", "first_election", "percent1"),
        ("after", "second_election", "percent1"),
        ("change", "change", "points"),
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
    "sheet_shares": (
        ("election", "election", "text"),
        ("ballot_text", "ballot", "text"),
        ("invalid_text", "invalid", "number"),
        ("blank_text", "blank", "number"),
        ("rejected_text", "rejected", "number"),
        ("rank_text", "place_invalid", "number"),
    ),
    "sheet_effects": (
        ("election", "election", "text"),
        ("change_text", "change_since", "number"),
        ("effect_text", "effect", "number"),
        ("shrunk_text", "shrunk", "number"),
        ("lost_text", "votes_lost", "number"),
        ("margin_text", "seat_margin", "number"),
    ),
    "sheet_history": (
        ("election", "election", "text"),
        ("outcome", "outcome", "word"),
        ("vintage", "vintage", "word"),
        ("estimate", "share", "percent"),
        ("conf", "interval_or_bounds", "interval"),
        ("median", "median_elsewhere", "percent"),
        ("rank", "place", "count"),
        ("n_ranked", "n_municipalities", "count"),
    ),
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
