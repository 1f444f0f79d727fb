"""Preference shares of municipalities, raw and for the national mix of lists."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluatie.personal_vote.clusters import Floats

__all__ = ["matrices", "municipal_shares", "standardised_share"]


def municipal_shares(own: pd.DataFrame) -> pd.DataFrame:
    """Raw and standardised preference shares of every municipality, with their variances."""
    codes, votes, preference, weights = matrices(own[own["votes"] > 0])
    total, share = votes.sum(axis=1), preference.sum(axis=1) / votes.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = preference / votes
        scaled = np.where(votes > 0, weights, 0.0)
        scaled /= scaled.sum(axis=1, keepdims=True)
        # A list with one vote has no spread of its own; Laplace's share keeps its variance.
        smooth = (preference + 1) / (votes + 2)
        own_variance = np.where(votes > 0, smooth * (1 - smooth) / votes, 0.0)
    return pd.DataFrame(
        {
            "votes": total,
            "preference": share,
            "preference_variance": share * (1 - share) / total,
            "standardised": np.nansum(scaled * rates, axis=1),
            "standardised_variance": (scaled**2 * own_variance).sum(axis=1),
        },
        index=pd.Index(codes, name="municipality_code"),
    )


def matrices(own: pd.DataFrame) -> tuple[list[str], Floats, Floats, Floats]:
    """Votes and preference votes, shape (municipalities, lists), and national list weights."""
    keys = {"index": "municipality_code", "columns": "list_number"}
    votes = own.pivot(**keys, values="votes").astype("float64").fillna(0)
    first = own.pivot(**keys, values="votes_first").astype("float64").fillna(0)
    whole = votes.to_numpy()
    weights: Floats = whole.sum(axis=0) / whole.sum()
    return list(votes.index), whole, whole - first.to_numpy(), weights


def standardised_share(votes: Floats, preference: Floats, weights: Floats) -> Floats:
    """Standardised share of sums over municipalities, shape (…, lists) to (…)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = preference / votes
    present = np.where(votes > 0, weights, 0.0)
    share: Floats = np.nansum(present * rates, axis=-1) / present.sum(axis=-1)
    return share
