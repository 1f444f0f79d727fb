"""The tables that ship, and what their columns hold."""

from __future__ import annotations

from collections.abc import Mapping

from evaluatie.counts.schema.columns import Column, Table

__all__ = ["STATION_COUNTS", "TABLES"]

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

_ELECTION = Column("election", "string", "Election id such as TK2025", True)
_CODE = Column(
    "municipality_code",
    "string",
    "CBS municipality code: GM and four digits",
    True,
    pattern=r"GM\d{4}",
)
_NAME = Column("municipality", "string", "Name as the source prints it", True)
_VINTAGE = Column(
    "vintage",
    "string",
    "official = from the official record; provisional = counts carried by media, not verified "
    "against the official record",
    True,
    values=("official", "provisional"),
)
_COUNTS = (
    Column("eligible", "integer", "Persons entitled to vote (kiesgerechtigden)", minimum=0),
    Column("ballots", "integer", "Ballots found, H = valid + blank + invalid", minimum=0),
    Column("valid", "integer", "Valid votes on candidates, E", minimum=0),
    Column("blank", "integer", "Blank votes, F", minimum=0),
    Column("invalid", "integer", "Invalid votes, G", minimum=0),
    Column("rejected", "integer", "Blank + invalid, F + G", minimum=0),
)
_LIST = Column(
    "list_name",
    "string",
    "Name of the list, as in the national result where there is one; manifest.toml has the names "
    "that a source prints otherwise",
    True,
)
_SOURCE = Column(
    "source", "string", "Source id in manifest.toml; two joined by + complete each other", True
)
_STATION = Column("polling_station", "string", "Station as in the file, such as 0668::SB1", True)
_LIST_NUMBER = Column("list_number", "integer", "Number of the list on the ballot", True, 1)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
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
                _ELECTION,
                _CODE,
                _LIST,
                Column("votes", "integer", "Votes on the list's candidates", True, 0),
                Column("seats", "integer", "Seats, where the source gives them", minimum=0),
                _SOURCE,
            ),
            ("election", "municipality_code", "list_name"),
        ),
        Table(
            "national_list_votes",
            "National votes and seats per list, official",
            (
                _ELECTION,
                _LIST,
                Column("votes", "integer", "Votes on the list's candidates", True, 0),
                Column("seats", "integer", "Seats; 0 = none", minimum=0),
                _SOURCE,
            ),
            ("election", "list_name"),
        ),
        Table(
            "candidate_summary",
            "Votes on candidates per municipality and list, condensed from every candidate's count",
            (
                _ELECTION,
                _CODE,
                Column("list_number", "integer", "Number of the list on the ballot", True, 1),
                _LIST,
                Column("votes", "integer", "Votes on the list's candidates", True, 0),
                Column("votes_first", "integer", "Votes on number 1, the list leader", True, 0),
                Column(
                    "votes_namesake",
                    "integer",
                    "Votes on the candidate whose number is the list's number; empty = the list "
                    "has no such candidate, or it is the leader",
                    minimum=0,
                ),
                Column(
                    "same_namesake",
                    "integer",
                    "Municipalities with the same number here had the same candidates under the "
                    "list's number and beside it (within an election and list)",
                    True,
                    1,
                ),
                Column(
                    "votes_beside",
                    "integer",
                    "Votes on the numbers one below and one above the list's number, but number 1",
                    True,
                    0,
                ),
                Column(
                    "votes_last",
                    "integer",
                    "Votes on the last number of the list there; empty = a list of one candidate",
                    minimum=0,
                ),
                Column(
                    "same_last",
                    "integer",
                    "Municipalities with the same number here had the same last candidate under "
                    "the same number (within an election and list)",
                    True,
                    1,
                ),
                Column(
                    "votes_favourite",
                    "integer",
                    "Votes on the candidate with most votes there, number 1 left out",
                    True,
                    0,
                ),
                Column(
                    "votes_beside_favourite",
                    "integer",
                    "Votes on the numbers one below and one above that candidate, but number 1",
                    True,
                    0,
                ),
                Column("n_candidates", "integer", "Candidates on the list there", True, 1),
                Column(
                    "n_candidates_with_votes",
                    "integer",
                    "Candidates with at least one vote there",
                    True,
                    0,
                ),
                Column(
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
                _ELECTION,
                _CODE,
                Column("municipality", "string", "Name as the source prints it"),
                _STATION,
                Column("station_name", "string", "Name without the word Stembureau"),
                Column("postcode", "string", "Postcode of the station"),
                *(
                    Column(name, "integer", words, name in ("valid", "blank", "invalid"), 0)
                    for name, words in STATION_COUNTS.items()
                ),
                Column("ballots", "integer", "Ballots found, H = valid + blank + invalid", True, 0),
                Column("rejected", "integer", "Blank + invalid, F + G", True, 0),
                Column(
                    "investigated",
                    "string",
                    "Why the municipality looked at the station's count again, as printed; none = "
                    "it did not; empty = not given",
                ),
                _VINTAGE,
                _SOURCE,
            ),
            ("election", "municipality_code", "polling_station", "vintage"),
            whole=("election", "municipality_code", "vintage"),
        ),
        Table(
            "candidate_votes",
            "Votes per candidate and municipality, where the record is at hand",
            (
                _ELECTION,
                _CODE,
                Column("municipality", "string", "Name as the source prints it"),
                Column("polling_station", "string", "Station; empty in rows of a municipality"),
                _LIST_NUMBER,
                Column("list_name", "string", "Name of the list; empty = it has none"),
                Column("candidate_number", "integer", "Number on the list", True, 1),
                Column("votes", "integer", "Votes", True, 0),
                _VINTAGE,
                _SOURCE,
            ),
            (
                "election",
                "municipality_code",
                "polling_station",
                "list_number",
                "candidate_number",
                "vintage",
            ),
            whole=("election", "municipality_code", "vintage"),
        ),
        Table(
            "boundaries",
            "Outlines of the municipalities of 2026, generalised, for maps",
            (
                _CODE,
                _NAME,
                Column(
                    "geometry",
                    "string",
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
                Column("valid_from_year", "integer", "First year of the new division", True),
                Column("code_from", "string", "Code before", True, pattern=r"GM\d{4}"),
                Column("name_from", "string", "Name before", True),
                Column("code_to", "string", "Code after", True, pattern=r"GM\d{4}"),
                Column("name_to", "string", "Name after", True),
                Column("kind", "string", "whole or part", True, values=("whole", "part")),
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
                _CODE,
                _NAME,
                Column("province", "string", "Province", True),
                Column("population", "integer", "Inhabitants", minimum=0),
                Column("age_0_15", "integer", "Inhabitants aged under 15", minimum=0),
                Column("age_15_25", "integer", "Inhabitants aged 15 to 24", minimum=0),
                Column("age_25_45", "integer", "Inhabitants aged 25 to 44", minimum=0),
                Column("age_45_65", "integer", "Inhabitants aged 45 to 64", minimum=0),
                Column("age_65_plus", "integer", "Inhabitants aged 65 and over", minimum=0),
                Column("origin_nl", "integer", "Inhabitants of Dutch origin", minimum=0),
                Column(
                    "origin_europe", "integer", "Inhabitants of other European roots", minimum=0
                ),
                Column("origin_other", "integer", "Inhabitants of non-European origin", minimum=0),
                Column(
                    "higher_education", "number", "Share with a higher-education degree (fraction)"
                ),
                Column("income", "number", "Mean income per inhabitant, thousand euros"),
                Column("low_income", "number", "Share in the lowest 40% of incomes (fraction)"),
                Column("high_income", "number", "Share in the highest 20% of incomes (fraction)"),
                Column("land_area", "number", "Land area, square kilometres"),
                Column("density", "number", "Inhabitants per square kilometre of land"),
                _SOURCE,
            ),
            ("municipality_code",),
        ),
        Table(
            "known_exceptions",
            "Oddities of the sources that are kept, flagged and never repaired",
            (
                _ELECTION,
                Column(
                    "municipality_code", "string", "Municipality, or empty for the whole election"
                ),
                Column(
                    "vintage",
                    "string",
                    "Vintage it concerns",
                    True,
                    values=("official", "provisional"),
                ),
                Column("rule", "string", "Rule that is broken, or oddity", True),
                Column("note", "string", "What is known about it", True),
            ),
            ("election", "municipality_code", "vintage", "rule"),
        ),
        Table(
            "published_figures",
            "What official and press sources printed",
            (
                Column("id", "string", "Figure id", True),
                _ELECTION,
                Column("scope", "string", "Whom the figure speaks of", True),
                Column("municipality", "string", "Municipality, where it is about one"),
                Column("measure", "string", "What was measured", True),
                Column("value", "string", "The figure as printed", True),
                Column("unit", "string", "Unit as printed", True),
                Column("decimals", "integer", "Decimals printed; empty where printed in words"),
                Column("denominator", "string", "Denominator, as far as stated"),
                Column("source_title", "string", "Title of the publication", True),
                Column("source_url", "string", "Address of the publication"),
                Column("source_date", "string", "Date of the publication"),
                Column("note", "string", "Remarks"),
            ),
            ("id",),
        ),
    )
}
