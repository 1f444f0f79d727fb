"""Columns of every tidy table: names, types, units, constraints.

One description serves three readers: the loader checks tables against it, the data build
writes ``datapackage.json`` from it, the documentation prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Type = Literal["string", "integer", "number", "date", "boolean"]


@dataclass(frozen=True)
class Field:
    """One column: ``required`` means never empty, ``minimum`` is inclusive."""

    name: str
    type: Type
    description: str
    required: bool = False
    minimum: int | None = None
    values: tuple[str, ...] = ()
    pattern: str | None = None


def text(
    name: str,
    description: str,
    required: bool = False,
    *,
    values: tuple[str, ...] = (),
    pattern: str | None = None,
) -> Field:
    """Describe a column of text."""
    return Field(name, "string", description, required, values=values, pattern=pattern)


def count(name: str, description: str, required: bool = False, *, minimum: int = 0) -> Field:
    """Describe a column of whole numbers."""
    return Field(name, "integer", description, required, minimum)


@dataclass(frozen=True)
class Table:
    """One tidy table, stored as ``<name>.csv``: UTF-8, commas, Unix line ends.

    A user's rows replace shipped rows with the same ``key``; where ``whole`` is given, all
    shipped rows that agree with one of them in these columns: parts that are summed are of one
    source. ``comments``: lines that begin with ``#`` are skipped.
    """

    name: str
    title: str
    columns: tuple[Field, ...]
    key: tuple[str, ...]
    whole: tuple[str, ...] = ()
    comments: bool = False

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]


SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "invalid": ("decree",),
    "reasons": ("decree",),
    "learning": ("letter",),
    "personal_vote": ("letters",),
    "counting": ("decree", "act"),
    "voters": ("decree",),
    "officials": ("decree",),
    "booth_time": ("letters",),
    "accessibility": ("letters",),
    "replaced": ("letters",),
    "information": ("decree",),
    "costs": ("decree",),
    "logos": ("act",),
}
"""Subjects of the evaluation, and what lays each down.

``decree``: Tijdelijk experimentenbesluit stembiljetten en centrale stemopneming, article 17, the
predecessor of a decree whose text was not at hand. ``act``: bill 35455, article 2. ``letters``:
those to the House about EP2024 and TK2025. ``letter``: the one of February 2026 about GR2026.
"""

STATION_COUNTS: Mapping[str, str] = {
    "eligible": "Persons entitled to vote; empty = not given for this unit",
    "valid": "Valid votes on candidates, E",
    "blank": "Blank votes, F",
    "invalid": "Invalid votes, G",
    "admitted": "Voters admitted: poll cards + proxies + voter passes",
    "poll_cards": "Valid poll cards (stempassen)",
    "proxies": "Valid proxies (volmachtbewijzen)",
    "voter_passes": "Valid voter passes (kiezerspassen)",
    "more_ballots": "Ballots found beyond the voters admitted",
    "fewer_ballots": "Ballots found short of the voters admitted",
    "taken_ballots": "Explained: voters took their ballot away",
    "too_few_issued": "Explained: too few ballots handed out",
    "too_many_issued": "Explained: too many ballots handed out",
    "too_many_postal": "Explained: too many ballots in a postal envelope",
    "no_postal": "Explained: no ballot in a postal envelope",
    "lost_ballots": "Explained: ballots lost",
    "no_explanation": "Difference without explanation",
    "other_explanation": "Difference with another explanation",
}
"""Every count that a polling station's record may hold, and what it says."""

_ELECTION = text("election", "Election id such as TK2025", True)
_CODE = text(
    "municipality_code", "CBS municipality code: GM and four digits", True, pattern=r"GM\d{4}"
)
_NAME = text(
    "municipality", "Name: the one that the newest code list has, whatever a source prints", True
)
_VINTAGE = text(
    "vintage",
    "official = from the official record; provisional = counts carried by media, not verified "
    "against the official record",
    True,
    values=("official", "provisional"),
)
_COUNTS = (
    count("eligible", "Persons entitled to vote (kiesgerechtigden)"),
    count("ballots", "Ballots found, H = valid + blank + invalid"),
    count("valid", "Valid votes on candidates, E"),
    count("blank", "Blank votes, F"),
    count("invalid", "Invalid votes, G"),
    count("rejected", "Blank + invalid, F + G"),
)
_LIST = text(
    "list_name",
    "Name of the list, as in the national result where there is one; manifest.toml has the names "
    "that a source prints otherwise",
    True,
)
_SOURCE = text("source", "Source id in manifest.toml; two joined by + complete each other", True)
_STATION = text("polling_station", "Station as in the file, such as 0668::SB1", True)
_LIST_NUMBER = count("list_number", "Number of the list on the ballot", True, minimum=1)

