"""Which columns of a result a reader is shown, under which heading, printed how.

The terminal and the report print the same view; headings stand in ``wording/headings.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluatie.errors import UnknownNameError
from evaluatie.tables import Show
from evaluatie.wording import say

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
    "groups_outcomes": (
        ("election", "election", "text"),
        ("group", "group", "word"),
        ("n_municipalities", "n_municipalities", "count"),
        ("invalid", "invalid", "percent_marked"),
        ("blank", "blank", "percent_marked"),
        ("rejected", "rejected", "percent_marked"),
    ),
    "coverage": (
        ("election", "election", "text"),
        ("vintage", "vintage", "word"),
        ("n_municipalities", "n_municipalities", "count"),
        ("n_valid", "n_valid", "count"),
        ("n_rejected", "n_rejected", "count"),
        ("n_split", "n_split", "count"),
        ("n_treated_split", "n_treated_split", "count"),
    ),
    "plan": (
        ("election", "election", "text"),
        ("date_text", "date", "text"),
        ("n", "n_municipalities", "count"),
        ("municipalities", "who", "text"),
        ("baseline", "compared_with", "text"),
    ),
    "vintages": (
        ("group", "group", "word"),
        ("n_municipalities", "n_municipalities", "count"),
        ("provisional", "provisional", "count"),
        ("official", "official", "count"),
        ("change", "change_relative", "change"),
    ),
    "published_contradicted": (
        ("id", "figure", "text"),
        ("election", "election", "text"),
        ("about", "about", "text"),
        ("printed_text", "printed", "text"),
        ("data_text", "data_give", "text"),
        ("why_text", "why", "text"),
    ),
    "published_reproduced": (
        ("id", "figure", "text"),
        ("election", "election", "text"),
        ("about", "about", "text"),
        ("printed_text", "printed", "text"),
        ("data_text", "data_give", "text"),
    ),
    "exceptions": (
        ("municipality", "municipality", "text"),
        ("rule", "oddity", "word"),
        ("eligible", "eligible", "count"),
        ("ballots", "total", "count"),
        ("invalid", "invalid", "count"),
        ("blank", "blank", "count"),
    ),
    "sources": (
        ("id", "source", "text"),
        ("publisher", "publisher", "text"),
        ("date", "date", "text"),
        ("status", "status", "word"),
        ("checksum", "checksum", "text"),
    ),
    "versions": (
        ("package", "package", "text"),
        ("version", "version", "text"),
    ),
    "quality": (
        ("severity", "severity", "word"),
        ("election", "election", "text"),
        ("unit_name", "unit", "text"),
        ("sentence", "finding", "text"),
    ),
    "quality_counts": (
        ("rule_text", "rule", "text"),
        ("warning", "warnings", "count"),
        ("info", "remarks", "count"),
        ("known", "known", "count"),
    ),
    "effect": (
        ("unit_text", "unit", "text"),
        ("method_text", "method", "text"),
        ("estimate_text", "effect", "number"),
        ("interval_text", "interval", "number"),
        ("p_value", "p_value", "p"),
        ("n_treated", "n_treated", "count"),
        ("n_comparison", "n_comparison", "count"),
        ("note_text", "remark", "text"),
    ),
    "effect_summary": (
        ("election", "election", "text"),
        ("outcome", "outcome", "word"),
        ("vintage_text", "vintage", "text"),
        ("estimate_text", "effect", "number"),
        ("interval_text", "interval", "number"),
        ("p_value", "p_model", "p"),
        ("p_design", "p_design", "p"),
        ("n_treated", "n_treated", "count"),
        ("n_comparison", "n_comparison", "count"),
    ),
    "effect_municipality": (
        ("unit_text", "municipality", "text"),
        ("estimate_text", "effect", "number"),
        ("interval_text", "interval", "number"),
        ("p_value", "p_value", "p"),
        ("p_holm", "p_holm", "p"),
        ("shrunk_text", "shrunk", "number"),
    ),
    "effect_methods": (
        ("method_text", "method", "text"),
        ("estimate_text", "effect", "number"),
        ("interval_text", "interval", "number"),
        ("p_value", "p_value", "p"),
        ("n_treated", "n_treated", "count"),
        ("n_comparison", "n_comparison", "count"),
        ("note_text", "remark", "text"),
    ),
    "placebos": (
        ("election", "election", "text"),
        ("baseline", "compared_with", "text"),
        ("outcome", "outcome", "word"),
        ("estimate", "effect", "points"),
        ("conf", "interval", "interval_points"),
        ("p_value", "p_value", "p"),
        ("n_treated", "n_treated", "count"),
        ("n_comparison", "n_comparison", "count"),
    ),
    "reference_groups": (
        ("rule_text", "rule", "text"),
        ("n_candidates", "n_municipalities", "count"),
        ("n_groups", "groups", "count"),
        ("share_at_most", "share_at_most", "percent1"),
        ("median", "median", "percent3"),
    ),
    "effect_bounds": (
        ("unit_text", "unit", "text"),
        ("method_text", "method", "text"),
        ("bounds_text", "bounds", "number"),
        ("interval_text", "interval", "number"),
        ("n_treated", "n_treated", "count"),
        ("note_text", "remark", "text"),
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
    "personal_vote": (
        ("election", "election", "text"),
        ("group_text", "group", "text"),
        ("n_municipalities", "n_municipalities", "count"),
        ("estimate", "preference", "percent1"),
        ("conf", "interval", "interval"),
        ("standardised", "standardised", "percent1"),
        ("concentration", "concentration", "number1"),
    ),
    "number_effect": (
        ("election", "election", "text"),
        ("numbers_text", "number", "text"),
        ("n_lists", "lists", "count"),
        ("votes", "counted", "count"),
        ("expected", "expected", "count"),
        ("estimate", "ratio", "ratio"),
        ("conf", "interval", "interval_ratio"),
        ("p_value", "p_value", "p"),
    ),
    "preference_effect": (
        ("measure", "measure", "text"),
        ("before", "first_election", "percent1"),
        ("after", "second_election", "percent1"),
        ("estimate", "effect", "points"),
        ("conf", "interval", "interval_points"),
        ("n_treated", "n_treated", "count"),
        ("n_comparison", "n_comparison", "count"),
    ),
    "reasons": (
        ("election", "election", "text"),
        ("reason_text", "reason", "text"),
        ("count_text", "total", "number"),
        ("share_invalid_text", "of_invalid", "number"),
        ("share_ballots_text", "of_all", "number"),
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
    "learning": (
        ("what_text", "quantity", "text"),
        ("unit_text", "municipality", "text"),
        ("method_text", "method", "text"),
        ("estimate_text", "estimate", "number"),
        ("interval_text", "interval", "number"),
        ("p_text", "p_value", "number"),
        ("n_units", "n_municipalities", "count"),
    ),
    "learning_decomposition": (
        ("step_text", "step", "text"),
        ("what_text", "part", "text"),
        ("shown", "points", "points3"),
    ),
    "size": (
        ("method", "method", "text"),
        ("small", "small_treated", "interval_percent1"),
        ("large", "large_treated", "interval_percent1"),
        ("real", "real_treated", "interval_percent1"),
    ),
    "vintage_scenarios": (
        ("election", "election", "text"),
        ("outcome_text", "outcome", "text"),
        ("scenario_text", "counting", "text"),
        ("effect_text", "effect", "number"),
        ("effect", "interval", "interval_points"),
        ("learning_text", "experienced_new", "number"),
        ("learning", "interval", "interval_points"),
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
    "published": (
        ("id", "figure", "text"),
        ("election", "election", "text"),
        ("about", "about", "text"),
        ("printed_text", "printed", "text"),
        ("data_text", "data_give", "text"),
        ("verdict", "verdict", "word"),
    ),
}
"""Name of the view: (column, key of the heading, way of printing), in order."""


def view(name: str, lang: str = "nl") -> list[Show]:
    """Return the columns of one view with their headings in one language.

    Raises
    ------
    UnknownNameError
        For an unknown view.
    """
    if name not in VIEWS:
        raise UnknownNameError.of("view", name, VIEWS)
    return [Show(column, say(f"headings.{key}", lang), how) for column, key, how in VIEWS[name]]
