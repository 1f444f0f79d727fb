"""Seats of whole elections: every council of a municipal election, or one national chamber."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from evaluatie.answers.answer import LEFT_OUT, Answer, Statement
from evaluatie.answers.seats import show
from evaluatie.answers.seats.allocation import Rule, council_size, outcomes, rule_named
from evaluatie.answers.seats.margins import could_matter, margins, values
from evaluatie.answers.seats.show import NATION
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.plan import load_design

__all__ = [
    "NATION",
    "allocate_election",
    "margins_election",
    "rule_of",
    "seats_at_stake",
]

_RULES = {"GR": "municipal", "PS": "municipal", "TK": "national", "EP": "national"}


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
) -> Answer:
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
        :func:`evaluatie.seats.council_size`.
    names
        Names of municipalities for the sentence.

    Returns
    -------
    Answer
        ``table``: election, municipality_code, list_name, votes, seats (official), allocated
        (by law; where a lot decided, as it fell), by_lot (the lot decided about this list's
        last seat). ``parts["bodies"]``, a row per council or chamber: election,
        municipality_code, place, n_seats, rule, status (``same``, ``lot`` or ``different``) and
        seats_by_population where known.

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
                "place": (names or {}).get(code, code),
                "n_seats": sum(official),
                "rule": law if isinstance(law, str) else law.name,
                "status": same if official in possible else "different",
                "seats_by_population": None if people is None else council_size(people),
            }
        )
    made = pd.DataFrame(summary).astype({"seats_by_population": "Int64"})
    return Answer(
        table=pd.concat(rows, ignore_index=True),
        columns=show.LAW,
        statements=tuple(_law_said(made)),
        assumptions=("seats-add-up", "enough-candidates"),
        sources=_sources(bodies.values()),
        parts={"bodies": made},
        brief=_out_of_the_ordinary(made),
    )


def _law_said(bodies: pd.DataFrame) -> Iterator[Statement]:
    """Say how many official allocations follow from the law."""
    for election, rows in bodies.groupby("election", sort=False):
        lots, wrong = (rows[rows["status"] == status] for status in ("lot", "different"))
        same = len(rows) - len(wrong)
        key = "reproduced_one" if same == len(rows) == 1 else "reproduced"
        yield Statement(f"seats.{key}", {"election": election, "same": same, "n": len(rows)})
        if len(lots):
            words = {"lots": len(lots), "places": ", ".join(lots["place"])}
            yield Statement("seats.reproduced_lot", words)
        if len(wrong):
            yield Statement("seats.reproduced_not", {"places": ", ".join(wrong["place"])})


def _out_of_the_ordinary(bodies: pd.DataFrame) -> pd.DataFrame:
    """Count the councils or chambers by what was found, and name those out of the ordinary."""
    # Only a lot asks which article it follows from.
    lot = bodies["status"] == "lot"
    article = bodies["n_seats"].map(_article).where(lot, "")
    rows = []
    for (election, status, of), own in bodies.assign(article=article).groupby(
        ["election", "status", "article"], sort=False
    ):
        named = status != "same" or len(own) == 1
        places = own.loc[own["municipality_code"] != NATION, "place"]
        rows.append(
            {
                "election": election,
                "status": status,
                "article": of,
                "n_bodies": len(own),
                "places": ", ".join(places) if named else "",
            }
        )
    return pd.DataFrame(rows)


def _article(n_seats: int) -> str:
    """Kieswet, of residual seats: by averages, or by remainders in small councils."""
    return "P 7" if n_seats >= rule_named("municipal").remainders_below else "P 8"


def margins_election(
    list_votes: pd.DataFrame,
    *,
    codes: Sequence[str] | None = None,
    rule: str | Rule | None = None,
    names: Mapping[str, str] | None = None,
    moved: bool = True,
) -> Answer:
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
    Answer
        ``table``: election, municipality_code, place, n_seats, kind, from_list, to_list, votes,
        gains, loses, by_lot: for every body the smallest number of each kind, tightest first.
    """
    found = []
    bodies = _bodies(list_votes, codes)
    for (election, code), body in bodies.items():
        place, n_seats = _place(election, code, names), int(body["seats"].sum())
        result = margins(
            [int(v) for v in body["votes"]],
            n_seats,
            rule=rule if rule is not None else rule_of(election),
            lists=list(body["list_name"]),
            seats=[int(s) for s in body["seats"]],
            moved=moved,
            smallest_only=True,
            place=place,
        )
        table = result.table.assign(
            election=election, municipality_code=code, place=place, n_seats=n_seats
        )
        found.append((table, result.statements))
    columns = ["election", "municipality_code", "place", "n_seats"]
    found.sort(key=lambda each: each[0]["votes"].fillna(2**62).min())
    table = pd.concat([each for each, _ in found], ignore_index=True)
    tightest = found[0][1]
    others = (Statement("seats.margins_many", {"n": len(found)}),) if len(found) > 1 else ()
    return Answer(
        table=table[columns + [c for c in table.columns if c not in columns]],
        columns=show.MARGINS,
        statements=(*tightest, *others),
        assumptions=("seats-add-up", "enough-candidates"),
        sources=_sources(bodies.values()),
    )


