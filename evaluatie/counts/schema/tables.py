"""The tables that ship, and what their columns hold."""

from __future__ import annotations

from collections.abc import Mapping

from evaluatie.counts.schema.columns import Field, Table

__all__ = ["STATION_COUNTS", "SUBJECTS", "TABLES"]

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

_ELECTION = Field("election", "string", "Election id such as TK2025", True)
_CODE = Field(
    "municipality_code",
    "string",
    "CBS municipality code: GM and four digits",
    True,
    pattern=r"GM\d{4}",
)
_NAME = Field(
    "municipality",
    "string",
    "Name: the one that the newest code list has, whatever a source prints",
    True,
)
_VINTAGE = Field(
    "vintage",
    "string",
    "official = from the official record; provisional = counts carried by media, not verified "
    "against the official record",
    True,
    values=("official", "provisional"),
)
_COUNTS = (
    Field("eligible", "integer", "Persons entitled to vote (kiesgerechtigden)", minimum=0),
    Field("ballots", "integer", "Ballots found, H = valid + blank + invalid", minimum=0),
    Field("valid", "integer", "Valid votes on candidates, E", minimum=0),
    Field("blank", "integer", "Blank votes, F", minimum=0),
    Field("invalid", "integer", "Invalid votes, G", minimum=0),
    Field("rejected", "integer", "Blank + invalid, F + G", minimum=0),
)
_LIST = Field(
    "list_name",
    "string",
    "Name of the list, as in the national result where there is one; manifest.toml has the names "
    "that a source prints otherwise",
    True,
)
_SOURCE = Field(
    "source", "string", "Source id in manifest.toml; two joined by + complete each other", True
)
_STATION = Field("polling_station", "string", "Station as in the file, such as 0668::SB1", True)
_LIST_NUMBER = Field("list_number", "integer", "Number of the list on the ballot", True, 1)

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
                Field("votes", "integer", "Votes on the list's candidates", True, 0),
                Field("seats", "integer", "Seats, where the source gives them", minimum=0),
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
                Field("votes", "integer", "Votes on the list's candidates", True, 0),
                Field("seats", "integer", "Seats; 0 = none", minimum=0),
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
                Field("list_number", "integer", "Number of the list on the ballot", True, 1),
                _LIST,
                Field("votes", "integer", "Votes on the list's candidates", True, 0),
                Field("votes_first", "integer", "Votes on number 1, the list leader", True, 0),
                Field(
                    "votes_namesake",
                    "integer",
                    "Votes on the candidate whose number is the list's number; empty = the list "
                    "has no such candidate, or it is the leader",
                    minimum=0,
                ),
                Field(
                    "same_namesake",
                    "integer",
                    "Municipalities with the same number here had the same candidates under the "
                    "list's number and beside it (within an election and list)",
                    True,
                    1,
                ),
                Field(
                    "votes_beside",
                    "integer",
                    "Votes on the numbers one below and one above the list's number, but number 1",
                    True,
                    0,
                ),
                Field(
                    "votes_last",
                    "integer",
                    "Votes on the last number of the list there; empty = a list of one candidate",
                    minimum=0,
                ),
                Field(
                    "same_last",
                    "integer",
                    "Municipalities with the same number here had the same last candidate under "
                    "the same number (within an election and list)",
                    True,
                    1,
                ),
                Field(
                    "votes_favourite",
                    "integer",
                    "Votes on the candidate with most votes there, number 1 left out",
                    True,
                    0,
                ),
                Field(
                    "votes_beside_favourite",
                    "integer",
                    "Votes on the numbers one below and one above that candidate, but number 1",
                    True,
                    0,
                ),
                Field("n_candidates", "integer", "Candidates on the list there", True, 1),
                Field(
                    "n_candidates_with_votes",
                    "integer",
                    "Candidates with at least one vote there",
                    True,
                    0,
                ),
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
                _ELECTION,
                _CODE,
                Field("municipality", "string", "Name as the source prints it"),
                _STATION,
                Field("station_name", "string", "Name without the word Stembureau"),
                Field("postcode", "string", "Postcode of the station"),
                *(
                    Field(name, "integer", words, name in ("valid", "blank", "invalid"), 0)
                    for name, words in STATION_COUNTS.items()
                ),
                Field("ballots", "integer", "Ballots found, H = valid + blank + invalid", True, 0),
                Field("rejected", "integer", "Blank + invalid, F + G", True, 0),
                Field(
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
                Field("municipality", "string", "Name as the source prints it"),
                Field("polling_station", "string", "Station; empty in rows of a municipality"),
                _LIST_NUMBER,
                Field("list_name", "string", "Name of the list; empty = it has none"),
                Field("candidate_number", "integer", "Number on the list", True, 1),
                Field("votes", "integer", "Votes", True, 0),
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
                Field(
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
                Field("valid_from_year", "integer", "First year of the new division", True),
                Field("code_from", "string", "Code before", True, pattern=r"GM\d{4}"),
                Field("name_from", "string", "Name before", True),
                Field("code_to", "string", "Code after", True, pattern=r"GM\d{4}"),
                Field("name_to", "string", "Name after", True),
                Field("kind", "string", "whole or part", True, values=("whole", "part")),
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
                Field("province", "string", "Province", True),
                Field("population", "integer", "Inhabitants", minimum=0),
                Field("age_0_15", "integer", "Inhabitants aged under 15", minimum=0),
                Field("age_15_25", "integer", "Inhabitants aged 15 to 24", minimum=0),
                Field("age_25_45", "integer", "Inhabitants aged 25 to 44", minimum=0),
                Field("age_45_65", "integer", "Inhabitants aged 45 to 64", minimum=0),
                Field("age_65_plus", "integer", "Inhabitants aged 65 and over", minimum=0),
                Field("origin_nl", "integer", "Inhabitants of Dutch origin", minimum=0),
                Field("origin_europe", "integer", "Inhabitants of other European roots", minimum=0),
                Field("origin_other", "integer", "Inhabitants of non-European origin", minimum=0),
                Field(
                    "higher_education", "number", "Share with a higher-education degree (fraction)"
                ),
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
                Field(
                    "municipality_code", "string", "Municipality, or empty for the whole election"
                ),
                Field(
                    "vintage",
                    "string",
                    "Vintage it concerns",
                    True,
                    values=("official", "provisional"),
                ),
                Field("rule", "string", "Rule that is broken, or oddity", True),
                Field("note", "string", "What is known about it", True),
            ),
            ("election", "municipality_code", "vintage", "rule"),
        ),
        Table(
            "published_figures",
            "What official and press sources printed",
            (
                Field("id", "string", "Figure id", True),
                _ELECTION,
                Field("scope", "string", "Whom the figure speaks of", True),
                Field("municipality", "string", "Municipality, where it is about one"),
                Field("measure", "string", "What was measured", True),
                Field("value", "string", "The figure as printed", True),
                Field("unit", "string", "Unit as printed", True),
                Field("decimals", "integer", "Decimals printed; empty where printed in words"),
                Field("denominator", "string", "Denominator, as far as stated"),
                Field("source_title", "string", "Title of the publication", True),
                Field("source_url", "string", "Address of the publication"),
                Field("source_date", "string", "Date of the publication"),
                Field("note", "string", "Remarks"),
            ),
            ("id",),
        ),
        Table(
            "evidence",
            "What was published or collected on the subjects of the evaluation",
            (
                Field("subject", "string", "Subject", True, values=tuple(SUBJECTS)),
                Field("election", "string", "Election id such as TK2025; abroad the year", True),
                Field(
                    "group",
                    "string",
                    "CBS code of a municipality, or whom it speaks of: experiment, reference, "
                    "rest, or in words",
                    True,
                ),
                Field(
                    "measure",
                    "string",
                    "What was measured; of ballots per reason its key in reasons.toml",
                    True,
                ),
                Field("value", "number", "The value; empty = said in words, or not seen"),
                Field("unit", "string", "Unit of the value, such as percent, ballots, minutes"),
                Field("n", "integer", "Persons or ballots that the value rests on", minimum=0),
                Field(
                    "status",
                    "string",
                    "transcribed = typed over from the source; second-hand = typed over from what "
                    "others report of it; own = collected by whoever adds the row",
                    True,
                    values=("transcribed", "second-hand", "own"),
                ),
                Field("source", "string", "Document, or source id in manifest.toml", True),
                Field("source_date", "string", "Date of the document, or undated", True),
                Field("page", "string", "Page or paragraph in it"),
                Field("source_url", "string", "Its address"),
                Field("figure", "string", "Id in published_figures of the same figure"),
                Field("note", "string", "Remarks"),
            ),
            ("subject", "election", "group", "measure", "source"),
            comments=True,
        ),
    )
}
