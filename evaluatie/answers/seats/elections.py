"""Seats of whole elections: every council of a municipal election, or one national chamber."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from evaluatie.answers.answer import Answer
from evaluatie.answers.seats import show
from evaluatie.answers.seats.allocation import Rule, outcomes, rule_named
from evaluatie.answers.seats.margins import MARGIN_TYPES, STAKE_TYPES, Body, body_of, tightest
from evaluatie.answers.seats.show import NATION
from evaluatie.answers.statement import LEFT_OUT, Statement
from evaluatie.ground.errors import InputError, UnknownNameError
from evaluatie.plan import load_design

Row = dict[str, Any]

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
    names
        Names of municipalities for the sentence.

    Returns
    -------
    Answer
        ``table``: election, municipality_code, list_name, votes, seats (official), allocated
        (by law; where a lot decided, as it fell), by_lot (the lot decided about this list's
        last seat). ``parts["bodies"]``, a row per council or chamber: election,
        municipality_code, place, n_seats, rule, status (``same``, ``lot`` or ``different``).

    Raises
    ------
    InputError
        If the table holds no seats, or votes that cannot be.
    """
    tables: list[pd.DataFrame] = []
    summary: list[Row] = []
    bodies = _bodies(list_votes, names)
    for head, body in bodies.values():
        law = rule if rule is not None else rule_of(head["election"])
        official = body["seats"].tolist()
        possible = outcomes(body["votes"].tolist(), head["n_seats"], rule=law)
        fallen = official if official in possible else possible[0]
        by_lot = [len(set(each)) > 1 for each in zip(*possible, strict=True)]
        tables.append(body.assign(allocated=fallen, by_lot=by_lot))
        same = "same" if len(possible) == 1 else "lot"
        status = same if official in possible else "different"
        law_name = law if isinstance(law, str) else law.name
        summary.append({**head, "rule": law_name, "status": status})
    table = pd.concat(tables, ignore_index=True)
    return Answer(
        table=table[
            ["election", "municipality_code", "list_name", "votes", "seats", "allocated", "by_lot"]
        ],
        columns=show.LAW,
        statements=tuple(_law_said(summary)),
        assumptions=("seats-add-up", "enough-candidates"),
        sources=_sources(bodies.values()),
        parts={"bodies": pd.DataFrame(summary)},
        brief=_out_of_the_ordinary(summary),
    )


def _law_said(bodies: Sequence[Row]) -> Iterator[Statement]:
    """Say how many official allocations follow from the law."""
    for election, rows in _by(bodies, "election").items():
        lots, wrong = (
            [row["place"] for row in rows if row["status"] == status]
            for status in ("lot", "different")
        )
        same = len(rows) - len(wrong)
        key = "reproduced_one" if same == len(rows) == 1 else "reproduced"
        yield Statement(f"seats.{key}", {"election": election, "same": same, "n": len(rows)})
        if lots:
            words = {"lots": len(lots), "places": ", ".join(lots)}
            yield Statement("seats.reproduced_lot", words)
        if wrong:
            yield Statement("seats.reproduced_not", {"places": ", ".join(wrong)})


def _out_of_the_ordinary(bodies: Sequence[Row]) -> pd.DataFrame:
    """Count the councils or chambers by what was found, and name those out of the ordinary."""
    averages_from = rule_named("municipal").remainders_below
    rows: dict[tuple[str, ...], tuple[int, list[str]]] = {}
    for row in bodies:
        # Only a lot asks which article it follows from: averages, or remainders.
        article = "P 7" if row["n_seats"] >= averages_from else "P 8"
        key = (row["election"], row["status"], article if row["status"] == "lot" else "")
        n, places = rows.get(key, (0, []))
        rows[key] = (n + 1, places + [row["place"]] * (row["municipality_code"] != NATION))
    return pd.DataFrame(
        [
            (*key, n, ", ".join(places) if key[1] != "same" or n == 1 else "")
            for key, (n, places) in rows.items()
        ],
        columns=["election", "status", "article", "n_bodies", "places"],
    )


