"""The experiment as objects: elections, who voted with which ballot, what is compared.

Everything here is read from ``design.toml``; no other module names a municipality or an
election. A user's folder may hold a ``design.toml`` of its own, with only what is new: see
:func:`load_design` for how it is laid over the plan.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from evaluatie.ground.cards import Card, enumerated
from evaluatie.ground.errors import DesignError, EstimationError, UnknownNameError, in_file
from evaluatie.ground.words import say

Kind = Literal["TK", "EP", "GR", "PS", "WS"]
NATIONWIDE = "nationwide"
"""Stands under ``[new_ballot]`` for an election at which every municipality used it."""
PLAN_FILE = "design.toml"
"""Name of the plan, also in a user's own folder."""
_PLAN = Path(__file__).with_name(PLAN_FILE)


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


@dataclass(frozen=True, repr=False)
class Design(Card):
    """The whole plan; ``raw`` holds the parts that single analyses read.

    Attributes
    ----------
    elections
        In order of date.
    new_ballot
        Election to the codes of the municipalities that used the new ballot there, where
        others did not. Analyses go through these; :meth:`narrowed` keeps those with counts.
    history
        The same for every election of the plan, whatever :attr:`new_ballot` was narrowed to,
        so that the exposure number does not depend on which counts are at hand.
    nationwide
        Elections at which every municipality used the new ballot, excluded units apart.
    municipalities
        Code to name, of those with the new ballot at some election.
    sha256
        Of the plan; with a user's plan laid over it, of both files together.
    additions
        What a user's plan added or replaced, such as ``elections.PS2027``.
    """

    elections: Mapping[str, Election]
    new_ballot: Mapping[str, tuple[str, ...]]
    municipalities: Mapping[str, str]
    exclusions: tuple[Exclusion, ...]
    alpha: float
    outcomes: tuple[str, ...]
    primary_outcome: str
    sha256: str
    raw: Mapping[str, Any]
    history: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nationwide: frozenset[str] = frozenset()
    additions: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Plans that are equal come from the same files, so that work on one can be kept."""
        return hash(self.sha256)

    def told(self) -> tuple[str, dict[str, object]]:
        """Return elections, who had the new ballot, and what the analyses are held to."""
        had = (f"{name} ({len(codes)} municipalities)" for name, codes in self.new_ballot.items())
        return "Plan of the evaluation", {
            "elections": enumerated(self.elections),
            "new ballot": enumerated(had),
            "nationwide": enumerated(sorted(self.nationwide)),
            "primary outcome": self.primary_outcome,
            "alpha": self.alpha,
            "additions": enumerated(self.additions),
            "sha256": self.sha256[:12],
            "more": ".elections, .new_ballot, .exclusions; .raw is the file itself",
        }

    def election(self, name: str) -> Election:
        """Return the election called ``name``.

        Raises
        ------
        UnknownNameError
            With the nearest known name, and how a new election gets into the plan.
        """
        try:
            return self.elections[name]
        except (KeyError, TypeError):  # a list of them is no name
            error = UnknownNameError.of("election", str(name), self.elections)
            error.message += (
                f"; a new one is an entry under [elections] in {PLAN_FILE} in your data folder"
            )
            raise error from None

    def called(self, election: str, lang: str) -> str:
        """Return an election in words: its kind, as the plan names it, and its year."""
        found = self.election(election)
        kind = self.raw.get("elections_names", {}).get(lang, {}).get(found.kind)
        if kind is None:
            return election
        return say("common.election_of_year", lang, kind=kind, year=found.date.year)

    def treated(self, election: str) -> tuple[str, ...]:
        """Return the codes of the municipalities with the new ballot at ``election``.

        Empty where nobody had it, and where everybody had it: nobody is then treated
        *against others*. See :meth:`has_new_ballot` and :attr:`nationwide`.
        """
        self.election(election)
        return self.history.get(election, ())

    @property
    def latest(self) -> str:
        """The latest election under :attr:`new_ballot`.

        Raises
        ------
        EstimationError
            If there is none: the counts at hand are of no election of the experiment.
        """
        if not self.new_ballot:
            raise EstimationError(
                "none of these elections was held with the new ballot in some municipalities",
                rule="treated >= 1",
            )
        return list(self.new_ballot)[-1]

    def has_new_ballot(self, municipality_code: str, election: str) -> bool:
        """Tell whether a municipality voted with the new ballot at ``election``."""
        if election in self.nationwide:
            return self.excluded(municipality_code, election) is None
        return municipality_code in self.treated(election)

    def check_comparison(self, election: str) -> None:
        """Refuse an election at which nobody is left to compare with.

        Raises
        ------
        EstimationError
            If every municipality had the new ballot.
        """
        if election in self.nationwide:
            raise EstimationError(
                "everybody voted with the new ballot, so there is no comparison group and no "
                "effect can be estimated; before and after, and what that assumes: "
                f"evaluatie before-after --election {election}",
                unit=election,
                rule="comparison group",
            )

    def exposure(self, municipality_code: str, election: str) -> int:
        """Return how often voters of a municipality have met the new ballot, ``election`` included.

        Zero where the municipality votes with the usual ballot and never met the new one;
        a municipality that went back to the usual ballot keeps the number it had.
        """
        until = self.election(election).date
        everywhere = sum(
            self.has_new_ballot(municipality_code, name)
            for name in self.nationwide
            if self.elections[name].date <= until
        )
        return everywhere + self._uses[election][municipality_code]

    @cached_property
    def _uses(self) -> Mapping[str, Counter[str]]:
        """How often who had met the new ballot at each election, where others had not."""
        return {
            name: Counter(
                code
                for earlier, codes in self.history.items()
                if self.elections[earlier].date <= entry.date
                for code in set(codes)
            )
            for name, entry in self.elections.items()
        }

    def group(self, municipality_code: str, election: str) -> str:
        """Return ``first use``, ``later use``, ``reversal``, ``comparison`` or ``excluded``."""
        if self.has_new_ballot(municipality_code, election):
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

    def narrowed(self, elections: Iterable[str]) -> Design:
        """Keep only some elections under ``new_ballot``: those with counts to analyse."""
        kept = set(elections)
        chosen = {name: codes for name, codes in self.history.items() if codes and name in kept}
        return self if chosen == self.new_ballot else replace(self, new_ballot=chosen)

    def among(self, municipality_codes: Iterable[str]) -> Design:
        """Keep only some municipalities: of the others nobody asks, so none of them lacks."""
        kept = set(municipality_codes)
        history = {
            name: tuple(code for code in codes if code in kept)
            for name, codes in self.history.items()
        }
        chosen = {name: history[name] for name in self.new_ballot if history[name]}
        return replace(self, history=history, new_ballot=chosen)

    def seed(self, name: str) -> int:
        """Return the seed that the plan fixes for ``name``."""
        seeds: Mapping[str, int] = self.raw["seeds"]
        try:
            return seeds[name]
        except KeyError:
            raise UnknownNameError.of("seed", name, seeds) from None


def load_design(path: Path | None = None, *, data: Path | str | None = None) -> Design:
    """Read the plan and check that it does not contradict itself.

    A ``design.toml`` in the folder ``data`` is laid over it, and need hold only what is new:

    - tables such as ``[elections]``, ``[new_ballot]`` and ``[municipalities]`` are joined entry
      by entry, at every depth; an entry that is in both has the user's value;
    - lists of tables (``[[excluded]]``, ``[[deviations]]``) are appended;
    - anything else (a number, a word, a list) is replaced;
    - what was added or replaced is named in :attr:`Design.additions` and is itself a
      deviation from the plan, which the report prints; the checksum covers both files.

    An election at which every municipality has the new ballot is
    ``EP2029 = "nationwide"`` under ``[new_ballot]``.

    Parameters
    ----------
    path
        Another plan instead of the one of the package.
    data
        A folder with the user's own tables, and perhaps a ``design.toml``.

    Raises
    ------
    DesignError
        With the entry that is wrong.

    Examples
    --------
    >>> import evaluatie
    >>> plan = evaluatie.load_design()
    >>> len(plan.treated("GR2026"))
    11
    """
    file = path or _PLAN
    own = None if data is None else Path(data) / PLAN_FILE
    if own is None or not own.is_file():
        with in_file(file):
            return _read(_content(file), None)
    content = _content(file)
    with in_file(own):
        return _read(content, _content(own))


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DesignError(f"cannot read the plan ({reason})", file=file) from error


@lru_cache(maxsize=16)
def _read(content: bytes, own: bytes | None) -> Design:
    raw = _parse(content)
    additions: tuple[str, ...] = ()
    digest = hashlib.sha256(content)
    if own is not None:
        raw, changed = _laid_over(raw, _parse(own))
        additions = tuple(changed)
        digest.update(own)
        if additions:
            raw["deviations"] = [*raw.get("deviations", []), _deviation(additions, own)]
    try:
        design = _build(raw, digest.hexdigest(), additions)
    except (KeyError, TypeError, AttributeError) as error:
        raise DesignError(f"the plan lacks or misspells an entry: {error}") from error
    _check(design)
    return design


def _parse(content: bytes) -> dict[str, Any]:
    try:
        # Windows editors may begin a file with a byte-order mark.
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DesignError("the plan is not text in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line \d+", str(error))
        raise DesignError(
            "the plan is not TOML here",
            unit=found[0] if found else f"line {len(content.splitlines())}",
            expected="[table] or name = value",
        ) from error


def _laid_over(plan: Mapping[str, Any], own: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Join a user's plan with the package's; the rules stand in :func:`load_design`."""
    changed: list[str] = []
    return _joined(plan, own, "", changed), changed


