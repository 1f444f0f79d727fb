"""The personal vote: preference votes, list leaders, numbers marked by mistake.

On the new ballot a voter marks a party and a number, not a name. Three questions: do voters
still vote for persons (:func:`personal_vote`, :func:`preference_effect`), do they mark the
number of their list where a candidate's number belongs (:func:`number_effect`,
:func:`number_effect_change`), and how far are votes spread over candidates (``concentration``).
Everything starts from the condensed table ``candidate_summary``: the shipped one by
:func:`load_candidates`, a user's own by :func:`summarise`.
"""

from __future__ import annotations

from evaluatie.personal_vote.counts import for_readers, load_candidates
from evaluatie.personal_vote.number_effect import (
    EXPECTATIONS,
    NUMBERS,
    NumberEffectResult,
    number_effect,
    number_effect_change,
)
from evaluatie.personal_vote.preference import BY, PersonalVoteResult, personal_vote
from evaluatie.personal_vote.preference_effect import PreferenceEffectResult, preference_effect
from evaluatie.sources.candidate_table import summarise

__all__ = [
    "BY",
    "EXPECTATIONS",
    "NUMBERS",
    "NumberEffectResult",
    "PersonalVoteResult",
    "PreferenceEffectResult",
    "for_readers",
    "load_candidates",
    "number_effect",
    "number_effect_change",
    "personal_vote",
    "preference_effect",
    "summarise",
]
