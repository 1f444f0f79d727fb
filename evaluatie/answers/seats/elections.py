"""Seats of whole elections: every council of a municipal election, or one national chamber."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from evaluatie.answers.analysis import LEFT_OUT, Analysis
from evaluatie.answers.seats.allocation import Rule, council_size, outcomes
from evaluatie.answers.seats.margins import Margins, could_matter, margins
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.ground.words import say
from evaluatie.plan import load_design

__all__ = [
    "NATION",
    "ElectionSeats",
    "SeatMargins",
    "SeatsAtStake",
    "allocate_election",
    "margins_election",
    "rule_of",
    "seats_at_stake",
]

NATION = "NL"
"""Stands for the municipality code where the whole country is one constituency."""

_RULES = {"GR": "municipal", "PS": "municipal", "TK": "national", "EP": "national"}


@dataclass(frozen=True, kw_only=True, eq=False)
class ElectionSeats(Analysis):
    """Seats by law beside the official ones; see :func:`allocate_election`.

    ``bodies`` has a row per council or chamber: election, municipality_code, n_seats, rule,
    status (``same``, ``lot`` or ``different``) and seats_by_population where known.
    """

    bodies: pd.DataFrame
    names: Mapping[str, str]

    def sentence(self, lang: str = "nl") -> str:
        """Say how many official allocations follow from the law."""
        parts = []
        for election, rows in self.bodies.groupby("election", sort=False):
            lots, wrong = (rows[rows["status"] == status] for status in ("lot", "different"))
            same = len(rows) - len(wrong)
            key = "reproduced_one" if same == len(rows) == 1 else "reproduced"
            parts.append(say(f"seats.{key}", lang, election=election, same=same, n=len(rows)))
            if len(lots):
                places = _join(self.names.get(c, c) for c in lots["municipality_code"])
                parts.append(say("seats.reproduced_lot", lang, lots=len(lots), places=places))
            if len(wrong):
                places = _join(self.names.get(c, c) for c in wrong["municipality_code"])
                parts.append(say("seats.reproduced_not", lang, places=places))
        return " ".join(parts)


@dataclass(frozen=True, kw_only=True, eq=False)
class SeatMargins(Analysis):
    """Smallest seat margin of every council or chamber; see :func:`margins_election`."""

    tightest: Margins

    def sentence(self, lang: str = "nl") -> str:
        """Say the margins of the tightest allocation."""
        said = self.tightest.sentence(lang)
        n = len(self.table[["election", "municipality_code"]].drop_duplicates())
        return said if n == 1 else f"{said} {say('seats.margins_many', lang, n=n)}"


@dataclass(frozen=True, kw_only=True, eq=False)
class SeatsAtStake(Analysis):
    """Lost votes against seat margins, body by body; see :func:`seats_at_stake`."""

    def sentence(self, lang: str = "nl") -> str:
        """Say in how many bodies the lost votes could have mattered, and where most."""
        return " ".join([self._verdicts(lang), *self.without(lang)])

    def _verdicts(self, lang: str) -> str:
        if (self.table["municipality_code"] == NATION).all() and "loss" in self.table:
            return " ".join(_of_the_country(self.table, lang))
        worst = self.table[self.table["scenario"] == "one list"]
        alike = self.table[self.table["scenario"] == "proportional"]
        verdicts = {v: int((worst["verdict"] == v).sum()) for v in ("yes", "within", "no")}
        known = worst[worst["votes_needed"].notna()]
        # Nearest to, or furthest beyond, a change: needed per vote lost at the upper limit.
        tightest = known.iloc[(known["votes_needed"] / known["excess_high"].clip(1)).argsort()]
        parts = [
            say("seats.many_opening", lang, n=len(worst)),
            say("seats.many_worst", lang, **verdicts),
        ]
        if len(tightest):
            parts.append(say("seats.many_tightest", lang, **_row(tightest.iloc[0])))
        highest = alike.sort_values("probability_high", ascending=False, kind="stable").iloc[0]
        parts.append(_chance_said("many_proportional", highest, lang))
        return " ".join(parts)


def rule_of(election: str) -> str:
    """Return the name of the rule that held at an election such as ``GR2026``.

    Councils and provinces: ``municipal``; House and European Parliament: ``national``.

    Raises
    ------
    UnknownNameError
        If neither the plan nor the first two letters tell the kind of election.
    """
    known = load_design().elections
    kind = known[election].kind if election in known else election[:2]
    if kind not in _RULES:
        raise UnknownNameError.of("kind of election", election, _RULES)
    return _RULES[kind]


def allocate_election(
    list_votes: pd.DataFrame,
    *,
    rule: str | Rule | None = None,
    population: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
) -> ElectionSeats:
    """Allocate the seats of every body in a table and set the official seats beside them.

    Parameters
    ----------
    list_votes
        As ``schema.TABLES["list_votes"]``: election, municipality_code, list_name, votes,
        seats, source; or ``national_list_votes``, without municipality_code. Elections whose
        seats are unknown are left out. The size of a body is the sum of its official seats.
    rule
        The same rule for every body; by default that of each election, see :func:`rule_of`.
    population
        Inhabitants per municipality code, to check the size of councils with
        :func:`evaluatie.answers.seats.council_size`.
    names
        Names of municipalities for the sentence.

    Returns
    -------
    ElectionSeats
        ``table``: election, municipality_code, list_name, votes, seats (official), allocated
        (by law; where a lot decided, as it fell), by_lot (the lot decided about this list's
        last seat).

    Raises
    ------
    InputError
        If the table holds no seats, or votes that cannot be.
    """
    rows, summary = [], []
    bodies = _bodies(list_votes)
    for (election, code), body in bodies.items():
        law = rule if rule is not None else rule_of(election)
        official = [int(s) for s in body["seats"]]
        possible = outcomes([int(v) for v in body["votes"]], sum(official), rule=law)
        fallen = official if official in possible else possible[0]
        rows.append(
            body[["election", "municipality_code", "list_name", "votes", "seats"]].assign(
                allocated=fallen,
                by_lot=[len(set(each)) > 1 for each in zip(*possible, strict=True)],
            )
        )
        same = "same" if len(possible) == 1 else "lot"
        people = None if population is None else population.get(code)
        summary.append(
            {
                "election": election,
                "municipality_code": code,
                "n_seats": sum(official),
                "rule": law if isinstance(law, str) else law.name,
                "status": same if official in possible else "different",
                "seats_by_population": None if people is None else council_size(people),
            }
        )
    return ElectionSeats(
        table=pd.concat(rows, ignore_index=True),
        assumptions=("seats-add-up", "enough-candidates"),
        sources=_sources(bodies.values()),
        bodies=pd.DataFrame(summary).astype({"seats_by_population": "Int64"}),
        names=dict(names or {}),
    )


def margins_election(
    list_votes: pd.DataFrame,
    *,
    codes: Sequence[str] | None = None,
    rule: str | Rule | None = None,
    names: Mapping[str, str] | None = None,
    moved: bool = True,
) -> SeatMargins:
    """Give the smallest number of votes that would have moved a seat, for every body.

    Parameters
    ----------
    list_votes, rule, names
        As for :func:`allocate_election`.
    codes
        Only these municipalities.
    moved
        Also look at votes moved from one list to another.

    Returns
    -------
    SeatMargins
        ``table``: election, municipality_code, place, n_seats, kind, from_list, to_list, votes,
        gains, loses, by_lot: for every body the smallest number of each kind, tightest first.
    """
    found = []
    bodies = _bodies(list_votes, codes)
    for (election, code), body in bodies.items():
        result = margins(
            [int(v) for v in body["votes"]],
            int(body["seats"].sum()),
            rule=rule if rule is not None else rule_of(election),
            lists=list(body["list_name"]),
            seats=[int(s) for s in body["seats"]],
            moved=moved,
            smallest_only=True,
            place=_place(election, code, names),
        )
        table = result.table.assign(
            election=election, municipality_code=code, place=result.place, n_seats=result.n_seats
        )
        found.append((table, result))
    columns = ["election", "municipality_code", "place", "n_seats"]
    found.sort(key=lambda each: each[0]["votes"].fillna(2**62).min())
    table = pd.concat([each for each, _ in found], ignore_index=True)
    return SeatMargins(
        table=table[columns + [c for c in table.columns if c not in columns]],
        assumptions=("seats-add-up", "enough-candidates"),
        sources=_sources(bodies.values()),
        tightest=found[0][1],
    )


def seats_at_stake(
    list_votes: pd.DataFrame,
    excess: pd.DataFrame,
    *,
    rule: str | Rule | None = None,
    names: Mapping[str, str] | None = None,
    draws: int = 10_000,
    seed: int | None = None,
) -> SeatsAtStake:
    """Set the votes lost in each municipality against its seat margin.

    Parameters
    ----------
    list_votes, rule, names
        As for :func:`allocate_election`.
    excess
        election, municipality_code, excess_low, excess_high: the interval of votes lost
        (ballots), as :func:`evaluatie.answers.seats.lost_votes` gives it. For a national election the
        municipality_code is ``"NL"``. A column ``loss`` is taken over, and so is who was left
        out.
    draws, seed
        As for :func:`evaluatie.answers.seats.could_matter`.

    Returns
    -------
    SeatsAtStake
        ``table``: election, municipality_code, place, n_seats, loss (where given) and the
        columns of :func:`evaluatie.answers.seats.could_matter`, two rows (scenarios) per row of
        ``excess``.

    Raises
    ------
    InputError
        If the votes and seats of a municipality of ``excess`` are unknown.
    """
    bodies = _bodies(list_votes)
    tables, seeds, used = [], [], []
    for row in excess.to_dict(orient="records"):
        key = (str(row["election"]), str(row["municipality_code"]))
        if key not in bodies:
            raise InputError(
                "votes and seats of the lists are unknown", unit=" ".join(key), rule="list votes"
            )
        body = bodies[key]
        used.append(body)
        result = could_matter(
            [int(v) for v in body["votes"]],
            int(body["seats"].sum()),
            row["excess_low"],
            row["excess_high"],
            rule=rule if rule is not None else rule_of(key[0]),
            lists=list(body["list_name"]),
            seats=[int(s) for s in body["seats"]],
            place=_place(*key, names),
            draws=draws,
            seed=seed,
        )
        head = pd.DataFrame(
            {
                "election": key[0],
                "municipality_code": key[1],
                "place": result.place,
                "n_seats": int(body["seats"].sum()),
                **({"loss": row["loss"]} if "loss" in row else {}),
            },
            index=result.table.index,
        )
        tables.append(pd.concat([head, result.table], axis=1))
        seeds.append(result.seed)
    if not tables:
        raise InputError("there is no municipality with lost votes", rule="excess")
    return SeatsAtStake(
        table=pd.concat(tables, ignore_index=True),
        assumptions=("seats-add-up", "enough-candidates", "lost-votes-alike"),
        seed=seeds[0],
        sources=_sources(used),
        left_out=pd.DataFrame(excess.attrs.get("left_out", []), columns=list(LEFT_OUT)),
    )


def _of_the_country(table: pd.DataFrame, lang: str) -> Iterator[str]:
    """Say for each loss whether a seat of the country could have moved."""
    for (election, loss), rows in table.groupby(["election", "loss"], sort=False):
        worst, alike = (
            _row(rows[rows["scenario"] == name].iloc[0]) for name in ("one list", "proportional")
        )
        key = str(loss).replace(" ", "_")
        yield say(f"seats.nation_{key}", lang, **{**worst, "election": election})
        yield say(f"seats.nation_worst_{worst['verdict']}", lang, **worst)
        if worst["verdict"] != "no":
            yield _chance_said("nation_alike", alike, lang)


_LEAST_SAID = 0.001
"""Below this a chance from some thousand draws is not told as a number."""


def _chance_said(key: str, row: Mapping[str, Any] | pd.Series[Any], lang: str) -> str:
    rare = row["probability_high"] < _LEAST_SAID
    words = {str(name): value for name, value in row.items()}
    return say(f"seats.{key}_none" if rare else f"seats.{key}", lang, least=_LEAST_SAID, **words)


def _bodies(
    list_votes: pd.DataFrame, codes: Sequence[str] | None = None
) -> dict[tuple[str, str], pd.DataFrame]:
    """Return the lists of every body whose seats are known, by election and municipality."""
    frame = list_votes
    if "municipality_code" not in frame.columns:
        frame = frame.assign(municipality_code=NATION)
    if codes is not None:
        frame = frame[frame["municipality_code"].isin(codes)]
    # Some tables leave the seats empty of lists that got none.
    frame = frame.assign(seats=frame["seats"].fillna(0).astype("int64"))
    frame = frame[frame.groupby("election")["seats"].transform("sum") > 0]
    bodies = {
        (str(election), str(code)): body
        for (election, code), body in frame.groupby(["election", "municipality_code"], sort=False)
        if body["seats"].sum() > 0
    }
    if not bodies:
        raise InputError("no election in the table has seats", rule="seats")
    return bodies


def _place(election: str, code: str, names: Mapping[str, str] | None) -> str:
    if code == NATION:
        return election
    return (names or {}).get(code) or load_design().municipalities.get(code, code)


def _sources(bodies: Iterable[pd.DataFrame]) -> tuple[str, ...]:
    return tuple(sorted({source for body in bodies for source in body.get("source", ())}))


def _row(series: pd.Series[Any]) -> dict[str, Any]:
    return {str(name): value for name, value in series.items()}


def _join(words: Iterable[str]) -> str:
    return ", ".join(words)