def _by(rows: Sequence[Row], name: str) -> dict[str, list[Row]]:
    """Return rows by what they hold under a name, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[name], []).append(row)
    return found


def margins_election(list_votes: pd.DataFrame, *, names: Mapping[str, str] | None = None) -> Answer:
    """Give the smallest number of votes that would have moved a seat, for every body.

    Parameters
    ----------
    list_votes, names
        As for :func:`allocate_election`.

    Returns
    -------
    Answer
        ``table``: election, municipality_code, place, n_seats and the first row of
        :func:`evaluatie.seats.margins` of every body, tightest first.
    """
    bodies = _bodies(list_votes, names)
    rows = [{**each.head, **tightest(each.checked())} for each in bodies.values()]
    rows.sort(key=lambda row: math.inf if row["votes"] is None else row["votes"])
    return Answer(
        table=pd.DataFrame(rows).astype(MARGIN_TYPES),
        columns=show.MARGINS,
        statements=tuple(_margins_said(rows)),
        assumptions=("seats-add-up", "enough-candidates"),
        sources=_sources(bodies.values()),
    )


def _margins_said(rows: Sequence[Row]) -> Iterator[Statement]:
    """Say the smallest margin, and of how many bodies it is."""
    first = rows[0]
    yield Statement("seats.margins_opening", first)
    if first["votes"] is None:
        yield Statement("seats.margins_none")
    else:
        yield Statement(f"seats.margins_added{'_lot' if first['by_lot'] else ''}", first)
    if len(rows) > 1:
        yield Statement("seats.margins_many", {"n": len(rows)})


def seats_at_stake(
    list_votes: pd.DataFrame,
    excess: pd.DataFrame,
    *,
    names: Mapping[str, str] | None = None,
    draws: int = 10_000,
) -> Answer:
    """Set the votes lost in each municipality against its seat margin.

    Parameters
    ----------
    list_votes, names
        As for :func:`allocate_election`.
    excess
        election, municipality_code, loss, excess_low, excess_high: the interval of votes lost
        (ballots), as :func:`evaluatie.seats.lost_votes` gives it. For a national election the
        municipality_code is ``"NL"``. Who was left out is taken over.
    draws
        As for :func:`evaluatie.seats.could_matter`.

    Returns
    -------
    Answer
        ``table``: election, municipality_code, place, n_seats, loss and the
        columns of :func:`evaluatie.seats.could_matter`, two rows (scenarios) per row of
        ``excess``.

    Raises
    ------
    InputError
        If the votes and seats of a municipality of ``excess`` are unknown.
    """
    bodies = _bodies(list_votes, names)
    rows: list[Row] = []
    used = []
    for row in excess.to_dict(orient="records"):
        key = (str(row["election"]), str(row["municipality_code"]))
        if key not in bodies:
            raise InputError(
                "votes and seats of the lists are unknown", unit=" ".join(key), rule="list votes"
            )
        used.append(bodies[key])
        head = bodies[key].head | {"loss": row["loss"]}
        made = bodies[key].checked().at_stake(row["excess_low"], row["excess_high"], draws)
        rows += [head | each for each in made]
    if not rows:
        raise InputError("there is no municipality with lost votes", rule="excess")
    table = pd.DataFrame(rows).astype(STAKE_TYPES)
    country = all(row["municipality_code"] == NATION for row in rows)
    return Answer(
        table=table,
        columns=show.STAKE,
        statements=tuple(_of_the_country(rows) if country else _of_councils(rows)),
        assumptions=("seats-add-up", "enough-candidates", "lost-votes-alike"),
        seed=load_design().seed("simulation"),
        sources=_sources(used),
        left_out=pd.DataFrame(excess.attrs.get("left_out", []), columns=list(LEFT_OUT)),
        brief=show.side_by_side(table),
        draw=show.draw,
    )


def _of_councils(rows: Sequence[Row]) -> Iterator[Statement]:
    """Say in how many bodies the lost votes could have mattered, and where most."""
    by_scenario = _by(rows, "scenario")
    worst, alike = by_scenario["one list"], by_scenario["proportional"]
    verdicts = [row["verdict"] for row in worst]
    yield Statement("seats.many_opening", {"n": len(worst)})
    yield Statement("seats.many_worst", {v: verdicts.count(v) for v in ("yes", "within", "no")})
    known = [row for row in worst if row["votes_needed"] is not None]
    if known:
        # Nearest to, or furthest beyond, a change: needed per vote lost at the upper limit.
        nearest = min(known, key=lambda row: row["votes_needed"] / max(row["excess_high"], 1))
        yield Statement("seats.many_tightest", nearest)
    highest = max(alike, key=lambda row: row["probability_high"])
    yield _chance_said("many_proportional", highest)


def _of_the_country(rows: Sequence[Row]) -> Iterator[Statement]:
    """Say for each loss whether a seat of the country could have moved."""
    for worst, alike in zip(rows[::2], rows[1::2], strict=True):
        yield Statement(f"seats.nation_{worst['loss'].replace(' ', '_')}", worst)
        yield Statement(f"seats.nation_worst_{worst['verdict']}", worst)
        if worst["verdict"] != "no":
            yield _chance_said("nation_alike", alike)


def _chance_said(key: str, row: Row) -> Statement:
    rare = row["probability_high"] < show.LEAST
    return Statement(f"seats.{key}_none" if rare else f"seats.{key}", {"least": show.LEAST, **row})


class _Seated(NamedTuple):
    """A council or chamber: what names it in every row, and the rows of its lists."""

    head: Row
    lists: pd.DataFrame

    def checked(self) -> Body:
        """Return what margins and stakes are asked of; refused if the seats do not follow."""
        names = ("votes", "seats", "list_name")
        votes, seats, lists = (self.lists[name].tolist() for name in names)
        rule, n_seats, place = rule_of(self.head["election"]), sum(seats), self.head["place"]
        return body_of(votes, n_seats, rule, lists, seats, place)


def _bodies(
    list_votes: pd.DataFrame, names: Mapping[str, str] | None
) -> dict[tuple[str, str], _Seated]:
    """Return every council or chamber whose seats are known, by election and municipality."""
    frame, named = list_votes, {**load_design().municipalities, **(names or {})}
    if "municipality_code" not in frame.columns:
        frame = frame.assign(municipality_code=NATION)
    # Some tables leave the seats empty of lists that got none.
    frame = frame.assign(seats=frame["seats"].fillna(0).astype("int64"))
    bodies = {}
    for (election, code), lists in frame.groupby(["election", "municipality_code"], sort=False):
        head = {
            "election": str(election),
            "municipality_code": str(code),
            "place": str(election) if code == NATION else named.get(str(code), str(code)),
            "n_seats": int(lists["seats"].sum()),
        }
        if head["n_seats"]:
            bodies[str(election), str(code)] = _Seated(head, lists)
    if not bodies:
        raise InputError("no election in the table has seats", rule="seats")
    return bodies


def _sources(bodies: Iterable[_Seated]) -> tuple[str, ...]:
    return tuple(sorted({source for body in bodies for source in body.lists.get("source", ())}))
