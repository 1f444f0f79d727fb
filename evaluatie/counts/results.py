"""The one results table: counts per election, municipality and vintage.

:func:`load` gives the counts that ship with the package, checked against their checksums
and the identities that official counts obey (Kieswet, chapter N; model Na 31-2):
``valid + blank + invalid = ballots`` and ``ballots <= eligible``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np
import pandas as pd

from evaluatie.counts.loading import load_table, unused
from evaluatie.counts.names import pick
from evaluatie.counts.schema import TABLES
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.plan import OUTCOMES, VINTAGES, Design, Vintage, load_design

Level = Literal["municipality", "polling_station", "candidate"]
LEVELS: tuple[str, ...] = get_args(Level)

_TABLES: dict[str, str] = {
    "municipality": "municipal_results",
    "polling_station": "polling_stations",
    "candidate": "candidate_votes",
}
_PARTS: dict[str, tuple[str, str]] = {
    "invalid": ("invalid", "ballots"),
    "blank": ("blank", "ballots"),
    "rejected": ("rejected", "ballots"),
    "turnout": ("ballots", "eligible"),
}


_VINTAGE_MEANS = {"best": "official where complete"}
_MORE = (
    ".frame: a row an election and unit; .rows: every count; .where('GR2026') and\n"
    ".only('Gouda') narrow it; evaluatie.rates(…), evaluatie.effect(…) answer."
)


@dataclass(frozen=True, eq=False, repr=False)
class Results:
    """Counts per election × unit × vintage, with the vintage that was asked for.

    A unit is a municipality, or below it a polling station, or a candidate in a municipality.
    Analyses of the ballot take municipalities: the ballot was given to them, and their
    stations do not multiply what is known of it.

    Two results are equal only if they are the same object, so that work on one can be kept
    for the next question; its frames are not to be changed in place.

    Attributes
    ----------
    rows
        Every row, one per election × unit × vintage; columns as in
        ``schema.TABLES["municipal_results"]``, or ``["polling_stations"]`` or
        ``["candidate_votes"]``. Empty = unknown. Stations have a column ``complete`` besides:
        whether those of their municipality add up to its count (empty = that is not known).
    vintage
        ``best`` (official where complete, else provisional), ``official`` or ``provisional``.
    plan
        The plan that these counts belong to, the user's own entries included.
    data
        The user's folder that was laid over the shipped tables, if any.
    level
        What a row is of: ``municipality``, ``polling_station`` or ``candidate``.

    Examples
    --------
    >>> import evaluatie
    >>> gouda = evaluatie.load("GR2026").only("Gouda")
    >>> gouda.shares("invalid")[["count", "total"]].to_numpy().tolist()
    [[291, 34998]]
    """

    rows: pd.DataFrame
    vintage: Vintage = "best"
    plan: Design = field(default_factory=load_design)
    data: Path | None = None
    level: Level = "municipality"

    @property
    def unit(self) -> list[str]:
        """Columns that tell units of one election apart."""
        key = TABLES[_TABLES[self.level]].key
        return [name for name in key if name not in ("election", "vintage")]

    @property
    def frame(self) -> pd.DataFrame:
        """One row per election × unit, in the chosen vintage.

        Under ``best`` a row is official where its split into valid, blank and invalid is
        known, else provisional where that is known, else official as far as it goes. The
        column ``vintage`` says which it is.
        """
        needed = ["votes"] if self.level == "candidate" else ["valid", "blank", "invalid"]
        return _choose(self.rows, self.vintage, needed, self.unit)

    def table(self, name: str) -> pd.DataFrame:
        """Load another tidy table from where these counts came, the user's own on top.

        Kept, so that it is read once; not to be changed. Errors as :func:`load_table`.
        """
        if name not in self._tables:
            self._tables[name] = load_table(name, self.data)
        return self._tables[name]

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {}

    @cached_property
    def elections(self) -> tuple[str, ...]:
        """Ids of the elections present, in order of date."""
        present = set(self.rows["election"].unique())
        known = [name for name in self.plan.elections if name in present]
        return (*known, *sorted(present.difference(known)))

    @cached_property
    def counted_plan(self) -> Design:
        """The plan, with ``new_ballot`` narrowed to elections of which there are rows.

        This is what analyses of the ballot use unless they are given another plan, so that a
        run with few elections asks nothing of those that it lacks.

        Raises
        ------
        InputError
            Unless a row is of a municipality: a municipality was given the ballot as a whole,
            and taken station by station it would count many times.
        """
        if self.level != "municipality":
            said = (
                "analyses of the ballot take municipalities, which were given it, and not what "
                "lies below them; polling stations: evaluatie.stations"
            )
            raise InputError(said, rule="level", value=self.level, expected="municipality")
        return self.plan.narrowed(self.elections)

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the sources of the rows, as in ``manifest.toml``."""
        ids = {each for ids in self.rows["source"].unique() for each in str(ids).split("+")}
        return tuple(sorted(ids))

    @cached_property
    def unused(self) -> tuple[str, ...]:
        """What of the user's folder no table takes: files, and after a colon columns of one."""
        return () if self.data is None else unused(self.data)

    def where(self, elections: str | Iterable[str]) -> Results:
        """Keep only some elections.

        Raises
        ------
        UnknownNameError
            For an election without rows, with the nearest name.
        """
        wanted = [elections] if isinstance(elections, str) else list(elections)
        wanted = [name if name in self.elections else name.upper() for name in wanted]
        for name in wanted:
            if name not in self.elections:
                raise UnknownNameError.of("election", name, self.elections)
        kept = self.rows[self.rows["election"].isin(wanted)].reset_index(drop=True)
        return replace(self, rows=kept)

    def only(self, municipalities: str | Iterable[str]) -> Results:
        """Keep only some municipalities, by any of their names or by code.

        Raises
        ------
        InputError
            If two municipalities bear the name, with both.
        UnknownNameError
            For a municipality without rows, with the nearest name.
        """
        wanted = [municipalities] if isinstance(municipalities, str) else list(municipalities)
        codes = self.rows["municipality_code"]
        called = set(zip(codes, self.rows["municipality"], strict=True))
        kept = codes.isin([pick(name, called) for name in wanted])
        plan = self.plan.among(codes[kept])
        return replace(self, rows=self.rows[kept].reset_index(drop=True), plan=plan)

    def without(self, municipality_codes: Iterable[str]) -> Results:
        """Keep all municipalities but some, by code; of those left out nothing is said."""
        out = self.rows["municipality_code"].isin(set(municipality_codes))
        plan = self.plan.among(self.rows.loc[~out, "municipality_code"])
        return replace(self, rows=self.rows[~out].reset_index(drop=True), plan=plan)

    def at(self, level: str) -> Results:
        """Return the counts of the same elections and municipalities at another level.

        Errors as :func:`load`.
        """
        found = load(vintage=self.vintage, data=self.data, level=level)
        here = found.rows["election"].isin(self.elections)
        here &= found.rows["municipality_code"].isin(set(self.rows["municipality_code"]))
        return replace(found, rows=found.rows[here].reset_index(drop=True), plan=self.plan)

    def __repr__(self) -> str:
        return f"{self._told()}\n\n{self._counted().to_string(index=False, na_rep='')}\n\n{_MORE}"

    def _repr_html_(self) -> str:
        table = self._counted().to_html(index=False, na_rep="", border=0)
        return f"<p>{self._told()}</p>\n{table}\n<p>{_MORE}</p>"

    def _told(self) -> str:
        n, units = len(self.elections), len(self.rows[self.unit].drop_duplicates())
        noun = {"municipality": "municipalities"}.get(self.level, f"{self.level}s")
        return (
            f"Counts of {n} election{'' if n == 1 else 's'}: {units:,} "
            f"{(self.level if units == 1 else noun).replace('_', ' ')}, "
            f"{_VINTAGE_MEANS.get(self.vintage, self.vintage)}."
            + (f" Not used: {'; '.join(self.unused)}." if self.unused else "")
        )

    def _counted(self) -> pd.DataFrame:
        """One line an election: how many units, of which vintage, and the sums of what is known."""
        frame = self.frame
        sums = [name for name in ("ballots", "invalid", "blank", "votes") if name in frame]
        by = frame.groupby("election", sort=False)
        made = by[sums].sum(min_count=1)
        made.insert(0, "units", by.size())
        made.insert(1, "official", by["vintage"].agg(lambda each: (each == "official").sum()))
        made = made.reindex([name for name in self.elections if name in made.index])
        return made.map(lambda value: "" if pd.isna(value) else f"{value:,}").reset_index()

    def shares(self, outcome: str, vintage: str | None = None) -> pd.DataFrame:
        """Give numerator and denominator of an outcome per election × unit.

        Parameters
        ----------
        outcome
            ``invalid``, ``blank``, ``rejected`` (both, share of ballots found) or ``turnout``
            (ballots as share of eligible voters).
        vintage
            Overrides the vintage of these results.

        Returns
        -------
        pandas.DataFrame
            Columns election, municipality_code, municipality, vintage, source, count, total,
            share (fraction of total; missing where unknown or where total is 0), for polling
            stations also polling_station. Under ``best`` a row is official where this outcome
            is officially known, so the sum ``rejected`` can be official where its split is
            still provisional.

        Raises
        ------
        InputError
            For candidates: blank and invalid votes are of no candidate.
        """
        if outcome not in _PARTS:
            raise UnknownNameError.of("outcome", outcome, OUTCOMES)
        if self.level == "candidate":
            raise InputError("candidates have votes, no shares of ballots", rule="level")
        count, total = _PARTS[outcome]
        unit = [name for name in self.unit if name != "municipality_code"]
        about = ["election", "municipality_code", "municipality", *unit, "vintage", "source"]
        asked = self.rows[[*about, count, total]]
        chosen = _choose(asked, vintage or self.vintage, [count, total], self.unit)
        x, n = (chosen[each].to_numpy("float64", na_value=np.nan) for each in (count, total))
        share = np.divide(x, n, out=np.full(len(n), np.nan), where=n > 0)
        return chosen.set_axis([*about, "count", "total"], axis=1).assign(share=share)