_TABLES = (
    Table(
        "municipal_results",
        "Counts per election, municipality and vintage; empty = unknown",
        (_ELECTION, _CODE, _NAME, _VINTAGE, *_COUNTS, _SOURCE),
        ("election", "municipality_code", "vintage"),
    ),
    Table(
        "national_results",
        "National totals as published; empty = not published",
        (_ELECTION, _VINTAGE, *_COUNTS, _SOURCE),
        ("election", "vintage"),
    ),
    Table(
        "list_votes",
        "Votes and seats per list and municipality, official",
        (
            *(_ELECTION, _CODE, _LIST),
            count("votes", "Votes on the list's candidates", True),
            count("seats", "Seats, where the source gives them"),
            _SOURCE,
        ),
        ("election", "municipality_code", "list_name"),
    ),
    Table(
        "national_list_votes",
        "National votes and seats per list, official",
        (
            *(_ELECTION, _LIST),
            count("votes", "Votes on the list's candidates", True),
            count("seats", "Seats; 0 = none"),
            _SOURCE,
        ),
        ("election", "list_name"),
    ),
    Table(
        "candidate_summary",
        "Votes on candidates per municipality and list, condensed from every candidate's count",
        (
            *(_ELECTION, _CODE, _LIST_NUMBER, _LIST),
            count("votes", "Votes on the list's candidates", True),
            count("votes_first", "Votes on number 1, the list leader", True),
            count(
                "votes_namesake",
                "Votes on the candidate whose number is the list's number; empty = the list "
                "has no such candidate, or it is the leader",
            ),
            count(
                "same_namesake",
                "Municipalities with the same number here had the same candidates under the "
                "list's number and beside it (within an election and list)",
                True,
                minimum=1,
            ),
            count(
                "votes_beside",
                "Votes on the numbers one below and one above the list's number, but number 1",
                True,
            ),
            count(
                "votes_last",
                "Votes on the last number of the list there; empty = a list of one candidate",
            ),
            count(
                "same_last",
                "Municipalities with the same number here had the same last candidate under "
                "the same number (within an election and list)",
                True,
                minimum=1,
            ),
            count(
                "votes_favourite",
                "Votes on the candidate with most votes there, number 1 left out",
                True,
            ),
            count(
                "votes_beside_favourite",
                "Votes on the numbers one below and one above that candidate, but number 1",
                True,
            ),
            count("n_candidates", "Candidates on the list there", True, minimum=1),
            count("n_candidates_with_votes", "Candidates with at least one vote there", True),
            Field(
                "concentration",
                "number",
                "Effective number of candidates: 1 over the sum of squared shares of the "
                "list's votes (Laakso and Taagepera 1979); empty = no votes",
            ),
            _SOURCE,
        ),
        ("election", "municipality_code", "list_number"),
    ),
    Table(
        "polling_stations",
        "Counts per polling station, where the record is at hand; empty = unknown",
        (
            *(_ELECTION, _CODE),
            text("municipality", "Name as the source prints it"),
            _STATION,
            text("station_name", "Name without the word Stembureau"),
            text("postcode", "Postcode of the station"),
            *(
                count(name, words, name in ("valid", "blank", "invalid"))
                for name, words in STATION_COUNTS.items()
            ),
            count("ballots", "Ballots found, H = valid + blank + invalid", True),
            count("rejected", "Blank + invalid, F + G", True),
            text(
                "investigated",
                "Why the municipality looked at the station's count again, as printed; none = "
                "it did not; empty = not given",
            ),
            *(_VINTAGE, _SOURCE),
        ),
        ("election", "municipality_code", "polling_station", "vintage"),
        whole=("election", "municipality_code", "vintage"),
    ),
    Table(
        "candidate_votes",
        "Votes per candidate and municipality, where the record is at hand",
        (
            *(_ELECTION, _CODE),
            text("municipality", "Name as the source prints it"),
            text("polling_station", "Station; empty in rows of a municipality"),
            _LIST_NUMBER,
            text("list_name", "Name of the list; empty = it has none"),
            count("candidate_number", "Number on the list", True, minimum=1),
            count("votes", "Votes", True),
            *(_VINTAGE, _SOURCE),
        ),
        (
            *("election", "municipality_code", "polling_station"),
            *("list_number", "candidate_number", "vintage"),
        ),
        whole=("election", "municipality_code", "vintage"),
    ),
    Table(
        "boundaries",
        "Outlines of the municipalities of 2026, generalised, for maps",
        (
            *(_CODE, _NAME),
            text(
                "geometry",
                "Well-known text (MULTIPOLYGON), WGS 84, degrees: longitude latitude",
                True,
            ),
            _SOURCE,
        ),
        ("municipality_code",),
    ),
    Table(
        "mergers",
        "Municipalities that became (part of) another, 2017-2026",
        (
            Field("valid_from_year", "integer", "First year of the new division", True),
            text("code_from", "Code before", True, pattern=r"GM\d{4}"),
            text("name_from", "Name before", True),
            text("code_to", "Code after", True, pattern=r"GM\d{4}"),
            text("name_to", "Name after", True),
            text("kind", "whole or part", True, values=("whole", "part")),
            _SOURCE,
        ),
        ("valid_from_year", "code_from", "code_to"),
    ),
    Table(
        "municipality_codes",
        "Which municipality codes exist at which election",
        (_ELECTION, _CODE, _NAME, _SOURCE),
        ("election", "municipality_code"),
    ),
    Table(
        "covariates",
        "Municipal characteristics around 2024, second-hand from CBS tables",
        (
            *(_CODE, _NAME),
            text("province", "Province", True),
            count("population", "Inhabitants"),
            count("age_0_15", "Inhabitants aged under 15"),
            count("age_15_25", "Inhabitants aged 15 to 24"),
            count("age_25_45", "Inhabitants aged 25 to 44"),
            count("age_45_65", "Inhabitants aged 45 to 64"),
            count("age_65_plus", "Inhabitants aged 65 and over"),
            count("origin_nl", "Inhabitants of Dutch origin"),
            count("origin_europe", "Inhabitants of other European roots"),
            count("origin_other", "Inhabitants of non-European origin"),
            Field("higher_education", "number", "Share with a higher-education degree (fraction)"),
            Field("income", "number", "Mean income per inhabitant, thousand euros"),
            Field("low_income", "number", "Share in the lowest 40% of incomes (fraction)"),
            Field("high_income", "number", "Share in the highest 20% of incomes (fraction)"),
            Field("land_area", "number", "Land area, square kilometres"),
            Field("density", "number", "Inhabitants per square kilometre of land"),
            _SOURCE,
        ),
        ("municipality_code",),
    ),
    Table(
        "known_exceptions",
        "Oddities of the sources that are kept, flagged and never repaired",
        (
            _ELECTION,
            text("municipality_code", "Municipality, or empty for the whole election"),
            text("vintage", "Vintage it concerns", True, values=("official", "provisional")),
            text("rule", "Rule that is broken, or oddity", True),
            text("note", "What is known about it", True),
        ),
        ("election", "municipality_code", "vintage", "rule"),
    ),
    Table(
        "published_figures",
        "What official and press sources printed",
        (
            text("id", "Figure id", True),
            _ELECTION,
            text("scope", "Whom the figure speaks of", True),
            text("municipality", "Municipality, where it is about one"),
            text("measure", "What was measured", True),
            text("value", "The figure as printed", True),
            text("unit", "Unit as printed", True),
            Field("decimals", "integer", "Decimals printed; empty where printed in words"),
            text("denominator", "Denominator, as far as stated"),
            text("source_title", "Title of the publication", True),
            text("source_url", "Address of the publication"),
            text("source_date", "Date of the publication"),
            text("note", "Remarks"),
        ),
        ("id",),
    ),
    Table(
        "evidence",
        "What was published or collected on the subjects of the evaluation",
        (
            text("subject", "Subject", True, values=tuple(SUBJECTS)),
            text("election", "Election id such as TK2025; abroad the year", True),
            text(
                "group",
                "CBS code of a municipality, or whom it speaks of: experiment, reference, "
                "rest, or in words",
                True,
            ),
            text(
                "measure", "What was measured; of ballots per reason its key in reasons.toml", True
            ),
            Field("value", "number", "The value; empty = said in words, or not seen"),
            text("unit", "Unit of the value, such as percent, ballots, minutes"),
            count("n", "Persons or ballots that the value rests on"),
            text(
                "status",
                "transcribed = typed over from the source; second-hand = typed over from what "
                "others report of it; own = collected by whoever adds the row",
                True,
                values=("transcribed", "second-hand", "own"),
            ),
            text("source", "Document, or source id in manifest.toml", True),
            text("source_date", "Date of the document, or undated", True),
            text("page", "Page or paragraph in it"),
            text("source_url", "Its address"),
            text("figure", "Id in published_figures of the same figure"),
            text("note", "Remarks"),
        ),
        ("subject", "election", "group", "measure", "source"),
        comments=True,
    ),
)

TABLES: Mapping[str, Table] = {table.name: table for table in _TABLES}
