"""The experiment as objects: elections, who voted with which ballot, what is compared.

Everything here is read from ``design.toml``; no other module names a municipality or an
election. See :func:`load_design`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from evaluatie.errors import DesignError, UnknownNameError

__all__ = ["Design", "Election", "Exclusion", "load_design"]

Kind = Literal["TK", "EP", "GR", "PS", "WS"]
_PLAN = Path(__file__).with_name("design.toml")


@dataclass(frozen=True)
class Election:
    """One election: its id such as ``TK2025``, kind, date and the election it is compared with."""

    id: str
    kind: str
    date: dt.date
    baseline: str | None = None


@dataclass(frozen=True)
class Exclusion:
    """Units kept out of comparison groups, at all elections or at the ones listed."""

    codes: tuple[str, ...]
    reason: str
    elections: tuple[str, ...] = ()

    def applies(self, election: str) -> bool:
        """Tell whether this exclusion holds at ``election``."""
        return not self.elections or election in self.elections


@dataclass(frozen=True)
class Design:
    """The whole plan; ``raw`` holds the parts that single analyses read."""

    elections: Mapping[str, Election]
    new_ballot: Mapping[str, tuple[str, ...]]
    municipalities: Mapping[str, str]
    exclusions: tuple[Exclusion, ...]
    alpha: float
    outcomes: tuple[str, ...]
    primary_outcome: str
    sha256: str
    raw: Mapping[str, Any]

    def election(self, name: str) -> Election:
        """Return the election called ``name``.

        Raises
        ------
        UnknownNameError
            With the nearest known name.
        """
        try:
            return self.elections[name]
        except KeyError:
            raise UnknownNameError.of("election", name, self.elections) from None

    def treated(self, election: str) -> tuple[str, ...]:
        """Return the codes of the municipalities with the new ballot at ``election``."""
        self.election(election)
        return self.new_ballot.get(election, ())

    def exposure(self, municipality_code: str, election: str) -> int:
        """Return how often voters of a municipality have met the new ballot, ``election`` included.

        Zero where the municipality votes with the usual ballot and never met the new one;
        a municipality that went back to the usual ballot keeps the number it had.
        """
        until = self.election(election).date
        return sum(
            municipality_code in codes
            for name, codes in self.new_ballot.items()
            if self.elections[name].date <= until
        )

    def group(self, municipality_code: str, election: str) -> str:
        """Return ``first use``, ``later use``, ``reversal``, ``comparison`` or ``excluded``."""
        if municipality_code in self.treated(election):
            return "first use" if self.exposure(municipality_code, election) == 1 else "later use"
        if self.exposure(municipality_code, election) > 0:
            return "reversal"
        out = self.excluded(municipality_code, election)
        return "excluded" if out else "comparison"

    def excluded(self, municipality_code: str, election: str) -> str | None:
        """Return why a unit is kept out of comparison groups at ``election``, or None."""
        for exclusion in self.exclusions:
            if municipality_code in exclusion.codes and exclusion.applies(election):
                return exclusion.reason
        return None

    def seed(self, name: str) -> int:
        """Return the seed that the plan fixes for ``name``."""
        seeds: Mapping[str, int] = self.raw["seeds"]
        try:
            return seeds[name]
        except KeyError:
            raise UnknownNameError.of("seed", name, seeds) from None


@cache
def load_design(path: Path | None = None) -> Design:
    """Read the plan and check that it does not contradict itself.

    Parameters
    ----------
    path
        Another ``design.toml``; by default the one of the package.

    Raises
    ------
    DesignError
        With the entry that is wrong.
    """
    file = path or _PLAN
    try:
        content = file.read_bytes()
        raw = tomllib.loads(content.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DesignError(f"cannot read the plan ({error})", file=file) from error
    try:
        design = _build(raw, hashlib.sha256(content).hexdigest())
    except (KeyError, TypeError, AttributeError) as error:
        raise DesignError(f"the plan lacks or misspells an entry: {error}", file=file) from error
    _check(design, file)
    return design


def _build(raw: dict[str, Any], digest: str) -> Design:
    elections = {
        name: Election(name, entry["kind"], entry["date"], entry.get("baseline"))
        for name, entry in raw["elections"].items()
    }
    in_order = dict(sorted(elections.items(), key=lambda item: item[1].date))
    return Design(
        elections=in_order,
        new_ballot={name: tuple(codes) for name, codes in raw["new_ballot"].items()},
        municipalities=raw["municipalities"],
        exclusions=tuple(
            Exclusion(tuple(e["codes"]), e["reason"], tuple(e.get("elections", ())))
            for e in raw.get("excluded", ())
        ),
        alpha=float(raw["alpha"]),
        outcomes=tuple(raw["outcomes"]),
        primary_outcome=raw["primary_outcome"],
        sha256=digest,
        raw=raw,
    )


def _check(design: Design, file: Path) -> None:
    if not 0 < design.alpha < 1:
        raise DesignError("alpha lies outside 0 to 1", file=file, unit="alpha", value=design.alpha)
    if design.primary_outcome not in design.outcomes:
        raise DesignError(
            "the primary outcome is not among the outcomes", file=file, value=design.primary_outcome
        )
    for election in design.elections.values():
        base = election.baseline
        if base is None:
            continue
        if base not in design.elections:
            raise DesignError("unknown baseline", file=file, unit=election.id, value=base)
        earlier = design.elections[base]
        if earlier.kind != election.kind or earlier.date >= election.date:
            raise DesignError(
                "a baseline is an earlier election of the same kind",
                file=file,
                unit=election.id,
                value=base,
            )
    for name, codes in design.new_ballot.items():
        if name not in design.elections:
            raise DesignError("unknown election under new_ballot", file=file, value=name)
        for code in codes:
            if code not in design.municipalities:
                raise DesignError("a municipality without a name", file=file, unit=name, value=code)
        if len(set(codes)) != len(codes):
            raise DesignError("a municipality listed twice", file=file, unit=name)