_TAKES_NAMES = re.compile(
    r"elections|elections\..*|new_ballot|municipalities|bounds\..*|learning\.difference"
    r"|elections_names\..*|quality\.boundaries\.counted_inside"
)
"""Tables whose entries have names of the user's own; a name of any other is known or misspelt."""


def _check_names(entry: Iterable[str], known: Iterable[str], unit: str = "") -> None:
    """Refuse a name that nobody would read."""
    for name in set(entry).difference(known):
        said = UnknownNameError.of("entry of the plan", name, known).message
        raise DesignError(said, unit=unit or None)


def _joined(ours: Any, theirs: Any, name: str, changed: list[str]) -> Any:
    if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
        both = dict(ours)
        for key, value in theirs.items():
            inner = f"{name}.{key}".removeprefix(".")
            if key in ours:
                both[key] = _joined(ours[key], value, inner, changed)
            else:
                if not _TAKES_NAMES.fullmatch(name):
                    _check_names({key: value}, ours, name)
                both[key] = value
                changed.append(inner)
        return both
    if _is_tables(ours) and _is_tables(theirs):
        changed.append(name)
        return [*ours, *theirs]
    if ours != theirs:
        changed.append(name)
    return theirs


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, Mapping) for each in value)


def _deviation(additions: tuple[str, ...], own: bytes) -> dict[str, Any]:
    checksum = hashlib.sha256(own).hexdigest()[:12]
    words = {"entries": ", ".join(additions), "checksum": checksum}
    return {lang: say("experiment.plan_additions", lang, **words) for lang in ("nl", "en")}


