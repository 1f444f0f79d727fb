"""What is asked of the counts: one object instead of six parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from numbers import Integral, Real
from typing import Annotated, Any

from evaluatie.ground.cards import Card, enumerated
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.plan.design import Design

OUTCOMES = ("invalid", "blank", "rejected", "turnout")
WEIGHTS = ("voters", "municipalities")
SCALES = ("points", "ratio")
VINTAGES = ("best", "official", "provisional")
COMPARISONS = ("all", "size", "nearest", "province")

# Text, of which the second part names what it may be: for readers, and for the command line.
Outcome = Annotated[str, OUTCOMES]
Weights = Annotated[str, WEIGHTS]
Scale = Annotated[str, SCALES]
Vintage = Annotated[str, VINTAGES]
Comparison = str | Sequence[str]


@dataclass(frozen=True, repr=False)
class Question(Card):
    """What is asked, with the plan's choice where the asker makes none.

    Attributes
    ----------
    outcome
        ``invalid``, ``blank``, ``rejected`` (both; shares of ballots) or ``turnout``.
    weights
        ``voters`` (each ballot counts once) or ``municipalities`` (each municipality does).
    scale
        ``points`` (difference of shares) or ``ratio`` (of shares).
    comparison
        A rule of :data:`COMPARISONS`, or names or codes of municipalities.
    vintage
        ``best`` (official where complete), ``official`` or ``provisional``.
    alpha
        One minus the confidence level, two-sided.
    seed
        Of random numbers; None takes the plan's seed of the method concerned.
    """

    outcome: str = "invalid"
    weights: str = "voters"
    scale: str = "points"
    comparison: str | tuple[str, ...] = "all"
    vintage: str = "best"
    alpha: float = 0.05
    seed: int | None = None

    def told(self) -> tuple[str, dict[str, object]]:
        """Return its fields, which are all short."""
        asked = asdict(self)
        if not isinstance(self.comparison, str):
            asked["comparison"] = enumerated(self.comparison)
        return "What is asked", asked

    @classmethod
    def of(
        cls,
        plan: Design,
        *,
        outcome: str | None = None,
        weights: str = "voters",
        scale: str = "points",
        comparison: Comparison = "all",
        vintage: str = "best",
        alpha: float | None = None,
        seed: int | None = None,
    ) -> Question:
        """Check what is asked, and fill in from the plan what is not.

        Raises
        ------
        UnknownNameError
            For a name that is none of those it may be, with the nearest one.
        InputError
            For an alpha outside 0 to 1, and a seed that is no whole number.
        """
        rule = comparison if isinstance(comparison, str) else tuple(comparison)
        asked = plan.primary_outcome if outcome is None else outcome
        for kind, value, known in (
            ("outcome", asked, OUTCOMES),
            ("weights", weights, WEIGHTS),
            ("scale", scale, SCALES),
            ("vintage", vintage, VINTAGES),
            ("comparison", rule, COMPARISONS),
        ):
            if isinstance(value, str) and value not in known:
                raise UnknownNameError.of(kind, value, known)
        level: Any = plan.alpha if alpha is None else alpha
        if not isinstance(level, Real) or not 0 < float(level) < 1:
            raise InputError("alpha lies outside 0 to 1", rule="alpha", value=level)
        drawn: Any = 0 if seed is None else seed
        if not isinstance(drawn, Integral) or drawn < 0:
            raise InputError("seed must be a whole number, 0 or more", rule="seed", value=seed)
        return cls(asked, weights, scale, rule, vintage, float(level), seed)