def load(
    elections: str | Sequence[str] | None = None,
    vintage: str = "best",
    data: Path | str | None = None,
    *,
    level: str = "municipality",
) -> Results:
    """Load the counts that ship with the package, and the user's own on top.

    Where a source printed 0 invalid and 0 blank because nothing was reported (rule
    ``not-reported`` in ``known_exceptions.csv``), these counts are unknown here;
    :func:`load_table` gives them as printed.

    Parameters
    ----------
    elections
        Ids such as ``"TK2025"``; all by default.
    vintage
        ``best``, ``official`` or ``provisional``; see :class:`Results`.
    data
        A folder with the user's own ``municipal_results.csv``. Its rows replace shipped rows
        of the same election, municipality and vintage, and add the others. A ``design.toml``
        beside it adds to the plan; see :func:`evaluatie.plan.load_design`.
    level
        ``municipality``; or ``polling_station`` or ``candidate``, of the municipalities whose
        records are at hand, with the user's own ``polling_stations.csv`` or
        ``candidate_votes.csv`` on top.

    Raises
    ------
    UnknownNameError
        For an unknown election, vintage or level, with the nearest name.
    DesignError
        If the user's plan contradicts itself.
    ChecksumError
        If a shipped table was changed or cut off.
    InputError
        If a table breaks its description or the identities of the counts.

    Examples
    --------
    >>> import evaluatie
    >>> evaluatie.load(["GR2022", "GR2026"]).elections
    ('GR2022', 'GR2026')
    """
    if vintage not in VINTAGES:
        raise UnknownNameError.of("vintage", vintage, VINTAGES)
    wanted = known_level(level)
    own = None if data is None else Path(data)
    plan = load_design(data=own)
    rows = load_table(_TABLES[wanted], data)
    if wanted == "municipality":
        rows = _without_unreported(rows, load_table("known_exceptions", data))
    elif wanted == "candidate":
        rows = _over_stations(rows)
    else:
        rows = _with_complete(rows, load_table("municipal_results", data))
    results = Results(rows, vintage, plan, own, wanted)
    return results if elections is None else results.where(elections)