def _build(raw: dict[str, Any], digest: str, additions: tuple[str, ...] = ()) -> Design:
    for name, entry in raw["elections"].items():
        _check_names(entry, ("kind", "date", "baseline"), f"elections.{name}")
    for entry in raw.get("excluded", ()):
        _check_names(entry, ("codes", "reason", "elections"), "excluded")
    elections = {
        name: Election(name, entry["kind"], entry["date"], entry.get("baseline"))
        for name, entry in raw["elections"].items()
    }
    in_order = dict(sorted(elections.items(), key=lambda item: str(item[1].date)))
    users = raw["new_ballot"]
    listed = {
        name: tuple(users[name])
        for name in (*(n for n in in_order if n in users), *(n for n in users if n not in in_order))
        if users[name] != NATIONWIDE and users[name] != []
    }
    return Design(
        elections=in_order,
        new_ballot=listed,
        history=listed,
        nationwide=frozenset(name for name, codes in users.items() if codes == NATIONWIDE),
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
        additions=additions,
    )


def _check(design: Design) -> None:
    if not 0 < design.alpha < 1:
        raise DesignError("alpha lies outside 0 to 1", unit="alpha", value=design.alpha)
    if design.primary_outcome not in design.outcomes:
        raise DesignError(
            "the primary outcome is not among the outcomes", value=design.primary_outcome
        )
    for election in design.elections.values():
        name, kinds = election.id, get_args(Kind)
        if election.kind not in kinds:
            kind, known = election.kind, ", ".join(kinds)
            raise DesignError("an unknown kind of election", unit=name, value=kind, expected=known)
        if type(election.date) is not dt.date:
            raise DesignError(
                "a date is written as 2027-03-17", unit=name, value=str(election.date)
            )
        base = election.baseline
        if base is None:
            continue
        if base not in design.elections:
            raise DesignError("unknown baseline", unit=name, value=base)
        earlier = design.elections[base]
        if earlier.kind != election.kind or earlier.date >= election.date:
            raise DesignError(
                "a baseline is an earlier election of the same kind", unit=name, value=base
            )
    for name in (*design.history, *design.nationwide):
        if name not in design.elections:
            raise DesignError("unknown election under new_ballot", value=name)
    for name, codes in design.history.items():
        if isinstance(design.raw["new_ballot"][name], str):
            raise DesignError(
                "neither a list of municipality codes nor everywhere",
                unit=f"new_ballot.{name}",
                value=design.raw["new_ballot"][name],
                expected=f'["GM0484", ...] or "{NATIONWIDE}"',
            )
        for code in codes:
            if code not in design.municipalities:
                raise DesignError("a municipality without a name", unit=name, value=code)
        if len(set(codes)) != len(codes):
            raise DesignError("a municipality listed twice", unit=name)