def seats_at_stake(
    list_votes: pd.DataFrame,
    excess: pd.DataFrame,
    *,
    rule: str | Rule | None = None,
    names: Mapping[str, str] | None = None,
    draws: int = 10_000,
    seed: int | None = None,
) -> Answer:
    """Set the votes lost in each municipality against its seat margin.

    Parameters
    ----------
    list_votes, rule, names
        As for :func:`allocate_election`.
    excess
        election, municipality_code, excess_low, excess_high: the interval of votes lost
        (ballots), as :func:`evaluatie.seats.lost_votes` gives it. For a national election the
        municipality_code is ``"NL"``. A column ``loss`` is taken over, and so is who was left
        out.
    draws, seed
        As for :func:`evaluatie.seats.could_matter`.

    Returns
    -------
    Answer
        ``table``: election, municipality_code, place, n_seats, loss (where given) and the
        columns of :func:`evaluatie.seats.could_matter`, two rows (scenarios) per row of
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
        place, n_seats = _place(*key, names), int(body["seats"].sum())
        used.append(body)
        result = could_matter(
            [int(v) for v in body["votes"]],
            n_seats,
            row["excess_low"],
            row["excess_high"],
            rule=rule if rule is not None else rule_of(key[0]),
            lists=list(body["list_name"]),
            seats=[int(s) for s in body["seats"]],
            place=place,
            draws=draws,
            seed=seed,
        )
        head = pd.DataFrame(
            {
                "election": key[0],
                "municipality_code": key[1],
                "place": place,
                "n_seats": n_seats,
                **({"loss": row["loss"]} if "loss" in row else {}),
            },
            index=result.table.index,
        )
        tables.append(pd.concat([head, result.table], axis=1))
        seeds.append(result.seed)
    if not tables:
        raise InputError("there is no municipality with lost votes", rule="excess")
    table = pd.concat(tables, ignore_index=True)
    country = (table["municipality_code"] == NATION).all() and "loss" in table
    return Answer(
        table=table,
        columns=show.STAKE,
        statements=tuple(_of_the_country(table) if country else _of_councils(table)),
        assumptions=("seats-add-up", "enough-candidates", "lost-votes-alike"),
        seed=seeds[0],
        sources=_sources(used),
        left_out=pd.DataFrame(excess.attrs.get("left_out", []), columns=list(LEFT_OUT)),
        brief=show.side_by_side(table),
        draw=show.draw,
    )


def _of_councils(table: pd.DataFrame) -> Iterator[Statement]:
    """Say in how many bodies the lost votes could have mattered, and where most."""
    worst = table[table["scenario"] == "one list"]
    alike = table[table["scenario"] == "proportional"]
    verdicts = {v: int((worst["verdict"] == v).sum()) for v in ("yes", "within", "no")}
    yield Statement("seats.many_opening", {"n": len(worst)})
    yield Statement("seats.many_worst", verdicts)
    known = worst[worst["votes_needed"].notna()]
    # Nearest to, or furthest beyond, a change: needed per vote lost at the upper limit.
    tightest = known.iloc[(known["votes_needed"] / known["excess_high"].clip(1)).argsort()]
    if len(tightest):
        yield Statement("seats.many_tightest", values(tightest.iloc[0]))
    highest = alike.sort_values("probability_high", ascending=False, kind="stable").iloc[0]
    yield _chance_said("many_proportional", highest)


def _of_the_country(table: pd.DataFrame) -> Iterator[Statement]:
    """Say for each loss whether a seat of the country could have moved."""
    for (_, loss), rows in table.groupby(["election", "loss"], sort=False):
        worst = values(rows[rows["scenario"] == "one list"].iloc[0])
        yield Statement(f"seats.nation_{str(loss).replace(' ', '_')}", worst)
        yield Statement(f"seats.nation_worst_{worst['verdict']}", worst)
        if worst["verdict"] != "no":
            alike = rows[rows["scenario"] == "proportional"].iloc[0]
            yield _chance_said("nation_alike", alike)


_LEAST_SAID = 0.001
"""Below this a chance from some thousand draws is not told as a number."""


def _chance_said(key: str, row: pd.Series[Any]) -> Statement:
    rare = row["probability_high"] < _LEAST_SAID
    words = {"least": _LEAST_SAID, **values(row)}
    return Statement(f"seats.{key}_none" if rare else f"seats.{key}", words)


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