def known_level(level: str) -> Level:
    """Return one of :data:`LEVELS`, or raise UnknownNameError with the nearest."""
    if level not in LEVELS:
        raise UnknownNameError.of("level", level, LEVELS)
    return cast("Level", level)


def _with_complete(stations: pd.DataFrame, municipal: pd.DataFrame) -> pd.DataFrame:
    """Say of every station whether those of its municipality add up to its count."""
    key, counts = ["election", "municipality_code", "vintage"], ["valid", "blank", "invalid"]
    summed = stations.groupby(key, as_index=False)[counts].sum()
    both = summed.merge(municipal[[*key, *counts]], on=key, how="left", suffixes=("", " whole"))
    same = pd.concat([both[name] == both[f"{name} whole"] for name in counts], axis=1)
    both["complete"] = same.all(axis=1, skipna=False).astype("boolean")
    return stations.merge(both[[*key, "complete"]], on=key, how="left", validate="many_to_one")


def _over_stations(candidates: pd.DataFrame) -> pd.DataFrame:
    """Add up candidates over the stations of a municipality, where there is no row of it all."""
    station = candidates["polling_station"].notna()
    if not station.any():
        return candidates
    key = [name for name in TABLES["candidate_votes"].key if name != "polling_station"]
    names = dict.fromkeys(("municipality", "list_name", "source"), "first")
    summed = candidates[station].groupby(key, as_index=False).agg({**names, "votes": "sum"})
    whole = pd.concat([candidates[~station], summed]).drop_duplicates(key, keep="first")
    order = TABLES["candidate_votes"].names
    return whole.reindex(columns=order).sort_values(key, kind="stable", ignore_index=True)


def _without_unreported(rows: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Make counts unknown where the source's zeros mean that nothing was reported."""
    key = ["election", "municipality_code", "vintage"]
    listed = listed[listed["rule"] == "not-reported"]
    silent = pd.MultiIndex.from_frame(rows[key]).isin(pd.MultiIndex.from_frame(listed[key]))
    # A user's own row of the same key may well be reported.
    silent &= (rows["rejected"] == 0).fillna(False).to_numpy(dtype=bool)
    cleared = rows.copy()
    cleared.loc[silent, ["blank", "invalid", "rejected"]] = pd.NA
    return cleared


def _choose(rows: pd.DataFrame, vintage: str, needed: list[str], unit: list[str]) -> pd.DataFrame:
    if vintage not in VINTAGES:
        raise UnknownNameError.of("vintage", vintage, VINTAGES)
    if vintage != "best":
        return rows[rows["vintage"] == vintage].reset_index(drop=True)
    unknown = np.logical_or.reduce([rows[name].isna().to_numpy() for name in needed])
    # Complete before incomplete, and official before provisional among equals.
    rank = 2 * unknown + (rows["vintage"] != "official").to_numpy(dtype=bool)
    order = np.argsort(rank, kind="stable")
    again = rows[["election", *unit]].iloc[order].duplicated().to_numpy()
    return rows.iloc[np.sort(order[~again])].reset_index(drop=True)
